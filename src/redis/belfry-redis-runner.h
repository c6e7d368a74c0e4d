/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-redis-script.h"
#include "belfry-redis-store.h"

G_BEGIN_DECLS

/**
 * BelfryRedisRunner:
 *
 * Sends commands and scripts for tasks. A script is named by its digest, and sent whole if Redis
 * does not know it. Main thread.
 */
typedef struct _BelfryRedisRunner BelfryRedisRunner;

/**
 * BelfryRedisArgs:
 *
 * What a command or a script is given: any bytes.
 */
typedef GPtrArray BelfryRedisArgs; /* (element-type GBytes) */

BelfryRedisArgs *belfry_redis_args_new (void);
void belfry_redis_args_add (BelfryRedisArgs *self, GBytes *bytes);
void belfry_redis_args_take (BelfryRedisArgs *self, char *text);
void belfry_redis_args_text (BelfryRedisArgs *self, const char *text);
void belfry_redis_args_number (BelfryRedisArgs *self, gint64 number);

/**
 * BelfryRedisConvert:
 * @task: whose task data tells what was asked
 * @error: %BELFRY_ERROR_PROTOCOL if @reply is nothing that was to be expected
 *
 * Returns: (transfer full): what the task gives; %NULL with @error
 */
typedef gpointer (*BelfryRedisConvert) (GTask *task, const BelfryRedisReply *reply, GError **error);

/**
 * BelfryRedisPlan:
 *
 * What becomes of an answer.
 */
typedef struct
{
  BelfryRedisConvert convert; /* (unowned) */
  GDestroyNotify destroy;     /* (unowned): of what it gives */
} BelfryRedisPlan;

/* @faulty: (nullable): called for each such answer */
BelfryRedisRunner *belfry_redis_runner_new (BelfryRedisCall call,
                                            BelfryRedisFaulty faulty,
                                            gint64 timeout,
                                            gpointer user_data);

/* What is under way fails, later, with %BELFRY_ERROR_CLOSED. */
void belfry_redis_runner_free (BelfryRedisRunner *self);

/**
 * belfry_redis_runner_run:
 * @keys: (transfer full): at least one
 * @args: (transfer full)
 * @task: (transfer full)
 * @plan: static
 */
void belfry_redis_runner_run (BelfryRedisRunner *self,
                              BelfryRedisScript script,
                              BelfryRedisArgs *keys,
                              BelfryRedisArgs *args,
                              GTask *task,
                              const BelfryRedisPlan *plan);

/* As above, for a command: the name first. @key: where it is to go */
void belfry_redis_runner_send (BelfryRedisRunner *self,
                               const char *key,
                               BelfryRedisArgs *args,
                               GTask *task,
                               const BelfryRedisPlan *plan);

/* Sends whole scripts again, until they are answered. */
void belfry_redis_runner_forget_scripts (BelfryRedisRunner *self);

G_END_DECLS
