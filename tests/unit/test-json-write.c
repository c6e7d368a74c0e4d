/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-json-write.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "belfry-json-read.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

#define DOMAIN "belfry-json-write"
#define SEED 20260117

typedef struct
{
  BelfryJsonWriter writer;
  GString *out; /* (owned) */
} Sheet;

static Sheet
make_sheet (void)
{
  Sheet sheet = { .out = g_string_new (NULL) };

  belfry_json_writer_init (&sheet.writer, sheet.out);
  return sheet;
}

static void
sheet_clear (Sheet *self)
{
  g_string_free (self->out, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sheet, sheet_clear)

/* Whatever is written passes the scanner. */
static void
assert_written (Sheet *sheet, const char *expected)
{
  BelfryJsonScan scan;

  g_assert_true (belfry_json_writer_is_complete (&sheet->writer));
  g_assert_cmpstr (sheet->out->str, ==, expected);
  g_assert_true (belfry_json_scan (sheet->out->str, sheet->out->len, NULL, &scan));
}

/* Commas and colons come by themselves, and nothing else is between the values. */
static void
test_structure (void)
{
  g_auto (Sheet) sheet = make_sheet ();
  BelfryJsonWriter *writer = &sheet.writer;

  belfry_json_writer_begin_object (writer);
  belfry_json_writer_name (writer, "a");
  belfry_json_writer_int64 (writer, -1);
  belfry_json_writer_name (writer, "");
  belfry_json_writer_begin_array (writer);
  belfry_json_writer_end_array (writer);
  belfry_json_writer_name (writer, "b");
  belfry_json_writer_begin_array (writer);
  belfry_json_writer_boolean (writer, TRUE);
  belfry_json_writer_boolean (writer, FALSE);
  belfry_json_writer_begin_object (writer);
  belfry_json_writer_name (writer, "c");
  belfry_json_writer_null (writer);
  belfry_json_writer_end_object (writer);
  belfry_json_writer_begin_array (writer);
  belfry_json_writer_uint64 (writer, 0);
  belfry_json_writer_end_array (writer);
  belfry_json_writer_raw (writer, "{ }", 3);
  belfry_json_writer_end_array (writer);
  belfry_json_writer_name (writer, "d");
  belfry_json_writer_string (writer, "e");
  g_assert_false (belfry_json_writer_is_complete (writer));
  belfry_json_writer_end_object (writer);
  assert_written (&sheet, "{\"a\":-1,\"\":[],\"b\":[true,false,{\"c\":null},[0],{ }],\"d\":\"e\"}");
}

/* What was in the string stays: a value can follow a frame's head. */
static void
test_appends (void)
{
  g_autoptr (GString) out = g_string_new ("head ");
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, out);
  g_assert_false (belfry_json_writer_is_complete (&writer));
  belfry_json_writer_string (&writer, "x");
  g_assert_true (belfry_json_writer_is_complete (&writer));
  g_assert_cmpstr (out->str, ==, "head \"x\"");
}

typedef struct
{
  const char *text;
  gsize length;
  const char *json;
} TextCase;

#define BYTES(literal) literal, sizeof (literal) - 1

static const TextCase text_cases[] = {
  { BYTES (""), "\"\"" },
  { BYTES ("plain, but longer than a block of sixteen"),
    "\"plain, but longer than a block of sixteen\"" },
  { BYTES ("\"\\/"), "\"\\\"\\\\/\"" },
  { BYTES ("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
  { BYTES ("\x01\x0b\x1f\x7f"), "\"\\u0001\\u000b\\u001f\x7f\"" },
  { BYTES ("a\0b"), "\"a\\u0000b\"" },
  { BYTES ("Grüße, 鐘 🔔"), "\"Grüße, 鐘 🔔\"" },
  { BYTES ("\xe2\x80\xa8"), "\"\xe2\x80\xa8\"" },
  { BYTES ("\xff"), "\"\xef\xbf\xbd\"" },
  { BYTES ("a\x80\xc3\xa9"), "\"a\xef\xbf\xbd\xc3\xa9\"" },
  { BYTES ("cut \xe2\x82"), "\"cut \xef\xbf\xbd\xef\xbf\xbd\"" },
  { BYTES ("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
  { BYTES ("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
  { BYTES ("\xc3\""), "\"\xef\xbf\xbd\\\"\"" },
};

/* Only what must be escaped is; what is not UTF-8 cannot get through. */
static void
test_strings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (text_cases); i++)
    {
      g_auto (Sheet) sheet = make_sheet ();

      belfry_json_writer_string_len (&sheet.writer, text_cases[i].text, text_cases[i].length);
      assert_written (&sheet, text_cases[i].json);
    }
}

/* Names are escaped like strings. */
static void
test_names (void)
{
  g_auto (Sheet) sheet = make_sheet ();

  belfry_json_writer_begin_object (&sheet.writer);
  belfry_json_writer_name (&sheet.writer, "\"\n\xff");
  belfry_json_writer_string (&sheet.writer, NULL);
  belfry_json_writer_end_object (&sheet.writer);
  assert_written (&sheet, "{\"\\\"\\n\xef\xbf\xbd\":null}");
}

/* Nothing needs no address. */
static void
test_no_bytes (void)
{
  g_auto (Sheet) sheet = make_sheet ();

  belfry_json_writer_begin_array (&sheet.writer);
  belfry_json_writer_string_len (&sheet.writer, NULL, 0);
  belfry_json_writer_base64 (&sheet.writer, NULL, 0);
  belfry_json_writer_end_array (&sheet.writer);
  assert_written (&sheet, "[\"\",\"\"]");
}

/* Random bytes come back as GLib's own repair of them, at any length. */
static void
test_random_strings (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (SEED);

  for (int round = 0; round < 5000; round++)
    {
      g_auto (Sheet) sheet = make_sheet ();
      char text[64];
      gsize length = (gsize) g_rand_int_range (random, 0, sizeof text);
      guint32 odd = (guint32) g_rand_int_range (random, 1, 17);

      for (gsize i = 0; i < length; i++)
        text[i] = g_rand_int (random) % 16 < odd ? (char) g_rand_int_range (random, 1, 256) : 'a';
      belfry_json_writer_string_len (&sheet.writer, text, length);
      g_autofree char *expected = g_utf8_make_valid (text, (gssize) length);
      g_autofree char *meaning =
          belfry_json_dup_string (sheet.out->str, (BelfryJsonSlice){ 0, sheet.out->len },
                                  G_MAXSIZE);
      g_assert_cmpstr (meaning, ==, expected);
    }
}

/* Integers are written in their whole range. */
static void
test_integers (void)
{
  g_auto (Sheet) sheet = make_sheet ();
  BelfryJsonWriter *writer = &sheet.writer;

  belfry_json_writer_begin_array (writer);
  belfry_json_writer_int64 (writer, G_MININT64);
  belfry_json_writer_int64 (writer, -10);
  belfry_json_writer_int64 (writer, 0);
  belfry_json_writer_int64 (writer, G_MAXINT64);
  belfry_json_writer_uint64 (writer, G_MAXUINT64);
  belfry_json_writer_end_array (writer);
  assert_written (&sheet, "[-9223372036854775808,-10,0,9223372036854775807,18446744073709551615]");
}

typedef struct
{
  double value;
  const char *json;
} DoubleCase;

static const DoubleCase double_cases[] = {
  { 0.0, "0" },
  { -0.0, "-0" },
  { 1.0, "1" },
  { -1.5, "-1.5" },
  { 0.1, "0.1" },
  { 4.35, "4.35" },
  { 0.1 + 0.2, "0.30000000000000004" },
  { 1.0 / 3, "0.3333333333333333" },
  { 1e21, "1e+21" },
  { 1e-7, "1e-07" },
  { 123456789012.5, "123456789012.5" },
  { 9007199254740993.0, "9007199254740992" },
  { 5e-324, "5e-324" },
  { 1.5e-323, "1.5e-323" },
  { 2.2250738585072014e-308, "2.2250738585072014e-308" },
  { 1.7976931348623157e308, "1.7976931348623157e+308" },
  { NAN, "null" },
  { INFINITY, "null" },
  { -INFINITY, "null" },
};

static void
check_doubles (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (double_cases); i++)
    {
      g_auto (Sheet) sheet = make_sheet ();

      belfry_json_writer_double (&sheet.writer, double_cases[i].value);
      assert_written (&sheet, double_cases[i].json);
    }
}

/* Numbers take no more digits than they need, and none that are not finite. */
static void
test_doubles (void)
{
  check_doubles ();
}

/* Makes a locale of nothing but a decimal comma, named "comma", and looks for locales beside it. */
static gboolean
make_comma_locale (const BelfryTestDir *dir)
{
  const char *source = "LC_NUMERIC\n"
                       "decimal_point \"<U002C>\"\n"
                       "thousands_sep \"\"\n"
                       "grouping -1\n"
                       "END LC_NUMERIC\n";
  g_autofree char *input = belfry_test_dir_write (dir, "comma.source", source, -1);
  g_autofree char *output = belfry_test_dir_path (dir, "comma");
  g_autofree char *folder = g_path_get_dirname (output);
  const char *argv[] = { "localedef", "-c", "--no-archive", "-i", input, output, NULL };

  g_setenv ("LOCPATH", folder, TRUE);
  return g_spawn_sync (NULL, (char **) argv, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL |
                           G_SPAWN_STDERR_TO_DEV_NULL,
                       NULL, NULL, NULL, NULL, NULL, NULL);
}

/* A locale with a decimal comma changes nothing. */
static void
test_doubles_locale (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *before = g_strdup (setlocale (LC_NUMERIC, NULL));

  if (!make_comma_locale (dir))
    {
      g_test_skip ("there is no localedef");
      return;
    }
  g_assert_nonnull (setlocale (LC_NUMERIC, "comma"));
  g_assert_cmpstr (localeconv ()->decimal_point, ==, ",");
  check_doubles ();
  setlocale (LC_NUMERIC, before);
  g_unsetenv ("LOCPATH");
}

/* Any double reads back as itself. */
static void
test_doubles_round_trip (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (SEED);

  for (int round = 0; round < 5000; round++)
    {
      g_auto (Sheet) sheet = make_sheet ();
      guint64 bits = (guint64) g_rand_int (random) << 32 | g_rand_int (random);
      double value;

      memcpy (&value, &bits, sizeof value);
      if (!isfinite (value))
        continue;
      belfry_json_writer_double (&sheet.writer, value);
      double again = g_ascii_strtod (sheet.out->str, NULL);
      g_assert_cmpmem (&again, sizeof again, &value, sizeof value);
    }
}

/* Bytes in base64 are what GLib makes of them, at every length. */
static void
test_base64 (void)
{
  guint8 bytes[100];

  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (i * 37 + 200);
  for (gsize length = 1; length <= sizeof bytes; length++)
    {
      g_auto (Sheet) sheet = make_sheet ();
      g_autofree char *text = g_base64_encode (bytes, length);
      g_autofree char *expected = g_strdup_printf ("\"%s\"", text);

      belfry_json_writer_base64 (&sheet.writer, bytes, length);
      assert_written (&sheet, expected);
    }
}

/* Calls what must say in the log that it cannot be called here. GLib's tests would end the program
 * for that. */
static void
assert_misuse (BelfryJsonWriter *writer, void (*call) (BelfryJsonWriter *), const char *function)
{
  g_autofree char *pattern = g_strdup_printf ("belfry_json_writer_%s: *", function);
  g_autofree char *before = g_strdup (writer->out->str);
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);

  belfry_test_expect_log (BELFRY_LOG_WARNING, DOMAIN, pattern);
  call (writer);
  belfry_test_assert_logged ();
  g_log_set_always_fatal (fatal);
  g_assert_cmpstr (writer->out->str, ==, before);
}

/* The deepest level is usable, objects and arrays mixed; one more is an error that writes nothing.
 */
static void
test_depth (void)
{
  g_auto (Sheet) sheet = make_sheet ();
  BelfryJsonWriter *writer = &sheet.writer;

  for (int i = 0; i < BELFRY_JSON_WRITER_MAX_DEPTH; i += 2)
    {
      belfry_json_writer_begin_array (writer);
      belfry_json_writer_begin_object (writer);
      belfry_json_writer_name (writer, "a");
    }
  assert_misuse (writer, belfry_json_writer_begin_array, "begin_array");
  assert_misuse (writer, belfry_json_writer_begin_object, "begin_object");
  belfry_json_writer_null (writer);
  for (int i = 0; i < BELFRY_JSON_WRITER_MAX_DEPTH; i += 2)
    {
      belfry_json_writer_end_object (writer);
      belfry_json_writer_end_array (writer);
    }
  g_assert_nonnull (strstr (sheet.out->str, "[{\"a\":null}]}]}]"));
  assert_written (&sheet, sheet.out->str);
}

typedef void (*WriterCall) (BelfryJsonWriter *writer);

static void
call_name (BelfryJsonWriter *writer)
{
  belfry_json_writer_name (writer, "n");
}

static void
call_no_name (BelfryJsonWriter *writer)
{
  belfry_json_writer_name (writer, NULL);
}

static void
call_string (BelfryJsonWriter *writer)
{
  belfry_json_writer_string (writer, "s");
}

static void
call_int64 (BelfryJsonWriter *writer)
{
  belfry_json_writer_int64 (writer, 1);
}

static void
call_uint64 (BelfryJsonWriter *writer)
{
  belfry_json_writer_uint64 (writer, 1);
}

static void
call_double (BelfryJsonWriter *writer)
{
  belfry_json_writer_double (writer, 1);
}

static void
call_boolean (BelfryJsonWriter *writer)
{
  belfry_json_writer_boolean (writer, TRUE);
}

static void
call_raw (BelfryJsonWriter *writer)
{
  belfry_json_writer_raw (writer, "1", 1);
}

static void
call_empty_raw (BelfryJsonWriter *writer)
{
  belfry_json_writer_raw (writer, "", 0);
}

static void
call_base64 (BelfryJsonWriter *writer)
{
  belfry_json_writer_base64 (writer, "1", 1);
}

typedef struct
{
  const char *defect;
  WriterCall before[3]; /* ends early at NULL */
  WriterCall wrong;
  const char *function;
} MisuseCase;

#define BEGIN_OBJECT belfry_json_writer_begin_object
#define BEGIN_ARRAY belfry_json_writer_begin_array
#define END_OBJECT belfry_json_writer_end_object
#define END_ARRAY belfry_json_writer_end_array
#define WRITE_NULL belfry_json_writer_null

static const MisuseCase misuse_cases[] = {
  { "string without a name", { BEGIN_OBJECT }, call_string, "string_len" },
  { "integer without a name", { BEGIN_OBJECT }, call_int64, "int64" },
  { "integer without a name", { BEGIN_OBJECT }, call_uint64, "uint64" },
  { "double without a name", { BEGIN_OBJECT }, call_double, "double" },
  { "boolean without a name", { BEGIN_OBJECT }, call_boolean, "boolean" },
  { "null without a name", { BEGIN_OBJECT }, WRITE_NULL, "null" },
  { "raw without a name", { BEGIN_OBJECT }, call_raw, "raw" },
  { "base64 without a name", { BEGIN_OBJECT }, call_base64, "base64" },
  { "object without a name", { BEGIN_OBJECT }, BEGIN_OBJECT, "begin_object" },
  { "array without a name", { BEGIN_OBJECT }, BEGIN_ARRAY, "begin_array" },
  { "second value for a name", { BEGIN_OBJECT, call_name, WRITE_NULL }, WRITE_NULL, "null" },
  { "second name", { BEGIN_OBJECT, call_name }, call_name, "name" },
  { "NULL for a name", { BEGIN_OBJECT }, call_no_name, "name" },
  { "name at the top", { NULL }, call_name, "name" },
  { "name in an array", { BEGIN_ARRAY }, call_name, "name" },
  { "name in an array in an object", { BEGIN_OBJECT, call_name, BEGIN_ARRAY }, call_name, "name" },
  { "end at the top", { NULL }, END_OBJECT, "end_object" },
  { "end at the top", { NULL }, END_ARRAY, "end_array" },
  { "end of the other kind", { BEGIN_ARRAY }, END_OBJECT, "end_object" },
  { "end of the other kind", { BEGIN_OBJECT }, END_ARRAY, "end_array" },
  { "end in place of a value", { BEGIN_OBJECT, call_name }, END_OBJECT, "end_object" },
  { "second value at the top", { WRITE_NULL }, WRITE_NULL, "null" },
  { "second object at the top", { BEGIN_OBJECT, END_OBJECT }, BEGIN_OBJECT, "begin_object" },
  { "one end too many", { BEGIN_ARRAY, END_ARRAY }, END_ARRAY, "end_array" },
  { "nothing for raw", { BEGIN_ARRAY }, call_empty_raw, "raw" },
};

/* A call out of order is told in the log and writes nothing. */
static void
test_misuse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (misuse_cases); i++)
    {
      const MisuseCase *row = &misuse_cases[i];
      g_auto (Sheet) sheet = make_sheet ();

      g_test_message ("%s", row->defect);
      for (gsize j = 0; j < G_N_ELEMENTS (row->before) && row->before[j] != NULL; j++)
        row->before[j](&sheet.writer);
      assert_misuse (&sheet.writer, row->wrong, row->function);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/json-write/structure", test_structure);
  belfry_test_add ("/json-write/appends", test_appends);
  belfry_test_add ("/json-write/strings", test_strings);
  belfry_test_add ("/json-write/names", test_names);
  belfry_test_add ("/json-write/no-bytes", test_no_bytes);
  belfry_test_add ("/json-write/random-strings", test_random_strings);
  belfry_test_add ("/json-write/integers", test_integers);
  belfry_test_add ("/json-write/doubles", test_doubles);
  belfry_test_add ("/json-write/doubles-locale", test_doubles_locale);
  belfry_test_add ("/json-write/doubles-round-trip", test_doubles_round_trip);
  belfry_test_add ("/json-write/base64", test_base64);
  belfry_test_add ("/json-write/depth", test_depth);
  belfry_test_add ("/json-write/misuse", test_misuse);
  return g_test_run ();
}
