/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-redis-lane.h"
#include "belfry-topic-key.h"

G_BEGIN_DECLS

/**
 * belfry_redis_glob_new:
 * @prefix: what stands before all channels; taken as it is
 * @pattern: a pattern of topics
 *
 * Returns: (transfer full): a pattern of Redis's that matches the channels of all topics that
 * @pattern matches, and perhaps more: there a star knows no segments
 */
char *belfry_redis_glob_new (const char *prefix, const char *pattern);

/**
 * BelfryRedisWant:
 *
 * What is subscribed to, or is about to be.
 */
typedef struct
{
  guint64 serial;      /* never the same for two */
  GPtrArray *waiting;  /* (owned) (nullable) (element-type GTask): for the confirmation */
  gboolean subscribed; /* it was confirmed */
  gboolean refused;    /* Redis forbids it */
} BelfryRedisWant;

/* Waits for the confirmation, which has not come yet. */
void belfry_redis_want_wait (BelfryRedisWant *self, GTask *task);

/* It was confirmed: whoever waits is told. */
void belfry_redis_want_confirm (BelfryRedisWant *self);

/* Redis forbids it: whoever waits is told so. */
void belfry_redis_want_refuse (BelfryRedisWant *self, const GError *error);

/* It is taken back: whoever waits is told with %BELFRY_ERROR_CLOSED. */
void belfry_redis_want_end (BelfryRedisWant *self);

/* A topic by its name. */
typedef struct
{
  BelfryTopicKey key; /* of @name */
  BelfryRedisWant want;
  BelfryRedisLane *lane; /* (owned) (nullable): once it has a position */
  guint64 reading;       /* which reading of its stream is under way */
  gboolean queued;       /* waits to read its stream */
  char name[];
} BelfryRedisTopic;

/* What is subscribed to in Redis for one or more patterns. */
typedef struct
{
  char *name;          /* (owned) */
  GPtrArray *patterns; /* (owned) (element-type BelfryRedisPattern): not owned */
  gboolean subscribed;
} BelfryRedisGlob;

typedef struct
{
  BelfryRedisWant want;
  BelfryRedisGlob *glob; /* (unowned) */
  char name[];
} BelfryRedisPattern;

/**
 * BelfryRedisTopics:
 *
 * The topics and patterns that are subscribed to at the broker. Belongs to one thread.
 */
typedef struct _BelfryRedisTopics BelfryRedisTopics;

BelfryRedisTopics *belfry_redis_topics_new (const char *prefix);
void belfry_redis_topics_free (BelfryRedisTopics *self);

/* Returns: (nullable) */
BelfryRedisTopic *belfry_redis_topics_find (const BelfryRedisTopics *self,
                                            const BelfryTopicKey *key);
BelfryRedisPattern *belfry_redis_topics_find_pattern (const BelfryRedisTopics *self,
                                                      const char *pattern);
BelfryRedisGlob *belfry_redis_topics_find_glob (const BelfryRedisTopics *self, const char *name);

/* @name: a valid one, that is not there yet */
BelfryRedisTopic *belfry_redis_topics_add (BelfryRedisTopics *self, const char *name);

/* @pattern: likewise. Its glob may be there for another pattern. */
BelfryRedisPattern *belfry_redis_topics_add_pattern (BelfryRedisTopics *self, const char *pattern);

/* Ends it, and frees it. */
void belfry_redis_topics_remove (BelfryRedisTopics *self, BelfryRedisTopic *topic);

/* Returns: (transfer full) (nullable): the name of the glob, if nobody needs it any more */
char *belfry_redis_topics_remove_pattern (BelfryRedisTopics *self, BelfryRedisPattern *pattern);

/**
 * belfry_redis_topics_wants:
 * @topic: (nullable): what belfry_redis_topics_find() found for @name
 *
 * Returns: whether what is published to @name is to be delivered
 */
gboolean belfry_redis_topics_wants (const BelfryRedisTopics *self,
                                    const BelfryRedisTopic *topic,
                                    const char *name);

/**
 * belfry_redis_topics_takes_from:
 * @glob: through which the message came
 *
 * Redis gives a message once for the channel and once for each pattern that matches.
 *
 * Returns: whether of these, this is the one to be delivered
 */
gboolean belfry_redis_topics_takes_from (const BelfryRedisTopics *self,
                                         const BelfryRedisTopic *topic,
                                         const char *name,
                                         const char *glob);

/* Returns: (transfer container) (element-type BelfryRedisTopic): all, to be looked at while nothing
 * is removed */
GPtrArray *belfry_redis_topics_list (const BelfryRedisTopics *self);

/* Returns: (transfer container) (element-type BelfryRedisPattern) */
GPtrArray *belfry_redis_topics_list_patterns (const BelfryRedisTopics *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisTopics, belfry_redis_topics_free)

G_END_DECLS
