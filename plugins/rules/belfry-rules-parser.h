/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-rules-problems.h"
#include "belfry-rules-set.h"

G_BEGIN_DECLS

/* Thousands of lines are no longer read by anybody, and each is gone through for each subscription.
 */
#define BELFRY_RULES_MAX_FILE (256 * 1024)
#define BELFRY_RULES_MAX_LINE 1024
#define BELFRY_RULES_MAX_RULES 1000
#define BELFRY_RULES_MAX_TERMS 8

/**
 * belfry_rules_parse:
 * @text: (array length=length): any bytes
 * @set: where the rules go
 * @problems: where what is wrong goes; if there is any, @set is of no use
 *
 * Reads a file of rules.
 */
void belfry_rules_parse (const char *text,
                         gsize length,
                         BelfryRulesSet *set,
                         BelfryRulesProblems *problems);

G_END_DECLS
