/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-signature.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <string.h>

#include "belfry-jwt-text.h"

/* The signatures of RFC 7518 with OpenSSL alone. The algorithm is the one that was allowed, never
 * one that the token chooses here, and the key is of its kind. Pure functions: any thread. */

typedef struct
{
  const guint8 *text; /* (unowned): what is signed */
  gsize text_length;
  const guint8 *bytes; /* (unowned): the signature */
  gsize length;
} Signature;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ECDSA_SIG, ECDSA_SIG_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)

static const EVP_MD *
digest_of (const BelfryJwtAlgorithm *algorithm)
{
  switch (algorithm->hash)
    {
    case 32:
      return EVP_sha256 ();
    case 48:
      return EVP_sha384 ();
    default:
      return EVP_sha512 ();
    }
}

static gboolean
verify_secret (const EVP_MD *digest, const BelfryJwtKey *key, const Signature *signature)
{
  guint8 expected[EVP_MAX_MD_SIZE];
  unsigned length = 0;

  if (key->length > G_MAXINT || HMAC (digest, key->bytes, (int) key->length, signature->text,
                                      signature->text_length, expected, &length) == NULL)
    return FALSE;

  gboolean same =
      signature->length == length && CRYPTO_memcmp (expected, signature->bytes, length) == 0;

  OPENSSL_cleanse (expected, sizeof expected);
  return same;
}

static gboolean
verify_public (const EVP_MD *digest,
               const BelfryJwtKey *key,
               const Signature *signature,
               const guint8 *bytes,
               gsize length)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (key->bytes, (int) key->length);
  g_autoptr (EVP_PKEY) public_key = PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();

  return public_key != NULL &&
         EVP_DigestVerifyInit (context, NULL, digest, NULL, public_key) == 1 &&
         EVP_DigestVerify (context, bytes, length, signature->text, signature->text_length) == 1;
}

/* A token has the two numbers in a row, OpenSSL wants them as ASN.1. */
static gboolean
verify_curve (const EVP_MD *digest, const BelfryJwtKey *key, const Signature *signature)
{
  g_autoptr (ECDSA_SIG) numbers = ECDSA_SIG_new ();
  gsize half = signature->length / 2;
  g_autoptr (BIGNUM) r = BN_bin2bn (signature->bytes, (int) half, NULL);
  g_autoptr (BIGNUM) s = BN_bin2bn (signature->bytes + half, (int) half, NULL);
  guint8 *der = NULL;

  if (r == NULL || s == NULL || ECDSA_SIG_set0 (numbers, r, s) != 1)
    return FALSE;
  r = s = NULL;

  int length = i2d_ECDSA_SIG (numbers, &der);
  gboolean good = length > 0 && verify_public (digest, key, signature, der, (gsize) length);

  OPENSSL_free (der);
  return good;
}

gboolean
belfry_jwt_signature_is_good (const BelfryJwtAlgorithm *algorithm,
                              const BelfryJwtKey *key,
                              const char *text)
{
  const char *dot = strrchr (text, '.');
  Signature signature = { .text = (const guint8 *) text };
  const EVP_MD *digest = digest_of (algorithm);
  gboolean good;

  g_return_val_if_fail (dot != NULL, FALSE);
  g_return_val_if_fail (belfry_jwt_key_fits (key, algorithm), FALSE);

  g_autofree char *bytes =
      belfry_jwt_base64url_decode (dot + 1, strlen (dot + 1), &signature.length);

  if (bytes == NULL || (algorithm->signature != 0 && signature.length != algorithm->signature))
    return FALSE;
  signature.text_length = (gsize) (dot - text);
  signature.bytes = (const guint8 *) bytes;
  if (algorithm->family == BELFRY_JWT_FAMILY_SECRET)
    good = verify_secret (digest, key, &signature);
  else if (algorithm->family == BELFRY_JWT_FAMILY_RSA)
    good = verify_public (digest, key, &signature, signature.bytes, signature.length);
  else
    good = verify_curve (digest, key, &signature);
  ERR_clear_error ();
  return good;
}
