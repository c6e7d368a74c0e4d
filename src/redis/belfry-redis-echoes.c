/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-echoes"

#include "config.h"

#include "belfry-redis-echoes.h"

#include "belfry-hash.h"

/* Payloads by topic. A raw publication has nothing that tells it from another with the same bytes,
 * and must not: who reads the channel is to find what was published, and nothing else.
 *
 * Owned by the broker. Main thread. */

struct _BelfryRedisEchoes
{
  GHashTable *topics; /* (element-type utf8 GQueue) (owned): of GBytes, owned */
};

static void
free_queue (gpointer queue)
{
  g_queue_free_full (queue, (GDestroyNotify) g_bytes_unref);
}

BelfryRedisEchoes *
belfry_redis_echoes_new (void)
{
  BelfryRedisEchoes *self = g_new0 (BelfryRedisEchoes, 1);

  self->topics = g_hash_table_new_full (belfry_hash_text, g_str_equal, g_free, free_queue);
  return self;
}

void
belfry_redis_echoes_free (BelfryRedisEchoes *self)
{
  g_hash_table_unref (self->topics);
  g_free (self);
}

void
belfry_redis_echoes_expect (BelfryRedisEchoes *self, const char *topic, GBytes *payload)
{
  GQueue *queue = g_hash_table_lookup (self->topics, topic);

  if (queue == NULL)
    {
      queue = g_queue_new ();
      g_hash_table_insert (self->topics, g_strdup (topic), queue);
    }
  g_queue_push_tail (queue, g_bytes_ref (payload));
}

/* @link: of @queue, which is @topic's */
static void
drop (BelfryRedisEchoes *self, const char *topic, GQueue *queue, GList *link)
{
  g_bytes_unref (link->data);
  g_queue_delete_link (queue, link);
  if (queue->length == 0)
    g_hash_table_remove (self->topics, topic);
}

void
belfry_redis_echoes_forget (BelfryRedisEchoes *self, const char *topic, GBytes *payload)
{
  GQueue *queue = g_hash_table_lookup (self->topics, topic);
  GList *link = queue != NULL ? queue->head : NULL;

  while (link != NULL && !g_bytes_equal (link->data, payload))
    link = link->next;
  if (link != NULL)
    drop (self, topic, queue, link);
}

gboolean
belfry_redis_echoes_take (BelfryRedisEchoes *self, const char *topic, GBytes *payload)
{
  GQueue *queue = g_hash_table_lookup (self->topics, topic);

  if (queue == NULL || !g_bytes_equal (queue->head->data, payload))
    return FALSE;
  drop (self, topic, queue, queue->head);
  return TRUE;
}

void
belfry_redis_echoes_clear (BelfryRedisEchoes *self)
{
  g_hash_table_remove_all (self->topics);
}

gboolean
belfry_redis_echoes_is_empty (const BelfryRedisEchoes *self)
{
  return g_hash_table_size (self->topics) == 0;
}
