/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-record.h"
#include "belfry-shard-private.h"

G_BEGIN_DECLS

/* One for each client, so it is small. */
struct _BelfrySession
{
  BelfrySubscriber subscriber;   /* the first field, so that the table's is the session */
  BelfryShard *shard;            /* (unowned) */
  BelfrySession *next;           /* (owned) (nullable) */
  BelfrySession *prev;           /* (unowned) (nullable) */
  const BelfrySessionSink *sink; /* (unowned) */
  gpointer client;               /* (unowned) (nullable): the sink's */
  BelfryRecord *record;          /* (unowned): the hub's, but for its id a name */
  const char *dialect;           /* (unowned): a constant */
  BelfryIdentity *identity;      /* (owned) (nullable): who it is, for the log */
  gsize bytes;                   /* what its requests on their way hold */
  guint16 in_flight;             /* orders that will be answered */
  guint8 faults;                 /* more than good requests */
  guint8 authenticated : 1;
  guint8 closing : 1; /* the client was told to go: nothing is asked or told any more */
  guint8 gone : 1;    /* the client is gone: the memory stays until the hub knows */
  guint8 slow : 1;    /* in the shard's list of those who lost messages */
};

static inline BelfrySession *
belfry_session_from_subscriber (BelfrySubscriber *subscriber)
{
  return (BelfrySession *) subscriber;
}

/* Whether the client may still be told something. */
static inline gboolean
belfry_session_is_open (const BelfrySession *self)
{
  return !self->closing && !self->gone;
}

/* @event: what is told; the session's id is filled in */
void belfry_session_tell (BelfrySession *self, BelfryEvent *event);
void belfry_session_tell_gap (BelfrySession *self, const char *topic, const char *reason);

/* Tells of what was lost because the client is slow. */
void belfry_session_tell_losses (BelfrySession *self);

/* Takes its subscriptions away and tells the client to go. */
void belfry_session_close (BelfrySession *self, guint code, const char *reason);

/* What the hub said about this session. */
void belfry_session_take_notice (BelfrySession *self, BelfryNotice *notice);

/* Frees the memory, at last. */
void belfry_session_destroy (BelfrySession *self);

G_END_DECLS
