/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-secret.h"

#include <glib/gi18n-lib.h>

#include "belfry-config-file.h"
#include "belfry-config-private.h"
#include "belfry-config-table.h"
#include "belfry-error.h"
#include "belfry-names.h"

/* Reads the files in which secrets are kept. On the loading thread, before the configuration is
 * handed out. */

/* A key or a password, not a book. */
#define MAX_SECRET_FILE 65536

static gsize
without_line_end (const BelfryConfigFile *file)
{
  gsize length = file->length;

  if (length > 0 && file->text[length - 1] == '\n')
    length--;
  if (length > 0 && file->text[length - 1] == '\r')
    length--;
  return length;
}

static BelfrySecret *
read_secret (const char *path, const BelfryConfigPlace *place, BelfryConfigProblems *problems)
{
  g_autoptr (GError) error = NULL;
  g_auto (BelfryConfigFile) file = { NULL };

  if (!belfry_config_file_read (&file, path, MAX_SECRET_FILE, &error))
    {
      belfry_config_problems_error (problems, place, NULL, "%s: %s", path, error->message);
      return NULL;
    }
  gsize length = without_line_end (&file);
  if (length == 0)
    {
      belfry_config_problems_error (problems, place, NULL, _ ("%s: empty: expected a secret"),
                                    path);
      return NULL;
    }
  if (file.is_exposed)
    belfry_config_problems_warn (problems, place, _ ("%s: every user of this machine can read it"),
                                 path);
  return belfry_secret_new (file.text, length);
}

static BelfrySecret *
read_credential (const char *name,
                 const char *const *environment,
                 const BelfryConfigPlace *place,
                 BelfryConfigProblems *problems)
{
  const char *folder =
      environment != NULL ? g_environ_getenv ((char **) environment, BELFRY_ENV_CREDENTIALS) : NULL;

  if (folder == NULL || !g_path_is_absolute (folder))
    {
      belfry_config_problems_error (problems, place, NULL,
                                    _ ("there are no credentials: expected %s to be set by the "
                                       "service manager"),
                                    BELFRY_ENV_CREDENTIALS);
      return NULL;
    }
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return read_secret (path, place, problems);
}

void
belfry_config_resolve_secrets (BelfryConfig *config,
                               const char *const *environment,
                               BelfryConfigProblems *problems)
{
  for (int i = 0; i < BELFRY_CONFIG_N_KEYS; i++)
    {
      const BelfryConfigRow *row = belfry_config_table_row ((BelfryConfigKey) i);
      const BelfryConfigValue *value = &config->values[i];
      g_autofree char *title = belfry_config_group_title (row->group, NULL);
      const BelfryConfigPlace place = { &value->origin, title, row->name };
      BelfrySecret **secret = &config->values[row->related].secret;

      if (value->text == NULL || *value->text == '\0')
        continue;
      if (row->type == BELFRY_CONFIG_TYPE_SECRET_FILE)
        *secret = read_secret (value->text, &place, problems);
      else if (row->type == BELFRY_CONFIG_TYPE_CREDENTIAL)
        *secret = read_credential (value->text, environment, &place, problems);
    }
}
