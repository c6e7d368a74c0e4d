/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-jwt-key.h"

G_BEGIN_DECLS

/**
 * belfry_jwt_signature_is_good:
 * @text: a token that belfry_jwt_token_read() has read
 * @key: one that fits @algorithm
 *
 * Verifies without libjwt, which knows but one type of token.
 *
 * Returns: whether @key has signed @text
 */
gboolean belfry_jwt_signature_is_good (const BelfryJwtAlgorithm *algorithm,
                                       const BelfryJwtKey *key,
                                       const char *text);

G_END_DECLS
