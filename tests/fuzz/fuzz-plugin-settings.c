/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz-plugin-settings"

#include "config.h"

#include "belfry-plugin-settings-private.h"

#include <string.h>

#include "belfry-config-number.h"
#include "belfry-fuzz.h"

/* Whatever an administrator writes for a plugin: it is read as the service reads its own, or is an
 * error that names the key. */

typedef gboolean (*Parse) (const char *text, gint64 *value);

typedef gboolean (*Get) (BelfryPluginSettings *settings,
                         const char *key,
                         gint64 minimum,
                         gint64 maximum,
                         gint64 fallback,
                         gint64 *value,
                         GError **error);

static void
check_number (BelfryPluginSettings *settings, const char *text, Get get, Parse parse)
{
  g_autoptr (GError) error = NULL;
  gint64 expected = -1;
  gint64 value = -1;
  gboolean good = parse (text, &expected);

  g_assert_true (get (settings, "key", 0, G_MAXINT64, -1, &value, &error) == good);
  if (good)
    g_assert_cmpint (value, ==, expected);
  else
    g_assert_true (g_str_has_prefix (error->message, "here: [plugin x] key: expected "));
}

static void
check_list (BelfryPluginSettings *settings, const char *text)
{
  g_auto (GStrv) words = belfry_plugin_settings_get_list (settings, "key");

  for (char **word = words; *word != NULL; word++)
    {
      g_assert_true (**word != '\0' && strpbrk (*word, ", \t\r\n") == NULL);
      g_assert_nonnull (strstr (text, *word));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  const BelfryPluginSetting setting = { "key", text, NULL, "here" };
  g_autoptr (BelfryPluginSettings) settings = belfry_plugin_settings_new ("x", &setting, 1, NULL);
  g_autoptr (GBytes) secret = belfry_plugin_settings_get_secret (settings, "key", NULL);

  g_assert_true ((secret != NULL) == (*text != '\0'));
  if (*text != '-')
    check_number (settings, text, belfry_plugin_settings_get_integer, belfry_config_parse_integer);
  check_number (settings, text, belfry_plugin_settings_get_duration, belfry_config_parse_duration);
  check_number (settings, text, belfry_plugin_settings_get_size, belfry_config_parse_size);
  check_list (settings, text);
  return 0;
}
