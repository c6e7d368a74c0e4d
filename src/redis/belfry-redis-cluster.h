/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-member.h"

G_BEGIN_DECLS

/**
 * BelfryRedisCluster:
 *
 * The nodes of a cluster that have slots, a member each: knows which has what, sends commands and
 * subscribes there, and follows slots that move. Belongs to a net. Main thread.
 */
typedef struct _BelfryRedisCluster BelfryRedisCluster;

/**
 * BelfryRedisClusterSettings:
 *
 * What it is made with. Wheel and TLS outlive it.
 */
typedef struct
{
  BelfryRedisUrl *url;        /* (unowned) */
  const BelfryRedisTls *tls;  /* (unowned) (nullable) */
  BelfryDeadlineWheel *wheel; /* (unowned) */
  const char *client_name;    /* (unowned): copied */
  const char *instance;       /* (unowned): copied */
  const char *prefix;         /* (unowned): copied */
  gint64 probe_interval;
} BelfryRedisClusterSettings;

/* @handler: as of a member, which may be %NULL: @up: all are; @down: one is not. @due and @astray
 * are not called. */
BelfryRedisCluster *belfry_redis_cluster_new (const BelfryRedisClusterSettings *settings,
                                              const BelfryRedisMemberHandler *handler,
                                              gpointer user_data);
void belfry_redis_cluster_free (BelfryRedisCluster *self);
void belfry_redis_cluster_open (BelfryRedisCluster *self);
void belfry_redis_cluster_close (BelfryRedisCluster *self);
void belfry_redis_cluster_set_probe_interval (BelfryRedisCluster *self, gint64 interval);

/* Returns: (transfer none) (element-type BelfryRedisMember): those that have slots */
GPtrArray *belfry_redis_cluster_get_members (BelfryRedisCluster *self);
gboolean belfry_redis_cluster_is_up (const BelfryRedisCluster *self);

/* These are as of the net. */

gboolean belfry_redis_cluster_call (BelfryRedisCluster *self,
                                    const char *key,
                                    const BelfryRedisCommand *command,
                                    GError **error);
void belfry_redis_cluster_forget (BelfryRedisCluster *self, gpointer user_data);
void belfry_redis_cluster_subscribe (BelfryRedisCluster *self,
                                     BelfryRedisChannelKind kind,
                                     const char *name);
void belfry_redis_cluster_unsubscribe (BelfryRedisCluster *self,
                                       BelfryRedisChannelKind kind,
                                       const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisCluster, belfry_redis_cluster_free)

G_END_DECLS
