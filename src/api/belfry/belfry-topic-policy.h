/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <gio/gio.h>

#include <belfry/belfry-enums.h>
#include <belfry/belfry-identity.h>
#include <belfry/belfry-topic-settings.h>

G_BEGIN_DECLS

/**
 * BelfryTopicPolicy:
 *
 * Says what somebody may do with a topic.
 *
 * The policies are asked in the order of `auth.policies`. The first that neither abstains nor fails
 * decides; if none does, it is denied.
 */
#define BELFRY_TYPE_TOPIC_POLICY (belfry_topic_policy_get_type ())
BELFRY_API
G_DECLARE_INTERFACE (BelfryTopicPolicy, belfry_topic_policy, BELFRY, TOPIC_POLICY, GObject)

/**
 * BelfryTopicPolicyInterface:
 * @parent_iface: the parent
 * @decide: says it at once, or %BELFRY_VERDICT_ASK if it has to look it up somewhere; then
 *   @decide_async is called. The default says %BELFRY_VERDICT_ASK
 * @decide_async: looks it up. The default ends with %BELFRY_VERDICT_ABSTAIN
 * @decide_finish: returns whether @verdict was set; fails if it cannot be said. The default ends a
 *   #GTask of @decide_async that returns the verdict with g_task_return_int()
 * @get_settings: (nullable): says at once how a topic is to behave, by setting in @settings what it
 *   has an opinion on. It is asked often, and must say the same until the next reload. The default
 *   is %NULL: no opinion on any topic
 *
 * The identity is %NULL for somebody who has not signed in. The topic may be a pattern when the
 * action is to subscribe: then it is about all topics that it matches.
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
  void (*get_settings) (BelfryTopicPolicy *self, const char *topic, BelfryTopicSettings *settings);

  /*< private >*/
  gpointer padding[3]; /* (unowned): room for later functions */
};

/**
 * belfry_topic_policy_decide:
 * @self: a policy
 * @identity: (nullable): who; %NULL for somebody who has not signed in
 * @action: wants to do what
 * @topic: with which topic
 *
 * Asks for what can be said at once.
 *
 * Returns: the verdict; anything that is none is %BELFRY_VERDICT_DENY
 */
BELFRY_API
BelfryVerdict belfry_topic_policy_decide (BelfryTopicPolicy *self,
                                          BelfryIdentity *identity,
                                          BelfryTopicAction action,
                                          const char *topic);

/**
 * belfry_topic_policy_decide_async:
 * @self: a policy
 * @identity: (nullable): who; %NULL for somebody who has not signed in
 * @action: wants to do what
 * @topic: with which topic
 * @cancellable: (nullable): ends it early
 * @callback: (scope async): called when it is done
 * @user_data: given to @callback
 *
 * Asks for what has to be looked up.
 */
BELFRY_API
void belfry_topic_policy_decide_async (BelfryTopicPolicy *self,
                                       BelfryIdentity *identity,
                                       BelfryTopicAction action,
                                       const char *topic,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

/**
 * belfry_topic_policy_decide_finish:
 * @self: a policy
 * @result: what the callback was given
 * @verdict: (out): what it says: never %BELFRY_VERDICT_ASK; anything that is no verdict is
 *   %BELFRY_VERDICT_DENY
 * @error: where to put an error
 *
 * Gets the answer.
 *
 * Returns: whether there is one
 */
BELFRY_API
gboolean belfry_topic_policy_decide_finish (BelfryTopicPolicy *self,
                                            GAsyncResult *result,
                                            BelfryVerdict *verdict,
                                            GError **error);

/**
 * belfry_topic_policy_has_settings:
 * @self: a policy
 *
 * Returns: whether it may have an opinion on how topics behave
 */
BELFRY_API
gboolean belfry_topic_policy_has_settings (BelfryTopicPolicy *self);

/**
 * belfry_topic_policy_get_settings:
 * @self: a policy
 * @topic: a topic, or a pattern that somebody subscribes to
 * @settings: where to set what the policy has an opinion on
 *
 * Asks how a topic is to behave.
 */
BELFRY_API
void belfry_topic_policy_get_settings (BelfryTopicPolicy *self,
                                       const char *topic,
                                       BelfryTopicSettings *settings);

G_END_DECLS
