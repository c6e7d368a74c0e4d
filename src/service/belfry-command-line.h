/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-load.h"
#include "belfry-options.h"

G_BEGIN_DECLS

/* What the daemon says to a person at the command line, instead of running. */

/**
 * belfry_command_line_is_question:
 *
 * Returns: whether the options ask for an answer, not for a running daemon
 */
gboolean belfry_command_line_is_question (const BelfryOptions *options);

/**
 * belfry_command_line_answer:
 * @sources: where configuration comes from
 *
 * Prints the answer to standard output, and what is wrong to standard error.
 *
 * Returns: the exit status
 */
int belfry_command_line_answer (const BelfryOptions *options, const BelfryConfigSources *sources);

/**
 * belfry_command_line_complain:
 * @error: why the command line was not understood
 *
 * Returns: the exit status
 */
int belfry_command_line_complain (const GError *error);

G_END_DECLS
