/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-body.h"

#include <string.h>

/* Written by hand and not by json-glib, which would leave copies of the token behind. */

/* Braces, names and numbers. */
#define FRAME_SIZE 256
/* A control character becomes six bytes; two quotes and a comma. */
#define MAX_ESCAPE 6
#define AROUND_STRING 3

typedef struct
{
  gsize length;
  char text[];
} Body;

static void
body_free (gpointer data)
{
  Body *body = data;

  explicit_bzero (body->text, body->length);
  g_free (body);
}

/* Room for the longest that it can become, so that it never moves and leaves a copy behind. */
static GString *
begin (gsize strings, gsize n_strings)
{
  return g_string_sized_new (FRAME_SIZE + strings * MAX_ESCAPE + n_strings * AROUND_STRING);
}

static GBytes *
end (GString *text)
{
  Body *body = g_malloc (sizeof (Body) + text->len);

  body->length = text->len;
  memcpy (body->text, text->str, text->len);
  explicit_bzero (text->str, text->len);
  g_string_free (text, TRUE);
  return g_bytes_new_with_free_func (body->text, body->length, body_free, body);
}

static gsize
length_of (const char *text)
{
  return text != NULL ? strlen (text) : 0;
}

static gboolean
is_text (const char *text)
{
  return text == NULL || g_utf8_validate (text, -1, NULL);
}

static void
append_string (GString *json, const char *text)
{
  g_string_append_c (json, '"');
  for (const char *c = text; *c != '\0'; c++)
    {
      if ((guchar) *c < 0x20 || *c == 0x7f)
        g_string_append_printf (json, "\\u%04x", (guint) *c);
      else
        {
          if (*c == '"' || *c == '\\')
            g_string_append_c (json, '\\');
          g_string_append_c (json, *c);
        }
    }
  g_string_append_c (json, '"');
}

static void
append_member (GString *json, const char *name, const char *text)
{
  g_string_append_printf (json, "%s\"%s\":", json->len > 1 ? "," : "", name);
  if (text != NULL)
    append_string (json, text);
  else
    g_string_append (json, "null");
}

GBytes *
belfry_webhook_body_authenticate (BelfryCredentials *credentials)
{
  const char *texts[] = { belfry_credentials_get_token (credentials),
                          belfry_credentials_get_address (credentials),
                          belfry_credentials_get_origin (credentials),
                          belfry_credentials_get_endpoint (credentials),
                          belfry_credentials_get_certificate (credentials) };
  static const char *const names[] = { "token", "address", "origin", "endpoint", "certificate" };
  G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (texts));
  gsize size = 0;
  guint uid;
  gint pid;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      if (!is_text (texts[i]))
        return NULL;
      size += length_of (texts[i]);
    }
  GString *json = begin (size, G_N_ELEMENTS (texts));
  g_string_append_c (json, '{');
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    append_member (json, names[i], texts[i]);
  if (belfry_credentials_get_peer (credentials, &uid, &pid))
    g_string_append_printf (json, ",\"uid\":%u,\"pid\":%d", uid, pid);
  g_string_append_c (json, '}');
  return end (json);
}

GBytes *
belfry_webhook_body_authorize (BelfryIdentity *identity,
                               BelfryTopicAction action,
                               const char *topic)
{
  static const char *const actions[] = {
    [BELFRY_TOPIC_ACTION_SUBSCRIBE] = "subscribe",
    [BELFRY_TOPIC_ACTION_PUBLISH] = "publish",
    [BELFRY_TOPIC_ACTION_PRESENCE] = "presence",
    [BELFRY_TOPIC_ACTION_HISTORY] = "history",
  };
  G_STATIC_ASSERT (G_N_ELEMENTS (actions) == BELFRY_N_TOPIC_ACTIONS);
  GString *json = begin (strlen (topic), 1);

  g_string_append_c (json, '{');
  append_member (json, "subject", identity != NULL ? belfry_identity_get_subject (identity) : NULL);
  g_string_append (json, ",\"roles\":[");
  if (identity != NULL)
    {
      const char *const *roles = belfry_identity_get_roles (identity);

      for (gsize i = 0; roles[i] != NULL; i++)
        {
          if (i > 0)
            g_string_append_c (json, ',');
          append_string (json, roles[i]);
        }
    }
  g_string_append_c (json, ']');
  append_member (json, "action", actions[action]);
  append_member (json, "topic", topic);
  g_string_append_c (json, '}');
  return end (json);
}

char *
belfry_webhook_body_sign (GBytes *body, GBytes *secret, gint64 wall)
{
  g_autofree char *seconds = g_strdup_printf ("%" G_GINT64_FORMAT, wall / G_USEC_PER_SEC);
  gsize key_length;
  const guchar *key = g_bytes_get_data (secret, &key_length);
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, key, key_length);
  gsize length;
  const guchar *data = g_bytes_get_data (body, &length);

  g_hmac_update (hmac, (const guchar *) seconds, -1);
  g_hmac_update (hmac, (const guchar *) ".", 1);
  g_hmac_update (hmac, data, (gssize) length);
  return g_strdup_printf ("t=%s,v1=%s", seconds, g_hmac_get_string (hmac));
}
