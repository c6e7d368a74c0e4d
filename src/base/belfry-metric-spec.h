/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BELFRY_METRIC_COUNTER,   /* only ever grows */
  BELFRY_METRIC_GAUGE,     /* how things stand now */
  BELFRY_METRIC_HISTOGRAM, /* how often which value occurred */
} BelfryMetricKind;

/**
 * BelfryMetricUnit:
 *
 * What the numbers mean. A name ends with its unit.
 */
typedef enum
{
  BELFRY_METRIC_UNIT_NONE,
  BELFRY_METRIC_UNIT_SECONDS, /* given in microseconds, published in seconds */
  BELFRY_METRIC_UNIT_BYTES,
} BelfryMetricUnit;

#define BELFRY_METRIC_MAX_LABELS 2

typedef struct
{
  const char *name;  /* (unowned) */
  const char *value; /* (unowned) */
} BelfryMetricLabel;

/**
 * BelfryMetricSpec:
 *
 * One series, as a row of a constant table. Series of the same name are a family: they stand side
 * by side, agree in all but their labels, and differ in these. The labels end at the first without
 * a name.
 */
typedef struct
{
  const char *name; /* (unowned): without the suffixes that the format adds, such as `_total` */
  BelfryMetricKind kind;
  BelfryMetricUnit unit;
  const char *help; /* (unowned) */
  BelfryMetricLabel labels[BELFRY_METRIC_MAX_LABELS];
} BelfryMetricSpec;

/**
 * belfry_metric_unit_name:
 *
 * Returns: (transfer none) (nullable): `seconds`, `bytes`, or %NULL for no unit
 */
const char *belfry_metric_unit_name (BelfryMetricUnit unit);

/**
 * belfry_metric_spec_same_family:
 *
 * Returns: whether both series have the same name
 */
gboolean belfry_metric_spec_same_family (const BelfryMetricSpec *a, const BelfryMetricSpec *b);

/**
 * belfry_metric_spec_defect:
 * @specs: a table
 * @index: which of its rows
 *
 * Returns: (transfer none) (nullable): what is wrong with a row, by itself or beside the rows
 * before it; %NULL if nothing is
 */
const char *belfry_metric_spec_defect (const BelfryMetricSpec *specs, gsize index);

G_END_DECLS
