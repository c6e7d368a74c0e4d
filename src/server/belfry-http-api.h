/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-hub.h"

G_BEGIN_DECLS

/* Everything below this path is the API's. */
#define BELFRY_HTTP_API_PREFIX "/api/v1/"

/* What one request may publish at once. */
#define BELFRY_HTTP_API_MAX_BATCH 1000

/**
 * BelfryHttpApi:
 *
 * The HTTP API: questions and orders in JSON, put to the hub. Knows no sockets: it makes an answer
 * of a request. Main thread.
 */
typedef struct _BelfryHttpApi BelfryHttpApi;

/**
 * belfry_http_api_new:
 * @hub: (transfer none): referenced
 * @config: (transfer none): the key that callers must know, and limits
 */
BelfryHttpApi *belfry_http_api_new (BelfryHub *hub, BelfryConfig *config);

/* Requests that are under way keep what they need. */
void belfry_http_api_free (BelfryHttpApi *self);
void belfry_http_api_set_config (BelfryHttpApi *self, BelfryConfig *config);

/**
 * belfry_http_api_handle_async:
 * @request: its path begins with %BELFRY_HTTP_API_PREFIX and is still encoded
 *
 * Always ends with an answer: what goes wrong is one as well, a problem document.
 */
void belfry_http_api_handle_async (BelfryHttpApi *self,
                                   BelfryHttpRequest *request,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);

/* Returns: (transfer full) (nullable): %NULL only if it was cancelled */
BelfryHttpResponse *belfry_http_api_handle_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHttpApi, belfry_http_api_free)

G_END_DECLS
