/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-metrics"

#include "config.h"

#include "belfry-metrics.h"

#include <string.h>

#include "belfry-log.h"

/* The registry of metrics and what its slots leave behind. Made and held by the composition root,
 * kept alive by slots and snapshots, used from any thread. The lock guards who the slots are and
 * what ended ones left; no writer of a slot ever takes it. */
struct _BelfryMetrics
{
  _Atomic guint refs;

  guint n_metrics;
  guint n_histograms;
  BelfryMetricSpec *specs;   /* (owned) (array length=n_metrics) */
  BelfryMetricRoute *routes; /* (owned) (array length=n_metrics) */
  BelfryMetricTable *tables; /* (owned) (array length=n_tables) */
  gsize n_tables;

  GMutex lock;
  GPtrArray *slots;                    /* (element-type BelfryMetricsSlot) (owned): unowned slots */
  guint64 *ended;                      /* (owned) (array length=n_metrics) */
  BelfryHistogramData *ended_observed; /* (owned) (array length=n_histograms) */
};

struct _BelfryMetricsSnapshot
{
  BelfryMetrics *metrics;        /* (owned) */
  guint64 *values;               /* (owned) (array length=n_metrics) */
  BelfryHistogramData *observed; /* (owned) (array length=n_histograms) */
};

/* Larger than what any of the processors we build for moves between caches at once. */
#define CACHE_LINE 64

/* Far more than there will be, and within what a route can hold. */
#define MAX_METRICS 4096
G_STATIC_ASSERT (MAX_METRICS <= G_MAXUINT16);

static gpointer
alloc_lines (gsize bytes)
{
  return g_aligned_alloc0 ((bytes + CACHE_LINE - 1) / CACHE_LINE, CACHE_LINE, CACHE_LINE);
}

static gsize
count_specs (const BelfryMetricTable *tables, gsize n_tables)
{
  gsize n = 0;

  for (gsize i = 0; i < n_tables && n <= MAX_METRICS; i++)
    n += MIN (tables[i].n_specs, MAX_METRICS + 1);
  return n;
}

static void
copy_specs (BelfryMetrics *self)
{
  guint id = 0;

  for (gsize i = 0; i < self->n_tables; i++)
    {
      for (gsize j = 0; j < self->tables[i].n_specs; j++)
        self->specs[id++] = self->tables[i].specs[j];
    }
}

static gboolean
check_specs (const BelfryMetrics *self)
{
  for (guint id = 0; id < self->n_metrics; id++)
    {
      const char *defect = belfry_metric_spec_defect (self->specs, id);

      if (defect != NULL)
        {
          const char *name = self->specs[id].name;

          belfry_log_error ("metric %u (%s): %s", id, name != NULL ? name : "no name", defect);
          return FALSE;
        }
    }
  return TRUE;
}

static void
make_routes (BelfryMetrics *self)
{
  for (guint id = 0; id < self->n_metrics; id++)
    {
      self->routes[id].kind = (guint16) self->specs[id].kind;
      if (self->specs[id].kind == BELFRY_METRIC_HISTOGRAM)
        self->routes[id].histogram = (guint16) self->n_histograms++;
    }
}

static void
metrics_free (BelfryMetrics *self)
{
  g_mutex_clear (&self->lock);
  g_ptr_array_unref (self->slots);
  g_free (self->ended);
  g_free (self->ended_observed);
  g_free (self->tables);
  g_free (self->routes);
  g_free (self->specs);
  g_free (self);
}

/* Adds what @slot has of all that only grows. */
static void
add_grown (const BelfryMetricsSlot *slot, guint64 *values, BelfryHistogramData *observed)
{
  const BelfryMetrics *metrics = slot->metrics;

  for (guint id = 0; id < metrics->n_metrics; id++)
    {
      if (metrics->routes[id].kind == BELFRY_METRIC_COUNTER)
        values[id] += atomic_load_explicit (&slot->values[id], memory_order_relaxed);
    }
  for (guint i = 0; i < metrics->n_histograms; i++)
    belfry_histogram_add_to (&slot->histograms[i], &observed[i]);
}

static void
add_gauges (const BelfryMetricsSlot *slot, guint64 *values)
{
  for (guint id = 0; id < slot->n_metrics; id++)
    {
      if (slot->routes[id].kind == BELFRY_METRIC_GAUGE)
        values[id] += atomic_load_explicit (&slot->values[id], memory_order_relaxed);
    }
}

static gboolean
snapshot_has (const BelfryMetricsSnapshot *snapshot, guint id, BelfryMetricKind kind)
{
  return id < snapshot->metrics->n_metrics && snapshot->metrics->specs[id].kind == kind;
}

BelfryMetrics *
belfry_metrics_new (const BelfryMetricTable *tables, gsize n_tables)
{
  gsize n = count_specs (tables, n_tables);

  g_return_val_if_fail (n <= MAX_METRICS, NULL);

  g_autoptr (BelfryMetrics) self = g_new0 (BelfryMetrics, 1);

  atomic_init (&self->refs, 1);
  g_mutex_init (&self->lock);
  self->slots = g_ptr_array_new ();
  self->n_metrics = (guint) n;
  self->n_tables = n_tables;
  self->tables = g_memdup2 (tables, n_tables * sizeof *tables);
  self->specs = g_new0 (BelfryMetricSpec, n);
  copy_specs (self);
  if (!check_specs (self))
    return NULL;
  self->routes = g_new0 (BelfryMetricRoute, n);
  make_routes (self);
  self->ended = g_new0 (guint64, n);
  self->ended_observed = g_new0 (BelfryHistogramData, self->n_histograms);
  return g_steal_pointer (&self);
}

BelfryMetrics *
belfry_metrics_ref (BelfryMetrics *self)
{
  atomic_fetch_add_explicit (&self->refs, 1, memory_order_relaxed);
  return self;
}

void
belfry_metrics_unref (BelfryMetrics *self)
{
  if (atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) == 1)
    metrics_free (self);
}

guint
belfry_metrics_get_base (const BelfryMetrics *self, const BelfryMetricSpec *specs)
{
  gsize base = 0;

  for (gsize i = 0; i < self->n_tables; i++)
    {
      if (self->tables[i].specs == specs)
        return (guint) base;
      base += self->tables[i].n_specs;
    }
  g_return_val_if_reached (self->n_metrics);
}

guint
belfry_metrics_get_n_metrics (const BelfryMetrics *self)
{
  return self->n_metrics;
}

const BelfryMetricSpec *
belfry_metrics_get_spec (const BelfryMetrics *self, guint id)
{
  g_return_val_if_fail (id < self->n_metrics, NULL);

  return &self->specs[id];
}

BelfryMetricsSlot *
belfry_metrics_slot_new (BelfryMetrics *metrics)
{
  BelfryMetricsSlot *slot =
      alloc_lines (sizeof *slot + metrics->n_metrics * sizeof slot->values[0]);

  slot->metrics = belfry_metrics_ref (metrics);
  slot->routes = metrics->routes;
  slot->n_metrics = metrics->n_metrics;
  if (metrics->n_histograms > 0)
    slot->histograms = alloc_lines (metrics->n_histograms * sizeof *slot->histograms);
  for (guint i = 0; i < metrics->n_metrics; i++)
    atomic_init (&slot->values[i], 0);
  for (guint i = 0; i < metrics->n_histograms; i++)
    belfry_histogram_init (&slot->histograms[i]);

  g_mutex_lock (&metrics->lock);
  g_ptr_array_add (metrics->slots, slot);
  g_mutex_unlock (&metrics->lock);
  return slot;
}

void
belfry_metrics_slot_free (BelfryMetricsSlot *slot)
{
  g_autoptr (BelfryMetrics) metrics = slot->metrics;

  /* In one step for those who take snapshots, so that they find each count in exactly one place. */
  g_mutex_lock (&metrics->lock);
  add_grown (slot, metrics->ended, metrics->ended_observed);
  g_ptr_array_remove_fast (metrics->slots, slot);
  g_mutex_unlock (&metrics->lock);

  g_aligned_free (slot->histograms);
  g_aligned_free (slot);
}

BelfryMetricsSnapshot *
belfry_metrics_snapshot (BelfryMetrics *self)
{
  BelfryMetricsSnapshot *snapshot = g_new0 (BelfryMetricsSnapshot, 1);
  gsize observed = self->n_histograms * sizeof *snapshot->observed;

  snapshot->metrics = belfry_metrics_ref (self);
  snapshot->values = g_new0 (guint64, self->n_metrics);
  snapshot->observed = g_malloc0 (observed);

  g_mutex_lock (&self->lock);
  if (self->n_metrics > 0)
    memcpy (snapshot->values, self->ended, self->n_metrics * sizeof *snapshot->values);
  if (observed > 0)
    memcpy (snapshot->observed, self->ended_observed, observed);
  for (guint i = 0; i < self->slots->len; i++)
    {
      const BelfryMetricsSlot *slot = g_ptr_array_index (self->slots, i);

      add_grown (slot, snapshot->values, snapshot->observed);
      add_gauges (slot, snapshot->values);
    }
  g_mutex_unlock (&self->lock);
  return snapshot;
}

void
belfry_metrics_snapshot_free (BelfryMetricsSnapshot *snapshot)
{
  belfry_metrics_unref (snapshot->metrics);
  g_free (snapshot->values);
  g_free (snapshot->observed);
  g_free (snapshot);
}

BelfryMetrics *
belfry_metrics_snapshot_get_metrics (const BelfryMetricsSnapshot *snapshot)
{
  return snapshot->metrics;
}

guint64
belfry_metrics_snapshot_get_counter (const BelfryMetricsSnapshot *snapshot, guint id)
{
  g_return_val_if_fail (snapshot_has (snapshot, id, BELFRY_METRIC_COUNTER), 0);

  return snapshot->values[id];
}

gint64
belfry_metrics_snapshot_get_gauge (const BelfryMetricsSnapshot *snapshot, guint id)
{
  g_return_val_if_fail (snapshot_has (snapshot, id, BELFRY_METRIC_GAUGE), 0);

  return (gint64) snapshot->values[id];
}

const BelfryHistogramData *
belfry_metrics_snapshot_get_histogram (const BelfryMetricsSnapshot *snapshot, guint id)
{
  g_return_val_if_fail (snapshot_has (snapshot, id, BELFRY_METRIC_HISTOGRAM), NULL);

  return &snapshot->observed[snapshot->metrics->routes[id].histogram];
}
