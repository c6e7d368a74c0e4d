/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-store"

#include "config.h"

#include "belfry-redis-store.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-redis-envelope.h"
#include "belfry-redis-frame.h"
#include "belfry-redis-slot.h"
#include "belfry-redis-store-private.h"

/* What is kept of topics. All keys of one topic have the slot of its channel; each has an expiry,
 * so that nothing stays of what nobody uses. Nothing is kept here but names. */

/* Publishers try again within seconds or never. */
#define KEY_RETENTION (5 * G_TIME_SPAN_MINUTE)

/* How long a topic keeps an epoch that was asked for, but never published to. */
#define UNPUBLISHED_TTL (5 * G_TIME_SPAN_MINUTE)

#define US_PER_MS 1000
#define DECIMAL 10

typedef struct
{
  BelfryPosition position;
  guint64 receivers;
} Published;

GTask *
belfry_redis_store_new_task (gpointer tag,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

gpointer
belfry_redis_store_fail (GError **error)
{
  g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_PROTOCOL,
                       "Redis gave an answer that the script does not give");
  return NULL;
}

void
belfry_redis_store_add_key (const BelfryRedisStore *self,
                            BelfryRedisArgs *keys,
                            const char *kind,
                            const char *topic,
                            const char *detail)
{
  g_autofree char *channel = belfry_redis_store_dup_channel (self, topic);
  g_autofree char *details =
      g_strconcat (detail != NULL ? detail : "", self->channel != NULL ? topic : "", NULL);

  belfry_redis_args_take (keys, belfry_redis_slot_name_key (self->prefix, kind, channel, details));
}

void
belfry_redis_store_add_channel (const BelfryRedisStore *self,
                                BelfryRedisArgs *args,
                                const char *channel)
{
  belfry_redis_args_text (args, self->sharded ? "SPUBLISH" : "PUBLISH");
  belfry_redis_args_text (args, channel);
}

static void
add_epoch (BelfryRedisArgs *args, guint64 epoch)
{
  char text[BELFRY_EPOCH_LENGTH + 1];

  belfry_epoch_format (epoch, text);
  belfry_redis_args_text (args, text);
}

/* Numbers stand in text in Redis: those of its scripts are no integers. */
static gboolean
read_number (const BelfryRedisReply *reply, guint64 *number)
{
  const char *text = reply != NULL ? belfry_redis_reply_get_text (reply) : NULL;

  return text != NULL && g_ascii_string_to_unsigned (text, DECIMAL, 0, G_MAXUINT64, number, NULL);
}

static gboolean
read_position (const BelfryRedisReply *epoch,
               const BelfryRedisReply *offset,
               BelfryPosition *position)
{
  const char *text = epoch != NULL ? belfry_redis_reply_get_text (epoch) : NULL;

  return text != NULL && read_number (offset, &position->offset) &&
         belfry_epoch_parse (text, strlen (text), &position->epoch);
}

/* Only what can be mistaken, or has more to say than its payload, is put in a frame. */
static const char *
shape_of (const BelfryRedisStore *self, const BelfryPublication *publication)
{
  if (self->channel != NULL)
    return "envelope";
  if (publication->traits.history_size > 0 || publication->kind != BELFRY_MESSAGE_DATA ||
      belfry_redis_frame_is_needed (publication->payload))
    return "frame";
  return "raw";
}

static BelfryRedisEnvelope
envelope_of (const BelfryRedisStore *self, const BelfryPublication *publication)
{
  return (BelfryRedisEnvelope){ .topic = (char *) publication->topic,
                                .kind = publication->kind,
                                .payload = publication->payload,
                                .origin = self->instance };
}

/* A publication that is not kept, as it stands on the channel. */
static GBytes *
wrap (const BelfryRedisStore *self, const BelfryPublication *publication)
{
  const char *shape = shape_of (self, publication);

  if (g_str_equal (shape, "envelope"))
    {
      const BelfryRedisEnvelope envelope = envelope_of (self, publication);

      return belfry_redis_envelope_write (&envelope);
    }
  if (g_str_equal (shape, "frame"))
    {
      const BelfryRedisFrame frame = { .kind = publication->kind, .payload = publication->payload };

      return belfry_redis_frame_write (&frame);
    }
  return g_bytes_ref (publication->payload);
}

static gpointer
convert_plain (GTask *task, const BelfryRedisReply *reply, GError **error)
{
  if (belfry_redis_reply_get_kind (reply) != BELFRY_REDIS_REPLY_INTEGER)
    return belfry_redis_store_fail (error);
  Published *published = g_new0 (Published, 1);
  published->receivers = (guint64) belfry_redis_reply_get_integer (reply);
  return published;
}

static const BelfryRedisPlan plain_plan = { convert_plain, g_free };

static void
publish_plain (BelfryRedisStore *self, const BelfryPublication *publication, GTask *task)
{
  g_autofree char *channel = belfry_redis_store_dup_channel (self, publication->topic);
  g_autoptr (GBytes) message = wrap (self, publication);
  BelfryRedisArgs *args = belfry_redis_args_new ();

  belfry_redis_store_add_channel (self, args, channel);
  belfry_redis_args_add (args, message);
  belfry_redis_runner_send (self->runner, channel, args, task, &plain_plan);
}

/* Without a position if the topic keeps nothing. */
static gpointer
convert_published (GTask *task, const BelfryRedisReply *reply, GError **error)
{
  const BelfryRedisReply *receivers = belfry_redis_reply_get_element (reply, 3);
  g_autofree Published *published = g_new0 (Published, 1);
  guint64 offset;

  if (receivers == NULL || !read_number (belfry_redis_reply_get_element (reply, 2), &offset))
    return belfry_redis_store_fail (error);
  if (offset > 0 &&
      !read_position (belfry_redis_reply_get_element (reply, 1),
                      belfry_redis_reply_get_element (reply, 2), &published->position))
    return belfry_redis_store_fail (error);
  published->receivers = (guint64) belfry_redis_reply_get_integer (receivers);
  return g_steal_pointer (&published);
}

static const BelfryRedisPlan publish_plan = { convert_published, g_free };

/* What the script puts the message together from. */
static void
add_pieces (const BelfryRedisStore *self,
            BelfryRedisArgs *args,
            const BelfryPublication *publication)
{
  const BelfryRedisEnvelope envelope = envelope_of (self, publication);
  g_auto (BelfryRedisPieces) pieces = { 0 };

  if (self->channel == NULL)
    {
      belfry_redis_args_take (args,
                              g_strdup_printf ("%s%s%c", BELFRY_REDIS_FRAME_MARK,
                                               BELFRY_REDIS_FRAME_VERSION,
                                               belfry_redis_frame_letter (publication->kind)));
      for (int i = 0; i < 3; i++)
        belfry_redis_args_text (args, "");
      return;
    }
  belfry_redis_envelope_cut (&envelope, &pieces);
  belfry_redis_args_text (args, pieces.head);
  belfry_redis_args_text (args, pieces.middle);
  if (pieces.body == publication->payload)
    belfry_redis_args_text (args, "");
  else
    belfry_redis_args_add (args, pieces.body);
  belfry_redis_args_text (args, pieces.tail);
}

static void
add_limits (BelfryRedisArgs *args, const BelfryPublication *publication)
{
  const BelfryTopicTraits *traits = &publication->traits;

  belfry_redis_args_number (args, traits->history_size);
  belfry_redis_args_number (args, (gint64) MIN (traits->history_bytes, G_MAXINT64));
  belfry_redis_args_number (args, MAX (traits->history_ttl, 1));
  belfry_redis_args_number (args, (gint64) (BELFRY_REDIS_STORE_MESSAGE_COST +
                                            strlen (publication->topic)));
  belfry_redis_args_number (args, KEY_RETENTION / US_PER_MS);
}

/* A digest, since a publisher's key may be long, and may have braces in it. */
static void
add_publish_keys (const BelfryRedisStore *self,
                  BelfryRedisArgs *keys,
                  const BelfryPublication *publication)
{
  belfry_redis_store_add_key (self, keys, "meta", publication->topic, NULL);
  belfry_redis_store_add_key (self, keys, "stream", publication->topic, NULL);
  if (publication->idempotency_key == NULL)
    return;
  g_autofree char *digest =
      g_compute_checksum_for_string (G_CHECKSUM_SHA256, publication->idempotency_key, -1);
  belfry_redis_store_add_key (self, keys, "key", publication->topic, digest);
}

static void
publish_script (BelfryRedisStore *self, const BelfryPublication *publication, GTask *task)
{
  g_autofree char *channel = belfry_redis_store_dup_channel (self, publication->topic);
  const char letter[] = { belfry_redis_frame_letter (publication->kind), '\0' };
  BelfryRedisArgs *keys = belfry_redis_args_new ();
  BelfryRedisArgs *args = belfry_redis_args_new ();

  add_publish_keys (self, keys, publication);
  belfry_redis_store_add_channel (self, args, channel);
  add_pieces (self, args, publication);
  belfry_redis_args_text (args, shape_of (self, publication));
  belfry_redis_args_text (args, letter);
  belfry_redis_args_add (args, publication->payload);
  add_epoch (args, belfry_epoch_new ());
  add_limits (args, publication);
  belfry_redis_runner_run (self->runner, BELFRY_REDIS_SCRIPT_PUBLISH, keys, args, task,
                           &publish_plan);
}

/* An entry's id is its offset and its time. */
static BelfryMessage *
read_message (const BelfryRedisReply *reply, guint index, const char *topic, guint64 epoch)
{
  const BelfryRedisReply *id = belfry_redis_reply_get_element (reply, index);
  const BelfryRedisReply *letter = belfry_redis_reply_get_element (reply, index + 1);
  const BelfryRedisReply *payload = belfry_redis_reply_get_element (reply, index + 2);
  const char *id_text = belfry_redis_reply_get_text (id);
  const char *letter_text = belfry_redis_reply_get_text (letter);
  BelfryMessageParams params = { .topic = topic,
                                 .payload = belfry_redis_reply_get_bytes (payload) };
  char *dash;

  if (id_text == NULL || letter_text == NULL || params.payload == NULL ||
      !belfry_redis_frame_parse_letter (letter_text[0], &params.kind))
    return NULL;
  params.position = (BelfryPosition){ epoch, g_ascii_strtoull (id_text, &dash, DECIMAL) };
  if (*dash != '-')
    return NULL;
  params.published = g_ascii_strtoll (dash + 1, NULL, DECIMAL);
  params.arrived = g_get_monotonic_time ();
  return belfry_message_new (&params);
}

#define PAGE_HEADER 3
#define PAGE_STEP 3

static gpointer
convert_page (GTask *task, const BelfryRedisReply *reply, GError **error)
{
  const char *topic = g_task_get_task_data (task);
  guint n = belfry_redis_reply_get_n_elements (reply);
  g_autoptr (BelfryHistoryPage) page = g_new0 (BelfryHistoryPage, 1);

  page->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  if (n < PAGE_HEADER || n % PAGE_STEP != 0 ||
      !read_position (belfry_redis_reply_get_element (reply, 0),
                      belfry_redis_reply_get_element (reply, 1), &page->position))
    return belfry_redis_store_fail (error);
  page->complete = belfry_redis_reply_get_integer (belfry_redis_reply_get_element (reply, 2)) == 1;
  for (guint i = PAGE_HEADER; i < n; i += PAGE_STEP)
    {
      BelfryMessage *message = read_message (reply, i, topic, page->position.epoch);

      if (message == NULL)
        return belfry_redis_store_fail (error);
      g_ptr_array_add (page->messages, message);
    }
  return g_steal_pointer (&page);
}

static const BelfryRedisPlan history_plan = { convert_page,
                                              (GDestroyNotify) belfry_history_page_free };

/* An offset beyond what scripts can count to is beyond all that there are, and stays so. */
static void
add_since (BelfryRedisArgs *args, const BelfryPosition *since)
{
  if (since == NULL)
    {
      belfry_redis_args_text (args, "");
      belfry_redis_args_text (args, "0");
      return;
    }
  add_epoch (args, since->epoch);
  belfry_redis_args_number (args, (gint64) MIN (since->offset, BELFRY_REDIS_NUMBER_MAX));
}

BelfryRedisStore *
belfry_redis_store_new (const BelfryRedisStoreSettings *settings)
{
  BelfryRedisStore *self = g_new0 (BelfryRedisStore, 1);

  self->runner = belfry_redis_runner_new (settings->call, settings->faulty, settings->timeout,
                                          settings->user_data);
  self->prefix = g_strdup (settings->prefix);
  self->instance = g_strdup (settings->instance);
  if (settings->channel != NULL)
    self->channel = g_strconcat (settings->prefix, settings->channel, NULL);
  self->sharded = settings->sharded;
  self->presence_lease = settings->presence_lease;
  return self;
}

void
belfry_redis_store_free (BelfryRedisStore *self)
{
  belfry_redis_runner_free (self->runner);
  g_free (self->prefix);
  g_free (self->instance);
  g_free (self->channel);
  g_free (self);
}

void
belfry_redis_store_forget_scripts (BelfryRedisStore *self)
{
  belfry_redis_runner_forget_scripts (self->runner);
}

char *
belfry_redis_store_dup_channel (const BelfryRedisStore *self, const char *topic)
{
  return self->channel != NULL ? g_strdup (self->channel) : g_strconcat (self->prefix, topic, NULL);
}

char *
belfry_redis_store_dup_words_channel (const BelfryRedisStore *self)
{
  return g_strconcat (self->prefix, "belfry:words", NULL);
}

void
belfry_redis_store_publish_async (BelfryRedisStore *self,
                                  const BelfryPublication *publication,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = belfry_redis_store_new_task (belfry_redis_store_publish_async,
                                                        cancellable, callback, user_data);

  if (g_task_return_error_if_cancelled (task))
    return;
  if (publication->traits.history_size > 0 || publication->idempotency_key != NULL)
    publish_script (self, publication, g_steal_pointer (&task));
  else
    publish_plain (self, publication, g_steal_pointer (&task));
}

gboolean
belfry_redis_store_publish_finish (GAsyncResult *result,
                                   BelfryPosition *position,
                                   guint64 *receivers,
                                   GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_store_publish_async), FALSE);

  g_autofree Published *published = g_task_propagate_pointer (G_TASK (result), error);
  if (published == NULL)
    return FALSE;
  if (position != NULL)
    *position = published->position;
  if (receivers != NULL)
    *receivers = published->receivers;
  return TRUE;
}

void
belfry_redis_store_history_async (BelfryRedisStore *self,
                                  const char *topic,
                                  const BelfryTopicTraits *traits,
                                  const BelfryPosition *since,
                                  guint limit,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = belfry_redis_store_new_task (belfry_redis_store_history_async,
                                                        cancellable, callback, user_data);

  g_task_set_task_data (task, g_strdup (topic), g_free);
  if (g_task_return_error_if_cancelled (task))
    return;
  BelfryRedisArgs *keys = belfry_redis_args_new ();
  BelfryRedisArgs *args = belfry_redis_args_new ();
  belfry_redis_store_add_key (self, keys, "meta", topic, NULL);
  belfry_redis_store_add_key (self, keys, "stream", topic, NULL);
  add_epoch (args, belfry_epoch_new ());
  add_since (args, since);
  belfry_redis_args_number (args, MIN (limit, BELFRY_REDIS_STORE_PAGE_MESSAGES));
  belfry_redis_args_number (args, BELFRY_REDIS_STORE_PAGE_BYTES);
  belfry_redis_args_number (args, MAX (traits != NULL ? traits->history_ttl : 0, UNPUBLISHED_TTL));
  belfry_redis_args_number (args, (gint64) (BELFRY_REDIS_STORE_MESSAGE_COST + strlen (topic)));
  belfry_redis_runner_run (self->runner, BELFRY_REDIS_SCRIPT_HISTORY, keys, args,
                           g_steal_pointer (&task), &history_plan);
}

BelfryHistoryPage *
belfry_redis_store_history_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_store_history_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
