/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-addresses.h"
#include "belfry-deadline-wheel.h"
#include "belfry-listen-socket.h"
#include "belfry-peer.h"
#include "belfry-reactor.h"

G_BEGIN_DECLS

/**
 * BelfryListener:
 *
 * Accepts connections, or refuses them, on all sockets of a worker. Everything of it happens on the
 * worker's thread.
 */
typedef struct _BelfryListener BelfryListener;

/* Connections that one socket may bring in a turn, so that those that are there go on being served
 * while thousands come. */
#define BELFRY_LISTENER_BATCH 64

/**
 * BelfryListenerLimits:
 *
 * What may change while the service runs.
 */
typedef struct
{
  guint max_connections;  /* of the whole service */
  guint max_per_address;  /* 0: no limit */
  guint accept_rate;      /* a second and listener; 0: no limit */
  BelfryProxies *proxies; /* (owned) (nullable): they are many clients, and not limited as one */
} BelfryListenerLimits;

/**
 * BelfryAccepted:
 *
 * A connection that is to be served.
 */
typedef struct
{
  int fd;                 /* (owned): non-blocking, close-on-exec */
  BelfryAddressUnit unit; /* what to belfry_addresses_release() when it has gone */
  gboolean tls;
  gboolean is_unix;
  struct sockaddr_storage address; /* the peer's, unless @is_unix */
  socklen_t address_length;
} BelfryAccepted;

/**
 * BelfryAcceptedFunc:
 * @accepted: (transfer full): the connection; the struct itself is the caller's
 *
 * May free the listener.
 */
typedef void (*BelfryAcceptedFunc) (const BelfryAccepted *accepted, gpointer user_data);

/**
 * BelfryListenerStats:
 *
 * What a listener has done so far.
 */
typedef struct
{
  guint64 accepted;
  guint64 refused_total;       /* the limit of all connections */
  guint64 refused_per_address; /* that of an address */
  guint64 refused_rate;        /* that of the rate */
  guint64 shed;                /* no descriptors */
  guint64 pauses;
} BelfryListenerStats;

/**
 * belfry_listener_new:
 * @reactor: outlives the listener, as do @wheel and @clock
 * @addresses: all workers' count of connections
 * @limits: copied, with a reference to what it holds
 *
 * Returns: (transfer full): a listener without sockets
 */
BelfryListener *belfry_listener_new (BelfryReactor *reactor,
                                     BelfryDeadlineWheel *wheel,
                                     BelfryClock *clock,
                                     BelfryAddresses *addresses,
                                     const BelfryListenerLimits *limits,
                                     BelfryAcceptedFunc func,
                                     gpointer user_data);

/**
 * belfry_listener_free:
 *
 * Closes the sockets. Connections that were accepted are not the listener's.
 */
void belfry_listener_free (BelfryListener *self);

/**
 * belfry_listener_add:
 * @socket: (transfer full): what to accept from; freed on failure, too
 */
gboolean belfry_listener_add (BelfryListener *self, BelfryListenSocket *socket, GError **error);

/**
 * belfry_listener_drain:
 *
 * Accepts nothing more, and closes the sockets: who comes now finds another instance, or nobody.
 */
void belfry_listener_drain (BelfryListener *self);

/* Accepts nothing for a while: who comes waits in the kernel. */
void belfry_listener_rest (BelfryListener *self);
void belfry_listener_rouse (BelfryListener *self);

/* Calls @func for each socket. */
void belfry_listener_foreach (const BelfryListener *self, GFunc func, gpointer user_data);

void belfry_listener_set_limits (BelfryListener *self, const BelfryListenerLimits *limits);
const BelfryListenerStats *belfry_listener_get_stats (const BelfryListener *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryListener, belfry_listener_free)

G_END_DECLS
