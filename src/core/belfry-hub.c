/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub.h"

#include "belfry-hash.h"
#include "belfry-hub-private.h"
#include "belfry-log.h"

/* What the hub is made of, and its shards. What it does is in the files beside this one: orders,
 * authentication, subscriptions, topics, requests, and what administrators ask.
 *
 * Owned by the composition root, on the main thread; outlives its shards' threads. Holds no
 * reference to itself while something is under way: what then still answers finds no hub. */

#define N_HUB_BYTES ((gsize) 1 << 20)

G_DEFINE_FINAL_TYPE (BelfryHub, belfry_hub, G_TYPE_OBJECT)

static void
on_order (gpointer item, gpointer user_data)
{
  belfry_hub_take_order (user_data, item);
}

/* A shard that is still busy with messages is not told now that it has lost some: that would come
 * too early. */
static void
on_room (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryShard *shard = user_data;
  const BelfryHub *self = shard->hub;

  if (atomic_load_explicit (&shard->backlog, memory_order_relaxed) <= self->limits.max_backlog / 2)
    belfry_hub_tell_losses (shard);
  else
    belfry_deadline_wheel_set_after (self->wheel, deadline, self->limits.room_pause);
}

static void
set_limits (BelfryHub *self, BelfryConfig *config)
{
  self->limits.max_subscriptions =
      (guint) belfry_config_get_number (config, BELFRY_CONFIG_WEBSOCKET_MAX_SUBSCRIPTIONS);
  self->limits.max_per_user =
      (guint) belfry_config_get_number (config, BELFRY_CONFIG_SERVER_MAX_CONNECTIONS_PER_USER);
  self->limits.max_payload =
      (gsize) belfry_config_get_number (config, BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGE_SIZE);
  belfry_gate_set_timeout (self->gate,
                           belfry_config_get_number (config, BELFRY_CONFIG_AUTH_PLUGIN_TIMEOUT));
}

static void
abandon_all (BelfryHub *self)
{
  while (self->operations != NULL)
    belfry_operation_abandon (self->operations);
  belfry_hub_drop_waiting (self);
}

static void
free_records (BelfryHub *self)
{
  while (self->records != NULL)
    {
      BelfryRecord *record = self->records;

      self->records = record->next;
      belfry_record_free (record);
    }
}

/* Who waits for something keeps the hub; g_object_run_dispose() makes it give up all that is under
 * way. */
static void
belfry_hub_dispose (GObject *object)
{
  abandon_all (BELFRY_HUB (object));
  G_OBJECT_CLASS (belfry_hub_parent_class)->dispose (object);
}

/* A shard whose thread runs would go on to send us orders, and to read what is freed here. */
static void
belfry_hub_finalize (GObject *object)
{
  BelfryHub *self = BELFRY_HUB (object);

  g_assert (self->n_shards == 0);

  belfry_hub_disconnect_broker (self);
  free_records (self);
  g_clear_pointer (&self->watches, g_ptr_array_unref);
  belfry_mailbox_close (self->orders, BELFRY_MAILBOX_DISCARD);
  g_ptr_array_unref (self->shards);
  belfry_mailbox_unref (self->orders);
  g_tree_unref (self->blocks);
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_user);
  belfry_directory_free (self->directory);
  belfry_blocks_free (self->blocked);
  belfry_blocks_free (self->revoked);
  g_clear_pointer (&self->rules, belfry_topic_rules_unref);
  belfry_hub_journal_clear (&self->journal);
  belfry_deadline_wheel_free (self->wheel);
  belfry_metrics_slot_free (self->metrics);
  g_object_unref (self->gate);
  g_object_unref (self->broker);
  g_free (self->broker_text);
  g_object_unref (self->clock);
  G_OBJECT_CLASS (belfry_hub_parent_class)->finalize (object);
}

static void
belfry_hub_class_init (BelfryHubClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = belfry_hub_dispose;
  G_OBJECT_CLASS (klass)->finalize = belfry_hub_finalize;

  /**
   * BelfryHub::broker-changed:
   *
   * The broker has another state, or a reason for it, or is another one.
   */
  g_signal_new ("broker-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
}

static void
belfry_hub_init (BelfryHub *self)
{
  const BelfryMailboxOptions options = {
    .name = "belfry-hub-orders",
    .priority = G_PRIORITY_DEFAULT,
    .capacity = G_MAXSIZE,
    .policy = BELFRY_MAILBOX_REFUSE,
    .item_free = (GDestroyNotify) belfry_order_free,
  };

  self->limits = (BelfryHubLimits){
    .max_backlog = 64 * N_HUB_BYTES,
    .max_lost = 1024,
    .kept_count = 1024,
    .kept_bytes = 4 * N_HUB_BYTES,
    .max_lingering = 16384,
    .linger = 5 * G_USEC_PER_SEC,
    .room_pause = 50 * G_TIME_SPAN_MILLISECOND,
    .expiry_lead = 30 * G_USEC_PER_SEC,
    .patience = 10 * G_USEC_PER_SEC,
  };
  self->orders = belfry_mailbox_new (NULL, &options, on_order, self, NULL);
  belfry_deadline_init (&self->clock_check, belfry_hub_on_clock_check, self);
  belfry_deadline_init (&self->review, belfry_hub_on_review, self);
  self->directory = belfry_directory_new ();
  self->shards = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_shard_free);
  self->blocks = belfry_hub_blocks_new ();
  self->by_id = g_hash_table_new (belfry_hash_text, g_str_equal);
  self->by_user = g_hash_table_new (belfry_hash_text, g_str_equal);
}

BelfryHub *
belfry_hub_new (BelfryClock *clock,
                BelfryBroker *broker,
                BelfryGate *gate,
                BelfryMetrics *metrics,
                BelfryConfig *config)
{
  BelfryHub *self = g_object_new (BELFRY_TYPE_HUB, NULL);

  self->clock = g_object_ref (clock);
  self->broker = g_object_ref (broker);
  self->gate = g_object_ref (gate);
  self->metrics = belfry_metrics_slot_new (metrics);
  belfry_core_slot_init (&self->slot, self->metrics);
  self->wheel = belfry_deadline_wheel_new (clock, NULL, G_PRIORITY_DEFAULT);
  belfry_hub_journal_init (&self->journal, self->wheel);
  self->blocked = belfry_blocks_new (clock, BELFRY_BLOCKS_MAX);
  self->revoked = belfry_blocks_new (clock, BELFRY_BLOCKS_MAX);
  belfry_hub_connect_broker (self);
  belfry_hub_set_config (self, config);
  return self;
}

/* That the topics' patterns are good was made sure when the configuration was looked at. */
void
belfry_hub_set_config (BelfryHub *self, BelfryConfig *config)
{
  g_autoptr (GError) error = NULL;
  BelfryTopicRules *rules = belfry_topic_rules_new (config, &error);

  set_limits (self, config);
  if (rules == NULL)
    {
      belfry_log_error ("the topics stay as they were: %s", error->message);
      return;
    }
  g_clear_pointer (&self->rules, belfry_topic_rules_unref);
  self->rules = rules;
  belfry_hub_apply_traits (self);
}

BelfryShard *
belfry_hub_add_shard (BelfryHub *self, GMainContext *context)
{
  BelfryShard *shard = belfry_shard_new (self->shards->len, context, self->clock, self->orders);

  shard->hub = self;
  belfry_deadline_init (&shard->room, on_room, shard);
  g_ptr_array_add (self->shards, shard);
  self->n_shards++;
  return shard;
}

/* It stays in its place, empty: sessions that were its last may be on their way to us. */
void
belfry_hub_remove_shard (BelfryHub *self, BelfryShard *shard)
{
  g_return_if_fail (!shard->removed);

  belfry_shard_retire (shard);
  self->n_shards--;
}
