/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include "belfry-fuzz.h"

#include <string.h>

/* What fuzz targets share, whoever drives them. */

/* There in a program that is linked with LeakSanitizer. */
extern void __lsan_disable (void) __attribute__ ((weak));
extern void __lsan_enable (void) __attribute__ ((weak));

static gsize
take (BelfryFuzzBytes *self, void *into, gsize size)
{
  gsize taken = MIN (size, self->left);

  if (taken > 0)
    memcpy (into, self->data, taken);
  self->data += taken;
  self->left -= taken;
  return taken;
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  return 0;
}

void
belfry_fuzz_forgive_leaks (gboolean forgive)
{
  if (__lsan_disable == NULL || __lsan_enable == NULL)
    return;
  if (forgive)
    __lsan_disable ();
  else
    __lsan_enable ();
}

guint8
belfry_fuzz_take_byte (BelfryFuzzBytes *self)
{
  guint8 byte = 0;

  take (self, &byte, sizeof byte);
  return byte;
}

guint64
belfry_fuzz_take_uint64 (BelfryFuzzBytes *self)
{
  guint64 value = 0;

  take (self, &value, sizeof value);
  return value;
}

char *
belfry_fuzz_take_bytes (BelfryFuzzBytes *self, gsize *length)
{
  gsize wanted = MIN (belfry_fuzz_take_byte (self), self->left);
  char *bytes = g_malloc (wanted + 1);

  *length = take (self, bytes, wanted);
  bytes[*length] = '\0';
  return bytes;
}
