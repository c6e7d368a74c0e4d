/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/* A user with all that is known of him; what is longer was not made for this. */
#define BELFRY_WEBHOOK_MAX_ANSWER (64 * 1024)
/* json-glib reads recursively; claims hardly ever nest at all. */
#define BELFRY_WEBHOOK_MAX_DEPTH 16

typedef enum
{
  BELFRY_WEBHOOK_ABSTAIN,
  BELFRY_WEBHOOK_IDENTITY,
  BELFRY_WEBHOOK_REFUSED,
  BELFRY_WEBHOOK_EXPIRED,
  BELFRY_WEBHOOK_ALLOW,
  BELFRY_WEBHOOK_DENY,
} BelfryWebhookAnswerKind;

/**
 * BelfryWebhookAnswer:
 *
 * What a backend said. Immutable, reference-counted; main thread.
 */
typedef struct
{
  grefcount ref_count;
  BelfryWebhookAnswerKind kind;
  BelfryIdentity *identity; /* (owned) (nullable): of an identity */
} BelfryWebhookAnswer;

/**
 * BelfryWebhookParse:
 * @status: of the HTTP answer
 * @content: its body, which is empty unless @status is 200
 * @wall: microseconds since 1970
 *
 * Returns: (transfer full) (nullable): what it means, or %NULL with %BELFRY_PLUGIN_ERROR_FAILED if
 *   it means nothing
 */
typedef BelfryWebhookAnswer *(*BelfryWebhookParse) (guint status,
                                                    GBytes *content,
                                                    gint64 wall,
                                                    GError **error);

/* The two of them: of authentication, and of authorization. */
BelfryWebhookAnswer *
belfry_webhook_answer_parse_identity (guint status, GBytes *content, gint64 wall, GError **error);
BelfryWebhookAnswer *
belfry_webhook_answer_parse_verdict (guint status, GBytes *content, gint64 wall, GError **error);

BelfryWebhookAnswer *belfry_webhook_answer_ref (BelfryWebhookAnswer *self);
void belfry_webhook_answer_unref (BelfryWebhookAnswer *self);

/* Whether it is one that lets somebody in, or lets him do something. */
gboolean belfry_webhook_answer_is_positive (const BelfryWebhookAnswer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryWebhookAnswer, belfry_webhook_answer_unref)

G_END_DECLS
