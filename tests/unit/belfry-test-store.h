/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-connection.h"
#include "belfry-redis-store.h"

#include "belfry-test-redis.h"

G_BEGIN_DECLS

/**
 * BelfryTestStore:
 *
 * A Redis, a connection that stores are given commands through, and one that subscribes. The fields
 * may be read.
 */
typedef struct
{
  BelfryTestRedis *redis;            /* (owned) */
  BelfryClock *clock;                /* (owned) */
  BelfryDeadlineWheel *wheel;        /* (owned) */
  BelfryRedisUrl *url;               /* (owned) */
  BelfryRedisConnection *publisher;  /* (owned) */
  BelfryRedisConnection *subscriber; /* (owned) */
  GQueue messages;                   /* (element-type GBytes) (owned): what was published */
  guint n_confirmed;                 /* subscriptions */
  GAsyncResult *result; /* (owned) (nullable): what belfry_test_store_keep() was given */
  gboolean lost;        /* one of the connections */
  gboolean answered;
  char *text;     /* (owned) (nullable): of the latest answer to a command */
  gint64 integer; /* likewise */
  BelfryRedisFault fault;
} BelfryTestStore;

/* Starts a Redis with these options, as belfry_test_redis_new() does, and connects. */
BelfryTestStore *belfry_test_store_new (const char *const *options);
void belfry_test_store_free (BelfryTestStore *self);

/* Returns: (transfer full): a store in this Redis; no prefix, one minute's leases */
BelfryRedisStore *belfry_test_store_open (BelfryTestStore *self, const char *instance);

/* Settings of such a store, to be changed. */
BelfryRedisStoreSettings belfry_test_store_settings (BelfryTestStore *self, const char *instance);

/* Sends a command, its words separated by spaces, and waits for the answer. */
void belfry_test_store_command (BelfryTestStore *self, const char *command);

/* Begins a subscription and waits until it is in force. */
void belfry_test_store_subscribe (BelfryTestStore *self, const char *command, const char *channel);

/* Returns: (transfer full): the next message that was published; waits for it */
GBytes *belfry_test_store_next (BelfryTestStore *self);

/* A callback for whatever a store does. */
void belfry_test_store_keep (GObject *source, GAsyncResult *result, gpointer user_data);

/* Returns: (transfer none): what it was given; waits for it */
GAsyncResult *belfry_test_store_wait (BelfryTestStore *self);

/* Publishes and waits. @size: how many the topic keeps */
BelfryPosition belfry_test_store_publish (BelfryTestStore *self,
                                          BelfryRedisStore *store,
                                          const char *topic,
                                          const char *payload,
                                          guint size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestStore, belfry_test_store_free)

G_END_DECLS
