/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <openssl/evp.h>

G_BEGIN_DECLS

#define BELFRY_TEST_JWT_SECRET "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What the tokens of the tests are measured by: a moment in 2026, in seconds. */
#define BELFRY_TEST_JWT_NOW 1790000000

/* Keys that nobody else has. (transfer full) */
EVP_PKEY *belfry_test_jwt_new_rsa (guint bits);
EVP_PKEY *belfry_test_jwt_new_ec (const char *curve);

/**
 * belfry_test_jwt_pem:
 *
 * Returns: (transfer full): the public key as PEM
 */
char *belfry_test_jwt_pem (EVP_PKEY *key);

/**
 * belfry_test_jwt_old_pem:
 *
 * Returns: (transfer full): the public key as PEM of its kind alone
 */
char *belfry_test_jwt_old_pem (EVP_PKEY *key);

/**
 * belfry_test_jwt_private_pem:
 *
 * Returns: (transfer full): the private key as PEM
 */
char *belfry_test_jwt_private_pem (EVP_PKEY *key);

/**
 * belfry_test_jwt_jwk:
 * @members: what else is to be in it, as in `"kid":"a","use":"sig"`, or an empty text
 *
 * Returns: (transfer full): the public key as a JSON Web Key
 */
char *belfry_test_jwt_jwk (EVP_PKEY *key, const char *members);

/**
 * belfry_test_jwt_encode:
 *
 * Returns: (transfer full): the bytes in base64url
 */
char *belfry_test_jwt_encode (const void *bytes, gsize length);

/**
 * belfry_test_jwt_sign:
 * @algorithm: what is done, whatever the header says
 * @key: (nullable): a private key, for RS* and ES*
 * @secret: (nullable): for HS*
 * @header: any text
 * @claims: any text
 *
 * Returns: (transfer full): a token
 */
char *belfry_test_jwt_sign (const char *algorithm,
                            EVP_PKEY *key,
                            const char *secret,
                            const char *header,
                            const char *claims);

/**
 * belfry_test_jwt_hs256:
 *
 * Returns: (transfer full): a token that is signed with the secret of the tests
 */
char *belfry_test_jwt_hs256 (const char *claims);

/* As in openssl/evp.h; what the code under test defines for itself. */
typedef EVP_PKEY BelfryTestJwtKey;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestJwtKey, EVP_PKEY_free)

G_END_DECLS
