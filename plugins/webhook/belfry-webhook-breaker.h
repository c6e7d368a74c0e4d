/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryWebhookBreaker:
 *
 * Spares a backend that fails again and again: after so many failures in a row nothing is asked for
 * a while, and then a single question tries. Embedded in what asks.
 */
typedef struct
{
  guint threshold; /* failures in a row */
  gint64 pause;    /* microseconds */
  guint n_failures;
  gint64 retry_at;
  gboolean is_probing;
} BelfryWebhookBreaker;

void belfry_webhook_breaker_init (BelfryWebhookBreaker *self, guint threshold, gint64 pause);

/**
 * belfry_webhook_breaker_try:
 *
 * Returns: whether a question may be asked now. If so, one of the next three must follow
 */
gboolean belfry_webhook_breaker_try (BelfryWebhookBreaker *self, gint64 now);

/* Returns: whether it was open until now */
gboolean belfry_webhook_breaker_succeed (BelfryWebhookBreaker *self);

/* Returns: whether it is open from now on, and was not before */
gboolean belfry_webhook_breaker_fail (BelfryWebhookBreaker *self, gint64 now);

/* The question was given up before anything could be learnt from it. */
void belfry_webhook_breaker_give_up (BelfryWebhookBreaker *self);

G_END_DECLS
