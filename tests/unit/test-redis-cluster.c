/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-log.h"
#include "belfry-redis-broker.h"
#include "belfry-redis-net.h"
#include "belfry-redis-slot.h"
#include "belfry-test-cluster.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

#define N_INSTANCES 2
#define N_PRIMARIES 3
#define SECOND G_TIME_SPAN_SECOND
#define NET "belfry-redis-net"

/* Topics of each kind are spread over the nodes: one letter more is another slot. */
#define N_TOPICS 12

typedef struct
{
  BelfryBroker *broker; /* (owned) (nullable) */
  GString *log;         /* (owned): what was delivered */
  GString *words;       /* (owned) */
  GAsyncResult *result; /* (owned) (nullable): of the latest answer */
  guint n_refused;
} Instance;

typedef struct
{
  BelfryTestCluster *cluster; /* (owned) */
  BelfryClock *clock;         /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryTopicRules *rules;    /* (owned): topics that begin with "h." have history */
  const char *prefix;         /* (unowned) */
  const char *channel;        /* (unowned) (nullable) */
  gboolean wildcards;
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
  g_string_append_printf (((Instance *) user_data)->log, "gap %s\n", topic);
}

static void
on_word (const BelfryBrokerWord *word, gpointer user_data)
{
  g_string_append_printf (((Instance *) user_data)->words, "%s\n", word->text);
}

static const BelfryBrokerSink sink = { .message = on_message, .gap = on_gap, .word = on_word };

static void
fixture_init (Fixture *self, guint n_replicas)
{
  g_autoptr (BelfryConfig) config =
      belfry_test_config_new ("[topic h.>]\nhistory-size=1000\n[topic seen.>]\npresence=yes\n");
  g_autoptr (GError) error = NULL;

  *self = (Fixture){ .prefix = "" };
  self->cluster = belfry_test_cluster_new (N_PRIMARIES, n_replicas);
  self->clock = belfry_system_clock_new ();
  self->wheel = belfry_deadline_wheel_new (self->clock, NULL, G_PRIORITY_DEFAULT);
  self->rules = belfry_topic_rules_new (config, &error);
  g_assert_no_error (error);
}

static gboolean
is_up (const Instance *instance)
{
  return belfry_broker_get_state (instance->broker) == BELFRY_BROKER_UP;
}

static Instance *
start (Fixture *self, guint index)
{
  Instance *instance = &self->instances[index];
  g_autofree char *name = g_strdup_printf ("instance%u", index);
  g_autofree char *where = belfry_test_cluster_get_url (self->cluster);
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
    .cluster_wildcards = self->wildcards,
    .probe_interval = SECOND / 4,
    .presence_lease = 2 * SECOND,
    .outbox = 1024 * 1024,
  };

  g_assert_no_error (error);
  instance->broker = belfry_redis_broker_new (&settings);
  instance->log = g_string_new (NULL);
  instance->words = g_string_new (NULL);
  belfry_broker_set_sink (instance->broker, &sink, instance);
  belfry_test_wait_until (is_up (instance));
  return instance;
}

static void
start_all (Fixture *self)
{
  for (guint i = 0; i < N_INSTANCES; i++)
    start (self, i);
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
  g_assert_cmpuint (instance->n_refused, ==, 0);
  g_string_free (instance->log, TRUE);
  g_string_free (instance->words, TRUE);
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
  belfry_test_cluster_free (self->cluster);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

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
subscribe (Instance *instance, const char *topic)
{
  g_autoptr (GError) error = NULL;

  belfry_broker_subscribe_async (instance->broker, topic, NULL, on_result, instance);
  belfry_test_wait_until (instance->result != NULL);
  belfry_broker_subscribe_finish (instance->broker, instance->result, &error);
  g_assert_no_error (error);
  g_clear_object (&instance->result);
}

static void
on_published (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Instance *instance = user_data;
  g_autoptr (GError) error = NULL;

  if (belfry_broker_publish_finish (instance->broker, result, NULL, &error))
    return;
  g_test_message ("refused: %s", error->message);
  instance->n_refused++;
}

static void
publish (Fixture *self, Instance *instance, const char *topic, const char *payload)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));
  BelfryPublication publication = { .topic = topic, .payload = bytes };

  belfry_topic_rules_lookup (self->rules, topic, NULL, &publication.traits);
  belfry_broker_publish_async (instance->broker, &publication, NULL, on_published, instance);
}

static char *
name_topic (const char *kind, guint number)
{
  return g_strdup_printf ("%s.%c", kind, 'a' + (int) number);
}

static BelfryTestRedis *
node (Fixture *self, guint index)
{
  return belfry_test_cluster_get (self->cluster, index);
}

/* What is published at an instance, with and without history, and what redis-cli publishes at any
 * node, comes once to all instances, whichever nodes have the slots. */
static void
test_everywhere (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_auto (Fixture) self;
  guint seen = 0;

  fixture_init (&self, 0);
  start_all (&self);
  for (guint i = 0; i < N_TOPICS; i++)
    {
      g_autofree char *raw = name_topic ("raw", i);
      g_autofree char *kept = name_topic ("h", i);
      g_autofree char *classic = g_strdup_printf ("PUBLISH %s cli", raw);
      g_autofree char *expected =
          g_strdup_printf ("%s:0:one\n%s:1:two\n%s:2:three\n%s:0:cli\n", raw, kept, kept, raw);

      seen |= 1u << belfry_test_cluster_find (self.cluster, raw);
      for (guint k = 0; k < N_INSTANCES; k++)
        {
          subscribe (&self.instances[k], raw);
          subscribe (&self.instances[k], kept);
        }
      publish (&self, &self.instances[0], raw, "one");
      belfry_test_wait_until (self.instances[0].log->len > 0 && self.instances[1].log->len > 0);
      publish (&self, &self.instances[1], kept, "two");
      publish (&self, &self.instances[1], kept, "three");
      belfry_test_wait_until (strstr (self.instances[0].log->str, "three") != NULL &&
                              strstr (self.instances[1].log->str, "three") != NULL);
      belfry_test_redis_tell (node (&self, i % N_PRIMARIES), classic);
      for (guint k = 0; k < N_INSTANCES; k++)
        assert_delivered (&self.instances[k], expected);
    }
  g_assert_cmpuint (seen, ==, (1u << N_PRIMARIES) - 1);
}

/* Presence, history and words go through scripts of their own, each at the node of its keys. */
static void
test_scripts (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_auto (Fixture) self;
  const BelfryBrokerWord word = {
    .kind = BELFRY_BROKER_WORD_BLOCK_USER,
    .text = "eve",
    .until = G_MAXINT64,
  };

  fixture_init (&self, 0);
  start_all (&self);
  Instance *one = &self.instances[0];
  Instance *two = &self.instances[1];
  for (guint i = 0; i < N_TOPICS; i++)
    {
      g_autofree char *topic = name_topic ("seen", i);
      g_autofree char *joined =
          g_strdup_printf ("join %s:0:{\"user\":\"ada\",\"info\":{}}\n", topic);
      g_autofree char *left =
          g_strdup_printf ("leave %s:0:{\"user\":\"ada\",\"info\":{}}\n", topic);
      g_autoptr (GError) error = NULL;

      subscribe (two, topic);
      belfry_broker_presence_add (one->broker, topic, "ada", "{}");
      assert_delivered (two, joined);
      belfry_broker_presence_async (two->broker, topic, NULL, on_result, two);
      belfry_test_wait_until (two->result != NULL);
      g_autoptr (GPtrArray) there =
          belfry_broker_presence_finish (two->broker, two->result, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (there->len, ==, 1);
      g_clear_object (&two->result);
      belfry_broker_presence_remove (one->broker, topic, "ada");
      assert_delivered (two, left);
    }
  belfry_broker_tell_all (one->broker, &word);
  belfry_test_wait_until (g_str_equal (two->words->str, "eve\n"));
}

/* How often a text is in another. */
static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (const char *at = strstr (text, part); at != NULL; at = strstr (at + 1, part))
    n++;
  return n;
}

static void
drop_line (GString *log, const char *line)
{
  char *at = strstr (log->str, line);

  if (at != NULL)
    g_string_erase (log, at - log->str, (gssize) strlen (line));
}

#define N_STEPS 40

/* Slots move to another node while instances publish: what has history is complete and in order,
 * what has none is either complete or has a gap, and both go on. Nobody is told that Redis is away.
 */
static void
test_reshard (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_auto (Fixture) self;
  g_autoptr (GString) expected = g_string_new (NULL);
  guint from, to, slot, number = 0;

  fixture_init (&self, 0);
  start_all (&self);
  from = belfry_test_cluster_find (self.cluster, "h.a");
  to = (from + 1) % N_PRIMARIES;
  slot = belfry_redis_slot_of ("h.a", 3);
  for (guint k = 0; k < N_INSTANCES; k++)
    subscribe (&self.instances[k], "h.a");
  for (guint step = 0; step < N_STEPS; step++)
    {
      for (guint i = 0; i < 5; i++)
        {
          g_autofree char *payload = g_strdup_printf ("<%u>", ++number);

          publish (&self, &self.instances[0], "h.a", payload);
          g_string_append_printf (expected, "h.a:%u:%s\n", number, payload);
        }
      if (step == 10)
        belfry_test_cluster_begin_move (self.cluster, slot, from, to);
      if (step == 20)
        belfry_test_cluster_move_keys (self.cluster, slot, from, to);
      if (step == 30)
        belfry_test_cluster_end_move (self.cluster, slot, from, to);
      for (guint i = 0; i < 10; i++)
        g_main_context_iteration (NULL, FALSE);
    }
  for (guint k = 0; k < N_INSTANCES; k++)
    assert_delivered (&self.instances[k], expected->str);
}

/* The same for what has no history: a gap is told at most once, and what is published afterwards
 * comes once, from us and from redis-cli. */
static void
test_reshard_raw (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_auto (Fixture) self;

  fixture_init (&self, 0);
  start_all (&self);
  guint from = belfry_test_cluster_find (self.cluster, "raw");
  guint to = (from + 1) % N_PRIMARIES;
  guint slot = belfry_redis_slot_of ("raw", 3);
  for (guint k = 0; k < N_INSTANCES; k++)
    subscribe (&self.instances[k], "raw");
  belfry_test_cluster_begin_move (self.cluster, slot, from, to);
  belfry_test_cluster_end_move (self.cluster, slot, from, to);
  for (guint k = 0; k < N_INSTANCES; k++)
    assert_delivered (&self.instances[k], "gap raw\n");
  publish (&self, &self.instances[0], "raw", "ours");
  for (guint k = 0; k < N_INSTANCES; k++)
    assert_delivered (&self.instances[k], "raw:0:ours\n");
  belfry_test_redis_tell (node (&self, from), "PUBLISH raw theirs");
  for (guint k = 0; k < N_INSTANCES; k++)
    assert_delivered (&self.instances[k], "raw:0:theirs\n");
}

/* What a primary has not passed on is lost with it, which nobody can know. */
static void
wait_for_replica (BelfryTestRedis *primary)
{
  g_autoptr (BelfryTestCaller) caller = belfry_test_redis_call (primary);

  /* WAIT goes by what there was when its caller last said something. */
  belfry_test_caller_say (caller, "PING");
  g_autofree char *pong = belfry_test_caller_hear (caller);
  belfry_test_caller_say (caller, "WAIT 1 20000");
  g_autofree char *answer = belfry_test_caller_hear (caller);

  g_assert_cmpstr (pong, ==, "+PONG\r\n");
  g_assert_true (g_str_has_prefix (answer, ":1"));
}

/* A primary dies, and its replica is promoted: the state is told, topics with history are complete
 * and in order, those without have a gap. */
static void
test_failover (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_auto (Fixture) self;
  g_autoptr (GString) expected = g_string_new (NULL);
  const char *raw = "raw.a", *kept = "h.a";
  guint number = 0;

  fixture_init (&self, 1);
  while (belfry_test_cluster_find (self.cluster, raw) != 0)
    raw = raw[4] == 'a' ? "raw.b" : raw[4] == 'b' ? "raw.c" : "raw.d";
  while (belfry_test_cluster_find (self.cluster, kept) != 0)
    kept = kept[2] == 'a' ? "h.b" : kept[2] == 'b' ? "h.c" : "h.d";
  start_all (&self);
  Instance *one = &self.instances[0];
  Instance *two = &self.instances[1];
  for (guint k = 0; k < N_INSTANCES; k++)
    {
      subscribe (&self.instances[k], raw);
      subscribe (&self.instances[k], kept);
    }
  publish (&self, one, kept, "before");
  g_string_append_printf (expected, "%s:%u:before\n", kept, ++number);
  belfry_test_wait_until (one->log->len >= expected->len && two->log->len >= expected->len);
  belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
  belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
  wait_for_replica (node (&self, 0));
  belfry_test_redis_kill (node (&self, 0));
  belfry_test_wait_until (!is_up (one) && !is_up (two));
  for (guint i = 0; i < 10; i++)
    {
      publish (&self, one, kept, "while");
      g_string_append_printf (expected, "%s:%u:while\n", kept, ++number);
    }
  belfry_test_wait_until (is_up (one) && is_up (two) && count (one->log->str, ":while") == 10);
  publish (&self, two, kept, "after");
  g_string_append_printf (expected, "%s:%u:after\n", kept, ++number);
  for (guint k = 0; k < N_INSTANCES; k++)
    {
      GString *log = self.instances[k].log;
      g_autofree char *gap = g_strdup_printf ("gap %s\n", raw);

      belfry_test_wait_until (strstr (log->str, ":after") != NULL);
      g_assert_cmpuint (count (log->str, gap), ==, 1);
      drop_line (log, gap);
      assert_delivered (&self.instances[k], expected->str);
    }
}

/* Patterns are refused, and the log names the key that would allow them; with it they are matched,
 * without doubles, by what instances publish and by what others do. */
static void
test_wildcards (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_auto (Fixture) self;
  g_autoptr (GError) error = NULL;

  fixture_init (&self, 0);
  Instance *one = start (&self, 0);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-redis-broker", "*cluster-wildcards = yes*");
  for (guint i = 0; i < 2; i++)
    {
      belfry_broker_subscribe_async (one->broker, "raw.*", NULL, on_result, one);
      belfry_test_wait_until (one->result != NULL);
      g_assert_false (belfry_broker_subscribe_finish (one->broker, one->result, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
      g_clear_error (&error);
      g_clear_object (&one->result);
    }
  stop (one);
  self.wildcards = TRUE;
  start_all (&self);
  subscribe (one, "raw.*");
  subscribe (one, "raw.a");
  publish (&self, &self.instances[1], "raw.a", "1");
  assert_delivered (one, "raw.a:0:1\n");
  publish (&self, &self.instances[1], "raw.b", "2");
  assert_delivered (one, "raw.b:0:2\n");
  belfry_test_redis_tell (node (&self, 2), "PUBLISH raw.c 3");
  assert_delivered (one, "raw.c:0:3\n");
}

/* With one channel for all topics that channel has one slot, and is published to classically. */
static void
test_envelope (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_auto (Fixture) self;

  fixture_init (&self, 0);
  self.channel = "shared";
  start_all (&self);
  for (guint k = 0; k < N_INSTANCES; k++)
    {
      subscribe (&self.instances[k], "raw");
      subscribe (&self.instances[k], "h.a");
      subscribe (&self.instances[k], "raw.*");
    }
  publish (&self, &self.instances[0], "raw", "1");
  publish (&self, &self.instances[0], "h.a", "2");
  publish (&self, &self.instances[0], "raw.b", "3");
  for (guint k = 0; k < N_INSTANCES; k++)
    assert_delivered (&self.instances[k], "raw:0:1\nh.a:1:2\nraw.b:0:3\n");
}

/* A prefix may have all names in one slot: then one node does all the work, and all are proved. */
static void
test_tagged_prefix (void)
{
  if (!belfry_test_redis_available ())
    return;
  g_auto (Fixture) self;

  fixture_init (&self, 0);
  self.prefix = "{app}";
  start_all (&self);
  subscribe (&self.instances[0], "raw");
  subscribe (&self.instances[0], "h.a");
  publish (&self, &self.instances[1], "raw", "1");
  publish (&self, &self.instances[1], "h.a", "2");
  assert_delivered (&self.instances[0], "raw:0:1\nh.a:1:2\n");
}

static void
on_net_up (BelfryRedisNet *net, gpointer user_data)
{
}

static void
on_net_down (BelfryRedisNet *net, BelfryRedisFault fault, const GError *error, gpointer user_data)
{
  ++*(guint *) user_data;
}

static const BelfryRedisNetHandler net_handler = { .up = on_net_up, .down = on_net_down };

/* A server that is no cluster, and one that is a cluster without slots, are said to be away; a net
 * may end whatever it is about to do. */
static void
test_no_cluster (void)
{
  static const char *const modes[] = { "no", "yes" };

  if (!belfry_test_redis_available ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (BelfryTestRedis) redis = belfry_test_redis_new (
          (const char *[]){ "--cluster-enabled", modes[i], "--cluster-port", "TLS-PORT", NULL });
      g_autofree char *text =
          g_strdup_printf ("redis+cluster://127.0.0.1:%u", belfry_test_redis_get_port (redis));
      g_autoptr (BelfryRedisUrl) url = belfry_redis_url_parse (text, NULL);
      g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
      g_autoptr (BelfryDeadlineWheel) wheel =
          belfry_deadline_wheel_new (clock, NULL, G_PRIORITY_DEFAULT);
      guint n_down = 0;
      const BelfryRedisNetSettings settings = {
        .url = url, .wheel = wheel, .instance = "test", .prefix = "", .probe_interval = SECOND
      };
      BelfryRedisNet *net = belfry_redis_net_new (&settings, &net_handler, &n_down);

      belfry_test_expect_log (BELFRY_LOG_WARNING, NET, "Redis is away: *");
      belfry_redis_net_subscribe (net, BELFRY_REDIS_SHARD, "a");
      belfry_redis_net_open (net);
      belfry_test_wait_until (n_down == 1);
      g_assert_false (belfry_redis_net_is_up (net));
      belfry_redis_net_close (net);
      g_assert_cmpuint (belfry_deadline_wheel_count (wheel), ==, 0);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
      belfry_test_assert_finalizes (net);
    }
}

int
main (int argc, char **argv)
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-cluster/everywhere", test_everywhere);
  belfry_test_add ("/redis-cluster/scripts", test_scripts);
  belfry_test_add ("/redis-cluster/reshard", test_reshard);
  belfry_test_add ("/redis-cluster/reshard-raw", test_reshard_raw);
  belfry_test_add ("/redis-cluster/failover", test_failover);
  belfry_test_add ("/redis-cluster/wildcards", test_wildcards);
  belfry_test_add ("/redis-cluster/envelope", test_envelope);
  belfry_test_add ("/redis-cluster/tagged-prefix", test_tagged_prefix);
  belfry_test_add ("/redis-cluster/no-cluster", test_no_cluster);
  return g_test_run ();
}
