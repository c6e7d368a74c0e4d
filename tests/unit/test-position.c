/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-position.h"

#include <string.h>

#include "belfry-test.h"

#define N_EPOCHS 64

/* Every epoch is another one, and none is the one that means "no place". */
static void
test_new (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (int i = 0; i < N_EPOCHS; i++)
    {
      guint64 *epoch = g_new (guint64, 1);

      *epoch = belfry_epoch_new ();
      g_assert_cmpuint (*epoch, !=, 0);
      g_hash_table_add (seen, epoch);
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, N_EPOCHS);
}

static const struct
{
  guint64 epoch;
  const char *text;
} forms[] = {
  { 1, "0000000000000001" },
  { G_GUINT64_CONSTANT (0x0123456789abcdef), "0123456789abcdef" },
  { G_MAXUINT64, "ffffffffffffffff" },
};

/* What clients are told has always the same length, and leads back to the epoch. */
static void
test_format_and_parse (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      char text[BELFRY_EPOCH_LENGTH + 1];
      guint64 epoch = 0;

      belfry_epoch_format (forms[i].epoch, text);
      g_assert_cmpstr (text, ==, forms[i].text);
      g_assert_true (belfry_epoch_parse (text, strlen (text), &epoch));
      g_assert_cmpuint (epoch, ==, forms[i].epoch);
    }
}

static const struct
{
  const char *defect;
  const char *text;
} bad_epochs[] = {
  { "empty", "" },
  { "too short", "123456789abcdef" },
  { "too long", "00123456789abcdef" },
  { "zero is no epoch", "0000000000000000" },
  { "a capital, which we never write", "0123456789ABCDEF" },
  { "no digit", "0123456789abcdeg" },
  { "below the digits", "0123456789abcde/" },
  { "between digits and letters", "0123456789abcde:" },
  { "below the letters", "0123456789abcde`" },
  { "a sign", "-123456789abcdef" },
  { "a prefix", "0x23456789abcdef" },
  { "white space", " 123456789abcdef" },
  { "not ASCII", "0123456789abc\xe2\x82\xac" },
};

/* Nothing else is an epoch, and nothing is set then. */
static void
test_bad_epochs (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_epochs); i++)
    {
      guint64 epoch = 7;

      g_test_message ("%s", bad_epochs[i].defect);
      g_assert_false (belfry_epoch_parse (bad_epochs[i].text, strlen (bad_epochs[i].text), &epoch));
      g_assert_cmpuint (epoch, ==, 7);
    }
}

/* No byte behind the length is looked at. */
static void
test_parse_within_length (void)
{
  guint64 epoch = 0;

  g_assert_true (belfry_epoch_parse ("0000000000000001\"}", BELFRY_EPOCH_LENGTH, &epoch));
  g_assert_cmpuint (epoch, ==, 1);
  g_assert_false (belfry_epoch_parse ("0000000000000001", BELFRY_EPOCH_LENGTH - 1, &epoch));
}

/* A position is one if it has an epoch, even where nothing was published yet. */
static void
test_is_set (void)
{
  g_assert_false (belfry_position_is_set (&(BelfryPosition){ 0, 0 }));
  g_assert_false (belfry_position_is_set (&(BelfryPosition){ 0, 5 }));
  g_assert_true (belfry_position_is_set (&(BelfryPosition){ 5, 0 }));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/position/new", test_new);
  belfry_test_add ("/position/format-and-parse", test_format_and_parse);
  belfry_test_add ("/position/bad-epochs", test_bad_epochs);
  belfry_test_add ("/position/parse-within-length", test_parse_within_length);
  belfry_test_add ("/position/is-set", test_is_set);
  return g_test_run ();
}
