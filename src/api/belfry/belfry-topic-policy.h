/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-enums.h>
#include <belfry/belfry-identity.h>

G_BEGIN_DECLS

/**
 * BelfryTopicPolicy:
 *
 * Says what somebody may do with a topic.
 */
#define BELFRY_TYPE_TOPIC_POLICY (belfry_topic_policy_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryTopicPolicy, belfry_topic_policy, BELFRY, TOPIC_POLICY, GObject)

/**
 * BelfryTopicPolicyInterface:
 * @decide: says it at once, or %BELFRY_VERDICT_ASK if it has to look it up somewhere; then
 *   @decide_async is called. The default says %BELFRY_VERDICT_ASK
 * @decide_async: looks it up. The default ends with %BELFRY_VERDICT_ABSTAIN
 * @decide_finish: returns whether @verdict was set; fails if it cannot be said
 *
 * @identity is %NULL for somebody who has not signed in. @topic may be a pattern when @action is to
 * subscribe: then it is about all topics that it matches.
 */
struct _BelfryTopicPolicyInterface
{
  GTypeInterface parent_iface;

  BelfryVerdict (*decide) (BelfryTopicPolicy *self,
                           BelfryIdentity *identity,
                           BelfryTopicAction action,
                           const char *topic);
  void (*decide_async) (BelfryTopicPolicy *self,
                        BelfryIdentity *identity,
                        BelfryTopicAction action,
                        const char *topic,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  gboolean (*decide_finish) (BelfryTopicPolicy *self,
                             GAsyncResult *result,
                             BelfryVerdict *verdict,
                             GError **error);

  gpointer padding[4];
};

BELFRY_API
BelfryVerdict belfry_topic_policy_decide (BelfryTopicPolicy *self,
                                          BelfryIdentity *identity,
                                          BelfryTopicAction action,
                                          const char *topic);
BELFRY_API
void belfry_topic_policy_decide_async (BelfryTopicPolicy *self,
                                       BelfryIdentity *identity,
                                       BelfryTopicAction action,
                                       const char *topic,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

/* @verdict: (out) */
BELFRY_API
gboolean belfry_topic_policy_decide_finish (BelfryTopicPolicy *self,
                                            GAsyncResult *result,
                                            BelfryVerdict *verdict,
                                            GError **error);

G_END_DECLS
