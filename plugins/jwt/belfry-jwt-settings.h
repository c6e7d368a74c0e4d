/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

#include "belfry-jwt-claims.h"
#include "belfry-jwt-key-set.h"

G_BEGIN_DECLS

/**
 * BelfryJwtSource:
 *
 * A file of public keys.
 */
typedef struct
{
  char *issuer;    /* (owned) (nullable): whose the keys are; %NULL for whoever has none */
  char *path;      /* (owned): absolute */
  const char *key; /* (unowned): the setting that names it */
} BelfryJwtSource;

/**
 * BelfryJwtSettings:
 *
 * What is configured. Immutable, atomically reference-counted.
 */
typedef struct
{
  BelfryJwtPolicy policy;
  GPtrArray *sources; /* (owned) (element-type BelfryJwtSource) */
  GBytes *secret;     /* (owned) (nullable) */
  char *issuer;       /* (owned) (nullable): whose the secret is */
  char *audience;     /* (owned) (nullable): what the policy points to */
  char *roles_claim;  /* (owned): empty for none */
} BelfryJwtSettings;

/**
 * belfry_jwt_settings_read:
 *
 * Reads everything but the files of keys. Fails with %BELFRY_PLUGIN_ERROR_SETTING.
 *
 * Returns: (transfer full) (nullable): the settings
 */
BelfryJwtSettings *belfry_jwt_settings_read (BelfryPluginSettings *settings, GError **error);
BelfryJwtSettings *belfry_jwt_settings_ref (BelfryJwtSettings *self);
void belfry_jwt_settings_unref (BelfryJwtSettings *self);

/**
 * belfry_jwt_settings_load_keys:
 * @setting: (out): the setting in question, if it fails
 *
 * Reads the files of keys. Fails with %BELFRY_JWT_ERROR_KEY.
 *
 * Returns: (transfer full) (nullable): the keys
 */
BelfryJwtKeySet *
belfry_jwt_settings_load_keys (const BelfryJwtSettings *self, const char **setting, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryJwtSettings, belfry_jwt_settings_unref)

G_END_DECLS
