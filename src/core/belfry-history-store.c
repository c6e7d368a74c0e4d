/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-history-store"

#include "config.h"

#include "belfry-history-store.h"

#include <string.h>

#include "belfry-hash.h"
#include "belfry-log.h"
#include "belfry-topic.h"

/* A table of streams, and a queue with the least recently used one at its head. Whatever changes a
 * stream is between leave() and enter(), which keep the sum of bytes.
 *
 * A stream's deadline gives memory back; what is answered does not hang on it: each access looks at
 * the clock itself. */

/* How long a topic keeps its epoch that was asked for its position, but never published to. */
#define UNPUBLISHED_TTL (5 * G_TIME_SPAN_MINUTE)

/* What a hash table's entry and the allocator's own need, about. */
#define OVERHEAD 64

/* What each takes at the least when it is written down. */
#define STREAM_SIZE 53
#define MESSAGE_SIZE 21

typedef struct
{
  BelfryHistoryStore *store; /* (unowned) */
  GList link;                /* in the queue; its data is the stream */
  BelfryDeadline deadline;
  BelfryHistory history;
  BelfryHistoryLimits limits;
  gint64 used;
  char topic[];
} Stream;

struct _BelfryHistoryStore
{
  BelfryClock *clock;         /* (owned) */
  BelfryDeadlineWheel *wheel; /* (unowned) */
  BelfryHistoryInUse in_use;  /* (unowned) */
  gpointer user_data;         /* (unowned) (nullable) */
  GHashTable *streams;        /* (element-type utf8 Stream) (owned) */
  GQueue queue;               /* (element-type Stream): of links in the streams */
  gsize budget;
  gsize bytes;
};

static gsize
stream_cost (const Stream *stream)
{
  return sizeof (Stream) + OVERHEAD + strlen (stream->topic) +
         belfry_history_get_bytes (&stream->history);
}

static void
leave (Stream *stream)
{
  stream->store->bytes -= stream_cost (stream);
}

static void
enter (Stream *stream)
{
  stream->store->bytes += stream_cost (stream);
}

static void
stream_free (Stream *stream)
{
  leave (stream);
  belfry_deadline_cancel (&stream->deadline);
  g_queue_unlink (&stream->store->queue, &stream->link);
  belfry_history_clear (&stream->history);
  g_free (stream);
}

static void
forget (BelfryHistoryStore *self, const Stream *stream)
{
  g_hash_table_remove (self->streams, stream->topic);
}

static gboolean
is_outdated (BelfryHistoryStore *self, const Stream *stream, gint64 now)
{
  return now - stream->used >= stream->limits.ttl && !self->in_use (stream->topic, self->user_data);
}

static void
trim (Stream *stream, gint64 now)
{
  leave (stream);
  belfry_history_trim (&stream->history, &stream->limits, now);
  enter (stream);
}

/* Once idle for its time all messages are outdated; a stream that stays, because somebody is
 * subscribed, has no deadline until it is used again. */
static void
on_deadline (BelfryDeadline *deadline, gpointer user_data)
{
  Stream *stream = user_data;
  BelfryHistoryStore *self = stream->store;
  gint64 now = belfry_clock_now (self->clock);
  gint64 idle = now - stream->used;

  if (is_outdated (self, stream, now))
    {
      forget (self, stream);
      return;
    }
  trim (stream, now);
  if (idle < stream->limits.ttl)
    belfry_deadline_wheel_set_after (self->wheel, deadline, stream->limits.ttl - idle);
}

static Stream *
stream_new (BelfryHistoryStore *self, const char *topic, const BelfryPosition *position)
{
  gsize size = strlen (topic) + 1;
  Stream *stream = g_malloc0 (sizeof (Stream) + size);

  stream->store = self;
  stream->link.data = stream;
  stream->limits.ttl = UNPUBLISHED_TTL;
  belfry_deadline_init (&stream->deadline, on_deadline, stream);
  belfry_history_init_at (&stream->history, position);
  memcpy (stream->topic, topic, size);
  g_queue_push_tail_link (&self->queue, &stream->link);
  g_hash_table_insert (self->streams, stream->topic, stream);
  enter (stream);
  return stream;
}

/* Makes the stream the most recently used one. */
static void
touch (BelfryHistoryStore *self, Stream *stream, gint64 now)
{
  stream->used = now;
  g_queue_unlink (&self->queue, &stream->link);
  g_queue_push_tail_link (&self->queue, &stream->link);
  if (!belfry_deadline_is_set (&stream->deadline))
    belfry_deadline_wheel_set_after (self->wheel, &stream->deadline, stream->limits.ttl);
}

static Stream *
ensure (BelfryHistoryStore *self, const char *topic, gint64 now)
{
  Stream *stream = g_hash_table_lookup (self->streams, topic);

  if (stream != NULL && is_outdated (self, stream, now))
    {
      forget (self, stream);
      stream = NULL;
    }
  if (stream == NULL)
    {
      const BelfryPosition first = { belfry_epoch_new (), 0 };

      stream = stream_new (self, topic, &first);
    }
  touch (self, stream, now);
  return stream;
}

static gboolean
drop_oldest (Stream *stream)
{
  leave (stream);
  gboolean dropped = belfry_history_drop_oldest (&stream->history);
  enter (stream);
  return dropped;
}

/* The stream in use right now is the last of the queue. It may lose all its messages, but not its
 * epoch: what is being told of it would be wrong at once. */
static void
enforce_budget (BelfryHistoryStore *self)
{
  guint n_forgotten = 0;

  while (self->bytes > self->budget && self->queue.head != NULL)
    {
      Stream *stream = self->queue.head->data;

      if (drop_oldest (stream))
        continue;
      if (self->queue.head == self->queue.tail)
        break;
      forget (self, stream);
      n_forgotten++;
    }
  if (n_forgotten > 0)
    belfry_log_debug ("history takes more than %" G_GSIZE_FORMAT " bytes: %u topics are forgotten",
                      self->budget, n_forgotten);
}

static void
set_limits (BelfryHistoryStore *self, Stream *stream, const BelfryHistoryLimits *limits)
{
  if (stream->limits.ttl != limits->ttl)
    belfry_deadline_wheel_set_after (self->wheel, &stream->deadline, limits->ttl);
  stream->limits = *limits;
}

static void
save_message (const BelfryMessage *message, BelfryStateWriter *writer)
{
  gsize length;
  const void *payload = g_bytes_get_data (message->payload, &length);

  belfry_state_put_u8 (writer, message->kind);
  belfry_state_put_i64 (writer, message->arrived);
  belfry_state_put_i64 (writer, message->published);
  belfry_state_put_bytes (writer, payload, length);
}

static void
save_stream (const Stream *stream, BelfryStateWriter *writer)
{
  BelfryPosition position = belfry_history_get_position (&stream->history);
  guint n = belfry_history_get_n_messages (&stream->history);

  belfry_state_put_text (writer, stream->topic);
  belfry_state_put_u64 (writer, position.epoch);
  belfry_state_put_u64 (writer, position.offset);
  belfry_state_put_u32 (writer, stream->limits.max_messages);
  belfry_state_put_u64 (writer, stream->limits.max_bytes);
  belfry_state_put_i64 (writer, stream->limits.ttl);
  belfry_state_put_i64 (writer, stream->used);
  belfry_state_put_u32 (writer, n);
  for (guint i = 0; i < n; i++)
    save_message (belfry_history_get_message (&stream->history, i), writer);
}

/* The message whose number follows. */
static void
restore_message (Stream *stream, BelfryStateReader *reader, gint64 now)
{
  BelfryMessageParams params = { .topic = stream->topic };
  guint8 kind = belfry_state_get_u8 (reader);
  gint64 arrived = belfry_state_get_i64 (reader);
  gsize length;

  params.arrived = CLAMP (arrived, 0, now);
  params.published = belfry_state_get_i64 (reader);
  const guint8 *bytes = belfry_state_get_bytes (reader, &length);
  if (kind > BELFRY_MESSAGE_LEAVE)
    belfry_state_reader_fail (reader);
  if (!belfry_state_reader_is_good (reader))
    return;
  g_autoptr (GBytes) payload = g_bytes_new (bytes, length);
  params.payload = payload;
  params.kind = (BelfryMessageKind) kind;
  params.position = belfry_history_get_position (&stream->history);
  params.position.offset++;
  g_autoptr (BelfryMessage) message = belfry_message_new (&params);
  belfry_history_append (&stream->history, message);
}

static gboolean
is_new_name (BelfryHistoryStore *self, const char *topic)
{
  return belfry_topic_classify (topic, strlen (topic), NULL) == BELFRY_TOPIC_NAME &&
         !g_hash_table_contains (self->streams, topic);
}

static void
restore_stream (BelfryHistoryStore *self, BelfryStateReader *reader)
{
  gint64 now = belfry_clock_now (self->clock);
  const char *topic = belfry_state_get_name (reader);
  BelfryPosition position = { belfry_state_get_u64 (reader), 0 };
  guint64 offset = belfry_state_get_u64 (reader);
  BelfryHistoryLimits limits = { .max_messages = belfry_state_get_u32 (reader) };

  limits.max_bytes = (gsize) belfry_state_get_u64 (reader);
  limits.ttl = belfry_state_get_i64 (reader);
  gint64 used = belfry_state_get_i64 (reader);
  guint32 n = belfry_state_get_count (reader, MESSAGE_SIZE);
  if (!is_new_name (self, topic) || position.epoch == 0 || offset < n || limits.ttl < 0)
    belfry_state_reader_fail (reader);
  if (!belfry_state_reader_is_good (reader))
    return;
  position.offset = offset - n;
  Stream *stream = stream_new (self, topic, &position);
  leave (stream);
  for (guint32 i = 0; i < n; i++)
    restore_message (stream, reader, now);
  enter (stream);
  stream->limits = limits;
  stream->used = CLAMP (used, 0, now);
  belfry_deadline_wheel_set_after (self->wheel, &stream->deadline,
                                   MAX (limits.ttl - (now - stream->used), 0));
}

BelfryHistoryStore *
belfry_history_store_new (BelfryClock *clock,
                          BelfryDeadlineWheel *wheel,
                          gsize budget,
                          BelfryHistoryInUse in_use,
                          gpointer user_data)
{
  BelfryHistoryStore *self = g_new0 (BelfryHistoryStore, 1);

  self->clock = g_object_ref (clock);
  self->wheel = wheel;
  self->budget = budget;
  self->in_use = in_use;
  self->user_data = user_data;
  self->streams =
      g_hash_table_new_full (belfry_hash_text, g_str_equal, NULL, (GDestroyNotify) stream_free);
  g_queue_init (&self->queue);
  return self;
}

void
belfry_history_store_free (BelfryHistoryStore *self)
{
  g_hash_table_unref (self->streams);
  g_object_unref (self->clock);
  g_free (self);
}

void
belfry_history_store_set_budget (BelfryHistoryStore *self, gsize budget)
{
  self->budget = budget;
  enforce_budget (self);
}

BelfryMessage *
belfry_history_store_keep (BelfryHistoryStore *self,
                           const BelfryMessageParams *params,
                           const BelfryHistoryLimits *limits)
{
  BelfryMessageParams numbered = *params;
  gint64 now = belfry_clock_now (self->clock);

  if (limits->max_messages == 0)
    {
      /* What follows is not counted: positions of before must not seem to be up to date later. */
      g_hash_table_remove (self->streams, params->topic);
      numbered.position = (BelfryPosition){ 0, 0 };
      return belfry_message_new (&numbered);
    }
  Stream *stream = ensure (self, params->topic, now);
  numbered.position = belfry_history_get_position (&stream->history);
  numbered.position.offset++;
  BelfryMessage *message = belfry_message_new (&numbered);
  set_limits (self, stream, limits);
  leave (stream);
  belfry_history_append (&stream->history, message);
  belfry_history_trim (&stream->history, limits, now);
  enter (stream);
  enforce_budget (self);
  return message;
}

BelfryHistoryPage *
belfry_history_store_read (BelfryHistoryStore *self,
                           const char *topic,
                           const BelfryPosition *since,
                           guint limit)
{
  gint64 now = belfry_clock_now (self->clock);
  Stream *stream = ensure (self, topic, now);

  trim (stream, now);
  enforce_budget (self);
  return belfry_history_read (&stream->history, since, limit);
}

void
belfry_history_store_release (BelfryHistoryStore *self, const char *topic)
{
  Stream *stream = g_hash_table_lookup (self->streams, topic);

  if (stream != NULL)
    touch (self, stream, belfry_clock_now (self->clock));
}

/* In the order of their use, which is that of the queue. */
void
belfry_history_store_save (const BelfryHistoryStore *self, BelfryStateWriter *writer)
{
  belfry_state_put_u32 (writer, g_hash_table_size (self->streams));
  for (const GList *link = self->queue.head; link != NULL; link = link->next)
    save_stream (link->data, writer);
}

gboolean
belfry_history_store_restore (BelfryHistoryStore *self, BelfryStateReader *reader)
{
  guint32 n = belfry_state_get_count (reader, STREAM_SIZE);

  for (guint32 i = 0; i < n && belfry_state_reader_is_good (reader); i++)
    restore_stream (self, reader);
  if (belfry_state_reader_is_good (reader))
    enforce_budget (self);
  else
    g_hash_table_remove_all (self->streams);
  return belfry_state_reader_is_good (reader);
}

guint
belfry_history_store_get_n_topics (const BelfryHistoryStore *self)
{
  return g_hash_table_size (self->streams);
}

gsize
belfry_history_store_get_bytes (const BelfryHistoryStore *self)
{
  return self->bytes;
}
