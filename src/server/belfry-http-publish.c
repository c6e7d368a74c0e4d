/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http"

#include "config.h"

#include "belfry-http-publish.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-json-read.h"
#include "belfry-json-write.h"
#include "belfry-topic.h"

/* Reads what is to be published from a request's body, and writes what became of it. Stateless; any
 * thread. */

/* A UUID is 36 letters; a key is kept for minutes. */
#define MAX_KEY 128

typedef enum
{
  ENCODING_JSON,
  ENCODING_TEXT,
  ENCODING_BASE64,
} Encoding;

static const char *const encodings[] = { "json", "text", "base64" };

typedef struct
{
  BelfryJsonSlice data;
  BelfryJsonKind data_kind;
  Encoding encoding;
} Content;

void
belfry_http_item_free (BelfryHttpItem *self)
{
  g_free (self->topic);
  g_free (self->key);
  g_clear_pointer (&self->payload, g_bytes_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static void
fail (BelfryHttpItem *item, const char *message)
{
  if (item->error == NULL)
    item->error = g_error_new_literal (BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST, message);
}

static void
read_encoding (BelfryHttpItem *item, const char *text, BelfryJsonSlice value, Content *content)
{
  for (guint i = 0; i < G_N_ELEMENTS (encodings); i++)
    {
      if (belfry_json_equal (text, value, encodings[i]))
        {
          content->encoding = (Encoding) i;
          return;
        }
    }
  fail (item, "\"encoding\" is \"json\", \"text\" or \"base64\"");
}

static void
read_text (BelfryHttpItem *item,
           const char *text,
           const BelfryJsonMember *member,
           gsize max,
           const char *complaint,
           char **value)
{
  g_free (*value);
  *value = belfry_json_dup_string (text, member->value, max);
  if (*value == NULL)
    fail (item, complaint);
}

static void
read_member (BelfryHttpItem *item,
             const char *text,
             const BelfryJsonMember *member,
             Content *content)
{
  if (belfry_json_equal (text, member->name, "topic"))
    read_text (item, text, member, BELFRY_TOPIC_MAX, "\"topic\" is a string of at most 255 bytes",
               &item->topic);
  else if (belfry_json_equal (text, member->name, "idempotency_key"))
    read_text (item, text, member, MAX_KEY, "\"idempotency_key\" is a string of at most 128 bytes",
               &item->key);
  else if (belfry_json_equal (text, member->name, "encoding"))
    read_encoding (item, text, member->value, content);
  else if (belfry_json_equal (text, member->name, "data"))
    {
      content->data = member->value;
      content->data_kind = member->kind;
    }
  else
    fail (item, "a member is not known: there are topic, data, encoding and idempotency_key");
}

/* Copied: the message may be kept, and must not keep the whole body. */
static void
read_content (BelfryHttpItem *item, const char *text, const Content *content, gsize max_payload)
{
  switch (content->encoding)
    {
    case ENCODING_BASE64:
      item->payload = belfry_json_base64_bytes (text, content->data);
      break;
    case ENCODING_TEXT:
      item->payload = belfry_json_text_bytes (text, content->data);
      break;
    case ENCODING_JSON:
    default:
      item->payload = g_bytes_new (text + content->data.offset, content->data.length);
    }
  if (item->payload == NULL)
    fail (item, "\"data\" is not in its encoding");
  else if (g_bytes_get_size (item->payload) > max_payload)
    item->error = g_error_new_literal (BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE,
                                       "\"data\" is larger than a message may be");
}

static BelfryHttpItem *
read_item (const char *text, BelfryJsonSlice value, BelfryJsonKind kind, gsize max_payload)
{
  BelfryHttpItem *item = g_new0 (BelfryHttpItem, 1);
  Content content = { .data_kind = BELFRY_JSON_NONE };
  BelfryJsonIter iter;
  BelfryJsonMember member;

  if (kind != BELFRY_JSON_OBJECT)
    {
      fail (item, "an item is an object");
      return item;
    }
  belfry_json_iter_init (&iter, text, value);
  while (item->error == NULL && belfry_json_iter_next (&iter, &member))
    read_member (item, text, &member, &content);
  if (item->error == NULL && item->topic == NULL)
    fail (item, "\"topic\" is missing");
  if (item->error == NULL && content.data_kind == BELFRY_JSON_NONE)
    fail (item, "\"data\" is missing");
  if (item->error == NULL)
    read_content (item, text, &content, max_payload);
  return item;
}

static gboolean
read_list (GPtrArray *items,
           const char *text,
           BelfryJsonSlice whole,
           gsize max_payload,
           guint max_items,
           GError **error)
{
  BelfryJsonIter iter;
  BelfryJsonMember member;

  belfry_json_iter_init (&iter, text, whole);
  while (belfry_json_iter_next (&iter, &member))
    {
      if (items->len == max_items)
        {
          g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE,
                       "at most %u messages can be published at once", max_items);
          return FALSE;
        }
      g_ptr_array_add (items, read_item (text, member.value, member.kind, max_payload));
    }
  return TRUE;
}

GPtrArray *
belfry_http_publish_parse (GBytes *body,
                           gsize max_payload,
                           guint max_items,
                           gboolean *is_list,
                           GError **error)
{
  gsize length = 0;
  const char *text = body != NULL ? g_bytes_get_data (body, &length) : NULL;
  const BelfryJsonLimits limits = { MAX (length, 1), BELFRY_JSON_DEFAULT_DEPTH };
  const BelfryJsonSlice whole = { 0, length };
  g_autoptr (GPtrArray) items = NULL;
  BelfryJsonScan scan;

  if (!belfry_json_scan (text != NULL ? text : "", length, &limits, &scan))
    {
      belfry_json_set_error (error, &scan);
      return NULL;
    }
  if (scan.kind != BELFRY_JSON_OBJECT && scan.kind != BELFRY_JSON_ARRAY)
    {
      g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                           "the body is an object or a list of objects");
      return NULL;
    }
  *is_list = scan.kind == BELFRY_JSON_ARRAY;
  items = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_http_item_free);
  if (!*is_list)
    g_ptr_array_add (items, read_item (text, whole, scan.kind, max_payload));
  else if (!read_list (items, text, whole, max_payload, max_items, error))
    return NULL;
  return g_steal_pointer (&items);
}

static void
write_error (BelfryJsonWriter *writer, const GError *error)
{
  belfry_json_writer_name (writer, "error");
  belfry_json_writer_begin_object (writer);
  belfry_json_writer_name (writer, "code");
  belfry_json_writer_string (writer, belfry_error_client_code (error));
  if (error->domain == BELFRY_ERROR && error->code < BELFRY_ERROR_INTERNAL)
    {
      belfry_json_writer_name (writer, "detail");
      belfry_json_writer_string (writer, error->message);
    }
  belfry_json_writer_end_object (writer);
}

void
belfry_http_publish_write (const BelfryHttpItem *item, GString *text)
{
  BelfryJsonWriter writer;
  char epoch[BELFRY_EPOCH_LENGTH + 1];

  belfry_json_writer_init (&writer, text);
  belfry_json_writer_begin_object (&writer);
  if (item->topic != NULL)
    {
      belfry_json_writer_name (&writer, "topic");
      belfry_json_writer_string (&writer, item->topic);
    }
  if (item->error != NULL)
    write_error (&writer, item->error);
  else if (belfry_position_is_set (&item->position))
    {
      belfry_epoch_format (item->position.epoch, epoch);
      belfry_json_writer_name (&writer, "offset");
      belfry_json_writer_uint64 (&writer, item->position.offset);
      belfry_json_writer_name (&writer, "epoch");
      belfry_json_writer_string (&writer, epoch);
    }
  belfry_json_writer_end_object (&writer);
}
