/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-http-routes.h>

#include <stdatomic.h>

/* A request to one of a plugin's routes. Owned by all who hold a reference, on any thread: nothing
 * but the count changes after it is made. */
struct _BelfryHttpRequest
{
  atomic_uint ref_count;
  char *method;             /* (owned) */
  char *path;               /* (owned) */
  char *query;              /* (owned) (nullable) */
  char *address;            /* (owned) (nullable) */
  char **headers;           /* (owned) (nullable): names and values in turn */
  GBytes *body;             /* (owned) (nullable) */
  BelfryIdentity *identity; /* (owned) (nullable) */
};

G_DEFINE_BOXED_TYPE (BelfryHttpRequest,
                     belfry_http_request,
                     belfry_http_request_ref,
                     belfry_http_request_unref)

static void
request_free (BelfryHttpRequest *self)
{
  g_free (self->method);
  g_free (self->path);
  g_free (self->query);
  g_free (self->address);
  g_strfreev (self->headers);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->identity, belfry_identity_unref);
  g_free (self);
}

BelfryHttpRequest *
belfry_http_request_new (const BelfryHttpRequestParams *params)
{
  g_return_val_if_fail (params != NULL, NULL);
  g_return_val_if_fail (params->method != NULL, NULL);
  g_return_val_if_fail (params->path != NULL && params->path[0] == '/', NULL);
  BelfryHttpRequest *self = g_new0 (BelfryHttpRequest, 1);

  atomic_init (&self->ref_count, 1);
  self->method = g_strdup (params->method);
  self->path = g_strdup (params->path);
  self->query = g_strdup (params->query);
  self->address = g_strdup (params->address);
  self->headers = g_strdupv ((char **) params->headers);
  self->body = params->body != NULL ? g_bytes_ref (params->body) : NULL;
  self->identity = params->identity != NULL ? belfry_identity_ref (params->identity) : NULL;
  return self;
}

BelfryHttpRequest *
belfry_http_request_ref (BelfryHttpRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
belfry_http_request_unref (BelfryHttpRequest *self)
{
  g_return_if_fail (self != NULL);

  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) == 1)
    request_free (self);
}

const char *
belfry_http_request_get_method (const BelfryHttpRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->method;
}

const char *
belfry_http_request_get_path (const BelfryHttpRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->path;
}

const char *
belfry_http_request_get_query (const BelfryHttpRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->query;
}

const char *
belfry_http_request_get_address (const BelfryHttpRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->address;
}

const char *
belfry_http_request_get_header (const BelfryHttpRequest *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (char **header = self->headers; header != NULL && header[0] != NULL && header[1] != NULL;
       header += 2)
    {
      if (g_ascii_strcasecmp (header[0], name) == 0)
        return header[1];
    }
  return NULL;
}

const char *const *
belfry_http_request_get_headers (const BelfryHttpRequest *self)
{
  static const char *const none[] = { NULL };

  g_return_val_if_fail (self != NULL, NULL);

  return self->headers != NULL ? (const char *const *) self->headers : none;
}

GBytes *
belfry_http_request_get_body (const BelfryHttpRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->body;
}

BelfryIdentity *
belfry_http_request_get_identity (const BelfryHttpRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->identity;
}
