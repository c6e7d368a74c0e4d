/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-resources"

#include "config.h"

#include "belfry-resources.h"

#include <string.h>

#include "belfry-demo.h"
#include "belfry-http-api.h"
#include "belfry-http-routes.h"

/* Most of it is answered on the main thread; the demo page is in the program, and answered here. No
 * state. */

#define ALL_METHODS "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
#define READ_METHODS "GET, HEAD, OPTIONS"
#define DEMO_FOLDER "/org/belfry/demo/"

/* The page may run its own script, and speak to the service that it comes from. */
#define DEMO_POLICY                                                                                \
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; "         \
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const struct
{
  const char *path; /* (unowned): below the folder */
  const char *file; /* (unowned) */
  const char *type; /* (unowned) */
} pages[] = {
  { "", "index.html", "text/html; charset=utf-8" },
  { "demo.css", "demo.css", "text/css; charset=utf-8" },
  { "demo.js", "demo.js", "text/javascript; charset=utf-8" },
};

static void
ask (BelfryHttpFront *front, SoupServerMessage *message, GHashTable *query, gpointer user_data)
{
  belfry_http_front_ask (front, message);
}

static void
send_page (SoupServerMessage *message, gsize page)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autofree char *path = g_strconcat (DEMO_FOLDER, pages[page].file, NULL);
  g_autoptr (GBytes) body = g_resource_lookup_data (belfry_demo_get_resource (), path,
                                                    G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  g_return_if_fail (body != NULL);

  soup_message_headers_replace (headers, "Content-Security-Policy", DEMO_POLICY);
  soup_message_headers_replace (headers, "Content-Type", pages[page].type);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), body);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

static void
show_demo (BelfryHttpFront *front,
           SoupServerMessage *message,
           GHashTable *query,
           gpointer user_data)
{
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));

  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      if (g_str_has_prefix (path, BELFRY_RESOURCES_DEMO) &&
          strcmp (path + strlen (BELFRY_RESOURCES_DEMO), pages[i].path) == 0)
        {
          send_page (message, i);
          return;
        }
    }
  belfry_http_routes_respond (message, SOUP_STATUS_NOT_FOUND, "not found\n");
}

BelfryHttpResource *
belfry_resources_new (BelfryConfig *config, guint64 max_batch, gsize *n)
{
  gint64 max_message = belfry_config_get_number (config, BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGE_SIZE);
  const BelfryHttpResource all[] = {
    { BELFRY_HTTP_API_PREFIX "publish", ALL_METHODS, max_batch, ask, NULL },
    { BELFRY_HTTP_API_PREFIX, ALL_METHODS, 0, ask, NULL },
    { BELFRY_RESOURCES_PLUGIN, ALL_METHODS, (guint64) max_message, ask, NULL },
    { BELFRY_RESOURCES_METRICS, READ_METHODS, 0, ask, NULL },
    { BELFRY_RESOURCES_DEMO, READ_METHODS, 0, show_demo, NULL },
  };
  BelfryHttpResource *resources = g_new (BelfryHttpResource, G_N_ELEMENTS (all));

  *n = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      if (all[i].handle == show_demo &&
          !belfry_config_get_boolean (config, BELFRY_CONFIG_SERVER_DEMO))
        continue;
      if (strcmp (all[i].path, BELFRY_RESOURCES_METRICS) == 0 &&
          !belfry_config_get_boolean (config, BELFRY_CONFIG_HTTP_METRICS))
        continue;
      resources[(*n)++] = all[i];
    }
  return resources;
}
