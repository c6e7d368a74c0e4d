/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-metrics"

#include "config.h"

#include "belfry-metrics.h"

#include "belfry-test.h"

enum
{
  SENT,
  SESSIONS,
  WAIT,
  N_FIRST,
};

static const BelfryMetricSpec first_table[] = {
  [SENT] = { "sent", BELFRY_METRIC_COUNTER, BELFRY_METRIC_UNIT_NONE, "Sent" },
  [SESSIONS] = { "sessions", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_NONE, "Open" },
  [WAIT] = { "wait_seconds", BELFRY_METRIC_HISTOGRAM, BELFRY_METRIC_UNIT_SECONDS, "Wait" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (first_table) == N_FIRST);

enum
{
  SIZE,
  LOST,
};

static const BelfryMetricSpec second_table[] = {
  [SIZE] = { "size_bytes", BELFRY_METRIC_HISTOGRAM, BELFRY_METRIC_UNIT_BYTES, "Size" },
  [LOST] = { "lost", BELFRY_METRIC_COUNTER, BELFRY_METRIC_UNIT_NONE, "Lost" },
};

static const BelfryMetricTable tables[] = {
  { first_table, G_N_ELEMENTS (first_table) },
  { second_table, G_N_ELEMENTS (second_table) },
};

#define N_THREADS 4
#define N_COUNTS 20000

static BelfryMetrics *
metrics_new (void)
{
  BelfryMetrics *metrics = belfry_metrics_new (tables, G_N_ELEMENTS (tables));

  g_assert_nonnull (metrics);
  return metrics;
}

static guint64
read_sent (BelfryMetrics *metrics)
{
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);

  return belfry_metrics_snapshot_get_counter (snapshot, SENT);
}

static gint64
read_sessions (BelfryMetrics *metrics)
{
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);

  return belfry_metrics_snapshot_get_gauge (snapshot, SESSIONS);
}

/* A metric is found by its place in its table and the table's base. */
static void
test_tables (void)
{
  g_autoptr (BelfryMetrics) metrics = metrics_new ();
  guint base = belfry_metrics_get_base (metrics, second_table);

  g_assert_cmpuint (belfry_metrics_get_base (metrics, first_table), ==, 0);
  g_assert_cmpuint (base, ==, N_FIRST);
  g_assert_cmpuint (belfry_metrics_get_n_metrics (metrics), ==, N_FIRST + 2);
  g_assert_cmpstr (belfry_metrics_get_spec (metrics, base + LOST)->name, ==, "lost");

  g_autoptr (BelfryMetricsSlot) slot = belfry_metrics_slot_new (metrics);
  belfry_metrics_count (slot, base + LOST, 3);
  belfry_metrics_observe (slot, base + SIZE, 100);
  belfry_metrics_observe (slot, WAIT, 7);
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);
  g_assert_cmpuint (belfry_metrics_snapshot_get_counter (snapshot, base + LOST), ==, 3);
  g_assert_cmpuint (belfry_metrics_snapshot_get_histogram (snapshot, base + SIZE)->sum, ==, 100);
  g_assert_cmpuint (belfry_metrics_snapshot_get_histogram (snapshot, WAIT)->sum, ==, 7);
  g_assert_cmpuint (belfry_metrics_snapshot_get_counter (snapshot, SENT), ==, 0);
}

/* No table at all makes metrics with nothing in them. */
static void
test_no_metrics (void)
{
  g_autoptr (BelfryMetrics) metrics = belfry_metrics_new (NULL, 0);
  BelfryMetricsSlot *slot = belfry_metrics_slot_new (metrics);
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);

  belfry_metrics_slot_free (slot);
  g_assert_cmpuint (belfry_metrics_get_n_metrics (metrics), ==, 0);
  g_assert_true (belfry_metrics_snapshot_get_metrics (snapshot) == metrics);
}

/* A bad table is a mistake of ours, and said to be one. Within a table or between two. */
static void
test_bad_tables (void)
{
  const BelfryMetricSpec bad[] = { { "ok", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_NONE, "x" },
                                   { NULL } };
  const BelfryMetricTable one[] = { { bad, G_N_ELEMENTS (bad) } };
  const BelfryMetricTable twice[] = { { bad, 1 }, { bad, 1 } };
  const BelfryMetricTable huge[] = { { bad, G_MAXSIZE }, { bad, 2 } };

  belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-metrics", "metric 1 (no name): its name *");
  g_assert_null (belfry_metrics_new (one, G_N_ELEMENTS (one)));
  belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-metrics", "metric 1 (ok): it is there twice");
  g_assert_null (belfry_metrics_new (twice, G_N_ELEMENTS (twice)));
  g_test_expect_message ("belfry-metrics", G_LOG_LEVEL_CRITICAL, "*n <= MAX_METRICS*");
  g_assert_null (belfry_metrics_new (huge, G_N_ELEMENTS (huge)));
  g_test_assert_expected_messages ();
}

/* Addressing a metric as what it is not, or none at all, changes nothing. */
static void
test_wrong_ids (void)
{
  g_autoptr (BelfryMetrics) metrics = metrics_new ();
  g_autoptr (BelfryMetricsSlot) slot = belfry_metrics_slot_new (metrics);

  for (int i = 0; i < 7; i++)
    g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "*belfry_metrics_slot_has*");
  belfry_metrics_count (slot, SESSIONS, 1);
  belfry_metrics_count (slot, N_FIRST + 2, 1);
  belfry_metrics_gauge_add (slot, SENT, 1);
  belfry_metrics_gauge_set (slot, WAIT, 1);
  belfry_metrics_observe (slot, SENT, 1);
  belfry_metrics_observe (slot, G_MAXUINT, 1);
  belfry_metrics_gauge_set (slot, G_MAXUINT, 1);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (read_sent (metrics), ==, 0);
  g_assert_cmpint (read_sessions (metrics), ==, 0);

  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);
  for (int i = 0; i < 3; i++)
    g_test_expect_message ("belfry-metrics", G_LOG_LEVEL_CRITICAL, "*snapshot_has*");
  g_test_expect_message ("belfry-metrics", G_LOG_LEVEL_CRITICAL, "*belfry_metrics_get_base*");
  g_assert_cmpuint (belfry_metrics_snapshot_get_counter (snapshot, WAIT), ==, 0);
  g_assert_cmpint (belfry_metrics_snapshot_get_gauge (snapshot, G_MAXUINT), ==, 0);
  g_assert_null (belfry_metrics_snapshot_get_histogram (snapshot, SENT));
  belfry_metrics_get_base (metrics, &first_table[1]);
  g_test_assert_expected_messages ();
}

/* What ended threads counted stays; nothing is counted twice on the way. */
static void
test_fold_in (void)
{
  g_autoptr (BelfryMetrics) metrics = metrics_new ();
  BelfryMetricsSlot *gone = belfry_metrics_slot_new (metrics);
  g_autoptr (BelfryMetricsSlot) stays = belfry_metrics_slot_new (metrics);

  belfry_metrics_count (gone, SENT, 10);
  belfry_metrics_observe (gone, WAIT, 100);
  belfry_metrics_count (stays, SENT, 5);
  belfry_metrics_observe (stays, WAIT, 3);
  g_assert_cmpuint (read_sent (metrics), ==, 15);
  belfry_metrics_slot_free (gone);
  g_assert_cmpuint (read_sent (metrics), ==, 15);
  belfry_metrics_count (stays, SENT, 1);

  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);
  const BelfryHistogramData *wait = belfry_metrics_snapshot_get_histogram (snapshot, WAIT);
  g_assert_cmpuint (belfry_metrics_snapshot_get_counter (snapshot, SENT), ==, 16);
  g_assert_cmpuint (wait->count, ==, 2);
  g_assert_cmpuint (wait->sum, ==, 103);
  g_assert_cmpuint (wait->min, ==, 3);
  g_assert_cmpuint (wait->max, ==, 100);
}

/* A gauge is the sum of the slots' parts, may be negative, and loses the part of an ended thread.
 */
static void
test_gauge (void)
{
  g_autoptr (BelfryMetrics) metrics = metrics_new ();
  BelfryMetricsSlot *a = belfry_metrics_slot_new (metrics);
  g_autoptr (BelfryMetricsSlot) b = belfry_metrics_slot_new (metrics);

  belfry_metrics_gauge_add (a, SESSIONS, 5);
  belfry_metrics_gauge_add (b, SESSIONS, 2);
  belfry_metrics_gauge_add (a, SESSIONS, -1);
  g_assert_cmpint (read_sessions (metrics), ==, 6);
  belfry_metrics_gauge_set (b, SESSIONS, -10);
  g_assert_cmpint (read_sessions (metrics), ==, -6);
  belfry_metrics_gauge_set (b, SESSIONS, 3);
  belfry_metrics_slot_free (a);
  g_assert_cmpint (read_sessions (metrics), ==, 3);
}

/* Slots and snapshots keep the metrics alive, whoever lets go first. */
static void
test_lifetime (void)
{
  BelfryMetrics *metrics = metrics_new ();
  BelfryMetricsSlot *slot = belfry_metrics_slot_new (metrics);

  belfry_metrics_unref (metrics);
  belfry_metrics_count (slot, SENT, 1);
  BelfryMetricsSnapshot *snapshot = belfry_metrics_snapshot (slot->metrics);
  belfry_metrics_slot_free (slot);
  g_assert_cmpuint (belfry_metrics_snapshot_get_counter (snapshot, SENT), ==, 1);
  g_assert_cmpstr (belfry_metrics_get_spec (belfry_metrics_snapshot_get_metrics (snapshot), SENT)
                       ->name,
                   ==, "sent");
  belfry_metrics_snapshot_free (snapshot);
}

/* No two slots share a cache line, for then writers would wait for each other. */
static void
test_layout (void)
{
  g_autoptr (BelfryMetrics) metrics = metrics_new ();
  g_autoptr (BelfryMetricsSlot) slot = belfry_metrics_slot_new (metrics);

  g_assert_cmpuint ((guintptr) slot % 64, ==, 0);
  g_assert_cmpuint ((guintptr) slot->histograms % 64, ==, 0);
}

typedef struct
{
  BelfryMetrics *metrics; /* (unowned) */
  _Atomic guint running;
} Crowd;

/* Works through several slots one after the other, so that some end while others are read. */
static gpointer
count_much (gpointer data)
{
  Crowd *crowd = data;

  for (int round = 0; round < 4; round++)
    {
      g_autoptr (BelfryMetricsSlot) slot = belfry_metrics_slot_new (crowd->metrics);

      for (int i = 0; i < N_COUNTS / 4; i++)
        {
          belfry_metrics_count (slot, SENT, 1);
          belfry_metrics_gauge_add (slot, SESSIONS, i % 2 == 0 ? 1 : -1);
          belfry_metrics_observe (slot, WAIT, 100 + i % 100);
        }
    }
  atomic_fetch_sub_explicit (&crowd->running, 1, memory_order_release);
  return NULL;
}

static void
assert_not_back (const BelfryMetricsSnapshot *before, const BelfryMetricsSnapshot *after)
{
  const BelfryHistogramData *earlier = belfry_metrics_snapshot_get_histogram (before, WAIT);
  const BelfryHistogramData *later = belfry_metrics_snapshot_get_histogram (after, WAIT);

  g_assert_cmpuint (belfry_metrics_snapshot_get_counter (after, SENT), >=,
                    belfry_metrics_snapshot_get_counter (before, SENT));
  g_assert_cmpuint (later->count, >=, earlier->count);
  g_assert_cmpuint (later->sum, >=, earlier->sum);
  for (gsize i = 0; i < BELFRY_HISTOGRAM_BUCKETS; i++)
    g_assert_cmpuint (later->buckets[i], >=, earlier->buckets[i]);
  if (later->count > 0)
    {
      g_assert_cmpuint (later->min, >=, 100);
      g_assert_cmpuint (later->max, <=, 199);
      g_assert_cmpuint (later->sum, >=, later->count * 100);
    }
}

/* While threads count, come and go, no total ever goes back; at the end all of it is there. */
static void
test_threads (void)
{
  g_autoptr (BelfryMetrics) metrics = metrics_new ();
  g_autoptr (BelfryMetricsSnapshot) last = belfry_metrics_snapshot (metrics);
  GThread *threads[N_THREADS];
  Crowd crowd = { .metrics = metrics };

  atomic_init (&crowd.running, N_THREADS);
  for (gsize i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("test-metrics", count_much, &crowd);
  while (atomic_load_explicit (&crowd.running, memory_order_acquire) > 0)
    {
      g_autoptr (BelfryMetricsSnapshot) next = belfry_metrics_snapshot (metrics);
      gint64 sessions = belfry_metrics_snapshot_get_gauge (next, SESSIONS);

      assert_not_back (last, next);
      g_assert_cmpint (sessions, >=, 0);
      g_assert_cmpint (sessions, <=, N_THREADS);
      g_clear_pointer (&last, belfry_metrics_snapshot_free);
      last = g_steal_pointer (&next);
    }
  for (gsize i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);

  g_autoptr (BelfryMetricsSnapshot) end = belfry_metrics_snapshot (metrics);
  assert_not_back (last, end);
  g_assert_cmpuint (belfry_metrics_snapshot_get_counter (end, SENT), ==, N_THREADS * N_COUNTS);
  g_assert_cmpuint (belfry_metrics_snapshot_get_histogram (end, WAIT)->count, ==,
                    N_THREADS * N_COUNTS);
  g_assert_cmpint (belfry_metrics_snapshot_get_gauge (end, SESSIONS), ==, 0);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/metrics/tables", test_tables);
  belfry_test_add ("/metrics/no-metrics", test_no_metrics);
  belfry_test_add ("/metrics/bad-tables", test_bad_tables);
  belfry_test_add ("/metrics/wrong-ids", test_wrong_ids);
  belfry_test_add ("/metrics/fold-in", test_fold_in);
  belfry_test_add ("/metrics/gauge", test_gauge);
  belfry_test_add ("/metrics/lifetime", test_lifetime);
  belfry_test_add ("/metrics/layout", test_layout);
  belfry_test_add ("/metrics/threads", test_threads);
  return g_test_run ();
}
