/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-runner.h"
#include "belfry-redis-store.h"

G_BEGIN_DECLS

struct _BelfryRedisStore
{
  BelfryRedisRunner *runner; /* (owned) */
  char *prefix;              /* (owned) */
  char *instance;            /* (owned) */
  char *channel;             /* (owned) (nullable): the shared one, with the prefix */
  gboolean sharded;
  gint64 presence_lease;
};

/* Returns: (transfer full): a task for which what was done is told in any case */
GTask *belfry_redis_store_new_task (gpointer tag,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

/* Adds the name of a key of a topic. @detail: (nullable) */
void belfry_redis_store_add_key (const BelfryRedisStore *self,
                                 BelfryRedisArgs *keys,
                                 const char *kind,
                                 const char *topic,
                                 const char *detail);

/* Adds what publishes, and where. */
void belfry_redis_store_add_channel (const BelfryRedisStore *self,
                                     BelfryRedisArgs *args,
                                     const char *channel);

/* Returns: %NULL, with @error set: Redis gave another answer than such a script gives */
gpointer belfry_redis_store_fail (GError **error);

G_END_DECLS
