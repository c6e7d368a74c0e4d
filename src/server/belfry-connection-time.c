/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-connection"

#include "config.h"

#include "belfry-connection-private.h"

/* What happens to a connection because time passes. One deadline serves all: it is set to the
 * nearest, and what has passed is found when it fires. A deadline that moved away fires in vain
 * once, which costs less than moving it whenever a byte comes. */

/* By how much of its interval a ping may come early, so that connections that were opened or last
 * heard of together are not all asked at once. */
#define PING_SPREAD 4

/* Checks come in so many steps an interval, each for all that are due by then: what wakes up for
 * one connection could have served a hundred. */
#define PING_STEPS 128

static void
earliest (gint64 *nearest, gint64 when)
{
  if (when != 0 && (*nearest == 0 || when < *nearest))
    *nearest = when;
}

static gint64
ping_step (const BelfryConnection *self)
{
  return MAX (belfry_connection_limits (self)->ping_interval / PING_STEPS, 1);
}

/* In the last step that is not beyond the interval. */
static void
check_later (BelfryConnection *self)
{
  gint64 interval = belfry_connection_limits (self)->ping_interval;
  gint64 step = ping_step (self);
  gint64 spread = belfry_connection_host_spread (self->host, interval / PING_SPREAD - step);

  self->check_at = (self->heard + interval - spread) / step * step;
}

/* In the first step that is not before the timeout. */
static void
check_answer (BelfryConnection *self, gint64 now)
{
  gint64 step = ping_step (self);
  gint64 due = now + belfry_connection_limits (self)->ping_timeout;

  self->awaiting_pong = TRUE;
  self->check_at = (due + step - 1) / step * step;
}

static void
ping (BelfryConnection *self, gint64 now)
{
  if (!belfry_connection_push_control (self, BELFRY_OPCODE_PING, self->host->ping))
    {
      belfry_connection_overflow (self);
      return;
    }
  check_answer (self, now);
}

/* A stream has nothing to answer with: as long as it takes what it is sent it lives. */
static void
keep_alive (BelfryConnection *self, gint64 now)
{
  g_autoptr (GBytes) bytes = NULL;

  if (self->blocked && now - self->heard >= belfry_connection_limits (self)->ping_interval)
    {
      belfry_connection_end_lost (self, "it takes nothing");
      return;
    }
  bytes = self->one_way->keepalive ();
  belfry_connection_push_control (self, BELFRY_OPCODE_PING, bytes);
  if (!self->blocked)
    self->heard = now;

  gint64 step = ping_step (self);

  self->check_at = (now + belfry_connection_limits (self)->ping_interval) / step * step;
}

/* Any byte is a sign of life, not just a pong; so is what we have not yet allowed ourselves to
 * read. */
static void
check_life (BelfryConnection *self, gint64 now)
{
  gint64 silence = now - self->heard;
  gint64 interval = belfry_connection_limits (self)->ping_interval;

  if (self->rate_paused)
    belfry_connection_sign_of_life (self, now);
  else if (self->awaiting_pong)
    {
      belfry_connection_end_lost (self, "no answer to a ping");
      return;
    }
  if (silence >= interval - interval / PING_SPREAD && !self->rate_paused)
    ping (self, now);
  else
    check_later (self);
}

static void
check_open (BelfryConnection *self, gint64 now)
{
  if (self->auth_by != 0 && now >= self->auth_by)
    {
      belfry_connection_begin_close (self, BELFRY_CLOSE_AUTHENTICATION_TIMEOUT,
                                     "not signed in in time");
      return;
    }
  if (self->resume_at != 0 && now >= self->resume_at)
    {
      self->resume_at = 0;
      self->rate_paused = FALSE;
      belfry_connection_resume_reading (self);
    }
  if (self->check_at == 0 || now < self->check_at)
    return;
  if (self->one_way != NULL)
    keep_alive (self, now);
  else
    check_life (self, now);
}

static void
on_deadline (BelfryDeadline *deadline, gpointer user_data)
{
  g_autoptr (BelfryConnection) self = belfry_connection_ref (user_data);
  gint64 now = belfry_clock_now (self->host->clock);

  if (self->state != BELFRY_CONNECTION_CLOSING)
    check_open (self, now);
  else if (now >= self->close_by)
    belfry_connection_end (self);
  belfry_connection_arm (self);
}

void
belfry_connection_start_time (BelfryConnection *self)
{
  const BelfryConnectionLimits *limits = belfry_connection_limits (self);

  self->heard = belfry_clock_now (self->host->clock);
  belfry_token_bucket_init (&self->bucket, limits->message_rate, BELFRY_TOKENS_PER_SECOND,
                            limits->message_burst, self->heard);
  belfry_deadline_init (&self->deadline, on_deadline, self);
  if (limits->needs_authentication && limits->auth_timeout > 0)
    self->auth_by = self->heard + limits->auth_timeout;
  if (limits->ping_interval > 0)
    check_later (self);
  belfry_connection_arm (self);
}

void
belfry_connection_arm (BelfryConnection *self)
{
  gint64 nearest = 0;

  if (self->state == BELFRY_CONNECTION_CLOSED)
    return;
  if (self->state == BELFRY_CONNECTION_CLOSING)
    nearest = self->close_by;
  else
    {
      earliest (&nearest, self->auth_by);
      earliest (&nearest, self->resume_at);
      earliest (&nearest, self->check_at);
    }
  if (nearest != 0)
    belfry_deadline_wheel_set (self->host->wheel, &self->deadline, nearest);
}

void
belfry_connection_sign_of_life (BelfryConnection *self, gint64 now)
{
  self->heard = now;
  self->awaiting_pong = FALSE;
}
