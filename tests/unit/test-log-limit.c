/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-limited"

#include "config.h"

#include "belfry-log-limit.h"

#include "belfry-fake-clock.h"
#include "belfry-test.h"

typedef struct
{
  BelfryFakeClock *clock;
  BelfryDeadlineWheel *wheel;
  BelfryLogLimit limit;
} Fixture;

static void
fixture_init (Fixture *self)
{
  self->clock = belfry_fake_clock_new ();
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  belfry_log_limit_init (&self->limit, self->wheel, "a test");
}

static void
fixture_clear (Fixture *self)
{
  belfry_log_limit_clear (&self->limit);
  g_assert_cmpuint (belfry_deadline_wheel_count (self->wheel), ==, 0);
  belfry_deadline_wheel_free (self->wheel);
  belfry_test_assert_finalizes (self->clock);
}

static void
advance (Fixture *self, gint64 by)
{
  belfry_fake_clock_advance (self->clock, by);
  belfry_deadline_wheel_turn (self->wheel);
}

/* Every line that comes must be expected, so that one too many fails the test. */
static void
write_expecting (Fixture *self, guint n_written, guint n)
{
  for (guint i = 0; i < n_written; i++)
    belfry_test_expect_log (BELFRY_LOG_WARNING, G_LOG_DOMAIN, "it happened *");
  for (guint i = 0; i < n; i++)
    belfry_log_limited (&self->limit, BELFRY_LOG_WARNING, NULL, "it happened %u", i);
  belfry_test_assert_logged ();
}

/* A burst is written, the rest of a flood is counted, and the count is said a minute later. */
static void
test_flood (void)
{
  Fixture f;

  fixture_init (&f);
  write_expecting (&f, BELFRY_LOG_LIMIT_BURST, 1000);
  g_autofree char *count =
      g_strdup_printf ("%d more like this: a test", 1000 - BELFRY_LOG_LIMIT_BURST);
  belfry_test_expect_log (BELFRY_LOG_WARNING, G_LOG_DOMAIN, count);
  advance (&f, G_TIME_SPAN_MINUTE + BELFRY_DEADLINE_TICK);
  belfry_test_assert_logged ();
  advance (&f, G_TIME_SPAN_MINUTE + BELFRY_DEADLINE_TICK);
  write_expecting (&f, 1, 1);
  fixture_clear (&f);
}

/* What is rare is written, and nothing is said of lines that were not left out. */
static void
test_rare (void)
{
  Fixture f;

  fixture_init (&f);
  for (guint i = 0; i < 3 * BELFRY_LOG_LIMIT_BURST; i++)
    {
      write_expecting (&f, 1, 1);
      advance (&f, G_TIME_SPAN_MINUTE / BELFRY_LOG_LIMIT_RATE);
    }
  g_assert_cmpuint (belfry_deadline_wheel_count (f.wheel), ==, 0);
  fixture_clear (&f);
}

/* What was counted is said at the latest when the limit goes, as gravely as the gravest. */
static void
test_clear (void)
{
  Fixture f;

  fixture_init (&f);
  write_expecting (&f, BELFRY_LOG_LIMIT_BURST, BELFRY_LOG_LIMIT_BURST);
  belfry_log_limited (&f.limit, BELFRY_LOG_NOTICE, NULL, "left out");
  belfry_log_limited (&f.limit, BELFRY_LOG_WARNING, NULL, "left out");
  belfry_log_limited (&f.limit, BELFRY_LOG_NOTICE, NULL, "left out");
  belfry_test_expect_log (BELFRY_LOG_WARNING, G_LOG_DOMAIN, "3 more like this: a test");
  fixture_clear (&f);
}

/* A line that would not be written anyway takes no room from others. */
static void
test_level (void)
{
  Fixture f;

  fixture_init (&f);
  g_assert_true (belfry_log_set_levels ("warning", NULL));
  for (guint i = 0; i < 100; i++)
    belfry_log_limited (&f.limit, BELFRY_LOG_INFO, NULL, "unseen");
  write_expecting (&f, BELFRY_LOG_LIMIT_BURST, BELFRY_LOG_LIMIT_BURST);
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/log-limit/flood", test_flood);
  belfry_test_add ("/log-limit/rare", test_rare);
  belfry_test_add ("/log-limit/clear", test_clear);
  belfry_test_add ("/log-limit/level", test_level);
  return g_test_run ();
}
