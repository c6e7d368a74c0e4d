/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"

/* What comes through Redis, to connections with a topic each: `bench-redis ingest|topics
 * CONNECTIONS`, as fast as Redis takes it, or at a rate.
 *
 * Redis, the one who publishes and the clients need processors, too, so that the clock on the wall
 * says little about the server. What counts is how many messages a second of CPU time is good for:
 * of all of the server, and of its busiest thread. */

/* Messages a second, if there is a rate. */
#define RATE 20000

/* So many messages does a round take at least; it must last longer than a turn of the others. */
#define MESSAGES 20000

/* Two servers' clients are in one process, which may have 20,000 descriptors. */
#define MAX_CONNECTIONS 9900

#define SECONDS 30

typedef struct
{
  guint connections;
  guint rate;
} Numbers;

enum
{
  CPU,
  ALL,
  BUSIEST,
  WALL,
  N_MEASURES,
};

static const BelfryBenchMeasure measures[N_MEASURES] = {
  [CPU] = { "CPU a delivery", "us" },
  [ALL] = { "a second of CPU", "/s", TRUE },
  [BUSIEST] = { "a second of the busiest thread", "/s", TRUE },
  [WALL] = { "on the wall", "/s", TRUE },
};

static gboolean
prepare (BelfryBenchContender *contender, gconstpointer data, GError **error)
{
  const Numbers *numbers = data;
  guint16 port = belfry_bench_redis_get_port (belfry_bench_server_get_redis (contender->server));

  contender->subscribers = numbers->connections;
  contender->feed =
      belfry_bench_feed_new (port, contender->topics, contender->subscribers, 0, error);
  return contender->feed != NULL &&
         belfry_load_open (contender->load, contender->subscribers, belfry_bench_deadline (),
                           error) &&
         belfry_bench_feed_run (contender->feed, contender->load, 1, RATE, belfry_bench_deadline (),
                                error);
}

static gboolean
measure (BelfryBenchContender *contender, gconstpointer data, double *figures, GError **error)
{
  const Numbers *numbers = data;
  gint64 pid = belfry_bench_server_get_pid (contender->server);
  guint rounds = MAX (MESSAGES / numbers->connections, 1);
  double messages = (double) rounds * numbers->connections;
  g_autoptr (GHashTable) before = belfry_bench_threads_of (pid);
  gint64 cpu = belfry_bench_cpu_of (pid);
  gint64 begin = g_get_monotonic_time ();

  if (!belfry_bench_feed_run (contender->feed, contender->load, rounds, numbers->rate,
                              belfry_bench_deadline (), error))
    return FALSE;
  gint64 took = MAX (g_get_monotonic_time () - begin, 1);
  cpu = MAX (belfry_bench_cpu_of (pid) - cpu, 1);
  g_autoptr (GHashTable) after = belfry_bench_threads_of (pid);
  gint64 busiest = MAX (belfry_bench_busiest (before, after), 1);
  figures[CPU] = (double) cpu / 1000 / messages;
  figures[ALL] = messages * 1e9 / (double) cpu;
  figures[BUSIEST] = messages * 1e9 / (double) busiest;
  figures[WALL] = messages * G_USEC_PER_SEC / (double) took;
  return TRUE;
}

int
main (int argc, char *argv[])
{
  guint64 connections;

  if (argc != 3 ||
      !g_ascii_string_to_unsigned (argv[2], 10, 1, MAX_CONNECTIONS, &connections, NULL))
    {
      g_printerr ("usage: bench-redis ingest|topics CONNECTIONS\n");
      return 64;
    }
  if (!belfry_bench_redis_available ())
    return BELFRY_BENCH_SKIPPED;
  const Numbers numbers = { (guint) connections, g_str_equal (argv[1], "topics") ? RATE : 0 };
  const BelfryBenchContest contest = {
    .use = BELFRY_BENCH_REDIS,
    .seconds = SECONDS,
    .measures = measures,
    .n_measures = N_MEASURES,
    .n_rounds = BELFRY_BENCH_MAX_ROUNDS,
    .prepare = prepare,
    .round = measure,
    .data = &numbers,
  };
  g_setenv (BELFRY_BENCH_SECRET_VARIABLE, BELFRY_BENCH_SECRET, TRUE);
  if (numbers.rate > 0)
    g_print ("%u connections on as many topics, %u messages a second through Redis\n",
             numbers.connections, numbers.rate);
  else
    g_print ("%u connections on as many topics, as many messages as Redis takes\n",
             numbers.connections);
  return belfry_bench_alternate (&contest);
}
