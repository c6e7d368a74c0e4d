/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-connection"

#include "config.h"

#include "belfry-connection.h"

#include <fcntl.h>

#include "belfry-error.h"
#include "belfry-test-client.h"
#include "belfry-test.h"

/* It opens in the next turn; messages go both ways, in order; what is sent before it opened is not
 * lost. */
static void
test_messages (void)
{
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  belfry_test_client_start (&client, &worker, NULL);
  belfry_test_client_tell (&client, "early", NULL);
  g_assert_cmpstr (client.told->str, ==, "");
  belfry_test_client_settle (&client);
  client.echo = TRUE;
  belfry_test_client_say (&client, "one");
  belfry_test_client_send (&client, BELFRY_OPCODE_BINARY, "two", 3);
  belfry_test_client_send (&client, BELFRY_OPCODE_PING, "here", 4);
  belfry_test_client_say (&client, "");
  belfry_test_client_settle (&client);
  g_assert_cmpstr (client.told->str, ==, "opened text:one binary:two text: ");
  g_assert_cmpstr (client.heard->str, ==, "early one two pong:here  ");
  g_assert_cmpuint (belfry_connection_get_held (client.connection), ==, 0);
  g_assert_null (belfry_connection_get_deflate (client.connection));
  g_assert_cmpuint (belfry_test_worker_get_counter (&worker,
                                                    BELFRY_CONNECTION_METRIC_MESSAGES_RECEIVED),
                    ==, 3);
  g_assert_cmpuint (belfry_test_worker_get_counter (&worker, BELFRY_CONNECTION_METRIC_FRAMES_SENT),
                    ==, 5);
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

/* A compressed message is inflated, if that was agreed on. */
static void
test_deflate (void)
{
  const BelfryDeflateTerms terms = { .window_bits = 12 };
  g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (6, 0);
  g_autofree char *text = g_strnfill (1000, 'x');
  BelfryFrameHeader header = { .opcode = BELFRY_OPCODE_TEXT, .fin = 1, .rsv1 = 1, .masked = 1 };
  BelfryTestWorker worker;
  BelfryTestClient client;
  gsize length = 0;

  belfry_test_worker_init (&worker);
  belfry_test_client_start (&client, &worker, &terms);
  g_assert_cmpuint (belfry_connection_get_deflate (client.connection)->window_bits, ==, 12);
  g_autofree guint8 *payload =
      belfry_deflater_compress (deflater, (const guint8 *) text, 1000, &length);
  header.length = length;
  g_autoptr (GBytes) frame = belfry_frame_new (&header, payload);
  client.echo = TRUE;
  belfry_test_client_send_bytes (&client, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
  belfry_test_client_settle (&client);
  g_assert_cmpstr (client.heard->str, ==, "#1000 ");
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

/* We close: what was queued arrives, then our reason; what the client still sends is not looked at
 * but for its close, and then the stream ends. */
static void
test_close (void)
{
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  belfry_test_client_start (&client, &worker, NULL);
  belfry_test_client_settle (&client);
  belfry_test_client_tell (&client, "last words", NULL);
  belfry_connection_close (client.connection, BELFRY_CLOSE_GOING_AWAY, "stopping");
  g_assert_false (belfry_connection_is_open (client.connection));
  belfry_test_client_tell (&client, "too late", NULL);
  belfry_test_client_say (&client, "ignored");
  belfry_test_client_send (&client, BELFRY_OPCODE_PING, "ignored", 7);
  belfry_test_client_settle (&client);
  g_assert_cmpstr (client.heard->str, ==, "last words close:1001:stopping ");
  g_assert_cmpuint (client.closed, ==, 0);
  belfry_test_client_close (&client, 1001, "");
  belfry_test_client_assert_closed (&client, 1001, "stopping");
  belfry_test_client_settle (&client);
  g_assert_true (client.ended);
  g_assert_cmpstr (client.told->str, ==, "opened ");
  g_assert_cmpuint (belfry_test_worker_get_counter (&worker, BELFRY_CONNECTION_METRIC_CLOSED_BY_US),
                    ==, 1);
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

typedef struct
{
  guint code;
  const char *reason;
  const char *echo;
} CloseCase;

static const CloseCase close_cases[] = {
  { 1000, "done", "close:1000:done " },
  { 1000, "", "close:1000: " },
  { BELFRY_CLOSE_NO_STATUS, "", "close:1005: " },
  { 4999, "Straße\n", "close:4999:Straße\n " },
};

/* The client closes: it hears its own code and sees the end; we are told its words. */
static void
test_peer_closes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (close_cases); i++)
    {
      const CloseCase *c = &close_cases[i];
      BelfryTestWorker worker;
      BelfryTestClient client;

      belfry_test_worker_init (&worker);
      belfry_test_client_start (&client, &worker, NULL);
      belfry_test_client_settle (&client);
      belfry_test_client_say (&client, "bye");
      belfry_test_client_close (&client, c->code, c->reason);
      belfry_test_client_say (&client, "sent after close");
      belfry_test_client_assert_closed (&client, c->code, c->reason);
      belfry_test_client_settle (&client);
      g_assert_cmpstr (client.heard->str, ==, c->echo);
      g_assert_cmpstr (client.told->str, ==, "opened text:bye ");
      g_assert_true (client.ended);
      belfry_test_client_clear (&client);
      belfry_test_worker_clear (&worker);
    }
}

/* A client that does not answer our close is waited for, but not for ever, whether it says nothing
 * or goes on talking. */
static void
test_close_unanswered (void)
{
  for (int talks = 0; talks <= 1; talks++)
    {
      g_autofree char *text = g_strnfill (60000, 'x');
      BelfryTestWorker worker;
      BelfryTestClient client;

      belfry_test_worker_init (&worker);
      belfry_test_client_start (&client, &worker, NULL);
      belfry_test_client_settle (&client);
      belfry_connection_close (client.connection, 4403, "blocked");
      belfry_test_client_settle (&client);
      for (guint i = 0; talks && client.closed == 0 && i < 100; i++)
        {
          belfry_test_client_send (&client, BELFRY_OPCODE_TEXT, text, 60000);
          belfry_test_client_settle (&client);
        }
      g_assert_cmpuint (client.closed, ==, talks);
      belfry_test_worker_advance (&worker, worker.limits.close_timeout - 1);
      g_assert_cmpuint (client.closed, ==, talks);
      belfry_test_worker_advance (&worker, G_USEC_PER_SEC);
      belfry_test_client_assert_closed (&client, 4403, "blocked");
      belfry_test_client_clear (&client);
      belfry_test_worker_clear (&worker);
    }
}

/* Closed before it opened, or from within a callback: the handler hears of the end alone. */
static void
test_close_early (void)
{
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  belfry_test_client_start (&client, &worker, NULL);
  belfry_connection_close (client.connection, 1013, NULL);
  belfry_test_client_settle (&client);
  g_assert_cmpstr (client.heard->str, ==, "close:1013: ");
  belfry_test_client_vanish (&client);
  belfry_test_client_assert_closed (&client, 1013, "");
  g_assert_cmpstr (client.told->str, ==, "");
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

/* Who does not sign in is closed; who does is not. */
static void
test_auth_timeout (void)
{
  for (int signs_in = 0; signs_in <= 1; signs_in++)
    {
      BelfryTestWorker worker;
      BelfryTestClient client;

      belfry_test_worker_init (&worker);
      belfry_test_client_start (&client, &worker, NULL);
      belfry_test_client_settle (&client);
      if (signs_in)
        belfry_connection_authenticated (client.connection);
      belfry_test_worker_advance (&worker, worker.limits.auth_timeout - G_USEC_PER_SEC);
      g_assert_true (belfry_connection_is_open (client.connection));
      belfry_test_worker_advance (&worker, 2 * G_USEC_PER_SEC);
      belfry_test_client_settle (&client);
      g_assert_cmpstr (client.heard->str, ==, signs_in ? "" : "close:4408:not signed in in time ");
      belfry_test_client_clear (&client);
      belfry_test_worker_clear (&worker);
    }
}

/* Who must sign in after all has as long for it as one who is new, and not a moment less. */
static void
test_auth_anew (void)
{
  for (int signs_in = 0; signs_in <= 1; signs_in++)
    {
      BelfryTestWorker worker;
      BelfryTestClient client;

      belfry_test_worker_init (&worker);
      worker.limits.ping_interval = 0;
      belfry_test_client_start (&client, &worker, NULL);
      belfry_test_client_settle (&client);
      belfry_connection_authenticated (client.connection);
      belfry_test_worker_advance (&worker, 2 * worker.limits.auth_timeout);
      belfry_connection_unauthenticated (client.connection);
      belfry_test_worker_advance (&worker, worker.limits.auth_timeout - G_USEC_PER_SEC);
      g_assert_true (belfry_connection_is_open (client.connection));
      if (signs_in)
        belfry_connection_authenticated (client.connection);
      belfry_test_worker_advance (&worker, 2 * G_USEC_PER_SEC);
      belfry_test_client_settle (&client);
      g_assert_cmpstr (client.heard->str, ==, signs_in ? "" : "close:4408:not signed in in time ");
      belfry_test_client_clear (&client);
      belfry_test_worker_clear (&worker);
    }
}

/* A silent client is asked for a sign of life, and lives as long as it gives one. */
static void
test_ping (void)
{
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  worker.limits.auth_timeout = 0;
  belfry_test_client_start (&client, &worker, NULL);
  belfry_test_client_settle (&client);
  for (int i = 0; i < 3; i++)
    {
      belfry_test_worker_advance (&worker, worker.limits.ping_interval);
      belfry_test_client_settle (&client);
      g_assert_cmpstr (client.heard->str, ==, "ping ");
      g_string_truncate (client.heard, 0);
      if (i == 0)
        belfry_test_client_send (&client, BELFRY_OPCODE_PONG, "", 0);
      else
        belfry_test_client_say (&client, "still here");
      belfry_test_client_settle (&client);
      belfry_test_worker_advance (&worker, worker.limits.ping_timeout);
      belfry_test_client_settle (&client);
      g_assert_cmpstr (client.heard->str, ==, "");
    }
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

/* A client that has vanished without a word is given up. */
static void
test_ping_timeout (void)
{
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  worker.limits.auth_timeout = 0;
  belfry_test_client_start (&client, &worker, NULL);
  belfry_test_client_settle (&client);
  belfry_test_worker_advance (&worker, worker.limits.ping_interval);
  belfry_test_client_settle (&client);
  belfry_test_worker_advance (&worker, worker.limits.ping_timeout - G_USEC_PER_SEC);
  g_assert_cmpuint (client.closed, ==, 0);
  belfry_test_worker_advance (&worker, 2 * G_USEC_PER_SEC);
  belfry_test_client_assert_closed (&client, BELFRY_CONNECTION_LOST, "no answer to a ping");
  g_assert_cmpuint (belfry_test_worker_get_counter (&worker, BELFRY_CONNECTION_METRIC_LOST), ==, 1);
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

#define N_SPREAD 1000

/* Of many that were opened at once, few are asked in the same hundredth of the time. */
static void
test_ping_spread (void)
{
  guint counts[100] = { 0 };
  BelfryTestWorker worker;

  belfry_test_worker_init (&worker);
  for (int i = 0; i < N_SPREAD; i++)
    {
      gint64 value = belfry_connection_host_spread (worker.host, 100 * G_USEC_PER_SEC);

      g_assert_cmpint (value, >=, 0);
      g_assert_cmpint (value, <, 100 * G_USEC_PER_SEC);
      counts[value / G_USEC_PER_SEC]++;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    g_assert_cmpuint (counts[i], <=, 2 * N_SPREAD / G_N_ELEMENTS (counts));
  g_assert_cmpint (belfry_connection_host_spread (worker.host, 0), ==, 0);
  belfry_test_worker_clear (&worker);
}

#define N_STEPS 128
#define N_TOGETHER 64

/* However many there are, and whenever they came: they are asked at few moments, which all lie in
 * the last quarter of the interval. */
static void
test_ping_steps (void)
{
  BelfryTestWorker worker;
  BelfryTestClient clients[N_TOGETHER];
  guint n_moments = 0;
  guint n_asked = 0;

  belfry_test_worker_init (&worker);
  worker.limits.auth_timeout = 0;
  worker.limits.ping_interval = N_STEPS * G_USEC_PER_SEC;
  worker.limits.ping_timeout = N_STEPS * G_USEC_PER_SEC;
  for (gsize i = 0; i < N_TOGETHER; i++)
    {
      belfry_fake_clock_advance (worker.clock, G_USEC_PER_SEC / (2 * N_TOGETHER));
      belfry_test_client_start (&clients[i], &worker, NULL);
    }
  belfry_fake_clock_advance (worker.clock, (N_STEPS * 3 / 4 - 1) * G_USEC_PER_SEC);
  g_assert_cmpuint (belfry_deadline_wheel_turn (worker.wheel), ==, 0);
  for (gint64 passed = 0; passed < (N_STEPS / 4 + 1) * G_USEC_PER_SEC;
       passed += BELFRY_DEADLINE_TICK)
    {
      belfry_fake_clock_advance (worker.clock, BELFRY_DEADLINE_TICK);
      guint n = belfry_deadline_wheel_turn (worker.wheel);
      n_asked += n;
      n_moments += n > 0 ? 1 : 0;
    }
  g_assert_cmpuint (n_asked, ==, N_TOGETHER);
  g_assert_cmpuint (n_moments, <=, N_STEPS / 4 + 1);
  for (gsize i = 0; i < N_TOGETHER; i++)
    belfry_test_client_clear (&clients[i]);
  belfry_test_worker_clear (&worker);
}

/* The log tells whose connection ended and why. */
static void
test_log (void)
{
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  belfry_test_client_start (&client, &worker, NULL);
  belfry_test_client_settle (&client);
  belfry_test_client_send_bytes (&client, "\x81\x01x", 3);
  belfry_test_client_settle (&client);
  belfry_test_client_vanish (&client);
  belfry_test_expect_log (BELFRY_LOG_INFO, "belfry-connection",
                          "Connection ended with 1002: a client must mask its frames");
  belfry_test_wait_until (client.closed > 0);
  g_autofree char *session = belfry_test_last_field ("SESSION");
  g_autofree char *peer = belfry_test_last_field ("PEER");
  g_assert_cmpstr (session, ==, "a-session");
  g_assert_cmpstr (peer, ==, "192.0.2.1");
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

/* A descriptor that cannot be watched is an error, and is closed all the same. */
static void
test_unwatchable (void)
{
  g_autoptr (BelfryConnectionSettings) settings = NULL;
  g_autoptr (GError) error = NULL;
  BelfryTestWorker worker;

  belfry_test_worker_init (&worker);
  settings = belfry_connection_settings_new (&worker.limits);
  const BelfryConnectionParams params = { worker.host, settings, &belfry_test_client_handler, NULL,
                                          NULL };
  int fd = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  g_assert_null (belfry_connection_new (&params, belfry_transport_new (fd), &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_PERMITTED);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1);
  belfry_test_worker_clear (&worker);
}

/* The connection outlives whoever made it, until it ends; its settings outlive their maker. */
static void
test_references (void)
{
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  belfry_test_client_start (&client, &worker, NULL);
  belfry_test_client_settle (&client);
  belfry_connection_unref (client.connection);
  belfry_test_client_say (&client, "x");
  belfry_test_client_settle (&client);
  g_assert_cmpuint (client.messages, ==, 1);
  belfry_connection_ref (client.connection);
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/connection/messages", test_messages);
  belfry_test_add ("/connection/deflate", test_deflate);
  belfry_test_add ("/connection/close", test_close);
  belfry_test_add ("/connection/peer-closes", test_peer_closes);
  belfry_test_add ("/connection/close-unanswered", test_close_unanswered);
  belfry_test_add ("/connection/close-early", test_close_early);
  belfry_test_add ("/connection/auth-timeout", test_auth_timeout);
  belfry_test_add ("/connection/auth-anew", test_auth_anew);
  belfry_test_add ("/connection/ping", test_ping);
  belfry_test_add ("/connection/ping-timeout", test_ping_timeout);
  belfry_test_add ("/connection/ping-spread", test_ping_spread);
  belfry_test_add ("/connection/ping-steps", test_ping_steps);
  belfry_test_add ("/connection/log", test_log);
  belfry_test_add ("/connection/unwatchable", test_unwatchable);
  belfry_test_add ("/connection/references", test_references);
  return g_test_run ();
}
