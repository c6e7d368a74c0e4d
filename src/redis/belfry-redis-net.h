/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-channel.h"
#include "belfry-redis-connection.h"

G_BEGIN_DECLS

/**
 * BelfryRedisNet:
 *
 * The Redis there is, whatever it consists of: one server, the primary that Sentinels name, or a
 * cluster. Keeps a publishing and a subscribing connection to each server it needs, connects again
 * with backoff, subscribes again, and proves that what is published comes back. Main thread.
 */
#define BELFRY_REDIS_TYPE_NET (belfry_redis_net_get_type ())
G_DECLARE_FINAL_TYPE (BelfryRedisNet, belfry_redis_net, BELFRY_REDIS, NET, GObject)

/**
 * BelfryRedisNetHandler:
 * @up: all servers are connected and have proved delivery; told again after each @down
 * @down: some server is not: what and why; told once until the next @up
 * @message: something was published: lives as long as the call
 * @subscribed: a subscription is in force. @again: it was before, and its connection was lost, so
 * that messages in between did not come; told for each subscription, in batches, as they are
 * confirmed. A message that came over the new connection is told later than this
 * @refused: (nullable): Redis forbids a subscription, which is not wanted any more
 *
 * None is called from within a call of ours, and none after belfry_redis_net_close().
 */
typedef struct
{
  void (*up) (BelfryRedisNet *net, gpointer user_data);
  void (*down) (BelfryRedisNet *net,
                BelfryRedisFault fault,
                const GError *error,
                gpointer user_data);
  void (*message) (BelfryRedisNet *net, const BelfryRedisPush *push, gpointer user_data);
  void (*subscribed) (BelfryRedisNet *net,
                      BelfryRedisChannelKind kind,
                      const char *name,
                      gboolean again,
                      gpointer user_data);
  void (*refused) (BelfryRedisNet *net,
                   BelfryRedisChannelKind kind,
                   const char *name,
                   BelfryRedisFault fault,
                   const GError *error,
                   gpointer user_data);
} BelfryRedisNetHandler;

/**
 * BelfryRedisNetSettings:
 *
 * What it is made with, and what a reload changes.
 */
typedef struct
{
  BelfryRedisUrl *url;        /* (unowned) */
  const BelfryRedisTls *tls;  /* (unowned) (nullable): copied */
  BelfryDeadlineWheel *wheel; /* (unowned): outlives it */
  const char *instance;       /* (unowned): this instance's id: letters and digits */
  const char *prefix;         /* (unowned): before the names of its own channels; may be empty */
  gint64 probe_interval;      /* microseconds between proofs of delivery */
} BelfryRedisNetSettings;

BelfryRedisNet *belfry_redis_net_new (const BelfryRedisNetSettings *settings,
                                      const BelfryRedisNetHandler *handler,
                                      gpointer user_data);

/* Begins to connect, and never gives up. */
void belfry_redis_net_open (BelfryRedisNet *self);

/* Ends everything at once: who waits for an answer is told so, from within this call. */
void belfry_redis_net_close (BelfryRedisNet *self);

/* Takes another interval, prefix unchanged, in force. */
void belfry_redis_net_set_probe_interval (BelfryRedisNet *self, gint64 interval);

gboolean belfry_redis_net_is_up (BelfryRedisNet *self);

/* Returns: whether it is a cluster, where keys that are used together want the same slot, and
 * channels are sharded */
gboolean belfry_redis_net_is_cluster (BelfryRedisNet *self);

/* Returns: microseconds that the last probe took, -1 if there was none on these connections */
gint64 belfry_redis_net_get_latency (BelfryRedisNet *self);

/* Returns: when delivery was last proved, by the clock; 0 if never */
gint64 belfry_redis_net_get_last_proof (BelfryRedisNet *self);

/* Returns: how often there was a new connection to servers that are in use */
guint64 belfry_redis_net_get_generation (BelfryRedisNet *self);

/* Returns: (transfer none): which Redis it is, without secrets, and what is wrong with it if
 * something is; for administrators */
const char *belfry_redis_net_describe (BelfryRedisNet *self);

/**
 * belfry_redis_net_call:
 * @key: (nullable): which server is meant: that of this key's slot (the first key of @command), or
 * of this sharded channel; %NULL for any one
 * @error: %BELFRY_ERROR_UNAVAILABLE, %BELFRY_ERROR_TOO_LARGE or %BELFRY_ERROR_LIMIT_REACHED
 *
 * Sends a command over a publishing connection; as belfry_redis_connection_send(), and follows what
 * a cluster answers of other servers: such a command is kept, and sent again, for at most ten
 * seconds. Commands of the same key are sent in order. Refused unless it is up.
 */
gboolean belfry_redis_net_call (BelfryRedisNet *self,
                                const char *key,
                                const BelfryRedisCommand *command,
                                GError **error);

/* Calls no callback with this @user_data any more. */
void belfry_redis_net_forget (BelfryRedisNet *self, gpointer user_data);

/* Wants it until it is taken back; again and again after lost connections. Also while down. What is
 * wanted already stays so, and is not told anew. @name: at most %BELFRY_REDIS_CHANNEL_MAX bytes */
void
belfry_redis_net_subscribe (BelfryRedisNet *self, BelfryRedisChannelKind kind, const char *name);
void
belfry_redis_net_unsubscribe (BelfryRedisNet *self, BelfryRedisChannelKind kind, const char *name);

G_END_DECLS
