/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-algorithm.h"

#include <string.h>

/* All that is known of signatures. There is no "none" here, and no way to add it. Constant: any
 * thread. */
static const BelfryJwtAlgorithm algorithms[] = {
  { "HS256", JWT_ALG_HS256, BELFRY_JWT_FAMILY_SECRET, 32, 32 },
  { "HS384", JWT_ALG_HS384, BELFRY_JWT_FAMILY_SECRET, 48, 48 },
  { "HS512", JWT_ALG_HS512, BELFRY_JWT_FAMILY_SECRET, 64, 64 },
  { "RS256", JWT_ALG_RS256, BELFRY_JWT_FAMILY_RSA, 32, 0 },
  { "RS384", JWT_ALG_RS384, BELFRY_JWT_FAMILY_RSA, 48, 0 },
  { "RS512", JWT_ALG_RS512, BELFRY_JWT_FAMILY_RSA, 64, 0 },
  { "ES256", JWT_ALG_ES256, BELFRY_JWT_FAMILY_P256, 32, 64 },
  { "ES384", JWT_ALG_ES384, BELFRY_JWT_FAMILY_P384, 48, 96 },
  { "ES512", JWT_ALG_ES512, BELFRY_JWT_FAMILY_P521, 64, 132 },
};
G_STATIC_ASSERT (G_N_ELEMENTS (algorithms) <= 8 * sizeof (BelfryJwtAlgorithms));

const BelfryJwtAlgorithm *
belfry_jwt_algorithm_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      if (strcmp (algorithms[i].name, name) == 0)
        return &algorithms[i];
    }
  return NULL;
}

BelfryJwtAlgorithms
belfry_jwt_algorithm_bit (const BelfryJwtAlgorithm *self)
{
  return (BelfryJwtAlgorithms) 1 << (self - algorithms);
}

gboolean
belfry_jwt_algorithms_have_family (BelfryJwtAlgorithms self, BelfryJwtFamily family)
{
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      if (algorithms[i].family == family && (self & belfry_jwt_algorithm_bit (&algorithms[i])))
        return TRUE;
    }
  return FALSE;
}

const BelfryJwtAlgorithm *
belfry_jwt_algorithms_get_longest_hash (BelfryJwtAlgorithms self)
{
  const BelfryJwtAlgorithm *longest = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      if (algorithms[i].family == BELFRY_JWT_FAMILY_SECRET &&
          (self & belfry_jwt_algorithm_bit (&algorithms[i])))
        longest = &algorithms[i];
    }
  return longest;
}
