/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"

/* What a second worker brings: `bench-cores CONNECTIONS`, each of which gets back what it sends.
 *
 * The client needs as much CPU as a server does, so that on a machine with few processors the clock
 * on the wall says how fast the client is. What counts is the capacity: the messages that went
 * through while the busiest of the server's threads was busy for a second. It falls behind where
 * work is spread unevenly, or where one worker makes another's work dearer. */

#define PAYLOAD 100
#define BURST 4
#define MESSAGES 32
#define MAX_CONNECTIONS 9900

enum
{
  BURSTS,
  ONE,
  WALL,
  CPU,
  N_MEASURES,
};

/* One at a time, a worker that has nothing to do falls asleep between two messages, and the fewer
 * come to it the more often; in bursts it is as busy as a server is that needs a second worker. */
static const BelfryBenchMeasure measures[N_MEASURES] = {
  [BURSTS] = { "capacity, bursts of 4", "/s", TRUE },
  [ONE] = { "capacity, one at a time", "/s", TRUE },
  [WALL] = { "on the wall, bursts of 4", "/s", TRUE },
  [CPU] = { "CPU a message, bursts of 4", "us" },
};

static gboolean
prepare (BelfryBenchContender *contender, gconstpointer data, GError **error)
{
  contender->subscribers = *(const guint *) data;
  return belfry_load_open (contender->load, contender->subscribers, belfry_bench_deadline (),
                           error);
}

/* Messages a second of the busiest thread's CPU time. */
static gboolean
measure_capacity (BelfryBenchContender *contender,
                  guint burst,
                  double *capacity,
                  double *cpu,
                  GError **error)
{
  gint64 pid = belfry_bench_server_get_pid (contender->server);
  g_autoptr (GHashTable) before = belfry_bench_threads_of (pid);

  if (!belfry_bench_delivery (contender, burst, MESSAGES, PAYLOAD, cpu, error))
    return FALSE;
  g_autoptr (GHashTable) after = belfry_bench_threads_of (pid);
  *capacity = MESSAGES * (double) contender->subscribers * 1e9 /
              (double) MAX (belfry_bench_busiest (before, after), 1);
  return TRUE;
}

static gboolean
measure (BelfryBenchContender *contender, gconstpointer data, double *figures, GError **error)
{
  gint64 begin = g_get_monotonic_time ();
  double cpu;

  if (!measure_capacity (contender, BURST, &figures[BURSTS], &figures[CPU], error))
    return FALSE;
  gint64 took = MAX (g_get_monotonic_time () - begin, 1);
  figures[WALL] = MESSAGES * (double) contender->subscribers * G_USEC_PER_SEC / (double) took;
  return measure_capacity (contender, 1, &figures[ONE], &cpu, error);
}

int
main (int argc, char *argv[])
{
  guint64 connections;

  if (argc != 2 ||
      !g_ascii_string_to_unsigned (argv[1], 10, 1, MAX_CONNECTIONS, &connections, NULL))
    {
      g_printerr ("usage: bench-cores CONNECTIONS\n");
      return 64;
    }
  const BelfryBenchContest contest = {
    .use = BELFRY_BENCH_CORES,
    .measures = measures,
    .n_measures = N_MEASURES,
    .n_rounds = BELFRY_BENCH_MAX_ROUNDS,
    .prepare = prepare,
    .round = measure,
    .data = &(guint){ (guint) connections },
  };
  g_print ("echo, %u connections, %d bytes, %u processors: %s\n", (guint) connections, PAYLOAD,
           g_get_num_processors (),
           g_get_num_processors () > 2
               ? "the client is one thread, and may still be the slowest part"
               : "the client takes one, so that on the wall a second worker has none");
  return belfry_bench_alternate (&contest);
}
