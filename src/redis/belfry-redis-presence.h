/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-deadline-wheel.h"
#include "belfry-redis-store.h"

G_BEGIN_DECLS

/**
 * BelfryRedisPresence:
 *
 * Who is there on this instance, and the work of telling it to Redis: at each change, again and
 * again before the lease runs out, and after Redis was away. Main thread.
 */
typedef struct _BelfryRedisPresence BelfryRedisPresence;

/**
 * belfry_redis_presence_new:
 * @store: (transfer none): lives until belfry_redis_presence_close()
 * @wheel: (transfer none): outlives it
 * @lease: microseconds that Redis believes what it was told
 */
BelfryRedisPresence *
belfry_redis_presence_new (BelfryRedisStore *store, BelfryDeadlineWheel *wheel, gint64 lease);

/* Frees it; what is under way goes on without it. */
void belfry_redis_presence_close (BelfryRedisPresence *self);

/* Whether Redis is there; when it comes back, it is told everything. */
void belfry_redis_presence_set_up (BelfryRedisPresence *self, gboolean up);

void belfry_redis_presence_add (BelfryRedisPresence *self,
                                const char *topic,
                                const char *user,
                                const char *info);

/* Does nothing if the user is not there. */
void belfry_redis_presence_remove (BelfryRedisPresence *self, const char *topic, const char *user);

/**
 * belfry_redis_presence_watch:
 * @topic: that somebody here looks on at, and where there may be users of other instances
 *
 * As long as there are any, those of instances that died are taken away: nobody else may be left to
 * do it.
 */
void belfry_redis_presence_watch (BelfryRedisPresence *self, const char *topic);

/* Nobody looks on any more. */
void belfry_redis_presence_unwatch (BelfryRedisPresence *self, const char *topic);

/* Returns: users in topics, those among them that have left and of whom Redis is not told yet */
guint belfry_redis_presence_get_size (const BelfryRedisPresence *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisPresence, belfry_redis_presence_close)

G_END_DECLS
