/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-topic-tree"

#include "config.h"

#include "belfry-topic-tree.h"

#include <string.h>

#include "belfry-topic.h"

/* A tree with a node for each segment. A node's token is its segment with the separator before it,
 * so that "a.b" and "a:b" are two ways. Children are kept in order and found by halving: that is
 * smaller than a hash table, and nobody who chooses names can make it slow.
 *
 * The walk goes down once for each segment. A topic has at most 255 bytes, and therefore at most
 * 256 segments, which bounds the recursion; and however patterns are chosen, no node is visited
 * twice. */

typedef struct _Node Node;

struct _Node
{
  Node *parent;        /* (unowned) (nullable) */
  GPtrArray *children; /* (element-type Node) (owned) (nullable): by their tokens */
  char *pattern;       /* (owned) (nullable): set if there is a value */
  gpointer value;      /* (unowned) (nullable) */
  guint8 length;
  char token[]; /* of that length, without a NUL */
};
G_STATIC_ASSERT (BELFRY_TOPIC_MAX <= G_MAXUINT8);

struct _BelfryTopicTree
{
  Node *root; /* (owned) */
  guint size;
};

typedef struct
{
  BelfryTopicTreeFunc func; /* (unowned) */
  gpointer user_data;       /* (unowned) (nullable) */
} Match;

static Node *
node_new (Node *parent, const char *token, gsize length)
{
  Node *self = g_malloc0 (sizeof (Node) + length);

  self->parent = parent;
  self->length = (guint8) length;
  memcpy (self->token, token, length);
  return self;
}

static void
node_free (Node *self)
{
  g_clear_pointer (&self->children, g_ptr_array_unref);
  g_free (self->pattern);
  g_free (self);
}

static int
compare_token (const Node *node, const char *token, gsize length)
{
  int order = memcmp (node->token, token, MIN (node->length, length));

  return order != 0 ? order : (int) node->length - (int) length;
}

/* Returns whether there is a child with that token, and its place, or where it would be. */
static gboolean
find_child (const Node *self, const char *token, gsize length, guint *place)
{
  guint low = 0;
  guint high = self->children != NULL ? self->children->len : 0;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      int order = compare_token (g_ptr_array_index (self->children, middle), token, length);

      *place = middle;
      if (order == 0)
        return TRUE;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  *place = low;
  return FALSE;
}

static Node *
get_child (const Node *self, const char *token, gsize length)
{
  guint place;

  return find_child (self, token, length, &place) ? g_ptr_array_index (self->children, place)
                                                  : NULL;
}

static Node *
ensure_child (Node *self, const char *token, gsize length)
{
  guint place;

  if (find_child (self, token, length, &place))
    return g_ptr_array_index (self->children, place);
  if (self->children == NULL)
    self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) node_free);
  Node *child = node_new (self, token, length);
  g_ptr_array_insert (self->children, (int) place, child);
  return child;
}

static void
remove_child (Node *self, const Node *child)
{
  guint place;

  if (!find_child (self, child->token, child->length, &place))
    return;
  g_ptr_array_remove_index (self->children, place);
  if (self->children->len == 0)
    g_clear_pointer (&self->children, g_ptr_array_unref);
}

/* How long the token is that @rest begins with: a separator, but at the very start, and a segment.
 */
static gsize
token_length (const char *rest, gboolean first)
{
  return first ? belfry_topic_segment_length (rest) : 1 + belfry_topic_segment_length (rest + 1);
}

static Node *
find_node (const BelfryTopicTree *self, const char *pattern)
{
  Node *node = self->root;
  gboolean first = TRUE;

  do
    {
      gsize length = token_length (pattern, first);

      node = get_child (node, pattern, length);
      pattern += length;
      first = FALSE;
    }
  while (node != NULL && *pattern != '\0');
  return node != NULL && node->pattern != NULL ? node : NULL;
}

static void
report (const Match *match, const Node *node)
{
  if (node != NULL && node->pattern != NULL)
    match->func (node->pattern, node->value, match->user_data);
}

static void
walk (const Node *node, const Match *match, const char *rest, gboolean first)
{
  if (node == NULL)
    return;
  if (!first && *rest == '\0')
    {
      report (match, node);
      return;
    }
  if (node->children == NULL)
    return;
  gsize length = token_length (rest, first);
  char wild[] = { *rest, '*' };
  gsize start = first ? 1 : 0;
  char last = length == 2 - start ? rest[length - 1] : '\0';
  if (last != '*' && last != '>')
    walk (get_child (node, rest, length), match, rest + length, FALSE);
  walk (get_child (node, wild + start, sizeof wild - start), match, rest + length, FALSE);
  wild[1] = '>';
  report (match, get_child (node, wild + start, sizeof wild - start));
}

/* Gives back the nodes that lead nowhere any more. */
static void
prune (Node *node)
{
  while (node->parent != NULL && node->pattern == NULL && node->children == NULL)
    {
      Node *parent = node->parent;

      remove_child (parent, node);
      node = parent;
    }
}

BelfryTopicTree *
belfry_topic_tree_new (void)
{
  BelfryTopicTree *self = g_new0 (BelfryTopicTree, 1);

  self->root = node_new (NULL, "", 0);
  return self;
}

void
belfry_topic_tree_free (BelfryTopicTree *self)
{
  node_free (self->root);
  g_free (self);
}

gpointer
belfry_topic_tree_insert (BelfryTopicTree *self, const char *pattern, gpointer value)
{
  g_return_val_if_fail (value != NULL, NULL);
  g_return_val_if_fail (strlen (pattern) <= BELFRY_TOPIC_MAX, NULL);

  Node *node = self->root;
  const char *rest = pattern;
  gboolean first = TRUE;
  do
    {
      gsize length = token_length (rest, first);

      node = ensure_child (node, rest, length);
      rest += length;
      first = FALSE;
    }
  while (*rest != '\0');
  gpointer before = g_steal_pointer (&node->value);
  node->value = value;
  if (node->pattern == NULL)
    {
      node->pattern = g_strdup (pattern);
      self->size++;
    }
  return before;
}

gpointer
belfry_topic_tree_lookup (const BelfryTopicTree *self, const char *pattern)
{
  const Node *node = find_node (self, pattern);

  return node != NULL ? node->value : NULL;
}

gpointer
belfry_topic_tree_remove (BelfryTopicTree *self, const char *pattern)
{
  Node *node = find_node (self, pattern);

  if (node == NULL)
    return NULL;
  gpointer value = g_steal_pointer (&node->value);
  g_clear_pointer (&node->pattern, g_free);
  self->size--;
  prune (node);
  return value;
}

guint
belfry_topic_tree_get_size (const BelfryTopicTree *self)
{
  return self->size;
}

void
belfry_topic_tree_match (const BelfryTopicTree *self,
                         const char *topic,
                         BelfryTopicTreeFunc func,
                         gpointer user_data)
{
  const Match match = { func, user_data };

  g_return_if_fail (strlen (topic) <= BELFRY_TOPIC_MAX);

  walk (self->root, &match, topic, TRUE);
}
