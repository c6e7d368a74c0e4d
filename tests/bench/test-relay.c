/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-relay"

#include "config.h"

#include <string.h>

#include "belfry-bench-clients.h"
#include "belfry-bench-frame.h"
#include "belfry-bench-server.h"
#include "belfry-error.h"
#include "belfry-test.h"

/* That the relay, and the clients beside it, do what the benches take for granted: a bench of what
 * does not work would show fine figures. */

#define SUBSCRIBERS 20
#define PAYLOAD 600

static BelfryBenchServer *
start (const char *program, const char *first, const char *second)
{
  const char *const argv[] = { program, first, second, NULL };
  const BelfryBenchTarget target = { .name = program, .argv = argv, .port_after = "127.0.0.1:" };
  g_autoptr (GError) error = NULL;
  BelfryBenchServer *server = belfry_bench_server_start (&target, &error);

  g_assert_no_error (error);
  return server;
}

static void
open_subscribers (BelfryLoad *load)
{
  g_autoptr (GError) error = NULL;

  belfry_load_open (load, SUBSCRIBERS, belfry_test_deadline (), &error);
  g_assert_no_error (error);
}

static void
publish (BelfryLoad *load, guint burst)
{
  g_autoptr (GError) error = NULL;

  belfry_load_publish (load, burst, PAYLOAD, belfry_test_deadline (), &error);
  g_assert_no_error (error);
  belfry_load_settle (load, belfry_test_deadline (), &error);
  g_assert_no_error (error);
}

static void
assert_complete (BelfryLoad *load, guint64 deliveries, guint64 compressed)
{
  const BelfryLoadCounts *counts = belfry_load_get_counts (load);

  g_assert_cmpuint (counts->deliveries, ==, deliveries);
  g_assert_cmpuint (counts->compressed, ==, compressed);
  g_assert_cmpuint (counts->lost, ==, 0);
  g_assert_cmpuint (counts->repeated, ==, 0);
  g_assert_cmpuint (counts->others, ==, 0);
}

static const struct
{
  const char *publisher;
  gboolean deflate;
} manners[] = {
  { "/publish", FALSE },
  { "/publish", TRUE },
  { "/publish-each", TRUE },
};

/* Who asks for compression gets everything compressed, and finds in it what was sent. */
static void
test_compression (void)
{
  g_autoptr (BelfryBenchServer) server = start ("tests/bench/relay", NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++)
    {
      const BelfryLoadPlan plan = { .subscriber = { .path = "/" },
                                    .publisher = { .path = manners[i].publisher },
                                    .deflate = manners[i].deflate };
      g_autoptr (BelfryLoad) load = belfry_load_new (&plan, belfry_bench_server_get_port (server));
      guint64 deliveries = 5 * SUBSCRIBERS;

      open_subscribers (load);
      publish (load, 1);
      publish (load, 4);
      assert_complete (load, deliveries, manners[i].deflate ? deliveries : 0);
      g_assert_cmpuint (belfry_load_get_counts (load)->bytes, ==, deliveries * PAYLOAD);
    }
}

/* What is published on one worker reaches those on it; an echo comes from whichever has it. */
static void
test_workers (void)
{
  static const BelfryLoadPlan plan = { .subscriber = { .path = "/echo" } };
  g_autoptr (BelfryBenchServer) server = start ("tests/bench/relay", "2", NULL);
  gint64 pid = belfry_bench_server_get_pid (server);
  g_autoptr (BelfryLoad) load = belfry_load_new (&plan, belfry_bench_server_get_port (server));
  g_autoptr (GHashTable) none = belfry_bench_threads_of (-1);
  g_autoptr (GHashTable) before = belfry_bench_threads_of (pid);

  open_subscribers (load);
  publish (load, 2);
  assert_complete (load, 2 * SUBSCRIBERS, 0);
  g_autoptr (GHashTable) after = belfry_bench_threads_of (pid);
  g_assert_cmpuint (g_hash_table_size (none), ==, 0);
  g_assert_cmpuint (g_hash_table_size (after), >=, 3);
  g_assert_cmpint (belfry_bench_busiest (before, after), >, 0);
  g_assert_cmpint (belfry_bench_busiest (before, after), <, belfry_bench_busiest (none, after));
  g_assert_cmpint (belfry_bench_busiest (none, after), <=, belfry_bench_cpu_of (pid));
}

static const struct
{
  const char *program;
  const char *first;
  const char *second;
} pingers[] = {
  { "tests/bench/relay", "1", "1s" },
  { "tests/bench/yardstick", "0", "1" },
};

/* Everybody is pinged, and nobody who answers is given up. */
static void
test_pings (void)
{
  static const BelfryLoadPlan plan = { .subscriber = { .path = "/" } };

  for (gsize i = 0; i < G_N_ELEMENTS (pingers); i++)
    {
      g_autoptr (BelfryBenchServer) server =
          start (pingers[i].program, pingers[i].first, pingers[i].second);
      g_autoptr (BelfryLoad) load = belfry_load_new (&plan, belfry_bench_server_get_port (server));
      const BelfryLoadCounts *counts = belfry_load_get_counts (load);
      gint64 deadline = belfry_test_deadline ();

      open_subscribers (load);
      while (counts->pings < SUBSCRIBERS && g_get_monotonic_time () < deadline)
        belfry_load_run (load, g_get_monotonic_time () + 10 * G_TIME_SPAN_MILLISECOND);
      g_assert_cmpuint (counts->pings, >=, SUBSCRIBERS);
      g_assert_cmpuint (counts->open, ==, SUBSCRIBERS);
    }
}

/* Clients in other processes get all that is published here. */
static void
test_clients (void)
{
  static const BelfryLoadPlan plan = { .subscriber = { .path = "/" },
                                       .publisher = { .path = "/publish" } };
  g_autoptr (BelfryBenchServer) server = start ("tests/bench/relay", NULL, NULL);
  guint16 port = belfry_bench_server_get_port (server);
  g_autoptr (BelfryLoad) load = belfry_load_new (&plan, port);
  g_autoptr (GError) error = NULL;
  const BelfryLoadRole role = { .path = "/",
                                .headers = "X-Test: {n}\r\n",
                                .first = "I am {p}.{n}" };
  g_autoptr (BelfryBenchClients) clients = belfry_bench_clients_new (3, port, &role, &error);

  g_assert_no_error (error);
  belfry_load_open (load, 0, belfry_test_deadline (), &error);
  g_assert_no_error (error);
  g_assert_true (belfry_bench_clients_open (clients, 7, &error));
  g_assert_true (belfry_bench_clients_expect (clients, 5, &error));
  g_assert_cmpuint (belfry_bench_clients_get_deliveries (clients), ==, 0);
  publish (load, 5);
  g_assert_true (belfry_bench_clients_settle (clients, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (belfry_bench_clients_get_deliveries (clients), ==, 35);
  g_clear_pointer (&server, belfry_bench_server_stop);
  g_assert_false (belfry_bench_clients_open (clients, 3, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED);
  g_assert_nonnull (strstr (error->message, "a client process fails: connection "));
}

/* At a rate, so many messages come as fit into the time, however late; without one, some. Each
 * delivery has its latency. */
static void
test_pace (void)
{
  static const BelfryLoadPlan plan = { .subscriber = { .path = "/echo" } };
  g_autoptr (BelfryBenchServer) server = start ("tests/bench/yardstick", NULL, NULL);
  g_autoptr (BelfryLoad) load = belfry_load_new (&plan, belfry_bench_server_get_port (server));
  g_autoptr (GArray) latencies = g_array_new (FALSE, FALSE, sizeof (guint32));
  BelfryLoadPace pace = { 500, PAYLOAD, 20 * G_TIME_SPAN_MILLISECOND, latencies };
  g_autoptr (GError) error = NULL;

  open_subscribers (load);
  belfry_load_pace (load, &pace, belfry_test_deadline (), &error);
  g_assert_no_error (error);
  assert_complete (load, 10 * SUBSCRIBERS, 0);
  g_assert_cmpuint (latencies->len, ==, 10 * SUBSCRIBERS);
  pace.rate = 0;
  belfry_load_pace (load, &pace, belfry_test_deadline (), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (latencies->len, >, 10 * SUBSCRIBERS);
  assert_complete (load, latencies->len, 0);
  publish (load, 1);
  g_assert_cmpuint (latencies->len, ==, belfry_load_get_counts (load)->deliveries - SUBSCRIBERS);
}

static const struct
{
  const char *defect;
  guint8 payload[8];
  gsize length;
} broken[] = {
  { "nothing", { 0 }, 0 },
  { "no block type", { 0xFF }, 1 },
  { "two lengths that differ", { 0x00, 0x05, 0x00, 0x05, 0x00, 'x' }, 6 },
  { "refers to what was before it", { 0x02, 0x13, 0x00, 0x00 }, 4 },
};

/* The example of RFC 7692, section 7.2.3.1, and what is no message. */
static void
test_inflater (void)
{
  guint8 hello[] = { 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00 };
  BelfryBenchFrame frame = { BELFRY_BENCH_TEXT, hello, sizeof hello, TRUE };
  g_autoptr (BelfryBenchInflater) inflater = belfry_bench_inflater_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      BelfryBenchFrame bad = { BELFRY_BENCH_TEXT, (guint8 *) broken[i].payload, broken[i].length,
                               TRUE };

      g_test_message ("%s", broken[i].defect);
      g_assert_false (belfry_bench_inflater_take (inflater, &bad));
    }
  g_assert_true (belfry_bench_inflater_take (inflater, &frame));
  g_assert_cmpmem (frame.payload, (int) frame.length, "Hello", 5);
  g_assert_false (frame.compressed);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/relay/compression", test_compression);
  belfry_test_add ("/relay/workers", test_workers);
  belfry_test_add ("/relay/pings", test_pings);
  belfry_test_add ("/relay/clients", test_clients);
  belfry_test_add ("/relay/pace", test_pace);
  belfry_test_add ("/relay/inflater", test_inflater);
  return g_test_run ();
}
