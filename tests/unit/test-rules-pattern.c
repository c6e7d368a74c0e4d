/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-rules-pattern.h"

#include <string.h>

#include "belfry-test-host.h"
#include "belfry-test.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryRulesPattern, belfry_rules_pattern_clear)

static BelfryRulesRelation
relate (const char *text, BelfryIdentity *identity, const char *topic)
{
  g_auto (BelfryRulesPattern) pattern = { 0 };
  BelfryRulesCaptures captures;
  gsize at;

  g_assert_null (belfry_rules_pattern_parse (&pattern, text, strlen (text), &at));
  return belfry_rules_pattern_relate (&pattern, identity, topic, &captures);
}

typedef struct
{
  const char *pattern;
  const char *topic;
  BelfryRulesRelation relation;
} RelateCase;

#define NONE BELFRY_RULES_NONE
#define SOME BELFRY_RULES_SOME
#define ALL BELFRY_RULES_ALL

/* The user is called "ann", her tenant is "acme". */
static const RelateCase relate_cases[] = {
  { "public.news", "public.news", ALL },
  { "public.news", "public.new", NONE },
  { "public.news", "public.newss", NONE },
  { "public.news", "public:news", NONE }, /* another separator is another topic */
  { "public.news", "public", NONE },
  { "public", "public.news", NONE },
  { "public.*", "public.news", ALL },
  { "public.*", "public.", ALL }, /* an empty segment is one */
  { "public.*", "public", NONE },
  { "public.*", "public.a.b", NONE },
  { "a.*.c", "a.b.c", ALL },
  { "a.*:c", "a.b:c", ALL },
  { "a.*:c", "a.b.c", NONE },
  { "public.>", "public.a", ALL },
  { "public.>", "public.a:b/c", ALL },
  { "public.>", "public", NONE },
  { "public.>", "public:a", NONE },
  { ">", "a", ALL },
  { "Grüße.*", "Grüße.鐘", ALL },
  { "user.{sub}.*", "user.ann.x", ALL },
  { "user.{sub}.*", "user.ann", NONE },
  { "user.{sub}.*", "user.bob.x", NONE },
  { "user.{sub}", "user.annx", NONE },
  { "user.{sub}", "user.an", NONE },
  { "user.{sub}", "user.", NONE },
  { "{sub}", "ann", ALL },
  { "t/{claim:tenant}/>", "t/acme/a/b", ALL },
  { "t/{claim:tenant}/>", "t/other/a", NONE },
  { "t/{claim:none}/>", "t//a", NONE }, /* she has no such claim */
  { "t.{claim:https://x.org/t}", "t.far", ALL },
  { "room.{room}", "room.7", ALL },
  { "room.{room}", "room.", NONE }, /* nobody's room */
  { "a..b", "a..b", ALL },
  { "a..b", "a.b", NONE },
  /* Requests that are about several topics. */
  { "public.*", "public.*", ALL },
  { "public.>", "public.*", ALL },
  { "public.>", "public.>", ALL },
  { "public.*", "public.>", SOME },
  { "public.a", "public.*", SOME },
  { "public.a", "*.a", SOME },
  { "public.a", "*.b", NONE },
  { "public.a.b", "public.*", NONE },
  { "public.a.b", "public.>", SOME },
  { "public.*", "*", NONE },
  { "public.*", ">", SOME },
  { "*", ">", SOME },
  { "*.*", ">", SOME },
  { ">", "*", ALL },
  { ">", "a.*:>", ALL },
  { "*.x", "*.*", SOME },
  { "*.*", "*.*", ALL },
  { "*.*", "*:*", NONE },
  { "user.{sub}.x", "user.*.x", SOME },
  { "user.{sub}.x", "user.*.y", NONE },
  { "user.{sub}.*", "user.ann.*", ALL },
  { "user.{sub}.*", "user.ann.>", SOME },
  { "user.{sub}.>", "user.ann.>", ALL },
  { "user.{sub}.>", "user.>", SOME },
  { "room.{room}", "room.*", SOME },
  { "room.{room}.*", "room.7.*", ALL },
  { "t.{claim:none}", "t.*", NONE },
  { "t.{claim:none}", "t.>", NONE },
  { "t.{claim:none}.x", ">", NONE },
  { "foo", "fo*", NONE }, /* inside a segment it is a letter */
  { "*", "fo*", ALL },
  { "*.b", ">.b", ALL }, /* no wildcard but at the end; the service refuses it anyway */
};

/* A pattern matches a topic, or of a pattern all topics, some, or none. */
static void
test_relate (void)
{
  g_autoptr (BelfryIdentity) ann = belfry_test_identity ("ann", "tenant=acme https://x.org/t=far");

  for (gsize i = 0; i < G_N_ELEMENTS (relate_cases); i++)
    {
      const RelateCase *row = &relate_cases[i];

      g_test_message ("%s %s", row->pattern, row->topic);
      g_assert_cmpint (relate (row->pattern, ann, row->topic), ==, row->relation);
    }
}

static const char *const hostile_values[] = {
  "*",   ">",   ".",      ":",    "/",   "a.b",      "ann.*", "*.>", "a:b",
  "a/b", "{s}", "{room}", "ann ", "Ann", "\xc3\xa9", "**",    ">>",
};

/* Whatever a user is called, and whatever his claims say: it stands for that text and no other. */
static void
test_hostile_values (void)
{
  static const char *const topics[] = { "u.x", "u.", "u.a.b", "u.ann", "u.ann.b", "u:x", "u.é.b" };

  for (gsize i = 0; i < G_N_ELEMENTS (hostile_values); i++)
    {
      const char *value = hostile_values[i];
      g_autofree char *claim = g_strdup_printf ("c=%s", g_strcmp0 (value, "ann ") ? value : "x");
      g_autoptr (BelfryIdentity) user = belfry_test_identity (value, claim);
      g_autofree char *own = g_strdup_printf ("u.%s", value);

      for (gsize j = 0; j < G_N_ELEMENTS (topics); j++)
        {
          if (g_str_equal (topics[j], own))
            continue;
          g_test_message ("%s %s", value, topics[j]);
          g_assert_cmpint (relate ("u.{sub}", user, topics[j]), ==, NONE);
          g_assert_cmpint (relate ("u.{sub}.b", user, topics[j]), ==,
                           g_str_equal (value, "\xc3\xa9") && j == 6 ? ALL : NONE);
        }
      g_assert_cmpint (relate ("u.{sub}", user, "u.*"), <=, SOME);
      g_assert_cmpint (relate ("u.{sub}", user, "u.>"), <=, SOME);
      g_assert_cmpint (relate ("u.{claim:c}", user, "u.*"), <=, SOME);
    }
}

/* An identity without a claim, or nobody, matches no pattern that has it; nor does an empty value.
 */
static void
test_no_value (void)
{
  g_autoptr (BelfryIdentity) user = belfry_test_identity ("ann", "c=");

  g_assert_cmpint (relate ("u.{claim:c}", user, "u."), ==, NONE);
  g_assert_cmpint (relate ("u.{claim:c}", user, "u.*"), ==, NONE);
  g_assert_cmpint (relate ("u.{sub}", NULL, "u."), ==, NONE);
  g_assert_cmpint (relate ("u.{sub}", NULL, "u.ann"), ==, NONE);
  g_assert_cmpint (relate ("u.{sub}", NULL, "u.>"), ==, NONE);
  g_assert_cmpint (relate ("u.*", NULL, "u.ann"), ==, ALL);
}

static void
assert_captured (const BelfryRulesCaptures *captures, guint index, const char *expected)
{
  g_autofree char *text = g_strndup (captures->items[index].text, captures->items[index].length);

  g_assert_cmpstr (text, ==, expected);
}

/* What is captured is a part of the topic, and nothing where the topic has a wildcard. */
static void
test_captures (void)
{
  g_auto (BelfryRulesPattern) pattern = { 0 };
  BelfryRulesCaptures captures;
  guint org = 99;
  guint room = 99;
  gsize at;

  g_assert_null (belfry_rules_pattern_parse (&pattern, "{org}.x:{room}.>", 16, &at));
  g_assert_true (belfry_rules_pattern_find_capture (&pattern, "org", 3, &org));
  g_assert_true (belfry_rules_pattern_find_capture (&pattern, "room", 4, &room));
  g_assert_false (belfry_rules_pattern_find_capture (&pattern, "roo", 3, &room));
  g_assert_cmpint (belfry_rules_pattern_relate (&pattern, NULL, "a.x:bc.d", &captures), ==, ALL);
  assert_captured (&captures, org, "a");
  assert_captured (&captures, room, "bc");
  g_assert_cmpint (belfry_rules_pattern_relate (&pattern, NULL, "a.x:*.d", &captures), ==, SOME);
  assert_captured (&captures, org, "a");
  g_assert_null (captures.items[room].text);
}

typedef struct
{
  const char *defect;
  const char *text;
  gsize at;
} BadCase;

static const BadCase bad_cases[] = {
  { "nothing", "", 0 },
  { "a star inside a segment", "public.new*", 10 },
  { "a star before letters", "*s", 0 },
  { "an end inside a segment", "a.b>", 3 },
  { "an end that is not the end", "a.>.b", 2 },
  { "an end before a separator", ">.", 0 },
  { "a brace that is not closed", "user.{sub", 5 },
  { "a brace that is not opened", "user.sub}", 8 },
  { "letters before a brace", "user.x{sub}", 6 },
  { "letters behind a brace", "user.{sub}x", 5 },
  { "two in a segment", "{sub}{sub}", 0 },
  { "nothing between braces", "user.{}", 5 },
  { "a claim without a name", "t.{claim:}", 2 },
  { "a separator in a name", "t.{a.b}", 2 },
  { "a space in a name", "t.{a b}", 2 },
  { "a name twice", "{a}.{a}", 4 },
  { "five names", "{a}.{b}.{c}.{d}.{e}", 16 },
};

/* What cannot be meant is refused at its place. */
static void
test_bad_patterns (void)
{
  g_autofree char *too_long = g_strnfill (256, 'a');
  gsize at = 99;

  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *row = &bad_cases[i];
      g_auto (BelfryRulesPattern) pattern = { 0 };

      g_test_message ("%s", row->defect);
      g_assert_nonnull (belfry_rules_pattern_parse (&pattern, row->text, strlen (row->text), &at));
      g_assert_cmpuint (at, ==, row->at);
    }
  g_auto (BelfryRulesPattern) pattern = { 0 };
  g_assert_nonnull (belfry_rules_pattern_parse (&pattern, too_long, 256, &at));
}

/* All combinations of up to @depth of these segments, with both separators. */
static void
combine (const char *const *segments, guint depth, const char *begin, GPtrArray *all)
{
  for (gsize i = 0; segments[i] != NULL; i++)
    {
      char *text = g_strconcat (begin, segments[i], NULL);

      g_ptr_array_add (all, text);
      if (depth > 1 && !g_str_equal (segments[i], ">"))
        {
          g_autofree char *dot = g_strconcat (text, ".", NULL);
          g_autofree char *colon = g_strconcat (text, ":", NULL);

          combine (segments, depth - 1, dot, all);
          combine (segments, depth - 1, colon, all);
        }
    }
}

typedef struct
{
  const char *word;
  const char *meaning;
} Meaning;

static const Meaning meanings[] = {
  { "{sub}", "b" },    { "{claim:c}", "z" }, { "{claim:bad}", "(?!)" },
  { "{x}", "[^.:]+" }, { "*", "[^.:]*" },    { ">", ".*" },
  { ".", "[.]" },      { ":", ":" },         { "a", "a" },
  { "b", "b" },
};

/* The same meaning, written down in another language. */
static GRegex *
regex_of (const char *pattern)
{
  g_autoptr (GString) text = g_string_new ("^");
  g_autoptr (GError) error = NULL;

  while (*pattern != '\0')
    {
      gsize i = 0;

      while (!g_str_has_prefix (pattern, meanings[i].word))
        g_assert_cmpuint (++i, <, G_N_ELEMENTS (meanings));
      g_string_append (text, meanings[i].meaning);
      pattern += strlen (meanings[i].word);
    }
  g_string_append_c (text, '$');
  GRegex *regex = g_regex_new (text->str, G_REGEX_OPTIMIZE | G_REGEX_DOLLAR_ENDONLY, 0, &error);
  g_assert_no_error (error);
  return regex;
}

#define WORD_BITS 64

/* For each pattern a bit for each topic. */
static GPtrArray *
matches_of (GPtrArray *patterns, GPtrArray *topics)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < patterns->len; i++)
    {
      g_autoptr (GRegex) regex = regex_of (patterns->pdata[i]);
      guint64 *row = g_new0 (guint64, topics->len / WORD_BITS + 1);

      for (guint j = 0; j < topics->len; j++)
        row[j / WORD_BITS] |= (guint64) g_regex_match (regex, topics->pdata[j], 0, NULL)
                              << (j % WORD_BITS);
      g_ptr_array_add (all, row);
    }
  return all;
}

static BelfryRulesRelation
relation_of (const guint64 *own, const guint64 *asked, guint n)
{
  guint64 common = 0;
  guint64 missing = 0;

  for (guint i = 0; i <= n / WORD_BITS; i++)
    {
      common |= asked[i] & own[i];
      missing |= asked[i] & ~own[i];
    }
  return common == 0 ? NONE : missing == 0 ? ALL : SOME;
}

/* For every pattern and every request of up to three segments: what is said of the two is what
 * comes out if all topics of up to four segments are looked at one by one. */
static void
test_every_pair (void)
{
  static const char *const own[] = {
    "a", "{sub}", "{claim:c}", "{claim:bad}", "{x}", "*", ">", NULL
  };
  static const char *const asked[] = { "a", "b", "", "*", ">", NULL };
  static const char *const spelled[] = { "a", "b", "z", "", NULL };
  g_autoptr (BelfryIdentity) user = belfry_test_identity ("b", "c=z bad=a.b");
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) requests = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_free);

  combine (own, 3, "", patterns);
  combine (asked, 3, "", requests);
  combine (spelled, 4, "", topics);
  g_autoptr (GPtrArray) own_matches = matches_of (patterns, topics);
  g_autoptr (GPtrArray) asked_matches = matches_of (requests, topics);
  for (guint i = 0; i < patterns->len; i++)
    {
      g_auto (BelfryRulesPattern) pattern = { 0 };
      const char *text = patterns->pdata[i];
      BelfryRulesCaptures captures;
      gsize at;

      /* The same name twice is refused. */
      if (belfry_rules_pattern_parse (&pattern, text, strlen (text), &at) != NULL)
        continue;
      for (guint j = 0; j < requests->len; j++)
        {
          const char *request = requests->pdata[j];
          BelfryRulesRelation expected =
              relation_of (own_matches->pdata[i], asked_matches->pdata[j], topics->len);

          if (belfry_rules_pattern_relate (&pattern, user, request, &captures) != expected)
            g_error ("%s and %s: expected %d", text, request, (int) expected);
        }
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/rules-pattern/relate", test_relate);
  belfry_test_add ("/rules-pattern/hostile-values", test_hostile_values);
  belfry_test_add ("/rules-pattern/no-value", test_no_value);
  belfry_test_add ("/rules-pattern/captures", test_captures);
  belfry_test_add ("/rules-pattern/bad-patterns", test_bad_patterns);
  belfry_test_add ("/rules-pattern/every-pair", test_every_pair);
  return g_test_run ();
}
