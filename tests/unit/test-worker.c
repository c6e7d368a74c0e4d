/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-worker.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-config-load.h"
#include "belfry-echo.h"
#include "belfry-fake-clock.h"
#include "belfry-server-sockets.h"
#include "belfry-test.h"

static const BelfryEndpointHandler *const handlers[BELFRY_CONFIG_N_DIALECTS] = {
  [BELFRY_CONFIG_DIALECT_ECHO] = &belfry_echo_handler,
};

/* A worker by a clock that the test moves, and what it reported. */
typedef struct
{
  BelfryFakeClock *clock;
  BelfryWorkerShared shared;
  BelfryWorker *worker;
  guint16 port;
  guint reports[BELFRY_WORKER_STOPPED + 1];
} Fixture;

static void
on_report (gpointer item, gpointer user_data)
{
  BelfryWorkerReport *report = item;

  ((Fixture *) user_data)->reports[report->kind]++;
  belfry_worker_report_free (report);
}

static BelfryConfig *
new_config (void)
{
  const char *text = "[server]\nlisten=127.0.0.1:0\nheader-timeout=100ms\n"
                     "[endpoint /]\nenabled=no\n[endpoint /ws]\nenabled=no\n";
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  BelfryConfig *config = belfry_config_load_text (text, strlen (text), "test", problems);

  g_assert_nonnull (config);
  return config;
}

static BelfryWorkerSettings *
new_settings (void)
{
  g_autoptr (BelfryConfig) config = new_config ();

  return belfry_worker_settings_new (config, handlers, NULL);
}

static void
fixture_init (Fixture *self, BelfryWorkerSettings *settings, gsize capacity)
{
  const BelfryMetricTable table = { belfry_connection_metrics, BELFRY_CONNECTION_N_METRICS };
  const BelfryMailboxOptions options = { .name = "test-reports",
                                         .capacity = capacity,
                                         .reserve = 100,
                                         .policy = BELFRY_MAILBOX_REFUSE,
                                         .item_free = (GDestroyNotify) belfry_worker_report_free };

  g_autoptr (BelfryConfig) config = new_config ();
  g_autoptr (GPtrArray) activated = g_ptr_array_new ();

  *self = (Fixture){ .clock = belfry_fake_clock_new () };
  self->shared = (BelfryWorkerShared){
    .clock = BELFRY_CLOCK (self->clock),
    .metrics = belfry_metrics_new (&table, 1),
    .addresses = belfry_addresses_new (),
    .certificate = belfry_certificate_new (),
    .reports = belfry_mailbox_new (NULL, &options, on_report, self, NULL),
  };
  GPtrArray **sockets = belfry_server_sockets_open (config, activated, NULL, 1, &self->port, NULL);
  g_assert_nonnull (sockets);
  self->worker = belfry_worker_new (0, &self->shared, settings, g_steal_pointer (&sockets[0]));
  belfry_server_sockets_free (sockets, 1);
  belfry_worker_start (self->worker);
  belfry_test_wait_until (self->reports[BELFRY_WORKER_STARTED] == 1);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_pointer (&self->worker, belfry_worker_free);
  belfry_mailbox_close (self->shared.reports, BELFRY_MAILBOX_DISCARD);
  belfry_mailbox_unref (self->shared.reports);
  belfry_certificate_unref (self->shared.certificate);
  belfry_addresses_unref (self->shared.addresses);
  belfry_metrics_unref (self->shared.metrics);
  belfry_test_assert_finalizes (self->clock);
}

/* Waits until the worker has done all that it was told so far. */
static void
settle (Fixture *self)
{
  guint before = self->reports[BELFRY_WORKER_ALIVE];

  belfry_worker_probe (self->worker);
  belfry_test_wait_until (self->reports[BELFRY_WORKER_ALIVE] > before);
}

/* Replaces the settings: what the worker had may then be gone, as soon as nothing needs it. */
static BelfryWorkerSettings *
replace_settings (Fixture *self)
{
  BelfryWorkerSettings *settings = new_settings ();

  belfry_worker_set_settings (self->worker, settings);
  settle (self);
  return settings;
}

static gboolean
is_mine_alone (BelfryWorkerSettings *settings)
{
  return g_atomic_ref_count_compare (&settings->refs, 1);
}

static gboolean
has_ended (int fd)
{
  char byte;

  return recv (fd, &byte, 1, MSG_DONTWAIT) == 0;
}

/* The wheel wakes by the time that really passes, so that it is given a reason to wake soon: a
 * client that says nothing. It is closed once the wheel has seen the new time. */
static void
advance (Fixture *self, gint64 by)
{
  const struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons (self->port),
                                       .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_no_errno (connect (fd, (const struct sockaddr *) &address, sizeof address));
  belfry_test_wait_until (belfry_addresses_get_n_connections (self->shared.addresses) == 1);
  settle (self);
  belfry_fake_clock_advance (self->clock, by + BELFRY_DEADLINE_TICK);
  belfry_test_wait_until (has_ended (fd));
  settle (self);
  close (fd);
}

/* An upgrade that is under way points into the settings that it began with, so that they outlive
 * their replacement by more than a request may take: eleven minutes, but not for ever. */
static void
test_retirement (void)
{
  g_autoptr (BelfryWorkerSettings) first = new_settings ();
  Fixture f;

  fixture_init (&f, first, 100);
  g_autoptr (BelfryWorkerSettings) second = replace_settings (&f);
  advance (&f, 10 * G_TIME_SPAN_MINUTE);
  g_autoptr (BelfryWorkerSettings) third = replace_settings (&f);
  advance (&f, 2 * G_TIME_SPAN_MINUTE);
  g_assert_false (is_mine_alone (first));
  g_assert_false (is_mine_alone (second));
  g_autoptr (BelfryWorkerSettings) fourth = replace_settings (&f);
  advance (&f, 11 * G_TIME_SPAN_MINUTE);
  g_assert_true (is_mine_alone (first));
  g_assert_true (is_mine_alone (second));
  g_assert_false (is_mine_alone (third));
  advance (&f, 11 * G_TIME_SPAN_MINUTE);
  g_assert_true (is_mine_alone (third));
  g_assert_false (is_mine_alone (fourth));
  fixture_clear (&f);
  g_assert_true (is_mine_alone (fourth));
}

/* However full the way to the main thread is: that a worker lives, and that it has ended, gets
 * through. */
static void
test_full_mailbox (void)
{
  g_autoptr (BelfryWorkerSettings) settings = new_settings ();
  BelfryWorkerReport *question = g_new0 (BelfryWorkerReport, 1);
  Fixture f;

  fixture_init (&f, settings, 10);
  question->kind = BELFRY_WORKER_ASKED;
  g_assert_true (belfry_mailbox_push (f.shared.reports, question, 10));
  belfry_worker_probe (f.worker);
  belfry_worker_drain (f.worker, 0);
  g_clear_pointer (&f.worker, belfry_worker_free);
  belfry_test_wait_until (f.reports[BELFRY_WORKER_STOPPED] == 1);
  g_assert_cmpuint (f.reports[BELFRY_WORKER_ALIVE], ==, 1);
  g_assert_cmpuint (f.reports[BELFRY_WORKER_DRAINED], ==, 1);
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/worker/retirement", test_retirement);
  belfry_test_add ("/worker/full-mailbox", test_full_mailbox);
  return g_test_run ();
}
