/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-builder.h"

G_BEGIN_DECLS

/* More drop-ins than packages that bring one. */
#define BELFRY_CONFIG_MAX_DROP_INS 256

/**
 * BelfryConfigFolders:
 *
 * Where files are looked for, the one that wins first.
 */
typedef struct
{
  const char *paths[3]; /* (unowned): /etc, /run, /usr/lib, each with `belfry` */
} BelfryConfigFolders;

/**
 * belfry_config_files_list:
 * @file: (nullable): the only main file to read
 * @folders: where to look for it otherwise
 *
 * Finds the files there are, without reading them.
 *
 * Returns: (transfer full) (element-type GStrv): for each file to read, in order, the paths it may
 * have, the one that wins first
 */
GPtrArray *belfry_config_files_list (const char *file,
                                     const BelfryConfigFolders *folders,
                                     BelfryConfigProblems *problems);

/**
 * belfry_config_files_read:
 * @list: (element-type GStrv): as above
 * @must_exist: whether it is an error that the first is not there
 *
 * Reads the files, each a source of its own. One that went away since it was listed was never
 * there.
 */
void belfry_config_files_read (const GPtrArray *list,
                               gboolean must_exist,
                               BelfryConfigBuilder *builder,
                               BelfryConfigProblems *problems);

/**
 * belfry_config_files_read_text:
 *
 * Reads @text as if it were a file called @source.
 */
void belfry_config_files_read_text (const char *text,
                                    gsize length,
                                    GRefString *source,
                                    BelfryConfigBuilder *builder,
                                    BelfryConfigProblems *problems);

G_END_DECLS
