/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-clock.h"
#include "belfry-deadline-wheel.h"
#include "belfry-deflate.h"
#include "belfry-log-limit.h"
#include "belfry-metrics.h"
#include "belfry-reactor.h"

G_BEGIN_DECLS

/* The places in belfry_connection_metrics. */
typedef enum
{
  BELFRY_CONNECTION_METRIC_OPEN,
  BELFRY_CONNECTION_METRIC_OPENED,
  BELFRY_CONNECTION_METRIC_MESSAGES_RECEIVED,
  BELFRY_CONNECTION_METRIC_BYTES_RECEIVED,
  BELFRY_CONNECTION_METRIC_FRAMES_SENT,
  BELFRY_CONNECTION_METRIC_BYTES_SENT,
  BELFRY_CONNECTION_METRIC_QUEUED_BYTES,
  BELFRY_CONNECTION_METRIC_DROPPED_OLDEST,
  BELFRY_CONNECTION_METRIC_DROPPED_NEWEST,
  BELFRY_CONNECTION_METRIC_CONFLATED,
  BELFRY_CONNECTION_METRIC_RATE_PAUSES,
  BELFRY_CONNECTION_METRIC_CLOSED_BY_PEER,
  BELFRY_CONNECTION_METRIC_CLOSED_BY_US,
  BELFRY_CONNECTION_METRIC_LOST,
  BELFRY_CONNECTION_N_METRICS,
} BelfryConnectionMetric;

extern const BelfryMetricSpec belfry_connection_metrics[BELFRY_CONNECTION_N_METRICS];

/* What is read at once: a TLS record's worth. A connection that is paused may have to keep it, so
 * it should not be large. */
#define BELFRY_CONNECTION_READ_SIZE 16384

/**
 * BelfryConnectionHost:
 *
 * What all connections of one worker have in common, so that each holds one pointer. Must outlive
 * them; belongs to the worker's thread. The fields are for connections alone.
 */
typedef struct
{
  /*< private >*/
  BelfryReactor *reactor;     /* (unowned) */
  BelfryDeadlineWheel *wheel; /* (unowned) */
  BelfryClock *clock;         /* (owned) */
  BelfryMetricsSlot *slot;    /* (unowned) */
  BelfryInflater *inflater;   /* (owned) */
  GBytes *ping;               /* (owned): the one that all are sent */
  BelfryLogLimit ends;        /* of the lines on connections that we had to end */
  guint8 *buffer;             /* (owned): for what is being read */
  gint64 turn_time;           /* when the turn of reading began that is under way */
  guint metrics;              /* the base of belfry_connection_metrics in the slot */
  gboolean resting;           /* nothing is read but from those that are closing */
  guint32 phase;              /* spreads what would happen to all at once */
} BelfryConnectionHost;

/**
 * belfry_connection_host_new:
 * @slot: the worker's; its metrics must have been made with belfry_connection_metrics
 *
 * Returns: (transfer full): a host; all that it was given must outlive it
 */
BelfryConnectionHost *belfry_connection_host_new (BelfryReactor *reactor,
                                                  BelfryDeadlineWheel *wheel,
                                                  BelfryClock *clock,
                                                  BelfryMetricsSlot *slot);
void belfry_connection_host_free (BelfryConnectionHost *self);

/**
 * belfry_connection_host_spread:
 * @range: any number that is not negative
 *
 * Returns: a number below @range, or 0, each time another, and many of them evenly spread
 */
gint64 belfry_connection_host_spread (BelfryConnectionHost *self, gint64 range);

static inline void
belfry_connection_host_count (BelfryConnectionHost *self, BelfryConnectionMetric metric, guint64 n)
{
  belfry_metrics_count (self->slot, self->metrics + metric, n);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryConnectionHost, belfry_connection_host_free)

G_END_DECLS
