/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the names of things may have: of users, roles, keys and tokens. */
#define BELFRY_JWT_MAX_NAME 255

/**
 * belfry_jwt_base64url_decode:
 * @text: (array length=length): what to decode
 * @decoded_length: (out): how many bytes it means
 *
 * Takes the one way in which RFC 7515 writes bytes, and no other: no padding, no white space, no
 * bits left over.
 *
 * Returns: (transfer full) (nullable): the bytes, with a NUL behind them
 */
char *belfry_jwt_base64url_decode (const char *text, gsize length, gsize *decoded_length);

/**
 * belfry_jwt_is_name:
 * @text: (nullable): what is to be a name
 *
 * Returns: whether it is UTF-8 of 1 to %BELFRY_JWT_MAX_NAME bytes without control characters
 */
gboolean belfry_jwt_is_name (const char *text);

G_END_DECLS
