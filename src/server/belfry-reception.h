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

/**
 * BelfryReceptionFind:
 *
 * Returns: (nullable): what is served on a path now
 */
typedef const BelfryWorkerEndpoint *(*BelfryReceptionFind) (BelfryWorker *worker, const char *path);

/**
 * belfry_reception_resume:
 * @find: tells what is served where
 * @fd: (transfer full): its connection; closed on error, after a word to it
 * @reader: untrusted: what belfry_client_save() has written
 * @error: %BELFRY_ERROR_INVALID_ARGUMENT, or %BELFRY_ERROR_NOT_FOUND if its endpoint is not served
 * so any more
 *
 * Returns: (transfer full) (nullable): a client that goes on
 */
BelfryClient *belfry_reception_resume (const BelfryReception *self,
                                       BelfryReceptionFind find,
                                       int fd,
                                       BelfryStateReader *reader,
                                       GError **error);

G_END_DECLS
