/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * belfry_test_bytes:
 * @recipe: pairs of hex digits, with text between single quotes, and spaces anywhere else, as in
 * `81 05 'Hello'`
 *
 * Returns: (transfer full): the bytes that are spelled out
 */
GByteArray *belfry_test_bytes (const char *recipe);

/**
 * belfry_test_append_shown:
 *
 * Appends bytes so that they can be read and compared: printable ASCII as it is, other bytes as
 * `\xx`, and only length and checksum of what is long.
 */
void belfry_test_append_shown (GString *text, const guint8 *bytes, gsize length);

/**
 * belfry_test_assert_bytes:
 * @recipe: what they must be, as belfry_test_bytes() takes it
 *
 * Fails unless @bytes are those.
 */
void belfry_test_assert_bytes (const void *bytes, gsize length, const char *recipe);

G_END_DECLS
