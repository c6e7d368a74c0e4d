/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-control"

#include "config.h"

#include "belfry-control.h"

#include <string.h>

#include "belfry-control-error.h"
#include "belfry-error-bus.h"
#include "belfry-control-private.h"
#include "belfry-error.h"
#include "belfry-log.h"

/* The object on the bus, and the gate. A skeleton emits a signal for each method; whatever the
 * method, one closure answers to it, asks the authority, and hands the call on when that has said
 * yes: there is no other way to a handler. The skeletons' own "g-authorize-method" is of no use: it
 * comes on a thread of its own for each call, so that calls would overtake each other.
 *
 * Owned by the bus's part. Main thread. */

/* Figures change all the time; nobody looks at them more often. */
#define REFRESH_SECONDS 1

G_DEFINE_FINAL_TYPE (BelfryControl, belfry_control, G_TYPE_OBJECT)

/* A call that waits for the authority. */
typedef struct
{
  BelfryControl *control;            /* (owned) */
  BelfryCaller *caller;              /* (owned) */
  GDBusMethodInvocation *invocation; /* (owned) (nullable): until it is handed on */
  const BelfryControlMethod *method; /* (unowned) */
} Call;

static const struct
{
  const char *interface;              /* (unowned) */
  const BelfryControlMethod *methods; /* (unowned) */
  GType (*get_type) (void);
} tables[] = {
  { "org.belfry.Manager1", belfry_control_manager_methods, belfry_bus_manager1_get_type },
  { "org.belfry.Metrics1", belfry_control_metrics_methods, belfry_bus_metrics1_get_type },
  { "org.belfry.Sessions1", belfry_control_sessions_methods, belfry_bus_sessions1_get_type },
  { "org.belfry.Topics1", belfry_control_topics_methods, belfry_bus_topics1_get_type },
};

static const char *const broker_states[] = {
  [BELFRY_BROKER_STARTING] = "starting",
  [BELFRY_BROKER_UP] = "up",
  [BELFRY_BROKER_DEGRADED] = "degraded",
};

static const char *const states[] = {
  [BELFRY_CONTROL_STARTING] = "starting",
  [BELFRY_CONTROL_RUNNING] = "running",
  [BELFRY_CONTROL_DRAINING] = "draining",
};
G_STATIC_ASSERT (G_N_ELEMENTS (states) == BELFRY_CONTROL_N_STATES);

static void
call_free (Call *self)
{
  belfry_caller_end_call (self->caller);
  g_object_unref (self->control);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static void
log_call (const BelfryControlMethod *method, GDBusMethodInvocation *invocation)
{
  BelfryLogLevel level =
      method->right >= BELFRY_RIGHT_MANAGE_SESSIONS ? BELFRY_LOG_INFO : BELFRY_LOG_DEBUG;

  belfry_log_event (level, NULL, "%s calls %s", g_dbus_method_invocation_get_sender (invocation),
                    method->name);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Call) call = user_data;
  GError *error = NULL;
  gboolean allowed = belfry_authority_check_finish (BELFRY_AUTHORITY (source), result, &error);
  GDBusMethodInvocation *invocation = g_steal_pointer (&call->invocation);

  if (allowed && call->control->callers == NULL)
    g_set_error (&error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "the service is stopping");
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      g_set_error (&error, BELFRY_ERROR, BELFRY_ERROR_CLOSED, "the caller has left");
    }
  if (error != NULL)
    {
      belfry_control_fail (invocation, error);
      return;
    }
  log_call (call->method, invocation);
  call->method->handler (call->control, invocation,
                         g_dbus_method_invocation_get_parameters (invocation));
}

static void
ask (BelfryControl *self,
     BelfryCaller *caller,
     const BelfryControlMethod *method,
     GDBusMethodInvocation *invocation)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (invocation);
  BelfryAuthorityQuestion question = {
    .sender = g_dbus_method_invocation_get_sender (invocation),
    .right = method->right,
    .interactive = (g_dbus_message_get_flags (message) &
                    G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0,
    .method = method->name,
    .detail = method->detail,
  };
  Call *call = g_new0 (Call, 1);

  if (method->detail != NULL)
    g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "&s",
                         &question.value);
  call->control = g_object_ref (self);
  call->caller = caller;
  call->invocation = invocation;
  call->method = method;
  belfry_authority_check_async (self->authority, &question, belfry_caller_get_gone (caller),
                                on_checked, call);
}

/* @invocation: (transfer full) */
static void
take_call (BelfryControl *self, GDBusMethodInvocation *invocation)
{
  const BelfryControlMethod *method =
      belfry_control_find_method (g_dbus_method_invocation_get_interface_name (invocation),
                                  g_dbus_method_invocation_get_method_name (invocation));
  GError *error = NULL;
  BelfryCaller *caller = NULL;

  if (method == NULL)
    g_set_error (&error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN, "nobody may call this");
  else
    caller = belfry_callers_begin_call (self->callers,
                                        g_dbus_method_invocation_get_sender (invocation), &error);
  if (caller != NULL)
    ask (self, caller, method, invocation);
  else
    belfry_control_fail (invocation, error);
}

/* A marshaller, since the methods' signals differ in their arguments: the first is the skeleton,
 * the second the invocation, which is ours to answer from then on. */
static void
on_method (GClosure *closure,
           GValue *is_handled,
           guint n_values,
           const GValue *values,
           gpointer hint,
           gpointer marshal_data)
{
  g_return_if_fail (n_values >= 2 && is_handled != NULL);

  take_call (closure->data, g_value_get_object (&values[1]));
  g_value_set_boolean (is_handled, TRUE);
}

static void
connect_methods (BelfryControl *self, GDBusInterfaceSkeleton *skeleton, GType interface)
{
  guint n;
  g_autofree guint *ids = g_signal_list_ids (interface, &n);

  for (guint i = 0; i < n; i++)
    {
      GSignalQuery query;

      g_signal_query (ids[i], &query);
      if (!g_str_has_prefix (query.signal_name, "handle-"))
        continue;
      GClosure *closure = g_closure_new_simple (sizeof *closure, self);
      g_closure_set_marshal (closure, on_method);
      g_signal_connect_closure_by_id (skeleton, ids[i], 0, closure, FALSE);
    }
}

static const char *
state_of (BelfryControl *self, BelfryBrokerState broker)
{
  BelfryControlState state = belfry_control_host_get_state (self->host);

  if (state == BELFRY_CONTROL_RUNNING && broker == BELFRY_BROKER_DEGRADED)
    return "degraded";
  return states[state];
}

static void
tell_broker (BelfryControl *self, BelfryBrokerState state)
{
  gboolean lost = state == BELFRY_BROKER_DEGRADED;

  if (lost == self->broker_lost)
    return;
  self->broker_lost = lost;
  belfry_callers_signal (self->callers, "org.belfry.Manager1",
                         lost ? "BrokerLost" : "BrokerRestored",
                         g_variant_new ("(s)", belfry_broker_get_name (
                                                   belfry_hub_get_broker (self->hub))));
}

static void
update_state (BelfryControl *self)
{
  BelfryBroker *source = belfry_hub_get_broker (self->hub);
  BelfryBrokerState broker = belfry_broker_get_state (source);
  const char *trouble = belfry_hub_get_trouble (self->hub);
  const char *state = state_of (self, broker);
  gboolean changed = g_strcmp0 (belfry_bus_manager1_get_state (self->manager), state) != 0;

  belfry_bus_manager1_set_broker (self->manager, belfry_broker_get_name (source));
  belfry_bus_manager1_set_broker_state (self->manager, broker_states[broker]);
  belfry_bus_manager1_set_broker_reason (self->manager, trouble != NULL ? trouble : "");
  belfry_bus_manager1_set_broker_latency (self->manager,
                                          (guint64) MAX (belfry_broker_get_latency (source), 0));
  belfry_bus_manager1_set_state (self->manager, state);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self->manager));
  if (self->callers == NULL)
    return;
  if (changed)
    belfry_callers_signal (self->callers, "org.belfry.Manager1", "StateChanged",
                           g_variant_new ("(s)", state));
  tell_broker (self, broker);
}

static gboolean
on_refresh (gpointer user_data)
{
  belfry_control_refresh (user_data);
  return G_SOURCE_CONTINUE;
}

static void
start_refreshing (BelfryControl *self)
{
  self->refresh = g_timeout_source_new_seconds (REFRESH_SECONDS);
  g_source_set_static_name (self->refresh, "belfry-control-refresh");
  g_source_set_callback (self->refresh, on_refresh, self, NULL);
  g_source_attach (self->refresh, g_main_context_get_thread_default ());
}

static GDBusInterfaceSkeleton *
skeleton_at (BelfryControl *self, guint index)
{
  gpointer skeletons[] = { self->manager, self->metrics_iface, self->sessions, self->topics };

  return index < G_N_ELEMENTS (skeletons) ? G_DBUS_INTERFACE_SKELETON (skeletons[index]) : NULL;
}

static void
set_constants (BelfryControl *self)
{
  g_autofree char *id = g_uuid_string_random ();

  belfry_bus_manager1_set_version (self->manager, BELFRY_VERSION);
  belfry_bus_manager1_set_instance_id (self->manager, id);
  belfry_bus_manager1_set_started_at (self->manager, (guint64) g_get_real_time ());
}

static void
belfry_control_dispose (GObject *object)
{
  BelfryControl *self = BELFRY_CONTROL (object);

  belfry_control_unexport (self);
  g_signal_handlers_disconnect_by_data (self->host, self);
  g_signal_handlers_disconnect_by_data (self->hub, self);
  for (guint i = 0; skeleton_at (self, i) != NULL; i++)
    g_signal_handlers_disconnect_by_data (skeleton_at (self, i), self);
  G_OBJECT_CLASS (belfry_control_parent_class)->dispose (object);
}

static void
belfry_control_finalize (GObject *object)
{
  BelfryControl *self = BELFRY_CONTROL (object);

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    g_object_unref (skeleton_at (self, i));
  g_object_unref (self->hub);
  belfry_metrics_unref (self->metrics);
  g_clear_object (&self->loader);
  G_OBJECT_CLASS (belfry_control_parent_class)->finalize (object);
}

static void
belfry_control_class_init (BelfryControlClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = belfry_control_dispose;
  G_OBJECT_CLASS (klass)->finalize = belfry_control_finalize;
}

static void
belfry_control_init (BelfryControl *self)
{
  belfry_error_register_bus_names ();
  self->manager = belfry_bus_manager1_skeleton_new ();
  self->metrics_iface = belfry_bus_metrics1_skeleton_new ();
  self->sessions = belfry_bus_sessions1_skeleton_new ();
  self->topics = belfry_bus_topics1_skeleton_new ();
  for (guint i = 0; skeleton_at (self, i) != NULL; i++)
    connect_methods (self, skeleton_at (self, i), tables[i].get_type ());
}

const BelfryControlMethod *
belfry_control_find_method (const char *interface, const char *method)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      if (strcmp (tables[i].interface, interface) != 0)
        continue;
      for (const BelfryControlMethod *each = tables[i].methods; each->name != NULL; each++)
        {
          if (strcmp (each->name, method) == 0)
            return each;
        }
    }
  return NULL;
}

guint
belfry_control_page_size (guint limit)
{
  return limit == 0 ? BELFRY_CONTROL_PAGE : MIN (limit, BELFRY_CONTROL_MAX_PAGE);
}

GVariant *
belfry_control_text (const char *text)
{
  return g_variant_new_take_string (g_utf8_make_valid (text, -1));
}

BelfryControl *
belfry_control_new (const BelfryControlParts *parts)
{
  BelfryControl *self = g_object_new (BELFRY_TYPE_CONTROL, NULL);

  self->hub = g_object_ref (parts->hub);
  self->metrics = belfry_metrics_ref (parts->metrics);
  self->loader = parts->loader != NULL ? g_object_ref (parts->loader) : NULL;
  self->host = parts->host;
  set_constants (self);
  g_signal_connect_swapped (self->host, "changed", G_CALLBACK (update_state), self);
  g_signal_connect_swapped (self->hub, "broker-changed", G_CALLBACK (update_state), self);
  return self;
}

gboolean
belfry_control_export (BelfryControl *self,
                       GDBusConnection *connection,
                       BelfryAuthority *authority,
                       GError **error)
{
  g_return_val_if_fail (self->callers == NULL, FALSE);

  self->authority = g_object_ref (authority);
  self->callers = belfry_callers_new (connection, self->hub);
  belfry_control_refresh (self);
  for (guint i = 0; skeleton_at (self, i) != NULL; i++)
    {
      if (!g_dbus_interface_skeleton_export (skeleton_at (self, i), connection, BELFRY_BUS_PATH,
                                             error))
        {
          belfry_control_unexport (self);
          return FALSE;
        }
    }
  belfry_hub_set_observer (self->hub, &belfry_control_observer, self);
  start_refreshing (self);
  return TRUE;
}

void
belfry_control_unexport (BelfryControl *self)
{
  if (self->callers == NULL)
    return;
  belfry_hub_set_observer (self->hub, NULL, NULL);
  if (self->refresh != NULL)
    g_source_destroy (self->refresh);
  g_clear_pointer (&self->refresh, g_source_unref);
  for (guint i = 0; skeleton_at (self, i) != NULL; i++)
    {
      if (g_dbus_interface_skeleton_get_connection (skeleton_at (self, i)) != NULL)
        g_dbus_interface_skeleton_unexport (skeleton_at (self, i));
    }
  g_clear_pointer (&self->callers, belfry_callers_free);
  g_clear_object (&self->authority);
}

void
belfry_control_set_authority (BelfryControl *self, BelfryAuthority *authority)
{
  g_return_if_fail (self->callers != NULL);

  g_set_object (&self->authority, authority);
}

BelfryCallers *
belfry_control_get_callers (BelfryControl *self)
{
  return self->callers;
}

void
belfry_control_refresh (BelfryControl *self)
{
  g_auto (GStrv) listeners = belfry_control_host_get_listeners (self->host);
  guint left;
  guint total;

  update_state (self);
  belfry_control_host_get_drain (self->host, &left, &total);
  belfry_bus_manager1_set_drain_left (self->manager, left);
  belfry_bus_manager1_set_drain_total (self->manager, total);
  belfry_bus_manager1_set_listeners (self->manager, (const char *const *) listeners);
  belfry_bus_manager1_set_workers (self->manager, belfry_control_host_get_n_workers (self->host));
  belfry_bus_manager1_set_connections (self->manager,
                                       belfry_control_host_get_n_connections (self->host));
  belfry_bus_manager1_set_sessions (self->manager, belfry_hub_get_n_sessions (self->hub));
  belfry_bus_manager1_set_topics (self->manager, belfry_hub_get_n_topics (self->hub));
}
