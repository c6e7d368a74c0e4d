/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-control-host.h"
#include "belfry-server.h"
#include "belfry-service.h"

G_BEGIN_DECLS

/**
 * BelfrySteward:
 *
 * Does for the control what only the service as a whole can do.
 */
#define BELFRY_TYPE_STEWARD (belfry_steward_get_type ())
G_DECLARE_FINAL_TYPE (BelfrySteward, belfry_steward, BELFRY, STEWARD, GObject)

/**
 * belfry_steward_new:
 * @server: (transfer none)
 * @sources: where the configuration comes from; must outlive it
 */
BelfrySteward *belfry_steward_new (BelfryServer *server, const BelfryConfigSources *sources);

/**
 * belfry_steward_set_service:
 * @service: (transfer none) (nullable): whose steward it is; %NULL before that goes
 *
 * The service is made of its parts, one of which needs the steward: so it comes later.
 */
void belfry_steward_set_service (BelfrySteward *self, BelfryService *service);

G_END_DECLS
