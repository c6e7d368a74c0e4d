/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-listener.h"
#include "belfry-request-head.h"

G_BEGIN_DECLS

/**
 * BelfryVestibule:
 *
 * Where connections wait until there is something to do for them. A silent or slow one costs a
 * descriptor and a small struct there, and no GSource; how many are with the HTTP library at a time
 * is bounded. One thread.
 */
typedef struct _BelfryVestibule BelfryVestibule;

/**
 * BelfryVisitor:
 *
 * A connection from when it was accepted until it is gone or upgraded.
 */
typedef struct _BelfryVisitor BelfryVisitor;

typedef struct
{
  gint64 header_timeout;    /* for a request, from accepting or its first byte on */
  gint64 handshake_timeout; /* for TLS, once it has begun */
  gint64 idle_timeout;      /* between requests */
  gint64 grace;         /* after which who keeps us waiting has to go if others need the place */
  guint max_handshakes; /* of TLS at a time */
  guint max_inside;     /* requests with the host at a time */
  guint max_idle;       /* those between requests, or before the first behind TLS */
  guint64 max_held;     /* bytes, of all bodies together */
  BelfryBodyRule bodies;
} BelfryVestibuleSettings;

/* A body must come at this rate, bytes a second, on average: with the time for a head besides, and
 * never a pause longer than that. A modem's pace, but one at which no body takes an hour. */
#define BELFRY_VESTIBULE_BODY_RATE 65536

/* How much of a refused request is still read, to be thrown away, for how long, and for how many
 * visitors at a time: a client that sees its answer stops by itself. */
#define BELFRY_VESTIBULE_LINGER_BYTES (4 * 1024 * 1024)
#define BELFRY_VESTIBULE_LINGER_TIME (2 * G_USEC_PER_SEC)
#define BELFRY_VESTIBULE_MAX_LINGERING 32

/**
 * BelfryVestibuleHost:
 *
 * Who receives visitors. In the end it calls belfry_visitor_leave() for each that it was given.
 */
typedef struct
{
  /* A connection for TLS has sent what a handshake begins with. Once the handshake is done, the
   * host calls belfry_visitor_set_idle(). */
  void (*handshake) (BelfryVisitor *visitor, gpointer user_data);
  /* A plain connection has sent a whole request, or one behind TLS has the place that the host
   * asked for. */
  void (*enter) (BelfryVisitor *visitor, gpointer user_data);
  /* Its time is over, or its place is needed: it is to be made to leave, now or soon. */
  void (*expired) (BelfryVisitor *visitor, gpointer user_data);
  /* Returns: whether a visitor that has entered has not sent all of its request yet */
  gboolean (*is_waited_for) (BelfryVisitor *visitor, gpointer user_data);
} BelfryVestibuleHost;

/**
 * belfry_vestibule_new:
 * @reactor: outlives the vestibule, as do @wheel and @host
 * @addresses: where visitors are counted who leave
 */
BelfryVestibule *belfry_vestibule_new (BelfryReactor *reactor,
                                       BelfryDeadlineWheel *wheel,
                                       BelfryAddresses *addresses,
                                       const BelfryVestibuleSettings *settings,
                                       const BelfryVestibuleHost *host,
                                       gpointer user_data);

/**
 * belfry_vestibule_free:
 *
 * Closes what waits. The host must have none left.
 */
void belfry_vestibule_free (BelfryVestibule *self);

/**
 * belfry_vestibule_take:
 * @accepted: a connection that is counted in the addresses; it is the vestibule's now
 */
void belfry_vestibule_take (BelfryVestibule *self, const BelfryAccepted *accepted);

/**
 * belfry_vestibule_drain:
 *
 * Closes those that have not asked for anything, and whoever comes still.
 */
void belfry_vestibule_drain (BelfryVestibule *self);

/* Closes those that are idle. */
void belfry_vestibule_clear_idle (BelfryVestibule *self);

/* What was drained takes connections again. */
void belfry_vestibule_reopen (BelfryVestibule *self);

/**
 * belfry_vestibule_close:
 *
 * Closes all but those that are with the host, lets nobody in any more, and tells the host that
 * those who are idle or queue have expired.
 */
void belfry_vestibule_close (BelfryVestibule *self);

/* Timeouts that are running stay as they are. */
void belfry_vestibule_set_settings (BelfryVestibule *self, const BelfryVestibuleSettings *settings);

guint belfry_vestibule_get_n_waiting (const BelfryVestibule *self);
guint belfry_vestibule_get_n_queued (const BelfryVestibule *self);
guint belfry_vestibule_get_n_handshakes (const BelfryVestibule *self);
guint belfry_vestibule_get_n_inside (const BelfryVestibule *self);
guint belfry_vestibule_get_n_idle (const BelfryVestibule *self);

/* Returns: how many were refused and are being read out */
guint belfry_vestibule_get_n_lingering (const BelfryVestibule *self);

/* Returns: how many bytes all bodies together hold, those that are announced behind TLS included */
guint64 belfry_vestibule_get_held (const BelfryVestibule *self);

/* Returns: (transfer full): the descriptor; to be taken once */
int belfry_visitor_take_fd (BelfryVisitor *self);

/* Returns: (transfer full) (nullable): what has been read; to be taken once */
GByteArray *belfry_visitor_take_unread (BelfryVisitor *self);
const BelfryBodyRule *belfry_visitor_get_body_rule (const BelfryVisitor *self);
gboolean belfry_visitor_is_tls (const BelfryVisitor *self);

/* Returns: (transfer full) (nullable): the peer's address; %NULL for that of a unix socket */
GInetSocketAddress *belfry_visitor_make_address (const BelfryVisitor *self);

gpointer belfry_visitor_get_guest (const BelfryVisitor *self);
void belfry_visitor_set_guest (BelfryVisitor *self, gpointer guest);

/**
 * belfry_visitor_set_begun:
 *
 * The first byte of a request has come behind TLS: its head has the time of a header from now on.
 */
void belfry_visitor_set_begun (BelfryVisitor *self);

/**
 * belfry_visitor_ask:
 * @body: how many bytes the request's body has
 *
 * A whole head has come behind TLS. The host's `enter` is called when there is a place, perhaps
 * from within.
 *
 * Returns: %FALSE if there is no room for such a body now
 */
gboolean belfry_visitor_ask (BelfryVisitor *self, guint64 body);

/**
 * belfry_visitor_set_idle:
 *
 * @soon: whether a request is due now, since it has begun or the connection is new
 *
 * Its request was answered, or its handshake done. If there are too many that are idle, the one
 * that has been so for longest expires: it may be this one.
 */
void belfry_visitor_set_idle (BelfryVisitor *self, gboolean soon);

/**
 * belfry_visitor_return:
 * @fd: (transfer full): a plain connection whose request was answered, to wait here for the next
 * @unread: (transfer full) (nullable): what has come of that
 *
 * The visitor is no longer the host's, until it enters again.
 */
void belfry_visitor_return (BelfryVisitor *self, int fd, GByteArray *unread);

/**
 * belfry_visitor_leave:
 * @unit: (out) (optional): if given, the connection lives on elsewhere and is counted there: who
 * has it calls belfry_addresses_release()
 *
 * Frees the visitor.
 */
void belfry_visitor_leave (BelfryVisitor *self, BelfryAddressUnit *unit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryVestibule, belfry_vestibule_free)

G_END_DECLS
