/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"
#include "belfry-clock.h"
#include "belfry-deadline-wheel.h"
#include "belfry-metrics.h"
#include "belfry-redis-dial.h"

G_BEGIN_DECLS

/**
 * BelfryRedisBroker:
 *
 * The broker of many instances: what is published at one is delivered at all, through Redis. Bears
 * with a Redis that is away. Main thread.
 */
#define BELFRY_TYPE_REDIS_BROKER (belfry_redis_broker_get_type ())
G_DECLARE_FINAL_TYPE (BelfryRedisBroker, belfry_redis_broker, BELFRY, REDIS_BROKER, GObject)

/**
 * BelfryRedisBrokerSettings:
 *
 * What it is made with.
 */
typedef struct
{
  BelfryRedisUrl *url;        /* (unowned) */
  const BelfryRedisTls *tls;  /* (unowned) (nullable) */
  BelfryClock *clock;         /* (unowned) */
  BelfryDeadlineWheel *wheel; /* (unowned): outlives it */
  BelfryTopicRules *rules;    /* (unowned) */
  BelfryMetricsSlot *slot;    /* (unowned) (nullable): outlives it; has belfry_redis_metrics */
  const char *instance;       /* (unowned): letters and digits, different for each process */
  const char *prefix;         /* (unowned): of all channels and keys; may be empty */
  const char *channel;        /* (unowned) (nullable): that all topics share, if they do */
  gboolean cluster_wildcards; /* in a cluster, publishes to all nodes, so that patterns match */
  gint64 probe_interval;      /* microseconds between proofs of delivery */
  gint64 presence_lease;      /* microseconds after which a dead instance's users are gone */
  gsize outbox;               /* bytes of publications that may wait while Redis is away */
} BelfryRedisBrokerSettings;

/**
 * belfry_redis_broker_new:
 *
 * Begins to connect, and never gives up.
 */
BelfryBroker *belfry_redis_broker_new (const BelfryRedisBrokerSettings *settings);

/* What a reload changes. */
void belfry_redis_broker_set_rules (BelfryRedisBroker *self, BelfryTopicRules *rules);
void belfry_redis_broker_set_outbox (BelfryRedisBroker *self, gsize outbox);
void belfry_redis_broker_set_probe_interval (BelfryRedisBroker *self, gint64 probe_interval);

/**
 * belfry_redis_broker_retire:
 *
 * Another broker has taken its place: what waits is sent, for a moment, and then it is closed. To
 * be called when there is no sink any more.
 */
void belfry_redis_broker_retire (BelfryRedisBroker *self);

/**
 * belfry_redis_broker_close:
 *
 * Ends everything at once; whoever waits for an answer gets %BELFRY_ERROR_CLOSED or
 * %BELFRY_ERROR_UNAVAILABLE. To be called by its owner before the wheel goes.
 */
void belfry_redis_broker_close (BelfryRedisBroker *self);

G_END_DECLS
