/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-addresses.h"
#include "belfry-connection.h"

G_BEGIN_DECLS

typedef struct _BelfryWorker BelfryWorker;
typedef struct _BelfrySession BelfrySession;

/* Twelve random bytes as sixteen letters: nobody guesses another's. */
#define BELFRY_SESSION_ID_LENGTH 16

/**
 * BelfryEndpointHandler:
 * @opened: (nullable): the first call
 * @message: a whole message, valid until this returns
 * @dropped: (nullable): a frame of this key was dropped, because the client is slow; must not send
 * or close
 * @closed: (nullable): the last call, exactly one
 * @needs_authentication: whether a client that does not sign in in time is closed
 *
 * What an endpoint does with its clients: a constant table, called on the worker's thread.
 */
typedef struct
{
  void (*opened) (BelfrySession *session);
  void (*message) (BelfrySession *session, gboolean text, const guint8 *bytes, gsize length);
  void (*dropped) (BelfrySession *session, guint32 key);
  void (*closed) (BelfrySession *session, guint code, const char *reason);
  gboolean needs_authentication;
} BelfryEndpointHandler;

/**
 * BelfrySession:
 *
 * A client of a worker, from the end of its handshake until it is gone. Belongs to the worker and
 * its thread.
 */
struct _BelfrySession
{
  BelfryConnection *connection;         /* (owned) */
  BelfryWorker *worker;                 /* (unowned): outlives it */
  const BelfryEndpointHandler *handler; /* (unowned) */
  BelfrySession *next;                  /* (unowned) (nullable): in the worker's list */
  BelfrySession *prev;                  /* (unowned) (nullable) */
  gpointer data;                        /* (unowned) (nullable): the handler's */
  BelfryAddressUnit unit;
  char id[BELFRY_SESSION_ID_LENGTH + 1];
  char peer[]; /* its address, as text */
};

/**
 * belfry_session_new:
 * @peer: the client's address
 * @error: %BELFRY_ERROR_SYSTEM if the system gives no random bytes
 *
 * Returns: (transfer full) (nullable): a session without a connection
 */
BelfrySession *belfry_session_new (BelfryWorker *worker,
                                   const BelfryEndpointHandler *handler,
                                   const char *peer,
                                   GError **error);
void belfry_session_free (BelfrySession *self);

/* Hands what happens on a connection to the session's handler; the connection's user data is the
 * session. */
extern const BelfryConnectionHandler belfry_session_connection_handler;

/**
 * belfry_session_send:
 * @text: whether it is text, which must be UTF-8
 *
 * Sends a message to this client alone, compressed if that was agreed on and is worth it.
 */
void belfry_session_send (BelfrySession *self, gboolean text, const guint8 *bytes, gsize length);

G_END_DECLS
