/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-event-stream"

#include "config.h"

#include "belfry-event-stream.h"

#include <string.h>

#include "belfry-dialect-read.h"
#include "belfry-dialect-write.h"

/* The one-way dialect: blocks of text that a browser reads by itself. The functions are pure; an id
 * belongs to whoever has the stream.
 */

#define FINGERPRINT_DIGITS 8

/* What the events are called; NULL for those that a stream has no use for. */
static const char *const event_names[] = {
  [BELFRY_EVENT_WELCOME] = NULL,
  [BELFRY_EVENT_AUTHENTICATED] = NULL,
  [BELFRY_EVENT_REFRESHED] = NULL,
  [BELFRY_EVENT_SUBSCRIBED] = "subscribed",
  [BELFRY_EVENT_UNSUBSCRIBED] = "unsubscribed",
  [BELFRY_EVENT_PUBLISHED] = NULL,
  [BELFRY_EVENT_PRESENCE] = NULL,
  [BELFRY_EVENT_HISTORY] = NULL,
  [BELFRY_EVENT_PONG] = NULL,
  [BELFRY_EVENT_ERROR] = "problem",
  [BELFRY_EVENT_GAP] = "gap",
  [BELFRY_EVENT_EXPIRES] = "expires",
};
G_STATIC_ASSERT (G_N_ELEMENTS (event_names) == BELFRY_EVENT_N_KINDS);

/* A line of data ends with LF, CR or both; the client puts the lines together with LF. */
static void
append_block (GString *text, const char *name, const char *data, gsize length)
{
  const char *end = data + length;

  g_string_append_printf (text, "event: %s\n", name);
  while (TRUE)
    {
      const char *line_end = data;

      while (line_end < end && *line_end != '\n' && *line_end != '\r')
        line_end++;
      g_string_append (text, "data: ");
      g_string_append_len (text, data, line_end - data);
      g_string_append_c (text, '\n');
      if (line_end == end)
        break;
      data = line_end + 1;
      if (*line_end == '\r' && data < end && *data == '\n')
        data++;
    }
  g_string_append_c (text, '\n');
}

static void
stream_event (const BelfryEvent *event, GPtrArray *texts)
{
  g_autoptr (GPtrArray) data = belfry_dialect_texts_new ();

  if (event_names[event->kind] == NULL)
    return;
  belfry_dialect_typed_envelope.event (event, data);
  for (guint i = 0; i < data->len; i++)
    {
      const GString *each = g_ptr_array_index (data, i);
      GString *text = g_string_sized_new (each->len + 32);

      append_block (text, event_names[event->kind], each->str, each->len);
      g_ptr_array_add (texts, text);
    }
}

static void
stream_message (const BelfryMessage *message, GString *text)
{
  g_autoptr (GString) data = g_string_new (NULL);

  belfry_dialect_typed_envelope.message (message, data);
  append_block (text, belfry_dialect_message_word (message), data->str, data->len);
}

static BelfryEventStreamPlace *
find_place (BelfryEventStreamId *self, guint32 fingerprint)
{
  for (guint i = 0; i < self->n_places; i++)
    {
      if (self->places[i].fingerprint == fingerprint)
        return &self->places[i];
    }
  return NULL;
}

/* Kept by the client, also over a restart of ours: so it has no key. Who picks topics that have the
 * same one gets no history for them. */
static guint32
fingerprint_of (const char *topic)
{
  return g_str_hash (topic);
}

/* What was missed is still to come: until then the client is where it said it was. */
static const BelfryPosition *
begin_position (const BelfryEvent *event, const BelfryEventTopic *topic)
{
  for (guint i = 0; topic->recovered && event->request != NULL && i < event->request->n_topics; i++)
    {
      const BelfryRequestTopic *asked = &event->request->topics[i];

      if (asked->has_since && strcmp (asked->topic, topic->topic) == 0)
        return &asked->since;
    }
  return &topic->position;
}

static gboolean
begin_place (BelfryEventStreamId *self, const BelfryEvent *event, const BelfryEventTopic *topic)
{
  guint32 fingerprint = fingerprint_of (topic->topic);
  BelfryEventStreamPlace *place = find_place (self, fingerprint);

  if (!belfry_position_is_set (&topic->position) ||
      (place == NULL && self->n_places == BELFRY_EVENT_STREAM_MAX_TOPICS))
    return FALSE;
  if (place == NULL)
    place = &self->places[self->n_places++];
  *place = (BelfryEventStreamPlace){ fingerprint, *begin_position (event, topic) };
  return TRUE;
}

static void
set_foreign (BelfryRequestTopic *topic)
{
  topic->has_since = TRUE;
  topic->since = (BelfryPosition){ .epoch = BELFRY_DIALECT_FOREIGN_EPOCH };
}

static gboolean
parse_fingerprint (const char *text, gsize length, guint32 *fingerprint)
{
  guint32 value = 0;

  if (length != FINGERPRINT_DIGITS)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);

      if (digit < 0)
        return FALSE;
      value = value << 4 | (guint32) digit;
    }
  *fingerprint = value;
  return TRUE;
}

static gboolean
parse_offset (const char *text, gsize length, guint64 *offset)
{
  guint64 value = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]) || __builtin_mul_overflow (value, 10, &value) ||
          __builtin_add_overflow (value, (guint64) (text[i] - '0'), &value))
        return FALSE;
    }
  *offset = value;
  return length > 0;
}

/* @text: (array length=length): FINGERPRINT=EPOCH:OFFSET */
static gboolean
parse_place (const char *text, gsize length, BelfryEventStreamPlace *place)
{
  const char *end = text + length;
  const char *epoch = memchr (text, '=', length);
  const char *offset = memchr (text, ':', length);

  if (epoch == NULL || offset == NULL || offset < epoch)
    return FALSE;
  epoch++;
  return parse_fingerprint (text, (gsize) (epoch - 1 - text), &place->fingerprint) &&
         belfry_epoch_parse (epoch, (gsize) (offset - epoch), &place->position.epoch) &&
         parse_offset (offset + 1, (gsize) (end - offset - 1), &place->position.offset);
}

/* Two topics with the same fingerprint are one too many to know whose the place is. */
static gboolean
is_ambiguous (guint32 fingerprint, const BelfryRequestTopic *topics, guint n_topics)
{
  const char *found = NULL;

  for (guint i = 0; i < n_topics; i++)
    {
      if (fingerprint_of (topics[i].topic) != fingerprint)
        continue;
      if (found != NULL && strcmp (found, topics[i].topic) != 0)
        return TRUE;
      found = topics[i].topic;
    }
  return FALSE;
}

static void
set_place (const BelfryEventStreamPlace *place, BelfryRequestTopic *topics, guint n_topics)
{
  gboolean ambiguous = is_ambiguous (place->fingerprint, topics, n_topics);

  for (guint i = 0; i < n_topics; i++)
    {
      if (fingerprint_of (topics[i].topic) != place->fingerprint)
        continue;
      topics[i].has_since = TRUE;
      topics[i].since = place->position;
      if (ambiguous)
        set_foreign (&topics[i]);
    }
}

gboolean
belfry_event_stream_id_begin (BelfryEventStreamId *self, const BelfryEvent *event)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < event->n_topics; i++)
    changed |= begin_place (self, event, &event->topics[i]);
  return changed;
}

gboolean
belfry_event_stream_id_move (BelfryEventStreamId *self, const BelfryMessage *message)
{
  BelfryEventStreamPlace *place;

  if (!belfry_position_is_set (&message->position))
    return FALSE;
  place = find_place (self, fingerprint_of (message->topic));
  if (place == NULL)
    return FALSE;
  place->position = message->position;
  return TRUE;
}

void
belfry_event_stream_id_append (const BelfryEventStreamId *self, GString *text)
{
  for (guint i = 0; i < self->n_places; i++)
    {
      const BelfryEventStreamPlace *place = &self->places[i];
      char epoch[BELFRY_EPOCH_LENGTH + 1];

      belfry_epoch_format (place->position.epoch, epoch);
      g_string_append_printf (text, "%s%08x=%s:%" G_GUINT64_FORMAT, i == 0 ? "id: " : ",",
                              place->fingerprint, epoch, place->position.offset);
    }
  if (self->n_places > 0)
    g_string_append_c (text, '\n');
}

gboolean
belfry_event_stream_id_parse (const char *id, BelfryRequestTopic *topics, guint n_topics)
{
  while (TRUE)
    {
      gsize length = strcspn (id, ",");
      BelfryEventStreamPlace place;

      if (!parse_place (id, length, &place))
        {
          for (guint i = 0; i < n_topics; i++)
            set_foreign (&topics[i]);
          return FALSE;
        }
      set_place (&place, topics, n_topics);
      if (id[length] == '\0')
        return TRUE;
      id += length + 1;
    }
}

void
belfry_event_stream_append_retry (guint milliseconds, GString *text)
{
  g_string_append_printf (text, "retry: %u\n\n", milliseconds);
}

void
belfry_event_stream_append_close (guint code, const char *reason, GString *text)
{
  g_autoptr (GString) data = g_string_new (NULL);
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, data);
  belfry_json_writer_begin_object (&writer);
  belfry_dialect_write_string (&writer, "type", "close");
  belfry_json_writer_name (&writer, "code");
  belfry_json_writer_uint64 (&writer, code);
  belfry_dialect_write_string (&writer, "reason", reason);
  belfry_json_writer_end_object (&writer);
  append_block (text, "close", data->str, data->len);
}

const BelfryDialect belfry_dialect_event_stream = {
  .name = "event-stream",
  .form = BELFRY_FORM_EVENT_STREAM,
  .event = stream_event,
  .message = stream_message,
};
