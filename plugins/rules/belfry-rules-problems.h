/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryRulesProblems:
 *
 * What is wrong with a file of rules, in the order of its lines. Nobody mends more than
 * %BELFRY_RULES_MAX_PROBLEMS at a time: of those beyond, only the number is kept.
 */
typedef struct _BelfryRulesProblems BelfryRulesProblems;

#define BELFRY_RULES_MAX_PROBLEMS 20

/* @source: what the file is called in messages */
BelfryRulesProblems *belfry_rules_problems_new (const char *source);
void belfry_rules_problems_free (BelfryRulesProblems *self);

/* @line, @column: from 1; 0 if it is about the whole file, or the whole line */
void belfry_rules_problems_add (BelfryRulesProblems *self,
                                guint line,
                                guint column,
                                const char *format,
                                ...) G_GNUC_PRINTF (4, 5);

/**
 * belfry_rules_problems_end:
 * @error: set to %BELFRY_PLUGIN_ERROR_SETTING with a line for each problem, as in
 *   `topics.rules:3:7: expected ...`
 *
 * Returns: whether there was none
 */
gboolean belfry_rules_problems_end (BelfryRulesProblems *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRulesProblems, belfry_rules_problems_free)

G_END_DECLS
