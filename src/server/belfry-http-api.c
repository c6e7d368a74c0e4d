/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http"

#include "config.h"

#include "belfry-http-api.h"

#include <string.h>

#include "belfry-close.h"
#include "belfry-error.h"
#include "belfry-http-lists.h"
#include "belfry-http-problem.h"
#include "belfry-http-publish.h"

/* The HTTP API on the main thread: finds who asks, and puts the question to the hub. One GTask is
 * one request; its data is the call. */
struct _BelfryHttpApi
{
  BelfryHub *hub;       /* (owned) */
  BelfryConfig *config; /* (owned) */
};

#define DEFAULT_PAGE 100
#define MAX_PAGE 1000
#define MAX_REASON 100

/* Whoever has this role in a token may do what else takes the key. */
#define ADMIN_ROLE "admin"

/* Who may ask. */
typedef enum
{
  ACCESS_POLICY, /* the hub asks the policies */
  ACCESS_ADMIN,
} Access;

typedef struct _Call Call;

/* @argument: in @path, in place of the asterisk */
typedef struct
{
  const char *method; /* (unowned) */
  const char *path;   /* (unowned): below the prefix; an asterisk is one segment */
  Access access;
  void (*handle) (GTask *task, Call *call);
} Route;

struct _Call
{
  BelfryHub *hub;             /* (owned) */
  BelfryConfig *config;       /* (owned) */
  BelfryHttpRequest *request; /* (owned) */
  const Route *route;         /* (unowned) (nullable): a constant */
  BelfryIdentity *identity;   /* (owned) (nullable): of a caller without the key */
  char *argument;             /* (owned) (nullable): what stood for the asterisk, decoded */
  GHashTable *query;          /* (owned): names to values */
  GPtrArray *items;           /* (element-type BelfryHttpItem) (owned) (nullable): to publish */
  guint published;            /* how many of them are done */
  gboolean is_list;
};

static void
call_free (Call *self)
{
  g_clear_object (&self->hub);
  belfry_config_unref (self->config);
  belfry_http_request_unref (self->request);
  g_clear_pointer (&self->identity, belfry_identity_unref);
  g_free (self->argument);
  g_clear_pointer (&self->query, g_hash_table_unref);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_free (self);
}

/* Answers */

static void
answer (GTask *task, BelfryHttpResponse *response)
{
  g_task_return_pointer (task, response, (GDestroyNotify) belfry_http_response_unref);
}

static void
answer_error (GTask *task, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, g_error_copy (error));
  else
    answer (task, belfry_http_problem_new_for_error (error));
}

static void
refuse (GTask *task, BelfryError code, const char *detail)
{
  g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, (gint) code, detail);

  answer_error (task, error);
}

static void
answer_json (GTask *task, guint status, GString *text)
{
  g_autoptr (GBytes) body = g_string_free_to_bytes (text);

  answer (task, belfry_http_response_new (status, BELFRY_HTTP_JSON, body));
}

static void
answer_not_found (GTask *task)
{
  answer (task, belfry_http_problem_new (404, "unknown-action", "there is no such thing"));
}

/* What stands in the query */

static const char *
query_text (const Call *call, const char *name)
{
  return g_hash_table_lookup (call->query, name);
}

static gboolean
query_number (GTask *task,
              const Call *call,
              const char *name,
              guint64 fallback,
              guint64 max,
              guint64 *value)
{
  const char *text = query_text (call, name);

  *value = fallback;
  if (text == NULL || g_ascii_string_to_unsigned (text, 10, 0, max, value, NULL))
    return TRUE;
  g_autofree char *detail =
      g_strdup_printf ("\"%s\" is a number from 0 to %" G_GUINT64_FORMAT, name, max);
  refuse (task, BELFRY_ERROR_BAD_REQUEST, detail);
  return FALSE;
}

static gboolean
query_limit (GTask *task, const Call *call, guint *limit)
{
  guint64 value;

  if (!query_number (task, call, "limit", DEFAULT_PAGE, MAX_PAGE, &value))
    return FALSE;
  *limit = MAX ((guint) value, 1);
  return TRUE;
}

/* Publishing */

/* Too much that waits to be published is no conflict with anything: it passes. */
static void
answer_unpublished (GTask *task, const GError *error)
{
  if (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED))
    answer (task, belfry_http_problem_new (503, belfry_error_client_code (error),
                                           belfry_http_problem_detail (error)));
  else
    answer_error (task, error);
}

static void publish_next (GTask *task);

static void
answer_published (GTask *task, const Call *call)
{
  GString *text = g_string_new (call->is_list ? "{\"results\":[" : NULL);
  guint failed = 0;

  for (guint i = 0; i < call->items->len; i++)
    {
      const BelfryHttpItem *item = call->items->pdata[i];

      if (i > 0)
        g_string_append_c (text, ',');
      belfry_http_publish_write (item, text);
      failed += item->error != NULL ? 1 : 0;
    }
  if (call->is_list)
    g_string_append (text, "]}");
  answer_json (task, failed > 0 ? 207 : 200, text);
}

static void
on_published (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Call *call = g_task_get_task_data (task);
  BelfryHttpItem *item = call->items->pdata[call->published];

  belfry_hub_publish_finish (call->hub, result, &item->position, &item->error);
  call->published++;
  publish_next (task);
}

/* One after the other, so that the order holds, whatever a plugin takes. */
static void
publish_next (GTask *task)
{
  Call *call = g_task_get_task_data (task);
  const BelfryHttpItem *item = NULL;

  for (; call->published < call->items->len; call->published++)
    {
      item = call->items->pdata[call->published];
      if (item->error == NULL)
        break;
    }
  if (call->published < call->items->len)
    {
      const BelfryHubPublication publication = { item->topic, item->payload, item->key };

      belfry_hub_publish_async (call->hub, call->identity, &publication,
                                g_task_get_cancellable (task), on_published, g_object_ref (task));
      return;
    }
  const BelfryHttpItem *only = call->items->len == 1 ? call->items->pdata[0] : NULL;
  if (!call->is_list && only != NULL && only->error != NULL)
    answer_unpublished (task, only->error);
  else
    answer_published (task, call);
}

static void
handle_publish (GTask *task, Call *call)
{
  g_autoptr (GError) error = NULL;
  gint64 max = belfry_config_get_number (call->config, BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGE_SIZE);

  call->items =
      belfry_http_publish_parse (belfry_http_request_get_body (call->request), (gsize) max,
                                 BELFRY_HTTP_API_MAX_BATCH, &call->is_list, &error);
  if (call->items == NULL)
    answer_error (task, error);
  else
    publish_next (task);
}

/* Topics */

static void
handle_topics (GTask *task, Call *call)
{
  g_autoptr (GPtrArray) topics = NULL;
  g_autofree char *next = NULL;
  GString *text;
  guint limit;

  if (!query_limit (task, call, &limit))
    return;
  text = g_string_new (NULL);
  topics = belfry_hub_list_topics (call->hub, query_text (call, "pattern"),
                                   query_text (call, "after"), limit, &next);
  belfry_http_lists_topics (topics, next, text);
  answer_json (task, 200, text);
}

static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Call *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryHistoryPage) page = belfry_hub_history_finish (call->hub, result, &error);

  if (page == NULL)
    {
      answer_error (task, error);
      return;
    }
  GString *text = g_string_new (NULL);
  belfry_http_lists_history (call->argument, page, text);
  answer_json (task, 200, text);
}

static void
handle_history (GTask *task, Call *call)
{
  BelfryPosition since = { 0 };
  const char *epoch = query_text (call, "epoch");
  guint limit;

  if (!query_limit (task, call, &limit) ||
      !query_number (task, call, "since", 0, G_MAXINT64, &since.offset))
    return;
  if (epoch != NULL && !belfry_epoch_parse (epoch, strlen (epoch), &since.epoch))
    {
      refuse (task, BELFRY_ERROR_BAD_REQUEST, "\"epoch\" is what an earlier answer gave");
      return;
    }
  if ((epoch != NULL) != (query_text (call, "since") != NULL))
    {
      refuse (task, BELFRY_ERROR_BAD_REQUEST, "\"since\" and \"epoch\" go together");
      return;
    }
  belfry_hub_history_async (call->hub, call->identity, call->argument,
                            epoch != NULL ? &since : NULL, limit, g_task_get_cancellable (task),
                            on_history, g_object_ref (task));
}

static void
on_presence (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Call *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = belfry_hub_presence_finish (call->hub, result, &error);

  if (entries == NULL)
    {
      answer_error (task, error);
      return;
    }
  GString *text = g_string_new (NULL);
  belfry_http_lists_presence (call->argument, entries, text);
  answer_json (task, 200, text);
}

static void
handle_presence (GTask *task, Call *call)
{
  belfry_hub_presence_async (call->hub, call->identity, call->argument,
                             g_task_get_cancellable (task), on_presence, g_object_ref (task));
}

/* Sessions */

static void
handle_sessions (GTask *task, Call *call)
{
  const BelfrySessionFilter filter = {
    .user = query_text (call, "user"),
    .peer = query_text (call, "address"),
    .topic = query_text (call, "topic"),
    .dialect = query_text (call, "dialect"),
    .authenticated = -1,
  };
  g_autoptr (GPtrArray) sessions = NULL;
  guint64 after;
  guint limit;

  if (!query_limit (task, call, &limit) ||
      !query_number (task, call, "after", 0, G_MAXUINT64, &after))
    return;
  sessions = belfry_hub_list_sessions (call->hub, &filter, after, limit);
  GString *text = g_string_new (NULL);
  belfry_http_lists_sessions (sessions, limit, text);
  answer_json (task, 200, text);
}

static void
on_session (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const Call *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  BelfrySessionInfo *info = belfry_hub_get_session_finish (call->hub, result, &error);

  if (error != NULL)
    answer_error (task, error);
  else if (info == NULL)
    answer_not_found (task);
  else
    {
      GString *text = g_string_new (NULL);

      belfry_http_lists_session (info, text);
      answer_json (task, 200, text);
    }
  g_clear_pointer (&info, belfry_session_info_free);
}

static void
handle_session (GTask *task, Call *call)
{
  belfry_hub_get_session_async (call->hub, call->argument, g_task_get_cancellable (task),
                                on_session, g_object_ref (task));
}

static void
handle_close (GTask *task, Call *call)
{
  const char *reason = query_text (call, "reason");

  if (reason == NULL)
    reason = "closed by the administrator";
  if (strlen (reason) > MAX_REASON)
    refuse (task, BELFRY_ERROR_BAD_REQUEST, "\"reason\" has at most 100 bytes");
  else if (belfry_hub_close_session (call->hub, call->argument, BELFRY_CLOSE_BLOCKED, reason))
    answer (task, belfry_http_response_new (204, NULL, NULL));
  else
    answer_not_found (task);
}

/* Routes */

static const Route routes[] = {
  { "POST", "publish", ACCESS_POLICY, handle_publish },
  { "GET", "topics", ACCESS_ADMIN, handle_topics },
  { "GET", "topics/*/history", ACCESS_POLICY, handle_history },
  { "GET", "topics/*/presence", ACCESS_POLICY, handle_presence },
  { "GET", "sessions", ACCESS_ADMIN, handle_sessions },
  { "GET", "sessions/*", ACCESS_ADMIN, handle_session },
  { "DELETE", "sessions/*", ACCESS_ADMIN, handle_close },
};

/* @path: encoded, so that a slash in a name is not one here */
static gboolean
path_matches (const char *pattern, const char *path, char **argument)
{
  const char *star = strchr (pattern, '*');
  gsize before = star != NULL ? (gsize) (star - pattern) : strlen (pattern);

  if (strncmp (pattern, path, before) != 0)
    return FALSE;
  if (star == NULL)
    return path[before] == '\0';

  gsize length = strcspn (path + before, "/");

  if (length == 0 || strcmp (star + 1, path + before + length) != 0)
    return FALSE;
  *argument = g_uri_unescape_segment (path + before, path + before + length, NULL);
  return *argument != NULL;
}

static gboolean
method_fits (const Route *route, const char *method)
{
  if (strcmp (route->method, method) == 0)
    return TRUE;
  return strcmp (route->method, "GET") == 0 && strcmp (method, "HEAD") == 0;
}

static void
answer_wrong_method (GTask *task, GString *allowed)
{
  BelfryHttpResponse *response =
      belfry_http_problem_new (405, "unknown-action", "this is not done with that method");

  belfry_http_response_add_header (response, "Allow", allowed->str);
  answer (task, response);
}

/* Returns: whether there is such a route; if not, it is answered */
static gboolean
find_route (GTask *task, Call *call)
{
  const char *path = belfry_http_request_get_path (call->request);
  const char *method = belfry_http_request_get_method (call->request);
  g_autoptr (GString) allowed = g_string_new (NULL);

  if (!g_str_has_prefix (path, BELFRY_HTTP_API_PREFIX))
    {
      answer_not_found (task);
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (routes) && call->route == NULL; i++)
    {
      g_autofree char *argument = NULL;

      if (!path_matches (routes[i].path, path + strlen (BELFRY_HTTP_API_PREFIX), &argument))
        continue;
      g_string_append_printf (allowed, "%s%s", allowed->len > 0 ? ", " : "", routes[i].method);
      if (strcmp (routes[i].method, "GET") == 0)
        g_string_append (allowed, ", HEAD");
      if (!method_fits (&routes[i], method))
        continue;
      call->route = &routes[i];
      call->argument = g_steal_pointer (&argument);
    }
  if (call->route == NULL && allowed->len > 0)
    answer_wrong_method (task, allowed);
  else if (call->route == NULL)
    answer_not_found (task);
  return call->route != NULL;
}

static gboolean
read_query (GTask *task, Call *call)
{
  const char *query = belfry_http_request_get_query (call->request);

  call->query =
      g_uri_parse_params (query != NULL ? query : "", -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
  if (call->query != NULL)
    return TRUE;
  refuse (task, BELFRY_ERROR_BAD_REQUEST, "the query cannot be read");
  return FALSE;
}

/* Who asks */

/* No identity and no error: nobody needs to sign in, and everybody may do everything; so may who is
 * known by a good token. */
static void
on_authenticated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Call *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  call->identity = belfry_hub_authenticate_finish (call->hub, result, &error);
  if (error != NULL)
    answer_error (task, error);
  else if (call->identity != NULL && call->route->access == ACCESS_ADMIN &&
           belfry_config_get_boolean (call->config, BELFRY_CONFIG_AUTH_REQUIRED) &&
           !belfry_identity_has_role (call->identity, ADMIN_ROLE))
    refuse (task, BELFRY_ERROR_FORBIDDEN, "this takes the API key, or the role \"admin\"");
  else
    call->route->handle (task, call);
}

static void
authenticate (GTask *task, Call *call, const char *token)
{
  const BelfryCredentialsParams params = {
    .token = token,
    .address = belfry_http_request_get_address (call->request),
    .endpoint = BELFRY_HTTP_API_PREFIX,
  };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);

  belfry_hub_authenticate_async (call->hub, credentials, g_task_get_cancellable (task),
                                 on_authenticated, g_object_ref (task));
}

/* Where nobody needs to sign in any token will do. That there must be one keeps out the pages of
 * other origins, which a browser lets publish, but not send this header unasked. */
static void
admit (GTask *task, Call *call)
{
  const char *header = belfry_http_request_get_header (call->request, "authorization");
  const BelfrySecret *key = belfry_config_get_secret (call->config, BELFRY_CONFIG_HTTP_API_KEY);

  if (header == NULL || g_ascii_strncasecmp (header, "Bearer ", strlen ("Bearer ")) != 0)
    {
      refuse (task, BELFRY_ERROR_NOT_AUTHENTICATED,
              "say who you are: Authorization: Bearer, and the API key or a token");
      return;
    }
  header += strlen ("Bearer ");
  if (key != NULL && belfry_secret_equal_bytes (key, header, strlen (header)))
    call->route->handle (task, call);
  else
    authenticate (task, call, header);
}

BelfryHttpApi *
belfry_http_api_new (BelfryHub *hub, BelfryConfig *config)
{
  BelfryHttpApi *self = g_new0 (BelfryHttpApi, 1);

  self->hub = g_object_ref (hub);
  self->config = belfry_config_ref (config);
  return self;
}

void
belfry_http_api_free (BelfryHttpApi *self)
{
  g_clear_object (&self->hub);
  belfry_config_unref (self->config);
  g_free (self);
}

void
belfry_http_api_set_config (BelfryHttpApi *self, BelfryConfig *config)
{
  BelfryConfig *old = self->config;

  self->config = belfry_config_ref (config);
  belfry_config_unref (old);
}

void
belfry_http_api_handle_async (BelfryHttpApi *self,
                              BelfryHttpRequest *request,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Call *call = g_new0 (Call, 1);

  g_task_set_source_tag (task, belfry_http_api_handle_async);
  call->hub = g_object_ref (self->hub);
  call->config = belfry_config_ref (self->config);
  call->request = belfry_http_request_ref (request);
  g_task_set_task_data (task, call, (GDestroyNotify) call_free);
  if (find_route (task, call) && read_query (task, call))
    admit (task, call);
}

BelfryHttpResponse *
belfry_http_api_handle_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_http_api_handle_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
