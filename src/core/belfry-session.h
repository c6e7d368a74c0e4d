/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-event.h"
#include "belfry-log.h"
#include "belfry-shard.h"
#include "belfry-state.h"

G_BEGIN_DECLS

/* Twelve random bytes as sixteen letters: nobody guesses another's. */
#define BELFRY_SESSION_ID_LENGTH 16

/**
 * BelfrySession:
 *
 * One client of a shard, from the end of its handshake until it is gone: who it is, what it is
 * subscribed to, and what it waits for. Knows no sockets and no dialect. Belongs to the shard's
 * thread.
 */
typedef struct _BelfrySession BelfrySession;

/**
 * BelfryDelivery:
 *
 * How a message is to be queued for a client.
 */
typedef struct
{
  BelfryConfigSlowConsumer slow_consumer;
  guint32 key; /* one for each topic of the shard */
} BelfryDelivery;

/**
 * BelfrySessionSink:
 * @deliver: a message of a topic that the client is subscribed to
 * @event: something to be told
 * @authenticated: the client is known now; the sign-in deadline is over
 * @unauthenticated: the client must sign in after all; the deadline begins anew
 * @close: the client is to be told to go; @belfry_session_free() is still the caller's to do
 * @get_queued: bytes that wait to be written
 *
 * The way to a client, as its transport provides it. None of them may free the session.
 */
typedef struct
{
  void (*deliver) (gpointer client, BelfryMessage *message, const BelfryDelivery *delivery);
  void (*event) (gpointer client, const BelfryEvent *event);
  void (*authenticated) (gpointer client);
  void (*close) (gpointer client, guint code, const char *reason);
  gsize (*get_queued) (gpointer client);
  void (*unauthenticated) (gpointer client);
} BelfrySessionSink;

/**
 * BelfrySessionParams:
 *
 * What a session is made from.
 */
typedef struct
{
  const BelfrySessionSink *sink; /* (unowned): a constant */
  gpointer client;               /* (unowned): the sink's */
  const char *dialect;           /* (unowned): a constant word, for people */
  const char *endpoint;          /* (unowned): the path, copied */
  const char *peer;              /* (unowned): the client's address, copied */
  const char *origin;            /* (unowned) (nullable): the web page's, copied */
  const char *token;             /* (unowned) (nullable): that came with the handshake */
  const char *certificate;       /* (unowned) (nullable): the subject of a client certificate that
                                    was verified */
  gboolean has_peer_credentials; /* of a unix socket */
  guint uid;
  gint pid;
} BelfrySessionParams;

/**
 * belfry_session_new:
 * @error: %BELFRY_ERROR_UNAVAILABLE if the shard takes none any more
 *
 * Events may come from the next turn on: WELCOME first.
 */
BelfrySession *
belfry_session_new (BelfryShard *shard, const BelfrySessionParams *params, GError **error);

/**
 * belfry_session_save:
 *
 * Writes down what the shard knows of a session, for belfry_session_resume() in another image; what
 * the hub knows is the hub's to write.
 *
 * Returns: whether it can go on there; if not, nothing was written
 */
gboolean belfry_session_save (const BelfrySession *self, BelfryStateWriter *writer);

/**
 * belfry_session_resume:
 * @params: the sink, the client, the dialect, the endpoint and the peer's address alone
 * @reader: untrusted
 * @error: %BELFRY_ERROR_INVALID_ARGUMENT if what is read cannot be
 *
 * As belfry_session_new(), for one that goes on: its client hears nothing of it, unless something
 * that it had is lost.
 */
BelfrySession *belfry_session_resume (BelfryShard *shard,
                                      const BelfrySessionParams *params,
                                      BelfryStateReader *reader,
                                      GError **error);

/**
 * belfry_session_free:
 * @code: what it was closed with, for the log and those who watch
 *
 * The client is gone. Nothing is called on its sink any more.
 */
void belfry_session_free (BelfrySession *self, guint code, const char *reason);

const char *belfry_session_get_id (const BelfrySession *self);

/* How many fields belfry_session_describe() fills. */
#define BELFRY_SESSION_N_FIELDS 3

/**
 * belfry_session_describe:
 * @context: whose first fields are set to the session, its user and its dialect; they stay while
 * the session does
 */
void belfry_session_describe (const BelfrySession *self, BelfryLogContext *context);
gboolean belfry_session_is_authenticated (const BelfrySession *self);

/**
 * belfry_session_request:
 * @request: (transfer full): answered by one event, and an error for each of its topics that was
 * refused, in the order of the requests. What comes once the client was told to go is dropped
 */
void belfry_session_request (BelfrySession *self, BelfryRequest *request);

/**
 * belfry_session_fault:
 * @error: why what the client sent is no request
 * @id: (nullable): its id
 *
 * Tells the client, in its turn, and closes it (1008) if that happens too often.
 */
void belfry_session_fault (BelfrySession *self, const GError *error, const char *id);

/**
 * belfry_session_dropped:
 * @key: of a message that was given up because the client is slow
 *
 * Tells the client of the gap, once for what is lost in one go.
 */
void belfry_session_dropped (BelfrySession *self, guint32 key);

G_END_DECLS
