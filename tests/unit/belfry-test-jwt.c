/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-test-jwt.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <string.h>

/* Makes tokens and keys without the code under test, and without libjwt, which could not make most
 * of the bad ones. */

#define MAX_SIGNATURE 2048

typedef int (*WriteKey) (BIO *bio, EVP_PKEY *key);

static int
write_private (BIO *bio, EVP_PKEY *key)
{
  return PEM_write_bio_PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL);
}

static int
write_public (BIO *bio, EVP_PKEY *key)
{
  return PEM_write_bio_PUBKEY (bio, key);
}

static int
write_old (BIO *bio, EVP_PKEY *key)
{
  guint8 *bytes = NULL;
  int length = i2d_PublicKey (key, &bytes);
  int written = PEM_write_bio (bio, PEM_STRING_RSA_PUBLIC, "", bytes, length);

  OPENSSL_free (bytes);
  return written;
}

static char *
write_pem (EVP_PKEY *key, WriteKey write)
{
  BIO *bio = BIO_new (BIO_s_mem ());
  char *bytes = NULL;

  g_assert_true (write (bio, key));
  long length = BIO_get_mem_data (bio, &bytes);
  char *pem = g_strndup (bytes, (gsize) length);
  BIO_free_all (bio);
  return pem;
}

EVP_PKEY *
belfry_test_jwt_new_rsa (guint bits)
{
  EVP_PKEY *key = EVP_RSA_gen (bits);

  g_assert_nonnull (key);
  return key;
}

EVP_PKEY *
belfry_test_jwt_new_ec (const char *curve)
{
  EVP_PKEY *key = EVP_EC_gen (curve);

  g_assert_nonnull (key);
  return key;
}

char *
belfry_test_jwt_pem (EVP_PKEY *key)
{
  return write_pem (key, write_public);
}

char *
belfry_test_jwt_old_pem (EVP_PKEY *key)
{
  return write_pem (key, write_old);
}

char *
belfry_test_jwt_private_pem (EVP_PKEY *key)
{
  return write_pem (key, write_private);
}

/* A number of the key in base64url, with zeros in front up to @length bytes. */
static char *
encode_number (EVP_PKEY *key, const char *name, gsize length)
{
  guint8 bytes[MAX_SIGNATURE];
  BIGNUM *number = NULL;

  g_assert_true (EVP_PKEY_get_bn_param (key, name, &number));
  if (length == 0)
    length = (gsize) BN_num_bytes (number);
  g_assert_cmpint (BN_bn2binpad (number, bytes, (int) length), ==, (int) length);
  BN_free (number);
  return belfry_test_jwt_encode (bytes, length);
}

static gsize
coordinate_length (EVP_PKEY *key)
{
  return ((gsize) EVP_PKEY_get_bits (key) + 7) / 8;
}

static const char *
curve_name (EVP_PKEY *key)
{
  switch (EVP_PKEY_get_bits (key))
    {
    case 256:
      return "P-256";
    case 384:
      return "P-384";
    default:
      return "P-521";
    }
}

char *
belfry_test_jwt_jwk (EVP_PKEY *key, const char *members)
{
  const char *comma = *members == '\0' ? "" : ",";

  if (EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA)
    {
      g_autofree char *n = encode_number (key, OSSL_PKEY_PARAM_RSA_N, 0);
      g_autofree char *e = encode_number (key, OSSL_PKEY_PARAM_RSA_E, 0);

      return g_strdup_printf ("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s%s}", n, e, comma,
                              members);
    }
  g_autofree char *x = encode_number (key, OSSL_PKEY_PARAM_EC_PUB_X, coordinate_length (key));
  g_autofree char *y = encode_number (key, OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_length (key));

  return g_strdup_printf ("{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"%s%s}",
                          curve_name (key), x, y, comma, members);
}

char *
belfry_test_jwt_encode (const void *bytes, gsize length)
{
  char *text = g_base64_encode (bytes, length);

  text[strcspn (text, "=")] = '\0';
  return g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
}

static const EVP_MD *
digest_of (const char *algorithm)
{
  if (g_str_has_suffix (algorithm, "384"))
    return EVP_sha384 ();
  return g_str_has_suffix (algorithm, "512") ? EVP_sha512 () : EVP_sha256 ();
}

static gsize
sign_with_secret (const char *algorithm, const char *secret, const char *text, guint8 *signature)
{
  unsigned length = 0;

  g_assert_nonnull (HMAC (digest_of (algorithm), secret, (int) strlen (secret),
                          (const guint8 *) text, strlen (text), signature, &length));
  return length;
}

static gsize
sign_with_key (const char *algorithm, EVP_PKEY *key, const char *text, guint8 *signature)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gsize length = MAX_SIGNATURE;

  g_assert_cmpint (EVP_DigestSignInit (context, NULL, digest_of (algorithm), NULL, key), ==, 1);
  g_assert_cmpint (EVP_DigestSign (context, signature, &length, (const guint8 *) text,
                                   strlen (text)),
                   ==, 1);
  EVP_MD_CTX_free (context);
  return length;
}

/* From ASN.1 to the two numbers in a row. */
static gsize
flatten (EVP_PKEY *key, guint8 *signature, gsize length)
{
  const guint8 *der = signature;
  ECDSA_SIG *numbers = d2i_ECDSA_SIG (NULL, &der, (long) length);
  gsize half = coordinate_length (key);

  g_assert_nonnull (numbers);
  BN_bn2binpad (ECDSA_SIG_get0_r (numbers), signature, (int) half);
  BN_bn2binpad (ECDSA_SIG_get0_s (numbers), signature + half, (int) half);
  ECDSA_SIG_free (numbers);
  return 2 * half;
}

char *
belfry_test_jwt_sign (const char *algorithm,
                      EVP_PKEY *key,
                      const char *secret,
                      const char *header,
                      const char *claims)
{
  g_autofree char *first = belfry_test_jwt_encode (header, strlen (header));
  g_autofree char *second = belfry_test_jwt_encode (claims, strlen (claims));
  g_autofree char *text = g_strconcat (first, ".", second, NULL);
  guint8 signature[MAX_SIGNATURE];
  gsize length;

  if (secret != NULL)
    length = sign_with_secret (algorithm, secret, text, signature);
  else
    length = sign_with_key (algorithm, key, text, signature);
  if (*algorithm == 'E')
    length = flatten (key, signature, length);
  g_autofree char *third = belfry_test_jwt_encode (signature, length);
  return g_strconcat (text, ".", third, NULL);
}

char *
belfry_test_jwt_hs256 (const char *claims)
{
  return belfry_test_jwt_sign ("HS256", NULL, BELFRY_TEST_JWT_SECRET,
                               "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", claims);
}
