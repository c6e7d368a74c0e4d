/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-identity.h>

G_BEGIN_DECLS

/**
 * BelfryHttpRequest:
 *
 * A request to one of a plugin's routes. Immutable, atomically reference-counted.
 */
typedef struct _BelfryHttpRequest BelfryHttpRequest;

#define BELFRY_TYPE_HTTP_REQUEST (belfry_http_request_get_type ())
BELFRY_API
GType belfry_http_request_get_type (void);

/**
 * BelfryHttpRequestParams:
 * @method: GET, HEAD, POST, PUT, PATCH or DELETE
 * @path: below the plugin's prefix, beginning with a slash
 * @query: (nullable): what follows the question mark, still encoded
 * @address: (nullable): where the client comes from
 * @headers: (nullable) (array zero-terminated=1): names in lower case and values in turn
 * @body: (nullable): the body
 * @identity: (nullable): who asks, if a token was sent and is good
 *
 * What a request is made from; copied.
 */
typedef struct
{
  const char *method;
  const char *path;
  const char *query;
  const char *address;
  const char *const *headers;
  GBytes *body;
  BelfryIdentity *identity;
} BelfryHttpRequestParams;

BELFRY_API
BelfryHttpRequest *belfry_http_request_new (const BelfryHttpRequestParams *params);
BELFRY_API
BelfryHttpRequest *belfry_http_request_ref (BelfryHttpRequest *self);
BELFRY_API
void belfry_http_request_unref (BelfryHttpRequest *self);
BELFRY_API
const char *belfry_http_request_get_method (const BelfryHttpRequest *self);
BELFRY_API
const char *belfry_http_request_get_path (const BelfryHttpRequest *self);
BELFRY_API
const char *belfry_http_request_get_query (const BelfryHttpRequest *self);
BELFRY_API
const char *belfry_http_request_get_address (const BelfryHttpRequest *self);
BELFRY_API
const char *belfry_http_request_get_header (const BelfryHttpRequest *self, const char *name);
BELFRY_API
GBytes *belfry_http_request_get_body (const BelfryHttpRequest *self);
BELFRY_API
BelfryIdentity *belfry_http_request_get_identity (const BelfryHttpRequest *self);

/**
 * BelfryHttpResponse:
 *
 * An answer.
 */
typedef struct _BelfryHttpResponse BelfryHttpResponse;

#define BELFRY_TYPE_HTTP_RESPONSE (belfry_http_response_get_type ())
BELFRY_API
GType belfry_http_response_get_type (void);

/* @type: (nullable): the body's media type */
BELFRY_API
BelfryHttpResponse *belfry_http_response_new (guint status, const char *type, GBytes *body);
BELFRY_API
BelfryHttpResponse *belfry_http_response_ref (BelfryHttpResponse *self);
BELFRY_API
void belfry_http_response_unref (BelfryHttpResponse *self);

/* A header with line breaks or other control characters in it is left out, with a warning. */
BELFRY_API
void
belfry_http_response_add_header (BelfryHttpResponse *self, const char *name, const char *value);
BELFRY_API
guint belfry_http_response_get_status (const BelfryHttpResponse *self);
BELFRY_API
const char *belfry_http_response_get_content_type (const BelfryHttpResponse *self);
BELFRY_API
GBytes *belfry_http_response_get_body (const BelfryHttpResponse *self);

/* Returns: (transfer none) (array zero-terminated=1): names and values in turn */
BELFRY_API
const char *const *belfry_http_response_get_headers (const BelfryHttpResponse *self);

/**
 * BelfryHttpRoutes:
 *
 * Adds HTTP routes: everything below /plugin/NAME/, NAME being the plugin's.
 */
#define BELFRY_TYPE_HTTP_ROUTES (belfry_http_routes_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryHttpRoutes, belfry_http_routes, BELFRY, HTTP_ROUTES, GObject)

struct _BelfryHttpRoutesInterface
{
  GTypeInterface parent_iface;

  void (*handle_async) (BelfryHttpRoutes *self,
                        BelfryHttpRequest *request,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  BelfryHttpResponse *(*handle_finish) (BelfryHttpRoutes *self,
                                        GAsyncResult *result,
                                        GError **error);

  gpointer padding[4];
};

BELFRY_API
void belfry_http_routes_handle_async (BelfryHttpRoutes *self,
                                      BelfryHttpRequest *request,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

/* Returns: (transfer full) (nullable) */
BELFRY_API
BelfryHttpResponse *
belfry_http_routes_handle_finish (BelfryHttpRoutes *self, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHttpRequest, belfry_http_request_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHttpResponse, belfry_http_response_unref)

G_END_DECLS
