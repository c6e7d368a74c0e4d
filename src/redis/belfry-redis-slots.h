/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-reply.h"
#include "belfry-redis-slot.h"

G_BEGIN_DECLS

/**
 * BelfryRedisSlots:
 *
 * Which node of a cluster has which slots, as one of them has told it. Immutable; any thread.
 */
typedef struct _BelfryRedisSlots BelfryRedisSlots;

/* More than a cluster can have. */
#define BELFRY_REDIS_SLOTS_MAX_NODES 4096

/**
 * belfry_redis_slots_read:
 * @reply: to CLUSTER SLOTS
 * @asked: the host of the node that was asked: its own host it may leave out
 * @error: %BELFRY_ERROR_PROTOCOL if it is no such reply; %BELFRY_ERROR_UNAVAILABLE if some slots
 * have no node
 *
 * Returns: (transfer full): what it says
 */
BelfryRedisSlots *
belfry_redis_slots_read (const BelfryRedisReply *reply, const char *asked, GError **error);
void belfry_redis_slots_free (BelfryRedisSlots *self);

/* Returns: how many nodes there are, replicas among them */
guint belfry_redis_slots_get_n_nodes (const BelfryRedisSlots *self);
const char *belfry_redis_slots_get_host (const BelfryRedisSlots *self, guint node);
const char *belfry_redis_slots_get_port (const BelfryRedisSlots *self, guint node);

/* Returns: (transfer none): host and port, with a space between: what a node is known by */
const char *belfry_redis_slots_get_address (const BelfryRedisSlots *self, guint node);

/* Returns: the node that has @slot */
guint belfry_redis_slots_find (const BelfryRedisSlots *self, guint slot);

/* Returns: the lowest slot that @node has, -1 if it has none */
int belfry_redis_slots_get_first (const BelfryRedisSlots *self, guint node);

/* Returns: how many slots another node has in @self than in @other */
guint belfry_redis_slots_count_moved (const BelfryRedisSlots *self, const BelfryRedisSlots *other);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisSlots, belfry_redis_slots_free)

G_END_DECLS
