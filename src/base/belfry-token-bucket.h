/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Microseconds in which a rate's tokens come. An hour is the longest, see the source. */
#define BELFRY_TOKENS_PER_SECOND G_GUINT64_CONSTANT (1000000)
#define BELFRY_TOKENS_PER_MINUTE (60 * BELFRY_TOKENS_PER_SECOND)
#define BELFRY_TOKENS_PER_HOUR (60 * BELFRY_TOKENS_PER_MINUTE)

/**
 * BelfryTokenBucket:
 *
 * Bounds how often something may happen, on average and in a burst. Embedded in what it guards, and
 * used on its thread; needs no clearing. Its fields are its own.
 */
typedef struct
{
  /*< private >*/
  guint64 credit; /* 1/period of a token each */
  gint64 updated;
  guint32 period;
  guint32 rate;
  guint32 burst;
} BelfryTokenBucket;

/**
 * belfry_token_bucket_init:
 * @self: what is to be set up
 * @rate: how many tokens come in a period; zero means that there is no limit
 * @period: one of the periods above, or any other number of microseconds up to an hour; more counts
 * as an hour, zero as one microsecond
 * @burst: how many tokens the bucket holds; zero counts as one
 * @now: microseconds of a clock that does not go back
 *
 * The bucket is full at the beginning.
 */
void belfry_token_bucket_init (BelfryTokenBucket *self,
                               guint32 rate,
                               guint64 period,
                               guint32 burst,
                               gint64 now);

/**
 * belfry_token_bucket_configure:
 *
 * Changes the limits, with arguments as of belfry_token_bucket_init(). What is in the bucket stays
 * there as far as the new @burst has room for it. A bucket that had no limit is full.
 */
void belfry_token_bucket_configure (BelfryTokenBucket *self,
                                    guint32 rate,
                                    guint64 period,
                                    guint32 burst,
                                    gint64 now);

/**
 * belfry_token_bucket_take:
 * @n: how many tokens
 * @now: the time; one that lies before an earlier call's counts as that
 *
 * Returns: whether there were @n tokens; they are gone then, and none are otherwise
 */
gboolean belfry_token_bucket_take (BelfryTokenBucket *self, guint32 n, gint64 now);

/**
 * belfry_token_bucket_wait:
 *
 * Returns: microseconds from @now until belfry_token_bucket_take() would succeed: zero if it would
 * now, %G_MAXINT64 if it never will, because @n is more than the bucket holds
 */
gint64 belfry_token_bucket_wait (BelfryTokenBucket *self, guint32 n, gint64 now);

G_END_DECLS
