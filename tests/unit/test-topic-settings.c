/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <belfry/belfry.h>

#include "belfry-config-table.h"
#include "belfry-test.h"

/* What nobody has set is not there, and what is asked for is left as it was. */
static void
test_unset (void)
{
  g_autoptr (BelfryTopicSettings) settings = belfry_topic_settings_new ();
  guint size = 1;
  guint64 bytes = 2;
  gint64 ttl = 3;
  gboolean presence = TRUE;
  BelfrySlowConsumer slow_consumer = BELFRY_SLOW_CONSUMER_CONFLATE;

  g_assert_false (belfry_topic_settings_get_history_size (settings, &size));
  g_assert_false (belfry_topic_settings_get_history_bytes (settings, &bytes));
  g_assert_false (belfry_topic_settings_get_history_ttl (settings, &ttl));
  g_assert_false (belfry_topic_settings_get_presence (settings, &presence));
  g_assert_false (belfry_topic_settings_get_slow_consumer (settings, &slow_consumer));
  g_assert_cmpuint (size + bytes + (guint64) ttl, ==, 6);
  g_assert_true (presence);
  g_assert_cmpint (slow_consumer, ==, BELFRY_SLOW_CONSUMER_CONFLATE);
}

/* Each is set by itself, also to what is as good as nothing; a copy has them all. */
static void
test_set (void)
{
  g_autoptr (BelfryTopicSettings) settings = belfry_topic_settings_new ();
  guint size = 1;
  gboolean presence = TRUE;
  guint64 bytes = 1;
  BelfrySlowConsumer slow_consumer = BELFRY_SLOW_CONSUMER_CONFLATE;

  belfry_topic_settings_set_history_size (settings, 0);
  g_assert_true (belfry_topic_settings_get_history_size (settings, &size));
  g_assert_cmpuint (size, ==, 0);
  g_assert_false (belfry_topic_settings_get_presence (settings, &presence));
  belfry_topic_settings_set_presence (settings, FALSE);
  belfry_topic_settings_set_history_bytes (settings, 0);
  belfry_topic_settings_set_slow_consumer (settings, BELFRY_SLOW_CONSUMER_DISCONNECT);
  g_autoptr (BelfryTopicSettings) copy = g_boxed_copy (BELFRY_TYPE_TOPIC_SETTINGS, settings);
  belfry_topic_settings_set_presence (settings, TRUE);
  g_assert_true (belfry_topic_settings_get_presence (copy, &presence));
  g_assert_false (presence);
  g_assert_true (belfry_topic_settings_get_history_bytes (copy, &bytes));
  g_assert_cmpuint (bytes, ==, 0);
  g_assert_true (belfry_topic_settings_get_slow_consumer (copy, &slow_consumer));
  g_assert_cmpint (slow_consumer, ==, BELFRY_SLOW_CONSUMER_DISCONNECT);
}

/* What is out of bounds becomes what is just within; and the bounds are the configuration's. */
static void
test_bounds (void)
{
  g_autoptr (BelfryTopicSettings) settings = belfry_topic_settings_new ();
  const BelfryConfigRow *rows[] = {
    belfry_config_table_row (BELFRY_CONFIG_TOPIC_HISTORY_SIZE),
    belfry_config_table_row (BELFRY_CONFIG_TOPIC_HISTORY_BYTES),
    belfry_config_table_row (BELFRY_CONFIG_TOPIC_HISTORY_TTL),
  };
  guint size;
  guint64 bytes;
  gint64 ttl;

  belfry_topic_settings_set_history_size (settings, G_MAXUINT);
  belfry_topic_settings_set_history_bytes (settings, G_MAXUINT64);
  belfry_topic_settings_set_history_ttl (settings, G_MAXINT64);
  g_assert_true (belfry_topic_settings_get_history_size (settings, &size));
  g_assert_true (belfry_topic_settings_get_history_bytes (settings, &bytes));
  g_assert_true (belfry_topic_settings_get_history_ttl (settings, &ttl));
  g_assert_cmpint (size, ==, rows[0]->maximum);
  g_assert_cmpuint (bytes, ==, (guint64) rows[1]->maximum);
  g_assert_cmpint (ttl, ==, rows[2]->maximum);
  belfry_topic_settings_set_history_ttl (settings, G_MININT64);
  g_assert_true (belfry_topic_settings_get_history_ttl (settings, &ttl));
  g_assert_cmpint (ttl, ==, rows[2]->minimum);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/topic-settings/unset", test_unset);
  belfry_test_add ("/topic-settings/set", test_set);
  belfry_test_add ("/topic-settings/bounds", test_bounds);
  return g_test_run ();
}
