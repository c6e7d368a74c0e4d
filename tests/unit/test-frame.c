/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-frame"

#include "config.h"

#include "belfry-frame.h"

#include <string.h>

#include "belfry-test-bytes.h"
#include "belfry-test.h"

static const BelfryFrameRules from_client = { .masked = TRUE };
static const BelfryFrameRules from_server = { .masked = FALSE };

typedef struct
{
  const char *what;
  BelfryFrameHeader header;
  const char *bytes;
} FrameCase;

/* The examples of RFC 6455, section 5.7, and the edges of each form of a length. */
static const FrameCase frames[] = {
  { "a text", { .length = 5, .opcode = 1, .fin = 1 }, "81 05" },
  { "a masked text",
    { .length = 5, .mask = { 0x37, 0xFA, 0x21, 0x3D }, .opcode = 1, .fin = 1, .masked = 1 },
    "81 85 37FA213D" },
  { "a first fragment", { .length = 3, .opcode = 1 }, "01 03" },
  { "a last fragment", { .length = 2, .fin = 1 }, "80 02" },
  { "a ping", { .length = 5, .opcode = 9, .fin = 1 }, "89 05" },
  { "a masked pong",
    { .length = 5, .mask = { 0x37, 0xFA, 0x21, 0x3D }, .opcode = 10, .fin = 1, .masked = 1 },
    "8A 85 37FA213D" },
  { "256 bytes", { .length = 256, .opcode = 2, .fin = 1 }, "82 7E 0100" },
  { "64 KiB", { .length = 65536, .opcode = 2, .fin = 1 }, "82 7F 0000000000010000" },
  { "nothing", { .length = 0, .opcode = 2, .fin = 1 }, "82 00" },
  { "the longest in 7 bits", { .length = 125, .opcode = 2, .fin = 1 }, "82 7D" },
  { "the shortest in 16 bits", { .length = 126, .opcode = 2, .fin = 1 }, "82 7E 007E" },
  { "127 bytes", { .length = 127, .opcode = 2, .fin = 1 }, "82 7E 007F" },
  { "the longest in 16 bits", { .length = 65535, .opcode = 2, .fin = 1 }, "82 7E FFFF" },
  { "the longest of all",
    { .length = G_MAXINT64, .opcode = 2, .fin = 1 },
    "82 7F 7FFFFFFFFFFFFFFF" },
  { "the longest header",
    { .length = 65536, .mask = { 1, 2, 3, 4 }, .opcode = 2, .fin = 1, .masked = 1 },
    "82 FF 0000000000010000 01020304" },
};

static void
assert_same_header (const BelfryFrameHeader *a, const BelfryFrameHeader *b)
{
  g_assert_cmpuint (a->length, ==, b->length);
  g_assert_cmpmem (a->mask, sizeof a->mask, b->mask, sizeof b->mask);
  g_assert_cmpuint (a->opcode, ==, b->opcode);
  g_assert_cmpuint (a->fin, ==, b->fin);
  g_assert_cmpuint (a->rsv1, ==, b->rsv1);
  g_assert_cmpuint (a->masked, ==, b->masked);
}

/* Every header is written in its shortest form and read back, but not before it is complete. */
static void
test_headers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      const BelfryFrameRules rules = { .masked = frames[i].header.masked,
                                       .in_message = frames[i].header.opcode == 0 };
      guint8 written[BELFRY_FRAME_HEADER_MAX];
      BelfryFrameHeader header;
      const char *problem = NULL;

      g_test_message ("%s", frames[i].what);
      gsize size = belfry_frame_header_encode (&frames[i].header, written);
      belfry_test_assert_bytes (written, size, frames[i].bytes);
      for (gsize length = 0; length < size; length++)
        g_assert_cmpint (belfry_frame_header_decode (written, length, &rules, &header, &problem),
                         ==, 0);
      g_assert_cmpint (belfry_frame_header_decode (written, size, &rules, &header, &problem), ==,
                       (gssize) size);
      g_assert_null (problem);
      assert_same_header (&header, &frames[i].header);
    }
}

typedef struct
{
  const char *defect;
  const char *bytes;
  BelfryFrameRules rules;
} BadHeader;

static const BadHeader bad_headers[] = {
  { "reserved bit 1", "C1", { .masked = TRUE } },
  { "reserved bit 2", "A1", { .masked = TRUE, .deflate = TRUE } },
  { "reserved bit 3", "91", { .masked = TRUE, .deflate = TRUE } },
  { "compressed ping", "C9", { .masked = TRUE, .deflate = TRUE } },
  { "compressed close", "C8", { .masked = TRUE, .deflate = TRUE } },
  { "compressed continuation", "C0", { .masked = TRUE, .deflate = TRUE, .in_message = TRUE } },
  { "opcode 3", "83", { .masked = TRUE } },
  { "opcode 4", "84", { .masked = TRUE } },
  { "opcode 5", "85", { .masked = TRUE } },
  { "opcode 6", "86", { .masked = TRUE } },
  { "opcode 7", "87", { .masked = TRUE } },
  { "opcode B", "8B", { .masked = TRUE } },
  { "opcode C", "8C", { .masked = TRUE } },
  { "opcode D", "8D", { .masked = TRUE } },
  { "opcode E", "8E", { .masked = TRUE } },
  { "opcode F", "8F", { .masked = TRUE } },
  { "fragmented ping", "09", { .masked = TRUE } },
  { "fragmented pong", "0A", { .masked = TRUE } },
  { "fragmented close", "08", { .masked = TRUE } },
  { "nothing to continue", "80", { .masked = TRUE } },
  { "nothing to continue, not last", "00", { .masked = TRUE } },
  { "text within a message", "81", { .masked = TRUE, .in_message = TRUE } },
  { "binary within a message", "02", { .masked = TRUE, .in_message = TRUE } },
  { "unmasked from a client", "81 05", { .masked = TRUE } },
  { "masked from a server", "81 85", { .masked = FALSE } },
  { "ping of 126 bytes", "89 FE", { .masked = TRUE } },
  { "close in 64 bits", "88 FF", { .masked = TRUE } },
  { "0 in 16 bits", "81 FE 0000", { .masked = TRUE } },
  { "125 in 16 bits", "81 FE 007D", { .masked = TRUE } },
  { "1 in 64 bits", "81 FF 0000000000000001", { .masked = TRUE } },
  { "65535 in 64 bits", "81 FF 000000000000FFFF", { .masked = TRUE } },
  { "highest bit set", "81 FF 8000000000000000", { .masked = TRUE } },
  { "all bits set", "81 FF FFFFFFFFFFFFFFFF", { .masked = TRUE } },
};

/* A wrong header is refused at the byte that makes it wrong: before that more is asked for, and
 * what follows changes nothing. */
static void
test_bad_headers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_headers); i++)
    {
      g_autoptr (GByteArray) bytes = belfry_test_bytes (bad_headers[i].bytes);
      const BelfryFrameRules *rules = &bad_headers[i].rules;
      guint8 padded[32] = { 0 };
      const char *problem = NULL;
      BelfryFrameHeader header;

      g_test_message ("%s", bad_headers[i].defect);
      for (gsize length = 0; length < bytes->len; length++)
        g_assert_cmpint (belfry_frame_header_decode (bytes->data, length, rules, &header, &problem),
                         ==, 0);
      g_assert_null (problem);
      g_assert_cmpint (belfry_frame_header_decode (bytes->data, bytes->len, rules, &header,
                                                   &problem),
                       ==, -1);
      g_assert_nonnull (problem);
      memcpy (padded, bytes->data, bytes->len);
      g_assert_cmpint (belfry_frame_header_decode (padded, sizeof padded, rules, &header, &problem),
                       ==, -1);
    }
}

/* Where compression was agreed on, the first frame of a message may say that it is used. */
static void
test_compressed (void)
{
  static const BelfryFrameRules rules = { .deflate = TRUE };
  static const guint8 bytes[] = { 0xC1, 0x07 };
  const char *problem = NULL;
  BelfryFrameHeader header;

  g_assert_cmpint (belfry_frame_header_decode (bytes, sizeof bytes, &rules, &header, &problem), ==,
                   2);
  g_assert_true (header.rsv1);
}

/* A whole frame is header and payload, masked if the header says so. */
static void
test_whole (void)
{
  const BelfryFrameHeader masked = {
    .length = 5, .mask = { 0x37, 0xFA, 0x21, 0x3D }, .opcode = 1, .fin = 1, .masked = 1
  };
  g_autoptr (GBytes) simple = belfry_frame_new_simple (BELFRY_OPCODE_TEXT, "Hello", 5);
  g_autoptr (GBytes) from_peer = belfry_frame_new (&masked, "Hello");
  g_autoptr (GBytes) empty = belfry_frame_new_simple (BELFRY_OPCODE_PONG, NULL, 0);

  belfry_test_assert_bytes (g_bytes_get_data (simple, NULL), g_bytes_get_size (simple),
                            "81 05 'Hello'");
  belfry_test_assert_bytes (g_bytes_get_data (from_peer, NULL), g_bytes_get_size (from_peer),
                            "81 85 37FA213D 7F9F4D5158");
  belfry_test_assert_bytes (g_bytes_get_data (empty, NULL), g_bytes_get_size (empty), "8A 00");
}

/* Whatever sixteen bytes say, a header that is taken is one that would be written just so. */
static void
test_canonical (void)
{
  guint taken = 0;

  for (guint i = 0; i < 100000; i++)
    {
      const BelfryFrameRules *rules = i % 2 == 0 ? &from_client : &from_server;
      guint8 bytes[16];
      guint8 written[BELFRY_FRAME_HEADER_MAX];
      const char *problem = NULL;
      BelfryFrameHeader header;

      for (gsize at = 0; at < sizeof bytes; at++)
        bytes[at] = (guint8) (g_test_rand_int_range (0, 3) == 0 ? 0 : g_test_rand_int ());
      gssize size = belfry_frame_header_decode (bytes, sizeof bytes, rules, &header, &problem);
      g_assert_cmpint (size, !=, 0);
      if (size < 0)
        continue;
      taken++;
      g_assert_cmpuint (belfry_frame_header_encode (&header, written), ==, (gsize) size);
      g_assert_cmpint (memcmp (written, bytes, (gsize) size), ==, 0);
    }
  g_assert_cmpuint (taken, >, 100);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/frame/headers", test_headers);
  belfry_test_add ("/frame/bad-headers", test_bad_headers);
  belfry_test_add ("/frame/compressed", test_compressed);
  belfry_test_add ("/frame/whole", test_whole);
  belfry_test_add ("/frame/canonical", test_canonical);
  return g_test_run ();
}
