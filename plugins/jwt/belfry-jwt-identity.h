/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

#include "belfry-jwt-token.h"

G_BEGIN_DECLS

/**
 * belfry_jwt_identity_new:
 * @token: a token that belfry_jwt_verify() returned
 * @roles_claim: the claim that lists the roles, or a path to it with dots
 *
 * Fails with %BELFRY_PLUGIN_ERROR_REFUSED if what the token says is more than an identity may have.
 *
 * Returns: (transfer full) (nullable): who the token is about
 */
BelfryIdentity *
belfry_jwt_identity_new (const BelfryJwtToken *token, const char *roles_claim, GError **error);

G_END_DECLS
