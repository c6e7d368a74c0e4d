/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-json-read.h"

#include <string.h>

#include "belfry-test-bytes.h"
#include "belfry-test.h"

static BelfryJsonSlice
whole (const char *text)
{
  return (BelfryJsonSlice){ 0, strlen (text) };
}

/* Writes the walk down: "NAME=VALUE:KIND " for each member. */
static char *
describe (const char *text, BelfryJsonSlice value)
{
  GString *description = g_string_new (NULL);
  BelfryJsonIter iter;
  BelfryJsonMember member;

  belfry_json_iter_init (&iter, text, value);
  while (belfry_json_iter_next (&iter, &member))
    g_string_append_printf (description, "%.*s=%.*s:%d ", (int) member.name.length,
                            text + member.name.offset, (int) member.value.length,
                            text + member.value.offset, (int) member.kind);
  return g_string_free (description, FALSE);
}

typedef struct
{
  const char *text;
  const char *walk;
} WalkCase;

static const WalkCase walk_cases[] = {
  { "{}", "" },
  { " { } ", "" },
  { "[]", "" },
  { "{\"a\":1}", "\"a\"=1:4 " },
  { " { \"a\" : -1.5e3 , \"b\" : true } ", "\"a\"=-1.5e3:4 \"b\"=true:5 " },
  { "{\"\":null,\"f\":false}", "\"\"=null:7 \"f\"=false:6 " },
  { "{\"a\":{\"b\":[1,{\"}\":\"]\"}]},\"c\":[]}", "\"a\"={\"b\":[1,{\"}\":\"]\"}]}:1 \"c\"=[]:2 " },
  { "{\"q\\\"\":\"x\\\\\",\"b\":\"\\\"\"}", "\"q\\\"\"=\"x\\\\\":3 \"b\"=\"\\\"\":3 " },
  { "{\"ключ\":\"鐘 🔔\"}", "\"ключ\"=\"鐘 🔔\":3 " },
  { "{\"a\":1,\"a\":2}", "\"a\"=1:4 \"a\"=2:4 " },
  { "[1, \"two\" ,[3],{\"n\":4}]", "=1:4 =\"two\":3 =[3]:2 ={\"n\":4}:1 " },
  { "[null\n]", "=null:7 " },
  { "\"{}\"", "" },
  { "17", "" },
  { "", "" },
};

/* Members and elements come in order, as they stand, each with its kind. */
static void
test_walk (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (walk_cases); i++)
    {
      g_autofree char *walk = describe (walk_cases[i].text, whole (walk_cases[i].text));

      g_assert_cmpstr (walk, ==, walk_cases[i].walk);
    }
}

/* The value of a member can be walked in turn; its members are told as places in the same text. */
static void
test_walk_inside (void)
{
  const char *text = "{\"x\":0,\"topics\":[\"a\",\"b\"]}";
  BelfryJsonIter iter;
  BelfryJsonMember member;

  belfry_json_iter_init (&iter, text, whole (text));
  g_assert_true (belfry_json_iter_next (&iter, &member));
  g_assert_true (belfry_json_iter_next (&iter, &member));
  g_assert_true (belfry_json_equal (text, member.name, "topics"));
  g_autofree char *inside = describe (text, member.value);
  g_assert_cmpstr (inside, ==, "=\"a\":3 =\"b\":3 ");
  g_assert_false (belfry_json_iter_next (&iter, &member));
  g_assert_false (belfry_json_iter_next (&iter, &member));
}

/* A text that the scanner never saw, cut at every byte, leads nowhere outside of it. The copies
 * have exactly the size of the text, so that the sanitizer sees a step too far. */
static void
test_walk_unchecked (void)
{
  const char *text =
      "{\"a\\\"\":[1,{\"b\":\"\\u00e9\\ud83d\\udd14é🔔\"}],\"c\" : \"\\\\\",\"d\":-1}";

  for (gsize length = 1; length < strlen (text); length++)
    {
      for (gsize from = 0; from < length; from++)
        {
          g_autofree char *cut = g_memdup2 (text + from, length - from);
          BelfryJsonSlice slice = { 0, length - from };
          BelfryJsonIter iter;
          BelfryJsonMember member;

          belfry_json_iter_init (&iter, cut, slice);
          while (belfry_json_iter_next (&iter, &member))
            {
              g_autofree char *value = belfry_json_dup_string (cut, member.value, 100);

              g_assert_true (value == NULL || belfry_json_equal (cut, member.value, value));
              g_assert_cmpuint (member.value.offset + member.value.length, <=, slice.length);
              g_assert_cmpuint (member.name.offset + member.name.length, <=, slice.length);
              g_assert_cmpuint (member.value.length, >, 0);
            }
        }
    }
}

typedef struct
{
  const char *string;
  const char *meaning; /* (nullable): NULL if it is refused */
} StringCase;

static const StringCase string_cases[] = {
  { "\"\"", "" },
  { "\"plain\"", "plain" },
  { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
  { "\"\\u0041\\u00e9\\u20AC\"", "Aé€" },
  { "\"\\ud83d\\udd14!\"", "🔔!" },
  { "\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf" },
  { "\"\\ud800\\udc00\"", "\xf0\x90\x80\x80" },
  { "\"\\uffff\"", "\xef\xbf\xbf" },
  { "\"Grüße\"", "Grüße" },
  { "\"a\\u0000b\"", NULL },      /* could pass for "a" */
  { "\"\\ud83d\"", NULL },        /* half a pair */
  { "\"\\udd14\\ud83d\"", NULL }, /* a pair the wrong way round */
  { "\"\\udd14\\udd14\"", NULL }, /* two second halves */
  { "\"\\ud83d\\u0041\"", NULL }, /* half a pair and another character */
  { "\"\\ud83d\\n\"", NULL },     /* half a pair and another escape */
  { "\"\\u00g0\"", NULL },        /* not hexadecimal */
  { "\"\\u00\"", NULL },          /* two digits short */
  { "\"\\x\"", NULL },            /* no such escape */
  { "\"\\\"", NULL },             /* the closing quote is escaped */
  { "\"", NULL },                 /* one quote only */
  { "", NULL },
  { "17", NULL },
  { "null", NULL },
  { "abc\"", NULL }, /* no opening quote */
  { "\"abc", NULL }, /* no closing quote */
};

/* A string means what its escapes say; what is no string, or no C string, is refused. */
static void
test_strings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (string_cases); i++)
    {
      const StringCase *row = &string_cases[i];
      g_autofree char *meaning = belfry_json_dup_string (row->string, whole (row->string), 100);

      g_assert_cmpstr (meaning, ==, row->meaning);
      if (row->meaning != NULL)
        g_assert_true (belfry_json_equal (row->string, whole (row->string), row->meaning));
      else
        g_assert_false (belfry_json_equal (row->string, whole (row->string), "a"));
    }
}

/* The bound counts bytes of what the string means, and one over it changes nothing. */
static void
test_string_bound (void)
{
  const char *texts[] = { "\"abcdef\"", "\"abcde\\n\"", "\"abc\\u20ac\"", "\"ab\\ud83d\\udd14\"" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *fits = belfry_json_dup_string (texts[i], whole (texts[i]), 6);
      g_autofree char *over = belfry_json_dup_string (texts[i], whole (texts[i]), 5);
      g_autoptr (GString) out = g_string_new ("kept");

      g_assert_cmpuint (strlen (fits), ==, 6);
      g_assert_null (over);
      g_assert_false (belfry_json_append_string (texts[i], whole (texts[i]), 5, out));
      g_assert_cmpstr (out->str, ==, "kept");
      g_assert_true (belfry_json_append_string (texts[i], whole (texts[i]), 6, out));
      g_assert_true (g_str_has_prefix (out->str, "kepta"));
      g_assert_cmpuint (out->len, ==, 10);
    }
}

/* A string with U+0000 keeps what follows it where a length goes with it. */
static void
test_string_nul (void)
{
  const char *text = "\"a\\u0000b\"";
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (belfry_json_append_string (text, whole (text), 3, out));
  g_assert_cmpuint (out->len, ==, 3);
  g_assert_cmpmem (out->str, 3, "a\0b", 3);
  g_assert_false (belfry_json_equal (text, whole (text), "a"));
}

typedef struct
{
  const char *what;
  const char *value;
  const char *text;   /* (nullable): what it means as text, as belfry_test_bytes() takes it */
  const char *base64; /* (nullable): what it stands for as base64, likewise */
} BytesCase;

static const BytesCase bytes_cases[] = {
  { "empty", "\"\"", "", "" },
  { "no padding", "\"Zm9v\"", "'Zm9v'", "'foo'" },
  { "padding", "\"/+8=\"", "'/+8='", "ff ef" },
  { "two letters of padding", "\"AA==\"", "'AA=='", "00" },
  { "escaped letters", "\"Zm9\\u0076\"", "'Zm9v'", "'foo'" },
  { "an escaped stroke", "\"\\/+8=\"", "'/+8='", "ff ef" },
  { "cut off", "\"Zm9\"", "'Zm9'", NULL },
  { "a space", "\"Zm9 \"", "'Zm9 '", NULL },
  { "U+0000", "\"Zm9\\u0000\"", "'Zm9' 00", NULL },
  { "for addresses", "\"-_8=\"", "'-_8='", NULL },
  { "padding in the middle", "\"Zg==Zg==\"", "'Zg==Zg=='", NULL },
  { "padding before a letter", "\"Zm=v\"", "'Zm=v'", NULL },
  { "too much padding", "\"Z===\"", "'Z==='", NULL },
  { "nothing but padding", "\"====\"", "'===='", NULL },
  { "beyond ASCII", "\"\xc3\xa4\xc3\xa4\"", "c3 a4 c3 a4", NULL },
  { "a number", "1234", NULL, NULL },
  { "an object", "{}", NULL, NULL },
};

static void
assert_bytes (GBytes *bytes, const char *expected)
{
  g_assert_cmpint (bytes == NULL, ==, expected == NULL);
  if (bytes != NULL)
    belfry_test_assert_bytes (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected);
}

/* A string is bytes in two ways: those it means, and those it stands for, which only base64 with
 * nothing around it does. */
static void
test_bytes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bytes_cases); i++)
    {
      const BytesCase *row = &bytes_cases[i];

      g_test_message ("%s", row->what);
      g_autoptr (GBytes) text = belfry_json_text_bytes (row->value, whole (row->value));
      g_autoptr (GBytes) base64 = belfry_json_base64_bytes (row->value, whole (row->value));
      assert_bytes (text, row->text);
      assert_bytes (base64, row->base64);
    }
}

typedef struct
{
  const char *string;
  const char *literal;
  gboolean equal;
} EqualCase;

static const EqualCase equal_cases[] = {
  { "\"action\"", "action", TRUE },
  { "\"\\u0061ct\\u0069on\"", "action", TRUE },
  { "\"\\ud83d\\udd14\"", "🔔", TRUE },
  { "\"a\\/b\"", "a/b", TRUE },
  { "\"\"", "", TRUE },
  { "\"action\"", "actio", FALSE },
  { "\"action\"", "action ", FALSE },
  { "\"action\"", "Action", FALSE },
  { "\"\"", "a", FALSE },
  { "\"a\"", "", FALSE },
  { "\"a\\\\b\"", "a\\\\b", FALSE }, /* compared by meaning, not by bytes */
  { "\"\\u0061\"", "\\u0061", FALSE },
  { "\"\\u0061\"", "ab", FALSE },
  { "\"\\u0061b\"", "a", FALSE },
  { "\"ab\\u0000\"", "ab", FALSE },
  { "\"\\u20ac\"", "\xe2\x82", FALSE },
  { "true", "true", FALSE }, /* not a string */
};

/* Names are compared by what they mean, whole. */
static void
test_equal (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (equal_cases); i++)
    {
      const EqualCase *row = &equal_cases[i];

      g_test_message ("%s", row->string);
      g_assert_cmpint (belfry_json_equal (row->string, whole (row->string), row->literal), ==,
                       row->equal);
    }
}

typedef struct
{
  const char *number;
  gboolean good;
  gint64 value;
} IntegerCase;

static const IntegerCase integer_cases[] = {
  { "0", TRUE, 0 },
  { "-0", TRUE, 0 },
  { "42", TRUE, 42 },
  { "-42", TRUE, -42 },
  { "9223372036854775807", TRUE, G_MAXINT64 },
  { "-9223372036854775808", TRUE, G_MININT64 },
  { "9223372036854775808", FALSE, 0 },  /* one above */
  { "-9223372036854775809", FALSE, 0 }, /* one below */
  { "99999999999999999999999999999999", FALSE, 0 },
  { "1.0", FALSE, 0 }, /* a fraction, even of nothing */
  { "1e2", FALSE, 0 }, /* an exponent */
  { "-", FALSE, 0 },
  { "", FALSE, 0 },
  { "\"1\"", FALSE, 0 }, /* a string */
  { "true", FALSE, 0 },
};

/* Integers are taken in their whole range, and nothing that only resembles one. */
static void
test_integers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (integer_cases); i++)
    {
      const IntegerCase *row = &integer_cases[i];
      gint64 value = 4711;

      g_test_message ("%s", row->number);
      g_assert_cmpint (belfry_json_get_int64 (row->number, whole (row->number), &value), ==,
                       row->good);
      g_assert_cmpint (value, ==, row->good ? row->value : 4711);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/json-read/walk", test_walk);
  belfry_test_add ("/json-read/walk-inside", test_walk_inside);
  belfry_test_add ("/json-read/walk-unchecked", test_walk_unchecked);
  belfry_test_add ("/json-read/strings", test_strings);
  belfry_test_add ("/json-read/string-bound", test_string_bound);
  belfry_test_add ("/json-read/string-nul", test_string_nul);
  belfry_test_add ("/json-read/bytes", test_bytes);
  belfry_test_add ("/json-read/equal", test_equal);
  belfry_test_add ("/json-read/integers", test_integers);
  return g_test_run ();
}
