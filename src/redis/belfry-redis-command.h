/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-reply.h"

G_BEGIN_DECLS

/**
 * BelfryRedisCallback:
 * @reply: (nullable): what Redis answered, an error included; of a command that begins or ends
 * subscriptions, its last confirmation. %NULL if no answer came
 * @fault: %BELFRY_REDIS_FAULT_NONE if all is well
 * @error: (nullable): set, unless all is well
 *
 * How a command ended. May close the connection.
 */
typedef void (*BelfryRedisCallback) (const BelfryRedisReply *reply,
                                     BelfryRedisFault fault,
                                     const GError *error,
                                     gpointer user_data);

/**
 * BelfryRedisCommand:
 *
 * A command and who waits for its answer. Made on the stack.
 */
typedef struct
{
  const char *const *argv;      /* (unowned): the name first */
  const gsize *lengths;         /* (unowned) (nullable): of @argv; %NULL if all are texts */
  guint argc;                   /* 0: up to the %NULL at the end of @argv */
  gint64 timeout;               /* microseconds */
  BelfryRedisCallback callback; /* (unowned) (nullable) */
  gpointer user_data;           /* (unowned) (nullable) */
} BelfryRedisCommand;

/* Returns: how many arguments there are, the name included */
guint belfry_redis_command_count (const BelfryRedisCommand *self);

/**
 * belfry_redis_command_format:
 * @max: how many bytes it may take
 * @error: %BELFRY_ERROR_TOO_LARGE, before anything is allocated
 *
 * Appends to @out what stands on the wire, and leaves no copy of it behind.
 */
gboolean belfry_redis_command_format (const BelfryRedisCommand *self,
                                      GByteArray *out,
                                      gsize max,
                                      GError **error);

G_END_DECLS
