/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-files.h"

#include <string.h>
#include <unistd.h>

#include "belfry-config-builder.h"
#include "belfry-test-config.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

/* Listing and reading as the loader does them, with what a test puts in between. */
typedef struct
{
  BelfryTestDir *dir; /* (owned) */
  char *paths[3];     /* (owned) */
  BelfryConfigFolders folders;
  BelfryConfigProblems *problems; /* (owned) */
} Fixture;

static void
fixture_init (Fixture *self)
{
  static const char *const names[] = { "etc", "run", "vendor" };

  self->dir = belfry_test_dir_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      self->paths[i] = belfry_test_dir_path (self->dir, names[i]);
      self->folders.paths[i] = self->paths[i];
    }
  self->problems = belfry_config_problems_new ();
}

static void
fixture_clear (Fixture *self)
{
  belfry_test_dir_free (self->dir);
  for (gsize i = 0; i < G_N_ELEMENTS (self->paths); i++)
    g_free (self->paths[i]);
  belfry_config_problems_free (self->problems);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
put (Fixture *self, const char *name, const char *text)
{
  g_free (belfry_test_dir_write (self->dir, name, text, -1));
}

static void
take_away (Fixture *self, const char *name)
{
  g_autofree char *path = belfry_test_dir_path (self->dir, name);

  g_assert_cmpint (unlink (path), ==, 0);
}

static char *
read_level (Fixture *self, const GPtrArray *list, gboolean must_exist)
{
  g_autoptr (BelfryConfigBuilder) builder = belfry_config_builder_new (self->problems, NULL);

  belfry_config_files_read (list, must_exist, builder, self->problems);
  g_autoptr (BelfryConfig) config = belfry_config_builder_finish (builder);
  return g_strdup (belfry_config_get_text (config, BELFRY_CONFIG_LOG_LEVEL));
}

/* Files come in the order in which they count, each with all the places it may have. */
static void
test_list (void)
{
  g_auto (Fixture) fixture = { NULL };
  g_autoptr (GString) text = g_string_new (NULL);

  fixture_init (&fixture);
  put (&fixture, "vendor/belfry.conf.d/20-b.conf", "");
  put (&fixture, "vendor/belfry.conf.d/10-a.conf", "");
  put (&fixture, "run/belfry.conf.d/30-c.conf", "");
  put (&fixture, "etc/belfry.conf.d/20-b.conf", "");
  g_autoptr (GPtrArray) list = belfry_config_files_list (NULL, &fixture.folders, fixture.problems);
  for (guint i = 0; i < list->len; i++)
    {
      char **paths = list->pdata[i];

      for (gsize j = 0; paths[j] != NULL; j++)
        g_string_append_printf (text, "%s ", paths[j] + strlen (fixture.dir) + 1);
      g_string_append (text, "; ");
    }
  g_assert_cmpstr (text->str, ==,
                   "etc/belfry.conf run/belfry.conf vendor/belfry.conf ; "
                   "vendor/belfry.conf.d/10-a.conf ; "
                   "etc/belfry.conf.d/20-b.conf vendor/belfry.conf.d/20-b.conf ; "
                   "run/belfry.conf.d/30-c.conf ; ");
}

/* A drop-in that goes away between listing and reading was never there: what it hid shows. */
static void
test_vanished_drop_in (void)
{
  g_auto (Fixture) fixture = { NULL };

  fixture_init (&fixture);
  put (&fixture, "vendor/belfry.conf.d/a.conf", "[log]\nlevel = debug\n");
  put (&fixture, "etc/belfry.conf.d/a.conf", "[log]\nlevel = notice\n");
  put (&fixture, "etc/belfry.conf.d/b.conf", "[log]\nlevel = error\n");
  g_autoptr (GPtrArray) list = belfry_config_files_list (NULL, &fixture.folders, fixture.problems);
  take_away (&fixture, "etc/belfry.conf.d/a.conf");
  take_away (&fixture, "etc/belfry.conf.d/b.conf");
  g_autofree char *level = read_level (&fixture, list, FALSE);
  g_autofree char *errors = belfry_test_config_errors (fixture.problems);
  g_assert_cmpstr (errors, ==, "");
  g_assert_cmpstr (level, ==, "debug");
}

/* A main file that was asked for by name and goes away is an error. */
static void
test_vanished_main_file (void)
{
  g_auto (Fixture) fixture = { NULL };

  fixture_init (&fixture);
  put (&fixture, "my.conf", "[log]\nlevel = debug\n");
  g_autofree char *path = belfry_test_dir_path (fixture.dir, "my.conf");
  g_autoptr (GPtrArray) list = belfry_config_files_list (path, &fixture.folders, fixture.problems);
  take_away (&fixture, "my.conf");
  g_autofree char *level = read_level (&fixture, list, TRUE);
  g_autofree char *errors = belfry_test_config_errors (fixture.problems);
  g_assert_true (g_str_has_suffix (errors, "/my.conf: there is no such file\n"));
  g_assert_cmpstr (level, ==, "info");
}

/* Keys under a group that there is not are not complained of one by one. */
static void
test_wrong_group (void)
{
  g_auto (Fixture) fixture = { NULL };
  g_auto (BelfryConfigOrigin) origin = { g_ref_string_new ("x"), 0, NULL };
  const char text[] = "[bananas]\na = 1\nb = 2\n[log]\nlevel = debug\n";

  fixture_init (&fixture);
  g_autoptr (BelfryConfigBuilder) builder = belfry_config_builder_new (fixture.problems, NULL);
  belfry_config_builder_next_source (builder, FALSE);
  belfry_config_files_read_text (text, strlen (text), origin.source, builder, fixture.problems);
  g_autoptr (BelfryConfig) config = belfry_config_builder_finish (builder);
  g_autofree char *errors = belfry_test_config_errors (fixture.problems);
  g_assert_cmpstr (errors, ==, "x:1: [bananas]: there is no such group\n");
  g_assert_cmpstr (belfry_config_get_text (config, BELFRY_CONFIG_LOG_LEVEL), ==, "debug");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-files/list", test_list);
  belfry_test_add ("/config-files/vanished-drop-in", test_vanished_drop_in);
  belfry_test_add ("/config-files/vanished-main-file", test_vanished_main_file);
  belfry_test_add ("/config-files/wrong-group", test_wrong_group);
  return g_test_run ();
}
