/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include <gio/gio.h>
#include <unistd.h>

#include "belfry-bench-clients.h"
#include "belfry-bench-targets.h"

/* The daemon as it ships, full: `bench-signed-in CLIENTS`. They come from two processes, each with
 * a token, and subscribe; then the daemon rests, and then all get some messages. The first time
 * everybody has a topic for himself, which needs the most memory; the second time all share one. */

#define N_PROCESSES 2
#define PAYLOAD 100
#define MESSAGES 8

/* These pay for what all share. */
#define FIRST 1000

#define PATIENCE (30 * G_USEC_PER_SEC)
#define REST (5 * G_USEC_PER_SEC)
#define LIFETIME 200

typedef struct
{
  const BelfryBenchTarget *target; /* (unowned) */
  BelfryBenchServer *server;       /* (owned) */
  BelfryBenchClients *clients;     /* (owned) (nullable) */
  BelfryLoad *load;                /* (owned): the publisher, if there is one */
  gint64 pid;
  guint n;
} House;

static void
house_free (House *self)
{
  g_clear_pointer (&self->load, belfry_load_free);
  g_clear_pointer (&self->clients, belfry_bench_clients_free);
  g_clear_pointer (&self->server, belfry_bench_server_stop);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (House, house_free)

static gint64
deadline (void)
{
  return g_get_monotonic_time () + PATIENCE;
}

static House *
house_new (const BelfryBenchTarget *target, guint n, GError **error)
{
  BelfryBenchServer *server = belfry_bench_server_start (target, error);

  if (server == NULL)
    return NULL;
  g_autoptr (House) self = g_new0 (House, 1);
  guint16 port = belfry_bench_server_get_port (server);
  self->target = target;
  self->server = server;
  self->pid = belfry_bench_server_get_pid (server);
  self->n = n;
  self->load = belfry_load_new (&target->plan, port);
  self->clients = belfry_bench_clients_new (N_PROCESSES, port, &target->plan.subscriber, error);
  if (self->clients == NULL || !belfry_load_open (self->load, 0, deadline (), error))
    return NULL;
  return g_steal_pointer (&self);
}

static gboolean
fill (House *self, GError **error)
{
  if (!belfry_bench_clients_open (self->clients, FIRST, error))
    return FALSE;
  gint64 memory = belfry_bench_memory_of (self->pid, "Pss");
  gint64 cpu = belfry_bench_cpu_of (self->pid);
  gint64 begin = g_get_monotonic_time ();
  guint n = self->n - FIRST;
  if (!belfry_bench_clients_open (self->clients, n, error))
    return FALSE;
  gint64 took = MAX (g_get_monotonic_time () - begin, 1);
  g_print ("%-40s %9.2f us of CPU each, %.0f/s on the wall\n", "come in",
           (double) (belfry_bench_cpu_of (self->pid) - cpu) / 1000 / n,
           (double) n * G_USEC_PER_SEC / (double) took);
  g_print ("%-40s %9.0f bytes each\n", "memory",
           (double) (belfry_bench_memory_of (self->pid, "Pss") - memory) / n);
  return TRUE;
}

static void
rest (House *self)
{
  gint64 cpu = belfry_bench_cpu_of (self->pid);

  belfry_load_run (self->load, g_get_monotonic_time () + REST);
  g_print ("%-40s %9.3f us/s each\n", "rest, before the first ping",
           (double) (belfry_bench_cpu_of (self->pid) - cpu) / 1000 / self->n /
               ((double) REST / G_USEC_PER_SEC));
}

static gboolean
reach_all (House *self, GError **error)
{
  gint64 cpu = belfry_bench_cpu_of (self->pid);

  for (guint i = 0; i < MESSAGES; i++)
    {
      if (!belfry_bench_clients_expect (self->clients, 1, error) ||
          !belfry_load_publish (self->load, 1, PAYLOAD, deadline (), error) ||
          !belfry_bench_clients_settle (self->clients, error))
        return FALSE;
    }
  g_print ("%-40s %9.2f us of CPU each, %" G_GUINT64_FORMAT " of %u have come\n",
           "delivery, one message at a time",
           (double) (belfry_bench_cpu_of (self->pid) - cpu) / 1000 / self->n / MESSAGES,
           belfry_bench_clients_get_deliveries (self->clients), self->n * MESSAGES);
  return TRUE;
}

static gboolean
measure (const BelfryBenchTarget *target, guint n, const char *title, GError **error)
{
  g_autoptr (House) house = house_new (target, n, error);

  g_print ("%s\n", title);
  if (house == NULL || !fill (house, error))
    return FALSE;
  rest (house);
  return target->plan.publisher.path == NULL || reach_all (house, error);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  guint64 n;

  if (argc != 2 || !g_ascii_string_to_unsigned (argv[1], 10, FIRST + 1, 19000, &n, NULL))
    {
      g_printerr ("usage: bench-signed-in CLIENTS\n");
      return 64;
    }
  alarm (LIFETIME);
  g_setenv (BELFRY_BENCH_SECRET_VARIABLE, BELFRY_BENCH_SECRET, TRUE);
  g_print ("%u clients, signed in, on two workers\n", (guint) n);
  if (measure (belfry_bench_daemon (), (guint) n, "each with a topic of its own", &error) &&
      measure (belfry_bench_daemon_in_common (), (guint) n, "all with the same topic", &error))
    return 0;
  g_printerr ("%s\n", error->message);
  return 1;
}
