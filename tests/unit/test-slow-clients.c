/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-config-load.h"
#include "belfry-frame.h"
#include "belfry-server.h"
#include "belfry-test-client.h"
#include "belfry-test.h"
#include "belfry-worker.h"

/* A whole server, a publisher that is not slow, and a listener that reads nothing until all is
 * published: each policy in turn, over real sockets. */

/* More than the sockets' buffers and the queue hold together. The queue holds more than what is
 * taken from the publisher in a turn, so that who reads has nothing to lose. */
#define MESSAGE_SIZE 60000
#define N_MESSAGES 400
#define N_SURELY_LOST 50
#define DIGITS 6

#define CONFIG                                                                                     \
  "[server]\nlisten=127.0.0.1:0\nworkers=1\n"                                                      \
  "[websocket]\nsend-queue=256KiB\nmax-messages-per-second=0\n"                                    \
  "[endpoint /publish]\ndialect=typed\n[endpoint /]\ndialect=action\n[endpoint /ws]\nenabled=no\n"

typedef struct
{
  const char *name;
  BelfrySendOptions options;
} Policy;

static const Policy policies[] = {
  { "disconnect", { BELFRY_SEND_DISCONNECT, 7 } },
  { "drop-oldest", { BELFRY_SEND_DROP_OLDEST, 7 } },
  { "drop-newest", { BELFRY_SEND_DROP_NEWEST, 7 } },
  { "conflate", { BELFRY_SEND_CONFLATE, 7 } },
};

static void
on_listener_message (BelfryClient *session, gboolean text, const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      if (strlen (policies[i].name) == length && memcmp (policies[i].name, bytes, length) == 0)
        session->data = (gpointer) &policies[i];
    }
  belfry_client_send (session, TRUE, bytes, length);
}

static const BelfryEndpointHandler listener_handler = { .message = on_listener_message };

/* What is not a message for others is echoed: then all that came before has been relayed. */
static void
on_published (BelfryClient *session, gboolean text, const guint8 *bytes, gsize length)
{
  if (length != MESSAGE_SIZE)
    {
      belfry_client_send (session, TRUE, bytes, length);
      return;
    }
  g_autoptr (GBytes) frame = belfry_frame_new_simple (BELFRY_OPCODE_TEXT, bytes, length);
  for (BelfryClient *other = belfry_worker_get_clients (session->worker); other != NULL;
       other = other->next)
    {
      const Policy *policy = other->data;

      if (other->handler == &listener_handler && policy != NULL)
        belfry_connection_send (other->connection, frame, &policy->options);
    }
}

static const BelfryEndpointHandler publisher_handler = { .message = on_published };

static const BelfryEndpointHandler *const handlers[BELFRY_CONFIG_N_DIALECTS] = {
  [BELFRY_CONFIG_DIALECT_ACTION] = &listener_handler,
  [BELFRY_CONFIG_DIALECT_TYPED] = &publisher_handler,
};

typedef struct
{
  int fd;
  BelfryFrameReader reader;
  BelfryInflater *inflater; /* (owned) */
  GArray *numbers;          /* (element-type guint) (owned): of the messages that came */
  GString *said;            /* (owned): all else that came */
  guint close_code;
} Peer;

static gboolean
on_message (const BelfryFrameMessage *message, gpointer user_data)
{
  Peer *self = user_data;

  if (message->length == MESSAGE_SIZE)
    {
      g_autofree char *digits = g_strndup ((const char *) message->bytes, DIGITS);
      guint number = (guint) g_ascii_strtoull (digits, NULL, 10);

      g_array_append_val (self->numbers, number);
    }
  else
    g_string_append_len (self->said, (const char *) message->bytes, (gssize) message->length);
  return TRUE;
}

static gboolean
on_control (const guint8 *payload, gsize length, gpointer user_data)
{
  return TRUE;
}

static void
on_close (guint code, const guint8 *reason, gsize length, gpointer user_data)
{
  ((Peer *) user_data)->close_code = code;
}

static void
on_error (guint code, const char *reason, gpointer user_data)
{
  g_test_fail_printf ("the server sent nonsense: %s", reason);
}

static const BelfryFrameHandler frame_handler = { on_message, on_control, on_control, on_close,
                                                  on_error };

static void
peer_read (Peer *self)
{
  const BelfryFrameContext context = { &frame_handler, self->inflater, G_MAXINT32, G_MAXINT32, 1 };
  guint8 buffer[65536];
  gssize n;

  while ((n = recv (self->fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    belfry_frame_reader_feed (&self->reader, &context, buffer, (gsize) n, self);
}

static gboolean
send_more (int fd, const char *bytes, gsize length, gsize *sent)
{
  gssize n = send (fd, bytes + *sent, length - *sent, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (n > 0)
    *sent += (gsize) n;
  return *sent == length;
}

static void
peer_send (Peer *self, const char *bytes, gsize length)
{
  gsize sent = 0;

  belfry_test_wait_until (send_more (self->fd, bytes, length, &sent));
}

static void
peer_say (Peer *self, const char *text)
{
  g_autoptr (GBytes) frame =
      belfry_test_client_frame (BELFRY_OPCODE_TEXT, TRUE, text, strlen (text));

  peer_send (self, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

/* A number, and as much behind it as makes a message. */
static void
peer_publish (Peer *self, guint number)
{
  g_autofree char *text = g_strdup_printf ("%0*u%*s", DIGITS, number, MESSAGE_SIZE - DIGITS, "");

  peer_say (self, text);
}

/* A small buffer, so that a peer that does not read is soon noticed. */
static void
peer_init (Peer *self, guint16 port, const char *path)
{
  const struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons (port),
                                       .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  g_autofree char *request =
      g_strdup_printf ("GET %s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                       path);
  int size = 65536;
  GString *answer = g_string_new (NULL);
  char byte;

  *self = (Peer){ .fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
  g_assert_no_errno (setsockopt (self->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
  g_assert_no_errno (connect (self->fd, (const struct sockaddr *) &address, sizeof address));
  peer_send (self, request, strlen (request));
  belfry_test_wait_until (({
    if (recv (self->fd, &byte, 1, MSG_DONTWAIT) == 1)
      g_string_append_c (answer, byte);
    g_str_has_suffix (answer->str, "\r\n\r\n");
  }));
  g_assert_true (g_str_has_prefix (answer->str, "HTTP/1.1 101 "));
  g_string_free (answer, TRUE);
  self->inflater = belfry_inflater_new ();
  self->numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  self->said = g_string_new (NULL);
  belfry_frame_reader_init (&self->reader, BELFRY_FRAME_FROM_SERVER, FALSE);
}

static void
peer_clear (Peer *self)
{
  close (self->fd);
  belfry_frame_reader_clear (&self->reader);
  belfry_inflater_free (self->inflater);
  g_array_unref (self->numbers);
  g_string_free (self->said, TRUE);
}

static void
peer_ask (Peer *self, const char *text)
{
  g_string_truncate (self->said, 0);
  peer_say (self, text);
  belfry_test_wait_until ((peer_read (self), g_str_equal (self->said->str, text)));
}

static guint
latest (const Peer *self)
{
  return self->numbers->len > 0 ? g_array_index (self->numbers, guint, self->numbers->len - 1) : 0;
}

/* Returns: how many came one after the other from the first on; the rest must be in order, too */
static guint
count_unbroken (const Peer *self)
{
  guint unbroken = 0;

  for (guint i = 0; i < self->numbers->len; i++)
    {
      guint number = g_array_index (self->numbers, guint, i);

      g_assert_true (i == 0 || number > g_array_index (self->numbers, guint, i - 1));
      if (number == i)
        unbroken = i + 1;
    }
  return unbroken;
}

typedef struct
{
  BelfryPart *server;
  Peer publisher;
  Peer listener;
  gboolean done;
} Fixture;

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (belfry_part_start_finish (BELFRY_PART (source), result, NULL));
  ((Fixture *) user_data)->done = TRUE;
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (belfry_part_stop_finish (BELFRY_PART (source), result, NULL));
  ((Fixture *) user_data)->done = TRUE;
}

/* When this is over, everything was published to a listener that has read nothing of it. */
static void
fixture_init (Fixture *self, const char *policy)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config =
      belfry_config_load_text (CONFIG, strlen (CONFIG), "test", problems);
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  g_autoptr (GPtrArray) activated = g_ptr_array_new ();

  g_assert_nonnull (config);
  *self = (Fixture){ .server = BELFRY_PART (belfry_server_new (clock, activated, handlers)) };
  belfry_part_start_async (self->server, config, NULL, on_started, self);
  belfry_test_wait_until (self->done);
  guint16 port = belfry_server_get_port (BELFRY_SERVER (self->server));
  peer_init (&self->publisher, port, "/publish");
  peer_init (&self->listener, port, "/");
  peer_ask (&self->listener, policy);
  for (guint i = 0; i < N_MESSAGES; i++)
    peer_publish (&self->publisher, i);
  peer_ask (&self->publisher, "all is published");
}

static void
fixture_clear (Fixture *self)
{
  peer_clear (&self->publisher);
  peer_clear (&self->listener);
  self->done = FALSE;
  belfry_part_stop_async (self->server, on_stopped, self);
  belfry_test_wait_until (self->done);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  belfry_test_assert_finalizes (self->server);
}

/* What must not be lost: it gets what it had coming without a hole, and is told why it is closed.
 */
static void
test_disconnect (void)
{
  Fixture f;

  fixture_init (&f, "disconnect");
  belfry_test_wait_until ((peer_read (&f.listener), f.listener.close_code != 0));
  g_assert_cmpuint (f.listener.close_code, ==, BELFRY_CLOSE_SLOW_CONSUMER);
  g_assert_cmpuint (count_unbroken (&f.listener), ==, f.listener.numbers->len);
  g_assert_cmpuint (f.listener.numbers->len, <, N_MESSAGES);
  fixture_clear (&f);
}

/* It gets what the sockets held, a gap, and what came last. */
static void
test_drop_oldest (void)
{
  Fixture f;

  fixture_init (&f, "drop-oldest");
  belfry_test_wait_until ((peer_read (&f.listener), latest (&f.listener) == N_MESSAGES - 1));
  guint unbroken = count_unbroken (&f.listener);
  g_assert_cmpuint (unbroken, >, 0);
  g_assert_cmpuint (f.listener.numbers->len, >, unbroken);
  g_assert_cmpuint (f.listener.numbers->len, <, N_MESSAGES);
  g_assert_cmpuint (f.listener.close_code, ==, 0);
  fixture_clear (&f);
}

/* It gets what came first, and then, when there is room again, what is new. */
static void
test_drop_newest (void)
{
  guint next = N_MESSAGES;
  Fixture f;

  fixture_init (&f, "drop-newest");
  belfry_test_wait_until (({
    peer_read (&f.listener);
    peer_publish (&f.publisher, next++);
    latest (&f.listener) >= N_MESSAGES;
  }));
  guint unbroken = count_unbroken (&f.listener);
  g_assert_cmpuint (unbroken, >, 0);
  g_assert_cmpuint (unbroken, <, N_MESSAGES);
  g_assert_cmpuint (g_array_index (f.listener.numbers, guint, unbroken), >=, N_MESSAGES);
  g_assert_cmpuint (f.listener.close_code, ==, 0);
  fixture_clear (&f);
}

/* Behind what the sockets held there is the newest alone. */
static void
test_conflate (void)
{
  Fixture f;

  fixture_init (&f, "conflate");
  belfry_test_wait_until ((peer_read (&f.listener), latest (&f.listener) == N_MESSAGES - 1));
  count_unbroken (&f.listener);
  guint n = f.listener.numbers->len;
  g_assert_cmpuint (n, >, 1);
  g_assert_cmpuint (n, <, N_MESSAGES);
  g_assert_cmpuint (g_array_index (f.listener.numbers, guint, n - 2), <,
                    N_MESSAGES - N_SURELY_LOST);
  g_assert_cmpuint (f.listener.close_code, ==, 0);
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/slow-clients/disconnect", test_disconnect);
  belfry_test_add ("/slow-clients/drop-oldest", test_drop_oldest);
  belfry_test_add ("/slow-clients/drop-newest", test_drop_newest);
  belfry_test_add ("/slow-clients/conflate", test_conflate);
  return g_test_run ();
}
