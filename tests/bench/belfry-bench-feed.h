/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-load.h"

G_BEGIN_DECLS

/**
 * BelfryBenchFeed:
 *
 * A process that publishes through Redis to topics that have one subscriber each.
 */
typedef struct _BelfryBenchFeed BelfryBenchFeed;

/**
 * belfry_bench_feed_new:
 * @port: of a Redis server on loopback
 * @prefix: of the topics' names, to which a number is appended, from 0
 * @first: how many messages each topic has had from others before
 */
BelfryBenchFeed *belfry_bench_feed_new (guint16 port,
                                        const char *prefix,
                                        guint n_topics,
                                        guint first,
                                        GError **error);
void belfry_bench_feed_free (BelfryBenchFeed *self);

/**
 * belfry_bench_feed_run:
 * @load: (transfer none): the subscribers, one for each topic
 * @rounds: how many messages each topic gets
 * @rate: messages a second, of all topics together; 0 for as many as Redis takes
 *
 * Returns: whether all came, once and in order, before the deadline
 */
gboolean belfry_bench_feed_run (BelfryBenchFeed *self,
                                BelfryLoad *load,
                                guint rounds,
                                guint rate,
                                gint64 deadline,
                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryBenchFeed, belfry_bench_feed_free)

G_END_DECLS
