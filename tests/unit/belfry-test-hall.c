/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-hall"

#include "config.h"

#include "belfry-test-hall.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-echo.h"
#include "belfry-speaker.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

/* The test kit of what stands between connections and sessions. */

/* Of what was heard, if it was not what was expected. */
#define SHOWN 300

static const BelfryEndpointHandler *const handlers[BELFRY_CONFIG_N_DIALECTS] = {
  [BELFRY_CONFIG_DIALECT_ACTION] = &belfry_speaker_handler,
  [BELFRY_CONFIG_DIALECT_ECHO] = &belfry_echo_handler,
  [BELFRY_CONFIG_DIALECT_TYPED] = &belfry_speaker_handler,
};

void
belfry_test_hall_init (BelfryTestHall *self, const char *config_text)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (config_text);
  g_autoptr (GError) error = NULL;

  *self = (BelfryTestHall){ 0 };
  belfry_test_core_init (&self->core, config_text);
  belfry_test_worker_init (&self->desk);
  self->settings = belfry_worker_settings_new (config, handlers, &error);
  g_assert_no_error (error);
  self->shared = (BelfryWorkerShared){
    .clock = BELFRY_CLOCK (self->desk.clock),
    .metrics = self->desk.metrics,
    .addresses = belfry_addresses_new (),
  };
  self->worker = belfry_worker_new (0, &self->shared, self->settings, g_ptr_array_new ());
  self->reception = (BelfryReception){
    .worker = self->worker,
    .host = self->desk.host,
    .shard = self->core.shards[0],
  };
}

void
belfry_test_hall_clear (BelfryTestHall *self)
{
  belfry_test_turns ();
  g_assert_cmpint (belfry_test_hall_get_sessions (self), ==, 0);
  belfry_worker_free (self->worker);
  belfry_worker_settings_unref (self->settings);
  belfry_addresses_unref (self->shared.addresses);
  belfry_test_worker_clear (&self->desk);
  belfry_test_core_clear (&self->core);
}

gint64
belfry_test_hall_get_connections (BelfryTestHall *self)
{
  return belfry_test_worker_get_gauge (&self->desk);
}

gint64
belfry_test_hall_get_sessions (BelfryTestHall *self)
{
  gint64 n = 0;

  for (guint i = 0; i < 2 * BELFRY_CORE_N_DIALECTS; i++)
    n += belfry_test_core_get_gauge (&self->core,
                                     (BelfryCoreMetric) (BELFRY_CORE_METRIC_SESSIONS + i));
  return n;
}

const BelfryWorkerEndpoint *
belfry_test_hall_find (BelfryTestHall *self, const char *path, const BelfryEndpoint **front)
{
  for (gsize i = 0; i < self->settings->n_endpoints; i++)
    {
      *front = &self->settings->front_endpoints[i];
      if (g_str_equal ((*front)->path, path))
        return &self->settings->endpoints[i];
    }
  g_error ("nothing is served at %s", path);
}

/* The stream is the service's end of a pair of sockets, of which the guest has the other. */
static void
enter (BelfryTestGuest *self,
       BelfryTestHall *hall,
       const char *path,
       const BelfryUpgrade *said,
       GError **error)
{
  char peer[] = "192.0.2.1";
  BelfryUpgrade upgrade = said != NULL ? *said : (BelfryUpgrade){ 0 };
  const BelfryWorkerEndpoint *endpoint = belfry_test_hall_find (hall, path, &upgrade.endpoint);
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fds[0], NULL);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);

  upgrade.fd = -1;
  upgrade.peer = peer;
  *self = (BelfryTestGuest){ .hall = hall, .fd = fds[1], .heard = g_string_new (NULL) };
  self->is_stream = endpoint->one_way != NULL;
  belfry_frame_reader_init (&self->reader, BELFRY_FRAME_FROM_SERVER, FALSE);
  self->client =
      belfry_reception_receive (&hall->reception, endpoint, G_IO_STREAM (stream), &upgrade, error);
}

void
belfry_test_guest_enter (BelfryTestGuest *self,
                         BelfryTestHall *hall,
                         const char *path,
                         const BelfryUpgrade *upgrade)
{
  g_autoptr (GError) error = NULL;

  enter (self, hall, path, upgrade, &error);
  g_assert_no_error (error);
  g_assert_nonnull (self->client);
  g_assert_cmpint (belfry_addresses_acquire (hall->shared.addresses, &self->client->unit, 1000, 0),
                   ==, BELFRY_ADDRESS_ENTERED);
}

void
belfry_test_guest_enter_in_vain (BelfryTestGuest *self,
                                 BelfryTestHall *hall,
                                 const char *path,
                                 const BelfryUpgrade *upgrade,
                                 GError **error)
{
  enter (self, hall, path, upgrade, error);
  g_assert_null (self->client);
}

static gboolean
heard_message (const BelfryFrameMessage *message, gpointer user_data)
{
  BelfryTestGuest *self = user_data;

  g_string_append_len (self->heard, (const char *) message->bytes, (gssize) message->length);
  g_string_append_c (self->heard, '\n');
  return TRUE;
}

static gboolean
heard_control (const guint8 *payload, gsize length, gpointer user_data)
{
  return TRUE;
}

static void
heard_close (guint code, const guint8 *reason, gsize length, gpointer user_data)
{
  BelfryTestGuest *self = user_data;

  g_string_append_printf (self->heard, "close %u %.*s\n", code, (int) length, reason);
}

static void G_GNUC_NORETURN
heard_error (guint code, const char *reason, gpointer user_data)
{
  g_error ("the service sent nonsense: %s", reason);
}

static const BelfryFrameHandler frame_handler = { heard_message, heard_control, heard_control,
                                                  heard_close, heard_error };

static void
receive (BelfryTestGuest *self)
{
  const BelfryFrameContext context = { &frame_handler, NULL, G_MAXINT32, G_MAXINT32, 1000 };
  guint8 buffer[4096];
  gssize n = -1;

  while (self->fd >= 0 && !self->ended && (n = recv (self->fd, buffer, sizeof buffer, 0)) != 0)
    {
      if (n < 0)
        {
          self->ended = errno != EAGAIN;
          return;
        }
      if (self->is_stream)
        g_string_append_len (self->heard, (const char *) buffer, n);
      else
        belfry_frame_reader_feed (&self->reader, &context, buffer, (gsize) n, self);
    }
  self->ended |= n == 0;
}

void
belfry_test_guest_settle (BelfryTestGuest *self)
{
  for (int i = 0; i < 8; i++)
    {
      belfry_fake_client_settle ();
      belfry_test_turns ();
      receive (self);
    }
}

void
belfry_test_guest_send (BelfryTestGuest *self, guint opcode, const char *bytes, gsize length)
{
  g_autoptr (GBytes) frame = belfry_test_client_frame (opcode, TRUE, bytes, length);
  gsize size;
  const void *data = g_bytes_get_data (frame, &size);

  g_assert_cmpint (send (self->fd, data, size, MSG_NOSIGNAL), ==, (gssize) size);
}

void
belfry_test_guest_say (BelfryTestGuest *self, const char *text)
{
  belfry_test_guest_send (self, BELFRY_OPCODE_TEXT, text, strlen (text));
}

void
belfry_test_guest_vanish (BelfryTestGuest *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->client = NULL;
  belfry_test_guest_settle (self);
}

void
belfry_test_guest_clear (BelfryTestGuest *self)
{
  belfry_test_guest_vanish (self);
  belfry_frame_reader_clear (&self->reader);
  g_string_free (self->heard, TRUE);
}

void
belfry_test_guest_assert_heard (BelfryTestGuest *self, const char *pattern)
{
  belfry_test_guest_settle (self);
  if (!g_pattern_match_simple (pattern, self->heard->str))
    g_error ("expected %s, heard %" G_GSIZE_FORMAT " bytes, at last %s", pattern, self->heard->len,
             self->heard->str + MAX (self->heard->len, SHOWN) - SHOWN);
  g_string_truncate (self->heard, 0);
}
