/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include <string.h>

#include "belfry-error.h"

/* The way of a subscription. An operation has a *wish* for each topic, which goes by itself from
 * being allowed to being confirmed by the broker. When all wishes have got there or were refused,
 * those of topics with history ask for it; when all have it, one notice takes everything to the
 * shard, and in the same moment the topics' messages begin to go there.
 *
 * Until then, what comes in for a topic whose history is asked for is kept, so that it stands
 * behind the history in the notice. */

/* A callback's wish. */
typedef struct
{
  BelfryOperation *operation; /* (owned) */
  guint index;
} Step;

static Step *
step_new (BelfryOperation *operation, guint index)
{
  Step *step = g_new (Step, 1);

  *step = (Step){ belfry_operation_ref (operation), index };
  return step;
}

static void
step_free (Step *step)
{
  belfry_operation_unref (step->operation);
  g_free (step);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Step, step_free)

static BelfryGrant *
grant_of (BelfryOperation *self, guint index)
{
  return &self->notice->grants[index];
}

/* Returns: (nullable): what the client asked for; an administrator asks for nothing but the topic
 */
static const BelfryRequestTopic *
asked_topic (BelfryOperation *self, guint index)
{
  return self->notice->request != NULL ? &self->notice->request->topics[index] : NULL;
}

static void
release_wish (BelfryHub *hub, BelfryWish *wish)
{
  BelfryEntry *entry = g_steal_pointer (&wish->entry);

  g_clear_pointer (&wish->page, belfry_history_page_free);
  if (entry == NULL)
    return;
  belfry_hub_unask (entry, &wish->ask);
  belfry_hub_unwant (hub, entry);
}

/* @error: (transfer full) */
static void
refuse (BelfryOperation *self, guint index, GError *error)
{
  grant_of (self, index)->error = belfry_hub_error_for_clients (error);
  release_wish (self->hub, &self->wishes[index]);
}

static void
count_recovery (BelfryHub *hub, const BelfryGrant *grant)
{
  if (grant->recovery)
    belfry_core_slot_count (&hub->slot,
                            grant->recovered ? BELFRY_CORE_METRIC_RECOVERED
                                             : BELFRY_CORE_METRIC_NOT_RECOVERED,
                            1);
}

static void
note_pattern (BelfryOperation *self, const BelfryEntry *pattern)
{
  for (guint i = 0; self->wishes != NULL && i < self->n_wishes; i++)
    {
      BelfryWish *wish = &self->wishes[i];

      if (belfry_ask_is_open (&wish->ask) && belfry_topic_match (pattern->name, wish->entry->name))
        belfry_catch_up_note_seen (&wish->ask);
    }
}

static void
take_history (BelfryOperation *self, guint index, BelfryGrant *grant)
{
  const BelfryWish *wish = &self->wishes[index];
  const BelfryRequestTopic *topic = asked_topic (self, index);
  BelfryCaughtUp caught_up;

  grant->recovery = topic != NULL && topic->has_since;
  if (wish->page == NULL)
    return;
  belfry_catch_up_collect (&wish->ask, wish->page, grant->recovery ? &topic->since : NULL,
                           &caught_up);
  grant->position = caught_up.position;
  grant->recovered = caught_up.recovered;
  grant->missed = caught_up.missed;
}

static void
tell_presence (BelfryHub *hub, const BelfryRecord *record, const BelfryEntry *entry)
{
  belfry_broker_presence_add (hub->broker, entry->name,
                              belfry_identity_get_subject (record->identity),
                              belfry_identity_get_info (record->identity));
}

static gboolean
has_topic (BelfryOperation *self, const char *topic)
{
  const BelfryTopicKey key = belfry_topic_key (topic);
  const BelfryEntry *entry = belfry_directory_lookup (self->hub->directory, &key);

  return entry != NULL && belfry_record_find_holding (self->record, entry) != NULL;
}

/* Whoever names a topic twice is told the same twice. Nothing is recovered for who has the topic
 * already: what he missed before is nothing that we know. An administrator may have taken it away
 * meanwhile. */
static void
repeat (BelfryOperation *self, guint index)
{
  const BelfryRequestTopic *topic = asked_topic (self, index);
  BelfryGrant *grant = grant_of (self, index);

  grant->recovery = topic != NULL && topic->has_since;
  for (guint i = 0; i < index; i++)
    {
      const BelfryGrant *first = grant_of (self, i);

      if (first->repeated || strcmp (first->topic, grant->topic) != 0)
        continue;
      grant->error = first->error != NULL ? g_error_copy (first->error) : NULL;
      grant->position = first->position;
      grant->recovery = first->recovery;
      grant->recovered = first->recovered;
      return;
    }
  if (!has_topic (self, grant->topic))
    grant->error =
        g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "the subscription was taken away");
}

static gboolean
is_trusted (BelfryOperation *self, const char *topic)
{
  return self->resumes ? belfry_hub_was_trusted (self->hub, self->record, topic) : self->trusted;
}

/* From here on the session has it, and the topic's messages go to its shard. */
static void
enter (BelfryOperation *self, guint index)
{
  BelfryHub *hub = self->hub;
  BelfryRecord *record = self->record;
  BelfryGrant *grant = grant_of (self, index);
  BelfryEntry *entry = self->wishes[index].entry;

  if (grant->repeated)
    repeat (self, index);
  if (grant->error != NULL || grant->repeated)
    return;
  take_history (self, index, grant);
  if (self->resumes)
    grant->gap = grant->recovery ? !grant->recovered : !hub->continues;
  else
    count_recovery (hub, grant);
  grant->is_pattern = entry->is_pattern;
  grant->slow_consumer = entry->traits.slow_consumer;
  belfry_directory_add_subscriber (hub->directory, entry, record->shard->index);
  belfry_record_add_holding (record, entry,
                             entry->traits.presence && !entry->is_pattern &&
                                 record->identity != NULL,
                             is_trusted (self, grant->topic));
  belfry_core_slot_add (&hub->slot, BELFRY_CORE_METRIC_SUBSCRIPTIONS, 1);
  belfry_core_slot_set (&hub->slot, BELFRY_CORE_METRIC_TOPICS,
                        belfry_directory_get_n_topics (hub->directory));
}

/* What the broker lost while the history was on its way, as the shard tells it of later losses. */
static void
tell_gap (BelfryOperation *self, guint index)
{
  const BelfryWish *wish = &self->wishes[index];
  const char *reason = wish->entry != NULL ? belfry_catch_up_get_gap (&wish->ask) : NULL;

  if (reason == NULL)
    return;

  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, self->record->session);

  notice->event = BELFRY_EVENT_GAP;
  notice->topic = g_strdup (wish->entry->name);
  notice->text = g_strdup (reason);
  belfry_core_slot_count (&self->hub->slot, BELFRY_CORE_METRIC_GAPS_BROKER, 1);
  belfry_hub_tell (self->hub, self->record, notice);
}

/* What matches a pattern that the session has goes to its shard while the history is on its way,
 * and is not to come again behind it. */
static void
note_seen (BelfryOperation *self)
{
  for (guint i = 0; i < self->record->n_holdings; i++)
    {
      const BelfryEntry *entry = belfry_record_get_holdings (self->record)[i].entry;

      if (entry->is_pattern)
        note_pattern (self, entry);
    }
}

/* Presence comes last, so that who subscribes is told of it as of others. */
static void
commit (BelfryOperation *self)
{
  BelfryHub *hub = self->hub;
  BelfryRecord *record = self->record;
  guint first = record->n_holdings;
  GError *error = NULL;

  note_seen (self);
  for (guint i = 0; i < self->n_wishes; i++)
    enter (self, i);
  if (self->task != NULL)
    error = g_steal_pointer (&grant_of (self, 0)->error);
  if (self->task == NULL || (error == NULL && !grant_of (self, 0)->repeated))
    belfry_hub_tell (hub, record, g_steal_pointer (&self->notice));
  g_clear_pointer (&self->notice, belfry_notice_free);
  for (guint i = 0; i < self->n_wishes; i++)
    tell_gap (self, i);
  for (guint i = first; i < record->n_holdings; i++)
    {
      if (belfry_record_get_holdings (record)[i].present)
        tell_presence (hub, record, belfry_record_get_holdings (record)[i].entry);
    }
  belfry_operation_end (self, error);
}

static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Step) step = user_data;
  BelfryOperation *self = step->operation;
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryHistoryPage) page =
      belfry_broker_history_finish (BELFRY_BROKER (source), result, &error);

  if (self->hub == NULL)
    return;
  if (page != NULL)
    {
      belfry_catch_up_note_history (&self->wishes[step->index].ask, page);
      self->wishes[step->index].page = g_steal_pointer (&page);
    }
  else
    refuse (self, step->index, g_steal_pointer (&error));
  if (--self->n_pending == 0)
    commit (self);
}

static void
ask_history (BelfryOperation *self, guint index)
{
  BelfryWish *wish = &self->wishes[index];
  BelfryEntry *entry = wish->entry;
  const BelfryRequestTopic *topic = asked_topic (self, index);
  gboolean recovers = topic != NULL && topic->has_since;

  if (entry == NULL || entry->is_pattern || entry->traits.history_size == 0)
    return;
  belfry_hub_ask (self->hub, entry, &wish->ask);
  self->n_pending++;
  belfry_operation_await_broker (self);
  belfry_broker_history_async (self->hub->broker, entry->name, recovers ? &topic->since : NULL,
                               recovers ? entry->traits.history_size : 0,
                               belfry_operation_get_cancellable (self), on_history,
                               step_new (self, index));
}

/* Of what the broker has not told the history in time, nothing is granted; of the rest, all. */
static void
give_up_history (BelfryOperation *self, GError *error)
{
  g_autoptr (GError) reason = error;

  for (guint i = 0; i < self->n_wishes; i++)
    {
      const BelfryWish *wish = &self->wishes[i];

      if (wish->page == NULL && belfry_ask_is_open (&wish->ask))
        refuse (self, i, g_error_copy (reason));
    }
  commit (self);
}

/* A wish was confirmed or refused. One more is pending while the wishes are looked at, so that the
 * last of them does not find itself alone before the others have begun. */
static void
advance (BelfryOperation *self)
{
  if (--self->n_pending > 0)
    return;
  self->n_pending = 1;
  for (guint i = 0; i < self->n_wishes; i++)
    ask_history (self, i);
  if (--self->n_pending == 0)
    commit (self);
}

static void
on_confirmed (BelfryOperation *self, guint index, const GError *error)
{
  if (error != NULL)
    refuse (self, index, g_error_copy (error));
  advance (self);
}

static void
confirm (BelfryOperation *self, guint index)
{
  belfry_hub_confirm (self->hub, self->wishes[index].entry, self, index, on_confirmed);
}

/* @result: (nullable): what the gate said, if not at once */
static void
note_denial (BelfryOperation *self, guint index, GAsyncResult *result)
{
  BelfryHub *hub = self->hub;
  BelfryGateObjection objection;

  belfry_gate_get_objection (hub->gate, result, &objection);
  belfry_hub_journal_forbidden (&hub->journal, self->record, self->identity,
                                BELFRY_TOPIC_ACTION_SUBSCRIBE, grant_of (self, index)->topic,
                                &objection);
}

static void
on_authorized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Step) step = user_data;
  BelfryOperation *self = step->operation;
  g_autoptr (GError) error = NULL;
  gboolean allowed = belfry_gate_authorize_finish (BELFRY_GATE (source), result, &error);

  if (self->hub == NULL)
    return;
  if (!allowed && g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN))
    note_denial (self, step->index, result);
  if (allowed)
    confirm (self, step->index);
  else
    on_confirmed (self, step->index, error);
}

static void
authorize (BelfryOperation *self, guint index)
{
  BelfryGate *gate = self->hub->gate;
  const char *topic = grant_of (self, index)->topic;
  gboolean allowed = TRUE;
  gboolean decided =
      self->trusted || belfry_gate_try_authorize (gate, self->identity,
                                                  BELFRY_TOPIC_ACTION_SUBSCRIBE, topic, &allowed);

  if (self->hub == NULL)
    return;
  if (!decided)
    belfry_gate_authorize_async (gate, self->identity, BELFRY_TOPIC_ACTION_SUBSCRIBE, topic,
                                 belfry_operation_get_cancellable (self), on_authorized,
                                 step_new (self, index));
  else if (allowed)
    confirm (self, index);
  else
    {
      note_denial (self, index, NULL);
      refuse (self, index,
              g_error_new (BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN, "this is not allowed"));
      advance (self);
    }
}

/* Whether the session has the topic already, or wishes for it earlier in the same request. */
static gboolean
is_repeated (BelfryOperation *self, const BelfryEntry *entry)
{
  return entry->mark == self->cookie || belfry_record_find_holding (self->record, entry) != NULL;
}

/* Makes a wish of a topic that may be had at all. @n: how many there are before it. */
static gboolean
wish_for (BelfryOperation *self, guint index, guint n)
{
  BelfryHub *hub = self->hub;
  BelfryGrant *grant = grant_of (self, index);
  BelfryTopicKind kind = belfry_topic_classify (grant->topic, strlen (grant->topic), &grant->error);

  if (grant->error != NULL)
    return FALSE;

  BelfryEntry *entry = belfry_hub_want (hub, grant->topic, kind == BELFRY_TOPIC_PATTERN);

  grant->repeated = is_repeated (self, entry);
  if (grant->repeated)
    {
      belfry_hub_unwant (hub, entry);
      return FALSE;
    }
  if (n >= hub->limits.max_subscriptions)
    {
      grant->error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED,
                                  "no more than %u subscriptions", hub->limits.max_subscriptions);
      belfry_hub_unwant (hub, entry);
      return FALSE;
    }
  entry->mark = self->cookie;
  self->wishes[index].entry = entry;
  return TRUE;
}

static void
finish_task (BelfryOperation *self)
{
  g_task_return_boolean (self->task, TRUE);
}

static const BelfryOperationClass subscribe_class = {
  .finish = finish_task,
  .give_up = give_up_history,
};

static BelfryNotice *
notice_new (const BelfryRecord *record, BelfryEventKind event, BelfryRequest *request)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, record->session);

  notice->answers = TRUE;
  notice->event = event;
  notice->request = request;
  belfry_notice_set_n_grants (notice, request->n_topics);
  for (guint i = 0; i < request->n_topics; i++)
    notice->grants[i].topic = request->topics[i].topic;
  return notice;
}

/* An administrator's comes without being asked for: no request is given back with it. */
static BelfryNotice *
unasked_notice_new (const BelfryRecord *record, BelfryEventKind event, const char *topic)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, record->session);

  notice->event = event;
  notice->topic = g_strdup (topic);
  belfry_notice_set_n_grants (notice, 1);
  notice->grants[0].topic = notice->topic;
  return notice;
}

/* A policy may close the very session that it is asked about: then there is no hub any more. */
static void
begin (BelfryOperation *operation)
{
  g_autoptr (BelfryOperation) self = belfry_operation_ref (operation);
  guint n = self->record->n_holdings;

  self->cookie = ++self->hub->last_cookie;
  self->wishes = g_new0 (BelfryWish, self->n_wishes);
  for (guint i = 0; i < self->n_wishes; i++)
    n += wish_for (self, i, n) ? 1 : 0;
  self->n_pending = 1;
  for (guint i = 0; i < self->n_wishes && self->hub != NULL; i++)
    {
      if (self->wishes[i].entry == NULL)
        continue;
      self->n_pending++;
      authorize (self, i);
    }
  if (self->hub != NULL)
    advance (self);
}

void
belfry_hub_subscribe (BelfryHub *self, BelfryRecord *record, BelfryOrder *order)
{
  BelfryOperation *operation = belfry_operation_new (self, &subscribe_class, record);

  operation->task = g_steal_pointer (&order->task);
  operation->trusted = operation->task != NULL;
  operation->notice =
      operation->trusted
          ? unasked_notice_new (record, BELFRY_EVENT_SUBSCRIBED, order->request->topics[0].topic)
          : notice_new (record, BELFRY_EVENT_SUBSCRIBED, g_steal_pointer (&order->request));
  operation->n_wishes = operation->notice->n_grants;
  if (operation->n_wishes > 0)
    begin (operation);
  else
    belfry_operation_end (operation, g_error_new (BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                                                  "no topic is named"));
}

/* What was allowed then is judged when all are here; nobody is asked for each. */
void
belfry_hub_subscribe_again (BelfryHub *self, BelfryRecord *record, BelfryOrder *order)
{
  BelfryNotice *notice =
      notice_new (record, BELFRY_EVENT_SUBSCRIBED, g_steal_pointer (&order->request));

  notice->resumes = TRUE;
  if (notice->n_grants == 0)
    {
      belfry_hub_tell (self, record, notice);
      return;
    }

  BelfryOperation *operation = belfry_operation_new (self, &subscribe_class, record);

  operation->trusted = TRUE;
  operation->resumes = TRUE;
  operation->notice = notice;
  operation->n_wishes = notice->n_grants;
  begin (operation);
}

void
belfry_hub_release_wishes (BelfryOperation *operation)
{
  for (guint i = 0; operation->wishes != NULL && i < operation->n_wishes; i++)
    release_wish (operation->hub, &operation->wishes[i]);
}

void
belfry_hub_leave (BelfryHub *self, BelfryRecord *record, BelfryHolding *holding)
{
  BelfryEntry *entry = holding->entry;

  if (entry->is_pattern && record->operation != NULL)
    note_pattern (record->operation, entry);
  if (holding->present)
    belfry_broker_presence_remove (self->broker, entry->name,
                                   belfry_identity_get_subject (record->identity));
  belfry_record_remove_holding (record, holding);
  belfry_directory_remove_subscriber (self->directory, entry, record->shard->index);
  belfry_core_slot_add (&self->slot, BELFRY_CORE_METRIC_SUBSCRIPTIONS, -1);
  belfry_core_slot_set (&self->slot, BELFRY_CORE_METRIC_TOPICS,
                        belfry_directory_get_n_topics (self->directory));
  belfry_hub_settle (self, entry);
}

void
belfry_hub_take_away (BelfryHub *self, BelfryRecord *record, BelfryHolding *holding)
{
  BelfryNotice *notice =
      unasked_notice_new (record, BELFRY_EVENT_UNSUBSCRIBED, holding->entry->name);

  belfry_hub_leave (self, record, holding);
  belfry_hub_tell (self, record, notice);
}

/* Returns: whether the session had it */
static gboolean
leave_topic (BelfryHub *self, BelfryRecord *record, const char *topic, GError **error)
{
  const BelfryTopicKey key = belfry_topic_key (topic);
  const BelfryEntry *entry = belfry_directory_lookup (self->directory, &key);
  BelfryHolding *holding = entry != NULL ? belfry_record_find_holding (record, entry) : NULL;

  if (holding == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_SUBSCRIBED, "not subscribed to this");
      return FALSE;
    }
  belfry_hub_leave (self, record, holding);
  return TRUE;
}

void
belfry_hub_unsubscribe (BelfryHub *self, BelfryRecord *record, BelfryRequest *request)
{
  BelfryNotice *notice = notice_new (record, BELFRY_EVENT_UNSUBSCRIBED, request);

  for (guint i = 0; i < notice->n_grants; i++)
    leave_topic (self, record, notice->grants[i].topic, &notice->grants[i].error);
  if (notice->n_grants == 0)
    {
      notice->event = BELFRY_EVENT_ERROR;
      notice->error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST, "no topic is named");
    }
  belfry_hub_tell (self, record, notice);
}

gboolean
belfry_hub_unsubscribe_session (BelfryHub *self, const char *id, const char *topic, GError **error)
{
  BelfryRecord *record = belfry_hub_find_record (self, id);

  if (record == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND, "there is no session “%s”", id);
      return FALSE;
    }
  if (!leave_topic (self, record, topic, error))
    return FALSE;
  belfry_hub_tell (self, record, unasked_notice_new (record, BELFRY_EVENT_UNSUBSCRIBED, topic));
  return TRUE;
}

void
belfry_hub_subscribe_session_async (BelfryHub *self,
                                    const char *id,
                                    const char *topic,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  BelfryRecord *record = belfry_hub_find_record (self, id);

  g_task_set_source_tag (task, belfry_hub_subscribe_session_async);
  if (record == NULL)
    {
      g_task_return_new_error (task, BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND,
                               "there is no session “%s”", id);
      return;
    }

  BelfryOrder *order = belfry_order_new (BELFRY_ORDER_REQUEST, record);

  order->task = g_steal_pointer (&task);
  order->request = belfry_request_new (BELFRY_REQUEST_SUBSCRIBE, 1);
  order->request->topics[0].topic = g_strdup (topic);
  belfry_record_push_order (record, order);
  belfry_hub_advance (self, record);
}

gboolean
belfry_hub_subscribe_session_finish (BelfryHub *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_hub_subscribe_session_async),
                        FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
