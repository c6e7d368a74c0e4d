/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-callers"

#include "config.h"

#include "belfry-callers.h"

#include <string.h>

#include "belfry-control-error.h"
#include "belfry-error.h"
#include "belfry-log.h"

/* Owned by the control, for one connection. A caller is there while there is something to remember
 * of it; it is freed when it is out of the table and no call of it is under way.
 *
 * GIO does not tell how much it has queued, and the bus queues for who does not read. So after some
 * signals a caller is pinged, which its library answers by itself, and behind what was sent before:
 * what the answer covers has been read. An answer that is an error (the bus may not let us ask)
 * shows at least that the bus has taken everything. */

#define SERVICE_NAME "org.freedesktop.DBus"
#define SERVICE_PATH "/org/freedesktop/DBus"
#define MANAGER_INTERFACE "org.belfry.Manager1"
#define TOPICS_INTERFACE "org.belfry.Topics1"

/* What a signal costs besides its payload. */
#define SIGNAL_OVERHEAD 256

struct _BelfryCallers
{
  GDBusConnection *connection; /* (owned) */
  BelfryHub *hub;              /* (owned) */
  GHashTable *callers;         /* (element-type utf8 BelfryCaller) (owned) */
  guint subscription;
  guint n_watches; /* of all together */
  BelfryCallersLimits limits;
};

struct _BelfryCaller
{
  guint refs;
  BelfryCallers *callers; /* (unowned) (nullable): until it is forgotten */
  char *name;             /* (owned) */
  GCancellable *gone;     /* (owned) */
  GHashTable *watches;    /* (element-type utf8 Watch) (owned): by topic */
  BelfryMessage *latest;  /* (owned) (nullable): the last one that a watch showed */
  guint n_calls;
  gboolean wants_signals;
  guint n_unread;
  gsize unread_bytes;
  guint n_pinged; /* of the unread: what the ping under way covers; 0 if there is none */
  gsize pinged_bytes;
  guint64 lost_signals;
  guint64 lost_messages;
};

typedef struct
{
  BelfryCaller *caller;   /* (unowned) */
  BelfryHubWatch *watch;  /* (owned) (nullable): while the hub gives it */
  GPtrArray *invocations; /* (element-type GDBusMethodInvocation) (owned): who waits for it */
  gboolean is_ready;
  char topic[];
} Watch;

static const BelfryCallersLimits default_limits = {
  .max_callers = 256,
  .max_calls = 64,
  .max_watches = 32,
  .max_all_watches = 128,
  .max_unread = 1024,
  .max_unread_bytes = 4 << 20,
  .ping_timeout = 30 * 1000,
};

static void
caller_unref (BelfryCaller *self)
{
  if (--self->refs > 0)
    return;
  g_clear_pointer (&self->latest, belfry_message_unref);
  g_hash_table_unref (self->watches);
  g_object_unref (self->gone);
  g_free (self->name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryCaller, caller_unref)

/* Nobody is left to read the answers to what it still waits for, but each call must have one. */
static void
watch_free (gpointer data)
{
  Watch *self = data;
  BelfryCallers *callers = self->caller->callers;

  for (guint i = 0; i < self->invocations->len; i++)
    belfry_control_fail (g_object_ref (self->invocations->pdata[i]),
                         g_error_new (BELFRY_ERROR, BELFRY_ERROR_CLOSED, "given up"));
  g_ptr_array_unref (self->invocations);
  if (self->watch != NULL)
    belfry_hub_unwatch (callers->hub, self->watch);
  callers->n_watches--;
  g_free (self);
}

static void
forget (BelfryCaller *self)
{
  BelfryCallers *callers = self->callers;

  g_hash_table_remove_all (self->watches);
  self->callers = NULL;
  self->wants_signals = FALSE;
  g_hash_table_remove (callers->callers, self->name);
}

static void
forget_if_idle (BelfryCaller *self)
{
  if (self->callers != NULL && self->n_calls == 0 && !self->wants_signals &&
      g_hash_table_size (self->watches) == 0)
    forget (self);
}

static void
leave (BelfryCaller *caller)
{
  BelfryCaller *self = caller;

  self->refs++;
  g_cancellable_cancel (self->gone);
  forget (self);
  caller_unref (self);
}

/* Returns: (transfer none) (nullable) */
static BelfryCaller *
ensure (BelfryCallers *self, const char *name, GError **error)
{
  BelfryCaller *caller = g_hash_table_lookup (self->callers, name);

  if (caller != NULL)
    return caller;
  if (g_hash_table_size (self->callers) >= self->limits.max_callers)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED,
                   "too many on the bus want something of the service");
      return NULL;
    }
  caller = g_new0 (BelfryCaller, 1);
  caller->refs = 1;
  caller->callers = self;
  caller->name = g_strdup (name);
  caller->gone = g_cancellable_new ();
  caller->watches = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, watch_free);
  g_hash_table_insert (self->callers, caller->name, caller);
  return caller;
}

static gboolean
has_room (const BelfryCaller *self, gsize size)
{
  const BelfryCallersLimits *limits = &self->callers->limits;

  return self->n_unread == 0 ||
         (self->n_unread < limits->max_unread &&
          size <= limits->max_unread_bytes - MIN (self->unread_bytes, limits->max_unread_bytes));
}

/* @arguments: floating */
static void
emit (BelfryCaller *self,
      const char *interface,
      const char *signal,
      GVariant *arguments,
      gsize size)
{
  g_dbus_connection_emit_signal (self->callers->connection, self->name, BELFRY_BUS_PATH, interface,
                                 signal, arguments, NULL);
  self->n_unread++;
  self->unread_bytes += size;
}

static void
tell_lost (BelfryCaller *self)
{
  if (self->lost_signals > 0)
    emit (self, MANAGER_INTERFACE, "SignalsLost", g_variant_new ("(t)", self->lost_signals),
          SIGNAL_OVERHEAD);
  if (self->lost_messages > 0)
    emit (self, TOPICS_INTERFACE, "Lost", g_variant_new ("(ts)", self->lost_messages, "slow"),
          SIGNAL_OVERHEAD);
  self->lost_signals = self->lost_messages = 0;
}

static void ping_if_due (BelfryCaller *self);

static void
on_pong (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryCaller) self = user_data;
  g_autoptr (GError) error = NULL;
  GVariant *reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  g_clear_pointer (&reply, g_variant_unref);
  if (self->callers == NULL)
    return;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      belfry_log_info ("%s reads nothing of what it asked for: it is forgotten", self->name);
      leave (self);
      return;
    }
  self->n_unread -= self->n_pinged;
  self->unread_bytes -= self->pinged_bytes;
  self->n_pinged = 0;
  self->pinged_bytes = 0;
  tell_lost (self);
  ping_if_due (self);
}

static void
ping_if_due (BelfryCaller *self)
{
  const BelfryCallersLimits *limits = &self->callers->limits;

  if (self->n_pinged > 0 || (self->n_unread < (limits->max_unread + 1) / 2 &&
                             self->unread_bytes < limits->max_unread_bytes / 2))
    return;
  self->n_pinged = self->n_unread;
  self->pinged_bytes = self->unread_bytes;
  self->refs++;
  g_dbus_connection_call (self->callers->connection, self->name, "/", "org.freedesktop.DBus.Peer",
                          "Ping", NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, limits->ping_timeout,
                          self->gone, on_pong, self);
}

/* Once something was lost, all that follows is, too, until that can be told: so that who is told
 * knows where. @lost: what counts it; @arguments: floating */
static void
send (BelfryCaller *self,
      const char *interface,
      const char *signal,
      GVariant *arguments,
      guint64 *lost)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (arguments);
  gsize size = g_variant_get_size (sunk) + SIGNAL_OVERHEAD;

  if (*lost == 0 && has_room (self, size))
    emit (self, interface, signal, sunk, size);
  else
    (*lost)++;
  ping_if_due (self);
}

static gboolean
is_dbus_text (const BelfryMessage *message)
{
  gsize length;
  const char *text = g_bytes_get_data (message->payload, &length);

  return message->payload_kind != BELFRY_PAYLOAD_BYTES && g_utf8_validate_len (text, length, NULL);
}

static GVariant *
text_of (const BelfryMessage *message)
{
  gsize length;
  const char *bytes = g_bytes_get_data (message->payload, &length);
  g_autofree char *text = g_strndup (bytes, length);

  return g_variant_new ("(ss)", message->topic, text);
}

static GVariant *
bytes_of (const BelfryMessage *message)
{
  return g_variant_new ("(s@ay)", message->topic,
                        g_variant_new_from_bytes (G_VARIANT_TYPE ("ay"), message->payload, TRUE));
}

/* A message comes once for each of the caller's watches that it is for, one right after the other.
 */
static void
on_message (BelfryMessage *message, gpointer user_data)
{
  Watch *watch = user_data;
  BelfryCaller *self = watch->caller;

  if (self->latest == message)
    return;
  g_clear_pointer (&self->latest, belfry_message_unref);
  self->latest = belfry_message_ref (message);
  if (is_dbus_text (message))
    send (self, TOPICS_INTERFACE, "Message", text_of (message), &self->lost_messages);
  else
    send (self, TOPICS_INTERFACE, "MessageBytes", bytes_of (message), &self->lost_messages);
}

static void
on_gap (const char *reason, gpointer user_data)
{
  const Watch *watch = user_data;

  send (watch->caller, TOPICS_INTERFACE, "Lost", g_variant_new ("(ts)", (guint64) 0, reason),
        &watch->caller->lost_messages);
}

static void
answer_watch (Watch *self, const GError *error)
{
  g_autoptr (GPtrArray) invocations = g_steal_pointer (&self->invocations);

  self->invocations = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < invocations->len; i++)
    {
      GDBusMethodInvocation *invocation = g_object_ref (invocations->pdata[i]);

      if (error != NULL)
        belfry_control_fail (invocation, g_error_copy (error));
      else
        g_dbus_method_invocation_return_value (invocation, NULL);
    }
}

static void
on_ready (const GError *error, gpointer user_data)
{
  Watch *self = user_data;
  BelfryCaller *caller = self->caller;

  answer_watch (self, error);
  self->is_ready = error == NULL;
  if (error == NULL)
    return;
  g_hash_table_remove (caller->watches, self->topic);
  forget_if_idle (caller);
}

static const BelfryHubWatcher watcher = { on_ready, on_message, on_gap };

static gboolean
check_watches (BelfryCallers *self, const BelfryCaller *caller, GError **error)
{
  if (g_hash_table_size (caller->watches) < self->limits.max_watches &&
      self->n_watches < self->limits.max_all_watches)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED,
               "one caller watches at most %u topics, all together %u", self->limits.max_watches,
               self->limits.max_all_watches);
  return FALSE;
}

static Watch *
watch_new (BelfryCallers *self, BelfryCaller *caller, const char *topic)
{
  gsize size = strlen (topic) + 1;
  Watch *watch = g_malloc0 (sizeof *watch + size);

  memcpy (watch->topic, topic, size);
  watch->caller = caller;
  watch->invocations = g_ptr_array_new_with_free_func (g_object_unref);
  g_hash_table_insert (caller->watches, watch->topic, watch);
  self->n_watches++;
  return watch;
}

/* The call is answered by what becomes of the watch, perhaps at once; if there is none, here. */
static void
begin_watch (BelfryCallers *self,
             BelfryCaller *caller,
             const char *topic,
             GDBusMethodInvocation *invocation)
{
  Watch *watch = watch_new (self, caller, topic);
  GError *error = NULL;

  g_ptr_array_add (watch->invocations, invocation);
  watch->watch = belfry_hub_watch (self->hub, topic, &watcher, watch, &error);
  if (watch->watch != NULL)
    return;
  answer_watch (watch, error);
  g_error_free (error);
  g_hash_table_remove (caller->watches, topic);
}

static void
on_owner_changed (GDBusConnection *connection,
                  const char *sender,
                  const char *path,
                  const char *interface,
                  const char *signal,
                  GVariant *arguments,
                  gpointer user_data)
{
  BelfryCallers *self = user_data;
  const char *name;
  const char *owner;

  g_variant_get (arguments, "(&s&s&s)", &name, NULL, &owner);
  BelfryCaller *caller = g_hash_table_lookup (self->callers, name);

  if (caller != NULL && *owner == '\0')
    leave (caller);
}

BelfryCallers *
belfry_callers_new (GDBusConnection *connection, BelfryHub *hub)
{
  BelfryCallers *self = g_new0 (BelfryCallers, 1);

  self->connection = g_object_ref (connection);
  self->hub = g_object_ref (hub);
  self->limits = default_limits;
  self->callers =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) caller_unref);
  self->subscription =
      g_dbus_connection_signal_subscribe (connection, SERVICE_NAME, SERVICE_NAME,
                                          "NameOwnerChanged", SERVICE_PATH, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, on_owner_changed, self, NULL);
  return self;
}

void
belfry_callers_free (BelfryCallers *self)
{
  GHashTableIter iter;
  gpointer caller;

  g_dbus_connection_signal_unsubscribe (self->connection, self->subscription);
  while (g_hash_table_iter_init (&iter, self->callers),
         g_hash_table_iter_next (&iter, NULL, &caller))
    leave (caller);
  g_hash_table_unref (self->callers);
  g_object_unref (self->hub);
  g_object_unref (self->connection);
  g_free (self);
}

BelfryCallersLimits *
belfry_callers_get_limits (BelfryCallers *self)
{
  return &self->limits;
}

guint
belfry_callers_get_n_callers (const BelfryCallers *self)
{
  return g_hash_table_size (self->callers);
}

guint
belfry_callers_get_n_watches (const BelfryCallers *self)
{
  return self->n_watches;
}

BelfryCaller *
belfry_callers_begin_call (BelfryCallers *self, const char *name, GError **error)
{
  BelfryCaller *caller = ensure (self, name, error);

  if (caller == NULL)
    return NULL;
  if (caller->n_calls >= self->limits.max_calls)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED,
                   "%u calls wait for the authority already", caller->n_calls);
      return NULL;
    }
  caller->n_calls++;
  caller->refs++;
  return caller;
}

void
belfry_caller_end_call (BelfryCaller *self)
{
  self->n_calls--;
  forget_if_idle (self);
  caller_unref (self);
}

GCancellable *
belfry_caller_get_gone (BelfryCaller *self)
{
  return self->gone;
}

gboolean
belfry_callers_subscribe (BelfryCallers *self, const char *name, GError **error)
{
  BelfryCaller *caller = ensure (self, name, error);

  if (caller == NULL)
    return FALSE;
  caller->wants_signals = TRUE;
  return TRUE;
}

gboolean
belfry_callers_unsubscribe (BelfryCallers *self, const char *name, GError **error)
{
  BelfryCaller *caller = g_hash_table_lookup (self->callers, name);

  if (caller == NULL || !caller->wants_signals)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_SUBSCRIBED, "signals were not asked for");
      return FALSE;
    }
  caller->wants_signals = FALSE;
  forget_if_idle (caller);
  return TRUE;
}

void
belfry_callers_signal (BelfryCallers *self,
                       const char *interface,
                       const char *signal,
                       GVariant *arguments)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (arguments);
  GHashTableIter iter;
  gpointer caller;

  g_hash_table_iter_init (&iter, self->callers);
  while (g_hash_table_iter_next (&iter, NULL, &caller))
    {
      BelfryCaller *each = caller;

      if (each->wants_signals)
        send (each, interface, signal, sunk, &each->lost_signals);
    }
}

void
belfry_callers_watch (BelfryCallers *self,
                      const char *name,
                      const char *topic,
                      GDBusMethodInvocation *invocation)
{
  GError *error = NULL;
  BelfryCaller *caller = ensure (self, name, &error);
  Watch *watch = caller != NULL ? g_hash_table_lookup (caller->watches, topic) : NULL;

  if (watch != NULL && watch->is_ready)
    g_dbus_method_invocation_return_value (invocation, NULL);
  else if (watch != NULL)
    g_ptr_array_add (watch->invocations, invocation);
  else if (caller == NULL || !check_watches (self, caller, &error))
    belfry_control_fail (invocation, error);
  else
    begin_watch (self, caller, topic, invocation);
  if (caller != NULL)
    forget_if_idle (caller);
}

gboolean
belfry_callers_unwatch (BelfryCallers *self, const char *name, const char *topic, GError **error)
{
  BelfryCaller *caller = g_hash_table_lookup (self->callers, name);

  if (caller == NULL || !g_hash_table_contains (caller->watches, topic))
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_SUBSCRIBED, "“%s” is not watched", topic);
      return FALSE;
    }
  g_hash_table_remove (caller->watches, topic);
  g_clear_pointer (&caller->latest, belfry_message_unref);
  forget_if_idle (caller);
  return TRUE;
}
