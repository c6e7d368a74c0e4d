/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-verify.h"

#include <openssl/err.h>

#include "belfry-jwt-signature.h"

/* The one place where libjwt is asked. It refuses tokens whose type is another than JWT, as OAuth's
 * access tokens have (RFC 9068): those are verified without it. It is never given a token whose
 * algorithm was not allowed before, nor a key of another kind than the algorithm's, nor none: it
 * would take a public key for a secret, and a token without a key for a good one. Pure functions:
 * any thread. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (jwt_t, jwt_free)

static gboolean
libjwt_verifies (const BelfryJwtToken *token, const char *text, const BelfryJwtKey *key)
{
  g_autoptr (jwt_t) decoded = NULL;

  g_return_val_if_fail (key->bytes != NULL && key->length > 0, FALSE);
  g_return_val_if_fail (belfry_jwt_key_fits (key, token->algorithm), FALSE);
  if (jwt_decode (&decoded, text, key->bytes, (int) key->length) != 0)
    {
      ERR_clear_error ();
      return FALSE;
    }
  return jwt_get_alg (decoded) == token->algorithm->id;
}

static gboolean
has_signature_of (const BelfryJwtToken *token, const char *text, const BelfryJwtKey *key)
{
  return token->is_plain ? libjwt_verifies (token, text, key)
                         : belfry_jwt_signature_is_good (token->algorithm, key, text);
}

static BelfryJwtFault
check_signature (const BelfryJwtPolicy *policy,
                 const BelfryJwtKeySet *keys,
                 const BelfryJwtToken *token,
                 const char *text)
{
  const BelfryJwtKey *found[BELFRY_JWT_MAX_TRIES];
  BelfryJwtFault fault;
  gsize n;

  if ((policy->algorithms & belfry_jwt_algorithm_bit (token->algorithm)) == 0)
    return BELFRY_JWT_FAULT_ALGORITHM;
  n = belfry_jwt_key_set_find (keys, token->issuer, token->key_id, token->algorithm, found, &fault);
  if (n == 0)
    return fault;
  for (gsize i = 0; i < n; i++)
    {
      if (has_signature_of (token, text, found[i]))
        return BELFRY_JWT_FAULT_NONE;
    }
  return BELFRY_JWT_FAULT_SIGNATURE;
}

BelfryJwtToken *
belfry_jwt_verify (const BelfryJwtPolicy *policy,
                   const BelfryJwtKeySet *keys,
                   const char *text,
                   gint64 now,
                   BelfryJwtFault *fault)
{
  g_autoptr (BelfryJwtToken) token = belfry_jwt_token_read (text, fault);

  if (token == NULL)
    return NULL;
  *fault = check_signature (policy, keys, token, text);
  if (*fault == BELFRY_JWT_FAULT_NONE)
    *fault = belfry_jwt_claims_check (policy, token, now);
  return *fault == BELFRY_JWT_FAULT_NONE ? g_steal_pointer (&token) : NULL;
}
