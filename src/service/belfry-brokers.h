/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"
#include "belfry-clock.h"
#include "belfry-config.h"
#include "belfry-deadline-wheel.h"
#include "belfry-metrics.h"

G_BEGIN_DECLS

/**
 * belfry_brokers_make:
 * @wheel: for its deadlines; must outlive it, until belfry_brokers_close()
 * @slot: what it counts with; likewise
 *
 * Returns: (transfer full) (nullable): the broker that `[broker]` asks for;
 * %BELFRY_ERROR_INVALID_CONFIG if there is none like that
 */
BelfryBroker *belfry_brokers_make (BelfryClock *clock,
                                   BelfryDeadlineWheel *wheel,
                                   BelfryMetricsSlot *slot,
                                   BelfryConfig *config,
                                   GError **error);

/* Returns: whether belfry_brokers_make() would make one */
gboolean belfry_brokers_check (BelfryConfig *config, GError **error);

/* Returns: whether both ask for the same broker; what a broker can change while it runs does not
 * count */
gboolean belfry_brokers_are_same (BelfryConfig *a, BelfryConfig *b);

/* Puts in force what @broker can change while it runs. */
void belfry_brokers_apply (BelfryBroker *broker, BelfryConfig *next);

/* Another one is used from now on: lets @broker send, for a moment, what waits. */
void belfry_brokers_retire (BelfryBroker *broker);

/* Ends it, whoever still holds it. */
void belfry_brokers_close (BelfryBroker *broker);

G_END_DECLS
