/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-gate"

#include "config.h"

#include "belfry-gate-private.h"

#include "belfry-error.h"

/* The chains of plugins: who is asked after whom, and what comes of their answers. Never asks two
 * plugins of one matter at a time. */

static void
matter_free (gpointer data)
{
  BelfryGateMatter *matter = data;

  g_clear_pointer (&matter->credentials, belfry_credentials_unref);
  g_clear_pointer (&matter->identity, belfry_identity_unref);
  g_clear_pointer (&matter->payload, g_bytes_unref);
  g_free (matter->reason);
  g_free (matter->topic);
  g_free (matter);
}

static void
fail (GTask *task, BelfryCoreMetric metric, BelfryError code, const char *message)
{
  belfry_gate_count (belfry_gate_of (task), metric);
  g_task_return_new_error (task, BELFRY_ERROR, (int) code, "%s", message);
}

static void
admit (GTask *task, BelfryIdentity *identity)
{
  belfry_gate_count (belfry_gate_of (task), BELFRY_CORE_METRIC_AUTHENTICATED);
  g_task_return_pointer (task, identity, (GDestroyNotify) belfry_identity_unref);
}

/* Those who need not sign in are not kept out by a token that is no good. */
static void
refuse_credentials (GTask *task, BelfryCoreMetric metric, BelfryError code, const char *message)
{
  if (belfry_gate_of (task)->required)
    fail (task, metric, code, message);
  else
    admit (task, NULL);
}

void
belfry_gate_allow (GTask *task)
{
  belfry_gate_count (belfry_gate_of (task), BELFRY_CORE_METRIC_ALLOWED);
  g_task_return_boolean (task, TRUE);
}

void
belfry_gate_deny (GTask *task)
{
  fail (task, BELFRY_CORE_METRIC_DENIED, BELFRY_ERROR_FORBIDDEN, "this is not allowed");
}

static void
cannot_say (GTask *task)
{
  fail (task, BELFRY_CORE_METRIC_AUTHORIZATION_UNAVAILABLE, BELFRY_ERROR_UNAVAILABLE,
        "it cannot be said now whether this is allowed");
}

/* Whoever was asked last says no. @answer: why */
static void
note_objection (GTask *task, BelfryGateMatter *matter, const BelfryGateAnswer *answer)
{
  GPtrArray *links = belfry_gate_of (task)->links[matter->chain];
  const BelfryGateLink *link = g_ptr_array_index (links, matter->next - 1);

  matter->objector = link->name;
  if (answer->error != NULL)
    matter->reason = g_strdup (answer->error->message);
}

/* The judges take what a plugin said. They return whether that ends the matter. */

static gboolean
judge_identity (GTask *task, BelfryGateMatter *matter, BelfryGateAnswer *answer)
{
  if (answer->identity != NULL)
    admit (task, g_steal_pointer (&answer->identity));
  else if (g_error_matches (answer->error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_EXPIRED))
    {
      note_objection (task, matter, answer);
      refuse_credentials (task, BELFRY_CORE_METRIC_AUTHENTICATION_EXPIRED,
                          BELFRY_ERROR_TOKEN_EXPIRED, "the token has expired");
    }
  else if (g_error_matches (answer->error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED))
    {
      note_objection (task, matter, answer);
      refuse_credentials (task, BELFRY_CORE_METRIC_AUTHENTICATION_REFUSED,
                          BELFRY_ERROR_AUTHENTICATION_FAILED, "the credentials were refused");
    }
  else
    {
      matter->failed = matter->failed || answer->error != NULL;
      return FALSE;
    }
  return TRUE;
}

static gboolean
judge_verdict (GTask *task, BelfryGateMatter *matter, BelfryGateAnswer *answer)
{
  if (answer->error != NULL)
    {
      matter->failed = TRUE;
      return FALSE;
    }
  switch (answer->verdict)
    {
    case BELFRY_VERDICT_ABSTAIN:
      return FALSE;
    case BELFRY_VERDICT_ALLOW:
      if (matter->failed)
        cannot_say (task);
      else
        belfry_gate_allow (task);
      return TRUE;
    case BELFRY_VERDICT_DENY:
    case BELFRY_VERDICT_ASK:
    default:
      note_objection (task, matter, answer);
      belfry_gate_deny (task);
      return TRUE;
    }
}

static gboolean
judge_payload (GTask *task, BelfryGateMatter *matter, BelfryGateAnswer *answer)
{
  if (answer->payload != NULL)
    {
      g_bytes_unref (matter->payload);
      matter->payload = g_steal_pointer (&answer->payload);
      return FALSE;
    }
  note_objection (task, matter, answer);
  if (g_error_matches (answer->error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED))
    g_task_return_new_error (task, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN,
                             "the message was refused: %s", answer->error->message);
  else
    g_task_return_new_error (task, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                             "the message cannot be looked at now");
  return TRUE;
}

/* What it comes to when nobody is left to ask. */

static void
end_authentication (GTask *task, BelfryGateMatter *matter)
{
  if (matter->failed)
    refuse_credentials (task, BELFRY_CORE_METRIC_AUTHENTICATION_UNAVAILABLE,
                        BELFRY_ERROR_UNAVAILABLE, "credentials cannot be looked at now");
  else
    refuse_credentials (task, BELFRY_CORE_METRIC_AUTHENTICATION_REFUSED,
                        BELFRY_ERROR_AUTHENTICATION_FAILED, "the credentials are unknown");
}

static void
end_authorization (GTask *task, BelfryGateMatter *matter)
{
  if (matter->failed)
    cannot_say (task);
  else
    belfry_gate_deny (task);
}

static void
end_filtering (GTask *task, BelfryGateMatter *matter)
{
  g_task_return_pointer (task, g_steal_pointer (&matter->payload), (GDestroyNotify) g_bytes_unref);
}

static const struct
{
  gboolean (*judge) (GTask *task, BelfryGateMatter *matter, BelfryGateAnswer *answer);
  void (*end) (GTask *task, BelfryGateMatter *matter);
} chains[] = {
  [BELFRY_GATE_AUTHORIZERS] = { judge_identity, end_authentication },
  [BELFRY_GATE_POLICIES] = { judge_verdict, end_authorization },
  [BELFRY_GATE_FILTERS] = { judge_payload, end_filtering },
};
G_STATIC_ASSERT (G_N_ELEMENTS (chains) == BELFRY_GATE_N_CHAINS);

/* Goes on with the matter after a plugin's answer. */
static void
proceed (GTask *task, BelfryGateAnswer *answer)
{
  BelfryGateMatter *matter = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task))
    return;
  if (!chains[matter->chain].judge (task, matter, answer))
    belfry_gate_ask (task);
}

/* A policy that can say it at once is not asked a question.
 *
 * Returns: whether the next one is to be asked; if not, the matter is ended or a question open */
static gboolean
ask_link (GTask *task, BelfryGateMatter *matter, BelfryGateLink *link)
{
  BelfryGateAnswer answer = { .verdict = BELFRY_VERDICT_ASK };

  if (matter->chain == BELFRY_GATE_POLICIES)
    answer.verdict = belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (link->plugin),
                                                 matter->identity, matter->action, matter->topic);
  if (answer.verdict == BELFRY_VERDICT_ASK &&
      belfry_gate_call (task, matter, link, proceed, &answer.error))
    return FALSE;

  gboolean ended = chains[matter->chain].judge (task, matter, &answer);

  belfry_gate_answer_clear (&answer);
  return !ended;
}

BelfryGateMatter *
belfry_gate_matter_new (BelfryGateChain chain)
{
  BelfryGateMatter *matter = g_new0 (BelfryGateMatter, 1);

  matter->chain = chain;
  return matter;
}

void
belfry_gate_set_matter (GTask *task, BelfryGateMatter *matter)
{
  g_task_set_task_data (task, matter, matter_free);
}

void
belfry_gate_ask (GTask *task)
{
  BelfryGateMatter *matter = g_task_get_task_data (task);
  GPtrArray *links = belfry_gate_of (task)->links[matter->chain];

  if (g_task_return_error_if_cancelled (task))
    return;
  while (matter->next < links->len)
    {
      if (!ask_link (task, matter, g_ptr_array_index (links, matter->next++)))
        return;
    }
  chains[matter->chain].end (task, matter);
}
