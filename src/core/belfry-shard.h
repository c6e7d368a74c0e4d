/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-clock.h"
#include "belfry-deadline-wheel.h"
#include "belfry-metrics.h"

G_BEGIN_DECLS

/**
 * BelfryShard:
 *
 * A worker thread's part of the core: its sessions, and which of them are subscribed to what.
 * Made, attached and freed by the hub on the main thread; all else of it belongs to the thread that
 * runs its context. Speaks with the hub through mailboxes only.
 */
typedef struct _BelfryShard BelfryShard;

/**
 * belfry_shard_start:
 * @wheel: (transfer none): for deadlines of sessions
 * @slot: (transfer none): made with belfry_core_metrics, among others
 *
 * To be called on the shard's thread before there are sessions.
 */
void belfry_shard_start (BelfryShard *self, BelfryDeadlineWheel *wheel, BelfryMetricsSlot *slot);

/**
 * belfry_shard_stop:
 *
 * To be called on the shard's thread when the last session was freed: nothing is sent and nothing
 * is taken any more.
 */
void belfry_shard_stop (BelfryShard *self);

/* For who takes the service to another image; on the shard's thread. */

/* Sends the hub what the turn has brought, before its end. */
void belfry_shard_flush (BelfryShard *self);

/* Returns: whether nothing that the hub has posted is still to be done */
gboolean belfry_shard_is_idle (const BelfryShard *self);

/* Tells those who are slow of what they lost, now. */
void belfry_shard_tell_losses (BelfryShard *self);

G_END_DECLS
