/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <libsoup/soup.h>

#include "belfry-webhook-answer.h"
#include "belfry-webhook-settings.h"

G_BEGIN_DECLS

/**
 * BelfryWebhookBackend:
 *
 * One URL that is asked questions. Remembers answers for a while, asks the same question once for
 * all who want to know at a time, asks no more at a time than it should, and stops asking where
 * nothing comes back. Reference-counted; main thread.
 */
typedef struct _BelfryWebhookBackend BelfryWebhookBackend;

BelfryWebhookBackend *belfry_webhook_backend_new (BelfryPluginHost *host,
                                                  BelfryWebhookSettings *settings,
                                                  SoupSession *session,
                                                  GUri *url,
                                                  BelfryWebhookParse parse);
BelfryWebhookBackend *belfry_webhook_backend_ref (BelfryWebhookBackend *self);
void belfry_webhook_backend_unref (BelfryWebhookBackend *self);

/* Ends all that is under way, with %G_IO_ERROR_CANCELLED, and asks nothing any more. */
void belfry_webhook_backend_close (BelfryWebhookBackend *self);

/* Whether nothing is under way. */
gboolean belfry_webhook_backend_is_idle (const BelfryWebhookBackend *self);

/* Returns: (transfer none) (nullable): the answer to @body that is remembered */
BelfryWebhookAnswer *belfry_webhook_backend_peek (BelfryWebhookBackend *self, GBytes *body);

/* Fails with %BELFRY_PLUGIN_ERROR_UNAVAILABLE or %BELFRY_PLUGIN_ERROR_FAILED. */
void belfry_webhook_backend_ask_async (BelfryWebhookBackend *self,
                                       GBytes *body,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

/* Returns: (transfer full) (nullable) */
BelfryWebhookAnswer *belfry_webhook_backend_ask_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryWebhookBackend, belfry_webhook_backend_unref)

G_END_DECLS
