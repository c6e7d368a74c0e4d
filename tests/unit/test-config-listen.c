/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-listen.h"

#include <string.h>

#include "belfry-test.h"

typedef struct
{
  const char *text;
  BelfryConfigListenKind kind;
  gboolean tls;
  const char *host;
  guint16 port;
  const char *path;
  const char *name;
  const char *canonical; /* (nullable): NULL if it is the text itself */
} GoodCase;

#define TCP BELFRY_CONFIG_LISTEN_TCP
#define UNIX BELFRY_CONFIG_LISTEN_UNIX
#define SYSTEMD BELFRY_CONFIG_LISTEN_SYSTEMD

static const GoodCase good_cases[] = {
  { "127.0.0.1:8080", TCP, FALSE, "127.0.0.1", 8080, NULL, NULL, NULL },
  { "*:80", TCP, FALSE, NULL, 80, NULL, NULL, NULL },
  { "tls:*:443", TCP, TRUE, NULL, 443, NULL, NULL, NULL },
  { "127.0.0.1:0", TCP, FALSE, "127.0.0.1", 0, NULL, NULL, NULL },
  { "localhost:65535", TCP, FALSE, "localhost", 65535, NULL, NULL, NULL },
  { "Example.COM:1", TCP, FALSE, "example.com", 1, NULL, NULL, "example.com:1" },
  { "a-b.c_d.e1:1", TCP, FALSE, "a-b.c_d.e1", 1, NULL, NULL, NULL },
  { "1a:1", TCP, FALSE, "1a", 1, NULL, NULL, NULL },
  { "127.0.0.1:0080", TCP, FALSE, "127.0.0.1", 80, NULL, NULL, "127.0.0.1:80" },
  { "[::]:8080", TCP, FALSE, "::", 8080, NULL, NULL, NULL },
  { "[::1]:8080", TCP, FALSE, "::1", 8080, NULL, NULL, NULL },
  { "[0:0:0:0:0:0:0:1]:8080", TCP, FALSE, "::1", 8080, NULL, NULL, "[::1]:8080" },
  { "[2001:DB8::5]:1", TCP, FALSE, "2001:db8::5", 1, NULL, NULL, "[2001:db8::5]:1" },
  { "[fe80::1%eth0]:1", TCP, FALSE, "fe80::1%eth0", 1, NULL, NULL, NULL },
  { "tls:[::1]:443", TCP, TRUE, "::1", 443, NULL, NULL, NULL },
  { "unix:/run/belfry/http", UNIX, FALSE, NULL, 0, "/run/belfry/http", NULL, NULL },
  { "systemd", SYSTEMD, FALSE, NULL, 0, NULL, NULL, NULL },
  { "systemd:http", SYSTEMD, FALSE, NULL, 0, NULL, "http", NULL },
  { "systemd:belfry.socket", SYSTEMD, FALSE, NULL, 0, NULL, "belfry.socket", NULL },
  { "tls:systemd:https", SYSTEMD, TRUE, NULL, 0, NULL, "https", NULL },
};

/* Every form is taken apart, and written back in one way that means the same. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      const GoodCase *row = &good_cases[i];
      g_autoptr (BelfryConfigListen) listen = belfry_config_listen_parse (row->text);

      g_test_message ("%s", row->text);
      g_assert_nonnull (listen);
      g_assert_cmpint (listen->kind, ==, row->kind);
      g_assert_cmpint (listen->tls, ==, row->tls);
      g_assert_cmpstr (listen->host, ==, row->host);
      g_assert_cmpuint (listen->port, ==, row->port);
      g_assert_cmpstr (listen->path, ==, row->path);
      g_assert_cmpstr (listen->name, ==, row->name);
      g_autofree char *text = belfry_config_listen_to_string (listen);
      g_assert_cmpstr (text, ==, row->canonical != NULL ? row->canonical : row->text);
      g_autoptr (BelfryConfigListen) again = belfry_config_listen_parse (text);
      g_assert_nonnull (again);
      g_assert_cmpstr (again->host, ==, listen->host);
    }
}

typedef struct
{
  const char *defect;
  const char *text;
} BadCase;

static const BadCase bad_cases[] = {
  { "nothing", "" },
  { "no port", "127.0.0.1" },
  { "an empty port", "127.0.0.1:" },
  { "a port alone", "8080" },
  { "a port without a host", ":8080" },
  { "a port too large", "127.0.0.1:65536" },
  { "a port that wraps", "127.0.0.1:4294967376" },
  { "a negative port", "127.0.0.1:-1" },
  { "a port with a plus", "127.0.0.1:+80" },
  { "a port with white space", "127.0.0.1: 80" },
  { "a port by name", "127.0.0.1:http" },
  { "an IPv6 address without brackets", "::1:8080" },
  { "every IPv6 address without brackets", ":::8080" },
  { "brackets around IPv4", "[127.0.0.1]:80" },
  { "brackets around a name", "[localhost]:80" },
  { "brackets around everything", "[*]:80" },
  { "brackets around nothing", "[]:80" },
  { "a bracket not closed", "[::1:80" },
  { "a bracket not opened", "::1]:80" },
  { "something behind the bracket", "[::1]x:80" },
  { "a zone without a name", "[fe80::1%]:80" },
  { "a zone too long for an interface", "[fe80::1%abcdefghijklmnop]:80" },
  { "a zone with other characters", "[fe80::1%e/0]:80" },
  { "an octet too large", "256.0.0.1:80" },
  { "three octets", "127.0.1:80" },
  { "five octets", "127.0.0.1.1:80" },
  { "a number as a name", "2130706433:80" },
  { "a label that begins with a dash", "-a:80" },
  { "a label that ends with a dash", "a-.b:80" },
  { "an empty label", "a..b:80" },
  { "a dot at the end", "a.:80" },
  { "a user", "me@host:80" },
  { "a URL", "http://host:80" },
  { "a path behind", "host:80/" },
  { "letters that are not ASCII", "höst:80" },
  { "a star within a name", "*.example.com:80" },
  { "TLS and nothing", "tls:" },
  { "TLS twice", "tls:tls:*:443" },
  { "TLS on a unix socket", "tls:unix:/run/x" },
  { "TLS in capitals", "TLS:*:443" },
  { "an empty path", "unix:" },
  { "a relative path", "unix:run/x" },
  { "an abstract socket", "unix:@x" },
  { "a folder", "unix:/run/" },
  { "an empty descriptor name", "systemd:" },
  { "a colon in a descriptor name", "systemd:a:b" },
  { "a control character in a descriptor name", "systemd:a\033b" },
};

/* What is not exactly an address is refused. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (BelfryConfigListen) listen = belfry_config_listen_parse (bad_cases[i].text);

      g_test_message ("%s: “%s”", bad_cases[i].defect, bad_cases[i].text);
      g_assert_null (listen);
    }
}

static gboolean
parses (const char *prefix, gsize length, const char *suffix)
{
  g_autofree char *fill = g_strnfill (length, 'a');
  g_autofree char *text = g_strconcat (prefix, fill, suffix, NULL);
  g_autoptr (BelfryConfigListen) listen = belfry_config_listen_parse (text);

  return listen != NULL;
}

/* What the system could not take is refused here already, and not one byte earlier. */
static void
test_lengths (void)
{
  g_assert_true (parses ("unix:/", 106, ""));
  g_assert_false (parses ("unix:/", 107, ""));
  g_assert_true (parses ("", 63, ":80"));
  g_assert_false (parses ("", 64, ":80"));
  g_assert_true (parses ("systemd:", 255, ""));
  g_assert_false (parses ("systemd:", 256, ""));
  g_assert_false (parses ("", 100000, ":80"));
}

typedef struct
{
  const char *a;
  const char *b;
  gboolean overlaps;
} OverlapCase;

static const OverlapCase overlap_cases[] = {
  { "*:80", "*:80", TRUE },
  { "*:80", "tls:*:80", TRUE },
  { "*:80", "*:81", FALSE },
  { "*:80", "127.0.0.1:80", FALSE },
  { "*:0", "*:0", FALSE },
  { "localhost:80", "LOCALHOST:80", TRUE },
  { "[::1]:80", "[0::1]:80", TRUE },
  { "unix:/a", "unix:/a", TRUE },
  { "unix:/a", "unix:/b", FALSE },
  { "unix:/a", "*:80", FALSE },
  { "systemd", "systemd", TRUE },
  { "systemd", "systemd:a", TRUE },
  { "systemd:a", "tls:systemd:a", TRUE },
  { "systemd:a", "systemd:b", FALSE },
};

/* The same socket is known, however it is written, and whoever comes first. */
static void
test_overlaps (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (overlap_cases); i++)
    {
      g_autoptr (BelfryConfigListen) a = belfry_config_listen_parse (overlap_cases[i].a);
      g_autoptr (BelfryConfigListen) b = belfry_config_listen_parse (overlap_cases[i].b);

      g_test_message ("%s and %s", overlap_cases[i].a, overlap_cases[i].b);
      g_assert_cmpint (belfry_config_listen_overlaps (a, b), ==, overlap_cases[i].overlaps);
      g_assert_cmpint (belfry_config_listen_overlaps (b, a), ==, overlap_cases[i].overlaps);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-listen/good", test_good);
  belfry_test_add ("/config-listen/bad", test_bad);
  belfry_test_add ("/config-listen/lengths", test_lengths);
  belfry_test_add ("/config-listen/overlaps", test_overlaps);
  return g_test_run ();
}
