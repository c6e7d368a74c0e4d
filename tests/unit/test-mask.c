/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-mask"

#include "config.h"

#include "belfry-mask.h"

#include <string.h>

#include "belfry-test.h"

#define LONGEST 96
#define ALIGNMENTS 16
#define MARGIN 8

static const guint8 mask[BELFRY_MASK_SIZE] = { 0x37, 0xFA, 0x21, 0x3D };

/* The RFC's own example. */
static void
test_rfc (void)
{
  guint8 bytes[] = { 'H', 'e', 'l', 'l', 'o' };
  const guint8 masked[] = { 0x7F, 0x9F, 0x4D, 0x51, 0x58 };

  belfry_mask_apply (bytes, sizeof bytes, mask, 0);
  g_assert_cmpmem (bytes, sizeof bytes, masked, sizeof masked);
}

static void
check_window (gsize start, gsize length, gsize offset)
{
  guint8 bytes[ALIGNMENTS + LONGEST + MARGIN] __attribute__ ((aligned (16)));

  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (i * 7);
  belfry_mask_apply (bytes + start, length, mask, offset);
  for (gsize i = 0; i < sizeof bytes; i++)
    {
      guint8 expected = (guint8) (i * 7);

      if (i >= start && i < start + length)
        expected ^= mask[(i - start + offset) % BELFRY_MASK_SIZE];
      g_assert_cmphex (bytes[i], ==, expected);
    }
}

/* At every alignment, length and offset each byte gets its own byte of the mask, and none beside
 * the piece is touched. */
static void
test_windows (void)
{
  for (gsize start = 0; start < ALIGNMENTS; start++)
    {
      for (gsize length = 0; length <= LONGEST; length++)
        {
          for (gsize offset = 0; offset < 2 * BELFRY_MASK_SIZE; offset++)
            check_window (start, length, offset);
        }
    }
}

/* Pieces cut anywhere come out as the whole does. */
static void
test_pieces (void)
{
  for (gsize cut = 0; cut <= LONGEST; cut++)
    {
      guint8 whole[LONGEST];
      guint8 pieces[LONGEST];

      memset (whole, 'x', sizeof whole);
      memset (pieces, 'x', sizeof pieces);
      belfry_mask_apply (whole, sizeof whole, mask, 0);
      belfry_mask_apply (pieces, cut, mask, 0);
      belfry_mask_apply (pieces + cut, sizeof pieces - cut, mask, cut);
      g_assert_cmpmem (pieces, sizeof pieces, whole, sizeof whole);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/mask/rfc", test_rfc);
  belfry_test_add ("/mask/windows", test_windows);
  belfry_test_add ("/mask/pieces", test_pieces);
  return g_test_run ();
}
