/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-metrics"

#include "config.h"

#include "belfry-metrics-text.h"

/* Snapshots as OpenMetrics text. Pure functions; integers only, so that no locale can come in
 * between. */

static const char *const kind_names[] = {
  [BELFRY_METRIC_COUNTER] = "counter",
  [BELFRY_METRIC_GAUGE] = "gauge",
  [BELFRY_METRIC_HISTOGRAM] = "histogram",
};
G_STATIC_ASSERT (G_N_ELEMENTS (kind_names) == BELFRY_METRIC_HISTOGRAM + 1);

/* From which to which power of two the published bounds go. */
typedef struct
{
  guint first;
  guint last;
} Bounds;

static const Bounds bounds_of_unit[] = {
  [BELFRY_METRIC_UNIT_NONE] = { 0, 20 },
  [BELFRY_METRIC_UNIT_SECONDS] = { 6, 26 }, /* 64 microseconds to a bit more than a minute */
  [BELFRY_METRIC_UNIT_BYTES] = { 6, 26 },   /* 64 bytes to 64 MiB */
};
G_STATIC_ASSERT (G_N_ELEMENTS (bounds_of_unit) == BELFRY_METRIC_UNIT_BYTES + 1);

#define BOUNDS_STEP 2

static void
append_escaped (GString *text, const char *value)
{
  for (const char *p = value; *p != '\0'; p++)
    {
      if (*p == '\n')
        g_string_append (text, "\\n");
      else if (*p == '\\' || *p == '"')
        g_string_append_printf (text, "\\%c", *p);
      else
        g_string_append_c (text, *p);
    }
}

static void
append_number (GString *text, BelfryMetricUnit unit, guint64 value)
{
  if (unit == BELFRY_METRIC_UNIT_SECONDS)
    g_string_append_printf (text, "%" G_GUINT64_FORMAT ".%06u", value / G_USEC_PER_SEC,
                            (guint) (value % G_USEC_PER_SEC));
  else
    g_string_append_printf (text, "%" G_GUINT64_FORMAT, value);
}

static void
append_label (GString *text, const char *separator, const BelfryMetricLabel *label)
{
  g_string_append_printf (text, "%s%s=\"", separator, label->name);
  append_escaped (text, label->value);
  g_string_append_c (text, '"');
}

/* The name and labels of a sample; @bound, if any, is the last label. */
static void
append_sample (GString *text, const BelfryMetricSpec *spec, const char *suffix, const char *bound)
{
  const char *separator = "{";

  g_string_append (text, spec->name);
  g_string_append (text, suffix);
  for (gsize i = 0; i < BELFRY_METRIC_MAX_LABELS && spec->labels[i].name != NULL; i++)
    {
      append_label (text, separator, &spec->labels[i]);
      separator = ",";
    }
  if (bound != NULL)
    {
      append_label (text, separator, &((BelfryMetricLabel){ "le", bound }));
      separator = ",";
    }
  g_string_append (text, *separator == ',' ? "} " : " ");
}

static void
append_counter (GString *text, const BelfryMetricSpec *spec, guint64 value)
{
  append_sample (text, spec, "_total", NULL);
  append_number (text, spec->unit, value);
  g_string_append_c (text, '\n');
}

static void
append_gauge (GString *text, const BelfryMetricSpec *spec, gint64 value)
{
  append_sample (text, spec, "", NULL);
  if (value < 0)
    g_string_append_c (text, '-');
  append_number (text, spec->unit, value < 0 ? -(guint64) value : (guint64) value);
  g_string_append_c (text, '\n');
}

static void
append_bucket (GString *text, const BelfryMetricSpec *spec, const char *bound, guint64 count)
{
  append_sample (text, spec, "_bucket", bound);
  g_string_append_printf (text, "%" G_GUINT64_FORMAT "\n", count);
}

static void
append_histogram (GString *text, const BelfryMetricSpec *spec, const BelfryHistogramData *data)
{
  const Bounds *bounds = &bounds_of_unit[spec->unit];

  for (guint exponent = bounds->first; exponent <= bounds->last; exponent += BOUNDS_STEP)
    {
      g_autoptr (GString) bound = g_string_new (NULL);

      append_number (bound, spec->unit, G_GUINT64_CONSTANT (1) << exponent);
      /* A bound is a real number and must look like one. */
      if (spec->unit != BELFRY_METRIC_UNIT_SECONDS)
        g_string_append (bound, ".0");
      append_bucket (text, spec, bound->str, belfry_histogram_data_count_up_to (data, exponent));
    }
  append_bucket (text, spec, "+Inf", data->count);
  append_sample (text, spec, "_count", NULL);
  g_string_append_printf (text, "%" G_GUINT64_FORMAT "\n", data->count);
  append_sample (text, spec, "_sum", NULL);
  append_number (text, spec->unit, data->sum);
  g_string_append_c (text, '\n');
}

static void
append_family (GString *text, const BelfryMetricSpec *spec)
{
  const char *unit = belfry_metric_unit_name (spec->unit);

  g_string_append_printf (text, "# TYPE %s %s\n", spec->name, kind_names[spec->kind]);
  if (unit != NULL)
    g_string_append_printf (text, "# UNIT %s %s\n", spec->name, unit);
  g_string_append_printf (text, "# HELP %s ", spec->name);
  append_escaped (text, spec->help);
  g_string_append_c (text, '\n');
}

static void
append_series (GString *text,
               const BelfryMetricsSnapshot *snapshot,
               const BelfryMetricSpec *spec,
               guint id)
{
  switch (spec->kind)
    {
    case BELFRY_METRIC_COUNTER:
      append_counter (text, spec, belfry_metrics_snapshot_get_counter (snapshot, id));
      break;
    case BELFRY_METRIC_GAUGE:
      append_gauge (text, spec, belfry_metrics_snapshot_get_gauge (snapshot, id));
      break;
    case BELFRY_METRIC_HISTOGRAM:
      append_histogram (text, spec, belfry_metrics_snapshot_get_histogram (snapshot, id));
      break;
    default:
      g_assert_not_reached ();
    }
}

GString *
belfry_metrics_text_format (const BelfryMetricsSnapshot *snapshot)
{
  const BelfryMetrics *metrics = belfry_metrics_snapshot_get_metrics (snapshot);
  const BelfryMetricSpec *previous = NULL;
  GString *text = g_string_new (NULL);

  for (guint id = 0; id < belfry_metrics_get_n_metrics (metrics); id++)
    {
      const BelfryMetricSpec *spec = belfry_metrics_get_spec (metrics, id);

      if (previous == NULL || !belfry_metric_spec_same_family (previous, spec))
        append_family (text, spec);
      append_series (text, snapshot, spec, id);
      previous = spec;
    }
  g_string_append (text, "# EOF\n");
  return text;
}
