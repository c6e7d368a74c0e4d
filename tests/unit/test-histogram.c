/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-histogram.h"

#include <stdlib.h>

#include "belfry-test.h"

#define N_VALUES 5000

static BelfryHistogram *
histogram_new (void)
{
  BelfryHistogram *self = g_new (BelfryHistogram, 1);

  belfry_histogram_init (self);
  return self;
}

static BelfryHistogramData *
data_new (const BelfryHistogram *histogram)
{
  BelfryHistogramData *data = g_new0 (BelfryHistogramData, 1);

  belfry_histogram_add_to (histogram, data);
  return data;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 left = *(const gint64 *) a;
  gint64 right = *(const gint64 *) b;

  return (left > right) - (left < right);
}

/* Nothing observed reads as zero everywhere. */
static void
test_empty (void)
{
  g_autofree BelfryHistogram *histogram = histogram_new ();
  g_autofree BelfryHistogramData *data = data_new (histogram);

  g_assert_cmpuint (data->count, ==, 0);
  g_assert_cmpuint (data->sum, ==, 0);
  g_assert_cmpuint (data->min, ==, 0);
  g_assert_cmpuint (data->max, ==, 0);
  g_assert_cmpuint (belfry_histogram_data_quantile (data, 0.5), ==, 0);
  g_assert_cmpuint (belfry_histogram_data_count_up_to (data, 62), ==, 0);
}

/* Small values, of which there are many, come out as they went in. */
static void
test_small_exact (void)
{
  for (gint64 value = 0; value <= 32; value++)
    {
      g_autofree BelfryHistogram *histogram = histogram_new ();

      belfry_histogram_observe (histogram, value);
      /* Both ends would bring the middle into line: keep them away. */
      belfry_histogram_observe (histogram, 0);
      belfry_histogram_observe (histogram, 1000);
      g_autofree BelfryHistogramData *data = data_new (histogram);
      g_assert_cmpuint (belfry_histogram_data_quantile (data, 0.5), ==, (guint64) value);
    }
}

/* Buckets are in ascending order without a hole, and a power of two is the last of its bucket. */
static void
test_buckets (void)
{
  gsize previous = belfry_histogram_index (0);

  g_assert_cmpuint (previous, ==, 0);
  for (guint64 value = 1; value < 5000; value++)
    {
      gsize index = belfry_histogram_index (value);

      g_assert_cmpuint (index - previous, <=, 1);
      previous = index;
    }
  for (guint exponent = 6; exponent < 63; exponent++)
    {
      guint64 power = G_GUINT64_CONSTANT (1) << exponent;

      g_assert_cmpuint (belfry_histogram_index (power), ==, belfry_histogram_index (power - 1));
      g_assert_cmpuint (belfry_histogram_index (power + 1), ==, belfry_histogram_index (power) + 1);
    }
  g_assert_cmpuint (belfry_histogram_index (G_MAXINT64), ==, BELFRY_HISTOGRAM_BUCKETS - 1);
}

typedef gint64 (*Draw) (GRand *rand);

static gint64
draw_uniform (GRand *rand)
{
  return g_rand_int_range (rand, 0, 1000000);
}

/* As latencies are: every order of magnitude is as likely. */
static gint64
draw_log_uniform (GRand *rand)
{
  gint64 bits = ((gint64) g_rand_int (rand) << 31) | g_rand_int_range (rand, 1, G_MAXINT32);

  return bits >> g_rand_int_range (rand, 0, 62);
}

static gint64
draw_two_peaks (GRand *rand)
{
  return g_rand_boolean (rand) ? g_rand_int_range (rand, 90, 110)
                               : g_rand_int_range (rand, 900000, 1100000);
}

static const Draw draws[] = { draw_uniform, draw_log_uniform, draw_two_peaks };
static const double quantiles[] = { 0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1 };

static void
check_quantile (const gint64 *sorted, const BelfryHistogramData *data, double q)
{
  double position = q * N_VALUES;
  gsize rank = (gsize) position;

  if ((double) rank < position)
    rank++;
  double exact = (double) sorted[MAX (rank, 1) - 1];
  double found = (double) belfry_histogram_data_quantile (data, q);
  g_assert_cmpfloat (ABS (found - exact), <=, exact * BELFRY_HISTOGRAM_ERROR);
}

/* No quantile of random data is further from the exact one than promised. */
static void
test_quantiles (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (draws); i++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (4711);
      g_autofree BelfryHistogram *histogram = histogram_new ();
      g_autofree gint64 *values = g_new (gint64, N_VALUES);

      for (gsize j = 0; j < N_VALUES; j++)
        {
          values[j] = draws[i](rand);
          belfry_histogram_observe (histogram, values[j]);
        }
      qsort (values, N_VALUES, sizeof *values, compare);
      g_autofree BelfryHistogramData *data = data_new (histogram);
      g_assert_cmpuint (data->count, ==, N_VALUES);
      g_assert_cmpuint (data->min, ==, (guint64) values[0]);
      g_assert_cmpuint (data->max, ==, (guint64) values[N_VALUES - 1]);
      for (gsize j = 0; j < G_N_ELEMENTS (quantiles); j++)
        check_quantile (values, data, quantiles[j]);
    }
}

/* The middle of every bucket keeps the promise for the bucket's both ends, up to the greatest
 * value. */
static void
test_error_bound (void)
{
  for (guint exponent = 1; exponent < 63; exponent++)
    {
      guint64 power = G_GUINT64_CONSTANT (1) << exponent;
      const guint64 edges[] = { power - 1,          power,
                                power + 1,          power + power / 2,
                                power + power / 16, power + power / 16 + 1 };

      for (gsize i = 0; i < G_N_ELEMENTS (edges); i++)
        {
          g_autofree BelfryHistogram *histogram = histogram_new ();

          belfry_histogram_observe (histogram, 0);
          belfry_histogram_observe (histogram, (gint64) edges[i]);
          belfry_histogram_observe (histogram, G_MAXINT64);
          g_autofree BelfryHistogramData *data = data_new (histogram);
          double exact = (double) edges[i];
          double found = (double) belfry_histogram_data_quantile (data, 0.5);
          g_assert_cmpfloat (ABS (found - exact), <=, exact * BELFRY_HISTOGRAM_ERROR);
        }
    }
}

/* Values beyond what can be are taken for the nearest that can, and a sum that is full stays full.
 */
static void
test_saturation (void)
{
  g_autofree BelfryHistogram *histogram = histogram_new ();

  belfry_histogram_observe (histogram, -5);
  belfry_histogram_observe (histogram, G_MININT64);
  for (int i = 0; i < 3; i++)
    belfry_histogram_observe (histogram, G_MAXINT64);
  g_autofree BelfryHistogramData *data = data_new (histogram);
  g_assert_cmpuint (data->count, ==, 5);
  g_assert_cmpuint (data->min, ==, 0);
  g_assert_cmpuint (data->max, ==, G_MAXINT64);
  g_assert_cmpuint (data->sum, ==, G_MAXUINT64);
  g_assert_cmpuint (belfry_histogram_data_count_up_to (data, 62), ==, 2);

  belfry_histogram_add_to (histogram, data);
  g_assert_cmpuint (data->count, ==, 10);
  g_assert_cmpuint (data->sum, ==, G_MAXUINT64);
}

/* What several threads observed adds up, whichever is read first and even if one saw nothing. */
static void
test_adding_up (void)
{
  g_autofree BelfryHistogram *low = histogram_new ();
  g_autofree BelfryHistogram *high = histogram_new ();
  g_autofree BelfryHistogram *idle = histogram_new ();

  belfry_histogram_observe (low, 10);
  belfry_histogram_observe (high, 1000);
  belfry_histogram_observe (high, 2000);
  g_autofree BelfryHistogramData *data = data_new (high);
  belfry_histogram_add_to (idle, data);
  belfry_histogram_add_to (low, data);
  g_assert_cmpuint (data->count, ==, 3);
  g_assert_cmpuint (data->sum, ==, 3010);
  g_assert_cmpuint (data->min, ==, 10);
  g_assert_cmpuint (data->max, ==, 2000);
}

/* How many were at most a power of two is known exactly, the power itself included. */
static void
test_count_up_to (void)
{
  g_autofree BelfryHistogram *histogram = histogram_new ();
  const gint64 values[] = { 0, 1, 2, 1023, 1024, 1025, G_GINT64_CONSTANT (1) << 62 };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    belfry_histogram_observe (histogram, values[i]);
  g_autofree BelfryHistogramData *data = data_new (histogram);
  g_assert_cmpuint (belfry_histogram_data_count_up_to (data, 0), ==, 2);
  g_assert_cmpuint (belfry_histogram_data_count_up_to (data, 1), ==, 3);
  g_assert_cmpuint (belfry_histogram_data_count_up_to (data, 9), ==, 3);
  g_assert_cmpuint (belfry_histogram_data_count_up_to (data, 10), ==, 5);
  g_assert_cmpuint (belfry_histogram_data_count_up_to (data, 11), ==, 6);
  g_assert_cmpuint (belfry_histogram_data_count_up_to (data, 62), ==, 7);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/histogram/empty", test_empty);
  belfry_test_add ("/histogram/small-exact", test_small_exact);
  belfry_test_add ("/histogram/buckets", test_buckets);
  belfry_test_add ("/histogram/quantiles", test_quantiles);
  belfry_test_add ("/histogram/error-bound", test_error_bound);
  belfry_test_add ("/histogram/saturation", test_saturation);
  belfry_test_add ("/histogram/adding-up", test_adding_up);
  belfry_test_add ("/histogram/count-up-to", test_count_up_to);
  return g_test_run ();
}
