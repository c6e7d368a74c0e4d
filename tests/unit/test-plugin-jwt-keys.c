/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-jwt-key-set.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "belfry-jwt-jwk.h"
#include "belfry-jwt-key-file.h"
#include "belfry-test-files.h"
#include "belfry-test-jwt.h"
#include "belfry-test.h"

#define ALL_ALGORITHMS 0x1ffu

static GPtrArray *
new_array (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_jwt_key_free);
}

static BelfryJwtAlgorithms
only (const char *name)
{
  return belfry_jwt_algorithm_bit (belfry_jwt_algorithm_find (name));
}

/* Writes a file and reads it. (transfer full) (nullable) */
static GPtrArray *
read_text (const char *text, BelfryJwtAlgorithms algorithms, GError **error)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_write (dir, "keys", text, -1);
  g_autoptr (GPtrArray) keys = new_array ();
  gboolean good = belfry_jwt_key_file_read (path, "me", algorithms, keys, error);

  if (good)
    return g_steal_pointer (&keys);
  g_assert_cmpuint (keys->len, ==, 0);
  if (error != NULL)
    {
      g_assert_error (*error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY);
      g_assert_true (g_str_has_prefix ((*error)->message, path));
    }
  return NULL;
}

static void
assert_refused (const char *what, const char *text, const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", what);
  g_assert_null (read_text (text, ALL_ALGORITHMS, &error));
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("%s: “%s” does not match “%s”", what, error->message, pattern);
}

/* Algorithms are known by their exact names, each with its kind of key. */
static void
test_algorithms (void)
{
  const BelfryJwtAlgorithm *es384 = belfry_jwt_algorithm_find ("ES384");

  g_assert_cmpint (es384->family, ==, BELFRY_JWT_FAMILY_P384);
  g_assert_cmpint (es384->id, ==, JWT_ALG_ES384);
  g_assert_null (belfry_jwt_algorithm_find ("none"));
  g_assert_null (belfry_jwt_algorithm_find ("es384"));
  g_assert_null (belfry_jwt_algorithm_find ("PS256"));
  g_assert_true (belfry_jwt_algorithms_have_family (only ("RS512"), BELFRY_JWT_FAMILY_RSA));
  g_assert_false (belfry_jwt_algorithms_have_family (only ("RS512"), BELFRY_JWT_FAMILY_P521));
  g_assert_null (belfry_jwt_algorithms_get_longest_hash (only ("RS512") | only ("ES256")));
  g_assert_cmpstr (belfry_jwt_algorithms_get_longest_hash (only ("HS384") | only ("HS256"))->name,
                   ==, "HS384");
}

/* A PEM file gives its keys, whose they are, and what each is good for. */
static void
test_pem (void)
{
  g_autoptr (BelfryTestJwtKey) rsa = belfry_test_jwt_new_rsa (2048);
  g_autoptr (BelfryTestJwtKey) ec = belfry_test_jwt_new_ec ("P-521");
  g_autofree char *first = belfry_test_jwt_pem (rsa);
  g_autofree char *second = belfry_test_jwt_pem (ec);
  g_autofree char *text = g_strconcat ("a comment\n", first, "\n", second, "\n", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) keys = read_text (text, ALL_ALGORITHMS, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 2);
  const BelfryJwtKey *key = keys->pdata[0];
  g_assert_cmpint (key->family, ==, BELFRY_JWT_FAMILY_RSA);
  g_assert_cmpmem (key->bytes, (int) key->length, first, (int) strlen (first));
  g_assert_cmpstr (key->issuer, ==, "me");
  g_assert_null (key->id);
  key = keys->pdata[1];
  g_assert_cmpint (key->family, ==, BELFRY_JWT_FAMILY_P521);
  g_assert_cmpmem (key->bytes, (int) key->length, second, (int) strlen (second));
}

/* The older form of an RSA key is as good. */
static void
test_old_pem (void)
{
  g_autoptr (BelfryTestJwtKey) rsa = belfry_test_jwt_new_rsa (2048);
  g_autofree char *pem = belfry_test_jwt_pem (rsa);
  g_autofree char *old = belfry_test_jwt_old_pem (rsa);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) keys = read_text (old, ALL_ALGORITHMS, &error);

  g_assert_true (g_str_has_prefix (old, "-----BEGIN RSA PUBLIC KEY-----"));
  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 1);
  const BelfryJwtKey *key = keys->pdata[0];
  g_assert_cmpmem (key->bytes, (int) key->length, pem, (int) strlen (pem));
}

static const BelfryJwtFamily curve_families[] = { BELFRY_JWT_FAMILY_P256, BELFRY_JWT_FAMILY_P384,
                                                  BELFRY_JWT_FAMILY_P521 };
static const char *const curve_names[] = { "P-256", "P-384", "P-521" };

/* A JSON Web Key gives the same key as a PEM file. */
static void
test_jwk (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (curve_names) + 1; i++)
    {
      gboolean is_rsa = i == G_N_ELEMENTS (curve_names);
      g_autoptr (BelfryTestJwtKey) made =
          is_rsa ? belfry_test_jwt_new_rsa (2048) : belfry_test_jwt_new_ec (curve_names[i]);
      g_autofree char *pem = belfry_test_jwt_pem (made);
      g_autofree char *jwk = belfry_test_jwt_jwk (made, "\"kid\":\"one\"");
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) keys = read_text (jwk, ALL_ALGORITHMS, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (keys->len, ==, 1);
      const BelfryJwtKey *key = keys->pdata[0];
      g_assert_cmpint (key->family, ==, is_rsa ? BELFRY_JWT_FAMILY_RSA : curve_families[i]);
      g_assert_cmpmem (key->bytes, (int) key->length, pem, (int) strlen (pem));
      g_assert_cmpstr (key->id, ==, "one");
    }
}

/* In a set, what is not for verifying with one of our algorithms is passed over. */
static void
test_jwks (void)
{
  g_autoptr (BelfryTestJwtKey) ec = belfry_test_jwt_new_ec ("P-256");
  g_autofree char *good =
      belfry_test_jwt_jwk (ec, "\"use\":\"sig\",\"alg\":\"ES256\",\"key_ops\":[\"verify\"]");
  g_autofree char *encryption = belfry_test_jwt_jwk (ec, "\"use\":\"enc\"");
  g_autofree char *other = belfry_test_jwt_jwk (ec, "\"alg\":\"ECDH-ES\"");
  g_autofree char *signing = belfry_test_jwt_jwk (ec, "\"key_ops\":[\"sign\"]");
  g_autofree char *text = g_strdup_printf (
      "{\"keys\":[%s,%s,%s,%s,{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"},"
      "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}],\"more\":1}",
      encryption, other, signing, good);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) keys = read_text (text, ALL_ALGORITHMS, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 1);
  const BelfryJwtKey *key = keys->pdata[0];
  g_assert_true (key->only == belfry_jwt_algorithm_find ("ES256"));
}

/* A key is for its kind of algorithm, and for one alone if it says so. */
static void
test_fits (void)
{
  g_autoptr (BelfryJwtKey) secret = belfry_jwt_key_new_secret ("secret", 6);

  g_assert_true (belfry_jwt_key_fits (secret, belfry_jwt_algorithm_find ("HS256")));
  g_assert_false (belfry_jwt_key_fits (secret, belfry_jwt_algorithm_find ("RS256")));
  secret->only = belfry_jwt_algorithm_find ("HS512");
  g_assert_false (belfry_jwt_key_fits (secret, belfry_jwt_algorithm_find ("HS256")));
  g_assert_true (belfry_jwt_key_fits (secret, belfry_jwt_algorithm_find ("HS512")));
}

/* A file whose keys no allowed algorithm uses is a mistake that is better told at once. */
static void
test_useless (void)
{
  g_autoptr (BelfryTestJwtKey) ec = belfry_test_jwt_new_ec ("P-256");
  g_autofree char *pem = belfry_test_jwt_pem (ec);
  g_autofree char *jwk = belfry_test_jwt_jwk (ec, "\"alg\":\"ES256\"");
  g_autoptr (GPtrArray) keys = read_text (pem, only ("ES256") | only ("RS256"), NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (keys);
  g_assert_null (read_text (pem, only ("HS256") | only ("ES384"), &error));
  g_assert_true (g_str_has_suffix (error->message, "goes with the algorithms that are allowed"));
  g_assert_null (read_text (jwk, only ("RS256"), NULL));
}

typedef struct
{
  const char *what;
  const char *text;
  const char *pattern;
} BadCase;

static const BadCase bad_files[] = {
  { "nothing", "", "*: expected public keys*" },
  { "some text", "hello\n", "*: expected public keys*" },
  { "broken PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "*: expected public keys*" },
  { "PEM that is cut", "-----BEGIN PUBLIC KEY-----\nMIIB", "*: expected public keys*" },
  { "a secret as PEM", "-----BEGIN EC PRIVATE KEY-----\n", "*: holds a private key*" },
  { "an encrypted secret", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "*: holds a private key*" },
  { "a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "*: expected public keys*" },
  { "no JSON", "{\"keys\":[", "*: not JSON*" },
  { "keys that are no array", "{\"keys\":{}}", "*: “keys”: expected an array of objects" },
  { "keys that are no objects", "{\"keys\":[1]}", "*: “keys”: expected an array of objects" },
  { "an empty set", "{\"keys\":[]}", "*: none of its keys goes with *" },
  { "no type", "{\"keys\":[{\"kid\":\"a\"}]}", "*: key 1: “kty”: *" },
  { "a secret", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "*: “k”: expected public keys*" },
  { "a private key", "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQ\",\"d\":\"AQ\"}]}",
    "*: “d”: expected public keys*" },
  { "a kid that is a number", "{\"kty\":\"RSA\",\"kid\":1}", "*: “kid”: *" },
  { "no modulus", "{\"kty\":\"RSA\",\"e\":\"AQAB\"}", "*: “n”: expected bytes*" },
  { "no exponent", "{\"kty\":\"RSA\",\"n\":\"AQAB\"}", "*: “e”: expected bytes*" },
  { "an empty modulus", "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}", "*: “n”: *" },
  { "a modulus with padding", "{\"kty\":\"RSA\",\"n\":\"AA==\",\"e\":\"AQAB\"}", "*: “n”: *" },
  { "a tiny modulus", "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "*: expected 2048 to *" },
  { "no curve", "{\"kty\":\"EC\",\"x\":\"AA\",\"y\":\"AA\"}", "*: “crv”: *" },
  { "no point", "{\"kty\":\"EC\",\"crv\":\"P-256\"}", "*: “x”: expected bytes*" },
  { "a short coordinate", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
    "*: “x”: expected as many bytes as the curve has" },
  { "a point beside the curve",
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
    "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
    "*: “x”: expected a point on the curve" },
};

/* A file that is not good is refused, with its path and what is wrong. */
static void
test_bad_files (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_files); i++)
    assert_refused (bad_files[i].what, bad_files[i].text, bad_files[i].pattern);
}

/* Keys that are weak, or that no algorithm is for, are refused in either form. */
static void
test_bad_keys (void)
{
  g_autoptr (BelfryTestJwtKey) weak = belfry_test_jwt_new_rsa (1024);
  g_autoptr (BelfryTestJwtKey) bitcoin = belfry_test_jwt_new_ec ("secp256k1");
  g_autoptr (BelfryTestJwtKey) edwards = EVP_PKEY_Q_keygen (NULL, NULL, "ED25519");
  g_autoptr (BelfryTestJwtKey) ec = belfry_test_jwt_new_ec ("P-256");
  g_autofree char *weak_pem = belfry_test_jwt_pem (weak);
  g_autofree char *weak_jwk = belfry_test_jwt_jwk (weak, "");
  g_autofree char *bitcoin_pem = belfry_test_jwt_pem (bitcoin);
  g_autofree char *edwards_pem = belfry_test_jwt_pem (edwards);
  g_autofree char *private_pem = belfry_test_jwt_private_pem (ec);
  g_autofree char *good_pem = belfry_test_jwt_pem (ec);
  g_autofree char *mixed = g_strconcat (good_pem, weak_pem, NULL);
  g_autofree char *broken = g_strconcat (good_pem, "-----BEGIN PUBLIC KEY-----\nAA", NULL);

  assert_refused ("1024 bits", weak_pem, "*: an RSA key of 1024 bits: expected 2048 to *");
  assert_refused ("1024 bits, JWK", weak_jwk, "*: an RSA key of 1024 bits: expected 2048 to *");
  assert_refused ("a curve of others", bitcoin_pem, "*curve secp256k1: expected P-256, *");
  assert_refused ("a kind of others", edwards_pem, "*: neither an RSA key nor *");
  assert_refused ("a private key", private_pem, "*: holds a private key: expected public*");
  assert_refused ("a good key and a weak one", mixed, "*: an RSA key of 1024 bits*");
  assert_refused ("a good key and a broken one", broken, "*: expected public keys*");
}

/* A curve that is written out, not named, may have a generator that somebody chose. */
static void
test_explicit_curve (void)
{
  g_autoptr (BelfryTestJwtKey) ec = belfry_test_jwt_new_ec ("P-256");
  g_autofree char *pem = NULL;

  g_assert_true (EVP_PKEY_set_utf8_string_param (ec, "encoding", "explicit"));
  pem = belfry_test_jwt_pem (ec);
  assert_refused ("explicit parameters", pem, "*: a curve without a name: expected P-256, *");
}

/* What is no file, or too large a one, is refused without waiting. */
static void
test_no_file (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *missing = belfry_test_dir_path (dir, "missing");
  g_autofree char *pipe = belfry_test_dir_path (dir, "pipe");
  g_autofree char *zeros = g_strnfill (BELFRY_JWT_MAX_KEY_FILE + 1, ' ');
  g_autofree char *large = belfry_test_dir_write (dir, "large", zeros, -1);
  g_autofree char *binary = belfry_test_dir_write (dir, "binary", "{\0}", 3);
  g_autofree char *shared = belfry_test_dir_write (dir, "open", "{}", -1);
  const char *const paths[] = { missing, pipe, dir, large, binary, shared };
  const char *const patterns[] = { "*missing: No such file or directory",
                                   "*pipe: not a regular file",
                                   "*: not a regular file",
                                   "*large: larger than 256 KiB",
                                   "*binary: expected public keys*",
                                   "*open: everybody can write to it*" };
  g_autoptr (GPtrArray) keys = new_array ();

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_cmpint (g_chmod (shared, 0606), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (belfry_jwt_key_file_read (paths[i], NULL, ALL_ALGORITHMS, keys, &error));
      if (!g_pattern_match_simple (patterns[i], error->message))
        g_error ("“%s” does not match “%s”", error->message, patterns[i]);
    }
}

static void
add_key (GPtrArray *keys, const char *issuer, const char *id, BelfryJwtFamily family)
{
  BelfryJwtKey *key = belfry_jwt_key_new_secret ("bytes", 5);

  key->family = family;
  key->issuer = g_strdup (issuer);
  key->id = g_strdup (id);
  g_ptr_array_add (keys, key);
}

static BelfryJwtKeySet *
new_set (GPtrArray *keys)
{
  g_autoptr (GError) error = NULL;
  BelfryJwtKeySet *set = belfry_jwt_key_set_new (keys, &error);

  g_assert_no_error (error);
  return set;
}

typedef struct
{
  const char *what;
  const char *issuer;
  const char *id;
  const char *algorithm;
  const char *found; /* the places of the keys, in their order */
  BelfryJwtFault fault;
} FindCase;

static const FindCase find_cases[] = {
  { "by name", "a", "1", "RS256", "0", BELFRY_JWT_FAULT_NONE },
  { "by another name", "a", "2", "RS256", "1", BELFRY_JWT_FAULT_NONE },
  { "two of one name: by the kind", "a", "1", "ES256", "2", BELFRY_JWT_FAULT_NONE },
  { "a name that is another issuer's", "b", "2", "RS256", "", BELFRY_JWT_FAULT_KEY },
  { "the same name at another issuer", "b", "1", "RS256", "3", BELFRY_JWT_FAULT_NONE },
  { "without a name, the only one", "b", NULL, "RS256", "3", BELFRY_JWT_FAULT_NONE },
  { "without a name, the only one of a kind", "a", NULL, "ES256", "2", BELFRY_JWT_FAULT_NONE },
  { "without a name, and more than one", "a", NULL, "RS256", "", BELFRY_JWT_FAULT_KEY },
  { "an unknown name", "a", "3", "RS256", "", BELFRY_JWT_FAULT_KEY },
  { "another curve", "a", "1", "ES384", "", BELFRY_JWT_FAULT_KEY },
  { "a secret, though there is none", "a", "1", "HS256", "", BELFRY_JWT_FAULT_KEY },
  { "an unknown issuer", "z", NULL, "HS256", "4", BELFRY_JWT_FAULT_NONE },
  { "no issuer", NULL, NULL, "HS256", "4", BELFRY_JWT_FAULT_NONE },
  { "no issuer, and a name that keys do not have", NULL, "7", "HS256", "4", BELFRY_JWT_FAULT_NONE },
  { "no issuer, but the name of an issuer's key", NULL, "1", "RS256", "", BELFRY_JWT_FAULT_KEY },
  { "two keys without a name", NULL, NULL, "ES512", "56", BELFRY_JWT_FAULT_NONE },
  { "an empty name is a name", "a", "", "RS256", "", BELFRY_JWT_FAULT_KEY },
};

/* A token's issuer, key name and algorithm choose among the keys, and never cross issuers or
 * kinds. */
static void
test_find (void)
{
  GPtrArray *keys = new_array ();

  add_key (keys, "a", "1", BELFRY_JWT_FAMILY_RSA);
  add_key (keys, "a", "2", BELFRY_JWT_FAMILY_RSA);
  add_key (keys, "a", "1", BELFRY_JWT_FAMILY_P256);
  add_key (keys, "b", "1", BELFRY_JWT_FAMILY_RSA);
  add_key (keys, NULL, NULL, BELFRY_JWT_FAMILY_SECRET);
  add_key (keys, NULL, NULL, BELFRY_JWT_FAMILY_P521);
  add_key (keys, NULL, NULL, BELFRY_JWT_FAMILY_P521);
  g_autoptr (BelfryJwtKeySet) set = new_set (keys);
  for (gsize i = 0; i < G_N_ELEMENTS (find_cases); i++)
    {
      const FindCase *row = &find_cases[i];
      const BelfryJwtKey *found[BELFRY_JWT_MAX_TRIES];
      BelfryJwtFault fault;
      gsize n = belfry_jwt_key_set_find (set, row->issuer, row->id,
                                         belfry_jwt_algorithm_find (row->algorithm), found, &fault);

      g_test_message ("%s", row->what);
      g_assert_cmpint (fault, ==, row->fault);
      g_assert_cmpuint (n, ==, strlen (row->found));
      for (gsize j = 0; j < n; j++)
        g_assert_true (found[j] == keys->pdata[row->found[j] - '0']);
    }
}

/* When all keys are issuers', nobody else gets in; and without keys nobody at all. */
static void
test_find_issuer (void)
{
  GPtrArray *keys = new_array ();
  const BelfryJwtAlgorithm *algorithm = belfry_jwt_algorithm_find ("RS256");
  const BelfryJwtKey *found[BELFRY_JWT_MAX_TRIES];
  g_autoptr (BelfryJwtKeySet) empty = new_set (new_array ());
  BelfryJwtFault fault;

  add_key (keys, "a", NULL, BELFRY_JWT_FAMILY_RSA);
  g_autoptr (BelfryJwtKeySet) set = new_set (keys);
  g_assert_cmpuint (belfry_jwt_key_set_find (set, "b", NULL, algorithm, found, &fault), ==, 0);
  g_assert_cmpint (fault, ==, BELFRY_JWT_FAULT_ISSUER);
  g_assert_cmpuint (belfry_jwt_key_set_find (set, NULL, NULL, algorithm, found, &fault), ==, 0);
  g_assert_cmpint (fault, ==, BELFRY_JWT_FAULT_ISSUER);
  g_assert_cmpuint (belfry_jwt_key_set_find (empty, "a", NULL, algorithm, found, &fault), ==, 0);
  g_assert_cmpint (fault, ==, BELFRY_JWT_FAULT_KEY);
}

/* What one token may cost is bounded, and so are all keys. */
static void
test_bounds (void)
{
  GPtrArray *same = new_array ();
  GPtrArray *many = new_array ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= BELFRY_JWT_MAX_TRIES; i++)
    add_key (same, "a", "1", BELFRY_JWT_FAMILY_RSA);
  for (guint i = 0; i <= BELFRY_JWT_MAX_KEYS; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);

      add_key (many, "a", id, BELFRY_JWT_FAMILY_RSA);
    }
  g_assert_null (belfry_jwt_key_set_new (same, &error));
  g_assert_error (error, BELFRY_JWT_ERROR, BELFRY_JWT_ERROR_KEY);
  g_assert_cmpstr (error->message, ==,
                   "5 keys of one kind and issuer have the kid 1: expected at most 4");
  g_assert_null (belfry_jwt_key_set_new (many, NULL));
}

/* Two sets are equal if they have the same keys. */
static void
test_equal (void)
{
  const char *const ids[] = { "1", "2" };
  BelfryJwtKeySet *sets[3];

  for (gsize i = 0; i < G_N_ELEMENTS (sets); i++)
    {
      GPtrArray *keys = new_array ();

      add_key (keys, "a", ids[i % 2], BELFRY_JWT_FAMILY_RSA);
      sets[i] = new_set (keys);
    }
  g_assert_true (belfry_jwt_key_set_equal (sets[0], sets[2]));
  g_assert_false (belfry_jwt_key_set_equal (sets[0], sets[1]));
  g_assert_cmpuint (belfry_jwt_key_set_get_size (sets[0]), ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (sets); i++)
    {
      g_autoptr (BelfryJwtKeySet) kept = belfry_jwt_key_set_ref (sets[i]);

      belfry_jwt_key_set_unref (sets[i]);
      g_assert_cmpuint (belfry_jwt_key_set_get_size (kept), ==, 1);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/plugin-jwt-keys/algorithms", test_algorithms);
  belfry_test_add ("/plugin-jwt-keys/pem", test_pem);
  belfry_test_add ("/plugin-jwt-keys/old-pem", test_old_pem);
  belfry_test_add ("/plugin-jwt-keys/jwk", test_jwk);
  belfry_test_add ("/plugin-jwt-keys/jwks", test_jwks);
  belfry_test_add ("/plugin-jwt-keys/fits", test_fits);
  belfry_test_add ("/plugin-jwt-keys/useless", test_useless);
  belfry_test_add ("/plugin-jwt-keys/bad-files", test_bad_files);
  belfry_test_add ("/plugin-jwt-keys/bad-keys", test_bad_keys);
  belfry_test_add ("/plugin-jwt-keys/explicit-curve", test_explicit_curve);
  belfry_test_add ("/plugin-jwt-keys/no-file", test_no_file);
  belfry_test_add ("/plugin-jwt-keys/find", test_find);
  belfry_test_add ("/plugin-jwt-keys/find-issuer", test_find_issuer);
  belfry_test_add ("/plugin-jwt-keys/bounds", test_bounds);
  belfry_test_add ("/plugin-jwt-keys/equal", test_equal);
  return g_test_run ();
}
