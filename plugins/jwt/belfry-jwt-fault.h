/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryJwtFault:
 *
 * Why a token was refused. For logs and for who holds the keys; a client only learns whether its
 * token has expired.
 */
typedef enum
{
  BELFRY_JWT_FAULT_NONE,
  BELFRY_JWT_FAULT_LENGTH,
  BELFRY_JWT_FAULT_SEGMENTS,
  BELFRY_JWT_FAULT_BASE64,
  BELFRY_JWT_FAULT_JSON,
  BELFRY_JWT_FAULT_DUPLICATE,
  BELFRY_JWT_FAULT_HEADER,
  BELFRY_JWT_FAULT_TYPE,
  BELFRY_JWT_FAULT_CRITICAL,
  BELFRY_JWT_FAULT_ALGORITHM,
  BELFRY_JWT_FAULT_ISSUER,
  BELFRY_JWT_FAULT_KEY,
  BELFRY_JWT_FAULT_SIGNATURE,
  BELFRY_JWT_FAULT_TIME,
  BELFRY_JWT_FAULT_NO_EXPIRY,
  BELFRY_JWT_FAULT_EXPIRED,
  BELFRY_JWT_FAULT_NOT_YET,
  BELFRY_JWT_FAULT_ISSUED_LATER,
  BELFRY_JWT_FAULT_AUDIENCE,
  BELFRY_JWT_FAULT_SUBJECT,
  BELFRY_JWT_FAULT_TOKEN_ID,
} BelfryJwtFault;
#define BELFRY_JWT_N_FAULTS (BELFRY_JWT_FAULT_TOKEN_ID + 1)

/**
 * belfry_jwt_fault_text:
 *
 * Returns: (transfer none): a phrase that says what is wrong, with nothing of the token in it
 */
const char *belfry_jwt_fault_text (BelfryJwtFault fault);

/**
 * BELFRY_JWT_ERROR:
 *
 * What reading keys fails with.
 */
#define BELFRY_JWT_ERROR (belfry_jwt_error_quark ())
GQuark belfry_jwt_error_quark (void);

typedef enum
{
  BELFRY_JWT_ERROR_KEY,
} BelfryJwtError;

G_END_DECLS
