/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-files"

#include "config.h"

#include "belfry-test-files.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>

/* Scratch folders for tests. A BelfryTestDir is the folder's path. */

#define OPEN_WHILE_REMOVING 16

static int
remove_entry (const char *path, const struct stat *st, int type, struct FTW *where)
{
  return remove (path);
}

BelfryTestDir *
belfry_test_dir_new (void)
{
  g_autoptr (GError) error = NULL;
  BelfryTestDir *self = g_dir_make_tmp ("belfry-test-XXXXXX", &error);

  g_assert_no_error (error);
  return self;
}

void
belfry_test_dir_free (BelfryTestDir *self)
{
  nftw (self, remove_entry, OPEN_WHILE_REMOVING, FTW_DEPTH | FTW_PHYS);
  g_free (self);
}

char *
belfry_test_dir_path (const BelfryTestDir *self, const char *name)
{
  return g_build_filename (self, name, NULL);
}

char *
belfry_test_dir_write (const BelfryTestDir *self,
                       const char *name,
                       const char *content,
                       gssize length)
{
  g_autoptr (GError) error = NULL;
  char *path = belfry_test_dir_path (self, name);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_file_set_contents (path, content, length, &error);
  g_assert_no_error (error);
  return path;
}
