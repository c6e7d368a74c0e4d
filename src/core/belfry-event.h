/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"
#include "belfry-request.h"

G_BEGIN_DECLS

/**
 * BelfryEventKind:
 *
 * What a client is told besides messages.
 */
typedef enum
{
  BELFRY_EVENT_WELCOME,       /* the connection is open; no request */
  BELFRY_EVENT_AUTHENTICATED, /* no request if the token came in the handshake */
  BELFRY_EVENT_REFRESHED,
  BELFRY_EVENT_SUBSCRIBED,   /* @topics: those granted; the refused ones follow as errors */
  BELFRY_EVENT_UNSUBSCRIBED, /* @topics; no request if somebody else decided it */
  BELFRY_EVENT_PUBLISHED,    /* @position */
  BELFRY_EVENT_PRESENCE,     /* @presence, of @topic */
  BELFRY_EVENT_HISTORY,      /* @history, of @topic */
  BELFRY_EVENT_PONG,
  BELFRY_EVENT_ERROR,   /* @error, of @topic if it has to do with one */
  BELFRY_EVENT_GAP,     /* @topic, @reason: messages were lost */
  BELFRY_EVENT_EXPIRES, /* the token ends soon: refresh */
  BELFRY_EVENT_N_KINDS,
} BelfryEventKind;

/* A topic of an answer. */
typedef struct
{
  const char *topic;       /* (unowned) */
  BelfryPosition position; /* where the client now is; unset without history */
  gboolean recovery;       /* "since" was asked */
  gboolean recovered;      /* and nothing is missing */
} BelfryEventTopic;

/**
 * BelfryEvent:
 *
 * Something a session tells its client, to be written by a dialect at once: nothing in it is owned.
 */
typedef struct
{
  BelfryEventKind kind;
  const BelfryRequest *request; /* (unowned) (nullable): what is answered */
  const char *session;          /* (unowned): the session's id */
  const char *topic;            /* (unowned) (nullable) */
  const char *reason;           /* (unowned) (nullable) */
  const GError *error;          /* (unowned) (nullable): told by belfry_error_client_code() */
  BelfryPosition position;
  guint n_topics;
  const BelfryEventTopic *topics;   /* (unowned) (nullable) (array length=n_topics) */
  const GPtrArray *presence;        /* (unowned) (nullable) (element-type BelfryPresenceEntry) */
  const BelfryHistoryPage *history; /* (unowned) (nullable) */
} BelfryEvent;

G_END_DECLS
