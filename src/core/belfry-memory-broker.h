/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"
#include "belfry-clock.h"
#include "belfry-deadline-wheel.h"

G_BEGIN_DECLS

/**
 * BelfryMemoryBroker:
 *
 * The broker of a single instance: everything is in this process, and gone with it. Always up.
 * What is published is delivered before the call returns. Main thread.
 */
#define BELFRY_TYPE_MEMORY_BROKER (belfry_memory_broker_get_type ())
G_DECLARE_FINAL_TYPE (BelfryMemoryBroker, belfry_memory_broker, BELFRY, MEMORY_BROKER, GObject)

/**
 * belfry_memory_broker_new:
 * @wheel: (transfer none): must outlive the broker
 * @budget: bytes that the history of all topics may take
 */
BelfryBroker *
belfry_memory_broker_new (BelfryClock *clock, BelfryDeadlineWheel *wheel, gsize budget);
void belfry_memory_broker_set_budget (BelfryMemoryBroker *self, gsize budget);

G_END_DECLS
