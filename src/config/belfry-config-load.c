/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-load.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-config-builder.h"
#include "belfry-config-dotenv.h"
#include "belfry-config-environment.h"
#include "belfry-config-file.h"
#include "belfry-config-files.h"
#include "belfry-config-overrides.h"

/* All sources in their order. Holds nothing between calls: a reload runs it on a thread of its own
 * while the old configuration is in use. */

#define ENVIRONMENT "environment"
#define SERVICE_MANAGER "service manager"

/* Who enables a socket unit need not say so a second time in the configuration. */
static void
read_activation (BelfryConfigBuilder *builder, BelfryConfigProblems *problems)
{
  static const char text[] = "[server]\nlisten=systemd\n";
  g_auto (BelfryConfigOrigin) origin = { g_ref_string_new (SERVICE_MANAGER), 0, NULL };

  belfry_config_builder_next_source (builder, FALSE);
  belfry_config_files_read_text (text, strlen (text), origin.source, builder, problems);
}

static void
read_files (const BelfryConfigSources *sources,
            BelfryConfigBuilder *builder,
            BelfryConfigProblems *problems)
{
  const BelfryConfigFolders folders = { {
      sources->sysconf_dir != NULL ? sources->sysconf_dir : BELFRY_SYSCONF_DIR,
      sources->runtime_dir != NULL ? sources->runtime_dir : BELFRY_RUNTIME_DIR,
      sources->vendor_dir != NULL ? sources->vendor_dir : BELFRY_VENDOR_DIR,
  } };
  g_autoptr (GPtrArray) list = belfry_config_files_list (sources->file, &folders, problems);

  belfry_config_files_read (list, sources->file != NULL, builder, problems);
}

static void
read_env_file (const char *path, BelfryConfigBuilder *builder, BelfryConfigProblems *problems)
{
  g_auto (BelfryConfigOrigin) origin = { g_ref_string_new (path), 0, NULL };
  const BelfryConfigPlace place = { &origin, NULL, NULL };
  g_auto (BelfryConfigFile) file = { NULL };
  g_autoptr (GError) error = NULL;

  if (!belfry_config_file_read (&file, path, BELFRY_CONFIG_MAX_FILE, &error))
    {
      belfry_config_problems_error (problems, &place, NULL, "%s", error->message);
      return;
    }
  g_autoptr (GPtrArray) variables =
      belfry_config_dotenv_read (file.text, file.length, origin.source, problems);
  belfry_config_environment_read (variables, origin.source, file.is_exposed, builder, problems);
}

static void
read_environment (const char *const *environment,
                  BelfryConfigBuilder *builder,
                  BelfryConfigProblems *problems)
{
  g_auto (BelfryConfigOrigin) origin = { g_ref_string_new (ENVIRONMENT), 0, NULL };
  g_autoptr (GPtrArray) variables =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_config_variable_free);

  for (gsize i = 0; environment[i] != NULL; i++)
    {
      const char *equals = strchr (environment[i], '=');

      if (equals != NULL)
        g_ptr_array_add (variables, belfry_config_variable_new (environment[i],
                                                                (gsize) (equals - environment[i]),
                                                                equals + 1, 0));
    }
  belfry_config_environment_read (variables, origin.source, FALSE, builder, problems);
}

static BelfryConfig *
finish (BelfryConfigBuilder *builder, BelfryConfigProblems *problems)
{
  g_autoptr (BelfryConfig) config = belfry_config_builder_finish (builder);

  return belfry_config_problems_n_errors (problems) == 0 ? g_steal_pointer (&config) : NULL;
}

BelfryConfig *
belfry_config_load (const BelfryConfigSources *sources, BelfryConfigProblems *problems)
{
  g_autoptr (BelfryConfigBuilder) builder =
      belfry_config_builder_new (problems, sources->environment);

  if (sources->activated)
    read_activation (builder, problems);
  read_files (sources, builder, problems);
  if (sources->env_file != NULL)
    read_env_file (sources->env_file, builder, problems);
  if (sources->environment != NULL)
    read_environment (sources->environment, builder, problems);
  if (sources->overrides != NULL)
    belfry_config_overrides_read (sources->overrides, builder, problems);
  return finish (builder, problems);
}

BelfryConfig *
belfry_config_load_text (const char *text,
                         gsize length,
                         const char *name,
                         BelfryConfigProblems *problems)
{
  g_autoptr (BelfryConfigBuilder) builder = belfry_config_builder_new (problems, NULL);
  g_auto (BelfryConfigOrigin) origin = { g_ref_string_new (name), 0, NULL };

  belfry_config_builder_next_source (builder, FALSE);
  belfry_config_files_read_text (text, length, origin.source, builder, problems);
  return finish (builder, problems);
}
