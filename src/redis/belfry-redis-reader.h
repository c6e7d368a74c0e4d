/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-reply.h"

G_BEGIN_DECLS

/**
 * BelfryRedisReader:
 *
 * Bytes in, replies out. Belongs to one thread.
 */
typedef struct _BelfryRedisReader BelfryRedisReader;

/**
 * BelfryRedisLimits:
 *
 * What one reply may have at the most.
 */
typedef struct
{
  gsize bytes;    /* of content, or of a value that is not complete yet */
  guint elements; /* of all its arrays together */
  guint depth;    /* arrays in arrays; hiredis itself reads no more than 7 */
} BelfryRedisLimits;

/* A page of history fits in, with the largest messages. */
#define BELFRY_REDIS_LIMITS_DEFAULT                                                                \
  {                                                                                                \
    64 * 1024 * 1024, 128 * 1024, 6                                                                \
  }

BelfryRedisReader *belfry_redis_reader_new (const BelfryRedisLimits *limits);
void belfry_redis_reader_free (BelfryRedisReader *self);

/**
 * belfry_redis_reader_feed:
 * @bytes: what came; copied
 *
 * To be followed by belfry_redis_reader_next() until there is no reply any more.
 */
void belfry_redis_reader_feed (BelfryRedisReader *self, const guint8 *bytes, gsize length);

/**
 * belfry_redis_reader_next:
 * @reply: (out) (transfer full) (nullable): the next reply, %NULL if it is not complete yet
 * @error: %BELFRY_ERROR_PROTOCOL if it breaks the rules or a limit; from then on always
 */
gboolean
belfry_redis_reader_next (BelfryRedisReader *self, BelfryRedisReply **reply, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisReader, belfry_redis_reader_free)

G_END_DECLS
