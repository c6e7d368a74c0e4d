/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-clock"

#include "config.h"

#include "belfry-clock.h"

/* The machine's own clock: no state, any thread. */
struct _BelfrySystemClock
{
  GObject parent_instance;
};

static void belfry_system_clock_iface_init (BelfryClockInterface *iface);

G_DEFINE_INTERFACE (BelfryClock, belfry_clock, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (BelfrySystemClock,
                               belfry_system_clock,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_CLOCK,
                                                      belfry_system_clock_iface_init))

static gint64
belfry_system_clock_now (BelfryClock *clock)
{
  return g_get_monotonic_time ();
}

static gint64
belfry_system_clock_wall (BelfryClock *clock)
{
  return g_get_real_time ();
}

static void
belfry_system_clock_iface_init (BelfryClockInterface *iface)
{
  iface->now = belfry_system_clock_now;
  iface->wall = belfry_system_clock_wall;
}

static void
belfry_clock_default_init (BelfryClockInterface *iface)
{
}

static void
belfry_system_clock_class_init (BelfrySystemClockClass *klass)
{
}

static void
belfry_system_clock_init (BelfrySystemClock *self)
{
}

gint64
belfry_clock_now (BelfryClock *self)
{
  return BELFRY_CLOCK_GET_IFACE (self)->now (self);
}

gint64
belfry_clock_wall (BelfryClock *self)
{
  return BELFRY_CLOCK_GET_IFACE (self)->wall (self);
}

BelfryClock *
belfry_system_clock_new (void)
{
  return g_object_new (BELFRY_TYPE_SYSTEM_CLOCK, NULL);
}
