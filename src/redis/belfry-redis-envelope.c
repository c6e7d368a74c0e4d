/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-envelope"

#include "config.h"

#include "belfry-redis-envelope.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-json-read.h"
#include "belfry-json-write.h"

/* Pure functions over bytes: any thread. A payload that is JSON stands in the envelope byte for
 * byte. */

/* An instance's id is far shorter. */
#define MAX_ORIGIN 64

/* A length is bounded where it comes in; an envelope is one level deeper than its payload. */
static const BelfryJsonLimits envelope_limits = { G_MAXSIZE, BELFRY_PAYLOAD_MAX_DEPTH + 1 };
static const BelfryJsonLimits payload_limits = { G_MAXSIZE, BELFRY_PAYLOAD_MAX_DEPTH };

typedef enum
{
  ENCODING_JSON,
  ENCODING_TEXT,
  ENCODING_BASE64,
  N_ENCODINGS,
} Encoding;

static const char *const encodings[] = {
  [ENCODING_JSON] = "json",
  [ENCODING_TEXT] = "text",
  [ENCODING_BASE64] = "base64",
};
G_STATIC_ASSERT (G_N_ELEMENTS (encodings) == N_ENCODINGS);

static const char *const kinds[] = {
  [BELFRY_MESSAGE_DATA] = "message",
  [BELFRY_MESSAGE_JOIN] = "join",
  [BELFRY_MESSAGE_LEAVE] = "leave",
};

/* An envelope while it is read. */
typedef struct
{
  const char *text;              /* (unowned) */
  BelfryRedisEnvelope *envelope; /* (unowned) */
  BelfryJsonSlice payload;       /* no length: there is none */
  guint encoding;                /* an Encoding */
  guint kind;                    /* a #BelfryMessageKind */
  gint64 offset;                 /* 0: there is none */
} Reading;

static gboolean
refuse (GError **error, const char *complaint)
{
  g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST, complaint);
  return FALSE;
}

static gboolean
read_word (const Reading *reading,
           const BelfryJsonMember *member,
           const char *const *words,
           guint n_words,
           guint *index)
{
  for (guint i = 0; i < n_words; i++)
    {
      if (belfry_json_equal (reading->text, member->value, words[i]))
        {
          *index = i;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
read_topic (Reading *reading, const BelfryJsonMember *member, GError **error)
{
  g_autofree char *topic = belfry_json_dup_string (reading->text, member->value, BELFRY_TOPIC_MAX);

  if (topic == NULL)
    return refuse (error, "an envelope's \"topic\" is no name of a topic");
  g_free (reading->envelope->topic);
  reading->envelope->topic = g_steal_pointer (&topic);
  return TRUE;
}

static gboolean
read_payload (Reading *reading, const BelfryJsonMember *member, GError **error)
{
  reading->payload = member->value;
  return TRUE;
}

static gboolean
read_origin (Reading *reading, const BelfryJsonMember *member, GError **error)
{
  g_autofree char *origin = belfry_json_dup_string (reading->text, member->value, MAX_ORIGIN);

  if (origin == NULL)
    return refuse (error, "an envelope's \"origin\" is no short text");
  g_free (reading->envelope->origin);
  reading->envelope->origin = g_steal_pointer (&origin);
  return TRUE;
}

static gboolean
read_kind (Reading *reading, const BelfryJsonMember *member, GError **error)
{
  return read_word (reading, member, kinds, G_N_ELEMENTS (kinds), &reading->kind) ||
         refuse (error, "an envelope's \"kind\" is not known");
}

static gboolean
read_encoding (Reading *reading, const BelfryJsonMember *member, GError **error)
{
  return read_word (reading, member, encodings, G_N_ELEMENTS (encodings), &reading->encoding) ||
         refuse (error, "an envelope's \"encoding\" is not known");
}

static gboolean
read_offset (Reading *reading, const BelfryJsonMember *member, GError **error)
{
  return (belfry_json_get_int64 (reading->text, member->value, &reading->offset) &&
          reading->offset > 0) ||
         refuse (error, "an envelope's \"offset\" is no positive integer");
}

static gboolean
read_epoch (Reading *reading, const BelfryJsonMember *member, GError **error)
{
  g_autofree char *epoch =
      belfry_json_dup_string (reading->text, member->value, BELFRY_EPOCH_LENGTH);

  if (epoch == NULL ||
      !belfry_epoch_parse (epoch, strlen (epoch), &reading->envelope->position.epoch))
    return refuse (error, "an envelope's \"epoch\" is none");
  return TRUE;
}

static gboolean
read_published (Reading *reading, const BelfryJsonMember *member, GError **error)
{
  gint64 *published = &reading->envelope->published;

  return (belfry_json_get_int64 (reading->text, member->value, published) && *published >= 0) ||
         refuse (error, "an envelope's \"published\" is no time");
}

typedef struct
{
  const char *name; /* (unowned) */
  gboolean (*read) (Reading *reading, const BelfryJsonMember *member, GError **error);
} Member;

static const Member members[] = {
  { "topic", read_topic }, { "payload", read_payload },     { "origin", read_origin },
  { "kind", read_kind },   { "encoding", read_encoding },   { "offset", read_offset },
  { "epoch", read_epoch }, { "published", read_published },
};

/* What is not known is somebody else's. */
static gboolean
read_member (Reading *reading, const BelfryJsonMember *member, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      if (belfry_json_equal (reading->text, member->name, members[i].name))
        return members[i].read (reading, member, error);
    }
  return TRUE;
}

static gboolean
decode_payload (const Reading *reading, GBytes *published, GError **error)
{
  GBytes **payload = &reading->envelope->payload;

  if (reading->payload.length == 0)
    return refuse (error, "an envelope without \"payload\"");
  if (reading->encoding == ENCODING_BASE64)
    *payload = belfry_json_base64_bytes (reading->text, reading->payload);
  else if (reading->encoding == ENCODING_TEXT)
    *payload = belfry_json_text_bytes (reading->text, reading->payload);
  else
    *payload = g_bytes_new_from_bytes (published, reading->payload.offset, reading->payload.length);
  return *payload != NULL || refuse (error, "an envelope's \"payload\" is not in its encoding");
}

static gboolean
finish_reading (const Reading *reading, GBytes *published, GError **error)
{
  BelfryRedisEnvelope *envelope = reading->envelope;

  if (envelope->topic == NULL)
    return refuse (error, "an envelope without \"topic\"");
  BelfryTopicKind kind = belfry_topic_classify (envelope->topic, strlen (envelope->topic), error);
  if (kind == BELFRY_TOPIC_INVALID || kind == BELFRY_TOPIC_RESERVED)
    return FALSE;
  if (kind == BELFRY_TOPIC_PATTERN)
    return refuse (error, "an envelope's \"topic\" is a pattern");
  if ((reading->offset > 0) != (envelope->position.epoch != 0))
    return refuse (error, "an envelope with half a position");
  envelope->position.offset = (guint64) reading->offset;
  envelope->kind = (BelfryMessageKind) reading->kind;
  return decode_payload (reading, published, error);
}

static gboolean
read_members (Reading *reading, GBytes *published, gsize length, GError **error)
{
  BelfryJsonIter iter;
  BelfryJsonMember member;

  belfry_json_iter_init (&iter, reading->text, (BelfryJsonSlice){ 0, length });
  while (belfry_json_iter_next (&iter, &member))
    {
      if (!read_member (reading, &member, error))
        return FALSE;
    }
  return finish_reading (reading, published, error);
}

gboolean
belfry_redis_envelope_read (GBytes *published, BelfryRedisEnvelope *envelope, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (published, &length);
  g_auto (BelfryRedisEnvelope) read = { 0 };
  Reading reading = { .text = text, .envelope = &read };
  BelfryJsonScan scan;

  if (!belfry_json_scan (text, length, &envelope_limits, &scan))
    {
      belfry_json_set_error (error, &scan);
      return FALSE;
    }
  if (scan.kind != BELFRY_JSON_OBJECT)
    return refuse (error, "an envelope is a JSON object");
  if (!read_members (&reading, published, length, error))
    return FALSE;
  *envelope = read;
  read = (BelfryRedisEnvelope){ 0 };
  return TRUE;
}

/* Returns: (nullable): what follows the word and the white space before it */
static const char *
skip (const char *at, const char *end, const char *word)
{
  gsize length = strlen (word);

  while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
    at++;
  return (gsize) (end - at) >= length && memcmp (at, word, length) == 0 ? at + length : NULL;
}

gboolean
belfry_redis_envelope_peek (GBytes *published, char topic[BELFRY_TOPIC_MAX + 1])
{
  static const char *const words[] = { "{", "\"topic\"", ":", "\"" };
  gsize length;
  const char *at = g_bytes_get_data (published, &length);

  if (length == 0)
    return FALSE;

  const char *end = at + length;

  for (gsize i = 0; at != NULL && i < G_N_ELEMENTS (words); i++)
    at = skip (at, end, words[i]);
  if (at == NULL)
    return FALSE;
  for (gsize i = 0; i <= BELFRY_TOPIC_MAX && at + i < end; i++)
    {
      topic[i] = at[i];
      if (at[i] == '\\' || at[i] == '\0')
        return FALSE;
      if (at[i] == '"')
        {
          topic[i] = '\0';
          return TRUE;
        }
    }
  return FALSE;
}

void
belfry_redis_envelope_clear (BelfryRedisEnvelope *envelope)
{
  g_clear_pointer (&envelope->topic, g_free);
  g_clear_pointer (&envelope->payload, g_bytes_unref);
  g_clear_pointer (&envelope->origin, g_free);
}

static Encoding
find_encoding (const char *payload, gsize length)
{
  BelfryJsonScan scan;

  if (belfry_json_scan (payload, length, &payload_limits, &scan))
    return ENCODING_JSON;
  /* GLib takes no NUL for text; base64 says the same. */
  return g_utf8_validate_len (payload, length, NULL) ? ENCODING_TEXT : ENCODING_BASE64;
}

static GBytes *
encode_payload (GBytes *payload, Encoding encoding)
{
  gsize length;
  const char *bytes = g_bytes_get_data (payload, &length);

  if (encoding == ENCODING_JSON)
    return g_bytes_ref (payload);
  GString *out = g_string_new (NULL);
  BelfryJsonWriter writer;
  belfry_json_writer_init (&writer, out);
  if (encoding == ENCODING_TEXT)
    belfry_json_writer_string_len (&writer, bytes, length);
  else
    belfry_json_writer_base64 (&writer, bytes, length);
  return g_string_free_to_bytes (out);
}

static void
append_string (GString *out, const char *member, const char *value)
{
  BelfryJsonWriter writer;

  g_string_append_printf (out, "%s:", member);
  belfry_json_writer_init (&writer, out);
  belfry_json_writer_string (&writer, value);
}

static char *
write_head (const BelfryRedisEnvelope *envelope)
{
  GString *head = g_string_new (NULL);

  append_string (head, "{\"topic\"", envelope->topic);
  if (envelope->kind != BELFRY_MESSAGE_DATA)
    append_string (head, ",\"kind\"", kinds[envelope->kind]);
  return g_string_free (head, FALSE);
}

static char *
write_tail (const BelfryRedisEnvelope *envelope, Encoding encoding)
{
  GString *tail = g_string_new (NULL);

  if (encoding != ENCODING_JSON)
    append_string (tail, ",\"encoding\"", encodings[encoding]);
  if (envelope->origin != NULL)
    append_string (tail, ",\"origin\"", envelope->origin);
  g_string_append_c (tail, '}');
  return g_string_free (tail, FALSE);
}

static void
append_position (GString *out, const BelfryRedisEnvelope *envelope)
{
  if (belfry_position_is_set (&envelope->position))
    {
      char epoch[BELFRY_EPOCH_LENGTH + 1];

      belfry_epoch_format (envelope->position.epoch, epoch);
      g_string_append_printf (out, ",\"epoch\":\"%s\",\"offset\":%" G_GUINT64_FORMAT, epoch,
                              envelope->position.offset);
    }
  if (envelope->published > 0)
    g_string_append_printf (out, ",\"published\":%" G_GINT64_FORMAT, envelope->published);
}

GBytes *
belfry_redis_envelope_write (const BelfryRedisEnvelope *envelope)
{
  g_auto (BelfryRedisPieces) pieces = { 0 };
  gsize length;

  belfry_redis_envelope_cut (envelope, &pieces);
  GString *out = g_string_new (pieces.head);
  append_position (out, envelope);
  g_string_append (out, pieces.middle);
  const char *body = g_bytes_get_data (pieces.body, &length);
  g_string_append_len (out, body, (gssize) length);
  g_string_append (out, pieces.tail);
  return g_string_free_to_bytes (out);
}

void
belfry_redis_envelope_cut (const BelfryRedisEnvelope *envelope, BelfryRedisPieces *pieces)
{
  gsize length;
  const char *payload = g_bytes_get_data (envelope->payload, &length);
  Encoding encoding = find_encoding (payload, length);

  *pieces = (BelfryRedisPieces){
    .head = write_head (envelope),
    .middle = ",\"payload\":",
    .body = encode_payload (envelope->payload, encoding),
    .tail = write_tail (envelope, encoding),
  };
}

void
belfry_redis_pieces_clear (BelfryRedisPieces *pieces)
{
  g_clear_pointer (&pieces->head, g_free);
  g_clear_pointer (&pieces->body, g_bytes_unref);
  g_clear_pointer (&pieces->tail, g_free);
}
