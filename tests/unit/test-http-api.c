/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-http-api.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "belfry-test-config.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define KEY "a-key-that-is-long-enough-to-be-one"
#define CONFIG                                                                                     \
  "[http]\napi-key = " KEY "\n[websocket]\nmax-message-size = 128\n"                               \
  "[topic h.*]\nhistory-size = 3\n[topic p.*]\npresence = yes\n"

typedef struct
{
  BelfryTestCore core;
  BelfryHttpApi *api; /* (owned) */
} Desk;

static void
desk_init (Desk *self)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (CONFIG);

  belfry_test_core_init (&self->core, CONFIG);
  self->api = belfry_http_api_new (self->core.hub, config);
}

static void
desk_clear (Desk *self)
{
  belfry_http_api_free (self->api);
  belfry_test_core_clear (&self->core);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static BelfryHttpRequest *
make_request (const char *method, const char *target, const char *token, const char *body)
{
  g_autofree char *authorization = token != NULL ? g_strconcat ("Bearer ", token, NULL) : NULL;
  const char *const headers[] = { "authorization", authorization, NULL };
  g_autoptr (GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;
  g_auto (GStrv) parts = g_strsplit (target, "?", 2);
  const BelfryHttpRequestParams params = {
    .method = method,
    .path = parts[0],
    .query = parts[1],
    .address = "192.0.2.7",
    .headers = token != NULL ? headers : NULL,
    .body = bytes,
  };

  return belfry_http_request_new (&params);
}

/* @token: (nullable): the key, or what the fake plugin knows */
static BelfryHttpResponse *
ask (Desk *self, const char *method, const char *target, const char *token, const char *body)
{
  g_autoptr (BelfryHttpRequest) request = make_request (method, target, token, body);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  BelfryHttpResponse *response;

  belfry_http_api_handle_async (self->api, request, NULL, on_answered, &result);
  belfry_test_wait_until (result != NULL);
  response = belfry_http_api_handle_finish (result, &error);
  g_assert_no_error (error);
  return response;
}

/* The status and, if there is one, the name of the problem. */
static void
assert_refused (BelfryHttpResponse *response, guint status, const char *code)
{
  gsize length;
  const char *text = g_bytes_get_data (belfry_http_response_get_body (response), &length);
  g_autofree char *copy = g_strndup (text, length);
  g_autoptr (JsonNode) node = json_from_string (copy, NULL);

  g_assert_cmpuint (belfry_http_response_get_status (response), ==, status);
  g_assert_cmpstr (belfry_http_response_get_content_type (response), ==,
                   "application/problem+json");
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "code"), ==, code);
}

static JsonObject *
assert_object (BelfryHttpResponse *response, guint status, JsonNode **node)
{
  gsize length;
  const char *text = g_bytes_get_data (belfry_http_response_get_body (response), &length);
  g_autofree char *copy = g_strndup (text, length);

  g_assert_cmpuint (belfry_http_response_get_status (response), ==, status);
  g_assert_cmpstr (belfry_http_response_get_content_type (response), ==, "application/json");
  *node = json_from_string (copy, NULL);
  g_assert_nonnull (*node);
  return json_node_get_object (*node);
}

typedef struct
{
  const char *defect;
  const char *method;
  const char *target;
  const char *token; /* (nullable) */
  const char *body;  /* (nullable) */
  guint status;
  const char *code;
} BadCase;

#define GET(defect, target, status, code)                                                          \
  {                                                                                                \
    defect, "GET", "/api/v1/" target, KEY, NULL, status, code                                      \
  }
#define POST(defect, body, status, code)                                                           \
  {                                                                                                \
    defect, "POST", "/api/v1/publish", KEY, body, status, code                                     \
  }

static const BadCase bad_cases[] = {
  { "outside the API", "GET", "/api/v2/topics", KEY, NULL, 404, "unknown-action" },
  GET ("nothing behind the prefix", "", 404, "unknown-action"),
  GET ("no such path", "topic", 404, "unknown-action"),
  GET ("a longer word", "topicss", 404, "unknown-action"),
  GET ("a slash behind it", "topics/", 404, "unknown-action"),
  GET ("a topic alone", "topics/a", 404, "unknown-action"),
  GET ("a topic without a name", "topics//history", 404, "unknown-action"),
  GET ("a slash within the name", "topics/a/b/history", 404, "unknown-action"),
  GET ("more behind it", "topics/a/history/x", 404, "unknown-action"),
  GET ("an escape that is none", "topics/%zz/history", 404, "unknown-action"),
  GET ("an escaped zero", "topics/a%00/history", 404, "unknown-action"),
  GET ("a session without an id", "sessions/", 404, "unknown-action"),
  GET ("no such session", "sessions/x", 404, "unknown-action"),
  { "no such session to close", "DELETE", "/api/v1/sessions/x", KEY, NULL, 404, "unknown-action" },
  GET ("an escape cut off", "topics?limit=%", 400, "bad-request"),
  GET ("a limit that is no number", "topics?limit=x", 400, "bad-request"),
  GET ("an empty limit", "topics?limit=", 400, "bad-request"),
  GET ("a limit below zero", "topics?limit=-1", 400, "bad-request"),
  GET ("a limit too large", "topics?limit=1001", 400, "bad-request"),
  GET ("a place that is no number", "sessions?after=x", 400, "bad-request"),
  GET ("a place past all numbers", "sessions?after=18446744073709551616", 400, "bad-request"),
  GET ("since without epoch", "topics/h.1/history?since=1", 400, "bad-request"),
  GET ("epoch without since", "topics/h.1/history?epoch=0000000000000001", 400, "bad-request"),
  GET ("an epoch that is none", "topics/h.1/history?since=1&epoch=1", 400, "bad-request"),
  GET ("history of a pattern", "topics/h.*/history", 400, "topic-invalid"),
  GET ("presence of a pattern", "topics/p.*/presence", 400, "topic-invalid"),
  POST ("nothing to publish", NULL, 400, "bad-request"),
  POST ("not JSON", "a", 400, "bad-request"),
  POST ("no topic", "{\"data\":1}", 400, "bad-request"),
  POST ("a pattern", "{\"topic\":\"a.*\",\"data\":1}", 400, "topic-invalid"),
  { "nobody", "GET", "/api/v1/topics", NULL, NULL, 401, "not-authenticated" },
  { "nobody publishes", "POST", "/api/v1/publish", NULL, "{\"topic\":\"a\",\"data\":1}", 401,
    "not-authenticated" },
  { "a token that is no good", "GET", "/api/v1/topics", "refuse", NULL, 401,
    "authentication-failed" },
  { "a token that is over", "GET", "/api/v1/topics", "expire", NULL, 401, "token-expired" },
  { "the authorizer fails", "GET", "/api/v1/topics", "fail", NULL, 503, "unavailable" },
  { "no admin lists topics", "GET", "/api/v1/topics", "alice", NULL, 403, "forbidden" },
  { "no admin lists sessions", "GET", "/api/v1/sessions", "alice", NULL, 403, "forbidden" },
  { "no admin sees a session", "GET", "/api/v1/sessions/x", "alice", NULL, 403, "forbidden" },
  { "no admin closes one", "DELETE", "/api/v1/sessions/x", "alice", NULL, 403, "forbidden" },
  { "not allowed to publish", "POST", "/api/v1/publish", "alice",
    "{\"topic\":\"deny.a\",\"data\":1}", 403, "forbidden" },
  { "not allowed to read", "GET", "/api/v1/topics/deny.a/history", "alice", NULL, 403,
    "forbidden" },
  { "not allowed to see", "GET", "/api/v1/topics/deny.a/presence", "alice", NULL, 403,
    "forbidden" },
};

/* What cannot be answered is refused, each for its reason. */
static void
test_refused (void)
{
  Desk desk;

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the authorizer “fake” fails: failed");
  desk_init (&desk);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *c = &bad_cases[i];

      g_test_message ("%s", c->defect);
      g_autoptr (BelfryHttpResponse) response =
          ask (&desk, c->method, c->target, c->token, c->body);
      assert_refused (response, c->status, c->code);
    }
  desk_clear (&desk);
}

typedef struct
{
  const char *method;
  const char *path;
  const char *allow;
} MethodCase;

static const MethodCase method_cases[] = {
  { "GET", "/api/v1/publish", "POST" },
  { "PUT", "/api/v1/publish", "POST" },
  { "post", "/api/v1/publish", "POST" },
  { "POST", "/api/v1/topics", "GET, HEAD" },
  { "DELETE", "/api/v1/topics/a/history", "GET, HEAD" },
  { "POST", "/api/v1/topics/a/presence", "GET, HEAD" },
  { "DELETE", "/api/v1/sessions", "GET, HEAD" },
  { "PATCH", "/api/v1/sessions/a", "GET, HEAD, DELETE" },
};

/* A path that is there but not for this method says for which, whoever asks. */
static void
test_methods (void)
{
  Desk desk;

  desk_init (&desk);
  for (gsize i = 0; i < G_N_ELEMENTS (method_cases); i++)
    {
      const MethodCase *c = &method_cases[i];
      g_autoptr (BelfryHttpResponse) response = ask (&desk, c->method, c->path, NULL, NULL);
      const char *const *headers = belfry_http_response_get_headers (response);

      g_test_message ("%s %s", c->method, c->path);
      assert_refused (response, 405, "unknown-action");
      g_assert_cmpstr (headers[0], ==, "Allow");
      g_assert_cmpstr (headers[1], ==, c->allow);
    }
  g_autoptr (BelfryHttpResponse) head = ask (&desk, "HEAD", "/api/v1/topics", KEY, NULL);
  g_assert_cmpuint (belfry_http_response_get_status (head), ==, 200);
  desk_clear (&desk);
}

/* The key opens everything that a policy would refuse, and only the whole key; so does a token of
 * an admin where no policy is asked. Once the key is another one the old one is none. */
static void
test_key (void)
{
  Desk desk;
  const char *body = "{\"topic\":\"deny.a\",\"data\":1}";

  desk_init (&desk);
  g_autoptr (BelfryHttpResponse) key = ask (&desk, "POST", "/api/v1/publish", KEY, body);
  g_assert_cmpuint (belfry_http_response_get_status (key), ==, 200);
  g_autoptr (BelfryHttpResponse) longer = ask (&desk, "GET", "/api/v1/topics", KEY "x", NULL);
  assert_refused (longer, 403, "forbidden");
  g_autoptr (BelfryHttpResponse) admin =
      ask (&desk, "GET", "/api/v1/topics", "root;role=admin", NULL);
  g_assert_cmpuint (belfry_http_response_get_status (admin), ==, 200);
  g_autoptr (BelfryHttpResponse) bound =
      ask (&desk, "POST", "/api/v1/publish", "root;role=admin", body);
  assert_refused (bound, 403, "forbidden");
  g_autoptr (BelfryConfig) other = belfry_test_config_new ("");
  belfry_http_api_set_config (desk.api, other);
  g_autoptr (BelfryHttpResponse) old = ask (&desk, "GET", "/api/v1/topics", KEY, NULL);
  assert_refused (old, 403, "forbidden");
  desk_clear (&desk);
}

/* Who is asked about does not depend on how the scheme is written; another scheme is none. */
static void
test_schemes (void)
{
  static const struct
  {
    const char *header;
    guint status;
  } cases[] = {
    { "bearer " KEY, 200 }, { "BEARER " KEY, 200 }, { "Bearer", 401 },
    { "Basic " KEY, 401 },  { KEY, 401 },           { "", 401 },
  };
  Desk desk;

  desk_init (&desk);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const headers[] = { "authorization", cases[i].header, NULL };
      const BelfryHttpRequestParams params = { "GET", "/api/v1/topics", .headers = headers };
      g_autoptr (BelfryHttpRequest) request = belfry_http_request_new (&params);
      g_autoptr (GAsyncResult) result = NULL;

      g_test_message ("%s", cases[i].header);
      belfry_http_api_handle_async (desk.api, request, NULL, on_answered, &result);
      belfry_test_wait_until (result != NULL);
      g_autoptr (BelfryHttpResponse) response = belfry_http_api_handle_finish (result, NULL);
      g_assert_cmpuint (belfry_http_response_get_status (response), ==, cases[i].status);
    }
  desk_clear (&desk);
}

/* What is published reaches who is subscribed, and its publisher learns where it stands; with the
 * same key once. */
static void
test_publish (void)
{
  Desk desk;

  desk_init (&desk);
  BelfryFakeClient *client = belfry_test_core_client (&desk.core, "alice");
  belfry_fake_client_subscribe (client, "h.1");
  belfry_fake_client_forget (client);
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (JsonNode) node = NULL;
      g_autoptr (BelfryHttpResponse) response =
          ask (&desk, "POST", "/api/v1/publish", "bob",
               "{\"topic\":\"h.1\",\"data\":{\"a\":1},\"idempotency_key\":\"k\"}");
      JsonObject *object = assert_object (response, 200, &node);

      g_assert_cmpint (json_object_get_int_member (object, "offset"), ==, 1);
      g_assert_cmpuint (strlen (json_object_get_string_member (object, "epoch")), ==, 16);
    }
  belfry_fake_client_assert_told (client, "message h.1 {\"a\":1}@1");
  belfry_fake_client_free (client);
  desk_clear (&desk);
}

/* The results of a batch stand in its order, whatever failed, and what is good is published in that
 * order, though a plugin takes its time. */
static void
test_batch (void)
{
  Desk desk;
  g_autoptr (BelfryHttpRequest) request =
      make_request ("POST", "/api/v1/publish", "bob",
                    "[{\"topic\":\"late-h\",\"data\":1},{\"topic\":\"deny.x\",\"data\":2},"
                    "{\"data\":3},{\"topic\":\"h.1\",\"data\":4}]");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonNode) node = NULL;

  desk_init (&desk);
  BelfryFakeClient *client = belfry_test_core_client (&desk.core, "alice;subscribe=>");
  belfry_fake_client_subscribe (client, "late-h h.1");
  belfry_fake_client_settle ();
  belfry_fake_plugin_release (desk.core.plugin);
  belfry_fake_client_settle ();
  belfry_fake_client_forget (client);
  belfry_http_api_handle_async (desk.api, request, NULL, on_answered, &result);
  belfry_fake_client_assert_told (client, "");
  g_assert_null (result);
  belfry_fake_plugin_release (desk.core.plugin);
  belfry_fake_client_assert_told (client, "message late-h 1; message h.1 4@1");
  belfry_test_wait_until (result != NULL);
  g_autoptr (BelfryHttpResponse) response = belfry_http_api_handle_finish (result, NULL);
  JsonArray *results =
      json_object_get_array_member (assert_object (response, 207, &node), "results");
  g_autofree char *text = json_to_string (node, FALSE);
  g_test_message ("%s", text);
  g_assert_cmpuint (json_array_get_length (results), ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (json_object_has_member (json_array_get_object_element (results, i), "error"),
                     ==, i == 1 || i == 2);
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (results, 3),
                                               "offset"),
                   ==, 1);
  g_clear_object (&result);
  belfry_fake_client_free (client);
  desk_clear (&desk);
}

/* A batch in which all is well is 200, be it empty or as large as it may be; one more is too many,
 * and none of it is published. */
static void
test_batch_sizes (void)
{
  static const guint sizes[] = { 0, 1, BELFRY_HTTP_API_MAX_BATCH, BELFRY_HTTP_API_MAX_BATCH + 1 };
  Desk desk;

  desk_init (&desk);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GString) body = g_string_new ("[");
      g_autoptr (JsonNode) node = NULL;

      for (guint n = 0; n < sizes[i]; n++)
        g_string_append_printf (body, "%s{\"topic\":\"a\",\"data\":1}", n > 0 ? "," : "");
      g_string_append_c (body, ']');
      g_autoptr (BelfryHttpResponse) response =
          ask (&desk, "POST", "/api/v1/publish", KEY, body->str);
      if (sizes[i] > BELFRY_HTTP_API_MAX_BATCH)
        {
          assert_refused (response, 413, "too-large");
          continue;
        }
      JsonObject *object = assert_object (response, 200, &node);
      g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "results")),
                        ==, sizes[i]);
    }
  g_assert_cmpuint (belfry_test_core_get_counter (&desk.core,
                                                  BELFRY_CORE_METRIC_MESSAGES_PUBLISHED),
                    ==, BELFRY_HTTP_API_MAX_BATCH + 1);
  desk_clear (&desk);
}

static JsonArray *
get_list (Desk *desk, const char *target, const char *name, JsonNode **node)
{
  g_autofree char *path = g_strconcat ("/api/v1/", target, NULL);
  g_autoptr (BelfryHttpResponse) response = ask (desk, "GET", path, KEY, NULL);

  return json_object_get_array_member (assert_object (response, 200, node), name);
}

/* History is read as a whole, by its newest, and from a place on; a name may be escaped. */
static void
test_history (void)
{
  Desk desk;
  g_autoptr (JsonNode) all = NULL;
  g_autoptr (JsonNode) newest = NULL;
  g_autoptr (JsonNode) rest = NULL;

  desk_init (&desk);
  for (int i = 0; i < 3; i++)
    belfry_test_core_publish (&desk.core, "h.1", "{}");
  g_assert_cmpuint (json_array_get_length (
                        get_list (&desk, "topics/%68%2e1/history", "messages", &all)),
                    ==, 3);
  g_assert_cmpuint (json_array_get_length (
                        get_list (&desk, "topics/h.1/history?limit=0", "messages", &newest)),
                    ==, 1);
  JsonObject *page = json_node_get_object (all);
  g_assert_cmpstr (json_object_get_string_member (page, "topic"), ==, "h.1");
  g_autofree char *target = g_strdup_printf ("topics/h.1/history?since=1&epoch=%s",
                                             json_object_get_string_member (page, "epoch"));
  JsonArray *messages = get_list (&desk, target, "messages", &rest);
  g_assert_cmpuint (json_array_get_length (messages), ==, 2);
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (messages, 0),
                                               "offset"),
                   ==, 2);
  desk_clear (&desk);
}

/* A broker that is away is a reason to come again, and tells nothing of itself. */
static void
test_broker_fails (void)
{
  Desk desk;

  desk_init (&desk);
  belfry_late_broker_fail (desk.core.broker,
                           BELFRY_LATE_HISTORY | BELFRY_LATE_PUBLISH | BELFRY_LATE_PRESENCE);
  g_autoptr (BelfryHttpResponse) history =
      ask (&desk, "GET", "/api/v1/topics/h.1/history", KEY, NULL);
  assert_refused (history, 503, "unavailable");
  g_autoptr (BelfryHttpResponse) presence =
      ask (&desk, "GET", "/api/v1/topics/p.1/presence", KEY, NULL);
  assert_refused (presence, 503, "unavailable");
  g_autoptr (BelfryHttpResponse) publish =
      ask (&desk, "POST", "/api/v1/publish", KEY, "{\"topic\":\"a\",\"data\":1}");
  assert_refused (publish, 503, "unavailable");
  belfry_late_broker_fail_with (desk.core.broker, BELFRY_LATE_PUBLISH, BELFRY_ERROR_LIMIT_REACHED);
  g_autoptr (BelfryHttpResponse) full =
      ask (&desk, "POST", "/api/v1/publish", KEY, "{\"topic\":\"a\",\"data\":1}");
  assert_refused (full, 503, "limit-reached");
  g_assert_cmpstr (belfry_http_response_get_headers (full)[0], ==, "Retry-After");
  desk_clear (&desk);
}

/* Presence, topics and sessions show who is there, and a session can be told to go. */
static void
test_sessions (void)
{
  Desk desk;
  g_autoptr (JsonNode) users = NULL;
  g_autoptr (JsonNode) topics = NULL;
  g_autoptr (JsonNode) sessions = NULL;
  g_autoptr (JsonNode) others = NULL;
  g_autoptr (JsonNode) one = NULL;

  desk_init (&desk);
  BelfryFakeClient *client = belfry_test_core_client (&desk.core, "alice;info={\"n\":1}");
  belfry_fake_client_subscribe (client, "p.1 a");
  belfry_fake_client_forget (client);
  g_assert_cmpuint (json_array_get_length (
                        get_list (&desk, "topics/p.1/presence", "users", &users)),
                    ==, 1);
  g_assert_cmpuint (json_array_get_length (get_list (&desk, "topics?limit=1", "topics", &topics)),
                    ==, 1);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (topics), "next"), ==, "a");
  JsonArray *list = get_list (&desk, "sessions?user=alice&topic=p.1", "sessions", &sessions);
  g_assert_cmpuint (json_array_get_length (list), ==, 1);
  g_assert_cmpuint (json_array_get_length (
                        get_list (&desk, "sessions?user=bob", "sessions", &others)),
                    ==, 0);
  g_autofree char *path =
      g_strconcat ("/api/v1/sessions/", belfry_session_get_id (client->session), NULL);
  g_autoptr (BelfryHttpResponse) session = ask (&desk, "GET", path, KEY, NULL);
  g_assert_cmpstr (json_object_get_string_member (assert_object (session, 200, &one), "user"), ==,
                   "alice");
  g_autofree char *letters = g_strnfill (101, 'x');
  g_autofree char *reason = g_strconcat (path, "?reason=", letters, NULL);
  g_autoptr (BelfryHttpResponse) talkative = ask (&desk, "DELETE", reason, KEY, NULL);
  assert_refused (talkative, 400, "bad-request");
  g_autoptr (BelfryHttpResponse) gone = ask (&desk, "DELETE", path, "root;role=admin", NULL);
  g_assert_cmpuint (belfry_http_response_get_status (gone), ==, 204);
  g_assert_null (belfry_http_response_get_body (gone));
  belfry_fake_client_assert_told (client, "close 4403");
  belfry_fake_client_free (client);
  desk_clear (&desk);
}

/* A request that is under way outlives the API; one that is cancelled has no answer. */
static void
test_cancel (void)
{
  Desk desk;
  g_autoptr (BelfryHttpRequest) request =
      make_request ("GET", "/api/v1/topics", "late-root;role=admin", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  desk_init (&desk);
  belfry_http_api_handle_async (desk.api, request, cancellable, on_answered, &cancelled);
  belfry_http_api_handle_async (desk.api, request, NULL, on_answered, &result);
  belfry_http_api_free (g_steal_pointer (&desk.api));
  g_cancellable_cancel (cancellable);
  belfry_fake_client_settle ();
  belfry_fake_plugin_release (desk.core.plugin);
  belfry_test_wait_until (cancelled != NULL && result != NULL);
  g_assert_null (belfry_http_api_handle_finish (cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_autoptr (BelfryHttpResponse) response = belfry_http_api_handle_finish (result, NULL);
  g_assert_cmpuint (belfry_http_response_get_status (response), ==, 200);
  g_clear_object (&cancelled);
  g_clear_object (&result);
  belfry_test_core_clear (&desk.core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/http-api/refused", test_refused);
  belfry_test_add ("/http-api/methods", test_methods);
  belfry_test_add ("/http-api/key", test_key);
  belfry_test_add ("/http-api/schemes", test_schemes);
  belfry_test_add ("/http-api/publish", test_publish);
  belfry_test_add ("/http-api/batch", test_batch);
  belfry_test_add ("/http-api/batch-sizes", test_batch_sizes);
  belfry_test_add ("/http-api/history", test_history);
  belfry_test_add ("/http-api/broker-fails", test_broker_fails);
  belfry_test_add ("/http-api/sessions", test_sessions);
  belfry_test_add ("/http-api/cancel", test_cancel);
  return g_test_run ();
}
