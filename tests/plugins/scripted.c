/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-scripted"

#include <belfry/belfry.h>

#include <string.h>

/* A plugin of nearly every kind that does what its clients say, for tests of the whole service: a
 * word in a token, a topic, a payload or a path decides. What hangs is kept until the plugin is
 * disabled, however often it is cancelled. */
struct _Scripted
{
  BelfryPlugin parent_instance;

  GPtrArray *hanging; /* (element-type GTask) (owned) */
};

G_DECLARE_FINAL_TYPE (Scripted, scripted, TEST, SCRIPTED, BelfryPlugin)

static void scripted_authorizer_init (BelfryAuthorizerInterface *iface);
static void scripted_policy_init (BelfryTopicPolicyInterface *iface);
static void scripted_filter_init (BelfryMessageFilterInterface *iface);
static void scripted_routes_init (BelfryHttpRoutesInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (
    Scripted,
    scripted,
    BELFRY_TYPE_PLUGIN,
    G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORIZER, scripted_authorizer_init)
        G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY, scripted_policy_init)
            G_IMPLEMENT_INTERFACE (BELFRY_TYPE_MESSAGE_FILTER, scripted_filter_init)
                G_IMPLEMENT_INTERFACE (BELFRY_TYPE_HTTP_ROUTES, scripted_routes_init))

static GTask *
task_new (gpointer self, gpointer tag, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, tag);
  return task;
}

static void
hang (gpointer self, GTask *task)
{
  g_ptr_array_add (TEST_SCRIPTED (self)->hanging, g_object_ref (task));
}

static void
fail (GTask *task, BelfryPluginError code)
{
  g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, (int) code, "told to");
}

/* Who: nobody that it knows, or no answer at all. */
static void
scripted_authenticate_async (BelfryAuthorizer *self,
                             BelfryCredentials *credentials,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, scripted_authenticate_async, callback, user_data);

  if (g_strcmp0 (belfry_credentials_get_token (credentials), "hang") == 0)
    hang (self, task);
  else
    g_task_return_pointer (task, NULL, NULL);
}

static BelfryVerdict
scripted_decide (BelfryTopicPolicy *self,
                 BelfryIdentity *identity,
                 BelfryTopicAction action,
                 const char *topic)
{
  return g_str_has_prefix (topic, "ask.") ? BELFRY_VERDICT_ASK : BELFRY_VERDICT_ABSTAIN;
}

static void
scripted_decide_async (BelfryTopicPolicy *self,
                       BelfryIdentity *identity,
                       BelfryTopicAction action,
                       const char *topic,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, scripted_decide_async, callback, user_data);

  if (g_str_has_suffix (topic, ".hang"))
    hang (self, task);
  else if (g_str_has_suffix (topic, ".fail"))
    fail (task, BELFRY_PLUGIN_ERROR_FAILED);
  else
    g_task_return_int (task, BELFRY_VERDICT_ALLOW);
}

static void
scripted_filter_async (BelfryMessageFilter *self,
                       BelfryIdentity *identity,
                       const char *topic,
                       GBytes *payload,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, scripted_filter_async, callback, user_data);
  gsize length = 0;
  const char *bytes = g_bytes_get_data (payload, &length);
  g_autofree char *text = g_strndup (length > 0 ? bytes : "", length);

  if (strcmp (text, "\"hang\"") == 0)
    hang (self, task);
  else if (strcmp (text, "\"fail\"") == 0)
    fail (task, BELFRY_PLUGIN_ERROR_FAILED);
  else if (strcmp (text, "\"refuse\"") == 0)
    fail (task, BELFRY_PLUGIN_ERROR_REFUSED);
  else if (strcmp (text, "\"replace\"") == 0)
    g_task_return_pointer (task, g_bytes_new_static ("[\"replaced\"]", strlen ("[\"replaced\"]")),
                           (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_pointer (task, g_bytes_ref (payload), (GDestroyNotify) g_bytes_unref);
}

static BelfryHttpResponse *
say (guint status, const char *text)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return belfry_http_response_new (status, "text/plain", body);
}

/* The body that was sent, and who sent it. */
static BelfryHttpResponse *
echo (BelfryHttpRequest *request)
{
  BelfryIdentity *identity = belfry_http_request_get_identity (request);
  BelfryHttpResponse *response =
      belfry_http_response_new (200, "text/plain", belfry_http_request_get_body (request));

  belfry_http_response_add_header (response, "X-User",
                                   identity != NULL ? belfry_identity_get_subject (identity)
                                                    : "nobody");
  return response;
}

static BelfryHttpResponse *
answer (BelfryHttpRequest *request)
{
  const char *method = belfry_http_request_get_method (request);
  const char *path = belfry_http_request_get_path (request);

  if (strcmp (path, "/echo") == 0 && strcmp (method, "POST") == 0)
    return echo (request);
  if (strcmp (path, "/hello") == 0 && (strcmp (method, "GET") == 0 || strcmp (method, "HEAD") == 0))
    return say (200, "hello");
  if (strcmp (path, "/echo") != 0 && strcmp (path, "/hello") != 0)
    return say (404, "nothing");
  BelfryHttpResponse *response = say (405, "not so");
  belfry_http_response_add_header (response, "Allow",
                                   strcmp (path, "/echo") == 0 ? "POST" : "GET, HEAD");
  return response;
}

static void
scripted_handle_async (BelfryHttpRoutes *self,
                       BelfryHttpRequest *request,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, scripted_handle_async, callback, user_data);
  const char *path = belfry_http_request_get_path (request);

  if (strcmp (path, "/hang") == 0)
    hang (self, task);
  else if (strcmp (path, "/fail") == 0)
    fail (task, BELFRY_PLUGIN_ERROR_FAILED);
  else
    g_task_return_pointer (task, answer (request), (GDestroyNotify) belfry_http_response_unref);
}

static void
scripted_disable (BelfryPlugin *plugin)
{
  Scripted *self = TEST_SCRIPTED (plugin);

  for (guint i = 0; i < self->hanging->len; i++)
    fail (g_ptr_array_index (self->hanging, i), BELFRY_PLUGIN_ERROR_FAILED);
  g_ptr_array_set_size (self->hanging, 0);
}

static void
scripted_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_SCRIPTED (object)->hanging);
  G_OBJECT_CLASS (scripted_parent_class)->finalize (object);
}

static void
scripted_authorizer_init (BelfryAuthorizerInterface *iface)
{
  iface->authenticate_async = scripted_authenticate_async;
}

static void
scripted_policy_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = scripted_decide;
  iface->decide_async = scripted_decide_async;
}

static void
scripted_filter_init (BelfryMessageFilterInterface *iface)
{
  iface->filter_async = scripted_filter_async;
}

static void
scripted_routes_init (BelfryHttpRoutesInterface *iface)
{
  iface->handle_async = scripted_handle_async;
}

static void
scripted_class_init (ScriptedClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = scripted_finalize;
  BELFRY_PLUGIN_CLASS (klass)->disable = scripted_disable;
}

static void
scripted_init (Scripted *self)
{
  self->hanging = g_ptr_array_new_with_free_func (g_object_unref);
}

BELFRY_DEFINE_PLUGIN ("scripted",
                      "1.0",
                      "MIT",
                      BELFRY_PLUGIN_AUTHORIZER | BELFRY_PLUGIN_TOPIC_POLICY |
                          BELFRY_PLUGIN_MESSAGE_FILTER | BELFRY_PLUGIN_HTTP_ROUTES,
                      scripted_get_type);
