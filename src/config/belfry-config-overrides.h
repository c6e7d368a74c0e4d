/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-builder.h"

G_BEGIN_DECLS

/**
 * belfry_config_overrides_read:
 * @overrides: (array zero-terminated=1): the arguments of `--set`: `GROUP.KEY=VALUE`, or
 * `GROUP.NAME.KEY=VALUE`, where NAME may hold dots, but no `=`
 *
 * Sets what they say, in order.
 */
void belfry_config_overrides_read (const char *const *overrides,
                                   BelfryConfigBuilder *builder,
                                   BelfryConfigProblems *problems);

G_END_DECLS
