/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include "belfry-error.h"
#include "belfry-hub-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static void
sign_in (BelfryFakeClient *client, const char *token)
{
  belfry_fake_client_sign_in (client, BELFRY_REQUEST_AUTHENTICATE, token);
}

static void
refresh (BelfryFakeClient *client, const char *token)
{
  belfry_fake_client_sign_in (client, BELFRY_REQUEST_REFRESH, token);
}

/* Whoever does not sign in may do nothing but that. */
static void
test_in_band (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], NULL);
  g_assert_cmpstr (a->told->str, ==, "");
  belfry_fake_client_assert_told (a, "welcome");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_unsubscribe (a, "a");
  belfry_fake_client_publish (a, "a", "x");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PRESENCE, "a", "4");
  belfry_fake_client_ask (a, BELFRY_REQUEST_HISTORY, "a", "5");
  refresh (a, "alice");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, "6");
  belfry_fake_client_assert_told (
      a, "error not-authenticated a; error not-authenticated a; error not-authenticated a; "
         "error not-authenticated a #4; error not-authenticated a #5; error not-authenticated; "
         "pong #6");
  g_assert_false (belfry_session_is_authenticated (a->session));
  sign_in (a, "alice");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "authenticated; signed-in; subscribed a");
  g_assert_true (belfry_session_is_authenticated (a->session));
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What is asked for while the handshake's token is being looked at waits. */
static void
test_handshake (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], "late-alice");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, "1");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "welcome");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "authenticated; signed-in; pong #1; subscribed a");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

typedef struct
{
  const char *defect;
  const char *token;
  const char *told;
} TokenCase;

static const TokenCase token_cases[] = {
  { "refused", "refuse", "error authentication-failed; close 4401" },
  { "known to nobody", "abstain", "error authentication-failed; close 4401" },
  { "expired long ago", "expire", "error token-expired; close 4502" },
  { "expired just now", "alice;ttl=0", "error token-expired; close 4502" },
  { "of a blocked user", "mallory", "error forbidden; close 4403" },
  { "revoked", "alice;jti=stolen", "error forbidden; close 4403" },
  { "one connection too many", "bob", "error limit-reached; close 1013" },
};

/* A token that is no good is told as what it is, and then the client is told to go; what it asked
 * for behind it is not answered. */
static void
test_bad_tokens (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "[server]\nmax-connections-per-user = 1\n");
  gint64 later = belfry_clock_wall (BELFRY_CLOCK (core.clock)) + SECOND;
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_hub_block_user (core.hub, "mallory", later);
  belfry_hub_revoke_token (core.hub, "stolen", later);
  for (gsize i = 0; i < G_N_ELEMENTS (token_cases); i++)
    {
      g_autofree char *told = g_strdup_printf ("welcome; %s", token_cases[i].told);
      BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], token_cases[i].token);
      BelfryFakeClient *c = belfry_fake_client_new (core.shards[1], NULL);

      g_test_message ("%s", token_cases[i].defect);
      belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, "1");
      belfry_fake_client_assert_told (a, told);
      belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, "2");
      belfry_fake_client_assert_told (a, "");
      sign_in (c, token_cases[i].token);
      belfry_fake_client_ask (c, BELFRY_REQUEST_PING, NULL, "1");
      belfry_fake_client_assert_told (c, told);
      belfry_fake_client_free (a);
      belfry_fake_client_free (c);
    }
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* When nobody can be asked, a client that signs in by itself may try again; one that cannot is told
 * to come back later. */
static void
test_unavailable (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the authorizer “fake” fails: failed");
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], "fail");
  BelfryFakeClient *b = belfry_fake_client_new (core.shards[0], NULL);

  belfry_fake_client_assert_told (a, "welcome; error unavailable; close 1013");
  sign_in (b, "fail");
  sign_in (b, "bob");
  belfry_fake_client_assert_told (b, "welcome; error unavailable; authenticated; signed-in");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Who shows a certificate needs no token; if nobody knows it, he may still send one. */
static void
test_certificate (void)
{
  BelfryTestCore core;
  BelfrySessionParams params = {
    .dialect = "typed",
    .endpoint = "/ws",
    .peer = "192.0.2.1",
    .certificate = "carol",
  };

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_fake_client_new_with (core.shards[0], &params);
  belfry_fake_client_assert_told (a, "welcome; authenticated; signed-in");
  params.certificate = "refuse";
  BelfryFakeClient *b = belfry_fake_client_new_with (core.shards[0], &params);
  belfry_fake_client_assert_told (b, "welcome");
  sign_in (b, "bob");
  belfry_fake_client_assert_told (b, "authenticated; signed-in");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Signing in again is a refresh for the same user, and refused for another. A refresh that fails
 * takes nothing away. */
static void
test_again (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  sign_in (a, "alice;jti=2");
  refresh (a, "alice;jti=3");
  belfry_fake_client_assert_told (a, "authenticated; refreshed");
  sign_in (a, "bob");
  refresh (a, "bob");
  refresh (a, "refuse");
  refresh (a, "expire");
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the authorizer “fake” fails: failed");
  refresh (a, "fail");
  belfry_fake_client_assert_told (
      a, "error authentication-failed; error authentication-failed; error authentication-failed; "
         "error token-expired; error unavailable");
  g_assert_cmpuint (belfry_hub_close_user (core.hub, "bob", 4403, "x"), ==, 0);
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "subscribed a");
  g_assert_cmpuint (belfry_hub_close_user (core.hub, "alice", 4403, "x"), ==, 1);
  belfry_fake_client_assert_told (a, "close 4403");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

typedef struct
{
  const char *what;
  gint64 step;
  gint64 wait; /* after it, by the clock that never jumps */
  const char *told;
} StepCase;

/* Of a token that ends in 1000 seconds. */
static const StepCase step_cases[] = {
  { "over the end", 2000 * SECOND, 7 * SECOND, "close 4502" },
  { "to just before the end", 950 * SECOND, 49 * SECOND, "expires" },
  { "to just before, and on", 950 * SECOND, 52 * SECOND, "expires; close 4502" },
  { "to where it is warned of soon", 980 * SECOND, 7 * SECOND, "" },
  { "back", -500 * SECOND, 1100 * SECOND, "" },
  { "back, and on", -500 * SECOND, 1510 * SECOND, "expires; close 4502" },
  { "hardly", SECOND / 10, 900 * SECOND, "" },
};

/* Tokens end by the clock on the wall, also when that is set. Some seconds may go by until it is
 * noticed. */
static void
test_clock_step (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (step_cases); i++)
    {
      BelfryTestCore core;

      g_test_message ("%s", step_cases[i].what);
      belfry_test_core_init (&core, "");
      BelfryFakeClient *a = belfry_test_core_client (&core, "alice;ttl=1000");
      BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
      gint64 wall = belfry_clock_wall (BELFRY_CLOCK (core.clock));

      belfry_fake_clock_set_wall (core.clock, wall + step_cases[i].step);
      for (gint64 waited = 0; waited < step_cases[i].wait; waited += SECOND)
        belfry_test_core_advance (&core, SECOND);
      belfry_fake_client_assert_told (a, step_cases[i].told);
      belfry_fake_client_assert_told (b, "");
      belfry_fake_client_free (a);
      belfry_fake_client_free (b);
      belfry_test_core_clear (&core);
    }
}

/* A refresh that fails again and again ends the session, unless a good one comes between; that
 * nobody can be asked does not count. */
static void
test_too_many_failures (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the authorizer “fake” fails: failed");
  for (int round = 0; round < 3; round++)
    {
      for (int i = 0; i < 4; i++)
        refresh (a, i % 2 == 0 ? "refuse" : "bob");
      refresh (a, "fail");
      refresh (a, "alice");
      belfry_fake_client_assert_told (a,
                                      "error authentication-failed; error authentication-failed; "
                                      "error authentication-failed; error authentication-failed; "
                                      "error unavailable; refreshed");
    }
  for (int i = 0; i < 6; i++)
    refresh (a, "expire");
  belfry_fake_client_assert_told (a, "error token-expired; error token-expired; "
                                     "error token-expired; error token-expired; "
                                     "error token-expired; close 4401");
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_AUTHENTICATION_EXPIRED),
                    ==, 5);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* Before a token ends, the client is told; when it ends, the client is closed. */
static void
test_expiry (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;ttl=100");

  belfry_test_core_advance (&core, 89 * SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_advance (&core, 2 * SECOND);
  belfry_fake_client_assert_told (a, "expires");
  belfry_test_core_advance (&core, 8 * SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_advance (&core, 2 * SECOND);
  belfry_fake_client_assert_told (a, "close 4502");
  belfry_test_core_advance (&core, 2 * SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* Half a minute before is early enough for long tokens. A token that never ends is never told of.
 */
static void
test_long_expiry (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;ttl=3600");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_test_core_advance (&core, 3569 * SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_advance (&core, 2 * SECOND);
  belfry_fake_client_assert_told (a, "expires");
  belfry_test_core_advance (&core, 100000 * SECOND);
  belfry_fake_client_assert_told (a, "close 4502");
  belfry_fake_client_assert_told (b, "");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* A refresh gives more time, and the next end is told of again; one for good ends all that. */
static void
test_refresh_in_time (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;ttl=100");

  belfry_test_core_advance (&core, 95 * SECOND);
  refresh (a, "alice;ttl=100");
  belfry_fake_client_assert_told (a, "expires; refreshed");
  belfry_test_core_advance (&core, 85 * SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_advance (&core, 7 * SECOND);
  refresh (a, "alice");
  belfry_fake_client_assert_told (a, "expires; refreshed");
  belfry_test_core_advance (&core, 100000 * SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* If the wall clock is set back, the token has the time that its end says. */
static void
test_clock_set_back (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  gint64 wall = belfry_clock_wall (BELFRY_CLOCK (core.clock));
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;ttl=100");

  belfry_test_core_advance (&core, 95 * SECOND);
  belfry_fake_client_assert_told (a, "expires");
  belfry_fake_clock_set_wall (core.clock, wall);
  belfry_test_core_advance (&core, 90 * SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_test_core_advance (&core, 20 * SECOND);
  belfry_fake_client_assert_told (a, "close 4502");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* Without authentication everybody may do everything, with a token, a bad one or none; but a good
 * token says who it is. */
static void
test_not_required (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "[auth]\nrequired = no\n[topic *]\npresence = yes\n");
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], NULL);
  BelfryFakeClient *b = belfry_fake_client_new (core.shards[0], "refuse");
  BelfryFakeClient *c = belfry_fake_client_new (core.shards[0], "carol");

  belfry_fake_client_assert_told (a, "welcome; signed-in");
  belfry_fake_client_assert_told (b, "welcome; authenticated; signed-in");
  belfry_fake_client_assert_told (c, "welcome; authenticated; signed-in");
  sign_in (a, "whatever it is;jti=x");
  refresh (b, "refuse");
  belfry_fake_client_subscribe (b, "deny.x");
  belfry_fake_client_assert_told (a, "authenticated");
  belfry_fake_client_assert_told (b, "refreshed; subscribed deny.x");
  belfry_fake_client_subscribe (c, "deny.x");
  belfry_fake_client_ask (c, BELFRY_REQUEST_PRESENCE, "deny.x", NULL);
  belfry_fake_client_assert_told (c, "subscribed deny.x; join deny.x {\"user\":\"carol\"}; "
                                     "presence deny.x carol*1");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_test_core_clear (&core);
}

/* Sessions of a user are counted while they are there, whatever the user does meanwhile. */
static void
test_per_user (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "[server]\nmax-connections-per-user = 2\n");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *c = belfry_fake_client_new (core.shards[0], "alice");

  belfry_fake_client_assert_told (c, "welcome; error limit-reached; close 1013");
  refresh (a, "alice;jti=2");
  belfry_fake_client_assert_told (a, "refreshed");
  belfry_fake_client_leave (a, 1000);
  BelfryFakeClient *d = belfry_test_core_client (&core, "alice");
  belfry_fake_client_leave (b, 1000);
  BelfryFakeClient *e = belfry_test_core_client (&core, "alice");
  g_assert_cmpuint (belfry_hub_close_user (core.hub, "alice", 4403, "x"), ==, 2);
  BelfryFakeClient *f = belfry_test_core_client (&core, "alice");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_fake_client_free (d);
  belfry_fake_client_free (e);
  belfry_fake_client_free (f);
  belfry_test_core_clear (&core);
}

/* A client that leaves while it is looked at is not let in afterwards. */
static void
test_leave_meanwhile (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], "late-alice");
  belfry_fake_client_assert_told (a, "welcome");
  belfry_fake_client_leave (a, 1001);
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_fake_plugin_get_n_cancelled (core.plugin), ==, 1);
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_hub_get_n_sessions (core.hub), ==, 0);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static BelfryIdentity *
authenticate (BelfryTestCore *core, const char *token, GError **error)
{
  const BelfryCredentialsParams params = { .token = token };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);
  g_autoptr (GAsyncResult) result = NULL;

  belfry_hub_authenticate_async (core->hub, credentials, NULL, on_result, &result);
  belfry_test_wait_until (result != NULL);
  return belfry_hub_authenticate_finish (core->hub, result, error);
}

/* Callers that are no sessions are looked at in the same way. */
static void
test_caller (void)
{
  BelfryTestCore core;
  g_autoptr (GError) error = NULL;

  belfry_test_core_init (&core, "");
  belfry_hub_block_user (core.hub, "mallory", G_MAXINT64);
  g_autoptr (BelfryIdentity) alice = authenticate (&core, "alice", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (belfry_identity_get_subject (alice), ==, "alice");
  g_assert_null (authenticate (&core, "mallory", &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN);
  g_clear_error (&error);
  g_assert_null (authenticate (&core, "refuse", &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_AUTHENTICATION_FAILED);
  belfry_test_core_clear (&core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-authenticate/in-band", test_in_band);
  belfry_test_add ("/hub-authenticate/handshake", test_handshake);
  belfry_test_add ("/hub-authenticate/bad-tokens", test_bad_tokens);
  belfry_test_add ("/hub-authenticate/unavailable", test_unavailable);
  belfry_test_add ("/hub-authenticate/certificate", test_certificate);
  belfry_test_add ("/hub-authenticate/again", test_again);
  belfry_test_add ("/hub-authenticate/too-many-failures", test_too_many_failures);
  belfry_test_add ("/hub-authenticate/clock-step", test_clock_step);
  belfry_test_add ("/hub-authenticate/expiry", test_expiry);
  belfry_test_add ("/hub-authenticate/long-expiry", test_long_expiry);
  belfry_test_add ("/hub-authenticate/refresh-in-time", test_refresh_in_time);
  belfry_test_add ("/hub-authenticate/clock-set-back", test_clock_set_back);
  belfry_test_add ("/hub-authenticate/not-required", test_not_required);
  belfry_test_add ("/hub-authenticate/per-user", test_per_user);
  belfry_test_add ("/hub-authenticate/leave-meanwhile", test_leave_meanwhile);
  belfry_test_add ("/hub-authenticate/caller", test_caller);
  return g_test_run ();
}
