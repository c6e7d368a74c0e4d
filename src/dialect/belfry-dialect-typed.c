/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-dialect-typed"

#include "config.h"

#include "belfry-dialect-answer.h"
#include "belfry-dialect-parse.h"

/* {"type":…}: its clients switch on the type of what they get, be it ours or what somebody
 * published. The two variants differ in how a message is delivered, and in nothing else.
 */

static const BelfryDialectGrammar grammar = {
  .verb = BELFRY_DIALECT_TYPE,
  .topic = BELFRY_DIALECT_TOPIC,
  .token = BELFRY_DIALECT_TOKEN,
  .payload = BELFRY_DIALECT_DATA,
  .has_lists = TRUE,
  .verbs = {
    [BELFRY_REQUEST_AUTHENTICATE] = "auth",
    [BELFRY_REQUEST_REFRESH] = "refresh",
    [BELFRY_REQUEST_SUBSCRIBE] = "subscribe",
    [BELFRY_REQUEST_UNSUBSCRIBE] = "unsubscribe",
    [BELFRY_REQUEST_PUBLISH] = "publish",
    [BELFRY_REQUEST_PRESENCE] = "presence",
    [BELFRY_REQUEST_HISTORY] = "history",
    [BELFRY_REQUEST_PING] = "ping",
  },
};

/* What stands around a payload that does not speak for itself; in an envelope with its position. */
static void
write_message (BelfryJsonWriter *writer, const BelfryMessage *message, gboolean envelope)
{
  gboolean data = message->kind == BELFRY_MESSAGE_DATA;

  belfry_json_writer_begin_object (writer);
  belfry_dialect_write_string (writer, "type", belfry_dialect_message_word (message));
  belfry_dialect_write_string (writer, "topic", message->topic);
  belfry_dialect_write_payload (writer, data ? "data" : "presence", message);
  if (envelope)
    belfry_dialect_write_position (writer, &message->position);
  belfry_json_writer_end_object (writer);
}

static void
write_topic_list (BelfryJsonWriter *writer, const BelfryEvent *event)
{
  belfry_json_writer_name (writer, "topics");
  belfry_json_writer_begin_array (writer);
  for (guint i = 0; i < event->n_topics; i++)
    belfry_json_writer_string (writer, event->topics[i].topic);
  belfry_json_writer_end_array (writer);
}

static gboolean
has_place (const BelfryEventTopic *topic)
{
  return topic->recovery || belfry_position_is_set (&topic->position);
}

/* "positions", by topic, can be given back as "since". Not there if no topic has any. */
static void
write_places (BelfryJsonWriter *writer, const BelfryEvent *event)
{
  gboolean begun = FALSE;

  for (guint i = 0; i < event->n_topics; i++)
    {
      if (!has_place (&event->topics[i]))
        continue;
      if (!begun)
        {
          belfry_json_writer_name (writer, "positions");
          belfry_json_writer_begin_object (writer);
          begun = TRUE;
        }
      belfry_json_writer_name (writer, event->topics[i].topic);
      belfry_json_writer_begin_object (writer);
      belfry_dialect_write_place (writer, &event->topics[i]);
      belfry_json_writer_end_object (writer);
    }
  if (begun)
    belfry_json_writer_end_object (writer);
}

/* A token of the handshake is not answered: there is no greeting. */
static void
write_authenticated (const BelfryDialectVoice *voice, const BelfryEvent *event, GPtrArray *texts)
{
  if (event->request != NULL)
    belfry_dialect_answer_plain (voice, event, texts);
}

/* Of a list of which no topic was granted there are only the errors. */
static void
write_topics (const BelfryDialectVoice *voice, const BelfryEvent *event, GPtrArray *texts)
{
  BelfryJsonWriter writer;

  if (event->n_topics == 0)
    return;
  belfry_dialect_answer_begin (voice, event, texts, &writer);
  write_topic_list (&writer, event);
  if (event->kind == BELFRY_EVENT_SUBSCRIBED)
    write_places (&writer, event);
  belfry_dialect_write_end (&writer, event);
}

static void
write_published (const BelfryDialectVoice *voice, const BelfryEvent *event, GPtrArray *texts)
{
  BelfryJsonWriter writer;

  belfry_dialect_answer_begin (voice, event, texts, &writer);
  belfry_dialect_write_string (&writer, voice->topic, belfry_dialect_event_topic (event));
  belfry_dialect_write_position (&writer, &event->position);
  belfry_dialect_write_end (&writer, event);
}

/* In an envelope, on whatever endpoint: who asks for history wants to know where in it he is. */
static void
write_kept (BelfryJsonWriter *writer, const BelfryMessage *message)
{
  write_message (writer, message, TRUE);
}

static const BelfryDialectVoice voice = {
  .kind = "type",
  .topic = "topic",
  .message = write_kept,
  .sayings = {
    [BELFRY_EVENT_WELCOME] = { belfry_dialect_answer_nothing, NULL, NULL },
    [BELFRY_EVENT_AUTHENTICATED] = { write_authenticated, "authenticated", NULL },
    [BELFRY_EVENT_REFRESHED] = { belfry_dialect_answer_plain, "refreshed", NULL },
    [BELFRY_EVENT_SUBSCRIBED] = { write_topics, "subscribed", NULL },
    [BELFRY_EVENT_UNSUBSCRIBED] = { write_topics, "unsubscribed", NULL },
    [BELFRY_EVENT_PUBLISHED] = { write_published, "published", NULL },
    [BELFRY_EVENT_PRESENCE] = { belfry_dialect_answer_presence, "presence", NULL },
    [BELFRY_EVENT_HISTORY] = { belfry_dialect_answer_history, "history", NULL },
    [BELFRY_EVENT_PONG] = { belfry_dialect_answer_plain, "pong", NULL },
    [BELFRY_EVENT_ERROR] = { belfry_dialect_answer_error, "error", NULL },
    [BELFRY_EVENT_GAP] = { belfry_dialect_answer_gap, "gap", NULL },
    [BELFRY_EVENT_EXPIRES] = { belfry_dialect_answer_plain, "expires", NULL },
  },
};

static BelfryRequest *
typed_parse (const BelfryDialectPeer *peer,
             gboolean text,
             const guint8 *bytes,
             gsize length,
             char **id,
             GError **error)
{
  return belfry_dialect_parse (&grammar, peer, text, bytes, length, id, error);
}

static void
typed_event (const BelfryEvent *event, GPtrArray *texts)
{
  belfry_dialect_answer (&voice, event, texts);
}

static void
typed_message (const BelfryMessage *message, GString *text)
{
  BelfryJsonWriter writer;
  gsize length;
  const char *data = g_bytes_get_data (message->payload, &length);

  if (message->kind == BELFRY_MESSAGE_DATA && message->payload_kind == BELFRY_PAYLOAD_OBJECT)
    {
      g_string_append_len (text, data, (gssize) length);
      return;
    }
  belfry_json_writer_init (&writer, text);
  write_message (&writer, message, FALSE);
}

static void
envelope_message (const BelfryMessage *message, GString *text)
{
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  write_message (&writer, message, TRUE);
}

const BelfryDialect belfry_dialect_typed = {
  .name = "typed",
  .subprotocol = "belfry.typed",
  .form = BELFRY_FORM_TYPED,
  .takes_text = TRUE,
  .parse = typed_parse,
  .event = typed_event,
  .message = typed_message,
};

const BelfryDialect belfry_dialect_typed_envelope = {
  .name = "typed-envelope",
  .subprotocol = "belfry.typed.envelope",
  .form = BELFRY_FORM_TYPED_ENVELOPE,
  .takes_text = TRUE,
  .parse = typed_parse,
  .event = typed_event,
  .message = envelope_message,
};
