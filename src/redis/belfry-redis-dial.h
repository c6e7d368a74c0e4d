/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-redis-fault.h"
#include "belfry-redis-url.h"

G_BEGIN_DECLS

/**
 * BelfryRedisTls:
 *
 * How both sides prove who they are. Its files are read before, where that may take time.
 */
typedef struct
{
  GTlsDatabase *authorities;    /* (owned) (nullable): whom to believe; %NULL for the system's */
  GTlsCertificate *certificate; /* (owned) (nullable): our own, with its key */
  char *server_name;            /* (owned) (nullable): what the server's must be for; %NULL for the
                                   URL's host */
} BelfryRedisTls;

/**
 * belfry_redis_tls_load:
 * @authorities: (nullable): an absolute path: a PEM file
 * @certificate: (nullable): a PEM file
 * @key: (nullable): a PEM file
 * @error: %BELFRY_ERROR_INVALID_CONFIG, naming the file
 *
 * Reads files: for start and reload.
 *
 * Returns: (transfer full): what is in them
 */
BelfryRedisTls *belfry_redis_tls_load (const char *authorities,
                                       const char *certificate,
                                       const char *key,
                                       const char *server_name,
                                       GError **error);
BelfryRedisTls *belfry_redis_tls_copy (const BelfryRedisTls *self);
void belfry_redis_tls_free (BelfryRedisTls *self);

/**
 * BelfryRedisLine:
 *
 * A connection on which nothing was said yet.
 */
typedef struct
{
  GSocket *socket;   /* (owned) */
  GIOStream *stream; /* (owned): pollable both ways; may be TLS */
} BelfryRedisLine;

/**
 * belfry_redis_line_free:
 *
 * Hangs up, without waiting for anything.
 */
void belfry_redis_line_free (BelfryRedisLine *self);

/**
 * belfry_redis_dial_async:
 * @tls: (nullable): outlives the call; for a URL that wants TLS, %NULL stands for the system's
 * authorities
 * @user_timeout: microseconds after which what the other side has not acknowledged breaks the
 * connection
 *
 * Looks the host up, connects, and secures the connection. Takes as long as it takes: the deadline
 * is the caller's, with @cancellable.
 */
void belfry_redis_dial_async (BelfryRedisUrl *url,
                              const BelfryRedisTls *tls,
                              gint64 user_timeout,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);

/**
 * belfry_redis_dial_finish:
 * @fault: (out): why not
 *
 * Returns: (transfer full): the connection
 */
BelfryRedisLine *
belfry_redis_dial_finish (GAsyncResult *result, BelfryRedisFault *fault, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisTls, belfry_redis_tls_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisLine, belfry_redis_line_free)

G_END_DECLS
