/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-watchdog.h"

#include "belfry-fake-part.h"
#include "belfry-test-notify.h"
#include "belfry-test.h"

typedef struct
{
  BelfryTestNotify *listener; /* (owned) */
  BelfryNotify *notify;       /* (owned) */
  GString *journal;           /* (owned) */
  BelfryFakePart *part;       /* (owned) */
  GPtrArray *parts;           /* (element-type BelfryPart) (owned) */
} Fixture;

static void
fixture_init (Fixture *self, const char *interval)
{
  self->listener = belfry_test_notify_new ();
  g_setenv ("NOTIFY_SOCKET", belfry_test_notify_get_address (self->listener), TRUE);
  g_unsetenv ("WATCHDOG_PID");
  if (interval != NULL)
    g_setenv ("WATCHDOG_USEC", interval, TRUE);
  self->notify = belfry_notify_new_from_environment ();
  self->journal = g_string_new (NULL);
  self->part = belfry_fake_part_new ("a", self->journal);
  self->parts = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (self->parts, g_object_ref (self->part));
}

static void
fixture_clear (Fixture *self)
{
  g_ptr_array_unref (self->parts);
  belfry_test_assert_finalizes (self->part);
  g_string_free (self->journal, TRUE);
  belfry_notify_free (self->notify);
  belfry_test_notify_free (self->listener);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static guint
count_feedings (Fixture *self)
{
  return belfry_test_notify_count (self->listener, "WATCHDOG=1");
}

/* While all is well, the watchdog is fed again and again. */
static void
test_feeds (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture, "20000");
  G_GNUC_UNUSED g_autoptr (BelfryWatchdog) watchdog =
      belfry_watchdog_new (fixture.notify, fixture.parts);
  belfry_test_wait_until (count_feedings (&fixture) >= 3);
}

/* A part that does not answer holds the feeding back until it does; both are said once. */
static void
test_holds_back (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture, "20000");
  fixture.part->lifeless = TRUE;
  belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-watchdog", "a does not answer*");
  belfry_test_expect_log (BELFRY_LOG_NOTICE, "belfry-watchdog", "all parts answer again*");
  G_GNUC_UNUSED g_autoptr (BelfryWatchdog) watchdog =
      belfry_watchdog_new (fixture.notify, fixture.parts);
  gint64 until = g_get_monotonic_time () + 100 * G_TIME_SPAN_MILLISECOND;
  belfry_test_wait_until (g_get_monotonic_time () >= until);
  g_assert_cmpuint (count_feedings (&fixture), ==, 0);
  fixture.part->lifeless = FALSE;
  belfry_test_wait_until (count_feedings (&fixture) >= 1);
}

/* Where the service manager wants no feeding, there is none. */
static void
test_none (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture, NULL);
  G_GNUC_UNUSED g_autoptr (BelfryWatchdog) watchdog =
      belfry_watchdog_new (fixture.notify, fixture.parts);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (count_feedings (&fixture), ==, 0);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/watchdog/feeds", test_feeds);
  belfry_test_add ("/watchdog/holds-back", test_holds_back);
  belfry_test_add ("/watchdog/none", test_none);
  return g_test_run ();
}
