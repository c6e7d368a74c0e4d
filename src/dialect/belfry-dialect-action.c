/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-dialect-action"

#include "config.h"

#include "belfry-dialect-parse.h"
#include "belfry-dialect-write.h"

/* {"action":…}: what is told and how its members are ordered is known to clients that exist. What
 * was not asked for, and does not come from a topic's history, is not added.
 */

/* Writes an event into as many texts as it needs. */
typedef void (*WriteEvent) (const BelfryEvent *event, GPtrArray *texts);

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

/* A text that may have more members. */
static void
begin (BelfryJsonWriter *writer, GPtrArray *texts, const char *action, const char *message)
{
  belfry_dialect_write_begin (writer, texts);
  belfry_dialect_write_string (writer, "action", action);
  belfry_dialect_write_string (writer, "message", message);
}

static void
write_plain (const BelfryEvent *event, GPtrArray *texts, const char *action, const char *message)
{
  BelfryJsonWriter writer;

  begin (&writer, texts, action, message);
  belfry_dialect_write_end (&writer, event);
}

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

static void
write_welcome (const BelfryEvent *event, GPtrArray *texts)
{
  BelfryJsonWriter writer;

  write_plain (event, texts, "connect", "connection established");
  begin (&writer, texts, "session", "waiting for create session");
  belfry_dialect_write_string (&writer, "session", event->session);
  belfry_dialect_write_end (&writer, event);
}

static void
write_authenticated (const BelfryEvent *event, GPtrArray *texts)
{
  write_plain (event, texts, "session", "session authenticated");
}

static void
write_refreshed (const BelfryEvent *event, GPtrArray *texts)
{
  write_plain (event, texts, "refresh", "session refreshed");
}

/* Who did not ask must be told which topic it is. */
static void
write_topics (const BelfryEvent *event, GPtrArray *texts, const char *action, const char *message)
{
  for (guint i = 0; i < event->n_topics; i++)
    {
      BelfryJsonWriter writer;

      begin (&writer, texts, action, message);
      if (event->request == NULL)
        belfry_dialect_write_string (&writer, "context", event->topics[i].topic);
      if (event->kind == BELFRY_EVENT_SUBSCRIBED)
        belfry_dialect_write_place (&writer, &event->topics[i]);
      belfry_dialect_write_end (&writer, event);
    }
}

static void
write_subscribed (const BelfryEvent *event, GPtrArray *texts)
{
  write_topics (event, texts, "subscribe", "context subscribed");
}

static void
write_unsubscribed (const BelfryEvent *event, GPtrArray *texts)
{
  write_topics (event, texts, "unsubscribe", "context unsubscribed");
}

static void
write_published (const BelfryEvent *event, GPtrArray *texts)
{
  BelfryJsonWriter writer;

  begin (&writer, texts, "publish", "context published");
  belfry_dialect_write_position (&writer, &event->position);
  belfry_dialect_write_end (&writer, event);
}

static void
write_presence (const BelfryEvent *event, GPtrArray *texts)
{
  BelfryJsonWriter writer;

  begin (&writer, texts, "presence", NULL);
  belfry_dialect_write_string (&writer, "context", belfry_dialect_event_topic (event));
  belfry_dialect_write_presence (&writer, event->presence);
  belfry_dialect_write_end (&writer, event);
}

static void
write_history (const BelfryEvent *event, GPtrArray *texts)
{
  const BelfryHistoryPage *page = event->history;
  BelfryJsonWriter writer;

  begin (&writer, texts, "history", NULL);
  belfry_dialect_write_string (&writer, "context", belfry_dialect_event_topic (event));
  belfry_json_writer_name (&writer, "messages");
  belfry_json_writer_begin_array (&writer);
  for (guint i = 0; i < page->messages->len; i++)
    write_message (&writer, g_ptr_array_index (page->messages, i));
  belfry_json_writer_end_array (&writer);
  belfry_dialect_write_position (&writer, &page->position);
  belfry_json_writer_name (&writer, "complete");
  belfry_json_writer_boolean (&writer, page->complete);
  belfry_dialect_write_end (&writer, event);
}

static void
write_pong (const BelfryEvent *event, GPtrArray *texts)
{
  write_plain (event, texts, "pong", NULL);
}

static void
write_error (const BelfryEvent *event, GPtrArray *texts)
{
  BelfryJsonWriter writer;

  begin (&writer, texts, "error", NULL);
  belfry_dialect_write_error (&writer, event->error);
  belfry_dialect_write_string (&writer, "context", event->topic);
  belfry_dialect_write_end (&writer, event);
}

static void
write_gap (const BelfryEvent *event, GPtrArray *texts)
{
  BelfryJsonWriter writer;

  begin (&writer, texts, "gap", NULL);
  belfry_dialect_write_string (&writer, "topic", event->topic);
  belfry_dialect_write_string (&writer, "reason", event->reason);
  belfry_dialect_write_end (&writer, event);
}

static void
write_expires (const BelfryEvent *event, GPtrArray *texts)
{
  write_plain (event, texts, "expires", "session expires soon");
}

static const WriteEvent event_writers[] = {
  [BELFRY_EVENT_WELCOME] = write_welcome,
  [BELFRY_EVENT_AUTHENTICATED] = write_authenticated,
  [BELFRY_EVENT_REFRESHED] = write_refreshed,
  [BELFRY_EVENT_SUBSCRIBED] = write_subscribed,
  [BELFRY_EVENT_UNSUBSCRIBED] = write_unsubscribed,
  [BELFRY_EVENT_PUBLISHED] = write_published,
  [BELFRY_EVENT_PRESENCE] = write_presence,
  [BELFRY_EVENT_HISTORY] = write_history,
  [BELFRY_EVENT_PONG] = write_pong,
  [BELFRY_EVENT_ERROR] = write_error,
  [BELFRY_EVENT_GAP] = write_gap,
  [BELFRY_EVENT_EXPIRES] = write_expires,
};
G_STATIC_ASSERT (G_N_ELEMENTS (event_writers) == BELFRY_EVENT_N_KINDS);

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
  event_writers[event->kind](event, texts);
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
