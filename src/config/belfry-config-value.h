/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-problems.h"
#include "belfry-config-table.h"
#include "belfry-secret.h"

G_BEGIN_DECLS

/**
 * BelfryConfigValue:
 *
 * What one key is set to. Filled while the configuration is built, immutable afterwards.
 */
typedef struct
{
  char *text;                /* (owned): the one way to write it; empty for a secret */
  gint64 number;             /* of numbers, durations, sizes, truth and choices */
  char **words;              /* (owned) (nullable): of lists */
  GPtrArray *items;          /* (owned) (nullable): BelfryConfigListen or GInetAddressMask */
  BelfrySecret *secret;      /* (owned) (nullable) */
  BelfryConfigOrigin origin; /* empty unless it was set */
  gboolean is_set;
} BelfryConfigValue;

/**
 * BelfryConfigComplaint:
 *
 * Why a text is no value. Never holds a secret.
 */
typedef struct
{
  char *message;       /* (owned) (nullable): translated */
  const char *nearest; /* (unowned) (nullable): a word of the row */
} BelfryConfigComplaint;

void belfry_config_complaint_clear (BelfryConfigComplaint *self);

/**
 * belfry_config_value_parse:
 * @self: an empty value, left empty on failure
 * @text: UTF-8 but for secrets
 * @complaint: empty; filled on failure
 *
 * Returns: whether @text is what the row takes
 */
gboolean belfry_config_value_parse (BelfryConfigValue *self,
                                    const BelfryConfigRow *row,
                                    const char *text,
                                    BelfryConfigComplaint *complaint);
void belfry_config_value_copy (BelfryConfigValue *self, const BelfryConfigValue *from);
void belfry_config_value_clear (BelfryConfigValue *self);

/**
 * belfry_config_value_equal:
 *
 * Returns: whether both mean the same, wherever they were written
 */
gboolean belfry_config_value_equal (const BelfryConfigValue *a, const BelfryConfigValue *b);

/**
 * belfry_config_value_show:
 *
 * Returns: (transfer full): the value as it may be shown: without passwords, and empty for a secret
 */
char *belfry_config_value_show (const BelfryConfigValue *self, const BelfryConfigRow *row);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryConfigValue, belfry_config_value_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryConfigComplaint, belfry_config_complaint_clear)

G_END_DECLS
