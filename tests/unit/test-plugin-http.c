/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <belfry/belfry.h>

#include <string.h>

#include "belfry-test.h"

/* What is put into a request comes out, as copies; headers are found in any case. */
static void
test_request (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("a");
  g_autoptr (BelfryIdentity) identity = belfry_identity_builder_end (builder, NULL);
  g_autoptr (GBytes) body = g_bytes_new_static ("hello", 5);
  const char *const headers[] = { "accept", "text/plain", "x-a", "1", "X-A", "2", NULL };
  const BelfryHttpRequestParams params = { "POST",  "/rooms", "q=1%20", "192.0.2.1",
                                           headers, body,     identity };
  BelfryHttpRequest *first = belfry_http_request_new (&params);
  g_autoptr (BelfryHttpRequest) request = g_boxed_copy (BELFRY_TYPE_HTTP_REQUEST, first);

  belfry_http_request_unref (first);
  g_assert_cmpstr (belfry_http_request_get_method (request), ==, "POST");
  g_assert_cmpstr (belfry_http_request_get_path (request), ==, "/rooms");
  g_assert_cmpstr (belfry_http_request_get_query (request), ==, "q=1%20");
  g_assert_cmpstr (belfry_http_request_get_address (request), ==, "192.0.2.1");
  g_assert_cmpstr (belfry_http_request_get_header (request, "Accept"), ==, "text/plain");
  g_assert_cmpstr (belfry_http_request_get_header (request, "x-a"), ==, "1");
  g_assert_null (belfry_http_request_get_header (request, "text/plain"));
  g_assert_true (belfry_http_request_get_body (request) == body);
  g_assert_true (belfry_http_request_get_identity (request) == identity);
}

/* A request may have nothing but a method and a path. */
static void
test_bare_request (void)
{
  const BelfryHttpRequestParams params = { "GET", "/" };
  g_autoptr (BelfryHttpRequest) request = belfry_http_request_new (&params);

  g_assert_null (belfry_http_request_get_query (request));
  g_assert_null (belfry_http_request_get_address (request));
  g_assert_null (belfry_http_request_get_header (request, "accept"));
  g_assert_null (belfry_http_request_get_body (request));
  g_assert_null (belfry_http_request_get_identity (request));
}

/* What a plugin answers with comes out, the headers in their order. */
static void
test_response (void)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  BelfryHttpResponse *first = belfry_http_response_new (201, "application/json", body);
  g_autoptr (BelfryHttpResponse) response = g_boxed_copy (BELFRY_TYPE_HTTP_RESPONSE, first);
  const char *const expected[] = { "Location", "/rooms/1", "X-Tab", "ä b", "X-Empty", "", NULL };

  belfry_http_response_unref (first);
  g_assert_null (*belfry_http_response_get_headers (response));
  g_assert_true (belfry_http_response_add_header (response, "Location", "/rooms/1"));
  g_assert_true (belfry_http_response_add_header (response, "X-Tab", "ä b"));
  g_assert_true (belfry_http_response_add_header (response, "X-Empty", ""));
  g_assert_cmpuint (belfry_http_response_get_status (response), ==, 201);
  g_assert_cmpstr (belfry_http_response_get_content_type (response), ==, "application/json");
  g_assert_true (belfry_http_response_get_body (response) == body);
  g_assert_true (g_strv_equal (belfry_http_response_get_headers (response), expected));
}

typedef struct
{
  const char *defect;
  const char *name;
  const char *value;
} BadHeader;

static const BadHeader bad_headers[] = {
  { "line break that begins a header", "X-A", "1\r\nSet-Cookie: a" },
  { "line feed alone", "X-A", "1\n2" },
  { "carriage return alone", "X-A", "1\r2" },
  { "escape", "X-A", "\x1b[1m" },
  { "delete", "X-A", "\x7f" },
  { "empty name", "", "1" },
  { "space in the name", "X A", "1" },
  { "colon in the name", "X-A:", "1" },
  { "line break in the name", "X-A\r\nX-B", "1" },
  { "name that is not ASCII", "X-Ä", "1" },
  { "length of the body", "Content-Length", "0" },
  { "framing of the body", "transfer-encoding", "chunked" },
  { "end of the connection", "CONNECTION", "close" },
  { "another protocol", "Upgrade", "h2c" },
  { "type of the body", "Content-Type", "text/html" },
};

/* Headers that could break an answer in two are left out. */
static void
test_bad_headers (void)
{
  g_autoptr (BelfryHttpResponse) response = belfry_http_response_new (200, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_headers); i++)
    {
      const BadHeader *c = &bad_headers[i];

      g_test_message ("%s", c->defect);
      g_assert_false (belfry_http_response_add_header (response, c->name, c->value));
    }
  g_assert_null (*belfry_http_response_get_headers (response));
}

/* More than 64 headers are a mistake. */
static void
test_many_headers (void)
{
  g_autoptr (BelfryHttpResponse) response = belfry_http_response_new (200, NULL, NULL);

  for (int i = 0; i < 64; i++)
    g_assert_true (belfry_http_response_add_header (response, "X-A", "1"));
  g_assert_false (belfry_http_response_add_header (response, "X-A", "1"));
  g_assert_cmpuint (g_strv_length ((char **) belfry_http_response_get_headers (response)), ==, 128);
}

/* A status that is none, or that does not end a request, is our fault; a type with a line break in
 * it is none. */
static void
test_bad_response (void)
{
  const guint bad[] = { 0, 100, 101, 199, 600, G_MAXUINT };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (BelfryHttpResponse) response = belfry_http_response_new (bad[i], "a\r\nb", NULL);

      g_assert_cmpuint (belfry_http_response_get_status (response), ==, 500);
      g_assert_null (belfry_http_response_get_content_type (response));
      g_assert_null (belfry_http_response_get_body (response));
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/plugin-http/request", test_request);
  belfry_test_add ("/plugin-http/bare-request", test_bare_request);
  belfry_test_add ("/plugin-http/response", test_response);
  belfry_test_add ("/plugin-http/bad-headers", test_bad_headers);
  belfry_test_add ("/plugin-http/many-headers", test_many_headers);
  belfry_test_add ("/plugin-http/bad-response", test_bad_response);
  return g_test_run ();
}
