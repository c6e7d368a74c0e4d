/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-envelope.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-test.h"

static void
read_good (const char *text, BelfryRedisEnvelope *envelope)
{
  g_autoptr (GBytes) published = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;

  belfry_redis_envelope_read (published, envelope, &error);
  g_assert_no_error (error);
}

static void
assert_bytes (GBytes *bytes, const char *expected, gsize length)
{
  g_autoptr (GBytes) other = g_bytes_new (expected, length);

  g_assert_true (g_bytes_equal (bytes, other));
}

/* What a backend writes by hand: topic and payload, and whatever else it likes. */
static void
test_read (void)
{
  static const struct
  {
    const char *text;
    const char *payload;
  } rows[] = {
    { "{\"topic\":\"a.b\",\"payload\":{\"x\": 1}}", "{\"x\": 1}" },
    { "{\"topic\":\"a.b\",\"payload\":\"hi\",\"encoding\":\"json\"}", "\"hi\"" },
    { "{\"topic\":\"a.b\",\"payload\":\"hi\",\"encoding\":\"text\"}", "hi" },
    { "{\"topic\":\"a.b\",\"payload\":\"aGk=\",\"encoding\":\"base64\"}", "hi" },
    { " {\"payload\" : null , \"more\":[{}], \"topic\":\"a\\u002eb\"} ", "null" },
    { "{\"topic\":\"x\",\"topic\":\"a.b\",\"payload\":1,\"payload\":[2]}", "[2]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (BelfryRedisEnvelope) envelope = { 0 };

      read_good (rows[i].text, &envelope);
      g_assert_cmpstr (envelope.topic, ==, "a.b");
      assert_bytes (envelope.payload, rows[i].payload, strlen (rows[i].payload));
      g_assert_cmpint (envelope.kind, ==, BELFRY_MESSAGE_DATA);
      g_assert_false (belfry_position_is_set (&envelope.position));
      g_assert_null (envelope.origin);
    }
}

/* What another instance writes: everything. */
static void
test_read_whole (void)
{
  g_auto (BelfryRedisEnvelope) envelope = { 0 };

  read_good ("{\"topic\":\"a\",\"kind\":\"join\",\"epoch\":\"00000000000000ff\",\"offset\":7,"
             "\"published\":1700000000123456,\"payload\":{},\"origin\":\"one\"}",
             &envelope);
  g_assert_cmpint (envelope.kind, ==, BELFRY_MESSAGE_JOIN);
  g_assert_cmpuint (envelope.position.epoch, ==, 0xff);
  g_assert_cmpuint (envelope.position.offset, ==, 7);
  g_assert_cmpint (envelope.published, ==, 1700000000123456);
  g_assert_cmpstr (envelope.origin, ==, "one");
}

/* Who wants to be heard must say it rightly. */
static void
test_read_bad (void)
{
  static const struct
  {
    const char *defect;
    const char *text;
    BelfryError code;
  } rows[] = {
    { "nothing", "", BELFRY_ERROR_BAD_REQUEST },
    { "no JSON", "{\"topic\":\"a\"", BELFRY_ERROR_BAD_REQUEST },
    { "no object", "[\"a\",1]", BELFRY_ERROR_BAD_REQUEST },
    { "no topic", "{\"payload\":1}", BELFRY_ERROR_BAD_REQUEST },
    { "no payload", "{\"topic\":\"a\"}", BELFRY_ERROR_BAD_REQUEST },
    { "a number for a topic", "{\"topic\":1,\"payload\":1}", BELFRY_ERROR_BAD_REQUEST },
    { "an empty topic", "{\"topic\":\"\",\"payload\":1}", BELFRY_ERROR_TOPIC_INVALID },
    { "a reserved topic", "{\"topic\":\"belfry:words\",\"payload\":1}",
      BELFRY_ERROR_TOPIC_INVALID },
    { "a pattern", "{\"topic\":\"a.*\",\"payload\":1}", BELFRY_ERROR_BAD_REQUEST },
    { "a NUL in the topic", "{\"topic\":\"a\\u0000\",\"payload\":1}", BELFRY_ERROR_BAD_REQUEST },
    { "an unknown kind", "{\"topic\":\"a\",\"payload\":1,\"kind\":\"x\"}",
      BELFRY_ERROR_BAD_REQUEST },
    { "an unknown encoding", "{\"topic\":\"a\",\"payload\":1,\"encoding\":1}",
      BELFRY_ERROR_BAD_REQUEST },
    { "an object for text", "{\"topic\":\"a\",\"payload\":{},\"encoding\":\"text\"}",
      BELFRY_ERROR_BAD_REQUEST },
    { "no base64", "{\"topic\":\"a\",\"payload\":\"aGk\",\"encoding\":\"base64\"}",
      BELFRY_ERROR_BAD_REQUEST },
    { "an offset without epoch", "{\"topic\":\"a\",\"payload\":1,\"offset\":1}",
      BELFRY_ERROR_BAD_REQUEST },
    { "an epoch without offset", "{\"topic\":\"a\",\"payload\":1,\"epoch\":\"00000000000000ff\"}",
      BELFRY_ERROR_BAD_REQUEST },
    { "a negative offset",
      "{\"topic\":\"a\",\"payload\":1,\"offset\":-1,\"epoch\":\"00000000000000ff\"}",
      BELFRY_ERROR_BAD_REQUEST },
    { "a short epoch", "{\"topic\":\"a\",\"payload\":1,\"offset\":1,\"epoch\":\"ff\"}",
      BELFRY_ERROR_BAD_REQUEST },
    { "a time as text", "{\"topic\":\"a\",\"payload\":1,\"published\":\"1\"}",
      BELFRY_ERROR_BAD_REQUEST },
    { "an origin that is none", "{\"topic\":\"a\",\"payload\":1,\"origin\":[]}",
      BELFRY_ERROR_BAD_REQUEST },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) published = g_bytes_new (rows[i].text, strlen (rows[i].text));
      BelfryRedisEnvelope envelope;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", rows[i].defect);
      g_assert_false (belfry_redis_envelope_read (published, &envelope, &error));
      g_assert_error (error, BELFRY_ERROR, (int) rows[i].code);
    }
}

/* The topic is found without the rest being looked at, if it stands first and as it is. */
static void
test_peek (void)
{
  static const struct
  {
    const char *text;
    const char *topic; /* nothing: it is not found */
  } rows[] = {
    { "{\"topic\":\"a.b\",\"payload\":1}", "a.b" },
    { " {\t\"topic\" :\r\n\"a.b\" , \"payload\": 1}", "a.b" },
    { "{\"topic\":\"a.b\" and no JSON", "a.b" },
    { "{\"topic\":\"no topic\"}", "no topic" },
    { "{\"payload\":1,\"topic\":\"a\"}", NULL },
    { "{\"topic\":\"a\\u002eb\"}", NULL },
    { "{\"topic\":1}", NULL },
    { "{\"topics\":\"a\"}", NULL },
    { "[\"topic\",\"a\"]", NULL },
    { "{\"topic\":\"a", NULL },
    { "{\"topic\":\"", NULL },
    { "{\"topic", NULL },
    { "", NULL },
  };
  char topic[BELFRY_TOPIC_MAX + 1];

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) published = g_bytes_new (rows[i].text, strlen (rows[i].text));

      g_assert_true (belfry_redis_envelope_peek (published, topic) == (rows[i].topic != NULL));
      if (rows[i].topic != NULL)
        g_assert_cmpstr (topic, ==, rows[i].topic);
    }
}

/* The longest name that a topic may have fits; what is longer is none. */
static void
test_peek_long (void)
{
  char topic[BELFRY_TOPIC_MAX + 1];

  for (gsize more = 0; more < 2; more++)
    {
      g_autofree char *name = g_strnfill (BELFRY_TOPIC_MAX + more, 'a');
      g_autofree char *text = g_strdup_printf ("{\"topic\":\"%s\"}", name);
      g_autoptr (GBytes) published = g_bytes_new (text, strlen (text));

      g_assert_true (belfry_redis_envelope_peek (published, topic) == (more == 0));
      if (more == 0)
        g_assert_cmpstr (topic, ==, name);
    }
}

/* JSON stands in it byte for byte, text as a string, anything else in base64. */
static void
test_write (void)
{
  static const struct
  {
    const char *payload;
    gsize length;
    const char *written;
  } rows[] = {
    { "{ \"a\" : 1 }", 11, "{\"topic\":\"t\",\"payload\":{ \"a\" : 1 },\"origin\":\"one\"}" },
    { "\"hi\"", 4, "{\"topic\":\"t\",\"payload\":\"hi\",\"origin\":\"one\"}" },
    { "hi \"you\"", 8,
      "{\"topic\":\"t\",\"payload\":\"hi \\\"you\\\"\",\"encoding\":\"text\",\"origin\":\"one\"}" },
    { "", 0, "{\"topic\":\"t\",\"payload\":\"\",\"encoding\":\"text\",\"origin\":\"one\"}" },
    { "\xff\x00", 2,
      "{\"topic\":\"t\",\"payload\":\"/wA=\",\"encoding\":\"base64\",\"origin\":\"one\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) payload = g_bytes_new (rows[i].payload, rows[i].length);
      char topic[] = "t";
      char origin[] = "one";
      const BelfryRedisEnvelope envelope = { .topic = topic, .payload = payload, .origin = origin };
      g_autoptr (GBytes) written = belfry_redis_envelope_write (&envelope);
      g_autofree char *text =
          g_strndup (g_bytes_get_data (written, NULL), g_bytes_get_size (written));
      g_auto (BelfryRedisEnvelope) again = { 0 };

      g_assert_cmpstr (text, ==, rows[i].written);
      read_good (text, &again);
      assert_bytes (again.payload, rows[i].payload, rows[i].length);
    }
}

/* Position, time and kind are written where there are any. */
static void
test_write_whole (void)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("1", 1);
  char topic[] = "t";
  const BelfryRedisEnvelope envelope = {
    topic, BELFRY_MESSAGE_LEAVE, { 0xff, 7 }, 12, payload, NULL
  };
  g_autoptr (GBytes) written = belfry_redis_envelope_write (&envelope);

  static const char expected[] = "{\"topic\":\"t\",\"kind\":\"leave\","
                                 "\"epoch\":\"00000000000000ff\",\"offset\":7,"
                                 "\"published\":12,\"payload\":1}";
  assert_bytes (written, expected, sizeof expected - 1);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-envelope/read", test_read);
  belfry_test_add ("/redis-envelope/read-whole", test_read_whole);
  belfry_test_add ("/redis-envelope/read-bad", test_read_bad);
  belfry_test_add ("/redis-envelope/peek", test_peek);
  belfry_test_add ("/redis-envelope/peek-long", test_peek_long);
  belfry_test_add ("/redis-envelope/write", test_write);
  belfry_test_add ("/redis-envelope/write-whole", test_write_whole);
  return g_test_run ();
}
