/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-dialect-parse"

#include "config.h"

#include "belfry-dialect-parse.h"

#include <string.h>

#include "belfry-dialect-check.h"
#include "belfry-error.h"
#include "belfry-test.h"

#define SINCE(offset) "{\"offset\":" #offset ",\"epoch\":\"" BELFRY_CHECK_EPOCH_TEXT "\"}"
#define SESSION "\"session\":\"" BELFRY_CHECK_SESSION "\""
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

typedef struct
{
  const char *text;
  const char *request;
} GoodRequest;

static const GoodRequest good_actions[] = {
  { "{\"action\":\"authorization\"," SESSION ",\"context\":\"J.W.T\"}",
    "authenticate token=J.W.T" },
  { "{\"action\":\"authorization\"}", "authenticate" },
  { "{\"action\":\"authorization\",\"context\":null,\"session\":null,\"id\":null}",
    "authenticate" },
  { "{\"action\":\"refresh\",\"context\":\"J.W.T\"}", "refresh token=J.W.T" },
  { "{\"action\":\"subscribe\"," SESSION ",\"context\":\"chat-room\"}", "subscribe chat-room" },
  { "{\"action\":\"subscribe\",\"context\":\"news\",\"since\":" SINCE (7) "}",
    "subscribe news@7:e1" },
  { "{\"action\":\"subscribe\",\"context\":\"news\",\"since\":null}", "subscribe news" },
  { "{\"action\":\"unsubscribe\"," SESSION ",\"context\":\"chat-room\"}", "unsubscribe chat-room" },
  { "{\"action\":\"unsubscribe\",\"context\":\"a\",\"since\":17}", "unsubscribe a" },
  { "{\"action\":\"publish\",\"context\":\"a\",\"payload\":{\"b\": 1}}",
    "publish a payload={\"b\": 1}" },
  { "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"text\"}",
    "publish a payload=\"text\"" },
  { "{\"action\":\"publish\",\"context\":\"a\",\"payload\":null}", "publish a payload=null" },
  { "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"t\\u00e9xt\",\"encoding\":\"text\"}",
    "publish a payload=téxt" },
  { "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"aGk=\",\"encoding\":\"base64\"}",
    "publish a payload=hi" },
  { "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"\",\"encoding\":\"base64\"}",
    "publish a payload=" },
  { "{\"action\":\"presence\",\"context\":\"a\"}", "presence a" },
  { "{\"action\":\"history\",\"context\":\"a\"}", "history a" },
  { "{\"action\":\"history\",\"context\":\"a\",\"limit\":10,\"since\":" SINCE (0) "}",
    "history a@0:e1 limit=10" },
  { "{\"action\":\"history\",\"context\":\"a\",\"limit\":99999999999}",
    "history a limit=4294967295" },
  { "{\"action\":\"ping\"}", "ping" },
  { "{\"action\":\"ping\",\"id\":17}", "ping id=17" },
  { "{\"action\":\"ping\",\"id\":-1.50e3}", "ping id=-1.50e3" },
  { "{\"action\":\"ping\",\"id\":\"\\u0061\\\"\"}", "ping id=\"\\u0061\\\"\"" },
  { " {\n\"context\" : \"a\" , \"action\" : \"subscribe\"\t} ", "subscribe a" },
  { "{\"\\u0061ction\":\"\\u0070ing\"}", "ping" },
  /* the last of those that have the same name */
  { "{\"action\":\"ping\",\"context\":\"a\",\"action\":\"subscribe\",\"context\":\"b\"}",
    "subscribe b" },
  { "{\"id\":1,\"action\":\"ping\",\"id\":null}", "ping" },
  { "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":{\"offset\":1,\"epoch\":1,"
    "\"offset\":2,\"epoch\":\"" BELFRY_CHECK_EPOCH_TEXT "\"}}",
    "subscribe a@2:e1" },
  /* what nobody knows is let pass */
  { "{\"action\":\"ping\",\"x\":[{\"action\":\"subscribe\"}],\"topics\":7,\"type\":[]}", "ping" },
  /* an epoch of somebody else is a position that was lost */
  { "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":{\"offset\":2,\"epoch\":\"other\"}}",
    "subscribe a@2:ffffffffffffffff" },
  { "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":{\"offset\":2,\"epoch\":\"" HUNDRED
    "\"}}",
    "subscribe a@2:ffffffffffffffff" },
  /* whether a topic is valid is not judged here */
  { "{\"action\":\"subscribe\",\"context\":\"\"}", "subscribe " },
  { "{\"action\":\"subscribe\",\"context\":\"a b\"}", "subscribe a b" },
  { "{\"action\":\"subscribe\",\"context\":\"a\\u0000b\"}", "subscribe a\1b" },
};

static const GoodRequest good_types[] = {
  { "{\"type\":\"auth\",\"token\":\"J.W.T\"}", "authenticate token=J.W.T" },
  { "{\"type\":\"auth\"}", "authenticate" },
  { "{\"type\":\"refresh\",\"token\":\"J.W.T\",\"id\":\"r\"}", "refresh token=J.W.T id=\"r\"" },
  { "{\"type\":\"subscribe\",\"topics\":[\"user.42.notifications\",\"system.notifications\"]}",
    "subscribe user.42.notifications system.notifications" },
  { "{\"type\":\"subscribe\",\"topics\":[\"a\",\"b\",\"c\",\"d\"]}", "subscribe a b c d" },
  { "{\"type\":\"subscribe\",\"topic\":\"a\"}", "subscribe a" },
  { "{\"type\":\"subscribe\",\"topic\":\"a\",\"topics\":null}", "subscribe a" },
  { "{\"type\":\"subscribe\",\"topics\":[\"b\",\"a\",\"b\"],\"since\":{\"b\":" SINCE (
        2) ",\"x\":" SINCE (9) ",\"\\u0061\":" SINCE (1) "}}",
    "subscribe b@2:e1 a@1:e1 b@2:e1" },
  { "{\"type\":\"subscribe\",\"topics\":[\"a\",\"b\"],\"since\":{}}", "subscribe a b" },
  { "{\"type\":\"subscribe\",\"topics\":[\"a\"],\"since\":{\"a\":" SINCE (1) ",\"a\":" SINCE (
        2) "}}",
    "subscribe a@2:e1" },
  { "{\"type\":\"subscribe\",\"topic\":\"a\",\"since\":{\"a\":{\"offset\":4,\"epoch\":"
    "\"" BELFRY_CHECK_EPOCH_TEXT "\",\"recovered\":true}}}",
    "subscribe a@4:e1" },
  { "{\"type\":\"unsubscribe\",\"topics\":[\"a\",\"b\"]}", "unsubscribe a b" },
  { "{\"type\":\"publish\",\"topic\":\"a\",\"data\":[1, 2]}", "publish a payload=[1, 2]" },
  { "{\"type\":\"publish\",\"topic\":\"a\",\"data\":1,\"topics\":[\"b\",\"c\"]}",
    "publish a payload=1" },
  { "{\"type\":\"presence\",\"topic\":\"a\"}", "presence a" },
  { "{\"type\":\"history\",\"topic\":\"a\",\"since\":" SINCE (3) ",\"limit\":1}",
    "history a@3:e1 limit=1" },
  { "{\"type\":\"ping\",\"session\":\"of no account here\"}", "ping" },
};

static void
check_good (const BelfryDialect *dialect, const GoodRequest *rows, gsize n_rows)
{
  for (gsize i = 0; i < n_rows; i++)
    {
      g_autofree char *request = belfry_check_parse (dialect, rows[i].text, -1);

      g_test_message ("%s", rows[i].text);
      g_assert_cmpstr (request, ==, rows[i].request);
    }
}

/* What clients say becomes the request that they mean, with nothing lost and nothing added. */
static void
test_good (void)
{
  check_good (&belfry_dialect_action, good_actions, G_N_ELEMENTS (good_actions));
  check_good (&belfry_dialect_typed, good_types, G_N_ELEMENTS (good_types));
  check_good (&belfry_dialect_typed_envelope, good_types, G_N_ELEMENTS (good_types));
}

typedef struct
{
  const char *defect;
  const char *text;
  const char *answer;
} BadRequest;

static const BadRequest bad_texts[] = {
  { "nothing at all", "", "!bad-request" },
  { "white space", " \n", "!bad-request" },
  { "not JSON", "subscribe chat-room", "!bad-request" },
  { "cut off", "{\"action\":\"ping\",\"id\":1", "!bad-request" },
  { "something behind it", "{\"action\":\"ping\",\"type\":\"ping\"}{}", "!bad-request" },
  { "a comment", "{\"action\":\"ping\"/**/}", "!bad-request" },
  { "single quotes", "{'action':'ping'}", "!bad-request" },
  { "a list", "[{\"action\":\"ping\"}]", "!bad-request" },
  { "a string", "\"ping\"", "!bad-request" },
  { "null", "null", "!bad-request" },
  { "invalid UTF-8", "{\"action\":\"p\xffng\"}", "!bad-request" },
  { "half a surrogate pair", "{\"action\":\"\\ud800\"}", "!bad-request" },
  { "an empty object", "{}", "!bad-request" },
  { "the id is an object", "{\"id\":{},\"action\":\"ping\",\"type\":\"ping\"}", "!bad-request" },
  { "the id is a list", "{\"id\":[1],\"action\":\"ping\",\"type\":\"ping\"}", "!bad-request" },
  { "the id is a boolean", "{\"id\":true,\"action\":\"ping\",\"type\":\"ping\"}", "!bad-request" },
  { "the id is too long",
    "{\"id\":\"" HUNDRED TEN TEN TEN "\",\"action\":\"ping\",\"type\":\"ping\"}", "!too-large" },
  { "nothing is asked for", "{\"id\":5}", "!bad-request id=5" },
  { "what is asked for is no text", "{\"id\":\"x\",\"action\":1,\"type\":1}",
    "!bad-request id=\"x\"" },
  { "nobody knows it", "{\"id\":5,\"action\":\"dance\",\"type\":\"dance\"}",
    "!unknown-action id=5" },
  { "in capitals", "{\"action\":\"PING\",\"type\":\"PING\"}", "!unknown-action" },
  { "longer than a known one", "{\"action\":\"ping\\u0000\",\"type\":\"ping\\u0000\"}",
    "!unknown-action" },
  { "nothing but a NUL", "{\"action\":\"\\u0000\",\"type\":\"\\u0000\"}", "!unknown-action" },
  { "for a plugin that is not there", "{\"action\":\"join_room\",\"type\":\"join_room\"}",
    "!unknown-action" },
};

static const BadRequest bad_actions[] = {
  { "the typed dialect", "{\"type\":\"ping\",\"id\":3}", "!bad-request id=3" },
  { "another session", "{\"action\":\"ping\",\"session\":\"AAAAAAAAAAAAAAAB\",\"id\":1}",
    "!session-mismatch id=1" },
  { "an empty session", "{\"action\":\"ping\",\"session\":\"\"}", "!session-mismatch" },
  { "the beginning of the session", "{\"action\":\"ping\",\"session\":\"AAAA\"}",
    "!session-mismatch" },
  { "another session, and an unknown action", "{\"action\":\"dance\",\"session\":\"x\"}",
    "!session-mismatch" },
  { "the session is a number", "{\"action\":\"ping\",\"session\":1}", "!bad-request" },
  { "a token that is a number", "{\"action\":\"authorization\",\"context\":1}", "!bad-request" },
  { "a token with a NUL", "{\"action\":\"authorization\",\"context\":\"a\\u0000b\"}",
    "!bad-request" },
  { "no token to refresh with", "{\"action\":\"refresh\"}", "!bad-request" },
  { "null to refresh with", "{\"action\":\"refresh\",\"context\":null}", "!bad-request" },
  { "no topic", "{\"action\":\"subscribe\",\"id\":2}", "!bad-request id=2" },
  { "a topic that is a list", "{\"action\":\"subscribe\",\"context\":[\"a\"]}", "!bad-request" },
  { "a list of topics", "{\"action\":\"subscribe\",\"topics\":[\"a\"]}", "!bad-request" },
  { "a topic that is null", "{\"action\":\"unsubscribe\",\"context\":null}", "!bad-request" },
  { "no topic to publish to", "{\"action\":\"publish\",\"payload\":1}", "!bad-request" },
  { "nothing to publish", "{\"action\":\"publish\",\"context\":\"a\"}", "!bad-request" },
  { "the other dialect's payload", "{\"action\":\"publish\",\"context\":\"a\",\"data\":1}",
    "!bad-request" },
  { "too much to publish", "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"" HUNDRED "\"}",
    "!too-large" },
  { "an unknown encoding",
    "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"\",\"encoding\":\"hex\"}",
    "!bad-request" },
  { "an encoding that is no text",
    "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"\",\"encoding\":1}", "!bad-request" },
  { "an encoded number",
    "{\"action\":\"publish\",\"context\":\"a\",\"payload\":1,\"encoding\":\"text\"}",
    "!bad-request" },
  { "base64 without padding",
    "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"aGk\",\"encoding\":\"base64\"}",
    "!bad-request" },
  { "base64 of padding",
    "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"====\",\"encoding\":\"base64\"}",
    "!bad-request" },
  { "padding within base64",
    "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"aG==aGk=\",\"encoding\":\"base64\"}",
    "!bad-request" },
  { "base64 for addresses",
    "{\"action\":\"publish\",\"context\":\"a\",\"payload\":\"ab-_\",\"encoding\":\"base64\"}",
    "!bad-request" },
  { "since a number", "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":1}", "!bad-request" },
  { "since a list", "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":[" SINCE (1) "]}",
    "!bad-request" },
  { "since nothing", "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":{}}", "!bad-request" },
  { "since without an epoch",
    "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":{\"offset\":1}}", "!bad-request" },
  { "since an epoch that is a number",
    "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":{\"offset\":1,\"epoch\":1}}",
    "!bad-request" },
  { "since without an offset",
    "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":{\"epoch\":\"e\"}}", "!bad-request" },
  { "since before all", "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":" SINCE (-1) "}",
    "!bad-request" },
  { "since a half", "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":" SINCE (1.5) "}",
    "!bad-request" },
  { "since more than can be counted",
    "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":" SINCE (9223372036854775808) "}",
    "!bad-request" },
  { "since an offset in quotes",
    "{\"action\":\"subscribe\",\"context\":\"a\",\"since\":" SINCE ("1") "}", "!bad-request" },
  { "the last offset is none",
    "{\"action\":\"history\",\"context\":\"a\",\"since\":{\"offset\":1,\"epoch\":\"e\","
    "\"offset\":null}}",
    "!bad-request" },
  { "less than nothing of the history", "{\"action\":\"history\",\"context\":\"a\",\"limit\":-1}",
    "!bad-request" },
  { "a limit in quotes", "{\"action\":\"history\",\"context\":\"a\",\"limit\":\"1\"}",
    "!bad-request" },
};

static const BadRequest bad_types[] = {
  { "the action dialect", "{\"action\":\"ping\",\"id\":3}", "!bad-request id=3" },
  { "the other dialect's token", "{\"type\":\"refresh\",\"context\":\"t\"}", "!bad-request" },
  { "no topic", "{\"type\":\"subscribe\"}", "!bad-request" },
  { "topics that are a string", "{\"type\":\"subscribe\",\"topics\":\"a\"}", "!bad-request" },
  { "topics that are an object", "{\"type\":\"subscribe\",\"topics\":{\"a\":\"a\"}}",
    "!bad-request" },
  { "an empty list", "{\"type\":\"subscribe\",\"topics\":[]}", "!bad-request" },
  { "a topic in the list that is no text", "{\"type\":\"subscribe\",\"topics\":[\"a\",1]}",
    "!bad-request" },
  { "too many topics", "{\"type\":\"subscribe\",\"id\":1,\"topics\":[\"\",\"\",\"\",\"\",\"\"]}",
    "!limit-reached id=1" },
  { "a topic and topics", "{\"type\":\"subscribe\",\"topic\":\"a\",\"topics\":[\"b\"]}",
    "!bad-request" },
  { "topics where there can be one", "{\"type\":\"presence\",\"topics\":[\"a\"]}", "!bad-request" },
  { "since without the topic", "{\"type\":\"subscribe\",\"topic\":\"a\",\"since\":" SINCE (1) "}",
    "!bad-request" },
  { "since a list", "{\"type\":\"subscribe\",\"topic\":\"a\",\"since\":[]}", "!bad-request" },
  { "a topic's since is a number", "{\"type\":\"subscribe\",\"topic\":\"a\",\"since\":{\"a\":1}}",
    "!bad-request" },
  { "history since by topic",
    "{\"type\":\"history\",\"topic\":\"a\",\"since\":{\"a\":" SINCE (1) "}}", "!bad-request" },
  { "nothing to publish", "{\"type\":\"publish\",\"topic\":\"a\"}", "!bad-request" },
};

static void
check_bad (const BelfryDialect *dialect, const BadRequest *rows, gsize n_rows)
{
  for (gsize i = 0; i < n_rows; i++)
    {
      g_autofree char *answer = belfry_check_parse (dialect, rows[i].text, -1);

      g_test_message ("%s: %s", dialect->name, rows[i].defect);
      g_assert_cmpstr (answer, ==, rows[i].answer);
    }
}

/* What is no request is refused with the code that its defect calls for, and with the id of the
 * request wherever that could be read. */
static void
test_bad (void)
{
  check_bad (&belfry_dialect_action, bad_texts, G_N_ELEMENTS (bad_texts));
  check_bad (&belfry_dialect_typed, bad_texts, G_N_ELEMENTS (bad_texts));
  check_bad (&belfry_dialect_action, bad_actions, G_N_ELEMENTS (bad_actions));
  check_bad (&belfry_dialect_typed, bad_types, G_N_ELEMENTS (bad_types));
}

/* A NUL byte in a text is like any other that JSON has no use for. */
static void
test_nul (void)
{
  const char text[] = "{\"action\":\"ping\"}\0";
  g_autofree char *answer = belfry_check_parse (&belfry_dialect_action, text, sizeof text - 1);

  g_assert_cmpstr (answer, ==, "!bad-request");
}

/* Binary messages are no requests. */
static void
test_binary (void)
{
  const BelfryDialect *const dialects[] = { &belfry_dialect_action, &belfry_dialect_typed,
                                            &belfry_dialect_typed_envelope };
  const guint8 ping[] = "{\"action\":\"ping\",\"type\":\"ping\",\"id\":1}";
  const BelfryDialectPeer peer = { BELFRY_CHECK_SESSION, 10, 10 };

  for (gsize i = 0; i < G_N_ELEMENTS (dialects); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *id = NULL;

      g_assert_true (dialects[i]->takes_text);
      g_assert_false (dialects[i]->takes_binary);
      g_assert_null (dialects[i]->parse (&peer, FALSE, ping, sizeof ping - 1, &id, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST);
      g_assert_null (id);
    }
}

/* A topic that is too long stays too long, is cut between characters, and does not spoil what is
 * asked for together with it. */
static void
test_long_topic (void)
{
  static const char *const characters[] = { "x", "é", "€", "🔔", "\\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (characters); i++)
    {
      g_autoptr (GString) text = g_string_new ("{\"type\":\"subscribe\",\"topics\":[\"a\",\"");

      for (int n = 0; n < 1000; n++)
        g_string_append (text, characters[i]);
      g_string_append (text, "\"]}");
      g_autofree char *request =
          belfry_check_parse (&belfry_dialect_typed, text->str, (gssize) text->len);
      g_assert_true (g_str_has_prefix (request, "subscribe a "));
      g_assert_cmpuint (strlen (request), >, strlen ("subscribe a ") + 255);
      g_assert_cmpuint (strlen (request), <, strlen ("subscribe a ") + 255 + 5);
      g_assert_true (g_utf8_validate (request, -1, NULL));
    }
}

static char *
with_token (gsize length)
{
  g_autofree char *token = g_strnfill (length, 't');

  return g_strdup_printf ("{\"action\":\"authorization\",\"context\":\"%s\"}", token);
}

/* Tokens are bounded. */
static void
test_long_token (void)
{
  g_autofree char *longest = with_token (BELFRY_DIALECT_TOKEN_MAX);
  g_autofree char *too_long = with_token (BELFRY_DIALECT_TOKEN_MAX + 1);
  g_autofree char *request = belfry_check_parse (&belfry_dialect_action, longest, -1);
  g_autofree char *answer = belfry_check_parse (&belfry_dialect_action, too_long, -1);

  g_assert_true (g_str_has_prefix (request, "authenticate token=ttt"));
  g_assert_cmpstr (answer, ==, "!too-large");
}

/* An id may be as long as the bound, and a payload, too. */
static void
test_bounds (void)
{
  g_autofree char *id = g_strnfill (BELFRY_DIALECT_ID_MAX, '7');
  g_autofree char *payload = g_strnfill (BELFRY_CHECK_MAX_MESSAGE, '7');
  g_autofree char *text =
      g_strdup_printf ("{\"type\":\"publish\",\"topic\":\"a\",\"data\":%s,\"id\":%s}", payload, id);
  g_autofree char *expected = g_strdup_printf ("publish a payload=%s id=%s", payload, id);
  g_autofree char *request = belfry_check_parse (&belfry_dialect_typed, text, -1);

  g_assert_cmpstr (request, ==, expected);
}

/* Nesting is refused before it costs anything. */
static void
test_deep (void)
{
  g_autoptr (GString) text =
      g_string_new ("{\"action\":\"publish\",\"context\":\"a\",\"payload\":");

  for (int i = 0; i < 1000000; i++)
    g_string_append_c (text, '[');
  g_autofree char *answer =
      belfry_check_parse (&belfry_dialect_action, text->str, (gssize) text->len);
  g_assert_cmpstr (answer, ==, "!too-large");
}

/* What a text is cut to is never taken for a whole one, and nothing is read behind its end. */
static void
test_cut (void)
{
  const char *text = "{\"type\":\"subscribe\",\"topics\":[\"é\\ud83d\\udd14\"],\"id\":12,"
                     "\"since\":{\"é\":" SINCE (3) "}}";

  for (gsize length = 0; length < strlen (text); length++)
    {
      g_autofree char *answer = belfry_check_parse (&belfry_dialect_typed, text, (gssize) length);

      g_assert_cmpstr (answer, ==, "!bad-request");
    }
}

/* Errors never repeat what a client sent, least of all a token. */
static void
test_errors_tell_nothing (void)
{
  const BelfryDialectPeer peer = { BELFRY_CHECK_SESSION, 10, 10 };
  const char *texts[] = {
    "{\"action\":\"authorization\",\"context\":\"sesame\\u0000\"}",
    "{\"action\":\"authorization\",\"context\":\"sesame\",\"session\":\"sesame\"}",
    "{\"action\":\"sesame\",\"context\":\"sesame\"}",
    "{\"action\":\"authorization\",\"context\":\"sesame\"",
    "{\"action\":\"refresh\",\"context\":[\"sesame\"]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *id = NULL;

      g_assert_null (belfry_dialect_action.parse (&peer, TRUE, (const guint8 *) texts[i],
                                                  strlen (texts[i]), &id, &error));
      g_assert_nonnull (error);
      g_assert_null (strstr (error->message, "sesame"));
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/dialect-parse/good", test_good);
  belfry_test_add ("/dialect-parse/bad", test_bad);
  belfry_test_add ("/dialect-parse/nul", test_nul);
  belfry_test_add ("/dialect-parse/binary", test_binary);
  belfry_test_add ("/dialect-parse/long-topic", test_long_topic);
  belfry_test_add ("/dialect-parse/long-token", test_long_token);
  belfry_test_add ("/dialect-parse/bounds", test_bounds);
  belfry_test_add ("/dialect-parse/deep", test_deep);
  belfry_test_add ("/dialect-parse/cut", test_cut);
  belfry_test_add ("/dialect-parse/errors-tell-nothing", test_errors_tell_nothing);
  return g_test_run ();
}
