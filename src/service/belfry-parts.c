/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-parts"

#include "config.h"

#include "belfry-parts.h"

#include "belfry-log.h"

/* Starting, draining and stopping a row of parts: three tasks on the main thread. A part that never
 * answers cannot hold a drain or a stop for longer than its time; its late answer finds the task
 * finished and is dropped. */

typedef struct
{
  GPtrArray *parts;     /* (element-type BelfryPart) (owned) */
  BelfryConfig *config; /* (owned) */
  gint64 patience;
  guint n_started;
  GError *error; /* (owned) (nullable): why what was started is stopped again */
} StartData;

typedef struct
{
  GPtrArray *parts;          /* (element-type BelfryPart) (owned) */
  GCancellable *cancellable; /* (owned) */
  GSource *timeout;          /* (owned) (nullable) */
  gint64 duration;
  guint n_draining; /* zero once the task has returned */
} DrainData;

typedef struct
{
  GPtrArray *parts; /* (element-type BelfryPart) (owned) */
  GSource *timeout; /* (owned) (nullable) */
  gint64 patience;
  guint n_left; /* the part being stopped is the one at n_left - 1 */
} StopData;

/* The answer of one part of a row, while it is awaited. */
typedef struct
{
  GTask *task; /* (owned) */
  guint index;
} Answer;

static void
start_data_free (StartData *self)
{
  g_ptr_array_unref (self->parts);
  belfry_config_unref (self->config);
  g_clear_error (&self->error);
  g_free (self);
}

static void
clear_timeout (GSource **timeout)
{
  if (*timeout != NULL)
    g_source_destroy (*timeout);
  g_clear_pointer (timeout, g_source_unref);
}

static void
drain_data_free (DrainData *self)
{
  clear_timeout (&self->timeout);
  g_ptr_array_unref (self->parts);
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
stop_data_free (StopData *self)
{
  clear_timeout (&self->timeout);
  g_ptr_array_unref (self->parts);
  g_free (self);
}

static Answer *
answer_new (GTask *task, guint index)
{
  Answer *self = g_new (Answer, 1);

  *self = (Answer){ g_object_ref (task), index };
  return self;
}

static void
answer_free (Answer *self)
{
  g_object_unref (self->task);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

/* A timer of the main context that holds the task until it is destroyed. */
static GSource *
timeout_new (GTask *task, gint64 microseconds, const char *name, GSourceFunc func)
{
  GSource *timeout = g_timeout_source_new ((guint) MIN (microseconds / 1000, G_MAXINT));

  g_source_set_static_name (timeout, name);
  g_source_set_callback (timeout, func, task, NULL);
  g_source_attach (timeout, g_task_get_context (task));
  return timeout;
}

static const char *
name_of (GPtrArray *parts, guint index)
{
  return belfry_part_get_name (g_ptr_array_index (parts, index));
}

/* Stopping */

static void stop_next (GTask *task);

static void
on_part_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Answer) answer = user_data;
  g_autoptr (GError) error = NULL;
  StopData *data = g_task_get_task_data (answer->task);

  if (!belfry_part_stop_finish (BELFRY_PART (source), result, &error))
    belfry_log_warning ("%s did not stop cleanly: %s", belfry_part_get_name (BELFRY_PART (source)),
                        error->message);
  if (data->n_left != answer->index + 1)
    return;
  data->n_left--;
  stop_next (answer->task);
}

static gboolean
on_stop_timeout (gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  StopData *data = g_task_get_task_data (task);

  data->n_left--;
  belfry_log_warning ("%s did not stop in time and is left behind",
                      name_of (data->parts, data->n_left));
  stop_next (task);
  return G_SOURCE_REMOVE;
}

static void
stop_next (GTask *task)
{
  StopData *data = g_task_get_task_data (task);

  clear_timeout (&data->timeout);
  if (data->n_left == 0)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  BelfryPart *part = g_ptr_array_index (data->parts, data->n_left - 1);
  belfry_log_debug ("stopping %s", belfry_part_get_name (part));
  data->timeout = timeout_new (task, data->patience, "belfry-parts-stop", on_stop_timeout);
  belfry_part_stop_async (part, on_part_stopped, answer_new (task, data->n_left - 1));
}

/* Starting */

static void start_next (GTask *task);

static void
on_undone (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  StartData *data = g_task_get_task_data (task);

  belfry_parts_stop_finish (result, NULL);
  g_task_return_error (task, g_steal_pointer (&data->error));
}

static void
undo_start (GTask *task, GError *error)
{
  StartData *data = g_task_get_task_data (task);

  data->error = error;
  belfry_parts_stop_async (data->parts, data->n_started, data->patience, on_undone,
                           g_object_ref (task));
}

static void
on_part_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  StartData *data = g_task_get_task_data (task);
  GError *error = NULL;

  if (!belfry_part_start_finish (BELFRY_PART (source), result, &error))
    {
      g_prefix_error (&error, "%s: ", belfry_part_get_name (BELFRY_PART (source)));
      undo_start (task, error);
      return;
    }
  data->n_started++;
  start_next (task);
}

static void
start_next (GTask *task)
{
  StartData *data = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    {
      undo_start (task, error);
      return;
    }
  if (data->n_started == data->parts->len)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  BelfryPart *part = g_ptr_array_index (data->parts, data->n_started);
  belfry_log_debug ("starting %s", belfry_part_get_name (part));
  belfry_part_start_async (part, data->config, g_task_get_cancellable (task), on_part_started,
                           g_object_ref (task));
}

/* Draining */

static void
drain_done (GTask *task)
{
  DrainData *data = g_task_get_task_data (task);

  clear_timeout (&data->timeout);
  g_task_return_boolean (task, TRUE);
}

static void
on_part_drained (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  DrainData *data = g_task_get_task_data (task);

  gboolean drained = belfry_part_drain_finish (BELFRY_PART (source), result, &error);

  if (data->n_draining == 0)
    return;
  if (!drained)
    belfry_log_warning ("%s did not drain: %s", belfry_part_get_name (BELFRY_PART (source)),
                        error->message);
  if (--data->n_draining == 0)
    drain_done (task);
}

/* Who gives no time at all wants no warning that it was too short. */
static gboolean
on_drain_timeout (gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  DrainData *data = g_task_get_task_data (task);

  if (data->duration > 0)
    belfry_log_event (BELFRY_LOG_WARNING,
                      &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_DRAIN_EXPIRED }),
                      "%u parts did not drain in time", data->n_draining);
  data->n_draining = 0;
  drain_done (task);
  g_cancellable_cancel (data->cancellable);
  return G_SOURCE_REMOVE;
}

void
belfry_parts_start_async (GPtrArray *parts,
                          BelfryConfig *config,
                          gint64 patience,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  StartData *data = g_new0 (StartData, 1);

  g_task_set_source_tag (task, belfry_parts_start_async);
  g_task_set_check_cancellable (task, FALSE);
  data->parts = g_ptr_array_ref (parts);
  data->config = belfry_config_ref (config);
  data->patience = patience;
  g_task_set_task_data (task, data, (GDestroyNotify) start_data_free);
  start_next (task);
}

gboolean
belfry_parts_start_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_parts_start_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
belfry_parts_drain_async (GPtrArray *parts,
                          gint64 duration,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  DrainData *data = g_new0 (DrainData, 1);

  g_task_set_source_tag (task, belfry_parts_drain_async);
  data->parts = g_ptr_array_ref (parts);
  data->cancellable = g_cancellable_new ();
  data->duration = duration;
  data->n_draining = parts->len + 1;
  g_task_set_task_data (task, data, (GDestroyNotify) drain_data_free);
  data->timeout = timeout_new (task, duration, "belfry-parts-drain", on_drain_timeout);
  for (guint i = 0; i < parts->len; i++)
    belfry_part_drain_async (g_ptr_array_index (parts, i), duration, data->cancellable,
                             on_part_drained, g_object_ref (task));
  if (--data->n_draining == 0)
    drain_done (task);
}

gboolean
belfry_parts_drain_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_parts_drain_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
belfry_parts_stop_async (GPtrArray *parts,
                         guint n_started,
                         gint64 patience,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  StopData *data = g_new0 (StopData, 1);

  g_task_set_source_tag (task, belfry_parts_stop_async);
  data->parts = g_ptr_array_ref (parts);
  data->patience = patience;
  data->n_left = n_started;
  g_task_set_task_data (task, data, (GDestroyNotify) stop_data_free);
  stop_next (task);
}

gboolean
belfry_parts_stop_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_parts_stop_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
