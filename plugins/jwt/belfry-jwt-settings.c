/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-settings.h"

#include <string.h>

#include "belfry-jwt-key-file.h"

/* The plugin's group of the configuration, understood. Main thread. */

#define DEFAULT_LEEWAY (30 * G_USEC_PER_SEC)
#define MAX_LEEWAY (10 * 60 * G_USEC_PER_SEC)

/* What goes between an issuer, which is often a URL, and the absolute path of its keys. */
#define BEFORE_PATH "=/"

static void
source_free (gpointer data)
{
  BelfryJwtSource *self = data;

  g_free (self->issuer);
  g_free (self->path);
  g_free (self);
}

static void
add_source (BelfryJwtSettings *self, const char *key, char *issuer, const char *path)
{
  BelfryJwtSource *source = g_new0 (BelfryJwtSource, 1);

  source->issuer = issuer;
  source->path = g_strdup (path);
  source->key = key;
  g_ptr_array_add (self->sources, source);
}

static gboolean
refuse (BelfryPluginSettings *settings, GError **error, const char *key, const char *message)
{
  belfry_plugin_settings_set_error (settings, error, key, message);
  return FALSE;
}

static gboolean
read_algorithms (BelfryJwtSettings *self, BelfryPluginSettings *settings, GError **error)
{
  g_auto (GStrv) names = belfry_plugin_settings_get_list (settings, "algorithms");

  for (char **name = names; *name != NULL; name++)
    {
      const BelfryJwtAlgorithm *algorithm = belfry_jwt_algorithm_find (*name);

      if (algorithm == NULL)
        return refuse (settings, error, "algorithms",
                       "expected HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384 or ES512");
      self->policy.algorithms |= belfry_jwt_algorithm_bit (algorithm);
    }
  if (self->policy.algorithms == 0)
    self->policy.algorithms = belfry_jwt_algorithm_bit (belfry_jwt_algorithm_find ("HS256"));
  return TRUE;
}

/* (transfer full) (nullable) */
static char *
dup_text (BelfryPluginSettings *settings, const char *key)
{
  const char *text = belfry_plugin_settings_get_text (settings, key, "");

  return *text == '\0' ? NULL : g_strdup (text);
}

/* A public key is known to everybody: as a secret it would let everybody sign. */
static gboolean
is_pem (GBytes *secret)
{
  static const char begin[] = "-----BEGIN ";
  gsize length = 0;
  const char *bytes = g_bytes_get_data (secret, &length);

  return length > 0 && g_strstr_len (bytes, (gssize) length, begin) != NULL;
}

static gboolean
check_secret (BelfryJwtSettings *self,
              BelfryPluginSettings *settings,
              gboolean may_be_short,
              GError **error)
{
  const BelfryJwtAlgorithm *longest =
      belfry_jwt_algorithms_get_longest_hash (self->policy.algorithms);
  gsize length = g_bytes_get_size (self->secret);
  g_autofree char *message = NULL;

  if (is_pem (self->secret))
    return refuse (settings, error, "secret",
                   "expected a secret that is shared with the issuer, not a PEM key: see keys");
  if (length == 0 || length > BELFRY_JWT_MAX_KEY_FILE)
    return refuse (settings, error, "secret", "expected a secret of 1 byte to 256 KiB");
  if (longest == NULL || length >= longest->hash || may_be_short)
    return TRUE;
  message = g_strdup_printf ("expected a secret of at least %" G_GSIZE_FORMAT
                             " bytes for %s, as a shorter one could be guessed, or "
                             "allow-short-secret = yes",
                             longest->hash, longest->name);
  return refuse (settings, error, "secret", message);
}

static gboolean
read_secret (BelfryJwtSettings *self, BelfryPluginSettings *settings, GError **error)
{
  g_autoptr (GError) reason = NULL;
  gboolean may_be_short = FALSE;

  if (!belfry_plugin_settings_get_boolean (settings, "allow-short-secret", FALSE, &may_be_short,
                                           error))
    return FALSE;
  self->secret = belfry_plugin_settings_get_secret (settings, "secret", &reason);
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  return self->secret == NULL || check_secret (self, settings, may_be_short, error);
}

static gboolean
read_keys (BelfryJwtSettings *self, BelfryPluginSettings *settings, GError **error)
{
  g_auto (GStrv) paths = belfry_plugin_settings_get_list (settings, "keys");

  for (char **path = paths; *path != NULL; path++)
    {
      if (!g_path_is_absolute (*path))
        return refuse (settings, error, "keys", "expected absolute paths");
      add_source (self, "keys", g_strdup (self->issuer), *path);
    }
  return TRUE;
}

static gboolean
read_issuer_keys (BelfryJwtSettings *self, BelfryPluginSettings *settings, GError **error)
{
  g_auto (GStrv) pairs = belfry_plugin_settings_get_list (settings, "issuer-keys");

  for (char **pair = pairs; *pair != NULL; pair++)
    {
      const char *end = strstr (*pair, BEFORE_PATH);

      if (end == NULL || end == *pair)
        return refuse (settings, error, "issuer-keys",
                       "expected ISSUER=PATH with absolute paths, separated by spaces");
      add_source (self, "issuer-keys", g_strndup (*pair, (gsize) (end - *pair)), end + 1);
    }
  return TRUE;
}

static gboolean
read_policy (BelfryJwtSettings *self, BelfryPluginSettings *settings, GError **error)
{
  self->issuer = dup_text (settings, "issuer");
  self->audience = dup_text (settings, "audience");
  self->policy.audience = self->audience;
  self->roles_claim = g_strdup (belfry_plugin_settings_get_text (settings, "roles-claim", "roles"));
  return read_algorithms (self, settings, error) &&
         belfry_plugin_settings_get_duration (settings, "leeway", 0, MAX_LEEWAY, DEFAULT_LEEWAY,
                                              &self->policy.leeway, error) &&
         belfry_plugin_settings_get_boolean (settings, "require-exp", TRUE,
                                             &self->policy.require_expiry, error);
}

static void
settings_clear (gpointer data)
{
  BelfryJwtSettings *self = data;

  g_clear_pointer (&self->sources, g_ptr_array_unref);
  g_clear_pointer (&self->secret, g_bytes_unref);
  g_free (self->issuer);
  g_free (self->audience);
  g_free (self->roles_claim);
}

BelfryJwtSettings *
belfry_jwt_settings_read (BelfryPluginSettings *settings, GError **error)
{
  g_autoptr (BelfryJwtSettings) self = g_atomic_rc_box_new0 (BelfryJwtSettings);

  self->sources = g_ptr_array_new_with_free_func (source_free);
  if (!read_policy (self, settings, error) || !read_secret (self, settings, error) ||
      !read_keys (self, settings, error) || !read_issuer_keys (self, settings, error))
    return NULL;
  return g_steal_pointer (&self);
}

BelfryJwtSettings *
belfry_jwt_settings_ref (BelfryJwtSettings *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
belfry_jwt_settings_unref (BelfryJwtSettings *self)
{
  g_atomic_rc_box_release_full (self, settings_clear);
}

BelfryJwtKeySet *
belfry_jwt_settings_load_keys (const BelfryJwtSettings *self, const char **setting, GError **error)
{
  g_autoptr (GPtrArray) keys =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_jwt_key_free);

  *setting = "secret";
  if (self->secret != NULL)
    {
      gsize length = 0;
      const void *bytes = g_bytes_get_data (self->secret, &length);
      BelfryJwtKey *key = belfry_jwt_key_new_secret (bytes, length);

      key->issuer = g_strdup (self->issuer);
      g_ptr_array_add (keys, key);
    }
  for (guint i = 0; i < self->sources->len; i++)
    {
      const BelfryJwtSource *source = self->sources->pdata[i];

      *setting = source->key;
      if (!belfry_jwt_key_file_read (source->path, source->issuer, self->policy.algorithms, keys,
                                     error))
        return NULL;
    }
  return belfry_jwt_key_set_new (g_steal_pointer (&keys), error);
}
