/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-client.h"
#include "belfry-connection-host.h"
#include "belfry-upgrade.h"
#include "belfry-worker-settings.h"

G_BEGIN_DECLS

/**
 * BelfryReception:
 *
 * Where a worker makes clients of those whose handshake is done.
 */
typedef struct
{
  BelfryWorker *worker;       /* (unowned) */
  BelfryConnectionHost *host; /* (unowned) */
  BelfryShard *shard;         /* (unowned) (nullable): if there is a core */
} BelfryReception;

/**
 * belfry_reception_receive:
 * @endpoint: where it came in
 * @stream: (transfer none): its connection
 * @upgrade: what it said; its descriptor is taken
 * @error: %BELFRY_ERROR_SYSTEM or %BELFRY_ERROR_UNAVAILABLE
 *
 * Returns: (transfer full) (nullable): a client, connected, with a session if its endpoint is one
 * of a dialect
 */
BelfryClient *belfry_reception_receive (const BelfryReception *self,
                                        const BelfryWorkerEndpoint *endpoint,
                                        GIOStream *stream,
                                        BelfryUpgrade *upgrade,
                                        GError **error);

G_END_DECLS
