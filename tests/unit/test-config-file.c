/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-file.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

#define LIMIT 100

/* A file is read with every byte, and a NUL byte behind them. */
static void
test_content (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_write (dir, "f", "a\0b", 3);
  g_autofree char *empty = belfry_test_dir_write (dir, "e", "", 0);
  g_autofree char *link = belfry_test_dir_path (dir, "l");
  const char *const paths[] = { path, link };

  g_assert_cmpint (symlink (path, link), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_auto (BelfryConfigFile) file = { NULL };
      g_autoptr (GError) error = NULL;

      g_assert_true (belfry_config_file_read (&file, paths[i], LIMIT, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (file.length, ==, 3);
      g_assert_cmpint (memcmp (file.text, "a\0b\0", 4), ==, 0);
    }
  g_auto (BelfryConfigFile) nothing = { NULL };
  g_assert_true (belfry_config_file_read (&nothing, empty, LIMIT, NULL));
  g_assert_cmpuint (nothing.length, ==, 0);
  g_assert_cmpstr (nothing.text, ==, "");
}

/* As many bytes as the limit says are read, one more is an error. */
static void
test_limit (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *text = g_strnfill (LIMIT + 1, 'x');
  g_autofree char *longer = belfry_test_dir_write (dir, "longer", text, LIMIT + 1);
  g_autofree char *full = belfry_test_dir_write (dir, "full", text, LIMIT);
  g_auto (BelfryConfigFile) file = { NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_config_file_read (&file, full, LIMIT, NULL));
  g_assert_cmpuint (file.length, ==, LIMIT);
  g_assert_cmpuint (strlen (file.text), ==, LIMIT);
  belfry_config_file_clear (&file);
  g_assert_false (belfry_config_file_read (&file, longer, LIMIT, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_assert_cmpstr (error->message, ==, "larger than 100 bytes");
}

/* A file that says it has no bytes, as those of /proc do, is not believed. */
static void
test_size_that_lies (void)
{
  g_auto (BelfryConfigFile) file = { NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_config_file_read (&file, "/proc/self/stat", 4096, NULL));
  g_assert_cmpuint (file.length, >, 10);
  g_assert_false (belfry_config_file_read (&file, "/proc/self/stat", 10, &error));
  g_assert_cmpstr (error->message, ==, "larger than 10 bytes");
}

/* Who may read a file is known. */
static void
test_exposed (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_write (dir, "f", "x", 1);
  const mode_t modes[] = { 0600, 0640, 0644, 0604 };
  const gboolean exposed[] = { FALSE, FALSE, TRUE, TRUE };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_auto (BelfryConfigFile) file = { NULL };

      g_assert_cmpint (chmod (path, modes[i]), ==, 0);
      g_assert_true (belfry_config_file_read (&file, path, LIMIT, NULL));
      g_assert_cmpint (file.is_exposed, ==, exposed[i]);
    }
}

typedef struct
{
  const char *defect;
  void (*make) (const char *path);
  BelfryError code;
  const char *message;
} BadCase;

static void
make_nothing (const char *path)
{
}

static void
make_folder (const char *path)
{
  g_assert_cmpint (mkdir (path, 0700), ==, 0);
}

static void
make_pipe (const char *path)
{
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
}

static void
make_socket (const char *path)
{
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_assert_true (g_socket_bind (socket, address, FALSE, NULL));
}

static void
make_loop (const char *path)
{
  g_assert_cmpint (symlink (path, path), ==, 0);
}

static void
make_dangling (const char *path)
{
  g_assert_cmpint (symlink ("/nonexistent/file", path), ==, 0);
}

static void
make_endless (const char *path)
{
  g_assert_cmpint (symlink ("/dev/zero", path), ==, 0);
}

static void
make_terminal (const char *path)
{
  g_assert_cmpint (symlink ("/dev/ptmx", path), ==, 0);
}

static void
make_below_file (const char *path)
{
  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
}

static const BadCase bad_cases[] = {
  { "nothing there", make_nothing, BELFRY_ERROR_NOT_FOUND, "cannot be opened: No such file*" },
  { "a folder", make_folder, BELFRY_ERROR_INVALID_CONFIG, "a folder: expected a file" },
  { "a pipe that nobody writes to", make_pipe, BELFRY_ERROR_INVALID_CONFIG, "not a regular file" },
  { "a socket", make_socket, BELFRY_ERROR_SYSTEM, "cannot be opened: No such device*" },
  { "a link to itself", make_loop, BELFRY_ERROR_SYSTEM, "cannot be opened: Too many levels*" },
  { "a link to nothing", make_dangling, BELFRY_ERROR_NOT_FOUND, "cannot be opened: No such file*" },
  { "a device without an end", make_endless, BELFRY_ERROR_INVALID_CONFIG, "not a regular file" },
  { "a terminal", make_terminal, BELFRY_ERROR_INVALID_CONFIG, "not a regular file" },
};

/* What is not a file is an error at once: nothing hangs, nothing is read without an end. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
      g_autofree char *path = belfry_test_dir_path (dir, "f");
      g_auto (BelfryConfigFile) file = { NULL };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad_cases[i].defect);
      bad_cases[i].make (path);
      g_assert_false (belfry_config_file_read (&file, path, LIMIT, &error));
      g_assert_error (error, BELFRY_ERROR, (int) bad_cases[i].code);
      g_assert_true (g_pattern_match_simple (bad_cases[i].message, error->message));
      g_assert_null (file.text);
    }
}

/* A file where a folder should be on the way is an error of its own, not a file that is missing. */
static void
test_below_file (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_path (dir, "f");
  g_autofree char *below = belfry_test_dir_path (dir, "f/g");
  g_auto (BelfryConfigFile) file = { NULL };
  g_autoptr (GError) error = NULL;

  make_below_file (path);
  g_assert_false (belfry_config_file_read (&file, below, LIMIT, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_SYSTEM);
}

/* A link to /dev/null is how an administrator says that a file is to be as if it were empty. */
static void
test_null (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_path (dir, "f");
  g_auto (BelfryConfigFile) file = { NULL };

  g_assert_cmpint (symlink ("/dev/null", path), ==, 0);
  g_assert_true (belfry_config_file_read (&file, path, LIMIT, NULL));
  g_assert_cmpuint (file.length, ==, 0);
  g_assert_false (file.is_exposed);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-file/content", test_content);
  belfry_test_add ("/config-file/limit", test_limit);
  belfry_test_add ("/config-file/size-that-lies", test_size_that_lies);
  belfry_test_add ("/config-file/exposed", test_exposed);
  belfry_test_add ("/config-file/bad", test_bad);
  belfry_test_add ("/config-file/below-file", test_below_file);
  belfry_test_add ("/config-file/null", test_null);
  return g_test_run ();
}
