/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-session.h"

G_BEGIN_DECLS

/**
 * BelfryFakeClient:
 *
 * A client of a shard without a connection, which writes down in words what it is told:
 *
 *     welcome; authenticated; signed-in; subscribed a@3+ b; message a "x"@4; gap a slow; close 4401
 *
 * A position is an offset behind `@`; `+` and `-` say whether what was missed is recovered; the id
 * of the request stands behind `#`.
 */
typedef struct
{
  BelfrySession *session; /* (owned) (nullable) */
  GString *told;          /* (owned) */
  gsize queued;           /* what it says waits for it */
  gboolean drops;         /* it says of every message that it was dropped */
  guint32 last_key;       /* of the last message's delivery */
  BelfryConfigSlowConsumer last_slow_consumer;
  BelfryPosition position; /* of the last thing told that had one */
} BelfryFakeClient;

/* @token: (nullable): what the handshake brings. Fails the test if the shard takes none. */
BelfryFakeClient *belfry_fake_client_new (BelfryShard *shard, const char *token);

/* @params: the sink and the client are filled in */
BelfryFakeClient *belfry_fake_client_new_with (BelfryShard *shard, BelfrySessionParams *params);

/* Leaves, if it has not left yet. */
void belfry_fake_client_leave (BelfryFakeClient *self, guint code);
void belfry_fake_client_free (BelfryFakeClient *self);

/* @topics: separated by spaces, if several. @id: (nullable) */
void belfry_fake_client_ask (BelfryFakeClient *self,
                             BelfryRequestKind kind,
                             const char *topics,
                             const char *id);
void belfry_fake_client_subscribe (BelfryFakeClient *self, const char *topics);
void belfry_fake_client_unsubscribe (BelfryFakeClient *self, const char *topics);
void
belfry_fake_client_recover (BelfryFakeClient *self, const char *topic, const BelfryPosition *since);
void belfry_fake_client_publish (BelfryFakeClient *self, const char *topic, const char *payload);

/* @kind: to authenticate or to refresh */
void belfry_fake_client_sign_in (BelfryFakeClient *self, BelfryRequestKind kind, const char *token);

/**
 * belfry_fake_client_assert_told:
 *
 * Runs the main context until nothing is left to do, and fails unless @expected is all that the
 * client was told since the last time.
 */
#define belfry_fake_client_assert_told(client, expected)                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    belfry_fake_client_settle ();                                                                  \
    g_assert_cmpstr ((client)->told->str, ==, (expected));                                         \
    g_string_truncate ((client)->told, 0);                                                         \
  }                                                                                                \
  G_STMT_END
void belfry_fake_client_settle (void);
void belfry_fake_client_forget (BelfryFakeClient *self);

/* For sinks of tests that count for themselves, of clients to whom nothing else happens. */
void belfry_fake_client_is_authenticated (gpointer client);
void G_GNUC_NORETURN belfry_fake_client_must_not_sign_in (gpointer client);
void G_GNUC_NORETURN belfry_fake_client_must_not_close (gpointer client,
                                                        guint code,
                                                        const char *reason);
gsize belfry_fake_client_has_read_all (gpointer client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryFakeClient, belfry_fake_client_free)

G_END_DECLS
