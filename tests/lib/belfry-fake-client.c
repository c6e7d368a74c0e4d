/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fake-client"

#include "config.h"

#include "belfry-fake-client.h"

#include <string.h>

#include "belfry-error.h"

/* A sink that writes down what it is told. On the thread of its shard. */

static void
tell (BelfryFakeClient *self, const char *what)
{
  if (self->told->len > 0)
    g_string_append (self->told, "; ");
  g_string_append (self->told, what);
}

static void
add_position (BelfryFakeClient *self, const BelfryPosition *position)
{
  if (!belfry_position_is_set (position))
    return;
  g_string_append_printf (self->told, "@%" G_GUINT64_FORMAT, position->offset);
  self->position = *position;
}

static void
add_message (BelfryFakeClient *self, const BelfryMessage *message)
{
  gsize length;
  const char *payload = g_bytes_get_data (message->payload, &length);

  g_string_append_len (self->told, payload, (gssize) length);
  add_position (self, &message->position);
}

static void
on_deliver (gpointer client, BelfryMessage *message, const BelfryDelivery *delivery)
{
  static const char *const kinds[] = { "message", "join", "leave" };
  BelfryFakeClient *self = client;

  self->last_key = delivery->key;
  self->last_slow_consumer = delivery->slow_consumer;
  if (self->drops)
    {
      belfry_session_dropped (self->session, delivery->key);
      return;
    }
  tell (self, kinds[message->kind]);
  g_string_append_printf (self->told, " %s ", message->topic);
  add_message (self, message);
}

static void
add_topics (BelfryFakeClient *self, const BelfryEvent *event)
{
  for (guint i = 0; i < event->n_topics; i++)
    {
      const BelfryEventTopic *topic = &event->topics[i];

      g_string_append_printf (self->told, " %s", topic->topic);
      add_position (self, &topic->position);
      if (topic->recovery)
        g_string_append_c (self->told, topic->recovered ? '+' : '-');
    }
}

static void
add_presence (BelfryFakeClient *self, const GPtrArray *presence)
{
  for (guint i = 0; presence != NULL && i < presence->len; i++)
    {
      const BelfryPresenceEntry *entry = g_ptr_array_index (presence, i);

      g_string_append_printf (self->told, " %s*%u%s", entry->user, entry->sessions,
                              entry->info != NULL ? entry->info : "");
    }
}

static void
add_history (BelfryFakeClient *self, const BelfryHistoryPage *history)
{
  for (guint i = 0; history != NULL && i < history->messages->len; i++)
    {
      g_string_append_c (self->told, ' ');
      add_message (self, g_ptr_array_index (history->messages, i));
    }
}

static void
on_event (gpointer client, const BelfryEvent *event)
{
  static const char *const kinds[] = {
    "welcome",  "authenticated", "refreshed", "subscribed", "unsubscribed", "published",
    "presence", "history",       "pong",      "error",      "gap",          "expires",
  };
  G_STATIC_ASSERT (G_N_ELEMENTS (kinds) == BELFRY_EVENT_N_KINDS);
  BelfryFakeClient *self = client;

  g_assert_cmpuint (strlen (event->session), ==, BELFRY_SESSION_ID_LENGTH);
  tell (self, kinds[event->kind]);
  if (event->error != NULL)
    g_string_append_printf (self->told, " %s", belfry_error_client_code (event->error));
  if (event->topic != NULL && event->kind != BELFRY_EVENT_PUBLISHED)
    g_string_append_printf (self->told, " %s", event->topic);
  if (event->reason != NULL)
    g_string_append_printf (self->told, " %s", event->reason);
  add_position (self, &event->position);
  add_topics (self, event);
  add_presence (self, event->presence);
  add_history (self, event->history);
  if (event->request != NULL && event->request->id != NULL)
    g_string_append_printf (self->told, " #%s", event->request->id);
}

static void
on_authenticated (gpointer client)
{
  tell (client, "signed-in");
}

static void
on_unauthenticated (gpointer client)
{
  tell (client, "signed-out");
}

static void
on_close (gpointer client, guint code, const char *reason)
{
  BelfryFakeClient *self = client;

  g_assert_nonnull (reason);
  tell (self, "close");
  g_string_append_printf (self->told, " %u", code);
}

static gsize
on_get_queued (gpointer client)
{
  return ((BelfryFakeClient *) client)->queued;
}

static const BelfrySessionSink sink = {
  on_deliver, on_event, on_authenticated, on_close, on_get_queued, on_unauthenticated,
};

BelfryFakeClient *
belfry_fake_client_new_with (BelfryShard *shard, BelfrySessionParams *params)
{
  BelfryFakeClient *self = g_new0 (BelfryFakeClient, 1);
  g_autoptr (GError) error = NULL;

  self->told = g_string_new (NULL);
  params->sink = &sink;
  params->client = self;
  self->session = belfry_session_new (shard, params, &error);
  g_assert_no_error (error);
  return self;
}

BelfryFakeClient *
belfry_fake_client_new (BelfryShard *shard, const char *token)
{
  BelfrySessionParams params = {
    .dialect = "action",
    .endpoint = "/",
    .peer = "192.0.2.1",
    .token = token,
  };

  return belfry_fake_client_new_with (shard, &params);
}

void
belfry_fake_client_leave (BelfryFakeClient *self, guint code)
{
  if (self->session != NULL)
    belfry_session_free (g_steal_pointer (&self->session), code, "left");
}

void
belfry_fake_client_free (BelfryFakeClient *self)
{
  belfry_fake_client_leave (self, 1000);
  g_string_free (self->told, TRUE);
  g_free (self);
}

static BelfryRequest *
request_new (BelfryRequestKind kind, const char *topics, const char *id)
{
  g_auto (GStrv) names = topics != NULL ? g_strsplit (topics, " ", -1) : NULL;
  guint n = names != NULL ? MAX (g_strv_length (names), 1) : 0;
  BelfryRequest *request = belfry_request_new (kind, n);

  request->id = g_strdup (id);
  for (guint i = 0; i < n; i++)
    request->topics[i].topic = g_strdup (names[i] != NULL ? names[i] : "");
  return request;
}

void
belfry_fake_client_ask (BelfryFakeClient *self,
                        BelfryRequestKind kind,
                        const char *topics,
                        const char *id)
{
  belfry_session_request (self->session, request_new (kind, topics, id));
}

void
belfry_fake_client_subscribe (BelfryFakeClient *self, const char *topics)
{
  belfry_fake_client_ask (self, BELFRY_REQUEST_SUBSCRIBE, topics, NULL);
}

void
belfry_fake_client_unsubscribe (BelfryFakeClient *self, const char *topics)
{
  belfry_fake_client_ask (self, BELFRY_REQUEST_UNSUBSCRIBE, topics, NULL);
}

void
belfry_fake_client_recover (BelfryFakeClient *self, const char *topic, const BelfryPosition *since)
{
  BelfryRequest *request = request_new (BELFRY_REQUEST_SUBSCRIBE, topic, NULL);

  request->topics[0].has_since = TRUE;
  request->topics[0].since = *since;
  belfry_session_request (self->session, request);
}

void
belfry_fake_client_publish (BelfryFakeClient *self, const char *topic, const char *payload)
{
  BelfryRequest *request = request_new (BELFRY_REQUEST_PUBLISH, topic, NULL);

  request->payload = g_bytes_new (payload, strlen (payload));
  belfry_session_request (self->session, request);
}

void
belfry_fake_client_sign_in (BelfryFakeClient *self, BelfryRequestKind kind, const char *token)
{
  BelfryRequest *request = request_new (kind, NULL, NULL);

  request->token = g_strdup (token);
  belfry_session_request (self->session, request);
}

void
belfry_fake_client_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

void
belfry_fake_client_forget (BelfryFakeClient *self)
{
  belfry_fake_client_settle ();
  g_string_truncate (self->told, 0);
}

void
belfry_fake_client_is_authenticated (gpointer client)
{
}

void
belfry_fake_client_must_not_sign_in (gpointer client)
{
  g_error ("a client that was signed in must sign in");
}

void
belfry_fake_client_must_not_close (gpointer client, guint code, const char *reason)
{
  g_error ("a client is told to go: %u %s", code, reason);
}

gsize
belfry_fake_client_has_read_all (gpointer client)
{
  return 0;
}
