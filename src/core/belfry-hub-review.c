/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include "belfry-error.h"

/* What was allowed once is judged again when that may have changed: for one session when it has
 * refreshed its token, for all when the configuration was loaded again. A session's subscriptions
 * are judged one after the other, between two of its orders; what is not allowed any more is taken
 * away and the client told. What cannot be said now stays for the time being and is asked again.
 *
 * All sessions together are worked off a few at a time, so that neither the loop nor a backend has
 * to take them in one go. */

/* How many sessions are looked at in a turn, and how many may wait for a policy's answer. */
#define BATCH 256
#define MAX_WAITING 64

/* When what could not be said is asked again. */
#define RETRY (30 * G_USEC_PER_SEC)

static const BelfryOperationClass review_class = { 0 };

static void
tell_why (BelfryHub *self, BelfryRecord *record, const char *topic, GError *error)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, record->session);

  notice->event = BELFRY_EVENT_ERROR;
  notice->topic = g_strdup (topic);
  notice->error = error;
  belfry_hub_tell (self, record, notice);
}

static void
take_away (BelfryHub *self, BelfryRecord *record, BelfryHolding *holding)
{
  belfry_core_slot_count (&self->slot, BELFRY_CORE_METRIC_SUBSCRIPTIONS_REVOKED, 1);
  belfry_hub_take_away (self, record, holding);
}

/* The client may have lost it already, by an administrator, while the policy was asked.
 * @result: (nullable): what the gate said, if not at once */
static void
end_subscription (BelfryOperation *self, GAsyncResult *result)
{
  const BelfryTopicKey key = belfry_topic_key (self->topic);
  const BelfryEntry *entry = belfry_directory_lookup (self->hub->directory, &key);
  BelfryHolding *holding = entry != NULL ? belfry_record_find_holding (self->record, entry) : NULL;

  if (holding == NULL)
    return;

  BelfryGateObjection objection;

  belfry_gate_get_objection (self->hub->gate, result, &objection);
  belfry_hub_journal_forbidden (&self->hub->journal, self->record, self->identity,
                                BELFRY_TOPIC_ACTION_SUBSCRIBE, self->topic, &objection);
  take_away (self->hub, self->record, holding);
  tell_why (self->hub, self->record, self->topic,
            g_error_new (BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN, "this is not allowed any more"));
}

static void
note_unsure (BelfryHub *self, BelfryRecord *record)
{
  record->unsure = TRUE;
  self->unsure = TRUE;
  if (!belfry_deadline_is_set (&self->review))
    belfry_deadline_wheel_set_after (self->wheel, &self->review, RETRY);
}

static void go_on (BelfryOperation *operation);

static void
on_authorized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryOperation) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean allowed = belfry_gate_authorize_finish (BELFRY_GATE (source), result, &error);

  if (self->hub == NULL)
    return;
  if (!allowed && g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN))
    end_subscription (self, result);
  else if (!allowed)
    note_unsure (self->hub, self->record);
  go_on (self);
}

/* A policy may close the very session that it is asked about. What an administrator gave to a
 * session was never a policy's to allow.
 *
 * Returns: whether it is decided; if not, a question is open */
static gboolean
judge (BelfryOperation *self, const BelfryHolding *holding)
{
  BelfryGate *gate = self->hub->gate;
  BelfryIdentity *identity = self->record->identity;
  gboolean allowed = TRUE;

  if (holding->trusted)
    return TRUE;
  g_free (self->topic);
  self->topic = g_strdup (holding->entry->name);
  if (!belfry_gate_try_authorize (gate, identity, BELFRY_TOPIC_ACTION_SUBSCRIBE, self->topic,
                                  &allowed))
    {
      if (self->hub != NULL)
        belfry_gate_authorize_async (gate, self->identity, BELFRY_TOPIC_ACTION_SUBSCRIBE,
                                     self->topic, belfry_operation_get_cancellable (self),
                                     on_authorized, belfry_operation_ref (self));
      return self->hub == NULL;
    }
  if (self->hub != NULL && !allowed)
    end_subscription (self, NULL);
  return TRUE;
}

/* From the last to the first, since what is taken away is replaced by the last, which has been
 * judged. @n_pending: how many are to be judged yet. */
static void
go_on (BelfryOperation *operation)
{
  g_autoptr (BelfryOperation) self = belfry_operation_ref (operation);

  while (self->hub != NULL && self->n_pending > 0)
    {
      const BelfryRecord *record = self->record;

      self->n_pending = MIN (self->n_pending, record->n_holdings);
      if (self->n_pending > 0 &&
          !judge (self, &belfry_record_get_holdings (record)[--self->n_pending]))
        return;
    }
  if (self->hub != NULL)
    belfry_operation_end (self, NULL);
}

/* Whoever need not sign in is let in; whoever was let in like this, and must, begins anew: what it
 * has was never judged. */
static void
review_stranger (BelfryHub *self, BelfryRecord *record)
{
  gboolean required = belfry_gate_is_required (self->gate);
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_STANDING, record->session);

  notice->authenticated = !required;
  belfry_hub_tell (self, record, notice);
  if (!required || record->n_holdings == 0)
    return;
  for (guint n = record->n_holdings; n > 0; n--)
    take_away (self, record, &belfry_record_get_holdings (record)[n - 1]);
  tell_why (self, record, NULL,
            g_error_new (BELFRY_ERROR, BELFRY_ERROR_NOT_AUTHENTICATED, "sign in first"));
}

static guint
count_waiting (BelfryHub *self)
{
  guint n = 0;

  for (const BelfryOperation *each = self->operations; each != NULL; each = each->next)
    n += each->operation_class == &review_class ? 1 : 0;
  return n;
}

static gboolean
is_here (const BelfryRecord *record)
{
  return !record->ended && !record->closing;
}

static gboolean
is_reviewed_now (const BelfryRecord *record)
{
  return record->operation != NULL && record->operation->operation_class == &review_class;
}

static void
ask_again (BelfryHub *self)
{
  self->unsure = FALSE;
  for (BelfryRecord *record = self->records; record != NULL; record = record->next)
    {
      record->unreviewed = record->unreviewed || record->unsure;
      record->unsure = FALSE;
    }
  self->next_review = self->records;
}

void
belfry_hub_on_review (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryHub *self = user_data;
  guint waiting = count_waiting (self);

  if (self->next_review == NULL && self->unsure)
    ask_again (self);
  for (guint n = 0; n < BATCH && waiting < MAX_WAITING && self->next_review != NULL; n++)
    {
      BelfryRecord *record = self->next_review;

      self->next_review = record->next;
      if (!record->unreviewed || !is_here (record))
        continue;
      belfry_hub_advance (self, record);
      waiting += is_reviewed_now (record) ? 1 : 0;
    }
  if (self->next_review != NULL)
    belfry_deadline_wheel_set_after (self->wheel, deadline, BELFRY_DEADLINE_TICK);
  else if (self->unsure)
    belfry_deadline_wheel_set_after (self->wheel, deadline, RETRY);
}

void
belfry_hub_review_record (BelfryHub *self, BelfryRecord *record)
{
  record->unreviewed = FALSE;
  if (!is_here (record))
    return;
  if (record->identity == NULL)
    {
      review_stranger (self, record);
      return;
    }

  BelfryOperation *operation = belfry_operation_new (self, &review_class, record);

  operation->n_pending = record->n_holdings;
  go_on (operation);
}

/* Strangers need no policy: theirs is decided at once. */
void
belfry_hub_review (BelfryHub *self)
{
  for (BelfryRecord *record = self->records; record != NULL; record = record->next)
    {
      if (!is_here (record))
        continue;
      record->unreviewed = TRUE;
      if (record->identity == NULL)
        belfry_hub_advance (self, record);
    }
  self->next_review = self->records;
  belfry_deadline_wheel_set_after (self->wheel, &self->review, 0);
}
