/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-subscriptions"

#include "config.h"

#include "belfry-subscriptions.h"

#include <string.h>

#include "belfry-topic-key.h"
#include "belfry-topic-tree.h"

/* Topics by their hash, and patterns in a tree as well. A topic has its subscribers in an array of
 * sixteen bytes each, since going through it is what the service does most. A subscriber knows its
 * place in each array, so that whoever leaves costs a swap, however crowded the topic is.
 *
 * An epoch belongs to a topic and an offset to a subscription: when a message of another epoch
 * comes, nobody has anything of that epoch. */

/* Keys of messages that come by a pattern: their topic is none of the table. */
#define PATTERN_KEY 0x80000000U

/* An array that is filled to less than a quarter is halved. */
#define FIRST_CAPACITY 2

typedef struct
{
  BelfrySubscriber *subscriber; /* (unowned) */
  guint64 offset;
} Subscription;

struct _BelfrySubscribed
{
  BelfryTopicKey key;
  guint32 delivery_key;
  guint8 slow_consumer; /* a #BelfryConfigSlowConsumer */
  guint8 is_pattern;
  guint32 n;
  guint32 capacity; /* of @many; 0 stands for @one */
  guint64 epoch;
  union
  {
    Subscription one;   /* while there was one at the most */
    Subscription *many; /* (owned) (array length=n): otherwise */
  } subscriptions;
  char name[];
};

struct _BelfrySubscriptions
{
  GHashTable *topics;    /* (element-type BelfrySubscribed) (owned) */
  BelfryTopicTree *tree; /* (owned): the patterns among them */
  GPtrArray *matches;    /* (element-type BelfrySubscribed) (owned): scratch */
  guint64 stamp;         /* tells one message from the next */
  guint32 last_key;
  BelfrySubscriptionsDeliver deliver; /* (unowned) */
  BelfrySubscriptionsFunc on_epoch;   /* (unowned) (nullable) */
  gpointer user_data;                 /* (unowned) (nullable) */
};

static void
subscribed_free (gpointer data)
{
  BelfrySubscribed *topic = data;

  if (topic->capacity > 0)
    g_free (topic->subscriptions.many);
  g_free (topic);
}

static Subscription *
subscriptions_of (BelfrySubscribed *topic)
{
  return topic->capacity == 0 ? &topic->subscriptions.one : topic->subscriptions.many;
}

static BelfrySubscribed *
find (BelfrySubscriptions *self, const char *name, guint32 hash)
{
  const BelfryTopicKey key = { name, hash };

  return g_hash_table_lookup (self->topics, &key);
}

/* Two topics with one key would only share what is conflated and where losses are noted; it takes
 * two thousand million topics. */
static BelfrySubscribed *
subscribed_new (BelfrySubscriptions *self, const char *name, gboolean is_pattern)
{
  gsize size = strlen (name) + 1;
  BelfrySubscribed *topic = g_malloc0 (sizeof *topic + size);

  memcpy (topic->name, name, size);
  topic->key = belfry_topic_key (topic->name);
  topic->delivery_key = ++self->last_key & ~PATTERN_KEY;
  topic->is_pattern = is_pattern ? 1 : 0;
  g_hash_table_add (self->topics, topic);
  if (is_pattern)
    belfry_topic_tree_insert (self->tree, topic->name, topic);
  return topic;
}

static BelfrySubscriptionRef *
refs_of (BelfrySubscriber *subscriber)
{
  return subscriber->capacity == 0 ? &subscriber->refs.one : subscriber->refs.many;
}

static BelfrySubscriptionRef *
find_ref (BelfrySubscriber *subscriber, const BelfrySubscribed *topic)
{
  BelfrySubscriptionRef *refs = refs_of (subscriber);

  for (guint32 i = 0; i < subscriber->n; i++)
    {
      if (refs[i].topic == topic)
        return &refs[i];
    }
  return NULL;
}

static void
add_ref (BelfrySubscriber *subscriber, BelfrySubscribed *topic, guint32 index)
{
  if (subscriber->capacity == 0 && subscriber->n == 1)
    {
      BelfrySubscriptionRef first = subscriber->refs.one;

      subscriber->capacity = 4;
      subscriber->refs.many = g_new (BelfrySubscriptionRef, subscriber->capacity);
      subscriber->refs.many[0] = first;
    }
  else if (subscriber->n > 0 && subscriber->n == subscriber->capacity)
    {
      subscriber->capacity *= 2;
      subscriber->refs.many =
          g_renew (BelfrySubscriptionRef, subscriber->refs.many, subscriber->capacity);
    }
  refs_of (subscriber)[subscriber->n++] = (BelfrySubscriptionRef){ topic, index, FALSE };
}

static void
clear_refs (BelfrySubscriber *subscriber)
{
  if (subscriber->capacity > 0)
    g_free (subscriber->refs.many);
  subscriber->refs.many = NULL;
  subscriber->n = 0;
  subscriber->capacity = 0;
}

static void
remove_ref (BelfrySubscriber *subscriber, BelfrySubscriptionRef *ref)
{
  *ref = refs_of (subscriber)[--subscriber->n];
  if (subscriber->n == 0)
    clear_refs (subscriber);
}

static void
resize (BelfrySubscribed *topic, guint32 capacity)
{
  topic->subscriptions.many = g_renew (Subscription, topic->subscriptions.many, capacity);
  topic->capacity = capacity;
}

/* Many topics have one subscriber, and never another. */
static void
append (BelfrySubscribed *topic, BelfrySubscriber *subscriber, guint64 offset)
{
  if (topic->capacity == 0 && topic->n == 1)
    {
      Subscription first = topic->subscriptions.one;

      topic->capacity = FIRST_CAPACITY;
      topic->subscriptions.many = g_new (Subscription, topic->capacity);
      topic->subscriptions.many[0] = first;
    }
  else if (topic->capacity > 0 && topic->n == topic->capacity)
    resize (topic, 2 * topic->capacity);
  subscriptions_of (topic)[topic->n++] = (Subscription){ subscriber, offset };
}

static void
take_out (BelfrySubscriptions *self, BelfrySubscribed *topic, guint32 index)
{
  Subscription *subscriptions = subscriptions_of (topic);
  Subscription *last = &subscriptions[--topic->n];

  if (index < topic->n)
    {
      BelfrySubscriptionRef *ref = find_ref (last->subscriber, topic);

      g_assert (ref != NULL);
      ref->index = index;
      subscriptions[index] = *last;
    }
  if (topic->n > 0)
    {
      if (topic->capacity > FIRST_CAPACITY && topic->n < topic->capacity / 4)
        resize (topic, topic->capacity / 2);
      return;
    }
  if (topic->is_pattern)
    belfry_topic_tree_remove (self->tree, topic->name);
  g_hash_table_remove (self->topics, topic);
}

static void
enter_epoch (BelfrySubscriptions *self, BelfrySubscribed *topic, guint64 epoch)
{
  gboolean known = topic->epoch != 0;

  if (topic->epoch == epoch)
    return;
  topic->epoch = epoch;
  for (guint32 i = 0; i < topic->n; i++)
    {
      subscriptions_of (topic)[i].offset = 0;
      if (known && self->on_epoch != NULL)
        self->on_epoch (subscriptions_of (topic)[i].subscriber, topic->name, self->user_data);
    }
}

/* Whether a message is new to a subscription, which has it then. */
static gboolean
advance (Subscription *subscription, const BelfryPosition *position)
{
  if (!belfry_position_is_set (position))
    return TRUE;
  if (position->offset <= subscription->offset)
    return FALSE;
  subscription->offset = position->offset;
  return TRUE;
}

static BelfryDelivery
delivery_of (const BelfrySubscribed *topic, const BelfryMessage *message)
{
  const BelfryDelivery delivery = {
    .slow_consumer = (BelfryConfigSlowConsumer) topic->slow_consumer,
    .key = topic->is_pattern ? message->topic_hash | PATTERN_KEY : topic->delivery_key,
  };

  return delivery;
}

static void
begin_message (BelfrySubscriptions *self, BelfrySubscribed *topic, const BelfryMessage *message)
{
  if (!topic->is_pattern && belfry_position_is_set (&message->position))
    enter_epoch (self, topic, message->position.epoch);
}

/* A pattern's subscriptions have no place in the history of the topics that match. */
static gboolean
is_new (const BelfrySubscribed *topic, Subscription *subscription, const BelfryMessage *message)
{
  return topic->is_pattern || advance (subscription, &message->position);
}

static guint
deliver_topic (BelfrySubscriptions *self, BelfrySubscribed *topic, BelfryMessage *message)
{
  const BelfryDelivery delivery = delivery_of (topic, message);
  Subscription *subscriptions = subscriptions_of (topic);
  guint n = 0;

  begin_message (self, topic, message);
  for (guint32 i = 0; i < topic->n; i++)
    {
      if (!is_new (topic, &subscriptions[i], message))
        continue;
      self->deliver (subscriptions[i].subscriber, message, &delivery, self->user_data);
      n++;
    }
  return n;
}

/* As deliver_topic(), for a message that some may get in another way, too. Who has it already, live
 * or from the history, is done with. */
static guint
deliver_once (BelfrySubscriptions *self, BelfrySubscribed *topic, BelfryMessage *message)
{
  const BelfryDelivery delivery = delivery_of (topic, message);
  Subscription *subscriptions = subscriptions_of (topic);
  guint n = 0;

  begin_message (self, topic, message);
  for (guint32 i = 0; i < topic->n; i++)
    {
      BelfrySubscriber *subscriber = subscriptions[i].subscriber;

      if (subscriber->stamp == self->stamp)
        continue;
      subscriber->stamp = self->stamp;
      if (!is_new (topic, &subscriptions[i], message))
        continue;
      self->deliver (subscriber, message, &delivery, self->user_data);
      n++;
    }
  return n;
}

static void
collect_match (const char *pattern, gpointer value, gpointer user_data)
{
  g_ptr_array_add (user_data, value);
}

/* The topic itself comes first: of the ways to a subscriber, it is the one that knows positions. */
static void
collect (BelfrySubscriptions *self, const char *name, guint32 hash)
{
  BelfrySubscribed *topic = find (self, name, hash);

  g_ptr_array_set_size (self->matches, 0);
  if (topic != NULL)
    g_ptr_array_add (self->matches, topic);
  if (belfry_topic_tree_get_size (self->tree) > 0 && (topic == NULL || !topic->is_pattern))
    belfry_topic_tree_match (self->tree, name, collect_match, self->matches);
}

BelfrySubscriptions *
belfry_subscriptions_new (BelfrySubscriptionsDeliver deliver, gpointer user_data)
{
  BelfrySubscriptions *self = g_new0 (BelfrySubscriptions, 1);

  self->topics =
      g_hash_table_new_full (belfry_topic_key_hash, belfry_topic_key_equal, subscribed_free, NULL);
  self->tree = belfry_topic_tree_new ();
  self->matches = g_ptr_array_new ();
  self->deliver = deliver;
  self->user_data = user_data;
  return self;
}

void
belfry_subscriptions_free (BelfrySubscriptions *self)
{
  g_warn_if_fail (g_hash_table_size (self->topics) == 0);

  belfry_topic_tree_free (self->tree);
  g_hash_table_unref (self->topics);
  g_ptr_array_unref (self->matches);
  g_free (self);
}

void
belfry_subscriptions_add (BelfrySubscriptions *self,
                          BelfrySubscriber *subscriber,
                          const char *topic,
                          gboolean is_pattern,
                          BelfryConfigSlowConsumer slow_consumer,
                          const BelfryPosition *position)
{
  BelfrySubscribed *subscribed = find (self, topic, belfry_hash_text (topic));

  if (subscribed == NULL)
    subscribed = subscribed_new (self, topic, is_pattern);
  else if (find_ref (subscriber, subscribed) != NULL)
    return;
  subscribed->slow_consumer = (guint8) slow_consumer;
  if (belfry_position_is_set (position))
    enter_epoch (self, subscribed, position->epoch);
  add_ref (subscriber, subscribed, subscribed->n);
  append (subscribed, subscriber, position->offset);
}

gboolean
belfry_subscriptions_remove (BelfrySubscriptions *self,
                             BelfrySubscriber *subscriber,
                             const char *topic)
{
  BelfrySubscribed *subscribed = find (self, topic, belfry_hash_text (topic));
  BelfrySubscriptionRef *ref = subscribed != NULL ? find_ref (subscriber, subscribed) : NULL;

  if (ref == NULL)
    return FALSE;
  guint32 index = ref->index;
  remove_ref (subscriber, ref);
  take_out (self, subscribed, index);
  return TRUE;
}

void
belfry_subscriptions_remove_all (BelfrySubscriptions *self, BelfrySubscriber *subscriber)
{
  while (subscriber->n > 0)
    {
      BelfrySubscriptionRef *ref = &refs_of (subscriber)[subscriber->n - 1];
      BelfrySubscribed *topic = ref->topic;
      guint32 index = ref->index;

      remove_ref (subscriber, ref);
      take_out (self, topic, index);
    }
}

gboolean
belfry_subscriptions_get_position (BelfrySubscriptions *self,
                                   const BelfrySubscriber *subscriber,
                                   const char *topic,
                                   BelfryPosition *position)
{
  BelfrySubscribed *subscribed = find (self, topic, belfry_hash_text (topic));
  const BelfrySubscriptionRef *ref =
      subscribed != NULL ? find_ref ((BelfrySubscriber *) subscriber, subscribed) : NULL;

  *position = (BelfryPosition){ 0 };
  if (ref == NULL)
    return FALSE;
  position->epoch = subscribed->epoch;
  position->offset = subscriptions_of (subscribed)[ref->index].offset;
  return TRUE;
}

void
belfry_subscriptions_visit (const BelfrySubscriber *subscriber,
                            BelfrySubscriptionsVisit visit,
                            gpointer user_data)
{
  const BelfrySubscriptionRef *refs = refs_of ((BelfrySubscriber *) subscriber);

  for (guint32 i = 0; i < subscriber->n; i++)
    {
      BelfrySubscribed *topic = refs[i].topic;
      BelfryPosition position = { topic->epoch, subscriptions_of (topic)[refs[i].index].offset };

      visit (topic->name, &position, user_data);
    }
}

void
belfry_subscriptions_set_slow_consumer (BelfrySubscriptions *self,
                                        const char *topic,
                                        BelfryConfigSlowConsumer slow_consumer)
{
  BelfrySubscribed *subscribed = find (self, topic, belfry_hash_text (topic));

  if (subscribed != NULL)
    subscribed->slow_consumer = (guint8) slow_consumer;
}

guint
belfry_subscriptions_deliver (BelfrySubscriptions *self, BelfryMessage *message)
{
  guint n = 0;

  if (belfry_topic_tree_get_size (self->tree) == 0)
    {
      BelfrySubscribed *topic = find (self, message->topic, message->topic_hash);

      return topic != NULL ? deliver_topic (self, topic, message) : 0;
    }

  collect (self, message->topic, message->topic_hash);
  if (self->matches->len == 1)
    return deliver_topic (self, g_ptr_array_index (self->matches, 0), message);
  self->stamp++;
  for (guint i = 0; i < self->matches->len; i++)
    n += deliver_once (self, g_ptr_array_index (self->matches, i), message);
  return n;
}

gboolean
belfry_subscriptions_deliver_to (BelfrySubscriptions *self,
                                 BelfrySubscriber *subscriber,
                                 const char *topic,
                                 BelfryMessage *message)
{
  BelfrySubscribed *subscribed = find (self, topic, belfry_hash_text (topic));
  const BelfrySubscriptionRef *ref = subscribed != NULL ? find_ref (subscriber, subscribed) : NULL;

  if (ref == NULL)
    return FALSE;
  begin_message (self, subscribed, message);
  if (!is_new (subscribed, &subscriptions_of (subscribed)[ref->index], message))
    return FALSE;

  const BelfryDelivery delivery = delivery_of (subscribed, message);

  self->deliver (subscriber, message, &delivery, self->user_data);
  return TRUE;
}

static void
foreach_subscriber (BelfrySubscribed *topic, BelfrySubscriptionsFunc func, gpointer user_data)
{
  for (guint32 i = 0; i < topic->n; i++)
    func (subscriptions_of (topic)[i].subscriber, topic->name, user_data);
}

static void
foreach_all (BelfrySubscriptions *self, BelfrySubscriptionsFunc func, gpointer user_data)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    foreach_subscriber (key, func, user_data);
}

void
belfry_subscriptions_foreach (BelfrySubscriptions *self,
                              const char *topic,
                              BelfrySubscriptionsFunc func,
                              gpointer user_data)
{
  if (topic == NULL)
    {
      foreach_all (self, func, user_data);
      return;
    }

  collect (self, topic, belfry_hash_text (topic));
  self->stamp++;
  for (guint i = 0; i < self->matches->len; i++)
    {
      BelfrySubscribed *subscribed = g_ptr_array_index (self->matches, i);

      for (guint32 j = 0; j < subscribed->n; j++)
        {
          BelfrySubscriber *subscriber = subscriptions_of (subscribed)[j].subscriber;

          if (subscriber->stamp == self->stamp)
            continue;
          subscriber->stamp = self->stamp;
          func (subscriber, topic, user_data);
        }
    }
}

void
belfry_subscriptions_watch_epochs (BelfrySubscriptions *self, BelfrySubscriptionsFunc func)
{
  self->on_epoch = func;
}

void
belfry_subscriptions_forget_epoch (BelfrySubscriptions *self, const char *topic)
{
  BelfrySubscribed *subscribed = find (self, topic, belfry_hash_text (topic));

  if (subscribed == NULL)
    return;
  subscribed->epoch = 0;
  for (guint32 i = 0; i < subscribed->n; i++)
    subscriptions_of (subscribed)[i].offset = 0;
}

void
belfry_subscriptions_foreach_of (BelfrySubscriptions *self,
                                 const char *topic,
                                 BelfrySubscriptionsFunc func,
                                 gpointer user_data)
{
  BelfrySubscribed *subscribed = find (self, topic, belfry_hash_text (topic));

  if (subscribed != NULL)
    foreach_subscriber (subscribed, func, user_data);
}

gboolean
belfry_subscriptions_lose (BelfrySubscriptions *self, BelfrySubscriber *subscriber, guint32 key)
{
  BelfrySubscriptionRef *refs = refs_of (subscriber);
  gboolean found = FALSE;

  for (guint32 i = 0; i < subscriber->n; i++)
    {
      const BelfrySubscribed *topic = refs[i].topic;

      if (key & PATTERN_KEY ? !topic->is_pattern : topic->delivery_key != key)
        continue;
      refs[i].lost = TRUE;
      found = TRUE;
    }
  return found;
}

void
belfry_subscriptions_tell_lost (BelfrySubscriptions *self,
                                BelfrySubscriber *subscriber,
                                BelfrySubscriptionsFunc func,
                                gpointer user_data)
{
  BelfrySubscriptionRef *refs = refs_of (subscriber);

  for (guint32 i = 0; i < subscriber->n; i++)
    {
      if (!refs[i].lost)
        continue;
      refs[i].lost = FALSE;
      func (subscriber, refs[i].topic->name, user_data);
    }
}

guint
belfry_subscriptions_get_n_topics (BelfrySubscriptions *self)
{
  return g_hash_table_size (self->topics);
}
