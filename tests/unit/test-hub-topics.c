/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include <string.h>

#include "belfry-hub-private.h"
#include "belfry-test-config.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static BelfryMessage *
message_new (const char *topic, gsize size)
{
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (GBytes) payload = g_bytes_new (text, size);
  const BelfryMessageParams params = { .topic = topic, .payload = payload };

  return belfry_message_new (&params);
}

/* When the last one leaves a topic, the broker is asked to forget it a while later, unless somebody
 * comes back before. */
static void
test_linger (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  for (int round = 0; round < 3; round++)
    {
      belfry_fake_client_subscribe (a, "a");
      belfry_fake_client_unsubscribe (a, "a");
      belfry_fake_client_assert_told (a, "subscribed a; unsubscribed a");
      belfry_test_core_advance (&core, 4 * SECOND);
    }
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", TRUE), ==, 1);
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", FALSE), ==, 0);
  g_assert_cmpuint (belfry_hub_get_n_topics (core.hub), ==, 0);
  belfry_test_core_advance (&core, 2 * SECOND);
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", FALSE), ==, 1);
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "subscribed a");
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", TRUE), ==, 2);
  belfry_test_core_advance (&core, 100 * SECOND);
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", FALSE), ==, 1);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A subscription that nobody waits for any more when it is confirmed lingers, too. */
static void
test_linger_after_confirmation (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_settle ();
  belfry_fake_client_leave (a, 1001);
  belfry_fake_client_settle ();
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", FALSE), ==, 0);
  belfry_test_core_advance (&core, 6 * SECOND);
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", FALSE), ==, 1);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A topic stays if somebody asks for it before its time ends, however long a policy then thinks. */
static void
test_linger_while_asked (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "late-a");
  belfry_fake_client_settle ();
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_unsubscribe (a, "late-a");
  belfry_fake_client_assert_told (a, "subscribed late-a; unsubscribed late-a");
  belfry_test_core_advance (&core, 4 * SECOND);
  belfry_fake_client_subscribe (b, "late-a");
  belfry_fake_client_settle ();
  belfry_test_core_advance (&core, 2 * SECOND);
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (b, "subscribed late-a");
  belfry_test_core_publish (&core, "late-a", "1");
  belfry_fake_client_assert_told (b, "message late-a 1");
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "late-a", FALSE), ==, 0);
  belfry_fake_client_leave (b, 1000);
  belfry_fake_client_settle ();
  belfry_test_core_advance (&core, 6 * SECOND);
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "late-a", FALSE), ==, 1);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* No more topics linger than may, whoever subscribes to how many, one after the other; and each
 * that ends or is wanted again makes room. */
static void
test_linger_few (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  core.hub->limits.max_lingering = 1;
  for (int round = 1; round <= 3; round++)
    {
      belfry_fake_client_subscribe (a, "a b");
      belfry_fake_client_unsubscribe (a, "a b");
      belfry_fake_client_assert_told (a, "subscribed a b; unsubscribed a b");
      g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", FALSE), ==, 0);
      g_assert_cmpuint (belfry_late_broker_count (core.broker, "b", FALSE), ==, round);
    }
  belfry_test_core_advance (&core, 6 * SECOND);
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", FALSE), ==, 1);
  belfry_fake_client_subscribe (a, "b");
  belfry_fake_client_unsubscribe (a, "b");
  belfry_fake_client_assert_told (a, "subscribed b; unsubscribed b");
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "b", FALSE), ==, 3);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What the broker lost is told to those who might have got it, once to each. */
static void
test_broker_gap (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_fake_client_new (core.shards[1], "bob");

  belfry_fake_client_subscribe (a, "a.1 a.* a.> b");
  belfry_fake_client_subscribe (b, "b");
  belfry_fake_client_forget (a);
  belfry_fake_client_forget (b);
  belfry_late_broker_lose (core.broker, "a.1", "broker-lost");
  belfry_fake_client_assert_told (a, "gap a.1 broker-lost");
  belfry_late_broker_lose (core.broker, "a.*", "broker-lost");
  belfry_fake_client_assert_told (a, "gap a.* broker-lost");
  belfry_late_broker_lose (core.broker, "q", "broker-lost");
  belfry_fake_client_assert_told (a, "");
  belfry_fake_client_assert_told (b, "");
  belfry_late_broker_lose (core.broker, NULL, "broker-lost");
  belfry_fake_client_assert_told (b, "gap b broker-lost");
  belfry_fake_client_settle ();
  g_assert_cmpuint (strlen (a->told->str), ==,
                    strlen ("gap a.1 broker-lost; gap a.* broker-lost; gap a.> broker-lost; "
                            "gap b broker-lost"));
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_GAPS_BROKER), ==, 7);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* What a shard has no room for is lost, and told as a gap before the next message that it gets. */
static void
test_backlog (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_fake_client_new (core.shards[1], "bob");
  g_autoptr (BelfryMessage) small = message_new ("a", 1);
  g_autoptr (BelfryMessage) big = message_new ("a", 1000);

  belfry_fake_client_subscribe (a, "a *");
  belfry_fake_client_forget (a);
  belfry_fake_client_forget (b);
  core.hub->limits.max_backlog = 2 * belfry_message_get_cost (small) + 10;
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-hub", "a worker is too far behind *“a”");
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-hub", "a worker is too far behind *“a”");
  belfry_late_broker_deliver (core.broker, small);
  belfry_late_broker_deliver (core.broker, big);
  belfry_late_broker_deliver (core.broker, small);
  belfry_late_broker_deliver (core.broker, small);
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_MESSAGES_DROPPED), ==,
                    2);
  belfry_fake_client_assert_told (a, "message a x; gap a backlog; message a x");
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_assert_told (a, "gap a backlog");
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_late_broker_deliver (core.broker, big);
  belfry_fake_client_settle ();
  g_assert_cmpuint (strlen (a->told->str), ==, strlen ("message a ") + 1000);
  belfry_fake_client_assert_told (b, "");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* While a shard is still busy, it is not told of what it lost: more may be lost yet. */
static void
test_backlog_persists (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  g_autoptr (BelfryMessage) message = message_new ("a", 1);

  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_forget (a);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-hub", "a worker is too far behind *“a”");
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-hub", "a worker is too far behind *“a”");
  core.hub->limits.max_backlog = belfry_message_get_cost (message);
  belfry_late_broker_deliver (core.broker, message);
  belfry_late_broker_deliver (core.broker, message);
  belfry_fake_clock_advance (core.clock, SECOND);
  belfry_deadline_wheel_turn (core.hub->wheel);
  belfry_late_broker_deliver (core.broker, message);
  belfry_fake_client_assert_told (a, "message a x");
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_assert_told (a, "gap a backlog");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* More topics than can be named are told as all. */
static void
test_backlog_of_many (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  const char *const topics[] = { "a", "b", "c" };

  core.hub->limits.max_lost = 2;
  core.hub->limits.max_backlog = 1;
  belfry_fake_client_subscribe (a, "a b c d");
  belfry_fake_client_forget (a);
  for (int i = 0; i < 5; i++)
    belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-hub", "a worker is too far behind *");
  for (gsize i = 0; i < G_N_ELEMENTS (topics); i++)
    {
      g_autoptr (BelfryMessage) message = message_new (topics[i], 1);

      belfry_late_broker_deliver (core.broker, message);
      belfry_late_broker_deliver (core.broker, message);
    }
  belfry_fake_client_forget (a);
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_settle ();
  g_assert_cmpuint (strlen (a->told->str), ==, 4 * strlen ("gap a backlog; ") - strlen ("; "));
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

static void
set_config (BelfryTestCore *core, const char *text)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (text);

  belfry_hub_set_config (core->hub, config);
}

/* A new configuration is in force for what there is, too: how a topic is queued, who is there, and
 * what is kept. */
static void
test_config (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_forget (a);
  set_config (&core, "[topic a]\npresence = yes\nslow-consumer = drop-newest\nhistory-size = 2\n");
  belfry_fake_client_assert_told (a, "join a {\"user\":\"alice\"}");
  g_assert_cmpint (a->last_slow_consumer, ==, BELFRY_CONFIG_SLOW_DROP_NEWEST);
  belfry_test_core_publish (&core, "a", "1");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PRESENCE, "a", NULL);
  belfry_fake_client_ask (a, BELFRY_REQUEST_HISTORY, "a", NULL);
  belfry_fake_client_assert_told (a, "message a 1@1; presence a alice*1; history a 1@1");
  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_assert_told (b, "subscribed a@1; join a {\"user\":\"bob\"}");
  belfry_fake_client_forget (a);
  set_config (&core, "[websocket]\nmax-subscriptions = 1\n");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PRESENCE, "a", NULL);
  belfry_fake_client_subscribe (a, "b");
  belfry_fake_client_settle ();
  g_assert_nonnull (strstr (a->told->str, "leave a {\"user\":\"alice\"}"));
  g_assert_true (g_str_has_suffix (a->told->str, "presence a; error limit-reached b"));
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Messages, latencies and sizes are counted where they pass. */
static void
test_metrics (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_subscribe (b, "a b");
  belfry_fake_client_settle ();
  belfry_test_core_publish (&core, "a", "12345");
  belfry_test_core_publish (&core, "b", "12345");
  belfry_test_core_publish (&core, "nobody", "12345");
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_MESSAGES_RECEIVED), ==,
                    2);
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_MESSAGES_DELIVERED), ==,
                    3);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_TOPICS), ==, 2);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_SUBSCRIPTIONS), ==, 3);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_BACKLOG_BYTES), ==, 0);
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (core.metrics);
  g_assert_cmpuint (
      belfry_metrics_snapshot_get_histogram (snapshot, BELFRY_CORE_METRIC_MESSAGE_SIZE)->sum, ==,
      10);
  g_assert_cmpuint (
      belfry_metrics_snapshot_get_histogram (snapshot, BELFRY_CORE_METRIC_DELIVERY_LATENCY)->count,
      ==, 2);
  g_clear_pointer (&snapshot, belfry_metrics_snapshot_free);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_settle ();
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_TOPICS), ==, 0);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_SUBSCRIPTIONS), ==, 0);
  belfry_test_core_clear (&core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-topics/linger", test_linger);
  belfry_test_add ("/hub-topics/linger-after-confirmation", test_linger_after_confirmation);
  belfry_test_add ("/hub-topics/linger-while-asked", test_linger_while_asked);
  belfry_test_add ("/hub-topics/linger-few", test_linger_few);
  belfry_test_add ("/hub-topics/broker-gap", test_broker_gap);
  belfry_test_add ("/hub-topics/backlog", test_backlog);
  belfry_test_add ("/hub-topics/backlog-persists", test_backlog_persists);
  belfry_test_add ("/hub-topics/backlog-of-many", test_backlog_of_many);
  belfry_test_add ("/hub-topics/config", test_config);
  belfry_test_add ("/hub-topics/metrics", test_metrics);
  return g_test_run ();
}
