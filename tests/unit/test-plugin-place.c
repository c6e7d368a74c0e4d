/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-plugin-place.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-paths.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

/* Somebody who is neither root nor us. */
#define STRANGER 65534

static BelfryPluginPlace
place_at (const char *folder)
{
  return (BelfryPluginPlace){ (char *) folder, FALSE, geteuid () };
}

static void
put (const BelfryTestDir *dir, const char *name)
{
  g_free (belfry_test_dir_write (dir, name, "", -1));
}

static void
assert_refused (const BelfryPluginPlace *place,
                const char *name,
                BelfryError code,
                const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (belfry_plugin_place_find (place, name, &error));
  g_assert_error (error, BELFRY_ERROR, (gint) code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
}

static void
set_mode (const BelfryTestDir *dir, const char *name, mode_t mode)
{
  g_autofree char *path = name != NULL ? belfry_test_dir_path (dir, name) : g_strdup (dir);

  g_assert_cmpint (chmod (path, mode), ==, 0);
}

/* A name stands for a file of that name, in an installation and in a build tree. */
static void
test_find (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  BelfryPluginPlace place = place_at (dir);
  put (dir, "a-1.so");
  put (dir, "b/b.so");
  g_autofree char *a = belfry_test_dir_path (dir, "a-1.so");
  g_autofree char *b = belfry_test_dir_path (dir, "b/b.so");
  g_autofree char *found = belfry_plugin_place_find (&place, "a-1", NULL);

  g_assert_cmpstr (found, ==, a);
  place.has_subfolder = TRUE;
  g_autofree char *below = belfry_plugin_place_find (&place, "b", NULL);
  g_assert_cmpstr (below, ==, b);
  assert_refused (&place, "a-1", BELFRY_ERROR_NOT_FOUND, "*/a-1: *");
}

static const char *const bad_names[] = {
  "",
  ".",
  "..",
  "a/b",
  "../a",
  "/etc/passwd",
  "a.so",
  "A",
  "1a",
  "-a",
  "a b",
  "a\n",
  "ä",
  "a_b",
  "a%",
  "libbelfry-1.so.0",
  "a:b",
  "a;b",
  "a\\b",
  "~a",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

/* A name is never a path, nor anything else that a file could be called. */
static void
test_bad_names (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  BelfryPluginPlace place = place_at (dir);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_names); i++)
    {
      g_test_message ("%s", bad_names[i]);
      assert_refused (&place, bad_names[i], BELFRY_ERROR_INVALID_CONFIG, "expected a name of *");
    }
}

/* The longest name has 64 letters. */
static void
test_long_name (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  BelfryPluginPlace place = place_at (dir);
  g_autofree char *name = g_strnfill (64, 'a');
  g_autofree char *file = g_strconcat (name, ".so", NULL);

  put (dir, file);
  g_autofree char *found = belfry_plugin_place_find (&place, name, NULL);
  g_assert_nonnull (found);
}

/* What is not a file, or not there, is no plugin; a link may have been put there by anybody. */
static void
test_bad_files (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  BelfryPluginPlace place = place_at (dir);
  g_autofree char *link = belfry_test_dir_path (dir, "link.so");
  g_autofree char *pipe = belfry_test_dir_path (dir, "pipe.so");
  g_autofree char *linked = belfry_test_dir_path (dir, "linked");
  BelfryPluginPlace by_link = place_at (linked);

  put (dir, "real.so");
  put (dir, "folder.so/file");
  g_assert_cmpint (symlink ("real.so", link), ==, 0);
  g_assert_cmpint (symlink (".", linked), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_refused (&place, "absent", BELFRY_ERROR_NOT_FOUND, "*/absent.so: *");
  assert_refused (&place, "link", BELFRY_ERROR_NOT_PERMITTED, "*/link.so: expected a regular file");
  assert_refused (&place, "pipe", BELFRY_ERROR_NOT_PERMITTED, "*/pipe.so: expected a regular file");
  assert_refused (&place, "folder", BELFRY_ERROR_NOT_PERMITTED, "*: expected a regular file");
  assert_refused (&by_link, "real", BELFRY_ERROR_NOT_PERMITTED, "*/linked: expected a folder");
}

/* There may be no folder at all. */
static void
test_no_folder (void)
{
  BelfryPluginPlace place = place_at ("/nonexistent/plugins");

  assert_refused (&place, "a", BELFRY_ERROR_NOT_FOUND, "/nonexistent/plugins: *");
}

/* Who may write to the file or its folder could have put anything there. */
static void
test_writable (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  BelfryPluginPlace place = place_at (dir);
  const char *const message = "*: others than its owner may write to it";
  put (dir, "a.so");
  put (dir, "b/b.so");

  set_mode (dir, "a.so", 0664);
  assert_refused (&place, "a", BELFRY_ERROR_NOT_PERMITTED, message);
  set_mode (dir, "a.so", 0646);
  assert_refused (&place, "a", BELFRY_ERROR_NOT_PERMITTED, message);
  set_mode (dir, "a.so", 0644);
  set_mode (dir, NULL, 0775);
  assert_refused (&place, "a", BELFRY_ERROR_NOT_PERMITTED, message);
  set_mode (dir, NULL, 0707);
  assert_refused (&place, "a", BELFRY_ERROR_NOT_PERMITTED, message);
  set_mode (dir, NULL, 0700);
  g_autofree char *found = belfry_plugin_place_find (&place, "a", NULL);
  g_assert_nonnull (found);

  place.has_subfolder = TRUE;
  set_mode (dir, "b", 0777);
  assert_refused (&place, "b", BELFRY_ERROR_NOT_PERMITTED, "*/b: others *");
}

/* A stranger's file is refused, and one in a stranger's folder. Root may make a stranger's file;
 * everybody else is a stranger to a place of root's. */
static void
test_owner (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  BelfryPluginPlace place = place_at (dir);
  put (dir, "a.so");
  g_autofree char *path = belfry_test_dir_path (dir, "a.so");

  place.owner = 0;
  if (geteuid () == 0)
    {
      g_assert_cmpint (chown (path, STRANGER, 0), ==, 0);
      assert_refused (&place, "a", BELFRY_ERROR_NOT_PERMITTED, "*/a.so: belongs to user 65534: *");
      place.owner = STRANGER;
      g_autofree char *found = belfry_plugin_place_find (&place, "a", NULL);
      g_assert_nonnull (found);
      place.owner = 0;
      g_assert_cmpint (chown (path, 0, 0), ==, 0);
      g_assert_cmpint (chown (dir, STRANGER, 0), ==, 0);
    }
  assert_refused (&place, "a", BELFRY_ERROR_NOT_PERMITTED, "*: belongs to user *: expected root");
}

/* A program of a build tree takes the plugins that were built with it, or those of a folder that a
 * variable names, if that is one. */
static void
test_build_tree (void)
{
  const char *const named[] = { "BELFRY_PLUGIN_DIR=/some/where", NULL };
  const char *const relative[] = { "BELFRY_PLUGIN_DIR=some/where", NULL };
  g_autofree char *root = belfry_paths_build_root ();
  g_autofree char *plugins = g_build_filename (root, "plugins", NULL);
  g_auto (BelfryPluginPlace) built = { NULL };
  g_auto (BelfryPluginPlace) elsewhere = { NULL };
  g_auto (BelfryPluginPlace) nowhere = { NULL };
  struct stat st;

  belfry_plugin_place_init (&built, NULL);
  belfry_plugin_place_init (&elsewhere, named);
  belfry_plugin_place_init (&nowhere, relative);
  g_assert_cmpint (stat (root, &st), ==, 0);
  g_assert_cmpstr (built.folder, ==, plugins);
  g_assert_true (built.has_subfolder);
  g_assert_cmpuint (built.owner, ==, st.st_uid);
  g_assert_cmpstr (elsewhere.folder, ==, "/some/where");
  g_assert_false (elsewhere.has_subfolder);
  g_assert_cmpuint (elsewhere.owner, ==, st.st_uid);
  g_assert_cmpstr (nowhere.folder, ==, plugins);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/plugin-place/find", test_find);
  belfry_test_add ("/plugin-place/bad-names", test_bad_names);
  belfry_test_add ("/plugin-place/long-name", test_long_name);
  belfry_test_add ("/plugin-place/bad-files", test_bad_files);
  belfry_test_add ("/plugin-place/no-folder", test_no_folder);
  belfry_test_add ("/plugin-place/writable", test_writable);
  belfry_test_add ("/plugin-place/owner", test_owner);
  belfry_test_add ("/plugin-place/build-tree", test_build_tree);
  return g_test_run ();
}
