/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-topics"

#include "config.h"

#include "belfry-redis-topics.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-hash.h"
#include "belfry-topic-tree.h"
#include "belfry-topic.h"

/* Names in a hash table, patterns in a tree, and beside them what Redis knows instead of patterns.
 *
 * Owned by the broker. Main thread. */

struct _BelfryRedisTopics
{
  char *prefix;              /* (owned) */
  GHashTable *names;         /* (element-type BelfryRedisTopic) (owned): by their keys */
  GHashTable *globs;         /* (element-type utf8 BelfryRedisGlob) (owned) */
  BelfryTopicTree *patterns; /* (owned): of BelfryRedisPattern, which the globs lead to */
  guint64 last_serial;
};

static void
append_literally (GString *glob, const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (strchr ("[]?\\*", text[i]) != NULL)
        g_string_append_c (glob, '\\');
      g_string_append_c (glob, text[i]);
    }
}

static gboolean
is_wild (const char *segment, gsize length)
{
  return length == 1 && (*segment == '*' || (*segment == '>' && segment[1] == '\0'));
}

char *
belfry_redis_glob_new (const char *prefix, const char *pattern)
{
  GString *glob = g_string_new (NULL);

  append_literally (glob, prefix, strlen (prefix));
  for (;;)
    {
      gsize length = belfry_topic_segment_length (pattern);

      if (is_wild (pattern, length))
        g_string_append_c (glob, '*');
      else
        append_literally (glob, pattern, length);
      pattern += length;
      if (*pattern == '\0')
        return g_string_free (glob, FALSE);
      g_string_append_c (glob, *pattern++);
    }
}

void
belfry_redis_want_wait (BelfryRedisWant *self, GTask *task)
{
  if (self->waiting == NULL)
    self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (self->waiting, g_object_ref (task));
}

void
belfry_redis_want_confirm (BelfryRedisWant *self)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->subscribed = TRUE;
  for (guint i = 0; waiting != NULL && i < waiting->len; i++)
    g_task_return_boolean (g_ptr_array_index (waiting, i), TRUE);
}

void
belfry_redis_want_refuse (BelfryRedisWant *self, const GError *error)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->subscribed = FALSE;
  self->refused = TRUE;
  for (guint i = 0; waiting != NULL && i < waiting->len; i++)
    g_task_return_error (g_ptr_array_index (waiting, i), g_error_copy (error));
}

void
belfry_redis_want_end (BelfryRedisWant *self)
{
  const GError error = { BELFRY_ERROR, BELFRY_ERROR_CLOSED,
                         (char *) "the subscription was given up" };

  if (self->waiting != NULL)
    belfry_redis_want_refuse (self, &error);
}

static void
free_topic (gpointer data)
{
  BelfryRedisTopic *topic = data;

  belfry_redis_want_end (&topic->want);
  g_clear_pointer (&topic->lane, belfry_redis_lane_free);
  g_free (topic);
}

static void
free_pattern (gpointer data)
{
  BelfryRedisPattern *pattern = data;

  belfry_redis_want_end (&pattern->want);
  g_free (pattern);
}

static void
free_glob (gpointer data)
{
  BelfryRedisGlob *glob = data;

  g_ptr_array_unref (glob->patterns);
  g_free (glob->name);
  g_free (glob);
}

BelfryRedisTopics *
belfry_redis_topics_new (const char *prefix)
{
  BelfryRedisTopics *self = g_new0 (BelfryRedisTopics, 1);

  self->prefix = g_strdup (prefix);
  self->names =
      g_hash_table_new_full (belfry_topic_key_hash, belfry_topic_key_equal, NULL, free_topic);
  self->globs = g_hash_table_new_full (belfry_hash_text, g_str_equal, NULL, free_glob);
  self->patterns = belfry_topic_tree_new ();
  return self;
}

void
belfry_redis_topics_free (BelfryRedisTopics *self)
{
  g_autoptr (GPtrArray) patterns = belfry_redis_topics_list_patterns (self);

  for (guint i = 0; i < patterns->len; i++)
    free_pattern (g_ptr_array_index (patterns, i));
  belfry_topic_tree_free (self->patterns);
  g_hash_table_unref (self->globs);
  g_hash_table_unref (self->names);
  g_free (self->prefix);
  g_free (self);
}

BelfryRedisTopic *
belfry_redis_topics_find (const BelfryRedisTopics *self, const BelfryTopicKey *key)
{
  return g_hash_table_lookup (self->names, key);
}

BelfryRedisPattern *
belfry_redis_topics_find_pattern (const BelfryRedisTopics *self, const char *pattern)
{
  return belfry_topic_tree_lookup (self->patterns, pattern);
}

BelfryRedisGlob *
belfry_redis_topics_find_glob (const BelfryRedisTopics *self, const char *name)
{
  return g_hash_table_lookup (self->globs, name);
}

BelfryRedisTopic *
belfry_redis_topics_add (BelfryRedisTopics *self, const char *name)
{
  gsize size = strlen (name) + 1;
  BelfryRedisTopic *topic = g_malloc0 (sizeof (BelfryRedisTopic) + size);

  memcpy (topic->name, name, size);
  topic->key = belfry_topic_key (topic->name);
  topic->want.serial = ++self->last_serial;
  g_hash_table_insert (self->names, &topic->key, topic);
  return topic;
}

static BelfryRedisGlob *
ensure_glob (BelfryRedisTopics *self, const char *pattern)
{
  g_autofree char *name = belfry_redis_glob_new (self->prefix, pattern);
  BelfryRedisGlob *glob = g_hash_table_lookup (self->globs, name);

  if (glob != NULL)
    return glob;
  glob = g_new0 (BelfryRedisGlob, 1);
  glob->name = g_steal_pointer (&name);
  glob->patterns = g_ptr_array_new ();
  g_hash_table_insert (self->globs, glob->name, glob);
  return glob;
}

BelfryRedisPattern *
belfry_redis_topics_add_pattern (BelfryRedisTopics *self, const char *name)
{
  gsize size = strlen (name) + 1;
  BelfryRedisPattern *pattern = g_malloc0 (sizeof (BelfryRedisPattern) + size);

  memcpy (pattern->name, name, size);
  pattern->glob = ensure_glob (self, name);
  pattern->want.serial = ++self->last_serial;
  g_ptr_array_add (pattern->glob->patterns, pattern);
  belfry_topic_tree_insert (self->patterns, name, pattern);
  return pattern;
}

void
belfry_redis_topics_remove (BelfryRedisTopics *self, BelfryRedisTopic *topic)
{
  g_hash_table_remove (self->names, &topic->key);
}

char *
belfry_redis_topics_remove_pattern (BelfryRedisTopics *self, BelfryRedisPattern *pattern)
{
  BelfryRedisGlob *glob = pattern->glob;
  char *name = NULL;

  belfry_topic_tree_remove (self->patterns, pattern->name);
  g_ptr_array_remove_fast (glob->patterns, pattern);
  free_pattern (pattern);
  if (glob->patterns->len > 0)
    return NULL;
  name = g_strdup (glob->name);
  g_hash_table_remove (self->globs, name);
  return name;
}

/* Of the globs whose patterns match, the first by name. Patterns that Redis finds matching, but
 * that do not match by our rules, have no part in this. */
static void
note_match (const char *name, gpointer value, gpointer user_data)
{
  const BelfryRedisPattern *pattern = value;
  const char **first = user_data;

  if (pattern->want.subscribed && (*first == NULL || strcmp (pattern->glob->name, *first) < 0))
    *first = pattern->glob->name;
}

static const char *
first_match (const BelfryRedisTopics *self, const char *name)
{
  const char *first = NULL;

  if (belfry_topic_tree_get_size (self->patterns) > 0)
    belfry_topic_tree_match (self->patterns, name, note_match, &first);
  return first;
}

gboolean
belfry_redis_topics_wants (const BelfryRedisTopics *self,
                           const BelfryRedisTopic *topic,
                           const char *name)
{
  return (topic != NULL && topic->want.subscribed) || first_match (self, name) != NULL;
}

gboolean
belfry_redis_topics_takes_from (const BelfryRedisTopics *self,
                                const BelfryRedisTopic *topic,
                                const char *name,
                                const char *glob)
{
  return (topic == NULL || !topic->want.subscribed) &&
         g_strcmp0 (first_match (self, name), glob) == 0;
}

GPtrArray *
belfry_redis_topics_list (const BelfryRedisTopics *self)
{
  GPtrArray *list = g_ptr_array_sized_new (g_hash_table_size (self->names));
  GHashTableIter iter;
  gpointer topic;

  g_hash_table_iter_init (&iter, self->names);
  while (g_hash_table_iter_next (&iter, NULL, &topic))
    g_ptr_array_add (list, topic);
  return list;
}

GPtrArray *
belfry_redis_topics_list_patterns (const BelfryRedisTopics *self)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->globs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      BelfryRedisGlob *glob = value;

      g_ptr_array_extend (list, glob->patterns, NULL, NULL);
    }
  return list;
}
