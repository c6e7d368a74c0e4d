/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"

/* What it costs to come in: `bench-connect`. Each target does more than the one before: a bare
 * handshake; ours, by the HTTP library; a session and a subscription; and all that for somebody who
 * shows a JSON Web Token. What one costs more than the one before is the share of what it adds.
 *
 * The processor's time counts, of all threads of the server, so that "a second" is one of a single
 * core. */

/* Nobody leaves, so that no leaving is measured: all rounds together stay below what one process
 * may open for two servers. */
#define WARM_UP 1000
#define CONNECTIONS 500
#define ROUNDS 16

enum
{
  CPU,
  PER_CORE,
  N_MEASURES,
};

static const BelfryBenchMeasure measures[N_MEASURES] = {
  [CPU] = { "CPU to come in", "us" },
  [PER_CORE] = { "come in on one core", "/s", TRUE },
};

static gboolean
prepare (BelfryBenchContender *contender, gconstpointer data, GError **error)
{
  return belfry_load_open (contender->load, WARM_UP, belfry_bench_deadline (), error);
}

static gboolean
measure (BelfryBenchContender *contender, gconstpointer data, double *figures, GError **error)
{
  gint64 pid = belfry_bench_server_get_pid (contender->server);
  gint64 cpu = belfry_bench_cpu_of (pid);

  if (!belfry_load_open (contender->load, CONNECTIONS, belfry_bench_deadline (), error))
    return FALSE;
  figures[CPU] = (double) (belfry_bench_cpu_of (pid) - cpu) / 1000 / CONNECTIONS;
  figures[PER_CORE] = G_USEC_PER_SEC / MAX (figures[CPU], 1);
  return TRUE;
}

int
main (int argc, char *argv[])
{
  const BelfryBenchContest contest = {
    .use = BELFRY_BENCH_CONNECT,
    .measures = measures,
    .n_measures = N_MEASURES,
    .n_rounds = ROUNDS,
    .seconds = 30,
    .prepare = prepare,
    .round = measure,
  };

  if (argc != 1)
    {
      g_printerr ("usage: bench-connect\n");
      return 64;
    }
  g_setenv (BELFRY_BENCH_SECRET_VARIABLE, BELFRY_BENCH_SECRET, TRUE);
  g_print ("connect, %d at a time beside up to %d\n", CONNECTIONS, WARM_UP + ROUNDS * CONNECTIONS);
  return belfry_bench_alternate (&contest);
}
