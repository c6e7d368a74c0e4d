/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-loader"

#include "config.h"

#include "belfry-loader.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-loader-settings.h"
#include "belfry-log.h"
#include "belfry-plugin-module.h"

/* Finds, checks and enables plugins. Owned by the daemon; main thread. Plugins are enabled in the
 * order in which they are named, and disabled in the reverse one; a start that fails leaves none
 * enabled. It never unloads code: a file that was opened stays. */
struct _BelfryLoader
{
  GObject parent_instance;

  BelfryLoaderHost *host; /* (owned) */
  BelfryPluginPlace place;
  char *credentials;  /* (owned) (nullable) */
  GPtrArray *plugins; /* (owned) (element-type Plugin) */
  guint n_enabled;    /* of the first ones */
};

typedef struct
{
  BelfryLoadedPlugin public;
  char *file;                     /* (owned) */
  BelfryPlugin *object;           /* (owned) */
  BelfryPluginSettings *settings; /* (owned): in force */
  BelfryPluginSettings *next;     /* (owned) (nullable): checked, to be applied */
} Plugin;

static void belfry_loader_iface_init (BelfryPartInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryLoader,
                               belfry_loader,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PART, belfry_loader_iface_init))

static void
plugin_free (Plugin *self)
{
  g_clear_pointer (&self->settings, belfry_plugin_settings_unref);
  g_clear_pointer (&self->next, belfry_plugin_settings_unref);
  g_clear_object (&self->object);
  g_free (self->file);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Plugin, plugin_free)

/* Makes a plugin's error one of ours, with the plugin and its file in front: the last link of the
 * chain is what the plugin said. */
static void
propagate (GError **error, GError *reason, const char *name, const char *file)
{
  BelfryError code = BELFRY_ERROR_UNAVAILABLE;

  if (reason->domain == BELFRY_ERROR)
    code = (BelfryError) reason->code;
  else if (g_error_matches (reason, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING))
    code = BELFRY_ERROR_INVALID_CONFIG;
  g_set_error (error, BELFRY_ERROR, (gint) code, "plugin %s: %s%s%s", name,
               file != NULL ? file : "", file != NULL ? ": " : "", reason->message);
  g_error_free (reason);
}

/* What a plugin returns FALSE with is not always an error. */
static GError *
ensure (GError *reason, const char *what)
{
  return reason != NULL ? reason
                        : g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                                       "%s, and does not say why", what);
}

static Plugin *
plugin_load (BelfryLoader *self, const char *name, GError **error)
{
  g_autoptr (Plugin) plugin = g_new0 (Plugin, 1);
  const BelfryPluginDescriptor *descriptor = NULL;
  GError *reason = NULL;

  plugin->file = belfry_plugin_place_find (&self->place, name, &reason);
  if (plugin->file != NULL)
    descriptor = belfry_plugin_module_open (plugin->file, name, &reason);
  if (descriptor != NULL)
    plugin->object = belfry_plugin_module_create (descriptor, &reason);
  if (plugin->object == NULL)
    {
      propagate (error, reason, name, plugin->file);
      return NULL;
    }
  plugin->public = (BelfryLoadedPlugin){ descriptor->name, descriptor->version, descriptor->licence,
                                         plugin->file,     descriptor->kinds,   plugin->object };
  return g_steal_pointer (&plugin);
}

static gboolean
plugin_check (Plugin *self, BelfryPluginSettings *settings, GError **error)
{
  GError *reason = NULL;

  if (belfry_plugin_check (self->object, settings, &reason))
    return TRUE;
  propagate (error, ensure (reason, "refuses its settings"), self->public.name, self->file);
  return FALSE;
}

/* A key that it asked for when it was enabled is as good as one that it asked for when it was
 * asked what it thinks of the settings. */
static gboolean
plugin_check_keys (Plugin *self, BelfryPluginSettings *settings, GError **error)
{
  GError *reason = NULL;

  if (self->settings != settings)
    belfry_loader_settings_learn (settings, self->settings);
  if (belfry_loader_settings_check (settings, &reason))
    return TRUE;
  propagate (error, reason, self->public.name, NULL);
  return FALSE;
}

static gboolean
plugin_enable (Plugin *self, BelfryLoaderHost *host, GError **error)
{
  GError *reason = NULL;

  if (belfry_plugin_enable (self->object, BELFRY_PLUGIN_HOST (host), self->settings, &reason))
    return TRUE;
  propagate (error, ensure (reason, "cannot be enabled"), self->public.name, self->file);
  return FALSE;
}

static gboolean
has_name (gconstpointer plugin, gconstpointer name)
{
  return strcmp (((const Plugin *) plugin)->public.name, name) == 0;
}

static void
add_names (GStrvBuilder *builder, GHashTable *seen, const char *const *names)
{
  for (; *names != NULL; names++)
    {
      if (g_hash_table_add (seen, (gpointer) *names))
        g_strv_builder_add (builder, *names);
    }
}

/* Those that have a group of their own, unless it says that they are not wanted. */
static gboolean
add_groups (GStrvBuilder *builder, GHashTable *seen, const BelfryConfig *config, GError **error)
{
  for (guint i = 0; i < belfry_config_n_instances (config, BELFRY_CONFIG_GROUP_PLUGIN); i++)
    {
      const BelfryConfigInstance *group =
          belfry_config_get_instance (config, BELFRY_CONFIG_GROUP_PLUGIN, i);
      const char *name = belfry_config_instance_get_name (group);
      gboolean enabled = TRUE;

      if (!belfry_loader_settings_is_enabled (group, &enabled, error))
        return FALSE;
      if (!enabled && g_hash_table_contains (seen, name))
        {
          g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                       "plugin %s: named in [auth], but not enabled in its own group", name);
          return FALSE;
        }
      if (enabled && g_hash_table_add (seen, (gpointer) name))
        g_strv_builder_add (builder, name);
    }
  return TRUE;
}

/* (transfer full) (nullable): the plugins that a configuration wants, each once */
static char **
wanted_names (const BelfryConfig *config, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  add_names (builder, seen, belfry_config_get_list (config, BELFRY_CONFIG_AUTH_AUTHORIZERS));
  add_names (builder, seen, belfry_config_get_list (config, BELFRY_CONFIG_AUTH_POLICIES));
  if (!add_groups (builder, seen, config, error))
    return NULL;
  return g_strv_builder_end (builder);
}

/* A policy that is named among the authorizers would never be asked. */
static gboolean
check_kind (const BelfryLoader *self,
            const BelfryConfig *config,
            BelfryConfigKey key,
            BelfryPluginKinds kind,
            GError **error)
{
  const char *const *names = belfry_config_get_list (config, key);

  for (; *names != NULL; names++)
    {
      const BelfryLoadedPlugin *plugin = belfry_loader_find (self, *names);
      g_autofree char *is = belfry_plugin_kinds_to_string (plugin->kinds);
      g_autofree char *expected = belfry_plugin_kinds_to_string (kind);

      if ((plugin->kinds & kind) != 0)
        continue;
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                   "plugin %s: %s: named as %s in [auth], but it is: %s", plugin->name,
                   plugin->file, expected, is);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_kinds (const BelfryLoader *self, const BelfryConfig *config, GError **error)
{
  return check_kind (self, config, BELFRY_CONFIG_AUTH_AUTHORIZERS, BELFRY_PLUGIN_AUTHORIZER,
                     error) &&
         check_kind (self, config, BELFRY_CONFIG_AUTH_POLICIES, BELFRY_PLUGIN_TOPIC_POLICY, error);
}

static gboolean
load_all (BelfryLoader *self, const BelfryConfig *config, GError **error)
{
  g_auto (GStrv) names = wanted_names (config, error);

  if (names == NULL)
    return FALSE;
  for (char **name = names; *name != NULL; name++)
    {
      Plugin *plugin = plugin_load (self, *name, error);

      if (plugin == NULL)
        return FALSE;
      g_ptr_array_add (self->plugins, plugin);
      plugin->settings = belfry_loader_settings_new (config, *name, self->credentials);
    }
  return TRUE;
}

static gboolean
check_all (BelfryLoader *self, GError **error)
{
  for (guint i = 0; i < self->plugins->len; i++)
    {
      Plugin *plugin = g_ptr_array_index (self->plugins, i);

      if (!plugin_check (plugin, plugin->settings, error))
        return FALSE;
    }
  return TRUE;
}

static void
note_enabled (BelfryLoader *self, const Plugin *plugin)
{
  g_autofree char *kinds = belfry_plugin_kinds_to_string (plugin->public.kinds);

  if ((plugin->public.kinds & BELFRY_PLUGIN_MEMBERSHIP) != 0)
    belfry_loader_host_add_membership (self->host, plugin->public.name,
                                       BELFRY_MEMBERSHIP (plugin->object));
  belfry_log_event (BELFRY_LOG_INFO,
                    &((BelfryLogContext){ .fields = { { "PLUGIN", plugin->public.name } } }),
                    "plugin %s %s (%s) is enabled, from %s", plugin->public.name,
                    plugin->public.version, kinds, plugin->file);
}

static gboolean
enable_all (BelfryLoader *self, GError **error)
{
  for (; self->n_enabled < self->plugins->len; self->n_enabled++)
    {
      Plugin *plugin = g_ptr_array_index (self->plugins, self->n_enabled);

      if (!plugin_enable (plugin, self->host, error))
        return FALSE;
      note_enabled (self, plugin);
    }
  for (guint i = 0; i < self->plugins->len; i++)
    {
      Plugin *plugin = g_ptr_array_index (self->plugins, i);

      if (!plugin_check_keys (plugin, plugin->settings, error))
        return FALSE;
    }
  return TRUE;
}

static void
disable_all (BelfryLoader *self)
{
  while (self->n_enabled > 0)
    {
      const Plugin *plugin = g_ptr_array_index (self->plugins, --self->n_enabled);

      if (BELFRY_IS_MEMBERSHIP (plugin->object))
        belfry_loader_host_remove_membership (self->host, BELFRY_MEMBERSHIP (plugin->object));
      belfry_plugin_disable (plugin->object);
      belfry_log_event (BELFRY_LOG_DEBUG,
                        &((BelfryLogContext){ .fields = { { "PLUGIN", plugin->public.name } } }),
                        "plugin %s is disabled", plugin->public.name);
    }
  g_ptr_array_set_size (self->plugins, 0);
}

static const char *
belfry_loader_get_name (BelfryPart *part)
{
  return "loader";
}

static gboolean
belfry_loader_start (BelfryPart *part, BelfryConfig *config, GError **error)
{
  BelfryLoader *self = BELFRY_LOADER (part);

  if (load_all (self, config, error) && check_kinds (self, config, error) &&
      check_all (self, error) && enable_all (self, error))
    return TRUE;
  disable_all (self);
  return FALSE;
}

static gboolean
check_next (BelfryLoader *self, Plugin *plugin, const BelfryConfig *next, GError **error)
{
  g_clear_pointer (&plugin->next, belfry_plugin_settings_unref);
  g_autoptr (BelfryPluginSettings) settings =
      belfry_loader_settings_new (next, plugin->public.name, self->credentials);

  if (!plugin_check (plugin, settings, error) || !plugin_check_keys (plugin, settings, error))
    return FALSE;
  plugin->next = g_steal_pointer (&settings);
  return TRUE;
}

static gboolean
belfry_loader_check (BelfryPart *part, BelfryConfig *next, GError **error)
{
  BelfryLoader *self = BELFRY_LOADER (part);
  g_auto (GStrv) names = wanted_names (next, error);

  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < self->plugins->len; i++)
    {
      if (!check_next (self, g_ptr_array_index (self->plugins, i), next, error))
        return FALSE;
    }
  return TRUE;
}

/* Which plugins there are changes with the next start. */
static void
note_wanted (const BelfryLoader *self, const BelfryConfig *next)
{
  g_auto (GStrv) names = wanted_names (next, NULL);

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      if (belfry_loader_find (self, *name) == NULL)
        belfry_log_event (BELFRY_LOG_NOTICE,
                          &((BelfryLogContext){ .fields = { { "PLUGIN", *name } } }),
                          "plugin %s will be loaded at the next start", *name);
    }
  for (guint i = 0; names != NULL && i < self->plugins->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (self->plugins, i);

      if (!g_strv_contains ((const char *const *) names, plugin->public.name))
        belfry_log_notice ("plugin %s will be gone at the next start", plugin->public.name);
    }
}

static void
belfry_loader_apply (BelfryPart *part, BelfryConfig *next)
{
  BelfryLoader *self = BELFRY_LOADER (part);

  for (guint i = 0; i < self->plugins->len; i++)
    {
      Plugin *plugin = g_ptr_array_index (self->plugins, i);

      g_return_if_fail (plugin->next != NULL);
      belfry_plugin_apply (plugin->object, plugin->next);
      belfry_plugin_settings_unref (plugin->settings);
      plugin->settings = g_steal_pointer (&plugin->next);
    }
  note_wanted (self, next);
}

static void
belfry_loader_stop (BelfryPart *part)
{
  disable_all (BELFRY_LOADER (part));
}

static void
belfry_loader_describe (BelfryPart *part, GString *status)
{
  g_string_append_printf (status, ", %u plugins", BELFRY_LOADER (part)->plugins->len);
}

static void
belfry_loader_dispose (GObject *object)
{
  disable_all (BELFRY_LOADER (object));
  G_OBJECT_CLASS (belfry_loader_parent_class)->dispose (object);
}

static void
belfry_loader_finalize (GObject *object)
{
  BelfryLoader *self = BELFRY_LOADER (object);

  g_ptr_array_unref (self->plugins);
  belfry_plugin_place_clear (&self->place);
  g_free (self->credentials);
  g_object_unref (self->host);
  G_OBJECT_CLASS (belfry_loader_parent_class)->finalize (object);
}

static void
belfry_loader_iface_init (BelfryPartInterface *iface)
{
  iface->get_name = belfry_loader_get_name;
  iface->start = belfry_loader_start;
  iface->check = belfry_loader_check;
  iface->apply = belfry_loader_apply;
  iface->stop = belfry_loader_stop;
  iface->describe = belfry_loader_describe;
}

static void
belfry_loader_class_init (BelfryLoaderClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = belfry_loader_dispose;
  G_OBJECT_CLASS (klass)->finalize = belfry_loader_finalize;
}

static void
belfry_loader_init (BelfryLoader *self)
{
  self->plugins = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_free);
}

BelfryLoader *
belfry_loader_new (BelfryLoaderHost *host, const BelfryPluginPlace *place, const char *credentials)
{
  BelfryLoader *self = g_object_new (BELFRY_TYPE_LOADER, NULL);

  self->host = g_object_ref (host);
  self->place = *place;
  self->place.folder = g_strdup (place->folder);
  self->credentials = g_strdup (credentials);
  return self;
}

guint
belfry_loader_get_n_plugins (const BelfryLoader *self)
{
  return self->plugins->len;
}

const BelfryLoadedPlugin *
belfry_loader_get_plugin (const BelfryLoader *self, guint index)
{
  g_return_val_if_fail (index < self->plugins->len, NULL);
  return &((const Plugin *) g_ptr_array_index (self->plugins, index))->public;
}

const BelfryLoadedPlugin *
belfry_loader_find (const BelfryLoader *self, const char *name)
{
  guint index;

  if (!g_ptr_array_find_with_equal_func (self->plugins, name, has_name, &index))
    return NULL;
  return belfry_loader_get_plugin (self, index);
}
