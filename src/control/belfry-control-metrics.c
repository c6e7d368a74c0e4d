/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-control"

#include "config.h"

#include "belfry-control-private.h"
#include "belfry-metrics-text.h"

/* org.belfry.Metrics1. */

static char *
name_of (const BelfryMetricSpec *spec)
{
  GString *name = g_string_new (spec->name);

  for (guint i = 0; i < BELFRY_METRIC_MAX_LABELS && spec->labels[i].name != NULL; i++)
    g_string_append_printf (name, "%c%s=%s", i == 0 ? '{' : ',', spec->labels[i].name,
                            spec->labels[i].value);
  if (spec->labels[0].name != NULL)
    g_string_append_c (name, '}');
  return g_string_free (name, FALSE);
}

static GVariant *
histogram_of (const BelfryHistogramData *data)
{
  static const struct
  {
    const char *name; /* (unowned) */
    double q;
  } quantiles[] = { { "p50", 0.5 }, { "p95", 0.95 }, { "p99", 0.99 } };
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&dict, "{sv}", "count", g_variant_new_uint64 (data->count));
  g_variant_builder_add (&dict, "{sv}", "sum", g_variant_new_uint64 (data->sum));
  for (gsize i = 0; i < G_N_ELEMENTS (quantiles); i++)
    g_variant_builder_add (&dict, "{sv}", quantiles[i].name,
                           g_variant_new_uint64 (
                               belfry_histogram_data_quantile (data, quantiles[i].q)));
  g_variant_builder_add (&dict, "{sv}", "max", g_variant_new_uint64 (data->max));
  return g_variant_builder_end (&dict);
}

static GVariant *
value_of (const BelfryMetricsSnapshot *snapshot, const BelfryMetricSpec *spec, guint id)
{
  switch (spec->kind)
    {
    case BELFRY_METRIC_COUNTER:
      return g_variant_new_uint64 (belfry_metrics_snapshot_get_counter (snapshot, id));
    case BELFRY_METRIC_GAUGE:
      return g_variant_new_int64 (belfry_metrics_snapshot_get_gauge (snapshot, id));
    case BELFRY_METRIC_HISTOGRAM:
      return histogram_of (belfry_metrics_snapshot_get_histogram (snapshot, id));
    default:
      g_return_val_if_reached (g_variant_new_uint64 (0));
    }
}

static void
handle_get (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (self->metrics);
  GVariantBuilder dict;

  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  for (guint id = 0; id < belfry_metrics_get_n_metrics (self->metrics); id++)
    {
      const BelfryMetricSpec *spec = belfry_metrics_get_spec (self->metrics, id);
      g_autofree char *name = name_of (spec);

      g_variant_builder_add (&dict, "{sv}", name, value_of (snapshot, spec, id));
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{sv})", &dict));
}

static void
handle_get_text (BelfryControl *self, GDBusMethodInvocation *invocation, GVariant *arguments)
{
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (self->metrics);
  g_autoptr (GString) text = belfry_metrics_text_format (snapshot);

  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", text->str));
}

const BelfryControlMethod belfry_control_metrics_methods[] = {
  { "Get", BELFRY_RIGHT_INSPECT, NULL, handle_get },
  { "GetText", BELFRY_RIGHT_INSPECT, NULL, handle_get_text },
  { NULL },
};
