/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-event-stream"

#include "config.h"

#include "belfry-event-stream.h"

#include <string.h>

#include "belfry-dialect-check.h"
#include "belfry-dialect-read.h"
#include "belfry-error.h"
#include "belfry-test.h"

#define PLACE ",\"offset\":7,\"epoch\":\"" BELFRY_CHECK_EPOCH_TEXT "\""

/* g_str_hash() of "news" and "old". */
#define NEWS "7c9b1ea2"
#define OLD "0b889964"

static char *
written (const char *payload, guint64 offset)
{
  g_autoptr (BelfryMessage) message =
      belfry_check_message_new (BELFRY_MESSAGE_DATA, "news", payload, offset);

  return belfry_check_message (&belfry_dialect_event_stream, message);
}

typedef struct
{
  const char *payload;
  guint64 offset;
  const char *block;
} MessageCase;

#define HEAD "event: message\ndata: {\"type\":\"message\",\"topic\":\"news\",\"data\":"

static const MessageCase message_cases[] = {
  { "{\"a\":1}", 0, HEAD "{\"a\":1}}\n\n" },
  { "{\"a\":1}", 7, HEAD "{\"a\":1}" PLACE "}\n\n" },
  { "plain\ntext", 0, HEAD "\"plain\\ntext\"}\n\n" },
  { "{\n\"a\":1\n}", 0, HEAD "{\ndata: \"a\":1\ndata: }}\n\n" },
  { "[1,\r\n2,\r3,\n\n4]", 0, HEAD "[1,\ndata: 2,\ndata: 3,\ndata: \ndata: 4]}\n\n" },
  { "\n{}\r", 0, HEAD "\ndata: {}\ndata: }\n\n" },
  { "\xff", 0, HEAD "\"/w==\",\"encoding\":\"base64\"}\n\n" },
  { "\r\nevent: close\r\n\r\n", 0, HEAD "\"\\r\\nevent: close\\r\\n\\r\\n\"}\n\n" },
};

/* A message is a block of lines; nothing that is published breaks out of its data. */
static void
test_messages (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (message_cases); i++)
    {
      g_autofree char *block = written (message_cases[i].payload, message_cases[i].offset);

      g_assert_cmpstr (block, ==, message_cases[i].block);
    }
}

/* What a browser makes of a block's data. */
static char *
data_of (const char *block)
{
  g_auto (GStrv) lines = g_strsplit (block, "\n", -1);
  GString *data = g_string_new (NULL);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (lines[i], "data: "))
        g_string_append_printf (data, "%s%s", data->len > 0 ? "\n" : "", lines[i] + 6);
    }
  return g_string_free (data, FALSE);
}

/* The lines of data, put together again, are the typed dialect's envelope. */
static void
test_data_is_envelope (void)
{
  g_autoptr (BelfryMessage) message =
      belfry_check_message_new (BELFRY_MESSAGE_JOIN, "news", "{\"user\":\n\"a\"}", 7);
  g_autofree char *envelope = belfry_check_message (&belfry_dialect_typed_envelope, message);
  g_autofree char *block = belfry_check_message (&belfry_dialect_event_stream, message);
  g_autofree char *data = data_of (block);

  g_assert_cmpstr (data, ==, envelope);
  g_assert_true (g_str_has_prefix (block, "event: join\n"));
}

static char *
event_block (const BelfryEvent *event)
{
  return belfry_check_event (&belfry_dialect_event_stream, event);
}

/* Of events a stream has those that somebody who only listens can get. An error has another name,
 * since a browser has an "error" of its own. */
static void
test_events (void)
{
  const BelfryEventTopic topic = { .topic = "news" };
  g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN, "x");
  g_autofree char *subscribed = event_block (
      &(BelfryEvent){ .kind = BELFRY_EVENT_SUBSCRIBED, .n_topics = 1, .topics = &topic });
  g_autofree char *unsubscribed = event_block (
      &(BelfryEvent){ .kind = BELFRY_EVENT_UNSUBSCRIBED, .n_topics = 1, .topics = &topic });
  g_autofree char *problem =
      event_block (&(BelfryEvent){ .kind = BELFRY_EVENT_ERROR, .error = error, .topic = "news" });
  g_autofree char *gap = event_block (
      &(BelfryEvent){ .kind = BELFRY_EVENT_GAP, .topic = "news", .reason = "broker-lost" });
  g_autofree char *expires = event_block (&(BelfryEvent){ .kind = BELFRY_EVENT_EXPIRES });

  g_assert_cmpstr (subscribed, ==,
                   "event: subscribed\n"
                   "data: {\"type\":\"subscribed\",\"topics\":[\"news\"]}\n\n");
  g_assert_cmpstr (unsubscribed, ==,
                   "event: unsubscribed\n"
                   "data: {\"type\":\"unsubscribed\",\"topics\":[\"news\"]}\n\n");
  g_assert_cmpstr (problem, ==,
                   "event: problem\ndata: {\"type\":\"error\",\"code\":\"forbidden\","
                   "\"message\":\"not allowed\",\"topic\":\"news\"}\n\n");
  g_assert_cmpstr (gap, ==,
                   "event: gap\n"
                   "data: {\"type\":\"gap\",\"topic\":\"news\",\"reason\":\"broker-lost\"}\n\n");
  g_assert_cmpstr (expires, ==, "event: expires\ndata: {\"type\":\"expires\"}\n\n");
}

/* Answers to what a stream cannot ask are not said. */
static void
test_no_answers (void)
{
  const BelfryEventKind kinds[] = {
    BELFRY_EVENT_WELCOME, BELFRY_EVENT_AUTHENTICATED, BELFRY_EVENT_REFRESHED, BELFRY_EVENT_PRESENCE,
    BELFRY_EVENT_HISTORY, BELFRY_EVENT_PUBLISHED,     BELFRY_EVENT_PONG,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *block = event_block (&(BelfryEvent){ .kind = kinds[i] });

      g_assert_cmpstr (block, ==, "");
    }
}

/* The last block says why; the first how long to wait. */
static void
test_around (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_event_stream_append_retry (3000, text);
  g_string_append (text, BELFRY_EVENT_STREAM_KEEPALIVE);
  belfry_event_stream_append_close (1012, "restart\nnow", text);
  g_assert_cmpstr (text->str, ==,
                   "retry: 3000\n\n:\n\nevent: close\n"
                   "data: {\"type\":\"close\",\"code\":1012,\"reason\":\"restart\\nnow\"}\n\n");
}

static char *
id_text (const BelfryEventStreamId *id)
{
  GString *text = g_string_new (NULL);

  belfry_event_stream_id_append (id, text);
  return g_string_free (text, FALSE);
}

static gboolean
begin (BelfryEventStreamId *id, const char *topic, guint64 epoch, guint64 offset)
{
  const BelfryEventTopic place = { .topic = topic, .position = { epoch, offset } };

  return belfry_event_stream_id_begin (id, &(BelfryEvent){ .kind = BELFRY_EVENT_SUBSCRIBED,
                                                           .n_topics = 1,
                                                           .topics = &place });
}

static gboolean
move (BelfryEventStreamId *id, const char *topic, guint64 offset)
{
  g_autoptr (BelfryMessage) message =
      belfry_check_message_new (BELFRY_MESSAGE_DATA, topic, "{}", offset);

  return belfry_event_stream_id_move (id, message);
}

/* The id of a stream is its place in every topic that it subscribed to and that keeps history. */
static void
test_id (void)
{
  BelfryEventStreamId id = { 0 };
  g_autofree char *none = id_text (&id);

  g_assert_cmpstr (none, ==, "");
  g_assert_false (begin (&id, "chat-room", 0, 0));
  g_assert_true (begin (&id, "news", BELFRY_CHECK_EPOCH, 3));
  g_assert_true (begin (&id, "old", G_MAXUINT64, G_MAXUINT64));
  g_assert_true (move (&id, "news", 4));
  g_assert_false (move (&id, "news", 0));
  g_assert_false (move (&id, "by-pattern", 5));
  g_autofree char *both = id_text (&id);
  g_assert_cmpstr (both, ==,
                   "id: " NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":4," OLD
                   "=ffffffffffffffff:18446744073709551615\n");
  g_assert_true (begin (&id, "news", BELFRY_CHECK_EPOCH, 9));
  g_assert_cmpuint (id.n_places, ==, 2);
}

/* More topics than the id has room for are delivered, but have no place in it. */
static void
test_id_full (void)
{
  BelfryEventStreamId id = { 0 };

  for (guint i = 0; i < BELFRY_EVENT_STREAM_MAX_TOPICS; i++)
    {
      g_autofree char *topic = g_strdup_printf ("topic-%u", i);

      g_assert_true (begin (&id, topic, 1, 1));
    }
  g_assert_false (begin (&id, "one-more", 1, 1));
  g_assert_false (move (&id, "one-more", 2));
  g_assert_true (move (&id, "topic-0", 2));
}

/* A stream that recovers is where it said it was, until what it missed has come. */
static void
test_id_recovering (void)
{
  BelfryRequestTopic asked[] = {
    { .topic = (char *) "old" },
    { .topic = (char *) "news", .has_since = TRUE, .since = { BELFRY_CHECK_EPOCH, 3 } },
  };
  const BelfryRequest request = { .kind = BELFRY_REQUEST_SUBSCRIBE,
                                  .n_topics = G_N_ELEMENTS (asked),
                                  .topics = asked };
  BelfryEventTopic told = {
    .topic = "news", .position = { BELFRY_CHECK_EPOCH, 7 }, .recovery = TRUE, .recovered = TRUE
  };
  const BelfryEvent event = {
    .kind = BELFRY_EVENT_SUBSCRIBED, .request = &request, .n_topics = 1, .topics = &told
  };
  BelfryEventStreamId id = { 0 };

  g_assert_true (belfry_event_stream_id_begin (&id, &event));
  g_assert_cmpuint (id.places[0].position.offset, ==, 3);
  g_assert_true (move (&id, "news", 4));
  g_assert_cmpuint (id.places[0].position.offset, ==, 4);
  told.recovered = FALSE;
  g_assert_true (belfry_event_stream_id_begin (&id, &event));
  g_assert_cmpuint (id.places[0].position.offset, ==, 7);
}

/* A client that comes back with the id gets back its places. */
static void
test_id_round_trip (void)
{
  BelfryEventStreamId id = { 0 };
  BelfryRequestTopic topics[] = { { .topic = (char *) "old" },
                                  { .topic = (char *) "chat-room" },
                                  { .topic = (char *) "news" } };

  begin (&id, "news", BELFRY_CHECK_EPOCH, 3);
  begin (&id, "old", G_MAXUINT64 - 1, G_MAXUINT64);
  begin (&id, "gone", 1, 1);
  g_autofree char *line = id_text (&id);
  line[strlen (line) - 1] = '\0';
  g_assert_true (belfry_event_stream_id_parse (line + strlen ("id: "), topics, 3));
  g_assert_true (topics[0].has_since);
  g_assert_cmpuint (topics[0].since.epoch, ==, G_MAXUINT64 - 1);
  g_assert_cmpuint (topics[0].since.offset, ==, G_MAXUINT64);
  g_assert_false (topics[1].has_since);
  g_assert_true (topics[2].has_since);
  g_assert_cmpuint (topics[2].since.epoch, ==, BELFRY_CHECK_EPOCH);
  g_assert_cmpuint (topics[2].since.offset, ==, 3);
}

typedef struct
{
  const char *defect;
  const char *id;
} BadId;

static const BadId bad_ids[] = {
  { "nothing", "" },
  { "of another service", "42" },
  { "no fingerprint", "=" BELFRY_CHECK_EPOCH_TEXT ":1" },
  { "a short fingerprint", "7c9b1ea=" BELFRY_CHECK_EPOCH_TEXT ":1" },
  { "a long fingerprint", "07c9b1ea2=" BELFRY_CHECK_EPOCH_TEXT ":1" },
  { "a fingerprint that is no number", "7c9b1eag=" BELFRY_CHECK_EPOCH_TEXT ":1" },
  { "no epoch", NEWS "=:1" },
  { "a short epoch", NEWS "=e1:1" },
  { "epoch zero", NEWS "=0000000000000000:1" },
  { "no offset", NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":" },
  { "nothing behind the epoch", NEWS "=" BELFRY_CHECK_EPOCH_TEXT },
  { "an offset that is no number", NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":1x" },
  { "an offset below zero", NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":-1" },
  { "an offset of more than 64 bits", NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":18446744073709551616" },
  { "colon and equals sign exchanged", NEWS ":" BELFRY_CHECK_EPOCH_TEXT "=1" },
  { "a comma behind it", NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":1," },
  { "a comma before it", "," NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":1" },
  { "a space before it", " " NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":1" },
  { "good, then cut off", NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":1," OLD "=000" },
};

/* An id that cannot be read is a lost place in all topics, not a fresh start: the client is told
 * that it missed something. */
static void
test_bad_ids (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_ids); i++)
    {
      BelfryRequestTopic topics[] = { { .topic = (char *) "news" }, { .topic = (char *) "old" } };

      g_test_message ("%s", bad_ids[i].defect);
      g_assert_false (belfry_event_stream_id_parse (bad_ids[i].id, topics, 2));
      for (gsize n = 0; n < G_N_ELEMENTS (topics); n++)
        {
          g_assert_true (topics[n].has_since);
          g_assert_cmpuint (topics[n].since.epoch, ==, BELFRY_DIALECT_FOREIGN_EPOCH);
        }
    }
}

/* Two topics with the same fingerprint never get each other's place. */
static void
test_ambiguous_id (void)
{
  BelfryRequestTopic topics[] = { { .topic = (char *) "ab" },
                                  { .topic = (char *) "ab" },
                                  { .topic = (char *) "bA" } };
  g_autofree char *id = g_strdup_printf ("%08x=" BELFRY_CHECK_EPOCH_TEXT ":1", g_str_hash ("ab"));

  g_assert_cmpuint (g_str_hash ("ab"), ==, g_str_hash ("bA"));
  g_assert_true (belfry_event_stream_id_parse (id, topics, 3));
  for (gsize n = 0; n < G_N_ELEMENTS (topics); n++)
    g_assert_cmpuint (topics[n].since.epoch, ==, BELFRY_DIALECT_FOREIGN_EPOCH);
}

/* Naming a topic twice is no ambiguity. */
static void
test_repeated_topic (void)
{
  BelfryRequestTopic topics[] = { { .topic = (char *) "news" }, { .topic = (char *) "news" } };

  g_assert_true (belfry_event_stream_id_parse (NEWS "=" BELFRY_CHECK_EPOCH_TEXT ":5", topics, 2));
  g_assert_cmpuint (topics[0].since.offset, ==, 5);
  g_assert_cmpuint (topics[1].since.offset, ==, 5);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/event-stream/messages", test_messages);
  belfry_test_add ("/event-stream/data-is-envelope", test_data_is_envelope);
  belfry_test_add ("/event-stream/events", test_events);
  belfry_test_add ("/event-stream/no-answers", test_no_answers);
  belfry_test_add ("/event-stream/around", test_around);
  belfry_test_add ("/event-stream/id", test_id);
  belfry_test_add ("/event-stream/id-full", test_id_full);
  belfry_test_add ("/event-stream/id-recovering", test_id_recovering);
  belfry_test_add ("/event-stream/id-round-trip", test_id_round_trip);
  belfry_test_add ("/event-stream/bad-ids", test_bad_ids);
  belfry_test_add ("/event-stream/ambiguous-id", test_ambiguous_id);
  belfry_test_add ("/event-stream/repeated-topic", test_repeated_topic);
  return g_test_run ();
}
