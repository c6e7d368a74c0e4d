/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include "belfry-error.h"
#include "belfry-hub-private.h"
#include "belfry-memory-broker.h"
#include "belfry-test-config.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define SECOND G_USEC_PER_SEC
#define PATIENCE (10 * SECOND)
#define HISTORY                                                                                    \
  "[topic h]\nhistory-size = 5\n[topic g]\nhistory-size = 5\n[topic p]\npresence = yes\n"

static BelfryLateBroker *
broker_new (BelfryTestCore *core)
{
  g_autoptr (BelfryBroker) memory =
      belfry_memory_broker_new (BELFRY_CLOCK (core->clock), core->wheel, 1 << 20);

  return belfry_late_broker_new (memory);
}

/* Gives the core another broker. Returns: (transfer full): the one before */
static BelfryLateBroker *
exchange (BelfryTestCore *core, BelfryLateBroker *next)
{
  BelfryLateBroker *last = core->broker;

  core->broker = next;
  belfry_hub_set_broker (core->hub, BELFRY_BROKER (next));
  return last;
}

static guint
count_operations (BelfryHub *hub)
{
  guint n = 0;

  for (const BelfryOperation *each = hub->operations; each != NULL; each = each->next)
    n++;
  return n;
}

/* A broker that does not confirm in time: all who wait are told so, and what it confirms later
 * leaves nothing behind. Who then asks again is a new question. */
static void
test_never_confirmed (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_settle ();
  belfry_test_core_advance (&core, PATIENCE - SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_advance (&core, 2 * SECOND);
  belfry_fake_client_assert_told (a, "error unavailable a");
  belfry_fake_client_assert_told (b, "error unavailable a");
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", FALSE), ==, 1);
  g_assert_cmpuint (count_operations (core.hub), ==, 0);
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_settle ();
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "");
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "subscribed a");
  belfry_fake_client_assert_told (b, "");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Topics that were confirmed in time are granted, whatever becomes of the others. */
static void
test_some_confirmed (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_fake_client_subscribe (a, "a b c");
  belfry_fake_client_settle ();
  belfry_late_broker_release_topic (core.broker, "c");
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_advance (&core, PATIENCE + SECOND);
  belfry_fake_client_assert_told (a, "subscribed c; error unavailable a; error unavailable b");
  belfry_test_core_publish (&core, "c", "1");
  belfry_fake_client_assert_told (a, "message c 1");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* Who left while the broker kept silent leaves no topic there, and none here. */
static void
test_nobody_waits (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_settle ();
  belfry_fake_client_free (a);
  belfry_fake_client_settle ();
  g_assert_cmpuint (count_operations (core.hub), ==, 1);
  belfry_test_core_advance (&core, PATIENCE + SECOND);
  g_assert_cmpuint (count_operations (core.hub), ==, 0);
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", FALSE), ==, 1);
  belfry_test_core_clear (&core);
}

/* A history that does not come costs the topics that have one, and no others. */
static void
test_no_history (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_HISTORY);
  belfry_fake_client_subscribe (a, "h a g");
  belfry_fake_client_settle ();
  belfry_late_broker_release_topic (core.broker, "g");
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_advance (&core, PATIENCE + SECOND);
  belfry_fake_client_assert_told (a, "subscribed a g@0; error unavailable h");
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_publish (&core, "h", "1");
  belfry_fake_client_assert_told (a, "");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

typedef struct
{
  const char *what;
  BelfryLate late;
  BelfryRequestKind kind;
  const char *topic;
} SilentCase;

static const SilentCase silent_cases[] = {
  { "nobody says who is there", BELFRY_LATE_PRESENCE, BELFRY_REQUEST_PRESENCE, "p" },
  { "the history does not come", BELFRY_LATE_HISTORY, BELFRY_REQUEST_HISTORY, "h" },
};

/* Every question to the broker ends, and what comes behind it goes on. */
static void
test_silent (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (silent_cases); i++)
    {
      const SilentCase *each = &silent_cases[i];
      g_autofree char *expected = g_strdup_printf ("error unavailable %s #1; pong #2", each->topic);
      BelfryTestCore core;

      g_test_message ("%s", each->what);
      belfry_test_core_init (&core, HISTORY);
      BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

      belfry_late_broker_hold (core.broker, each->late);
      belfry_fake_client_ask (a, each->kind, each->topic, "1");
      belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, "2");
      belfry_fake_client_assert_told (a, "");
      belfry_test_core_advance (&core, PATIENCE + SECOND);
      belfry_fake_client_assert_told (a, expected);
      belfry_late_broker_release (core.broker, 1);
      belfry_fake_client_assert_told (a, "");
      belfry_fake_client_free (a);
      belfry_test_core_clear (&core);
    }
}

/* Who publishes is told that nobody knows, once, and it counts as refused. */
static void
test_publish_silent (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_PUBLISH);
  belfry_fake_client_publish (a, "a", "1");
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_advance (&core, PATIENCE + SECOND);
  belfry_fake_client_assert_told (a, "error unavailable a");
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_MESSAGES_REFUSED), ==,
                    1);
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "");
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_MESSAGES_PUBLISHED), ==,
                    0);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

static const struct
{
  BelfryError error;
  const char *told;
} publish_cases[] = {
  { BELFRY_ERROR_UNAVAILABLE, "error unavailable a" },
  { BELFRY_ERROR_LIMIT_REACHED, "error limit-reached a" },
  { BELFRY_ERROR_CLOSED, "error unavailable a" },
  { BELFRY_ERROR_SYSTEM, "error unavailable a" },
  { BELFRY_ERROR_PROTOCOL, "error unavailable a" },
};

/* What the broker says of a publication reaches who published it, unless it is none of his
 * business. */
static void
test_publish_errors (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  for (gsize i = 0; i < G_N_ELEMENTS (publish_cases); i++)
    {
      belfry_late_broker_fail_with (core.broker, BELFRY_LATE_PUBLISH, publish_cases[i].error);
      belfry_fake_client_publish (a, "a", "1");
      belfry_fake_client_assert_told (a, publish_cases[i].told);
    }
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* While the broker is degraded, what is subscribed goes on, for those who join, too. */
static void
test_degraded (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "subscribed a");
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-hub",
                          "the broker (late) is degraded: connection refused");
  belfry_late_broker_set_state (core.broker, BELFRY_BROKER_DEGRADED, "connection refused");
  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_assert_told (b, "subscribed a");
  belfry_fake_client_subscribe (b, "b");
  belfry_test_core_publish (&core, "a", "1");
  belfry_fake_client_assert_told (a, "message a 1");
  belfry_fake_client_assert_told (b, "message a 1");
  belfry_test_core_advance (&core, PATIENCE + SECOND);
  belfry_fake_client_assert_told (b, "error unavailable b");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Each change is logged once, and can be read off the metrics. */
static void
test_state (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_BROKER_UP), ==, 1);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-hub", "the broker (late) is degraded");
  belfry_late_broker_set_state (core.broker, BELFRY_BROKER_DEGRADED, NULL);
  belfry_late_broker_set_state (core.broker, BELFRY_BROKER_DEGRADED, NULL);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-hub", "the broker (late) is degraded: why");
  g_assert_cmpstr (belfry_hub_get_trouble (core.hub), ==, "degraded");
  belfry_late_broker_set_state (core.broker, BELFRY_BROKER_DEGRADED, "why");
  g_assert_cmpstr (belfry_hub_get_trouble (core.hub), ==, "why");
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_BROKER_UP), ==, 0);
  belfry_late_broker_set_state (core.broker, BELFRY_BROKER_UP, "why");
  g_assert_null (belfry_hub_get_trouble (core.hub));
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_BROKER_UP), ==, 1);
  belfry_hub_measure_broker (core.hub);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_BROKER_LATENCY), ==, 0);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_BROKER_PROOF_AGE), ==, 0);
  belfry_late_broker_set_measures (core.broker, 1500, belfry_clock_now (BELFRY_CLOCK (core.clock)));
  belfry_fake_clock_advance (core.clock, 3 * SECOND);
  belfry_hub_measure_broker (core.hub);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_BROKER_LATENCY), ==, 1500);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_BROKER_PROOF_AGE), ==,
                   3 * SECOND);
  belfry_test_core_clear (&core);
}

/* What is said here is done here and told to the others. */
static void
test_words_told (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  gint64 until = belfry_clock_wall (BELFRY_CLOCK (core.clock)) + SECOND;
  g_autofree char *expected =
      g_strdup_printf ("close alice 4403 go; block bob until %" G_GINT64_FORMAT
                       "; unblock bob; revoke j until %" G_GINT64_FORMAT,
                       until, until);

  g_assert_cmpuint (belfry_hub_close_user (core.hub, "alice", BELFRY_CLOSE_BLOCKED, "go"), ==, 1);
  belfry_hub_block_user (core.hub, "bob", until);
  g_assert_true (belfry_hub_unblock_user (core.hub, "bob"));
  belfry_hub_revoke_token (core.hub, "j", until);
  g_assert_cmpstr (belfry_late_broker_get_told (core.broker), ==, expected);
  belfry_fake_client_assert_told (a, "close 4403");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What another instance was told is done here, and not told again. */
static void
test_words_heard (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  BelfryBrokerWord word = { .kind = BELFRY_BROKER_WORD_CLOSE_USER, .text = "bob", .code = 4000 };

  belfry_late_broker_say (core.broker, &word);
  belfry_fake_client_assert_told (b, "close 4000");
  belfry_fake_client_free (b);
  b = belfry_test_core_client (&core, "bob");
  word.code = 1006;
  belfry_late_broker_say (core.broker, &word);
  belfry_fake_client_assert_told (b, "close 4403");
  word = (BelfryBrokerWord){ .kind = BELFRY_BROKER_WORD_BLOCK_USER,
                             .text = "alice",
                             .until = belfry_clock_wall (BELFRY_CLOCK (core.clock)) + SECOND };
  belfry_late_broker_say (core.broker, &word);
  belfry_late_broker_say (core.broker, &word);
  belfry_fake_client_assert_told (a, "close 4403");
  belfry_fake_client_free (a);
  a = belfry_fake_client_new (core.shards[0], "alice");
  belfry_fake_client_assert_told (a, "welcome; error forbidden; close 4403");
  word.kind = BELFRY_BROKER_WORD_UNBLOCK_USER;
  belfry_late_broker_say (core.broker, &word);
  belfry_fake_client_free (a);
  a = belfry_test_core_client (&core, "alice");
  g_assert_cmpstr (belfry_late_broker_get_told (core.broker), ==, "");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Another broker takes over: who is subscribed stays so, is told of the gap once it is in force,
 * and gets what the new one has; nothing of the old one arrives any more. */
static void
test_exchange (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  BelfryLateBroker *next = broker_new (&core);

  belfry_fake_client_subscribe (a, "a p h b.*");
  belfry_fake_client_subscribe (b, "b.x");
  belfry_fake_client_subscribe (b, "gone");
  belfry_fake_client_unsubscribe (b, "gone");
  belfry_fake_client_forget (a);
  belfry_fake_client_forget (b);
  belfry_late_broker_hold (next, BELFRY_LATE_SUBSCRIBE);
  BelfryLateBroker *last = exchange (&core, next);
  g_assert_false (belfry_late_broker_has_sink (last));
  belfry_fake_client_assert_told (a, "join p {\"user\":\"alice\"}");
  belfry_late_broker_hold (next, 0);
  belfry_late_broker_release_topic (next, "b.x");
  belfry_late_broker_release_topic (next, "b.*");
  belfry_late_broker_release_topic (next, "a");
  belfry_late_broker_release_topic (next, "p");
  belfry_late_broker_release_topic (next, "h");
  belfry_fake_client_assert_told (
      a,
      "gap b.* broker-changed; gap a broker-changed; gap p broker-changed; gap h broker-changed");
  belfry_fake_client_assert_told (b, "gap b.x broker-changed");
  belfry_test_core_publish (&core, "a", "1");
  belfry_test_core_publish (&core, "h", "2");
  belfry_test_core_publish (&core, "b.x", "3");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PRESENCE, "p", NULL);
  belfry_fake_client_assert_told (a, "message a 1; message h 2@1; message b.x 3; presence p "
                                     "alice*1");
  belfry_fake_client_assert_told (b, "message b.x 3");
  g_assert_cmpuint (belfry_late_broker_count (next, "gone", TRUE), ==, 0);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_assert_finalizes (last);
  belfry_test_core_clear (&core);
}

/* What is under way while the broker is exchanged ends, of whatever kind, and can be asked again at
 * once. */
static void
test_exchange_under_way (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *clients[5];

  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = belfry_test_core_client (&core, "alice");
  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE | BELFRY_LATE_PUBLISH |
                                            BELFRY_LATE_HISTORY | BELFRY_LATE_PRESENCE);
  belfry_fake_client_subscribe (clients[0], "a late-b");
  belfry_fake_client_subscribe (clients[0], "a");
  belfry_fake_client_publish (clients[1], "a", "1");
  belfry_fake_client_ask (clients[2], BELFRY_REQUEST_HISTORY, "h", NULL);
  belfry_fake_client_ask (clients[3], BELFRY_REQUEST_PRESENCE, "p", NULL);
  belfry_fake_client_subscribe (clients[4], "h");
  belfry_fake_client_settle ();
  belfry_late_broker_release_topic (core.broker, "h");
  belfry_fake_client_forget (clients[2]);
  belfry_fake_client_settle ();

  BelfryLateBroker *last = exchange (&core, broker_new (&core));

  belfry_fake_client_assert_told (clients[0], "error unavailable; subscribed a");
  belfry_fake_client_assert_told (clients[1], "error unavailable a");
  belfry_fake_client_assert_told (clients[3], "error unavailable p");
  belfry_fake_client_assert_told (clients[4], "error unavailable");
  belfry_late_broker_release (last, G_MAXUINT);
  belfry_fake_plugin_release (core.plugin);
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    belfry_fake_client_forget (clients[i]);
  belfry_test_core_publish (&core, "a", "2");
  belfry_test_core_publish (&core, "h", "3");
  belfry_fake_client_assert_told (clients[0], "message a 2");
  belfry_fake_client_assert_told (clients[4], "");
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    belfry_fake_client_free (clients[i]);
  belfry_test_assert_finalizes (last);
  belfry_test_core_clear (&core);
}

/* A new broker that refuses, or does not answer, is asked again; nobody is dropped meanwhile, and
 * who comes new is told to try again. */
static void
test_exchange_for_a_bad_one (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  BelfryLateBroker *next = broker_new (&core);

  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "subscribed a");
  belfry_late_broker_fail (next, BELFRY_LATE_SUBSCRIBE);
  BelfryLateBroker *last = exchange (&core, next);
  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_assert_told (b, "error unavailable a");
  belfry_late_broker_fail (next, 0);
  belfry_late_broker_hold (next, BELFRY_LATE_SUBSCRIBE);
  belfry_test_core_advance (&core, PATIENCE + SECOND);
  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_assert_told (b, "");
  belfry_test_core_advance (&core, PATIENCE + SECOND);
  belfry_fake_client_assert_told (b, "error unavailable a");
  g_assert_cmpuint (belfry_late_broker_count (next, "a", TRUE), ==, 2);
  g_assert_cmpuint (belfry_late_broker_count (next, "a", FALSE), ==, 0);
  belfry_fake_client_assert_told (a, "");
  belfry_late_broker_release (next, 1);
  belfry_fake_client_assert_told (a, "gap a broker-changed");
  belfry_test_core_publish (&core, "a", "1");
  belfry_fake_client_assert_told (a, "message a 1");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_assert_finalizes (last);
  belfry_test_core_clear (&core);
}

/* Who leaves before the new broker has confirmed leaves nothing behind there. */
static void
test_exchange_and_leave (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryLateBroker *next = broker_new (&core);

  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_settle ();
  belfry_late_broker_hold (next, BELFRY_LATE_SUBSCRIBE);
  BelfryLateBroker *last = exchange (&core, next);
  belfry_fake_client_free (a);
  belfry_fake_client_settle ();
  belfry_test_core_advance (&core, PATIENCE + SECOND);
  g_assert_cmpuint (belfry_late_broker_count (next, "a", FALSE), ==, 1);
  g_assert_cmpuint (count_operations (core.hub), ==, 0);
  belfry_test_assert_finalizes (last);
  belfry_test_core_clear (&core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-broker/never-confirmed", test_never_confirmed);
  belfry_test_add ("/hub-broker/some-confirmed", test_some_confirmed);
  belfry_test_add ("/hub-broker/nobody-waits", test_nobody_waits);
  belfry_test_add ("/hub-broker/no-history", test_no_history);
  belfry_test_add ("/hub-broker/silent", test_silent);
  belfry_test_add ("/hub-broker/publish-silent", test_publish_silent);
  belfry_test_add ("/hub-broker/publish-errors", test_publish_errors);
  belfry_test_add ("/hub-broker/degraded", test_degraded);
  belfry_test_add ("/hub-broker/state", test_state);
  belfry_test_add ("/hub-broker/words-told", test_words_told);
  belfry_test_add ("/hub-broker/words-heard", test_words_heard);
  belfry_test_add ("/hub-broker/exchange", test_exchange);
  belfry_test_add ("/hub-broker/exchange-under-way", test_exchange_under_way);
  belfry_test_add ("/hub-broker/exchange-for-a-bad-one", test_exchange_for_a_bad_one);
  belfry_test_add ("/hub-broker/exchange-and-leave", test_exchange_and_leave);
  return g_test_run ();
}
