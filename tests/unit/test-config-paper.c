/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <gio/gio.h>
#include <string.h>

#include "belfry-config-print.h"
#include "belfry-config-private.h"
#include "belfry-config-table.h"
#include "belfry-names.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

/* Two comment lines and an empty one: the licence, which is no part of what a program prints. */
#define LICENCE_LINES 3

static char *
read_source (const char *folder, const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static const char *
skip_lines (const char *text, guint n)
{
  while (n-- > 0)
    {
      text = strchr (text, '\n');
      g_assert_nonnull (text);
      text++;
    }
  return text;
}

/* The file that is installed is what the table says. The expected one is left in the build folder,
 * to be copied over it. */
static void
test_default_file (void)
{
  g_autofree char *text = read_source ("data", BELFRY_CONFIG_FILE);
  g_autofree char *expected = belfry_config_print_defaults ();
  const char *body = skip_lines (text, LICENCE_LINES);

  if (strcmp (body, expected) != 0)
    {
      g_autofree char *path =
          g_test_build_filename (G_TEST_BUILT, BELFRY_CONFIG_FILE ".expected", NULL);
      g_autofree char *full = g_strdup_printf ("%.*s%s", (int) (body - text), text, expected);

      g_assert_true (g_file_set_contents (path, full, -1, NULL));
      g_test_message ("data/" BELFRY_CONFIG_FILE " differs from the table; it should be %s", path);
      g_test_fail ();
    }
}

/* The line with which the manual page introduces a key. */
static char *
term_of (const BelfryConfigRow *row)
{
  g_autofree char *type = belfry_config_table_describe (row);
  const char *reload = row->flags & BELFRY_CONFIG_RESTART ? "restart" : "reload";

  if (row->flags & BELFRY_CONFIG_INHERITS)
    return g_strdup_printf (
        "``%s`` (%s; default as in ``[%s]``; %s)", row->name, type,
        belfry_config_table_group (belfry_config_table_row (row->related)->group)->word, reload);
  if (*row->fallback == '\0')
    return g_strdup_printf ("``%s`` (%s; default empty; %s)", row->name, type, reload);
  return g_strdup_printf ("``%s`` (%s; default ``%s``; %s)", row->name, type, row->fallback,
                          reload);
}

static char *
expected_terms (void)
{
  GString *terms = g_string_new (NULL);

  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    {
      BelfryConfigGroup group = (BelfryConfigGroup) i;
      g_autofree char *title =
          belfry_config_group_title (group, belfry_config_table_group (group)->placeholder);
      gsize n;
      BelfryConfigKey first = belfry_config_table_keys (group, &n);

      g_string_append_printf (terms, "[%s]\n", title);
      for (gsize j = first; j < first + n; j++)
        {
          g_autofree char *term = term_of (belfry_config_table_row ((BelfryConfigKey) j));

          g_string_append_printf (terms, "%s\n", term);
        }
    }
  return g_string_free (terms, FALSE);
}

/* The titles of groups, and the terms below them, in the order of the page. */
static char *
terms_in (const char *page)
{
  g_auto (GStrv) lines = g_strsplit (page, "\n", -1);
  GString *terms = g_string_new (NULL);
  gboolean in_group = FALSE;

  for (gsize i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
    {
      gboolean is_title = g_str_has_prefix (lines[i + 1], "---") && lines[i][0] == '[';

      if (g_str_has_prefix (lines[i + 1], "==="))
        in_group = FALSE;
      if (is_title)
        in_group = TRUE;
      if (is_title || (in_group && g_str_has_prefix (lines[i], "``") &&
                       g_str_has_prefix (lines[i + 1], "    ")))
        g_string_append_printf (terms, "%s\n", lines[i]);
    }
  return g_string_free (terms, FALSE);
}

/* The manual page has every group and every key of the table, in its order, with what it takes, its
 * default, and whether a reload takes it up; and no others. */
static void
test_manual (void)
{
  g_autofree char *page = read_source ("doc/man", BELFRY_CONFIG_FILE ".5.rst");
  g_autofree char *found = terms_in (page);
  g_autofree char *expected = expected_terms ();

  g_assert_cmpstr (found, ==, expected);
}

/* The manual page tells the variables that many programs know, and what is not looked at. */
static void
test_manual_variables (void)
{
  static const char *const names[] = { BELFRY_ENV_PORT, BELFRY_ENV_REDIS_URL, BELFRY_ENV_JWT_SECRET,
                                       BELFRY_ENV_CREDENTIALS };
  g_autofree char *page = read_source ("doc/man", BELFRY_CONFIG_FILE ".5.rst");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *term = g_strdup_printf ("\n``%s``\n    ", names[i]);

      belfry_test_assert_contains (page, term);
    }
}

static char *
literal_block_behind (const char *page, const char *sentence)
{
  const char *start = strstr (page, sentence);
  GString *block = g_string_new (NULL);

  g_assert_nonnull (start);
  g_auto (GStrv) lines = g_strsplit (skip_lines (start, 2), "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      if (lines[i][0] != '\0' && !g_str_has_prefix (lines[i], "    "))
        break;
      g_string_append_printf (block, "%s\n", lines[i]);
    }
  return g_string_free (block, FALSE);
}

/* The topics of the page's second example load as they stand. */
static void
test_manual_example (void)
{
  g_autofree char *page = read_source ("doc/man", BELFRY_CONFIG_FILE ".5.rst");
  g_autofree char *example = literal_block_behind (page, "Chat rooms that remember");
  g_autoptr (BelfryConfig) config = belfry_test_config_new (example);
  const BelfryConfigInstance *chat =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, "chat.*");
  const BelfryConfigInstance *prices =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, "prices.>");

  g_assert_cmpint (belfry_config_instance_get_number (chat, BELFRY_CONFIG_TOPIC_HISTORY_SIZE), ==,
                   100);
  g_assert_cmpint (belfry_config_instance_get_enum (prices, BELFRY_CONFIG_TOPIC_SLOW_CONSUMER), ==,
                   BELFRY_CONFIG_SLOW_CONFLATE);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-paper/default-file", test_default_file);
  belfry_test_add ("/config-paper/manual", test_manual);
  belfry_test_add ("/config-paper/manual-variables", test_manual_variables);
  belfry_test_add ("/config-paper/manual-example", test_manual_example);
  return g_test_run ();
}
