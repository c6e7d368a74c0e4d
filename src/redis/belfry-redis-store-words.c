/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-store"

#include "config.h"

#include "belfry-redis-store.h"

#include "belfry-redis-frame.h"
#include "belfry-redis-slot.h"
#include "belfry-redis-store-private.h"

/* What administrators said. As many blocks are kept as an instance keeps. */

#define BLOCKS_BYTES (32 * 1024 * 1024)

/* They belong to the service's own channel, in whatever mode. */
static void
add_keys (const BelfryRedisStore *self, BelfryRedisArgs *keys)
{
  g_autofree char *channel = belfry_redis_store_dup_words_channel (self);

  belfry_redis_args_take (keys, belfry_redis_slot_name_key (self->prefix, "until", channel, ""));
  belfry_redis_args_take (keys, belfry_redis_slot_name_key (self->prefix, "blocks", channel, ""));
}

/* Nothing for a word that is only told. An end is a number that scripts can count to. */
static char *
dup_end (const BelfryRedisWord *word, const char *name)
{
  gint64 until = word->kind == BELFRY_REDIS_WORD_UNBLOCK_USER ? 0 : word->until;

  if (name == NULL)
    return g_strdup ("");
  return g_strdup_printf ("%" G_GINT64_FORMAT, CLAMP (until, 0, (gint64) BELFRY_REDIS_NUMBER_MAX));
}

static gpointer
convert_told (GTask *task, const BelfryRedisReply *reply, GError **error)
{
  if (belfry_redis_reply_get_kind (reply) != BELFRY_REDIS_REPLY_INTEGER)
    return belfry_redis_store_fail (error);
  return GINT_TO_POINTER (1);
}

static const BelfryRedisPlan tell_plan = { convert_told, NULL };

/* What a later version has said and we do not understand is none of ours. */
static gpointer
convert_blocks (GTask *task, const BelfryRedisReply *reply, GError **error)
{
  g_autoptr (GPtrArray) words =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_redis_word_free);

  if (belfry_redis_reply_get_kind (reply) != BELFRY_REDIS_REPLY_ARRAY)
    return belfry_redis_store_fail (error);
  for (guint i = 0; i < belfry_redis_reply_get_n_elements (reply); i++)
    {
      GBytes *json = belfry_redis_reply_get_bytes (belfry_redis_reply_get_element (reply, i));
      BelfryRedisWord *word = json != NULL ? belfry_redis_word_read (json, NULL) : NULL;

      if (word != NULL)
        g_ptr_array_add (words, word);
    }
  return g_steal_pointer (&words);
}

static const BelfryRedisPlan blocks_plan = { convert_blocks, (GDestroyNotify) g_ptr_array_unref };

void
belfry_redis_store_tell_async (BelfryRedisStore *self,
                               const BelfryRedisWord *word,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task =
      belfry_redis_store_new_task (belfry_redis_store_tell_async, NULL, callback, user_data);
  g_autofree char *channel = belfry_redis_store_dup_words_channel (self);
  g_autofree char *name = belfry_redis_word_dup_name (word);
  g_autoptr (GBytes) json = belfry_redis_word_write (word, self->instance);
  BelfryRedisArgs *keys = belfry_redis_args_new ();
  BelfryRedisArgs *args = belfry_redis_args_new ();

  add_keys (self, keys);
  belfry_redis_args_text (args, "PUBLISH");
  belfry_redis_args_text (args, channel);
  belfry_redis_args_text (args, name != NULL ? name : "");
  belfry_redis_args_add (args, json);
  belfry_redis_args_take (args, dup_end (word, name));
  belfry_redis_args_number (args, BELFRY_BLOCKS_MAX);
  belfry_redis_runner_run (self->runner, BELFRY_REDIS_SCRIPT_TELL, keys, args, task, &tell_plan);
}

gboolean
belfry_redis_store_tell_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_store_tell_async), FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

void
belfry_redis_store_blocks_async (BelfryRedisStore *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = belfry_redis_store_new_task (belfry_redis_store_blocks_async,
                                                        cancellable, callback, user_data);

  if (g_task_return_error_if_cancelled (task))
    return;
  BelfryRedisArgs *keys = belfry_redis_args_new ();
  BelfryRedisArgs *args = belfry_redis_args_new ();
  add_keys (self, keys);
  belfry_redis_args_number (args, BELFRY_BLOCKS_MAX);
  belfry_redis_args_number (args, BLOCKS_BYTES);
  belfry_redis_runner_run (self->runner, BELFRY_REDIS_SCRIPT_BLOCKS, keys, args,
                           g_steal_pointer (&task), &blocks_plan);
}

GPtrArray *
belfry_redis_store_blocks_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_store_blocks_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
