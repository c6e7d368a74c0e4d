/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-core-metrics.h"
#include "belfry-session.h"

G_BEGIN_DECLS

/**
 * BelfryNoticeKind:
 *
 * What the hub tells a shard.
 */
typedef enum
{
  BELFRY_NOTICE_MESSAGE,  /* something for all who are subscribed; see belfry_notice_from_message()
                           */
  BELFRY_NOTICE_EVENT,    /* something for one session, to be told as @event */
  BELFRY_NOTICE_CLOSE,    /* @code, @text: the session is to go */
  BELFRY_NOTICE_CLOSED,   /* the hub knows nothing of the session any more: it can be freed */
  BELFRY_NOTICE_GAP,      /* @topic or all, @text, @alone: messages were lost */
  BELFRY_NOTICE_TRAITS,   /* @topic, @slow_consumer */
  BELFRY_NOTICE_ASK,      /* @cookie: how much waits for the client? */
  BELFRY_NOTICE_STANDING, /* @authenticated: whether a client that has not signed in is let in */
  BELFRY_NOTICE_SEND,     /* @message: for this session alone */
  BELFRY_NOTICE_N_KINDS,
} BelfryNoticeKind;

/**
 * BelfryGrant:
 *
 * What became of one topic of a request to subscribe or to unsubscribe.
 */
typedef struct
{
  const char *topic;       /* (unowned): the request's, or the notice's own */
  GError *error;           /* (owned) (nullable): it was refused; of the rest, nothing is set */
  GPtrArray *missed;       /* (owned) (nullable) (element-type BelfryMessage): to be delivered
                              behind the answer */
  BelfryPosition position; /* what the client has before @missed */
  gboolean is_pattern;
  gboolean recovery;
  gboolean recovered;
  gboolean gap;      /* messages may have been lost since @position was the client's */
  gboolean repeated; /* the client was subscribed already: the shard knows its position */
  BelfryConfigSlowConsumer slow_consumer;
} BelfryGrant;

/**
 * BelfryNotice:
 *
 * Something on its way from the hub to a shard.
 */
typedef struct
{
  BelfryNoticeKind kind;
  BelfryEventKind event;
  BelfrySession *session; /* (unowned) (nullable): stays until it is told CLOSED */
  gboolean answers;       /* one of the orders that the session waits for */
  gboolean authenticated; /* the client is known from now on */
  gboolean resumes;       /* of grants: the client had them in the image before, and is not told */
  BelfryRequest *request; /* (owned) (nullable): given back */
  GError *error;          /* (owned) (nullable) */
  char *topic;            /* (owned) (nullable) */
  char *text;             /* (owned) (nullable): a reason */
  guint code;
  BelfryCoreMetric metric; /* which gaps these are */
  gboolean alone; /* of a gap: another broker has the topic now; told to those alone who have
                     the topic itself */
  BelfryConfigSlowConsumer slow_consumer;
  BelfryPosition position;
  GPtrArray *presence;        /* (owned) (nullable) (element-type BelfryPresenceEntry) */
  BelfryHistoryPage *history; /* (owned) (nullable) */
  BelfryMessage *message;     /* (owned) (nullable) */
  guint n_grants;
  BelfryGrant *grants; /* (owned) (nullable) (array length=n_grants) */
  guint64 cookie;
  BelfryIdentity *identity; /* (owned) (nullable): who it is from now on, for the log */
} BelfryNotice;

BelfryNotice *belfry_notice_new (BelfryNoticeKind kind, BelfrySession *session);
void belfry_notice_free (BelfryNotice *self);

/* Makes room for what becomes of @n topics. */
void belfry_notice_set_n_grants (BelfryNotice *self, guint n);

/* A message is by far the most frequent of notices, and needs nothing but itself: what is posted is
 * the message's own address, told from a notice's by a bit in which allocations never differ. */

/* @message: (transfer full) */
static inline gpointer
belfry_notice_from_message (BelfryMessage *message)
{
  return (char *) message + 1;
}

/* Returns: (nullable): the message, if @item is one */
static inline BelfryMessage *
belfry_notice_to_message (gpointer item)
{
  return (GPOINTER_TO_SIZE (item) & 1) != 0 ? (gpointer) ((char *) item - 1) : NULL;
}

/* Frees either. */
void belfry_notice_item_free (gpointer item);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryNotice, belfry_notice_free)

G_END_DECLS
