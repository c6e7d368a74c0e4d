/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-broker.h"

#include "belfry-test.h"

/* A broker that notes what it is asked. */
#define TEST_TYPE_BROKER (test_broker_get_type ())
G_DECLARE_FINAL_TYPE (TestBroker, test_broker, TEST, BROKER, GObject)

struct _TestBroker
{
  GObject parent_instance;

  GString *calls; /* (owned) */
};

static void test_broker_iface_init (BelfryBrokerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestBroker,
                               test_broker,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_BROKER, test_broker_iface_init))

static const char *
test_broker_get_name (BelfryBroker *broker)
{
  return "test";
}

static BelfryBrokerState
test_broker_get_state (BelfryBroker *broker)
{
  return BELFRY_BROKER_UP;
}

static void
test_broker_set_sink (BelfryBroker *broker, const BelfryBrokerSink *sink, gpointer user_data)
{
  g_string_append (TEST_BROKER (broker)->calls, "sink ");
}

static void
answer (BelfryBroker *broker, const char *call, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (broker, NULL, callback, user_data);

  g_task_set_source_tag (task, answer);
  g_string_append_printf (TEST_BROKER (broker)->calls, "%s ", call);
  g_task_return_boolean (task, TRUE);
}

static void
test_broker_subscribe_async (BelfryBroker *broker,
                             const char *topic,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  answer (broker, topic, callback, user_data);
}

static gboolean
test_broker_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_broker_unsubscribe (BelfryBroker *broker, const char *topic)
{
  g_string_append_printf (TEST_BROKER (broker)->calls, "-%s ", topic);
}

static void
test_broker_presence_add (BelfryBroker *broker,
                          const char *topic,
                          const char *user,
                          const char *info)
{
  g_string_append_printf (TEST_BROKER (broker)->calls, "%s+%s%s ", topic, user, info);
}

static void
test_broker_presence_remove (BelfryBroker *broker, const char *topic, const char *user)
{
  g_string_append_printf (TEST_BROKER (broker)->calls, "%s-%s ", topic, user);
}

static void
test_broker_iface_init (BelfryBrokerInterface *iface)
{
  iface->get_name = test_broker_get_name;
  iface->get_state = test_broker_get_state;
  iface->set_sink = test_broker_set_sink;
  iface->subscribe_async = test_broker_subscribe_async;
  iface->subscribe_finish = test_broker_finish;
  iface->unsubscribe = test_broker_unsubscribe;
  iface->presence_add = test_broker_presence_add;
  iface->presence_remove = test_broker_presence_remove;
}

static void
test_broker_finalize (GObject *object)
{
  g_string_free (TEST_BROKER (object)->calls, TRUE);
  G_OBJECT_CLASS (test_broker_parent_class)->finalize (object);
}

static void
test_broker_class_init (TestBrokerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_broker_finalize;
}

static void
test_broker_init (TestBroker *self)
{
  self->calls = g_string_new (NULL);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Each call reaches the implementation as it was made. */
static void
test_calls (void)
{
  TestBroker *test = g_object_new (TEST_TYPE_BROKER, NULL);
  BelfryBroker *broker = BELFRY_BROKER (test);
  const BelfryBrokerSink sink = { 0 };

  g_assert_cmpstr (belfry_broker_get_name (broker), ==, "test");
  g_assert_cmpint (belfry_broker_get_state (broker), ==, BELFRY_BROKER_UP);
  belfry_broker_set_sink (broker, &sink, NULL);
  belfry_broker_unsubscribe (broker, "t");
  belfry_broker_presence_add (broker, "t", "u", "{}");
  belfry_broker_presence_remove (broker, "t", "u");
  g_assert_cmpstr (test->calls->str, ==, "sink -t t+u{} t-u ");
  belfry_test_assert_finalizes (test);
}

/* What a broker has nothing to say of needs no word of it. */
static void
test_defaults (void)
{
  g_autoptr (BelfryBroker) broker = g_object_new (TEST_TYPE_BROKER, NULL);
  const BelfryBrokerWord word = { .kind = BELFRY_BROKER_WORD_BLOCK_USER, .text = "u" };

  g_assert_null (belfry_broker_get_reason (broker));
  g_assert_cmpint (belfry_broker_get_latency (broker), ==, -1);
  g_assert_cmpint (belfry_broker_get_last_proof (broker), ==, 0);
  belfry_broker_tell_all (broker, &word);
  g_assert_cmpstr (TEST_BROKER (broker)->calls->str, ==, "");
}

/* A result is given to the broker that made it, and refused by any other. */
static void
test_finish (void)
{
  g_autoptr (BelfryBroker) broker = g_object_new (TEST_TYPE_BROKER, NULL);
  g_autoptr (BelfryBroker) other = g_object_new (TEST_TYPE_BROKER, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  belfry_broker_subscribe_async (broker, "t", NULL, keep_result, &result);
  belfry_test_wait_until (result != NULL);
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-broker", "*g_task_is_valid*");
  g_assert_false (belfry_broker_subscribe_finish (other, result, &error));
  g_log_set_always_fatal (fatal);
  g_assert_no_error (error);
  g_assert_true (belfry_broker_subscribe_finish (broker, result, &error));
  g_assert_no_error (error);
}

static void
count (BelfryBroker *broker, gpointer user_data)
{
  (*(int *) user_data)++;
}

/* Who listens hears of each change of the state. */
static void
test_state_changed (void)
{
  g_autoptr (BelfryBroker) broker = g_object_new (TEST_TYPE_BROKER, NULL);
  int n = 0;

  g_signal_connect (broker, "state-changed", G_CALLBACK (count), &n);
  belfry_broker_emit_state_changed (broker);
  belfry_broker_emit_state_changed (broker);
  g_assert_cmpint (n, ==, 2);
}

/* What a caller forgets to give is said, and does not reach the implementation. */
static void
test_misuse (void)
{
  g_autoptr (BelfryBroker) broker = g_object_new (TEST_TYPE_BROKER, NULL);
  const BelfryPublication publication = { .topic = "t" };
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-broker", "*topic != NULL*");
  belfry_broker_subscribe_async (broker, NULL, NULL, NULL, NULL);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-broker", "*publication->payload != NULL*");
  belfry_broker_publish_async (broker, &publication, NULL, NULL, NULL);
  g_log_set_always_fatal (fatal);
  g_assert_cmpstr (TEST_BROKER (broker)->calls->str, ==, "");
}

/* What comes out of a broker frees what is in it. */
static void
test_structs (void)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  BelfryMessageParams params = { .topic = "t", .payload = payload };
  BelfryPresenceEntry *entry = g_new0 (BelfryPresenceEntry, 1);
  BelfryHistoryPage *page = g_new0 (BelfryHistoryPage, 1);
  g_autoptr (BelfryMessage) message = belfry_message_new (&params);

  entry->user = g_strdup ("u");
  belfry_presence_entry_free (entry);
  page->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  g_ptr_array_add (page->messages, belfry_message_ref (message));
  g_assert_cmpint (g_atomic_int_get ((int *) &message->refs), ==, 2);
  belfry_history_page_free (page);
  g_assert_cmpint (g_atomic_int_get ((int *) &message->refs), ==, 1);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/broker/calls", test_calls);
  belfry_test_add ("/broker/defaults", test_defaults);
  belfry_test_add ("/broker/finish", test_finish);
  belfry_test_add ("/broker/state-changed", test_state_changed);
  belfry_test_add ("/broker/misuse", test_misuse);
  belfry_test_add ("/broker/structs", test_structs);
  return g_test_run ();
}
