/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-plugin-host.h>
#include <belfry/belfry-plugin-settings.h>

G_BEGIN_DECLS

/**
 * BelfryPlugin:
 *
 * The base class of all plugins. A plugin implements one or more of #BelfryAuthorizer,
 * #BelfryTopicPolicy, #BelfryMessageFilter, #BelfryMembership and #BelfryHttpRoutes. Everything is
 * called on the main thread, and nothing may block it.
 */
#define BELFRY_TYPE_PLUGIN (belfry_plugin_get_type ())
BELFRY_API
G_DECLARE_DERIVABLE_TYPE (BelfryPlugin, belfry_plugin, BELFRY, PLUGIN, GObject)

/**
 * BelfryPluginClass:
 * @enable: gets ready; @settings have been checked before. What @host is for ends with @disable
 * @disable: gives everything back; calls that are under way are to be ended
 * @check: whether @settings are good, files that they name included; changes nothing, though what
 *   was read may be kept for @apply
 * @apply: puts @settings in force, on which @check said yes just before; cannot fail
 *
 * What a plugin overrides; all may be left out.
 */
struct _BelfryPluginClass
{
  GObjectClass parent_class;

  gboolean (*enable) (BelfryPlugin *self,
                      BelfryPluginHost *host,
                      BelfryPluginSettings *settings,
                      GError **error);
  void (*disable) (BelfryPlugin *self);
  gboolean (*check) (BelfryPlugin *self, BelfryPluginSettings *settings, GError **error);
  void (*apply) (BelfryPlugin *self, BelfryPluginSettings *settings);

  gpointer padding[8];
};

BELFRY_API
gboolean belfry_plugin_enable (BelfryPlugin *self,
                               BelfryPluginHost *host,
                               BelfryPluginSettings *settings,
                               GError **error);
BELFRY_API
void belfry_plugin_disable (BelfryPlugin *self);
BELFRY_API
gboolean belfry_plugin_check (BelfryPlugin *self, BelfryPluginSettings *settings, GError **error);
BELFRY_API
void belfry_plugin_apply (BelfryPlugin *self, BelfryPluginSettings *settings);

/* Returns: (transfer none) (nullable): the service, while the plugin is enabled */
BELFRY_API
BelfryPluginHost *belfry_plugin_get_host (BelfryPlugin *self);

G_END_DECLS
