/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-part"

#include "config.h"

#include "belfry-part.h"

G_DEFINE_INTERFACE (BelfryPart, belfry_part, G_TYPE_OBJECT)

static const char *
default_get_name (BelfryPart *self)
{
  return G_OBJECT_TYPE_NAME (self);
}

static gboolean
default_start (BelfryPart *self, BelfryConfig *config, GError **error)
{
  return TRUE;
}

static void
default_start_async (BelfryPart *self,
                     BelfryConfig *config,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, default_start_async);
  g_task_set_check_cancellable (task, FALSE);
  if (BELFRY_PART_GET_IFACE (self)->start (self, config, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Every default makes a task of its own, so that one function can finish them all. */
static gboolean
default_finish (BelfryPart *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
default_check (BelfryPart *self, BelfryConfig *next, GError **error)
{
  return TRUE;
}

static void
default_apply (BelfryPart *self, BelfryConfig *next)
{
}

static void
default_drain_async (BelfryPart *self,
                     gint64 duration,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, default_drain_async);
  g_task_return_boolean (task, TRUE);
}

static void
default_stop (BelfryPart *self)
{
}

static void
default_stop_async (BelfryPart *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, default_stop_async);
  BELFRY_PART_GET_IFACE (self)->stop (self);
  g_task_return_boolean (task, TRUE);
}

static gboolean
default_is_alive (BelfryPart *self)
{
  return TRUE;
}

static void
default_describe (BelfryPart *self, GString *status)
{
}

static void
belfry_part_default_init (BelfryPartInterface *iface)
{
  iface->get_name = default_get_name;
  iface->start = default_start;
  iface->start_async = default_start_async;
  iface->start_finish = default_finish;
  iface->check = default_check;
  iface->apply = default_apply;
  iface->drain_async = default_drain_async;
  iface->drain_finish = default_finish;
  iface->stop = default_stop;
  iface->stop_async = default_stop_async;
  iface->stop_finish = default_finish;
  iface->is_alive = default_is_alive;
  iface->describe = default_describe;
}

const char *
belfry_part_get_name (BelfryPart *self)
{
  return BELFRY_PART_GET_IFACE (self)->get_name (self);
}

void
belfry_part_start_async (BelfryPart *self,
                         BelfryConfig *config,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  BELFRY_PART_GET_IFACE (self)->start_async (self, config, cancellable, callback, user_data);
}

gboolean
belfry_part_start_finish (BelfryPart *self, GAsyncResult *result, GError **error)
{
  return BELFRY_PART_GET_IFACE (self)->start_finish (self, result, error);
}

gboolean
belfry_part_check (BelfryPart *self, BelfryConfig *next, GError **error)
{
  return BELFRY_PART_GET_IFACE (self)->check (self, next, error);
}

void
belfry_part_apply (BelfryPart *self, BelfryConfig *next)
{
  BELFRY_PART_GET_IFACE (self)->apply (self, next);
}

void
belfry_part_drain_async (BelfryPart *self,
                         gint64 duration,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  BELFRY_PART_GET_IFACE (self)->drain_async (self, duration, cancellable, callback, user_data);
}

gboolean
belfry_part_drain_finish (BelfryPart *self, GAsyncResult *result, GError **error)
{
  return BELFRY_PART_GET_IFACE (self)->drain_finish (self, result, error);
}

void
belfry_part_stop_async (BelfryPart *self, GAsyncReadyCallback callback, gpointer user_data)
{
  BELFRY_PART_GET_IFACE (self)->stop_async (self, callback, user_data);
}

gboolean
belfry_part_stop_finish (BelfryPart *self, GAsyncResult *result, GError **error)
{
  return BELFRY_PART_GET_IFACE (self)->stop_finish (self, result, error);
}

gboolean
belfry_part_is_alive (BelfryPart *self)
{
  return BELFRY_PART_GET_IFACE (self)->is_alive (self);
}

void
belfry_part_describe (BelfryPart *self, GString *status)
{
  BELFRY_PART_GET_IFACE (self)->describe (self, status);
}
