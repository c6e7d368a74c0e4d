/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-subscriptions"

#include "config.h"

#include "belfry-redis-subscriptions.h"

#include <string.h>

#include "belfry-hash.h"

/* A table of names, and a queue of those for which something is to be sent. A name that is taken
 * back and wanted anew before that was sent is ended and begun again: who wants it anew is told
 * when it is in force, by Redis's own confirmation, and needs no other rule. */

typedef enum
{
  OFF,
  BEGINNING, /* sent, not confirmed */
  ON,
  ENDING, /* likewise */
} Wire;

typedef struct
{
  GList link; /* in the queue, while queued is set */
  char *name; /* (owned) */
  BelfryRedisChannelKind kind;
  Wire wire;
  gboolean wanted;
  gboolean told;  /* in force, as far as who wants it knows */
  gboolean again; /* to be told as lost meanwhile */
  gboolean alone; /* not to be sent together with others */
  gboolean queued;
} Entry;

struct _BelfryRedisSubscriptions
{
  GHashTable *entries[BELFRY_REDIS_N_CHANNEL_KINDS]; /* (owned) (element-type utf8 Entry) */
  GQueue queue;                                      /* (element-type Entry) (unowned) */
  guint n_open;
};

static void
entry_free (Entry *self)
{
  g_free (self->name);
  g_free (self);
}

static void
enqueue (BelfryRedisSubscriptions *self, Entry *entry)
{
  if (entry->queued)
    return;
  entry->queued = TRUE;
  g_queue_push_tail_link (&self->queue, &entry->link);
}

static void
dequeue (BelfryRedisSubscriptions *self, Entry *entry)
{
  if (!entry->queued)
    return;
  entry->queued = FALSE;
  g_queue_unlink (&self->queue, &entry->link);
}

static void
drop (BelfryRedisSubscriptions *self, Entry *entry)
{
  dequeue (self, entry);
  g_hash_table_remove (self->entries[entry->kind], entry->name);
}

/* Nothing is under way for @entry: what next? */
static void
settle (BelfryRedisSubscriptions *self, Entry *entry)
{
  if (entry->wire == OFF && !entry->wanted)
    drop (self, entry);
  else if (entry->wire == OFF || !entry->told)
    enqueue (self, entry);
}

static gboolean
is_under_way (const Entry *entry)
{
  return entry->wire == BEGINNING || entry->wire == ENDING;
}

static Entry *
add (BelfryRedisSubscriptions *self, BelfryRedisChannelKind kind, const char *name)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->name = g_strdup (name);
  entry->kind = kind;
  entry->link.data = entry;
  g_hash_table_insert (self->entries[kind], entry->name, entry);
  return entry;
}

/* A NUL follows the bytes of a reply. */
static Entry *
find (BelfryRedisSubscriptions *self, BelfryRedisChannelKind kind, GBytes *name)
{
  gsize length;
  const char *text = g_bytes_get_data (name, &length);

  return strlen (text) == length ? g_hash_table_lookup (self->entries[kind], text) : NULL;
}

/* Begins a batch, or goes with what it has already? */
static gboolean
fits (const BelfryRedisBatch *batch, const Entry *entry, guint max)
{
  if (batch->names->len == 0)
    return TRUE;
  return batch->names->len < max && !entry->alone && entry->kind == batch->kind &&
         (entry->wire == OFF) == batch->begin;
}

static void
send (BelfryRedisSubscriptions *self, BelfryRedisBatch *batch, Entry *entry)
{
  batch->kind = entry->kind;
  batch->begin = entry->wire == OFF;
  g_ptr_array_add (batch->names, entry->name);
  dequeue (self, entry);
  entry->wire = batch->begin ? BEGINNING : ENDING;
  self->n_open++;
}

static const char *
begun (BelfryRedisSubscriptions *self, Entry *entry, gboolean *again)
{
  if (entry->wire != BEGINNING)
    return NULL;
  self->n_open--;
  entry->wire = ON;
  entry->told = entry->wanted;
  *again = entry->again;
  entry->again = FALSE;
  settle (self, entry);
  return entry->told ? entry->name : NULL;
}

/* Redis may end one by itself: then it was lost, as with its connection. */
static void
ended (BelfryRedisSubscriptions *self, Entry *entry)
{
  if (entry->wire == ENDING)
    self->n_open--;
  else if (entry->wire != ON)
    return;
  dequeue (self, entry);
  entry->wire = OFF;
  entry->again |= entry->told;
  entry->told = FALSE;
  settle (self, entry);
}

static int
take_lost (BelfryRedisSubscriptions *self, Entry *entry)
{
  dequeue (self, entry);
  entry->wire = OFF;
  entry->again |= entry->told;
  entry->told = FALSE;
  entry->alone = FALSE;
  return entry->wanted;
}

BelfryRedisSubscriptions *
belfry_redis_subscriptions_new (void)
{
  BelfryRedisSubscriptions *self = g_new0 (BelfryRedisSubscriptions, 1);

  for (guint i = 0; i < G_N_ELEMENTS (self->entries); i++)
    self->entries[i] =
        g_hash_table_new_full (belfry_hash_text, g_str_equal, NULL, (GDestroyNotify) entry_free);
  return self;
}

void
belfry_redis_subscriptions_free (BelfryRedisSubscriptions *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->entries); i++)
    g_hash_table_unref (self->entries[i]);
  g_free (self);
}

gboolean
belfry_redis_subscriptions_want (BelfryRedisSubscriptions *self,
                                 BelfryRedisChannelKind kind,
                                 const char *name)
{
  Entry *entry = g_hash_table_lookup (self->entries[kind], name);

  if (entry == NULL)
    entry = add (self, kind, name);
  if (entry->wanted)
    return FALSE;
  entry->wanted = TRUE;
  if (!is_under_way (entry))
    settle (self, entry);
  return TRUE;
}

void
belfry_redis_subscriptions_unwant (BelfryRedisSubscriptions *self,
                                   BelfryRedisChannelKind kind,
                                   const char *name)
{
  Entry *entry = g_hash_table_lookup (self->entries[kind], name);

  if (entry == NULL)
    return;
  entry->wanted = FALSE;
  entry->told = FALSE;
  entry->again = FALSE;
  if (!is_under_way (entry))
    settle (self, entry);
}

void
belfry_redis_subscriptions_lose (BelfryRedisSubscriptions *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->entries); i++)
    {
      GHashTableIter iter;
      gpointer entry;

      g_hash_table_iter_init (&iter, self->entries[i]);
      while (g_hash_table_iter_next (&iter, NULL, &entry))
        {
          if (take_lost (self, entry))
            enqueue (self, entry);
          else
            g_hash_table_iter_remove (&iter);
        }
    }
  self->n_open = 0;
}

BelfryRedisBatch *
belfry_redis_subscriptions_next (BelfryRedisSubscriptions *self, guint max)
{
  g_autoptr (BelfryRedisBatch) batch = NULL;

  while (!g_queue_is_empty (&self->queue))
    {
      Entry *entry = g_queue_peek_head (&self->queue);

      if (batch == NULL)
        {
          batch = g_new0 (BelfryRedisBatch, 1);
          batch->names = g_ptr_array_new ();
        }
      if (!fits (batch, entry, max))
        break;
      send (self, batch, entry);
      if (entry->alone)
        break;
    }
  return g_steal_pointer (&batch);
}

void
belfry_redis_batch_free (BelfryRedisBatch *self)
{
  g_ptr_array_unref (self->names);
  g_free (self);
}

const char *
belfry_redis_batch_get_command (const BelfryRedisBatch *self)
{
  static const char *const commands[BELFRY_REDIS_N_CHANNEL_KINDS][2] = {
    [BELFRY_REDIS_CHANNEL] = { "UNSUBSCRIBE", "SUBSCRIBE" },
    [BELFRY_REDIS_PATTERN] = { "PUNSUBSCRIBE", "PSUBSCRIBE" },
  };

  return commands[self->kind][self->begin ? 1 : 0];
}

const char *
belfry_redis_subscriptions_confirm (BelfryRedisSubscriptions *self,
                                    const BelfryRedisPush *push,
                                    BelfryRedisChannelKind *kind,
                                    gboolean *again)
{
  gboolean pattern =
      push->kind == BELFRY_REDIS_PUSH_PSUBSCRIBE || push->kind == BELFRY_REDIS_PUSH_PUNSUBSCRIBE;

  *kind = pattern ? BELFRY_REDIS_PATTERN : BELFRY_REDIS_CHANNEL;
  Entry *entry = find (self, *kind, push->channel);
  if (entry == NULL)
    return NULL;
  if (push->kind < BELFRY_REDIS_PUSH_UNSUBSCRIBE)
    return begun (self, entry, again);
  ended (self, entry);
  return NULL;
}

char *
belfry_redis_subscriptions_refuse (BelfryRedisSubscriptions *self, const BelfryRedisBatch *batch)
{
  gboolean final = batch->names->len == 1;
  g_autofree char *blamed = NULL;

  for (guint i = batch->names->len; i > 0; i--)
    {
      Entry *entry =
          g_hash_table_lookup (self->entries[batch->kind], g_ptr_array_index (batch->names, i - 1));

      self->n_open--;
      entry->wire = batch->begin ? OFF : ON;
      if (final && entry->wanted)
        blamed = g_strdup (entry->name);
      entry->wanted &= !final;
      if (!entry->wanted)
        {
          if (batch->begin)
            drop (self, entry);
          continue;
        }
      entry->alone = TRUE;
      entry->queued = TRUE;
      g_queue_push_head_link (&self->queue, &entry->link);
    }
  return g_steal_pointer (&blamed);
}

guint
belfry_redis_subscriptions_get_n_open (const BelfryRedisSubscriptions *self)
{
  return self->n_open;
}
