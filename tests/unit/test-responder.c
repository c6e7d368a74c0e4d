/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-responder.h"

#include <string.h>

#include "belfry-test-config.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define CONFIG "[auth]\nplugin-timeout = 100ms\n"

/* Routes that do what the path says: `/late` waits for the test, `/fail` fails, and all else is
 * answered at once. Keeps the last request. */
#define TEST_TYPE_ROUTES (test_routes_get_type ())
G_DECLARE_FINAL_TYPE (TestRoutes, test_routes, TEST, ROUTES, GObject)

struct _TestRoutes
{
  GObject parent_instance;

  BelfryHttpRequest *request; /* (owned) (nullable) */
  GTask *late;                /* (owned) (nullable) */
};

static void test_routes_iface_init (BelfryHttpRoutesInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestRoutes,
                               test_routes,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_HTTP_ROUTES,
                                                      test_routes_iface_init))

static void
give (GTask *task)
{
  g_task_return_pointer (task, belfry_http_response_new (201, NULL, NULL),
                         (GDestroyNotify) belfry_http_response_unref);
}

static void
handle_async (BelfryHttpRoutes *routes,
              BelfryHttpRequest *request,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
  TestRoutes *self = TEST_ROUTES (routes);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  const char *path = belfry_http_request_get_path (request);

  g_task_set_source_tag (task, handle_async);
  g_clear_pointer (&self->request, belfry_http_request_unref);
  self->request = belfry_http_request_ref (request);
  if (strcmp (path, "/late") == 0)
    self->late = g_steal_pointer (&task);
  else if (strcmp (path, "/fail") == 0)
    g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, "a secret");
  else
    give (task);
}

static BelfryHttpResponse *
handle_finish (BelfryHttpRoutes *routes, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_routes_iface_init (BelfryHttpRoutesInterface *iface)
{
  iface->handle_async = handle_async;
  iface->handle_finish = handle_finish;
}

static void
test_routes_finalize (GObject *object)
{
  TestRoutes *self = TEST_ROUTES (object);

  g_clear_pointer (&self->request, belfry_http_request_unref);
  G_OBJECT_CLASS (test_routes_parent_class)->finalize (object);
}

static void
test_routes_class_init (TestRoutesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_routes_finalize;
}

static void
test_routes_init (TestRoutes *self)
{
}

typedef struct
{
  BelfryTestCore core;
  TestRoutes *routes;         /* (owned) */
  BelfryResponder *responder; /* (owned) */
} Desk;

static BelfryHttpRoutes *
find (const char *name, gpointer user_data)
{
  const Desk *self = user_data;

  return strcmp (name, "mine") == 0 ? BELFRY_HTTP_ROUTES (self->routes) : NULL;
}

static void
desk_init (Desk *self)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (CONFIG);
  const BelfryResponderRoutes routes = { find, self };

  belfry_test_core_init (&self->core, CONFIG);
  self->routes = g_object_new (TEST_TYPE_ROUTES, NULL);
  self->responder = belfry_responder_new (self->core.hub, self->core.metrics, config, &routes);
}

static void
desk_clear (Desk *self)
{
  belfry_responder_free (self->responder);
  belfry_fake_client_settle ();
  belfry_test_assert_finalizes (self->routes);
  belfry_test_core_clear (&self->core);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryHttpResponse **response = user_data;

  g_assert_null (*response);
  *response = belfry_responder_handle_finish (result);
}

static BelfryHttpResponse *
ask (Desk *self, const char *path, const char *authorization)
{
  const char *const headers[] = { "authorization", authorization, NULL };
  const BelfryHttpRequestParams params = {
    .method = "GET",
    .path = path,
    .query = "q=1",
    .address = "192.0.2.7",
    .headers = authorization != NULL ? headers : NULL,
  };
  g_autoptr (BelfryHttpRequest) request = belfry_http_request_new (&params);
  BelfryHttpResponse *response = NULL;

  belfry_responder_handle_async (self->responder, request, NULL, on_answered, &response);
  belfry_test_wait_until (response != NULL);
  return response;
}

static void
assert_answered (Desk *self, const char *path, const char *authorization, guint status)
{
  g_autoptr (BelfryHttpResponse) response = ask (self, path, authorization);

  g_test_message ("%s", path);
  g_assert_cmpuint (belfry_http_response_get_status (response), ==, status);
}

/* A plugin sees the path below its own, and all else as it was. */
static void
test_path (void)
{
  Desk desk;

  desk_init (&desk);
  assert_answered (&desk, "/plugin/mine/a/%2fb", NULL, 201);
  g_assert_cmpstr (belfry_http_request_get_path (desk.routes->request), ==, "/a/%2fb");
  g_assert_cmpstr (belfry_http_request_get_query (desk.routes->request), ==, "q=1");
  g_assert_cmpstr (belfry_http_request_get_address (desk.routes->request), ==, "192.0.2.7");
  g_assert_null (belfry_http_request_get_identity (desk.routes->request));
  assert_answered (&desk, "/plugin/mine/", NULL, 201);
  g_assert_cmpstr (belfry_http_request_get_path (desk.routes->request), ==, "/");
  desk_clear (&desk);
}

/* What is no plugin's is not there; nothing is asked. */
static void
test_no_plugin (void)
{
  static const char *const paths[] = {
    "/plugin/", "/plugin//", "/plugin/mine", "/plugin/mine2/", "/plugin/%6dine/", "/plugin/MINE/x",
  };
  Desk desk;

  desk_init (&desk);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    assert_answered (&desk, paths[i], NULL, 404);
  g_assert_null (desk.routes->request);
  desk_clear (&desk);
}

typedef struct
{
  const char *authorization;
  const char *user; /* (nullable) */
} IdentityCase;

static const IdentityCase identity_cases[] = {
  { "Bearer alice", "alice" }, { "bearer alice", "alice" }, { "Bearer refuse", NULL },
  { "Bearer expire", NULL },   { "Bearer fail", NULL },     { "Basic alice", NULL },
  { "Bearer", NULL },
};

/* A token that is good tells the plugin who asks; one that is not is as good as none, and the
 * plugin is asked all the same. */
static void
test_identity (void)
{
  Desk desk;

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the authorizer “fake” fails: failed");
  desk_init (&desk);
  for (gsize i = 0; i < G_N_ELEMENTS (identity_cases); i++)
    {
      const IdentityCase *c = &identity_cases[i];

      g_test_message ("%s", c->authorization);
      g_clear_pointer (&desk.routes->request, belfry_http_request_unref);
      assert_answered (&desk, "/plugin/mine/x", c->authorization, 201);
      g_assert_nonnull (desk.routes->request);
      BelfryIdentity *identity = belfry_http_request_get_identity (desk.routes->request);
      g_assert_cmpstr (identity != NULL ? belfry_identity_get_subject (identity) : NULL, ==,
                       c->user);
    }
  desk_clear (&desk);
}

/* A plugin that fails is a bad gateway, and why stays inside. */
static void
test_failure (void)
{
  Desk desk;

  desk_init (&desk);
  g_autoptr (BelfryHttpResponse) response = ask (&desk, "/plugin/mine/fail", NULL);
  g_autofree char *body =
      g_strndup (g_bytes_get_data (belfry_http_response_get_body (response), NULL),
                 g_bytes_get_size (belfry_http_response_get_body (response)));
  g_assert_cmpuint (belfry_http_response_get_status (response), ==, 502);
  g_assert_null (strstr (body, "secret"));
  belfry_test_assert_contains (body, "\"code\":\"internal\"");
  desk_clear (&desk);
}

/* A plugin that takes too long is told to stop, and the client to come again; what the plugin says
 * after that is dropped. */
static void
test_late (void)
{
  Desk desk;

  desk_init (&desk);
  assert_answered (&desk, "/plugin/mine/late", NULL, 503);
  g_assert_nonnull (desk.routes->late);
  g_assert_true (g_cancellable_is_cancelled (g_task_get_cancellable (desk.routes->late)));
  give (desk.routes->late);
  g_clear_object (&desk.routes->late);
  desk_clear (&desk);
}

/* Metrics are text; all other paths are the API's, which wants to know who asks. */
static void
test_other_paths (void)
{
  Desk desk;

  desk_init (&desk);
  g_autoptr (BelfryHttpResponse) metrics = ask (&desk, "/metrics", NULL);
  g_assert_cmpuint (belfry_http_response_get_status (metrics), ==, 200);
  g_assert_cmpuint (g_bytes_get_size (belfry_http_response_get_body (metrics)), >, 0);
  assert_answered (&desk, "/api/v1/topics", NULL, 401);
  assert_answered (&desk, "/api/v1/none", NULL, 404);
  g_assert_null (desk.routes->request);
  desk_clear (&desk);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/responder/path", test_path);
  belfry_test_add ("/responder/no-plugin", test_no_plugin);
  belfry_test_add ("/responder/identity", test_identity);
  belfry_test_add ("/responder/failure", test_failure);
  belfry_test_add ("/responder/late", test_late);
  belfry_test_add ("/responder/other-paths", test_other_paths);
  return g_test_run ();
}
