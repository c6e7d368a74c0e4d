/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test"

#include "config.h"

#include "belfry-test-backend.h"

#include <string.h>

/* In the test's own main context. It accepts connections itself: libsoup's listener keeps a little
 * of each one. */

struct _BelfryTestBackend
{
  SoupServer *server;           /* (owned) */
  GSocketService *service;      /* (owned) */
  GTlsCertificate *certificate; /* (owned) (nullable): set if it speaks TLS */
  guint16 port;
  BelfryTestBackendMode mode;
  guint status;
  char *type;                  /* (owned) (nullable) */
  char *content;               /* (owned) */
  char *cache_control;         /* (owned) (nullable) */
  GPtrArray *held;             /* (element-type SoupServerMessage) (owned) */
  GPtrArray *stalled;          /* (element-type GIOStream) (owned) */
  char *body;                  /* (owned) (nullable): of the latest request */
  SoupMessageHeaders *headers; /* (owned) (nullable): likewise */
  guint n_requests;
};

/* For these tests alone: a key that everybody knows, and a certificate for 127.0.0.1 that nobody
 * trusts who was not told to. */
static const char certificate_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBlTCCATqgAwIBAgIULWI/CXD0WNQD/X6tm/qBsIWXAZswCgYIKoZIzj0EAwIw\n"
    "FjEUMBIGA1UEAwwLYmVsZnJ5LXRlc3QwIBcNMjYxMTIxMDU0ODM0WhgPMjEyNjEw\n"
    "MjgwNTQ4MzRaMBYxFDASBgNVBAMMC2JlbGZyeS10ZXN0MFkwEwYHKoZIzj0CAQYI\n"
    "KoZIzj0DAQcDQgAEuFSy3DMriw1AfFLUBeYHu3DZdr9deORo9Km5zE3u9H91gPtr\n"
    "CKlTmEPVDtQ4gQDfcIljtKHW5LS+EOOGsKh7iqNkMGIwHQYDVR0OBBYEFLlz+zeS\n"
    "oTvPrdsFRIqFuUZCWnEVMB8GA1UdIwQYMBaAFLlz+zeSoTvPrdsFRIqFuUZCWnEV\n"
    "MA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNJ\n"
    "ADBGAiEA75KGxUNgxd67hxpoTAuBb6Uw6EjvYyCG/ULl7//wgHACIQCS9C4Hjheq\n"
    "3olIWrF6VSh1qu1neXTJKavB4KkYbCr8gg==\n"
    "-----END CERTIFICATE-----\n";
static const char key_pem[] = "-----BEGIN EC PRIVATE KEY-----\n"
                              "MHcCAQEEIPS64HdBj1SqoHk4l+99cTXmTos0MW/ttV+0aaYENUV4oAoGCCqGSM49\n"
                              "AwEHoUQDQgAEuFSy3DMriw1AfFLUBeYHu3DZdr9deORo9Km5zE3u9H91gPtrCKlT\n"
                              "mEPVDtQ4gQDfcIljtKHW5LS+EOOGsKh7ig==\n"
                              "-----END EC PRIVATE KEY-----\n";

/* More than anybody should read. */
#define FLOOD_SIZE (8 * 1024 * 1024)

static void
answer (BelfryTestBackend *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_server_message_set_status (message, self->status, NULL);
  if (self->cache_control != NULL)
    soup_message_headers_replace (headers, "Cache-Control", self->cache_control);
  if (self->type != NULL)
    soup_server_message_set_response (message, self->type, SOUP_MEMORY_COPY, self->content,
                                      strlen (self->content));
}

static void
break_down (SoupServerMessage *message)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);
  const char *half = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
                     "\r\n{\"subject\":\"ann\"}";

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), half, strlen (half), NULL,
                             NULL, NULL);
  g_io_stream_close (stream, NULL, NULL);
}

/* Only the beginning of the answer that was set, on a connection that stays open. */
static void
stall (BelfryTestBackend *self, SoupServerMessage *message)
{
  GIOStream *stream = soup_server_message_steal_connection (message);
  g_autofree char *half =
      g_strdup_printf ("HTTP/1.1 %u Half\r\nContent-Type: %s\r\nContent-Length: 100\r\n\r\n%s",
                       self->status, self->type, self->content);

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), half, strlen (half), NULL,
                             NULL, NULL);
  g_ptr_array_add (self->stalled, stream);
}

static void
flood (SoupServerMessage *message)
{
  g_autofree char *content = g_strnfill (FLOOD_SIZE, ' ');

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, content,
                                    FLOOD_SIZE);
}

static void
take_request (BelfryTestBackend *self, SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);

  g_free (self->body);
  self->body = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_clear_pointer (&self->headers, soup_message_headers_unref);
  self->headers = soup_message_headers_ref (soup_server_message_get_request_headers (message));
  self->n_requests++;
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  BelfryTestBackend *self = data;

  take_request (self, message);
  switch (self->mode)
    {
    case BELFRY_TEST_BACKEND_HOLDS:
      soup_server_message_pause (message);
      g_ptr_array_add (self->held, g_object_ref (message));
      break;
    case BELFRY_TEST_BACKEND_BREAKS:
      break_down (message);
      break;
    case BELFRY_TEST_BACKEND_STALLS:
      stall (self, message);
      break;
    case BELFRY_TEST_BACKEND_REDIRECTS:
      soup_server_message_set_redirect (message, SOUP_STATUS_TEMPORARY_REDIRECT, "/other");
      break;
    case BELFRY_TEST_BACKEND_FLOODS:
      flood (message);
      break;
    case BELFRY_TEST_BACKEND_ANSWERS:
    default:
      answer (self, message);
    }
}

static gboolean
on_connection (GSocketService *service,
               GSocketConnection *connection,
               GObject *source,
               gpointer data)
{
  BelfryTestBackend *self = data;
  g_autoptr (GIOStream) stream = g_object_ref (G_IO_STREAM (connection));
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);

  if (self->certificate != NULL)
    {
      g_object_unref (stream);
      stream = g_tls_server_connection_new (G_IO_STREAM (connection), self->certificate, NULL);
    }
  soup_server_accept_iostream (self->server, stream, local, remote, NULL);
  return TRUE;
}

BelfryTestBackend *
belfry_test_backend_new (void)
{
  BelfryTestBackend *self = g_new0 (BelfryTestBackend, 1);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  self->service = g_socket_service_new ();
  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_connection), self);
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  self->stalled = g_ptr_array_new_with_free_func (g_object_unref);
  belfry_test_backend_set_answer (self, SOUP_STATUS_NO_CONTENT, NULL, "", NULL);
  return self;
}

void
belfry_test_backend_free (BelfryTestBackend *self)
{
  belfry_test_backend_stop (self);
  g_object_unref (self->service);
  g_ptr_array_unref (self->held);
  g_ptr_array_unref (self->stalled);
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_clear_object (&self->certificate);
  g_free (self->type);
  g_free (self->content);
  g_free (self->cache_control);
  g_free (self->body);
  g_clear_pointer (&self->headers, soup_message_headers_unref);
  g_free (self);
}

void
belfry_test_backend_set_answer (BelfryTestBackend *self,
                                guint status,
                                const char *type,
                                const char *content,
                                const char *cache_control)
{
  self->mode = BELFRY_TEST_BACKEND_ANSWERS;
  self->status = status;
  g_free (self->type);
  self->type = g_strdup (type);
  g_free (self->content);
  self->content = g_strdup (content);
  g_free (self->cache_control);
  self->cache_control = g_strdup (cache_control);
}

void
belfry_test_backend_set_mode (BelfryTestBackend *self, BelfryTestBackendMode mode)
{
  self->mode = mode;
}

void
belfry_test_backend_go_on (BelfryTestBackend *self)
{
  g_autoptr (GPtrArray) held = g_steal_pointer (&self->held);

  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < held->len; i++)
    {
      answer (self, held->pdata[i]);
      soup_server_message_unpause (held->pdata[i]);
    }
}

guint
belfry_test_backend_n_held (BelfryTestBackend *self)
{
  return self->held->len;
}

void
belfry_test_backend_stop (BelfryTestBackend *self)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
}

void
belfry_test_backend_start_tls (BelfryTestBackend *self)
{
  g_autofree char *both = g_strconcat (certificate_pem, key_pem, NULL);
  g_autoptr (GError) error = NULL;

  self->certificate = g_tls_certificate_new_from_pem (both, -1, &error);
  g_assert_no_error (error);
}

const char *
belfry_test_backend_get_certificate (void)
{
  return certificate_pem;
}

char *
belfry_test_backend_get_url (BelfryTestBackend *self)
{
  return g_strdup_printf ("%s://127.0.0.1:%u/ask", self->certificate != NULL ? "https" : "http",
                          self->port);
}

guint
belfry_test_backend_n_requests (BelfryTestBackend *self)
{
  return self->n_requests;
}

const char *
belfry_test_backend_get_body (BelfryTestBackend *self)
{
  return self->body;
}

SoupMessageHeaders *
belfry_test_backend_get_headers (BelfryTestBackend *self)
{
  return self->headers;
}
