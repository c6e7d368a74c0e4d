/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-connection"

#include "config.h"

#include "belfry-connection-private.h"

/* The sending half of a connection. What a turn brought is written with one call at the start of
 * the next one; a connection with more than that comes again, after the others. */

/* As many frames as one call writes: beyond that a call's own cost does not matter any more. */
#define MAX_VECTORS 64

static BelfrySendLimits
send_limits (const BelfryConnection *self, BelfrySendDropFunc dropped)
{
  const BelfryConnectionLimits *limits = belfry_connection_limits (self);

  return (BelfrySendLimits){ limits->send_queue, limits->send_exempt, dropped };
}

static void
tell_dropped (BelfryConnection *self, BelfryConnectionMetric metric, guint32 key)
{
  belfry_connection_host_count (self->host, metric, 1);
  if (self->handler->dropped != NULL)
    self->handler->dropped (self, key);
}

static void
on_dropped (guint32 key, gpointer user_data)
{
  tell_dropped (user_data, BELFRY_CONNECTION_METRIC_DROPPED_OLDEST, key);
}

void
belfry_connection_note_queued (BelfryConnection *self, gsize queued)
{
  if (queued == self->noted)
    return;
  belfry_metrics_gauge_add (self->host->slot,
                            self->host->metrics + BELFRY_CONNECTION_METRIC_QUEUED_BYTES,
                            (gint64) queued - (gint64) self->noted);
  self->noted = queued;
}

static void
written (BelfryConnection *self, gsize bytes)
{
  guint frames = belfry_send_queue_get_frames (&self->queue);

  belfry_send_queue_pop (&self->queue, bytes);
  if (!self->plain)
    belfry_send_queue_pin (&self->queue, belfry_transport_get_offered (self->transport));
  frames -= belfry_send_queue_get_frames (&self->queue);
  belfry_connection_host_count (self->host, BELFRY_CONNECTION_METRIC_FRAMES_SENT, frames);
  belfry_connection_host_count (self->host, BELFRY_CONNECTION_METRIC_BYTES_SENT, bytes);
}

/* Lower than where it stopped, so that it does not stop again at once. */
static void
unpause (BelfryConnection *self)
{
  gsize mark = belfry_connection_limits (self)->read_mark / 2;

  if (!self->queue_paused || belfry_send_queue_get_bytes (&self->queue) > mark)
    return;
  self->queue_paused = FALSE;
  belfry_connection_resume_reading (self);
}

/* Returns: how many bytes were written, -1 if the connection has ended */
static gssize
write_vectors (BelfryConnection *self, const struct iovec *vectors, guint n)
{
  g_autoptr (GError) error = NULL;
  gssize bytes = self->plain ? belfry_transport_writev_plain (self->watch.fd, vectors, n, &error)
                             : belfry_transport_writev (self->transport, vectors, n, &error);

  if (bytes >= 0)
    return bytes;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return 0;
  belfry_connection_end_lost (self, error->message);
  return -1;
}

/* Lets the connection be served at the start of the next turn. */
void
belfry_connection_wake (BelfryConnection *self)
{
  belfry_reactor_defer (self->host->reactor, &self->deferred);
}

gboolean
belfry_connection_push_control (BelfryConnection *self, guint opcode, GBytes *frame)
{
  const BelfrySendLimits limits = send_limits (self, NULL);

  belfry_connection_wake (self);
  return belfry_send_queue_push_control (&self->queue, &limits, frame, opcode, TRUE);
}

void
belfry_connection_flush (BelfryConnection *self)
{
  struct iovec vectors[MAX_VECTORS];
  gsize total;
  guint n = belfry_send_queue_fill (&self->queue, vectors, MAX_VECTORS, &total);

  if (n > 0)
    {
      gssize bytes = write_vectors (self, vectors, n);
      if (bytes < 0)
        return;
      written (self, (gsize) bytes);
      self->blocked = (gsize) bytes < total;
    }
  belfry_connection_note_queued (self, belfry_send_queue_get_bytes (&self->queue));
  gboolean empty = belfry_send_queue_is_empty (&self->queue);
  if (empty && self->peer_closed)
    {
      belfry_connection_end (self);
      return;
    }
  if (!empty && !self->blocked)
    belfry_connection_wake (self);
  unpause (self);
}

void
belfry_connection_expect_send (const BelfryConnection *self)
{
  __builtin_prefetch (self, 1);
  __builtin_prefetch (&self->queue, 1);
  __builtin_prefetch (&self->queue.few, 1);
}

BelfrySendResult
belfry_connection_send (BelfryConnection *self, GBytes *frame, const BelfrySendOptions *options)
{
  const BelfrySendLimits limits = send_limits (self, on_dropped);

  if (!belfry_connection_is_open (self))
    return BELFRY_SEND_QUEUED;
  BelfrySendResult result = belfry_send_queue_push (&self->queue, &limits, frame, options, self);
  if (result == BELFRY_SEND_OVERFLOW)
    belfry_connection_overflow (self);
  else if (result == BELFRY_SEND_DROPPED_NEWEST)
    tell_dropped (self, BELFRY_CONNECTION_METRIC_DROPPED_NEWEST, options->key);
  else if (!self->blocked)
    belfry_connection_wake (self);
  if (result == BELFRY_SEND_REPLACED && options->policy == BELFRY_SEND_CONFLATE)
    belfry_connection_host_count (self->host, BELFRY_CONNECTION_METRIC_CONFLATED, 1);
  if (self->blocked)
    belfry_connection_note_queued (self, belfry_send_queue_get_bytes (&self->queue));
  return result;
}

void
belfry_connection_drop_notices (BelfryConnection *self)
{
  belfry_send_queue_drop_notices (&self->queue);
}
