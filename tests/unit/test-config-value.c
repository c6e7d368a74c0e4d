/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-config-value.h"

#include <string.h>

#include "belfry-test.h"

typedef struct
{
  BelfryConfigKey key;
  const char *text;
  const char *canonical;
  gint64 number;
} GoodCase;

static const GoodCase good_cases[] = {
  { BELFRY_CONFIG_SERVER_DEMO, "ON", "yes", 1 },
  { BELFRY_CONFIG_SERVER_WORKERS, "AUTO", "auto", 0 },
  { BELFRY_CONFIG_SERVER_WORKERS, "004", "4", 4 },
  { BELFRY_CONFIG_SERVER_DRAIN_TIME, "0", "0", 0 },
  { BELFRY_CONFIG_SERVER_DRAIN_TIME, "60s", "1min", 60000000 },
  { BELFRY_CONFIG_WEBSOCKET_SEND_QUEUE, "2048", "2KiB", 2048 },
  { BELFRY_CONFIG_ENDPOINT_DIALECT, "centrifugo-json", "centrifugo-json",
    BELFRY_CONFIG_DIALECT_CENTRIFUGO_JSON },
  { BELFRY_CONFIG_ENDPOINT_DELIVERY, "envelope", "envelope", BELFRY_CONFIG_DELIVERY_ENVELOPE },
  { BELFRY_CONFIG_BROKER_MODE, "envelope", "envelope", BELFRY_CONFIG_BROKER_ENVELOPE },
  { BELFRY_CONFIG_TOPIC_SLOW_CONSUMER, "conflate", "conflate", BELFRY_CONFIG_SLOW_CONFLATE },
  { BELFRY_CONFIG_CONTROL_BUS, "none", "none", BELFRY_CONFIG_BUS_NONE },
  { BELFRY_CONFIG_PLUGIN_JWT_ISSUER, " as it is ", " as it is ", 0 },
  { BELFRY_CONFIG_PLUGIN_JWT_ISSUER, "", "", 0 },
  { BELFRY_CONFIG_PLUGIN_RULES_FILE, "", "", 0 },
  { BELFRY_CONFIG_BROKER_URL, "", "", 0 },
  { BELFRY_CONFIG_LOG_LEVEL, "info,config=debug", "info,config=debug", 0 },
  { BELFRY_CONFIG_SERVER_LISTEN, "*:1,[0::1]:2 ,  unix:/x", "*:1, [::1]:2, unix:/x", 0 },
  { BELFRY_CONFIG_SERVER_ALLOWED_ORIGINS, "HTTPS://A:443\thttp://b:1", "https://a, http://b:1", 0 },
  { BELFRY_CONFIG_SERVER_ALLOWED_ORIGINS, "", "", 0 },
  { BELFRY_CONFIG_SERVER_ALLOWED_ORIGINS, " , ", "", 0 },
  { BELFRY_CONFIG_SERVER_TRUSTED_PROXIES, "10.0.0.0/8 ::1/128,unix", "10.0.0.0/8, ::1, unix", 0 },
  { BELFRY_CONFIG_AUTH_POLICIES, "b,a", "b, a", 0 },
  { BELFRY_CONFIG_PLUGIN_JWT_KEYS, "/a /b", "/a, /b", 0 },
  { BELFRY_CONFIG_PLUGIN_JWT_ALGORITHMS, "ES256 RS256", "ES256, RS256", 0 },
  { BELFRY_CONFIG_PLUGIN_JWT_SECRET_FILE, "/x", "/x", 0 },
  { BELFRY_CONFIG_PLUGIN_JWT_CREDENTIAL, "jwt", "jwt", 0 },
};

/* Each type takes what it should, and its canonical text means the same. */
static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_cases); i++)
    {
      const GoodCase *row = &good_cases[i];
      const BelfryConfigRow *key = belfry_config_table_row (row->key);
      g_auto (BelfryConfigValue) value = { NULL };
      g_auto (BelfryConfigValue) again = { NULL };
      g_auto (BelfryConfigComplaint) complaint = { NULL };

      g_test_message ("%s = %s", key->name, row->text);
      g_assert_true (belfry_config_value_parse (&value, key, row->text, &complaint));
      g_assert_null (complaint.message);
      g_assert_cmpstr (value.text, ==, row->canonical);
      g_assert_cmpint (value.number, ==, row->number);
      g_assert_true (belfry_config_value_parse (&again, key, value.text, &complaint));
      g_assert_true (belfry_config_value_equal (&value, &again));
    }
}

/* Lists come as words, and as what the words mean. */
static void
test_lists (void)
{
  g_auto (BelfryConfigValue) listen = { NULL };
  g_auto (BelfryConfigValue) proxies = { NULL };
  g_auto (BelfryConfigValue) empty = { NULL };
  g_auto (BelfryConfigComplaint) complaint = { NULL };

  g_assert_true (belfry_config_value_parse (&listen,
                                            belfry_config_table_row (BELFRY_CONFIG_SERVER_LISTEN),
                                            "*:1 systemd", &complaint));
  g_assert_cmpuint (g_strv_length (listen.words), ==, 2);
  g_assert_cmpuint (listen.items->len, ==, 2);
  g_assert_true (
      belfry_config_value_parse (&proxies,
                                 belfry_config_table_row (BELFRY_CONFIG_SERVER_TRUSTED_PROXIES),
                                 "10.0.0.0/8 unix ::1", &complaint));
  g_assert_cmpuint (g_strv_length (proxies.words), ==, 3);
  g_assert_cmpuint (proxies.items->len, ==, 2);
  g_assert_true (
      belfry_config_value_parse (&empty,
                                 belfry_config_table_row (BELFRY_CONFIG_SERVER_TRUSTED_PROXIES), "",
                                 &complaint));
  g_assert_cmpuint (g_strv_length (empty.words), ==, 0);
  g_assert_cmpuint (empty.items->len, ==, 0);
}

typedef struct
{
  const char *defect;
  BelfryConfigKey key;
  gsize length;
  const char *message;
} LongCase;

static const LongCase long_cases[] = {
  { "a text", BELFRY_CONFIG_PLUGIN_JWT_ISSUER, 1024, "longer than 1024 bytes" },
  { "a channel", BELFRY_CONFIG_BROKER_CHANNEL, 255, "longer than 255 bytes" },
  { "a secret", BELFRY_CONFIG_HTTP_API_KEY, 65536, "longer than 65536 bytes" },
};

/* Texts end at their limits, and not before. */
static void
test_long (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (long_cases); i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row (long_cases[i].key);
      g_autofree char *text = g_strnfill (long_cases[i].length + 1, 'x');
      g_auto (BelfryConfigValue) value = { NULL };
      g_auto (BelfryConfigComplaint) complaint = { NULL };

      g_test_message ("%s", long_cases[i].defect);
      g_assert_false (belfry_config_value_parse (&value, row, text, &complaint));
      g_assert_true (g_str_has_prefix (complaint.message, long_cases[i].message));
      g_assert_null (value.text);
      belfry_config_complaint_clear (&complaint);
      text[long_cases[i].length] = '\0';
      g_assert_true (belfry_config_value_parse (&value, row, text, &complaint));
    }
}

/* A list of 256 words is taken, one more is not. */
static void
test_long_list (void)
{
  const BelfryConfigRow *row = belfry_config_table_row (BELFRY_CONFIG_AUTH_POLICIES);
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (BelfryConfigValue) value = { NULL };
  g_auto (BelfryConfigComplaint) complaint = { NULL };

  for (int i = 0; i < 256; i++)
    g_string_append_printf (text, "p%d ", i);
  g_assert_true (belfry_config_value_parse (&value, row, text->str, &complaint));
  belfry_config_value_clear (&value);
  g_string_append (text, "q");
  g_assert_false (belfry_config_value_parse (&value, row, text->str, &complaint));
  g_assert_cmpstr (complaint.message, ==, "more than 256 entries");
}

/* A secret takes any bytes, is kept apart from the text, and is compared by what it is. */
static void
test_secret (void)
{
  const BelfryConfigRow *row = belfry_config_table_row (BELFRY_CONFIG_HTTP_API_KEY);
  g_auto (BelfryConfigValue) a = { NULL };
  g_auto (BelfryConfigValue) b = { NULL };
  g_auto (BelfryConfigValue) none = { NULL };
  g_auto (BelfryConfigValue) copy = { NULL };
  g_auto (BelfryConfigComplaint) complaint = { NULL };

  g_assert_true (belfry_config_value_parse (&a, row, "\xff\n hunter2", &complaint));
  g_assert_true (belfry_config_value_parse (&b, row, "\xff\n hunter3", &complaint));
  g_assert_true (belfry_config_value_parse (&none, row, "", &complaint));
  g_assert_cmpstr (a.text, ==, "");
  g_assert_cmpstr (belfry_secret_peek (a.secret, NULL), ==, "\xff\n hunter2");
  g_assert_null (none.secret);
  belfry_config_value_copy (&copy, &a);
  g_assert_true (belfry_config_value_equal (&copy, &a));
  g_assert_false (belfry_config_value_equal (&a, &b));
  g_assert_false (belfry_config_value_equal (&a, &none));
  g_assert_false (belfry_config_value_equal (&none, &a));
  g_autofree char *shown = belfry_config_value_show (&a, row);
  g_assert_cmpstr (shown, ==, "");
}

/* A URL is used with its password and shown without. */
static void
test_url (void)
{
  const BelfryConfigRow *row = belfry_config_table_row (BELFRY_CONFIG_BROKER_URL);
  g_auto (BelfryConfigValue) value = { NULL };
  g_auto (BelfryConfigComplaint) complaint = { NULL };

  g_assert_true (belfry_config_value_parse (&value, row, "redis://u:hunter2@h", &complaint));
  g_assert_cmpstr (value.text, ==, "redis://u:hunter2@h");
  g_autofree char *shown = belfry_config_value_show (&value, row);
  g_assert_cmpstr (shown, ==, "redis://u:***@h");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/config-value/good", test_good);
  belfry_test_add ("/config-value/lists", test_lists);
  belfry_test_add ("/config-value/long", test_long);
  belfry_test_add ("/config-value/long-list", test_long_list);
  belfry_test_add ("/config-value/secret", test_secret);
  belfry_test_add ("/config-value/url", test_url);
  return g_test_run ();
}
