/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-jwk.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

#include "belfry-jwt-text.h"

/* JSON Web Keys (RFC 7517), which libjwt does not know, become what it takes. Secrets in them are
 * refused: a file of public keys is no place for one, and must never give a key for HS*. */

typedef struct
{
  const char *name;  /* (unowned): as a JWK calls it */
  const char *group; /* (unowned): as OpenSSL calls it */
  gsize length;      /* bytes of a coordinate */
} Curve;

static const Curve curves[] = {
  { "P-256", "prime256v1", 32 },
  { "P-384", "secp384r1", 48 },
  { "P-521", "secp521r1", 66 },
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM, OSSL_PARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)

static const char *
get_text (const json_t *jwk, const char *name)
{
  return json_string_value (json_object_get (jwk, name));
}

static gboolean
has (const json_t *jwk, const char *name)
{
  return json_object_get (jwk, name) != NULL;
}

static gboolean
refuse (GError **error, const char *name, const char *expected)
{
  g_set_error (error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY, "“%s”: expected %s", name, expected);
  return FALSE;
}

/* (transfer full) (nullable) */
static char *
get_bytes (const json_t *jwk, const char *name, gsize *length, GError **error)
{
  const char *text = get_text (jwk, name);
  char *bytes = text == NULL ? NULL : belfry_jwt_base64url_decode (text, strlen (text), length);

  if (bytes == NULL || *length == 0)
    {
      g_clear_pointer (&bytes, g_free);
      refuse (error, name, "bytes in base64url");
    }
  return bytes;
}

/* (transfer full) (nullable) */
static BIGNUM *
get_number (const json_t *jwk, const char *name, GError **error)
{
  gsize length = 0;
  g_autofree char *bytes = get_bytes (jwk, name, &length, error);

  return bytes == NULL ? NULL : BN_bin2bn ((const guint8 *) bytes, (int) length, NULL);
}

/* (transfer full) (nullable): what the parameters describe */
static EVP_PKEY *
build (const char *type, OSSL_PARAM_BLD *builder)
{
  g_autoptr (OSSL_PARAM) params = OSSL_PARAM_BLD_to_param (builder);
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, type, NULL);
  EVP_PKEY *public_key = NULL;

  if (params == NULL || context == NULL || EVP_PKEY_fromdata_init (context) <= 0 ||
      EVP_PKEY_fromdata (context, &public_key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
    ERR_clear_error ();
  return public_key;
}

static gboolean
read_rsa (const json_t *jwk, BelfryJwtKey **key, GError **error)
{
  g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
  g_autoptr (BIGNUM) modulus = get_number (jwk, "n", error);
  g_autoptr (BIGNUM) exponent = modulus == NULL ? NULL : get_number (jwk, "e", error);
  g_autoptr (EVP_PKEY) public_key = NULL;

  if (exponent == NULL)
    return FALSE;
  if (OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, modulus) &&
      OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_E, exponent))
    public_key = build ("RSA", builder);
  if (public_key == NULL)
    return refuse (error, "n", "the modulus of an RSA key");
  *key = belfry_jwt_key_new_public (public_key, error);
  return *key != NULL;
}

static const Curve *
find_curve (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (curves); i++)
    {
      if (strcmp (curves[i].name, name) == 0)
        return &curves[i];
    }
  return NULL;
}

/* Appends one coordinate of a point. */
static gboolean
append_coordinate (GByteArray *point,
                   const json_t *jwk,
                   const char *name,
                   const Curve *curve,
                   GError **error)
{
  gsize length = 0;
  g_autofree char *bytes = get_bytes (jwk, name, &length, error);

  if (bytes == NULL)
    return FALSE;
  if (length != curve->length)
    return refuse (error, name, "as many bytes as the curve has");
  g_byte_array_append (point, (const guint8 *) bytes, (guint) length);
  return TRUE;
}

static gboolean
read_ec (const json_t *jwk, BelfryJwtKey **key, GError **error)
{
  static const guint8 uncompressed = 4;
  const char *name = get_text (jwk, "crv");
  const Curve *curve = name == NULL ? NULL : find_curve (name);
  g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
  g_autoptr (GByteArray) point = g_byte_array_new ();
  g_autoptr (EVP_PKEY) public_key = NULL;

  if (name == NULL)
    return refuse (error, "crv", "the name of a curve");
  if (curve == NULL)
    return TRUE;
  g_byte_array_append (point, &uncompressed, 1);
  if (!append_coordinate (point, jwk, "x", curve, error) ||
      !append_coordinate (point, jwk, "y", curve, error))
    return FALSE;
  if (OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) &&
      OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY, point->data, point->len))
    public_key = build ("EC", builder);
  if (public_key == NULL)
    return refuse (error, "x", "a point on the curve");
  *key = belfry_jwt_key_new_public (public_key, error);
  return *key != NULL;
}

static gboolean
has_verify (const json_t *operations)
{
  for (gsize i = 0; i < json_array_size (operations); i++)
    {
      if (g_strcmp0 (json_string_value (json_array_get (operations, i)), "verify") == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether the key is for verifying; @only is set to the algorithm if it is for one of ours. */
static gboolean
is_for_us (const json_t *jwk, const BelfryJwtAlgorithm **only)
{
  const json_t *operations = json_object_get (jwk, "key_ops");
  const char *algorithm = get_text (jwk, "alg");

  *only = algorithm == NULL ? NULL : belfry_jwt_algorithm_find (algorithm);
  if (has (jwk, "alg") && *only == NULL)
    return FALSE;
  if (has (jwk, "use") && g_strcmp0 (get_text (jwk, "use"), "sig") != 0)
    return FALSE;
  return operations == NULL || has_verify (operations);
}

gboolean
belfry_jwt_jwk_read (const json_t *jwk, BelfryJwtKey **key, GError **error)
{
  const char *type = get_text (jwk, "kty");
  const BelfryJwtAlgorithm *only;

  *key = NULL;
  if (type == NULL)
    return refuse (error, "kty", "the type of a key");
  if (has (jwk, "d") || has (jwk, "k"))
    return refuse (error, has (jwk, "d") ? "d" : "k",
                   "public keys only; a secret is not to be here");
  if (has (jwk, "kid") && !belfry_jwt_is_name (get_text (jwk, "kid")))
    return refuse (error, "kid", "a text of 1 to 255 bytes");
  if (!is_for_us (jwk, &only))
    return TRUE;
  if (strcmp (type, "RSA") == 0 ? !read_rsa (jwk, key, error)
                                : strcmp (type, "EC") == 0 && !read_ec (jwk, key, error))
    return FALSE;
  if (*key == NULL)
    return TRUE;
  (*key)->id = g_strdup (get_text (jwk, "kid"));
  (*key)->only = only;
  return TRUE;
}

static gboolean
add_jwk (const json_t *jwk, gsize number, GPtrArray *keys, GError **error)
{
  BelfryJwtKey *key = NULL;

  if (!json_is_object (jwk))
    return refuse (error, "keys", "an array of objects");
  if (!belfry_jwt_jwk_read (jwk, &key, error))
    {
      g_prefix_error (error, "key %" G_GSIZE_FORMAT ": ", number);
      return FALSE;
    }
  if (key != NULL)
    g_ptr_array_add (keys, key);
  return TRUE;
}

gboolean
belfry_jwt_jwks_read (const char *text, gsize length, GPtrArray *keys, GError **error)
{
  BelfryJwtFault fault;
  g_autoptr (json_t) root = belfry_jwt_json_object_read (text, length, &fault);
  const json_t *list = json_object_get (root, "keys");

  if (root == NULL)
    {
      g_set_error_literal (error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY,
                           "not JSON: expected a JSON Web Key Set");
      return FALSE;
    }
  if (list == NULL)
    return add_jwk (root, 1, keys, error);
  if (!json_is_array (list))
    return refuse (error, "keys", "an array of objects");
  for (gsize i = 0; i < json_array_size (list); i++)
    {
      if (!add_jwk (json_array_get (list, i), i + 1, keys, error))
        return FALSE;
    }
  return TRUE;
}
