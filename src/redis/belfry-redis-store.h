/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-blocks.h"
#include "belfry-broker.h"
#include "belfry-redis-command.h"
#include "belfry-redis-word.h"

G_BEGIN_DECLS

/**
 * BelfryRedisStore:
 *
 * What Belfry keeps in Redis, and how: streams of sequenced topics, keys of publications, who is
 * there, who is blocked. Knows scripts, keys and replies; how commands get to Redis is the
 * caller's matter. Main thread.
 */
typedef struct _BelfryRedisStore BelfryRedisStore;

/**
 * BelfryRedisCall:
 *
 * Sends a command to where @key is; like belfry_redis_connection_send().
 */
typedef gboolean (*BelfryRedisCall) (const char *key,
                                     const BelfryRedisCommand *command,
                                     GError **error,
                                     gpointer user_data);

/* What Redis answered instead of doing what it was told. */
typedef void (*BelfryRedisFaulty) (BelfryRedisFault fault, gpointer user_data);

/**
 * BelfryRedisStoreSettings:
 *
 * How it does it.
 */
typedef struct
{
  const char *prefix;       /* (unowned): of all keys and channels; may be empty */
  const char *instance;     /* (unowned): whose leases */
  const char *channel;      /* (unowned) (nullable): the shared one, in envelope mode, without the
                               prefix; %NULL otherwise */
  gboolean sharded;         /* publish with SPUBLISH: a cluster */
  gint64 timeout;           /* microseconds, of a command */
  gint64 presence_lease;    /* microseconds that a user stays without being renewed */
  BelfryRedisCall call;     /* (unowned) */
  BelfryRedisFaulty faulty; /* (unowned) (nullable): what Redis answered to a command */
  gpointer user_data;       /* (unowned) */
} BelfryRedisStoreSettings;

/* What a message counts for where a topic's bytes are bounded, beside its payload and its topic. */
#define BELFRY_REDIS_STORE_MESSAGE_COST 256

/* A page of history has no more messages, and ends with the message that goes beyond so many bytes.
 * It fits into a reply. */
#define BELFRY_REDIS_STORE_PAGE_MESSAGES 16384
#define BELFRY_REDIS_STORE_PAGE_BYTES (16 * 1024 * 1024)

/* Nobody reads a longer list: more leases of a topic are not listed. */
#define BELFRY_REDIS_STORE_LIST_LEASES 32768

BelfryRedisStore *belfry_redis_store_new (const BelfryRedisStoreSettings *settings);

/* What is under way fails, later, with %BELFRY_ERROR_CLOSED. */
void belfry_redis_store_free (BelfryRedisStore *self);

/* To be called when another Redis may answer from now on: scripts are sent whole until one was
 * answered, so that what is sent at once keeps its order. */
void belfry_redis_store_forget_scripts (BelfryRedisStore *self);

/* Returns: (transfer full): where messages of @topic are published: its own channel, or the one
 * that all share; with the prefix */
char *belfry_redis_store_dup_channel (const BelfryRedisStore *self, const char *topic);

/* Returns: (transfer full): where words are published */
char *belfry_redis_store_dup_words_channel (const BelfryRedisStore *self);

/**
 * belfry_redis_store_publish_async:
 *
 * Publishes in one step: the key of the publication is looked up, the message numbered, kept if its
 * topic keeps any, and published. Without both it is a plain PUBLISH. In a topic that keeps nothing
 * any more, what it kept stays readable until it expires, or until something is published with a
 * key.
 *
 * Once sent it cannot be cancelled any more.
 */
void belfry_redis_store_publish_async (BelfryRedisStore *self,
                                       const BelfryPublication *publication,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

/**
 * belfry_redis_store_publish_finish:
 * @receivers: (out) (optional): connections that subscribe, which Redis counted; 0 for a second
 * publication with the same key
 */
gboolean belfry_redis_store_publish_finish (GAsyncResult *result,
                                            BelfryPosition *position,
                                            guint64 *receivers,
                                            GError **error);

/* As the broker's history_async(). @traits: how long an epoch that is new lasts */
void belfry_redis_store_history_async (BelfryRedisStore *self,
                                       const char *topic,
                                       const BelfryTopicTraits *traits,
                                       const BelfryPosition *since,
                                       guint limit,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
BelfryHistoryPage *belfry_redis_store_history_finish (GAsyncResult *result, GError **error);

/* A user's sessions of this instance with a topic: how many there are now; 0 takes him away. JOIN
 * and LEAVE are published by the script that finds the first and the last of all instances. */
void belfry_redis_store_presence_set_async (BelfryRedisStore *self,
                                            const char *topic,
                                            const char *user,
                                            const char *info,
                                            guint sessions,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data);
gboolean belfry_redis_store_presence_set_finish (GAsyncResult *result, GError **error);

/* Renews the leases of this instance for a topic's users, and takes away (with LEAVE) those whose
 * leases ran out. @users: (array zero-terminated=1): perhaps nobody */
void belfry_redis_store_presence_renew_async (BelfryRedisStore *self,
                                              const char *topic,
                                              const char *const *users,
                                              GAsyncReadyCallback callback,
                                              gpointer user_data);

/* @n_left: (out) (optional): leases of the topic, of all instances
 *
 * Returns, at the end: (element-type utf8): users of @users that Redis did not know any more, to be
 * set again */
GPtrArray *
belfry_redis_store_presence_renew_finish (GAsyncResult *result, guint64 *n_left, GError **error);

void belfry_redis_store_presence_async (BelfryRedisStore *self,
                                        const char *topic,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

/* Returns: (element-type BelfryPresenceEntry): by name. @error: %BELFRY_ERROR_TOO_LARGE */
GPtrArray *belfry_redis_store_presence_finish (GAsyncResult *result, GError **error);

/* Tells all instances, this one among them; keeps what is to be known by those that come later. */
void belfry_redis_store_tell_async (BelfryRedisStore *self,
                                    const BelfryRedisWord *word,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean belfry_redis_store_tell_finish (GAsyncResult *result, GError **error);

/* What is in force: blocked users and revoked tokens. */
void belfry_redis_store_blocks_async (BelfryRedisStore *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

/* Returns: (element-type BelfryRedisWord) */
GPtrArray *belfry_redis_store_blocks_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisStore, belfry_redis_store_free)

G_END_DECLS
