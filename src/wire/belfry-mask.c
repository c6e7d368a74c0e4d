/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-mask"

#include "config.h"

#include "belfry-mask.h"

#include <string.h>

/* The exclusive or of RFC 6455, section 5.3. Words are read and written with memcpy(), so that any
 * alignment will do; a block is wide enough for the compiler to make vector instructions of it. */

#define WORDS 4

/* The mask twice, from the byte on that comes first: a number whose lowest byte is that one. */
static guint64
turned_mask (const guint8 mask[BELFRY_MASK_SIZE], gsize offset)
{
  guint turn = 8 * (guint) (offset % BELFRY_MASK_SIZE);
  guint32 word;

  memcpy (&word, mask, sizeof word);
  word = GUINT32_FROM_LE (word);
  if (turn > 0)
    word = word >> turn | word << (32 - turn);
  return (guint64) word << 32 | word;
}

void
belfry_mask_apply (guint8 *bytes, gsize length, const guint8 mask[BELFRY_MASK_SIZE], gsize offset)
{
  guint64 turned = turned_mask (mask, offset);
  guint64 pattern = GUINT64_TO_LE (turned);

  for (; length >= WORDS * sizeof pattern; length -= WORDS * sizeof pattern)
    {
      guint64 block[WORDS];

      memcpy (block, bytes, sizeof block);
      for (guint i = 0; i < WORDS; i++)
        block[i] ^= pattern;
      memcpy (bytes, block, sizeof block);
      bytes += sizeof block;
    }
  for (; length >= sizeof pattern; length -= sizeof pattern)
    {
      guint64 word;

      memcpy (&word, bytes, sizeof word);
      word ^= pattern;
      memcpy (bytes, &word, sizeof word);
      bytes += sizeof word;
    }
  for (gsize i = 0; i < length; i++)
    bytes[i] ^= (guint8) (turned >> 8 * i);
}
