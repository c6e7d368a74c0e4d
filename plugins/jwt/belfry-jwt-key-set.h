/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-jwt-key.h"

G_BEGIN_DECLS

/* Far more than anybody rotates through; each look-up goes through all. */
#define BELFRY_JWT_MAX_KEYS 256

/* How many signatures one token may cost. */
#define BELFRY_JWT_MAX_TRIES 4

/**
 * BelfryJwtKeySet:
 *
 * All keys that are in force. Immutable, atomically reference-counted.
 */
typedef struct _BelfryJwtKeySet BelfryJwtKeySet;

/**
 * belfry_jwt_key_set_new:
 * @keys: (element-type BelfryJwtKey) (transfer full): the keys, which the array frees
 *
 * Fails with %BELFRY_JWT_ERROR_KEY if they are too many, or more than %BELFRY_JWT_MAX_TRIES cannot
 * be told apart.
 *
 * Returns: (transfer full): a key set
 */
BelfryJwtKeySet *belfry_jwt_key_set_new (GPtrArray *keys, GError **error);
BelfryJwtKeySet *belfry_jwt_key_set_ref (BelfryJwtKeySet *self);
void belfry_jwt_key_set_unref (BelfryJwtKeySet *self);
guint belfry_jwt_key_set_get_size (const BelfryJwtKeySet *self);

/**
 * belfry_jwt_key_set_equal:
 *
 * Returns: whether both have the same keys in the same order
 */
gboolean belfry_jwt_key_set_equal (const BelfryJwtKeySet *self, const BelfryJwtKeySet *other);

/**
 * belfry_jwt_key_set_find:
 * @issuer: (nullable): what a token says of its issuer
 * @id: (nullable): what it calls its key
 * @found: (out caller-allocates): the keys to try, in this order
 * @fault: (out): why there is none
 *
 * An issuer that has keys is looked up among those only; all others share the keys of nobody in
 * particular. A token that names its key gets the keys of that name, or those without any; one that
 * names none gets those without a name, or the only one there is.
 *
 * Returns: how many keys there are
 */
gsize belfry_jwt_key_set_find (const BelfryJwtKeySet *self,
                               const char *issuer,
                               const char *id,
                               const BelfryJwtAlgorithm *algorithm,
                               const BelfryJwtKey *found[BELFRY_JWT_MAX_TRIES],
                               BelfryJwtFault *fault);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryJwtKeySet, belfry_jwt_key_set_unref)

G_END_DECLS
