/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryLoadRole:
 *
 * What a connection says to a server. In all texts, `{n}` becomes the connection's number.
 */
typedef struct
{
  const char *path; /* (unowned) (nullable): what it asks for; NULL where there is no publisher */
  const char *headers; /* (unowned) (nullable): further lines of the request, each with CR LF */
  const char *first;   /* (unowned) (nullable): a message to send at once: sign in, subscribe */
  guint n_answers;     /* how many messages must come before the connection counts as open */
} BelfryLoadRole;

/**
 * BelfryLoadPlan:
 *
 * How a server is used. Without a publisher every subscriber sends what it is to get back.
 */
typedef struct
{
  BelfryLoadRole subscriber;
  BelfryLoadRole publisher;
  const char *prefix; /* (unowned) (nullable): what stands before the payload in a message sent;
                         in it, `{n}` is its sender's number */
  const char *suffix; /* (unowned) (nullable): and what behind */
  gboolean deflate;   /* whether subscribers can read compressed messages, and say so */
} BelfryLoadPlan;

/**
 * BelfryLoadCounts:
 *
 * What has come. Each message carries a number, and every connection must get all of them in order.
 */
typedef struct
{
  guint64 deliveries;
  guint64 bytes;      /* of their frames' payloads */
  guint64 lost;       /* numbers that were passed over */
  guint64 repeated;   /* numbers that had come before, or that were passed over before */
  guint64 others;     /* messages without a number */
  guint64 compressed; /* of the deliveries */
  guint64 pings;
  guint open;       /* subscribers */
  guint closed;     /* connections of any kind that the server has ended */
  guint background; /* silent and slow connections that were made */
} BelfryLoadCounts;

/**
 * BelfryLoad:
 *
 * Many WebSocket clients in one thread, on one epoll descriptor, to one server on loopback. Only
 * the calls below do anything, and each ends at its deadline, in monotonic microseconds.
 */
typedef struct _BelfryLoad BelfryLoad;

/**
 * belfry_load_new:
 * @plan: (transfer none): must live as long
 * @port: of 127.0.0.1
 */
BelfryLoad *belfry_load_new (const BelfryLoadPlan *plan, guint16 port);

/**
 * belfry_load_free:
 *
 * Resets all connections, so that none lingers.
 */
void belfry_load_free (BelfryLoad *self);

/**
 * belfry_load_open:
 * @n_subscribers: how many more subscribers to open
 *
 * Opens these, and the publisher if the plan has one and it is not open yet.
 *
 * Returns: %FALSE with @error if one was refused or the deadline passed
 */
gboolean belfry_load_open (BelfryLoad *self, guint n_subscribers, gint64 deadline, GError **error);

/**
 * belfry_load_open_background:
 * @n_silent: connections that never say a word
 * @n_slow: connections that send one byte of an endless request every second, while
 *   another call runs
 *
 * The server may end these: that is counted and nothing else.
 */
gboolean belfry_load_open_background (BelfryLoad *self,
                                      guint n_silent,
                                      guint n_slow,
                                      gint64 deadline,
                                      GError **error);

/**
 * belfry_load_publish:
 * @burst: how many messages to send with one call
 * @size: length of the payload, at least %BELFRY_LOAD_SIZE_MIN; too long a one is an error
 *
 * Sends, and does not wait for what comes of it.
 */
gboolean
belfry_load_publish (BelfryLoad *self, guint burst, gsize size, gint64 deadline, GError **error);

/**
 * belfry_load_expect:
 * @n: messages that somebody else is about to publish, numbered as this would have numbered them
 *
 * Lets belfry_load_settle() wait for these, too.
 */
void belfry_load_expect (BelfryLoad *self, guint n);

/**
 * BelfryLoadPace:
 *
 * How fast to publish.
 */
typedef struct
{
  double rate;       /* messages a second, whatever becomes of them; 0 for as many as are taken */
  gsize size;        /* length of each payload */
  gint64 duration;   /* how long, in microseconds */
  GArray *latencies; /* (element-type guint32) (unowned) (nullable): gets one for each delivery */
} BelfryLoadPace;

/**
 * belfry_load_pace:
 *
 * Publishes one message after the other, and waits for all of them to arrive. A latency, in
 * microseconds, counts from when a message was due, not from when it could be sent. Without a rate
 * a message is sent when only one that was sent before is still under way.
 *
 * Returns: %FALSE as belfry_load_settle() does
 */
gboolean
belfry_load_pace (BelfryLoad *self, const BelfryLoadPace *pace, gint64 deadline, GError **error);

/* A payload's number, with a mark on either side. */
#define BELFRY_LOAD_SIZE_MIN 12

/**
 * belfry_load_settle:
 *
 * Waits until all that was published has come to all subscribers.
 *
 * Returns: %FALSE with @error if the deadline passed, or a connection ended
 */
gboolean belfry_load_settle (BelfryLoad *self, gint64 deadline, GError **error);

/**
 * belfry_load_run:
 *
 * Takes what comes, answers pings and feeds the slow connections until the deadline.
 */
void belfry_load_run (BelfryLoad *self, gint64 deadline);

/**
 * belfry_load_get_counts:
 *
 * Returns: (transfer none): the counts so far
 */
const BelfryLoadCounts *belfry_load_get_counts (const BelfryLoad *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryLoad, belfry_load_free)

G_END_DECLS
