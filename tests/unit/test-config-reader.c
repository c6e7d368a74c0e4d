/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-reader.h"

#include <string.h>

#include "belfry-test-config.h"
#include "belfry-test.h"

static GPtrArray *
read_text (const char *text, gsize length, BelfryConfigProblems *problems)
{
  GRefString *source = g_ref_string_new ("a.conf");
  GPtrArray *entries = belfry_config_reader_read (text, length, source, problems);

  g_ref_string_release (source);
  return entries;
}

static char *
summarize (const GPtrArray *entries)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    {
      const BelfryConfigEntry *entry = entries->pdata[i];

      g_string_append_printf (text, "%u:%s", entry->line, entry->word);
      if (entry->instance != NULL)
        g_string_append_printf (text, "(%s)", entry->instance);
      if (entry->key != NULL)
        g_string_append_printf (text, ".%s<%s>", entry->key, entry->value);
      g_string_append_c (text, ';');
    }
  return g_string_free (text, FALSE);
}

typedef struct
{
  const char *text;
  const char *entries;
} GoodCase;

static const GoodCase good_cases[] = {
  { "", "" },
  { "\n\n  \n\t\n", "" },
  { "# a\n; b\n  # c\n", "" },
  { "[a]\n", "1:a;" },
  { "[a]", "1:a;" },
  { "[a]\nk=v", "1:a;2:a.k<v>;" },
  { "[a]\r\nk=v\r\n", "1:a;2:a.k<v>;" },
  { "\xef\xbb\xbf[a]\nk=v\n", "1:a;2:a.k<v>;" },
  { "  [a]  \n  k  =  v  \n", "1:a;2:a.k<v>;" },
  { "\t[a]\t# x\n\tk\t=\tv\t\n", "1:a;2:a.k<v>;" },
  { "[ a ]\n", "1:a;" },
  { "[a b]\n", "1:a(b);" },
  { "[a \t b]\n", "1:a(b);" },
  { "[endpoint /a]b]\n", "1:endpoint(/a]b);" },
  { "[topic #]\n", "1:topic(#);" },
  { "[topic x]] # y]\n", "1:topic(x]);" },
  { "[a]\nk=\n", "1:a;2:a.k<>;" },
  { "[a]\nk= # nothing\n", "1:a;2:a.k<>;" },
  { "[a]\nk=v # a comment\n", "1:a;2:a.k<v>;" },
  { "[a]\nk=v\t#a comment\n", "1:a;2:a.k<v>;" },
  { "[a]\nk=v#no comment\n", "1:a;2:a.k<v#no comment>;" },
  { "[a]\nk=#no comment # one\n", "1:a;2:a.k<#no comment>;" },
  { "[a]\nk=v ; no comment\n", "1:a;2:a.k<v ; no comment>;" },
  { "[a]\nk=a=b\n", "1:a;2:a.k<a=b>;" },
  { "[a]\nk=a \"b\"\n", "1:a;2:a.k<a \"b\">;" },
  { "[a]\nk=\"v\"\n", "1:a;2:a.k<v>;" },
  { "[a]\nk=\"\"\n", "1:a;2:a.k<>;" },
  { "[a]\nk=\"  v  \"\n", "1:a;2:a.k<  v  >;" },
  { "[a]\nk=\"a # b\" # c\n", "1:a;2:a.k<a # b>;" },
  { "[a]\nk=\"a\\\"b\\\\c\"\n", "1:a;2:a.k<a\"b\\c>;" },
  { "[a]\nk=\"a\\\\\"\n", "1:a;2:a.k<a\\>;" },
  { "[a]\nk=a\\b\n", "1:a;2:a.k<a\\b>;" },
  { "[a]\nk=Grüße 🔔\n", "1:a;2:a.k<Grüße 🔔>;" },
  { "[a]\nk=1\n[b]\nk=2\n[a]\nl=3\n", "1:a;2:a.k<1>;3:b;4:b.k<2>;5:a;6:a.l<3>;" },
  { "[a x]\nk=1\n[a y]\nk=2\n", "1:a(x);2:a(x).k<1>;3:a(y);4:a(y).k<2>;" },
};

/* Groups, keys, values, comments and quotes are told apart, with their lines. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autoptr (GPtrArray) entries =
          read_text (good_cases[i].text, strlen (good_cases[i].text), problems);
      g_autofree char *summary = summarize (entries);
      g_autofree char *errors = belfry_test_config_errors (problems);

      g_assert_cmpstr (errors, ==, "");
      g_assert_cmpstr (summary, ==, good_cases[i].entries);
    }
}

typedef struct
{
  const char *defect;
  const char *text;
  gssize length;
  const char *error;
  const char *entries; /* what is read all the same */
} BadCase;

static const BadCase bad_cases[] = {
  { "a key before any group", "k=v\n[a]\n", -1, "a.conf:1: k: expected a group", "2:a;" },
  { "no equals sign", "[a]\nhunter2\nk=v\n", -1, "a.conf:2: [a]: expected key = value",
    "1:a;3:a.k<v>;" },
  { "no key", "[a]\n = v\n", -1, "a.conf:2: [a]: expected a key of letters", "1:a;" },
  { "white space in a key", "[a]\nk l = v\n", -1, "a.conf:2: [a]: expected a key of letters",
    "1:a;" },
  { "other letters in a key", "[a]\nkü=v\n", -1, "a.conf:2: [a]: expected a key", "1:a;" },
  { "a control character in a key", "[a]\nk\033=v\n", -1, "a.conf:2: [a]: expected a key", "1:a;" },
  { "a key twice", "[a]\nk=1\n\nk=2\n", -1,
    "a.conf:4: [a] k: set again: it was set on line 2 already", "1:a;2:a.k<1>;" },
  { "a key twice in a group opened twice", "[a x]\nk=1\n[b]\n[a x]\nk=2\n", -1,
    "a.conf:5: [a x] k: set again: it was set on line 2 already",
    "1:a(x);2:a(x).k<1>;3:b;4:a(x);" },
  { "a group that is not closed", "[a\nk=v\n[b]\n", -1, "a.conf:1: expected a group such as",
    "3:b;" },
  { "an empty group", "[]\nk=v\n", -1, "a.conf:1: expected a group such as", "" },
  { "a blank group", "[ ]\n", -1, "a.conf:1: expected a group such as", "" },
  { "something behind a group", "[a] b\n", -1, "a.conf:1: expected a group such as", "" },
  { "a comment right behind a group", "[a]#b\n", -1, "a.conf:1: expected a group such as", "" },
  { "three words in a group", "[a b c]\n", -1, "a.conf:1: expected a group such as", "" },
  { "other characters in a group", "[a/b]\n", -1, "a.conf:1: expected a group such as", "" },
  { "a quote that is not closed", "[a]\nk=\"v\n", -1, "a.conf:2: [a] k: expected a closing quote",
    "1:a;" },
  { "a quote closed by an escape", "[a]\nk=\"v\\\"\n", -1,
    "a.conf:2: [a] k: expected a closing quote", "1:a;" },
  { "a quote that ends in an escape", "[a]\nk=\"v\\\n", -1,
    "a.conf:2: [a] k: expected a closing quote", "1:a;" },
  { "an unknown escape", "[a]\nk=\"a\\nb\"\n", -1, "a.conf:2: [a] k: expected a closing quote",
    "1:a;" },
  { "something behind a quote", "[a]\nk=\"v\"w\n", -1, "a.conf:2: [a] k: expected a closing quote",
    "1:a;" },
  { "a NUL byte", "[a]\nk=v\0w\nl=w\n", 13, "a.conf:2: [a]: a NUL byte: expected text",
    "1:a;3:a.l<w>;" },
  { "a byte that is not UTF-8", "[a]\nk=\xff\nl=w\n", -1, "a.conf:2: [a]: a byte that is not UTF-8",
    "1:a;3:a.l<w>;" },
  { "Latin-1", "[a]\nk=Gr\xfc\xdf\n", -1, "a.conf:2: [a]: a byte that is not UTF-8", "1:a;" },
  { "an overlong encoding", "[a]\nk=\xc0\xaf\n", -1, "a.conf:2: [a]: a byte that is not UTF-8",
    "1:a;" },
  { "a surrogate", "[a]\nk=\xed\xa0\x80\n", -1, "a.conf:2: [a]: a byte that is not UTF-8", "1:a;" },
  { "a letter that is cut off", "[a]\nk=\xe2\x82", -1, "a.conf:2: [a]: a byte that is not UTF-8",
    "1:a;" },
  { "UTF-16", "\xff\xfe[\0a\0]\0", 8, "a.conf:1: a NUL byte", "" },
  { "a byte order mark that is not at the start", "[a]\n\xef\xbb\xbfk=v\n", -1,
    "a.conf:2: [a]: expected a key", "1:a;" },
};

/* Each defect is told with its line, and what stands around it is still read. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *row = &bad_cases[i];
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      gsize length = row->length < 0 ? strlen (row->text) : (gsize) row->length;
      g_autoptr (GPtrArray) entries = read_text (row->text, length, problems);
      g_autofree char *summary = summarize (entries);
      g_autofree char *errors = belfry_test_config_errors (problems);

      g_test_message ("%s: %s", row->defect, errors);
      g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, 1);
      g_assert_true (g_str_has_prefix (errors, row->error));
      g_assert_cmpstr (summary, ==, row->entries);
      g_assert_null (strstr (errors, "hunter2"));
    }
}

/* A line of 16384 bytes is read, one more is not. */
static void
test_long_line (void)
{
  for (gsize extra = 0; extra < 2; extra++)
    {
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autofree char *value = g_strnfill (16384 - 2 + extra, 'x');
      g_autofree char *text = g_strconcat ("[a]\nk=", value, NULL);
      g_autoptr (GPtrArray) entries = read_text (text, strlen (text), problems);
      g_autofree char *errors = belfry_test_config_errors (problems);

      g_assert_cmpuint (entries->len, ==, 2 - extra);
      g_assert_cmpstr (errors, ==,
                       extra == 0 ? "" : "a.conf:2: [a]: the line is longer than 16384 bytes\n");
    }
}

/* A file of nothing but keys ends at a limit, not with the memory. */
static void
test_many (void)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (GString) text = g_string_new ("[a]\n");

  for (int i = 0; i < 12000; i++)
    g_string_append_printf (text, "k%d=\n", i);
  g_autoptr (GPtrArray) entries = read_text (text->str, text->len, problems);
  g_autofree char *errors = belfry_test_config_errors (problems);
  g_assert_cmpuint (entries->len, ==, 10000);
  g_assert_cmpstr (errors, ==, "a.conf:10000: [a]: more than 10000 settings in one file\n");
}

static const char *const values[] = {
  "",      "v",   "a b", " a",    "a ",   "\t",     "\"",        "\"a\"",   "a\"b",
  "a # b", "a#b", "#a",  "a\t#b", "\\",   "a\\",    "\" # \\\"", "; a",     "a ; b",
  "=",     "a=b", "[a]", "Grüße", "\"\"", "\\\\\"", "# # #",     "a \\\"b", "x\ty",
};

/* Whatever a value is, it is written so that it is read as what it was. */
static void
test_round_trip (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autoptr (GString) text = g_string_new ("[a]\nk = ");

      belfry_config_reader_append_value (text, values[i]);
      g_string_append (text, " # a comment");
      g_autoptr (GPtrArray) entries = read_text (text->str, text->len, problems);
      g_autofree char *errors = belfry_test_config_errors (problems);
      g_assert_cmpstr (errors, ==, "");
      g_assert_cmpuint (entries->len, ==, 2);
      const BelfryConfigEntry *entry = entries->pdata[1];
      g_assert_cmpstr (entry->value, ==, values[i]);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-reader/good", test_good);
  belfry_test_add ("/config-reader/bad", test_bad);
  belfry_test_add ("/config-reader/long-line", test_long_line);
  belfry_test_add ("/config-reader/many", test_many);
  belfry_test_add ("/config-reader/round-trip", test_round_trip);
  return g_test_run ();
}
