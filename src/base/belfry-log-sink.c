/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-log"

#include "config.h"

#include "belfry-log-sink.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "belfry-log-line.h"

/* The end of the log's way. Made by main() before anything else, used by every thread. The lock
 * keeps what poll found from being used up by another thread's write, for then this one's would
 * wait for the reader. */
struct _BelfryLogSink
{
  int fd; /* (unowned) */
  gboolean journal;
  BelfryLogStyle style;
  _Atomic guint lost;
  GMutex lock; /* held from looking for room to having written */
};

/* A pipe whose poll says that it is writable takes this much without blocking; a longer line is
 * cut. */
#define MAX_LINE PIPE_BUF
#define CUT_MARK " [cut]\n"

/* How long a line waits for a reader that is merely slow. Once a line was lost, the next ones do
 * not wait at all. */
#define PATIENCE_MS 100

static gboolean
is_writable (BelfryLogSink *self, gboolean blocked)
{
  struct pollfd poll_fd = { .fd = self->fd, .events = POLLOUT };
  int n;

  do
    n = poll (&poll_fd, 1, blocked ? 0 : PATIENCE_MS);
  while (n < 0 && errno == EINTR);
  return n == 1 && (poll_fd.revents & POLLOUT) != 0;
}

static gboolean
write_text (BelfryLogSink *self, GString *line, gboolean blocked)
{
  ssize_t n;

  if (line->len > MAX_LINE)
    {
      g_string_truncate (line, MAX_LINE - strlen (CUT_MARK));
      g_string_append (line, CUT_MARK);
    }
  if (!is_writable (self, blocked))
    return FALSE;
  do
    n = write (self->fd, line->str, line->len);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t) line->len;
}

static GString *
lost_line (BelfryLogSink *self, guint lost)
{
  g_autofree char *text = g_strdup_printf ("%u log lines were lost", lost);
  const GLogField fields[] = {
    { "MESSAGE", text, -1 },
    { "GLIB_DOMAIN", G_LOG_DOMAIN, -1 },
    { "MESSAGE_ID", BELFRY_MESSAGE_LOG_LINES_LOST, -1 },
  };

  return belfry_log_line_format (self->style, g_get_real_time (), BELFRY_LOG_WARNING, fields,
                                 G_N_ELEMENTS (fields));
}

/* Before the first line that can be written again comes the number of those that could not. */
static gboolean
report_lost (BelfryLogSink *self)
{
  guint lost = atomic_exchange_explicit (&self->lost, 0, memory_order_relaxed);

  if (lost == 0)
    return TRUE;
  g_autoptr (GString) line = lost_line (self, lost);
  if (write_text (self, line, TRUE))
    return TRUE;
  atomic_fetch_add_explicit (&self->lost, lost, memory_order_relaxed);
  return FALSE;
}

static const char *
find_text (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (fields[i].length < 0 && g_str_equal (fields[i].key, key))
        return fields[i].value;
    }
  return NULL;
}

static BelfryLogLevel
level_of (const GLogField *fields, gsize n_fields)
{
  const char *priority = find_text (fields, n_fields, "PRIORITY");

  if (priority == NULL || !g_ascii_isdigit (*priority))
    return BELFRY_LOG_NOTICE;
  return (BelfryLogLevel) CLAMP (*priority - '0', BELFRY_LOG_ERROR, BELFRY_LOG_DEBUG);
}

static GLogWriterOutput
writer_func (GLogLevelFlags flags, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  return belfry_log_sink_write (user_data, flags, fields, n_fields);
}

BelfryLogSink *
belfry_log_sink_new (int fd)
{
  BelfryLogSink *self = g_new0 (BelfryLogSink, 1);

  self->fd = fd;
  self->journal = g_log_writer_is_journald (fd);
  self->style =
      g_log_writer_supports_color (fd) ? BELFRY_LOG_STYLE_TERMINAL : BELFRY_LOG_STYLE_PLAIN;
  atomic_init (&self->lost, 0);
  g_mutex_init (&self->lock);
  return self;
}

void
belfry_log_sink_free (BelfryLogSink *self)
{
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
belfry_log_sink_install (BelfryLogSink *self)
{
  g_log_set_writer_func (writer_func, self, NULL);
}

GLogWriterOutput
belfry_log_sink_write (BelfryLogSink *self,
                       GLogLevelFlags flags,
                       const GLogField *fields,
                       gsize n_fields)
{
  BelfryLogLevel level = level_of (fields, n_fields);

  if (!belfry_log_enabled (level, find_text (fields, n_fields, "GLIB_DOMAIN")))
    return G_LOG_WRITER_HANDLED;
  if (self->journal &&
      g_log_writer_journald (flags, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;

  g_autoptr (GString) line =
      belfry_log_line_format (self->style, g_get_real_time (), level, fields, n_fields);
  g_mutex_lock (&self->lock);
  if (!report_lost (self) || !write_text (self, line, FALSE))
    atomic_fetch_add_explicit (&self->lost, 1, memory_order_relaxed);
  g_mutex_unlock (&self->lock);
  return G_LOG_WRITER_HANDLED;
}

guint
belfry_log_sink_get_lost (BelfryLogSink *self)
{
  return atomic_load_explicit (&self->lost, memory_order_relaxed);
}
