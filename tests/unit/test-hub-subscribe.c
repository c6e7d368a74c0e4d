/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include "belfry-error.h"
#include "belfry-hub-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define HISTORY "[topic h]\nhistory-size = 5\n[topic g]\nhistory-size = 5\n"

/* Who is subscribed to a topic gets what is published to it, and nothing else. */
static void
test_simple (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "subscribed a");
  belfry_test_core_publish (&core, "a", "1");
  belfry_test_core_publish (&core, "b", "2");
  belfry_fake_client_assert_told (a, "message a 1");
  belfry_fake_client_assert_told (b, "");
  belfry_fake_client_unsubscribe (a, "a");
  belfry_fake_client_assert_told (a, "unsubscribed a");
  belfry_test_core_publish (&core, "a", "3");
  belfry_fake_client_assert_told (a, "");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Each topic of a request is judged by itself: first those that are granted, then the others. */
static void
test_batch (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_ask (a, BELFRY_REQUEST_SUBSCRIBE, "deny.x a $b c d..* e*> >.f", "7");
  belfry_fake_client_assert_told (a, "subscribed a c d..* e*> #7; error forbidden deny.x #7; "
                                     "error topic-invalid $b #7; error topic-invalid >.f #7");
  belfry_fake_client_subscribe (a, "deny.x deny.y");
  belfry_fake_client_assert_told (a, "error forbidden deny.x; error forbidden deny.y");
  belfry_fake_client_ask (a, BELFRY_REQUEST_SUBSCRIBE, NULL, "8");
  belfry_fake_client_assert_told (a, "error bad-request #8");
  belfry_fake_client_ask (a, BELFRY_REQUEST_UNSUBSCRIBE, NULL, "9");
  belfry_fake_client_assert_told (a, "error bad-request #9");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

typedef struct
{
  const char *defect;
  const char *topic;
  const char *told;
} TopicCase;

static const TopicCase topic_cases[] = {
  { "an empty name", "", "error topic-invalid " },
  { "a control character", "a\x01", "error topic-invalid a\x01" },
  { "not UTF-8", "a\xff", "error topic-invalid a\xff" },
  { "reserved by underscores", "__keyspace@0__:x", "error topic-invalid __keyspace@0__:x" },
  { "reserved by a dollar sign", "$x", "error topic-invalid $x" },
  { "reserved for us", "belfry:probe", "error topic-invalid belfry:probe" },
  { "the rest is not the end", "a.>.b", "error topic-invalid a.>.b" },
  { "a pattern of reserved names", "__x.*", "error topic-invalid __x.*" },
};

/* What is no topic is refused as that, whoever asks. */
static void
test_invalid (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  for (gsize i = 0; i < G_N_ELEMENTS (topic_cases); i++)
    {
      g_test_message ("%s", topic_cases[i].defect);
      belfry_fake_client_subscribe (a, topic_cases[i].topic);
      belfry_fake_client_assert_told (a, topic_cases[i].told);
    }
  g_assert_cmpuint (belfry_hub_get_n_topics (core.hub), ==, 0);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* Subscribing again changes nothing, in another request or in the same; nor is anything delivered
 * twice then. Whoever names a forbidden topic twice is told so twice. */
static void
test_repeated (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_subscribe (a, "a a");
  belfry_fake_client_assert_told (a, "subscribed a a");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "subscribed a");
  belfry_test_core_publish (&core, "a", "1");
  belfry_fake_client_assert_told (a, "message a 1");
  belfry_fake_client_subscribe (a, "deny.x deny.x late-deny.x late-deny.x");
  belfry_fake_client_assert_told (a, "");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "error forbidden deny.x; error forbidden deny.x; "
                                     "error forbidden late-deny.x; error forbidden late-deny.x");
  belfry_fake_client_unsubscribe (a, "a a");
  belfry_fake_client_assert_told (a, "unsubscribed a; error not-subscribed a");
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_SUBSCRIPTIONS), ==, 0);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A session has as many subscriptions as it may have, and can have others when it gives some up. */
static void
test_limit (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "[websocket]\nmax-subscriptions = 2\n");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_subscribe (a, "a b a c");
  belfry_fake_client_assert_told (a, "subscribed a b a; error limit-reached c");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "subscribed a");
  belfry_fake_client_unsubscribe (a, "a");
  belfry_fake_client_subscribe (a, "c d");
  belfry_fake_client_assert_told (a, "unsubscribed a; subscribed c; error limit-reached d");
  g_assert_cmpuint (belfry_hub_get_n_topics (core.hub), ==, 2);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What is asked for while a policy thinks about something else waits for its turn. */
static void
test_in_order (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_ask (a, BELFRY_REQUEST_SUBSCRIBE, "late-a b", "1");
  belfry_fake_client_ask (a, BELFRY_REQUEST_UNSUBSCRIBE, "late-a", "2");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, "3");
  belfry_fake_client_publish (a, "b", "x");
  belfry_fake_client_assert_told (a, "");
  belfry_fake_client_ask (b, BELFRY_REQUEST_SUBSCRIBE, "b", "1");
  belfry_fake_client_assert_told (b, "subscribed b #1");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "subscribed late-a b #1; unsubscribed late-a #2; pong #3; "
                                     "message b x; published");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* The broker is asked once, however many want a topic, and nobody is told before it has confirmed;
 * then everybody is. */
static void
test_confirmation (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_subscribe (b, "a b");
  belfry_fake_client_assert_told (a, "");
  g_assert_cmpuint (belfry_late_broker_get_n_held (core.broker), ==, 2);
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "subscribed a");
  belfry_fake_client_assert_told (b, "");
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (b, "subscribed a b");
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", TRUE), ==, 1);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* What the broker cannot do is told to all who wait for it, and tried again for the next. */
static void
test_broker_fails (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_late_broker_fail (core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_assert_told (a, "error unavailable a");
  belfry_fake_client_assert_told (b, "error unavailable a");
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", TRUE), ==, 1);
  belfry_late_broker_fail (core.broker, BELFRY_LATE_HISTORY);
  belfry_fake_client_subscribe (a, "a h");
  belfry_fake_client_assert_told (a, "subscribed a; error unavailable h");
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "a", TRUE), ==, 2);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Who leaves while he waits for anything at all is forgotten, and those who wait with him are not.
 */
static void
test_leave_while_waiting (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  BelfryFakeClient *c = belfry_test_core_client (&core, "carol");
  BelfryFakeClient *d = belfry_test_core_client (&core, "dave");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE | BELFRY_LATE_HISTORY);
  belfry_fake_client_subscribe (a, "late-x");
  belfry_fake_client_subscribe (b, "x");
  belfry_fake_client_subscribe (c, "x");
  belfry_fake_client_subscribe (d, "h");
  belfry_fake_client_settle ();
  belfry_late_broker_release (core.broker, 2);
  belfry_fake_client_assert_told (c, "subscribed x");
  belfry_fake_client_leave (a, 1001);
  belfry_fake_client_leave (b, 1001);
  belfry_fake_client_leave (d, 1001);
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_fake_plugin_get_n_cancelled (core.plugin), ==, 1);
  belfry_fake_plugin_release (core.plugin);
  belfry_late_broker_release (core.broker, G_MAXUINT);
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_hub_get_n_topics (core.hub), ==, 1);
  g_assert_cmpuint (belfry_hub_get_n_sessions (core.hub), ==, 1);
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "late-x", TRUE), ==, 0);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_fake_client_free (d);
  belfry_test_core_clear (&core);
}

static BelfryPosition
subscribe_and_get_position (BelfryFakeClient *client, const char *topic)
{
  belfry_fake_client_subscribe (client, topic);
  belfry_fake_client_settle ();
  return client->position;
}

/* A client that comes back with a position gets what it missed, behind the answer, and then what
 * comes; or is told that it does not. */
static void
test_recover (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  belfry_test_core_publish (&core, "h", "1");
  BelfryPosition since = subscribe_and_get_position (a, "h");
  belfry_fake_client_assert_told (a, "subscribed h@1");
  belfry_fake_client_leave (a, 1001);
  for (int i = 2; i <= 4; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      belfry_test_core_publish (&core, "h", text);
    }

  BelfryFakeClient *b = belfry_test_core_client (&core, "alice");
  belfry_fake_client_recover (b, "h", &since);
  belfry_fake_client_assert_told (b, "subscribed h@1+; message h 2@2; message h 3@3; "
                                     "message h 4@4");
  belfry_test_core_publish (&core, "h", "5");
  belfry_fake_client_assert_told (b, "message h 5@5");
  for (int i = 6; i <= 9; i++)
    belfry_test_core_publish (&core, "h", "x");
  belfry_fake_client_forget (b);

  BelfryFakeClient *c = belfry_test_core_client (&core, "alice");
  belfry_fake_client_recover (c, "h", &since);
  belfry_fake_client_assert_told (c, "subscribed h@9-");
  belfry_fake_client_recover (c, "a", &since);
  belfry_fake_client_assert_told (c, "subscribed a-");
  belfry_fake_client_recover (c, "a.*", &since);
  belfry_fake_client_assert_told (c, "subscribed a.*-");
  belfry_fake_client_recover (c, "h", &since);
  belfry_fake_client_assert_told (c, "subscribed h@9-");
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_RECOVERED), ==, 1);
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_NOT_RECOVERED), ==, 3);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_test_core_clear (&core);
}

typedef struct
{
  const char *defect;
  gint64 epoch; /* added to the true one */
  gint64 offset;
} SinceCase;

static const SinceCase since_cases[] = {
  { "another epoch", 1, 0 },
  { "an offset that is yet to come", 0, 1 },
  { "the highest offset", 0, G_MAXINT64 },
  { "an unset position", G_MININT64, 0 },
};

/* A position that cannot be is not recovered from. */
static void
test_wrong_since (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  belfry_test_core_publish (&core, "h", "1");
  BelfryPosition position = subscribe_and_get_position (a, "h");
  for (gsize i = 0; i < G_N_ELEMENTS (since_cases); i++)
    {
      BelfryPosition since = { position.epoch + (guint64) since_cases[i].epoch,
                               position.offset + (guint64) since_cases[i].offset };
      BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

      g_test_message ("%s", since_cases[i].defect);
      if (since_cases[i].epoch == G_MININT64)
        since = (BelfryPosition){ 0 };
      belfry_fake_client_recover (b, "h", &since);
      belfry_fake_client_assert_told (b, "subscribed h@1-");
      belfry_fake_client_free (b);
    }
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What is published while the history is on its way comes behind it, once, whether the history was
 * written down before or after. */
static void
test_live_meets_history (void)
{
  for (int before = 0; before <= 1; before++)
    {
      BelfryTestCore core;

      belfry_test_core_init (&core, HISTORY);
      BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
      BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
      belfry_test_core_publish (&core, "h", "1");
      BelfryPosition since = subscribe_and_get_position (b, "h");
      belfry_test_core_publish (&core, "h", "2");
      belfry_late_broker_hold (core.broker,
                               BELFRY_LATE_HISTORY | (before ? BELFRY_LATE_BEFORE : 0));
      belfry_fake_client_recover (a, "h", &since);
      belfry_fake_client_settle ();
      belfry_test_core_publish (&core, "h", "3");
      belfry_fake_client_settle ();
      belfry_test_core_publish (&core, "h", "4");
      belfry_fake_client_assert_told (a, "");
      belfry_late_broker_release (core.broker, 1);
      belfry_test_core_publish (&core, "h", "5");
      belfry_fake_client_assert_told (a, "subscribed h@1+; message h 2@2; message h 3@3; "
                                         "message h 4@4; message h 5@5");
      belfry_fake_client_assert_told (b, "subscribed h@1; message h 2@2; message h 3@3; "
                                         "message h 4@4; message h 5@5");
      belfry_fake_client_free (a);
      belfry_fake_client_free (b);
      belfry_test_core_clear (&core);
    }
}

/* The topics of one request may get their histories at different times; all are answered together,
 * and nothing falls between. */
static void
test_histories_of_a_batch (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_late_broker_hold (core.broker, BELFRY_LATE_HISTORY);
  belfry_fake_client_subscribe (a, "h g x");
  belfry_fake_client_settle ();
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_settle ();
  belfry_test_core_publish (&core, "h", "1");
  belfry_test_core_publish (&core, "g", "2");
  belfry_fake_client_assert_told (a, "");
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "subscribed h@0 g@0 x; message h 1@1; message g 2@1");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What the broker loses while somebody waits to be subscribed he is told, too, behind his answer:
 * his history may have been written down before. */
static void
test_gap_meanwhile (void)
{
  const char *const lost[] = { "h", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (lost); i++)
    {
      BelfryTestCore core;

      belfry_test_core_init (&core, HISTORY);
      BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
      BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

      belfry_late_broker_hold (core.broker, BELFRY_LATE_HISTORY);
      belfry_fake_client_subscribe (a, "h x");
      belfry_fake_client_settle ();
      belfry_late_broker_lose (core.broker, lost[i], "broker-lost");
      belfry_fake_client_subscribe (b, "h");
      belfry_fake_client_assert_told (a, "");
      belfry_late_broker_release (core.broker, G_MAXUINT);
      belfry_fake_client_assert_told (a, "subscribed h@0 x; gap h broker-lost");
      belfry_fake_client_assert_told (b, "subscribed h@0");
      belfry_fake_client_free (a);
      belfry_fake_client_free (b);
      belfry_test_core_clear (&core);
    }
}

/* If more comes in than is kept, nothing is recovered, and the subscription begins behind it. */
static void
test_too_much_meanwhile (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, HISTORY);
  core.hub->limits.kept_count = 2;
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  belfry_test_core_publish (&core, "h", "1");
  BelfryPosition since = subscribe_and_get_position (b, "h");
  belfry_late_broker_hold (core.broker, BELFRY_LATE_HISTORY);
  belfry_fake_client_recover (a, "h", &since);
  belfry_fake_client_settle ();
  for (int i = 0; i < 4; i++)
    belfry_test_core_publish (&core, "h", "x");
  belfry_late_broker_release (core.broker, 1);
  belfry_fake_client_assert_told (a, "subscribed h@4-; message h x@5");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* A message that comes by several ways comes once. */
static void
test_patterns (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "[topic a.*]\nslow-consumer = conflate\n");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "a.* a.b > a.>");
  belfry_fake_client_assert_told (a, "subscribed a.* a.b > a.>");
  belfry_fake_client_subscribe (b, "a.*");
  belfry_fake_client_assert_told (b, "subscribed a.*");
  belfry_test_core_publish (&core, "a.b", "1");
  belfry_fake_client_assert_told (a, "message a.b 1");
  belfry_fake_client_assert_told (b, "message a.b 1");
  g_assert_cmpint (b->last_slow_consumer, ==, BELFRY_CONFIG_SLOW_CONFLATE);
  guint32 key = b->last_key;
  belfry_test_core_publish (&core, "a.c", "2");
  belfry_fake_client_assert_told (b, "message a.c 2");
  g_assert_cmpuint (b->last_key, !=, key);
  belfry_test_core_publish (&core, "b", "3");
  belfry_fake_client_assert_told (a, "message a.c 2; message b 3");
  belfry_fake_client_unsubscribe (a, "a.b > a.>");
  belfry_fake_client_assert_told (a, "unsubscribed a.b > a.>");
  belfry_test_core_publish (&core, "a.b", "4");
  belfry_fake_client_assert_told (a, "message a.b 4");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Who may subscribe to some topics may not subscribe to a pattern that is wider. */
static void
test_pattern_grants (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;subscribe=deny.*.x");

  belfry_fake_client_subscribe (a, "deny.a.x deny.*.x deny.*.* deny.> deny.a.>");
  belfry_fake_client_assert_told (a, "subscribed deny.a.x deny.*.x; error forbidden deny.*.*; "
                                     "error forbidden deny.>; error forbidden deny.a.>");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
subscribe_session (BelfryTestCore *core, const char *id, const char *topic, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  belfry_hub_subscribe_session_async (core->hub, id, topic, NULL, on_result, &result);
  belfry_test_wait_until (result != NULL);
  return belfry_hub_subscribe_session_finish (core->hub, result, error);
}

/* An administrator subscribes a client to what it may not have by itself, and takes it away. */
static void
test_administrator (void)
{
  BelfryTestCore core;
  g_autoptr (GError) error = NULL;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  const char *id = belfry_session_get_id (a->session);

  g_assert_true (subscribe_session (&core, id, "deny.a", &error));
  g_assert_no_error (error);
  belfry_fake_client_assert_told (a, "subscribed deny.a");
  g_assert_true (subscribe_session (&core, id, "deny.a", &error));
  belfry_fake_client_assert_told (a, "");
  g_assert_false (subscribe_session (&core, id, "$a", &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_TOPIC_INVALID);
  g_clear_error (&error);
  g_assert_false (subscribe_session (&core, "nobody", "a", &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND);
  g_clear_error (&error);
  belfry_fake_client_assert_told (a, "");
  g_assert_true (belfry_hub_unsubscribe_session (core.hub, id, "deny.a", &error));
  belfry_fake_client_assert_told (a, "unsubscribed deny.a");
  g_assert_false (belfry_hub_unsubscribe_session (core.hub, id, "deny.a", &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_SUBSCRIBED);
  g_clear_error (&error);
  g_assert_false (belfry_hub_unsubscribe_session (core.hub, "nobody", "deny.a", &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* An administrator's subscription waits for its turn, and fails if the client leaves before. */
static void
test_administrator_waits (void)
{
  BelfryTestCore core;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_subscribe (a, "late-x");
  belfry_fake_client_settle ();
  belfry_hub_subscribe_session_async (core.hub, belfry_session_get_id (a->session), "a", NULL,
                                      on_result, &result);
  belfry_fake_client_settle ();
  g_assert_null (result);
  belfry_fake_client_leave (a, 1001);
  belfry_test_wait_until (result != NULL);
  g_assert_false (belfry_hub_subscribe_session_finish (core.hub, result, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED);
  g_clear_object (&result);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What an administrator takes away while the client asks for it again is not said to be had. */
static void
test_taken_away_meanwhile (void)
{
  BelfryTestCore core;
  g_autoptr (GError) error = NULL;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_subscribe (a, "a b");
  belfry_fake_client_forget (a);
  belfry_fake_client_subscribe (a, "late-x a b");
  belfry_fake_client_settle ();
  belfry_hub_unsubscribe_session (core.hub, belfry_session_get_id (a->session), "a", &error);
  g_assert_no_error (error);
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "unsubscribed a; subscribed late-x b; error unavailable a");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-subscribe/simple", test_simple);
  belfry_test_add ("/hub-subscribe/batch", test_batch);
  belfry_test_add ("/hub-subscribe/invalid", test_invalid);
  belfry_test_add ("/hub-subscribe/repeated", test_repeated);
  belfry_test_add ("/hub-subscribe/limit", test_limit);
  belfry_test_add ("/hub-subscribe/in-order", test_in_order);
  belfry_test_add ("/hub-subscribe/confirmation", test_confirmation);
  belfry_test_add ("/hub-subscribe/broker-fails", test_broker_fails);
  belfry_test_add ("/hub-subscribe/leave-while-waiting", test_leave_while_waiting);
  belfry_test_add ("/hub-subscribe/recover", test_recover);
  belfry_test_add ("/hub-subscribe/wrong-since", test_wrong_since);
  belfry_test_add ("/hub-subscribe/live-meets-history", test_live_meets_history);
  belfry_test_add ("/hub-subscribe/histories-of-a-batch", test_histories_of_a_batch);
  belfry_test_add ("/hub-subscribe/gap-meanwhile", test_gap_meanwhile);
  belfry_test_add ("/hub-subscribe/too-much-meanwhile", test_too_much_meanwhile);
  belfry_test_add ("/hub-subscribe/patterns", test_patterns);
  belfry_test_add ("/hub-subscribe/pattern-grants", test_pattern_grants);
  belfry_test_add ("/hub-subscribe/administrator", test_administrator);
  belfry_test_add ("/hub-subscribe/administrator-waits", test_administrator_waits);
  belfry_test_add ("/hub-subscribe/taken-away-meanwhile", test_taken_away_meanwhile);
  return g_test_run ();
}
