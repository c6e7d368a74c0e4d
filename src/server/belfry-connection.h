/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-close.h"
#include "belfry-connection-host.h"
#include "belfry-connection-settings.h"
#include "belfry-extensions.h"
#include "belfry-send-queue.h"
#include "belfry-transport.h"

G_BEGIN_DECLS

/**
 * BelfryConnection:
 *
 * One WebSocket connection from the end of its handshake on: frames in, frames out, and every way
 * in which it can end. Reference-counted without atomics, for it belongs to its worker's thread.
 * While it is open it holds a reference to itself.
 */
typedef struct _BelfryConnection BelfryConnection;

/* What a connection that ended without a close frame is reported to have been closed with. */
#define BELFRY_CONNECTION_LOST 1006

/**
 * BelfryConnectionHandler:
 * @opened: the first call, in the turn after the connection was made; left out if it was closed
 * before
 * @message: a whole message, valid until this returns; @text is UTF-8. Not called any more once the
 * connection is closing
 * @dropped: (nullable): a frame of this key was dropped, to make room for another or because
 * there was none for it; called from within belfry_connection_send(), and must not send or close
 * @closed: the last call, exactly one: nothing can be sent any more. @code is the peer's if it
 * closed first, ours if we did, or %BELFRY_CONNECTION_LOST; @reason is the peer's words in the
 * first case, for which it may have chosen any
 * @describe: (nullable): fills the fields of a line of the log; what they name stays until this
 * connection is closed
 *
 * Whoever is on the other side of a connection. All but @dropped may send and close.
 */
typedef struct
{
  void (*opened) (BelfryConnection *connection);
  void (*message) (BelfryConnection *connection, gboolean text, const guint8 *bytes, gsize length);
  void (*dropped) (BelfryConnection *connection, guint32 key);
  void (*closed) (BelfryConnection *connection, guint code, const char *reason);
  void (*describe) (BelfryConnection *connection, BelfryLogContext *context);
} BelfryConnectionHandler;

/**
 * BelfryOneWay:
 * @keepalive: what is sent instead of a ping
 * @goodbye: (transfer full): what is sent instead of a close frame; @delay: after how many seconds
 * the peer is to come again, 0 if it is not told
 *
 * How a stream differs from a WebSocket: the peer has nothing to say any more. A constant.
 */
typedef struct
{
  GBytes *(*keepalive) (void);
  GBytes *(*goodbye) (guint code, const char *reason, guint delay);
} BelfryOneWay;

/**
 * BelfryConnectionParams:
 *
 * What a connection is made from.
 */
typedef struct
{
  BelfryConnectionHost *host;             /* (unowned) */
  BelfryConnectionSettings *settings;     /* (unowned) */
  const BelfryConnectionHandler *handler; /* (unowned): must outlive the connection */
  gpointer user_data;                     /* (unowned) (nullable): the handler's */
  const BelfryDeflateTerms *deflate;      /* (unowned) (nullable): if it was agreed on */
  const BelfryOneWay *one_way;            /* (unowned) (nullable): if it is a stream */
} BelfryConnectionParams;

/**
 * belfry_connection_new:
 * @transport: (transfer full): freed also on error
 * @error: %BELFRY_ERROR_SYSTEM if its descriptor cannot be watched
 *
 * Returns: (transfer full) (nullable): the connection; nothing has been called yet
 */
BelfryConnection *belfry_connection_new (const BelfryConnectionParams *params,
                                         BelfryTransport *transport,
                                         GError **error);
BelfryConnection *belfry_connection_ref (BelfryConnection *self);
void belfry_connection_unref (BelfryConnection *self);

/**
 * belfry_connection_send:
 * @frame: (transfer none): a whole frame, shared with others
 * @options: (nullable): what becomes of it if the peer is slow; %NULL for what must not be lost
 *
 * Queues a frame, to be written at the start of the next turn together with what else there is. On
 * %BELFRY_SEND_OVERFLOW the connection has begun to close. What is given to one that is closing or
 * closed is forgotten, and reported as queued.
 */
BelfrySendResult
belfry_connection_send (BelfryConnection *self, GBytes *frame, const BelfrySendOptions *options);

/**
 * belfry_connection_expect_send:
 *
 * Begins to fetch from memory what belfry_connection_send() will touch. To be called by whoever
 * sends to many, for the one whose turn is some steps later.
 */
void belfry_connection_expect_send (const BelfryConnection *self);

/**
 * belfry_connection_close:
 * @code: what the peer is told
 * @reason: (nullable): likewise, for people
 *
 * Sends what is queued and a close frame, and waits for the peer's, but not for long. Does nothing
 * the second time. The handler's closed() does not come from within this call.
 */
void belfry_connection_close (BelfryConnection *self, guint code, const char *reason);

/**
 * belfry_connection_close_for_restart:
 * @delay: seconds
 *
 * belfry_connection_close() with %BELFRY_CLOSE_RESTART; the peer is told to come again after
 * @delay.
 */
void belfry_connection_close_for_restart (BelfryConnection *self, guint delay);

/**
 * belfry_connection_abort:
 *
 * Ends the connection at once, without a word to the peer; closed() is called from within, with
 * what is given here, or with what it was already being closed for.
 */
void belfry_connection_abort (BelfryConnection *self, guint code, const char *reason);

/**
 * belfry_connection_drop_notices:
 *
 * Drops the notices that wait, for one that stands for all of them.
 */
void belfry_connection_drop_notices (BelfryConnection *self);

/**
 * belfry_connection_authenticated:
 *
 * Tells that the peer has signed in, so that it is not closed for not doing so in time.
 */
void belfry_connection_authenticated (BelfryConnection *self);

/**
 * belfry_connection_unauthenticated:
 *
 * Tells that the peer must sign in after all, and has as long for it as one that is new.
 */
void belfry_connection_unauthenticated (BelfryConnection *self);

gpointer belfry_connection_get_user_data (const BelfryConnection *self);

/**
 * belfry_connection_is_open:
 *
 * Returns: whether what is sent has a chance to arrive
 */
gboolean belfry_connection_is_open (const BelfryConnection *self);

/**
 * belfry_connection_get_deflate:
 *
 * Returns: (transfer none) (nullable): on what terms compressed frames may be sent; %NULL if none
 * may
 */
const BelfryDeflateTerms *belfry_connection_get_deflate (const BelfryConnection *self);

/* For who takes connections to another image of the program. */

/* To be called when the host begins to rest, and when it ends. */
void belfry_connection_rest (BelfryConnection *self);
void belfry_connection_rouse (BelfryConnection *self);

/* Returns: whether it is of a kind that can go on in another image */
gboolean belfry_connection_can_rest (const BelfryConnection *self);

/* Returns: whether it can, as it is now */
gboolean belfry_connection_can_move (const BelfryConnection *self);

/* Returns: whether a frame is half written */
gboolean belfry_connection_is_cut (const BelfryConnection *self);
int belfry_connection_get_fd (const BelfryConnection *self);
void belfry_connection_save (BelfryConnection *self, BelfryStateWriter *writer);

/**
 * belfry_connection_restore:
 * @params: as of the connection that was; what was agreed on is filled in
 * @fd: (transfer full): closed also on error
 * @reader: untrusted
 * @error: %BELFRY_ERROR_INVALID_ARGUMENT if what is read can be no connection's
 *
 * Returns: (transfer full) (nullable): a connection that goes on
 */
BelfryConnection *belfry_connection_restore (const BelfryConnectionParams *params,
                                             int fd,
                                             BelfryStateReader *reader,
                                             GError **error);

/**
 * belfry_connection_get_held:
 *
 * Returns: bytes of memory held on the peer's account: what waits to be written and what came but
 * is not complete
 */
gsize belfry_connection_get_held (const BelfryConnection *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryConnection, belfry_connection_unref)

G_END_DECLS
