/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-connection-hostile"

#include "config.h"

#include "belfry-connection.h"

#include <string.h>
#include <sys/socket.h>

#include "belfry-test-client.h"
#include "belfry-test.h"

/* A client that sends more than it may is read from more slowly, and nothing is lost. */
static void
test_rate (void)
{
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  worker.limits.message_rate = 10;
  worker.limits.message_burst = 5;
  belfry_test_client_start (&client, &worker, NULL);
  for (int i = 0; i < 20; i++)
    belfry_test_client_say (&client, "x");
  belfry_test_client_settle (&client);
  g_assert_cmpuint (client.messages, ==, 5);
  g_assert_cmpuint (belfry_connection_get_held (client.connection), <=,
                    BELFRY_CONNECTION_READ_SIZE);
  for (guint i = 1; i <= 16; i++)
    {
      belfry_test_worker_advance (&worker, G_USEC_PER_SEC / 10);
      belfry_test_client_settle (&client);
      g_assert_cmpuint (client.messages, >=, 5 + i - 1);
      g_assert_cmpuint (client.messages, <=, 5 + i);
    }
  g_assert_cmpuint (client.messages, ==, 20);
  g_assert_true (belfry_connection_is_open (client.connection));
  g_assert_cmpuint (belfry_test_worker_get_counter (&worker, BELFRY_CONNECTION_METRIC_RATE_PAUSES),
                    >, 5);
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

/* Who stays at the limit is closed; who now and then does is not. */
static void
test_rate_abuse (void)
{
  for (int abuses = 0; abuses <= 1; abuses++)
    {
      BelfryTestWorker worker;
      BelfryTestClient client;

      belfry_test_worker_init (&worker);
      worker.limits.auth_timeout = 0;
      worker.limits.message_rate = 10;
      worker.limits.message_burst = 5;
      belfry_test_client_start (&client, &worker, NULL);
      for (int i = 0; i < 300 && belfry_connection_is_open (client.connection); i++)
        {
          for (int n = 0; i % 10 == 0 && n < (abuses ? 20 : 6); n++)
            belfry_test_client_say (&client, "x");
          belfry_test_worker_advance (&worker, G_USEC_PER_SEC / 10);
          belfry_test_client_settle (&client);
        }
      g_assert_cmpstr (client.heard->str, ==, abuses ? "close:1008:too many messages " : "");
      g_assert_cmpuint (belfry_test_worker_get_counter (&worker,
                                                        BELFRY_CONNECTION_METRIC_RATE_PAUSES),
                        >, 10);
      belfry_test_client_clear (&client);
      belfry_test_worker_clear (&worker);
    }
}

/* A client with much to say does not keep others from being heard in the same turn, and is heard
 * itself in the following ones. */
static void
test_fair (void)
{
  BelfryTestWorker worker;
  BelfryTestClient noisy;
  BelfryTestClient modest;

  belfry_test_worker_init (&worker);
  worker.limits.message_rate = 0;
  worker.limits.turn_messages = 10;
  belfry_test_client_start (&noisy, &worker, NULL);
  belfry_test_client_start (&modest, &worker, NULL);
  belfry_test_turns ();
  belfry_test_client_send_many (&noisy, BELFRY_OPCODE_TEXT, "x", 1000);
  belfry_test_client_say (&modest, "y");
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (modest.messages, ==, 1);
  g_assert_cmpuint (noisy.messages, ==, 10);
  g_assert_cmpuint (belfry_connection_get_held (noisy.connection), <=, BELFRY_CONNECTION_READ_SIZE);
  belfry_test_wait_until (noisy.messages == 1000);
  belfry_test_client_clear (&noisy);
  belfry_test_client_clear (&modest);
  belfry_test_worker_clear (&worker);
}

#define ANSWER 4000

/* A client that asks and asks and does not take the answers is not read from; once it takes them,
 * it gets them all. */
static void
test_unread_answers (void)
{
  g_autofree char *text = g_strnfill (ANSWER, 'x');
  g_autoptr (GBytes) frame = belfry_test_client_frame (BELFRY_OPCODE_TEXT, TRUE, text, ANSWER);
  gsize size;
  const guint8 *bytes = g_bytes_get_data (frame, &size);
  gsize sent = 0;
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  worker.limits.message_rate = 0;
  worker.limits.read_mark = 20000;
  belfry_test_client_start (&client, &worker, NULL);
  client.echo = TRUE;
  gssize n = 1;
  while (n > 0)
    {
      n = send (client.fd, bytes + sent % size, size - sent % size, MSG_NOSIGNAL | MSG_DONTWAIT);
      sent += (gsize) MAX (n, 0);
      belfry_test_turns ();
      g_assert_cmpuint (belfry_connection_get_held (client.connection), <=,
                        20000 + 2 * ANSWER + BELFRY_CONNECTION_READ_SIZE);
    }
  guint before = client.messages;
  belfry_test_turns ();
  g_assert_cmpuint (client.messages, ==, before);
  g_assert_true (belfry_connection_is_open (client.connection));
  belfry_test_wait_until (
      (belfry_test_client_receive (&client, 10000), client.messages == sent / size));
  belfry_test_client_settle (&client);
  g_assert_cmpuint (client.heard->len, ==, client.messages * strlen ("#4000 "));
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

/* Sends until @n frames were taken or dropped or the connection is not open any more. */
static void
flood (BelfryTestClient *self, BelfrySendPolicy policy, guint n)
{
  g_autofree char *text = g_strnfill (1000, 'x');

  for (guint i = 0; i < n && belfry_connection_is_open (self->connection); i++)
    {
      const BelfrySendOptions options = { policy, 7 };

      belfry_test_client_tell (self, text, &options);
      g_assert_cmpuint (belfry_connection_get_held (self->connection), <=, 40000);
      belfry_test_turns ();
    }
}

/* A client that reads nothing: bounded memory, and what happens then is the policy's. */
static void
test_slow_consumer (void)
{
  for (int policy = 0; policy < BELFRY_SEND_NOTICE; policy++)
    {
      gboolean disconnects = policy == BELFRY_SEND_DISCONNECT;
      BelfryTestWorker worker;
      BelfryTestClient client;

      belfry_test_worker_init (&worker);
      worker.limits.send_queue = 32768;
      belfry_test_client_start (&client, &worker, NULL);
      flood (&client, (BelfrySendPolicy) policy, 2000);
      g_assert_cmpint (belfry_connection_is_open (client.connection), ==, !disconnects);
      g_assert_cmpint (strstr (client.told->str, "dropped:7 ") != NULL, ==,
                       policy == BELFRY_SEND_DROP_OLDEST || policy == BELFRY_SEND_DROP_NEWEST);
      belfry_test_client_settle (&client);
      g_assert_cmpint (g_str_has_suffix (client.heard->str, "#1000 close:4501:too slow "), ==,
                       disconnects);
      belfry_test_client_clear (&client);
      belfry_test_worker_clear (&worker);
    }
}

/* A client that takes a byte now and then: it lives, because it takes something, but does not cost
 * more than the bound. */
static void
test_one_byte_a_second (void)
{
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  worker.limits.auth_timeout = 0;
  worker.limits.send_queue = 32768;
  belfry_test_client_start (&client, &worker, NULL);
  flood (&client, BELFRY_SEND_DROP_OLDEST, 2000);
  for (int i = 0; i < 100; i++)
    {
      flood (&client, BELFRY_SEND_DROP_OLDEST, 1);
      belfry_test_client_receive (&client, 1);
      belfry_test_worker_advance (&worker, G_USEC_PER_SEC / 10);
    }
  g_assert_true (belfry_connection_is_open (client.connection));
  belfry_test_worker_advance (&worker, worker.limits.ping_interval);
  belfry_test_turns ();
  belfry_test_worker_advance (&worker, worker.limits.ping_timeout + G_USEC_PER_SEC);
  belfry_test_client_assert_closed (&client, BELFRY_CONNECTION_LOST, "no answer to a ping");
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

/* A flood of pings from one that reads nothing: its rate is kept down, and what it could be
 * answered with is one pong. */
static void
test_ping_flood (void)
{
  g_autofree char *text = g_strnfill (1000, 'x');
  BelfryTestWorker worker;
  BelfryTestClient client;

  belfry_test_worker_init (&worker);
  worker.limits.auth_timeout = 0;
  belfry_test_client_start (&client, &worker, NULL);
  belfry_test_client_settle (&client);
  for (int i = 0; i < 300; i++)
    belfry_test_client_tell (&client, text, NULL);
  belfry_test_turns ();
  gsize held = belfry_connection_get_held (client.connection);
  g_assert_cmpuint (held, >, 0);
  for (guint i = 0; i < 100 && belfry_connection_is_open (client.connection); i++)
    {
      g_autofree char *payload = g_strdup_printf ("%u", i);

      belfry_test_client_send_many (&client, BELFRY_OPCODE_PING, payload, 200);
      belfry_test_worker_advance (&worker, G_USEC_PER_SEC);
      belfry_test_turns ();
      g_assert_cmpuint (belfry_connection_get_held (client.connection), <=,
                        held + BELFRY_CONNECTION_READ_SIZE);
    }
  g_assert_false (belfry_connection_is_open (client.connection));
  belfry_test_client_settle (&client);
  g_assert_true (g_str_has_suffix (client.heard->str, "close:1008:too many messages "));
  g_assert_cmpuint (client.heard->len, <, 300 * strlen ("#1000 ") + 100);
  belfry_test_client_clear (&client);
  belfry_test_worker_clear (&worker);
}

/* What a hostile client sends in one go; again and again, until it is closed. */

static void
send_fragment (BelfryTestClient *self, guint i, gsize length)
{
  g_autofree char *text = g_strnfill (length, 'x');
  g_autoptr (GBytes) frame =
      belfry_test_client_frame (i == 0 ? BELFRY_OPCODE_TEXT : BELFRY_OPCODE_CONTINUATION, FALSE,
                                text, length);

  belfry_test_client_send_bytes (self, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

static void
attack_fragments (BelfryTestClient *self, guint i)
{
  send_fragment (self, i, 0);
}

static void
attack_endless_message (BelfryTestClient *self, guint i)
{
  send_fragment (self, i, 5000);
}

static void
attack_bomb (BelfryTestClient *self, guint i)
{
  g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (9, 0);
  g_autofree guint8 *zeros = g_malloc0 (10000000);
  BelfryFrameHeader header = { .opcode = BELFRY_OPCODE_BINARY, .fin = 1, .rsv1 = 1, .masked = 1 };
  gsize length = 0;
  g_autofree guint8 *payload = belfry_deflater_compress (deflater, zeros, 10000000, &length);

  header.length = length;
  g_autoptr (GBytes) frame = belfry_frame_new (&header, payload);
  g_assert_cmpuint (length, <, 20000);
  belfry_test_client_send_bytes (self, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

static void
attack_half_a_frame (BelfryTestClient *self, guint i)
{
  g_autoptr (GBytes) frame = belfry_test_client_frame (BELFRY_OPCODE_TEXT, TRUE, "half", 4);

  belfry_test_client_send_bytes (self, g_bytes_get_data (frame, NULL),
                                 g_bytes_get_size (frame) - 2);
  shutdown (self->fd, SHUT_WR);
}

static void
attack_vanish (BelfryTestClient *self, guint i)
{
  belfry_test_client_vanish (self);
}

static void
attack_reset (BelfryTestClient *self, guint i)
{
  belfry_test_client_tell (self, "never read", NULL);
  belfry_test_turns ();
  belfry_test_client_vanish (self);
}

typedef struct
{
  const char *what;
  const char *bytes; /* (nullable): to be sent as they are */
  gsize length;
  void (*attack) (BelfryTestClient *self, guint i);
  guint code;
  const char *reason; /* if it did not get so far as to be told one */
} HostileCase;

#define BYTES(text) text, sizeof text - 1, NULL
#define ACTION(func) NULL, 0, func

static const HostileCase hostile_cases[] = {
  { "speaks HTTP", BYTES ("GET / HTTP/1.1\r\n\r\n"), 1002, "" },
  { "noise", BYTES ("\xff\xff\xff\xff\xff\xff\xff\xff"), 1002, "" },
  { "does not mask", BYTES ("\x81\x01x"), 1002, "" },
  { "an opcode that is none", BYTES ("\x83\x80zzzz"), 1002, "" },
  { "a ping of 126 bytes", BYTES ("\x89\xfe"), 1002, "" },
  { "a close of one byte", BYTES ("\x88\x81\0\0\0\0x"), 1002, "" },
  { "a close with 1005", BYTES ("\x88\x82\0\0\0\0\x03\xed"), 1002, "" },
  { "text that is not UTF-8", BYTES ("\x81\x82\0\0\0\0\xff\xff"), 1007, "" },
  { "announces exabytes",
    BYTES ("\x82\xff\x0f\xff\xff\xff\xff\xff\xff\xff"
           "abcd"),
    1009, "" },
  { "compression that is none", BYTES ("\xc2\x82\0\0\0\0\xff\xff"), 1007, "" },
  { "a deflate bomb", ACTION (attack_bomb), 1009, "" },
  { "fragments for ever", ACTION (attack_fragments), 1008, "" },
  { "a message for ever", ACTION (attack_endless_message), 1009, "" },
  { "half a frame and the end", ACTION (attack_half_a_frame), 1006, "the peer is gone" },
  { "vanishes", ACTION (attack_vanish), 1006, "the peer is gone" },
  { "resets", ACTION (attack_reset), 1006, "Connection reset by peer" },
};

static void
attack (BelfryTestClient *self, const HostileCase *c)
{
  for (guint i = 0; i < 20000 && belfry_connection_is_open (self->connection); i++)
    {
      if (c->attack != NULL)
        c->attack (self, i);
      else if (i == 0)
        belfry_test_client_send_bytes (self, c->bytes, c->length);
      belfry_test_turns ();
      g_assert_cmpuint (belfry_connection_get_held (self->connection), <=,
                        2 * self->worker->limits.max_message + BELFRY_CONNECTION_READ_SIZE);
    }
}

/* Whatever a client does: it is closed with the right code, nothing of it reaches the handler, and
 * another connection does not notice. */
static void
test_hostile (void)
{
  const BelfryDeflateTerms terms = { .window_bits = 15 };

  for (gsize i = 0; i < G_N_ELEMENTS (hostile_cases); i++)
    {
      const HostileCase *c = &hostile_cases[i];
      BelfryTestWorker worker;
      BelfryTestClient client;
      BelfryTestClient other;

      g_test_message ("%s", c->what);
      belfry_test_worker_init (&worker);
      belfry_test_client_start (&client, &worker, &terms);
      belfry_test_client_start (&other, &worker, NULL);
      belfry_test_turns ();
      attack (&client, c);
      belfry_test_client_settle (&client);
      belfry_test_client_vanish (&client);
      belfry_test_wait_until (client.closed > 0);
      g_assert_cmpuint (client.code, ==, c->code);
      if (c->code == BELFRY_CONNECTION_LOST)
        g_assert_cmpstr (client.reason, ==, c->reason);
      else
        {
          g_autofree char *expected = g_strdup_printf ("close:%u:%s ", client.code, client.reason);
          g_assert_cmpstr (client.heard->str, ==, expected);
          g_assert_cmpuint (strlen (client.reason), >, 0);
        }
      g_assert_cmpstr (client.told->str, ==, "opened ");
      belfry_test_client_say (&other, "fine");
      belfry_test_client_settle (&other);
      g_assert_cmpstr (other.told->str, ==, "opened text:fine ");
      belfry_test_client_clear (&client);
      belfry_test_client_clear (&other);
      belfry_test_worker_clear (&worker);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/connection-hostile/rate", test_rate);
  belfry_test_add ("/connection-hostile/rate-abuse", test_rate_abuse);
  belfry_test_add ("/connection-hostile/fair", test_fair);
  belfry_test_add ("/connection-hostile/unread-answers", test_unread_answers);
  belfry_test_add ("/connection-hostile/slow-consumer", test_slow_consumer);
  belfry_test_add ("/connection-hostile/one-byte-a-second", test_one_byte_a_second);
  belfry_test_add ("/connection-hostile/ping-flood", test_ping_flood);
  belfry_test_add ("/connection-hostile/hostile", test_hostile);
  return g_test_run ();
}
