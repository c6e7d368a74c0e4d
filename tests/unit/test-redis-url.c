/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-url.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-test.h"

typedef struct
{
  const char *url;
  BelfryRedisScheme scheme;
  const char *host;
  guint16 port;
  const char *path;
  guint database;
  const char *user;
  const char *password;
  const char *shown;
} GoodCase;

static const GoodCase good_cases[] = {
  { "redis://localhost", BELFRY_REDIS_SCHEME_TCP, "localhost", 6379, NULL, 0, NULL, NULL,
    "redis://localhost:6379/0" },
  { "redis://localhost/", BELFRY_REDIS_SCHEME_TCP, "localhost", 6379, NULL, 0, NULL, NULL,
    "redis://localhost:6379/0" },
  { "REDISS://redis.example:7000/3", BELFRY_REDIS_SCHEME_TLS, "redis.example", 7000, NULL, 3, NULL,
    NULL, "rediss://redis.example:7000/3" },
  { "redis://:secret@10.0.0.1", BELFRY_REDIS_SCHEME_TCP, "10.0.0.1", 6379, NULL, 0, NULL, "secret",
    "redis://*@10.0.0.1:6379/0" },
  { "redis://me:s%40%3a%2F%25@h/1", BELFRY_REDIS_SCHEME_TCP, "h", 6379, NULL, 1, "me", "s@:/%",
    "redis://*@h:6379/1" },
  { "redis://me:a@b@h", BELFRY_REDIS_SCHEME_TCP, "h", 6379, NULL, 0, "me", "a@b",
    "redis://*@h:6379/0" },
  { "redis://me:a:b@h", BELFRY_REDIS_SCHEME_TCP, "h", 6379, NULL, 0, "me", "a:b",
    "redis://*@h:6379/0" },
  { "redis://[::1]:1", BELFRY_REDIS_SCHEME_TCP, "::1", 1, NULL, 0, NULL, NULL,
    "redis://[::1]:1/0" },
  { "redis+unix:///run/redis.sock", BELFRY_REDIS_SCHEME_UNIX, NULL, 0, "/run/redis.sock", 0, NULL,
    NULL, "redis+unix:///run/redis.sock?db=0" },
  { "redis+sentinel://h/name", BELFRY_REDIS_SCHEME_SENTINEL, NULL, 0, NULL, 0, NULL, NULL,
    "redis+sentinel://h:26379/name/0" },
  { "rediss+sentinel://u:p@h:1,[::1]:2,g/my.name-1/7", BELFRY_REDIS_SCHEME_SENTINEL_TLS, NULL, 0,
    NULL, 7, "u", "p", "rediss+sentinel://*@h:1,[::1]:2,g:26379/my.name-1/7" },
  { "redis+cluster://h", BELFRY_REDIS_SCHEME_CLUSTER, NULL, 0, NULL, 0, NULL, NULL,
    "redis+cluster://h:6379" },
  { "rediss+cluster://:p@h:1,[::1]:2/", BELFRY_REDIS_SCHEME_CLUSTER_TLS, NULL, 0, NULL, 0, NULL,
    "p", "rediss+cluster://*@h:1,[::1]:2" },
  { "redis+unix://u:p@/a%20b?db=15", BELFRY_REDIS_SCHEME_UNIX, NULL, 0, "/a b", 15, "u", "p",
    "redis+unix://*@/a%20b?db=15" },
};

static void
assert_secret (const BelfrySecret *secret, const char *expected)
{
  g_assert_cmpstr (secret != NULL ? belfry_secret_peek (secret, NULL) : NULL, ==, expected);
}

/* Every part of a good URL is found, decoded, and shown without what is secret. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      const GoodCase *row = &good_cases[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (BelfryRedisUrl) url = belfry_redis_url_parse (row->url, &error);

      g_assert_no_error (error);
      g_assert_cmpint (belfry_redis_url_get_scheme (url), ==, row->scheme);
      g_assert_cmpstr (belfry_redis_url_get_host (url), ==, row->host);
      g_assert_cmpuint (belfry_redis_url_get_port (url), ==, row->port);
      g_assert_cmpstr (belfry_redis_url_get_path (url), ==, row->path);
      g_assert_cmpuint (belfry_redis_url_get_database (url), ==, row->database);
      assert_secret (belfry_redis_url_get_user (url), row->user);
      assert_secret (belfry_redis_url_get_password (url), row->password);
      g_assert_cmpstr (belfry_redis_url_get_shown (url), ==, row->shown);
      if (belfry_redis_url_get_n_sentinels (url) + belfry_redis_url_get_n_seeds (url) > 0)
        continue;
      g_autoptr (GSocketConnectable) connectable = belfry_redis_url_get_connectable (url);
      g_assert_nonnull (connectable);
    }
}

/* Sentinels are servers to sign in at with their own password; what they name is signed in at with
 * the URL's. */
static void
test_sentinels (void)
{
  g_autoptr (BelfrySecret) password = belfry_secret_new ("A@", 2);
  g_autoptr (BelfryRedisUrl) parsed =
      belfry_redis_url_parse ("rediss+sentinel://u:p@h:1,[::1]:2/name/7", NULL);

  g_assert_nonnull (parsed);
  g_autoptr (BelfryRedisUrl) url = belfry_redis_url_new_with_secrets (parsed, NULL, NULL, password);
  g_assert_cmpstr (belfry_redis_url_get_shown (url), ==, belfry_redis_url_get_shown (parsed));
  g_assert_cmpstr (belfry_redis_url_get_service (url), ==, "name");
  g_assert_cmpuint (belfry_redis_url_get_n_sentinels (url), ==, 2);
  BelfryRedisUrl *second = belfry_redis_url_get_sentinel (url, 1);
  g_assert_cmpint (belfry_redis_url_get_scheme (second), ==, BELFRY_REDIS_SCHEME_TLS);
  g_assert_cmpstr (belfry_redis_url_get_shown (second), ==, "rediss://*@[::1]:2/0");
  assert_secret (belfry_redis_url_get_password (second), "A@");
  assert_secret (belfry_redis_url_get_user (second), NULL);
  g_autoptr (BelfryRedisUrl) server = belfry_redis_url_new_at (url, "fe80::1", "7000", NULL);
  g_assert_cmpstr (belfry_redis_url_get_shown (server), ==, "rediss://*@[fe80::1]:7000/7");
  assert_secret (belfry_redis_url_get_password (server), "p");
  assert_secret (belfry_redis_url_get_user (server), "u");
  g_autoptr (BelfryRedisUrl) named = belfry_redis_url_new_at (server, "redis", "1", NULL);
  g_assert_cmpstr (belfry_redis_url_get_host (named), ==, "redis");
}

/* Nodes of a cluster are signed in at alike, also those that others name. */
static void
test_cluster (void)
{
  g_autoptr (BelfrySecret) secret = belfry_secret_new ("Geheim", 6);
  g_autoptr (BelfryRedisUrl) parsed = belfry_redis_url_parse ("rediss+cluster://u:p@h:1,g", NULL);

  g_assert_nonnull (parsed);
  g_assert_cmpuint (belfry_redis_url_get_n_seeds (parsed), ==, 2);
  g_assert_cmpuint (belfry_redis_url_get_n_sentinels (parsed), ==, 0);
  g_autoptr (BelfryRedisUrl) url = belfry_redis_url_new_with_secrets (parsed, NULL, secret, NULL);
  g_assert_cmpstr (belfry_redis_url_get_shown (url), ==, "rediss+cluster://*@h:1,g:6379");
  BelfryRedisUrl *second = belfry_redis_url_get_seed (url, 1);
  g_assert_cmpstr (belfry_redis_url_get_shown (second), ==, "rediss://*@g:6379/0");
  assert_secret (belfry_redis_url_get_user (second), "u");
  assert_secret (belfry_redis_url_get_password (second), "Geheim");
  g_autoptr (BelfryRedisUrl) other = belfry_redis_url_new_at (url, "10.0.0.1", "7000", NULL);
  g_assert_cmpstr (belfry_redis_url_get_shown (other), ==, "rediss://*@10.0.0.1:7000/0");
  assert_secret (belfry_redis_url_get_password (other), "Geheim");
}

/* User and password may be kept elsewhere than in the URL; what it has is used for the rest. */
static void
test_secrets (void)
{
  g_autoptr (BelfrySecret) secret = belfry_secret_new ("Geheim", 6);
  g_autoptr (BelfryRedisUrl) bare = belfry_redis_url_parse ("redis+unix:///run/x?db=2", NULL);
  g_autoptr (BelfryRedisUrl) full = belfry_redis_url_parse ("redis://u:p@h:1/2", NULL);
  g_autoptr (BelfryRedisUrl) first = belfry_redis_url_new_with_secrets (bare, NULL, secret, NULL);
  g_autoptr (BelfryRedisUrl) second =
      belfry_redis_url_new_with_secrets (full, NULL, secret, secret);

  g_assert_cmpstr (belfry_redis_url_get_shown (first), ==, "redis+unix://*@/run/x?db=2");
  assert_secret (belfry_redis_url_get_password (first), "Geheim");
  assert_secret (belfry_redis_url_get_user (first), NULL);
  g_assert_cmpstr (belfry_redis_url_get_shown (second), ==, "redis://*@h:1/2");
  assert_secret (belfry_redis_url_get_password (second), "Geheim");
  assert_secret (belfry_redis_url_get_user (second), "u");
}

typedef struct
{
  const char *defect;
  const char *url;
} BadCase;

static const BadCase bad_cases[] = {
  { "nothing", "" },
  { "no scheme", "Geheim.example:6379" },
  { "another scheme", "http://u:Geheim@h" },
  { "one slash", "redis:/Geheim" },
  { "no host", "redis://u:Geheim@" },
  { "no host before a port", "redis://:6379" },
  { "a password for a user", "redis://Geheim@h" },
  { "no password after a user", "redis://Geheim:@h" },
  { "a percent sign at the end of the password", "redis://u:Geheim%@h" },
  { "one hex digit", "redis://u:Geheim%1@h" },
  { "no hex digits", "redis://u:Geheim%zz@h" },
  { "an encoded NUL", "redis://u:Geheim%00@h" },
  { "a slash in a password", "redis://u:Geheim/1@h" },
  { "a space in the host", "redis://u:Geheim@a b" },
  { "an encoded host", "redis://u:Geheim@a%41" },
  { "an address that does not end", "redis://u:Geheim@[::1" },
  { "no address between brackets", "redis://u:Geheim@[Geheim]" },
  { "an IPv4 address between brackets", "redis://u:Geheim@[127.0.0.1]" },
  { "an empty port", "redis://u:Geheim@h:" },
  { "port 0", "redis://u:Geheim@h:0" },
  { "a port too large", "redis://u:Geheim@h:65536" },
  { "a port far too large", "redis://u:Geheim@h:18446744073709551617" },
  { "a port with a sign", "redis://u:Geheim@h:+1" },
  { "a database that is no number", "redis://u:Geheim@h/Geheim" },
  { "a negative database", "redis://u:Geheim@h/-1" },
  { "two databases", "redis://u:Geheim@h/1/2" },
  { "a query", "redis://u:Geheim@h/1?Geheim=1" },
  { "a fragment", "redis://u:Geheim@h#Geheim" },
  { "a unix socket with a host", "redis+unix://Geheim/run/x" },
  { "a unix socket without a path", "redis+unix://" },
  { "a unix socket at the root", "redis+unix:///" },
  { "a unix socket with another query", "redis+unix:///Geheim?base=1" },
  { "a unix socket with a broken path", "redis+unix:///Geheim%g0" },
  { "two hosts without Sentinels", "redis://u:Geheim@h,g" },
  { "no Sentinels", "redis+sentinel:///Geheim" },
  { "Sentinels without a name", "redis+sentinel://u:Geheim@h" },
  { "Sentinels with an empty name", "redis+sentinel://u:Geheim@h/" },
  { "a Sentinel that is missing", "redis+sentinel://u:Geheim@h,/name" },
  { "a name with a space", "redis+sentinel://u:Geheim@h/my name" },
  { "a name without a database's number", "redis+sentinel://u:Geheim@h/name/Geheim" },
  { "a query after the name", "redis+sentinel://h/name?password=Geheim" },
  { "a fragment after the name", "redis+sentinel://h/name/1#Geheim" },
  { "seventeen Sentinels", "redis+sentinel://a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q/Geheim" },
  { "a path longer than a socket's",
    "redis+unix:///0123456789012345678901234567890123456789012345678901234567890123456789"
    "01234567890123456789012345678901234567890123456789" },
  { "a cluster without nodes", "redis+cluster:///" },
  { "a cluster with a database", "redis+cluster://h/1" },
  { "a cluster with an empty node", "redis+cluster://h,,g" },
};

/* What is wrong is refused, and nothing of it appears in the message: it might be the password. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad_cases[i].defect);
      g_assert_null (belfry_redis_url_parse (bad_cases[i].url, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
      g_assert_null (strstr (error->message, "Geheim"));
    }
}

/* The length is bounded before anything is looked at. */
static void
test_long (void)
{
  g_autofree char *password = g_strnfill (BELFRY_REDIS_URL_MAX, 'x');
  g_autofree char *url = g_strdup_printf ("redis://:%s@h", password);
  g_autoptr (GError) error = NULL;

  g_assert_null (belfry_redis_url_parse (url, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-url/good", test_good);
  belfry_test_add ("/redis-url/sentinels", test_sentinels);
  belfry_test_add ("/redis-url/cluster", test_cluster);
  belfry_test_add ("/redis-url/secrets", test_secrets);
  belfry_test_add ("/redis-url/bad", test_bad);
  belfry_test_add ("/redis-url/long", test_long);
  return g_test_run ();
}
