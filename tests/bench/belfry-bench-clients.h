/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-load.h"

G_BEGIN_DECLS

/**
 * BelfryBenchClients:
 *
 * Subscribers in processes of their own, for more connections than one process may have
 * descriptors, and so that what is measured does not wait for one client. They ask for `/`.
 */
typedef struct _BelfryBenchClients BelfryBenchClients;

/**
 * belfry_bench_clients_new:
 * @port: of the server on loopback
 * @role: (nullable): what each connection says, with `{p}` for the number of its process; its path
 * is always `/`
 *
 * Returns: (transfer full) (nullable): the processes, without connections yet
 */
BelfryBenchClients *belfry_bench_clients_new (guint n_processes,
                                              guint16 port,
                                              const BelfryLoadRole *role,
                                              GError **error);

/**
 * belfry_bench_clients_free:
 *
 * Ends them; all their connections are reset.
 */
void belfry_bench_clients_free (BelfryBenchClients *self);

/**
 * belfry_bench_clients_open:
 * @n: how many more connections to open, spread over the processes
 */
gboolean belfry_bench_clients_open (BelfryBenchClients *self, guint n, GError **error);

/**
 * belfry_bench_clients_expect:
 * @n: how many messages are about to be published
 */
gboolean belfry_bench_clients_expect (BelfryBenchClients *self, guint n, GError **error);

/**
 * belfry_bench_clients_settle:
 *
 * Waits until all that is expected has come to all, in order and once.
 */
gboolean belfry_bench_clients_settle (BelfryBenchClients *self, GError **error);

/**
 * belfry_bench_clients_get_deliveries:
 *
 * Returns: how many deliveries all have had together when the last call returned
 */
guint64 belfry_bench_clients_get_deliveries (const BelfryBenchClients *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryBenchClients, belfry_bench_clients_free)

G_END_DECLS
