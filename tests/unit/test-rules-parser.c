/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-rules-parser.h"

#include <string.h>

#include "belfry-rules-load.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

static BelfryRulesSet *
parse (const char *text, GError **error)
{
  return belfry_rules_load_text (text, strlen (text), "t", BELFRY_VERDICT_DENY, error);
}

typedef struct
{
  const char *defect;
  const char *text;
  const char *message; /* what it must begin with */
} BadCase;

static const BadCase bad_cases[] = {
  { "no such verdict", "permit subscribe a", "t:1:1: expected “allow” or “deny”, not “permit”" },
  { "a verdict in capitals", "Allow subscribe a",
    "t:1:1: expected “allow” or “deny”, not “Allow”" },
  { "nothing behind the verdict", "allow", "t:1:6: expected “*”, or some of" },
  { "no such action", "allow read a", "t:1:7: expected “*”, or some of “subscribe”" },
  { "no such action behind another", "deny publish,read a", "t:1:14: expected “*”" },
  { "a comma and white space", "allow publish, history a", "t:1:7: expected “*”" },
  { "two commas", "allow publish,,history a", "t:1:7: expected “*”" },
  { "a star among actions", "allow *,publish a", "t:1:7: expected “*”" },
  { "no pattern", "allow publish", "t:1:14: expected a pattern of 1 to 255 bytes, but the rule" },
  { "a comment for a pattern", "allow publish # a", "t:1:18: expected a pattern" },
  { "a star inside a segment", "deny * secret*", "t:1:14: expected “*”, “>” and {...} only as a" },
  { "an end in the middle", "deny * a.>.b", "t:1:10: expected “>” only at the end, not “>.b”" },
  { "a capture nobody asks for", "allow * user.{subject}.x",
    "t:1: nothing asks for {subject}: write" },
  { "a second capture nobody asks for", "allow * {a}.{b} if member {a}",
    "t:1: nothing asks for {b}" },
  { "no if", "allow * a when authenticated",
    "t:1:11: expected “if”, or the end of the line, not “when”" },
  { "nothing behind if", "allow * a if", "t:1:13: expected “authenticated”" },
  { "nothing behind not", "allow * a if not", "t:1:17: expected “authenticated”" },
  { "not twice", "allow * a if not not anonymous", "t:1:18: expected “authenticated”" },
  { "no such condition", "allow * a if admin", "t:1:14: expected “authenticated”" },
  { "or", "allow * a if anonymous or role x",
    "t:1:24: expected “and”, or the end of the line (for “or”" },
  { "nothing behind and", "allow * a if anonymous and", "t:1:27: expected “authenticated”" },
  { "no role", "allow * a if role", "t:1:18: expected the name of a role, but the rule ends here" },
  { "no claim", "allow * a if claim", "t:1:19: expected NAME=VALUE" },
  { "a claim without a value", "allow * a if claim x=", "t:1:20: expected NAME=VALUE, not “x=”" },
  { "a claim without a name", "allow * a if claim =x", "t:1:20: expected NAME=VALUE" },
  { "a claim without both", "allow * a if claim x", "t:1:20: expected NAME=VALUE" },
  { "no group", "allow * a if member", "t:1:20: expected a group, or a {NAME} of the pattern" },
  { "a capture that is not there", "allow * a.{b} if member {c}",
    "t:1:25: expected a group, or a {NAME}" },
  { "the user for a group", "allow * a.{sub} if member {sub}",
    "t:1:27: expected a group, or a {NAME}" },
  { "a group in braces and letters", "allow * a.{b} if member x{b}", "t:1:25: expected a group" },
  { "nine conditions",
    "allow * a if role a and role b and role c and role d and role e and role f and role g and role "
    "h and role i",
    "t:1:102: expected no more than 8 conditions" },
  { "a word too many", "allow * a if anonymous x", "t:1:24: expected “and”" },
  { "not UTF-8", "allow * a\xff", "t:1:10: expected UTF-8 text" },
  { "not UTF-8 in a comment", "# \xc3", "t:1:3: expected UTF-8 text" },
  { "an escape sequence", "allow * \033[2J", "t:1:9: expected no control characters" },
  { "a C1 control character", "allow * \xc2\x9b", "t:1:9: expected no control characters" },
  { "a column behind other letters", "# ok\nallow é x", "t:2:7: expected “*”" },
  { "a mistake in the last of several lines", "\n\n# x\r\nallow * a\r\ndeny",
    "t:5:5: expected “*”" },
};

/* A mistake is told with file, line and column, and what was expected there. */
static void
test_bad_rules (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BelfryRulesSet) set = parse (bad_cases[i].text, &error);

      g_test_message ("%s", bad_cases[i].defect);
      g_assert_null (set);
      g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING);
      if (!g_str_has_prefix (error->message, bad_cases[i].message))
        g_error ("got: %s", error->message);
    }
}

/* All mistakes are told at once, in their order, and good lines between them do not matter. */
static void
test_several (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryRulesSet) set =
      parse ("allow\nallow * public.*\nallow * a.{x}.{y}\ndeny * a if", &error);
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

  g_assert_null (set);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_true (g_str_has_prefix (lines[0], "t:1:6: "));
  g_assert_true (g_str_has_prefix (lines[1], "t:3: nothing asks for {x}"));
  g_assert_true (g_str_has_prefix (lines[2], "t:3: nothing asks for {y}"));
  g_assert_true (g_str_has_prefix (lines[3], "t:4:12: "));
}

/* A file of nonsense does not become a log of nonsense. */
static void
test_many (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append (text, "nonsense\n");
  g_autoptr (BelfryRulesSet) set = parse (text->str, &error);
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
  g_assert_null (set);
  g_assert_cmpuint (g_strv_length (lines), ==, BELFRY_RULES_MAX_PROBLEMS + 1);
  g_assert_cmpstr (lines[BELFRY_RULES_MAX_PROBLEMS], ==, "t: and 980 more");
}

/* A long word is not repeated whole, and cut between characters. */
static void
test_long_word (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 300; i++)
    g_string_append (text, "é");
  g_autoptr (BelfryRulesSet) set = parse (text->str, &error);
  g_assert_null (set);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_true (g_str_has_suffix (error->message, "éé...”"));
  g_assert_cmpuint (strlen (error->message), <, 150);
}

/* What is good is read, however it is laid out. */
static void
test_good (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryRulesSet) set =
      parse ("\xef\xbb\xbf# a mark, and a comment\n"
             "\n"
             "   \t  \n"
             "allow\tsubscribe,history   a#b.*   # not a comment: a#b\r\n"
             "deny * > if not role x and not authenticated#no\n"
             "allow publish r.{r}.{s} if member {s} and role x and "
             "member {r} and claim a=b=c",
             &error);
  g_assert_null (set);
  g_assert_true (g_str_has_prefix (error->message, "t:5:32: expected “authenticated”"));
  g_clear_error (&error);

  set = parse ("allow\tsubscribe,history   a#b.*   # not a comment: a#b\r\n"
               "allow publish r.{r}.{s} if member {s} and role x and member {r} and claim a=b=c",
               &error);
  g_assert_no_error (error);
  g_assert_cmpuint (belfry_rules_set_n_rules (set), ==, 2);
  const BelfryRulesRule *rule = belfry_rules_set_get_rule (set, 0);
  g_assert_cmpint (rule->verdict, ==, BELFRY_VERDICT_ALLOW);
  g_assert_cmpuint (rule->actions, ==,
                    1 << BELFRY_TOPIC_ACTION_SUBSCRIBE | 1 << BELFRY_TOPIC_ACTION_HISTORY);
  g_assert_cmpuint (rule->terms->len, ==, 0);
  g_assert_cmpstr (g_array_index (rule->pattern.segments, BelfryRulesSegment, 0).text, ==, "a#b");
}

/* Questions to other plugins come last, in their order, so that none is asked in vain. */
static void
test_order_of_terms (void)
{
  static const BelfryRulesTermKind kinds[] = {
    BELFRY_RULES_TERM_ROLE,
    BELFRY_RULES_TERM_CLAIM,
    BELFRY_RULES_TERM_MEMBER_CAPTURED,
    BELFRY_RULES_TERM_MEMBER,
  };
  g_autoptr (BelfryRulesSet) set =
      parse ("allow * r.{r} if member {r} and role x and member y and claim a=b=c", NULL);
  const BelfryRulesRule *rule = belfry_rules_set_get_rule (set, 0);

  g_assert_cmpuint (rule->terms->len, ==, G_N_ELEMENTS (kinds));
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_assert_cmpint (g_array_index (rule->terms, BelfryRulesTerm, i).kind, ==, kinds[i]);
  const BelfryRulesTerm *claim = &g_array_index (rule->terms, BelfryRulesTerm, 1);
  g_assert_cmpstr (claim->name, ==, "a");
  g_assert_cmpstr (claim->value, ==, "b=c");
}

static char *
repeated (const char *line, gsize n)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    g_string_append (text, line);
  return g_string_free (text, FALSE);
}

/* Lines, rules and files have a size beyond which they are refused, and up to which they are not.
 */
static void
test_bounds (void)
{
  g_autofree char *comment = g_strnfill (BELFRY_RULES_MAX_LINE + 1, '#');
  g_autofree char *rules = repeated ("allow * a\n", BELFRY_RULES_MAX_RULES);
  g_autofree char *one_more = g_strconcat (rules, "allow * a\n", NULL);
  g_autofree char *empty = g_strnfill (BELFRY_RULES_MAX_FILE + 1, '\n');
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (comment, &error));
  g_assert_cmpstr (error->message, ==, "t:1: the line has 1025 bytes, expected at most 1024");
  g_clear_error (&error);
  comment[BELFRY_RULES_MAX_LINE] = '\0';
  g_autoptr (BelfryRulesSet) longest = parse (comment, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (belfry_rules_set_n_rules (longest), ==, 0);

  g_assert_null (parse (one_more, &error));
  g_assert_cmpstr (error->message, ==, "t:1001: expected no more than 1000 rules");
  g_clear_error (&error);
  g_autoptr (BelfryRulesSet) most = parse (rules, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (belfry_rules_set_n_rules (most), ==, BELFRY_RULES_MAX_RULES);

  g_assert_null (parse (empty, &error));
  g_assert_cmpstr (error->message, ==, "t: expected a file of at most 256 KiB");
  g_clear_error (&error);
  empty[BELFRY_RULES_MAX_FILE] = '\0';
  g_autoptr (BelfryRulesSet) largest = parse (empty, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (belfry_rules_set_n_rules (largest), ==, 0);
}

/* A file is read from the disk, whatever else may be there in its place. */
static void
test_files (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *good = belfry_test_dir_write (dir, "good", "allow * a\n", -1);
  g_autofree char *bad = belfry_test_dir_write (dir, "bad", "allow * a\0b\n", 12);
  g_autofree char *huge = g_strnfill (BELFRY_RULES_MAX_FILE + 1, '\n');
  g_autofree char *large = belfry_test_dir_write (dir, "large", huge, -1);
  g_autofree char *none = belfry_test_dir_path (dir, "none");
  const char *const paths[] = { bad, large, none, dir, "/dev/zero", "/dev/null" };
  const char *const endings[] = {
    "bad:1:10: expected UTF-8 text",   "large: expected a file of at most 256 KiB",
    "none: No such file or directory", ": expected a regular file",
    ": expected a regular file",       ": expected a regular file"
  };

  g_autoptr (BelfryRulesSet) set = belfry_rules_load (good, BELFRY_VERDICT_ABSTAIN, NULL);
  g_assert_cmpuint (belfry_rules_set_n_rules (set), ==, 1);
  g_assert_cmpint (belfry_rules_set_get_otherwise (set), ==, BELFRY_VERDICT_ABSTAIN);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", paths[i]);
      g_assert_null (belfry_rules_load (paths[i], BELFRY_VERDICT_DENY, &error));
      g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING);
      g_assert_true (g_str_has_suffix (error->message, endings[i]));
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/rules-parser/bad-rules", test_bad_rules);
  belfry_test_add ("/rules-parser/several", test_several);
  belfry_test_add ("/rules-parser/many", test_many);
  belfry_test_add ("/rules-parser/long-word", test_long_word);
  belfry_test_add ("/rules-parser/good", test_good);
  belfry_test_add ("/rules-parser/order-of-terms", test_order_of_terms);
  belfry_test_add ("/rules-parser/bounds", test_bounds);
  belfry_test_add ("/rules-parser/files", test_files);
  return g_test_run ();
}
