/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-metrics.h"

G_BEGIN_DECLS

/* The dialects that sessions are counted by; every other word counts as the last. */
#define BELFRY_CORE_N_DIALECTS 6

/* The close codes that sessions are counted by; every other counts as the last. */
#define BELFRY_CORE_N_CLOSE_CODES 20

/**
 * BelfryCoreMetric:
 *
 * The places in belfry_core_metrics. What connections count (bytes, frames, who closed) is not
 * counted here a second time.
 */
typedef enum
{
  /* Of the shards */
  BELFRY_CORE_METRIC_SESSIONS, /* by dialect, not authenticated; then by dialect, authenticated */
  BELFRY_CORE_METRIC_SESSIONS_OPENED = BELFRY_CORE_METRIC_SESSIONS + 2 * BELFRY_CORE_N_DIALECTS,
  BELFRY_CORE_METRIC_SESSIONS_CLOSED, /* by code */
  BELFRY_CORE_METRIC_MESSAGES_DELIVERED =
      BELFRY_CORE_METRIC_SESSIONS_CLOSED + BELFRY_CORE_N_CLOSE_CODES,
  BELFRY_CORE_METRIC_MESSAGES_RECOVERED,
  BELFRY_CORE_METRIC_DELIVERY_LATENCY,
  BELFRY_CORE_METRIC_GAPS_BACKLOG,
  BELFRY_CORE_METRIC_GAPS_SLOW,
  BELFRY_CORE_METRIC_GAPS_BROKER,
  BELFRY_CORE_METRIC_BACKLOG_BYTES,
  BELFRY_CORE_METRIC_RATE_LIMITED,
  /* Of the hub */
  BELFRY_CORE_METRIC_MESSAGES_RECEIVED,
  BELFRY_CORE_METRIC_MESSAGES_PUBLISHED,
  BELFRY_CORE_METRIC_MESSAGES_REFUSED,
  BELFRY_CORE_METRIC_MESSAGES_DROPPED,
  BELFRY_CORE_METRIC_MESSAGE_SIZE,
  BELFRY_CORE_METRIC_TOPICS,
  BELFRY_CORE_METRIC_SUBSCRIPTIONS,
  BELFRY_CORE_METRIC_RECOVERED,
  BELFRY_CORE_METRIC_NOT_RECOVERED,
  BELFRY_CORE_METRIC_BROKER_UP,
  BELFRY_CORE_METRIC_BROKER_LATENCY,
  BELFRY_CORE_METRIC_BROKER_PROOF_AGE,
  /* Of the gate */
  BELFRY_CORE_METRIC_AUTHENTICATED,
  BELFRY_CORE_METRIC_AUTHENTICATION_REFUSED,
  BELFRY_CORE_METRIC_AUTHENTICATION_EXPIRED,
  BELFRY_CORE_METRIC_AUTHENTICATION_UNAVAILABLE,
  BELFRY_CORE_METRIC_ALLOWED,
  BELFRY_CORE_METRIC_DENIED,
  BELFRY_CORE_METRIC_AUTHORIZATION_UNAVAILABLE,
  BELFRY_CORE_METRIC_PLUGIN_CALLS,
  BELFRY_CORE_METRIC_PLUGIN_TIMEOUTS,
  BELFRY_CORE_N_METRICS,
} BelfryCoreMetric;

extern const BelfryMetricSpec belfry_core_metrics[BELFRY_CORE_N_METRICS];

/**
 * belfry_core_metric_sessions:
 * @dialect: a dialect's word
 *
 * Returns: which gauge counts such sessions
 */
BelfryCoreMetric belfry_core_metric_sessions (const char *dialect, gboolean authenticated);

/* Returns: which counter counts sessions that were closed with @code */
BelfryCoreMetric belfry_core_metric_closed (guint code);

/**
 * BelfryCoreSlot:
 *
 * A thread's slot, together with where the core's metrics begin in it. A plain value.
 */
typedef struct
{
  BelfryMetricsSlot *slot; /* (unowned) */
  guint base;
} BelfryCoreSlot;

/* @slot: made with belfry_core_metrics, among others */
void belfry_core_slot_init (BelfryCoreSlot *self, BelfryMetricsSlot *slot);

static inline void
belfry_core_slot_count (const BelfryCoreSlot *self, BelfryCoreMetric metric, guint64 n)
{
  belfry_metrics_count (self->slot, self->base + metric, n);
}

static inline void
belfry_core_slot_add (const BelfryCoreSlot *self, BelfryCoreMetric metric, gint64 delta)
{
  belfry_metrics_gauge_add (self->slot, self->base + metric, delta);
}

static inline void
belfry_core_slot_set (const BelfryCoreSlot *self, BelfryCoreMetric metric, gint64 value)
{
  belfry_metrics_gauge_set (self->slot, self->base + metric, value);
}

static inline void
belfry_core_slot_observe (const BelfryCoreSlot *self, BelfryCoreMetric metric, gint64 value)
{
  belfry_metrics_observe (self->slot, self->base + metric, value);
}

G_END_DECLS
