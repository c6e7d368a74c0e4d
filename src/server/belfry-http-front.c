/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http-front"

#include "config.h"

#include "belfry-http-front.h"

#include <fcntl.h>
#include <unistd.h>

#include "belfry-http-routes.h"
#include "belfry-http-stream.h"
#include "belfry-log.h"
#include "belfry-refusal.h"

/* The SoupServer of a worker, and for each connection inside it a guest. A message is traced back
 * to its guest by the address object that the connection was accepted with. A guest lives until its
 * stream is closed, which the library does in every case, or until it is upgraded. A SoupServer
 * that does not listen itself closes after every answer. What it closes then is our stream alone:
 * the connection goes back to the vestibule, or, with TLS, waits here for the next head. */

struct _BelfryHttpFront
{
  SoupServer *server;             /* (owned) */
  BelfryVestibule *vestibule;     /* (owned) */
  BelfryDeadlineWheel *wheel;     /* (unowned) */
  BelfryCertificate *certificate; /* (owned) */
  BelfryHttpFrontSettings settings;
  const BelfryHttpFrontOwner *owner; /* (unowned) */
  gpointer user_data;                /* (unowned) */
  GHashTable *guests;    /* (element-type GSocketAddress Guest) (owned): the keys are the
                            guests', and these free themselves */
  GSocketAddress *local; /* (owned): what the library may think that it listens on */
  GQueue questions;      /* of readiness, without an answer */
  gboolean draining;
};

typedef struct
{
  BelfryHttpFront *front;  /* (unowned) */
  BelfryVisitor *visitor;  /* (unowned) */
  GSocketAddress *address; /* (owned) */
  GInetAddress *peer;      /* (owned) (nullable): unless it is a unix socket's */
  GSocket *socket;         /* (owned) */
  BelfryHttpStream
      *stream;     /* (unowned) (nullable): the library's; (owned) while there is a source */
  GSource *source; /* (owned) (nullable): waits for a head behind TLS */
  GCancellable *cancellable; /* (owned) (nullable): of a TLS handshake */
  gboolean keep;             /* the request was answered, and another one may come */
} Guest;

/* Held twice: by the front until it is answered, and by whoever was asked. Who drops it may be on
 * another thread; all else is the front's thread's. */
struct _BelfryReadiness
{
  gatomicrefcount refs;
  BelfryHttpFront *front;     /* (unowned) (nullable): gone, or no longer waiting */
  SoupServerMessage *message; /* (owned) (nullable) */
  BelfryDeadline deadline;
  GList link; /* in the front's questions */
};

/* What an upgrade needs from its handler to the moment when the answer has been written. */
typedef struct
{
  Guest *guest; /* (unowned) */
  BelfryUpgrade upgrade;
} PendingUpgrade;

static void
drop_source (Guest *guest)
{
  if (guest->source == NULL)
    return;
  g_source_destroy (guest->source);
  g_clear_pointer (&guest->source, g_source_unref);
}

static void
guest_free (Guest *guest)
{
  g_hash_table_remove (guest->front->guests, guest->address);
  drop_source (guest);
  g_clear_object (&guest->cancellable);
  g_clear_object (&guest->socket);
  g_clear_object (&guest->peer);
  g_object_unref (guest->address);
  g_free (guest);
}

static void
guest_leave (Guest *guest, BelfryAddressUnit *unit)
{
  BelfryVisitor *visitor = guest->visitor;

  guest_free (guest);
  belfry_visitor_leave (visitor, unit);
}

static void
on_begun (gpointer user_data)
{
  Guest *guest = user_data;

  belfry_visitor_set_busy (guest->visitor);
}

static void
hand_to_library (Guest *guest, BelfryHttpStream *stream)
{
  BelfryHttpFront *self = guest->front;
  g_autoptr (GSocketAddress) address = g_object_ref (guest->address);
  g_autoptr (GError) error = NULL;

  /* The guest may be gone when this returns: a request that is there is answered within. */
  if (!soup_server_accept_iostream (self->server, G_IO_STREAM (stream), self->local, address,
                                    &error))
    belfry_log_debug ("a connection was not taken: %s", error->message);
}

/* The library never sees a connection without a request: behind TLS, too, its head comes first. */
static gboolean
on_tls_readable (GObject *pollable, gpointer user_data)
{
  Guest *guest = user_data;
  g_autoptr (BelfryHttpStream) stream = NULL;

  if (!belfry_http_stream_prepare (guest->stream))
    return G_SOURCE_CONTINUE;
  stream = guest->stream;
  drop_source (guest);
  hand_to_library (guest, stream);
  return G_SOURCE_REMOVE;
}

static void
wait_for_head (Guest *guest)
{
  GPollableInputStream *input =
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (G_IO_STREAM (guest->stream)));

  guest->source = g_pollable_input_stream_create_source (input, NULL);
  g_source_set_static_name (guest->source, "belfry-http-front-head");
  g_source_set_callback (guest->source, G_SOURCE_FUNC (on_tls_readable), guest, NULL);
  g_source_attach (guest->source, g_main_context_get_thread_default ());
}

static void on_closed (gpointer user_data);

static const BelfryHttpStreamEvents stream_events = { on_begun, on_closed };

static void
make_stream (Guest *guest, GIOStream *base, GByteArray *unread)
{
  guest->keep = FALSE;
  guest->stream =
      belfry_http_stream_new (base, unread, belfry_visitor_get_max_body (guest->visitor),
                              &stream_events, guest);
}

static void
return_to_vestibule (Guest *guest, GByteArray *unread)
{
  BelfryVisitor *visitor = guest->visitor;
  int fd = fcntl (g_socket_get_fd (guest->socket), F_DUPFD_CLOEXEC, 0);

  guest_free (guest);
  if (fd >= 0)
    belfry_visitor_return (visitor, fd, unread);
  else
    {
      g_clear_pointer (&unread, g_byte_array_unref);
      belfry_visitor_leave (visitor, NULL);
    }
}

/* What came already is read by the source, which is ready then. */
static void
stay_behind_tls (Guest *guest, GIOStream *base, GByteArray *unread)
{
  gboolean begun = unread != NULL;

  make_stream (guest, base, unread);
  wait_for_head (guest);
  if (begun)
    belfry_visitor_set_busy (guest->visitor);
  else
    belfry_visitor_set_idle (guest->visitor);
}

static void
on_closed (gpointer user_data)
{
  Guest *guest = user_data;

  if (!guest->keep || guest->front->draining)
    {
      guest_leave (guest, NULL);
      return;
    }
  g_autoptr (GIOStream) base = NULL;
  GByteArray *unread = belfry_http_stream_take_unread (guest->stream);

  if (unread != NULL && unread->len == 0)
    g_clear_pointer (&unread, g_byte_array_unref);
  if (!belfry_visitor_is_tls (guest->visitor))
    {
      return_to_vestibule (guest, unread);
      return;
    }
  g_object_get (guest->stream, "base-iostream", &base, NULL);
  stay_behind_tls (guest, base, unread);
}

/* The guest is gone if the handshake was cancelled: only the error tells. */
static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTlsConnection *tls = G_TLS_CONNECTION (source);
  g_autoptr (GError) error = NULL;
  Guest *guest = user_data;
  g_autoptr (GCancellable) cancellable = g_object_ref (guest->cancellable);

  if (!g_tls_connection_handshake_finish (tls, result, &error))
    belfry_log_debug ("a TLS handshake failed: %s", error->message);
  if (guest->front == NULL)
    {
      g_object_unref (guest->cancellable);
      g_free (guest);
      return;
    }
  g_clear_object (&guest->cancellable);
  if (error != NULL || g_cancellable_is_cancelled (cancellable))
    {
      guest_leave (guest, NULL);
      return;
    }
  belfry_visitor_set_busy (guest->visitor);
  make_stream (guest, G_IO_STREAM (tls), NULL);
  wait_for_head (guest);
}

/* A server is asked about every certificate of a client's, the good ones included. */
static gboolean
on_accept_certificate (GTlsConnection *tls,
                       GTlsCertificate *certificate,
                       GTlsCertificateFlags errors,
                       gpointer user_data)
{
  return errors == 0;
}

static gboolean
start_tls (Guest *guest, GIOStream *base)
{
  BelfryHttpFront *self = guest->front;
  g_autoptr (GTlsCertificate) certificate = belfry_certificate_get (self->certificate);
  g_autoptr (GError) error = NULL;

  if (certificate == NULL)
    return FALSE;
  g_autoptr (GIOStream) tls = g_tls_server_connection_new (base, certificate, &error);
  if (tls == NULL)
    {
      belfry_log_warning ("TLS cannot be started: %s", error->message);
      return FALSE;
    }
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (tls), FALSE);
  if (self->settings.client_ca != NULL)
    {
      g_tls_connection_set_database (G_TLS_CONNECTION (tls), self->settings.client_ca);
      g_object_set (tls, "authentication-mode", G_TLS_AUTHENTICATION_REQUESTED, NULL);
      g_signal_connect (tls, "accept-certificate", G_CALLBACK (on_accept_certificate), NULL);
    }
  guest->cancellable = g_cancellable_new ();
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), G_PRIORITY_DEFAULT, guest->cancellable,
                                    on_handshake, guest);
  return TRUE;
}

static void
start_plain (Guest *guest, GIOStream *base)
{
  make_stream (guest, base, belfry_visitor_take_unread (guest->visitor));
  g_autoptr (BelfryHttpStream) stream = guest->stream;
  hand_to_library (guest, stream);
}

/* Each has an address object of its own; those of unix sockets never look into it. */
static Guest *
guest_new (BelfryHttpFront *self, BelfryVisitor *visitor, GSocket *socket)
{
  Guest *guest = g_new0 (Guest, 1);
  g_autoptr (GInetSocketAddress) address = belfry_visitor_make_address (visitor);

  guest->front = self;
  guest->visitor = visitor;
  guest->socket = g_object_ref (socket);
  if (address != NULL)
    {
      guest->peer = g_object_ref (g_inet_socket_address_get_address (address));
      guest->address = G_SOCKET_ADDRESS (g_steal_pointer (&address));
    }
  else
    {
      g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);

      guest->address = g_inet_socket_address_new (loopback, 0);
    }
  belfry_visitor_set_guest (visitor, guest);
  g_hash_table_insert (self->guests, guest->address, guest);
  return guest;
}

static void
on_enter (BelfryVisitor *visitor, gpointer user_data)
{
  BelfryHttpFront *self = user_data;
  g_autoptr (GError) error = NULL;
  int fd = belfry_visitor_take_fd (visitor);
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);

  if (socket == NULL)
    {
      belfry_log_debug ("a connection was lost: %s", error->message);
      close (fd);
      belfry_visitor_leave (visitor, NULL);
      return;
    }
  g_socket_set_blocking (socket, FALSE);

  Guest *guest = guest_new (self, visitor, socket);
  g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);

  if (!belfry_visitor_is_tls (visitor))
    start_plain (guest, G_IO_STREAM (connection));
  else if (!start_tls (guest, G_IO_STREAM (connection)))
    guest_leave (guest, NULL);
}

/* Waits for a head in vain, behind TLS: the library does not have it yet. */
static void
end_wait (Guest *guest)
{
  g_autoptr (BelfryHttpStream) stream = guest->stream;

  drop_source (guest);
  g_io_stream_close (G_IO_STREAM (stream), NULL, NULL);
}

/* A socket that is shut down ends whatever goes on there: the library finds the end of the stream,
 * or cannot write, and closes. */
static void
on_expired (BelfryVisitor *visitor, gpointer user_data)
{
  Guest *guest = belfry_visitor_get_guest (visitor);

  if (guest->stream != NULL && belfry_http_stream_is_partial (guest->stream))
    belfry_http_stream_refuse (guest->stream, 408);
  g_socket_shutdown (guest->socket, TRUE, TRUE, NULL);
  if (guest->cancellable != NULL)
    g_cancellable_cancel (guest->cancellable);
  else if (guest->source != NULL)
    end_wait (guest);
}

static const BelfryVestibuleHost vestibule_host = { on_enter, on_expired };

static Guest *
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

/* The 101 has been written: the one moment at which the library lets go of a connection. */
static void
on_wrote_informational (SoupServerMessage *message, gpointer user_data)
{
  PendingUpgrade *pending = user_data;
  Guest *guest = pending->guest;
  BelfryHttpFront *self = guest->front;
  g_autoptr (SoupServerMessage) kept G_GNUC_UNUSED = g_object_ref (message);

  if (soup_server_message_get_status (message) != SOUP_STATUS_SWITCHING_PROTOCOLS)
    return;
  belfry_http_stream_detach (guest->stream);

  /* Whoever left first needs the guest no more. */
  GIOStream *stream = soup_server_message_steal_connection (message);
  guest_leave (guest, &pending->upgrade.unit);
  self->owner->upgraded (stream, &pending->upgrade, self->user_data);
}

static void
handle_upgrade (BelfryHttpFront *self,
                Guest *guest,
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
  if (!belfry_upgrade_prepare (message, query, endpoint, self->settings.origins, fd,
                               &pending->upgrade))
    {
      pending_upgrade_free (pending, NULL);
      return;
    }
  pending->upgrade.peer =
      belfry_proxies_resolve (self->settings.proxies, guest->peer,
                              soup_message_headers_get_list (headers, "X-Forwarded-For"));
  g_signal_connect_data (message, "wrote-informational", G_CALLBACK (on_wrote_informational),
                         pending, pending_upgrade_free, 0);
}

void
belfry_readiness_drop (BelfryReadiness *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    g_free (self);
}

static void
readiness_finish (BelfryReadiness *self, gboolean ready, const char *state)
{
  g_autofree char *text = g_strconcat (state, "\n", NULL);
  g_autoptr (SoupServerMessage) message = g_steal_pointer (&self->message);

  belfry_deadline_cancel (&self->deadline);
  g_queue_unlink (&self->front->questions, &self->link);
  self->front = NULL;
  belfry_http_routes_respond (message, ready ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                              text);
  soup_server_message_unpause (message);
  belfry_readiness_drop (self);
}

/* The main thread is late: that is an answer, too. */
static void
on_readiness_late (BelfryDeadline *deadline, gpointer user_data)
{
  readiness_finish (user_data, FALSE, "the main thread does not answer");
}

static void
ask_readiness (BelfryHttpFront *self, SoupServerMessage *message)
{
  BelfryReadiness *readiness = g_new0 (BelfryReadiness, 1);

  g_atomic_ref_count_init (&readiness->refs);
  g_atomic_ref_count_inc (&readiness->refs);
  readiness->front = self;
  readiness->message = g_object_ref (message);
  readiness->link.data = readiness;
  g_queue_push_tail_link (&self->questions, &readiness->link);
  belfry_deadline_init (&readiness->deadline, on_readiness_late, readiness);
  belfry_deadline_wheel_set_after (self->wheel, &readiness->deadline, BELFRY_HTTP_FRONT_PATIENCE);
  soup_server_message_pause (message);
  self->owner->readiness (readiness, self->user_data);
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

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  BelfryHttpFront *self = user_data;
  Guest *guest = find_guest (self, message);
  const BelfryEndpoint *endpoint = find_endpoint (self, path);

  g_return_if_fail (guest != NULL);

  if (self->draining || belfry_http_stream_is_chunked (guest->stream))
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                  "close");
  if (endpoint != NULL)
    {
      handle_upgrade (self, guest, message, query, endpoint);
      return;
    }
  switch (belfry_http_routes_find (message, path, self->settings.origins))
    {
    case BELFRY_HTTP_ROUTE_HEALTH:
      belfry_http_routes_respond (message, SOUP_STATUS_OK, "alive\n");
      break;
    case BELFRY_HTTP_ROUTE_READY:
      ask_readiness (self, message);
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
  Guest *guest = find_guest (self, message);
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
settings_copy (BelfryHttpFrontSettings *to, const BelfryHttpFrontSettings *from)
{
  *to = *from;
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

static void
start_server (BelfryHttpFront *self)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);

  self->local = g_inet_socket_address_new (loopback, 0);
  self->server = soup_server_new (NULL, NULL);
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
  settings_copy (&self->settings, settings);
  self->vestibule =
      belfry_vestibule_new (reactor, wheel, addresses, &settings->vestibule, &vestibule_host, self);
  start_server (self);
  return self;
}

/* A handshake that is under way comes back to on_handshake(), which frees what is left. */
static void
abandon_handshake (Guest *guest)
{
  GCancellable *cancellable = guest->cancellable;

  g_socket_shutdown (guest->socket, TRUE, TRUE, NULL);
  g_cancellable_cancel (cancellable);
  g_hash_table_remove (guest->front->guests, guest->address);
  belfry_visitor_leave (guest->visitor, NULL);
  g_clear_object (&guest->socket);
  g_clear_object (&guest->peer);
  g_clear_object (&guest->address);
  guest->front = NULL;
}

static void
end_guests (BelfryHttpFront *self)
{
  g_autoptr (GList) guests = g_hash_table_get_values (self->guests);

  for (GList *each = guests; each != NULL; each = each->next)
    {
      Guest *guest = each->data;

      if (guest->cancellable != NULL)
        abandon_handshake (guest);
      else if (guest->source != NULL)
        end_wait (guest);
    }
}

void
belfry_http_front_free (BelfryHttpFront *self)
{
  self->draining = TRUE;
  while (self->questions.length > 0)
    readiness_finish (self->questions.head->data, FALSE, "stopping");
  end_guests (self);
  soup_server_disconnect (self->server);
  g_signal_handlers_disconnect_by_data (self->server, self);
  g_object_unref (self->server);
  belfry_vestibule_free (self->vestibule);
  g_hash_table_unref (self->guests);
  g_object_unref (self->local);
  settings_clear (&self->settings);
  belfry_certificate_unref (self->certificate);
  g_free (self);
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
belfry_http_front_set_settings (BelfryHttpFront *self, const BelfryHttpFrontSettings *settings)
{
  BelfryHttpFrontSettings former = self->settings;

  settings_copy (&self->settings, settings);
  settings_clear (&former);
  belfry_vestibule_set_settings (self->vestibule, &settings->vestibule);
}

void
belfry_readiness_answer (BelfryReadiness *self, gboolean ready, const char *state)
{
  if (self->front != NULL)
    readiness_finish (self, ready, state);
  belfry_readiness_drop (self);
}
