/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz-deflate"

#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "belfry-deflate.h"

/* Any bytes, taken for a compressed message, stay within the bound and leave nothing behind; any
 * bytes, taken for a message, come back from compression as they were. The first byte chooses bound
 * and level. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_bound (BelfryInflater *inflater, const uint8_t *data, size_t size, gsize max)
{
  g_autofree guint8 *message = NULL;
  gsize length = 0;

  if (belfry_inflater_decompress (inflater, data, size, max, &message, &length) ==
      BELFRY_INFLATE_OK)
    g_assert (length <= max && message != NULL);
  else
    g_assert (message == NULL);
}

static void
check_round_trip (BelfryInflater *inflater, const uint8_t *data, size_t size, int level)
{
  g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (level, 0);
  gsize compressed_length = 0;
  g_autofree guint8 *compressed =
      belfry_deflater_compress (deflater, data, size, &compressed_length);
  g_autofree guint8 *message = NULL;
  gsize length = 0;

  if (compressed == NULL)
    return;
  g_assert (compressed_length < size);
  g_assert (belfry_inflater_decompress (inflater, compressed, compressed_length, size, &message,
                                        &length) == BELFRY_INFLATE_OK);
  g_assert (length == size && memcmp (message, data, size) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  g_autoptr (BelfryInflater) inflater = belfry_inflater_new ();

  check_bound (inflater, data + 1, size - 1, (gsize) 16 * data[0]);
  check_round_trip (inflater, data + 1, size - 1, 1 + data[0] % 9);
  return 0;
}
