/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-connection"

#include "config.h"

#include "belfry-connection-private.h"
#include "belfry-error.h"

/* From one image of the program to the next: what of a connection is written down, and how it goes
 * on. Times are the monotonic clock's, which goes on, too. The rate begins anew, and so does what
 * is only a matter of this turn. */

/* No deadline of a connection is further away. */
#define MAX_AHEAD G_TIME_SPAN_DAY

/* What RFC 7692 lets two sides agree on. */
#define MIN_WINDOW 8
#define MAX_WINDOW 15

/* What is made before the connection is. */
typedef struct
{
  gboolean opened;
  gboolean deflate;
  BelfryDeflateTerms terms;
  gint64 heard;
  gint64 check_at;
  gint64 auth_by;
  gboolean awaiting_pong;
} Saved;

static gint64
read_time (BelfryStateReader *reader, gint64 latest)
{
  gint64 time = belfry_state_get_i64 (reader);

  return CLAMP (time, 0, latest);
}

static void
read_saved (Saved *saved, BelfryStateReader *reader, gint64 now)
{
  *saved = (Saved){ 0 };
  saved->opened = belfry_state_get_u8 (reader) != 0;
  saved->deflate = belfry_state_get_u8 (reader) != 0;
  saved->terms.window_bits = belfry_state_get_u8 (reader);
  if (saved->deflate &&
      (saved->terms.window_bits < MIN_WINDOW || saved->terms.window_bits > MAX_WINDOW))
    belfry_state_reader_fail (reader);
  saved->heard = read_time (reader, now);
  saved->check_at = read_time (reader, now + MAX_AHEAD);
  saved->auth_by = read_time (reader, now + MAX_AHEAD);
  saved->awaiting_pong = belfry_state_get_u8 (reader) != 0;
}

static void
restore_kept (BelfryConnection *self, BelfryStateReader *reader)
{
  gsize length;
  const guint8 *kept = belfry_state_get_bytes (reader, &length);

  if (length > BELFRY_CONNECTION_READ_SIZE)
    belfry_state_reader_fail (reader);
  if (length == 0 || !belfry_state_reader_is_good (reader))
    return;
  self->kept = g_memdup2 (kept, length);
  self->kept_length = (guint32) length;
}

/* What is switched off now stays so. */
static void
restore_time (BelfryConnection *self, const Saved *saved)
{
  const BelfryConnectionLimits *limits = belfry_connection_limits (self);

  self->heard = saved->heard;
  self->auth_by = limits->auth_timeout > 0 ? saved->auth_by : 0;
  if (limits->ping_interval > 0 && saved->check_at > 0)
    {
      self->check_at = saved->check_at;
      self->awaiting_pong = saved->awaiting_pong ? 1 : 0;
    }
  belfry_connection_arm (self);
}

void
belfry_connection_rest (BelfryConnection *self)
{
  belfry_connection_wake (self);
}

void
belfry_connection_rouse (BelfryConnection *self)
{
  belfry_connection_resume_reading (self);
}

gboolean
belfry_connection_can_rest (const BelfryConnection *self)
{
  return self->plain && self->one_way == NULL;
}

gboolean
belfry_connection_can_move (const BelfryConnection *self)
{
  return belfry_connection_can_rest (self) && belfry_connection_is_open (self) &&
         !belfry_transport_is_buffered (self->transport);
}

gboolean
belfry_connection_is_cut (const BelfryConnection *self)
{
  return belfry_send_queue_is_cut (&self->queue);
}

int
belfry_connection_get_fd (const BelfryConnection *self)
{
  return self->watch.fd;
}

void
belfry_connection_save (BelfryConnection *self, BelfryStateWriter *writer)
{
  belfry_state_put_u8 (writer, self->state == BELFRY_CONNECTION_OPEN);
  belfry_state_put_u8 (writer, self->deflate);
  belfry_state_put_u8 (writer, self->terms.window_bits);
  belfry_state_put_i64 (writer, self->heard);
  belfry_state_put_i64 (writer, self->check_at);
  belfry_state_put_i64 (writer, self->auth_by);
  belfry_state_put_u8 (writer, self->awaiting_pong);
  belfry_frame_reader_save (&self->reader, writer);
  belfry_state_put_bytes (writer, self->kept != NULL ? self->kept + self->kept_offset : NULL,
                          self->kept_length - self->kept_offset);
  belfry_send_queue_save (&self->queue, writer);
}

BelfryConnection *
belfry_connection_restore (const BelfryConnectionParams *params,
                           int fd,
                           BelfryStateReader *reader,
                           GError **error)
{
  BelfryConnectionParams whole = *params;
  Saved saved;

  read_saved (&saved, reader, belfry_clock_now (params->host->clock));
  if (!belfry_state_reader_is_good (reader))
    saved.deflate = FALSE;
  whole.deflate = saved.deflate ? &saved.terms : NULL;
  BelfryConnection *self = belfry_connection_new (&whole, belfry_transport_new (fd), error);
  if (self == NULL)
    return NULL;
  belfry_frame_reader_restore (&self->reader, reader);
  restore_kept (self, reader);
  belfry_send_queue_restore (&self->queue, reader);
  restore_time (self, &saved);
  if (saved.opened)
    self->state = BELFRY_CONNECTION_OPEN;
  self->read_again = TRUE;
  return self;
}
