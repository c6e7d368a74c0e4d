/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config.h"

#include <string.h>

#include "belfry-config-private.h"
#include "belfry-config-table.h"

/* The result of loading: a value for every key of the table, and the named groups. Filled by the
 * builder on one thread, then immutable and shared by all. A look-up is an index into an array. */

/* The parts of a plugin's key that say it holds something not to be shown, unless it goes on to say
 * where that is kept. */
static const char *const secret_words[] = {
  "secret",     "secrets",     "password",      "passwords", "passphrase", "passwd",
  "pass",       "pwd",         "token",         "tokens",    "key",        "apikey",
  "credential", "credentials", "authorization", "bearer",    "cookie",     "dsn",
};
static const char *const place_words[] = { "file", "path", "id", "name", "claim", "url" };

static void
plugin_key_free (BelfryConfigPluginKey *self)
{
  explicit_bzero (self->value, strlen (self->value));
  g_free (self->key);
  g_free (self->value);
  belfry_config_origin_clear (&self->origin);
  g_free (self);
}

static void
instance_free (BelfryConfigInstance *self)
{
  gsize n;

  belfry_config_table_keys (self->group, &n);
  for (gsize i = 0; i < n; i++)
    belfry_config_value_clear (&self->values[i]);
  g_free (self->values);
  g_ptr_array_unref (self->plugin_keys);
  g_free (self->name);
  g_free (self);
}

static void
config_free (BelfryConfig *self)
{
  for (gsize i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    belfry_config_value_clear (&self->values[i]);
  for (gsize i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    g_clear_pointer (&self->instances[i], g_ptr_array_unref);
  g_free (self);
}

static void
set_default (BelfryConfigValue *value, BelfryConfigKey key, const char *instance)
{
  const BelfryConfigRow *row = belfry_config_table_row (key);
  g_auto (BelfryConfigComplaint) complaint = { NULL };

  /* Its real value is known once everything is read. */
  if (row->flags & BELFRY_CONFIG_INHERITS)
    value->text = g_strdup ("");
  else if (!belfry_config_value_parse (value, row, belfry_config_table_fallback (key, instance),
                                       &complaint))
    g_error ("the default of %s: %s", row->name, complaint.message);
}

static BelfryConfigInstance *
instance_new (BelfryConfigGroup group, const char *name)
{
  BelfryConfigInstance *self = g_new0 (BelfryConfigInstance, 1);
  gsize n;

  self->group = group;
  self->first = belfry_config_table_keys (group, &n);
  self->name = g_strdup (name);
  self->values = g_new0 (BelfryConfigValue, n);
  self->plugin_keys = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_key_free);
  for (gsize i = 0; i < n; i++)
    set_default (&self->values[i], (BelfryConfigKey) (self->first + i), name);
  return self;
}

/* Where the name is, or where it would have to be inserted. */
static guint
find_instance_place (const GPtrArray *instances, const char *name, gboolean *found)
{
  guint low = 0;
  guint high = instances->len;

  *found = FALSE;
  while (low < high && !*found)
    {
      guint middle = low + (high - low) / 2;
      const BelfryConfigInstance *instance = instances->pdata[middle];
      int order = strcmp (name, instance->name);

      if (order > 0)
        low = middle + 1;
      else
        high = middle;
      *found = order == 0;
    }
  return high;
}

static guint
find_plugin_key_place (const GPtrArray *keys, const char *key)
{
  guint place = 0;

  while (place < keys->len &&
         strcmp (((const BelfryConfigPluginKey *) keys->pdata[place])->key, key) < 0)
    place++;
  return place;
}

static BelfryConfigPluginKey *
find_plugin_key (const BelfryConfigInstance *self, const char *key)
{
  guint place = find_plugin_key_place (self->plugin_keys, key);

  if (place == self->plugin_keys->len)
    return NULL;
  BelfryConfigPluginKey *known = self->plugin_keys->pdata[place];
  return strcmp (known->key, key) == 0 ? known : NULL;
}

static const BelfryConfigValue *
instance_value (const BelfryConfigInstance *self, BelfryConfigKey key)
{
  return &self->values[key - self->first];
}

static gboolean
contains (const char *const *words, gsize n_words, const char *word)
{
  for (gsize i = 0; i < n_words; i++)
    {
      if (strcmp (words[i], word) == 0)
        return TRUE;
    }
  return FALSE;
}

BelfryConfig *
belfry_config_new (void)
{
  BelfryConfig *self = g_new0 (BelfryConfig, 1);
  gsize n;
  const BelfryConfigBuiltIn *built_in = belfry_config_table_built_in (&n);

  atomic_init (&self->ref_count, 1);
  for (gsize i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    set_default (&self->values[i], (BelfryConfigKey) i, NULL);
  for (gsize i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    {
      if (belfry_config_table_group ((BelfryConfigGroup) i)->placeholder != NULL)
        self->instances[i] = g_ptr_array_new_with_free_func ((GDestroyNotify) instance_free);
    }
  for (gsize i = 0; i < n; i++)
    belfry_config_ensure_instance (self, built_in[i].group, built_in[i].instance);
  return self;
}

BelfryConfigInstance *
belfry_config_ensure_instance (BelfryConfig *self, BelfryConfigGroup group, const char *name)
{
  gboolean found;
  guint place = find_instance_place (self->instances[group], name, &found);

  if (!found)
    g_ptr_array_insert (self->instances[group], (int) place, instance_new (group, name));
  return self->instances[group]->pdata[place];
}

BelfryConfigValue *
belfry_config_value_of (BelfryConfig *self, BelfryConfigInstance *instance, BelfryConfigKey key)
{
  return instance != NULL ? &instance->values[key - instance->first] : &self->values[key];
}

const BelfryConfigValue *
belfry_config_peek_value (const BelfryConfig *self,
                          const BelfryConfigInstance *instance,
                          BelfryConfigKey key)
{
  return instance != NULL ? instance_value (instance, key) : &self->values[key];
}

void
belfry_config_set_plugin_key (BelfryConfigInstance *instance,
                              const char *key,
                              const char *value,
                              const BelfryConfigOrigin *origin)
{
  BelfryConfigPluginKey *known = find_plugin_key (instance, key);

  if (known != NULL)
    g_ptr_array_remove (instance->plugin_keys, known);
  known = g_new0 (BelfryConfigPluginKey, 1);
  known->key = g_strdup (key);
  known->value = g_strdup (value);
  belfry_config_origin_copy (&known->origin, origin);
  g_ptr_array_insert (instance->plugin_keys,
                      (int) find_plugin_key_place (instance->plugin_keys, key), known);
}

char *
belfry_config_group_title (BelfryConfigGroup group, const char *name)
{
  const BelfryConfigGroupRow *row = belfry_config_table_group (group);

  if (row->instance != NULL)
    name = row->instance;
  return name != NULL ? g_strconcat (row->word, " ", name, NULL) : g_strdup (row->word);
}

gboolean
belfry_config_is_secret_name (const char *key)
{
  g_autofree char *lower = g_ascii_strdown (key, -1);
  g_auto (GStrv) parts = g_strsplit_set (lower, "-_.", -1);
  gboolean is_secret = FALSE;

  for (gsize i = 0; parts[i] != NULL; i++)
    {
      if (contains (secret_words, G_N_ELEMENTS (secret_words), parts[i]))
        is_secret = TRUE;
      else if (parts[i + 1] == NULL && contains (place_words, G_N_ELEMENTS (place_words), parts[i]))
        return FALSE;
    }
  return is_secret;
}

BelfryConfig *
belfry_config_ref (BelfryConfig *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
belfry_config_unref (BelfryConfig *self)
{
  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) == 1)
    config_free (self);
}

gboolean
belfry_config_get_boolean (const BelfryConfig *self, BelfryConfigKey key)
{
  return self->values[key].number != 0;
}

gint64
belfry_config_get_number (const BelfryConfig *self, BelfryConfigKey key)
{
  return self->values[key].number;
}

int
belfry_config_get_enum (const BelfryConfig *self, BelfryConfigKey key)
{
  return (int) self->values[key].number;
}

const char *
belfry_config_get_text (const BelfryConfig *self, BelfryConfigKey key)
{
  return self->values[key].text;
}

const char *const *
belfry_config_get_list (const BelfryConfig *self, BelfryConfigKey key)
{
  g_return_val_if_fail (self->values[key].words != NULL, NULL);
  return (const char *const *) self->values[key].words;
}

const GPtrArray *
belfry_config_get_listen (const BelfryConfig *self, BelfryConfigKey key)
{
  g_return_val_if_fail (belfry_config_table_row (key)->type == BELFRY_CONFIG_TYPE_LISTEN, NULL);
  return self->values[key].items;
}

const GPtrArray *
belfry_config_get_networks (const BelfryConfig *self, BelfryConfigKey key)
{
  g_return_val_if_fail (belfry_config_table_row (key)->type == BELFRY_CONFIG_TYPE_NETWORKS, NULL);
  return self->values[key].items;
}

BelfrySecret *
belfry_config_get_secret (const BelfryConfig *self, BelfryConfigKey key)
{
  g_return_val_if_fail (belfry_config_table_is_secret (key), NULL);
  return self->values[key].secret;
}

gboolean
belfry_config_is_set (const BelfryConfig *self, BelfryConfigKey key)
{
  return self->values[key].is_set;
}

const BelfryConfigOrigin *
belfry_config_get_origin (const BelfryConfig *self, BelfryConfigKey key)
{
  return &self->values[key].origin;
}

guint
belfry_config_n_instances (const BelfryConfig *self, BelfryConfigGroup group)
{
  return self->instances[group] != NULL ? self->instances[group]->len : 0;
}

const BelfryConfigInstance *
belfry_config_get_instance (const BelfryConfig *self, BelfryConfigGroup group, guint index)
{
  g_return_val_if_fail (index < belfry_config_n_instances (self, group), NULL);
  return self->instances[group]->pdata[index];
}

const BelfryConfigInstance *
belfry_config_find_instance (const BelfryConfig *self, BelfryConfigGroup group, const char *name)
{
  gboolean found;

  if (self->instances[group] == NULL)
    return NULL;
  guint place = find_instance_place (self->instances[group], name, &found);
  return found ? self->instances[group]->pdata[place] : NULL;
}

const char *
belfry_config_instance_get_name (const BelfryConfigInstance *self)
{
  return self->name;
}

gboolean
belfry_config_instance_get_boolean (const BelfryConfigInstance *self, BelfryConfigKey key)
{
  return instance_value (self, key)->number != 0;
}

gint64
belfry_config_instance_get_number (const BelfryConfigInstance *self, BelfryConfigKey key)
{
  return instance_value (self, key)->number;
}

int
belfry_config_instance_get_enum (const BelfryConfigInstance *self, BelfryConfigKey key)
{
  return (int) instance_value (self, key)->number;
}

gboolean
belfry_config_instance_is_set (const BelfryConfigInstance *self, BelfryConfigKey key)
{
  return instance_value (self, key)->is_set;
}

const BelfryConfigOrigin *
belfry_config_instance_get_origin (const BelfryConfigInstance *self, BelfryConfigKey key)
{
  return &instance_value (self, key)->origin;
}

guint
belfry_config_plugin_n_keys (const BelfryConfigInstance *self)
{
  return self->plugin_keys->len;
}

const char *
belfry_config_plugin_get_key (const BelfryConfigInstance *self,
                              guint index,
                              const char **value,
                              const BelfryConfigOrigin **origin)
{
  g_return_val_if_fail (index < self->plugin_keys->len, NULL);
  const BelfryConfigPluginKey *known = self->plugin_keys->pdata[index];

  if (value != NULL)
    *value = known->value;
  if (origin != NULL)
    *origin = &known->origin;
  return known->key;
}

const char *
belfry_config_plugin_lookup (const BelfryConfigInstance *self, const char *key)
{
  const BelfryConfigPluginKey *known = find_plugin_key (self, key);

  return known != NULL ? known->value : NULL;
}
