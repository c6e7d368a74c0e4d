/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-service.h"

#include "belfry-exit.h"
#include "belfry-fake-part.h"
#include "belfry-test-files.h"
#include "belfry-test-notify.h"
#include "belfry-test.h"

#define SHORT (20 * G_TIME_SPAN_MILLISECOND)
#define NOT_STOPPED -1

/* With a secret, the default configuration gives no warning. */
static const char *const environment[] = { "JWT_SECRET=0123456789abcdef0123456789abcdef", NULL };

/* A service of three parts, on a real configuration file, that tells a real socket of its doings.
 */
typedef struct
{
  BelfryTestDir *dir;         /* (owned) */
  char *config_path;          /* (owned) */
  BelfryTestNotify *listener; /* (owned) */
  BelfryNotify *notify;       /* (owned) */
  GString *journal;           /* (owned) */
  BelfryFakePart *parts[3];   /* (owned) */
  BelfryConfigSources sources;
  BelfryService *service; /* (owned) */
  int exit_status;
} Fixture;

static void
on_stopped (BelfryService *service, int exit_status, gpointer user_data)
{
  ((Fixture *) user_data)->exit_status = exit_status;
}

static void
write_config (Fixture *self, const char *text)
{
  g_free (belfry_test_dir_write (self->dir, "belfry.conf", text, -1));
}

static void
fixture_init (Fixture *self)
{
  static const char *const names[] = { "a", "b", "c" };
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_object_unref);

  *self = (Fixture){ .exit_status = NOT_STOPPED };
  self->dir = belfry_test_dir_new ();
  self->config_path = belfry_test_dir_path (self->dir, "belfry.conf");
  write_config (self, "[server]\ndrain-time=60s\n");
  self->listener = belfry_test_notify_new ();
  g_setenv ("NOTIFY_SOCKET", belfry_test_notify_get_address (self->listener), TRUE);
  self->notify = belfry_notify_new_from_environment ();
  self->journal = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      self->parts[i] = belfry_fake_part_new (names[i], self->journal);
      g_ptr_array_add (parts, g_object_ref (self->parts[i]));
    }
  self->sources.file = self->config_path;
  self->sources.environment = environment;
  self->service = belfry_service_new (self->notify, parts, &self->sources);
  g_signal_connect (self->service, "stopped", G_CALLBACK (on_stopped), self);
}

static void
fixture_clear (Fixture *self)
{
  belfry_test_assert_finalizes (g_steal_pointer (&self->service));
  for (gsize i = 0; i < G_N_ELEMENTS (self->parts); i++)
    belfry_test_assert_finalizes (self->parts[i]);
  g_string_free (self->journal, TRUE);
  belfry_notify_free (self->notify);
  belfry_test_notify_free (self->listener);
  g_free (self->config_path);
  belfry_test_dir_free (self->dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
start (Fixture *self)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = belfry_config_load (&self->sources, problems);

  g_assert_nonnull (config);
  belfry_service_start (self->service, config);
}

static void
wait_state (Fixture *self, BelfryServiceState state)
{
  belfry_test_wait_until (belfry_service_get_state (self->service) == state);
}

static void
stop_and_wait (Fixture *self)
{
  belfry_service_stop (self->service);
  belfry_test_wait_until (self->exit_status != NOT_STOPPED);
}

static char *
wait_message (Fixture *self, const char *line)
{
  return belfry_test_notify_wait (self->listener, line);
}

/* Parts start in order, are drained all at once, and stop in the reverse order. */
static void
test_order (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  start (&fixture);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  stop_and_wait (&fixture);
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b +c ~a ~b ~c -c -b -a");
  g_assert_cmpint (fixture.exit_status, ==, BELFRY_EXIT_OK);
}

/* The service manager hears of each step, with the parts' figures. */
static void
test_notify (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  start (&fixture);
  g_autofree char *ready = wait_message (&fixture, "READY=1");
  g_assert_nonnull (strstr (ready, "STATUS=Running, a, b, c"));
  belfry_service_reload (fixture.service);
  g_autofree char *reloading = wait_message (&fixture, "RELOADING=1");
  g_assert_nonnull (strstr (reloading, "MONOTONIC_USEC="));
  g_autofree char *again = wait_message (&fixture, "READY=1");
  g_assert_nonnull (strstr (again, "reloads: 1"));
  stop_and_wait (&fixture);
  g_autofree char *stopping = wait_message (&fixture, "STOPPING=1");
  g_assert_nonnull (strstr (stopping, "STATUS=Draining"));
  g_free (wait_message (&fixture, "EXTEND_TIMEOUT_USEC=75000000"));
}

/* While it is draining, the line that the service manager shows moves with it. */
static void
test_drain_progress (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  belfry_service_set_refresh_interval (fixture.service, SHORT);
  fixture.parts[0]->hangs_drain = TRUE;
  start (&fixture);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  belfry_service_stop (fixture.service);
  g_free (wait_message (&fixture, "STATUS=Draining, a, b, c"));
  g_free (fixture.parts[0]->name);
  fixture.parts[0]->name = g_strdup ("1 of 2 left");
  g_free (wait_message (&fixture, "STATUS=Draining, 1 of 2 left, b, c"));
  belfry_fake_part_answer (fixture.parts[0]);
  belfry_test_wait_until (fixture.exit_status != NOT_STOPPED);
  g_free (wait_message (&fixture, "STATUS=Stopping"));
}

/* A part that fails to start has those before it stopped again, and its error decides the exit
 * status. */
static void
test_start_fails (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  fixture.parts[1]->fails_start = TRUE;
  belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-service", "could not start: b: told to fail");
  start (&fixture);
  belfry_test_wait_until (fixture.exit_status != NOT_STOPPED);
  g_assert_cmpint (fixture.exit_status, ==, BELFRY_EXIT_CONFIG);
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b -a");
  g_free (wait_message (&fixture, "EXIT_STATUS=78"));
}

/* A stop while starting abandons the start, even one that hangs, and is no failure. */
static void
test_stop_while_starting (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  fixture.parts[1]->hangs_start = TRUE;
  start (&fixture);
  belfry_test_wait_until (fixture.parts[1]->pending != NULL);
  stop_and_wait (&fixture);
  g_assert_cmpint (fixture.exit_status, ==, BELFRY_EXIT_OK);
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b -a");
}

/* A stop that comes as the last part has just started still stops. */
static void
test_stop_as_start_ends (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  fixture.parts[2]->hangs_start = TRUE;
  start (&fixture);
  belfry_test_wait_until (fixture.parts[2]->pending != NULL);
  belfry_fake_part_answer (fixture.parts[2]);
  stop_and_wait (&fixture);
  g_assert_cmpint (fixture.exit_status, ==, BELFRY_EXIT_OK);
  g_assert_true (g_str_has_suffix (fixture.journal->str, "-c -b -a"));
}

/* A reload asks all parts before it changes any. */
static void
test_reload (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  start (&fixture);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  write_config (&fixture, "[server]\ndrain-time=1s\n");
  belfry_service_reload (fixture.service);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b +c ?a ?b ?c !a !b !c");
  g_assert_cmpint (belfry_config_get_number (belfry_service_get_config (fixture.service),
                                             BELFRY_CONFIG_SERVER_DRAIN_TIME),
                   ==, G_USEC_PER_SEC);
  stop_and_wait (&fixture);
}

/* If one part refuses, nothing changes, and the service manager is told. */
static void
test_reload_refused_by_part (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  start (&fixture);
  g_free (wait_message (&fixture, "READY=1"));
  fixture.parts[1]->fails_check = TRUE;
  write_config (&fixture, "[server]\ndrain-time=1s\n");
  belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-service",
                          "reload refused, the old configuration stays in force: b: told*");
  belfry_service_reload (fixture.service);
  g_autofree char *ready = wait_message (&fixture, "READY=1");
  g_assert_nonnull (strstr (ready, "last reload refused"));
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b +c ?a ?b");
  g_assert_cmpint (belfry_config_get_number (belfry_service_get_config (fixture.service),
                                             BELFRY_CONFIG_SERVER_DRAIN_TIME),
                   ==, 60 * G_USEC_PER_SEC);
  stop_and_wait (&fixture);
}

/* While running, the status line follows the parts' figures, and a refused reload is not forgotten.
 */
static void
test_refresh (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  belfry_service_set_refresh_interval (fixture.service, SHORT);
  start (&fixture);
  g_free (wait_message (&fixture, "READY=1"));
  g_free (fixture.parts[0]->name);
  fixture.parts[0]->name = g_strdup ("y");
  g_free (wait_message (&fixture, "STATUS=Running, y, b, c"));
  fixture.parts[1]->fails_check = TRUE;
  belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-service", "reload refused*");
  belfry_service_reload (fixture.service);
  g_free (wait_message (&fixture, "READY=1"));
  g_free (fixture.parts[0]->name);
  fixture.parts[0]->name = g_strdup ("z");
  g_free (wait_message (&fixture, "STATUS=Running, last reload refused, z, b, c"));
  stop_and_wait (&fixture);
}

/* A configuration with faults is refused before any part is asked. */
static void
test_reload_refused_by_config (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  start (&fixture);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  write_config (&fixture, "[server]\ndrain-tim=1s\n");
  belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-reload",
                          "*belfry.conf:2*drain-tim*drain-time*");
  belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-service", "reload refused*problems found: 1");
  belfry_service_reload (fixture.service);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b +c");
  stop_and_wait (&fixture);
}

/* Reloads that come while starting or reloading are kept, as one. */
static void
test_reloads_are_kept (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  start (&fixture);
  belfry_service_reload (fixture.service);
  belfry_service_reload (fixture.service);
  wait_state (&fixture, BELFRY_SERVICE_RELOADING);
  for (int i = 0; i < 10; i++)
    belfry_service_reload (fixture.service);
  belfry_test_wait_until (g_str_has_suffix (fixture.journal->str, "!c ?a ?b ?c !a !b !c"));
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b +c ?a ?b ?c !a !b !c ?a ?b ?c !a !b !c");
  stop_and_wait (&fixture);
}

/* A stop while reloading does not wait for the reload, and the reload changes nothing any more. */
static void
test_stop_while_reloading (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  start (&fixture);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  belfry_service_reload (fixture.service);
  stop_and_wait (&fixture);
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b +c ~a ~b ~c -c -b -a");
  belfry_test_wait_until (G_OBJECT (fixture.service)->ref_count == 1);
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b +c ~a ~b ~c -c -b -a");
}

/* After the stop has begun, neither a reload nor another stop changes anything. */
static void
test_late_requests (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  fixture.parts[0]->hangs_drain = TRUE;
  start (&fixture);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  belfry_service_stop (fixture.service);
  belfry_service_reload (fixture.service);
  belfry_service_stop (fixture.service);
  belfry_fake_part_answer (fixture.parts[0]);
  belfry_test_wait_until (fixture.exit_status != NOT_STOPPED);
  belfry_service_stop (fixture.service);
  belfry_service_reload (fixture.service);
  g_assert_cmpstr (fixture.journal->str, ==, "+a +b +c ~a ~b ~c -c -b -a");
}

static gboolean
has_told (const char *message_id)
{
  g_autofree char *latest = belfry_test_last_field ("MESSAGE_ID");

  return g_strcmp0 (latest, message_id) == 0;
}

/* A part that does not drain in the configured time is left behind, which has a message of its own.
 */
static void
test_drain_hangs (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  write_config (&fixture, "[server]\ndrain-time=100ms\n");
  fixture.parts[1]->hangs_drain = TRUE;
  start (&fixture);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-parts", "1 parts did not drain in time");
  belfry_service_stop (fixture.service);
  belfry_test_wait_until (has_told (BELFRY_MESSAGE_DRAIN_EXPIRED));
  belfry_test_wait_until (fixture.exit_status != NOT_STOPPED);
  g_assert_true (g_str_has_suffix (fixture.journal->str, "-c -b -a"));
}

/* Without any time to drain, there is nothing to warn of, and nobody is waited for. */
static void
test_no_time_to_drain (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  write_config (&fixture, "[server]\ndrain-time=0\n");
  fixture.parts[1]->hangs_drain = TRUE;
  start (&fixture);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  stop_and_wait (&fixture);
  g_assert_true (g_str_has_suffix (fixture.journal->str, "-c -b -a"));
}

/* A part that does not stop is left behind too; its late answer finds nobody. */
static void
test_stop_hangs (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  belfry_service_set_patience (fixture.service, SHORT);
  fixture.parts[1]->hangs_stop = TRUE;
  start (&fixture);
  wait_state (&fixture, BELFRY_SERVICE_RUNNING);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-parts", "b did not stop in time*");
  stop_and_wait (&fixture);
  belfry_fake_part_answer (fixture.parts[1]);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_true (g_str_has_suffix (fixture.journal->str, "-c -b -a"));
}

/* Every state has a name of its own. */
static void
test_names (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (int state = BELFRY_SERVICE_IDLE; state <= BELFRY_SERVICE_STOPPED; state++)
    g_assert_true (g_hash_table_add (names, (gpointer) belfry_service_state_name (
                                                (BelfryServiceState) state)));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/service/order", test_order);
  belfry_test_add ("/service/notify", test_notify);
  belfry_test_add ("/service/start-fails", test_start_fails);
  belfry_test_add ("/service/stop-while-starting", test_stop_while_starting);
  belfry_test_add ("/service/stop-as-start-ends", test_stop_as_start_ends);
  belfry_test_add ("/service/reload", test_reload);
  belfry_test_add ("/service/reload-refused-by-part", test_reload_refused_by_part);
  belfry_test_add ("/service/refresh", test_refresh);
  belfry_test_add ("/service/reload-refused-by-config", test_reload_refused_by_config);
  belfry_test_add ("/service/reloads-are-kept", test_reloads_are_kept);
  belfry_test_add ("/service/stop-while-reloading", test_stop_while_reloading);
  belfry_test_add ("/service/late-requests", test_late_requests);
  belfry_test_add ("/service/drain-progress", test_drain_progress);
  belfry_test_add ("/service/drain-hangs", test_drain_hangs);
  belfry_test_add ("/service/no-time-to-drain", test_no_time_to_drain);
  belfry_test_add ("/service/stop-hangs", test_stop_hangs);
  belfry_test_add ("/service/names", test_names);
  return g_test_run ();
}
