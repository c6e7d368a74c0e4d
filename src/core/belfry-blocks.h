/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-clock.h"
#include "belfry-state.h"

G_BEGIN_DECLS

/* Far more than an administrator blocks by hand, and a few megabytes. */
#define BELFRY_BLOCKS_MAX 65536

/**
 * BelfryBlocks:
 *
 * Names that are kept out, each until a time of its own: blocked users, revoked tokens. Belongs to
 * one thread.
 */
typedef struct _BelfryBlocks BelfryBlocks;

/**
 * belfry_blocks_new:
 * @max: how many there may be at a time
 */
BelfryBlocks *belfry_blocks_new (BelfryClock *clock, guint max);
void belfry_blocks_free (BelfryBlocks *self);

/**
 * belfry_blocks_add:
 * @until: microseconds since 1970; replaces what was said of @name before
 *
 * If there is no room, what would end first makes some.
 *
 * Returns: whether nothing was lost by that
 */
gboolean belfry_blocks_add (BelfryBlocks *self, const char *name, gint64 until);

void belfry_blocks_save (const BelfryBlocks *self, BelfryStateWriter *writer);

/* @reader: untrusted. Returns: whether that was good */
gboolean belfry_blocks_restore (BelfryBlocks *self, BelfryStateReader *reader);

/* Returns: whether it was blocked */
gboolean belfry_blocks_remove (BelfryBlocks *self, const char *name);
gboolean belfry_blocks_contains (BelfryBlocks *self, const char *name);

/* Returns: how many there are, ones among them that have ended but that nobody asked for */
guint belfry_blocks_get_size (BelfryBlocks *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryBlocks, belfry_blocks_free)

G_END_DECLS
