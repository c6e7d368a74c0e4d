/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryTopicTree:
 *
 * Patterns with a value each, found by the topics that they match, without looking at patterns that
 * cannot. Belongs to one thread; while nobody changes it, any may look up and match.
 */
typedef struct _BelfryTopicTree BelfryTopicTree;

typedef void (*BelfryTopicTreeFunc) (const char *pattern, gpointer value, gpointer user_data);

BelfryTopicTree *belfry_topic_tree_new (void);
void belfry_topic_tree_free (BelfryTopicTree *self);

/**
 * belfry_topic_tree_insert:
 * @pattern: a pattern or a name, valid
 * @value: (transfer none): not %NULL
 *
 * Returns: (nullable): the value that stood there and is replaced
 */
gpointer belfry_topic_tree_insert (BelfryTopicTree *self, const char *pattern, gpointer value);
gpointer belfry_topic_tree_lookup (const BelfryTopicTree *self, const char *pattern);

/* Returns: (nullable): the value that is taken out */
gpointer belfry_topic_tree_remove (BelfryTopicTree *self, const char *pattern);
guint belfry_topic_tree_get_size (const BelfryTopicTree *self);

/**
 * belfry_topic_tree_match:
 * @topic: a name, valid
 * @func: called for each pattern that matches, in no order; must not change the tree
 */
void belfry_topic_tree_match (const BelfryTopicTree *self,
                              const char *topic,
                              BelfryTopicTreeFunc func,
                              gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTopicTree, belfry_topic_tree_free)

G_END_DECLS
