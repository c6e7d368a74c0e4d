/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryBenchFunc:
 *
 * What is measured: one call does the work once, and fails the program if it went wrong, so that
 * nothing is measured that does not work, or optimized away.
 */
typedef void (*BelfryBenchFunc) (gconstpointer data);

/**
 * BelfryBenchSide:
 *
 * One of the two that are compared.
 */
typedef struct
{
  const char *name; /* (unowned) */
  BelfryBenchFunc run;
  gconstpointer data; /* (unowned) (nullable) */
} BelfryBenchSide;

/**
 * belfry_bench_cpu_ns:
 *
 * Returns: the CPU time that this process has used, in nanoseconds
 */
gint64 belfry_bench_cpu_ns (void);

/**
 * belfry_bench_heading:
 *
 * Prints what the columns of belfry_bench_compare() are.
 */
void belfry_bench_heading (const char *title);

/**
 * belfry_bench_compare:
 * @shape: what the two work on; begins the line
 * @bytes: how many bytes one call goes through, 0 to print no throughput
 * @baseline: whom @candidate is compared with
 * @candidate: whom it is about
 *
 * Lets both run in turns, so that what else the machine does hits both alike, and prints the best
 * round of each on one line. The ratio is what can be compared between machines.
 *
 * Returns: how many times faster the candidate is
 */
double belfry_bench_compare (const char *shape,
                             gsize bytes,
                             const BelfryBenchSide *baseline,
                             const BelfryBenchSide *candidate);

G_END_DECLS
