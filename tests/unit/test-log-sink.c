/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-log-sink.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "belfry-test.h"

typedef struct
{
  int read_fd;
  int write_fd;
  BelfryLogSink *sink; /* (owned) */
} Fixture;

static void
fixture_init (Fixture *self)
{
  int fds[2];

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  self->read_fd = fds[0];
  self->write_fd = fds[1];
  g_assert_true (g_unix_set_fd_nonblocking (self->read_fd, TRUE, NULL));
  self->sink = belfry_log_sink_new (self->write_fd);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_pointer (&self->sink, belfry_log_sink_free);
  close (self->read_fd);
  close (self->write_fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
write_line (BelfryLogSink *sink, const char *priority, const char *message)
{
  const GLogField fields[] = {
    { "MESSAGE", message, -1 },
    { "PRIORITY", priority, -1 },
    { "GLIB_DOMAIN", "belfry-sample", -1 },
  };

  g_assert_cmpint (belfry_log_sink_write (sink, G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS (fields)),
                   ==, G_LOG_WRITER_HANDLED);
}

static char *
read_all (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[4096];
  ssize_t n;

  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, n);
  return g_strdup (text->str);
}

/* A line for a pipe comes out as one plain line; one below the level in force does not come out. */
static void
test_plain (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  write_line (fixture.sink, "4", "first");
  write_line (fixture.sink, "7", "too fine");
  g_autofree char *text = read_all (fixture.read_fd);
  g_assert_true (g_str_has_suffix (text, " warning belfry-sample: first\n"));
  g_assert_null (strstr (text, "too fine"));
}

/* A line longer than a pipe takes at once is cut and says so. */
static void
test_long_line (void)
{
  g_auto (Fixture) fixture;
  g_autofree char *message = g_strnfill (3 * PIPE_BUF, 'x');

  fixture_init (&fixture);
  write_line (fixture.sink, "5", message);
  g_autofree char *text = read_all (fixture.read_fd);
  g_assert_cmpuint (strlen (text), ==, PIPE_BUF);
  g_assert_true (g_str_has_suffix (text, "xxx [cut]\n"));
}

/* A reader that stopped loses lines but stops nobody; when it reads on, it is told how many. */
static void
test_full_pipe (void)
{
  g_auto (Fixture) fixture;
  g_autofree char *filler = g_strnfill (PIPE_BUF - 100, 'x');

  fixture_init (&fixture);
  while (belfry_log_sink_get_lost (fixture.sink) == 0)
    write_line (fixture.sink, "5", filler);
  write_line (fixture.sink, "5", "lost too");
  g_assert_cmpuint (belfry_log_sink_get_lost (fixture.sink), ==, 2);
  g_autofree char *before = read_all (fixture.read_fd);
  g_assert_null (strstr (before, "lost too"));

  write_line (fixture.sink, "5", "back");
  g_autofree char *after = read_all (fixture.read_fd);
  g_auto (GStrv) lines = g_strsplit (after, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_true (g_str_has_suffix (lines[0], "warning belfry-log: 2 log lines were lost"));
  g_assert_true (g_str_has_suffix (lines[1], "notice belfry-sample: back"));
  g_assert_cmpuint (belfry_log_sink_get_lost (fixture.sink), ==, 0);
}

/* A full disk is survived in the same way. */
static void
test_full_disk (void)
{
  int fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  g_autoptr (BelfryLogSink) sink = belfry_log_sink_new (fd);

  write_line (sink, "3", "nowhere to go");
  write_line (sink, "3", "nor this");
  g_assert_cmpuint (belfry_log_sink_get_lost (sink), ==, 2);
  close (fd);
}

/* A closed descriptor is no worse than a full disk. */
static void
test_closed (void)
{
  g_auto (Fixture) fixture;
  int fd;

  fixture_init (&fixture);
  fd = dup (fixture.write_fd);
  g_autoptr (BelfryLogSink) sink = belfry_log_sink_new (fd);
  close (fd);
  write_line (sink, "3", "nobody there");
  g_assert_cmpuint (belfry_log_sink_get_lost (sink), ==, 1);
}

static gpointer
write_many (gpointer data)
{
  for (int i = 0; i < 100; i++)
    write_line (data, "5", "from a thread");
  return NULL;
}

/* Lines of several threads never run into each other. */
static void
test_threads (void)
{
  g_auto (Fixture) fixture;
  GThread *threads[4];

  fixture_init (&fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("writer", write_many, fixture.sink);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_autofree char *text = read_all (fixture.read_fd);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 401);
  for (gsize i = 0; i < 400; i++)
    g_assert_true (g_str_has_suffix (lines[i], "Z notice belfry-sample: from a thread"));
}

#define N_LOST 1000

static gpointer
lose_many (gpointer user_data)
{
  BelfryLogSink *sink = user_data;
  g_autofree char *filler = g_strnfill (PIPE_BUF - 100, 'x');

  while (belfry_log_sink_get_lost (sink) < N_LOST)
    write_line (sink, "5", filler);
  return NULL;
}

/* A reader that stopped costs a moment once, and not once a line. */
static void
test_lost_at_once (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  GThread *writer = g_thread_new ("writer", lose_many, fixture.sink);
  belfry_test_wait_until (belfry_log_sink_get_lost (fixture.sink) >= N_LOST);
  g_thread_join (writer);
}

#define N_CROWD 4
#define N_PIPES 20

/* Writes until a line is lost, as one is when the pipe is full. */
static gpointer
write_until_lost (gpointer user_data)
{
  BelfryLogSink *sink = user_data;
  g_autofree char *filler = g_strnfill (PIPE_BUF - 100, 'x');

  while (belfry_log_sink_get_lost (sink) == 0)
    write_line (sink, "5", filler);
  return NULL;
}

static gpointer
crowd_pipes (gpointer user_data)
{
  _Atomic int *n_full = user_data;

  for (int i = 0; i < N_PIPES; i++)
    {
      g_auto (Fixture) fixture;
      GThread *crowd[N_CROWD];

      fixture_init (&fixture);
      for (gsize j = 0; j < G_N_ELEMENTS (crowd); j++)
        crowd[j] = g_thread_new ("writer", write_until_lost, fixture.sink);
      for (gsize j = 0; j < G_N_ELEMENTS (crowd); j++)
        g_thread_join (crowd[j]);
      atomic_fetch_add_explicit (n_full, 1, memory_order_relaxed);
    }
  return NULL;
}

/* Of several threads that find room for one more line, one writes it; none of the others is caught
 * in a write that nobody reads. */
static void
test_crowd (void)
{
  _Atomic int n_full = 0;
  GThread *watched = g_thread_new ("crowd", crowd_pipes, &n_full);

  belfry_test_wait_until (atomic_load_explicit (&n_full, memory_order_relaxed) == N_PIPES);
  g_thread_join (watched);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/log-sink/plain", test_plain);
  belfry_test_add ("/log-sink/long-line", test_long_line);
  belfry_test_add ("/log-sink/full-pipe", test_full_pipe);
  belfry_test_add ("/log-sink/full-disk", test_full_disk);
  belfry_test_add ("/log-sink/closed", test_closed);
  belfry_test_add ("/log-sink/threads", test_threads);
  belfry_test_add ("/log-sink/lost-at-once", test_lost_at_once);
  belfry_test_add ("/log-sink/crowd", test_crowd);
  return g_test_run ();
}
