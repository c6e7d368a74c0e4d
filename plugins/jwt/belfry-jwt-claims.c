/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-claims.h"

#include <math.h>

#include "belfry-jwt-text.h"

/* The claims of RFC 7519 that say whether a token is good here and now; libjwt looks at none of
 * them. Pure functions: any thread. */

/* The end of the year 9999: whatever is added to it in microseconds stays far from overflow. */
#define MAX_TIME G_GINT64_CONSTANT (253402300799)

/* @time: microseconds; untouched if the claim is not there */
static gboolean
get_time (const BelfryJwtToken *token, const char *name, gint64 *time)
{
  const json_t *claim = belfry_jwt_token_get_claim (token, name);

  if (claim == NULL)
    return TRUE;
  if (!json_is_number (claim))
    return FALSE;
  double seconds = json_number_value (claim);
  if (!isfinite (seconds) || seconds < 0 || seconds > (double) MAX_TIME)
    return FALSE;
  *time = json_is_integer (claim) ? json_integer_value (claim) * G_USEC_PER_SEC
                                  : (gint64) (seconds * G_USEC_PER_SEC);
  return TRUE;
}

static BelfryJwtFault
check_times (const BelfryJwtPolicy *policy, BelfryJwtToken *token, gint64 now)
{
  gint64 expiry = -1;
  gint64 not_before = 0;
  gint64 issued = 0;

  if (!get_time (token, "exp", &expiry) || !get_time (token, "nbf", &not_before) ||
      !get_time (token, "iat", &issued))
    return BELFRY_JWT_FAULT_TIME;
  if (expiry < 0 && policy->require_expiry)
    return BELFRY_JWT_FAULT_NO_EXPIRY;
  if (expiry >= 0 && now >= expiry + policy->leeway)
    return BELFRY_JWT_FAULT_EXPIRED;
  if (not_before > now + policy->leeway)
    return BELFRY_JWT_FAULT_NOT_YET;
  if (issued > now + policy->leeway)
    return BELFRY_JWT_FAULT_ISSUED_LATER;
  token->expires = expiry < 0 ? 0 : expiry + policy->leeway;
  return BELFRY_JWT_FAULT_NONE;
}

static gboolean
has_audience (const json_t *claim, const char *audience)
{
  if (!json_is_array (claim))
    return g_strcmp0 (json_string_value (claim), audience) == 0;
  for (gsize i = 0; i < json_array_size (claim); i++)
    {
      if (g_strcmp0 (json_string_value (json_array_get (claim, i)), audience) == 0)
        return TRUE;
    }
  return FALSE;
}

static BelfryJwtFault
check_names (BelfryJwtToken *token)
{
  const json_t *token_id = belfry_jwt_token_get_claim (token, "jti");

  token->subject = json_string_value (belfry_jwt_token_get_claim (token, "sub"));
  token->token_id = json_string_value (token_id);
  if (!belfry_jwt_is_name (token->subject))
    return BELFRY_JWT_FAULT_SUBJECT;
  if (token_id != NULL && !belfry_jwt_is_name (token->token_id))
    return BELFRY_JWT_FAULT_TOKEN_ID;
  return BELFRY_JWT_FAULT_NONE;
}

BelfryJwtFault
belfry_jwt_claims_check (const BelfryJwtPolicy *policy, BelfryJwtToken *token, gint64 now)
{
  BelfryJwtFault fault = check_times (policy, token, now);

  if (fault != BELFRY_JWT_FAULT_NONE)
    return fault;
  if (policy->audience != NULL &&
      !has_audience (belfry_jwt_token_get_claim (token, "aud"), policy->audience))
    return BELFRY_JWT_FAULT_AUDIENCE;
  return check_names (token);
}
