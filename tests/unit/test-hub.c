/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include <malloc.h>

#include "belfry-error.h"
#include "belfry-hub-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define N_SESSIONS 2000

/* What a client costs here, of the 1.5 KiB that it may cost altogether. */
#define MAX_BYTES 600

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Whatever is under way when the hub goes ends with an error or comes to nothing. */
static void
test_gone_in_the_middle (void)
{
  BelfryTestCore core;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  const BelfryHubPublication publication = { "a", payload, NULL };

  belfry_test_core_init (&core, "[topic h]\nhistory-size = 2\n");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  BelfryFakeClient *c = belfry_test_core_client (&core, "carol");

  belfry_fake_client_subscribe (c, "h");
  belfry_fake_client_forget (c);
  belfry_late_broker_hold (core.broker, BELFRY_LATE_SUBSCRIBE | BELFRY_LATE_PUBLISH |
                                            BELFRY_LATE_HISTORY | BELFRY_LATE_BEFORE);
  belfry_fake_client_subscribe (a, "x late-y");
  belfry_fake_client_subscribe (b, "h");
  belfry_fake_client_publish (c, "a", "1");
  belfry_fake_client_ask (c, BELFRY_REQUEST_PING, NULL, NULL);
  belfry_fake_client_settle ();
  belfry_hub_publish_async (core.hub, NULL, &publication, NULL, on_result, &result);
  g_assert_cmpuint (belfry_late_broker_get_n_held (core.broker), ==, 4);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  for (int i = 0; i < BELFRY_TEST_SHARDS; i++)
    {
      belfry_shard_stop (core.shards[i]);
      belfry_hub_remove_shard (core.hub, core.shards[i]);
      core.shards[i] = NULL;
    }

  g_object_run_dispose (G_OBJECT (core.hub));
  belfry_test_wait_until (result != NULL);
  g_assert_false (belfry_hub_publish_finish (core.hub, result, NULL, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED);
  g_clear_object (&result);
  belfry_test_core_clear (&core);
}

/* Orders that are in the hub's mailbox when it goes take their records along. */
static void
test_gone_before_orders (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_fake_client_new (core.shards[0], "bob");

  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  for (int i = 0; i < BELFRY_TEST_SHARDS; i++)
    {
      belfry_shard_stop (core.shards[i]);
      belfry_hub_remove_shard (core.hub, core.shards[i]);
      core.shards[i] = NULL;
    }
  belfry_test_assert_finalizes (g_steal_pointer (&core.hub));
  belfry_test_core_clear (&core);
}

/* A shard that is given back leaves the others alone, and its sessions end when their last orders
 * come. */
static void
test_remove_shard (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_fake_client_new (core.shards[1], "bob");
  BelfryShard *third = belfry_hub_add_shard (core.hub, NULL);

  belfry_hub_remove_shard (core.hub, third);
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_forget (a);
  belfry_fake_client_forget (b);
  belfry_fake_client_free (b);
  belfry_shard_stop (core.shards[1]);
  belfry_hub_remove_shard (core.hub, core.shards[1]);
  core.shards[1] = NULL;
  belfry_test_core_publish (&core, "a", "1");
  belfry_late_broker_lose (core.broker, NULL, "broker-lost");
  belfry_fake_client_assert_told (a, "message a 1; gap a broker-lost");
  g_assert_cmpuint (belfry_hub_get_n_sessions (core.hub), ==, 1);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A hub must not go before its shards. */
static void
test_shards_left (void)
{
  if (g_test_subprocess ())
    {
      BelfryTestCore core;

      belfry_test_core_init (&core, "");
      g_object_unref (core.hub);
      return;
    }
  g_test_trap_subprocess (NULL, BELFRY_TEST_PATIENCE, 0);
  g_test_trap_assert_failed ();
}

/* More shards than an entry counts for by itself. */
static void
test_many_shards (void)
{
  BelfryTestCore core;
  BelfryShard *shards[2 * BELFRY_ENTRY_FEW_SHARDS];
  BelfryFakeClient *clients[G_N_ELEMENTS (shards)];

  belfry_test_core_init (&core, "");
  for (gsize i = 0; i < G_N_ELEMENTS (shards); i++)
    {
      shards[i] = belfry_hub_add_shard (core.hub, NULL);
      belfry_shard_start (shards[i], core.wheel, core.slot);
      clients[i] = belfry_fake_client_new (shards[i], "alice");
      belfry_fake_client_subscribe (clients[i], i % 2 == 0 ? "a" : "*");
      belfry_fake_client_forget (clients[i]);
    }
  belfry_test_core_publish (&core, "a", "1");
  for (gsize i = 0; i < G_N_ELEMENTS (shards); i++)
    {
      belfry_fake_client_assert_told (clients[i], "message a 1");
      belfry_fake_client_free (clients[i]);
      belfry_shard_stop (shards[i]);
      belfry_hub_remove_shard (core.hub, shards[i]);
    }
  belfry_test_core_clear (&core);
}

/* The memory of a client that has signed in and has one subscription: its session, the hub's record
 * of it, its identity and its place in the tables. Its fake connection is not counted. */
static void
test_memory (void)
{
  BelfryTestCore core;
  BelfryFakeClient *clients[N_SESSIONS];

  belfry_test_core_init (&core, "");
  BelfryFakeClient *first = belfry_test_core_client (&core, "user-0;role=member;jti=x;ttl=3600");
  belfry_fake_client_subscribe (first, "a");
  belfry_fake_client_forget (first);

  gsize fake = 0;
  gsize before = mallinfo2 ().uordblks;
  for (gsize i = 0; i < N_SESSIONS; i++)
    {
      g_autofree char *token = g_strdup_printf ("user-%zu;role=member;jti=x%zu;ttl=3600", i, i);

      clients[i] = belfry_fake_client_new (core.shards[0], token);
      belfry_fake_client_settle ();
      belfry_fake_client_subscribe (clients[i], "a");
      belfry_fake_client_forget (clients[i]);
      fake += malloc_usable_size (clients[i]) + malloc_usable_size (clients[i]->told) +
              malloc_usable_size (clients[i]->told->str) + 3 * sizeof (gsize);
    }
  gsize bytes = (mallinfo2 ().uordblks - before - fake) / N_SESSIONS;
  g_test_message ("%zu bytes for a client", bytes);
  g_assert_cmpuint (bytes, >, sizeof (BelfryRecord));
  g_assert_cmpuint (bytes, <=, MAX_BYTES);
  for (gsize i = 0; i < N_SESSIONS; i++)
    belfry_fake_client_free (clients[i]);
  belfry_fake_client_free (first);
  belfry_test_core_clear (&core);
}

/* A sanitizer allocates in its own way, and valgrind does not say how much there is. */
static gboolean
allocator_tells (void)
{
  return !BELFRY_SANITIZED && mallinfo2 ().uordblks > 0;
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub/gone-in-the-middle", test_gone_in_the_middle);
  belfry_test_add ("/hub/gone-before-orders", test_gone_before_orders);
  belfry_test_add ("/hub/remove-shard", test_remove_shard);
  belfry_test_add ("/hub/shards-left", test_shards_left);
  belfry_test_add ("/hub/many-shards", test_many_shards);
  if (allocator_tells ())
    belfry_test_add ("/hub/memory", test_memory);
  return g_test_run ();
}
