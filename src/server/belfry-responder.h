/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-http-api.h"

G_BEGIN_DECLS

/**
 * BelfryResponderRoutes:
 * @find: the routes of the plugin of that name; %NULL if it is not there or has none
 *
 * How routes of plugins are found.
 */
typedef struct
{
  BelfryHttpRoutes *(*find) (const char *name, gpointer user_data);
  gpointer user_data; /* (unowned) */
} BelfryResponderRoutes;

/**
 * BelfryResponder:
 *
 * Answers on the main thread what the workers do not answer themselves. Main thread.
 */
typedef struct _BelfryResponder BelfryResponder;

/**
 * belfry_responder_new:
 * @hub: (transfer none): referenced, as is @metrics
 * @routes: (nullable): copied
 */
BelfryResponder *belfry_responder_new (BelfryHub *hub,
                                       BelfryMetrics *metrics,
                                       BelfryConfig *config,
                                       const BelfryResponderRoutes *routes);
void belfry_responder_free (BelfryResponder *self);
void belfry_responder_set_config (BelfryResponder *self, BelfryConfig *config);

void belfry_responder_handle_async (BelfryResponder *self,
                                    BelfryHttpRequest *request,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

/* Returns: (transfer full): an answer, whatever happened */
BelfryHttpResponse *belfry_responder_handle_finish (GAsyncResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryResponder, belfry_responder_free)

G_END_DECLS
