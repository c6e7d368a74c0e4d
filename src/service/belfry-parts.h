/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-part.h"

G_BEGIN_DECLS

/* What is done to all parts of the service, in order. An array of parts is fixed once the service
 * has it. */

/**
 * belfry_parts_start_async:
 * @parts: (element-type BelfryPart): the parts, those first that others need
 * @patience: how long each part may take to stop if a later one fails, in microseconds
 *
 * Starts one part after the other. If one fails, or the start is cancelled, those that were started
 * are stopped again, and the error names the part.
 */
void belfry_parts_start_async (GPtrArray *parts,
                               BelfryConfig *config,
                               gint64 patience,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean belfry_parts_start_finish (GAsyncResult *result, GError **error);

/**
 * belfry_parts_drain_async:
 * @duration: how long draining may take, in microseconds
 *
 * Drains all parts at the same time. One that needs longer is cancelled and left behind with a
 * warning.
 */
void belfry_parts_drain_async (GPtrArray *parts,
                               gint64 duration,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean belfry_parts_drain_finish (GAsyncResult *result, GError **error);

/**
 * belfry_parts_stop_async:
 * @n_started: how many of them were started; only these are stopped
 * @patience: how long each may take, in microseconds
 *
 * Stops the parts in the reverse order. One that takes longer is left behind with a warning.
 */
void belfry_parts_stop_async (GPtrArray *parts,
                              guint n_started,
                              gint64 patience,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean belfry_parts_stop_finish (GAsyncResult *result, GError **error);

G_END_DECLS
