/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <jwt.h>

G_BEGIN_DECLS

/**
 * BelfryJwtFamily:
 *
 * What sort of key an algorithm wants; a key is of one family, and is used for no other.
 */
typedef enum
{
  BELFRY_JWT_FAMILY_SECRET,
  BELFRY_JWT_FAMILY_RSA,
  BELFRY_JWT_FAMILY_P256,
  BELFRY_JWT_FAMILY_P384,
  BELFRY_JWT_FAMILY_P521,
} BelfryJwtFamily;

/**
 * BelfryJwtAlgorithm:
 *
 * A way to sign. One of the entries of a constant table, so that they compare as pointers.
 */
typedef struct
{
  const char *name; /* (unowned) */
  jwt_alg_t id;
  BelfryJwtFamily family;
  gsize hash;      /* bytes of the hash, which a secret must not be shorter than */
  gsize signature; /* bytes of a signature; 0 if they depend on the key */
} BelfryJwtAlgorithm;

/* A set of algorithms: a bit for each. */
typedef guint32 BelfryJwtAlgorithms;

/**
 * belfry_jwt_algorithm_find:
 * @name: what a header says, or a setting; upper and lower case matter
 *
 * Returns: (transfer none) (nullable): the algorithm
 */
const BelfryJwtAlgorithm *belfry_jwt_algorithm_find (const char *name);

/**
 * belfry_jwt_algorithm_bit:
 *
 * Returns: the set that has only @self in it
 */
BelfryJwtAlgorithms belfry_jwt_algorithm_bit (const BelfryJwtAlgorithm *self);

/**
 * belfry_jwt_algorithms_have_family:
 *
 * Returns: whether an algorithm of the set wants a key of @family
 */
gboolean belfry_jwt_algorithms_have_family (BelfryJwtAlgorithms self, BelfryJwtFamily family);

/**
 * belfry_jwt_algorithms_get_longest_hash:
 *
 * Returns: (nullable): the one of the algorithms with a secret that wants the longest
 */
const BelfryJwtAlgorithm *belfry_jwt_algorithms_get_longest_hash (BelfryJwtAlgorithms self);

G_END_DECLS
