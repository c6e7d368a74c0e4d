/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-metrics"

#include "config.h"

#include "belfry-redis-metrics.h"

/* What is counted of Redis, as a table. Main thread. */

/* clang-format off */
#define SPEC(name, KIND, UNIT, help)                                                               \
  { name, BELFRY_METRIC_##KIND, BELFRY_METRIC_UNIT_##UNIT, help, { { NULL, NULL } } }
#define FAULT(name)                                                                                \
  { "belfry_redis_faults", BELFRY_METRIC_COUNTER, BELFRY_METRIC_UNIT_NONE,                         \
    "What went wrong with Redis", { { "fault", name } } }

const BelfryMetricSpec belfry_redis_metrics[] = {
  [BELFRY_REDIS_METRIC_CONNECTED] =
    SPEC ("belfry_redis_connected", COUNTER, NONE, "Times that Redis was there, or there again"),
  [BELFRY_REDIS_METRIC_COMMANDS] =
    SPEC ("belfry_redis_commands", COUNTER, NONE, "Commands that were sent to Redis"),
  [BELFRY_REDIS_METRIC_FAULTS] =
    FAULT ("other"), FAULT ("readonly"), FAULT ("loading"), FAULT ("misconf"), FAULT ("noauth"),
    FAULT ("wrongpass"), FAULT ("noperm"), FAULT ("denied"), FAULT ("moved"), FAULT ("ask"),
    FAULT ("tryagain"), FAULT ("clusterdown"), FAULT ("masterdown"), FAULT ("noreplicas"),
    FAULT ("oom"), FAULT ("noscript"), FAULT ("busy"), FAULT ("unreachable"), FAULT ("tls"),
    FAULT ("protocol"), FAULT ("timeout"), FAULT ("lost"), FAULT ("closed"),
  [BELFRY_REDIS_METRIC_RECEIVED] =
    SPEC ("belfry_redis_messages_received", COUNTER, NONE, "Messages that Redis gave us"),
  [BELFRY_REDIS_METRIC_IGNORED] =
    SPEC ("belfry_redis_messages_ignored", COUNTER, NONE,
          "Messages of Redis that are of no topic, or not understood"),
  [BELFRY_REDIS_METRIC_OUTBOX_BYTES] =
    SPEC ("belfry_redis_outbox_bytes", GAUGE, BYTES, "Publications that wait for Redis"),
  [BELFRY_REDIS_METRIC_OUTBOX_REFUSED] =
    SPEC ("belfry_redis_outbox_refused", COUNTER, NONE,
          "Publications refused because too much waited for Redis"),
  [BELFRY_REDIS_METRIC_FAILED] =
    SPEC ("belfry_redis_publications_failed", COUNTER, NONE,
          "Publications that Redis refused, or of which nobody knows whether it had them"),
  [BELFRY_REDIS_METRIC_RECOVERIES] =
    SPEC ("belfry_redis_recoveries", COUNTER, NONE,
          "Times that a topic was read from its stream because messages were missing"),
  [BELFRY_REDIS_METRIC_GAPS] =
    SPEC ("belfry_redis_gaps", COUNTER, NONE, "Topics and patterns of which messages were lost"),
};
/* clang-format on */
G_STATIC_ASSERT (G_N_ELEMENTS (belfry_redis_metrics) == BELFRY_REDIS_N_METRICS);

void
belfry_redis_slot_init (BelfryRedisSlot *self, BelfryMetricsSlot *slot)
{
  self->slot = slot;
  self->base = slot != NULL ? belfry_metrics_get_base (slot->metrics, belfry_redis_metrics) : 0;
}

void
belfry_redis_slot_count (const BelfryRedisSlot *self, BelfryRedisMetric metric, guint64 n)
{
  if (self->slot != NULL)
    belfry_metrics_count (self->slot, self->base + metric, n);
}

void
belfry_redis_slot_count_fault (const BelfryRedisSlot *self, BelfryRedisFault fault)
{
  if (fault != BELFRY_REDIS_FAULT_NONE)
    belfry_redis_slot_count (self, BELFRY_REDIS_METRIC_FAULTS + (BelfryRedisMetric) fault - 1, 1);
}

void
belfry_redis_slot_set (const BelfryRedisSlot *self, BelfryRedisMetric metric, gint64 value)
{
  if (self->slot != NULL)
    belfry_metrics_gauge_set (self->slot, self->base + metric, value);
}
