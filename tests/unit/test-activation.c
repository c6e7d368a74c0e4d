/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-activation.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "belfry-names.h"
#include "belfry-test.h"

/* Where the promised descriptors begin: beyond all that the test program itself has open. */
#define FIRST 700

typedef enum
{
  NOTHING,
  LISTENING,
  UNIX_LISTENING,
  BOUND,
  CONNECTED,
  DATAGRAM,
  PIPE,
  FOLDER,
} Thing;

/* Something of any kind, at descriptor @fd. */
static void
put (int fd, Thing thing)
{
  int pair[2] = { -1, -1 };

  switch (thing)
    {
    case LISTENING:
    case BOUND:
      pair[0] = socket (AF_INET, SOCK_STREAM, 0);
      if (thing == LISTENING)
        g_assert_no_errno (listen (pair[0], 1));
      break;
    case UNIX_LISTENING:
      pair[0] = socket (AF_UNIX, SOCK_STREAM, 0);
      /* Without a name of ours the kernel finds one. */
      g_assert_no_errno (bind (pair[0], &((struct sockaddr){ AF_UNIX }), sizeof (sa_family_t)));
      g_assert_no_errno (listen (pair[0], 1));
      break;
    case CONNECTED:
      g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM, 0, pair));
      break;
    case DATAGRAM:
      pair[0] = socket (AF_UNIX, SOCK_DGRAM, 0);
      break;
    case PIPE:
      g_assert_no_errno (pipe (pair));
      break;
    case FOLDER:
      pair[0] = open ("/", O_RDONLY | O_DIRECTORY);
      break;
    case NOTHING:
    default:
      return;
    }
  g_assert_cmpint (dup2 (pair[0], fd), ==, fd);
  close (pair[0]);
  if (pair[1] >= 0)
    close (pair[1]);
}

static void
set_or_unset (const char *name, const char *value)
{
  if (value != NULL)
    g_setenv (name, value, TRUE);
  else
    g_unsetenv (name);
}

static void
set_promise (const char *pid, const char *fds, const char *names)
{
  g_autofree char *self = g_strdup_printf ("%d", getpid ());

  set_or_unset (BELFRY_ENV_LISTEN_PID, g_strcmp0 (pid, "self") == 0 ? self : pid);
  set_or_unset (BELFRY_ENV_LISTEN_FDS, fds);
  set_or_unset (BELFRY_ENV_LISTEN_FDNAMES, names);
}

static GPtrArray *
take (void)
{
  GPtrArray *sockets = belfry_activation_take (FIRST);

  g_assert_null (g_getenv (BELFRY_ENV_LISTEN_PID));
  g_assert_null (g_getenv (BELFRY_ENV_LISTEN_FDS));
  g_assert_null (g_getenv (BELFRY_ENV_LISTEN_FDNAMES));
  return sockets;
}

static gboolean
is_open (int fd)
{
  return fcntl (fd, F_GETFD) >= 0;
}

static void
assert_socket (GPtrArray *sockets, guint index, int fd, const char *name)
{
  const BelfryActivationSocket *socket;

  g_assert_cmpuint (index, <, sockets->len);
  socket = g_ptr_array_index (sockets, index);
  g_assert_cmpint (socket->fd, ==, fd);
  g_assert_cmpstr (socket->name, ==, name);
}

/* Sockets that are what was promised are taken over, by name, with the flags that we need. */
static void
test_good (void)
{
  put (FIRST, LISTENING);
  put (FIRST + 1, UNIX_LISTENING);
  set_promise ("self", "2", "web:admin socket");
  g_autoptr (GPtrArray) sockets = take ();

  g_assert_cmpuint (sockets->len, ==, 2);
  assert_socket (sockets, 0, FIRST, "web");
  assert_socket (sockets, 1, FIRST + 1, "admin socket");
  for (int fd = FIRST; fd < FIRST + 2; fd++)
    {
      g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
      g_assert_cmpint (fcntl (fd, F_GETFL) & O_NONBLOCK, !=, 0);
    }
}

/* Who frees the list closes the sockets, but for those that somebody has taken out. */
static void
test_ownership (void)
{
  put (FIRST, LISTENING);
  put (FIRST + 1, LISTENING);
  set_promise ("self", "2", NULL);
  GPtrArray *sockets = take ();
  BelfryActivationSocket *first = g_ptr_array_index (sockets, 0);
  int stolen = g_steal_fd (&first->fd);

  g_ptr_array_unref (sockets);
  g_assert_true (is_open (stolen));
  g_assert_false (is_open (FIRST + 1));
  close (stolen);
}

/* The promise is kept by who made it: after one look there is none. */
static void
test_once (void)
{
  put (FIRST, LISTENING);
  set_promise ("self", "1", NULL);
  g_autoptr (GPtrArray) sockets = take ();
  g_autoptr (GPtrArray) again = take ();

  g_assert_cmpuint (sockets->len, ==, 1);
  g_assert_cmpuint (again->len, ==, 0);
}

typedef struct
{
  const char *pid;       /* (nullable) */
  const char *fds;       /* (nullable) */
  const char *complaint; /* (nullable) */
} PromiseCase;

#define NOT_A_NUMBER "LISTEN_FDS is not a number up to 64: no socket is taken over"
#define NOT_A_PROCESS "LISTEN_PID is not the number of a process: no socket is taken over"

static const PromiseCase promise_cases[] = {
  { NULL, NULL, NULL },
  { NULL, "1", NULL },
  { "self", NULL, NULL },
  { "self", "0", NULL },
  { "1", "1", NULL },
  { "1", "nonsense", NULL },
  { "", "1", NOT_A_PROCESS },
  { "0", "1", NOT_A_PROCESS },
  { "-1", "1", NOT_A_PROCESS },
  { "4294967297", "1", NOT_A_PROCESS },
  { "me", "1", NOT_A_PROCESS },
  { "self", "", NOT_A_NUMBER },
  { "self", "one", NOT_A_NUMBER },
  { "self", "1x", NOT_A_NUMBER },
  { "self", " 1", NOT_A_NUMBER },
  { "self", "+1", NOT_A_NUMBER },
  { "self", "-1", NOT_A_NUMBER },
  { "self", "65", NOT_A_NUMBER },
  { "self", "2147483647", NOT_A_NUMBER },
  { "self", "18446744073709551617", NOT_A_NUMBER },
};

/* A promise that is not for us, or makes no sense, is none, and what is open is left alone. */
static void
test_bad_promises (void)
{
  put (FIRST, LISTENING);
  for (gsize i = 0; i < G_N_ELEMENTS (promise_cases); i++)
    {
      const PromiseCase *c = &promise_cases[i];

      g_test_message ("row %" G_GSIZE_FORMAT, i);
      set_promise (c->pid, c->fds, "web");
      if (c->complaint != NULL)
        belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-activation", c->complaint);
      g_autoptr (GPtrArray) sockets = take ();
      g_assert_cmpuint (sockets->len, ==, 0);
      g_assert_true (is_open (FIRST));
      g_assert_cmpint (fcntl (FIRST, F_GETFD) & FD_CLOEXEC, ==, 0);
      belfry_test_assert_logged ();
    }
  close (FIRST);
}

typedef struct
{
  Thing thing;
  const char *defect;
} ThingCase;

static const ThingCase bad_things[] = {
  { NOTHING, "is not open" },       { BOUND, "does not listen" },
  { CONNECTED, "does not listen" }, { DATAGRAM, "is not a stream socket" },
  { PIPE, "is not a socket" },      { FOLDER, "is not a socket" },
};

/* What is not a listening stream socket is named and left as it is; its neighbours are taken. */
static void
test_bad_things (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_things); i++)
    {
      const ThingCase *c = &bad_things[i];
      g_autofree char *complaint =
          g_strdup_printf ("descriptor %d (odd) %s: left alone", FIRST + 1, c->defect);

      g_test_message ("%s", complaint);
      put (FIRST, LISTENING);
      put (FIRST + 1, c->thing);
      put (FIRST + 2, LISTENING);
      int flags = fcntl (FIRST + 1, F_GETFL);
      set_promise ("self", "3", "first:odd:last");
      belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-activation", complaint);
      GPtrArray *sockets = take ();
      g_assert_cmpuint (sockets->len, ==, 2);
      assert_socket (sockets, 0, FIRST, "first");
      assert_socket (sockets, 1, FIRST + 2, "last");
      g_ptr_array_unref (sockets);
      g_assert_cmpint (is_open (FIRST + 1), ==, c->thing != NOTHING);
      g_assert_cmpint (fcntl (FIRST + 1, F_GETFL), ==, flags);
      close (FIRST + 1);
    }
}

#define TEN "xxxxxxxxxx"
#define FIFTY TEN TEN TEN TEN TEN
#define LONGEST FIFTY FIFTY FIFTY FIFTY FIFTY "xxxxx"
#define MISCOUNTED                                                                                 \
  "LISTEN_FDNAMES has not as many names as LISTEN_FDS has descriptors, 2: none is used"
#define MISNAMED "descriptor 700: its name is not one of up to 255 printable characters"

typedef struct
{
  const char *names; /* (nullable) */
  const char *first;
  const char *second;
  const char *complaint; /* (nullable) */
} NameCase;

static const NameCase name_cases[] = {
  { "a:b", "a", "b", NULL },
  { LONGEST ":b", LONGEST, "b", NULL },
  { NULL, "unknown", "unknown", NULL },
  { "", "unknown", "unknown", NULL },
  { ":b", "unknown", "b", NULL },
  { "a:", "a", "unknown", NULL },
  { "a", "unknown", "unknown", MISCOUNTED },
  { "a:b:c", "unknown", "unknown", MISCOUNTED },
  { "a:b:c:d:e", "unknown", "unknown", MISCOUNTED },
  { "a:b:", "unknown", "unknown", MISCOUNTED },
  { "a\n:b", "unknown", "b", MISNAMED },
  { "\x7f:b", "unknown", "b", MISNAMED },
  { "größe:b", "unknown", "b", MISNAMED },
  { "\xff:b", "unknown", "b", MISNAMED },
  { LONGEST "x:b", "unknown", "b", MISNAMED },
};

/* Names are believed only if there is one for each, and each only if it is one. */
static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (name_cases); i++)
    {
      const NameCase *c = &name_cases[i];

      g_test_message ("row %" G_GSIZE_FORMAT, i);
      put (FIRST, LISTENING);
      put (FIRST + 1, LISTENING);
      set_promise ("self", "2", c->names);
      if (c->complaint != NULL)
        belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-activation", c->complaint);
      g_autoptr (GPtrArray) sockets = take ();
      assert_socket (sockets, 0, FIRST, c->first);
      assert_socket (sockets, 1, FIRST + 1, c->second);
      belfry_test_assert_logged ();
    }
}

/* A process that is really started with sockets from descriptor 3 on finds them there. */
static void
test_real_start (void)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  put (FIRST, LISTENING);
  put (FIRST + 1, UNIX_LISTENING);
  g_subprocess_launcher_take_fd (launcher, FIRST, BELFRY_ACTIVATION_FIRST_FD);
  g_subprocess_launcher_take_fd (launcher, FIRST + 1, BELFRY_ACTIVATION_FIRST_FD + 1);
  g_autoptr (GSubprocess) child =
      g_subprocess_launcher_spawn (launcher, &error, "/proc/self/exe", "--child", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (child, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (child));
  g_assert_cmpstr (output, ==, "3=web\n4=admin\n");
}

/* The launcher cannot know the number of the process, so the process itself plays that part. */
static int
run_child (void)
{
  set_promise ("self", "2", "web:admin");
  g_autoptr (GPtrArray) sockets = belfry_activation_take (BELFRY_ACTIVATION_FIRST_FD);

  for (guint i = 0; i < sockets->len; i++)
    {
      const BelfryActivationSocket *socket = g_ptr_array_index (sockets, i);

      printf ("%d=%s\n", socket->fd, socket->name);
    }
  return 0;
}

int
main (int argc, char *argv[])
{
  if (argc == 2 && g_str_equal (argv[1], "--child"))
    return run_child ();

  belfry_test_init (&argc, &argv);
  belfry_test_add ("/activation/good", test_good);
  belfry_test_add ("/activation/ownership", test_ownership);
  belfry_test_add ("/activation/once", test_once);
  belfry_test_add ("/activation/bad-promises", test_bad_promises);
  belfry_test_add ("/activation/bad-things", test_bad_things);
  belfry_test_add ("/activation/names", test_names);
  belfry_test_add ("/activation/real-start", test_real_start);
  return g_test_run ();
}
