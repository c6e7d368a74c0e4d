/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-worker"

#include "config.h"

#include "belfry-worker.h"

#include <stdatomic.h>

#include "belfry-roster.h"
#include "belfry-error.h"
#include "belfry-http-problem.h"
#include "belfry-log-limit.h"
#include "belfry-reception.h"

/* One thread of connections. The main thread owns the struct and speaks to it through `commands`;
 * all fields below them belong to the worker's thread from its start to its end. */
struct _BelfryWorker
{
  guint index;
  const BelfryWorkerShared *shared; /* (unowned) */
  GMainContext *context;            /* (owned) */
  BelfryMailbox *commands;          /* (owned): of Command */
  BelfryShard *shard;               /* (unowned) (nullable): its part of the core, the hub's */
  GThread *thread;                  /* (owned) (nullable): once started */
  gboolean told_to_stop;
  _Atomic guint n_clients; /* written by the worker's thread, read by the main one */

  GMainLoop *loop;    /* (owned) */
  GPtrArray *sockets; /* (element-type BelfryListenSocket) (owned) (nullable): until it listens */
  BelfryWorkerSettings *settings; /* (owned) */
  BelfryReactor *reactor;         /* (owned) (nullable) */
  BelfryDeadlineWheel *wheel;     /* (owned) (nullable) */
  BelfryMetricsSlot *slot;        /* (owned) (nullable) */
  BelfryConnectionHost *host;     /* (owned) (nullable) */
  BelfryDeflater *deflater;       /* (owned) (nullable) */
  BelfryListener *listener;       /* (owned) (nullable) */
  BelfryHttpFront *front;         /* (owned) (nullable) */
  BelfryRoster clients;
  GPtrArray *retired;       /* (element-type BelfryWorkerSettings) (owned): replaced lately */
  GPtrArray *retired_first; /* (element-type BelfryWorkerSettings) (owned): and before that */
  BelfryLogLimit lost_clients;
  BelfryDeadline retirement;
  BelfryDeadline rest_step;
  BelfryFreezer *freezer; /* (owned) (nullable): from the order to stand still until it does */
  gsize freeze_budget;
  gint64 rest_until;
  gint64 rest_patience; /* after that */
  gboolean resting;
  gboolean ended;
  gboolean draining;
  gboolean drained;
};

/* What waits for a worker: commands are few, but a flood of /readyz must not grow without bound. */
#define MAX_COMMANDS 4096

/* Room that the flood cannot take: a drain, a stop, one probe at a time, and as many reloads as a
 * worker may be behind before the watchdog has given it up. */
#define RESERVED_COMMANDS 256

/* How often it is looked at whether all is at rest. */
#define REST_STEP (10 * G_TIME_SPAN_MILLISECOND)

/* Of the time to come to rest, what requests have before they are refused. */
#define REST_SHARE 1 / 2

/* Turns of the loop that deliver what the hub has posted: each takes many. */
#define MAX_FREEZE_TURNS 100000

/* And those in which the last words to clients are written. */
#define FREEZE_LAST_TURNS 16

/* Of the time to drain, what is for closing; the rest is for the clients' answers. */
#define DRAIN_SHARE 4 / 5

/* Within how many seconds drained clients are told to come back, at random, so that they do not all
 * come at once. */
#define MAX_RECONNECT_DELAY 10

/* Longer than it takes from a request's head to the end of its answer, which may wait for a peer
 * that reads nothing for as long as the longest header-timeout allows: ten minutes. */
#define RETIREMENT (11 * G_TIME_SPAN_MINUTE)

/* How long the threads of TLS handshakes may take to notice that they are cancelled. */
#define LAST_PATIENCE (5 * G_TIME_SPAN_SECOND)

/* What is left to do on the loop after everything was freed. */
#define MAX_LAST_TURNS 1000

typedef struct
{
  enum
  {
    COMMAND_SETTINGS,
    COMMAND_PROBE,
    COMMAND_DRAIN,
    COMMAND_SHED,
    COMMAND_STOP,
    COMMAND_ANSWER,
    COMMAND_REST,
    COMMAND_ROUSE,
    COMMAND_FREEZE,
    COMMAND_ADOPT,
  } kind;
  BelfryWorkerSettings *settings; /* (owned) (nullable) */
  BelfryExchange *exchange;       /* (owned) (nullable) */
  BelfryHttpResponse *response;   /* (owned) (nullable) */
  BelfryFreezer *freezer;         /* (owned) (nullable) */
  GArray *adoptions;              /* (element-type BelfryAdoption) (owned) (nullable) */
  gint64 duration;
  gsize budget;
  guint percent;
} Command;

/* On either thread: on the main thread if the worker does not take it any more. */
static void
command_free (Command *self)
{
  g_clear_pointer (&self->settings, belfry_worker_settings_unref);
  g_clear_pointer (&self->exchange, belfry_exchange_drop);
  g_clear_pointer (&self->response, belfry_http_response_unref);
  g_clear_pointer (&self->freezer, belfry_freezer_unref);
  g_clear_pointer (&self->adoptions, g_array_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Command, command_free)

/* Only what clients ask for may be refused: a question without an answer ends with the patience for
 * it. Nothing else is, but by a worker that has ended. */
static void
push_command (BelfryWorker *self, const Command *from)
{
  Command *command = g_new (Command, 1);

  *command = *from;
  if (!(from->kind == COMMAND_ANSWER ? belfry_mailbox_push (self->commands, command, 1)
                                     : belfry_mailbox_push_control (self->commands, command)))
    command_free (command);
}

/* Reports */

static gboolean
push_report (BelfryWorker *self,
             BelfryWorkerReportKind kind,
             BelfryExchange *exchange,
             GError *error)
{
  BelfryWorkerReport *report = g_new (BelfryWorkerReport, 1);

  *report = (BelfryWorkerReport){ kind, self, error, exchange };
  if (kind == BELFRY_WORKER_ASKED ? belfry_mailbox_push (self->shared->reports, report, 1)
                                  : belfry_mailbox_push_control (self->shared->reports, report))
    return TRUE;
  report->exchange = NULL;
  belfry_worker_report_free (report);
  return FALSE;
}

static void
report (BelfryWorker *self, BelfryWorkerReportKind kind)
{
  push_report (self, kind, NULL, NULL);
}

/* Draining */

/* For those who are shed, too: it is the same to them. */
static void
close_for_restart (BelfryClient *client, gpointer user_data)
{
  belfry_connection_close_for_restart (client->connection,
                                       (guint) g_random_int_range (1, MAX_RECONNECT_DELAY + 1));
}

static void
check_drained (BelfryWorker *self)
{
  if (!self->draining || self->drained || belfry_roster_count (&self->clients) > 0)
    return;
  self->drained = TRUE;
  report (self, BELFRY_WORKER_DRAINED);
}

static void
begin_drain (BelfryWorker *self, gint64 duration)
{
  if (self->draining)
    return;
  self->draining = TRUE;
  belfry_listener_drain (self->listener);
  belfry_http_front_drain (self->front);
  belfry_roster_send_off (&self->clients, 100, duration * DRAIN_SHARE);
  check_drained (self);
}

/* A drain that has begun takes everybody along anyway. */
static void
begin_shed (BelfryWorker *self, guint percent, gint64 duration)
{
  if (!self->draining)
    belfry_roster_send_off (&self->clients, percent, duration);
}

/* Clients */

static void
publish_count (BelfryWorker *self)
{
  atomic_store_explicit (&self->n_clients, belfry_roster_count (&self->clients),
                         memory_order_relaxed);
}

static void
remember (BelfryWorker *self, BelfryClient *client)
{
  belfry_roster_add (&self->clients, client);
  publish_count (self);
}

/* By its path, for the settings may have been replaced since the request came. */
static const BelfryWorkerEndpoint *
find_endpoint (BelfryWorker *self, const char *path)
{
  for (gsize i = 0; i < self->settings->n_endpoints; i++)
    {
      if (g_str_equal (self->settings->front_endpoints[i].path, path))
        return &self->settings->endpoints[i];
    }
  return NULL;
}

static BelfryClient *
make_client (BelfryWorker *self, GIOStream *stream, BelfryUpgrade *upgrade, GError **error)
{
  const BelfryWorkerEndpoint *endpoint = find_endpoint (self, upgrade->endpoint->path);
  const BelfryReception reception = { self, self->host, self->shard };

  if (endpoint != NULL)
    return belfry_reception_receive (&reception, endpoint, stream, upgrade, error);
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND, "the endpoint %s was taken away",
               upgrade->endpoint->path);
  return NULL;
}

static void
on_upgraded (GIOStream *stream, BelfryUpgrade *upgrade, gpointer user_data)
{
  G_GNUC_UNUSED g_autoptr (GIOStream) owned = stream;
  g_autoptr (GError) error = NULL;
  BelfryWorker *self = user_data;
  BelfryClient *client = make_client (self, stream, upgrade, &error);

  if (client == NULL)
    {
      belfry_log_limited (&self->lost_clients, BELFRY_LOG_WARNING, NULL,
                          "a client could not be taken over: %s", error->message);
      belfry_addresses_release (self->shared->addresses, &upgrade->unit);
      return;
    }
  client->unit = upgrade->unit;
  remember (self, client);
  if (self->draining || (self->resting && !belfry_connection_can_rest (client->connection)))
    close_for_restart (client, NULL);
}

static void
on_asked (BelfryExchange *exchange, gpointer user_data)
{
  if (push_report (user_data, BELFRY_WORKER_ASKED, exchange, NULL))
    return;
  g_autoptr (BelfryHttpResponse) response =
      belfry_http_problem_new (503, "unavailable", "overloaded");
  belfry_exchange_answer (exchange, response);
}

static const BelfryHttpFrontOwner front_owner = { on_upgraded, on_asked };

static void
on_accepted (const BelfryAccepted *accepted, gpointer user_data)
{
  BelfryWorker *self = user_data;

  belfry_vestibule_take (belfry_http_front_get_vestibule (self->front), accepted);
}

/* Another image of the program */

static void
look_for_restless (BelfryClient *client, gpointer user_data)
{
  if (!belfry_connection_can_rest (client->connection))
    *(gboolean *) user_data = FALSE;
}

static void
rest_client (BelfryClient *client, gpointer user_data)
{
  if (belfry_connection_can_rest (client->connection))
    belfry_connection_rest (client->connection);
  else
    close_for_restart (client, NULL);
}

static void
rouse_client (BelfryClient *client, gpointer user_data)
{
  belfry_connection_rouse (client->connection);
}

static void
close_immovable (BelfryClient *client, gpointer user_data)
{
  if (!belfry_connection_can_move (client->connection))
    close_for_restart (client, NULL);
}

static gboolean
is_rested (BelfryWorker *self)
{
  if (!belfry_http_front_is_ended (self->front) ||
      belfry_vestibule_get_n_waiting (belfry_http_front_get_vestibule (self->front)) > 0)
    return FALSE;
  gboolean rested = TRUE;
  belfry_roster_foreach (&self->clients, look_for_restless, &rested);
  return rested;
}

/* What its turn has still to send to the hub is sent before the report. */
static void
on_rest_step (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryWorker *self = user_data;
  gint64 left = self->rest_until - belfry_clock_now (self->shared->clock);

  if (left <= 0)
    belfry_http_front_drain (self->front);
  if (left > -self->rest_patience && !is_rested (self))
    {
      belfry_deadline_wheel_set_after (self->wheel, deadline, REST_STEP);
      return;
    }
  if (self->shard != NULL)
    belfry_shard_flush (self->shard);
  report (self, BELFRY_WORKER_RESTED);
}

static void
begin_rest (BelfryWorker *self, gint64 duration)
{
  self->resting = self->host->resting = TRUE;
  self->rest_patience = duration - duration * REST_SHARE;
  self->rest_until = belfry_clock_now (self->shared->clock) + duration * REST_SHARE;
  belfry_listener_rest (self->listener);
  belfry_http_front_rest (self->front);
  belfry_roster_foreach (&self->clients, rest_client, NULL);
  on_rest_step (&self->rest_step, self);
}

static void
end_rest (BelfryWorker *self)
{
  belfry_deadline_cancel (&self->rest_step);
  self->resting = self->host->resting = FALSE;
  belfry_http_front_rouse (self->front);
  belfry_listener_rouse (self->listener);
  belfry_roster_foreach (&self->clients, rouse_client, NULL);
}

static void
take_last_turns (BelfryWorker *self)
{
  for (int i = 0; i < MAX_FREEZE_TURNS && !belfry_shard_is_idle (self->shard); i++)
    g_main_context_iteration (self->context, FALSE);
  belfry_shard_tell_losses (self->shard);
  belfry_roster_foreach (&self->clients, close_immovable, NULL);
  for (int i = 0; i < FREEZE_LAST_TURNS; i++)
    g_main_context_iteration (self->context, FALSE);
  belfry_shard_flush (self->shard);
}

/* Stands still until it is told to go on, as it will be if there is no other image after all. */
static void
freeze (BelfryWorker *self)
{
  g_autoptr (BelfryFreezer) freezer = g_steal_pointer (&self->freezer);

  if (self->shard != NULL)
    take_last_turns (self);
  belfry_freezer_stay (freezer,
                       belfry_frozen_new (&self->clients, self->listener, self->freeze_budget));
}

static void
adopt_one (BelfryWorker *self, BelfryAdoption *adoption)
{
  const BelfryReception reception = { self, self->host, self->shard };
  g_autoptr (GError) error = NULL;
  BelfryStateReader reader;

  belfry_state_reader_init (&reader, adoption->bytes, adoption->length);
  BelfryClient *client = belfry_reception_resume (&reception, find_endpoint,
                                                  g_steal_fd (&adoption->fd), &reader, &error);
  if (client == NULL)
    {
      belfry_log_limited (&self->lost_clients, BELFRY_LOG_WARNING, NULL,
                          "a client could not be taken over: %s", error->message);
      return;
    }
  belfry_addresses_acquire (self->shared->addresses, &client->unit, G_MAXUINT, G_MAXUINT);
  remember (self, client);
}

static void
adopt (BelfryWorker *self, GArray *adoptions)
{
  for (guint i = 0; i < adoptions->len; i++)
    adopt_one (self, &g_array_index (adoptions, BelfryAdoption, i));
  if (self->shard != NULL)
    belfry_shard_flush (self->shard);
  report (self, BELFRY_WORKER_ADOPTED);
}

/* Commands */

/* An upgrade that is under way still points into the settings that it began with: they are kept for
 * one whole interval after they were replaced. */
static void
on_retirement (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryWorker *self = user_data;
  GPtrArray *emptied = self->retired_first;

  g_ptr_array_set_size (emptied, 0);
  self->retired_first = self->retired;
  self->retired = emptied;
  if (self->retired_first->len > 0)
    belfry_deadline_wheel_set_after (self->wheel, deadline, RETIREMENT);
}

static void
retire (BelfryWorker *self, BelfryWorkerSettings *settings)
{
  g_ptr_array_add (self->retired, settings);
  if (!belfry_deadline_is_set (&self->retirement))
    belfry_deadline_wheel_set_after (self->wheel, &self->retirement, RETIREMENT);
}

static void
apply_settings (BelfryWorker *self, BelfryWorkerSettings *settings)
{
  BelfryWorkerSettings *old = self->settings;

  self->settings = belfry_worker_settings_ref (settings);
  belfry_http_front_set_settings (self->front, &settings->front);
  belfry_listener_set_limits (self->listener, &settings->listener);
  retire (self, old);
}

static void
on_command (gpointer item, gpointer user_data)
{
  g_autoptr (Command) command = item;
  BelfryWorker *self = user_data;

  switch (command->kind)
    {
    case COMMAND_SETTINGS:
      apply_settings (self, command->settings);
      break;
    case COMMAND_PROBE:
      report (self, BELFRY_WORKER_ALIVE);
      break;
    case COMMAND_DRAIN:
      begin_drain (self, command->duration);
      break;
    case COMMAND_SHED:
      begin_shed (self, command->percent, command->duration);
      break;
    case COMMAND_STOP:
      self->ended = TRUE;
      g_main_loop_quit (self->loop);
      break;
    case COMMAND_ANSWER:
      belfry_exchange_answer (g_steal_pointer (&command->exchange), command->response);
      break;
    case COMMAND_REST:
      begin_rest (self, command->duration);
      break;
    case COMMAND_ROUSE:
      end_rest (self);
      break;
    case COMMAND_FREEZE:
      self->freezer = g_steal_pointer (&command->freezer);
      self->freeze_budget = command->budget;
      g_main_loop_quit (self->loop);
      break;
    case COMMAND_ADOPT:
      adopt (self, command->adoptions);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* The thread */

static gboolean
listen_on_all (BelfryWorker *self, GError **error)
{
  g_autoptr (GPtrArray) sockets = g_steal_pointer (&self->sockets);

  while (sockets->len > 0)
    {
      if (!belfry_listener_add (self->listener, g_ptr_array_steal_index (sockets, 0), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
set_up (BelfryWorker *self, GError **error)
{
  const BelfryWorkerShared *shared = self->shared;

  self->reactor = belfry_reactor_new (self->context, error);
  if (self->reactor == NULL)
    return FALSE;
  self->wheel = belfry_deadline_wheel_new (shared->clock, self->context, G_PRIORITY_DEFAULT);
  belfry_roster_init (&self->clients, self->wheel, close_for_restart, NULL);
  belfry_log_limit_init (&self->lost_clients, self->wheel, "a client could not be taken over");
  self->slot = belfry_metrics_slot_new (shared->metrics);
  self->host = belfry_connection_host_new (self->reactor, self->wheel, shared->clock, self->slot);
  self->deflater = belfry_deflater_new (BELFRY_DEFLATE_LEVEL, BELFRY_DEFLATE_THRESHOLD);
  if (self->shard != NULL)
    belfry_shard_start (self->shard, self->wheel, self->slot);
  self->front =
      belfry_http_front_new (self->reactor, self->wheel, shared->addresses, shared->certificate,
                             &self->settings->front, &front_owner, self);
  self->listener =
      belfry_listener_new (self->reactor, self->wheel, shared->clock, shared->addresses,
                           &self->settings->listener, on_accepted, self);
  self->host->resting = self->resting;
  if (self->resting)
    belfry_listener_rest (self->listener);
  return listen_on_all (self, error);
}

static gboolean
on_out_of_patience (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Not by the wheel: its clock may stand still. */
static void
end_front (BelfryWorker *self)
{
  gboolean late = FALSE;
  g_autoptr (GSource) patience = g_timeout_source_new (LAST_PATIENCE / 1000);

  g_source_set_static_name (patience, "belfry-worker-last-patience");
  g_source_set_callback (patience, on_out_of_patience, &late, NULL);
  g_source_attach (patience, self->context);
  belfry_http_front_end (self->front);
  while (!belfry_http_front_is_ended (self->front) && !late)
    g_main_context_iteration (self->context, TRUE);
  g_source_destroy (patience);
  if (late)
    belfry_log_warning ("TLS handshakes that do not end are left behind");
}

static void
tear_down (BelfryWorker *self)
{
  BelfryClient *client;

  belfry_mailbox_close (self->commands, BELFRY_MAILBOX_DISCARD);
  g_clear_pointer (&self->listener, belfry_listener_free);
  if (self->front != NULL)
    end_front (self);
  g_clear_pointer (&self->front, belfry_http_front_free);
  belfry_roster_clear (&self->clients);
  while ((client = belfry_roster_peek (&self->clients)) != NULL)
    belfry_connection_abort (client->connection, BELFRY_CLOSE_GOING_AWAY, "stopping");
  if (self->shard != NULL && self->wheel != NULL)
    belfry_shard_stop (self->shard);
  for (int i = 0; i < MAX_LAST_TURNS && g_main_context_iteration (self->context, FALSE); i++)
    continue;
  belfry_deadline_cancel (&self->rest_step);
  belfry_log_limit_clear (&self->lost_clients);
  g_clear_pointer (&self->host, belfry_connection_host_free);
  g_clear_pointer (&self->deflater, belfry_deflater_free);
  g_clear_pointer (&self->wheel, belfry_deadline_wheel_free);
  g_clear_pointer (&self->reactor, belfry_reactor_free);
  g_clear_pointer (&self->slot, belfry_metrics_slot_free);
}

/* Orders to stop and to stand still may come together. */
static void
serve (BelfryWorker *self)
{
  while (!self->ended)
    {
      g_main_loop_run (self->loop);
      if (self->freezer != NULL)
        freeze (self);
    }
}

static gpointer
run (gpointer user_data)
{
  BelfryWorker *self = user_data;
  GError *error = NULL;

  g_main_context_push_thread_default (self->context);
  if (set_up (self, &error))
    {
      report (self, BELFRY_WORKER_STARTED);
      serve (self);
    }
  else
    push_report (self, BELFRY_WORKER_FAILED, NULL, error);
  tear_down (self);
  g_main_context_pop_thread_default (self->context);
  report (self, BELFRY_WORKER_STOPPED);
  return NULL;
}

void
belfry_worker_report_free (BelfryWorkerReport *self)
{
  g_clear_error (&self->error);
  g_clear_pointer (&self->exchange, belfry_exchange_drop);
  g_free (self);
}

BelfryWorker *
belfry_worker_new (guint index,
                   const BelfryWorkerShared *shared,
                   BelfryWorkerSettings *settings,
                   GPtrArray *sockets)
{
  const BelfryMailboxOptions options = {
    .name = "belfry-worker-commands",
    .priority = G_PRIORITY_DEFAULT,
    .capacity = MAX_COMMANDS,
    .reserve = RESERVED_COMMANDS,
    .policy = BELFRY_MAILBOX_REFUSE,
    .item_free = (GDestroyNotify) command_free,
  };
  BelfryWorker *self = g_new0 (BelfryWorker, 1);

  self->index = index;
  self->shared = shared;
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->commands = belfry_mailbox_new (self->context, &options, on_command, self, NULL);
  self->settings = belfry_worker_settings_ref (settings);
  self->sockets = sockets;
  if (shared->hub != NULL)
    self->shard = belfry_hub_add_shard (shared->hub, self->context);
  self->retired = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_worker_settings_unref);
  self->retired_first =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_worker_settings_unref);
  belfry_deadline_init (&self->retirement, on_retirement, self);
  belfry_deadline_init (&self->rest_step, on_rest_step, self);
  atomic_init (&self->n_clients, 0);
  return self;
}

void
belfry_worker_free (BelfryWorker *self)
{
  if (self->thread != NULL)
    {
      belfry_worker_stop (self);
      g_thread_join (self->thread);
    }
  belfry_mailbox_close (self->commands, BELFRY_MAILBOX_DISCARD);
  belfry_mailbox_unref (self->commands);
  if (self->shard != NULL)
    belfry_hub_remove_shard (self->shared->hub, g_steal_pointer (&self->shard));
  g_clear_pointer (&self->sockets, g_ptr_array_unref);
  g_clear_pointer (&self->freezer, belfry_freezer_unref);
  g_ptr_array_unref (self->retired);
  g_ptr_array_unref (self->retired_first);
  belfry_worker_settings_unref (self->settings);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}

void
belfry_worker_start (BelfryWorker *self)
{
  g_autofree char *name = g_strdup_printf ("worker-%u", self->index);

  self->thread = g_thread_new (name, run, self);
}

void
belfry_worker_set_settings (BelfryWorker *self, BelfryWorkerSettings *settings)
{
  push_command (self, &((Command){ .kind = COMMAND_SETTINGS,
                                   .settings = belfry_worker_settings_ref (settings) }));
}

void
belfry_worker_probe (BelfryWorker *self)
{
  push_command (self, &((Command){ .kind = COMMAND_PROBE }));
}

void
belfry_worker_drain (BelfryWorker *self, gint64 duration)
{
  push_command (self, &((Command){ .kind = COMMAND_DRAIN, .duration = duration }));
}

void
belfry_worker_shed (BelfryWorker *self, guint percent, gint64 duration)
{
  push_command (self,
                &((Command){ .kind = COMMAND_SHED, .percent = percent, .duration = duration }));
}

guint
belfry_worker_get_n_clients (const BelfryWorker *self)
{
  return atomic_load_explicit (&self->n_clients, memory_order_relaxed);
}

void
belfry_worker_stop (BelfryWorker *self)
{
  if (self->told_to_stop)
    return;
  self->told_to_stop = TRUE;
  push_command (self, &((Command){ .kind = COMMAND_STOP }));
}

void
belfry_worker_rest (BelfryWorker *self, gint64 duration)
{
  if (self->thread == NULL)
    self->resting = TRUE;
  else
    push_command (self, &((Command){ .kind = COMMAND_REST, .duration = duration }));
}

void
belfry_worker_rouse (BelfryWorker *self)
{
  push_command (self, &((Command){ .kind = COMMAND_ROUSE }));
}

void
belfry_worker_freeze (BelfryWorker *self, BelfryFreezer *freezer, gsize budget)
{
  push_command (self, &((Command){ .kind = COMMAND_FREEZE,
                                   .freezer = belfry_freezer_ref (freezer),
                                   .budget = budget }));
}

void
belfry_worker_adopt (BelfryWorker *self, GArray *adoptions)
{
  push_command (self, &((Command){ .kind = COMMAND_ADOPT, .adoptions = adoptions }));
}

void
belfry_worker_answer (BelfryWorker *self, BelfryExchange *exchange, BelfryHttpResponse *response)
{
  push_command (self, &(Command){ .kind = COMMAND_ANSWER,
                                  .exchange = exchange,
                                  .response = belfry_http_response_ref (response) });
}

BelfryDeflater *
belfry_worker_get_deflater (BelfryWorker *self)
{
  return self->deflater;
}

BelfryClient *
belfry_worker_get_clients (BelfryWorker *self)
{
  return self->clients.first[BELFRY_CLIENT_STAYS];
}

void
belfry_worker_forget (BelfryWorker *self, BelfryClient *client)
{
  belfry_roster_remove (&self->clients, client);
  publish_count (self);
  belfry_addresses_release (self->shared->addresses, &client->unit);
  belfry_client_free (client);
  check_drained (self);
}
