/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-control.h"

#include <string.h>

#include "belfry-control-private.h"
#include "belfry-test-control.h"
#include "belfry-test.h"

static const char *const interface_names[] = { "Manager1", "Metrics1", "Sessions1", "Topics1" };

static GDBusInterfaceInfo *
interface_info (guint index)
{
  switch (index)
    {
    case 0:
      return belfry_bus_manager1_interface_info ();
    case 1:
      return belfry_bus_metrics1_interface_info ();
    case 2:
      return belfry_bus_sessions1_interface_info ();
    default:
      return belfry_bus_topics1_interface_info ();
    }
}

static const BelfryControlMethod *const tables[] = {
  belfry_control_manager_methods,
  belfry_control_metrics_methods,
  belfry_control_sessions_methods,
  belfry_control_topics_methods,
};

/* What the documentation of a method says is needed to call it. */
static char *
documented_action (const char *xml, const char *method)
{
  g_autofree char *pattern = g_strdup_printf (
      "\n    <!--\n        %s:\n(?:(?!-->).)*?Needs the polkit action ([a-z.-]+)\\.\n    -->\n"
      "    <method name=\"%s\"",
      method, method);
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_DOTALL, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  g_assert_true (g_regex_match (regex, xml, 0, &match));
  return g_match_info_fetch (match, 1);
}

/* Each method on the bus has a right in the gate's table, the one that its documentation tells, and
 * the table has no other methods. */
static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      GDBusInterfaceInfo *info = interface_info (i);
      g_autofree char *name = g_strdup_printf ("../data/org.belfry.%s.xml", interface_names[i]);
      g_autofree char *file = g_test_build_filename (G_TEST_DIST, name, NULL);
      g_autofree char *xml = NULL;
      guint n = 0;

      g_assert_true (g_file_get_contents (file, &xml, NULL, NULL));
      for (const BelfryControlMethod *each = tables[i]; each->name != NULL; each++, n++)
        {
          GDBusMethodInfo *method = g_dbus_interface_info_lookup_method (info, each->name);
          g_autofree char *action = documented_action (xml, each->name);

          g_assert_nonnull (method);
          g_assert_cmpstr (belfry_right_get_action (each->right), ==, action);
          g_assert_true (belfry_control_find_method (info->name, each->name) == each);
          if (each->detail != NULL)
            g_assert_cmpstr (method->in_args[0]->signature, ==, "s");
        }
      g_assert_cmpuint (n, ==, g_strv_length ((char **) info->methods));
    }
  g_assert_null (belfry_control_find_method ("org.belfry.Manager1", "Nothing"));
  g_assert_null (belfry_control_find_method ("org.belfry.Nothing1", "Reload"));
}

/* The authority is asked before anything is done, with what the call is about; nothing is done if
 * it says no. */
static void
test_gate (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  test.authority->denies = TRUE;
  belfry_test_control_assert_fails (&test, "Manager1.Drain", "(uint32 5,)", "Forbidden",
                                    "*org.belfry.manage-service*");
  g_assert_cmpint (test.host->drained, ==, -1);
  belfry_test_control_assert_fails (&test, "Topics1.Publish", "('a.b', 'x', @a{sv} {})",
                                    "Forbidden", "*org.belfry.publish*");
  belfry_test_control_assert_fails (&test, "Sessions1.CloseUser", "('u', '')", "Forbidden",
                                    "*org.belfry.manage-sessions*");
  belfry_test_control_assert_fails (&test, "Metrics1.GetText", NULL, "Forbidden",
                                    "*org.belfry.inspect*");
  g_assert_cmpstr (test.authority->asked->str, ==,
                   "org.belfry.manage-service Drain; org.belfry.publish Publish topic=a.b; "
                   "org.belfry.manage-sessions CloseUser user=u; org.belfry.inspect GetText; ");
  g_assert_cmpuint (belfry_callers_get_n_callers (belfry_control_get_callers (test.control)), ==,
                    0);
  belfry_test_control_clear (&test);
}

/* That the caller's user may be asked for a password is handed on. */
static void
test_interactive (void)
{
  BelfryTestControl test;
  g_autoptr (GDBusMessage) message = NULL;

  belfry_test_control_init (&test, "");
  message = g_dbus_message_new_method_call (g_dbus_connection_get_unique_name (test.service),
                                            BELFRY_BUS_PATH, "org.belfry.Manager1", "ListPlugins");
  g_dbus_message_set_flags (message, G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION);
  g_dbus_connection_send_message (test.client, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  belfry_test_wait_until (test.authority->asked->len > 0);
  g_assert_cmpstr (test.authority->asked->str, ==, "org.belfry.inspect ListPlugins interactive; ");
  belfry_test_wait_until (
      belfry_callers_get_n_callers (belfry_control_get_callers (test.control)) == 0);
  belfry_test_control_clear (&test);
}

#define N_IN_ORDER 100

static void
send_publication (BelfryTestControl *test, guint number)
{
  g_autoptr (GDBusMessage) message =
      g_dbus_message_new_method_call (g_dbus_connection_get_unique_name (test->service),
                                      BELFRY_BUS_PATH, "org.belfry.Topics1", "Publish");
  g_autofree char *payload = g_strdup_printf ("%u", number);

  g_dbus_message_set_body (message, g_variant_new_parsed ("('x', %s, @a{sv} {})", payload));
  g_dbus_message_set_flags (message, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
  g_dbus_connection_send_message (test->client, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
                                  NULL);
}

/* Calls of a caller that does not wait for answers are done in the order in which he made them. */
static void
test_order (void)
{
  g_autoptr (GString) expected = g_string_new (NULL);
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  belfry_callers_get_limits (belfry_control_get_callers (test.control))->max_calls = N_IN_ORDER;
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  belfry_fake_client_subscribe (a, "x");
  belfry_fake_client_settle ();
  belfry_fake_client_forget (a);
  for (guint i = 0; i < N_IN_ORDER; i++)
    {
      g_string_append_printf (expected, "%smessage x %u", i > 0 ? "; " : "", i);
      send_publication (&test, i);
    }
  belfry_test_wait_until (a->told->len >= expected->len);
  belfry_fake_client_assert_told (a, expected->str);
  belfry_fake_client_free (a);
  belfry_test_control_clear (&test);
}

/* Who leaves while the authority thinks is not acted for, and is forgotten. How many calls may wait
 * is bounded. */
static void
test_leave_while_asked (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  BelfryCallers *callers = belfry_control_get_callers (test.control);
  GDBusConnection *other = belfry_test_control_connect (&test);

  test.authority->holds = TRUE;
  belfry_callers_get_limits (callers)->max_calls = 1;
  g_dbus_connection_call (other, g_dbus_connection_get_unique_name (test.service), BELFRY_BUS_PATH,
                          "org.belfry.Manager1", "Drain", g_variant_new ("(u)", 1), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
  belfry_test_wait_until (test.authority->held->len == 1);
  g_autoptr (GError) error = NULL;
  belfry_test_control_call (&test, other, "Manager1.Reload", NULL, &error);
  g_autofree char *name = g_dbus_error_get_remote_error (error);
  g_assert_cmpstr (name, ==, "org.belfry.Error.LimitReached");
  g_assert_cmpuint (belfry_callers_get_n_callers (callers), ==, 1);
  belfry_test_control_leave (&test, other);
  belfry_test_wait_until (belfry_callers_get_n_callers (callers) == 0);
  belfry_fake_authority_release (test.authority);
  belfry_fake_client_settle ();
  g_assert_cmpint (test.host->drained, ==, -1);
  belfry_test_control_clear (&test);
}

/* A control that was taken off the bus while the authority thought does nothing any more. */
static void
test_unexport_while_asked (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  test.authority->holds = TRUE;
  g_dbus_connection_call (test.client, g_dbus_connection_get_unique_name (test.service),
                          BELFRY_BUS_PATH, "org.belfry.Manager1", "Drain", g_variant_new ("(u)", 1),
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
  belfry_test_wait_until (test.authority->held->len == 1);
  belfry_control_unexport (test.control);
  belfry_fake_authority_release (test.authority);
  belfry_fake_client_settle ();
  g_assert_cmpint (test.host->drained, ==, -1);
  belfry_test_control_clear (&test);
}

/* What the service above is asked for. */
static void
test_manager (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  belfry_test_control_assert (&test, "Manager1.Reload", NULL, "()");
  belfry_test_control_assert (&test, "Manager1.Drain", "(uint32 4294967295,)", "()");
  g_assert_cmpint (test.host->drained, ==, (gint64) G_MAXUINT32 * G_USEC_PER_SEC);
  belfry_test_control_assert (&test, "Manager1.Shed", "(uint32 100, uint32 0)", "()");
  g_assert_cmpuint (test.host->shed, ==, 100);
  belfry_test_control_assert_fails (&test, "Manager1.Shed", "(uint32 0, uint32 1)",
                                    "InvalidArgument", "*1 to 100*");
  belfry_test_control_assert_fails (&test, "Manager1.Shed", "(uint32 101, uint32 1)",
                                    "InvalidArgument", "*1 to 100*");
  belfry_test_control_assert (&test, "Manager1.CheckConfiguration", NULL,
                              "([('error', 'f:1', 'bad')],)");
  belfry_test_control_assert (&test, "Manager1.ListPlugins", NULL, "([],)");
  test.host->refuses = TRUE;
  belfry_test_control_assert_fails (&test, "Manager1.Reload", NULL, "InvalidConfig", "refused");
  belfry_test_control_assert_fails (&test, "Manager1.Drain", "(uint32 0,)", "Unavailable", "*");
  belfry_test_control_assert_fails (&test, "Manager1.SetLogLevel", "('loud',)", "InvalidArgument",
                                    "*loud*");
  g_autofree char *levels = belfry_log_get_levels ();
  g_autofree char *arguments = g_strdup_printf ("('%s',)", levels);
  belfry_test_control_assert (&test, "Manager1.SetLogLevel", arguments, "()");
  belfry_test_control_clear (&test);
}

/* The figures are those of the metrics. */
static void
test_metrics (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  belfry_fake_client_subscribe (a, "x");
  belfry_fake_client_settle ();
  belfry_test_control_assert (&test, "Metrics1.Get", NULL, "*'belfry_subscriptions': <int64 1>*");
  belfry_test_control_assert (&test, "Metrics1.GetText", NULL, "*belfry_subscriptions 1*# EOF*");
  belfry_fake_client_free (a);
  belfry_test_control_clear (&test);
}

static char *
get_property (BelfryTestControl *test, const char *name)
{
  g_autoptr (GAsyncResult) result = NULL;
  GVariant *value = NULL;

  g_dbus_connection_call (test->client, g_dbus_connection_get_unique_name (test->service),
                          BELFRY_BUS_PATH, "org.freedesktop.DBus.Properties", "Get",
                          g_variant_new ("(ss)", "org.belfry.Manager1", name), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, belfry_test_control_take_result,
                          &result);
  belfry_test_wait_until (result != NULL);
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (test->client, result, NULL);
  g_variant_get (reply, "(v)", &value);
  char *text = g_variant_print (value, FALSE);
  g_variant_unref (value);
  return text;
}

static void
assert_property (BelfryTestControl *test, const char *name, const char *expected)
{
  g_autofree char *text = get_property (test, name);

  g_assert_cmpstr (text, ==, expected);
}

/* Properties need no right. They follow the service. */
static void
test_properties (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  test.authority->denies = TRUE;
  assert_property (&test, "State", "'running'");
  assert_property (&test, "Version", "'" BELFRY_VERSION "'");
  assert_property (&test, "Broker", "'late'");
  assert_property (&test, "BrokerState", "'up'");
  assert_property (&test, "Listeners", "['127.0.0.1:1', 'unix:/x']");
  assert_property (&test, "Workers", "2");
  assert_property (&test, "Sessions", "0");
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  belfry_fake_client_subscribe (a, "x");
  belfry_fake_client_settle ();
  test.host->n_connections = 3;
  belfry_control_refresh (test.control);
  assert_property (&test, "Sessions", "1");
  assert_property (&test, "Topics", "1");
  assert_property (&test, "Connections", "3");
  assert_property (&test, "DrainTotal", "7");
  assert_property (&test, "DrainLeft", "2");
  test.host->state = BELFRY_CONTROL_DRAINING;
  belfry_control_host_emit_changed (BELFRY_CONTROL_HOST (test.host));
  assert_property (&test, "State", "'draining'");
  g_assert_cmpuint (test.authority->asked->len, ==, 0);
  belfry_fake_client_free (a);
  belfry_test_control_clear (&test);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/control/table", test_table);
  belfry_test_add ("/control/gate", test_gate);
  belfry_test_add ("/control/interactive", test_interactive);
  belfry_test_add ("/control/order", test_order);
  belfry_test_add ("/control/leave-while-asked", test_leave_while_asked);
  belfry_test_add ("/control/unexport-while-asked", test_unexport_while_asked);
  belfry_test_add ("/control/manager", test_manager);
  belfry_test_add ("/control/metrics", test_metrics);
  belfry_test_add ("/control/properties", test_properties);
  return g_test_run ();
}
