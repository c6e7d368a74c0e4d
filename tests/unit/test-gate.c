/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-gate.h"

#include <string.h>

#include "belfry-core-metrics.h"
#include "belfry-error.h"
#include "belfry-fake-clock.h"
#include "belfry-fake-plugin.h"
#include "belfry-gate-private.h"
#include "belfry-test.h"

#define N_PLUGINS 3
#define TIMEOUT (10 * G_TIME_SPAN_MILLISECOND)

/* A gate with up to three fake plugins in its chains. */
typedef struct
{
  BelfryFakeClock *clock;               /* (owned) */
  BelfryMetrics *metrics;               /* (owned) */
  BelfryMetricsSlot *slot;              /* (owned) */
  BelfryGate *gate;                     /* (owned) */
  BelfryFakePlugin *plugins[N_PLUGINS]; /* (owned) */
  GCancellable *cancellable;            /* (owned) */
  GAsyncResult *result;                 /* (owned) (nullable) */
} Fixture;

static gint64
wall (gpointer user_data)
{
  return belfry_clock_wall (user_data);
}

static void
fixture_init (Fixture *self, gboolean required)
{
  const BelfryMetricTable table = { belfry_core_metrics, BELFRY_CORE_N_METRICS };

  *self = (Fixture){ .clock = belfry_fake_clock_new () };
  self->metrics = belfry_metrics_new (&table, 1);
  self->slot = belfry_metrics_slot_new (self->metrics);
  self->gate = belfry_gate_new (BELFRY_CLOCK (self->clock), self->slot, required);
  self->cancellable = g_cancellable_new ();
  belfry_gate_set_timeout (self->gate, TIMEOUT);
  for (int i = 0; i < N_PLUGINS; i++)
    self->plugins[i] = belfry_fake_plugin_new (wall, self->clock);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
fixture_clear (Fixture *self)
{
  g_clear_object (&self->result);
  settle ();
  belfry_test_assert_finalizes (self->gate);
  for (int i = 0; i < N_PLUGINS; i++)
    {
      belfry_fake_plugin_release (self->plugins[i]);
      settle ();
      belfry_test_assert_finalizes (self->plugins[i]);
    }
  belfry_test_assert_finalizes (self->cancellable);
  belfry_metrics_slot_free (self->slot);
  belfry_metrics_unref (self->metrics);
  belfry_test_assert_finalizes (self->clock);
}

static guint64
counter (Fixture *self, BelfryCoreMetric metric)
{
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (self->metrics);

  return belfry_metrics_snapshot_get_counter (snapshot, metric);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_null (self->result);
  self->result = g_object_ref (result);
}

/* A policy of its own, whose answer to everything is a word. */
static void
add_authorizers (Fixture *self, int n)
{
  for (int i = 0; i < n; i++)
    belfry_gate_add_authorizer (self->gate, "fake", BELFRY_AUTHORIZER (self->plugins[i]));
}

static void
add_policies (Fixture *self, int n)
{
  for (int i = 0; i < n; i++)
    belfry_gate_add_policy (self->gate, "fake", BELFRY_TOPIC_POLICY (self->plugins[i]));
}

static void
begin_authenticate (Fixture *self, const char *token)
{
  const BelfryCredentialsParams params = { .token = token };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);

  g_clear_object (&self->result);
  belfry_gate_authenticate_async (self->gate, credentials, self->cancellable, on_result, self);
}

static BelfryIdentity *
end_authenticate (Fixture *self, GError **error)
{
  belfry_test_wait_until (self->result != NULL);
  return belfry_gate_authenticate_finish (self->gate, self->result, error);
}

static void
begin_authorize (Fixture *self, BelfryIdentity *identity, const char *topic)
{
  g_clear_object (&self->result);
  belfry_gate_authorize_async (self->gate, identity, BELFRY_TOPIC_ACTION_SUBSCRIBE, topic,
                               self->cancellable, on_result, self);
}

static gboolean
end_authorize (Fixture *self, GError **error)
{
  belfry_test_wait_until (self->result != NULL);
  return belfry_gate_authorize_finish (self->gate, self->result, error);
}

typedef struct
{
  const char *defect;
  const char *token;
  int n; /* authorizers */
  BelfryError error;
} TokenCase;

static const TokenCase token_cases[] = {
  { "nobody to ask", "alice", 0, BELFRY_ERROR_AUTHENTICATION_FAILED },
  { "refused by the first", "refuse", 2, BELFRY_ERROR_AUTHENTICATION_FAILED },
  { "expired", "expire", 2, BELFRY_ERROR_TOKEN_EXPIRED },
  { "known to nobody", "abstain", 2, BELFRY_ERROR_AUTHENTICATION_FAILED },
  { "all fail", "fail", 2, BELFRY_ERROR_UNAVAILABLE },
};

/* Each of them complains once. */
static void
expect_failures (const char *what, int n)
{
  g_autofree char *text = g_strdup_printf ("the %s “fake” fails: failed", what);

  for (int i = 0; i < n; i++)
    belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", text);
}

/* Whoever is not let in is told why, in the words of the closed list. */
static void
test_not_let_in (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (token_cases); i++)
    {
      Fixture f;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", token_cases[i].defect);
      if (token_cases[i].error == BELFRY_ERROR_UNAVAILABLE)
        expect_failures ("authorizer", token_cases[i].n);
      fixture_init (&f, TRUE);
      add_authorizers (&f, token_cases[i].n);
      begin_authenticate (&f, token_cases[i].token);
      g_assert_null (end_authenticate (&f, &error));
      g_assert_error (error, BELFRY_ERROR, (int) token_cases[i].error);
      fixture_clear (&f);
    }
}

/* The first that knows who it is decides; nobody behind it is asked. */
static void
test_first_decides (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_init (&f, TRUE);
  add_authorizers (&f, 2);
  begin_authenticate (&f, "alice;role=x");
  g_autoptr (BelfryIdentity) identity = end_authenticate (&f, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (belfry_identity_get_subject (identity), ==, "alice");
  g_assert_cmpuint (belfry_fake_plugin_get_n_asked (f.plugins[0]), ==, 1);
  g_assert_cmpuint (belfry_fake_plugin_get_n_asked (f.plugins[1]), ==, 0);
  begin_authenticate (&f, "refuse");
  g_assert_null (end_authenticate (&f, NULL));
  g_assert_cmpuint (belfry_fake_plugin_get_n_asked (f.plugins[1]), ==, 0);
  expect_failures ("authorizer", 2);
  begin_authenticate (&f, "fail");
  g_assert_null (end_authenticate (&f, NULL));
  g_assert_cmpuint (belfry_fake_plugin_get_n_asked (f.plugins[1]), ==, 1);
  g_assert_cmpuint (counter (&f, BELFRY_CORE_METRIC_AUTHENTICATED), ==, 1);
  g_assert_cmpuint (counter (&f, BELFRY_CORE_METRIC_AUTHENTICATION_REFUSED), ==, 1);
  g_assert_cmpuint (counter (&f, BELFRY_CORE_METRIC_AUTHENTICATION_UNAVAILABLE), ==, 1);
  fixture_clear (&f);
}

/* Where nobody must sign in, everybody is let in, as whom he shows that he is. */
static void
test_not_required (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  gboolean allowed = FALSE;

  fixture_init (&f, FALSE);
  add_authorizers (&f, 1);
  add_policies (&f, 1);
  g_assert_false (belfry_gate_is_required (f.gate));
  begin_authenticate (&f, "refuse");
  g_assert_null (end_authenticate (&f, &error));
  g_assert_no_error (error);
  begin_authenticate (&f, "alice");
  g_autoptr (BelfryIdentity) identity = end_authenticate (&f, &error);
  g_assert_cmpstr (belfry_identity_get_subject (identity), ==, "alice");
  g_assert_true (
      belfry_gate_try_authorize (f.gate, NULL, BELFRY_TOPIC_ACTION_PUBLISH, "deny.x", &allowed));
  g_assert_true (allowed);
  belfry_gate_set_required (f.gate, TRUE);
  g_assert_true (
      belfry_gate_try_authorize (f.gate, NULL, BELFRY_TOPIC_ACTION_PUBLISH, "deny.x", &allowed));
  g_assert_false (allowed);
  fixture_clear (&f);
}

/* A plugin that does not answer in time is cancelled, and the next one is asked; what the first
 * answers after all changes nothing. */
static void
test_late_authorizer (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_init (&f, TRUE);
  add_authorizers (&f, 2);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "*“fake” does not answer in time*");
  begin_authenticate (&f, "late-alice");
  belfry_fake_clock_advance (f.clock, 2 * TIMEOUT);
  belfry_test_wait_until (belfry_fake_plugin_get_n_asked (f.plugins[1]) == 1);
  g_assert_cmpuint (belfry_fake_plugin_get_n_cancelled (f.plugins[0]), ==, 1);
  g_assert_null (f.result);
  belfry_fake_plugin_release (f.plugins[0]);
  settle ();
  g_assert_null (f.result);
  belfry_fake_plugin_release (f.plugins[1]);
  g_autoptr (BelfryIdentity) identity = end_authenticate (&f, &error);
  g_assert_no_error (error);
  g_assert_nonnull (identity);
  g_assert_cmpuint (counter (&f, BELFRY_CORE_METRIC_PLUGIN_TIMEOUTS), ==, 1);
  fixture_clear (&f);
}

/* A warning is enough for all the clients that a hanging plugin keeps waiting. */
static void
test_one_warning (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_init (&f, TRUE);
  add_authorizers (&f, 1);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "*does not answer in time*");
  for (int i = 0; i < 3; i++)
    {
      g_clear_error (&error);
      begin_authenticate (&f, "hang");
      belfry_fake_clock_advance (f.clock, 2 * TIMEOUT);
      g_assert_null (end_authenticate (&f, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
    }
  g_assert_cmpuint (counter (&f, BELFRY_CORE_METRIC_PLUGIN_TIMEOUTS), ==, 3);
  belfry_test_assert_logged ();
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "*does not answer in time*");
  belfry_fake_clock_advance (f.clock, 61 * G_USEC_PER_SEC);
  begin_authenticate (&f, "hang");
  belfry_fake_clock_advance (f.clock, 2 * TIMEOUT);
  g_assert_null (end_authenticate (&f, NULL));
  fixture_clear (&f);
}

#define MAX_CALLS 3

/* A plugin that hangs costs no more than so many questions, given up or not: what comes then is
 * refused at once, said once, with the file's name. When answers come, it is asked again. */
static void
test_too_many_calls (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_init (&f, TRUE);
  add_authorizers (&f, 1);
  belfry_gate_set_file (f.gate, "fake", "/plugins/fake.so");
  f.gate->max_calls = MAX_CALLS;
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "*does not answer in time*");
  for (int i = 0; i < MAX_CALLS; i++)
    {
      begin_authenticate (&f, "hang");
      belfry_fake_clock_advance (f.clock, 2 * TIMEOUT);
      g_assert_null (end_authenticate (&f, NULL));
    }
  belfry_test_assert_logged ();
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate",
                          "*authorizer “fake” (/plugins/fake.so) owes 3 answers*");
  for (int i = 0; i < 2; i++)
    {
      g_clear_error (&error);
      begin_authenticate (&f, "alice");
      g_assert_null (end_authenticate (&f, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
    }
  belfry_test_assert_logged ();
  g_assert_cmpuint (belfry_fake_plugin_get_n_asked (f.plugins[0]), ==, MAX_CALLS);
  g_assert_cmpuint (counter (&f, BELFRY_CORE_METRIC_PLUGIN_CALLS_REFUSED), ==, 2);
  belfry_fake_plugin_release (f.plugins[0]);
  settle ();
  begin_authenticate (&f, "alice");
  g_autoptr (BelfryIdentity) identity = end_authenticate (&f, NULL);
  g_assert_nonnull (identity);
  fixture_clear (&f);
}

/* A policy that cannot be asked might have said no: it is not passed over. */
static void
test_too_many_decisions (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("alice");
  g_autoptr (BelfryIdentity) identity = belfry_identity_builder_end (builder, NULL);

  fixture_init (&f, TRUE);
  add_policies (&f, 1);
  f.gate->max_calls = 0;
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "*policy “fake”*owes 0 answers*");
  begin_authorize (&f, identity, "late-a");
  g_assert_false (end_authorize (&f, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
  fixture_clear (&f);
}

/* A policy that says one word to every topic but those that say it themselves. */
typedef struct
{
  const char *what;
  const char *topic;
  int n; /* policies */
  gboolean at_once;
  BelfryError error; /* BELFRY_N_ERRORS: it is allowed */
} PolicyCase;

static const PolicyCase policy_cases[] = {
  { "nobody to ask", "a", 0, TRUE, BELFRY_ERROR_FORBIDDEN },
  { "allowed", "a", 1, TRUE, BELFRY_N_ERRORS },
  { "denied", "deny.a", 2, TRUE, BELFRY_ERROR_FORBIDDEN },
  { "decided by nobody", "abstain.a", 2, TRUE, BELFRY_ERROR_FORBIDDEN },
  { "allowed after a while", "late-allow.a", 1, FALSE, BELFRY_N_ERRORS },
  { "denied after a while", "late-deny.a", 2, FALSE, BELFRY_ERROR_FORBIDDEN },
  { "decided by nobody after a while", "late-abstain.a", 2, FALSE, BELFRY_ERROR_FORBIDDEN },
  { "all fail", "fail.a", 2, FALSE, BELFRY_ERROR_UNAVAILABLE },
  { "all fail after a while", "late-fail.a", 2, FALSE, BELFRY_ERROR_UNAVAILABLE },
};

/* What one policy says, at once or later, and what it comes to when all say the same. */
static void
test_policies (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (policy_cases); i++)
    {
      const PolicyCase *each = &policy_cases[i];
      g_autoptr (GError) error = NULL;
      gboolean allowed = FALSE;
      Fixture f;

      g_test_message ("%s", each->what);
      if (each->error == BELFRY_ERROR_UNAVAILABLE)
        expect_failures ("policy", each->n);
      fixture_init (&f, TRUE);
      add_policies (&f, each->n);
      g_assert_cmpint (belfry_gate_try_authorize (f.gate, NULL, BELFRY_TOPIC_ACTION_SUBSCRIBE,
                                                  each->topic, &allowed),
                       ==, each->at_once);
      g_assert_cmpint (allowed, ==, each->at_once && each->error == BELFRY_N_ERRORS);
      begin_authorize (&f, NULL, each->topic);
      for (int j = 0; j < each->n; j++)
        {
          settle ();
          belfry_fake_plugin_release (f.plugins[j]);
        }
      allowed = end_authorize (&f, &error);
      g_assert_cmpint (allowed, ==, each->error == BELFRY_N_ERRORS);
      if (!allowed)
        g_assert_error (error, BELFRY_ERROR, (int) each->error);
      fixture_clear (&f);
    }
}

/* A policy with one answer to all. */
#define TEST_TYPE_STUBBORN (test_stubborn_get_type ())
G_DECLARE_FINAL_TYPE (TestStubborn, test_stubborn, TEST, STUBBORN, GObject)

struct _TestStubborn
{
  GObject parent_instance;

  BelfryVerdict verdict;
  BelfryTopicAction action; /* what it was asked last */
};

static void test_stubborn_iface_init (BelfryTopicPolicyInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestStubborn,
                               test_stubborn,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY,
                                                      test_stubborn_iface_init))

static BelfryVerdict
test_stubborn_decide (BelfryTopicPolicy *policy,
                      BelfryIdentity *identity,
                      BelfryTopicAction action,
                      const char *topic)
{
  TEST_STUBBORN (policy)->action = action;
  return TEST_STUBBORN (policy)->verdict;
}

static void
test_stubborn_iface_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = test_stubborn_decide;
}

static void
test_stubborn_class_init (TestStubbornClass *klass)
{
}

static void
test_stubborn_init (TestStubborn *self)
{
}

typedef struct
{
  const char *what;
  const char *topic; /* what the first policy says */
  BelfryVerdict second;
  BelfryError error; /* BELFRY_N_ERRORS: it is allowed */
} PairCase;

static const PairCase pair_cases[] = {
  { "an abstention leaves it to the next", "abstain.a", BELFRY_VERDICT_ALLOW, BELFRY_N_ERRORS },
  { "a yes is final", "a", BELFRY_VERDICT_DENY, BELFRY_N_ERRORS },
  { "a no is final", "deny.a", BELFRY_VERDICT_ALLOW, BELFRY_ERROR_FORBIDDEN },
  { "a late no is final", "late-deny.a", BELFRY_VERDICT_ALLOW, BELFRY_ERROR_FORBIDDEN },
  { "who failed may have said no", "fail.a", BELFRY_VERDICT_ALLOW, BELFRY_ERROR_UNAVAILABLE },
  { "a no is a no, whoever failed", "fail.a", BELFRY_VERDICT_DENY, BELFRY_ERROR_FORBIDDEN },
  { "a default that asks abstains", "abstain.a", BELFRY_VERDICT_ASK, BELFRY_ERROR_FORBIDDEN },
  { "who hangs may have said no", "hang.a", BELFRY_VERDICT_ALLOW, BELFRY_ERROR_UNAVAILABLE },
  { "a no is a no, whoever hangs", "hang.a", BELFRY_VERDICT_DENY, BELFRY_ERROR_FORBIDDEN },
};

/* Nothing is allowed past a policy that might have said no. */
static void
test_policy_pairs (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pair_cases); i++)
    {
      const PairCase *each = &pair_cases[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (TestStubborn) second = g_object_new (TEST_TYPE_STUBBORN, NULL);
      Fixture f;

      g_test_message ("%s", each->what);
      fixture_init (&f, TRUE);
      add_policies (&f, 1);
      second->verdict = each->second;
      belfry_gate_add_policy (f.gate, "stubborn", BELFRY_TOPIC_POLICY (second));
      if (g_str_has_prefix (each->topic, "hang"))
        belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "*does not answer in time*");
      if (g_str_has_prefix (each->topic, "fail"))
        expect_failures ("policy", 1);
      begin_authorize (&f, NULL, each->topic);
      settle ();
      if (g_str_has_prefix (each->topic, "late"))
        belfry_fake_plugin_release (f.plugins[0]);
      belfry_fake_clock_advance (f.clock, 2 * TIMEOUT);
      gboolean allowed = end_authorize (&f, &error);
      g_assert_cmpint (allowed, ==, each->error == BELFRY_N_ERRORS);
      if (!allowed)
        g_assert_error (error, BELFRY_ERROR, (int) each->error);
      fixture_clear (&f);
    }
}

typedef struct
{
  const char *grant;
  const char *topic;
  gboolean allowed;
} GrantCase;

static const GrantCase grant_cases[] = {
  { "deny.a", "deny.a", TRUE },
  { "deny.a", "deny.b", FALSE },
  { "deny.*", "deny.a", TRUE },
  { "deny.*", "deny.a.b", FALSE },
  { "deny.>", "deny.a.b", TRUE },
  { "deny.*", "deny.*", TRUE },
  { "deny.*", "deny.>", FALSE },
  { "deny.>", "deny.>", TRUE },
  { "deny.>", "deny.*", TRUE },
  { "deny.>", "deny.*.>", TRUE },
  { "deny.a", "deny.*", FALSE },
  { "deny.*.*", "deny.*.>", FALSE },
  { "deny.*.>", "deny.>", FALSE },
  { "deny.>", "deny.x.>", TRUE },
  { "deny.x.>", "deny.*.>", FALSE },
  { ">", "deny.>", TRUE },
  { "*", ">", FALSE },
  { "deny.*.x", "deny.a.*", FALSE },
  { "deny:>", "deny.>", FALSE },
  { "deny.a>", "deny.a>", TRUE },
  { "deny.*", "deny.a>", TRUE },
  { ">", "deny", TRUE },
};

/* A grant allows what it covers without a question, a pattern only if it covers all of it. */
static void
test_grants (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (grant_cases); i++)
    {
      g_autofree char *token = g_strdup_printf ("alice;subscribe=%s", grant_cases[i].grant);
      g_autoptr (GError) error = NULL;
      gboolean allowed = FALSE;
      Fixture f;

      g_test_message ("%s for %s", grant_cases[i].grant, grant_cases[i].topic);
      fixture_init (&f, TRUE);
      add_authorizers (&f, 1);
      begin_authenticate (&f, token);
      g_autoptr (BelfryIdentity) identity = end_authenticate (&f, &error);
      g_assert_no_error (error);
      g_assert_true (belfry_gate_try_authorize (f.gate, identity, BELFRY_TOPIC_ACTION_SUBSCRIBE,
                                                grant_cases[i].topic, &allowed));
      g_assert_cmpint (allowed, ==, grant_cases[i].allowed);
      g_assert_true (belfry_gate_try_authorize (f.gate, identity, BELFRY_TOPIC_ACTION_PUBLISH,
                                                grant_cases[i].topic, &allowed));
      g_assert_false (allowed);
      fixture_clear (&f);
    }
}

/* A policy is told what somebody wants to do. */
static void
test_actions (void)
{
  Fixture f;
  g_autoptr (TestStubborn) policy = g_object_new (TEST_TYPE_STUBBORN, NULL);

  fixture_init (&f, TRUE);
  policy->verdict = BELFRY_VERDICT_ALLOW;
  belfry_gate_add_policy (f.gate, "stubborn", BELFRY_TOPIC_POLICY (policy));
  for (int action = 0; action < BELFRY_N_TOPIC_ACTIONS; action++)
    {
      gboolean allowed = FALSE;

      g_assert_true (
          belfry_gate_try_authorize (f.gate, NULL, (BelfryTopicAction) action, "a", &allowed));
      g_assert_true (allowed);
      g_assert_cmpint (policy->action, ==, action);
    }
  g_assert_cmpuint (counter (&f, BELFRY_CORE_METRIC_ALLOWED), ==, BELFRY_N_TOPIC_ACTIONS);
  fixture_clear (&f);
}

static GBytes *
filter (Fixture *self, const char *text, GError **error)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));

  g_clear_object (&self->result);
  belfry_gate_filter_async (self->gate, NULL, "a", payload, self->cancellable, on_result, self);
  belfry_test_wait_until (self->result != NULL);
  return belfry_gate_filter_finish (self->gate, self->result, error);
}

static void
assert_bytes (GBytes *bytes, const char *expected)
{
  g_autoptr (GBytes) wanted = g_bytes_new (expected, strlen (expected));

  g_assert_true (g_bytes_equal (bytes, wanted));
  g_bytes_unref (bytes);
}

/* Every filter sees what the one before has made of a message, and any of them can stop it. */
static void
test_filters (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_init (&f, TRUE);
  g_assert_false (belfry_gate_has_filters (f.gate));
  assert_bytes (filter (&f, "x", &error), "x");
  for (int i = 0; i < 2; i++)
    belfry_gate_add_filter (f.gate, "fake", BELFRY_MESSAGE_FILTER (f.plugins[i]));
  g_assert_true (belfry_gate_has_filters (f.gate));
  assert_bytes (filter (&f, "x", &error), "x");
  assert_bytes (filter (&f, "shout", &error), "SHOUT");
  g_assert_null (filter (&f, "refuse", &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN);
  g_clear_error (&error);
  expect_failures ("filter", 1);
  g_assert_null (filter (&f, "fail", &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
  g_clear_error (&error);
  g_assert_cmpuint (belfry_fake_plugin_get_n_asked (f.plugins[1]), ==, 2);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the filter “fake” *");
  g_clear_object (&f.result);
  g_autoptr (GBytes) payload = g_bytes_new_static ("hang", 4);
  belfry_gate_filter_async (f.gate, NULL, "a", payload, NULL, on_result, &f);
  belfry_fake_clock_advance (f.clock, 2 * TIMEOUT);
  belfry_test_wait_until (f.result != NULL);
  g_assert_null (belfry_gate_filter_finish (f.gate, f.result, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
  fixture_clear (&f);
}

/* Who cancels is told so once the plugin has answered, and nobody else is asked. */
static void
test_cancel (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_init (&f, TRUE);
  add_authorizers (&f, 2);
  begin_authenticate (&f, "late-abstain");
  settle ();
  g_cancellable_cancel (f.cancellable);
  g_assert_cmpuint (belfry_fake_plugin_get_n_cancelled (f.plugins[0]), ==, 1);
  belfry_fake_plugin_release (f.plugins[0]);
  g_assert_null (end_authenticate (&f, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  begin_authenticate (&f, "alice");
  g_assert_null (end_authenticate (&f, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (belfry_fake_plugin_get_n_asked (f.plugins[0]), ==, 1);
  g_assert_cmpuint (belfry_fake_plugin_get_n_asked (f.plugins[1]), ==, 0);
  fixture_clear (&f);
}

/* How long plugins take is written down, for those that answer in time. */
static void
test_times (void)
{
  Fixture f;

  fixture_init (&f, TRUE);
  add_policies (&f, 1);
  begin_authorize (&f, NULL, "late-a");
  belfry_fake_clock_advance (f.clock, 7);
  belfry_fake_plugin_release (f.plugins[0]);
  g_assert_true (end_authorize (&f, NULL));
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (f.metrics);
  const BelfryHistogramData *calls =
      belfry_metrics_snapshot_get_histogram (snapshot, BELFRY_CORE_METRIC_PLUGIN_CALLS);
  g_assert_cmpuint (calls->count, ==, 1);
  g_assert_cmpuint (calls->sum, ==, 7);
  g_clear_pointer (&snapshot, belfry_metrics_snapshot_free);
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/gate/not-let-in", test_not_let_in);
  belfry_test_add ("/gate/first-decides", test_first_decides);
  belfry_test_add ("/gate/not-required", test_not_required);
  belfry_test_add ("/gate/late-authorizer", test_late_authorizer);
  belfry_test_add ("/gate/one-warning", test_one_warning);
  belfry_test_add ("/gate/too-many-calls", test_too_many_calls);
  belfry_test_add ("/gate/too-many-decisions", test_too_many_decisions);
  belfry_test_add ("/gate/policies", test_policies);
  belfry_test_add ("/gate/policy-pairs", test_policy_pairs);
  belfry_test_add ("/gate/grants", test_grants);
  belfry_test_add ("/gate/actions", test_actions);
  belfry_test_add ("/gate/filters", test_filters);
  belfry_test_add ("/gate/cancel", test_cancel);
  belfry_test_add ("/gate/times", test_times);
  return g_test_run ();
}
