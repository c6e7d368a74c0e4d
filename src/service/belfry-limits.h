/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-part.h"

G_BEGIN_DECLS

/**
 * BelfryLimits:
 *
 * The part that sees to the limits that the system sets us: raises the number of descriptors to
 * what is allowed, and says so when that is too few for the connections that the configuration
 * allows.
 */
#define BELFRY_TYPE_LIMITS (belfry_limits_get_type ())
G_DECLARE_FINAL_TYPE (BelfryLimits, belfry_limits, BELFRY, LIMITS, GObject)

BelfryPart *belfry_limits_new (void);

/**
 * belfry_limits_get_descriptors:
 *
 * Returns: how many descriptors the process may have; 0 before the start
 */
guint64 belfry_limits_get_descriptors (BelfryLimits *self);

G_END_DECLS
