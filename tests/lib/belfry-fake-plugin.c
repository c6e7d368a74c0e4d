/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fake-plugin"

#include "config.h"

#include "belfry-fake-plugin.h"

#include <string.h>

/* Decides by words. Every answer of it goes through reply(), which holds back what is late. */

#define LATE "late-"

typedef enum
{
  WORD_OTHER,
  WORD_REFUSE,
  WORD_EXPIRE,
  WORD_FAIL,
  WORD_ABSTAIN,
  WORD_HANG,
  N_WORDS,
} Word;

static const char *const words[N_WORDS][2] = {
  [WORD_OTHER] = { NULL, NULL },        [WORD_REFUSE] = { "refuse", "deny" },
  [WORD_EXPIRE] = { "expire", NULL },   [WORD_FAIL] = { "fail", NULL },
  [WORD_ABSTAIN] = { "abstain", NULL }, [WORD_HANG] = { "hang", NULL },
};

typedef struct
{
  Word word;
  gboolean late;
} Decision;

/* What a task will end with. */
typedef struct
{
  Word word;
  gpointer value;            /* (owned) (nullable) */
  GDestroyNotify value_free; /* (unowned) (nullable) */
} Reply;

struct _BelfryFakePlugin
{
  GObject parent_instance;

  gint64 (*wall) (gpointer user_data); /* (unowned) (nullable) */
  gpointer wall_data;                  /* (unowned) (nullable) */
  GQueue late;                         /* (element-type GTask) (owned) */
  guint n_asked;
  guint n_cancelled;
};

static void belfry_fake_plugin_authorizer_iface_init (BelfryAuthorizerInterface *iface);
static void belfry_fake_plugin_policy_iface_init (BelfryTopicPolicyInterface *iface);

static void belfry_fake_plugin_filter_iface_init (BelfryMessageFilterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryFakePlugin,
                               belfry_fake_plugin,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_AUTHORIZER,
                                                      belfry_fake_plugin_authorizer_iface_init)
                                   G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY,
                                                          belfry_fake_plugin_policy_iface_init)
                                       G_IMPLEMENT_INTERFACE (BELFRY_TYPE_MESSAGE_FILTER,
                                                              belfry_fake_plugin_filter_iface_init))

static Decision
decide (const char *text, gsize length)
{
  Decision decision = { WORD_OTHER, FALSE };

  if (length >= strlen (LATE) && memcmp (text, LATE, strlen (LATE)) == 0)
    {
      decision.late = TRUE;
      text += strlen (LATE);
      length -= strlen (LATE);
    }
  for (int word = WORD_OTHER + 1; word < N_WORDS; word++)
    {
      for (int i = 0; i < 2; i++)
        {
          const char *name = words[word][i];

          if (name != NULL && strlen (name) == length && memcmp (text, name, length) == 0)
            decision.word = (Word) word;
        }
    }
  return decision;
}

static void
reply_free (gpointer data)
{
  Reply *reply = data;

  if (reply->value != NULL)
    reply->value_free (reply->value);
  g_free (reply);
}

static void
give (GTask *task)
{
  Reply *reply = g_task_get_task_data (task);

  switch (reply->word)
    {
    case WORD_REFUSE:
      g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED, "refused");
      break;
    case WORD_EXPIRE:
      g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_EXPIRED, "expired");
      break;
    case WORD_FAIL:
      g_task_return_new_error (task, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, "failed");
      break;
    case WORD_OTHER:
    case WORD_ABSTAIN:
    case WORD_HANG:
    case N_WORDS:
    default:
      g_task_return_pointer (task, g_steal_pointer (&reply->value), reply->value_free);
    }
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  BelfryFakePlugin *self = user_data;

  self->n_cancelled++;
}

/* What hangs is answered by a release, too, long after anybody waits.
 * @value: (transfer full) (nullable): what it ends with if it goes well */
static void
reply (GTask *task, Decision decision, gpointer value, GDestroyNotify value_free)
{
  BelfryFakePlugin *self = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  Reply *data = g_new0 (Reply, 1);

  data->word = decision.word;
  data->value = value;
  data->value_free = value_free;
  g_task_set_task_data (task, data, reply_free);
  g_task_set_check_cancellable (task, FALSE);
  self->n_asked++;
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_cancelled), self, 0);
  if (decision.late || decision.word == WORD_HANG)
    g_queue_push_tail (&self->late, g_object_ref (task));
  else
    give (task);
}

static void
add_part (BelfryFakePlugin *self, BelfryIdentityBuilder *builder, const char *part)
{
  const char *value = strchr (part, '=') + 1;

  if (g_str_has_prefix (part, "jti="))
    belfry_identity_builder_set_token_id (builder, value);
  else if (g_str_has_prefix (part, "ttl="))
    belfry_identity_builder_set_expiry (builder,
                                        self->wall (self->wall_data) +
                                            g_ascii_strtoll (value, NULL, 10) * G_USEC_PER_SEC);
  else if (g_str_has_prefix (part, "role="))
    belfry_identity_builder_add_role (builder, value);
  else if (g_str_has_prefix (part, "info="))
    belfry_identity_builder_set_info (builder, value);
  else if (g_str_has_prefix (part, "subscribe="))
    belfry_identity_builder_add_grant (builder, BELFRY_TOPIC_ACTION_SUBSCRIBE, value);
  else if (g_str_has_prefix (part, "publish="))
    belfry_identity_builder_add_grant (builder, BELFRY_TOPIC_ACTION_PUBLISH, value);
  else
    g_error ("no such part of a token: %s", part);
}

static BelfryIdentity *
identify (BelfryFakePlugin *self, const char *token)
{
  g_auto (GStrv) parts = g_strsplit (token, ";", -1);
  const char *name = g_str_has_prefix (parts[0], LATE) ? parts[0] + strlen (LATE) : parts[0];
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new (name);

  for (gsize i = 1; parts[i] != NULL; i++)
    add_part (self, builder, parts[i]);

  g_autoptr (GError) error = NULL;
  BelfryIdentity *identity = belfry_identity_builder_end (builder, &error);

  g_assert_no_error (error);
  return identity;
}

static void
belfry_fake_plugin_authenticate_async (BelfryAuthorizer *authorizer,
                                       BelfryCredentials *credentials,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  BelfryFakePlugin *self = BELFRY_FAKE_PLUGIN (authorizer);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  const char *token = belfry_credentials_get_token (credentials);
  Decision decision = { WORD_ABSTAIN, FALSE };
  BelfryIdentity *identity = NULL;

  g_task_set_source_tag (task, belfry_fake_plugin_authenticate_async);
  if (token == NULL)
    token = belfry_credentials_get_certificate (credentials);
  if (token != NULL)
    decision = decide (token, strcspn (token, ";"));
  if (decision.word == WORD_OTHER || (token != NULL && decision.word == WORD_HANG))
    identity = identify (self, token);
  reply (task, decision, identity, (GDestroyNotify) belfry_identity_unref);
}

static BelfryIdentity *
belfry_fake_plugin_authenticate_finish (BelfryAuthorizer *authorizer,
                                        GAsyncResult *result,
                                        GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
belfry_fake_plugin_authorizer_iface_init (BelfryAuthorizerInterface *iface)
{
  iface->authenticate_async = belfry_fake_plugin_authenticate_async;
  iface->authenticate_finish = belfry_fake_plugin_authenticate_finish;
}

static Decision
decide_topic (const char *topic)
{
  return decide (topic, strcspn (topic, ".:/"));
}

static BelfryVerdict
verdict_of (Word word)
{
  if (word == WORD_ABSTAIN)
    return BELFRY_VERDICT_ABSTAIN;
  return word == WORD_REFUSE ? BELFRY_VERDICT_DENY : BELFRY_VERDICT_ALLOW;
}

static BelfryVerdict
belfry_fake_plugin_decide (BelfryTopicPolicy *policy,
                           BelfryIdentity *identity,
                           BelfryTopicAction action,
                           const char *topic)
{
  Decision decision = decide_topic (topic);

  if (decision.late || decision.word == WORD_HANG || decision.word == WORD_FAIL)
    return BELFRY_VERDICT_ASK;
  return verdict_of (decision.word);
}

static void
belfry_fake_plugin_decide_async (BelfryTopicPolicy *policy,
                                 BelfryIdentity *identity,
                                 BelfryTopicAction action,
                                 const char *topic,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (policy, cancellable, callback, user_data);
  Decision decision = decide_topic (topic);
  BelfryVerdict verdict = verdict_of (decision.word);

  g_task_set_source_tag (task, belfry_fake_plugin_decide_async);
  if (decision.word == WORD_REFUSE)
    decision.word = WORD_OTHER;
  reply (task, decision, g_memdup2 (&verdict, sizeof verdict), g_free);
}

static gboolean
belfry_fake_plugin_decide_finish (BelfryTopicPolicy *policy,
                                  GAsyncResult *result,
                                  BelfryVerdict *verdict,
                                  GError **error)
{
  g_autofree BelfryVerdict *value = g_task_propagate_pointer (G_TASK (result), error);

  if (value != NULL)
    *verdict = *value;
  return value != NULL;
}

static void
belfry_fake_plugin_policy_iface_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = belfry_fake_plugin_decide;
  iface->decide_async = belfry_fake_plugin_decide_async;
  iface->decide_finish = belfry_fake_plugin_decide_finish;
}

static void
belfry_fake_plugin_filter_async (BelfryMessageFilter *filter,
                                 BelfryIdentity *identity,
                                 const char *topic,
                                 GBytes *payload,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (filter, cancellable, callback, user_data);
  gsize length;
  const char *text = g_bytes_get_data (payload, &length);
  gboolean shouts = length == 5 && memcmp (text, "shout", 5) == 0;

  g_task_set_source_tag (task, belfry_fake_plugin_filter_async);
  reply (task, decide (text, length),
         shouts ? g_bytes_new_static ("SHOUT", 5) : g_bytes_ref (payload),
         (GDestroyNotify) g_bytes_unref);
}

static GBytes *
belfry_fake_plugin_filter_finish (BelfryMessageFilter *filter, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
belfry_fake_plugin_filter_iface_init (BelfryMessageFilterInterface *iface)
{
  iface->filter_async = belfry_fake_plugin_filter_async;
  iface->filter_finish = belfry_fake_plugin_filter_finish;
}

static void
belfry_fake_plugin_class_init (BelfryFakePluginClass *klass)
{
}

static void
belfry_fake_plugin_init (BelfryFakePlugin *self)
{
  g_queue_init (&self->late);
}

BelfryFakePlugin *
belfry_fake_plugin_new (gint64 (*wall) (gpointer user_data), gpointer user_data)
{
  BelfryFakePlugin *self = g_object_new (BELFRY_TYPE_FAKE_PLUGIN, NULL);

  self->wall = wall;
  self->wall_data = user_data;
  return self;
}

void
belfry_fake_plugin_release (BelfryFakePlugin *self)
{
  for (guint n = g_queue_get_length (&self->late); n > 0; n--)
    {
      g_autoptr (GTask) task = g_queue_pop_head (&self->late);

      give (task);
    }
}

guint
belfry_fake_plugin_get_n_late (BelfryFakePlugin *self)
{
  return g_queue_get_length (&self->late);
}

guint
belfry_fake_plugin_get_n_asked (BelfryFakePlugin *self)
{
  return self->n_asked;
}

guint
belfry_fake_plugin_get_n_cancelled (BelfryFakePlugin *self)
{
  return self->n_cancelled;
}
