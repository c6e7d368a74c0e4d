/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-dotenv.h"

#include <string.h>

#include "belfry-test-config.h"
#include "belfry-test.h"

static char *
read_text (const char *text, gsize length, BelfryConfigProblems *problems)
{
  GRefString *source = g_ref_string_new (".env");
  g_autoptr (GPtrArray) variables = belfry_config_dotenv_read (text, length, source, problems);
  GString *summary = g_string_new (NULL);

  for (guint i = 0; i < variables->len; i++)
    {
      const BelfryConfigVariable *variable = variables->pdata[i];

      g_string_append_printf (summary, "%u:%s<%s>;", variable->line, variable->name,
                              variable->value);
    }
  g_ref_string_release (source);
  return g_string_free (summary, FALSE);
}

typedef struct
{
  const char *text;
  const char *variables;
} GoodCase;

static const GoodCase good_cases[] = {
  { "", "" },
  { "\n# a\n  # b\n\t\n", "" },
  { "A=1", "1:A<1>;" },
  { "A=1\nB=2\n", "1:A<1>;2:B<2>;" },
  { "A=1\r\nB=2\r\n", "1:A<1>;2:B<2>;" },
  { "A=\n", "1:A<>;" },
  { "A= # nothing\n", "1:A<>;" },
  { "  A  =  1  \n", "1:A<1>;" },
  { "export A=1\n", "1:A<1>;" },
  { "export\tA=1\n", "1:A<1>;" },
  { "exported=1\n", "1:exported<1>;" },
  { "export=1\n", "1:export<1>;" },
  { "_a9=1\n", "1:_a9<1>;" },
  { "A=a b\n", "1:A<a b>;" },
  { "A=a#b # c\n", "1:A<a#b>;" },
  { "A=a=b\n", "1:A<a=b>;" },
  { "A=$B\n", "1:A<$B>;" },
  { "A=a\\nb\n", "1:A<a\\nb>;" },
  { "A='a b # c'\n", "1:A<a b # c>;" },
  { "A='a\\n$B\"'\n", "1:A<a\\n$B\">;" },
  { "A='a' # b\n", "1:A<a>;" },
  { "A=''\nB=\"\"\n", "1:A<>;2:B<>;" },
  { "A=\"a # b\"\n", "1:A<a # b>;" },
  { "A=\"a\\nb\\\"c\\\\d\\$e\"\n", "1:A<a\nb\"c\\d$e>;" },
  { "A=\"a\\tb\"\n", "1:A<a\\tb>;" },
  { "A=\"one\ntwo\"\nB=3\n", "1:A<one\ntwo>;3:B<3>;" },
  { "A='one\n\n'\nB=3\n", "1:A<one\n\n>;4:B<3>;" },
  { "A=a'b'\n", "1:A<a'b'>;" },
  { "a.b-c=1\n", "1:a.b-c<1>;" },
  { "A='x'y\nB=2\n", "1:A<x>;2:B<2>;" },
  { "A=1\nA=2\n", "1:A<1>;2:A<2>;" },
};

/* The usual forms are read as the usual programs read them. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autofree char *variables =
          read_text (good_cases[i].text, strlen (good_cases[i].text), problems);
      g_autofree char *errors = belfry_test_config_errors (problems);

      g_assert_cmpstr (errors, ==, "");
      g_assert_cmpstr (variables, ==, good_cases[i].variables);
    }
}

typedef struct
{
  const char *defect;
  const char *text;
  gssize length;
  const char *error;
  const char *variables;
} BadCase;

static const BadCase bad_cases[] = {
  { "no equals sign", "hunter2\nA=1\n", -1, ".env:1: expected NAME=value\n", "2:A<1>;" },
  { "no name", "=hunter2\nA=1\n", -1, ".env:1: expected NAME=value\n", "2:A<1>;" },
  { "a name that begins with a digit", "1A=hunter2\n", -1, ".env:1: expected NAME=value\n", "" },
  { "a dash before a name", "-A=hunter2\n", -1, ".env:1: expected NAME=value\n", "" },
  { "white space in a name", "A B=hunter2\n", -1, ".env:1: expected NAME=value\n", "" },
  { "export and nothing", "export \n", -1, ".env:1: expected NAME=value\n", "" },
  { "a quote that is not closed", "A=1\nB=\"hunter2\nC=3\n", -1,
    ".env:2: B: expected a closing quote\n", "1:A<1>;" },
  { "a single quote that is not closed", "B='hunter2", -1, ".env:1: B: expected a closing quote\n",
    "" },
  { "something behind a quote", "BELFRY_A='x'hunter2\nB=2\n", -1,
    ".env:1: BELFRY_A: expected nothing behind the closing quote\n", "2:B<2>;" },
  { "a NUL byte", "A=1\nB=\0\n", 8, ".env:2: a NUL byte: expected text\n", "" },
  { "a byte that is not UTF-8", "A=1\n\nB=\xff\n", -1, ".env:3: a byte that is not UTF-8\n", "" },
};

/* Each defect is told with its line, and never with the value. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *row = &bad_cases[i];
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      gsize length = row->length < 0 ? strlen (row->text) : (gsize) row->length;
      g_autofree char *variables = read_text (row->text, length, problems);
      g_autofree char *errors = belfry_test_config_errors (problems);

      g_test_message ("%s", row->defect);
      g_assert_cmpstr (errors, ==, row->error);
      g_assert_cmpstr (variables, ==, row->variables);
    }
}

/* A file of nothing but variables ends at a limit. */
static void
test_many (void)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < 10001; i++)
    g_string_append (text, "A=1\n");
  g_autofree char *variables = read_text (text->str, text->len, problems);
  g_autofree char *errors = belfry_test_config_errors (problems);
  g_assert_true (g_str_has_suffix (variables, ";10000:A<1>;"));
  g_assert_cmpstr (errors, ==, ".env:10001: too many variables\n");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-dotenv/good", test_good);
  belfry_test_add ("/config-dotenv/bad", test_bad);
  belfry_test_add ("/config-dotenv/many", test_many);
  return g_test_run ();
}
