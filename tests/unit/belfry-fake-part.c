/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fake-part"

#include "config.h"

#include "belfry-fake-part.h"

#include "belfry-error.h"

static void belfry_fake_part_iface_init (BelfryPartInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryFakePart,
                               belfry_fake_part,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PART,
                                                      belfry_fake_part_iface_init))

static void
note (BelfryFakePart *self, const char *what)
{
  g_string_append_printf (self->journal, "%s%s%s", self->journal->len > 0 ? " " : "", what,
                          self->name);
}

static void
on_cancelled (GCancellable *cancellable, BelfryFakePart *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->pending);

  if (task != NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
}

static void
hang (BelfryFakePart *self, GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);

  self->pending = g_object_ref (task);
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_cancelled), self, 0);
}

static const char *
belfry_fake_part_get_name (BelfryPart *part)
{
  return BELFRY_FAKE_PART (part)->name;
}

static void
belfry_fake_part_start_async (BelfryPart *part,
                              BelfryConfig *config,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  BelfryFakePart *self = BELFRY_FAKE_PART (part);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_fake_part_start_async);
  g_task_set_check_cancellable (task, FALSE);
  note (self, "+");
  if (self->hangs_start)
    hang (self, task);
  else if (self->fails_start)
    g_task_return_new_error (task, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, "told to fail");
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
belfry_fake_part_check (BelfryPart *part, BelfryConfig *next, GError **error)
{
  BelfryFakePart *self = BELFRY_FAKE_PART (part);

  note (self, "?");
  if (self->fails_check)
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, "told to refuse");
  return !self->fails_check;
}

static void
belfry_fake_part_apply (BelfryPart *part, BelfryConfig *next)
{
  note (BELFRY_FAKE_PART (part), "!");
}

static void
belfry_fake_part_drain_async (BelfryPart *part,
                              gint64 duration,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  BelfryFakePart *self = BELFRY_FAKE_PART (part);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_fake_part_drain_async);
  note (self, "~");
  if (self->hangs_drain)
    hang (self, task);
  else
    g_task_return_boolean (task, TRUE);
}

static void
belfry_fake_part_stop_async (BelfryPart *part, GAsyncReadyCallback callback, gpointer user_data)
{
  BelfryFakePart *self = BELFRY_FAKE_PART (part);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, belfry_fake_part_stop_async);
  note (self, "-");
  if (self->hangs_stop)
    hang (self, task);
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
belfry_fake_part_is_alive (BelfryPart *part)
{
  return !BELFRY_FAKE_PART (part)->lifeless;
}

static void
belfry_fake_part_describe (BelfryPart *part, GString *status)
{
  g_string_append_printf (status, ", %s", BELFRY_FAKE_PART (part)->name);
}

static void
belfry_fake_part_finalize (GObject *object)
{
  BelfryFakePart *self = BELFRY_FAKE_PART (object);

  g_free (self->name);
  G_OBJECT_CLASS (belfry_fake_part_parent_class)->finalize (object);
}

static void
belfry_fake_part_iface_init (BelfryPartInterface *iface)
{
  iface->get_name = belfry_fake_part_get_name;
  iface->start_async = belfry_fake_part_start_async;
  iface->check = belfry_fake_part_check;
  iface->apply = belfry_fake_part_apply;
  iface->drain_async = belfry_fake_part_drain_async;
  iface->stop_async = belfry_fake_part_stop_async;
  iface->is_alive = belfry_fake_part_is_alive;
  iface->describe = belfry_fake_part_describe;
}

static void
belfry_fake_part_class_init (BelfryFakePartClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_fake_part_finalize;
}

static void
belfry_fake_part_init (BelfryFakePart *self)
{
}

BelfryFakePart *
belfry_fake_part_new (const char *name, GString *journal)
{
  BelfryFakePart *self = g_object_new (BELFRY_TYPE_FAKE_PART, NULL);

  self->name = g_strdup (name);
  self->journal = journal;
  return self;
}

void
belfry_fake_part_answer (BelfryFakePart *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->pending);

  g_task_return_boolean (task, TRUE);
}
