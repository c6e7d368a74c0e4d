/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-order"

#include "config.h"

#include "belfry-order.h"

#include "belfry-error.h"
#include "belfry-record.h"
#include "belfry-secret.h"

/* What shards send to the hub. An order that was never looked at takes along what it brought, a
 * record included: the hub that would have kept it is gone. Who waits for one is told. */

BelfryOrder *
belfry_order_new (BelfryOrderKind kind, BelfryRecord *record)
{
  BelfryOrder *self = g_new0 (BelfryOrder, 1);

  self->kind = kind;
  self->record = record;
  return self;
}

void
belfry_order_free (BelfryOrder *self)
{
  if (self->kind == BELFRY_ORDER_OPEN)
    g_clear_pointer (&self->record, belfry_record_free);
  g_clear_pointer (&self->request, belfry_request_free);
  g_clear_error (&self->error);
  g_clear_pointer (&self->token, belfry_secret_text_free);
  if (self->task != NULL)
    g_task_return_new_error (self->task, BELFRY_ERROR, BELFRY_ERROR_CLOSED, "the session is gone");
  g_clear_object (&self->task);
  g_free (self->text);
  g_free (self);
}
