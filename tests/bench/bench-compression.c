/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"
#include "belfry-error.h"

/* What compression costs: `bench-compression CONNECTIONS`. A kilobyte of JSON goes to all, as it
 * is; compressed once and shared; and, for comparison, compressed for each. */

#define MESSAGES 4
#define MAX_CONNECTIONS 9900

static const BelfryBenchMeasure measures[] = {
  { "CPU a delivery, one at a time", "us" },
};

/* A message that came plain where it should not have would make all look cheap. */
static gboolean
check (const BelfryBenchContender *contender, GError **error)
{
  const BelfryLoadCounts *counts = belfry_load_get_counts (contender->load);

  if (counts->compressed == 0 || counts->compressed == counts->deliveries)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_PROTOCOL,
               "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " deliveries were compressed",
               counts->compressed, counts->deliveries);
  return FALSE;
}

static gboolean
prepare (BelfryBenchContender *contender, gconstpointer data, GError **error)
{
  double warm_up;

  contender->subscribers = *(const guint *) data;
  if (!belfry_load_open (contender->load, contender->subscribers, belfry_bench_deadline (),
                         error) ||
      !belfry_bench_delivery (contender, 1, 1, BELFRY_LOAD_SIZE_MIN, &warm_up, error))
    return FALSE;
  const BelfryLoadCounts *counts = belfry_load_get_counts (contender->load);
  g_print ("%s deliveries\n", counts->compressed > 0 ? "compressed" : "plain");
  return TRUE;
}

static gboolean
measure (BelfryBenchContender *contender, gconstpointer data, double *figures, GError **error)
{
  return belfry_bench_delivery (contender, 1, MESSAGES, BELFRY_LOAD_SIZE_MIN, &figures[0], error) &&
         check (contender, error);
}

int
main (int argc, char *argv[])
{
  guint64 connections;

  if (argc != 2 ||
      !g_ascii_string_to_unsigned (argv[1], 10, 1, MAX_CONNECTIONS, &connections, NULL))
    {
      g_printerr ("usage: bench-compression CONNECTIONS\n");
      return 64;
    }
  const BelfryBenchContest contest = {
    .use = BELFRY_BENCH_COMPRESSION,
    .measures = measures,
    .n_measures = G_N_ELEMENTS (measures),
    .n_rounds = BELFRY_BENCH_MAX_ROUNDS,
    .prepare = prepare,
    .round = measure,
    .data = &(guint){ (guint) connections },
  };
  g_print ("permessage-deflate, %u connections\n", (guint) connections);
  return belfry_bench_alternate (&contest);
}
