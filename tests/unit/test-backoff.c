/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-backoff.h"

#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

/* Each delay stays between the floor and a ceiling that doubles until it is the maximum. */
static void
test_ceiling (void)
{
  for (guint64 seed = 0; seed < 200; seed++)
    {
      BelfryBackoff backoff;
      gint64 ceiling = 2 * SECOND;

      belfry_backoff_init (&backoff, SECOND, 60 * SECOND, seed);
      for (int attempt = 0; attempt < 20; attempt++)
        {
          gint64 delay = belfry_backoff_next (&backoff);

          g_assert_cmpint (delay, >=, SECOND);
          g_assert_cmpint (delay, <=, ceiling);
          ceiling = MIN (2 * ceiling, 60 * SECOND);
        }
    }
}

/* The whole range is used: many instances that fail together spread evenly over it. */
static void
test_spread (void)
{
  int quarters[4] = { 0 };

  for (guint64 seed = 0; seed < 4000; seed++)
    {
      BelfryBackoff backoff;

      belfry_backoff_init (&backoff, 1000, 2000, seed);
      quarters[(belfry_backoff_next (&backoff) - 1000) / 251]++;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (quarters); i++)
    {
      g_assert_cmpint (quarters[i], >, 800);
      g_assert_cmpint (quarters[i], <, 1200);
    }
}

/* After a success the first delay is a short one again, but not the same one. */
static void
test_reset (void)
{
  BelfryBackoff backoff;
  gboolean differs = FALSE;

  belfry_backoff_init (&backoff, SECOND, 3600 * SECOND, 7);
  gint64 first = belfry_backoff_next (&backoff);
  for (int round = 0; round < 50; round++)
    {
      for (int attempt = 0; attempt < 20; attempt++)
        belfry_backoff_next (&backoff);
      belfry_backoff_reset (&backoff);
      gint64 delay = belfry_backoff_next (&backoff);
      g_assert_cmpint (delay, <=, 2 * SECOND);
      differs = differs || delay != first;
      belfry_backoff_reset (&backoff);
    }
  g_assert_true (differs);
}

/* The seed alone decides, so that a test can know the delays. */
static void
test_seed (void)
{
  BelfryBackoff one;
  BelfryBackoff same;
  BelfryBackoff other;
  int n_equal = 0;

  belfry_backoff_init (&one, 1, 100 * SECOND, 4711);
  belfry_backoff_init (&same, 1, 100 * SECOND, 4711);
  belfry_backoff_init (&other, 1, 100 * SECOND, 4712);
  for (int attempt = 0; attempt < 40; attempt++)
    {
      gint64 delay = belfry_backoff_next (&one);

      g_assert_cmpint (delay, ==, belfry_backoff_next (&same));
      n_equal += delay == belfry_backoff_next (&other);
    }
  g_assert_cmpint (n_equal, <, 20);
}

typedef struct
{
  const char *defect;
  gint64 min;
  gint64 max;
  gint64 lowest;
  gint64 highest;
} LimitCase;

static const LimitCase limit_cases[] = {
  { "no floor", 0, 10, 1, 10 },
  { "a negative floor", G_MININT64, 10, 1, 10 },
  { "a maximum below the floor", 10, 5, 10, 10 },
  { "a negative maximum", 10, G_MININT64, 10, 10 },
  { "no limits at all", 0, 0, 1, 1 },
  { "the largest range", 1, G_MAXINT64, 1, G_MAXINT64 },
  { "the largest floor", G_MAXINT64, G_MAXINT64, G_MAXINT64, G_MAXINT64 },
  { "a floor that does not double", G_MAXINT64 - 1, G_MAXINT64, G_MAXINT64 - 1, G_MAXINT64 },
};

/* Senseless limits become the nearest ones that have sense; nothing overflows. */
static void
test_limits (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (limit_cases); i++)
    {
      const LimitCase *row = &limit_cases[i];
      BelfryBackoff backoff;

      g_test_message ("%s", row->defect);
      belfry_backoff_init (&backoff, row->min, row->max, i);
      for (int attempt = 0; attempt < 200; attempt++)
        {
          gint64 delay = belfry_backoff_next (&backoff);

          g_assert_cmpint (delay, >=, row->lowest);
          g_assert_cmpint (delay, <=, row->highest);
        }
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/backoff/ceiling", test_ceiling);
  belfry_test_add ("/backoff/spread", test_spread);
  belfry_test_add ("/backoff/reset", test_reset);
  belfry_test_add ("/backoff/seed", test_seed);
  belfry_test_add ("/backoff/limits", test_limits);
  return g_test_run ();
}
