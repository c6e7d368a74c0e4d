/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-notify.h"
#include "belfry-part.h"

G_BEGIN_DECLS

/**
 * BelfryWatchdog:
 *
 * Feeds the service manager's watchdog while the main loop turns and every part says that it is
 * alive, twice in each interval. Does nothing where the manager has no watchdog for us.
 */
#define BELFRY_TYPE_WATCHDOG (belfry_watchdog_get_type ())
G_DECLARE_FINAL_TYPE (BelfryWatchdog, belfry_watchdog, BELFRY, WATCHDOG, GObject)

/**
 * belfry_watchdog_new:
 * @notify: (transfer none): must outlive the watchdog
 * @parts: (element-type BelfryPart) (transfer none): who must be alive
 */
BelfryWatchdog *belfry_watchdog_new (BelfryNotify *notify, GPtrArray *parts);

G_END_DECLS
