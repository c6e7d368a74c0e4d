/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-clock.h"

G_BEGIN_DECLS

/**
 * BelfryFakeClock:
 *
 * A clock that stands still until a test moves it. Starts at one second, so that zero is in the
 * past.
 */
#define BELFRY_TYPE_FAKE_CLOCK (belfry_fake_clock_get_type ())
G_DECLARE_FINAL_TYPE (BelfryFakeClock, belfry_fake_clock, BELFRY, FAKE_CLOCK, GObject)

BelfryFakeClock *belfry_fake_clock_new (void);

/**
 * belfry_fake_clock_advance:
 * @by: microseconds
 *
 * Moves both the monotonic and the wall time.
 */
void belfry_fake_clock_advance (BelfryFakeClock *self, gint64 by);

/**
 * belfry_fake_clock_set_wall:
 *
 * Sets the wall time alone, as an administrator who corrects it does.
 */
void belfry_fake_clock_set_wall (BelfryFakeClock *self, gint64 wall);

G_END_DECLS
