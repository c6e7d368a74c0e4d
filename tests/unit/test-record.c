/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-record.h"

#include <string.h>

#include "belfry-test.h"

#define ID "0123456789abcdef"

static const BelfrySessionParams params = {
  .dialect = "action",
  .endpoint = "/ws",
  .peer = "192.0.2.1",
  .origin = "https://example.org",
  .certificate = "CN=alice",
  .has_peer_credentials = TRUE,
  .uid = 1000,
  .pid = 7,
};

/* What came with a client is what it shows of itself. */
static void
test_credentials (void)
{
  BelfryRecord *record = belfry_record_new (NULL, NULL, ID, &params);
  g_autoptr (BelfryCredentials) credentials = belfry_record_make_credentials (record, "t");
  guint uid = 0;
  gint pid = 0;

  g_assert_cmpstr (record->id, ==, ID);
  g_assert_cmpstr (record->text, ==, "192.0.2.1");
  g_assert_cmpstr (belfry_credentials_get_token (credentials), ==, "t");
  g_assert_cmpstr (belfry_credentials_get_address (credentials), ==, "192.0.2.1");
  g_assert_cmpstr (belfry_credentials_get_endpoint (credentials), ==, "/ws");
  g_assert_cmpstr (belfry_credentials_get_origin (credentials), ==, "https://example.org");
  g_assert_cmpstr (belfry_credentials_get_certificate (credentials), ==, "CN=alice");
  g_assert_true (belfry_credentials_get_peer (credentials, &uid, &pid));
  g_assert_cmpuint (uid, ==, 1000);
  g_assert_cmpint (pid, ==, 7);
  belfry_record_free (record);
}

/* What did not come is not there. */
static void
test_little (void)
{
  const BelfrySessionParams little = { .dialect = "action", .endpoint = "/", .peer = "" };
  BelfryRecord *record = belfry_record_new (NULL, NULL, ID, &little);
  g_autoptr (BelfryCredentials) credentials = belfry_record_make_credentials (record, NULL);

  g_assert_cmpstr (belfry_record_get_endpoint (record), ==, "/");
  g_assert_null (belfry_credentials_get_token (credentials));
  g_assert_null (belfry_credentials_get_origin (credentials));
  g_assert_null (belfry_credentials_get_certificate (credentials));
  g_assert_false (belfry_credentials_get_peer (credentials, NULL, NULL));
  belfry_record_free (record);
}

/* Texts that are far too long are cut, and none runs into the next. */
static void
test_long (void)
{
  g_autofree char *text = g_strnfill (100000, 'x');
  const BelfrySessionParams full = {
    .dialect = "action",
    .endpoint = text,
    .peer = text,
    .origin = text,
    .certificate = text,
  };
  BelfryRecord *record = belfry_record_new (NULL, NULL, ID, &full);

  g_assert_cmpuint (strlen (record->text), ==, 16383);
  g_assert_cmpuint (strlen (belfry_record_get_endpoint (record)), ==, 16383);
  g_assert_cmpuint (strlen (record->text + record->origin), ==, 16383);
  g_assert_cmpuint (strlen (record->text + record->certificate), ==, 16383);
  belfry_record_free (record);
}

/* A record holds what it was given until that is taken away, in whatever order. */
static void
test_holdings (void)
{
  BelfryRecord *record = belfry_record_new (NULL, NULL, ID, &params);
  g_autoptr (BelfryDirectory) directory = belfry_directory_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  BelfryEntry *entries[20];
  gboolean has[G_N_ELEMENTS (entries)] = { FALSE };

  for (gsize i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      g_autofree char *name = g_strdup_printf ("%zu", i);

      entries[i] = belfry_directory_ensure (directory, name, FALSE);
    }
  for (int step = 0; step < 5000; step++)
    {
      gsize i = (gsize) g_rand_int_range (rand, 0, G_N_ELEMENTS (entries));
      BelfryHolding *holding = belfry_record_find_holding (record, entries[i]);

      g_assert_cmpint (holding != NULL, ==, has[i]);
      if (holding != NULL)
        belfry_record_remove_holding (record, holding);
      else
        belfry_record_add_holding (record, entries[i], i % 2 == 0, i % 3 == 0);
      has[i] = !has[i];
      holding = belfry_record_find_holding (record, entries[i]);
      if (holding != NULL)
        {
          g_assert_cmpint (holding->present, ==, i % 2 == 0);
          g_assert_cmpint (holding->trusted, ==, i % 3 == 0);
        }
    }
  belfry_record_free (record);
}

/* Orders come out in the order in which they went in; those that are left go with the record. */
static void
test_orders (void)
{
  BelfryRecord *record = belfry_record_new (NULL, NULL, ID, &params);

  g_assert_null (belfry_record_pop_order (record));
  for (int round = 0; round < 3; round++)
    {
      for (guint64 i = 1; i <= 3; i++)
        {
          BelfryOrder *order = belfry_order_new (BELFRY_ORDER_QUEUED, record);

          order->cookie = i;
          belfry_record_push_order (record, order);
        }
      for (guint64 i = 1; i <= 3; i++)
        {
          g_autoptr (BelfryOrder) order = belfry_record_pop_order (record);

          g_assert_cmpuint (order->cookie, ==, i);
        }
      g_assert_null (belfry_record_pop_order (record));
    }
  belfry_record_push_order (record, belfry_order_new (BELFRY_ORDER_QUEUED, record));
  belfry_record_push_order (record, belfry_order_new (BELFRY_ORDER_QUEUED, record));
  belfry_record_free (record);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/record/credentials", test_credentials);
  belfry_test_add ("/record/little", test_little);
  belfry_test_add ("/record/long", test_long);
  belfry_test_add ("/record/holdings", test_holdings);
  belfry_test_add ("/record/orders", test_orders);
  return g_test_run ();
}
