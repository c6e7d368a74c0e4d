/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-broker"

#include "config.h"

#include "belfry-redis-broker-private.h"

#include "belfry-log.h"

/* Words: what one instance tells all others. They are said at once, or when Redis is back; those
 * that stay in force are read again each time that it is back. Saying one twice does no harm, so
 * what was not answered is said again. */

/* Far more than an administrator says while Redis is away. */
#define MAX_WORDS 4096

G_STATIC_ASSERT ((int) BELFRY_REDIS_WORD_BLOCK_USER == (int) BELFRY_BROKER_WORD_BLOCK_USER);
G_STATIC_ASSERT ((int) BELFRY_REDIS_WORD_UNBLOCK_USER == (int) BELFRY_BROKER_WORD_UNBLOCK_USER);
G_STATIC_ASSERT ((int) BELFRY_REDIS_WORD_REVOKE_TOKEN == (int) BELFRY_BROKER_WORD_REVOKE_TOKEN);
G_STATIC_ASSERT ((int) BELFRY_REDIS_WORD_CLOSE_USER == (int) BELFRY_BROKER_WORD_CLOSE_USER);
G_STATIC_ASSERT ((int) BELFRY_REDIS_N_WORDS == (int) BELFRY_BROKER_N_WORDS);

/* A word that is being said. */
typedef struct
{
  BelfryRedisBroker *broker; /* (owned) */
  BelfryRedisWord *word;     /* (owned) */
  guint outage;              /* how many there had been when it was begun */
} Saying;

static void
give_to_sink (BelfryRedisBroker *self, const BelfryRedisWord *from)
{
  const BelfryBrokerWord word = {
    .kind = (BelfryBrokerWordKind) from->kind,
    .text = from->text,
    .reason = from->reason,
    .until = from->until,
    .code = from->code,
  };

  if (self->sink != NULL && self->sink->word != NULL)
    self->sink->word (&word, self->sink_data);
}

/* @word: (transfer full) */
static void
keep_word (BelfryRedisBroker *self, BelfryRedisWord *word)
{
  if (self->words.length < MAX_WORDS && !self->closed)
    {
      g_queue_push_tail (&self->words, word);
      return;
    }
  belfry_log_warning ("other instances are not told of a block, a revocation or a closed user: "
                      "too many of these wait for Redis");
  belfry_redis_word_free (word);
}

static void
complain (const GError *error)
{
  belfry_log_warning ("other instances are not told of a block, a revocation or a closed user: %s",
                      error->message);
}

static void
fail_saying (BelfryRedisBroker *self, gpointer data, const GError *error)
{
  Saying *saying = data;
  G_GNUC_UNUSED g_autoptr (BelfryRedisBroker) owner = saying->broker;
  gboolean was_away = saying->outage != self->outages || !belfry_redis_broker_is_up (self);

  if (!self->closed && was_away)
    {
      keep_word (self, saying->word);
      if (belfry_redis_broker_is_up (self))
        belfry_redis_broker_catch_up_words (self);
    }
  else
    {
      if (!self->closed)
        complain (error);
      belfry_redis_word_free (saying->word);
    }
  g_free (saying);
}

static void
on_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Saying *saying = user_data;
  GError *error = NULL;

  if (!belfry_redis_store_tell_finish (result, &error))
    {
      belfry_redis_broker_look_later (saying->broker, fail_saying, saying, error);
      return;
    }
  belfry_redis_word_free (saying->word);
  g_object_unref (saying->broker);
  g_free (saying);
}

/* @word: (transfer full) */
static void
say (BelfryRedisBroker *self, BelfryRedisWord *word)
{
  Saying *saying = g_new0 (Saying, 1);

  saying->broker = g_object_ref (self);
  saying->word = word;
  saying->outage = self->outages;
  belfry_redis_store_tell_async (self->store, word, on_told, saying);
}

void
belfry_redis_broker_tell_all (BelfryBroker *broker, const BelfryBrokerWord *from)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (broker);
  BelfryRedisWord *word = g_new0 (BelfryRedisWord, 1);

  word->kind = (BelfryRedisWordKind) from->kind;
  word->text = g_strdup (from->text);
  word->reason = g_strdup (from->reason);
  word->until = from->until;
  word->code = from->code;
  if (belfry_redis_broker_is_up (self))
    say (self, word);
  else
    keep_word (self, word);
}

/* If Redis is away it is asked again when it is back. */
static void
fail_blocks (BelfryRedisBroker *self, gpointer data, const GError *error)
{
  G_GNUC_UNUSED g_autoptr (BelfryRedisBroker) owner = data;

  if (belfry_redis_broker_is_up (self))
    belfry_log_warning ("cannot read who is blocked: %s", error->message);
}

static void
on_blocks (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryRedisBroker *self = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) blocks = belfry_redis_store_blocks_finish (result, &error);

  if (blocks == NULL)
    {
      belfry_redis_broker_look_later (self, fail_blocks, self, error);
      return;
    }
  for (guint i = 0; i < blocks->len && !self->closed; i++)
    give_to_sink (self, g_ptr_array_index (blocks, i));
  g_object_unref (self);
}

/* What waited is said first: it may end a block that is kept. */
void
belfry_redis_broker_catch_up_words (BelfryRedisBroker *self)
{
  BelfryRedisWord *word;

  while ((word = g_queue_pop_head (&self->words)) != NULL)
    say (self, word);
  belfry_redis_store_blocks_async (self->store, NULL, on_blocks, g_object_ref (self));
}

/* Our own were done before they were said. */
void
belfry_redis_broker_hear (BelfryRedisBroker *self, GBytes *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryRedisWord) word = belfry_redis_word_read (text, &error);

  if (word == NULL)
    {
      belfry_redis_slot_count (&self->slot, BELFRY_REDIS_METRIC_IGNORED, 1);
      belfry_log_debug ("not a word of another instance: %s", error->message);
      return;
    }
  if (g_strcmp0 (word->origin, self->instance) != 0)
    give_to_sink (self, word);
}
