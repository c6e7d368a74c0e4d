/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-handover.h"
#include "belfry-hub.h"
#include "belfry-loader.h"
#include "belfry-part.h"

G_BEGIN_DECLS

/**
 * BelfryHouse:
 *
 * The part that is the core: the broker, the gate and the hub between them, and what plugins may
 * ask of these. Starts after the plugins, which fill the gate, and before the server.
 */
#define BELFRY_TYPE_HOUSE (belfry_house_get_type ())
G_DECLARE_FINAL_TYPE (BelfryHouse, belfry_house, BELFRY, HOUSE, GObject)

/**
 * belfry_house_new:
 * @host: (transfer none): what plugins see of the service
 * @loader: (transfer none): where plugins are found once it has started
 */
BelfryHouse *belfry_house_new (BelfryClock *clock,
                               BelfryConfig *config,
                               BelfryLoaderHost *host,
                               BelfryLoader *loader);

/* @handover: (transfer none): what the image before has left; until the start */
void belfry_house_set_handover (BelfryHouse *self, BelfryHandover *handover);

/* (transfer none) */
BelfryHub *belfry_house_get_hub (BelfryHouse *self);
BelfryMetrics *belfry_house_get_metrics (BelfryHouse *self);

G_END_DECLS
