/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "belfry-test.h"

#define NO_LIMIT 1000000

static BelfryAddressUnit
unit_of (const char *text)
{
  BelfryAddressUnit unit;
  struct sockaddr_in v4 = { .sin_family = AF_INET };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

  if (inet_pton (AF_INET, text, &v4.sin_addr) == 1)
    belfry_address_unit_init (&unit, (struct sockaddr *) &v4, sizeof v4);
  else
    {
      g_assert_cmpint (inet_pton (AF_INET6, text, &v6.sin6_addr), ==, 1);
      belfry_address_unit_init (&unit, (struct sockaddr *) &v6, sizeof v6);
    }
  return unit;
}

static const struct
{
  const char *first;
  const char *second;
  gboolean same;
} pairs[] = {
  { "192.0.2.1", "192.0.2.1", TRUE },
  { "192.0.2.1", "192.0.2.2", FALSE },
  { "192.0.2.1", "::ffff:192.0.2.1", TRUE },
  { "::ffff:192.0.2.1", "::ffff:192.0.2.2", FALSE },
  { "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", TRUE },
  { "2001:db8:0:1::1", "2001:db8:0:2::1", FALSE },
  { "0.0.0.0", "::", FALSE },
  { "::1", "::2", TRUE },
};

/* An IPv4 address is a unit, however it comes, and so is an IPv6 network of 64 bits. */
static void
test_units (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (BelfryAddresses) addresses = belfry_addresses_new ();
      BelfryAddressUnit first = unit_of (pairs[i].first);
      BelfryAddressUnit second = unit_of (pairs[i].second);

      g_test_message ("%s, %s", pairs[i].first, pairs[i].second);
      g_assert_cmpint (belfry_addresses_acquire (addresses, &first, NO_LIMIT, 1), ==,
                       BELFRY_ADDRESS_ENTERED);
      g_assert_cmpint (belfry_addresses_acquire (addresses, &second, NO_LIMIT, 1), ==,
                       pairs[i].same ? BELFRY_ADDRESS_TOO_MANY_FROM_UNIT : BELFRY_ADDRESS_ENTERED);
      g_assert_cmpuint (belfry_addresses_get_n_units (addresses), ==, pairs[i].same ? 1 : 2);
    }
}

/* What has no address, or less of one than its family has, is counted in all, but from nowhere. */
static void
test_nowhere (void)
{
  g_autoptr (BelfryAddresses) addresses = belfry_addresses_new ();
  struct sockaddr_un local = { .sun_family = AF_UNIX };
  struct sockaddr_in cut = { .sin_family = AF_INET };
  BelfryAddressUnit units[2];

  belfry_address_unit_init (&units[0], (struct sockaddr *) &local, sizeof (sa_family_t));
  belfry_address_unit_init (&units[1], (struct sockaddr *) &cut, sizeof cut - 1);
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_assert_cmpuint (units[i].family, ==, AF_UNSPEC);
      for (guint n = 0; n < 3; n++)
        g_assert_cmpint (belfry_addresses_acquire (addresses, &units[i], NO_LIMIT, 1), ==,
                         BELFRY_ADDRESS_ENTERED);
    }
  g_assert_cmpuint (belfry_addresses_get_n_connections (addresses), ==, 6);
  g_assert_cmpuint (belfry_addresses_get_n_units (addresses), ==, 0);
}

/* The limit of a unit is a limit, what goes makes room, and an empty entry is none. */
static void
test_limit_per_unit (void)
{
  g_autoptr (BelfryAddresses) addresses = belfry_addresses_new ();
  BelfryAddressUnit unit = unit_of ("192.0.2.1");

  for (guint n = 0; n < 3; n++)
    g_assert_cmpint (belfry_addresses_acquire (addresses, &unit, NO_LIMIT, 3), ==,
                     BELFRY_ADDRESS_ENTERED);
  g_assert_cmpint (belfry_addresses_acquire (addresses, &unit, NO_LIMIT, 3), ==,
                   BELFRY_ADDRESS_TOO_MANY_FROM_UNIT);
  g_assert_cmpuint (belfry_addresses_get_n_connections (addresses), ==, 3);
  belfry_addresses_release (addresses, &unit);
  g_assert_cmpint (belfry_addresses_acquire (addresses, &unit, NO_LIMIT, 3), ==,
                   BELFRY_ADDRESS_ENTERED);
  for (guint n = 0; n < 3; n++)
    belfry_addresses_release (addresses, &unit);
  g_assert_cmpuint (belfry_addresses_get_n_connections (addresses), ==, 0);
  g_assert_cmpuint (belfry_addresses_get_n_units (addresses), ==, 0);
}

/* The limit in all comes first, and who is refused by it leaves no trace. */
static void
test_limit_in_all (void)
{
  g_autoptr (BelfryAddresses) addresses = belfry_addresses_new ();
  BelfryAddressUnit first = unit_of ("192.0.2.1");
  BelfryAddressUnit second = unit_of ("192.0.2.2");

  g_assert_cmpint (belfry_addresses_acquire (addresses, &first, 1, 5), ==, BELFRY_ADDRESS_ENTERED);
  g_assert_cmpint (belfry_addresses_acquire (addresses, &second, 1, 5), ==,
                   BELFRY_ADDRESS_TOO_MANY);
  g_assert_cmpuint (belfry_addresses_get_n_units (addresses), ==, 1);
  belfry_addresses_release (addresses, &first);
  g_assert_cmpint (belfry_addresses_acquire (addresses, &second, 1, 5), ==, BELFRY_ADDRESS_ENTERED);
}

/* A limit that a reload switched on or off does not confuse what was counted before it. */
static void
test_limit_changes (void)
{
  g_autoptr (BelfryAddresses) addresses = belfry_addresses_new ();
  BelfryAddressUnit before = unit_of ("192.0.2.1");
  BelfryAddressUnit after = unit_of ("192.0.2.1");

  belfry_addresses_acquire (addresses, &before, NO_LIMIT, 0);
  belfry_addresses_acquire (addresses, &after, NO_LIMIT, 1);
  belfry_addresses_release (addresses, &before);
  g_assert_cmpuint (belfry_addresses_get_n_units (addresses), ==, 1);
  belfry_addresses_release (addresses, &after);
  g_assert_cmpuint (belfry_addresses_get_n_units (addresses), ==, 0);
  g_assert_cmpuint (belfry_addresses_get_n_connections (addresses), ==, 0);
}

#define N_THREADS 3
#define N_ROUNDS 2000
#define MAX_AT_ONCE 2

/* Each thread keeps at most one connection, so that one of them may find no room. */
static gpointer
come_and_go (gpointer user_data)
{
  BelfryAddresses *addresses = user_data;
  guint n_entered = 0;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      BelfryAddressUnit unit = unit_of (i % 2 == 0 ? "192.0.2.1" : "2001:db8::1");

      if (belfry_addresses_acquire (addresses, &unit, NO_LIMIT, MAX_AT_ONCE) !=
          BELFRY_ADDRESS_ENTERED)
        continue;
      n_entered++;
      belfry_addresses_release (addresses, &unit);
    }
  return GUINT_TO_POINTER (n_entered);
}

/* Workers that come and go at the same time leave the counts at nothing. */
static void
test_threads (void)
{
  g_autoptr (BelfryAddresses) addresses = belfry_addresses_new ();
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("belfry-test", come_and_go, addresses);
  for (guint i = 0; i < N_THREADS; i++)
    g_assert_cmpuint (GPOINTER_TO_UINT (g_thread_join (threads[i])), >, 0);
  g_assert_cmpuint (belfry_addresses_get_n_connections (addresses), ==, 0);
  g_assert_cmpuint (belfry_addresses_get_n_units (addresses), ==, 0);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/addresses/units", test_units);
  belfry_test_add ("/addresses/nowhere", test_nowhere);
  belfry_test_add ("/addresses/limit-per-unit", test_limit_per_unit);
  belfry_test_add ("/addresses/limit-in-all", test_limit_in_all);
  belfry_test_add ("/addresses/limit-changes", test_limit_changes);
  belfry_test_add ("/addresses/threads", test_threads);
  return g_test_run ();
}
