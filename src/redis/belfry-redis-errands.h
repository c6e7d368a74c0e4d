/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-member.h"

G_BEGIN_DECLS

/**
 * BelfryRedisErrandsHooks:
 * @find: (nullable): who has a slot, and is up
 * @at: (nullable): who is at an address (host and port, with a space between), and is up
 * @astray: a node said that another has a slot. @address: (nullable): where, if it said so
 *
 * What errands want to know of the cluster.
 */
typedef struct
{
  BelfryRedisMember *(*find) (guint slot, gpointer user_data);
  BelfryRedisMember *(*at) (const char *address, gpointer user_data);
  void (*astray) (const char *address, gpointer user_data);
} BelfryRedisErrandsHooks;

/**
 * BelfryRedisErrands:
 *
 * Commands on their way through a cluster: keeps a copy of each until it is answered, and sends it
 * again where a node says that another has its slot. Belongs to one thread.
 */
typedef struct _BelfryRedisErrands BelfryRedisErrands;

BelfryRedisErrands *belfry_redis_errands_new (BelfryDeadlineWheel *wheel,
                                              const BelfryRedisErrandsHooks *hooks,
                                              gpointer user_data);

/* There are none any more: members were closed, and those that wait abandoned. */
void belfry_redis_errands_free (BelfryRedisErrands *self);

/* As belfry_redis_connection_send(), to who has @slot. Those of a slot are sent in order. */
gboolean belfry_redis_errands_call (BelfryRedisErrands *self,
                                    guint slot,
                                    const BelfryRedisCommand *command,
                                    GError **error);

/* There is a new map: sends what waits for it. */
void belfry_redis_errands_resume (BelfryRedisErrands *self);

/* Those that wait are told that there is no answer; no node has begun them. */
void belfry_redis_errands_abandon (BelfryRedisErrands *self, BelfryRedisFault fault);

/* Calls no callback with this @user_data any more. */
void belfry_redis_errands_forget (BelfryRedisErrands *self, gpointer user_data);

/* Returns: whether some wait for an answer of @member */
gboolean belfry_redis_errands_are_at (const BelfryRedisErrands *self,
                                      const BelfryRedisMember *member);

/* Returns: (transfer full) (nullable): host and port, with a space between, that an error of a
 * cluster names: "MOVED 1 host:port" */
char *belfry_redis_errands_dup_address (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisErrands, belfry_redis_errands_free)

G_END_DECLS
