/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A topic: 1 to 255 bytes of UTF-8 without control characters and white space, in segments
 * separated by any of ". : /". Reserved ones begin with "__", "$" or "belfry:". In a pattern a
 * segment "*" stands for any one segment, and a last segment ">" for one or more. */

#define BELFRY_TOPIC_MAX 255

/**
 * BelfryTopicKind:
 *
 * What a text is, as a name of topics.
 */
typedef enum
{
  BELFRY_TOPIC_INVALID,
  BELFRY_TOPIC_RESERVED, /* well formed, but no client's */
  BELFRY_TOPIC_NAME,
  BELFRY_TOPIC_PATTERN,
} BelfryTopicKind;

/**
 * belfry_topic_classify:
 * @text: (array length=length): any bytes
 * @error: (nullable): %BELFRY_ERROR_TOPIC_INVALID with what is wrong, for the first two kinds
 *
 * An empty segment, as in "a..b", is one like others. "*" and ">" within a longer segment are
 * ordinary letters; a ">" segment that is not the last is invalid.
 */
BelfryTopicKind belfry_topic_classify (const char *text, gsize length, GError **error);

/**
 * belfry_topic_segment_length:
 * @text: a name or a pattern, or what is left of one behind a separator
 *
 * Returns: how many bytes there are before the next separator, or before the end
 */
gsize belfry_topic_segment_length (const char *text);

/**
 * belfry_topic_match:
 * @pattern: a pattern, or a name, which matches itself
 * @topic: a name
 *
 * Separators must be the same ones.
 */
gboolean belfry_topic_match (const char *pattern, const char *topic);

/**
 * belfry_topic_compare_specific:
 *
 * Orders patterns that match the same topic: a segment spelled out before "*", "*" before ">", the
 * first difference from the left decides.
 *
 * Returns: negative if @a is the more specific
 */
int belfry_topic_compare_specific (const char *a, const char *b);

G_END_DECLS
