/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-metrics"

#include "config.h"

#include "belfry-metric-spec.h"

#include <string.h>

/* What makes a table of metrics one that every reader of the published format understands. Pure
 * functions over constant tables. */

static const char *const unit_names[] = {
  [BELFRY_METRIC_UNIT_NONE] = NULL,
  [BELFRY_METRIC_UNIT_SECONDS] = "seconds",
  [BELFRY_METRIC_UNIT_BYTES] = "bytes",
};
G_STATIC_ASSERT (G_N_ELEMENTS (unit_names) == BELFRY_METRIC_UNIT_BYTES + 1);

/* What the format appends to a name: taken, so that no two series can come to the same. */
static const char *const reserved_suffixes[] = {
  "_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info",
};

/* What the format puts into labels itself. */
static const char *const reserved_labels[] = { "le", "quantile" };

static gboolean
is_name (const char *text)
{
  if (text == NULL || !g_ascii_islower (*text))
    return FALSE;
  return text[strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static gboolean
has_reserved_suffix (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (reserved_suffixes); i++)
    {
      if (g_str_has_suffix (name, reserved_suffixes[i]))
        return TRUE;
    }
  return FALSE;
}

static gboolean
ends_with_unit (const BelfryMetricSpec *spec)
{
  const char *unit = belfry_metric_unit_name (spec->unit);

  if (unit == NULL)
    return TRUE;
  return g_str_has_suffix (spec->name, unit) && strlen (spec->name) > strlen (unit) + 1 &&
         spec->name[strlen (spec->name) - strlen (unit) - 1] == '_';
}

static gboolean
is_reserved_label (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (reserved_labels); i++)
    {
      if (g_str_equal (name, reserved_labels[i]))
        return TRUE;
    }
  return FALSE;
}

static const char *
find_label (const BelfryMetricSpec *spec, const char *name, gsize n)
{
  for (gsize i = 0; i < n && spec->labels[i].name != NULL; i++)
    {
      if (g_str_equal (spec->labels[i].name, name))
        return spec->labels[i].value;
    }
  return NULL;
}

static const char *
labels_defect (const BelfryMetricSpec *spec)
{
  for (gsize i = 0; i < BELFRY_METRIC_MAX_LABELS && spec->labels[i].name != NULL; i++)
    {
      const BelfryMetricLabel *label = &spec->labels[i];

      if (!is_name (label->name))
        return "a label's name has other than small letters, digits and underscores";
      if (is_reserved_label (label->name))
        return "a label's name is the format's own";
      if (label->value == NULL)
        return "a label has no value";
      if (!g_utf8_validate (label->value, -1, NULL))
        return "a label's value is not UTF-8";
      if (find_label (spec, label->name, i) != NULL)
        return "a label is there twice";
    }
  return NULL;
}

static gsize
count_labels (const BelfryMetricSpec *spec)
{
  gsize n = 0;

  while (n < BELFRY_METRIC_MAX_LABELS && spec->labels[n].name != NULL)
    n++;
  return n;
}

static gboolean
same_labels (const BelfryMetricSpec *a, const BelfryMetricSpec *b)
{
  gsize n = count_labels (a);

  if (n != count_labels (b))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      if (g_strcmp0 (find_label (b, a->labels[i].name, n), a->labels[i].value) != 0)
        return FALSE;
    }
  return TRUE;
}

static const char *
own_defect (const BelfryMetricSpec *spec)
{
  if (!is_name (spec->name))
    return "its name has other than small letters, digits and underscores";
  if ((guint) spec->kind > BELFRY_METRIC_HISTOGRAM)
    return "its kind is unknown";
  if ((guint) spec->unit > BELFRY_METRIC_UNIT_BYTES)
    return "its unit is unknown";
  if (has_reserved_suffix (spec->name))
    return "its name ends as the format's own do";
  if (!ends_with_unit (spec))
    return "its name does not end with its unit";
  if (spec->help == NULL || *spec->help == '\0')
    return "it has no help text";
  if (!g_utf8_validate (spec->help, -1, NULL))
    return "its help text is not UTF-8";
  return labels_defect (spec);
}

const char *
belfry_metric_unit_name (BelfryMetricUnit unit)
{
  return unit_names[unit];
}

gboolean
belfry_metric_spec_same_family (const BelfryMetricSpec *a, const BelfryMetricSpec *b)
{
  return g_str_equal (a->name, b->name);
}

const char *
belfry_metric_spec_defect (const BelfryMetricSpec *specs, gsize index)
{
  const BelfryMetricSpec *spec = &specs[index];
  const char *defect = own_defect (spec);

  for (gsize i = 0; defect == NULL && i < index; i++)
    {
      if (!belfry_metric_spec_same_family (&specs[i], spec))
        continue;
      if (!belfry_metric_spec_same_family (&specs[index - 1], spec))
        defect = "it stands apart from its family";
      else if (specs[i].kind != spec->kind || specs[i].unit != spec->unit ||
               !g_str_equal (specs[i].help, spec->help))
        defect = "it differs from its family in kind, unit or help text";
      else if (same_labels (&specs[i], spec))
        defect = "it is there twice";
    }
  return defect;
}
