/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-daemon"

#include "config.h"

#include "belfry-daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "belfry-activation.h"
#include "belfry-bus.h"
#include "belfry-command-line.h"
#include "belfry-echo.h"
#include "belfry-exit.h"
#include "belfry-handover.h"
#include "belfry-house.h"
#include "belfry-levels.h"
#include "belfry-limits.h"
#include "belfry-loader.h"
#include "belfry-log-sink.h"
#include "belfry-names.h"
#include "belfry-notify.h"
#include "belfry-reexec.h"
#include "belfry-reload.h"
#include "belfry-server.h"
#include "belfry-service.h"
#include "belfry-signals.h"
#include "belfry-sockets.h"
#include "belfry-speaker.h"
#include "belfry-steward.h"

/* The composition root: the one place that knows of all parts. Lives on the main thread, from
 * main() to its end. */
typedef struct
{
  GMainLoop *loop;      /* (owned) */
  BelfryNotify *notify; /* (owned) */
  GPtrArray *activated; /* (element-type BelfryActivationSocket) (owned) (nullable): until a part
                           has them */
  BelfryReexec *reexec; /* (owned): the way to another image */
  BelfryHandover *handover; /* (owned) (nullable): of the image before, until a part has it */
  BelfrySignals *signals;   /* (owned) */
  BelfryConfig *config;     /* (owned) (nullable): what it starts with */
  const BelfryConfigSources *sources; /* (unowned) (nullable): where that comes from */
  BelfryHouse *house;                 /* (owned) (nullable): until it is built */
  BelfrySteward *steward;             /* (owned) (nullable): likewise */
  BelfryService *service;             /* (owned) (nullable): likewise */
  int exit_status;
} Daemon;

static void
daemon_clear (Daemon *self)
{
  if (self->steward != NULL)
    belfry_steward_set_service (self->steward, NULL);
  g_clear_object (&self->service);
  g_clear_object (&self->steward);
  g_clear_object (&self->house);
  g_clear_pointer (&self->config, belfry_config_unref);
  g_clear_pointer (&self->signals, belfry_signals_free);
  g_clear_pointer (&self->activated, g_ptr_array_unref);
  g_clear_pointer (&self->handover, belfry_handover_free);
  g_clear_pointer (&self->reexec, belfry_reexec_free);
  g_clear_pointer (&self->notify, belfry_notify_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Daemon, daemon_clear)

static void
on_stop (gpointer user_data)
{
  belfry_service_stop (((Daemon *) user_data)->service);
}

G_NORETURN static void
on_stop_now (gpointer user_data)
{
  belfry_log_event (BELFRY_LOG_ERROR,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_STOP_FORCED }),
                    "told to stop a second time: ending at once");
  _exit (BELFRY_EXIT_SOFTWARE);
}

static void
on_reload (gpointer user_data)
{
  belfry_service_reload (((Daemon *) user_data)->service);
}

static void
on_reexec (gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!belfry_service_reexec (((Daemon *) user_data)->service, &error))
    belfry_log_info ("%s", error->message);
}

static const BelfrySignalRequests signal_requests = { on_stop, on_stop_now, on_reload, on_reexec };

/* What was left in a form that is not understood is given up before anything else is opened. */
static void
take_handover (Daemon *self)
{
  self->handover = belfry_handover_take ();
  if (self->handover == NULL || belfry_handover_is_good (self->handover))
    return;
  belfry_log_error ("what the image before has left is of another version, or damaged: its clients "
                    "are closed");
  g_clear_pointer (&self->handover, belfry_handover_free);
}

static void
daemon_init (Daemon *self)
{
  /* Before anything can be logged to a pipe that nobody reads. */
  signal (SIGPIPE, SIG_IGN);
  self->activated = self->handover != NULL ? belfry_sockets_restore (self->handover)
                                           : belfry_activation_take (BELFRY_ACTIVATION_FIRST_FD);
  self->notify = belfry_notify_new_from_environment ();
  self->loop = g_main_loop_new (NULL, FALSE);
  self->signals = belfry_signals_new (&signal_requests, self);
  belfry_reexec_hold_signals (FALSE);
}

static void
on_stopped (BelfryService *service, int exit_status, gpointer user_data)
{
  Daemon *self = user_data;

  self->exit_status = exit_status;
  g_main_loop_quit (self->loop);
}

static const BelfryEndpointHandler *const endpoint_handlers[BELFRY_CONFIG_N_DIALECTS] = {
  [BELFRY_CONFIG_DIALECT_ACTION] = &belfry_speaker_handler,
  [BELFRY_CONFIG_DIALECT_TYPED] = &belfry_speaker_handler,
  [BELFRY_CONFIG_DIALECT_ECHO] = &belfry_echo_handler,
};

static BelfryHttpRoutes *
find_routes (const char *name, gpointer user_data)
{
  const BelfryLoadedPlugin *plugin = belfry_loader_find (user_data, name);

  return plugin != NULL && BELFRY_IS_HTTP_ROUTES (plugin->object)
             ? BELFRY_HTTP_ROUTES (plugin->object)
             : NULL;
}

static BelfryLoader *
build_loader (BelfryLoaderHost *host)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_auto (BelfryPluginPlace) place = { 0 };

  belfry_plugin_place_init (&place, (const char *const *) environment);
  return belfry_loader_new (host, &place, g_environ_getenv (environment, BELFRY_ENV_CREDENTIALS));
}

static BelfryPart *
build_server (Daemon *self, BelfryClock *clock, BelfrySockets *sockets, BelfryLoader *loader)
{
  BelfryServer *server = belfry_server_new (clock, belfry_sockets_get (sockets), endpoint_handlers);
  const BelfryResponderRoutes routes = { find_routes, loader };

  belfry_server_set_core (server, belfry_house_get_hub (self->house),
                          belfry_house_get_metrics (self->house), self->config, &routes);
  belfry_reexec_set_parts (self->reexec, self->notify, sockets, belfry_house_get_hub (self->house),
                           server);
  if (self->handover != NULL)
    belfry_server_set_handover (server, g_steal_pointer (&self->handover));
  return BELFRY_PART (server);
}

static BelfryPart *
build_bus (Daemon *self, BelfryServer *server, BelfryLoader *loader)
{
  g_autoptr (BelfryControl) control = NULL;

  self->steward = belfry_steward_new (server, self->sources);
  control = belfry_control_new (&(BelfryControlParts){
      .hub = belfry_house_get_hub (self->house),
      .metrics = belfry_house_get_metrics (self->house),
      .loader = loader,
      .host = BELFRY_CONTROL_HOST (self->steward),
  });
  return BELFRY_PART (belfry_bus_new (control));
}

/* The parts of the service, those first that others need. */
static GPtrArray *
build_parts (Daemon *self)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  g_autoptr (BelfryLoaderHost) host = belfry_loader_host_new (clock);
  BelfryPart *sockets = belfry_sockets_new (g_steal_pointer (&self->activated));
  BelfryLoader *loader = build_loader (host);
  BelfryPart *server = NULL;

  self->house = belfry_house_new (clock, self->config, host, loader);
  belfry_house_set_handover (self->house, self->handover);
  g_ptr_array_add (parts, belfry_levels_new ());
  g_ptr_array_add (parts, belfry_limits_new ());
  g_ptr_array_add (parts, sockets);
  g_ptr_array_add (parts, loader);
  g_ptr_array_add (parts, g_object_ref (self->house));
  server = build_server (self, clock, BELFRY_SOCKETS (sockets), loader);
  g_ptr_array_add (parts, server);
  g_ptr_array_add (parts, build_bus (self, BELFRY_SERVER (server), loader));
  return parts;
}

static int
run_service (Daemon *self, const BelfryConfigSources *sources, BelfryConfig *config)
{
  g_autoptr (GPtrArray) parts = NULL;

  self->config = belfry_config_ref (config);
  self->sources = sources;
  parts = build_parts (self);

  self->service = belfry_service_new (self->notify, parts, sources);
  belfry_service_set_reexec (self->service, self->reexec);
  belfry_steward_set_service (self->steward, self->service);
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
  BelfryConfigSources sources = {
    .file = options->config_file,
    .env_file = options->env_file,
    .environment = (const char *const *) environment,
    .overrides = (const char *const *) options->settings,
  };

  if (belfry_command_line_is_question (options))
    return belfry_command_line_answer (options, &sources);
  daemon_init (self);
  sources.activated = self->activated->len > 0;
  return start_and_run (self, &sources);
}

/* What is opened next would take the number of a standard descriptor that is closed, and the log
 * would be written into it. Opened for reading only, so that a write fails rather than seems to be
 * read by somebody. */
static void
fill_standard_descriptors (void)
{
  int fd;

  do
    fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0)
    close (fd);
}

int
belfry_daemon_run (const char *const *argv)
{
  g_auto (BelfryOptions) options = { 0 };
  g_auto (Daemon) self = { 0 };
  g_autoptr (GError) error = NULL;

  self.reexec = belfry_reexec_new (argv);
  fill_standard_descriptors ();
  belfry_log_sink_install (belfry_log_sink_new (STDERR_FILENO));
  take_handover (&self);
  if (!belfry_options_parse (&options, argv, &error))
    return belfry_command_line_complain (error);
  return run_with_options (&self, &options);
}
