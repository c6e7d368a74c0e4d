/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-memory-broker.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-fake-clock.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define BUDGET (1024 * 1024)

typedef struct
{
  BelfryFakeClock *clock;     /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryBroker *broker;       /* (owned) */
  GString *log;               /* (owned): what was delivered */
  GAsyncResult *result;       /* (owned) (nullable): of the latest answer */
} Fixture;

static void
on_message (BelfryMessage *message, gpointer user_data)
{
  static const char *const kinds[] = { "", "join ", "leave " };
  Fixture *self = user_data;
  gsize length;
  const char *payload = g_bytes_get_data (message->payload, &length);

  g_string_append_printf (self->log, "%s%s:%" G_GUINT64_FORMAT ":%.*s\n", kinds[message->kind],
                          message->topic, message->position.offset, (int) length, payload);
}

static const BelfryBrokerSink sink = { .message = on_message };

static void
fixture_init (Fixture *self)
{
  self->clock = belfry_fake_clock_new ();
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->broker = belfry_memory_broker_new (BELFRY_CLOCK (self->clock), self->wheel, BUDGET);
  self->log = g_string_new (NULL);
  self->result = NULL;
  belfry_broker_set_sink (self->broker, &sink, self);
}

/* What was delivered must have been looked at. */
static void
fixture_clear (Fixture *self)
{
  g_assert_cmpstr (self->log->str, ==, "");
  g_clear_object (&self->result);
  belfry_test_assert_finalizes (self->broker);
  g_assert_cmpuint (belfry_deadline_wheel_count (self->wheel), ==, 0);
  belfry_deadline_wheel_free (self->wheel);
  belfry_test_assert_finalizes (self->clock);
  g_string_free (self->log, TRUE);
}

static void
assert_delivered (Fixture *self, const char *expected)
{
  g_assert_cmpstr (self->log->str, ==, expected);
  g_string_truncate (self->log, 0);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_true (source == G_OBJECT (self->broker));
  g_set_object (&self->result, result);
}

static GAsyncResult *
wait_for_result (Fixture *self)
{
  belfry_test_wait_until (self->result != NULL);
  return self->result;
}

static void
subscribe (Fixture *self, const char *topic)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->result);
  belfry_broker_subscribe_async (self->broker, topic, NULL, on_result, self);
  g_assert_null (self->result);
  g_assert_true (belfry_broker_subscribe_finish (self->broker, wait_for_result (self), &error));
  g_assert_no_error (error);
}

/* Publishes text, with history for topics that begin with "h". */
static void
publish_with_key (Fixture *self,
                  const char *topic,
                  const char *text,
                  const char *key,
                  BelfryPosition *position)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  const BelfryPublication publication = {
    .topic = topic,
    .payload = payload,
    .idempotency_key = key,
    .traits = { .history_size = *topic == 'h' ? 10 : 0, .history_ttl = 60 * SECOND },
  };

  g_clear_object (&self->result);
  belfry_broker_publish_async (self->broker, &publication, NULL,
                               position != NULL ? on_result : NULL, self);
  if (position == NULL)
    return;
  g_assert_true (
      belfry_broker_publish_finish (self->broker, wait_for_result (self), position, &error));
  g_assert_no_error (error);
}

static void
publish (Fixture *self, const char *topic, const char *text)
{
  publish_with_key (self, topic, text, NULL, NULL);
}

static BelfryHistoryPage *
get_history (Fixture *self, const char *topic, const BelfryPosition *since)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->result);
  belfry_broker_history_async (self->broker, topic, since, G_MAXUINT, NULL, on_result, self);
  BelfryHistoryPage *page =
      belfry_broker_history_finish (self->broker, wait_for_result (self), &error);
  g_assert_no_error (error);
  return page;
}

/* It has a name, and is always up. */
static void
test_state (void)
{
  Fixture f;

  fixture_init (&f);
  g_assert_cmpstr (belfry_broker_get_name (f.broker), ==, "memory");
  g_assert_cmpint (belfry_broker_get_state (f.broker), ==, BELFRY_BROKER_UP);
  fixture_clear (&f);
}

/* A message is delivered if its topic is subscribed to, as long as it is. */
static void
test_deliver (void)
{
  Fixture f;

  fixture_init (&f);
  publish (&f, "a", "1");
  subscribe (&f, "a");
  publish (&f, "a", "2");
  publish (&f, "b", "3");
  assert_delivered (&f, "a:0:2\n");
  belfry_broker_unsubscribe (f.broker, "a");
  belfry_broker_unsubscribe (f.broker, "a");
  belfry_broker_unsubscribe (f.broker, "never.*");
  publish (&f, "a", "4");
  fixture_clear (&f);
}

/* Patterns are subscribed to like topics, and however many match, a message comes once. */
static void
test_patterns (void)
{
  Fixture f;

  fixture_init (&f);
  subscribe (&f, "a.*");
  subscribe (&f, "a.>");
  subscribe (&f, "a.b");
  publish (&f, "a.b", "1");
  publish (&f, "a.b.c", "2");
  publish (&f, "b.c", "3");
  assert_delivered (&f, "a.b:0:1\na.b.c:0:2\n");
  belfry_broker_unsubscribe (f.broker, "a.>");
  belfry_broker_unsubscribe (f.broker, "a.b");
  publish (&f, "a.b", "4");
  publish (&f, "a.b.c", "5");
  assert_delivered (&f, "a.b:0:4\n");
  belfry_broker_unsubscribe (f.broker, "a.*");
  publish (&f, "a.b", "6");
  fixture_clear (&f);
}

/* Subscribing again changes nothing: one end is the end. */
static void
test_subscribe_twice (void)
{
  Fixture f;

  fixture_init (&f);
  subscribe (&f, "a");
  subscribe (&f, "a");
  publish (&f, "a", "1");
  assert_delivered (&f, "a:0:1\n");
  belfry_broker_unsubscribe (f.broker, "a");
  publish (&f, "a", "2");
  fixture_clear (&f);
}

/* A message tells when it came, by both clocks, and goes without a sink nowhere. */
static void
test_no_sink (void)
{
  Fixture f;

  fixture_init (&f);
  subscribe (&f, "h");
  belfry_broker_set_sink (f.broker, NULL, NULL);
  publish (&f, "h", "1");
  g_autoptr (BelfryHistoryPage) page = get_history (&f, "h", NULL);
  g_assert_cmpuint (page->messages->len, ==, 1);
  const BelfryMessage *message = g_ptr_array_index (page->messages, 0);
  g_assert_cmpint (message->arrived, ==, belfry_clock_now (BELFRY_CLOCK (f.clock)));
  g_assert_cmpint (message->published, ==, belfry_clock_wall (BELFRY_CLOCK (f.clock)));
  fixture_clear (&f);
}

static const char *const bad_topics[] = { "", "a b", "a.>.b", "__a", "$a", "belfry:a" };

/* What is no topic of clients cannot be subscribed to. */
static void
test_bad_topics (void)
{
  Fixture f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_topics); i++)
    {
      g_autoptr (GError) error = NULL;

      g_clear_object (&f.result);
      belfry_broker_subscribe_async (f.broker, bad_topics[i], NULL, on_result, &f);
      g_assert_false (belfry_broker_subscribe_finish (f.broker, wait_for_result (&f), &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_TOPIC_INVALID);
    }
  fixture_clear (&f);
}

/* Who unsubscribes before the answer is told that there is no subscription. */
static void
test_given_up (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_init (&f);
  belfry_broker_subscribe_async (f.broker, "a", NULL, on_result, &f);
  belfry_broker_unsubscribe (f.broker, "a");
  g_assert_false (belfry_broker_subscribe_finish (f.broker, wait_for_result (&f), &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED);
  publish (&f, "a", "1");
  fixture_clear (&f);
}

/* What is cancelled before it begins does not happen. */
static void
test_cancelled (void)
{
  Fixture f;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) payload = g_bytes_new_static ("1", 1);
  const BelfryPublication publication = { .topic = "b", .payload = payload };
  g_autoptr (GError) error = NULL;

  fixture_init (&f);
  subscribe (&f, "b");
  g_clear_object (&f.result);
  g_cancellable_cancel (cancellable);
  belfry_broker_subscribe_async (f.broker, "a", cancellable, on_result, &f);
  g_assert_false (belfry_broker_subscribe_finish (f.broker, wait_for_result (&f), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  publish (&f, "a", "1");
  g_clear_object (&f.result);
  belfry_broker_publish_async (f.broker, &publication, cancellable, on_result, &f);
  g_assert_false (belfry_broker_publish_finish (f.broker, wait_for_result (&f), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  belfry_broker_publish_async (f.broker, &publication, cancellable, NULL, NULL);
  fixture_clear (&f);
}

/* What has happened is told, even if it was cancelled meanwhile. */
static void
test_cancelled_late (void)
{
  Fixture f;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fixture_init (&f);
  belfry_broker_subscribe_async (f.broker, "a", cancellable, on_result, &f);
  g_cancellable_cancel (cancellable);
  g_assert_true (belfry_broker_subscribe_finish (f.broker, wait_for_result (&f), &error));
  g_assert_no_error (error);
  publish (&f, "a", "1");
  assert_delivered (&f, "a:0:1\n");
  fixture_clear (&f);
}

/* A topic keeps history even if nobody is there, and who comes back recovers from it. */
static void
test_recover (void)
{
  Fixture f;
  BelfryPosition position;

  fixture_init (&f);
  publish_with_key (&f, "h", "1", NULL, &position);
  g_assert_true (belfry_position_is_set (&position));
  g_assert_cmpuint (position.offset, ==, 1);
  publish (&f, "h", "2");
  g_autoptr (BelfryHistoryPage) page = get_history (&f, "h", &position);
  g_assert_true (page->complete);
  g_assert_cmpuint (page->messages->len, ==, 1);
  g_assert_cmpuint (page->position.offset, ==, 2);
  subscribe (&f, "h");
  publish (&f, "h", "3");
  assert_delivered (&f, "h:3:3\n");
  publish_with_key (&f, "a", "1", NULL, &position);
  g_assert_false (belfry_position_is_set (&position));
  fixture_clear (&f);
}

/* The epoch lives as long as somebody is subscribed, and then as long as messages would. */
static void
test_epoch (void)
{
  Fixture f;
  BelfryPosition first;
  BelfryPosition second;

  fixture_init (&f);
  subscribe (&f, "h");
  publish_with_key (&f, "h", "1", NULL, &first);
  belfry_fake_clock_advance (f.clock, 3600 * SECOND);
  belfry_deadline_wheel_turn (f.wheel);
  publish_with_key (&f, "h", "2", NULL, &second);
  g_assert_cmpuint (second.epoch, ==, first.epoch);
  belfry_broker_unsubscribe (f.broker, "h");
  belfry_fake_clock_advance (f.clock, 61 * SECOND);
  belfry_deadline_wheel_turn (f.wheel);
  publish_with_key (&f, "h", "3", NULL, &second);
  g_assert_cmpuint (second.epoch, !=, first.epoch);
  assert_delivered (&f, "h:1:1\nh:2:2\n");
  fixture_clear (&f);
}

/* A publisher who tries again does nothing but learn where his message went. */
static void
test_idempotency (void)
{
  Fixture f;
  BelfryPosition first;
  BelfryPosition again;

  fixture_init (&f);
  subscribe (&f, "h");
  publish_with_key (&f, "h", "1", "key", &first);
  publish (&f, "h", "2");
  publish_with_key (&f, "h", "1", "key", &again);
  publish_with_key (&f, "h", "1", "key", NULL);
  g_assert_cmpuint (again.epoch, ==, first.epoch);
  g_assert_cmpuint (again.offset, ==, 1);
  assert_delivered (&f, "h:1:1\nh:2:2\n");
  belfry_fake_clock_advance (f.clock, 600 * SECOND);
  publish_with_key (&f, "h", "1", "key", &again);
  g_assert_cmpuint (again.offset, ==, 3);
  assert_delivered (&f, "h:3:1\n");
  fixture_clear (&f);
}

/* A user joins with the first session and leaves with the last; the history has none of it. */
static void
test_presence (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_init (&f);
  subscribe (&f, "h");
  belfry_broker_presence_add (f.broker, "h", "ann", "{\"n\":1}");
  belfry_broker_presence_add (f.broker, "h", "ann", "{\"n\":2}");
  belfry_broker_presence_add (f.broker, "other", "bob", NULL);
  assert_delivered (&f, "join h:0:{\"user\":\"ann\",\"info\":{\"n\":1}}\n");
  g_clear_object (&f.result);
  belfry_broker_presence_async (f.broker, "h", NULL, on_result, &f);
  g_autoptr (GPtrArray) list =
      belfry_broker_presence_finish (f.broker, wait_for_result (&f), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  const BelfryPresenceEntry *entry = g_ptr_array_index (list, 0);
  g_assert_cmpstr (entry->user, ==, "ann");
  g_assert_cmpstr (entry->info, ==, "{\"n\":2}");
  g_assert_cmpuint (entry->sessions, ==, 2);
  belfry_broker_presence_remove (f.broker, "h", "ann");
  belfry_broker_presence_remove (f.broker, "h", "ann");
  belfry_broker_presence_remove (f.broker, "h", "ann");
  assert_delivered (&f, "leave h:0:{\"user\":\"ann\",\"info\":{\"n\":2}}\n");
  g_autoptr (BelfryHistoryPage) page = get_history (&f, "h", NULL);
  g_assert_cmpuint (page->messages->len, ==, 0);
  fixture_clear (&f);
}

/* Who publishes while he is told of a message has his own delivered behind it. */
static void
publish_reply (BelfryMessage *message, gpointer user_data)
{
  on_message (message, user_data);
  if (message->position.offset < 3)
    publish (user_data, "h", "reply");
}

static const BelfryBrokerSink replying = { .message = publish_reply };

static void
test_publish_within (void)
{
  Fixture f;

  fixture_init (&f);
  belfry_broker_set_sink (f.broker, &replying, &f);
  subscribe (&f, "h");
  publish (&f, "h", "1");
  assert_delivered (&f, "h:1:1\nh:2:reply\nh:3:reply\n");
  fixture_clear (&f);
}

/* The memory that history may take can be changed while it runs. */
static void
test_set_budget (void)
{
  Fixture f;

  fixture_init (&f);
  publish (&f, "h", "1");
  belfry_memory_broker_set_budget (BELFRY_MEMORY_BROKER (f.broker), 1);
  g_autoptr (BelfryHistoryPage) page = get_history (&f, "h", NULL);
  g_assert_cmpuint (page->messages->len, ==, 0);
  g_assert_cmpuint (page->position.offset, ==, 1);
  fixture_clear (&f);
}

/* The result of one call is no result of another. */
static void
test_wrong_finish (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;

  fixture_init (&f);
  subscribe (&f, "a");
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-memory-broker", "*is_tagged*");
  g_assert_null (belfry_broker_history_finish (f.broker, f.result, &error));
  g_log_set_always_fatal (fatal);
  g_assert_no_error (error);
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/memory-broker/state", test_state);
  belfry_test_add ("/memory-broker/deliver", test_deliver);
  belfry_test_add ("/memory-broker/patterns", test_patterns);
  belfry_test_add ("/memory-broker/subscribe-twice", test_subscribe_twice);
  belfry_test_add ("/memory-broker/no-sink", test_no_sink);
  belfry_test_add ("/memory-broker/bad-topics", test_bad_topics);
  belfry_test_add ("/memory-broker/given-up", test_given_up);
  belfry_test_add ("/memory-broker/cancelled", test_cancelled);
  belfry_test_add ("/memory-broker/cancelled-late", test_cancelled_late);
  belfry_test_add ("/memory-broker/recover", test_recover);
  belfry_test_add ("/memory-broker/epoch", test_epoch);
  belfry_test_add ("/memory-broker/idempotency", test_idempotency);
  belfry_test_add ("/memory-broker/presence", test_presence);
  belfry_test_add ("/memory-broker/publish-within", test_publish_within);
  belfry_test_add ("/memory-broker/set-budget", test_set_budget);
  belfry_test_add ("/memory-broker/wrong-finish", test_wrong_finish);
  return g_test_run ();
}
