/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-json-scan.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "belfry-error.h"
#include "belfry-json-text.h"
#include "belfry-test.h"

#define GENERATED_DOCUMENTS 4000
#define GENERATED_DEPTH 5
#define SEED 20260117
#define PATTERN_PERIOD 29

/* With a NUL inside a literal its length is the compiler's. */
#define BYTES(literal) literal, sizeof (literal) - 1

typedef struct
{
  const char *text;
  gsize length;
  BelfryJsonKind kind;
  guint depth;
} GoodCase;

static const GoodCase good_cases[] = {
  { BYTES ("null"), BELFRY_JSON_NULL, 0 },
  { BYTES ("true"), BELFRY_JSON_TRUE, 0 },
  { BYTES ("false"), BELFRY_JSON_FALSE, 0 },
  { BYTES (" \t\r\n0\n\r\t "), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("-0"), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("10"), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("-10.01"), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("0.0"), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("0e0"), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("1E+5"), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("1e-05"), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("1.5e400"), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("123456789012345678901234567890"), BELFRY_JSON_NUMBER, 0 },
  { BYTES ("\"\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"a string of more than sixteen bytes\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"\\u0000\\u00e9\\uABCD\\uffff\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"\\ud800\\udc00\\uDBFF\\uDFFF\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"\\ud7ff\\ue000\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"\x7f\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"\xc2\x80\xdf\xbf\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("\"\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\""), BELFRY_JSON_STRING, 0 },
  { BYTES ("[]"), BELFRY_JSON_ARRAY, 1 },
  { BYTES ("[ ]"), BELFRY_JSON_ARRAY, 1 },
  { BYTES ("{}"), BELFRY_JSON_OBJECT, 1 },
  { BYTES ("{ }"), BELFRY_JSON_OBJECT, 1 },
  { BYTES ("[[],[[]],{}]"), BELFRY_JSON_ARRAY, 3 },
  { BYTES ("{\"\":{}}"), BELFRY_JSON_OBJECT, 2 },
  { BYTES ("{\"a\":1,\"a\":2}"), BELFRY_JSON_OBJECT, 1 },
  { BYTES ("{ \"a\" : [ 1 , { \"b\" : null } , \"c\" ] , \"d\" : -1.0 }"), BELFRY_JSON_OBJECT, 3 },
  { BYTES ("{\"a\":{\"b\":[1]},\"c\":[{\"d\":2}]}"), BELFRY_JSON_OBJECT, 3 },
};

/* What the standard allows is accepted, with its kind and depth. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      BelfryJsonScan scan;

      g_test_message ("%s", good_cases[i].text);
      g_assert_true (belfry_json_scan (good_cases[i].text, good_cases[i].length, NULL, &scan));
      g_assert_cmpint (scan.fault, ==, BELFRY_JSON_FAULT_NONE);
      g_assert_cmpint (scan.kind, ==, good_cases[i].kind);
      g_assert_cmpuint (scan.depth, ==, good_cases[i].depth);
      g_assert_cmpuint (scan.offset, ==, good_cases[i].length);
    }
}

typedef struct
{
  const char *defect;
  const char *text;
  gsize length;
  BelfryJsonFault fault;
  gsize offset;
} BadCase;

static const BadCase bad_cases[] = {
  { "nothing", BYTES (""), BELFRY_JSON_FAULT_EMPTY, 0 },
  { "space only", BYTES (" \n\t\r"), BELFRY_JSON_FAULT_EMPTY, 4 },
  { "byte order mark", BYTES ("\xef\xbb\xbf{}"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "NUL", BYTES ("\0"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "form feed for space", BYTES ("\f1"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "vertical tab for space", BYTES ("1\v"), BELFRY_JSON_FAULT_TRAILING, 1 },
  { "no-break space", BYTES ("1\xc2\xa0"), BELFRY_JSON_FAULT_TRAILING, 1 },
  { "bare word", BYTES ("hello"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "infinity", BYTES ("Infinity"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "not a number", BYTES ("NaN"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "single quotes", BYTES ("'a'"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "comment before", BYTES ("/**/1"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "comment behind", BYTES ("1//"), BELFRY_JSON_FAULT_TRAILING, 1 },
  { "comment inside", BYTES ("[/**/]"), BELFRY_JSON_FAULT_VALUE, 1 },
  { "assignment", BYTES ("var x = 1"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "upper case literal", BYTES ("True"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "misspelt literal", BYTES ("trux"), BELFRY_JSON_FAULT_LITERAL, 3 },
  { "misspelt literal", BYTES ("[nul]"), BELFRY_JSON_FAULT_LITERAL, 4 },
  { "literal that goes on", BYTES ("falsely"), BELFRY_JSON_FAULT_TRAILING, 5 },
  { "leading zero", BYTES ("01"), BELFRY_JSON_FAULT_NUMBER, 0 },
  { "leading zero", BYTES ("-01"), BELFRY_JSON_FAULT_NUMBER, 1 },
  { "two zeros", BYTES ("[00]"), BELFRY_JSON_FAULT_NUMBER, 1 },
  { "hexadecimal", BYTES ("0x10"), BELFRY_JSON_FAULT_TRAILING, 1 },
  { "no digit before the point", BYTES (".5"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "no digit behind the point", BYTES ("[1.]"), BELFRY_JSON_FAULT_NUMBER, 3 },
  { "exponent behind the point", BYTES ("1.e5"), BELFRY_JSON_FAULT_NUMBER, 2 },
  { "no digit in the exponent", BYTES ("[1e]"), BELFRY_JSON_FAULT_NUMBER, 3 },
  { "no digit behind the sign", BYTES ("[1e+]"), BELFRY_JSON_FAULT_NUMBER, 4 },
  { "two signs", BYTES ("--1"), BELFRY_JSON_FAULT_NUMBER, 1 },
  { "plus sign", BYTES ("+1"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "space behind the sign", BYTES ("- 1"), BELFRY_JSON_FAULT_NUMBER, 1 },
  { "two points", BYTES ("1.2.3"), BELFRY_JSON_FAULT_TRAILING, 3 },
  { "underscore", BYTES ("1_0"), BELFRY_JSON_FAULT_TRAILING, 1 },
  { "two values", BYTES ("1 2"), BELFRY_JSON_FAULT_TRAILING, 2 },
  { "two arrays", BYTES ("[] []"), BELFRY_JSON_FAULT_TRAILING, 3 },
  { "NUL behind", BYTES ("{}\0"), BELFRY_JSON_FAULT_TRAILING, 2 },
  { "semicolon", BYTES ("{};"), BELFRY_JSON_FAULT_TRAILING, 2 },
  { "one bracket too many", BYTES ("[1]]"), BELFRY_JSON_FAULT_TRAILING, 3 },
  { "closing bracket only", BYTES ("]"), BELFRY_JSON_FAULT_VALUE, 0 },
  { "wrong bracket", BYTES ("[1}"), BELFRY_JSON_FAULT_COMMA, 2 },
  { "wrong bracket", BYTES ("{\"a\":1]"), BELFRY_JSON_FAULT_COMMA, 6 },
  { "wrong bracket one level up", BYTES ("[{}}"), BELFRY_JSON_FAULT_COMMA, 3 },
  { "wrong bracket when empty", BYTES ("[}"), BELFRY_JSON_FAULT_VALUE, 1 },
  { "wrong bracket when empty", BYTES ("{]"), BELFRY_JSON_FAULT_NAME, 1 },
  { "comma at the end", BYTES ("[1,]"), BELFRY_JSON_FAULT_VALUE, 3 },
  { "comma at the end", BYTES ("{\"a\":1,}"), BELFRY_JSON_FAULT_NAME, 7 },
  { "comma at the beginning", BYTES ("[,1]"), BELFRY_JSON_FAULT_VALUE, 1 },
  { "two commas", BYTES ("[1,,2]"), BELFRY_JSON_FAULT_VALUE, 3 },
  { "no comma", BYTES ("[1 2]"), BELFRY_JSON_FAULT_COMMA, 3 },
  { "no comma", BYTES ("{\"a\":1 \"b\":2}"), BELFRY_JSON_FAULT_COMMA, 7 },
  { "colon in an array", BYTES ("[\"a\":1]"), BELFRY_JSON_FAULT_COMMA, 4 },
  { "no colon", BYTES ("{\"a\" 1}"), BELFRY_JSON_FAULT_COLON, 5 },
  { "no value", BYTES ("{\"a\":}"), BELFRY_JSON_FAULT_VALUE, 5 },
  { "no value at all", BYTES ("{\"a\"}"), BELFRY_JSON_FAULT_COLON, 4 },
  { "two colons", BYTES ("{\"a\"::1}"), BELFRY_JSON_FAULT_VALUE, 5 },
  { "name without quotes", BYTES ("{a:1}"), BELFRY_JSON_FAULT_NAME, 1 },
  { "number for a name", BYTES ("{1:1}"), BELFRY_JSON_FAULT_NAME, 1 },
  { "line feed in a string", BYTES ("\"a\nb\""), BELFRY_JSON_FAULT_CONTROL, 2 },
  { "NUL in a string", BYTES ("\"a\0b\""), BELFRY_JSON_FAULT_CONTROL, 2 },
  { "tab in a name", BYTES ("{\"\t\":1}"), BELFRY_JSON_FAULT_CONTROL, 2 },
  { "highest control character", BYTES ("\"0123456789abcdef\x1f\""), BELFRY_JSON_FAULT_CONTROL,
    17 },
  { "unknown escape", BYTES ("\"\\x41\""), BELFRY_JSON_FAULT_ESCAPE, 2 },
  { "octal escape", BYTES ("\"\\101\""), BELFRY_JSON_FAULT_ESCAPE, 2 },
  { "upper case escape", BYTES ("\"\\U0041\""), BELFRY_JSON_FAULT_ESCAPE, 2 },
  { "escaped NUL", BYTES ("\"\\\0\""), BELFRY_JSON_FAULT_ESCAPE, 2 },
  { "three digits", BYTES ("\"\\u004\""), BELFRY_JSON_FAULT_ESCAPE, 6 },
  { "not hexadecimal", BYTES ("\"\\u00g0\""), BELFRY_JSON_FAULT_ESCAPE, 5 },
  { "sign in the digits", BYTES ("\"\\u+041\""), BELFRY_JSON_FAULT_ESCAPE, 3 },
  { "first half of a pair", BYTES ("\"\\ud800\""), BELFRY_JSON_FAULT_SURROGATE, 1 },
  { "second half of a pair", BYTES ("\"-\\udc00\""), BELFRY_JSON_FAULT_SURROGATE, 2 },
  { "pair the wrong way round", BYTES ("\"\\udc00\\ud800\""), BELFRY_JSON_FAULT_SURROGATE, 1 },
  { "two first halves", BYTES ("\"\\ud800\\ud800\""), BELFRY_JSON_FAULT_SURROGATE, 1 },
  { "half and a character", BYTES ("\"\\ud800\\u0041\""), BELFRY_JSON_FAULT_SURROGATE, 1 },
  { "half and another escape", BYTES ("\"\\ud800\\n\""), BELFRY_JSON_FAULT_SURROGATE, 1 },
  { "half and a cut escape", BYTES ("\"\\ud800\\udc0\""), BELFRY_JSON_FAULT_ESCAPE, 12 },
  { "continuation byte", BYTES ("\"\x80\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "overlong, two bytes", BYTES ("\"\xc0\xaf\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "overlong, two bytes", BYTES ("\"\xc1\xbf\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "overlong, three bytes", BYTES ("\"\xe0\x9f\xbf\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "overlong, four bytes", BYTES ("\"\xf0\x8f\xbf\xbf\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "surrogate in UTF-8", BYTES ("\"\xed\xa0\x80\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "above U+10FFFF", BYTES ("\"\xf4\x90\x80\x80\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "lead byte f5", BYTES ("\"\xf5\x80\x80\x80\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "byte ff", BYTES ("\"a\xff\""), BELFRY_JSON_FAULT_UTF8, 2 },
  { "one byte short", BYTES ("\"\xe2\x82\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "two bytes short", BYTES ("\"\xf0\x9f\""), BELFRY_JSON_FAULT_UTF8, 1 },
  { "Latin-1 in a name", BYTES ("{\"\xe9\":1}"), BELFRY_JSON_FAULT_UTF8, 2 },
};

/* What the standard does not allow is refused where it goes wrong. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *row = &bad_cases[i];
      BelfryJsonScan scan;

      g_test_message ("%s, row %" G_GSIZE_FORMAT, row->defect, i);
      g_assert_false (belfry_json_scan (row->text, row->length, NULL, &scan));
      g_assert_cmpint (scan.fault, ==, row->fault);
      g_assert_cmpuint (scan.offset, ==, row->offset);
      g_assert_cmpint (scan.kind, ==, BELFRY_JSON_NONE);
    }
}

/* No bytes at all may come without an address. */
static void
test_no_text (void)
{
  BelfryJsonScan scan;

  g_assert_false (belfry_json_scan (NULL, 0, NULL, &scan));
  g_assert_cmpint (scan.fault, ==, BELFRY_JSON_FAULT_EMPTY);
}

/* Cut at any byte, a good text is refused as cut, and at its end; nothing behind the end is read:
 * the copies have exactly the size of the text, so that the sanitizer sees a step too far. */
static void
test_truncation (void)
{
  const char *text =
      "{\"name\":\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x94 \\n\\u00e9\\ud83d\\udd14\","
      " \"n\" : [ 1 , -2.5e+10, true,false , null,{ } ],\"o\":{\"a long name of a member\":[[]]} }";

  for (gsize length = 0; length <= strlen (text); length++)
    {
      g_autofree char *cut = g_memdup2 (text, length);
      gboolean whole = length == strlen (text);
      BelfryJsonScan scan;

      g_assert_cmpint (belfry_json_scan (cut, length, NULL, &scan), ==, whole);
      g_assert_cmpuint (scan.offset, ==, length);
      g_assert_cmpint (scan.fault, ==,
                       whole         ? BELFRY_JSON_FAULT_NONE
                       : length == 0 ? BELFRY_JSON_FAULT_EMPTY
                                     : BELFRY_JSON_FAULT_TRUNCATED);
    }
}

/* @depth levels, objects or arrays by the bits of @pattern in turn; the period is a prime, so that
 * levels a power of two apart differ. */
static GString *
make_nested (guint depth, guint32 pattern)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append (text, pattern >> i % PATTERN_PERIOD & 1 ? "{\"a\":" : "[");
  g_string_append (text, "0");
  for (guint i = depth; i-- > 0;)
    g_string_append (text, pattern >> i % PATTERN_PERIOD & 1 ? "}" : "]");
  return text;
}

static void
check_depth (guint depth, guint32 pattern, const BelfryJsonLimits *limits, gboolean allowed)
{
  g_autoptr (GString) text = make_nested (depth, pattern);
  BelfryJsonScan scan;

  g_assert_cmpint (belfry_json_scan (text->str, text->len, limits, &scan), ==, allowed);
  g_assert_cmpint (scan.fault, ==, allowed ? BELFRY_JSON_FAULT_NONE : BELFRY_JSON_FAULT_TOO_DEEP);
  g_assert_cmpuint (scan.depth, ==, allowed ? depth : 0);
}

/* The depth is bounded exactly: by default, by the caller, and by the ceiling whatever the caller
 * says; and no level is mistaken for its neighbour. */
static void
test_depth (void)
{
  const BelfryJsonLimits scalars = { G_MAXSIZE, 0 };
  const BelfryJsonLimits three = { G_MAXSIZE, 3 };
  const BelfryJsonLimits unlimited = { G_MAXSIZE, G_MAXUINT };
  const guint32 patterns[] = { 0, G_MAXUINT32, 0x55555555, 0x8f7a135c };

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      check_depth (0, patterns[i], &scalars, TRUE);
      check_depth (1, patterns[i], &scalars, FALSE);
      check_depth (3, patterns[i], &three, TRUE);
      check_depth (4, patterns[i], &three, FALSE);
      check_depth (BELFRY_JSON_DEFAULT_DEPTH, patterns[i], NULL, TRUE);
      check_depth (BELFRY_JSON_DEFAULT_DEPTH + 1, patterns[i], NULL, FALSE);
      check_depth (BELFRY_JSON_DEPTH_CEILING, patterns[i], &unlimited, TRUE);
      check_depth (BELFRY_JSON_DEPTH_CEILING + 1, patterns[i], &unlimited, FALSE);
    }
}

/* The length is bounded exactly, by default and by the caller, before anything is read. */
static void
test_length (void)
{
  const BelfryJsonLimits four = { 4, 1 };
  g_autofree char *spaces = g_strnfill (BELFRY_JSON_DEFAULT_LENGTH + 1, ' ');
  BelfryJsonScan scan;

  g_assert_true (belfry_json_scan ("1234", 4, &four, &scan));
  g_assert_false (belfry_json_scan ("?????", 5, &four, &scan));
  g_assert_cmpint (scan.fault, ==, BELFRY_JSON_FAULT_TOO_LONG);
  g_assert_cmpuint (scan.offset, ==, 4);

  spaces[0] = '1';
  g_assert_true (belfry_json_scan (spaces, BELFRY_JSON_DEFAULT_LENGTH, NULL, &scan));
  g_assert_false (belfry_json_scan (spaces, BELFRY_JSON_DEFAULT_LENGTH + 1, NULL, &scan));
}

/* An error says what is wrong and where; too large is told from malformed. */
static void
test_errors (void)
{
  g_autoptr (GError) malformed = NULL;
  g_autoptr (GError) deep = NULL;
  BelfryJsonScan scan;

  g_assert_false (belfry_json_scan ("[1,]", 4, NULL, &scan));
  belfry_json_set_error (&malformed, &scan);
  g_assert_error (malformed, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST);
  g_assert_cmpstr (malformed->message, ==, "not JSON: a value was expected (byte 3)");

  g_assert_false (belfry_json_scan ("[]", 2, &(BelfryJsonLimits){ 9, 0 }, &scan));
  belfry_json_set_error (&deep, &scan);
  g_assert_error (deep, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE);
}

/* Every fault has a phrase of its own. */
static void
test_fault_texts (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (int fault = 0; fault < BELFRY_JSON_N_FAULTS; fault++)
    g_assert_true (
        g_hash_table_add (seen, (gpointer) belfry_json_fault_text ((BelfryJsonFault) fault)));
  g_assert_cmpstr (belfry_json_fault_text ((BelfryJsonFault) 4711), ==,
                   belfry_json_fault_text (BELFRY_JSON_FAULT_TRAILING));
}

static const guint8 *
plain_end_by_bytes (const guint8 *p, const guint8 *end)
{
  while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
    p++;
  return p;
}

/* The wide ways to find the end of a run agree with the narrow one, for every byte at every place
 * of a run of any length, however it is aligned. */
static void
test_plain_end (void)
{
  guint8 block[64];

  for (guint byte = 0; byte < 256; byte++)
    {
      for (gsize at = 0; at < 40; at++)
        {
          const guint8 *from = block + at % 16;
          const guint8 *end = from + 40;

          memset (block, 'x', sizeof block);
          block[at % 16 + at] = (guint8) byte;
          g_assert_true (belfry_json_plain_end (from, end) == plain_end_by_bytes (from, end));
          g_assert_true (belfry_json_next_plain_end (from, end) == plain_end_by_bytes (from, end));
          g_assert_true (belfry_json_plain_end_portable (from, end) ==
                         plain_end_by_bytes (from, end));
        }
    }
}

/* They agree on random bytes, too, where one odd byte follows another, at all alignments and
 * lengths. */
static void
test_plain_end_random (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (SEED);
  guint8 block[96];

  for (int round = 0; round < 20000; round++)
    {
      gsize from = (gsize) g_rand_int_range (random, 0, 32);
      gsize length = (gsize) g_rand_int_range (random, 0, 64);
      guint odd = (guint) g_rand_int_range (random, 1, 32);

      for (gsize i = 0; i < sizeof block; i++)
        block[i] = (guint8) (g_rand_int (random) % 32 < odd ? g_rand_int (random) : 'a');
      const guint8 *expected = plain_end_by_bytes (block + from, block + from + length);
      g_assert_true (belfry_json_plain_end (block + from, block + from + length) == expected);
      g_assert_true (belfry_json_next_plain_end (block + from, block + from + length) == expected);
      g_assert_true (belfry_json_plain_end_portable (block + from, block + from + length) ==
                     expected);
    }
}

/* What is UTF-8 is decided as GLib decides it: every lead byte with every second byte, and what
 * follows good, bad, or not at all. */
static void
test_utf8 (void)
{
  const char *tails[] = { "", "\x80", "\xbf\x80", "\x80\x80", "\x80\xbf\x80", "\xc0", "\x80x" };

  for (guint lead = 0x80; lead < 256; lead++)
    {
      for (guint second = 1; second < 256 * G_N_ELEMENTS (tails); second++)
        {
          char bytes[8] = { (char) lead, (char) (second & 0xff) };
          gsize tail = strlen (tails[second >> 8]);

          memcpy (bytes + 2, tails[second >> 8], tail + 1);
          const guint8 *p = (const guint8 *) bytes;
          gunichar c = g_utf8_get_char_validated (bytes, (gssize) (tail + 2));
          int length = belfry_json_utf8_length (p, p + tail + 2);
          if (c == (gunichar) -1 || c == (gunichar) -2)
            g_assert_cmpint (length, <=, 0);
          else
            g_assert_cmpint (length, ==, g_unichar_to_utf8 (c, NULL));
        }
    }
}

static const char *const scalars[] = {
  "null",
  "true",
  "false",
  "0",
  "-1",
  "12.5",
  "1e3",
  "-0.25E-2",
  "\"\"",
  "\"a\"",
  "\"é\"",
  "\"\\n\\u00e9\"",
  "\"\\ud83d\\udd14\"",
  "\"🔔\"",
  "\" \"",
  "\"{[,:]}\"",
  "123456",
  "\"\\\\\"",
};

static const char *const spaces[] = { "", "", "", "", " ", "\n  ", "\t", "\r\n" };

static const char *
pick (GRand *random, const char *const *table, gsize n)
{
  return table[(gsize) g_rand_int_range (random, 0, (gint32) n)];
}

static void
generate (GRand *random, GString *text, int depth)
{
  gboolean object = g_rand_boolean (random);
  int n = g_rand_int_range (random, 0, 5);

  g_string_append (text, pick (random, spaces, G_N_ELEMENTS (spaces)));
  if (depth == 0 || g_rand_int_range (random, 0, 3) == 0)
    {
      g_string_append (text, pick (random, scalars, G_N_ELEMENTS (scalars)));
      n = -1;
    }
  else
    g_string_append_c (text, object ? '{' : '[');
  for (int i = 0; i < n; i++)
    {
      g_string_append (text, i > 0 ? "," : "");
      g_string_append (text, pick (random, spaces, G_N_ELEMENTS (spaces)));
      if (object)
        g_string_append_printf (text, "\"%d\"%s:", i, pick (random, spaces, G_N_ELEMENTS (spaces)));
      generate (random, text, depth - 1);
    }
  if (n >= 0)
    g_string_append_c (text, object ? '}' : ']');
  g_string_append (text, pick (random, spaces, G_N_ELEMENTS (spaces)));
}

static gboolean
json_glib_accepts (const GString *text)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  return json_parser_load_from_data (parser, text->str, (gssize) text->len, NULL);
}

/* Thousands of generated documents are accepted, by json-glib too. With one byte changed, what is
 * still accepted, json-glib accepts still. */
static void
test_generated (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (SEED);
  guint refused = 0;

  for (int i = 0; i < GENERATED_DOCUMENTS; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      BelfryJsonScan scan;

      generate (random, text, GENERATED_DEPTH);
      g_assert_true (belfry_json_scan (text->str, text->len, NULL, &scan));
      g_assert_cmpuint (scan.depth, <=, GENERATED_DEPTH);
      g_assert_true (json_glib_accepts (text));

      text->str[(gsize) g_rand_int (random) % text->len] = "\"\\{}[],:01-.e \x01\x80"[i % 16];
      if (!belfry_json_scan (text->str, text->len, NULL, &scan))
        refused++;
      else if (!json_glib_accepts (text))
        g_error ("json-glib refuses %s", text->str);
    }
  g_assert_cmpuint (refused, >, GENERATED_DOCUMENTS / 4);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/json-scan/good", test_good);
  belfry_test_add ("/json-scan/bad", test_bad);
  belfry_test_add ("/json-scan/no-text", test_no_text);
  belfry_test_add ("/json-scan/truncation", test_truncation);
  belfry_test_add ("/json-scan/depth", test_depth);
  belfry_test_add ("/json-scan/length", test_length);
  belfry_test_add ("/json-scan/errors", test_errors);
  belfry_test_add ("/json-scan/fault-texts", test_fault_texts);
  belfry_test_add ("/json-scan/plain-end", test_plain_end);
  belfry_test_add ("/json-scan/plain-end-random", test_plain_end_random);
  belfry_test_add ("/json-scan/utf8", test_utf8);
  belfry_test_add ("/json-scan/generated", test_generated);
  return g_test_run ();
}
