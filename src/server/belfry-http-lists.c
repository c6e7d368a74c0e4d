/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http"

#include "config.h"

#include "belfry-http-lists.h"

#include <string.h>

#include "belfry-json-write.h"

/* The HTTP API's answers. Stateless; any thread. */

static const char *const slow_words[] = { "disconnect", "drop-oldest", "drop-newest", "conflate" };
G_STATIC_ASSERT (G_N_ELEMENTS (slow_words) == BELFRY_CONFIG_N_SLOW);

static void
write_string (BelfryJsonWriter *writer, const char *name, const char *value)
{
  belfry_json_writer_name (writer, name);
  belfry_json_writer_string (writer, value);
}

static void
write_number (BelfryJsonWriter *writer, const char *name, guint64 value)
{
  belfry_json_writer_name (writer, name);
  belfry_json_writer_uint64 (writer, value);
}

/* With milliseconds, in UTC. */
static void
write_time (BelfryJsonWriter *writer, const char *name, gint64 wall)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (wall / G_TIME_SPAN_SECOND);
  g_autofree char *text = NULL;

  if (seconds != NULL)
    {
      g_autofree char *start = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");

      text = g_strdup_printf ("%s.%03dZ", start, (int) (wall % G_TIME_SPAN_SECOND / 1000));
    }
  write_string (writer, name, text);
}

static void
write_topic (BelfryJsonWriter *writer, const BelfryTopicInfo *info)
{
  belfry_json_writer_begin_object (writer);
  write_string (writer, "topic", info->topic);
  write_number (writer, "subscribers", info->subscribers);
  write_number (writer, "history_size", info->traits.history_size);
  write_number (writer, "history_ttl", (guint64) (info->traits.history_ttl / G_TIME_SPAN_SECOND));
  belfry_json_writer_name (writer, "presence");
  belfry_json_writer_boolean (writer, info->traits.presence);
  write_string (writer, "slow_consumer", slow_words[info->traits.slow_consumer]);
  belfry_json_writer_end_object (writer);
}

void
belfry_http_lists_topics (const GPtrArray *topics, const char *next, GString *text)
{
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  belfry_json_writer_begin_object (&writer);
  belfry_json_writer_name (&writer, "topics");
  belfry_json_writer_begin_array (&writer);
  for (guint i = 0; i < topics->len; i++)
    write_topic (&writer, topics->pdata[i]);
  belfry_json_writer_end_array (&writer);
  if (next != NULL)
    write_string (&writer, "next", next);
  belfry_json_writer_end_object (&writer);
}

static void
write_session (BelfryJsonWriter *writer, const BelfrySessionInfo *info, gboolean whole)
{
  belfry_json_writer_begin_object (writer);
  write_string (writer, "id", info->id);
  write_string (writer, "user", info->user);
  write_string (writer, "address", info->peer);
  write_string (writer, "endpoint", info->endpoint);
  write_string (writer, "dialect", info->dialect);
  write_time (writer, "opened", info->opened);
  belfry_json_writer_name (writer, "topics");
  belfry_json_writer_begin_array (writer);
  for (char **topic = info->topics; topic != NULL && *topic != NULL; topic++)
    belfry_json_writer_string (writer, *topic);
  belfry_json_writer_end_array (writer);
  if (whole)
    write_number (writer, "queued", info->queued);
  belfry_json_writer_end_object (writer);
}

void
belfry_http_lists_session (const BelfrySessionInfo *session, GString *text)
{
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  write_session (&writer, session, TRUE);
}

void
belfry_http_lists_sessions (const GPtrArray *sessions, guint limit, GString *text)
{
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  belfry_json_writer_begin_object (&writer);
  belfry_json_writer_name (&writer, "sessions");
  belfry_json_writer_begin_array (&writer);
  for (guint i = 0; i < sessions->len; i++)
    write_session (&writer, sessions->pdata[i], FALSE);
  belfry_json_writer_end_array (&writer);
  if (sessions->len == limit)
    {
      const BelfrySessionInfo *last = sessions->pdata[sessions->len - 1];
      g_autofree char *next = g_strdup_printf ("%" G_GUINT64_FORMAT, last->serial);

      write_string (&writer, "next", next);
    }
  belfry_json_writer_end_object (&writer);
}

static void
write_payload (BelfryJsonWriter *writer, const BelfryMessage *message)
{
  gsize length;
  const char *bytes = g_bytes_get_data (message->payload, &length);

  belfry_json_writer_name (writer, "data");
  if (message->payload_kind == BELFRY_PAYLOAD_BYTES)
    {
      belfry_json_writer_base64 (writer, bytes, length);
      write_string (writer, "encoding", "base64");
    }
  else if (message->payload_kind == BELFRY_PAYLOAD_TEXT)
    belfry_json_writer_string_len (writer, bytes, length);
  else
    belfry_json_writer_raw (writer, bytes, length);
}

static void
write_message (BelfryJsonWriter *writer, const BelfryMessage *message)
{
  belfry_json_writer_begin_object (writer);
  write_number (writer, "offset", message->position.offset);
  write_payload (writer, message);
  write_time (writer, "published", message->published);
  belfry_json_writer_end_object (writer);
}

void
belfry_http_lists_history (const char *topic, const BelfryHistoryPage *page, GString *text)
{
  BelfryJsonWriter writer;
  char epoch[BELFRY_EPOCH_LENGTH + 1];

  belfry_json_writer_init (&writer, text);
  belfry_json_writer_begin_object (&writer);
  write_string (&writer, "topic", topic);
  if (belfry_position_is_set (&page->position))
    {
      belfry_epoch_format (page->position.epoch, epoch);
      write_number (&writer, "offset", page->position.offset);
      write_string (&writer, "epoch", epoch);
    }
  belfry_json_writer_name (&writer, "complete");
  belfry_json_writer_boolean (&writer, page->complete);
  belfry_json_writer_name (&writer, "messages");
  belfry_json_writer_begin_array (&writer);
  for (guint i = 0; i < page->messages->len; i++)
    write_message (&writer, page->messages->pdata[i]);
  belfry_json_writer_end_array (&writer);
  belfry_json_writer_end_object (&writer);
}

static void
write_present (BelfryJsonWriter *writer, const BelfryPresenceEntry *entry)
{
  belfry_json_writer_begin_object (writer);
  write_string (writer, "user", entry->user);
  if (entry->info != NULL)
    {
      belfry_json_writer_name (writer, "info");
      belfry_json_writer_raw (writer, entry->info, strlen (entry->info));
    }
  write_number (writer, "sessions", entry->sessions);
  belfry_json_writer_end_object (writer);
}

void
belfry_http_lists_presence (const char *topic, const GPtrArray *entries, GString *text)
{
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, text);
  belfry_json_writer_begin_object (&writer);
  write_string (&writer, "topic", topic);
  belfry_json_writer_name (&writer, "users");
  belfry_json_writer_begin_array (&writer);
  for (guint i = 0; i < entries->len; i++)
    write_present (&writer, entries->pdata[i]);
  belfry_json_writer_end_array (&writer);
  belfry_json_writer_end_object (&writer);
}
