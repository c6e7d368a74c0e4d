/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-breaker.h"

/* Closed as long as there are fewer failures than the threshold, open after that. Answers to
 * questions that were asked before it opened count as well. */

static gboolean
is_open (const BelfryWebhookBreaker *self)
{
  return self->n_failures >= self->threshold;
}

void
belfry_webhook_breaker_init (BelfryWebhookBreaker *self, guint threshold, gint64 pause)
{
  *self = (BelfryWebhookBreaker){ .threshold = threshold, .pause = pause };
}

gboolean
belfry_webhook_breaker_try (BelfryWebhookBreaker *self, gint64 now)
{
  if (!is_open (self))
    return TRUE;
  if (self->is_probing || now < self->retry_at)
    return FALSE;
  self->is_probing = TRUE;
  return TRUE;
}

gboolean
belfry_webhook_breaker_succeed (BelfryWebhookBreaker *self)
{
  gboolean was_open = is_open (self);

  self->n_failures = 0;
  self->is_probing = FALSE;
  return was_open;
}

gboolean
belfry_webhook_breaker_fail (BelfryWebhookBreaker *self, gint64 now)
{
  gboolean was_open = is_open (self);

  if (!was_open)
    self->n_failures++;
  self->is_probing = FALSE;
  self->retry_at = now + self->pause;
  return !was_open && is_open (self);
}

void
belfry_webhook_breaker_give_up (BelfryWebhookBreaker *self)
{
  self->is_probing = FALSE;
}
