/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-dialect-write"

#include "config.h"

#include "belfry-dialect-write.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-json-scan.h"

/* Parts of what clients are told. Pure functions over what they are given: any thread. */

/* Room for nearly all answers. */
#define TEXT_SIZE 128

static const char *const message_words[] = {
  [BELFRY_MESSAGE_DATA] = "message",
  [BELFRY_MESSAGE_JOIN] = "join",
  [BELFRY_MESSAGE_LEAVE] = "leave",
};

/* What a client is told in place of an error's own words. */
static const char *
fixed_words (const GError *error)
{
  if (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN))
    return "not allowed";
  if (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE))
    return "not available at present; try again later";
  return belfry_error_is_client_fault (error) ? NULL : "internal error";
}

static void
write_entry (BelfryJsonWriter *writer, const BelfryPresenceEntry *entry)
{
  gsize length = entry->info != NULL ? strlen (entry->info) : 0;
  BelfryJsonScan scan;

  belfry_json_writer_begin_object (writer);
  belfry_dialect_write_string (writer, "user", entry->user);
  /* Comes from a plugin, which may be mistaken. */
  if (length > 0 && belfry_json_scan (entry->info, length, NULL, &scan) &&
      scan.kind == BELFRY_JSON_OBJECT)
    {
      belfry_json_writer_name (writer, "info");
      belfry_json_writer_raw (writer, entry->info, length);
    }
  belfry_json_writer_name (writer, "sessions");
  belfry_json_writer_uint64 (writer, entry->sessions);
  belfry_json_writer_end_object (writer);
}

void
belfry_dialect_write_begin (BelfryJsonWriter *writer, GPtrArray *texts)
{
  GString *text = g_string_sized_new (TEXT_SIZE);

  g_ptr_array_add (texts, text);
  belfry_json_writer_init (writer, text);
  belfry_json_writer_begin_object (writer);
}

void
belfry_dialect_write_end (BelfryJsonWriter *writer, const BelfryEvent *event)
{
  if (event->request != NULL && event->request->id != NULL)
    {
      belfry_json_writer_name (writer, "id");
      belfry_json_writer_raw (writer, event->request->id, strlen (event->request->id));
    }
  belfry_json_writer_end_object (writer);
}

void
belfry_dialect_write_string (BelfryJsonWriter *writer, const char *name, const char *text)
{
  if (text == NULL)
    return;
  belfry_json_writer_name (writer, name);
  belfry_json_writer_string (writer, text);
}

void
belfry_dialect_write_position (BelfryJsonWriter *writer, const BelfryPosition *position)
{
  char epoch[BELFRY_EPOCH_LENGTH + 1];

  if (!belfry_position_is_set (position))
    return;
  belfry_json_writer_name (writer, "offset");
  belfry_json_writer_uint64 (writer, position->offset);
  belfry_epoch_format (position->epoch, epoch);
  belfry_dialect_write_string (writer, "epoch", epoch);
}

void
belfry_dialect_write_place (BelfryJsonWriter *writer, const BelfryEventTopic *topic)
{
  belfry_dialect_write_position (writer, &topic->position);
  if (!topic->recovery)
    return;
  belfry_json_writer_name (writer, "recovered");
  belfry_json_writer_boolean (writer, topic->recovered);
}

void
belfry_dialect_write_payload (BelfryJsonWriter *writer,
                              const char *name,
                              const BelfryMessage *message)
{
  gsize length;
  const char *data = g_bytes_get_data (message->payload, &length);

  belfry_json_writer_name (writer, name);
  switch ((BelfryPayloadKind) message->payload_kind)
    {
    case BELFRY_PAYLOAD_OBJECT:
    case BELFRY_PAYLOAD_JSON:
      belfry_json_writer_raw (writer, data, length);
      break;
    case BELFRY_PAYLOAD_TEXT:
      belfry_json_writer_string_len (writer, data, length);
      break;
    case BELFRY_PAYLOAD_BYTES:
    default:
      belfry_json_writer_base64 (writer, data, length);
      belfry_dialect_write_string (writer, "encoding", "base64");
      break;
    }
}

void
belfry_dialect_write_presence (BelfryJsonWriter *writer, const GPtrArray *entries)
{
  belfry_json_writer_name (writer, "presence");
  belfry_json_writer_begin_array (writer);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    write_entry (writer, g_ptr_array_index (entries, i));
  belfry_json_writer_end_array (writer);
}

void
belfry_dialect_write_error (BelfryJsonWriter *writer, const GError *error)
{
  const char *words = fixed_words (error);

  belfry_dialect_write_string (writer, "code", belfry_error_client_code (error));
  belfry_dialect_write_string (writer, "message", words != NULL ? words : error->message);
}

const char *
belfry_dialect_message_word (const BelfryMessage *message)
{
  return message_words[MIN (message->kind, G_N_ELEMENTS (message_words) - 1)];
}

const char *
belfry_dialect_event_topic (const BelfryEvent *event)
{
  if (event->topic != NULL || event->request == NULL || event->request->n_topics == 0)
    return event->topic;
  return event->request->topics[0].topic;
}
