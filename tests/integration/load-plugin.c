/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-load-plugin"

#include "config.h"

#include <locale.h>
#include <sys/stat.h>

#include "belfry-clock.h"
#include "belfry-config-load.h"
#include "belfry-loader.h"

/* Does with plugins what the service does: `load-plugin FOLDER CONFIG [TOKEN]` enables those that
 * the configuration wants, from that folder, lists them, and shows the token to the first. */

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static BelfryConfig *
read_config (const char *path, GError **error)
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  g_autofree char *text = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  BelfryConfig *config = belfry_config_load_text (text, length, path, problems);
  if (config == NULL)
    {
      g_autofree char *line =
          belfry_config_problem_render (belfry_config_problems_get_error (problems, 0));
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, line);
    }
  return config;
}

static gboolean
start (BelfryLoader *loader, BelfryConfig *config, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  belfry_part_start_async (BELFRY_PART (loader), config, NULL, keep_result, &result);
  return belfry_part_start_finish (BELFRY_PART (loader), wait_for (&result), error);
}

static gboolean
authenticate (BelfryLoader *loader, const char *token, GError **error)
{
  BelfryAuthorizer *authorizer = BELFRY_AUTHORIZER (belfry_loader_get_plugin (loader, 0)->object);
  const BelfryCredentialsParams params = { .token = token };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);
  g_autoptr (GAsyncResult) result = NULL;

  belfry_authorizer_authenticate_async (authorizer, credentials, NULL, keep_result, &result);
  g_autoptr (BelfryIdentity) identity =
      belfry_authorizer_authenticate_finish (authorizer, wait_for (&result), error);
  if (identity == NULL)
    return FALSE;
  g_print ("subject %s\n", belfry_identity_get_subject (identity));
  return TRUE;
}

static gboolean
run (int argc, char *argv[], GError **error)
{
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  g_autoptr (BelfryLoaderHost) host = belfry_loader_host_new (clock);
  struct stat st = { 0 };
  BelfryPluginPlace place = { argv[1], FALSE, 0 };
  g_autoptr (BelfryConfig) config = read_config (argv[2], error);

  if (config == NULL)
    return FALSE;
  /* The test's own folder is as good as root's. */
  if (stat (argv[1], &st) == 0)
    place.owner = st.st_uid;
  g_autoptr (BelfryLoader) loader = belfry_loader_new (host, &place, NULL);
  if (!start (loader, config, error))
    return FALSE;
  for (guint i = 0; i < belfry_loader_get_n_plugins (loader); i++)
    {
      const BelfryLoadedPlugin *plugin = belfry_loader_get_plugin (loader, i);
      g_print ("plugin %s %s %s\n", plugin->name, plugin->version, plugin->licence);
    }
  return argc < 4 || authenticate (loader, argv[3], error);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (argc < 3 || !run (argc, argv, &error))
    {
      g_printerr ("%s\n", error != NULL ? error->message : "nobody");
      return 1;
    }
  return 0;
}
