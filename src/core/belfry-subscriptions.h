/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-message.h"
#include "belfry-session.h"

G_BEGIN_DECLS

/**
 * BelfrySubscriptions:
 *
 * A shard's table of who is subscribed to what, and up to where each has been given a topic's
 * messages. Belongs to the shard's thread.
 */
typedef struct _BelfrySubscriptions BelfrySubscriptions;

/* A topic or pattern of the table. */
typedef struct _BelfrySubscribed BelfrySubscribed;

/*< private >*/
typedef struct
{
  BelfrySubscribed *topic; /* (unowned) */
  guint32 index;           /* where the subscriber stands there */
  guint32 lost;            /* whether messages were lost that nobody was told of yet */
} BelfrySubscriptionRef;

/**
 * BelfrySubscriber:
 *
 * Embedded in whoever can be subscribed; zero is somebody without a subscription. Must have been
 * taken out of the table before it is freed. Its fields are the table's.
 */
typedef struct
{
  /*< private >*/
  union
  {
    BelfrySubscriptionRef one;   /* while there is one at the most */
    BelfrySubscriptionRef *many; /* (owned): otherwise */
  } refs;
  guint32 n;
  guint32 capacity; /* of @many; 0 stands for @one */
  guint64 stamp;    /* of the last message that was looked at for it */
} BelfrySubscriber;

/**
 * BelfrySubscriptionsDeliver:
 *
 * Takes a message for a subscriber. Must not change the table.
 */
typedef void (*BelfrySubscriptionsDeliver) (BelfrySubscriber *subscriber,
                                            BelfryMessage *message,
                                            const BelfryDelivery *delivery,
                                            gpointer user_data);

/* Must not change the table. */
typedef void (*BelfrySubscriptionsFunc) (BelfrySubscriber *subscriber,
                                         const char *topic,
                                         gpointer user_data);

BelfrySubscriptions *belfry_subscriptions_new (BelfrySubscriptionsDeliver deliver,
                                               gpointer user_data);

/* All subscribers must have been taken out. */
void belfry_subscriptions_free (BelfrySubscriptions *self);

/**
 * belfry_subscriptions_add:
 * @is_pattern: whether @topic is a pattern
 * @position: what the subscriber already has; unset if the topic keeps no history
 *
 * Does nothing if it is subscribed already.
 */
void belfry_subscriptions_add (BelfrySubscriptions *self,
                               BelfrySubscriber *subscriber,
                               const char *topic,
                               gboolean is_pattern,
                               BelfryConfigSlowConsumer slow_consumer,
                               const BelfryPosition *position);

/* Returns: whether it was subscribed */
gboolean belfry_subscriptions_remove (BelfrySubscriptions *self,
                                      BelfrySubscriber *subscriber,
                                      const char *topic);
void belfry_subscriptions_remove_all (BelfrySubscriptions *self, BelfrySubscriber *subscriber);

/**
 * belfry_subscriptions_get_position:
 * @position: (out): what the subscriber has of the topic; unset if there is no history
 *
 * Returns: whether it is subscribed
 */
gboolean belfry_subscriptions_get_position (BelfrySubscriptions *self,
                                            const BelfrySubscriber *subscriber,
                                            const char *topic,
                                            BelfryPosition *position);

/* @position: what the subscriber has of @topic; unset for a pattern, or if there is no history */
typedef void (*BelfrySubscriptionsVisit) (const char *topic,
                                          const BelfryPosition *position,
                                          gpointer user_data);

/* Tells all that a subscriber is subscribed to. @visit: must not change the table */
void belfry_subscriptions_visit (const BelfrySubscriber *subscriber,
                                 BelfrySubscriptionsVisit visit,
                                 gpointer user_data);
void belfry_subscriptions_set_slow_consumer (BelfrySubscriptions *self,
                                             const char *topic,
                                             BelfryConfigSlowConsumer slow_consumer);

/**
 * belfry_subscriptions_deliver:
 *
 * Gives a message to all who want it and do not have it yet, once to each, however many of their
 * topics and patterns match. Allocates nothing unless there are patterns.
 *
 * Returns: how many got it
 */
guint belfry_subscriptions_deliver (BelfrySubscriptions *self, BelfryMessage *message);

/* To this subscriber alone, as one that is subscribed to @topic. Returns: whether it got it */
gboolean belfry_subscriptions_deliver_to (BelfrySubscriptions *self,
                                          BelfrySubscriber *subscriber,
                                          const char *topic,
                                          BelfryMessage *message);

/**
 * belfry_subscriptions_watch_epochs:
 * @func: called for each subscription to a topic that begins to count anew, before anything that is
 * counted so is delivered; what was before may have been lost
 */
void belfry_subscriptions_watch_epochs (BelfrySubscriptions *self, BelfrySubscriptionsFunc func);

/* Another may count the topic from now on, which is nothing that anybody needs to be told of. */
void belfry_subscriptions_forget_epoch (BelfrySubscriptions *self, const char *topic);

/**
 * belfry_subscriptions_foreach:
 * @topic: (nullable): a topic or pattern; %NULL for all there are
 * @func: called with the subscription's own topic if @topic is %NULL, else with @topic
 *
 * Finds those who would get a message of a topic, each once; or all subscriptions.
 */
void belfry_subscriptions_foreach (BelfrySubscriptions *self,
                                   const char *topic,
                                   BelfrySubscriptionsFunc func,
                                   gpointer user_data);

/* Finds those who are subscribed to a topic or pattern itself. */
void belfry_subscriptions_foreach_of (BelfrySubscriptions *self,
                                      const char *topic,
                                      BelfrySubscriptionsFunc func,
                                      gpointer user_data);

/**
 * belfry_subscriptions_lose:
 * @key: of the message, as it was delivered
 *
 * Takes note that a subscriber lost a message. One that came by a pattern is held against all the
 * subscriber's patterns, since it is not known any more which it was.
 *
 * Returns: whether anything was noted
 */
gboolean
belfry_subscriptions_lose (BelfrySubscriptions *self, BelfrySubscriber *subscriber, guint32 key);

/* Calls @func for each topic of which a loss was noted, and forgets that. */
void belfry_subscriptions_tell_lost (BelfrySubscriptions *self,
                                     BelfrySubscriber *subscriber,
                                     BelfrySubscriptionsFunc func,
                                     gpointer user_data);
guint belfry_subscriptions_get_n_topics (BelfrySubscriptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfrySubscriptions, belfry_subscriptions_free)

G_END_DECLS
