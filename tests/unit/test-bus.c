/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-bus.h"

#include "belfry-message-ids.h"
#include "belfry-names.h"
#include "belfry-test-config.h"
#include "belfry-test-control.h"
#include "belfry-test.h"

/* The pauses between two attempts, in microseconds. */
#define MIN_PAUSE 1000
#define MAX_PAUSE 4000

/* A control on no bus yet, and the part that is to put it there. */
typedef struct
{
  BelfryTestControl control;
  BelfryBus *bus; /* (owned) */
} Fixture;

static void
start (Fixture *self, const char *text)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (text);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  belfry_part_start_async (BELFRY_PART (self->bus), config, NULL, belfry_test_control_take_result,
                           &result);
  belfry_test_wait_until (result != NULL);
  g_assert_true (belfry_part_start_finish (BELFRY_PART (self->bus), result, &error));
  g_assert_no_error (error);
}

static void
stop (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  belfry_part_stop_async (BELFRY_PART (self->bus), belfry_test_control_take_result, &result);
  belfry_test_wait_until (result != NULL);
  g_assert_true (belfry_part_stop_finish (BELFRY_PART (self->bus), result, NULL));
  g_assert_false (belfry_bus_is_owner (self->bus));
}

static void
fixture_init (Fixture *self)
{
  belfry_test_control_init (&self->control, "");
  belfry_control_unexport (self->control.control);
  self->bus = belfry_bus_new (self->control.control);
  belfry_bus_set_pauses (self->bus, MIN_PAUSE, MAX_PAUSE);
}

static void
fixture_clear (Fixture *self)
{
  belfry_test_assert_finalizes (self->bus);
  belfry_test_control_clear (&self->control);
}

static void
assert_describes (Fixture *self, const char *expected)
{
  g_autoptr (GString) status = g_string_new (NULL);

  belfry_part_describe (BELFRY_PART (self->bus), status);
  g_assert_cmpstr (status->str, ==, expected);
}

/* Returns: (transfer full) (nullable): what the service at the name answers */
static GVariant *
call_name (GDBusConnection *caller)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_dbus_connection_call (caller, BELFRY_BUS_NAME, BELFRY_BUS_PATH, "org.belfry.Topics1", "List",
                          g_variant_new ("(ssu)", "", "", 0), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                          NULL, belfry_test_control_take_result, &result);
  belfry_test_wait_until (result != NULL);
  return g_dbus_connection_call_finish (caller, result, NULL);
}

static void
call_bus (GDBusConnection *caller, const char *method, GVariant *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (caller, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                   "org.freedesktop.DBus", method, arguments, NULL,
                                   G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_assert_no_error (error);
}

/* The service is there under its name from the start to the stop. */
static void
test_name (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  start (&fixture, "[control]\nbus = session\n");
  assert_describes (&fixture, ", bus: lost");
  belfry_test_wait_until (belfry_bus_is_owner (fixture.bus));
  assert_describes (&fixture, ", bus: up");
  g_autoptr (GVariant) reply = call_name (fixture.control.client);
  g_assert_nonnull (reply);
  stop (&fixture);
  g_assert_null (call_name (fixture.control.client));
  fixture_clear (&fixture);
}

/* One that is to be on no bus is on none. */
static void
test_none (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  start (&fixture, "[control]\nbus = none\n");
  assert_describes (&fixture, "");
  g_assert_false (belfry_bus_is_owner (fixture.bus));
  g_assert_null (belfry_control_get_callers (fixture.control.control));
  stop (&fixture);
  fixture_clear (&fixture);
}

/* A name that somebody has is left to him, which is said once; when he gives it up it is ours. */
static void
test_name_taken (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  call_bus (fixture.control.client, "RequestName", g_variant_new ("(su)", BELFRY_BUS_NAME, 1));
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-bus", "*is not to be had*busctl status*");
  start (&fixture, "[control]\nbus = session\n");
  g_autofree char *id = NULL;
  while (g_strcmp0 (id, BELFRY_MESSAGE_BUS_NAME_REFUSED) != 0)
    {
      g_assert_true (belfry_test_turn (belfry_test_deadline ()));
      g_free (id);
      id = belfry_test_last_field ("MESSAGE_ID");
    }
  assert_describes (&fixture, ", bus: no name");
  g_assert_false (belfry_bus_is_owner (fixture.bus));
  call_bus (fixture.control.client, "ReleaseName", g_variant_new ("(s)", BELFRY_BUS_NAME));
  belfry_test_wait_until (belfry_bus_is_owner (fixture.bus));
  stop (&fixture);
  fixture_clear (&fixture);
}

/* When the bus goes, that is said, and the next one is found. */
static void
test_bus_lost (void)
{
  g_autoptr (GTestDBus) next = g_test_dbus_new (G_TEST_DBUS_NONE);
  Fixture fixture;

  fixture_init (&fixture);
  start (&fixture, "[control]\nbus = session\n");
  belfry_test_wait_until (belfry_bus_is_owner (fixture.bus));
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-bus", "the bus is gone*dbus.service*");
  g_test_dbus_stop (fixture.control.bus);
  belfry_test_wait_until (!belfry_bus_is_owner (fixture.bus));
  g_autofree char *id = belfry_test_last_field ("MESSAGE_ID");
  g_assert_cmpstr (id, ==, BELFRY_MESSAGE_BUS_LOST);
  assert_describes (&fixture, ", bus: lost");
  g_assert_null (belfry_control_get_callers (fixture.control.control));
  g_test_dbus_up (next);
  belfry_test_wait_until (belfry_bus_is_owner (fixture.bus));
  g_autoptr (GDBusConnection) caller = belfry_test_control_connect_to (next);
  g_autoptr (GVariant) reply = call_name (caller);
  g_assert_nonnull (reply);
  stop (&fixture);
  g_dbus_connection_close_sync (caller, NULL, NULL);
  g_test_dbus_down (next);
  fixture_clear (&fixture);
}

/* Without a bus the service starts all the same, says so, and finds one that comes later. */
static void
test_bus_late (void)
{
  Fixture fixture;
  g_autofree char *address = NULL;

  fixture_init (&fixture);
  address = g_strdup (g_test_dbus_get_bus_address (fixture.control.bus));
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-bus", "*cannot be controlled*bus=none");
  start (&fixture, "[control]\nbus = session\n");
  g_autofree char *id = NULL;
  while (g_strcmp0 (id, BELFRY_MESSAGE_BUS_LOST) != 0)
    {
      g_assert_true (belfry_test_turn (belfry_test_deadline ()));
      g_free (id);
      id = belfry_test_last_field ("MESSAGE_ID");
    }
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE);
  belfry_test_wait_until (belfry_bus_is_owner (fixture.bus));
  stop (&fixture);
  fixture_clear (&fixture);
}

/* One that is stopped while it connects, or waits to, leaves nothing behind. */
static void
test_stop_early (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  start (&fixture, "[control]\nbus = session\n");
  stop (&fixture);
  belfry_fake_client_settle ();
  g_assert_null (call_name (fixture.control.client));
  fixture_clear (&fixture);
}

/* Whether polkit is asked can be changed while it runs: without it the owner still may. */
static void
test_polkit_setting (void)
{
  Fixture fixture;
  g_autoptr (BelfryConfig) without = belfry_test_config_new ("[control]\npolkit = no\n");

  fixture_init (&fixture);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (fixture.control.bus), TRUE);
  start (&fixture, "[control]\nbus = system\npolkit = yes\n");
  belfry_test_wait_until (belfry_bus_is_owner (fixture.bus));
  g_autoptr (GVariant) with_polkit = call_name (fixture.control.client);
  g_assert_nonnull (with_polkit);
  belfry_part_apply (BELFRY_PART (fixture.bus), without);
  g_autoptr (GVariant) with_owner = call_name (fixture.control.client);
  g_assert_nonnull (with_owner);
  g_unsetenv ("DBUS_SYSTEM_BUS_ADDRESS");
  stop (&fixture);
  fixture_clear (&fixture);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/bus/name", test_name);
  belfry_test_add ("/bus/none", test_none);
  belfry_test_add ("/bus/name-taken", test_name_taken);
  belfry_test_add ("/bus/bus-lost", test_bus_lost);
  belfry_test_add ("/bus/bus-late", test_bus_late);
  belfry_test_add ("/bus/stop-early", test_stop_early);
  belfry_test_add ("/bus/polkit-setting", test_polkit_setting);
  return g_test_run ();
}
