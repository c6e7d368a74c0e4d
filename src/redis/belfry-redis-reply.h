/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-fault.h"

G_BEGIN_DECLS

/**
 * BelfryRedisReply:
 *
 * One reply of Redis, of RESP2: a tree of values. Immutable once it is read; belongs to one thread.
 */
typedef struct _BelfryRedisReply BelfryRedisReply;

typedef enum
{
  BELFRY_REDIS_REPLY_NIL,
  BELFRY_REDIS_REPLY_INTEGER,
  BELFRY_REDIS_REPLY_STRING,
  BELFRY_REDIS_REPLY_STATUS,
  BELFRY_REDIS_REPLY_ERROR,
  BELFRY_REDIS_REPLY_ARRAY,
} BelfryRedisReplyKind;

BelfryRedisReplyKind belfry_redis_reply_get_kind (const BelfryRedisReply *self);

/* Returns: 0 for all but an integer */
gint64 belfry_redis_reply_get_integer (const BelfryRedisReply *self);

/**
 * belfry_redis_reply_get_bytes:
 *
 * Returns: (transfer none) (nullable): what a string, status or error says; may be kept with a
 * reference of its own. %NULL for other kinds
 */
GBytes *belfry_redis_reply_get_bytes (const BelfryRedisReply *self);

/**
 * belfry_redis_reply_get_text:
 *
 * Returns: (transfer none) (nullable): belfry_redis_reply_get_bytes() as text of whatever encoding;
 * %NULL if there is a NUL in it
 */
const char *belfry_redis_reply_get_text (const BelfryRedisReply *self);

/* Returns: 0 for all but an array */
guint belfry_redis_reply_get_n_elements (const BelfryRedisReply *self);

/* Returns: (transfer none) (nullable): %NULL beyond the end */
const BelfryRedisReply *belfry_redis_reply_get_element (const BelfryRedisReply *self, guint index);

/* Returns: the kind of an error; %BELFRY_REDIS_FAULT_NONE if it is none */
BelfryRedisFault belfry_redis_reply_get_fault (const BelfryRedisReply *self);

/* For the reader: how a reply comes to be. */

BelfryRedisReply *belfry_redis_reply_new_nil (void);
BelfryRedisReply *belfry_redis_reply_new_integer (gint64 integer);
BelfryRedisReply *
belfry_redis_reply_new_bytes (BelfryRedisReplyKind kind, const char *bytes, gsize length);
BelfryRedisReply *belfry_redis_reply_new_array (guint n_elements);
void
belfry_redis_reply_set_element (BelfryRedisReply *self, guint index, BelfryRedisReply *element);

/* Frees the elements of elements, too: the reader bounds how deep they go. */
void belfry_redis_reply_free (BelfryRedisReply *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisReply, belfry_redis_reply_free)

G_END_DECLS
