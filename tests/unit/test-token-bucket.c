/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-token-bucket.h"

#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define HOUR (3600 * SECOND)

/* A full bucket lets a burst through, then what the rate brings, and not one more. */
static void
test_burst_and_rate (void)
{
  BelfryTokenBucket bucket;

  belfry_token_bucket_init (&bucket, 10, BELFRY_TOKENS_PER_SECOND, 3, 0);
  g_assert_true (belfry_token_bucket_take (&bucket, 2, 0));
  g_assert_true (belfry_token_bucket_take (&bucket, 1, 0));
  g_assert_false (belfry_token_bucket_take (&bucket, 1, 0));
  g_assert_false (belfry_token_bucket_take (&bucket, 1, SECOND / 10 - 1));
  g_assert_true (belfry_token_bucket_take (&bucket, 1, SECOND / 10));
  g_assert_false (belfry_token_bucket_take (&bucket, 1, SECOND / 10));
}

/* What is refused costs nothing, and nothing is free but taking nothing. */
static void
test_all_or_nothing (void)
{
  BelfryTokenBucket bucket;

  belfry_token_bucket_init (&bucket, 1, BELFRY_TOKENS_PER_HOUR, 5, 0);
  g_assert_true (belfry_token_bucket_take (&bucket, 3, 0));
  g_assert_false (belfry_token_bucket_take (&bucket, 3, 0));
  g_assert_true (belfry_token_bucket_take (&bucket, 2, 0));
  g_assert_true (belfry_token_bucket_take (&bucket, 0, 0));
  g_assert_false (belfry_token_bucket_take (&bucket, 1, 0));
}

typedef struct
{
  const char *what;
  guint32 rate;
  guint64 period;
  gint64 duration;
  gint64 step;
  guint64 expected;
} RateCase;

static const RateCase rate_cases[] = {
  { "one an hour", 1, BELFRY_TOKENS_PER_HOUR, 100 * HOUR, HOUR / 7 + 1, 100 },
  { "seven an hour", 7, BELFRY_TOKENS_PER_HOUR, 100 * HOUR, 999983, 700 },
  { "three a second", 3, BELFRY_TOKENS_PER_SECOND, 1000 * SECOND, 9973, 3000 },
  { "ninety a minute", 90, BELFRY_TOKENS_PER_MINUTE, 1000 * SECOND, 9973, 1500 },
  { "one a microsecond", 1, 1, 100000, 1, 100000 },
  { "ten million a second", 10000000, BELFRY_TOKENS_PER_SECOND, SECOND, 1, 10000000 },
};

/* However oddly the time advances, in the long run exactly the rate comes through. */
static void
test_no_drift (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rate_cases); i++)
    {
      const RateCase *row = &rate_cases[i];
      BelfryTokenBucket bucket;
      guint64 n = 0;

      g_test_message ("%s", row->what);
      belfry_token_bucket_init (&bucket, row->rate, row->period, 100, 0);
      g_assert_true (belfry_token_bucket_take (&bucket, 100, 0));
      for (gint64 now = 0; now < row->duration; now += row->step)
        {
          while (belfry_token_bucket_take (&bucket, 1, now))
            n++;
        }
      while (belfry_token_bucket_take (&bucket, 1, row->duration))
        n++;
      g_assert_cmpuint (n, ==, row->expected);
    }
}

/* The wait that is told is long enough, and not a microsecond longer. */
static void
test_wait (void)
{
  for (guint32 n = 1; n <= 20; n++)
    {
      BelfryTokenBucket bucket;

      belfry_token_bucket_init (&bucket, 7, BELFRY_TOKENS_PER_SECOND, 20, 0);
      g_assert_cmpint (belfry_token_bucket_wait (&bucket, n, 0), ==, 0);
      g_assert_true (belfry_token_bucket_take (&bucket, 20, 0));
      gint64 wait = belfry_token_bucket_wait (&bucket, n, 0);
      g_assert_cmpint (wait, >, 0);
      g_assert_false (belfry_token_bucket_take (&bucket, n, wait - 1));
      g_assert_cmpint (belfry_token_bucket_wait (&bucket, n, wait - 1), ==, 1);
      g_assert_true (belfry_token_bucket_take (&bucket, n, wait));
    }
}

/* More than the bucket holds is never to be had. */
static void
test_never (void)
{
  BelfryTokenBucket bucket;

  belfry_token_bucket_init (&bucket, 10, BELFRY_TOKENS_PER_SECOND, 3, 0);
  g_assert_cmpint (belfry_token_bucket_wait (&bucket, 4, 0), ==, G_MAXINT64);
  g_assert_false (belfry_token_bucket_take (&bucket, 4, G_MAXINT64));
  g_assert_true (belfry_token_bucket_take (&bucket, 3, G_MAXINT64));
}

/* A rate of zero is no limit. */
static void
test_no_limit (void)
{
  BelfryTokenBucket bucket;

  belfry_token_bucket_init (&bucket, 0, BELFRY_TOKENS_PER_SECOND, 1, 0);
  for (int i = 0; i < 1000; i++)
    g_assert_true (belfry_token_bucket_take (&bucket, G_MAXUINT32, 0));
  g_assert_cmpint (belfry_token_bucket_wait (&bucket, G_MAXUINT32, 0), ==, 0);
}

/* Time that goes back brings nothing, takes nothing, and is not paid for when it comes again. */
static void
test_time_goes_back (void)
{
  BelfryTokenBucket bucket;

  belfry_token_bucket_init (&bucket, 1, BELFRY_TOKENS_PER_SECOND, 5, 10 * SECOND);
  g_assert_true (belfry_token_bucket_take (&bucket, 4, 10 * SECOND));
  g_assert_true (belfry_token_bucket_take (&bucket, 1, 3 * SECOND));
  for (gint64 now = 0; now <= 10 * SECOND; now += SECOND)
    g_assert_false (belfry_token_bucket_take (&bucket, 1, now));
  g_assert_cmpint (belfry_token_bucket_wait (&bucket, 1, 8 * SECOND), ==, 3 * SECOND);
  g_assert_true (belfry_token_bucket_take (&bucket, 1, 11 * SECOND));
}

typedef struct
{
  const char *defect;
  guint32 rate;
  guint64 period;
  guint32 burst;
  gint64 start;
} ExtremeCase;

static const ExtremeCase extreme_cases[] = {
  { "all is largest", G_MAXUINT32, G_MAXUINT64, G_MAXUINT32, 0 },
  { "the fastest rate", G_MAXUINT32, 1, G_MAXUINT32, 0 },
  { "the slowest rate", 1, G_MAXUINT64, G_MAXUINT32, 0 },
  { "a beginning of time", 1, BELFRY_TOKENS_PER_SECOND, 1, G_MININT64 },
  { "no period", 1, 0, 1, 0 },
  { "no burst", 1, BELFRY_TOKENS_PER_SECOND, 0, 0 },
};

/* No arguments overflow: a bucket holds its burst after any time, and never more. */
static void
test_extremes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (extreme_cases); i++)
    {
      const ExtremeCase *row = &extreme_cases[i];
      guint32 burst = MAX (row->burst, 1);
      BelfryTokenBucket bucket;

      g_test_message ("%s", row->defect);
      belfry_token_bucket_init (&bucket, row->rate, row->period, row->burst, row->start);
      g_assert_true (belfry_token_bucket_take (&bucket, burst, row->start));
      g_assert_false (belfry_token_bucket_take (&bucket, 1, row->start));
      gint64 wait = belfry_token_bucket_wait (&bucket, burst, row->start);
      g_assert_cmpint (wait, >, 0);
      g_assert_cmpint (belfry_token_bucket_wait (&bucket, burst, G_MININT64), >=, wait);
      if (wait == G_MAXINT64)
        continue;
      g_assert_true (belfry_token_bucket_take (&bucket, burst, G_MAXINT64));
      g_assert_false (belfry_token_bucket_take (&bucket, 1, G_MAXINT64));
    }
}

/* New limits keep what had been saved, as far as there is room, and the part of a token as well. */
static void
test_configure (void)
{
  BelfryTokenBucket bucket;

  belfry_token_bucket_init (&bucket, 1, BELFRY_TOKENS_PER_HOUR, 10, 0);
  g_assert_true (belfry_token_bucket_take (&bucket, 6, 0));
  belfry_token_bucket_configure (&bucket, 1, BELFRY_TOKENS_PER_SECOND, 100, HOUR / 2);
  g_assert_true (belfry_token_bucket_take (&bucket, 4, HOUR / 2));
  g_assert_cmpint (belfry_token_bucket_wait (&bucket, 1, HOUR / 2), ==, SECOND / 2);

  g_assert_false (belfry_token_bucket_take (&bucket, 51, HOUR / 2 + 50 * SECOND));
  belfry_token_bucket_configure (&bucket, 1, BELFRY_TOKENS_PER_HOUR, 2, HOUR / 2 + 50 * SECOND);
  g_assert_true (belfry_token_bucket_take (&bucket, 2, HOUR / 2 + 50 * SECOND));
  g_assert_cmpint (belfry_token_bucket_wait (&bucket, 1, HOUR / 2 + 50 * SECOND), ==, HOUR);
}

/* A limit that comes where there was none begins with a full bucket; one that goes is gone. */
static void
test_configure_no_limit (void)
{
  BelfryTokenBucket bucket;

  belfry_token_bucket_init (&bucket, 0, BELFRY_TOKENS_PER_SECOND, 1, 0);
  belfry_token_bucket_configure (&bucket, 1, BELFRY_TOKENS_PER_SECOND, 7, SECOND);
  g_assert_true (belfry_token_bucket_take (&bucket, 7, SECOND));
  g_assert_false (belfry_token_bucket_take (&bucket, 1, SECOND));
  belfry_token_bucket_configure (&bucket, 0, BELFRY_TOKENS_PER_SECOND, 7, SECOND);
  g_assert_true (belfry_token_bucket_take (&bucket, 1000, SECOND));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/token-bucket/burst-and-rate", test_burst_and_rate);
  belfry_test_add ("/token-bucket/all-or-nothing", test_all_or_nothing);
  belfry_test_add ("/token-bucket/no-drift", test_no_drift);
  belfry_test_add ("/token-bucket/wait", test_wait);
  belfry_test_add ("/token-bucket/never", test_never);
  belfry_test_add ("/token-bucket/no-limit", test_no_limit);
  belfry_test_add ("/token-bucket/time-goes-back", test_time_goes_back);
  belfry_test_add ("/token-bucket/extremes", test_extremes);
  belfry_test_add ("/token-bucket/configure", test_configure);
  belfry_test_add ("/token-bucket/configure-no-limit", test_configure_no_limit);
  return g_test_run ();
}
