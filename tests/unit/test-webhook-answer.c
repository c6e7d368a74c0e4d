/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-webhook-answer.h"

#include <string.h>

#include "belfry-test.h"

#define WALL (1000 * G_USEC_PER_SEC)

static BelfryWebhookAnswer *
parse (BelfryWebhookParse function, guint status, const char *text, GError **error)
{
  g_autoptr (GBytes) content = g_bytes_new (text, strlen (text));

  return function (status, content, WALL, error);
}

/* All that a backend can say of a user is taken over. */
static void
test_identity (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWebhookAnswer) answer = parse (
      belfry_webhook_answer_parse_identity, 200,
      "{\"subject\":\"ann\",\"roles\":[\"a\",\"b\"],\"claims\":{\"tenant\":\"acme\",\"n\":[1,"
      "{\"x\":null}],\"t\":true,\"none\":null},\"expires_in\":60,\"info\":{\"name\":\"Ann\"},"
      "\"subscribe\":[\"x.*\"],\"publish\":[\"y\",\"z\"],\"presence\":[\"p\"],\"history\":"
      "[\"h\"],\"token_id\":\"t1\",\"other\":[]}",
      &error);

  g_assert_no_error (error);
  g_assert_cmpint (answer->kind, ==, BELFRY_WEBHOOK_IDENTITY);
  g_assert_true (belfry_webhook_answer_is_positive (answer));
  BelfryIdentity *ann = answer->identity;
  g_assert_cmpstr (belfry_identity_get_subject (ann), ==, "ann");
  g_assert_true (belfry_identity_has_role (ann, "a"));
  g_assert_true (belfry_identity_has_role (ann, "b"));
  g_assert_cmpstr (belfry_identity_get_claim (ann, "tenant"), ==, "acme");
  g_assert_cmpstr (belfry_identity_get_claim (ann, "n"), ==, "[1,{\"x\":null}]");
  g_assert_cmpstr (belfry_identity_get_claim (ann, "t"), ==, "true");
  g_assert_null (belfry_identity_get_claim (ann, "none"));
  g_assert_cmpint (belfry_identity_get_expiry (ann), ==, WALL + 60 * G_USEC_PER_SEC);
  g_assert_cmpstr (belfry_identity_get_info (ann), ==, "{\"name\":\"Ann\"}");
  g_assert_cmpstr (belfry_identity_get_token_id (ann), ==, "t1");
  g_assert_cmpstr (belfry_identity_get_grants (ann, BELFRY_TOPIC_ACTION_SUBSCRIBE)[0], ==, "x.*");
  g_assert_cmpstr (belfry_identity_get_grants (ann, BELFRY_TOPIC_ACTION_PUBLISH)[1], ==, "z");
  g_assert_cmpstr (belfry_identity_get_grants (ann, BELFRY_TOPIC_ACTION_PRESENCE)[0], ==, "p");
  g_assert_cmpstr (belfry_identity_get_grants (ann, BELFRY_TOPIC_ACTION_HISTORY)[0], ==, "h");
}

typedef struct
{
  guint status;
  const char *content;
  BelfryWebhookAnswerKind kind;
} GoodCase;

static const GoodCase identities[] = {
  { 200, "{\"subject\":\"a\"}", BELFRY_WEBHOOK_IDENTITY },
  { 200, " {\n\"subject\" : \"\\\"{[\\\\\" } ", BELFRY_WEBHOOK_IDENTITY },
  { 200, "{\"subject\":\"a\",\"roles\":null,\"info\":null,\"expires_in\":null}",
    BELFRY_WEBHOOK_IDENTITY },
  { 200, "{\"subject\":\"\\\\u0000\"}", BELFRY_WEBHOOK_IDENTITY },
  { 200, "{\"subject\":\"a\",\"claims\":{\"n\":9223372036854775807,\"x\":0.98765432109876543210}}",
    BELFRY_WEBHOOK_IDENTITY },
  { 200, "{\"subject\":\"98765432109876543210\"}", BELFRY_WEBHOOK_IDENTITY },
  { 200, "{\"subject\":\"a\",\"expires_at\":1001}", BELFRY_WEBHOOK_IDENTITY },
  { 200, "{\"subject\":\"a\",\"expires_at\":1000}", BELFRY_WEBHOOK_EXPIRED },
  { 200, "{\"subject\":\"a\",\"expires_at\":1}", BELFRY_WEBHOOK_EXPIRED },
  { 204, "", BELFRY_WEBHOOK_ABSTAIN },
  { 401, "", BELFRY_WEBHOOK_REFUSED },
  { 403, "", BELFRY_WEBHOOK_REFUSED },
};

static const GoodCase verdicts[] = {
  { 200, "{\"allow\":true}", BELFRY_WEBHOOK_ALLOW },
  { 200, "{\"allow\":false,\"why\":{}}", BELFRY_WEBHOOK_DENY },
  { 204, "", BELFRY_WEBHOOK_ABSTAIN },
  { 403, "", BELFRY_WEBHOOK_DENY },
};

static void
check_good (BelfryWebhookParse function, const GoodCase *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWebhookAnswer) answer = parse (function, row->status, row->content, &error);

  g_test_message ("%u %s", row->status, row->content);
  g_assert_no_error (error);
  g_assert_cmpint (answer->kind, ==, row->kind);
}

/* Answers that mean something. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (identities); i++)
    check_good (belfry_webhook_answer_parse_identity, &identities[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (verdicts); i++)
    check_good (belfry_webhook_answer_parse_verdict, &verdicts[i]);
}

typedef struct
{
  const char *defect;
  const char *content;
  const char *message;
} BadCase;

static const BadCase bad_identities[] = {
  { "nothing", "", "*empty*" },
  { "white space", "  ", "*not a JSON object*" },
  { "text", "hello", "*not JSON*" },
  { "an array", "[]", "*not a JSON object*" },
  { "a string", "\"ann\"", "*not a JSON object*" },
  { "cut off", "{\"subject\":\"ann\"", "*not JSON*" },
  { "a comment", "{\"subject\":/* x */\"ann\"}", "*not JSON*" },
  { "single quotes", "{'subject':'ann'}", "*not JSON*" },
  { "an assignment", "var x = {\"subject\":\"ann\"}", "*not JSON*" },
  { "not UTF-8", "{\"subject\":\"\xff\"}", "*not UTF-8*" },
  { "a NUL", "{\"subject\":\"root\\u0000x\"}", "*NUL*" },
  { "a NUL behind a backslash", "{\"subject\":\"\\\\\\u0000\"}", "*NUL*" },
  { "a NUL in a name", "{\"subject\\u0000\":\"root\"}", "*NUL*" },
  { "an octal NUL", "{\"subject\":\"root\\0x\"}", "*NUL*" },
  { "an octal escape", "{\"subject\":\"\\141\"}", "*escape*" },
  { "an escape that is cut", "{\"subject\":\"root\\", "*escape*" },
  { "a number beyond 63 bits", "{\"subject\":\"a\",\"claims\":{\"n\":9223372036854775808}}",
    "*number that is too large*" },
  { "a number beyond 64 bits", "{\"subject\":\"a\",\"claims\":[-18446744073709551616]}",
    "*number that is too large*" },
  { "half a surrogate pair", "{\"subject\":\"root\\ud800\"}", "*not JSON*" },
  { "no subject", "{}", "*“subject”*" },
  { "a number for a subject", "{\"subject\":1}", "*“subject”*a string*" },
  { "an empty subject", "{\"subject\":\"\"}", "*subject*" },
  { "a subject with a control character", "{\"subject\":\"a\\n\"}", "*subject*" },
  { "roles that are no array", "{\"subject\":\"a\",\"roles\":\"x\"}", "*“roles”*array*" },
  { "a role that is no string", "{\"subject\":\"a\",\"roles\":[\"x\",1]}", "*“roles”*array*" },
  { "an empty role", "{\"subject\":\"a\",\"roles\":[\"\"]}", "*role*" },
  { "claims that are no object", "{\"subject\":\"a\",\"claims\":[]}", "*“claims”*object*" },
  { "info that is no object", "{\"subject\":\"a\",\"info\":\"x\"}", "*“info”*object*" },
  { "grants that are no array", "{\"subject\":\"a\",\"publish\":{}}", "*“publish”*array*" },
  { "a token's name that is no string", "{\"subject\":\"a\",\"token_id\":7}", "*“token_id”*" },
  { "an expiry as text", "{\"subject\":\"a\",\"expires_in\":\"60\"}", "*“expires_in”*number*" },
  { "an expiry with a fraction", "{\"subject\":\"a\",\"expires_in\":1.5}", "*“expires_in”*" },
  { "no time at all", "{\"subject\":\"a\",\"expires_in\":0}", "*“expires_in”*from 1*" },
  { "a time gone by", "{\"subject\":\"a\",\"expires_in\":-1}", "*“expires_in”*from 1*" },
  { "microseconds", "{\"subject\":\"a\",\"expires_at\":1700000000000000}",
    "*“expires_at”*from 1*" },
  { "more than a number", "{\"subject\":\"a\",\"expires_in\":99999999999999999999}",
    "*number that is too large*" },
  { "two times", "{\"subject\":\"a\",\"expires_in\":1,\"expires_at\":2}", "*only one*" },
};

static const BadCase bad_verdicts[] = {
  { "nothing", "", "*empty*" },
  { "no word", "{}", "*“allow”*true or false*" },
  { "null", "{\"allow\":null}", "*“allow”*true or false*" },
  { "a number", "{\"allow\":1}", "*“allow”*true or false*" },
  { "a text", "{\"allow\":\"true\"}", "*“allow”*true or false*" },
  { "an array", "{\"allow\":[true]}", "*“allow”*true or false*" },
  { "a literal alone", "true", "*not a JSON object*" },
};

static void
check_bad (BelfryWebhookParse function, const BadCase *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWebhookAnswer) answer = parse (function, 200, row->content, &error);

  g_test_message ("%s", row->defect);
  g_assert_null (answer);
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED);
  if (!g_pattern_match_simple (row->message, error->message))
    g_error ("%s: got: %s", row->defect, error->message);
}

/* Answers that mean nothing are the backend's failure, and say what was expected. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_identities); i++)
    check_bad (belfry_webhook_answer_parse_identity, &bad_identities[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_verdicts); i++)
    check_bad (belfry_webhook_answer_parse_verdict, &bad_verdicts[i]);
}

/* Other statuses are failures; of those that pass, trying again later helps. */
static void
test_statuses (void)
{
  static const guint later[] = { 429, 500, 502, 503, 599 };
  static const guint never[] = { 100, 201, 206, 301, 302, 307, 400, 404, 405, 418 };

  for (gsize i = 0; i < G_N_ELEMENTS (later); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (belfry_webhook_answer_parse_identity, later[i], "", &error));
      g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (never); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (belfry_webhook_answer_parse_verdict, never[i], "", &error));
      g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED);
    }
}

static char *
nested (guint depth, const char *before)
{
  GString *text = g_string_new ("{\"subject\":\"a\",\"claims\":{\"c\":");

  g_string_append (text, before);
  for (guint i = 0; i < depth; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < depth; i++)
    g_string_append_c (text, ']');
  g_string_append (text, "}}");
  return g_string_free (text, FALSE);
}

/* An answer that nests too deep never reaches the parser, wherever the brackets hide. */
static void
test_depth (void)
{
  static const char *const hiding_places[] = { "", "/*\"*/", "'\"',", "#\"\n", "//\"\n" };
  g_autofree char *deepest = nested (BELFRY_WEBHOOK_MAX_DEPTH - 2, "");
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWebhookAnswer) answer =
      parse (belfry_webhook_answer_parse_identity, 200, deepest, &error);

  g_assert_no_error (error);
  g_assert_cmpint (answer->kind, ==, BELFRY_WEBHOOK_IDENTITY);
  for (gsize i = 0; i < G_N_ELEMENTS (hiding_places); i++)
    {
      g_autofree char *text = nested (30000, hiding_places[i]);

      g_assert_null (parse (belfry_webhook_answer_parse_identity, 200, text, &error));
      g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED);
      g_clear_error (&error);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/webhook-answer/identity", test_identity);
  belfry_test_add ("/webhook-answer/good", test_good);
  belfry_test_add ("/webhook-answer/bad", test_bad);
  belfry_test_add ("/webhook-answer/statuses", test_statuses);
  belfry_test_add ("/webhook-answer/depth", test_depth);
  return g_test_run ();
}
