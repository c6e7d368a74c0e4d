/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-idempotency"

#include "config.h"

#include "belfry-idempotency.h"

#include <string.h>

#include "belfry-hash.h"

/* A table of digests, and a queue of them by age. A digest instead of the key bounds what a
 * publisher's long keys cost. */

#define DIGEST_SIZE 32

/* What an entry takes when it is written down. */
#define ENTRY_SIZE (4 + DIGEST_SIZE + 8 + 16)

typedef struct
{
  guint8 digest[DIGEST_SIZE];
  GList link; /* in the queue; its data is the entry */
  gint64 claimed;
  BelfryPosition position;
} Entry;

struct _BelfryIdempotency
{
  guint capacity;
  gint64 retention;
  GHashTable *entries; /* (element-type Entry Entry) (owned) */
  GQueue queue;        /* (element-type Entry): of links in the entries, oldest first */
};

/* An entry begins with its digest, so both hash the same. */
static guint
digest_hash (gconstpointer digest)
{
  return belfry_hash_bytes (digest, DIGEST_SIZE);
}

static gboolean
digest_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, DIGEST_SIZE) == 0;
}
G_STATIC_ASSERT (G_STRUCT_OFFSET (Entry, digest) == 0);

/* No topic has a NUL in it, so the two cannot be taken for another two. */
static void
compute_digest (const char *topic, const char *key, guint8 digest[DIGEST_SIZE])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = DIGEST_SIZE;

  g_checksum_update (checksum, (const guchar *) topic, (gssize) strlen (topic) + 1);
  g_checksum_update (checksum, (const guchar *) key, (gssize) strlen (key));
  g_checksum_get_digest (checksum, digest, &length);
}

static void
forget_oldest (BelfryIdempotency *self)
{
  Entry *oldest = self->queue.head->data;

  g_queue_unlink (&self->queue, &oldest->link);
  g_hash_table_remove (self->entries, oldest);
}

static void
forget_outdated (BelfryIdempotency *self, gint64 now)
{
  while (self->queue.head != NULL)
    {
      const Entry *oldest = self->queue.head->data;

      if (now - oldest->claimed < self->retention)
        return;
      forget_oldest (self);
    }
}

static Entry *
remember (BelfryIdempotency *self, const guint8 digest[DIGEST_SIZE], gint64 now)
{
  if (self->queue.length >= self->capacity)
    forget_oldest (self);

  Entry *entry = g_new0 (Entry, 1);

  memcpy (entry->digest, digest, DIGEST_SIZE);
  entry->link.data = entry;
  entry->claimed = now;
  g_hash_table_add (self->entries, entry);
  g_queue_push_tail_link (&self->queue, &entry->link);
  return entry;
}

BelfryIdempotency *
belfry_idempotency_new (guint capacity, gint64 retention)
{
  BelfryIdempotency *self = g_new0 (BelfryIdempotency, 1);

  self->capacity = MAX (capacity, 1);
  self->retention = retention;
  self->entries = g_hash_table_new_full (digest_hash, digest_equal, g_free, NULL);
  g_queue_init (&self->queue);
  return self;
}

void
belfry_idempotency_free (BelfryIdempotency *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

gboolean
belfry_idempotency_claim (BelfryIdempotency *self,
                          const char *topic,
                          const char *key,
                          gint64 now,
                          BelfryPosition **position)
{
  guint8 digest[DIGEST_SIZE];

  forget_outdated (self, now);
  compute_digest (topic, key, digest);
  Entry *entry = g_hash_table_lookup (self->entries, digest);
  if (entry != NULL)
    {
      *position = &entry->position;
      return FALSE;
    }
  entry = remember (self, digest, now);
  *position = &entry->position;
  return TRUE;
}

void
belfry_idempotency_save (const BelfryIdempotency *self, BelfryStateWriter *writer)
{
  belfry_state_put_u32 (writer, self->queue.length);
  for (const GList *link = self->queue.head; link != NULL; link = link->next)
    {
      const Entry *entry = link->data;

      belfry_state_put_bytes (writer, entry->digest, DIGEST_SIZE);
      belfry_state_put_i64 (writer, entry->claimed);
      belfry_state_put_u64 (writer, entry->position.epoch);
      belfry_state_put_u64 (writer, entry->position.offset);
    }
}

gboolean
belfry_idempotency_restore (BelfryIdempotency *self, BelfryStateReader *reader)
{
  guint32 n = belfry_state_get_count (reader, ENTRY_SIZE);

  for (guint32 i = 0; i < n; i++)
    {
      gsize length;
      const guint8 *digest = belfry_state_get_bytes (reader, &length);
      gint64 claimed = belfry_state_get_i64 (reader);
      BelfryPosition position = { belfry_state_get_u64 (reader), 0 };

      position.offset = belfry_state_get_u64 (reader);
      if (length != DIGEST_SIZE || !belfry_state_reader_is_good (reader) ||
          g_hash_table_contains (self->entries, digest))
        {
          belfry_state_reader_fail (reader);
          return FALSE;
        }
      remember (self, digest, claimed)->position = position;
    }
  return belfry_state_reader_is_good (reader);
}

guint
belfry_idempotency_get_size (const BelfryIdempotency *self)
{
  return self->queue.length;
}
