/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-store.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-redis-envelope.h"
#include "belfry-redis-frame.h"
#include "belfry-redis-slot.h"
#include "belfry-test-store.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define MS ((gint64) 1000)
#define N_CHURN 10000

/* As many as fit into the connection's queue at a time. */
#define BATCH 1000

typedef struct
{
  BelfryTestStore *redis;
  BelfryRedisStore *store;
} Fixture;

static gboolean
fixture_init (Fixture *self, const char *const *options)
{
  if (!belfry_test_redis_available ())
    return FALSE;
  self->redis = belfry_test_store_new (options);
  self->store = belfry_test_store_open (self->redis, "one");
  return TRUE;
}

static void
fixture_clear (Fixture *self)
{
  belfry_redis_store_free (self->store);
  belfry_test_store_free (self->redis);
}

/* Another store in the same Redis, with settings of its own. */
static void
reopen (Fixture *self, const BelfryRedisStoreSettings *settings)
{
  belfry_redis_store_free (self->store);
  self->store = belfry_redis_store_new (settings);
}

static void
assert_next (Fixture *self, const char *expected)
{
  g_autoptr (GBytes) message = belfry_test_store_next (self->redis);
  g_autofree char *text = g_strndup (g_bytes_get_data (message, NULL), g_bytes_get_size (message));

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_framed (Fixture *self, BelfryPosition position, const char *payload)
{
  g_autoptr (GBytes) message = belfry_test_store_next (self->redis);
  g_autoptr (GBytes) expected = g_bytes_new (payload, strlen (payload));
  BelfryRedisFrame frame;

  g_assert_cmpint (belfry_redis_frame_read (message, &frame), ==, BELFRY_REDIS_FRAME_READ);
  g_assert_cmpuint (frame.position.epoch, ==, position.epoch);
  g_assert_cmpuint (frame.position.offset, ==, position.offset);
  g_assert_true (g_bytes_equal (frame.payload, expected));
  belfry_redis_frame_clear (&frame);
}

static BelfryHistoryPage *
read_page (Fixture *self, const char *topic, const BelfryPosition *since, guint limit)
{
  g_autoptr (GError) error = NULL;

  belfry_redis_store_history_async (self->store, topic, NULL, since, limit, NULL,
                                    belfry_test_store_keep, self->redis);
  BelfryHistoryPage *page =
      belfry_redis_store_history_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
  return page;
}

/* Publishes in vain. */
static void
fail_to_publish (Fixture *self, const char *topic, BelfryError code)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  BelfryPublication publication = { .topic = topic, .payload = payload };
  g_autoptr (GError) error = NULL;

  publication.traits = (BelfryTopicTraits){ .history_size = 10, .history_ttl = SECOND };
  belfry_redis_store_publish_async (self->store, &publication, NULL, belfry_test_store_keep,
                                    self->redis);
  g_assert_false (
      belfry_redis_store_publish_finish (belfry_test_store_wait (self->redis), NULL, NULL, &error));
  g_assert_error (error, BELFRY_ERROR, (int) code);
}

/* What a topic without history publishes is what was published, unless it looks like a frame. */
static void
test_raw (void)
{
  Fixture self;
  const char *forged = "\xff"
                       "B1d00";

  if (!fixture_init (&self, NULL))
    return;
  belfry_test_store_subscribe (self.redis, "SUBSCRIBE", "raw");
  BelfryPosition position = belfry_test_store_publish (self.redis, self.store, "raw", "hi", 0);
  g_assert_false (belfry_position_is_set (&position));
  assert_next (&self, "hi");
  belfry_test_store_publish (self.redis, self.store, "raw", forged, 0);
  assert_framed (&self, (BelfryPosition){ 0, 0 }, forged);
  belfry_test_store_command (self.redis, "DBSIZE");
  g_assert_cmpint (self.redis->integer, ==, 0);
  fixture_clear (&self);
}

/* What a topic with history publishes is kept, numbered, and tells its number. */
static void
test_sequenced (void)
{
  Fixture self;

  if (!fixture_init (&self, NULL))
    return;
  belfry_test_store_subscribe (self.redis, "SUBSCRIBE", "news");
  BelfryPosition first = belfry_test_store_publish (self.redis, self.store, "news", "a", 10);
  assert_framed (&self, first, "a");
  BelfryPosition second = belfry_test_store_publish (self.redis, self.store, "news", "b", 10);
  assert_framed (&self, second, "b");
  g_assert_cmpuint (first.offset, ==, 1);
  g_assert_cmpuint (second.offset, ==, 2);
  g_assert_cmpuint (first.epoch, ==, second.epoch);
  g_autoptr (BelfryHistoryPage) page = read_page (&self, "news", &first, 10);
  g_assert_true (page->complete);
  g_assert_cmpuint (page->messages->len, ==, 1);
  fixture_clear (&self);
}

/* A second publication with the same key does nothing, with history and without. */
static void
test_repeated (void)
{
  Fixture self;
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  BelfryPublication publication = { .topic = "k", .payload = payload, .idempotency_key = "{" };

  if (!fixture_init (&self, NULL))
    return;
  belfry_test_store_subscribe (self.redis, "SUBSCRIBE", "k");
  for (guint64 i = 0; i < 3; i++)
    {
      guint64 receivers;
      BelfryPosition position;

      belfry_redis_store_publish_async (self.store, &publication, NULL, belfry_test_store_keep,
                                        self.redis);
      g_assert_true (belfry_redis_store_publish_finish (belfry_test_store_wait (self.redis),
                                                        &position, &receivers, NULL));
      g_assert_cmpuint (receivers, ==, i == 0 ? 1 : 0);
      g_assert_false (belfry_position_is_set (&position));
    }
  assert_next (&self, "x");
  belfry_test_store_command (self.redis, "PUBLISH k end");
  assert_next (&self, "end");
  fixture_clear (&self);
}

/* In envelope mode all topics are on one channel, each message with its position; history has the
 * bytes that were published. */
static void
test_envelope (void)
{
  Fixture self;

  if (!fixture_init (&self, NULL))
    return;
  BelfryRedisStoreSettings settings = belfry_test_store_settings (self.redis, "one");
  settings.prefix = "app:";
  settings.channel = "all";
  reopen (&self, &settings);
  belfry_test_store_subscribe (self.redis, "SUBSCRIBE", "app:all");
  belfry_test_store_publish (self.redis, self.store, "raw", "{}", 0);
  assert_next (&self, "{\"topic\":\"raw\",\"payload\":{},\"origin\":\"one\"}");
  BelfryPosition position = belfry_test_store_publish (self.redis, self.store, "news", "hi", 10);
  g_autoptr (GBytes) message = belfry_test_store_next (self.redis);
  g_auto (BelfryRedisEnvelope) envelope = { 0 };
  g_assert_true (belfry_redis_envelope_read (message, &envelope, NULL));
  g_assert_cmpstr (envelope.topic, ==, "news");
  g_assert_cmpuint (envelope.position.epoch, ==, position.epoch);
  g_assert_cmpuint (envelope.position.offset, ==, 1);
  g_assert_cmpint (envelope.published, >, 0);
  g_autoptr (BelfryHistoryPage) page = read_page (&self, "news", NULL, 10);
  const BelfryMessage *kept = g_ptr_array_index (page->messages, 0);
  g_assert_true (g_bytes_equal (kept->payload, envelope.payload));
  g_assert_cmpint (kept->published, ==, envelope.published);
  fixture_clear (&self);
}

/* A page ends before it is larger than a reply may be, and says that it is not all. */
static void
test_large_page (void)
{
  Fixture self;
  g_autofree char *large = g_strnfill (6 * 1024 * 1024, 'x');

  if (!fixture_init (&self, NULL))
    return;
  BelfryPosition first = belfry_test_store_publish (self.redis, self.store, "big", "a", 10);
  for (int i = 0; i < 4; i++)
    belfry_test_store_publish (self.redis, self.store, "big", large, 10);
  g_autoptr (BelfryHistoryPage) missed = read_page (&self, "big", &first, 10);
  g_assert_cmpuint (missed->messages->len, ==, 2);
  g_assert_false (missed->complete);
  const BelfryMessage *oldest = g_ptr_array_index (missed->messages, 0);
  g_assert_cmpuint (oldest->position.offset, ==, 2);
  g_autoptr (BelfryHistoryPage) newest = read_page (&self, "big", NULL, 10);
  g_assert_cmpuint (newest->messages->len, ==, 2);
  oldest = g_ptr_array_index (newest->messages, 0);
  g_assert_cmpuint (oldest->position.offset, ==, 4);
  fixture_clear (&self);
}

/* When Redis takes no writes nothing was kept, nothing published, and the caller knows. */
static void
test_refused (void)
{
  static const struct
  {
    const char *defect;
    const char *begin;
    const char *end;
  } rows[] = {
    { "no memory", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0" },
    { "too few replicas", "CONFIG SET min-replicas-to-write 1",
      "CONFIG SET min-replicas-to-write 0" },
    { "a replica", "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE" },
  };
  Fixture self;

  if (!fixture_init (&self, NULL))
    return;
  belfry_test_store_subscribe (self.redis, "SUBSCRIBE", "news");
  BelfryPosition first = belfry_test_store_publish (self.redis, self.store, "news", "a", 10);
  assert_framed (&self, first, "a");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].defect);
      belfry_test_store_command (self.redis, rows[i].begin);
      g_assert_cmpint (self.redis->fault, ==, BELFRY_REDIS_FAULT_NONE);
      fail_to_publish (&self, "news", BELFRY_ERROR_UNAVAILABLE);
      fail_to_publish (&self, "new", BELFRY_ERROR_UNAVAILABLE);
      belfry_test_store_command (self.redis, rows[i].end);
    }
  BelfryPosition second = belfry_test_store_publish (self.redis, self.store, "news", "b", 10);
  g_assert_cmpuint (second.epoch, ==, first.epoch);
  g_assert_cmpuint (second.offset, ==, 2);
  assert_framed (&self, second, "b");
  belfry_test_store_command (self.redis, "EXISTS belfry:meta:{new} belfry:stream:{new}");
  g_assert_cmpint (self.redis->integer, ==, 0);
  fixture_clear (&self);
}

/* Who may not publish has not written either. */
static void
test_forbidden (void)
{
  Fixture self;

  if (!fixture_init (&self, NULL))
    return;
  belfry_test_store_command (self.redis, "ACL SETUSER default resetchannels &other");
  fail_to_publish (&self, "news", BELFRY_ERROR_NOT_PERMITTED);
  belfry_test_store_command (self.redis, "DBSIZE");
  g_assert_cmpint (self.redis->integer, ==, 0);
  fixture_clear (&self);
}

/* What somebody else keeps under our names is left alone and is an error. */
static void
test_foreign_keys (void)
{
  static const char *const kinds[] = { "meta", "stream" };
  Fixture self;

  if (!fixture_init (&self, NULL))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *set = g_strdup_printf ("SET belfry:%s:{news} theirs", kinds[i]);
      g_autofree char *get = g_strdup_printf ("GET belfry:%s:{news}", kinds[i]);

      belfry_test_store_command (self.redis, "FLUSHALL");
      belfry_test_store_command (self.redis, set);
      fail_to_publish (&self, "news", BELFRY_ERROR_UNAVAILABLE);
      belfry_test_store_command (self.redis, get);
      g_assert_cmpstr (self.redis->text, ==, "theirs");
    }
  fixture_clear (&self);
}

static gboolean
no_call (const char *key, const BelfryRedisCommand *command, GError **error, gpointer user_data)
{
  g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "not now");
  return FALSE;
}

/* What cannot be sent fails, and not from within the call. */
static void
test_not_sent (void)
{
  Fixture self;

  if (!fixture_init (&self, NULL))
    return;
  BelfryRedisStoreSettings settings = belfry_test_store_settings (self.redis, "one");
  settings.call = no_call;
  reopen (&self, &settings);
  fail_to_publish (&self, "news", BELFRY_ERROR_UNAVAILABLE);
  fixture_clear (&self);
}

/* A store that goes tells who waits, and what is answered later meets nobody. */
static void
test_free_while_asked (void)
{
  Fixture self;
  g_autoptr (GError) error = NULL;

  if (!fixture_init (&self, NULL))
    return;
  belfry_redis_store_history_async (self.store, "a", NULL, NULL, 1, NULL, belfry_test_store_keep,
                                    self.redis);
  g_clear_pointer (&self.store, belfry_redis_store_free);
  g_assert_null (belfry_redis_store_history_finish (belfry_test_store_wait (self.redis), &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED);
  belfry_test_store_command (self.redis, "PING");
  self.store = belfry_test_store_open (self.redis, "one");
  fixture_clear (&self);
}

/* Who has given up before it began does nothing. */
static void
test_cancelled (void)
{
  Fixture self;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  if (!fixture_init (&self, NULL))
    return;
  g_cancellable_cancel (cancellable);
  belfry_redis_store_history_async (self.store, "a", NULL, NULL, 1, cancellable,
                                    belfry_test_store_keep, self.redis);
  g_assert_null (belfry_redis_store_history_finish (belfry_test_store_wait (self.redis), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  belfry_test_store_command (self.redis, "DBSIZE");
  g_assert_cmpint (self.redis->integer, ==, 0);
  fixture_clear (&self);
}

static void
count_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint *left = user_data;
  g_autoptr (GError) error = NULL;

  belfry_redis_store_publish_finish (result, NULL, NULL, &error);
  g_assert_no_error (error);
  --*left;
}

static void
publish_batch (Fixture *self, int from)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("0123456789", 10);
  guint left = BATCH;

  for (int i = from; i < from + BATCH; i++)
    {
      g_autofree char *topic = g_strdup_printf ("churn.%d", i);
      BelfryPublication publication = { .topic = topic, .payload = payload };

      publication.traits = (BelfryTopicTraits){ .history_size = 10, .history_ttl = MS };
      belfry_redis_store_publish_async (self->store, &publication, NULL, count_down, &left);
    }
  belfry_test_wait_until (left == 0);
}

static gboolean
is_empty (Fixture *self)
{
  belfry_test_store_command (self->redis, "DBSIZE");
  return self->redis->integer == 0;
}

static gint64
memory_used (Fixture *self)
{
  belfry_test_store_command (self->redis, "INFO memory");
  const char *used = strstr (self->redis->text, "used_memory:");
  return g_ascii_strtoll (used + strlen ("used_memory:"), NULL, 10);
}

/* Of topics that nobody uses any more nothing is left. */
static void
test_churn (void)
{
  Fixture self;

  if (!fixture_init (&self, NULL))
    return;
  publish_batch (&self, 0);
  belfry_test_wait_until (is_empty (&self));
  gint64 before = memory_used (&self);
  for (int i = 0; i < N_CHURN; i += BATCH)
    publish_batch (&self, i);
  belfry_test_wait_until (is_empty (&self));
  g_test_message ("memory: %" G_GINT64_FORMAT ", then %" G_GINT64_FORMAT, before,
                  memory_used (&self));
  g_assert_cmpint (memory_used (&self), <, before + 1024 * 1024);
  fixture_clear (&self);
}

static void
do_all (Fixture *self, const char *topic)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  BelfryPublication publication = { .topic = topic, .payload = payload, .idempotency_key = "k" };
  const char *const users[] = { "ann", NULL };
  g_autoptr (GError) error = NULL;

  publication.traits = (BelfryTopicTraits){ .history_size = 10, .history_ttl = SECOND };
  belfry_redis_store_publish_async (self->store, &publication, NULL, belfry_test_store_keep,
                                    self->redis);
  belfry_redis_store_publish_finish (belfry_test_store_wait (self->redis), NULL, NULL, &error);
  g_assert_no_error (error);
  belfry_history_page_free (read_page (self, topic, NULL, 1));
  belfry_redis_store_presence_set_async (self->store, topic, "ann", NULL, 1, belfry_test_store_keep,
                                         self->redis);
  belfry_redis_store_presence_set_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
  belfry_redis_store_presence_renew_async (self->store, topic, users, belfry_test_store_keep,
                                           self->redis);
  g_autoptr (GPtrArray) unknown =
      belfry_redis_store_presence_renew_finish (belfry_test_store_wait (self->redis), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (unknown->len, ==, 0);
  belfry_redis_store_presence_async (self->store, topic, NULL, belfry_test_store_keep, self->redis);
  g_autoptr (GPtrArray) list =
      belfry_redis_store_presence_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
}

static void
tell_all (Fixture *self)
{
  char text[] = "ann";
  const BelfryRedisWord word = { .kind = BELFRY_REDIS_WORD_BLOCK_USER,
                                 .text = text,
                                 .until = g_get_real_time () + 60 * SECOND };
  g_autoptr (GError) error = NULL;

  belfry_redis_store_tell_async (self->store, &word, belfry_test_store_keep, self->redis);
  belfry_redis_store_tell_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
  belfry_redis_store_blocks_async (self->store, NULL, belfry_test_store_keep, self->redis);
  g_autoptr (GPtrArray) words =
      belfry_redis_store_blocks_finish (belfry_test_store_wait (self->redis), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (words->len, ==, 1);
}

/* A cluster of one server, which has all slots. */
static void
form_cluster (Fixture *self)
{
  belfry_test_store_command (self->redis, "CLUSTER ADDSLOTSRANGE 0 16383");
  g_assert_cmpint (self->redis->fault, ==, BELFRY_REDIS_FAULT_NONE);
  do
    belfry_test_store_command (self->redis, "CLUSTER INFO");
  while (strstr (self->redis->text, "cluster_state:ok") == NULL);
}

/* A cluster runs all scripts, for whatever topics and prefixes, and counts slots as we do. */
static void
test_cluster (void)
{
  static const char *const options[] = { "--cluster-enabled", "yes", NULL };
  static const char *const prefixes[] = { "", "app:", "{app}", "a{b" };
  static const char *const topics[] = { "news", "a{b}c", "a}b", "{", "{}" };
  Fixture self;

  if (!fixture_init (&self, options))
    return;
  form_cluster (&self);
  for (guint i = 0; i < G_N_ELEMENTS (prefixes) * 2; i++)
    {
      BelfryRedisStoreSettings settings = belfry_test_store_settings (self.redis, "one");

      settings.prefix = prefixes[i / 2];
      settings.channel = i % 2 == 0 ? NULL : "all";
      settings.sharded = TRUE;
      reopen (&self, &settings);
      for (guint j = 0; j < G_N_ELEMENTS (topics); j++)
        {
          g_autofree char *channel = belfry_redis_store_dup_channel (self.store, topics[j]);
          g_autofree char *command = g_strdup_printf ("CLUSTER KEYSLOT %s", channel);

          belfry_test_store_command (self.redis, command);
          g_assert_cmpint (self.redis->integer, ==,
                           belfry_redis_slot_of (channel, strlen (channel)));
          do_all (&self, topics[j]);
        }
      tell_all (&self);
    }
  fixture_clear (&self);
}

/* In a cluster a topic's messages come over its sharded channel. */
static void
test_sharded (void)
{
  static const char *const options[] = { "--cluster-enabled", "yes", NULL };
  Fixture self;

  if (!fixture_init (&self, options))
    return;
  form_cluster (&self);
  BelfryRedisStoreSettings settings = belfry_test_store_settings (self.redis, "one");
  settings.sharded = TRUE;
  reopen (&self, &settings);
  belfry_test_store_subscribe (self.redis, "SSUBSCRIBE", "news");
  belfry_test_store_publish (self.redis, self.store, "news", "raw", 0);
  assert_next (&self, "raw");
  BelfryPosition position = belfry_test_store_publish (self.redis, self.store, "news", "a", 10);
  assert_framed (&self, position, "a");
  fixture_clear (&self);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-store/raw", test_raw);
  belfry_test_add ("/redis-store/sequenced", test_sequenced);
  belfry_test_add ("/redis-store/repeated", test_repeated);
  belfry_test_add ("/redis-store/envelope", test_envelope);
  belfry_test_add ("/redis-store/large-page", test_large_page);
  belfry_test_add ("/redis-store/refused", test_refused);
  belfry_test_add ("/redis-store/forbidden", test_forbidden);
  belfry_test_add ("/redis-store/foreign-keys", test_foreign_keys);
  belfry_test_add ("/redis-store/not-sent", test_not_sent);
  belfry_test_add ("/redis-store/free-while-asked", test_free_while_asked);
  belfry_test_add ("/redis-store/cancelled", test_cancelled);
  belfry_test_add ("/redis-store/churn", test_churn);
  belfry_test_add ("/redis-store/cluster", test_cluster);
  belfry_test_add ("/redis-store/sharded", test_sharded);
  return g_test_run ();
}
