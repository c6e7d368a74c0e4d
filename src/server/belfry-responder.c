/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-responder"

#include "config.h"

#include "belfry-responder.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-http-problem.h"
#include "belfry-log.h"
#include "belfry-metrics-text.h"
#include "belfry-resources.h"

/* Hands requests on by their path: to the API, to a plugin, or to the metrics. One GTask is one
 * request. */
struct _BelfryResponder
{
  BelfryHub *hub;         /* (owned) */
  BelfryMetrics *metrics; /* (owned) */
  BelfryHttpApi *api;     /* (owned) */
  BelfryResponderRoutes routes;
  gint64 plugin_timeout;
};

/* A request to a plugin: the data of its task. */
typedef struct
{
  BelfryHub *hub;             /* (owned) */
  BelfryHttpRoutes *routes;   /* (owned) */
  BelfryHttpRequest *request; /* (owned) */
  GCancellable *cancellable;  /* (owned): of the plugin's own call */
  GSource *timeout;           /* (owned) (nullable): while the plugin is asked */
  gint64 patience;
  char *name;       /* (owned): the plugin's */
  gboolean is_late; /* it was answered without the plugin */
} Call;

static void
call_free (Call *self)
{
  if (self->timeout != NULL)
    g_source_destroy (self->timeout);
  g_clear_pointer (&self->timeout, g_source_unref);
  g_object_unref (self->hub);
  g_object_unref (self->routes);
  belfry_http_request_unref (self->request);
  g_object_unref (self->cancellable);
  g_free (self->name);
  g_free (self);
}

static void
answer (GTask *task, BelfryHttpResponse *response)
{
  g_task_return_pointer (task, response, (GDestroyNotify) belfry_http_response_unref);
}

/* Metrics */

static void
answer_metrics (BelfryResponder *self, GTask *task)
{
  belfry_hub_measure_broker (self->hub);

  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (self->metrics);
  g_autoptr (GBytes) body = g_string_free_to_bytes (belfry_metrics_text_format (snapshot));

  answer (task, belfry_http_response_new (200, BELFRY_METRICS_TEXT_TYPE, body));
}

/* Plugins */

static void
on_plugin_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Call *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryHttpResponse) response =
      belfry_http_routes_handle_finish (call->routes, result, &error);

  if (call->is_late)
    return;
  if (call->timeout != NULL)
    g_source_destroy (call->timeout);
  if (response != NULL)
    {
      answer (task, g_steal_pointer (&response));
      return;
    }
  belfry_log_event (BELFRY_LOG_DEBUG,
                    &((BelfryLogContext){ .fields = { { "PLUGIN", call->name } } }),
                    "the plugin %s did not answer a request: %s", call->name,
                    error != NULL ? error->message : "it gave no answer");
  answer (task, belfry_http_problem_new (502, "internal", NULL));
}

static gboolean
on_plugin_late (gpointer user_data)
{
  GTask *task = user_data;
  Call *call = g_task_get_task_data (task);

  call->is_late = TRUE;
  belfry_log_event (BELFRY_LOG_DEBUG,
                    &((BelfryLogContext){ .fields = { { "PLUGIN", call->name } } }),
                    "the plugin %s takes too long to answer a request", call->name);
  answer (task, belfry_http_problem_new (503, "unavailable", "there was no answer in time"));
  g_cancellable_cancel (call->cancellable);
  return G_SOURCE_REMOVE;
}

static void
ask_plugin (GTask *task, Call *call)
{
  call->timeout = g_timeout_source_new ((guint) (call->patience / G_TIME_SPAN_MILLISECOND));
  g_source_set_static_name (call->timeout, "belfry-responder-plugin");
  g_source_set_callback (call->timeout, on_plugin_late, g_object_ref (task), g_object_unref);
  g_source_attach (call->timeout, g_task_get_context (task));
  belfry_http_routes_handle_async (call->routes, call->request, call->cancellable,
                                   on_plugin_answered, g_object_ref (task));
}

/* What the plugin sees: the path below its own, and who asks. */
static BelfryHttpRequest *
rewrite (const BelfryHttpRequest *request, const char *path, BelfryIdentity *identity)
{
  const BelfryHttpRequestParams params = {
    .method = belfry_http_request_get_method (request),
    .path = path,
    .query = belfry_http_request_get_query (request),
    .address = belfry_http_request_get_address (request),
    .headers = belfry_http_request_get_headers (request),
    .body = belfry_http_request_get_body (request),
    .identity = identity,
  };

  return belfry_http_request_new (&params);
}

static const char *
get_token (const BelfryHttpRequest *request)
{
  const char *header = belfry_http_request_get_header (request, "authorization");

  if (header == NULL || g_ascii_strncasecmp (header, "Bearer ", strlen ("Bearer ")) != 0)
    return NULL;
  return header + strlen ("Bearer ");
}

/* A token that is not good is as good as none: it is the plugin's to refuse. */
static void
on_authenticated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Call *call = g_task_get_task_data (task);
  g_autoptr (BelfryIdentity) identity = belfry_hub_authenticate_finish (call->hub, result, NULL);
  BelfryHttpRequest *before = call->request;

  call->request = rewrite (before, belfry_http_request_get_path (before), identity);
  belfry_http_request_unref (before);
  ask_plugin (task, call);
}

static void
identify (GTask *task, Call *call)
{
  const BelfryCredentialsParams params = {
    .token = get_token (call->request),
    .address = belfry_http_request_get_address (call->request),
    .endpoint = BELFRY_RESOURCES_PLUGIN,
  };
  g_autoptr (BelfryCredentials) credentials = NULL;

  if (params.token == NULL)
    {
      ask_plugin (task, call);
      return;
    }
  credentials = belfry_credentials_new (&params);
  belfry_hub_authenticate_async (call->hub, credentials, call->cancellable, on_authenticated,
                                 g_object_ref (task));
}

static void
handle_plugin (BelfryResponder *self, GTask *task, BelfryHttpRequest *request)
{
  const char *rest = belfry_http_request_get_path (request) + strlen (BELFRY_RESOURCES_PLUGIN);
  const char *slash = strchrnul (rest, '/');
  g_autofree char *name = g_strndup (rest, (gsize) (slash - rest));
  BelfryHttpRoutes *routes = NULL;
  Call *call;

  if (self->routes.find != NULL && *slash == '/')
    routes = self->routes.find (name, self->routes.user_data);
  if (routes == NULL)
    {
      answer (task, belfry_http_problem_new (404, "unknown-action", "there is no such thing"));
      return;
    }
  call = g_new0 (Call, 1);
  call->hub = g_object_ref (self->hub);
  call->routes = g_object_ref (routes);
  call->request = rewrite (request, slash, NULL);
  call->cancellable = g_cancellable_new ();
  call->patience = self->plugin_timeout;
  call->name = g_steal_pointer (&name);
  g_task_set_task_data (task, call, (GDestroyNotify) call_free);
  identify (task, call);
}

static void
on_api_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BelfryHttpResponse *response = belfry_http_api_handle_finish (result, NULL);

  if (response == NULL)
    response = belfry_http_problem_new (503, "unavailable", NULL);
  answer (task, response);
}

BelfryResponder *
belfry_responder_new (BelfryHub *hub,
                      BelfryMetrics *metrics,
                      BelfryConfig *config,
                      const BelfryResponderRoutes *routes)
{
  BelfryResponder *self = g_new0 (BelfryResponder, 1);

  self->hub = g_object_ref (hub);
  self->metrics = belfry_metrics_ref (metrics);
  self->api = belfry_http_api_new (hub, config);
  if (routes != NULL)
    self->routes = *routes;
  belfry_responder_set_config (self, config);
  return self;
}

void
belfry_responder_free (BelfryResponder *self)
{
  belfry_http_api_free (self->api);
  belfry_metrics_unref (self->metrics);
  g_object_unref (self->hub);
  g_free (self);
}

void
belfry_responder_set_config (BelfryResponder *self, BelfryConfig *config)
{
  belfry_http_api_set_config (self->api, config);
  self->plugin_timeout = belfry_config_get_number (config, BELFRY_CONFIG_AUTH_PLUGIN_TIMEOUT);
}

void
belfry_responder_handle_async (BelfryResponder *self,
                               BelfryHttpRequest *request,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  const char *path = belfry_http_request_get_path (request);
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_responder_handle_async);
  if (strcmp (path, BELFRY_RESOURCES_METRICS) == 0)
    answer_metrics (self, task);
  else if (g_str_has_prefix (path, BELFRY_RESOURCES_PLUGIN))
    handle_plugin (self, task, request);
  else
    belfry_http_api_handle_async (self->api, request, cancellable, on_api_answered,
                                  g_object_ref (task));
}

BelfryHttpResponse *
belfry_responder_handle_finish (GAsyncResult *result)
{
  BelfryHttpResponse *response = NULL;

  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_responder_handle_async), NULL);

  response = g_task_propagate_pointer (G_TASK (result), NULL);
  return response != NULL ? response : belfry_http_problem_new (503, "unavailable", NULL);
}
