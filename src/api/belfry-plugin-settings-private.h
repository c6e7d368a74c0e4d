/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/* What the service makes settings with, and reads from them afterwards. Exported, but not
 * installed: plugins have no use for it. */

/**
 * BelfryPluginSetting:
 *
 * A key that is written in a plugin's group.
 */
typedef struct
{
  const char *key;    /* (unowned) */
  const char *value;  /* (unowned) (nullable): what it is set to */
  GBytes *secret;     /* (unowned) (nullable): a secret that was read elsewhere, if no value */
  const char *origin; /* (unowned) (nullable): where it is written, as in "belfry.conf:12" */
} BelfryPluginSetting;

/**
 * belfry_plugin_settings_new: (skip)
 * @plugin: the plugin's name
 * @settings: (array length=n_settings): what is written, each key once; copied
 * @n_settings: how much
 * @credentials: (nullable): the folder of systemd's credentials
 *
 * Returns: (transfer full): the settings
 */
BELFRY_API
BelfryPluginSettings *belfry_plugin_settings_new (const char *plugin,
                                                  const BelfryPluginSetting *settings,
                                                  gsize n_settings,
                                                  const char *credentials);

/**
 * belfry_plugin_settings_next_unknown: (skip)
 * @index: where to look on; begins with 0
 *
 * Returns: (transfer none) (nullable): the next key that is written and that nobody asked for
 */
BELFRY_API
const BelfryPluginSetting *belfry_plugin_settings_next_unknown (const BelfryPluginSettings *self,
                                                                gsize *index);

/**
 * belfry_plugin_settings_list_known: (skip)
 *
 * Returns: (transfer container) (array zero-terminated=1): the keys that somebody asked for
 */
BELFRY_API
const char **belfry_plugin_settings_list_known (const BelfryPluginSettings *self);

/**
 * belfry_plugin_settings_add_known: (skip)
 *
 * Takes note that a key is known, because it was asked for in former settings.
 */
BELFRY_API
void belfry_plugin_settings_add_known (BelfryPluginSettings *self, const char *key);

G_END_DECLS
