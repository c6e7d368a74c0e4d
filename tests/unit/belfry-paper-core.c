/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-paper-core"

#include "config.h"

#include "belfry-paper-core.h"

#include <gio/gio.h>
#include <string.h>

#include "belfry-error.h"
#include "belfry-event-stream.h"
#include "belfry-topic.h"

#define MAX_TOPICS 8
#define RETRY 3000

struct _BelfryPaperCore
{
  const BelfryDialect *dialect; /* (unowned) */
  gboolean authenticated;
  GHashTable *subscribed; /* (element-type utf8) (owned) */
  GPtrArray *kept;        /* (element-type BelfryMessage) (owned): of "news" */
  GPtrArray *present;     /* (element-type BelfryPresenceEntry) (owned): in "lobby" */
  GQueue told;            /* (element-type utf8) (owned): lines */
  BelfryEventStreamId stream_id;
};

static const BelfryDialectPeer peer = {
  .session = BELFRY_PAPER_SESSION,
  .max_message = 1024,
  .max_topics = MAX_TOPICS,
};

static gboolean
is_stream (const BelfryPaperCore *self)
{
  return self->dialect->form == BELFRY_FORM_EVENT_STREAM;
}

/* A message of a WebSocket is one line; a block of an event stream has several, the last empty. */
static void
tell (BelfryPaperCore *self, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gsize n_lines = g_strv_length (lines) - (g_str_has_suffix (text, "\n") ? 1 : 0);

  for (gsize i = 0; i < n_lines; i++)
    g_queue_push_tail (&self->told, g_strdup (lines[i]));
}

static void
tell_id (BelfryPaperCore *self)
{
  g_autoptr (GString) line = g_string_new (NULL);

  belfry_event_stream_id_append (&self->stream_id, line);
  tell (self, line->str);
}

static void
tell_event (BelfryPaperCore *self, const BelfryEvent *event)
{
  g_autoptr (GPtrArray) texts = belfry_dialect_texts_new ();

  if (is_stream (self) && event->kind == BELFRY_EVENT_SUBSCRIBED &&
      belfry_event_stream_id_begin (&self->stream_id, event))
    tell_id (self);
  self->dialect->event (event, texts);
  for (guint i = 0; i < texts->len; i++)
    tell (self, ((const GString *) g_ptr_array_index (texts, i))->str);
}

static void
tell_error (BelfryPaperCore *self, const BelfryRequest *request, const char *topic, int code)
{
  g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, code, BELFRY_PAPER_TEXT);

  tell_event (self,
              &(BelfryEvent){
                  .kind = BELFRY_EVENT_ERROR, .request = request, .error = error, .topic = topic });
}

static void
deliver (BelfryPaperCore *self, const BelfryMessage *message)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (!g_hash_table_contains (self->subscribed, message->topic))
    return;
  if (is_stream (self) && belfry_event_stream_id_move (&self->stream_id, message))
    tell_id (self);
  self->dialect->message (message, text);
  tell (self, text->str);
}

static BelfryPosition
position_of (const BelfryPaperCore *self, const char *topic)
{
  if (strcmp (topic, "news") != 0)
    return (BelfryPosition){ 0 };
  return (BelfryPosition){ BELFRY_PAPER_EPOCH, self->kept->len };
}

static BelfryPosition
publish (BelfryPaperCore *self, BelfryMessageKind kind, const char *topic, GBytes *payload)
{
  BelfryPosition position = position_of (self, topic);

  position.offset += belfry_position_is_set (&position);
  g_autoptr (BelfryMessage) message = belfry_message_new (&(BelfryMessageParams){
      .topic = topic, .payload = payload, .kind = kind, .position = position });
  if (belfry_position_is_set (&position))
    g_ptr_array_add (self->kept, belfry_message_ref (message));
  deliver (self, message);
  return position;
}

/* The messages after @since, or all. */
static BelfryHistoryPage
history (const BelfryPaperCore *self, const BelfryRequestTopic *topic)
{
  BelfryHistoryPage page = {
    .messages = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref),
    .position = position_of (self, topic->topic),
  };

  page.complete = !topic->has_since || topic->since.epoch == page.position.epoch;
  for (guint i = 0; page.complete && i < page.position.offset; i++)
    {
      BelfryMessage *message = g_ptr_array_index (self->kept, i);

      if (message->position.offset > topic->since.offset)
        g_ptr_array_add (page.messages, belfry_message_ref (message));
    }
  return page;
}

static int
judge (const BelfryPaperCore *self, const BelfryRequest *request, const char *topic)
{
  if (belfry_topic_classify (topic, strlen (topic), NULL) < BELFRY_TOPIC_NAME)
    return BELFRY_ERROR_TOPIC_INVALID;
  if (strcmp (topic, "secret") == 0)
    return BELFRY_ERROR_FORBIDDEN;
  if (request->kind == BELFRY_REQUEST_UNSUBSCRIBE &&
      !g_hash_table_contains (self->subscribed, topic))
    return BELFRY_ERROR_NOT_SUBSCRIBED;
  return -1;
}

/* Returns those of the request's topics that are granted. */
static guint
judge_all (BelfryPaperCore *self, const BelfryRequest *request, BelfryEventTopic *granted)
{
  guint n_granted = 0;

  for (guint i = 0; i < request->n_topics; i++)
    {
      const BelfryRequestTopic *asked = &request->topics[i];
      BelfryPosition position = position_of (self, asked->topic);
      gboolean recovered = asked->has_since && asked->since.epoch == position.epoch;

      if (judge (self, request, asked->topic) < 0)
        granted[n_granted++] = (BelfryEventTopic){
          .topic = asked->topic,
          .position = recovered ? asked->since : position,
          .recovery = asked->has_since,
          .recovered = recovered,
        };
    }
  return n_granted;
}

static void
tell_refusals (BelfryPaperCore *self, const BelfryRequest *request)
{
  for (guint i = 0; i < request->n_topics; i++)
    {
      int code = judge (self, request, request->topics[i].topic);

      if (code >= 0)
        tell_error (self, request, request->topics[i].topic, code);
    }
}

static void
recover (BelfryPaperCore *self, const BelfryRequestTopic *topic)
{
  BelfryHistoryPage page = history (self, topic);

  for (guint i = 0; topic->has_since && i < page.messages->len; i++)
    deliver (self, g_ptr_array_index (page.messages, i));
  g_ptr_array_unref (page.messages);
}

static void
on_subscribe (BelfryPaperCore *self, const BelfryRequest *request)
{
  BelfryEventTopic granted[MAX_TOPICS];
  guint n_granted = judge_all (self, request, granted);

  tell_event (self, &(BelfryEvent){ .kind = BELFRY_EVENT_SUBSCRIBED,
                                    .request = request,
                                    .n_topics = n_granted,
                                    .topics = granted });
  tell_refusals (self, request);
  for (guint i = 0; i < n_granted; i++)
    g_hash_table_add (self->subscribed, g_strdup (granted[i].topic));
  for (guint i = 0; i < request->n_topics; i++)
    recover (self, &request->topics[i]);
}

static void
on_unsubscribe (BelfryPaperCore *self, const BelfryRequest *request)
{
  BelfryEventTopic granted[MAX_TOPICS];
  guint n_granted = judge_all (self, request, granted);

  tell_event (self, &(BelfryEvent){ .kind = BELFRY_EVENT_UNSUBSCRIBED,
                                    .request = request,
                                    .n_topics = n_granted,
                                    .topics = granted });
  tell_refusals (self, request);
  for (guint i = 0; i < n_granted; i++)
    g_hash_table_remove (self->subscribed, granted[i].topic);
}

static void
on_authenticate (BelfryPaperCore *self, const BelfryRequest *request)
{
  if (g_strcmp0 (request->token, BELFRY_PAPER_TOKEN) != 0)
    {
      tell_error (self, request, NULL, BELFRY_ERROR_AUTHENTICATION_FAILED);
      return;
    }
  self->authenticated = TRUE;
  tell_event (self, &(BelfryEvent){ .kind = request->kind == BELFRY_REQUEST_REFRESH
                                                ? BELFRY_EVENT_REFRESHED
                                                : BELFRY_EVENT_AUTHENTICATED,
                                    .request = request });
}

static void
on_publish (BelfryPaperCore *self, const BelfryRequest *request)
{
  BelfryPosition position =
      publish (self, BELFRY_MESSAGE_DATA, request->topics[0].topic, request->payload);

  tell_event (self, &(BelfryEvent){
                        .kind = BELFRY_EVENT_PUBLISHED, .request = request, .position = position });
}

static void
on_presence (BelfryPaperCore *self, const BelfryRequest *request)
{
  tell_event (self, &(BelfryEvent){ .kind = BELFRY_EVENT_PRESENCE,
                                    .request = request,
                                    .presence = self->present });
}

static void
on_history (BelfryPaperCore *self, const BelfryRequest *request)
{
  BelfryHistoryPage page = history (self, &request->topics[0]);

  tell_event (self,
              &(BelfryEvent){ .kind = BELFRY_EVENT_HISTORY, .request = request, .history = &page });
  g_ptr_array_unref (page.messages);
}

static void
on_ping (BelfryPaperCore *self, const BelfryRequest *request)
{
  tell_event (self, &(BelfryEvent){ .kind = BELFRY_EVENT_PONG, .request = request });
}

static void
handle (BelfryPaperCore *self, const BelfryRequest *request)
{
  static void (*const handlers[]) (BelfryPaperCore * self, const BelfryRequest *request) = {
    [BELFRY_REQUEST_AUTHENTICATE] = on_authenticate, [BELFRY_REQUEST_REFRESH] = on_authenticate,
    [BELFRY_REQUEST_SUBSCRIBE] = on_subscribe,       [BELFRY_REQUEST_UNSUBSCRIBE] = on_unsubscribe,
    [BELFRY_REQUEST_PUBLISH] = on_publish,           [BELFRY_REQUEST_PRESENCE] = on_presence,
    [BELFRY_REQUEST_HISTORY] = on_history,           [BELFRY_REQUEST_PING] = on_ping,
  };
  const char *topic = request->n_topics == 1 ? request->topics[0].topic : NULL;

  if (self->authenticated || request->kind == BELFRY_REQUEST_AUTHENTICATE)
    handlers[request->kind](self, request);
  else
    tell_error (self, request, topic, BELFRY_ERROR_NOT_AUTHENTICATED);
}

static void
happen_publish (BelfryPaperCore *self, const char *topic, const char *payload)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));

  publish (self, BELFRY_MESSAGE_DATA, topic, bytes);
}

static void
publish_presence (BelfryPaperCore *self,
                  BelfryMessageKind kind,
                  const char *topic,
                  const char *user)
{
  g_autofree char *entry = g_strdup_printf ("{\"user\":\"%s\"}", user);
  g_autoptr (GBytes) bytes = g_bytes_new (entry, strlen (entry));

  publish (self, kind, topic, bytes);
}

static void
happen_join (BelfryPaperCore *self, const char *topic, const char *user)
{
  BelfryPresenceEntry *entry = g_new0 (BelfryPresenceEntry, 1);

  entry->user = g_strdup (user);
  entry->sessions = 1;
  g_ptr_array_add (self->present, entry);
  publish_presence (self, BELFRY_MESSAGE_JOIN, topic, user);
}

static void
happen_leave (BelfryPaperCore *self, const char *topic, const char *user)
{
  for (guint i = self->present->len; i > 0; i--)
    {
      const BelfryPresenceEntry *entry = g_ptr_array_index (self->present, i - 1);

      if (strcmp (entry->user, user) == 0)
        g_ptr_array_remove_index (self->present, i - 1);
    }
  publish_presence (self, BELFRY_MESSAGE_LEAVE, topic, user);
}

static void
happen_lose (BelfryPaperCore *self, const char *topic, const char *reason)
{
  tell_event (self, &(BelfryEvent){ .kind = BELFRY_EVENT_GAP, .topic = topic, .reason = reason });
}

static void
happen_remove (BelfryPaperCore *self, const char *topic, const char *nothing)
{
  const BelfryEventTopic removed = { .topic = topic };

  tell_event (self, &(BelfryEvent){
                        .kind = BELFRY_EVENT_UNSUBSCRIBED, .n_topics = 1, .topics = &removed });
}

static void
happen_expire (BelfryPaperCore *self, const char *nothing, const char *nothing_either)
{
  tell_event (self, &(BelfryEvent){ .kind = BELFRY_EVENT_EXPIRES });
}

static void
happen_close (BelfryPaperCore *self, const char *code, const char *reason)
{
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_event_stream_append_retry (RETRY, text);
  belfry_event_stream_append_close ((guint) g_ascii_strtoull (code, NULL, 10), reason, text);
  tell (self, text->str);
}

typedef struct
{
  const char *name;
  void (*happen) (BelfryPaperCore *self, const char *first, const char *rest);
} Happening;

static const Happening happenings[] = {
  { "publish", happen_publish }, { "join", happen_join },     { "leave", happen_leave },
  { "lose", happen_lose },       { "remove", happen_remove }, { "expire", happen_expire },
  { "close", happen_close },
};

BelfryPaperCore *
belfry_paper_core_new (const BelfryDialect *dialect, gboolean signed_in)
{
  BelfryPaperCore *self = g_new0 (BelfryPaperCore, 1);

  self->dialect = dialect;
  self->authenticated = signed_in || is_stream (self);
  self->subscribed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  self->present = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_presence_entry_free);
  if (!signed_in)
    tell_event (self,
                &(BelfryEvent){ .kind = BELFRY_EVENT_WELCOME, .session = BELFRY_PAPER_SESSION });
  return self;
}

void
belfry_paper_core_free (BelfryPaperCore *self)
{
  g_hash_table_unref (self->subscribed);
  g_ptr_array_unref (self->kept);
  g_ptr_array_unref (self->present);
  g_queue_clear_full (&self->told, g_free);
  g_free (self);
}

void
belfry_paper_core_say (BelfryPaperCore *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  g_autoptr (BelfryRequest) request =
      self->dialect->parse (&peer, TRUE, (const guint8 *) text, strlen (text), &id, &error);

  if (request != NULL)
    {
      handle (self, request);
      return;
    }
  g_autoptr (BelfryRequest) fault = belfry_request_new (BELFRY_REQUEST_PING, 0);
  fault->id = g_steal_pointer (&id);
  tell_error (self, fault, NULL, error->code);
}

void
belfry_paper_core_get (BelfryPaperCore *self, const char *target, const char *last_event_id)
{
  g_auto (GStrv) topics = g_strsplit (strchr (target, '?') + 1, "&", MAX_TOPICS);
  g_autoptr (BelfryRequest) request =
      belfry_request_new (BELFRY_REQUEST_SUBSCRIBE, g_strv_length (topics));

  for (guint i = 0; i < request->n_topics; i++)
    request->topics[i].topic = g_strdup (strchr (topics[i], '=') + 1);
  if (last_event_id != NULL)
    belfry_event_stream_id_parse (last_event_id, request->topics, request->n_topics);
  handle (self, request);
}

gboolean
belfry_paper_core_happen (BelfryPaperCore *self, const char *what)
{
  g_auto (GStrv) words = g_strsplit (what, " ", 3);
  guint n_words = g_strv_length (words);

  for (gsize i = 0; i < G_N_ELEMENTS (happenings); i++)
    {
      if (n_words > 0 && strcmp (happenings[i].name, words[0]) == 0)
        {
          happenings[i].happen (self, n_words > 1 ? words[1] : NULL, n_words > 2 ? words[2] : NULL);
          return TRUE;
        }
    }
  return FALSE;
}

char *
belfry_paper_core_next (BelfryPaperCore *self)
{
  return g_queue_pop_head (&self->told);
}
