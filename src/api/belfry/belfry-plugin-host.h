/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-identity.h>

G_BEGIN_DECLS

/**
 * BelfryPluginHost:
 *
 * What the service offers to a plugin, as long as the plugin is enabled. Main thread.
 */
#define BELFRY_TYPE_PLUGIN_HOST (belfry_plugin_host_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryPluginHost, belfry_plugin_host, BELFRY, PLUGIN_HOST, GObject)

struct _BelfryPluginHostInterface
{
  GTypeInterface parent_iface;

  gint64 (*now) (BelfryPluginHost *self);
  gint64 (*wall) (BelfryPluginHost *self);
  void (*publish_async) (BelfryPluginHost *self,
                         const char *topic,
                         GBytes *payload,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  gboolean (*publish_finish) (BelfryPluginHost *self, GAsyncResult *result, GError **error);
  void (*is_member_async) (BelfryPluginHost *self,
                           BelfryIdentity *identity,
                           const char *group,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
  gboolean (*is_member_finish) (BelfryPluginHost *self,
                                GAsyncResult *result,
                                gboolean *is_member,
                                GError **error);
  void (*close_user) (BelfryPluginHost *self, const char *user, const char *reason);

  gpointer padding[8];
};

/* Microseconds that never go back, and microseconds since 1970. */
BELFRY_API
gint64 belfry_plugin_host_now (BelfryPluginHost *self);
BELFRY_API
gint64 belfry_plugin_host_wall (BelfryPluginHost *self);

/* Publishes as the service itself: no policy is asked. @callback: (nullable) */
BELFRY_API
void belfry_plugin_host_publish_async (BelfryPluginHost *self,
                                       const char *topic,
                                       GBytes *payload,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
BELFRY_API
gboolean
belfry_plugin_host_publish_finish (BelfryPluginHost *self, GAsyncResult *result, GError **error);

/* Asks the plugins that know memberships (#BelfryMembership), one after the other. */
BELFRY_API
void belfry_plugin_host_is_member_async (BelfryPluginHost *self,
                                         BelfryIdentity *identity,
                                         const char *group,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
BELFRY_API
gboolean belfry_plugin_host_is_member_finish (BelfryPluginHost *self,
                                              GAsyncResult *result,
                                              gboolean *is_member,
                                              GError **error);

/* Closes all sessions of a user. */
BELFRY_API
void belfry_plugin_host_close_user (BelfryPluginHost *self, const char *user, const char *reason);

G_END_DECLS
