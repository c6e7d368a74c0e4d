/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-bench-clients.h"
#include "belfry-bench-feed.h"
#include "belfry-bench-targets.h"

G_BEGIN_DECLS

/**
 * BelfryBenchMeasure:
 *
 * One figure. Only the ratio of two can be compared between machines.
 */
typedef struct
{
  const char *name; /* (unowned) */
  const char *unit; /* (unowned) */
  gboolean more_is_better;
} BelfryBenchMeasure;

/* Names another build of the program that is measured, to compare it with that. */
#define BELFRY_BENCH_AGAINST "BELFRY_BENCH_AGAINST"

#define BELFRY_BENCH_MAX_MEASURES 8
#define BELFRY_BENCH_MAX_ROUNDS 64

/**
 * BelfryBenchContender:
 *
 * A running server and the clients that are connected to it.
 */
typedef struct
{
  BelfryBenchServer *server;   /* (owned) (nullable) */
  BelfryLoad *load;            /* (owned) (nullable) */
  BelfryBenchClients *clients; /* (owned) (nullable): if the bench has made any */
  BelfryBenchFeed *feed;       /* (owned) (nullable): likewise */
  const char *topics;          /* (unowned) (nullable): the target's */
  guint subscribers;           /* as the bench has opened them */
} BelfryBenchContender;

/**
 * BelfryBenchPrepareFunc:
 *
 * Brings a contender to where its rounds begin.
 */
typedef gboolean (*BelfryBenchPrepareFunc) (BelfryBenchContender *contender,
                                            gconstpointer data,
                                            GError **error);

/**
 * BelfryBenchRoundFunc:
 * @figures: (out caller-allocated): one for each measure
 *
 * Measures once.
 */
typedef gboolean (*BelfryBenchRoundFunc) (BelfryBenchContender *contender,
                                          gconstpointer data,
                                          double *figures,
                                          GError **error);

/**
 * BelfryBenchContest:
 *
 * What is compared, and how.
 */
typedef struct
{
  BelfryBenchUse use;
  const BelfryBenchMeasure *measures; /* (unowned) */
  guint n_measures;
  guint n_rounds;   /* of each, %BELFRY_BENCH_MAX_ROUNDS at most */
  guint seconds;    /* after these no round begins; 15 if it is zero */
  gboolean afresh;  /* a new server for each round, not one for all */
  gboolean trusted; /* the yardstick need not stand against itself, as it did in another bench */
  BelfryBenchPrepareFunc prepare;
  BelfryBenchRoundFunc round;
  gconstpointer data; /* (unowned): for both */
  double *ratios; /* (unowned) (nullable): gets the last target's median ratio of each measure */
} BelfryBenchContest;

/**
 * belfry_bench_alternate:
 *
 * Compares every further target of the table with the yardstick, the two in turns, so that what
 * else the machine does hits both alike. Prints for each measure the best round of both and the
 * ratio of these, and the median of the ratios of each two rounds that came after one another: the
 * nearer the two are, the more they can be trusted.
 *
 * With %BELFRY_BENCH_AGAINST in the environment, the program that it names is compared instead with
 * the one of the table's last target: so two builds are, by the same work in the same run.
 *
 * Returns: the exit status
 */
int belfry_bench_alternate (const BelfryBenchContest *contest);

/**
 * belfry_bench_delivery:
 * @burst: how many messages to publish at a time
 * @messages: how many in all
 * @size: of each payload
 * @figure: (out): the server's CPU time for one delivery, in microseconds
 *
 * Publishes when all that came before has been delivered, so that a server has nothing to coalesce
 * but the burst.
 */
gboolean belfry_bench_delivery (BelfryBenchContender *contender,
                                guint burst,
                                guint messages,
                                gsize size,
                                double *figure,
                                GError **error);

/**
 * belfry_bench_deadline:
 *
 * Returns: how long one call to the load client may take
 */
gint64 belfry_bench_deadline (void);

G_END_DECLS
