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
 * What a client shows of itself: a token, and what the system knows of its connection.
 *
 * Immutable, atomically reference-counted; any thread. The token is wiped when it is freed.
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
 * @uid: that process's user
 * @pid: that process
 *
 * What credentials are made from; copied.
 */
typedef struct
{
  const char *token;       /* (unowned) (nullable) */
  const char *address;     /* (unowned) (nullable) */
  const char *origin;      /* (unowned) (nullable) */
  const char *endpoint;    /* (unowned) (nullable) */
  const char *certificate; /* (unowned) (nullable) */
  gboolean has_peer;
  guint uid;
  gint pid;
} BelfryCredentialsParams;

/**
 * belfry_credentials_new:
 * @params: what they are made from
 *
 * Makes credentials. The service does this for clients, and tests of plugins do.
 *
 * Returns: (transfer full): the credentials
 */
BELFRY_API
BelfryCredentials *belfry_credentials_new (const BelfryCredentialsParams *params);

/**
 * belfry_credentials_ref:
 * @self: credentials
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
BELFRY_API
BelfryCredentials *belfry_credentials_ref (BelfryCredentials *self);

/**
 * belfry_credentials_unref:
 * @self: (transfer full): credentials
 *
 * Drops a reference. With the last one the token is wiped.
 */
BELFRY_API
void belfry_credentials_unref (BelfryCredentials *self);

/**
 * belfry_credentials_get_token:
 * @self: credentials
 *
 * Gets the token. It must never be logged.
 *
 * Returns: (transfer none) (nullable): the token
 */
BELFRY_API
const char *belfry_credentials_get_token (const BelfryCredentials *self);

/**
 * belfry_credentials_get_address:
 * @self: credentials
 *
 * Gets where the client comes from.
 *
 * Returns: (transfer none) (nullable): an IP address, or "unix"
 */
BELFRY_API
const char *belfry_credentials_get_address (const BelfryCredentials *self);

/**
 * belfry_credentials_get_origin:
 * @self: credentials
 *
 * Gets the web page that the client belongs to, as the browser tells it.
 *
 * Returns: (transfer none) (nullable): an origin such as "https://example.org"
 */
BELFRY_API
const char *belfry_credentials_get_origin (const BelfryCredentials *self);

/**
 * belfry_credentials_get_endpoint:
 * @self: credentials
 *
 * Gets the path that the client connected to.
 *
 * Returns: (transfer none) (nullable): a path such as "/ws"
 */
BELFRY_API
const char *belfry_credentials_get_endpoint (const BelfryCredentials *self);

/**
 * belfry_credentials_get_certificate:
 * @self: credentials
 *
 * Gets the subject of the client's certificate, which was verified.
 *
 * Returns: (transfer none) (nullable): a distinguished name
 */
BELFRY_API
const char *belfry_credentials_get_certificate (const BelfryCredentials *self);

/**
 * belfry_credentials_get_peer:
 * @self: credentials
 * @uid: (out) (optional): the process's user; untouched if it is not known
 * @pid: (out) (optional): the process; untouched if it is not known
 *
 * Gets the process at the other end of a unix socket, as the kernel tells it.
 *
 * Returns: whether it is known
 */
BELFRY_API
gboolean belfry_credentials_get_peer (const BelfryCredentials *self, guint *uid, gint *pid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryCredentials, belfry_credentials_unref)

G_END_DECLS
