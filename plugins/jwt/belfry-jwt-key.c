/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <string.h>

/* A key that knows what it is for. Which kind of key it is, how strong and on which curve, is found
 * out here, once; libjwt takes any bytes for any algorithm. */

/* Larger exponents make a verification as dear as a signature, and OpenSSL itself refuses them for
 * larger keys. */
#define MAX_EXPONENT_BITS 64

typedef struct
{
  const char *group; /* (unowned): as OpenSSL calls it */
  BelfryJwtFamily family;
} Curve;

static const Curve curves[] = {
  { "prime256v1", BELFRY_JWT_FAMILY_P256 },
  { "secp384r1", BELFRY_JWT_FAMILY_P384 },
  { "secp521r1", BELFRY_JWT_FAMILY_P521 },
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY, message);
  return FALSE;
}

static gboolean
check_rsa (EVP_PKEY *public_key, GError **error)
{
  int bits = EVP_PKEY_get_bits (public_key);
  g_autoptr (BIGNUM) exponent = NULL;

  if (bits < BELFRY_JWT_MIN_RSA_BITS || bits > BELFRY_JWT_MAX_RSA_BITS)
    {
      g_set_error (error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY,
                   "an RSA key of %d bits: expected %d to %d", bits, BELFRY_JWT_MIN_RSA_BITS,
                   BELFRY_JWT_MAX_RSA_BITS);
      return FALSE;
    }
  if (!EVP_PKEY_get_bn_param (public_key, OSSL_PKEY_PARAM_RSA_E, &exponent) ||
      !BN_is_odd (exponent) || BN_is_one (exponent) || BN_num_bits (exponent) > MAX_EXPONENT_BITS)
    return refuse (error, "an RSA key whose exponent is not one: expected 65537");
  return TRUE;
}

static gboolean
find_curve (EVP_PKEY *public_key, BelfryJwtFamily *family, GError **error)
{
  char group[64] = "";
  int is_explicit = 0;

  EVP_PKEY_get_int_param (public_key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                          &is_explicit);
  /* A curve that is written out may have a generator of somebody's choice. */
  if (is_explicit || !EVP_PKEY_get_group_name (public_key, group, sizeof group, NULL))
    return refuse (error, "a curve without a name: expected P-256, P-384 or P-521");
  for (gsize i = 0; i < G_N_ELEMENTS (curves); i++)
    {
      if (strcmp (curves[i].group, group) == 0)
        {
          *family = curves[i].family;
          return TRUE;
        }
    }
  g_set_error (error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY,
               "a key on the curve %s: expected P-256, P-384 or P-521", group);
  return FALSE;
}

static gboolean
find_family (EVP_PKEY *public_key, BelfryJwtFamily *family, GError **error)
{
  switch (EVP_PKEY_get_base_id (public_key))
    {
    case EVP_PKEY_RSA:
      *family = BELFRY_JWT_FAMILY_RSA;
      return check_rsa (public_key, error);
    case EVP_PKEY_EC:
      return find_curve (public_key, family, error);
    default:
      return refuse (error, "neither an RSA key nor one on a curve for ES*");
    }
}

static BelfryJwtKey *
key_new (BelfryJwtFamily family, const void *bytes, gsize length)
{
  BelfryJwtKey *self = g_new0 (BelfryJwtKey, 1);

  self->family = family;
  self->bytes = g_memdup2 (bytes, length);
  self->length = length;
  return self;
}

BelfryJwtKey *
belfry_jwt_key_new_secret (const void *bytes, gsize length)
{
  g_return_val_if_fail (bytes != NULL && length > 0 && length <= G_MAXINT, NULL);

  return key_new (BELFRY_JWT_FAMILY_SECRET, bytes, length);
}

BelfryJwtKey *
belfry_jwt_key_new_public (EVP_PKEY *public_key, GError **error)
{
  g_autoptr (BIO) pem = BIO_new (BIO_s_mem ());
  BelfryJwtFamily family;
  char *bytes;
  long length;

  if (!find_family (public_key, &family, error))
    return NULL;
  if (!PEM_write_bio_PUBKEY (pem, public_key) || (length = BIO_get_mem_data (pem, &bytes)) <= 0)
    {
      refuse (error, "a key that cannot be written as PEM");
      return NULL;
    }
  return key_new (family, bytes, (gsize) length);
}

void
belfry_jwt_key_free (BelfryJwtKey *self)
{
  explicit_bzero (self->bytes, self->length);
  g_free (self->bytes);
  g_free (self->issuer);
  g_free (self->id);
  g_free (self);
}

gboolean
belfry_jwt_key_fits (const BelfryJwtKey *self, const BelfryJwtAlgorithm *algorithm)
{
  return self->family == algorithm->family && (self->only == NULL || self->only == algorithm);
}
