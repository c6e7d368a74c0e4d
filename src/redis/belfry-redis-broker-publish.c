/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-broker"

#include "config.h"

#include "belfry-redis-broker-private.h"

#include "belfry-error.h"
#include "belfry-log.h"

/* Publishing. A publication is a letter: under way, or in the outbox. It is put there while Redis
 * is away or too many are under way, and while another waits, so that they stay in order.
 *
 * When Redis goes away, nobody knows of the letters under way whether they arrived. A sequenced one
 * goes back into the outbox: it has a key, so that Redis does it once. A raw one is not sent again,
 * since it would be done twice: its publisher is told that it is not known to be done, and its
 * topic has a gap anyway. */

/* So few that the connection never refuses one. */
#define MAX_SENT 1024
#define MAX_SENT_BYTES ((gsize) 4 * 1024 * 1024)

/* What has not come back from Redis by then was lost. */
#define ECHO_PATIENCE (30 * G_TIME_SPAN_SECOND)

static void
answer (BelfryRedisLetter *letter, const BelfryPosition *position)
{
  g_autoptr (GTask) task = g_steal_pointer (&letter->task);

  if (task != NULL)
    g_task_return_pointer (task, g_memdup2 (position, sizeof *position), g_free);
}

/* @error: (transfer full) */
static void
refuse (BelfryRedisLetter *letter, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&letter->task);

  if (task != NULL)
    g_task_return_error (task, error);
  else
    g_error_free (error);
}

static void
note_bytes (BelfryRedisBroker *self)
{
  belfry_redis_slot_set (&self->slot, BELFRY_REDIS_METRIC_OUTBOX_BYTES,
                         (gint64) belfry_redis_outbox_get_bytes (self->outbox));
}

static gboolean
is_wanted (BelfryRedisBroker *self, const char *topic)
{
  const BelfryTopicKey key = belfry_topic_key (topic);

  return belfry_redis_topics_wants (self->topics, belfry_redis_topics_find (self->topics, &key),
                                    topic);
}

static void
deliver_here (BelfryRedisBroker *self, BelfryRedisLetter *letter)
{
  const BelfryMessageParams params = {
    .topic = letter->topic,
    .payload = letter->payload,
    .kind = letter->kind,
    .arrived = belfry_clock_now (self->clock),
    .published = belfry_clock_wall (self->clock),
  };

  if (!is_wanted (self, letter->topic))
    return;

  g_autoptr (BelfryMessage) message = belfry_message_new (&params);

  letter->delivered = TRUE;
  belfry_redis_broker_deliver (self, message);
}

/* @letter: (transfer full): there is room for it, or it was there before. A raw one that waits for
 * Redis to come back has done its work here. */
static void
put (BelfryRedisBroker *self, BelfryRedisLetter *letter)
{
  const BelfryPosition nowhere = { 0 };

  if (!belfry_redis_broker_is_up (self) && !letter->delivered &&
      !belfry_redis_letter_is_sequenced (letter))
    {
      deliver_here (self, letter);
      answer (letter, &nowhere);
    }
  belfry_redis_outbox_put (self->outbox, letter);
  note_bytes (self);
}

/* Whether it is to be tried again: what was not begun, unless it never can be; and what Redis does
 * once however often it is asked. */
static gboolean
may_go_back (BelfryRedisBroker *self, const BelfryRedisLetter *letter, const GError *error)
{
  if (self->closed)
    return FALSE;
  if (letter->unsent)
    return !g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE);
  return belfry_redis_letter_is_sequenced (letter) &&
         (letter->outage != self->outages || !belfry_redis_broker_is_up (self));
}

/* @data: the letter, which holds a reference to the broker */
static void
fail (BelfryRedisBroker *self, gpointer data, const GError *error)
{
  BelfryRedisLetter *letter = data;
  G_GNUC_UNUSED g_autoptr (BelfryRedisBroker) owner = letter->owner;

  if (letter->delivered)
    belfry_redis_echoes_forget (self->echoes, letter->topic, letter->payload);
  if (may_go_back (self, letter, error))
    {
      put (self, letter);
      return;
    }
  if (!letter->unsent)
    belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_FAILED, 1);
  belfry_log_debug ("cannot publish: %s", error->message);
  refuse (letter, g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                               "this cannot be published now: %s", error->message));
  belfry_redis_letter_free (letter);
}

static void
on_published (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryRedisLetter *letter = user_data;
  BelfryRedisBroker *self = letter->owner;
  BelfryPosition position = { 0 };
  GError *error = NULL;

  self->n_sent--;
  self->sent_bytes -= letter->cost;
  if (!belfry_redis_store_publish_finish (result, &position, NULL, &error))
    {
      belfry_redis_broker_look_later (self, fail, letter, error);
      return;
    }

  G_GNUC_UNUSED g_autoptr (BelfryRedisBroker) owner = self;

  answer (letter, &position);
  belfry_redis_letter_free (letter);
  belfry_redis_broker_flush (self);
}

/* @letter: (transfer full) */
static void
send_letter (BelfryRedisBroker *self, BelfryRedisLetter *letter)
{
  BelfryPublication publication;

  belfry_redis_letter_peek (letter, &publication);
  letter->owner = g_object_ref (self);
  letter->outage = self->outages;
  self->n_sent++;
  self->sent_bytes += letter->cost;
  if (letter->delivered && is_wanted (self, letter->topic))
    {
      belfry_redis_echoes_expect (self->echoes, letter->topic, letter->payload);
      belfry_deadline_wheel_set_after (self->wheel, &self->echoes_end, ECHO_PATIENCE);
    }
  self->call_refused = FALSE;
  belfry_redis_store_publish_async (self->store, &publication, NULL, on_published, letter);
  letter->unsent = self->call_refused;
}

/* What has failed may have to go first. */
static gboolean
may_send (BelfryRedisBroker *self)
{
  return belfry_redis_broker_is_up (self) && g_queue_is_empty (&self->later) &&
         self->n_sent < MAX_SENT && self->sent_bytes < MAX_SENT_BYTES;
}

void
belfry_redis_broker_flush (BelfryRedisBroker *self)
{
  gboolean any = !belfry_redis_outbox_is_empty (self->outbox);

  while (may_send (self) && !belfry_redis_outbox_is_empty (self->outbox))
    send_letter (self, belfry_redis_outbox_take (self->outbox));
  if (any)
    note_bytes (self);
}

void
belfry_redis_broker_drop_letters (BelfryRedisBroker *self)
{
  BelfryRedisLetter *letter;

  while ((letter = belfry_redis_outbox_take (self->outbox)) != NULL)
    {
      refuse (letter, g_error_new (BELFRY_ERROR, BELFRY_ERROR_CLOSED, "the broker was closed"));
      belfry_redis_letter_free (letter);
    }
  note_bytes (self);
}

/* A key of our own makes it safe to send it again. */
static void
give_key (BelfryRedisBroker *self, BelfryRedisLetter *letter)
{
  if (letter->key == NULL && belfry_redis_letter_is_sequenced (letter))
    letter->key = g_strdup_printf ("%s-%" G_GUINT64_FORMAT, self->instance, letter->number);
}

static GError *
full_error (BelfryRedisBroker *self)
{
  belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_OUTBOX_REFUSED, 1);
  return g_error_new (BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED, "too much waits to be published");
}

static void
publish (BelfryRedisBroker *self, BelfryRedisLetter *letter)
{
  GError *error = NULL;

  belfry_redis_outbox_number (self->outbox, letter);
  give_key (self, letter);
  if (belfry_redis_outbox_is_empty (self->outbox) && may_send (self))
    {
      send_letter (self, letter);
      return;
    }
  if (self->closed)
    error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_CLOSED, "the broker was closed");
  else if (!belfry_redis_outbox_has_room (self->outbox, letter))
    error = full_error (self);
  if (error == NULL)
    {
      put (self, letter);
      return;
    }
  refuse (letter, error);
  belfry_redis_letter_free (letter);
}

void
belfry_redis_broker_publish_async (BelfryBroker *broker,
                                   const BelfryPublication *publication,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (broker);
  g_autoptr (GTask) task = NULL;

  if (callback != NULL)
    task = belfry_redis_broker_task_new (self, belfry_redis_broker_publish_async, cancellable,
                                         callback, user_data);
  if (task != NULL && g_task_return_error_if_cancelled (task))
    return;
  publish (self, belfry_redis_letter_new (publication, task));
}

gboolean
belfry_redis_broker_publish_finish (BelfryBroker *broker,
                                    GAsyncResult *result,
                                    BelfryPosition *position,
                                    GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_broker_publish_async),
                        FALSE);

  g_autofree BelfryPosition *published = g_task_propagate_pointer (G_TASK (result), error);

  if (published == NULL)
    return FALSE;
  if (position != NULL)
    *position = *published;
  return TRUE;
}
