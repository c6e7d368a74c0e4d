/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-prompt-plugin.h"

/* Counts what it is asked; knows nothing else from one call to the next. */
struct _BelfryPromptPlugin
{
  GObject parent_instance;

  guint n_asked;
};

static void belfry_prompt_plugin_iface_init (BelfryAuthorizerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryPromptPlugin,
                               belfry_prompt_plugin,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORIZER,
                                                      belfry_prompt_plugin_iface_init))

static const struct
{
  const char *word; /* (unowned) */
  BelfryPluginError error;
} failures[] = {
  { "refuse", BELFRY_PLUGIN_ERROR_REFUSED },
  { "expire", BELFRY_PLUGIN_ERROR_EXPIRED },
  { "fail", BELFRY_PLUGIN_ERROR_FAILED },
};

static BelfryIdentity *
belfry_prompt_plugin_authenticate (BelfryAuthorizer *authorizer,
                                   BelfryCredentials *credentials,
                                   GError **error)
{
  const char *token = belfry_credentials_get_token (credentials);

  BELFRY_PROMPT_PLUGIN (authorizer)->n_asked++;
  for (gsize i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      if (g_strcmp0 (token, failures[i].word) != 0)
        continue;
      g_set_error (error, BELFRY_PLUGIN_ERROR, (int) failures[i].error, "by the word “%s”", token);
      return NULL;
    }
  if (token == NULL || g_str_equal (token, "abstain"))
    return NULL;

  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new (token);

  return belfry_identity_builder_end (builder, error);
}

static void
belfry_prompt_plugin_iface_init (BelfryAuthorizerInterface *iface)
{
  iface->authenticate = belfry_prompt_plugin_authenticate;
}

static void
belfry_prompt_plugin_class_init (BelfryPromptPluginClass *klass)
{
}

static void
belfry_prompt_plugin_init (BelfryPromptPlugin *self)
{
}

BelfryPromptPlugin *
belfry_prompt_plugin_new (void)
{
  return g_object_new (BELFRY_TYPE_PROMPT_PLUGIN, NULL);
}

guint
belfry_prompt_plugin_get_n_asked (BelfryPromptPlugin *self)
{
  return self->n_asked;
}
