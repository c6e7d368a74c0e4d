/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryBenchListener:
 *
 * One connection to Redis that does nothing but subscribe: a socket and hiredis's reader, without
 * deadlines, bounds or a second attempt. It shares nothing with the service.
 */
typedef struct _BelfryBenchListener BelfryBenchListener;

/**
 * BelfryBenchPush:
 *
 * What Redis says of a channel.
 */
typedef struct
{
  const char *channel;   /* (unowned): ends with a NUL */
  const guint8 *payload; /* (unowned) (nullable): of a message; NULL if it confirms @channel */
  gsize length;
} BelfryBenchPush;

typedef void (*BelfryBenchPushFunc) (const BelfryBenchPush *push, gpointer user_data);

/**
 * belfry_bench_listener_new:
 * @port: of a Redis server on loopback
 *
 * Returns: (transfer full) (nullable): it, or %NULL with `errno`
 */
BelfryBenchListener *belfry_bench_listener_new (guint16 port);
void belfry_bench_listener_free (BelfryBenchListener *self);

/* To be watched for what can be read. */
int belfry_bench_listener_get_fd (const BelfryBenchListener *self);
gboolean belfry_bench_listener_subscribe (BelfryBenchListener *self, const char *channel);

/**
 * belfry_bench_listener_read:
 * @func: called for each push in what one read has brought
 *
 * Returns: %FALSE if Redis is gone, or makes no sense
 */
gboolean belfry_bench_listener_read (BelfryBenchListener *self,
                                     BelfryBenchPushFunc func,
                                     gpointer user_data);

G_END_DECLS
