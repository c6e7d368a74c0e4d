/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-connection.h"
#include "belfry-redis-slots.h"

G_BEGIN_DECLS

/**
 * BelfryRedisSurvey:
 *
 * Finds out which node of a cluster has which slots: asks one node after the other, those that were
 * told last before those that the URL names, over a connection of its own. Main thread.
 */
typedef struct _BelfryRedisSurvey BelfryRedisSurvey;

/**
 * BelfryRedisSurveyHandler:
 * @found: an answer, which stays until the next one; what the one before it was, %NULL at first
 * @failed: no node had one; why the last had none
 *
 * Whom a survey tells; not from within a call of ours. Each may close it.
 */
typedef struct
{
  void (*found) (const BelfryRedisSlots *slots, const BelfryRedisSlots *before, gpointer user_data);
  void (*failed) (BelfryRedisFault fault, const GError *error, gpointer user_data);
} BelfryRedisSurveyHandler;

/* @url: of a cluster. @tls: (nullable): outlives it, as @wheel does */
BelfryRedisSurvey *belfry_redis_survey_new (BelfryRedisUrl *url,
                                            const BelfryRedisTls *tls,
                                            BelfryDeadlineWheel *wheel,
                                            const char *client_name,
                                            const BelfryRedisSurveyHandler *handler,
                                            gpointer user_data);
void belfry_redis_survey_free (BelfryRedisSurvey *self);

/* Asks soon, not from within this call; if it asks already, once more afterwards. @address:
 * (nullable): who is said to know best: host and port, with a space between */
void belfry_redis_survey_ask (BelfryRedisSurvey *self, const char *address);

/* Returns: (transfer none) (nullable): the latest answer */
const BelfryRedisSlots *belfry_redis_survey_get_slots (const BelfryRedisSurvey *self);

/* Asks no more. */
void belfry_redis_survey_close (BelfryRedisSurvey *self);

G_END_DECLS
