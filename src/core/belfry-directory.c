/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-directory"

#include "config.h"

#include "belfry-directory.h"

#include <string.h>

#include "belfry-topic-tree.h"
#include "belfry-topic.h"

/* A table of entries, a tree of the patterns among them, and one that has those with subscribers in
 * the order of their names, for who lists them page by page. What is rare in the life of an entry
 * (waiting, catching up, lingering) is allocated for that time: there may be as many entries as
 * clients. Owned by the hub. */

struct _BelfryDirectory
{
  GHashTable *entries;   /* (element-type BelfryEntry) (owned) */
  BelfryTopicTree *tree; /* (owned) */
  GTree *listed;         /* (element-type utf8 BelfryEntry) (owned): those with subscribers */
  GByteArray *wanted;    /* (owned): scratch: which shards */
};

static gboolean
has_many (const BelfryEntry *entry)
{
  return entry->n_counts > BELFRY_ENTRY_FEW_SHARDS;
}

static void
entry_free (gpointer data)
{
  BelfryEntry *entry = data;

  if (entry->linger != NULL)
    belfry_deadline_cancel (entry->linger);
  g_clear_pointer (&entry->linger, g_free);
  g_clear_pointer (&entry->waiting, g_queue_free);
  g_clear_pointer (&entry->catch_up, belfry_catch_up_free);
  if (has_many (entry))
    g_free (entry->counts.many);
  g_free (entry);
}

static guint32 *
counts_of (BelfryEntry *entry)
{
  return has_many (entry) ? entry->counts.many : entry->counts.few;
}

static void
make_room (BelfryEntry *entry, guint shard)
{
  guint32 *many = g_new0 (guint32, shard + 1);

  memcpy (many, counts_of (entry), entry->n_counts * sizeof *many);
  if (has_many (entry))
    g_free (entry->counts.many);
  entry->counts.many = many;
  entry->n_counts = shard + 1;
}

static void
want (BelfryDirectory *self, const BelfryEntry *entry)
{
  const guint32 *counts = counts_of ((BelfryEntry *) entry);

  if (self->wanted->len < entry->n_counts)
    {
      guint length = self->wanted->len;

      g_byte_array_set_size (self->wanted, entry->n_counts);
      memset (self->wanted->data + length, 0, entry->n_counts - length);
    }
  for (guint i = 0; i < entry->n_counts; i++)
    {
      if (counts[i] > 0)
        self->wanted->data[i] = 1;
    }
}

static void
want_match (const char *pattern, gpointer value, gpointer user_data)
{
  want (user_data, value);
}

static void
count_match (const char *pattern, gpointer value, gpointer user_data)
{
  const BelfryEntry *entry = value;

  *(guint *) user_data += entry->n_subscribers;
}

static gboolean
is_meant (const BelfryEntry *entry, const char *pattern)
{
  if (pattern == NULL || strcmp (pattern, entry->name) == 0)
    return TRUE;
  return !entry->is_pattern && belfry_topic_match (pattern, entry->name);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

BelfryDirectory *
belfry_directory_new (void)
{
  BelfryDirectory *self = g_new0 (BelfryDirectory, 1);

  self->entries =
      g_hash_table_new_full (belfry_topic_key_hash, belfry_topic_key_equal, entry_free, NULL);
  self->tree = belfry_topic_tree_new ();
  self->listed = g_tree_new (compare_names);
  self->wanted = g_byte_array_new ();
  return self;
}

void
belfry_directory_free (BelfryDirectory *self)
{
  belfry_topic_tree_free (self->tree);
  g_tree_unref (self->listed);
  g_hash_table_unref (self->entries);
  g_byte_array_unref (self->wanted);
  g_free (self);
}

BelfryEntry *
belfry_directory_lookup (BelfryDirectory *self, const BelfryTopicKey *key)
{
  return g_hash_table_lookup (self->entries, key);
}

BelfryEntry *
belfry_directory_ensure (BelfryDirectory *self, const char *name, gboolean is_pattern)
{
  const BelfryTopicKey key = belfry_topic_key (name);
  BelfryEntry *entry = belfry_directory_lookup (self, &key);

  if (entry != NULL)
    return entry;

  gsize size = strlen (name) + 1;

  entry = g_malloc0 (sizeof *entry + size);
  memcpy (entry->name, name, size);
  entry->key = (BelfryTopicKey){ entry->name, key.hash };
  entry->is_pattern = is_pattern ? 1 : 0;
  entry->n_counts = BELFRY_ENTRY_FEW_SHARDS;
  g_hash_table_add (self->entries, entry);
  if (is_pattern)
    belfry_topic_tree_insert (self->tree, entry->name, entry);
  return entry;
}

void
belfry_directory_remove (BelfryDirectory *self, BelfryEntry *entry)
{
  g_return_if_fail (belfry_entry_is_unused (entry));

  if (entry->is_pattern)
    belfry_topic_tree_remove (self->tree, entry->name);
  g_hash_table_remove (self->entries, entry);
}

void
belfry_directory_add_subscriber (BelfryDirectory *self, BelfryEntry *entry, guint shard)
{
  if (shard >= entry->n_counts)
    make_room (entry, shard);
  counts_of (entry)[shard]++;
  if (entry->n_subscribers++ == 0)
    g_tree_insert (self->listed, entry->name, entry);
}

void
belfry_directory_remove_subscriber (BelfryDirectory *self, BelfryEntry *entry, guint shard)
{
  g_return_if_fail (belfry_entry_get_n_subscribers (entry, shard) > 0);

  counts_of (entry)[shard]--;
  if (--entry->n_subscribers == 0)
    g_tree_remove (self->listed, entry->name);
}

guint
belfry_entry_get_n_subscribers (const BelfryEntry *entry, guint shard)
{
  return shard < entry->n_counts ? counts_of ((BelfryEntry *) entry)[shard] : 0;
}

gboolean
belfry_entry_is_unused (const BelfryEntry *entry)
{
  return entry->n_subscribers == 0 && entry->n_wanting == 0;
}

void
belfry_directory_route (BelfryDirectory *self,
                        const BelfryEntry *entry,
                        const char *topic,
                        BelfryDirectoryShardFunc func,
                        gpointer user_data)
{
  gboolean is_pattern = entry != NULL && entry->is_pattern;

  if (entry != NULL)
    want (self, entry);
  if (!is_pattern && belfry_topic_tree_get_size (self->tree) > 0)
    belfry_topic_tree_match (self->tree, topic, want_match, self);
  for (guint i = 0; i < self->wanted->len; i++)
    {
      if (self->wanted->data[i] == 0)
        continue;
      self->wanted->data[i] = 0;
      func (i, user_data);
    }
}

void
belfry_directory_foreach (BelfryDirectory *self, BelfryDirectoryFunc func, gpointer user_data)
{
  g_autofree gpointer *entries = g_hash_table_get_keys_as_array (self->entries, NULL);

  for (gsize i = 0; entries[i] != NULL; i++)
    func (entries[i], user_data);
}

GPtrArray *
belfry_directory_list (BelfryDirectory *self,
                       const char *pattern,
                       const char *after,
                       guint limit,
                       const char **next)
{
  GPtrArray *entries = g_ptr_array_new ();
  GTreeNode *node =
      after != NULL ? g_tree_upper_bound (self->listed, after) : g_tree_node_first (self->listed);
  const char *last = after;

  for (guint n = 0; node != NULL && entries->len < limit && n < BELFRY_DIRECTORY_MAX_SCAN; n++)
    {
      BelfryEntry *entry = g_tree_node_value (node);

      last = entry->name;
      if (is_meant (entry, pattern))
        g_ptr_array_add (entries, entry);
      node = g_tree_node_next (node);
    }
  *next = node != NULL ? last : NULL;
  return entries;
}

guint
belfry_directory_count_subscribers (BelfryDirectory *self, const char *topic)
{
  const BelfryTopicKey key = belfry_topic_key (topic);
  const BelfryEntry *entry = belfry_directory_lookup (self, &key);
  guint n = entry != NULL ? entry->n_subscribers : 0;

  belfry_topic_tree_match (self->tree, topic, count_match, &n);
  return n;
}

guint
belfry_directory_get_n_topics (BelfryDirectory *self)
{
  return (guint) g_tree_nnodes (self->listed);
}
