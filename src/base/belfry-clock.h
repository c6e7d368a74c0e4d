/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BelfryClock:
 *
 * Where everything that waits, expires or measures gets its time from, so that a test can hand in a
 * clock of its own. Implementations may be asked from any thread.
 */
#define BELFRY_TYPE_CLOCK (belfry_clock_get_type ())
G_DECLARE_INTERFACE (BelfryClock, belfry_clock, BELFRY, CLOCK, GObject)

struct _BelfryClockInterface
{
  GTypeInterface parent_iface;

  gint64 (*now) (BelfryClock *self);
  gint64 (*wall) (BelfryClock *self);
};

/**
 * belfry_clock_now:
 *
 * Returns: microseconds that never go back, for deadlines and durations
 */
gint64 belfry_clock_now (BelfryClock *self);

/**
 * belfry_clock_wall:
 *
 * Returns: microseconds since 1970, for what people and tokens mean by time
 */
gint64 belfry_clock_wall (BelfryClock *self);

#define BELFRY_TYPE_SYSTEM_CLOCK (belfry_system_clock_get_type ())
G_DECLARE_FINAL_TYPE (BelfrySystemClock, belfry_system_clock, BELFRY, SYSTEM_CLOCK, GObject)

/**
 * belfry_system_clock_new:
 *
 * Returns: (transfer full): the machine's clock
 */
BelfryClock *belfry_system_clock_new (void);

G_END_DECLS
