/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-connection.h"
#include "belfry-fake-clock.h"
#include "belfry-frame-reader.h"

G_BEGIN_DECLS

/* A worker, with one thing of each kind and a clock that the test moves. */
typedef struct
{
  BelfryFakeClock *clock;     /* (owned) */
  BelfryReactor *reactor;     /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryMetrics *metrics;     /* (owned) */
  BelfryMetricsSlot *slot;    /* (owned) */
  BelfryConnectionHost *host; /* (owned) */
  BelfryConnectionLimits limits;
} BelfryTestWorker;

/* A connection, what its handler was told, and the client at the other end. */
typedef struct
{
  BelfryTestWorker *worker;     /* (unowned) */
  BelfryConnection *connection; /* (owned) */
  int fd;                       /* the client's, -1 once it is gone */
  BelfryFrameReader reader;     /* the client's */
  GString *heard;               /* (owned): what the client was sent */
  GString *told;                /* (owned): what the handler was told */
  gboolean echo;
  gboolean ended; /* the client has seen the end of the stream */
  guint messages;
  guint closed;
  guint code;
  char *reason; /* (owned) (nullable) */
} BelfryTestClient;

extern const BelfryConnectionHandler belfry_test_client_handler;

void belfry_test_worker_init (BelfryTestWorker *self);
gint64 belfry_test_worker_get_gauge (BelfryTestWorker *self);
guint64 belfry_test_worker_get_counter (BelfryTestWorker *self, BelfryConnectionMetric metric);
void belfry_test_worker_clear (BelfryTestWorker *self);
void belfry_test_worker_advance (BelfryTestWorker *self, gint64 by);
void belfry_test_client_start (BelfryTestClient *self,
                               BelfryTestWorker *worker,
                               const BelfryDeflateTerms *terms);
void belfry_test_client_receive (BelfryTestClient *self, gsize max);
void belfry_test_client_send_bytes (BelfryTestClient *self, gconstpointer bytes, gsize length);
GBytes *belfry_test_client_frame (guint opcode, gboolean fin, gconstpointer payload, gsize length);
void
belfry_test_client_send (BelfryTestClient *self, guint opcode, const char *payload, gsize length);
void belfry_test_client_send_many (BelfryTestClient *self, guint opcode, const char *text, guint n);
void belfry_test_client_say (BelfryTestClient *self, const char *text);
void belfry_test_client_close (BelfryTestClient *self, guint code, const char *reason);
void belfry_test_client_vanish (BelfryTestClient *self);
void belfry_test_client_clear (BelfryTestClient *self);
void belfry_test_client_settle (BelfryTestClient *self);
void belfry_test_turns (void);
void belfry_test_client_tell (BelfryTestClient *self,
                              const char *text,
                              const BelfrySendOptions *options);

/* Waits for the end of the connection, which must be this one. */
#define belfry_test_client_assert_closed(client, expected_code, expected_reason)                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    belfry_test_wait_until (                                                                       \
        (belfry_test_client_receive ((client), G_MAXSIZE), (client)->closed > 0));                 \
    g_assert_cmpuint ((client)->code, ==, (expected_code));                                        \
    g_assert_cmpstr ((client)->reason, ==, (expected_reason));                                     \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
