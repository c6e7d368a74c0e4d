/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"

G_BEGIN_DECLS

/**
 * BelfryRedisLane:
 *
 * The messages of a sequenced topic, in order and once each: what comes over the channel, which may
 * lose some, and what is read from the stream, which has them all. Belongs to one thread.
 */
typedef struct _BelfryRedisLane BelfryRedisLane;

/**
 * BelfryRedisLaneSink:
 * @message: it is its turn
 * @gap: what comes next is not what follows what was before
 *
 * Where a lane gives what it has put in order. Must not use the lane.
 */
typedef struct
{
  void (*message) (BelfryMessage *message, gpointer user_data);
  void (*gap) (gpointer user_data);
  gpointer user_data; /* (unowned) */
} BelfryRedisLaneSink;

BelfryRedisLane *belfry_redis_lane_new (void);
void belfry_redis_lane_free (BelfryRedisLane *self);

/**
 * belfry_redis_lane_set_start:
 *
 * Says where the topic was when the first subscriber came, unless messages have come already. What
 * is missing from there on will be asked for.
 */
void belfry_redis_lane_set_start (BelfryRedisLane *self, const BelfryPosition *position);

/**
 * belfry_redis_lane_take:
 * @message: with a position; came over the channel
 *
 * Returns: whether something is missing before it, so that the stream has to be read; said once.
 * Until that is done, messages are kept back
 */
gboolean belfry_redis_lane_take (BelfryRedisLane *self,
                                 BelfryMessage *message,
                                 const BelfryRedisLaneSink *sink);

/**
 * belfry_redis_lane_begin:
 *
 * From now on messages are kept back, since some did not come over the channel.
 *
 * Returns: whether there is a position from which the stream can be read; there is nothing to do
 * otherwise
 */
gboolean belfry_redis_lane_begin (BelfryRedisLane *self);
gboolean belfry_redis_lane_is_reading (const BelfryRedisLane *self);

/* Returns: (transfer none): behind which the stream is to be read */
const BelfryPosition *belfry_redis_lane_get_position (const BelfryRedisLane *self);

/**
 * belfry_redis_lane_read:
 * @page: what the stream has behind belfry_redis_lane_get_position()
 *
 * Returns: whether there is more to read; if not, the lane is live again
 */
gboolean belfry_redis_lane_read (BelfryRedisLane *self,
                                 const BelfryHistoryPage *page,
                                 const BelfryRedisLaneSink *sink);

/* The stream cannot be read: there is a gap, and the lane is live again. */
void belfry_redis_lane_give_up (BelfryRedisLane *self, const BelfryRedisLaneSink *sink);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisLane, belfry_redis_lane_free)

G_END_DECLS
