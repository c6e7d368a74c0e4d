/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-token-bucket"

#include "config.h"

#include "belfry-token-bucket.h"

/* A token bucket in whole numbers.
 *
 * The unit is one period-th of a token: each microsecond brings `rate` units and a token costs
 * `period` of them. So nothing is ever rounded, and nothing drifts, be the rate one an hour or ten
 * million a second. The largest bucket is 2^32 - 1 tokens of 3.6e9 units, less than 2^64: that is
 * why a period is at most an hour. */

#define MAX_PERIOD BELFRY_TOKENS_PER_HOUR

G_STATIC_ASSERT (MAX_PERIOD <= G_MAXUINT32);
G_STATIC_ASSERT (G_MAXUINT64 / MAX_PERIOD >= G_MAXUINT32);

static guint64
price (const BelfryTokenBucket *self, guint32 n)
{
  return (guint64) n * self->period;
}

/* Time that does not pass brings nothing. A step back is not remembered: the same stretch of time
 * must not be paid for twice. */
static void
refill (BelfryTokenBucket *self, gint64 now)
{
  if (now <= self->updated)
    return;
  guint64 elapsed = (guint64) now - (guint64) self->updated;
  guint64 room = price (self, self->burst) - self->credit;

  self->updated = now;
  if (self->rate == 0 || elapsed > room / self->rate)
    self->credit += room;
  else
    self->credit += elapsed * self->rate;
}

static void
set_limits (BelfryTokenBucket *self, guint32 rate, guint64 period, guint32 burst)
{
  self->rate = rate;
  self->period = (guint32) CLAMP (period, 1, MAX_PERIOD);
  self->burst = MAX (burst, 1);
}

void
belfry_token_bucket_init (BelfryTokenBucket *self,
                          guint32 rate,
                          guint64 period,
                          guint32 burst,
                          gint64 now)
{
  set_limits (self, rate, period, burst);
  self->credit = price (self, self->burst);
  self->updated = now;
}

void
belfry_token_bucket_configure (BelfryTokenBucket *self,
                               guint32 rate,
                               guint64 period,
                               guint32 burst,
                               gint64 now)
{
  refill (self, now);
  gboolean had_limit = self->rate != 0;
  guint64 whole = self->credit / self->period;
  guint64 part = self->credit % self->period;
  guint64 old_period = self->period;

  set_limits (self, rate, period, burst);
  if (!had_limit || whole >= self->burst)
    self->credit = price (self, self->burst);
  else
    self->credit = price (self, (guint32) whole) + part * self->period / old_period;
}

gboolean
belfry_token_bucket_take (BelfryTokenBucket *self, guint32 n, gint64 now)
{
  if (self->rate == 0)
    return TRUE;
  refill (self, now);
  if (self->credit < price (self, n))
    return FALSE;
  self->credit -= price (self, n);
  return TRUE;
}

gint64
belfry_token_bucket_wait (BelfryTokenBucket *self, guint32 n, gint64 now)
{
  if (self->rate == 0)
    return 0;
  if (n > self->burst)
    return G_MAXINT64;
  refill (self, now);
  if (self->credit >= price (self, n))
    return 0;
  guint64 lacking = price (self, n) - self->credit;
  guint64 wait = (lacking - 1) / self->rate + 1;
  guint64 behind = now < self->updated ? (guint64) self->updated - (guint64) now : 0;
  return (gint64) MIN (MIN (wait, G_MAXINT64) + MIN (behind, G_MAXINT64), G_MAXINT64);
}
