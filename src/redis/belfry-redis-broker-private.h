/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-broker.h"
#include "belfry-redis-echoes.h"
#include "belfry-redis-metrics.h"
#include "belfry-redis-net.h"
#include "belfry-redis-outbox.h"
#include "belfry-redis-presence.h"
#include "belfry-redis-store.h"
#include "belfry-redis-topics.h"

G_BEGIN_DECLS

/* What the files of the broker share. */

typedef void (*BelfryRedisLaterFunc) (BelfryRedisBroker *self, gpointer data, const GError *error);

struct _BelfryRedisBroker
{
  GObject parent_instance;

  BelfryClock *clock;            /* (owned) */
  BelfryDeadlineWheel *wheel;    /* (unowned) */
  BelfryTopicRules *rules;       /* (owned) */
  BelfryRedisNet *net;           /* (owned) */
  BelfryRedisStore *store;       /* (owned) */
  BelfryRedisPresence *presence; /* (owned) (nullable): until it is closed */
  BelfryRedisTopics *topics;     /* (owned) */
  BelfryRedisOutbox *outbox;     /* (owned) */
  BelfryRedisEchoes *echoes;     /* (owned) */
  BelfryDeadline echoes_end;     /* when what has not come back is not expected any more */
  BelfryDeadline retirement;
  const BelfryBrokerSink *sink; /* (unowned) (nullable) */
  gpointer sink_data;           /* (unowned) (nullable) */
  char *instance;               /* (owned) */
  char *prefix;                 /* (owned) */
  char *channel;                /* (owned) (nullable): that all topics share, with the prefix */
  char *words_channel;          /* (owned): where instances speak with each other */
  char *reason;                 /* (owned) (nullable): why it is not up */
  BelfryRedisSlot slot;
  GQueue reading; /* (element-type BelfryRedisTopic): not owned: wait to read their streams */
  GQueue words;   /* (element-type BelfryRedisWord) (owned): that wait to be said */
  GQueue later;   /* (owned): failures to be looked at */
  GSource *later_source; /* (owned) (nullable): while there are any */
  guint64 last_reading;
  gsize prefix_length;
  gsize sent_bytes; /* of letters under way */
  guint n_sent;
  guint n_reading; /* streams that are being read */
  guint outages;
  BelfryBrokerState state;
  gboolean channel_subscribed; /* the shared one */
  gboolean patterns_lost;      /* what came through them since it was last up is not all */
  gboolean call_refused;       /* the store could not send what it was last asked for */
  gboolean sharded;            /* topics are channels of a cluster's nodes */
  gboolean no_patterns;        /* the cluster is not made to deliver to them */
  gboolean told_no_patterns;
  gboolean closed;
};

/* Returns: (transfer full): whose work goes on when the cancellable is cancelled */
GTask *belfry_redis_broker_task_new (BelfryRedisBroker *self,
                                     gpointer tag,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean belfry_redis_broker_is_up (const BelfryRedisBroker *self);

/**
 * belfry_redis_broker_look_later:
 * @func: called once, with @data and @error, when it is known what has become of Redis
 * @error: (transfer full)
 *
 * What waits for an answer hears that there is none before the net tells that it is down.
 */
void belfry_redis_broker_look_later (BelfryRedisBroker *self,
                                     BelfryRedisLaterFunc func,
                                     gpointer data,
                                     GError *error);

/* belfry-redis-broker-publish.c */

void belfry_redis_broker_publish_async (BelfryBroker *broker,
                                        const BelfryPublication *publication,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean belfry_redis_broker_publish_finish (BelfryBroker *broker,
                                             GAsyncResult *result,
                                             BelfryPosition *position,
                                             GError **error);

/* Sends what waits, as long as it may. */
void belfry_redis_broker_flush (BelfryRedisBroker *self);

/* Nothing is sent any more: whoever waits is told so. */
void belfry_redis_broker_drop_letters (BelfryRedisBroker *self);

/* belfry-redis-broker-receive.c */

void belfry_redis_broker_receive (BelfryRedisBroker *self, const BelfryRedisPush *push);

/* Gives it to the sink. */
void belfry_redis_broker_deliver (BelfryRedisBroker *self, BelfryMessage *message);
void belfry_redis_broker_tell_gap (BelfryRedisBroker *self, const char *topic);

void belfry_redis_broker_get_traits (const BelfryRedisBroker *self,
                                     const char *topic,
                                     BelfryTopicTraits *traits);

/* Messages of the topic did not come: reads its stream if it has one, or else tells the gap. */
void belfry_redis_broker_miss (BelfryRedisBroker *self, BelfryRedisTopic *topic);

/* Reads the streams of those that wait for it. */
void belfry_redis_broker_read_streams (BelfryRedisBroker *self);

/* Those that were being read when Redis went away are read again. */
void belfry_redis_broker_resume_reading (BelfryRedisBroker *self);
void belfry_redis_broker_history_async (BelfryBroker *broker,
                                        const char *topic,
                                        const BelfryPosition *since,
                                        guint limit,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
BelfryHistoryPage *
belfry_redis_broker_history_finish (BelfryBroker *broker, GAsyncResult *result, GError **error);

/* belfry-redis-broker-subscribe.c */

void belfry_redis_broker_subscribe_async (BelfryBroker *broker,
                                          const char *topic,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean
belfry_redis_broker_subscribe_finish (BelfryBroker *broker, GAsyncResult *result, GError **error);
void belfry_redis_broker_unsubscribe (BelfryBroker *broker, const char *topic);

/* The net says so. */
void belfry_redis_broker_confirm (BelfryRedisBroker *self,
                                  BelfryRedisChannelKind kind,
                                  const char *name,
                                  gboolean again);
void belfry_redis_broker_refuse (BelfryRedisBroker *self,
                                 BelfryRedisChannelKind kind,
                                 const char *name,
                                 const GError *error);

/* It is up again: what was confirmed by that alone, and gaps of patterns. */
void belfry_redis_broker_settle_topics (BelfryRedisBroker *self);

/* belfry-redis-broker-words.c */

void belfry_redis_broker_tell_all (BelfryBroker *broker, const BelfryBrokerWord *word);

/* It is up: says what waited, and reads what is in force. */
void belfry_redis_broker_catch_up_words (BelfryRedisBroker *self);

/* @text: came on the channel of words */
void belfry_redis_broker_hear (BelfryRedisBroker *self, GBytes *text);

G_END_DECLS
