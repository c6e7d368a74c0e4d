/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * belfry_paths_build_root:
 *
 * Returns: (transfer full) (nullable): the build tree that the running program stands in, or %NULL
 * for an installed one
 */
char *belfry_paths_build_root (void);

/**
 * belfry_paths_locale_dir:
 *
 * Returns: (transfer full): where the translations are: in the build tree for a program that runs
 * from it
 */
char *belfry_paths_locale_dir (void);

G_END_DECLS
