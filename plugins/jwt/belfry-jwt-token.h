/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <jansson.h>

#include "belfry-jwt-algorithm.h"
#include "belfry-jwt-fault.h"

G_BEGIN_DECLS

/* Cookies and headers end near here, too. */
#define BELFRY_JWT_MAX_TOKEN 8192

/**
 * BelfryJwtToken:
 *
 * What a token says of itself. Nothing of it is true before belfry_jwt_verify() has returned it.
 */
typedef struct
{
  json_t *header;                      /* (owned): an object */
  json_t *claims;                      /* (owned): an object */
  const BelfryJwtAlgorithm *algorithm; /* (unowned) */
  const char *key_id;                  /* (unowned) (nullable): part of the header */
  const char *issuer;                  /* (unowned) (nullable): part of the claims */
  gboolean is_plain; /* its type is JWT, or not said: the only ones that libjwt knows */

  /* Set by belfry_jwt_claims_check(). */
  const char *subject;  /* (unowned): part of the claims */
  const char *token_id; /* (unowned) (nullable): part of the claims */
  gint64 expires;       /* microseconds since 1970, leeway included; 0 for never */
} BelfryJwtToken;

/**
 * belfry_jwt_token_read:
 * @text: what a client calls its token
 * @fault: (out): why it is none
 *
 * Takes a token apart without believing it. Its form is checked more strictly than libjwt does, so
 * that both see the same header and claims.
 *
 * Returns: (transfer full) (nullable): the token
 */
BelfryJwtToken *belfry_jwt_token_read (const char *text, BelfryJwtFault *fault);
void belfry_jwt_token_free (BelfryJwtToken *self);

/**
 * belfry_jwt_token_get_claim:
 *
 * Returns: (transfer none) (nullable): the value of a claim
 */
json_t *belfry_jwt_token_get_claim (const BelfryJwtToken *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryJwtToken, belfry_jwt_token_free)

G_END_DECLS
