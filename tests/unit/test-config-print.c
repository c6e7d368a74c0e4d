/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-print.h"

#include <string.h>

#include "belfry-config-diff.h"
#include "belfry-config-load.h"
#include "belfry-config-table.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

static void G_GNUC_NORETURN
on_changed (const BelfryConfigChange *change, gpointer user_data)
{
  g_error ("[%s] %s: %s to %s", change->group, change->key, change->old_text, change->new_text);
}

/* Both mean the same, and the same keys are set in both. */
static void
assert_equal (const BelfryConfig *a, const BelfryConfig *b)
{
  belfry_config_diff (a, b, on_changed, NULL);
  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    g_assert_cmpint (belfry_config_is_set (a, (BelfryConfigKey) i), ==,
                     belfry_config_is_set (b, (BelfryConfigKey) i));
}

static const char *const configurations[] = {
  "",
  "[server]\nlisten = [::1]:1, *:2, tls:a:3, unix:/x, systemd:n\ntls-certificate = /c\n"
  "tls-key = \"/k # y\"\nworkers = 3\nallowed-origins = https://*.a https://b:1\n"
  "trusted-proxies = ::/0 unix\ndrain-time = 0\nidle-timeout = 1500ms\n",
  "[websocket]\nping-interval = 0\nsend-queue = 1025\ncompression = on\n",
  "[endpoint /]\nenabled = no\n[endpoint /a]b]\ndialect = echo\ncompression = no\n[endpoint /ü]\n",
  "[broker]\nurl = redis+unix:///x?db=1\nmode = envelope\nprefix = #p\n",
  "[auth]\nrequired = no\nauthorizers =\npolicies = c b a\n",
  "[plugin jwt]\nissuer = \"  \\\" # \\\\ \"\naudience = a;b\nkeys = /a /b\nalgorithms = ES256\n",
  "[plugin x]\na =\nb = \" \"\nC.d_e = # c\nf = \"#\"\n[plugin y]\n",
  "[topic *]\nhistory-size = 1\n[topic #]\n[topic a]] \npresence = no\n[topic >]\n",
  "[plugin jwt]\nsecret =\nsecret-file =\n[http]\napi-key-credential =\n",
  "[log]\nlevel = info,config=debug\n[control]\nbus = none\n[http]\nmetrics = no\n",
};

/* What is printed loads to the same configuration, which prints the same but for the origins. */
static void
test_round_trip (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (configurations); i++)
    {
      g_test_message ("%s", configurations[i]);
      g_autoptr (BelfryConfig) config = belfry_test_config_new (configurations[i]);
      g_autofree char *text = belfry_config_print (config);
      g_autoptr (BelfryConfig) again = belfry_test_config_new (text);
      assert_equal (config, again);
    }
}

/* Values stand with where they were written, defaults as comments. */
static void
test_form (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (
      "[server]\nworkers = 4\n\ntls-key =\n[topic chat.*]\npresence = yes\n[plugin x]\na = 1\n");
  g_autofree char *text = belfry_config_print (config);

  belfry_test_assert_contains (text, "\n\n[server]\n#listen = 127.0.0.1:8080\n"
                                     "workers = 4 # test.conf:2\n#tls-certificate =\n"
                                     "tls-key = # test.conf:4\n");
  belfry_test_assert_contains (text, "\n[endpoint /ws]\n#enabled = yes\n#dialect = typed\n");
  belfry_test_assert_contains (text, "\n[topic chat.*]\n#history-size = 0\n"
                                     "#history-bytes = 1MiB\n#history-ttl = 5min\n"
                                     "presence = yes # test.conf:6\n");
  belfry_test_assert_contains (text, "\n[plugin x]\na = 1 # test.conf:8\n");
}

/* No secret is printed, and what stands in its place is not taken for one. */
static void
test_secrets (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (
      "[plugin jwt]\nsecret = hunter2\n[http]\napi-key = hunter2\n"
      "[broker]\nurl = redis://u:hunter2@h:1/2\n[plugin x]\nclient-secret = hunter2\n"
      "api-token = hunter2\ntoken-file = /x\n[plugin y]\nhook = https://u:hunter2@h/x\n"
      "db-passwd = hunter2\napikey = hunter2\ndsn = hunter2\n");
  g_autofree char *text = belfry_config_print (config);
  g_autoptr (BelfryConfig) again = belfry_test_config_new (text);
  const BelfryConfigInstance *x =
      belfry_config_find_instance (again, BELFRY_CONFIG_GROUP_PLUGIN, "x");

  g_assert_null (strstr (text, "hunter2"));
  belfry_test_assert_contains (text, "\n#secret = *** # test.conf:2\n");
  belfry_test_assert_contains (text, "\nurl = redis://u:***@h:1/2 # test.conf:6\n");
  belfry_test_assert_contains (text, "\n#client-secret = *** # test.conf:8\n");
  belfry_test_assert_contains (text, "\nhook = https://***@h/x # test.conf:12\n");
  g_assert_null (belfry_config_get_secret (again, BELFRY_CONFIG_HTTP_API_KEY));
  g_assert_cmpuint (belfry_config_plugin_n_keys (x), ==, 1);
  g_assert_cmpstr (belfry_config_plugin_lookup (x, "token-file"), ==, "/x");
}

/* A file that is called like a line of configuration cannot add one. */
static void
test_origin_that_lies (void)
{
  const char text[] = "[server]\ndemo = yes\n";
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config =
      belfry_config_load_text (text, strlen (text), "x\n[auth]\nrequired = no\n#", problems);
  g_autofree char *printed = belfry_config_print (config);
  g_autoptr (BelfryConfig) again = belfry_test_config_new (printed);

  g_assert_true (belfry_config_get_boolean (again, BELFRY_CONFIG_AUTH_REQUIRED));
  g_assert_true (belfry_config_get_boolean (again, BELFRY_CONFIG_SERVER_DEMO));
}

/* The default file changes nothing as it is. */
static void
test_defaults_load (void)
{
  g_autofree char *text = belfry_config_print_defaults ();
  g_autoptr (BelfryConfig) config = belfry_test_config_new (text);
  g_autoptr (BelfryConfig) defaults = belfry_test_config_new ("");

  assert_equal (config, defaults);
}

static char *
uncomment (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *result = g_string_new (NULL);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      const char *line = lines[i];

      g_string_append (result, g_regex_match_simple ("^#[a-z-]+ =", line, 0, 0) ? line + 1 : line);
      g_string_append_c (result, '\n');
    }
  return g_string_free (result, FALSE);
}

/* Every line of it can be uncommented, and then says what was true before. */
static void
test_defaults_uncommented (void)
{
  g_autofree char *text = belfry_config_print_defaults ();
  g_autofree char *settings = uncomment (text);
  g_autoptr (BelfryConfig) config = belfry_test_config_new (settings);
  g_autoptr (BelfryConfig) defaults = belfry_test_config_new ("");

  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      BelfryConfigKey key = (BelfryConfigKey) i;
      const BelfryConfigGroupRow *group =
          belfry_config_table_group (belfry_config_table_row (key)->group);

      g_assert_cmpint (belfry_config_is_set (config, key), ==, group->placeholder == NULL);
      g_assert_cmpstr (belfry_config_get_text (config, key), ==,
                       belfry_config_get_text (defaults, key));
    }
}

/* Lines are short enough for a terminal, unless a word is longer. */
static void
test_defaults_width (void)
{
  g_autofree char *text = belfry_config_print_defaults ();
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (gsize i = 0; lines[i] != NULL; i++)
    g_assert_cmpint (g_utf8_strlen (lines[i], -1), <=, 98);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-print/round-trip", test_round_trip);
  belfry_test_add ("/config-print/form", test_form);
  belfry_test_add ("/config-print/secrets", test_secrets);
  belfry_test_add ("/config-print/origin-that-lies", test_origin_that_lies);
  belfry_test_add ("/config-print/defaults-load", test_defaults_load);
  belfry_test_add ("/config-print/defaults-uncommented", test_defaults_uncommented);
  belfry_test_add ("/config-print/defaults-width", test_defaults_width);
  return g_test_run ();
}
