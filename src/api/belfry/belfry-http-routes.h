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
 * A request to one of a plugin's routes.
 *
 * Immutable, atomically reference-counted; any thread.
 */
typedef struct _BelfryHttpRequest BelfryHttpRequest;

#define BELFRY_TYPE_HTTP_REQUEST (belfry_http_request_get_type ())
BELFRY_API
GType belfry_http_request_get_type (void);

/**
 * BelfryHttpRequestParams:
 * @method: GET, HEAD, POST, PUT, PATCH or DELETE
 * @path: below the plugin's prefix, beginning with a slash, still encoded
 * @query: (nullable): what follows the question mark, still encoded
 * @address: (nullable): where the client comes from
 * @headers: (nullable) (array zero-terminated=1): names and values in turn
 * @body: (nullable): the body
 * @identity: (nullable): who asks, if a token was sent and is good
 *
 * What a request is made from; copied.
 */
typedef struct
{
  const char *method;         /* (unowned) */
  const char *path;           /* (unowned) */
  const char *query;          /* (unowned) (nullable) */
  const char *address;        /* (unowned) (nullable) */
  const char *const *headers; /* (unowned) (nullable) */
  GBytes *body;               /* (unowned) (nullable) */
  BelfryIdentity *identity;   /* (unowned) (nullable) */
} BelfryHttpRequestParams;

/**
 * belfry_http_request_new:
 * @params: what it is made from
 *
 * Makes a request. The service does this for clients, and tests of plugins do.
 *
 * Returns: (transfer full): the request
 */
BELFRY_API
BelfryHttpRequest *belfry_http_request_new (const BelfryHttpRequestParams *params);

/**
 * belfry_http_request_ref:
 * @self: a request
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
BELFRY_API
BelfryHttpRequest *belfry_http_request_ref (BelfryHttpRequest *self);

/**
 * belfry_http_request_unref:
 * @self: (transfer full): a request
 *
 * Drops a reference.
 */
BELFRY_API
void belfry_http_request_unref (BelfryHttpRequest *self);

/**
 * belfry_http_request_get_method:
 * @self: a request
 *
 * Gets what is to be done.
 *
 * Returns: (transfer none): GET, HEAD, POST, PUT, PATCH or DELETE
 */
BELFRY_API
const char *belfry_http_request_get_method (const BelfryHttpRequest *self);

/**
 * belfry_http_request_get_path:
 * @self: a request
 *
 * Gets what it is about.
 *
 * Returns: (transfer none): a path below the plugin's prefix, beginning with a slash, still encoded
 */
BELFRY_API
const char *belfry_http_request_get_path (const BelfryHttpRequest *self);

/**
 * belfry_http_request_get_query:
 * @self: a request
 *
 * Gets what follows the question mark.
 *
 * Returns: (transfer none) (nullable): the query, still encoded
 */
BELFRY_API
const char *belfry_http_request_get_query (const BelfryHttpRequest *self);

/**
 * belfry_http_request_get_address:
 * @self: a request
 *
 * Gets where the client comes from.
 *
 * Returns: (transfer none) (nullable): an IP address, or "unix"
 */
BELFRY_API
const char *belfry_http_request_get_address (const BelfryHttpRequest *self);

/**
 * belfry_http_request_get_headers:
 * @self: a request
 *
 * Returns: (transfer none) (array zero-terminated=1): names in lower case and values in turn
 */
BELFRY_API
const char *const *belfry_http_request_get_headers (const BelfryHttpRequest *self);

/**
 * belfry_http_request_get_header:
 * @self: a request
 * @name: a header's name, in any case
 *
 * Gets a header.
 *
 * Returns: (transfer none) (nullable): the value of the first one of that name
 */
BELFRY_API
const char *belfry_http_request_get_header (const BelfryHttpRequest *self, const char *name);

/**
 * belfry_http_request_get_body:
 * @self: a request
 *
 * Gets the body.
 *
 * Returns: (transfer none) (nullable): the body, which is bounded by the service
 */
BELFRY_API
GBytes *belfry_http_request_get_body (const BelfryHttpRequest *self);

/**
 * belfry_http_request_get_identity:
 * @self: a request
 *
 * Gets who asks.
 *
 * Returns: (transfer none) (nullable): the identity, if a token was sent and is good
 */
BELFRY_API
BelfryIdentity *belfry_http_request_get_identity (const BelfryHttpRequest *self);

/**
 * BelfryHttpResponse:
 *
 * An answer.
 *
 * Atomically reference-counted; not to be changed any more once it is given away.
 */
typedef struct _BelfryHttpResponse BelfryHttpResponse;

#define BELFRY_TYPE_HTTP_RESPONSE (belfry_http_response_get_type ())
BELFRY_API
GType belfry_http_response_get_type (void);

/**
 * belfry_http_response_new:
 * @status: 200 to 599; anything else is 500
 * @type: (nullable): the body's media type; one with control characters in it is left out
 * @body: (nullable): the body
 *
 * Makes an answer.
 *
 * Returns: (transfer full): the answer
 */
BELFRY_API
BelfryHttpResponse *belfry_http_response_new (guint status, const char *type, GBytes *body);

/**
 * belfry_http_response_ref:
 * @self: an answer
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
BELFRY_API
BelfryHttpResponse *belfry_http_response_ref (BelfryHttpResponse *self);

/**
 * belfry_http_response_unref:
 * @self: (transfer full): an answer
 *
 * Drops a reference.
 */
BELFRY_API
void belfry_http_response_unref (BelfryHttpResponse *self);

/**
 * belfry_http_response_add_header:
 * @self: an answer
 * @name: a header's name
 * @value: its value
 *
 * Adds a header. Left out are those with line breaks or other control characters in them, those
 * that are not names, those that belong to the connection or the body (such as `Content-Length`),
 * and what is beyond 64.
 *
 * Returns: whether it was added
 */
BELFRY_API
gboolean
belfry_http_response_add_header (BelfryHttpResponse *self, const char *name, const char *value);

/**
 * belfry_http_response_get_status:
 * @self: an answer
 *
 * Gets how it went.
 *
 * Returns: an HTTP status, 200 to 599
 */
BELFRY_API
guint belfry_http_response_get_status (const BelfryHttpResponse *self);

/**
 * belfry_http_response_get_content_type:
 * @self: an answer
 *
 * Gets what the body is.
 *
 * Returns: (transfer none) (nullable): a media type
 */
BELFRY_API
const char *belfry_http_response_get_content_type (const BelfryHttpResponse *self);

/**
 * belfry_http_response_get_body:
 * @self: an answer
 *
 * Gets the body.
 *
 * Returns: (transfer none) (nullable): the body
 */
BELFRY_API
GBytes *belfry_http_response_get_body (const BelfryHttpResponse *self);

/**
 * belfry_http_response_get_headers:
 * @self: an answer
 *
 * Gets the headers that were added.
 *
 * Returns: (transfer none) (array zero-terminated=1): names and values in turn
 */
BELFRY_API
const char *const *belfry_http_response_get_headers (const BelfryHttpResponse *self);

/**
 * BelfryHttpRoutes:
 *
 * Adds HTTP routes: everything below `/plugin/NAME/`, NAME being the plugin's.
 */
#define BELFRY_TYPE_HTTP_ROUTES (belfry_http_routes_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryHttpRoutes, belfry_http_routes, BELFRY, HTTP_ROUTES, GObject)

/**
 * BelfryHttpRoutesInterface:
 * @parent_iface: the parent
 * @handle_async: answers a request. The default says that there is nothing
 * @handle_finish: gives the answer; an error becomes one without its message. The default ends a
 *   #GTask of @handle_async
 */
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

  /*< private >*/
  gpointer padding[4]; /* (unowned): room for later functions */
};

/**
 * belfry_http_routes_handle_async:
 * @self: routes
 * @request: what is asked
 * @cancellable: (nullable): ends it early
 * @callback: (scope async): called when it is done
 * @user_data: given to @callback
 *
 * Answers a request.
 */
BELFRY_API
void belfry_http_routes_handle_async (BelfryHttpRoutes *self,
                                      BelfryHttpRequest *request,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

/**
 * belfry_http_routes_handle_finish:
 * @self: routes
 * @result: what the callback was given
 * @error: where to put an error
 *
 * Gets the answer.
 *
 * Returns: (transfer full): the answer, or %NULL with an error
 */
BELFRY_API
BelfryHttpResponse *
belfry_http_routes_handle_finish (BelfryHttpRoutes *self, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHttpRequest, belfry_http_request_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHttpResponse, belfry_http_response_unref)

G_END_DECLS
