/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http"

#include "config.h"

#include "belfry-http-problem.h"

#include "belfry-error.h"
#include "belfry-json-write.h"

/* Problems as HTTP answers. Stateless; any thread. */

/* Seconds after which what was not available may be asked for again. */
#define RETRY_AFTER "5"

static const guint statuses[] = {
  [BELFRY_ERROR_BAD_REQUEST] = 400,       [BELFRY_ERROR_UNKNOWN_ACTION] = 404,
  [BELFRY_ERROR_NOT_AUTHENTICATED] = 401, [BELFRY_ERROR_AUTHENTICATION_FAILED] = 401,
  [BELFRY_ERROR_TOKEN_EXPIRED] = 401,     [BELFRY_ERROR_SESSION_MISMATCH] = 400,
  [BELFRY_ERROR_FORBIDDEN] = 403,         [BELFRY_ERROR_TOPIC_INVALID] = 400,
  [BELFRY_ERROR_NOT_SUBSCRIBED] = 409,    [BELFRY_ERROR_LIMIT_REACHED] = 409,
  [BELFRY_ERROR_RATE_LIMITED] = 429,      [BELFRY_ERROR_TOO_LARGE] = 413,
  [BELFRY_ERROR_UNAVAILABLE] = 503,       [BELFRY_ERROR_INTERNAL] = 500,
};
G_STATIC_ASSERT (G_N_ELEMENTS (statuses) == BELFRY_ERROR_INTERNAL + 1);

static const struct
{
  guint status;
  const char *title; /* (unowned) */
} titles[] = {
  { 400, "Bad Request" },         { 401, "Unauthorized" },       { 403, "Forbidden" },
  { 404, "Not Found" },           { 405, "Method Not Allowed" }, { 409, "Conflict" },
  { 413, "Content Too Large" },   { 429, "Too Many Requests" },  { 502, "Bad Gateway" },
  { 503, "Service Unavailable" },
};

static gboolean
may_be_told (const GError *error)
{
  return error->domain == BELFRY_ERROR && error->code >= 0 && error->code < BELFRY_ERROR_INTERNAL;
}

static const char *
title_of (guint status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      if (titles[i].status == status)
        return titles[i].title;
    }
  return "Internal Server Error";
}

guint
belfry_http_problem_status (const GError *error)
{
  return may_be_told (error) ? statuses[error->code] : 500;
}

const char *
belfry_http_problem_detail (const GError *error)
{
  return may_be_told (error) ? error->message : NULL;
}

BelfryHttpResponse *
belfry_http_problem_new (guint status, const char *code, const char *detail)
{
  GString *text = g_string_new (NULL);
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  belfry_json_writer_begin_object (&writer);
  belfry_json_writer_name (&writer, "type");
  belfry_json_writer_string (&writer, "about:blank");
  belfry_json_writer_name (&writer, "title");
  belfry_json_writer_string (&writer, title_of (status));
  belfry_json_writer_name (&writer, "status");
  belfry_json_writer_uint64 (&writer, status);
  belfry_json_writer_name (&writer, "code");
  belfry_json_writer_string (&writer, code);
  if (detail != NULL)
    {
      belfry_json_writer_name (&writer, "detail");
      belfry_json_writer_string (&writer, detail);
    }
  belfry_json_writer_end_object (&writer);

  g_autoptr (GBytes) body = g_string_free_to_bytes (text);
  BelfryHttpResponse *response = belfry_http_response_new (status, BELFRY_HTTP_PROBLEM_JSON, body);

  if (status == 401)
    belfry_http_response_add_header (response, "WWW-Authenticate", "Bearer");
  if (status == 503 || status == 429)
    belfry_http_response_add_header (response, "Retry-After", RETRY_AFTER);
  return response;
}

BelfryHttpResponse *
belfry_http_problem_new_for_error (const GError *error)
{
  return belfry_http_problem_new (belfry_http_problem_status (error),
                                  belfry_error_client_code (error),
                                  belfry_http_problem_detail (error));
}
