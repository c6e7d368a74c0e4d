/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-rules"

#include "config.h"

#include "belfry-rules-plugin.h"

#include "belfry-rules-load.h"
#include "belfry-rules-question.h"
#include "belfry-rules-walk.h"

/* The plugin: settings, and the two ways to a decision. The service owns it; main thread. It reads
 * its file when its settings are checked, never when a client asks. */

struct _BelfryRulesPlugin
{
  BelfryPlugin parent_instance;

  BelfryRulesSet *set;     /* (owned) (nullable): the rules in force, while it is enabled */
  BelfryRulesSet *checked; /* (owned) (nullable): those that were found good last */
  GCancellable *ending;    /* (owned): ends the questions that are under way */
};

static const char *const defaults[] = { "deny", "abstain" };
static const BelfryVerdict default_verdicts[] = { BELFRY_VERDICT_DENY, BELFRY_VERDICT_ABSTAIN };
G_STATIC_ASSERT (G_N_ELEMENTS (defaults) == G_N_ELEMENTS (default_verdicts));

static gboolean
read_default (BelfryPluginSettings *settings, BelfryVerdict *verdict, GError **error)
{
  const char *text = belfry_plugin_settings_get_text (settings, "default", defaults[0]);

  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++)
    {
      if (g_str_equal (text, defaults[i]))
        {
          *verdict = default_verdicts[i];
          return TRUE;
        }
    }
  belfry_plugin_settings_set_error (settings, error, "default", "expected deny or abstain");
  return FALSE;
}

static BelfryRulesSet *
read_settings (BelfryPluginSettings *settings, GError **error)
{
  const char *path = belfry_plugin_settings_get_text (settings, "file", "");
  g_autoptr (GError) problem = NULL;
  BelfryVerdict otherwise;

  if (!read_default (settings, &otherwise, error))
    return NULL;
  if (*path != '\0' && !g_path_is_absolute (path))
    {
      belfry_plugin_settings_set_error (settings, error, "file", "expected an absolute path");
      return NULL;
    }
  BelfryRulesSet *set = belfry_rules_load (path, otherwise, &problem);
  if (set == NULL)
    belfry_plugin_settings_set_error (settings, error, "file", problem->message);
  return set;
}

static void
put_in_force (BelfryRulesPlugin *self)
{
  g_clear_pointer (&self->set, belfry_rules_set_unref);
  self->set = g_steal_pointer (&self->checked);
  g_message ("%u rules are in force", belfry_rules_set_n_rules (self->set));
}

static gboolean
belfry_rules_plugin_check (BelfryPlugin *plugin, BelfryPluginSettings *settings, GError **error)
{
  BelfryRulesPlugin *self = BELFRY_RULES_PLUGIN (plugin);

  g_clear_pointer (&self->checked, belfry_rules_set_unref);
  self->checked = read_settings (settings, error);
  return self->checked != NULL;
}

static void
belfry_rules_plugin_apply (BelfryPlugin *plugin, BelfryPluginSettings *settings)
{
  BelfryRulesPlugin *self = BELFRY_RULES_PLUGIN (plugin);

  g_return_if_fail (self->checked != NULL);
  put_in_force (self);
}

static gboolean
belfry_rules_plugin_enable (BelfryPlugin *plugin,
                            BelfryPluginHost *host,
                            BelfryPluginSettings *settings,
                            GError **error)
{
  BelfryRulesPlugin *self = BELFRY_RULES_PLUGIN (plugin);

  if (self->checked == NULL && !belfry_rules_plugin_check (plugin, settings, error))
    return FALSE;
  put_in_force (self);
  return TRUE;
}

static void
belfry_rules_plugin_disable (BelfryPlugin *plugin)
{
  BelfryRulesPlugin *self = BELFRY_RULES_PLUGIN (plugin);
  g_autoptr (GCancellable) ending = g_steal_pointer (&self->ending);

  self->ending = g_cancellable_new ();
  g_clear_pointer (&self->set, belfry_rules_set_unref);
  g_clear_pointer (&self->checked, belfry_rules_set_unref);
  g_cancellable_cancel (ending);
}

static BelfryVerdict
belfry_rules_plugin_decide (BelfryTopicPolicy *policy,
                            BelfryIdentity *identity,
                            BelfryTopicAction action,
                            const char *topic)
{
  BelfryRulesPlugin *self = BELFRY_RULES_PLUGIN (policy);
  BelfryRulesWalk walk;

  if (self->set == NULL)
    return BELFRY_VERDICT_DENY;
  belfry_rules_walk_init (&walk, self->set, identity, action, topic);
  BelfryVerdict verdict = belfry_rules_walk_next (&walk);
  return verdict != BELFRY_VERDICT_ABSTAIN ? verdict : belfry_rules_set_get_otherwise (self->set);
}

static void
on_decided (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  BelfryVerdict verdict;

  if (belfry_rules_question_ask_finish (result, &verdict, &error))
    g_task_return_int (task, verdict);
  else
    g_task_return_error (task, error);
}

/* Not g_cancellable_connect(), from whose handler nobody could disconnect. */
static void
cancel_with (GCancellable *cause, GCancellable *own)
{
  g_signal_connect_object (cause, "cancelled", G_CALLBACK (g_cancellable_cancel), own,
                           G_CONNECT_SWAPPED);
  if (g_cancellable_is_cancelled (cause))
    g_cancellable_cancel (own);
}

static void
belfry_rules_plugin_decide_async (BelfryTopicPolicy *policy,
                                  BelfryIdentity *identity,
                                  BelfryTopicAction action,
                                  const char *topic,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  BelfryRulesPlugin *self = BELFRY_RULES_PLUGIN (policy);
  BelfryPluginHost *host = belfry_plugin_get_host (BELFRY_PLUGIN (self));
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GCancellable) own = g_cancellable_new ();

  g_task_set_source_tag (task, belfry_rules_plugin_decide_async);
  if (self->set == NULL || host == NULL)
    {
      g_task_return_int (task, BELFRY_VERDICT_DENY);
      g_object_unref (task);
      return;
    }
  cancel_with (self->ending, own);
  if (cancellable != NULL)
    cancel_with (cancellable, own);
  belfry_rules_question_ask_async (host, self->set, identity, action, topic, own, on_decided, task);
}

static void
belfry_rules_plugin_policy_iface_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = belfry_rules_plugin_decide;
  iface->decide_async = belfry_rules_plugin_decide_async;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryRulesPlugin,
                               belfry_rules_plugin,
                               BELFRY_TYPE_PLUGIN,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY,
                                                      belfry_rules_plugin_policy_iface_init))

static void
belfry_rules_plugin_finalize (GObject *object)
{
  BelfryRulesPlugin *self = BELFRY_RULES_PLUGIN (object);

  g_clear_pointer (&self->set, belfry_rules_set_unref);
  g_clear_pointer (&self->checked, belfry_rules_set_unref);
  g_clear_object (&self->ending);
  G_OBJECT_CLASS (belfry_rules_plugin_parent_class)->finalize (object);
}

static void
belfry_rules_plugin_class_init (BelfryRulesPluginClass *klass)
{
  BelfryPluginClass *plugin_class = BELFRY_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = belfry_rules_plugin_finalize;
  plugin_class->check = belfry_rules_plugin_check;
  plugin_class->apply = belfry_rules_plugin_apply;
  plugin_class->enable = belfry_rules_plugin_enable;
  plugin_class->disable = belfry_rules_plugin_disable;
}

static void
belfry_rules_plugin_init (BelfryRulesPlugin *self)
{
  self->ending = g_cancellable_new ();
}
