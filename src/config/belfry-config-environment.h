/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-builder.h"

G_BEGIN_DECLS

/**
 * belfry_config_environment_read:
 * @variables: (element-type BelfryConfigVariable): one environment
 * @source: what it is called
 * @is_exposed: whether everybody on this machine can read it
 *
 * Sets what the variables say: first those with names that many programs know (`PORT`), then ours.
 * Others are not looked at.
 */
void belfry_config_environment_read (const GPtrArray *variables,
                                     GRefString *source,
                                     gboolean is_exposed,
                                     BelfryConfigBuilder *builder,
                                     BelfryConfigProblems *problems);

/**
 * belfry_config_environment_name:
 * @group: as between the brackets
 *
 * Returns: (transfer full): the variable that sets the key, as in `BELFRY_SERVER_LISTEN`
 */
char *belfry_config_environment_name (const char *group, const char *key);

G_END_DECLS
