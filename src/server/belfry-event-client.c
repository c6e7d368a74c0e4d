/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-event-client"

#include "config.h"

#include "belfry-event-client.h"

#include <string.h>

#include "belfry-event-stream.h"

/* A client's data is a BelfryEventStreamId: where its stream is. */

/* Milliseconds after which who was told not to come again may, since a browser cannot be told
 * "never". */
#define LONG_RETRY (24 * 60 * 60 * 1000)
#define RETRY 3000

/* Close codes from here to 4500 mean that there is no use in coming again. */
#define FIRST_FINAL 4400
#define AFTER_FINAL 4500

static GBytes *
make_keepalive (void)
{
  return g_bytes_new_static (BELFRY_EVENT_STREAM_KEEPALIVE, strlen (BELFRY_EVENT_STREAM_KEEPALIVE));
}

static GBytes *
make_goodbye (guint code, const char *reason, guint delay)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean is_final = code >= FIRST_FINAL && code < AFTER_FINAL;
  guint retry = delay > 0 ? delay * 1000 : RETRY;

  belfry_event_stream_append_retry (is_final ? LONG_RETRY : retry, text);
  belfry_event_stream_append_close (code, reason != NULL ? reason : "", text);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

const BelfryOneWay belfry_event_client_one_way = { make_keepalive, make_goodbye };

/* What the session tells */

static GBytes *
make_gap (BelfryClient *client, const BelfryEvent *gap)
{
  g_autoptr (GPtrArray) texts = belfry_dialect_texts_new ();

  belfry_dialect_event_stream.event (gap, texts);
  const GString *text = g_ptr_array_index (texts, 0);
  return g_bytes_new (text->str, text->len);
}

static void
send_text (BelfryClient *client, const GString *text, const BelfrySendOptions *options)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text->str, text->len);

  belfry_connection_send (client->connection, bytes, options);
}

static GBytes *
encode (const BelfryMessage *message, gboolean compressed, gpointer user_data)
{
  GString *text = g_string_new (NULL);

  belfry_dialect_event_stream.message (message, text);
  return g_string_free_to_bytes (text);
}

/* With an id before it the frame is this stream's own, in one piece, so that no policy parts them.
 */
static void
deliver (gpointer user_data, BelfryMessage *message, const BelfryDelivery *delivery)
{
  BelfryClient *client = user_data;
  const BelfrySendOptions options = { (BelfrySendPolicy) delivery->slow_consumer, delivery->key };
  GBytes *frame = belfry_message_get_frame (message, BELFRY_FORM_EVENT_STREAM, FALSE, encode, NULL);

  if (!belfry_event_stream_id_move (client->data, message))
    {
      belfry_connection_send (client->connection, frame, &options);
      return;
    }
  g_autoptr (GString) text = g_string_new (NULL);
  gsize length;
  const char *bytes = g_bytes_get_data (frame, &length);

  belfry_event_stream_id_append (client->data, text);
  g_string_append_len (text, bytes, (gssize) length);
  send_text (client, text, &options);
}

static void
tell (gpointer user_data, const BelfryEvent *event)
{
  BelfryClient *client = user_data;
  g_autoptr (GPtrArray) texts = belfry_dialect_texts_new ();

  if (event->kind == BELFRY_EVENT_GAP)
    {
      belfry_client_tell_gap (client, event, make_gap);
      return;
    }
  if (event->kind == BELFRY_EVENT_SUBSCRIBED && belfry_event_stream_id_begin (client->data, event))
    {
      g_autoptr (GString) id = g_string_new (NULL);

      belfry_event_stream_id_append (client->data, id);
      send_text (client, id, NULL);
    }
  belfry_dialect_event_stream.event (event, texts);
  for (guint i = 0; i < texts->len; i++)
    send_text (client, texts->pdata[i], NULL);
}

static const BelfrySessionSink sink = {
  .deliver = deliver,
  .event = tell,
  .authenticated = belfry_client_authenticated,
  .close = belfry_client_close,
  .get_queued = belfry_client_get_queued,
  .unauthenticated = belfry_client_unauthenticated,
};

/* What the connection tells */

static void
on_message (BelfryClient *client, gboolean text, const guint8 *bytes, gsize length)
{
}

static void
on_closed (BelfryClient *client, guint code, const char *reason)
{
  g_clear_pointer (&client->data, g_free);
}

const BelfryEndpointHandler belfry_event_client_handler = {
  .message = on_message,
  .closed = on_closed,
  .needs_authentication = TRUE,
};

char **
belfry_event_client_parse_topics (const char *query)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *value = NULL;
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;
  GUriParamsIter iter;
  guint n = 0;

  g_uri_params_iter_init (&iter, query != NULL ? query : "", -1, "&", G_URI_PARAMS_WWW_FORM);
  while (g_uri_params_iter_next (&iter, &name, &value, &error))
    {
      if (strcmp (name, "topic") == 0 && n++ < BELFRY_EVENT_STREAM_MAX_TOPICS &&
          !g_ptr_array_find_with_equal_func (topics, value, g_str_equal, NULL))
        g_ptr_array_add (topics, g_steal_pointer (&value));
      g_clear_pointer (&name, g_free);
      g_clear_pointer (&value, g_free);
    }
  if (error != NULL || topics->len == 0 || n > BELFRY_EVENT_STREAM_MAX_TOPICS)
    return NULL;
  g_ptr_array_add (topics, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&topics), FALSE);
}

static BelfryRequest *
make_request (const BelfryUpgrade *upgrade)
{
  guint n = g_strv_length (upgrade->topics);
  BelfryRequest *request = belfry_request_new (BELFRY_REQUEST_SUBSCRIBE, n);

  for (guint i = 0; i < n; i++)
    request->topics[i].topic = g_strdup (upgrade->topics[i]);
  if (upgrade->last_event_id != NULL)
    belfry_event_stream_id_parse (upgrade->last_event_id, request->topics, n);
  return request;
}

gboolean
belfry_event_client_attach (BelfryClient *client,
                            BelfryShard *shard,
                            const BelfrySessionParams *params,
                            const BelfryUpgrade *upgrade,
                            GError **error)
{
  if (!belfry_client_attach (client, &sink, belfry_dialect_event_stream.name, shard, params, error))
    return FALSE;
  client->data = g_new0 (BelfryEventStreamId, 1);
  belfry_session_request (client->session, make_request (upgrade));
  return TRUE;
}
