/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-broker.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-log.h"
#include "belfry-test-config.h"
#include "belfry-test-redis.h"
#include "belfry-test.h"

#define N_INSTANCES 3
#define SECOND G_TIME_SPAN_SECOND
#define NET "belfry-redis-net"

typedef struct
{
  BelfryBroker *broker; /* (owned) (nullable) */
  GString *log;         /* (owned): what was delivered */
  GAsyncResult *result; /* (owned) (nullable): of the latest answer */
} Instance;

typedef struct
{
  BelfryTestRedis *redis;     /* (owned) */
  BelfryClock *clock;         /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryTopicRules *rules;    /* (owned): topics that begin with "h." have history */
  const char *prefix;         /* (unowned) */
  const char *channel;        /* (unowned) (nullable) */
  gsize outbox;
  Instance instances[N_INSTANCES];
} Fixture;

static void
on_message (BelfryMessage *message, gpointer user_data)
{
  static const char *const kinds[] = { "", "join ", "leave " };
  Instance *self = user_data;
  gsize length;
  const char *payload = g_bytes_get_data (message->payload, &length);

  g_string_append_printf (self->log, "%s%s:%" G_GUINT64_FORMAT ":%.*s\n", kinds[message->kind],
                          message->topic, message->position.offset, (int) length, payload);
}

static void
on_gap (const char *topic, const char *reason, gpointer user_data)
{
  Instance *self = user_data;

  g_assert_cmpstr (reason, ==, "broker-lost");
  g_string_append_printf (self->log, "gap %s\n", topic);
}

static const BelfryBrokerSink sink = { .message = on_message, .gap = on_gap };

static void
fixture_init (Fixture *self)
{
  g_autoptr (BelfryConfig) config =
      belfry_test_config_new ("[topic h.>]\nhistory-size=100\n[topic seen.>]\npresence=yes\n");
  g_autoptr (GError) error = NULL;

  *self = (Fixture){ .prefix = "", .outbox = 1024 * 1024 };
  self->redis = belfry_test_redis_new (NULL);
  self->clock = belfry_system_clock_new ();
  self->wheel = belfry_deadline_wheel_new (self->clock, NULL, G_PRIORITY_DEFAULT);
  self->rules = belfry_topic_rules_new (config, &error);
  g_assert_no_error (error);
}

static Instance *
start_at (Fixture *self, guint index, const char *where)
{
  Instance *instance = &self->instances[index];
  g_autofree char *name = g_strdup_printf ("instance%u", index);
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryRedisUrl) url = belfry_redis_url_parse (where, &error);
  const BelfryRedisBrokerSettings settings = {
    .url = url,
    .clock = self->clock,
    .wheel = self->wheel,
    .rules = self->rules,
    .instance = name,
    .prefix = self->prefix,
    .channel = self->channel,
    .probe_interval = SECOND,
    .presence_lease = 2 * SECOND,
    .outbox = self->outbox,
  };

  g_assert_no_error (error);
  instance->broker = belfry_redis_broker_new (&settings);
  instance->log = g_string_new (NULL);
  belfry_broker_set_sink (instance->broker, &sink, instance);
  return instance;
}

static gboolean
is_up (const Instance *instance)
{
  return belfry_broker_get_state (instance->broker) == BELFRY_BROKER_UP;
}

static Instance *
start (Fixture *self, guint index)
{
  g_autofree char *url = belfry_test_redis_get_unix_url (self->redis);
  Instance *instance = start_at (self, index, url);

  belfry_test_wait_until (is_up (instance));
  return instance;
}

static void
stop (Instance *instance)
{
  belfry_redis_broker_close (BELFRY_REDIS_BROKER (instance->broker));
  g_clear_object (&instance->result);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  belfry_test_assert_finalizes (instance->broker);
  instance->broker = NULL;
  g_assert_cmpstr (instance->log->str, ==, "");
  g_string_free (instance->log, TRUE);
}

static void
fixture_clear (Fixture *self)
{
  for (guint i = 0; i < N_INSTANCES; i++)
    {
      if (self->instances[i].broker != NULL)
        stop (&self->instances[i]);
    }
  g_assert_cmpuint (belfry_deadline_wheel_count (self->wheel), ==, 0);
  belfry_deadline_wheel_free (self->wheel);
  belfry_topic_rules_unref (self->rules);
  g_object_unref (self->clock);
  belfry_test_redis_free (self->redis);
}

/* Waits for it, and fails if something else comes. */
static void
assert_delivered (Instance *instance, const char *expected)
{
  belfry_test_wait_until (instance->log->len >= strlen (expected));
  g_assert_cmpstr (instance->log->str, ==, expected);
  g_string_truncate (instance->log, 0);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Instance *instance = user_data;

  g_set_object (&instance->result, result);
}

static void
ask_subscribe (Instance *instance, const char *topic)
{
  g_clear_object (&instance->result);
  belfry_broker_subscribe_async (instance->broker, topic, NULL, on_result, instance);
}

static void
assert_subscribed (Instance *instance)
{
  g_autoptr (GError) error = NULL;

  belfry_test_wait_until (instance->result != NULL);
  g_assert_true (belfry_broker_subscribe_finish (instance->broker, instance->result, &error));
  g_assert_no_error (error);
  g_clear_object (&instance->result);
}

static void
subscribe (Instance *instance, const char *topic)
{
  ask_subscribe (instance, topic);
  assert_subscribed (instance);
}

static void
assert_not_subscribed (Instance *instance, BelfryError code)
{
  g_autoptr (GError) error = NULL;

  belfry_test_wait_until (instance->result != NULL);
  g_assert_false (belfry_broker_subscribe_finish (instance->broker, instance->result, &error));
  g_assert_error (error, BELFRY_ERROR, (int) code);
  g_clear_object (&instance->result);
}

static void
post (Instance *instance, const char *topic, const char *text)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  const BelfryPublication publication = {
    .topic = topic,
    .payload = payload,
    .traits = { .history_size = *topic == 'h' ? 100 : 0, .history_ttl = 60 * SECOND },
  };

  g_clear_object (&instance->result);
  belfry_broker_publish_async (instance->broker, &publication, NULL, on_result, instance);
}

/* Returns: the offset */
static guint64
assert_posted (Instance *instance)
{
  g_autoptr (GError) error = NULL;
  BelfryPosition position;

  belfry_test_wait_until (instance->result != NULL);
  g_assert_true (
      belfry_broker_publish_finish (instance->broker, instance->result, &position, &error));
  g_assert_no_error (error);
  g_clear_object (&instance->result);
  return position.offset;
}

static void
assert_not_posted (Instance *instance, BelfryError code)
{
  g_autoptr (GError) error = NULL;

  belfry_test_wait_until (instance->result != NULL);
  g_assert_false (belfry_broker_publish_finish (instance->broker, instance->result, NULL, &error));
  g_assert_error (error, BELFRY_ERROR, (int) code);
  g_clear_object (&instance->result);
}

static guint64
publish (Instance *instance, const char *topic, const char *text)
{
  post (instance, topic, text);
  return assert_posted (instance);
}

static BelfryHistoryPage *
get_history (Instance *instance, const char *topic, guint limit)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&instance->result);
  belfry_broker_history_async (instance->broker, topic, NULL, limit, NULL, on_result, instance);
  belfry_test_wait_until (instance->result != NULL);

  BelfryHistoryPage *page =
      belfry_broker_history_finish (instance->broker, instance->result, &error);

  g_assert_no_error (error);
  g_clear_object (&instance->result);
  return page;
}

static void
lose (Fixture *self)
{
  for (guint i = 0; i < N_INSTANCES; i++)
    {
      if (self->instances[i].broker != NULL)
        belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
    }
  belfry_test_redis_kill (self->redis);
  for (guint i = 0; i < N_INSTANCES; i++)
    {
      if (self->instances[i].broker == NULL)
        continue;
      belfry_test_wait_until (!is_up (&self->instances[i]));
      g_assert_nonnull (belfry_broker_get_reason (self->instances[i].broker));
    }
}

static void
find_again (Fixture *self)
{
  belfry_test_redis_start (self->redis);
  for (guint i = 0; i < N_INSTANCES; i++)
    {
      if (self->instances[i].broker != NULL)
        belfry_test_wait_until (is_up (&self->instances[i]));
    }
}

/* What anybody publishes reaches every instance as it was published, and each says how it is. */
static void
test_raw (void)
{
  Fixture f;

  fixture_init (&f);
  for (guint i = 0; i < N_INSTANCES; i++)
    subscribe (start (&f, i), "chat-room");
  belfry_test_redis_tell (f.redis, "PUBLISH chat-room '{\"info\":\"hi\"}'");
  for (guint i = 0; i < N_INSTANCES; i++)
    assert_delivered (&f.instances[i], "chat-room:0:{\"info\":\"hi\"}\n");
  g_assert_cmpuint (publish (&f.instances[1], "chat-room",
                             "\xff"
                             "B1 forged"),
                    ==, 0);
  for (guint i = 0; i < N_INSTANCES; i++)
    assert_delivered (&f.instances[i], "chat-room:0:\xff"
                                       "B1 forged\n");
  g_assert_cmpstr (belfry_broker_get_name (f.instances[0].broker), ==, "redis");
  g_assert_null (belfry_broker_get_reason (f.instances[0].broker));
  g_assert_cmpint (belfry_broker_get_last_proof (f.instances[0].broker), >, 0);
  g_assert_cmpint (belfry_broker_get_latency (f.instances[0].broker), >=, 0);
  fixture_clear (&f);
}

/* With a prefix, topics are found behind it, and others are not ours. */
static void
test_prefix (void)
{
  Fixture f;

  fixture_init (&f);
  f.prefix = "app:";
  Instance *one = start (&f, 0);

  subscribe (one, "t");
  subscribe (one, "*");
  belfry_test_redis_tell (f.redis, "PUBLISH t no");
  belfry_test_redis_tell (f.redis, "PUBLISH app:t yes");
  belfry_test_redis_tell (f.redis, "PUBLISH app:u yes");
  assert_delivered (one, "t:0:yes\nu:0:yes\n");
  fixture_clear (&f);
}

/* A message comes once, through however many names and patterns; what is no topic does not come. */
static void
test_patterns (void)
{
  Fixture f;

  fixture_init (&f);
  Instance *one = start (&f, 0);

  subscribe (one, "a.*");
  subscribe (one, "a.>");
  subscribe (one, "*.b");
  belfry_test_redis_tell (f.redis, "PUBLISH a.b 1");
  assert_delivered (one, "a.b:0:1\n");
  subscribe (one, "a.b");
  subscribe (one, ">");
  belfry_test_redis_tell (f.redis, "PUBLISH a.b 2");
  belfry_test_redis_tell (f.redis, "PUBLISH a.c 3");
  belfry_test_redis_tell (f.redis, "PUBLISH a.c.d 4");
  belfry_test_redis_tell (f.redis, "PUBLISH belfry:x 5");
  belfry_test_redis_tell (f.redis, "PUBLISH __x 6");
  belfry_test_redis_tell (f.redis, "PUBLISH \"a b\" 7");
  belfry_test_redis_tell (f.redis, "PUBLISH \"a\\x00b\" 8");
  belfry_test_redis_tell (f.redis, "PUBLISH z 9");
  assert_delivered (one, "a.b:0:2\na.c:0:3\na.c.d:0:4\nz:0:9\n");
  belfry_broker_unsubscribe (one->broker, ">");
  belfry_broker_unsubscribe (one->broker, "a.b");
  belfry_broker_unsubscribe (one->broker, "*.b");
  belfry_broker_unsubscribe (one->broker, "a.>");
  belfry_broker_unsubscribe (one->broker, "none");
  belfry_test_redis_tell (f.redis, "PUBLISH a.c.d 10");
  belfry_test_redis_tell (f.redis, "PUBLISH z 11");
  belfry_test_redis_tell (f.redis, "PUBLISH a.b 12");
  assert_delivered (one, "a.b:0:12\n");
  fixture_clear (&f);
}

/* A subscription that is not wanted any more fails; what no client may have is refused; asking
 * twice is as good as once. */
static void
test_subscribe (void)
{
  Fixture f;

  fixture_init (&f);
  Instance *one = start (&f, 0);

  ask_subscribe (one, "t");
  belfry_broker_unsubscribe (one->broker, "t");
  assert_not_subscribed (one, BELFRY_ERROR_CLOSED);
  ask_subscribe (one, "t.*");
  belfry_broker_unsubscribe (one->broker, "t.*");
  assert_not_subscribed (one, BELFRY_ERROR_CLOSED);
  ask_subscribe (one, "belfry:t");
  assert_not_subscribed (one, BELFRY_ERROR_TOPIC_INVALID);
  ask_subscribe (one, "a b");
  assert_not_subscribed (one, BELFRY_ERROR_TOPIC_INVALID);
  subscribe (one, "t");
  subscribe (one, "t");
  ask_subscribe (one, "t");
  belfry_broker_unsubscribe (one->broker, "t");
  assert_not_subscribed (one, BELFRY_ERROR_CLOSED);
  fixture_clear (&f);
}

/* A topic with history is numbered, for all instances alike, and kept; a key makes a publication
 * one, however often it is sent. */
static void
test_sequenced (void)
{
  Fixture f;

  fixture_init (&f);
  Instance *one = start (&f, 0);
  Instance *two = start (&f, 1);

  subscribe (one, "h.t");
  subscribe (two, "h.t");
  g_assert_cmpuint (publish (one, "h.t", "a"), ==, 1);
  g_assert_cmpuint (publish (two, "h.t", "b"), ==, 2);
  assert_delivered (one, "h.t:1:a\nh.t:2:b\n");
  assert_delivered (two, "h.t:1:a\nh.t:2:b\n");

  g_autoptr (BelfryHistoryPage) page = get_history (two, "h.t", 10);

  g_assert_cmpuint (page->messages->len, ==, 2);
  g_assert_cmpuint (page->position.offset, ==, 2);
  fixture_clear (&f);
}

/* Subscribing connections break while others publish: what was missed is read from the stream, and
 * nothing is out of order or comes twice. */
static void
test_recovery (void)
{
  Fixture f;
  g_autoptr (GString) expected = g_string_new (NULL);

  fixture_init (&f);
  Instance *one = start (&f, 0);
  Instance *two = start (&f, 1);

  subscribe (one, "h.t");
  subscribe (one, "raw");
  belfry_history_page_free (get_history (one, "h.t", 0));
  publish (two, "h.t", "first");
  assert_delivered (one, "h.t:1:first\n");
  belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
  belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
  belfry_test_redis_tell (f.redis, "CLIENT KILL TYPE pubsub");
  belfry_test_wait_until (!is_up (one) && !is_up (two));
  for (guint i = 2; i <= 40; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      post (two, "h.t", text);
      g_string_append_printf (expected, "h.t:%u:%u\n", i, i);
    }
  assert_posted (two);
  belfry_test_wait_until (is_up (one) && is_up (two));
  belfry_test_wait_until (g_str_has_suffix (one->log->str, "h.t:40:40\n"));
  g_assert_true (g_str_has_prefix (one->log->str, "gap raw\n"));
  g_assert_cmpstr (one->log->str + strlen ("gap raw\n"), ==, expected->str);
  g_string_truncate (one->log, 0);
  fixture_clear (&f);
}

/* The publishing connection breaks under publications that are not answered: a sequenced one is
 * sent again, and done once; of a raw one it is not known, and its publisher is told. */
static void
test_unanswered (void)
{
  Fixture f;
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autoptr (GString) got = g_string_new (NULL);

  fixture_init (&f);
  Instance *one = start (&f, 0);
  Instance *two = start (&f, 1);

  subscribe (two, "h.t");
  belfry_history_page_free (get_history (two, "h.t", 0));
  belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
  belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
  for (guint i = 1; i <= 50; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      post (one, "h.t", text);
      g_string_append_printf (expected, "h.t:%u:%u\n", i, i);
    }
  while (g_main_context_iteration (NULL, FALSE) && two->log->len == 0)
    continue;
  belfry_test_redis_tell (f.redis, "CLIENT KILL TYPE normal");
  /* Its answer is to be told from those of the others. */
  Instance raw = { .broker = one->broker };
  post (&raw, "raw", "x");
  belfry_test_wait_until (!is_up (one) && !is_up (two));
  assert_not_posted (&raw, BELFRY_ERROR_UNAVAILABLE);
  belfry_test_wait_until (is_up (one) && is_up (two));
  belfry_test_wait_until (g_str_has_suffix (two->log->str, "h.t:50:50\n"));
  g_string_append (got, two->log->str);
  g_string_truncate (two->log, 0);
  g_assert_cmpstr (got->str, ==, expected->str);
  fixture_clear (&f);
}

/* Redis dies and comes back empty. Meanwhile, raw messages reach whoever is on the same instance at
 * once, and the others later, each once; sequenced ones wait, and come complete and in order. */
static void
test_away (void)
{
  Fixture f;

  fixture_init (&f);
  Instance *one = start (&f, 0);
  Instance *two = start (&f, 1);

  subscribe (one, "raw");
  subscribe (one, "h.t");
  subscribe (two, "raw");
  subscribe (two, "h.t");
  publish (one, "h.t", "before");
  assert_delivered (one, "h.t:1:before\n");
  assert_delivered (two, "h.t:1:before\n");
  lose (&f);
  g_assert_cmpuint (publish (one, "raw", "a"), ==, 0);
  g_assert_cmpuint (publish (one, "raw", "b"), ==, 0);
  assert_delivered (one, "raw:0:a\nraw:0:b\n");
  post (one, "h.t", "c");
  post (one, "h.t", "d");
  ask_subscribe (two, "late");
  g_assert_null (two->result);
  find_again (&f);
  assert_subscribed (two);
  belfry_test_wait_until (g_str_has_suffix (one->log->str, ":d\n") &&
                          g_str_has_suffix (two->log->str, ":d\n"));
  belfry_test_assert_contains (one->log->str, "gap raw\n");
  belfry_test_assert_contains (one->log->str, "gap h.t\n");
  belfry_test_assert_contains (one->log->str, "h.t:1:c\nh.t:2:d\n");
  g_assert_null (strstr (one->log->str, "raw:"));
  belfry_test_assert_contains (two->log->str, "h.t:1:c\nh.t:2:d\n");
  g_string_truncate (one->log, 0);
  g_string_truncate (two->log, 0);
  publish (two, "raw", "after");
  assert_delivered (one, "raw:0:after\n");
  assert_delivered (two, "raw:0:after\n");
  fixture_clear (&f);
}

/* What waits is bounded, and what is too much is refused to its publisher. */
static void
test_outbox (void)
{
  Fixture f;

  fixture_init (&f);
  f.outbox = 2000;
  Instance *one = start (&f, 0);
  g_autofree char *big = g_strnfill (1000, 'x');

  subscribe (one, "raw");
  lose (&f);
  publish (one, "raw", big);
  g_string_truncate (one->log, 0);
  post (one, "raw", big);
  assert_not_posted (one, BELFRY_ERROR_LIMIT_REACHED);
  post (one, "h.t", big);
  assert_not_posted (one, BELFRY_ERROR_LIMIT_REACHED);
  belfry_redis_broker_set_outbox (BELFRY_REDIS_BROKER (one->broker), 10000);
  post (one, "h.t", "kept");
  find_again (&f);
  g_assert_cmpuint (assert_posted (one), ==, 1);
  g_string_truncate (one->log, 0);
  fixture_clear (&f);
}

/* A Redis that was never there: the broker says so, local raw messages are taken, and everybody who
 * waits is told when it is closed. */
static void
test_unreachable (void)
{
  Fixture f;

  fixture_init (&f);
  belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
  Instance *one = start_at (&f, 0, "redis+unix:///nowhere/at/all");

  g_assert_cmpint (belfry_broker_get_state (one->broker), ==, BELFRY_BROKER_STARTING);
  belfry_test_wait_until (belfry_broker_get_state (one->broker) == BELFRY_BROKER_DEGRADED);
  g_assert_nonnull (belfry_broker_get_reason (one->broker));
  g_assert_cmpuint (publish (one, "raw", "x"), ==, 0);
  ask_subscribe (one, "t");
  belfry_redis_broker_close (BELFRY_REDIS_BROKER (one->broker));
  assert_not_subscribed (one, BELFRY_ERROR_CLOSED);
  post (one, "h.t", "x");
  assert_not_posted (one, BELFRY_ERROR_CLOSED);
  ask_subscribe (one, "t");
  assert_not_subscribed (one, BELFRY_ERROR_CLOSED);
  belfry_broker_presence_add (one->broker, "seen.t", "ann", NULL);
  belfry_broker_presence_remove (one->broker, "seen.t", "ann");
  fixture_clear (&f);
}

/* All topics on one channel: those that nobody has here are not delivered, others once. */
static void
test_envelope (void)
{
  Fixture f;

  fixture_init (&f);
  f.channel = "websocket_messages";
  Instance *one = start (&f, 0);
  Instance *two = start (&f, 1);

  subscribe (one, "t");
  subscribe (one, "t.*");
  subscribe (two, "h.t");
  publish (two, "u", "{}");
  publish (two, "t", "{\"n\":1}");
  publish (two, "t.a", "text");
  assert_delivered (one, "t:0:{\"n\":1}\nt.a:0:text\n");
  publish (one, "h.t", "{}");
  assert_delivered (two, "h.t:1:{}\n");
  belfry_test_redis_tell (f.redis, "PUBLISH websocket_messages garbage");
  lose (&f);
  find_again (&f);
  belfry_test_wait_until (strstr (one->log->str, "gap t.*\n") != NULL);
  belfry_test_assert_contains (one->log->str, "gap t\n");
  g_string_truncate (one->log, 0);
  publish (two, "t", "after");
  assert_delivered (one, "t:0:after\n");
  belfry_test_wait_until (strstr (two->log->str, "gap h.t\n") != NULL);
  g_string_truncate (two->log, 0);
  fixture_clear (&f);
}

static char *
show_presence (Instance *instance, const char *topic)
{
  g_autoptr (GError) error = NULL;
  GString *text = g_string_new (NULL);

  g_clear_object (&instance->result);
  belfry_broker_presence_async (instance->broker, topic, NULL, on_result, instance);
  belfry_test_wait_until (instance->result != NULL);

  g_autoptr (GPtrArray) list =
      belfry_broker_presence_finish (instance->broker, instance->result, &error);

  g_assert_no_error (error);
  g_clear_object (&instance->result);
  for (guint i = 0; i < list->len; i++)
    {
      const BelfryPresenceEntry *entry = g_ptr_array_index (list, i);

      g_string_append_printf (text, "%s:%u ", entry->user, entry->sessions);
    }
  return g_string_free (text, FALSE);
}

static gboolean
shows (Instance *instance, const char *topic, const char *expected)
{
  g_autofree char *text = show_presence (instance, topic);

  return g_str_equal (text, expected);
}

/* Users are there once, however many instances they are on; those of an instance that dies vanish;
 * and all are there again after Redis has forgotten them. */
static void
test_presence (void)
{
  Fixture f;

  fixture_init (&f);
  Instance *one = start (&f, 0);
  Instance *two = start (&f, 1);

  subscribe (one, "seen.t");
  belfry_broker_presence_add (one->broker, "seen.t", "ann", NULL);
  assert_delivered (one, "join seen.t:0:{\"user\":\"ann\"}\n");
  belfry_broker_presence_add (two->broker, "seen.t", "ann", NULL);
  belfry_broker_presence_add (two->broker, "seen.t", "bob", NULL);
  assert_delivered (one, "join seen.t:0:{\"user\":\"bob\"}\n");
  belfry_test_wait_until (shows (one, "seen.t", "ann:2 bob:1 "));
  belfry_broker_presence_remove (two->broker, "seen.t", "ann");
  belfry_test_wait_until (shows (one, "seen.t", "ann:1 bob:1 "));
  lose (&f);
  belfry_broker_presence_add (one->broker, "seen.t", "eve", NULL);
  belfry_broker_presence_add (one->broker, "seen.t", "gone", NULL);
  belfry_broker_presence_remove (one->broker, "seen.t", "gone");
  find_again (&f);
  belfry_test_wait_until (shows (one, "seen.t", "ann:1 bob:1 eve:1 "));
  g_string_truncate (one->log, 0);
  stop (two);
  belfry_test_wait_until (strstr (one->log->str, "leave seen.t:0:{\"user\":\"bob\"}\n") != NULL);
  belfry_test_wait_until (shows (one, "seen.t", "ann:1 eve:1 "));
  g_string_truncate (one->log, 0);
  fixture_clear (&f);
}

/* A user who left while Redis was away is taken away when it is back with what it knew; and a lease
 * is renewed for as long as the user stays. */
static void
test_presence_leaves (void)
{
  Fixture f;

  fixture_init (&f);
  Instance *one = start (&f, 0);
  Instance *two = start (&f, 1);
  gint64 end = belfry_clock_now (f.clock) + 3 * SECOND;

  subscribe (two, "seen.t");
  belfry_broker_presence_add (one->broker, "seen.t", "ann", NULL);
  belfry_broker_presence_add (one->broker, "seen.t", "bob", NULL);
  assert_delivered (two, "join seen.t:0:{\"user\":\"ann\"}\njoin seen.t:0:{\"user\":\"bob\"}\n");
  belfry_test_wait_until (belfry_clock_now (f.clock) > end);
  g_assert_true (shows (two, "seen.t", "ann:1 bob:1 "));
  belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
  belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
  belfry_test_redis_tell (f.redis, "CLIENT KILL TYPE pubsub");
  belfry_test_wait_until (!is_up (one) && !is_up (two));
  belfry_broker_presence_remove (one->broker, "seen.t", "ann");
  belfry_test_wait_until (is_up (one) && is_up (two));
  belfry_test_wait_until (shows (two, "seen.t", "bob:1 "));
  g_string_truncate (two->log, 0);
  fixture_clear (&f);
}

static void
on_word (const BelfryBrokerWord *word, gpointer user_data)
{
  Instance *self = user_data;

  g_string_append_printf (self->log, "word %d %s\n", (int) word->kind, word->text);
}

static const BelfryBrokerSink listener = { .message = on_message, .gap = on_gap, .word = on_word };

/* What is said at one instance is heard at the others, and not at itself; blocks are heard by those
 * that come later, too, and what was said while Redis was away is said when it is back. */
static void
test_words (void)
{
  const BelfryBrokerWord block = { .kind = BELFRY_BROKER_WORD_BLOCK_USER,
                                   .text = "ann",
                                   .until = G_MAXINT64 / 4 };
  const BelfryBrokerWord closed = {
    .kind = BELFRY_BROKER_WORD_CLOSE_USER, .text = "bob", .reason = "enough", .code = 4403
  };
  Fixture f;

  fixture_init (&f);
  Instance *one = start (&f, 0);
  Instance *two = start (&f, 1);

  belfry_broker_set_sink (one->broker, &listener, one);
  belfry_broker_set_sink (two->broker, &listener, two);
  belfry_broker_tell_all (one->broker, &block);
  belfry_broker_tell_all (one->broker, &closed);
  /* The block may be read as well as heard. */
  belfry_test_wait_until (g_str_has_suffix (two->log->str, "word 0 ann\nword 3 bob\n"));
  g_assert_cmpstr (one->log->str, ==, "");
  g_string_truncate (two->log, 0);
  lose (&f);
  belfry_broker_tell_all (two->broker, &block);
  find_again (&f);
  belfry_test_wait_until (strstr (one->log->str, "word 0 ann\n") != NULL);
  g_string_truncate (one->log, 0);
  g_string_truncate (two->log, 0);
  belfry_test_redis_tell (f.redis, "PUBLISH belfry:words garbage");

  Instance *three = start (&f, 2);

  belfry_broker_set_sink (three->broker, &listener, three);
  assert_delivered (three, "word 0 ann\n");
  /* Here, too, the block may still be heard. */
  belfry_broker_set_sink (one->broker, NULL, NULL);
  belfry_broker_set_sink (two->broker, NULL, NULL);
  belfry_broker_set_sink (three->broker, NULL, NULL);
  g_string_truncate (one->log, 0);
  g_string_truncate (two->log, 0);
  g_string_truncate (three->log, 0);
  fixture_clear (&f);
}

/* What was on its way when a broker is replaced still gets there. */
static void
test_retire (void)
{
  Fixture f;

  fixture_init (&f);
  Instance *one = start (&f, 0);
  Instance *two = start (&f, 1);

  subscribe (two, "t");
  post (one, "t", "last words");
  belfry_broker_set_sink (one->broker, NULL, NULL);
  belfry_redis_broker_retire (BELFRY_REDIS_BROKER (one->broker));
  belfry_redis_broker_retire (BELFRY_REDIS_BROKER (one->broker));
  assert_delivered (two, "t:0:last words\n");
  assert_posted (one);
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  if (!belfry_test_redis_available ())
    return 77;

  belfry_test_add ("/redis-broker/raw", test_raw);
  belfry_test_add ("/redis-broker/prefix", test_prefix);
  belfry_test_add ("/redis-broker/patterns", test_patterns);
  belfry_test_add ("/redis-broker/subscribe", test_subscribe);
  belfry_test_add ("/redis-broker/sequenced", test_sequenced);
  belfry_test_add ("/redis-broker/recovery", test_recovery);
  belfry_test_add ("/redis-broker/unanswered", test_unanswered);
  belfry_test_add ("/redis-broker/away", test_away);
  belfry_test_add ("/redis-broker/outbox", test_outbox);
  belfry_test_add ("/redis-broker/unreachable", test_unreachable);
  belfry_test_add ("/redis-broker/envelope", test_envelope);
  belfry_test_add ("/redis-broker/presence", test_presence);
  belfry_test_add ("/redis-broker/presence-leaves", test_presence_leaves);
  belfry_test_add ("/redis-broker/words", test_words);
  belfry_test_add ("/redis-broker/retire", test_retire);

  return g_test_run ();
}
