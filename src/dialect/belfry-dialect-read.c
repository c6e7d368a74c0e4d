/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-dialect-read"

#include "config.h"

#include "belfry-dialect-read.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-topic.h"

/* From a client's text to typed values, in place: no tree is made, and only what a request keeps is
 * copied. Pure functions: any thread.
 */

/* The transport has bounded the message. */
static const BelfryJsonLimits request_limits = {
  .max_length = G_MAXSIZE,
  .max_depth = BELFRY_JSON_DEFAULT_DEPTH,
};

static const char *const names[] = {
  [BELFRY_DIALECT_ACTION] = "action",   [BELFRY_DIALECT_CONTEXT] = "context",
  [BELFRY_DIALECT_DATA] = "data",       [BELFRY_DIALECT_ENCODING] = "encoding",
  [BELFRY_DIALECT_ID] = "id",           [BELFRY_DIALECT_LIMIT] = "limit",
  [BELFRY_DIALECT_PAYLOAD] = "payload", [BELFRY_DIALECT_SESSION] = "session",
  [BELFRY_DIALECT_SINCE] = "since",     [BELFRY_DIALECT_TOKEN] = "token",
  [BELFRY_DIALECT_TOPIC] = "topic",     [BELFRY_DIALECT_TOPICS] = "topics",
  [BELFRY_DIALECT_TYPE] = "type",
};
G_STATIC_ASSERT (G_N_ELEMENTS (names) == BELFRY_DIALECT_N_NAMES);

static gsize
find_name (const char *text, BelfryJsonSlice name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (belfry_json_equal (text, name, names[i]))
        return i;
    }
  return G_N_ELEMENTS (names);
}

static BelfryJsonSlice
slice_of (const BelfryDialectRead *self, BelfryDialectName name)
{
  return self->members[name].value;
}

static void
set_wrong (GError **error, BelfryDialectName name, const char *expected)
{
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST, "“%s” must be %s", names[name],
               expected);
}

static void
set_too_large (GError **error, BelfryDialectName name, gsize max)
{
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE,
               "“%s” may have %" G_GSIZE_FORMAT " bytes", names[name], max);
}

/* What is meant never has more bytes than what is written. */
static char *
dup_bad_topic (const char *text, BelfryJsonSlice string)
{
  GString *topic = g_string_sized_new (string.length);

  belfry_json_append_string (text, string, string.length, topic);
  if (topic->len > BELFRY_TOPIC_MAX)
    {
      gsize end = BELFRY_TOPIC_MAX + 1;

      while ((topic->str[end] & 0xc0) == 0x80)
        end++;
      g_string_truncate (topic, end);
    }
  for (gsize i = 0; i < topic->len; i++)
    {
      if (topic->str[i] == '\0')
        topic->str[i] = '\1';
    }
  return g_string_free (topic, FALSE);
}

static GBytes *
payload_as_written (const char *text, BelfryJsonSlice value)
{
  return g_bytes_new (text + value.offset, value.length);
}

static GBytes *
decode_payload (const BelfryDialectRead *self, BelfryDialectName name, GError **error)
{
  gboolean base64 = belfry_dialect_read_equal (self, BELFRY_DIALECT_ENCODING, "base64");
  GBytes *payload;

  if (!belfry_dialect_read_has (self, BELFRY_DIALECT_ENCODING))
    return payload_as_written (self->text, slice_of (self, name));
  if (!base64 && !belfry_dialect_read_equal (self, BELFRY_DIALECT_ENCODING, "text"))
    {
      set_wrong (error, BELFRY_DIALECT_ENCODING, "“text” or “base64”");
      return NULL;
    }
  if (self->members[name].kind != BELFRY_JSON_STRING)
    {
      set_wrong (error, name, "a string, with this encoding");
      return NULL;
    }
  payload = base64 ? belfry_json_base64_bytes (self->text, slice_of (self, name))
                   : belfry_json_text_bytes (self->text, slice_of (self, name));
  if (payload == NULL)
    set_wrong (error, name, "base64, with padding");
  return payload;
}

static guint64
parse_epoch (const char *text, BelfryJsonSlice string)
{
  g_autofree char *epoch = belfry_json_dup_string (text, string, BELFRY_EPOCH_LENGTH);
  guint64 value;

  if (epoch == NULL || !belfry_epoch_parse (epoch, strlen (epoch), &value))
    return BELFRY_DIALECT_FOREIGN_EPOCH;
  return value;
}

gboolean
belfry_dialect_read_init (BelfryDialectRead *self,
                          const guint8 *bytes,
                          gsize length,
                          GError **error)
{
  const char *text = (const char *) bytes;
  BelfryJsonScan scan;
  BelfryJsonIter iter;
  BelfryJsonMember member;

  *self = (BelfryDialectRead){ .text = text };
  if (!belfry_json_scan (text, length, &request_limits, &scan))
    {
      belfry_json_set_error (error, &scan);
      return FALSE;
    }
  if (scan.kind != BELFRY_JSON_OBJECT)
    {
      g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                           "a request is a JSON object");
      return FALSE;
    }
  belfry_json_iter_init (&iter, text, (BelfryJsonSlice){ 0, length });
  while (belfry_json_iter_next (&iter, &member))
    {
      gsize name = find_name (text, member.name);

      if (name < G_N_ELEMENTS (names))
        self->members[name] = member;
    }
  return TRUE;
}

const char *
belfry_dialect_name (BelfryDialectName name)
{
  return names[name];
}

gboolean
belfry_dialect_read_has (const BelfryDialectRead *self, BelfryDialectName name)
{
  BelfryJsonKind kind = self->members[name].kind;

  return kind != BELFRY_JSON_NONE && kind != BELFRY_JSON_NULL;
}

gboolean
belfry_dialect_read_equal (const BelfryDialectRead *self, BelfryDialectName name, const char *text)
{
  return self->members[name].kind == BELFRY_JSON_STRING &&
         belfry_json_equal (self->text, slice_of (self, name), text);
}

gboolean
belfry_dialect_read_id (const BelfryDialectRead *self, char **id, GError **error)
{
  BelfryJsonKind kind = self->members[BELFRY_DIALECT_ID].kind;
  BelfryJsonSlice value = slice_of (self, BELFRY_DIALECT_ID);

  *id = NULL;
  if (!belfry_dialect_read_has (self, BELFRY_DIALECT_ID))
    return TRUE;
  if (kind != BELFRY_JSON_STRING && kind != BELFRY_JSON_NUMBER)
    {
      set_wrong (error, BELFRY_DIALECT_ID, "a number or a string");
      return FALSE;
    }
  if (value.length > BELFRY_DIALECT_ID_MAX)
    {
      set_too_large (error, BELFRY_DIALECT_ID, BELFRY_DIALECT_ID_MAX);
      return FALSE;
    }
  *id = g_strndup (self->text + value.offset, value.length);
  return TRUE;
}

char *
belfry_dialect_dup_topic (const char *text, const BelfryJsonMember *string)
{
  if (string->kind != BELFRY_JSON_STRING)
    return NULL;
  char *topic = belfry_json_dup_string (text, string->value, BELFRY_TOPIC_MAX);
  return topic != NULL ? topic : dup_bad_topic (text, string->value);
}

char *
belfry_dialect_read_token (const BelfryDialectRead *self, BelfryDialectName name, GError **error)
{
  BelfryJsonSlice value = slice_of (self, name);
  char *token;

  if (self->members[name].kind != BELFRY_JSON_STRING)
    {
      set_wrong (error, name, "a token");
      return NULL;
    }
  if (value.length - strlen ("\"\"") > BELFRY_DIALECT_TOKEN_MAX)
    {
      set_too_large (error, name, BELFRY_DIALECT_TOKEN_MAX);
      return NULL;
    }
  token = belfry_json_dup_string (self->text, value, BELFRY_DIALECT_TOKEN_MAX);
  if (token == NULL)
    set_wrong (error, name, "a token");
  return token;
}

GBytes *
belfry_dialect_read_payload (const BelfryDialectRead *self,
                             BelfryDialectName name,
                             gsize max,
                             GError **error)
{
  g_autoptr (GBytes) payload = NULL;

  if (self->members[name].kind == BELFRY_JSON_NONE)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST, "“%s” is missing", names[name]);
      return NULL;
    }
  payload = decode_payload (self, name, error);
  if (payload != NULL && g_bytes_get_size (payload) > max)
    {
      set_too_large (error, name, max);
      return NULL;
    }
  return g_steal_pointer (&payload);
}

gboolean
belfry_dialect_read_position (const char *text,
                              const BelfryJsonMember *object,
                              BelfryPosition *position,
                              GError **error)
{
  BelfryJsonKind epoch = BELFRY_JSON_NONE;
  gint64 offset = -1;
  BelfryJsonIter iter;
  BelfryJsonMember member;

  belfry_json_iter_init (&iter, text, object->value);
  while (object->kind == BELFRY_JSON_OBJECT && belfry_json_iter_next (&iter, &member))
    {
      if (belfry_json_equal (text, member.name, "offset") &&
          !belfry_json_get_int64 (text, member.value, &offset))
        offset = -1;
      if (belfry_json_equal (text, member.name, "epoch"))
        {
          epoch = member.kind;
          position->epoch = parse_epoch (text, member.value);
        }
    }
  if (offset < 0 || epoch != BELFRY_JSON_STRING)
    {
      set_wrong (error, BELFRY_DIALECT_SINCE, "an offset and an epoch");
      return FALSE;
    }
  position->offset = (guint64) offset;
  return TRUE;
}

gboolean
belfry_dialect_read_limit (const BelfryDialectRead *self, guint *limit, GError **error)
{
  gint64 value = 0;

  if (belfry_dialect_read_has (self, BELFRY_DIALECT_LIMIT) &&
      (!belfry_json_get_int64 (self->text, slice_of (self, BELFRY_DIALECT_LIMIT), &value) ||
       value < 0))
    {
      set_wrong (error, BELFRY_DIALECT_LIMIT, "a count");
      return FALSE;
    }
  *limit = (guint) MIN (value, G_MAXUINT);
  return TRUE;
}
