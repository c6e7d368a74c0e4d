/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-deadline-wheel.h"
#include "belfry-redis-command.h"
#include "belfry-redis-dial.h"
#include "belfry-redis-push.h"
#include "belfry-redis-reader.h"

G_BEGIN_DECLS

/**
 * BelfryRedisConnection:
 *
 * One connection to a Redis, once: it connects, and it ends; the next one is another object. So
 * what comes from an old connection has no way to the new one. Everything happens on the thread
 * that made it.
 */
#define BELFRY_REDIS_TYPE_CONNECTION (belfry_redis_connection_get_type ())
G_DECLARE_FINAL_TYPE (BelfryRedisConnection,
                      belfry_redis_connection,
                      BELFRY_REDIS,
                      CONNECTION,
                      GObject)

/**
 * BelfryRedisHandler:
 * @opened: signed in; commands may be sent
 * @closed: it ended by itself, before or after it was opened; @error names the server
 * @push: (nullable): given for a connection that subscribes: all its messages and confirmations. No
 * other connection takes anything for a push
 * @refused: (nullable): a command was answered with an error; after its callback, while the
 * connection is open
 *
 * Whom a connection tells. Each may close or drop the connection. After
 * belfry_redis_connection_close() none is called any more.
 */
typedef struct
{
  void (*opened) (BelfryRedisConnection *connection, gpointer user_data);
  void (*closed) (BelfryRedisConnection *connection,
                  BelfryRedisFault fault,
                  const GError *error,
                  gpointer user_data);
  void (*push) (BelfryRedisConnection *connection, const BelfryRedisPush *push, gpointer user_data);
  void (*refused) (BelfryRedisConnection *connection,
                   BelfryRedisFault fault,
                   const GError *error,
                   gpointer user_data);
} BelfryRedisHandler;

/**
 * BelfryRedisSettings:
 *
 * What a connection is made with. Wheel and TLS outlive the connection's end.
 */
typedef struct
{
  BelfryRedisUrl *url;        /* (unowned) */
  const BelfryRedisTls *tls;  /* (unowned) (nullable) */
  BelfryDeadlineWheel *wheel; /* (unowned) */
  const char *client_name;    /* (unowned): copied; for CLIENT LIST; printable, without spaces */
  gint64 open_timeout;        /* microseconds, from the name's look-up to the last greeting */
  gint64 user_timeout;        /* microseconds that what we send may stay unacknowledged */
  gsize max_output;           /* bytes that may wait to be sent */
  guint max_pending;          /* commands that may wait for their answers */
  BelfryRedisLimits limits;   /* of a reply */
} BelfryRedisSettings;

BelfryRedisConnection *belfry_redis_connection_new (const BelfryRedisSettings *settings,
                                                    const BelfryRedisHandler *handler,
                                                    gpointer user_data);

/**
 * belfry_redis_connection_open:
 *
 * Begins to connect; to be called once. The handler hears how it ended, not from within this call.
 * From here on an owner closes it before dropping it.
 */
void belfry_redis_connection_open (BelfryRedisConnection *self);
gboolean belfry_redis_connection_is_open (BelfryRedisConnection *self);

/**
 * belfry_redis_connection_send:
 * @error: %BELFRY_ERROR_UNAVAILABLE if it is not open, %BELFRY_ERROR_TOO_LARGE or
 * %BELFRY_ERROR_LIMIT_REACHED if it may not wait
 *
 * Sends a command with all others of this turn of the loop. If that is not refused, the callback is
 * called exactly once, and not from within this call: with an answer, or when the connection ends.
 * An answer that does not come in time ends the connection, since all that follow are behind it.
 */
gboolean belfry_redis_connection_send (BelfryRedisConnection *self,
                                       const BelfryRedisCommand *command,
                                       GError **error);

/**
 * belfry_redis_connection_forget:
 *
 * Calls no callback with this @user_data any more; the commands themselves are not taken back.
 */
void belfry_redis_connection_forget (BelfryRedisConnection *self, gpointer user_data);

/* Returns: bytes that wait to be sent */
gsize belfry_redis_connection_get_output (BelfryRedisConnection *self);

/* Returns: commands that wait for their answers */
guint belfry_redis_connection_get_pending (BelfryRedisConnection *self);

/**
 * belfry_redis_connection_close:
 *
 * Ends it at once, at any point. Commands that wait are told so, from within this call; then nobody
 * hears anything any more.
 */
void belfry_redis_connection_close (BelfryRedisConnection *self);

/* belfry_redis_connection_close(), but who waits is told that it was for @fault. */
void belfry_redis_connection_give_up (BelfryRedisConnection *self, BelfryRedisFault fault);

G_END_DECLS
