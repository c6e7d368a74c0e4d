/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-part.h"
#include "belfry-client.h"
#include "belfry-handover.h"
#include "belfry-responder.h"

G_BEGIN_DECLS

/**
 * BelfryServer:
 *
 * The part that serves connections: opens the addresses, runs the workers, and speaks for them on
 * the main thread.
 */
#define BELFRY_TYPE_SERVER (belfry_server_get_type ())
G_DECLARE_FINAL_TYPE (BelfryServer, belfry_server, BELFRY, SERVER, GObject)

/**
 * belfry_server_new:
 * @clock: (transfer none): for every deadline
 * @activated: (transfer none) (element-type BelfryActivationSocket): what the service manager
 * opened; duplicated, not taken
 * @handlers: (array length=BELFRY_CONFIG_N_DIALECTS): what each dialect does, %NULL where there is
 * none; must outlive it
 */
BelfryServer *belfry_server_new (BelfryClock *clock,
                                 GPtrArray *activated,
                                 const BelfryEndpointHandler *const *handlers);

/**
 * belfry_server_set_core:
 * @hub: (transfer none): whose shards the workers will have; referenced
 * @metrics: (transfer none): made with belfry_connection_metrics and belfry_core_metrics;
 * referenced
 * @routes: (nullable): the HTTP routes of plugins
 *
 * Gives clients sessions, and the HTTP API somebody to ask. To be called before the start.
 */
void belfry_server_set_core (BelfryServer *self,
                             BelfryHub *hub,
                             BelfryMetrics *metrics,
                             BelfryConfig *config,
                             const BelfryResponderRoutes *routes);

/**
 * belfry_server_set_handover:
 * @handover: (transfer full): what the image before has left; freed when the start is over
 *
 * Goes on with the clients and the sockets of that. To be called before the start, which then is
 * over when all that can be there is.
 */
void belfry_server_set_handover (BelfryServer *self, BelfryHandover *handover);

/**
 * belfry_server_rest_async:
 * @duration: microseconds that what is under way may take
 *
 * Lets everything come to rest: nothing new is accepted, read or ordered. Ends when it has, or when
 * the time is over.
 */
void belfry_server_rest_async (BelfryServer *self,
                               gint64 duration,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean belfry_server_rest_finish (BelfryServer *self, GAsyncResult *result, GError **error);

/**
 * belfry_server_freeze:
 * @handover: where clients and sockets are written down
 * @error: %BELFRY_ERROR_UNAVAILABLE if a worker does not come to stand still; all go on then
 *
 * Blocks until all workers stand still. The loop must not run until belfry_server_rouse().
 */
gboolean belfry_server_freeze (BelfryServer *self, BelfryHandover *handover, GError **error);

/* Goes on as if nothing had been. */
void belfry_server_rouse (BelfryServer *self);

/**
 * belfry_server_get_port:
 *
 * Returns: the port of the first TCP address it listens on, 0 if there is none
 */
guint16 belfry_server_get_port (BelfryServer *self);

/* Returns: how many threads serve clients */
guint belfry_server_get_n_workers (BelfryServer *self);

/**
 * belfry_server_get_n_connections:
 *
 * Returns: how many clients there are, those that have not asked for anything yet included
 */
guint belfry_server_get_n_connections (BelfryServer *self);

/**
 * belfry_server_get_n_clients:
 *
 * Returns: how many WebSocket clients and streams there are, as of a moment ago: those that a drain
 * spreads over its time
 */
guint belfry_server_get_n_clients (BelfryServer *self);

/**
 * BelfryDrainProgress:
 *
 * How far a drain is.
 */
typedef struct
{
  guint left;   /* clients that have not gone yet */
  guint total;  /* how many there were when it began */
  gint64 until; /* when it is over, by the server's clock, which is the monotonic one */
} BelfryDrainProgress;

/**
 * belfry_server_get_drain:
 * @progress: (out): not touched if there is nothing to tell
 *
 * Returns: whether the server is draining, or was before it stopped
 */
gboolean belfry_server_get_drain (BelfryServer *self, BelfryDrainProgress *progress);

/**
 * belfry_server_shed:
 * @percent: how many of a hundred clients, from 1 to 100
 * @duration: microseconds over which they are told to go, evenly
 *
 * Sends a share of each worker's clients away, chosen at random, as a drain would: with 1012 and
 * the time after which to come again. The server goes on and takes new ones: so clients find their
 * way to other instances behind a load balancer. Does nothing while the server drains or stops.
 *
 * Returns: whether it was begun
 */
gboolean belfry_server_shed (BelfryServer *self, guint percent, gint64 duration);

G_END_DECLS
