/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-transport"

#include "config.h"

#include "belfry-transport.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-farewell.h"

/* One connection's bytes.
 *
 * Plain: recv and sendmsg on a descriptor of our own. A stolen stream is kept only until what it
 * has buffered is read; its descriptor is duplicated before, so that all of GIO's objects can go.
 *
 * TLS: the pollable streams of what was stolen. A TLS record that could not be sent must be offered
 * again as it was: `offered` remembers how long it is. We never renegotiate, so that reading waits
 * for the peer's bytes and writing for room, as without TLS.
 *
 * Never blocks, not even at the end: a TLS peer hears a farewell if the socket has room for it, and
 * then the socket is shut down, so that closing the stream finds nothing to wait for. */

/* What a TLS record can hold. */
#define RECORD_SIZE 16384

/* Records of one call, so that a fast reader does not keep the thread for itself. */
#define MAX_RECORDS 16

struct _BelfryTransport
{
  int fd;              /* its own if plain, else the stream's */
  GIOStream *stream;   /* (owned) (nullable): if plain, only until its buffer is read */
  GTlsConnection *tls; /* (owned) (nullable): what it is, or has inside, unless it is plain */
  gsize offered;       /* bytes of a TLS record that is not sent yet */
};

static gssize
fail (GError **error, int errnum)
{
  g_set_error_literal (error, G_IO_ERROR, (int) g_io_error_from_errno (errnum),
                       g_strerror (errnum));
  return -1;
}

static void
close_fd (int fd)
{
  if (fd >= 0)
    close (fd);
}

static GIOStream *
get_stream (GIOStream *stream, const char *property)
{
  GIOStream *inner = NULL;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (stream), property) != NULL)
    g_object_get (stream, property, &inner, NULL);
  return inner;
}

/* Returns: (transfer full) (nullable): the socket at the bottom; finds the TLS above it, too */
static GSocketConnection *
find_socket_connection (GIOStream *stream, GTlsConnection **tls)
{
  GIOStream *current = g_object_ref (stream);

  while (current != NULL && !G_IS_SOCKET_CONNECTION (current))
    {
      gboolean is_tls = G_IS_TLS_CONNECTION (current);
      GIOStream *outer = current;

      if (is_tls)
        g_set_object (tls, G_TLS_CONNECTION (outer));
      current = get_stream (outer, is_tls ? "base-io-stream" : "base-iostream");
      g_object_unref (outer);
    }
  return (GSocketConnection *) current;
}

static void
forget_stream (BelfryTransport *self)
{
  if (self->stream == NULL)
    return;
  g_io_stream_close (self->stream, NULL, NULL);
  g_clear_object (&self->stream);
}

static gssize
read_stream (BelfryTransport *self, guint8 *buffer, gsize size, GError **error)
{
  GPollableInputStream *input =
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));

  return g_pollable_input_stream_read_nonblocking (input, buffer, size, NULL, error);
}

static gssize
read_fd (BelfryTransport *self, guint8 *buffer, gsize size, GError **error)
{
  gssize n;

  do
    n = recv (self->fd, buffer, size, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  return n < 0 ? fail (error, errno) : n;
}

/* One frame alone is the rule, and send costs the kernel less than sendmsg. */
static gssize
send_vectors (int fd, const struct iovec *vectors, guint n)
{
  const struct msghdr message = { .msg_iov = (struct iovec *) vectors, .msg_iovlen = n };

  return n == 1 ? send (fd, vectors->iov_base, vectors->iov_len, MSG_NOSIGNAL | MSG_DONTWAIT)
                : sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Copies @size bytes, @skip bytes behind the beginning, or as many as there are. */
static gsize
gather (const struct iovec *vectors, guint n, gsize skip, guint8 *record, gsize size)
{
  gsize length = 0;

  for (guint i = 0; i < n && length < size; i++)
    {
      gsize skipped = MIN (skip, vectors[i].iov_len);
      gsize part = MIN (vectors[i].iov_len - skipped, size - length);

      skip -= skipped;
      memcpy (record + length, (const guint8 *) vectors[i].iov_base + skipped, part);
      length += part;
    }
  return length;
}

static gssize
write_record (BelfryTransport *self, const guint8 *record, gsize length, GError **error)
{
  GPollableOutputStream *output =
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));
  g_autoptr (GError) problem = NULL;
  gssize written =
      g_pollable_output_stream_write_nonblocking (output, record, length, NULL, &problem);

  self->offered = 0;
  if (written >= 0)
    return written;
  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    self->offered = length;
  g_propagate_error (error, g_steal_pointer (&problem));
  return -1;
}

/* Small frames share a record. What was written before an error counts; the error comes again. */
static gssize
write_tls (BelfryTransport *self, const struct iovec *vectors, guint n, GError **error)
{
  guint8 record[RECORD_SIZE];
  gsize written = 0;

  for (guint i = 0; i < MAX_RECORDS; i++)
    {
      gsize wanted = self->offered > 0 ? self->offered : RECORD_SIZE;
      gsize length = gather (vectors, n, written, record, wanted);

      if (length == 0)
        break;
      gssize part = write_record (self, record, length, written > 0 ? NULL : error);
      if (part < 0)
        return written > 0 ? (gssize) written : -1;
      written += (gsize) part;
    }
  return (gssize) written;
}

BelfryTransport *
belfry_transport_new (int fd)
{
  BelfryTransport *self = g_new0 (BelfryTransport, 1);

  self->fd = fd;
  return self;
}

BelfryTransport *
belfry_transport_new_for_stream (GIOStream *stream, int fd, GError **error)
{
  g_autoptr (GTlsConnection) tls = NULL;
  g_autoptr (GSocketConnection) connection = find_socket_connection (stream, &tls);

  if (connection == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
                   "a %s has no socket that could be found", G_OBJECT_TYPE_NAME (stream));
      close_fd (fd);
      return NULL;
    }
  int original = g_socket_get_fd (g_socket_connection_get_socket (connection));
  if (tls != NULL)
    close_fd (g_steal_fd (&fd));
  else if (fd < 0 && (fd = fcntl (original, F_DUPFD_CLOEXEC, 0)) < 0)
    {
      belfry_error_set_errno (error, errno, "duplicating a connection's descriptor");
      return NULL;
    }
  BelfryTransport *self = belfry_transport_new (tls != NULL ? original : fd);
  self->tls = g_steal_pointer (&tls);
  self->stream = g_object_ref (stream);
  return self;
}

void
belfry_transport_free (BelfryTransport *self)
{
  gboolean is_plain = self->tls == NULL;

  if (!is_plain && self->offered == 0)
    belfry_farewell_send (self->tls, self->fd);
  shutdown (self->fd, SHUT_RDWR);
  g_clear_object (&self->tls);
  forget_stream (self);
  if (is_plain)
    close (self->fd);
  g_free (self);
}

gboolean
belfry_transport_get_credentials (const BelfryTransport *self, guint *uid, gint *pid)
{
  struct ucred credentials;
  struct sockaddr address;
  socklen_t length = sizeof address;

  if (getsockname (self->fd, &address, &length) != 0 || address.sa_family != AF_UNIX)
    return FALSE;
  length = sizeof credentials;
  if (getsockopt (self->fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
    return FALSE;
  *uid = credentials.uid;
  *pid = credentials.pid;
  return TRUE;
}

char *
belfry_transport_dup_certificate (const BelfryTransport *self)
{
  GTlsCertificate *certificate =
      self->tls != NULL ? g_tls_connection_get_peer_certificate (self->tls) : NULL;

  return certificate != NULL ? g_tls_certificate_get_subject_name (certificate) : NULL;
}

gssize
belfry_transport_read (BelfryTransport *self, guint8 *buffer, gsize size, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (self->stream == NULL)
    return read_fd (self, buffer, size, error);
  gssize n = read_stream (self, buffer, size, &problem);
  if (self->tls == NULL && n < 0 && g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    forget_stream (self);
  if (n < 0)
    g_propagate_error (error, g_steal_pointer (&problem));
  return n;
}

gssize
belfry_transport_writev_plain (int fd, const struct iovec *vectors, guint n, GError **error)
{
  gssize written;

  do
    written = send_vectors (fd, vectors, n);
  while (written < 0 && errno == EINTR);
  return written < 0 ? fail (error, errno) : written;
}

gssize
belfry_transport_writev (BelfryTransport *self,
                         const struct iovec *vectors,
                         guint n,
                         GError **error)
{
  return self->tls != NULL ? write_tls (self, vectors, n, error)
                           : belfry_transport_writev_plain (self->fd, vectors, n, error);
}

gsize
belfry_transport_get_offered (const BelfryTransport *self)
{
  return self->offered;
}

gboolean
belfry_transport_is_buffered (const BelfryTransport *self)
{
  return self->stream != NULL;
}

int
belfry_transport_get_fd (const BelfryTransport *self)
{
  return self->fd;
}

gboolean
belfry_transport_is_tls (const BelfryTransport *self)
{
  return self->tls != NULL;
}

void
belfry_transport_shutdown_write (BelfryTransport *self)
{
  shutdown (self->fd, SHUT_WR);
}
