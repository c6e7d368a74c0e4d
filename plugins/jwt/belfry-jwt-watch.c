/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-watch.h"

/* Owned by the plugin; on the thread of its main context. A change starts a delay, and what happens
 * within it is told with it; it is not put off again, or a busy folder would put it off for ever.
 */
struct _BelfryJwtWatch
{
  GPtrArray *monitors; /* (owned) (element-type GFileMonitor) */
  GSource *delay;      /* (owned) (nullable): while something is to be told */
  BelfryJwtWatchFunc changed;
  gpointer user_data; /* (unowned) */
};

static gboolean
tell (gpointer user_data)
{
  BelfryJwtWatch *self = user_data;

  g_clear_pointer (&self->delay, g_source_unref);
  self->changed (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
on_changed (GFileMonitor *monitor,
            GFile *file,
            GFile *other_file,
            GFileMonitorEvent event,
            gpointer user_data)
{
  BelfryJwtWatch *self = user_data;

  if (self->delay != NULL)
    return;
  self->delay = g_timeout_source_new (BELFRY_JWT_WATCH_DELAY_MS);
  g_source_set_static_name (self->delay, "[belfry-plugin-jwt] keys changed");
  g_source_set_callback (self->delay, tell, self, NULL);
  g_source_attach (self->delay, g_main_context_get_thread_default ());
}

static void
monitor_free (gpointer data)
{
  g_file_monitor_cancel (data);
  g_object_unref (data);
}

static void
watch_folder (BelfryJwtWatch *self, const char *path)
{
  g_autoptr (GFile) folder = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  GFileMonitor *monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_NONE, NULL, &error);

  if (monitor == NULL)
    {
      g_warning ("Changes in %s will not be noticed before a reload: %s", path, error->message);
      return;
    }
  g_signal_connect (monitor, "changed", G_CALLBACK (on_changed), self);
  g_ptr_array_add (self->monitors, monitor);
}

BelfryJwtWatch *
belfry_jwt_watch_new (const GPtrArray *paths, BelfryJwtWatchFunc changed, gpointer user_data)
{
  BelfryJwtWatch *self = g_new0 (BelfryJwtWatch, 1);
  g_autoptr (GHashTable) folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  self->monitors = g_ptr_array_new_with_free_func (monitor_free);
  self->changed = changed;
  self->user_data = user_data;
  for (guint i = 0; i < paths->len; i++)
    {
      char *folder = g_path_get_dirname (paths->pdata[i]);

      if (g_hash_table_add (folders, folder))
        watch_folder (self, folder);
    }
  return self;
}

void
belfry_jwt_watch_free (BelfryJwtWatch *self)
{
  for (guint i = 0; i < self->monitors->len; i++)
    g_signal_handlers_disconnect_by_data (self->monitors->pdata[i], self);
  g_ptr_array_unref (self->monitors);
  if (self->delay != NULL)
    g_source_destroy (self->delay);
  g_clear_pointer (&self->delay, g_source_unref);
  g_free (self);
}
