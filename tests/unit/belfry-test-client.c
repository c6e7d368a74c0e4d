/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-client"

#include "config.h"

#include "belfry-test-client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-test.h"

/* The test kit's WebSocket client, which speaks wrongly if it is told to, and a worker that serves
 * it. */

void
belfry_test_worker_init (BelfryTestWorker *self)
{
  static const BelfryMetricTable table = { belfry_connection_metrics, BELFRY_CONNECTION_N_METRICS };
  g_autoptr (GError) error = NULL;

  self->clock = belfry_fake_clock_new ();
  self->reactor = belfry_reactor_new (NULL, &error);
  g_assert_no_error (error);
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->metrics = belfry_metrics_new (&table, 1);
  self->slot = belfry_metrics_slot_new (self->metrics);
  self->host = belfry_connection_host_new (self->reactor, self->wheel, BELFRY_CLOCK (self->clock),
                                           self->slot);
  belfry_connection_limits_init (&self->limits);
}

static gint64
get_gauge (BelfryTestWorker *self, BelfryConnectionMetric metric)
{
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (self->metrics);

  return belfry_metrics_snapshot_get_gauge (snapshot, metric);
}

gint64
belfry_test_worker_get_gauge (BelfryTestWorker *self)
{
  return get_gauge (self, BELFRY_CONNECTION_METRIC_OPEN);
}

guint64
belfry_test_worker_get_counter (BelfryTestWorker *self, BelfryConnectionMetric metric)
{
  g_autoptr (BelfryMetricsSnapshot) snapshot = belfry_metrics_snapshot (self->metrics);

  return belfry_metrics_snapshot_get_counter (snapshot, metric);
}

/* Nothing may be left when a test ends. */
void
belfry_test_worker_clear (BelfryTestWorker *self)
{
  g_assert_cmpint (belfry_test_worker_get_gauge (self), ==, 0);
  g_assert_cmpint (get_gauge (self, BELFRY_CONNECTION_METRIC_QUEUED_BYTES), ==, 0);
  g_assert_cmpuint (belfry_deadline_wheel_count (self->wheel), ==, 0);
  belfry_connection_host_free (self->host);
  belfry_deadline_wheel_free (self->wheel);
  belfry_reactor_free (self->reactor);
  belfry_metrics_slot_free (self->slot);
  belfry_metrics_unref (self->metrics);
  belfry_test_assert_finalizes (self->clock);
}

void
belfry_test_worker_advance (BelfryTestWorker *self, gint64 by)
{
  belfry_fake_clock_advance (self->clock, by);
  belfry_deadline_wheel_turn (self->wheel);
}

static void
on_opened (BelfryConnection *connection)
{
  BelfryTestClient *self = belfry_connection_get_user_data (connection);

  g_string_append (self->told, "opened ");
}

static void
on_message (BelfryConnection *connection, gboolean text, const guint8 *bytes, gsize length)
{
  BelfryTestClient *self = belfry_connection_get_user_data (connection);

  self->messages++;
  if (length < 64)
    g_string_append_printf (self->told, "%s:%.*s ", text ? "text" : "binary", (int) length, bytes);
  if (!self->echo)
    return;
  g_autoptr (GBytes) frame =
      belfry_frame_new_simple (text ? BELFRY_OPCODE_TEXT : BELFRY_OPCODE_BINARY, bytes, length);
  belfry_connection_send (connection, frame, NULL);
}

static void
on_dropped (BelfryConnection *connection, guint32 key)
{
  BelfryTestClient *self = belfry_connection_get_user_data (connection);

  g_string_append_printf (self->told, "dropped:%u ", key);
}

static void
on_closed (BelfryConnection *connection, guint code, const char *reason)
{
  BelfryTestClient *self = belfry_connection_get_user_data (connection);

  self->closed++;
  self->code = code;
  self->reason = g_strdup (reason);
  g_assert_cmpuint (belfry_connection_get_held (connection), ==, 0);
}

static void
on_describe (BelfryConnection *connection, BelfryLogContext *context)
{
  context->fields[0] = (BelfryLogField){ "SESSION", "a-session" };
  context->fields[1] = (BelfryLogField){ "PEER", "192.0.2.1" };
}

const BelfryConnectionHandler belfry_test_client_handler = { on_opened, on_message, on_dropped,
                                                             on_closed, on_describe };

void
belfry_test_client_start (BelfryTestClient *self,
                          BelfryTestWorker *worker,
                          const BelfryDeflateTerms *terms)
{
  g_autoptr (BelfryConnectionSettings) settings = belfry_connection_settings_new (&worker->limits);
  const BelfryConnectionParams params = { worker->host, settings, &belfry_test_client_handler, self,
                                          terms };
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
  *self = (BelfryTestClient){ .worker = worker, .fd = fds[1] };
  self->heard = g_string_new (NULL);
  self->told = g_string_new (NULL);
  belfry_frame_reader_init (&self->reader, BELFRY_FRAME_FROM_SERVER, terms != NULL);
  self->connection = belfry_connection_new (&params, belfry_transport_new (fds[0]), &error);
  g_assert_no_error (error);
}

static gboolean
heard_message (const BelfryFrameMessage *message, gpointer user_data)
{
  BelfryTestClient *self = user_data;

  if (message->length < 64)
    g_string_append_printf (self->heard, "%.*s ", (int) message->length, message->bytes);
  else
    g_string_append_printf (self->heard, "#%" G_GSIZE_FORMAT " ", message->length);
  return TRUE;
}

static gboolean
heard_ping (const guint8 *payload, gsize length, gpointer user_data)
{
  BelfryTestClient *self = user_data;

  g_string_append (self->heard, "ping ");
  return TRUE;
}

static gboolean
heard_pong (const guint8 *payload, gsize length, gpointer user_data)
{
  BelfryTestClient *self = user_data;

  g_string_append_printf (self->heard, "pong:%.*s ", (int) length, payload);
  return TRUE;
}

static void
heard_close (guint code, const guint8 *reason, gsize length, gpointer user_data)
{
  BelfryTestClient *self = user_data;

  g_string_append_printf (self->heard, "close:%u:%.*s ", code, (int) length, reason);
}

static void
heard_error (guint code, const char *reason, gpointer user_data)
{
  BelfryTestClient *self = user_data;

  g_string_append_printf (self->heard, "broken:%s ", reason);
}

static const BelfryFrameHandler client_handler = { heard_message, heard_ping, heard_pong,
                                                   heard_close, heard_error };

/* The client takes what is there for it, at the most @max bytes. */
void
belfry_test_client_receive (BelfryTestClient *self, gsize max)
{
  const BelfryFrameContext context = { &client_handler, self->worker->host->inflater, G_MAXINT32,
                                       G_MAXINT32, 1000 };
  g_autofree guint8 *buffer = g_malloc (65536);

  while (self->fd >= 0 && max > 0)
    {
      gssize n = recv (self->fd, buffer, MIN (max, 65536), MSG_DONTWAIT);

      if (n <= 0)
        {
          self->ended |= n == 0 || errno != EAGAIN;
          return;
        }
      max -= (gsize) n;
      belfry_frame_reader_feed (&self->reader, &context, buffer, (gsize) n, self);
    }
}

void
belfry_test_turns (void)
{
  for (int i = 0; i < 4; i++)
    g_main_context_iteration (NULL, FALSE);
}

/* A few turns, in which the client takes what comes. */
void
belfry_test_client_settle (BelfryTestClient *self)
{
  for (int i = 0; i < 8; i++)
    {
      belfry_test_turns ();
      belfry_test_client_receive (self, G_MAXSIZE);
    }
}

void
belfry_test_client_send_bytes (BelfryTestClient *self, gconstpointer bytes, gsize length)
{
  gssize n = send (self->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);

  g_assert_cmpint (n, ==, (gssize) length);
}

GBytes *
belfry_test_client_frame (guint opcode, gboolean fin, gconstpointer payload, gsize length)
{
  const BelfryFrameHeader header = { .opcode = opcode & 0xF,
                                     .fin = fin ? 1 : 0,
                                     .masked = 1,
                                     .length = length,
                                     .mask = { 1, 2, 3, 4 } };

  return belfry_frame_new (&header, payload);
}

void
belfry_test_client_send (BelfryTestClient *self, guint opcode, const char *payload, gsize length)
{
  g_autoptr (GBytes) frame = belfry_test_client_frame (opcode, TRUE, payload, length);

  belfry_test_client_send_bytes (self, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

void
belfry_test_client_say (BelfryTestClient *self, const char *text)
{
  belfry_test_client_send (self, BELFRY_OPCODE_TEXT, text, strlen (text));
}

/* All at once, for a socket takes few small pieces. What it does not take is not sent. */
void
belfry_test_client_send_many (BelfryTestClient *self, guint opcode, const char *text, guint n)
{
  g_autoptr (GBytes) frame = belfry_test_client_frame (opcode, TRUE, text, strlen (text));
  g_autoptr (GByteArray) all = g_byte_array_new ();

  for (guint i = 0; i < n; i++)
    g_byte_array_append (all, g_bytes_get_data (frame, NULL), (guint) g_bytes_get_size (frame));
  gssize sent = send (self->fd, all->data, all->len, MSG_NOSIGNAL | MSG_DONTWAIT);
  g_assert_true (sent == (gssize) all->len || (sent < 0 && errno == EAGAIN));
}

void
belfry_test_client_close (BelfryTestClient *self, guint code, const char *reason)
{
  guint8 payload[BELFRY_FRAME_CONTROL_MAX];
  gsize length = belfry_close_encode (code, reason, payload);

  belfry_test_client_send (self, BELFRY_OPCODE_CLOSE, (const char *) payload, length);
}

void
belfry_test_client_vanish (BelfryTestClient *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

/* The connection must have ended by now, once; nothing of it is left. */
void
belfry_test_client_clear (BelfryTestClient *self)
{
  if (self->closed == 0)
    belfry_connection_abort (self->connection, 1001, "the test is over");
  g_assert_cmpuint (self->closed, ==, 1);
  belfry_connection_abort (self->connection, 1001, "twice");
  belfry_connection_close (self->connection, 1001, "thrice");
  g_assert_cmpuint (self->closed, ==, 1);
  belfry_connection_unref (self->connection);
  belfry_test_client_vanish (self);
  belfry_frame_reader_clear (&self->reader);
  g_string_free (self->heard, TRUE);
  g_string_free (self->told, TRUE);
  g_free (self->reason);
}

void
belfry_test_client_tell (BelfryTestClient *self, const char *text, const BelfrySendOptions *options)
{
  g_autoptr (GBytes) frame = belfry_frame_new_simple (BELFRY_OPCODE_TEXT, text, strlen (text));

  belfry_connection_send (self->connection, frame, options);
}
