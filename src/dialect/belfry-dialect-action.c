/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-dialect-action"

#include "config.h"

#include "belfry-dialect-answer.h"
#include "belfry-dialect-parse.h"

/* {"action":…}: what is told and how its members are ordered is known to clients that exist. What
 * was not asked for, and does not come from a topic's history, is not added.
 */

static const BelfryDialectGrammar grammar = {
  .verb = BELFRY_DIALECT_ACTION,
  .topic = BELFRY_DIALECT_CONTEXT,
  .token = BELFRY_DIALECT_CONTEXT,
  .payload = BELFRY_DIALECT_PAYLOAD,
  .has_session = TRUE,
  .verbs = {
    [BELFRY_REQUEST_AUTHENTICATE] = "authorization",
    [BELFRY_REQUEST_REFRESH] = "refresh",
    [BELFRY_REQUEST_SUBSCRIBE] = "subscribe",
    [BELFRY_REQUEST_UNSUBSCRIBE] = "unsubscribe",
    [BELFRY_REQUEST_PUBLISH] = "publish",
    [BELFRY_REQUEST_PRESENCE] = "presence",
    [BELFRY_REQUEST_HISTORY] = "history",
    [BELFRY_REQUEST_PING] = "ping",
  },
};

static void
write_message (BelfryJsonWriter *writer, const BelfryMessage *message)
{
  gboolean data = message->kind == BELFRY_MESSAGE_DATA;

  belfry_json_writer_begin_object (writer);
  belfry_dialect_write_string (writer, "action", belfry_dialect_message_word (message));
  belfry_dialect_write_string (writer, "topic", message->topic);
  belfry_dialect_write_payload (writer, data ? "snapshot" : "presence", message);
  belfry_dialect_write_position (writer, &message->position);
  belfry_json_writer_end_object (writer);
}

/* Two texts: that there is a connection, and the session's name. */
static void
write_welcome (const BelfryDialectVoice *voice, const BelfryEvent *event, GPtrArray *texts)
{
  BelfryJsonWriter writer;

  belfry_dialect_write_begin (&writer, texts);
  belfry_dialect_write_string (&writer, voice->kind, "connect");
  belfry_dialect_write_string (&writer, "message", "connection established");
  belfry_dialect_write_end (&writer, event);
  belfry_dialect_answer_begin (voice, event, texts, &writer);
  belfry_dialect_write_string (&writer, "session", event->session);
  belfry_dialect_write_end (&writer, event);
}

/* One text for each. Who did not ask must be told which topic it is. */
static void
write_topics (const BelfryDialectVoice *voice, const BelfryEvent *event, GPtrArray *texts)
{
  for (guint i = 0; i < event->n_topics; i++)
    {
      BelfryJsonWriter writer;

      belfry_dialect_answer_begin (voice, event, texts, &writer);
      if (event->request == NULL)
        belfry_dialect_write_string (&writer, voice->topic, event->topics[i].topic);
      if (event->kind == BELFRY_EVENT_SUBSCRIBED)
        belfry_dialect_write_place (&writer, &event->topics[i]);
      belfry_dialect_write_end (&writer, event);
    }
}

static void
write_published (const BelfryDialectVoice *voice, const BelfryEvent *event, GPtrArray *texts)
{
  BelfryJsonWriter writer;

  belfry_dialect_answer_begin (voice, event, texts, &writer);
  belfry_dialect_write_position (&writer, &event->position);
  belfry_dialect_write_end (&writer, event);
}

static const BelfryDialectVoice voice = {
  .kind = "action",
  .topic = "context",
  .message = write_message,
  .sayings = {
    [BELFRY_EVENT_WELCOME] = { write_welcome, "session", "waiting for create session" },
    [BELFRY_EVENT_AUTHENTICATED] = { belfry_dialect_answer_plain, "session",
                                     "session authenticated" },
    [BELFRY_EVENT_REFRESHED] = { belfry_dialect_answer_plain, "refresh", "session refreshed" },
    [BELFRY_EVENT_SUBSCRIBED] = { write_topics, "subscribe", "context subscribed" },
    [BELFRY_EVENT_UNSUBSCRIBED] = { write_topics, "unsubscribe", "context unsubscribed" },
    [BELFRY_EVENT_PUBLISHED] = { write_published, "publish", "context published" },
    [BELFRY_EVENT_PRESENCE] = { belfry_dialect_answer_presence, "presence", NULL },
    [BELFRY_EVENT_HISTORY] = { belfry_dialect_answer_history, "history", NULL },
    [BELFRY_EVENT_PONG] = { belfry_dialect_answer_plain, "pong", NULL },
    [BELFRY_EVENT_ERROR] = { belfry_dialect_answer_error, "error", NULL },
    [BELFRY_EVENT_GAP] = { belfry_dialect_answer_gap, "gap", NULL },
    [BELFRY_EVENT_EXPIRES] = { belfry_dialect_answer_plain, "expires", "session expires soon" },
  },
};

static BelfryRequest *
action_parse (const BelfryDialectPeer *peer,
              gboolean text,
              const guint8 *bytes,
              gsize length,
              char **id,
              GError **error)
{
  return belfry_dialect_parse (&grammar, peer, text, bytes, length, id, error);
}

static void
action_event (const BelfryEvent *event, GPtrArray *texts)
{
  belfry_dialect_answer (&voice, event, texts);
}

static void
action_message (const BelfryMessage *message, GString *text)
{
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  write_message (&writer, message);
}

const BelfryDialect belfry_dialect_action = {
  .name = "action",
  .subprotocol = "belfry.action",
  .form = BELFRY_FORM_ACTION,
  .takes_text = TRUE,
  .parse = action_parse,
  .event = action_event,
  .message = action_message,
};
