/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryRedisChannelKind:
 *
 * Three name spaces: a channel; a pattern in Redis's own notation; and a channel that one node of a
 * cluster has, that of its slot. To the net the last means both a channel and such a one, so that
 * what is published either way comes.
 */
typedef enum
{
  BELFRY_REDIS_CHANNEL,
  BELFRY_REDIS_PATTERN,
  BELFRY_REDIS_SHARD,
  BELFRY_REDIS_N_CHANNEL_KINDS,
} BelfryRedisChannelKind;

/* Bytes that a name may have: what waits to be subscribed to stays small. */
#define BELFRY_REDIS_CHANNEL_MAX 4096

G_END_DECLS
