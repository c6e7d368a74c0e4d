/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-jwt-token.h"

G_BEGIN_DECLS

/**
 * BelfryJwtPolicy:
 *
 * What is asked of a token besides its signature.
 */
typedef struct
{
  BelfryJwtAlgorithms algorithms;
  const char *audience; /* (unowned) (nullable): what aud must hold; %NULL for anything */
  gint64 leeway;        /* microseconds that clocks may be apart */
  gboolean require_expiry;
} BelfryJwtPolicy;

/**
 * belfry_jwt_claims_check:
 * @token: a token whose signature is good; what it says is filled in
 * @now: microseconds since 1970
 *
 * Returns: what is wrong with its claims
 */
BelfryJwtFault
belfry_jwt_claims_check (const BelfryJwtPolicy *policy, BelfryJwtToken *token, gint64 now);

G_END_DECLS
