/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-reception.h"
#include "belfry-test-client.h"
#include "belfry-test-core.h"
#include "belfry-worker.h"

G_BEGIN_DECLS

/**
 * BelfryTestHall:
 *
 * A reception with a whole core behind it, all on this thread's main context and with clocks that
 * stand still. The worker has no thread of its own; it is there to forget its clients.
 */
typedef struct
{
  BelfryTestCore core;
  BelfryTestWorker desk;
  BelfryWorkerShared shared;
  BelfryWorkerSettings *settings; /* (owned) */
  BelfryWorker *worker;           /* (owned) */
  BelfryReception reception;
} BelfryTestHall;

/**
 * BelfryTestGuest:
 *
 * Who comes in, over a pair of sockets; and what was said to him: a line for each message of a
 * WebSocket (`close CODE REASON` for the end), or the text of a stream as it is.
 */
typedef struct
{
  BelfryTestHall *hall; /* (unowned) */
  BelfryClient *client; /* (unowned) (nullable): if he was let in; only while he is there */
  int fd;               /* his own end, -1 once he is gone */
  gboolean is_stream;
  gboolean ended;           /* he has seen the end */
  BelfryFrameReader reader; /* of a WebSocket */
  GString *heard;           /* (owned) */
} BelfryTestGuest;

/* @config: the text of a configuration file, for the core and the endpoints */
void belfry_test_hall_init (BelfryTestHall *self, const char *config);

/* All guests must be gone. */
void belfry_test_hall_clear (BelfryTestHall *self);

/* How many connections are there, and how many sessions: two numbers, for the one may live without
 * the other. */
gint64 belfry_test_hall_get_connections (BelfryTestHall *self);
gint64 belfry_test_hall_get_sessions (BelfryTestHall *self);

/* Returns: (transfer none): what is at that path; there must be something */
const BelfryWorkerEndpoint *
belfry_test_hall_find (BelfryTestHall *self, const char *path, const BelfryEndpoint **front);

/**
 * belfry_test_guest_enter:
 * @path: an endpoint's
 * @upgrade: (nullable): what he said, but for the endpoint, the peer and the descriptor
 *
 * Comes in, and must be let in.
 */
void belfry_test_guest_enter (BelfryTestGuest *self,
                              BelfryTestHall *hall,
                              const char *path,
                              const BelfryUpgrade *upgrade);

/* The like for one who must not be let in. */
void belfry_test_guest_enter_in_vain (BelfryTestGuest *self,
                                      BelfryTestHall *hall,
                                      const char *path,
                                      const BelfryUpgrade *upgrade,
                                      GError **error);

/* Takes what is said to him until there is nothing more. */
void belfry_test_guest_settle (BelfryTestGuest *self);

/* Says a text, as a message of a WebSocket. */
void belfry_test_guest_say (BelfryTestGuest *self, const char *text);
void belfry_test_guest_send (BelfryTestGuest *self, guint opcode, const char *bytes, gsize length);

/* Goes without a word, if he is still there. */
void belfry_test_guest_vanish (BelfryTestGuest *self);

/* Goes, and forgets. */
void belfry_test_guest_clear (BelfryTestGuest *self);

/* Fails unless this, with `*` and `?` in it, is all that was said to him since the last time. */
void belfry_test_guest_assert_heard (BelfryTestGuest *self, const char *pattern);

G_END_DECLS
