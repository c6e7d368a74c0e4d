/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-environment.h"

#include <string.h>

#include "belfry-config-builder.h"
#include "belfry-config-dotenv.h"
#include "belfry-config-files.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

typedef struct
{
  const char *group;
  const char *key;
  const char *name;
} NameCase;

static const NameCase name_cases[] = {
  { "server", "listen", "BELFRY_SERVER_LISTEN" },
  { "server", "max-connections-per-user", "BELFRY_SERVER_MAX_CONNECTIONS_PER_USER" },
  { "endpoint /", "dialect", "BELFRY_ENDPOINT_DIALECT" },
  { "endpoint /ws", "delivery", "BELFRY_ENDPOINT_WS_DELIVERY" },
  { "endpoint /socket.io/", "enabled", "BELFRY_ENDPOINT_SOCKET_IO_ENABLED" },
  { "topic *", "history-size", "BELFRY_TOPIC_HISTORY_SIZE" },
  { "topic chat.*", "presence", "BELFRY_TOPIC_CHAT_PRESENCE" },
  { "topic a..b", "presence", "BELFRY_TOPIC_A_B_PRESENCE" },
  { "topic Grüße", "presence", "BELFRY_TOPIC_GR_E_PRESENCE" },
  { "plugin jwt", "secret", "BELFRY_PLUGIN_JWT_SECRET" },
  { "plugin my-own", "a_b", "BELFRY_PLUGIN_MY_OWN_A_B" },
};

/* Every setting has one name, made by a rule. */
static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (name_cases); i++)
    {
      g_autofree char *name =
          belfry_config_environment_name (name_cases[i].group, name_cases[i].key);

      g_assert_cmpstr (name, ==, name_cases[i].name);
    }
}

/* The groups that there are when the environment is read. */
static const char base[] =
    "[topic chat.*]\n[topic chat.>]\n[topic news]\n[plugin rooms]\nDbFile = /x\n"
    "[plugin a]\nb-c = 1\n[plugin a-b]\nd = 1\n[plugin port]\n"
    "[endpoint /socket.io/]\n";

static BelfryConfig *
load (const char *text, BelfryConfigProblems *problems)
{
  g_autoptr (BelfryConfigBuilder) builder = belfry_config_builder_new (problems, NULL);
  g_auto (BelfryConfigOrigin) file = { g_ref_string_new ("base"), 0, NULL };
  g_auto (BelfryConfigOrigin) env = { g_ref_string_new ("env"), 0, NULL };
  g_autoptr (GPtrArray) variables =
      belfry_config_dotenv_read (text, strlen (text), env.source, problems);

  belfry_config_builder_next_source (builder, FALSE);
  belfry_config_files_read_text (base, strlen (base), file.source, builder, problems);
  belfry_config_environment_read (variables, env.source, FALSE, builder, problems);
  return belfry_config_builder_finish (builder);
}

typedef struct
{
  const char *text;
  BelfryConfigKey key;
  const char *value;
} SetCase;

static const SetCase set_cases[] = {
  { "BELFRY_SERVER_LISTEN=*:1", BELFRY_CONFIG_SERVER_LISTEN, "*:1" },
  { "PORT=8000", BELFRY_CONFIG_SERVER_LISTEN, "*:8000" },
  { "PORT=0", BELFRY_CONFIG_SERVER_LISTEN, "*:0" },
  { "PORT=", BELFRY_CONFIG_SERVER_LISTEN, "127.0.0.1:8080" },
  { "PORT=8000\nBELFRY_SERVER_LISTEN=*:1", BELFRY_CONFIG_SERVER_LISTEN, "*:1" },
  { "BELFRY_SERVER_LISTEN=*:1\nPORT=8000", BELFRY_CONFIG_SERVER_LISTEN, "*:1" },
  { "REDIS_URL=redis://h/1", BELFRY_CONFIG_BROKER_URL, "redis://h/1" },
  { "REDIS_URL=redis://h/1\nBELFRY_BROKER_URL=redis://h/2", BELFRY_CONFIG_BROKER_URL,
    "redis://h/2" },
  { "REDIS_URL=redis://h/1\nBELFRY_BROKER_URL=", BELFRY_CONFIG_BROKER_URL, "" },
  { "BELFRY_PLUGIN_JWT_ISSUER=me", BELFRY_CONFIG_PLUGIN_JWT_ISSUER, "me" },
  { "belfry_log_level=debug\nBELFRYX=1\nPORTS=x\nPATH=/bin", BELFRY_CONFIG_LOG_LEVEL, "info" },
  { "BELFRY_PORT=tcp://10.0.0.1:80\nBELFRY_SERVICE_HOST=10.0.0.1\nBELFRY_PORT_80_TCP_ADDR=x",
    BELFRY_CONFIG_SERVER_LISTEN, "127.0.0.1:8080" },
};

/* Variables set what they are named after; ours win over those with common names. */
static void
test_set (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (set_cases); i++)
    {
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autoptr (BelfryConfig) config = load (set_cases[i].text, problems);
      g_autofree char *errors = belfry_test_config_errors (problems);

      g_test_message ("%s", set_cases[i].text);
      g_assert_cmpstr (errors, ==, "");
      g_assert_cmpstr (belfry_config_get_text (config, set_cases[i].key), ==, set_cases[i].value);
    }
}

/* Groups with names are reached by those that exist; secrets by their common name. */
static void
test_instances (void)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config = load ("BELFRY_ENDPOINT_WS_DELIVERY=envelope\n"
                                          "BELFRY_ENDPOINT_SOCKET_IO_DIALECT=socket.io\n"
                                          "BELFRY_TOPIC_HISTORY_SIZE=5\n"
                                          "BELFRY_TOPIC_NEWS_HISTORY_SIZE=6\n"
                                          "JWT_SECRET=common\n",
                                          problems);
  g_autofree char *errors = belfry_test_config_errors (problems);
  const BelfryConfigInstance *ws =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_ENDPOINT, "/ws");
  const BelfryConfigInstance *io =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_ENDPOINT, "/socket.io/");
  const BelfryConfigInstance *every =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, "*");
  const BelfryConfigInstance *news =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, "news");
  BelfrySecret *secret = belfry_config_get_secret (config, BELFRY_CONFIG_PLUGIN_JWT_SECRET);

  g_assert_cmpstr (errors, ==, "");
  g_assert_cmpint (belfry_config_instance_get_enum (ws, BELFRY_CONFIG_ENDPOINT_DELIVERY), ==,
                   BELFRY_CONFIG_DELIVERY_ENVELOPE);
  g_assert_cmpint (belfry_config_instance_get_enum (io, BELFRY_CONFIG_ENDPOINT_DIALECT), ==,
                   BELFRY_CONFIG_DIALECT_SOCKET_IO);
  g_assert_cmpint (belfry_config_instance_get_number (every, BELFRY_CONFIG_TOPIC_HISTORY_SIZE), ==,
                   5);
  g_assert_cmpint (belfry_config_instance_get_number (news, BELFRY_CONFIG_TOPIC_HISTORY_SIZE), ==,
                   6);
  g_assert_cmpstr (belfry_secret_peek (secret, NULL), ==, "common");
}

/* A plugin's own keys are found as its file writes them, or else as keys are usually written. */
static void
test_plugin_keys (void)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autoptr (BelfryConfig) config =
      load ("BELFRY_PLUGIN_ROOMS_DBFILE=/y\nBELFRY_PLUGIN_ROOMS_MAX_USERS=3\n"
            "BELFRY_PLUGIN_PORT_A=1\n",
            problems);
  g_autofree char *errors = belfry_test_config_errors (problems);
  const BelfryConfigInstance *rooms =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_PLUGIN, "rooms");

  g_assert_cmpstr (errors, ==, "");
  g_assert_cmpuint (belfry_config_plugin_n_keys (rooms), ==, 2);
  g_assert_cmpstr (belfry_config_plugin_lookup (rooms, "DbFile"), ==, "/y");
  g_assert_cmpstr (belfry_config_plugin_lookup (rooms, "max-users"), ==, "3");
}

typedef struct
{
  const char *defect;
  const char *text;
  const char *error;
} BadCase;

static const BadCase bad_cases[] = {
  { "a name with a slip", "BELFRY_SERVER_LISEN=x",
    "env:1: BELFRY_SERVER_LISEN: no setting has this name (did you mean “BELFRY_SERVER_LISTEN”?)" },
  { "a name without a group", "BELFRY_LISTEN=x", "env:1: BELFRY_LISTEN: no setting has this name" },
  { "a group alone", "BELFRY_SERVER=x", "env:1: BELFRY_SERVER: no setting has this name" },
  { "the prefix alone", "BELFRY_=x", "env:1: BELFRY_: no setting has this name" },
  { "small letters", "BELFRY_server_listen=x",
    "env:1: BELFRY_server_listen: no setting has this name (did you mean “BELFRY_SERVER_LISTEN”?)" },
  { "a topic that no file names", "BELFRY_TOPIC_SPORT_PRESENCE=yes",
    "env:1: BELFRY_TOPIC_SPORT_PRESENCE: no setting has this name" },
  { "a plugin that no file names", "BELFRY_PLUGIN_WEBHOOK_URL=x",
    "env:1: BELFRY_PLUGIN_WEBHOOK_URL: no setting has this name" },
  { "a plugin without a key", "BELFRY_PLUGIN_ROOMS_=x",
    "env:1: BELFRY_PLUGIN_ROOMS_: no setting has this name" },
  { "a name of two topics", "BELFRY_TOPIC_CHAT_PRESENCE=yes",
    "env:1: BELFRY_TOPIC_CHAT_PRESENCE: more than one setting has this name" },
  { "a name of two plugins", "BELFRY_PLUGIN_A_B_C=1",
    "env:1: BELFRY_PLUGIN_A_B_C: more than one setting has this name" },
  { "a name twice", "BELFRY_LOG_LEVEL=info\n\nBELFRY_LOG_LEVEL=info",
    "env:3: BELFRY_LOG_LEVEL: set again: it was set on line 1 already" },
  { "a port by name", "PORT=http", "env:1: PORT: expected a port from 0 to 65535" },
  { "a port too large", "PORT=65536", "env:1: PORT: expected a port from 0 to 65535" },
  { "a port as a platform's address", "PORT=tcp://1.2.3.4:5", "env:1: PORT: expected a port" },
  { "a wrong value", "BELFRY_SERVER_WORKERS=x",
    "env:1: BELFRY_SERVER_WORKERS: [server] workers: “x” is wrong: expected auto" },
  { "an empty value that must not be",
    "BELFRY_SERVER_WORKERS=", "env:1: BELFRY_SERVER_WORKERS: [server] workers: must not be empty" },
  { "a control character", "BELFRY_PLUGIN_JWT_ISSUER=\"a\\nb\"",
    "env:1: BELFRY_PLUGIN_JWT_ISSUER: [plugin jwt] issuer: expected UTF-8 text without" },
  { "a wrong URL by its common name", "REDIS_URL=http://u:hunter2@h",
    "env:1: REDIS_URL: [broker] url: expected a URL of the scheme" },
  { "two forms of a secret", "BELFRY_PLUGIN_JWT_SECRET=hunter2\nBELFRY_PLUGIN_JWT_SECRET_FILE=/x",
    "env:2: BELFRY_PLUGIN_JWT_SECRET_FILE: [plugin jwt] secret-file: secret is set, too" },
};

/* What is called like ours and is none is refused by its name and line. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
      g_autoptr (BelfryConfig) config = load (bad_cases[i].text, problems);
      g_autofree char *errors = belfry_test_config_errors (problems);

      g_test_message ("%s: %s", bad_cases[i].defect, errors);
      g_assert_cmpuint (belfry_config_problems_n_errors (problems), ==, 1);
      g_assert_true (g_str_has_prefix (errors, bad_cases[i].error));
      g_assert_null (strstr (errors, "hunter2"));
      g_assert_nonnull (config);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-environment/names", test_names);
  belfry_test_add ("/config-environment/set", test_set);
  belfry_test_add ("/config-environment/instances", test_instances);
  belfry_test_add ("/config-environment/plugin-keys", test_plugin_keys);
  belfry_test_add ("/config-environment/bad", test_bad);
  return g_test_run ();
}
