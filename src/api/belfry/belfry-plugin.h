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
 * The base class of all plugins.
 *
 * A plugin implements one or more of [iface@Belfry.Authorizer], [iface@Belfry.TopicPolicy],
 * [iface@Belfry.MessageFilter], [iface@Belfry.Membership] and [iface@Belfry.HttpRoutes]. Everything
 * is called on the main thread, and nothing may block it.
 */
#define BELFRY_TYPE_PLUGIN (belfry_plugin_get_type ())
BELFRY_API
G_DECLARE_DERIVABLE_TYPE (BelfryPlugin, belfry_plugin, BELFRY, PLUGIN, GObject)

/**
 * BelfryPluginClass:
 * @parent_class: the parent
 * @enable: gets ready; the settings have been checked before. What the host is for ends with
 *   @disable
 * @disable: gives everything back; calls that are under way are to be ended
 * @check: whether the settings are good, files that they name included; changes nothing, though
 *   what was read may be kept for @apply
 * @apply: puts the settings in force, on which @check said yes just before; cannot fail
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

  /*< private >*/
  gpointer padding[8]; /* (unowned): room for later functions */
};

/**
 * belfry_plugin_enable:
 * @self: a plugin that is not enabled
 * @host: the service; kept until the plugin is disabled
 * @settings: on which belfry_plugin_check() said yes
 * @error: where to put an error
 *
 * Gets a plugin ready.
 *
 * Returns: whether it is enabled now
 */
BELFRY_API
gboolean belfry_plugin_enable (BelfryPlugin *self,
                               BelfryPluginHost *host,
                               BelfryPluginSettings *settings,
                               GError **error);

/**
 * belfry_plugin_disable:
 * @self: a plugin
 *
 * Takes a plugin out of service; does nothing if it is not enabled. It may be enabled again.
 */
BELFRY_API
void belfry_plugin_disable (BelfryPlugin *self);

/**
 * belfry_plugin_check:
 * @self: a plugin, enabled or not
 * @settings: what may be put in force next
 * @error: where to put an error
 *
 * Asks a plugin what it thinks of settings. It changes nothing.
 *
 * Returns: whether they are good
 */
BELFRY_API
gboolean belfry_plugin_check (BelfryPlugin *self, BelfryPluginSettings *settings, GError **error);

/**
 * belfry_plugin_apply:
 * @self: a plugin that is enabled
 * @settings: on which belfry_plugin_check() said yes just before
 *
 * Puts settings in force.
 */
BELFRY_API
void belfry_plugin_apply (BelfryPlugin *self, BelfryPluginSettings *settings);

/**
 * belfry_plugin_get_host:
 * @self: a plugin
 *
 * Gets what the service offers.
 *
 * Returns: (transfer none) (nullable): the service, while the plugin is enabled, from the beginning
 *   of [vfunc@Belfry.Plugin.enable] to the end of [vfunc@Belfry.Plugin.disable]
 */
BELFRY_API
BelfryPluginHost *belfry_plugin_get_host (BelfryPlugin *self);

G_END_DECLS
