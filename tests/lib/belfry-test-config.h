/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-problems.h"
#include "belfry-config.h"

G_BEGIN_DECLS

/* All problems of a kind as they would be shown, a line each. (transfer full) */
char *belfry_test_config_errors (const BelfryConfigProblems *problems);
char *belfry_test_config_warnings (const BelfryConfigProblems *problems);

/**
 * belfry_test_config_new:
 * @text: the content of a configuration file
 *
 * Returns: (transfer full): the configuration; an error in it fails the test
 */
BelfryConfig *belfry_test_config_new (const char *text);

/**
 * belfry_test_assert_contains:
 *
 * Fails unless @needle is part of @text.
 */
void belfry_test_assert_contains (const char *text, const char *needle);

G_END_DECLS
