/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-rules-set.h"

G_BEGIN_DECLS

/**
 * belfry_rules_load:
 * @path: an absolute path; empty for the rules that are built in
 * @otherwise: what is said where no rule matches
 * @error: %BELFRY_PLUGIN_ERROR_SETTING with all that is wrong, a line each
 *
 * Waits for the disk.
 *
 * Returns: (transfer full) (nullable): the rules
 */
BelfryRulesSet *belfry_rules_load (const char *path, BelfryVerdict otherwise, GError **error);

/* As above, from a text. @source: what it is called in messages */
BelfryRulesSet *belfry_rules_load_text (const char *text,
                                        gsize length,
                                        const char *source,
                                        BelfryVerdict otherwise,
                                        GError **error);

G_END_DECLS
