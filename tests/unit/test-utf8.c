/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-utf8"

#include "config.h"

#include "belfry-utf8.h"

#include <string.h>

#include "belfry-test-bytes.h"
#include "belfry-test.h"

#define RANDOM_TEXTS 20000
#define RANDOM_LENGTH 48

static const char *const good_texts[] = {
  "",
  "00",
  "'plain'",
  "'sixteen bytes ok' 'and a few more'",
  "7F",
  "C280",
  "DFBF",
  "E0A080",
  "ED9FBF",
  "EE8080",
  "EFBFBD",
  "EFBFBE", /* U+FFFE, a non-character: well-formed all the same */
  "EFBFBF",
  "F0908080",
  "F3BFBFBF",
  "F48FBFBF",
  "CEBA E1BDB9 CF83 CEBC CEB5",
  "'fifteen bytes..' C3A4 'then sixteen more.'",
};

/* The first byte after which no text can follow is at @stop. */
typedef struct
{
  const char *defect;
  const char *bytes;
  gsize stop;
} BadText;

static const BadText bad_texts[] = {
  { "a continuation first", "80", 0 },
  { "the last continuation first", "BF", 0 },
  { "overlong NUL", "C080", 0 },
  { "overlong slash", "'a' C0AF", 1 },
  { "overlong in two, the last", "C1BF", 0 },
  { "overlong in three", "E080AF", 1 },
  { "overlong in three, the last", "E09FBF", 1 },
  { "overlong in four", "F08080AF", 1 },
  { "overlong in four, the last", "F08FBFBF", 1 },
  { "first surrogate", "EDA080", 1 },
  { "last surrogate", "EDBFBF", 1 },
  { "a pair of surrogates", "'ok' EDA080 EDB080", 3 },
  { "U+110000", "F4908080", 1 },
  { "a lead of five", "F888808080", 0 },
  { "a lead of six", "FC8480808080", 0 },
  { "FE", "FE", 0 },
  { "FF", "FF", 0 },
  { "F5", "F5808080", 0 },
  { "one continuation too many", "C3A4 A4", 2 },
  { "ASCII within two", "C3 'a'", 1 },
  { "ASCII within three", "E282 'a'", 2 },
  { "ASCII within four", "F09F94 'a'", 3 },
  { "a lead within four", "F09F94 C3A4", 3 },
  { "after a long run of ASCII", "'0123456789abcdef0123456789abcdef012345' FF", 38 },
  { "between two runs of ASCII", "'0123456789abcdef' C3 '0123456789abcdef'", 17 },
};

static const char *const cut_texts[] = {
  "C3", "E2", "E282", "F0", "F09F", "F09F94", "'text then ' F48FBF",
};

/* What a checker in pieces says of bytes cut at @cut must be what it says of them whole. */
static void
check_cut (const GByteArray *bytes, gsize cut, gboolean possible, gboolean complete)
{
  BelfryUtf8 state = { 0 };

  gboolean first = belfry_utf8_feed (&state, bytes->data, cut);
  gboolean second = belfry_utf8_feed (&state, bytes->data + cut, bytes->len - cut);
  g_assert_cmpint (first && second, ==, possible);
  g_assert_cmpint (second, ==, possible);
  g_assert_cmpint (belfry_utf8_is_complete (&state), ==, complete);
}

/* All that Unicode calls well-formed is taken, wherever it is cut. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_texts); i++)
    {
      g_autoptr (GByteArray) bytes = belfry_test_bytes (good_texts[i]);

      g_test_message ("%s", good_texts[i]);
      g_assert_true (belfry_utf8_validate (bytes->data, bytes->len));
      g_assert_cmpuint (belfry_utf8_prefix (bytes->data, bytes->len), ==, bytes->len);
      for (gsize cut = 0; cut <= bytes->len; cut++)
        check_cut (bytes, cut, TRUE, TRUE);
    }
}

/* Malformed text is refused at its first impossible byte, not one later, and for ever. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_texts); i++)
    {
      g_autoptr (GByteArray) bytes = belfry_test_bytes (bad_texts[i].bytes);
      BelfryUtf8 state = { 0 };

      g_test_message ("%s", bad_texts[i].defect);
      g_assert_false (belfry_utf8_validate (bytes->data, bytes->len));
      for (gsize at = 0; at < bytes->len; at++)
        {
          g_assert_cmpint (belfry_utf8_feed (&state, &bytes->data[at], 1), ==,
                           at < bad_texts[i].stop);
        }
      g_assert_false (belfry_utf8_feed (&state, (const guint8 *) "a", 1));
      g_assert_false (belfry_utf8_feed (&state, NULL, 0));
      for (gsize cut = 0; cut <= bytes->len; cut++)
        check_cut (bytes, cut, FALSE, FALSE);
      g_byte_array_append (bytes, (const guint8 *) "and more text", 13);
      g_assert_false (belfry_utf8_validate (bytes->data, bytes->len));
    }
}

/* Text that ends within a character is possible, but not complete. */
static void
test_cut (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cut_texts); i++)
    {
      g_autoptr (GByteArray) bytes = belfry_test_bytes (cut_texts[i]);

      g_assert_false (belfry_utf8_validate (bytes->data, bytes->len));
      for (gsize cut = 0; cut <= bytes->len; cut++)
        check_cut (bytes, cut, TRUE, FALSE);
    }
}

/* A prefix ends before the first character that is not whole. */
static void
test_prefix (void)
{
  const guint8 text[] = "a\xC3\xA4\xE2\x82\xAC";

  g_assert_cmpuint (belfry_utf8_prefix (text, 0), ==, 0);
  g_assert_cmpuint (belfry_utf8_prefix (text, 1), ==, 1);
  g_assert_cmpuint (belfry_utf8_prefix (text, 2), ==, 1);
  g_assert_cmpuint (belfry_utf8_prefix (text, 3), ==, 3);
  g_assert_cmpuint (belfry_utf8_prefix (text, 5), ==, 3);
  g_assert_cmpuint (belfry_utf8_prefix (text, 6), ==, 6);
}

/* Every sequence of three bytes, and those of four behind each lead of four, is judged as GLib
 * does: at the end of a text, and before more of it, where whole characters are taken at once. */
static void
test_exhaustive (void)
{
  for (guint32 value = 0; value < 1u << 24; value++)
    {
      guint8 bytes[8] = { (guint8) (value >> 16), (guint8) (value >> 8), (guint8) value, 0xBF };
      gsize length = bytes[0] >= 0xF0 ? 4 : 3;
      gboolean expected = g_utf8_validate_len ((const char *) bytes, length, NULL);
      gboolean alone = belfry_utf8_validate (bytes, length);

      memcpy (bytes + length, "aaaa", 4);
      /* GLib alone does not take NUL for text. */
      if (bytes[0] != 0 && bytes[1] != 0 && bytes[2] != 0 &&
          (alone != expected || belfry_utf8_validate (bytes, length + 4) != expected))
        g_error ("%02x %02x %02x is not judged as GLib does", bytes[0], bytes[1], bytes[2]);
    }
}

/* Bytes that are likely to make and to break a character. */
static guint8
random_byte (void)
{
  static const guint8 edges[] = { 0x01, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1,
                                  0xC2, 0xDF, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF3, 0xF4, 0xF5 };

  return edges[g_test_rand_int_range (0, G_N_ELEMENTS (edges))];
}

static gsize
random_text (guint8 *bytes)
{
  gsize length = 0;

  while (length < RANDOM_LENGTH - 16)
    {
      gunichar c = (gunichar) g_test_rand_int_range (1, 0x110000);

      if (g_test_rand_int_range (0, 3) == 0)
        c = (gunichar) g_test_rand_int_range (1, 0x80);
      if (c < 0xD800 || c > 0xDFFF)
        length += (gsize) g_unichar_to_utf8 (c, (char *) bytes + length);
      if (g_test_rand_int_range (0, 40) == 0)
        bytes[length++] = random_byte ();
    }
  return length;
}

/* Random text, mostly well-formed, is judged as GLib does, whole and cut. */
static void
test_random (void)
{
  guint good = 0;

  for (guint i = 0; i < RANDOM_TEXTS; i++)
    {
      guint8 bytes[RANDOM_LENGTH];
      BelfryUtf8 state = { 0 };
      gsize length = random_text (bytes);
      gsize cut = (gsize) g_test_rand_int_range (0, (gint32) length + 1);
      gboolean expected = g_utf8_validate_len ((const char *) bytes, length, NULL);

      good += expected ? 1 : 0;
      g_assert_cmpint (belfry_utf8_validate (bytes, length), ==, expected);
      gboolean possible = belfry_utf8_feed (&state, bytes, cut) &&
                          belfry_utf8_feed (&state, bytes + cut, length - cut);
      g_assert_cmpint (possible && belfry_utf8_is_complete (&state), ==, expected);
    }
  g_assert_cmpuint (good, >, RANDOM_TEXTS / 10);
  g_assert_cmpuint (good, <, RANDOM_TEXTS);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/utf8/good", test_good);
  belfry_test_add ("/utf8/bad", test_bad);
  belfry_test_add ("/utf8/cut", test_cut);
  belfry_test_add ("/utf8/prefix", test_prefix);
  belfry_test_add ("/utf8/exhaustive", test_exhaustive);
  belfry_test_add ("/utf8/random", test_random);
  return g_test_run ();
}
