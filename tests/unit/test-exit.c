/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-exit.h"

#include <string.h>

#include "belfry-test.h"

/* The page lists every exit status with its meaning, and no other. */
static void
check_page (const char *name, const char *next)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "doc", "man", name, NULL);
  g_autofree char *page = NULL;
  g_autoptr (GString) expected = g_string_new ("EXIT STATUS\n===========\n");
  gsize n;
  const BelfryExitInfo *exits = belfry_exit_list (&n);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (expected, "\n%d\n    %s\n", (int) exits[i].status, exits[i].meaning);
  g_string_append_printf (expected, "\n%s\n=", next);
  g_assert_true (g_file_get_contents (path, &page, NULL, NULL));
  g_assert_nonnull (strstr (page, expected->str));
}

/* Both programs tell of the same statuses. */
static void
test_pages (void)
{
  check_page ("belfryd.8.rst", "FILES");
  check_page ("belfryctl.1.rst", "EXAMPLES");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/exit/pages", test_pages);
  return g_test_run ();
}
