/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-gate"

#include "config.h"

#include "belfry-gate.h"

#include <string.h>

#include "belfry-gate-private.h"
#include "belfry-topic.h"

/* What others ask, and what can be said without a plugin. What the plugins are asked is a *matter*,
 * the data of a task: belfry-gate-chain.c takes it from one plugin to the next, belfry-gate-call.c
 * asks one of them.
 *
 * Owned by the composition root; main thread. */

G_DEFINE_FINAL_TYPE (BelfryGate, belfry_gate, G_TYPE_OBJECT)

static gboolean
ends_in_rest (const char *topic)
{
  gsize last = 0;

  for (gsize n = belfry_topic_segment_length (topic); topic[n] != '\0';
       n += belfry_topic_segment_length (topic + last))
    last = ++n;
  return strcmp (topic + last, ">") == 0;
}

/* Whether all topics that @topic stands for are among those that @grant does. To
 * belfry_topic_match(), a last segment ">" of @topic is one segment like others. */
static gboolean
covers (const char *grant, const char *topic)
{
  return belfry_topic_match (grant, topic) && (!ends_in_rest (topic) || ends_in_rest (grant));
}

static gboolean
is_granted (const BelfryIdentity *identity, BelfryTopicAction action, const char *topic)
{
  const char *const *grants = belfry_identity_get_grants (identity, action);

  for (gsize i = 0; grants[i] != NULL; i++)
    {
      if (covers (grants[i], topic))
        return TRUE;
    }
  return FALSE;
}

/* Returns %BELFRY_VERDICT_ASK if it cannot be said without a question. */
static BelfryVerdict
decide_at_once (BelfryGate *self,
                BelfryIdentity *identity,
                BelfryTopicAction action,
                const char *topic)
{
  self->objector = NULL;
  if (!self->required || (identity != NULL && is_granted (identity, action, topic)))
    return BELFRY_VERDICT_ALLOW;
  for (guint i = 0; i < self->links[BELFRY_GATE_POLICIES]->len; i++)
    {
      const BelfryGateLink *link = g_ptr_array_index (self->links[BELFRY_GATE_POLICIES], i);
      BelfryVerdict verdict =
          belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (link->plugin), identity, action, topic);

      if (verdict == BELFRY_VERDICT_DENY)
        self->objector = link->name;
      if (verdict != BELFRY_VERDICT_ABSTAIN)
        return verdict;
    }
  return BELFRY_VERDICT_DENY;
}

static void
add_link (BelfryGate *self, BelfryGateChain chain, const char *name, gpointer plugin)
{
  g_ptr_array_add (self->links[chain], belfry_gate_link_new (name, plugin));
}

static void
belfry_gate_finalize (GObject *object)
{
  BelfryGate *self = BELFRY_GATE (object);

  for (int i = 0; i < BELFRY_GATE_N_CHAINS; i++)
    g_ptr_array_unref (self->links[i]);
  g_clear_pointer (&self->wheel, belfry_deadline_wheel_free);
  g_clear_object (&self->clock);
  G_OBJECT_CLASS (belfry_gate_parent_class)->finalize (object);
}

static void
belfry_gate_class_init (BelfryGateClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_gate_finalize;
}

static void
belfry_gate_init (BelfryGate *self)
{
  for (int i = 0; i < BELFRY_GATE_N_CHAINS; i++)
    self->links[i] = g_ptr_array_new_with_free_func (belfry_gate_link_unref);
  self->timeout = BELFRY_GATE_TIMEOUT;
  self->max_calls = BELFRY_GATE_MAX_CALLS;
}

BelfryGate *
belfry_gate_new (BelfryClock *clock, BelfryMetricsSlot *slot, gboolean required)
{
  BelfryGate *self = g_object_new (BELFRY_TYPE_GATE, NULL);

  self->clock = g_object_ref (clock);
  self->wheel = belfry_deadline_wheel_new (clock, NULL, G_PRIORITY_DEFAULT);
  belfry_core_slot_init (&self->slot, slot);
  self->required = required;
  return self;
}

void
belfry_gate_add_authorizer (BelfryGate *self, const char *name, BelfryAuthorizer *authorizer)
{
  add_link (self, BELFRY_GATE_AUTHORIZERS, name, authorizer);
}

void
belfry_gate_add_policy (BelfryGate *self, const char *name, BelfryTopicPolicy *policy)
{
  add_link (self, BELFRY_GATE_POLICIES, name, policy);
  self->has_settings = self->has_settings || belfry_topic_policy_has_settings (policy);
}

void
belfry_gate_add_filter (BelfryGate *self, const char *name, BelfryMessageFilter *filter)
{
  add_link (self, BELFRY_GATE_FILTERS, name, filter);
}

void
belfry_gate_set_file (BelfryGate *self, const char *name, const char *file)
{
  for (int chain = 0; chain < BELFRY_GATE_N_CHAINS; chain++)
    {
      for (guint i = 0; i < self->links[chain]->len; i++)
        {
          BelfryGateLink *link = g_ptr_array_index (self->links[chain], i);

          if (strcmp (link->name, name) != 0)
            continue;
          g_free (link->file);
          link->file = g_strdup (file);
        }
    }
}

void
belfry_gate_set_required (BelfryGate *self, gboolean required)
{
  self->required = required;
}

gboolean
belfry_gate_is_required (BelfryGate *self)
{
  return self->required;
}

void
belfry_gate_set_timeout (BelfryGate *self, gint64 timeout)
{
  self->timeout = timeout;
}

void
belfry_gate_authenticate_async (BelfryGate *self,
                                BelfryCredentials *credentials,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  BelfryGateMatter *matter = belfry_gate_matter_new (BELFRY_GATE_AUTHORIZERS);

  g_task_set_source_tag (task, belfry_gate_authenticate_async);
  matter->credentials = belfry_credentials_ref (credentials);
  belfry_gate_set_matter (task, matter);
  belfry_gate_ask (task);
}

BelfryIdentity *
belfry_gate_authenticate_finish (BelfryGate *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_gate_authenticate_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
belfry_gate_authorize_async (BelfryGate *self,
                             BelfryIdentity *identity,
                             BelfryTopicAction action,
                             const char *topic,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  BelfryGateMatter *matter = belfry_gate_matter_new (BELFRY_GATE_POLICIES);
  BelfryVerdict verdict = decide_at_once (self, identity, action, topic);

  g_task_set_source_tag (task, belfry_gate_authorize_async);
  matter->identity = identity != NULL ? belfry_identity_ref (identity) : NULL;
  matter->action = action;
  matter->topic = g_strdup (topic);
  belfry_gate_set_matter (task, matter);
  if (verdict == BELFRY_VERDICT_ASK)
    belfry_gate_ask (task);
  else if (verdict == BELFRY_VERDICT_ALLOW)
    belfry_gate_allow (task);
  else
    {
      matter->objector = self->objector;
      belfry_gate_deny (task);
    }
}

gboolean
belfry_gate_authorize_finish (BelfryGate *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_gate_authorize_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
belfry_gate_try_authorize (BelfryGate *self,
                           BelfryIdentity *identity,
                           BelfryTopicAction action,
                           const char *topic,
                           gboolean *allowed)
{
  BelfryVerdict verdict = decide_at_once (self, identity, action, topic);

  *allowed = verdict == BELFRY_VERDICT_ALLOW;
  if (verdict == BELFRY_VERDICT_ASK)
    return FALSE;
  belfry_gate_count (self, *allowed ? BELFRY_CORE_METRIC_ALLOWED : BELFRY_CORE_METRIC_DENIED);
  return TRUE;
}

void
belfry_gate_get_objection (BelfryGate *self, GAsyncResult *result, BelfryGateObjection *objection)
{
  const BelfryGateMatter *matter = NULL;

  *objection = (BelfryGateObjection){ .plugin = result == NULL ? self->objector : NULL };
  if (result != NULL)
    matter = g_task_get_task_data (G_TASK (result));
  if (matter != NULL)
    *objection = (BelfryGateObjection){ matter->objector, matter->reason };
}

/* From the last to the first, who thereby has the last word. */
BelfryTopicSettings *
belfry_gate_get_settings (BelfryGate *self, const char *topic)
{
  if (!self->has_settings)
    return NULL;

  BelfryTopicSettings *settings = belfry_topic_settings_new ();

  for (guint i = self->links[BELFRY_GATE_POLICIES]->len; i > 0; i--)
    {
      const BelfryGateLink *link = g_ptr_array_index (self->links[BELFRY_GATE_POLICIES], i - 1);

      belfry_topic_policy_get_settings (BELFRY_TOPIC_POLICY (link->plugin), topic, settings);
    }
  return settings;
}

gboolean
belfry_gate_has_filters (BelfryGate *self)
{
  return self->links[BELFRY_GATE_FILTERS]->len > 0;
}

void
belfry_gate_filter_async (BelfryGate *self,
                          BelfryIdentity *identity,
                          const char *topic,
                          GBytes *payload,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  BelfryGateMatter *matter = belfry_gate_matter_new (BELFRY_GATE_FILTERS);

  g_task_set_source_tag (task, belfry_gate_filter_async);
  matter->identity = identity != NULL ? belfry_identity_ref (identity) : NULL;
  matter->topic = g_strdup (topic);
  matter->payload = g_bytes_ref (payload);
  belfry_gate_set_matter (task, matter);
  belfry_gate_ask (task);
}

GBytes *
belfry_gate_filter_finish (BelfryGate *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_gate_filter_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
