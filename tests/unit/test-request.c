/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-request.h"

#include "belfry-test.h"

/* A new request has room for its topics, and nothing in it. */
static void
test_new (void)
{
  g_autoptr (BelfryRequest) request = belfry_request_new (BELFRY_REQUEST_SUBSCRIBE, 2);

  g_assert_cmpint (request->kind, ==, BELFRY_REQUEST_SUBSCRIBE);
  g_assert_cmpuint (request->n_topics, ==, 2);
  for (guint i = 0; i < request->n_topics; i++)
    {
      g_assert_null (request->topics[i].topic);
      g_assert_false (request->topics[i].has_since);
      g_assert_false (belfry_position_is_set (&request->topics[i].since));
    }
  g_assert_null (request->token);
  g_assert_null (request->payload);
}

/* A request without topics has none, whatever kind it is of. */
static void
test_no_topics (void)
{
  g_autoptr (BelfryRequest) request = belfry_request_new (BELFRY_REQUEST_PING, 0);

  g_assert_cmpuint (request->n_topics, ==, 0);
  g_assert_null (request->topics);
}

static void
note_freed (gpointer data)
{
  *(gboolean *) data = TRUE;
}

/* All that a dialect puts in belongs to the request; what it leaves out is not missed. */
static void
test_free (void)
{
  BelfryRequest *request = belfry_request_new (BELFRY_REQUEST_PUBLISH, 2);
  gboolean freed = FALSE;

  request->topics[0].topic = g_strdup ("a");
  request->id = g_strdup ("1");
  request->token = g_strdup ("secret");
  request->payload = g_bytes_new_with_free_func ("x", 1, note_freed, &freed);
  belfry_request_free (request);
  g_assert_true (freed);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/request/new", test_new);
  belfry_test_add ("/request/no-topics", test_no_topics);
  belfry_test_add ("/request/free", test_free);
  return g_test_run ();
}
