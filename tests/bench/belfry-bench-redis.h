/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a bench exits with that cannot be run here. */
#define BELFRY_BENCH_SKIPPED 77

/**
 * BelfryBenchRedis:
 *
 * A redis-server on a free port of the loopback, which keeps nothing, and which never ends a
 * subscriber that is slow. It does not outlive the thread that started it.
 */
typedef struct _BelfryBenchRedis BelfryBenchRedis;

/* Whether there is a redis-server; says so if not. */
gboolean belfry_bench_redis_available (void);

/**
 * belfry_bench_redis_start:
 *
 * Returns: (transfer full): it, which takes connections; %NULL with @error if it does not
 */
BelfryBenchRedis *belfry_bench_redis_start (GError **error);

/**
 * belfry_bench_redis_stop:
 *
 * Ends it as if its machine had failed.
 */
void belfry_bench_redis_stop (BelfryBenchRedis *self);

/**
 * belfry_bench_redis_replace:
 *
 * Ends it likewise, and starts another on the same port.
 *
 * Returns: whether that takes connections
 */
gboolean belfry_bench_redis_replace (BelfryBenchRedis *self, GError **error);

guint16 belfry_bench_redis_get_port (const BelfryBenchRedis *self);

/**
 * belfry_bench_redis_count_channels:
 *
 * Returns: how many channels are subscribed to; -1 if it does not say
 */
gint64 belfry_bench_redis_count_channels (const BelfryBenchRedis *self);

/**
 * belfry_bench_redis_connect:
 *
 * Returns: (transfer full): a blocking socket to a Redis server on loopback; -1 with `errno`
 */
int belfry_bench_redis_connect (guint16 port);

/**
 * belfry_bench_redis_say:
 * @fd: such a socket
 *
 * Returns: whether all of it was sent
 */
gboolean belfry_bench_redis_say (int fd, const char *text, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryBenchRedis, belfry_bench_redis_stop)

G_END_DECLS
