/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include "belfry-error.h"
#include "belfry-log.h"

/* The topics of the directory towards the broker: subscribed once for all who want them, given up a
 * while after the last has left; and what comes from the broker on its way to the shards. */

/* Who waits for a broker's confirmation. */
typedef struct
{
  BelfryOperation *operation; /* (owned) */
  guint index;
  BelfryHubConfirmed func; /* (unowned) */
} Waiter;

/* The first field, so that the entry can free it as what it knows it to be. */
typedef struct
{
  BelfryDeadline deadline;
  BelfryHub *hub;     /* (unowned) */
  BelfryEntry *entry; /* (unowned) */
} Linger;

typedef struct
{
  BelfryHub *hub;         /* (unowned) */
  BelfryMessage *message; /* (unowned) (nullable) */
  const char *topic;      /* (unowned) (nullable) */
  const char *reason;     /* (unowned) (nullable) */
} Route;

static void
stop_lingering (BelfryHub *self, BelfryEntry *entry)
{
  self->n_lingering--;
  belfry_deadline_cancel (entry->linger);
  g_clear_pointer (&entry->linger, g_free);
}

static void
give_up (BelfryHub *self, BelfryEntry *entry)
{
  belfry_broker_unsubscribe (self->broker, entry->name);
  belfry_directory_remove (self->directory, entry);
}

/* Who still waits to be allowed in wants the entry, but has not called off the lingering. */
static void
on_lingered (BelfryDeadline *deadline, gpointer user_data)
{
  const Linger *wait = user_data;
  BelfryHub *hub = wait->hub;
  BelfryEntry *entry = wait->entry;

  if (!belfry_entry_is_unused (entry))
    {
      stop_lingering (hub, entry);
      entry->state = BELFRY_ENTRY_SUBSCRIBED;
      return;
    }
  hub->n_lingering--;
  give_up (hub, entry);
}

/* Nobody is held to a limit for what he no longer has, so there is one for all together. */
static void
linger (BelfryHub *self, BelfryEntry *entry)
{
  if (self->n_lingering >= self->limits.max_lingering)
    {
      give_up (self, entry);
      return;
    }

  Linger *wait = g_new0 (Linger, 1);

  self->n_lingering++;
  wait->hub = self;
  wait->entry = entry;
  belfry_deadline_init (&wait->deadline, on_lingered, wait);
  belfry_deadline_wheel_set_after (self->wheel, &wait->deadline, self->limits.linger);
  entry->linger = &wait->deadline;
  entry->state = BELFRY_ENTRY_LINGERING;
}

/* Each is told after it was taken out, since what it then does may wait again or free the entry. */
static void
tell_waiting (BelfryEntry *entry, const GError *error)
{
  g_autoptr (GQueue) waiting = g_steal_pointer (&entry->waiting);
  Waiter *waiter;

  while (waiting != NULL && (waiter = g_queue_pop_head (waiting)) != NULL)
    {
      if (waiter->operation->hub != NULL)
        waiter->func (waiter->operation, waiter->index, error);
      belfry_operation_unref (waiter->operation);
      g_free (waiter);
    }
}

static void
on_subscribed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryOperation) operation = user_data;
  g_autoptr (GError) error = NULL;
  BelfryHub *self = operation->hub;
  gboolean subscribed = belfry_broker_subscribe_finish (BELFRY_BROKER (source), result, &error);

  if (self == NULL)
    return;

  BelfryEntry *entry = operation->entry;

  if (!subscribed)
    belfry_log_debug ("cannot subscribe to “%s”: %s", entry->name, error->message);
  entry->state = subscribed ? BELFRY_ENTRY_SUBSCRIBED : BELFRY_ENTRY_IDLE;
  /* Held, so that it outlives those who go away because of the answer. */
  entry->n_wanting++;
  belfry_operation_end (operation, NULL);
  tell_waiting (entry, error);
  belfry_hub_unwant (self, entry);
}

static const BelfryOperationClass subscribe_class = { 0 };

static void
subscribe (BelfryHub *self, BelfryEntry *entry)
{
  BelfryOperation *operation = belfry_operation_new (self, &subscribe_class, NULL);

  entry->state = BELFRY_ENTRY_SUBSCRIBING;
  operation->entry = entry;
  belfry_broker_subscribe_async (self->broker, entry->name,
                                 belfry_operation_get_cancellable (operation), on_subscribed,
                                 belfry_operation_ref (operation));
}

static void
wait_for (BelfryEntry *entry, BelfryOperation *operation, guint index, BelfryHubConfirmed func)
{
  Waiter *waiter = g_new0 (Waiter, 1);

  waiter->operation = belfry_operation_ref (operation);
  waiter->index = index;
  waiter->func = func;
  if (entry->waiting == NULL)
    entry->waiting = g_queue_new ();
  g_queue_push_tail (entry->waiting, waiter);
}

static void
post_gap (BelfryShard *shard, const char *topic, const char *reason, BelfryCoreMetric metric)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_GAP, NULL);

  notice->topic = g_strdup (topic);
  notice->text = g_strdup (reason);
  notice->metric = metric;
  belfry_shard_post (shard, notice);
}

/* What cannot be named is told of all topics. */
void
belfry_hub_tell_losses (BelfryShard *shard)
{
  GHashTableIter iter;
  gpointer topic;

  belfry_deadline_cancel (&shard->room);
  if (shard->lost_many)
    post_gap (shard, NULL, "backlog", BELFRY_CORE_METRIC_GAPS_BACKLOG);
  g_hash_table_iter_init (&iter, shard->lost);
  while (!shard->lost_many && g_hash_table_iter_next (&iter, &topic, NULL))
    post_gap (shard, topic, "backlog", BELFRY_CORE_METRIC_GAPS_BACKLOG);
  shard->lost_many = FALSE;
  g_hash_table_remove_all (shard->lost);
}

static void
note_loss (BelfryHub *self, BelfryShard *shard, const char *topic)
{
  belfry_core_slot_count (&self->slot, BELFRY_CORE_METRIC_MESSAGES_DROPPED, 1);
  if (g_hash_table_size (shard->lost) < self->limits.max_lost)
    g_hash_table_add (shard->lost, g_strdup (topic));
  else if (!g_hash_table_contains (shard->lost, topic))
    shard->lost_many = TRUE;
  if (!belfry_deadline_is_set (&shard->room))
    belfry_deadline_wheel_set_after (self->wheel, &shard->room, self->limits.room_pause);
}

/* The gap stands behind the last message before it and before the first one after. */
static void
send_message (guint index, gpointer user_data)
{
  const Route *route = user_data;
  BelfryHub *self = route->hub;
  BelfryShard *shard = g_ptr_array_index (self->shards, index);
  gsize room = self->limits.max_backlog;

  if (shard->removed)
    return;
  if (!belfry_shard_has_room (shard, route->message, room))
    {
      note_loss (self, shard, route->message->topic);
      return;
    }
  if (g_hash_table_size (shard->lost) > 0)
    belfry_hub_tell_losses (shard);
  belfry_shard_post_message (shard, route->message);
}

static void
on_message (BelfryMessage *message, gpointer user_data)
{
  BelfryHub *self = user_data;
  const BelfryTopicKey key = { message->topic, message->topic_hash };
  const BelfryEntry *entry = belfry_directory_lookup (self->directory, &key);
  Route route = { .hub = self, .message = message };

  belfry_core_slot_count (&self->slot, BELFRY_CORE_METRIC_MESSAGES_RECEIVED, 1);
  belfry_core_slot_observe (&self->slot, BELFRY_CORE_METRIC_MESSAGE_SIZE,
                            (gint64) g_bytes_get_size (message->payload));
  if (entry != NULL && entry->catch_up != NULL)
    belfry_catch_up_add (entry->catch_up, message);
  belfry_directory_route (self->directory, entry, message->topic, send_message, &route);
}

static void
send_gap (guint index, gpointer user_data)
{
  const Route *route = user_data;
  BelfryShard *shard = g_ptr_array_index (route->hub->shards, index);

  if (!shard->removed)
    post_gap (shard, route->topic, route->reason, BELFRY_CORE_METRIC_GAPS_BROKER);
}

/* Those who ask for the history are not in the shard's table yet. */
static void
keep_gap (BelfryEntry *entry, gpointer user_data)
{
  const Route *route = user_data;

  if (entry->catch_up != NULL)
    belfry_catch_up_add_gap (entry->catch_up, route->reason);
}

static void
on_gap (const char *topic, const char *reason, gpointer user_data)
{
  BelfryHub *self = user_data;
  Route route = { .hub = self, .topic = topic, .reason = reason };

  if (topic == NULL)
    {
      for (guint i = 0; i < self->shards->len; i++)
        send_gap (i, &route);
      belfry_directory_foreach (self->directory, keep_gap, &route);
      return;
    }

  const BelfryTopicKey key = belfry_topic_key (topic);
  BelfryEntry *entry = belfry_directory_lookup (self->directory, &key);

  if (entry != NULL)
    keep_gap (entry, &route);
  belfry_directory_route (self->directory, entry, topic, send_gap, &route);
}

/* What another instance was told is done here, and not passed on. */
static void
on_word (const BelfryBrokerWord *word, gpointer user_data)
{
  belfry_hub_take_word (user_data, word);
}

const BelfryBrokerSink belfry_hub_broker_sink = { on_message, on_gap, on_word };

void
belfry_hub_get_traits (BelfryHub *self, const char *topic, BelfryTopicTraits *traits)
{
  *traits = (BelfryTopicTraits){ 0 };
  if (self->rules != NULL)
    belfry_topic_rules_lookup (self->rules, topic, traits);
}

BelfryEntry *
belfry_hub_want (BelfryHub *self, const char *topic, gboolean is_pattern)
{
  BelfryEntry *entry = belfry_directory_ensure (self->directory, topic, is_pattern);

  if (entry->state == BELFRY_ENTRY_IDLE && belfry_entry_is_unused (entry))
    belfry_hub_get_traits (self, topic, &entry->traits);
  entry->n_wanting++;
  return entry;
}

void
belfry_hub_unwant (BelfryHub *self, BelfryEntry *entry)
{
  entry->n_wanting--;
  belfry_hub_settle (self, entry);
}

void
belfry_hub_settle (BelfryHub *self, BelfryEntry *entry)
{
  if (!belfry_entry_is_unused (entry))
    return;
  if (entry->state == BELFRY_ENTRY_SUBSCRIBED)
    linger (self, entry);
  else if (entry->state == BELFRY_ENTRY_IDLE)
    belfry_directory_remove (self->directory, entry);
}

void
belfry_hub_confirm (BelfryHub *self,
                    BelfryEntry *entry,
                    BelfryOperation *operation,
                    guint index,
                    BelfryHubConfirmed func)
{
  if (entry->state == BELFRY_ENTRY_LINGERING)
    {
      stop_lingering (self, entry);
      entry->state = BELFRY_ENTRY_SUBSCRIBED;
    }
  if (entry->state == BELFRY_ENTRY_SUBSCRIBED)
    {
      func (operation, index, NULL);
      return;
    }
  wait_for (entry, operation, index, func);
  if (entry->state == BELFRY_ENTRY_IDLE)
    subscribe (self, entry);
}

void
belfry_hub_ask (BelfryHub *self, BelfryEntry *entry, BelfryAsk *ask)
{
  if (entry->catch_up == NULL)
    entry->catch_up = belfry_catch_up_new (self->limits.kept_count, self->limits.kept_bytes);
  belfry_catch_up_begin (entry->catch_up, ask);
}

void
belfry_hub_unask (BelfryEntry *entry, BelfryAsk *ask)
{
  belfry_catch_up_end (ask);
  if (entry->catch_up != NULL && !belfry_catch_up_is_asked (entry->catch_up))
    g_clear_pointer (&entry->catch_up, belfry_catch_up_free);
}

static void
drop_waiting (BelfryEntry *entry, gpointer user_data)
{
  tell_waiting (entry, NULL);
}

void
belfry_hub_drop_waiting (BelfryHub *self)
{
  belfry_directory_foreach (self->directory, drop_waiting, NULL);
}

static void
apply_traits (BelfryEntry *entry, gpointer user_data)
{
  BelfryHub *self = user_data;
  BelfryConfigSlowConsumer slow_consumer = entry->traits.slow_consumer;

  belfry_hub_get_traits (self, entry->name, &entry->traits);
  if (entry->traits.slow_consumer == slow_consumer)
    return;
  for (guint i = 0; i < self->shards->len; i++)
    {
      BelfryShard *shard = g_ptr_array_index (self->shards, i);
      BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_TRAITS, NULL);

      notice->topic = g_strdup (entry->name);
      notice->slow_consumer = entry->traits.slow_consumer;
      belfry_shard_post (shard, notice);
    }
}

/* Who is there is told to the broker for topics that now have presence, and taken back where they
 * have not. */
static void
apply_presence (BelfryHub *self, BelfryRecord *record, BelfryHolding *holding)
{
  const BelfryEntry *entry = holding->entry;
  gboolean present = entry->traits.presence && record->identity != NULL && !entry->is_pattern;

  if (present == holding->present)
    return;
  holding->present = present;
  if (present)
    belfry_broker_presence_add (self->broker, entry->name,
                                belfry_identity_get_subject (record->identity),
                                belfry_identity_get_info (record->identity));
  else
    belfry_broker_presence_remove (self->broker, entry->name,
                                   belfry_identity_get_subject (record->identity));
}

void
belfry_hub_apply_traits (BelfryHub *self)
{
  belfry_directory_foreach (self->directory, apply_traits, self);
  for (BelfryRecord *record = self->records; record != NULL; record = record->next)
    {
      for (guint i = 0; i < record->n_holdings; i++)
        apply_presence (self, record, &record->holdings[i]);
    }
}
