/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-jwt-key.h"

G_BEGIN_DECLS

/* The largest key sets of public providers have a few dozen keys. */
#define BELFRY_JWT_MAX_KEY_FILE (256 * 1024)

/**
 * belfry_jwt_key_file_read:
 * @path: of a file with public keys, as PEM or as a JSON Web Key Set
 * @issuer: (nullable): whose they are
 * @algorithms: one of them must be able to use one of the keys, or else the file is a mistake
 * @keys: (element-type BelfryJwtKey): where to add the keys; untouched if it fails
 *
 * Fails with %BELFRY_JWT_ERROR_KEY; the message begins with the path.
 *
 * Returns: whether the file was good
 */
gboolean belfry_jwt_key_file_read (const char *path,
                                   const char *issuer,
                                   BelfryJwtAlgorithms algorithms,
                                   GPtrArray *keys,
                                   GError **error);

G_END_DECLS
