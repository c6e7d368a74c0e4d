/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"

/* How the CPU time for one delivery grows with the connections: `bench-growth CONNECTIONS...`. At
 * each number by itself we stand against the yardstick; the last ratio over the first is how much
 * faster ours grows. */

#define PAYLOAD 100
#define BURST 4
#define DELIVERIES 20000
#define MIN_MESSAGES 4

/* More clients than one, for the descriptors; also where they are few, so that all is alike. */
#define N_PROCESSES 2

#define SECONDS 12

enum
{
  ONE,
  BURSTS,
  N_MEASURES,
};

static const BelfryBenchMeasure measures[N_MEASURES] = {
  [ONE] = { "CPU a delivery, one at a time", "us" },
  [BURSTS] = { "CPU a delivery, bursts of 4", "us" },
};

static gboolean
prepare (BelfryBenchContender *contender, gconstpointer data, GError **error)
{
  guint16 port = belfry_bench_server_get_port (contender->server);
  double warm_up;

  contender->subscribers = *(const guint *) data;
  contender->clients = belfry_bench_clients_new (N_PROCESSES, port, NULL, error);
  return contender->clients != NULL &&
         belfry_load_open (contender->load, 0, belfry_bench_deadline (), error) &&
         belfry_bench_clients_open (contender->clients, contender->subscribers, error) &&
         belfry_bench_delivery (contender, BURST, BURST, PAYLOAD, &warm_up, error);
}

static gboolean
measure (BelfryBenchContender *contender, gconstpointer data, double *figures, GError **error)
{
  guint messages = MAX (DELIVERIES / contender->subscribers / BURST * BURST, MIN_MESSAGES);

  return belfry_bench_delivery (contender, 1, messages, PAYLOAD, &figures[ONE], error) &&
         belfry_bench_delivery (contender, BURST, messages, PAYLOAD, &figures[BURSTS], error);
}

static int
compare_at (guint connections, double *ratios)
{
  const BelfryBenchContest contest = {
    .use = BELFRY_BENCH_FANOUT,
    .measures = measures,
    .n_measures = N_MEASURES,
    .n_rounds = BELFRY_BENCH_MAX_ROUNDS,
    .seconds = SECONDS,
    .trusted = TRUE,
    .prepare = prepare,
    .round = measure,
    .data = &connections,
    .ratios = ratios,
  };

  g_print ("growth, %u connections, %d bytes\n", connections, PAYLOAD);
  return belfry_bench_alternate (&contest);
}

int
main (int argc, char *argv[])
{
  double first[N_MEASURES] = { 0 }, last[N_MEASURES] = { 0 };

  for (int i = 1; i < argc; i++)
    {
      guint64 connections;

      if (!g_ascii_string_to_unsigned (argv[i], 10, 1, 19000, &connections, NULL))
        argc = 1;
      else if (compare_at ((guint) connections, i == 1 ? first : last) != 0)
        return 1;
    }
  if (argc < 3)
    {
      g_printerr ("usage: bench-growth CONNECTIONS CONNECTIONS...\n");
      return 64;
    }
  for (guint i = 0; i < N_MEASURES; i++)
    g_print ("growth of %-29s from %s to %s connections, of medians: ratio %5.2f\n",
             measures[i].name, argv[1], argv[argc - 1], first[i] > 0 ? last[i] / first[i] : 0);
  return 0;
}
