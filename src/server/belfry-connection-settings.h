/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryConnectionLimits:
 *
 * What a connection may do, and what we do to it when. Times are microseconds; a zero turns a limit
 * off where it says so.
 */
typedef struct
{
  gint64 ping_interval; /* of silence, until the peer is asked for a sign of life; may be off */
  gint64 ping_timeout;  /* until it is given up then */
  gint64 auth_timeout;  /* until it must have signed in; may be off */
  gboolean needs_authentication; /* from the beginning; else the time runs when it is told to */
  gint64 close_timeout;          /* for the closing handshake */
  gsize max_message;             /* bytes, as they came and inflated */
  gsize max_frame;
  guint max_fragments;
  guint32 message_rate;  /* messages, pings and pongs a second; may be off */
  guint32 message_burst; /* and at once */
  gint64 rate_patience;  /* how long a peer may stay at its rate limit before it is closed */
  gsize send_queue;      /* bytes that may wait to be written */
  guint send_exempt;     /* control frames and notices that may wait besides */
  gsize read_mark;       /* bytes waiting to be written, beyond which we do not read */
  gsize turn_bytes;      /* taken from one connection before the others have their turn */
  guint turn_messages;   /* likewise */
  gsize closing_bytes;   /* what may still come while we wait for a peer's close */
} BelfryConnectionLimits;

/**
 * BelfryConnectionSettings:
 *
 * The limits of many connections: immutable and reference-counted; any thread.
 */
typedef struct _BelfryConnectionSettings BelfryConnectionSettings;

/**
 * belfry_connection_limits_init:
 *
 * Sets all limits to what suits most.
 */
void belfry_connection_limits_init (BelfryConnectionLimits *limits);

/**
 * belfry_connection_settings_new:
 *
 * Returns: (transfer full): settings with a copy of @limits
 */
BelfryConnectionSettings *belfry_connection_settings_new (const BelfryConnectionLimits *limits);
BelfryConnectionSettings *belfry_connection_settings_ref (BelfryConnectionSettings *self);
void belfry_connection_settings_unref (BelfryConnectionSettings *self);

const BelfryConnectionLimits *
belfry_connection_settings_get_limits (const BelfryConnectionSettings *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryConnectionSettings, belfry_connection_settings_unref)

G_END_DECLS
