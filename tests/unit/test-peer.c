/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-peer.h"

#include "belfry-test.h"

#define LONG_TEXT                                                                                  \
  "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"

static const struct
{
  const char *what;
  const char *networks; /* separated by blanks; `unix` for unix sockets */
  const char *address;  /* (nullable): of a unix socket */
  const char *forwarded;
  const char *client;
} cases[] = {
  { "no proxy", "", "192.0.2.1", NULL, "192.0.2.1" },
  { "a claim of one who is no proxy", "", "192.0.2.1", "198.51.100.9", "192.0.2.1" },
  { "a proxy", "10.0.0.0/8", "10.1.2.3", "198.51.100.9", "198.51.100.9" },
  { "a proxy's port", "10.0.0.0/8", "10.1.2.3", "198.51.100.9:1234", "198.51.100.9" },
  { "a proxy that says nothing", "10.0.0.0/8", "10.1.2.3", NULL, "10.1.2.3" },
  { "a proxy that says it empty", "10.0.0.0/8", "10.1.2.3", "", "10.1.2.3" },
  { "two proxies", "10.0.0.0/8", "10.1.2.3", "198.51.100.9, 10.9.9.9", "198.51.100.9" },
  { "an invented beginning", "10.0.0.0/8", "10.1.2.3", "127.0.0.1, 198.51.100.9", "198.51.100.9" },
  { "all are proxies", "10.0.0.0/8", "10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1" },
  { "blanks", "10.0.0.0/8", "10.1.2.3", " \t198.51.100.9 ,\t10.0.0.2 ", "198.51.100.9" },
  { "IPv6", "fd00::/8", "fd00::1", "2001:db8::7", "2001:db8::7" },
  { "IPv6 in brackets", "fd00::/8", "fd00::1", "[2001:db8::7]", "2001:db8::7" },
  { "IPv6 with a port", "fd00::/8", "fd00::1", "[2001:db8::7]:443", "2001:db8::7" },
  { "mapped", "10.0.0.0/8", "::ffff:10.1.2.3", "198.51.100.9", "198.51.100.9" },
  { "mapped, shown plain", "", "::ffff:192.0.2.1", NULL, "192.0.2.1" },
  { "mapped in the claim", "10.0.0.0/8", "10.1.2.3", "9.9.9.9, ::ffff:10.0.0.9", "9.9.9.9" },
  { "unix", "", NULL, NULL, "unix" },
  { "unix, not trusted", "10.0.0.0/8", NULL, "198.51.100.9", "unix" },
  { "unix, trusted", "unix", NULL, "198.51.100.9", "198.51.100.9" },
  { "unix, then one who is no proxy", "unix", NULL, "1.1.1.1, 198.51.100.9", "198.51.100.9" },
  { "a name", "10.0.0.0/8", "10.1.2.3", "client.example", "10.1.2.3" },
  { "unknown", "10.0.0.0/8", "10.1.2.3", "198.51.100.9, unknown", "10.1.2.3" },
  { "empty at the end", "10.0.0.0/8", "10.1.2.3", "198.51.100.9,", "10.1.2.3" },
  { "empty inside", "10.0.0.0/8", "10.1.2.3", "198.51.100.9,,10.0.0.2", "10.0.0.2" },
  { "an open bracket", "10.0.0.0/8", "10.1.2.3", "[2001:db8::7", "10.1.2.3" },
  { "text after a bracket", "10.0.0.0/8", "10.1.2.3", "[2001:db8::7]x", "10.1.2.3" },
  { "a long entry", "10.0.0.0/8", "10.1.2.3", LONG_TEXT, "10.1.2.3" },
  { "a network", "10.0.0.0/8", "10.1.2.3", "198.51.100.0/24", "10.1.2.3" },
  { "a quoted name", "10.0.0.0/8", "10.1.2.3", "\"198.51.100.9\"", "10.1.2.3" },
};

static BelfryProxies *
make_proxies (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  g_autoptr (GPtrArray) networks = g_ptr_array_new_with_free_func (g_object_unref);
  gboolean unix_sockets = FALSE;

  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++)
    {
      GInetAddressMask *network = g_inet_address_mask_new_from_string (words[i], NULL);

      unix_sockets = unix_sockets || g_str_equal (words[i], "unix");
      if (network != NULL)
        g_ptr_array_add (networks, network);
    }
  return belfry_proxies_new (networks, unix_sockets);
}

/* The client is the nearest of those whom nobody vouches for. */
static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BelfryProxies) proxies = make_proxies (cases[i].networks);
      g_autoptr (GInetAddress) address =
          cases[i].address != NULL ? g_inet_address_new_from_string (cases[i].address) : NULL;
      g_autofree char *client = belfry_proxies_resolve (proxies, address, cases[i].forwarded);

      g_test_message ("%s", cases[i].what);
      g_assert_cmpstr (client, ==, cases[i].client);
    }
}

/* A chain without end is followed for a while only. */
static void
test_long_chain (void)
{
  g_autoptr (BelfryProxies) proxies = make_proxies ("10.0.0.0/8");
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string ("10.0.0.1");
  g_autoptr (GString) chain = g_string_new ("198.51.100.9");

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (chain, ", 10.0.%u.%u", i / 250, i % 250);
  g_autofree char *client = belfry_proxies_resolve (proxies, address, chain->str);
  g_assert_cmpstr (client, ==, "10.0.3.234");
}

/* A list is as good without networks, and lives as long as somebody has a reference. */
static void
test_empty (void)
{
  BelfryProxies *proxies = belfry_proxies_new (NULL, TRUE);
  g_autoptr (BelfryProxies) other = belfry_proxies_ref (proxies);
  g_autoptr (GInetAddress) address = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);

  belfry_proxies_unref (proxies);
  g_assert_true (belfry_proxies_trust (other, NULL));
  g_assert_false (belfry_proxies_trust (other, address));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/peer/cases", test_cases);
  belfry_test_add ("/peer/long-chain", test_long_chain);
  belfry_test_add ("/peer/empty", test_empty);
  return g_test_run ();
}
