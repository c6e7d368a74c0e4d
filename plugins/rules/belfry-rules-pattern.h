/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/* What a rule may name of its pattern's segments: nobody's topics have more parts that matter. */
#define BELFRY_RULES_MAX_CAPTURES 4

typedef enum
{
  BELFRY_RULES_SEGMENT_LITERAL,
  BELFRY_RULES_SEGMENT_ANY,     /* any one segment */
  BELFRY_RULES_SEGMENT_REST,    /* one or more, up to the end */
  BELFRY_RULES_SEGMENT_SUBJECT, /* the user's name */
  BELFRY_RULES_SEGMENT_CLAIM,   /* the value of the user's claim `text` */
  BELFRY_RULES_SEGMENT_CAPTURE, /* any one segment that is not empty, called `text` */
} BelfryRulesSegmentKind;

/**
 * BelfryRulesSegment:
 *
 * A part of a pattern, and the separator behind it, which is NUL at the end.
 */
typedef struct
{
  BelfryRulesSegmentKind kind;
  char separator;
  guint capture; /* of a capture, which one it is */
  gsize length;
  char *text; /* (owned): of a literal, a claim or a capture */
} BelfryRulesSegment;

/**
 * BelfryRulesPattern:
 *
 * The topics that a rule is about. Embedded in a rule.
 */
typedef struct
{
  GArray *segments; /* (element-type BelfryRulesSegment) (owned) */
  guint n_captures;
} BelfryRulesPattern;

/**
 * BelfryRulesCaptures:
 *
 * What the captures of a pattern stand for in a topic. Those that are not settled, because the
 * topic has a wildcard there, have no text.
 */
typedef struct
{
  struct
  {
    const char *text; /* (unowned) (nullable): in the topic */
    gsize length;
  } items[BELFRY_RULES_MAX_CAPTURES];
} BelfryRulesCaptures;

/**
 * BelfryRulesRelation:
 *
 * How many of the topics that a request is about, which are several if it is a pattern, belong to a
 * rule's pattern. Ordered.
 */
typedef enum
{
  BELFRY_RULES_NONE,
  BELFRY_RULES_SOME,
  BELFRY_RULES_ALL,
} BelfryRulesRelation;

/**
 * belfry_rules_pattern_parse:
 * @text: (array length=length): the pattern, UTF-8
 * @at: (out): where the fault is, in bytes
 *
 * A pattern that was refused is to be cleared, too.
 *
 * Returns: (transfer none) (nullable): what was expected there, or %NULL if all is well
 */
const char *
belfry_rules_pattern_parse (BelfryRulesPattern *self, const char *text, gsize length, gsize *at);
void belfry_rules_pattern_clear (BelfryRulesPattern *self);

/**
 * belfry_rules_pattern_find_capture:
 *
 * Returns: whether the pattern has a capture of that name; @capture is set if so
 */
gboolean belfry_rules_pattern_find_capture (const BelfryRulesPattern *self,
                                            const char *name,
                                            gsize length,
                                            guint *capture);

/**
 * belfry_rules_pattern_relate:
 * @identity: (nullable): who asks; the pattern's `{sub}` and `{claim:...}` are his
 * @topic: a topic, or a pattern of topics
 * @captures: (out): set if the pattern has captures and there is a relation
 *
 * Does not allocate.
 */
BelfryRulesRelation belfry_rules_pattern_relate (const BelfryRulesPattern *self,
                                                 BelfryIdentity *identity,
                                                 const char *topic,
                                                 BelfryRulesCaptures *captures);

G_END_DECLS
