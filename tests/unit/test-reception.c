/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-reception"

#include "config.h"

#include "belfry-reception.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-test-hall.h"
#include "belfry-test.h"

#define CONFIG "[endpoint /a]\ndialect=action\n[endpoint /echo]\ndialect=echo\n"

/* Everybody who is there, as others see them. */
static GPtrArray *
list_sessions (BelfryTestHall *hall)
{
  const BelfrySessionFilter all = { .authenticated = -1 };

  return belfry_hub_list_sessions (hall->core.hub, &all, 0, 10);
}

static const struct
{
  const char *what;
  const char *path;
  const char *protocol; /* (nullable) */
  const char *dialect;
} choices[] = {
  { "what the endpoint speaks", "/ws", NULL, "typed" },
  { "what another endpoint speaks", "/a", NULL, "action" },
  { "what the client chose", "/ws", "belfry.action", "action" },
  { "what the client chose, the other way round", "/a", "belfry.typed", "typed" },
  { "a subprotocol that is no dialect", "/a", "mqtt", "action" },
};

/* The dialect is the client's choice, if he made one; what else he said reaches his session. */
static void
test_choices (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      char token[] = "alice";
      const BelfryUpgrade upgrade = { .token = token, .protocol = choices[i].protocol };
      BelfryTestHall hall;
      BelfryTestGuest guest;

      g_test_message ("%s", choices[i].what);
      belfry_test_hall_init (&hall, CONFIG);
      belfry_test_guest_enter (&guest, &hall, choices[i].path, &upgrade);
      belfry_test_guest_settle (&guest);
      g_autoptr (GPtrArray) list = list_sessions (&hall);
      g_assert_cmpuint (list->len, ==, 1);
      const BelfrySessionInfo *info = g_ptr_array_index (list, 0);
      g_assert_cmpstr (info->dialect, ==, choices[i].dialect);
      g_assert_cmpstr (info->endpoint, ==, choices[i].path);
      g_assert_cmpstr (info->peer, ==, "192.0.2.1");
      g_assert_cmpstr (info->user, ==, "alice");
      belfry_test_guest_clear (&guest);
      belfry_test_hall_clear (&hall);
    }
}

/* Where no dialect is spoken nobody has a session, and no core is needed. */
static void
test_without_dialect (void)
{
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, CONFIG);
  hall.reception.shard = NULL;
  belfry_test_guest_enter (&guest, &hall, "/echo", NULL);
  belfry_test_guest_say (&guest, "hello");
  belfry_test_guest_assert_heard (&guest, "hello\n");
  g_assert_cmpint (belfry_test_hall_get_sessions (&hall), ==, 0);
  g_assert_cmpint (belfry_test_hall_get_connections (&hall), ==, 1);
  belfry_test_guest_vanish (&guest);
  g_assert_cmpint (belfry_test_hall_get_connections (&hall), ==, 0);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* Without a core nobody comes in where a dialect is spoken: he sees the end. */
static void
test_no_core (void)
{
  g_autoptr (GError) error = NULL;
  BelfryTestHall hall;
  BelfryTestGuest guest;

  belfry_test_hall_init (&hall, CONFIG);
  hall.reception.shard = NULL;
  belfry_test_guest_enter_in_vain (&guest, &hall, "/ws", NULL, &error);
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
  belfry_test_guest_settle (&guest);
  g_assert_true (guest.ended);
  g_assert_cmpint (belfry_test_hall_get_connections (&hall), ==, 0);
  belfry_test_guest_clear (&guest);
  belfry_test_hall_clear (&hall);
}

/* The core has stopped: it takes no session, on a WebSocket or on a stream. */
static void
test_core_stopped (void)
{
  char topic[] = "news";
  char *topics[] = { topic, NULL };
  const BelfryUpgrade upgrade = { .topics = topics };
  const char *const paths[] = { "/ws", "/events" };
  BelfryTestHall hall;

  belfry_test_hall_init (&hall, CONFIG);
  belfry_shard_stop (hall.core.shards[0]);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;
      BelfryTestGuest guest;

      belfry_test_guest_enter_in_vain (&guest, &hall, paths[i], &upgrade, &error);
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
      belfry_test_guest_settle (&guest);
      g_assert_true (guest.ended);
      belfry_test_guest_clear (&guest);
    }
  belfry_hub_remove_shard (hall.core.hub, g_steal_pointer (&hall.core.shards[0]));
  belfry_test_hall_clear (&hall);
}

/* A stream that has no socket below is refused, with the descriptor that came with it closed. */
static void
test_no_socket (void)
{
  g_autoptr (GInputStream) in = g_memory_input_stream_new ();
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr (GIOStream) stream = g_simple_io_stream_new (in, out);
  g_autoptr (GError) error = NULL;
  BelfryUpgrade upgrade = { .fd = memfd_create ("upgrade", MFD_CLOEXEC) };
  int fd = upgrade.fd;
  BelfryTestHall hall;

  belfry_test_hall_init (&hall, CONFIG);
  const BelfryWorkerEndpoint *endpoint = belfry_test_hall_find (&hall, "/ws", &upgrade.endpoint);
  g_assert_null (belfry_reception_receive (&hall.reception, endpoint, stream, &upgrade, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT);
  g_assert_cmpint (upgrade.fd, ==, -1);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1);
  belfry_test_hall_clear (&hall);
}

static const char *const unwatchable_paths[] = { "/ws", "/events", "/echo" };

/* The connection cannot be watched, for its descriptor is a file's: nobody has come in, and the
 * session that was made for him is gone. */
static void
test_unwatchable (void)
{
  char peer[] = "192.0.2.1";
  char topic[] = "news";
  char *topics[] = { topic, NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (unwatchable_paths); i++)
    {
      g_autoptr (GError) error = NULL;
      BelfryUpgrade upgrade = { .peer = peer, .topics = topics };
      BelfryTestHall hall;
      int fds[2];

      g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
      g_autoptr (GSocket) socket = g_socket_new_from_fd (fds[0], NULL);
      g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
      belfry_test_hall_init (&hall, CONFIG);
      const BelfryWorkerEndpoint *endpoint =
          belfry_test_hall_find (&hall, unwatchable_paths[i], &upgrade.endpoint);
      upgrade.fd = memfd_create ("upgrade", MFD_CLOEXEC);
      g_assert_null (belfry_reception_receive (&hall.reception, endpoint, G_IO_STREAM (stream),
                                               &upgrade, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_PERMITTED);
      belfry_fake_client_settle ();
      g_assert_cmpint (belfry_test_hall_get_sessions (&hall), ==, 0);
      g_assert_cmpint (belfry_test_hall_get_connections (&hall), ==, 0);
      close (fds[1]);
      belfry_test_hall_clear (&hall);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/reception/choices", test_choices);
  belfry_test_add ("/reception/without-dialect", test_without_dialect);
  belfry_test_add ("/reception/no-core", test_no_core);
  belfry_test_add ("/reception/core-stopped", test_core_stopped);
  belfry_test_add ("/reception/no-socket", test_no_socket);
  belfry_test_add ("/reception/unwatchable", test_unwatchable);
  return g_test_run ();
}
