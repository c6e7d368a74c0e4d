/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-deflate"

#include "config.h"

#include "belfry-deflate.h"

#include <string.h>

#include "belfry-test-bytes.h"
#include "belfry-test.h"

#define BOUND 65536
#define BOMB (10 * 1024 * 1024)

/* Decompresses, and tells in a word what came of it. */
static char *
inflate_text (BelfryInflater *inflater, const guint8 *payload, gsize length, gsize max)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree guint8 *message = NULL;
  gsize message_length = 0;

  /* Exactly as long as it says, so that a sanitizer sees a read behind the end. */
  g_autofree guint8 *copy = g_memdup2 (payload, length);
  switch (belfry_inflater_decompress (inflater, copy, length, max, &message, &message_length))
    {
    case BELFRY_INFLATE_OK:
      g_assert_cmpuint (message_length, <=, max);
      g_string_append (text, "ok ");
      belfry_test_append_shown (text, message, message_length);
      break;
    case BELFRY_INFLATE_BROKEN:
      g_assert_null (message);
      g_string_append (text, "broken");
      break;
    case BELFRY_INFLATE_TOO_BIG:
    default:
      g_assert_null (message);
      g_string_append (text, "too big");
      break;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

typedef struct
{
  const char *what;
  const char *payload;
  const char *outcome;
} Vector;

/* First the examples of RFC 7692, section 7.2.3, then what Python's zlib makes. */
static const Vector vectors[] = {
  { "one block", "F248CDC9C90700", "ok Hello" },
  { "not compressed", "000500FAFF 'Hello' 00", "ok Hello" },
  { "the last block marked as such", "F348CDC9C9070000", "ok Hello" },
  { "two blocks", "F248050000 00FFFFCAC9C90700", "ok Hello" },
  { "an empty message", "00", "ok " },
  { "marked, without the padding block", "F348CDC9C90700", "ok Hello" },
  { "two marked streams", "F348CDC9C90700 F348CDC9C90700 00", "ok HelloHello" },
  { "empty marked streams", "0300 0300 0300 00", "ok " },
  { "refers back to an earlier message", "F200110000", "broken" },
  { "no byte at all", "", "broken" },
  { "cut within a block", "F248CDC9", "broken" },
  { "the flush left in", "F248CDC9C907000000FFFF 00", "ok Hello" },
  { "a flush behind a flush", "F248CDC9C907000000FFFF", "broken" },
  { "an unknown kind of block", "07", "broken" },
  { "garbage", "FFFFFFFF", "broken" },
  { "stored, with a wrong check of the length", "000500FAFE 'Hello' 00", "broken" },
  { "stored, shorter than it says", "000600F9FF 'Hello'", "broken" },
  { "a zlib header", "789CF248CDC9C90700", "broken" },
  { "garbage behind the last block", "F348CDC9C90700 FFFFFF", "broken" },
  { "refers back over a marked block", "F348CDC9C90700 F200110000", "broken" },
};

/* Every example of the RFC is read as it says, and every defect is seen; a message that failed
 * leaves nothing behind for the next. */
static void
test_vectors (void)
{
  g_autoptr (BelfryInflater) inflater = belfry_inflater_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GByteArray) payload = belfry_test_bytes (vectors[i].payload);
      g_autofree char *outcome = inflate_text (inflater, payload->data, payload->len, BOUND);

      g_test_message ("%s", vectors[i].what);
      g_assert_cmpstr (outcome, ==, vectors[i].outcome);
      g_autofree char *after = inflate_text (inflater, (const guint8 *) "\0", 1, BOUND);
      g_assert_cmpstr (after, ==, "ok ");
    }
}

static GByteArray *
compress (BelfryDeflater *deflater, const guint8 *bytes, gsize length)
{
  gsize compressed_length = 0;
  guint8 *compressed = belfry_deflater_compress (deflater, bytes, length, &compressed_length);

  if (compressed == NULL)
    return NULL;
  g_assert_cmpuint (compressed_length, <, length);
  return g_byte_array_new_take (compressed, compressed_length);
}

/* A message of words, so that it compresses well, but not to nothing. */
static GByteArray *
random_message (gsize length)
{
  static const char *const words[] = {
    "{\"topic\":", "\"chat-room\"", "payload", "😀", "1234", ","
  };
  GByteArray *message = g_byte_array_new ();

  while (message->len < length)
    {
      const char *word = words[g_test_rand_int_range (0, G_N_ELEMENTS (words))];

      g_byte_array_append (message, (const guint8 *) word, (guint) strlen (word));
    }
  return g_byte_array_set_size (message, (guint) length);
}

/* What is compressed comes back, at all levels and sizes, bounded by exactly its own length. */
static void
test_round_trips (void)
{
  g_autoptr (BelfryInflater) inflater = belfry_inflater_new ();

  for (int level = 1; level <= 9; level++)
    {
      g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (level, 64);

      for (gsize length = 64; length < 300000; length = length * 3 + 1)
        {
          g_autoptr (GByteArray) message = random_message (length);
          g_autoptr (GByteArray) payload = compress (deflater, message->data, message->len);
          g_autoptr (GString) expected = g_string_new ("ok ");

          g_assert_nonnull (payload);
          belfry_test_append_shown (expected, message->data, message->len);
          g_autofree char *exact = inflate_text (inflater, payload->data, payload->len, length);
          g_assert_cmpstr (exact, ==, expected->str);
          g_autofree char *less = inflate_text (inflater, payload->data, payload->len, length - 1);
          g_assert_cmpstr (less, ==, "too big");
        }
    }
}

/* The same message gives the same bytes whatever went before: no context is kept, so that a frame
 * may be shared. */
static void
test_no_context (void)
{
  g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (BELFRY_DEFLATE_LEVEL, 1);
  g_autoptr (GByteArray) message = random_message (2000);
  g_autoptr (GByteArray) other = random_message (2000);
  g_autoptr (GByteArray) first = compress (deflater, message->data, message->len);
  g_autoptr (GByteArray) between = compress (deflater, other->data, other->len);
  g_autoptr (GByteArray) second = compress (deflater, message->data, message->len);

  g_assert_nonnull (between);
  g_assert_cmpuint (first->len, ==, second->len);
  g_assert_cmpint (memcmp (first->data, second->data, first->len), ==, 0);
}

/* A compressed frame is one that a server may send, with the bytes that any zlib makes. */
static void
test_frame (void)
{
  g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (BELFRY_DEFLATE_LEVEL, 1);
  g_autoptr (GBytes) frame =
      belfry_deflater_frame (deflater, BELFRY_OPCODE_TEXT, (const guint8 *) "aaaaaaaaaaaaaaaa", 16);

  belfry_test_assert_bytes (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame),
                            "C1 06 4A4C44050000");
}

/* Messages that are short, empty, or would not shrink are left as they are. */
static void
test_not_worth_it (void)
{
  g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (BELFRY_DEFLATE_LEVEL, 100);
  g_autoptr (BelfryDeflater) eager = belfry_deflater_new (BELFRY_DEFLATE_LEVEL, 0);
  g_autofree guint8 *zeros = g_malloc0 (100);
  g_autoptr (GByteArray) noise = g_byte_array_new ();
  gsize length;

  for (guint i = 0; i < 5000; i++)
    g_byte_array_append (noise, &(guint8){ (guint8) g_test_rand_int () }, 1);
  g_assert_null (belfry_deflater_compress (deflater, zeros, 99, &length));
  g_autofree guint8 *enough = belfry_deflater_compress (deflater, zeros, 100, &length);
  g_assert_nonnull (enough);
  g_assert_null (belfry_deflater_compress (eager, noise->data, noise->len, &length));
  g_assert_null (belfry_deflater_compress (eager, zeros, 0, &length));
  g_assert_null (belfry_deflater_compress (eager, zeros, 1, &length));
  g_assert_null (belfry_deflater_frame (eager, BELFRY_OPCODE_BINARY, noise->data, noise->len));
}

/* Ten megabytes out of ten kilobytes stop at the bound. */
static void
test_bomb (void)
{
  g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (9, 1);
  g_autoptr (BelfryInflater) inflater = belfry_inflater_new ();
  g_autofree guint8 *zeros = g_malloc0 (BOMB);
  g_autoptr (GByteArray) bomb = compress (deflater, zeros, BOMB);

  g_assert_cmpuint (bomb->len, <, BOMB / 1000);
  g_autofree char *refused = inflate_text (inflater, bomb->data, bomb->len, BOUND);
  g_assert_cmpstr (refused, ==, "too big");
  g_autofree char *none = inflate_text (inflater, bomb->data, bomb->len, 0);
  g_assert_cmpstr (none, ==, "too big");
  g_autofree char *enough = inflate_text (inflater, bomb->data, bomb->len, BOMB);
  g_assert_true (g_str_has_prefix (enough, "ok 10485760:"));
}

/* The bound is exact, however the compressed message ends; even a bound of nothing lets nothing
 * through. */
static void
test_exact_bound (void)
{
  static const char *const hellos[] = { "F248CDC9C90700", "F348CDC9C90700", "F348CDC9C9070000",
                                        "000500FAFF 'Hello' 00" };
  g_autoptr (BelfryInflater) inflater = belfry_inflater_new ();
  g_autofree char *empty = inflate_text (inflater, (const guint8 *) "\0", 1, 0);

  g_assert_cmpstr (empty, ==, "ok ");
  for (gsize i = 0; i < G_N_ELEMENTS (hellos); i++)
    {
      g_autoptr (GByteArray) payload = belfry_test_bytes (hellos[i]);

      for (gsize max = 0; max <= 6; max++)
        {
          g_autofree char *outcome = inflate_text (inflater, payload->data, payload->len, max);

          g_assert_cmpstr (outcome, ==, max < 5 ? "too big" : "ok Hello");
        }
    }
}

static void
check_cuts (BelfryInflater *inflater, const GByteArray *payload, gsize max)
{
  for (gsize length = 0; length < payload->len; length++)
    {
      g_autofree char *outcome = inflate_text (inflater, payload->data, length, max);

      g_assert_false (g_str_has_prefix (outcome, "ok"));
    }
}

/* A payload cut anywhere never passes for a whole one, whatever the tail is mistaken for. */
static void
test_cut (void)
{
  g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (BELFRY_DEFLATE_LEVEL, 1);
  g_autoptr (BelfryInflater) inflater = belfry_inflater_new ();

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GByteArray) message = random_message (1000);
      g_autoptr (GByteArray) payload = compress (deflater, message->data, message->len);

      check_cuts (inflater, payload, 4 * message->len);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/deflate/vectors", test_vectors);
  belfry_test_add ("/deflate/round-trips", test_round_trips);
  belfry_test_add ("/deflate/no-context", test_no_context);
  belfry_test_add ("/deflate/frame", test_frame);
  belfry_test_add ("/deflate/not-worth-it", test_not_worth_it);
  belfry_test_add ("/deflate/bomb", test_bomb);
  belfry_test_add ("/deflate/exact-bound", test_exact_bound);
  belfry_test_add ("/deflate/cut", test_cut);
  return g_test_run ();
}
