/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * BelfryWebhookReply:
 *
 * What came back.
 */
typedef struct
{
  guint status;
  GBytes *content; /* (owned): empty unless the status is 200 */
  gint64 max_age;  /* microseconds for which it may be kept; negative if it does not say */
} BelfryWebhookReply;

void belfry_webhook_reply_free (BelfryWebhookReply *self);

/**
 * belfry_webhook_exchange_async:
 * @message: what to send
 * @timeout: microseconds in which all must be done
 * @max_length: of the answer
 *
 * Sends one message and reads the answer. Fails with %BELFRY_PLUGIN_ERROR_UNAVAILABLE if there is
 * none in time, %BELFRY_PLUGIN_ERROR_FAILED if it is too long or no JSON.
 */
void belfry_webhook_exchange_async (SoupSession *session,
                                    SoupMessage *message,
                                    gint64 timeout,
                                    gsize max_length,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
BelfryWebhookReply *belfry_webhook_exchange_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryWebhookReply, belfry_webhook_reply_free)

G_END_DECLS
