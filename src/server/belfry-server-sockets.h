/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config.h"
#include "belfry-listen-socket.h"

G_BEGIN_DECLS

/**
 * belfry_server_sockets_open:
 * @activated: (element-type BelfryActivationSocket): what `systemd` in the configuration means
 * @kept: (nullable) (element-type BelfryListenSocket): those of the image before; emptied
 * @n_workers: how many workers there are to be
 * @port: (out): the port of the first TCP address, 0 if there is none
 *
 * Opens all that the configuration says to listen on: a TCP address once for each worker, all else
 * once, shared by them.
 *
 * Returns: (transfer full) (array length=n_workers) (element-type BelfryListenSocket) (nullable):
 * an array for each worker
 */
GPtrArray **belfry_server_sockets_open (BelfryConfig *config,
                                        GPtrArray *activated,
                                        GPtrArray *kept,
                                        guint n_workers,
                                        guint16 *port,
                                        GError **error);

/**
 * belfry_server_sockets_free:
 *
 * Closes what has not been taken out.
 */
void belfry_server_sockets_free (GPtrArray **sockets, guint n_workers);

G_END_DECLS
