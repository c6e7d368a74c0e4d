/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-load.h"

/* A process full of subscribers, of which a bench starts several: `client PORT`, or with what they
 * say when they connect, `client PORT HEADERS FIRST ANSWERS`. It takes commands on standard input,
 * a word and a number on each line, until that ends. */

#define PATIENCE (30 * G_USEC_PER_SEC)

/* It ends with its bench; if that hangs, then after so many seconds. */
#define LIFETIME 300

#define MAX_ANSWERS 1000

static gboolean
settle (BelfryLoad *load, gint64 deadline, GError **error)
{
  const BelfryLoadCounts *counts = belfry_load_get_counts (load);

  if (!belfry_load_settle (load, deadline, error))
    return FALSE;
  if (counts->lost == 0 && counts->repeated == 0)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_PROTOCOL,
               "%" G_GUINT64_FORMAT " messages are lost, %" G_GUINT64_FORMAT " came twice",
               counts->lost, counts->repeated);
  return FALSE;
}

static gboolean
obey (BelfryLoad *load, const char *word, guint n, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;

  if (g_str_equal (word, "open"))
    return belfry_load_open (load, n, deadline, error);
  if (g_str_equal (word, "settle"))
    return settle (load, deadline, error);
  if (g_str_equal (word, "expect"))
    {
      belfry_load_expect (load, n);
      return TRUE;
    }
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT, "“%s” is no command", word);
  return FALSE;
}

int
main (int argc, char *argv[])
{
  BelfryLoadPlan plan = { .subscriber = { .path = "/" } };
  guint64 port;
  guint64 answers = 0;
  char word[16];
  guint n;

  if ((argc != 2 && argc != 5) ||
      !g_ascii_string_to_unsigned (argv[1], 10, 1, G_MAXUINT16, &port, NULL) ||
      (argc == 5 && !g_ascii_string_to_unsigned (argv[4], 10, 0, MAX_ANSWERS, &answers, NULL)))
    {
      g_printerr ("usage: client PORT [HEADERS FIRST ANSWERS]\n");
      return 64;
    }
  if (argc == 5)
    plan.subscriber = (BelfryLoadRole){ "/", argv[2], argv[3], (guint) answers };
  alarm (LIFETIME);
  g_autoptr (BelfryLoad) load = belfry_load_new (&plan, (guint16) port);
  while (scanf ("%15s %u", word, &n) == 2)
    {
      g_autoptr (GError) error = NULL;

      if (obey (load, word, n, &error))
        g_print ("done %" G_GUINT64_FORMAT "\n", belfry_load_get_counts (load)->deliveries);
      else
        g_print ("%s\n", error->message);
    }
  return EXIT_SUCCESS;
}
