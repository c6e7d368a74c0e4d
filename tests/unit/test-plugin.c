/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-plugin-settings-private.h"

#include "belfry-test.h"

/* A host that has nothing of its own. */
#define TEST_TYPE_HOST (test_host_get_type ())
G_DECLARE_FINAL_TYPE (TestHost, test_host, TEST, HOST, GObject)

struct _TestHost
{
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (TestHost,
                               test_host,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PLUGIN_HOST, NULL))

static void
test_host_class_init (TestHostClass *klass)
{
}

static void
test_host_init (TestHost *self)
{
}

/* A plugin that implements everything and has nothing of its own. */
#define TEST_TYPE_IDLE (test_idle_get_type ())
G_DECLARE_FINAL_TYPE (TestIdle, test_idle, TEST, IDLE, BelfryPlugin)

struct _TestIdle
{
  BelfryPlugin parent_instance;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (TestIdle,
                               test_idle,
                               BELFRY_TYPE_PLUGIN,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORIZER, NULL)
                                   G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY, NULL)
                                       G_IMPLEMENT_INTERFACE (BELFRY_TYPE_MESSAGE_FILTER, NULL)
                                           G_IMPLEMENT_INTERFACE (BELFRY_TYPE_MEMBERSHIP, NULL)
                                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_HTTP_ROUTES,
                                                                      NULL))

static void
test_idle_class_init (TestIdleClass *klass)
{
}

static void
test_idle_init (TestIdle *self)
{
}

/* A plugin that writes down what is asked of it, and fails when told to. Of its asynchronous
 * answers it leaves the second half to the defaults. */
#define TEST_TYPE_BUSY (test_busy_get_type ())
G_DECLARE_FINAL_TYPE (TestBusy, test_busy, TEST, BUSY, BelfryPlugin)

struct _TestBusy
{
  BelfryPlugin parent_instance;

  GString *calls;
  gboolean fails;
  int verdict;
};

static void
note (TestBusy *self, const char *call)
{
  g_string_append_printf (self->calls, "%s%s ", call,
                          belfry_plugin_get_host (BELFRY_PLUGIN (self)) != NULL ? "+" : "");
}

static gboolean
busy_enable (BelfryPlugin *plugin,
             BelfryPluginHost *host,
             BelfryPluginSettings *settings,
             GError **error)
{
  TestBusy *self = TEST_BUSY (plugin);

  note (self, "enable");
  if (self->fails)
    g_set_error_literal (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, "no");
  return !self->fails;
}

static void
busy_disable (BelfryPlugin *plugin)
{
  note (TEST_BUSY (plugin), "disable");
}

static gboolean
busy_check (BelfryPlugin *plugin, BelfryPluginSettings *settings, GError **error)
{
  note (TEST_BUSY (plugin), "check");
  return belfry_plugin_settings_get_text (settings, "good", NULL) != NULL;
}

static void
busy_apply (BelfryPlugin *plugin, BelfryPluginSettings *settings)
{
  note (TEST_BUSY (plugin), "apply");
}

static BelfryVerdict
busy_decide (BelfryTopicPolicy *policy,
             BelfryIdentity *identity,
             BelfryTopicAction action,
             const char *topic)
{
  return (BelfryVerdict) TEST_BUSY (policy)->verdict;
}

static GTask *
task_of (gpointer source, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (source, cancellable, callback, data);

  g_task_set_source_tag (task, task_of);
  if (TEST_BUSY (source)->fails)
    g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED, "no");
  return task;
}

static void
busy_decide_async (BelfryTopicPolicy *policy,
                   BelfryIdentity *identity,
                   BelfryTopicAction action,
                   const char *topic,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_autoptr (GTask) task = task_of (policy, cancellable, callback, user_data);

  if (!TEST_BUSY (policy)->fails)
    g_task_return_int (task, TEST_BUSY (policy)->verdict);
}

static void
busy_is_member_async (BelfryMembership *membership,
                      BelfryIdentity *identity,
                      const char *group,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = task_of (membership, cancellable, callback, user_data);

  if (!TEST_BUSY (membership)->fails)
    g_task_return_boolean (task, TRUE);
}

static void
busy_authenticate_async (BelfryAuthorizer *authorizer,
                         BelfryCredentials *credentials,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = task_of (authorizer, cancellable, callback, user_data);
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("busy");

  if (!TEST_BUSY (authorizer)->fails)
    g_task_return_pointer (task, belfry_identity_builder_end (builder, NULL),
                           (GDestroyNotify) belfry_identity_unref);
}

static void
policy_iface_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = busy_decide;
  iface->decide_async = busy_decide_async;
}

static void
membership_iface_init (BelfryMembershipInterface *iface)
{
  iface->is_member_async = busy_is_member_async;
}

static void
authorizer_iface_init (BelfryAuthorizerInterface *iface)
{
  iface->authenticate_async = busy_authenticate_async;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestBusy,
                               test_busy,
                               BELFRY_TYPE_PLUGIN,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY, policy_iface_init)
                                   G_IMPLEMENT_INTERFACE (BELFRY_TYPE_MEMBERSHIP,
                                                          membership_iface_init)
                                       G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORIZER,
                                                              authorizer_iface_init))

static void
test_busy_finalize (GObject *object)
{
  g_string_free (TEST_BUSY (object)->calls, TRUE);
  G_OBJECT_CLASS (test_busy_parent_class)->finalize (object);
}

static void
test_busy_class_init (TestBusyClass *klass)
{
  BelfryPluginClass *plugin_class = BELFRY_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_busy_finalize;
  plugin_class->enable = busy_enable;
  plugin_class->disable = busy_disable;
  plugin_class->check = busy_check;
  plugin_class->apply = busy_apply;
}

static void
test_busy_init (TestBusy *self)
{
  self->calls = g_string_new (NULL);
}

static BelfryIdentity *
somebody (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");

  return belfry_identity_builder_end (builder, NULL);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  belfry_test_wait_until (*result != NULL);
  return *result;
}

/* A plugin that overrides nothing can be enabled and agrees with everything. */
static void
test_idle_plugin (void)
{
  g_autoptr (TestHost) host = g_object_new (TEST_TYPE_HOST, NULL);
  g_autoptr (BelfryPluginSettings) settings = belfry_plugin_settings_new ("idle", NULL, 0, NULL);
  BelfryPlugin *plugin = g_object_new (TEST_TYPE_IDLE, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_plugin_check (plugin, settings, &error));
  g_assert_true (belfry_plugin_enable (plugin, BELFRY_PLUGIN_HOST (host), settings, &error));
  g_assert_true (belfry_plugin_get_host (plugin) == BELFRY_PLUGIN_HOST (host));
  belfry_plugin_apply (plugin, settings);
  belfry_plugin_disable (plugin);
  g_assert_null (belfry_plugin_get_host (plugin));
  g_assert_no_error (error);
  belfry_test_assert_finalizes (plugin);
}

/* The host is there from the beginning of enable to the end of disable, and not before or after;
 * a plugin is disabled once, and may be enabled again. */
static void
test_life (void)
{
  g_autoptr (TestHost) host = g_object_new (TEST_TYPE_HOST, NULL);
  const BelfryPluginSetting written = { "good", "1", NULL, NULL };
  g_autoptr (BelfryPluginSettings) good = belfry_plugin_settings_new ("busy", &written, 1, NULL);
  g_autoptr (BelfryPluginSettings) bad = belfry_plugin_settings_new ("busy", NULL, 0, NULL);
  BelfryPlugin *plugin = g_object_new (TEST_TYPE_BUSY, NULL);
  TestBusy *busy = TEST_BUSY (plugin);

  g_assert_false (belfry_plugin_check (plugin, bad, NULL));
  g_assert_true (belfry_plugin_check (plugin, good, NULL));
  belfry_plugin_disable (plugin);
  g_assert_true (belfry_plugin_enable (plugin, BELFRY_PLUGIN_HOST (host), good, NULL));
  g_assert_true (belfry_plugin_check (plugin, good, NULL));
  belfry_plugin_apply (plugin, good);
  belfry_plugin_disable (plugin);
  belfry_plugin_disable (plugin);
  g_assert_true (belfry_plugin_enable (plugin, BELFRY_PLUGIN_HOST (host), good, NULL));
  belfry_plugin_disable (plugin);
  g_assert_cmpstr (busy->calls->str, ==,
                   "check check enable+ check+ apply+ disable+ enable+ disable+ ");
  belfry_test_assert_finalizes (plugin);
}

/* A plugin that could not be enabled is not, and keeps nothing of the host. */
static void
test_enable_fails (void)
{
  TestHost *host = g_object_new (TEST_TYPE_HOST, NULL);
  g_autoptr (BelfryPluginSettings) settings = belfry_plugin_settings_new ("busy", NULL, 0, NULL);
  g_autoptr (BelfryPlugin) plugin = g_object_new (TEST_TYPE_BUSY, NULL);
  g_autoptr (GError) error = NULL;

  TEST_BUSY (plugin)->fails = TRUE;
  g_assert_false (belfry_plugin_enable (plugin, BELFRY_PLUGIN_HOST (host), settings, &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED);
  g_assert_null (belfry_plugin_get_host (plugin));
  belfry_plugin_disable (plugin);
  g_assert_cmpstr (TEST_BUSY (plugin)->calls->str, ==, "enable+ ");
  belfry_test_assert_finalizes (host);
}

/* Who implements an interface and nothing of it abstains, passes on, knows nobody, has no page. */
static void
test_defaults (void)
{
  g_autoptr (TestIdle) idle = g_object_new (TEST_TYPE_IDLE, NULL);
  g_autoptr (BelfryIdentity) identity = somebody ();
  g_autoptr (BelfryCredentials) credentials =
      belfry_credentials_new (&(BelfryCredentialsParams){ .token = "t" });
  g_autoptr (BelfryHttpRequest) request =
      belfry_http_request_new (&(BelfryHttpRequestParams){ "GET", "/" });
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  GAsyncResult *results[5] = { NULL };
  g_autoptr (GError) error = NULL;
  BelfryVerdict verdict = BELFRY_VERDICT_DENY;
  gboolean is_member = TRUE;

  belfry_authorizer_authenticate_async (BELFRY_AUTHORIZER (idle), credentials, NULL, keep_result,
                                        &results[0]);
  belfry_topic_policy_decide_async (BELFRY_TOPIC_POLICY (idle), identity,
                                    BELFRY_TOPIC_ACTION_PUBLISH, "t", NULL, keep_result,
                                    &results[1]);
  belfry_message_filter_filter_async (BELFRY_MESSAGE_FILTER (idle), NULL, "t", payload, NULL,
                                      keep_result, &results[2]);
  belfry_membership_is_member_async (BELFRY_MEMBERSHIP (idle), identity, "g", NULL, keep_result,
                                     &results[3]);
  belfry_http_routes_handle_async (BELFRY_HTTP_ROUTES (idle), request, NULL, keep_result,
                                   &results[4]);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    wait_for (&results[i]);

  g_assert_null (
      belfry_authorizer_authenticate_finish (BELFRY_AUTHORIZER (idle), results[0], &error));
  g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (idle), NULL,
                                               BELFRY_TOPIC_ACTION_PUBLISH, "t"),
                   ==, BELFRY_VERDICT_ASK);
  g_assert_true (
      belfry_topic_policy_decide_finish (BELFRY_TOPIC_POLICY (idle), results[1], &verdict, &error));
  g_assert_cmpint (verdict, ==, BELFRY_VERDICT_ABSTAIN);
  g_autoptr (GBytes) passed =
      belfry_message_filter_filter_finish (BELFRY_MESSAGE_FILTER (idle), results[2], &error);
  g_assert_true (passed == payload);
  g_assert_true (belfry_membership_is_member_finish (BELFRY_MEMBERSHIP (idle), results[3],
                                                     &is_member, &error));
  g_assert_false (is_member);
  g_autoptr (BelfryHttpResponse) response =
      belfry_http_routes_handle_finish (BELFRY_HTTP_ROUTES (idle), results[4], &error);
  g_assert_cmpuint (belfry_http_response_get_status (response), ==, 404);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    g_object_unref (results[i]);
}

typedef struct
{
  int said;
  BelfryVerdict at_once;
  BelfryVerdict later;
} VerdictCase;

static const VerdictCase verdict_cases[] = {
  { BELFRY_VERDICT_ABSTAIN, BELFRY_VERDICT_ABSTAIN, BELFRY_VERDICT_ABSTAIN },
  { BELFRY_VERDICT_ALLOW, BELFRY_VERDICT_ALLOW, BELFRY_VERDICT_ALLOW },
  { BELFRY_VERDICT_DENY, BELFRY_VERDICT_DENY, BELFRY_VERDICT_DENY },
  { BELFRY_VERDICT_ASK, BELFRY_VERDICT_ASK, BELFRY_VERDICT_DENY },
  { 4, BELFRY_VERDICT_DENY, BELFRY_VERDICT_DENY },
  { -1, BELFRY_VERDICT_DENY, BELFRY_VERDICT_DENY },
  { G_MAXINT, BELFRY_VERDICT_DENY, BELFRY_VERDICT_DENY },
};

/* What is no verdict denies, so that a plugin's mistake opens no door. */
static void
test_verdicts (void)
{
  g_autoptr (TestBusy) busy = g_object_new (TEST_TYPE_BUSY, NULL);
  BelfryTopicPolicy *policy = BELFRY_TOPIC_POLICY (busy);

  for (gsize i = 0; i < G_N_ELEMENTS (verdict_cases); i++)
    {
      const VerdictCase *c = &verdict_cases[i];
      g_autoptr (GAsyncResult) result = NULL;
      BelfryVerdict verdict = BELFRY_VERDICT_ABSTAIN;

      g_test_message ("%d", c->said);
      busy->verdict = c->said;
      g_assert_cmpint (belfry_topic_policy_decide (policy, NULL, BELFRY_TOPIC_ACTION_HISTORY, "t"),
                       ==, c->at_once);
      belfry_topic_policy_decide_async (policy, NULL, BELFRY_TOPIC_ACTION_HISTORY, "t", NULL,
                                        keep_result, &result);
      g_assert_true (
          belfry_topic_policy_decide_finish (policy, wait_for (&result), &verdict, NULL));
      g_assert_cmpint (verdict, ==, c->later);
    }
}

/* Answers of plugins that leave the second half to the defaults get through, and so do errors. */
static void
test_default_finish (void)
{
  g_autoptr (TestBusy) busy = g_object_new (TEST_TYPE_BUSY, NULL);
  g_autoptr (BelfryIdentity) identity = somebody ();
  g_autoptr (BelfryCredentials) credentials =
      belfry_credentials_new (&(BelfryCredentialsParams){ .token = "t" });
  BelfryTopicPolicy *policy = BELFRY_TOPIC_POLICY (busy);
  BelfryMembership *membership = BELFRY_MEMBERSHIP (busy);
  BelfryAuthorizer *authorizer = BELFRY_AUTHORIZER (busy);

  for (int fails = 0; fails < 2; fails++)
    {
      GAsyncResult *results[3] = { NULL };
      GError *errors[3] = { NULL };
      BelfryVerdict verdict = BELFRY_VERDICT_ALLOW;
      gboolean is_member = TRUE;

      busy->fails = fails;
      belfry_topic_policy_decide_async (policy, identity, BELFRY_TOPIC_ACTION_HISTORY, "t", NULL,
                                        keep_result, &results[0]);
      belfry_membership_is_member_async (membership, identity, "g", NULL, keep_result, &results[1]);
      belfry_authorizer_authenticate_async (authorizer, credentials, NULL, keep_result,
                                            &results[2]);
      g_assert_true (belfry_topic_policy_decide_finish (policy, wait_for (&results[0]), &verdict,
                                                        &errors[0]) == !fails);
      g_assert_true (belfry_membership_is_member_finish (membership, wait_for (&results[1]),
                                                         &is_member, &errors[1]) == !fails);
      g_autoptr (BelfryIdentity) found =
          belfry_authorizer_authenticate_finish (authorizer, wait_for (&results[2]), &errors[2]);

      g_assert_cmpint (verdict, ==, fails ? BELFRY_VERDICT_DENY : BELFRY_VERDICT_ABSTAIN);
      g_assert_true (is_member == !fails);
      g_assert_cmpstr (found != NULL ? belfry_identity_get_subject (found) : NULL, ==,
                       fails ? NULL : "busy");
      for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
        {
          g_assert_true (g_error_matches (errors[i], BELFRY_PLUGIN_ERROR,
                                          BELFRY_PLUGIN_ERROR_REFUSED) == fails);
          g_clear_error (&errors[i]);
          g_object_unref (results[i]);
        }
    }
}

/* A host that offers nothing tells the time, publishes nothing and knows nobody. */
static void
test_host_defaults (void)
{
  g_autoptr (TestHost) object = g_object_new (TEST_TYPE_HOST, NULL);
  BelfryPluginHost *host = BELFRY_PLUGIN_HOST (object);
  g_autoptr (BelfryIdentity) identity = somebody ();
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  g_autoptr (GAsyncResult) published = NULL;
  g_autoptr (GAsyncResult) asked = NULL;
  g_autoptr (GError) error = NULL;
  gint64 before = g_get_monotonic_time ();
  gboolean is_member = TRUE;

  g_assert_cmpint (belfry_plugin_host_now (host), >=, before);
  g_assert_cmpint (belfry_plugin_host_wall (host), >, G_GINT64_CONSTANT (1600000000000000));
  belfry_plugin_host_close_user (host, "a", "gone");
  belfry_plugin_host_publish_async (host, "t", payload, NULL, NULL, NULL);
  belfry_plugin_host_publish_async (host, "t", payload, NULL, keep_result, &published);
  belfry_plugin_host_is_member_async (host, identity, "g", NULL, keep_result, &asked);
  g_assert_false (belfry_plugin_host_publish_finish (host, wait_for (&published), &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE);
  g_assert_true (belfry_plugin_host_is_member_finish (host, wait_for (&asked), &is_member, NULL));
  g_assert_false (is_member);
}

BELFRY_DEFINE_PLUGIN ("test", "1.2", "MIT", BELFRY_PLUGIN_AUTHORIZER, test_idle_get_type);

/* The macro fills in what the loader will look at. */
static void
test_descriptor (void)
{
  const BelfryPluginDescriptor *descriptor = &belfry_plugin_descriptor;

  g_assert_cmpuint (descriptor->magic, ==, BELFRY_PLUGIN_MAGIC);
  g_assert_cmpuint (descriptor->abi_major, ==, BELFRY_PLUGIN_ABI_MAJOR);
  g_assert_cmpuint (descriptor->abi_minor, ==, BELFRY_PLUGIN_ABI_MINOR);
  g_assert_cmpuint (descriptor->struct_size, ==, sizeof (BelfryPluginDescriptor));
  g_assert_cmpuint (descriptor->kinds, ==, BELFRY_PLUGIN_AUTHORIZER);
  g_assert_cmpstr (descriptor->name, ==, "test");
  g_assert_cmpstr (descriptor->version, ==, "1.2");
  g_assert_cmpstr (descriptor->licence, ==, "MIT");
  g_assert_true (descriptor->get_type () == TEST_TYPE_IDLE);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/plugin/idle", test_idle_plugin);
  belfry_test_add ("/plugin/life", test_life);
  belfry_test_add ("/plugin/enable-fails", test_enable_fails);
  belfry_test_add ("/plugin/defaults", test_defaults);
  belfry_test_add ("/plugin/verdicts", test_verdicts);
  belfry_test_add ("/plugin/default-finish", test_default_finish);
  belfry_test_add ("/plugin/host-defaults", test_host_defaults);
  belfry_test_add ("/plugin/descriptor", test_descriptor);
  return g_test_run ();
}
