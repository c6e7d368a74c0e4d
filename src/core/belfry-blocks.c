/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-blocks"

#include "config.h"

#include "belfry-blocks.h"

#include "belfry-hash.h"

/* A bounded table of names and times. What has ended goes when somebody asks for it, or when room
 * is needed. Owned by the hub. */

/* What one takes at the least when it is written down. */
#define BLOCK_SIZE 12

struct _BelfryBlocks
{
  BelfryClock *clock; /* (owned) */
  GHashTable *table;  /* (element-type utf8 gint64) (owned) */
  guint max;
};

static void
remove_ended (BelfryBlocks *self)
{
  gint64 now = belfry_clock_wall (self->clock);
  GHashTableIter iter;
  gpointer until;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, NULL, &until))
    {
      if (*(gint64 *) until <= now)
        g_hash_table_iter_remove (&iter);
    }
}

static void
remove_first_to_end (BelfryBlocks *self)
{
  gint64 first = G_MAXINT64;
  const char *victim = NULL;
  GHashTableIter iter;
  gpointer name, until;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &name, &until))
    {
      if (victim == NULL || *(gint64 *) until < first)
        {
          victim = name;
          first = *(gint64 *) until;
        }
    }
  if (victim != NULL)
    g_hash_table_remove (self->table, victim);
}

BelfryBlocks *
belfry_blocks_new (BelfryClock *clock, guint max)
{
  BelfryBlocks *self = g_new0 (BelfryBlocks, 1);

  self->clock = g_object_ref (clock);
  self->table = g_hash_table_new_full (belfry_hash_text, g_str_equal, g_free, g_free);
  self->max = MAX (max, 1);
  return self;
}

void
belfry_blocks_free (BelfryBlocks *self)
{
  g_hash_table_unref (self->table);
  g_object_unref (self->clock);
  g_free (self);
}

gboolean
belfry_blocks_add (BelfryBlocks *self, const char *name, gint64 until)
{
  gboolean had_room = TRUE;

  if (!g_hash_table_contains (self->table, name) && g_hash_table_size (self->table) >= self->max)
    {
      remove_ended (self);
      had_room = g_hash_table_size (self->table) < self->max;
      if (!had_room)
        remove_first_to_end (self);
    }
  g_hash_table_insert (self->table, g_strdup (name), g_memdup2 (&until, sizeof until));
  return had_room;
}

void
belfry_blocks_save (const BelfryBlocks *self, BelfryStateWriter *writer)
{
  GHashTableIter iter;
  gpointer name, until;

  belfry_state_put_u32 (writer, g_hash_table_size (self->table));
  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, &name, &until))
    {
      belfry_state_put_text (writer, name);
      belfry_state_put_i64 (writer, *(gint64 *) until);
    }
}

gboolean
belfry_blocks_restore (BelfryBlocks *self, BelfryStateReader *reader)
{
  guint32 n = belfry_state_get_count (reader, BLOCK_SIZE);

  for (guint32 i = 0; i < n && belfry_state_reader_is_good (reader); i++)
    {
      const char *name = belfry_state_get_name (reader);
      gint64 until = belfry_state_get_i64 (reader);

      if (belfry_state_reader_is_good (reader))
        belfry_blocks_add (self, name, until);
    }
  return belfry_state_reader_is_good (reader);
}

gboolean
belfry_blocks_remove (BelfryBlocks *self, const char *name)
{
  gboolean blocked = belfry_blocks_contains (self, name);

  g_hash_table_remove (self->table, name);
  return blocked;
}

gboolean
belfry_blocks_contains (BelfryBlocks *self, const char *name)
{
  const gint64 *until = g_hash_table_lookup (self->table, name);

  if (until == NULL)
    return FALSE;
  if (*until > belfry_clock_wall (self->clock))
    return TRUE;
  g_hash_table_remove (self->table, name);
  return FALSE;
}

guint
belfry_blocks_get_size (BelfryBlocks *self)
{
  return g_hash_table_size (self->table);
}
