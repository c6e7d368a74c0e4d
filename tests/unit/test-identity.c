/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <belfry/belfry.h>

#include <string.h>

#include "belfry-test.h"

#define EXPIRY G_GINT64_CONSTANT (1700000000000000)

/* Fails unless what was put together is refused with this message. */
static void
assert_refused (BelfryIdentityBuilder *builder, const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (belfry_identity_builder_end (builder, &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
}

static BelfryIdentity *
end (BelfryIdentityBuilder *builder)
{
  g_autoptr (GError) error = NULL;
  BelfryIdentity *identity = belfry_identity_builder_end (builder, &error);

  g_assert_no_error (error);
  g_assert_nonnull (identity);
  return identity;
}

/* What is put in comes out, each in its place and in its order. */
static void
test_whole (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("ünal");
  belfry_identity_builder_add_role (builder, "editor");
  belfry_identity_builder_add_claim (builder, "tenant", "acme");
  belfry_identity_builder_add_grant (builder, BELFRY_TOPIC_ACTION_SUBSCRIBE, "user.ünal.*");
  belfry_identity_builder_add_claim (builder, "age", "42");
  belfry_identity_builder_add_role (builder, "author");
  belfry_identity_builder_add_grant (builder, BELFRY_TOPIC_ACTION_HISTORY, "log.>");
  belfry_identity_builder_add_grant (builder, BELFRY_TOPIC_ACTION_SUBSCRIBE, "news");
  belfry_identity_builder_set_expiry (builder, EXPIRY);
  belfry_identity_builder_set_token_id (builder, "t-1");
  belfry_identity_builder_set_info (builder, "{\"name\":\"Ünal\"}");
  g_autoptr (BelfryIdentity) identity = end (builder);

  g_assert_cmpstr (belfry_identity_get_subject (identity), ==, "ünal");
  g_assert_cmpstr (belfry_identity_get_token_id (identity), ==, "t-1");
  g_assert_cmpstr (belfry_identity_get_info (identity), ==, "{\"name\":\"Ünal\"}");
  g_assert_cmpint (belfry_identity_get_expiry (identity), ==, EXPIRY);
  const char *const roles[] = { "editor", "author", NULL };
  g_assert_true (g_strv_equal (belfry_identity_get_roles (identity), roles));
  g_assert_true (belfry_identity_has_role (identity, "author"));
  g_assert_false (belfry_identity_has_role (identity, "auth"));
  g_assert_cmpstr (belfry_identity_get_claim (identity, "tenant"), ==, "acme");
  g_assert_cmpstr (belfry_identity_get_claim (identity, "age"), ==, "42");
  g_assert_null (belfry_identity_get_claim (identity, "acme"));
  const char *const subscribe[] = { "user.ünal.*", "news", NULL };
  const char *const history[] = { "log.>", NULL };
  g_assert_true (g_strv_equal (belfry_identity_get_grants (identity, BELFRY_TOPIC_ACTION_SUBSCRIBE),
                               subscribe));
  g_assert_true (
      g_strv_equal (belfry_identity_get_grants (identity, BELFRY_TOPIC_ACTION_HISTORY), history));
  g_assert_null (*belfry_identity_get_grants (identity, BELFRY_TOPIC_ACTION_PUBLISH));
  g_assert_null (*belfry_identity_get_grants (identity, BELFRY_TOPIC_ACTION_PRESENCE));
}

/* A subject alone is somebody, of whom nothing is known. */
static void
test_bare (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");
  g_autoptr (BelfryIdentity) identity = end (builder);

  g_assert_cmpstr (belfry_identity_get_subject (identity), ==, "a");
  g_assert_null (belfry_identity_get_token_id (identity));
  g_assert_null (belfry_identity_get_info (identity));
  g_assert_cmpint (belfry_identity_get_expiry (identity), ==, 0);
  g_assert_null (*belfry_identity_get_roles (identity));
  g_assert_null (belfry_identity_get_claim (identity, "a"));
  for (int action = 0; action < BELFRY_N_TOPIC_ACTIONS; action++)
    g_assert_null (*belfry_identity_get_grants (identity, (BelfryTopicAction) action));
}

/* A builder begins again with the same subject and nothing else, after success and failure. */
static void
test_again (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");
  belfry_identity_builder_add_role (builder, "r");
  belfry_identity_builder_add_claim (builder, "c", "1");
  belfry_identity_builder_set_expiry (builder, 7);
  belfry_identity_builder_set_token_id (builder, "t");
  belfry_identity_builder_set_info (builder, "{}");
  g_autoptr (BelfryIdentity) first = end (builder);
  belfry_identity_builder_add_role (builder, "");
  assert_refused (builder, "role: *");
  g_autoptr (BelfryIdentity) second = end (builder);

  g_assert_true (belfry_identity_has_role (first, "r"));
  g_assert_cmpstr (belfry_identity_get_subject (second), ==, "a");
  g_assert_null (*belfry_identity_get_roles (second));
  g_assert_null (belfry_identity_get_claim (second, "c"));
  g_assert_null (belfry_identity_get_token_id (second));
  g_assert_null (belfry_identity_get_info (second));
  g_assert_cmpint (belfry_identity_get_expiry (second), ==, 0);
}

/* What is set a second time replaces what was set before, and NULL takes it away. */
static void
test_replace (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");
  belfry_identity_builder_set_token_id (builder, "one");
  belfry_identity_builder_set_token_id (builder, "two");
  belfry_identity_builder_set_info (builder, "{\"a\":1}");
  belfry_identity_builder_set_info (builder, NULL);
  g_autoptr (BelfryIdentity) identity = end (builder);

  g_assert_cmpstr (belfry_identity_get_token_id (identity), ==, "two");
  g_assert_null (belfry_identity_get_info (identity));
}

typedef enum
{
  SUBJECT,
  ROLE,
  CLAIM_NAME,
  CLAIM_VALUE,
  GRANT,
  TOKEN,
  INFO,
} Field;

typedef struct
{
  const char *defect;
  Field field;
  const char *text;
  const char *message;
} BadCase;

static const BadCase bad_cases[] = {
  { "empty subject", SUBJECT, "", "subject: expected 1 to 255 bytes" },
  { "subject that is not UTF-8", SUBJECT, "a\xff", "subject: expected UTF-8*" },
  { "line break in a subject", SUBJECT, "a\nb", "subject: *control*" },
  { "escape in a subject", SUBJECT, "a\x1b[1m", "subject: *control*" },
  { "delete in a subject", SUBJECT, "a\x7f", "subject: *control*" },
  { "empty role", ROLE, "", "role: expected 1 to 255 bytes" },
  { "role that is cut in a letter", ROLE, "\xc3", "role: expected UTF-8*" },
  { "line break in a role", ROLE, "a\rb", "role: *control*" },
  { "empty claim", CLAIM_NAME, "", "claim: expected 1 to 255 bytes" },
  { "overlong UTF-8 in a claim's name", CLAIM_NAME, "\xc0\xaf", "claim: expected UTF-8*" },
  { "claim's value that is not UTF-8", CLAIM_VALUE, "\xed\xa0\x80", "claim: expected UTF-8" },
  { "empty grant", GRANT, "", "grant: expected 1 to 255 bytes" },
  { "tab in a grant", GRANT, "a\tb", "grant: *control*" },
  { "empty token's name", TOKEN, "", "token: expected 1 to 255 bytes" },
  { "token's name that is not UTF-8", TOKEN, "\x80", "token: expected UTF-8*" },
  { "info that is empty", INFO, "", "info: expected a JSON object" },
  { "info that is an array", INFO, "[1]", "info: expected a JSON object" },
  { "info that is half an object", INFO, "{\"a\":1", "info: expected a JSON object" },
  { "info that is not UTF-8", INFO, "{\xff}", "info: expected UTF-8" },
};

static BelfryIdentityBuilder *
builder_with (Field field, const char *text)
{
  BelfryIdentityBuilder *builder = belfry_identity_builder_new (field == SUBJECT ? text : "a");

  if (field == ROLE)
    belfry_identity_builder_add_role (builder, text);
  else if (field == CLAIM_NAME)
    belfry_identity_builder_add_claim (builder, text, "1");
  else if (field == CLAIM_VALUE)
    belfry_identity_builder_add_claim (builder, "c", text);
  else if (field == GRANT)
    belfry_identity_builder_add_grant (builder, BELFRY_TOPIC_ACTION_PUBLISH, text);
  else if (field == TOKEN)
    belfry_identity_builder_set_token_id (builder, text);
  else if (field == INFO)
    belfry_identity_builder_set_info (builder, text);
  return builder;
}

/* What a stranger wrote into a token is refused when it cannot be part of an identity. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *c = &bad_cases[i];
      g_autoptr (BelfryIdentityBuilder) builder = builder_with (c->field, c->text);

      g_test_message ("%s", c->defect);
      assert_refused (builder, c->message);
    }
}

/* A bad subject is one for as long as the builder is. */
static void
test_bad_subject_stays (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("");

  belfry_identity_builder_add_role (builder, "r");
  assert_refused (builder, "subject: *");
  assert_refused (builder, "subject: *");
}

/* Names of 255 bytes are the longest, wherever there is a name. */
static void
test_name_limit (void)
{
  const Field names[] = { SUBJECT, ROLE, CLAIM_NAME, GRANT, TOKEN };
  g_autofree char *longest = g_strnfill (BELFRY_IDENTITY_MAX_NAME, 'x');
  g_autofree char *longer = g_strnfill (BELFRY_IDENTITY_MAX_NAME + 1, 'x');

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (BelfryIdentityBuilder) good = builder_with (names[i], longest);
      g_autoptr (BelfryIdentityBuilder) bad = builder_with (names[i], longer);
      g_autoptr (BelfryIdentity) identity = end (good);

      g_assert_nonnull (identity);
      assert_refused (bad, "*: expected 1 to 255 bytes");
    }
}

/* Roles, claims and grants count together. */
static void
test_entry_limit (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");

  for (int round = 0; round < 2; round++)
    {
      for (int i = 0; i < BELFRY_IDENTITY_MAX_ENTRIES - 2; i++)
        {
          g_autofree char *name = g_strdup_printf ("c%d", i);
          belfry_identity_builder_add_claim (builder, name, "1");
        }
      belfry_identity_builder_add_role (builder, "r");
      belfry_identity_builder_add_grant (builder, BELFRY_TOPIC_ACTION_HISTORY, "g");
      if (round == 0)
        {
          g_autoptr (BelfryIdentity) identity = end (builder);
          g_assert_cmpstr (belfry_identity_get_claim (identity, "c0"), ==, "1");
          g_assert_cmpstr (belfry_identity_get_claim (identity, "c509"), ==, "1");
          g_assert_true (belfry_identity_has_role (identity, "r"));
        }
    }
  belfry_identity_builder_add_role (builder, "one too many");
  assert_refused (builder, "role: more than 512 *");
}

/* All texts count together, and what is replaced counts no more. */
static void
test_size_limit (void)
{
  g_autofree char *half = g_strnfill (BELFRY_IDENTITY_MAX_SIZE / 2 - 1, 'x');
  g_autofree char *all = g_strnfill (BELFRY_IDENTITY_MAX_SIZE - 2, 'x');
  g_autofree char *info = g_strdup_printf ("{%s}", all);
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");

  belfry_identity_builder_add_claim (builder, "a", half);
  belfry_identity_builder_add_claim (builder, "b", half);
  g_autoptr (BelfryIdentity) claims = end (builder);
  g_assert_cmpstr (belfry_identity_get_claim (claims, "b"), ==, half);

  belfry_identity_builder_set_info (builder, info);
  belfry_identity_builder_set_info (builder, info);
  g_autoptr (BelfryIdentity) informed = end (builder);
  g_assert_cmpstr (belfry_identity_get_info (informed), ==, info);

  belfry_identity_builder_set_info (builder, info);
  belfry_identity_builder_add_role (builder, "r");
  assert_refused (builder, "role: more than 32768 bytes *");
}

/* Two claims of a name are refused, wherever they stand. */
static void
test_claim_twice (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");

  belfry_identity_builder_add_claim (builder, "tenant", "one");
  belfry_identity_builder_add_claim (builder, "b", "");
  belfry_identity_builder_add_claim (builder, "tenant", "two");
  assert_refused (builder, "claim: “tenant” is there twice");
}

/* A time before 1970 is a mistake, not "never". */
static void
test_bad_expiry (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");

  belfry_identity_builder_set_expiry (builder, -1);
  assert_refused (builder, "expiry: *");
}

/* The first fault is the one that is told, and nothing is taken after it. */
static void
test_first_fault (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");

  belfry_identity_builder_add_grant (builder, BELFRY_TOPIC_ACTION_PUBLISH, "");
  belfry_identity_builder_add_role (builder, "");
  belfry_identity_builder_set_info (builder, "x");
  assert_refused (builder, "grant: *");
}

/* Other languages copy boxed values: that is a reference. */
static void
test_boxed (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");
  BelfryIdentityBuilder *same = g_boxed_copy (BELFRY_TYPE_IDENTITY_BUILDER, builder);
  g_autoptr (BelfryIdentity) identity = end (builder);
  BelfryIdentity *copy = g_boxed_copy (BELFRY_TYPE_IDENTITY, identity);

  g_assert_true (same == builder);
  g_assert_true (copy == identity);
  g_boxed_free (BELFRY_TYPE_IDENTITY_BUILDER, same);
  g_boxed_free (BELFRY_TYPE_IDENTITY, copy);
  g_assert_cmpstr (belfry_identity_get_subject (identity), ==, "a");
}

#define N_THREADS 4
#define N_ROUNDS 2000

static gpointer
share (gpointer data)
{
  for (int i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (BelfryIdentity) identity = belfry_identity_ref (data);
      g_assert_true (belfry_identity_has_role (identity, "r"));
    }
  belfry_identity_unref (data);
  return NULL;
}

/* Threads share an identity, and the last one to let go frees it. */
static void
test_threads (void)
{
  GThread *threads[N_THREADS];
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");
  belfry_identity_builder_add_role (builder, "r");
  g_autoptr (BelfryIdentity) identity = end (builder);

  for (int i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("share", share, belfry_identity_ref (identity));
  for (int i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpstr (belfry_identity_get_subject (identity), ==, "a");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/identity/whole", test_whole);
  belfry_test_add ("/identity/bare", test_bare);
  belfry_test_add ("/identity/again", test_again);
  belfry_test_add ("/identity/replace", test_replace);
  belfry_test_add ("/identity/bad", test_bad);
  belfry_test_add ("/identity/bad-subject-stays", test_bad_subject_stays);
  belfry_test_add ("/identity/name-limit", test_name_limit);
  belfry_test_add ("/identity/entry-limit", test_entry_limit);
  belfry_test_add ("/identity/size-limit", test_size_limit);
  belfry_test_add ("/identity/claim-twice", test_claim_twice);
  belfry_test_add ("/identity/bad-expiry", test_bad_expiry);
  belfry_test_add ("/identity/first-fault", test_first_fault);
  belfry_test_add ("/identity/boxed", test_boxed);
  belfry_test_add ("/identity/threads", test_threads);
  return g_test_run ();
}
