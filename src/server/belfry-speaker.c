/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-speaker"

#include "config.h"

#include "belfry-speaker.h"

#include "belfry-close.h"
#include "belfry-frame.h"
#include "belfry-worker.h"

/* Turns what comes on a connection into requests, and events and messages into frames. The
 * client has both, its session and its dialect; nothing else is kept. Worker's thread. */

/* What a frame has around the payload, as a rule: to make room once. */
#define FRAME_SURROUND 128

G_STATIC_ASSERT ((int) BELFRY_SEND_DISCONNECT == (int) BELFRY_CONFIG_SLOW_DISCONNECT);
G_STATIC_ASSERT ((int) BELFRY_SEND_DROP_OLDEST == (int) BELFRY_CONFIG_SLOW_DROP_OLDEST);
G_STATIC_ASSERT ((int) BELFRY_SEND_DROP_NEWEST == (int) BELFRY_CONFIG_SLOW_DROP_NEWEST);
G_STATIC_ASSERT ((int) BELFRY_SEND_CONFLATE == (int) BELFRY_CONFIG_SLOW_CONFLATE);

/* Messages */

static GBytes *
encode (const BelfryMessage *message, gboolean compressed, gpointer user_data)
{
  BelfryClient *client = user_data;
  g_autoptr (GString) text =
      g_string_sized_new (g_bytes_get_size (message->payload) + FRAME_SURROUND);

  client->dialect->message (message, text);
  if (compressed)
    return belfry_deflater_frame (belfry_worker_get_deflater (client->worker), BELFRY_OPCODE_TEXT,
                                  (const guint8 *) text->str, text->len);
  return belfry_frame_new_simple (BELFRY_OPCODE_TEXT, text->str, text->len);
}

/* What counts is the whole text, not the payload alone; only for a small window it must be made to
 * know its length. */
static gboolean
may_compress (BelfryClient *client, BelfryMessage *message)
{
  const BelfryDeflateTerms *terms = belfry_connection_get_deflate (client->connection);

  if (terms == NULL || belfry_deflate_terms_allow (terms, G_MAXSIZE))
    return terms != NULL;
  return belfry_deflate_terms_allow (terms,
                                     g_bytes_get_size (
                                         belfry_message_get_frame (message, client->dialect->form,
                                                                   FALSE, encode, client)));
}

static void
deliver (gpointer user_data, BelfryMessage *message, const BelfryDelivery *delivery)
{
  BelfryClient *client = user_data;
  BelfryDialectForm form = client->dialect->form;
  const BelfrySendOptions options = { (BelfrySendPolicy) delivery->slow_consumer, delivery->key };
  GBytes *frame = NULL;

  if (G_UNLIKELY (may_compress (client, message)))
    frame = belfry_message_get_frame (message, form, TRUE, encode, client);
  if (frame == NULL)
    frame = belfry_message_get_frame (message, form, FALSE, encode, client);
  belfry_connection_send (client->connection, frame, &options);
}

/* Events */

static GBytes *
make_gap (BelfryClient *client, const BelfryEvent *gap)
{
  g_autoptr (GPtrArray) texts = belfry_dialect_texts_new ();

  client->dialect->event (gap, texts);
  const GString *text = g_ptr_array_index (texts, 0);
  return belfry_frame_new_simple (BELFRY_OPCODE_TEXT, text->str, text->len);
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
  client->dialect->event (event, texts);
  for (guint i = 0; i < texts->len; i++)
    {
      const GString *text = texts->pdata[i];

      belfry_client_send (client, TRUE, (const guint8 *) text->str, text->len);
    }
}

static const BelfrySessionSink sink = {
  .deliver = deliver,
  .event = tell,
  .authenticated = belfry_client_authenticated,
  .close = belfry_client_close,
  .get_queued = belfry_client_get_queued,
  .unauthenticated = belfry_client_unauthenticated,
};

/* Requests */

static void
on_message (BelfryClient *client, gboolean text, const guint8 *bytes, gsize length)
{
  BelfrySession *session = client->session;
  const BelfryDialectPeer peer = {
    .session = belfry_session_get_id (session),
    .max_message = length,
    .max_topics = BELFRY_SPEAKER_MAX_TOPICS,
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  if (text ? !client->dialect->takes_text : !client->dialect->takes_binary)
    {
      belfry_connection_close (client->connection, BELFRY_CLOSE_WRONG_KIND,
                               "not the kind of data that is spoken here");
      return;
    }
  BelfryRequest *request = client->dialect->parse (&peer, text, bytes, length, &id, &error);
  if (request != NULL)
    belfry_session_request (session, request);
  else
    belfry_session_fault (session, error, id);
}

const BelfryEndpointHandler belfry_speaker_handler = {
  .message = on_message,
  .needs_authentication = TRUE,
};

gboolean
belfry_speaker_attach (BelfryClient *client,
                       const BelfryDialect *dialect,
                       BelfryShard *shard,
                       const BelfrySessionParams *params,
                       GError **error)
{
  client->dialect = dialect;
  return belfry_client_attach (client, &sink, dialect->name, shard, params, error);
}

gboolean
belfry_speaker_resume (BelfryClient *client,
                       const BelfryDialect *dialect,
                       BelfryShard *shard,
                       const BelfrySessionParams *params,
                       BelfryStateReader *reader,
                       GError **error)
{
  BelfrySessionParams whole = *params;

  whole.sink = &sink;
  whole.client = client;
  whole.dialect = dialect->name;
  client->dialect = dialect;
  client->session = belfry_session_resume (shard, &whole, reader, error);
  return client->session != NULL;
}
