/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz-extensions"

#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "belfry-extensions.h"

/* Any header leads to an answer; terms that are agreed on are within the RFC, and the answer that
 * states them, taken for an offer, leads to the same terms again. */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BelfryDeflateTerms terms = { 0 };
  BelfryDeflateTerms again = { 0 };

  if (belfry_extensions_negotiate ((const char *) data, size, &terms) != BELFRY_EXTENSIONS_DEFLATE)
    return 0;
  g_assert (terms.window_bits >= 8 && terms.window_bits <= 15);
  g_autofree char *answer = belfry_deflate_terms_to_header (&terms);
  g_assert (belfry_extensions_negotiate (answer, strlen (answer), &again) ==
            BELFRY_EXTENSIONS_DEFLATE);
  g_assert (again.window_bits == terms.window_bits && again.asked == terms.asked);
  return 0;
}
