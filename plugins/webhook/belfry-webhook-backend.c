/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-backend.h"

#include "belfry-webhook-body.h"
#include "belfry-webhook-breaker.h"
#include "belfry-webhook-cache.h"
#include "belfry-webhook-exchange.h"

/* The way of a question: remembered? already being asked? may it be asked now, or must it wait? may
 * it wait? A job is a question that is being asked or waits for that, with all who want to know.
 *
 * Callbacks of those may ask again or close everything. So a job leaves all lists before they are
 * called. */

struct _BelfryWebhookBackend
{
  grefcount ref_count;
  BelfryPluginHost *host;          /* (owned) */
  BelfryWebhookSettings *settings; /* (owned) */
  SoupSession *session;            /* (owned) */
  GUri *url;                       /* (owned) */
  BelfryWebhookParse parse;
  BelfryWebhookBreaker breaker;
  BelfryWebhookCache *cache; /* (owned) */
  GHashTable *jobs;          /* (element-type utf8 Job) (owned): by the digest of the question */
  GQueue waiting;            /* (element-type Job): those of the jobs that are not begun */
  guint n_running;
  gboolean is_starting;
  gboolean is_closed;
};

typedef struct
{
  grefcount ref_count;
  BelfryWebhookBackend *backend; /* (owned) */
  char *key;                     /* (owned) */
  GBytes *body;                  /* (owned) */
  GQueue waiters;                /* (element-type Waiter) (owned) */
  GCancellable *cancellable;     /* (owned) */
} Job;

typedef struct
{
  GTask *task;               /* (owned) */
  Job *job;                  /* (unowned): which has this one in its queue */
  GCancellable *cancellable; /* (owned) (nullable) */
  gulong handler;
} Waiter;

static void
waiter_free (Waiter *waiter)
{
  if (waiter->cancellable != NULL)
    g_signal_handler_disconnect (waiter->cancellable, waiter->handler);
  g_clear_object (&waiter->cancellable);
  g_object_unref (waiter->task);
  g_free (waiter);
}

static Job *
job_ref (Job *job)
{
  g_ref_count_inc (&job->ref_count);
  return job;
}

static void
job_unref (Job *job)
{
  if (!g_ref_count_dec (&job->ref_count))
    return;
  g_queue_clear_full (&job->waiters, (GDestroyNotify) waiter_free);
  belfry_webhook_backend_unref (job->backend);
  g_free (job->key);
  g_bytes_unref (job->body);
  g_object_unref (job->cancellable);
  g_free (job);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_unref)

static Job *
job_new (BelfryWebhookBackend *backend, const char *key, GBytes *body)
{
  Job *job = g_new0 (Job, 1);

  g_ref_count_init (&job->ref_count);
  job->backend = belfry_webhook_backend_ref (backend);
  job->key = g_strdup (key);
  job->body = g_bytes_ref (body);
  g_queue_init (&job->waiters);
  job->cancellable = g_cancellable_new ();
  return job;
}

/* Nobody who asks from now on joins this one. */
static void
detach (Job *job)
{
  BelfryWebhookBackend *self = job->backend;

  g_queue_remove (&self->waiting, job);
  if (g_hash_table_lookup (self->jobs, job->key) == job)
    g_hash_table_remove (self->jobs, job->key);
}

/* Tells all who wait, of whom some may cancel others meanwhile. @job must be held and detached. */
static void
tell (Job *job, BelfryWebhookAnswer *answer, const GError *error)
{
  Waiter *waiter;

  while ((waiter = g_queue_pop_head (&job->waiters)) != NULL)
    {
      g_autoptr (GTask) task = g_object_ref (waiter->task);

      waiter_free (waiter);
      if (answer != NULL)
        g_task_return_pointer (task, belfry_webhook_answer_ref (answer),
                               (GDestroyNotify) belfry_webhook_answer_unref);
      else
        g_task_return_error (task, g_error_copy (error));
    }
}

static void
remember (BelfryWebhookBackend *self, const char *key, BelfryWebhookAnswer *answer, gint64 max_age)
{
  gint64 now = belfry_plugin_host_now (self->host);
  gint64 ttl = belfry_webhook_answer_is_positive (answer) ? self->settings->cache_ttl
                                                          : self->settings->negative_ttl;

  if (max_age >= 0)
    ttl = MIN (ttl, max_age);
  if (answer->identity != NULL && belfry_identity_get_expiry (answer->identity) != 0)
    ttl = MIN (ttl, belfry_identity_get_expiry (answer->identity) -
                        belfry_plugin_host_wall (self->host));
  belfry_webhook_cache_insert (self->cache, key, answer, now, now + ttl);
}

static void
count_failure (BelfryWebhookBackend *self, const GError *error)
{
  g_debug ("%s: %s", g_uri_get_host (self->url), error->message);
  if (belfry_webhook_breaker_fail (&self->breaker, belfry_plugin_host_now (self->host)))
    g_warning ("the backend at %s is left alone for a while: %s", g_uri_get_host (self->url),
               error->message);
}

/* An answer that is no use is an answer all the same: if it counted, clients who provoke such ones
 * could shut the door for all others. */
static void
count_success (BelfryWebhookBackend *self)
{
  if (belfry_webhook_breaker_succeed (&self->breaker))
    g_message ("the backend at %s answers again", g_uri_get_host (self->url));
}

static BelfryWebhookAnswer *
take_reply (Job *job, GAsyncResult *result, GError **error)
{
  BelfryWebhookBackend *self = job->backend;
  g_autoptr (BelfryWebhookReply) reply = belfry_webhook_exchange_finish (result, error);

  if (reply == NULL)
    return NULL;
  gint64 wall = belfry_plugin_host_wall (self->host);
  BelfryWebhookAnswer *answer = self->parse (reply->status, reply->content, wall, error);
  if (answer != NULL)
    remember (self, job->key, answer, reply->max_age);
  return answer;
}

static void run_waiting (BelfryWebhookBackend *self);

static void
on_reply (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Job) job = data;
  g_autoptr (BelfryWebhookBackend) self = belfry_webhook_backend_ref (job->backend);
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWebhookAnswer) answer = take_reply (job, result, &error);

  self->n_running--;
  if (answer != NULL || g_error_matches (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED))
    count_success (self);
  else if (g_cancellable_is_cancelled (job->cancellable))
    belfry_webhook_breaker_give_up (&self->breaker);
  else
    count_failure (self, error);
  detach (job);
  run_waiting (self);
  tell (job, answer, error);
}

static SoupMessage *
make_message (BelfryWebhookBackend *self, GBytes *body)
{
  SoupMessage *message = soup_message_new_from_uri (SOUP_METHOD_POST, self->url);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  const BelfryWebhookSettings *settings = self->settings;

  /* A question may be asked twice if the connection on which it was sent had been closed. */
  soup_message_set_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT);
  soup_message_set_request_body_from_bytes (message, "application/json", body);
  soup_message_headers_replace (headers, "Accept", "application/json");
  if (settings->bearer != NULL)
    soup_message_headers_replace (headers, "Authorization", settings->bearer);
  if (settings->secret != NULL)
    {
      g_autofree char *signature =
          belfry_webhook_body_sign (body, settings->secret, belfry_plugin_host_wall (self->host));

      soup_message_headers_replace (headers, "Belfry-Signature", signature);
    }
  return message;
}

static void
run (BelfryWebhookBackend *self, Job *job)
{
  g_autoptr (SoupMessage) message = make_message (self, job->body);

  self->n_running++;
  belfry_webhook_exchange_async (self->session, message, self->settings->timeout,
                                 BELFRY_WEBHOOK_MAX_ANSWER, job->cancellable, on_reply,
                                 job_ref (job));
}

static void
refuse (Job *job, const char *message)
{
  g_autoptr (Job) held = job_ref (job);
  g_autoptr (GError) error =
      g_error_new_literal (BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE, message);

  detach (held);
  tell (held, NULL, error);
}

static gboolean
may_ask (BelfryWebhookBackend *self)
{
  return belfry_webhook_breaker_try (&self->breaker, belfry_plugin_host_now (self->host));
}

/* Begins as many as there is room for. Those that must not be asked now are not kept for later;
 * what is asked by those who are told so is left to the loop that is under way. */
static void
run_waiting (BelfryWebhookBackend *self)
{
  Job *job;

  if (self->is_starting)
    return;
  self->is_starting = TRUE;
  while (!self->is_closed && self->n_running < self->settings->max_concurrent &&
         (job = g_queue_pop_head (&self->waiting)) != NULL)
    {
      if (may_ask (self))
        run (self, job);
      else
        refuse (job, "the backend is left alone for a while");
    }
  self->is_starting = FALSE;
}

/* One who waited has gone; if he was the last, the question is of no use any more. */
static void
on_cancelled (GCancellable *cancellable, Waiter *waiter)
{
  g_autoptr (Job) job = job_ref (waiter->job);
  g_autoptr (GTask) task = g_object_ref (waiter->task);

  g_queue_remove (&job->waiters, waiter);
  waiter_free (waiter);
  if (g_queue_is_empty (&job->waiters))
    {
      detach (job);
      g_cancellable_cancel (job->cancellable);
    }
  g_task_return_error_if_cancelled (task);
}

static void
add_waiter (Job *job, GTask *task)
{
  Waiter *waiter = g_new0 (Waiter, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  waiter->task = task;
  waiter->job = job;
  g_queue_push_tail (&job->waiters, waiter);
  if (cancellable == NULL)
    return;
  waiter->cancellable = g_object_ref (cancellable);
  waiter->handler = g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled), waiter);
}

static void
begin_job (BelfryWebhookBackend *self, Job *job)
{
  if (self->n_running < self->settings->max_concurrent)
    {
      g_queue_push_tail (&self->waiting, job);
      run_waiting (self);
    }
  else if (self->waiting.length < self->settings->max_waiting)
    g_queue_push_tail (&self->waiting, job);
  else
    refuse (job, "too many questions wait for the backend");
}

BelfryWebhookBackend *
belfry_webhook_backend_new (BelfryPluginHost *host,
                            BelfryWebhookSettings *settings,
                            SoupSession *session,
                            GUri *url,
                            BelfryWebhookParse parse)
{
  BelfryWebhookBackend *self = g_new0 (BelfryWebhookBackend, 1);

  g_ref_count_init (&self->ref_count);
  self->host = g_object_ref (host);
  self->settings = belfry_webhook_settings_ref (settings);
  self->session = g_object_ref (session);
  self->url = g_uri_ref (url);
  self->parse = parse;
  belfry_webhook_breaker_init (&self->breaker, settings->failures, settings->pause);
  self->cache = belfry_webhook_cache_new (settings->cache_size);
  self->jobs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) job_unref);
  g_queue_init (&self->waiting);
  return self;
}

BelfryWebhookBackend *
belfry_webhook_backend_ref (BelfryWebhookBackend *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
belfry_webhook_backend_unref (BelfryWebhookBackend *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->jobs);
  belfry_webhook_cache_free (self->cache);
  g_uri_unref (self->url);
  g_object_unref (self->session);
  belfry_webhook_settings_unref (self->settings);
  g_object_unref (self->host);
  g_free (self);
}

static Job *
any_job (BelfryWebhookBackend *self)
{
  GHashTableIter iter;
  gpointer job = NULL;

  g_hash_table_iter_init (&iter, self->jobs);
  g_hash_table_iter_next (&iter, NULL, &job);
  return job;
}

void
belfry_webhook_backend_close (BelfryWebhookBackend *self)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the plugin is disabled");
  Job *job;

  belfry_webhook_backend_ref (self);
  self->is_closed = TRUE;
  while ((job = any_job (self)) != NULL)
    {
      g_autoptr (Job) held = job_ref (job);

      detach (held);
      g_cancellable_cancel (held->cancellable);
      tell (held, NULL, error);
    }
  belfry_webhook_backend_unref (self);
}

gboolean
belfry_webhook_backend_is_idle (const BelfryWebhookBackend *self)
{
  return self->n_running == 0 && g_hash_table_size (self->jobs) == 0;
}

static char *
key_of (GBytes *body)
{
  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, body);
}

BelfryWebhookAnswer *
belfry_webhook_backend_peek (BelfryWebhookBackend *self, GBytes *body)
{
  g_autofree char *key = key_of (body);

  return belfry_webhook_cache_lookup (self->cache, key, belfry_plugin_host_now (self->host));
}

void
belfry_webhook_backend_ask_async (BelfryWebhookBackend *self,
                                  GBytes *body,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofree char *key = key_of (body);

  g_task_set_source_tag (task, belfry_webhook_backend_ask_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->is_closed)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the plugin is disabled");
      return;
    }
  BelfryWebhookAnswer *answer =
      belfry_webhook_cache_lookup (self->cache, key, belfry_plugin_host_now (self->host));
  if (answer != NULL)
    {
      g_task_return_pointer (task, belfry_webhook_answer_ref (answer),
                             (GDestroyNotify) belfry_webhook_answer_unref);
      return;
    }
  Job *job = g_hash_table_lookup (self->jobs, key);
  if (job != NULL)
    {
      add_waiter (job, g_steal_pointer (&task));
      return;
    }
  job = job_new (self, key, body);
  g_hash_table_insert (self->jobs, job->key, job);
  add_waiter (job, g_steal_pointer (&task));
  begin_job (self, job);
}

BelfryWebhookAnswer *
belfry_webhook_backend_ask_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_webhook_backend_ask_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
