/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-connection.h"
#include "belfry-frame-reader.h"
#include "belfry-token-bucket.h"

/* What the parts of a connection know of each other: its life (belfry-connection.c), reading,
 * writing, and time. Each part brings all state up to date before it calls out; whoever calls in
 * from outside holds a reference meanwhile. */

G_BEGIN_DECLS

typedef enum
{
  BELFRY_CONNECTION_OPENING, /* the handler has not been told yet */
  BELFRY_CONNECTION_OPEN,
  BELFRY_CONNECTION_CLOSING, /* a close frame is queued or sent */
  BELFRY_CONNECTION_CLOSED,
} BelfryConnectionState;

/* What a delivery touches comes first, and together: with ten thousand connections none of it is in
 * a cache, so that a delivery costs the cache lines that it needs. */
struct _BelfryConnection
{
  BelfryDeferred deferred;
  BelfryWatch watch;
  BelfryConnectionHost *host;         /* (unowned) */
  BelfryConnectionSettings *settings; /* (owned) */
  guint refs;
  guint16 code; /* what it is closed with */
  guint8 state;
  guint8 plain : 1; /* without TLS */
  guint8 deflate : 1;
  guint8 read_again : 1;   /* there may be more that the descriptor does not tell of */
  guint8 rate_paused : 1;  /* not read from until resume_at */
  guint8 queue_paused : 1; /* not read from until its answers can be written */
  guint8 blocked : 1;      /* not written to until there is room */
  guint8 awaiting_pong : 1;
  guint8 peer_closed : 1;  /* its close frame has come */
  guint8 closed_first : 1; /* and before ours */
  BelfryDeflateTerms terms;
  guint16 turn_messages;
  gsize noted; /* what the gauge of queued bytes has of @queue */
  BelfrySendQueue queue;
  BelfryTransport *transport;             /* (owned) (nullable): NULL once it is closed */
  const BelfryConnectionHandler *handler; /* (unowned) */
  const BelfryOneWay *one_way;            /* (unowned) (nullable): if it is a stream */
  gpointer user_data;                     /* (unowned) (nullable) */
  BelfryDeadline deadline;
  BelfryFrameReader reader;
  BelfryTokenBucket bucket;
  guint8 *kept;    /* (owned) (nullable): read, but not looked at yet */
  char *reason;    /* (owned) (nullable): why it is closing */
  gint64 heard;    /* when there was the last sign of life */
  gint64 check_at; /* when to look at that, or for the answer to a ping */
  union
  {
    struct /* until it is closing */
    {
      gint64 auth_by;       /* when it must have signed in, or 0 */
      gint64 resume_at;     /* when reading may go on, or 0 */
      gint64 limited_since; /* since when it has been at its rate limit, or 0 */
    };
    struct /* while it is closing */
    {
      gint64 close_by;     /* when the closing handshake is given up */
      gsize closing_bytes; /* received since */
    };
  };
  guint32 kept_offset;
  guint32 kept_length;
};

/* The life of it */
void belfry_connection_begin_close (BelfryConnection *self, guint code, const char *reason);
void belfry_connection_overflow (BelfryConnection *self);
void belfry_connection_echo_close (BelfryConnection *self, guint code, const char *reason);
void belfry_connection_end (BelfryConnection *self);
void belfry_connection_end_lost (BelfryConnection *self, const char *reason);

/* Reading */
gboolean belfry_connection_may_read (const BelfryConnection *self);
void belfry_connection_read_turn (BelfryConnection *self);
void belfry_connection_resume_reading (BelfryConnection *self);

/* Writing */
void belfry_connection_wake (BelfryConnection *self);
/* Brings the gauge of queued bytes up to date. */
void belfry_connection_note_queued (BelfryConnection *self, gsize queued);
gboolean belfry_connection_push_control (BelfryConnection *self, guint opcode, GBytes *frame);
void belfry_connection_flush (BelfryConnection *self);

/* Time */
void belfry_connection_start_time (BelfryConnection *self);
void belfry_connection_arm (BelfryConnection *self);
void belfry_connection_sign_of_life (BelfryConnection *self, gint64 now);

static inline const BelfryConnectionLimits *
belfry_connection_limits (const BelfryConnection *self)
{
  return belfry_connection_settings_get_limits (self->settings);
}

G_END_DECLS
