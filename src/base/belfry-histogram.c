/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-histogram"

#include "config.h"

#include "belfry-histogram.h"

/* Log-linear histograms: the reading side. A histogram belongs to a metrics slot and is written by
 * that slot's thread alone; what is here never writes to it once it is in use. */

/* The greatest value, of 63 bits, falls into the last bucket. */
G_STATIC_ASSERT (1 + BELFRY_HISTOGRAM_SUB_BUCKETS * (62 - BELFRY_HISTOGRAM_SUB_BITS) +
                     2 * BELFRY_HISTOGRAM_SUB_BUCKETS - 1 ==
                 BELFRY_HISTOGRAM_BUCKETS - 1);

/* Which of @count values in ascending order, from 1 on, the quantile @q is. */
static guint64
rank_of (double q, guint64 count)
{
  double exact = q * (double) count;
  guint64 rank = exact < (double) G_MAXINT64 ? (guint64) exact : count;

  if ((double) rank < exact)
    rank++;
  return CLAMP (rank, 1, MAX (count, 1));
}

/* The middle of the values that share bucket @index; the value itself where it has but one. */
static guint64
middle_of (gsize index)
{
  if (index == 0)
    return 0;

  gsize below = index - 1;
  gsize shift = MAX (below >> BELFRY_HISTOGRAM_SUB_BITS, 1) - 1;
  guint64 first = ((guint64) (below - (shift << BELFRY_HISTOGRAM_SUB_BITS)) << shift) + 1;

  return first + (((G_GUINT64_CONSTANT (1) << shift) - 1) >> 1);
}

void
belfry_histogram_init (BelfryHistogram *self)
{
  atomic_init (&self->sum, 0);
  atomic_init (&self->min, G_MAXUINT64);
  atomic_init (&self->max, 0);
  for (gsize i = 0; i < BELFRY_HISTOGRAM_BUCKETS; i++)
    atomic_init (&self->buckets[i], 0);
}

void
belfry_histogram_add_to (const BelfryHistogram *self, BelfryHistogramData *data)
{
  guint64 count = 0;

  for (gsize i = 0; i < BELFRY_HISTOGRAM_BUCKETS; i++)
    {
      guint64 n = atomic_load_explicit (&self->buckets[i], memory_order_acquire);

      data->buckets[i] += n;
      count += n;
    }
  if (count == 0)
    return;

  guint64 min = atomic_load_explicit (&self->min, memory_order_relaxed);
  guint64 max = atomic_load_explicit (&self->max, memory_order_relaxed);
  guint64 sum = atomic_load_explicit (&self->sum, memory_order_relaxed);

  data->min = data->count == 0 ? min : MIN (data->min, min);
  data->max = MAX (data->max, max);
  data->sum = belfry_histogram_saturating_add (data->sum, sum);
  data->count += count;
}

guint64
belfry_histogram_data_quantile (const BelfryHistogramData *self, double q)
{
  g_return_val_if_fail (q >= 0 && q <= 1, 0);

  guint64 rank = rank_of (q, self->count);
  guint64 seen = 0;

  for (gsize i = 0; i < BELFRY_HISTOGRAM_BUCKETS; i++)
    {
      seen += self->buckets[i];
      if (seen >= rank)
        return CLAMP (middle_of (i), self->min, self->max);
    }
  return self->max;
}

guint64
belfry_histogram_data_count_up_to (const BelfryHistogramData *self, guint exponent)
{
  g_return_val_if_fail (exponent <= 62, 0);

  gsize last = belfry_histogram_index (G_GUINT64_CONSTANT (1) << exponent);
  guint64 count = 0;

  for (gsize i = 0; i <= last; i++)
    count += self->buckets[i];
  return count;
}
