/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-message-filter.h>

G_DEFINE_INTERFACE (BelfryMessageFilter, belfry_message_filter, G_TYPE_OBJECT)

static void
default_filter_async (BelfryMessageFilter *self,
                      BelfryIdentity *identity,
                      const char *topic,
                      GBytes *payload,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, default_filter_async);
  g_task_return_pointer (task, g_bytes_ref (payload), (GDestroyNotify) g_bytes_unref);
}

static GBytes *
default_filter_finish (BelfryMessageFilter *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
belfry_message_filter_default_init (BelfryMessageFilterInterface *iface)
{
  iface->filter_async = default_filter_async;
  iface->filter_finish = default_filter_finish;
}

void
belfry_message_filter_filter_async (BelfryMessageFilter *self,
                                    BelfryIdentity *identity,
                                    const char *topic,
                                    GBytes *payload,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_MESSAGE_FILTER (self));
  g_return_if_fail (topic != NULL);
  g_return_if_fail (payload != NULL);

  BELFRY_MESSAGE_FILTER_GET_IFACE (self)->filter_async (self, identity, topic, payload, cancellable,
                                                        callback, user_data);
}

GBytes *
belfry_message_filter_filter_finish (BelfryMessageFilter *self,
                                     GAsyncResult *result,
                                     GError **error)
{
  g_return_val_if_fail (BELFRY_IS_MESSAGE_FILTER (self), NULL);

  return BELFRY_MESSAGE_FILTER_GET_IFACE (self)->filter_finish (self, result, error);
}
