/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-metrics.h"

G_BEGIN_DECLS

/**
 * BELFRY_METRICS_TEXT_TYPE:
 *
 * The media type of what belfry_metrics_text_format() makes.
 */
#define BELFRY_METRICS_TEXT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/**
 * belfry_metrics_text_format:
 *
 * Returns: (transfer full): the snapshot in the OpenMetrics text format. Histograms are published
 * with a few buckets, whose bounds are powers of four (for seconds: of microseconds), so that their
 * counts are exact.
 */
GString *belfry_metrics_text_format (const BelfryMetricsSnapshot *snapshot);

G_END_DECLS
