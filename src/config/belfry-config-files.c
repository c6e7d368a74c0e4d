/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-files.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "belfry-config-file.h"
#include "belfry-config-reader.h"
#include "belfry-error.h"
#include "belfry-log.h"
#include "belfry-names.h"

/* The main file and its drop-ins, in the order in which they count. On the loading thread; waits
 * for the disk. Listing and reading are apart, because files may come and go between the two. */

#define DROP_IN_FOLDER BELFRY_CONFIG_FILE ".d"
#define DROP_IN_SUFFIX ".conf"
#define N_FOLDERS G_N_ELEMENTS (((BelfryConfigFolders *) NULL)->paths)

static void
complain_of_file (BelfryConfigProblems *problems, const char *path, const GError *error)
{
  g_auto (BelfryConfigOrigin) origin = { g_ref_string_new (path), 0, NULL };
  const BelfryConfigPlace place = { &origin, NULL, NULL };

  belfry_config_problems_error (problems, &place, NULL, "%s", error->message);
}

/* Collects the drop-ins of one folder: file name to the paths it has there and in stronger ones. */
static void
list_folder (const char *folder, GHashTable *drop_ins, BelfryConfigProblems *problems)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;

  if (dir == NULL)
    {
      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        complain_of_file (problems, folder, error);
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      GStrvBuilder *paths = g_hash_table_lookup (drop_ins, name);

      if (name[0] == '.' || !g_str_has_suffix (name, DROP_IN_SUFFIX))
        continue;
      if (paths == NULL && g_hash_table_size (drop_ins) >= BELFRY_CONFIG_MAX_DROP_INS)
        {
          g_set_error (&error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                       _ ("more than %d drop-ins"), BELFRY_CONFIG_MAX_DROP_INS);
          complain_of_file (problems, folder, error);
          return;
        }
      if (paths == NULL)
        {
          paths = g_strv_builder_new ();
          g_hash_table_insert (drop_ins, g_strdup (name), paths);
        }
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_strv_builder_add (paths, path);
    }
}

static void
add_sorted (GPtrArray *list, GHashTable *drop_ins)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (drop_ins), (GCompareFunc) strcmp);

  for (GList *l = names; l != NULL; l = l->next)
    g_ptr_array_add (list, g_strv_builder_end (g_hash_table_lookup (drop_ins, l->data)));
}

static char **
main_paths (const char *file, const BelfryConfigFolders *folders)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  if (file != NULL)
    g_strv_builder_add (paths, file);
  for (gsize i = 0; file == NULL && i < N_FOLDERS; i++)
    {
      g_autofree char *path = g_build_filename (folders->paths[i], BELFRY_CONFIG_FILE, NULL);

      g_strv_builder_add (paths, path);
    }
  return g_strv_builder_end (paths);
}

static gboolean
is_dangling_link (const char *path)
{
  struct stat st;

  return lstat (path, &st) == 0 && S_ISLNK (st.st_mode);
}

/* Returns whether the file was there, readable or not. */
static gboolean
read_file (const char *path, BelfryConfigBuilder *builder, BelfryConfigProblems *problems)
{
  g_autoptr (GError) error = NULL;
  g_auto (BelfryConfigFile) file = { NULL };

  if (belfry_config_file_read (&file, path, BELFRY_CONFIG_MAX_FILE, &error))
    {
      g_auto (BelfryConfigOrigin) origin = { g_ref_string_new (path), 0, NULL };

      belfry_config_builder_next_source (builder, file.is_exposed);
      belfry_config_files_read_text (file.text, file.length, origin.source, builder, problems);
      return TRUE;
    }
  if (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND) && !is_dangling_link (path))
    return FALSE;
  complain_of_file (problems, path, error);
  return TRUE;
}

static gboolean
read_first (char **paths, BelfryConfigBuilder *builder, BelfryConfigProblems *problems)
{
  for (gsize i = 0; paths[i] != NULL; i++)
    {
      if (read_file (paths[i], builder, problems))
        return TRUE;
      belfry_log_debug ("no configuration in %s", paths[i]);
    }
  return FALSE;
}

GPtrArray *
belfry_config_files_list (const char *file,
                          const BelfryConfigFolders *folders,
                          BelfryConfigProblems *problems)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autoptr (GHashTable) drop_ins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                           (GDestroyNotify) g_strv_builder_unref);

  g_ptr_array_add (list, main_paths (file, folders));
  if (file != NULL)
    {
      g_autofree char *folder = g_strconcat (file, ".d", NULL);

      list_folder (folder, drop_ins, problems);
    }
  for (gsize i = 0; file == NULL && i < N_FOLDERS; i++)
    {
      g_autofree char *folder = g_build_filename (folders->paths[i], DROP_IN_FOLDER, NULL);

      list_folder (folder, drop_ins, problems);
    }
  add_sorted (list, drop_ins);
  return list;
}

void
belfry_config_files_read (const GPtrArray *list,
                          gboolean must_exist,
                          BelfryConfigBuilder *builder,
                          BelfryConfigProblems *problems)
{
  for (guint i = 0; i < list->len; i++)
    {
      char **paths = list->pdata[i];

      if (!read_first (paths, builder, problems) && i == 0 && must_exist)
        {
          g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND,
                                                          _ ("there is no such file"));

          complain_of_file (problems, paths[0], error);
        }
    }
}

void
belfry_config_files_read_text (const char *text,
                               gsize length,
                               GRefString *source,
                               BelfryConfigBuilder *builder,
                               BelfryConfigProblems *problems)
{
  g_autoptr (GPtrArray) entries = belfry_config_reader_read (text, length, source, problems);
  BelfryConfigSection section = { 0 };
  gboolean is_open = FALSE;

  for (guint i = 0; i < entries->len; i++)
    {
      const BelfryConfigEntry *entry = entries->pdata[i];
      g_auto (BelfryConfigOrigin) origin = { NULL };

      belfry_config_origin_init (&origin, source, entry->line, NULL);
      if (entry->key == NULL)
        is_open =
            belfry_config_builder_open (builder, entry->word, entry->instance, &origin, &section);
      else if (is_open)
        belfry_config_builder_set (builder, &section, entry->key, entry->value, &origin);
    }
}
