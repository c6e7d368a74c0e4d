/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-nearest.h"

#include "belfry-test.h"

static const char *const known[] = { "listen",          "workers",       "tls-key",
                                     "tls-certificate", "ping-interval", "ping-timeout" };

static const char *
nearest_of (const char *wanted)
{
  BelfryConfigNearest nearest;

  belfry_config_nearest_init (&nearest, wanted);
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    belfry_config_nearest_try (&nearest, known[i]);
  return nearest.best;
}

typedef struct
{
  const char *slip;
  const char *wanted;
  const char *meant; /* (nullable) */
} Case;

static const Case cases[] = {
  { "none", "listen", "listen" },
  { "a letter left out", "lisen", "listen" },
  { "a letter too many", "listten", "listen" },
  { "another letter", "lisden", "listen" },
  { "two letters swapped", "lisetn", "listen" },
  { "a plural", "listens", "listen" },
  { "a singular", "worker", "workers" },
  { "capitals", "Listen", "listen" },
  { "all capitals", "LISTEN", "listen" },
  { "an underscore", "tls_key", "tls-key" },
  { "no dash", "tlskey", "tls-key" },
  { "several in a long word", "tls-certifcat", "tls-certificate" },
  { "the nearer of two", "ping-timout", "ping-timeout" },
  { "another word", "banana", NULL },
  { "a word that shares letters", "silent", NULL },
  { "nothing", "", NULL },
  { "one letter", "x", NULL },
};

/* A slip of the keyboard is understood; another word is not guessed at. */
static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s: “%s”", cases[i].slip, cases[i].wanted);
      g_assert_cmpstr (nearest_of (cases[i].wanted), ==, cases[i].meant);
    }
}

/* However long what was written is, no more is looked at than is needed. */
static void
test_long (void)
{
  g_autofree char *longest = g_strnfill (80, 'a');
  g_autofree char *longer = g_strnfill (100000, 'a');
  BelfryConfigNearest nearest;

  belfry_config_nearest_init (&nearest, longest);
  belfry_config_nearest_try (&nearest, longer);
  g_assert_null (nearest.best);
  belfry_config_nearest_try (&nearest, longest);
  g_assert_true (nearest.best == longest);
  g_assert_cmpuint (nearest.distance, ==, 0);
  belfry_config_nearest_init (&nearest, longer);
  belfry_config_nearest_try (&nearest, longest);
  g_assert_null (nearest.best);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-nearest/cases", test_cases);
  belfry_test_add ("/config-nearest/long", test_long);
  return g_test_run ();
}
