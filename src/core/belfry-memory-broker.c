/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-memory-broker"

#include "config.h"

#include "belfry-memory-broker.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-hash.h"
#include "belfry-history-store.h"
#include "belfry-idempotency.h"
#include "belfry-presence.h"
#include "belfry-topic-tree.h"
#include "belfry-topic.h"

/* Everything is done within the call; only the answers come later, as tasks answer. A cancellable
 * stops what has not begun: what was done is told, even to somebody who does not care any more. */

/* Publishers try again within seconds or never. That many take about 8 MiB. */
#define IDEMPOTENCY_RETENTION (5 * G_TIME_SPAN_MINUTE)
#define IDEMPOTENCY_CAPACITY 65536

struct _BelfryMemoryBroker
{
  GObject parent_instance;

  BelfryClock *clock;             /* (owned) */
  BelfryHistoryStore *store;      /* (owned) */
  BelfryIdempotency *idempotency; /* (owned) */
  BelfryPresence *presence;       /* (owned) */
  GPtrArray *guards;              /* (element-type Guard) (owned) (nullable): who was
                                     there in the image before, until all have come again */
  GHashTable *topics;             /* (element-type utf8) (owned): names that are subscribed to */
  BelfryTopicTree *patterns;      /* (owned): patterns that are */
  const BelfryBrokerSink *sink;   /* (unowned) (nullable) */
  gpointer sink_data;             /* (unowned) (nullable) */
};

static void belfry_memory_broker_iface_init (BelfryBrokerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryMemoryBroker,
                               belfry_memory_broker,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_BROKER,
                                                      belfry_memory_broker_iface_init))

static gboolean
is_subscribed (BelfryMemoryBroker *self, const char *topic)
{
  return g_hash_table_contains (self->topics, topic) ||
         belfry_topic_tree_lookup (self->patterns, topic) != NULL;
}

static gboolean
topic_in_use (const char *topic, gpointer user_data)
{
  return g_hash_table_contains (BELFRY_MEMORY_BROKER (user_data)->topics, topic);
}

static void
note_match (const char *pattern, gpointer value, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_wanted (BelfryMemoryBroker *self, const char *topic)
{
  gboolean wanted = g_hash_table_contains (self->topics, topic);

  if (!wanted)
    belfry_topic_tree_match (self->patterns, topic, note_match, &wanted);
  return wanted;
}

static void
deliver (BelfryMemoryBroker *self, BelfryMessage *message)
{
  if (self->sink != NULL && is_wanted (self, message->topic))
    self->sink->message (message, self->sink_data);
}

static BelfryPosition
publish (BelfryMemoryBroker *self, const BelfryPublication *publication)
{
  const BelfryTopicTraits *traits = &publication->traits;
  const BelfryHistoryLimits limits = { traits->history_size, traits->history_bytes,
                                       traits->history_ttl };
  gint64 now = belfry_clock_now (self->clock);
  BelfryPosition *claimed = NULL;

  if (publication->idempotency_key != NULL &&
      !belfry_idempotency_claim (self->idempotency, publication->topic,
                                 publication->idempotency_key, now, &claimed))
    return *claimed;
  const BelfryMessageParams params = {
    .topic = publication->topic,
    .payload = publication->payload,
    .kind = publication->kind,
    .arrived = now,
    .published = belfry_clock_wall (self->clock),
  };
  g_autoptr (BelfryMessage) message = belfry_history_store_keep (self->store, &params, &limits);
  if (claimed != NULL)
    *claimed = message->position;
  deliver (self, message);
  return message->position;
}

/* Who is there is no part of what is kept: it would be outdated when it is read. */
static void
tell_presence (BelfryMemoryBroker *self,
               BelfryMessageKind kind,
               const char *topic,
               const char *user,
               const char *info)
{
  g_autoptr (GBytes) payload = belfry_presence_payload (user, info);
  const BelfryMessageParams params = {
    .topic = topic,
    .payload = payload,
    .kind = kind,
    .arrived = belfry_clock_now (self->clock),
    .published = belfry_clock_wall (self->clock),
  };
  g_autoptr (BelfryMessage) message = belfry_message_new (&params);

  deliver (self, message);
}

static GTask *
task_new (BelfryBroker *broker,
          gpointer tag,
          GCancellable *cancellable,
          GAsyncReadyCallback callback,
          gpointer user_data)
{
  GTask *task = g_task_new (broker, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

static const char *
belfry_memory_broker_get_name (BelfryBroker *broker)
{
  return "memory";
}

static BelfryBrokerState
belfry_memory_broker_get_state (BelfryBroker *broker)
{
  return BELFRY_BROKER_UP;
}

static void
belfry_memory_broker_set_sink (BelfryBroker *broker,
                               const BelfryBrokerSink *sink,
                               gpointer user_data)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);

  self->sink = sink;
  self->sink_data = user_data;
}

static gboolean
subscribe (BelfryMemoryBroker *self, const char *topic, GError **error)
{
  switch (belfry_topic_classify (topic, strlen (topic), error))
    {
    case BELFRY_TOPIC_NAME:
      g_hash_table_add (self->topics, g_strdup (topic));
      return TRUE;
    case BELFRY_TOPIC_PATTERN:
      belfry_topic_tree_insert (self->patterns, topic, self);
      return TRUE;
    case BELFRY_TOPIC_INVALID:
    case BELFRY_TOPIC_RESERVED:
    default:
      return FALSE;
    }
}

static void
belfry_memory_broker_subscribe_async (BelfryBroker *broker,
                                      const char *topic,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (GTask) task =
      task_new (broker, belfry_memory_broker_subscribe_async, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_task_data (task, g_strdup (topic), g_free);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (subscribe (BELFRY_MEMORY_BROKER (broker), topic, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Between the call and its answer somebody may have unsubscribed. */
static gboolean
belfry_memory_broker_subscribe_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_memory_broker_subscribe_async),
                        FALSE);

  const char *topic = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (is_subscribed (BELFRY_MEMORY_BROKER (broker), topic))
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED, "the subscription to “%s” was given up",
               topic);
  return FALSE;
}

static void
belfry_memory_broker_unsubscribe (BelfryBroker *broker, const char *topic)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);

  if (g_hash_table_remove (self->topics, topic))
    belfry_history_store_release (self->store, topic);
  else
    belfry_topic_tree_remove (self->patterns, topic);
}

static void
belfry_memory_broker_publish_async (BelfryBroker *broker,
                                    const BelfryPublication *publication,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);

  if (callback == NULL)
    {
      if (!g_cancellable_is_cancelled (cancellable))
        publish (self, publication);
      return;
    }
  g_autoptr (GTask) task =
      task_new (broker, belfry_memory_broker_publish_async, cancellable, callback, user_data);
  if (g_task_return_error_if_cancelled (task))
    return;
  BelfryPosition *position = g_new (BelfryPosition, 1);
  *position = publish (self, publication);
  g_task_return_pointer (task, position, g_free);
}

static gboolean
belfry_memory_broker_publish_finish (BelfryBroker *broker,
                                     GAsyncResult *result,
                                     BelfryPosition *position,
                                     GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_memory_broker_publish_async),
                        FALSE);

  g_autofree BelfryPosition *published = g_task_propagate_pointer (G_TASK (result), error);
  if (published == NULL)
    return FALSE;
  if (position != NULL)
    *position = *published;
  return TRUE;
}

static void
belfry_memory_broker_history_async (BelfryBroker *broker,
                                    const char *topic,
                                    const BelfryPosition *since,
                                    guint limit,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);
  g_autoptr (GTask) task =
      task_new (broker, belfry_memory_broker_history_async, cancellable, callback, user_data);

  if (g_task_return_error_if_cancelled (task))
    return;
  g_task_return_pointer (task, belfry_history_store_read (self->store, topic, since, limit),
                         (GDestroyNotify) belfry_history_page_free);
}

static BelfryHistoryPage *
belfry_memory_broker_history_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_memory_broker_history_async),
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
belfry_memory_broker_presence_add (BelfryBroker *broker,
                                   const char *topic,
                                   const char *user,
                                   const char *info)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);

  if (belfry_presence_add (self->presence, topic, user, info))
    tell_presence (self, BELFRY_MESSAGE_JOIN, topic, user, info);
}

static void
belfry_memory_broker_presence_remove (BelfryBroker *broker, const char *topic, const char *user)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);
  g_autoptr (BelfryPresenceEntry) entry = belfry_presence_remove (self->presence, topic, user);

  if (entry != NULL)
    tell_presence (self, BELFRY_MESSAGE_LEAVE, topic, entry->user, entry->info);
}

static void
belfry_memory_broker_presence_async (BelfryBroker *broker,
                                     const char *topic,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);
  g_autoptr (GTask) task =
      task_new (broker, belfry_memory_broker_presence_async, cancellable, callback, user_data);

  if (g_task_return_error_if_cancelled (task))
    return;
  g_task_return_pointer (task, belfry_presence_list (self->presence, topic),
                         (GDestroyNotify) g_ptr_array_unref);
}

static GPtrArray *
belfry_memory_broker_presence_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_memory_broker_presence_async),
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* One session more for each who was there, so that who comes again is not told as one who came. */
typedef struct
{
  char *topic; /* (owned) */
  char *user;  /* (owned) */
} Guard;

static void
guard_free (gpointer data)
{
  Guard *self = data;

  g_free (self->topic);
  g_free (self->user);
  g_free (self);
}

static void
save_entry (const char *topic, const BelfryPresenceEntry *entry, gpointer user_data)
{
  BelfryStateWriter *writer = user_data;

  belfry_state_put_u8 (writer, TRUE);
  belfry_state_put_text (writer, topic);
  belfry_state_put_text (writer, entry->user);
  belfry_state_put_text (writer, entry->info);
}

static void
belfry_memory_broker_save (BelfryBroker *broker, BelfryStateWriter *writer)
{
  const BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);

  belfry_history_store_save (self->store, writer);
  belfry_idempotency_save (self->idempotency, writer);
  belfry_presence_foreach (self->presence, save_entry, writer);
  belfry_state_put_u8 (writer, FALSE);
}

static void
restore_entry (BelfryMemoryBroker *self, BelfryStateReader *reader)
{
  const char *topic = belfry_state_get_name (reader);
  const char *user = belfry_state_get_name (reader);
  const char *info = belfry_state_get_text (reader);

  if (!belfry_state_reader_is_good (reader))
    return;

  Guard *guard = g_new (Guard, 1);

  *guard = (Guard){ g_strdup (topic), g_strdup (user) };
  g_ptr_array_add (self->guards, guard);
  belfry_presence_add (self->presence, topic, user, info);
}

static void
forget_presence (BelfryMemoryBroker *self)
{
  for (guint i = 0; i < self->guards->len; i++)
    {
      const Guard *guard = g_ptr_array_index (self->guards, i);
      g_autoptr (BelfryPresenceEntry) entry G_GNUC_UNUSED =
          belfry_presence_remove (self->presence, guard->topic, guard->user);
    }
  g_clear_pointer (&self->guards, g_ptr_array_unref);
}

static gboolean
belfry_memory_broker_restore (BelfryBroker *broker, BelfryStateReader *reader)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);

  g_return_val_if_fail (self->guards == NULL, FALSE);

  if (!belfry_history_store_restore (self->store, reader) ||
      !belfry_idempotency_restore (self->idempotency, reader))
    return FALSE;
  self->guards = g_ptr_array_new_with_free_func (guard_free);
  while (belfry_state_get_u8 (reader) != 0)
    restore_entry (self, reader);
  if (!belfry_state_reader_is_good (reader))
    forget_presence (self);
  return belfry_state_reader_is_good (reader);
}

static void
belfry_memory_broker_settle (BelfryBroker *broker)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (broker);
  g_autoptr (GPtrArray) guards = g_steal_pointer (&self->guards);

  for (guint i = 0; guards != NULL && i < guards->len; i++)
    {
      const Guard *guard = g_ptr_array_index (guards, i);

      belfry_memory_broker_presence_remove (broker, guard->topic, guard->user);
    }
}

static void
belfry_memory_broker_iface_init (BelfryBrokerInterface *iface)
{
  iface->get_name = belfry_memory_broker_get_name;
  iface->get_state = belfry_memory_broker_get_state;
  iface->set_sink = belfry_memory_broker_set_sink;
  iface->subscribe_async = belfry_memory_broker_subscribe_async;
  iface->subscribe_finish = belfry_memory_broker_subscribe_finish;
  iface->unsubscribe = belfry_memory_broker_unsubscribe;
  iface->publish_async = belfry_memory_broker_publish_async;
  iface->publish_finish = belfry_memory_broker_publish_finish;
  iface->history_async = belfry_memory_broker_history_async;
  iface->history_finish = belfry_memory_broker_history_finish;
  iface->presence_add = belfry_memory_broker_presence_add;
  iface->presence_remove = belfry_memory_broker_presence_remove;
  iface->presence_async = belfry_memory_broker_presence_async;
  iface->presence_finish = belfry_memory_broker_presence_finish;
  iface->save = belfry_memory_broker_save;
  iface->restore = belfry_memory_broker_restore;
  iface->settle = belfry_memory_broker_settle;
}

static void
belfry_memory_broker_finalize (GObject *object)
{
  BelfryMemoryBroker *self = BELFRY_MEMORY_BROKER (object);

  belfry_history_store_free (self->store);
  belfry_idempotency_free (self->idempotency);
  belfry_presence_free (self->presence);
  g_clear_pointer (&self->guards, g_ptr_array_unref);
  g_hash_table_unref (self->topics);
  belfry_topic_tree_free (self->patterns);
  g_object_unref (self->clock);

  G_OBJECT_CLASS (belfry_memory_broker_parent_class)->finalize (object);
}

static void
belfry_memory_broker_class_init (BelfryMemoryBrokerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_memory_broker_finalize;
}

static void
belfry_memory_broker_init (BelfryMemoryBroker *self)
{
  self->idempotency = belfry_idempotency_new (IDEMPOTENCY_CAPACITY, IDEMPOTENCY_RETENTION);
  self->presence = belfry_presence_new ();
  self->topics = g_hash_table_new_full (belfry_hash_text, g_str_equal, g_free, NULL);
  self->patterns = belfry_topic_tree_new ();
}

BelfryBroker *
belfry_memory_broker_new (BelfryClock *clock, BelfryDeadlineWheel *wheel, gsize budget)
{
  BelfryMemoryBroker *self = g_object_new (BELFRY_TYPE_MEMORY_BROKER, NULL);

  self->clock = g_object_ref (clock);
  self->store = belfry_history_store_new (clock, wheel, budget, topic_in_use, self);
  return BELFRY_BROKER (self);
}

void
belfry_memory_broker_set_budget (BelfryMemoryBroker *self, gsize budget)
{
  g_return_if_fail (BELFRY_IS_MEMORY_BROKER (self));

  belfry_history_store_set_budget (self->store, budget);
}
