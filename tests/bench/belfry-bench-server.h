/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-bench-redis.h"
#include "belfry-load.h"

G_BEGIN_DECLS

/**
 * BelfryBenchTarget:
 *
 * A server to be measured: how it is started, how it tells its port, and how it is used.
 * With @topics, a Redis server of its own is started before it, and `{redis}` in @argv becomes that
 * one's port.
 */
typedef struct
{
  const char *name;        /* (unowned) */
  const char *const *argv; /* (unowned): the program is relative to the build tree, or absolute */
  const char *port_after;  /* (unowned): its port is the number behind this in what it prints */
  const char *topics; /* (unowned) (nullable): what comes through Redis is named so, and a number */
  BelfryLoadPlan plan;
} BelfryBenchTarget;

/**
 * belfry_bench_spawn:
 * @argv: the program is relative to the build tree, or absolute
 *
 * Returns: (transfer full) (nullable): a process that does not outlive the thread that started it
 */
GSubprocess *belfry_bench_spawn (const char *const *argv, GSubprocessFlags flags, GError **error);

/**
 * BelfryBenchServer:
 *
 * A process that was started to be measured. It does not outlive the thread that started it.
 */
typedef struct _BelfryBenchServer BelfryBenchServer;

/**
 * belfry_bench_server_start:
 *
 * Returns: (transfer full): the server, which has told its port; %NULL with @error if it did not
 */
BelfryBenchServer *belfry_bench_server_start (const BelfryBenchTarget *target, GError **error);

/**
 * belfry_bench_server_stop:
 *
 * Asks it to end, and makes it end if it does not.
 *
 * Returns: whether it ended by itself, with success
 */
gboolean belfry_bench_server_stop (BelfryBenchServer *self);

guint16 belfry_bench_server_get_port (const BelfryBenchServer *self);
gint64 belfry_bench_server_get_pid (const BelfryBenchServer *self);

/* Returns: (transfer none) (nullable): the Redis server that it was started with */
BelfryBenchRedis *belfry_bench_server_get_redis (const BelfryBenchServer *self);

/**
 * belfry_bench_cpu_of:
 * @pid: a process
 *
 * Returns: the CPU time, user and system, of all its threads, in nanoseconds; -1 if there is no
 *   such process
 */
gint64 belfry_bench_cpu_of (gint64 pid);

/**
 * belfry_bench_threads_of:
 *
 * Returns: (transfer full) (element-type utf8 gint64): the CPU time of each thread, in nanoseconds;
 *   empty if there is no such process
 */
GHashTable *belfry_bench_threads_of (gint64 pid);

/**
 * belfry_bench_busiest:
 * @before: (transfer none): what belfry_bench_threads_of() has returned
 * @after: (transfer none): and later
 *
 * Returns: the CPU time that the thread has used meanwhile which used most
 */
gint64 belfry_bench_busiest (GHashTable *before, GHashTable *after);

/**
 * belfry_bench_memory_of:
 * @pid: a process
 * @field: a line of `smaps_rollup`, such as `Rss` or `Pss`
 *
 * Returns: bytes of memory; -1 if that cannot be read
 */
gint64 belfry_bench_memory_of (gint64 pid, const char *field);

static inline void
belfry_bench_server_end (BelfryBenchServer *self)
{
  belfry_bench_server_stop (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryBenchServer, belfry_bench_server_end)

G_END_DECLS
