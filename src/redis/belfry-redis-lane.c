/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-lane"

#include "config.h"

#include "belfry-redis-lane.h"

/* A lane is live, or it reads the stream. While it reads, what comes over the channel is kept back,
 * within bounds: what is beyond them is in the stream as well, and is read from there later.
 *
 * Owned by a topic of the broker's. Main thread. */

/* What one topic may keep back for the moment that a read takes. */
#define MAX_HELD 1024
#define MAX_HELD_BYTES ((gsize) 1024 * 1024)

struct _BelfryRedisLane
{
  BelfryPosition position; /* of the last one delivered, or of the start */
  GQueue held;             /* (element-type BelfryMessage) (owned) */
  gsize held_bytes;
  gboolean reading;
  gboolean fresh;      /* nothing was delivered yet */
  gboolean overflowed; /* something was not kept back */
};

BelfryRedisLane *
belfry_redis_lane_new (void)
{
  BelfryRedisLane *self = g_new0 (BelfryRedisLane, 1);

  g_queue_init (&self->held);
  self->fresh = TRUE;
  return self;
}

void
belfry_redis_lane_free (BelfryRedisLane *self)
{
  g_queue_clear_full (&self->held, (GDestroyNotify) belfry_message_unref);
  g_free (self);
}

void
belfry_redis_lane_set_start (BelfryRedisLane *self, const BelfryPosition *position)
{
  if (self->fresh && !self->reading)
    self->position = *position;
}

static void
hold (BelfryRedisLane *self, BelfryMessage *message)
{
  gsize cost = belfry_message_get_cost (message);

  if (self->overflowed || self->held.length >= MAX_HELD || cost > MAX_HELD_BYTES - self->held_bytes)
    {
      self->overflowed = TRUE;
      return;
    }
  self->held_bytes += cost;
  g_queue_push_tail (&self->held, belfry_message_ref (message));
}

static BelfryMessage *
unhold (BelfryRedisLane *self)
{
  BelfryMessage *message = g_queue_pop_head (&self->held);

  if (message != NULL)
    self->held_bytes -= belfry_message_get_cost (message);
  return message;
}

static void
deliver (BelfryRedisLane *self, BelfryMessage *message, const BelfryRedisLaneSink *sink)
{
  self->position = message->position;
  self->fresh = FALSE;
  sink->message (message, sink->user_data);
}

typedef enum
{
  NEXT,
  OLD,
  EARLY,   /* from before the start, but nobody else delivers it */
  MISSING, /* not all that is before it was delivered */
} Place;

/* A new counting that begins with its first message is nothing lost: the old one has expired. */
static Place
place_of (const BelfryRedisLane *self, const BelfryPosition *position)
{
  if (!belfry_position_is_set (&self->position))
    return NEXT;
  if (position->epoch != self->position.epoch)
    return position->offset == 1 ? NEXT : MISSING;
  if (position->offset <= self->position.offset)
    return self->fresh ? EARLY : OLD;
  return position->offset == self->position.offset + 1 ? NEXT : MISSING;
}

gboolean
belfry_redis_lane_take (BelfryRedisLane *self,
                        BelfryMessage *message,
                        const BelfryRedisLaneSink *sink)
{
  if (self->reading)
    {
      hold (self, message);
      return FALSE;
    }
  switch (place_of (self, &message->position))
    {
    case NEXT:
      deliver (self, message, sink);
      return FALSE;
    case EARLY:
      sink->message (message, sink->user_data);
      return FALSE;
    case MISSING:
      self->reading = TRUE;
      hold (self, message);
      return TRUE;
    case OLD:
    default:
      return FALSE;
    }
}

gboolean
belfry_redis_lane_begin (BelfryRedisLane *self)
{
  if (!belfry_position_is_set (&self->position))
    return FALSE;
  self->reading = TRUE;
  return TRUE;
}

gboolean
belfry_redis_lane_is_reading (const BelfryRedisLane *self)
{
  return self->reading;
}

const BelfryPosition *
belfry_redis_lane_get_position (const BelfryRedisLane *self)
{
  return &self->position;
}

/* The stream was read to its end, so what is still missing now exists no more. */
static void
go_live (BelfryRedisLane *self, const BelfryRedisLaneSink *sink)
{
  BelfryMessage *message;

  self->reading = FALSE;
  while ((message = unhold (self)) != NULL)
    {
      Place place = place_of (self, &message->position);

      if (place == MISSING)
        sink->gap (sink->user_data);
      if (place != OLD)
        deliver (self, message, sink);
      belfry_message_unref (message);
    }
}

/* Returns: whether what was not kept back is to be read first */
static gboolean
finish (BelfryRedisLane *self, const BelfryRedisLaneSink *sink)
{
  if (self->overflowed)
    {
      g_queue_clear_full (&self->held, (GDestroyNotify) belfry_message_unref);
      self->held_bytes = 0;
      self->overflowed = FALSE;
      return TRUE;
    }
  go_live (self, sink);
  return FALSE;
}

/* Returns: whether anything was missing between them */
static gboolean
deliver_page (BelfryRedisLane *self, const GPtrArray *messages, const BelfryRedisLaneSink *sink)
{
  for (guint i = 0; i < messages->len; i++)
    {
      BelfryMessage *message = g_ptr_array_index (messages, i);

      if (message->position.offset <= self->position.offset)
        continue;
      if (message->position.offset != self->position.offset + 1)
        sink->gap (sink->user_data);
      deliver (self, message, sink);
    }
  return messages->len > 0;
}

/* Returns: whether the position is not one of the stream's counting, which was begun anew, or has
 * gone back. */
static gboolean
is_foreign (const BelfryRedisLane *self, const BelfryPosition *newest)
{
  return self->position.epoch != newest->epoch || self->position.offset > newest->offset;
}

gboolean
belfry_redis_lane_read (BelfryRedisLane *self,
                        const BelfryHistoryPage *page,
                        const BelfryRedisLaneSink *sink)
{
  const BelfryPosition *newest = &page->position;

  if (is_foreign (self, newest))
    {
      gboolean is_new = self->position.epoch != newest->epoch;

      sink->gap (sink->user_data);
      self->position = *newest;
      if (!is_new || newest->offset == 0)
        return finish (self, sink);
      self->position.offset = 0;
      return TRUE;
    }

  gboolean progressed = deliver_page (self, page->messages, sink);

  if (self->position.offset >= newest->offset)
    return finish (self, sink);
  if (progressed)
    return TRUE;
  sink->gap (sink->user_data);
  self->position = *newest;
  return finish (self, sink);
}

void
belfry_redis_lane_give_up (BelfryRedisLane *self, const BelfryRedisLaneSink *sink)
{
  sink->gap (sink->user_data);
  self->position = (BelfryPosition){ 0 };
  self->overflowed = FALSE;
  go_live (self, sink);
}
