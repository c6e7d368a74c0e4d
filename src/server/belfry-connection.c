/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-connection"

#include "config.h"

#include "belfry-connection.h"

#include "belfry-connection-private.h"
#include "belfry-log.h"

/* The life of a connection: it opens, is closed by either side, waits a while for the other to
 * agree, and ends, once, however many reasons there are for that.
 *
 * All on the worker's thread. Never allocates for a message that is sent; while it is idle it is
 * this struct and its transport, and nothing else. */

/* There are tens of thousands of them. */
G_STATIC_ASSERT (sizeof (BelfryConnection) <= 640);

static void
update_watch (BelfryConnection *self)
{
  guint32 events = 0;

  if (self->state == BELFRY_CONNECTION_CLOSED)
    return;
  if (belfry_connection_may_read (self))
    events |= EPOLLIN;
  if (self->blocked)
    events |= EPOLLOUT;
  belfry_reactor_set_events (self->host->reactor, &self->watch, events);
}

static void
open_now (BelfryConnection *self)
{
  self->state = BELFRY_CONNECTION_OPEN;
  self->read_again = TRUE;
  self->handler->opened (self);
}

static void
on_deferred (BelfryDeferred *deferred)
{
  g_autoptr (BelfryConnection) self = belfry_connection_ref ((BelfryConnection *) deferred);

  if (self->state == BELFRY_CONNECTION_OPENING)
    open_now (self);
  if (self->read_again && self->state != BELFRY_CONNECTION_CLOSED)
    belfry_connection_read_turn (self);
  if (!self->blocked && self->state != BELFRY_CONNECTION_CLOSED)
    belfry_connection_flush (self);
  update_watch (self);
}

/* That there is room again means that the peer has taken something: it lives. A paused watch hears
 * of a hang-up only once; what is still to be read may wait, but an error ends all. */
static void
on_ready (BelfryWatch *watch, guint32 events)
{
  g_autoptr (BelfryConnection) self =
      belfry_connection_ref (G_STRUCT_MEMBER_P (watch, -G_STRUCT_OFFSET (BelfryConnection, watch)));

  if (watch->events == 0 && (events & EPOLLERR) != 0)
    belfry_connection_end_lost (self, "the connection was reset");
  if ((events & EPOLLOUT) != 0 || ((events & (EPOLLHUP | EPOLLERR)) != 0 && self->blocked))
    {
      belfry_connection_sign_of_life (self, belfry_clock_now (self->host->clock));
      belfry_connection_flush (self);
    }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && belfry_connection_may_read (self))
    belfry_connection_read_turn (self);
  update_watch (self);
}

static void
set_closing (BelfryConnection *self, guint code, const char *reason, guint delay)
{
  g_autoptr (GBytes) frame = self->one_way != NULL ? self->one_way->goodbye (code, reason, delay)
                                                   : belfry_close_frame (code, reason);

  self->state = BELFRY_CONNECTION_CLOSING;
  self->code = (guint16) code;
  self->reason = g_strdup (reason != NULL ? reason : "");
  self->rate_paused = self->queue_paused = FALSE;
  self->peer_closed |= self->one_way != NULL;
  self->closing_bytes = 0;
  self->close_by =
      belfry_clock_now (self->host->clock) + belfry_connection_limits (self)->close_timeout;
  if (!belfry_connection_push_control (self, BELFRY_OPCODE_CLOSE, frame))
    {
      belfry_send_queue_drop_waiting (&self->queue);
      belfry_connection_push_control (self, BELFRY_OPCODE_CLOSE, frame);
    }
  belfry_connection_arm (self);
}

/* What an operator can do something about has a message of its own. */
static const struct
{
  guint code;
  const char *message_id; /* (unowned) (nullable) */
  BelfryLogLevel level;
} ends[] = {
  { BELFRY_CLOSE_NORMAL, NULL, BELFRY_LOG_DEBUG },
  { BELFRY_CLOSE_GOING_AWAY, NULL, BELFRY_LOG_DEBUG },
  { BELFRY_CONNECTION_LOST, NULL, BELFRY_LOG_DEBUG },
  { BELFRY_CLOSE_RESTART, NULL, BELFRY_LOG_DEBUG },
  { BELFRY_CLOSE_PROTOCOL, BELFRY_MESSAGE_CLIENT_AT_FAULT, BELFRY_LOG_INFO },
  { BELFRY_CLOSE_WRONG_KIND, BELFRY_MESSAGE_CLIENT_AT_FAULT, BELFRY_LOG_INFO },
  { BELFRY_CLOSE_BAD_DATA, BELFRY_MESSAGE_CLIENT_AT_FAULT, BELFRY_LOG_INFO },
  { BELFRY_CLOSE_POLICY, BELFRY_MESSAGE_CLIENT_AT_FAULT, BELFRY_LOG_INFO },
  { BELFRY_CLOSE_TOO_BIG, BELFRY_MESSAGE_CLIENT_AT_FAULT, BELFRY_LOG_INFO },
  { BELFRY_CLOSE_SLOW_CONSUMER, BELFRY_MESSAGE_SLOW_CLIENT, BELFRY_LOG_INFO },
};

/* A peer's own words, and the code that it chose, are for the debugger: whoever reads the rest of
 * the log can trust it, and finds it not filled by peers either. */
static BelfryLogLevel
judge_end (const BelfryConnection *self, const char **message_id)
{
  if (self->closed_first)
    return BELFRY_LOG_DEBUG;
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      if (ends[i].code != self->code)
        continue;
      *message_id = ends[i].message_id;
      return ends[i].level;
    }
  return BELFRY_LOG_INFO;
}

static void
log_end (BelfryConnection *self)
{
  BelfryLogContext context = { 0 };
  BelfryLogLevel level = judge_end (self, &context.message_id);

  if (!belfry_log_enabled (level, G_LOG_DOMAIN) ||
      (level < BELFRY_LOG_DEBUG &&
       !belfry_log_limit_admit (&self->host->ends, level, G_LOG_DOMAIN)))
    return;
  if (self->handler->describe != NULL)
    self->handler->describe (self, &context);
  g_autofree char *reason = g_strescape (self->reason, NULL);
  belfry_log_event (level, &context, "Connection %s with %d: %s",
                    self->closed_first ? "closed by its peer" : "ended", self->code, reason);
}

static void
count_end (BelfryConnection *self)
{
  BelfryConnectionMetric metric = self->code == BELFRY_CONNECTION_LOST
                                      ? BELFRY_CONNECTION_METRIC_LOST
                                  : self->closed_first ? BELFRY_CONNECTION_METRIC_CLOSED_BY_PEER
                                                       : BELFRY_CONNECTION_METRIC_CLOSED_BY_US;

  belfry_connection_host_count (self->host, metric, 1);
  belfry_metrics_gauge_add (self->host->slot, self->host->metrics + BELFRY_CONNECTION_METRIC_OPEN,
                            -1);
}

static void
set_reason (BelfryConnection *self, guint code, const char *reason)
{
  if (!belfry_connection_is_open (self))
    return;
  self->code = (guint16) code;
  self->reason = g_strdup (reason != NULL ? reason : "");
}

/* Ends it, for the reason that it has by now. The descriptor is closed last: a peer that sees the
 * end and comes again at once finds its place among the connections free. */
void
belfry_connection_end (BelfryConnection *self)
{
  if (self->state == BELFRY_CONNECTION_CLOSED)
    return;
  g_autoptr (BelfryTransport) transport G_GNUC_UNUSED = g_steal_pointer (&self->transport);
  self->state = BELFRY_CONNECTION_CLOSED;
  belfry_reactor_remove (self->host->reactor, &self->watch);
  belfry_reactor_undefer (self->host->reactor, &self->deferred);
  belfry_deadline_cancel (&self->deadline);
  belfry_send_queue_clear (&self->queue);
  belfry_connection_note_queued (self, 0);
  belfry_frame_reader_clear (&self->reader);
  g_clear_pointer (&self->kept, g_free);
  self->kept_offset = self->kept_length = 0;
  count_end (self);
  log_end (self);
  self->handler->closed (self, self->code, self->reason);
  belfry_connection_unref (self);
}

void
belfry_connection_end_lost (BelfryConnection *self, const char *reason)
{
  set_reason (self, BELFRY_CONNECTION_LOST, reason);
  belfry_connection_end (self);
}

void
belfry_connection_begin_close (BelfryConnection *self, guint code, const char *reason)
{
  if (!belfry_connection_is_open (self))
    return;
  set_closing (self, code, reason, 0);
  belfry_connection_resume_reading (self);
}

/* What the peer has not taken by now it need not get any more, so that it hears why. */
void
belfry_connection_overflow (BelfryConnection *self)
{
  if (!belfry_connection_is_open (self))
    return;
  belfry_send_queue_drop_waiting (&self->queue);
  belfry_connection_begin_close (self, BELFRY_CLOSE_SLOW_CONSUMER, "too slow");
}

/* Who has sent a close frame takes nothing else any more. */
void
belfry_connection_echo_close (BelfryConnection *self, guint code, const char *reason)
{
  self->peer_closed = TRUE;
  if (belfry_connection_is_open (self))
    {
      self->closed_first = TRUE;
      belfry_send_queue_drop_waiting (&self->queue);
      set_closing (self, code, reason, 0);
    }
  belfry_connection_wake (self);
}

BelfryConnection *
belfry_connection_new (const BelfryConnectionParams *params,
                       BelfryTransport *transport,
                       GError **error)
{
  BelfryConnection *self = g_new0 (BelfryConnection, 1);

  self->watch.fd = -1;
  if (!belfry_reactor_add (params->host->reactor, &self->watch, belfry_transport_get_fd (transport),
                           EPOLLIN, on_ready, error))
    {
      belfry_transport_free (transport);
      g_free (self);
      return NULL;
    }
  self->refs = 2;
  self->host = params->host;
  self->settings = belfry_connection_settings_ref (params->settings);
  self->handler = params->handler;
  self->one_way = params->one_way;
  self->user_data = params->user_data;
  self->transport = transport;
  self->plain = !belfry_transport_is_tls (transport);
  self->deflate = params->deflate != NULL;
  if (self->deflate)
    self->terms = *params->deflate;
  self->deferred.func = on_deferred;
  belfry_frame_reader_init (&self->reader, BELFRY_FRAME_FROM_CLIENT, self->deflate);
  belfry_connection_start_time (self);
  belfry_metrics_gauge_add (self->host->slot, self->host->metrics + BELFRY_CONNECTION_METRIC_OPEN,
                            1);
  belfry_connection_host_count (self->host, BELFRY_CONNECTION_METRIC_OPENED, 1);
  belfry_connection_wake (self);
  return self;
}

BelfryConnection *
belfry_connection_ref (BelfryConnection *self)
{
  self->refs++;
  return self;
}

void
belfry_connection_unref (BelfryConnection *self)
{
  if (--self->refs > 0)
    return;
  g_clear_pointer (&self->settings, belfry_connection_settings_unref);
  g_free (self->reason);
  g_free (self);
}

void
belfry_connection_close (BelfryConnection *self, guint code, const char *reason)
{
  belfry_connection_begin_close (self, code, reason);
}

void
belfry_connection_close_for_restart (BelfryConnection *self, guint delay)
{
  g_autofree char *reason = g_strdup_printf ("restarting: reconnect after %u s", delay);

  if (!belfry_connection_is_open (self))
    return;
  set_closing (self, BELFRY_CLOSE_RESTART, reason, delay);
  belfry_connection_resume_reading (self);
}

void
belfry_connection_abort (BelfryConnection *self, guint code, const char *reason)
{
  set_reason (self, code, reason);
  belfry_connection_end (self);
}

void
belfry_connection_authenticated (BelfryConnection *self)
{
  if (belfry_connection_is_open (self))
    self->auth_by = 0;
}

void
belfry_connection_unauthenticated (BelfryConnection *self)
{
  const BelfryConnectionLimits *limits = belfry_connection_limits (self);

  if (limits->auth_timeout <= 0)
    return;
  self->auth_by = belfry_clock_now (self->host->clock) + limits->auth_timeout;
  belfry_connection_arm (self);
}

gpointer
belfry_connection_get_user_data (const BelfryConnection *self)
{
  return self->user_data;
}

gboolean
belfry_connection_is_open (const BelfryConnection *self)
{
  return self->state <= BELFRY_CONNECTION_OPEN;
}

const BelfryDeflateTerms *
belfry_connection_get_deflate (const BelfryConnection *self)
{
  return self->deflate ? &self->terms : NULL;
}

gsize
belfry_connection_get_held (const BelfryConnection *self)
{
  return belfry_send_queue_get_bytes (&self->queue) + belfry_send_queue_get_held (&self->queue) +
         belfry_frame_reader_get_held (&self->reader) + self->kept_length;
}
