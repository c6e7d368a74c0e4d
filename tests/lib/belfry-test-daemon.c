/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-daemon"

#include "config.h"

#include "belfry-test-daemon.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "belfry-test.h"

/* One process under test. What it writes is read by sources of the test's main context, which every
 * wait runs. */
struct _BelfryTestDaemon
{
  BelfryTestDir *dir;            /* (owned) */
  char *config_path;             /* (owned) */
  GPtrArray *args;               /* (element-type utf8) (owned) */
  GSubprocessLauncher *launcher; /* (owned) */
  GSubprocess *process;          /* (owned) (nullable): once started */
  GDataInputStream *errors; /* (owned) (nullable): its standard error, unless that went elsewhere */
  GString *output;          /* (owned): its standard output so far */
  char output_buffer[4096];
  GPtrArray *lines; /* (element-type utf8) (owned): its log so far */
  guint n_seen;     /* lines that a wait has gone past */
  guint n_reading;  /* streams that are not at their end */
  gboolean stderr_elsewhere;
  gboolean standard_closed;
  gboolean exited;
  int next_fd;
};

#define FIRST_FD 3

/* Lets the shell put its own pid, which is the daemon's after exec, where the daemon looks for it.
 */
#define EXEC_WITH_PID "LISTEN_PID=$$ exec \"$@\""

static const char *const foreign_variables[] = {
  "NOTIFY_SOCKET",  "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
  "LISTEN_FDNAMES", "PORT",          "REDIS_URL",    "JWT_SECRET", "JOURNAL_STREAM",
};

/* In the child, before exec: nothing but system calls. A test that is aborted takes its daemon with
 * it. */
static void
set_up_child (gpointer user_data)
{
  const BelfryTestDaemon *self = user_data;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (self->standard_closed)
    {
      close (STDIN_FILENO);
      close (STDOUT_FILENO);
      close (STDERR_FILENO);
    }
}

static void read_line (BelfryTestDaemon *self);
static void read_output (BelfryTestDaemon *self);

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryTestDaemon *self = user_data;
  char *line =
      g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, NULL);

  if (line == NULL)
    {
      self->n_reading--;
      return;
    }
  g_printerr ("# belfryd: %s\n", line);
  g_ptr_array_add (self->lines, line);
  read_line (self);
}

static void
read_line (BelfryTestDaemon *self)
{
  g_data_input_stream_read_line_async (self->errors, G_PRIORITY_DEFAULT, NULL, on_line, self);
}

static void
on_output (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryTestDaemon *self = user_data;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n <= 0)
    {
      self->n_reading--;
      return;
    }
  g_string_append_len (self->output, self->output_buffer, n);
  read_output (self);
}

static void
read_output (BelfryTestDaemon *self)
{
  g_input_stream_read_async (g_subprocess_get_stdout_pipe (self->process), self->output_buffer,
                             sizeof self->output_buffer, G_PRIORITY_DEFAULT, NULL, on_output, self);
}

static void
on_exited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BelfryTestDaemon *self = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  self->exited = TRUE;
}

static gboolean
find_line (BelfryTestDaemon *self, guint from, const char *pattern, guint *index)
{
  for (guint i = from; i < self->lines->len; i++)
    {
      if (g_pattern_match_simple (pattern, g_ptr_array_index (self->lines, i)))
        {
          *index = i;
          return TRUE;
        }
    }
  return FALSE;
}

static char **
command_line (BelfryTestDaemon *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (self->next_fd > FIRST_FD)
    g_strv_builder_add_many (builder, "/bin/sh", "-c", EXEC_WITH_PID, "sh", NULL);
  for (guint i = 0; i < self->args->len; i++)
    g_strv_builder_add (builder, g_ptr_array_index (self->args, i));
  return g_strv_builder_end (builder);
}

BelfryTestDaemon *
belfry_test_daemon_new (const char *config)
{
  BelfryTestDaemon *self = g_new0 (BelfryTestDaemon, 1);

  self->dir = belfry_test_dir_new ();
  self->config_path = belfry_test_dir_write (self->dir, "belfry.conf", config, -1);
  self->args = g_ptr_array_new_with_free_func (g_free);
  self->lines = g_ptr_array_new_with_free_func (g_free);
  self->output = g_string_new (NULL);
  self->next_fd = FIRST_FD;
  self->launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  for (gsize i = 0; i < G_N_ELEMENTS (foreign_variables); i++)
    g_subprocess_launcher_unsetenv (self->launcher, foreign_variables[i]);
  g_ptr_array_add (self->args, g_test_build_filename (G_TEST_BUILT, "..", "src", "belfryd", NULL));
  belfry_test_daemon_add_arg (self, "--config");
  belfry_test_daemon_add_arg (self, self->config_path);
  return self;
}

void
belfry_test_daemon_free (BelfryTestDaemon *self)
{
  if (self->process != NULL && !self->exited)
    g_subprocess_force_exit (self->process);
  if (self->process != NULL)
    belfry_test_wait_until (self->exited && self->n_reading == 0);
  g_clear_object (&self->errors);
  g_clear_object (&self->process);
  g_object_unref (self->launcher);
  g_ptr_array_unref (self->args);
  g_ptr_array_unref (self->lines);
  g_string_free (self->output, TRUE);
  g_free (self->config_path);
  belfry_test_dir_free (self->dir);
  g_free (self);
}

void
belfry_test_daemon_set_env (BelfryTestDaemon *self, const char *name, const char *value)
{
  g_subprocess_launcher_setenv (self->launcher, name, value, TRUE);
}

void
belfry_test_daemon_add_arg (BelfryTestDaemon *self, const char *arg)
{
  g_ptr_array_add (self->args, g_strdup (arg));
}

void
belfry_test_daemon_set_stderr (BelfryTestDaemon *self, const char *path)
{
  g_subprocess_launcher_set_stderr_file_path (self->launcher, path);
  self->stderr_elsewhere = TRUE;
}

void
belfry_test_daemon_close_standard (BelfryTestDaemon *self)
{
  self->standard_closed = TRUE;
  self->stderr_elsewhere = TRUE;
}

void
belfry_test_daemon_pass_fd (BelfryTestDaemon *self, int fd)
{
  g_subprocess_launcher_take_fd (self->launcher, fd, self->next_fd++);
}

void
belfry_test_daemon_start (BelfryTestDaemon *self)
{
  g_auto (GStrv) argv = command_line (self);
  g_autoptr (GError) error = NULL;

  if (!self->stderr_elsewhere)
    g_subprocess_launcher_set_flags (self->launcher, G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                                         G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_set_child_setup (self->launcher, set_up_child, self, NULL);
  self->process = g_subprocess_launcher_spawnv (self->launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  g_subprocess_wait_async (self->process, NULL, on_exited, self);
  self->n_reading++;
  read_output (self);
  if (!self->stderr_elsewhere)
    {
      self->errors = g_data_input_stream_new (g_subprocess_get_stderr_pipe (self->process));
      self->n_reading++;
      read_line (self);
    }
}

void
belfry_test_daemon_write_config (BelfryTestDaemon *self, const char *config)
{
  g_free (belfry_test_dir_write (self->dir, "belfry.conf", config, -1));
}

char *
belfry_test_daemon_get_config_path (BelfryTestDaemon *self)
{
  return g_strdup (self->config_path);
}

void
belfry_test_daemon_signal (BelfryTestDaemon *self, int number)
{
  g_subprocess_send_signal (self->process, number);
}

void
belfry_test_daemon_wait_log (BelfryTestDaemon *self, const char *pattern)
{
  guint index = 0;

  belfry_test_wait_until (find_line (self, self->n_seen, pattern, &index) ||
                          (self->exited && self->n_reading == 0));
  if (!find_line (self, self->n_seen, pattern, &index))
    g_error ("the daemon ended without the line “%s”", pattern);
  self->n_seen = index + 1;
}

gboolean
belfry_test_daemon_has_logged (BelfryTestDaemon *self, const char *pattern)
{
  guint index;

  return find_line (self, 0, pattern, &index);
}

int
belfry_test_daemon_wait_exit (BelfryTestDaemon *self)
{
  belfry_test_wait_until (self->exited && self->n_reading == 0);
  return g_subprocess_get_if_exited (self->process)
             ? g_subprocess_get_exit_status (self->process)
             : 128 + g_subprocess_get_term_sig (self->process);
}

const char *
belfry_test_daemon_get_stdout (BelfryTestDaemon *self)
{
  return self->output->str;
}

pid_t
belfry_test_daemon_get_pid (BelfryTestDaemon *self)
{
  return (pid_t) g_ascii_strtoll (g_subprocess_get_identifier (self->process), NULL, 10);
}
