/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-log.h"

/* What takes the hub more than a turn. The hub's list holds one reference until the operation ends
 * or is abandoned; each callback holds another and looks whether there still is a hub. */

static void
operation_free (BelfryOperation *self)
{
  g_clear_object (&self->task);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->notice, belfry_notice_free);
  g_clear_pointer (&self->identity, belfry_identity_unref);
  g_clear_pointer (&self->payload, g_bytes_unref);
  g_clear_pointer (&self->info, belfry_session_info_free);
  g_free (self->topic);
  g_free (self->idempotency_key);
  g_free (self->wishes);
  g_free (self);
}

/* Takes it out of the hub. Returns: (transfer full): the hub's reference */
static BelfryOperation *
detach (BelfryOperation *self)
{
  BelfryHub *hub = self->hub;

  belfry_deadline_cancel (&self->deadline);
  belfry_hub_release_wishes (self);
  *(self->prev != NULL ? &self->prev->next : &hub->operations) = self->next;
  if (self->next != NULL)
    self->next->prev = self->prev;
  self->hub = NULL;
  if (self->record != NULL && self->record->operation == self)
    self->record->operation = NULL;
  return self;
}

static void
end_task (BelfryOperation *self, const GError *error)
{
  if (error != NULL)
    g_task_return_error (self->task, g_error_copy (error));
  else
    self->operation_class->finish (self);
}

/* An answer of several topics has its errors inside, unless there is one for all. */
static void
set_error (BelfryNotice *notice, GError *error, const char *topic)
{
  for (guint i = 0; i < notice->n_grants; i++)
    {
      g_clear_error (&notice->grants[i].error);
      g_clear_pointer (&notice->grants[i].missed, g_ptr_array_unref);
    }
  g_clear_pointer (&notice->grants, g_free);
  notice->n_grants = 0;
  notice->event = BELFRY_EVENT_ERROR;
  notice->error = error;
  if (notice->topic == NULL)
    notice->topic = g_strdup (topic);
}

static void
on_late (BelfryDeadline *deadline, gpointer user_data)
{
  belfry_operation_give_up (user_data,
                            g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                                         "this cannot be done now: there was no answer in time"));
}

/* @result: (nullable): what the gate said, if not at once */
static void
note_denial (BelfryOperation *self, GAsyncResult *result)
{
  BelfryHub *hub = self->hub;
  BelfryGateObjection objection;

  belfry_gate_get_objection (hub->gate, result, &objection);
  belfry_hub_journal_forbidden (&hub->journal, self->record, self->identity,
                                self->operation_class->action, self->topic, &objection);
}

static void
deny (BelfryOperation *self)
{
  note_denial (self, NULL);
  belfry_operation_end (self,
                        g_error_new (BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN, "this is not allowed"));
}

static void
on_authorized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryOperation) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean allowed = belfry_gate_authorize_finish (BELFRY_GATE (source), result, &error);

  if (self->hub == NULL)
    return;
  if (allowed)
    {
      self->operation_class->perform (self);
      return;
    }
  if (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN))
    note_denial (self, result);
  belfry_operation_end (self, g_steal_pointer (&error));
}

/* A policy may close the very session that it is asked about. */
static void
authorize (BelfryOperation *operation)
{
  g_autoptr (BelfryOperation) self = belfry_operation_ref (operation);
  BelfryGate *gate = self->hub->gate;
  BelfryTopicAction action = self->operation_class->action;
  gboolean allowed = TRUE;
  gboolean decided = self->trusted || belfry_gate_try_authorize (gate, self->identity, action,
                                                                 self->topic, &allowed);

  if (self->hub == NULL)
    return;
  if (!decided)
    belfry_gate_authorize_async (gate, self->identity, action, self->topic,
                                 belfry_operation_get_cancellable (self), on_authorized,
                                 belfry_operation_ref (self));
  else if (allowed)
    self->operation_class->perform (self);
  else
    deny (self);
}

/* Our own errors tell clients what is wrong with what they did; all others are about what is behind
 * us. */
GError *
belfry_hub_error_for_clients (GError *error)
{
  if (error->domain == BELFRY_ERROR && error->code <= BELFRY_ERROR_INTERNAL)
    return error;
  belfry_log_debug ("a request failed: %s", error->message);
  g_error_free (error);
  return g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "this cannot be done now");
}

BelfryOperation *
belfry_operation_new (BelfryHub *hub,
                      const BelfryOperationClass *operation_class,
                      BelfryRecord *record)
{
  BelfryOperation *self = g_new0 (BelfryOperation, 1);

  self->refs = 1;
  self->operation_class = operation_class;
  self->hub = hub;
  self->next = hub->operations;
  if (self->next != NULL)
    self->next->prev = self;
  hub->operations = self;
  belfry_deadline_init (&self->deadline, on_late, self);
  self->record = record;
  if (record != NULL)
    {
      record->operation = self;
      self->identity = record->identity != NULL ? belfry_identity_ref (record->identity) : NULL;
    }
  return self;
}

BelfryOperation *
belfry_operation_ref (BelfryOperation *self)
{
  self->refs++;
  return self;
}

void
belfry_operation_unref (BelfryOperation *self)
{
  if (--self->refs == 0)
    operation_free (self);
}

GCancellable *
belfry_operation_get_cancellable (BelfryOperation *self)
{
  if (self->cancellable == NULL)
    {
      self->cancellable = g_cancellable_new ();
      self->can_cancel = TRUE;
    }
  return self->cancellable;
}

void
belfry_operation_end (BelfryOperation *operation, GError *error)
{
  BelfryHub *hub = operation->hub;
  BelfryRecord *record = operation->record;
  g_autoptr (BelfryOperation) self = detach (operation);
  g_autoptr (GError) reason = error != NULL ? belfry_hub_error_for_clients (error) : NULL;

  if (self->task != NULL)
    end_task (self, reason);
  if (record == NULL)
    return;
  if (reason != NULL && self->notice != NULL)
    set_error (self->notice, g_steal_pointer (&reason), self->topic);
  if (self->notice != NULL)
    belfry_hub_tell (hub, record, g_steal_pointer (&self->notice));
  belfry_hub_advance (hub, record);
}

/* The cancellable of a caller is not ours to cancel. */
void
belfry_operation_abandon (BelfryOperation *operation)
{
  g_autoptr (BelfryOperation) self = detach (operation);

  if (self->task == NULL && self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  if (self->task != NULL)
    g_task_return_new_error (self->task, BELFRY_ERROR, BELFRY_ERROR_CLOSED,
                             self->record != NULL ? "the session is gone"
                                                  : "the service is stopping");
}

void
belfry_operation_await_broker (BelfryOperation *self)
{
  belfry_deadline_wheel_set_after (self->hub->wheel, &self->deadline, self->hub->limits.patience);
}

/* Cancelled last: what the broker then answers at once finds that it is over. */
void
belfry_operation_give_up (BelfryOperation *operation, GError *error)
{
  g_autoptr (BelfryOperation) self = belfry_operation_ref (operation);

  belfry_deadline_cancel (&self->deadline);
  if (self->operation_class->give_up != NULL)
    self->operation_class->give_up (self, error);
  else
    belfry_operation_end (self, error);
  if (self->hub == NULL && self->can_cancel)
    g_cancellable_cancel (self->cancellable);
}

void
belfry_operation_begin (BelfryOperation *self)
{
  GError *error = NULL;
  BelfryTopicKind kind = belfry_topic_classify (self->topic, strlen (self->topic), &error);

  if (kind == BELFRY_TOPIC_PATTERN)
    g_set_error (&error, BELFRY_ERROR, BELFRY_ERROR_TOPIC_INVALID,
                 "“%s” is a pattern, which is good for subscribing alone", self->topic);
  if (error != NULL)
    belfry_operation_end (self, error);
  else
    authorize (self);
}
