/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-paths"

#include "config.h"

#include "belfry-paths.h"

/* Finds the program's own files. A program that was not installed has the build's mark in a folder
 * above its own; only who can write to where the program itself stands can put it there. */

#define BUILD_MARK ".belfry-build-tree"

/* _build/src/belfryd, _build/src/belfryctl/belfryctl, _build/tests/unit/test-paths */
#define MAX_DEPTH 3

char *
belfry_paths_build_root (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (program != NULL ? program : "/");

  for (int depth = 0; depth < MAX_DEPTH; depth++)
    {
      g_autofree char *mark = g_build_filename (folder, BUILD_MARK, NULL);
      char *parent = g_path_get_dirname (folder);

      if (g_file_test (mark, G_FILE_TEST_IS_REGULAR))
        {
          g_free (parent);
          return g_steal_pointer (&folder);
        }
      g_free (folder);
      folder = parent;
    }
  return NULL;
}

char *
belfry_paths_locale_dir (void)
{
  g_autofree char *root = belfry_paths_build_root ();

  return root != NULL ? g_build_filename (root, "po", NULL) : g_strdup (BELFRY_LOCALE_DIR);
}
