/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-bench-server.h"

G_BEGIN_DECLS

/* With what the daemon verifies tokens; to be put into its environment. */
#define BELFRY_BENCH_SECRET_VARIABLE "JWT_SECRET"
#define BELFRY_BENCH_SECRET "a-secret-that-only-the-benches-know"

/* Seconds between two pings: shorter than any service has it, so that enough pings come while a
 * bench lasts. */
#define BELFRY_BENCH_PING 2

/**
 * BelfryBenchUse:
 *
 * What servers are compared in. Each has a table of targets, the first of which is the yardstick.
 */
typedef enum
{
  BELFRY_BENCH_FANOUT,      /* one publishes, all others get it */
  BELFRY_BENCH_ECHO,        /* everybody gets back what he sent */
  BELFRY_BENCH_CORES,       /* the same, of one worker and of two */
  BELFRY_BENCH_COMPRESSION, /* as fan-out: plain, compressed once, compressed for each */
  BELFRY_BENCH_IDLE,        /* as fan-out, with a ping every %BELFRY_BENCH_PING seconds */
  BELFRY_BENCH_CONNECT,     /* nothing but to come in: bare, upgraded, with a session, signed in */
  BELFRY_BENCH_TOPICS,      /* as echo, but through a topic of everybody's own */
  BELFRY_BENCH_REDIS,       /* as topics, but published through Redis */
  BELFRY_BENCH_N_USES,
} BelfryBenchUse;

/**
 * belfry_bench_targets:
 * @n: (out): how many there are, at least three
 *
 * Returns: (transfer none) (array length=n): the servers; the second is the first again
 */
const BelfryBenchTarget *belfry_bench_targets (BelfryBenchUse use, guint *n);

/**
 * belfry_bench_daemon:
 *
 * Returns: (transfer none): the daemon with two workers; each client signs in, and subscribes to a
 * topic of its own
 */
const BelfryBenchTarget *belfry_bench_daemon (void);

/**
 * belfry_bench_daemon_in_common:
 *
 * Returns: (transfer none): likewise, but all subscribe to the same topic, and somebody publishes
 */
const BelfryBenchTarget *belfry_bench_daemon_in_common (void);

/**
 * belfry_bench_daemon_with_redis:
 *
 * Returns: (transfer none): the daemon with one worker; each client signs in, and subscribes to a
 * topic of its own, to which is published through Redis
 */
const BelfryBenchTarget *belfry_bench_daemon_with_redis (void);

G_END_DECLS
