/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-worker-settings.h"

#include <string.h>

#include "belfry-config-load.h"
#include "belfry-echo.h"
#include "belfry-error.h"
#include "belfry-test.h"

static const BelfryEndpointHandler strict_handler = { .needs_authentication = TRUE };

static const BelfryEndpointHandler *const handlers[BELFRY_CONFIG_N_DIALECTS] = {
  [BELFRY_CONFIG_DIALECT_ECHO] = &belfry_echo_handler,
  [BELFRY_CONFIG_DIALECT_TYPED] = &strict_handler,
};

static BelfryWorkerSettings *
settings_from (const char *text)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = belfry_config_load_text (text, strlen (text), "test", problems);

  g_assert_nonnull (config);
  return belfry_worker_settings_new (config, handlers, NULL);
}

static gsize
find (const BelfryWorkerSettings *settings, const char *path)
{
  for (gsize i = 0; i < settings->n_endpoints; i++)
    {
      if (g_str_equal (settings->front_endpoints[i].path, path))
        return i;
    }
  g_assert_not_reached ();
}

/* An endpoint is served if its dialect is, and if it is not switched off. */
static void
test_endpoints (void)
{
  g_autoptr (BelfryWorkerSettings) settings =
      settings_from ("[endpoint /echo]\ndialect=echo\n"
                     "[endpoint /off]\ndialect=echo\nenabled=no\n"
                     "[endpoint /later]\ndialect=socket.io\n");

  g_assert_cmpuint (settings->n_endpoints, ==, 2);
  gsize echo = find (settings, "/echo");
  gsize typed = find (settings, "/ws");
  g_assert_true (settings->endpoints[echo].handler == &belfry_echo_handler);
  g_assert_true (settings->endpoints[typed].handler == &strict_handler);
  g_assert_cmpuint (settings->front_endpoints[echo].dialect, ==, echo);
  g_assert_cmpuint (settings->front.n_endpoints, ==, 2);
}

/* An endpoint compresses as [websocket] says, unless it has a word of its own. */
static void
test_compression (void)
{
  g_autoptr (BelfryWorkerSettings) settings =
      settings_from ("[websocket]\ncompression=yes\n"
                     "[endpoint /a]\ndialect=echo\n"
                     "[endpoint /b]\ndialect=echo\ncompression=no\n");

  g_assert_true (settings->front_endpoints[find (settings, "/a")].compression);
  g_assert_false (settings->front_endpoints[find (settings, "/b")].compression);
}

/* Limits reach the connections; only where a client must sign in is there a time for it. */
static void
test_limits (void)
{
  g_autoptr (BelfryWorkerSettings) settings =
      settings_from ("[server]\nmax-connections=7\nmax-connections-per-address=3\naccept-rate=5\n"
                     "header-timeout=2s\n"
                     "[websocket]\nmax-message-size=2KiB\nsend-queue=64KiB\nauth-timeout=4s\n"
                     "max-messages-per-second=9\nping-interval=20s\nping-timeout=6s\n"
                     "[endpoint /echo]\ndialect=echo\n");
  const BelfryConnectionLimits *echo = belfry_connection_settings_get_limits (
      settings->endpoints[find (settings, "/echo")].connections);
  const BelfryConnectionLimits *typed = belfry_connection_settings_get_limits (
      settings->endpoints[find (settings, "/ws")].connections);

  g_assert_cmpuint (settings->listener.max_connections, ==, 7);
  g_assert_cmpuint (settings->listener.max_per_address, ==, 3);
  g_assert_cmpuint (settings->listener.accept_rate, ==, 5);
  g_assert_cmpint (settings->front.vestibule.header_timeout, ==, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (echo->max_message, ==, 2048);
  g_assert_cmpuint (settings->max_batch, ==, 4 * 2048);
  g_assert_cmpuint (echo->send_queue, ==, 65536);
  g_assert_cmpuint (echo->message_rate, ==, 9);
  g_assert_cmpint (echo->ping_interval, ==, 20 * G_USEC_PER_SEC);
  g_assert_cmpint (echo->ping_timeout, ==, 6 * G_USEC_PER_SEC);
  g_assert_false (echo->needs_authentication);
  g_assert_true (typed->needs_authentication);
  g_assert_cmpint (typed->auth_timeout, ==, 4 * G_USEC_PER_SEC);
}

/* A batch is larger than a message, but not without bound; and all places are there. */
static void
test_bodies (void)
{
  g_autoptr (BelfryWorkerSettings) settings =
      settings_from ("[websocket]\nmax-message-size=4MiB\n");
  const BelfryVestibuleSettings *vestibule = &settings->front.vestibule;

  g_assert_cmpuint (settings->max_batch, ==, 8 * 1024 * 1024);
  g_assert_cmpuint (vestibule->max_held, >=, settings->max_batch);
  g_assert_cmpuint (vestibule->max_handshakes, >, 0);
  g_assert_cmpuint (vestibule->max_handshakes, <, vestibule->max_inside);
  g_assert_cmpint (vestibule->grace, <, vestibule->header_timeout);
}

/* A file of authorities that is not there is an error that names it. */
static void
test_no_client_ca (void)
{
  const char *text = "[server]\ntls-client-ca=/nowhere/ca.pem\n";
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = belfry_config_load_text (text, strlen (text), "test", problems);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (config);
  g_assert_null (belfry_worker_settings_new (config, handlers, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_assert_nonnull (strstr (error->message, "/nowhere/ca.pem"));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/worker-settings/endpoints", test_endpoints);
  belfry_test_add ("/worker-settings/compression", test_compression);
  belfry_test_add ("/worker-settings/limits", test_limits);
  belfry_test_add ("/worker-settings/bodies", test_bodies);
  belfry_test_add ("/worker-settings/no-client-ca", test_no_client_ca);
  return g_test_run ();
}
