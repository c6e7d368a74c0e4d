/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-load.h"
#include "belfry-ctl.h"

G_BEGIN_DECLS

/**
 * belfry_ctl_load_config:
 *
 * Loads the configuration that the options name, and tells of all that is wrong with it.
 *
 * Returns: (transfer full) (nullable): %NULL if there are errors
 */
BelfryConfig *belfry_ctl_load_config (const BelfryCtl *self);

G_END_DECLS
