/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-problems.h"
#include "belfry-config.h"

G_BEGIN_DECLS

/**
 * BelfryConfigSources:
 *
 * Where settings come from. Each wins over those before it: the defaults, @activated, the main
 * file, the drop-ins, @env_file, @environment, @overrides. Everything is borrowed for the call.
 */
typedef struct
{
  const char *file;               /* (nullable): the only main file; its drop-ins are in `FILE.d` */
  const char *env_file;           /* (nullable) */
  const char *const *environment; /* (nullable): `NAME=value` strings, as of g_get_environ() */
  const char *const *overrides;   /* (nullable): `GROUP.KEY=VALUE` strings */
  const char *sysconf_dir;        /* (nullable): instead of /etc/belfry */
  const char *runtime_dir;        /* (nullable): instead of /run/belfry */
  const char *vendor_dir;         /* (nullable): instead of /usr/lib/belfry */
  gboolean activated;             /* the service manager passed sockets: listen on them, unless
                                     something else is said */
} BelfryConfigSources;

/**
 * belfry_config_load:
 * @problems: filled with everything that is wrong
 *
 * Reads all sources. Uses no state but its arguments, so any thread may call it; it waits for the
 * disk.
 *
 * Returns: (transfer full) (nullable): the configuration, or %NULL if @problems has errors
 */
BelfryConfig *belfry_config_load (const BelfryConfigSources *sources,
                                  BelfryConfigProblems *problems);

/**
 * belfry_config_load_text:
 * @text: (array length=length): what could be in a file
 * @name: what to call it
 *
 * Returns: (transfer full) (nullable): the configuration that a file of this content makes alone
 */
BelfryConfig *belfry_config_load_text (const char *text,
                                       gsize length,
                                       const char *name,
                                       BelfryConfigProblems *problems);

G_END_DECLS
