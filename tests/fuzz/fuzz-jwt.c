/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include <string.h>

#include "belfry-fuzz.h"
#include "belfry-jwt-jwk.h"
#include "belfry-jwt-text.h"
#include "belfry-jwt-verify.h"

/* What strangers send as a token, and what administrators name as a key set. Whatever the bytes
 * are: without a good signature nothing is verified, and what is read keeps its bounds. */

#define NOW (G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC)

static const BelfryJwtPolicy policy = { .algorithms = 0x1ff };

static void
check_token (const char *text)
{
  BelfryJwtFault fault;
  g_autoptr (BelfryJwtToken) token = belfry_jwt_token_read (text, &fault);

  g_assert_true ((token != NULL) == (fault == BELFRY_JWT_FAULT_NONE));
  if (token == NULL)
    return;
  g_assert_cmpuint (strlen (text), <=, BELFRY_JWT_MAX_TOKEN);
  g_assert_nonnull (token->algorithm);
  g_assert_true (json_is_object (token->claims));
  fault = belfry_jwt_claims_check (&policy, token, NOW);
  if (fault == BELFRY_JWT_FAULT_NONE)
    g_assert_true (belfry_jwt_is_name (token->subject));
}

/* The bytes between two dots, as header and claims: what a mutation would seldom hit through
 * base64. */
static char *
wrap (const guint8 *data, gsize size)
{
  const guint8 *middle = size == 0 ? NULL : memchr (data, '.', size);
  gsize first = middle == NULL ? size : (gsize) (middle - data);
  g_autofree char *header = g_base64_encode (data, first);
  g_autofree char *claims =
      middle == NULL ? g_strdup ("") : g_base64_encode (middle + 1, size - first - 1);
  char *text;

  header[strcspn (header, "=")] = '\0';
  claims[strcspn (claims, "=")] = '\0';
  text = g_strconcat (header, ".", claims, ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL);
  return g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
}

static void
check_forged (const char *text)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_jwt_key_free);
  BelfryJwtFault fault;

  g_ptr_array_add (keys, belfry_jwt_key_new_secret ("0123456789abcdef0123456789abcdef", 32));
  g_autoptr (BelfryJwtKeySet) set = belfry_jwt_key_set_new (keys, NULL);
  g_assert_null (belfry_jwt_verify (&policy, set, text, NOW, &fault));
  g_assert_cmpint (fault, !=, BELFRY_JWT_FAULT_NONE);
}

static void
check_keys (const char *text, gsize length)
{
  g_autoptr (GPtrArray) keys =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_jwt_key_free);
  g_autoptr (GError) error = NULL;
  gboolean good = belfry_jwt_jwks_read (text, length, keys, &error);

  g_assert_true (good == (error == NULL));
  for (guint i = 0; i < keys->len; i++)
    {
      const BelfryJwtKey *key = keys->pdata[i];

      g_assert_cmpint (key->family, !=, BELFRY_JWT_FAMILY_SECRET);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_malloc (size + 1);
  g_autofree char *wrapped = wrap (data, size);

  if (size > 0)
    memcpy (text, data, size);
  text[size] = '\0';
  check_token (text);
  check_token (wrapped);
  check_forged (text);
  check_forged (wrapped);
  check_keys (text, size);
  return 0;
}
