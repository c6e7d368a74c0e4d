/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-histogram.h"
#include "belfry-metric-spec.h"

G_BEGIN_DECLS

/**
 * BelfryMetrics:
 *
 * All that the service counts. Which metrics there are is settled when it is made, from constant
 * tables; a metric is addressed by its place in its table plus the table's base. Reference-counted;
 * any thread.
 */
typedef struct _BelfryMetrics BelfryMetrics;

typedef struct
{
  const BelfryMetricSpec *specs; /* (unowned): must outlive the metrics */
  gsize n_specs;
} BelfryMetricTable;

/**
 * belfry_metrics_new:
 * @tables: (array length=n_tables): the tables, one after the other
 *
 * Returns: (transfer full) (nullable): the metrics; %NULL, with an error line, if a table has a
 * defect, which is a mistake of ours
 */
BelfryMetrics *belfry_metrics_new (const BelfryMetricTable *tables, gsize n_tables);
BelfryMetrics *belfry_metrics_ref (BelfryMetrics *self);
void belfry_metrics_unref (BelfryMetrics *self);

/**
 * belfry_metrics_get_base:
 * @specs: one of the tables that the metrics were made from
 *
 * Returns: what to add to a place in @specs to address that metric
 */
guint belfry_metrics_get_base (const BelfryMetrics *self, const BelfryMetricSpec *specs);

guint belfry_metrics_get_n_metrics (const BelfryMetrics *self);
const BelfryMetricSpec *belfry_metrics_get_spec (const BelfryMetrics *self, guint id);

/* Where the hot path finds a metric; made once and never changed. */
typedef struct
{
  guint16 kind;
  guint16 histogram; /* which of the slot's histograms, if it is one */
} BelfryMetricRoute;

/**
 * BelfryMetricsSlot:
 *
 * One thread's part of all metrics. Only the thread that it is made for writes to it, without locks
 * and without sharing a cache line with another slot. The fields are private.
 */
typedef struct
{
  BelfryMetrics *metrics;          /* (owned) */
  const BelfryMetricRoute *routes; /* (unowned): the registry's */
  BelfryHistogram *histograms;     /* (owned) (nullable) */
  guint n_metrics;
  _Atomic guint64 values[];
} BelfryMetricsSlot;

/**
 * belfry_metrics_slot_new:
 *
 * Returns: (transfer full): a slot, to be handed to the thread that will write to it
 */
BelfryMetricsSlot *belfry_metrics_slot_new (BelfryMetrics *metrics);

/**
 * belfry_metrics_slot_free:
 *
 * To be called when the slot's thread writes no more. What it counted and observed stays in the
 * totals; its part of every gauge goes, for a thread that has ended holds nothing. So a gauge must
 * be lowered through the same slot that raised it.
 */
void belfry_metrics_slot_free (BelfryMetricsSlot *slot);

static inline gboolean
belfry_metrics_slot_has (const BelfryMetricsSlot *slot, guint id, BelfryMetricKind kind)
{
  return id < slot->n_metrics && slot->routes[id].kind == (guint16) kind;
}

static inline void
belfry_metrics_slot_add (BelfryMetricsSlot *slot, guint id, guint64 n)
{
  guint64 value = atomic_load_explicit (&slot->values[id], memory_order_relaxed);

  atomic_store_explicit (&slot->values[id], value + n, memory_order_relaxed);
}

/**
 * belfry_metrics_count:
 * @id: a counter
 * @n: how many more
 */
static inline void
belfry_metrics_count (BelfryMetricsSlot *slot, guint id, guint64 n)
{
  g_return_if_fail (belfry_metrics_slot_has (slot, id, BELFRY_METRIC_COUNTER));

  belfry_metrics_slot_add (slot, id, n);
}

/**
 * belfry_metrics_gauge_add:
 * @id: a gauge
 * @delta: by how much the slot's part of it changes
 */
static inline void
belfry_metrics_gauge_add (BelfryMetricsSlot *slot, guint id, gint64 delta)
{
  g_return_if_fail (belfry_metrics_slot_has (slot, id, BELFRY_METRIC_GAUGE));

  belfry_metrics_slot_add (slot, id, (guint64) delta);
}

/**
 * belfry_metrics_gauge_set:
 * @id: a gauge
 * @value: what the slot's part of it now is
 *
 * A gauge is the sum of all slots' parts.
 */
static inline void
belfry_metrics_gauge_set (BelfryMetricsSlot *slot, guint id, gint64 value)
{
  g_return_if_fail (belfry_metrics_slot_has (slot, id, BELFRY_METRIC_GAUGE));

  atomic_store_explicit (&slot->values[id], (guint64) value, memory_order_relaxed);
}

/**
 * belfry_metrics_observe:
 * @id: a histogram
 * @value: what occurred, in the integers of its unit: microseconds, bytes
 */
static inline void
belfry_metrics_observe (BelfryMetricsSlot *slot, guint id, gint64 value)
{
  g_return_if_fail (belfry_metrics_slot_has (slot, id, BELFRY_METRIC_HISTOGRAM));

  belfry_histogram_observe (&slot->histograms[slot->routes[id].histogram], value);
}

/**
 * BelfryMetricsSnapshot:
 *
 * The metrics as they were at about one moment. No counter of a later snapshot is less than that of
 * an earlier one; two metrics may differ by what happened while it was taken.
 */
typedef struct _BelfryMetricsSnapshot BelfryMetricsSnapshot;

/**
 * belfry_metrics_snapshot:
 *
 * Returns: (transfer full): how things stand. Any thread; writers do not wait for it.
 */
BelfryMetricsSnapshot *belfry_metrics_snapshot (BelfryMetrics *self);
void belfry_metrics_snapshot_free (BelfryMetricsSnapshot *snapshot);

BelfryMetrics *belfry_metrics_snapshot_get_metrics (const BelfryMetricsSnapshot *snapshot);
guint64 belfry_metrics_snapshot_get_counter (const BelfryMetricsSnapshot *snapshot, guint id);
gint64 belfry_metrics_snapshot_get_gauge (const BelfryMetricsSnapshot *snapshot, guint id);
const BelfryHistogramData *
belfry_metrics_snapshot_get_histogram (const BelfryMetricsSnapshot *snapshot, guint id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryMetrics, belfry_metrics_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryMetricsSlot, belfry_metrics_slot_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryMetricsSnapshot, belfry_metrics_snapshot_free)

G_END_DECLS
