/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http-routes"

#include "config.h"

#include "belfry-http-routes.h"

#include <string.h>

/* Which paths there are, and the answers that depend on the request alone. No state. */

#define METHODS "GET, HEAD, OPTIONS"
#define ALLOWED_HEADERS "Authorization, Content-Type"

/* Seconds for which a browser need not ask again. */
#define MAX_AGE "600"

static const struct
{
  const char *path; /* (unowned) */
  BelfryHttpRoute route;
} routes[] = {
  { "/healthz", BELFRY_HTTP_ROUTE_HEALTH },
  { BELFRY_HTTP_ROUTES_READY, BELFRY_HTTP_ROUTE_READY },
};

/* Nothing of ours is a page, so nothing may be run, framed, guessed, referred to or kept. */
static const struct
{
  const char *name;  /* (unowned) */
  const char *value; /* (unowned) */
} hardening[] = {
  { "X-Content-Type-Options", "nosniff" },
  { "Referrer-Policy", "no-referrer" },
  { "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
  { "Cache-Control", "no-store" },
};

static void
set_header (SoupServerMessage *message, const char *name, const char *value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), name, value);
}

static const char *
get_header (SoupServerMessage *message, const char *name)
{
  return soup_message_headers_get_one (soup_server_message_get_request_headers (message), name);
}

static BelfryHttpRoute
look_up (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      if (strcmp (routes[i].path, path) == 0)
        return routes[i].route;
    }
  return BELFRY_HTTP_ROUTE_NONE;
}

/* The answer differs by origin, so nobody may keep it for another. */
static gboolean
share_with_page (SoupServerMessage *message, const BelfryOrigins *origins)
{
  const char *origin = get_header (message, "Origin");

  if (origin == NULL)
    return FALSE;
  set_header (message, "Vary", "Origin");
  if (!belfry_origins_allow (origins, origin, get_header (message, "Host")))
    return FALSE;
  set_header (message, "Access-Control-Allow-Origin", origin);
  return TRUE;
}

/* Methods are told apart by case, and are no pieces of one another. */
static gboolean
has_method (const char *methods, const char *method)
{
  g_auto (GStrv) words = g_strsplit (methods, ", ", -1);

  return g_strv_contains ((const char *const *) words, method);
}

static void
answer_options (SoupServerMessage *message, const char *methods, gboolean shared)
{
  set_header (message, "Allow", methods);
  if (shared && get_header (message, "Access-Control-Request-Method") != NULL)
    {
      set_header (message, "Access-Control-Allow-Methods", methods);
      set_header (message, "Access-Control-Allow-Headers", ALLOWED_HEADERS);
      set_header (message, "Access-Control-Max-Age", MAX_AGE);
    }
  soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
}

void
belfry_http_routes_harden (SoupServerMessage *message)
{
  for (gsize i = 0; i < G_N_ELEMENTS (hardening); i++)
    set_header (message, hardening[i].name, hardening[i].value);
}

void
belfry_http_routes_respond (SoupServerMessage *message, guint status, const char *text)
{
  soup_server_message_set_status (message, status, NULL);
  if (text != NULL)
    soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, text,
                                      strlen (text));
}

gboolean
belfry_http_routes_admit (SoupServerMessage *message,
                          const char *methods,
                          const BelfryOrigins *origins)
{
  const char *method = soup_server_message_get_method (message);
  gboolean shared = share_with_page (message, origins);

  if (strcmp (method, "OPTIONS") == 0)
    {
      answer_options (message, methods, shared);
      return FALSE;
    }
  if (has_method (methods, method))
    return TRUE;
  set_header (message, "Allow", methods);
  belfry_http_routes_respond (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "method not allowed\n");
  return FALSE;
}

BelfryHttpRoute
belfry_http_routes_find (SoupServerMessage *message, const char *path, const BelfryOrigins *origins)
{
  BelfryHttpRoute route = look_up (path);

  if (route == BELFRY_HTTP_ROUTE_NONE)
    {
      belfry_http_routes_respond (message, SOUP_STATUS_NOT_FOUND, "not found\n");
      return route;
    }
  return belfry_http_routes_admit (message, METHODS, origins) ? route : BELFRY_HTTP_ROUTE_DONE;
}
