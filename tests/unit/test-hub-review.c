/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include "belfry-error.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define OPEN "[auth]\nrequired = no\n"

/* More than are looked at in a turn. */
#define N_CLIENTS 600

static void
refresh (BelfryFakeClient *client, const char *token)
{
  belfry_fake_client_sign_in (client, BELFRY_REQUEST_REFRESH, token);
}

/* As a reload of the configuration does. */
static void
require (BelfryTestCore *core, gboolean required)
{
  belfry_gate_set_required (core->gate, required);
  belfry_hub_review (core->hub);
}

static guint64
revoked (BelfryTestCore *core)
{
  return belfry_test_core_get_counter (core, BELFRY_CORE_METRIC_SUBSCRIPTIONS_REVOKED);
}

/* A refreshed token that grants less takes away what it does not grant any more, and only that. */
static void
test_refresh (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;subscribe=abstain.>");

  belfry_fake_client_subscribe (a, "abstain.1 b abstain.2 abstain.*");
  belfry_fake_client_assert_told (a, "subscribed abstain.1 b abstain.2 abstain.*");
  refresh (a, "alice;subscribe=abstain.2");
  belfry_fake_client_subscribe (a, "abstain.1");
  belfry_fake_client_assert_told (
      a, "refreshed; unsubscribed abstain.*; error forbidden abstain.*; unsubscribed abstain.1; "
         "error forbidden abstain.1; error forbidden abstain.1");
  belfry_test_core_publish (&core, "abstain.1", "1");
  belfry_test_core_publish (&core, "abstain.2", "2");
  belfry_test_core_publish (&core, "b", "3");
  belfry_fake_client_assert_told (a, "message abstain.2 2; message b 3");
  g_assert_cmpuint (revoked (&core), ==, 2);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_SUBSCRIPTIONS), ==, 2);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A policy may take its time: what was ordered meanwhile waits, and the answer still counts. */
static void
test_late_policy (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;subscribe=late-deny.a");

  belfry_fake_client_subscribe (a, "late-deny.a");
  belfry_fake_client_assert_told (a, "subscribed late-deny.a");
  refresh (a, "alice");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, "1");
  belfry_fake_client_assert_told (a, "refreshed");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a,
                                  "unsubscribed late-deny.a; error forbidden late-deny.a; pong #1");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* Whoever leaves, or loses the topic otherwise, while the policy is asked, is not told twice. */
static void
test_gone_meanwhile (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;subscribe=late-deny.a");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob;subscribe=late-deny.a");

  belfry_fake_client_subscribe (a, "late-deny.a");
  belfry_fake_client_subscribe (b, "late-deny.a");
  belfry_fake_client_assert_told (a, "subscribed late-deny.a");
  refresh (a, "alice");
  refresh (b, "bob");
  belfry_fake_client_assert_told (a, "refreshed");
  g_assert_true (belfry_hub_unsubscribe_session (core.hub, belfry_session_get_id (a->session),
                                                 "late-deny.a", NULL));
  belfry_fake_client_free (b);
  belfry_fake_client_assert_told (a, "unsubscribed late-deny.a");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "");
  g_assert_cmpuint (revoked (&core), ==, 0);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

static void
on_subscribed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (belfry_hub_subscribe_session_finish (BELFRY_HUB (source), result, NULL));
}

/* What an administrator gave was never a policy's to allow. */
static void
test_given (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_hub_subscribe_session_async (core.hub, belfry_session_get_id (a->session), "deny.a", NULL,
                                      on_subscribed, NULL);
  belfry_fake_client_assert_told (a, "subscribed deny.a");
  refresh (a, "alice");
  belfry_fake_client_assert_told (a, "refreshed");
  belfry_hub_review (core.hub);
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A reload judges everybody, those who are in the middle of something when they have done it. */
static void
test_reload (void)
{
  BelfryTestCore core;
  BelfryFakeClient *clients[N_CLIENTS];

  belfry_test_core_init (&core, OPEN);
  for (gsize i = 0; i < N_CLIENTS; i++)
    {
      clients[i] = belfry_fake_client_new (core.shards[i % 2], "alice");
      belfry_fake_client_subscribe (clients[i], "deny.a b");
    }
  BelfryFakeClient *late = belfry_fake_client_new (core.shards[0], "bob");
  belfry_fake_client_settle ();
  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE);
  belfry_fake_client_subscribe (late, "deny.late");
  belfry_fake_client_settle ();
  belfry_fake_client_forget (late);
  require (&core, TRUE);
  for (int i = 0; i < 10; i++)
    belfry_test_core_advance (&core, SECOND / 10);
  for (gsize i = 0; i < N_CLIENTS; i++)
    {
      belfry_fake_client_assert_told (clients[i],
                                      "welcome; authenticated; signed-in; subscribed deny.a b; "
                                      "unsubscribed deny.a; error forbidden deny.a");
      belfry_fake_client_free (clients[i]);
    }
  belfry_fake_client_assert_told (late, "");
  belfry_late_broker_hold (core.broker, 0);
  belfry_late_broker_release (core.broker, G_MAXUINT);
  belfry_fake_client_assert_told (late, "subscribed deny.late; unsubscribed deny.late; "
                                        "error forbidden deny.late");
  belfry_fake_client_free (late);
  belfry_test_core_clear (&core);
}

/* Nobody loses anything because a policy cannot be asked; it is asked again until it can. */
static void
test_unsure (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, OPEN);
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], "alice");
  belfry_fake_client_subscribe (a, "fail.a");
  belfry_fake_client_settle ();
  belfry_fake_client_forget (a);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the policy “fake” fails: failed");
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the policy “fake” fails: failed");
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the policy “fake” fails: failed");
  guint before = belfry_fake_plugin_get_n_asked (core.plugin);
  require (&core, TRUE);
  belfry_test_core_advance (&core, SECOND);
  g_assert_cmpuint (belfry_fake_plugin_get_n_asked (core.plugin), ==, before + 1);
  for (guint i = 2; i < 5; i++)
    {
      belfry_test_core_advance (&core, 31 * SECOND);
      belfry_test_core_advance (&core, SECOND);
      g_assert_cmpuint (belfry_fake_plugin_get_n_asked (core.plugin), ==, before + i);
    }
  belfry_fake_client_assert_told (a, "");
  refresh (a, "alice;subscribe=fail.a");
  belfry_test_core_advance (&core, 31 * SECOND);
  belfry_test_core_advance (&core, 31 * SECOND);
  belfry_test_core_advance (&core, 31 * SECOND);
  belfry_fake_client_assert_told (a, "refreshed");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* When signing in becomes required, strangers lose at once what nobody judged, and must sign in;
 * who has signed in keeps what he may. */
static void
test_required (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, OPEN);
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], NULL);
  BelfryFakeClient *b = belfry_fake_client_new (core.shards[1], "bob");
  BelfryFakeClient *c = belfry_fake_client_new (core.shards[1], NULL);
  belfry_fake_client_subscribe (a, "a b");
  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_assert_told (a, "welcome; signed-in; subscribed a b");
  belfry_fake_client_assert_told (b, "welcome; authenticated; signed-in; subscribed a");
  belfry_fake_client_assert_told (c, "welcome; signed-in");
  require (&core, TRUE);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_SUBSCRIPTIONS), ==, 1);
  belfry_fake_client_assert_told (
      a, "signed-out; unsubscribed b; unsubscribed a; error not-authenticated");
  belfry_fake_client_assert_told (c, "signed-out");
  g_assert_false (belfry_session_is_authenticated (a->session));
  belfry_test_core_publish (&core, "a", "1");
  belfry_fake_client_assert_told (b, "message a 1");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "error not-authenticated a");
  belfry_fake_client_sign_in (a, BELFRY_REQUEST_AUTHENTICATE, "alice");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "authenticated; signed-in; subscribed a");
  belfry_hub_review (core.hub);
  belfry_fake_client_assert_told (c, "");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_test_core_clear (&core);
}

/* When it is not required any more, those who wait are let in. */
static void
test_not_required_any_more (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], NULL);
  belfry_fake_client_assert_told (a, "welcome");
  require (&core, FALSE);
  belfry_fake_client_assert_told (a, "signed-in");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "subscribed a");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* At whatever moment signing in becomes required, nobody is left who is let in without a name. */
static void
test_any_moment (void)
{
  for (int turns = 0; turns < 10; turns++)
    {
      BelfryTestCore core;

      g_test_message ("after %d turns", turns);
      belfry_test_core_init (&core, OPEN);
      BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], "abstain");
      BelfryFakeClient *b = belfry_fake_client_new (core.shards[1], NULL);
      belfry_fake_client_subscribe (b, "b");
      for (int i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      require (&core, TRUE);
      belfry_fake_client_settle ();
      g_assert_false (belfry_session_is_authenticated (a->session));
      g_assert_false (belfry_session_is_authenticated (b->session));
      g_assert_cmpint (belfry_test_core_get_gauge (&core, BELFRY_CORE_METRIC_SUBSCRIPTIONS), ==, 0);
      belfry_fake_client_free (a);
      belfry_fake_client_free (b);
      belfry_test_core_clear (&core);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-review/refresh", test_refresh);
  belfry_test_add ("/hub-review/late-policy", test_late_policy);
  belfry_test_add ("/hub-review/gone-meanwhile", test_gone_meanwhile);
  belfry_test_add ("/hub-review/given", test_given);
  belfry_test_add ("/hub-review/reload", test_reload);
  belfry_test_add ("/hub-review/unsure", test_unsure);
  belfry_test_add ("/hub-review/required", test_required);
  belfry_test_add ("/hub-review/not-required-any-more", test_not_required_any_more);
  belfry_test_add ("/hub-review/any-moment", test_any_moment);
  return g_test_run ();
}
