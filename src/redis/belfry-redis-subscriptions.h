/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-channel.h"
#include "belfry-redis-push.h"

G_BEGIN_DECLS

/**
 * BelfryRedisSubscriptions:
 *
 * What is wanted from one subscribing connection, and what of it is in force: says what to send
 * next, and what a confirmation means. Sends nothing itself. For a name there is never more than
 * one command under way, so that no confirmation can be taken for another. Belongs to one thread.
 */
typedef struct _BelfryRedisSubscriptions BelfryRedisSubscriptions;

/**
 * BelfryRedisBatch:
 *
 * One command: a subscription to, or the end of it for, names of one kind; of shards, of one slot.
 */
typedef struct
{
  BelfryRedisChannelKind kind;
  gboolean begin;   /* subscribe */
  GPtrArray *names; /* (element-type utf8) (owned): names are the table's */
} BelfryRedisBatch;

BelfryRedisSubscriptions *belfry_redis_subscriptions_new (void);
void belfry_redis_subscriptions_free (BelfryRedisSubscriptions *self);

/* Returns: whether it was not wanted before */
gboolean belfry_redis_subscriptions_want (BelfryRedisSubscriptions *self,
                                          BelfryRedisChannelKind kind,
                                          const char *name);
void belfry_redis_subscriptions_unwant (BelfryRedisSubscriptions *self,
                                        BelfryRedisChannelKind kind,
                                        const char *name);

/* The connection is gone: all that is wanted has to be asked for again, in any order. */
void belfry_redis_subscriptions_lose (BelfryRedisSubscriptions *self);

/**
 * belfry_redis_subscriptions_next:
 * @max: names at the most
 *
 * Returns: (transfer full) (nullable): what to send next; counts as sent from now on. What was
 * wanted first is sent first
 */
BelfryRedisBatch *belfry_redis_subscriptions_next (BelfryRedisSubscriptions *self, guint max);
void belfry_redis_batch_free (BelfryRedisBatch *self);

/* Returns: (transfer none): the name of the command */
const char *belfry_redis_batch_get_command (const BelfryRedisBatch *self);

/**
 * belfry_redis_subscriptions_confirm:
 * @push: a confirmation
 * @again: (out): it was in force before, and was lost meanwhile
 *
 * Returns: (transfer none) (nullable): the name of a subscription that is in force from now on
 */
const char *belfry_redis_subscriptions_confirm (BelfryRedisSubscriptions *self,
                                                const BelfryRedisPush *push,
                                                BelfryRedisChannelKind *kind,
                                                gboolean *again);

/**
 * belfry_redis_subscriptions_refuse:
 *
 * Redis has refused a command for one of its names. Of a batch that has several, each will be asked
 * for alone, before anything else.
 *
 * Returns: (transfer full) (nullable): the name that is to blame, if there was only one and it is
 * still wanted: it is so no longer
 */
char *belfry_redis_subscriptions_refuse (BelfryRedisSubscriptions *self,
                                         const BelfryRedisBatch *batch);

/* The command was for another node: its names are not in force, and are asked for again when they
 * are resumed. */
void belfry_redis_subscriptions_postpone (BelfryRedisSubscriptions *self,
                                          const BelfryRedisBatch *batch);
void belfry_redis_subscriptions_resume (BelfryRedisSubscriptions *self);

/* Returns: names that were sent, and are not confirmed yet */
guint belfry_redis_subscriptions_get_n_open (const BelfryRedisSubscriptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisSubscriptions, belfry_redis_subscriptions_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisBatch, belfry_redis_batch_free)

G_END_DECLS
