/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-client.h"
#include "belfry-handover.h"
#include "belfry-listener.h"
#include "belfry-roster.h"

G_BEGIN_DECLS

/**
 * BelfryFrozen:
 *
 * What a worker has written down of itself.
 */
typedef struct
{
  BelfryStateWriter *sockets; /* (owned) */
  BelfryStateWriter *clients; /* (owned) */
  GArray *descriptors;        /* (element-type BelfryFrozenDescriptor) (owned) */
  guint n_sockets;
  guint n_clients;
} BelfryFrozen;

typedef struct
{
  int fd;
  BelfryHandoverKind kind;
} BelfryFrozenDescriptor;

/**
 * belfry_frozen_new:
 * @clients: those that cannot go on in another image are left out
 * @budget: bytes that all of them may take
 *
 * Changes nothing, so that the worker can go on if it must.
 */
BelfryFrozen *
belfry_frozen_new (const BelfryRoster *clients, BelfryListener *listener, gsize budget);
void belfry_frozen_free (BelfryFrozen *self);

/**
 * BelfryFreezer:
 *
 * Where workers stand still while the main thread takes what they have written down. Atomically
 * reference-counted.
 */
typedef struct _BelfryFreezer BelfryFreezer;

BelfryFreezer *belfry_freezer_new (void);
BelfryFreezer *belfry_freezer_ref (BelfryFreezer *self);
void belfry_freezer_unref (BelfryFreezer *self);

/* A worker's: returns when all may go on. @frozen: (transfer full) */
void belfry_freezer_stay (BelfryFreezer *self, BelfryFrozen *frozen);

/**
 * belfry_freezer_wait:
 * @n: how many workers there are
 * @patience: microseconds
 *
 * The main thread's: blocks until all stand still.
 *
 * Returns: (transfer none) (nullable) (element-type BelfryFrozen): what they have written down, as
 * long as they stand; %NULL if some do not in time
 */
const GPtrArray *belfry_freezer_wait (BelfryFreezer *self, guint n, gint64 patience);

/* Lets all go on, those that only come now as well. */
void belfry_freezer_thaw (BelfryFreezer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryFrozen, belfry_frozen_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryFreezer, belfry_freezer_unref)

G_END_DECLS
