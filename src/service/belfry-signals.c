/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-signals"

#include "config.h"

#include "belfry-signals.h"

#include <glib-unix.h>
#include <signal.h>

#include "belfry-log.h"

struct _BelfrySignals
{
  BelfrySignalRequests requests;
  gpointer user_data; /* (unowned) (nullable) */
  GPtrArray *sources; /* (element-type GSource) (owned) */
  gboolean stopping;
};

static gboolean
on_stop (gpointer user_data)
{
  BelfrySignals *self = user_data;

  if (self->stopping)
    {
      self->requests.stop_now (self->user_data);
      return G_SOURCE_CONTINUE;
    }
  self->stopping = TRUE;
  belfry_log_info ("told to stop");
  self->requests.stop (self->user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_reload (gpointer user_data)
{
  BelfrySignals *self = user_data;

  belfry_log_info ("told to reload");
  self->requests.reload (self->user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_reexec (gpointer user_data)
{
  BelfrySignals *self = user_data;

  belfry_log_info ("told to make room for another image");
  self->requests.reexec (self->user_data);
  return G_SOURCE_CONTINUE;
}

static void
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
watch (BelfrySignals *self, int number, const char *name, GSourceFunc func)
{
  GSource *source = g_unix_signal_source_new (number);

  g_source_set_static_name (source, name);
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, NULL);
  g_ptr_array_add (self->sources, source);
}

BelfrySignals *
belfry_signals_new (const BelfrySignalRequests *requests, gpointer user_data)
{
  BelfrySignals *self = g_new0 (BelfrySignals, 1);

  self->requests = *requests;
  self->user_data = user_data;
  self->sources = g_ptr_array_new_with_free_func (destroy_source);
  watch (self, SIGTERM, "belfry-sigterm", on_stop);
  watch (self, SIGINT, "belfry-sigint", on_stop);
  watch (self, SIGHUP, "belfry-sighup", on_reload);
  watch (self, SIGUSR2, "belfry-sigusr2", on_reexec);
  belfry_log_info ("watching for signals");
  return self;
}

void
belfry_signals_free (BelfrySignals *self)
{
  g_ptr_array_unref (self->sources);
  g_free (self);
}
