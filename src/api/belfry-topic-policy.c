/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-api"

#include "config.h"

#include <belfry/belfry-topic-policy.h>

G_DEFINE_INTERFACE (BelfryTopicPolicy, belfry_topic_policy, G_TYPE_OBJECT)

static BelfryVerdict
default_decide (BelfryTopicPolicy *self,
                BelfryIdentity *identity,
                BelfryTopicAction action,
                const char *topic)
{
  return BELFRY_VERDICT_ASK;
}

static void
default_decide_async (BelfryTopicPolicy *self,
                      BelfryIdentity *identity,
                      BelfryTopicAction action,
                      const char *topic,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, default_decide_async);
  g_task_return_int (task, BELFRY_VERDICT_ABSTAIN);
}

static gboolean
default_decide_finish (BelfryTopicPolicy *self,
                       GAsyncResult *result,
                       BelfryVerdict *verdict,
                       GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  gboolean failed = g_task_had_error (G_TASK (result));
  gssize value = g_task_propagate_int (G_TASK (result), error);

  if (failed)
    return FALSE;
  *verdict = (BelfryVerdict) value;
  return TRUE;
}

static void
belfry_topic_policy_default_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = default_decide;
  iface->decide_async = default_decide_async;
  iface->decide_finish = default_decide_finish;
}

/* What a plugin says is not what opens a door by mistake. */
static BelfryVerdict
only_up_to (BelfryVerdict verdict, BelfryVerdict last)
{
  return (guint) verdict <= (guint) last ? verdict : BELFRY_VERDICT_DENY;
}

BelfryVerdict
belfry_topic_policy_decide (BelfryTopicPolicy *self,
                            BelfryIdentity *identity,
                            BelfryTopicAction action,
                            const char *topic)
{
  g_return_val_if_fail (BELFRY_IS_TOPIC_POLICY (self), BELFRY_VERDICT_DENY);
  g_return_val_if_fail (topic != NULL, BELFRY_VERDICT_DENY);

  return only_up_to (BELFRY_TOPIC_POLICY_GET_IFACE (self)->decide (self, identity, action, topic),
                     BELFRY_VERDICT_ASK);
}

void
belfry_topic_policy_decide_async (BelfryTopicPolicy *self,
                                  BelfryIdentity *identity,
                                  BelfryTopicAction action,
                                  const char *topic,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_return_if_fail (BELFRY_IS_TOPIC_POLICY (self));
  g_return_if_fail (topic != NULL);

  BELFRY_TOPIC_POLICY_GET_IFACE (self)->decide_async (self, identity, action, topic, cancellable,
                                                      callback, user_data);
}

gboolean
belfry_topic_policy_decide_finish (BelfryTopicPolicy *self,
                                   GAsyncResult *result,
                                   BelfryVerdict *verdict,
                                   GError **error)
{
  g_return_val_if_fail (BELFRY_IS_TOPIC_POLICY (self), FALSE);
  g_return_val_if_fail (verdict != NULL, FALSE);

  *verdict = BELFRY_VERDICT_DENY;
  if (!BELFRY_TOPIC_POLICY_GET_IFACE (self)->decide_finish (self, result, verdict, error))
    return FALSE;
  *verdict = only_up_to (*verdict, BELFRY_VERDICT_DENY);
  return TRUE;
}

gboolean
belfry_topic_policy_has_settings (BelfryTopicPolicy *self)
{
  g_return_val_if_fail (BELFRY_IS_TOPIC_POLICY (self), FALSE);

  return BELFRY_TOPIC_POLICY_GET_IFACE (self)->get_settings != NULL;
}

void
belfry_topic_policy_get_settings (BelfryTopicPolicy *self,
                                  const char *topic,
                                  BelfryTopicSettings *settings)
{
  g_return_if_fail (BELFRY_IS_TOPIC_POLICY (self));
  g_return_if_fail (topic != NULL);
  g_return_if_fail (settings != NULL);

  if (belfry_topic_policy_has_settings (self))
    BELFRY_TOPIC_POLICY_GET_IFACE (self)->get_settings (self, topic, settings);
}
