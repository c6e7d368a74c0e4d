/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-plugin-settings-private.h"

#include <string.h>
#include <sys/stat.h>

#include "belfry-config-number.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

static BelfryPluginSettings *
settings_with (const char *key, const char *value, const char *credentials)
{
  const BelfryPluginSetting setting = { key, value, NULL, "a.conf:7" };

  return belfry_plugin_settings_new ("rooms", &setting, key != NULL ? 1 : 0, credentials);
}

static void
assert_setting_error (GError *error, const char *pattern)
{
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
}

/* What is not set is the fallback. */
static void
test_fallbacks (void)
{
  g_autoptr (BelfryPluginSettings) settings = settings_with (NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  gboolean yes = FALSE;
  gint64 number = 0;

  g_assert_cmpstr (belfry_plugin_settings_get_text (settings, "a", "b"), ==, "b");
  g_assert_null (belfry_plugin_settings_get_text (settings, "a", NULL));
  g_assert_true (belfry_plugin_settings_get_boolean (settings, "a", TRUE, &yes, &error));
  g_assert_true (yes);
  g_assert_true (belfry_plugin_settings_get_integer (settings, "a", 1, 2, -7, &number, &error));
  g_assert_cmpint (number, ==, -7);
  g_assert_true (belfry_plugin_settings_get_duration (settings, "a", 1, 2, 8, &number, &error));
  g_assert_cmpint (number, ==, 8);
  g_assert_true (belfry_plugin_settings_get_size (settings, "a", 1, 2, 9, &number, &error));
  g_assert_cmpint (number, ==, 9);
  g_auto (GStrv) list = belfry_plugin_settings_get_list (settings, "a");
  g_assert_cmpuint (g_strv_length (list), ==, 0);
  g_assert_null (belfry_plugin_settings_get_secret (settings, "a", &error));
  g_assert_no_error (error);
}

typedef enum
{
  BOOLEAN,
  INTEGER,
  DURATION,
  SIZE,
} Kind;

static gboolean
get (BelfryPluginSettings *settings,
     Kind kind,
     gint64 minimum,
     gint64 maximum,
     gint64 *value,
     GError **error)
{
  gboolean yes = FALSE;
  gboolean good;

  if (kind == INTEGER)
    return belfry_plugin_settings_get_integer (settings, "key", minimum, maximum, 0, value, error);
  if (kind == DURATION)
    return belfry_plugin_settings_get_duration (settings, "key", minimum, maximum, 0, value, error);
  if (kind == SIZE)
    return belfry_plugin_settings_get_size (settings, "key", minimum, maximum, 0, value, error);
  good = belfry_plugin_settings_get_boolean (settings, "key", FALSE, &yes, error);
  *value = yes;
  return good;
}

static const char *const number_texts[] = {
  "",
  "0",
  "1",
  "007",
  "5s",
  "90s",
  "1500ms",
  "2min",
  "3h",
  "2562047788h",
  "2562047789h",
  "1 s",
  "1S",
  "s",
  "1m",
  "1d",
  "4KiB",
  "1MiB",
  "2GiB",
  "1kib",
  "1KB",
  "8589934592GiB",
  "yes",
  "YES",
  "true",
  "on",
  "no",
  "Off",
  "false",
  "y",
  "ja",
  "2",
  "9223372036854775807",
  " 1",
  "1 ",
  "+1",
  "0x10",
  "1e3",
  "1.5",
  "1_000",
  "٣",
  "0s",
  "0GiB",
  "9223372036854775808",
};

/* Plugins' settings read what the service's own do, and refuse what they refuse. */
static void
test_as_the_service (void)
{
  gboolean (*const parse[]) (const char *text, gint64 *value) = {
    [BOOLEAN] = belfry_config_parse_boolean,
    [INTEGER] = belfry_config_parse_integer,
    [DURATION] = belfry_config_parse_duration,
    [SIZE] = belfry_config_parse_size,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (number_texts); i++)
    {
      g_autoptr (BelfryPluginSettings) settings = settings_with ("key", number_texts[i], NULL);

      for (Kind kind = BOOLEAN; kind <= SIZE; kind++)
        {
          g_autoptr (GError) error = NULL;
          gint64 expected = -1;
          gint64 value = -1;
          gboolean good = parse[kind](number_texts[i], &expected);

          g_test_message ("“%s” as %u", number_texts[i], kind);
          g_assert_true (get (settings, kind, 0, G_MAXINT64, &value, &error) == good);
          if (good)
            g_assert_cmpint (value, ==, expected);
          else
            assert_setting_error (error, "a.conf:7: [plugin rooms] key: expected *");
        }
    }
}

typedef struct
{
  const char *defect;
  Kind kind;
  const char *text;
  gint64 minimum;
  gint64 maximum;
  const char *message;
} BadCase;

#define PREFIX "a.conf:7: [plugin rooms] key: "

static const BadCase bad_cases[] = {
  { "no truth", BOOLEAN, "maybe", 0, 0, PREFIX "expected “yes” or “no”" },
  { "too small", INTEGER, "4", 5, 6, PREFIX "expected a whole number from 5 to 6" },
  { "too large", INTEGER, "7", 5, 6, PREFIX "expected a whole number from 5 to 6" },
  { "two signs", INTEGER, "--1", -5, 6, PREFIX "expected a whole number from -5 to 6" },
  { "sign alone", INTEGER, "-", -5, 6, PREFIX "expected a whole number from -5 to 6" },
  { "below what is negative", INTEGER, "-6", -5, 6, PREFIX "*from -5 to 6" },
  { "more than a number holds", INTEGER, "99999999999999999999", 0, G_MAXINT64, PREFIX "*" },
  { "too short", DURATION, "999ms", 1000000, 90000000, PREFIX "*duration*from 1s to 90s" },
  { "too long", DURATION, "91s", 0, 90000000, PREFIX "*duration*from 0 to 90s" },
  { "negative time", DURATION, "-1s", 0, 90000000, PREFIX "*duration*" },
  { "too few bytes", SIZE, "1023", 1024, 4096, PREFIX "*size*from 1KiB to 4KiB" },
  { "too many bytes", SIZE, "5KiB", 1000, 4096, PREFIX "*size*from 1000 to 4KiB" },
};

/* What is out of bounds is refused with place, key and what is expected, but never with its value,
 * which may be a secret at the wrong key. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *c = &bad_cases[i];
      g_autoptr (BelfryPluginSettings) settings = settings_with ("key", c->text, NULL);
      g_autoptr (GError) error = NULL;
      gint64 value = 0;

      g_test_message ("%s", c->defect);
      g_assert_false (get (settings, c->kind, c->minimum, c->maximum, &value, &error));
      assert_setting_error (error, c->message);
    }
}

/* Negative numbers are for plugins that allow them. */
static void
test_negative (void)
{
  g_autoptr (BelfryPluginSettings) settings = settings_with ("key", "-12", NULL);
  g_autoptr (GError) error = NULL;
  gint64 value = 0;

  g_assert_true (get (settings, INTEGER, -20, 20, &value, &error));
  g_assert_no_error (error);
  g_assert_cmpint (value, ==, -12);
}

/* A list is split at commas and white space, however many. */
static void
test_list (void)
{
  const char *const expected[] = { "a", "b", "c", NULL };
  g_autoptr (BelfryPluginSettings) settings = settings_with ("key", " a, b,,\t c ,", NULL);
  g_auto (GStrv) list = belfry_plugin_settings_get_list (settings, "key");

  g_assert_true (g_strv_equal ((const char *const *) list, expected));
}

static void
assert_secret (BelfryPluginSettings *settings, const char *key, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) secret = belfry_plugin_settings_get_secret (settings, key, &error);
  gsize length = 0;

  g_assert_no_error (error);
  g_assert_nonnull (secret);
  const char *bytes = g_bytes_get_data (secret, &length);
  g_assert_cmpuint (length, ==, strlen (expected));
  g_assert_cmpstr (bytes, ==, expected);
}

/* A secret comes from its key, a file, a credential, or from who has read it already. */
static void
test_secret (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_write (dir, "token", "from file\r\n", -1);
  g_autoptr (GBytes) known = g_bytes_new_static ("known\0", 6);
  const BelfryPluginSetting handed = { "secret", NULL, known, "a.conf:1" };
  g_autoptr (BelfryPluginSettings) inlined = settings_with ("key", "in line", NULL);
  g_autoptr (BelfryPluginSettings) file = settings_with ("key-file", path, NULL);
  g_autoptr (BelfryPluginSettings) credential = settings_with ("key-credential", "token", dir);
  g_autoptr (BelfryPluginSettings) plain = settings_with ("credential", "token", dir);
  g_autoptr (BelfryPluginSettings) given = belfry_plugin_settings_new ("jwt", &handed, 1, NULL);
  g_autoptr (GBytes) same = belfry_plugin_settings_get_secret (given, "secret", NULL);

  assert_secret (inlined, "key", "in line");
  assert_secret (file, "key", "from file");
  assert_secret (credential, "key", "from file");
  assert_secret (plain, "secret", "from file");
  g_assert_true (same == known);
  g_assert_cmpstr (belfry_plugin_settings_get_text (given, "secret", "no"), ==, "no");
}

typedef struct
{
  const char *defect;
  const char *key;
  const char *value;
  gboolean has_credentials;
  const char *message;
} BadSecret;

static const BadSecret bad_secrets[] = {
  { "no such file", "key-file", "/nonexistent/x", FALSE, "*] key-file: /nonexistent/x: *" },
  { "relative path", "key-file", "x", FALSE, "*] key-file: expected an absolute path" },
  { "folder", "key-file", "/", FALSE, "*] key-file: /: not a regular file" },
  { "device", "key-file", "/dev/zero", FALSE, "*] key-file: /dev/zero: not a regular file" },
  { "no credentials", "key-credential", "x", FALSE, "*: the service manager has given no *" },
  { "no such credential", "key-credential", "absent", TRUE, "*] key-credential: */absent: *" },
  { "way out of the folder", "key-credential", "../x", TRUE, "*: expected a credential's name" },
  { "folder above", "key-credential", "..", TRUE, "*: expected a credential's name" },
  { "the folder itself", "key-credential", ".", TRUE, "*: expected a credential's name" },
  { "empty", "key-credential", "empty", TRUE, "*/empty: empty: expected a secret" },
  { "line end alone", "key-credential", "line", TRUE, "*/line: empty: expected a secret" },
  { "large", "key-credential", "large", TRUE, "*/large: larger than any secret" },
  { "pipe", "key-credential", "pipe", TRUE, "*/pipe: not a regular file" },
};

static void
put (BelfryTestDir *dir, const char *name, const char *content)
{
  g_free (belfry_test_dir_write (dir, name, content, -1));
}

/* A secret that cannot be read is an error, never no secret. */
static void
test_bad_secret (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *text = g_strnfill (65537, 'x');
  g_autofree char *pipe = belfry_test_dir_path (dir, "pipe");

  put (dir, "empty", "");
  put (dir, "line", "\n");
  put (dir, "large", text);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_secrets); i++)
    {
      const BadSecret *c = &bad_secrets[i];
      g_autoptr (BelfryPluginSettings) settings =
          settings_with (c->key, c->value, c->has_credentials ? dir : NULL);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", c->defect);
      g_assert_null (belfry_plugin_settings_get_secret (settings, "key", &error));
      assert_setting_error (error, c->message);
    }
}

/* Nobody can tell which of two secrets is meant; empty texts are none. */
static void
test_two_secrets (void)
{
  const BelfryPluginSetting both[] = { { "key", "a", NULL, "a.conf:7" },
                                       { "key-file", "/x", NULL, "a.conf:8" } };
  const BelfryPluginSetting one[] = { { "key", "a", NULL, "a.conf:7" },
                                      { "key-file", "", NULL, "a.conf:8" } };
  g_autoptr (BelfryPluginSettings) bad = belfry_plugin_settings_new ("rooms", both, 2, NULL);
  g_autoptr (BelfryPluginSettings) good = belfry_plugin_settings_new ("rooms", one, 2, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (belfry_plugin_settings_get_secret (bad, "key", &error));
  assert_setting_error (error, "a.conf:7: [plugin rooms] key: *more than one way");
  assert_secret (good, "key", "a");
}

/* A key is unknown until somebody asks for it, in whatever way. */
static void
test_unknown (void)
{
  const BelfryPluginSetting written[] = { { "a", "1", NULL, "a.conf:1" },
                                          { "b", "2", NULL, "a.conf:2" },
                                          { "c", "3", NULL, "a.conf:3" } };
  g_autoptr (BelfryPluginSettings) settings =
      belfry_plugin_settings_new ("rooms", written, 3, NULL);
  gint64 value = 0;
  gsize index = 0;

  belfry_plugin_settings_get_text (settings, "b", NULL);
  g_assert_cmpstr (belfry_plugin_settings_next_unknown (settings, &index)->key, ==, "a");
  g_assert_cmpstr (belfry_plugin_settings_next_unknown (settings, &index)->origin, ==, "a.conf:3");
  g_assert_null (belfry_plugin_settings_next_unknown (settings, &index));

  index = 0;
  belfry_plugin_settings_get_size (settings, "c", 0, 9, 0, &value, NULL);
  belfry_plugin_settings_add_known (settings, "a");
  belfry_plugin_settings_get_text (settings, "unset", NULL);
  g_assert_null (belfry_plugin_settings_next_unknown (settings, &index));

  g_autofree const char **known = belfry_plugin_settings_list_known (settings);
  g_assert_cmpuint (g_strv_length ((char **) known), ==, 4);
  g_assert_true (g_strv_contains (known, "unset"));
}

/* An error about a key that nobody wrote has no place, but all else. */
static void
test_set_error (void)
{
  g_autoptr (BelfryPluginSettings) settings = settings_with ("key", "x", NULL);
  g_autoptr (GError) written = NULL;
  g_autoptr (GError) absent = NULL;

  belfry_plugin_settings_set_error (settings, &written, "key", "no such room");
  belfry_plugin_settings_set_error (settings, &absent, "file", "expected a file");
  belfry_plugin_settings_set_error (settings, NULL, "file", "expected a file");
  g_assert_error (written, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING);
  g_assert_cmpstr (written->message, ==, "a.conf:7: [plugin rooms] key: no such room");
  g_assert_cmpstr (absent->message, ==, "[plugin rooms] file: expected a file");
}

/* Settings keep copies: what they were made of may go. */
static void
test_copies (void)
{
  char key[] = "key";
  char value[] = "value";
  char origin[] = "a.conf:7";
  char folder[] = "/nonexistent";
  const BelfryPluginSetting setting = { key, value, NULL, origin };
  g_autoptr (BelfryPluginSettings) settings =
      belfry_plugin_settings_new ("rooms", &setting, 1, folder);

  key[0] = value[0] = origin[0] = folder[1] = 'X';
  g_autoptr (GError) error = belfry_plugin_settings_new_error (settings, "key", "wrong");
  g_assert_cmpstr (belfry_plugin_settings_get_text (settings, "key", NULL), ==, "value");
  g_assert_cmpstr (error->message, ==, "a.conf:7: [plugin rooms] key: wrong");
}

/* Credentials are in the folder that the service manager names; a relative one is none. */
static void
test_relative_credentials (void)
{
  g_autoptr (BelfryPluginSettings) settings = settings_with ("key-credential", "x", "relative");
  g_autoptr (GError) error = NULL;

  g_assert_null (belfry_plugin_settings_get_secret (settings, "key", &error));
  assert_setting_error (error, "*] key-credential: the service manager has given no credentials");
}

/* Other languages copy boxed values: that is a reference. */
static void
test_boxed (void)
{
  g_autoptr (BelfryPluginSettings) settings = settings_with ("key", "x", NULL);
  BelfryPluginSettings *copy = g_boxed_copy (BELFRY_TYPE_PLUGIN_SETTINGS, settings);

  g_assert_true (copy == settings);
  g_boxed_free (BELFRY_TYPE_PLUGIN_SETTINGS, copy);
  g_assert_cmpstr (belfry_plugin_settings_get_text (settings, "key", NULL), ==, "x");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/plugin-settings/fallbacks", test_fallbacks);
  belfry_test_add ("/plugin-settings/as-the-service", test_as_the_service);
  belfry_test_add ("/plugin-settings/bad", test_bad);
  belfry_test_add ("/plugin-settings/negative", test_negative);
  belfry_test_add ("/plugin-settings/list", test_list);
  belfry_test_add ("/plugin-settings/secret", test_secret);
  belfry_test_add ("/plugin-settings/bad-secret", test_bad_secret);
  belfry_test_add ("/plugin-settings/two-secrets", test_two_secrets);
  belfry_test_add ("/plugin-settings/unknown", test_unknown);
  belfry_test_add ("/plugin-settings/set-error", test_set_error);
  belfry_test_add ("/plugin-settings/copies", test_copies);
  belfry_test_add ("/plugin-settings/relative-credentials", test_relative_credentials);
  belfry_test_add ("/plugin-settings/boxed", test_boxed);
  return g_test_run ();
}
