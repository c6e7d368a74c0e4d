/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-presence"

#include "config.h"

#include "belfry-presence.h"

#include <string.h>

#include "belfry-hash.h"
#include "belfry-json-scan.h"
#include "belfry-json-write.h"

/* A table of topics, each a table of users. Neither has an entry that stands for nobody. */
struct _BelfryPresence
{
  GHashTable *topics; /* (element-type utf8 GHashTable) (owned): of tables of entries by user */
};

static BelfryPresenceEntry *
entry_copy (const BelfryPresenceEntry *entry)
{
  BelfryPresenceEntry *copy = g_new (BelfryPresenceEntry, 1);

  *copy = (BelfryPresenceEntry){ g_strdup (entry->user), g_strdup (entry->info), entry->sessions };
  return copy;
}

static GHashTable *
ensure_users (BelfryPresence *self, const char *topic)
{
  GHashTable *users = g_hash_table_lookup (self->topics, topic);

  if (users == NULL)
    {
      users = g_hash_table_new_full (belfry_hash_text, g_str_equal, NULL,
                                     (GDestroyNotify) belfry_presence_entry_free);
      g_hash_table_insert (self->topics, g_strdup (topic), users);
    }
  return users;
}

static int
compare_users (gconstpointer a, gconstpointer b)
{
  const BelfryPresenceEntry *const *first = a;
  const BelfryPresenceEntry *const *second = b;

  return strcmp ((*first)->user, (*second)->user);
}

static gboolean
is_object (const char *json)
{
  BelfryJsonScan scan;

  return belfry_json_scan (json, strlen (json), NULL, &scan) && scan.kind == BELFRY_JSON_OBJECT;
}

BelfryPresence *
belfry_presence_new (void)
{
  BelfryPresence *self = g_new0 (BelfryPresence, 1);

  self->topics = g_hash_table_new_full (belfry_hash_text, g_str_equal, g_free,
                                        (GDestroyNotify) g_hash_table_unref);
  return self;
}

void
belfry_presence_free (BelfryPresence *self)
{
  g_hash_table_unref (self->topics);
  g_free (self);
}

gboolean
belfry_presence_add (BelfryPresence *self, const char *topic, const char *user, const char *info)
{
  GHashTable *users = ensure_users (self, topic);
  BelfryPresenceEntry *entry = g_hash_table_lookup (users, user);
  gboolean first = entry == NULL;

  if (first)
    {
      entry = g_new0 (BelfryPresenceEntry, 1);
      entry->user = g_strdup (user);
      g_hash_table_insert (users, entry->user, entry);
    }
  g_free (entry->info);
  entry->info = g_strdup (info);
  entry->sessions++;
  return first;
}

BelfryPresenceEntry *
belfry_presence_remove (BelfryPresence *self, const char *topic, const char *user)
{
  GHashTable *users = g_hash_table_lookup (self->topics, topic);
  BelfryPresenceEntry *entry = users != NULL ? g_hash_table_lookup (users, user) : NULL;

  if (entry == NULL || --entry->sessions > 0)
    return NULL;
  g_hash_table_steal (users, user);
  if (g_hash_table_size (users) == 0)
    g_hash_table_remove (self->topics, topic);
  return entry;
}

GPtrArray *
belfry_presence_list (BelfryPresence *self, const char *topic)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_presence_entry_free);
  GHashTable *users = g_hash_table_lookup (self->topics, topic);
  GHashTableIter iter;
  gpointer entry;

  if (users == NULL)
    return list;
  g_hash_table_iter_init (&iter, users);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    g_ptr_array_add (list, entry_copy (entry));
  g_ptr_array_sort (list, compare_users);
  return list;
}

void
belfry_presence_foreach (const BelfryPresence *self, BelfryPresenceFunc func, gpointer user_data)
{
  GHashTableIter topics;
  GHashTableIter users;
  gpointer topic, table, entry;

  g_hash_table_iter_init (&topics, self->topics);
  while (g_hash_table_iter_next (&topics, &topic, &table))
    {
      g_hash_table_iter_init (&users, table);
      while (g_hash_table_iter_next (&users, NULL, &entry))
        func (topic, entry, user_data);
    }
}

guint
belfry_presence_get_n_topics (const BelfryPresence *self)
{
  return g_hash_table_size (self->topics);
}

GBytes *
belfry_presence_payload (const char *user, const char *info)
{
  GString *text = g_string_new (NULL);
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  belfry_json_writer_begin_object (&writer);
  belfry_json_writer_name (&writer, "user");
  belfry_json_writer_string (&writer, user);
  if (info != NULL && is_object (info))
    {
      belfry_json_writer_name (&writer, "info");
      belfry_json_writer_raw (&writer, info, strlen (info));
    }
  belfry_json_writer_end_object (&writer);
  return g_string_free_to_bytes (text);
}
