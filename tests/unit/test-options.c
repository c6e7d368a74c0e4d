/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-options.h"

#include "belfry-error.h"
#include "belfry-test.h"

#define MAX_WORDS 8

/* Every option is understood, in both of its forms, and what may be repeated is kept in order. */
static void
test_all (void)
{
  const char *const argv[] = { "belfryd",       "-c",      "/a", "--set", "a.b=c", "-s", "d.e=f",
                               "--env-file=/e", "--check", NULL };
  g_auto (BelfryOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_options_parse (&options, argv, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (options.config_file, ==, "/a");
  g_assert_cmpstr (options.env_file, ==, "/e");
  g_assert_cmpuint (g_strv_length (options.settings), ==, 2);
  g_assert_cmpstr (options.settings[0], ==, "a.b=c");
  g_assert_cmpstr (options.settings[1], ==, "d.e=f");
  g_assert_true (options.check);
  g_assert_false (options.print_config || options.print_defaults || options.print_version);
  g_assert_cmpstr (argv[0], ==, "belfryd");
  g_assert_cmpstr (argv[8], ==, "--check");
}

/* No options are options, too. */
static void
test_none (void)
{
  const char *const argv[] = { "belfryd", NULL };
  g_auto (BelfryOptions) options = { 0 };

  g_assert_true (belfry_options_parse (&options, argv, NULL));
  g_assert_null (options.config_file);
  g_assert_null (options.settings);
}

/* A setting gets through as it is, whatever the locale thinks of its bytes. */
static void
test_bytes (void)
{
  const char *const argv[] = { "belfryd", "--set", "broker.prefix=f\xc3\xbc\xff", NULL };
  g_auto (BelfryOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_options_parse (&options, argv, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (options.settings[0], ==, argv[2]);
}

typedef struct
{
  const char *defect;
  const char *words[MAX_WORDS];
} BadCase;

static const BadCase bad_cases[] = {
  { "unknown option", { "belfryd", "--color" } },
  { "unknown letter", { "belfryd", "-x" } },
  { "no value", { "belfryd", "--config" } },
  { "a word", { "belfryd", "run" } },
  { "two questions", { "belfryd", "--check", "--print-config" } },
  { "two others", { "belfryd", "--version", "--print-defaults" } },
};

/* What is not understood is an error of the one who asks. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_auto (BelfryOptions) options = { 0 };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad_cases[i].defect);
      g_assert_false (belfry_options_parse (&options, bad_cases[i].words, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/options/all", test_all);
  belfry_test_add ("/options/none", test_none);
  belfry_test_add ("/options/bytes", test_bytes);
  belfry_test_add ("/options/bad", test_bad);
  return g_test_run ();
}
