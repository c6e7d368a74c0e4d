/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-memory"

#include "config.h"

#include "belfry-bench-server.h"
#include "belfry-test.h"

/* What a connection may hold while nothing happens. Memory does not depend on how busy the machine
 * is, so that this, unlike a time, can be asserted. */

#define CONNECTIONS 2000

/* Of the budget of 1,536, a sign-in and a subscription need a part. */
#define MAX_BYTES 1024

static const char *const relay_argv[] = { "tests/bench/relay", NULL };

static const BelfryBenchTarget relay = {
  .name = "relay",
  .argv = relay_argv,
  .port_after = "127.0.0.1:",
  .plan = { .subscriber = { .path = "/" }, .publisher = { .path = "/publish" } },
};

static void
open_subscribers (BelfryLoad *load, guint n)
{
  g_autoptr (GError) error = NULL;

  belfry_load_open (load, n, belfry_test_deadline (), &error);
  g_assert_no_error (error);
}

static void
fan_out (BelfryLoad *load)
{
  g_autoptr (GError) error = NULL;

  belfry_load_publish (load, 8, 100, belfry_test_deadline (), &error);
  g_assert_no_error (error);
  belfry_load_settle (load, belfry_test_deadline (), &error);
  g_assert_no_error (error);
}

/* The first connections pay for what all share. What was sent leaves nothing behind. */
static void
test_idle_connection (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryBenchServer) server = belfry_bench_server_start (&relay, &error);

  g_assert_no_error (error);
  gint64 pid = belfry_bench_server_get_pid (server);
  g_autoptr (BelfryLoad) load =
      belfry_load_new (&relay.plan, belfry_bench_server_get_port (server));
  open_subscribers (load, CONNECTIONS / 4);
  fan_out (load);
  gint64 before = belfry_bench_memory_of (pid, "Pss");
  open_subscribers (load, CONNECTIONS);
  gint64 idle = (belfry_bench_memory_of (pid, "Pss") - before) / CONNECTIONS;
  fan_out (load);
  gint64 used = (belfry_bench_memory_of (pid, "Pss") - before) / CONNECTIONS;
  g_test_message ("%" G_GINT64_FORMAT " bytes an idle connection, %" G_GINT64_FORMAT
                  " after some messages",
                  idle, used);
  g_assert_cmpint (idle, >, 0);
  g_assert_cmpint (idle, <=, MAX_BYTES);
  g_assert_cmpint (used, <=, MAX_BYTES);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/memory/idle-connection", test_idle_connection);
  return g_test_run ();
}
