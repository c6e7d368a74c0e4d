/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-clients.h"

#include <gio/gio.h>
#include <string.h>

#include "belfry-bench-server.h"
#include "belfry-error.h"

/* The parent's end of `client`, which takes a command a line and answers each with `done` and how
 * many deliveries it has had in all, or with what went wrong. Every command is given to all before
 * any is waited for. A client bounds its own waits, so that its answer always comes. */

typedef struct
{
  GSubprocess *process;      /* (owned) */
  GDataInputStream *answers; /* (owned) */
} Client;

struct _BelfryBenchClients
{
  GPtrArray *clients; /* (element-type Client) (owned) */
  guint64 deliveries;
};

static void
client_free (Client *client)
{
  g_subprocess_force_exit (client->process);
  g_subprocess_wait (client->process, NULL, NULL);
  g_clear_object (&client->answers);
  g_clear_object (&client->process);
  g_free (client);
}

static char *
number_process (const char *text, guint number)
{
  g_autoptr (GString) numbered = g_string_new (text);
  g_autofree char *digits = g_strdup_printf ("%u", number);

  g_string_replace (numbered, "{p}", digits, 0);
  return g_string_free (g_steal_pointer (&numbered), FALSE);
}

static Client *
client_new (guint16 port, const BelfryLoadRole *role, guint number, GError **error)
{
  g_autofree char *port_text = g_strdup_printf ("%u", port);
  g_autofree char *answers = g_strdup_printf ("%u", role != NULL ? role->n_answers : 0);
  g_autofree char *first = number_process (role != NULL ? role->first : NULL, number);
  const char *headers = role != NULL && role->headers != NULL ? role->headers : "";
  const char *const argv[] = {
    "tests/bench/client", port_text, role != NULL ? headers : NULL, first, answers, NULL,
  };
  GSubprocess *process =
      belfry_bench_spawn (argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                          error);

  if (process == NULL)
    return NULL;
  Client *client = g_new0 (Client, 1);
  client->process = process;
  client->answers = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  return client;
}

static gboolean
tell (const Client *client, const char *word, guint n, GError **error)
{
  return g_output_stream_printf (g_subprocess_get_stdin_pipe (client->process), NULL, NULL, error,
                                 "%s %u\n", word, n);
}

static gboolean
hear (BelfryBenchClients *self, const Client *client, GError **error)
{
  g_autofree char *line = g_data_input_stream_read_line_utf8 (client->answers, NULL, NULL, NULL);
  guint64 deliveries;

  if (line != NULL && g_str_has_prefix (line, "done ") &&
      g_ascii_string_to_unsigned (line + strlen ("done "), 10, 0, G_MAXUINT64, &deliveries, NULL))
    {
      self->deliveries += deliveries;
      return TRUE;
    }
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED, "a client process fails: %s",
               line != NULL ? line : "it has ended");
  return FALSE;
}

static gboolean
hear_all (BelfryBenchClients *self, GError **error)
{
  self->deliveries = 0;
  for (guint i = 0; i < self->clients->len; i++)
    {
      if (!hear (self, g_ptr_array_index (self->clients, i), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
tell_all (BelfryBenchClients *self, const char *word, guint n, GError **error)
{
  for (guint i = 0; i < self->clients->len; i++)
    {
      if (!tell (g_ptr_array_index (self->clients, i), word, n, error))
        return FALSE;
    }
  return hear_all (self, error);
}

BelfryBenchClients *
belfry_bench_clients_new (guint n_processes,
                          guint16 port,
                          const BelfryLoadRole *role,
                          GError **error)
{
  g_autoptr (BelfryBenchClients) self = g_new0 (BelfryBenchClients, 1);

  self->clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
  for (guint i = 0; i < n_processes; i++)
    {
      Client *client = client_new (port, role, i, error);

      if (client == NULL)
        return NULL;
      g_ptr_array_add (self->clients, client);
    }
  return g_steal_pointer (&self);
}

void
belfry_bench_clients_free (BelfryBenchClients *self)
{
  g_ptr_array_unref (self->clients);
  g_free (self);
}

gboolean
belfry_bench_clients_open (BelfryBenchClients *self, guint n, GError **error)
{
  for (guint i = 0; i < self->clients->len; i++)
    {
      guint share = n / (self->clients->len - i);

      if (!tell (g_ptr_array_index (self->clients, i), "open", share, error))
        return FALSE;
      n -= share;
    }
  return hear_all (self, error);
}

gboolean
belfry_bench_clients_expect (BelfryBenchClients *self, guint n, GError **error)
{
  return tell_all (self, "expect", n, error);
}

gboolean
belfry_bench_clients_settle (BelfryBenchClients *self, GError **error)
{
  return tell_all (self, "settle", 0, error);
}

guint64
belfry_bench_clients_get_deliveries (const BelfryBenchClients *self)
{
  return self->deliveries;
}
