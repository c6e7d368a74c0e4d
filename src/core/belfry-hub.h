/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"
#include "belfry-gate.h"
#include "belfry-shard.h"

G_BEGIN_DECLS

/**
 * BelfryHub:
 *
 * The main thread's part of the core: the directory of topics and who wants them, the list of
 * sessions, and everything that is decided. It stands between the shards, the broker and the gate.
 */
#define BELFRY_TYPE_HUB (belfry_hub_get_type ())
G_DECLARE_FINAL_TYPE (BelfryHub, belfry_hub, BELFRY, HUB, GObject)

BelfryHub *belfry_hub_new (BelfryClock *clock,
                           BelfryBroker *broker,
                           BelfryGate *gate,
                           BelfryMetrics *metrics,
                           BelfryConfig *config);

/**
 * belfry_hub_set_config:
 *
 * Puts limits and topics' traits in force, for sessions and subscriptions that there are, too.
 */
void belfry_hub_set_config (BelfryHub *self, BelfryConfig *config);

/* Returns: (transfer none): the one that is in use */
BelfryBroker *belfry_hub_get_broker (BelfryHub *self);

/* Returns: (transfer none) (nullable): why it is not up, in words for administrators; %NULL if it
 * is */
const char *belfry_hub_get_trouble (BelfryHub *self);

/**
 * belfry_hub_set_broker:
 *
 * Exchanges the broker. Clients stay: what they have is subscribed to at the new one, each topic
 * with a gap ("broker-changed") once it is in force; who waited for an answer of the broker before
 * is told to try again (%BELFRY_ERROR_UNAVAILABLE). Blocks and revocations stay in force here; the
 * new broker is told nothing of them.
 */
void belfry_hub_set_broker (BelfryHub *self, BelfryBroker *broker);

/* Brings the metrics up to date that change while nothing happens. */
void belfry_hub_measure_broker (BelfryHub *self);

/**
 * belfry_hub_review:
 *
 * To be called when it may have changed who must sign in, or what is allowed. Judges what sessions
 * there are again: subscriptions that are not allowed any more are taken away, and who must sign in
 * now and has not has as long for it as a new client.
 */
void belfry_hub_review (BelfryHub *self);

/**
 * belfry_hub_add_shard:
 * @context: that of the thread which will run it
 *
 * Returns: (transfer none): a shard, which is the hub's, to be given back
 */
BelfryShard *belfry_hub_add_shard (BelfryHub *self, GMainContext *context);

/**
 * belfry_hub_remove_shard:
 *
 * To be called when the shard's thread has ended, or never ran. A hub must have been given back all
 * shards before it goes.
 */
void belfry_hub_remove_shard (BelfryHub *self, BelfryShard *shard);

/* What callers that are no sessions ask: the HTTP API, D-Bus. All on the main thread.
 * @identity: (nullable): who asks, to be authorized; %NULL for one who may do everything */

void belfry_hub_authenticate_async (BelfryHub *self,
                                    BelfryCredentials *credentials,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
BelfryIdentity *
belfry_hub_authenticate_finish (BelfryHub *self, GAsyncResult *result, GError **error);

/**
 * BelfryHubPublication:
 *
 * What somebody who is no session publishes.
 */
typedef struct
{
  const char *topic;           /* (unowned): untrusted */
  GBytes *payload;             /* (unowned) */
  const char *idempotency_key; /* (unowned) (nullable) */
} BelfryHubPublication;

void belfry_hub_publish_async (BelfryHub *self,
                               BelfryIdentity *identity,
                               const BelfryHubPublication *publication,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean belfry_hub_publish_finish (BelfryHub *self,
                                    GAsyncResult *result,
                                    BelfryPosition *position,
                                    GError **error);
void belfry_hub_history_async (BelfryHub *self,
                               BelfryIdentity *identity,
                               const char *topic,
                               const BelfryPosition *since,
                               guint limit,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
BelfryHistoryPage *
belfry_hub_history_finish (BelfryHub *self, GAsyncResult *result, GError **error);
void belfry_hub_presence_async (BelfryHub *self,
                                BelfryIdentity *identity,
                                const char *topic,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
GPtrArray *belfry_hub_presence_finish (BelfryHub *self, GAsyncResult *result, GError **error);

/**
 * BelfryTopicInfo:
 *
 * How a topic stands.
 */
typedef struct
{
  char *topic;       /* (owned) */
  guint subscribers; /* sessions, on this instance */
  BelfryTopicTraits traits;
} BelfryTopicInfo;
void belfry_topic_info_free (BelfryTopicInfo *self);

/**
 * belfry_hub_list_topics:
 * @pattern: (nullable): which
 * @after: (nullable): the last name of the page before
 * @limit: how many at most
 * @next: (out) (transfer full) (nullable): @after of the next page; %NULL if this is the last
 *
 * A page. It can be short, since how many topics are looked at is bounded.
 *
 * Returns: (transfer full) (element-type BelfryTopicInfo): topics that have subscribers here,
 * ordered by name
 */
GPtrArray *belfry_hub_list_topics (BelfryHub *self,
                                   const char *pattern,
                                   const char *after,
                                   guint limit,
                                   char **next);
guint belfry_hub_get_n_topics (BelfryHub *self);

/**
 * BelfrySessionInfo:
 *
 * A session as others see it.
 */
typedef struct
{
  guint64 serial;      /* grows with each session; the cursor of a list */
  char *id;            /* (owned) */
  char *user;          /* (owned) (nullable): once it is authenticated */
  char *peer;          /* (owned) */
  char *endpoint;      /* (owned) */
  const char *dialect; /* (unowned): a constant */
  gint64 opened;       /* microseconds since 1970 */
  char **topics;       /* (owned) (nullable): their names */
  guint64 queued;      /* bytes that wait to be written; only of belfry_hub_get_session_async() */
  guint n_topics;      /* subscriptions */
} BelfrySessionInfo;
void belfry_session_info_free (BelfrySessionInfo *self);

/**
 * BelfrySessionFilter:
 *
 * Which sessions are meant: those that are all of this.
 */
typedef struct
{
  const char *user;    /* (unowned) (nullable) */
  const char *peer;    /* (unowned) (nullable) */
  const char *topic;   /* (unowned) (nullable) */
  const char *dialect; /* (unowned) (nullable) */
  int authenticated;   /* -1: either */
} BelfrySessionFilter;

/**
 * belfry_hub_list_sessions:
 * @after: the serial of the last one of the page before; 0 for the first page
 *
 * Returns: (transfer full) (element-type BelfrySessionInfo): in the order of their serials
 */
GPtrArray *belfry_hub_list_sessions (BelfryHub *self,
                                     const BelfrySessionFilter *filter,
                                     guint64 after,
                                     guint limit);
guint belfry_hub_get_n_sessions (BelfryHub *self);

/* Returns: (transfer full) (nullable): asks the session's shard, too */
void belfry_hub_get_session_async (BelfryHub *self,
                                   const char *id,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
BelfrySessionInfo *
belfry_hub_get_session_finish (BelfryHub *self, GAsyncResult *result, GError **error);

/* Returns: whether there is such a session */
gboolean belfry_hub_close_session (BelfryHub *self, const char *id, guint code, const char *reason);

/* What follows is done here, and told to the other instances through the broker. */

/* Returns: how many sessions of this instance */
guint belfry_hub_close_user (BelfryHub *self, const char *user, guint code, const char *reason);

/* @until: microseconds since 1970. Sessions that there are are closed (4403). */
void belfry_hub_block_user (BelfryHub *self, const char *user, gint64 until);

/* Returns: whether he was blocked, as far as this instance knows */
gboolean belfry_hub_unblock_user (BelfryHub *self, const char *user);
void belfry_hub_revoke_token (BelfryHub *self, const char *jti, gint64 until);

/* By an administrator: no policy is asked. */
void belfry_hub_subscribe_session_async (BelfryHub *self,
                                         const char *id,
                                         const char *topic,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean
belfry_hub_subscribe_session_finish (BelfryHub *self, GAsyncResult *result, GError **error);
gboolean
belfry_hub_unsubscribe_session (BelfryHub *self, const char *id, const char *topic, GError **error);

G_END_DECLS
