/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-broker"

#include "config.h"

#include "belfry-broker.h"

G_DEFINE_INTERFACE (BelfryBroker, belfry_broker, G_TYPE_OBJECT)

static void
belfry_broker_default_init (BelfryBrokerInterface *iface)
{
  g_signal_new ("state-changed", BELFRY_TYPE_BROKER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
}

void
belfry_presence_entry_free (BelfryPresenceEntry *self)
{
  g_free (self->user);
  g_free (self->info);
  g_free (self);
}

void
belfry_history_page_free (BelfryHistoryPage *self)
{
  g_ptr_array_unref (self->messages);
  g_free (self);
}

const char *
belfry_broker_get_name (BelfryBroker *self)
{
  g_return_val_if_fail (BELFRY_IS_BROKER (self), NULL);

  return BELFRY_BROKER_GET_IFACE (self)->get_name (self);
}

BelfryBrokerState
belfry_broker_get_state (BelfryBroker *self)
{
  g_return_val_if_fail (BELFRY_IS_BROKER (self), BELFRY_BROKER_DEGRADED);

  return BELFRY_BROKER_GET_IFACE (self)->get_state (self);
}

/* What a broker within the process has nothing to say of. */

const char *
belfry_broker_get_reason (BelfryBroker *self)
{
  g_return_val_if_fail (BELFRY_IS_BROKER (self), NULL);

  const BelfryBrokerInterface *iface = BELFRY_BROKER_GET_IFACE (self);

  return iface->get_reason != NULL ? iface->get_reason (self) : NULL;
}

gint64
belfry_broker_get_latency (BelfryBroker *self)
{
  g_return_val_if_fail (BELFRY_IS_BROKER (self), -1);

  const BelfryBrokerInterface *iface = BELFRY_BROKER_GET_IFACE (self);

  return iface->get_latency != NULL ? iface->get_latency (self) : -1;
}

gint64
belfry_broker_get_last_proof (BelfryBroker *self)
{
  g_return_val_if_fail (BELFRY_IS_BROKER (self), 0);

  const BelfryBrokerInterface *iface = BELFRY_BROKER_GET_IFACE (self);

  return iface->get_last_proof != NULL ? iface->get_last_proof (self) : 0;
}

void
belfry_broker_set_sink (BelfryBroker *self, const BelfryBrokerSink *sink, gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));

  BELFRY_BROKER_GET_IFACE (self)->set_sink (self, sink, user_data);
}

void
belfry_broker_subscribe_async (BelfryBroker *self,
                               const char *topic,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));
  g_return_if_fail (topic != NULL);

  BELFRY_BROKER_GET_IFACE (self)->subscribe_async (self, topic, cancellable, callback, user_data);
}

gboolean
belfry_broker_subscribe_finish (BelfryBroker *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (BELFRY_IS_BROKER (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return BELFRY_BROKER_GET_IFACE (self)->subscribe_finish (self, result, error);
}

void
belfry_broker_unsubscribe (BelfryBroker *self, const char *topic)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));
  g_return_if_fail (topic != NULL);

  BELFRY_BROKER_GET_IFACE (self)->unsubscribe (self, topic);
}

void
belfry_broker_publish_async (BelfryBroker *self,
                             const BelfryPublication *publication,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));
  g_return_if_fail (publication->topic != NULL && publication->payload != NULL);

  BELFRY_BROKER_GET_IFACE (self)->publish_async (self, publication, cancellable, callback,
                                                 user_data);
}

gboolean
belfry_broker_publish_finish (BelfryBroker *self,
                              GAsyncResult *result,
                              BelfryPosition *position,
                              GError **error)
{
  g_return_val_if_fail (BELFRY_IS_BROKER (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return BELFRY_BROKER_GET_IFACE (self)->publish_finish (self, result, position, error);
}

void
belfry_broker_history_async (BelfryBroker *self,
                             const char *topic,
                             const BelfryPosition *since,
                             guint limit,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));
  g_return_if_fail (topic != NULL);

  BELFRY_BROKER_GET_IFACE (self)->history_async (self, topic, since, limit, cancellable, callback,
                                                 user_data);
}

BelfryHistoryPage *
belfry_broker_history_finish (BelfryBroker *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (BELFRY_IS_BROKER (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return BELFRY_BROKER_GET_IFACE (self)->history_finish (self, result, error);
}

void
belfry_broker_presence_add (BelfryBroker *self,
                            const char *topic,
                            const char *user,
                            const char *info)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));
  g_return_if_fail (topic != NULL && user != NULL);

  BELFRY_BROKER_GET_IFACE (self)->presence_add (self, topic, user, info);
}

void
belfry_broker_presence_remove (BelfryBroker *self, const char *topic, const char *user)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));
  g_return_if_fail (topic != NULL && user != NULL);

  BELFRY_BROKER_GET_IFACE (self)->presence_remove (self, topic, user);
}

void
belfry_broker_presence_async (BelfryBroker *self,
                              const char *topic,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));
  g_return_if_fail (topic != NULL);

  BELFRY_BROKER_GET_IFACE (self)->presence_async (self, topic, cancellable, callback, user_data);
}

GPtrArray *
belfry_broker_presence_finish (BelfryBroker *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (BELFRY_IS_BROKER (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return BELFRY_BROKER_GET_IFACE (self)->presence_finish (self, result, error);
}

/* Without others, there is nobody to be told. */
void
belfry_broker_tell_all (BelfryBroker *self, const BelfryBrokerWord *word)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));
  g_return_if_fail (word->text != NULL);

  const BelfryBrokerInterface *iface = BELFRY_BROKER_GET_IFACE (self);

  if (iface->tell_all != NULL)
    iface->tell_all (self, word);
}

void
belfry_broker_emit_state_changed (BelfryBroker *self)
{
  g_return_if_fail (BELFRY_IS_BROKER (self));

  g_signal_emit_by_name (self, "state-changed");
}

gboolean
belfry_broker_has_state (BelfryBroker *self)
{
  return BELFRY_BROKER_GET_IFACE (self)->save != NULL;
}

void
belfry_broker_save (BelfryBroker *self, BelfryStateWriter *writer)
{
  BELFRY_BROKER_GET_IFACE (self)->save (self, writer);
}

gboolean
belfry_broker_restore (BelfryBroker *self, BelfryStateReader *reader)
{
  return BELFRY_BROKER_GET_IFACE (self)->restore (self, reader);
}

void
belfry_broker_settle (BelfryBroker *self)
{
  if (BELFRY_BROKER_GET_IFACE (self)->settle != NULL)
    BELFRY_BROKER_GET_IFACE (self)->settle (self);
}
