/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-problems.h"
#include "belfry-config.h"

G_BEGIN_DECLS

/**
 * belfry_config_resolve_secrets:
 * @environment: (nullable): where `CREDENTIALS_DIRECTORY` is looked for
 *
 * Gives every secret that is kept in a file or a credential its value. For the builder alone.
 */
void belfry_config_resolve_secrets (BelfryConfig *config,
                                    const char *const *environment,
                                    BelfryConfigProblems *problems);

G_END_DECLS
