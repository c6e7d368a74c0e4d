/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-problems.h"

#include "belfry-test.h"

typedef struct
{
  const char *source;
  guint line;
  const char *name;
  const char *group;
  const char *key;
  const char *nearest;
  const char *rendered;
} RenderCase;

static const RenderCase render_cases[] = {
  { "/etc/x.conf", 12, NULL, "server", "lisen", "listen",
    "/etc/x.conf:12: [server] lisen: wrong (did you mean “listen”?)" },
  { "/etc/x.conf", 12, NULL, "server", "listen", NULL, "/etc/x.conf:12: [server] listen: wrong" },
  { "/etc/x.conf", 3, NULL, "servr", NULL, "server",
    "/etc/x.conf:3: [servr]: wrong (did you mean “server”?)" },
  { "/etc/x.conf", 0, NULL, NULL, NULL, NULL, "/etc/x.conf: wrong" },
  { "environment", 0, "PORT", NULL, NULL, NULL, "environment: PORT: wrong" },
  { "/x/.env", 7, "BELFRY_X", "server", "listen", NULL,
    "/x/.env:7: BELFRY_X: [server] listen: wrong" },
  { "--set", 0, NULL, "topic chat.*", "presence", NULL, "--set: [topic chat.*] presence: wrong" },
  { NULL, 0, NULL, "auth", "required", NULL, "[auth] required: wrong" },
  { NULL, 0, NULL, NULL, NULL, NULL, "wrong" },
  { "a\nb", 1, NULL, "c\033[2J", "d\r", "e\n",
    "a\\nb:1: [c\\x1b[2J] d\\x0d: wrong (did you mean “e\\n”?)" },
};

/* A problem is one line that names its place, whatever the place is called. */
static void
test_render (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (render_cases); i++)
    {
      const RenderCase *row = &render_cases[i];
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_auto (BelfryConfigOrigin) origin = { NULL };
      const BelfryConfigPlace place = { &origin, row->group, row->key };

      if (row->source != NULL)
        {
          GRefString *source = g_ref_string_new (row->source);

          belfry_config_origin_init (&origin, source, row->line, row->name);
          g_ref_string_release (source);
        }
      belfry_config_problems_error (problems, &place, row->nearest, "wr%s", "ong");
      g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, 1);
      g_autofree char *line =
          belfry_config_problem_render (belfry_config_problems_get_error (problems, 0));
      g_assert_cmpstr (line, ==, row->rendered);
    }
}

/* Errors and warnings are kept apart, each in the order in which they came. */
static void
test_lists (void)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  const BelfryConfigPlace place = { NULL, "auth", "required" };

  belfry_config_problems_warn (problems, &place, "first");
  belfry_config_problems_error (problems, &place, NULL, "second");
  belfry_config_problems_warn (problems, &place, "third");
  g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, 1);
  g_assert_cmpuint (belfry_config_problems_n_warnings (problems), ==, 2);
  g_assert_cmpstr (belfry_config_problems_get_error (problems, 0)->message, ==, "second");
  g_assert_cmpstr (belfry_config_problems_get_warning (problems, 0)->message, ==, "first");
  g_assert_cmpstr (belfry_config_problems_get_warning (problems, 1)->message, ==, "third");
}

/* A flood of problems is cut off, and says so. */
static void
test_flood (void)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  const BelfryConfigPlace place = { NULL, NULL, NULL };

  for (int i = 0; i < 3 * BELFRY_CONFIG_MAX_PROBLEMS; i++)
    belfry_config_problems_error (problems, &place, NULL, "%d", i);
  g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, BELFRY_CONFIG_MAX_PROBLEMS);
  g_assert_cmpstr (belfry_config_problems_get_error (problems, BELFRY_CONFIG_MAX_PROBLEMS - 2)
                       ->message,
                   ==, "98");
  g_assert_cmpstr (belfry_config_problems_get_error (problems, BELFRY_CONFIG_MAX_PROBLEMS - 1)
                       ->message,
                   ==, "there are more problems");
}

/* An origin outlives what it was made from, and a default has none. */
static void
test_origin (void)
{
  g_auto (BelfryConfigOrigin) copy = { NULL };
  g_auto (BelfryConfigOrigin) nowhere = { NULL };

  {
    g_auto (BelfryConfigOrigin) origin = { NULL };
    GRefString *source = g_ref_string_new ("file");

    belfry_config_origin_init (&origin, source, 3, "NAME");
    belfry_config_origin_copy (&copy, &origin);
    g_ref_string_release (source);
  }
  g_autofree char *text = belfry_config_origin_to_string (&copy);
  g_autofree char *empty = belfry_config_origin_to_string (&nowhere);
  g_assert_cmpstr (text, ==, "file:3: NAME");
  g_assert_cmpstr (empty, ==, "default");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-problems/render", test_render);
  belfry_test_add ("/config-problems/lists", test_lists);
  belfry_test_add ("/config-problems/flood", test_flood);
  belfry_test_add ("/config-problems/origin", test_origin);
  return g_test_run ();
}
