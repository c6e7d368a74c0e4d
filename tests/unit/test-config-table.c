/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-table.h"

#include <string.h>

#include "belfry-config-environment.h"
#include "belfry-config-private.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

/* Every row is complete, stands with its group, and has a name that no other of the group has. */
static void
test_rows (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row ((BelfryConfigKey) i);

      g_assert_nonnull (row->name);
      g_assert_nonnull (row->fallback);
      g_assert_true (g_str_has_suffix (row->help, "."));
      g_assert_true (i == 0 || row->group >= row[-1].group);
      g_assert_cmpint (row->minimum, <=, row->maximum);
      g_assert_cmpuint (strspn (row->name, "abcdefghijklmnopqrstuvwxyz-"), ==, strlen (row->name));
      g_assert_true (
          g_hash_table_add (names, g_strdup_printf ("%d %s", (int) row->group, row->name)));
    }
}

/* The types that need words have them, and the others none. */
static void
test_words (void)
{
  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row ((BelfryConfigKey) i);
      gboolean needs_words = row->type == BELFRY_CONFIG_TYPE_ENUM ||
                             row->type == BELFRY_CONFIG_TYPE_URL ||
                             row->type == BELFRY_CONFIG_TYPE_CHOICES;

      g_assert_cmpint (row->words != NULL, ==, needs_words);
    }
}

/* Every form of a secret leads to a form that holds the secret itself. */
static void
test_secrets (void)
{
  guint n_secrets = 0;

  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row ((BelfryConfigKey) i);

      if (row->type == BELFRY_CONFIG_TYPE_SECRET || row->type == BELFRY_CONFIG_TYPE_SECRET_FILE ||
          row->type == BELFRY_CONFIG_TYPE_CREDENTIAL)
        {
          g_assert_true (belfry_config_table_is_secret (row->related));
          g_assert_cmpint (belfry_config_table_row (row->related)->group, ==, row->group);
          n_secrets++;
        }
    }
  g_assert_cmpuint (n_secrets, ==, 12);
}

/* A key is found by its name, in its group alone. */
static void
test_find (void)
{
  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row ((BelfryConfigKey) i);
      BelfryConfigKey key = BELFRY_CONFIG_N_KEYS;

      g_assert_true (belfry_config_table_find_key (row->group, row->name, &key));
      g_assert_cmpint (key, ==, i);
    }
  BelfryConfigKey key;
  g_assert_false (belfry_config_table_find_key (BELFRY_CONFIG_GROUP_LOG, "listen", &key));
  g_assert_false (belfry_config_table_find_key (BELFRY_CONFIG_GROUP_PLUGIN, "", &key));
}

/* The groups' keys are the whole table, each once. */
static void
test_groups (void)
{
  gsize total = 0;

  for (int i = 0; i < BELFRY_CONFIG_N_GROUPS; i++)
    {
      gsize n;
      BelfryConfigKey first = belfry_config_table_keys ((BelfryConfigGroup) i, &n);

      g_assert_cmpuint (first, ==, total);
      g_assert_cmpint (n == 0, ==, i == BELFRY_CONFIG_GROUP_PLUGIN);
      total += n;
    }
  g_assert_cmpuint (total, ==, BELFRY_CONFIG_N_KEYS);
}

/* No two settings that are there without a file have the same variable. */
static void
test_variables (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row ((BelfryConfigKey) i);
      g_autofree char *title = belfry_config_group_title (row->group, NULL);

      g_assert_true (g_hash_table_add (names, belfry_config_environment_name (title, row->name)));
    }
}

typedef struct
{
  BelfryConfigKey key;
  const char *instance;
  const char *fallback;
} DefaultCase;

static const DefaultCase default_cases[] = {
  { BELFRY_CONFIG_SERVER_LISTEN, NULL, "127.0.0.1:8080" },
  { BELFRY_CONFIG_SERVER_WORKERS, NULL, "auto" },
  { BELFRY_CONFIG_SERVER_MAX_CONNECTIONS, NULL, "10000" },
  { BELFRY_CONFIG_WEBSOCKET_PING_INTERVAL, NULL, "30s" },
  { BELFRY_CONFIG_WEBSOCKET_PING_TIMEOUT, NULL, "10s" },
  { BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGE_SIZE, NULL, "1MiB" },
  { BELFRY_CONFIG_WEBSOCKET_MAX_MESSAGES_PER_SECOND, NULL, "100" },
  { BELFRY_CONFIG_WEBSOCKET_MAX_SUBSCRIPTIONS, NULL, "128" },
  { BELFRY_CONFIG_WEBSOCKET_SEND_QUEUE, NULL, "1MiB" },
  { BELFRY_CONFIG_ENDPOINT_DIALECT, "/", "action" },
  { BELFRY_CONFIG_ENDPOINT_DIALECT, "/ws", "typed" },
  { BELFRY_CONFIG_ENDPOINT_DIALECT, "/other", "action" },
  { BELFRY_CONFIG_ENDPOINT_DELIVERY, "/ws", "payload" },
  { BELFRY_CONFIG_BROKER_MODE, NULL, "channels" },
  { BELFRY_CONFIG_BROKER_CHANNEL, NULL, "websocket_messages" },
  { BELFRY_CONFIG_BROKER_PROBE_INTERVAL, NULL, "10s" },
  { BELFRY_CONFIG_BROKER_OUTBOX, NULL, "4MiB" },
  { BELFRY_CONFIG_AUTH_REQUIRED, NULL, "yes" },
  { BELFRY_CONFIG_AUTH_AUTHORIZERS, NULL, "jwt" },
  { BELFRY_CONFIG_AUTH_POLICIES, NULL, "rules" },
  { BELFRY_CONFIG_PLUGIN_JWT_ALGORITHMS, NULL, "HS256" },
  { BELFRY_CONFIG_PLUGIN_JWT_LEEWAY, NULL, "30s" },
  { BELFRY_CONFIG_PLUGIN_JWT_ROLES_CLAIM, NULL, "roles" },
  { BELFRY_CONFIG_TOPIC_HISTORY_SIZE, "*", "0" },
  { BELFRY_CONFIG_TOPIC_HISTORY_TTL, "*", "5min" },
  { BELFRY_CONFIG_TOPIC_SLOW_CONSUMER, "*", "disconnect" },
  { BELFRY_CONFIG_CONTROL_BUS, NULL, "system" },
  { BELFRY_CONFIG_HTTP_METRICS, NULL, "yes" },
  { BELFRY_CONFIG_LOG_LEVEL, NULL, "info" },
};

/* What is promised of a service that nobody configured. */
static void
test_defaults (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (default_cases); i++)
    g_assert_cmpstr (belfry_config_table_fallback (default_cases[i].key, default_cases[i].instance),
                     ==, default_cases[i].fallback);
}

/* A default is written as it is printed, so that the default file and the printed one agree. */
static void
test_canonical (void)
{
  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row ((BelfryConfigKey) i);
      g_auto (BelfryConfigValue) value = { NULL };
      g_auto (BelfryConfigComplaint) complaint = { NULL };

      if (row->flags & BELFRY_CONFIG_INHERITS)
        continue;
      g_assert_true (belfry_config_value_parse (&value, row, row->fallback, &complaint));
      g_assert_cmpstr (value.text, ==, row->fallback);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-table/rows", test_rows);
  belfry_test_add ("/config-table/words", test_words);
  belfry_test_add ("/config-table/secrets", test_secrets);
  belfry_test_add ("/config-table/find", test_find);
  belfry_test_add ("/config-table/groups", test_groups);
  belfry_test_add ("/config-table/variables", test_variables);
  belfry_test_add ("/config-table/defaults", test_defaults);
  belfry_test_add ("/config-table/canonical", test_canonical);
  return g_test_run ();
}
