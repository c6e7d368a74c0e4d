/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include "belfry-setting-secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <belfry/belfry-plugin-error.h>

/* A key or a password, not a book. */
#define MAX_SECRET 65536

typedef struct
{
  gsize length;
  char bytes[];
} Secret;

typedef struct
{
  int fd;
} Descriptor;

static void
descriptor_clear (Descriptor *self)
{
  if (self->fd >= 0)
    close (self->fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Descriptor, descriptor_clear)

static void
secret_free (gpointer data)
{
  Secret *secret = data;

  explicit_bzero (secret->bytes, secret->length);
  g_free (secret);
}

static void
fail (GError **error, const char *path, const char *message)
{
  g_set_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING, "%s: %s", path, message);
}

/* The size is not believed: a file may grow while it is read. */
static gssize
read_all (int fd, char *buffer, gsize size)
{
  gsize length = 0;

  while (length < size)
    {
      gssize n = read (fd, buffer + length, size - length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      length += (gsize) n;
    }
  return (gssize) length;
}

static gsize
without_line_end (const char *text, gsize length)
{
  if (length > 0 && text[length - 1] == '\n')
    length--;
  if (length > 0 && text[length - 1] == '\r')
    length--;
  return length;
}

static GBytes *
read_secret (int fd, const char *path, char *buffer, GError **error)
{
  struct stat st;
  gssize length = -1;

  if (fd >= 0 && fstat (fd, &st) == 0)
    {
      if (!S_ISREG (st.st_mode))
        {
          fail (error, path, "not a regular file");
          return NULL;
        }
      length = read_all (fd, buffer, MAX_SECRET + 1);
    }
  if (length < 0)
    {
      fail (error, path, g_strerror (errno));
      return NULL;
    }
  if (length > MAX_SECRET)
    {
      fail (error, path, "larger than any secret");
      return NULL;
    }
  gsize rest = without_line_end (buffer, (gsize) length);
  if (rest == 0)
    {
      fail (error, path, "empty: expected a secret");
      return NULL;
    }
  return belfry_setting_secret_new (buffer, rest);
}

GBytes *
belfry_setting_secret_new (const char *bytes, gsize length)
{
  Secret *secret = g_malloc0 (sizeof (Secret) + length + 1);

  secret->length = length;
  memcpy (secret->bytes, bytes, length);
  return g_bytes_new_with_free_func (secret->bytes, length, secret_free, secret);
}

GBytes *
belfry_setting_secret_read (const char *path, GError **error)
{
  /* Without O_NONBLOCK opening a pipe would wait for its writer. */
  g_auto (Descriptor) file = { open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) };
  g_autofree char *buffer = g_malloc0 (MAX_SECRET + 1);
  GBytes *secret = read_secret (file.fd, path, buffer, error);

  explicit_bzero (buffer, MAX_SECRET + 1);
  return secret;
}
