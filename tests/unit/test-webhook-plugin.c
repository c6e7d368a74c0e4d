/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-webhook-plugin.h"

#include <string.h>

#include "belfry-test-backend.h"
#include "belfry-test-files.h"
#include "belfry-test-host.h"
#include "belfry-test.h"
#include "belfry-webhook-body.h"

#define ANN "{\"subject\":\"ann\",\"roles\":[\"x\"]}"
#define JSON "application/json"
#define SUBSCRIBE BELFRY_TOPIC_ACTION_SUBSCRIBE
#define REFUSED BELFRY_PLUGIN_ERROR_REFUSED
#define UNAVAILABLE BELFRY_PLUGIN_ERROR_UNAVAILABLE
#define FAILED BELFRY_PLUGIN_ERROR_FAILED

typedef struct
{
  BelfryTestHost *host;       /* (owned) */
  BelfryTestBackend *backend; /* (owned) */
  BelfryPlugin *plugin;       /* (owned) */
  BelfryIdentity *ann;        /* (owned) */
} Fixture;

static void
enable (Fixture *self, const char *url, const char *more)
{
  /* Of a key that is there twice, the first counts. */
  g_autofree char *text =
      g_strdup_printf ("%surl-authenticate=%s\nurl-authorize=%s\ntimeout=60s\n", more, url, url);
  g_autoptr (BelfryPluginSettings) settings = belfry_test_plugin_settings (text);
  g_autoptr (GError) error = NULL;

  belfry_plugin_enable (self->plugin, BELFRY_PLUGIN_HOST (self->host), settings, &error);
  g_assert_no_error (error);
}

static void
fixture_init_disabled (Fixture *self)
{
  *self = (Fixture){ .host = belfry_test_host_new (), .backend = belfry_test_backend_new () };
  self->ann = belfry_test_identity ("ann", "role=x");
  self->plugin = g_object_new (BELFRY_TYPE_WEBHOOK_PLUGIN, NULL);
}

static void
fixture_init (Fixture *self, const char *more)
{
  fixture_init_disabled (self);
  g_autofree char *url = belfry_test_backend_get_url (self->backend);
  enable (self, url, more);
}

static gboolean
is_last_reference (gpointer object)
{
  return g_atomic_int_get (&G_OBJECT (object)->ref_count) == 1;
}

static void
fixture_clear (Fixture *self)
{
  belfry_plugin_disable (self->plugin);
  belfry_test_wait_until (is_last_reference (self->plugin));
  belfry_test_assert_finalizes (g_steal_pointer (&self->plugin));
  belfry_test_wait_until (is_last_reference (self->host));
  belfry_test_assert_finalizes (g_steal_pointer (&self->host));
  belfry_test_backend_free (self->backend);
  belfry_identity_unref (self->ann);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

/* A question of either kind that is under way. */
typedef struct
{
  Fixture *fixture;          /* (unowned) */
  GCancellable *cancellable; /* (owned) */
  GAsyncResult *result;      /* (owned) (nullable) */
} Question;

static void
question_clear (Question *self)
{
  g_clear_object (&self->cancellable);
  g_clear_object (&self->result);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Question, question_clear)

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Question *self = data;

  g_assert_null (self->result);
  self->result = g_object_ref (result);
}

static void
sign_in (Question *self, Fixture *fixture, const char *token)
{
  const BelfryCredentialsParams params = {
    .token = token, .address = "192.0.2.1", .origin = "https://example.org", .endpoint = "/ws"
  };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);

  *self = (Question){ fixture, g_cancellable_new (), NULL };
  belfry_authorizer_authenticate_async (BELFRY_AUTHORIZER (fixture->plugin), credentials,
                                        self->cancellable, on_done, self);
}

static void
ask (Question *self, Fixture *fixture, BelfryIdentity *identity, const char *topic)
{
  *self = (Question){ fixture, g_cancellable_new (), NULL };
  belfry_topic_policy_decide_async (BELFRY_TOPIC_POLICY (fixture->plugin), identity, SUBSCRIBE,
                                    topic, self->cancellable, on_done, self);
}

/* Returns: (transfer full) (nullable): the user's name, or what went wrong; NULL if abstained */
static char *
signed_in (Question *self)
{
  g_autoptr (GError) error = NULL;

  belfry_test_wait_until (self->result != NULL);
  g_autoptr (BelfryIdentity) identity =
      belfry_authorizer_authenticate_finish (BELFRY_AUTHORIZER (self->fixture->plugin),
                                             self->result, &error);
  g_assert_no_error (error);
  return identity != NULL ? g_strdup (belfry_identity_get_subject (identity)) : NULL;
}

static void
assert_signed_in (Question *self, const char *subject)
{
  g_autofree char *found = signed_in (self);

  g_assert_cmpstr (found, ==, subject);
}

static void
assert_not_signed_in (Question *self, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;

  belfry_test_wait_until (self->result != NULL);
  g_assert_null (belfry_authorizer_authenticate_finish (BELFRY_AUTHORIZER (self->fixture->plugin),
                                                        self->result, &error));
  g_assert_error (error, domain, code);
}

static BelfryVerdict
verdict (Question *self)
{
  g_autoptr (GError) error = NULL;
  BelfryVerdict value = BELFRY_VERDICT_ASK;

  belfry_test_wait_until (self->result != NULL);
  belfry_topic_policy_decide_finish (BELFRY_TOPIC_POLICY (self->fixture->plugin), self->result,
                                     &value, &error);
  g_assert_no_error (error);
  return value;
}

static void
fail_once (Fixture *self, const char *token, BelfryPluginError code)
{
  g_auto (Question) question;

  sign_in (&question, self, token);
  assert_not_signed_in (&question, BELFRY_PLUGIN_ERROR, (int) code);
}

/* The backend is asked who shows these credentials, in words that it can check. */
static void
test_authenticate (void)
{
  g_auto (Fixture) self;
  g_auto (Question) question;

  fixture_init (&self, "secret=key\nbearer=abc\n");
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  sign_in (&question, &self, "t\"o\\k\n\x7f");
  assert_signed_in (&question, "ann");
  const char *body = belfry_test_backend_get_body (self.backend);
  g_assert_cmpstr (body, ==,
                   "{\"token\":\"t\\\"o\\\\k\\u000a\\u007f\",\"address\":\"192.0.2.1\",\"origin\":"
                   "\"https://example.org\",\"endpoint\":\"/ws\",\"certificate\":null}");
  SoupMessageHeaders *headers = belfry_test_backend_get_headers (self.backend);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Authorization"), ==, "Bearer abc");
  g_assert_cmpstr (soup_message_headers_get_content_type (headers, NULL), ==, JSON);
  /* The clock stands at one second. */
  g_autofree char *signed_text = g_strconcat ("1.", body, NULL);
  g_autofree char *digest =
      g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guint8 *) "key", 3, signed_text, -1);
  g_autofree char *signature = g_strconcat ("t=1,v1=", digest, NULL);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Belfry-Signature"), ==, signature);
}

/* Who shows nothing is not asked about, and the next one is to look at him. */
static void
test_nothing_shown (void)
{
  g_auto (Fixture) self;
  g_auto (Question) question;

  fixture_init (&self, "");
  sign_in (&question, &self, NULL);
  assert_signed_in (&question, NULL);
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 0);
}

/* A token that is not text is nobody's. */
static void
test_token_not_text (void)
{
  g_auto (Fixture) self;

  fixture_init (&self, "");
  fail_once (&self, "\xff\xfe", REFUSED);
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 0);
}

/* The backend can refuse, or say that such tokens are not its own. */
static void
test_refused (void)
{
  g_auto (Fixture) self;
  g_auto (Question) question;

  fixture_init (&self, "");
  belfry_test_backend_set_answer (self.backend, 401, JSON, "{}", NULL);
  fail_once (&self, "bad", REFUSED);
  belfry_test_backend_set_answer (self.backend, 200, JSON, "{\"subject\":\"a\",\"expires_at\":1}",
                                  NULL);
  fail_once (&self, "old", BELFRY_PLUGIN_ERROR_EXPIRED);
  belfry_test_backend_set_answer (self.backend, 204, NULL, "", NULL);
  sign_in (&question, &self, "other");
  assert_signed_in (&question, NULL);
}

/* The backend is asked whether somebody may do something; what it said holds at once for a while.
 */
static void
test_authorize (void)
{
  BelfryTopicPolicy *policy;
  g_auto (Fixture) self;
  g_auto (Question) allowed;
  g_auto (Question) denied;

  fixture_init (&self, "");
  policy = BELFRY_TOPIC_POLICY (self.plugin);
  belfry_test_backend_set_answer (self.backend, 200, JSON, "{\"allow\":true}", NULL);
  g_assert_cmpint (belfry_topic_policy_decide (policy, self.ann, SUBSCRIBE, "a.b"), ==,
                   BELFRY_VERDICT_ASK);
  ask (&allowed, &self, self.ann, "a.b");
  g_assert_cmpint (verdict (&allowed), ==, BELFRY_VERDICT_ALLOW);
  g_assert_cmpstr (belfry_test_backend_get_body (self.backend), ==,
                   "{\"subject\":\"ann\",\"roles\":[\"x\"],\"action\":\"subscribe\",\"topic\":\"a."
                   "b\"}");
  g_assert_cmpint (belfry_topic_policy_decide (policy, self.ann, SUBSCRIBE, "a.b"), ==,
                   BELFRY_VERDICT_ALLOW);
  g_assert_cmpint (belfry_topic_policy_decide (policy, self.ann, BELFRY_TOPIC_ACTION_PUBLISH,
                                               "a.b"),
                   ==, BELFRY_VERDICT_ASK);
  g_assert_cmpint (belfry_topic_policy_decide (policy, NULL, SUBSCRIBE, "a.b"), ==,
                   BELFRY_VERDICT_ASK);
  belfry_test_backend_set_answer (self.backend, 200, JSON, "{\"allow\":false}", NULL);
  ask (&denied, &self, NULL, "a.b");
  g_assert_cmpint (verdict (&denied), ==, BELFRY_VERDICT_DENY);
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 2);
}

/* A backend that was not said to know patterns is not asked about them. */
static void
test_patterns (void)
{
  static const char *const patterns[] = { "*", ">", "a.*", "*:b", "a/*.c", "a.>" };
  static const char *const topics[] = { "a", "a*", "a.b*.c", ">a", "" };
  g_auto (Fixture) self;
  g_auto (Question) question;

  fixture_init (&self, "");
  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (self.plugin), self.ann,
                                                 SUBSCRIBE, patterns[i]),
                     ==, BELFRY_VERDICT_ABSTAIN);
  for (gsize i = 0; i < G_N_ELEMENTS (topics); i++)
    g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (self.plugin), self.ann,
                                                 SUBSCRIBE, topics[i]),
                     ==, BELFRY_VERDICT_ASK);
  ask (&question, &self, self.ann, "a.*");
  g_assert_cmpint (verdict (&question), ==, BELFRY_VERDICT_ABSTAIN);
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 0);
}

/* Answers are remembered as long as both sides want, yes longer than no. */
static void
test_cache (void)
{
  g_auto (Fixture) self;

  fixture_init (&self, "cache-ttl=30s\nnegative-ttl=5s\n");
  struct
  {
    const char *token;
    guint status;
    const char *content;
    const char *cache_control;
    guint good; /* seconds for which it is remembered */
  } rows[] = {
    { "a", 200, ANN, NULL, 30 },
    { "b", 200, ANN, "max-age=10", 10 },
    { "c", 200, ANN, "private, max-age=4000", 30 },
    { "d", 200, ANN, "no-store", 0 },
    { "e", 200, ANN, "max-age=99999999999999999999", 30 },
    { "f", 200, ANN, "max-age=-1", 0 },
    { "g", 401, "{}", NULL, 5 },
    { "h", 401, "{}", "max-age=2", 2 },
    { "i", 200, "{\"subject\":\"ann\",\"expires_in\":7}", NULL, 7 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint before = belfry_test_backend_n_requests (self.backend);
      const gint64 times[] = { 0, rows[i].good * G_USEC_PER_SEC - 1, 1 };

      g_test_message ("%s", rows[i].token);
      belfry_test_backend_set_answer (self.backend, rows[i].status, JSON, rows[i].content,
                                      rows[i].cache_control);
      for (gsize j = 0; j < G_N_ELEMENTS (times); j++)
        {
          g_auto (Question) question;

          if (times[j] > 0)
            belfry_test_host_advance (self.host, times[j]);
          sign_in (&question, &self, rows[i].token);
          if (rows[i].status == 401)
            assert_not_signed_in (&question, BELFRY_PLUGIN_ERROR, REFUSED);
          else
            assert_signed_in (&question, "ann");
          guint expected = rows[i].good == 0 ? (guint) j + 1 : j == 2 ? 2 : 1;
          g_assert_cmpuint (belfry_test_backend_n_requests (self.backend) - before, ==, expected);
        }
    }
}

/* Those who want to know the same at the same time share one question. */
static void
test_coalesce (void)
{
  g_auto (Fixture) self;
  g_auto (Question) one;
  g_auto (Question) two;
  g_auto (Question) other;

  fixture_init (&self, "");
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_HOLDS);
  sign_in (&one, &self, "same");
  sign_in (&two, &self, "same");
  sign_in (&other, &self, "other");
  belfry_test_wait_until (belfry_test_backend_n_held (self.backend) == 2);
  belfry_test_backend_go_on (self.backend);
  assert_signed_in (&one, "ann");
  assert_signed_in (&two, "ann");
  assert_signed_in (&other, "ann");
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 2);
}

/* Only so many are asked at a time, only so many more wait, and those beyond are told at once. */
static void
test_bounds (void)
{
  g_auto (Fixture) self;
  g_auto (Question) one;
  g_auto (Question) two;
  g_auto (Question) three;

  fixture_init (&self, "max-concurrent=1\nmax-waiting=1\n");
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_HOLDS);
  sign_in (&one, &self, "1");
  sign_in (&two, &self, "2");
  sign_in (&three, &self, "3");
  assert_not_signed_in (&three, BELFRY_PLUGIN_ERROR, UNAVAILABLE);
  belfry_test_wait_until (belfry_test_backend_n_held (self.backend) == 1);
  belfry_test_backend_go_on (self.backend);
  assert_signed_in (&one, "ann");
  belfry_test_wait_until (belfry_test_backend_n_held (self.backend) == 1);
  belfry_test_backend_go_on (self.backend);
  assert_signed_in (&two, "ann");
}

/* Who does not want to know any more is gone at once; the others are not. */
static void
test_cancel (void)
{
  g_auto (Fixture) self;
  g_auto (Question) one;
  g_auto (Question) two;
  g_auto (Question) three;

  fixture_init (&self, "max-concurrent=1\n");
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_HOLDS);
  sign_in (&one, &self, "1");
  sign_in (&two, &self, "1");
  sign_in (&three, &self, "3");
  belfry_test_wait_until (belfry_test_backend_n_held (self.backend) == 1);
  g_cancellable_cancel (one.cancellable);
  assert_not_signed_in (&one, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (two.result);
  /* The last one takes the question with him, and makes room. */
  g_cancellable_cancel (two.cancellable);
  assert_not_signed_in (&two, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  belfry_test_wait_until (belfry_test_backend_n_held (self.backend) == 2);
  belfry_test_backend_go_on (self.backend);
  assert_signed_in (&three, "ann");
}

/* One who waits for room can leave, too. */
static void
test_cancel_waiting (void)
{
  g_auto (Fixture) self;
  g_auto (Question) one;
  g_auto (Question) two;

  fixture_init (&self, "max-concurrent=1\n");
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_HOLDS);
  sign_in (&one, &self, "1");
  sign_in (&two, &self, "2");
  g_cancellable_cancel (two.cancellable);
  assert_not_signed_in (&two, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  belfry_test_wait_until (belfry_test_backend_n_held (self.backend) == 1);
  belfry_test_backend_go_on (self.backend);
  assert_signed_in (&one, "ann");
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 1);
}

/* A backend that says nothing is not waited for. */
static void
test_slow (void)
{
  g_auto (Fixture) self;

  fixture_init (&self, "timeout=10ms\n");
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_HOLDS);
  fail_once (&self, "a", UNAVAILABLE);
}

/* Whatever comes back that is no answer is a failure, and nobody is let in. */
static void
test_broken (void)
{
  g_auto (Fixture) self;

  fixture_init (&self, "failures=1000\n");
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_BREAKS);
  fail_once (&self, "a", UNAVAILABLE);
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_FLOODS);
  fail_once (&self, "a", FAILED);
  belfry_test_backend_set_answer (self.backend, 200, "text/html", ANN, NULL);
  fail_once (&self, "a", FAILED);
  belfry_test_backend_set_answer (self.backend, 200, JSON, "{\"subject\":", NULL);
  fail_once (&self, "a", FAILED);
  belfry_test_backend_set_answer (self.backend, 503, JSON, ANN, NULL);
  fail_once (&self, "a", UNAVAILABLE);
  belfry_test_backend_set_answer (self.backend, 404, JSON, ANN, NULL);
  fail_once (&self, "a", FAILED);
}

/* An answer whose beginning says that it is of no use is left there, and its connection with it:
 * its end, which may never come, holds nobody up. */
static void
test_stalled (void)
{
  static const struct
  {
    guint status;
    const char *type;
    BelfryPluginError code;
  } rows[] = {
    { 503, JSON, UNAVAILABLE }, { 404, JSON, FAILED },        { 200, "text/html", FAILED },
    { 503, JSON, UNAVAILABLE }, { 200, "text/html", FAILED },
  };
  g_auto (Fixture) self;

  fixture_init (&self, "max-concurrent=1\nfailures=1000\n");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      belfry_test_backend_set_answer (self.backend, rows[i].status, rows[i].type, ANN, NULL);
      belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_STALLS);
      fail_once (&self, "a", rows[i].code);
    }
}

/* A good answer that stops in its middle is waited for no longer than the timeout. */
static void
test_stalled_body (void)
{
  g_auto (Fixture) self;

  fixture_init (&self, "max-concurrent=1\nfailures=1000\ntimeout=10ms\n");
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_STALLS);
  for (int i = 0; i < 3; i++)
    fail_once (&self, "a", UNAVAILABLE);
}

/* A redirect is not followed: the token is for nobody else. */
static void
test_redirect (void)
{
  g_auto (Fixture) self;

  fixture_init (&self, "");
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_REDIRECTS);
  fail_once (&self, "a", FAILED);
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 1);
}

/* A backend that fails again and again is left alone, and asked by one who tries when it is time.
 */
static void
test_breaker (void)
{
  g_auto (Fixture) self;
  g_auto (Question) good;

  fixture_init (&self, "failures=2\npause=10s\n");
  belfry_test_backend_set_answer (self.backend, 500, JSON, "{}", NULL);
  fail_once (&self, "a", UNAVAILABLE);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-webhook", "*127.0.0.1 is left alone*");
  fail_once (&self, "a", UNAVAILABLE);
  belfry_test_assert_logged ();
  fail_once (&self, "a", UNAVAILABLE);
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 2);
  belfry_test_host_advance (self.host, 10 * G_USEC_PER_SEC);
  fail_once (&self, "a", UNAVAILABLE);
  fail_once (&self, "a", UNAVAILABLE);
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 3);
  belfry_test_host_advance (self.host, 10 * G_USEC_PER_SEC);
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  sign_in (&good, &self, "a");
  assert_signed_in (&good, "ann");
}

/* Clients whose tokens the backend cannot stomach do not shut the door for the others. */
static void
test_breaker_and_bad_tokens (void)
{
  g_auto (Fixture) self;
  g_auto (Question) good;

  fixture_init (&self, "failures=1\n");
  belfry_test_backend_set_answer (self.backend, 400, JSON, "{}", NULL);
  fail_once (&self, "a", FAILED);
  belfry_test_backend_set_answer (self.backend, 200, JSON, "{", NULL);
  fail_once (&self, "a", FAILED);
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  sign_in (&good, &self, "b");
  assert_signed_in (&good, "ann");
}

/* Those who wait for room while it breaks down are told at once. */
static void
test_breaker_waiting (void)
{
  g_auto (Fixture) self;
  g_auto (Question) one;
  g_auto (Question) two;

  fixture_init (&self, "failures=1\nmax-concurrent=1\n");
  belfry_test_backend_set_answer (self.backend, 500, JSON, "{}", NULL);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-webhook", "*is left alone*");
  sign_in (&one, &self, "1");
  sign_in (&two, &self, "2");
  assert_not_signed_in (&one, BELFRY_PLUGIN_ERROR, UNAVAILABLE);
  assert_not_signed_in (&two, BELFRY_PLUGIN_ERROR, UNAVAILABLE);
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 1);
}

/* What is remembered serves while the backend is away. */
static void
test_away (void)
{
  g_auto (Fixture) self;
  g_auto (Question) before;
  g_auto (Question) after;

  fixture_init (&self, "");
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  sign_in (&before, &self, "a");
  assert_signed_in (&before, "ann");
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_BREAKS);
  belfry_test_backend_stop (self.backend);
  sign_in (&after, &self, "a");
  assert_signed_in (&after, "ann");
  fail_once (&self, "b", UNAVAILABLE);
}

/* When the plugin is disabled, so are its questions. */
static void
test_disable (void)
{
  g_auto (Fixture) self;
  g_auto (Question) one;
  g_auto (Question) two;
  g_auto (Question) late;

  fixture_init (&self, "max-concurrent=1\n");
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_HOLDS);
  sign_in (&one, &self, "1");
  sign_in (&two, &self, "2");
  belfry_test_wait_until (belfry_test_backend_n_held (self.backend) == 1);
  belfry_plugin_disable (self.plugin);
  assert_not_signed_in (&one, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_not_signed_in (&two, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  sign_in (&late, &self, "3");
  assert_signed_in (&late, NULL);
}

/* Only a backend whose certificate is vouched for, and is for its name, gets to see a token. */
static void
test_tls (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path =
      belfry_test_dir_write (dir, "ca.pem", belfry_test_backend_get_certificate (), -1);
  g_autofree char *ca = g_strdup_printf ("ca-file=%s\n", path);
  g_auto (Fixture) self;
  g_auto (Question) good;

  fixture_init_disabled (&self);
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  belfry_test_backend_start_tls (self.backend);
  g_autofree char *url = belfry_test_backend_get_url (self.backend);
  g_auto (GStrv) parts = g_strsplit (url, "127.0.0.1", 2);
  g_autofree char *other_name = g_strjoinv ("localhost", parts);

  enable (&self, url, "");
  fail_once (&self, "a", UNAVAILABLE);
  belfry_plugin_disable (self.plugin);
  enable (&self, other_name, ca);
  fail_once (&self, "a", UNAVAILABLE);
  belfry_plugin_disable (self.plugin);
  g_assert_cmpuint (belfry_test_backend_n_requests (self.backend), ==, 0);
  enable (&self, url, ca);
  sign_in (&good, &self, "a");
  assert_signed_in (&good, "ann");
}

/* A reload takes new settings, forgets what was remembered, and ends nothing. */
static void
test_reload (void)
{
  g_auto (Fixture) self;
  g_auto (Question) before;
  g_auto (Question) during;
  g_auto (Question) after;

  fixture_init (&self, "");
  belfry_test_backend_set_answer (self.backend, 200, JSON, ANN, NULL);
  sign_in (&before, &self, "a");
  assert_signed_in (&before, "ann");
  belfry_test_backend_set_mode (self.backend, BELFRY_TEST_BACKEND_HOLDS);
  sign_in (&during, &self, "b");
  belfry_test_wait_until (belfry_test_backend_n_held (self.backend) == 1);

  g_autofree char *url = belfry_test_backend_get_url (self.backend);
  g_autofree char *text = g_strdup_printf ("url-authenticate=%s\n", url);
  g_autoptr (BelfryPluginSettings) settings = belfry_test_plugin_settings (text);
  g_assert_true (belfry_plugin_check (self.plugin, settings, NULL));
  belfry_plugin_apply (self.plugin, settings);
  g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (self.plugin), self.ann,
                                               SUBSCRIBE, "a"),
                   ==, BELFRY_VERDICT_ABSTAIN);
  sign_in (&after, &self, "a");
  belfry_test_wait_until (belfry_test_backend_n_held (self.backend) == 2);
  belfry_test_backend_go_on (self.backend);
  assert_signed_in (&during, "ann");
  assert_signed_in (&after, "ann");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  /* A plugin's warnings are GLib's own, which end a test before it can expect them. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  belfry_test_add ("/webhook-plugin/authenticate", test_authenticate);
  belfry_test_add ("/webhook-plugin/nothing-shown", test_nothing_shown);
  belfry_test_add ("/webhook-plugin/token-not-text", test_token_not_text);
  belfry_test_add ("/webhook-plugin/refused", test_refused);
  belfry_test_add ("/webhook-plugin/authorize", test_authorize);
  belfry_test_add ("/webhook-plugin/patterns", test_patterns);
  belfry_test_add ("/webhook-plugin/cache", test_cache);
  belfry_test_add ("/webhook-plugin/coalesce", test_coalesce);
  belfry_test_add ("/webhook-plugin/bounds", test_bounds);
  belfry_test_add ("/webhook-plugin/cancel", test_cancel);
  belfry_test_add ("/webhook-plugin/cancel-waiting", test_cancel_waiting);
  belfry_test_add ("/webhook-plugin/slow", test_slow);
  belfry_test_add ("/webhook-plugin/broken", test_broken);
  belfry_test_add ("/webhook-plugin/stalled", test_stalled);
  belfry_test_add ("/webhook-plugin/stalled-body", test_stalled_body);
  belfry_test_add ("/webhook-plugin/redirect", test_redirect);
  belfry_test_add ("/webhook-plugin/breaker", test_breaker);
  belfry_test_add ("/webhook-plugin/breaker-and-bad-tokens", test_breaker_and_bad_tokens);
  belfry_test_add ("/webhook-plugin/breaker-waiting", test_breaker_waiting);
  belfry_test_add ("/webhook-plugin/away", test_away);
  belfry_test_add ("/webhook-plugin/disable", test_disable);
  belfry_test_add ("/webhook-plugin/tls", test_tls);
  belfry_test_add ("/webhook-plugin/reload", test_reload);
  return g_test_run ();
}
