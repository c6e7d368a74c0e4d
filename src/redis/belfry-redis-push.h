/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-reply.h"

G_BEGIN_DECLS

/* What Redis says unasked on a connection that subscribes. */
typedef enum
{
  BELFRY_REDIS_PUSH_MESSAGE,
  BELFRY_REDIS_PUSH_PMESSAGE,
  BELFRY_REDIS_PUSH_SMESSAGE,
  BELFRY_REDIS_PUSH_SUBSCRIBE,
  BELFRY_REDIS_PUSH_PSUBSCRIBE,
  BELFRY_REDIS_PUSH_SSUBSCRIBE,
  BELFRY_REDIS_PUSH_UNSUBSCRIBE,
  BELFRY_REDIS_PUSH_PUNSUBSCRIBE,
  BELFRY_REDIS_PUSH_SUNSUBSCRIBE,
  BELFRY_REDIS_N_PUSHES,
} BelfryRedisPushKind;

/**
 * BelfryRedisPush:
 *
 * A message, or the confirmation of a command that begins or ends subscriptions. Lives as long as
 * its reply.
 */
typedef struct
{
  BelfryRedisPushKind kind;
  GBytes *channel; /* (unowned): or pattern, if that is what was subscribed to */
  GBytes *pattern; /* (unowned) (nullable): through which a message came */
  GBytes *payload; /* (unowned) (nullable): of a message */
} BelfryRedisPush;

typedef enum
{
  BELFRY_REDIS_PUSH_NONE, /* something else */
  BELFRY_REDIS_PUSH_READ,
  BELFRY_REDIS_PUSH_BROKEN, /* begins like one, and goes on differently */
} BelfryRedisPushResult;

/* Reads @reply as a push; @push is set with %BELFRY_REDIS_PUSH_READ. */
BelfryRedisPushResult belfry_redis_push_read (const BelfryRedisReply *reply, BelfryRedisPush *push);

/**
 * belfry_redis_push_confirms:
 * @command: the name of a command, in any case
 * @kind: (out): what each of its arguments is confirmed with
 *
 * Returns: whether it is answered by pushes, one for each argument
 */
gboolean belfry_redis_push_confirms (const char *command, BelfryRedisPushKind *kind);

/* Returns: whether @kind carries a payload */
gboolean belfry_redis_push_is_message (BelfryRedisPushKind kind);

G_END_DECLS
