/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <stdatomic.h>

G_BEGIN_DECLS

/* Sixteen buckets to each power of two: none is wider than a sixteenth of the values in it. */
#define BELFRY_HISTOGRAM_SUB_BITS 4
#define BELFRY_HISTOGRAM_SUB_BUCKETS (1 << BELFRY_HISTOGRAM_SUB_BITS)

/* One for zero, and sixteen for each of the powers of two that a positive #gint64 needs. */
#define BELFRY_HISTOGRAM_BUCKETS                                                                   \
  (1 + BELFRY_HISTOGRAM_SUB_BUCKETS * (64 - BELFRY_HISTOGRAM_SUB_BITS))

/**
 * BELFRY_HISTOGRAM_ERROR:
 *
 * A quantile differs from the exact one by at most this part of the exact one. Up to 32 it is
 * exact.
 */
#define BELFRY_HISTOGRAM_ERROR (1.0 / (2 * BELFRY_HISTOGRAM_SUB_BUCKETS))

/**
 * BelfryHistogram:
 *
 * How often which value occurred. One thread observes, any thread may read at the same time;
 * neither waits for the other. The fields are private.
 */
typedef struct
{
  _Atomic guint64 sum;
  _Atomic guint64 min;
  _Atomic guint64 max;
  _Atomic guint64 buckets[BELFRY_HISTOGRAM_BUCKETS];
} BelfryHistogram;

/**
 * BelfryHistogramData:
 *
 * What histograms held when they were read, added up. All zero when nothing was observed. Where a
 * histogram is written while it is read, @sum, @min and @max cover all that @count counts, and
 * perhaps the observation under way.
 */
typedef struct
{
  guint64 count;
  guint64 sum; /* stays at the greatest number rather than to wrap */
  guint64 min;
  guint64 max;
  guint64 buckets[BELFRY_HISTOGRAM_BUCKETS];
} BelfryHistogramData;

void belfry_histogram_init (BelfryHistogram *self);

/**
 * belfry_histogram_add_to:
 * @data: what to add to
 *
 * Adds what was observed so far to @data. Any thread.
 */
void belfry_histogram_add_to (const BelfryHistogram *self, BelfryHistogramData *data);

/**
 * belfry_histogram_data_quantile:
 * @q: from 0 to 1
 *
 * Returns: the value below or at which the part @q of all values is, with a relative error of at
 * most %BELFRY_HISTOGRAM_ERROR; 0 when there is none
 */
guint64 belfry_histogram_data_quantile (const BelfryHistogramData *self, double q);

/**
 * belfry_histogram_data_count_up_to:
 * @exponent: from 0 to 62
 *
 * Returns: how many values were two to the power of @exponent or less; exact
 */
guint64 belfry_histogram_data_count_up_to (const BelfryHistogramData *self, guint exponent);

static inline guint64
belfry_histogram_saturating_add (guint64 a, guint64 b)
{
  return a > G_MAXUINT64 - b ? G_MAXUINT64 : a + b;
}

/* A bucket includes its upper bound, so that powers of two are bounds: hence one less. */
static inline gsize
belfry_histogram_index (guint64 value)
{
  if (value == 0)
    return 0;

  guint64 below = value - 1;
  guint log2 = 63 - (guint) __builtin_clzll (below | BELFRY_HISTOGRAM_SUB_BUCKETS);
  guint shift = log2 - BELFRY_HISTOGRAM_SUB_BITS;

  return 1 + ((gsize) shift << BELFRY_HISTOGRAM_SUB_BITS) + (gsize) (below >> shift);
}

/**
 * belfry_histogram_observe:
 * @value: what occurred; less than zero counts as zero
 *
 * Only the thread that owns the histogram. Loads and stores suffice, since nobody else writes.
 */
static inline void
belfry_histogram_observe (BelfryHistogram *self, gint64 value)
{
  guint64 v = (guint64) MAX (value, 0);
  _Atomic guint64 *bucket = &self->buckets[belfry_histogram_index (v)];
  guint64 sum = atomic_load_explicit (&self->sum, memory_order_relaxed);

  atomic_store_explicit (&self->sum, belfry_histogram_saturating_add (sum, v),
                         memory_order_relaxed);
  if (v < atomic_load_explicit (&self->min, memory_order_relaxed))
    atomic_store_explicit (&self->min, v, memory_order_relaxed);
  if (v > atomic_load_explicit (&self->max, memory_order_relaxed))
    atomic_store_explicit (&self->max, v, memory_order_relaxed);
  /* Released last: who sees the count sees a sum, minimum and maximum that go with it. */
  atomic_store_explicit (bucket, atomic_load_explicit (bucket, memory_order_relaxed) + 1,
                         memory_order_release);
}

G_END_DECLS
