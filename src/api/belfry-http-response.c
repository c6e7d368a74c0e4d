/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-http-routes.h>

#include <stdatomic.h>
#include <string.h>

/* An answer of a plugin's route. Made and filled by the plugin, then read by the service. What is
 * written into the head of an answer is looked at here, once for all plugins: a value that a
 * stranger chose must not begin a header, or an answer, of its own. */
struct _BelfryHttpResponse
{
  atomic_uint ref_count;
  guint status;
  char *type;         /* (owned) (nullable) */
  GBytes *body;       /* (owned) (nullable) */
  GPtrArray *headers; /* (owned) (element-type utf8): names and values in turn, then NULL */
};

/* More is a mistake. */
#define MAX_HEADERS 64

/* What HTTP lets a header's name be made of, besides letters and digits. */
#define NAME_SIGNS "!#$%&'*+-.^_`|~"

G_DEFINE_BOXED_TYPE (BelfryHttpResponse,
                     belfry_http_response,
                     belfry_http_response_ref,
                     belfry_http_response_unref)

/* These say how the answer is sent, which the server alone knows. */
static const char *const not_for_plugins[] = {
  "connection", "content-length",    "content-type", "keep-alive", "te",
  "trailer",    "transfer-encoding", "upgrade",      NULL,
};

static gboolean
is_name (const char *text)
{
  if (*text == '\0')
    return FALSE;
  for (; *text != '\0'; text++)
    {
      if (!g_ascii_isalnum (*text) && strchr (NAME_SIGNS, *text) == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_value (const char *text)
{
  for (; *text != '\0'; text++)
    {
      if (g_ascii_iscntrl (*text))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_for_plugins (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  return !g_strv_contains (not_for_plugins, lower);
}

static void
response_free (BelfryHttpResponse *self)
{
  g_free (self->type);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_ptr_array_unref (self->headers);
  g_free (self);
}

BelfryHttpResponse *
belfry_http_response_new (guint status, const char *type, GBytes *body)
{
  BelfryHttpResponse *self = g_new0 (BelfryHttpResponse, 1);

  atomic_init (&self->ref_count, 1);
  self->status = status >= 200 && status <= 599 ? status : 500;
  self->type = type != NULL && is_value (type) ? g_strdup (type) : NULL;
  self->body = body != NULL ? g_bytes_ref (body) : NULL;
  self->headers = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->headers, NULL);
  return self;
}

BelfryHttpResponse *
belfry_http_response_ref (BelfryHttpResponse *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
belfry_http_response_unref (BelfryHttpResponse *self)
{
  g_return_if_fail (self != NULL);

  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) == 1)
    response_free (self);
}

gboolean
belfry_http_response_add_header (BelfryHttpResponse *self, const char *name, const char *value)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  if (self->headers->len / 2 >= MAX_HEADERS || !is_name (name) || !is_value (value) ||
      !is_for_plugins (name))
    return FALSE;
  g_ptr_array_insert (self->headers, (gint) self->headers->len - 1, g_strdup (name));
  g_ptr_array_insert (self->headers, (gint) self->headers->len - 1, g_strdup (value));
  return TRUE;
}

guint
belfry_http_response_get_status (const BelfryHttpResponse *self)
{
  g_return_val_if_fail (self != NULL, 500);

  return self->status;
}

const char *
belfry_http_response_get_content_type (const BelfryHttpResponse *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->type;
}

GBytes *
belfry_http_response_get_body (const BelfryHttpResponse *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->body;
}

const char *const *
belfry_http_response_get_headers (const BelfryHttpResponse *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char *const *) self->headers->pdata;
}
