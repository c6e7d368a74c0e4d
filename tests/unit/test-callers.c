/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-callers.h"

#include <string.h>

#include "belfry-test-control.h"
#include "belfry-test.h"

/* What a connection was sent, in words. */
typedef struct
{
  GDBusConnection *connection; /* (unowned) */
  GString *heard;              /* (owned) */
  guint subscription;
} Ear;

static void
on_signal (GDBusConnection *connection,
           const char *sender,
           const char *path,
           const char *interface,
           const char *signal,
           GVariant *arguments,
           gpointer user_data)
{
  Ear *ear = user_data;
  g_autofree char *text = g_variant_print (arguments, FALSE);

  if (strcmp (signal, "PropertiesChanged") != 0)
    g_string_append_printf (ear->heard, "%s%s; ", signal, text);
}

static void
ear_init (Ear *ear, BelfryTestControl *test, GDBusConnection *connection)
{
  ear->connection = connection;
  ear->heard = g_string_new (NULL);
  ear->subscription =
      g_dbus_connection_signal_subscribe (connection,
                                          g_dbus_connection_get_unique_name (test->service), NULL,
                                          NULL, BELFRY_BUS_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                          on_signal, ear, NULL);
}

static void
ear_clear (Ear *ear)
{
  g_dbus_connection_signal_unsubscribe (ear->connection, ear->subscription);
  belfry_fake_client_settle ();
  g_string_free (ear->heard, TRUE);
}

/* What the service sends before it answers comes before the answer. */
static void
assert_heard (BelfryTestControl *test, Ear *ear, const char *expected)
{
  belfry_fake_client_settle ();
  g_autoptr (GVariant) reply =
      belfry_test_control_call (test, ear->connection, "Manager1.ListPlugins", NULL, NULL);
  g_assert_nonnull (reply);
  g_assert_cmpstr (ear->heard->str, ==, expected);
  g_string_truncate (ear->heard, 0);
}

static void
call_topic (BelfryTestControl *test,
            GDBusConnection *connection,
            const char *method,
            const char *topic,
            const char *expected_error)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      belfry_test_control_call (test, connection, method, g_variant_new ("(s)", topic), &error);
  g_autofree char *name = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;

  g_assert_true ((reply == NULL) == (expected_error != NULL));
  g_assert_cmpstr (name, ==, expected_error);
}

/* Signals go to those who asked for them, and to nobody else, until they have enough. */
static void
test_signals (void)
{
  BelfryTestControl test;
  Ear ear;
  Ear other;

  belfry_test_control_init (&test, "");
  GDBusConnection *second = belfry_test_control_connect (&test);
  ear_init (&ear, &test, test.client);
  ear_init (&other, &test, second);
  belfry_test_control_assert (&test, "Manager1.Subscribe", NULL, "()");
  belfry_test_control_assert (&test, "Manager1.Subscribe", NULL, "()");
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  g_autofree char *expected =
      g_strdup_printf ("Opened('%s', '192.0.2.1', 'action'); Authenticated('%s', 'alice'); "
                       "Closed('%s', 'alice', 1001, 'left'); StateChanged('draining',); ",
                       belfry_session_get_id (a->session), belfry_session_get_id (a->session),
                       belfry_session_get_id (a->session));
  belfry_fake_client_leave (a, 1001);
  belfry_fake_client_settle ();
  test.host->state = BELFRY_CONTROL_DRAINING;
  belfry_control_host_emit_changed (BELFRY_CONTROL_HOST (test.host));
  assert_heard (&test, &ear, expected);
  assert_heard (&test, &other, "");
  belfry_test_control_assert (&test, "Manager1.Unsubscribe", NULL, "()");
  belfry_test_control_assert_fails (&test, "Manager1.Unsubscribe", NULL, "NotSubscribed", "*");
  test.host->state = BELFRY_CONTROL_RUNNING;
  belfry_control_host_emit_changed (BELFRY_CONTROL_HOST (test.host));
  assert_heard (&test, &ear, "");
  g_assert_cmpuint (belfry_callers_get_n_callers (belfry_control_get_callers (test.control)), ==,
                    0);
  ear_clear (&ear);
  ear_clear (&other);
  belfry_test_control_leave (&test, second);
  belfry_fake_client_free (a);
  belfry_test_control_clear (&test);
}

/* Who watches gets each message of its topics once, text as text and the rest as bytes, and nobody
 * else does. */
static void
test_watch (void)
{
  BelfryTestControl test;
  Ear ear;
  Ear other;

  belfry_test_control_init (&test, "");
  GDBusConnection *second = belfry_test_control_connect (&test);
  ear_init (&ear, &test, test.client);
  ear_init (&other, &test, second);
  call_topic (&test, test.client, "Topics1.Watch", "a.b", NULL);
  call_topic (&test, test.client, "Topics1.Watch", "a.b", NULL);
  call_topic (&test, test.client, "Topics1.Watch", "a.*", NULL);
  belfry_test_core_publish (&test.core, "a.b", "{\"x\":1}");
  belfry_test_core_publish (&test.core, "a.c", "\xff");
  belfry_test_core_publish (&test.core, "b", "no");
  assert_heard (&test, &ear, "Message('a.b', '{\"x\":1}'); MessageBytes('a.c', [0xff]); ");
  assert_heard (&test, &other, "");
  belfry_late_broker_lose (test.core.broker, NULL, "broker-lost");
  assert_heard (&test, &ear, "Lost(0, 'broker-lost'); Lost(0, 'broker-lost'); ");
  call_topic (&test, test.client, "Topics1.Unwatch", "a.*", NULL);
  call_topic (&test, test.client, "Topics1.Unwatch", "a.*", "org.belfry.Error.NotSubscribed");
  belfry_test_core_publish (&test.core, "a.c", "2");
  belfry_test_core_publish (&test.core, "a.b", "3");
  assert_heard (&test, &ear, "Message('a.b', '3'); ");
  call_topic (&test, test.client, "Topics1.Watch", "a b", "org.belfry.Error.TopicInvalid");
  call_topic (&test, test.client, "Topics1.Watch", "$session", "org.belfry.Error.TopicInvalid");
  ear_clear (&ear);
  ear_clear (&other);
  belfry_test_control_leave (&test, second);
  belfry_test_control_clear (&test);
}

/* A watch is there when the broker has confirmed it, for all who wait for it; if the broker cannot,
 * there is none. */
static void
test_watch_late (void)
{
  BelfryTestControl test;
  GAsyncResult *results[2] = { NULL, NULL };

  belfry_test_control_init (&test, "");
  BelfryCallers *callers = belfry_control_get_callers (test.control);
  belfry_late_broker_hold (test.core.broker, BELFRY_LATE_SUBSCRIBE);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    g_dbus_connection_call (test.client, g_dbus_connection_get_unique_name (test.service),
                            BELFRY_BUS_PATH, "org.belfry.Topics1", "Watch",
                            g_variant_new ("(s)", "x"), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                            belfry_test_control_take_result, &results[i]);
  belfry_test_wait_until (belfry_late_broker_get_n_held (test.core.broker) == 1);
  belfry_test_control_assert (&test, "Manager1.ListPlugins", NULL, "*");
  g_assert_null (results[0]);
  belfry_late_broker_release (test.core.broker, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    {
      belfry_test_wait_until (results[i] != NULL);
      g_autoptr (GVariant) reply = g_dbus_connection_call_finish (test.client, results[i], NULL);
      g_assert_nonnull (reply);
      g_clear_object (&results[i]);
    }
  g_assert_cmpuint (belfry_callers_get_n_watches (callers), ==, 1);
  belfry_late_broker_hold (test.core.broker, 0);
  belfry_late_broker_fail (test.core.broker, BELFRY_LATE_SUBSCRIBE);
  call_topic (&test, test.client, "Topics1.Watch", "y", "org.belfry.Error.Unavailable");
  g_assert_cmpuint (belfry_callers_get_n_watches (callers), ==, 1);
  belfry_test_control_clear (&test);
}

/* All that was remembered of a caller goes with it, also a watch that is not confirmed yet. */
static void
test_leave (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  BelfryCallers *callers = belfry_control_get_callers (test.control);
  GDBusConnection *other = belfry_test_control_connect (&test);
  call_topic (&test, other, "Topics1.Watch", "a", NULL);
  call_topic (&test, other, "Topics1.Watch", "b.*", NULL);
  belfry_late_broker_hold (test.core.broker, BELFRY_LATE_SUBSCRIBE);
  g_dbus_connection_call (other, g_dbus_connection_get_unique_name (test.service), BELFRY_BUS_PATH,
                          "org.belfry.Topics1", "Watch", g_variant_new ("(s)", "c"), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
  belfry_test_wait_until (belfry_late_broker_get_n_held (test.core.broker) == 1);
  g_assert_cmpuint (belfry_callers_get_n_watches (callers), ==, 3);
  belfry_test_control_leave (&test, other);
  belfry_test_wait_until (belfry_callers_get_n_callers (callers) == 0);
  g_assert_cmpuint (belfry_callers_get_n_watches (callers), ==, 0);
  belfry_late_broker_release (test.core.broker, 1);
  belfry_test_core_publish (&test.core, "a", "1");
  belfry_test_core_advance (&test.core, 6 * G_USEC_PER_SEC);
  g_assert_cmpuint (belfry_late_broker_count (test.core.broker, "a", FALSE), ==, 1);
  g_assert_cmpuint (belfry_late_broker_count (test.core.broker, "b.*", FALSE), ==, 1);
  belfry_test_control_clear (&test);
}

/* How much is remembered has a bound, for each and for all. */
static void
test_limits (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  BelfryCallersLimits *limits =
      belfry_callers_get_limits (belfry_control_get_callers (test.control));
  GDBusConnection *other = belfry_test_control_connect (&test);
  limits->max_watches = 2;
  limits->max_all_watches = 3;
  call_topic (&test, test.client, "Topics1.Watch", "a", NULL);
  call_topic (&test, test.client, "Topics1.Watch", "b", NULL);
  call_topic (&test, test.client, "Topics1.Watch", "c", "org.belfry.Error.LimitReached");
  call_topic (&test, other, "Topics1.Watch", "a", NULL);
  call_topic (&test, other, "Topics1.Watch", "b", "org.belfry.Error.LimitReached");
  call_topic (&test, test.client, "Topics1.Unwatch", "a", NULL);
  call_topic (&test, other, "Topics1.Watch", "b", NULL);
  limits->max_callers = 2;
  GDBusConnection *third = belfry_test_control_connect (&test);
  g_autoptr (GError) error = NULL;
  belfry_test_control_call (&test, third, "Manager1.Subscribe", NULL, &error);
  g_autofree char *name = g_dbus_error_get_remote_error (error);
  g_assert_cmpstr (name, ==, "org.belfry.Error.LimitReached");
  belfry_test_control_leave (&test, third);
  belfry_test_control_leave (&test, other);
  belfry_test_control_clear (&test);
}

static GDBusMessage *
swallow_pings (GDBusConnection *connection,
               GDBusMessage *message,
               gboolean incoming,
               gpointer user_data)
{
  if (incoming && g_strcmp0 (g_dbus_message_get_member (message), "Ping") == 0)
    {
      atomic_fetch_add_explicit ((_Atomic int *) user_data, 1, memory_order_relaxed);
      g_object_unref (message);
      return NULL;
    }
  return message;
}

static void
publish_many (BelfryTestControl *test, int n)
{
  for (int i = 0; i < n; i++)
    belfry_test_core_publish (&test->core, "x", "1");
}

/* Who does not read loses messages and is told how many; once he reads, all goes on. */
static void
test_slow (void)
{
  BelfryTestControl test;
  Ear ear;

  belfry_test_control_init (&test, "");
  BelfryCallersLimits *limits =
      belfry_callers_get_limits (belfry_control_get_callers (test.control));
  limits->max_unread = 4;
  ear_init (&ear, &test, test.client);
  call_topic (&test, test.client, "Topics1.Watch", "x", NULL);
  publish_many (&test, 7);
  belfry_test_wait_until (strstr (ear.heard->str, "Lost") != NULL);
  g_assert_cmpstr (ear.heard->str, ==,
                   "Message('x', '1'); Message('x', '1'); Message('x', '1'); Message('x', '1'); "
                   "Lost(3, 'slow'); ");
  g_string_truncate (ear.heard, 0);
  publish_many (&test, 1);
  assert_heard (&test, &ear, "Message('x', '1'); ");
  limits->max_unread_bytes = 1024;
  limits->max_unread = 1000;
  belfry_test_core_publish (&test.core, "x", "{\"a\":\"bcdefghijklmnopqrstuvwxyz\"}");
  publish_many (&test, 7);
  belfry_test_wait_until (strstr (ear.heard->str, "Lost") != NULL);
  ear_clear (&ear);
  belfry_test_control_clear (&test);
}

/* Who answers nothing at all is forgotten. */
static void
test_dead (void)
{
  BelfryTestControl test;
  _Atomic int n_pings = 0;

  belfry_test_control_init (&test, "");
  BelfryCallers *callers = belfry_control_get_callers (test.control);
  BelfryCallersLimits *limits = belfry_callers_get_limits (callers);
  limits->max_unread = 4;
  limits->ping_timeout = 1;
  guint filter = g_dbus_connection_add_filter (test.client, swallow_pings, &n_pings, NULL);
  call_topic (&test, test.client, "Topics1.Watch", "x", NULL);
  publish_many (&test, 2);
  belfry_test_wait_until (belfry_callers_get_n_callers (callers) == 0);
  belfry_test_wait_until (atomic_load_explicit (&n_pings, memory_order_relaxed) == 1);
  g_assert_cmpuint (belfry_callers_get_n_watches (callers), ==, 0);
  g_dbus_connection_remove_filter (test.client, filter);
  belfry_test_control_clear (&test);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/callers/signals", test_signals);
  belfry_test_add ("/callers/watch", test_watch);
  belfry_test_add ("/callers/watch-late", test_watch_late);
  belfry_test_add ("/callers/leave", test_leave);
  belfry_test_add ("/callers/limits", test_limits);
  belfry_test_add ("/callers/slow", test_slow);
  belfry_test_add ("/callers/dead", test_dead);
  return g_test_run ();
}
