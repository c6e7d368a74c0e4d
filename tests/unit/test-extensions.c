/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-extensions"

#include "config.h"

#include "belfry-extensions.h"

#include <string.h>

#include "belfry-test.h"

typedef struct
{
  const char *header;
  guint window_bits;
  gboolean asked;
} GoodOffer;

static const GoodOffer good_offers[] = {
  { "permessage-deflate", 15, FALSE },
  { "permessage-deflate; client_max_window_bits", 15, FALSE },
  { "  permessage-deflate\t;client_max_window_bits = 8 ", 15, FALSE },
  { "permessage-deflate; client_max_window_bits=15", 15, FALSE },
  { "permessage-deflate; server_no_context_takeover; client_no_context_takeover", 15, FALSE },
  { "permessage-deflate; server_max_window_bits=15", 15, TRUE },
  { "permessage-deflate; server_max_window_bits=8", 8, TRUE },
  { "permessage-deflate; server_max_window_bits=\"10\"", 10, TRUE },
  { "permessage-deflate; server_max_window_bits=\"1\\0\"", 10, TRUE },
  { "permessage-deflate; client_max_window_bits; server_max_window_bits=9", 9, TRUE },
  { "permessage-deflate; server_max_window_bits=10, permessage-deflate", 10, TRUE },
  { "permessage-deflate; server_max_window_bits=16, permessage-deflate", 15, FALSE },
  { "x-webkit-deflate-frame, permessage-deflate", 15, FALSE },
  { "foo; bar=\"baz\"; quux, permessage-deflate; client_max_window_bits", 15, FALSE },
  { "permessage-deflate; unknown, permessage-deflate; server_max_window_bits=12", 12, TRUE },
  { ",, permessage-deflate ,,", 15, FALSE },
};

/* The first offer that may be taken is, with the window that it asks for. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_offers); i++)
    {
      const char *header = good_offers[i].header;
      BelfryDeflateTerms terms;

      g_test_message ("%s", header);
      g_assert_cmpint (belfry_extensions_negotiate (header, strlen (header), &terms), ==,
                       BELFRY_EXTENSIONS_DEFLATE);
      g_assert_cmpuint (terms.window_bits, ==, good_offers[i].window_bits);
      g_assert_cmpint (terms.asked, ==, good_offers[i].asked);
    }
}

typedef struct
{
  const char *defect;
  const char *header;
  BelfryExtensionsAnswer answer;
} BadOffer;

static const BadOffer bad_offers[] = {
  { "nothing", "", BELFRY_EXTENSIONS_DECLINED },
  { "only space", " \t ", BELFRY_EXTENSIONS_DECLINED },
  { "only commas", ",,", BELFRY_EXTENSIONS_DECLINED },
  { "another extension", "permessage-bzip2", BELFRY_EXTENSIONS_DECLINED },
  { "a longer name", "permessage-deflate2", BELFRY_EXTENSIONS_DECLINED },
  { "a shorter name", "permessage-deflat", BELFRY_EXTENSIONS_DECLINED },
  { "a very long name",
    "permessage-deflate-permessage-deflate-permessage-deflate-permessage-deflate",
    BELFRY_EXTENSIONS_DECLINED },
  { "unknown parameter", "permessage-deflate; fast", BELFRY_EXTENSIONS_DECLINED },
  { "parameter of another", "permessage-deflate; method=\"x\"", BELFRY_EXTENSIONS_DECLINED },
  { "the same twice", "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
    BELFRY_EXTENSIONS_DECLINED },
  { "a flag twice", "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    BELFRY_EXTENSIONS_DECLINED },
  { "a flag with a value", "permessage-deflate; server_no_context_takeover=1",
    BELFRY_EXTENSIONS_DECLINED },
  { "bits without a value", "permessage-deflate; server_max_window_bits",
    BELFRY_EXTENSIONS_DECLINED },
  { "7 bits", "permessage-deflate; server_max_window_bits=7", BELFRY_EXTENSIONS_DECLINED },
  { "16 bits", "permessage-deflate; client_max_window_bits=16", BELFRY_EXTENSIONS_DECLINED },
  { "0 bits", "permessage-deflate; client_max_window_bits=0", BELFRY_EXTENSIONS_DECLINED },
  { "leading zero", "permessage-deflate; server_max_window_bits=08", BELFRY_EXTENSIONS_DECLINED },
  { "leading zeros", "permessage-deflate; server_max_window_bits=010", BELFRY_EXTENSIONS_DECLINED },
  { "negative", "permessage-deflate; server_max_window_bits=-9", BELFRY_EXTENSIONS_DECLINED },
  { "a sign", "permessage-deflate; server_max_window_bits=+9", BELFRY_EXTENSIONS_DECLINED },
  { "a fraction", "permessage-deflate; server_max_window_bits=9.", BELFRY_EXTENSIONS_DECLINED },
  { "not a number", "permessage-deflate; server_max_window_bits=ab", BELFRY_EXTENSIONS_DECLINED },
  { "beyond any number", "permessage-deflate; server_max_window_bits=99999999999999999999",
    BELFRY_EXTENSIONS_DECLINED },
  { "no value behind =", "permessage-deflate; server_max_window_bits=",
    BELFRY_EXTENSIONS_MALFORMED },
  { "no name before =", "permessage-deflate; =9", BELFRY_EXTENSIONS_MALFORMED },
  { "no parameter behind ;", "permessage-deflate;", BELFRY_EXTENSIONS_MALFORMED },
  { "two ;", "permessage-deflate;; client_max_window_bits", BELFRY_EXTENSIONS_MALFORMED },
  { "no name before ;", "; client_max_window_bits", BELFRY_EXTENSIONS_MALFORMED },
  { "two words", "permessage-deflate client_max_window_bits", BELFRY_EXTENSIONS_MALFORMED },
  { "quote not closed", "permessage-deflate; server_max_window_bits=\"10",
    BELFRY_EXTENSIONS_MALFORMED },
  { "nothing in quotes", "permessage-deflate; server_max_window_bits=\"\"",
    BELFRY_EXTENSIONS_MALFORMED },
  { "space in quotes", "permessage-deflate; server_max_window_bits=\"1 0\"",
    BELFRY_EXTENSIONS_MALFORMED },
  { "a word behind the quote", "permessage-deflate; server_max_window_bits=\"10\"x",
    BELFRY_EXTENSIONS_MALFORMED },
  { "backslash at the end", "permessage-deflate; server_max_window_bits=\"1\\",
    BELFRY_EXTENSIONS_MALFORMED },
  { "a quoted name", "\"permessage-deflate\"", BELFRY_EXTENSIONS_MALFORMED },
  { "a name with a slash", "permessage/deflate", BELFRY_EXTENSIONS_MALFORMED },
  { "a control character", "permessage-deflate\x01", BELFRY_EXTENSIONS_MALFORMED },
  { "a line feed", "permessage-deflate\n", BELFRY_EXTENSIONS_MALFORMED },
  { "bytes beyond ASCII", "permessage-deflate; \xC3\xA4", BELFRY_EXTENSIONS_MALFORMED },
  { "malformed behind a good offer", "permessage-deflate, ;", BELFRY_EXTENSIONS_MALFORMED },
};

/* What may not be taken is passed over; what is not the grammar is told apart from it. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_offers); i++)
    {
      BelfryDeflateTerms terms;
      gsize length = strlen (bad_offers[i].header);
      /* Exactly as long as it says, so that a sanitizer sees a read behind the end. */
      g_autofree char *header = g_memdup2 (bad_offers[i].header, length);

      g_test_message ("%s", bad_offers[i].defect);
      g_assert_cmpint (belfry_extensions_negotiate (header, length, &terms), ==,
                       bad_offers[i].answer);
    }
}

/* A NUL byte ends nothing and is part of no word. */
static void
test_nul (void)
{
  static const char header[] = "permessage-deflate\0; fast";
  BelfryDeflateTerms terms;

  g_assert_cmpint (belfry_extensions_negotiate (header, sizeof header - 1, &terms), ==,
                   BELFRY_EXTENSIONS_MALFORMED);
}

/* A header beyond the bound is not read at all; one at the bound is. */
static void
test_bound (void)
{
  BelfryDeflateTerms terms;
  g_autoptr (GString) header = g_string_new ("permessage-deflate");

  while (header->len < BELFRY_EXTENSIONS_MAX)
    g_string_append_c (header, ',');
  g_assert_cmpint (belfry_extensions_negotiate (header->str, header->len, &terms), ==,
                   BELFRY_EXTENSIONS_DEFLATE);
  g_string_append_c (header, ',');
  g_assert_cmpint (belfry_extensions_negotiate (header->str, header->len, &terms), ==,
                   BELFRY_EXTENSIONS_DECLINED);
}

/* The answer always gives up both contexts, and names the window only to a client that did. */
static void
test_answers (void)
{
  g_autofree char *plain = belfry_deflate_terms_to_header (&(BelfryDeflateTerms){ 15, 0 });
  g_autofree char *asked = belfry_deflate_terms_to_header (&(BelfryDeflateTerms){ 9, 1 });

  g_assert_cmpstr (plain, ==,
                   "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  g_assert_cmpstr (asked, ==,
                   "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                   "server_max_window_bits=9");
}

/* A client with a small window gets compressed only what fits into it. */
static void
test_windows (void)
{
  const BelfryDeflateTerms small = { 8, 1 };
  const BelfryDeflateTerms middle = { 14, 1 };
  const BelfryDeflateTerms full = { 15, 0 };

  g_assert_true (belfry_deflate_terms_allow (&small, 256));
  g_assert_false (belfry_deflate_terms_allow (&small, 257));
  g_assert_true (belfry_deflate_terms_allow (&middle, 16384));
  g_assert_false (belfry_deflate_terms_allow (&middle, 16385));
  g_assert_true (belfry_deflate_terms_allow (&full, G_MAXSIZE));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/extensions/good", test_good);
  belfry_test_add ("/extensions/bad", test_bad);
  belfry_test_add ("/extensions/nul", test_nul);
  belfry_test_add ("/extensions/bound", test_bound);
  belfry_test_add ("/extensions/answers", test_answers);
  belfry_test_add ("/extensions/windows", test_windows);
  return g_test_run ();
}
