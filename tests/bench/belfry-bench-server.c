/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-server.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "belfry-error.h"

struct _BelfryBenchServer
{
  GSubprocess *process;    /* (owned) (nullable) */
  BelfryBenchRedis *redis; /* (owned) (nullable) */
  GString *output;         /* (owned): what it printed until it had told its port */
  gint64 pid;
  guint16 port;
};

/* How long a server may take to tell its port, and to end when asked to. */
#define PATIENCE (10 * G_USEC_PER_SEC)

/* So much may a server print that nobody reads. */
#define PIPE_SIZE (1024 * 1024)
#define MAX_OUTPUT 65536

/* Runs between fork and exec. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* Programs of the tree are named relative to its build folder, which is two above ours. */
static char **
command_line (const char *const *argv)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self != NULL ? self : "./");
  g_autofree char *root = g_build_filename (folder, "..", "..", NULL);
  g_autofree char *program = g_canonicalize_filename (argv[0], root);

  g_strv_builder_add (builder, program);
  g_strv_builder_addv (builder, (const char **) argv + 1);
  return g_strv_builder_end (builder);
}

static int
output_fd (BelfryBenchServer *self)
{
  return g_unix_input_stream_get_fd (
      G_UNIX_INPUT_STREAM (g_subprocess_get_stdout_pipe (self->process)));
}

/* Returns whether more has come before the deadline and the end. */
static gboolean
read_more (BelfryBenchServer *self, gint64 deadline)
{
  struct pollfd poll_fd = { .fd = output_fd (self), .events = POLLIN };
  gint64 left = deadline - g_get_monotonic_time ();
  char bytes[4096];

  if (left <= 0 || poll (&poll_fd, 1, (int) (left / 1000) + 1) <= 0)
    return FALSE;
  gssize n = read (poll_fd.fd, bytes, sizeof bytes);
  if (n > 0 && self->output->len < MAX_OUTPUT)
    g_string_append_len (self->output, bytes, n);
  return n > 0;
}

/* A server may close its output and stay. */
static gboolean
has_ended (BelfryBenchServer *self, gint64 deadline)
{
  gint64 left = MAX (deadline - g_get_monotonic_time (), 0);
  struct pollfd poll_fd = { .fd = pidfd_open ((pid_t) self->pid, 0), .events = POLLIN };

  if (poll_fd.fd < 0)
    return TRUE;
  gboolean ended = poll (&poll_fd, 1, (int) (left / 1000)) > 0;
  close (poll_fd.fd);
  return ended;
}

/* A number counts only once something stands behind it. */
static guint16
find_port (const char *output, const char *port_after)
{
  for (const char *at = output; (at = strstr (at, port_after)) != NULL;)
    {
      at += strlen (port_after);
      gsize digits = strspn (at, "0123456789");
      g_autofree char *number = g_strndup (at, digits);
      guint64 port;

      if (at[digits] != '\0' &&
          g_ascii_string_to_unsigned (number, 10, 1, G_MAXUINT16, &port, NULL))
        return (guint16) port;
    }
  return 0;
}

GSubprocess *
belfry_bench_spawn (const char *const *argv, GSubprocessFlags flags, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);
  g_auto (GStrv) command = command_line (argv);

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  return g_subprocess_launcher_spawnv (launcher, (const char *const *) command, error);
}

/* The arguments, with the port of Redis in its place. */
static char **
expand (const BelfryBenchServer *self, const char *const *argv)
{
  guint16 port = self->redis != NULL ? belfry_bench_redis_get_port (self->redis) : 0;
  g_autofree char *text = g_strdup_printf ("%u", port);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; argv[i] != NULL; i++)
    {
      g_autoptr (GString) argument = g_string_new (argv[i]);

      g_string_replace (argument, "{redis}", text, 0);
      g_strv_builder_add (builder, argument->str);
    }
  return g_strv_builder_end (builder);
}

BelfryBenchServer *
belfry_bench_server_start (const BelfryBenchTarget *target, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;
  g_autoptr (BelfryBenchServer) self = g_new0 (BelfryBenchServer, 1);

  self->output = g_string_new (NULL);
  if (target->topics != NULL && (self->redis = belfry_bench_redis_start (error)) == NULL)
    return NULL;
  g_auto (GStrv) argv = expand (self, target->argv);
  self->process =
      belfry_bench_spawn ((const char *const *) argv,
                          G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, error);
  if (self->process == NULL)
    return NULL;
  const char *identifier = g_subprocess_get_identifier (self->process);
  self->pid = identifier != NULL ? g_ascii_strtoll (identifier, NULL, 10) : -1;
  fcntl (output_fd (self), F_SETPIPE_SZ, PIPE_SIZE);
  while (self->port == 0 && read_more (self, deadline))
    self->port = find_port (self->output->str, target->port_after);
  if (self->port == 0)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                   "%s tells no port behind \"%s\"; it printed: %s", target->name,
                   target->port_after, self->output->str);
      return NULL;
    }
  return g_steal_pointer (&self);
}

static gboolean
end (BelfryBenchServer *self)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;

  g_subprocess_send_signal (self->process, SIGTERM);
  while (read_more (self, deadline))
    continue;
  if (!has_ended (self, deadline))
    g_subprocess_force_exit (self->process);
  return g_subprocess_wait_check (self->process, NULL, NULL);
}

gboolean
belfry_bench_server_stop (BelfryBenchServer *self)
{
  gboolean success = self->process != NULL && end (self);

  g_clear_object (&self->process);
  g_clear_pointer (&self->redis, belfry_bench_redis_stop);
  g_string_free (self->output, TRUE);
  g_free (self);
  return success;
}

guint16
belfry_bench_server_get_port (const BelfryBenchServer *self)
{
  return self->port;
}

gint64
belfry_bench_server_get_pid (const BelfryBenchServer *self)
{
  return self->pid;
}

BelfryBenchRedis *
belfry_bench_server_get_redis (const BelfryBenchServer *self)
{
  return self->redis;
}

gint64
belfry_bench_cpu_of (gint64 pid)
{
  struct timespec time;
  clockid_t clock;

  if (pid <= 0 || clock_getcpuclockid ((pid_t) pid, &clock) != 0 ||
      clock_gettime (clock, &time) != 0)
    return -1;
  return (gint64) time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

static gint64
thread_cpu (const char *tasks, const char *thread)
{
  g_autofree char *path = g_build_filename (tasks, thread, "schedstat", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? g_ascii_strtoll (text, NULL, 10) : -1;
}

GHashTable *
belfry_bench_threads_of (gint64 pid)
{
  g_autofree char *tasks = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", pid);
  g_autoptr (GDir) dir = g_dir_open (tasks, 0, NULL);
  GHashTable *threads = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *thread;

  while (dir != NULL && (thread = g_dir_read_name (dir)) != NULL)
    {
      gint64 cpu = thread_cpu (tasks, thread);

      if (cpu >= 0)
        g_hash_table_insert (threads, g_strdup (thread), g_memdup2 (&cpu, sizeof cpu));
    }
  return threads;
}

gint64
belfry_bench_busiest (GHashTable *before, GHashTable *after)
{
  GHashTableIter iter;
  gpointer thread, cpu;
  gint64 most = 0;

  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &thread, &cpu))
    {
      const gint64 *earlier = g_hash_table_lookup (before, thread);

      most = MAX (most, *(gint64 *) cpu - (earlier != NULL ? *earlier : 0));
    }
  return most;
}

gint64
belfry_bench_memory_of (gint64 pid, const char *field)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/smaps_rollup", pid);
  g_autofree char *wanted = g_strdup_printf ("\n%s:", field);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return -1;
  const char *line = strstr (text, wanted);
  return line != NULL ? g_ascii_strtoll (line + strlen (wanted), NULL, 10) * 1024 : -1;
}
