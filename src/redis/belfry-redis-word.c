/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-word"

#include "config.h"

#include "belfry-redis-word.h"

#include "belfry-error.h"
#include "belfry-json-read.h"
#include "belfry-json-write.h"

/* Pure functions over bytes: any thread. */

/* Far more than names, reasons and ids have. */
#define MAX_TEXT 4096

/* A close code of WebSocket. */
#define MAX_CODE 4999

typedef struct
{
  const char *word;    /* (unowned) */
  const char *subject; /* (unowned) (nullable): what is kept of it, by this and its text */
} Kind;

static const Kind kinds[] = {
  [BELFRY_REDIS_WORD_BLOCK_USER] = { "block-user", "user" },
  [BELFRY_REDIS_WORD_UNBLOCK_USER] = { "unblock-user", "user" },
  [BELFRY_REDIS_WORD_REVOKE_TOKEN] = { "revoke-token", "token" },
  [BELFRY_REDIS_WORD_CLOSE_USER] = { "close-user", NULL },
};
G_STATIC_ASSERT (G_N_ELEMENTS (kinds) == BELFRY_REDIS_N_WORDS);

static gboolean
read_kind (const char *json, BelfryJsonSlice value, guint *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (belfry_json_equal (json, value, kinds[i].word))
        {
          *kind = i;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
read_text (const char *json, BelfryJsonSlice value, char **text)
{
  g_free (*text);
  *text = belfry_json_dup_string (json, value, MAX_TEXT);
  return *text != NULL;
}

static gboolean
read_number (const char *json, BelfryJsonSlice value, gint64 max, gint64 *number)
{
  return belfry_json_get_int64 (json, value, number) && *number >= 0 && *number <= max;
}

static gboolean
read_code (const char *json, BelfryJsonSlice value, guint *code)
{
  gint64 number;

  if (!read_number (json, value, MAX_CODE, &number))
    return FALSE;
  *code = (guint) number;
  return TRUE;
}

/* What is not known is of a later version. */
static gboolean
read_member (BelfryRedisWord *self, guint *kind, const char *json, const BelfryJsonMember *member)
{
  if (belfry_json_equal (json, member->name, "word"))
    return read_kind (json, member->value, kind);
  if (belfry_json_equal (json, member->name, "text"))
    return read_text (json, member->value, &self->text);
  if (belfry_json_equal (json, member->name, "reason"))
    return read_text (json, member->value, &self->reason);
  if (belfry_json_equal (json, member->name, "origin"))
    return read_text (json, member->value, &self->origin);
  if (belfry_json_equal (json, member->name, "until"))
    return read_number (json, member->value, G_MAXINT64, &self->until);
  if (belfry_json_equal (json, member->name, "code"))
    return read_code (json, member->value, &self->code);
  return TRUE;
}

static gboolean
read_members (BelfryRedisWord *self, const char *json, gsize length)
{
  guint kind = BELFRY_REDIS_N_WORDS;
  BelfryJsonIter iter;
  BelfryJsonMember member;

  belfry_json_iter_init (&iter, json, (BelfryJsonSlice){ 0, length });
  while (belfry_json_iter_next (&iter, &member))
    {
      if (!read_member (self, &kind, json, &member))
        return FALSE;
    }
  self->kind = (BelfryRedisWordKind) kind;
  return kind < BELFRY_REDIS_N_WORDS && self->text != NULL;
}

void
belfry_redis_word_free (BelfryRedisWord *self)
{
  g_free (self->text);
  g_free (self->reason);
  g_free (self->origin);
  g_free (self);
}

BelfryRedisWord *
belfry_redis_word_read (GBytes *json, GError **error)
{
  g_autoptr (BelfryRedisWord) self = g_new0 (BelfryRedisWord, 1);
  gsize length;
  const char *text = g_bytes_get_data (json, &length);
  BelfryJsonScan scan;

  if (!belfry_json_scan (text, length, NULL, &scan))
    {
      belfry_json_set_error (error, &scan);
      return NULL;
    }
  if (scan.kind == BELFRY_JSON_OBJECT && read_members (self, text, length))
    return g_steal_pointer (&self);
  g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST,
                       "not a word that one instance tells another");
  return NULL;
}

static void
write_text (BelfryJsonWriter *writer, const char *name, const char *text)
{
  if (text == NULL)
    return;
  belfry_json_writer_name (writer, name);
  belfry_json_writer_string (writer, text);
}

static void
write_number (BelfryJsonWriter *writer, const char *name, gint64 number)
{
  if (number <= 0)
    return;
  belfry_json_writer_name (writer, name);
  belfry_json_writer_int64 (writer, number);
}

GBytes *
belfry_redis_word_write (const BelfryRedisWord *self, const char *origin)
{
  GString *out = g_string_new (NULL);
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, out);
  belfry_json_writer_begin_object (&writer);
  write_text (&writer, "word", kinds[self->kind].word);
  write_text (&writer, "text", self->text);
  write_text (&writer, "reason", self->reason);
  write_number (&writer, "until", self->until);
  write_number (&writer, "code", self->code);
  write_text (&writer, "origin", origin != NULL ? origin : self->origin);
  belfry_json_writer_end_object (&writer);
  return g_string_free_to_bytes (out);
}

char *
belfry_redis_word_dup_name (const BelfryRedisWord *self)
{
  const char *subject = kinds[self->kind].subject;

  return subject != NULL ? g_strdup_printf ("%s %s", subject, self->text) : NULL;
}
