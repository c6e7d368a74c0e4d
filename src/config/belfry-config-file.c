/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "belfry-error.h"

/* Reads small files that an administrator wrote, without believing that they are what they should
 * be. The caller's thread waits for the disk. */

/* /dev/null, wherever it is mounted. */
#define NULL_MAJOR 1
#define NULL_MINOR 3

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

static gboolean
is_null_device (const struct stat *st)
{
  return S_ISCHR (st->st_mode) && st->st_rdev == makedev (NULL_MAJOR, NULL_MINOR);
}

static gboolean
check_size (gsize length, gsize limit, GError **error)
{
  if (length <= limit)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, _ ("larger than %zu bytes"),
               limit);
  return FALSE;
}

static gboolean
check_kind (const struct stat *st, gsize limit, GError **error)
{
  if (S_ISDIR (st->st_mode))
    {
      g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                           _ ("a folder: expected a file"));
      return FALSE;
    }
  if (!S_ISREG (st->st_mode))
    {
      g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                           _ ("not a regular file"));
      return FALSE;
    }
  return check_size (st->st_size > 0 ? (gsize) st->st_size : 0, limit, error);
}

/* The size is not believed: a file may grow while it is read. */
static gboolean
read_all (BelfryConfigFile *self, int fd, gsize limit, GError **error)
{
  self->text = g_malloc0 (limit + 2);
  while (self->length <= limit)
    {
      gssize n = read (fd, self->text + self->length, limit + 1 - self->length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          belfry_error_set_errno (error, errno, _ ("cannot be read"));
          return FALSE;
        }
      if (n == 0)
        break;
      self->length += (gsize) n;
    }
  self->text[MIN (self->length, limit)] = '\0';
  return check_size (self->length, limit, error);
}

gboolean
belfry_config_file_read (BelfryConfigFile *self, const char *path, gsize limit, GError **error)
{
  /* Without O_NONBLOCK opening a pipe would wait for its writer. */
  g_auto (Descriptor) file = { open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) };
  g_auto (BelfryConfigFile) content = { NULL };
  struct stat st;

  if (file.fd < 0 || fstat (file.fd, &st) < 0)
    {
      belfry_error_set_errno (error, errno, _ ("cannot be opened"));
      return FALSE;
    }
  if (is_null_device (&st))
    content.text = g_strdup ("");
  else if (!check_kind (&st, limit, error) || !read_all (&content, file.fd, limit, error))
    return FALSE;
  content.is_exposed = S_ISREG (st.st_mode) && (st.st_mode & S_IROTH) != 0;
  *self = content;
  content = (BelfryConfigFile){ NULL };
  return TRUE;
}

void
belfry_config_file_clear (BelfryConfigFile *self)
{
  if (self->text != NULL)
    explicit_bzero (self->text, self->length);
  g_clear_pointer (&self->text, g_free);
  self->length = 0;
}
