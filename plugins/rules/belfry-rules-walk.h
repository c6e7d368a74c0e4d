/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-rules-set.h"

G_BEGIN_DECLS

/**
 * BelfryRulesAnswer:
 *
 * What is known of a membership.
 */
typedef enum
{
  BELFRY_RULES_NOT_MEMBER,
  BELFRY_RULES_MEMBER,
  BELFRY_RULES_UNKNOWN, /* it could not be found out */
} BelfryRulesAnswer;

/**
 * BelfryRulesWalk:
 *
 * A way through the rules in search of the first that matches. It stops where it must be known
 * whether the user belongs to a group, and goes on with the answer. Lives where its owner wants,
 * owns nothing, and does not allocate.
 */
typedef struct
{
  const BelfryRulesSet *set; /* (unowned) */
  BelfryIdentity *identity;  /* (unowned) (nullable) */
  BelfryTopicAction action;
  const char *topic; /* (unowned) */
  guint rule;
  guint term;
  gboolean is_inside; /* whether the rule's pattern has been found to match */
  gboolean is_unsure; /* whether a rule was passed over because something is unknown */
  BelfryRulesCaptures captures;
} BelfryRulesWalk;

/**
 * belfry_rules_walk_init:
 * @identity: (nullable): who asks
 * @topic: a topic, or a pattern, which is allowed only if a rule allows all topics that it matches
 *   and no rule before it denies some
 *
 * All must outlive the walk.
 */
void belfry_rules_walk_init (BelfryRulesWalk *self,
                             const BelfryRulesSet *set,
                             BelfryIdentity *identity,
                             BelfryTopicAction action,
                             const char *topic);

/**
 * belfry_rules_walk_next:
 *
 * Returns: %BELFRY_VERDICT_ASK if belfry_rules_walk_answer() must be called; or what the rule says
 *   that matches; or %BELFRY_VERDICT_ABSTAIN if there is none
 */
BelfryVerdict belfry_rules_walk_next (BelfryRulesWalk *self);

/**
 * belfry_rules_walk_dup_group:
 *
 * Returns: (transfer full): the group that the answer must be about
 */
char *belfry_rules_walk_dup_group (const BelfryRulesWalk *self);

/* What is unknown counts against the user: a rule that allows does not match, one that denies does.
 */
void belfry_rules_walk_answer (BelfryRulesWalk *self, BelfryRulesAnswer answer);

G_END_DECLS
