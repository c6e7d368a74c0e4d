/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-broker"

#include "config.h"

#include "belfry-redis-broker-private.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-log.h"
#include "belfry-redis-envelope.h"
#include "belfry-redis-frame.h"
#include "belfry-topic.h"

/* What Redis gives us: messages, and streams to recover what was missed. */

/* Streams that are read at the same time, and messages of one that are asked for at once. */
#define MAX_READING 32
#define PAGE 256

/* What the lane of a topic works on. */
typedef struct
{
  BelfryRedisBroker *broker; /* (unowned) */
  const char *topic;         /* (unowned) */
} LaneContext;

void
belfry_redis_broker_deliver (BelfryRedisBroker *self, BelfryMessage *message)
{
  if (self->sink != NULL)
    self->sink->message (message, self->sink_data);
}

void
belfry_redis_broker_tell_gap (BelfryRedisBroker *self, const char *topic)
{
  belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_GAPS, 1);
  if (self->sink != NULL)
    self->sink->gap (topic, "broker-lost", self->sink_data);
}

static void
on_lane_message (BelfryMessage *message, gpointer user_data)
{
  const LaneContext *context = user_data;

  belfry_redis_broker_deliver (context->broker, message);
}

static void
on_lane_gap (gpointer user_data)
{
  const LaneContext *context = user_data;

  belfry_redis_broker_tell_gap (context->broker, context->topic);
}

static void
queue_reading (BelfryRedisBroker *self, BelfryRedisTopic *topic)
{
  if (topic->queued)
    return;
  topic->queued = TRUE;
  g_queue_push_tail (&self->reading, topic);
}

/* A message with a position, of a topic that is subscribed to by name. */
static void
take_in_order (BelfryRedisBroker *self, BelfryRedisTopic *topic, BelfryMessage *message)
{
  LaneContext context = { self, topic->name };
  const BelfryRedisLaneSink sink = { on_lane_message, on_lane_gap, &context };

  if (topic->lane == NULL)
    topic->lane = belfry_redis_lane_new ();
  if (!belfry_redis_lane_take (topic->lane, message, &sink))
    return;
  belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_RECOVERIES, 1);
  queue_reading (self, topic);
  belfry_redis_broker_read_streams (self);
}

/* Who joins may be on an instance that dies. */
static void
watch (BelfryRedisBroker *self, const BelfryRedisTopic *topic)
{
  if (self->presence != NULL)
    belfry_redis_presence_watch (self->presence, topic->name);
}

/* @topic: (nullable): if it is subscribed to by name */
static void
take (BelfryRedisBroker *self, BelfryRedisTopic *topic, const BelfryMessageParams *params)
{
  if (!belfry_position_is_set (&params->position) && !belfry_redis_echoes_is_empty (self->echoes) &&
      params->kind == BELFRY_MESSAGE_DATA &&
      belfry_redis_echoes_take (self->echoes, params->topic, params->payload))
    return;

  g_autoptr (BelfryMessage) message = belfry_message_new (params);

  if (topic != NULL && params->kind == BELFRY_MESSAGE_JOIN)
    watch (self, topic);
  if (topic != NULL && belfry_position_is_set (&params->position))
    take_in_order (self, topic, message);
  else
    belfry_redis_broker_deliver (self, message);
}

static void
ignore (BelfryRedisBroker *self)
{
  belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_IGNORED, 1);
}

static gint64
published_at (BelfryRedisBroker *self, gint64 told)
{
  return told > 0 ? told : belfry_clock_wall (self->clock);
}

static void
take_published (BelfryRedisBroker *self,
                BelfryRedisTopic *topic,
                const char *name,
                GBytes *published)
{
  BelfryMessageParams params = { .topic = name,
                                 .payload = published,
                                 .arrived = belfry_clock_now (self->clock) };
  BelfryRedisFrame frame = { 0 };

  switch (belfry_redis_frame_read (published, &frame))
    {
    case BELFRY_REDIS_FRAME_READ:
      params.payload = frame.payload;
      params.kind = frame.kind;
      params.position = frame.position;
      params.published = published_at (self, frame.published);
      take (self, topic, &params);
      belfry_redis_frame_clear (&frame);
      return;
    case BELFRY_REDIS_FRAME_RAW:
      params.published = published_at (self, 0);
      take (self, topic, &params);
      return;
    case BELFRY_REDIS_FRAME_BROKEN:
    default:
      ignore (self);
    }
}

/* Returns: (nullable): the topic of a channel, as long as @channel lives: what the reader reads
 * ends with a NUL */
static const char *
name_of (BelfryRedisBroker *self, GBytes *channel, gsize *length)
{
  const char *text = g_bytes_get_data (channel, length);

  if (*length <= self->prefix_length || memcmp (text, self->prefix, self->prefix_length) != 0)
    return NULL;
  *length -= self->prefix_length;
  return text + self->prefix_length;
}

/* What came through a pattern may be any channel's: our own ones and what others use Redis for. */
static void
receive_by_pattern (BelfryRedisBroker *self,
                    BelfryRedisTopic *topic,
                    const char *name,
                    gsize length,
                    const BelfryRedisPush *push)
{
  BelfryTopicKind kind = belfry_topic_classify (name, length, NULL);

  if (kind == BELFRY_TOPIC_RESERVED)
    return;
  if (kind != BELFRY_TOPIC_NAME)
    {
      ignore (self);
      return;
    }
  if (belfry_redis_topics_takes_from (self->topics, topic, name,
                                      g_bytes_get_data (push->pattern, NULL)))
    take_published (self, NULL, name, push->payload);
}

static gboolean
is_channel (GBytes *channel, const char *name)
{
  return strcmp (g_bytes_get_data (channel, NULL), name) == 0;
}

static void
receive_from_channel (BelfryRedisBroker *self, const BelfryRedisPush *push)
{
  gsize length;
  const char *name = name_of (self, push->channel, &length);

  if (name == NULL)
    {
      ignore (self);
      return;
    }

  const BelfryTopicKey key = belfry_topic_key (name);
  BelfryRedisTopic *topic = belfry_redis_topics_find (self->topics, &key);

  if (push->kind == BELFRY_REDIS_PUSH_PMESSAGE)
    receive_by_pattern (self, topic, name, length, push);
  else if (topic != NULL && topic->want.subscribed)
    take_published (self, topic, name, push->payload);
  else if (topic == NULL && is_channel (push->channel, self->words_channel))
    belfry_redis_broker_hear (self, push->payload);
}

/* All instances get all there is, and each has little of it: the rest is not read. */
static gboolean
is_for_nobody (BelfryRedisBroker *self, GBytes *published)
{
  char name[BELFRY_TOPIC_MAX + 1];

  if (!belfry_redis_envelope_peek (published, name) ||
      belfry_topic_classify (name, strlen (name), NULL) != BELFRY_TOPIC_NAME)
    return FALSE;

  const BelfryTopicKey key = belfry_topic_key (name);

  return !belfry_redis_topics_wants (self->topics, belfry_redis_topics_find (self->topics, &key),
                                     name);
}

static void
receive_envelope (BelfryRedisBroker *self, GBytes *published)
{
  g_auto (BelfryRedisEnvelope) envelope = { 0 };

  if (is_for_nobody (self, published))
    return;
  if (!belfry_redis_envelope_read (published, &envelope, NULL))
    {
      ignore (self);
      return;
    }

  const BelfryTopicKey key = belfry_topic_key (envelope.topic);
  BelfryRedisTopic *topic = belfry_redis_topics_find (self->topics, &key);
  const BelfryMessageParams params = {
    .topic = envelope.topic,
    .payload = envelope.payload,
    .kind = envelope.kind,
    .position = envelope.position,
    .arrived = belfry_clock_now (self->clock),
    .published = published_at (self, envelope.published),
  };

  if (topic != NULL && !topic->want.subscribed)
    topic = NULL;
  if (belfry_redis_topics_wants (self->topics, topic, envelope.topic))
    take (self, topic, &params);
}

void
belfry_redis_broker_receive (BelfryRedisBroker *self, const BelfryRedisPush *push)
{
  belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_RECEIVED, 1);
  if (self->channel == NULL)
    receive_from_channel (self, push);
  else if (is_channel (push->channel, self->channel))
    receive_envelope (self, push->payload);
  else if (is_channel (push->channel, self->words_channel))
    belfry_redis_broker_hear (self, push->payload);
}

void
belfry_redis_broker_miss (BelfryRedisBroker *self, BelfryRedisTopic *topic)
{
  if (topic->lane == NULL || !belfry_redis_lane_begin (topic->lane))
    {
      belfry_redis_broker_tell_gap (self, topic->name);
      return;
    }
  belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_RECOVERIES, 1);
  queue_reading (self, topic);
}

/* Who reads a stream. Of a topic only the latest reading counts. */
typedef struct
{
  BelfryRedisBroker *broker; /* (owned) */
  char *topic;               /* (owned) */
  guint64 number;
  guint outage; /* how many there had been when it was begun */
} Reading;

static void
reading_free (Reading *reading)
{
  g_object_unref (reading->broker);
  g_free (reading->topic);
  g_free (reading);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

/* Returns: (nullable): the topic, if it still waits for this reading */
static BelfryRedisTopic *
topic_of (const Reading *reading)
{
  const BelfryTopicKey key = belfry_topic_key (reading->topic);
  BelfryRedisTopic *topic = belfry_redis_topics_find (reading->broker->topics, &key);

  return topic != NULL && topic->reading == reading->number ? topic : NULL;
}

/* If Redis was away it is read again when it is back. */
static void
fail_reading (BelfryRedisBroker *self, gpointer data, const GError *error)
{
  g_autoptr (Reading) reading = data;
  BelfryRedisTopic *topic = topic_of (reading);
  LaneContext context = { self, reading->topic };
  const BelfryRedisLaneSink sink = { on_lane_message, on_lane_gap, &context };

  if (topic == NULL || self->closed)
    return;
  if (reading->outage != self->outages || !belfry_redis_broker_is_up (self))
    {
      queue_reading (self, topic);
      belfry_redis_broker_read_streams (self);
      return;
    }
  belfry_log_debug ("cannot read the stream of “%s”: %s", topic->name, error->message);
  belfry_redis_lane_give_up (topic->lane, &sink);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = user_data;
  g_autoptr (BelfryRedisBroker) self = g_object_ref (reading->broker);
  GError *error = NULL;
  g_autoptr (BelfryHistoryPage) page = belfry_redis_store_history_finish (result, &error);
  BelfryRedisTopic *topic = topic_of (reading);
  LaneContext context = { self, reading->topic };
  const BelfryRedisLaneSink sink = { on_lane_message, on_lane_gap, &context };

  self->n_reading--;
  if (page == NULL)
    {
      belfry_redis_broker_look_later (self, fail_reading, reading, error);
      return;
    }
  if (topic != NULL && !self->closed && belfry_redis_lane_read (topic->lane, page, &sink))
    queue_reading (self, topic);
  reading_free (reading);
  belfry_redis_broker_read_streams (self);
}

/* What policies want of a topic only the hub knows. */
void
belfry_redis_broker_get_traits (const BelfryRedisBroker *self,
                                const char *topic,
                                BelfryTopicTraits *traits)
{
  if (self->sink != NULL && self->sink->traits != NULL)
    self->sink->traits (topic, traits, self->sink_data);
  else
    belfry_topic_rules_lookup (self->rules, topic, NULL, traits);
}

static void
read_stream (BelfryRedisBroker *self, BelfryRedisTopic *topic)
{
  Reading *reading = g_new0 (Reading, 1);
  BelfryTopicTraits traits = { 0 };

  reading->broker = g_object_ref (self);
  reading->topic = g_strdup (topic->name);
  reading->number = topic->reading = ++self->last_reading;
  reading->outage = self->outages;
  self->n_reading++;
  belfry_redis_broker_get_traits (self, topic->name, &traits);
  belfry_redis_store_history_async (self->store, topic->name, &traits,
                                    belfry_redis_lane_get_position (topic->lane), PAGE, NULL,
                                    on_read, reading);
}

void
belfry_redis_broker_read_streams (BelfryRedisBroker *self)
{
  BelfryRedisTopic *topic;

  while (belfry_redis_broker_is_up (self) && self->n_reading < MAX_READING &&
         (topic = g_queue_pop_head (&self->reading)) != NULL)
    {
      topic->queued = FALSE;
      if (belfry_redis_lane_is_reading (topic->lane))
        read_stream (self, topic);
    }
}

void
belfry_redis_broker_resume_reading (BelfryRedisBroker *self)
{
  g_autoptr (GPtrArray) topics = belfry_redis_topics_list (self->topics);

  for (guint i = 0; i < topics->len; i++)
    {
      BelfryRedisTopic *topic = g_ptr_array_index (topics, i);

      if (topic->lane != NULL && belfry_redis_lane_is_reading (topic->lane))
        queue_reading (self, topic);
    }
  belfry_redis_broker_read_streams (self);
}

/* Where the first subscriber begins is where a later reading begins, if nothing comes before. */
static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BelfryRedisBroker *self = g_task_get_source_object (task);
  const BelfryTopicKey key = belfry_topic_key (g_task_get_task_data (task));
  BelfryRedisTopic *topic = belfry_redis_topics_find (self->topics, &key);
  GError *error = NULL;
  BelfryHistoryPage *page = belfry_redis_store_history_finish (result, &error);

  if (page == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (topic != NULL && belfry_position_is_set (&page->position))
    {
      if (topic->lane == NULL)
        topic->lane = belfry_redis_lane_new ();
      belfry_redis_lane_set_start (topic->lane, &page->position);
    }
  g_task_return_pointer (task, page, (GDestroyNotify) belfry_history_page_free);
}

void
belfry_redis_broker_history_async (BelfryBroker *broker,
                                   const char *topic,
                                   const BelfryPosition *since,
                                   guint limit,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (broker);
  g_autoptr (GTask) task = belfry_redis_broker_task_new (self, belfry_redis_broker_history_async,
                                                         cancellable, callback, user_data);
  BelfryTopicTraits traits = { 0 };

  if (g_task_return_error_if_cancelled (task))
    return;
  g_task_set_task_data (task, g_strdup (topic), g_free);
  belfry_redis_broker_get_traits (self, topic, &traits);
  belfry_redis_store_history_async (self->store, topic, &traits, since, limit, cancellable,
                                    on_history, g_object_ref (task));
}

BelfryHistoryPage *
belfry_redis_broker_history_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_broker_history_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
