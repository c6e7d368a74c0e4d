/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-rules"

#include "config.h"

#include "belfry-rules-set.h"

/* Rules as they are kept. Main thread; a question that is under way holds on to the set that it was
 * begun with. */

struct _BelfryRulesSet
{
  grefcount ref_count;
  BelfryVerdict otherwise;
  GArray *rules; /* (element-type BelfryRulesRule) (owned) */
};

void
belfry_rules_term_clear (BelfryRulesTerm *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->value, g_free);
}

void
belfry_rules_rule_init (BelfryRulesRule *self)
{
  *self = (BelfryRulesRule){ .verdict = BELFRY_VERDICT_DENY };
  self->terms = g_array_new (FALSE, FALSE, sizeof (BelfryRulesTerm));
  g_array_set_clear_func (self->terms, (GDestroyNotify) belfry_rules_term_clear);
}

void
belfry_rules_rule_clear (BelfryRulesRule *self)
{
  belfry_rules_pattern_clear (&self->pattern);
  g_clear_pointer (&self->terms, g_array_unref);
}

BelfryRulesSet *
belfry_rules_set_new (BelfryVerdict otherwise)
{
  BelfryRulesSet *self = g_new0 (BelfryRulesSet, 1);

  g_ref_count_init (&self->ref_count);
  self->otherwise = otherwise;
  self->rules = g_array_new (FALSE, FALSE, sizeof (BelfryRulesRule));
  g_array_set_clear_func (self->rules, (GDestroyNotify) belfry_rules_rule_clear);
  return self;
}

BelfryRulesSet *
belfry_rules_set_ref (BelfryRulesSet *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
belfry_rules_set_unref (BelfryRulesSet *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_array_unref (self->rules);
  g_free (self);
}

BelfryVerdict
belfry_rules_set_get_otherwise (const BelfryRulesSet *self)
{
  return self->otherwise;
}

guint
belfry_rules_set_n_rules (const BelfryRulesSet *self)
{
  return self->rules->len;
}

const BelfryRulesRule *
belfry_rules_set_get_rule (const BelfryRulesSet *self, guint index)
{
  return &g_array_index (self->rules, BelfryRulesRule, index);
}

void
belfry_rules_set_take (BelfryRulesSet *self, BelfryRulesRule *rule)
{
  g_array_append_val (self->rules, *rule);
  *rule = (BelfryRulesRule){ 0 };
}
