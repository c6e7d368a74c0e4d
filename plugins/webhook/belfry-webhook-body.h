/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/* What a backend is asked, as JSON. The same question is always the same text. It may have a token
 * in it, so its memory is wiped when it is freed. */

/* Returns: (transfer full) (nullable): %NULL if something in @credentials is not UTF-8 */
GBytes *belfry_webhook_body_authenticate (BelfryCredentials *credentials);

/* @identity: (nullable) */
GBytes *belfry_webhook_body_authorize (BelfryIdentity *identity,
                                       BelfryTopicAction action,
                                       const char *topic);

/**
 * belfry_webhook_body_sign:
 * @secret: what the backend knows, too
 * @wall: microseconds since 1970
 *
 * Returns: (transfer full): `t=SECONDS,v1=HEX`, HEX being the HMAC-SHA256 of `SECONDS.BODY`
 */
char *belfry_webhook_body_sign (GBytes *body, GBytes *secret, gint64 wall);

G_END_DECLS
