/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-identity.h>

G_BEGIN_DECLS

/**
 * BelfryMessageFilter:
 *
 * Sees what is published through the service before anybody else does.
 */
#define BELFRY_TYPE_MESSAGE_FILTER (belfry_message_filter_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryMessageFilter, belfry_message_filter, BELFRY, MESSAGE_FILTER, GObject)

/**
 * BelfryMessageFilterInterface:
 * @parent_iface: the parent
 * @filter_async: looks at a message. The default lets it pass
 * @filter_finish: returns the payload to publish: the same one to let it pass, another one to
 *   replace it; or fails: with [error@Belfry.PluginError.REFUSED] if it must not be published. A
 *   filter that fails otherwise, or takes too long, stops the message as well. The default ends a
 *   #GTask of @filter_async
 */
struct _BelfryMessageFilterInterface
{
  GTypeInterface parent_iface;

  void (*filter_async) (BelfryMessageFilter *self,
                        BelfryIdentity *identity,
                        const char *topic,
                        GBytes *payload,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  GBytes *(*filter_finish) (BelfryMessageFilter *self, GAsyncResult *result, GError **error);

  /*< private >*/
  gpointer padding[4]; /* (unowned): room for later functions */
};

/**
 * belfry_message_filter_filter_async:
 * @self: a filter
 * @identity: (nullable): who publishes; %NULL for the service and its administrators
 * @topic: where
 * @payload: what
 * @cancellable: (nullable): ends it early
 * @callback: (scope async): called when it is done
 * @user_data: given to @callback
 *
 * Shows a message before it is published.
 */
BELFRY_API
void belfry_message_filter_filter_async (BelfryMessageFilter *self,
                                         BelfryIdentity *identity,
                                         const char *topic,
                                         GBytes *payload,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);

/**
 * belfry_message_filter_filter_finish:
 * @self: a filter
 * @result: what the callback was given
 * @error: where to put an error
 *
 * Gets the answer.
 *
 * Returns: (transfer full): the payload to publish, or %NULL with an error
 */
BELFRY_API
GBytes *belfry_message_filter_filter_finish (BelfryMessageFilter *self,
                                             GAsyncResult *result,
                                             GError **error);

G_END_DECLS
