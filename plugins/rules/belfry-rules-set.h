/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

#include "belfry-rules-pattern.h"

G_BEGIN_DECLS

typedef enum
{
  BELFRY_RULES_TERM_AUTHENTICATED,
  BELFRY_RULES_TERM_ANONYMOUS,
  BELFRY_RULES_TERM_ROLE,
  BELFRY_RULES_TERM_CLAIM,
  BELFRY_RULES_TERM_MEMBER,          /* of the group `name` */
  BELFRY_RULES_TERM_MEMBER_CAPTURED, /* of the group that is called like the capture */
} BelfryRulesTermKind;

/**
 * BelfryRulesTerm:
 *
 * One of the conditions of a rule.
 */
typedef struct
{
  BelfryRulesTermKind kind;
  gboolean negated;
  guint capture;
  char *name;  /* (owned) (nullable): of a role, a claim or a group */
  char *value; /* (owned) (nullable): of a claim */
} BelfryRulesTerm;

/**
 * BelfryRulesRule:
 *
 * One line of a file. Its terms that take a question to another plugin are the last ones.
 */
typedef struct
{
  BelfryVerdict verdict;
  guint actions; /* a bit for each #BelfryTopicAction */
  BelfryRulesPattern pattern;
  GArray *terms; /* (element-type BelfryRulesTerm) (owned) */
} BelfryRulesRule;

void belfry_rules_term_clear (BelfryRulesTerm *self);
void belfry_rules_rule_init (BelfryRulesRule *self);
void belfry_rules_rule_clear (BelfryRulesRule *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryRulesTerm, belfry_rules_term_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryRulesRule, belfry_rules_rule_clear)

/**
 * BelfryRulesSet:
 *
 * The rules of a file. Reference-counted; grows while it is read, and does not change afterwards.
 */
typedef struct _BelfryRulesSet BelfryRulesSet;

/* @otherwise: what is said where no rule matches */
BelfryRulesSet *belfry_rules_set_new (BelfryVerdict otherwise);
BelfryRulesSet *belfry_rules_set_ref (BelfryRulesSet *self);
void belfry_rules_set_unref (BelfryRulesSet *self);
BelfryVerdict belfry_rules_set_get_otherwise (const BelfryRulesSet *self);
guint belfry_rules_set_n_rules (const BelfryRulesSet *self);
const BelfryRulesRule *belfry_rules_set_get_rule (const BelfryRulesSet *self, guint index);

/* @rule: taken over; what it was is empty afterwards */
void belfry_rules_set_take (BelfryRulesSet *self, BelfryRulesRule *rule);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRulesSet, belfry_rules_set_unref)

G_END_DECLS
