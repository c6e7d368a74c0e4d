/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-position.h"
#include "belfry-state.h"

G_BEGIN_DECLS

/**
 * BelfryIdempotency:
 *
 * The keys of publications of the last minutes, and where each went, so that a publisher who is not
 * sure may simply try again. Belongs to one thread.
 */
typedef struct _BelfryIdempotency BelfryIdempotency;

/**
 * belfry_idempotency_new:
 * @capacity: how many keys are remembered at most; beyond it the oldest is forgotten
 * @retention: microseconds that one is remembered
 */
BelfryIdempotency *belfry_idempotency_new (guint capacity, gint64 retention);
void belfry_idempotency_free (BelfryIdempotency *self);

/**
 * belfry_idempotency_claim:
 * @topic: whose key it is: other topics may have the same
 * @key: any text, of any length
 * @now: microseconds of a clock that does not go back
 * @position: (out) (transfer none): where the position of what is published with the key stands, or
 * is to be put if the key is new; until the next call
 *
 * Returns: whether the key is new; it is not any more then
 */
gboolean belfry_idempotency_claim (BelfryIdempotency *self,
                                   const char *topic,
                                   const char *key,
                                   gint64 now,
                                   BelfryPosition **position);

/* For another that goes on with the same clock. */
void belfry_idempotency_save (const BelfryIdempotency *self, BelfryStateWriter *writer);

/* @reader: untrusted. Returns: whether that was good */
gboolean belfry_idempotency_restore (BelfryIdempotency *self, BelfryStateReader *reader);
guint belfry_idempotency_get_size (const BelfryIdempotency *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryIdempotency, belfry_idempotency_free)

G_END_DECLS
