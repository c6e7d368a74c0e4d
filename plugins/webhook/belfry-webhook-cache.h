/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-webhook-answer.h"

G_BEGIN_DECLS

/**
 * BelfryWebhookCache:
 *
 * Answers that are good for a while. Bounded: the one that was not used for longest goes first.
 * Knows questions by a digest only, so that no token stays in memory for its sake. Main thread.
 */
typedef struct _BelfryWebhookCache BelfryWebhookCache;

/* @max: how many answers; 0 for none */
BelfryWebhookCache *belfry_webhook_cache_new (guint max);
void belfry_webhook_cache_free (BelfryWebhookCache *self);

/* Returns: (transfer none) (nullable): the answer, if it is still good at @now */
BelfryWebhookAnswer *
belfry_webhook_cache_lookup (BelfryWebhookCache *self, const char *key, gint64 now);

/* @expires: until when it is good; in the past, it is not kept */
void belfry_webhook_cache_insert (BelfryWebhookCache *self,
                                  const char *key,
                                  BelfryWebhookAnswer *answer,
                                  gint64 now,
                                  gint64 expires);
guint belfry_webhook_cache_get_size (const BelfryWebhookCache *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryWebhookCache, belfry_webhook_cache_free)

G_END_DECLS
