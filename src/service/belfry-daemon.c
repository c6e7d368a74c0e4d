/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-daemon"

#include "config.h"

#include "belfry-daemon.h"

#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

#include "belfry-activation.h"
#include "belfry-command-line.h"
#include "belfry-exit.h"
#include "belfry-levels.h"
#include "belfry-limits.h"
#include "belfry-log-sink.h"
#include "belfry-notify.h"
#include "belfry-reload.h"
#include "belfry-service.h"
#include "belfry-sockets.h"

/* The composition root: the one place that knows of all parts. Lives on the main thread, from
 * main() to its end. */
typedef struct
{
  GMainLoop *loop;        /* (owned) */
  BelfryNotify *notify;   /* (owned) */
  GPtrArray *activated;   /* (element-type BelfryActivationSocket) (owned) (nullable): until a part
                             has them */
  GPtrArray *signals;     /* (element-type GSource) (owned) */
  BelfryService *service; /* (owned) (nullable): until it is built */
  guint n_stops;
  int exit_status;
} Daemon;

static void
destroy_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
daemon_clear (Daemon *self)
{
  g_clear_object (&self->service);
  g_clear_pointer (&self->signals, g_ptr_array_unref);
  g_clear_pointer (&self->activated, g_ptr_array_unref);
  g_clear_pointer (&self->notify, belfry_notify_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Daemon, daemon_clear)

/* The second request to stop is meant: whoever sends it has waited for the first. */
static gboolean
on_stop_signal (gpointer user_data)
{
  Daemon *self = user_data;

  if (++self->n_stops > 1)
    {
      belfry_log_event (BELFRY_LOG_ERROR,
                        &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_STOP_FORCED }),
                        "told to stop a second time: ending at once");
      _exit (BELFRY_EXIT_SOFTWARE);
    }
  belfry_log_info ("told to stop");
  belfry_service_stop (self->service);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_reload_signal (gpointer user_data)
{
  Daemon *self = user_data;

  belfry_log_info ("told to reload");
  belfry_service_reload (self->service);
  return G_SOURCE_CONTINUE;
}

static void
watch_signal (Daemon *self, int number, const char *name, GSourceFunc func)
{
  GSource *source = g_unix_signal_source_new (number);

  g_source_set_static_name (source, name);
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, NULL);
  g_ptr_array_add (self->signals, source);
}

/* Signals that come from here on wait until the main loop runs, however long the configuration
 * takes to read. */
static void
watch_signals (Daemon *self)
{
  signal (SIGPIPE, SIG_IGN);
  watch_signal (self, SIGTERM, "belfry-sigterm", on_stop_signal);
  watch_signal (self, SIGINT, "belfry-sigint", on_stop_signal);
  watch_signal (self, SIGHUP, "belfry-sighup", on_reload_signal);
  belfry_log_info ("watching for signals");
}

static void
daemon_init (Daemon *self)
{
  self->activated = belfry_activation_take (BELFRY_ACTIVATION_FIRST_FD);
  self->notify = belfry_notify_new_from_environment ();
  self->signals = g_ptr_array_new_with_free_func (destroy_source);
  self->loop = g_main_loop_new (NULL, FALSE);
  watch_signals (self);
}

static void
on_stopped (BelfryService *service, int exit_status, gpointer user_data)
{
  Daemon *self = user_data;

  self->exit_status = exit_status;
  g_main_loop_quit (self->loop);
}

/* The parts of the service, those first that others need. */
static GPtrArray *
build_parts (Daemon *self)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (parts, belfry_levels_new ());
  g_ptr_array_add (parts, belfry_limits_new ());
  g_ptr_array_add (parts, belfry_sockets_new (g_steal_pointer (&self->activated)));
  return parts;
}

static int
run_service (Daemon *self, const BelfryConfigSources *sources, BelfryConfig *config)
{
  g_autoptr (GPtrArray) parts = build_parts (self);

  self->service = belfry_service_new (self->notify, parts, sources);
  g_signal_connect (self->service, "stopped", G_CALLBACK (on_stopped), self);
  belfry_service_start (self->service, config);
  g_main_loop_run (self->loop);
  return self->exit_status;
}

static int
refuse_start (Daemon *self, const BelfryConfigProblems *problems)
{
  belfry_reload_log_problems (problems);
  belfry_log_event (BELFRY_LOG_ERROR,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_START_FAILED }),
                    "could not start: the configuration is wrong");
  belfry_notify_error_status (self->notify, "The configuration is wrong", 0, BELFRY_EXIT_CONFIG);
  return BELFRY_EXIT_CONFIG;
}

static int
start_and_run (Daemon *self, const BelfryConfigSources *sources)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = belfry_config_load (sources, problems);

  if (config == NULL)
    return refuse_start (self, problems);
  belfry_reload_log_problems (problems);
  return run_service (self, sources, config);
}

static int
run_with_options (Daemon *self, const BelfryOptions *options)
{
  g_auto (GStrv) environment = g_get_environ ();
  const BelfryConfigSources sources = {
    .file = options->config_file,
    .env_file = options->env_file,
    .environment = (const char *const *) environment,
    .overrides = (const char *const *) options->settings,
  };

  if (belfry_command_line_is_question (options))
    return belfry_command_line_answer (options, &sources);
  daemon_init (self);
  return start_and_run (self, &sources);
}

int
belfry_daemon_run (const char *const *argv)
{
  g_auto (BelfryOptions) options = { 0 };
  g_auto (Daemon) self = { 0 };
  g_autoptr (GError) error = NULL;

  belfry_log_sink_install (belfry_log_sink_new (STDERR_FILENO));
  if (!belfry_options_parse (&options, argv, &error))
    return belfry_command_line_complain (error);
  return run_with_options (&self, &options);
}
