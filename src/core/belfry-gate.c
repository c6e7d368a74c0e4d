/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-gate"

#include "config.h"

#include "belfry-gate.h"

#include <string.h>

#include "belfry-core-metrics.h"
#include "belfry-deadline-wheel.h"
#include "belfry-error.h"
#include "belfry-log.h"
#include "belfry-topic.h"

/* Asks plugins, one after the other. What is to be decided is a *matter*, the data of a task; each
 * asking of one plugin is a *question* with a deadline of its own. When the deadline passes, the
 * question loses its task: the plugin is cancelled, the matter goes on to the next plugin, and what
 * the first one still answers finds nobody.
 *
 * Owned by the composition root; main thread. Never asks two plugins of one matter at a time. */

/* A plugin that hangs does so for every client: its warning comes once in this time. */
#define WARNING_INTERVAL (60 * G_USEC_PER_SEC)

typedef enum
{
  CHAIN_AUTHORIZERS,
  CHAIN_POLICIES,
  CHAIN_FILTERS,
  N_CHAINS,
} Chain;

typedef struct
{
  char *name;      /* (owned) */
  GObject *plugin; /* (owned) */
  gint64 warned;   /* when it was last complained about */
} Link;

struct _BelfryGate
{
  GObject parent_instance;

  BelfryClock *clock;         /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryCoreSlot slot;
  GPtrArray *links[N_CHAINS]; /* (element-type Link) (owned) */
  gint64 timeout;
  gboolean required;
};

G_DEFINE_FINAL_TYPE (BelfryGate, belfry_gate, G_TYPE_OBJECT)

typedef struct
{
  Chain chain;
  guint next;      /* whom to ask next */
  gboolean failed; /* somebody who was asked could not say */
  BelfryTopicAction action;
  BelfryCredentials *credentials; /* (owned) (nullable) */
  BelfryIdentity *identity;       /* (owned) (nullable) */
  char *topic;                    /* (owned) (nullable) */
  GBytes *payload;                /* (owned) (nullable) */
} Matter;

typedef struct
{
  GTask *task; /* (owned) (nullable): %NULL when it is too late */
  Chain chain;
  GObject *plugin;           /* (owned) */
  GCancellable *cancellable; /* (owned): the plugin's */
  gulong forward;            /* the handler on the task's cancellable */
  BelfryDeadline deadline;
  Link *link; /* (unowned): the gate's, which the task keeps */
  gint64 started;
} Question;

/* What a plugin said; what the other chains would say is empty. */
typedef struct
{
  BelfryIdentity *identity; /* (owned) (nullable) */
  GBytes *payload;          /* (owned) (nullable) */
  GError *error;            /* (owned) (nullable) */
  BelfryVerdict verdict;
} Answer;

static void
link_free (gpointer data)
{
  Link *link = data;

  g_free (link->name);
  g_object_unref (link->plugin);
  g_free (link);
}

static void
matter_free (gpointer data)
{
  Matter *matter = data;

  g_clear_pointer (&matter->credentials, belfry_credentials_unref);
  g_clear_pointer (&matter->identity, belfry_identity_unref);
  g_clear_pointer (&matter->payload, g_bytes_unref);
  g_free (matter->topic);
  g_free (matter);
}

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->identity, belfry_identity_unref);
  g_clear_pointer (&answer->payload, g_bytes_unref);
  g_clear_error (&answer->error);
}

/* The handler is disconnected as a plain signal's: g_cancellable_disconnect() would wait for ever
 * for a plugin that answers while it is being cancelled. All of it is on one thread. */
static void
question_release_task (Question *question)
{
  GCancellable *outer = g_task_get_cancellable (question->task);

  belfry_deadline_cancel (&question->deadline);
  if (question->forward != 0)
    g_signal_handler_disconnect (outer, question->forward);
  question->forward = 0;
  g_clear_object (&question->task);
}

static void
question_free (Question *question)
{
  g_object_unref (question->plugin);
  g_object_unref (question->cancellable);
  g_free (question);
}

static BelfryGate *
gate_of (GTask *task)
{
  return g_task_get_source_object (task);
}

static void
count (BelfryGate *self, BelfryCoreMetric metric)
{
  belfry_core_slot_count (&self->slot, metric, 1);
}

static void
fail (GTask *task, BelfryCoreMetric metric, BelfryError code, const char *message)
{
  count (gate_of (task), metric);
  g_task_return_new_error (task, BELFRY_ERROR, (int) code, "%s", message);
}

static void
admit (GTask *task, BelfryIdentity *identity)
{
  count (gate_of (task), BELFRY_CORE_METRIC_AUTHENTICATED);
  g_task_return_pointer (task, identity, (GDestroyNotify) belfry_identity_unref);
}

/* Those who need not sign in are not kept out by a token that is no good. */
static void
refuse_credentials (GTask *task, BelfryCoreMetric metric, BelfryError code, const char *message)
{
  if (gate_of (task)->required)
    fail (task, metric, code, message);
  else
    admit (task, NULL);
}

static void
allow (GTask *task)
{
  count (gate_of (task), BELFRY_CORE_METRIC_ALLOWED);
  g_task_return_boolean (task, TRUE);
}

static void
deny (GTask *task)
{
  fail (task, BELFRY_CORE_METRIC_DENIED, BELFRY_ERROR_FORBIDDEN, "this is not allowed");
}

static void
cannot_say (GTask *task)
{
  fail (task, BELFRY_CORE_METRIC_AUTHORIZATION_UNAVAILABLE, BELFRY_ERROR_UNAVAILABLE,
        "it cannot be said now whether this is allowed");
}

/* The judges take what a plugin said. They return whether that ends the matter. */

static gboolean
judge_identity (GTask *task, Matter *matter, Answer *answer)
{
  if (answer->identity != NULL)
    admit (task, g_steal_pointer (&answer->identity));
  else if (g_error_matches (answer->error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_EXPIRED))
    refuse_credentials (task, BELFRY_CORE_METRIC_AUTHENTICATION_EXPIRED, BELFRY_ERROR_TOKEN_EXPIRED,
                        "the token has expired");
  else if (g_error_matches (answer->error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED))
    refuse_credentials (task, BELFRY_CORE_METRIC_AUTHENTICATION_REFUSED,
                        BELFRY_ERROR_AUTHENTICATION_FAILED, "the credentials were refused");
  else
    {
      matter->failed = matter->failed || answer->error != NULL;
      return FALSE;
    }
  return TRUE;
}

static gboolean
judge_verdict (GTask *task, Matter *matter, Answer *answer)
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
        allow (task);
      return TRUE;
    case BELFRY_VERDICT_DENY:
    case BELFRY_VERDICT_ASK:
    default:
      deny (task);
      return TRUE;
    }
}

static gboolean
judge_payload (GTask *task, Matter *matter, Answer *answer)
{
  if (answer->payload != NULL)
    {
      g_bytes_unref (matter->payload);
      matter->payload = g_steal_pointer (&answer->payload);
      return FALSE;
    }
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
end_authentication (GTask *task, Matter *matter)
{
  if (matter->failed)
    refuse_credentials (task, BELFRY_CORE_METRIC_AUTHENTICATION_UNAVAILABLE,
                        BELFRY_ERROR_UNAVAILABLE, "credentials cannot be looked at now");
  else
    refuse_credentials (task, BELFRY_CORE_METRIC_AUTHENTICATION_REFUSED,
                        BELFRY_ERROR_AUTHENTICATION_FAILED, "the credentials are unknown");
}

static void
end_authorization (GTask *task, Matter *matter)
{
  if (matter->failed)
    cannot_say (task);
  else
    deny (task);
}

static void
end_filtering (GTask *task, Matter *matter)
{
  g_task_return_pointer (task, g_steal_pointer (&matter->payload), (GDestroyNotify) g_bytes_unref);
}

static void
begin_authorizer (Question *question, Matter *matter, GAsyncReadyCallback callback)
{
  belfry_authorizer_authenticate_async (BELFRY_AUTHORIZER (question->plugin), matter->credentials,
                                        question->cancellable, callback, question);
}

static void
finish_authorizer (GObject *plugin, GAsyncResult *result, Answer *answer)
{
  answer->identity =
      belfry_authorizer_authenticate_finish (BELFRY_AUTHORIZER (plugin), result, &answer->error);
}

static void
begin_policy (Question *question, Matter *matter, GAsyncReadyCallback callback)
{
  belfry_topic_policy_decide_async (BELFRY_TOPIC_POLICY (question->plugin), matter->identity,
                                    matter->action, matter->topic, question->cancellable, callback,
                                    question);
}

/* A policy that fails without an error has failed all the same. */
static void
finish_policy (GObject *plugin, GAsyncResult *result, Answer *answer)
{
  if (!belfry_topic_policy_decide_finish (BELFRY_TOPIC_POLICY (plugin), result, &answer->verdict,
                                          &answer->error) &&
      answer->error == NULL)
    g_set_error (&answer->error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, "no verdict");
}

static void
begin_filter (Question *question, Matter *matter, GAsyncReadyCallback callback)
{
  belfry_message_filter_filter_async (BELFRY_MESSAGE_FILTER (question->plugin), matter->identity,
                                      matter->topic, matter->payload, question->cancellable,
                                      callback, question);
}

static void
finish_filter (GObject *plugin, GAsyncResult *result, Answer *answer)
{
  answer->payload =
      belfry_message_filter_filter_finish (BELFRY_MESSAGE_FILTER (plugin), result, &answer->error);
}

static const struct
{
  const char *what; /* (unowned) */
  void (*begin) (Question *question, Matter *matter, GAsyncReadyCallback callback);
  void (*finish) (GObject *plugin, GAsyncResult *result, Answer *answer);
  gboolean (*judge) (GTask *task, Matter *matter, Answer *answer);
  void (*end) (GTask *task, Matter *matter);
} chains[] = {
  [CHAIN_AUTHORIZERS] = { "authorizer", begin_authorizer, finish_authorizer, judge_identity,
                          end_authentication },
  [CHAIN_POLICIES] = { "policy", begin_policy, finish_policy, judge_verdict, end_authorization },
  [CHAIN_FILTERS] = { "filter", begin_filter, finish_filter, judge_payload, end_filtering },
};
G_STATIC_ASSERT (G_N_ELEMENTS (chains) == N_CHAINS);

static gboolean
may_warn (BelfryGate *self, Link *link)
{
  gint64 now = belfry_clock_now (self->clock);

  if (link->warned != 0 && now - link->warned < WARNING_INTERVAL)
    return FALSE;
  link->warned = now;
  return TRUE;
}

static void ask (GTask *task);

/* Goes on with the matter after a plugin's answer. */
static void
proceed (GTask *task, Answer *answer)
{
  Matter *matter = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task))
    return;
  if (!chains[matter->chain].judge (task, matter, answer))
    ask (task);
}

static void
on_deadline (BelfryDeadline *deadline, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GTask) task = g_object_ref (question->task);
  g_autoptr (GCancellable) cancellable = g_object_ref (question->cancellable);
  BelfryGate *self = gate_of (task);
  Answer answer = { 0 };

  if (may_warn (self, question->link))
    belfry_log_warning ("the %s “%s” does not answer in time: its requests are refused",
                        chains[question->chain].what, question->link->name);
  count (self, BELFRY_CORE_METRIC_PLUGIN_TIMEOUTS);
  question_release_task (question);
  g_cancellable_cancel (cancellable);
  g_set_error (&answer.error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE, "too late");
  proceed (task, &answer);
  answer_clear (&answer);
}

static void
note_failure (BelfryGate *self, const Question *question, const Answer *answer)
{
  if (answer->error == NULL)
    return;
  belfry_log_debug ("the %s “%s” says: %s", chains[question->chain].what, question->link->name,
                    answer->error->message);
}

static void
on_answered (GObject *plugin, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  Answer answer = { 0 };

  chains[question->chain].finish (question->plugin, result, &answer);
  if (question->task != NULL)
    {
      g_autoptr (GTask) task = g_object_ref (question->task);
      BelfryGate *self = gate_of (task);

      belfry_core_slot_observe (&self->slot, BELFRY_CORE_METRIC_PLUGIN_CALLS,
                                belfry_clock_now (self->clock) - question->started);
      note_failure (self, question, &answer);
      question_release_task (question);
      proceed (task, &answer);
    }
  answer_clear (&answer);
  question_free (question);
}

static void
on_outer_cancelled (GCancellable *outer, gpointer user_data)
{
  g_autoptr (GCancellable) cancellable = g_object_ref (((Question *) user_data)->cancellable);

  g_cancellable_cancel (cancellable);
}

static void
question_ask (GTask *task, Matter *matter, Link *link)
{
  BelfryGate *self = gate_of (task);
  Question *question = g_new0 (Question, 1);
  GCancellable *outer = g_task_get_cancellable (task);

  question->task = g_object_ref (task);
  question->chain = matter->chain;
  question->link = link;
  question->plugin = g_object_ref (link->plugin);
  question->cancellable = g_cancellable_new ();
  question->started = belfry_clock_now (self->clock);
  belfry_deadline_init (&question->deadline, on_deadline, question);
  belfry_deadline_wheel_set_after (self->wheel, &question->deadline, self->timeout);
  if (outer != NULL)
    question->forward =
        g_signal_connect (outer, "cancelled", G_CALLBACK (on_outer_cancelled), question);
  chains[matter->chain].begin (question, matter, on_answered);
}

/* A policy that can say it at once is not asked a question.
 *
 * Returns: whether the next one is to be asked; if not, the matter is ended or a question open */
static gboolean
ask_link (GTask *task, Matter *matter, Link *link)
{
  Answer answer = { .verdict = BELFRY_VERDICT_ASK };

  if (matter->chain == CHAIN_POLICIES)
    answer.verdict = belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (link->plugin),
                                                 matter->identity, matter->action, matter->topic);
  if (answer.verdict != BELFRY_VERDICT_ASK)
    return !judge_verdict (task, matter, &answer);
  question_ask (task, matter, link);
  return FALSE;
}

static void
ask (GTask *task)
{
  Matter *matter = g_task_get_task_data (task);
  GPtrArray *links = gate_of (task)->links[matter->chain];

  if (g_task_return_error_if_cancelled (task))
    return;
  while (matter->next < links->len)
    {
      if (!ask_link (task, matter, g_ptr_array_index (links, matter->next++)))
        return;
    }
  chains[matter->chain].end (task, matter);
}

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
  if (!self->required || (identity != NULL && is_granted (identity, action, topic)))
    return BELFRY_VERDICT_ALLOW;
  for (guint i = 0; i < self->links[CHAIN_POLICIES]->len; i++)
    {
      const Link *link = g_ptr_array_index (self->links[CHAIN_POLICIES], i);
      BelfryVerdict verdict =
          belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (link->plugin), identity, action, topic);

      if (verdict != BELFRY_VERDICT_ABSTAIN)
        return verdict;
    }
  return BELFRY_VERDICT_DENY;
}

static Matter *
matter_new (Chain chain)
{
  Matter *matter = g_new0 (Matter, 1);

  matter->chain = chain;
  return matter;
}

static void
add_link (BelfryGate *self, Chain chain, const char *name, gpointer plugin)
{
  Link *link = g_new0 (Link, 1);

  link->name = g_strdup (name);
  link->plugin = g_object_ref (plugin);
  g_ptr_array_add (self->links[chain], link);
}

static void
belfry_gate_finalize (GObject *object)
{
  BelfryGate *self = BELFRY_GATE (object);

  for (int i = 0; i < N_CHAINS; i++)
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
  for (int i = 0; i < N_CHAINS; i++)
    self->links[i] = g_ptr_array_new_with_free_func (link_free);
  self->timeout = BELFRY_GATE_TIMEOUT;
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
  add_link (self, CHAIN_AUTHORIZERS, name, authorizer);
}

void
belfry_gate_add_policy (BelfryGate *self, const char *name, BelfryTopicPolicy *policy)
{
  add_link (self, CHAIN_POLICIES, name, policy);
}

void
belfry_gate_add_filter (BelfryGate *self, const char *name, BelfryMessageFilter *filter)
{
  add_link (self, CHAIN_FILTERS, name, filter);
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
  Matter *matter = matter_new (CHAIN_AUTHORIZERS);

  g_task_set_source_tag (task, belfry_gate_authenticate_async);
  matter->credentials = belfry_credentials_ref (credentials);
  g_task_set_task_data (task, matter, matter_free);
  ask (task);
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
  Matter *matter = matter_new (CHAIN_POLICIES);
  BelfryVerdict verdict = decide_at_once (self, identity, action, topic);

  g_task_set_source_tag (task, belfry_gate_authorize_async);
  matter->identity = identity != NULL ? belfry_identity_ref (identity) : NULL;
  matter->action = action;
  matter->topic = g_strdup (topic);
  g_task_set_task_data (task, matter, matter_free);
  if (verdict == BELFRY_VERDICT_ASK)
    ask (task);
  else if (verdict == BELFRY_VERDICT_ALLOW)
    allow (task);
  else
    deny (task);
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
  count (self, *allowed ? BELFRY_CORE_METRIC_ALLOWED : BELFRY_CORE_METRIC_DENIED);
  return TRUE;
}

gboolean
belfry_gate_has_filters (BelfryGate *self)
{
  return self->links[CHAIN_FILTERS]->len > 0;
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
  Matter *matter = matter_new (CHAIN_FILTERS);

  g_task_set_source_tag (task, belfry_gate_filter_async);
  matter->identity = identity != NULL ? belfry_identity_ref (identity) : NULL;
  matter->topic = g_strdup (topic);
  matter->payload = g_bytes_ref (payload);
  g_task_set_task_data (task, matter, matter_free);
  ask (task);
}

GBytes *
belfry_gate_filter_finish (BelfryGate *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_gate_filter_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
