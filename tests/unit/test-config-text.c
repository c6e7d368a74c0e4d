/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-text.h"

#include "belfry-test.h"

typedef char *(*Parse) (const char *word);

static const char *const schemes[] = { "redis",          "rediss",        "redis+unix",
                                       "redis+sentinel", "redis+cluster", NULL };

static char *
parse_url (const char *word)
{
  return belfry_config_parse_url (word, schemes);
}

typedef struct
{
  Parse parse;
  const char *text;
  const char *canonical;
} GoodCase;

#define ORIGIN belfry_config_parse_origin
#define NETWORK belfry_config_parse_network
#define NAME belfry_config_parse_name
#define PATH belfry_config_parse_path
#define CREDENTIAL belfry_config_parse_credential

static const GoodCase good_cases[] = {
  { ORIGIN, "*", "*" },
  { ORIGIN, "https://example.com", "https://example.com" },
  { ORIGIN, "HTTPS://Example.COM", "https://example.com" },
  { ORIGIN, "https://example.com:443", "https://example.com" },
  { ORIGIN, "http://example.com:443", "http://example.com:443" },
  { ORIGIN, "http://localhost:80", "http://localhost" },
  { ORIGIN, "http://localhost:3000", "http://localhost:3000" },
  { ORIGIN, "https://*.example.com", "https://*.example.com" },
  { ORIGIN, "https://*.example.com:8443", "https://*.example.com:8443" },
  { ORIGIN, "http://127.0.0.1:8080", "http://127.0.0.1:8080" },
  { ORIGIN, "http://[::1]:8080", "http://[::1]:8080" },
  { ORIGIN, "http://[::1]", "http://[::1]" },
  { ORIGIN, "chrome-extension://abcdef", "chrome-extension://abcdef" },
  { NETWORK, "10.0.0.0/8", "10.0.0.0/8" },
  { NETWORK, "192.0.2.1", "192.0.2.1" },
  { NETWORK, "192.0.2.1/32", "192.0.2.1" },
  { NETWORK, "2001:db8::/32", "2001:db8::/32" },
  { NETWORK, "::1", "::1" },
  { NETWORK, "unix", "unix" },
  { NAME, "jwt", "jwt" },
  { NAME, "my-plugin2", "my-plugin2" },
  { PATH, "/", "/" },
  { PATH, "/etc/ssl/key.pem", "/etc/ssl/key.pem" },
  { PATH, "/Grüße/mit Leerzeichen", "/Grüße/mit Leerzeichen" },
  { CREDENTIAL, "jwt-secret", "jwt-secret" },
  { CREDENTIAL, "a..b_C", "a..b_C" },
  { parse_url, "redis://localhost", "redis://localhost" },
  { parse_url, "redis://localhost:6379/3", "redis://localhost:6379/3" },
  { parse_url, "redis://user:pass@localhost:6379/", "redis://user:pass@localhost:6379/" },
  { parse_url, "redis://:pass@[::1]:6379/0", "redis://:pass@[::1]:6379/0" },
  { parse_url, "rediss://host", "rediss://host" },
  { parse_url, "redis+unix:///run/redis.sock", "redis+unix:///run/redis.sock" },
  { parse_url, "redis+unix:///run/redis.sock?db=2", "redis+unix:///run/redis.sock?db=2" },
  { parse_url, "redis+sentinel://h/name", "redis+sentinel://h/name" },
  { parse_url, "redis+cluster://u:p@h:1,[::1]:2", "redis+cluster://u:p@h:1,[::1]:2" },
  { parse_url, "redis+sentinel://u:p@h:1,[::1]:2/my.name/3",
    "redis+sentinel://u:p@h:1,[::1]:2/my.name/3" },
};

/* Each word is taken, and written in the one way in which it is compared later. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      g_autofree char *canonical = good_cases[i].parse (good_cases[i].text);

      g_assert_cmpstr (canonical, ==, good_cases[i].canonical);
      g_autofree char *again = good_cases[i].parse (canonical);
      g_assert_cmpstr (again, ==, canonical);
    }
}

typedef struct
{
  const char *defect;
  Parse parse;
  const char *text;
} BadCase;

static const BadCase bad_cases[] = {
  { "nothing", ORIGIN, "" },
  { "no scheme", ORIGIN, "example.com" },
  { "an empty scheme", ORIGIN, "://example.com" },
  { "a scheme that begins with a digit", ORIGIN, "1a://example.com" },
  { "a scheme with other characters", ORIGIN, "ht_tp://example.com" },
  { "no host", ORIGIN, "https://" },
  { "a path", ORIGIN, "https://example.com/" },
  { "a path behind a port", ORIGIN, "https://example.com:1/x" },
  { "a query", ORIGIN, "https://example.com?x" },
  { "a user", ORIGIN, "https://me@example.com" },
  { "a star as the host", ORIGIN, "https://*" },
  { "a star for every host", ORIGIN, "https://*:443" },
  { "a star in the middle", ORIGIN, "https://a.*.com" },
  { "a star without a dot", ORIGIN, "https://*example.com" },
  { "two stars", ORIGIN, "https://*.*.com" },
  { "port 0", ORIGIN, "https://example.com:0" },
  { "a port too large", ORIGIN, "https://example.com:65536" },
  { "the origin of no page", ORIGIN, "null" },
  { "nothing", NETWORK, "" },
  { "a name", NETWORK, "localhost" },
  { "an octet too large", NETWORK, "10.0.0.256" },
  { "a mask too long", NETWORK, "10.0.0.0/33" },
  { "a mask too long for IPv6", NETWORK, "::/129" },
  { "an empty mask", NETWORK, "10.0.0.0/" },
  { "a mask in the old form", NETWORK, "10.0.0.0/255.0.0.0" },
  { "bits behind the mask", NETWORK, "10.0.0.1/8" },
  { "a port", NETWORK, "10.0.0.1:80" },
  { "nothing", NAME, "" },
  { "a capital", NAME, "Jwt" },
  { "a digit first", NAME, "2jwt" },
  { "a dash first", NAME, "-jwt" },
  { "a path", NAME, "../jwt" },
  { "a dot", NAME, "jwt.so" },
  { "too long", NAME, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
  { "nothing", PATH, "" },
  { "a relative path", PATH, "etc/x" },
  { "a home", PATH, "~/x" },
  { "a line feed", PATH, "/etc/x\n" },
  { "a terminal's command", PATH, "/etc/\033[2J" },
  { "nothing", CREDENTIAL, "" },
  { "this folder", CREDENTIAL, "." },
  { "the folder above", CREDENTIAL, ".." },
  { "a path", CREDENTIAL, "../../etc/shadow" },
  { "white space", CREDENTIAL, "a b" },
  { "nothing", parse_url, "" },
  { "no scheme", parse_url, "localhost:6379" },
  { "another scheme", parse_url, "http://localhost" },
  { "no host", parse_url, "redis://" },
  { "no host but a port", parse_url, "redis://:6379" },
  { "a password and no host", parse_url, "redis://:pass@" },
  { "a port too large", parse_url, "redis://localhost:65536" },
  { "port 0", parse_url, "redis://localhost:0" },
  { "a database by name", parse_url, "redis://localhost/main" },
  { "a negative database", parse_url, "redis://localhost/-1" },
  { "a database too large", parse_url, "redis://localhost/65536" },
  { "two databases", parse_url, "redis://localhost/1/2" },
  { "a query, which might hold a password", parse_url, "redis://localhost?password=x" },
  { "a fragment", parse_url, "redis://localhost#x" },
  { "white space", parse_url, "redis://local host" },
  { "a line feed", parse_url, "redis://localhost\n" },
  { "letters that are not ASCII", parse_url, "redis://höst" },
  { "a cluster without nodes", parse_url, "redis+cluster://" },
  { "a cluster with a name", parse_url, "redis+cluster://h:1/name" },
  { "Sentinels without a name", parse_url, "redis+sentinel://h:1,g:2" },
  { "Sentinels with an empty name", parse_url, "redis+sentinel://h/" },
  { "a name without Sentinels", parse_url, "redis+sentinel:///name" },
  { "a name with a query", parse_url, "redis+sentinel://h/name?password=x" },
  { "a name without a number", parse_url, "redis+sentinel://h/name/x" },
  { "Sentinels in another scheme", parse_url, "rediss+sentinel://h/name" },
  { "a list of servers", parse_url, "redis://h:1,g:2/0" },
  { "a unix socket without a path", parse_url, "redis+unix://" },
  { "a unix socket at the root", parse_url, "redis+unix:///" },
  { "a unix socket on a host", parse_url, "redis+unix://host/run/x" },
  { "a unix socket with another query", parse_url, "redis+unix:///run/x?password=y" },
};

/* What is not exactly of the kind is refused. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autofree char *canonical = bad_cases[i].parse (bad_cases[i].text);

      g_test_message ("%s: “%s”", bad_cases[i].defect, bad_cases[i].text);
      g_assert_null (canonical);
    }
}

typedef struct
{
  const char *url;
  const char *redacted;
} RedactCase;

static const RedactCase redact_cases[] = {
  { "redis://localhost", "redis://localhost" },
  { "redis://user:hunter2@localhost:1/0", "redis://user:***@localhost:1/0" },
  { "redis+sentinel://:hunter2@h:1,g:2/name", "redis+sentinel://:***@h:1,g:2/name" },
  { "redis://:hunter2@localhost", "redis://:***@localhost" },
  { "redis://hunter2@localhost", "redis://***@localhost" },
  { "redis://user:hun@ter2@localhost", "redis://user:***@localhost" },
  { "redis://user:hun:ter2@localhost", "redis://user:***@localhost" },
  { "redis://host/p@th", "redis://host/p@th" },
  { "redis+unix:///run/redis@1.sock", "redis+unix:///run/redis@1.sock" },
  { "", "" },
};

/* A password does not come through, wherever people put it. */
static void
test_redact (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (redact_cases); i++)
    {
      g_autofree char *redacted = belfry_config_redact_url (redact_cases[i].url);

      g_assert_cmpstr (redacted, ==, redact_cases[i].redacted);
    }
}

static const RedactCase hide_cases[] = {
  { "no URL, me@example.org", "no URL, me@example.org" },
  { "https://localhost/x", "https://localhost/x" },
  { "https://user:hunter2@localhost/x", "https://***@localhost/x" },
  { "https://user:hun/ter2@localhost", "https://***@localhost" },
  { "https://user:hun ter2@localhost", "https://***@localhost" },
  { "a://u:hunter2@b, c://u:hunter2@d", "a://***@d" },
  { "", "" },
};

/* In a text that may be a URL or a list of them, nothing that may be a password is left. */
static void
test_hide (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (hide_cases); i++)
    {
      g_autofree char *hidden = belfry_config_hide_credentials (hide_cases[i].url);

      g_assert_cmpstr (hidden, ==, hide_cases[i].redacted);
    }
}

static const char *const endpoint_paths[] = {
  "/", "/ws", "/socket.io/", "/a/b-c", "/Grüße", "/..."
};
static const char *const bad_endpoint_paths[] = {
  "",     "ws",    "/a b",  "/a?b", "/a#b",  "//",   "/a//b",
  "/./a", "/a/..", "/../a", "/a/.", "/a\\b", "/a\t",
};

/* An endpoint's path is one that a request can have. */
static void
test_endpoint_paths (void)
{
  g_autofree char *fill = g_strnfill (255, 'a');
  g_autofree char *longest = g_strconcat ("/", fill, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (endpoint_paths); i++)
    g_assert_true (belfry_config_is_endpoint_path (endpoint_paths[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad_endpoint_paths); i++)
    g_assert_false (belfry_config_is_endpoint_path (bad_endpoint_paths[i]));
  g_assert_false (belfry_config_is_endpoint_path (longest));
  longest[255] = '\0';
  g_assert_true (belfry_config_is_endpoint_path (longest));
}

static const char *const topic_patterns[] = { "*", "chat.*", "user:1/>", "a]b", "Grüße", "a" };
static const char *const bad_topic_patterns[] = {
  "", "a b", "a\tb", "a\nb", "a\x7f", "a\xc2\x85", "a\xe2\x80\xa8", "a\xc2\xa0z",
};

/* A topic pattern is what a topic can be. */
static void
test_topic_patterns (void)
{
  g_autofree char *longest = g_strnfill (256, 'a');

  for (gsize i = 0; i < G_N_ELEMENTS (topic_patterns); i++)
    g_assert_true (belfry_config_is_topic_pattern (topic_patterns[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad_topic_patterns); i++)
    g_assert_false (belfry_config_is_topic_pattern (bad_topic_patterns[i]));
  g_assert_false (belfry_config_is_topic_pattern (longest));
  longest[255] = '\0';
  g_assert_true (belfry_config_is_topic_pattern (longest));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-text/good", test_good);
  belfry_test_add ("/config-text/bad", test_bad);
  belfry_test_add ("/config-text/redact", test_redact);
  belfry_test_add ("/config-text/hide", test_hide);
  belfry_test_add ("/config-text/endpoint-paths", test_endpoint_paths);
  belfry_test_add ("/config-text/topic-patterns", test_topic_patterns);
  return g_test_run ();
}
