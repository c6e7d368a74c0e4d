/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-word.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-test-store.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static BelfryRedisWord *
word_new (BelfryRedisWordKind kind, const char *text, const char *reason, gint64 until)
{
  BelfryRedisWord *word = g_new0 (BelfryRedisWord, 1);

  word->kind = kind;
  word->text = g_strdup (text);
  word->reason = g_strdup (reason);
  word->until = until;
  return word;
}

static BelfryRedisWord *
read_text (const char *json, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (json, strlen (json));

  return belfry_redis_word_read (bytes, error);
}

/* Each kind is written as one would write it by hand, and read the same. */
static void
test_write (void)
{
  static const struct
  {
    BelfryRedisWord word;
    const char *json;
  } rows[] = {
    { { BELFRY_REDIS_WORD_BLOCK_USER, (char *) "ann", (char *) "spam", 17, 0, NULL },
      "{\"word\":\"block-user\",\"text\":\"ann\",\"reason\":\"spam\",\"until\":17,"
      "\"origin\":\"one\"}" },
    { { BELFRY_REDIS_WORD_UNBLOCK_USER, (char *) "a\"b", NULL, 0, 0, NULL },
      "{\"word\":\"unblock-user\",\"text\":\"a\\\"b\",\"origin\":\"one\"}" },
    { { BELFRY_REDIS_WORD_REVOKE_TOKEN, (char *) "id", NULL, G_MAXINT64, 0, NULL },
      "{\"word\":\"revoke-token\",\"text\":\"id\",\"until\":9223372036854775807,"
      "\"origin\":\"one\"}" },
    { { BELFRY_REDIS_WORD_CLOSE_USER, (char *) "ann", NULL, 0, 4001, NULL },
      "{\"word\":\"close-user\",\"text\":\"ann\",\"code\":4001,\"origin\":\"one\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const BelfryRedisWord *word = &rows[i].word;
      g_autoptr (GBytes) json = belfry_redis_word_write (word, "one");
      g_autofree char *text = g_strndup (g_bytes_get_data (json, NULL), g_bytes_get_size (json));
      g_autoptr (BelfryRedisWord) again = belfry_redis_word_read (json, NULL);

      g_assert_cmpstr (text, ==, rows[i].json);
      g_assert_cmpint (again->kind, ==, word->kind);
      g_assert_cmpstr (again->text, ==, word->text);
      g_assert_cmpstr (again->reason, ==, word->reason);
      g_assert_cmpint (again->until, ==, word->until);
      g_assert_cmpuint (again->code, ==, word->code);
      g_assert_cmpstr (again->origin, ==, "one");
    }
}

/* What a later version adds does no harm. */
static void
test_unknown_member (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryRedisWord) word =
      read_text ("{\"more\":{},\"word\":\"close-user\",\"text\":\"ann\"}", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (word->text, ==, "ann");
  g_assert_null (word->origin);
}

/* Whatever is no word is none. */
static void
test_bad (void)
{
  static const struct
  {
    const char *defect;
    const char *json;
  } rows[] = {
    { "nothing", "" },
    { "no JSON", "{" },
    { "no object", "[]" },
    { "no word", "{\"text\":\"a\"}" },
    { "no text", "{\"word\":\"block-user\"}" },
    { "an unknown word", "{\"word\":\"praise-user\",\"text\":\"a\"}" },
    { "a number for a text", "{\"word\":\"block-user\",\"text\":1}" },
    { "a NUL in the text", "{\"word\":\"block-user\",\"text\":\"a\\u0000\"}" },
    { "a fraction of a time", "{\"word\":\"block-user\",\"text\":\"a\",\"until\":1.5}" },
    { "a time before time", "{\"word\":\"block-user\",\"text\":\"a\",\"until\":-1}" },
    { "no code", "{\"word\":\"close-user\",\"text\":\"a\",\"code\":5000}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", rows[i].defect);
      g_assert_null (read_text (rows[i].json, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST);
    }
}

typedef struct
{
  BelfryTestStore *redis;
  BelfryRedisStore *store;
} Fixture;

static gboolean
fixture_init (Fixture *self)
{
  if (!belfry_test_redis_available ())
    return FALSE;
  self->redis = belfry_test_store_new (NULL);
  self->store = belfry_test_store_open (self->redis, "one");
  return TRUE;
}

static void
fixture_clear (Fixture *self)
{
  belfry_redis_store_free (self->store);
  belfry_test_store_free (self->redis);
}

static void
tell (Fixture *self, BelfryRedisWordKind kind, const char *text, gint64 until)
{
  g_autoptr (BelfryRedisWord) word = word_new (kind, text, "why", until);
  g_autoptr (GError) error = NULL;

  belfry_redis_store_tell_async (self->store, word, belfry_test_store_keep, self->redis);
  belfry_redis_store_tell_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
}

/* Returns: (transfer full): what is in force, in one line */
static char *
list (Fixture *self)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  belfry_redis_store_blocks_async (self->store, NULL, belfry_test_store_keep, self->redis);
  g_autoptr (GPtrArray) words =
      belfry_redis_store_blocks_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < words->len; i++)
    {
      const BelfryRedisWord *word = g_ptr_array_index (words, i);

      g_string_append_printf (text, "%d:%s ", (int) word->kind, word->text);
    }
  return g_string_free (text, FALSE);
}

static void
assert_list (Fixture *self, const char *expected)
{
  g_autofree char *listed = list (self);

  g_assert_cmpstr (listed, ==, expected);
}

/* What is told reaches all, and what lasts is there for those that come later. */
static void
test_tell (void)
{
  gint64 soon = g_get_real_time () + 60 * SECOND;
  Fixture self;

  if (!fixture_init (&self))
    return;
  belfry_test_store_subscribe (self.redis, "SUBSCRIBE", "belfry:words");
  tell (&self, BELFRY_REDIS_WORD_BLOCK_USER, "ann", soon);
  tell (&self, BELFRY_REDIS_WORD_REVOKE_TOKEN, "ann", soon - SECOND);
  tell (&self, BELFRY_REDIS_WORD_CLOSE_USER, "bob", 0);
  assert_list (&self, "0:ann 2:ann ");
  tell (&self, BELFRY_REDIS_WORD_UNBLOCK_USER, "ann", 0);
  assert_list (&self, "2:ann ");
  tell (&self, BELFRY_REDIS_WORD_BLOCK_USER, "eve", 1);
  assert_list (&self, "2:ann ");
  for (int i = 0; i < 5; i++)
    {
      g_autoptr (GBytes) json = belfry_test_store_next (self.redis);
      g_autoptr (GError) error = NULL;
      g_autoptr (BelfryRedisWord) word = belfry_redis_word_read (json, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (word->origin, ==, "one");
      g_assert_cmpstr (word->reason, ==, "why");
    }
  fixture_clear (&self);
}

static gboolean
is_empty (Fixture *self)
{
  belfry_test_store_command (self->redis, "DBSIZE");
  return self->redis->integer == 0;
}

/* A block ends by itself, and the last one leaves nothing. */
static void
test_ends (void)
{
  Fixture self;

  if (!fixture_init (&self))
    return;
  tell (&self, BELFRY_REDIS_WORD_BLOCK_USER, "ann", g_get_real_time () + SECOND / 2);
  assert_list (&self, "0:ann ");
  belfry_test_wait_until (is_empty (&self));
  assert_list (&self, "");
  fixture_clear (&self);
}

/* One that lasts for ever lasts as long as Redis can count. */
static void
test_for_ever (void)
{
  Fixture self;

  if (!fixture_init (&self))
    return;
  tell (&self, BELFRY_REDIS_WORD_BLOCK_USER, "ann", G_MAXINT64);
  tell (&self, BELFRY_REDIS_WORD_BLOCK_USER, "bob", g_get_real_time () + 60 * SECOND);
  assert_list (&self, "0:ann 0:bob ");
  fixture_clear (&self);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-word/write", test_write);
  belfry_test_add ("/redis-word/unknown-member", test_unknown_member);
  belfry_test_add ("/redis-word/bad", test_bad);
  belfry_test_add ("/redis-word/tell", test_tell);
  belfry_test_add ("/redis-word/ends", test_ends);
  belfry_test_add ("/redis-word/for-ever", test_for_ever);
  return g_test_run ();
}
