/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-loader"

#include "config.h"

#include "belfry-plugin-place.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "belfry-error.h"
#include "belfry-names.h"
#include "belfry-paths.h"

/* Says which file a plugin's name stands for, if nobody but those who own the service could have
 * put it there. A name is never a path. The folder cannot be changed by others, so what was looked
 * at is what will be opened. */

#define SUFFIX ".so"

/* A name is also a group of the configuration, a path of the HTTP server, and part of a file's. */
#define MAX_NAME 64
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

static gboolean
is_name (const char *text)
{
  gsize length = strlen (text);

  return length > 0 && length <= MAX_NAME && g_ascii_islower (text[0]) &&
         strspn (text, NAME_LETTERS) == length;
}

static gboolean
check_owner (const BelfryPluginPlace *self, const char *path, const struct stat *st, GError **error)
{
  if (st->st_uid != 0 && st->st_uid != self->owner)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_PERMITTED,
                   "%s: belongs to user %u: expected root", path, (guint) st->st_uid);
      return FALSE;
    }
  if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_PERMITTED,
                   "%s: others than its owner may write to it", path);
      return FALSE;
    }
  return TRUE;
}

/* A link is not what it leads to: anybody may have put that there. */
static gboolean
check_path (const BelfryPluginPlace *self, const char *path, mode_t kind, GError **error)
{
  struct stat st;

  if (lstat (path, &st) < 0)
    {
      belfry_error_set_errno (error, errno, "%s", path);
      return FALSE;
    }
  if ((st.st_mode & S_IFMT) != kind)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_PERMITTED, "%s: expected a %s", path,
                   kind == S_IFDIR ? "folder" : "regular file");
      return FALSE;
    }
  return check_owner (self, path, &st, error);
}

static void
init_build_tree (BelfryPluginPlace *self, const char *root, const char *override)
{
  struct stat st;

  self->has_subfolder = override == NULL;
  self->folder = override != NULL ? g_strdup (override) : g_build_filename (root, "plugins", NULL);
  if (stat (root, &st) == 0)
    self->owner = st.st_uid;
}

void
belfry_plugin_place_init (BelfryPluginPlace *self, const char *const *environment)
{
  g_autofree char *root = belfry_paths_build_root ();
  const char *override =
      environment != NULL ? g_environ_getenv ((char **) environment, BELFRY_ENV_PLUGIN_DIR) : NULL;

  *self = (BelfryPluginPlace){ NULL };
  if (root == NULL)
    self->folder = g_strdup (BELFRY_PLUGIN_DIR);
  else
    init_build_tree (self, root,
                     override != NULL && g_path_is_absolute (override) ? override : NULL);
}

void
belfry_plugin_place_clear (BelfryPluginPlace *self)
{
  g_clear_pointer (&self->folder, g_free);
}

char *
belfry_plugin_place_find (const BelfryPluginPlace *self, const char *name, GError **error)
{
  if (!is_name (name))
    {
      g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                           "expected a name of lower-case letters, digits and dashes");
      return NULL;
    }
  g_autofree char *file = g_strconcat (name, SUFFIX, NULL);
  g_autofree char *subfolder =
      g_build_filename (self->folder, self->has_subfolder ? name : "", NULL);
  g_autofree char *path = g_build_filename (subfolder, file, NULL);

  if (!check_path (self, self->folder, S_IFDIR, error))
    return NULL;
  if (self->has_subfolder && !check_path (self, subfolder, S_IFDIR, error))
    return NULL;
  if (!check_path (self, path, S_IFREG, error))
    return NULL;
  return g_steal_pointer (&path);
}
