/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-control"

#include "config.h"

#include "belfry-control-host.h"

G_DEFINE_INTERFACE (BelfryControlHost, belfry_control_host, G_TYPE_OBJECT)

static void
belfry_control_host_default_init (BelfryControlHostInterface *iface)
{
  g_signal_new ("changed", G_TYPE_FROM_INTERFACE (iface), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
}

BelfryControlState
belfry_control_host_get_state (BelfryControlHost *self)
{
  return BELFRY_CONTROL_HOST_GET_IFACE (self)->get_state (self);
}

void
belfry_control_host_reload_async (BelfryControlHost *self,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  BELFRY_CONTROL_HOST_GET_IFACE (self)->reload_async (self, callback, user_data);
}

gboolean
belfry_control_host_reload_finish (BelfryControlHost *self, GAsyncResult *result, GError **error)
{
  return BELFRY_CONTROL_HOST_GET_IFACE (self)->reload_finish (self, result, error);
}

gboolean
belfry_control_host_reexec (BelfryControlHost *self, GError **error)
{
  return BELFRY_CONTROL_HOST_GET_IFACE (self)->reexec (self, error);
}

gboolean
belfry_control_host_drain (BelfryControlHost *self, gint64 duration, GError **error)
{
  return BELFRY_CONTROL_HOST_GET_IFACE (self)->drain (self, duration, error);
}

gboolean
belfry_control_host_shed (BelfryControlHost *self, guint percent, gint64 duration, GError **error)
{
  return BELFRY_CONTROL_HOST_GET_IFACE (self)->shed (self, percent, duration, error);
}

void
belfry_control_host_check_async (BelfryControlHost *self,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  BELFRY_CONTROL_HOST_GET_IFACE (self)->check_async (self, callback, user_data);
}

GVariant *
belfry_control_host_check_finish (BelfryControlHost *self, GAsyncResult *result, GError **error)
{
  return BELFRY_CONTROL_HOST_GET_IFACE (self)->check_finish (self, result, error);
}

char **
belfry_control_host_get_listeners (BelfryControlHost *self)
{
  return BELFRY_CONTROL_HOST_GET_IFACE (self)->get_listeners (self);
}

guint
belfry_control_host_get_n_workers (BelfryControlHost *self)
{
  return BELFRY_CONTROL_HOST_GET_IFACE (self)->get_n_workers (self);
}

guint
belfry_control_host_get_n_connections (BelfryControlHost *self)
{
  return BELFRY_CONTROL_HOST_GET_IFACE (self)->get_n_connections (self);
}

void
belfry_control_host_get_drain (BelfryControlHost *self, guint *left, guint *total)
{
  BelfryControlHostInterface *iface = BELFRY_CONTROL_HOST_GET_IFACE (self);

  *left = *total = 0;
  if (iface->get_drain != NULL)
    iface->get_drain (self, left, total);
}

void
belfry_control_host_emit_changed (BelfryControlHost *self)
{
  g_signal_emit_by_name (self, "changed");
}
