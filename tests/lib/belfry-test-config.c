/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-config"

#include "config.h"

#include "belfry-test-config.h"

#include <string.h>

#include "belfry-config-load.h"

/* What tests of the configuration have in common. */

static void
append (GString *text, const BelfryConfigProblem *problem)
{
  g_autofree char *line = belfry_config_problem_render (problem);

  g_string_append_printf (text, "%s\n", line);
}

char *
belfry_test_config_errors (const BelfryConfigProblems *problems)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < belfry_config_problems_n_errors (problems); i++)
    append (text, belfry_config_problems_get_error (problems, i));
  return g_string_free (text, FALSE);
}

char *
belfry_test_config_warnings (const BelfryConfigProblems *problems)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < belfry_config_problems_n_warnings (problems); i++)
    append (text, belfry_config_problems_get_warning (problems, i));
  return g_string_free (text, FALSE);
}

BelfryConfig *
belfry_test_config_new (const char *text)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  BelfryConfig *config = belfry_config_load_text (text, strlen (text), "test.conf", problems);
  g_autofree char *errors = belfry_test_config_errors (problems);

  g_assert_cmpstr (errors, ==, "");
  g_assert_nonnull (config);
  return config;
}

void
belfry_test_assert_contains (const char *text, const char *needle)
{
  if (strstr (text, needle) == NULL)
    g_error ("“%s” is not in:\n%s", needle, text);
}
