/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-overrides.h"

#include <string.h>

#include "belfry-config-builder.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

static BelfryConfig *
load (const char *const *overrides, BelfryConfigProblems *problems)
{
  g_autoptr (BelfryConfigBuilder) builder = belfry_config_builder_new (problems, NULL);

  belfry_config_overrides_read (overrides, builder, problems);
  return belfry_config_builder_finish (builder);
}

/* Groups, names with dots and slashes, and keys are told apart; the later of two wins. */
static void
test_set (void)
{
  const char *const overrides[] = { "log.level=debug",
                                    "log.level=info,config=debug",
                                    "topic.chat.*.history-size=5",
                                    "topic.*.history-size=6",
                                    "endpoint./v1.0/ws.dialect=typed",
                                    "endpoint./.enabled=no",
                                    "plugin.jwt.issuer=https://a.example/?b=c",
                                    "plugin.rooms.file=/x=y",
                                    "server.tls-key=",
                                    NULL };
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = load (overrides, problems);
  g_autofree char *errors = belfry_test_config_errors (problems);
  const BelfryConfigInstance *chat =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, "chat.*");
  const BelfryConfigInstance *every =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, "*");
  const BelfryConfigInstance *ws =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_ENDPOINT, "/v1.0/ws");
  const BelfryConfigInstance *root =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_ENDPOINT, "/");
  const BelfryConfigInstance *rooms =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_PLUGIN, "rooms");

  g_assert_cmpstr (errors, ==, "");
  g_assert_cmpstr (belfry_config_get_text (config, BELFRY_CONFIG_LOG_LEVEL), ==,
                   "info,config=debug");
  g_assert_cmpint (belfry_config_instance_get_number (chat, BELFRY_CONFIG_TOPIC_HISTORY_SIZE), ==,
                   5);
  g_assert_cmpint (belfry_config_instance_get_number (every, BELFRY_CONFIG_TOPIC_HISTORY_SIZE), ==,
                   6);
  g_assert_cmpint (belfry_config_instance_get_enum (ws, BELFRY_CONFIG_ENDPOINT_DIALECT), ==,
                   BELFRY_CONFIG_DIALECT_TYPED);
  g_assert_false (belfry_config_instance_get_boolean (root, BELFRY_CONFIG_ENDPOINT_ENABLED));
  g_assert_cmpstr (belfry_config_get_text (config, BELFRY_CONFIG_PLUGIN_JWT_ISSUER), ==,
                   "https://a.example/?b=c");
  g_assert_cmpstr (belfry_config_plugin_lookup (rooms, "file"), ==, "/x=y");
  g_assert_true (belfry_config_is_set (config, BELFRY_CONFIG_SERVER_TLS_KEY));
}

typedef struct
{
  const char *defect;
  const char *text;
  const char *error;
} BadCase;

#define FORM "--set: expected GROUP.KEY=VALUE or GROUP.NAME.KEY=VALUE\n"

static const BadCase bad_cases[] = {
  { "nothing", "", FORM },
  { "no value", "plugin.jwt.hunter2", FORM },
  { "no group", "hunter2=x", FORM },
  { "an empty group", ".level=x", FORM },
  { "an empty key", "log.=x", FORM },
  { "an empty name", "topic..presence=yes", FORM },
  { "bytes that are not UTF-8 in a name", "topic.\xff.presence=yes", FORM },
  { "bytes that are not UTF-8 in a value", "plugin.jwt.issuer=\xff",
    "--set: [plugin jwt] issuer: expected UTF-8 text" },
  { "an unknown group", "sever.listen=x",
    "--set: [sever]: there is no such group (did you mean “server”?)" },
  { "an unknown key", "server.lsten=x",
    "--set: [server] lsten: there is no such key (did you mean “listen”?)" },
  { "a name where there is none", "server.x.listen=y", "--set: [server x]: expected [server]" },
  { "no name where there must be one", "topic.presence=yes",
    "--set: [topic]: expected [topic PATT" },
  { "white space in a name", "topic.a b.presence=yes", "--set: [topic a b]: expected a topic" },
  { "white space in a plugin's key", "plugin.x.a b=1",
    "--set: [plugin x] a b: expected a key of letters, digits and dashes" },
  { "a plugin's key that would be a comment", "plugin.x.#a=1",
    "--set: [plugin x] #a: expected a key of letters, digits and dashes" },
  { "a wrong value", "server.workers=x", "--set: [server] workers: “x” is wrong" },
};

/* What has not the form, or is no setting, is refused. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const char *const overrides[] = { bad_cases[i].text, NULL };
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autoptr (BelfryConfig) config = load (overrides, problems);
      g_autofree char *errors = belfry_test_config_errors (problems);

      g_test_message ("%s: %s", bad_cases[i].defect, errors);
      g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, 1);
      g_assert_true (g_str_has_prefix (errors, bad_cases[i].error));
      g_assert_null (strstr (errors, "hunter2"));
      g_assert_nonnull (config);
    }
}

/* Two forms of a secret on one command line contradict each other. */
static void
test_two_forms (void)
{
  const char *const overrides[] = { "http.api-key-file=/nonexistent", "http.api-key=hunter2",
                                    NULL };
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = load (overrides, problems);
  g_autofree char *errors = belfry_test_config_errors (problems);

  belfry_test_assert_contains (errors, "--set: [http] api-key: api-key-file is set, too");
  g_assert_null (strstr (errors, "hunter2"));
  g_assert_nonnull (config);
}

typedef struct
{
  const char *text;
  const char *warning;
} WarnCase;

static const WarnCase warn_cases[] = {
  { "http.api-key=hunter2", "--set: [http] api-key: every user of this machine can see" },
  { "broker.url=redis://:hunter2@h", "--set: [broker] url: every user of this machine can see" },
  { "plugin.x.token=hunter2", "--set: [plugin x] token: every user of this machine can see" },
  { "plugin.x.hook=https://:hunter2@h",
    "--set: [plugin x] hook: every user of this machine can see" },
  { "http.api-key=", NULL },
  { "broker.url=redis://h", NULL },
  { "plugin.x.token-file=/x", NULL },
  { "plugin.x.colour=red", NULL },
};

/* A secret on the command line works, but is no secret. */
static void
test_secrets (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (warn_cases); i++)
    {
      const char *const overrides[] = { warn_cases[i].text, NULL };
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autoptr (BelfryConfig) config = load (overrides, problems);
      g_autofree char *warnings = belfry_test_config_warnings (problems);

      g_assert_nonnull (config);
      g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, 0);
      if (warn_cases[i].warning != NULL)
        g_assert_true (g_str_has_prefix (warnings, warn_cases[i].warning));
      else
        g_assert_null (strstr (warnings, "--set"));
      g_assert_null (strstr (warnings, "hunter2"));
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-overrides/set", test_set);
  belfry_test_add ("/config-overrides/bad", test_bad);
  belfry_test_add ("/config-overrides/two-forms", test_two_forms);
  belfry_test_add ("/config-overrides/secrets", test_secrets);
  return g_test_run ();
}
