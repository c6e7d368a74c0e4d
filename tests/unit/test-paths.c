/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-paths.h"

#include "belfry-test.h"

/* A program in the build tree knows the tree, and takes its translations from there. */
static void
test_build_tree (void)
{
  g_autofree char *root = belfry_paths_build_root ();
  g_autofree char *locale_dir = belfry_paths_locale_dir ();
  g_autofree char *expected = g_build_filename (root, "po", NULL);
  g_autofree char *self = g_build_filename (root, "tests", "unit", "test-paths", NULL);

  g_assert_true (g_file_test (self, G_FILE_TEST_IS_EXECUTABLE));
  g_assert_cmpstr (locale_dir, ==, expected);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/paths/build-tree", test_build_tree);
  return g_test_run ();
}
