/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-metrics-text.h"

#include "belfry-test.h"

enum
{
  CLOSED_SLOW,
  CLOSED_ODD,
  CPU,
  SESSIONS,
  SKEW,
  WAIT,
  SIZE,
  BATCH,
  N_METRICS,
};

#define CLOSED "belfry_closed", BELFRY_METRIC_COUNTER, BELFRY_METRIC_UNIT_NONE, "Closed sessions"

static const BelfryMetricSpec specs[] = {
  [CLOSED_SLOW] = { CLOSED, { { "reason", "slow" } } },
  [CLOSED_ODD] = { CLOSED, { { "reason", "a \"b\" \\c\nd\\n {é}" }, { "peer", "" } } },
  [CPU] = { "belfry_cpu_seconds", BELFRY_METRIC_COUNTER, BELFRY_METRIC_UNIT_SECONDS, "CPU time" },
  [SESSIONS] = { "belfry_sessions", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_NONE,
                 "Says \"open\",\nor C:\\n" },
  [SKEW] = { "belfry_skew_seconds", BELFRY_METRIC_GAUGE, BELFRY_METRIC_UNIT_SECONDS, "Skew" },
  [WAIT] = { "belfry_wait_seconds",
             BELFRY_METRIC_HISTOGRAM,
             BELFRY_METRIC_UNIT_SECONDS,
             "Wait",
             { { "lane", "raw" } } },
  [SIZE] = { "belfry_size_bytes", BELFRY_METRIC_HISTOGRAM, BELFRY_METRIC_UNIT_BYTES, "Size" },
  [BATCH] = { "belfry_batch", BELFRY_METRIC_HISTOGRAM, BELFRY_METRIC_UNIT_NONE, "Batch" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (specs) == N_METRICS);

static const char expected_text[] =
    "# TYPE belfry_closed counter\n"
    "# HELP belfry_closed Closed sessions\n"
    "belfry_closed_total{reason=\"slow\"} 7\n"
    "belfry_closed_total{reason=\"a \\\"b\\\" \\\\c\\nd\\\\n {é}\",peer=\"\"} "
    "18446744073709551615\n"
    "# TYPE belfry_cpu_seconds counter\n"
    "# UNIT belfry_cpu_seconds seconds\n"
    "# HELP belfry_cpu_seconds CPU time\n"
    "belfry_cpu_seconds_total 12.000345\n"
    "# TYPE belfry_sessions gauge\n"
    "# HELP belfry_sessions Says \\\"open\\\",\\nor C:\\\\n\n"
    "belfry_sessions -9223372036854775808\n"
    "# TYPE belfry_skew_seconds gauge\n"
    "# UNIT belfry_skew_seconds seconds\n"
    "# HELP belfry_skew_seconds Skew\n"
    "belfry_skew_seconds -0.000001\n"
    "# TYPE belfry_wait_seconds histogram\n"
    "# UNIT belfry_wait_seconds seconds\n"
    "# HELP belfry_wait_seconds Wait\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"0.000064\"} 1\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"0.000256\"} 1\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"0.001024\"} 2\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"0.004096\"} 3\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"0.016384\"} 3\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"0.065536\"} 3\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"0.262144\"} 3\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"1.048576\"} 3\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"4.194304\"} 3\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"16.777216\"} 3\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"67.108864\"} 3\n"
    "belfry_wait_seconds_bucket{lane=\"raw\",le=\"+Inf\"} 4\n"
    "belfry_wait_seconds_count{lane=\"raw\"} 4\n"
    "belfry_wait_seconds_sum{lane=\"raw\"} 100.002050\n"
    "# TYPE belfry_size_bytes histogram\n"
    "# UNIT belfry_size_bytes bytes\n"
    "# HELP belfry_size_bytes Size\n"
    "belfry_size_bytes_bucket{le=\"64.0\"} 0\n"
    "belfry_size_bytes_bucket{le=\"256.0\"} 0\n"
    "belfry_size_bytes_bucket{le=\"1024.0\"} 1\n"
    "belfry_size_bytes_bucket{le=\"4096.0\"} 1\n"
    "belfry_size_bytes_bucket{le=\"16384.0\"} 1\n"
    "belfry_size_bytes_bucket{le=\"65536.0\"} 1\n"
    "belfry_size_bytes_bucket{le=\"262144.0\"} 1\n"
    "belfry_size_bytes_bucket{le=\"1048576.0\"} 1\n"
    "belfry_size_bytes_bucket{le=\"4194304.0\"} 1\n"
    "belfry_size_bytes_bucket{le=\"16777216.0\"} 1\n"
    "belfry_size_bytes_bucket{le=\"67108864.0\"} 1\n"
    "belfry_size_bytes_bucket{le=\"+Inf\"} 1\n"
    "belfry_size_bytes_count 1\n"
    "belfry_size_bytes_sum 1000\n"
    "# TYPE belfry_batch histogram\n"
    "# HELP belfry_batch Batch\n"
    "belfry_batch_bucket{le=\"1.0\"} 0\n"
    "belfry_batch_bucket{le=\"4.0\"} 0\n"
    "belfry_batch_bucket{le=\"16.0\"} 0\n"
    "belfry_batch_bucket{le=\"64.0\"} 0\n"
    "belfry_batch_bucket{le=\"256.0\"} 0\n"
    "belfry_batch_bucket{le=\"1024.0\"} 0\n"
    "belfry_batch_bucket{le=\"4096.0\"} 0\n"
    "belfry_batch_bucket{le=\"16384.0\"} 0\n"
    "belfry_batch_bucket{le=\"65536.0\"} 0\n"
    "belfry_batch_bucket{le=\"262144.0\"} 0\n"
    "belfry_batch_bucket{le=\"1048576.0\"} 0\n"
    "belfry_batch_bucket{le=\"+Inf\"} 0\n"
    "belfry_batch_count 0\n"
    "belfry_batch_sum 0\n"
    "# EOF\n";

static GString *
format_sample (void)
{
  const BelfryMetricTable table = { specs, G_N_ELEMENTS (specs) };
  g_autoptr (BelfryMetrics) metrics = belfry_metrics_new (&table, 1);
  g_autoptr (BelfryMetricsSlot) slot = belfry_metrics_slot_new (metrics);
  const gint64 waits[] = { 1, 1024, 1025, 100 * G_USEC_PER_SEC };

  belfry_metrics_count (slot, CLOSED_SLOW, 7);
  belfry_metrics_count (slot, CLOSED_ODD, G_MAXUINT64);
  belfry_metrics_count (slot, CPU, 12 * G_USEC_PER_SEC + 345);
  belfry_metrics_gauge_set (slot, SESSIONS, G_MININT64);
  belfry_metrics_gauge_set (slot, SKEW, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    belfry_metrics_observe (slot, WAIT, waits[i]);
  belfry_metrics_observe (slot, SIZE, 1000);
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);
  return belfry_metrics_text_format (snapshot);
}

/* The text is this one, to the letter. */
static void
test_exact (void)
{
  g_autoptr (GString) text = format_sample ();
  g_auto (GStrv) lines = g_strsplit (text->str, "\n", -1);
  g_auto (GStrv) expected = g_strsplit (expected_text, "\n", -1);

  g_assert_cmpstrv (lines, expected);
}

/* No metrics at all are a text, too. */
static void
test_empty (void)
{
  g_autoptr (BelfryMetrics) metrics = belfry_metrics_new (NULL, 0);
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (metrics);
  g_autoptr (GString) text = belfry_metrics_text_format (snapshot);

  g_assert_cmpstr (text->str, ==, "# EOF\n");
}

/* Returns: (nullable): what Prometheus' own reader makes of @text; NULL if it is not installed */
static char *
read_back (const char *text)
{
  g_autofree char *reader = g_test_build_filename (G_TEST_DIST, "lib", "openmetrics-read.py", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                        "/usr/bin/python3", reader, NULL);
  g_autofree char *understood = NULL;

  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, text, NULL, &understood, NULL, &error);
  g_assert_no_error (error);
  if (g_subprocess_get_if_exited (process) && g_subprocess_get_exit_status (process) == 77)
    return NULL;
  g_assert_true (g_subprocess_get_successful (process));
  return g_steal_pointer (&understood);
}

#define CLOSED_ODD_AS_JSON "a \\\"b\\\" \\\\c\\nd\\\\n {\\u00e9}"
#define CLOSED_ODD_VALUE "18446744073709551615"

/* What the reader must have understood, among the rest. */
static const char *const understood_lines[] = {
  "family belfry_closed counter - \"Closed sessions\"",
  "belfry_closed_total {\"reason\": \"slow\"} 7",
  "belfry_closed_total {\"peer\": \"\", \"reason\": \"" CLOSED_ODD_AS_JSON "\"} " CLOSED_ODD_VALUE,
  "family belfry_cpu_seconds counter seconds \"CPU time\"",
  "belfry_cpu_seconds_total {} 12.000345",
  "family belfry_sessions gauge - \"Says \\\"open\\\",\\nor C:\\\\n\"",
  "belfry_skew_seconds {} -1e-06",
  "family belfry_wait_seconds histogram seconds \"Wait\"",
  "belfry_wait_seconds_bucket {\"lane\": \"raw\", \"le\": \"0.001024\"} 2",
  "belfry_wait_seconds_sum {\"lane\": \"raw\"} 100.00205",
  "family belfry_size_bytes histogram bytes \"Size\"",
  "family belfry_batch histogram - \"Batch\"",
};

/* Another's strict reader understands the text as it was meant. */
static void
test_read_back (void)
{
  g_autoptr (GString) text = format_sample ();
  g_autofree char *understood = read_back (text->str);

  if (understood == NULL)
    {
      g_test_skip ("python3-prometheus-client is not installed");
      return;
    }
  g_auto (GStrv) lines = g_strsplit (understood, "\n", -1);
  for (gsize i = 0; i < G_N_ELEMENTS (understood_lines); i++)
    {
      g_test_message ("%s", understood_lines[i]);
      g_assert_true (g_strv_contains ((const char *const *) lines, understood_lines[i]));
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/metrics-text/exact", test_exact);
  belfry_test_add ("/metrics-text/empty", test_empty);
  belfry_test_add ("/metrics-text/read-back", test_read_back);
  return g_test_run ();
}
