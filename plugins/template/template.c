/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-template"

#include <belfry/belfry.h>

#include <string.h>

/* A plugin to be copied: guests sign in with their name and a password that all of them share, and
 * each has topics of his own. It is an authorizer and a policy. Everything is called on the main
 * thread, so there are no locks; nothing blocks, so everybody is answered at once. */

/* Enough for who was away for a moment. */
#define MAX_HISTORY 1000

/* What is configured, whole: it is replaced, never changed. */
typedef struct
{
  GBytes *password; /* (owned) */
  char **guests;    /* (owned): nobody: everybody */
  char *topics;     /* (owned): what the guests' topics begin with */
  guint history;    /* messages that are kept of each */
} Settings;

G_DECLARE_FINAL_TYPE (TemplatePlugin, template_plugin, TEMPLATE, PLUGIN, BelfryPlugin)

struct _TemplatePlugin
{
  BelfryPlugin parent_instance;

  Settings *settings; /* (owned) (nullable): in force, while enabled */
  Settings *checked;  /* (owned) (nullable): found to be good, to be applied */
};

static void template_plugin_authorizer_init (BelfryAuthorizerInterface *iface);
static void template_plugin_policy_init (BelfryTopicPolicyInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TemplatePlugin,
                               template_plugin,
                               BELFRY_TYPE_PLUGIN,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORIZER,
                                                      template_plugin_authorizer_init)
                                   G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY,
                                                          template_plugin_policy_init))

static void
settings_free (Settings *self)
{
  g_bytes_unref (self->password);
  g_strfreev (self->guests);
  g_free (self->topics);
  g_free (self);
}

/* Asks for every key that there is: others are reported to the administrator as unknown. */
static Settings *
settings_read (BelfryPluginSettings *settings, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GBytes) password = belfry_plugin_settings_get_secret (settings, "password", &reason);
  g_auto (GStrv) guests = belfry_plugin_settings_get_list (settings, "guests");
  const char *topics = belfry_plugin_settings_get_text (settings, "topics", "guest.");
  gint64 history = 0;
  Settings *self;

  if (reason == NULL)
    belfry_plugin_settings_get_integer (settings, "history", 0, MAX_HISTORY, 0, &history, &reason);
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  if (password == NULL)
    {
      belfry_plugin_settings_set_error (settings, error, "password", "expected a password");
      return NULL;
    }
  self = g_new0 (Settings, 1);
  self->password = g_steal_pointer (&password);
  self->guests = g_steal_pointer (&guests);
  self->topics = g_strdup (topics);
  self->history = (guint) history;
  return self;
}

/* How long this takes does not say which byte was wrong. */
static gboolean
is_password (const Settings *settings, const char *text)
{
  gsize length = 0;
  const volatile char *password = g_bytes_get_data (settings->password, &length);
  guint8 difference = 0;

  if (strlen (text) != length)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    difference |= (guint8) (password[i] ^ text[i]);
  return difference == 0;
}

static gboolean
is_guest (const Settings *settings, const char *name)
{
  return settings->guests[0] == NULL ||
         g_strv_contains ((const char *const *) settings->guests, name);
}

/* Whether a name stands for itself in a topic: with a wildcard, or with a separator, the topics of
 * somebody else would be his as well. */
static gboolean
is_segment (const char *name)
{
  return strpbrk (name, ".:/*>") == NULL;
}

/* An identity, or NULL: without an error if the token is not one of ours. Messages never hold what
 * a client sent. */
static BelfryIdentity *
identify (TemplatePlugin *self, const char *token, GError **error)
{
  const char *colon = token != NULL ? strchr (token, ':') : NULL;

  if (colon == NULL || self->settings == NULL)
    return NULL;
  g_autofree char *name = g_strndup (token, (gsize) (colon - token));
  if (!is_password (self->settings, colon + 1) || !is_guest (self->settings, name))
    {
      g_set_error_literal (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED,
                           "not a guest's name and password");
      return NULL;
    }
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new (name);
  belfry_identity_builder_add_role (builder, "guest");
  return belfry_identity_builder_end (builder, error);
}

static void
template_plugin_authenticate_async (BelfryAuthorizer *authorizer,
                                    BelfryCredentials *credentials,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  TemplatePlugin *self = TEMPLATE_PLUGIN (authorizer);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  BelfryIdentity *identity = identify (self, belfry_credentials_get_token (credentials), &error);

  g_task_set_source_tag (task, template_plugin_authenticate_async);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, identity, (GDestroyNotify) belfry_identity_unref);
}

static BelfryIdentity *
template_plugin_authenticate_finish (BelfryAuthorizer *authorizer,
                                     GAsyncResult *result,
                                     GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, authorizer), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, template_plugin_authenticate_async),
                        NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Guests have the topics that begin with their name; what others may do is for others to say. The
 * name is from the outside: another authorizer may have made a guest of its user. */
static BelfryVerdict
template_plugin_decide (BelfryTopicPolicy *policy,
                        BelfryIdentity *identity,
                        BelfryTopicAction action,
                        const char *topic)
{
  const Settings *settings = TEMPLATE_PLUGIN (policy)->settings;

  if (settings == NULL || identity == NULL || !belfry_identity_has_role (identity, "guest"))
    return BELFRY_VERDICT_ABSTAIN;
  if (!g_str_has_prefix (topic, settings->topics))
    return BELFRY_VERDICT_ABSTAIN;
  const char *subject = belfry_identity_get_subject (identity);
  const char *rest = topic + strlen (settings->topics);
  if (!is_segment (subject) || !g_str_has_prefix (rest, subject))
    return BELFRY_VERDICT_DENY;
  rest += strlen (subject);
  return *rest == '\0' || *rest == '.' ? BELFRY_VERDICT_ALLOW : BELFRY_VERDICT_DENY;
}

/* How guests' topics behave, unless the administrator's own configuration says otherwise. */
static void
template_plugin_get_settings (BelfryTopicPolicy *policy,
                              const char *topic,
                              BelfryTopicSettings *topic_settings)
{
  const Settings *settings = TEMPLATE_PLUGIN (policy)->settings;

  if (settings != NULL && settings->history > 0 && g_str_has_prefix (topic, settings->topics))
    belfry_topic_settings_set_history_size (topic_settings, settings->history);
}

static gboolean
template_plugin_check (BelfryPlugin *plugin, BelfryPluginSettings *settings, GError **error)
{
  TemplatePlugin *self = TEMPLATE_PLUGIN (plugin);

  g_clear_pointer (&self->checked, settings_free);
  self->checked = settings_read (settings, error);
  return self->checked != NULL;
}

static void
template_plugin_apply (BelfryPlugin *plugin, BelfryPluginSettings *settings)
{
  TemplatePlugin *self = TEMPLATE_PLUGIN (plugin);

  g_clear_pointer (&self->settings, settings_free);
  self->settings = g_steal_pointer (&self->checked);
}

static gboolean
template_plugin_enable (BelfryPlugin *plugin,
                        BelfryPluginHost *host,
                        BelfryPluginSettings *settings,
                        GError **error)
{
  if (!template_plugin_check (plugin, settings, error))
    return FALSE;
  template_plugin_apply (plugin, settings);
  return TRUE;
}

static void
template_plugin_disable (BelfryPlugin *plugin)
{
  TemplatePlugin *self = TEMPLATE_PLUGIN (plugin);

  g_clear_pointer (&self->settings, settings_free);
  g_clear_pointer (&self->checked, settings_free);
}

static void
template_plugin_finalize (GObject *object)
{
  template_plugin_disable (BELFRY_PLUGIN (object));
  G_OBJECT_CLASS (template_plugin_parent_class)->finalize (object);
}

static void
template_plugin_authorizer_init (BelfryAuthorizerInterface *iface)
{
  iface->authenticate_async = template_plugin_authenticate_async;
  iface->authenticate_finish = template_plugin_authenticate_finish;
}

static void
template_plugin_policy_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = template_plugin_decide;
  iface->get_settings = template_plugin_get_settings;
}

static void
template_plugin_class_init (TemplatePluginClass *klass)
{
  BelfryPluginClass *plugin_class = BELFRY_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = template_plugin_finalize;
  plugin_class->enable = template_plugin_enable;
  plugin_class->disable = template_plugin_disable;
  plugin_class->check = template_plugin_check;
  plugin_class->apply = template_plugin_apply;
}

static void
template_plugin_init (TemplatePlugin *self)
{
}

BELFRY_DEFINE_PLUGIN ("template",
                      "1.0",
                      "LGPL-2.1-or-later",
                      BELFRY_PLUGIN_AUTHORIZER | BELFRY_PLUGIN_TOPIC_POLICY,
                      template_plugin_get_type);
