/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-rules"

#include "config.h"

#include "belfry-rules-walk.h"

#include <string.h>

/* The decision. On the main thread, for each subscription of each client: no allocation, and
 * nothing is looked up before the pattern matches. */

typedef enum
{
  TERM_FAILS,
  TERM_HOLDS,
  TERM_ASKS,
} TermState;

static const BelfryRulesTerm *
current_term (const BelfryRulesWalk *self)
{
  const BelfryRulesRule *rule = belfry_rules_set_get_rule (self->set, self->rule);

  return &g_array_index (rule->terms, BelfryRulesTerm, self->term);
}

static TermState
state_of (gboolean holds, const BelfryRulesTerm *term)
{
  return holds != term->negated ? TERM_HOLDS : TERM_FAILS;
}

static TermState
check_claim (const BelfryRulesWalk *self, const BelfryRulesTerm *term)
{
  const char *value = NULL;

  if (self->identity != NULL)
    value = belfry_identity_get_claim (self->identity, term->name);
  return state_of (value != NULL && strcmp (value, term->value) == 0, term);
}

static TermState
check_member (const BelfryRulesWalk *self, const BelfryRulesTerm *term)
{
  if (self->identity == NULL)
    return state_of (FALSE, term);
  /* Which group it is depends on the topic, and the request is about several: only a rule that
   * denies comes here with that, and it may well hold for one of them. */
  if (term->kind == BELFRY_RULES_TERM_MEMBER_CAPTURED &&
      self->captures.items[term->capture].text == NULL)
    return TERM_HOLDS;
  return TERM_ASKS;
}

static TermState
check_term (const BelfryRulesWalk *self, const BelfryRulesTerm *term)
{
  switch (term->kind)
    {
    case BELFRY_RULES_TERM_AUTHENTICATED:
      return state_of (self->identity != NULL, term);
    case BELFRY_RULES_TERM_ANONYMOUS:
      return state_of (self->identity == NULL, term);
    case BELFRY_RULES_TERM_ROLE:
      return state_of (self->identity != NULL &&
                           belfry_identity_has_role (self->identity, term->name),
                       term);
    case BELFRY_RULES_TERM_CLAIM:
      return check_claim (self, term);
    case BELFRY_RULES_TERM_MEMBER:
    case BELFRY_RULES_TERM_MEMBER_CAPTURED:
    default:
      return check_member (self, term);
    }
}

/* Checks the rule's terms from the current one on. */
static TermState
check_terms (BelfryRulesWalk *self, const BelfryRulesRule *rule)
{
  for (; self->term < rule->terms->len; self->term++)
    {
      TermState state = check_term (self, current_term (self));

      if (state != TERM_HOLDS)
        return state;
    }
  return TERM_HOLDS;
}

/* One that denies matters if it is about any of the request's topics, one that allows only if it is
 * about all. */
static gboolean
enter_rule (BelfryRulesWalk *self, const BelfryRulesRule *rule)
{
  if (!(rule->actions & (1u << self->action)))
    return FALSE;
  BelfryRulesRelation relation =
      belfry_rules_pattern_relate (&rule->pattern, self->identity, self->topic, &self->captures);
  self->term = 0;
  self->is_inside = relation == BELFRY_RULES_ALL ||
                    (relation == BELFRY_RULES_SOME && rule->verdict == BELFRY_VERDICT_DENY);
  return self->is_inside;
}

static void
leave_rule (BelfryRulesWalk *self)
{
  self->is_inside = FALSE;
  self->rule++;
}

void
belfry_rules_walk_init (BelfryRulesWalk *self,
                        const BelfryRulesSet *set,
                        BelfryIdentity *identity,
                        BelfryTopicAction action,
                        const char *topic)
{
  *self = (BelfryRulesWalk){
    .set = set,
    .identity = identity,
    .action = action,
    .topic = topic,
  };
}

BelfryVerdict
belfry_rules_walk_next (BelfryRulesWalk *self)
{
  for (; self->rule < belfry_rules_set_n_rules (self->set); leave_rule (self))
    {
      const BelfryRulesRule *rule = belfry_rules_set_get_rule (self->set, self->rule);

      if (!self->is_inside && !enter_rule (self, rule))
        continue;
      TermState state = check_terms (self, rule);
      if (state == TERM_ASKS)
        return BELFRY_VERDICT_ASK;
      if (state == TERM_HOLDS)
        return rule->verdict;
    }
  return BELFRY_VERDICT_ABSTAIN;
}

char *
belfry_rules_walk_dup_group (const BelfryRulesWalk *self)
{
  const BelfryRulesTerm *term = current_term (self);

  if (term->kind == BELFRY_RULES_TERM_MEMBER)
    return g_strdup (term->name);
  return g_strndup (self->captures.items[term->capture].text,
                    self->captures.items[term->capture].length);
}

void
belfry_rules_walk_answer (BelfryRulesWalk *self, BelfryRulesAnswer answer)
{
  const BelfryRulesRule *rule = belfry_rules_set_get_rule (self->set, self->rule);
  const BelfryRulesTerm *term = current_term (self);
  gboolean holds;

  if (answer == BELFRY_RULES_UNKNOWN)
    {
      holds = rule->verdict == BELFRY_VERDICT_DENY;
      self->is_unsure = self->is_unsure || !holds;
    }
  else
    holds = state_of (answer == BELFRY_RULES_MEMBER, term) == TERM_HOLDS;
  if (holds)
    self->term++;
  else
    leave_rule (self);
}
