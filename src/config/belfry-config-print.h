/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config.h"

G_BEGIN_DECLS

/**
 * belfry_config_print:
 *
 * Returns: (transfer full): the configuration as a file that loads to its equal. Behind each
 * setting stands where it was written; defaults are comments. Secrets are left out, and a URL's
 * password is
 * `***`.
 */
char *belfry_config_print (const BelfryConfig *self);

/**
 * belfry_config_print_defaults:
 *
 * Returns: (transfer full): a file with every key and its default, explained, all commented out
 */
char *belfry_config_print_defaults (void);

G_END_DECLS
