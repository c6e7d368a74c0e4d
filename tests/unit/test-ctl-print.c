/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-ctl-print.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "belfry-test.h"

/* Where the standard output goes while something is printed. */
typedef struct
{
  int kept; /* the real one */
  FILE *file;
} Output;

static void
output_begin (Output *self)
{
  fflush (stdout);
  self->kept = dup (STDOUT_FILENO);
  self->file = tmpfile ();
  g_assert_nonnull (self->file);
  g_assert_cmpint (dup2 (fileno (self->file), STDOUT_FILENO), ==, STDOUT_FILENO);
}

/* Returns: (transfer full): what was printed since */
static char *
output_end (Output *self)
{
  char text[4096] = "";

  fflush (stdout);
  g_assert_cmpint (dup2 (self->kept, STDOUT_FILENO), ==, STDOUT_FILENO);
  close (self->kept);
  rewind (self->file);
  gsize n = fread (text, 1, sizeof text - 1, self->file);
  fclose (self->file);
  return g_strndup (text, n);
}

static const struct
{
  const char *defect;   /* (unowned) */
  const char *text;     /* (unowned) */
  const char *expected; /* (unowned) */
} hostile[] = {
  { "clears the screen", "\033[2Jx", "\\x1b[2Jx" },
  { "goes back over the line", "good\rbad", "good\\x0dbad" },
  { "begins a line of its own", "a\nb", "a\\nb" },
  { "deletes what is before", "a\b\177", "a\\x08\\x7f" },
  { "is a control of eight bits", "a\302\2332J", NULL },
  { "turns the direction of the text", "a\342\200\256b", "a\\u202eb" },
  { "cannot be seen", "a\342\200\213b", "a\\u200bb" },
  { "separates lines", "a\342\200\250b", "a\\xe2\\x80\\xa8b" },
  { "is no UTF-8", "a\377b", NULL },
  { "has none of that", "Grüße, 日本", "Grüße, 日本" },
};

/* Whatever clients call themselves, a terminal is not commanded. */
static void
test_safe (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autofree char *safe = belfry_ctl_safe (hostile[i].text);

      g_test_message ("what %s: %s", hostile[i].defect, safe);
      g_assert_true (g_utf8_validate (safe, -1, NULL));
      for (const char *at = safe; *at != '\0'; at = g_utf8_next_char (at))
        {
          gunichar c = g_utf8_get_char (at);

          g_assert_true (c >= ' ' && (c < 0x7f || c > 0x9f));
        }
      if (hostile[i].expected != NULL)
        g_assert_cmpstr (safe, ==, hostile[i].expected);
    }
}

static const struct
{
  gint64 seconds;
  const char *expected; /* (unowned) */
} spans[] = {
  { G_MININT64, "0 s" },    { -1, "0 s" },      { 0, "0 s" },         { 59, "59 s" },
  { 60, "1 min" },          { 3599, "59 min" }, { 3600, "1 h" },      { 3660, "1 h 1 min" },
  { 86399, "23 h 59 min" }, { 86400, "1 d" },   { 90000, "1 d 1 h" }, { 1000 * 86400, "1000 d" },
};

static void
test_spans (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (spans); i++)
    {
      g_autofree char *text = belfry_ctl_format_span (spans[i].seconds);

      g_assert_cmpstr (text, ==, spans[i].expected);
    }
}

static const struct
{
  const char *variant; /* (unowned) */
  const char *json;    /* (unowned) */
} values[] = {
  { "'a\"b\\n'", "\"a\\\"b\\n\"" },
  { "true", "true" },
  { "uint32 4294967295", "4294967295" },
  { "uint64 18446744073709551615", "18446744073709551615" },
  { "int64 -9223372036854775808", "-9223372036854775808" },
  { "1.5", "1.5" },
  { "@as []", "[]" },
  { "['a', 'b']", "[\"a\",\"b\"]" },
  { "@a{sv} {}", "{}" },
  { "{'b': <uint32 1>, 'a': <['x']>}", "{\"b\":1,\"a\":[\"x\"]}" },
  { "{'nested': <<{'deep': <@aa{sv} [{}]>}>>}", "{\"nested\":{\"deep\":[{}]}}" },
  { "(uint32 1, 'x', @a{sv} {})", "[1,\"x\",{}]" },
  { "[byte 0, 255]", "\"AP8=\"" },
  { "@ay []", "\"\"" },
  { "{'plain': 'value'}", "{\"plain\":\"value\"}" },
  { "int16 5", "null" },
};

/* Every type of the interfaces has a form in JSON; bytes are base64, what is in variants stands by
 * itself, and what the interfaces do not have is null. */
static void
test_json (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = g_variant_parse (NULL, values[i].variant, NULL, NULL, &error);

      g_assert_no_error (error);
      g_autofree char *json = belfry_ctl_json (value);
      g_assert_cmpstr (json, ==, values[i].json);
    }
}

static const BelfryCtlColumn columns[] = {
  { "name", "NAME", BELFRY_CTL_PLAIN },   { "size", "SIZE", BELFRY_CTL_SIZE },
  { "span", "SPAN", BELFRY_CTL_SECONDS }, { "time", "TIME", BELFRY_CTL_MICROSECONDS },
  { "on", "ON", BELFRY_CTL_PLAIN },       { "words", "WORDS", BELFRY_CTL_PLAIN },
  { "bytes", "BYTES", BELFRY_CTL_PLAIN },
};

static GPtrArray *
rows_of (const char *const *texts, gsize n)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (rows, g_variant_parse (G_VARIANT_TYPE_VARDICT, texts[i], NULL, NULL, NULL));
  return rows;
}

static void
assert_list (gboolean json, const char *const *texts, gsize n, const char *expected)
{
  BelfryCtl ctl = { .options = { .json = json } };
  g_autoptr (GPtrArray) rows = rows_of (texts, n);
  Output output;

  output_begin (&output);
  int status = belfry_ctl_print_list (&ctl, rows, columns, G_N_ELEMENTS (columns));
  g_autofree char *text = output_end (&output);
  g_assert_cmpint (status, ==, BELFRY_EXIT_OK);
  g_assert_cmpstr (text, ==, expected);
}

/* A column is as wide as its widest cell is on a terminal; what a row does not have is empty; no
 * line ends with blanks. */
static void
test_table (void)
{
  static const char *const texts[] = {
    "{'name': <'äöü€'>, 'size': <uint64 2048>, 'span': <uint32 90000>, 'time': <uint64 1500>,"
    " 'on': <true>, 'words': <['a', 'b']>, 'bytes': <@ay [1]>}",
    "{'name': <'long name'>, 'on': <false>}",
    "{'name': <'日本語'>, 'on': <true>}",
    "{'name': <'e\314\201'>, 'on': <true>}",
    "{'other': <'x'>}",
  };

  assert_list (FALSE, texts, G_N_ELEMENTS (texts),
               "NAME       SIZE     SPAN     TIME    ON   WORDS  BYTES\n"
               "äöü€       2.0\302\240KiB  1 d 1 h  1.5 ms  yes  a b    \"AQ==\"\n"
               "long name                            no\n"
               "日本語                               yes\n"
               "e\314\201                                    yes\n"
               "\n");
  assert_list (FALSE, texts, 0, "NAME  SIZE  SPAN  TIME  ON  WORDS  BYTES\n");
}

/* Text of clients cannot break the table. */
static void
test_hostile_table (void)
{
  static const char *const texts[] = { "{'name': <'a\\nb\\u001b'>, 'words': <['x\\ny']>}" };

  assert_list (FALSE, texts, 1,
               "NAME      SIZE  SPAN  TIME  ON  WORDS  BYTES\n"
               "a\\nb\\x1b                        x\\ny\n");
}

/* For programs a list is an array, a line a row. */
static void
test_json_list (void)
{
  static const char *const texts[] = { "{'name': <'a'>}", "{'name': <'\\u001b'>}" };

  assert_list (TRUE, texts, 2, "[\n {\"name\":\"a\"},\n {\"name\":\"\\u001b\"}\n]\n");
  assert_list (TRUE, texts, 0, "[]\n");
}

static void
assert_pairs (gboolean json, const char *variant, const char *expected)
{
  BelfryCtl ctl = { .options = { .json = json } };
  g_autoptr (GVariant) dictionary =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, variant, NULL, NULL, NULL);
  Output output;

  output_begin (&output);
  int status = belfry_ctl_print_pairs (&ctl, dictionary, columns, G_N_ELEMENTS (columns));
  g_autofree char *text = output_end (&output);
  g_assert_cmpint (status, ==, BELFRY_EXIT_OK);
  g_assert_cmpstr (text, ==, expected);
}

/* A single thing has a line for each of its members that is not empty. */
static void
test_pairs (void)
{
  assert_pairs (FALSE, "{'name': <''>, 'size': <uint64 1>, 'on': <true>}",
                "SIZE:  1 byte\nON:    yes\n");
  assert_pairs (TRUE, "{'name': <''>}", "{\"name\":\"\"}\n");
  assert_pairs (FALSE, "{}", "");
}

/* If nobody takes what is printed, that is told. */
static void
test_full (void)
{
  FILE *full = fopen ("/dev/full", "w");
  int kept = dup (STDOUT_FILENO);

  g_assert_nonnull (full);
  fflush (stdout);
  g_assert_cmpint (dup2 (fileno (full), STDOUT_FILENO), ==, STDOUT_FILENO);
  int status = belfry_ctl_print ("text");
  g_assert_cmpint (dup2 (kept, STDOUT_FILENO), ==, STDOUT_FILENO);
  close (kept);
  fclose (full);
  clearerr (stdout);
  g_assert_cmpint (status, ==, BELFRY_EXIT_SYSTEM);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/ctl-print/safe", test_safe);
  belfry_test_add ("/ctl-print/spans", test_spans);
  belfry_test_add ("/ctl-print/json", test_json);
  belfry_test_add ("/ctl-print/table", test_table);
  belfry_test_add ("/ctl-print/hostile-table", test_hostile_table);
  belfry_test_add ("/ctl-print/json-list", test_json_list);
  belfry_test_add ("/ctl-print/pairs", test_pairs);
  belfry_test_add ("/ctl-print/full", test_full);
  return g_test_run ();
}
