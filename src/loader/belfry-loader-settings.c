/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-loader"

#include "config.h"

#include "belfry-loader-settings.h"

#include <string.h>

#include "belfry-config-nearest.h"
#include "belfry-config-number.h"
#include "belfry-config-table.h"
#include "belfry-error.h"
#include "belfry-plugin-settings-private.h"

/* From the configuration to what a plugin sees of it. Main thread; owns nothing. */

/* The key of every plugin's group that is ours. */
#define ENABLED "enabled"

/* What is being collected, with room for the texts until the settings have copies of their own. */
typedef struct
{
  GArray *settings;   /* (owned) (element-type BelfryPluginSetting) */
  GPtrArray *texts;   /* (owned) (element-type utf8) */
  GPtrArray *secrets; /* (owned) (element-type GBytes) */
} Collection;

static void
collection_init (Collection *self)
{
  self->settings = g_array_new (FALSE, TRUE, sizeof (BelfryPluginSetting));
  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->secrets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

static void
collection_clear (Collection *self)
{
  g_array_unref (self->settings);
  g_ptr_array_unref (self->texts);
  g_ptr_array_unref (self->secrets);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Collection, collection_clear)

static const char *
keep (Collection *self, char *text)
{
  g_ptr_array_add (self->texts, text);
  return text;
}

static const char *
keep_origin (Collection *self, const BelfryConfigOrigin *origin)
{
  return origin->source != NULL ? keep (self, belfry_config_origin_to_string (origin)) : NULL;
}

/* Where a secret was written, in whichever form. */
static const BelfryConfigOrigin *
secret_origin (const BelfryConfig *config, BelfryConfigKey secret)
{
  gsize n = 0;
  BelfryConfigKey first = belfry_config_table_keys (belfry_config_table_row (secret)->group, &n);

  for (BelfryConfigKey key = first; key < first + n; key++)
    {
      const BelfryConfigRow *row = belfry_config_table_row (key);
      gboolean is_form =
          row->type == BELFRY_CONFIG_TYPE_SECRET_FILE || row->type == BELFRY_CONFIG_TYPE_CREDENTIAL;

      if (is_form && row->related == secret && *belfry_config_get_text (config, key) != '\0')
        return belfry_config_get_origin (config, key);
    }
  return belfry_config_get_origin (config, secret);
}

/* The pages that protect a secret go on protecting it: there is no copy. */
static void
add_secret (Collection *self, const BelfryConfig *config, BelfryConfigKey key, BelfrySecret *secret)
{
  gsize length = 0;
  const char *bytes = belfry_secret_peek (secret, &length);
  BelfryPluginSetting setting = { .key = belfry_config_table_row (key)->name };

  setting.origin = keep_origin (self, secret_origin (config, key));

  setting.secret = g_bytes_new_with_free_func (bytes, length, (GDestroyNotify) belfry_secret_unref,
                                               belfry_secret_ref (secret));
  g_ptr_array_add (self->secrets, setting.secret);
  g_array_append_val (self->settings, setting);
}

/* A value as it would be written. */
static char *
text_of (const BelfryConfig *config, BelfryConfigKey key, BelfryConfigType type)
{
  switch ((guint) type)
    {
    case BELFRY_CONFIG_TYPE_BOOLEAN:
      return belfry_config_format_boolean (belfry_config_get_boolean (config, key));
    case BELFRY_CONFIG_TYPE_INTEGER:
      return belfry_config_format_integer (belfry_config_get_number (config, key));
    case BELFRY_CONFIG_TYPE_DURATION:
      return belfry_config_format_duration (belfry_config_get_number (config, key));
    case BELFRY_CONFIG_TYPE_SIZE:
      return belfry_config_format_size (belfry_config_get_number (config, key));
    case BELFRY_CONFIG_TYPE_PATHS:
    case BELFRY_CONFIG_TYPE_NAMES:
    case BELFRY_CONFIG_TYPE_CHOICES:
      return g_strjoinv (", ", (char **) belfry_config_get_list (config, key));
    case BELFRY_CONFIG_TYPE_ENUM:
      return g_strdup (belfry_config_table_row (key)->words[belfry_config_get_enum (config, key)]);
    case BELFRY_CONFIG_TYPE_TEXT:
    case BELFRY_CONFIG_TYPE_PATH:
      return g_strdup (belfry_config_get_text (config, key));
    default:
      g_assert_not_reached ();
    }
}

/* The other forms of a secret have been read already. */
static void
add_known_key (Collection *self, const BelfryConfig *config, BelfryConfigKey key)
{
  const BelfryConfigRow *row = belfry_config_table_row (key);
  BelfryPluginSetting setting = { .key = row->name };

  if (row->type == BELFRY_CONFIG_TYPE_SECRET_FILE || row->type == BELFRY_CONFIG_TYPE_CREDENTIAL)
    return;
  if (row->type == BELFRY_CONFIG_TYPE_SECRET)
    {
      BelfrySecret *secret = belfry_config_get_secret (config, key);

      if (secret != NULL)
        add_secret (self, config, key, secret);
      return;
    }
  setting.value = keep (self, text_of (config, key, row->type));
  setting.origin = keep_origin (self, belfry_config_get_origin (config, key));
  g_array_append_val (self->settings, setting);
}

static void
add_known_group (Collection *self, const BelfryConfig *config, BelfryConfigGroup group)
{
  gsize n = 0;
  BelfryConfigKey first = belfry_config_table_keys (group, &n);

  for (gsize i = 0; i < n; i++)
    add_known_key (self, config, (BelfryConfigKey) (first + i));
}

static void
add_own_group (Collection *self, const BelfryConfigInstance *group)
{
  for (guint i = 0; i < belfry_config_plugin_n_keys (group); i++)
    {
      const BelfryConfigOrigin *origin = NULL;
      BelfryPluginSetting setting = { NULL };

      setting.key = belfry_config_plugin_get_key (group, i, &setting.value, &origin);
      setting.origin = keep_origin (self, origin);
      if (strcmp (setting.key, ENABLED) != 0)
        g_array_append_val (self->settings, setting);
    }
}

/* The group of the table that a plugin has, if its keys are known there. */
static BelfryConfigGroup
find_known_group (const char *name)
{
  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    {
      const BelfryConfigGroupRow *row = belfry_config_table_group ((BelfryConfigGroup) i);

      if (strcmp (row->word, "plugin") == 0 && g_strcmp0 (row->instance, name) == 0)
        return (BelfryConfigGroup) i;
    }
  return BELFRY_CONFIG_GROUP_PLUGIN;
}

BelfryPluginSettings *
belfry_loader_settings_new (const BelfryConfig *config, const char *name, const char *credentials)
{
  g_auto (Collection) found = { NULL };
  BelfryConfigGroup known = find_known_group (name);
  const BelfryConfigInstance *group =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_PLUGIN, name);

  collection_init (&found);
  if (known != BELFRY_CONFIG_GROUP_PLUGIN)
    add_known_group (&found, config, known);
  else if (group != NULL)
    add_own_group (&found, group);
  BelfryPluginSettings *settings =
      belfry_plugin_settings_new (name,
                                  (const BelfryPluginSetting *) (gpointer) found.settings->data,
                                  found.settings->len, credentials);
  /* The table has said already which of its keys there are. */
  for (guint i = 0; known != BELFRY_CONFIG_GROUP_PLUGIN && i < found.settings->len; i++)
    belfry_plugin_settings_add_known (settings,
                                      g_array_index (found.settings, BelfryPluginSetting, i).key);
  return settings;
}

void
belfry_loader_settings_learn (BelfryPluginSettings *self, const BelfryPluginSettings *former)
{
  g_autofree const char **known = belfry_plugin_settings_list_known (former);

  for (gsize i = 0; known[i] != NULL; i++)
    belfry_plugin_settings_add_known (self, known[i]);
}

gboolean
belfry_loader_settings_check (const BelfryPluginSettings *self, GError **error)
{
  g_autofree const char **known = belfry_plugin_settings_list_known (self);
  gsize index = 0;
  const BelfryPluginSetting *unknown = belfry_plugin_settings_next_unknown (self, &index);
  BelfryConfigNearest nearest;

  if (unknown == NULL)
    return TRUE;
  belfry_config_nearest_init (&nearest, unknown->key);
  for (gsize i = 0; known[i] != NULL; i++)
    belfry_config_nearest_try (&nearest, known[i]);
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
               "%s%s%s: there is no such key%s%s%s", unknown->origin != NULL ? unknown->origin : "",
               unknown->origin != NULL ? ": " : "", unknown->key,
               nearest.best != NULL ? " (did you mean “" : "",
               nearest.best != NULL ? nearest.best : "", nearest.best != NULL ? "”?)" : "");
  return FALSE;
}

gboolean
belfry_loader_settings_is_enabled (const BelfryConfigInstance *group,
                                   gboolean *enabled,
                                   GError **error)
{
  *enabled = TRUE;
  for (guint i = 0; i < belfry_config_plugin_n_keys (group); i++)
    {
      const char *value = NULL;
      const BelfryConfigOrigin *origin = NULL;
      gint64 yes = TRUE;

      if (strcmp (belfry_config_plugin_get_key (group, i, &value, &origin), ENABLED) != 0)
        continue;
      if (!belfry_config_parse_boolean (value, &yes))
        {
          g_autofree char *place = belfry_config_origin_to_string (origin);

          g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                       "%s: " ENABLED ": expected “yes” or “no”", place);
          return FALSE;
        }
      *enabled = yes != 0;
    }
  return TRUE;
}
