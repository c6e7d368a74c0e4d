/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-notify"

#include "config.h"

#include "belfry-notify.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "belfry-environment.h"
#include "belfry-log-line.h"
#include "belfry-names.h"

/* The sending end of the service manager's notification socket. Owned by the composition root, used
 * on the main thread. The socket stays unconnected, so that a manager that is started anew is
 * reached again. It never waits, and after its first complaint it never complains again. */
struct _BelfryNotify
{
  int fd; /* (owned): -1 if there is nobody to tell */
  struct sockaddr_un address;
  socklen_t address_length;
  gint64 watchdog_interval;
  gboolean complained;
};

/* The manager reads no message longer than 4096 bytes: no value may crowd out the others. */
#define MAX_VALUE 1024
#define MAX_MESSAGE 4096

/* Timers of the main loop count milliseconds; more often than each it cannot feed a watchdog. */
#define MIN_WATCHDOG_INTERVAL (2 * G_TIME_SPAN_MILLISECOND)

#define NUMBER_SIZE 24

G_GNUC_PRINTF (2, 3)
static void
complain (BelfryNotify *self, const char *format, ...)
{
  va_list args;

  if (self->complained)
    return;
  self->complained = TRUE;
  va_start (args, format);
  g_autofree char *reason = g_strdup_vprintf (format, args);
  va_end (args);
  belfry_log_warning ("the service manager is not told how we are: %s", reason);
}

static const char *
address_defect (const char *path)
{
  if (*path != '/' && *path != '@')
    return "is neither an absolute path nor an abstract name";
  if (path[1] == '\0')
    return "names nothing";
  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    return "is too long for a socket";
  return NULL;
}

static gboolean
set_address (BelfryNotify *self, const char *path)
{
  const char *defect = address_defect (path);
  gsize length = strlen (path);

  if (defect != NULL)
    {
      complain (self, "%s %s", BELFRY_ENV_NOTIFY_SOCKET, defect);
      return FALSE;
    }
  self->address.sun_family = AF_UNIX;
  memcpy (self->address.sun_path, path, length);
  if (*path == '@')
    self->address.sun_path[0] = '\0';
  else
    length++;
  self->address_length = (socklen_t) (G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + length);
  return TRUE;
}

static void
open_socket (BelfryNotify *self)
{
  self->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (self->fd < 0)
    complain (self, "opening a socket: %s", g_strerror (errno));
}

/* Returns: 0, with a warning, unless @text is a number from @min, which is more than 0, to @max */
static gint64
parse_variable (const char *name, const char *text, gint64 min, gint64 max)
{
  guint64 number;

  if (g_ascii_string_to_unsigned (text, 10, (guint64) min, (guint64) max, &number, NULL))
    return (gint64) number;
  belfry_log_warning ("%s is not a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                      ": the watchdog is not fed",
                      name, min, max);
  return 0;
}

static gint64
take_watchdog_interval (void)
{
  g_autofree char *usec = belfry_environment_take (BELFRY_ENV_WATCHDOG_USEC);
  g_autofree char *pid = belfry_environment_take (BELFRY_ENV_WATCHDOG_PID);

  if (usec == NULL)
    return 0;
  if (pid != NULL && parse_variable (BELFRY_ENV_WATCHDOG_PID, pid, 1, G_MAXINT) != getpid ())
    return 0;
  return parse_variable (BELFRY_ENV_WATCHDOG_USEC, usec, MIN_WATCHDOG_INTERVAL, G_MAXINT64);
}

static void
cut (GString *value)
{
  if (value->len <= MAX_VALUE)
    return;
  const char *end = g_utf8_find_prev_char (value->str, value->str + MAX_VALUE + 1);
  g_string_truncate (value, (gsize) (end - value->str));
}

static gboolean
is_name (const char *name)
{
  return *name != '\0' && name[strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

static void
append_field (GString *message, const BelfryNotifyField *field)
{
  g_autoptr (GString) value = g_string_new (NULL);

  g_return_if_fail (is_name (field->name));

  belfry_log_line_append_escaped (value, field->value, -1);
  cut (value);
  g_string_append_printf (message, "%s%s=%s", message->len > 0 ? "\n" : "", field->name,
                          value->str);
}

static gboolean
send_message (BelfryNotify *self, const GString *message)
{
  struct iovec part = { message->str, message->len };
  struct msghdr header = {
    .msg_name = &self->address,
    .msg_namelen = self->address_length,
    .msg_iov = &part,
    .msg_iovlen = 1,
  };

  if (sendmsg (self->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
    return TRUE;
  complain (self, "sending to its socket: %s", g_strerror (errno));
  return FALSE;
}

static gboolean
send_state (BelfryNotify *self, const char *state, const char *status)
{
  const BelfryNotifyField fields[] = { { state, "1" }, { "STATUS", status } };

  return belfry_notify_send (self, fields, G_N_ELEMENTS (fields));
}

BelfryNotify *
belfry_notify_new_from_environment (void)
{
  g_autofree char *path = belfry_environment_take (BELFRY_ENV_NOTIFY_SOCKET);
  BelfryNotify *self = g_new0 (BelfryNotify, 1);

  self->fd = -1;
  if (path != NULL && set_address (self, path))
    open_socket (self);
  self->watchdog_interval = take_watchdog_interval ();
  return self;
}

void
belfry_notify_free (BelfryNotify *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

gboolean
belfry_notify_send (BelfryNotify *self, const BelfryNotifyField *fields, gsize n_fields)
{
  if (self->fd < 0)
    return FALSE;

  g_autoptr (GString) message = g_string_new (NULL);

  for (gsize i = 0; i < n_fields; i++)
    {
      if (fields[i].value != NULL)
        append_field (message, &fields[i]);
    }
  if (message->len == 0)
    return FALSE;
  if (message->len > MAX_MESSAGE)
    {
      complain (self, "a message of %" G_GSIZE_FORMAT " bytes is longer than it reads",
                message->len);
      return FALSE;
    }
  return send_message (self, message);
}

gboolean
belfry_notify_ready (BelfryNotify *self, const char *status)
{
  return send_state (self, "READY", status);
}

gboolean
belfry_notify_reloading (BelfryNotify *self, const char *status)
{
  char now[NUMBER_SIZE];
  const BelfryNotifyField fields[] = { { "RELOADING", "1" },
                                       { "MONOTONIC_USEC", now },
                                       { "STATUS", status } };

  /* The manager compares this with its own clock, so no clock of a test's will do. */
  g_snprintf (now, sizeof now, "%" G_GINT64_FORMAT, g_get_monotonic_time ());
  return belfry_notify_send (self, fields, G_N_ELEMENTS (fields));
}

gboolean
belfry_notify_stopping (BelfryNotify *self, const char *status)
{
  return send_state (self, "STOPPING", status);
}

gboolean
belfry_notify_status (BelfryNotify *self, const char *status)
{
  const BelfryNotifyField fields[] = { { "STATUS", status } };

  return belfry_notify_send (self, fields, G_N_ELEMENTS (fields));
}

gboolean
belfry_notify_watchdog (BelfryNotify *self)
{
  return send_state (self, "WATCHDOG", NULL);
}

gboolean
belfry_notify_extend_timeout (BelfryNotify *self, guint64 usec)
{
  char text[NUMBER_SIZE];
  const BelfryNotifyField fields[] = { { "EXTEND_TIMEOUT_USEC", text } };

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, usec);
  return belfry_notify_send (self, fields, G_N_ELEMENTS (fields));
}

gboolean
belfry_notify_error_status (BelfryNotify *self, const char *status, int errnum, int exit_status)
{
  char system[NUMBER_SIZE];
  char exit[NUMBER_SIZE];
  const BelfryNotifyField fields[] = { { "STATUS", status },
                                       { "ERRNO", errnum != 0 ? system : NULL },
                                       { "EXIT_STATUS", exit_status != 0 ? exit : NULL } };

  g_snprintf (system, sizeof system, "%d", errnum);
  g_snprintf (exit, sizeof exit, "%d", exit_status);
  return belfry_notify_send (self, fields, G_N_ELEMENTS (fields));
}

gint64
belfry_notify_watchdog_interval (const BelfryNotify *self)
{
  return self->watchdog_interval;
}

char **
belfry_notify_pass_on (const BelfryNotify *self, char **environment)
{
  if (self->fd >= 0)
    {
      gboolean is_abstract = self->address.sun_path[0] == '\0';
      gsize length = self->address_length - G_STRUCT_OFFSET (struct sockaddr_un, sun_path);
      g_autofree char *path =
          g_strndup (self->address.sun_path + (is_abstract ? 1 : 0), length - 1);
      g_autofree char *name = g_strconcat (is_abstract ? "@" : "", path, NULL);

      environment = g_environ_setenv (environment, BELFRY_ENV_NOTIFY_SOCKET, name, TRUE);
    }
  if (self->watchdog_interval > 0)
    {
      g_autofree char *usec = g_strdup_printf ("%" G_GINT64_FORMAT, self->watchdog_interval);

      environment = g_environ_setenv (environment, BELFRY_ENV_WATCHDOG_USEC, usec, TRUE);
    }
  return environment;
}
