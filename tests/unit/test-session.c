/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-session.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-session-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

/* One in sixty-four would look like an option of the administrator's tool. */
static void
test_id_is_no_option (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  for (guint i = 0; i < 1000; i++)
    {
      BelfryFakeClient *client = belfry_fake_client_new (core.shards[0], NULL);

      g_assert_cmpint (belfry_session_get_id (client->session)[0], !=, '-');
      belfry_fake_client_free (client);
    }
  belfry_test_core_clear (&core);
}

/* Nobody guesses another's id. */
static void
test_id (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], NULL);
  BelfryFakeClient *b = belfry_fake_client_new (core.shards[0], NULL);
  g_autofree char *id = g_strdup (belfry_session_get_id (a->session));

  g_assert_cmpuint (strlen (id), ==, BELFRY_SESSION_ID_LENGTH);
  g_assert_cmpuint (strspn (id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-_"),
                    ==, BELFRY_SESSION_ID_LENGTH);
  g_assert_cmpstr (id, !=, belfry_session_get_id (b->session));
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* A ping is answered at once if nothing else waits, and in its turn otherwise; never before the
 * welcome. */
static void
test_ping (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], NULL);

  belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, "1");
  g_assert_cmpstr (a->told->str, ==, "");
  belfry_fake_client_assert_told (a, "welcome; pong #1");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, "2");
  g_assert_cmpstr (a->told->str, ==, "pong #2");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* More requests than may wait are refused, in their turn; many more are too many. */
static void
test_in_flight (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  core.shards[0]->limits.max_in_flight = 2;
  core.shards[0]->limits.max_refused = 1;
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_ask (a, BELFRY_REQUEST_SUBSCRIBE, "late-a", "1");
  belfry_fake_client_ask (a, BELFRY_REQUEST_SUBSCRIBE, "b", "2");
  belfry_fake_client_ask (a, BELFRY_REQUEST_SUBSCRIBE, "c", "3");
  belfry_fake_client_assert_told (a, "");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "subscribed late-a #1; subscribed b #2; "
                                     "error rate-limited #3");
  belfry_fake_client_ask (a, BELFRY_REQUEST_SUBSCRIBE, "c", "4");
  belfry_fake_client_assert_told (a, "subscribed c #4");
  for (int i = 0; i < 4; i++)
    belfry_fake_client_subscribe (a, "late-d");
  belfry_fake_client_assert_told (a, "close 1008");
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_RATE_LIMITED), ==, 3);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

typedef struct
{
  const char *defect;
  gsize session_bytes;
  gsize shard_bytes;
} BytesCase;

static const BytesCase bytes_cases[] = {
  { "too much of one session", 1000, 1 << 20 },
  { "too much of all sessions", 1 << 20, 1000 },
};

/* What waits is bounded in bytes, too, but for a single request, and room comes back. */
static void
test_bytes_in_flight (void)
{
  g_autofree char *payload = g_strnfill (600, 'x');
  g_autofree char *big = g_strnfill (2000, 'x');

  for (gsize i = 0; i < G_N_ELEMENTS (bytes_cases); i++)
    {
      BelfryTestCore core;

      g_test_message ("%s", bytes_cases[i].defect);
      belfry_test_core_init (&core, "");
      core.shards[0]->limits.session_bytes = bytes_cases[i].session_bytes;
      core.shards[0]->limits.shard_bytes = bytes_cases[i].shard_bytes;
      BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
      for (int round = 0; round < 3; round++)
        {
          belfry_fake_client_publish (a, "a", payload);
          belfry_fake_client_publish (a, "a", payload);
          belfry_fake_client_publish (a, "a", "x");
          belfry_fake_client_assert_told (a, "published; error rate-limited; published");
          belfry_fake_client_publish (a, "a", big);
          belfry_fake_client_assert_told (a, "published");
        }
      g_assert_cmpuint (core.shards[0]->bytes, ==, 0);
      belfry_fake_client_free (a);
      belfry_test_core_clear (&core);
    }
}

/* Who is not signed in holds little, and no single large request; who is known then holds more. */
static void
test_bytes_of_strangers (void)
{
  BelfryTestCore core;
  g_autofree char *payload = g_strnfill (600, 'x');
  g_autofree char *big = g_strnfill (2000, 'x');

  belfry_test_core_init (&core, "");
  core.shards[0]->limits.unknown_bytes = 1000;
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], "late-alice");
  belfry_fake_client_publish (a, "a", big);
  belfry_fake_client_publish (a, "a", payload);
  belfry_fake_client_publish (a, "a", payload);
  g_assert_cmpuint (core.shards[0]->bytes, <=, 1000);
  belfry_fake_client_assert_told (a, "welcome");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "authenticated; signed-in; error rate-limited; published; "
                                     "error rate-limited");
  belfry_fake_client_publish (a, "a", big);
  belfry_fake_client_publish (a, "a", payload);
  belfry_fake_client_assert_told (a, "published; published");
  g_assert_cmpuint (core.shards[0]->bytes, ==, 0);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What is refused is bounded as well: an id as large as what was refused is too much. */
static void
test_large_refusal (void)
{
  BelfryTestCore core;
  g_autofree char *id = g_strnfill (2000, '1');

  belfry_test_core_init (&core, "");
  core.shards[0]->limits.session_bytes = 1000;
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  belfry_fake_client_subscribe (a, "late-a");
  belfry_fake_client_ask (a, BELFRY_REQUEST_SUBSCRIBE, "b", id);
  belfry_fake_client_assert_told (a, "close 1008");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

static void
fault (BelfryFakeClient *client, const char *id)
{
  g_autoptr (GError) error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_UNKNOWN_ACTION, "what?");

  belfry_session_fault (client->session, error, id);
}

/* What cannot be understood is told in its turn; who sends little else is closed. */
static void
test_faults (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  core.shards[0]->limits.max_faults = 2;
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  fault (a, NULL);
  belfry_fake_client_subscribe (a, "a");
  fault (a, "2");
  belfry_fake_client_assert_told (a, "error unknown-action; subscribed a; "
                                     "error unknown-action #2");
  for (int i = 0; i < 5; i++)
    {
      belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, NULL);
      fault (a, NULL);
      belfry_fake_client_assert_told (a, "pong; error unknown-action");
    }
  fault (a, NULL);
  fault (a, NULL);
  belfry_fake_client_assert_told (a, "error unknown-action; error unknown-action; close 1008");
  fault (a, NULL);
  belfry_fake_client_assert_told (a, "");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What a slow client loses is told once for what is lost in one go, and again if more is. */
static void
test_dropped (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "[topic a]\nslow-consumer = drop-oldest\n");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_subscribe (a, "a b");
  belfry_fake_client_forget (a);
  a->drops = TRUE;
  for (int i = 0; i < 3; i++)
    belfry_test_core_publish (&core, "a", "x");
  belfry_fake_client_assert_told (a, "");
  g_assert_cmpint (a->last_slow_consumer, ==, BELFRY_CONFIG_SLOW_DROP_OLDEST);
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_assert_told (a, "gap a slow");
  belfry_test_core_publish (&core, "a", "x");
  belfry_test_core_publish (&core, "b", "x");
  belfry_fake_client_settle ();
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_assert_told (a, "gap a slow; gap b slow");
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_assert_told (a, "");
  belfry_session_dropped (a->session, 12345);
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_assert_told (a, "");
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_GAPS_SLOW), ==, 3);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A message that came by a pattern is lost to the pattern. Who leaves, or is closed, before it is
 * told is not told. */
static void
test_dropped_by_pattern (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  BelfryFakeClient *c = belfry_test_core_client (&core, "carol");

  belfry_fake_client_subscribe (a, "a.* b");
  belfry_fake_client_subscribe (b, "a.*");
  belfry_fake_client_subscribe (c, "a.*");
  belfry_fake_client_forget (a);
  belfry_fake_client_forget (c);
  a->drops = b->drops = c->drops = TRUE;
  belfry_test_core_publish (&core, "a.1", "x");
  belfry_fake_client_settle ();
  belfry_fake_client_leave (b, 1001);
  belfry_hub_close_session (core.hub, belfry_session_get_id (c->session), 4403, "go");
  belfry_fake_client_settle ();
  belfry_test_core_advance (&core, SECOND);
  belfry_fake_client_assert_told (a, "gap a.* slow");
  belfry_fake_client_assert_told (c, "close 4403");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_test_core_clear (&core);
}

/* Sessions are counted by what they speak and whether they are known, and by what they end with. */
static void
test_metrics (void)
{
  BelfryTestCore core;
  BelfryCoreMetric known = belfry_core_metric_sessions ("action", TRUE);
  BelfryCoreMetric unknown = belfry_core_metric_sessions ("action", FALSE);

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_fake_client_new (core.shards[0], "late-alice");
  belfry_fake_client_settle ();
  g_assert_cmpint (belfry_test_core_get_gauge (&core, unknown), ==, 1);
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_settle ();
  g_assert_cmpint (belfry_test_core_get_gauge (&core, unknown), ==, 0);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, known), ==, 1);
  belfry_fake_client_leave (a, 4501);
  g_assert_cmpint (belfry_test_core_get_gauge (&core, known), ==, 0);
  g_assert_cmpuint (belfry_test_core_get_counter (&core, belfry_core_metric_closed (4501)), ==, 1);
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_SESSIONS_OPENED), ==,
                    1);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/session/id", test_id);
  belfry_test_add ("/session/id-is-no-option", test_id_is_no_option);
  belfry_test_add ("/session/ping", test_ping);
  belfry_test_add ("/session/in-flight", test_in_flight);
  belfry_test_add ("/session/bytes-in-flight", test_bytes_in_flight);
  belfry_test_add ("/session/bytes-of-strangers", test_bytes_of_strangers);
  belfry_test_add ("/session/large-refusal", test_large_refusal);
  belfry_test_add ("/session/faults", test_faults);
  belfry_test_add ("/session/dropped", test_dropped);
  belfry_test_add ("/session/dropped-by-pattern", test_dropped_by_pattern);
  belfry_test_add ("/session/metrics", test_metrics);
  return g_test_run ();
}
