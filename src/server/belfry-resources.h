/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config.h"
#include "belfry-http-front.h"

G_BEGIN_DECLS

/* What is at a path that no endpoint has: the API, the metrics, plugins' routes, the demo page. */

#define BELFRY_RESOURCES_METRICS "/metrics"
#define BELFRY_RESOURCES_PLUGIN "/plugin/"
#define BELFRY_RESOURCES_DEMO "/demo/"

/**
 * belfry_resources_new:
 * @max_batch: the largest body of a request that publishes
 * @n: (out): how many
 *
 * Returns: (transfer full) (array length=n): for a front's settings; to be freed with g_free()
 */
BelfryHttpResource *belfry_resources_new (BelfryConfig *config, guint64 max_batch, gsize *n);

G_END_DECLS
