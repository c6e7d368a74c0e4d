/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-utf8"

#include "config.h"

#include "belfry-utf8.h"

#include <string.h>

/* A checker of UTF-8 that can be stopped and resumed at any byte. It says no at the first byte
 * after which no text can follow, which is what lets a connection be closed before the rest has
 * come. */

#define HIGH_BITS G_GUINT64_CONSTANT (0x8080808080808080)

#define FIRST_LEAD 0xC2
#define LAST_LEAD 0xF4

/* What a lead byte demands of those behind it. The narrowed ranges of the second byte are what
 * excludes overlong forms (E0, F0), surrogates (ED) and what lies beyond U+10FFFF (F4). */
static const BelfryUtf8 leads[] = {
  [0xC2 - FIRST_LEAD... 0xDF - FIRST_LEAD] = { 1, 0x80, 0xBF },
  [0xE0 - FIRST_LEAD] = { 2, 0xA0, 0xBF },
  [0xE1 - FIRST_LEAD... 0xEC - FIRST_LEAD] = { 2, 0x80, 0xBF },
  [0xED - FIRST_LEAD] = { 2, 0x80, 0x9F },
  [0xEE - FIRST_LEAD... 0xEF - FIRST_LEAD] = { 2, 0x80, 0xBF },
  [0xF0 - FIRST_LEAD] = { 3, 0x90, 0xBF },
  [0xF1 - FIRST_LEAD... 0xF3 - FIRST_LEAD] = { 3, 0x80, 0xBF },
  [0xF4 - FIRST_LEAD] = { 3, 0x80, 0x8F },
};
G_STATIC_ASSERT (G_N_ELEMENTS (leads) == LAST_LEAD - FIRST_LEAD + 1);

/* No byte lies within this range, so that what was impossible once stays so. */
static const BelfryUtf8 impossible = { 1, 0xFF, 0x00 };

static const guint8 *
skip_ascii (const guint8 *p, const guint8 *end)
{
  guint64 words[2];

  while (end - p >= 16)
    {
      memcpy (words, p, sizeof words);
      if (((words[0] | words[1]) & HIGH_BITS) != 0)
        break;
      p += sizeof words;
    }
  while (end - p >= 8)
    {
      memcpy (words, p, sizeof words[0]);
      guint64 high = GUINT64_FROM_LE (words[0]) & HIGH_BITS;
      if (high != 0)
        return p + __builtin_ctzll (high) / 8;
      p += sizeof words[0];
    }
  while (p < end && *p < 0x80)
    p++;
  return p;
}

static guint32
read_4 (const guint8 *p)
{
  guint32 word;

  memcpy (&word, p, sizeof word);
  return GUINT32_FROM_BE (word);
}

/* Each of these looks for a character at the front of four bytes, read as one number: first at its
 * form, then at its range, which leaves out what is overlong, a surrogate, or beyond U+10FFFF. */

static gboolean
starts_with_2 (guint32 bytes)
{
  return (bytes & 0xE0C00000) == 0xC0800000 && bytes >= 0xC2800000;
}

static gboolean
starts_with_3 (guint32 bytes)
{
  return (bytes & 0xF0C0C000) == 0xE0808000 && bytes >= 0xE0A08000 &&
         (bytes & 0xFFE00000) != 0xEDA00000;
}

static gboolean
starts_with_4 (guint32 bytes)
{
  return (bytes & 0xF8C0C0C0) == 0xF0808080 && bytes >= 0xF0908080 && bytes <= 0xF48FBFBF;
}

/* The quick way over what is plainly right; where it stops, single bytes decide. Branches, not
 * computed lengths: the processor then need not wait for one character to find the next. */
static const guint8 *
skip_whole (const guint8 *p, const guint8 *end)
{
  p = skip_ascii (p, end);
  while (end - p >= 4)
    {
      guint32 bytes = read_4 (p);

      if (starts_with_2 (bytes))
        p += 2;
      else if (starts_with_3 (bytes))
        p += 3;
      else if (starts_with_4 (bytes))
        p += 4;
      else if (*p < 0x80)
        p = skip_ascii (p, end);
      else
        break;
    }
  return p;
}

static BelfryUtf8
next_state (BelfryUtf8 state, guint8 byte)
{
  if (state.left > 0)
    return byte >= state.low && byte <= state.high
               ? (BelfryUtf8){ (guint8) (state.left - 1), 0x80, 0xBF }
               : impossible;
  if (byte < 0x80)
    return state;
  return byte >= FIRST_LEAD && byte <= LAST_LEAD ? leads[byte - FIRST_LEAD] : impossible;
}

static gboolean
is_possible (const BelfryUtf8 *self)
{
  return self->low <= self->high;
}

gboolean
belfry_utf8_feed (BelfryUtf8 *self, const guint8 *bytes, gsize length)
{
  const guint8 *p = bytes;
  const guint8 *end = bytes + length;

  while (p < end && is_possible (self))
    {
      if (self->left == 0)
        p = skip_whole (p, end);
      if (p < end)
        *self = next_state (*self, *p++);
    }
  return is_possible (self);
}

gboolean
belfry_utf8_is_complete (const BelfryUtf8 *self)
{
  return self->left == 0;
}

gboolean
belfry_utf8_validate (const guint8 *bytes, gsize length)
{
  BelfryUtf8 state = { 0 };

  return belfry_utf8_feed (&state, bytes, length) && belfry_utf8_is_complete (&state);
}

gsize
belfry_utf8_prefix (const guint8 *bytes, gsize length)
{
  BelfryUtf8 state = { 0 };
  gsize whole = 0;

  for (gsize i = 0; i < length && belfry_utf8_feed (&state, &bytes[i], 1); i++)
    {
      if (belfry_utf8_is_complete (&state))
        whole = i + 1;
    }
  return whole;
}
