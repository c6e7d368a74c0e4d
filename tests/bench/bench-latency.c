/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"

/* How long a message is under way when a server is half busy: `bench-latency CONNECTIONS`. First
 * the yardstick is asked how many messages a second it can fan out; then both get half as many, at
 * fixed times, and a delivery's latency counts from when its message was due. */

#define PAYLOAD 100
#define SATURATED (G_USEC_PER_SEC / 2)
#define ROUND (G_USEC_PER_SEC / 2)

/* Two servers' clients are in one process, which may have 20,000 descriptors. */
#define MAX_CONNECTIONS 9900

typedef struct
{
  guint connections;
  double *rate; /* (unowned): half of what the yardstick can do, once it is known */
} Latency;

enum
{
  MEDIAN,
  P99,
  N_MEASURES,
};

static const BelfryBenchMeasure measures[N_MEASURES] = {
  [MEDIAN] = { "latency, median", "us" },
  [P99] = { "latency, p99", "us" },
};

static gboolean
find_rate (BelfryBenchContender *contender, const Latency *latency, GError **error)
{
  const BelfryLoadPace pace = { .size = PAYLOAD, .duration = SATURATED };
  guint64 before = belfry_load_get_counts (contender->load)->deliveries;
  gint64 begin = g_get_monotonic_time ();

  if (!belfry_load_pace (contender->load, &pace, belfry_bench_deadline (), error))
    return FALSE;
  double seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  guint64 deliveries = belfry_load_get_counts (contender->load)->deliveries - before;
  *latency->rate = (double) deliveries / latency->connections / seconds / 2;
  g_print ("%.0f messages a second saturate the yardstick and its client\n", *latency->rate * 2);
  return TRUE;
}

static gboolean
prepare (BelfryBenchContender *contender, gconstpointer data, GError **error)
{
  const Latency *latency = data;

  return belfry_load_open (contender->load, latency->connections, belfry_bench_deadline (),
                           error) &&
         (*latency->rate > 0 || find_rate (contender, latency, error));
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;

  return x < y ? -1 : x > y;
}

static double
quantile (const GArray *sorted, guint percent)
{
  return g_array_index (sorted, guint32, (gsize) (sorted->len - 1) * percent / 100);
}

static gboolean
measure (BelfryBenchContender *contender, gconstpointer data, double *figures, GError **error)
{
  const Latency *latency = data;
  g_autoptr (GArray) latencies = g_array_new (FALSE, FALSE, sizeof (guint32));
  const BelfryLoadPace pace = { *latency->rate, PAYLOAD, ROUND, latencies };

  if (!belfry_load_pace (contender->load, &pace, belfry_bench_deadline (), error))
    return FALSE;
  g_array_sort (latencies, compare_numbers);
  figures[MEDIAN] = latencies->len > 0 ? quantile (latencies, 50) : 0;
  figures[P99] = latencies->len > 0 ? quantile (latencies, 99) : 0;
  return TRUE;
}

int
main (int argc, char *argv[])
{
  guint64 connections;
  double rate = 0;

  if (argc != 2 ||
      !g_ascii_string_to_unsigned (argv[1], 10, 1, MAX_CONNECTIONS, &connections, NULL))
    {
      g_printerr ("usage: bench-latency CONNECTIONS\n");
      return 64;
    }
  const BelfryBenchContest contest = {
    .use = BELFRY_BENCH_FANOUT,
    .measures = measures,
    .n_measures = N_MEASURES,
    .n_rounds = BELFRY_BENCH_MAX_ROUNDS,
    .prepare = prepare,
    .round = measure,
    .data = &(Latency){ (guint) connections, &rate },
  };
  g_print ("latency, %u connections, %d bytes\n", (guint) connections, PAYLOAD);
  return belfry_bench_alternate (&contest);
}
