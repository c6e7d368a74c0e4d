/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <glib-object.h>

#include <belfry/belfry-visibility.h>

G_BEGIN_DECLS

/**
 * BelfryTopicAction:
 * @BELFRY_TOPIC_ACTION_SUBSCRIBE: to receive what is published
 * @BELFRY_TOPIC_ACTION_PUBLISH: to publish
 * @BELFRY_TOPIC_ACTION_PRESENCE: to see who is subscribed
 * @BELFRY_TOPIC_ACTION_HISTORY: to read what was published before
 *
 * What somebody wants to do with a topic.
 */
typedef enum
{
  BELFRY_TOPIC_ACTION_SUBSCRIBE,
  BELFRY_TOPIC_ACTION_PUBLISH,
  BELFRY_TOPIC_ACTION_PRESENCE,
  BELFRY_TOPIC_ACTION_HISTORY,
} BelfryTopicAction;
#define BELFRY_N_TOPIC_ACTIONS (BELFRY_TOPIC_ACTION_HISTORY + 1)

/**
 * BelfryVerdict:
 * @BELFRY_VERDICT_ABSTAIN: not mine to decide: the next policy is asked
 * @BELFRY_VERDICT_ALLOW: yes
 * @BELFRY_VERDICT_DENY: no
 * @BELFRY_VERDICT_ASK: of belfry_topic_policy_decide() only: it cannot be said at once
 *
 * What a policy says.
 */
typedef enum
{
  BELFRY_VERDICT_ABSTAIN,
  BELFRY_VERDICT_ALLOW,
  BELFRY_VERDICT_DENY,
  BELFRY_VERDICT_ASK,
} BelfryVerdict;

/**
 * BelfrySlowConsumer:
 * @BELFRY_SLOW_CONSUMER_DISCONNECT: it is closed, and may come back for what it missed
 * @BELFRY_SLOW_CONSUMER_DROP_OLDEST: it loses what has waited longest
 * @BELFRY_SLOW_CONSUMER_DROP_NEWEST: it loses what comes
 * @BELFRY_SLOW_CONSUMER_CONFLATE: it gets only the latest message of the topic
 *
 * What happens to a client that does not take its messages fast enough.
 */
typedef enum
{
  BELFRY_SLOW_CONSUMER_DISCONNECT,
  BELFRY_SLOW_CONSUMER_DROP_OLDEST,
  BELFRY_SLOW_CONSUMER_DROP_NEWEST,
  BELFRY_SLOW_CONSUMER_CONFLATE,
} BelfrySlowConsumer;

G_END_DECLS
