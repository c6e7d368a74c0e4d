/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"
#include "belfry-bench-targets.h"

/* CPU time of the server for one delivery: `bench-fanout fanout|echo|topics CONNECTIONS`. */

#define PAYLOAD 100
#define BURST 4

/* Two servers' clients are in one process, which may have 20,000 descriptors. */
#define MAX_CONNECTIONS 9900

/* Ten thousand clients take a while to sign in. */
#define TOPICS_SECONDS 30

/* So many deliveries does each measure of a round take: rounds that are short and many find quiet
 * moments on a busy machine. */
#define DELIVERIES 10000
#define MIN_MESSAGES 4

static const BelfryBenchMeasure measures[] = {
  { "CPU a delivery, one at a time", "us" },
  { "CPU a delivery, bursts of 4", "us" },
};

static gboolean
prepare (BelfryBenchContender *contender, gconstpointer data, GError **error)
{
  guint connections = *(const guint *) data;
  double warm_up;

  contender->subscribers = connections;
  return belfry_load_open (contender->load, connections, belfry_bench_deadline (), error) &&
         belfry_bench_delivery (contender, BURST, BURST, PAYLOAD, &warm_up, error);
}

static gboolean
measure (BelfryBenchContender *contender, gconstpointer data, double *figures, GError **error)
{
  guint connections = *(const guint *) data;
  guint messages = MAX (DELIVERIES / connections / BURST * BURST, MIN_MESSAGES);

  return belfry_bench_delivery (contender, 1, messages, PAYLOAD, &figures[0], error) &&
         belfry_bench_delivery (contender, BURST, messages, PAYLOAD, &figures[1], error);
}

int
main (int argc, char *argv[])
{
  guint64 connections;

  if (argc != 3 ||
      !g_ascii_string_to_unsigned (argv[2], 10, 1, MAX_CONNECTIONS, &connections, NULL))
    {
      g_printerr ("usage: bench-fanout fanout|echo|topics CONNECTIONS\n");
      return 64;
    }
  const BelfryBenchContest contest = {
    .use = g_str_equal (argv[1], "topics") ? BELFRY_BENCH_TOPICS
           : g_str_equal (argv[1], "echo") ? BELFRY_BENCH_ECHO
                                           : BELFRY_BENCH_FANOUT,
    .seconds = g_str_equal (argv[1], "topics") ? TOPICS_SECONDS : 0,
    .measures = measures,
    .n_measures = G_N_ELEMENTS (measures),
    .n_rounds = BELFRY_BENCH_MAX_ROUNDS,
    .prepare = prepare,
    .round = measure,
    .data = &(guint){ (guint) connections },
  };
  g_setenv (BELFRY_BENCH_SECRET_VARIABLE, BELFRY_BENCH_SECRET, TRUE);
  g_print ("%s, %u connections, %d bytes\n", argv[1], (guint) connections, PAYLOAD);
  return belfry_bench_alternate (&contest);
}
