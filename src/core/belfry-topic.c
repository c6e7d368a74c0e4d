/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-topic"

#include "config.h"

#include "belfry-topic.h"

#include <string.h>

#include "belfry-error.h"

/* What a name of topics is, and which names a pattern stands for. Pure functions: any thread. */

#define SEPARATORS ".:/"

static const char *const reserved_prefixes[] = { "__", "$", "belfry:" };

/* From the literal to the widest: how specific a segment is. */
typedef enum
{
  SEGMENT_LITERAL,
  SEGMENT_ONE,
  SEGMENT_REST,
} SegmentKind;

static gboolean
is_separator (char c)
{
  return c == '.' || c == ':' || c == '/';
}

static gsize
segment_length (const char *text, gsize length)
{
  gsize n = 0;

  while (n < length && !is_separator (text[n]))
    n++;
  return n;
}

static SegmentKind
segment_kind (const char *segment, gsize length)
{
  if (length != 1 || (*segment != '*' && *segment != '>'))
    return SEGMENT_LITERAL;
  return *segment == '*' ? SEGMENT_ONE : SEGMENT_REST;
}

/* White space is what Unicode calls so: the controls among it, and all separators. */
static gboolean
may_stand (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_SPACE_SEPARATOR:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return FALSE;
    default:
      return TRUE;
    }
}

/* Returns: (nullable): what is wrong with the letters */
static const char *
check_letters (const char *text, gsize length)
{
  const char *end = text + length;

  if (length == 0)
    return "it is empty";
  if (length > BELFRY_TOPIC_MAX)
    return "it has more than " G_STRINGIFY (BELFRY_TOPIC_MAX) " bytes";
  if (!g_utf8_validate_len (text, length, NULL))
    return "it is not UTF-8, or has a NUL in it";
  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    {
      if (!may_stand (g_utf8_get_char (p)))
        return "it has a control character or white space in it";
    }
  return NULL;
}

/* Returns: (nullable): what is wrong with the segments */
static const char *
check_segments (const char *text, gsize length, gboolean *is_pattern)
{
  gsize at = 0;

  *is_pattern = FALSE;
  while (TRUE)
    {
      gsize n = segment_length (text + at, length - at);
      SegmentKind kind = segment_kind (text + at, n);

      at += n;
      if (kind != SEGMENT_LITERAL)
        *is_pattern = TRUE;
      if (at == length)
        return NULL;
      if (kind == SEGMENT_REST)
        return "a segment “>” is not the last";
      at++;
    }
}

static gboolean
is_reserved (const char *text, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (reserved_prefixes); i++)
    {
      gsize n = strlen (reserved_prefixes[i]);

      if (length >= n && memcmp (text, reserved_prefixes[i], n) == 0)
        return TRUE;
    }
  return FALSE;
}

BelfryTopicKind
belfry_topic_classify (const char *text, gsize length, GError **error)
{
  gboolean is_pattern = FALSE;
  const char *defect = check_letters (text, length);

  if (defect == NULL)
    defect = check_segments (text, length, &is_pattern);
  if (defect != NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_TOPIC_INVALID, "not a topic: %s", defect);
      return BELFRY_TOPIC_INVALID;
    }
  if (is_reserved (text, length))
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_TOPIC_INVALID, "the topic “%.*s” is reserved",
                   (int) length, text);
      return BELFRY_TOPIC_RESERVED;
    }
  return is_pattern ? BELFRY_TOPIC_PATTERN : BELFRY_TOPIC_NAME;
}

gsize
belfry_topic_segment_length (const char *text)
{
  return strcspn (text, SEPARATORS);
}

gboolean
belfry_topic_match (const char *pattern, const char *topic)
{
  while (TRUE)
    {
      gsize wanted = belfry_topic_segment_length (pattern);
      gsize given = belfry_topic_segment_length (topic);
      SegmentKind kind = segment_kind (pattern, wanted);

      if (kind == SEGMENT_REST)
        return TRUE;
      if (kind == SEGMENT_LITERAL && (wanted != given || memcmp (pattern, topic, wanted) != 0))
        return FALSE;
      pattern += wanted;
      topic += given;
      if (*pattern != *topic)
        return FALSE;
      if (*pattern == '\0')
        return TRUE;
      pattern++;
      topic++;
    }
}

int
belfry_topic_compare_specific (const char *a, const char *b)
{
  while (TRUE)
    {
      gsize length_a = belfry_topic_segment_length (a);
      gsize length_b = belfry_topic_segment_length (b);
      SegmentKind kind_a = segment_kind (a, length_a);
      SegmentKind kind_b = segment_kind (b, length_b);

      if (kind_a != kind_b)
        return (int) kind_a - (int) kind_b;
      a += length_a;
      b += length_b;
      if (*a == '\0' || *b == '\0')
        return 0;
      a++;
      b++;
    }
}
