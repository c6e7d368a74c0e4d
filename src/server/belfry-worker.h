/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-hub.h"
#include "belfry-freezer.h"
#include "belfry-mailbox.h"
#include "belfry-worker-settings.h"

G_BEGIN_DECLS

/**
 * BelfryWorkerReportKind:
 *
 * What a worker tells the main thread.
 */
typedef enum
{
  BELFRY_WORKER_STARTED,
  BELFRY_WORKER_FAILED,  /* it could not start; STOPPED follows */
  BELFRY_WORKER_ALIVE,   /* the answer to a probe */
  BELFRY_WORKER_ASKED,   /* a request is to be answered */
  BELFRY_WORKER_DRAINED, /* no client is left */
  BELFRY_WORKER_RESTED,  /* it does nothing new, and what was under way is done or given up */
  BELFRY_WORKER_ADOPTED, /* the clients that it was given are there */
  BELFRY_WORKER_STOPPED, /* the last report: the thread is about to end */
} BelfryWorkerReportKind;

/**
 * BelfryWorkerReport:
 *
 * An item of the main thread's mailbox.
 */
typedef struct
{
  BelfryWorkerReportKind kind;
  BelfryWorker *worker;     /* (unowned) */
  GError *error;            /* (owned) (nullable): with FAILED */
  BelfryExchange *exchange; /* (owned) (nullable): with ASKED; for belfry_worker_answer() */
} BelfryWorkerReport;

void belfry_worker_report_free (BelfryWorkerReport *self);

/**
 * BelfryWorkerShared:
 *
 * What all workers have in common; outlives them.
 */
typedef struct
{
  BelfryClock *clock;             /* (unowned) */
  BelfryMetrics *metrics;         /* (unowned): made with belfry_connection_metrics, among others */
  BelfryAddresses *addresses;     /* (unowned) */
  BelfryCertificate *certificate; /* (unowned) */
  BelfryMailbox *reports;         /* (unowned): of BelfryWorkerReport, to the main thread */
  BelfryHub *hub;                 /* (unowned) (nullable): the core */
} BelfryWorkerShared;

/**
 * BelfryWorker:
 *
 * A thread with connections of its own. Made, told and freed on the main thread; all else of it
 * happens on its own.
 */

/**
 * belfry_worker_new:
 * @sockets: (transfer full) (element-type BelfryListenSocket): where it accepts
 */
BelfryWorker *belfry_worker_new (guint index,
                                 const BelfryWorkerShared *shared,
                                 BelfryWorkerSettings *settings,
                                 GPtrArray *sockets);

/**
 * belfry_worker_free:
 *
 * Waits for the thread to end, which is told to stop if it was not yet. After STOPPED, or if it was
 * never started, that is no wait.
 */
void belfry_worker_free (BelfryWorker *self);

/* What the main thread asks of it. Answers come as reports. */

void belfry_worker_start (BelfryWorker *self);
void belfry_worker_set_settings (BelfryWorker *self, BelfryWorkerSettings *settings);
void belfry_worker_probe (BelfryWorker *self);

/**
 * belfry_worker_drain:
 * @duration: microseconds over which clients are closed, spread evenly; 0 for all at once
 */
void belfry_worker_drain (BelfryWorker *self, gint64 duration);

/**
 * belfry_worker_shed:
 * @percent: of its clients, chosen at random
 * @duration: likewise
 *
 * Closes a share of the clients as a drain does, while it goes on to serve and to accept.
 */
void belfry_worker_shed (BelfryWorker *self, guint percent, gint64 duration);
void belfry_worker_stop (BelfryWorker *self);

/**
 * belfry_worker_rest:
 * @duration: microseconds for what is under way
 *
 * Accepts and reads nothing more, and closes those who cannot go on in another image; RESTED
 * follows. To be called before the start for one that is to begin so; then nothing follows.
 */
void belfry_worker_rest (BelfryWorker *self, gint64 duration);
void belfry_worker_rouse (BelfryWorker *self);

/* To be called once it rests. @budget: bytes that its clients may take */
void belfry_worker_freeze (BelfryWorker *self, BelfryFreezer *freezer, gsize budget);

/**
 * BelfryAdoption:
 *
 * A client of the image before.
 */
typedef struct
{
  int fd;              /* (owned): -1 once it was taken */
  const guint8 *bytes; /* (unowned): what was written down of it; untrusted */
  gsize length;
} BelfryAdoption;

/* @adoptions: (transfer full) (element-type BelfryAdoption); ADOPTED follows */
void belfry_worker_adopt (BelfryWorker *self, GArray *adoptions);

/* How many clients it has, as of a moment ago. */
guint belfry_worker_get_n_clients (const BelfryWorker *self);

/* @exchange: (transfer full) */
void
belfry_worker_answer (BelfryWorker *self, BelfryExchange *exchange, BelfryHttpResponse *response);

/* For clients and handlers, on the worker's thread. */

BelfryDeflater *belfry_worker_get_deflater (BelfryWorker *self);
/* Those who are to stay, the first of a list. Returns: (nullable) */
BelfryClient *belfry_worker_get_clients (BelfryWorker *self);
void belfry_worker_forget (BelfryWorker *self, BelfryClient *client);

G_END_DECLS
