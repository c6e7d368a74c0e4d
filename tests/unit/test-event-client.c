/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-event-client"

#include "config.h"

#include "belfry-event-client.h"

#include <string.h>

#include "belfry-event-stream.h"
#include "belfry-test-hall.h"
#include "belfry-test.h"

#define SUBSCRIBED "event: subscribed\ndata: {\"type\":\"subscribed\",\"topics\":[\"news\"]*}\n\n"
#define LARGE 50000
#define MANY 40

/* @last: (nullable): where he was */
static void
enter (BelfryTestGuest *guest, BelfryTestHall *hall, const char *topic, const char *last)
{
  char token[] = "alice";
  g_autofree char *first = g_strdup (topic);
  g_autofree char *last_event_id = g_strdup (last);
  char *topics[] = { first, NULL };
  const BelfryUpgrade upgrade = { .token = token,
                                  .topics = topics,
                                  .last_event_id = last_event_id };

  belfry_test_guest_enter (guest, hall, BELFRY_EVENT_CLIENT_PATH, &upgrade);
}

static const struct
{
  const char *what;
  const char *query;  /* (nullable) */
  const char *topics; /* (nullable): each with a comma behind it */
} queries[] = {
  { "one", "topic=news", "news," },
  { "several, in their order", "topic=b&topic=a", "b,a," },
  { "one twice", "topic=a&topic=b&topic=a", "a,b," },
  { "other parameters", "token=x&topic=a&Topic=b", "a," },
  { "escaped", "topic=a%2Eb%26c", "a.b&c," },
  { "a plus is a space", "topic=a+b", "a b," },
  { "an escaped name", "%74opic=a", "a," },
  { "empty, for others to refuse", "topic=", "," },
  { "no query", NULL, NULL },
  { "an empty query", "", NULL },
  { "no topic", "token=x", NULL },
  { "a name without a value", "topic", NULL },
  { "half an escape", "topic=a%2", NULL },
  { "an escape that is none", "topic=a%zz", NULL },
  { "a fault behind a good one", "topic=a&topic=%", NULL },
  { "U+0000", "topic=a%00b", NULL },
  { "bytes that are no UTF-8", "topic=%ff", NULL },
};

/* The topics stand in the query; one that cannot be read is refused as a whole. */
static void
test_queries (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_test_message ("%s", queries[i].what);
      g_auto (GStrv) topics = belfry_event_client_parse_topics (queries[i].query);
      g_autoptr (GString) text = g_string_new (NULL);

      for (char **topic = topics; topic != NULL && *topic != NULL; topic++)
        g_string_append_printf (text, "%s,", *topic);
      g_assert_cmpint (topics == NULL, ==, queries[i].topics == NULL);
      if (topics != NULL)
        g_assert_cmpstr (text->str, ==, queries[i].topics);
    }
}

/* There may be so many topics and no more, repeated ones counted. */
static void
test_number_of_topics (void)
{
  g_autoptr (GString) different = g_string_new (NULL);
  g_autoptr (GString) same = g_string_new (NULL);

  for (int i = 0; i < BELFRY_EVENT_STREAM_MAX_TOPICS; i++)
    {
      g_string_append_printf (different, "topic=t%d&", i);
      g_string_append (same, "topic=t&");
    }
  g_auto (GStrv) topics = belfry_event_client_parse_topics (different->str);
  g_assert_cmpuint (g_strv_length (topics), ==, BELFRY_EVENT_STREAM_MAX_TOPICS);
  g_auto (GStrv) once = belfry_event_client_parse_topics (same->str);
  g_assert_cmpuint (g_strv_length (once), ==, 1);
  g_string_append (different, "topic=more");
  g_string_append (same, "topic=t");
  g_assert_null (belfry_event_client_parse_topics (different->str));
  g_assert_null (belfry_event_client_parse_topics (same->str));
}

/* He is subscribed without asking, gets what is published, and is gone without a trace. */
static void
test_stream (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  enter (&guest, &hall, "news", NULL);
  belfry_test_guest_assert_heard (&guest, SUBSCRIBED);
  belfry_test_core_publish (&hall.core, "news", "{\"a\":1}");
  belfry_test_guest_assert_heard (
      &guest,
      "event: message\ndata: {\"type\":\"message\",\"topic\":\"news\",\"data\":{\"a\":1}}\n\n");
  belfry_test_guest_vanish (&guest);
  g_assert_cmpint (belfry_test_hall_get_connections (&hall), ==, 0);
  g_assert_cmpint (belfry_test_hall_get_sessions (&hall), ==, 0);
  g_assert_cmpuint (belfry_hub_get_n_topics (hall.core.hub), ==, 0);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* The id that was heard last, which the next stream begins with. */
static char *
find_id (const char *text)
{
  const char *id = g_strrstr (text, "id: ");

  g_assert_nonnull (id);
  return g_strndup (id + strlen ("id: "), strcspn (id + strlen ("id: "), "\n"));
}

/* Where a topic keeps a history, each message has an id with it, and who comes again with the last
 * one gets what he missed, once. */
static void
test_recovery (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;
  BelfryTestGuest again;

  belfry_test_hall_init (&hall, "[topic news]\nhistory-size=9\n");
  enter (&guest, &hall, "news", NULL);
  belfry_test_guest_settle (&guest);
  g_autofree char *begin = find_id (guest.heard->str);
  belfry_test_core_publish (&hall.core, "news", "1");
  belfry_test_guest_settle (&guest);
  g_autofree char *id = find_id (guest.heard->str);
  g_assert_cmpstr (begin, !=, id);
  belfry_test_guest_clear (&guest);
  belfry_test_core_publish (&hall.core, "news", "2");
  enter (&again, &hall, "news", id);
  belfry_test_guest_settle (&again);
  g_assert_null (strstr (again.heard->str, "\"data\":1"));
  belfry_test_guest_assert_heard (&again, "*\"recovered\":true*\nid: *\"data\":2,*");
  belfry_test_guest_clear (&again);
  belfry_test_hall_clear (&hall);
}

static const char *const bad_ids[] = {
  "", "0", "zzzzzzzz", "-1:-1", "99999999999999999999999999999999", "\xff\xfe", "a,b,c;;;;",
};

/* An id that is not ours, or another's, is no reason to refuse anybody: there is no history for
 * him then. */
static void
test_foreign_ids (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_ids); i++)
    {
      BelfryTestHall hall;
      BelfryTestGuest guest;

      belfry_test_hall_init (&hall, "[topic news]\nhistory-size=9\n");
      belfry_test_core_publish (&hall.core, "news", "1");
      enter (&guest, &hall, "news", bad_ids[i]);
      belfry_test_guest_settle (&guest);
      g_assert_null (strstr (guest.heard->str, "\"data\":1"));
      belfry_test_guest_assert_heard (&guest, "*" SUBSCRIBED);
      belfry_test_guest_clear (&guest);
      belfry_test_hall_clear (&hall);
    }
}

/* What he may not see is told as a problem, for the library in a browser keeps errors to itself. */
static void
test_refused_topic (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  enter (&guest, &hall, "deny.it", NULL);
  belfry_test_guest_assert_heard (&guest, "*event: problem\ndata: *\"forbidden\"*");
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

static const struct
{
  guint code;
  const char *retry;
} endings[] = {
  { BELFRY_CLOSE_GOING_AWAY, "retry: 3000\n\n" },
  { BELFRY_CLOSE_RESTART, "retry: 3000\n\n" },
  { 4399, "retry: 3000\n\n" },
  { 4400, "retry: 86400000\n\n" },
  { BELFRY_CLOSE_BLOCKED, "retry: 86400000\n\n" },
  { 4499, "retry: 86400000\n\n" },
  { 4500, "retry: 3000\n\n" },
  { 4501, "retry: 3000\n\n" },
};

/* The end is an event, and says when to come again: a day later, if there is no use in it. Nothing
 * comes behind it. */
static void
test_endings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *expected =
          g_strdup_printf ("%sevent: close\ndata: {\"type\":\"close\",\"code\":%u,"
                           "\"reason\":\"because\"}\n\n",
                           endings[i].retry, endings[i].code);
      BelfryTestHall hall;
      BelfryTestGuest guest;

      belfry_test_hall_init (&hall, "");
      enter (&guest, &hall, "news", NULL);
      belfry_test_guest_assert_heard (&guest, SUBSCRIBED);
      belfry_connection_close (guest.client->connection, endings[i].code, "because");
      belfry_test_core_publish (&hall.core, "news", "1");
      belfry_test_guest_assert_heard (&guest, expected);
      g_assert_true (guest.ended);
      belfry_test_guest_clear (&guest);
      belfry_test_hall_clear (&hall);
    }
}

/* The answer to a subscription comes when nobody is there any more. */
static void
test_gone_before_the_answer (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  belfry_late_broker_hold (hall.core.broker, BELFRY_LATE_SUBSCRIBE);
  enter (&guest, &hall, "news", NULL);
  belfry_test_guest_settle (&guest);
  g_assert_cmpuint (belfry_late_broker_get_n_held (hall.core.broker), ==, 1);
  belfry_test_guest_vanish (&guest);
  g_assert_cmpint (belfry_test_hall_get_sessions (&hall), ==, 0);
  belfry_late_broker_release (hall.core.broker, 1);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* A stream that does not sign in with its request can never do so: closed for good, 4401 or when
 * the time is over. */
static void
test_unknown (void)
{
  char token[] = "refuse";
  char topic[] = "news";
  char *topics[] = { topic, NULL };
  const BelfryUpgrade upgrade = { .token = token, .topics = topics };
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  belfry_test_guest_enter (&guest, &hall, BELFRY_EVENT_CLIENT_PATH, &upgrade);
  belfry_test_guest_assert_heard (&guest, "*retry: 86400000\n\nevent: close\n*\"code\":4401,*");
  g_assert_cmpuint (belfry_hub_get_n_topics (hall.core.hub), ==, 0);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* A reader who is slow loses messages by the topic's policy, and is told of the gap. */
static void
test_slow (void)
{
  g_autofree char *payload = g_strnfill (LARGE, '7');
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "[websocket]\nsend-queue=256KiB\n"
                                "[topic news]\nslow-consumer=drop-newest\n");
  enter (&guest, &hall, "news", NULL);
  belfry_test_guest_assert_heard (&guest, SUBSCRIBED);
  for (int i = 0; i < MANY; i++)
    {
      belfry_test_core_publish (&hall.core, "news", payload);
      belfry_fake_client_settle ();
    }
  belfry_test_guest_settle (&guest);
  belfry_test_core_advance (&hall.core, 2 * BELFRY_DEADLINE_TICK);
  belfry_test_guest_assert_heard (&guest,
                                  "*event: gap\ndata: *\"topic\":\"news\",\"reason\":\"slow\"*");
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* Who has nothing to hear is kept awake with a comment, for there are no pings. */
static void
test_keepalive (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "[websocket]\nping-interval=10s\n");
  enter (&guest, &hall, "news", NULL);
  belfry_test_guest_assert_heard (&guest, SUBSCRIBED);
  belfry_test_worker_advance (&hall.desk, 11 * G_USEC_PER_SEC);
  belfry_test_guest_assert_heard (&guest, BELFRY_EVENT_STREAM_KEEPALIVE);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/event-client/queries", test_queries);
  belfry_test_add ("/event-client/number-of-topics", test_number_of_topics);
  belfry_test_add ("/event-client/stream", test_stream);
  belfry_test_add ("/event-client/recovery", test_recovery);
  belfry_test_add ("/event-client/foreign-ids", test_foreign_ids);
  belfry_test_add ("/event-client/refused-topic", test_refused_topic);
  belfry_test_add ("/event-client/endings", test_endings);
  belfry_test_add ("/event-client/gone-before-the-answer", test_gone_before_the_answer);
  belfry_test_add ("/event-client/unknown", test_unknown);
  belfry_test_add ("/event-client/slow", test_slow);
  belfry_test_add ("/event-client/keepalive", test_keepalive);
  return g_test_run ();
}
