/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-notify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "belfry-names.h"
#include "belfry-test-files.h"
#include "belfry-test-notify.h"
#include "belfry-test.h"

static BelfryNotify *
notify_new (const char *address)
{
  g_setenv (BELFRY_ENV_NOTIFY_SOCKET, address, TRUE);
  BelfryNotify *self = belfry_notify_new_from_environment ();
  g_assert_null (g_getenv (BELFRY_ENV_NOTIFY_SOCKET));
  return self;
}

static void
expect_complaint (const char *reason)
{
  g_autofree char *pattern =
      g_strconcat ("the service manager is not told how we are: ", reason, NULL);

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-notify", pattern);
}

static void
assert_messages (BelfryTestNotify *manager, const char *const *expected)
{
  g_auto (GStrv) messages = belfry_test_notify_get_messages (manager);

  g_assert_cmpstrv (messages, expected);
}

static void
tell_life (BelfryTestNotify *manager)
{
  g_autoptr (BelfryNotify) notify = notify_new (belfry_test_notify_get_address (manager));

  g_assert_true (belfry_notify_ready (notify, "Serving"));
  g_assert_true (belfry_notify_status (notify, "2 clients"));
  g_assert_true (belfry_notify_watchdog (notify));
  g_assert_true (belfry_notify_extend_timeout (notify, G_MAXUINT64));
  g_assert_true (belfry_notify_stopping (notify, NULL));
  g_autofree char *last = belfry_test_notify_wait (manager, "STOPPING=1");
  g_assert_cmpstr (last, ==, "STOPPING=1");
}

static const char *const life[] = {
  "READY=1\nSTATUS=Serving",
  "STATUS=2 clients",
  "WATCHDOG=1",
  "EXTEND_TIMEOUT_USEC=18446744073709551615",
  "STOPPING=1",
  NULL,
};

/* The manager hears, in order and as one message each, what happens to us. */
static void
test_path (void)
{
  g_autoptr (BelfryTestNotify) manager = belfry_test_notify_new ();

  tell_life (manager);
  assert_messages (manager, life);
}

/* The same where the manager's socket has an abstract name. */
static void
test_abstract (void)
{
  g_autoptr (BelfryTestNotify) manager = belfry_test_notify_new_abstract ();

  tell_life (manager);
  assert_messages (manager, life);
}

/* A reload carries the time at which it began, by the manager's clock. */
static void
test_reloading (void)
{
  g_autoptr (BelfryTestNotify) manager = belfry_test_notify_new ();
  g_autoptr (BelfryNotify) notify = notify_new (belfry_test_notify_get_address (manager));
  gint64 before = g_get_monotonic_time ();

  g_assert_true (belfry_notify_reloading (notify, "Reading the configuration"));
  gint64 after = g_get_monotonic_time ();
  g_autofree char *message = belfry_test_notify_wait (manager, "RELOADING=1");
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_true (g_str_has_prefix (lines[1], "MONOTONIC_USEC="));
  gint64 when = g_ascii_strtoll (strchr (lines[1], '=') + 1, NULL, 10);
  g_assert_cmpint (when, >=, before);
  g_assert_cmpint (when, <=, after);
  g_assert_cmpstr (lines[2], ==, "STATUS=Reading the configuration");
}

/* On the way out the manager hears of the reasons that there are. */
static void
test_error_status (void)
{
  g_autoptr (BelfryTestNotify) manager = belfry_test_notify_new ();
  g_autoptr (BelfryNotify) notify = notify_new (belfry_test_notify_get_address (manager));

  g_assert_true (belfry_notify_error_status (notify, "No port", EADDRINUSE, 71));
  g_assert_true (belfry_notify_error_status (notify, NULL, 0, 78));
  g_autofree char *last = belfry_test_notify_wait (manager, "EXIT_STATUS=78");
  g_assert_cmpstr (last, ==, "EXIT_STATUS=78");
  g_autofree char *first = g_strdup_printf ("STATUS=No port\nERRNO=%d\nEXIT_STATUS=71", EADDRINUSE);
  assert_messages (manager, (const char *const[]){ first, "EXIT_STATUS=78", NULL });
}

typedef struct
{
  const char *status;
  const char *sent;
} StatusCase;

static const StatusCase status_cases[] = {
  { "", "STATUS=" },
  { "Grüße 🔔", "STATUS=Grüße 🔔" },
  { "fine\nWATCHDOG=trigger", "STATUS=fine\\nWATCHDOG=trigger" },
  { "fine\r\nMAINPID=1", "STATUS=fine\\x0d\\nMAINPID=1" },
  { "tab\tbell\a", "STATUS=tab\\x09bell\\x07" },
  { "\xff\xfe", "STATUS=\\xff\\xfe" },
};

/* No text, wherever it came from, becomes an assignment of its own. */
static void
test_injection (void)
{
  g_autoptr (BelfryTestNotify) manager = belfry_test_notify_new ();
  g_autoptr (BelfryNotify) notify = notify_new (belfry_test_notify_get_address (manager));

  for (gsize i = 0; i < G_N_ELEMENTS (status_cases); i++)
    {
      g_assert_true (belfry_notify_status (notify, status_cases[i].status));
      g_autofree char *message = belfry_test_notify_wait (manager, status_cases[i].sent);
      g_assert_cmpstr (message, ==, status_cases[i].sent);
    }
}

/* A long text is cut between two characters, so that the manager can read all of the message. */
static void
test_long_status (void)
{
  g_autoptr (BelfryTestNotify) manager = belfry_test_notify_new ();
  g_autoptr (BelfryNotify) notify = notify_new (belfry_test_notify_get_address (manager));
  g_autoptr (GString) status = g_string_new ("x");

  while (status->len < 10000)
    g_string_append (status, "ü");
  g_assert_true (belfry_notify_ready (notify, status->str));
  g_autofree char *message = belfry_test_notify_wait (manager, "READY=1");
  g_assert_true (g_utf8_validate (message, -1, NULL));
  g_assert_cmpuint (strlen (message), ==, strlen ("READY=1\nSTATUS=") + 1023);
}

/* The low-level call sends what it is given, and neither nothing at all nor more than can be read.
 */
static void
test_send (void)
{
  g_autoptr (BelfryTestNotify) manager = belfry_test_notify_new ();
  g_autoptr (BelfryNotify) notify = notify_new (belfry_test_notify_get_address (manager));
  const BelfryNotifyField some[] = { { "X_ONE", "1" }, { "X_TWO", NULL }, { "X_3", "a=b" } };
  const BelfryNotifyField none[] = { { "X_ONE", NULL } };
  g_autofree char *text = g_strnfill (1024, 'x');
  const BelfryNotifyField many[] = { { "A", text }, { "B", text }, { "C", text }, { "D", text } };

  g_assert_true (belfry_notify_send (notify, some, G_N_ELEMENTS (some)));
  g_assert_false (belfry_notify_send (notify, none, G_N_ELEMENTS (none)));
  expect_complaint ("a message of 4107 bytes is longer than it reads");
  g_assert_false (belfry_notify_send (notify, many, G_N_ELEMENTS (many)));
  g_assert_true (belfry_notify_ready (notify, NULL));
  g_autofree char *last = belfry_test_notify_wait (manager, "READY=1");
  g_assert_cmpstr (last, ==, "READY=1");
  assert_messages (manager, (const char *const[]){ "X_ONE=1\nX_3=a=b", "READY=1", NULL });
}

/* Without a manager nothing happens, and nobody hears of it. */
static void
test_absent (void)
{
  g_unsetenv (BELFRY_ENV_NOTIFY_SOCKET);
  g_autoptr (BelfryNotify) notify = belfry_notify_new_from_environment ();

  g_assert_false (belfry_notify_ready (notify, "Serving"));
  g_assert_false (belfry_notify_watchdog (notify));
  g_assert_cmpint (belfry_notify_watchdog_interval (notify), ==, 0);
}

#define TEN "xxxxxxxxxx"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

typedef struct
{
  const char *address;
  const char *complaint;
} AddressCase;

static const AddressCase bad_addresses[] = {
  { "", "NOTIFY_SOCKET is neither*" },
  { "run/notify", "NOTIFY_SOCKET is neither*" },
  { "vsock:2:1234", "NOTIFY_SOCKET is neither*" },
  { "/", "NOTIFY_SOCKET names nothing" },
  { "@", "NOTIFY_SOCKET names nothing" },
  { "/xxxxxxx" HUNDRED, "NOTIFY_SOCKET is too long for a socket" },
  { "@xxxxxxx" HUNDRED, "NOTIFY_SOCKET is too long for a socket" },
  { "/xxxxxx" HUNDRED, "sending to its socket: *" },
  { "/nonexistent/notify", "sending to its socket: No such file or directory" },
  { "/tmp", "sending to its socket: *" },
  { "/dev/null", "sending to its socket: *" },
  { "@belfry-test-nobody-listens", "sending to its socket: Connection refused" },
};

/* A wrong address is said once, and never again. */
static void
test_bad_addresses (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_addresses); i++)
    {
      g_test_message ("“%s”: %s", bad_addresses[i].address, bad_addresses[i].complaint);
      expect_complaint (bad_addresses[i].complaint);
      g_autoptr (BelfryNotify) notify = notify_new (bad_addresses[i].address);
      g_assert_false (belfry_notify_ready (notify, "x"));
      belfry_test_assert_logged ();
      g_assert_false (belfry_notify_watchdog (notify));
      g_assert_false (belfry_notify_stopping (notify, NULL));
    }
}

/* Another's socket, that nobody reads from. */
static int
bind_deaf_socket (const char *path, int type)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, type | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_no_errno (bind (fd, (const struct sockaddr *) &address, sizeof address));
  return fd;
}

/* A manager that does not read cannot hold us up; once it does, it hears of us again. */
static void
test_queue_full (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_path (dir, "notify");
  int fd = bind_deaf_socket (path, SOCK_DGRAM);
  g_autoptr (BelfryNotify) notify = notify_new (path);
  char buffer[64];

  expect_complaint ("sending to its socket: Resource temporarily unavailable");
  guint sent = 0;
  while (sent < 100000 && belfry_notify_watchdog (notify))
    sent++;
  g_assert_cmpuint (sent, >, 0);
  g_assert_cmpuint (sent, <, 100000);
  belfry_test_assert_logged ();
  g_assert_false (belfry_notify_watchdog (notify));
  while (recv (fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
    ;
  g_assert_true (belfry_notify_watchdog (notify));
  close (fd);
}

/* A socket of the wrong kind is as good as none; one that is closed, too; a new one is found again.
 */
static void
test_other_sockets (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_path (dir, "notify");
  int fd = bind_deaf_socket (path, SOCK_STREAM);
  g_autoptr (BelfryNotify) notify = notify_new (path);

  expect_complaint ("sending to its socket: *");
  g_assert_false (belfry_notify_ready (notify, NULL));
  close (fd);
  g_assert_false (belfry_notify_ready (notify, NULL));
  g_assert_no_errno (unlink (path));
  fd = bind_deaf_socket (path, SOCK_DGRAM);
  g_assert_true (belfry_notify_ready (notify, NULL));
  close (fd);
}

typedef struct
{
  const char *usec; /* (nullable) */
  const char *pid;  /* (nullable): "self" for our own */
  gint64 interval;
  const char *complaint; /* (nullable) */
} WatchdogCase;

static const WatchdogCase watchdog_cases[] = {
  { NULL, NULL, 0, NULL },
  { NULL, "self", 0, NULL },
  { "30000000", NULL, 30000000, NULL },
  { "30000000", "self", 30000000, NULL },
  { "2000", "self", 2000, NULL },
  { "9223372036854775807", NULL, G_MAXINT64, NULL },
  { "30000000", "1", 0, NULL },
  { "1999", NULL, 0, "WATCHDOG_USEC is not a number from *" },
  { "0", NULL, 0, "WATCHDOG_USEC is not a number from *" },
  { "9223372036854775808", NULL, 0, "WATCHDOG_USEC is not a number from *" },
  { "99999999999999999999999", NULL, 0, "WATCHDOG_USEC is not a number from *" },
  { "-30000000", NULL, 0, "WATCHDOG_USEC is not a number from *" },
  { "", NULL, 0, "WATCHDOG_USEC is not a number from *" },
  { "30s", NULL, 0, "WATCHDOG_USEC is not a number from *" },
  { " 30000000", NULL, 0, "WATCHDOG_USEC is not a number from *" },
  { "30000000", "", 0, "WATCHDOG_PID is not a number from *" },
  { "30000000", "0", 0, "WATCHDOG_PID is not a number from *" },
  { "30000000", "-1", 0, "WATCHDOG_PID is not a number from *" },
  { "30000000", "4294967297", 0, "WATCHDOG_PID is not a number from *" },
  { "30000000", "me", 0, "WATCHDOG_PID is not a number from *" },
};

static void
set_or_unset (const char *name, const char *value)
{
  if (value != NULL)
    g_setenv (name, value, TRUE);
  else
    g_unsetenv (name);
}

/* The watchdog's interval is believed if it is a number and meant for us; it is read only once. */
static void
test_watchdog_interval (void)
{
  g_autofree char *self = g_strdup_printf ("%d", getpid ());

  for (gsize i = 0; i < G_N_ELEMENTS (watchdog_cases); i++)
    {
      const WatchdogCase *c = &watchdog_cases[i];

      g_test_message ("row %" G_GSIZE_FORMAT, i);
      set_or_unset (BELFRY_ENV_WATCHDOG_USEC, c->usec);
      set_or_unset (BELFRY_ENV_WATCHDOG_PID, g_strcmp0 (c->pid, "self") == 0 ? self : c->pid);
      if (c->complaint != NULL)
        belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-notify", c->complaint);
      g_autoptr (BelfryNotify) notify = belfry_notify_new_from_environment ();
      g_assert_cmpint (belfry_notify_watchdog_interval (notify), ==, c->interval);
      g_assert_null (g_getenv (BELFRY_ENV_WATCHDOG_USEC));
      g_assert_null (g_getenv (BELFRY_ENV_WATCHDOG_PID));
      belfry_test_assert_logged ();
    }
}

/* The test kit's manager hears another process, too; a wait goes on where the last one ended. */
static void
test_other_process (void)
{
  g_autoptr (BelfryTestNotify) manager = belfry_test_notify_new ();
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_setenv (launcher, BELFRY_ENV_NOTIFY_SOCKET,
                                belfry_test_notify_get_address (manager), TRUE);
  g_autoptr (GSubprocess) child =
      g_subprocess_launcher_spawn (launcher, &error, "/proc/self/exe", "--child", NULL);
  g_assert_no_error (error);
  for (int i = 0; i < 3; i++)
    {
      g_autofree char *status = g_strdup_printf ("STATUS=%d", i);
      g_autofree char *message = belfry_test_notify_wait (manager, "WATCHDOG=1");

      g_assert_nonnull (strstr (message, status));
    }
  g_assert_true (g_subprocess_wait_check (child, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (belfry_test_notify_count (manager, "WATCHDOG=1"), ==, 3);
  g_assert_cmpuint (belfry_test_notify_count (manager, "WATCHDOG"), ==, 0);
}

static int
run_child (void)
{
  g_autoptr (BelfryNotify) notify = belfry_notify_new_from_environment ();

  for (int i = 0; i < 3; i++)
    {
      g_autofree char *status = g_strdup_printf ("%d", i);
      const BelfryNotifyField fields[] = { { "WATCHDOG", "1" }, { "STATUS", status } };

      if (!belfry_notify_send (notify, fields, G_N_ELEMENTS (fields)))
        return 1;
    }
  return 0;
}

int
main (int argc, char *argv[])
{
  if (argc == 2 && g_str_equal (argv[1], "--child"))
    return run_child ();

  belfry_test_init (&argc, &argv);
  belfry_test_add ("/notify/path", test_path);
  belfry_test_add ("/notify/abstract", test_abstract);
  belfry_test_add ("/notify/reloading", test_reloading);
  belfry_test_add ("/notify/error-status", test_error_status);
  belfry_test_add ("/notify/injection", test_injection);
  belfry_test_add ("/notify/long-status", test_long_status);
  belfry_test_add ("/notify/send", test_send);
  belfry_test_add ("/notify/absent", test_absent);
  belfry_test_add ("/notify/bad-addresses", test_bad_addresses);
  belfry_test_add ("/notify/queue-full", test_queue_full);
  belfry_test_add ("/notify/other-sockets", test_other_sockets);
  belfry_test_add ("/notify/watchdog-interval", test_watchdog_interval);
  belfry_test_add ("/notify/other-process", test_other_process);
  return g_test_run ();
}
