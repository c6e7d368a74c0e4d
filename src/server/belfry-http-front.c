/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http-front"

#include "config.h"

#include "belfry-http-front.h"

#include <string.h>

#include "belfry-http-front-private.h"
#include "belfry-http-routes.h"
#include "belfry-refusal.h"

/* The SoupServer of a worker, and for each connection inside it a guest. A message is traced back
 * to its guest by the address object that the connection was accepted with. */

/* What an upgrade needs from its handler to the moment when the answer has been written. */
typedef struct
{
  BelfryHttpGuest *guest; /* (unowned) */
  BelfryUpgrade upgrade;
} PendingUpgrade;

static BelfryHttpGuest *
find_guest (BelfryHttpFront *self, SoupServerMessage *message)
{
  return g_hash_table_lookup (self->guests, soup_server_message_get_remote_address (message));
}

static void
pending_upgrade_free (gpointer data, GClosure *closure)
{
  PendingUpgrade *pending = data;

  belfry_upgrade_clear (&pending->upgrade);
  g_free (pending);
}

/* The 101, or the head of a stream, has been written: now the library lets go of a connection. */
static void
on_wrote_head (SoupServerMessage *message, gpointer user_data)
{
  PendingUpgrade *pending = user_data;
  BelfryHttpGuest *guest = pending->guest;
  BelfryHttpFront *self = guest->front;
  g_autoptr (SoupServerMessage) kept G_GNUC_UNUSED = g_object_ref (message);

  if (!pending->upgrade.endpoint->is_stream &&
      soup_server_message_get_status (message) != SOUP_STATUS_SWITCHING_PROTOCOLS)
    return;
  belfry_http_stream_detach (guest->stream);

  /* Whoever left first needs the guest no more. */
  GIOStream *stream = soup_server_message_steal_connection (message);
  belfry_http_guest_leave (guest, &pending->upgrade.unit);
  self->owner->upgraded (stream, &pending->upgrade, self->user_data);
}

static void
handle_upgrade (BelfryHttpFront *self,
                BelfryHttpGuest *guest,
                SoupServerMessage *message,
                GHashTable *query,
                const BelfryEndpoint *endpoint)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  PendingUpgrade *pending;
  int fd = belfry_visitor_is_tls (guest->visitor) ? -1 : g_socket_get_fd (guest->socket);

  if (self->draining)
    {
      soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                    "Retry-After", BELFRY_REFUSAL_RETRY_AFTER);
      belfry_http_routes_respond (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "stopping\n");
      return;
    }
  pending = g_new0 (PendingUpgrade, 1);
  pending->guest = guest;
  if (endpoint->is_stream
          ? !belfry_upgrade_prepare_stream (message, query, endpoint, fd, &pending->upgrade)
          : !belfry_upgrade_prepare (message, query, endpoint, self->settings.origins, fd,
                                     &pending->upgrade))
    {
      pending_upgrade_free (pending, NULL);
      return;
    }
  pending->upgrade.peer =
      belfry_proxies_resolve (self->settings.proxies, guest->peer,
                              soup_message_headers_get_list (headers, "X-Forwarded-For"));
  g_signal_connect_data (message, endpoint->is_stream ? "wrote-headers" : "wrote-informational",
                         G_CALLBACK (on_wrote_head), pending, pending_upgrade_free, 0);
}

void
belfry_http_front_ask (BelfryHttpFront *self, SoupServerMessage *message)
{
  BelfryHttpGuest *guest = find_guest (self, message);
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  g_return_if_fail (guest != NULL);

  g_autofree char *peer =
      belfry_proxies_resolve (self->settings.proxies, guest->peer,
                              soup_message_headers_get_list (headers, "X-Forwarded-For"));
  g_autoptr (BelfryHttpRequest) request = belfry_exchange_make_request (message, peer);

  self->owner->asked (belfry_exchange_new (&self->questions, self->wheel,
                                           BELFRY_HTTP_FRONT_PATIENCE, message, request),
                      self->user_data);
}

static const BelfryEndpoint *
find_endpoint (const BelfryHttpFront *self, const char *path)
{
  for (gsize i = 0; i < self->settings.n_endpoints; i++)
    {
      if (g_str_equal (self->settings.endpoints[i].path, path))
        return &self->settings.endpoints[i];
    }
  return NULL;
}

/* A path that ends with a slash stands for all below it. */
static gboolean
covers (const char *resource, const char *path, gsize length)
{
  gsize own = strlen (resource);

  if (length != own && (length < own || resource[own - 1] != '/'))
    return FALSE;
  return memcmp (resource, path, own) == 0;
}

static const BelfryHttpResource *
find_resource (const BelfryHttpFront *self, const char *path, gsize length)
{
  for (gsize i = 0; i < self->settings.n_resources; i++)
    {
      const BelfryHttpResource *resource = &self->settings.resources[i];

      if (covers (resource->path, path, length))
        return resource;
    }
  return NULL;
}

static guint64
get_max_body (const char *path, gsize length, gconstpointer data)
{
  const BelfryHttpResource *resource = find_resource (data, path, length);

  return resource != NULL ? resource->max_body : 0;
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  BelfryHttpFront *self = user_data;
  BelfryHttpGuest *guest = find_guest (self, message);
  const BelfryEndpoint *endpoint = find_endpoint (self, path);
  const BelfryHttpResource *resource = find_resource (self, path, strlen (path));

  g_return_if_fail (guest != NULL);

  if (self->draining || self->resting)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                  "close");
  if (endpoint != NULL)
    {
      if (!endpoint->is_stream ||
          belfry_http_routes_admit (message, "GET, OPTIONS", self->settings.origins))
        handle_upgrade (self, guest, message, query, endpoint);
      return;
    }
  if (resource != NULL)
    {
      if (belfry_http_routes_admit (message, resource->methods, self->settings.origins))
        resource->handle (self, message, query, resource->user_data);
      return;
    }
  switch (belfry_http_routes_find (message, path, self->settings.origins))
    {
    case BELFRY_HTTP_ROUTE_HEALTH:
      belfry_http_routes_respond (message, SOUP_STATUS_OK, "alive\n");
      break;
    case BELFRY_HTTP_ROUTE_READY:
      belfry_http_front_ask (self, message);
      break;
    case BELFRY_HTTP_ROUTE_NONE:
    case BELFRY_HTTP_ROUTE_DONE:
    default:
      break;
    }
}

static void
on_request_started (SoupServer *server, SoupServerMessage *message, gpointer user_data)
{
  belfry_http_routes_harden (message);
}

/* The library says nothing of the connection in its answer unless we do. */
static void
on_request_finished (SoupServer *server, SoupServerMessage *message, gpointer user_data)
{
  BelfryHttpFront *self = user_data;
  BelfryHttpGuest *guest = find_guest (self, message);
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);

  if (guest == NULL)
    return;
  guest->keep = soup_server_message_get_http_version (message) == SOUP_HTTP_1_1 &&
                !soup_message_headers_header_contains (request, "Connection", "close") &&
                !soup_message_headers_header_contains (answer, "Connection", "close") &&
                belfry_http_stream_is_between (guest->stream);
}

static void
take_settings (BelfryHttpFront *self, const BelfryHttpFrontSettings *from)
{
  BelfryHttpFrontSettings *to = &self->settings;

  *to = *from;
  to->vestibule.bodies = (BelfryBodyRule){ get_max_body, self };
  belfry_origins_ref (to->origins);
  belfry_proxies_ref (to->proxies);
  if (to->client_ca != NULL)
    g_object_ref (to->client_ca);
}

static void
settings_clear (BelfryHttpFrontSettings *self)
{
  belfry_origins_unref (self->origins);
  belfry_proxies_unref (self->proxies);
  g_clear_object (&self->client_ca);
}

/* With paths as they came: whoever takes a name from one decodes it, once, so that a slash in a
 * name is not taken for one between names. */
static void
start_server (BelfryHttpFront *self)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);

  self->local = g_inet_socket_address_new (loopback, 0);
  self->server = soup_server_new ("raw-paths", TRUE, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  g_signal_connect (self->server, "request-started", G_CALLBACK (on_request_started), self);
  g_signal_connect (self->server, "request-finished", G_CALLBACK (on_request_finished), self);
}

BelfryHttpFront *
belfry_http_front_new (BelfryReactor *reactor,
                       BelfryDeadlineWheel *wheel,
                       BelfryAddresses *addresses,
                       BelfryCertificate *certificate,
                       const BelfryHttpFrontSettings *settings,
                       const BelfryHttpFrontOwner *owner,
                       gpointer user_data)
{
  BelfryHttpFront *self = g_new0 (BelfryHttpFront, 1);

  self->wheel = wheel;
  self->certificate = belfry_certificate_ref (certificate);
  self->owner = owner;
  self->user_data = user_data;
  self->guests = g_hash_table_new (NULL, NULL);
  belfry_log_limit_init (&self->tls_failures, wheel, "TLS cannot be started");
  belfry_log_limit_init (&self->bad_handshakes, wheel, "a TLS handshake failed");
  take_settings (self, settings);
  self->vestibule = belfry_vestibule_new (reactor, wheel, addresses, &self->settings.vestibule,
                                          &belfry_http_front_host, self);
  start_server (self);
  return self;
}

void
belfry_http_front_free (BelfryHttpFront *self)
{
  belfry_http_front_end (self);
  g_autoptr (GList) guests = g_hash_table_get_values (self->guests);
  for (GList *each = guests; each != NULL; each = each->next)
    belfry_http_guest_abandon (each->data);
  g_signal_handlers_disconnect_by_data (self->server, self);
  g_object_unref (self->server);
  belfry_vestibule_free (self->vestibule);
  belfry_log_limit_clear (&self->tls_failures);
  belfry_log_limit_clear (&self->bad_handshakes);
  g_hash_table_unref (self->guests);
  g_object_unref (self->local);
  settings_clear (&self->settings);
  belfry_certificate_unref (self->certificate);
  g_free (self);
}

void
belfry_http_front_end (BelfryHttpFront *self)
{
  self->draining = TRUE;
  belfry_exchange_end_all (&self->questions);
  belfry_vestibule_close (self->vestibule);
  g_autoptr (GList) guests = g_hash_table_get_values (self->guests);
  for (GList *each = guests; each != NULL; each = each->next)
    belfry_http_guest_cancel_handshake (each->data);
  soup_server_disconnect (self->server);
}

gboolean
belfry_http_front_is_ended (const BelfryHttpFront *self)
{
  return g_hash_table_size (self->guests) == 0;
}

BelfryVestibule *
belfry_http_front_get_vestibule (BelfryHttpFront *self)
{
  return self->vestibule;
}

void
belfry_http_front_drain (BelfryHttpFront *self)
{
  self->draining = TRUE;
  belfry_vestibule_drain (self->vestibule);
}

void
belfry_http_front_rest (BelfryHttpFront *self)
{
  self->resting = TRUE;
  belfry_vestibule_clear_idle (self->vestibule);
}

void
belfry_http_front_rouse (BelfryHttpFront *self)
{
  self->resting = self->draining = FALSE;
  belfry_vestibule_reopen (self->vestibule);
}

void
belfry_http_front_set_settings (BelfryHttpFront *self, const BelfryHttpFrontSettings *settings)
{
  BelfryHttpFrontSettings former = self->settings;

  take_settings (self, settings);
  settings_clear (&former);
  belfry_vestibule_set_settings (self->vestibule, &self->settings.vestibule);
}
