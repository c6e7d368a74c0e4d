/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-server.h"

#include <string.h>
#include <sys/socket.h>

#include "belfry-config-load.h"
#include "belfry-echo.h"
#include "belfry-error.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

static const BelfryEndpointHandler *const handlers[BELFRY_CONFIG_N_DIALECTS] = {
  [BELFRY_CONFIG_DIALECT_ECHO] = &belfry_echo_handler,
};

typedef struct
{
  gboolean done;
  gboolean succeeded;
  GError *error; /* (owned) (nullable) */
} Outcome;

static BelfryConfig *
config_from (const char *text)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  BelfryConfig *config = belfry_config_load_text (text, strlen (text), "test", problems);

  g_assert_nonnull (config);
  return config;
}

static BelfryPart *
new_server (void)
{
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  g_autoptr (GPtrArray) activated = g_ptr_array_new ();

  return BELFRY_PART (belfry_server_new (clock, activated, handlers));
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->succeeded = belfry_part_start_finish (BELFRY_PART (source), result, &outcome->error);
  outcome->done = TRUE;
}

static gboolean
start (BelfryPart *server, const char *text, GError **error)
{
  g_autoptr (BelfryConfig) config = config_from (text);
  Outcome outcome = { 0 };

  belfry_part_start_async (server, config, NULL, on_started, &outcome);
  belfry_test_wait_until (outcome.done);
  if (outcome.error != NULL)
    g_propagate_error (error, outcome.error);
  return outcome.succeeded;
}

static void
on_drained (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->succeeded = belfry_part_drain_finish (BELFRY_PART (source), result, &outcome->error);
  outcome->done = TRUE;
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->succeeded = belfry_part_stop_finish (BELFRY_PART (source), result, NULL);
  outcome->done = TRUE;
}

static void
stop_and_free (BelfryPart *server)
{
  Outcome outcome = { 0 };

  belfry_part_stop_async (server, on_stopped, &outcome);
  belfry_test_wait_until (outcome.done);
  g_assert_true (outcome.succeeded);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  belfry_test_assert_finalizes (server);
}

static GSocketConnection *
connect_to (BelfryPart *server)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection =
      g_socket_client_connect_to_host (client, "127.0.0.1",
                                       belfry_server_get_port (BELFRY_SERVER (server)), NULL,
                                       &error);

  g_assert_no_error (error);
  return connection;
}

/* It starts with any number of workers on one free port, and stops again, many times. */
static void
test_start_and_stop (void)
{
  for (int i = 0; i < 5; i++)
    {
      BelfryPart *server = new_server ();

      g_assert_true (start (server, "[server]\nlisten=127.0.0.1:0\nworkers=4\n", NULL));
      g_assert_cmpuint (belfry_server_get_port (BELFRY_SERVER (server)), >, 0);
      stop_and_free (server);
    }
}

/* An address that is taken fails the start with its name, and leaves nothing behind. */
static void
test_address_in_use (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_path (dir, "socket");
  g_autofree char *text = g_strdup_printf ("[server]\nlisten=unix:%s\nworkers=2\n", path);
  g_autoptr (GError) error = NULL;
  BelfryPart *first = new_server ();
  BelfryPart *second = new_server ();

  g_assert_true (start (first, text, NULL));
  g_assert_false (start (second, text, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, path));
  belfry_test_assert_finalizes (second);
  stop_and_free (first);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* A certificate that is not there is found before anything is served, and by a reload before
 * anything changes. */
static void
test_no_certificate (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) reload_error = NULL;
  const char *text =
      "[server]\nlisten=tls:127.0.0.1:0\ntls-certificate=/nowhere/c.pem\ntls-key=/nowhere/k.pem\n";
  g_autoptr (BelfryConfig) next = config_from (text);
  BelfryPart *server = new_server ();
  BelfryPart *running = new_server ();

  g_assert_false (start (server, text, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  belfry_test_assert_finalizes (server);
  g_assert_true (start (running, "[server]\nlisten=127.0.0.1:0\nworkers=1\n", NULL));
  g_assert_false (belfry_part_check (running, next, &reload_error));
  g_assert_nonnull (strstr (reload_error->message, "/nowhere/"));
  stop_and_free (running);
}

/* Every worker is asked for a sign of life, and gives it. */
static void
test_alive (void)
{
  BelfryPart *server = new_server ();

  g_assert_true (start (server, "[server]\nlisten=127.0.0.1:0\nworkers=3\n", NULL));
  g_assert_true (belfry_part_is_alive (server));
  belfry_test_wait_until (belfry_part_is_alive (server));
  belfry_test_wait_until (belfry_part_is_alive (server));
  stop_and_free (server);
}

/* Connections are counted where the service manager can see them, and closed by a stop. */
static void
test_stop_with_connections (void)
{
  BelfryPart *server = new_server ();
  g_autoptr (GString) status = g_string_new (NULL);
  GSocketConnection *connections[20];

  g_assert_true (start (server, "[server]\nlisten=127.0.0.1:0\nworkers=2\n", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (connections); i++)
    connections[i] = connect_to (server);
  belfry_test_wait_until (belfry_server_get_n_connections (BELFRY_SERVER (server)) == 20);
  belfry_part_describe (server, status);
  g_assert_cmpstr (status->str, ==, ", 20 connections, 2 workers");
  stop_and_free (server);
  for (gsize i = 0; i < G_N_ELEMENTS (connections); i++)
    g_object_unref (connections[i]);
}

/* A drain with nobody there is done at once, and leaves the server to be stopped. */
static void
test_drain (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  BelfryPart *server = new_server ();
  Outcome outcome = { 0 };

  g_assert_true (start (server, "[server]\nlisten=127.0.0.1:0\nworkers=3\n", NULL));
  belfry_part_drain_async (server, 60 * G_USEC_PER_SEC, cancellable, on_drained, &outcome);
  belfry_test_wait_until (outcome.done);
  g_assert_true (outcome.succeeded);
  stop_and_free (server);
}

/* A WebSocket client of the echo endpoint. */
static GSocketConnection *
upgrade_at (BelfryPart *server)
{
  static const char request[] = "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  GSocketConnection *connection = connect_to (server);
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  g_assert_true (g_output_stream_write_all (output, request, strlen (request), NULL, NULL, NULL));
  return connection;
}

/* Looks without taking: the head of the answer, and then the close frame or nothing. */
static gboolean
is_told_to_go (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  char buffer[4096];
  gssize n = recv (g_socket_get_fd (socket), buffer, sizeof buffer, MSG_PEEK | MSG_DONTWAIT);

  return n > 0 && g_strstr_len (buffer, n, "reconnect after") != NULL;
}

static guint
count_told (GSocketConnection *const *clients, guint n)
{
  guint told = 0;

  for (guint i = 0; i < n; i++)
    told += is_told_to_go (clients[i]) ? 1 : 0;
  return told;
}

/* A share is told to come again later, while the server takes new ones; a drain takes the rest, and
 * says how many are left. */
static void
test_shed (void)
{
  BelfryPart *server = new_server ();
  BelfryServer *self = BELFRY_SERVER (server);
  BelfryDrainProgress drain = { 0 };
  g_autoptr (GString) status = g_string_new (NULL);
  Outcome outcome = { 0 };
  GSocketConnection *clients[21];

  g_assert_true (start (server,
                        "[server]\nlisten=127.0.0.1:0\nworkers=1\n[endpoint /echo]\ndialect=echo\n",
                        NULL));
  for (guint i = 0; i < 20; i++)
    clients[i] = upgrade_at (server);
  belfry_test_wait_until (belfry_server_get_n_clients (self) == 20);
  g_assert_false (belfry_server_get_drain (self, &drain));
  g_assert_true (belfry_server_shed (self, 50, 0));
  belfry_test_wait_until (count_told (clients, 20) == 10);
  clients[20] = upgrade_at (server);
  belfry_test_wait_until (belfry_server_get_n_clients (self) == 21);
  g_assert_cmpuint (count_told (clients, 21), ==, 10);
  belfry_part_drain_async (server, 3600 * G_TIME_SPAN_SECOND, NULL, on_drained, &outcome);
  g_assert_false (belfry_server_shed (self, 50, 0));
  g_assert_true (belfry_server_get_drain (self, &drain));
  g_assert_cmpuint (drain.total, ==, 21);
  belfry_part_describe (server, status);
  g_assert_true (g_str_has_prefix (status->str, ", 21 of 21 clients left, about "));
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    g_object_unref (clients[i]);
  belfry_test_wait_until (outcome.done);
  g_assert_true (outcome.succeeded);
  g_assert_true (belfry_server_get_drain (self, &drain));
  g_assert_cmpuint (drain.left, ==, 0);
  stop_and_free (server);
}

/* A server that nobody stopped takes its threads along when it goes. */
static void
test_free_without_stop (void)
{
  BelfryPart *server = new_server ();

  g_assert_true (start (server, "[server]\nlisten=127.0.0.1:0\nworkers=3\n", NULL));
  g_autoptr (GSocketConnection) connection G_GNUC_UNUSED = connect_to (server);
  belfry_test_assert_finalizes (server);
}

/* Stopping in the middle of a storm of new connections ends as cleanly as any other. */
static void
test_stop_in_a_storm (void)
{
  for (int round = 0; round < 5; round++)
    {
      BelfryPart *server = new_server ();
      g_autoptr (GPtrArray) storm = g_ptr_array_new_with_free_func (g_object_unref);

      g_assert_true (start (server, "[server]\nlisten=127.0.0.1:0\nworkers=2\n", NULL));
      for (int i = 0; i < 100; i++)
        g_ptr_array_add (storm, connect_to (server));
      stop_and_free (server);
    }
}

#define UPGRADE                                                                                    \
  "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                 \
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void
say (GSocketConnection *connection, const char *bytes, gsize length)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  g_assert_true (g_output_stream_write_all (output, bytes, length, NULL, NULL, NULL));
}

static void
assert_hears (GSocketConnection *connection, const char *wanted, gsize length)
{
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autofree char *heard = g_malloc0 (length);
  gsize n = 0;

  g_assert_true (g_input_stream_read_all (input, heard, length, &n, NULL, NULL));
  g_assert_cmpmem (heard, (int) n, wanted, (int) length);
}

static GSocketConnection *
connect_and_upgrade (BelfryPart *server)
{
  GSocketConnection *connection = connect_to (server);
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr (GString) head = g_string_new (NULL);
  char byte;

  say (connection, UPGRADE, strlen (UPGRADE));
  while (!g_str_has_suffix (head->str, "\r\n\r\n"))
    {
      g_assert_cmpint (g_input_stream_read (input, &byte, 1, NULL, NULL), ==, 1);
      g_string_append_c (head, byte);
    }
  g_assert_nonnull (strstr (head->str, " 101 "));
  return connection;
}

static void
on_rested (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->succeeded = belfry_server_rest_finish (BELFRY_SERVER (source), result, NULL);
  outcome->done = TRUE;
}

/* What has come to rest and stands still, written down for another image that then does not come,
 * goes on: what was said meanwhile is answered, and who came is let in. Again and again. */
static void
test_rest_in_vain (void)
{
  const char said[] = "\x81\x82\0\0\0\0hi";
  BelfryPart *server = new_server ();

  g_assert_true (start (server,
                        "[server]\nlisten=127.0.0.1:0\nworkers=2\n[endpoint /echo]\ndialect=echo\n",
                        NULL));
  g_autoptr (GSocketConnection) client = connect_and_upgrade (server);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (BelfryHandover) handover = belfry_handover_new ();
      g_autoptr (GError) error = NULL;
      Outcome outcome = { 0 };

      belfry_server_rest_async (BELFRY_SERVER (server), G_USEC_PER_SEC, on_rested, &outcome);
      belfry_test_wait_until (outcome.done);
      g_assert_true (outcome.succeeded);
      g_assert_true (belfry_server_freeze (BELFRY_SERVER (server), handover, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (belfry_handover_get_writer (handover, BELFRY_HANDOVER_SERVER)->len, >, 8);
      say (client, said, sizeof said - 1);
      g_autoptr (GSocketConnection) late = connect_to (server);
      belfry_server_rouse (BELFRY_SERVER (server));
      assert_hears (client, "\x81\x02hi", 4);
      say (late, UPGRADE, strlen (UPGRADE));
      assert_hears (late, "HTTP/1.1 101", 12);
    }
  stop_and_free (server);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/server/start-and-stop", test_start_and_stop);
  belfry_test_add ("/server/address-in-use", test_address_in_use);
  belfry_test_add ("/server/no-certificate", test_no_certificate);
  belfry_test_add ("/server/alive", test_alive);
  belfry_test_add ("/server/stop-with-connections", test_stop_with_connections);
  belfry_test_add ("/server/drain", test_drain);
  belfry_test_add ("/server/shed", test_shed);
  belfry_test_add ("/server/free-without-stop", test_free_without_stop);
  belfry_test_add ("/server/stop-in-a-storm", test_stop_in_a_storm);
  belfry_test_add ("/server/rest-in-vain", test_rest_in_vain);
  return g_test_run ();
}
