/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-connection-host"

#include "config.h"

#include "belfry-connection-host.h"

#include "belfry-frame.h"

/* A worker's common ground for its connections. One read buffer serves all, because what is read is
 * looked at before anything else is. */

/* 2^32 divided by the golden ratio: multiples of it never crowd. */
#define GOLDEN_STEP 2654435769U

const BelfryMetricSpec belfry_connection_metrics[] = {
  [BELFRY_CONNECTION_METRIC_OPEN] = { "belfry_websocket_connections", BELFRY_METRIC_GAUGE,
                                      BELFRY_METRIC_UNIT_NONE, "Open WebSocket connections" },
  [BELFRY_CONNECTION_METRIC_OPENED] = { "belfry_websocket_opened", BELFRY_METRIC_COUNTER,
                                        BELFRY_METRIC_UNIT_NONE,
                                        "WebSocket connections that began" },
  [BELFRY_CONNECTION_METRIC_MESSAGES_RECEIVED] = { "belfry_websocket_messages_received",
                                                   BELFRY_METRIC_COUNTER, BELFRY_METRIC_UNIT_NONE,
                                                   "Messages received from clients" },
  [BELFRY_CONNECTION_METRIC_BYTES_RECEIVED] = { "belfry_websocket_received_bytes",
                                                BELFRY_METRIC_COUNTER, BELFRY_METRIC_UNIT_BYTES,
                                                "Bytes received from WebSocket clients" },
  [BELFRY_CONNECTION_METRIC_FRAMES_SENT] = { "belfry_websocket_frames_sent", BELFRY_METRIC_COUNTER,
                                             BELFRY_METRIC_UNIT_NONE, "Frames sent to clients" },
  [BELFRY_CONNECTION_METRIC_BYTES_SENT] = { "belfry_websocket_sent_bytes", BELFRY_METRIC_COUNTER,
                                            BELFRY_METRIC_UNIT_BYTES,
                                            "Bytes sent to WebSocket clients" },
  [BELFRY_CONNECTION_METRIC_QUEUED_BYTES] = { "belfry_websocket_queued_bytes", BELFRY_METRIC_GAUGE,
                                              BELFRY_METRIC_UNIT_BYTES,
                                              "Bytes that wait for clients who do not take them" },
  [BELFRY_CONNECTION_METRIC_DROPPED_OLDEST] = { "belfry_websocket_frames_dropped",
                                                BELFRY_METRIC_COUNTER,
                                                BELFRY_METRIC_UNIT_NONE,
                                                "Frames not sent because a client was too slow",
                                                { { "reason", "oldest" } } },
  [BELFRY_CONNECTION_METRIC_DROPPED_NEWEST] = { "belfry_websocket_frames_dropped",
                                                BELFRY_METRIC_COUNTER,
                                                BELFRY_METRIC_UNIT_NONE,
                                                "Frames not sent because a client was too slow",
                                                { { "reason", "newest" } } },
  [BELFRY_CONNECTION_METRIC_CONFLATED] = { "belfry_websocket_frames_dropped",
                                           BELFRY_METRIC_COUNTER,
                                           BELFRY_METRIC_UNIT_NONE,
                                           "Frames not sent because a client was too slow",
                                           { { "reason", "conflated" } } },
  [BELFRY_CONNECTION_METRIC_RATE_PAUSES] = { "belfry_websocket_rate_pauses", BELFRY_METRIC_COUNTER,
                                             BELFRY_METRIC_UNIT_NONE,
                                             "Times that a client was not read from because it sent "
                                             "too much" },
  [BELFRY_CONNECTION_METRIC_CLOSED_BY_PEER] = { "belfry_websocket_closed",
                                                BELFRY_METRIC_COUNTER,
                                                BELFRY_METRIC_UNIT_NONE,
                                                "Connections that ended",
                                                { { "by", "client" } } },
  [BELFRY_CONNECTION_METRIC_CLOSED_BY_US] = { "belfry_websocket_closed",
                                              BELFRY_METRIC_COUNTER,
                                              BELFRY_METRIC_UNIT_NONE,
                                              "Connections that ended",
                                              { { "by", "server" } } },
  [BELFRY_CONNECTION_METRIC_LOST] = { "belfry_websocket_closed",
                                      BELFRY_METRIC_COUNTER,
                                      BELFRY_METRIC_UNIT_NONE,
                                      "Connections that ended",
                                      { { "by", "nobody" } } },
};

BelfryConnectionHost *
belfry_connection_host_new (BelfryReactor *reactor,
                            BelfryDeadlineWheel *wheel,
                            BelfryClock *clock,
                            BelfryMetricsSlot *slot)
{
  BelfryConnectionHost *self = g_new0 (BelfryConnectionHost, 1);

  self->reactor = reactor;
  self->wheel = wheel;
  self->clock = g_object_ref (clock);
  self->slot = slot;
  self->metrics = belfry_metrics_get_base (slot->metrics, belfry_connection_metrics);
  belfry_log_limit_init (&self->ends, wheel, "a connection ended for a fault of its client");
  self->inflater = belfry_inflater_new ();
  self->ping = belfry_frame_new_simple (BELFRY_OPCODE_PING, NULL, 0);
  self->buffer = g_malloc (BELFRY_CONNECTION_READ_SIZE);
  return self;
}

void
belfry_connection_host_free (BelfryConnectionHost *self)
{
  belfry_log_limit_clear (&self->ends);
  g_clear_object (&self->clock);
  g_clear_pointer (&self->inflater, belfry_inflater_free);
  g_clear_pointer (&self->ping, g_bytes_unref);
  g_free (self->buffer);
  g_free (self);
}

gint64
belfry_connection_host_spread (BelfryConnectionHost *self, gint64 range)
{
  self->phase += GOLDEN_STEP;
  return (range >> 16) * (self->phase >> 16) + ((range & 0xFFFF) * (self->phase >> 16) >> 16);
}
