/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-topic.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-test.h"

static const struct
{
  const char *text;
  BelfryTopicKind kind;
} good_topics[] = {
  { "a", BELFRY_TOPIC_NAME },
  { "chat-room", BELFRY_TOPIC_NAME },
  { "user.42.notifications", BELFRY_TOPIC_NAME },
  { "a:b/c.d", BELFRY_TOPIC_NAME },
  { "a..b", BELFRY_TOPIC_NAME },
  { ".", BELFRY_TOPIC_NAME },
  { "a.", BELFRY_TOPIC_NAME },
  { "stra\xc3\x9f"
    "e",
    BELFRY_TOPIC_NAME },
  { "\xf0\x9f\x94\x94", BELFRY_TOPIC_NAME },
  { "a*", BELFRY_TOPIC_NAME },
  { "**", BELFRY_TOPIC_NAME },
  { "a>.b", BELFRY_TOPIC_NAME },
  { ">>", BELFRY_TOPIC_NAME },
  { "_a", BELFRY_TOPIC_NAME },
  { "a$", BELFRY_TOPIC_NAME },
  { "belfry", BELFRY_TOPIC_NAME },
  { "belfry.a", BELFRY_TOPIC_NAME },
  { "*", BELFRY_TOPIC_PATTERN },
  { ">", BELFRY_TOPIC_PATTERN },
  { "*.*", BELFRY_TOPIC_PATTERN },
  { "a.*.b", BELFRY_TOPIC_PATTERN },
  { "a:>", BELFRY_TOPIC_PATTERN },
  { "*.", BELFRY_TOPIC_PATTERN },
  { "*/>", BELFRY_TOPIC_PATTERN },
};

/* Names and patterns are told apart by whole segments. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_topics); i++)
    {
      g_autoptr (GError) error = NULL;
      const char *text = good_topics[i].text;

      g_test_message ("%s", text);
      g_assert_cmpint (belfry_topic_classify (text, strlen (text), &error), ==,
                       good_topics[i].kind);
      g_assert_no_error (error);
    }
}

#define TEXT(text) text, sizeof text - 1

static const struct
{
  const char *defect;
  const char *text;
  gsize length;
  BelfryTopicKind kind;
  const char *said;
} bad_topics[] = {
  { "empty", TEXT (""), BELFRY_TOPIC_INVALID, "*empty*" },
  { "a NUL", TEXT ("a\0b"), BELFRY_TOPIC_INVALID, "*NUL*" },
  { "a NUL at the end", TEXT ("a\0"), BELFRY_TOPIC_INVALID, "*NUL*" },
  { "a line end", TEXT ("a\n"), BELFRY_TOPIC_INVALID, "*control*" },
  { "an escape", TEXT ("\x1b[0m"), BELFRY_TOPIC_INVALID, "*control*" },
  { "delete", TEXT ("a\x7f"), BELFRY_TOPIC_INVALID, "*control*" },
  { "the first of C1", TEXT ("a\xc2\x80"), BELFRY_TOPIC_INVALID, "*control*" },
  { "next line, of C1", TEXT ("a\xc2\x85"), BELFRY_TOPIC_INVALID, "*control*" },
  { "the last of C1", TEXT ("a\xc2\x9f"), BELFRY_TOPIC_INVALID, "*control*" },
  { "a blank", TEXT ("a b"), BELFRY_TOPIC_INVALID, "*white space*" },
  { "a blank at the end", TEXT ("a "), BELFRY_TOPIC_INVALID, "*white space*" },
  { "a blank that does not break", TEXT ("a\xc2\xa0"), BELFRY_TOPIC_INVALID, "*white space*" },
  { "an ogham blank", TEXT ("\xe1\x9a\x80"), BELFRY_TOPIC_INVALID, "*white space*" },
  { "a thin blank", TEXT ("a\xe2\x80\x89"), BELFRY_TOPIC_INVALID, "*white space*" },
  { "a line separator", TEXT ("\xe2\x80\xa8"), BELFRY_TOPIC_INVALID, "*white space*" },
  { "a paragraph separator", TEXT ("\xe2\x80\xa9"), BELFRY_TOPIC_INVALID, "*white space*" },
  { "a mathematical blank", TEXT ("\xe2\x81\x9f"), BELFRY_TOPIC_INVALID, "*white space*" },
  { "an ideographic blank", TEXT ("\xe3\x80\x80"), BELFRY_TOPIC_INVALID, "*white space*" },
  { "no UTF-8", TEXT ("a\xff"), BELFRY_TOPIC_INVALID, "*UTF-8*" },
  { "a character that is cut", TEXT ("a\xe2\x82"), BELFRY_TOPIC_INVALID, "*UTF-8*" },
  { "an overlong dot", TEXT ("a\xc0\xae"), BELFRY_TOPIC_INVALID, "*UTF-8*" },
  { "half a surrogate pair", TEXT ("\xed\xa0\x80"), BELFRY_TOPIC_INVALID, "*UTF-8*" },
  { "the rest before the end", TEXT ("a.>.b"), BELFRY_TOPIC_INVALID, "*not the last*" },
  { "the rest before an empty segment", TEXT (">."), BELFRY_TOPIC_INVALID, "*not the last*" },
  { "the rest twice", TEXT (">:>"), BELFRY_TOPIC_INVALID, "*not the last*" },
  { "underscores", TEXT ("__a"), BELFRY_TOPIC_RESERVED, "*“__a” is reserved*" },
  { "underscores alone", TEXT ("__"), BELFRY_TOPIC_RESERVED, "*reserved*" },
  { "a dollar", TEXT ("$SYS.a"), BELFRY_TOPIC_RESERVED, "*reserved*" },
  { "our own", TEXT ("belfry:"), BELFRY_TOPIC_RESERVED, "*reserved*" },
  { "a pattern of ours", TEXT ("belfry:*"), BELFRY_TOPIC_RESERVED, "*reserved*" },
  { "reserved and ill-formed", TEXT ("__a b"), BELFRY_TOPIC_INVALID, "*white space*" },
};

/* What is no topic of clients is told why. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_topics); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad_topics[i].defect);
      g_assert_cmpint (belfry_topic_classify (bad_topics[i].text, bad_topics[i].length, &error), ==,
                       bad_topics[i].kind);
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_TOPIC_INVALID);
      g_assert_true (g_pattern_match_simple (bad_topics[i].said, error->message));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

/* 255 bytes are a topic, 256 are none; bytes count, not characters, and segments do not. */
static void
test_length (void)
{
  char text[BELFRY_TOPIC_MAX + 1];

  memset (text, 'a', sizeof text);
  g_assert_cmpint (belfry_topic_classify (text, BELFRY_TOPIC_MAX, NULL), ==, BELFRY_TOPIC_NAME);
  g_assert_cmpint (belfry_topic_classify (text, sizeof text, NULL), ==, BELFRY_TOPIC_INVALID);
  memset (text, '.', sizeof text);
  g_assert_cmpint (belfry_topic_classify (text, BELFRY_TOPIC_MAX, NULL), ==, BELFRY_TOPIC_NAME);
  memcpy (text + BELFRY_TOPIC_MAX - 1, "\xc3\xa4", 2);
  g_assert_cmpint (belfry_topic_classify (text, sizeof text, NULL), ==, BELFRY_TOPIC_INVALID);
}

/* Nothing behind the length is looked at. */
static void
test_within_length (void)
{
  g_assert_cmpint (belfry_topic_classify ("a.> b", 3, NULL), ==, BELFRY_TOPIC_PATTERN);
  g_assert_cmpint (belfry_topic_classify ("belfry:", 6, NULL), ==, BELFRY_TOPIC_NAME);
  g_assert_cmpint (belfry_topic_classify ("*a", 1, NULL), ==, BELFRY_TOPIC_PATTERN);
}

static const struct
{
  const char *pattern;
  const char *topic;
  gboolean matches;
} matches[] = {
  { "a", "a", TRUE },         { "a.b", "a.b", TRUE },    { "a", "b", FALSE },
  { "a", "a.b", FALSE },      { "a.b", "a", FALSE },     { "a.b", "a:b", FALSE },
  { "a.", "a", FALSE },       { "*", "a", TRUE },        { "*", "a.b", FALSE },
  { "*.*", "a.b", TRUE },     { "*.*", "a:b", FALSE },   { "*.*", "a.b.c", FALSE },
  { "a.*.c", "a.b.c", TRUE }, { "a.*.c", "a..c", TRUE }, { "a.*.c", "a.b.d", FALSE },
  { "a.*", "a.", TRUE },      { "a.*", "a", FALSE },     { ">", "a", TRUE },
  { ">", "a.b:c/d", TRUE },   { "a.>", "a.b", TRUE },    { "a.>", "a.b.c", TRUE },
  { "a.>", "a.", TRUE },      { "a.>", "a", FALSE },     { "a.>", "a:b", FALSE },
  { "a.>", "ab.c", FALSE },   { "*.>", "a.b/c", TRUE },  { "a*", "ab", FALSE },
  { "a*", "a*", TRUE },       { "a.>b", "a.cb", FALSE }, { "ab", "a", FALSE },
  { "a", "ab", FALSE },
};

/* Segments match one by one, with the same separators between them. */
static void
test_match (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (matches); i++)
    {
      g_test_message ("%s with %s", matches[i].pattern, matches[i].topic);
      g_assert_cmpint (belfry_topic_match (matches[i].pattern, matches[i].topic), ==,
                       matches[i].matches);
    }
}

/* Each row is more specific than those below it. */
static const char *const by_specific[] = {
  "a.b.c", "a.b.*", "a.b.>", "a.*.c", "a.*.*", "a.*.>",
  "a.>",   "*.b.c", "*.b.>", "*.*.c", "*.>",   ">",
};

/* Of patterns that match the same topic, the first difference from the left decides. */
static void
test_specific (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (by_specific); i++)
    {
      g_assert_true (belfry_topic_match (by_specific[i], "a.b.c"));
      g_assert_cmpint (belfry_topic_compare_specific (by_specific[i], by_specific[i]), ==, 0);
      for (gsize j = i + 1; j < G_N_ELEMENTS (by_specific); j++)
        {
          g_assert_cmpint (belfry_topic_compare_specific (by_specific[i], by_specific[j]), <, 0);
          g_assert_cmpint (belfry_topic_compare_specific (by_specific[j], by_specific[i]), >, 0);
        }
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/topic/good", test_good);
  belfry_test_add ("/topic/bad", test_bad);
  belfry_test_add ("/topic/length", test_length);
  belfry_test_add ("/topic/within-length", test_within_length);
  belfry_test_add ("/topic/match", test_match);
  belfry_test_add ("/topic/specific", test_specific);
  return g_test_run ();
}
