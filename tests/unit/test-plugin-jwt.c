/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-loader.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "belfry-fake-clock.h"
#include "belfry-test-config.h"
#include "belfry-test-files.h"
#include "belfry-test-jwt.h"
#include "belfry-test.h"

#define DOMAIN "belfry-plugin-jwt"
#define NOW ((gint64) BELFRY_TEST_JWT_NOW * G_USEC_PER_SEC)
#define SECRET "secret=" BELFRY_TEST_JWT_SECRET "\n"
#define ES256 "{\"alg\":\"ES256\"}"
#define CLAIMS "{\"sub\":\"alice\",\"exp\":1790000060}"

/* The plugin, loaded as the service loads it. */
typedef struct
{
  BelfryTestDir *dir;
  BelfryFakeClock *clock;
  BelfryLoaderHost *host;
  BelfryLoader *loader;
  BelfryPlugin *plugin;
} Fixture;

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static BelfryConfig *
config_new (const char *settings)
{
  g_autofree char *text =
      g_strconcat ("[auth]\nauthorizers=jwt\npolicies=\n[plugin jwt]\n", settings, NULL);

  return belfry_test_config_new (text);
}

static gboolean
fixture_start (Fixture *f, const char *settings, GError **error)
{
  g_auto (BelfryPluginPlace) place = { NULL };
  g_autoptr (BelfryConfig) config = config_new (settings);
  g_autoptr (GAsyncResult) result = NULL;

  belfry_plugin_place_init (&place, NULL);
  f->clock = belfry_fake_clock_new ();
  belfry_fake_clock_set_wall (f->clock, NOW);
  f->host = belfry_loader_host_new (BELFRY_CLOCK (f->clock));
  f->loader = belfry_loader_new (f->host, &place, NULL);
  belfry_part_start_async (BELFRY_PART (f->loader), config, NULL, keep_result, &result);
  belfry_test_wait_until (result != NULL);
  if (!belfry_part_start_finish (BELFRY_PART (f->loader), result, error))
    return FALSE;
  f->plugin = belfry_loader_find (f->loader, "jwt")->object;
  return TRUE;
}

static void
fixture_start_well (Fixture *f, const char *settings)
{
  g_autoptr (GError) error = NULL;

  fixture_start (f, settings, &error);
  g_assert_no_error (error);
}

static void
fixture_clear (Fixture *f)
{
  belfry_test_assert_finalizes (f->loader);
  belfry_test_assert_finalizes (f->host);
  belfry_test_assert_finalizes (f->clock);
  g_clear_pointer (&f->dir, belfry_test_dir_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static BelfryIdentity *
authenticate (Fixture *f, const char *token, GError **error)
{
  const BelfryCredentialsParams params = { .token = token };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);
  g_autoptr (GAsyncResult) result = NULL;

  belfry_authorizer_authenticate_async (BELFRY_AUTHORIZER (f->plugin), credentials, NULL,
                                        keep_result, &result);
  belfry_test_wait_until (result != NULL);
  return belfry_authorizer_authenticate_finish (BELFRY_AUTHORIZER (f->plugin), result, error);
}

static BelfryIdentity *
authenticate_well (Fixture *f, const char *token)
{
  g_autoptr (GError) error = NULL;
  BelfryIdentity *identity = authenticate (f, token, &error);

  g_assert_no_error (error);
  g_assert_nonnull (identity);
  return identity;
}

static BelfryIdentity *
authenticate_claims (Fixture *f, const char *claims)
{
  g_autofree char *token = belfry_test_jwt_hs256 (claims);

  return authenticate_well (f, token);
}

static void
assert_good (Fixture *f, const char *token)
{
  g_autoptr (BelfryIdentity) identity = authenticate_well (f, token);

  g_assert_nonnull (identity);
}

/* Fails unless the token is refused, and says no more than that to the client. */
static void
assert_refused (Fixture *f, const char *token, int code, const char *reason)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_strdup_printf ("Refused a token: %s", reason);

  belfry_test_expect_log (BELFRY_LOG_DEBUG, DOMAIN, line);
  g_assert_null (authenticate (f, token, &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, code);
  g_assert_cmpstr (error->message, ==,
                   code == BELFRY_PLUGIN_ERROR_EXPIRED ? "the token has expired"
                                                       : "the token is not good");
}

static void
assert_words (const char *const *words, const char *expected)
{
  g_autofree char *joined = g_strjoinv (" ", (char **) words);

  g_assert_cmpstr (joined, ==, expected);
}

/* A good token says who somebody is, what he may do, and until when. */
static void
test_identity (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_start_well (&f, SECRET);
  g_autoptr (BelfryIdentity) alice = authenticate_claims (
      &f, "{\"sub\":\"alice\",\"exp\":1790000060,\"jti\":\"t1\",\"roles\":[\"admin\",\"user\"],"
          "\"subscribe\":[\"news.*\",\"chat\"],\"publish\":\"chat board\",\"history\":[\"chat\"],"
          "\"presence\":[],\"info\":{\"name\":\"Alice\",\"age\":7},\"team\":\"red\",\"level\":3,"
          "\"ok\":true,\"more\":{\"a\":[1]},\"nothing\":null,\"half\":0.5}");
  g_assert_cmpstr (belfry_identity_get_subject (alice), ==, "alice");
  g_assert_cmpstr (belfry_identity_get_token_id (alice), ==, "t1");
  g_assert_cmpint (belfry_identity_get_expiry (alice), ==, NOW + 90 * G_USEC_PER_SEC);
  g_assert_cmpstr (belfry_identity_get_info (alice), ==, "{\"name\":\"Alice\",\"age\":7}");
  assert_words (belfry_identity_get_roles (alice), "admin user");
  assert_words (belfry_identity_get_grants (alice, BELFRY_TOPIC_ACTION_SUBSCRIBE), "news.* chat");
  assert_words (belfry_identity_get_grants (alice, BELFRY_TOPIC_ACTION_PUBLISH), "chat board");
  assert_words (belfry_identity_get_grants (alice, BELFRY_TOPIC_ACTION_HISTORY), "chat");
  assert_words (belfry_identity_get_grants (alice, BELFRY_TOPIC_ACTION_PRESENCE), "");
  g_assert_cmpstr (belfry_identity_get_claim (alice, "team"), ==, "red");
  g_assert_cmpstr (belfry_identity_get_claim (alice, "level"), ==, "3");
  g_assert_cmpstr (belfry_identity_get_claim (alice, "ok"), ==, "true");
  g_assert_cmpstr (belfry_identity_get_claim (alice, "more"), ==, "{\"a\":[1]}");
  g_assert_null (belfry_identity_get_claim (alice, "nothing"));
  g_assert_cmpstr (belfry_identity_get_claim (alice, "half"), ==, "0.5");
  g_assert_cmpstr (belfry_identity_get_claim (alice, "exp"), ==, "1790000060");
  g_assert_null (belfry_identity_get_claim (alice, "other"));
}

/* The least that a token can say gives no role and no grant. */
static void
test_least (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_start_well (&f, SECRET "require-exp=no\n");
  g_autoptr (BelfryIdentity) alice = authenticate_claims (&f, "{\"sub\":\"alice\"}");
  g_assert_cmpint (belfry_identity_get_expiry (alice), ==, 0);
  g_assert_null (belfry_identity_get_token_id (alice));
  g_assert_null (belfry_identity_get_info (alice));
  assert_words (belfry_identity_get_roles (alice), "");
  for (int action = 0; action < BELFRY_N_TOPIC_ACTIONS; action++)
    assert_words (belfry_identity_get_grants (alice, (BelfryTopicAction) action), "");
}

typedef struct
{
  const char *what;
  const char *settings;
  const char *claims;
  const char *roles;
} RolesCase;

static const RolesCase roles_cases[] = {
  { "an array", "", "\"roles\":[\"a\",\"b\"]", "a b" },
  { "one text", "", "\"roles\":\"a  b\"", "a b" },
  { "a number", "", "\"roles\":7", "" },
  { "an object", "", "\"roles\":{\"a\":true}", "" },
  { "an array with other things in it", "", "\"roles\":[1,\"a\",[\"b\"],null]", "a" },
  { "another claim", "roles-claim=groups\n", "\"roles\":[\"a\"],\"groups\":[\"b\"]", "b" },
  { "a way", "roles-claim=realm_access.roles\n", "\"realm_access\":{\"roles\":[\"a\"]}", "a" },
  { "a way that ends", "roles-claim=a.b.c\n", "\"a\":{\"b\":[\"c\"]}", "" },
  { "a way through a text", "roles-claim=a.b\n", "\"a\":\"b\"", "" },
  { "a name with dots", "roles-claim=https://example.org/roles\n",
    "\"https://example.org/roles\":[\"a\"]", "a" },
};

/* Roles are where the settings say, in either form; anything else is no role. */
static void
test_roles (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (roles_cases); i++)
    {
      g_auto (Fixture) f = { NULL };
      g_autofree char *settings = g_strconcat (SECRET, roles_cases[i].settings, NULL);
      g_autofree char *claims =
          g_strdup_printf ("{\"sub\":\"alice\",\"exp\":1790000060,%s}", roles_cases[i].claims);

      g_test_message ("%s", roles_cases[i].what);
      fixture_start_well (&f, settings);
      g_autoptr (BelfryIdentity) alice = authenticate_claims (&f, claims);
      assert_words (belfry_identity_get_roles (alice), roles_cases[i].roles);
    }
}

/* What is not a token is left to others; what looks like one is not. */
static void
test_abstain (void)
{
  static const char *const opaque[] = { "", "opaque", "a.b", "a.b.c.d.e", "anna:password" };
  g_auto (Fixture) f = { NULL };
  g_autoptr (GError) error = NULL;

  fixture_start_well (&f, SECRET);
  for (gsize i = 0; i < G_N_ELEMENTS (opaque); i++)
    g_assert_null (authenticate (&f, opaque[i], &error));
  g_assert_null (authenticate (&f, NULL, &error));
  g_assert_no_error (error);
  assert_refused (&f, "a.b.c", BELFRY_PLUGIN_ERROR_REFUSED, "a part is not base64url");
}

/* Who is refused learns only whether his token was good once. */
static void
test_refused (void)
{
  g_auto (Fixture) f = { NULL };
  g_autofree char *good = belfry_test_jwt_hs256 (CLAIMS);
  g_autofree char *forged =
      belfry_test_jwt_sign ("HS256", NULL, "guess", "{\"alg\":\"HS256\"}", CLAIMS);
  g_autofree char *bad_role =
      belfry_test_jwt_hs256 ("{\"sub\":\"alice\",\"exp\":1790000060,\"roles\":[\"a\\nb\"]}");

  fixture_start_well (&f, SECRET);
  assert_good (&f, good);
  assert_refused (&f, forged, BELFRY_PLUGIN_ERROR_REFUSED, "its signature is wrong");
  assert_refused (&f, bad_role, BELFRY_PLUGIN_ERROR_REFUSED, "its claims are no identity");
  belfry_fake_clock_set_wall (f.clock, NOW + 89 * G_USEC_PER_SEC);
  assert_good (&f, good);
  belfry_fake_clock_set_wall (f.clock, NOW + 90 * G_USEC_PER_SEC);
  assert_refused (&f, good, BELFRY_PLUGIN_ERROR_EXPIRED, "it has expired (exp)");
}

/* A token that says more than an identity may have is refused, whoever signed it. */
static void
test_too_much (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (GString) claims = g_string_new ("{\"sub\":\"alice\",\"exp\":1790000060");

  fixture_start_well (&f, SECRET);
  for (guint i = 0; i < BELFRY_IDENTITY_MAX_ENTRIES; i++)
    g_string_append_printf (claims, ",\"%u\":1", i);
  g_string_append_c (claims, '}');
  g_autofree char *token = belfry_test_jwt_hs256 (claims->str);
  assert_refused (&f, token, BELFRY_PLUGIN_ERROR_REFUSED, "its claims are no identity");
}

/* The secret may be in a file, where the line's end is not part of it. */
static void
test_secret_file (void)
{
  g_auto (Fixture) f = { belfry_test_dir_new () };
  g_autofree char *path = belfry_test_dir_write (f.dir, "secret", BELFRY_TEST_JWT_SECRET "\n", -1);
  g_autofree char *settings = g_strdup_printf ("secret-file=%s\n", path);
  g_autofree char *token = belfry_test_jwt_hs256 (CLAIMS);

  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  fixture_start_well (&f, settings);
  assert_good (&f, token);
}

/* The settings reach what verifies. */
static void
test_settings (void)
{
  g_auto (Fixture) f = { NULL };
  const char *claims = "{\"sub\":\"a\",\"exp\":1790000060,\"iss\":\"me\",\"aud\":[\"us\"]}";
  const char *other = "{\"sub\":\"a\",\"exp\":1790000060,\"iss\":\"you\",\"aud\":[\"us\"]}";
  const char *them = "{\"sub\":\"a\",\"exp\":1790000060,\"iss\":\"me\",\"aud\":[\"them\"]}";
  g_autofree char *wrong_issuer = belfry_test_jwt_hs256 (other);
  g_autofree char *wrong_audience = belfry_test_jwt_hs256 (them);
  g_autofree char *hs512 =
      belfry_test_jwt_sign ("HS512", NULL, BELFRY_TEST_JWT_SECRET, "{\"alg\":\"HS512\"}", claims);

  fixture_start_well (&f, SECRET "issuer=me\naudience=us\nleeway=0\n");
  g_autoptr (BelfryIdentity) alice = authenticate_claims (&f, claims);
  g_assert_cmpint (belfry_identity_get_expiry (alice), ==, NOW + 60 * G_USEC_PER_SEC);
  assert_refused (&f, wrong_issuer, BELFRY_PLUGIN_ERROR_REFUSED,
                  "its issuer (iss) is not one of ours");
  assert_refused (&f, wrong_audience, BELFRY_PLUGIN_ERROR_REFUSED,
                  "it is not for this audience (aud)");
  assert_refused (&f, hs512, BELFRY_PLUGIN_ERROR_REFUSED, "its algorithm is not allowed");
}

/* Without any key the service runs, and lets nobody in. */
static void
test_no_keys (void)
{
  g_auto (Fixture) f = { NULL };
  g_autofree char *token = belfry_test_jwt_hs256 (CLAIMS);

  fixture_start_well (&f, "");
  assert_refused (&f, token, BELFRY_PLUGIN_ERROR_REFUSED, "there is no key for its issuer*");
}

typedef struct
{
  const char *what;
  const char *settings;
  const char *message;
} BadSettings;

static const BadSettings bad_settings[] = {
  { "a short secret", "secret=short\n",
    "*test.conf:5: *jwt] secret: expected a secret of at least 32 bytes for HS256,*" },
  { "a secret that is short for one of the algorithms",
    "algorithms=HS512 HS256\nsecret=0123456789abcdef0123456789abcdef\n",
    "*test.conf:6: *jwt] secret: expected a secret of at least 64 bytes for HS512,*" },
  { "a public key as the secret",
    "secret=-----BEGIN PUBLIC KEY-----MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
    "*test.conf:5: *jwt] secret: *not a PEM key*" },
  { "a file that is not there", "keys=/nonexistent/keys\n",
    "*test.conf:5: *jwt] keys: /nonexistent/keys: No such file or directory" },
  { "an issuer without keys", "issuer-keys=https://example.org\n",
    "*test.conf:5: *jwt] issuer-keys: expected ISSUER=PATH*" },
  { "keys without an issuer", "issuer-keys==/keys\n",
    "*test.conf:5: *jwt] issuer-keys: expected ISSUER=PATH*" },
  { "a relative path", "issuer-keys=me=keys\n",
    "*test.conf:5: *jwt] issuer-keys: expected ISSUER=PATH*" },
  { "an issuer's file that is not there", "issuer-keys=me=/nonexistent/keys\n",
    "*test.conf:5: *jwt] issuer-keys: /nonexistent/keys: No such file or directory" },
};

/* Settings that are not good keep the service from starting, and say where and what was expected;
 * but never the secret. */
static void
test_bad_settings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_settings); i++)
    {
      g_auto (Fixture) f = { NULL };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad_settings[i].what);
      g_assert_false (fixture_start (&f, bad_settings[i].settings, &error));
      if (!g_pattern_match_simple (bad_settings[i].message, error->message))
        g_error ("“%s” does not match “%s”", error->message, bad_settings[i].message);
      g_assert_null (strstr (error->message, "short\n"));
      g_assert_null (strstr (error->message, "0123456789"));
    }
}

/* A short secret is taken from who insists. */
static void
test_short_secret (void)
{
  g_auto (Fixture) f = { NULL };
  g_autofree char *token =
      belfry_test_jwt_sign ("HS256", NULL, "short", "{\"alg\":\"HS256\"}", CLAIMS);

  fixture_start_well (&f, "secret=short\nallow-short-secret=yes\n");
  assert_good (&f, token);
}

/* Issuers have keys of their own, beside the ones for everybody. */
static void
test_issuer_keys (void)
{
  g_auto (Fixture) f = { belfry_test_dir_new () };
  g_autoptr (BelfryTestJwtKey) one = belfry_test_jwt_new_ec ("P-256");
  g_autoptr (BelfryTestJwtKey) two = belfry_test_jwt_new_ec ("P-256");
  g_autofree char *pem = belfry_test_jwt_pem (one);
  g_autofree char *jwk = belfry_test_jwt_jwk (two, "");
  g_autofree char *first = belfry_test_dir_write (f.dir, "one.pem", pem, -1);
  g_autofree char *second = belfry_test_dir_write (f.dir, "two.json", jwk, -1);
  g_autofree char *settings = g_strdup_printf (
      "algorithms=ES256 HS256\nissuer-keys=https://a.example/?x=%s https://b.example=%s\n" SECRET,
      first, second);
  const char *from_a = "{\"iss\":\"https://a.example/?x\",\"sub\":\"a\",\"exp\":1790000060}";
  const char *from_b = "{\"iss\":\"https://b.example\",\"sub\":\"b\",\"exp\":1790000060}";
  g_autofree char *a = belfry_test_jwt_sign ("ES256", one, NULL, ES256, from_a);
  g_autofree char *b = belfry_test_jwt_sign ("ES256", two, NULL, ES256, from_b);
  g_autofree char *forged = belfry_test_jwt_sign ("ES256", two, NULL, ES256, from_a);
  g_autofree char *shared = belfry_test_jwt_hs256 (from_a);

  fixture_start_well (&f, settings);
  g_autoptr (BelfryIdentity) of_a = authenticate_well (&f, a);
  g_autoptr (BelfryIdentity) of_b = authenticate_well (&f, b);
  g_autoptr (BelfryIdentity) of_others = authenticate_claims (&f, CLAIMS);
  g_assert_cmpstr (belfry_identity_get_subject (of_a), ==, "a");
  g_assert_cmpstr (belfry_identity_get_subject (of_b), ==, "b");
  g_assert_cmpstr (belfry_identity_get_subject (of_others), ==, "alice");
  assert_refused (&f, forged, BELFRY_PLUGIN_ERROR_REFUSED, "its signature is wrong");
  assert_refused (&f, shared, BELFRY_PLUGIN_ERROR_REFUSED, "there is no key for its issuer*");
}

/* A reload of the service puts new settings in force, and keeps the old ones while they are not
 * good. */
static void
test_reload (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (BelfryConfig) bad = config_new ("secret=short\n");
  g_autoptr (BelfryConfig) next = config_new ("secret=ffffffffffffffffffffffffffffffff\n");
  g_autofree char *old = belfry_test_jwt_hs256 (CLAIMS);
  g_autofree char *fresh = belfry_test_jwt_sign ("HS256", NULL, "ffffffffffffffffffffffffffffffff",
                                                 "{\"alg\":\"HS256\"}", CLAIMS);
  g_autoptr (GError) error = NULL;

  fixture_start_well (&f, SECRET);
  g_assert_false (belfry_part_check (BELFRY_PART (f.loader), bad, NULL));
  assert_good (&f, old);
  g_assert_true (belfry_part_check (BELFRY_PART (f.loader), next, &error));
  g_assert_no_error (error);
  assert_good (&f, old);
  belfry_part_apply (BELFRY_PART (f.loader), next);
  assert_refused (&f, old, BELFRY_PLUGIN_ERROR_REFUSED, "its signature is wrong");
  assert_good (&f, fresh);
}

/* Replaces a file at once, as editors and tools do. */
static void
replace (const BelfryTestDir *dir, const char *name, const char *content)
{
  g_autofree char *path = belfry_test_dir_path (dir, name);
  g_autofree char *temporary = belfry_test_dir_write (dir, "temporary", content, -1);

  g_assert_cmpint (g_rename (temporary, path), ==, 0);
}

static gboolean
was_logged (const char *pattern)
{
  g_autofree char *line = belfry_test_last_field ("MESSAGE");

  return line != NULL && g_pattern_match_simple (pattern, line);
}

static Fixture
start_with_file (EVP_PKEY *key, const char *name)
{
  Fixture f = { belfry_test_dir_new () };
  g_autofree char *pem = belfry_test_jwt_pem (key);
  g_autofree char *path = belfry_test_dir_write (f.dir, name, pem, -1);
  g_autofree char *settings = g_strdup_printf ("algorithms=ES256\nkeys=%s\n", path);

  fixture_start_well (&f, settings);
  return f;
}

/* A file of keys that is replaced is read again without a reload. */
static void
test_file_changed (void)
{
  g_autoptr (BelfryTestJwtKey) one = belfry_test_jwt_new_ec ("P-256");
  g_autoptr (BelfryTestJwtKey) two = belfry_test_jwt_new_ec ("P-256");
  g_auto (Fixture) f = start_with_file (one, "keys");
  g_autofree char *jwk = belfry_test_jwt_jwk (two, "");
  g_autofree char *old = belfry_test_jwt_sign ("ES256", one, NULL, ES256, CLAIMS);
  g_autofree char *fresh = belfry_test_jwt_sign ("ES256", two, NULL, ES256, CLAIMS);

  assert_good (&f, old);
  replace (f.dir, "keys", jwk);
  belfry_test_wait_until (was_logged ("Keys read again: 1 are in force"));
  assert_refused (&f, old, BELFRY_PLUGIN_ERROR_REFUSED, "its signature is wrong");
  assert_good (&f, fresh);
}

/* A file that is replaced after a reload has checked it, and before its settings are in force, is
 * not overlooked: a key that was taken out must not stay. */
static void
test_file_changed_during_reload (void)
{
  g_autoptr (BelfryTestJwtKey) one = belfry_test_jwt_new_ec ("P-256");
  g_autoptr (BelfryTestJwtKey) two = belfry_test_jwt_new_ec ("P-256");
  g_auto (Fixture) f = start_with_file (one, "keys");
  g_autofree char *path = belfry_test_dir_path (f.dir, "keys");
  g_autofree char *settings = g_strdup_printf ("algorithms=ES256\nkeys=%s\n", path);
  g_autoptr (BelfryConfig) next = config_new (settings);
  g_autofree char *jwk = belfry_test_jwt_jwk (two, "");
  g_autofree char *old = belfry_test_jwt_sign ("ES256", one, NULL, ES256, CLAIMS);
  g_autofree char *fresh = belfry_test_jwt_sign ("ES256", two, NULL, ES256, CLAIMS);

  g_assert_true (belfry_part_check (BELFRY_PART (f.loader), next, NULL));
  replace (f.dir, "keys", jwk);
  belfry_part_apply (BELFRY_PART (f.loader), next);
  assert_refused (&f, old, BELFRY_PLUGIN_ERROR_REFUSED, "its signature is wrong");
  assert_good (&f, fresh);
}

/* A file that is broken, or gone, changes nothing but the log, which says so once; a good one ends
 * that. */
static void
test_file_broken (void)
{
  g_autoptr (BelfryTestJwtKey) one = belfry_test_jwt_new_ec ("P-256");
  g_auto (Fixture) f = start_with_file (one, "keys");
  g_autofree char *pem = belfry_test_jwt_pem (one);
  g_autofree char *path = belfry_test_dir_path (f.dir, "keys");
  g_autofree char *old = belfry_test_jwt_sign ("ES256", one, NULL, ES256, CLAIMS);

  belfry_test_expect_log (BELFRY_LOG_WARNING, DOMAIN,
                          "Keys changed, but those read before stay in force: "
                          "*/keys: not JSON: expected a JSON Web Key Set");
  replace (f.dir, "keys", "{\"keys\":[");
  belfry_test_wait_until (was_logged ("Keys changed, but *not JSON*"));
  assert_good (&f, old);
  belfry_test_expect_log (BELFRY_LOG_WARNING, DOMAIN,
                          "Keys changed, but those read before stay in force: "
                          "*/keys: No such file or directory");
  g_assert_cmpint (g_unlink (path), ==, 0);
  belfry_test_wait_until (was_logged ("Keys changed, but *No such file*"));
  assert_good (&f, old);
  replace (f.dir, "keys", pem);
  belfry_test_wait_until (was_logged ("Keys read again: 1 are in force"));
  assert_good (&f, old);
}

/* Where the files lie behind a symbolic link that is turned, as Kubernetes does it, that counts. */
static void
test_link_turned (void)
{
  g_auto (Fixture) f = { belfry_test_dir_new () };
  g_autoptr (BelfryTestJwtKey) one = belfry_test_jwt_new_ec ("P-256");
  g_autoptr (BelfryTestJwtKey) two = belfry_test_jwt_new_ec ("P-256");
  g_autofree char *first = belfry_test_jwt_pem (one);
  g_autofree char *second = belfry_test_jwt_pem (two);
  g_autofree char *in_one = belfry_test_dir_write (f.dir, "1/keys", first, -1);
  g_autofree char *in_two = belfry_test_dir_write (f.dir, "2/keys", second, -1);
  g_autofree char *data = belfry_test_dir_path (f.dir, "data");
  g_autofree char *next = belfry_test_dir_path (f.dir, "next");
  g_autofree char *path = belfry_test_dir_path (f.dir, "keys");
  g_autofree char *settings = g_strdup_printf ("algorithms=ES256\nkeys=%s\n", path);
  g_autofree char *fresh = belfry_test_jwt_sign ("ES256", two, NULL, ES256, CLAIMS);

  g_assert_true (g_str_has_suffix (in_one, "/1/keys") && g_str_has_suffix (in_two, "/2/keys"));
  g_assert_cmpint (symlink ("1", data), ==, 0);
  g_assert_cmpint (symlink ("data/keys", path), ==, 0);
  fixture_start_well (&f, settings);
  g_assert_cmpint (symlink ("2", next), ==, 0);
  g_assert_cmpint (g_rename (next, data), ==, 0);
  belfry_test_wait_until (was_logged ("Keys read again: 1 are in force"));
  assert_good (&f, fresh);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/plugin-jwt/identity", test_identity);
  belfry_test_add ("/plugin-jwt/least", test_least);
  belfry_test_add ("/plugin-jwt/roles", test_roles);
  belfry_test_add ("/plugin-jwt/abstain", test_abstain);
  belfry_test_add ("/plugin-jwt/refused", test_refused);
  belfry_test_add ("/plugin-jwt/too-much", test_too_much);
  belfry_test_add ("/plugin-jwt/secret-file", test_secret_file);
  belfry_test_add ("/plugin-jwt/settings", test_settings);
  belfry_test_add ("/plugin-jwt/no-keys", test_no_keys);
  belfry_test_add ("/plugin-jwt/bad-settings", test_bad_settings);
  belfry_test_add ("/plugin-jwt/short-secret", test_short_secret);
  belfry_test_add ("/plugin-jwt/issuer-keys", test_issuer_keys);
  belfry_test_add ("/plugin-jwt/reload", test_reload);
  belfry_test_add ("/plugin-jwt/file-changed", test_file_changed);
  belfry_test_add ("/plugin-jwt/file-changed-during-reload", test_file_changed_during_reload);
  belfry_test_add ("/plugin-jwt/file-broken", test_file_broken);
  belfry_test_add ("/plugin-jwt/link-turned", test_link_turned);
  return g_test_run ();
}
