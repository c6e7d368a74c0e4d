/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include <unistd.h>

#include "belfry-bench-feed.h"
#include "belfry-bench-targets.h"

/* When all come at once: `bench-storm CLIENTS`. They come to the daemon for the first time; all of
 * them are cut off and come again; Redis dies and another is there; the daemon is started anew.
 * Each ends when every topic is subscribed to at Redis and everybody has got a message, and is
 * compared with the first. */

#define MAX_CLIENTS 19000
#define PATIENCE (30 * G_USEC_PER_SEC)
#define LIFETIME 150

/* Between two looks at what Redis knows. */
#define INTERVAL (10 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  BelfryBenchServer *server; /* (owned) (nullable) */
  BelfryLoad *load;          /* (owned) (nullable) */
  BelfryBenchFeed *feed;     /* (owned) (nullable) */
  guint n;
  gint64 channels; /* that Redis knows when all is well */
  double first_cpu;
  double first_time;
} Storm;

typedef gboolean (*StormFunc) (Storm *self, GError **error);

static void
send_away (Storm *self)
{
  g_clear_pointer (&self->feed, belfry_bench_feed_free);
  g_clear_pointer (&self->load, belfry_load_free);
}

static void
storm_clear (Storm *self)
{
  send_away (self);
  g_clear_pointer (&self->server, belfry_bench_server_stop);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Storm, storm_clear)

static gint64
deadline (void)
{
  return g_get_monotonic_time () + PATIENCE;
}

static BelfryBenchRedis *
redis_of (const Storm *self)
{
  return belfry_bench_server_get_redis (self->server);
}

/* @first: how many messages the clients have had */
static gboolean
begin_feed (Storm *self, guint first, GError **error)
{
  guint16 port = belfry_bench_redis_get_port (redis_of (self));
  const char *topics = belfry_bench_daemon_with_redis ()->topics;

  g_clear_pointer (&self->feed, belfry_bench_feed_free);
  self->feed = belfry_bench_feed_new (port, topics, self->n, first, error);
  return self->feed != NULL;
}

static gboolean
come_in (Storm *self, GError **error)
{
  const BelfryLoadPlan *plan = &belfry_bench_daemon_with_redis ()->plan;

  send_away (self);
  self->load = belfry_load_new (plan, belfry_bench_server_get_port (self->server));
  return begin_feed (self, 0, error) && belfry_load_open (self->load, self->n, deadline (), error);
}

static gboolean
reach_all (Storm *self, GError **error)
{
  return belfry_bench_feed_run (self->feed, self->load, 1, 0, deadline (), error);
}

static gboolean
await_channels (Storm *self, GError **error)
{
  gint64 until = deadline ();

  while (belfry_bench_redis_count_channels (redis_of (self)) != self->channels)
    {
      if (g_get_monotonic_time () > until)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                       "not all topics are subscribed to again");
          return FALSE;
        }
      belfry_load_run (self->load, g_get_monotonic_time () + INTERVAL);
    }
  return TRUE;
}

static gboolean
first_time (Storm *self, GError **error)
{
  return come_in (self, error) && reach_all (self, error);
}

static gboolean
lose_redis (Storm *self, GError **error)
{
  return belfry_bench_redis_replace (redis_of (self), error) && await_channels (self, error) &&
         begin_feed (self, 1, error) && reach_all (self, error);
}

/* Prints what it took, and beside it the ratio to the first. */
static gboolean
measure (Storm *self, const char *what, StormFunc func, GError **error)
{
  gint64 pid = belfry_bench_server_get_pid (self->server);
  gint64 begin = g_get_monotonic_time ();
  gint64 cpu = belfry_bench_cpu_of (pid);

  if (!func (self, error))
    {
      g_prefix_error (error, "%s: ", what);
      return FALSE;
    }
  double used = (double) (belfry_bench_cpu_of (pid) - cpu) / 1e9;
  double took = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  self->first_cpu = self->first_cpu > 0 ? self->first_cpu : used;
  self->first_time = self->first_time > 0 ? self->first_time : took;
  g_print ("%-32s %6.2f s of CPU, ratio %5.2f, %8.2f us each; %6.2f s on the wall, ratio %5.2f\n",
           what, used, used / self->first_cpu, used * G_USEC_PER_SEC / self->n, took,
           took / self->first_time);
  return TRUE;
}

static gboolean
run (Storm *self, GError **error)
{
  self->server = belfry_bench_server_start (belfry_bench_daemon_with_redis (), error);
  if (self->server == NULL || !measure (self, "all come in", first_time, error))
    return FALSE;
  self->channels = belfry_bench_redis_count_channels (redis_of (self));
  if (!measure (self, "all are cut off and come again", first_time, error) ||
      !measure (self, "Redis dies, another is there", lose_redis, error))
    return FALSE;
  storm_clear (self);
  self->server = belfry_bench_server_start (belfry_bench_daemon_with_redis (), error);
  return self->server != NULL && measure (self, "the daemon is started anew", first_time, error);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_auto (Storm) self = { 0 };
  guint64 n;

  if (argc != 2 || !g_ascii_string_to_unsigned (argv[1], 10, 1, MAX_CLIENTS, &n, NULL))
    {
      g_printerr ("usage: bench-storm CLIENTS\n");
      return 64;
    }
  if (!belfry_bench_redis_available ())
    return BELFRY_BENCH_SKIPPED;
  alarm (LIFETIME);
  g_setenv (BELFRY_BENCH_SECRET_VARIABLE, BELFRY_BENCH_SECRET, TRUE);
  self.n = (guint) n;
  g_print ("%u clients, signed in, each with a topic of its own; one worker, Redis\n", self.n);
  if (run (&self, &error))
    return 0;
  g_printerr ("%s\n", error->message);
  return 1;
}
