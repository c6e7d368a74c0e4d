/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-cache.h"

/* A table of entries that are also in a queue, the one that was used last in front. */

typedef struct
{
  GList link; /* in the queue; its data is the entry itself */
  char *key;  /* (owned): also that of the table */
  gint64 expires;
  BelfryWebhookAnswer *answer; /* (owned) */
} Entry;

struct _BelfryWebhookCache
{
  guint max;
  GHashTable *entries; /* (element-type utf8 Entry) (owned) */
  GQueue used;         /* of the same entries */
};

static void
entry_free (Entry *entry)
{
  belfry_webhook_answer_unref (entry->answer);
  g_free (entry->key);
  g_free (entry);
}

static void
drop (BelfryWebhookCache *self, Entry *entry)
{
  g_queue_unlink (&self->used, &entry->link);
  g_hash_table_remove (self->entries, entry->key);
}

BelfryWebhookCache *
belfry_webhook_cache_new (guint max)
{
  BelfryWebhookCache *self = g_new0 (BelfryWebhookCache, 1);

  self->max = max;
  self->entries =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) entry_free);
  g_queue_init (&self->used);
  return self;
}

void
belfry_webhook_cache_free (BelfryWebhookCache *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

BelfryWebhookAnswer *
belfry_webhook_cache_lookup (BelfryWebhookCache *self, const char *key, gint64 now)
{
  Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry == NULL)
    return NULL;
  if (entry->expires <= now)
    {
      drop (self, entry);
      return NULL;
    }
  g_queue_unlink (&self->used, &entry->link);
  g_queue_push_head_link (&self->used, &entry->link);
  return entry->answer;
}

void
belfry_webhook_cache_insert (BelfryWebhookCache *self,
                             const char *key,
                             BelfryWebhookAnswer *answer,
                             gint64 now,
                             gint64 expires)
{
  Entry *old = g_hash_table_lookup (self->entries, key);

  if (old != NULL)
    drop (self, old);
  if (self->max == 0 || expires <= now)
    return;
  if (self->used.length >= self->max)
    drop (self, self->used.tail->data);
  Entry *entry = g_new0 (Entry, 1);
  entry->key = g_strdup (key);
  entry->expires = expires;
  entry->answer = belfry_webhook_answer_ref (answer);
  entry->link.data = entry;
  g_queue_push_head_link (&self->used, &entry->link);
  g_hash_table_insert (self->entries, entry->key, entry);
}

guint
belfry_webhook_cache_get_size (const BelfryWebhookCache *self)
{
  return g_hash_table_size (self->entries);
}
