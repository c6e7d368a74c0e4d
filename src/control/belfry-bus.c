/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bus"

#include "config.h"

#include "belfry-bus.h"

#include <unistd.h>

#include "belfry-backoff.h"
#include "belfry-error.h"
#include "belfry-log.h"
#include "belfry-message-ids.h"
#include "belfry-names.h"
#include "belfry-owner-authority.h"
#include "belfry-polkit-authority.h"

/* A connection of our own, since the shared one of the process ends the process with the bus. What
 * is under way holds a reference, and finds no connection when it is of no use any more.
 *
 * Owned by the service. Main thread. */

#define MIN_PAUSE G_USEC_PER_SEC
#define MAX_PAUSE (60 * (gint64) G_USEC_PER_SEC)

struct _BelfryBus
{
  GObject parent_instance;

  BelfryControl *control;      /* (owned) */
  GCancellable *connecting;    /* (owned) (nullable): while connecting */
  GDBusConnection *connection; /* (owned) (nullable) */
  GSource *retry;              /* (owned) (nullable): between two attempts */
  BelfryBackoff backoff;
  BelfryConfigBus bus;
  guint name;
  gboolean uses_polkit;
  gboolean is_owner;
  gboolean warned; /* that there is no bus, or no name, since there last was one */
};

static void belfry_bus_iface_init (BelfryPartInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryBus,
                               belfry_bus,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PART, belfry_bus_iface_init))

static const char *const bus_words[] = {
  [BELFRY_CONFIG_BUS_SYSTEM] = "system",
  [BELFRY_CONFIG_BUS_SESSION] = "session",
  [BELFRY_CONFIG_BUS_NONE] = "no",
};
G_STATIC_ASSERT (G_N_ELEMENTS (bus_words) == BELFRY_CONFIG_N_BUSES);

static void try (BelfryBus *self);

static void
stop_retrying (BelfryBus *self)
{
  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
}

static gboolean
on_retry (gpointer user_data)
{
  BelfryBus *self = user_data;

  stop_retrying (self);
  try (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (BelfryBus *self)
{
  if (self->retry != NULL)
    return;
  self->retry = g_timeout_source_new ((guint) (belfry_backoff_next (&self->backoff) / 1000));
  g_source_set_static_name (self->retry, "belfry-bus-retry");
  g_source_set_callback (self->retry, on_retry, self, NULL);
  g_source_attach (self->retry, g_main_context_get_thread_default ());
}

/* Once for each time that something was lost, however often it is tried again. */
static void
warn (BelfryBus *self, const char *message_id, const char *what, const char *advice)
{
  belfry_log_event (self->warned ? BELFRY_LOG_DEBUG : BELFRY_LOG_WARNING,
                    &((BelfryLogContext){ .message_id = message_id }),
                    "%s; the service works on, but cannot be controlled over D-Bus, and tries "
                    "again: %s",
                    what, advice);
  self->warned = TRUE;
}

static void
let_go (BelfryBus *self)
{
  g_clear_handle_id (&self->name, g_bus_unown_name);
  self->is_owner = FALSE;
  belfry_control_unexport (self->control);
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
}

static void
on_closed (GDBusConnection *connection,
           gboolean remote_peer_vanished,
           const GError *error,
           gpointer user_data)
{
  BelfryBus *self = user_data;

  let_go (self);
  warn (self, BELFRY_MESSAGE_BUS_LOST, "the bus is gone", "see whether dbus.service is running");
  retry_later (self);
}

static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer user_data)
{
  BelfryBus *self = user_data;

  self->is_owner = TRUE;
  self->warned = FALSE;
  belfry_backoff_reset (&self->backoff);
  belfry_log_info ("on the %s bus as %s", bus_words[self->bus], name);
}

/* Whoever has the name keeps it. It may also be that the bus's policy does not let us have it. */
static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer user_data)
{
  BelfryBus *self = user_data;

  self->is_owner = FALSE;
  if (self->connection == NULL || g_dbus_connection_is_closed (self->connection))
    return;
  warn (self, BELFRY_MESSAGE_BUS_NAME_REFUSED, "the name " BELFRY_BUS_NAME " is not to be had",
        "see with “busctl status " BELFRY_BUS_NAME "” whether another service has it, and whether "
        "the bus's policy file org.belfry.Belfry1.conf is installed and names this service's user");
  retry_later (self);
}

/* Only the system's polkit knows callers, and those of the system bus. */
static BelfryAuthority *
make_authority (BelfryBus *self)
{
  BelfryAuthority *owner = belfry_owner_authority_new (self->connection, geteuid ());

  if (!self->uses_polkit || self->bus != BELFRY_CONFIG_BUS_SYSTEM)
    return owner;

  BelfryAuthority *polkit = belfry_polkit_authority_new (self->connection, owner);

  g_object_unref (owner);
  return polkit;
}

static void
own_name (BelfryBus *self)
{
  self->name = g_bus_own_name_on_connection (self->connection, BELFRY_BUS_NAME,
                                             G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, on_name_acquired,
                                             on_name_lost, self, NULL);
}

static void
use_connection (BelfryBus *self, GDBusConnection *connection)
{
  g_autoptr (BelfryAuthority) authority = NULL;
  g_autoptr (GError) error = NULL;

  self->connection = g_object_ref (connection);
  authority = make_authority (self);
  if (!belfry_control_export (self->control, connection, authority, &error))
    {
      let_go (self);
      warn (self, BELFRY_MESSAGE_BUS_LOST, error->message,
            "this is a fault of the service: please report it");
      retry_later (self);
      return;
    }
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  own_name (self);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryBus) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection =
      g_dbus_connection_new_for_address_finish (result, &error);

  if (g_cancellable_is_cancelled (self->connecting) || self->connecting == NULL)
    return;
  g_clear_object (&self->connecting);
  if (connection != NULL && !g_dbus_connection_is_closed (connection))
    {
      use_connection (self, connection);
      return;
    }
  warn (self, BELFRY_MESSAGE_BUS_LOST, error != NULL ? error->message : "the bus is gone",
        "start the bus, or set [control] bus=none");
  retry_later (self);
}

/* GLib's own look-up would start a session bus where there is none.
 * Returns: (transfer full) (nullable) */
static char *
find_address (BelfryConfigBus bus)
{
  const char *address = g_getenv (bus == BELFRY_CONFIG_BUS_SYSTEM ? "DBUS_SYSTEM_BUS_ADDRESS"
                                                                  : "DBUS_SESSION_BUS_ADDRESS");
  g_autofree char *path = NULL;

  if (address != NULL && *address != '\0')
    return g_strdup (address);
  if (bus == BELFRY_CONFIG_BUS_SYSTEM)
    return g_strdup ("unix:path=/run/dbus/system_bus_socket");
  path = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);
  return g_strdup_printf ("unix:path=%s", path);
}

static void
connect_to_bus (BelfryBus *self)
{
  g_autofree char *address = find_address (self->bus);

  self->connecting = g_cancellable_new ();
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, self->connecting, on_connected, g_object_ref (self));
}

static void
try (BelfryBus *self)
{
  if (self->connection == NULL)
    {
      connect_to_bus (self);
      return;
    }
  g_clear_handle_id (&self->name, g_bus_unown_name);
  own_name (self);
}

static const char *
belfry_bus_get_name (BelfryPart *part)
{
  return "bus";
}

static gboolean
belfry_bus_start (BelfryPart *part, BelfryConfig *config, GError **error)
{
  BelfryBus *self = BELFRY_BUS (part);

  self->bus = (BelfryConfigBus) belfry_config_get_enum (config, BELFRY_CONFIG_CONTROL_BUS);
  self->uses_polkit = belfry_config_get_boolean (config, BELFRY_CONFIG_CONTROL_POLKIT);
  if (self->bus == BELFRY_CONFIG_BUS_NONE)
    belfry_log_info ("not on any bus, as [control] bus=none says");
  else
    connect_to_bus (self);
  return TRUE;
}

static void
belfry_bus_apply (BelfryPart *part, BelfryConfig *next)
{
  BelfryBus *self = BELFRY_BUS (part);
  gboolean uses_polkit = belfry_config_get_boolean (next, BELFRY_CONFIG_CONTROL_POLKIT);

  if (self->uses_polkit == uses_polkit)
    return;
  self->uses_polkit = uses_polkit;
  if (self->connection == NULL)
    return;
  g_autoptr (BelfryAuthority) authority = make_authority (self);
  belfry_control_set_authority (self->control, authority);
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusConnection *connection = G_DBUS_CONNECTION (source);
  g_autoptr (GTask) task = user_data;

  g_dbus_connection_flush_finish (connection, result, NULL);
  g_dbus_connection_close (connection, NULL, NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

/* What was answered, perhaps to who told the service to stop, is sent before. */
static void
belfry_bus_stop_async (BelfryPart *part, GAsyncReadyCallback callback, gpointer user_data)
{
  BelfryBus *self = BELFRY_BUS (part);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GDBusConnection) connection = NULL;

  g_task_set_source_tag (task, belfry_bus_stop_async);
  g_set_object (&connection, self->connection);
  g_cancellable_cancel (self->connecting);
  g_clear_object (&self->connecting);
  stop_retrying (self);
  let_go (self);
  if (connection == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_dbus_connection_flush (connection, NULL, on_flushed, g_steal_pointer (&task));
}

static gboolean
belfry_bus_stop_finish (BelfryPart *part, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, part), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_bus_stop_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static const char *
state_of (const BelfryBus *self)
{
  if (self->is_owner)
    return "up";
  return self->connection != NULL ? "no name" : "lost";
}

static void
belfry_bus_describe (BelfryPart *part, GString *status)
{
  const BelfryBus *self = BELFRY_BUS (part);

  if (self->bus != BELFRY_CONFIG_BUS_NONE)
    g_string_append_printf (status, ", bus: %s", state_of (self));
}

static void
belfry_bus_iface_init (BelfryPartInterface *iface)
{
  iface->get_name = belfry_bus_get_name;
  iface->start = belfry_bus_start;
  iface->apply = belfry_bus_apply;
  iface->stop_async = belfry_bus_stop_async;
  iface->stop_finish = belfry_bus_stop_finish;
  iface->describe = belfry_bus_describe;
}

static void
belfry_bus_finalize (GObject *object)
{
  BelfryBus *self = BELFRY_BUS (object);

  stop_retrying (self);
  let_go (self);
  g_clear_object (&self->connecting);
  g_object_unref (self->control);
  G_OBJECT_CLASS (belfry_bus_parent_class)->finalize (object);
}

static void
belfry_bus_class_init (BelfryBusClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_bus_finalize;
}

static void
belfry_bus_init (BelfryBus *self)
{
  belfry_bus_set_pauses (self, MIN_PAUSE, MAX_PAUSE);
}

BelfryBus *
belfry_bus_new (BelfryControl *control)
{
  BelfryBus *self = g_object_new (BELFRY_TYPE_BUS, NULL);

  self->control = g_object_ref (control);
  return self;
}

void
belfry_bus_set_pauses (BelfryBus *self, gint64 min, gint64 max)
{
  belfry_backoff_init (&self->backoff, min, max, (guint64) g_get_monotonic_time ());
}

gboolean
belfry_bus_is_owner (BelfryBus *self)
{
  return self->is_owner;
}
