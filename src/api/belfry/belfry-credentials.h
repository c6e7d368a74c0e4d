/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-visibility.h>

G_BEGIN_DECLS

/**
 * BelfryCredentials:
 *
 * What a client shows of itself: a token, headers, and what the system knows of its connection.
 * Immutable, atomically reference-counted; the token is wiped when it is freed.
 */
typedef struct _BelfryCredentials BelfryCredentials;

#define BELFRY_TYPE_CREDENTIALS (belfry_credentials_get_type ())
BELFRY_API
GType belfry_credentials_get_type (void);

/**
 * BelfryCredentialsParams:
 * @token: (nullable): what the client calls its token
 * @address: (nullable): where it comes from
 * @origin: (nullable): the web page it belongs to
 * @endpoint: (nullable): the path that it connected to
 * @certificate: (nullable): the subject of a verified client certificate
 * @has_peer: whether @uid and @pid are those of a process at the other end of a unix socket
 *
 * What credentials are made from; copied.
 */
typedef struct
{
  const char *token;
  const char *address;
  const char *origin;
  const char *endpoint;
  const char *certificate;
  gboolean has_peer;
  guint uid;
  gint pid;
} BelfryCredentialsParams;

BELFRY_API
BelfryCredentials *belfry_credentials_new (const BelfryCredentialsParams *params);
BELFRY_API
BelfryCredentials *belfry_credentials_ref (BelfryCredentials *self);
BELFRY_API
void belfry_credentials_unref (BelfryCredentials *self);
BELFRY_API
const char *belfry_credentials_get_token (const BelfryCredentials *self);
BELFRY_API
const char *belfry_credentials_get_address (const BelfryCredentials *self);
BELFRY_API
const char *belfry_credentials_get_origin (const BelfryCredentials *self);
BELFRY_API
const char *belfry_credentials_get_endpoint (const BelfryCredentials *self);
BELFRY_API
const char *belfry_credentials_get_certificate (const BelfryCredentials *self);

/* Returns: whether it is known; @uid, @pid: (out) (optional) */
BELFRY_API
gboolean belfry_credentials_get_peer (const BelfryCredentials *self, guint *uid, gint *pid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryCredentials, belfry_credentials_unref)

G_END_DECLS
