/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-server"

#include "config.h"

#include "belfry-server.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-http-routes.h"
#include "belfry-log.h"
#include "belfry-server-sockets.h"
#include "belfry-worker.h"

/* On the main thread: owns the workers, tells them what to do and hears what became of it. Start,
 * drain and stop are tasks that end when every worker has answered. */
struct _BelfryServer
{
  GObject parent_instance;

  GPtrArray *activated;                         /* (element-type BelfryActivationSocket) (owned) */
  const BelfryEndpointHandler *const *handlers; /* (unowned) */
  BelfryWorkerShared shared;
  BelfryClock *clock;             /* (owned) */
  BelfryMetrics *metrics;         /* (owned) */
  BelfryAddresses *addresses;     /* (owned) */
  BelfryHub *hub;                 /* (owned) (nullable): if there is a core */
  BelfryResponder *responder;     /* (owned) (nullable): likewise */
  BelfryCertificate *certificate; /* (owned) */
  BelfryMailbox *reports;         /* (owned) */
  GPtrArray *workers;             /* (element-type BelfryWorker) (owned) */
  GTask *starting;                /* (owned) (nullable) */
  GTask *draining;                /* (owned) (nullable) */
  GTask *stopping;                /* (owned) (nullable) */
  GTask *resting;                 /* (owned) (nullable) */
  BelfryHandover *handover;       /* (owned) (nullable): of the image before, while it starts */
  BelfryStateReader left;         /* what of it is still to be read */
  BelfryFreezer *freezer;         /* (owned) (nullable): while the workers stand still */
  GSource *settling;              /* (owned) (nullable): while the hub is to come to rest */
  gint64 settle_until;
  void (*settled) (BelfryServer *self); /* (unowned) (nullable) */
  GError *failure;                      /* (owned) (nullable): why the start will fail */
  guint n_starting;                     /* workers whose word on their start is awaited */
  guint n_draining;
  guint n_resting;
  guint n_adopting;
  BelfryDrainProgress drain; /* `until` is 0 before there is one */
  guint n_running;           /* threads that have not said that they stopped */
  guint n_silent;            /* workers that have not answered the last probe */
  guint16 port;
  gboolean ready;
};

static void belfry_server_iface_init (BelfryPartInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryServer,
                               belfry_server,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PART, belfry_server_iface_init))

/* Reports come from a few threads, one for each question; only /readyz can make many. */
#define MAX_REPORTS 65536

/* What a worker says of itself, which those questions cannot shut out: at the most one report of
 * each kind, for as many workers as there may be. */
#define RESERVED_REPORTS 8192

/* How often it is looked at whether the hub is at rest, and for how long at the most when sessions
 * go on: as long as it waits for a broker. */
#define SETTLE_STEP_MS 5
#define SETTLE_PATIENCE (10 * G_USEC_PER_SEC)

/* How long the workers may take to stand still: writing down what they have takes well below a
 * second. */
#define FREEZE_PATIENCE (10 * G_USEC_PER_SEC)

/* What all clients that go on may take. */
#define CLIENTS_BUDGET ((gsize) 256 << 20)

/* What a client takes at the least when it is written down. */
#define CLIENT_SIZE 8

static void
tell_all_to_stop (BelfryServer *self)
{
  for (guint i = 0; i < self->workers->len; i++)
    belfry_worker_stop (g_ptr_array_index (self->workers, i));
}

static void
finish_start (BelfryServer *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->starting);

  if (task == NULL)
    return;
  self->ready = TRUE;
  if (self->port != 0)
    belfry_log_info ("serving with %u workers, port %u", self->workers->len, self->port);
  else
    belfry_log_info ("serving with %u workers, no port of its own", self->workers->len);
  g_task_return_boolean (task, TRUE);
}

/* Settling */

static void
stop_settling (BelfryServer *self)
{
  if (self->settling != NULL)
    g_source_destroy (self->settling);
  g_clear_pointer (&self->settling, g_source_unref);
}

static gboolean
on_settle_step (gpointer user_data)
{
  g_autoptr (BelfryServer) self = g_object_ref (user_data);
  gboolean late = g_get_monotonic_time () >= self->settle_until;

  if (self->hub != NULL && !belfry_hub_is_idle (self->hub) && !late)
    return G_SOURCE_CONTINUE;
  stop_settling (self);
  self->settled (self);
  return G_SOURCE_REMOVE;
}

static void
settle (BelfryServer *self, gint64 patience, void (*settled) (BelfryServer *self))
{
  self->settle_until = g_get_monotonic_time () + patience;
  self->settled = settled;
  self->settling = g_timeout_source_new (SETTLE_STEP_MS);
  g_source_set_static_name (self->settling, "belfry-server-settle");
  g_source_set_callback (self->settling, on_settle_step, self, NULL);
  g_source_attach (self->settling, g_main_context_get_thread_default ());
}

/* Coming to rest */

static void
finish_rest (BelfryServer *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->resting);

  if (self->hub != NULL)
    belfry_hub_set_resting (self->hub, TRUE);
  if (task != NULL)
    g_task_return_boolean (task, TRUE);
}

static void
on_worker_rested (BelfryServer *self)
{
  gint64 patience = self->resting != NULL ? *(gint64 *) g_task_get_task_data (self->resting) : 0;

  if (--self->n_resting == 0 && self->resting != NULL)
    settle (self, patience, finish_rest);
}

static void
write_down (const GPtrArray *frozen, BelfryHandover *handover)
{
  BelfryStateWriter *writer = belfry_handover_get_writer (handover, BELFRY_HANDOVER_SERVER);
  guint n_sockets = 0;
  guint n_clients = 0;

  for (guint i = 0; i < frozen->len; i++)
    {
      const BelfryFrozen *each = g_ptr_array_index (frozen, i);

      n_sockets += each->n_sockets;
      n_clients += each->n_clients;
      for (guint j = 0; j < each->descriptors->len; j++)
        {
          const BelfryFrozenDescriptor *descriptor =
              &g_array_index (each->descriptors, BelfryFrozenDescriptor, j);

          belfry_handover_add_fd (handover, descriptor->fd, descriptor->kind);
        }
    }
  belfry_state_put_u32 (writer, n_sockets);
  for (guint i = 0; i < frozen->len; i++)
    belfry_state_append (writer, ((BelfryFrozen *) g_ptr_array_index (frozen, i))->sockets);
  belfry_state_put_u32 (writer, n_clients);
  for (guint i = 0; i < frozen->len; i++)
    belfry_state_append (writer, ((BelfryFrozen *) g_ptr_array_index (frozen, i))->clients);
}

/* Going on after another image */

/* Returns: (transfer full) (nullable): the sockets that were left */
static GPtrArray *
read_sockets (BelfryServer *self)
{
  GPtrArray *kept = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_listen_socket_free);

  belfry_handover_read (self->handover, BELFRY_HANDOVER_SERVER, &self->left);
  guint32 n = belfry_state_get_count (&self->left, CLIENT_SIZE);
  for (guint32 i = 0; i < n && belfry_state_reader_is_good (&self->left); i++)
    {
      BelfryListenSocket *socket = belfry_listen_socket_restore (self->handover, &self->left);

      if (socket != NULL)
        g_ptr_array_add (kept, socket);
    }
  return kept;
}

static void
clear_adoption (gpointer data)
{
  BelfryAdoption *adoption = data;

  if (adoption->fd >= 0)
    belfry_handover_close (adoption->fd);
}

static void
read_client (BelfryServer *self, GArray *adoptions)
{
  guint32 fd = belfry_state_get_u32 (&self->left);
  BelfryAdoption adoption = { .fd = -1 };

  adoption.bytes = belfry_state_get_bytes (&self->left, &adoption.length);
  if (adoption.bytes == NULL || fd > G_MAXINT)
    return;
  adoption.fd = belfry_handover_take_fd (self->handover, (int) fd, FALSE);
  if (adoption.fd >= 0)
    g_array_append_val (adoptions, adoption);
}

static GArray *
adoptions_new (void)
{
  GArray *adoptions = g_array_new (FALSE, FALSE, sizeof (BelfryAdoption));

  g_array_set_clear_func (adoptions, clear_adoption);
  return adoptions;
}

/* Evenly, however many workers there were before. */
static void
hand_out_clients (BelfryServer *self)
{
  guint32 n = belfry_handover_is_good (self->handover)
                  ? belfry_state_get_count (&self->left, CLIENT_SIZE)
                  : 0;
  guint n_workers = self->workers->len;

  self->n_adopting = n_workers;
  for (guint i = 0; i < n_workers; i++)
    {
      GArray *adoptions = adoptions_new ();
      guint32 share = n / n_workers + (i < n % n_workers ? 1 : 0);

      for (guint32 j = 0; j < share; j++)
        read_client (self, adoptions);
      belfry_worker_adopt (g_ptr_array_index (self->workers, i), adoptions);
    }
}

static void
rouse_workers (BelfryServer *self)
{
  for (guint i = 0; i < self->workers->len; i++)
    belfry_worker_rouse (g_ptr_array_index (self->workers, i));
}

static void
finish_adoption (BelfryServer *self)
{
  g_clear_pointer (&self->handover, belfry_handover_free);
  if (self->hub != NULL)
    belfry_hub_end_resuming (self->hub);
  rouse_workers (self);
  belfry_log_info ("going on with %u connections", belfry_server_get_n_connections (self));
  finish_start (self);
}

static void
on_worker_adopted (BelfryServer *self)
{
  if (--self->n_adopting == 0 && self->failure == NULL)
    settle (self, SETTLE_PATIENCE, finish_adoption);
}

static void
on_worker_started (BelfryServer *self)
{
  if (--self->n_starting > 0 || self->failure != NULL)
    return;
  if (self->handover != NULL)
    hand_out_clients (self);
  else
    finish_start (self);
}

/* A start that failed ends when the last thread has: nothing is left of it then. */
static void
finish_stop (BelfryServer *self)
{
  g_autoptr (GTask) starting = g_steal_pointer (&self->starting);
  g_autoptr (GTask) draining = g_steal_pointer (&self->draining);
  g_autoptr (GTask) stopping = g_steal_pointer (&self->stopping);
  g_autoptr (GTask) resting = g_steal_pointer (&self->resting);

  stop_settling (self);
  g_ptr_array_set_size (self->workers, 0);
  if (starting != NULL)
    g_task_return_error (starting, g_steal_pointer (&self->failure));
  if (draining != NULL)
    g_task_return_boolean (draining, TRUE);
  if (stopping != NULL)
    g_task_return_boolean (stopping, TRUE);
  if (resting != NULL)
    g_task_return_new_error (resting, BELFRY_ERROR, BELFRY_ERROR_CLOSED, "the service is stopping");
}

static void
on_worker_failed (BelfryServer *self, BelfryWorkerReport *report)
{
  if (self->failure == NULL)
    self->failure = g_steal_pointer (&report->error);
  tell_all_to_stop (self);
}

static void
on_worker_drained (BelfryServer *self)
{
  g_autoptr (GTask) task = NULL;

  if (--self->n_draining > 0)
    return;
  task = g_steal_pointer (&self->draining);
  if (task != NULL)
    g_task_return_boolean (task, TRUE);
}

/* What a worker asked, until it is answered. */
typedef struct
{
  BelfryServer *server;     /* (owned) */
  BelfryWorker *worker;     /* (unowned): if the server still has it */
  BelfryExchange *exchange; /* (owned) (nullable) */
} Question;

static void
question_free (Question *self)
{
  g_object_unref (self->server);
  g_clear_pointer (&self->exchange, belfry_exchange_drop);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (BelfryHttpResponse) response = belfry_responder_handle_finish (result);

  if (g_ptr_array_find (question->server->workers, question->worker, NULL))
    belfry_worker_answer (question->worker, g_steal_pointer (&question->exchange), response);
}

/* A broker that is away is away for all instances: if they all said that they are not ready, a load
 * balancer would send clients nowhere, though each delivers what is published to it. */
static BelfryHttpResponse *
describe_readiness (BelfryServer *self)
{
  const char *trouble = self->hub != NULL ? belfry_hub_get_trouble (self->hub) : NULL;
  g_autofree char *text = NULL;

  if (!self->ready)
    text = g_strdup ("stopping\n");
  else if (trouble != NULL)
    text = g_strdup_printf ("degraded: broker: %s\n", trouble);
  else
    text = g_strdup ("ready\n");

  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return belfry_http_response_new (self->ready ? 200 : 503, "text/plain; charset=utf-8", body);
}

static void
on_asked (BelfryServer *self, BelfryWorkerReport *report)
{
  BelfryHttpRequest *request = belfry_exchange_get_request (report->exchange);

  if (self->responder == NULL ||
      g_str_equal (belfry_http_request_get_path (request), BELFRY_HTTP_ROUTES_READY))
    {
      g_autoptr (BelfryHttpResponse) response = describe_readiness (self);

      belfry_worker_answer (report->worker, g_steal_pointer (&report->exchange), response);
      return;
    }
  Question *question = g_new (Question, 1);

  *question =
      (Question){ g_object_ref (self), report->worker, g_steal_pointer (&report->exchange) };
  belfry_responder_handle_async (self->responder, request, NULL, on_answered, question);
}

static void
on_report (gpointer item, gpointer user_data)
{
  BelfryServer *self = user_data;
  BelfryWorkerReport *report = item;

  switch (report->kind)
    {
    case BELFRY_WORKER_STARTED:
      on_worker_started (self);
      break;
    case BELFRY_WORKER_FAILED:
      on_worker_failed (self, report);
      break;
    case BELFRY_WORKER_ALIVE:
      self->n_silent--;
      break;
    case BELFRY_WORKER_ASKED:
      on_asked (self, report);
      break;
    case BELFRY_WORKER_DRAINED:
      on_worker_drained (self);
      break;
    case BELFRY_WORKER_RESTED:
      on_worker_rested (self);
      break;
    case BELFRY_WORKER_ADOPTED:
      on_worker_adopted (self);
      break;
    case BELFRY_WORKER_STOPPED:
      if (--self->n_running == 0)
        finish_stop (self);
      break;
    default:
      g_assert_not_reached ();
    }
  belfry_worker_report_free (report);
}

static guint
count_workers (BelfryConfig *config)
{
  gint64 configured = belfry_config_get_number (config, BELFRY_CONFIG_SERVER_WORKERS);

  return configured > 0 ? (guint) configured : g_get_num_processors ();
}

static gboolean
load_certificate (BelfryServer *self, BelfryConfig *config, GError **error)
{
  const char *chain = belfry_config_get_text (config, BELFRY_CONFIG_SERVER_TLS_CERTIFICATE);
  const char *key = belfry_config_get_text (config, BELFRY_CONFIG_SERVER_TLS_KEY);

  return *chain == '\0' || belfry_certificate_load (self->certificate, chain, key, error);
}

static gboolean
make_workers (BelfryServer *self, BelfryConfig *config, GError **error)
{
  g_autoptr (BelfryWorkerSettings) settings =
      belfry_worker_settings_new (config, self->handlers, error);
  guint n = count_workers (config);

  if (settings == NULL)
    return FALSE;
  g_autoptr (GPtrArray) kept = self->handover != NULL ? read_sockets (self) : NULL;
  GPtrArray **sockets =
      belfry_server_sockets_open (config, self->activated, kept, n, &self->port, error);
  if (sockets == NULL)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      BelfryWorker *worker =
          belfry_worker_new (i, &self->shared, settings, g_steal_pointer (&sockets[i]));

      g_ptr_array_add (self->workers, worker);
      if (self->handover != NULL)
        belfry_worker_rest (worker, 0);
    }
  belfry_server_sockets_free (sockets, n);
  return TRUE;
}

static const char *
belfry_server_get_name (BelfryPart *part)
{
  return "server";
}

static void
belfry_server_start_async (BelfryPart *part,
                           BelfryConfig *config,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  BelfryServer *self = BELFRY_SERVER (part);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, belfry_server_start_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!load_certificate (self, config, &error) || !make_workers (self, config, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  self->starting = g_steal_pointer (&task);
  self->n_starting = self->n_running = self->workers->len;
  for (guint i = 0; i < self->workers->len; i++)
    belfry_worker_start (g_ptr_array_index (self->workers, i));
}

/* A file that cannot be read is found here, when nothing has changed yet. */
static gboolean
belfry_server_check (BelfryPart *part, BelfryConfig *next, GError **error)
{
  const char *chain = belfry_config_get_text (next, BELFRY_CONFIG_SERVER_TLS_CERTIFICATE);
  const char *key = belfry_config_get_text (next, BELFRY_CONFIG_SERVER_TLS_KEY);
  g_autoptr (BelfryCertificate) trial = belfry_certificate_new ();
  g_autoptr (BelfryWorkerSettings) settings =
      belfry_worker_settings_new (next, BELFRY_SERVER (part)->handlers, error);

  return settings != NULL && (*chain == '\0' || belfry_certificate_load (trial, chain, key, error));
}

/* What was there a moment ago may be gone: then the old stays in force. */
static void
belfry_server_apply (BelfryPart *part, BelfryConfig *next)
{
  BelfryServer *self = BELFRY_SERVER (part);
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWorkerSettings) settings =
      belfry_worker_settings_new (next, self->handlers, &error);

  if (settings == NULL || !load_certificate (self, next, &error))
    {
      belfry_log_warning ("the old settings of the server stay in force: %s", error->message);
      return;
    }
  if (self->responder != NULL)
    belfry_responder_set_config (self->responder, next);
  for (guint i = 0; i < self->workers->len; i++)
    belfry_worker_set_settings (g_ptr_array_index (self->workers, i), settings);
}

static void
on_drain_cancelled (GCancellable *cancellable, BelfryServer *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->draining);

  if (task != NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "clients are left: %u",
                             belfry_server_get_n_clients (self));
}

static void
belfry_server_drain_async (BelfryPart *part,
                           gint64 duration,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  BelfryServer *self = BELFRY_SERVER (part);

  self->ready = FALSE;
  self->drain.total = belfry_server_get_n_clients (self);
  self->drain.until = belfry_clock_now (self->clock) + duration;
  self->draining = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->draining, belfry_server_drain_async);
  self->n_draining = self->workers->len;
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_drain_cancelled), self, 0);
  for (guint i = 0; i < self->workers->len; i++)
    belfry_worker_drain (g_ptr_array_index (self->workers, i), duration);
}

static void
belfry_server_stop_async (BelfryPart *part, GAsyncReadyCallback callback, gpointer user_data)
{
  BelfryServer *self = BELFRY_SERVER (part);

  self->ready = FALSE;
  self->stopping = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->stopping, belfry_server_stop_async);
  tell_all_to_stop (self);
}

static gboolean
belfry_server_finish (BelfryPart *part, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, part), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Asked twice in each interval of the watchdog: a worker that has not answered by the next time
 * holds it back. */
static gboolean
belfry_server_is_alive (BelfryPart *part)
{
  BelfryServer *self = BELFRY_SERVER (part);

  if (!self->ready)
    return TRUE;
  if (self->n_silent > 0)
    return FALSE;
  self->n_silent = self->workers->len;
  for (guint i = 0; i < self->workers->len; i++)
    belfry_worker_probe (g_ptr_array_index (self->workers, i));
  return TRUE;
}

static void
belfry_server_describe (BelfryPart *part, GString *status)
{
  BelfryServer *self = BELFRY_SERVER (part);
  BelfryDrainProgress drain;

  if (belfry_server_get_drain (self, &drain))
    {
      gint64 left = MAX (drain.until - belfry_clock_now (self->clock), 0);

      g_string_append_printf (status, ", %u of %u clients left, about %u s", drain.left,
                              drain.total, (guint) ((left + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC));
      return;
    }
  g_string_append_printf (status, ", %u connections, %u workers",
                          belfry_server_get_n_connections (self), self->workers->len);
}

static void
belfry_server_finalize (GObject *object)
{
  BelfryServer *self = BELFRY_SERVER (object);

  stop_settling (self);
  belfry_mailbox_close (self->reports, BELFRY_MAILBOX_DISCARD);
  g_clear_pointer (&self->freezer, belfry_freezer_unref);
  g_clear_pointer (&self->responder, belfry_responder_free);
  g_ptr_array_unref (self->workers);
  g_clear_pointer (&self->handover, belfry_handover_free);
  g_clear_object (&self->hub);
  belfry_mailbox_unref (self->reports);
  belfry_certificate_unref (self->certificate);
  belfry_addresses_unref (self->addresses);
  belfry_metrics_unref (self->metrics);
  g_ptr_array_unref (self->activated);
  g_object_unref (self->clock);
  g_clear_error (&self->failure);
  G_OBJECT_CLASS (belfry_server_parent_class)->finalize (object);
}

static void
belfry_server_iface_init (BelfryPartInterface *iface)
{
  iface->get_name = belfry_server_get_name;
  iface->start_async = belfry_server_start_async;
  iface->start_finish = belfry_server_finish;
  iface->check = belfry_server_check;
  iface->apply = belfry_server_apply;
  iface->drain_async = belfry_server_drain_async;
  iface->drain_finish = belfry_server_finish;
  iface->stop_async = belfry_server_stop_async;
  iface->stop_finish = belfry_server_finish;
  iface->is_alive = belfry_server_is_alive;
  iface->describe = belfry_server_describe;
}

static void
belfry_server_class_init (BelfryServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_server_finalize;
}

static void
belfry_server_init (BelfryServer *self)
{
  const BelfryMetricTable table = { belfry_connection_metrics, BELFRY_CONNECTION_N_METRICS };
  const BelfryMailboxOptions options = {
    .name = "belfry-server-reports",
    .priority = G_PRIORITY_DEFAULT,
    .capacity = MAX_REPORTS,
    .reserve = RESERVED_REPORTS,
    .policy = BELFRY_MAILBOX_REFUSE,
    .item_free = (GDestroyNotify) belfry_worker_report_free,
  };

  self->metrics = belfry_metrics_new (&table, 1);
  self->addresses = belfry_addresses_new ();
  self->certificate = belfry_certificate_new ();
  self->reports = belfry_mailbox_new (NULL, &options, on_report, self, NULL);
  self->workers = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_worker_free);
}

BelfryServer *
belfry_server_new (BelfryClock *clock,
                   GPtrArray *activated,
                   const BelfryEndpointHandler *const *handlers)
{
  BelfryServer *self = g_object_new (BELFRY_TYPE_SERVER, NULL);

  self->clock = g_object_ref (clock);
  self->activated = g_ptr_array_ref (activated);
  self->handlers = handlers;
  self->shared = (BelfryWorkerShared){
    .clock = self->clock,
    .metrics = self->metrics,
    .addresses = self->addresses,
    .certificate = self->certificate,
    .reports = self->reports,
  };
  return self;
}

void
belfry_server_set_core (BelfryServer *self,
                        BelfryHub *hub,
                        BelfryMetrics *metrics,
                        BelfryConfig *config,
                        const BelfryResponderRoutes *routes)
{
  g_return_if_fail (self->workers->len == 0);

  self->hub = g_object_ref (hub);
  self->shared.hub = hub;
  belfry_metrics_unref (self->metrics);
  self->metrics = belfry_metrics_ref (metrics);
  self->shared.metrics = metrics;
  self->responder = belfry_responder_new (hub, metrics, config, routes);
}

void
belfry_server_set_handover (BelfryServer *self, BelfryHandover *handover)
{
  g_return_if_fail (self->workers->len == 0);

  self->handover = handover;
}

void
belfry_server_rest_async (BelfryServer *self,
                          gint64 duration,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  self->resting = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->resting, belfry_server_rest_async);
  g_task_set_task_data (self->resting, g_memdup2 (&duration, sizeof duration), g_free);
  self->n_resting = self->workers->len;
  for (guint i = 0; i < self->workers->len; i++)
    belfry_worker_rest (g_ptr_array_index (self->workers, i), duration);
}

gboolean
belfry_server_rest_finish (BelfryServer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_server_rest_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
belfry_server_freeze (BelfryServer *self, BelfryHandover *handover, GError **error)
{
  guint n = self->workers->len;

  self->freezer = belfry_freezer_new ();
  for (guint i = 0; i < n; i++)
    belfry_worker_freeze (g_ptr_array_index (self->workers, i), self->freezer, CLIENTS_BUDGET / n);

  const GPtrArray *frozen = belfry_freezer_wait (self->freezer, n, FREEZE_PATIENCE);

  if (frozen == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                   "the workers do not come to stand still");
      return FALSE;
    }
  write_down (frozen, handover);
  return TRUE;
}

void
belfry_server_rouse (BelfryServer *self)
{
  if (self->freezer != NULL)
    belfry_freezer_thaw (self->freezer);
  g_clear_pointer (&self->freezer, belfry_freezer_unref);
  if (self->hub != NULL)
    belfry_hub_set_resting (self->hub, FALSE);
  rouse_workers (self);
}

guint16
belfry_server_get_port (BelfryServer *self)
{
  return self->port;
}

guint
belfry_server_get_n_workers (BelfryServer *self)
{
  return self->workers->len;
}

guint
belfry_server_get_n_connections (BelfryServer *self)
{
  return belfry_addresses_get_n_connections (self->addresses);
}

guint
belfry_server_get_n_clients (BelfryServer *self)
{
  guint n = 0;

  for (guint i = 0; i < self->workers->len; i++)
    n += belfry_worker_get_n_clients (g_ptr_array_index (self->workers, i));
  return n;
}

/* Who came while the drain began was not counted with the others. */
gboolean
belfry_server_get_drain (BelfryServer *self, BelfryDrainProgress *progress)
{
  if (self->drain.until == 0)
    return FALSE;
  *progress = self->drain;
  progress->left = belfry_server_get_n_clients (self);
  progress->total = MAX (progress->total, progress->left);
  return TRUE;
}

gboolean
belfry_server_shed (BelfryServer *self, guint percent, gint64 duration)
{
  g_return_val_if_fail (percent >= 1 && percent <= 100, FALSE);
  g_return_val_if_fail (duration >= 0, FALSE);

  if (!self->ready)
    return FALSE;
  belfry_log_event (BELFRY_LOG_NOTICE,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_SHEDDING }),
                    "sending %u %% of %u clients away, over %.1f s", percent,
                    belfry_server_get_n_clients (self), (double) duration / G_USEC_PER_SEC);
  for (guint i = 0; i < self->workers->len; i++)
    belfry_worker_shed (g_ptr_array_index (self->workers, i), percent, duration);
  return TRUE;
}
