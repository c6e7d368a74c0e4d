/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fake-clock"

#include "config.h"

#include "belfry-fake-clock.h"

#include <stdatomic.h>

/* Time as the test tells it. May be read from any thread. */
struct _BelfryFakeClock
{
  GObject parent_instance;

  _Atomic gint64 now;
  _Atomic gint64 wall;
};

static void belfry_fake_clock_iface_init (BelfryClockInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryFakeClock,
                               belfry_fake_clock,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_CLOCK,
                                                      belfry_fake_clock_iface_init))

static gint64
belfry_fake_clock_now (BelfryClock *clock)
{
  return atomic_load_explicit (&BELFRY_FAKE_CLOCK (clock)->now, memory_order_relaxed);
}

static gint64
belfry_fake_clock_wall (BelfryClock *clock)
{
  return atomic_load_explicit (&BELFRY_FAKE_CLOCK (clock)->wall, memory_order_relaxed);
}

static void
belfry_fake_clock_iface_init (BelfryClockInterface *iface)
{
  iface->now = belfry_fake_clock_now;
  iface->wall = belfry_fake_clock_wall;
}

static void
belfry_fake_clock_class_init (BelfryFakeClockClass *klass)
{
}

static void
belfry_fake_clock_init (BelfryFakeClock *self)
{
  atomic_init (&self->now, G_USEC_PER_SEC);
  atomic_init (&self->wall, G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC);
}

BelfryFakeClock *
belfry_fake_clock_new (void)
{
  return g_object_new (BELFRY_TYPE_FAKE_CLOCK, NULL);
}

void
belfry_fake_clock_advance (BelfryFakeClock *self, gint64 by)
{
  atomic_fetch_add_explicit (&self->now, by, memory_order_relaxed);
  atomic_fetch_add_explicit (&self->wall, by, memory_order_relaxed);
}

void
belfry_fake_clock_set_wall (BelfryFakeClock *self, gint64 wall)
{
  atomic_store_explicit (&self->wall, wall, memory_order_relaxed);
}
