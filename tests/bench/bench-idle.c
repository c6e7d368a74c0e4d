/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"

/* What connections cost that only answer pings: `bench-idle CONNECTIONS`. The pings come every two
 * seconds, as a bench cannot wait for those of every thirty; what one costs is the same, and the
 * second figure is worked out for thirty. */

#define ROUNDS 8
#define SECONDS 30
#define SETTLING (BELFRY_BENCH_PING * G_USEC_PER_SEC / 2)
#define IDLE (BELFRY_BENCH_PING * G_USEC_PER_SEC)
#define SERVICE_PING 30.0

static const BelfryBenchMeasure measures[] = {
  { "CPU of a ping and its answer", "us" },
  { "CPU of 1000, a ping every 30 s", "us/s" },
};

static gboolean
prepare (BelfryBenchContender *contender, gconstpointer data, GError **error)
{
  if (!belfry_load_open (contender->load, *(const guint *) data, belfry_bench_deadline (), error))
    return FALSE;
  belfry_load_run (contender->load, g_get_monotonic_time () + SETTLING);
  return TRUE;
}

static gboolean
measure (BelfryBenchContender *contender, gconstpointer data, double *figures, GError **error)
{
  const BelfryLoadCounts *counts = belfry_load_get_counts (contender->load);
  gint64 pid = belfry_bench_server_get_pid (contender->server);
  guint64 pings = counts->pings;
  gint64 cpu = belfry_bench_cpu_of (pid);
  gint64 begin = g_get_monotonic_time ();

  belfry_load_run (contender->load, begin + IDLE);
  double seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  double used = (double) (belfry_bench_cpu_of (pid) - cpu) / 1000;
  figures[0] = used / (double) MAX (counts->pings - pings, 1);
  figures[1] = used / counts->open * 1000 / seconds / (SERVICE_PING / BELFRY_BENCH_PING);
  return belfry_load_settle (contender->load, belfry_bench_deadline (), error);
}

int
main (int argc, char *argv[])
{
  guint64 connections;

  if (argc != 2 || !g_ascii_string_to_unsigned (argv[1], 10, 1, 19000, &connections, NULL))
    {
      g_printerr ("usage: bench-idle CONNECTIONS\n");
      return 64;
    }
  const BelfryBenchContest contest = {
    .use = BELFRY_BENCH_IDLE,
    .measures = measures,
    .n_measures = G_N_ELEMENTS (measures),
    .n_rounds = ROUNDS,
    .seconds = SECONDS,
    .afresh = TRUE,
    .trusted = TRUE,
    .prepare = prepare,
    .round = measure,
    .data = &(guint){ (guint) connections },
  };
  g_print ("idle, %u connections, a ping every %d s\n", (guint) connections, BELFRY_BENCH_PING);
  return belfry_bench_alternate (&contest);
}
