/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <stdatomic.h>

#include "belfry-core-metrics.h"
#include "belfry-log-limit.h"
#include "belfry-mailbox.h"
#include "belfry-notice.h"
#include "belfry-order.h"
#include "belfry-session.h"
#include "belfry-shard.h"
#include "belfry-subscriptions.h"

G_BEGIN_DECLS

/**
 * BelfryShardLimits:
 *
 * What sessions may make wait for the hub. Constants, but for tests.
 */
typedef struct
{
  guint max_in_flight; /* requests of a session that wait for the hub */
  guint max_refused;   /* and refusals behind them, before it is closed */
  gsize session_bytes; /* what a session's requests may hold, unless it is one */
  gsize unknown_bytes; /* the same for one that is not signed in, even if it is one */
  gsize shard_bytes;   /* what all sessions' requests may hold */
  guint max_faults;    /* how many more faults than good requests there may be */
} BelfryShardLimits;

extern const BelfryShardLimits belfry_shard_default_limits;

/* Orders that a turn of a shard keeps back, until it ends or there are more. */
#define BELFRY_SHARD_OUTGOING 16

struct _BelfryShard
{
  /* Set once by the hub */
  guint index;
  BelfryClock *clock;     /* (owned) */
  BelfryMailbox *orders;  /* (owned): to the hub */
  BelfryMailbox *notices; /* (owned): from it */

  /* Raised by the hub, lowered by the shard */
  _Atomic gsize backlog; /* what messages on their way cost */

  /* The hub's */
  GHashTable *lost;    /* (element-type utf8) (owned): topics of which messages did not fit */
  gboolean lost_many;  /* more than can be named */
  BelfryDeadline room; /* when to look whether it can be told */
  gboolean removed;
  gpointer hub; /* (unowned) */

  /* The shard's thread's */
  BelfryDeadlineWheel *wheel;                   /* (unowned) (nullable): while it runs */
  GSource *outbox;                              /* (owned) (nullable): likewise */
  BelfryOrder *outgoing[BELFRY_SHARD_OUTGOING]; /* (owned) */
  guint n_outgoing;
  BelfryCoreSlot slot;
  BelfryShardLimits limits;
  BelfrySubscriptions *subscriptions; /* (owned) (nullable): while it runs */
  BelfrySession *sessions; /* (owned) (nullable): also those that are gone, for a while */
  guint n_open;
  gsize bytes;     /* what the requests on their way hold */
  GPtrArray *slow; /* (element-type BelfrySession) (owned): who lost messages */
  BelfryDeadline tell_slow;
  BelfryLogLimit losses;
  GArray *topics; /* (element-type BelfryEventTopic) (owned): scratch */
};

/* For the hub, on the main thread. */
BelfryShard *
belfry_shard_new (guint index, GMainContext *context, BelfryClock *clock, BelfryMailbox *orders);

/* Its thread has ended: takes nothing any more. */
void belfry_shard_retire (BelfryShard *self);
void belfry_shard_free (BelfryShard *self);

/**
 * belfry_shard_post:
 * @notice: (transfer full)
 *
 * Sends what must not be lost; its number is bounded by what it answers.
 */
void belfry_shard_post (BelfryShard *self, BelfryNotice *notice);

/**
 * belfry_shard_has_room:
 * @max_backlog: what may be on its way
 *
 * Returns: whether there is room for a message; if not, it must be told as a gap
 */
gboolean
belfry_shard_has_room (const BelfryShard *self, const BelfryMessage *message, gsize max_backlog);
void belfry_shard_post_message (BelfryShard *self, BelfryMessage *message);

/* To one session, whatever it is subscribed to. @message: (transfer none) */
void
belfry_shard_post_message_to (BelfryShard *self, BelfrySession *session, BelfryMessage *message);

/* For sessions, on the shard's thread. */

/* @order: (transfer full) */
void belfry_shard_send (BelfryShard *self, BelfryOrder *order);
void belfry_shard_note_slow (BelfryShard *self, BelfrySession *session);

G_END_DECLS
