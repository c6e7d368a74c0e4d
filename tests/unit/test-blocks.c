/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-blocks.h"

#include "belfry-fake-clock.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static gint64
in (BelfryFakeClock *clock, gint64 seconds)
{
  return belfry_clock_wall (BELFRY_CLOCK (clock)) + seconds * SECOND;
}

/* A name is blocked until its time is over, or until it is taken out. */
static void
test_until (void)
{
  g_autoptr (BelfryFakeClock) clock = belfry_fake_clock_new ();
  g_autoptr (BelfryBlocks) blocks = belfry_blocks_new (BELFRY_CLOCK (clock), 10);

  g_assert_false (belfry_blocks_contains (blocks, "a"));
  g_assert_true (belfry_blocks_add (blocks, "a", in (clock, 2)));
  g_assert_true (belfry_blocks_add (blocks, "b", in (clock, 9)));
  g_assert_true (belfry_blocks_contains (blocks, "a"));
  belfry_fake_clock_advance (clock, 2 * SECOND - 1);
  g_assert_true (belfry_blocks_contains (blocks, "a"));
  belfry_fake_clock_advance (clock, 1);
  g_assert_false (belfry_blocks_contains (blocks, "a"));
  g_assert_true (belfry_blocks_remove (blocks, "b"));
  g_assert_false (belfry_blocks_remove (blocks, "b"));
  g_assert_false (belfry_blocks_contains (blocks, "b"));
  g_assert_cmpuint (belfry_blocks_get_size (blocks), ==, 0);
}

/* What is said last of a name counts, be it longer or shorter, or over already. */
static void
test_again (void)
{
  g_autoptr (BelfryFakeClock) clock = belfry_fake_clock_new ();
  g_autoptr (BelfryBlocks) blocks = belfry_blocks_new (BELFRY_CLOCK (clock), 1);

  g_assert_true (belfry_blocks_add (blocks, "a", in (clock, 9)));
  g_assert_true (belfry_blocks_add (blocks, "a", in (clock, 2)));
  belfry_fake_clock_advance (clock, 3 * SECOND);
  g_assert_false (belfry_blocks_remove (blocks, "a"));
  g_assert_true (belfry_blocks_add (blocks, "a", in (clock, 9)));
  g_assert_true (belfry_blocks_add (blocks, "a", in (clock, -1)));
  g_assert_false (belfry_blocks_contains (blocks, "a"));
}

/* When there is no room, what is over goes first, then what would be over first, and that is told.
 */
static void
test_bound (void)
{
  g_autoptr (BelfryFakeClock) clock = belfry_fake_clock_new ();
  g_autoptr (BelfryBlocks) blocks = belfry_blocks_new (BELFRY_CLOCK (clock), 3);

  g_assert_true (belfry_blocks_add (blocks, "short", in (clock, 1)));
  g_assert_true (belfry_blocks_add (blocks, "long", in (clock, 9)));
  g_assert_true (belfry_blocks_add (blocks, "longer", in (clock, 10)));
  belfry_fake_clock_advance (clock, 2 * SECOND);
  g_assert_true (belfry_blocks_add (blocks, "new", in (clock, 20)));
  g_assert_cmpuint (belfry_blocks_get_size (blocks), ==, 3);
  g_assert_false (belfry_blocks_add (blocks, "newer", in (clock, 20)));
  g_assert_false (belfry_blocks_contains (blocks, "long"));
  g_assert_true (belfry_blocks_contains (blocks, "longer"));
  g_assert_true (belfry_blocks_contains (blocks, "newer"));
  g_assert_true (belfry_blocks_add (blocks, "newer", in (clock, 30)));
  g_assert_cmpuint (belfry_blocks_get_size (blocks), ==, 3);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/blocks/until", test_until);
  belfry_test_add ("/blocks/again", test_again);
  belfry_test_add ("/blocks/bound", test_bound);
  return g_test_run ();
}
