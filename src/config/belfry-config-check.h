/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-problems.h"
#include "belfry-config.h"

G_BEGIN_DECLS

/**
 * belfry_config_check:
 *
 * Notes what is wrong with settings that are right each by itself, and warns of what is insecure.
 */
void belfry_config_check (const BelfryConfig *config, BelfryConfigProblems *problems);

G_END_DECLS
