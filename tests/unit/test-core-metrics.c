/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-core-metrics.h"

#include "belfry-test.h"

static BelfryMetrics *
metrics_new (void)
{
  const BelfryMetricTable table = { belfry_core_metrics, BELFRY_CORE_N_METRICS };

  return belfry_metrics_new (&table, 1);
}

/* The table has no defect, and a row for every place. */
static void
test_table (void)
{
  g_autoptr (BelfryMetrics) metrics = metrics_new ();

  g_assert_nonnull (metrics);
  for (guint i = 0; i < BELFRY_CORE_N_METRICS; i++)
    g_assert_true (g_str_has_prefix (belfry_core_metrics[i].name, "belfry_"));
}

static const char *
label (BelfryCoreMetric metric, int which)
{
  return belfry_core_metrics[metric].labels[which].value;
}

/* The rows that are reckoned say what they are reckoned from. */
static void
test_labels (void)
{
  static const char *const dialects[] = { "action", "typed", "socket.io", "centrifugo-json",
                                          "event-stream" };

  for (gsize i = 0; i < G_N_ELEMENTS (dialects); i++)
    {
      for (int known = 0; known <= 1; known++)
        {
          BelfryCoreMetric metric = belfry_core_metric_sessions (dialects[i], known);

          g_assert_cmpstr (label (metric, 0), ==, dialects[i]);
          g_assert_cmpstr (label (metric, 1), ==, known ? "yes" : "no");
        }
    }
  g_assert_cmpstr (label (belfry_core_metric_sessions ("klingon", FALSE), 0), ==, "other");
  g_assert_cmpstr (label (belfry_core_metric_sessions ("klingon", TRUE), 1), ==, "yes");
  g_assert_cmpstr (label (belfry_core_metric_closed (1000), 0), ==, "1000");
  g_assert_cmpstr (label (belfry_core_metric_closed (4503), 0), ==, "4503");
  g_assert_cmpstr (label (belfry_core_metric_closed (3000), 0), ==, "other");
  g_assert_cmpstr (belfry_core_metrics[belfry_core_metric_closed (3000)].name, ==,
                   "belfry_sessions_closed");
}

/* What is counted through a slot is found where it belongs, behind another table, too. */
static void
test_slot (void)
{
  static const BelfryMetricSpec others[] = { { "other", BELFRY_METRIC_COUNTER,
                                               BELFRY_METRIC_UNIT_NONE, "Something else" } };
  const BelfryMetricTable tables[] = {
    { others, G_N_ELEMENTS (others) },
    { belfry_core_metrics, BELFRY_CORE_N_METRICS },
  };
  g_autoptr (BelfryMetrics) metrics = belfry_metrics_new (tables, G_N_ELEMENTS (tables));
  g_autoptr (BelfryMetricsSlot) slot = belfry_metrics_slot_new (metrics);
  BelfryCoreSlot core;

  belfry_core_slot_init (&core, slot);
  belfry_core_slot_count (&core, BELFRY_CORE_METRIC_ALLOWED, 2);
  belfry_core_slot_add (&core, BELFRY_CORE_METRIC_SUBSCRIPTIONS, 3);
  belfry_core_slot_set (&core, BELFRY_CORE_METRIC_TOPICS, 4);
  belfry_core_slot_observe (&core, BELFRY_CORE_METRIC_MESSAGE_SIZE, 5);
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);
  g_assert_cmpuint (belfry_metrics_snapshot_get_counter (snapshot, 1 + BELFRY_CORE_METRIC_ALLOWED),
                    ==, 2);
  g_assert_cmpint (belfry_metrics_snapshot_get_gauge (snapshot,
                                                      1 + BELFRY_CORE_METRIC_SUBSCRIPTIONS),
                   ==, 3);
  g_assert_cmpint (belfry_metrics_snapshot_get_gauge (snapshot, 1 + BELFRY_CORE_METRIC_TOPICS), ==,
                   4);
  g_assert_cmpuint (
      belfry_metrics_snapshot_get_histogram (snapshot, 1 + BELFRY_CORE_METRIC_MESSAGE_SIZE)->sum,
      ==, 5);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/core-metrics/table", test_table);
  belfry_test_add ("/core-metrics/labels", test_labels);
  belfry_test_add ("/core-metrics/slot", test_slot);
  return g_test_run ();
}
