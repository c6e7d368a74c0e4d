/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-redis.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-bench-server.h"
#include "belfry-error.h"

struct _BelfryBenchRedis
{
  GSubprocess *process; /* (owned) (nullable) */
  guint16 port;
};

#define PATIENCE (10 * G_USEC_PER_SEC)

/* Between two attempts to reach a server that has not begun to listen. */
#define INTERVAL 5 /* milliseconds */

gboolean
belfry_bench_redis_available (void)
{
  g_autofree char *path = g_find_program_in_path ("redis-server");

  if (path == NULL)
    g_print ("skipped: there is no redis-server\n");
  return path != NULL;
}

/* A port that was free a moment ago: Redis cannot be asked to choose one. */
static guint16
free_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = g_htonl (INADDR_LOOPBACK);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, length) != 0 ||
      getsockname (fd, (struct sockaddr *) &address, &length) != 0)
    address.sin_port = 0;
  if (fd >= 0)
    close (fd);
  return g_ntohs (address.sin_port);
}

int
belfry_bench_redis_connect (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = g_htons (port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = g_htonl (INADDR_LOOPBACK);
  if (fd < 0)
    return -1;
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  int reason = errno;
  close (fd);
  errno = reason;
  return -1;
}

gboolean
belfry_bench_redis_say (int fd, const char *text, gsize length)
{
  while (length > 0)
    {
      gssize sent = send (fd, text, length, MSG_NOSIGNAL);

      if (sent < 0 && errno != EINTR)
        return FALSE;
      text += MAX (sent, 0);
      length -= (gsize) MAX (sent, 0);
    }
  return TRUE;
}

/* Returns: whether it is still there after a while */
static gboolean
stays (const BelfryBenchRedis *self)
{
  const char *pid = g_subprocess_get_identifier (self->process);
  struct pollfd poll_fd = { .events = POLLIN };

  if (pid == NULL)
    return FALSE;
  poll_fd.fd = pidfd_open ((pid_t) g_ascii_strtoll (pid, NULL, 10), 0);
  if (poll_fd.fd < 0)
    return FALSE;
  gboolean ended = poll (&poll_fd, 1, INTERVAL) > 0;
  close (poll_fd.fd);
  return !ended;
}

static gboolean
wait_for (const BelfryBenchRedis *self, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;
  int fd;

  while ((fd = belfry_bench_redis_connect (self->port)) < 0 && g_get_monotonic_time () < deadline &&
         stays (self))
    continue;
  if (fd < 0)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                   "redis-server does not listen on port %u", self->port);
      return FALSE;
    }
  close (fd);
  return TRUE;
}

static gboolean
spawn (BelfryBenchRedis *self, GError **error)
{
  g_autofree char *program = g_find_program_in_path ("redis-server");
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  const char *const argv[] = {
    program,     "--bind",
    "127.0.0.1", "--port",
    port,        "--save",
    "",          "--loglevel",
    "warning",   "--daemonize",
    "no",        "--maxclients",
    "100",       "--client-output-buffer-limit",
    "pubsub",    "0",
    "0",         "0",
    NULL,
  };

  if (program == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "there is no redis-server");
      return FALSE;
    }
  self->process = belfry_bench_spawn (argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, error);
  return self->process != NULL && wait_for (self, error);
}

static void
end (BelfryBenchRedis *self)
{
  if (self->process == NULL)
    return;
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->process);
}

BelfryBenchRedis *
belfry_bench_redis_start (GError **error)
{
  g_autoptr (BelfryBenchRedis) self = g_new0 (BelfryBenchRedis, 1);

  self->port = free_port ();
  return spawn (self, error) ? g_steal_pointer (&self) : NULL;
}

void
belfry_bench_redis_stop (BelfryBenchRedis *self)
{
  end (self);
  g_free (self);
}

gboolean
belfry_bench_redis_replace (BelfryBenchRedis *self, GError **error)
{
  end (self);
  return spawn (self, error);
}

guint16
belfry_bench_redis_get_port (const BelfryBenchRedis *self)
{
  return self->port;
}

gint64
belfry_bench_redis_count_channels (const BelfryBenchRedis *self)
{
  static const char question[] = "INFO stats\r\n";
  static const char name[] = "\npubsub_channels:";
  char answer[16384];
  int fd = belfry_bench_redis_connect (self->port);
  gssize n = -1;

  if (fd < 0)
    return -1;
  if (belfry_bench_redis_say (fd, question, strlen (question)))
    n = recv (fd, answer, sizeof answer - 1, 0);
  close (fd);
  answer[MAX (n, 0)] = '\0';
  const char *line = strstr (answer, name);
  return line != NULL ? g_ascii_strtoll (line + strlen (name), NULL, 10) : -1;
}
