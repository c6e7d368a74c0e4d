/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-transport"

#include "config.h"

#include "belfry-transport.h"

#include <fcntl.h>
#include <libsoup/soup.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-connection.h"
#include "belfry-error.h"
#include "belfry-test-client.h"
#include "belfry-test.h"

/* For these tests alone: a key that everybody knows, and a certificate that nobody trusts. */
static const char test_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                               "MI"
                               "GHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7Rql5ZcWe8kgyVmd\n"
                               "OEmmYS/XaWQhzPS81ZXB+OspEEOhRANCAARWVmhCCqqJOKFCGE3o9z156Ebzrqth\n"
                               "spiOCKFvGCOQCo6LgjPiFzUilGytZMpYdLtP30wVY7xH9nRE2JIqIB1y\n"
                               "-----END PRIVATE KEY-----\n"
                               "-----BEGIN CERTIFICATE-----\n"
                               "MIIBqTCCAU+gAwIBAgIUepDIP4Hyd9c8a3U504IQxpgNpAMwCgYIKoZIzj0EAwIw\n"
                               "KTEnMCUGA1UEAwweYmVsZnJ5IHRlc3QsIHRydXN0ZWQgYnkgbm9ib2R5MCAXDTI2\n"
                               "MTEyMTAyMzg1OFoYDzIxMjYxMDI4MDIzODU4WjApMScwJQYDVQQDDB5iZWxmcnkg\n"
                               "dGVzdCwgdHJ1c3RlZCBieSBub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
                               "AARWVmhCCqqJOKFCGE3o9z156EbzrqthspiOCKFvGCOQCo6LgjPiFzUilGytZMpY\n"
                               "dLtP30wVY7xH9nRE2JIqIB1yo1MwUTAdBgNVHQ4EFgQUKrqCcefQsxE5lJUc3QaJ\n"
                               "LNndzkwwHwYDVR0jBBgwFoAUKrqCcefQsxE5lJUc3QaJLNndzkwwDwYDVR0TAQH/\n"
                               "BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAvKU63JTbPKvxj3JlX33jsMdSc751\n"
                               "8foKpBvjl8rUpuwCIFUEkNGGvPognHJLinhOfPO9H4vbdIFaDBYxH0874XBQ\n"
                               "-----END CERTIFICATE-----\n";

/* Two ends: a transport, and what its peer is: a descriptor, and TLS over it or not. */
typedef struct
{
  BelfryTransport *transport;      /* (owned) (nullable) */
  GIOStream *server;               /* (owned): what the transport was made from */
  GTlsConnection *client;          /* (owned) (nullable) */
  GSocketConnection *client_plain; /* (owned) */
  int peer;                        /* the client's descriptor */
} Pair;

static void
make_pair (int fds[2])
{
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
}

static GSocketConnection *
connection_new (int fd)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);

  g_assert_no_error (error);
  return g_socket_connection_factory_create_connection (socket);
}

static gboolean
on_accept_certificate (GTlsConnection *client,
                       GTlsCertificate *certificate,
                       GTlsCertificateFlags errors,
                       gpointer user_data)
{
  return TRUE;
}

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  guint *done = user_data;

  g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error);
  g_assert_no_error (error);
  ++*done;
}

static GIOStream *
start_tls (Pair *self, GSocketConnection *server_plain)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (test_pem, -1, &error);
  guint done = 0;

  g_assert_no_error (error);
  GIOStream *server = g_tls_server_connection_new (G_IO_STREAM (server_plain), certificate, &error);
  g_assert_no_error (error);
  self->client = G_TLS_CONNECTION (
      g_tls_client_connection_new (G_IO_STREAM (self->client_plain), NULL, &error));
  g_assert_no_error (error);
  g_signal_connect (self->client, "accept-certificate", G_CALLBACK (on_accept_certificate), NULL);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (server), G_PRIORITY_DEFAULT, NULL,
                                    on_handshake, &done);
  g_tls_connection_handshake_async (self->client, G_PRIORITY_DEFAULT, NULL, on_handshake, &done);
  belfry_test_wait_until (done == 2);
  return server;
}

static void
pair_open (Pair *self, gboolean tls)
{
  int fds[2];

  make_pair (fds);
  g_autoptr (GSocketConnection) server_plain = connection_new (fds[0]);
  *self = (Pair){ .client_plain = connection_new (fds[1]), .peer = fds[1] };
  self->server = tls ? start_tls (self, server_plain) : G_IO_STREAM (g_object_ref (server_plain));
}

static void
pair_make_transport (Pair *self)
{
  g_autoptr (GError) error = NULL;

  self->transport = belfry_transport_new_for_stream (self->server, -1, &error);
  g_assert_no_error (error);
}

static void
pair_close (Pair *self)
{
  g_clear_pointer (&self->transport, belfry_transport_free);
  g_clear_object (&self->server);
  shutdown (self->peer, SHUT_RDWR);
  g_clear_object (&self->client);
  g_clear_object (&self->client_plain);
}

static GIOStream *
pair_get_client (Pair *self)
{
  return self->client != NULL ? G_IO_STREAM (self->client) : G_IO_STREAM (self->client_plain);
}

/* Writes all or fails; what is sent in these tests fits into the socket. */
static void
client_send (Pair *self, const void *bytes, gsize length)
{
  GOutputStream *output = g_io_stream_get_output_stream (pair_get_client (self));
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (output, bytes, length, NULL, NULL, &error);
  g_assert_no_error (error);
}

/* Takes what is there for the client now. */
static void
client_receive (Pair *self, GByteArray *into)
{
  GPollableInputStream *input =
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (pair_get_client (self)));
  guint8 buffer[4096];
  gssize n;

  while ((n = g_pollable_input_stream_read_nonblocking (input, buffer, sizeof buffer, NULL, NULL)) >
         0)
    g_byte_array_append (into, buffer, (guint) n);
}

/* Reads until it would block; returns what was read. */
static char *
drain (BelfryTransport *transport, gsize step)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *buffer = g_malloc (step);
  GString *text = g_string_new (NULL);
  gssize n;

  while ((n = belfry_transport_read (transport, buffer, step, &error)) > 0)
    g_string_append_len (text, (const char *) buffer, n);
  if (n < 0)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  return g_string_free (text, FALSE);
}

static void
wait_for_text (BelfryTransport *transport, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_test_wait_until (({
    g_autofree char *part = drain (transport, 3);
    g_string_append (text, part);
    text->len >= strlen (expected);
  }));
  g_assert_cmpstr (text->str, ==, expected);
}

/* A descriptor of our own is read and written, in pieces, and closed with the transport. */
static void
test_plain (void)
{
  const struct iovec vectors[] = { { (void *) "ab", 2 }, { (void *) "cde", 3 } };
  char buffer[16];
  int fds[2];

  make_pair (fds);
  BelfryTransport *transport = belfry_transport_new (fds[0]);
  g_assert_cmpint (belfry_transport_get_fd (transport), ==, fds[0]);
  g_assert_false (belfry_transport_is_tls (transport));
  g_assert_false (belfry_transport_is_buffered (transport));
  g_autofree char *nothing = drain (transport, 8);
  g_assert_cmpstr (nothing, ==, "");
  g_assert_cmpint (belfry_transport_writev (transport, vectors, 2, NULL), ==, 5);
  g_assert_cmpint (read (fds[1], buffer, sizeof buffer), ==, 5);
  g_assert_cmpmem (buffer, 5, "abcde", 5);
  g_assert_cmpint (write (fds[1], "hello", 5), ==, 5);
  g_autofree char *text = drain (transport, 2);
  g_assert_cmpstr (text, ==, "hello");
  belfry_transport_shutdown_write (transport);
  g_assert_cmpint (read (fds[1], buffer, sizeof buffer), ==, 0);
  belfry_transport_free (transport);
  g_assert_cmpint (fcntl (fds[0], F_GETFD), ==, -1);
  close (fds[1]);
}

/* The end of the stream is not an error; a peer that is gone is one when we write, and no signal.
 */
static void
test_plain_end (void)
{
  const struct iovec vector = { (void *) "x", 1 };
  g_autoptr (GError) error = NULL;
  guint8 byte;
  int fds[2];

  make_pair (fds);
  g_autoptr (BelfryTransport) transport = belfry_transport_new (fds[0]);
  close (fds[1]);
  g_assert_cmpint (belfry_transport_read (transport, &byte, 1, &error), ==, 0);
  g_assert_no_error (error);
  g_assert_cmpint (belfry_transport_writev (transport, &vector, 1, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
}

/* A peer that does not read: less is written than there is, then nothing, and never is waited. */
static void
test_plain_full (void)
{
  g_autofree guint8 *bytes = g_malloc0 (1 << 22);
  const struct iovec vector = { bytes, 1 << 22 };
  g_autoptr (GError) error = NULL;
  int fds[2];

  make_pair (fds);
  g_autoptr (BelfryTransport) transport = belfry_transport_new (fds[0]);
  gssize n = belfry_transport_writev (transport, &vector, 1, &error);
  g_assert_cmpint (n, >, 0);
  g_assert_cmpint (n, <, 1 << 22);
  g_assert_cmpint (belfry_transport_writev (transport, &vector, 1, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_cmpuint (belfry_transport_get_offered (transport), ==, 0);
  close (fds[1]);
}

/* Of a plain stream the descriptor is kept and all else let go; the connection ends with the
 * transport, even if somebody has kept the stream. */
static void
test_plain_stream (void)
{
  Pair pair;
  char byte;

  pair_open (&pair, FALSE);
  pair_make_transport (&pair);
  g_assert_false (belfry_transport_is_tls (pair.transport));
  g_assert_true (belfry_transport_is_buffered (pair.transport));
  client_send (&pair, "early", 5);
  wait_for_text (pair.transport, "early");
  g_assert_false (belfry_transport_is_buffered (pair.transport));
  g_assert_true (g_io_stream_is_closed (pair.server));
  client_send (&pair, "late", 4);
  wait_for_text (pair.transport, "late");
  g_clear_pointer (&pair.transport, belfry_transport_free);
  g_assert_cmpint (read (pair.peer, &byte, 1), ==, 0);
  pair_close (&pair);
}

/* The same when it is freed before anything was read. */
static void
test_free_unread (void)
{
  for (int tls = 0; tls <= 1; tls++)
    {
      Pair pair;
      char byte;

      pair_open (&pair, tls);
      client_send (&pair, "unread", 6);
      pair_make_transport (&pair);
      g_clear_pointer (&pair.transport, belfry_transport_free);
      if (!tls)
        g_assert_cmpint (recv (pair.peer, &byte, 1, MSG_DONTWAIT), <=, 0);
      g_assert_cmpint (send (pair.peer, "x", 1, MSG_NOSIGNAL), ==, -1);
      pair_close (&pair);
    }
}

/* TLS: both directions, in steps smaller than what one record brings. */
static void
test_tls (void)
{
  const struct iovec vectors[] = { { (void *) "ab", 2 },
                                   { (void *) "", 0 },
                                   { (void *) "cde", 3 } };
  g_autoptr (GByteArray) received = g_byte_array_new ();
  Pair pair;

  pair_open (&pair, TRUE);
  pair_make_transport (&pair);
  g_assert_true (belfry_transport_is_tls (pair.transport));
  g_assert_true (belfry_transport_is_buffered (pair.transport));
  g_autofree char *nothing = drain (pair.transport, 8);
  g_assert_cmpstr (nothing, ==, "");
  client_send (&pair, "hello over TLS", 14);
  wait_for_text (pair.transport, "hello over TLS");
  g_assert_true (belfry_transport_is_buffered (pair.transport));
  g_assert_cmpint (belfry_transport_writev (pair.transport, vectors, 3, NULL), ==, 5);
  belfry_test_wait_until ((client_receive (&pair, received), received->len >= 5));
  g_assert_cmpmem (received->data, received->len, "abcde", 5);
  pair_close (&pair);
}

#define FRAME_SIZE 1000
#define N_FRAMES 4000

/* What comes next of the stream of frames, from where @written bytes end. */
static guint
next_vectors (const guint8 *bytes, gsize size, gsize written, struct iovec vectors[64])
{
  guint n = 0;

  while (n < 64 && written < size)
    {
      gsize length = MIN (FRAME_SIZE - written % FRAME_SIZE, size - written);

      vectors[n++] = (struct iovec){ (void *) (bytes + written), length };
      written += length;
    }
  return n;
}

/* TLS to a peer that reads late: writing stops without waiting, what was offered is named, and
 * after all every byte comes once and in order. */
static void
test_tls_full (void)
{
  const gsize size = N_FRAMES * FRAME_SIZE;
  g_autofree guint8 *bytes = g_malloc (size);
  g_autoptr (GByteArray) received = g_byte_array_new ();
  gsize written = 0;
  guint blocked = 0;
  Pair pair;

  for (gsize i = 0; i < size; i++)
    bytes[i] = (guint8) (i * 31 / 7);
  pair_open (&pair, TRUE);
  pair_make_transport (&pair);
  belfry_test_wait_until (({
    g_autoptr (GError) error = NULL;
    struct iovec vectors[64];
    guint n = next_vectors (bytes, size, written, vectors);
    gssize part = n > 0 ? belfry_transport_writev (pair.transport, vectors, n, &error) : 0;

    if (part < 0)
      {
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
        g_assert_cmpuint (belfry_transport_get_offered (pair.transport), >, 0);
        blocked++;
        client_receive (&pair, received);
      }
    written += (gsize) MAX (part, 0);
    if (written == size)
      client_receive (&pair, received);
    received->len >= size;
  }));
  g_assert_cmpuint (blocked, >, 1);
  g_assert_cmpuint (belfry_transport_get_offered (pair.transport), ==, 0);
  g_assert_cmpmem (received->data, received->len, bytes, (int) size);
  pair_close (&pair);
}

/* Freeing the transport of a peer that reads nothing does not wait to say goodbye to it. */
static void
test_tls_free_while_full (void)
{
  g_autofree guint8 *bytes = g_malloc0 (FRAME_SIZE);
  const struct iovec vector = { bytes, FRAME_SIZE };
  Pair pair;

  pair_open (&pair, TRUE);
  pair_make_transport (&pair);
  while (belfry_transport_writev (pair.transport, &vector, 1, NULL) > 0)
    ;
  g_assert_cmpuint (belfry_transport_get_offered (pair.transport), ==, FRAME_SIZE);
  pair_close (&pair);
}

/* A TLS peer is told that nothing was cut off: without that, the end of the stream is an error. */
static void
test_tls_farewell (void)
{
  Pair pair;

  pair_open (&pair, TRUE);
  pair_make_transport (&pair);
  g_assert_true (g_tls_connection_get_require_close_notify (pair.client));
  g_clear_pointer (&pair.transport, belfry_transport_free);
  GPollableInputStream *input =
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (G_IO_STREAM (pair.client)));
  belfry_test_wait_until (({
    g_autoptr (GError) error = NULL;
    char byte;
    gssize n = g_pollable_input_stream_read_nonblocking (input, &byte, 1, NULL, &error);

    if (n < 0)
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
    n == 0;
  }));
  pair_close (&pair);
}

/* A TLS peer that is gone without a word, or sends what is not TLS, is an error or the end. */
static void
test_tls_broken (void)
{
  for (int garbage = 0; garbage <= 1; garbage++)
    {
      g_autoptr (GError) error = NULL;
      guint8 buffer[64];
      gssize n = -1;
      Pair pair;

      pair_open (&pair, TRUE);
      pair_make_transport (&pair);
      if (garbage)
        g_assert_cmpint (send (pair.peer, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), ==, 18);
      else
        shutdown (pair.peer, SHUT_RDWR);
      belfry_test_wait_until (({
        g_clear_error (&error);
        n = belfry_transport_read (pair.transport, buffer, sizeof buffer, &error);
        !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
      }));
      g_assert_cmpint (n, <=, 0);
      pair_close (&pair);
    }
}

static void
on_wrote_informational (SoupServerMessage *message, gpointer user_data)
{
  GIOStream **stolen = user_data;

  *stolen = soup_server_message_steal_connection (message);
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  soup_websocket_server_process_handshake (message, NULL, NULL, NULL, NULL);
  g_signal_connect (message, "wrote-informational", G_CALLBACK (on_wrote_informational), user_data);
}

#define REQUEST                                                                                    \
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                     \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

/* What a client has sent together with its request stands in libsoup's buffer: it is read first,
 * also over TLS, and what comes later behind it. */
static void
test_stolen (void)
{
  for (int tls = 0; tls <= 1; tls++)
    {
      g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
      g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 80);
      g_autoptr (GIOStream) stolen = NULL;
      g_autoptr (GError) error = NULL;
      Pair pair;

      pair_open (&pair, tls);
      soup_server_add_handler (server, NULL, on_request, &stolen, NULL);
      client_send (&pair, REQUEST "early", strlen (REQUEST "early"));
      soup_server_accept_iostream (server, pair.server, address, address, &error);
      g_assert_no_error (error);
      belfry_test_wait_until (stolen != NULL);
      pair.transport = belfry_transport_new_for_stream (stolen, -1, &error);
      g_assert_no_error (error);
      g_clear_object (&stolen);
      g_clear_object (&pair.server);
      g_assert_cmpint (belfry_transport_is_tls (pair.transport), ==, tls);
      wait_for_text (pair.transport, "early");
      client_send (&pair, "late", 4);
      wait_for_text (pair.transport, "late");
      pair_close (&pair);
    }
}

static void
ignore_opened (BelfryConnection *connection)
{
}

static void
count_message (BelfryConnection *connection, gboolean text, const guint8 *bytes, gsize length)
{
  guint *messages = belfry_connection_get_user_data (connection);

  ++*messages;
}

static void
ignore_closed (BelfryConnection *connection, guint code, const char *reason)
{
}

static const BelfryConnectionHandler counting_handler = { ignore_opened, count_message, NULL,
                                                          ignore_closed, NULL };

#define N_MESSAGES 2000

/* What TLS has decrypted the descriptor does not tell of any more: a connection that takes it in
 * many turns comes back by itself until all is taken. */
static void
test_tls_connection (void)
{
  g_autoptr (GBytes) frame = belfry_test_client_frame (BELFRY_OPCODE_TEXT, TRUE, "x", 1);
  g_autoptr (BelfryConnectionSettings) settings = NULL;
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  BelfryTestWorker worker;
  guint messages = 0;
  Pair pair;

  belfry_test_worker_init (&worker);
  worker.limits.message_rate = 0;
  worker.limits.turn_messages = 10;
  settings = belfry_connection_settings_new (&worker.limits);
  const BelfryConnectionParams params = { worker.host, settings, &counting_handler, &messages,
                                          NULL };
  pair_open (&pair, TRUE);
  pair_make_transport (&pair);
  g_autoptr (BelfryConnection) connection =
      belfry_connection_new (&params, g_steal_pointer (&pair.transport), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_MESSAGES; i++)
    g_byte_array_append (all, g_bytes_get_data (frame, NULL), (guint) g_bytes_get_size (frame));
  client_send (&pair, all->data, all->len);
  belfry_test_wait_until (messages == N_MESSAGES);
  belfry_connection_abort (connection, 1001, NULL);
  pair_close (&pair);
  belfry_test_worker_clear (&worker);
}

/* A stream without a socket is refused, and so is one for whose socket there is no descriptor. */
static void
test_errors (void)
{
  g_autoptr (GInputStream) input = g_memory_input_stream_new ();
  g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
  g_autoptr (GIOStream) stream = g_simple_io_stream_new (input, output);
  g_autoptr (GError) error = NULL;
  struct rlimit old;
  Pair pair;

  g_assert_null (belfry_transport_new_for_stream (stream, -1, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  pair_open (&pair, FALSE);
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &old));
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &(struct rlimit){ 3, old.rlim_max }));
  g_assert_null (belfry_transport_new_for_stream (pair.server, -1, &error));
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &old));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_SYSTEM);
  pair_close (&pair);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/transport/plain", test_plain);
  belfry_test_add ("/transport/plain-end", test_plain_end);
  belfry_test_add ("/transport/plain-full", test_plain_full);
  belfry_test_add ("/transport/plain-stream", test_plain_stream);
  belfry_test_add ("/transport/free-unread", test_free_unread);
  belfry_test_add ("/transport/tls", test_tls);
  belfry_test_add ("/transport/tls-full", test_tls_full);
  belfry_test_add ("/transport/tls-free-while-full", test_tls_free_while_full);
  belfry_test_add ("/transport/tls-farewell", test_tls_farewell);
  belfry_test_add ("/transport/tls-broken", test_tls_broken);
  belfry_test_add ("/transport/stolen", test_stolen);
  belfry_test_add ("/transport/tls-connection", test_tls_connection);
  belfry_test_add ("/transport/errors", test_errors);
  return g_test_run ();
}
