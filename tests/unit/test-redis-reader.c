/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-reader.h"

#include <string.h>

#include "belfry-redis-command.h"
#include "belfry-redis-push.h"
#include "belfry-test.h"

static const BelfryRedisLimits small = { 64, 8, 3 };

static BelfryRedisReply *
read_one (const char *text)
{
  g_autoptr (BelfryRedisReader) reader = belfry_redis_reader_new (&small);
  g_autoptr (GError) error = NULL;
  BelfryRedisReply *reply;

  belfry_redis_reader_feed (reader, (const guint8 *) text, strlen (text));
  g_assert_true (belfry_redis_reader_next (reader, &reply, &error));
  g_assert_no_error (error);
  g_assert_nonnull (reply);
  return reply;
}

/* Each kind of value is read as what it is, and gives nothing that it has not. */
static void
test_kinds (void)
{
  g_autoptr (BelfryRedisReply) status = read_one ("+OK\r\n");
  g_autoptr (BelfryRedisReply) failure = read_one ("-READONLY You can't\r\n");
  g_autoptr (BelfryRedisReply) integer = read_one (":-42\r\n");
  g_autoptr (BelfryRedisReply) string = read_one ("$5\r\nhello\r\n");
  g_autoptr (BelfryRedisReply) empty = read_one ("$0\r\n\r\n");
  g_autoptr (BelfryRedisReply) nil = read_one ("$-1\r\n");
  g_autoptr (BelfryRedisReply) no_array = read_one ("*-1\r\n");
  g_autoptr (BelfryRedisReply) array = read_one ("*2\r\n:1\r\n*1\r\n+x\r\n");

  g_assert_cmpint (belfry_redis_reply_get_kind (status), ==, BELFRY_REDIS_REPLY_STATUS);
  g_assert_cmpstr (belfry_redis_reply_get_text (status), ==, "OK");
  g_assert_cmpint (belfry_redis_reply_get_fault (status), ==, BELFRY_REDIS_FAULT_NONE);
  g_assert_cmpint (belfry_redis_reply_get_fault (failure), ==, BELFRY_REDIS_FAULT_READONLY);
  g_assert_cmpint (belfry_redis_reply_get_integer (integer), ==, -42);
  g_assert_null (belfry_redis_reply_get_bytes (integer));
  g_assert_cmpstr (belfry_redis_reply_get_text (string), ==, "hello");
  g_assert_cmpint (belfry_redis_reply_get_integer (string), ==, 0);
  g_assert_cmpstr (belfry_redis_reply_get_text (empty), ==, "");
  g_assert_cmpint (belfry_redis_reply_get_kind (nil), ==, BELFRY_REDIS_REPLY_NIL);
  g_assert_cmpint (belfry_redis_reply_get_kind (no_array), ==, BELFRY_REDIS_REPLY_NIL);
  g_assert_cmpuint (belfry_redis_reply_get_n_elements (array), ==, 2);
  g_assert_null (belfry_redis_reply_get_element (array, 2));
  g_assert_cmpint (belfry_redis_reply_get_kind (belfry_redis_reply_get_element (array, 1)), ==,
                   BELFRY_REDIS_REPLY_ARRAY);
}

/* A text with a NUL in it is no text, but its bytes are all there. */
static void
test_nul (void)
{
  g_autoptr (BelfryRedisReader) reader = belfry_redis_reader_new (&small);
  g_autoptr (BelfryRedisReply) reply = NULL;

  belfry_redis_reader_feed (reader, (const guint8 *) "$3\r\na\0b\r\n", 9);
  g_assert_true (belfry_redis_reader_next (reader, &reply, NULL));
  g_assert_null (belfry_redis_reply_get_text (reply));
  g_assert_cmpuint (g_bytes_get_size (belfry_redis_reply_get_bytes (reply)), ==, 3);
}

/* Replies come out one by one, however their bytes came in. */
static void
test_pieces (void)
{
  const char text[] = "*2\r\n$2\r\nab\r\n:7\r\n+OK\r\n";
  g_autoptr (BelfryRedisReader) reader = belfry_redis_reader_new (&small);
  guint n_replies = 0;

  for (gsize i = 0; i < sizeof text - 1; i++)
    {
      g_autoptr (BelfryRedisReply) reply = NULL;

      belfry_redis_reader_feed (reader, (const guint8 *) text + i, 1);
      g_assert_true (belfry_redis_reader_next (reader, &reply, NULL));
      n_replies += reply != NULL;
      g_assert_cmpuint (n_replies, ==, i < 15 ? 0 : i < 20 ? 1 : 2);
    }
}

typedef struct
{
  const char *defect;
  const char *text;
} BadCase;

static const BadCase bad_cases[] = {
  { "HTTP", "HTTP/1.1 400 Bad Request\r\n" },
  { "TLS", "\x15\x03\x01\r\n" },
  { "a kind of RESP3", "%1\r\n" },
  { "an integer that is none", ":x\r\n" },
  { "an integer too large", ":99999999999999999999\r\n" },
  { "a length that is none", "$x\r\n" },
  { "a negative length", "$-2\r\n" },
  { "a negative count", "*-2\r\n" },
  { "a count beyond int", "*2147483648\r\n" },
  { "the largest count", "*2147483647\r\n" },
  { "a count beyond the limit", "*9\r\n" },
  { "many arrays that are beyond the limit together", "*4\r\n*2\r\n:1\r\n:1\r\n*3\r\n" },
  { "arrays nested too deeply", "*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n" },
  { "strings that are too large together",
    "*2\r\n$40\r\n0123456789012345678901234567890123456789\r\n$40\r\n"
    "0123456789012345678901234567890123456789\r\n" },
  { "a line without an end",
    "+01234567890123456789012345678901234567890123456789012345678901234567890123456789" },
  { "a long string that is not complete",
    "$9223372036854775807\r\n01234567890123456789012345678901234567890123456789012345678901234" },
};

/* What is no reply, or too much of one, is refused, and nothing after it is read. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (BelfryRedisReader) reader = belfry_redis_reader_new (&small);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) again = NULL;
      BelfryRedisReply *reply;

      g_test_message ("%s", bad_cases[i].defect);
      belfry_redis_reader_feed (reader, (const guint8 *) bad_cases[i].text,
                                strlen (bad_cases[i].text));
      g_assert_false (belfry_redis_reader_next (reader, &reply, &error));
      g_assert_null (reply);
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_PROTOCOL);
      belfry_redis_reader_feed (reader, (const guint8 *) "+OK\r\n", 5);
      g_assert_false (belfry_redis_reader_next (reader, &reply, &again));
      g_assert_error (again, BELFRY_ERROR, BELFRY_ERROR_PROTOCOL);
    }
}

/* The limits are for one reply: many small ones in a row are not too much. */
static void
test_many (void)
{
  g_autoptr (BelfryRedisReader) reader = belfry_redis_reader_new (&small);

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (BelfryRedisReply) reply = NULL;

      belfry_redis_reader_feed (reader, (const guint8 *) "*2\r\n$4\r\nabcd\r\n:1\r\n", 18);
      g_assert_true (belfry_redis_reader_next (reader, &reply, NULL));
      g_assert_nonnull (reply);
    }
}

/* Errors are told apart by their first word, whole and as Redis writes it. */
static void
test_faults (void)
{
  g_assert_cmpint (belfry_redis_fault_from_text ("OOM command not allowed"), ==,
                   BELFRY_REDIS_FAULT_OOM);
  g_assert_cmpint (belfry_redis_fault_from_text ("NOSCRIPT"), ==, BELFRY_REDIS_FAULT_NOSCRIPT);
  g_assert_cmpint (belfry_redis_fault_from_text ("BUSYKEY x"), ==, BELFRY_REDIS_FAULT_OTHER);
  g_assert_cmpint (belfry_redis_fault_from_text ("busy"), ==, BELFRY_REDIS_FAULT_OTHER);
  g_assert_cmpint (belfry_redis_fault_from_text (""), ==, BELFRY_REDIS_FAULT_OTHER);
  g_assert_true (belfry_redis_fault_wants_reconnect (BELFRY_REDIS_FAULT_READONLY));
  g_assert_false (belfry_redis_fault_wants_reconnect (BELFRY_REDIS_FAULT_OOM));
  for (guint i = 0; i < BELFRY_REDIS_N_FAULTS; i++)
    g_assert_nonnull (belfry_redis_fault_to_string ((BelfryRedisFault) i));
}

typedef struct
{
  const char *text;
  BelfryRedisPushResult result;
} PushCase;

static const PushCase push_cases[] = {
  { "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\np\r\n", BELFRY_REDIS_PUSH_READ },
  { "*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nc\r\n$1\r\np\r\n", BELFRY_REDIS_PUSH_READ },
  { "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", BELFRY_REDIS_PUSH_READ },
  { "*2\r\n$4\r\npong\r\n$0\r\n\r\n", BELFRY_REDIS_PUSH_NONE },
  { "+message\r\n", BELFRY_REDIS_PUSH_NONE },
  { "*0\r\n", BELFRY_REDIS_PUSH_NONE },
  { "*1\r\n:1\r\n", BELFRY_REDIS_PUSH_NONE },
  { "*2\r\n$7\r\nmessage\r\n$1\r\nc\r\n", BELFRY_REDIS_PUSH_BROKEN },
  { "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n:1\r\n", BELFRY_REDIS_PUSH_BROKEN },
  { "*3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\np\r\n", BELFRY_REDIS_PUSH_BROKEN },
  { "*4\r\n$8\r\npmessage\r\n:1\r\n$1\r\nc\r\n$1\r\np\r\n", BELFRY_REDIS_PUSH_BROKEN },
};

/* A push is an array of a known word, and of the form that goes with it. */
static void
test_pushes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (push_cases); i++)
    {
      g_autoptr (BelfryRedisReply) reply = read_one (push_cases[i].text);
      BelfryRedisPush push = { 0 };

      g_test_message ("%s", push_cases[i].text);
      g_assert_cmpint (belfry_redis_push_read (reply, &push), ==, push_cases[i].result);
      if (push_cases[i].result == BELFRY_REDIS_PUSH_READ)
        g_assert_cmpstr (g_bytes_get_data (push.channel, NULL), ==, "c");
    }
}

/* A command stands on the wire with the lengths of its parts, whatever is in them. */
static void
test_format (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const BelfryRedisCommand command = {
    .argv = (const char *[]){ "SET", "k", "a\0\r" },
    .lengths = (const gsize[]){ 3, 1, 3 },
    .argc = 3,
  };
  const char expected[] = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na\0\r\r\n";
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_redis_command_format (&command, out, 1000, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (out->data, out->len, expected, sizeof expected - 1);
  g_assert_false (belfry_redis_command_format (&command, out, 100, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE);
  g_assert_cmpuint (out->len, ==, sizeof expected - 1);
}

/* Lengths that nothing has room for are refused before the formatter adds them up. */
static void
test_format_huge (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const BelfryRedisCommand command = {
    .argv = (const char *[]){ "SET", "k", "v" },
    .lengths = (const gsize[]){ 3, G_MAXSIZE, G_MAXSIZE },
    .argc = 3,
  };
  g_autoptr (GError) error = NULL;

  g_assert_false (belfry_redis_command_format (&command, out, G_MAXSIZE, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-reader/kinds", test_kinds);
  belfry_test_add ("/redis-reader/nul", test_nul);
  belfry_test_add ("/redis-reader/pieces", test_pieces);
  belfry_test_add ("/redis-reader/bad", test_bad);
  belfry_test_add ("/redis-reader/many", test_many);
  belfry_test_add ("/redis-reader/faults", test_faults);
  belfry_test_add ("/redis-reader/pushes", test_pushes);
  belfry_test_add ("/redis-reader/format", test_format);
  belfry_test_add ("/redis-reader/format-huge", test_format_huge);
  return g_test_run ();
}
