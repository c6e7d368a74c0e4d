/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-secret.h"

G_BEGIN_DECLS

/**
 * BelfryRedisUrl:
 *
 * Where a Redis server is and how to sign in there. Immutable, reference-counted; any thread.
 */
typedef struct _BelfryRedisUrl BelfryRedisUrl;

typedef enum
{
  BELFRY_REDIS_SCHEME_TCP,          /* redis: */
  BELFRY_REDIS_SCHEME_TLS,          /* rediss: */
  BELFRY_REDIS_SCHEME_UNIX,         /* redis+unix: */
  BELFRY_REDIS_SCHEME_SENTINEL,     /* redis+sentinel: */
  BELFRY_REDIS_SCHEME_SENTINEL_TLS, /* rediss+sentinel: */
  BELFRY_REDIS_SCHEME_CLUSTER,      /* redis+cluster: */
  BELFRY_REDIS_SCHEME_CLUSTER_TLS,  /* rediss+cluster: */
  BELFRY_REDIS_N_SCHEMES,
} BelfryRedisScheme;

#define BELFRY_REDIS_URL_MAX 4096 /* bytes; far more than a host, a path and a password need */

/**
 * belfry_redis_url_parse:
 * @url: `redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]`, `rediss://` the same over TLS, or
 * `redis+unix://[[USER]:PASSWORD@]/PATH[?db=DB]`, or
 * `redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT],.../NAME[/DB]`, `rediss+sentinel://` the
 * same over TLS, or `redis+cluster://[[USER]:PASSWORD@]HOST[:PORT],...`, `rediss+cluster://`;
 * user, password and path are percent-encoded
 * @error: %BELFRY_ERROR_INVALID_CONFIG; its message shows nothing of @url
 *
 * Returns: (transfer full): what it says
 */
BelfryRedisUrl *belfry_redis_url_parse (const char *url, GError **error);
BelfryRedisUrl *belfry_redis_url_ref (BelfryRedisUrl *self);
void belfry_redis_url_unref (BelfryRedisUrl *self);

BelfryRedisScheme belfry_redis_url_get_scheme (const BelfryRedisUrl *self);

/* Returns: (transfer none) (nullable): the host without brackets; %NULL for a unix socket, for
 * Sentinels and for a cluster */
const char *belfry_redis_url_get_host (const BelfryRedisUrl *self);
guint16 belfry_redis_url_get_port (const BelfryRedisUrl *self);

/* Returns: (transfer none) (nullable): of a unix socket */
const char *belfry_redis_url_get_path (const BelfryRedisUrl *self);
guint belfry_redis_url_get_database (const BelfryRedisUrl *self);

/* Returns: (transfer none) (nullable): %NULL for the default user */
const BelfrySecret *belfry_redis_url_get_user (const BelfryRedisUrl *self);

/* Returns: (transfer none) (nullable) */
const BelfrySecret *belfry_redis_url_get_password (const BelfryRedisUrl *self);

/* Returns: (transfer none) (nullable): by which name Sentinels know the server */
const char *belfry_redis_url_get_service (const BelfryRedisUrl *self);
guint belfry_redis_url_get_n_sentinels (const BelfryRedisUrl *self);

/* Returns: (transfer none): where a Sentinel is, and how to sign in there */
BelfryRedisUrl *belfry_redis_url_get_sentinel (const BelfryRedisUrl *self, guint index);

/* Returns: how many nodes of a cluster are named; 0 if it is none */
guint belfry_redis_url_get_n_seeds (const BelfryRedisUrl *self);

/* Returns: (transfer none): where a node of a cluster is, and how to sign in there */
BelfryRedisUrl *belfry_redis_url_get_seed (const BelfryRedisUrl *self, guint index);

/**
 * belfry_redis_url_new_at:
 * @self: a URL of any scheme but a unix socket
 * @host: a name or an address, without brackets; others may have sent it
 *
 * Returns: (transfer full): another server, to which we connect and sign in as to @self
 */
BelfryRedisUrl *belfry_redis_url_new_at (const BelfryRedisUrl *self,
                                         const char *host,
                                         const char *port,
                                         GError **error);

/**
 * belfry_redis_url_new_with_secrets:
 * @user: (nullable): %NULL leaves the URL's; so with the others
 * @sentinel_password: (nullable): that Sentinels want; they are shown no other
 *
 * Returns: (transfer full): the same, with what was kept elsewhere
 */
BelfryRedisUrl *belfry_redis_url_new_with_secrets (const BelfryRedisUrl *self,
                                                   BelfrySecret *user,
                                                   BelfrySecret *password,
                                                   BelfrySecret *sentinel_password);

/* Returns: (transfer full): what can be connected to; not for a URL of Sentinels or
 * of a cluster */
GSocketConnectable *belfry_redis_url_get_connectable (const BelfryRedisUrl *self);

/**
 * belfry_redis_url_get_shown:
 *
 * Returns: (transfer none): the URL for a log: a star for user and password. The user is left out,
 * too, since a password is easily written in its place.
 */
const char *belfry_redis_url_get_shown (const BelfryRedisUrl *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisUrl, belfry_redis_url_unref)

G_END_DECLS
