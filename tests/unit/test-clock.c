/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-clock.h"

#include "belfry-fake-clock.h"
#include "belfry-test.h"

/* The machine's clock never goes back, and knows the date. */
static void
test_system (void)
{
  BelfryClock *clock = belfry_system_clock_new ();
  gint64 before = g_get_monotonic_time ();
  gint64 now = belfry_clock_now (clock);

  g_assert_cmpint (now, >=, before);
  g_assert_cmpint (belfry_clock_now (clock), >=, now);
  g_assert_cmpint (belfry_clock_wall (clock), >, G_GINT64_CONSTANT (1600000000) * G_USEC_PER_SEC);
  belfry_test_assert_finalizes (clock);
}

/* The tests' clock stands still until it is moved; its wall time can be set apart. */
static void
test_fake (void)
{
  BelfryFakeClock *fake = belfry_fake_clock_new ();
  BelfryClock *clock = BELFRY_CLOCK (fake);
  gint64 now = belfry_clock_now (clock);
  gint64 wall = belfry_clock_wall (clock);

  g_assert_cmpint (belfry_clock_now (clock), ==, now);
  belfry_fake_clock_advance (fake, 5);
  g_assert_cmpint (belfry_clock_now (clock), ==, now + 5);
  g_assert_cmpint (belfry_clock_wall (clock), ==, wall + 5);
  belfry_fake_clock_set_wall (fake, 7);
  g_assert_cmpint (belfry_clock_wall (clock), ==, 7);
  g_assert_cmpint (belfry_clock_now (clock), ==, now + 5);
  belfry_test_assert_finalizes (clock);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/clock/system", test_system);
  belfry_test_add ("/clock/fake", test_fake);
  return g_test_run ();
}
