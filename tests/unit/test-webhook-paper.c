/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <string.h>

#include "belfry-plugin-settings-private.h"
#include "belfry-test-host.h"
#include "belfry-test.h"
#include "belfry-webhook-answer.h"
#include "belfry-webhook-body.h"
#include "belfry-webhook-settings.h"

/* The page for those who write backends is tested by doing what it says. */

static char *
read_page (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "doc", "webhook.md", NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* The n-th JSON block of the page, counted from 0. */
static char *
json_block (const char *page, guint n)
{
  const char *begin = page;

  for (guint i = 0; i <= n; i++)
    {
      begin = strstr (begin, "```json\n");
      g_assert_nonnull (begin);
      begin += strlen ("```json\n");
    }
  return g_strndup (begin, (gsize) (strstr (begin, "\n```") - begin));
}

static void
assert_body (GBytes *body, const char *expected)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));

  g_assert_cmpstr (text, ==, expected);
}

/* The requests are those that are sent. */
static void
test_requests (void)
{
  const BelfryCredentialsParams params = { .token = "eyJ...",
                                           .address = "192.0.2.1",
                                           .origin = "https://app.example.org",
                                           .endpoint = "/ws" };
  g_autofree char *page = read_page ();
  g_autofree char *authenticate = json_block (page, 0);
  g_autofree char *authorize = json_block (page, 2);
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);
  g_autoptr (BelfryIdentity) ann = belfry_test_identity ("ann", "role=editor");
  g_autoptr (GBytes) first = belfry_webhook_body_authenticate (credentials);
  g_autoptr (GBytes) second =
      belfry_webhook_body_authorize (ann, BELFRY_TOPIC_ACTION_SUBSCRIBE, "news.sports");

  assert_body (first, authenticate);
  assert_body (second, authorize);
}

/* A client at a unix socket is asked about with what the kernel says of him. */
static void
test_peer (void)
{
  const BelfryCredentialsParams params = { .has_peer = TRUE, .uid = 4294967295u, .pid = 12 };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);
  g_autoptr (GBytes) body = belfry_webhook_body_authenticate (credentials);
  g_autoptr (GBytes) anonymous =
      belfry_webhook_body_authorize (NULL, BELFRY_TOPIC_ACTION_HISTORY, "a");

  assert_body (body, "{\"token\":null,\"address\":null,\"origin\":null,\"endpoint\":null,"
                     "\"certificate\":null,\"uid\":4294967295,\"pid\":12}");
  assert_body (anonymous, "{\"subject\":null,\"roles\":[],\"action\":\"history\",\"topic\":\"a\"}");
}

/* The answers are understood. */
static void
test_answers (void)
{
  g_autofree char *page = read_page ();
  g_autofree char *identity = json_block (page, 1);
  g_autofree char *verdict = json_block (page, 3);
  g_autoptr (GBytes) first = g_bytes_new (identity, strlen (identity));
  g_autoptr (GBytes) second = g_bytes_new (verdict, strlen (verdict));
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWebhookAnswer) ann =
      belfry_webhook_answer_parse_identity (200, first, 0, &error);
  g_assert_no_error (error);
  g_autoptr (BelfryWebhookAnswer) allowed =
      belfry_webhook_answer_parse_verdict (200, second, 0, &error);
  g_assert_no_error (error);

  g_assert_cmpstr (belfry_identity_get_subject (ann->identity), ==, "ann");
  g_assert_cmpstr (belfry_identity_get_claim (ann->identity, "plan"), ==, "gold");
  g_assert_cmpint (belfry_identity_get_expiry (ann->identity), ==,
                   G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  g_assert_cmpint (allowed->kind, ==, BELFRY_WEBHOOK_ALLOW);
}

/* The signature is what the page says. The expected one was computed with another program. */
static void
test_signature (void)
{
  g_autoptr (GBytes) secret = g_bytes_new_static ("key", 3);
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  g_autofree char *signature =
      belfry_webhook_body_sign (body, secret, G_GINT64_CONSTANT (1700000000999999));

  g_assert_cmpstr (
      signature, ==,
      "t=1700000000,v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae");
}

/* The table has all settings, and their defaults are good. */
static void
test_settings (void)
{
  g_autofree char *page = read_page ();
  g_autoptr (GRegex) row = g_regex_new ("^\\| `([^`]+)`(?:, `[^|]*)? \\| (?:`([^`]+)`)? ?\\|",
                                        G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GString) text = g_string_new ("url-authorize=https://x/\n");
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GError) error = NULL;

  g_regex_match (row, strstr (page, "## Settings"), 0, &match);
  for (; g_match_info_matches (match); g_match_info_next (match, NULL))
    {
      g_autofree char *value = g_match_info_fetch (match, 2);
      char *key = g_match_info_fetch (match, 1);

      if (value != NULL && *value != '\0')
        g_string_append_printf (text, "%s=%s\n", key, value);
      g_hash_table_add (told, key);
    }
  g_autoptr (BelfryPluginSettings) from = belfry_test_plugin_settings (text->str);
  g_autoptr (BelfryPluginSettings) none = belfry_test_plugin_settings ("url-authorize=https://x/");
  g_autoptr (BelfryWebhookSettings) as_told = belfry_webhook_settings_read (from, &error);
  g_assert_no_error (error);
  g_autoptr (BelfryWebhookSettings) defaults = belfry_webhook_settings_read (none, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (&as_told->patterns,
                   (int) (sizeof (BelfryWebhookSettings) -
                          G_STRUCT_OFFSET (BelfryWebhookSettings, patterns)),
                   &defaults->patterns,
                   (int) (sizeof (BelfryWebhookSettings) -
                          G_STRUCT_OFFSET (BelfryWebhookSettings, patterns)));
  g_autofree const char **known = belfry_plugin_settings_list_known (none);
  for (gsize i = 0; known[i] != NULL; i++)
    {
      if (strstr (known[i], "-credential") == NULL && strstr (known[i], "-file") == NULL &&
          !g_hash_table_contains (told, known[i]) && !g_str_equal (known[i], "credential"))
        g_error ("%s is not in the table", known[i]);
    }
  g_assert_true (g_hash_table_contains (told, "ca-file"));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/webhook-paper/requests", test_requests);
  belfry_test_add ("/webhook-paper/peer", test_peer);
  belfry_test_add ("/webhook-paper/answers", test_answers);
  belfry_test_add ("/webhook-paper/signature", test_signature);
  belfry_test_add ("/webhook-paper/settings", test_settings);
  return g_test_run ();
}
