/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BelfryControlState:
 *
 * Where the service is in its life, as far as it is anybody's business.
 */
typedef enum
{
  BELFRY_CONTROL_STARTING,
  BELFRY_CONTROL_RUNNING,
  BELFRY_CONTROL_DRAINING,
  BELFRY_CONTROL_N_STATES,
} BelfryControlState;

/**
 * BelfryControlHost:
 *
 * What the control asks of the service above it. Main thread. Emits `changed` when the state has
 * changed.
 */
#define BELFRY_TYPE_CONTROL_HOST (belfry_control_host_get_type ())
G_DECLARE_INTERFACE (BelfryControlHost, belfry_control_host, BELFRY, CONTROL_HOST, GObject)

/**
 * BelfryControlHostInterface:
 * @reload_async: ends when the configuration was read anew and is in force, or was refused
 * (%BELFRY_ERROR_INVALID_CONFIG), or cannot be (%BELFRY_ERROR_UNAVAILABLE)
 * @reexec: begins to hand over to another image of the program
 * @drain: begins to, and then stops. @duration: microseconds; 0 for what is configured
 * @shed: begins to send a share of the clients away. @percent: 1 to 100
 * @check_async: reads the configuration, and changes nothing
 * @check_finish: Returns: (transfer full): problems, of the type `a(sss)`
 * @get_listeners: Returns: (transfer full): the addresses
 */
struct _BelfryControlHostInterface
{
  GTypeInterface parent_iface;

  BelfryControlState (*get_state) (BelfryControlHost *self);
  void (*reload_async) (BelfryControlHost *self, GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*reload_finish) (BelfryControlHost *self, GAsyncResult *result, GError **error);
  gboolean (*reexec) (BelfryControlHost *self, GError **error);
  gboolean (*drain) (BelfryControlHost *self, gint64 duration, GError **error);
  gboolean (*shed) (BelfryControlHost *self, guint percent, gint64 duration, GError **error);
  void (*check_async) (BelfryControlHost *self, GAsyncReadyCallback callback, gpointer user_data);
  GVariant *(*check_finish) (BelfryControlHost *self, GAsyncResult *result, GError **error);
  char **(*get_listeners) (BelfryControlHost *self);
  guint (*get_n_workers) (BelfryControlHost *self);
  guint (*get_n_connections) (BelfryControlHost *self);
  void (*get_drain) (BelfryControlHost *self, guint *left, guint *total);
};

BelfryControlState belfry_control_host_get_state (BelfryControlHost *self);
void belfry_control_host_reload_async (BelfryControlHost *self,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean
belfry_control_host_reload_finish (BelfryControlHost *self, GAsyncResult *result, GError **error);
gboolean belfry_control_host_reexec (BelfryControlHost *self, GError **error);
gboolean belfry_control_host_drain (BelfryControlHost *self, gint64 duration, GError **error);
gboolean
belfry_control_host_shed (BelfryControlHost *self, guint percent, gint64 duration, GError **error);
void belfry_control_host_check_async (BelfryControlHost *self,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
GVariant *
belfry_control_host_check_finish (BelfryControlHost *self, GAsyncResult *result, GError **error);
char **belfry_control_host_get_listeners (BelfryControlHost *self);
guint belfry_control_host_get_n_workers (BelfryControlHost *self);
guint belfry_control_host_get_n_connections (BelfryControlHost *self);

/* Both are 0 before there is a drain, or if the host knows of none. */
void belfry_control_host_get_drain (BelfryControlHost *self, guint *left, guint *total);

/* For implementations: emits `changed`. */
void belfry_control_host_emit_changed (BelfryControlHost *self);

G_END_DECLS
