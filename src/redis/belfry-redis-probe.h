/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-channel.h"
#include "belfry-redis-connection.h"

G_BEGIN_DECLS

/**
 * BelfryRedisProbeDone:
 * @fault: %BELFRY_REDIS_FAULT_NONE if delivery is proved
 *
 * How a probe ended. May do anything to it.
 */
typedef void (*BelfryRedisProbeDone) (BelfryRedisFault fault,
                                      const GError *error,
                                      gpointer user_data);

/**
 * BelfryRedisProbe:
 *
 * Proof that a server does its work: it says that it is a primary, it takes a write, and a number
 * that is published comes back through the subscription. Embedded in what it belongs to; its
 * fields are its own.
 */
typedef struct
{
  /*< private >*/
  BelfryDeadlineWheel *wheel;        /* (unowned) */
  BelfryRedisConnection *connection; /* (unowned) (nullable): while it runs */
  BelfryRedisProbeDone done;         /* (unowned) */
  gpointer user_data;                /* (unowned) */
  char *channel;                     /* (owned) */
  const char *verb;                  /* (unowned): what publishes on it */
  BelfryDeadline deadline;
  gint64 timeout;
  gint64 started;
  gint64 latency;
  guint64 number;
  guint64 n_heard;      /* what came through the subscription in all */
  guint64 n_heard_then; /* when the deadline was set */
  guint n_waiting;
  guint n_extensions;
  gboolean returned;
  gboolean graced;
} BelfryRedisProbe;

/* @channel: on which its numbers go; also the key that it writes. @kind: how it is subscribed to */
void belfry_redis_probe_init (BelfryRedisProbe *self,
                              BelfryDeadlineWheel *wheel,
                              BelfryRedisChannelKind kind,
                              const char *channel,
                              BelfryRedisProbeDone done,
                              gpointer user_data);
void belfry_redis_probe_clear (BelfryRedisProbe *self);

/* Takes another channel, of the same kind. One that runs is cancelled. */
void belfry_redis_probe_set_channel (BelfryRedisProbe *self, const char *channel);
const char *belfry_redis_probe_get_channel (const BelfryRedisProbe *self);

/**
 * belfry_redis_probe_start:
 * @connection: to publish over; the channel is subscribed to over another one
 *
 * Begins one, unless one runs. How it ends is told, not from within this call, unless it is
 * cancelled.
 */
void belfry_redis_probe_start (BelfryRedisProbe *self,
                               BelfryRedisConnection *connection,
                               gint64 timeout);
gboolean belfry_redis_probe_is_running (const BelfryRedisProbe *self);

/**
 * belfry_redis_probe_take:
 *
 * To be given all that comes through the subscription.
 *
 * Returns: whether it was a number of ours
 */
gboolean belfry_redis_probe_take (BelfryRedisProbe *self, const BelfryRedisPush *push);

/* To be called before its connection is closed or dropped. */
void belfry_redis_probe_cancel (BelfryRedisProbe *self);

/* Returns: microseconds from publishing to hearing, of the last one that succeeded; -1 if none */
gint64 belfry_redis_probe_get_latency (const BelfryRedisProbe *self);

/* Returns: a fault unless @reply, to the command ROLE, is a primary's. An access list that does not
 * allow to ask is none. */
BelfryRedisFault belfry_redis_probe_check_role (const BelfryRedisReply *reply,
                                                BelfryRedisFault fault);

G_END_DECLS
