/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-jwt-verify.h"

#include <string.h>

#include "belfry-jwt-jwk.h"
#include "belfry-jwt-signature.h"
#include "belfry-test-jwt.h"
#include "belfry-test.h"

#define NOW ((gint64) BELFRY_TEST_JWT_NOW * G_USEC_PER_SEC)
#define LEEWAY (30 * G_USEC_PER_SEC)
#define ALL_ALGORITHMS 0x1ffu
#define CLAIMS "{\"sub\":\"alice\",\"exp\":1790000060}"

/* The keys of one who issues tokens, and what we know of them. */
typedef struct
{
  EVP_PKEY *rsa;
  EVP_PKEY *p256;
  EVP_PKEY *p384;
  EVP_PKEY *p521;
  BelfryJwtKeySet *keys;
  BelfryJwtPolicy policy;
} Fixture;

static void
add_public (GPtrArray *keys, EVP_PKEY *public_key, const char *id)
{
  BelfryJwtKey *key = belfry_jwt_key_new_public (public_key, NULL);

  g_assert_nonnull (key);
  key->id = g_strdup (id);
  g_ptr_array_add (keys, key);
}

static GPtrArray *
new_array (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_jwt_key_free);
}

static void
fixture_init (Fixture *f)
{
  GPtrArray *keys = new_array ();

  f->rsa = belfry_test_jwt_new_rsa (2048);
  f->p256 = belfry_test_jwt_new_ec ("P-256");
  f->p384 = belfry_test_jwt_new_ec ("P-384");
  f->p521 = belfry_test_jwt_new_ec ("P-521");
  g_ptr_array_add (keys, belfry_jwt_key_new_secret (BELFRY_TEST_JWT_SECRET,
                                                    strlen (BELFRY_TEST_JWT_SECRET)));
  add_public (keys, f->rsa, "rsa");
  add_public (keys, f->p256, "p256");
  add_public (keys, f->p384, "p384");
  add_public (keys, f->p521, "p521");
  f->keys = belfry_jwt_key_set_new (keys, NULL);
  f->policy =
      (BelfryJwtPolicy){ .algorithms = ALL_ALGORITHMS, .leeway = LEEWAY, .require_expiry = TRUE };
}

static void
fixture_clear (Fixture *f)
{
  EVP_PKEY_free (f->rsa);
  EVP_PKEY_free (f->p256);
  EVP_PKEY_free (f->p384);
  EVP_PKEY_free (f->p521);
  belfry_jwt_key_set_unref (f->keys);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static BelfryJwtFault
verify (const Fixture *f, const char *text)
{
  BelfryJwtFault fault = BELFRY_JWT_FAULT_NONE;
  g_autoptr (BelfryJwtToken) token = belfry_jwt_verify (&f->policy, f->keys, text, NOW, &fault);

  g_assert_true ((token != NULL) == (fault == BELFRY_JWT_FAULT_NONE));
  return fault;
}

static EVP_PKEY *
key_for (const Fixture *f, const char *algorithm)
{
  if (g_str_has_prefix (algorithm, "HS"))
    return NULL;
  if (g_str_has_prefix (algorithm, "RS"))
    return f->rsa;
  if (g_str_equal (algorithm, "ES256"))
    return f->p256;
  return g_str_equal (algorithm, "ES384") ? f->p384 : f->p521;
}

/* Signs as @algorithm wants it, with a header that says @claimed. */
static char *
sign_typed (const Fixture *f, const char *algorithm, const char *claimed, const char *type)
{
  EVP_PKEY *key = key_for (f, algorithm);
  g_autofree char *header = g_strdup_printf ("{\"alg\":\"%s\",\"typ\":\"%s\"}", claimed, type);

  return belfry_test_jwt_sign (algorithm, key, key == NULL ? BELFRY_TEST_JWT_SECRET : NULL, header,
                               CLAIMS);
}

static char *
sign_as (const Fixture *f, const char *algorithm, const char *claimed)
{
  return sign_typed (f, algorithm, claimed, "JWT");
}

static const char *const algorithms[] = { "HS256", "HS384", "HS512", "RS256", "RS384",
                                          "RS512", "ES256", "ES384", "ES512" };

/* Each algorithm is verified with its key; and each only if it is allowed. */
static void
test_algorithms (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autofree char *text = sign_as (&f, algorithms[i], algorithms[i]);
      BelfryJwtAlgorithms bit =
          belfry_jwt_algorithm_bit (belfry_jwt_algorithm_find (algorithms[i]));

      g_test_message ("%s", algorithms[i]);
      f.policy.algorithms = bit;
      g_assert_cmpint (verify (&f, text), ==, BELFRY_JWT_FAULT_NONE);
      f.policy.algorithms = ALL_ALGORITHMS & ~bit;
      g_assert_cmpint (verify (&f, text), ==, BELFRY_JWT_FAULT_ALGORITHM);
    }
}

/* A signature is good for the algorithm that its header names, and for no other of all of them. */
static void
test_other_algorithm (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (algorithms); j++)
        {
          g_autofree char *text = sign_as (&f, algorithms[i], algorithms[j]);

          g_test_message ("signed as %s, said to be %s", algorithms[i], algorithms[j]);
          g_assert_cmpint (verify (&f, text), ==,
                           i == j ? BELFRY_JWT_FAULT_NONE : BELFRY_JWT_FAULT_SIGNATURE);
        }
    }
}

/* Access tokens are verified without libjwt, and no less strictly. */
static void
test_access_tokens (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (algorithms); j++)
        {
          g_autofree char *text = sign_typed (&f, algorithms[i], algorithms[j], "at+jwt");

          g_test_message ("signed as %s, said to be %s", algorithms[i], algorithms[j]);
          g_assert_cmpint (verify (&f, text), ==,
                           i == j ? BELFRY_JWT_FAULT_NONE : BELFRY_JWT_FAULT_SIGNATURE);
        }
    }
}

static BelfryJwtKey *
new_key_for (const Fixture *f, const char *algorithm)
{
  EVP_PKEY *key = key_for (f, algorithm);

  if (key == NULL)
    return belfry_jwt_key_new_secret (BELFRY_TEST_JWT_SECRET, strlen (BELFRY_TEST_JWT_SECRET));
  return belfry_jwt_key_new_public (key, NULL);
}

/* Changing each letter of the longest signature would take seconds. */
#define STEP 7

/* Without libjwt as with it: a bit of the signature more or less makes it another's. */
static void
test_flipped_bits (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      const BelfryJwtAlgorithm *algorithm = belfry_jwt_algorithm_find (algorithms[i]);
      g_autoptr (BelfryJwtKey) key = new_key_for (&f, algorithms[i]);
      g_autofree char *text = sign_as (&f, algorithms[i], algorithms[i]);
      char *signature = strrchr (text, '.') + 1;
      gsize length = strlen (signature);

      g_assert_true (belfry_jwt_signature_is_good (algorithm, key, text));
      for (gsize at = 0; at < length; at += STEP)
        {
          char letter = signature[at];

          signature[at] = letter == 'A' ? 'B' : 'A';
          g_assert_false (belfry_jwt_signature_is_good (algorithm, key, text));
          g_assert_cmpint (verify (&f, text), !=, BELFRY_JWT_FAULT_NONE);
          signature[at] = letter;
        }
      text[0] ^= 1;
      g_assert_false (belfry_jwt_signature_is_good (algorithm, key, text));
    }
}

/* Whoever has the public key, and that is everybody, could sign with it if it were taken for a
 * secret. */
static void
test_public_key_as_secret (void)
{
  g_auto (Fixture) f;
  GPtrArray *only_rsa = new_array ();

  fixture_init (&f);
  g_autofree char *pem = belfry_test_jwt_pem (f.rsa);
  g_autofree char *text =
      belfry_test_jwt_sign ("HS256", NULL, pem, "{\"alg\":\"HS256\",\"kid\":\"rsa\"}", CLAIMS);
  g_autofree char *access =
      belfry_test_jwt_sign ("HS256", NULL, pem,
                            "{\"alg\":\"HS256\",\"kid\":\"rsa\",\"typ\":\"at+jwt\"}", CLAIMS);
  g_assert_cmpint (verify (&f, text), ==, BELFRY_JWT_FAULT_SIGNATURE);
  g_assert_cmpint (verify (&f, access), ==, BELFRY_JWT_FAULT_SIGNATURE);
  add_public (only_rsa, f.rsa, NULL);
  belfry_jwt_key_set_unref (f.keys);
  f.keys = belfry_jwt_key_set_new (only_rsa, NULL);
  g_assert_cmpint (verify (&f, text), ==, BELFRY_JWT_FAULT_KEY);
}

static const char *const none_headers[] = {
  "{\"alg\":\"none\"}", "{\"alg\":\"None\"}", "{\"alg\":\"NONE\"}",
  "{\"alg\":\"nOnE\"}", "{\"alg\":\"\"}",     "{\"alg\":null}",
};

/* A token that says it needs no signature is refused, with one, with none, and without keys. */
static void
test_none (void)
{
  g_auto (Fixture) f;
  g_autoptr (BelfryJwtKeySet) empty = belfry_jwt_key_set_new (new_array (), NULL);

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (none_headers); i++)
    {
      g_autofree char *text =
          belfry_test_jwt_sign ("HS256", NULL, BELFRY_TEST_JWT_SECRET, none_headers[i], CLAIMS);
      g_autofree char *stripped = g_strndup (text, (gsize) (strrchr (text, '.') - text) + 1);
      BelfryJwtFault fault;

      g_test_message ("%s", none_headers[i]);
      g_assert_cmpint (verify (&f, text), !=, BELFRY_JWT_FAULT_NONE);
      g_assert_cmpint (verify (&f, stripped), !=, BELFRY_JWT_FAULT_NONE);
      g_assert_null (belfry_jwt_verify (&f.policy, empty, stripped, NOW, &fault));
    }
}

/* Without a key libjwt would take anything for good. */
static void
test_no_keys (void)
{
  g_auto (Fixture) f;
  g_autoptr (BelfryJwtKeySet) empty = belfry_jwt_key_set_new (new_array (), NULL);

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autofree char *text = sign_as (&f, algorithms[i], algorithms[i]);
      BelfryJwtFault fault;

      g_assert_null (belfry_jwt_verify (&f.policy, empty, text, NOW, &fault));
      g_assert_cmpint (fault, ==, BELFRY_JWT_FAULT_KEY);
    }
}

/* A header that has all the names right does not make a key of another curve do. */
static void
test_wrong_curve (void)
{
  g_auto (Fixture) f;
  GPtrArray *only_p384 = new_array ();

  fixture_init (&f);
  add_public (only_p384, f.p384, "p384");
  belfry_jwt_key_set_unref (f.keys);
  f.keys = belfry_jwt_key_set_new (only_p384, NULL);
  g_autofree char *good =
      belfry_test_jwt_sign ("ES384", f.p384, NULL, "{\"alg\":\"ES384\",\"kid\":\"p384\"}", CLAIMS);
  g_autofree char *weak_hash =
      belfry_test_jwt_sign ("ES256", f.p384, NULL, "{\"alg\":\"ES256\",\"kid\":\"p384\"}", CLAIMS);
  g_autofree char *right_length =
      belfry_test_jwt_sign ("ES256", f.p256, NULL, "{\"alg\":\"ES256\",\"kid\":\"p384\"}", CLAIMS);
  g_assert_cmpint (verify (&f, good), ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpint (verify (&f, weak_hash), ==, BELFRY_JWT_FAULT_SIGNATURE);
  g_assert_cmpint (verify (&f, right_length), ==, BELFRY_JWT_FAULT_KEY);
}

/* A key that is for one algorithm is for no other of its kind. */
static void
test_pinned_key (void)
{
  g_auto (Fixture) f;
  GPtrArray *keys = new_array ();

  fixture_init (&f);
  add_public (keys, f.rsa, NULL);
  ((BelfryJwtKey *) keys->pdata[0])->only = belfry_jwt_algorithm_find ("RS512");
  belfry_jwt_key_set_unref (f.keys);
  f.keys = belfry_jwt_key_set_new (keys, NULL);
  g_autofree char *other = sign_as (&f, "RS256", "RS256");
  g_autofree char *good = sign_as (&f, "RS512", "RS512");
  g_assert_cmpint (verify (&f, other), ==, BELFRY_JWT_FAULT_KEY);
  g_assert_cmpint (verify (&f, good), ==, BELFRY_JWT_FAULT_NONE);
}

/* While keys are exchanged, two of them may have one name: the token is tried with both. */
static void
test_two_of_one_name (void)
{
  g_auto (Fixture) f;
  GPtrArray *keys = new_array ();
  g_autoptr (BelfryTestJwtKey) other = belfry_test_jwt_new_ec ("P-256");
  g_autoptr (BelfryTestJwtKey) stranger = belfry_test_jwt_new_ec ("P-256");
  const char *header = "{\"alg\":\"ES256\",\"kid\":\"1\"}";

  fixture_init (&f);
  add_public (keys, f.p256, "1");
  add_public (keys, other, "1");
  belfry_jwt_key_set_unref (f.keys);
  f.keys = belfry_jwt_key_set_new (keys, NULL);
  g_autofree char *first = belfry_test_jwt_sign ("ES256", f.p256, NULL, header, CLAIMS);
  g_autofree char *second = belfry_test_jwt_sign ("ES256", other, NULL, header, CLAIMS);
  g_autofree char *third = belfry_test_jwt_sign ("ES256", stranger, NULL, header, CLAIMS);
  g_assert_cmpint (verify (&f, first), ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpint (verify (&f, second), ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpint (verify (&f, third), ==, BELFRY_JWT_FAULT_SIGNATURE);
}

/* An issuer signs for itself only, whatever its token says. */
static void
test_issuers (void)
{
  g_auto (Fixture) f;
  GPtrArray *keys = new_array ();
  g_autoptr (BelfryTestJwtKey) other = belfry_test_jwt_new_ec ("P-256");
  const char *header = "{\"alg\":\"ES256\"}";
  const char *from_a = "{\"iss\":\"a\",\"sub\":\"alice\",\"exp\":1790000060}";
  const char *from_c = "{\"iss\":\"c\",\"sub\":\"alice\",\"exp\":1790000060}";
  const char *from_list = "{\"iss\":[\"a\"],\"sub\":\"alice\",\"exp\":1790000060}";

  fixture_init (&f);
  add_public (keys, f.p256, NULL);
  add_public (keys, other, NULL);
  ((BelfryJwtKey *) keys->pdata[0])->issuer = g_strdup ("a");
  ((BelfryJwtKey *) keys->pdata[1])->issuer = g_strdup ("b");
  belfry_jwt_key_set_unref (f.keys);
  f.keys = belfry_jwt_key_set_new (keys, NULL);
  g_autofree char *good = belfry_test_jwt_sign ("ES256", f.p256, NULL, header, from_a);
  g_autofree char *forged = belfry_test_jwt_sign ("ES256", other, NULL, header, from_a);
  g_autofree char *unknown = belfry_test_jwt_sign ("ES256", f.p256, NULL, header, from_c);
  g_autofree char *nobody = belfry_test_jwt_sign ("ES256", f.p256, NULL, header, CLAIMS);
  g_autofree char *list = belfry_test_jwt_sign ("ES256", f.p256, NULL, header, from_list);
  g_assert_cmpint (verify (&f, good), ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpint (verify (&f, forged), ==, BELFRY_JWT_FAULT_SIGNATURE);
  g_assert_cmpint (verify (&f, unknown), ==, BELFRY_JWT_FAULT_ISSUER);
  g_assert_cmpint (verify (&f, nobody), ==, BELFRY_JWT_FAULT_ISSUER);
  g_assert_cmpint (verify (&f, list), ==, BELFRY_JWT_FAULT_ISSUER);
}

/* A key that the token brings along proves nothing. */
static void
test_embedded_key (void)
{
  g_auto (Fixture) f;
  g_autoptr (BelfryTestJwtKey) own = belfry_test_jwt_new_ec ("P-256");
  g_autofree char *jwk = belfry_test_jwt_jwk (own, "");
  g_autofree char *header = g_strdup_printf (
      "{\"alg\":\"ES256\",\"jwk\":%s,\"jku\":\"https://example.org/\",\"x5u\":\"file:///\"}", jwk);

  fixture_init (&f);
  g_autofree char *forged = belfry_test_jwt_sign ("ES256", own, NULL, header, CLAIMS);
  g_autofree char *good = belfry_test_jwt_sign ("ES256", f.p256, NULL, header, CLAIMS);
  g_assert_cmpint (verify (&f, forged), ==, BELFRY_JWT_FAULT_SIGNATURE);
  g_assert_cmpint (verify (&f, good), ==, BELFRY_JWT_FAULT_NONE);
}

/* A token in which any one character is another one is refused. */
static void
test_changed (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  g_autofree char *text = sign_as (&f, "HS256", "HS256");
  for (gsize i = 0; text[i] != '\0'; i++)
    {
      char byte = text[i];

      text[i] = byte == 'A' ? 'B' : 'A';
      g_assert_cmpint (verify (&f, text), !=, BELFRY_JWT_FAULT_NONE);
      text[i] = '\0';
      g_assert_cmpint (verify (&f, text), !=, BELFRY_JWT_FAULT_NONE);
      text[i] = byte;
    }
  g_assert_cmpint (verify (&f, text), ==, BELFRY_JWT_FAULT_NONE);
}

/* Claims of one token under the signature of another are refused. */
static void
test_mixed (void)
{
  g_auto (Fixture) f;
  g_autofree char *one = belfry_test_jwt_hs256 (CLAIMS);
  g_autofree char *two = belfry_test_jwt_hs256 ("{\"sub\":\"admin\",\"exp\":1790000060}");
  g_autofree char *claims = g_strndup (two, (gsize) (strrchr (two, '.') - two));
  g_autofree char *mixed = g_strconcat (claims, strrchr (one, '.'), NULL);

  fixture_init (&f);
  g_assert_cmpint (verify (&f, one), ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpint (verify (&f, two), ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpint (verify (&f, mixed), ==, BELFRY_JWT_FAULT_SIGNATURE);
}

typedef struct
{
  const char *what;
  const char *claims;
  BelfryJwtFault fault;
} ClaimCase;

static const ClaimCase claim_cases[] = {
  { "the least", CLAIMS, BELFRY_JWT_FAULT_NONE },
  { "all of them",
    "{\"sub\":\"a\",\"exp\":1790000060,\"nbf\":1789999990,\"iat\":1789999990,\"jti\":\"1\"}",
    BELFRY_JWT_FAULT_NONE },
  { "fractions", "{\"sub\":\"a\",\"exp\":1790000060.25,\"iat\":1.79e9}", BELFRY_JWT_FAULT_NONE },
  { "no exp", "{\"sub\":\"a\"}", BELFRY_JWT_FAULT_NO_EXPIRY },
  { "expired within the leeway", "{\"sub\":\"a\",\"exp\":1789999971}", BELFRY_JWT_FAULT_NONE },
  { "expired just beyond it", "{\"sub\":\"a\",\"exp\":1789999970}", BELFRY_JWT_FAULT_EXPIRED },
  { "expired long ago", "{\"sub\":\"a\",\"exp\":0}", BELFRY_JWT_FAULT_EXPIRED },
  { "exp as a text", "{\"sub\":\"a\",\"exp\":\"1790000060\"}", BELFRY_JWT_FAULT_TIME },
  { "exp null", "{\"sub\":\"a\",\"exp\":null}", BELFRY_JWT_FAULT_TIME },
  { "exp true", "{\"sub\":\"a\",\"exp\":true}", BELFRY_JWT_FAULT_TIME },
  { "exp in an array", "{\"sub\":\"a\",\"exp\":[1790000060]}", BELFRY_JWT_FAULT_TIME },
  { "exp below zero", "{\"sub\":\"a\",\"exp\":-1}", BELFRY_JWT_FAULT_TIME },
  { "exp beyond all years", "{\"sub\":\"a\",\"exp\":253402300800}", BELFRY_JWT_FAULT_TIME },
  { "exp that would overflow", "{\"sub\":\"a\",\"exp\":9223372036854775807}",
    BELFRY_JWT_FAULT_TIME },
  { "exp of 300 digits", "{\"sub\":\"a\",\"exp\":1e300}", BELFRY_JWT_FAULT_TIME },
  { "nbf within the leeway", "{\"sub\":\"a\",\"exp\":1790000060,\"nbf\":1790000030}",
    BELFRY_JWT_FAULT_NONE },
  { "nbf beyond it", "{\"sub\":\"a\",\"exp\":1790000060,\"nbf\":1790000031}",
    BELFRY_JWT_FAULT_NOT_YET },
  { "nbf as a text", "{\"sub\":\"a\",\"exp\":1790000060,\"nbf\":\"0\"}", BELFRY_JWT_FAULT_TIME },
  { "iat in the future", "{\"sub\":\"a\",\"exp\":1790000060,\"iat\":1790000031}",
    BELFRY_JWT_FAULT_ISSUED_LATER },
  { "iat as an object", "{\"sub\":\"a\",\"exp\":1790000060,\"iat\":{}}", BELFRY_JWT_FAULT_TIME },
  { "no sub", "{\"exp\":1790000060}", BELFRY_JWT_FAULT_SUBJECT },
  { "an empty sub", "{\"sub\":\"\",\"exp\":1790000060}", BELFRY_JWT_FAULT_SUBJECT },
  { "sub as a number", "{\"sub\":1,\"exp\":1790000060}", BELFRY_JWT_FAULT_SUBJECT },
  { "sub with a line break", "{\"sub\":\"a\\nb\",\"exp\":1790000060}", BELFRY_JWT_FAULT_SUBJECT },
  { "sub with a NUL", "{\"sub\":\"a\\u0000b\",\"exp\":1790000060}", BELFRY_JWT_FAULT_JSON },
  { "an empty jti", "{\"sub\":\"a\",\"exp\":1790000060,\"jti\":\"\"}", BELFRY_JWT_FAULT_TOKEN_ID },
  { "jti as a number", "{\"sub\":\"a\",\"exp\":1790000060,\"jti\":1}", BELFRY_JWT_FAULT_TOKEN_ID },
  { "sub twice", "{\"sub\":\"a\",\"exp\":1790000060,\"sub\":\"b\"}", BELFRY_JWT_FAULT_DUPLICATE },
  { "iss null", "{\"sub\":\"a\",\"exp\":1790000060,\"iss\":null}", BELFRY_JWT_FAULT_ISSUER },
};

/* Claims say whether a token is good here and now; libjwt looks at none of them. */
static void
test_claims (void)
{
  g_auto (Fixture) f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (claim_cases); i++)
    {
      g_autofree char *text = belfry_test_jwt_hs256 (claim_cases[i].claims);

      g_test_message ("%s", claim_cases[i].what);
      g_assert_cmpint (verify (&f, text), ==, claim_cases[i].fault);
    }
}

static const ClaimCase audiences[] = {
  { "the text itself", "\"belfry\"", BELFRY_JWT_FAULT_NONE },
  { "in an array", "[\"x\",\"belfry\"]", BELFRY_JWT_FAULT_NONE },
  { "another text", "\"belfr\"", BELFRY_JWT_FAULT_AUDIENCE },
  { "an array of others", "[\"x\",\"Belfry\",1,[\"belfry\"]]", BELFRY_JWT_FAULT_AUDIENCE },
  { "an empty array", "[]", BELFRY_JWT_FAULT_AUDIENCE },
  { "an object", "{\"belfry\":1}", BELFRY_JWT_FAULT_AUDIENCE },
  { "null", "null", BELFRY_JWT_FAULT_AUDIENCE },
};

/* A token for others is none of ours, once it is said who we are. */
static void
test_audience (void)
{
  g_auto (Fixture) f;
  g_autofree char *without = belfry_test_jwt_hs256 (CLAIMS);

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (audiences); i++)
    {
      g_autofree char *claims =
          g_strdup_printf ("{\"sub\":\"a\",\"exp\":1790000060,\"aud\":%s}", audiences[i].claims);
      g_autofree char *text = belfry_test_jwt_hs256 (claims);

      g_test_message ("%s", audiences[i].what);
      f.policy.audience = NULL;
      g_assert_cmpint (verify (&f, text), ==, BELFRY_JWT_FAULT_NONE);
      f.policy.audience = "belfry";
      g_assert_cmpint (verify (&f, text), ==, audiences[i].fault);
    }
  g_assert_cmpint (verify (&f, without), ==, BELFRY_JWT_FAULT_AUDIENCE);
}

/* That a token has expired is said to nobody who could not have signed it. */
static void
test_expired_forgery (void)
{
  g_auto (Fixture) f;
  g_autofree char *text = belfry_test_jwt_sign ("HS256", NULL, "somebody else's secret",
                                                "{\"alg\":\"HS256\"}", "{\"sub\":\"a\",\"exp\":1}");

  fixture_init (&f);
  g_assert_cmpint (verify (&f, text), ==, BELFRY_JWT_FAULT_SIGNATURE);
}

/* What is known of a good token is what it says, and until when. */
static void
test_token (void)
{
  g_auto (Fixture) f;
  g_autofree char *text =
      belfry_test_jwt_hs256 ("{\"sub\":\"alice\",\"exp\":1790000060,\"jti\":\"7\"}");
  g_autofree char *forever = belfry_test_jwt_hs256 ("{\"sub\":\"alice\"}");
  BelfryJwtFault fault;

  fixture_init (&f);
  f.policy.require_expiry = FALSE;
  g_autoptr (BelfryJwtToken) token = belfry_jwt_verify (&f.policy, f.keys, text, NOW, &fault);
  g_assert_cmpint (fault, ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpstr (token->subject, ==, "alice");
  g_assert_cmpstr (token->token_id, ==, "7");
  g_assert_cmpint (token->expires, ==, NOW + 60 * G_USEC_PER_SEC + LEEWAY);
  g_autoptr (BelfryJwtToken) second = belfry_jwt_verify (&f.policy, f.keys, forever, NOW, &fault);
  g_assert_cmpint (fault, ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpint (second->expires, ==, 0);
  g_assert_null (second->token_id);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/plugin-jwt-verify/algorithms", test_algorithms);
  belfry_test_add ("/plugin-jwt-verify/other-algorithm", test_other_algorithm);
  belfry_test_add ("/plugin-jwt-verify/access-tokens", test_access_tokens);
  belfry_test_add ("/plugin-jwt-verify/flipped-bits", test_flipped_bits);
  belfry_test_add ("/plugin-jwt-verify/public-key-as-secret", test_public_key_as_secret);
  belfry_test_add ("/plugin-jwt-verify/none", test_none);
  belfry_test_add ("/plugin-jwt-verify/no-keys", test_no_keys);
  belfry_test_add ("/plugin-jwt-verify/wrong-curve", test_wrong_curve);
  belfry_test_add ("/plugin-jwt-verify/pinned-key", test_pinned_key);
  belfry_test_add ("/plugin-jwt-verify/two-of-one-name", test_two_of_one_name);
  belfry_test_add ("/plugin-jwt-verify/issuers", test_issuers);
  belfry_test_add ("/plugin-jwt-verify/embedded-key", test_embedded_key);
  belfry_test_add ("/plugin-jwt-verify/changed", test_changed);
  belfry_test_add ("/plugin-jwt-verify/mixed", test_mixed);
  belfry_test_add ("/plugin-jwt-verify/claims", test_claims);
  belfry_test_add ("/plugin-jwt-verify/audience", test_audience);
  belfry_test_add ("/plugin-jwt-verify/expired-forgery", test_expired_forgery);
  belfry_test_add ("/plugin-jwt-verify/token", test_token);
  return g_test_run ();
}
