/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-brokers.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-fake-clock.h"
#include "belfry-memory-broker.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

/* Without a URL, everything stays in the process; how much is kept can be changed meanwhile. */
static void
test_memory (void)
{
  BelfryFakeClock *clock = belfry_fake_clock_new ();
  BelfryDeadlineWheel *wheel =
      belfry_deadline_wheel_new (BELFRY_CLOCK (clock), NULL, G_PRIORITY_DEFAULT);
  g_autoptr (BelfryConfig) config = belfry_test_config_new ("");
  g_autoptr (BelfryConfig) next = belfry_test_config_new ("[broker]\nmemory = 2MiB\n");
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_brokers_check (config, &error));
  g_assert_no_error (error);
  BelfryBroker *broker = belfry_brokers_make (BELFRY_CLOCK (clock), wheel, NULL, config, &error);
  g_assert_no_error (error);
  g_assert_true (BELFRY_IS_MEMORY_BROKER (broker));
  belfry_brokers_apply (broker, next);
  belfry_brokers_retire (broker);
  belfry_brokers_close (broker);
  belfry_test_assert_finalizes (broker);
  belfry_deadline_wheel_free (wheel);
  belfry_test_assert_finalizes (clock);
}

typedef struct
{
  const char *what;
  const char *a;
  const char *b;
  gboolean same;
} SameCase;

static const SameCase same_cases[] = {
  { "nothing changed", "url = redis://a", "url = redis://a", TRUE },
  { "more memory", "memory = 1MiB", "memory = 2MiB", TRUE },
  { "another prefix, without a server", "prefix = a", "prefix = b", TRUE },
  { "what it can change by itself", "url = redis://a\noutbox = 0", "url = redis://a", TRUE },
  { "a server, where there was none", "", "url = redis://a", FALSE },
  { "no server, where there was one", "url = redis://a", "", FALSE },
  { "another server", "url = redis://a", "url = redis://b", FALSE },
  { "another password", "url = redis://:a@a", "url = redis://:b@a", FALSE },
  { "another prefix", "url = redis://a\nprefix = a", "url = redis://a", FALSE },
  { "another mode", "url = redis://a\nmode = envelope", "url = redis://a", FALSE },
  { "another channel", "url = redis://a\nchannel = a", "url = redis://a\nchannel = b", FALSE },
};

/* Another broker is wanted only if another place is. */
static void
test_same (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (same_cases); i++)
    {
      const SameCase *each = &same_cases[i];
      g_autofree char *a_text = g_strconcat ("[broker]\n", each->a, "\n", NULL);
      g_autofree char *b_text = g_strconcat ("[broker]\n", each->b, "\n", NULL);
      g_autoptr (BelfryConfig) a = belfry_test_config_new (a_text);
      g_autoptr (BelfryConfig) b = belfry_test_config_new (b_text);

      g_test_message ("%s", each->what);
      g_assert_cmpint (belfry_brokers_are_same (a, b), ==, each->same);
      g_assert_cmpint (belfry_brokers_are_same (b, a), ==, each->same);
    }
}

/* With a URL it is Redis's, whether that is there or not; it takes what it can while it runs. */
static void
test_redis (void)
{
  BelfryFakeClock *clock = belfry_fake_clock_new ();
  BelfryDeadlineWheel *wheel =
      belfry_deadline_wheel_new (BELFRY_CLOCK (clock), NULL, G_PRIORITY_DEFAULT);
  g_autoptr (BelfryConfig) config =
      belfry_test_config_new ("[broker]\nurl = redis+unix:///nowhere\nmode = envelope\n");
  g_autoptr (BelfryConfig) next =
      belfry_test_config_new ("[broker]\nurl = redis+unix:///nowhere\noutbox = 0\n");
  g_autoptr (GError) error = NULL;
  BelfryBroker *broker = belfry_brokers_make (BELFRY_CLOCK (clock), wheel, NULL, config, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (belfry_broker_get_name (broker), ==, "redis");
  belfry_brokers_apply (broker, next);
  belfry_brokers_retire (broker);
  belfry_brokers_close (broker);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  belfry_test_assert_finalizes (broker);
  g_assert_cmpuint (belfry_deadline_wheel_count (wheel), ==, 0);
  belfry_deadline_wheel_free (wheel);
  belfry_test_assert_finalizes (clock);
}

/* What is no place of a Redis is refused, with the key and without what may be a password. */
static void
test_refused (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new ("[broker]\nurl = redis://secret@a\n");
  g_autoptr (GError) error = NULL;

  g_assert_false (belfry_brokers_check (config, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "[broker] url"));
  g_assert_null (strstr (error->message, "secret"));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/brokers/memory", test_memory);
  belfry_test_add ("/brokers/same", test_same);
  belfry_test_add ("/brokers/redis", test_redis);
  belfry_test_add ("/brokers/refused", test_refused);
  return g_test_run ();
}
