/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-activation"

#include "config.h"

#include "belfry-activation.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-environment.h"
#include "belfry-log.h"
#include "belfry-names.h"

/* The receiving end of socket activation. Used once, on the main thread, by the composition root.
 */

/* As long as the service manager allows a name to be. */
#define MAX_NAME 255

/* What the environment promises. */
typedef struct
{
  char *pid;   /* (owned) (nullable) */
  char *fds;   /* (owned) (nullable) */
  char *names; /* (owned) (nullable) */
} Promise;

static void
promise_clear (Promise *self)
{
  g_free (self->pid);
  g_free (self->fds);
  g_free (self->names);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Promise, promise_clear)

static gboolean
is_for_us (const Promise *promise)
{
  guint64 pid;

  if (promise->pid == NULL)
    return FALSE;
  if (!g_ascii_string_to_unsigned (promise->pid, 10, 1, G_MAXINT, &pid, NULL))
    {
      belfry_log_warning ("%s is not the number of a process: no socket is taken over",
                          BELFRY_ENV_LISTEN_PID);
      return FALSE;
    }
  return (pid_t) pid == getpid ();
}

static int
count_promised (const Promise *promise)
{
  guint64 n;

  if (promise->fds == NULL)
    return 0;
  if (!g_ascii_string_to_unsigned (promise->fds, 10, 0, BELFRY_ACTIVATION_MAX, &n, NULL))
    {
      belfry_log_warning ("%s is not a number up to %d: no socket is taken over",
                          BELFRY_ENV_LISTEN_FDS, BELFRY_ACTIVATION_MAX);
      return 0;
    }
  return (int) n;
}

/* Returns: (nullable): the names, one for each descriptor */
static char **
split_names (const Promise *promise, int n_fds)
{
  if (n_fds == 0 || promise->names == NULL || *promise->names == '\0')
    return NULL;

  /* The last part would hold all that is too much. */
  g_auto (GStrv) names = g_strsplit (promise->names, ":", n_fds + 1);

  if (g_strv_length (names) != (guint) n_fds)
    {
      belfry_log_warning ("%s has not as many names as %s has descriptors, %d: none is used",
                          BELFRY_ENV_LISTEN_FDNAMES, BELFRY_ENV_LISTEN_FDS, n_fds);
      return NULL;
    }
  return g_steal_pointer (&names);
}

static gboolean
is_name (const char *name)
{
  const char *p = name;

  while (*p >= ' ' && *p < '\x7f')
    p++;
  return *p == '\0' && p - name <= MAX_NAME;
}

/* The manager itself leaves names empty that it does not know. */
static const char *
believed_name (const char *name, int fd)
{
  if (name == NULL || *name == '\0')
    return BELFRY_ACTIVATION_UNKNOWN;
  if (is_name (name))
    return name;
  belfry_log_warning ("descriptor %d: its name is not one of up to %d printable characters", fd,
                      MAX_NAME);
  return BELFRY_ACTIVATION_UNKNOWN;
}

/* Returns: -1 if the descriptor has no such option, as one that is not a socket's */
static int
get_option (int fd, int option)
{
  int value;
  socklen_t length = sizeof value;

  return getsockopt (fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

/* Returns: (nullable): in what way the descriptor is not what was promised */
static const char *
find_defect (int fd)
{
  if (fcntl (fd, F_GETFD) < 0)
    return "is not open";

  int type = get_option (fd, SO_TYPE);

  if (type < 0)
    return "is not a socket";
  if (type != SOCK_STREAM)
    return "is not a stream socket";
  if (get_option (fd, SO_ACCEPTCONN) != 1)
    return "does not listen";
  return NULL;
}

static gboolean
set_flags (int fd)
{
  int flags = fcntl (fd, F_GETFL);

  return flags >= 0 && fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
         fcntl (fd, F_SETFD, FD_CLOEXEC) == 0;
}

static void
take_one (GPtrArray *sockets, int fd, const char *name)
{
  const char *defect = find_defect (fd);

  if (defect == NULL && !set_flags (fd))
    defect = "cannot be made non-blocking and close-on-exec";
  if (defect != NULL)
    {
      belfry_log_warning ("descriptor %d (%s) %s: left alone", fd, name, defect);
      return;
    }

  BelfryActivationSocket *socket = g_new (BelfryActivationSocket, 1);

  *socket = (BelfryActivationSocket){ fd, g_strdup (name) };
  g_ptr_array_add (sockets, socket);
}

void
belfry_activation_socket_free (BelfryActivationSocket *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->name);
  g_free (self);
}

GPtrArray *
belfry_activation_take (int first_fd)
{
  GPtrArray *sockets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_activation_socket_free);
  g_auto (Promise) promise = {
    .pid = belfry_environment_take (BELFRY_ENV_LISTEN_PID),
    .fds = belfry_environment_take (BELFRY_ENV_LISTEN_FDS),
    .names = belfry_environment_take (BELFRY_ENV_LISTEN_FDNAMES),
  };

  if (!is_for_us (&promise))
    return sockets;

  int n_fds = count_promised (&promise);
  g_auto (GStrv) names = split_names (&promise, n_fds);

  for (int i = 0; i < n_fds; i++)
    take_one (sockets, first_fd + i, believed_name (names != NULL ? names[i] : NULL, first_fd + i));
  return sockets;
}
