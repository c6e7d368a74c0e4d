/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config.h"
#include "belfry-http-front.h"
#include "belfry-client.h"

G_BEGIN_DECLS

/**
 * BelfryWorkerEndpoint:
 *
 * What a worker knows of an endpoint besides what the front does.
 */
typedef struct
{
  const BelfryEndpointHandler *handler;  /* (unowned): a constant */
  const BelfryDialect *dialect;          /* (unowned) (nullable): a constant, of a speaker */
  const BelfryOneWay *one_way;           /* (unowned) (nullable): a constant, of a stream */
  BelfryConnectionSettings *connections; /* (owned) */
} BelfryWorkerEndpoint;

/**
 * BelfryWorkerSettings:
 *
 * What the workers are told of the configuration: made on the main thread at the start and on each
 * reload, immutable and atomically reference-counted.
 */
typedef struct
{
  /*< private >*/
  gatomicrefcount refs;
  BelfryConfig *config; /* (owned): what the paths below point into */

  /*< public >*/
  BelfryEndpoint *front_endpoints; /* (array length=n_endpoints) (owned) */
  BelfryWorkerEndpoint *endpoints; /* (array length=n_endpoints) (owned): in the same order */
  gsize n_endpoints;
  BelfryHttpResource *resources; /* (array length=n_resources) (owned): what is not an endpoint */
  gsize n_resources;
  guint64 max_batch; /* the largest body of a request that publishes */
  BelfryHttpFrontSettings front;
  BelfryListenerLimits listener;
} BelfryWorkerSettings;

/**
 * belfry_worker_settings_new:
 * @handlers: (array length=BELFRY_CONFIG_N_DIALECTS): by dialect; %NULL for what is not served
 * @error: %BELFRY_ERROR_INVALID_CONFIG if a file that is named cannot be used
 *
 * An endpoint whose dialect is not served is left out.
 *
 * Returns: (transfer full) (nullable): the settings
 */
BelfryWorkerSettings *belfry_worker_settings_new (BelfryConfig *config,
                                                  const BelfryEndpointHandler *const *handlers,
                                                  GError **error);
BelfryWorkerSettings *belfry_worker_settings_ref (BelfryWorkerSettings *self);
void belfry_worker_settings_unref (BelfryWorkerSettings *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryWorkerSettings, belfry_worker_settings_unref)

G_END_DECLS
