/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-origin.h"

#include "belfry-test.h"

static const struct
{
  const char *what;
  const char *list; /* separated by blanks */
  const char *origin;
  const char *host;
  gboolean allowed;
} cases[] = {
  { "no page", "", NULL, "a.com", TRUE },
  { "no page, a list", "https://a.com", NULL, "b.com", TRUE },
  { "no page, no host", "", NULL, NULL, TRUE },
  { "same", "", "https://a.com", "a.com", TRUE },
  { "same, other case", "", "https://A.com", "a.COM", TRUE },
  { "same, port", "", "http://a.com:8080", "a.com:8080", TRUE },
  { "same, default port", "", "https://a.com", "a.com:443", TRUE },
  { "same, address", "", "http://[::1]:8080", "[::1]:8080", TRUE },
  { "another host", "", "https://b.com", "a.com", FALSE },
  { "a host below", "", "https://b.a.com", "a.com", FALSE },
  { "a host above", "", "https://a.com", "b.a.com", FALSE },
  { "another port", "", "http://a.com:8081", "a.com:8080", FALSE },
  { "the other default port", "", "https://a.com", "a.com:80", FALSE },
  { "no host to compare", "", "https://a.com", NULL, FALSE },
  { "an empty host", "", "https://a.com", "", FALSE },
  { "null", "", "null", "a.com", FALSE },
  { "null as host", "", "null", "null", FALSE },
  { "empty", "", "", "", FALSE },
  { "a scheme without ports", "", "file://a.com", "a.com", FALSE },
  { "no scheme", "", "://a.com", "a.com", FALSE },
  { "a path", "", "https://a.com/", "a.com", FALSE },
  { "a user", "", "https://x@a.com", "a.com", FALSE },
  { "two origins", "", "https://a.com https://b.com", "a.com", FALSE },
  { "port zero", "", "http://a.com:0", "a.com:0", FALSE },
  { "port too big", "", "http://a.com:65616", "a.com:80", FALSE },
  { "a port that is none", "", "http://a.com:80x", "a.com:80", FALSE },
  { "an open bracket", "", "http://[::1", "[::1", FALSE },
  { "an empty bracket", "", "http://[]", "[]", FALSE },
  { "a host with a list", "", "https://a.com", "a.com,b.com", FALSE },
  { "everybody", "*", "https://b.com", "a.com", TRUE },
  { "everybody, null", "*", "null", "a.com", TRUE },
  { "listed", "https://a.com https://b.com", "https://b.com", "x.com", TRUE },
  { "listed, default port", "https://a.com:443", "https://a.com", "x.com", TRUE },
  { "listed, other case", "https://A.com", "HTTPS://a.COM", "x.com", TRUE },
  { "same, but not listed", "https://b.com", "https://a.com", "a.com", FALSE },
  { "another scheme", "https://a.com", "http://a.com", "a.com", FALSE },
  { "another scheme, its port", "https://a.com:443", "http://a.com:443", "a.com", FALSE },
  { "a longer name", "https://a.com", "https://a.com.evil.org", "x.com", FALSE },
  { "a longer beginning", "https://a.com", "https://xa.com", "x.com", FALSE },
  { "null is not listed", "https://a.com", "null", "a.com", FALSE },
  { "null cannot be listed", "null", "null", "a.com", FALSE },
  { "a family", "https://*.a.com", "https://b.a.com", "x.com", TRUE },
  { "a family, two below", "https://*.a.com", "https://c.b.a.com", "x.com", TRUE },
  { "a family, itself", "https://*.a.com", "https://a.com", "x.com", FALSE },
  { "a family, a longer name", "https://*.a.com", "https://evila.com", "x.com", FALSE },
  { "a family, an empty name", "https://*.a.com", "https://.a.com", "x.com", FALSE },
  { "a family, its end inside", "https://*.a.com", "https://b.a.com.evil.org", "x.com", FALSE },
  { "a family, another scheme", "https://*.a.com", "http://b.a.com", "x.com", FALSE },
  { "a family, another port", "https://*.a.com", "https://b.a.com:444", "x.com", FALSE },
  { "a family, its port", "https://*.a.com:444", "https://b.a.com:444", "x.com", TRUE },
  { "an entry that is none", "a.com", "https://a.com", "a.com", FALSE },
};

/* Who may come is decided by scheme, host and port, and what is not understood may not. */
static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) list = g_strsplit (cases[i].list, " ", -1);

      if (*cases[i].list == '\0')
        g_clear_pointer (&list[0], g_free);
      g_autoptr (BelfryOrigins) origins = belfry_origins_new ((const char *const *) list);
      g_test_message ("%s", cases[i].what);
      g_assert_cmpint (belfry_origins_allow (origins, cases[i].origin, cases[i].host), ==,
                       cases[i].allowed);
    }
}

/* A list lives as long as somebody has a reference. */
static void
test_references (void)
{
  const char *const list[] = { "https://a.com", NULL };
  BelfryOrigins *origins = belfry_origins_new (list);
  BelfryOrigins *other = belfry_origins_ref (origins);

  belfry_origins_unref (origins);
  g_assert_true (belfry_origins_allow (other, "https://a.com", NULL));
  belfry_origins_unref (other);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/origin/cases", test_cases);
  belfry_test_add ("/origin/references", test_references);
  return g_test_run ();
}
