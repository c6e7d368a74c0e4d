/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-sample"

#include "config.h"

#include "belfry-log.h"

#include "belfry-error.h"
#include "belfry-log-line.h"
#include "belfry-test.h"

static void
set_levels (const char *levels)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_log_set_levels (levels, &error));
  g_assert_no_error (error);
}

static const char *
count_call (int *calls)
{
  ++*calls;
  return "x";
}

/* A level that is off costs nothing: the arguments are not even evaluated. */
static void
test_gate (void)
{
  int calls = 0;

  set_levels ("info");
  belfry_log_debug ("%s", count_call (&calls));
  g_assert_cmpint (calls, ==, 0);
  set_levels ("debug");
  belfry_log_debug ("%s", count_call (&calls));
  g_assert_cmpint (calls, ==, 1);
  set_levels ("info");
}

/* One domain can speak while the others are silent, with or without the prefix of its name. */
static void
test_domains (void)
{
  set_levels ("warning,sample=debug");
  g_assert_true (belfry_log_enabled (BELFRY_LOG_DEBUG, "belfry-sample"));
  g_assert_false (belfry_log_enabled (BELFRY_LOG_INFO, "belfry-other"));
  g_assert_true (belfry_log_enabled (BELFRY_LOG_WARNING, "belfry-other"));
  set_levels ("debug,belfry-sample=error, GLib=info");
  g_assert_false (belfry_log_enabled (BELFRY_LOG_WARNING, "belfry-sample"));
  g_assert_false (belfry_log_enabled (BELFRY_LOG_DEBUG, "GLib"));
  g_assert_true (belfry_log_enabled (BELFRY_LOG_DEBUG, "belfry-other"));
  set_levels ("info");
}

/* What is in force can be read back and set again. */
static void
test_round_trip (void)
{
  set_levels ("notice,sample=debug");
  g_autofree char *levels = belfry_log_get_levels ();
  g_assert_cmpstr (levels, ==, "notice,belfry-sample=debug");
  set_levels (levels);
  set_levels ("info");
}

static const char *const bad_levels[] = {
  "",           "loud",          "info,",         "info,sample",
  "info,=info", "info,sample=x", "INFO",          "info,sample=debug=debug",
  "7",          "info debug",    ",sample=debug",
};

/* A wrong level changes nothing and says what was expected. */
static void
test_bad_levels (void)
{
  set_levels ("notice");
  for (gsize i = 0; i < G_N_ELEMENTS (bad_levels); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) check = NULL;

      g_assert_false (belfry_log_set_levels (bad_levels[i], &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT);
      g_assert_false (belfry_log_check_levels (bad_levels[i], &check));
      g_assert_cmpstr (check->message, ==, error->message);
    }
  g_autofree char *levels = belfry_log_get_levels ();
  g_assert_cmpstr (levels, ==, "notice");
  set_levels ("info");
}

/* A line carries its journal fields; one without a value is left out. */
static void
test_fields (void)
{
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-sample", "closed 7");
  belfry_log_event (BELFRY_LOG_WARNING,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_STARTED,
                                          .fields = { { "SESSION", "s1" }, { "USER", NULL } } }),
                    "closed %d", 7);
  g_autofree char *session = belfry_test_last_field ("SESSION");
  g_autofree char *user = belfry_test_last_field ("USER");
  g_autofree char *id = belfry_test_last_field ("MESSAGE_ID");
  g_autofree char *priority = belfry_test_last_field ("PRIORITY");
  g_autofree char *function = belfry_test_last_field ("CODE_FUNC");
  g_assert_cmpstr (session, ==, "s1");
  g_assert_null (user);
  g_assert_cmpstr (id, ==, BELFRY_MESSAGE_STARTED);
  g_assert_cmpstr (priority, ==, "4");
  g_assert_cmpstr (function, ==, "test_fields");
}

typedef struct
{
  const char *text;
  gssize length;
  const char *escaped;
} EscapeCase;

static const EscapeCase escape_cases[] = {
  { "plain", -1, "plain" },
  { "Grüße 🔔", -1, "Grüße 🔔" },
  { "two\nlines", -1, "two\\nlines" },
  { "\033[2Jgone", -1, "\\x1b[2Jgone" },
  { "tab\there", -1, "tab\\x09here" },
  { "bad \xff\xfe end", -1, "bad \\xff\\xfe end" },
  { "cut \xe2\x82", -1, "cut \\xe2\\x82" },
  { "nul\0inside", 10, "nul\\x00inside" },
  { "c1 \xc2\x9b", -1, "c1 \\xc2\\x9b" },
  { "line\xe2\x80\xa8separator", -1, "line\\xe2\\x80\\xa8separator" },
  { "", -1, "" },
};

/* Nothing that a client sends can break a line or command a terminal. */
static void
test_escaping (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (escape_cases); i++)
    {
      g_autoptr (GString) line = g_string_new (NULL);

      belfry_log_line_append_escaped (line, escape_cases[i].text, escape_cases[i].length);
      g_assert_cmpstr (line->str, ==, escape_cases[i].escaped);
    }
}

/* A line for a file has the full time, its level, domain, text and the fields that are its own. */
static void
test_plain_line (void)
{
  const GLogField fields[] = {
    { "MESSAGE", "gone\n", -1 }, { "PRIORITY", "5", -1 },   { "GLIB_DOMAIN", "belfry-x", -1 },
    { "SESSION", "abc", -1 },    { "PEER", "[::1]:5", -1 },
  };
  g_autoptr (GString) line =
      belfry_log_line_format (BELFRY_LOG_STYLE_PLAIN, 1700000000123456, BELFRY_LOG_NOTICE, fields,
                              G_N_ELEMENTS (fields));

  g_assert_cmpstr (
      line->str, ==,
      "2023-11-14T22:13:20.123Z notice belfry-x: gone\\n [SESSION=abc PEER=[::1]:5]\n");
}

/* A line for a terminal has colour that ends with it. */
static void
test_terminal_line (void)
{
  const GLogField fields[] = { { "MESSAGE", "hot", -1 } };
  g_autoptr (GString) line =
      belfry_log_line_format (BELFRY_LOG_STYLE_TERMINAL, 1700000000123456, BELFRY_LOG_ERROR, fields,
                              G_N_ELEMENTS (fields));

  g_assert_nonnull (strstr (line->str, "\033[1;31merror hot\033[0m"));
  g_assert_true (g_str_has_suffix (line->str, "\033[0m\n"));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/log/gate", test_gate);
  belfry_test_add ("/log/domains", test_domains);
  belfry_test_add ("/log/round-trip", test_round_trip);
  belfry_test_add ("/log/bad-levels", test_bad_levels);
  belfry_test_add ("/log/fields", test_fields);
  belfry_test_add ("/log/escaping", test_escaping);
  belfry_test_add ("/log/plain-line", test_plain_line);
  belfry_test_add ("/log/terminal-line", test_terminal_line);
  return g_test_run ();
}
