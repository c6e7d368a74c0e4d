/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench.h"

#include <time.h>

/* Measures CPU time, not the clock on the wall: a busy machine then only disturbs the caches. */

#define ROUNDS 9
#define ROUND_NS (20 * G_GINT64_CONSTANT (1000000))

static gint64
time_calls (const BelfryBenchSide *side, guint64 calls)
{
  gint64 begin = belfry_bench_cpu_ns ();

  for (guint64 i = 0; i < calls; i++)
    side->run (side->data);
  return belfry_bench_cpu_ns () - begin;
}

/* How many calls fill a round; finding out warms the caches. */
static guint64
calls_per_round (const BelfryBenchSide *side)
{
  guint64 calls = 1;

  while (time_calls (side, calls) < ROUND_NS)
    calls *= 2;
  return calls;
}

static double
round_ns (const BelfryBenchSide *side, guint64 calls)
{
  return (double) time_calls (side, calls) / (double) calls;
}

gint64
belfry_bench_cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

void
belfry_bench_heading (const char *title)
{
  g_print ("%s (CPU time, best of %d rounds)\n", title, ROUNDS);
}

double
belfry_bench_compare (const char *shape,
                      gsize bytes,
                      const BelfryBenchSide *baseline,
                      const BelfryBenchSide *candidate)
{
  guint64 baseline_calls = calls_per_round (baseline);
  guint64 candidate_calls = calls_per_round (candidate);
  double baseline_ns = G_MAXDOUBLE;
  double candidate_ns = G_MAXDOUBLE;

  for (int i = 0; i < ROUNDS; i++)
    {
      baseline_ns = MIN (baseline_ns, round_ns (baseline, baseline_calls));
      candidate_ns = MIN (candidate_ns, round_ns (candidate, candidate_calls));
    }
  g_print ("%-12s %-10s %10.1f ns  %-10s %10.1f ns", shape, baseline->name, baseline_ns,
           candidate->name, candidate_ns);
  if (bytes > 0)
    g_print (" %8.0f MB/s", (double) bytes * 1000 / candidate_ns);
  g_print ("  ratio %6.1f\n", baseline_ns / candidate_ns);
  return baseline_ns / candidate_ns;
}
