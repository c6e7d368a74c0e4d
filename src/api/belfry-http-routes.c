/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-http-routes.h>

#define NOT_FOUND 404

G_DEFINE_INTERFACE (BelfryHttpRoutes, belfry_http_routes, G_TYPE_OBJECT)

static void
default_handle_async (BelfryHttpRoutes *self,
                      BelfryHttpRequest *request,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, default_handle_async);
  g_task_return_pointer (task, belfry_http_response_new (NOT_FOUND, NULL, NULL),
                         (GDestroyNotify) belfry_http_response_unref);
}

static BelfryHttpResponse *
default_handle_finish (BelfryHttpRoutes *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
belfry_http_routes_default_init (BelfryHttpRoutesInterface *iface)
{
  iface->handle_async = default_handle_async;
  iface->handle_finish = default_handle_finish;
}

void
belfry_http_routes_handle_async (BelfryHttpRoutes *self,
                                 BelfryHttpRequest *request,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_HTTP_ROUTES (self));
  g_return_if_fail (request != NULL);

  BELFRY_HTTP_ROUTES_GET_IFACE (self)->handle_async (self, request, cancellable, callback,
                                                     user_data);
}

BelfryHttpResponse *
belfry_http_routes_handle_finish (BelfryHttpRoutes *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (BELFRY_IS_HTTP_ROUTES (self), NULL);

  return BELFRY_HTTP_ROUTES_GET_IFACE (self)->handle_finish (self, result, error);
}
