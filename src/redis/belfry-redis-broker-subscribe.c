/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-broker"

#include "config.h"

#include "belfry-redis-broker-private.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-log.h"
#include "belfry-topic.h"

/* Subscribing. In envelope mode all there is to subscribe to is the shared channel; a topic is
 * confirmed when that is in force. */

static char *
channel_of (BelfryRedisBroker *self, const char *topic)
{
  return g_strconcat (self->prefix, topic, NULL);
}

static void
watch_presence (BelfryRedisBroker *self, const char *topic)
{
  BelfryTopicTraits traits = { 0 };

  belfry_redis_broker_get_traits (self, topic, &traits);
  if (traits.presence)
    belfry_redis_presence_watch (self->presence, topic);
}

static BelfryRedisChannelKind
kind_of_topics (const BelfryRedisBroker *self)
{
  return self->sharded ? BELFRY_REDIS_SHARD : BELFRY_REDIS_CHANNEL;
}

/* Returns: (nullable): what stands for the topic, made and asked for if it is not there */
static BelfryRedisWant *
want_name (BelfryRedisBroker *self, const char *name)
{
  const BelfryTopicKey key = belfry_topic_key (name);
  BelfryRedisTopic *topic = belfry_redis_topics_find (self->topics, &key);

  if (topic != NULL && !topic->want.refused)
    return &topic->want;
  if (topic == NULL)
    {
      topic = belfry_redis_topics_add (self->topics, name);
      watch_presence (self, name);
    }
  topic->want.refused = FALSE;
  if (self->channel == NULL)
    {
      g_autofree char *channel = channel_of (self, name);

      belfry_redis_net_subscribe (self->net, kind_of_topics (self), channel);
    }
  return &topic->want;
}

static BelfryRedisWant *
refuse_patterns (BelfryRedisBroker *self, GError **error)
{
  if (!self->told_no_patterns)
    belfry_log_warning ("a client wants to subscribe to a pattern, which in a Redis cluster needs "
                        "[broker] cluster-wildcards = yes");
  self->told_no_patterns = TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
               "the Redis cluster does not deliver to patterns");
  return NULL;
}

static BelfryRedisWant *
want_pattern (BelfryRedisBroker *self, const char *name, GError **error)
{
  if (self->no_patterns)
    return refuse_patterns (self, error);

  BelfryRedisPattern *pattern = belfry_redis_topics_find_pattern (self->topics, name);

  if (pattern != NULL && !pattern->want.refused)
    return &pattern->want;
  if (pattern == NULL)
    pattern = belfry_redis_topics_add_pattern (self->topics, name);
  pattern->want.refused = FALSE;
  if (self->channel == NULL && !pattern->glob->subscribed)
    belfry_redis_net_subscribe (self->net, BELFRY_REDIS_PATTERN, pattern->glob->name);
  return &pattern->want;
}

static const BelfryRedisWant *
find_want (BelfryRedisBroker *self, const char *name)
{
  const BelfryTopicKey key = belfry_topic_key (name);
  const BelfryRedisTopic *topic = belfry_redis_topics_find (self->topics, &key);
  const BelfryRedisPattern *pattern =
      topic == NULL ? belfry_redis_topics_find_pattern (self->topics, name) : NULL;

  if (topic != NULL)
    return &topic->want;
  return pattern != NULL ? &pattern->want : NULL;
}

static BelfryRedisWant *
want (BelfryRedisBroker *self, const char *topic, GError **error)
{
  switch (belfry_topic_classify (topic, strlen (topic), error))
    {
    case BELFRY_TOPIC_NAME:
      return want_name (self, topic);
    case BELFRY_TOPIC_PATTERN:
      return want_pattern (self, topic, error);
    case BELFRY_TOPIC_INVALID:
    case BELFRY_TOPIC_RESERVED:
    default:
      return NULL;
    }
}

/* Whether what the topic comes through is subscribed to already, for others. */
static gboolean
is_in_force (BelfryRedisBroker *self, const char *topic)
{
  const BelfryRedisPattern *pattern = belfry_redis_topics_find_pattern (self->topics, topic);

  return belfry_redis_broker_is_up (self) &&
         (self->channel_subscribed || (pattern != NULL && pattern->glob->subscribed));
}

/* What a subscription that is under way was for. */
typedef struct
{
  char *topic; /* (owned) */
  guint64 serial;
} Asked;

static void
asked_free (gpointer data)
{
  Asked *asked = data;

  g_free (asked->topic);
  g_free (asked);
}

void
belfry_redis_broker_subscribe_async (BelfryBroker *broker,
                                     const char *topic,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (broker);
  g_autoptr (GTask) task = belfry_redis_broker_task_new (self, belfry_redis_broker_subscribe_async,
                                                         cancellable, callback, user_data);
  Asked *asked = g_new0 (Asked, 1);
  GError *error = NULL;

  asked->topic = g_strdup (topic);
  g_task_set_task_data (task, asked, asked_free);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (self->closed)
    {
      g_task_return_new_error (task, BELFRY_ERROR, BELFRY_ERROR_CLOSED, "the broker was closed");
      return;
    }

  BelfryRedisWant *wanted = want (self, topic, &error);

  if (wanted == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  asked->serial = wanted->serial;
  belfry_redis_want_wait (wanted, task);
  if (wanted->subscribed || is_in_force (self, topic))
    belfry_redis_want_confirm (wanted);
}

/* Between the confirmation and its answer somebody may have unsubscribed. */
gboolean
belfry_redis_broker_subscribe_finish (BelfryBroker *broker, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_broker_subscribe_async),
                        FALSE);

  const Asked *asked = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;

  const BelfryRedisWant *wanted = find_want (BELFRY_REDIS_BROKER (broker), asked->topic);

  if (wanted != NULL && wanted->serial == asked->serial)
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED, "the subscription to “%s” was given up",
               asked->topic);
  return FALSE;
}

static void
remove_topic (BelfryRedisBroker *self, BelfryRedisTopic *topic)
{
  if (topic->queued)
    g_queue_remove (&self->reading, topic);
  if (self->presence != NULL)
    belfry_redis_presence_unwatch (self->presence, topic->name);
  belfry_redis_topics_remove (self->topics, topic);
}

static void
unsubscribe_name (BelfryRedisBroker *self, BelfryRedisTopic *topic)
{
  g_autofree char *channel = channel_of (self, topic->name);

  remove_topic (self, topic);
  if (self->channel == NULL)
    belfry_redis_net_unsubscribe (self->net, kind_of_topics (self), channel);
}

void
belfry_redis_broker_unsubscribe (BelfryBroker *broker, const char *name)
{
  BelfryRedisBroker *self = BELFRY_REDIS_BROKER (broker);
  const BelfryTopicKey key = belfry_topic_key (name);
  BelfryRedisTopic *topic = belfry_redis_topics_find (self->topics, &key);

  if (topic != NULL)
    {
      unsubscribe_name (self, topic);
      return;
    }

  BelfryRedisPattern *pattern = belfry_redis_topics_find_pattern (self->topics, name);
  g_autofree char *glob =
      pattern != NULL ? belfry_redis_topics_remove_pattern (self->topics, pattern) : NULL;

  if (glob != NULL && self->channel == NULL)
    belfry_redis_net_unsubscribe (self->net, BELFRY_REDIS_PATTERN, glob);
}

static BelfryRedisTopic *
find_by_channel (BelfryRedisBroker *self, const char *channel)
{
  if (!g_str_has_prefix (channel, self->prefix))
    return NULL;

  const BelfryTopicKey key = belfry_topic_key (channel + self->prefix_length);

  return belfry_redis_topics_find (self->topics, &key);
}

static void
confirm_all (BelfryRedisBroker *self)
{
  g_autoptr (GPtrArray) topics = belfry_redis_topics_list (self->topics);
  g_autoptr (GPtrArray) patterns = belfry_redis_topics_list_patterns (self->topics);

  for (guint i = 0; i < topics->len; i++)
    belfry_redis_want_confirm (&((BelfryRedisTopic *) g_ptr_array_index (topics, i))->want);
  for (guint i = 0; i < patterns->len; i++)
    belfry_redis_want_confirm (&((BelfryRedisPattern *) g_ptr_array_index (patterns, i))->want);
}

/* Of a topic that nobody had yet nothing was lost. */
static void
miss_all (BelfryRedisBroker *self)
{
  g_autoptr (GPtrArray) topics = belfry_redis_topics_list (self->topics);

  for (guint i = 0; i < topics->len; i++)
    {
      BelfryRedisTopic *topic = g_ptr_array_index (topics, i);

      if (topic->want.subscribed)
        belfry_redis_broker_miss (self, topic);
    }
}

static void
tell_lost_patterns (BelfryRedisBroker *self)
{
  g_autoptr (GPtrArray) patterns = belfry_redis_topics_list_patterns (self->topics);

  for (guint i = 0; self->patterns_lost && i < patterns->len; i++)
    {
      const BelfryRedisPattern *pattern = g_ptr_array_index (patterns, i);

      if (pattern->want.subscribed)
        belfry_redis_broker_tell_gap (self, pattern->name);
    }
  self->patterns_lost = FALSE;
}

/* What was lost while it is up is seen to at once: its channel has another node, or was taken from
 * us for a moment. Otherwise that comes when it is up again. */
static void
make_good (BelfryRedisBroker *self)
{
  if (!belfry_redis_broker_is_up (self))
    return;
  tell_lost_patterns (self);
  belfry_redis_broker_read_streams (self);
}

static void
confirm_shared (BelfryRedisBroker *self, gboolean again)
{
  self->channel_subscribed = TRUE;
  if (again)
    {
      self->patterns_lost = TRUE;
      miss_all (self);
    }
  confirm_all (self);
}

static void
confirm_glob (BelfryRedisBroker *self, const char *name, gboolean again)
{
  BelfryRedisGlob *glob = belfry_redis_topics_find_glob (self->topics, name);

  self->patterns_lost |= again;
  if (glob == NULL)
    return;
  glob->subscribed = TRUE;
  for (guint i = 0; i < glob->patterns->len; i++)
    belfry_redis_want_confirm (
        &((BelfryRedisPattern *) g_ptr_array_index (glob->patterns, i))->want);
}

static void
confirm (BelfryRedisBroker *self, BelfryRedisChannelKind kind, const char *name, gboolean again)
{
  if (self->channel != NULL)
    {
      if (g_str_equal (name, self->channel))
        confirm_shared (self, again);
      return;
    }
  if (kind == BELFRY_REDIS_PATTERN)
    {
      confirm_glob (self, name, again);
      return;
    }

  BelfryRedisTopic *topic = find_by_channel (self, name);

  if (topic == NULL)
    return;
  if (again && topic->want.subscribed)
    belfry_redis_broker_miss (self, topic);
  belfry_redis_want_confirm (&topic->want);
}

void
belfry_redis_broker_confirm (BelfryRedisBroker *self,
                             BelfryRedisChannelKind kind,
                             const char *name,
                             gboolean again)
{
  confirm (self, kind, name, again);
  if (again)
    make_good (self);
}

static void
refuse_pattern (BelfryRedisBroker *self, BelfryRedisPattern *pattern, const GError *error)
{
  gboolean had = pattern->want.subscribed;

  belfry_redis_want_refuse (&pattern->want, error);
  if (had)
    belfry_redis_broker_tell_gap (self, pattern->name);
  else
    g_free (belfry_redis_topics_remove_pattern (self->topics, pattern));
}

static void
refuse_glob (BelfryRedisBroker *self, const char *name, const GError *error)
{
  BelfryRedisGlob *glob = belfry_redis_topics_find_glob (self->topics, name);

  if (glob == NULL)
    return;

  g_autoptr (GPtrArray) patterns = g_ptr_array_copy (glob->patterns, NULL, NULL);

  glob->subscribed = FALSE;
  for (guint i = 0; i < patterns->len; i++)
    refuse_pattern (self, g_ptr_array_index (patterns, i), error);
}

/* Somebody took the right away, or never gave it. Who has the topic already is told of a gap; the
 * next one who asks makes us ask again. */
void
belfry_redis_broker_refuse (BelfryRedisBroker *self,
                            BelfryRedisChannelKind kind,
                            const char *name,
                            const GError *error)
{
  BelfryRedisTopic *topic =
      kind != BELFRY_REDIS_PATTERN && self->channel == NULL ? find_by_channel (self, name) : NULL;

  if (kind == BELFRY_REDIS_PATTERN)
    refuse_glob (self, name, error);
  if (topic == NULL)
    return;

  gboolean had = topic->want.subscribed;

  belfry_redis_want_refuse (&topic->want, error);
  if (had)
    belfry_redis_broker_tell_gap (self, topic->name);
  else
    remove_topic (self, topic);
}

/* What was asked for while it was away, and comes through what was in force all the time. */
static void
confirm_shared_globs (BelfryRedisBroker *self, GPtrArray *patterns)
{
  for (guint i = 0; i < patterns->len; i++)
    {
      BelfryRedisPattern *pattern = g_ptr_array_index (patterns, i);

      if (pattern->glob->subscribed)
        belfry_redis_want_confirm (&pattern->want);
    }
}

void
belfry_redis_broker_settle_topics (BelfryRedisBroker *self)
{
  g_autoptr (GPtrArray) patterns = belfry_redis_topics_list_patterns (self->topics);

  if (self->channel_subscribed)
    confirm_all (self);
  confirm_shared_globs (self, patterns);
  tell_lost_patterns (self);
}
