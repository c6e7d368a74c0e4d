/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-request"

#include "config.h"

#include "belfry-request.h"

#include "belfry-secret.h"

/* A client's request: one owner at a time, who hands it on between the threads. */

BelfryRequest *
belfry_request_new (BelfryRequestKind kind, guint n_topics)
{
  BelfryRequest *self = g_new0 (BelfryRequest, 1);

  self->kind = kind;
  self->n_topics = n_topics;
  if (n_topics > 0)
    self->topics = g_new0 (BelfryRequestTopic, n_topics);
  return self;
}

void
belfry_request_free (BelfryRequest *self)
{
  for (guint i = 0; i < self->n_topics; i++)
    g_free (self->topics[i].topic);
  g_free (self->topics);
  g_clear_pointer (&self->payload, g_bytes_unref);
  belfry_secret_text_free (self->token);
  g_free (self->id);
  g_free (self);
}
