/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http-front"

#include "config.h"

#include "belfry-http-front-private.h"

#include <fcntl.h>
#include <unistd.h>

#include "belfry-log.h"

/* The connections inside. A guest lives until its stream is closed, which the library does in every
 * case, or until it is upgraded. A SoupServer that does not listen itself closes after every
 * answer. What it closes then is our stream alone: the connection goes back to the vestibule, or,
 * with TLS, waits here for the next head. */

static void
guest_free (BelfryHttpGuest *guest)
{
  g_hash_table_remove (guest->front->guests, guest->address);
  belfry_http_guest_stop_waiting (guest);
  g_clear_object (&guest->cancellable);
  g_clear_object (&guest->tls);
  g_clear_object (&guest->socket);
  g_clear_object (&guest->peer);
  g_object_unref (guest->address);
  g_free (guest);
}

void
belfry_http_guest_leave (BelfryHttpGuest *guest, BelfryAddressUnit *unit)
{
  BelfryVisitor *visitor = guest->visitor;

  guest_free (guest);
  belfry_visitor_leave (visitor, unit);
}

static void
on_begun (gpointer user_data)
{
  BelfryHttpGuest *guest = user_data;

  belfry_visitor_set_begun (guest->visitor);
}

static void
hand_to_library (BelfryHttpGuest *guest)
{
  BelfryHttpFront *self = guest->front;
  g_autoptr (BelfryHttpStream) stream = g_steal_pointer (&guest->held);
  g_autoptr (GSocketAddress) address = g_object_ref (guest->address);
  g_autoptr (GError) error = NULL;

  /* The guest may be gone when this returns: a request that is there is answered within. */
  if (!soup_server_accept_iostream (self->server, G_IO_STREAM (stream), self->local, address,
                                    &error))
    belfry_log_debug ("a connection was not taken: %s", error->message);
}

static void on_closed (gpointer user_data);

static const BelfryHttpStreamEvents stream_events = { on_begun, on_closed };

void
belfry_http_guest_make_stream (BelfryHttpGuest *guest, GIOStream *base, GByteArray *unread)
{
  guest->keep = FALSE;
  guest->stream = guest->held =
      belfry_http_stream_new (base, unread, belfry_visitor_get_body_rule (guest->visitor),
                              &stream_events, guest);
}

static void
return_to_vestibule (BelfryHttpGuest *guest, GByteArray *unread)
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
stay_behind_tls (BelfryHttpGuest *guest, GByteArray *unread)
{
  BelfryVisitor *visitor = guest->visitor;
  gboolean begun = unread != NULL;

  belfry_http_guest_make_stream (guest, guest->tls, unread);
  belfry_http_guest_wait_for_head (guest);
  belfry_visitor_set_idle (visitor, begun);
}

static void
on_closed (gpointer user_data)
{
  BelfryHttpGuest *guest = user_data;

  if (!guest->keep || guest->front->draining || guest->front->resting)
    {
      belfry_http_guest_say_farewell (guest);
      belfry_http_guest_leave (guest, NULL);
      return;
    }
  GByteArray *unread = belfry_http_stream_take_unread (guest->stream);

  if (unread != NULL && unread->len == 0)
    g_clear_pointer (&unread, g_byte_array_unref);
  if (guest->tls != NULL)
    stay_behind_tls (guest, unread);
  else
    return_to_vestibule (guest, unread);
}

/* Each has an address object of its own; those of unix sockets never look into it. */
static BelfryHttpGuest *
guest_new (BelfryHttpFront *self, BelfryVisitor *visitor, GSocket *socket)
{
  BelfryHttpGuest *guest = g_new0 (BelfryHttpGuest, 1);
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

/* Returns: (transfer full) (nullable): the visitor's connection; if there is none, it has left */
static GSocketConnection *
receive (BelfryHttpFront *self, BelfryVisitor *visitor)
{
  g_autoptr (GError) error = NULL;
  int fd = belfry_visitor_take_fd (visitor);
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);

  if (socket == NULL)
    {
      belfry_log_debug ("a connection was lost: %s", error->message);
      close (fd);
      belfry_visitor_leave (visitor, NULL);
      return NULL;
    }
  g_socket_set_blocking (socket, FALSE);
  guest_new (self, visitor, socket);
  return g_socket_connection_factory_create_connection (socket);
}

static void
on_handshake_due (BelfryVisitor *visitor, gpointer user_data)
{
  g_autoptr (GSocketConnection) connection = receive (user_data, visitor);

  if (connection == NULL)
    return;
  BelfryHttpGuest *guest = belfry_visitor_get_guest (visitor);
  if (!belfry_http_guest_start_tls (guest, G_IO_STREAM (connection)))
    belfry_http_guest_leave (guest, NULL);
}

/* Who is behind TLS is here already, and has asked. */
static void
on_enter (BelfryVisitor *visitor, gpointer user_data)
{
  g_autoptr (GSocketConnection) connection = NULL;

  if (!belfry_visitor_is_tls (visitor))
    {
      connection = receive (user_data, visitor);
      if (connection == NULL)
        return;
      belfry_http_guest_make_stream (belfry_visitor_get_guest (visitor), G_IO_STREAM (connection),
                                     belfry_visitor_take_unread (visitor));
    }
  hand_to_library (belfry_visitor_get_guest (visitor));
}

static gboolean
on_is_waited_for (BelfryVisitor *visitor, gpointer user_data)
{
  const BelfryHttpGuest *guest = belfry_visitor_get_guest (visitor);

  return guest->tls != NULL && belfry_http_stream_is_partial (guest->stream);
}

/* A socket that is shut down ends whatever goes on there: the library finds the end of the stream,
 * or cannot write, and closes. What the library does not have is closed here. */
static void
on_expired (BelfryVisitor *visitor, gpointer user_data)
{
  BelfryHttpGuest *guest = belfry_visitor_get_guest (visitor);

  if (guest->stream != NULL && belfry_http_stream_is_partial (guest->stream))
    belfry_http_stream_refuse (guest->stream, 408);
  belfry_http_guest_say_farewell (guest);
  g_socket_shutdown (guest->socket, TRUE, TRUE, NULL);
  if (guest->cancellable != NULL)
    g_cancellable_cancel (guest->cancellable);
  else if (guest->held != NULL)
    belfry_http_guest_end (guest);
}

const BelfryVestibuleHost belfry_http_front_host = { on_handshake_due, on_enter, on_expired,
                                                     on_is_waited_for };

void
belfry_http_guest_end (BelfryHttpGuest *guest)
{
  g_autoptr (BelfryHttpStream) stream = g_steal_pointer (&guest->held);

  belfry_http_guest_stop_waiting (guest);
  g_io_stream_close (G_IO_STREAM (stream), NULL, NULL);
}
