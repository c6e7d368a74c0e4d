/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-jwt-json.h"
#include "belfry-jwt-key.h"

G_BEGIN_DECLS

/**
 * belfry_jwt_jwk_read:
 * @jwk: what a JSON Web Key says
 * @key: (out) (nullable): the key; %NULL if it is one that signatures are never verified with here:
 *   for encryption, of another kind, on another curve, for another algorithm
 *
 * Fails with %BELFRY_JWT_ERROR_KEY if the key is malformed, too weak, or not public.
 *
 * Returns: whether it did not fail
 */
gboolean belfry_jwt_jwk_read (const json_t *jwk, BelfryJwtKey **key, GError **error);

/**
 * belfry_jwt_jwks_read:
 * @text: (array length=length): a JSON Web Key Set, or a single JSON Web Key; a NUL is behind it
 * @keys: (element-type BelfryJwtKey): where to add the keys
 *
 * Returns: whether it did not fail
 */
gboolean belfry_jwt_jwks_read (const char *text, gsize length, GPtrArray *keys, GError **error);

G_END_DECLS
