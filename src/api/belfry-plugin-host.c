/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-plugin-host.h>

#include <belfry/belfry-plugin-error.h>

G_DEFINE_INTERFACE (BelfryPluginHost, belfry_plugin_host, G_TYPE_OBJECT)

static gint64
default_now (BelfryPluginHost *self)
{
  return g_get_monotonic_time ();
}

static gint64
default_wall (BelfryPluginHost *self)
{
  return g_get_real_time ();
}

static void
default_publish_async (BelfryPluginHost *self,
                       const char *topic,
                       GBytes *payload,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, default_publish_async);
  g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE,
                           "there is nothing to publish to");
}

static gboolean
default_publish_finish (BelfryPluginHost *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
default_is_member_async (BelfryPluginHost *self,
                         BelfryIdentity *identity,
                         const char *group,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, default_is_member_async);
  g_task_return_boolean (task, FALSE);
}

static gboolean
default_is_member_finish (BelfryPluginHost *self,
                          GAsyncResult *result,
                          gboolean *is_member,
                          GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  gboolean failed = g_task_had_error (G_TASK (result));

  *is_member = g_task_propagate_boolean (G_TASK (result), error);
  return !failed;
}

static void
default_close_user (BelfryPluginHost *self, const char *user, const char *reason)
{
}

static void
belfry_plugin_host_default_init (BelfryPluginHostInterface *iface)
{
  iface->now = default_now;
  iface->wall = default_wall;
  iface->publish_async = default_publish_async;
  iface->publish_finish = default_publish_finish;
  iface->is_member_async = default_is_member_async;
  iface->is_member_finish = default_is_member_finish;
  iface->close_user = default_close_user;
}

gint64
belfry_plugin_host_now (BelfryPluginHost *self)
{
  g_return_val_if_fail (BELFRY_IS_PLUGIN_HOST (self), 0);

  return BELFRY_PLUGIN_HOST_GET_IFACE (self)->now (self);
}

gint64
belfry_plugin_host_wall (BelfryPluginHost *self)
{
  g_return_val_if_fail (BELFRY_IS_PLUGIN_HOST (self), 0);

  return BELFRY_PLUGIN_HOST_GET_IFACE (self)->wall (self);
}

void
belfry_plugin_host_publish_async (BelfryPluginHost *self,
                                  const char *topic,
                                  GBytes *payload,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_PLUGIN_HOST (self));
  g_return_if_fail (topic != NULL);
  g_return_if_fail (payload != NULL);

  BELFRY_PLUGIN_HOST_GET_IFACE (self)->publish_async (self, topic, payload, cancellable, callback,
                                                      user_data);
}

gboolean
belfry_plugin_host_publish_finish (BelfryPluginHost *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (BELFRY_IS_PLUGIN_HOST (self), FALSE);

  return BELFRY_PLUGIN_HOST_GET_IFACE (self)->publish_finish (self, result, error);
}

void
belfry_plugin_host_is_member_async (BelfryPluginHost *self,
                                    BelfryIdentity *identity,
                                    const char *group,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_PLUGIN_HOST (self));
  g_return_if_fail (identity != NULL);
  g_return_if_fail (group != NULL);

  BELFRY_PLUGIN_HOST_GET_IFACE (self)->is_member_async (self, identity, group, cancellable,
                                                        callback, user_data);
}

gboolean
belfry_plugin_host_is_member_finish (BelfryPluginHost *self,
                                     GAsyncResult *result,
                                     gboolean *is_member,
                                     GError **error)
{
  g_return_val_if_fail (BELFRY_IS_PLUGIN_HOST (self), FALSE);
  g_return_val_if_fail (is_member != NULL, FALSE);

  *is_member = FALSE;
  return BELFRY_PLUGIN_HOST_GET_IFACE (self)->is_member_finish (self, result, is_member, error);
}

void
belfry_plugin_host_close_user (BelfryPluginHost *self, const char *user, const char *reason)
{
  g_return_if_fail (BELFRY_IS_PLUGIN_HOST (self));
  g_return_if_fail (user != NULL);
  g_return_if_fail (reason != NULL);

  BELFRY_PLUGIN_HOST_GET_IFACE (self)->close_user (self, user, reason);
}
