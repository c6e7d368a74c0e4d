/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-outbox"

#include "config.h"

#include "belfry-redis-outbox.h"

#include <string.h>

/* Letters by their numbers. What comes back after a failure has a lower number than all that waits,
 * or comes among others that do; so it is a balanced tree and no queue.
 *
 * Owned by the broker. Main thread. */

/* What a letter takes beside its texts, about. */
#define OVERHEAD (sizeof (BelfryRedisLetter) + 128)

struct _BelfryRedisOutbox
{
  GSequence *letters; /* (element-type BelfryRedisLetter) (owned) */
  guint64 last_number;
  gsize bytes;
  gsize max_bytes;
};

BelfryRedisLetter *
belfry_redis_letter_new (const BelfryPublication *publication, GTask *task)
{
  BelfryRedisLetter *self = g_new0 (BelfryRedisLetter, 1);

  self->topic = g_strdup (publication->topic);
  self->payload = g_bytes_ref (publication->payload);
  self->key = g_strdup (publication->idempotency_key);
  self->task = task != NULL ? g_object_ref (task) : NULL;
  self->traits = publication->traits;
  self->kind = publication->kind;
  self->cost = OVERHEAD + strlen (self->topic) + g_bytes_get_size (self->payload) +
               (self->key != NULL ? strlen (self->key) : 0);
  return self;
}

void
belfry_redis_letter_free (BelfryRedisLetter *self)
{
  g_free (self->topic);
  g_bytes_unref (self->payload);
  g_free (self->key);
  g_clear_object (&self->task);
  g_free (self);
}

gboolean
belfry_redis_letter_is_sequenced (const BelfryRedisLetter *self)
{
  return self->traits.history_size > 0 || self->key != NULL;
}

void
belfry_redis_letter_peek (const BelfryRedisLetter *self, BelfryPublication *publication)
{
  *publication = (BelfryPublication){
    .topic = self->topic,
    .payload = self->payload,
    .kind = self->kind,
    .idempotency_key = self->key,
    .traits = self->traits,
  };
}

BelfryRedisOutbox *
belfry_redis_outbox_new (gsize max_bytes)
{
  BelfryRedisOutbox *self = g_new0 (BelfryRedisOutbox, 1);

  self->letters = g_sequence_new (NULL);
  self->max_bytes = max_bytes;
  return self;
}

void
belfry_redis_outbox_set_max (BelfryRedisOutbox *self, gsize max_bytes)
{
  self->max_bytes = max_bytes;
}

void
belfry_redis_outbox_number (BelfryRedisOutbox *self, BelfryRedisLetter *letter)
{
  letter->number = ++self->last_number;
}

gboolean
belfry_redis_outbox_has_room (const BelfryRedisOutbox *self, const BelfryRedisLetter *letter)
{
  return self->bytes <= self->max_bytes && letter->cost <= self->max_bytes - self->bytes;
}

static int
compare_numbers (gconstpointer a, gconstpointer b, gpointer user_data)
{
  guint64 x = ((const BelfryRedisLetter *) a)->number;
  guint64 y = ((const BelfryRedisLetter *) b)->number;

  return x < y ? -1 : x > y;
}

void
belfry_redis_outbox_put (BelfryRedisOutbox *self, BelfryRedisLetter *letter)
{
  g_return_if_fail (letter->number > 0);

  self->bytes += letter->cost;
  g_sequence_insert_sorted (self->letters, letter, compare_numbers, NULL);
}

BelfryRedisLetter *
belfry_redis_outbox_take (BelfryRedisOutbox *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->letters);

  if (g_sequence_iter_is_end (first))
    return NULL;

  BelfryRedisLetter *letter = g_sequence_get (first);

  self->bytes -= letter->cost;
  g_sequence_remove (first);
  return letter;
}

void
belfry_redis_outbox_free (BelfryRedisOutbox *self)
{
  BelfryRedisLetter *letter;

  while ((letter = belfry_redis_outbox_take (self)) != NULL)
    belfry_redis_letter_free (letter);
  g_sequence_free (self->letters);
  g_free (self);
}

gsize
belfry_redis_outbox_get_bytes (const BelfryRedisOutbox *self)
{
  return self->bytes;
}

gboolean
belfry_redis_outbox_is_empty (const BelfryRedisOutbox *self)
{
  return g_sequence_is_empty (self->letters);
}
