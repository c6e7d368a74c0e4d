/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-settings.h"

#include <string.h>

/* One table row a number; the few other kinds are read by hand. */

#define MILLISECOND ((gint64) G_TIME_SPAN_MILLISECOND)
#define SECOND ((gint64) G_TIME_SPAN_SECOND)
#define HOUR ((gint64) G_TIME_SPAN_HOUR)

typedef struct
{
  const char *key; /* (unowned) */
  gsize offset;    /* of the field in the settings */
  gint64 minimum;
  gint64 maximum;
  gint64 fallback;
} NumberRow;

#define FIELD(name) G_STRUCT_OFFSET (BelfryWebhookSettings, name)

static const NumberRow durations[] = {
  { "timeout", FIELD (timeout), 10 * MILLISECOND, 60 * SECOND, 2 * SECOND },
  { "cache-ttl", FIELD (cache_ttl), 0, HOUR, 30 * SECOND },
  { "negative-ttl", FIELD (negative_ttl), 0, HOUR, 5 * SECOND },
  { "pause", FIELD (pause), 10 * MILLISECOND, HOUR, 10 * SECOND },
};

static const NumberRow counts[] = {
  { "cache-size", FIELD (cache_size), 0, 1000000, 10000 },
  { "max-concurrent", FIELD (max_concurrent), 1, 1000, 16 },
  { "max-waiting", FIELD (max_waiting), 0, 100000, 1000 },
  { "failures", FIELD (failures), 1, 1000, 5 },
};

static gboolean
read_durations (BelfryWebhookSettings *self, BelfryPluginSettings *from, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (durations); i++)
    {
      const NumberRow *row = &durations[i];

      if (!belfry_plugin_settings_get_duration (from, row->key, row->minimum, row->maximum,
                                                row->fallback,
                                                G_STRUCT_MEMBER_P (self, row->offset), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_counts (BelfryWebhookSettings *self, BelfryPluginSettings *from, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      const NumberRow *row = &counts[i];
      gint64 value;

      if (!belfry_plugin_settings_get_integer (from, row->key, row->minimum, row->maximum,
                                               row->fallback, &value, error))
        return FALSE;
      G_STRUCT_MEMBER (guint, self, row->offset) = (guint) value;
    }
  return TRUE;
}

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);
  return g_ascii_strcasecmp (host, "localhost") == 0;
}

static const char *
fault_of (GUri *url, gboolean allow_http)
{
  const char *scheme = g_uri_get_scheme (url);
  const char *host = g_uri_get_host (url);

  if (!g_str_equal (scheme, "https") && !g_str_equal (scheme, "http"))
    return "expected a URL that begins with https:// or http://";
  if (host == NULL || *host == '\0')
    return "expected a URL with a host";
  if (g_uri_get_userinfo (url) != NULL)
    return "expected a URL without a user; set bearer instead";
  if (g_uri_get_fragment (url) != NULL)
    return "expected a URL without a fragment";
  if (g_str_equal (scheme, "http") && !allow_http && !is_loopback (host))
    return "tokens would be sent in the clear: use https://, or set allow-http=yes";
  return NULL;
}

static gboolean
read_url (BelfryPluginSettings *from,
          const char *key,
          gboolean allow_http,
          GUri **url,
          GError **error)
{
  const char *text = belfry_plugin_settings_get_text (from, key, "");

  if (*text == '\0')
    return TRUE;
  *url = g_uri_parse (text,
                      G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE,
                      NULL);
  const char *fault = *url != NULL ? fault_of (*url, allow_http)
                                   : "expected a URL such as https://example.org/auth";
  if (fault == NULL)
    return TRUE;
  belfry_plugin_settings_set_error (from, error, key, fault);
  return FALSE;
}

static gboolean
read_urls (BelfryWebhookSettings *self, BelfryPluginSettings *from, GError **error)
{
  gboolean allow_http;

  if (!belfry_plugin_settings_get_boolean (from, "allow-http", FALSE, &allow_http, error) ||
      !read_url (from, "url-authenticate", allow_http, &self->url_authenticate, error) ||
      !read_url (from, "url-authorize", allow_http, &self->url_authorize, error))
    return FALSE;
  if (self->url_authenticate != NULL || self->url_authorize != NULL)
    return TRUE;
  belfry_plugin_settings_set_error (from, error, "url-authenticate",
                                    "expected this or url-authorize to be set");
  return FALSE;
}

static gboolean
read_ca (BelfryWebhookSettings *self, BelfryPluginSettings *from, GError **error)
{
  const char *path = belfry_plugin_settings_get_text (from, "ca-file", "");
  g_autoptr (GError) problem = NULL;

  if (*path == '\0')
    return TRUE;
  if (!g_path_is_absolute (path))
    {
      belfry_plugin_settings_set_error (from, error, "ca-file", "expected an absolute path");
      return FALSE;
    }
  self->ca = g_tls_file_database_new (path, &problem);
  if (self->ca == NULL)
    belfry_plugin_settings_set_error (from, error, "ca-file", problem->message);
  return self->ca != NULL;
}

/* What may stand in a header. */
static gboolean
is_visible (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (text[i] <= ' ' || text[i] > '~')
        return FALSE;
    }
  return length > 0;
}

static gboolean
read_secrets (BelfryWebhookSettings *self, BelfryPluginSettings *from, GError **error)
{
  g_autoptr (GError) problem = NULL;
  gsize length;

  self->secret = belfry_plugin_settings_get_secret (from, "secret", &problem);
  g_autoptr (GBytes) bearer =
      problem == NULL ? belfry_plugin_settings_get_secret (from, "bearer", &problem) : NULL;
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (bearer == NULL)
    return TRUE;
  const char *text = g_bytes_get_data (bearer, &length);
  if (!is_visible (text, length))
    {
      belfry_plugin_settings_set_error (from, error, "bearer",
                                        "expected visible ASCII characters without white space");
      return FALSE;
    }
  self->bearer = g_strdup_printf ("Bearer %.*s", (int) length, text);
  return TRUE;
}

BelfryWebhookSettings *
belfry_webhook_settings_read (BelfryPluginSettings *from, GError **error)
{
  g_autoptr (BelfryWebhookSettings) self = g_new0 (BelfryWebhookSettings, 1);

  g_ref_count_init (&self->ref_count);
  if (!read_durations (self, from, error) || !read_counts (self, from, error) ||
      !read_urls (self, from, error) || !read_ca (self, from, error) ||
      !read_secrets (self, from, error) ||
      !belfry_plugin_settings_get_boolean (from, "patterns", FALSE, &self->patterns, error))
    return NULL;
  return g_steal_pointer (&self);
}

BelfryWebhookSettings *
belfry_webhook_settings_ref (BelfryWebhookSettings *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
belfry_webhook_settings_unref (BelfryWebhookSettings *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->url_authenticate, g_uri_unref);
  g_clear_pointer (&self->url_authorize, g_uri_unref);
  g_clear_object (&self->ca);
  g_clear_pointer (&self->secret, g_bytes_unref);
  if (self->bearer != NULL)
    explicit_bzero (self->bearer, strlen (self->bearer));
  g_free (self->bearer);
  g_free (self);
}
