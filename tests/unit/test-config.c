/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config.h"

#include <gio/gio.h>
#include <string.h>

#include "belfry-test-config.h"
#include "belfry-test.h"

/* A service that nobody configured has all the values that the table promises. */
static void
test_defaults (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new ("");
  const GPtrArray *listen = belfry_config_get_listen (config, BELFRY_CONFIG_SERVER_LISTEN);
  const BelfryConfigListen *first = listen->pdata[0];
  const char *const *authorizers = belfry_config_get_list (config, BELFRY_CONFIG_AUTH_AUTHORIZERS);

  g_assert_cmpuint (listen->len, ==, 1);
  g_assert_cmpstr (first->host, ==, "127.0.0.1");
  g_assert_cmpuint (first->port, ==, 8080);
  g_assert_cmpint (belfry_config_get_number (config, BELFRY_CONFIG_SERVER_WORKERS), ==, 0);
  g_assert_cmpint (belfry_config_get_number (config, BELFRY_CONFIG_WEBSOCKET_PING_INTERVAL), ==,
                   30 * G_USEC_PER_SEC);
  g_assert_cmpint (belfry_config_get_number (config, BELFRY_CONFIG_WEBSOCKET_SEND_QUEUE), ==,
                   1024 * 1024);
  g_assert_true (belfry_config_get_boolean (config, BELFRY_CONFIG_AUTH_REQUIRED));
  g_assert_false (belfry_config_get_boolean (config, BELFRY_CONFIG_SERVER_DEMO));
  g_assert_cmpint (belfry_config_get_enum (config, BELFRY_CONFIG_CONTROL_BUS), ==,
                   BELFRY_CONFIG_BUS_SYSTEM);
  g_assert_cmpstr (belfry_config_get_text (config, BELFRY_CONFIG_BROKER_URL), ==, "");
  g_assert_cmpstr (authorizers[0], ==, "jwt");
  g_assert_null (authorizers[1]);
  g_assert_null (belfry_config_get_secret (config, BELFRY_CONFIG_HTTP_API_KEY));
  g_assert_false (belfry_config_is_set (config, BELFRY_CONFIG_SERVER_LISTEN));
  g_assert_null (belfry_config_get_origin (config, BELFRY_CONFIG_SERVER_LISTEN)->source);
}

/* What is set is what is read, and it is known where it was set. */
static void
test_values (void)
{
  g_autoptr (BelfryConfig) config =
      belfry_test_config_new ("[server]\nlisten = *:1 unix:/x\ntrusted-proxies = 10.0.0.0/8 unix\n"
                              "[http]\napi-key = k\n[log]\n\nlevel = debug\n");
  const GPtrArray *listen = belfry_config_get_listen (config, BELFRY_CONFIG_SERVER_LISTEN);
  const GPtrArray *networks =
      belfry_config_get_networks (config, BELFRY_CONFIG_SERVER_TRUSTED_PROXIES);
  const char *const *words = belfry_config_get_list (config, BELFRY_CONFIG_SERVER_TRUSTED_PROXIES);
  g_autoptr (GInetAddress) inside = g_inet_address_new_from_string ("10.1.2.3");
  BelfrySecret *key = belfry_config_get_secret (config, BELFRY_CONFIG_HTTP_API_KEY);
  const BelfryConfigOrigin *origin = belfry_config_get_origin (config, BELFRY_CONFIG_LOG_LEVEL);

  g_assert_cmpuint (listen->len, ==, 2);
  g_assert_cmpuint (networks->len, ==, 1);
  g_assert_true (g_inet_address_mask_matches (networks->pdata[0], inside));
  g_assert_true (g_strv_contains (words, "unix"));
  g_assert_cmpstr (belfry_secret_peek (key, NULL), ==, "k");
  g_assert_cmpstr (belfry_config_get_text (config, BELFRY_CONFIG_LOG_LEVEL), ==, "debug");
  g_assert_true (belfry_config_is_set (config, BELFRY_CONFIG_LOG_LEVEL));
  g_assert_cmpstr (origin->source, ==, "test.conf");
  g_assert_cmpuint (origin->line, ==, 8);
}

/* A key that was written with its default counts as set. */
static void
test_is_set (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new ("[log]\nlevel = info\n");

  g_assert_true (belfry_config_is_set (config, BELFRY_CONFIG_LOG_LEVEL));
}

/* The built-in groups are there; others join them, in the order of their names. */
static void
test_instances (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (
      "[topic z]\n[topic a]\npresence = yes\n[endpoint /echo]\ndialect = echo\n");
  const char *const topics[] = { "*", "a", "z" };
  const char *const endpoints[] = { "/", "/echo", "/ws" };

  g_assert_cmpuint (belfry_config_n_instances (config, BELFRY_CONFIG_GROUP_TOPIC), ==, 3);
  g_assert_cmpuint (belfry_config_n_instances (config, BELFRY_CONFIG_GROUP_ENDPOINT), ==, 3);
  g_assert_cmpuint (belfry_config_n_instances (config, BELFRY_CONFIG_GROUP_PLUGIN), ==, 0);
  g_assert_cmpuint (belfry_config_n_instances (config, BELFRY_CONFIG_GROUP_SERVER), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (topics); i++)
    {
      const BelfryConfigInstance *topic =
          belfry_config_get_instance (config, BELFRY_CONFIG_GROUP_TOPIC, i);
      const BelfryConfigInstance *endpoint =
          belfry_config_get_instance (config, BELFRY_CONFIG_GROUP_ENDPOINT, i);

      g_assert_cmpstr (belfry_config_instance_get_name (topic), ==, topics[i]);
      g_assert_cmpstr (belfry_config_instance_get_name (endpoint), ==, endpoints[i]);
      g_assert_true (belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, topics[i]) ==
                     topic);
    }
  g_assert_null (belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, "b"));
  g_assert_null (belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_SERVER, "b"));
}

/* A group's values are its own; one without a value has the default, and is known not to be set, so
 * that a less specific group can be asked. */
static void
test_instance_values (void)
{
  g_autoptr (BelfryConfig) config =
      belfry_test_config_new ("[topic *]\nhistory-ttl = 1h\n[topic a]\nhistory-size = 7\n");
  const BelfryConfigInstance *every =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, "*");
  const BelfryConfigInstance *a =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_TOPIC, "a");

  g_assert_cmpint (belfry_config_instance_get_number (a, BELFRY_CONFIG_TOPIC_HISTORY_SIZE), ==, 7);
  g_assert_true (belfry_config_instance_is_set (a, BELFRY_CONFIG_TOPIC_HISTORY_SIZE));
  g_assert_cmpuint (belfry_config_instance_get_origin (a, BELFRY_CONFIG_TOPIC_HISTORY_SIZE)->line,
                    ==, 4);
  g_assert_false (belfry_config_instance_is_set (a, BELFRY_CONFIG_TOPIC_HISTORY_TTL));
  g_assert_cmpint (belfry_config_instance_get_number (a, BELFRY_CONFIG_TOPIC_HISTORY_TTL), ==,
                   300 * G_USEC_PER_SEC);
  g_assert_true (belfry_config_instance_is_set (every, BELFRY_CONFIG_TOPIC_HISTORY_TTL));
  g_assert_cmpint (belfry_config_instance_get_number (every, BELFRY_CONFIG_TOPIC_HISTORY_SIZE), ==,
                   0);
  g_assert_cmpint (belfry_config_instance_get_enum (a, BELFRY_CONFIG_TOPIC_SLOW_CONSUMER), ==,
                   BELFRY_CONFIG_SLOW_DISCONNECT);
}

typedef struct
{
  const char *text;
  gboolean value;
  gboolean is_set;
} InheritCase;

static const InheritCase inherit_cases[] = {
  { "", FALSE, FALSE },
  { "[websocket]\ncompression = yes\n", TRUE, FALSE },
  { "[endpoint /ws]\ncompression = yes\n", TRUE, TRUE },
  { "[endpoint /ws]\ncompression = no\n[websocket]\ncompression = yes\n", FALSE, TRUE },
};

/* An endpoint compresses as all do, unless it says otherwise; both cases can be told apart. */
static void
test_inherit (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (inherit_cases); i++)
    {
      g_autoptr (BelfryConfig) config = belfry_test_config_new (inherit_cases[i].text);
      const BelfryConfigInstance *ws =
          belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_ENDPOINT, "/ws");

      g_assert_cmpint (belfry_config_instance_get_boolean (ws, BELFRY_CONFIG_ENDPOINT_COMPRESSION),
                       ==, inherit_cases[i].value);
      g_assert_cmpint (belfry_config_instance_is_set (ws, BELFRY_CONFIG_ENDPOINT_COMPRESSION), ==,
                       inherit_cases[i].is_set);
    }
}

/* A plugin that we do not know has whatever keys are written, as text. */
static void
test_plugins (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (
      "[plugin rooms]\nz = 1\na_B = two words\nempty =\n[plugin jwt]\nissuer = me\n");
  const BelfryConfigInstance *rooms =
      belfry_config_find_instance (config, BELFRY_CONFIG_GROUP_PLUGIN, "rooms");
  const char *value;
  const BelfryConfigOrigin *origin;

  g_assert_cmpuint (belfry_config_n_instances (config, BELFRY_CONFIG_GROUP_PLUGIN), ==, 1);
  g_assert_cmpuint (belfry_config_plugin_n_keys (rooms), ==, 3);
  g_assert_cmpstr (belfry_config_plugin_get_key (rooms, 0, &value, &origin), ==, "a_B");
  g_assert_cmpstr (value, ==, "two words");
  g_assert_cmpuint (origin->line, ==, 3);
  g_assert_cmpstr (belfry_config_plugin_get_key (rooms, 2, NULL, NULL), ==, "z");
  g_assert_cmpstr (belfry_config_plugin_lookup (rooms, "empty"), ==, "");
  g_assert_null (belfry_config_plugin_lookup (rooms, "b"));
  g_assert_null (belfry_config_plugin_lookup (rooms, "zz"));
  g_assert_cmpstr (belfry_config_get_text (config, BELFRY_CONFIG_PLUGIN_JWT_ISSUER), ==, "me");
}

static gpointer
read_in_thread (gpointer data)
{
  BelfryConfig *config = data;

  for (int i = 0; i < 1000; i++)
    {
      g_autoptr (BelfryConfig) mine = belfry_config_ref (config);

      if (belfry_config_get_number (mine, BELFRY_CONFIG_SERVER_MAX_CONNECTIONS) != 10000)
        return NULL;
    }
  belfry_config_unref (config);
  return GINT_TO_POINTER (1);
}

/* Any thread may keep a reference, and the last to let go frees it. */
static void
test_threads (void)
{
  BelfryConfig *config = belfry_test_config_new ("");
  GThread *threads[4];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("read", read_in_thread, belfry_config_ref (config));
  belfry_config_unref (config);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (threads[i])), ==, 1);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config/defaults", test_defaults);
  belfry_test_add ("/config/values", test_values);
  belfry_test_add ("/config/is-set", test_is_set);
  belfry_test_add ("/config/instances", test_instances);
  belfry_test_add ("/config/instance-values", test_instance_values);
  belfry_test_add ("/config/inherit", test_inherit);
  belfry_test_add ("/config/plugins", test_plugins);
  belfry_test_add ("/config/threads", test_threads);
  return g_test_run ();
}
