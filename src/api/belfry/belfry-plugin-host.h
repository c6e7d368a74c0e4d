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
 *
 * Plugins use it; the service implements it, and so may a plugin's own tests.
 */
#define BELFRY_TYPE_PLUGIN_HOST (belfry_plugin_host_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryPluginHost, belfry_plugin_host, BELFRY, PLUGIN_HOST, GObject)

/**
 * BelfryPluginHostInterface:
 * @parent_iface: the parent
 * @now: as belfry_plugin_host_now(). The default asks the system
 * @wall: as belfry_plugin_host_wall(). The default asks the system
 * @publish_async: publishes. The default fails
 * @publish_finish: whether it was published. The default ends a #GTask
 * @is_member_async: asks all that know memberships. The default knows none
 * @is_member_finish: whether @is_member was set. The default ends a #GTask
 * @close_user: closes sessions. The default does nothing
 */
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

  /*< private >*/
  gpointer padding[8]; /* (unowned): room for later functions */
};

/**
 * belfry_plugin_host_now:
 * @self: the service
 *
 * Gets the time for deadlines and durations.
 *
 * Returns: microseconds that never go back
 */
BELFRY_API
gint64 belfry_plugin_host_now (BelfryPluginHost *self);

/**
 * belfry_plugin_host_wall:
 * @self: the service
 *
 * Gets the time as people and tokens mean it.
 *
 * Returns: microseconds since 1970
 */
BELFRY_API
gint64 belfry_plugin_host_wall (BelfryPluginHost *self);

/**
 * belfry_plugin_host_publish_async:
 * @self: the service
 * @topic: where
 * @payload: what
 * @cancellable: (nullable): ends it early
 * @callback: (scope async) (nullable): called when it is done
 * @user_data: given to @callback
 *
 * Publishes as the service itself: no policy is asked.
 */
BELFRY_API
void belfry_plugin_host_publish_async (BelfryPluginHost *self,
                                       const char *topic,
                                       GBytes *payload,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

/**
 * belfry_plugin_host_publish_finish:
 * @self: the service
 * @result: what the callback was given
 * @error: where to put an error
 *
 * Gets what became of it.
 *
 * Returns: whether it was published
 */
BELFRY_API
gboolean
belfry_plugin_host_publish_finish (BelfryPluginHost *self, GAsyncResult *result, GError **error);

/**
 * belfry_plugin_host_is_member_async:
 * @self: the service
 * @identity: who
 * @group: belongs to which group
 * @cancellable: (nullable): ends it early
 * @callback: (scope async): called when it is done
 * @user_data: given to @callback
 *
 * Asks the plugins that know memberships ([iface@Belfry.Membership]), one after the other, until
 * one says yes.
 */
BELFRY_API
void belfry_plugin_host_is_member_async (BelfryPluginHost *self,
                                         BelfryIdentity *identity,
                                         const char *group,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);

/**
 * belfry_plugin_host_is_member_finish:
 * @self: the service
 * @result: what the callback was given
 * @is_member: (out): whether it is so
 * @error: where to put an error, if none said yes and one could not be asked
 *
 * Gets the answer.
 *
 * Returns: whether there is one
 */
BELFRY_API
gboolean belfry_plugin_host_is_member_finish (BelfryPluginHost *self,
                                              GAsyncResult *result,
                                              gboolean *is_member,
                                              GError **error);

/**
 * belfry_plugin_host_close_user:
 * @self: the service
 * @user: a subject
 * @reason: why, for the user to read
 *
 * Closes all sessions of a user.
 */
BELFRY_API
void belfry_plugin_host_close_user (BelfryPluginHost *self, const char *user, const char *reason);

G_END_DECLS
