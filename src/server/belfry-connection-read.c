/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-connection"

#include "config.h"

#include "belfry-connection-private.h"

/* The receiving half of a connection.
 *
 * A turn takes a bounded number of bytes and messages, then the others are due. What is read but
 * may not be looked at yet, because the turn is over or the peer has to wait, is kept: at the most
 * what one read brings. The rest waits in the socket, and thus at the peer. */

/* Handlers of one reader that return whether to go on return this. */
static gboolean
goes_on (BelfryConnection *self)
{
  return self->state == BELFRY_CONNECTION_CLOSING ||
         (belfry_connection_may_read (self) &&
          self->turn_messages < belfry_connection_limits (self)->turn_messages);
}

/* The bucket is full again: it has kept within its rate for a while. */
static void
forgive (BelfryConnection *self)
{
  guint32 burst = MAX (belfry_connection_limits (self)->message_burst, 1);

  if (self->limited_since != 0 &&
      belfry_token_bucket_wait (&self->bucket, burst, self->host->turn_time) == 0)
    self->limited_since = 0;
}

static void
pause_for (BelfryConnection *self, gint64 wait)
{
  gint64 patience = belfry_connection_limits (self)->rate_patience;

  if (self->limited_since == 0)
    self->limited_since = self->host->turn_time;
  if (self->host->turn_time - self->limited_since > patience)
    {
      belfry_connection_begin_close (self, BELFRY_CLOSE_POLICY, "too many messages");
      return;
    }
  self->rate_paused = TRUE;
  self->resume_at = self->host->turn_time + wait;
  belfry_connection_host_count (self->host, BELFRY_CONNECTION_METRIC_RATE_PAUSES, 1);
  belfry_connection_arm (self);
}

/* Every frame that is complete has its price, for a ping costs as much as a short message. The
 * price of the next must be there before it is looked at. */
static void
pay (BelfryConnection *self)
{
  forgive (self);
  belfry_token_bucket_take (&self->bucket, 1, self->host->turn_time);
  gint64 wait = belfry_token_bucket_wait (&self->bucket, 1, self->host->turn_time);
  if (wait > 0)
    pause_for (self, wait);
}

static gboolean
after_frame (BelfryConnection *self)
{
  if (self->state == BELFRY_CONNECTION_OPEN)
    {
      self->turn_messages++;
      pay (self);
      if (belfry_send_queue_get_bytes (&self->queue) > belfry_connection_limits (self)->read_mark)
        self->queue_paused = TRUE;
    }
  return goes_on (self);
}

static gboolean
on_message (const BelfryFrameMessage *message, gpointer user_data)
{
  BelfryConnection *self = user_data;

  if (self->state == BELFRY_CONNECTION_OPEN)
    {
      belfry_connection_host_count (self->host, BELFRY_CONNECTION_METRIC_MESSAGES_RECEIVED, 1);
      self->handler->message (self, message->opcode == BELFRY_OPCODE_TEXT, message->bytes,
                              message->length);
    }
  return after_frame (self);
}

/* Only the latest ping needs an answer, so that a flood of them leaves no more than one. */
static gboolean
on_ping (const guint8 *payload, gsize length, gpointer user_data)
{
  BelfryConnection *self = user_data;

  if (self->state == BELFRY_CONNECTION_OPEN)
    {
      g_autoptr (GBytes) pong = belfry_frame_new_simple (BELFRY_OPCODE_PONG, payload, length);

      if (!belfry_connection_push_control (self, BELFRY_OPCODE_PONG, pong))
        belfry_connection_overflow (self);
    }
  return after_frame (self);
}

static gboolean
on_pong (const guint8 *payload, gsize length, gpointer user_data)
{
  return after_frame (user_data);
}

static void
on_close (guint code, const guint8 *reason, gsize length, gpointer user_data)
{
  BelfryConnection *self = user_data;
  g_autofree char *text = g_strndup ((const char *) reason, length);

  belfry_connection_echo_close (self, code, text);
}

static void
on_error (guint code, const char *reason, gpointer user_data)
{
  belfry_connection_begin_close (user_data, code, reason);
}

static const BelfryFrameHandler frame_handler = { on_message, on_ping, on_pong, on_close,
                                                  on_error };

static gsize
feed (BelfryConnection *self, guint8 *bytes, gsize length)
{
  const BelfryConnectionLimits *limits = belfry_connection_limits (self);
  const BelfryFrameContext context = { .handler = &frame_handler,
                                       .inflater = self->host->inflater,
                                       .max_frame = limits->max_frame,
                                       .max_message = limits->max_message,
                                       .max_fragments = limits->max_fragments };

  if (self->one_way != NULL)
    {
      belfry_connection_begin_close (self, BELFRY_CLOSE_PROTOCOL, "nothing more was expected");
      return length;
    }
  return belfry_frame_reader_feed (&self->reader, &context, bytes, length, self);
}

/* Held by nobody else while it is fed, for the connection may end meanwhile. */
static void
take_kept (BelfryConnection *self)
{
  g_autofree guint8 *kept = g_steal_pointer (&self->kept);
  guint32 offset = self->kept_offset;
  guint32 length = self->kept_length;

  self->kept_offset = self->kept_length = 0;
  gsize used = feed (self, kept + offset, length - offset);
  if (used == length - offset || self->state == BELFRY_CONNECTION_CLOSED)
    return;
  self->kept = g_steal_pointer (&kept);
  self->kept_offset = offset + (guint32) used;
  self->kept_length = length;
}

static void
take_read (BelfryConnection *self, guint8 *bytes, gsize length)
{
  gsize used = feed (self, bytes, length);

  if (used == length || self->state == BELFRY_CONNECTION_CLOSED)
    return;
  self->kept = g_memdup2 (bytes + used, length - used);
  self->kept_length = (guint32) (length - used);
}

/* While we wait for a peer's close it may still send what it had not sent yet, but not for ever. */
static gboolean
count_read (BelfryConnection *self, gsize n)
{
  belfry_connection_sign_of_life (self, self->host->turn_time);
  belfry_connection_host_count (self->host, BELFRY_CONNECTION_METRIC_BYTES_RECEIVED, n);
  if (self->state != BELFRY_CONNECTION_CLOSING)
    return TRUE;
  self->closing_bytes += n;
  return self->closing_bytes <= belfry_connection_limits (self)->closing_bytes;
}

/* Returns: how many bytes were read; 0 if there are none now or the connection has ended */
static gsize
read_once (BelfryConnection *self)
{
  g_autoptr (GError) error = NULL;
  gssize n = belfry_transport_read (self->transport, self->host->buffer,
                                    BELFRY_CONNECTION_READ_SIZE, &error);

  if (n > 0 && count_read (self, (gsize) n))
    {
      take_read (self, self->host->buffer, (gsize) n);
      return (gsize) n;
    }
  if (n > 0)
    belfry_connection_end (self);
  else if (n == 0)
    belfry_connection_end_lost (self, "the peer is gone");
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    belfry_connection_end_lost (self, error->message);
  return 0;
}

gboolean
belfry_connection_may_read (const BelfryConnection *self)
{
  if (self->state == BELFRY_CONNECTION_CLOSING)
    return !self->peer_closed;
  return self->state == BELFRY_CONNECTION_OPEN && !self->rate_paused && !self->queue_paused &&
         !self->host->resting;
}

/* A plain socket tells again if there is more, so that a read which was not filled is the last. */
void
belfry_connection_read_turn (BelfryConnection *self)
{
  gsize left = belfry_connection_limits (self)->turn_bytes;

  self->host->turn_time = belfry_clock_now (self->host->clock);
  self->turn_messages = 0;
  self->read_again = FALSE;
  while (belfry_connection_may_read (self))
    {
      if (left == 0 || self->turn_messages >= belfry_connection_limits (self)->turn_messages)
        {
          belfry_connection_resume_reading (self);
          return;
        }
      if (self->kept != NULL)
        {
          take_kept (self);
          continue;
        }
      gboolean buffered = belfry_transport_is_buffered (self->transport);
      gsize n = read_once (self);
      if (n == 0 || (n < BELFRY_CONNECTION_READ_SIZE && !buffered))
        break;
      left -= MIN (left, n);
    }
  if (belfry_connection_may_read (self) && self->kept != NULL)
    belfry_connection_resume_reading (self);
}

/* What the descriptor does not tell of is looked for in the next turn. */
void
belfry_connection_resume_reading (BelfryConnection *self)
{
  if (self->kept != NULL || belfry_transport_is_buffered (self->transport))
    self->read_again = TRUE;
  belfry_connection_wake (self);
}
