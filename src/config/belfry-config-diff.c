/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-diff.h"

#include <string.h>

#include "belfry-config-private.h"
#include "belfry-config-table.h"
#include "belfry-config-text.h"

/* What a reload would change. Pure functions: any thread. */

#define SECRET "***"
#define CHANGED "changed"
#define PRESENT ""

typedef struct
{
  BelfryConfigChanged changed; /* (unowned) */
  gpointer user_data;          /* (unowned) */
  char *group;                 /* (owned) (nullable): of what is compared now */
} Diff;

static void
tell (const Diff *self,
      const char *key,
      const char *old_text,
      const char *new_text,
      gboolean is_reloadable)
{
  const BelfryConfigChange change = { self->group, key, old_text, new_text, is_reloadable };

  self->changed (&change, self->user_data);
}

/* Returns the value as it may be told, or NULL if it is not there or not set in this instance. */
static char *
show (const BelfryConfigValue *value, const BelfryConfigRow *row, gboolean only_set)
{
  if (value == NULL || (only_set && !value->is_set))
    return NULL;
  if (row->type == BELFRY_CONFIG_TYPE_SECRET)
    return g_strdup (value->secret != NULL ? SECRET : "");
  return belfry_config_value_show (value, row);
}

static void
compare_value (const Diff *self,
               const BelfryConfigRow *row,
               const BelfryConfigValue *old_value,
               const BelfryConfigValue *new_value,
               gboolean only_set)
{
  g_autofree char *old_text = show (old_value, row, only_set);
  g_autofree char *new_text = show (new_value, row, only_set);

  if (g_strcmp0 (old_text, new_text) == 0)
    {
      if (old_text == NULL || belfry_config_value_equal (old_value, new_value))
        return;
      g_free (new_text);
      new_text = g_strdup (CHANGED);
    }
  tell (self, row->name, old_text, new_text, (row->flags & BELFRY_CONFIG_RESTART) == 0);
}

static void
compare_keys (const Diff *self,
              BelfryConfigGroup group,
              const BelfryConfigValue *old_values,
              const BelfryConfigValue *new_values,
              gboolean only_set)
{
  gsize n;
  BelfryConfigKey first = belfry_config_table_keys (group, &n);

  for (gsize i = 0; i < n; i++)
    compare_value (self, belfry_config_table_row ((BelfryConfigKey) (first + i)),
                   old_values != NULL ? &old_values[i] : NULL,
                   new_values != NULL ? &new_values[i] : NULL, only_set);
}

/* Returns: (nullable): a plugin's value as it may be told */
static char *
show_plugin_value (const char *key, const char *value)
{
  if (value == NULL)
    return NULL;
  return belfry_config_is_secret_name (key) ? g_strdup (SECRET)
                                            : belfry_config_hide_credentials (value);
}

static void
compare_plugin_key (const Diff *self, const char *key, const char *old_value, const char *new_value)
{
  g_autofree char *old_text = show_plugin_value (key, old_value);
  g_autofree char *new_text = show_plugin_value (key, new_value);
  gboolean is_hidden = g_strcmp0 (old_text, new_text) == 0;

  if (g_strcmp0 (old_value, new_value) == 0)
    return;
  tell (self, key, old_text, is_hidden ? CHANGED : new_text, TRUE);
}

static void
compare_plugin_keys (const Diff *self,
                     const BelfryConfigInstance *old_plugin,
                     const BelfryConfigInstance *new_plugin)
{
  for (guint i = 0; old_plugin != NULL && i < belfry_config_plugin_n_keys (old_plugin); i++)
    {
      const char *value;
      const char *key = belfry_config_plugin_get_key (old_plugin, i, &value, NULL);

      compare_plugin_key (self, key, value,
                          new_plugin != NULL ? belfry_config_plugin_lookup (new_plugin, key)
                                             : NULL);
    }
  for (guint i = 0; new_plugin != NULL && i < belfry_config_plugin_n_keys (new_plugin); i++)
    {
      const char *value;
      const char *key = belfry_config_plugin_get_key (new_plugin, i, &value, NULL);

      if (old_plugin == NULL || belfry_config_plugin_lookup (old_plugin, key) == NULL)
        compare_plugin_key (self, key, NULL, value);
    }
}

/* One of the two may be missing. */
static void
compare_instance (Diff *self,
                  const BelfryConfigInstance *old_instance,
                  const BelfryConfigInstance *new_instance)
{
  const BelfryConfigInstance *any = old_instance != NULL ? old_instance : new_instance;

  g_return_if_fail (any != NULL);
  g_free (self->group);
  self->group = belfry_config_group_title (any->group, any->name);
  if (old_instance == NULL || new_instance == NULL)
    tell (self, NULL, old_instance != NULL ? PRESENT : NULL, new_instance != NULL ? PRESENT : NULL,
          TRUE);
  compare_keys (self, any->group, old_instance != NULL ? old_instance->values : NULL,
                new_instance != NULL ? new_instance->values : NULL, TRUE);
  compare_plugin_keys (self, old_instance, new_instance);
}

/* Both are sorted by name. */
static void
compare_instances (Diff *self, const GPtrArray *old_list, const GPtrArray *new_list)
{
  guint i = 0;
  guint j = 0;

  while (i < old_list->len || j < new_list->len)
    {
      const BelfryConfigInstance *old_instance = i < old_list->len ? old_list->pdata[i] : NULL;
      const BelfryConfigInstance *new_instance = j < new_list->len ? new_list->pdata[j] : NULL;
      int order = old_instance == NULL   ? 1
                  : new_instance == NULL ? -1
                                         : strcmp (old_instance->name, new_instance->name);

      compare_instance (self, order <= 0 ? old_instance : NULL, order >= 0 ? new_instance : NULL);
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
}

void
belfry_config_diff (const BelfryConfig *old_config,
                    const BelfryConfig *new_config,
                    BelfryConfigChanged changed,
                    gpointer user_data)
{
  Diff self = { changed, user_data, NULL };

  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    {
      BelfryConfigGroup group = (BelfryConfigGroup) i;
      gsize n;
      BelfryConfigKey first = belfry_config_table_keys (group, &n);

      if (old_config->instances[i] != NULL)
        {
          compare_instances (&self, old_config->instances[i], new_config->instances[i]);
          continue;
        }
      g_free (self.group);
      self.group = belfry_config_group_title (group, NULL);
      compare_keys (&self, group, &old_config->values[first], &new_config->values[first], FALSE);
    }
  g_free (self.group);
}
