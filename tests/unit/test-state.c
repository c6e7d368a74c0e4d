/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-state.h"

#include <string.h>

#include "belfry-test.h"

/* What is written is read, and nothing is left. */
static void
test_round_trip (void)
{
  g_autoptr (GByteArray) writer = g_byte_array_new ();
  BelfryStateReader reader;
  gsize length;

  belfry_state_put_u8 (writer, 200);
  belfry_state_put_u32 (writer, G_MAXUINT32);
  belfry_state_put_u64 (writer, G_MAXUINT64);
  belfry_state_put_i64 (writer, G_MININT64);
  belfry_state_put_bytes (writer, "a\0b", 3);
  belfry_state_put_bytes (writer, NULL, 0);
  belfry_state_put_text (writer, "Grüße");
  belfry_state_put_text (writer, "");
  belfry_state_put_text (writer, NULL);
  belfry_state_reader_init (&reader, writer->data, writer->len);
  g_assert_cmpuint (belfry_state_get_u8 (&reader), ==, 200);
  g_assert_cmpuint (belfry_state_get_u32 (&reader), ==, G_MAXUINT32);
  g_assert_cmpuint (belfry_state_get_u64 (&reader), ==, G_MAXUINT64);
  g_assert_cmpint (belfry_state_get_i64 (&reader), ==, G_MININT64);
  const guint8 *bytes = belfry_state_get_bytes (&reader, &length);
  g_assert_cmpmem (bytes, (int) length, "a\0b", 3);
  g_assert_null (belfry_state_get_bytes (&reader, &length));
  g_assert_cmpuint (length, ==, 0);
  g_assert_cmpstr (belfry_state_get_text (&reader), ==, "Grüße");
  g_assert_cmpstr (belfry_state_get_name (&reader), ==, "");
  g_assert_null (belfry_state_get_text (&reader));
  g_assert_true (belfry_state_reader_is_at_end (&reader));
}

/* A number that is known only later stands where room was made for it. */
static void
test_reserve (void)
{
  g_autoptr (GByteArray) writer = g_byte_array_new ();
  g_autoptr (GByteArray) other = g_byte_array_new ();
  BelfryStateReader reader;

  gsize at = belfry_state_reserve_u32 (writer);
  belfry_state_put_u8 (other, 7);
  belfry_state_append (writer, other);
  belfry_state_set_u32 (writer, at, 1);
  belfry_state_reader_init (&reader, writer->data, writer->len);
  g_assert_cmpuint (belfry_state_get_count (&reader, 1), ==, 1);
  g_assert_cmpuint (belfry_state_get_u8 (&reader), ==, 7);
  g_assert_true (belfry_state_reader_is_at_end (&reader));
}

typedef struct
{
  const char *defect;
  const char *bytes;
  gsize length;
  void (*read) (BelfryStateReader *reader);
} BadCase;

static void
read_u8 (BelfryStateReader *reader)
{
  g_assert_cmpuint (belfry_state_get_u8 (reader), ==, 0);
}

static void
read_u64 (BelfryStateReader *reader)
{
  g_assert_cmpuint (belfry_state_get_u64 (reader), ==, 0);
}

static void
read_bytes (BelfryStateReader *reader)
{
  gsize length = 1;

  g_assert_null (belfry_state_get_bytes (reader, &length));
  g_assert_cmpuint (length, ==, 0);
}

static void
read_text (BelfryStateReader *reader)
{
  g_assert_null (belfry_state_get_text (reader));
}

static void
read_name (BelfryStateReader *reader)
{
  g_assert_cmpstr (belfry_state_get_name (reader), ==, "");
}

static void
read_count (BelfryStateReader *reader)
{
  g_assert_cmpuint (belfry_state_get_count (reader, 3), ==, 0);
}

static const BadCase bad_cases[] = {
  { "nothing", "", 0, read_u8 },
  { "half a number", "\1\2\3\4\5\6\7", 7, read_u64 },
  { "half a length", "\1\0\0", 3, read_bytes },
  { "fewer bytes than announced", "\3\0\0\0ab", 6, read_bytes },
  { "a length beyond everything", "\xff\xff\xff\xff", 4, read_bytes },
  { "a text without its end", "\2\0\0\0ab", 6, read_text },
  { "an end within a text", "\4\0\0\0a\0b", 8, read_text },
  { "a text that is not UTF-8", "\2\0\0\0\xff", 6, read_text },
  { "no name", "\0\0\0\0", 4, read_name },
  { "more things than there is room for", "\2\0\0\0abcde", 9, read_count },
};

/* What cannot be is zero, is remembered, and so is all that follows. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *c = &bad_cases[i];
      BelfryStateReader reader;

      g_test_message ("%s", c->defect);
      belfry_state_reader_init (&reader, (const guint8 *) c->bytes, c->length);
      g_assert_true (belfry_state_reader_is_good (&reader));
      c->read (&reader);
      g_assert_false (belfry_state_reader_is_good (&reader));
      g_assert_false (belfry_state_reader_is_at_end (&reader));
      g_assert_cmpuint (belfry_state_get_u8 (&reader), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/state/round-trip", test_round_trip);
  belfry_test_add ("/state/reserve", test_reserve);
  belfry_test_add ("/state/bad", test_bad);
  return g_test_run ();
}
