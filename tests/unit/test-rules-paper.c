/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <string.h>

#include "belfry-rules-load.h"
#include "belfry-rules-walk.h"
#include "belfry-test-host.h"
#include "belfry-test.h"

/* The manual page and the example file are tested by doing what they say. */

static char *
read_source (const char *folder, const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* The literal block behind a line that ends so. */
static char *
block_behind (const char *page, const char *ending)
{
  const char *start = strstr (page, ending);
  GString *block = g_string_new (NULL);

  g_assert_nonnull (start);
  g_auto (GStrv) lines = g_strsplit (start, "\n", -1);
  for (gsize i = 2; lines[i] != NULL && g_str_has_prefix (lines[i], "    "); i++)
    g_string_append_printf (block, "%s\n", lines[i] + 4);
  return g_string_free (block, FALSE);
}

static BelfryRulesSet *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  BelfryRulesSet *set =
      belfry_rules_load_text (text, strlen (text), "t", BELFRY_VERDICT_DENY, &error);

  g_assert_no_error (error);
  return set;
}

static void
assert_same_rules (const BelfryRulesSet *a, const BelfryRulesSet *b)
{
  g_assert_cmpuint (belfry_rules_set_n_rules (a), ==, belfry_rules_set_n_rules (b));
  for (guint i = 0; i < belfry_rules_set_n_rules (a); i++)
    {
      const BelfryRulesRule *left = belfry_rules_set_get_rule (a, i);
      const BelfryRulesRule *right = belfry_rules_set_get_rule (b, i);

      g_assert_cmpint (left->verdict, ==, right->verdict);
      g_assert_cmpuint (left->actions, ==, right->actions);
      g_assert_cmpuint (left->terms->len, ==, right->terms->len);
      g_assert_cmpuint (left->pattern.segments->len, ==, right->pattern.segments->len);
      for (guint j = 0; j < left->pattern.segments->len; j++)
        {
          const BelfryRulesSegment *own =
              &g_array_index (left->pattern.segments, BelfryRulesSegment, j);
          const BelfryRulesSegment *other =
              &g_array_index (right->pattern.segments, BelfryRulesSegment, j);

          g_assert_cmpint (own->kind, ==, other->kind);
          g_assert_cmpstr (own->text, ==, other->text);
        }
    }
}

/* The manual page and the file that is installed say what is built in. */
static void
test_built_in (void)
{
  g_autofree char *page = read_source ("doc/man", "belfry.rules.5.rst");
  g_autofree char *block = block_behind (page, "these rules are in force::");
  g_autofree char *file = read_source ("data", "topics.rules");
  g_autoptr (BelfryRulesSet) built_in = belfry_rules_load ("", BELFRY_VERDICT_DENY, NULL);
  g_autoptr (BelfryRulesSet) told = parse (block);
  g_autoptr (BelfryRulesSet) installed = parse (file);

  g_assert_cmpuint (belfry_rules_set_n_rules (built_in), >, 0);
  assert_same_rules (built_in, told);
  assert_same_rules (built_in, installed);
}

/* What is commented out in the installed file is good, too. */
static void
test_suggestions (void)
{
  g_autofree char *file = read_source ("data", "topics.rules");
  g_auto (GStrv) parts = g_strsplit (file, "\n#allow", -1);
  g_autofree char *text = g_strjoinv ("\nallow", parts);
  g_autoptr (BelfryRulesSet) before = parse (file);
  g_autoptr (BelfryRulesSet) after = parse (text);

  g_assert_cmpuint (belfry_rules_set_n_rules (after), ==, belfry_rules_set_n_rules (before) + 2);
}

static BelfryTopicAction
action_of (const char *word)
{
  static const char *const words[] = {
    [BELFRY_TOPIC_ACTION_SUBSCRIBE] = "subscribe",
    [BELFRY_TOPIC_ACTION_PUBLISH] = "publish",
    [BELFRY_TOPIC_ACTION_PRESENCE] = "presence",
    [BELFRY_TOPIC_ACTION_HISTORY] = "history",
  };
  guint action = 0;

  while (!g_str_equal (words[action], word))
    g_assert_cmpuint (++action, <, G_N_ELEMENTS (words));
  return (BelfryTopicAction) action;
}

/* Ann is a member of room 7 alone. */
static gboolean
is_allowed (const BelfryRulesSet *set, BelfryIdentity *ann, const char *action, const char *topic)
{
  BelfryRulesWalk walk;
  BelfryVerdict verdict;

  belfry_rules_walk_init (&walk, set, ann, action_of (action), topic);
  while ((verdict = belfry_rules_walk_next (&walk)) == BELFRY_VERDICT_ASK)
    {
      g_autofree char *group = belfry_rules_walk_dup_group (&walk);

      belfry_rules_walk_answer (&walk, g_str_equal (group, "7") ? BELFRY_RULES_MEMBER
                                                                : BELFRY_RULES_NOT_MEMBER);
    }
  return verdict == BELFRY_VERDICT_ALLOW;
}

/* The examples of the manual page have the answers that stand there. */
static void
test_examples (void)
{
  g_autofree char *page = read_source ("doc/man", "belfry.rules.5.rst");
  g_autofree char *rules = block_behind (page, "Some rules::");
  g_autofree char *questions = block_behind (page, "whose name is ``ann``::");
  g_autoptr (BelfryIdentity) ann = belfry_test_identity ("ann", "role=editor tenant=acme");
  g_autoptr (BelfryRulesSet) set = parse (rules);
  g_autoptr (GRegex) blanks = g_regex_new (" +", 0, 0, NULL);
  g_auto (GStrv) lines = g_strsplit (questions, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), >, 10);
  for (gsize i = 0; *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) words = g_regex_split (blanks, lines[i], 0);

      g_test_message ("%s", lines[i]);
      g_assert_cmpuint (g_strv_length (words), ==, 3);
      g_assert_cmpstr (is_allowed (set, ann, words[0], words[1]) ? "allow" : "deny", ==, words[2]);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/rules-paper/built-in", test_built_in);
  belfry_test_add ("/rules-paper/suggestions", test_suggestions);
  belfry_test_add ("/rules-paper/examples", test_examples);
  return g_test_run ();
}
