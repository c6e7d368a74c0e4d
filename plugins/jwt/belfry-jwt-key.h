/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <openssl/evp.h>

#include "belfry-jwt-algorithm.h"
#include "belfry-jwt-fault.h"

G_BEGIN_DECLS

/* What RFC 7518 asks for, and what OpenSSL still verifies with. */
#define BELFRY_JWT_MIN_RSA_BITS 2048
#define BELFRY_JWT_MAX_RSA_BITS 16384

/**
 * BelfryJwtKey:
 *
 * What signatures are verified with. Not changed any more once it is in a key set.
 */
typedef struct
{
  char *issuer;                   /* (owned) (nullable): whose it is; %NULL for whoever has none */
  char *id;                       /* (owned) (nullable): what tokens call it (kid) */
  const BelfryJwtAlgorithm *only; /* (unowned) (nullable): the one that it may be used with */
  BelfryJwtFamily family;
  guint8 *bytes; /* (owned): a secret, or a public key as PEM; wiped when it is freed */
  gsize length;
} BelfryJwtKey;

/**
 * belfry_jwt_key_new_secret:
 * @bytes: (array length=length): what both sides know, at least one byte
 *
 * Returns: (transfer full): a key
 */
BelfryJwtKey *belfry_jwt_key_new_secret (const void *bytes, gsize length);

/**
 * belfry_jwt_key_new_public:
 * @public_key: (transfer none): any key
 *
 * Fails with %BELFRY_JWT_ERROR_KEY if no algorithm could use it, or if it is too weak.
 *
 * Returns: (transfer full): a key
 */
BelfryJwtKey *belfry_jwt_key_new_public (EVP_PKEY *public_key, GError **error);
void belfry_jwt_key_free (BelfryJwtKey *self);

/**
 * belfry_jwt_key_fits:
 *
 * Returns: whether @algorithm may be verified with @self
 */
gboolean belfry_jwt_key_fits (const BelfryJwtKey *self, const BelfryJwtAlgorithm *algorithm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryJwtKey, belfry_jwt_key_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)

G_END_DECLS
