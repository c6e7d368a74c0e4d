/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include "belfry-error.h"
#include "belfry-log.h"

/* The topics of the directory towards the broker: subscribed once for all who want them, given up a
 * while after the last has left; and what comes from the broker on its way to the shards.
 *
 * A subscription that the broker does not confirm in time is taken back, unless sessions have the
 * topic: those had it of a broker before this one, and keep it until it is in force again. */

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

static void
waiter_free (Waiter *waiter)
{
  belfry_operation_unref (waiter->operation);
  g_free (waiter);
}

/* Their operations end in another way. */
static void
drop_waiting (BelfryEntry *entry, gpointer user_data)
{
  if (entry->waiting != NULL)
    g_queue_free_full (g_steal_pointer (&entry->waiting), (GDestroyNotify) waiter_free);
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
      waiter_free (waiter);
    }
}

/* @alone: to who has the topic itself, not by a pattern */
static void
post_gap (BelfryShard *shard,
          const char *topic,
          const char *reason,
          BelfryCoreMetric metric,
          gboolean alone)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_GAP, NULL);

  notice->topic = g_strdup (topic);
  notice->text = g_strdup (reason);
  notice->metric = metric;
  notice->alone = alone;
  belfry_shard_post (shard, notice);
}

static void
tell_changed (BelfryHub *self, const BelfryEntry *entry)
{
  for (guint i = 0; i < self->shards->len; i++)
    {
      BelfryShard *shard = g_ptr_array_index (self->shards, i);

      if (belfry_entry_get_n_subscribers (entry, i) > 0 && !shard->removed)
        post_gap (shard, entry->name, "broker-changed", BELFRY_CORE_METRIC_GAPS_BROKER, TRUE);
    }
}

/* Held, so that the entry outlives those who go away because of the answer. */
static void
end_subscribing (BelfryHub *self, BelfryEntry *entry, const GError *error)
{
  entry->n_wanting++;
  entry->state = error == NULL ? BELFRY_ENTRY_SUBSCRIBED : BELFRY_ENTRY_IDLE;
  if (error == NULL)
    tell_changed (self, entry);
  tell_waiting (entry, error);
  belfry_hub_unwant (self, entry);
}

/* Who has a topic that another broker gave is not dropped because this one cannot: it is asked
 * again when the deadline has passed. */
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

  operation->asked = FALSE;
  if (!subscribed)
    belfry_log_event (BELFRY_LOG_DEBUG,
                      &((BelfryLogContext){ .fields = { { "TOPIC", entry->name } } }),
                      "cannot subscribe to “%s”: %s", entry->name, error->message);
  if (!subscribed && entry->n_subscribers > 0)
    {
      tell_waiting (entry, error);
      return;
    }
  belfry_operation_end (operation, NULL);
  end_subscribing (self, entry, error);
}

static void
ask_broker (BelfryOperation *operation)
{
  BelfryHub *self = operation->hub;

  belfry_operation_await_broker (operation);
  if (operation->asked)
    return;
  operation->asked = TRUE;
  belfry_broker_subscribe_async (self->broker, operation->entry->name,
                                 belfry_operation_get_cancellable (operation), on_subscribed,
                                 belfry_operation_ref (operation));
}

/* The broker is told before anybody else is, since who hears of it may ask for the topic again. */
static void
give_up_subscribing (BelfryOperation *operation, GError *error)
{
  BelfryHub *self = operation->hub;
  BelfryEntry *entry = operation->entry;
  g_autoptr (GError) reason = error;

  if (entry->n_subscribers > 0)
    {
      ask_broker (operation);
      tell_waiting (entry, reason);
      return;
    }
  belfry_operation_end (operation, NULL);
  g_cancellable_cancel (operation->cancellable);
  belfry_broker_unsubscribe (self->broker, entry->name);
  end_subscribing (self, entry, reason);
}

static const BelfryOperationClass subscribe_class = { .give_up = give_up_subscribing };

static void
subscribe (BelfryHub *self, BelfryEntry *entry)
{
  BelfryOperation *operation = belfry_operation_new (self, &subscribe_class, NULL);

  entry->state = BELFRY_ENTRY_SUBSCRIBING;
  operation->entry = entry;
  ask_broker (operation);
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

/* What cannot be named is told of all topics. */
void
belfry_hub_tell_losses (BelfryShard *shard)
{
  GHashTableIter iter;
  gpointer topic;

  belfry_deadline_cancel (&shard->room);
  if (shard->lost_many)
    post_gap (shard, NULL, "backlog", BELFRY_CORE_METRIC_GAPS_BACKLOG, FALSE);
  g_hash_table_iter_init (&iter, shard->lost);
  while (!shard->lost_many && g_hash_table_iter_next (&iter, &topic, NULL))
    post_gap (shard, topic, "backlog", BELFRY_CORE_METRIC_GAPS_BACKLOG, FALSE);
  shard->lost_many = FALSE;
  g_hash_table_remove_all (shard->lost);
}

static void
note_loss (BelfryHub *self, BelfryShard *shard, const char *topic)
{
  belfry_core_slot_count (&self->slot, BELFRY_CORE_METRIC_MESSAGES_DROPPED, 1);
  belfry_hub_journal_backlog (&self->journal, topic);
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
  belfry_hub_show_watchers (self, message);
}

static void
send_gap (guint index, gpointer user_data)
{
  const Route *route = user_data;
  BelfryShard *shard = g_ptr_array_index (route->hub->shards, index);

  if (!shard->removed)
    post_gap (shard, route->topic, route->reason, BELFRY_CORE_METRIC_GAPS_BROKER, FALSE);
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

  belfry_hub_warn_watchers (self, topic, reason);
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

void
belfry_hub_get_traits (BelfryHub *self, const char *topic, BelfryTopicTraits *traits)
{
  g_autoptr (BelfryTopicSettings) wanted = belfry_gate_get_settings (self->gate, topic);

  *traits = (BelfryTopicTraits){ 0 };
  if (self->rules != NULL)
    belfry_topic_rules_lookup (self->rules, topic, wanted, traits);
}

static void
on_traits (const char *topic, BelfryTopicTraits *traits, gpointer user_data)
{
  belfry_hub_get_traits (user_data, topic, traits);
}

const BelfryBrokerSink belfry_hub_broker_sink = { on_message, on_gap, belfry_hub_hear_word,
                                                  on_traits };

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

/* What nobody has is forgotten, or asked for by the next who wants it. The broker before is not
 * told: it delivers to nobody any more. */
static void
move (BelfryEntry *entry, gpointer user_data)
{
  BelfryHub *self = user_data;

  drop_waiting (entry, NULL);
  if (entry->state == BELFRY_ENTRY_LINGERING)
    stop_lingering (self, entry);
  if (entry->n_subscribers > 0)
    {
      subscribe (self, entry);
      return;
    }
  entry->state = BELFRY_ENTRY_IDLE;
  belfry_hub_settle (self, entry);
}

void
belfry_hub_move_topics (BelfryHub *self)
{
  BelfryOperation *next;

  for (BelfryOperation *each = self->operations; each != NULL; each = next)
    {
      next = each->next;
      if (each->operation_class == &subscribe_class)
        belfry_operation_abandon (each);
    }
  belfry_directory_foreach (self->directory, move, self);
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
  holding->present = present ? 1 : 0;
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
        apply_presence (self, record, &belfry_record_get_holdings (record)[i]);
    }
}
