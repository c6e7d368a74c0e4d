/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-alternate.h"

#include <stdlib.h>
#include <unistd.h>

#include "belfry-bench-targets.h"

/* For all comparisons of a contest together, and for the program if something hangs after the last
 * contest began, in seconds. */
#define SECONDS 15
#define LIFETIME 60
#define PATIENCE (10 * G_USEC_PER_SEC)

enum
{
  YARDSTICK,
  CANDIDATE,
  N_CONTENDERS,
};

typedef struct
{
  const BelfryBenchContest *contest;              /* (unowned) */
  const BelfryBenchTarget *targets[N_CONTENDERS]; /* (unowned) */
  BelfryBenchContender contenders[N_CONTENDERS];
  guint n; /* rounds so far */
  double figures[N_CONTENDERS][BELFRY_BENCH_MAX_MEASURES][BELFRY_BENCH_MAX_ROUNDS];
} Pair;

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static double
best (const double *values, guint n, gboolean more_is_better)
{
  double found = values[0];

  for (guint i = 1; i < n; i++)
    found = more_is_better ? MAX (found, values[i]) : MIN (found, values[i]);
  return found;
}

static void
print_measure (const Pair *pair, guint index)
{
  const BelfryBenchMeasure *measure = &pair->contest->measures[index];
  const double *baseline = pair->figures[YARDSTICK][index];
  const double *candidate = pair->figures[CANDIDATE][index];
  double baseline_best = best (baseline, pair->n, measure->more_is_better);
  double candidate_best = best (candidate, pair->n, measure->more_is_better);
  double ratios[BELFRY_BENCH_MAX_ROUNDS];

  for (guint i = 0; i < pair->n; i++)
    ratios[i] = baseline[i] > 0 ? candidate[i] / baseline[i] : 0;
  g_print ("%-32s %s %9.2f  %s %9.2f %-5s", measure->name, pair->targets[YARDSTICK]->name,
           baseline_best, pair->targets[CANDIDATE]->name, candidate_best, measure->unit);
  double middle = median (ratios, pair->n);
  if (pair->contest->ratios != NULL)
    pair->contest->ratios[index] = middle;
  if (baseline_best > 0)
    g_print ("  ratio %5.2f, median %5.2f\n", candidate_best / baseline_best, middle);
  else
    g_print ("  no ratio: the yardstick needs nothing\n");
}

static void
contender_clear (BelfryBenchContender *self)
{
  g_clear_pointer (&self->feed, belfry_bench_feed_free);
  g_clear_pointer (&self->load, belfry_load_free);
  g_clear_pointer (&self->clients, belfry_bench_clients_free);
  g_clear_pointer (&self->server, belfry_bench_server_stop);
}

static gboolean
contender_start (Pair *pair, guint which, GError **error)
{
  BelfryBenchContender *self = &pair->contenders[which];
  const BelfryBenchTarget *target = pair->targets[which];

  self->server = belfry_bench_server_start (target, error);
  if (self->server == NULL)
    return FALSE;
  self->topics = target->topics;
  self->load = belfry_load_new (&target->plan, belfry_bench_server_get_port (self->server));
  return pair->contest->prepare (self, pair->contest->data, error);
}

static gboolean
run_round (Pair *pair, guint which, GError **error)
{
  const BelfryBenchContest *contest = pair->contest;
  double figures[BELFRY_BENCH_MAX_MEASURES] = { 0 };

  if (contest->afresh || pair->n == 0)
    {
      contender_clear (&pair->contenders[which]);
      if (!contender_start (pair, which, error))
        return FALSE;
    }
  if (!contest->round (&pair->contenders[which], contest->data, figures, error))
    return FALSE;
  if (contest->afresh)
    contender_clear (&pair->contenders[which]);
  for (guint i = 0; i < contest->n_measures; i++)
    pair->figures[which][i][pair->n] = figures[i];
  return TRUE;
}

static gboolean
run_pair (Pair *pair, gint64 stop, GError **error)
{
  do
    {
      for (guint which = 0; which < N_CONTENDERS; which++)
        {
          if (!run_round (pair, which, error))
            {
              g_prefix_error (error, "%s: ", pair->targets[which]->name);
              return FALSE;
            }
        }
      pair->n++;
    }
  while (pair->n < pair->contest->n_rounds && g_get_monotonic_time () < stop);
  return TRUE;
}

static gboolean
compare (const BelfryBenchContest *contest,
         const BelfryBenchTarget *baseline,
         const BelfryBenchTarget *candidate,
         gint64 stop)
{
  g_autofree Pair *pair = g_new0 (Pair, 1);
  g_autoptr (GError) error = NULL;

  pair->contest = contest;
  pair->targets[YARDSTICK] = baseline;
  pair->targets[CANDIDATE] = candidate;
  gboolean done = run_pair (pair, stop, &error);
  contender_clear (&pair->contenders[YARDSTICK]);
  contender_clear (&pair->contenders[CANDIDATE]);
  if (!done)
    {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }
  g_print ("best of %u rounds in turns\n", pair->n);
  for (guint i = 0; i < contest->n_measures; i++)
    print_measure (pair, i);
  return TRUE;
}

/* The last target, as the yardstick's place is taken by another build of the same program. */
static gboolean
compare_builds (const BelfryBenchContest *contest, const char *program, gint64 stop)
{
  guint n_targets;
  const BelfryBenchTarget *targets = belfry_bench_targets (contest->use, &n_targets);
  const BelfryBenchTarget *target = &targets[n_targets - 1];
  g_autofree const char **argv =
      g_memdup2 (target->argv, (g_strv_length ((char **) target->argv) + 1) * sizeof *target->argv);
  BelfryBenchTarget before = *target;

  argv[0] = program;
  before.name = "before";
  before.argv = argv;
  return compare (contest, &before, target, stop);
}

int
belfry_bench_alternate (const BelfryBenchContest *contest)
{
  guint n_targets;
  const BelfryBenchTarget *targets = belfry_bench_targets (contest->use, &n_targets);
  g_autofree char *program = g_strdup (g_getenv (BELFRY_BENCH_AGAINST));
  guint first = contest->trusted ? 2 : 1;
  guint n_pairs = n_targets - first;
  gint64 begin = g_get_monotonic_time ();
  gint64 budget = (contest->seconds > 0 ? contest->seconds : SECONDS) * G_USEC_PER_SEC;
  gboolean done = TRUE;

  g_return_val_if_fail (contest->n_measures <= BELFRY_BENCH_MAX_MEASURES, 1);
  g_return_val_if_fail (contest->n_rounds <= BELFRY_BENCH_MAX_ROUNDS, 1);

  alarm (LIFETIME);
  /* The daemon takes what is called so for a setting. */
  g_unsetenv (BELFRY_BENCH_AGAINST);
  if (program != NULL)
    return compare_builds (contest, program, begin + budget) ? 0 : 1;
  for (guint i = 0; i < n_pairs; i++)
    done =
        compare (contest, &targets[0], &targets[first + i], begin + budget * (i + 1) / n_pairs) &&
        done;
  return done ? 0 : 1;
}

gint64
belfry_bench_deadline (void)
{
  return g_get_monotonic_time () + PATIENCE;
}

static gboolean
publish_burst (BelfryBenchContender *contender, guint burst, gsize size, GError **error)
{
  gint64 deadline = belfry_bench_deadline ();

  if (contender->clients == NULL)
    return belfry_load_publish (contender->load, burst, size, deadline, error) &&
           belfry_load_settle (contender->load, deadline, error);
  return belfry_bench_clients_expect (contender->clients, burst, error) &&
         belfry_load_publish (contender->load, burst, size, deadline, error) &&
         belfry_bench_clients_settle (contender->clients, error);
}

gboolean
belfry_bench_delivery (BelfryBenchContender *contender,
                       guint burst,
                       guint messages,
                       gsize size,
                       double *figure,
                       GError **error)
{
  gint64 pid = belfry_bench_server_get_pid (contender->server);
  gint64 cpu = belfry_bench_cpu_of (pid);

  for (guint sent = 0; sent < messages; sent += burst)
    {
      if (!publish_burst (contender, burst, size, error))
        return FALSE;
    }
  cpu = belfry_bench_cpu_of (pid) - cpu;
  *figure = (double) cpu / 1000 / messages / contender->subscribers;
  return TRUE;
}
