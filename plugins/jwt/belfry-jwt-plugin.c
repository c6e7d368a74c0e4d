/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include <belfry/belfry.h>

#include "belfry-jwt-identity.h"
#include "belfry-jwt-settings.h"
#include "belfry-jwt-verify.h"
#include "belfry-jwt-watch.h"

/* The plugin: an authorizer that takes JSON Web Tokens. Main thread. Settings and keys are replaced
 * whole, and only by ones that are good. What a token says is never logged, and a client is told no
 * more than whether it has expired. */

/* What tokens are measured by. */
typedef struct
{
  BelfryJwtSettings *settings; /* (owned) */
  BelfryJwtKeySet *keys;       /* (owned) */
} Measure;

G_DECLARE_FINAL_TYPE (BelfryJwtPlugin, belfry_jwt_plugin, BELFRY, JWT_PLUGIN, BelfryPlugin)

struct _BelfryJwtPlugin
{
  BelfryPlugin parent_instance;

  Measure *measure;      /* (owned) (nullable): in force, while enabled */
  Measure *checked;      /* (owned) (nullable): found to be good, to be applied */
  BelfryJwtWatch *watch; /* (owned) (nullable): while enabled */
  char *complaint;       /* (owned) (nullable): what is wrong with the files since they changed */
};

static void belfry_jwt_plugin_authorizer_init (BelfryAuthorizerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryJwtPlugin,
                               belfry_jwt_plugin,
                               BELFRY_TYPE_PLUGIN,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORIZER,
                                                      belfry_jwt_plugin_authorizer_init))

static void
measure_free (Measure *self)
{
  g_clear_pointer (&self->keys, belfry_jwt_key_set_unref);
  g_clear_pointer (&self->settings, belfry_jwt_settings_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Measure, measure_free)

static Measure *
measure_new (BelfryPluginSettings *settings, GError **error)
{
  g_autoptr (Measure) self = g_new0 (Measure, 1);
  g_autoptr (GError) reason = NULL;
  const char *setting = NULL;

  self->settings = belfry_jwt_settings_read (settings, error);
  if (self->settings == NULL)
    return NULL;
  self->keys = belfry_jwt_settings_load_keys (self->settings, &setting, &reason);
  if (self->keys == NULL)
    {
      belfry_plugin_settings_set_error (settings, error, setting, reason->message);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/* Said once, not at each change of something else in the folder. */
static void
complain (BelfryJwtPlugin *self, const char *complaint)
{
  if (g_strcmp0 (self->complaint, complaint) == 0)
    return;
  g_free (self->complaint);
  self->complaint = g_strdup (complaint);
  g_warning ("Keys changed, but those read before stay in force: %s", complaint);
}

static void
reload_keys (gpointer user_data)
{
  BelfryJwtPlugin *self = user_data;
  g_autoptr (GError) error = NULL;
  const char *setting = NULL;
  g_autoptr (BelfryJwtKeySet) keys =
      belfry_jwt_settings_load_keys (self->measure->settings, &setting, &error);

  if (keys == NULL)
    {
      complain (self, error->message);
      return;
    }
  if (self->complaint == NULL && belfry_jwt_key_set_equal (keys, self->measure->keys))
    return;
  g_clear_pointer (&self->complaint, g_free);
  g_clear_pointer (&self->measure->keys, belfry_jwt_key_set_unref);
  self->measure->keys = g_steal_pointer (&keys);
  g_message ("Keys read again: %u are in force", belfry_jwt_key_set_get_size (self->measure->keys));
}

/* The files may have changed since they were read, with nobody watching: so they are read again
 * when somebody does. */
static void
watch_keys (BelfryJwtPlugin *self)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  const GPtrArray *sources = self->measure->settings->sources;

  for (guint i = 0; i < sources->len; i++)
    {
      const BelfryJwtSource *source = sources->pdata[i];

      g_ptr_array_add (paths, source->path);
    }
  g_clear_pointer (&self->watch, belfry_jwt_watch_free);
  self->watch = belfry_jwt_watch_new (paths, reload_keys, self);
  reload_keys (self);
}

/* An opaque token, or an encrypted one, is for somebody else to know. */
static gboolean
looks_like_ours (const char *token)
{
  guint dots = 0;

  for (const char *p = token; p != NULL && *p != '\0'; p++)
    dots += *p == '.';
  return dots == 2;
}

/* An identity, or NULL: without an error if the token is not one of ours. */
static BelfryIdentity *
identify (BelfryJwtPlugin *self, const char *text, GError **error)
{
  const Measure *measure = self->measure;
  g_autoptr (BelfryJwtToken) token = NULL;
  g_autoptr (BelfryIdentity) identity = NULL;
  g_autoptr (GError) reason = NULL;
  BelfryJwtFault fault;

  if (measure == NULL || !looks_like_ours (text))
    return NULL;
  token =
      belfry_jwt_verify (&measure->settings->policy, measure->keys, text,
                         belfry_plugin_host_wall (belfry_plugin_get_host (BELFRY_PLUGIN (self))),
                         &fault);
  if (token != NULL)
    identity = belfry_jwt_identity_new (token, measure->settings->roles_claim, &reason);
  if (identity != NULL)
    return g_steal_pointer (&identity);
  g_debug ("Refused a token: %s",
           token == NULL ? belfry_jwt_fault_text (fault) : "its claims are no identity");
  if (fault == BELFRY_JWT_FAULT_EXPIRED)
    g_set_error_literal (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_EXPIRED,
                         "the token has expired");
  else
    g_set_error_literal (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED,
                         "the token is not good");
  return NULL;
}

static BelfryIdentity *
belfry_jwt_plugin_authenticate (BelfryAuthorizer *authorizer,
                                BelfryCredentials *credentials,
                                GError **error)
{
  return identify (BELFRY_JWT_PLUGIN (authorizer), belfry_credentials_get_token (credentials),
                   error);
}

static gboolean
belfry_jwt_plugin_check (BelfryPlugin *plugin, BelfryPluginSettings *settings, GError **error)
{
  BelfryJwtPlugin *self = BELFRY_JWT_PLUGIN (plugin);

  g_clear_pointer (&self->checked, measure_free);
  self->checked = measure_new (settings, error);
  return self->checked != NULL;
}

static void
belfry_jwt_plugin_apply (BelfryPlugin *plugin, BelfryPluginSettings *settings)
{
  BelfryJwtPlugin *self = BELFRY_JWT_PLUGIN (plugin);

  g_return_if_fail (self->checked != NULL);
  g_clear_pointer (&self->measure, measure_free);
  g_clear_pointer (&self->complaint, g_free);
  self->measure = g_steal_pointer (&self->checked);
  watch_keys (self);
}

static gboolean
belfry_jwt_plugin_enable (BelfryPlugin *plugin,
                          BelfryPluginHost *host,
                          BelfryPluginSettings *settings,
                          GError **error)
{
  if (!belfry_jwt_plugin_check (plugin, settings, error))
    return FALSE;
  belfry_jwt_plugin_apply (plugin, settings);
  return TRUE;
}

static void
belfry_jwt_plugin_disable (BelfryPlugin *plugin)
{
  BelfryJwtPlugin *self = BELFRY_JWT_PLUGIN (plugin);

  g_clear_pointer (&self->watch, belfry_jwt_watch_free);
  g_clear_pointer (&self->measure, measure_free);
  g_clear_pointer (&self->checked, measure_free);
  g_clear_pointer (&self->complaint, g_free);
}

static void
belfry_jwt_plugin_finalize (GObject *object)
{
  belfry_jwt_plugin_disable (BELFRY_PLUGIN (object));
  G_OBJECT_CLASS (belfry_jwt_plugin_parent_class)->finalize (object);
}

static void
belfry_jwt_plugin_authorizer_init (BelfryAuthorizerInterface *iface)
{
  iface->authenticate = belfry_jwt_plugin_authenticate;
}

static void
belfry_jwt_plugin_class_init (BelfryJwtPluginClass *klass)
{
  BelfryPluginClass *plugin_class = BELFRY_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = belfry_jwt_plugin_finalize;
  plugin_class->enable = belfry_jwt_plugin_enable;
  plugin_class->disable = belfry_jwt_plugin_disable;
  plugin_class->check = belfry_jwt_plugin_check;
  plugin_class->apply = belfry_jwt_plugin_apply;
}

static void
belfry_jwt_plugin_init (BelfryJwtPlugin *self)
{
}

BELFRY_DEFINE_PLUGIN ("jwt",
                      BELFRY_VERSION,
                      "LGPL-2.1-or-later",
                      BELFRY_PLUGIN_AUTHORIZER,
                      belfry_jwt_plugin_get_type);
