/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-loader-settings.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-test-config.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

/* A plugin sees what is written in its group, with the place, but not whether it is to be loaded.
 */
static void
test_own_group (void)
{
  g_autoptr (BelfryConfig) config =
      belfry_test_config_new ("[plugin rooms]\nenabled=yes\nname=x y\n\nsize=2KiB\n");
  g_autoptr (BelfryPluginSettings) settings = belfry_loader_settings_new (config, "rooms", NULL);
  g_autoptr (GError) wrong = NULL;
  gint64 size = 0;

  g_assert_null (belfry_plugin_settings_get_text (settings, "enabled", NULL));
  g_assert_cmpstr (belfry_plugin_settings_get_text (settings, "name", NULL), ==, "x y");
  g_assert_true (belfry_plugin_settings_get_size (settings, "size", 0, 9999, 0, &size, NULL));
  g_assert_cmpint (size, ==, 2048);
  belfry_plugin_settings_set_error (settings, &wrong, "size", "too much");
  g_assert_cmpstr (wrong->message, ==, "test.conf:5: [plugin rooms] size: too much");
}

/* A plugin without a group has settings, but nothing is set. */
static void
test_no_group (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new ("");
  g_autoptr (BelfryPluginSettings) settings = belfry_loader_settings_new (config, "rooms", NULL);

  g_assert_cmpstr (belfry_plugin_settings_get_text (settings, "a", "b"), ==, "b");
  g_assert_true (belfry_loader_settings_check (settings, NULL));
}

/* A plugin whose keys the service knows has the same view: texts, the service's defaults among
 * them, and its secret without knowing which form it was given in. */
static void
test_known_group (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path =
      belfry_test_dir_write (dir, "secret", "0123456789012345678901234567890123456789\n", -1);
  g_autofree char *text = g_strdup_printf (
      "[plugin jwt]\nsecret-file=%s\nleeway=90s\nalgorithms=HS256 HS512\nissuer=me\n", path);
  g_autoptr (BelfryConfig) config = belfry_test_config_new (text);
  g_autoptr (BelfryPluginSettings) settings = belfry_loader_settings_new (config, "jwt", NULL);
  g_autoptr (GBytes) secret = belfry_plugin_settings_get_secret (settings, "secret", NULL);
  g_auto (GStrv) algorithms = belfry_plugin_settings_get_list (settings, "algorithms");
  g_autoptr (GError) wrong = NULL;
  gint64 leeway = 0;

  g_assert_nonnull (secret);
  g_assert_cmpuint (g_bytes_get_size (secret), ==, 40);
  g_assert_true (
      belfry_plugin_settings_get_duration (settings, "leeway", 0, G_MAXINT64, 0, &leeway, NULL));
  g_assert_cmpint (leeway, ==, 90 * G_USEC_PER_SEC);
  g_assert_cmpuint (g_strv_length (algorithms), ==, 2);
  g_assert_cmpstr (algorithms[1], ==, "HS512");
  g_assert_cmpstr (belfry_plugin_settings_get_text (settings, "issuer", NULL), ==, "me");
  g_assert_cmpstr (belfry_plugin_settings_get_text (settings, "roles-claim", NULL), ==, "roles");
  g_assert_cmpstr (belfry_plugin_settings_get_text (settings, "secret", NULL), ==, NULL);
  g_assert_true (belfry_loader_settings_check (settings, NULL));
  g_autoptr (GError) weak = belfry_plugin_settings_new_error (settings, "secret", "too short");
  g_assert_cmpstr (weak->message, ==, "test.conf:2: [plugin jwt] secret: too short");
  belfry_plugin_settings_set_error (settings, &wrong, "leeway", "too long");
  g_assert_cmpstr (wrong->message, ==, "test.conf:3: [plugin jwt] leeway: too long");
}

/* The secret outlives the configuration that it came from. */
static void
test_secret_lives (void)
{
  g_autoptr (GBytes) secret = NULL;
  BelfryConfig *config =
      belfry_test_config_new ("[plugin jwt]\nsecret=01234567890123456789012345678901\n");
  BelfryPluginSettings *settings = belfry_loader_settings_new (config, "jwt", NULL);

  secret = belfry_plugin_settings_get_secret (settings, "secret", NULL);
  belfry_plugin_settings_unref (settings);
  belfry_config_unref (config);
  g_assert_cmpstr (g_bytes_get_data (secret, NULL), ==, "01234567890123456789012345678901");
}

typedef struct
{
  const char *defect;
  const char *text;
  const char *message;
} BadCase;

static const BadCase bad_cases[] = {
  { "slip of the pen", "[plugin rooms]\nlimmit=1\n",
    "test.conf:2: limmit: there is no such key (did you mean “limit”?)" },
  { "another word", "[plugin rooms]\nlimit=1\nsomething=1\n",
    "test.conf:3: something: there is no such key" },
};

/* What a plugin never asked for is reported, with the key that may have been meant. */
static void
test_unknown (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *c = &bad_cases[i];
      g_autoptr (BelfryConfig) config = belfry_test_config_new (c->text);
      g_autoptr (BelfryPluginSettings) settings =
          belfry_loader_settings_new (config, "rooms", NULL);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", c->defect);
      belfry_plugin_settings_get_text (settings, "limit", NULL);
      g_assert_false (belfry_loader_settings_check (settings, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
      g_assert_cmpstr (error->message, ==, c->message);
    }
}

/* What was known once stays known. */
static void
test_learn (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new ("[plugin rooms]\nlimit=1\n");
  g_autoptr (BelfryPluginSettings) former = belfry_loader_settings_new (config, "rooms", NULL);
  g_autoptr (BelfryPluginSettings) settings = belfry_loader_settings_new (config, "rooms", NULL);

  belfry_plugin_settings_get_text (former, "limit", NULL);
  g_assert_false (belfry_loader_settings_check (settings, NULL));
  belfry_loader_settings_learn (settings, former);
  g_assert_true (belfry_loader_settings_check (settings, NULL));
}

/* A group is wanted unless it says no. */
static void
test_is_enabled (void)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (
      "[plugin a]\n[plugin b]\nenabled=no\n[plugin c]\nenabled=on\n[plugin d]\nenabled=maybe\n");
  const gboolean expected[] = { TRUE, FALSE, TRUE };
  g_autoptr (GError) error = NULL;
  gboolean enabled = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_assert_true (belfry_loader_settings_is_enabled (
          belfry_config_get_instance (config, BELFRY_CONFIG_GROUP_PLUGIN, i), &enabled, &error));
      g_assert_true (enabled == expected[i]);
    }
  g_assert_false (
      belfry_loader_settings_is_enabled (belfry_config_get_instance (config,
                                                                     BELFRY_CONFIG_GROUP_PLUGIN, 3),
                                         &enabled, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_assert_cmpstr (error->message, ==, "test.conf:7: enabled: expected “yes” or “no”");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/loader-settings/own-group", test_own_group);
  belfry_test_add ("/loader-settings/no-group", test_no_group);
  belfry_test_add ("/loader-settings/known-group", test_known_group);
  belfry_test_add ("/loader-settings/secret-lives", test_secret_lives);
  belfry_test_add ("/loader-settings/unknown", test_unknown);
  belfry_test_add ("/loader-settings/learn", test_learn);
  belfry_test_add ("/loader-settings/is-enabled", test_is_enabled);
  return g_test_run ();
}
