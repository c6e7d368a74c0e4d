/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryFuzzMutator:
 *
 * Makes new inputs of old ones. The same seed, corpus and dictionary give the same inputs in the
 * same order.
 */
typedef struct
{
  GRand *random;    /* (unowned) */
  GPtrArray *seeds; /* (element-type GBytes) (unowned): at least one */
  GPtrArray *words; /* (element-type GBytes) (unowned): of the dictionary */
  gsize max_length;
} BelfryFuzzMutator;

/**
 * belfry_fuzz_load_folder:
 *
 * Returns: (transfer full) (nullable) (element-type GBytes): the contents of the files in @path, in
 * the order of their names; %NULL with @error set if they cannot be read
 */
GPtrArray *belfry_fuzz_load_folder (const char *path, GError **error);

/**
 * belfry_fuzz_load_dictionary:
 *
 * Reads libFuzzer's format: a line is `"WORD"` or `NAME="WORD"`, with `\xAB`, `\\` and `\"` for
 * bytes that cannot stand there, or begins with `#`.
 *
 * Returns: (transfer full) (nullable) (element-type GBytes): the words; %NULL with @error set if
 * the file cannot be read or a line is something else
 */
GPtrArray *belfry_fuzz_load_dictionary (const char *path, GError **error);

/**
 * belfry_fuzz_mutate:
 * @input: overwritten with a new input
 */
void belfry_fuzz_mutate (const BelfryFuzzMutator *self, GByteArray *input);

G_END_DECLS
