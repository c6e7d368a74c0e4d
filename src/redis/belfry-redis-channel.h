/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryRedisChannelKind:
 *
 * Two name spaces: a channel, and a pattern in Redis's own notation.
 */
typedef enum
{
  BELFRY_REDIS_CHANNEL,
  BELFRY_REDIS_PATTERN,
  BELFRY_REDIS_N_CHANNEL_KINDS,
} BelfryRedisChannelKind;

/* Bytes that a name may have: what waits to be subscribed to stays small. */
#define BELFRY_REDIS_CHANNEL_MAX 4096

G_END_DECLS
