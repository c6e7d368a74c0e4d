/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-exchange.h"

#include <belfry/belfry.h>
#include <string.h>

/* One question over HTTP, with an end in time and in size. Its task owns it. */

#define CHUNK 8192

typedef struct
{
  SoupMessage *message;      /* (owned) */
  GInputStream *body;        /* (owned) (nullable) */
  GByteArray *content;       /* (owned) */
  GCancellable *cancellable; /* (owned): the caller's and the deadline's */
  GSource *deadline;         /* (owned) */
  gsize max_length;
  gboolean is_late;
} Exchange;

static void
exchange_free (Exchange *self)
{
  g_source_destroy (self->deadline);
  g_source_unref (self->deadline);
  g_object_unref (self->message);
  g_clear_object (&self->body);
  g_byte_array_unref (self->content);
  g_object_unref (self->cancellable);
  g_free (self);
}

static gboolean
on_deadline (gpointer data)
{
  Exchange *self = data;

  self->is_late = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
fail (GTask *task, const GError *error)
{
  const Exchange *self = g_task_get_task_data (task);

  g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE, "%s",
                           self->is_late ? "the backend took too long" : error->message);
}

static void
fail_reply (GTask *task, const char *message)
{
  g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, "%s", message);
}

/* What is no number is as good as none; beyond what anybody waits for, all are the same. */
static gint64
seconds_of (const char *text)
{
  if (!g_ascii_isdigit (*text))
    return 0;
  guint64 seconds = g_ascii_strtoull (text, NULL, 10);

  return (gint64) MIN (seconds, G_MAXINT32) * G_USEC_PER_SEC;
}

static gint64
max_age_of (SoupMessage *message)
{
  const char *header =
      soup_message_headers_get_list (soup_message_get_response_headers (message), "Cache-Control");
  gint64 age = -1;

  if (header == NULL)
    return age;
  GHashTable *words = soup_header_parse_param_list (header);
  const char *max_age = g_hash_table_lookup (words, "max-age");
  if (g_hash_table_contains (words, "no-store") || g_hash_table_contains (words, "no-cache"))
    age = 0;
  else if (max_age != NULL)
    age = seconds_of (max_age);
  soup_header_free_param_list (words);
  return age;
}

static void
finish (GTask *task)
{
  Exchange *self = g_task_get_task_data (task);
  BelfryWebhookReply *reply = g_new0 (BelfryWebhookReply, 1);

  reply->status = soup_message_get_status (self->message);
  reply->content = g_bytes_new (self->content->data, self->content->len);
  reply->max_age = max_age_of (self->message);
  g_task_return_pointer (task, reply, (GDestroyNotify) belfry_webhook_reply_free);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  Exchange *self = g_task_get_task_data (task);
  g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (self->body, result, &error);
  gsize length = chunk != NULL ? g_bytes_get_size (chunk) : 0;

  if (chunk == NULL)
    fail (task, error);
  else if (length > self->max_length - self->content->len)
    fail_reply (task, "the backend's answer is too long");
  else if (length == 0)
    finish (task);
  else
    {
      g_byte_array_append (self->content, g_bytes_get_data (chunk, NULL), (guint) length);
      g_input_stream_read_bytes_async (self->body, CHUNK, G_PRIORITY_DEFAULT, self->cancellable,
                                       on_read, g_steal_pointer (&task));
    }
}

static gboolean
is_json (SoupMessage *message)
{
  const char *type =
      soup_message_headers_get_content_type (soup_message_get_response_headers (message), NULL);

  return type != NULL &&
         (g_ascii_strcasecmp (type, "application/json") == 0 || g_str_has_suffix (type, "+json"));
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  Exchange *self = g_task_get_task_data (task);

  self->body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (self->body == NULL)
    fail (task, error);
  else if (soup_message_get_status (self->message) != SOUP_STATUS_OK)
    finish (task);
  else if (!is_json (self->message))
    fail_reply (task, "the backend's answer is not of type application/json");
  else
    g_input_stream_read_bytes_async (self->body, CHUNK, G_PRIORITY_DEFAULT, self->cancellable,
                                     on_read, g_steal_pointer (&task));
}

static GSource *
start_deadline (Exchange *self, gint64 timeout)
{
  GSource *source = g_timeout_source_new ((guint) (timeout / G_TIME_SPAN_MILLISECOND));

  g_source_set_static_name (source, "belfry-webhook-deadline");
  g_source_set_callback (source, on_deadline, self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

void
belfry_webhook_reply_free (BelfryWebhookReply *self)
{
  g_bytes_unref (self->content);
  g_free (self);
}

void
belfry_webhook_exchange_async (SoupSession *session,
                               SoupMessage *message,
                               gint64 timeout,
                               gsize max_length,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Exchange *self = g_new0 (Exchange, 1);

  g_task_set_source_tag (task, belfry_webhook_exchange_async);
  self->message = g_object_ref (message);
  self->content = g_byte_array_new ();
  self->cancellable = g_cancellable_new ();
  self->max_length = max_length;
  self->deadline = start_deadline (self, timeout);
  g_task_set_task_data (task, self, (GDestroyNotify) exchange_free);
  /* Not g_cancellable_connect(), from whose handler nobody could disconnect. */
  g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (g_cancellable_cancel),
                           self->cancellable, G_CONNECT_SWAPPED);
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, self->cancellable, on_sent, task);
}

BelfryWebhookReply *
belfry_webhook_exchange_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_webhook_exchange_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
