/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-number.h"

#include "belfry-test.h"

typedef gboolean (*Parse) (const char *text, gint64 *value);
typedef char *(*Format) (gint64 value);

typedef struct
{
  Parse parse;
  Format format;
  const char *text;
  gint64 value;
  const char *canonical;
} GoodCase;

#define INTEGER belfry_config_parse_integer, belfry_config_format_integer
#define DURATION belfry_config_parse_duration, belfry_config_format_duration
#define SIZE belfry_config_parse_size, belfry_config_format_size
#define BOOLEAN belfry_config_parse_boolean, belfry_config_format_boolean

static const GoodCase good_cases[] = {
  { INTEGER, "0", 0, "0" },
  { INTEGER, "007", 7, "7" },
  { INTEGER, "65535", 65535, "65535" },
  { INTEGER, "9223372036854775807", G_MAXINT64, "9223372036854775807" },
  { DURATION, "0", 0, "0" },
  { DURATION, "0s", 0, "0" },
  { DURATION, "1ms", 1000, "1ms" },
  { DURATION, "30s", 30000000, "30s" },
  { DURATION, "1500ms", 1500000, "1500ms" },
  { DURATION, "2000ms", 2000000, "2s" },
  { DURATION, "60s", 60000000, "1min" },
  { DURATION, "90s", 90000000, "90s" },
  { DURATION, "5min", 300000000, "5min" },
  { DURATION, "60min", G_GINT64_CONSTANT (3600000000), "1h" },
  { DURATION, "24h", G_GINT64_CONSTANT (86400000000), "24h" },
  { DURATION, "2562047788h", G_GINT64_CONSTANT (9223372036800000000), "2562047788h" },
  { SIZE, "0", 0, "0" },
  { SIZE, "0GiB", 0, "0" },
  { SIZE, "1", 1, "1" },
  { SIZE, "1023", 1023, "1023" },
  { SIZE, "1024", 1024, "1KiB" },
  { SIZE, "1536", 1536, "1536" },
  { SIZE, "4MiB", 4194304, "4MiB" },
  { SIZE, "1024KiB", 1048576, "1MiB" },
  { SIZE, "1025KiB", 1049600, "1025KiB" },
  { SIZE, "3GiB", G_GINT64_CONSTANT (3221225472), "3GiB" },
  { BOOLEAN, "yes", TRUE, "yes" },
  { BOOLEAN, "true", TRUE, "yes" },
  { BOOLEAN, "on", TRUE, "yes" },
  { BOOLEAN, "1", TRUE, "yes" },
  { BOOLEAN, "YES", TRUE, "yes" },
  { BOOLEAN, "no", FALSE, "no" },
  { BOOLEAN, "false", FALSE, "no" },
  { BOOLEAN, "off", FALSE, "no" },
  { BOOLEAN, "0", FALSE, "no" },
};

/* Each value is read, and written in one way, which is read as the same value. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      const GoodCase *row = &good_cases[i];
      gint64 value = -1;
      gint64 again = -1;

      g_assert_true (row->parse (row->text, &value));
      g_assert_cmpint (value, ==, row->value);
      g_autofree char *canonical = row->format (value);
      g_assert_cmpstr (canonical, ==, row->canonical);
      g_assert_true (row->parse (canonical, &again));
      g_assert_cmpint (again, ==, value);
    }
}

typedef struct
{
  const char *defect;
  Parse parse;
  const char *text;
} BadCase;

static const BadCase bad_cases[] = {
  { "nothing", belfry_config_parse_integer, "" },
  { "a sign", belfry_config_parse_integer, "-1" },
  { "a plus sign", belfry_config_parse_integer, "+1" },
  { "white space before", belfry_config_parse_integer, " 1" },
  { "white space behind", belfry_config_parse_integer, "1 " },
  { "a fraction", belfry_config_parse_integer, "1.5" },
  { "hexadecimal", belfry_config_parse_integer, "0x10" },
  { "an exponent", belfry_config_parse_integer, "1e3" },
  { "a separator", belfry_config_parse_integer, "1,000" },
  { "letters", belfry_config_parse_integer, "ten" },
  { "one above the largest", belfry_config_parse_integer, "9223372036854775808" },
  { "far too many digits", belfry_config_parse_integer, "99999999999999999999999999" },
  { "other digits", belfry_config_parse_integer, "١" },
  { "nothing", belfry_config_parse_duration, "" },
  { "no unit", belfry_config_parse_duration, "30" },
  { "a unit alone", belfry_config_parse_duration, "s" },
  { "an unknown unit", belfry_config_parse_duration, "1d" },
  { "microseconds", belfry_config_parse_duration, "1us" },
  { "a unit in capitals", belfry_config_parse_duration, "1S" },
  { "m, which may be anything", belfry_config_parse_duration, "1m" },
  { "two units", belfry_config_parse_duration, "1h30min" },
  { "white space", belfry_config_parse_duration, "30 s" },
  { "a fraction", belfry_config_parse_duration, "1.5s" },
  { "a sign", belfry_config_parse_duration, "-1s" },
  { "an overflow by the unit", belfry_config_parse_duration, "2562047789h" },
  { "an overflow by digits", belfry_config_parse_duration, "99999999999999999999ms" },
  { "nothing", belfry_config_parse_size, "" },
  { "a unit of a thousand", belfry_config_parse_size, "1kB" },
  { "a unit that may be anything", belfry_config_parse_size, "1M" },
  { "a unit in small letters", belfry_config_parse_size, "1mib" },
  { "bits", belfry_config_parse_size, "1Kib" },
  { "a unit alone", belfry_config_parse_size, "MiB" },
  { "white space", belfry_config_parse_size, "1 MiB" },
  { "an overflow by the unit", belfry_config_parse_size, "8589934592GiB" },
  { "a sign", belfry_config_parse_size, "-1" },
  { "nothing", belfry_config_parse_boolean, "" },
  { "another number", belfry_config_parse_boolean, "2" },
  { "one letter", belfry_config_parse_boolean, "y" },
  { "more than the word", belfry_config_parse_boolean, "yess" },
};

/* What is not exactly a value is none, and nothing is stored. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      gint64 value = -7;

      g_test_message ("%s: “%s”", bad_cases[i].defect, bad_cases[i].text);
      g_assert_false (bad_cases[i].parse (bad_cases[i].text, &value));
      g_assert_cmpint (value, ==, -7);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-number/good", test_good);
  belfry_test_add ("/config-number/bad", test_bad);
  return g_test_run ();
}
