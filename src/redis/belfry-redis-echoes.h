/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryRedisEchoes:
 *
 * What was delivered here while Redis was away, and was then sent to it: it will come back, and is
 * not to be delivered again. Belongs to one thread.
 */
typedef struct _BelfryRedisEchoes BelfryRedisEchoes;

BelfryRedisEchoes *belfry_redis_echoes_new (void);
void belfry_redis_echoes_free (BelfryRedisEchoes *self);

/* It was sent. Echoes of a topic come in the order in which they were sent. */
void belfry_redis_echoes_expect (BelfryRedisEchoes *self, const char *topic, GBytes *payload);

/* It was not published after all. */
void belfry_redis_echoes_forget (BelfryRedisEchoes *self, const char *topic, GBytes *payload);

/**
 * belfry_redis_echoes_take:
 *
 * Returns: whether this is the next one that the topic expects. Who published the same bytes at
 * that time does not matter: one of the two is delivered, and nobody can tell which
 */
gboolean belfry_redis_echoes_take (BelfryRedisEchoes *self, const char *topic, GBytes *payload);

/* What did not come back by now never will. */
void belfry_redis_echoes_clear (BelfryRedisEchoes *self);
gboolean belfry_redis_echoes_is_empty (const BelfryRedisEchoes *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisEchoes, belfry_redis_echoes_free)

G_END_DECLS
