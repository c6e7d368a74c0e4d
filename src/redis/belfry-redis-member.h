/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-channel.h"
#include "belfry-redis-connection.h"

G_BEGIN_DECLS

/**
 * BelfryRedisMember:
 *
 * One server of a net, for as long as it is one: a connection to publish over and one that
 * subscribes. Goes in rounds: told where the server is, connecting, checking, subscribing, proving
 * that it delivers, up; and, when something goes wrong, waiting for the next round. Main thread.
 */
#define BELFRY_REDIS_TYPE_MEMBER (belfry_redis_member_get_type ())
G_DECLARE_FINAL_TYPE (BelfryRedisMember, belfry_redis_member, BELFRY_REDIS, MEMBER, GObject)

/**
 * BelfryRedisMemberHandler:
 * @due: it is time to connect: to be answered, now or later, with belfry_redis_member_connect() or
 * belfry_redis_member_fail()
 * @up: it has proved delivery
 * @down: it is not up, and why; told anew whenever something goes wrong
 * @message: as of the net; so are @subscribed and @refused
 * @astray: (nullable): another node of the cluster has what was to be subscribed to: to be answered
 * with belfry_redis_member_resume() when it is known where that is. @text: what Redis said
 *
 * Whom a member tells. Each may close and drop it.
 */
typedef struct
{
  void (*due) (BelfryRedisMember *member, gpointer user_data);
  void (*up) (BelfryRedisMember *member, gpointer user_data);
  void (*down) (BelfryRedisMember *member,
                BelfryRedisFault fault,
                const GError *error,
                gpointer user_data);
  void (*message) (BelfryRedisMember *member, const BelfryRedisPush *push, gpointer user_data);
  void (*subscribed) (BelfryRedisMember *member,
                      BelfryRedisChannelKind kind,
                      const char *name,
                      gboolean again,
                      gpointer user_data);
  void (*refused) (BelfryRedisMember *member,
                   BelfryRedisChannelKind kind,
                   const char *name,
                   BelfryRedisFault fault,
                   const GError *error,
                   gpointer user_data);
  void (*astray) (BelfryRedisMember *member, const char *text, gpointer user_data);
} BelfryRedisMemberHandler;

/**
 * BelfryRedisMemberSettings:
 *
 * What it is made with. Wheel and TLS outlive it.
 */
typedef struct
{
  const BelfryRedisTls *tls;  /* (unowned) (nullable) */
  BelfryDeadlineWheel *wheel; /* (unowned) */
  const char *client_name;    /* (unowned): copied */
  const char *probe_channel;  /* (unowned): copied */
  BelfryRedisChannelKind probe_kind;
  gint64 probe_interval;
} BelfryRedisMemberSettings;

BelfryRedisMember *belfry_redis_member_new (const BelfryRedisMemberSettings *settings,
                                            const BelfryRedisMemberHandler *handler,
                                            gpointer user_data);

/* Begins the first round, not from within this call. */
void belfry_redis_member_open (BelfryRedisMember *self);

/* Ends it for good: who waits for an answer is told so, from within this call; nobody hears
 * anything afterwards. */
void belfry_redis_member_close (BelfryRedisMember *self);

/* Where the server is in this round. */
void belfry_redis_member_connect (BelfryRedisMember *self, BelfryRedisUrl *url);

/* This round is over: there is no server, or it is another one. Takes effect at any time. */
void
belfry_redis_member_fail (BelfryRedisMember *self, BelfryRedisFault fault, const GError *error);

void belfry_redis_member_set_probe_interval (BelfryRedisMember *self, gint64 interval);
/* Takes another channel for its probes, also while it is up. */
void belfry_redis_member_set_probe_channel (BelfryRedisMember *self, const char *channel);

/* Asks again for what was astray, and is still wanted here. */
void belfry_redis_member_resume (BelfryRedisMember *self);

gboolean belfry_redis_member_is_up (BelfryRedisMember *self);

/* Returns: whether what was subscribed to still comes, also while it is not up */
gboolean belfry_redis_member_is_connected (BelfryRedisMember *self);

/* Returns: (transfer none) (nullable): where it was last sought */
BelfryRedisUrl *belfry_redis_member_get_url (BelfryRedisMember *self);

/* Returns: microseconds, -1 if there was no probe over these connections */
gint64 belfry_redis_member_get_latency (BelfryRedisMember *self);

/* Returns: when delivery was last proved; 0 if never */
gint64 belfry_redis_member_get_last_proof (BelfryRedisMember *self);

/* Returns: how often it was connected */
guint64 belfry_redis_member_get_generation (BelfryRedisMember *self);

/* As belfry_redis_connection_send(); refused unless it is up. */
gboolean belfry_redis_member_call (BelfryRedisMember *self,
                                   const BelfryRedisCommand *command,
                                   GError **error);
void belfry_redis_member_forget (BelfryRedisMember *self, gpointer user_data);
void belfry_redis_member_subscribe (BelfryRedisMember *self,
                                    BelfryRedisChannelKind kind,
                                    const char *name);
void belfry_redis_member_unsubscribe (BelfryRedisMember *self,
                                      BelfryRedisChannelKind kind,
                                      const char *name);

G_END_DECLS
