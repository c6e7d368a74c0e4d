/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-subscriptions.h"

#include <string.h>

#include "belfry-test.h"

#define MANY 100

/* The next command, as it would be sent. */
static char *
next (BelfryRedisSubscriptions *self, guint max)
{
  g_autoptr (BelfryRedisBatch) batch = belfry_redis_subscriptions_next (self, max);

  if (batch == NULL)
    return g_strdup ("nothing");
  GString *text = g_string_new (belfry_redis_batch_get_command (batch));
  for (guint i = 0; i < batch->names->len; i++)
    g_string_append_printf (text, " %s", (const char *) batch->names->pdata[i]);
  return g_string_free (text, FALSE);
}

static void
assert_next (BelfryRedisSubscriptions *self, const char *expected)
{
  g_autofree char *command = next (self, MANY);

  g_assert_cmpstr (command, ==, expected);
}

/* What a confirmation means, in words. */
static const char *
confirm (BelfryRedisSubscriptions *self, BelfryRedisPushKind kind, const char *name)
{
  g_autoptr (GBytes) channel = g_bytes_new_static (name, strlen (name));
  const BelfryRedisPush push = { .kind = kind, .channel = channel };
  BelfryRedisChannelKind channel_kind;
  gboolean again;
  const char *told = belfry_redis_subscriptions_confirm (self, &push, &channel_kind, &again);

  if (told == NULL)
    return "nothing";
  g_assert_cmpstr (told, ==, name);
  g_assert_cmpint (channel_kind, ==,
                   kind == BELFRY_REDIS_PUSH_PSUBSCRIBE ? BELFRY_REDIS_PATTERN
                                                        : BELFRY_REDIS_CHANNEL);
  return again ? "again" : "new";
}

static void
want (BelfryRedisSubscriptions *self, const char *name)
{
  belfry_redis_subscriptions_want (self, BELFRY_REDIS_CHANNEL, name);
}

static void
unwant (BelfryRedisSubscriptions *self, const char *name)
{
  belfry_redis_subscriptions_unwant (self, BELFRY_REDIS_CHANNEL, name);
}

#define ASSERT_BEGUN(self, name, expected)                                                         \
  g_assert_cmpstr (confirm ((self), BELFRY_REDIS_PUSH_SUBSCRIBE, (name)), ==, (expected))
#define ASSERT_ENDED(self, name)                                                                   \
  g_assert_cmpstr (confirm ((self), BELFRY_REDIS_PUSH_UNSUBSCRIBE, (name)), ==, "nothing")

/* Names of a kind go together, in the order in which they were wanted, and are told once each. */
static void
test_batches (void)
{
  g_autoptr (BelfryRedisSubscriptions) self = belfry_redis_subscriptions_new ();

  want (self, "a");
  want (self, "b");
  g_assert_false (belfry_redis_subscriptions_want (self, BELFRY_REDIS_CHANNEL, "a"));
  belfry_redis_subscriptions_want (self, BELFRY_REDIS_PATTERN, "a");
  want (self, "c");
  assert_next (self, "SUBSCRIBE a b");
  assert_next (self, "PSUBSCRIBE a");
  assert_next (self, "SUBSCRIBE c");
  assert_next (self, "nothing");
  g_assert_cmpuint (belfry_redis_subscriptions_get_n_open (self), ==, 4);
  ASSERT_BEGUN (self, "a", "new");
  ASSERT_BEGUN (self, "b", "new");
  g_assert_cmpstr (confirm (self, BELFRY_REDIS_PUSH_PSUBSCRIBE, "a"), ==, "new");
  ASSERT_BEGUN (self, "c", "new");
  g_assert_cmpuint (belfry_redis_subscriptions_get_n_open (self), ==, 0);
  assert_next (self, "nothing");
}

/* No batch has more names than it may. */
static void
test_bound (void)
{
  g_autoptr (BelfryRedisSubscriptions) self = belfry_redis_subscriptions_new ();

  for (const char *const *name = (const char *const[]){ "a", "b", "c", NULL }; *name; name++)
    want (self, *name);
  g_autofree char *first = next (self, 2);
  g_autofree char *second = next (self, 2);
  g_assert_cmpstr (first, ==, "SUBSCRIBE a b");
  g_assert_cmpstr (second, ==, "SUBSCRIBE c");
}

/* Whoever changes his mind before anything was sent causes nothing to be sent. */
static void
test_never_sent (void)
{
  g_autoptr (BelfryRedisSubscriptions) self = belfry_redis_subscriptions_new ();

  want (self, "a");
  unwant (self, "a");
  unwant (self, "unknown");
  assert_next (self, "nothing");
}

/* What is taken back while it is asked for is ended once it has begun, and nobody is told. */
static void
test_taken_back_under_way (void)
{
  g_autoptr (BelfryRedisSubscriptions) self = belfry_redis_subscriptions_new ();

  want (self, "a");
  assert_next (self, "SUBSCRIBE a");
  unwant (self, "a");
  assert_next (self, "nothing");
  ASSERT_BEGUN (self, "a", "nothing");
  assert_next (self, "UNSUBSCRIBE a");
  ASSERT_ENDED (self, "a");
  assert_next (self, "nothing");
}

/* What is wanted anew while it is ended begins after that, as something new. */
static void
test_wanted_anew (void)
{
  g_autoptr (BelfryRedisSubscriptions) self = belfry_redis_subscriptions_new ();

  want (self, "a");
  assert_next (self, "SUBSCRIBE a");
  ASSERT_BEGUN (self, "a", "new");
  unwant (self, "a");
  assert_next (self, "UNSUBSCRIBE a");
  want (self, "a");
  assert_next (self, "nothing");
  ASSERT_ENDED (self, "a");
  assert_next (self, "SUBSCRIBE a");
  ASSERT_BEGUN (self, "a", "new");
  unwant (self, "a");
  want (self, "a");
  assert_next (self, "UNSUBSCRIBE a");
  ASSERT_ENDED (self, "a");
  assert_next (self, "SUBSCRIBE a");
}

/* What was in force when the connection was lost is told as lost; what was only asked for is not,
 * and what was not wanted any more is gone. */
static void
test_lost (void)
{
  g_autoptr (BelfryRedisSubscriptions) self = belfry_redis_subscriptions_new ();

  want (self, "old");
  want (self, "ending");
  assert_next (self, "SUBSCRIBE old ending");
  ASSERT_BEGUN (self, "old", "new");
  ASSERT_BEGUN (self, "ending", "new");
  unwant (self, "ending");
  assert_next (self, "UNSUBSCRIBE ending");
  belfry_redis_subscriptions_lose (self);
  g_assert_cmpuint (belfry_redis_subscriptions_get_n_open (self), ==, 0);
  want (self, "young");
  assert_next (self, "SUBSCRIBE old young");
  belfry_redis_subscriptions_lose (self);
  g_autofree char *all = next (self, MANY);
  g_assert_nonnull (strstr (all, "old"));
  g_assert_nonnull (strstr (all, "young"));
  g_assert_null (strstr (all, "ending"));
  ASSERT_BEGUN (self, "young", "new");
  ASSERT_BEGUN (self, "old", "again");
  belfry_redis_subscriptions_lose (self);
  unwant (self, "old");
  want (self, "old");
  assert_next (self, "SUBSCRIBE young old");
  ASSERT_BEGUN (self, "young", "again");
  ASSERT_BEGUN (self, "old", "new");
}

/* Redis ends a subscription by itself: it is asked for again, and told as lost. */
static void
test_ended_by_redis (void)
{
  g_autoptr (BelfryRedisSubscriptions) self = belfry_redis_subscriptions_new ();

  want (self, "a");
  assert_next (self, "SUBSCRIBE a");
  ASSERT_ENDED (self, "a");
  ASSERT_BEGUN (self, "a", "new");
  ASSERT_ENDED (self, "a");
  assert_next (self, "SUBSCRIBE a");
  ASSERT_BEGUN (self, "a", "again");
  ASSERT_BEGUN (self, "a", "nothing");
  ASSERT_BEGUN (self, "unknown", "nothing");
}

/* One name in a batch is forbidden: each is asked for alone, before others, until it is found. */
static void
test_refused (void)
{
  g_autoptr (BelfryRedisSubscriptions) self = belfry_redis_subscriptions_new ();

  want (self, "a");
  want (self, "bad");
  want (self, "left");
  g_autoptr (BelfryRedisBatch) batch = belfry_redis_subscriptions_next (self, MANY);
  want (self, "later");
  unwant (self, "left");
  g_assert_null (belfry_redis_subscriptions_refuse (self, batch));
  g_assert_cmpuint (belfry_redis_subscriptions_get_n_open (self), ==, 0);
  assert_next (self, "SUBSCRIBE a");
  g_autoptr (BelfryRedisBatch) alone = belfry_redis_subscriptions_next (self, MANY);
  g_autofree char *blamed = belfry_redis_subscriptions_refuse (self, alone);
  g_assert_cmpstr (blamed, ==, "bad");
  assert_next (self, "SUBSCRIBE later");
  ASSERT_BEGUN (self, "a", "new");
  g_assert_true (belfry_redis_subscriptions_want (self, BELFRY_REDIS_CHANNEL, "bad"));
  assert_next (self, "SUBSCRIBE bad");
}

/* A confirmation for a name with a NUL in it is for none of ours. */
static void
test_nul (void)
{
  g_autoptr (BelfryRedisSubscriptions) self = belfry_redis_subscriptions_new ();
  g_autoptr (GBytes) channel = g_bytes_new_static ("a\0b", 3);
  const BelfryRedisPush push = { .kind = BELFRY_REDIS_PUSH_SUBSCRIBE, .channel = channel };
  BelfryRedisChannelKind kind;
  gboolean again;

  want (self, "a");
  assert_next (self, "SUBSCRIBE a");
  g_assert_null (belfry_redis_subscriptions_confirm (self, &push, &kind, &again));
  ASSERT_BEGUN (self, "a", "new");
}

int
main (int argc, char **argv)
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-subscriptions/batches", test_batches);
  belfry_test_add ("/redis-subscriptions/bound", test_bound);
  belfry_test_add ("/redis-subscriptions/never-sent", test_never_sent);
  belfry_test_add ("/redis-subscriptions/taken-back-under-way", test_taken_back_under_way);
  belfry_test_add ("/redis-subscriptions/wanted-anew", test_wanted_anew);
  belfry_test_add ("/redis-subscriptions/lost", test_lost);
  belfry_test_add ("/redis-subscriptions/ended-by-redis", test_ended_by_redis);
  belfry_test_add ("/redis-subscriptions/refused", test_refused);
  belfry_test_add ("/redis-subscriptions/nul", test_nul);
  return g_test_run ();
}
