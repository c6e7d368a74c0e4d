/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include "belfry-error.h"
#include "belfry-log.h"

/* What sessions order, one order after the other for each, and how their records come and go. */

static gboolean
must_sign_in (BelfryHub *self, const BelfryRecord *record)
{
  return record->identity == NULL && belfry_gate_is_required (self->gate);
}

static void
log_session (BelfryRecord *record, const char *what, guint code, const char *reason)
{
  const BelfryLogContext context = {
    .fields = {
      { "SESSION", record->id },
      { "USER", record->identity != NULL ? belfry_identity_get_subject (record->identity) : NULL },
      { "PEER", record->text },
      { "DIALECT", record->dialect },
    },
  };

  belfry_log_event (BELFRY_LOG_DEBUG, &context, "session %s from %s (%s at %s) %s: %u %s",
                    record->id, record->text, record->dialect, belfry_record_get_endpoint (record),
                    what, code, reason != NULL ? reason : "");
}

static void
leave_all (BelfryHub *self, BelfryRecord *record)
{
  while (record->n_holdings > 0)
    belfry_hub_leave (self, record, &belfry_record_get_holdings (record)[record->n_holdings - 1]);
}

static void
drop_orders (BelfryRecord *record)
{
  while (record->orders != NULL)
    belfry_order_free (belfry_record_pop_order (record));
}

/* The record goes when nothing is left to do for a session that is gone. Only then is the session
 * confirmed: until then the shard counts what it ordered, so that leaving and coming back makes no
 * room for more. */
static void
free_if_done (BelfryHub *self, BelfryRecord *record)
{
  if (!record->ended || record->busy || record->operation != NULL || record->orders != NULL)
    return;
  belfry_shard_post (record->shard, belfry_notice_new (BELFRY_NOTICE_CLOSED, record->session));
  if (self->next_review == record)
    self->next_review = record->next;
  belfry_hub_unlink_record (self, record);
  belfry_record_free (record);
}

/* An answer with an error, of an order that was not begun. @request: (transfer full) (nullable) */
static void
refuse (BelfryHub *self, BelfryRecord *record, BelfryRequest *request, GError *error)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, record->session);

  notice->answers = TRUE;
  notice->event = BELFRY_EVENT_ERROR;
  notice->request = request;
  notice->error = error;
  if (request != NULL && request->n_topics == 1)
    notice->topic = g_strdup (request->topics[0].topic);
  belfry_hub_tell (self, record, notice);
}

static void
pong (BelfryHub *self, BelfryRecord *record, BelfryRequest *request)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, record->session);

  notice->answers = TRUE;
  notice->event = BELFRY_EVENT_PONG;
  notice->request = request;
  belfry_hub_tell (self, record, notice);
}

static void
work_off_request (BelfryHub *self, BelfryRecord *record, BelfryOrder *order)
{
  BelfryRequestKind kind = order->request->kind;

  if (kind == BELFRY_REQUEST_PING)
    pong (self, record, g_steal_pointer (&order->request));
  else if (kind == BELFRY_REQUEST_AUTHENTICATE ||
           (kind == BELFRY_REQUEST_REFRESH && !must_sign_in (self, record)))
    {
      const char *token = order->request->token;

      belfry_hub_sign_in (self, record, g_steal_pointer (&order->request), token);
    }
  else if (order->task == NULL && must_sign_in (self, record))
    refuse (self, record, g_steal_pointer (&order->request),
            g_error_new (BELFRY_ERROR, BELFRY_ERROR_NOT_AUTHENTICATED, "sign in first"));
  else if (kind == BELFRY_REQUEST_SUBSCRIBE)
    belfry_hub_subscribe (self, record, order);
  else if (kind == BELFRY_REQUEST_UNSUBSCRIBE)
    belfry_hub_unsubscribe (self, record, g_steal_pointer (&order->request));
  else if (order->request->n_topics != 1)
    refuse (self, record, g_steal_pointer (&order->request),
            g_error_new (BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST, "one topic must be named"));
  else
    belfry_hub_request (self, record, g_steal_pointer (&order->request));
}

static void
work_off (BelfryHub *self, BelfryRecord *record, BelfryOrder *order)
{
  if (order->kind == BELFRY_ORDER_FAULT)
    refuse (self, record, g_steal_pointer (&order->request), g_steal_pointer (&order->error));
  else
    work_off_request (self, record, order);
}

/* Of what a client ordered before it left, only what it published is still of use. */
static void
keep_publications (BelfryRecord *record)
{
  BelfryOrder *order = record->orders;

  record->orders = record->last_order = NULL;
  while (order != NULL)
    {
      BelfryOrder *next = order->next;

      if (order->kind == BELFRY_ORDER_REQUEST && order->request->kind == BELFRY_REQUEST_PUBLISH)
        belfry_record_push_order (record, order);
      else
        belfry_order_free (order);
      order = next;
    }
}

static void
welcome (BelfryHub *self, BelfryRecord *record, gboolean signs_in)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, record->session);

  notice->answers = TRUE;
  notice->event = BELFRY_EVENT_WELCOME;
  notice->authenticated = !signs_in && !must_sign_in (self, record);
  belfry_hub_tell (self, record, notice);
}

static void
open_record (BelfryHub *self, BelfryOrder *order)
{
  BelfryRecord *record = g_steal_pointer (&order->record);
  gboolean shows =
      order->token != NULL ||
      (must_sign_in (self, record) && (record->certificate != 0 || record->has_peer_credentials));

  belfry_hub_append_record (self, record);
  record->opened = belfry_clock_wall (self->clock);
  g_hash_table_add (self->by_id, record->id);
  self->n_sessions++;
  log_session (record, "begins", 0, NULL);
  belfry_hub_tell_opened (self, record);
  welcome (self, record, shows);
  if (shows)
    belfry_hub_sign_in (self, record, NULL, order->token);
}

static void
end_record (BelfryHub *self, BelfryRecord *record, const BelfryOrder *order)
{
  log_session (record, "ends", order->code, order->text);
  belfry_hub_tell_closed (self, record, order->code, order->text);
  g_hash_table_remove (self->by_id, record->id);
  self->n_sessions--;
  record->ended = TRUE;
  belfry_hub_answer_asks (self, record);
  leave_all (self, record);
  belfry_hub_forget_user (self, record);
  belfry_deadline_cancel (&record->expiry);
  if (record->operation != NULL && !record->operation->operation_class->survives)
    belfry_operation_abandon (record->operation);
  keep_publications (record);
  belfry_hub_advance (self, record);
}

void
belfry_hub_tell (BelfryHub *self, BelfryRecord *record, BelfryNotice *notice)
{
  if (record->ended || record->closing)
    belfry_notice_free (notice);
  else
    belfry_shard_post (record->shard, notice);
}

void
belfry_hub_advance (BelfryHub *self, BelfryRecord *record)
{
  if (record->busy)
    return;
  record->busy = TRUE;
  while (record->operation == NULL && (record->unreviewed || record->orders != NULL))
    {
      g_autoptr (BelfryOrder) order = NULL;

      if (record->unreviewed)
        {
          belfry_hub_review_record (self, record);
          continue;
        }
      order = belfry_record_pop_order (record);
      work_off (self, record, order);
    }
  record->busy = FALSE;
  free_if_done (self, record);
}

void
belfry_hub_close (BelfryHub *self, BelfryRecord *record, guint code, const char *reason)
{
  if (record->closing || record->ended)
    return;

  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_CLOSE, record->session);

  log_session (record, "is told to go", code, reason);
  notice->code = code;
  notice->text = g_strdup (reason);
  belfry_shard_post (record->shard, notice);
  record->closing = TRUE;
  drop_orders (record);
  if (record->operation != NULL)
    belfry_operation_abandon (record->operation);
  leave_all (self, record);
  belfry_hub_forget_user (self, record);
  belfry_deadline_cancel (&record->expiry);
}

void
belfry_hub_drop (BelfryHub *self, BelfryRecord *record)
{
  drop_orders (record);
  if (record->operation != NULL)
    belfry_operation_abandon (record->operation);
  belfry_hub_advance (self, record);
}

void
belfry_hub_take_order (BelfryHub *self, BelfryOrder *order)
{
  g_autoptr (BelfryOrder) owned = order;

  switch (order->kind)
    {
    case BELFRY_ORDER_OPEN:
      open_record (self, order);
      break;
    case BELFRY_ORDER_CLOSE:
      end_record (self, order->record, order);
      break;
    case BELFRY_ORDER_QUEUED:
      belfry_hub_take_queued (self, order->cookie, order->value);
      break;
    case BELFRY_ORDER_REQUEST:
    case BELFRY_ORDER_FAULT:
      if (order->record->closing)
        break;
      belfry_record_push_order (order->record, g_steal_pointer (&owned));
      belfry_hub_advance (self, order->record);
      break;
    case BELFRY_ORDER_N_KINDS:
    default:
      g_warn_if_reached ();
    }
}
