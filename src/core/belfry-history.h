/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"

G_BEGIN_DECLS

/**
 * BelfryHistoryLimits:
 *
 * What bounds the history of a topic.
 */
typedef struct
{
  guint max_messages;
  gsize max_bytes; /* 0: no limit */
  gint64 ttl;      /* microseconds that a message is kept */
} BelfryHistoryLimits;

/**
 * BelfryHistory:
 *
 * The newest messages of one topic, numbered without a hole, and the position of the newest that
 * there ever was. Embedded in what keeps it. The fields are private.
 */
typedef struct
{
  BelfryPosition position;
  BelfryMessage **ring; /* (array length=size) (owned) (nullable) */
  guint size;           /* a power of two, or zero */
  guint head;
  guint n;
  gsize bytes;
} BelfryHistory;

/**
 * belfry_history_init:
 * @epoch: of this counting; not 0
 */
void belfry_history_init (BelfryHistory *self, guint64 epoch);

/* As one that has lost all its messages up to @position. */
void belfry_history_init_at (BelfryHistory *self, const BelfryPosition *position);
void belfry_history_clear (BelfryHistory *self);

/* Of the newest message; offset 0 if there was none. */
BelfryPosition belfry_history_get_position (const BelfryHistory *self);
guint belfry_history_get_n_messages (const BelfryHistory *self);

/* What the messages that are kept count for. */
gsize belfry_history_get_bytes (const BelfryHistory *self);

/* Returns: (transfer none): one of those that are kept, the oldest first */
BelfryMessage *belfry_history_get_message (const BelfryHistory *self, guint index);

/**
 * belfry_history_append:
 * @message: (transfer none): with the position that follows the history's own
 */
void belfry_history_append (BelfryHistory *self, BelfryMessage *message);

/**
 * belfry_history_trim:
 * @now: of the clock that messages' arrival is told by
 *
 * Drops what is beyond the limits, oldest first.
 */
void belfry_history_trim (BelfryHistory *self, const BelfryHistoryLimits *limits, gint64 now);

/**
 * belfry_history_drop_oldest:
 *
 * Returns: whether there was one
 */
gboolean belfry_history_drop_oldest (BelfryHistory *self);

/**
 * belfry_history_read:
 *
 * Returns: (transfer full): what belfry_broker_history_async() promises
 */
BelfryHistoryPage *
belfry_history_read (const BelfryHistory *self, const BelfryPosition *since, guint limit);

G_END_DECLS
