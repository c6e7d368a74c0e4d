/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-frame.h"

#include <string.h>

#include "belfry-test.h"

#define EPOCH "0123456789abcdef"
#define NO_EPOCH "0000000000000000"
#define SEVENTEEN "0000000000000017"
#define ZERO "0000000000000000"
#define TIME "1700000000123456"

static GBytes *
bytes_of (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static void
assert_bytes (GBytes *bytes, const char *text)
{
  g_autoptr (GBytes) expected = bytes_of (text);

  g_assert_true (g_bytes_equal (bytes, expected));
}

/* What a script writes is read: all of it, and the payload without a copy. */
static void
test_read (void)
{
  g_autoptr (GBytes) published = bytes_of ("\xff"
                                           "B1d" EPOCH SEVENTEEN TIME "{\"a\":1}");
  BelfryRedisFrame frame;

  g_assert_cmpint (belfry_redis_frame_read (published, &frame), ==, BELFRY_REDIS_FRAME_READ);
  g_assert_cmpint (frame.kind, ==, BELFRY_MESSAGE_DATA);
  g_assert_cmphex (frame.position.epoch, ==, 0x0123456789abcdef);
  g_assert_cmpuint (frame.position.offset, ==, 17);
  g_assert_cmpint (frame.published, ==, 1700000000123456);
  assert_bytes (frame.payload, "{\"a\":1}");
  g_assert_true ((const char *) g_bytes_get_data (frame.payload, NULL) ==
                 (const char *) g_bytes_get_data (published, NULL) + BELFRY_REDIS_FRAME_HEADER);
  belfry_redis_frame_clear (&frame);
}

/* A message that is not kept has no position; an empty payload is one, too. */
static void
test_read_unkept (void)
{
  g_autoptr (GBytes) published = bytes_of ("\xff"
                                           "B1l" NO_EPOCH ZERO ZERO);
  BelfryRedisFrame frame;

  g_assert_cmpint (belfry_redis_frame_read (published, &frame), ==, BELFRY_REDIS_FRAME_READ);
  g_assert_cmpint (frame.kind, ==, BELFRY_MESSAGE_LEAVE);
  g_assert_false (belfry_position_is_set (&frame.position));
  g_assert_cmpint (frame.published, ==, 0);
  g_assert_cmpuint (g_bytes_get_size (frame.payload), ==, 0);
  belfry_redis_frame_clear (&frame);
}

/* Whatever has no mark is a payload as it is. */
static void
test_read_raw (void)
{
  static const char *const rows[] = { "",
                                      "hi",
                                      "{}",
                                      "\xff",
                                      "B1d",
                                      "\xff"
                                      "C",
                                      "\xfe"
                                      "B1d" };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) published = bytes_of (rows[i]);
      BelfryRedisFrame frame;

      g_assert_cmpint (belfry_redis_frame_read (published, &frame), ==, BELFRY_REDIS_FRAME_RAW);
      g_assert_false (belfry_redis_frame_is_needed (published));
    }
}

/* What has the mark and is no frame that we know is never taken for a payload. */
static void
test_read_broken (void)
{
  static const struct
  {
    const char *defect;
    const char *published;
  } rows[] = {
    { "nothing but the mark", "\xff"
                              "B" },
    { "a version of the future", "\xff"
                                 "B2d" EPOCH SEVENTEEN TIME "x" },
    { "cut off", "\xff"
                 "B1d" EPOCH SEVENTEEN "170000000012345" },
    { "an unknown kind", "\xff"
                         "B1x" EPOCH SEVENTEEN TIME "x" },
    { "an epoch in capitals", "\xff"
                              "B1d"
                              "0123456789ABCDEF" SEVENTEEN TIME "x" },
    { "an offset that is no number", "\xff"
                                     "B1d" EPOCH "00000000000000-1" TIME "x" },
    { "an offset that is too large", "\xff"
                                     "B1d" EPOCH "9007199254740993" TIME "x" },
    { "an epoch without an offset", "\xff"
                                    "B1d" EPOCH ZERO TIME "x" },
    { "an offset without an epoch", "\xff"
                                    "B1d" NO_EPOCH SEVENTEEN TIME "x" },
    { "a time that is no number", "\xff"
                                  "B1d" EPOCH SEVENTEEN "17000000001234 6x" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GBytes) published = bytes_of (rows[i].published);
      BelfryRedisFrame frame;

      g_test_message ("%s", rows[i].defect);
      g_assert_cmpint (belfry_redis_frame_read (published, &frame), ==, BELFRY_REDIS_FRAME_BROKEN);
      g_assert_true (belfry_redis_frame_is_needed (published));
    }
}

/* Nobody can forge a frame: a payload that looks like one is framed, and comes out as it was. */
static void
test_forged (void)
{
  g_autoptr (GBytes) payload = bytes_of ("\xff"
                                         "B1d" EPOCH SEVENTEEN TIME "forged");
  const BelfryRedisFrame frame = { .kind = BELFRY_MESSAGE_DATA, .payload = payload };
  g_autoptr (GBytes) written = belfry_redis_frame_write (&frame);
  BelfryRedisFrame again;

  g_assert_true (belfry_redis_frame_is_needed (payload));
  g_assert_cmpint (belfry_redis_frame_read (written, &again), ==, BELFRY_REDIS_FRAME_READ);
  g_assert_true (g_bytes_equal (again.payload, payload));
  g_assert_false (belfry_position_is_set (&again.position));
  belfry_redis_frame_clear (&again);
}

/* What is written is read the same, and what has no digits is left out. */
static void
test_write (void)
{
  static const struct
  {
    BelfryRedisFrame frame;
    const char *written;
  } rows[] = {
    { { BELFRY_MESSAGE_DATA, { 0x0123456789abcdef, 17 }, 1700000000123456, NULL },
      "\xff"
      "B1d" EPOCH SEVENTEEN TIME "hi" },
    { { BELFRY_MESSAGE_JOIN, { 0, 0 }, 0, NULL },
      "\xff"
      "B1j" NO_EPOCH ZERO ZERO "hi" },
    { { BELFRY_MESSAGE_DATA, { 1, G_MAXUINT64 }, -1, NULL },
      "\xff"
      "B1d" NO_EPOCH ZERO ZERO "hi" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      BelfryRedisFrame frame = rows[i].frame;
      g_autoptr (GBytes) payload = bytes_of ("hi");

      frame.payload = payload;
      g_autoptr (GBytes) written = belfry_redis_frame_write (&frame);
      assert_bytes (written, rows[i].written);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-frame/read", test_read);
  belfry_test_add ("/redis-frame/read-unkept", test_read_unkept);
  belfry_test_add ("/redis-frame/read-raw", test_read_raw);
  belfry_test_add ("/redis-frame/read-broken", test_read_broken);
  belfry_test_add ("/redis-frame/forged", test_forged);
  belfry_test_add ("/redis-frame/write", test_write);
  return g_test_run ();
}
