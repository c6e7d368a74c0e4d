/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-exchange"

#include "config.h"

#include "belfry-exchange.h"

#include "belfry-http-problem.h"

/* Who drops an exchange may be on another thread; all but the count and the request is the
 * worker's. */
struct _BelfryExchange
{
  gatomicrefcount refs;
  BelfryHttpRequest *request; /* (owned) */
  GQueue *pending;            /* (unowned) (nullable): once it no longer waits */
  SoupServerMessage *message; /* (owned) (nullable): likewise */
  BelfryDeadline deadline;
  GList link; /* in the list of those that wait */
};

void
belfry_exchange_drop (BelfryExchange *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  belfry_http_request_unref (self->request);
  g_free (self);
}

static void
finish (BelfryExchange *self, BelfryHttpResponse *response)
{
  g_autoptr (SoupServerMessage) message = g_steal_pointer (&self->message);

  belfry_deadline_cancel (&self->deadline);
  g_queue_unlink (g_steal_pointer (&self->pending), &self->link);
  belfry_exchange_respond (message, response);
  soup_server_message_unpause (message);
  belfry_exchange_drop (self);
}

static void
finish_unavailable (BelfryExchange *self, const char *detail)
{
  g_autoptr (BelfryHttpResponse) response = belfry_http_problem_new (503, "unavailable", detail);

  finish (self, response);
}

/* The main thread is late: that is an answer, too. */
static void
on_late (BelfryDeadline *deadline, gpointer user_data)
{
  finish_unavailable (user_data, "there was no answer in time");
}

BelfryExchange *
belfry_exchange_new (GQueue *pending,
                     BelfryDeadlineWheel *wheel,
                     gint64 patience,
                     SoupServerMessage *message,
                     BelfryHttpRequest *request)
{
  BelfryExchange *self = g_new0 (BelfryExchange, 1);

  g_atomic_ref_count_init (&self->refs);
  g_atomic_ref_count_inc (&self->refs);
  self->request = belfry_http_request_ref (request);
  self->pending = pending;
  self->message = g_object_ref (message);
  self->link.data = self;
  g_queue_push_tail_link (pending, &self->link);
  belfry_deadline_init (&self->deadline, on_late, self);
  belfry_deadline_wheel_set_after (wheel, &self->deadline, patience);
  soup_server_message_pause (message);
  return self;
}

BelfryHttpRequest *
belfry_exchange_get_request (const BelfryExchange *self)
{
  return self->request;
}

void
belfry_exchange_answer (BelfryExchange *self, BelfryHttpResponse *response)
{
  if (self->pending != NULL)
    finish (self, response);
  belfry_exchange_drop (self);
}

void
belfry_exchange_end_all (GQueue *pending)
{
  while (pending->length > 0)
    finish_unavailable (pending->head->data, "stopping");
}

static void
add_header (const char *name, const char *value, gpointer user_data)
{
  GPtrArray *headers = user_data;

  g_ptr_array_add (headers, g_ascii_strdown (name, -1));
  g_ptr_array_add (headers, g_strdup (value));
}

BelfryHttpRequest *
belfry_exchange_make_request (SoupServerMessage *message, const char *peer)
{
  GUri *uri = soup_server_message_get_uri (message);
  SoupMessageBody *soup_body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) body = soup_message_body_flatten (soup_body);
  g_autoptr (GPtrArray) headers = g_ptr_array_new_with_free_func (g_free);

  soup_message_headers_foreach (soup_server_message_get_request_headers (message), add_header,
                                headers);
  g_ptr_array_add (headers, NULL);

  const BelfryHttpRequestParams params = {
    .method = soup_server_message_get_method (message),
    .path = g_uri_get_path (uri),
    .query = g_uri_get_query (uri),
    .address = peer,
    .headers = (const char *const *) headers->pdata,
    .body = body,
  };
  return belfry_http_request_new (&params);
}

void
belfry_exchange_respond (SoupServerMessage *message, BelfryHttpResponse *response)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *const *pair = belfry_http_response_get_headers (response);
  const char *type = belfry_http_response_get_content_type (response);
  GBytes *body = belfry_http_response_get_body (response);

  for (; pair[0] != NULL; pair += 2)
    soup_message_headers_replace (headers, pair[0], pair[1]);
  soup_server_message_set_status (message, belfry_http_response_get_status (response), NULL);
  if (body == NULL || g_bytes_get_size (body) == 0)
    return;
  if (type != NULL)
    soup_message_headers_set_content_type (headers, type, NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), body);
}
