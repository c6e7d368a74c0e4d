/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http-front"

#include "config.h"

#include "belfry-http-front-private.h"

#include "belfry-farewell.h"
#include "belfry-log.h"

/* Guests behind TLS, until the library has a request of theirs and between requests. A handshake
 * is GIO's, in a thread of its own; it comes back on the front's thread in any case, be it that it
 * was cancelled. Afterwards nobody has a place inside before the whole head of a request is here.
 */

void
belfry_http_guest_stop_waiting (BelfryHttpGuest *guest)
{
  if (guest->source == NULL)
    return;
  g_source_destroy (guest->source);
  g_clear_pointer (&guest->source, g_source_unref);
}

static gboolean
on_readable (GObject *pollable, gpointer user_data)
{
  BelfryHttpGuest *guest = user_data;
  BelfryHttpStream *stream = guest->stream;

  if (!belfry_http_stream_prepare (stream))
    return G_SOURCE_CONTINUE;
  belfry_http_guest_stop_waiting (guest);
  if (belfry_http_stream_is_over (stream))
    belfry_http_guest_end (guest);
  else if (!belfry_visitor_ask (guest->visitor, belfry_http_stream_get_body_length (stream)))
    {
      belfry_http_stream_refuse (stream, 503);
      belfry_http_guest_end (guest);
    }
  return G_SOURCE_REMOVE;
}

void
belfry_http_guest_wait_for_head (BelfryHttpGuest *guest)
{
  GPollableInputStream *input =
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (G_IO_STREAM (guest->stream)));

  guest->source = g_pollable_input_stream_create_source (input, NULL);
  g_source_set_static_name (guest->source, "belfry-http-front-head");
  g_source_set_callback (guest->source, G_SOURCE_FUNC (on_readable), guest, NULL);
  g_source_attach (guest->source, g_main_context_get_thread_default ());
}

static void
free_abandoned (BelfryHttpGuest *guest)
{
  g_object_unref (guest->cancellable);
  g_free (guest);
}

/* What we cancelled ourselves was no failure. */
static void
log_failure (BelfryHttpGuest *guest, const GError *error)
{
  g_autofree char *peer = guest->peer != NULL ? g_inet_address_to_string (guest->peer) : NULL;
  const BelfryLogContext context = { .message_id = BELFRY_MESSAGE_TLS_HANDSHAKE_FAILED,
                                     .fields = { { "PEER", peer } } };

  if (guest->front == NULL || g_cancellable_is_cancelled (guest->cancellable))
    belfry_log_debug ("a TLS handshake was given up: %s", error->message);
  else
    belfry_log_limited (&guest->front->bad_handshakes, BELFRY_LOG_INFO, &context,
                        "a TLS handshake failed, from %s: %s", peer != NULL ? peer : "unix",
                        error->message);
}

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTlsConnection *tls = G_TLS_CONNECTION (source);
  g_autoptr (GError) error = NULL;
  BelfryHttpGuest *guest = user_data;

  if (!g_tls_connection_handshake_finish (tls, result, &error))
    log_failure (guest, error);
  if (guest->front == NULL)
    {
      free_abandoned (guest);
      return;
    }
  g_autoptr (GCancellable) cancellable = g_steal_pointer (&guest->cancellable);
  if (error != NULL || g_cancellable_is_cancelled (cancellable))
    {
      belfry_http_guest_leave (guest, NULL);
      return;
    }
  guest->tls = g_object_ref (G_IO_STREAM (tls));
  belfry_http_guest_make_stream (guest, guest->tls, NULL);
  belfry_http_guest_wait_for_head (guest);
  belfry_visitor_set_idle (guest->visitor, TRUE);
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

gboolean
belfry_http_guest_start_tls (BelfryHttpGuest *guest, GIOStream *base)
{
  BelfryHttpFront *self = guest->front;
  g_autoptr (GTlsCertificate) certificate = belfry_certificate_get (self->certificate);
  g_autoptr (GError) error = NULL;

  if (certificate == NULL)
    return FALSE;
  g_autoptr (GIOStream) tls = g_tls_server_connection_new (base, certificate, &error);
  if (tls == NULL)
    {
      const BelfryLogContext context = { .message_id = BELFRY_MESSAGE_TLS_UNAVAILABLE };

      belfry_log_limited (&self->tls_failures, BELFRY_LOG_WARNING, &context,
                          "TLS cannot be started: %s", error->message);
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

void
belfry_http_guest_say_farewell (BelfryHttpGuest *guest)
{
  if (guest->tls != NULL)
    belfry_farewell_send (G_TLS_CONNECTION (guest->tls), g_socket_get_fd (guest->socket));
}

void
belfry_http_guest_cancel_handshake (BelfryHttpGuest *guest)
{
  if (guest->cancellable == NULL)
    return;
  g_socket_shutdown (guest->socket, TRUE, TRUE, NULL);
  g_cancellable_cancel (guest->cancellable);
}

/* A handshake that is under way comes back to on_handshake(), which frees what is left. */
void
belfry_http_guest_abandon (BelfryHttpGuest *guest)
{
  if (guest->cancellable == NULL)
    return;
  g_hash_table_remove (guest->front->guests, guest->address);
  belfry_visitor_leave (guest->visitor, NULL);
  g_clear_object (&guest->socket);
  g_clear_object (&guest->peer);
  g_clear_object (&guest->address);
  guest->front = NULL;
}
