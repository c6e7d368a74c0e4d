/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-load"

#include "config.h"

#include <unistd.h>

#include "belfry-bench-server.h"

/* The load client by hand: opens connections to any WebSocket server on loopback, lets one publish,
 * and tells what came of it. `load --help` lists what it can be told. */

typedef struct
{
  int port;
  gint64 pid;
  char *start;      /* (owned) (nullable) */
  char *port_after; /* (owned) (nullable) */
  char *path;       /* (owned) (nullable) */
  char **headers;   /* (element-type utf8) (owned) (nullable) */
  char *first;      /* (owned) (nullable) */
  int answers;
  char *publish_path;  /* (owned) (nullable) */
  char *publish_first; /* (owned) (nullable) */
  int publish_answers;
  char *prefix; /* (owned) (nullable) */
  char *suffix; /* (owned) (nullable) */
  int connections;
  int silent;
  int slow;
  int idle;
  int messages;
  int burst;
  int rate;
  int size;
} Options;

/* No run lasts longer, in seconds. */
#define LIFETIME 300
#define MAX_IDLE 120
#define PATIENCE (30 * G_USEC_PER_SEC)

static void
options_clear (Options *self)
{
  g_free (self->start);
  g_free (self->port_after);
  g_free (self->path);
  g_strfreev (self->headers);
  g_free (self->first);
  g_free (self->publish_path);
  g_free (self->publish_first);
  g_free (self->prefix);
  g_free (self->suffix);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gint64
soon (void)
{
  return g_get_monotonic_time () + PATIENCE;
}

static gboolean
parse (Options *self, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &self->port, "Where a server listens already", "N" },
    { "pid", 0, 0, G_OPTION_ARG_INT64, &self->pid, "Its process, to measure CPU and memory", "N" },
    { "start", 0, 0, G_OPTION_ARG_STRING, &self->start, "Start a server instead", "COMMAND" },
    { "port-after", 0, 0, G_OPTION_ARG_STRING, &self->port_after,
      "What it prints before its port (127.0.0.1:)", "TEXT" },
    { "path", 0, 0, G_OPTION_ARG_STRING, &self->path, "What to ask for (/)", "PATH" },
    { "header", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->headers, "A further header line", "LINE" },
    { "first", 0, 0, G_OPTION_ARG_STRING, &self->first,
      "A message to send at once; {n} is the connection's number", "TEXT" },
    { "answers", 0, 0, G_OPTION_ARG_INT, &self->answers, "Messages to wait for then", "N" },
    { "publish-path", 0, 0, G_OPTION_ARG_STRING, &self->publish_path,
      "What the publisher asks for; without it everybody sends", "PATH" },
    { "publish-first", 0, 0, G_OPTION_ARG_STRING, &self->publish_first, "Its first message",
      "TEXT" },
    { "publish-answers", 0, 0, G_OPTION_ARG_INT, &self->publish_answers,
      "Messages to wait for then", "N" },
    { "prefix", 0, 0, G_OPTION_ARG_STRING, &self->prefix, "Text before a payload", "TEXT" },
    { "suffix", 0, 0, G_OPTION_ARG_STRING, &self->suffix, "Text behind a payload", "TEXT" },
    { "connections", 'n', 0, G_OPTION_ARG_INT, &self->connections, "Subscribers (100)", "N" },
    { "silent", 0, 0, G_OPTION_ARG_INT, &self->silent, "Connections that say nothing", "N" },
    { "slow", 0, 0, G_OPTION_ARG_INT, &self->slow, "Connections of one byte a second", "N" },
    { "idle", 0, 0, G_OPTION_ARG_INT, &self->idle, "Do nothing for so long first", "SECONDS" },
    { "messages", 'm', 0, G_OPTION_ARG_INT, &self->messages, "Messages to publish (100)", "N" },
    { "burst", 'k', 0, G_OPTION_ARG_INT, &self->burst, "Messages at a time (1)", "N" },
    { "rate", 0, 0, G_OPTION_ARG_INT, &self->rate,
      "Messages a second; without it, when the last have arrived", "N" },
    { "size", 0, 0, G_OPTION_ARG_INT, &self->size, "Length of a payload (100)", "BYTES" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- load a WebSocket server");

  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

static gboolean
in_range (const char *name, int value, int low, int high)
{
  if (value >= low && value <= high)
    return TRUE;
  g_printerr ("load: --%s must be from %d to %d\n", name, low, high);
  return FALSE;
}

static gboolean
check (const Options *self)
{
  if ((self->start == NULL) == (self->port == 0))
    {
      g_printerr ("load: give either --port or --start\n");
      return FALSE;
    }
  return in_range ("port", self->port, 0, G_MAXUINT16) &&
         in_range ("answers", self->answers, 0, 1000) &&
         in_range ("publish-answers", self->publish_answers, 0, 1000) &&
         in_range ("connections", self->connections, 1, 19000) &&
         in_range ("silent", self->silent, 0, 19000) && in_range ("slow", self->slow, 0, 19000) &&
         in_range ("idle", self->idle, 0, MAX_IDLE) &&
         in_range ("messages", self->messages, 0, 1000000) &&
         in_range ("burst", self->burst, 1, 1000) && in_range ("rate", self->rate, 0, 1000000) &&
         in_range ("size", self->size, BELFRY_LOAD_SIZE_MIN, 16384);
}

static gboolean
open_all (const Options *self, BelfryLoad *load, GError **error)
{
  if (!belfry_load_open_background (load, (guint) self->silent, (guint) self->slow, soon (), error))
    return FALSE;
  gint64 memory = belfry_bench_memory_of (self->pid, "Pss");
  gint64 cpu = belfry_bench_cpu_of (self->pid);
  gint64 begin = g_get_monotonic_time ();
  if (!belfry_load_open (load, (guint) self->connections, soon (), error))
    return FALSE;
  gint64 took = g_get_monotonic_time () - begin;
  g_print ("opened: %d, %.0f/s", self->connections,
           self->connections * (double) G_USEC_PER_SEC / (double) MAX (took, 1));
  if (self->pid > 0)
    g_print (", %.1f us of CPU and %.0f bytes each",
             (double) (belfry_bench_cpu_of (self->pid) - cpu) / 1000 / self->connections,
             (double) (belfry_bench_memory_of (self->pid, "Pss") - memory) / self->connections);
  g_print ("\n");
  return TRUE;
}

static void
stay_idle (const Options *self, BelfryLoad *load)
{
  gint64 cpu = belfry_bench_cpu_of (self->pid);

  if (self->idle == 0)
    return;
  belfry_load_run (load, g_get_monotonic_time () + self->idle * G_USEC_PER_SEC);
  if (self->pid > 0)
    g_print ("idle: %.3f us of CPU a second and connection\n",
             (double) (belfry_bench_cpu_of (self->pid) - cpu) / 1000 / self->idle /
                 self->connections);
}

static gboolean
publish_all (const Options *self, BelfryLoad *load, GError **error)
{
  gint64 begin = g_get_monotonic_time ();

  for (int sent = 0; sent < self->messages;)
    {
      int burst = MIN (self->burst, self->messages - sent);

      if (!belfry_load_publish (load, (guint) burst, (gsize) self->size, soon (), error))
        return FALSE;
      sent += burst;
      if (self->rate > 0)
        belfry_load_run (load, begin + sent * G_USEC_PER_SEC / self->rate);
      else if (!belfry_load_settle (load, soon (), error))
        return FALSE;
    }
  return belfry_load_settle (load, soon (), error);
}

static gboolean
deliver_all (const Options *self, BelfryLoad *load, GError **error)
{
  const BelfryLoadCounts *counts = belfry_load_get_counts (load);
  gint64 cpu = belfry_bench_cpu_of (self->pid);
  gint64 begin = g_get_monotonic_time ();
  gboolean done = publish_all (self, load, error);
  gint64 took = g_get_monotonic_time () - begin;

  g_print ("delivered: %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes, %.0f/s",
           counts->deliveries, counts->bytes,
           (double) counts->deliveries * G_USEC_PER_SEC / (double) MAX (took, 1));
  if (self->pid > 0 && counts->deliveries > 0)
    g_print (", %.2f us of CPU each",
             (double) (belfry_bench_cpu_of (self->pid) - cpu) / 1000 / (double) counts->deliveries);
  g_print ("\nlost: %" G_GUINT64_FORMAT ", repeated: %" G_GUINT64_FORMAT
           ", other messages: %" G_GUINT64_FORMAT ", ended by the server: %u\n",
           counts->lost, counts->repeated, counts->others, counts->closed);
  return done;
}

static BelfryBenchServer *
start_server (Options *self, GError **error)
{
  g_auto (GStrv) argv = NULL;

  if (!g_shell_parse_argv (self->start, NULL, &argv, error))
    return NULL;
  const BelfryBenchTarget target = {
    .name = argv[0],
    .argv = (const char *const *) argv,
    .port_after = self->port_after != NULL ? self->port_after : "127.0.0.1:",
  };
  BelfryBenchServer *server = belfry_bench_server_start (&target, error);
  if (server != NULL)
    {
      self->port = belfry_bench_server_get_port (server);
      self->pid = belfry_bench_server_get_pid (server);
    }
  return server;
}

static gboolean
run (Options *self, GError **error)
{
  g_autofree char *lines = self->headers != NULL ? g_strjoinv ("\r\n", self->headers) : NULL;
  g_autofree char *headers = lines != NULL ? g_strconcat (lines, "\r\n", NULL) : NULL;
  const BelfryLoadPlan plan = {
    .subscriber = { self->path != NULL ? self->path : "/", headers, self->first,
                    (guint) self->answers },
    .publisher = { self->publish_path, headers, self->publish_first,
                   (guint) self->publish_answers },
    .prefix = self->prefix,
    .suffix = self->suffix,
  };
  g_autoptr (BelfryBenchServer) server = NULL;

  if (self->start != NULL && (server = start_server (self, error)) == NULL)
    return FALSE;
  g_autoptr (BelfryLoad) load = belfry_load_new (&plan, (guint16) self->port);
  if (!open_all (self, load, error))
    return FALSE;
  stay_idle (self, load);
  return self->messages == 0 || deliver_all (self, load, error);
}

int
main (int argc, char *argv[])
{
  g_auto (Options) options = { .connections = 100, .messages = 100, .burst = 1, .size = 100 };
  g_autoptr (GError) error = NULL;

  if (!parse (&options, &argc, &argv, &error))
    {
      g_printerr ("load: %s\n", error->message);
      return 64;
    }
  if (!check (&options))
    return 64;
  alarm (LIFETIME);
  if (!run (&options, &error))
    {
      g_printerr ("load: %s\n", error->message);
      return 1;
    }
  return 0;
}
