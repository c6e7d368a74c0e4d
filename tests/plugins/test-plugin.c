/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-plugin"

#include <belfry/belfry.h>

#include <string.h>

/* A plugin that does what its settings say, and tells the service of every call by publishing it.
 * It is built under several names; TestPlugin and NAME are different for each. */
struct _TestPlugin
{
  BelfryPlugin parent_instance;

  char *answer;      /* (owned): of is_member: yes, no, error, or never */
  char *next;        /* (owned) (nullable): the same, checked */
  GTask *unanswered; /* (owned) (nullable): when the answer is never */
};

G_DECLARE_FINAL_TYPE (TestPlugin, test_plugin, TEST, PLUGIN, BelfryPlugin)

static void test_plugin_policy_init (BelfryTopicPolicyInterface *iface);
static void test_plugin_membership_init (BelfryMembershipInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestPlugin,
                               test_plugin,
                               BELFRY_TYPE_PLUGIN,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY,
                                                      test_plugin_policy_init)
                                   G_IMPLEMENT_INTERFACE (BELFRY_TYPE_MEMBERSHIP,
                                                          test_plugin_membership_init))

static void
tell (BelfryPluginHost *host, const char *call)
{
  g_autoptr (GBytes) payload = g_bytes_new (call, strlen (call));

  belfry_plugin_host_publish_async (host, NAME, payload, NULL, NULL, NULL);
}

/* Whether a setting wants this step to fail. */
static gboolean
fails (BelfryPluginSettings *settings, const char *step, GError **error)
{
  const char *wanted = belfry_plugin_settings_get_text (settings, "fail", "");
  gboolean is_silent = g_str_has_prefix (wanted, "silently-");

  if (strcmp (wanted + (is_silent ? strlen ("silently-") : 0), step) != 0)
    return FALSE;
  if (!is_silent && strcmp (step, "check") == 0)
    belfry_plugin_settings_set_error (settings, error, "fail", "told to");
  else if (!is_silent)
    g_set_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, "told to %s", step);
  return TRUE;
}

static gboolean
test_plugin_check (BelfryPlugin *plugin, BelfryPluginSettings *settings, GError **error)
{
  TestPlugin *self = TEST_PLUGIN (plugin);
  gint64 number = 0;

  if (fails (settings, "check", error))
    return FALSE;
  if (!belfry_plugin_settings_get_integer (settings, "number", 0, 9, 0, &number, error))
    return FALSE;
  g_free (self->next);
  self->next = g_strdup (belfry_plugin_settings_get_text (settings, "answer", "no"));
  return TRUE;
}

static void
test_plugin_apply (BelfryPlugin *plugin, BelfryPluginSettings *settings)
{
  TestPlugin *self = TEST_PLUGIN (plugin);
  g_autofree char *call = g_strconcat ("apply ", self->next, NULL);

  g_free (self->answer);
  self->answer = g_steal_pointer (&self->next);
  tell (belfry_plugin_get_host (plugin), call);
}

static gboolean
test_plugin_enable (BelfryPlugin *plugin,
                    BelfryPluginHost *host,
                    BelfryPluginSettings *settings,
                    GError **error)
{
  TestPlugin *self = TEST_PLUGIN (plugin);

  if (fails (settings, "enable", error))
    return FALSE;
  belfry_plugin_settings_get_text (settings, "asked-late", NULL);
  self->answer = g_steal_pointer (&self->next);
  tell (host, "enable");
  return TRUE;
}

static void
test_plugin_disable (BelfryPlugin *plugin)
{
  TestPlugin *self = TEST_PLUGIN (plugin);

  if (self->unanswered != NULL)
    g_task_return_boolean (self->unanswered, TRUE);
  g_clear_object (&self->unanswered);
  tell (belfry_plugin_get_host (plugin), "disable");
}

static void
test_plugin_is_member_async (BelfryMembership *membership,
                             BelfryIdentity *identity,
                             const char *group,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  TestPlugin *self = TEST_PLUGIN (membership);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, test_plugin_is_member_async);
  g_task_set_check_cancellable (task, FALSE);
  tell (belfry_plugin_get_host (BELFRY_PLUGIN (self)), "is-member");
  if (strcmp (self->answer, "never") == 0)
    g_set_object (&self->unanswered, task);
  else if (strcmp (self->answer, "error") == 0)
    g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, "told to");
  else
    g_task_return_boolean (task, strcmp (self->answer, "yes") == 0);
}

static void
test_plugin_finalize (GObject *object)
{
  TestPlugin *self = TEST_PLUGIN (object);

  g_free (self->answer);
  g_free (self->next);
  G_OBJECT_CLASS (test_plugin_parent_class)->finalize (object);
}

static void
test_plugin_policy_init (BelfryTopicPolicyInterface *iface)
{
}

static void
test_plugin_membership_init (BelfryMembershipInterface *iface)
{
  iface->is_member_async = test_plugin_is_member_async;
}

static void
test_plugin_class_init (TestPluginClass *klass)
{
  BelfryPluginClass *plugin_class = BELFRY_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_plugin_finalize;
  plugin_class->enable = test_plugin_enable;
  plugin_class->disable = test_plugin_disable;
  plugin_class->check = test_plugin_check;
  plugin_class->apply = test_plugin_apply;
}

static void
test_plugin_init (TestPlugin *self)
{
}

BELFRY_DEFINE_PLUGIN (NAME,
                      "1.0",
                      "MIT",
                      BELFRY_PLUGIN_TOPIC_POLICY | BELFRY_PLUGIN_MEMBERSHIP,
                      test_plugin_get_type);
