/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LLVMFuzzerTestOneInput:
 * @data: (array length=size): any bytes
 *
 * What a fuzz target defines: it works on the bytes and fails the program if that shows a defect.
 * Called by belfry-fuzz-main.c, or by libFuzzer in a build with `-Dfuzzing=enabled`.
 *
 * Returns: 0
 */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/**
 * LLVMFuzzerInitialize:
 *
 * Called once before the first input by whoever drives: makes warnings deadly.
 *
 * Returns: 0
 */
int LLVMFuzzerInitialize (int *argc, char ***argv);

/**
 * belfry_fuzz_forgive_leaks:
 * @forgive: whether what is allocated from now on may leak
 *
 * For calls into a library that is known to leak with bad input: that is not what a target is
 * about.
 */
void belfry_fuzz_forgive_leaks (gboolean forgive);

/**
 * BelfryFuzzBytes:
 *
 * The input of a target that takes it apart into decisions. When it has run out, all decisions are
 * 0 and all strings empty.
 */
typedef struct
{
  const guint8 *data; /* (unowned) */
  gsize left;
} BelfryFuzzBytes;

guint8 belfry_fuzz_take_byte (BelfryFuzzBytes *self);
guint64 belfry_fuzz_take_uint64 (BelfryFuzzBytes *self);

/**
 * belfry_fuzz_take_bytes:
 * @length: (out): how many bytes there are
 *
 * Returns: (transfer full): bytes in a block of exactly their size, and a NUL behind them
 */
char *belfry_fuzz_take_bytes (BelfryFuzzBytes *self, gsize *length);

G_END_DECLS
