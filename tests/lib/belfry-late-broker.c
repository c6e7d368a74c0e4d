/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-late-broker"

#include "config.h"

#include "belfry-late-broker.h"

#include <string.h>

#include "belfry-error.h"

/* Each call is a task. Its question goes to the broker behind at once, or when it is released; its
 * answer is given at once, or when it is released. */

typedef struct
{
  GTask *task; /* (owned) (nullable) */
  BelfryLate what;
  char *topic;           /* (owned) */
  GBytes *payload;       /* (owned) (nullable) */
  char *idempotency_key; /* (owned) (nullable) */
  BelfryPublication publication;
  BelfryPosition since;
  gboolean has_since;
  guint limit;
  gboolean asked;
  /* The answer */
  GError *error; /* (owned) (nullable) */
  BelfryPosition position;
  BelfryHistoryPage *history; /* (owned) (nullable) */
  GPtrArray *presence;        /* (owned) (nullable) */
} Held;

struct _BelfryLateBroker
{
  GObject parent_instance;

  BelfryBroker *inner; /* (owned) */
  BelfryLate late;
  BelfryLate failing;
  BelfryError failure;
  BelfryBrokerState state;
  const char *reason; /* (unowned) (nullable) */
  gint64 latency;
  gint64 proof;
  GString *told;                /* (owned): words for all */
  GQueue held;                  /* (element-type Held) (owned): owned by their tasks */
  const BelfryBrokerSink *sink; /* (unowned) (nullable) */
  gpointer sink_data;           /* (unowned) (nullable) */
  GHashTable *subscribed;       /* (element-type utf8 guint) (owned) */
  GHashTable *unsubscribed;     /* (element-type utf8 guint) (owned) */
};

static void belfry_late_broker_iface_init (BelfryBrokerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryLateBroker,
                               belfry_late_broker,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_BROKER,
                                                      belfry_late_broker_iface_init))

static void
held_free (gpointer data)
{
  Held *held = data;

  g_free (held->topic);
  g_free (held->idempotency_key);
  g_clear_pointer (&held->payload, g_bytes_unref);
  g_clear_error (&held->error);
  g_clear_pointer (&held->history, belfry_history_page_free);
  g_clear_pointer (&held->presence, g_ptr_array_unref);
  g_free (held);
}

static void
give (GTask *task)
{
  Held *held = g_task_get_task_data (task);

  if (held->error != NULL)
    g_task_return_error (task, g_steal_pointer (&held->error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BelfryLateBroker *self = g_task_get_source_object (task);
  BelfryBroker *inner = BELFRY_BROKER (source);
  Held *held = g_task_get_task_data (task);

  if (held->what == BELFRY_LATE_SUBSCRIBE)
    belfry_broker_subscribe_finish (inner, result, &held->error);
  else if (held->what == BELFRY_LATE_PUBLISH)
    belfry_broker_publish_finish (inner, result, &held->position, &held->error);
  else if (held->what == BELFRY_LATE_HISTORY)
    held->history = belfry_broker_history_finish (inner, result, &held->error);
  else
    held->presence = belfry_broker_presence_finish (inner, result, &held->error);
  if ((self->late & held->what) != 0 && (self->late & BELFRY_LATE_BEFORE) == 0)
    g_queue_push_tail (&self->held, g_object_ref (task));
  else
    give (task);
}

/* Consumes a reference to the task. */
static void
ask (GTask *task)
{
  BelfryLateBroker *self = g_task_get_source_object (task);
  Held *held = g_task_get_task_data (task);

  held->asked = TRUE;
  if (held->what == BELFRY_LATE_SUBSCRIBE)
    belfry_broker_subscribe_async (self->inner, held->topic, NULL, on_answer, task);
  else if (held->what == BELFRY_LATE_PUBLISH)
    belfry_broker_publish_async (self->inner, &held->publication, NULL, on_answer, task);
  else if (held->what == BELFRY_LATE_HISTORY)
    belfry_broker_history_async (self->inner, held->topic, held->has_since ? &held->since : NULL,
                                 held->limit, NULL, on_answer, task);
  else
    belfry_broker_presence_async (self->inner, held->topic, NULL, on_answer, task);
}

/* Consumes a reference to the task. */
static void
let_go (GTask *task)
{
  const Held *held = g_task_get_task_data (task);

  if (!held->asked)
    {
      ask (task);
      return;
    }
  give (task);
  g_object_unref (task);
}

static Held *
held_new (BelfryBroker *broker,
          BelfryLate what,
          const char *topic,
          GCancellable *cancellable,
          GAsyncReadyCallback callback,
          gpointer user_data)
{
  Held *held = g_new0 (Held, 1);

  held->what = what;
  held->topic = g_strdup (topic);
  held->task = g_task_new (broker, cancellable, callback, user_data);
  g_task_set_source_tag (held->task, held_new);
  g_task_set_task_data (held->task, held, held_free);
  return held;
}

static void
begin (Held *held)
{
  GTask *task = g_steal_pointer (&held->task);
  BelfryLateBroker *self = g_task_get_source_object (task);

  if ((self->failing & held->what) != 0)
    {
      g_task_return_new_error (task, BELFRY_ERROR, (int) self->failure, "it is made to fail");
      g_object_unref (task);
    }
  else if ((self->late & held->what) != 0 && (self->late & BELFRY_LATE_BEFORE) != 0)
    g_queue_push_tail (&self->held, task);
  else
    ask (task);
}

static void
bump (GHashTable *table, const char *topic)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (table, topic));

  g_hash_table_replace (table, g_strdup (topic), GUINT_TO_POINTER (n + 1));
}

static const char *
belfry_late_broker_get_name (BelfryBroker *broker)
{
  return "late";
}

static BelfryBrokerState
belfry_late_broker_get_state (BelfryBroker *broker)
{
  return BELFRY_LATE_BROKER (broker)->state;
}

static const char *
belfry_late_broker_get_reason (BelfryBroker *broker)
{
  return BELFRY_LATE_BROKER (broker)->reason;
}

static gint64
belfry_late_broker_get_latency (BelfryBroker *broker)
{
  return BELFRY_LATE_BROKER (broker)->latency;
}

static gint64
belfry_late_broker_get_last_proof (BelfryBroker *broker)
{
  return BELFRY_LATE_BROKER (broker)->proof;
}

static void
belfry_late_broker_tell_all (BelfryBroker *broker, const BelfryBrokerWord *word)
{
  static const char *const kinds[] = { "block", "unblock", "revoke", "close" };
  GString *told = BELFRY_LATE_BROKER (broker)->told;

  G_STATIC_ASSERT (G_N_ELEMENTS (kinds) == BELFRY_BROKER_N_WORDS);
  g_string_append_printf (told, "%s%s %s", told->len > 0 ? "; " : "", kinds[word->kind],
                          word->text);
  if (word->until != 0)
    g_string_append_printf (told, " until %" G_GINT64_FORMAT, word->until);
  if (word->reason != NULL)
    g_string_append_printf (told, " %u %s", word->code, word->reason);
}

static void
belfry_late_broker_set_sink (BelfryBroker *broker, const BelfryBrokerSink *sink, gpointer user_data)
{
  BelfryLateBroker *self = BELFRY_LATE_BROKER (broker);

  self->sink = sink;
  self->sink_data = user_data;
  belfry_broker_set_sink (self->inner, sink, user_data);
}

static void
belfry_late_broker_subscribe_async (BelfryBroker *broker,
                                    const char *topic,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  bump (BELFRY_LATE_BROKER (broker)->subscribed, topic);
  begin (held_new (broker, BELFRY_LATE_SUBSCRIBE, topic, cancellable, callback, user_data));
}

static gboolean
belfry_late_broker_subscribe_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
belfry_late_broker_unsubscribe (BelfryBroker *broker, const char *topic)
{
  BelfryLateBroker *self = BELFRY_LATE_BROKER (broker);

  bump (self->unsubscribed, topic);
  belfry_broker_unsubscribe (self->inner, topic);
}

static void
belfry_late_broker_publish_async (BelfryBroker *broker,
                                  const BelfryPublication *publication,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  Held *held =
      held_new (broker, BELFRY_LATE_PUBLISH, publication->topic, cancellable, callback, user_data);

  held->payload = g_bytes_ref (publication->payload);
  held->idempotency_key = g_strdup (publication->idempotency_key);
  held->publication = *publication;
  held->publication.topic = held->topic;
  held->publication.payload = held->payload;
  held->publication.idempotency_key = held->idempotency_key;
  begin (held);
}

static gboolean
belfry_late_broker_publish_finish (BelfryBroker *broker,
                                   GAsyncResult *result,
                                   BelfryPosition *position,
                                   GError **error)
{
  const Held *held = g_task_get_task_data (G_TASK (result));

  *position = held->position;
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
belfry_late_broker_history_async (BelfryBroker *broker,
                                  const char *topic,
                                  const BelfryPosition *since,
                                  guint limit,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  Held *held = held_new (broker, BELFRY_LATE_HISTORY, topic, cancellable, callback, user_data);

  held->has_since = since != NULL;
  if (since != NULL)
    held->since = *since;
  held->limit = limit;
  begin (held);
}

static BelfryHistoryPage *
belfry_late_broker_history_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  Held *held = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return g_steal_pointer (&held->history);
}

static void
belfry_late_broker_presence_add (BelfryBroker *broker,
                                 const char *topic,
                                 const char *user,
                                 const char *info)
{
  belfry_broker_presence_add (BELFRY_LATE_BROKER (broker)->inner, topic, user, info);
}

static void
belfry_late_broker_presence_remove (BelfryBroker *broker, const char *topic, const char *user)
{
  belfry_broker_presence_remove (BELFRY_LATE_BROKER (broker)->inner, topic, user);
}

static void
belfry_late_broker_presence_async (BelfryBroker *broker,
                                   const char *topic,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  begin (held_new (broker, BELFRY_LATE_PRESENCE, topic, cancellable, callback, user_data));
}

static GPtrArray *
belfry_late_broker_presence_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  Held *held = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return g_steal_pointer (&held->presence);
}

static void
belfry_late_broker_iface_init (BelfryBrokerInterface *iface)
{
  iface->get_name = belfry_late_broker_get_name;
  iface->get_state = belfry_late_broker_get_state;
  iface->set_sink = belfry_late_broker_set_sink;
  iface->subscribe_async = belfry_late_broker_subscribe_async;
  iface->subscribe_finish = belfry_late_broker_subscribe_finish;
  iface->unsubscribe = belfry_late_broker_unsubscribe;
  iface->publish_async = belfry_late_broker_publish_async;
  iface->publish_finish = belfry_late_broker_publish_finish;
  iface->history_async = belfry_late_broker_history_async;
  iface->history_finish = belfry_late_broker_history_finish;
  iface->presence_add = belfry_late_broker_presence_add;
  iface->presence_remove = belfry_late_broker_presence_remove;
  iface->presence_async = belfry_late_broker_presence_async;
  iface->presence_finish = belfry_late_broker_presence_finish;
  iface->get_reason = belfry_late_broker_get_reason;
  iface->get_latency = belfry_late_broker_get_latency;
  iface->get_last_proof = belfry_late_broker_get_last_proof;
  iface->tell_all = belfry_late_broker_tell_all;
}

static void
belfry_late_broker_finalize (GObject *object)
{
  BelfryLateBroker *self = BELFRY_LATE_BROKER (object);

  g_string_free (self->told, TRUE);
  g_hash_table_unref (self->subscribed);
  g_hash_table_unref (self->unsubscribed);
  g_clear_object (&self->inner);
  G_OBJECT_CLASS (belfry_late_broker_parent_class)->finalize (object);
}

static void
belfry_late_broker_class_init (BelfryLateBrokerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_late_broker_finalize;
}

static void
belfry_late_broker_init (BelfryLateBroker *self)
{
  self->failure = BELFRY_ERROR_SYSTEM;
  self->state = BELFRY_BROKER_UP;
  self->latency = -1;
  self->told = g_string_new (NULL);
  g_queue_init (&self->held);
  self->subscribed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unsubscribed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

BelfryLateBroker *
belfry_late_broker_new (BelfryBroker *inner)
{
  BelfryLateBroker *self = g_object_new (BELFRY_TYPE_LATE_BROKER, NULL);

  self->inner = g_object_ref (inner);
  return self;
}

void
belfry_late_broker_hold (BelfryLateBroker *self, BelfryLate late)
{
  self->late = late;
}

void
belfry_late_broker_fail (BelfryLateBroker *self, BelfryLate what)
{
  belfry_late_broker_fail_with (self, what, BELFRY_ERROR_SYSTEM);
}

void
belfry_late_broker_fail_with (BelfryLateBroker *self, BelfryLate what, BelfryError error)
{
  self->failing = what;
  self->failure = error;
}

void
belfry_late_broker_set_state (BelfryLateBroker *self, BelfryBrokerState state, const char *reason)
{
  self->state = state;
  self->reason = reason;
  belfry_broker_emit_state_changed (BELFRY_BROKER (self));
}

void
belfry_late_broker_set_measures (BelfryLateBroker *self, gint64 latency, gint64 proof)
{
  self->latency = latency;
  self->proof = proof;
}

guint
belfry_late_broker_get_n_held (BelfryLateBroker *self)
{
  return g_queue_get_length (&self->held);
}

void
belfry_late_broker_release (BelfryLateBroker *self, guint n)
{
  for (; n > 0 && !g_queue_is_empty (&self->held); n--)
    let_go (g_queue_pop_head (&self->held));
}

void
belfry_late_broker_release_topic (BelfryLateBroker *self, const char *topic)
{
  GQueue held = self->held;
  GTask *task;

  g_queue_init (&self->held);
  while ((task = g_queue_pop_head (&held)) != NULL)
    {
      if (strcmp (((const Held *) g_task_get_task_data (task))->topic, topic) == 0)
        let_go (task);
      else
        g_queue_push_tail (&self->held, task);
    }
}

void
belfry_late_broker_lose (BelfryLateBroker *self, const char *topic, const char *reason)
{
  self->sink->gap (topic, reason, self->sink_data);
}

void
belfry_late_broker_deliver (BelfryLateBroker *self, BelfryMessage *message)
{
  self->sink->message (message, self->sink_data);
}

void
belfry_late_broker_say (BelfryLateBroker *self, const BelfryBrokerWord *word)
{
  self->sink->word (word, self->sink_data);
}

const char *
belfry_late_broker_get_told (BelfryLateBroker *self)
{
  return self->told->str;
}

gboolean
belfry_late_broker_has_sink (BelfryLateBroker *self)
{
  return self->sink != NULL;
}

guint
belfry_late_broker_count (BelfryLateBroker *self, const char *topic, gboolean subscribed)
{
  return GPOINTER_TO_UINT (
      g_hash_table_lookup (subscribed ? self->subscribed : self->unsubscribed, topic));
}
