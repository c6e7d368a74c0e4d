/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-diff.h"

#include "belfry-test-config.h"
#include "belfry-test.h"

static const char *
or_none (const char *text)
{
  return text != NULL ? text : "-";
}

static void
on_changed (const BelfryConfigChange *change, gpointer user_data)
{
  g_string_append_printf (user_data, "[%s] %s: <%s> to <%s>%s\n", change->group,
                          or_none (change->key), or_none (change->old_text),
                          or_none (change->new_text), change->is_reloadable ? "" : " at restart");
}

typedef struct
{
  const char *what;
  const char *old_text;
  const char *new_text;
  const char *changes;
} Case;

static const Case cases[] = {
  { "nothing", "", "", "" },
  { "only where it is written", "[log]\nlevel = debug\n", "\n\n[log]\n\nlevel = debug\n", "" },
  { "only how it is written", "[server]\nidle-timeout = 60s\n",
    "[server]\nidle-timeout = 60000ms\n", "" },
  { "a default, written", "", "[log]\nlevel = info\n", "" },
  { "a value", "[log]\nlevel = debug\n", "[log]\nlevel = notice\n",
    "[log] level: <debug> to <notice>\n" },
  { "from the default", "", "[websocket]\nping-interval = 1min\n",
    "[websocket] ping-interval: <30s> to <1min>\n" },
  { "what waits for a restart", "", "[server]\nworkers = 2\n",
    "[server] workers: <auto> to <2> at restart\n" },
  { "in the table's order", "", "[log]\nlevel = debug\n[server]\ndemo = yes\nworkers = 2\n",
    "[server] workers: <auto> to <2> at restart\n[server] demo: <no> to <yes>\n"
    "[log] level: <info> to <debug>\n" },
  { "a secret, new", "", "[http]\napi-key = hunter2\n", "[http] api-key: <> to <***>\n" },
  { "a secret, other", "[http]\napi-key = hunter2\n", "[http]\napi-key = hunter3\n",
    "[http] api-key: <***> to <changed>\n" },
  { "a secret, gone", "[http]\napi-key = hunter2\n", "", "[http] api-key: <***> to <>\n" },
  { "a secret, the same", "[http]\napi-key = hunter2\n", "[http]\napi-key = hunter2\n", "" },
  { "a password", "[broker]\nurl = redis://:hunter2@h\n", "[broker]\nurl = redis://:hunter3@h\n",
    "[broker] url: <redis://:***@h> to <changed>\n" },
  { "a host behind a password", "[broker]\nurl = redis://:hunter2@h\n",
    "[broker]\nurl = redis://:hunter2@i\n",
    "[broker] url: <redis://:***@h> to <redis://:***@i>\n" },
  { "a topic, new", "", "[topic a]\npresence = yes\n",
    "[topic a] -: <-> to <>\n[topic a] presence: <-> to <yes>\n" },
  { "a topic, gone", "[topic a]\n[topic b]\npresence = no\n", "[topic a]\n",
    "[topic b] -: <> to <->\n[topic b] presence: <no> to <->\n" },
  { "a topic, other", "[topic a]\npresence = yes\n", "[topic a]\npresence = no\n",
    "[topic a] presence: <yes> to <no>\n" },
  { "a default written for a topic, which hides a less specific one", "[topic a]\n",
    "[topic a]\npresence = no\n", "[topic a] presence: <-> to <no>\n" },
  { "one of several", "[topic a]\n[topic c]\n", "[topic a]\n[topic b]\n[topic c]\n",
    "[topic b] -: <-> to <>\n" },
  { "what endpoints inherit", "", "[websocket]\ncompression = yes\n",
    "[websocket] compression: <no> to <yes>\n" },
  { "a plugin's key", "[plugin x]\na = 1\nb = 2\n", "[plugin x]\nb = 3\nc = 4\n",
    "[plugin x] a: <1> to <->\n[plugin x] b: <2> to <3>\n[plugin x] c: <-> to <4>\n" },
  { "a plugin's secret", "[plugin x]\ntoken = hunter2\n", "[plugin x]\ntoken = hunter3\n",
    "[plugin x] token: <***> to <changed>\n" },
  { "a plugin, new", "", "[plugin x]\npassword = hunter2\n",
    "[plugin x] -: <-> to <>\n[plugin x] password: <-> to <***>\n" },
  { "a plugin's password in a URL", "[plugin x]\nhook = https://u:hunter2@h/x\n",
    "[plugin x]\nhook = https://u:hunter3@h/x\n",
    "[plugin x] hook: <https://***@h/x> to <changed>\n" },
  { "a plugin, gone", "[plugin x]\na = 1\n", "",
    "[plugin x] -: <> to <->\n[plugin x] a: <1> to <->\n" },
};

/* What differs in meaning is told, key by key; what is secret is not. */
static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BelfryConfig) old_config = belfry_test_config_new (cases[i].old_text);
      g_autoptr (BelfryConfig) new_config = belfry_test_config_new (cases[i].new_text);
      g_autoptr (GString) changes = g_string_new (NULL);

      g_test_message ("%s", cases[i].what);
      belfry_config_diff (old_config, new_config, on_changed, changes);
      g_assert_cmpstr (changes->str, ==, cases[i].changes);
      g_string_truncate (changes, 0);
      belfry_config_diff (new_config, new_config, on_changed, changes);
      g_assert_cmpstr (changes->str, ==, "");
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-diff/cases", test_cases);
  return g_test_run ();
}
