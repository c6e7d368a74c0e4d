/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-listener.h"

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
  guint max_inside;
  guint max_idle; /* those between requests, which are not counted as inside */
  guint64 max_body;
} BelfryVestibuleSettings;

/**
 * BelfryVestibuleHost:
 *
 * Who receives visitors. In the end it calls belfry_visitor_leave() for each that it was given.
 */
typedef struct
{
  /* A plain connection has sent the whole head of a request, or one for TLS its first byte. */
  void (*enter) (BelfryVisitor *visitor, gpointer user_data);
  /* Its time is over, or its place is needed: it is to be made to leave, now or soon. */
  void (*expired) (BelfryVisitor *visitor, gpointer user_data);
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

/* Timeouts that are running stay as they are. */
void belfry_vestibule_set_settings (BelfryVestibule *self, const BelfryVestibuleSettings *settings);

guint belfry_vestibule_get_n_waiting (const BelfryVestibule *self);
guint belfry_vestibule_get_n_queued (const BelfryVestibule *self);
guint belfry_vestibule_get_n_inside (const BelfryVestibule *self);
guint belfry_vestibule_get_n_idle (const BelfryVestibule *self);

/* Returns: (transfer full): the descriptor; to be taken once */
int belfry_visitor_take_fd (BelfryVisitor *self);

/* Returns: (transfer full) (nullable): what has been read; to be taken once */
GByteArray *belfry_visitor_take_unread (BelfryVisitor *self);
guint64 belfry_visitor_get_max_body (const BelfryVisitor *self);
gboolean belfry_visitor_is_tls (const BelfryVisitor *self);

/* Returns: (transfer full) (nullable): the peer's address; %NULL for that of a unix socket */
GInetSocketAddress *belfry_visitor_make_address (const BelfryVisitor *self);

gpointer belfry_visitor_get_guest (const BelfryVisitor *self);
void belfry_visitor_set_guest (BelfryVisitor *self, gpointer guest);

/**
 * belfry_visitor_set_busy:
 *
 * A request has begun, or, after TLS, may begin: it has the time of a header from now on.
 */
void belfry_visitor_set_busy (BelfryVisitor *self);

/**
 * belfry_visitor_set_idle:
 *
 * Its request was answered. If there are too many that are idle, the one that has been so for
 * longest expires.
 */
void belfry_visitor_set_idle (BelfryVisitor *self);

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
