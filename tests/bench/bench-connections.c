/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"

/* What connections cost that do nothing: `bench-connections CONNECTIONS SILENT SLOW`. The silent
 * and the slow come before the others and must cost these nothing. */

#define ROUNDS 5
#define IDLE G_USEC_PER_SEC

typedef struct
{
  guint connections;
  guint silent;
  guint slow;
} Numbers;

static const BelfryBenchMeasure measures[] = {
  { "CPU a connection that opens", "us" },
  { "connections opened (more: better)", "/s", TRUE },
  { "memory of an idle one", "bytes" },
  { "CPU of 1000 idle ones", "us/s" },
};

static gint64
memory_of (BelfryBenchServer *server)
{
  return belfry_bench_memory_of (belfry_bench_server_get_pid (server), "Pss");
}

static gboolean
prepare (BelfryBenchContender *contender, gconstpointer data, GError **error)
{
  const Numbers *numbers = data;

  return belfry_load_open_background (contender->load, numbers->silent, numbers->slow,
                                      belfry_bench_deadline (), error);
}

static gboolean
measure (BelfryBenchContender *contender, gconstpointer data, double *figures, GError **error)
{
  guint n = ((const Numbers *) data)->connections;
  gint64 pid = belfry_bench_server_get_pid (contender->server);
  gint64 memory = memory_of (contender->server);
  gint64 cpu = belfry_bench_cpu_of (pid);
  gint64 begin = g_get_monotonic_time ();

  if (!belfry_load_open (contender->load, n, belfry_bench_deadline (), error))
    return FALSE;
  gint64 took = MAX (g_get_monotonic_time () - begin, 1);
  figures[0] = (double) (belfry_bench_cpu_of (pid) - cpu) / 1000 / n;
  figures[1] = n * (double) G_USEC_PER_SEC / (double) took;
  figures[2] = (double) (memory_of (contender->server) - memory) / n;

  cpu = belfry_bench_cpu_of (pid);
  begin = g_get_monotonic_time ();
  belfry_load_run (contender->load, begin + IDLE);
  double seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  figures[3] = (double) (belfry_bench_cpu_of (pid) - cpu) / n / seconds;
  return TRUE;
}

static gboolean
parse (const char *argument, guint64 minimum, guint *number)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (argument, 10, minimum, 19000, &value, NULL))
    return FALSE;
  *number = (guint) value;
  return TRUE;
}

int
main (int argc, char *argv[])
{
  Numbers numbers;

  if (argc != 4 || !parse (argv[1], 1, &numbers.connections) ||
      !parse (argv[2], 0, &numbers.silent) || !parse (argv[3], 0, &numbers.slow))
    {
      g_printerr ("usage: bench-connections CONNECTIONS SILENT SLOW\n");
      return 64;
    }
  g_print ("%u connections beside %u silent and %u slow ones\n", numbers.connections,
           numbers.silent, numbers.slow);
  const BelfryBenchContest contest = {
    .use = BELFRY_BENCH_FANOUT,
    .measures = measures,
    .n_measures = G_N_ELEMENTS (measures),
    .n_rounds = ROUNDS,
    .afresh = TRUE,
    .prepare = prepare,
    .round = measure,
    .data = &numbers,
  };
  return belfry_bench_alternate (&contest);
}
