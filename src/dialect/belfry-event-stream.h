/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-dialect.h"

G_BEGIN_DECLS

/* Server-Sent Events, as #belfry_dialect_event_stream writes them. The data of each event is what
 * the typed dialect says with delivery=envelope, and the event's name is its type; only an error is
 * called "problem", since "error" is what browsers call a lost connection.
 *
 * A block that is written for a message has no id, so that it is the same for all streams. A stream
 * writes its id before the block: the id is the place that the whole stream has reached, as a list
 * of FINGERPRINT=EPOCH:OFFSET, separated by commas, one for each topic that keeps history. The
 * fingerprint stands for the topic in eight digits. A browser that connects again sends the last id
 * it got, and so gives back the place in every topic. */

/* Topics of one stream: its id, which has a place for each, must be short enough for a header. */
#define BELFRY_EVENT_STREAM_MAX_TOPICS 32

/* A comment, which keeps proxies from taking the stream for dead. */
#define BELFRY_EVENT_STREAM_KEEPALIVE ":\n\n"

typedef struct
{
  guint32 fingerprint;
  BelfryPosition position;
} BelfryEventStreamPlace;

/**
 * BelfryEventStreamId:
 *
 * Where a stream is. Embedded; zeroed it is that of a new stream; owns nothing.
 */
typedef struct
{
  guint n_places;
  BelfryEventStreamPlace places[BELFRY_EVENT_STREAM_MAX_TOPICS];
} BelfryEventStreamId;

/**
 * belfry_event_stream_id_begin:
 * @event: a SUBSCRIBED
 *
 * Takes the places that the subscriptions begin at: of what is recovered that which was asked for,
 * so that a stream which ends before the missed messages have come does not lose them. What does
 * not fit is left out.
 *
 * Returns: whether the id is another now
 */
gboolean belfry_event_stream_id_begin (BelfryEventStreamId *self, const BelfryEvent *event);

/**
 * belfry_event_stream_id_move:
 * @message: what is to be delivered
 *
 * Returns: whether the id is another now, so that it must be written before the message. It is not,
 * if the topic keeps no history, or came through a pattern
 */
gboolean belfry_event_stream_id_move (BelfryEventStreamId *self, const BelfryMessage *message);

/* Appends the line; nothing if there is no place. */
void belfry_event_stream_id_append (const BelfryEventStreamId *self, GString *text);

/**
 * belfry_event_stream_id_parse:
 * @id: untrusted: what the client sent as Last-Event-ID
 * @topics: (array length=n_topics): what it wants to subscribe to
 *
 * Sets since when each topic is wanted, if the id has a place for it. An id that cannot be read is
 * a lost place in every topic, and so is a place that could belong to two of them: recovery is
 * asked for then with a place that no topic has.
 *
 * Returns: whether the id could be read
 */
gboolean belfry_event_stream_id_parse (const char *id, BelfryRequestTopic *topics, guint n_topics);

/* How long a client waits before it connects again. */
void belfry_event_stream_append_retry (guint milliseconds, GString *text);

/**
 * belfry_event_stream_append_close:
 * @code: what a WebSocket would be closed with
 * @reason: for people
 *
 * The last event of a stream.
 */
void belfry_event_stream_append_close (guint code, const char *reason, GString *text);

G_END_DECLS
