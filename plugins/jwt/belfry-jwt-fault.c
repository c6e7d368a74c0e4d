/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-plugin-jwt"

#include "config.h"

#include "belfry-jwt-fault.h"

static const char *const texts[] = {
  [BELFRY_JWT_FAULT_NONE] = "nothing is wrong",
  [BELFRY_JWT_FAULT_LENGTH] = "it is longer than 8 KiB",
  [BELFRY_JWT_FAULT_SEGMENTS] = "it does not have three parts with a dot between them",
  [BELFRY_JWT_FAULT_BASE64] = "a part is not base64url",
  [BELFRY_JWT_FAULT_JSON] = "header or claims are not a JSON object, or nested too deep",
  [BELFRY_JWT_FAULT_DUPLICATE] = "a name is there twice in header or claims",
  [BELFRY_JWT_FAULT_HEADER] = "alg, kid or typ in the header is not a text",
  [BELFRY_JWT_FAULT_TYPE] = "its typ is neither JWT nor at+jwt",
  [BELFRY_JWT_FAULT_CRITICAL] = "its header has crit or b64, which are not supported",
  [BELFRY_JWT_FAULT_ALGORITHM] = "its algorithm is not allowed",
  [BELFRY_JWT_FAULT_ISSUER] = "its issuer (iss) is not one of ours",
  [BELFRY_JWT_FAULT_KEY] = "there is no key for its issuer, key id (kid) and algorithm",
  [BELFRY_JWT_FAULT_SIGNATURE] = "its signature is wrong",
  [BELFRY_JWT_FAULT_TIME] = "exp, nbf or iat is not a time",
  [BELFRY_JWT_FAULT_NO_EXPIRY] = "it never expires (exp)",
  [BELFRY_JWT_FAULT_EXPIRED] = "it has expired (exp)",
  [BELFRY_JWT_FAULT_NOT_YET] = "it is not good yet (nbf)",
  [BELFRY_JWT_FAULT_ISSUED_LATER] = "it was issued in the future (iat)",
  [BELFRY_JWT_FAULT_AUDIENCE] = "it is not for this audience (aud)",
  [BELFRY_JWT_FAULT_SUBJECT] = "its subject (sub) is not a text of 1 to 255 bytes",
  [BELFRY_JWT_FAULT_TOKEN_ID] = "its token id (jti) is not a text of 1 to 255 bytes",
};
G_STATIC_ASSERT (G_N_ELEMENTS (texts) == BELFRY_JWT_N_FAULTS);

G_DEFINE_QUARK (belfry - jwt - error - quark, belfry_jwt_error)

const char *
belfry_jwt_fault_text (BelfryJwtFault fault)
{
  return texts[MIN ((guint) fault, BELFRY_JWT_FAULT_TOKEN_ID)];
}
