/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Hand-written files are kilobytes; more is the wrong file. */
#define BELFRY_CONFIG_MAX_FILE (1024 * 1024)

/**
 * BelfryConfigFile:
 *
 * What was read of a file: wiped when cleared.
 */
typedef struct
{
  char *text; /* (owned) (nullable): any bytes, and a NUL byte behind them */
  gsize length;
  gboolean is_exposed; /* everybody on this machine may read it */
} BelfryConfigFile;

/**
 * belfry_config_file_read:
 * @limit: how many bytes are the most
 * @error: set to an error of %BELFRY_ERROR, %BELFRY_ERROR_NOT_FOUND if there is no such file
 *
 * Reads a regular file, and nothing that could block or never end: a pipe, a device, a socket or a
 * folder is an error. A link to `/dev/null` reads as empty. Blocks for as long as the disk does.
 *
 * Returns: whether @self holds the content
 */
gboolean
belfry_config_file_read (BelfryConfigFile *self, const char *path, gsize limit, GError **error);
void belfry_config_file_clear (BelfryConfigFile *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryConfigFile, belfry_config_file_clear)

G_END_DECLS
