/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryConfigNearest:
 *
 * Looks among known names for the one that was meant. Lives on the stack; borrows what it is given.
 */
typedef struct
{
  const char *wanted; /* (unowned) */
  const char *best;   /* (unowned) (nullable) */
  guint distance;     /* of the best; what a better one must be under */
} BelfryConfigNearest;

/**
 * belfry_config_nearest_init:
 * @wanted: what was written; kept, not copied
 */
void belfry_config_nearest_init (BelfryConfigNearest *self, const char *wanted);

/**
 * belfry_config_nearest_try:
 * @known: a name that exists; kept, not copied, if it is the best so far
 */
void belfry_config_nearest_try (BelfryConfigNearest *self, const char *known);

G_END_DECLS
