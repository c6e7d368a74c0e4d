/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include <string.h>

#include "belfry-error.h"

/* What is asked of one topic: to publish, its history, who is there. Sessions and callers go the
 * same way; a session is told by a notice, a caller by a task. */

/* The result of what a caller asked for is kept in the notice, too, which is never posted then. */
static BelfryNotice *
notice_of (BelfryOperation *self)
{
  if (self->notice == NULL)
    self->notice = belfry_notice_new (BELFRY_NOTICE_EVENT, NULL);
  return self->notice;
}

static BelfryTopicTraits
traits_of (BelfryOperation *self)
{
  BelfryTopicTraits traits;

  belfry_hub_get_traits (self->hub, self->topic, &traits);
  return traits;
}

static void
end_publishing (BelfryOperation *self, GError *error)
{
  belfry_core_slot_count (&self->hub->slot,
                          error == NULL ? BELFRY_CORE_METRIC_MESSAGES_PUBLISHED
                                        : BELFRY_CORE_METRIC_MESSAGES_REFUSED,
                          1);
  belfry_operation_end (self, error);
}

static void
on_published (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryOperation) self = user_data;
  BelfryPosition position = { 0 };
  g_autoptr (GError) error = NULL;

  belfry_broker_publish_finish (BELFRY_BROKER (source), result, &position, &error);
  if (self->hub == NULL)
    return;
  notice_of (self)->position = position;
  end_publishing (self, g_steal_pointer (&error));
}

/* Returns: (transfer full) (nullable): what is wrong with the payload */
static GError *
check_size (BelfryOperation *self)
{
  gsize max = self->hub->limits.max_payload;

  if (g_bytes_get_size (self->payload) <= max)
    return NULL;
  return g_error_new (BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE,
                      "a message has at most %" G_GSIZE_FORMAT " bytes", max);
}

static void
hand_to_broker (BelfryOperation *self)
{
  const BelfryPublication publication = {
    .topic = self->topic,
    .payload = self->payload,
    .kind = BELFRY_MESSAGE_DATA,
    .idempotency_key = self->idempotency_key,
    .traits = traits_of (self),
  };
  GError *error = check_size (self);

  if (error != NULL)
    {
      end_publishing (self, error);
      return;
    }
  belfry_operation_await_broker (self);
  belfry_broker_publish_async (self->hub->broker, &publication,
                               belfry_operation_get_cancellable (self), on_published,
                               belfry_operation_ref (self));
}

static void
note_filter (BelfryOperation *self, GAsyncResult *result)
{
  BelfryHub *hub = self->hub;
  BelfryGateObjection objection;

  belfry_gate_get_objection (hub->gate, result, &objection);
  belfry_hub_journal_filtered (&hub->journal, self->record, self->identity, self->topic,
                               &objection);
}

static void
on_filtered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryOperation) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) payload = belfry_gate_filter_finish (BELFRY_GATE (source), result, &error);

  if (self->hub == NULL)
    return;
  if (payload == NULL)
    {
      if (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN))
        note_filter (self, result);
      end_publishing (self, g_steal_pointer (&error));
      return;
    }
  g_bytes_unref (self->payload);
  self->payload = g_steal_pointer (&payload);
  hand_to_broker (self);
}

/* The size is looked at before the filters, which need not see what is too large, and after them,
 * since they may have made more of it. */
static void
publish (BelfryOperation *self)
{
  GError *error = NULL;

  if (self->payload == NULL)
    error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST, "there is nothing to publish");
  else
    error = check_size (self);
  if (error != NULL)
    end_publishing (self, error);
  else if (belfry_gate_has_filters (self->hub->gate))
    belfry_gate_filter_async (self->hub->gate, self->identity, self->topic, self->payload,
                              belfry_operation_get_cancellable (self), on_filtered,
                              belfry_operation_ref (self));
  else
    hand_to_broker (self);
}

static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryOperation) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryHistoryPage) page =
      belfry_broker_history_finish (BELFRY_BROKER (source), result, &error);

  if (self->hub == NULL)
    return;
  notice_of (self)->history = g_steal_pointer (&page);
  belfry_operation_end (self, g_steal_pointer (&error));
}

/* Of a topic that keeps nothing, there is nothing. */
static BelfryHistoryPage *
empty_page (void)
{
  BelfryHistoryPage *page = g_new0 (BelfryHistoryPage, 1);

  page->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  return page;
}

static void
read_history (BelfryOperation *self)
{
  guint size = traits_of (self).history_size;

  if (size == 0)
    {
      notice_of (self)->history = empty_page ();
      belfry_operation_end (self, NULL);
      return;
    }
  belfry_operation_await_broker (self);
  belfry_broker_history_async (self->hub->broker, self->topic,
                               self->has_since ? &self->since : NULL,
                               self->limit == 0 ? size : MIN (self->limit, size),
                               belfry_operation_get_cancellable (self), on_history,
                               belfry_operation_ref (self));
}

static void
on_presence (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryOperation) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) presence =
      belfry_broker_presence_finish (BELFRY_BROKER (source), result, &error);

  if (self->hub == NULL)
    return;
  notice_of (self)->presence = g_steal_pointer (&presence);
  belfry_operation_end (self, g_steal_pointer (&error));
}

static void
read_presence (BelfryOperation *self)
{
  if (traits_of (self).presence)
    {
      belfry_operation_await_broker (self);
      belfry_broker_presence_async (self->hub->broker, self->topic,
                                    belfry_operation_get_cancellable (self), on_presence,
                                    belfry_operation_ref (self));
      return;
    }
  notice_of (self)->presence =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_presence_entry_free);
  belfry_operation_end (self, NULL);
}

static void
finish_publish (BelfryOperation *self)
{
  BelfryPosition *position = g_memdup2 (&notice_of (self)->position, sizeof *position);

  g_task_return_pointer (self->task, position, g_free);
}

static void
finish_history (BelfryOperation *self)
{
  g_task_return_pointer (self->task, g_steal_pointer (&notice_of (self)->history),
                         (GDestroyNotify) belfry_history_page_free);
}

static void
finish_presence (BelfryOperation *self)
{
  g_task_return_pointer (self->task, g_steal_pointer (&notice_of (self)->presence),
                         (GDestroyNotify) g_ptr_array_unref);
}

static const BelfryOperationClass publish_class = {
  .action = BELFRY_TOPIC_ACTION_PUBLISH,
  .perform = publish,
  .finish = finish_publish,
  .give_up = end_publishing,
  .survives = TRUE,
};

static const BelfryOperationClass history_class = {
  .action = BELFRY_TOPIC_ACTION_HISTORY,
  .perform = read_history,
  .finish = finish_history,
};

static const BelfryOperationClass presence_class = {
  .action = BELFRY_TOPIC_ACTION_PRESENCE,
  .perform = read_presence,
  .finish = finish_presence,
};

static const struct
{
  const BelfryOperationClass *operation_class; /* (unowned) */
  BelfryEventKind event;
} answers[] = {
  [BELFRY_REQUEST_PUBLISH] = { &publish_class, BELFRY_EVENT_PUBLISHED },
  [BELFRY_REQUEST_PRESENCE] = { &presence_class, BELFRY_EVENT_PRESENCE },
  [BELFRY_REQUEST_HISTORY] = { &history_class, BELFRY_EVENT_HISTORY },
};

void
belfry_hub_request (BelfryHub *self, BelfryRecord *record, BelfryRequest *request)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, record->session);
  BelfryOperation *operation =
      belfry_operation_new (self, answers[request->kind].operation_class, record);

  notice->answers = TRUE;
  notice->event = answers[request->kind].event;
  notice->request = request;
  operation->notice = notice;
  notice->topic = g_strdup (request->topics[0].topic);
  operation->topic = g_strdup (request->topics[0].topic);
  operation->payload = request->payload != NULL ? g_bytes_ref (request->payload) : NULL;
  operation->since = request->topics[0].since;
  operation->has_since = request->topics[0].has_since ? 1 : 0;
  operation->limit = request->limit;
  belfry_operation_begin (operation);
}

/* @task: (transfer none): for whom it is */
static BelfryOperation *
operation_for (GTask *task,
               const BelfryOperationClass *operation_class,
               BelfryIdentity *identity,
               const char *topic)
{
  BelfryHub *hub = g_task_get_source_object (task);
  BelfryOperation *self = belfry_operation_new (hub, operation_class, NULL);

  self->task = g_object_ref (task);
  self->identity = identity != NULL ? belfry_identity_ref (identity) : NULL;
  self->trusted = identity == NULL;
  self->topic = g_strdup (topic);
  g_set_object (&self->cancellable, g_task_get_cancellable (task));
  return self;
}

void
belfry_hub_publish_async (BelfryHub *self,
                          BelfryIdentity *identity,
                          const BelfryHubPublication *publication,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_hub_publish_async);
  BelfryOperation *operation = operation_for (task, &publish_class, identity, publication->topic);

  operation->payload = g_bytes_ref (publication->payload);
  operation->idempotency_key = g_strdup (publication->idempotency_key);
  belfry_operation_begin (operation);
}

gboolean
belfry_hub_publish_finish (BelfryHub *self,
                           GAsyncResult *result,
                           BelfryPosition *position,
                           GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_hub_publish_async), FALSE);

  g_autofree BelfryPosition *published = g_task_propagate_pointer (G_TASK (result), error);

  if (published != NULL && position != NULL)
    *position = *published;
  return published != NULL;
}

void
belfry_hub_history_async (BelfryHub *self,
                          BelfryIdentity *identity,
                          const char *topic,
                          const BelfryPosition *since,
                          guint limit,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_hub_history_async);
  BelfryOperation *operation = operation_for (task, &history_class, identity, topic);

  operation->has_since = since != NULL;
  if (since != NULL)
    operation->since = *since;
  operation->limit = limit;
  belfry_operation_begin (operation);
}

BelfryHistoryPage *
belfry_hub_history_finish (BelfryHub *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_hub_history_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
belfry_hub_presence_async (BelfryHub *self,
                           BelfryIdentity *identity,
                           const char *topic,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_hub_presence_async);
  belfry_operation_begin (operation_for (task, &presence_class, identity, topic));
}

GPtrArray *
belfry_hub_presence_finish (BelfryHub *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_hub_presence_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
