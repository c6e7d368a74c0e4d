/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-plugin-module.h"

#include "belfry-error.h"
#include "belfry-test.h"

static char *
path_of (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".so", NULL);

  return g_test_build_filename (G_TEST_BUILT, "plugins", file, NULL);
}

typedef struct
{
  const char *name;
  const char *message;
} BadCase;

static const BadCase bad_files[] = {
  { "no-library", "cannot be opened: *" },
  { "absent", "cannot be opened: *" },
  { "no-symbol", "has no symbol “belfry_plugin_descriptor”: *" },
  { "bad-magic", "its descriptor is not one of Belfry's" },
  { "older-major", "built for ABI 0: expected 1" },
  { "newer-major", "built for ABI 2: expected 1" },
  { "newer-minor", "built for ABI 1.1, which is newer than this service's 1.0" },
  { "small", "its descriptor has 16 bytes: expected *" },
  { "large", "its descriptor has 4096 bytes: expected *" },
  { "wrong-name", "calls itself “another”: expected the name of its file" },
  { "no-version", "has no version" },
  { "no-licence", "has no licence: *" },
  { "no-kinds", "is of no kind: *" },
  { "unknown-kind", "is of a kind that this service does not know (0x8000)" },
  { "no-class", "has no class" },
};

/* A file that is not the plugin that was wanted is refused before code of it is called. */
static void
test_bad_files (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_files); i++)
    {
      const BadCase *c = &bad_files[i];
      g_autofree char *path = path_of (c->name);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", c->name);
      g_assert_null (belfry_plugin_module_open (path, c->name, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
      if (!g_pattern_match_simple (c->message, error->message))
        g_error ("“%s” does not match “%s”", error->message, c->message);
      g_assert_null (belfry_plugin_module_open (path, c->name, NULL));
    }
}

static const BadCase bad_classes[] = {
  { "wrong-class", "its class is no BelfryPlugin" },
  { "says-more", "says that it is of kind “filter”, but its class TestSaysMore does not *" },
  { "says-other", "says that it is of kind “authorizer”, but its class TestSaysOther does not *" },
};

/* A class that is not what the descriptor says is refused before an object is made of it. */
static void
test_bad_classes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_classes); i++)
    {
      const BadCase *c = &bad_classes[i];
      g_autofree char *path = path_of (c->name);
      g_autoptr (GError) error = NULL;
      const BelfryPluginDescriptor *descriptor = belfry_plugin_module_open (path, c->name, &error);

      g_test_message ("%s", c->name);
      g_assert_no_error (error);
      g_assert_null (belfry_plugin_module_create (descriptor, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
      if (!g_pattern_match_simple (c->message, error->message))
        g_error ("“%s” does not match “%s”", error->message, c->message);
    }
}

/* A class that is more than its descriptor says is refused, too: administrators read that. */
static void
test_says_less (void)
{
  g_autofree char *path = path_of ("one");
  g_autoptr (GError) error = NULL;
  BelfryPluginDescriptor descriptor = *belfry_plugin_module_open (path, "one", NULL);

  descriptor.kinds = BELFRY_PLUGIN_TOPIC_POLICY;
  g_assert_null (belfry_plugin_module_create (&descriptor, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_assert_cmpstr (error->message, ==,
                   "its class TestPluginOne implements “membership”, but it does not say so");
}

/* A plugin becomes an object; a second one of the same file is of the same class. */
static void
test_good (void)
{
  g_autofree char *path = path_of ("one");
  g_autoptr (GError) error = NULL;
  const BelfryPluginDescriptor *first = belfry_plugin_module_open (path, "one", &error);
  const BelfryPluginDescriptor *second = belfry_plugin_module_open (path, "one", &error);
  BelfryPlugin *one = belfry_plugin_module_create (first, &error);
  BelfryPlugin *other = belfry_plugin_module_create (second, &error);

  g_assert_no_error (error);
  g_assert_true (first == second);
  g_assert_true (one != other);
  g_assert_true (G_OBJECT_TYPE (one) == G_OBJECT_TYPE (other));
  belfry_test_assert_finalizes (one);
  belfry_test_assert_finalizes (other);
}

/* Kinds have words for administrators. */
static void
test_kinds (void)
{
  g_autofree char *none = belfry_plugin_kinds_to_string (0);
  g_autofree char *one = belfry_plugin_kinds_to_string (BELFRY_PLUGIN_MESSAGE_FILTER);
  g_autofree char *all = belfry_plugin_kinds_to_string (G_MAXUINT32);

  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (one, ==, "filter");
  g_assert_cmpstr (all, ==, "authorizer, policy, filter, membership, routes");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/plugin-module/bad-files", test_bad_files);
  belfry_test_add ("/plugin-module/bad-classes", test_bad_classes);
  belfry_test_add ("/plugin-module/says-less", test_says_less);
  belfry_test_add ("/plugin-module/good", test_good);
  belfry_test_add ("/plugin-module/kinds", test_kinds);
  return g_test_run ();
}
