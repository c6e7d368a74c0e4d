/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-loader"

#include "config.h"

#include "belfry-loader-host.h"

#include "belfry-log.h"

/* What plugins see of the service. Owned by the loader, and by plugins while they are enabled. A
 * plugin that never answers holds nobody up for longer than the patience: the next one is asked,
 * and a late answer is dropped.
 *
 * What is never answered can never be freed, for the plugin has its address. So a plugin is not
 * asked any more while it owes too many answers. */

/* A client can make a plugin fail as often as it likes. */
#define WARNING_INTERVAL (60 * G_USEC_PER_SEC)

/* Reference-counted, not atomically: each list that has it, and each question that it has not
 * answered. */
typedef struct
{
  guint refs;
  char *name;                   /* (owned) */
  BelfryMembership *membership; /* (owned) */
  guint n_calls;                /* that it has not answered, too late or not */
  gint64 warned;                /* when it was last complained about */
} Member;

struct _BelfryLoaderHost
{
  GObject parent_instance;

  BelfryClock *clock;                 /* (owned) */
  const BelfryLoaderService *service; /* (unowned) (nullable): static */
  gpointer service_data;              /* (unowned) (nullable): for its functions */
  GPtrArray *members;                 /* (owned) (element-type Member): replaced, never changed */
  gint64 patience;
  guint max_calls;
};

/* One question, while it goes round. */
typedef struct
{
  BelfryIdentity *identity; /* (owned) */
  char *group;              /* (owned) */
  GPtrArray *members;       /* (owned) (element-type Member): who there were when it began */
  GCancellable *call;       /* (owned) (nullable): of the one that is being asked */
  GSource *timeout;         /* (owned) (nullable) */
  guint index;              /* of the one that is being asked */
  gboolean is_unsure;       /* somebody could not be asked */
} Question;

/* What a plugin's answer is recognized by. */
typedef struct
{
  GTask *task;    /* (owned) */
  Member *member; /* (owned) */
  guint index;
} Answer;

static void belfry_loader_host_iface_init (BelfryPluginHostInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryLoaderHost,
                               belfry_loader_host,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PLUGIN_HOST,
                                                      belfry_loader_host_iface_init))

static Member *
member_new (const char *name, BelfryMembership *membership)
{
  Member *self = g_new0 (Member, 1);

  self->refs = 1;
  self->name = g_strdup (name);
  self->membership = g_object_ref (membership);
  return self;
}

static Member *
member_ref (Member *self)
{
  self->refs++;
  return self;
}

static void
member_unref (Member *self)
{
  if (--self->refs > 0)
    return;
  g_free (self->name);
  g_object_unref (self->membership);
  g_free (self);
}

/* Questions that go round hold on to the old list. */
static GPtrArray *
copy_members (const GPtrArray *members, const BelfryMembership *without)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) member_unref);

  for (guint i = 0; i < members->len; i++)
    {
      Member *member = g_ptr_array_index (members, i);

      if (member->membership != without)
        g_ptr_array_add (copy, member_ref (member));
    }
  return copy;
}

static void
end_call (Question *self)
{
  if (self->timeout != NULL)
    g_source_destroy (self->timeout);
  g_clear_pointer (&self->timeout, g_source_unref);
  g_clear_object (&self->call);
}

static void
question_free (Question *self)
{
  end_call (self);
  belfry_identity_unref (self->identity);
  g_free (self->group);
  g_ptr_array_unref (self->members);
  g_free (self);
}

static void
answer_free (Answer *self)
{
  self->member->n_calls--;
  member_unref (self->member);
  g_object_unref (self->task);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

static void ask_next (GTask *task);

static Member *
asked_one (const Question *question)
{
  return g_ptr_array_index (question->members, question->index);
}

/* A client can cause this as often as it likes. */
static void
complain (const BelfryLoaderHost *self, Member *member, const char *why)
{
  const BelfryLogContext context = { .message_id = BELFRY_MESSAGE_PLUGIN_FAILED,
                                     .fields = { { "PLUGIN", member->name } } };
  gint64 now = belfry_clock_now (self->clock);
  gboolean again = member->warned != 0 && now - member->warned < WARNING_INTERVAL;
  BelfryLogLevel level = again ? BELFRY_LOG_DEBUG : BELFRY_LOG_WARNING;

  if (!again)
    member->warned = now;
  belfry_log_event (level, &context, "plugin %s could not say who belongs to a group: %s",
                    member->name, why);
}

static void
give_up_on (GTask *task, const char *why)
{
  Question *question = g_task_get_task_data (task);

  complain (g_task_get_source_object (task), asked_one (question), why);
  question->is_unsure = TRUE;
  question->index++;
  ask_next (task);
}

static gboolean
on_timeout (gpointer user_data)
{
  g_autoptr (GTask) task = g_object_ref (user_data);
  Question *question = g_task_get_task_data (task);
  g_autoptr (GCancellable) call = g_object_ref (question->call);

  end_call (question);
  give_up_on (task, "it took too long");
  g_cancellable_cancel (call);
  return G_SOURCE_REMOVE;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Answer) answer = user_data;
  g_autoptr (GError) error = NULL;
  Question *question = g_task_get_task_data (answer->task);
  gboolean is_member = FALSE;
  gboolean has_said =
      belfry_membership_is_member_finish (BELFRY_MEMBERSHIP (source), result, &is_member, &error);

  if (question->index != answer->index || g_task_get_completed (answer->task))
    return;
  end_call (question);
  if (g_task_return_error_if_cancelled (answer->task))
    question->index = question->members->len;
  else if (!has_said)
    give_up_on (answer->task, error != NULL ? error->message : "it does not say why");
  else if (is_member)
    {
      question->index = question->members->len;
      g_task_return_boolean (answer->task, TRUE);
    }
  else
    {
      question->index++;
      ask_next (answer->task);
    }
}

/* The timeout holds the task: what never answers is given up then. */
static void
begin_call (GTask *task)
{
  BelfryLoaderHost *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);
  GCancellable *outer = g_task_get_cancellable (task);

  question->call = g_cancellable_new ();
  if (outer != NULL)
    g_signal_connect_object (outer, "cancelled", G_CALLBACK (g_cancellable_cancel), question->call,
                             G_CONNECT_SWAPPED);
  question->timeout = g_timeout_source_new ((guint) MIN (self->patience / 1000, G_MAXINT));
  g_source_set_static_name (question->timeout, "belfry-membership");
  g_source_set_callback (question->timeout, on_timeout, g_object_ref (task), g_object_unref);
  g_source_attach (question->timeout, g_task_get_context (task));
}

static void
return_no (GTask *task)
{
  const Question *question = g_task_get_task_data (task);

  if (question->is_unsure)
    g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE,
                             "not every plugin that knows memberships could be asked");
  else
    g_task_return_boolean (task, FALSE);
}

/* Who was disabled since the question began is not asked any more. */
static gboolean
is_here (const BelfryLoaderHost *self, Member *asked)
{
  return g_ptr_array_find (self->members, asked, NULL);
}

/* It heals by itself: as soon as the plugin answers, it is asked again. */
static gboolean
may_ask (const BelfryLoaderHost *self, Member *member)
{
  if (!is_here (self, member))
    return FALSE;
  if (member->n_calls < self->max_calls)
    return TRUE;
  complain (self, member, "it owes too many answers");
  return FALSE;
}

static void
ask (GTask *task, Member *member)
{
  Question *question = g_task_get_task_data (task);
  Answer *answer = g_new (Answer, 1);

  *answer = (Answer){ g_object_ref (task), member_ref (member), question->index };
  member->n_calls++;
  begin_call (task);
  g_autoptr (GCancellable) call = g_object_ref (question->call);
  belfry_membership_is_member_async (member->membership, question->identity, question->group, call,
                                     on_answer, answer);
}

static void
ask_next (GTask *task)
{
  const BelfryLoaderHost *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task))
    return;
  for (; question->index < question->members->len && !may_ask (self, asked_one (question));
       question->index++)
    question->is_unsure = TRUE;
  if (question->index < question->members->len)
    ask (task, asked_one (question));
  else
    return_no (task);
}

static gint64
host_now (BelfryPluginHost *host)
{
  return belfry_clock_now (BELFRY_LOADER_HOST (host)->clock);
}

static gint64
host_wall (BelfryPluginHost *host)
{
  return belfry_clock_wall (BELFRY_LOADER_HOST (host)->clock);
}

static void
host_publish_async (BelfryPluginHost *host,
                    const char *topic,
                    GBytes *payload,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  BelfryLoaderHost *self = BELFRY_LOADER_HOST (host);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, host_publish_async);
  if (self->service != NULL)
    {
      self->service->publish (topic, payload, task, self->service_data);
      return;
    }
  g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE,
                           "the service is not running");
  g_object_unref (task);
}

static gboolean
host_publish_finish (BelfryPluginHost *host, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, host), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, host_publish_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
host_is_member_async (BelfryPluginHost *host,
                      BelfryIdentity *identity,
                      const char *group,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  BelfryLoaderHost *self = BELFRY_LOADER_HOST (host);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);

  question->identity = belfry_identity_ref (identity);
  question->group = g_strdup (group);
  question->members = g_ptr_array_ref (self->members);
  g_task_set_source_tag (task, host_is_member_async);
  g_task_set_task_data (task, question, (GDestroyNotify) question_free);
  ask_next (task);
}

static gboolean
host_is_member_finish (BelfryPluginHost *host,
                       GAsyncResult *result,
                       gboolean *is_member,
                       GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, host), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, host_is_member_async), FALSE);
  gboolean failed = g_task_had_error (G_TASK (result));

  *is_member = g_task_propagate_boolean (G_TASK (result), error);
  return !failed;
}

static void
host_close_user (BelfryPluginHost *host, const char *user, const char *reason)
{
  BelfryLoaderHost *self = BELFRY_LOADER_HOST (host);

  if (self->service != NULL)
    self->service->close_user (user, reason, self->service_data);
}

static void
belfry_loader_host_finalize (GObject *object)
{
  BelfryLoaderHost *self = BELFRY_LOADER_HOST (object);

  g_ptr_array_unref (self->members);
  g_object_unref (self->clock);
  G_OBJECT_CLASS (belfry_loader_host_parent_class)->finalize (object);
}

static void
belfry_loader_host_iface_init (BelfryPluginHostInterface *iface)
{
  iface->now = host_now;
  iface->wall = host_wall;
  iface->publish_async = host_publish_async;
  iface->publish_finish = host_publish_finish;
  iface->is_member_async = host_is_member_async;
  iface->is_member_finish = host_is_member_finish;
  iface->close_user = host_close_user;
}

static void
belfry_loader_host_class_init (BelfryLoaderHostClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_loader_host_finalize;
}

static void
belfry_loader_host_init (BelfryLoaderHost *self)
{
  self->members = g_ptr_array_new ();
  self->patience = BELFRY_LOADER_PATIENCE;
  self->max_calls = BELFRY_LOADER_MAX_CALLS;
}

BelfryLoaderHost *
belfry_loader_host_new (BelfryClock *clock)
{
  BelfryLoaderHost *self = g_object_new (BELFRY_TYPE_LOADER_HOST, NULL);

  self->clock = g_object_ref (clock);
  return self;
}

void
belfry_loader_host_set_service (BelfryLoaderHost *self,
                                const BelfryLoaderService *service,
                                gpointer user_data)
{
  self->service = service;
  self->service_data = user_data;
}

void
belfry_loader_host_set_patience (BelfryLoaderHost *self, gint64 patience)
{
  self->patience = patience;
}

void
belfry_loader_host_set_max_calls (BelfryLoaderHost *self, guint max_calls)
{
  self->max_calls = max_calls;
}

void
belfry_loader_host_add_membership (BelfryLoaderHost *self,
                                   const char *name,
                                   BelfryMembership *membership)
{
  GPtrArray *members = copy_members (self->members, NULL);

  g_ptr_array_add (members, member_new (name, membership));
  g_ptr_array_unref (self->members);
  self->members = members;
}

void
belfry_loader_host_remove_membership (BelfryLoaderHost *self, BelfryMembership *membership)
{
  GPtrArray *members = copy_members (self->members, membership);

  g_ptr_array_unref (self->members);
  self->members = members;
}
