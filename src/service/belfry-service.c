/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-service"

#include "config.h"

#include "belfry-service.h"

#include "belfry-error.h"
#include "belfry-exit.h"
#include "belfry-log.h"
#include "belfry-parts.h"
#include "belfry-reload.h"
#include "belfry-watchdog.h"

/* The state machine of the service's life, owned by the daemon. It holds no work of its own: the
 * parts do it. Every asynchronous answer looks at the state first, because a stop may have come in
 * between. */
struct _BelfryService
{
  GObject parent_instance;

  BelfryNotify *notify;               /* (unowned) */
  GPtrArray *parts;                   /* (element-type BelfryPart) (owned) */
  const BelfryConfigSources *sources; /* (unowned) */
  BelfryConfig *config;               /* (owned) (nullable): the one in force */
  GCancellable *starting;             /* (owned) (nullable): while starting */
  GCancellable *handing_over;         /* (owned) (nullable): while handing over */
  BelfryReexec *reexec;               /* (unowned) (nullable): the way to another image */
  BelfryWatchdog *watchdog;           /* (owned) (nullable): from the start to the end */
  GSource *refresh;  /* (owned) (nullable): while running, renews the status line */
  char *last_status; /* (owned) (nullable): what the service manager shows now */
  BelfryServiceState state;
  gboolean reload_wanted;
  gboolean reload_refused; /* the last one */
  guint n_reloads;
  gint64 drain_time; /* 0: as configured */
  gint64 patience;
  gint64 refresh_interval;
  int exit_status;
};

enum
{
  SIGNAL_STATE_CHANGED,
  SIGNAL_STOPPED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BelfryService, belfry_service, G_TYPE_OBJECT)

#define STOP_PATIENCE (5 * G_USEC_PER_SEC)
#define REFRESH_INTERVAL (10 * G_USEC_PER_SEC)

/* Whoever waits for a drain wants to see it move. */
#define DRAIN_REFRESH_INTERVAL (G_USEC_PER_SEC / 2)

#define CAN(state) (1u << BELFRY_SERVICE_##state)

typedef struct
{
  const char *name; /* (unowned) */
  guint next;       /* a bit for each state that may follow */
} StateInfo;

static const StateInfo states[] = {
  [BELFRY_SERVICE_IDLE] = { "idle", CAN (STARTING) },
  [BELFRY_SERVICE_STARTING] = { "starting", CAN (RUNNING) | CAN (STOPPED) | CAN (STOPPING) },
  [BELFRY_SERVICE_RUNNING] = { "running", CAN (RELOADING) | CAN (HANDING_OVER) | CAN (DRAINING) },
  [BELFRY_SERVICE_RELOADING] = { "reloading", CAN (RUNNING) | CAN (DRAINING) },
  [BELFRY_SERVICE_HANDING_OVER] = { "handing over", CAN (RUNNING) | CAN (DRAINING) },
  [BELFRY_SERVICE_DRAINING] = { "draining", CAN (STOPPING) },
  [BELFRY_SERVICE_STOPPING] = { "stopping", CAN (STOPPED) },
  [BELFRY_SERVICE_STOPPED] = { "stopped", 0 },
};
G_STATIC_ASSERT (G_N_ELEMENTS (states) == BELFRY_SERVICE_STOPPED + 1);

static void
set_state (BelfryService *self, BelfryServiceState next)
{
  g_return_if_fail ((states[self->state].next & (1u << next)) != 0);

  belfry_log_debug ("from %s to %s", states[self->state].name, states[next].name);
  self->state = next;
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

/* The line that the service manager shows: the state, then each part's figures. */
static char *
describe (BelfryService *self, const char *first)
{
  GString *status = g_string_new (first);

  for (guint i = 0; i < self->parts->len; i++)
    belfry_part_describe (g_ptr_array_index (self->parts, i), status);
  if (self->n_reloads > 0)
    g_string_append_printf (status, ", reloads: %u", self->n_reloads);
  return g_string_free (status, FALSE);
}

static char *
describe_running (BelfryService *self)
{
  return describe (self, self->reload_refused ? "Running, last reload refused" : "Running");
}

static char *
describe_state (BelfryService *self)
{
  switch (self->state)
    {
    case BELFRY_SERVICE_RUNNING:
      return describe_running (self);
    case BELFRY_SERVICE_DRAINING:
      return describe (self, "Draining");
    case BELFRY_SERVICE_IDLE:
    case BELFRY_SERVICE_STARTING:
    case BELFRY_SERVICE_RELOADING:
    case BELFRY_SERVICE_STOPPING:
    case BELFRY_SERVICE_STOPPED:
    default:
      return NULL;
    }
}

static gboolean
on_refresh (gpointer user_data)
{
  BelfryService *self = user_data;
  g_autofree char *status = describe_state (self);

  if (status == NULL)
    return G_SOURCE_CONTINUE;
  if (g_strcmp0 (status, self->last_status) != 0)
    {
      belfry_notify_status (self->notify, status);
      g_free (self->last_status);
      self->last_status = g_steal_pointer (&status);
    }
  return G_SOURCE_CONTINUE;
}

static void
start_refreshing (BelfryService *self, gint64 interval)
{
  self->refresh = g_timeout_source_new ((guint) (interval / 1000));
  g_source_set_static_name (self->refresh, "belfry-service-refresh");
  g_source_set_callback (self->refresh, on_refresh, self, NULL);
  g_source_attach (self->refresh, g_main_context_get_thread_default ());
}

static void
stop_refreshing (BelfryService *self)
{
  if (self->refresh != NULL)
    g_source_destroy (self->refresh);
  g_clear_pointer (&self->refresh, g_source_unref);
}

static void
finish (BelfryService *self)
{
  g_clear_object (&self->watchdog);
  set_state (self, BELFRY_SERVICE_STOPPED);
  belfry_log_event (BELFRY_LOG_NOTICE,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_STOPPED }), "stopped");
  g_signal_emit (self, signals[SIGNAL_STOPPED], 0, self->exit_status);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryService) self = user_data;

  belfry_parts_stop_finish (result, NULL);
  finish (self);
}

static void
on_drained (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryService) self = user_data;

  belfry_parts_drain_finish (result, NULL);
  stop_refreshing (self);
  set_state (self, BELFRY_SERVICE_STOPPING);
  belfry_notify_status (self->notify, "Stopping");
  belfry_parts_stop_async (self->parts, self->parts->len, self->patience, on_stopped,
                           g_object_ref (self));
}

gint64
belfry_service_get_drain_time (BelfryService *self)
{
  return belfry_config_get_number (self->config, BELFRY_CONFIG_SERVER_DRAIN_TIME);
}

static void
begin_drain (BelfryService *self)
{
  gint64 duration = self->drain_time > 0 ? self->drain_time : belfry_service_get_drain_time (self);

  stop_refreshing (self);
  set_state (self, BELFRY_SERVICE_DRAINING);
  g_autofree char *status = describe (self, "Draining");
  belfry_notify_stopping (self->notify, status);
  belfry_notify_extend_timeout (self->notify,
                                (guint64) (duration + self->patience * self->parts->len));
  belfry_log_event (BELFRY_LOG_NOTICE,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_DRAINING }),
                    "draining, for at most %.1f s", (double) duration / G_USEC_PER_SEC);
  start_refreshing (self, MIN (self->refresh_interval, DRAIN_REFRESH_INTERVAL));
  belfry_parts_drain_async (self->parts, duration, on_drained, g_object_ref (self));
  on_refresh (self);
}

static void
say_ready (BelfryService *self)
{
  g_autofree char *status = describe_running (self);

  belfry_notify_ready (self->notify, status);
  g_free (self->last_status);
  self->last_status = g_steal_pointer (&status);
}

static gboolean
all_parts_accept (BelfryService *self, BelfryConfig *next, GError **error)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      BelfryPart *part = g_ptr_array_index (self->parts, i);

      if (!belfry_part_check (part, next, error))
        {
          g_prefix_error (error, "%s: ", belfry_part_get_name (part));
          return FALSE;
        }
    }
  return TRUE;
}

static void
put_in_force (BelfryService *self, BelfryConfig *next)
{
  belfry_reload_log_difference (self->config, next);
  for (guint i = 0; i < self->parts->len; i++)
    belfry_part_apply (g_ptr_array_index (self->parts, i), next);
  belfry_config_unref (self->config);
  self->config = belfry_config_ref (next);
  self->n_reloads++;
  belfry_log_event (BELFRY_LOG_NOTICE,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_RELOADED }),
                    "configuration reloaded");
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryService) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryConfig) next = belfry_reload_load_finish (result, &error);

  if (self->state != BELFRY_SERVICE_RELOADING)
    return;
  self->reload_refused = next == NULL || !all_parts_accept (self, next, &error);
  if (!self->reload_refused)
    put_in_force (self, next);
  else
    belfry_log_event (BELFRY_LOG_ERROR,
                      &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_RELOAD_REFUSED }),
                      "reload refused, the old configuration stays in force: %s", error->message);
  set_state (self, BELFRY_SERVICE_RUNNING);
  say_ready (self);
  if (self->reload_wanted)
    belfry_service_reload (self);
}

static void
begin_reload (BelfryService *self)
{
  set_state (self, BELFRY_SERVICE_RELOADING);
  belfry_notify_reloading (self->notify, "Reloading");
  belfry_reload_load_async (self->sources, on_loaded, g_object_ref (self));
}

/* Only what failed comes back. */
static void
on_not_handed_over (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryService) self = user_data;
  g_autoptr (GError) error = NULL;

  belfry_reexec_run_finish (result, &error);
  g_clear_object (&self->handing_over);
  if (self->state != BELFRY_SERVICE_HANDING_OVER)
    return;
  belfry_log_event (BELFRY_LOG_ERROR,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_HANDOVER_REFUSED }),
                    "not handed over, this image goes on: %s", error->message);
  set_state (self, BELFRY_SERVICE_RUNNING);
  say_ready (self);
  if (self->reload_wanted)
    belfry_service_reload (self);
}

static void
begin_handover (BelfryService *self)
{
  set_state (self, BELFRY_SERVICE_HANDING_OVER);
  belfry_notify_reloading (self->notify, "Handing over to another image");
  belfry_log_event (BELFRY_LOG_NOTICE,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_HANDING_OVER }),
                    "handing over to another image of the program");
  self->handing_over = g_cancellable_new ();
  belfry_reexec_run_async (self->reexec, self->handing_over, on_not_handed_over,
                           g_object_ref (self));
}

static gboolean
is_to_be_replaced (BelfryService *self)
{
  return self->reexec != NULL &&
         belfry_config_get_boolean (self->config, BELFRY_CONFIG_SERVER_REEXEC_ON_RELOAD) &&
         belfry_reexec_is_replaced (self->reexec);
}

static void
start_failed (BelfryService *self, const GError *error)
{
  self->exit_status = belfry_error_exit_status (error);
  belfry_log_event (BELFRY_LOG_ERROR,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_START_FAILED }),
                    "could not start: %s", error->message);
  belfry_notify_error_status (self->notify, error->message, 0, self->exit_status);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryService) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean started = belfry_parts_start_finish (result, &error);
  gboolean abandoned = g_cancellable_is_cancelled (self->starting);

  g_clear_object (&self->starting);
  if (!started)
    {
      if (!abandoned)
        start_failed (self, error);
      finish (self);
      return;
    }
  set_state (self, BELFRY_SERVICE_RUNNING);
  belfry_log_event (BELFRY_LOG_NOTICE,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_STARTED }),
                    "started, version " BELFRY_VERSION);
  say_ready (self);
  start_refreshing (self, self->refresh_interval);
  if (abandoned)
    belfry_service_stop (self);
  else if (self->reload_wanted)
    belfry_service_reload (self);
}

static void
belfry_service_dispose (GObject *object)
{
  BelfryService *self = BELFRY_SERVICE (object);

  stop_refreshing (self);
  g_clear_object (&self->watchdog);
  g_clear_object (&self->starting);
  g_clear_object (&self->handing_over);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  g_clear_pointer (&self->config, belfry_config_unref);
  g_clear_pointer (&self->last_status, g_free);
  G_OBJECT_CLASS (belfry_service_parent_class)->dispose (object);
}

static void
belfry_service_class_init (BelfryServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = belfry_service_dispose;

  signals[SIGNAL_STATE_CHANGED] =
      g_signal_new ("state-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_STOPPED] = g_signal_new ("stopped", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
belfry_service_init (BelfryService *self)
{
  self->patience = STOP_PATIENCE;
  self->refresh_interval = REFRESH_INTERVAL;
  self->exit_status = BELFRY_EXIT_OK;
}

BelfryService *
belfry_service_new (BelfryNotify *notify, GPtrArray *parts, const BelfryConfigSources *sources)
{
  BelfryService *self = g_object_new (BELFRY_TYPE_SERVICE, NULL);

  self->notify = notify;
  self->parts = g_ptr_array_ref (parts);
  self->sources = sources;
  return self;
}

void
belfry_service_set_reexec (BelfryService *self, BelfryReexec *reexec)
{
  self->reexec = reexec;
}

void
belfry_service_set_patience (BelfryService *self, gint64 microseconds)
{
  self->patience = microseconds;
}

void
belfry_service_set_refresh_interval (BelfryService *self, gint64 microseconds)
{
  self->refresh_interval = microseconds;
}

void
belfry_service_start (BelfryService *self, BelfryConfig *config)
{
  set_state (self, BELFRY_SERVICE_STARTING);
  self->config = belfry_config_ref (config);
  self->starting = g_cancellable_new ();
  self->watchdog = belfry_watchdog_new (self->notify, self->parts);
  belfry_notify_status (self->notify, "Starting");
  belfry_parts_start_async (self->parts, config, self->patience, self->starting, on_started,
                            g_object_ref (self));
}

void
belfry_service_reload (BelfryService *self)
{
  switch (self->state)
    {
    case BELFRY_SERVICE_RUNNING:
      self->reload_wanted = FALSE;
      if (is_to_be_replaced (self))
        begin_handover (self);
      else
        begin_reload (self);
      break;
    case BELFRY_SERVICE_STARTING:
    case BELFRY_SERVICE_RELOADING:
    case BELFRY_SERVICE_HANDING_OVER:
      self->reload_wanted = TRUE;
      break;
    case BELFRY_SERVICE_IDLE:
    case BELFRY_SERVICE_DRAINING:
    case BELFRY_SERVICE_STOPPING:
    case BELFRY_SERVICE_STOPPED:
      belfry_log_info ("not reloading while %s", states[self->state].name);
      break;
    default:
      g_assert_not_reached ();
    }
}

gboolean
belfry_service_reexec (BelfryService *self, GError **error)
{
  if (self->state != BELFRY_SERVICE_RUNNING || self->reexec == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "not handing over while %s",
                   states[self->state].name);
      return FALSE;
    }
  begin_handover (self);
  return TRUE;
}

void
belfry_service_stop (BelfryService *self)
{
  switch (self->state)
    {
    case BELFRY_SERVICE_STARTING:
      g_cancellable_cancel (self->starting);
      break;
    case BELFRY_SERVICE_HANDING_OVER:
      g_cancellable_cancel (self->handing_over);
      begin_drain (self);
      break;
    case BELFRY_SERVICE_RUNNING:
    case BELFRY_SERVICE_RELOADING:
      begin_drain (self);
      break;
    case BELFRY_SERVICE_IDLE:
    case BELFRY_SERVICE_DRAINING:
    case BELFRY_SERVICE_STOPPING:
    case BELFRY_SERVICE_STOPPED:
      belfry_log_debug ("already %s", states[self->state].name);
      break;
    default:
      g_assert_not_reached ();
    }
}

void
belfry_service_drain (BelfryService *self, gint64 duration)
{
  if (self->state == BELFRY_SERVICE_RUNNING || self->state == BELFRY_SERVICE_RELOADING)
    self->drain_time = duration;
  belfry_service_stop (self);
}

gboolean
belfry_service_would_accept (BelfryService *self, BelfryConfig *next, GError **error)
{
  return all_parts_accept (self, next, error);
}

gboolean
belfry_service_was_reload_refused (BelfryService *self)
{
  return self->reload_refused;
}

BelfryServiceState
belfry_service_get_state (BelfryService *self)
{
  return self->state;
}

BelfryConfig *
belfry_service_get_config (BelfryService *self)
{
  return self->config;
}

const char *
belfry_service_state_name (BelfryServiceState state)
{
  return states[state].name;
}
