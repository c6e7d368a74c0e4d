/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

#include "belfry-config.h"

G_BEGIN_DECLS

/**
 * belfry_loader_settings_new:
 * @name: a plugin's name
 * @credentials: (nullable): the folder of systemd's credentials
 *
 * Makes what a plugin sees of the configuration. Of plugins whose keys the service knows that is
 * every key, with its default if it is not set.
 *
 * Returns: (transfer full): the settings; empty ones if nothing is written
 */
BelfryPluginSettings *
belfry_loader_settings_new (const BelfryConfig *config, const char *name, const char *credentials);

/**
 * belfry_loader_settings_learn:
 * @former: settings that the plugin has read before
 *
 * Takes over which keys are known.
 */
void belfry_loader_settings_learn (BelfryPluginSettings *self, const BelfryPluginSettings *former);

/**
 * belfry_loader_settings_check:
 * @error: set to %BELFRY_ERROR_INVALID_CONFIG, with place, key, and the known key that may have
 * been meant
 *
 * Returns: whether the plugin asked for all that is written
 */
gboolean belfry_loader_settings_check (const BelfryPluginSettings *self, GError **error);

/**
 * belfry_loader_settings_is_enabled:
 * @enabled: (out): whether the plugin's group wants it to be loaded
 *
 * Reads the one key that every group of a plugin has and that is not the plugin's.
 *
 * Returns: whether that could be read
 */
gboolean belfry_loader_settings_is_enabled (const BelfryConfigInstance *group,
                                            gboolean *enabled,
                                            GError **error);

G_END_DECLS
