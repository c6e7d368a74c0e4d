/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-rules"

#include "config.h"

#include "belfry-rules-pattern.h"

#include <string.h>

/* A rule's pattern, and how it relates to the topic or pattern of a request. Immutable once it is
 * parsed.
 *
 * What a user brings along (his name, a claim, a text that is captured) is only ever compared with
 * one whole segment, so that nothing in it can stand for a separator or a wildcard. */

#define SEPARATORS ".:/"
#define SUBJECT "sub"
#define CLAIM "claim:"

/* As long as a topic can be: a longer pattern could not match. */
#define MAX_LENGTH 255

static gboolean
is_separator (char c)
{
  return c == '.' || c == ':' || c == '/';
}

static gsize
segment_length (const char *text)
{
  gsize length = 0;

  while (text[length] != '\0' && !is_separator (text[length]))
    length++;
  return length;
}

static gboolean
is_word (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isalnum (text[i]) && text[i] != '_' && text[i] != '-')
        return FALSE;
    }
  return length > 0;
}

static void
append (BelfryRulesPattern *self, BelfryRulesSegmentKind kind, const char *text, gsize length)
{
  BelfryRulesSegment segment = { .kind = kind, .length = length };

  segment.text = g_strndup (text, length);
  if (kind == BELFRY_RULES_SEGMENT_CAPTURE)
    segment.capture = self->n_captures++;
  g_array_append_val (self->segments, segment);
}

/* What stands between braces. */
static const char *
append_variable (BelfryRulesPattern *self, const char *name, gsize length)
{
  const gsize prefix = strlen (CLAIM);
  guint capture;

  if (length == strlen (SUBJECT) && memcmp (name, SUBJECT, length) == 0)
    append (self, BELFRY_RULES_SEGMENT_SUBJECT, name, length);
  else if (length > prefix && memcmp (name, CLAIM, prefix) == 0)
    append (self, BELFRY_RULES_SEGMENT_CLAIM, name + prefix, length - prefix);
  else if (!is_word (name, length))
    return "{sub}, {claim:NAME}, or {NAME} with letters, digits, “_” and “-”";
  else if (belfry_rules_pattern_find_capture (self, name, length, &capture))
    return "a name that the pattern does not have yet";
  else if (self->n_captures == BELFRY_RULES_MAX_CAPTURES)
    return "no more than 4 names";
  else
    append (self, BELFRY_RULES_SEGMENT_CAPTURE, name, length);
  return NULL;
}
G_STATIC_ASSERT (BELFRY_RULES_MAX_CAPTURES == 4);

static const char *
append_plain (BelfryRulesPattern *self, const char *text, gsize length, gboolean is_last, gsize *at)
{
  if (length == 1 && *text == '*')
    append (self, BELFRY_RULES_SEGMENT_ANY, text, length);
  else if (length == 1 && *text == '>')
    {
      append (self, BELFRY_RULES_SEGMENT_REST, text, length);
      return is_last ? NULL : "“>” only at the end";
    }
  else
    {
      /* They would be ordinary letters in a topic, but somebody who writes this means something
       * else. */
      for (gsize i = 0; i < length; i++)
        {
          if (strchr ("*>{}", text[i]) != NULL)
            {
              *at += i;
              return "“*”, “>” and {...} only as a whole segment";
            }
        }
      append (self, BELFRY_RULES_SEGMENT_LITERAL, text, length);
    }
  return NULL;
}

/* Of a segment in braces, what stands in them may hold separators. */
static gsize
written_length (const char *text, gsize length)
{
  const char *close = *text == '{' ? memchr (text, '}', length) : NULL;
  gsize i = close != NULL ? (gsize) (close - text) : 0;

  while (i < length && !is_separator (text[i]))
    i++;
  return i;
}

static const char *
append_segment (BelfryRulesPattern *self,
                const char *text,
                gsize length,
                gboolean is_last,
                gsize *at)
{
  if (length >= 2 && text[0] == '{' && memchr (text, '}', length) == text + length - 1)
    return append_variable (self, text + 1, length - 2);
  return append_plain (self, text, length, is_last, at);
}

static void
clear_segment (gpointer data)
{
  BelfryRulesSegment *segment = data;

  g_free (segment->text);
}

const char *
belfry_rules_pattern_parse (BelfryRulesPattern *self, const char *text, gsize length, gsize *at)
{
  *self = (BelfryRulesPattern){ g_array_new (FALSE, FALSE, sizeof (BelfryRulesSegment)), 0 };
  g_array_set_clear_func (self->segments, clear_segment);
  *at = 0;
  if (length == 0 || length > MAX_LENGTH)
    return "a pattern of 1 to 255 bytes";
  for (gsize start = 0; start <= length; start++)
    {
      gsize part = start < length ? written_length (text + start, length - start) : 0;
      gboolean is_last = start + part == length;

      *at = start;
      const char *expected = append_segment (self, text + start, part, is_last, at);
      if (expected != NULL)
        return expected;
      start += part;
      g_array_index (self->segments, BelfryRulesSegment, self->segments->len - 1).separator =
          is_last ? '\0' : text[start];
    }
  return NULL;
}

void
belfry_rules_pattern_clear (BelfryRulesPattern *self)
{
  g_clear_pointer (&self->segments, g_array_unref);
}

gboolean
belfry_rules_pattern_find_capture (const BelfryRulesPattern *self,
                                   const char *name,
                                   gsize length,
                                   guint *capture)
{
  for (guint i = 0; i < self->segments->len; i++)
    {
      const BelfryRulesSegment *segment = &g_array_index (self->segments, BelfryRulesSegment, i);

      if (segment->kind == BELFRY_RULES_SEGMENT_CAPTURE && segment->length == length &&
          memcmp (segment->text, name, length) == 0)
        {
          *capture = segment->capture;
          return TRUE;
        }
    }
  return FALSE;
}

/* What a segment stands for with this user; NULL if with him it stands for nothing. */
static const char *
value_of (const BelfryRulesSegment *segment, BelfryIdentity *identity)
{
  if (identity == NULL)
    return NULL;
  if (segment->kind == BELFRY_RULES_SEGMENT_SUBJECT)
    return belfry_identity_get_subject (identity);
  return belfry_identity_get_claim (identity, segment->text);
}

/* Whether there are topics in which this is a segment. */
static gboolean
can_be_segment (const char *value)
{
  return value != NULL && *value != '\0' && strpbrk (value, SEPARATORS) == NULL &&
         strcmp (value, "*") != 0 && strcmp (value, ">") != 0;
}

/* A wildcard of the request: whatever it may stand for. */
static BelfryRulesRelation
meet_any (const BelfryRulesSegment *segment, BelfryIdentity *identity)
{
  switch (segment->kind)
    {
    case BELFRY_RULES_SEGMENT_ANY:
    case BELFRY_RULES_SEGMENT_REST:
      return BELFRY_RULES_ALL;
    case BELFRY_RULES_SEGMENT_SUBJECT:
    case BELFRY_RULES_SEGMENT_CLAIM:
      return can_be_segment (value_of (segment, identity)) ? BELFRY_RULES_SOME : BELFRY_RULES_NONE;
    case BELFRY_RULES_SEGMENT_LITERAL:
    case BELFRY_RULES_SEGMENT_CAPTURE:
    default:
      return BELFRY_RULES_SOME;
    }
}

/* A segment of the request that is spelled out, and so holds no separator. */
static gboolean
meet_text (const BelfryRulesSegment *segment,
           BelfryIdentity *identity,
           const char *text,
           gsize length,
           BelfryRulesCaptures *captures)
{
  const char *value;

  switch (segment->kind)
    {
    case BELFRY_RULES_SEGMENT_LITERAL:
      return segment->length == length && memcmp (segment->text, text, length) == 0;
    case BELFRY_RULES_SEGMENT_SUBJECT:
    case BELFRY_RULES_SEGMENT_CLAIM:
      value = value_of (segment, identity);
      return value != NULL && length > 0 && strncmp (value, text, length) == 0 &&
             value[length] == '\0';
    case BELFRY_RULES_SEGMENT_CAPTURE:
      captures->items[segment->capture].text = text;
      captures->items[segment->capture].length = length;
      return length > 0;
    case BELFRY_RULES_SEGMENT_ANY:
    case BELFRY_RULES_SEGMENT_REST:
    default:
      return TRUE;
    }
}

/* The request ends with “>”: all that can follow, so some of it fits any end of a pattern that can
 * be. */
static BelfryRulesRelation
meet_rest (const BelfryRulesPattern *self, guint from, BelfryIdentity *identity)
{
  for (guint i = from; i < self->segments->len; i++)
    {
      if (meet_any (&g_array_index (self->segments, BelfryRulesSegment, i), identity) ==
          BELFRY_RULES_NONE)
        return BELFRY_RULES_NONE;
    }
  return BELFRY_RULES_SOME;
}

BelfryRulesRelation
belfry_rules_pattern_relate (const BelfryRulesPattern *self,
                             BelfryIdentity *identity,
                             const char *topic,
                             BelfryRulesCaptures *captures)
{
  BelfryRulesRelation relation = BELFRY_RULES_ALL;

  if (self->n_captures > 0)
    *captures = (BelfryRulesCaptures){ 0 };
  for (guint i = 0; i < self->segments->len; i++)
    {
      const BelfryRulesSegment *segment = &g_array_index (self->segments, BelfryRulesSegment, i);

      if (segment->kind == BELFRY_RULES_SEGMENT_REST)
        return relation;
      gsize length = segment_length (topic);
      if (length == 1 && topic[0] == '>' && topic[1] == '\0')
        return meet_rest (self, i, identity);
      if (length == 1 && topic[0] == '*')
        {
          BelfryRulesRelation step = meet_any (segment, identity);

          relation = MIN (relation, step);
        }
      else if (!meet_text (segment, identity, topic, length, captures))
        return BELFRY_RULES_NONE;
      if (relation == BELFRY_RULES_NONE || topic[length] != segment->separator)
        return BELFRY_RULES_NONE;
      topic += length + 1;
    }
  return relation;
}
