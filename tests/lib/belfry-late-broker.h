/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"
#include "belfry-error.h"

G_BEGIN_DECLS

/* What a #BelfryLateBroker holds back. */
typedef enum
{
  BELFRY_LATE_SUBSCRIBE = 1 << 0,
  BELFRY_LATE_PUBLISH = 1 << 1,
  BELFRY_LATE_HISTORY = 1 << 2,
  BELFRY_LATE_PRESENCE = 1 << 3,
  BELFRY_LATE_BEFORE = 1 << 4, /* holds the questions back, not the answers */
} BelfryLate;

/**
 * BelfryLateBroker:
 *
 * A broker in front of another, which answers when the test says so, and fails when the test wants.
 */
#define BELFRY_TYPE_LATE_BROKER (belfry_late_broker_get_type ())
G_DECLARE_FINAL_TYPE (BelfryLateBroker, belfry_late_broker, BELFRY, LATE_BROKER, GObject)

BelfryLateBroker *belfry_late_broker_new (BelfryBroker *inner);

/* @late: what is held back from now on */
void belfry_late_broker_hold (BelfryLateBroker *self, BelfryLate late);

/* @what: what fails from now on, with %BELFRY_ERROR_SYSTEM */
void belfry_late_broker_fail (BelfryLateBroker *self, BelfryLate what);
void belfry_late_broker_fail_with (BelfryLateBroker *self, BelfryLate what, BelfryError error);

/* @reason: (nullable): a constant */
void
belfry_late_broker_set_state (BelfryLateBroker *self, BelfryBrokerState state, const char *reason);
void belfry_late_broker_set_measures (BelfryLateBroker *self, gint64 latency, gint64 proof);
guint belfry_late_broker_get_n_held (BelfryLateBroker *self);

/* Lets the first @n of what is held back go. */
void belfry_late_broker_release (BelfryLateBroker *self, guint n);

/* Lets all go that is held back of a topic, whatever was asked before it. */
void belfry_late_broker_release_topic (BelfryLateBroker *self, const char *topic);

/* Tells the sink of a gap. */
void belfry_late_broker_lose (BelfryLateBroker *self, const char *topic, const char *reason);

/* Delivers a message to the sink, past the other broker. */
void belfry_late_broker_deliver (BelfryLateBroker *self, BelfryMessage *message);

/* Tells the sink what another instance said. */
void belfry_late_broker_say (BelfryLateBroker *self, const BelfryBrokerWord *word);

/* What was said to all instances: "block alice until 12; close bob 4403 go". */
const char *belfry_late_broker_get_told (BelfryLateBroker *self);
gboolean belfry_late_broker_has_sink (BelfryLateBroker *self);

/* How often a topic was subscribed to (%TRUE), or unsubscribed from. */
guint belfry_late_broker_count (BelfryLateBroker *self, const char *topic, gboolean subscribed);

G_END_DECLS
