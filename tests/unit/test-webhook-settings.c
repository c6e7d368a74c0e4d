/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-webhook-settings.h"

#include <string.h>

#include "belfry-plugin-settings-private.h"
#include "belfry-test-files.h"
#include "belfry-test-host.h"
#include "belfry-test.h"

/* What is not set has a default, and every key is known. */
static void
test_defaults (void)
{
  g_autoptr (BelfryPluginSettings) from =
      belfry_test_plugin_settings ("url-authorize=https://example.org/a?b=c\nother=1s");
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWebhookSettings) settings = belfry_webhook_settings_read (from, &error);
  gsize index = 0;

  g_assert_no_error (error);
  g_assert_null (settings->url_authenticate);
  g_autofree char *url = g_uri_to_string (settings->url_authorize);
  g_assert_cmpstr (url, ==, "https://example.org/a?b=c");
  g_assert_cmpint (settings->timeout, ==, 2 * G_TIME_SPAN_SECOND);
  g_assert_cmpint (settings->cache_ttl, ==, 30 * G_TIME_SPAN_SECOND);
  g_assert_cmpuint (settings->max_concurrent, ==, 16);
  g_assert_cmpuint (settings->failures, ==, 5);
  g_assert_false (settings->patterns);
  g_assert_null (settings->secret);
  g_assert_null (settings->bearer);
  g_assert_cmpstr (belfry_plugin_settings_next_unknown (from, &index)->key, ==, "other");
  g_assert_null (belfry_plugin_settings_next_unknown (from, &index));
}

/* Secrets come from where all secrets come from. */
static void
test_secrets (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_write (dir, "bearer", "s3cret\n", -1);
  g_autofree char *text =
      g_strdup_printf ("url-authenticate=http://127.0.0.1:8000/\nsecret=abc\nbearer-file=%s", path);
  g_autoptr (BelfryPluginSettings) from = belfry_test_plugin_settings (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWebhookSettings) settings = belfry_webhook_settings_read (from, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (settings->secret), ==, 3);
  g_assert_cmpstr (settings->bearer, ==, "Bearer s3cret");
}

typedef struct
{
  const char *defect;
  const char *settings;
  const char *message;
} BadCase;

#define URL "url-authorize=https://example.org/\n"

static const BadCase bad_cases[] = {
  { "no URL", "timeout=1s", "*url-authenticate*this or url-authorize*" },
  { "no URL at all", "url-authorize=hello", "*url-authorize*such as https:*" },
  { "another scheme", "url-authorize=ftp://x/", "*url-authorize*begins with https:*" },
  { "no host", "url-authorize=https:///x", "*url-authorize*" },
  { "a user", "url-authorize=https://a:b@x/", "*url-authorize*without a user*" },
  { "a fragment", "url-authorize=https://x/#y", "*url-authorize*without a fragment*" },
  { "in the clear", "url-authorize=http://example.org/", "*url-authorize*in the clear*" },
  { "in the clear, nearly here", "url-authorize=http://127.0.0.1.example.org/", "*in the clear*" },
  { "a relative file", URL "ca-file=x.pem", "*ca-file*absolute*" },
  { "no such file", URL "ca-file=/nowhere/x.pem", "*ca-file*" },
  { "a duration without a unit", URL "timeout=1", "*timeout*" },
  { "no time", URL "timeout=0", "*timeout*" },
  { "too long a time", URL "cache-ttl=2h", "*cache-ttl*" },
  { "a negative number", URL "max-waiting=-1", "*max-waiting*" },
  { "nobody may ask", URL "max-concurrent=0", "*max-concurrent*" },
  { "neither yes nor no", URL "patterns=maybe", "*patterns*" },
  { "white space in a header", URL "bearer=a b", "*bearer*visible*" },
  { "other letters in a header", URL "bearer=\xc3\xa9", "*bearer*visible*" },
};

/* What is wrong is told with its key. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (BelfryPluginSettings) from = belfry_test_plugin_settings (bad_cases[i].settings);
      g_autoptr (GError) error = NULL;
      g_autoptr (BelfryWebhookSettings) settings = belfry_webhook_settings_read (from, &error);

      g_test_message ("%s", bad_cases[i].defect);
      g_assert_null (settings);
      g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING);
      if (!g_pattern_match_simple (bad_cases[i].message, error->message))
        g_error ("got: %s", error->message);
    }
}

/* Plain HTTP is for this machine, and for those who say that they want it. */
static void
test_plain_http (void)
{
  static const char *const good[] = {
    "url-authorize=http://localhost/",
    "url-authorize=http://127.0.0.2:81/x",
    "url-authorize=http://[::1]:81/x",
    "url-authorize=http://example.org/\nallow-http=yes",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (BelfryPluginSettings) from = belfry_test_plugin_settings (good[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (BelfryWebhookSettings) settings = belfry_webhook_settings_read (from, &error);

      g_assert_no_error (error);
      g_assert_nonnull (settings);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/webhook-settings/defaults", test_defaults);
  belfry_test_add ("/webhook-settings/secrets", test_secrets);
  belfry_test_add ("/webhook-settings/bad", test_bad);
  belfry_test_add ("/webhook-settings/plain-http", test_plain_http);
  return g_test_run ();
}
