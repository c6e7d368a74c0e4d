/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-jwt-claims.h"
#include "belfry-jwt-key-set.h"

G_BEGIN_DECLS

/**
 * belfry_jwt_verify:
 * @policy: what is asked of the token
 * @keys: the keys in force
 * @text: what a client calls its token
 * @now: microseconds since 1970
 * @fault: (out): why it was refused
 *
 * That a token has expired is only said of one whose signature is good.
 *
 * Returns: (transfer full) (nullable): the token, if it is good
 */
BelfryJwtToken *belfry_jwt_verify (const BelfryJwtPolicy *policy,
                                   const BelfryJwtKeySet *keys,
                                   const char *text,
                                   gint64 now,
                                   BelfryJwtFault *fault);

G_END_DECLS
