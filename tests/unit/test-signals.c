/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-signals.h"

#include <signal.h>

#include "belfry-test.h"

typedef struct
{
  guint n_stops;
  guint n_stops_now;
  guint n_reloads;
} Requests;

static void
on_stop (gpointer user_data)
{
  ((Requests *) user_data)->n_stops++;
}

static void
on_stop_now (gpointer user_data)
{
  ((Requests *) user_data)->n_stops_now++;
}

static void
on_reload (gpointer user_data)
{
  ((Requests *) user_data)->n_reloads++;
}

static const BelfrySignalRequests requests_funcs = { on_stop, on_stop_now, on_reload };

/* The first of the two stop signals is a request, the second one a command, whichever comes first.
 */
static void
test_stop (void)
{
  static const int pairs[][2] = { { SIGTERM, SIGINT }, { SIGINT, SIGTERM }, { SIGTERM, SIGTERM } };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      Requests requests = { 0 };
      BelfrySignals *signals = belfry_signals_new (&requests_funcs, &requests);

      raise (pairs[i][0]);
      belfry_test_wait_until (requests.n_stops == 1);
      g_assert_cmpuint (requests.n_stops_now, ==, 0);
      raise (pairs[i][1]);
      belfry_test_wait_until (requests.n_stops_now == 1);
      g_assert_cmpuint (requests.n_stops, ==, 1);
      belfry_signals_free (signals);
    }
}

/* A reload may be asked for at any time, and is no stop. */
static void
test_reload (void)
{
  Requests requests = { 0 };
  BelfrySignals *signals = belfry_signals_new (&requests_funcs, &requests);

  raise (SIGHUP);
  belfry_test_wait_until (requests.n_reloads == 1);
  raise (SIGTERM);
  belfry_test_wait_until (requests.n_stops == 1);
  raise (SIGHUP);
  belfry_test_wait_until (requests.n_reloads == 2);
  g_assert_cmpuint (requests.n_stops_now, ==, 0);
  belfry_signals_free (signals);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/signals/stop", test_stop);
  belfry_test_add ("/signals/reload", test_reload);
  return g_test_run ();
}
