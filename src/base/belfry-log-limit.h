/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-deadline-wheel.h"
#include "belfry-log.h"
#include "belfry-token-bucket.h"

G_BEGIN_DECLS

/* Lines of one kind that are written at once, and then each minute: enough to see what goes on, too
 * few to hide the rest of the log. */
#define BELFRY_LOG_LIMIT_BURST 10
#define BELFRY_LOG_LIMIT_RATE 10

/**
 * BelfryLogLimit:
 *
 * Bounds how often a line is written that strangers can cause. Embedded in what writes it, one for
 * each kind of line, and used on the thread of its wheel. Lines that are left out are counted, and
 * the count is written within a minute. Its fields are its own.
 */
typedef struct
{
  /*< private >*/
  BelfryDeadlineWheel *wheel; /* (unowned) */
  BelfryTokenBucket bucket;
  BelfryDeadline deadline;
  const char *what;   /* (unowned) */
  const char *domain; /* (unowned) (nullable): of the lines that were left out */
  guint64 n_suppressed;
  BelfryLogLevel level; /* the gravest of them */
} BelfryLogLimit;

/**
 * belfry_log_limit_init:
 * @wheel: tells the time; outlives it
 * @what: what the lines are about, in a few words; static
 */
void belfry_log_limit_init (BelfryLogLimit *self, BelfryDeadlineWheel *wheel, const char *what);

/**
 * belfry_log_limit_clear:
 *
 * Writes what is still to be said. May be called for one that is all zero.
 */
void belfry_log_limit_clear (BelfryLogLimit *self);

/**
 * belfry_log_limit_admit:
 * @domain: a string that is never freed
 *
 * Returns: whether to write a line now; counts it otherwise
 */
gboolean belfry_log_limit_admit (BelfryLogLimit *self, BelfryLogLevel level, const char *domain);

/**
 * belfry_log_limited:
 * @limit: a #BelfryLogLimit
 *
 * belfry_log_event() for a line that is limited.
 */
#define belfry_log_limited(limit, level, context, ...)                                             \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (belfry_log_enabled ((level), G_LOG_DOMAIN) &&                                              \
        belfry_log_limit_admit ((limit), (level), G_LOG_DOMAIN))                                   \
      belfry_log_write ((level), G_LOG_DOMAIN, __FILE__, G_STRINGIFY (__LINE__), G_STRFUNC,        \
                        (context), __VA_ARGS__);                                                   \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
