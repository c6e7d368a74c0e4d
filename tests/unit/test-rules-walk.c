/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-rules-walk.h"

#include <string.h>

#include "belfry-rules-load.h"
#include "belfry-test-host.h"
#include "belfry-test.h"

#define SUBSCRIBE BELFRY_TOPIC_ACTION_SUBSCRIBE
#define PUBLISH BELFRY_TOPIC_ACTION_PUBLISH
#define PRESENCE BELFRY_TOPIC_ACTION_PRESENCE
#define HISTORY BELFRY_TOPIC_ACTION_HISTORY
#define ABSTAIN BELFRY_VERDICT_ABSTAIN
#define ALLOW BELFRY_VERDICT_ALLOW
#define DENY BELFRY_VERDICT_DENY
#define ASK BELFRY_VERDICT_ASK

static BelfryRulesSet *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  BelfryRulesSet *set =
      belfry_rules_load_text (text, strlen (text), "t", BELFRY_VERDICT_DENY, &error);

  g_assert_no_error (error);
  return set;
}

static BelfryVerdict
decide (const BelfryRulesSet *set,
        BelfryIdentity *identity,
        BelfryTopicAction action,
        const char *topic)
{
  BelfryRulesWalk walk;

  belfry_rules_walk_init (&walk, set, identity, action, topic);
  return belfry_rules_walk_next (&walk);
}

typedef struct
{
  const char *rules;
  const char *user; /* (nullable): name, then claims */
  BelfryTopicAction action;
  const char *topic;
  BelfryVerdict verdict;
} DecisionCase;

static const DecisionCase decision_cases[] = {
  /* No rule, no word. */
  { "", "ann", SUBSCRIBE, "a", ABSTAIN },
  { "# allow * >", "ann", SUBSCRIBE, "a", ABSTAIN },
  /* Only what is named is allowed. */
  { "allow subscribe a", NULL, SUBSCRIBE, "a", ALLOW },
  { "allow subscribe a", NULL, PUBLISH, "a", ABSTAIN },
  { "allow subscribe a", NULL, PRESENCE, "a", ABSTAIN },
  { "allow subscribe,history a", NULL, HISTORY, "a", ALLOW },
  { "allow * a", NULL, PUBLISH, "a", ALLOW },
  { "allow * a", NULL, PRESENCE, "a", ALLOW },
  /* The first that matches wins. */
  { "deny * secret.>\nallow * >", "ann", SUBSCRIBE, "secret.x", DENY },
  { "deny * secret.>\nallow * >", "ann", SUBSCRIBE, "public.x", ALLOW },
  { "allow * >\ndeny * secret.>", "ann", SUBSCRIBE, "secret.x", ALLOW },
  { "deny publish >\nallow * a", "ann", SUBSCRIBE, "a", ALLOW },
  { "deny publish >\nallow * a", "ann", PUBLISH, "a", DENY },
  /* Conditions. */
  { "allow * a if authenticated", "ann", SUBSCRIBE, "a", ALLOW },
  { "allow * a if authenticated", NULL, SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if not authenticated", NULL, SUBSCRIBE, "a", ALLOW },
  { "allow * a if anonymous", NULL, SUBSCRIBE, "a", ALLOW },
  { "allow * a if anonymous", "ann", SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if role editor", "ann role=editor", SUBSCRIBE, "a", ALLOW },
  { "allow * a if role editor", "ann role=edito", SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if role editor", "ann editor=yes", SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if role editor", NULL, SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if not role guest", "ann", SUBSCRIBE, "a", ALLOW },
  { "allow * a if not role guest", "ann role=guest", SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if claim plan=gold", "ann plan=gold", SUBSCRIBE, "a", ALLOW },
  { "allow * a if claim plan=gold", "ann plan=golden", SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if claim plan=gold", "ann", SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if claim plan=gold", NULL, SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if not claim plan=gold", NULL, SUBSCRIBE, "a", ALLOW },
  { "allow * a if role x and claim y=z", "ann role=x y=z", SUBSCRIBE, "a", ALLOW },
  { "allow * a if role x and claim y=z", "ann role=x", SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if role x and claim y=z", "ann y=z", SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if role x and not role y", "ann role=x role=y", SUBSCRIBE, "a", ABSTAIN },
  { "allow * {sub}.a if role x\nallow * a", "ann role=x", SUBSCRIBE, "a", ALLOW },
  /* Who belongs to which group is known elsewhere. */
  { "allow * a if member staff", "ann", SUBSCRIBE, "a", ASK },
  { "allow * a if member staff", NULL, SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if not member staff", NULL, SUBSCRIBE, "a", ALLOW },
  { "allow * a if not member staff", "ann", SUBSCRIBE, "a", ASK },
  { "allow * a if member staff and role x", "ann", SUBSCRIBE, "a", ABSTAIN },
  { "allow * a if member staff and role x", "ann role=x", SUBSCRIBE, "a", ASK },
  { "allow * r.{r} if member {r}", "ann", SUBSCRIBE, "r.7", ASK },
  { "allow * r.{r} if member {r}", "ann", SUBSCRIBE, "r.", ABSTAIN },
  { "allow * r.{r} if member {r}\nallow * r.*", "ann", SUBSCRIBE, "x.7", ABSTAIN },
  { "deny * r.{r} if not member {r}\nallow * r.>", "ann", SUBSCRIBE, "r.7", ASK },
  { "deny * r.{r} if not member {r}\nallow * r.>", NULL, SUBSCRIBE, "r.7", DENY },
  { "deny * r.{r} if member {r}\nallow * r.>", NULL, SUBSCRIBE, "r.7", ALLOW },
  { "allow * >\nallow * r.{r} if member {r}", "ann", SUBSCRIBE, "r.7", ALLOW },
  /* A pattern is allowed if one rule allows all of it, and none before that denies a part. */
  { "allow * public.*", NULL, SUBSCRIBE, "public.*", ALLOW },
  { "allow * public.*", NULL, SUBSCRIBE, "public.>", ABSTAIN },
  { "allow * public.*", NULL, SUBSCRIBE, "*.news", ABSTAIN },
  { "allow * public.>", NULL, SUBSCRIBE, "public.*", ALLOW },
  { "allow * user.{sub}.*", "ann", SUBSCRIBE, "user.*.x", ABSTAIN },
  { "allow * user.{sub}.*", "ann", SUBSCRIBE, "user.*.*", ABSTAIN },
  { "allow * user.{sub}.*", "ann", SUBSCRIBE, "user.ann.*", ALLOW },
  { "allow * user.{sub}.*", "*", SUBSCRIBE, "user.*.x", ABSTAIN },
  { "allow * r.{r} if member {r}", "ann", SUBSCRIBE, "r.*", ABSTAIN },
  { "allow * r.{r}.* if member {r}", "ann", SUBSCRIBE, "r.7.*", ASK },
  { "deny * a.secret\nallow * >", "ann", SUBSCRIBE, ">", DENY },
  { "deny * a.secret\nallow * >", "ann", SUBSCRIBE, "a.*", DENY },
  { "deny * a.secret\nallow * >", "ann", SUBSCRIBE, "*.secret", DENY },
  { "deny * a.secret\nallow * >", "ann", SUBSCRIBE, "b.*", ALLOW },
  { "deny * a.secret if role guest\nallow * >", "ann", SUBSCRIBE, "a.*", ALLOW },
  { "deny * a.secret if role guest\nallow * >", "ann role=guest", SUBSCRIBE, "a.*", DENY },
  { "deny * a.{sub}\nallow * >", "ann", SUBSCRIBE, "a.*", DENY },
  { "deny * a.{sub}\nallow * >", NULL, SUBSCRIBE, "a.*", ALLOW },
  { "deny * r.{r} if not member {r}\nallow * r.*", "ann", SUBSCRIBE, "r.*", DENY },
  { "deny * r.{r} if member {r}\nallow * r.*", "ann", SUBSCRIBE, "r.*", DENY },
  { "deny * r.{r} if member {r}\nallow * r.*", NULL, SUBSCRIBE, "r.*", ALLOW },
  { "deny * r.* if member x\nallow * >", "ann", SUBSCRIBE, ">", ASK },
  { "allow * >\ndeny * a.secret", "ann", SUBSCRIBE, ">", ALLOW },
};

static BelfryIdentity *
user_of (const char *text)
{
  if (text == NULL)
    return NULL;
  g_auto (GStrv) parts = g_strsplit (text, " ", 2);
  return belfry_test_identity (parts[0], parts[1]);
}

/* What the rules say to whom about what. */
static void
test_decisions (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (decision_cases); i++)
    {
      const DecisionCase *row = &decision_cases[i];
      g_autoptr (BelfryRulesSet) set = parse (row->rules);
      g_autoptr (BelfryIdentity) user = user_of (row->user);

      g_test_message ("%s: %s %d %s", row->rules, row->user != NULL ? row->user : "anonymous",
                      (int) row->action, row->topic);
      g_assert_cmpint (decide (set, user, row->action, row->topic), ==, row->verdict);
    }
}

static const DecisionCase built_in_cases[] = {
  { "", NULL, SUBSCRIBE, "public.news", ALLOW },
  { "", NULL, HISTORY, "public.news", ALLOW },
  { "", NULL, PRESENCE, "public.news", ALLOW },
  { "", NULL, PUBLISH, "public.news", ABSTAIN },
  { "", "ann", PUBLISH, "public.news", ABSTAIN },
  { "", NULL, SUBSCRIBE, "public.a.b", ABSTAIN },
  { "", "ann", SUBSCRIBE, "user.ann.notes", ALLOW },
  { "", "ann", PUBLISH, "user.ann.notes", ABSTAIN },
  { "", "ann", SUBSCRIBE, "user.bob.notes", ABSTAIN },
  { "", NULL, SUBSCRIBE, "user.ann.notes", ABSTAIN },
  { "", "ann", SUBSCRIBE, "admin.log", ABSTAIN },
  { "", "ann role=admin", SUBSCRIBE, "admin.log", ALLOW },
  { "", "ann role=admin", PUBLISH, "admin.log", ALLOW },
  { "", "ann role=admin", SUBSCRIBE, "anything.else", ABSTAIN },
  { "", "ann role=admin", SUBSCRIBE, ">", ABSTAIN },
};

/* Without a file, all may read what is public, each what is his, and administrators what is theirs.
 */
static void
test_built_in (void)
{
  g_autoptr (BelfryRulesSet) set = belfry_rules_load ("", BELFRY_VERDICT_DENY, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (built_in_cases); i++)
    {
      const DecisionCase *row = &built_in_cases[i];
      g_autoptr (BelfryIdentity) user = user_of (row->user);

      g_test_message ("%s %d %s", row->user != NULL ? row->user : "anonymous", (int) row->action,
                      row->topic);
      g_assert_cmpint (decide (set, user, row->action, row->topic), ==, row->verdict);
    }
}

typedef struct
{
  const char *rules;
  const char *topic;
  BelfryRulesAnswer answer; /* to whatever is asked */
  const char *asked;
  BelfryVerdict verdict;
  gboolean is_unsure;
} AnswerCase;

#define MEMBER BELFRY_RULES_MEMBER
#define NOT_MEMBER BELFRY_RULES_NOT_MEMBER
#define UNKNOWN BELFRY_RULES_UNKNOWN

static const AnswerCase answer_cases[] = {
  { "allow * r.{r} if member {r}", "r.7", MEMBER, "7 ", ALLOW, FALSE },
  { "allow * r.{r} if member {r}", "r.7", NOT_MEMBER, "7 ", ABSTAIN, FALSE },
  { "allow * r.{r} if member {r}", "r.7", UNKNOWN, "7 ", ABSTAIN, TRUE },
  { "allow * r.{r} if not member {r}", "r.7", MEMBER, "7 ", ABSTAIN, FALSE },
  { "allow * r.{r} if not member {r}", "r.7", NOT_MEMBER, "7 ", ALLOW, FALSE },
  { "allow * r.{r} if not member {r}", "r.7", UNKNOWN, "7 ", ABSTAIN, TRUE },
  { "deny * r.{r} if member {r}\nallow * >", "r.7", MEMBER, "7 ", DENY, FALSE },
  { "deny * r.{r} if member {r}\nallow * >", "r.7", NOT_MEMBER, "7 ", ALLOW, FALSE },
  { "deny * r.{r} if member {r}\nallow * >", "r.7", UNKNOWN, "7 ", DENY, FALSE },
  { "deny * r.{r} if not member {r}\nallow * >", "r.7", UNKNOWN, "7 ", DENY, FALSE },
  { "allow * r.{r} if member {r} and member x", "r.7", MEMBER, "7 x ", ALLOW, FALSE },
  { "allow * r.{r} if member {r} and member x", "r.7", NOT_MEMBER, "7 ", ABSTAIN, FALSE },
  { "allow * r.{r} if member {r} and not member x", "r.7", MEMBER, "7 x ", ABSTAIN, FALSE },
  { "allow * a if member x\nallow * a if member y", "a", NOT_MEMBER, "x y ", ABSTAIN, FALSE },
  { "allow * a if member x\nallow * a", "a", UNKNOWN, "x ", ALLOW, TRUE },
  { "allow * a if member x\ndeny * a\nallow * a", "a", UNKNOWN, "x ", DENY, TRUE },
  { "allow * r.{r}.> if member {r}", "r.7.*", MEMBER, "7 ", ALLOW, FALSE },
};

/* Each answer leads on; what cannot be found out never lets anybody in, nor out of a denial. */
static void
test_answers (void)
{
  g_autoptr (BelfryIdentity) user = belfry_test_identity ("ann", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (answer_cases); i++)
    {
      const AnswerCase *row = &answer_cases[i];
      g_autoptr (BelfryRulesSet) set = parse (row->rules);
      g_autoptr (GString) asked = g_string_new (NULL);
      BelfryRulesWalk walk;
      BelfryVerdict verdict;

      g_test_message ("%s: %s", row->rules, row->topic);
      belfry_rules_walk_init (&walk, set, user, SUBSCRIBE, row->topic);
      while ((verdict = belfry_rules_walk_next (&walk)) == ASK)
        {
          g_autofree char *group = belfry_rules_walk_dup_group (&walk);

          g_string_append_printf (asked, "%s ", group);
          belfry_rules_walk_answer (&walk, row->answer);
        }
      g_assert_cmpstr (asked->str, ==, row->asked);
      g_assert_cmpint (verdict, ==, row->verdict);
      g_assert_cmpint (walk.is_unsure, ==, row->is_unsure);
    }
}

static const char *
choose (const char *const *words)
{
  return words[g_test_rand_int_range (0, (gint32) g_strv_length ((char **) words))];
}

/* Up to four rules of up to three segments. */
static char *
random_rules (void)
{
  static const char *const verdicts[] = { "allow", "deny", NULL };
  static const char *const segments[] = { "a", "b", "*", "{sub}", "{claim:c}", NULL };
  static const char *const ends[] = { "a", "*", ">", "{sub}", NULL };
  static const char *const conditions[] = {
    "", "", " if authenticated", " if role x", " if not role y", NULL
  };
  GString *text = g_string_new (NULL);

  for (gint32 n = g_test_rand_int_range (1, 5); n > 0; n--)
    {
      g_string_append_printf (text, "%s * ", choose (verdicts));
      for (gint32 depth = g_test_rand_int_range (0, 3); depth > 0; depth--)
        g_string_append_printf (text, "%s%c", choose (segments), g_test_rand_bit () ? '.' : ':');
      g_string_append_printf (text, "%s%s\n", choose (ends), choose (conditions));
    }
  return g_string_free (text, FALSE);
}

static void
add_topics (const char *begin, guint depth, GPtrArray *topics)
{
  static const char *const segments[] = { "a", "b", "", "z" };

  for (gsize i = 0; i < G_N_ELEMENTS (segments); i++)
    {
      char *topic = g_strconcat (begin, segments[i], NULL);

      g_ptr_array_add (topics, topic);
      if (depth > 1)
        {
          g_autofree char *dot = g_strconcat (topic, ".", NULL);
          g_autofree char *colon = g_strconcat (topic, ":", NULL);

          add_topics (dot, depth - 1, topics);
          add_topics (colon, depth - 1, topics);
        }
    }
}

/* Whatever the rules: a pattern is only allowed if each topic that it matches would be. */
static void
test_patterns_never_widen (void)
{
  static const char *const requests[] = { "*",   ">",   "a.*", "*.b", "a:>",   "*.*",
                                          "*:>", "b.>", "a.b", "z:*", "*.a.*", "a.b.>" };
  g_autoptr (BelfryIdentity) user = belfry_test_identity ("b", "c=z role=x");
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_free);
  guint n_allowed = 0;

  add_topics ("", 4, topics);
  for (guint round = 0; round < 300; round++)
    {
      g_autofree char *rules = random_rules ();
      g_autoptr (BelfryRulesSet) set = parse (rules);

      for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
        {
          g_autofree char *line = g_strconcat ("allow * ", requests[i], NULL);
          g_autoptr (BelfryRulesSet) matching = parse (line);

          if (decide (set, user, SUBSCRIBE, requests[i]) != ALLOW)
            continue;
          n_allowed++;
          for (guint j = 0; j < topics->len; j++)
            {
              if (decide (matching, NULL, SUBSCRIBE, topics->pdata[j]) == ALLOW &&
                  decide (set, user, SUBSCRIBE, topics->pdata[j]) != ALLOW)
                g_error ("%s allows %s, but not %s", rules, requests[i],
                         (const char *) topics->pdata[j]);
            }
        }
    }
  g_assert_cmpuint (n_allowed, >, 0);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/rules-walk/decisions", test_decisions);
  belfry_test_add ("/rules-walk/built-in", test_built_in);
  belfry_test_add ("/rules-walk/answers", test_answers);
  belfry_test_add ("/rules-walk/patterns-never-widen", test_patterns_never_widen);
  return g_test_run ();
}
