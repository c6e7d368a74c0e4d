/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-rules"

#include "config.h"

#include "belfry-rules-parser.h"

#include <string.h>

/* From text to rules. A line is a rule, and what is wrong in one does not keep the others from
 * being looked at. Nothing here is called while clients wait. */

/* How much of a word is repeated in a message. */
#define SHOWN_LENGTH 40

typedef struct
{
  const char *text; /* (unowned): the line, without its end */
  gsize length;
  gsize at; /* how much of it has been read */
  guint number;
  BelfryRulesProblems *problems; /* (unowned) */
} Line;

typedef struct
{
  const char *text; /* (unowned): in the line */
  gsize length;     /* 0 at the end of the line */
} Word;

typedef struct
{
  const char *word;     /* (unowned) */
  const char *expected; /* (unowned) (nullable): what must follow */
  BelfryRulesTermKind kind;
} TermRow;

static const TermRow terms[] = {
  { "authenticated", NULL, BELFRY_RULES_TERM_AUTHENTICATED },
  { "anonymous", NULL, BELFRY_RULES_TERM_ANONYMOUS },
  { "role", "the name of a role", BELFRY_RULES_TERM_ROLE },
  { "claim", "NAME=VALUE", BELFRY_RULES_TERM_CLAIM },
  { "member", "a group, or a {NAME} of the pattern", BELFRY_RULES_TERM_MEMBER },
};

static const char *const actions[] = {
  [BELFRY_TOPIC_ACTION_SUBSCRIBE] = "subscribe",
  [BELFRY_TOPIC_ACTION_PUBLISH] = "publish",
  [BELFRY_TOPIC_ACTION_PRESENCE] = "presence",
  [BELFRY_TOPIC_ACTION_HISTORY] = "history",
};
G_STATIC_ASSERT (G_N_ELEMENTS (actions) == BELFRY_N_TOPIC_ACTIONS);
#define ALL_ACTIONS ((1u << BELFRY_N_TOPIC_ACTIONS) - 1)

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

static Word
next_word (Line *line)
{
  while (line->at < line->length && is_blank (line->text[line->at]))
    line->at++;
  gsize start = line->at;
  if (start < line->length && line->text[start] == '#')
    line->at = start = line->length;
  while (line->at < line->length && !is_blank (line->text[line->at]))
    line->at++;
  return (Word){ line->text + start, line->at - start };
}

static gboolean
word_is (Word word, const char *text)
{
  return strlen (text) == word.length && memcmp (word.text, text, word.length) == 0;
}

/* Columns are characters, as editors count them. */
static guint
column_of (const Line *line, const char *place)
{
  return (guint) g_utf8_strlen (line->text, place - line->text) + 1;
}

static gboolean
complain (const Line *line, Word word, const char *expected)
{
  guint column = column_of (line, word.text);

  if (word.length == 0)
    {
      belfry_rules_problems_add (line->problems, line->number, column,
                                 "expected %s, but the rule ends here", expected);
      return FALSE;
    }
  glong length = g_utf8_strlen (word.text, (gssize) word.length);
  g_autofree char *text = g_utf8_substring (word.text, 0, MIN (length, SHOWN_LENGTH));
  belfry_rules_problems_add (line->problems, line->number, column, "expected %s, not “%s%s”",
                             expected, text, length > SHOWN_LENGTH ? "..." : "");
  return FALSE;
}

static gboolean
read_verdict (Line *line, Word word, BelfryRulesRule *rule)
{
  if (word_is (word, "allow"))
    rule->verdict = BELFRY_VERDICT_ALLOW;
  else if (word_is (word, "deny"))
    rule->verdict = BELFRY_VERDICT_DENY;
  else
    return complain (line, word, "“allow” or “deny”");
  return TRUE;
}

static guint
find_action (Word word)
{
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      if (word_is (word, actions[i]))
        return 1u << i;
    }
  return 0;
}

static gboolean
read_actions (Line *line, BelfryRulesRule *rule)
{
  Word word = next_word (line);
  const char *end = word.text + word.length;

  if (word_is (word, "*"))
    {
      rule->actions = ALL_ACTIONS;
      return TRUE;
    }
  for (const char *start = word.text; start <= end; start++)
    {
      const char *comma = memchr (start, ',', (gsize) (end - start));
      Word name = { start, (gsize) ((comma != NULL ? comma : end) - start) };
      guint action = find_action (name);

      if (action == 0)
        return complain (line, name.length > 0 ? name : word,
                         "“*”, or some of “subscribe”, “publish”, “presence” and “history” with "
                         "commas and no white space between them");
      rule->actions |= action;
      start += name.length;
    }
  return TRUE;
}

static gboolean
read_pattern (Line *line, BelfryRulesRule *rule)
{
  Word word = next_word (line);
  gsize at;
  const char *expected = belfry_rules_pattern_parse (&rule->pattern, word.text, word.length, &at);

  word.text += at;
  word.length -= at;
  return expected == NULL || complain (line, word, expected);
}

static const TermRow *
find_term (Word word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (terms); i++)
    {
      if (word_is (word, terms[i].word))
        return &terms[i];
    }
  return NULL;
}

static gboolean
set_claim (Word word, BelfryRulesTerm *term)
{
  const char *equals = memchr (word.text, '=', word.length);

  if (equals == NULL || equals == word.text || equals + 1 == word.text + word.length)
    return FALSE;
  term->name = g_strndup (word.text, (gsize) (equals - word.text));
  term->value = g_strndup (equals + 1, (gsize) (word.text + word.length - equals - 1));
  return TRUE;
}

static gboolean
set_group (Word word, const BelfryRulesRule *rule, BelfryRulesTerm *term)
{
  if (word.length > 2 && word.text[0] == '{' && word.text[word.length - 1] == '}')
    {
      term->kind = BELFRY_RULES_TERM_MEMBER_CAPTURED;
      return belfry_rules_pattern_find_capture (&rule->pattern, word.text + 1, word.length - 2,
                                                &term->capture);
    }
  term->name = g_strndup (word.text, word.length);
  return strpbrk (term->name, "{}") == NULL;
}

static gboolean
set_argument (Word word, const BelfryRulesRule *rule, BelfryRulesTerm *term)
{
  if (word.length == 0)
    return FALSE;
  if (term->kind == BELFRY_RULES_TERM_CLAIM)
    return set_claim (word, term);
  if (term->kind == BELFRY_RULES_TERM_MEMBER)
    return set_group (word, rule, term);
  term->name = g_strndup (word.text, word.length);
  return TRUE;
}

/* Those that need a question come last, so that it is not asked in vain. */
static void
insert_term (GArray *list, BelfryRulesTerm *term)
{
  guint at = list->len;

  while (term->kind < BELFRY_RULES_TERM_MEMBER && at > 0 &&
         g_array_index (list, BelfryRulesTerm, at - 1).kind >= BELFRY_RULES_TERM_MEMBER)
    at--;
  g_array_insert_val (list, at, *term);
  *term = (BelfryRulesTerm){ 0 };
}

static gboolean
read_term (Line *line, BelfryRulesRule *rule)
{
  g_auto (BelfryRulesTerm) term = { 0 };
  Word word = next_word (line);

  if (word_is (word, "not"))
    {
      term.negated = TRUE;
      word = next_word (line);
    }
  const TermRow *row = find_term (word);
  if (row == NULL)
    return complain (line, word,
                     "“authenticated”, “anonymous”, “role”, “claim” or “member”, perhaps with "
                     "“not” before it");
  if (rule->terms->len == BELFRY_RULES_MAX_TERMS)
    return complain (line, word, "no more than 8 conditions");
  term.kind = row->kind;
  if (row->expected != NULL)
    {
      word = next_word (line);
      if (!set_argument (word, rule, &term))
        return complain (line, word, row->expected);
    }
  insert_term (rule->terms, &term);
  return TRUE;
}
G_STATIC_ASSERT (BELFRY_RULES_MAX_TERMS == 8);

static gboolean
read_terms (Line *line, BelfryRulesRule *rule)
{
  Word word = next_word (line);

  if (word.length == 0)
    return TRUE;
  if (!word_is (word, "if"))
    return complain (line, word, "“if”, or the end of the line");
  do
    {
      if (!read_term (line, rule))
        return FALSE;
      word = next_word (line);
    }
  while (word_is (word, "and"));
  return word.length == 0 ||
         complain (line, word, "“and”, or the end of the line (for “or”, write another rule)");
}

static gboolean
is_used (const BelfryRulesRule *rule, guint capture)
{
  for (guint i = 0; i < rule->terms->len; i++)
    {
      const BelfryRulesTerm *term = &g_array_index (rule->terms, BelfryRulesTerm, i);

      if (term->kind == BELFRY_RULES_TERM_MEMBER_CAPTURED && term->capture == capture)
        return TRUE;
    }
  return FALSE;
}

/* A misspelt {sub} would let everybody in everywhere. */
static gboolean
check_captures (const Line *line, const BelfryRulesRule *rule)
{
  gboolean good = TRUE;

  for (guint i = 0; i < rule->pattern.segments->len; i++)
    {
      const BelfryRulesSegment *segment =
          &g_array_index (rule->pattern.segments, BelfryRulesSegment, i);

      if (segment->kind == BELFRY_RULES_SEGMENT_CAPTURE && !is_used (rule, segment->capture))
        {
          belfry_rules_problems_add (line->problems, line->number, 0,
                                     "nothing asks for {%s}: write {sub} for the user's name, * "
                                     "for any, or add “if member {%s}”",
                                     segment->text, segment->text);
          good = FALSE;
        }
    }
  return good;
}

static void
read_rule (Line *line, BelfryRulesSet *set)
{
  g_auto (BelfryRulesRule) rule = { 0 };
  Word word = next_word (line);

  if (word.length == 0)
    return;
  belfry_rules_rule_init (&rule);
  if (!read_verdict (line, word, &rule) || !read_actions (line, &rule) ||
      !read_pattern (line, &rule) || !read_terms (line, &rule) || !check_captures (line, &rule))
    return;
  if (belfry_rules_set_n_rules (set) < BELFRY_RULES_MAX_RULES)
    belfry_rules_set_take (set, &rule);
  else
    belfry_rules_problems_add (line->problems, line->number, 0, "expected no more than %d rules",
                               BELFRY_RULES_MAX_RULES);
}

/* What must hold of a line before anything of it may be repeated in a message. */
static gboolean
check_line (const Line *line)
{
  const char *end;

  if (line->length > BELFRY_RULES_MAX_LINE)
    {
      belfry_rules_problems_add (line->problems, line->number, 0,
                                 "the line has %" G_GSIZE_FORMAT " bytes, expected at most %d",
                                 line->length, BELFRY_RULES_MAX_LINE);
      return FALSE;
    }
  if (!g_utf8_validate_len (line->text, line->length, &end))
    {
      belfry_rules_problems_add (line->problems, line->number, column_of (line, end),
                                 "expected UTF-8 text");
      return FALSE;
    }
  for (const char *place = line->text; place < end; place = g_utf8_next_char (place))
    {
      if (*place != '\t' && g_unichar_iscntrl (g_utf8_get_char (place)))
        {
          belfry_rules_problems_add (line->problems, line->number, column_of (line, place),
                                     "expected no control characters");
          return FALSE;
        }
    }
  return TRUE;
}

/* Some editors put a byte order mark in front. */
static gsize
mark_length (const char *text, gsize length)
{
  return length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

void
belfry_rules_parse (const char *text,
                    gsize length,
                    BelfryRulesSet *set,
                    BelfryRulesProblems *problems)
{
  guint number = 0;

  if (length > BELFRY_RULES_MAX_FILE)
    {
      belfry_rules_problems_add (problems, 0, 0, "expected a file of at most %d KiB",
                                 BELFRY_RULES_MAX_FILE / 1024);
      return;
    }
  for (gsize start = mark_length (text, length); start < length;)
    {
      const char *feed = memchr (text + start, '\n', length - start);
      gsize end = feed != NULL ? (gsize) (feed - text) : length;
      Line line = { text + start, end - start, 0, ++number, problems };

      if (line.length > 0 && line.text[line.length - 1] == '\r')
        line.length--;
      if (check_line (&line))
        read_rule (&line, set);
      start = end + 1;
    }
}
