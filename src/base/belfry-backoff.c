/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-backoff"

#include "config.h"

#include "belfry-backoff.h"

/* Exponential backoff with full jitter above a floor.
 *
 * When a broker comes back, every instance that lost it is waiting. Those that lost it at the same
 * moment have made the same number of attempts, so only the jitter keeps them apart: the wider it
 * is, the flatter the wave. Hence each delay is drawn from the whole range below the ceiling and
 * not from a narrow band around it. The floor keeps an unlucky draw from becoming a busy loop.
 * Jitter needs no secrecy, so a small generator of our own does: the state is 8 bytes, and a test
 * that knows the seed knows the delays. */

/* SplitMix64 (Steele, Lea, Flood 2014): a counter, and a mixer that makes each bit of the result
 * depend on each of the counter. */
static guint64
draw (guint64 *state)
{
  *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint64 mixed = *state;
  mixed = (mixed ^ (mixed >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  mixed = (mixed ^ (mixed >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return mixed ^ (mixed >> 31);
}

static gint64
doubled (gint64 ceiling, gint64 max)
{
  return ceiling > max / 2 ? max : 2 * ceiling;
}

void
belfry_backoff_init (BelfryBackoff *self, gint64 min, gint64 max, guint64 seed)
{
  self->min = MAX (min, 1);
  self->max = MAX (max, self->min);
  self->state = seed;
  belfry_backoff_reset (self);
}

gint64
belfry_backoff_next (BelfryBackoff *self)
{
  /* The remainder favours small values by less than one in a million for any delay of less than a
   * month: nothing beside the jitter itself. */
  guint64 range = (guint64) (self->ceiling - self->min) + 1;
  gint64 delay = self->min + (gint64) (draw (&self->state) % range);

  self->ceiling = doubled (self->ceiling, self->max);
  return delay;
}

void
belfry_backoff_reset (BelfryBackoff *self)
{
  self->ceiling = doubled (self->min, self->max);
}
