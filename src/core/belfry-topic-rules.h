/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

#include "belfry-config.h"

G_BEGIN_DECLS

/**
 * BelfryTopicTraits:
 *
 * How a topic behaves.
 */
typedef struct
{
  guint history_size;  /* messages; 0 is none */
  gsize history_bytes; /* of messages; 0 is any number */
  gint64 history_ttl;  /* microseconds */
  gboolean presence;
  BelfryConfigSlowConsumer slow_consumer;
} BelfryTopicTraits;

/**
 * BelfryTopicRules:
 *
 * The [topic PATTERN] groups of a configuration, ready to be asked. Immutable, atomically
 * reference-counted.
 */
typedef struct _BelfryTopicRules BelfryTopicRules;

/**
 * belfry_topic_rules_new:
 * @error: %BELFRY_ERROR_INVALID_CONFIG, naming file and line of a group whose name is no pattern
 */
BelfryTopicRules *belfry_topic_rules_new (BelfryConfig *config, GError **error);
BelfryTopicRules *belfry_topic_rules_ref (BelfryTopicRules *self);
void belfry_topic_rules_unref (BelfryTopicRules *self);

/**
 * belfry_topic_rules_lookup:
 * @wanted: (nullable): what holds where no pattern that matches sets a trait, before the defaults
 *
 * Each trait is that of the most specific pattern that matches @topic and sets it. In a group's
 * name "*" alone stands for all topics, of however many segments.
 */
void belfry_topic_rules_lookup (const BelfryTopicRules *self,
                                const char *topic,
                                const BelfryTopicSettings *wanted,
                                BelfryTopicTraits *traits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTopicRules, belfry_topic_rules_unref)

G_END_DECLS
