/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "belfry-exit.h"
#include "belfry-test-daemon.h"
#include "belfry-test-notify.h"
#include "belfry-test.h"

#define LISTEN "[server]\nlisten=127.0.0.1:0\n"
#define MINIMAL LISTEN "[log]\nlevel=debug\n"

static BelfryTestDaemon *
started (BelfryTestNotify *listener)
{
  BelfryTestDaemon *daemon = belfry_test_daemon_new (MINIMAL);

  belfry_test_daemon_set_env (daemon, "NOTIFY_SOCKET", belfry_test_notify_get_address (listener));
  belfry_test_daemon_start (daemon);
  g_free (belfry_test_notify_wait (listener, "READY=1"));
  return daemon;
}

/* The whole life: ready, reloading, ready again, stopping; and the end is a good one. */
static void
test_life (void)
{
  g_autoptr (BelfryTestNotify) listener = belfry_test_notify_new ();
  g_autoptr (BelfryTestDaemon) daemon = started (listener);

  belfry_test_daemon_wait_log (daemon, "*notice belfry-service: started, version *");
  belfry_test_daemon_write_config (daemon, LISTEN "drain-time=5s\n[log]\nlevel=info\n");
  belfry_test_daemon_signal (daemon, SIGHUP);
  g_autofree char *reloading = belfry_test_notify_wait (listener, "RELOADING=1");
  g_assert_nonnull (strstr (reloading, "MONOTONIC_USEC="));
  g_autofree char *ready = belfry_test_notify_wait (listener, "READY=1");
  g_assert_nonnull (strstr (ready, "reloads: 1"));
  g_assert_nonnull (strstr (ready, "descriptors"));
  belfry_test_daemon_wait_log (daemon, "*[log] level*debug*info*");
  belfry_test_daemon_wait_log (daemon, "*configuration reloaded*");
  belfry_test_daemon_signal (daemon, SIGTERM);
  g_free (belfry_test_notify_wait (listener, "STOPPING=1"));
  g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
}

static const int stop_signals[] = { SIGTERM, SIGINT };

/* Both signals that mean “stop” do. */
static void
test_stop (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (stop_signals); i++)
    {
      g_autoptr (BelfryTestNotify) listener = belfry_test_notify_new ();
      g_autoptr (BelfryTestDaemon) daemon = started (listener);

      belfry_test_daemon_signal (daemon, stop_signals[i]);
      g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
      g_assert_true (belfry_test_daemon_has_logged (daemon, "*notice belfry-service: stopped*"));
    }
}

/* A faulty configuration on reload is refused, and said with file and line; the daemon goes on. */
static void
test_reload_refused (void)
{
  g_autoptr (BelfryTestNotify) listener = belfry_test_notify_new ();
  g_autoptr (BelfryTestDaemon) daemon = started (listener);

  belfry_test_daemon_write_config (daemon, "[log]\nlevel=debug\nlevl=info\n" LISTEN);
  belfry_test_daemon_signal (daemon, SIGHUP);
  belfry_test_daemon_wait_log (daemon, "*error *belfry.conf:3*levl*level*");
  belfry_test_daemon_wait_log (daemon, "*reload refused, the old configuration stays in force*");
  g_free (belfry_test_notify_wait (listener, "READY=1"));
  belfry_test_daemon_write_config (daemon, MINIMAL);
  belfry_test_daemon_signal (daemon, SIGHUP);
  belfry_test_daemon_wait_log (daemon, "*configuration reloaded*");
  belfry_test_daemon_signal (daemon, SIGTERM);
  g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
}

/* A faulty configuration at the start ends the daemon with all faults named, in the log and to the
 * service manager. */
static void
test_start_refused (void)
{
  g_autoptr (BelfryTestNotify) listener = belfry_test_notify_new ();
  g_autoptr (BelfryTestDaemon) daemon =
      belfry_test_daemon_new ("[server]\nlisten=nowhere\nworkers=many\n[serve]\n");

  belfry_test_daemon_set_env (daemon, "NOTIFY_SOCKET", belfry_test_notify_get_address (listener));
  belfry_test_daemon_start (daemon);
  g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_CONFIG);
  g_assert_true (belfry_test_daemon_has_logged (daemon, "*error *belfry.conf:2:*listen*"));
  g_assert_true (belfry_test_daemon_has_logged (daemon, "*error *belfry.conf:3:*workers*"));
  g_assert_true (belfry_test_daemon_has_logged (daemon, "*error *belfry.conf:4:*server*"));
  g_free (belfry_test_notify_wait (listener, "EXIT_STATUS=78"));
}

static const int signal_sequences[][4] = {
  { SIGHUP, SIGTERM },         { SIGTERM, SIGHUP },
  { SIGHUP, SIGHUP, SIGINT },  { SIGINT, SIGHUP, SIGHUP },
  { SIGHUP, SIGINT, SIGTERM }, { SIGTERM, SIGTERM },
  { SIGPIPE, SIGHUP, SIGINT }, { SIGHUP, SIGHUP, SIGHUP, SIGTERM },
};

/* Signals in any order while the daemon starts: it ends well or, after a second stop, at once; it
 * never hangs. */
static void
test_signals_in_any_order (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (signal_sequences); i++)
    {
      g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new (MINIMAL);

      belfry_test_daemon_start (daemon);
      belfry_test_daemon_wait_log (daemon, "*watching for signals*");
      for (gsize j = 0; j < 4 && signal_sequences[i][j] != 0; j++)
        belfry_test_daemon_signal (daemon, signal_sequences[i][j]);
      int status = belfry_test_daemon_wait_exit (daemon);
      g_assert_true (status == BELFRY_EXIT_OK || status == BELFRY_EXIT_SOFTWARE);
    }
}

/* A log that cannot be written stops nothing. */
static void
test_full_disk (void)
{
  g_autoptr (BelfryTestNotify) listener = belfry_test_notify_new ();
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new (MINIMAL);

  belfry_test_daemon_set_env (daemon, "NOTIFY_SOCKET", belfry_test_notify_get_address (listener));
  belfry_test_daemon_set_stderr (daemon, "/dev/full");
  belfry_test_daemon_start (daemon);
  g_free (belfry_test_notify_wait (listener, "READY=1"));
  belfry_test_daemon_signal (daemon, SIGHUP);
  g_free (belfry_test_notify_wait (listener, "RELOADING=1"));
  g_free (belfry_test_notify_wait (listener, "READY=1"));
  belfry_test_daemon_signal (daemon, SIGTERM);
  g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
}

/* Without standard descriptors nothing else takes their place, so that no line of the log gets to
 * where it does not belong. */
static void
test_no_standard_descriptors (void)
{
  g_autoptr (BelfryTestNotify) listener = belfry_test_notify_new ();
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new (MINIMAL);

  belfry_test_daemon_set_env (daemon, "NOTIFY_SOCKET", belfry_test_notify_get_address (listener));
  belfry_test_daemon_close_standard (daemon);
  belfry_test_daemon_start (daemon);
  g_free (belfry_test_notify_wait (listener, "READY=1"));
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    {
      g_autofree char *link =
          g_strdup_printf ("/proc/%d/fd/%d", (int) belfry_test_daemon_get_pid (daemon), fd);
      g_autofree char *target = g_file_read_link (link, NULL);

      g_assert_cmpstr (target, ==, "/dev/null");
    }
  belfry_test_daemon_signal (daemon, SIGTERM);
  g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
}

static const char *const broken_notify_sockets[] = { "relative", "/nowhere/at/all", "/", "@", "" };

/* A notify socket that is none is said once, and the daemon runs without. */
static void
test_broken_notify_socket (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (broken_notify_sockets); i++)
    {
      g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new (MINIMAL);

      belfry_test_daemon_set_env (daemon, "NOTIFY_SOCKET", broken_notify_sockets[i]);
      belfry_test_daemon_start (daemon);
      belfry_test_daemon_wait_log (daemon, "*started, version*");
      belfry_test_daemon_signal (daemon, SIGTERM);
      g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
      g_assert_true (belfry_test_daemon_has_logged (daemon, "*warning belfry-notify:*"));
    }
}

/* The watchdog is fed while the daemon runs. */
static void
test_watchdog (void)
{
  g_autoptr (BelfryTestNotify) listener = belfry_test_notify_new ();
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new (MINIMAL);

  belfry_test_daemon_set_env (daemon, "NOTIFY_SOCKET", belfry_test_notify_get_address (listener));
  belfry_test_daemon_set_env (daemon, "WATCHDOG_USEC", "20000");
  belfry_test_daemon_start (daemon);
  belfry_test_wait_until (belfry_test_notify_count (listener, "WATCHDOG=1") >= 3);
  belfry_test_daemon_signal (daemon, SIGTERM);
  g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
}

static int
listening_fd (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, FALSE, NULL));
  g_assert_true (g_socket_listen (socket, NULL));
  int fd = dup (g_socket_get_fd (socket));
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

/* Sockets from the service manager are found by their names. */
static void
test_activation (void)
{
  g_autoptr (BelfryTestNotify) listener = belfry_test_notify_new ();
  g_autoptr (BelfryTestDaemon) daemon =
      belfry_test_daemon_new ("[server]\nlisten=systemd:web, systemd:admin\n");

  belfry_test_daemon_set_env (daemon, "NOTIFY_SOCKET", belfry_test_notify_get_address (listener));
  belfry_test_daemon_pass_fd (daemon, listening_fd ());
  belfry_test_daemon_pass_fd (daemon, listening_fd ());
  belfry_test_daemon_set_env (daemon, "LISTEN_FDS", "2");
  belfry_test_daemon_set_env (daemon, "LISTEN_FDNAMES", "web:admin");
  belfry_test_daemon_start (daemon);
  g_autofree char *ready = belfry_test_notify_wait (listener, "READY=1");
  g_assert_nonnull (strstr (ready, "sockets from the service manager: 2"));
  belfry_test_daemon_signal (daemon, SIGTERM);
  g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
}

/* A name that no socket has is a fault of the configuration, told as such. */
static void
test_activation_missing (void)
{
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new ("[server]\nlisten=systemd:web\n");

  belfry_test_daemon_start (daemon);
  g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_CONFIG);
  g_assert_true (belfry_test_daemon_has_logged (daemon, "*systemd:web*passed no such socket*"));
}

static const char *const lying_counts[] = { "5", "-1", "many", "99999999999999999999", "" };

/* LISTEN_FDS that lies is not believed: the daemon says so and runs on what is really there. */
static void
test_activation_lies (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lying_counts); i++)
    {
      g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new (MINIMAL);

      belfry_test_daemon_pass_fd (daemon, open ("/dev/null", O_RDWR | O_CLOEXEC));
      belfry_test_daemon_set_env (daemon, "LISTEN_FDS", lying_counts[i]);
      belfry_test_daemon_start (daemon);
      belfry_test_daemon_wait_log (daemon, "*started, version*");
      belfry_test_daemon_signal (daemon, SIGTERM);
      g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
      g_assert_true (belfry_test_daemon_has_logged (daemon, "*warning belfry-activation:*"));
    }
}

/* The limit of descriptors is raised to what is allowed, and too few of them are said. */
static void
test_descriptors (void)
{
  g_autoptr (BelfryTestDaemon) daemon = belfry_test_daemon_new (LISTEN "max-connections=1000000\n");
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  belfry_test_daemon_start (daemon);
  g_autofree char *raised = g_strdup_printf ("*up to %lu descriptors*", (gulong) limit.rlim_max);
  belfry_test_daemon_wait_log (daemon, raised);
  if (limit.rlim_max < 1000000)
    belfry_test_daemon_wait_log (daemon, "*warning*max-connections=1000000 needs*");
  belfry_test_daemon_wait_log (daemon, "*started, version*");
  belfry_test_daemon_signal (daemon, SIGTERM);
  g_assert_cmpint (belfry_test_daemon_wait_exit (daemon), ==, BELFRY_EXIT_OK);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/daemon/life", test_life);
  belfry_test_add ("/daemon/stop", test_stop);
  belfry_test_add ("/daemon/reload-refused", test_reload_refused);
  belfry_test_add ("/daemon/start-refused", test_start_refused);
  belfry_test_add ("/daemon/signals-in-any-order", test_signals_in_any_order);
  belfry_test_add ("/daemon/full-disk", test_full_disk);
  belfry_test_add ("/daemon/no-standard-descriptors", test_no_standard_descriptors);
  belfry_test_add ("/daemon/broken-notify-socket", test_broken_notify_socket);
  belfry_test_add ("/daemon/watchdog", test_watchdog);
  belfry_test_add ("/daemon/activation", test_activation);
  belfry_test_add ("/daemon/activation-missing", test_activation_missing);
  belfry_test_add ("/daemon/activation-lies", test_activation_lies);
  belfry_test_add ("/daemon/descriptors", test_descriptors);
  return g_test_run ();
}
