/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryBackoff:
 *
 * How long to wait before the next attempt at something that keeps failing. Embedded in what does
 * the attempts, and used on its thread; needs no clearing. Its fields are its own.
 */
typedef struct
{
  /*< private >*/
  gint64 min;
  gint64 max;
  gint64 ceiling;
  guint64 state;
} BelfryBackoff;

/**
 * belfry_backoff_init:
 * @self: what is to be set up
 * @min: microseconds that every delay lasts at the least; less than one counts as one
 * @max: microseconds that no delay exceeds; less than @min counts as @min
 * @seed: a random number, so that no two instances wait alike
 *
 * The same seed gives the same delays.
 */
void belfry_backoff_init (BelfryBackoff *self, gint64 min, gint64 max, guint64 seed);

/**
 * belfry_backoff_next:
 *
 * Returns: microseconds to wait before the next attempt: evenly distributed from @min up to a
 * ceiling that begins at twice @min and doubles with each call until it is @max
 */
gint64 belfry_backoff_next (BelfryBackoff *self);

/**
 * belfry_backoff_reset:
 *
 * To be called after a success: the next delay is a short one again.
 */
void belfry_backoff_reset (BelfryBackoff *self);

G_END_DECLS
