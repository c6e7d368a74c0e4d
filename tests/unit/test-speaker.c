/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-speaker"

#include "config.h"

#include "belfry-speaker.h"

#include <string.h>

#include "belfry-test-hall.h"
#include "belfry-test.h"

#define SUBSCRIBE "{\"type\":\"subscribe\",\"topic\":\"news\"}"
#define SUBSCRIBED "{\"type\":\"subscribed\",\"topics\":[\"news\"]}\n"

/* More than a pair of sockets and the queue hold together. */
#define LARGE 50000
#define MANY 40

static void
enter_signed_in (BelfryTestGuest *guest, BelfryTestHall *hall, const char *path)
{
  char token[] = "alice";
  const BelfryUpgrade upgrade = { .token = token };

  belfry_test_guest_enter (guest, hall, path, &upgrade);
  belfry_test_guest_settle (guest);
  g_string_truncate (guest->heard, 0);
}

/* From the first word to the last: what is said becomes requests, and what the session tells is
 * said in the dialect of the endpoint. */
static void
test_talk (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  belfry_test_guest_enter (&guest, &hall, "/ws", NULL);
  belfry_test_guest_assert_heard (&guest, "");
  belfry_test_guest_say (&guest, "{\"type\":\"auth\",\"token\":\"alice\"}");
  belfry_test_guest_assert_heard (&guest, "{\"type\":\"authenticated\"}\n");
  belfry_test_guest_say (&guest, SUBSCRIBE);
  belfry_test_guest_assert_heard (&guest, SUBSCRIBED);
  belfry_test_core_publish (&hall.core, "news", "{\"a\":1}");
  belfry_test_core_publish (&hall.core, "news", "two");
  belfry_test_guest_assert_heard (
      &guest, "{\"a\":1}\n{\"type\":\"message\",\"topic\":\"news\",\"data\":\"two\"}\n");
  belfry_test_guest_vanish (&guest);
  g_assert_cmpint (belfry_test_hall_get_connections (&hall), ==, 0);
  g_assert_cmpint (belfry_test_hall_get_sessions (&hall), ==, 0);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* Two that speak differently get the same message, each in his own words. */
static void
test_two_dialects (void)
{
  BelfryTestHall hall;
  BelfryTestGuest one;
  BelfryTestGuest other;

  belfry_test_hall_init (&hall, "[endpoint /a]\ndialect=action\n");
  enter_signed_in (&one, &hall, "/ws");
  enter_signed_in (&other, &hall, "/a");
  belfry_test_guest_say (&one, SUBSCRIBE);
  belfry_test_guest_say (&other, "{\"action\":\"subscribe\",\"context\":\"news\"}");
  belfry_test_guest_assert_heard (&one, SUBSCRIBED);
  belfry_test_guest_assert_heard (
      &other, "{\"action\":\"subscribe\",\"message\":\"context subscribed\"}\n");
  belfry_test_core_publish (&hall.core, "news", "[]");
  belfry_test_guest_assert_heard (&one, "{\"type\":\"message\",\"topic\":\"news\",\"data\":[]}\n");
  belfry_test_guest_assert_heard (&other,
                                  "{\"action\":\"message\",\"topic\":\"news\",\"snapshot\":[]}\n");
  belfry_test_guest_clear (&one);
  belfry_test_guest_clear (&other);
  belfry_test_hall_clear (&hall);
}

#define ERROR(code) "{\"type\":\"error\",\"code\":\"" code "\",*}\n"

static const struct
{
  const char *defect;
  const char *text;
  const char *heard;
} bad_words[] = {
  { "nothing", "", ERROR ("bad-request") },
  { "no JSON", "Hello!", ERROR ("bad-request") },
  { "half an object", "{\"type\":", ERROR ("bad-request") },
  { "two objects", "{}{}", ERROR ("bad-request") },
  { "a list", "[]", ERROR ("bad-request") },
  { "no type", "{}", ERROR ("bad-request") },
  { "a type that is a number", "{\"type\":1}", ERROR ("bad-request") },
  { "an unknown type", "{\"type\":\"dance\"}", ERROR ("unknown-action") },
  { "no topic", "{\"type\":\"subscribe\"}", ERROR ("bad-request") },
  { "a topic with a space", "{\"type\":\"subscribe\",\"topic\":\"two words\"}",
    "*" ERROR ("topic-invalid") },
  { "a topic that is refused", "{\"type\":\"subscribe\",\"topic\":\"deny.it\"}",
    "*" ERROR ("forbidden") },
  { "what it is not subscribed to", "{\"type\":\"unsubscribe\",\"topic\":\"news\"}",
    "*" ERROR ("not-subscribed") },
  { "base64 that is none",
    "{\"type\":\"publish\",\"topic\":\"news\",\"data\":\"Z\",\"encoding\":\"base64\"}",
    ERROR ("bad-request") },
};

/* Who says something wrong is told so, in his dialect, and may go on. */
static void
test_bad_words (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_words); i++)
    {
      BelfryTestHall hall;
      BelfryTestGuest guest;

      g_test_message ("%s", bad_words[i].defect);
      belfry_test_hall_init (&hall, "");
      enter_signed_in (&guest, &hall, "/ws");
      belfry_test_guest_say (&guest, bad_words[i].text);
      belfry_test_guest_assert_heard (&guest, bad_words[i].heard);
      belfry_test_guest_say (&guest, SUBSCRIBE);
      belfry_test_guest_assert_heard (&guest, SUBSCRIBED);
      belfry_test_guest_clear (&guest);
      belfry_test_hall_clear (&hall);
    }
}

/* One request names a thousand topics at the most, however many the message has room for. */
static void
test_too_many_topics (void)
{
  g_autoptr (GString) text = g_string_new ("{\"type\":\"subscribe\",\"topics\":[");
  BelfryTestHall hall;
  BelfryTestGuest guest;

  for (int i = 0; i <= BELFRY_SPEAKER_MAX_TOPICS; i++)
    g_string_append_printf (text, "%s\"t%d\"", i > 0 ? "," : "", i);
  g_string_append (text, "]}");
  belfry_test_hall_init (&hall, "");
  enter_signed_in (&guest, &hall, "/ws");
  belfry_test_guest_say (&guest, text->str);
  belfry_test_guest_assert_heard (&guest, ERROR ("*"));
  g_assert_cmpuint (belfry_hub_get_n_topics (hall.core.hub), ==, 0);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* Who says nothing but nonsense is closed: 1008. */
static void
test_nonsense (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  enter_signed_in (&guest, &hall, "/ws");
  for (int i = 0; i < 30; i++)
    belfry_test_guest_say (&guest, "Hello!");
  belfry_test_guest_assert_heard (&guest, "*\nclose 1008 *");
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* Binary messages are for no dialect that we speak; what comes behind one is not looked at. */
static void
test_binary (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  enter_signed_in (&guest, &hall, "/ws");
  belfry_test_guest_send (&guest, BELFRY_OPCODE_BINARY, SUBSCRIBE, strlen (SUBSCRIBE));
  belfry_test_guest_say (&guest, SUBSCRIBE);
  belfry_test_guest_assert_heard (&guest, "close 1003 not the kind of data that is spoken here\n");
  g_assert_cmpuint (belfry_hub_get_n_topics (hall.core.hub), ==, 0);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* The answer comes when nobody is there any more: it is nobody's, and nothing is left of the
 * subscription. */
static void
test_gone_before_the_answer (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  enter_signed_in (&guest, &hall, "/ws");
  belfry_late_broker_hold (hall.core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_test_guest_say (&guest, SUBSCRIBE);
  belfry_test_guest_settle (&guest);
  g_assert_cmpuint (belfry_late_broker_get_n_held (hall.core.broker), ==, 1);
  belfry_test_guest_vanish (&guest);
  g_assert_cmpint (belfry_test_hall_get_sessions (&hall), ==, 0);
  belfry_late_broker_release (hall.core.broker, 1);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* The service stops while a client waits for an answer: it is told to go, and nothing comes behind
 * that. */
static void
test_stop_while_waiting (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  enter_signed_in (&guest, &hall, "/ws");
  belfry_late_broker_hold (hall.core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_test_guest_say (&guest, SUBSCRIBE);
  belfry_test_guest_settle (&guest);
  belfry_connection_close (guest.client->connection, BELFRY_CLOSE_GOING_AWAY, "stopping");
  belfry_late_broker_release (hall.core.broker, 1);
  belfry_test_core_publish (&hall.core, "news", "1");
  belfry_test_guest_assert_heard (&guest, "close 1001 stopping\n");
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* The broker fails: the client is told that it is away, and not why. */
static void
test_broker_refuses (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  enter_signed_in (&guest, &hall, "/ws");
  belfry_late_broker_fail_with (hall.core.broker, BELFRY_LATE_PUBLISH, BELFRY_ERROR_UNAVAILABLE);
  belfry_test_guest_say (&guest, "{\"type\":\"publish\",\"topic\":\"news\",\"data\":1,\"id\":7}");
  belfry_test_guest_assert_heard (&guest,
                                  "{\"type\":\"error\",\"code\":\"unavailable\",*\"id\":7}\n");
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* What the hub decides about a session reaches its connection: the administrator's close, with his
 * words. */
static void
test_closed_by_the_hub (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, "");
  enter_signed_in (&guest, &hall, "/ws");
  belfry_hub_close_user (hall.core.hub, "alice", BELFRY_CLOSE_BLOCKED, "enough");
  belfry_test_guest_assert_heard (&guest, "close 4403 enough\n");
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* Who signs in is no longer closed for not doing so; who never does, is: 4408. */
static void
test_sign_in_deadline (void)
{
  BelfryTestHall hall;
  BelfryTestGuest known;
  BelfryTestGuest stranger;

  belfry_test_hall_init (&hall, "[websocket]\nauth-timeout=5s\nping-interval=1h\n");
  belfry_test_guest_enter (&known, &hall, "/ws", NULL);
  belfry_test_guest_enter (&stranger, &hall, "/ws", NULL);
  belfry_test_guest_settle (&known);
  belfry_test_guest_say (&known, "{\"type\":\"auth\",\"token\":\"alice\"}");
  belfry_test_guest_assert_heard (&known, "{\"type\":\"authenticated\"}\n");
  belfry_test_worker_advance (&hall.desk, 6 * G_USEC_PER_SEC);
  belfry_test_guest_assert_heard (&stranger, "close 4408 *\n");
  belfry_test_guest_say (&known, SUBSCRIBE);
  belfry_test_guest_assert_heard (&known, SUBSCRIBED);
  belfry_test_guest_clear (&known);
  belfry_test_guest_clear (&stranger);
  belfry_test_hall_clear (&hall);
}

static void
publish_too_much (BelfryTestHall *hall)
{
  g_autofree char *payload = g_strnfill (LARGE, '7');

  for (int i = 0; i < MANY; i++)
    {
      belfry_test_core_publish (&hall->core, "news", payload);
      belfry_fake_client_settle ();
    }
}

static const struct
{
  const char *policy;
  const char *end; /* of what is heard */
} slow_cases[] = {
  { "drop-newest", "*{\"type\":\"gap\",\"topic\":\"news\",\"reason\":\"slow\"*}\n*" },
  { "drop-oldest", "*{\"type\":\"gap\",\"topic\":\"news\",\"reason\":\"slow\"*}\n*" },
  { "disconnect", "*\nclose 4501 *\n" },
};

/* The queue is full: what becomes of it is the topic's policy, and the client hears of its loss. */
static void
test_queue_full (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (slow_cases); i++)
    {
      g_autofree char *config =
          g_strconcat ("[websocket]\nsend-queue=256KiB\n[topic news]\nslow-consumer=",
                       slow_cases[i].policy, "\n", NULL);
      BelfryTestHall hall;
      BelfryTestGuest guest;

      g_test_message ("%s", slow_cases[i].policy);
      belfry_test_hall_init (&hall, config);
      enter_signed_in (&guest, &hall, "/ws");
      belfry_test_guest_say (&guest, SUBSCRIBE);
      belfry_test_guest_assert_heard (&guest, SUBSCRIBED);
      publish_too_much (&hall);
      belfry_test_guest_settle (&guest);
      belfry_test_core_advance (&hall.core, 2 * BELFRY_DEADLINE_TICK);
      belfry_test_guest_assert_heard (&guest, slow_cases[i].end);
      belfry_test_guest_clear (&guest);
      belfry_test_hall_clear (&hall);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/speaker/talk", test_talk);
  belfry_test_add ("/speaker/two-dialects", test_two_dialects);
  belfry_test_add ("/speaker/bad-words", test_bad_words);
  belfry_test_add ("/speaker/too-many-topics", test_too_many_topics);
  belfry_test_add ("/speaker/nonsense", test_nonsense);
  belfry_test_add ("/speaker/binary", test_binary);
  belfry_test_add ("/speaker/gone-before-the-answer", test_gone_before_the_answer);
  belfry_test_add ("/speaker/stop-while-waiting", test_stop_while_waiting);
  belfry_test_add ("/speaker/broker-refuses", test_broker_refuses);
  belfry_test_add ("/speaker/closed-by-the-hub", test_closed_by_the_hub);
  belfry_test_add ("/speaker/sign-in-deadline", test_sign_in_deadline);
  belfry_test_add ("/speaker/queue-full", test_queue_full);
  return g_test_run ();
}
