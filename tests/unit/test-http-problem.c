/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-http-problem.h"

#include <json-glib/json-glib.h>

#include "belfry-error.h"
#include "belfry-test.h"

static JsonNode *
read_body (BelfryHttpResponse *response)
{
  gsize length;
  const char *text = g_bytes_get_data (belfry_http_response_get_body (response), &length);
  g_autofree char *copy = g_strndup (text, length);
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (copy, &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (node));
  return node;
}

static const char *
find_header (BelfryHttpResponse *response, const char *name)
{
  const char *const *headers = belfry_http_response_get_headers (response);

  for (; *headers != NULL; headers += 2)
    {
      if (g_ascii_strcasecmp (headers[0], name) == 0)
        return headers[1];
    }
  return NULL;
}

typedef struct
{
  int code; /* a #BelfryError */
  guint status;
  const char *word;
  const char *title;
} ErrorCase;

static const ErrorCase error_cases[] = {
  { BELFRY_ERROR_BAD_REQUEST, 400, "bad-request", "Bad Request" },
  { BELFRY_ERROR_UNKNOWN_ACTION, 404, "unknown-action", "Not Found" },
  { BELFRY_ERROR_NOT_AUTHENTICATED, 401, "not-authenticated", "Unauthorized" },
  { BELFRY_ERROR_AUTHENTICATION_FAILED, 401, "authentication-failed", "Unauthorized" },
  { BELFRY_ERROR_TOKEN_EXPIRED, 401, "token-expired", "Unauthorized" },
  { BELFRY_ERROR_SESSION_MISMATCH, 400, "session-mismatch", "Bad Request" },
  { BELFRY_ERROR_FORBIDDEN, 403, "forbidden", "Forbidden" },
  { BELFRY_ERROR_TOPIC_INVALID, 400, "topic-invalid", "Bad Request" },
  { BELFRY_ERROR_NOT_SUBSCRIBED, 409, "not-subscribed", "Conflict" },
  { BELFRY_ERROR_LIMIT_REACHED, 409, "limit-reached", "Conflict" },
  { BELFRY_ERROR_RATE_LIMITED, 429, "rate-limited", "Too Many Requests" },
  { BELFRY_ERROR_TOO_LARGE, 413, "too-large", "Content Too Large" },
  { BELFRY_ERROR_UNAVAILABLE, 503, "unavailable", "Service Unavailable" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (error_cases) == BELFRY_ERROR_INTERNAL);

/* Every error that a client may see has its status, its name and its words in the document. */
static void
test_visible_errors (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (error_cases); i++)
    {
      const ErrorCase *c = &error_cases[i];
      g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, c->code, "a \"reason\"");
      g_autoptr (BelfryHttpResponse) response = belfry_http_problem_new_for_error (error);
      g_autoptr (JsonNode) node = read_body (response);
      JsonObject *object = json_node_get_object (node);

      g_test_message ("%s", c->word);
      g_assert_cmpuint (belfry_http_problem_status (error), ==, c->status);
      g_assert_cmpstr (belfry_http_problem_detail (error), ==, "a \"reason\"");
      g_assert_cmpuint (belfry_http_response_get_status (response), ==, c->status);
      g_assert_cmpstr (belfry_http_response_get_content_type (response), ==,
                       "application/problem+json");
      g_assert_cmpuint (json_object_get_size (object), ==, 5);
      g_assert_cmpstr (json_object_get_string_member (object, "type"), ==, "about:blank");
      g_assert_cmpstr (json_object_get_string_member (object, "title"), ==, c->title);
      g_assert_cmpint (json_object_get_int_member (object, "status"), ==, c->status);
      g_assert_cmpstr (json_object_get_string_member (object, "code"), ==, c->word);
      g_assert_cmpstr (json_object_get_string_member (object, "detail"), ==, "a \"reason\"");
    }
}

static void
assert_tells_nothing (const GError *error)
{
  g_autoptr (BelfryHttpResponse) response = belfry_http_problem_new_for_error (error);
  g_autoptr (JsonNode) node = read_body (response);
  JsonObject *object = json_node_get_object (node);

  g_assert_cmpuint (belfry_http_problem_status (error), ==, 500);
  g_assert_null (belfry_http_problem_detail (error));
  g_assert_cmpuint (belfry_http_response_get_status (response), ==, 500);
  g_assert_cmpstr (json_object_get_string_member (object, "title"), ==, "Internal Server Error");
  g_assert_cmpstr (json_object_get_string_member (object, "code"), ==, "internal");
  g_assert_false (json_object_has_member (object, "detail"));
}

/* What is our own fault, or of a domain that is not ours, tells a client nothing. */
static void
test_internal_errors (void)
{
  g_autoptr (GError) foreign =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "/etc/secret is not there");
  g_autoptr (GError) lookalike =
      g_error_new_literal (G_IO_ERROR, (int) BELFRY_ERROR_BAD_REQUEST, "/etc/secret");
  g_autoptr (GError) negative = g_error_new_literal (BELFRY_ERROR, -1, "/etc/secret");

  for (int code = BELFRY_ERROR_INTERNAL; code <= BELFRY_N_ERRORS; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, code, "/etc/secret");

      g_test_message ("%d", code);
      assert_tells_nothing (error);
    }
  assert_tells_nothing (foreign);
  assert_tells_nothing (lookalike);
  assert_tells_nothing (negative);
}

typedef struct
{
  guint status;
  const char *authenticate; /* (nullable) */
  const char *retry;        /* (nullable) */
} HeaderCase;

static const HeaderCase header_cases[] = {
  { 400, NULL, NULL }, { 401, "Bearer", NULL }, { 403, NULL, NULL }, { 404, NULL, NULL },
  { 405, NULL, NULL }, { 409, NULL, NULL },     { 413, NULL, NULL }, { 429, NULL, "5" },
  { 500, NULL, NULL }, { 502, NULL, NULL },     { 503, NULL, "5" },
};

/* Who must sign in is told how, who may try again is told when, and nobody else. */
static void
test_headers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (header_cases); i++)
    {
      const HeaderCase *c = &header_cases[i];
      g_autoptr (BelfryHttpResponse) response = belfry_http_problem_new (c->status, "x", NULL);

      g_test_message ("%u", c->status);
      g_assert_cmpuint (belfry_http_response_get_status (response), ==, c->status);
      g_assert_cmpstr (find_header (response, "WWW-Authenticate"), ==, c->authenticate);
      g_assert_cmpstr (find_header (response, "Retry-After"), ==, c->retry);
    }
}

/* The title is the status in words, as a type that says nothing more demands; also of those that
 * no error has. */
static void
test_titles (void)
{
  g_autoptr (BelfryHttpResponse) method = belfry_http_problem_new (405, "unknown-action", NULL);
  g_autoptr (BelfryHttpResponse) gateway = belfry_http_problem_new (502, "internal", NULL);
  g_autoptr (JsonNode) method_node = read_body (method);
  g_autoptr (JsonNode) gateway_node = read_body (gateway);

  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (method_node), "title"), ==,
                   "Method Not Allowed");
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (gateway_node), "title"), ==,
                   "Bad Gateway");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/http-problem/visible-errors", test_visible_errors);
  belfry_test_add ("/http-problem/internal-errors", test_internal_errors);
  belfry_test_add ("/http-problem/headers", test_headers);
  belfry_test_add ("/http-problem/titles", test_titles);
  return g_test_run ();
}
