/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"

G_BEGIN_DECLS

/**
 * BelfryRedisLetter:
 *
 * A publication on its way to Redis, with who waits for the answer.
 */
typedef struct
{
  char *topic;              /* (owned) */
  GBytes *payload;          /* (owned) */
  char *key;                /* (owned) (nullable): so that it is done once */
  GTask *task;              /* (owned) (nullable): until it is answered */
  gpointer owner;           /* (unowned): whose it is */
  BelfryTopicTraits traits; /* of the topic */
  guint64 number;           /* in the order of publishing */
  gsize cost;               /* bytes that it takes while it waits */
  BelfryMessageKind kind;
  guint outage;       /* how many there had been when it was sent */
  gboolean unsent;    /* the last attempt has not begun */
  gboolean delivered; /* on this instance, when Redis was away */
} BelfryRedisLetter;

/**
 * belfry_redis_letter_new:
 * @task: (nullable): a reference is taken
 */
BelfryRedisLetter *belfry_redis_letter_new (const BelfryPublication *publication, GTask *task);
void belfry_redis_letter_free (BelfryRedisLetter *self);

/* Whether it may be sent a second time without being done twice. */
gboolean belfry_redis_letter_is_sequenced (const BelfryRedisLetter *self);

/* Shows it as what it was made from. */
void belfry_redis_letter_peek (const BelfryRedisLetter *self, BelfryPublication *publication);

/**
 * BelfryRedisOutbox:
 *
 * Publications that wait, in their order, bounded in bytes. Belongs to one thread.
 */
typedef struct _BelfryRedisOutbox BelfryRedisOutbox;

BelfryRedisOutbox *belfry_redis_outbox_new (gsize max_bytes);

/* Frees what waits. Whoever waits for an answer must have been told. */
void belfry_redis_outbox_free (BelfryRedisOutbox *self);
void belfry_redis_outbox_set_max (BelfryRedisOutbox *self, gsize max_bytes);

/**
 * belfry_redis_outbox_number:
 *
 * Gives @letter its place behind all that were numbered before.
 */
void belfry_redis_outbox_number (BelfryRedisOutbox *self, BelfryRedisLetter *letter);
gboolean belfry_redis_outbox_has_room (const BelfryRedisOutbox *self,
                                       const BelfryRedisLetter *letter);

/**
 * belfry_redis_outbox_put:
 * @letter: (transfer full): numbered
 *
 * Puts it in its place. That there is room was asked before: what was taken out, and has to go
 * back, is not refused.
 */
void belfry_redis_outbox_put (BelfryRedisOutbox *self, BelfryRedisLetter *letter);

/* Returns: (transfer full) (nullable): the first */
BelfryRedisLetter *belfry_redis_outbox_take (BelfryRedisOutbox *self);
gsize belfry_redis_outbox_get_bytes (const BelfryRedisOutbox *self);
gboolean belfry_redis_outbox_is_empty (const BelfryRedisOutbox *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisLetter, belfry_redis_letter_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisOutbox, belfry_redis_outbox_free)

G_END_DECLS
