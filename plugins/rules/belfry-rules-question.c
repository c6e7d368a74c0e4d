/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-rules"

#include "config.h"

#include "belfry-rules-question.h"

#include "belfry-rules-walk.h"

/* A walk through the rules that stops for the answers of others. Its task owns it. */

typedef struct
{
  BelfryPluginHost *host;   /* (owned) */
  BelfryRulesSet *set;      /* (owned) */
  BelfryIdentity *identity; /* (owned) (nullable) */
  char *topic;              /* (owned) */
  BelfryRulesWalk walk;     /* of what is owned above */
  char *group;              /* (owned) (nullable): what was asked for last */
  BelfryRulesAnswer answer; /* and the answer, which often serves for the next rule */
} Question;

static void
question_free (Question *self)
{
  g_object_unref (self->host);
  belfry_rules_set_unref (self->set);
  g_clear_pointer (&self->identity, belfry_identity_unref);
  g_free (self->topic);
  g_free (self->group);
  g_free (self);
}

static void
finish (GTask *task, const Question *self, BelfryVerdict verdict)
{
  if (verdict == BELFRY_VERDICT_ABSTAIN && self->walk.is_unsure)
    {
      g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE,
                               "it is not known whether the user is a member");
      return;
    }
  if (verdict == BELFRY_VERDICT_ABSTAIN)
    verdict = belfry_rules_set_get_otherwise (self->set);
  g_task_return_int (task, verdict);
}

static gboolean
is_same_group (const Question *self, const char *group)
{
  return self->group != NULL && g_str_equal (self->group, group);
}

static void go_on (GTask *task);

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  Question *self = g_task_get_task_data (task);
  gboolean is_member = FALSE;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (belfry_plugin_host_is_member_finish (self->host, result, &is_member, &error))
    self->answer = is_member ? BELFRY_RULES_MEMBER : BELFRY_RULES_NOT_MEMBER;
  else
    {
      g_debug ("a membership could not be found out: %s", error->message);
      self->answer = BELFRY_RULES_UNKNOWN;
    }
  belfry_rules_walk_answer (&self->walk, self->answer);
  go_on (g_steal_pointer (&task));
}

/* Takes over the task, up to the end or the next answer. */
static void
go_on (GTask *task)
{
  Question *self = g_task_get_task_data (task);
  BelfryVerdict verdict;

  while ((verdict = belfry_rules_walk_next (&self->walk)) == BELFRY_VERDICT_ASK)
    {
      g_autofree char *group = belfry_rules_walk_dup_group (&self->walk);

      if (!is_same_group (self, group))
        {
          g_free (self->group);
          self->group = g_steal_pointer (&group);
          belfry_plugin_host_is_member_async (self->host, self->identity, self->group,
                                              g_task_get_cancellable (task), on_answer, task);
          return;
        }
      belfry_rules_walk_answer (&self->walk, self->answer);
    }
  finish (task, self, verdict);
  g_object_unref (task);
}

void
belfry_rules_question_ask_async (BelfryPluginHost *host,
                                 BelfryRulesSet *set,
                                 BelfryIdentity *identity,
                                 BelfryTopicAction action,
                                 const char *topic,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Question *self = g_new0 (Question, 1);

  g_task_set_source_tag (task, belfry_rules_question_ask_async);
  self->host = g_object_ref (host);
  self->set = belfry_rules_set_ref (set);
  self->identity = identity != NULL ? belfry_identity_ref (identity) : NULL;
  self->topic = g_strdup (topic);
  belfry_rules_walk_init (&self->walk, self->set, self->identity, action, self->topic);
  g_task_set_task_data (task, self, (GDestroyNotify) question_free);
  go_on (task);
}

gboolean
belfry_rules_question_ask_finish (GAsyncResult *result, BelfryVerdict *verdict, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_rules_question_ask_async), FALSE);

  g_autoptr (GError) problem = NULL;
  gssize value = g_task_propagate_int (G_TASK (result), &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  *verdict = (BelfryVerdict) value;
  return TRUE;
}
