/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-test-files.h"

G_BEGIN_DECLS

/**
 * BelfryTestRedis:
 *
 * A redis-server of a test's own: on a unix socket in a folder of its own, and on a free port of
 * the loopback. It is killed, by its pid, when it is freed.
 */
typedef struct _BelfryTestRedis BelfryTestRedis;

/* Whether there is a redis-server; skips the test otherwise. */
gboolean belfry_test_redis_available (void);

/**
 * belfry_test_redis_new:
 * @options: (nullable): further ones, as on its command line
 *
 * Starts it, and waits until it answers.
 */
BelfryTestRedis *belfry_test_redis_new (const char *const *options);

/* The same for a Sentinel with the content of a configuration file. */
BelfryTestRedis *belfry_test_redis_new_sentinel (const char *config);
void belfry_test_redis_free (BelfryTestRedis *self);

/* Ends it as if its machine had failed; then starts it anew, on the same port, with nothing in it.
 */
void belfry_test_redis_kill (BelfryTestRedis *self);
void belfry_test_redis_start (BelfryTestRedis *self);

/* Says an inline command to it. Returns: (transfer full): the beginning of the answer */
char *belfry_test_redis_ask (BelfryTestRedis *self, const char *command);

/* Fails if the answer is an error. */
void belfry_test_redis_tell (BelfryTestRedis *self, const char *command);

/* Returns: (transfer full): with @user_info, as in `user:password@`, and @database */
char *belfry_test_redis_get_url (BelfryTestRedis *self, const char *user_info, guint database);
char *belfry_test_redis_get_unix_url (BelfryTestRedis *self);

guint16 belfry_test_redis_get_port (BelfryTestRedis *self);

/* Returns: the port that speaks TLS, if it was started with one */
guint16 belfry_test_redis_get_tls_port (BelfryTestRedis *self);

/* When it has stopped, if that is what the signal is for. */
void belfry_test_redis_signal (BelfryTestRedis *self, int number);

/**
 * BelfryTestCaller:
 *
 * A connection to it of its own, that says inline commands.
 */
typedef struct _BelfryTestCaller BelfryTestCaller;

/* Returns: (transfer full): when Redis has taken it */
BelfryTestCaller *belfry_test_redis_call (BelfryTestRedis *self);
void belfry_test_caller_free (BelfryTestCaller *self);
void belfry_test_caller_say (BelfryTestCaller *self, const char *command);

/* Returns: (transfer full): the beginning of an answer; waits for it */
char *belfry_test_caller_hear (BelfryTestCaller *self);

/**
 * BelfryTestPeer:
 *
 * Something that is no Redis: it takes connections on the loopback, says what it is told to, and
 * keeps what it hears.
 */
typedef struct _BelfryTestPeer BelfryTestPeer;

BelfryTestPeer *belfry_test_peer_new (void);
void belfry_test_peer_free (BelfryTestPeer *self);
char *belfry_test_peer_get_url (BelfryTestPeer *self);

/* What it says, once, to each that comes from now on, after it has heard @after bytes. */
void belfry_test_peer_set_greeting (BelfryTestPeer *self, const char *greeting, gsize after);

/* To the latest that came. */
void belfry_test_peer_say (BelfryTestPeer *self, const char *text, gssize length);
void belfry_test_peer_hang_up (BelfryTestPeer *self);

/* Reads nothing any more. */
void belfry_test_peer_stall (BelfryTestPeer *self);
guint belfry_test_peer_n_came (BelfryTestPeer *self);

/* Returns: whether the latest that came has gone */
gboolean belfry_test_peer_was_left (BelfryTestPeer *self);

/* Returns: (transfer none): all that the latest said */
const char *belfry_test_peer_heard (BelfryTestPeer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestRedis, belfry_test_redis_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestCaller, belfry_test_caller_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestPeer, belfry_test_peer_free)

G_END_DECLS
