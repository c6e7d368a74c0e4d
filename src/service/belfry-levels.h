/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-part.h"

G_BEGIN_DECLS

/**
 * BelfryLevels:
 *
 * The part that puts the configured log levels in force, at the start and when they change.
 */
#define BELFRY_TYPE_LEVELS (belfry_levels_get_type ())
G_DECLARE_FINAL_TYPE (BelfryLevels, belfry_levels, BELFRY, LEVELS, GObject)

BelfryPart *belfry_levels_new (void);

G_END_DECLS
