/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

G_BEGIN_DECLS

/* What the JSON scanner, reader and writer share: how to step over the bytes of a string. A "plain"
 * byte may stand in a string as it is: ASCII from the space up, but for quote and backslash. Only
 * these three include this header, and the test that compares the two ways to find plain bytes. */

#define BELFRY_JSON_BYTES(byte) (G_GUINT64_CONSTANT (0x0101010101010101) * (byte))

/* How far belfry_json_next_plain_end() goes in single steps. */
#define BELFRY_JSON_NEAR 8

/* What belfry_json_utf8_length() says of bytes that are no character. */
#define BELFRY_JSON_UTF8_MALFORMED 0
#define BELFRY_JSON_UTF8_CUT (-1)

/* The kind of value that begins with a byte, as #BelfryJsonKind. */
extern const guint8 belfry_json_kinds[256];

/* 1 for the bytes that are plain. */
extern const guint8 belfry_json_plain_bytes[256];

/* One more than what a hexadecimal digit is worth; 0 for other bytes. */
extern const guint8 belfry_json_hex_digits[256];

static inline gboolean
belfry_json_is_plain (guint8 byte)
{
  return belfry_json_plain_bytes[byte];
}

static inline gboolean
belfry_json_is_space (guint8 byte)
{
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static inline const guint8 *
belfry_json_skip_space (const guint8 *p, const guint8 *end)
{
  while (p < end && belfry_json_is_space (*p))
    p++;
  return p;
}

/**
 * belfry_json_plain_end_portable:
 *
 * Eight bytes at a time: the top bit of each byte of a word is set if the byte is not plain. A
 * borrow can only set it wrongly above a byte that is not plain, so the lowest one is always right.
 *
 * Returns: the first byte from @p that is not plain, or @end
 */
static inline const guint8 *
belfry_json_plain_end_portable (const guint8 *p, const guint8 *end)
{
  while (end - p >= 8)
    {
      guint64 word;

      memcpy (&word, p, sizeof word);
      word = GUINT64_FROM_LE (word);
      guint64 quote = word ^ BELFRY_JSON_BYTES ('"');
      guint64 backslash = word ^ BELFRY_JSON_BYTES ('\\');
      guint64 found = word | (word - BELFRY_JSON_BYTES (0x20)) | (quote - BELFRY_JSON_BYTES (1)) |
                      (backslash - BELFRY_JSON_BYTES (1));

      found &= BELFRY_JSON_BYTES (0x80);
      if (found != 0)
        return p + __builtin_ctzll (found) / 8;
      p += 8;
    }
  while (p < end && belfry_json_is_plain (*p))
    p++;
  return p;
}

/**
 * belfry_json_plain_end:
 *
 * Returns: the first byte from @p that is not plain, or @end
 */
static inline const guint8 *
belfry_json_plain_end (const guint8 *p, const guint8 *end)
{
#ifdef __SSE2__
  while (end - p >= 16)
    {
      __m128i bytes = _mm_loadu_si128 ((const __m128i *) (const void *) p);
      __m128i quote = _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('"'));
      __m128i backslash = _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('\\'));
      /* Compared as signed numbers, what is not ASCII is below the space, too. */
      __m128i outside = _mm_cmplt_epi8 (bytes, _mm_set1_epi8 (0x20));
      int found = _mm_movemask_epi8 (_mm_or_si128 (_mm_or_si128 (quote, backslash), outside));

      if (found != 0)
        return p + __builtin_ctz ((unsigned) found);
      p += 16;
    }
#endif
  return belfry_json_plain_end_portable (p, end);
}

/**
 * belfry_json_next_plain_end:
 *
 * Like belfry_json_plain_end(), for @p behind an escape. The next byte that is not plain is
 * mostly near then, and single steps, which the processor foresees, are faster than a wide one,
 * which it must wait for.
 *
 * Returns: the first byte from @p that is not plain, or @end
 */
static inline const guint8 *
belfry_json_next_plain_end (const guint8 *p, const guint8 *end)
{
  for (int i = 0; i < BELFRY_JSON_NEAR; i++, p++)
    {
      if (p == end || !belfry_json_is_plain (*p))
        return p;
    }
  return belfry_json_plain_end (p, end);
}

/**
 * belfry_json_code_unit:
 * @p: (array length=4): four bytes
 *
 * Returns: what they are worth as hexadecimal digits, or -1 if they are not
 */
static inline int
belfry_json_code_unit (const guint8 *p)
{
  int a = belfry_json_hex_digits[p[0]] - 1;
  int b = belfry_json_hex_digits[p[1]] - 1;
  int c = belfry_json_hex_digits[p[2]] - 1;
  int d = belfry_json_hex_digits[p[3]] - 1;

  if ((a | b | c | d) < 0)
    return -1;
  return a * 0x1000 + b * 0x100 + c * 0x10 + d;
}

/**
 * belfry_json_utf8_length:
 * @p: a byte above 0x7f, before @end
 *
 * Returns: how many bytes the character at @p has, %BELFRY_JSON_UTF8_CUT if @end comes before its
 * last byte, or %BELFRY_JSON_UTF8_MALFORMED
 */
static inline int
belfry_json_utf8_length (const guint8 *p, const guint8 *end)
{
  guint8 lead = *p;
  int length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  /* The second byte is where overlong forms, surrogates and what is above U+10FFFF show. */
  guint8 low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  guint8 high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

  if (lead < 0xc2 || lead > 0xf4)
    return BELFRY_JSON_UTF8_MALFORMED;
  if (end - p < 2)
    return BELFRY_JSON_UTF8_CUT;
  if (p[1] < low || p[1] > high)
    return BELFRY_JSON_UTF8_MALFORMED;
  if (length == 2)
    return 2;
  if (end - p < 3)
    return BELFRY_JSON_UTF8_CUT;
  if ((p[2] & 0xc0) != 0x80)
    return BELFRY_JSON_UTF8_MALFORMED;
  if (length == 3)
    return 3;
  if (end - p < 4)
    return BELFRY_JSON_UTF8_CUT;
  return (p[3] & 0xc0) == 0x80 ? 4 : BELFRY_JSON_UTF8_MALFORMED;
}

G_END_DECLS
