/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-core-metrics.h"
#include "belfry-fake-client.h"
#include "belfry-fake-clock.h"
#include "belfry-fake-plugin.h"
#include "belfry-hub.h"
#include "belfry-late-broker.h"

G_BEGIN_DECLS

#define BELFRY_TEST_SHARDS 2

/**
 * BelfryTestCore:
 *
 * A whole core: a hub with two shards, all on this thread's main context, a fake plugin as
 * authorizer, policy and, if wanted, filter, and a memory broker behind one that can be late.
 */
typedef struct
{
  BelfryFakeClock *clock;                  /* (owned) */
  BelfryDeadlineWheel *wheel;              /* (owned): the shards' and the memory broker's */
  BelfryMetrics *metrics;                  /* (owned) */
  BelfryMetricsSlot *slot;                 /* (owned): the gate's and the shards' */
  BelfryFakePlugin *plugin;                /* (owned) */
  BelfryGate *gate;                        /* (owned) */
  BelfryLateBroker *broker;                /* (owned) */
  BelfryHub *hub;                          /* (owned) */
  BelfryShard *shards[BELFRY_TEST_SHARDS]; /* (unowned): the hub's */
} BelfryTestCore;

/* @config: the text of a configuration file. Clients must sign in unless it says otherwise. */
void belfry_test_core_init (BelfryTestCore *self, const char *config);

/* All clients must have been freed. Fails if something of the core lives on. */
void belfry_test_core_clear (BelfryTestCore *self);

/* A client of the first shard that has signed in and has forgotten what it was told. */
BelfryFakeClient *belfry_test_core_client (BelfryTestCore *self, const char *token);

/* Moves the clock, and does what is due then. */
void belfry_test_core_advance (BelfryTestCore *self, gint64 by);

/* Publishes as the service itself. */
void belfry_test_core_publish (BelfryTestCore *self, const char *topic, const char *payload);

gint64 belfry_test_core_get_gauge (BelfryTestCore *self, BelfryCoreMetric metric);
guint64 belfry_test_core_get_counter (BelfryTestCore *self, BelfryCoreMetric metric);

G_END_DECLS
