/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-plugin.h"

#include <string.h>

#include "belfry-webhook-backend.h"
#include "belfry-webhook-body.h"

/* The plugin: settings, and the two kinds of questions. The service owns it; main thread. A reload
 * makes new backends, which remember nothing; those questions that are under way go on with the old
 * ones. */

struct _BelfryWebhookPlugin
{
  BelfryPlugin parent_instance;

  BelfryWebhookSettings *checked;     /* (owned) (nullable): what was found good last */
  BelfryWebhookSettings *settings;    /* (owned) (nullable): what is in force */
  BelfryWebhookBackend *authenticate; /* (owned) (nullable) */
  BelfryWebhookBackend *authorize;    /* (owned) (nullable) */
  GPtrArray *former;                  /* (element-type BelfryWebhookBackend) (owned) */
};

/* Nothing is followed, inflated or remembered that a question did not ask for. */
static SoupSession *
make_session (const BelfryWebhookSettings *settings)
{
  SoupSession *session =
      soup_session_new_with_options ("max-conns", (int) settings->max_concurrent * 2,
                                     "max-conns-per-host", (int) settings->max_concurrent * 2,
                                     "user-agent", "belfry/" BELFRY_VERSION, "proxy-resolver", NULL,
                                     NULL);

  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  if (settings->ca != NULL)
    soup_session_set_tls_database (session, settings->ca);
  return session;
}

static BelfryWebhookBackend *
make_backend (BelfryWebhookPlugin *self, SoupSession *session, GUri *url, BelfryWebhookParse parse)
{
  if (url == NULL)
    return NULL;
  return belfry_webhook_backend_new (belfry_plugin_get_host (BELFRY_PLUGIN (self)), self->settings,
                                     session, url, parse);
}

static void
retire (BelfryWebhookPlugin *self, BelfryWebhookBackend **backend)
{
  if (*backend != NULL)
    g_ptr_array_add (self->former, g_steal_pointer (backend));
}

/* Those that have answered all. */
static void
drop_idle (BelfryWebhookPlugin *self)
{
  for (guint i = self->former->len; i > 0; i--)
    {
      if (belfry_webhook_backend_is_idle (self->former->pdata[i - 1]))
        g_ptr_array_remove_index_fast (self->former, i - 1);
    }
}

static void
put_in_force (BelfryWebhookPlugin *self)
{
  g_autoptr (SoupSession) session = make_session (self->checked);

  retire (self, &self->authenticate);
  retire (self, &self->authorize);
  drop_idle (self);
  g_clear_pointer (&self->settings, belfry_webhook_settings_unref);
  self->settings = g_steal_pointer (&self->checked);
  self->authenticate = make_backend (self, session, self->settings->url_authenticate,
                                     belfry_webhook_answer_parse_identity);
  self->authorize = make_backend (self, session, self->settings->url_authorize,
                                  belfry_webhook_answer_parse_verdict);
}

static gboolean
belfry_webhook_plugin_check (BelfryPlugin *plugin, BelfryPluginSettings *settings, GError **error)
{
  BelfryWebhookPlugin *self = BELFRY_WEBHOOK_PLUGIN (plugin);

  g_clear_pointer (&self->checked, belfry_webhook_settings_unref);
  self->checked = belfry_webhook_settings_read (settings, error);
  return self->checked != NULL;
}

static void
belfry_webhook_plugin_apply (BelfryPlugin *plugin, BelfryPluginSettings *settings)
{
  BelfryWebhookPlugin *self = BELFRY_WEBHOOK_PLUGIN (plugin);

  g_return_if_fail (self->checked != NULL);
  put_in_force (self);
}

static gboolean
belfry_webhook_plugin_enable (BelfryPlugin *plugin,
                              BelfryPluginHost *host,
                              BelfryPluginSettings *settings,
                              GError **error)
{
  BelfryWebhookPlugin *self = BELFRY_WEBHOOK_PLUGIN (plugin);

  if (self->checked == NULL && !belfry_webhook_plugin_check (plugin, settings, error))
    return FALSE;
  put_in_force (self);
  return TRUE;
}

static void
belfry_webhook_plugin_disable (BelfryPlugin *plugin)
{
  BelfryWebhookPlugin *self = BELFRY_WEBHOOK_PLUGIN (plugin);
  g_autoptr (GPtrArray) former = NULL;

  retire (self, &self->authenticate);
  retire (self, &self->authorize);
  former = g_steal_pointer (&self->former);
  self->former = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_webhook_backend_unref);
  g_clear_pointer (&self->settings, belfry_webhook_settings_unref);
  g_clear_pointer (&self->checked, belfry_webhook_settings_unref);
  for (guint i = 0; i < former->len; i++)
    belfry_webhook_backend_close (former->pdata[i]);
}

static void
on_authenticated (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (BelfryWebhookAnswer) answer = belfry_webhook_backend_ask_finish (result, &error);

  if (answer == NULL)
    g_task_return_error (task, error);
  else if (answer->kind == BELFRY_WEBHOOK_IDENTITY)
    g_task_return_pointer (task, belfry_identity_ref (answer->identity),
                           (GDestroyNotify) belfry_identity_unref);
  else if (answer->kind == BELFRY_WEBHOOK_ABSTAIN)
    g_task_return_pointer (task, NULL, NULL);
  else if (answer->kind == BELFRY_WEBHOOK_EXPIRED)
    g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_EXPIRED,
                             "the backend says that it has expired");
  else
    g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED,
                             "the backend refuses it");
}

/* Whether a client shows anything by which he could be known. */
static gboolean
has_anything (BelfryCredentials *credentials)
{
  return belfry_credentials_get_token (credentials) != NULL ||
         belfry_credentials_get_certificate (credentials) != NULL ||
         belfry_credentials_get_peer (credentials, NULL, NULL);
}

static void
belfry_webhook_plugin_authenticate_async (BelfryAuthorizer *authorizer,
                                          BelfryCredentials *credentials,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data)
{
  BelfryWebhookPlugin *self = BELFRY_WEBHOOK_PLUGIN (authorizer);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_webhook_plugin_authenticate_async);
  if (self->authenticate == NULL || !has_anything (credentials))
    {
      g_task_return_pointer (task, NULL, NULL);
      return;
    }
  g_autoptr (GBytes) body = belfry_webhook_body_authenticate (credentials);
  if (body == NULL)
    {
      g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED,
                               "credentials are not UTF-8 text");
      return;
    }
  belfry_webhook_backend_ask_async (self->authenticate, body, cancellable, on_authenticated,
                                    g_steal_pointer (&task));
}

static void
belfry_webhook_plugin_authorizer_iface_init (BelfryAuthorizerInterface *iface)
{
  iface->authenticate_async = belfry_webhook_plugin_authenticate_async;
}

static BelfryVerdict
verdict_of (const BelfryWebhookAnswer *answer)
{
  switch (answer->kind)
    {
    case BELFRY_WEBHOOK_ALLOW:
      return BELFRY_VERDICT_ALLOW;
    case BELFRY_WEBHOOK_ABSTAIN:
      return BELFRY_VERDICT_ABSTAIN;
    case BELFRY_WEBHOOK_DENY:
    case BELFRY_WEBHOOK_IDENTITY:
    case BELFRY_WEBHOOK_REFUSED:
    case BELFRY_WEBHOOK_EXPIRED:
    default:
      return BELFRY_VERDICT_DENY;
    }
}

/* A backend that does not know of patterns would take one for a topic of that name. */
static gboolean
is_pattern (const char *topic)
{
  const char *end;

  do
    {
      end = topic + strcspn (topic, ".:/");
      if (end - topic == 1 && (*topic == '*' || *topic == '>'))
        return TRUE;
      topic = end + 1;
    }
  while (*end != '\0');
  return FALSE;
}

static gboolean
is_mine (BelfryWebhookPlugin *self, const char *topic)
{
  return self->authorize != NULL && (self->settings->patterns || !is_pattern (topic));
}

static BelfryVerdict
belfry_webhook_plugin_decide (BelfryTopicPolicy *policy,
                              BelfryIdentity *identity,
                              BelfryTopicAction action,
                              const char *topic)
{
  BelfryWebhookPlugin *self = BELFRY_WEBHOOK_PLUGIN (policy);

  if (!is_mine (self, topic))
    return BELFRY_VERDICT_ABSTAIN;
  g_autoptr (GBytes) body = belfry_webhook_body_authorize (identity, action, topic);
  const BelfryWebhookAnswer *answer = belfry_webhook_backend_peek (self->authorize, body);
  return answer != NULL ? verdict_of (answer) : BELFRY_VERDICT_ASK;
}

static void
on_decided (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (BelfryWebhookAnswer) answer = belfry_webhook_backend_ask_finish (result, &error);

  if (answer == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, verdict_of (answer));
}

static void
belfry_webhook_plugin_decide_async (BelfryTopicPolicy *policy,
                                    BelfryIdentity *identity,
                                    BelfryTopicAction action,
                                    const char *topic,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  BelfryWebhookPlugin *self = BELFRY_WEBHOOK_PLUGIN (policy);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_webhook_plugin_decide_async);
  if (!is_mine (self, topic))
    {
      g_task_return_int (task, BELFRY_VERDICT_ABSTAIN);
      return;
    }
  g_autoptr (GBytes) body = belfry_webhook_body_authorize (identity, action, topic);
  belfry_webhook_backend_ask_async (self->authorize, body, cancellable, on_decided,
                                    g_steal_pointer (&task));
}

static void
belfry_webhook_plugin_policy_iface_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = belfry_webhook_plugin_decide;
  iface->decide_async = belfry_webhook_plugin_decide_async;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryWebhookPlugin,
                               belfry_webhook_plugin,
                               BELFRY_TYPE_PLUGIN,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORIZER,
                                                      belfry_webhook_plugin_authorizer_iface_init)
                                   G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY,
                                                          belfry_webhook_plugin_policy_iface_init))

static void
belfry_webhook_plugin_finalize (GObject *object)
{
  BelfryWebhookPlugin *self = BELFRY_WEBHOOK_PLUGIN (object);

  g_clear_pointer (&self->checked, belfry_webhook_settings_unref);
  g_clear_pointer (&self->settings, belfry_webhook_settings_unref);
  g_clear_pointer (&self->authenticate, belfry_webhook_backend_unref);
  g_clear_pointer (&self->authorize, belfry_webhook_backend_unref);
  g_ptr_array_unref (self->former);
  G_OBJECT_CLASS (belfry_webhook_plugin_parent_class)->finalize (object);
}

static void
belfry_webhook_plugin_class_init (BelfryWebhookPluginClass *klass)
{
  BelfryPluginClass *plugin_class = BELFRY_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = belfry_webhook_plugin_finalize;
  plugin_class->check = belfry_webhook_plugin_check;
  plugin_class->apply = belfry_webhook_plugin_apply;
  plugin_class->enable = belfry_webhook_plugin_enable;
  plugin_class->disable = belfry_webhook_plugin_disable;
}

static void
belfry_webhook_plugin_init (BelfryWebhookPlugin *self)
{
  self->former = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_webhook_backend_unref);
}
