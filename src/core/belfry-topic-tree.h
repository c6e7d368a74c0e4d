/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryTopicTree:
 *
 * Patterns with a value each, found by the topics that they match, at a cost that depends on the
 * number of segments, not of patterns. Belongs to one thread.
 */
typedef struct _BelfryTopicTree BelfryTopicTree;

typedef void (*BelfryTopicTreeFunc) (const char *pattern, gpointer value, gpointer user_data);

BelfryTopicTree *belfry_topic_tree_new (void);
void belfry_topic_tree_free (BelfryTopicTree *self);

/* Returns: (nullable): the value that stood there and is replaced */
gpointer belfry_topic_tree_insert (BelfryTopicTree *self, const char *pattern, gpointer value);
gpointer belfry_topic_tree_lookup (BelfryTopicTree *self, const char *pattern);

/* Returns: (nullable): the value that is taken out */
gpointer belfry_topic_tree_remove (BelfryTopicTree *self, const char *pattern);
guint belfry_topic_tree_get_size (BelfryTopicTree *self);

/**
 * belfry_topic_tree_match:
 * @func: called for each pattern that matches, in no order; must not change the tree
 */
void belfry_topic_tree_match (BelfryTopicTree *self,
                              const char *topic,
                              BelfryTopicTreeFunc func,
                              gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTopicTree, belfry_topic_tree_free)

G_END_DECLS
