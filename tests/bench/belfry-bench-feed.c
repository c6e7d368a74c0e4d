/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-feed.h"

#include "belfry-bench-server.h"
#include "belfry-error.h"

struct _BelfryBenchFeed
{
  GSubprocess *process; /* (owned) */
};

BelfryBenchFeed *
belfry_bench_feed_new (guint16 port,
                       const char *prefix,
                       guint n_topics,
                       guint first,
                       GError **error)
{
  g_autofree char *port_text = g_strdup_printf ("%u", port);
  g_autofree char *n_text = g_strdup_printf ("%u", n_topics);
  g_autofree char *first_text = g_strdup_printf ("%u", first);
  const char *const argv[] = { "tests/bench/feed", port_text, prefix, n_text, first_text, NULL };
  GSubprocess *process = belfry_bench_spawn (argv, G_SUBPROCESS_FLAGS_STDIN_PIPE, error);

  if (process == NULL)
    return NULL;
  BelfryBenchFeed *self = g_new0 (BelfryBenchFeed, 1);
  self->process = process;
  return self;
}

void
belfry_bench_feed_free (BelfryBenchFeed *self)
{
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->process);
  g_free (self);
}

static gboolean
check (const BelfryLoad *load, guint64 lost, guint64 repeated, GError **error)
{
  const BelfryLoadCounts *counts = belfry_load_get_counts (load);

  if (counts->lost == lost && counts->repeated == repeated)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_PROTOCOL,
               "%" G_GUINT64_FORMAT " messages are lost, %" G_GUINT64_FORMAT " came twice",
               counts->lost - lost, counts->repeated - repeated);
  return FALSE;
}

gboolean
belfry_bench_feed_run (BelfryBenchFeed *self,
                       BelfryLoad *load,
                       guint rounds,
                       guint rate,
                       gint64 deadline,
                       GError **error)
{
  const BelfryLoadCounts *counts = belfry_load_get_counts (load);
  guint64 lost = counts->lost, repeated = counts->repeated;

  belfry_load_expect (load, rounds);
  return g_output_stream_printf (g_subprocess_get_stdin_pipe (self->process), NULL, NULL, error,
                                 "%u %u\n", rounds, rate) &&
         belfry_load_settle (load, deadline, error) && check (load, lost, repeated, error);
}
