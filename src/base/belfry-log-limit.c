/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-log-limit"

#include "config.h"

#include "belfry-log-limit.h"

/* A bucket before a line. What is left out is said once a minute at the most, under the name of
 * those lines' own domain, and at their gravity, so that whoever sees the first sees the rest. */

static void
tell (BelfryLogLimit *self)
{
  guint64 n = self->n_suppressed;

  if (n == 0)
    return;
  self->n_suppressed = 0;
  if (belfry_log_enabled (self->level, self->domain))
    belfry_log_write (self->level, self->domain, __FILE__, G_STRINGIFY (__LINE__), G_STRFUNC, NULL,
                      "%" G_GUINT64_FORMAT " more like this: %s", n, self->what);
}

static void
on_deadline (BelfryDeadline *deadline, gpointer user_data)
{
  tell (user_data);
}

void
belfry_log_limit_init (BelfryLogLimit *self, BelfryDeadlineWheel *wheel, const char *what)
{
  *self = (BelfryLogLimit){ .wheel = wheel, .what = what };
  belfry_token_bucket_init (&self->bucket, BELFRY_LOG_LIMIT_RATE, BELFRY_TOKENS_PER_MINUTE,
                            BELFRY_LOG_LIMIT_BURST, belfry_deadline_wheel_now (wheel));
  belfry_deadline_init (&self->deadline, on_deadline, self);
}

void
belfry_log_limit_clear (BelfryLogLimit *self)
{
  belfry_deadline_cancel (&self->deadline);
  tell (self);
}

gboolean
belfry_log_limit_admit (BelfryLogLimit *self, BelfryLogLevel level, const char *domain)
{
  if (belfry_token_bucket_take (&self->bucket, 1, belfry_deadline_wheel_now (self->wheel)))
    return TRUE;
  self->level = self->n_suppressed == 0 ? level : MIN (self->level, level);
  self->domain = domain;
  self->n_suppressed++;
  if (!belfry_deadline_is_set (&self->deadline))
    belfry_deadline_wheel_set_after (self->wheel, &self->deadline, G_TIME_SPAN_MINUTE);
  return FALSE;
}
