/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-metrics.h"
#include "belfry-redis-fault.h"

G_BEGIN_DECLS

/**
 * BelfryRedisMetric:
 *
 * The places in belfry_redis_metrics.
 */
typedef enum
{
  BELFRY_REDIS_METRIC_CONNECTED,
  BELFRY_REDIS_METRIC_COMMANDS,
  BELFRY_REDIS_METRIC_FAULTS, /* by fault, from the first that is one */
  BELFRY_REDIS_METRIC_RECEIVED = BELFRY_REDIS_METRIC_FAULTS + BELFRY_REDIS_N_FAULTS - 1,
  BELFRY_REDIS_METRIC_IGNORED,
  BELFRY_REDIS_METRIC_OUTBOX_BYTES,
  BELFRY_REDIS_METRIC_OUTBOX_REFUSED,
  BELFRY_REDIS_METRIC_FAILED,
  BELFRY_REDIS_METRIC_RECOVERIES,
  BELFRY_REDIS_METRIC_GAPS,
  BELFRY_REDIS_N_METRICS,
} BelfryRedisMetric;

extern const BelfryMetricSpec belfry_redis_metrics[BELFRY_REDIS_N_METRICS];

/**
 * BelfryRedisSlot:
 *
 * The main thread's slot, together with where Redis's metrics begin in it. A plain value; with
 * %NULL for the slot it counts nothing.
 */
typedef struct
{
  BelfryMetricsSlot *slot; /* (unowned) (nullable) */
  guint base;
} BelfryRedisSlot;

/* @slot: (nullable): made with belfry_redis_metrics, among others */
void belfry_redis_slot_init (BelfryRedisSlot *self, BelfryMetricsSlot *slot);
void belfry_redis_slot_count (const BelfryRedisSlot *self, BelfryRedisMetric metric, guint64 n);
void belfry_redis_slot_count_fault (const BelfryRedisSlot *self, BelfryRedisFault fault);
void belfry_redis_slot_set (const BelfryRedisSlot *self, BelfryRedisMetric metric, gint64 value);

G_END_DECLS
