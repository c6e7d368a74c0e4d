/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-test-redis.h"

G_BEGIN_DECLS

/**
 * BelfryTestCluster:
 *
 * A Redis cluster of a test's own: primaries that share the slots evenly, and replicas.
 */
typedef struct _BelfryTestCluster BelfryTestCluster;

/* Starts it, and waits until all its nodes agree. @n_replicas: of the first primary */
BelfryTestCluster *belfry_test_cluster_new (guint n_primaries, guint n_replicas);
void belfry_test_cluster_free (BelfryTestCluster *self);

/* Returns: (transfer none): primaries first */
BelfryTestRedis *belfry_test_cluster_get (BelfryTestCluster *self, guint index);

/* Returns: (transfer full): a URL that names the first two nodes and one that is none */
char *belfry_test_cluster_get_url (BelfryTestCluster *self);

/* Returns: which node has the slot of @name, before any has moved */
guint belfry_test_cluster_find (BelfryTestCluster *self, const char *name);

/* A slot moves in three steps: it is on its way, its keys go, and it is there. */
void belfry_test_cluster_begin_move (BelfryTestCluster *self, guint slot, guint from, guint to);
void belfry_test_cluster_move_keys (BelfryTestCluster *self, guint slot, guint from, guint to);
void belfry_test_cluster_end_move (BelfryTestCluster *self, guint slot, guint from, guint to);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestCluster, belfry_test_cluster_free)

G_END_DECLS
