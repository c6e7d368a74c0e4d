/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-broker"

#include "config.h"

#include "belfry-redis-broker-private.h"

#include <string.h>

#include "belfry-error.h"

/* The broker as a whole. What it consists of knows nothing of each other: the net has connections
 * and no topics, the store has scripts and no connections; here they meet.
 *
 * Whoever waits for an answer holds a reference, and so does what is under way: so the owner closes
 * it, and does not wait for the last reference. */

#define COMMAND_TIMEOUT (5 * G_TIME_SPAN_SECOND)

/* What is on its way when it is replaced gets there within that time, or is late anyway. */
#define RETIREMENT (2 * G_TIME_SPAN_SECOND)

static void belfry_redis_broker_iface_init (BelfryBrokerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryRedisBroker,
                               belfry_redis_broker,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_BROKER,
                                                      belfry_redis_broker_iface_init))

GTask *
belfry_redis_broker_task_new (BelfryRedisBroker *self,
                              gpointer tag,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

gboolean
belfry_redis_broker_is_up (const BelfryRedisBroker *self)
{
  return self->state == BELFRY_BROKER_UP && !self->closed;
}

/* A failure that is not looked at yet. */
typedef struct
{
  BelfryRedisLaterFunc func; /* (unowned) */
  gpointer data;             /* (owned): by @func */
  GError *error;             /* (owned) */
} Later;

static void
run_later (BelfryRedisBroker *self)
{
  Later *later;

  if (self->later_source != NULL)
    g_source_destroy (self->later_source);
  g_clear_pointer (&self->later_source, g_source_unref);
  while ((later = g_queue_pop_head (&self->later)) != NULL)
    {
      later->func (self, later->data, later->error);
      g_error_free (later->error);
      g_free (later);
    }
}

static gboolean
on_later (gpointer user_data)
{
  g_autoptr (BelfryRedisBroker) self = g_object_ref (user_data);

  run_later (self);
  belfry_redis_broker_flush (self);
  return G_SOURCE_REMOVE;
}

void
belfry_redis_broker_look_later (BelfryRedisBroker *self,
                                BelfryRedisLaterFunc func,
                                gpointer data,
                                GError *error)
{
  Later *later = g_new (Later, 1);

  *later = (Later){ func, data, error };
  g_queue_push_tail (&self->later, later);
  if (self->later_source != NULL)
    return;
  self->later_source = g_idle_source_new ();
  g_source_set_priority (self->later_source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->later_source, "belfry-redis-broker-later");
  g_source_set_callback (self->later_source, on_later, self, NULL);
  g_source_attach (self->later_source, g_main_context_get_thread_default ());
}

/* What the net tells */

static void
set_state (BelfryRedisBroker *self, BelfryBrokerState state, const char *reason)
{
  self->state = state;
  g_free (self->reason);
  self->reason = g_strdup (reason);
  belfry_broker_emit_state_changed (BELFRY_BROKER (self));
}

/* Streams are read before what waited goes out, so that readers find little that is new. */
static void
on_up (BelfryRedisNet *net, gpointer user_data)
{
  g_autoptr (BelfryRedisBroker) self = g_object_ref (user_data);

  belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_CONNECTED, 1);
  belfry_redis_store_forget_scripts (self->store);
  set_state (self, BELFRY_BROKER_UP, NULL);
  if (self->closed)
    return;
  belfry_redis_broker_catch_up_words (self);
  belfry_redis_broker_settle_topics (self);
  belfry_redis_broker_resume_reading (self);
  belfry_redis_broker_flush (self);
  belfry_redis_presence_set_up (self->presence, TRUE);
}

/* Echoes that are still to come do not come any more, or among what is read again. */
static void
on_down (BelfryRedisNet *net, BelfryRedisFault fault, const GError *error, gpointer user_data)
{
  g_autoptr (BelfryRedisBroker) self = g_object_ref (user_data);

  belfry_redis_slot_count_fault (&self->slot, fault);
  self->outages++;
  if (belfry_redis_fault_wants_reconnect (fault))
    belfry_redis_echoes_clear (self->echoes);
  belfry_redis_presence_set_up (self->presence, FALSE);
  set_state (self, BELFRY_BROKER_DEGRADED, belfry_redis_net_describe (net));
}

static void
on_message (BelfryRedisNet *net, const BelfryRedisPush *push, gpointer user_data)
{
  belfry_redis_broker_receive (user_data, push);
}

static void
on_subscribed (BelfryRedisNet *net,
               BelfryRedisChannelKind kind,
               const char *name,
               gboolean again,
               gpointer user_data)
{
  belfry_redis_broker_confirm (user_data, kind, name, again);
}

static void
on_refused (BelfryRedisNet *net,
            BelfryRedisChannelKind kind,
            const char *name,
            BelfryRedisFault fault,
            const GError *error,
            gpointer user_data)
{
  BelfryRedisBroker *self = user_data;

  belfry_redis_slot_count_fault (&self->slot, fault);
  belfry_redis_broker_refuse (self, kind, name, error);
}

static const BelfryRedisNetHandler net_handler = {
  .up = on_up,
  .down = on_down,
  .message = on_message,
  .subscribed = on_subscribed,
  .refused = on_refused,
};

/* How the store's commands get to Redis. */
static gboolean
call (const char *key, const BelfryRedisCommand *command, GError **error, gpointer user_data)
{
  BelfryRedisBroker *self = user_data;
  gboolean sent = belfry_redis_net_call (self->net, key, command, error);

  if (sent)
    belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_COMMANDS, 1);
  self->call_refused = !sent;
  return sent;
}

static void
on_faulty (BelfryRedisFault fault, gpointer user_data)
{
  belfry_redis_slot_count_fault (&BELFRY_REDIS_BROKER (user_data)->slot, fault);
}

static void
on_echoes_end (BelfryDeadline *deadline, gpointer user_data)
{
  belfry_redis_echoes_clear (BELFRY_REDIS_BROKER (user_data)->echoes);
}

static void
on_retired (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryRedisBroker *self = user_data;

  belfry_redis_broker_close (self);
  g_object_unref (self);
}

/* What the hub asks */

static const char *
belfry_redis_broker_get_name (BelfryBroker *broker)
{
  return "redis";
}

static BelfryBrokerState
belfry_redis_broker_get_state (BelfryBroker *broker)
{
  return BELFRY_REDIS_BROKER (broker)->state;
}

static const char *
belfry_redis_broker_get_reason (BelfryBroker *broker)
{
  return BELFRY_REDIS_BROKER (broker)->reason;
}

static gint64
belfry_redis_broker_get_latency (BelfryBroker *broker)
{
  return belfry_redis_net_get_latency (BELFRY_REDIS_BROKER (broker)->net);
}

static gint64
belfry_redis_broker_get_last_proof (BelfryBroker *broker)
{
  return belfry_redis_net_get_last_proof (BELFRY_REDIS_BROKER (broker)->net);
}

static void
belfry_redis_broker_set_sink (BelfryBroker *broker,
                              const BelfryBrokerSink *sink,
                              gpointer user_data)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (broker);

  self->sink = sink;
  self->sink_data = user_data;
}

static void
belfry_redis_broker_presence_add (BelfryBroker *broker,
                                  const char *topic,
                                  const char *user,
                                  const char *info)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (broker);

  if (!self->closed)
    belfry_redis_presence_add (self->presence, topic, user, info);
}

static void
belfry_redis_broker_presence_remove (BelfryBroker *broker, const char *topic, const char *user)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (broker);

  if (!self->closed)
    belfry_redis_presence_remove (self->presence, topic, user);
}

static void
on_presence (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *presence = belfry_redis_store_presence_finish (result, &error);

  if (presence != NULL)
    g_task_return_pointer (task, presence, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
belfry_redis_broker_presence_async (BelfryBroker *broker,
                                    const char *topic,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (broker);
  g_autoptr (GTask) task = belfry_redis_broker_task_new (self, belfry_redis_broker_presence_async,
                                                         cancellable, callback, user_data);

  if (!g_task_return_error_if_cancelled (task))
    belfry_redis_store_presence_async (self->store, topic, cancellable, on_presence,
                                       g_object_ref (task));
}

static GPtrArray *
belfry_redis_broker_presence_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_broker_presence_async),
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
belfry_redis_broker_iface_init (BelfryBrokerInterface *iface)
{
  iface->get_name = belfry_redis_broker_get_name;
  iface->get_state = belfry_redis_broker_get_state;
  iface->get_reason = belfry_redis_broker_get_reason;
  iface->get_latency = belfry_redis_broker_get_latency;
  iface->get_last_proof = belfry_redis_broker_get_last_proof;
  iface->set_sink = belfry_redis_broker_set_sink;
  iface->subscribe_async = belfry_redis_broker_subscribe_async;
  iface->subscribe_finish = belfry_redis_broker_subscribe_finish;
  iface->unsubscribe = belfry_redis_broker_unsubscribe;
  iface->publish_async = belfry_redis_broker_publish_async;
  iface->publish_finish = belfry_redis_broker_publish_finish;
  iface->history_async = belfry_redis_broker_history_async;
  iface->history_finish = belfry_redis_broker_history_finish;
  iface->presence_add = belfry_redis_broker_presence_add;
  iface->presence_remove = belfry_redis_broker_presence_remove;
  iface->presence_async = belfry_redis_broker_presence_async;
  iface->presence_finish = belfry_redis_broker_presence_finish;
  iface->tell_all = belfry_redis_broker_tell_all;
}

static void
belfry_redis_broker_dispose (GObject *object)
{
  belfry_redis_broker_close (BELFRY_REDIS_BROKER (object));
  G_OBJECT_CLASS (belfry_redis_broker_parent_class)->dispose (object);
}

static void
belfry_redis_broker_finalize (GObject *object)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (object);

  g_queue_clear (&self->reading);
  g_queue_clear_full (&self->words, (GDestroyNotify) belfry_redis_word_free);
  belfry_redis_topics_free (self->topics);
  belfry_redis_outbox_free (self->outbox);
  belfry_redis_echoes_free (self->echoes);
  belfry_redis_store_free (self->store);
  g_object_unref (self->net);
  belfry_topic_rules_unref (self->rules);
  g_object_unref (self->clock);
  g_free (self->instance);
  g_free (self->prefix);
  g_free (self->channel);
  g_free (self->words_channel);
  g_free (self->reason);
  G_OBJECT_CLASS (belfry_redis_broker_parent_class)->finalize (object);
}

static void
belfry_redis_broker_class_init (BelfryRedisBrokerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = belfry_redis_broker_dispose;
  object_class->finalize = belfry_redis_broker_finalize;
}

static void
belfry_redis_broker_init (BelfryRedisBroker *self)
{
  self->state = BELFRY_BROKER_STARTING;
  self->echoes = belfry_redis_echoes_new ();
  g_queue_init (&self->reading);
  g_queue_init (&self->words);
  g_queue_init (&self->later);
  belfry_deadline_init (&self->echoes_end, on_echoes_end, self);
  belfry_deadline_init (&self->retirement, on_retired, self);
}

static void
make_net (BelfryRedisBroker *self, const BelfryRedisBrokerSettings *settings)
{
  const BelfryRedisNetSettings net_settings = {
    .url = settings->url,
    .tls = settings->tls,
    .wheel = settings->wheel,
    .instance = settings->instance,
    .prefix = settings->prefix,
    .probe_interval = settings->probe_interval,
  };

  self->net = belfry_redis_net_new (&net_settings, &net_handler, self);
}

static void
make_store (BelfryRedisBroker *self, const BelfryRedisBrokerSettings *settings)
{
  const BelfryRedisStoreSettings store_settings = {
    .prefix = self->prefix,
    .instance = self->instance,
    .channel = settings->channel,
    .sharded = self->sharded && !settings->cluster_wildcards,
    .timeout = COMMAND_TIMEOUT,
    .presence_lease = settings->presence_lease,
    .call = call,
    .faulty = on_faulty,
    .user_data = self,
  };

  self->no_patterns = store_settings.sharded;
  self->store = belfry_redis_store_new (&store_settings);
  self->words_channel = belfry_redis_store_dup_words_channel (self->store);
  if (settings->channel != NULL)
    self->channel = belfry_redis_store_dup_channel (self->store, "");
}

BelfryBroker *
belfry_redis_broker_new (const BelfryRedisBrokerSettings *settings)
{
  BelfryRedisBroker *self = g_object_new (BELFRY_TYPE_REDIS_BROKER, NULL);

  self->clock = g_object_ref (settings->clock);
  self->wheel = settings->wheel;
  self->rules = belfry_topic_rules_ref (settings->rules);
  self->instance = g_strdup (settings->instance);
  self->prefix = g_strdup (settings->prefix);
  self->prefix_length = strlen (settings->prefix);
  self->topics = belfry_redis_topics_new (settings->prefix);
  self->outbox = belfry_redis_outbox_new (settings->outbox);
  belfry_redis_slot_init (&self->slot, settings->slot);
  make_net (self, settings);
  self->sharded = settings->channel == NULL && belfry_redis_net_is_cluster (self->net);
  make_store (self, settings);
  self->presence =
      belfry_redis_presence_new (self->store, settings->wheel, settings->presence_lease);
  belfry_redis_net_subscribe (self->net, BELFRY_REDIS_CHANNEL, self->words_channel);
  if (self->channel != NULL)
    belfry_redis_net_subscribe (self->net, BELFRY_REDIS_CHANNEL, self->channel);
  belfry_redis_net_open (self->net);
  return BELFRY_BROKER (self);
}

void
belfry_redis_broker_set_rules (BelfryRedisBroker *self, BelfryTopicRules *rules)
{
  belfry_topic_rules_ref (rules);
  belfry_topic_rules_unref (self->rules);
  self->rules = rules;
}

void
belfry_redis_broker_set_outbox (BelfryRedisBroker *self, gsize outbox)
{
  belfry_redis_outbox_set_max (self->outbox, outbox);
}

void
belfry_redis_broker_set_probe_interval (BelfryRedisBroker *self, gint64 probe_interval)
{
  belfry_redis_net_set_probe_interval (self->net, probe_interval);
}

void
belfry_redis_broker_retire (BelfryRedisBroker *self)
{
  if (self->closed || belfry_deadline_is_set (&self->retirement))
    return;
  g_object_ref (self);
  belfry_deadline_wheel_set_after (self->wheel, &self->retirement, RETIREMENT);
}

static void
end_wants (BelfryRedisBroker *self)
{
  g_autoptr (GPtrArray) topics = belfry_redis_topics_list (self->topics);
  g_autoptr (GPtrArray) patterns = belfry_redis_topics_list_patterns (self->topics);

  for (guint i = 0; i < topics->len; i++)
    belfry_redis_want_end (&((BelfryRedisTopic *) g_ptr_array_index (topics, i))->want);
  for (guint i = 0; i < patterns->len; i++)
    belfry_redis_want_end (&((BelfryRedisPattern *) g_ptr_array_index (patterns, i))->want);
}

/* A retired one holds itself. */
void
belfry_redis_broker_close (BelfryRedisBroker *self)
{
  if (self->closed)
    return;

  g_object_ref (self);
  self->closed = TRUE;
  belfry_deadline_cancel (&self->echoes_end);
  if (belfry_deadline_is_set (&self->retirement))
    {
      belfry_deadline_cancel (&self->retirement);
      g_object_unref (self);
    }
  g_clear_pointer (&self->presence, belfry_redis_presence_close);
  belfry_redis_net_close (self->net);
  run_later (self);
  belfry_redis_broker_drop_letters (self);
  end_wants (self);
  self->slot.slot = NULL;
  g_object_unref (self);
}
