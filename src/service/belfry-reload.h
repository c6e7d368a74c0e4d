/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-config-load.h"

G_BEGIN_DECLS

/**
 * belfry_reload_log_problems:
 *
 * Writes each problem as a line of its own: errors as errors, warnings as warnings.
 */
void belfry_reload_log_problems (const BelfryConfigProblems *problems);

/**
 * belfry_reload_load_async:
 * @sources: where configuration comes from; copied
 *
 * Reads the configuration in a thread, since files may be slow. What is wrong with it is logged on
 * the caller's thread.
 */
void belfry_reload_load_async (const BelfryConfigSources *sources,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

/**
 * belfry_reload_load_finish:
 *
 * Returns: (transfer full) (nullable): the new configuration; otherwise @error is
 * %BELFRY_ERROR_INVALID_CONFIG and says how many problems there were
 */
BelfryConfig *belfry_reload_load_finish (GAsyncResult *result, GError **error);

/* As belfry_reload_load_async(), but nothing is logged. */
void belfry_reload_check_async (const BelfryConfigSources *sources,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

/**
 * belfry_reload_check_finish:
 * @problems: (out) (transfer full): all that is wrong, or should be looked at
 *
 * Returns: (transfer full) (nullable): the configuration, if it is good
 */
BelfryConfig *belfry_reload_check_finish (GAsyncResult *result, BelfryConfigProblems **problems);

/**
 * belfry_reload_log_difference:
 *
 * Writes a line for each setting that differs, and a warning for each that needs a restart to take
 * effect.
 */
void belfry_reload_log_difference (BelfryConfig *old, BelfryConfig *next);

G_END_DECLS
