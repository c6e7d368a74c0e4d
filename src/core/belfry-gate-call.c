/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-gate"

#include "config.h"

#include "belfry-gate-private.h"

#include "belfry-log.h"

/* One asking of one plugin, with a deadline. When the deadline passes, the question loses its task:
 * the plugin is cancelled, the matter goes on to the next plugin, and what the first one still
 * answers finds nobody.
 *
 * A question that is never answered can never be freed, for the plugin has its address. So that a
 * plugin which hangs costs no more than so many, it is not asked any more while it owes that many
 * answers. */

/* A plugin that hangs does so for every client: its warning comes once in this time. */
#define WARNING_INTERVAL (60 * G_USEC_PER_SEC)

typedef struct
{
  GTask *task; /* (owned) (nullable): %NULL when it is too late */
  BelfryGateChain chain;
  BelfryGateAnswered func;   /* (unowned) */
  GCancellable *cancellable; /* (owned): the plugin's */
  gulong forward;            /* the handler on the task's cancellable */
  BelfryDeadline deadline;
  BelfryGateLink *link; /* (owned) */
  gint64 started;
} Question;

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
  question->link->n_calls--;
  belfry_gate_link_unref (question->link);
  g_object_unref (question->cancellable);
  g_free (question);
}

static void
begin_authorizer (Question *question, const BelfryGateMatter *matter, GAsyncReadyCallback callback)
{
  belfry_authorizer_authenticate_async (BELFRY_AUTHORIZER (question->link->plugin),
                                        matter->credentials, question->cancellable, callback,
                                        question);
}

static void
finish_authorizer (GObject *plugin, GAsyncResult *result, BelfryGateAnswer *answer)
{
  answer->identity =
      belfry_authorizer_authenticate_finish (BELFRY_AUTHORIZER (plugin), result, &answer->error);
}

static void
begin_policy (Question *question, const BelfryGateMatter *matter, GAsyncReadyCallback callback)
{
  belfry_topic_policy_decide_async (BELFRY_TOPIC_POLICY (question->link->plugin), matter->identity,
                                    matter->action, matter->topic, question->cancellable, callback,
                                    question);
}

/* A policy that fails without an error has failed all the same. */
static void
finish_policy (GObject *plugin, GAsyncResult *result, BelfryGateAnswer *answer)
{
  if (!belfry_topic_policy_decide_finish (BELFRY_TOPIC_POLICY (plugin), result, &answer->verdict,
                                          &answer->error) &&
      answer->error == NULL)
    g_set_error (&answer->error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, "no verdict");
}

static void
begin_filter (Question *question, const BelfryGateMatter *matter, GAsyncReadyCallback callback)
{
  belfry_message_filter_filter_async (BELFRY_MESSAGE_FILTER (question->link->plugin),
                                      matter->identity, matter->topic, matter->payload,
                                      question->cancellable, callback, question);
}

static void
finish_filter (GObject *plugin, GAsyncResult *result, BelfryGateAnswer *answer)
{
  answer->payload =
      belfry_message_filter_filter_finish (BELFRY_MESSAGE_FILTER (plugin), result, &answer->error);
}

static const struct
{
  const char *what; /* (unowned) */
  void (*begin) (Question *question, const BelfryGateMatter *matter, GAsyncReadyCallback callback);
  void (*finish) (GObject *plugin, GAsyncResult *result, BelfryGateAnswer *answer);
} kinds[] = {
  [BELFRY_GATE_AUTHORIZERS] = { "authorizer", begin_authorizer, finish_authorizer },
  [BELFRY_GATE_POLICIES] = { "policy", begin_policy, finish_policy },
  [BELFRY_GATE_FILTERS] = { "filter", begin_filter, finish_filter },
};
G_STATIC_ASSERT (G_N_ELEMENTS (kinds) == BELFRY_GATE_N_CHAINS);

static BelfryLogContext
context_of (const BelfryGateLink *link, const char *message_id)
{
  return (BelfryLogContext){ .message_id = message_id, .fields = { { "PLUGIN", link->name } } };
}

/* @last: when it was said for the last time */
static gboolean
may_warn (BelfryGate *self, gint64 *last)
{
  gint64 now = belfry_clock_now (self->clock);

  if (*last != 0 && now - *last < WARNING_INTERVAL)
    return FALSE;
  *last = now;
  return TRUE;
}

static void
warn_of_late (BelfryGate *self, const Question *question)
{
  BelfryGateLink *link = question->link;
  const BelfryLogContext context = context_of (link, BELFRY_MESSAGE_PLUGIN_LATE);

  if (!may_warn (self, &link->warned_late))
    return;
  link->is_troubled = TRUE;
  belfry_log_event (BELFRY_LOG_WARNING, &context,
                    "the %s “%s” does not answer in time: its requests are refused",
                    kinds[question->chain].what, link->name);
}

static void
on_deadline (BelfryDeadline *deadline, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GTask) task = g_object_ref (question->task);
  g_autoptr (GCancellable) cancellable = g_object_ref (question->cancellable);
  BelfryGate *self = belfry_gate_of (task);
  BelfryGateAnswered func = question->func;
  BelfryGateAnswer answer = { 0 };

  warn_of_late (self, question);
  belfry_gate_count (self, BELFRY_CORE_METRIC_PLUGIN_TIMEOUTS);
  question_release_task (question);
  g_cancellable_cancel (cancellable);
  g_set_error (&answer.error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE, "too late");
  func (task, &answer);
  belfry_gate_answer_clear (&answer);
}

/* That somebody is refused is a plugin's work, not its failure. */
static gboolean
has_failed (const GError *error)
{
  return error != NULL &&
         !g_error_matches (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED) &&
         !g_error_matches (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_EXPIRED) &&
         !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
note_answer (BelfryGate *self, const Question *question, const BelfryGateAnswer *answer)
{
  const char *what = kinds[question->chain].what;
  BelfryGateLink *link = question->link;
  const BelfryLogContext failure = context_of (link, BELFRY_MESSAGE_PLUGIN_FAILED);
  const BelfryLogContext recovery = context_of (link, BELFRY_MESSAGE_PLUGIN_RECOVERED);
  gboolean failed = has_failed (answer->error);

  if (failed && may_warn (self, &link->warned_failed))
    {
      link->is_troubled = TRUE;
      belfry_log_event (BELFRY_LOG_WARNING, &failure, "the %s “%s” fails: %s", what, link->name,
                        answer->error->message);
    }
  else if (answer->error != NULL)
    belfry_log_event (BELFRY_LOG_DEBUG, &failure, "the %s “%s” says: %s", what, link->name,
                      answer->error->message);
  if (failed || !link->is_troubled)
    return;
  link->is_troubled = FALSE;
  belfry_log_event (BELFRY_LOG_NOTICE, &recovery, "the %s “%s” answers again", what, link->name);
}

static void
on_answered (GObject *plugin, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  BelfryGateAnswer answer = { 0 };

  kinds[question->chain].finish (question->link->plugin, result, &answer);
  if (question->task != NULL)
    {
      g_autoptr (GTask) task = g_object_ref (question->task);
      BelfryGate *self = belfry_gate_of (task);

      belfry_core_slot_observe (&self->slot, BELFRY_CORE_METRIC_PLUGIN_CALLS,
                                belfry_clock_now (self->clock) - question->started);
      note_answer (self, question, &answer);
      question_release_task (question);
      question->func (task, &answer);
    }
  belfry_gate_answer_clear (&answer);
  question_free (question);
}

static void
on_outer_cancelled (GCancellable *outer, gpointer user_data)
{
  g_autoptr (GCancellable) cancellable = g_object_ref (((Question *) user_data)->cancellable);

  g_cancellable_cancel (cancellable);
}

/* It heals by itself: as soon as the plugin answers, it is asked again. */
static gboolean
may_ask (BelfryGate *self, BelfryGateChain chain, BelfryGateLink *link, GError **error)
{
  if (link->n_calls < self->max_calls)
    return TRUE;
  const BelfryLogContext context = context_of (link, BELFRY_MESSAGE_PLUGIN_OVERDUE);
  belfry_gate_count (self, BELFRY_CORE_METRIC_PLUGIN_CALLS_REFUSED);
  if (may_warn (self, &link->warned_full))
    belfry_log_event (BELFRY_LOG_WARNING, &context,
                      "the %s “%s” (%s) owes %u answers: it is not asked before it gives some",
                      kinds[chain].what, link->name, link->file != NULL ? link->file : "built in",
                      link->n_calls);
  g_set_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE, "it owes too much");
  return FALSE;
}

BelfryGateLink *
belfry_gate_link_new (const char *name, gpointer plugin)
{
  BelfryGateLink *self = g_new0 (BelfryGateLink, 1);

  self->refs = 1;
  self->name = g_strdup (name);
  self->plugin = g_object_ref (plugin);
  return self;
}

void
belfry_gate_link_unref (gpointer link)
{
  BelfryGateLink *self = link;

  if (--self->refs > 0)
    return;
  g_free (self->name);
  g_free (self->file);
  g_object_unref (self->plugin);
  g_free (self);
}

void
belfry_gate_answer_clear (BelfryGateAnswer *answer)
{
  g_clear_pointer (&answer->identity, belfry_identity_unref);
  g_clear_pointer (&answer->payload, g_bytes_unref);
  g_clear_error (&answer->error);
}

gboolean
belfry_gate_call (GTask *task,
                  const BelfryGateMatter *matter,
                  BelfryGateLink *link,
                  BelfryGateAnswered func,
                  GError **error)
{
  BelfryGate *self = belfry_gate_of (task);

  if (!may_ask (self, matter->chain, link, error))
    return FALSE;

  Question *question = g_new0 (Question, 1);
  GCancellable *outer = g_task_get_cancellable (task);

  question->task = g_object_ref (task);
  question->chain = matter->chain;
  question->func = func;
  question->link = link;
  link->refs++;
  link->n_calls++;
  question->cancellable = g_cancellable_new ();
  question->started = belfry_clock_now (self->clock);
  belfry_deadline_init (&question->deadline, on_deadline, question);
  belfry_deadline_wheel_set_after (self->wheel, &question->deadline, self->timeout);
  if (outer != NULL)
    question->forward =
        g_signal_connect (outer, "cancelled", G_CALLBACK (on_outer_cancelled), question);
  kinds[matter->chain].begin (question, matter, on_answered);
  return TRUE;
}
