/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-loader.h"

#include "belfry-clock.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

/* The Vala plugin that is there to be copied, loaded as the service loads it. */

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static BelfryLoader *
start (const char *settings, GError **error)
{
  g_auto (BelfryPluginPlace) place = { NULL };
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  g_autoptr (BelfryLoaderHost) host = belfry_loader_host_new (clock);
  g_autofree char *text = g_strconcat ("[auth]\nrequired=no\nauthorizers=\npolicies=template-vala\n"
                                       "[plugin template-vala]\n",
                                       settings, NULL);
  g_autoptr (BelfryConfig) config = belfry_test_config_new (text);
  g_autoptr (GAsyncResult) result = NULL;

  belfry_plugin_place_init (&place, NULL);
  g_autoptr (BelfryLoader) loader = belfry_loader_new (host, &place, NULL);
  belfry_part_start_async (BELFRY_PART (loader), config, NULL, keep_result, &result);
  belfry_test_wait_until (result != NULL);
  if (!belfry_part_start_finish (BELFRY_PART (loader), result, error))
    return NULL;
  return g_steal_pointer (&loader);
}

static BelfryVerdict
decide (BelfryLoader *loader, BelfryIdentity *identity, BelfryTopicAction action, const char *topic)
{
  BelfryPlugin *plugin = belfry_loader_get_plugin (loader, 0)->object;

  return belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (plugin), identity, action, topic);
}

/* Whoever has signed in may read what is announced; about all else it has no opinion. */
static void
test_decide (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryLoader) loader = start ("topic=news\n", &error);
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("anna");
  g_autoptr (BelfryIdentity) anna = belfry_identity_builder_end (builder, NULL);

  g_assert_no_error (error);
  g_assert_cmpint (decide (loader, anna, BELFRY_TOPIC_ACTION_SUBSCRIBE, "news"), ==,
                   BELFRY_VERDICT_ALLOW);
  g_assert_cmpint (decide (loader, anna, BELFRY_TOPIC_ACTION_PUBLISH, "news"), ==,
                   BELFRY_VERDICT_ABSTAIN);
  g_assert_cmpint (decide (loader, anna, BELFRY_TOPIC_ACTION_SUBSCRIBE, "announcements"), ==,
                   BELFRY_VERDICT_ABSTAIN);
  g_assert_cmpint (decide (loader, NULL, BELFRY_TOPIC_ACTION_SUBSCRIBE, "news"), ==,
                   BELFRY_VERDICT_ABSTAIN);
}

/* Vala's errors arrive with their place. */
static void
test_bad_settings (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (start ("topic=\n", &error));
  g_assert_nonnull (error);
  belfry_test_assert_contains (error->message,
                               "test.conf:6: [plugin template-vala] topic: expected a topic");
}

/* Of its own topic it wants the latest message to be kept, of others nothing. */
static void
test_settings (void)
{
  g_autoptr (BelfryLoader) loader = start ("topic=news\n", NULL);
  BelfryTopicPolicy *policy = BELFRY_TOPIC_POLICY (belfry_loader_get_plugin (loader, 0)->object);
  g_autoptr (BelfryTopicSettings) settings = belfry_topic_settings_new ();
  guint messages = 0;

  g_assert_true (belfry_topic_policy_has_settings (policy));
  belfry_topic_policy_get_settings (policy, "other", settings);
  g_assert_false (belfry_topic_settings_get_history_size (settings, &messages));
  belfry_topic_policy_get_settings (policy, "news", settings);
  g_assert_true (belfry_topic_settings_get_history_size (settings, &messages));
  g_assert_cmpuint (messages, ==, 1);
}

/* The asynchronous half, which the policy has to have, abstains. */
static void
test_decide_async (void)
{
  g_autoptr (BelfryLoader) loader = start ("", NULL);
  BelfryTopicPolicy *policy = BELFRY_TOPIC_POLICY (belfry_loader_get_plugin (loader, 0)->object);
  g_autoptr (GAsyncResult) result = NULL;
  BelfryVerdict verdict = BELFRY_VERDICT_DENY;

  belfry_topic_policy_decide_async (policy, NULL, BELFRY_TOPIC_ACTION_SUBSCRIBE, "a", NULL,
                                    keep_result, &result);
  belfry_test_wait_until (result != NULL);
  g_assert_true (belfry_topic_policy_decide_finish (policy, result, &verdict, NULL));
  g_assert_cmpint (verdict, ==, BELFRY_VERDICT_ABSTAIN);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/template-vala/decide", test_decide);
  belfry_test_add ("/template-vala/decide-async", test_decide_async);
  belfry_test_add ("/template-vala/settings", test_settings);
  belfry_test_add ("/template-vala/bad-settings", test_bad_settings);
  return g_test_run ();
}
