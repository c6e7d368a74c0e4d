/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config.h"

G_BEGIN_DECLS

/**
 * BelfryConfigChange:
 *
 * What differs between two configurations in one key. Borrowed for the call.
 */
typedef struct
{
  const char *group;      /* (unowned): as between the brackets */
  const char *key;        /* (unowned) (nullable): %NULL: the whole group came or went */
  const char *old_text;   /* (unowned) (nullable): %NULL: it was not there or not set */
  const char *new_text;   /* (unowned) (nullable): %NULL: it is not there or not set any more */
  gboolean is_reloadable; /* else it waits for a restart */
} BelfryConfigChange;

typedef void (*BelfryConfigChanged) (const BelfryConfigChange *change, gpointer user_data);

/**
 * belfry_config_diff:
 * @changed: (scope call): called for every difference, in the order of the table
 *
 * Compares what two configurations mean, wherever it was written. Of secrets and passwords only is
 * told that they `changed`.
 */
void belfry_config_diff (const BelfryConfig *old_config,
                         const BelfryConfig *new_config,
                         BelfryConfigChanged changed,
                         gpointer user_data);

G_END_DECLS
