/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * belfry_setting_secret_new:
 *
 * Returns: (transfer full): a copy of the bytes, followed by a NUL that is not counted, in memory
 * that is wiped when it is freed
 */
GBytes *belfry_setting_secret_new (const char *bytes, gsize length);

/**
 * belfry_setting_secret_read:
 * @error: a %BELFRY_PLUGIN_ERROR_SETTING that names the file
 *
 * Reads a secret from a small, regular file, without the line end that editors put behind it.
 * Blocks for as long as the disk does.
 *
 * Returns: (transfer full): the secret, never empty
 */
GBytes *belfry_setting_secret_read (const char *path, GError **error);

G_END_DECLS
