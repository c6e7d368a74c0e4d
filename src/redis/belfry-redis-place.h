/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-connection.h"

G_BEGIN_DECLS

/**
 * BelfryRedisPlace:
 *
 * Which server is meant, by those who know: asks Sentinels for the primary, one after the other,
 * and listens to one of them for news of another. Main thread.
 */
typedef struct _BelfryRedisPlace BelfryRedisPlace;

/**
 * BelfryRedisPlaceHandler:
 * @found: the answer
 * @failed: no Sentinel had one; why the last had none
 * @moved: another server is the primary from now on: to be asked for
 *
 * Whom a place tells; not from within a call of ours. Each may free it.
 */
typedef struct
{
  void (*found) (BelfryRedisPlace *place, BelfryRedisUrl *url, gpointer user_data);
  void (*failed) (BelfryRedisPlace *place,
                  BelfryRedisFault fault,
                  const GError *error,
                  gpointer user_data);
  void (*moved) (BelfryRedisPlace *place, gpointer user_data);
} BelfryRedisPlaceHandler;

/* @url: of Sentinels. @tls: (nullable): outlives it, as @wheel does */
BelfryRedisPlace *belfry_redis_place_new (BelfryRedisUrl *url,
                                          const BelfryRedisTls *tls,
                                          BelfryDeadlineWheel *wheel,
                                          const char *client_name,
                                          const BelfryRedisPlaceHandler *handler,
                                          gpointer user_data);
void belfry_redis_place_free (BelfryRedisPlace *self);

/* Asks anew; an older question is forgotten. */
void belfry_redis_place_ask (BelfryRedisPlace *self);

/* Asks and listens no more. */
void belfry_redis_place_close (BelfryRedisPlace *self);

G_END_DECLS
