/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-shard"

#include "config.h"

#include "belfry-shard.h"

#include "belfry-hash.h"
#include "belfry-session-private.h"

/* A worker thread's sessions and their subscriptions, between two mailboxes.
 *
 * Both mailboxes take whatever comes: the number of orders is bounded by each session's, the number
 * of notices by the orders, and the messages among the notices by a count of bytes, which the hub
 * looks at before it posts one. So nothing that answers can be refused, whatever messages wait.
 *
 * Orders leave in their order, and together at the end of a turn, so that the hub's thread is woken
 * once for what came together; in between, too, if there are many. */

/* Sends off what a turn has brought forth. */
typedef struct
{
  GSource source;
  BelfryShard *shard; /* (unowned) */
} Outbox;

const BelfryShardLimits belfry_shard_default_limits = {
  .max_in_flight = 64,
  .max_refused = 192,
  .session_bytes = 4 << 20,
  .unknown_bytes = 64 << 10,
  .shard_bytes = 64 << 20,
  .max_faults = 20,
};

static void
tell_gap (BelfrySubscriber *subscriber, const char *topic, gpointer user_data)
{
  BelfrySession *session = belfry_session_from_subscriber (subscriber);
  const BelfryNotice *notice = user_data;

  belfry_core_slot_count (&session->shard->slot, notice->metric, 1);
  belfry_session_tell_gap (session, topic, notice->text);
}

/* A broker's that follows another counts by itself. */
static void
take_gap (BelfryShard *self, BelfryNotice *notice)
{
  if (!notice->alone)
    {
      belfry_subscriptions_foreach (self->subscriptions, notice->topic, tell_gap, notice);
      return;
    }
  belfry_subscriptions_foreach_of (self->subscriptions, notice->topic, tell_gap, notice);
  belfry_subscriptions_forget_epoch (self->subscriptions, notice->topic);
}

static void
take_notice (BelfryShard *self, BelfryNotice *notice)
{
  switch (notice->kind)
    {
    case BELFRY_NOTICE_GAP:
      take_gap (self, notice);
      break;
    case BELFRY_NOTICE_TRAITS:
      belfry_subscriptions_set_slow_consumer (self->subscriptions, notice->topic,
                                              notice->slow_consumer);
      break;
    case BELFRY_NOTICE_CLOSED:
      belfry_session_destroy (notice->session);
      break;
    case BELFRY_NOTICE_EVENT:
    case BELFRY_NOTICE_CLOSE:
    case BELFRY_NOTICE_ASK:
    case BELFRY_NOTICE_STANDING:
    case BELFRY_NOTICE_SEND:
      belfry_session_take_notice (notice->session, notice);
      break;
    case BELFRY_NOTICE_MESSAGE:
    case BELFRY_NOTICE_N_KINDS:
    default:
      g_warn_if_reached ();
    }
}

static void
take_message (BelfryShard *self, BelfryMessage *message)
{
  gsize cost = belfry_message_get_cost (message);
  gsize backlog = atomic_fetch_sub_explicit (&self->backlog, cost, memory_order_relaxed) - cost;

  if (self->subscriptions == NULL)
    return;
  guint n = belfry_subscriptions_deliver (self->subscriptions, message);
  belfry_core_slot_set (&self->slot, BELFRY_CORE_METRIC_BACKLOG_BYTES, (gint64) backlog);
  if (n == 0)
    return;
  belfry_core_slot_count (&self->slot, BELFRY_CORE_METRIC_MESSAGES_DELIVERED, n);
  belfry_core_slot_observe (&self->slot, BELFRY_CORE_METRIC_DELIVERY_LATENCY,
                            belfry_clock_now (self->clock) - message->arrived);
}

/* A notice that comes before the shard was started can only be of a message that nobody here wants,
 * for there are no sessions. */
static void
on_notice (gpointer item, gpointer user_data)
{
  BelfryShard *self = user_data;
  BelfryMessage *message = belfry_notice_to_message (item);

  if (message != NULL)
    take_message (self, message);
  else if (self->subscriptions != NULL)
    take_notice (self, item);
  belfry_notice_item_free (item);
}

static void
on_deliver (BelfrySubscriber *subscriber,
            BelfryMessage *message,
            const BelfryDelivery *delivery,
            gpointer user_data)
{
  const BelfrySession *session = belfry_session_from_subscriber (subscriber);

  session->sink->deliver (session->client, message, delivery);
}

/* What the broker had of the topic is lost, and with it what it had not delivered yet. */
static void
on_epoch (BelfrySubscriber *subscriber, const char *topic, gpointer user_data)
{
  BelfryShard *self = user_data;

  belfry_core_slot_count (&self->slot, BELFRY_CORE_METRIC_GAPS_BROKER, 1);
  belfry_session_tell_gap (belfry_session_from_subscriber (subscriber), topic, "new-epoch");
}

/* What is lost within a tick of the wheel is told once; and always behind the last that was lost,
 * so that who asks for the history then misses nothing. */
static void
on_tell_slow (BelfryDeadline *deadline, gpointer user_data)
{
  belfry_shard_tell_losses (user_data);
}

BelfryShard *
belfry_shard_new (guint index, GMainContext *context, BelfryClock *clock, BelfryMailbox *orders)
{
  const BelfryMailboxOptions options = {
    .name = "belfry-shard-notices",
    .priority = G_PRIORITY_DEFAULT,
    .capacity = G_MAXSIZE,
    .policy = BELFRY_MAILBOX_REFUSE,
    .item_free = belfry_notice_item_free,
  };
  BelfryShard *self = g_new0 (BelfryShard, 1);

  self->index = index;
  self->clock = g_object_ref (clock);
  self->orders = belfry_mailbox_ref (orders);
  self->limits = belfry_shard_default_limits;
  self->lost = g_hash_table_new_full (belfry_hash_text, g_str_equal, g_free, NULL);
  self->notices = belfry_mailbox_new (context, &options, on_notice, self, NULL);
  atomic_init (&self->backlog, 0);
  return self;
}

void
belfry_shard_retire (BelfryShard *self)
{
  self->removed = TRUE;
  belfry_deadline_cancel (&self->room);
  g_hash_table_remove_all (self->lost);
  belfry_mailbox_close (self->notices, BELFRY_MAILBOX_DISCARD);
}

void
belfry_shard_free (BelfryShard *self)
{
  belfry_deadline_cancel (&self->room);
  belfry_mailbox_close (self->notices, BELFRY_MAILBOX_DISCARD);
  belfry_mailbox_unref (self->notices);
  belfry_mailbox_unref (self->orders);
  g_hash_table_unref (self->lost);
  g_object_unref (self->clock);
  g_free (self);
}

/* A shard that has stopped needs no answers. */
void
belfry_shard_post (BelfryShard *self, BelfryNotice *notice)
{
  if (!belfry_mailbox_push (self->notices, notice, 1))
    belfry_notice_free (notice);
}

/* Only the hub raises it, so there is at least as much room as it looks like. A single message
 * always finds some. */
gboolean
belfry_shard_has_room (const BelfryShard *self, const BelfryMessage *message, gsize max_backlog)
{
  gsize backlog = atomic_load_explicit (&self->backlog, memory_order_relaxed);

  return backlog == 0 ||
         belfry_message_get_cost (message) <= max_backlog - MIN (backlog, max_backlog);
}

void
belfry_shard_post_message (BelfryShard *self, BelfryMessage *message)
{
  gsize cost = belfry_message_get_cost (message);
  gpointer item = belfry_notice_from_message (belfry_message_ref (message));

  atomic_fetch_add_explicit (&self->backlog, cost, memory_order_relaxed);
  if (belfry_mailbox_push (self->notices, item, 1))
    return;
  atomic_fetch_sub_explicit (&self->backlog, cost, memory_order_relaxed);
  belfry_notice_item_free (item);
}

/* On its way it counts like one for many. */
void
belfry_shard_post_message_to (BelfryShard *self, BelfrySession *session, BelfryMessage *message)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_SEND, session);

  notice->message = belfry_message_ref (message);
  atomic_fetch_add_explicit (&self->backlog, belfry_message_get_cost (message),
                             memory_order_relaxed);
  belfry_shard_post (self, notice);
}

static void
send_off (BelfryShard *self)
{
  guint n = self->n_outgoing;

  self->n_outgoing = 0;
  for (guint i = 0; i < n; i++)
    {
      if (!belfry_mailbox_push (self->orders, self->outgoing[i], 1))
        belfry_order_free (self->outgoing[i]);
    }
}

/* A client that sees its connection end may come again on another shard: that it was here must not
 * be heard of later. */
void
belfry_shard_send (BelfryShard *self, BelfryOrder *order)
{
  gboolean at_once = order->kind == BELFRY_ORDER_CLOSE;

  self->outgoing[self->n_outgoing++] = order;
  if (at_once || self->n_outgoing == G_N_ELEMENTS (self->outgoing))
    send_off (self);
}

/* At the end of a turn of the loop, before it sleeps. */
static gboolean
outbox_prepare (GSource *source, int *timeout)
{
  send_off (((Outbox *) source)->shard);
  *timeout = -1;
  return FALSE;
}

static GSourceFuncs outbox_funcs = { .prepare = outbox_prepare };

static GSource *
outbox_new (BelfryShard *shard)
{
  GSource *source = g_source_new (&outbox_funcs, sizeof (Outbox));

  ((Outbox *) source)->shard = shard;
  g_source_set_static_name (source, "belfry-shard-outbox");
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

void
belfry_shard_note_slow (BelfryShard *self, BelfrySession *session)
{
  g_ptr_array_add (self->slow, session);
  if (!belfry_deadline_is_set (&self->tell_slow))
    belfry_deadline_wheel_set_after (self->wheel, &self->tell_slow, BELFRY_DEADLINE_TICK);
}

void
belfry_shard_start (BelfryShard *self, BelfryDeadlineWheel *wheel, BelfryMetricsSlot *slot)
{
  g_return_if_fail (self->wheel == NULL);

  self->wheel = wheel;
  belfry_core_slot_init (&self->slot, slot);
  belfry_deadline_init (&self->tell_slow, on_tell_slow, self);
  belfry_log_limit_init (&self->losses, wheel, "messages to a slow client were dropped");
  self->slow = g_ptr_array_new ();
  self->topics = g_array_new (FALSE, FALSE, sizeof (BelfryEventTopic));
  self->subscriptions = belfry_subscriptions_new (on_deliver, self);
  belfry_subscriptions_watch_epochs (self->subscriptions, on_epoch);
  self->outbox = outbox_new (self);
}

/* The mailbox is closed here, where nothing of it can be under way; what the hub posts from now on
 * comes back to it. */
void
belfry_shard_stop (BelfryShard *self)
{
  g_return_if_fail (self->wheel != NULL);
  g_return_if_fail (self->n_open == 0);

  send_off (self);
  g_source_destroy (self->outbox);
  g_clear_pointer (&self->outbox, g_source_unref);
  belfry_mailbox_close (self->notices, BELFRY_MAILBOX_DISCARD);
  belfry_deadline_cancel (&self->tell_slow);
  belfry_log_limit_clear (&self->losses);
  while (self->sessions != NULL)
    belfry_session_destroy (self->sessions);
  g_clear_pointer (&self->subscriptions, belfry_subscriptions_free);
  g_clear_pointer (&self->slow, g_ptr_array_unref);
  g_clear_pointer (&self->topics, g_array_unref);
  self->wheel = NULL;
}

void
belfry_shard_flush (BelfryShard *self)
{
  send_off (self);
}

gboolean
belfry_shard_is_idle (const BelfryShard *self)
{
  BelfryMailboxStats stats;

  belfry_mailbox_get_stats (self->notices, &stats);
  return stats.queued == 0;
}

void
belfry_shard_tell_losses (BelfryShard *self)
{
  g_autoptr (GPtrArray) slow = g_steal_pointer (&self->slow);

  self->slow = g_ptr_array_new ();
  for (guint i = 0; i < slow->len; i++)
    belfry_session_tell_losses (g_ptr_array_index (slow, i));
}
