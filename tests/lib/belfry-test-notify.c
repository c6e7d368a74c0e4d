/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-notify"

#include "config.h"

#include "belfry-test-notify.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "belfry-test-files.h"
#include "belfry-test.h"

/* The receiving end of the notification protocol. The reading thread only fills the list of
 * messages; all else happens on the test's thread. */
struct _BelfryTestNotify
{
  int fd;             /* (owned) */
  BelfryTestDir *dir; /* (owned) (nullable) */
  char *address;      /* (owned) */
  GThread *thread;    /* (owned) */
  guint cursor;       /* how many messages the waits have passed */

  GMutex lock;
  GPtrArray *messages; /* (element-type utf8) (owned) */
};

/* Longer than what a service manager reads. */
#define BUFFER_SIZE 8192

static gpointer
read_messages (gpointer data)
{
  BelfryTestNotify *self = data;
  char buffer[BUFFER_SIZE];
  gssize n;

  /* A shut socket reads as an empty message; nobody else sends one. */
  while ((n = recv (self->fd, buffer, sizeof buffer, 0)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      g_assert_cmpint (n, >, 0);
      g_mutex_lock (&self->lock);
      g_ptr_array_add (self->messages, g_strndup (buffer, (gsize) n));
      g_mutex_unlock (&self->lock);
    }
  return NULL;
}

static gboolean
has_line (const char *message, const char *line)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);

  return g_strv_contains ((const char *const *) lines, line);
}

static BelfryTestNotify *
notify_new (const struct sockaddr_un *address, gsize length)
{
  BelfryTestNotify *self = g_new0 (BelfryTestNotify, 1);

  self->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (self->fd, >=, 0);
  g_assert_no_errno (bind (self->fd, (const struct sockaddr *) address, (socklen_t) length));
  g_mutex_init (&self->lock);
  self->messages = g_ptr_array_new_with_free_func (g_free);
  self->thread = g_thread_new ("test-notify", read_messages, self);
  return self;
}

/* The next message with @line that no wait has passed. */
static char *
take_next (BelfryTestNotify *self, const char *line)
{
  char *found = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = self->cursor; found == NULL && i < self->messages->len; i++)
    {
      const char *message = g_ptr_array_index (self->messages, i);

      if (has_line (message, line))
        {
          found = g_strdup (message);
          self->cursor = i + 1;
        }
    }
  g_mutex_unlock (&self->lock);
  return found;
}

BelfryTestNotify *
belfry_test_notify_new (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_path (dir, "notify");
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  g_assert_cmpint (g_strlcpy (address.sun_path, path, sizeof address.sun_path), <,
                   sizeof address.sun_path);
  BelfryTestNotify *self = notify_new (&address, sizeof address);
  self->dir = g_steal_pointer (&dir);
  self->address = g_steal_pointer (&path);
  return self;
}

BelfryTestNotify *
belfry_test_notify_new_abstract (void)
{
  /* Bound to no name at all, the kernel finds an abstract one that is free. */
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  BelfryTestNotify *self = notify_new (&address, sizeof address.sun_family);
  socklen_t length = sizeof address;

  g_assert_no_errno (getsockname (self->fd, (struct sockaddr *) &address, &length));
  gsize name_length = length - G_STRUCT_OFFSET (struct sockaddr_un, sun_path) - 1;
  g_autofree char *name = g_strndup (address.sun_path + 1, name_length);
  self->address = g_strconcat ("@", name, NULL);
  return self;
}

void
belfry_test_notify_free (BelfryTestNotify *self)
{
  g_assert_no_errno (shutdown (self->fd, SHUT_RDWR));
  g_thread_join (self->thread);
  close (self->fd);
  g_clear_pointer (&self->dir, belfry_test_dir_free);
  g_free (self->address);
  g_mutex_clear (&self->lock);
  g_ptr_array_unref (self->messages);
  g_free (self);
}

const char *
belfry_test_notify_get_address (const BelfryTestNotify *self)
{
  return self->address;
}

char *
belfry_test_notify_wait (BelfryTestNotify *self, const char *line)
{
  char *message = NULL;

  g_test_message ("waiting for a message with %s", line);
  belfry_test_wait_until ((message = take_next (self, line)) != NULL);
  return message;
}

guint
belfry_test_notify_count (BelfryTestNotify *self, const char *line)
{
  guint n = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->messages->len; i++)
    n += has_line (g_ptr_array_index (self->messages, i), line) ? 1 : 0;
  g_mutex_unlock (&self->lock);
  return n;
}

char **
belfry_test_notify_get_messages (BelfryTestNotify *self)
{
  g_autoptr (GStrvBuilder) copy = g_strv_builder_new ();

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->messages->len; i++)
    g_strv_builder_add (copy, g_ptr_array_index (self->messages, i));
  g_mutex_unlock (&self->lock);
  return g_strv_builder_end (copy);
}
