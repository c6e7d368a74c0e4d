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
 * @filter_async: looks at a message. @identity: (nullable): who publishes it; %NULL for the service
 *   and its administrators
 * @filter_finish: returns (transfer full) the payload to publish: the same one to let it pass,
 *   another one to replace it; or fails: with %BELFRY_PLUGIN_ERROR_REFUSED if it must not be
 *   published. A filter that fails otherwise, or takes too long, stops the message as well.
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

  gpointer padding[4];
};

BELFRY_API
void belfry_message_filter_filter_async (BelfryMessageFilter *self,
                                         BelfryIdentity *identity,
                                         const char *topic,
                                         GBytes *payload,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);

/* Returns: (transfer full) (nullable) */
BELFRY_API
GBytes *belfry_message_filter_filter_finish (BelfryMessageFilter *self,
                                             GAsyncResult *result,
                                             GError **error);

G_END_DECLS
