/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-addresses.h"
#include "belfry-connection.h"
#include "belfry-dialect.h"
#include "belfry-session.h"

G_BEGIN_DECLS

typedef struct _BelfryWorker BelfryWorker;
typedef struct _BelfryClient BelfryClient;

/**
 * BelfryEndpointHandler:
 * @opened: (nullable): the first call
 * @message: a whole message, valid until this returns
 * @closed: (nullable): the last call, exactly one; its session is gone already
 * @needs_authentication: whether a client that does not sign in in time is closed
 *
 * What an endpoint does with its clients: a constant table, called on the worker's thread.
 */
typedef struct
{
  void (*opened) (BelfryClient *client);
  void (*message) (BelfryClient *client, gboolean text, const guint8 *bytes, gsize length);
  void (*closed) (BelfryClient *client, guint code, const char *reason);
  gboolean needs_authentication;
} BelfryEndpointHandler;

/**
 * BelfryClientStanding:
 *
 * Whether a client is to stay with its worker, for belfry-roster.h.
 */
typedef enum
{
  BELFRY_CLIENT_STAYS,
  BELFRY_CLIENT_CHOSEN, /* to be told to go */
  BELFRY_CLIENT_TOLD,
  BELFRY_CLIENT_N_STANDINGS,
} BelfryClientStanding;

/**
 * BelfryClient:
 *
 * A client of a worker, from the end of its handshake until it is gone. Belongs to the worker and
 * its thread.
 */
struct _BelfryClient
{
  BelfryConnection *connection;         /* (owned) */
  BelfryWorker *worker;                 /* (unowned): outlives it */
  const BelfryEndpointHandler *handler; /* (unowned) */
  BelfryClient *next;                   /* (unowned) (nullable): in a list of the worker's */
  BelfryClient *prev;                   /* (unowned) (nullable) */
  BelfrySession *session;               /* (owned) (nullable): if its endpoint has any */
  const BelfryDialect *dialect;         /* (unowned) (nullable): a constant, of a speaker */
  gpointer data;                        /* (unowned) (nullable): the handler's */
  const char *path;                     /* (unowned): its endpoint's, interned */
  BelfryAddressUnit unit;
  guint8 standing; /* a BelfryClientStanding: which list */
  char peer[];     /* its address, as text */
};

/**
 * belfry_client_new:
 * @path: its endpoint's
 * @peer: the client's address
 *
 * Returns: (transfer full): a client without a connection
 */
BelfryClient *belfry_client_new (BelfryWorker *worker,
                                 const BelfryEndpointHandler *handler,
                                 const char *path,
                                 const char *peer);
void belfry_client_free (BelfryClient *self);

/**
 * belfry_client_save:
 *
 * Writes down what belfry_reception_resume() makes it from in another image.
 *
 * Returns: whether it can go on there; if not, what was written is to be given up
 */
gboolean belfry_client_save (BelfryClient *self, BelfryStateWriter *writer);

/**
 * belfry_client_attach:
 * @sink: what becomes of the session's events and messages; its user data is the client
 * @dialect: a constant word, for people
 * @params: all but these three
 *
 * Gives the client a session, which goes with it.
 */
gboolean belfry_client_attach (BelfryClient *self,
                               const BelfrySessionSink *sink,
                               const char *dialect,
                               BelfryShard *shard,
                               const BelfrySessionParams *params,
                               GError **error);

/**
 * belfry_client_end:
 * @code: what it was closed with
 *
 * The connection is no more, or could not be made: ends the session, then tells the handler.
 */
void belfry_client_end (BelfryClient *self, guint code, const char *reason);

/* What the sinks of all sessions have in common. @client: a #BelfryClient with a connection */
void belfry_client_authenticated (gpointer client);
void belfry_client_unauthenticated (gpointer client);
void belfry_client_close (gpointer client, guint code, const char *reason);
gsize belfry_client_get_queued (gpointer client);

/* Hands what happens on a connection to the client's handler; the connection's user data is the
 * client. */
extern const BelfryConnectionHandler belfry_client_connection_handler;

/**
 * belfry_client_send:
 * @text: whether it is text, which must be UTF-8
 *
 * Sends a message to this client alone, compressed if that was agreed on and is worth it.
 */
void belfry_client_send (BelfryClient *self, gboolean text, const guint8 *bytes, gsize length);

/* Returns: (transfer full): a frame that tells the client of @gap */
typedef GBytes *(*BelfryClientGapFunc) (BelfryClient *self, const BelfryEvent *gap);

/**
 * belfry_client_tell_gap:
 * @make: what makes the frames
 *
 * Tells of a loss. That has room even when messages have none, and takes the place of what told of
 * the last one in the same topic. If too many wait, one takes the place of all: its topic is the
 * pattern that stands for every topic.
 */
void belfry_client_tell_gap (BelfryClient *self, const BelfryEvent *gap, BelfryClientGapFunc make);

G_END_DECLS
