/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-control.h"
#include "belfry-part.h"

G_BEGIN_DECLS

/**
 * BelfryBus:
 *
 * The part that puts the control on a bus, and does so again when the bus or the name was lost. A
 * service without a bus does all else as it should, so its start never fails.
 */
#define BELFRY_TYPE_BUS (belfry_bus_get_type ())
G_DECLARE_FINAL_TYPE (BelfryBus, belfry_bus, BELFRY, BUS, GObject)

BelfryBus *belfry_bus_new (BelfryControl *control);

/* @min: @max: microseconds between two attempts; to be called before the start */
void belfry_bus_set_pauses (BelfryBus *self, gint64 min, gint64 max);

/* Returns: whether the name is ours */
gboolean belfry_bus_is_owner (BelfryBus *self);

G_END_DECLS
