/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>
#include <sys/uio.h>

G_BEGIN_DECLS

/**
 * BelfryTransport:
 *
 * The bytes of one connection, plain or TLS, never blocking. Belongs to its connection and its
 * thread.
 */
typedef struct _BelfryTransport BelfryTransport;

/**
 * belfry_transport_new:
 * @fd: (transfer full): a connected stream socket
 *
 * Returns: (transfer full): a plain transport
 */
BelfryTransport *belfry_transport_new (int fd);

/**
 * belfry_transport_new_for_stream:
 * @stream: (transfer none): a GSocketConnection, a GTlsConnection over one whose handshake is done,
 * or a stream that wraps either and tells it by a property `base-iostream`, as the one does that
 * libsoup lets be stolen. What such a wrapper has buffered is read first.
 * @fd: (transfer full): another descriptor of the same connection if it is plain, or -1 to have one
 * made
 * @error: %BELFRY_ERROR_SYSTEM if there are no descriptors left, %BELFRY_ERROR_INVALID_ARGUMENT if
 * there is no socket below
 *
 * Of a plain connection only the descriptor is kept, for the objects around it are many times its
 * size; so nobody else may use the stream any more.
 *
 * Returns: (transfer full) (nullable): a transport
 */
BelfryTransport *belfry_transport_new_for_stream (GIOStream *stream, int fd, GError **error);

/**
 * belfry_transport_free:
 *
 * Closes the connection, also if others still hold the stream.
 */
void belfry_transport_free (BelfryTransport *self);

/**
 * belfry_transport_get_credentials:
 * @uid: (out): who is at the other end of a unix socket, as the system knows
 * @pid: (out): which process
 *
 * Returns: whether it is a unix socket, and they are known
 */
gboolean belfry_transport_get_credentials (const BelfryTransport *self, guint *uid, gint *pid);

/**
 * belfry_transport_dup_certificate:
 *
 * Returns: (transfer full) (nullable): the subject of the certificate that the client has shown, if
 * it was asked for one
 */
char *belfry_transport_dup_certificate (const BelfryTransport *self);

/**
 * belfry_transport_read:
 * @buffer: (out caller-allocated) (array length=size): where to
 * @size: how much there is room for
 * @error: %G_IO_ERROR_WOULD_BLOCK if nothing is there now
 *
 * Returns: how many bytes were read, 0 at the end of the stream, -1 on error
 */
gssize belfry_transport_read (BelfryTransport *self, guint8 *buffer, gsize size, GError **error);

/**
 * belfry_transport_writev:
 * @vectors: (array length=n): what is to be written
 * @n: at least one
 * @error: %G_IO_ERROR_WOULD_BLOCK if nothing can be written now
 *
 * Returns: how many bytes were written; if those are not all, the rest has to wait for `EPOLLOUT`.
 * -1 on error
 */
gssize belfry_transport_writev (BelfryTransport *self,
                                const struct iovec *vectors,
                                guint n,
                                GError **error);

/**
 * belfry_transport_writev_plain:
 * @fd: the descriptor of a transport without TLS
 *
 * What belfry_transport_writev() does with such a one, for whoever has the descriptor at hand and
 * need not fetch the transport from memory.
 */
gssize belfry_transport_writev_plain (int fd, const struct iovec *vectors, guint n, GError **error);

/**
 * belfry_transport_get_offered:
 *
 * Returns: how many bytes of what comes next are already on their way, though not written: the next
 * write must begin with the same ones
 */
gsize belfry_transport_get_offered (const BelfryTransport *self);

/**
 * belfry_transport_is_buffered:
 *
 * Returns: whether bytes may be there to be read that the descriptor does not tell of: whoever
 * stops reading before it would block must come back by itself
 */
gboolean belfry_transport_is_buffered (const BelfryTransport *self);

/**
 * belfry_transport_get_fd:
 *
 * Returns: the descriptor, to be watched for `EPOLLIN` when reading, `EPOLLOUT` when writing would
 * block, with TLS as without
 */
int belfry_transport_get_fd (const BelfryTransport *self);
gboolean belfry_transport_is_tls (const BelfryTransport *self);

/**
 * belfry_transport_shutdown_write:
 *
 * Lets the peer see the end of the stream behind what was written.
 */
void belfry_transport_shutdown_write (BelfryTransport *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTransport, belfry_transport_free)

G_END_DECLS
