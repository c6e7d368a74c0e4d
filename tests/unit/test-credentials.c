/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <belfry/belfry.h>

#include "belfry-test.h"

/* What is put in comes out, as copies. */
static void
test_whole (void)
{
  char token[] = "secret";
  const BelfryCredentialsParams params = { token, "192.0.2.1", "https://a.example",
                                           "/ws", "CN=a",      TRUE,
                                           1000,  42 };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);
  guint uid = 0;
  gint pid = 0;

  token[0] = 'X';
  g_assert_cmpstr (belfry_credentials_get_token (credentials), ==, "secret");
  g_assert_cmpstr (belfry_credentials_get_address (credentials), ==, "192.0.2.1");
  g_assert_cmpstr (belfry_credentials_get_origin (credentials), ==, "https://a.example");
  g_assert_cmpstr (belfry_credentials_get_endpoint (credentials), ==, "/ws");
  g_assert_cmpstr (belfry_credentials_get_certificate (credentials), ==, "CN=a");
  g_assert_true (belfry_credentials_get_peer (credentials, &uid, &pid));
  g_assert_cmpuint (uid, ==, 1000);
  g_assert_cmpint (pid, ==, 42);
  g_assert_true (belfry_credentials_get_peer (credentials, NULL, NULL));
}

/* Who shows nothing has nothing; an empty token is one. */
static void
test_empty (void)
{
  const BelfryCredentialsParams nothing = { NULL };
  const BelfryCredentialsParams blank = { .token = "" };
  g_autoptr (BelfryCredentials) none = belfry_credentials_new (&nothing);
  g_autoptr (BelfryCredentials) empty = belfry_credentials_new (&blank);
  guint uid = 7;
  gint pid = 7;

  g_assert_null (belfry_credentials_get_token (none));
  g_assert_null (belfry_credentials_get_address (none));
  g_assert_null (belfry_credentials_get_origin (none));
  g_assert_null (belfry_credentials_get_endpoint (none));
  g_assert_null (belfry_credentials_get_certificate (none));
  g_assert_false (belfry_credentials_get_peer (none, &uid, &pid));
  g_assert_cmpuint (uid, ==, 7);
  g_assert_cmpint (pid, ==, 7);
  g_assert_cmpstr (belfry_credentials_get_token (empty), ==, "");
}

/* A process of root with the first pid is one like others: it is `has_peer` that tells. */
static void
test_root_peer (void)
{
  const BelfryCredentialsParams params = { .has_peer = TRUE };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);
  guint uid = 7;
  gint pid = 7;

  g_assert_true (belfry_credentials_get_peer (credentials, &uid, &pid));
  g_assert_cmpuint (uid, ==, 0);
  g_assert_cmpint (pid, ==, 0);
}

/* Other languages copy boxed values: that is a reference, and the last one frees. */
static void
test_boxed (void)
{
  const BelfryCredentialsParams params = { .token = "secret" };
  BelfryCredentials *credentials = belfry_credentials_new (&params);
  BelfryCredentials *copy = g_boxed_copy (BELFRY_TYPE_CREDENTIALS, credentials);

  g_assert_true (copy == credentials);
  belfry_credentials_unref (credentials);
  g_assert_cmpstr (belfry_credentials_get_token (copy), ==, "secret");
  g_boxed_free (BELFRY_TYPE_CREDENTIALS, copy);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/credentials/whole", test_whole);
  belfry_test_add ("/credentials/empty", test_empty);
  belfry_test_add ("/credentials/root-peer", test_root_peer);
  belfry_test_add ("/credentials/boxed", test_boxed);
  return g_test_run ();
}
