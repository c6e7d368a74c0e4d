/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include "belfry-plugin-settings-private.h"

#include <stdatomic.h>
#include <string.h>

#include "belfry-setting-secret.h"
#include "belfry-setting-text.h"

/* A plugin's group of the configuration. Owned by the loader and by plugins that keep a reference;
 * main thread. What is written never changes; which keys are known is learned from who asks. */
struct _BelfryPluginSettings
{
  atomic_uint ref_count;
  char *plugin;                  /* (owned) */
  char *credentials;             /* (owned) (nullable): a folder */
  BelfryPluginSetting *settings; /* (owned) (array length=n_settings): its pointers, too */
  gsize n_settings;
  GHashTable *known; /* (owned) (element-type utf8): keys that were asked for */
};

G_DEFINE_BOXED_TYPE (BelfryPluginSettings,
                     belfry_plugin_settings,
                     belfry_plugin_settings_ref,
                     belfry_plugin_settings_unref)

typedef gboolean (*Parse) (const char *text, gint64 *value);

typedef struct
{
  gint64 minimum;
  gint64 maximum;
  const char *what; /* (unowned): how to write one */
} Range;

static void
setting_copy (BelfryPluginSetting *self, const BelfryPluginSetting *from)
{
  self->key = g_strdup (from->key);
  self->value = g_strdup (from->value);
  self->secret = from->secret != NULL ? g_bytes_ref (from->secret) : NULL;
  self->origin = g_strdup (from->origin);
}

/* Any value may be a secret. */
static void
setting_clear (BelfryPluginSetting *self)
{
  if (self->value != NULL)
    explicit_bzero ((char *) self->value, strlen (self->value));
  g_free ((char *) self->key);
  g_free ((char *) self->value);
  g_clear_pointer (&self->secret, g_bytes_unref);
  g_free ((char *) self->origin);
}

static void
settings_free (BelfryPluginSettings *self)
{
  for (gsize i = 0; i < self->n_settings; i++)
    setting_clear (&self->settings[i]);
  g_free (self->settings);
  g_hash_table_unref (self->known);
  g_free (self->plugin);
  g_free (self->credentials);
  g_free (self);
}

static const BelfryPluginSetting *
find (BelfryPluginSettings *self, const char *key)
{
  for (gsize i = 0; i < self->n_settings; i++)
    {
      if (strcmp (self->settings[i].key, key) == 0)
        return &self->settings[i];
    }
  return NULL;
}

static const BelfryPluginSetting *
ask (BelfryPluginSettings *self, const char *key)
{
  belfry_plugin_settings_add_known (self, key);
  return find (self, key);
}

static const char *
ask_text (BelfryPluginSettings *self, const char *key)
{
  const BelfryPluginSetting *setting = ask (self, key);

  return setting != NULL ? setting->value : NULL;
}

/* The value is not in the message: it may be a secret at the wrong key. */
static gboolean
get_number (BelfryPluginSettings *self,
            const char *key,
            Parse parse,
            const Range *range,
            gint64 *value,
            GError **error)
{
  const char *text = ask_text (self, key);
  gint64 number;

  if (text == NULL)
    return TRUE;
  if (parse (text, &number) && number >= range->minimum && number <= range->maximum)
    {
      *value = number;
      return TRUE;
    }
  belfry_plugin_settings_set_error (self, error, key, range->what);
  return FALSE;
}

static gboolean
is_credential_name (const char *name)
{
  return strchr (name, '/') == NULL && strcmp (name, ".") != 0 && strcmp (name, "..") != 0;
}

/* Puts the key in front of what is wrong with the file. */
static GBytes *
read_file (BelfryPluginSettings *self, const char *key, const char *path, GError **error)
{
  g_autoptr (GError) reason = NULL;
  GBytes *secret = belfry_setting_secret_read (path, &reason);

  if (secret == NULL)
    belfry_plugin_settings_set_error (self, error, key, reason->message);
  return secret;
}

static GBytes *
get_secret_file (BelfryPluginSettings *self, const char *key, const char *path, GError **error)
{
  if (g_path_is_absolute (path))
    return read_file (self, key, path, error);
  belfry_plugin_settings_set_error (self, error, key, "expected an absolute path");
  return NULL;
}

static GBytes *
get_secret_credential (BelfryPluginSettings *self,
                       const char *key,
                       const char *name,
                       GError **error)
{
  if (!is_credential_name (name))
    {
      belfry_plugin_settings_set_error (self, error, key, "expected a credential's name");
      return NULL;
    }
  if (self->credentials == NULL || !g_path_is_absolute (self->credentials))
    {
      belfry_plugin_settings_set_error (self, error, key,
                                        "the service manager has given no credentials");
      return NULL;
    }
  g_autofree char *path = g_build_filename (self->credentials, name, NULL);
  return read_file (self, key, path, error);
}

/* An empty text is as good as none. */
static const char *
ask_nonempty (BelfryPluginSettings *self, const char *key)
{
  const char *text = ask_text (self, key);

  return text != NULL && *text != '\0' ? text : NULL;
}

BelfryPluginSettings *
belfry_plugin_settings_new (const char *plugin,
                            const BelfryPluginSetting *settings,
                            gsize n_settings,
                            const char *credentials)
{
  g_return_val_if_fail (plugin != NULL, NULL);
  g_return_val_if_fail (settings != NULL || n_settings == 0, NULL);
  BelfryPluginSettings *self = g_new0 (BelfryPluginSettings, 1);

  atomic_init (&self->ref_count, 1);
  self->plugin = g_strdup (plugin);
  self->credentials = g_strdup (credentials);
  self->settings = g_new0 (BelfryPluginSetting, n_settings);
  self->n_settings = n_settings;
  for (gsize i = 0; i < n_settings; i++)
    setting_copy (&self->settings[i], &settings[i]);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

BelfryPluginSettings *
belfry_plugin_settings_ref (BelfryPluginSettings *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
belfry_plugin_settings_unref (BelfryPluginSettings *self)
{
  g_return_if_fail (self != NULL);

  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) == 1)
    settings_free (self);
}

const BelfryPluginSetting *
belfry_plugin_settings_next_unknown (const BelfryPluginSettings *self, gsize *index)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (index != NULL, NULL);

  while (*index < self->n_settings)
    {
      const BelfryPluginSetting *setting = &self->settings[(*index)++];

      if (!g_hash_table_contains (self->known, setting->key))
        return setting;
    }
  return NULL;
}

const char **
belfry_plugin_settings_list_known (const BelfryPluginSettings *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char **) g_hash_table_get_keys_as_array (self->known, NULL);
}

void
belfry_plugin_settings_add_known (BelfryPluginSettings *self, const char *key)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (key != NULL);

  if (!g_hash_table_contains (self->known, key))
    g_hash_table_add (self->known, g_strdup (key));
}

const char *
belfry_plugin_settings_get_text (BelfryPluginSettings *self, const char *key, const char *fallback)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (key != NULL, NULL);
  const char *text = ask_text (self, key);

  return text != NULL ? text : fallback;
}

gboolean
belfry_plugin_settings_get_boolean (BelfryPluginSettings *self,
                                    const char *key,
                                    gboolean fallback,
                                    gboolean *value,
                                    GError **error)
{
  const Range range = { FALSE, TRUE, "expected “yes” or “no”" };
  gint64 number = fallback;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  if (!get_number (self, key, belfry_setting_parse_boolean, &range, &number, error))
    return FALSE;
  *value = number != 0;
  return TRUE;
}

gboolean
belfry_plugin_settings_get_integer (BelfryPluginSettings *self,
                                    const char *key,
                                    gint64 minimum,
                                    gint64 maximum,
                                    gint64 fallback,
                                    gint64 *value,
                                    GError **error)
{
  g_autofree char *what =
      g_strdup_printf ("expected a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                       minimum, maximum);
  const Range range = { minimum, maximum, what };

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  *value = fallback;
  return get_number (self, key, belfry_setting_parse_integer, &range, value, error);
}

gboolean
belfry_plugin_settings_get_duration (BelfryPluginSettings *self,
                                     const char *key,
                                     gint64 minimum,
                                     gint64 maximum,
                                     gint64 fallback,
                                     gint64 *value,
                                     GError **error)
{
  g_autofree char *least = belfry_setting_format_duration (minimum);
  g_autofree char *most = belfry_setting_format_duration (maximum);
  g_autofree char *what =
      g_strdup_printf ("expected a duration such as “90s” from %s to %s", least, most);
  const Range range = { minimum, maximum, what };

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  *value = fallback;
  return get_number (self, key, belfry_setting_parse_duration, &range, value, error);
}

gboolean
belfry_plugin_settings_get_size (BelfryPluginSettings *self,
                                 const char *key,
                                 gint64 minimum,
                                 gint64 maximum,
                                 gint64 fallback,
                                 gint64 *value,
                                 GError **error)
{
  g_autofree char *least = belfry_setting_format_size (minimum);
  g_autofree char *most = belfry_setting_format_size (maximum);
  g_autofree char *what =
      g_strdup_printf ("expected a size such as “64KiB” from %s to %s", least, most);
  const Range range = { minimum, maximum, what };

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  *value = fallback;
  return get_number (self, key, belfry_setting_parse_size, &range, value, error);
}

char **
belfry_plugin_settings_get_list (BelfryPluginSettings *self, const char *key)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (key != NULL, NULL);
  const char *text = belfry_plugin_settings_get_text (self, key, "");
  g_auto (GStrv) pieces = g_strsplit_set (text, ", \t\r\n", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (char **piece = pieces; *piece != NULL; piece++)
    {
      if (**piece != '\0')
        g_strv_builder_add (words, *piece);
    }
  return g_strv_builder_end (words);
}

GBytes *
belfry_plugin_settings_get_secret (BelfryPluginSettings *self, const char *key, GError **error)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (key != NULL, NULL);
  g_autofree char *file_key = g_strdup_printf ("%s-file", key);
  g_autofree char *credential_key = g_str_equal (key, "secret")
                                        ? g_strdup ("credential")
                                        : g_strdup_printf ("%s-credential", key);
  const BelfryPluginSetting *setting = ask (self, key);
  const char *text = ask_nonempty (self, key);
  const char *path = ask_nonempty (self, file_key);
  const char *name = ask_nonempty (self, credential_key);

  if ((text != NULL) + (path != NULL) + (name != NULL) > 1)
    {
      belfry_plugin_settings_set_error (self, error, key,
                                        "the secret is given in more than one way");
      return NULL;
    }
  if (setting != NULL && setting->secret != NULL)
    return g_bytes_ref (setting->secret);
  if (text != NULL)
    return belfry_setting_secret_new (text, strlen (text));
  if (path != NULL)
    return get_secret_file (self, file_key, path, error);
  if (name != NULL)
    return get_secret_credential (self, credential_key, name, error);
  return NULL;
}

GError *
belfry_plugin_settings_new_error (BelfryPluginSettings *self, const char *key, const char *message)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (key != NULL, NULL);
  g_return_val_if_fail (message != NULL, NULL);
  const BelfryPluginSetting *setting = find (self, key);
  gboolean is_written = setting != NULL && setting->origin != NULL;

  return g_error_new (BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING, "%s%s[plugin %s] %s: %s",
                      is_written ? setting->origin : "", is_written ? ": " : "", self->plugin, key,
                      message);
}

void
belfry_plugin_settings_set_error (BelfryPluginSettings *self,
                                  GError **error,
                                  const char *key,
                                  const char *message)
{
  GError *reason = belfry_plugin_settings_new_error (self, key, message);

  if (reason != NULL)
    g_propagate_error (error, reason);
}
