/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-load"

#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-bench-feed.h"
#include "belfry-bench-frame.h"
#include "belfry-bench-server.h"
#include "belfry-error.h"
#include "belfry-load.h"
#include "belfry-test.h"

/* That the bench measures what it says: all that is published arrives, and what a wrong server does
 * is seen. How long anything takes is no matter here. */

#define SUBSCRIBERS 20
#define PAYLOAD 100

#define UPGRADED                                                                                   \
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"              \
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

static const char *const yardstick_argv[] = { "tests/bench/yardstick", NULL };

static const BelfryBenchTarget fanout = {
  .name = "yardstick",
  .argv = yardstick_argv,
  .port_after = "127.0.0.1:",
  .plan = { .subscriber = { .path = "/" }, .publisher = { .path = "/publish" } },
};

static const BelfryLoadPlan echo_plan = { .subscriber = { .path = "/echo" } };

static BelfryBenchServer *
start (void)
{
  g_autoptr (GError) error = NULL;
  BelfryBenchServer *server = belfry_bench_server_start (&fanout, &error);

  g_assert_no_error (error);
  return server;
}

static void
open_subscribers (BelfryLoad *load, guint n)
{
  g_autoptr (GError) error = NULL;

  belfry_load_open (load, n, belfry_test_deadline (), &error);
  g_assert_no_error (error);
}

static void
publish (BelfryLoad *load, guint burst, gsize size)
{
  g_autoptr (GError) error = NULL;

  belfry_load_publish (load, burst, size, belfry_test_deadline (), &error);
  g_assert_no_error (error);
}

static void
settle (BelfryLoad *load)
{
  g_autoptr (GError) error = NULL;

  belfry_load_settle (load, belfry_test_deadline (), &error);
  g_assert_no_error (error);
}

static void
assert_complete (BelfryLoad *load, guint64 deliveries)
{
  const BelfryLoadCounts *counts = belfry_load_get_counts (load);

  g_assert_cmpuint (counts->deliveries, ==, deliveries);
  g_assert_cmpuint (counts->lost, ==, 0);
  g_assert_cmpuint (counts->repeated, ==, 0);
  g_assert_cmpuint (counts->others, ==, 0);
  g_assert_cmpuint (counts->closed, ==, 0);
}

/* What one sends, all others get, once and in order: one by one, in bursts, and more at a time than
 * one turn of the server reads. The last message comes behind any that came too often. */
static void
test_fanout (void)
{
  BelfryBenchServer *server = start ();
  g_autoptr (BelfryLoad) load =
      belfry_load_new (&fanout.plan, belfry_bench_server_get_port (server));

  open_subscribers (load, SUBSCRIBERS);
  for (int i = 0; i < 10; i++)
    {
      publish (load, 1, PAYLOAD);
      settle (load);
    }
  publish (load, 4, PAYLOAD);
  publish (load, 2000, PAYLOAD);
  publish (load, 1, 1000);
  settle (load);
  publish (load, 1, BELFRY_LOAD_SIZE_MIN);
  settle (load);
  assert_complete (load, SUBSCRIBERS * G_GUINT64_CONSTANT (2016));
  g_assert_cmpuint (belfry_load_get_counts (load)->bytes, ==,
                    SUBSCRIBERS * G_GUINT64_CONSTANT (2014 * PAYLOAD + 1000 + 12));
  g_assert_cmpuint (belfry_load_get_counts (load)->open, ==, SUBSCRIBERS);
  g_assert_true (belfry_bench_server_stop (server));
}

/* Who joins late expects only what is published from then on. */
static void
test_late_subscriber (void)
{
  g_autoptr (BelfryBenchServer) server = start ();
  g_autoptr (BelfryLoad) load =
      belfry_load_new (&fanout.plan, belfry_bench_server_get_port (server));

  open_subscribers (load, 1);
  publish (load, 3, PAYLOAD);
  settle (load);
  open_subscribers (load, 1);
  publish (load, 1, PAYLOAD);
  settle (load);
  assert_complete (load, 5);
}

/* Without a publisher everybody gets back what he sent, and nothing that others did. */
static void
test_echo (void)
{
  g_autoptr (BelfryBenchServer) server = start ();
  g_autoptr (BelfryLoad) load = belfry_load_new (&echo_plan, belfry_bench_server_get_port (server));

  open_subscribers (load, SUBSCRIBERS);
  for (int i = 0; i < 5; i++)
    {
      publish (load, 3, PAYLOAD);
      settle (load);
    }
  assert_complete (load, SUBSCRIBERS * G_GUINT64_CONSTANT (15));
}

/* Each sender's own number is in what it sends: of eleven, one has two digits. */
static void
test_number_of_sender (void)
{
  const BelfryLoadPlan plan = { .subscriber = { .path = "/echo" }, .prefix = "{n}:" };
  g_autoptr (BelfryBenchServer) server = start ();
  g_autoptr (BelfryLoad) load = belfry_load_new (&plan, belfry_bench_server_get_port (server));

  open_subscribers (load, 11);
  publish (load, 2, PAYLOAD);
  settle (load);
  assert_complete (load, 22);
  g_assert_cmpuint (belfry_load_get_counts (load)->bytes, ==, 2 * (11 * (PAYLOAD + 2) + 1));
}

/* A first message goes out, its answer is waited for and not taken for a delivery; what stands
 * around a payload does not hide its number. */
static void
test_first_message (void)
{
  const BelfryLoadPlan plan = {
    .subscriber = { .path = "/echo", .first = "{\"subscribe\":\"#{n}\"}", .n_answers = 1 },
    .prefix = "{\"#\":\"#12#",
    .suffix = "\"}",
  };
  g_autoptr (BelfryBenchServer) server = start ();
  g_autoptr (BelfryLoad) load = belfry_load_new (&plan, belfry_bench_server_get_port (server));

  open_subscribers (load, SUBSCRIBERS);
  publish (load, 2, PAYLOAD);
  settle (load);
  assert_complete (load, SUBSCRIBERS * G_GUINT64_CONSTANT (2));
}

/* Silent and slow connections stay beside the others, and do not count among them. */
static void
test_background (void)
{
  g_autoptr (BelfryBenchServer) server = start ();
  g_autoptr (BelfryLoad) load =
      belfry_load_new (&fanout.plan, belfry_bench_server_get_port (server));
  g_autoptr (GError) error = NULL;

  belfry_load_open_background (load, 5, 7, belfry_test_deadline (), &error);
  g_assert_no_error (error);
  open_subscribers (load, SUBSCRIBERS);
  publish (load, 1, PAYLOAD);
  settle (load);
  assert_complete (load, SUBSCRIBERS);
  g_assert_cmpuint (belfry_load_get_counts (load)->background, ==, 12);
  g_assert_cmpuint (belfry_load_get_counts (load)->open, ==, SUBSCRIBERS);
}

static int
listen_anywhere (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = g_htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, length), ==, 0);
  g_assert_cmpint (listen (fd, 4), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  *port = g_ntohs (address.sin_port);
  return fd;
}

/* A slow connection begins a request, and sends no more than a byte of it. */
static void
test_slow (void)
{
  guint16 port;
  int listen_fd = listen_anywhere (&port);
  g_autoptr (BelfryLoad) load = belfry_load_new (&echo_plan, port);
  gint64 deadline = belfry_test_deadline ();
  g_autoptr (GError) error = NULL;
  char bytes[64];

  belfry_load_open_background (load, 0, 1, deadline, &error);
  g_assert_no_error (error);
  int fd = accept (listen_fd, NULL, NULL);
  while (recv (fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT) < 1)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      belfry_load_run (load, g_get_monotonic_time () + G_TIME_SPAN_MILLISECOND);
    }
  g_assert_cmpint (recv (fd, bytes, sizeof bytes, 0), ==, 1);
  g_assert_cmpint (bytes[0], ==, 'G');
  close (fd);
  close (listen_fd);
}

/* A message that is too long for a frame is refused, not sent in part. */
static void
test_too_long (void)
{
  const BelfryLoadPlan plan = { .subscriber = { .path = "/echo" }, .prefix = "{", .suffix = "}" };
  g_autoptr (BelfryBenchServer) server = start ();
  g_autoptr (BelfryLoad) load = belfry_load_new (&plan, belfry_bench_server_get_port (server));
  gsize longest = BELFRY_BENCH_PAYLOAD_MAX - 2;
  g_autoptr (GError) error = NULL;

  open_subscribers (load, 1);
  g_assert_false (belfry_load_publish (load, 1, longest + 1, belfry_test_deadline (), &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT);
  publish (load, 1, longest);
  settle (load);
  assert_complete (load, 1);
}

typedef struct
{
  int listen_fd;
  const char *script;
  gsize length;
  gboolean hang_up;
} WrongServer;

/* Answers the first request with its script, whatever was asked, and waits for the client to go. */
static gpointer
run_wrong_server (gpointer data)
{
  const WrongServer *self = data;
  int fd = accept (self->listen_fd, NULL, NULL);
  char bytes[4096];

  g_assert_cmpint (recv (fd, bytes, sizeof bytes, 0), >, 0);
  g_assert_cmpint (send (fd, self->script, self->length, MSG_NOSIGNAL), ==, self->length);
  if (self->hang_up)
    shutdown (fd, SHUT_WR);
  while (recv (fd, bytes, sizeof bytes, 0) > 0)
    continue;
  close (fd);
  return NULL;
}

/* A message that is lost, that comes twice or too late, and one that is none of ours: all counted.
 */
static void
test_counts_faults (void)
{
  static const char script[] = UPGRADED "\x81\x0c#0000000000#"
                                        "\x81\x0c#0000000003#"
                                        "\x81\x0c#0000000001#"
                                        "\x81\x0c#0000000003#"
                                        "\x81\x0c#0000000004#"
                                        "\x81\x0b#0000000005"
                                        "\x81\x0c#000000000x#";
  guint16 port;
  WrongServer server = { listen_anywhere (&port), script, sizeof script - 1, FALSE };
  g_autoptr (BelfryLoad) load = belfry_load_new (&echo_plan, port);
  const BelfryLoadCounts *counts = belfry_load_get_counts (load);
  GThread *thread = g_thread_new ("wrong-server", run_wrong_server, &server);
  gint64 deadline = belfry_test_deadline ();

  open_subscribers (load, 1);
  while (counts->others < 2 && g_get_monotonic_time () < deadline)
    belfry_load_run (load, g_get_monotonic_time () + G_TIME_SPAN_MILLISECOND);
  g_assert_cmpuint (counts->others, ==, 2);
  g_assert_cmpuint (counts->deliveries, ==, 3);
  g_assert_cmpuint (counts->lost, ==, 2);
  g_assert_cmpuint (counts->repeated, ==, 2);
  g_clear_pointer (&load, belfry_load_free);
  g_thread_join (thread);
  close (server.listen_fd);
}

#define SCRIPT(text) .script = (text), .length = sizeof (text) - 1

static const struct
{
  const char *defect;
  const char *script;
  gsize length;
  const char *message;
} wrong_answers[] = {
  { "refused", SCRIPT ("HTTP/1.1 403 Forbidden\r\n\r\n"), "*is refused: HTTP/1.1 403 Forbidden" },
  { "another key", SCRIPT ("HTTP/1.1 101 x\r\nSec-WebSocket-Accept: AAAA\r\n\r\n"),
    "*is refused: *" },
  { "no whole answer", SCRIPT ("HTTP/1.1 101 x\r\nUpgr"), "*is gone: end of stream" },
  { "no message", SCRIPT (UPGRADED), "*is gone: end of stream" },
  { "half a message", SCRIPT (UPGRADED "\x81\x05xx"), "*is gone: end of stream" },
  { "a fragment", SCRIPT (UPGRADED "\x01\x01x"), "*broken or too long" },
  { "compressed", SCRIPT (UPGRADED "\xc1\x01x"), "*broken or too long" },
  { "too long", SCRIPT (UPGRADED "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"),
    "*broken or too long" },
  { "closed", SCRIPT (UPGRADED "\x88\x02\x03\xf1"), "*the server closes with 1009" },
  { "closed without a code", SCRIPT (UPGRADED "\x88\x00"), "*the server closes with 0" },
};

/* A server that refuses, breaks the protocol or goes away is told from one that works. */
static void
test_wrong_answers (void)
{
  const BelfryLoadPlan plan = { .subscriber = { .path = "/", .n_answers = 1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong_answers); i++)
    {
      guint16 port;
      WrongServer server = { listen_anywhere (&port), wrong_answers[i].script,
                             wrong_answers[i].length, TRUE };
      g_autoptr (BelfryLoad) load = belfry_load_new (&plan, port);
      g_autoptr (GError) error = NULL;
      GThread *thread = g_thread_new ("wrong-server", run_wrong_server, &server);

      g_test_message ("%s", wrong_answers[i].defect);
      g_assert_false (belfry_load_open (load, 1, belfry_test_deadline (), &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED);
      g_assert_true (g_pattern_match_simple (wrong_answers[i].message, error->message));
      g_assert_cmpuint (belfry_load_get_counts (load)->closed, ==, 1);
      g_thread_join (thread);
      close (server.listen_fd);
    }
}

/* A wait ends at its deadline: for a server that says nothing, and for messages that do not come.
 */
static void
test_deadlines (void)
{
  guint16 port;
  int listen_fd = listen_anywhere (&port);
  g_autoptr (BelfryLoad) mute = belfry_load_new (&echo_plan, port);
  g_autoptr (BelfryBenchServer) server = start ();
  const BelfryLoadPlan deaf = { .subscriber = { .path = "/" } };
  g_autoptr (BelfryLoad) load = belfry_load_new (&deaf, belfry_bench_server_get_port (server));
  g_autoptr (GError) error = NULL;

  g_assert_false (
      belfry_load_open (mute, 1, g_get_monotonic_time () + G_TIME_SPAN_MILLISECOND, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_TIMED_OUT);
  g_clear_error (&error);
  open_subscribers (load, 2);
  publish (load, 3, PAYLOAD);
  g_assert_false (
      belfry_load_settle (load, g_get_monotonic_time () + G_TIME_SPAN_MILLISECOND, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "0 of 6 deliveries"));
  close (listen_fd);
}

/* That the server has gone ends a wait at once. */
static void
test_server_gone (void)
{
  BelfryBenchServer *server = start ();
  guint16 port = belfry_bench_server_get_port (server);
  g_autoptr (BelfryLoad) load = belfry_load_new (&fanout.plan, port);
  g_autoptr (BelfryLoad) late = belfry_load_new (&fanout.plan, port);
  g_autoptr (GError) error = NULL;

  open_subscribers (load, 3);
  g_assert_true (belfry_bench_server_stop (server));
  while (belfry_load_get_counts (load)->closed == 0)
    belfry_load_run (load, g_get_monotonic_time () + G_TIME_SPAN_MILLISECOND);
  g_assert_false (belfry_load_settle (load, belfry_test_deadline (), &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (belfry_load_open (late, 1, belfry_test_deadline (), &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED);
  g_assert_nonnull (strstr (error->message, "cannot connect"));
}

/* What a server costs is asked of the kernel, and nobody's costs are not zero. */
static void
test_costs (void)
{
  g_autoptr (BelfryBenchServer) server = start ();
  gint64 pid = belfry_bench_server_get_pid (server);
  g_autoptr (BelfryLoad) load =
      belfry_load_new (&fanout.plan, belfry_bench_server_get_port (server));
  gint64 before = belfry_bench_cpu_of (pid);

  g_assert_cmpint (before, >, 0);
  open_subscribers (load, SUBSCRIBERS);
  g_assert_cmpint (belfry_bench_cpu_of (pid), >, before);
  g_assert_cmpint (belfry_bench_memory_of (pid, "Rss"), >, 4096);
  g_assert_cmpint (belfry_bench_memory_of (pid, "Pss"), >, 4096);
  g_assert_cmpint (belfry_bench_memory_of (pid, "Nothing"), ==, -1);
  g_assert_cmpint (belfry_bench_memory_of (-1, "Rss"), ==, -1);
  g_assert_cmpint (belfry_bench_cpu_of (-1), ==, -1);
}

static const struct
{
  const char *defect;
  const char *argv[4];
  const char *message;
} bad_servers[] = {
  { "no such program", { "tests/bench/no-such-program" }, "*No such file*" },
  { "prints nothing", { "/bin/true" }, "*tells no port behind \"port \"; it printed: " },
  { "no number", { "/bin/sh", "-c", "echo at port x" }, "*it printed: at port x\n" },
  { "number out of range", { "/bin/sh", "-c", "echo port 65536" }, "*it printed: port 65536\n" },
  { "port zero", { "/bin/sh", "-c", "echo port 0" }, "*it printed: port 0\n" },
  { "number may go on", { "/bin/sh", "-c", "printf 'port 12'" }, "*it printed: port 12" },
  { "closes its output and stays",
    { "/bin/sh", "-c", "exec >&- 2>&-; exec tail -f /dev/null" },
    "*it printed: " },
  { "only an error", { "/bin/sh", "-c", "echo sorry >&2" }, "*it printed: sorry\n" },
};

/* A server that does not start says what it has to say. */
static void
test_bad_servers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_servers); i++)
    {
      const BelfryBenchTarget target = {
        .name = "bad",
        .argv = bad_servers[i].argv,
        .port_after = "port ",
      };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad_servers[i].defect);
      g_assert_null (belfry_bench_server_start (&target, &error));
      g_assert_nonnull (error);
      g_assert_true (g_pattern_match_simple (bad_servers[i].message, error->message));
    }
}

/* That a server failed is not lost with the process. */
static void
test_exit_status (void)
{
  static const char *const argv[] = { "/bin/sh", "-c", "echo port 1; exit 3", NULL };
  const BelfryBenchTarget target = { .name = "bad", .argv = argv, .port_after = "port " };
  g_autoptr (GError) error = NULL;
  BelfryBenchServer *server = belfry_bench_server_start (&target, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (belfry_bench_server_get_port (server), ==, 1);
  g_assert_false (belfry_bench_server_stop (server));
}

/* Frames come out as they went in, whatever their length and mask, and only when they are whole. */
static void
test_frames (void)
{
  static const gsize lengths[] = { 0, 1, 125, 126, 127, 255, 256, BELFRY_BENCH_PAYLOAD_MAX };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (lengths); i++)
    {
      gsize length = lengths[i / 2];
      g_autofree char *payload = g_strnfill (length, 'x');
      g_autoptr (GByteArray) out = g_byte_array_new ();
      BelfryBenchFrame frame;

      belfry_bench_frame_append (out, BELFRY_BENCH_PING, i % 2 == 1, payload, length);
      for (gsize available = 0; available < MIN (out->len, 200); available++)
        g_assert_cmpint (belfry_bench_frame_read (out->data, available, &frame), ==, 0);
      g_assert_cmpint (belfry_bench_frame_read (out->data, out->len - 1, &frame), ==, 0);
      g_assert_cmpint (belfry_bench_frame_read (out->data, out->len, &frame), ==, out->len);
      g_assert_cmpuint (frame.opcode, ==, BELFRY_BENCH_PING);
      g_assert_cmpmem (frame.payload, (int) frame.length, payload, (int) length);
    }
}

static const char *const redis_argv[] = { "tests/bench/yardstick", "0", "0", "{redis}", NULL };

static const BelfryBenchTarget through_redis = {
  .name = "yardstick",
  .argv = redis_argv,
  .port_after = "127.0.0.1:",
  .topics = "public.",
  .plan = { .subscriber = { .path = "/topic/public.{n}", .n_answers = 1 } },
};

static BelfryBenchFeed *
start_feed (const BelfryBenchServer *server, guint first)
{
  g_autoptr (GError) error = NULL;
  guint16 port = belfry_bench_redis_get_port (belfry_bench_server_get_redis (server));
  BelfryBenchFeed *feed =
      belfry_bench_feed_new (port, through_redis.topics, SUBSCRIBERS, first, &error);

  g_assert_no_error (error);
  return feed;
}

static void
feed_rounds (BelfryBenchFeed *feed, BelfryLoad *load, guint rounds, guint rate)
{
  g_autoptr (GError) error = NULL;

  belfry_bench_feed_run (feed, load, rounds, rate, belfry_test_deadline (), &error);
  g_assert_no_error (error);
}

/* What is published through Redis comes to the one whose topic it is, once and in order, at a rate
 * and without; where another feed goes on with the wrong number, the loss is seen. */
static void
test_redis (void)
{
  g_autoptr (GError) error = NULL;

  if (!belfry_bench_redis_available ())
    {
      g_test_skip ("no redis-server");
      return;
    }
  BelfryBenchServer *server = belfry_bench_server_start (&through_redis, &error);
  g_assert_no_error (error);
  g_autoptr (BelfryLoad) load =
      belfry_load_new (&through_redis.plan, belfry_bench_server_get_port (server));
  open_subscribers (load, SUBSCRIBERS);
  g_assert_cmpint (belfry_bench_redis_count_channels (belfry_bench_server_get_redis (server)), ==,
                   SUBSCRIBERS);
  g_autoptr (BelfryBenchFeed) feed = start_feed (server, 0);
  feed_rounds (feed, load, 3, 1000);
  feed_rounds (feed, load, 500, 0);
  g_autoptr (BelfryBenchFeed) next = start_feed (server, 503);
  feed_rounds (next, load, 1, 0);
  assert_complete (load, 504 * SUBSCRIBERS);

  g_autoptr (BelfryBenchFeed) wrong = start_feed (server, 505);
  g_assert_false (belfry_bench_feed_run (wrong, load, 2, 0, belfry_test_deadline (), &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_PROTOCOL);
  g_assert_true (belfry_bench_server_stop (server));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/load/fanout", test_fanout);
  belfry_test_add ("/load/late-subscriber", test_late_subscriber);
  belfry_test_add ("/load/echo", test_echo);
  belfry_test_add ("/load/number-of-sender", test_number_of_sender);
  belfry_test_add ("/load/first-message", test_first_message);
  belfry_test_add ("/load/too-long", test_too_long);
  belfry_test_add ("/load/background", test_background);
  belfry_test_add ("/load/slow", test_slow);
  belfry_test_add ("/load/counts-faults", test_counts_faults);
  belfry_test_add ("/load/wrong-answers", test_wrong_answers);
  belfry_test_add ("/load/deadlines", test_deadlines);
  belfry_test_add ("/load/server-gone", test_server_gone);
  belfry_test_add ("/load/costs", test_costs);
  belfry_test_add ("/load/bad-servers", test_bad_servers);
  belfry_test_add ("/load/exit-status", test_exit_status);
  belfry_test_add ("/load/frames", test_frames);
  belfry_test_add ("/load/redis", test_redis);
  return g_test_run ();
}
