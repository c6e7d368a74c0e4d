/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-position"

#include "config.h"

#include "belfry-position.h"

#include <sys/random.h>

/* Pure functions over plain values: any thread. */

#define BITS_PER_DIGIT 4

static const char digits[] = "0123456789abcdef";

static int
digit_value (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

guint64
belfry_epoch_new (void)
{
  guint64 epoch = 0;

  /* It tells countings apart and keeps no secret: should the kernel have no bits, GLib's will do.
   */
  if (getrandom (&epoch, sizeof epoch, 0) != (gssize) sizeof epoch)
    epoch = (guint64) g_random_int () << 32 | g_random_int ();
  return MAX (epoch, 1);
}

void
belfry_epoch_format (guint64 epoch, char text[BELFRY_EPOCH_LENGTH + 1])
{
  for (int i = BELFRY_EPOCH_LENGTH - 1; i >= 0; i--)
    {
      text[i] = digits[epoch & 0xf];
      epoch >>= BITS_PER_DIGIT;
    }
  text[BELFRY_EPOCH_LENGTH] = '\0';
}

gboolean
belfry_epoch_parse (const char *text, gsize length, guint64 *epoch)
{
  guint64 value = 0;

  if (length != BELFRY_EPOCH_LENGTH)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      int digit = digit_value (text[i]);

      if (digit < 0)
        return FALSE;
      value = value << BITS_PER_DIGIT | (guint64) digit;
    }
  if (value == 0)
    return FALSE;
  *epoch = value;
  return TRUE;
}
