/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-subscriptions.h"

#include <string.h>

#include "belfry-test.h"

#define N_CROWD 50
#define N_TOPICS 20
#define N_STEPS 20000

/* Somebody who counts what he gets. */
typedef struct
{
  BelfrySubscriber subscriber;
  GString *got; /* (owned) */
  guint32 key;  /* of the last delivery */
} Person;

static const BelfryPosition nowhere = { 0, 0 };

static void
on_deliver (BelfrySubscriber *subscriber,
            BelfryMessage *message,
            const BelfryDelivery *delivery,
            gpointer user_data)
{
  Person *person = (Person *) subscriber;

  person->key = delivery->key;
  g_string_append_printf (person->got, "%s@%" G_GUINT64_FORMAT " ", message->topic,
                          message->position.offset);
}

static void
person_init (Person *self)
{
  *self = (Person){ .got = g_string_new (NULL) };
}

static void
person_clear (Person *self, BelfrySubscriptions *table)
{
  belfry_subscriptions_remove_all (table, &self->subscriber);
  g_string_free (self->got, TRUE);
}

static void
assert_got (Person *self, const char *expected)
{
  g_assert_cmpstr (self->got->str, ==, expected);
  g_string_truncate (self->got, 0);
}

static void
add (BelfrySubscriptions *table, Person *person, const char *topic, const BelfryPosition *position)
{
  belfry_subscriptions_add (table, &person->subscriber, topic, strpbrk (topic, "*>") != NULL,
                            BELFRY_CONFIG_SLOW_DISCONNECT, position);
}

static BelfryMessage *
message_new (const char *topic, guint64 epoch, guint64 offset)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  const BelfryMessageParams params = { .topic = topic,
                                       .payload = payload,
                                       .position = { epoch, offset } };

  return belfry_message_new (&params);
}

static guint
deliver (BelfrySubscriptions *table, const char *topic, guint64 epoch, guint64 offset)
{
  g_autoptr (BelfryMessage) message = message_new (topic, epoch, offset);

  return belfry_subscriptions_deliver (table, message);
}

/* A message goes to those who are subscribed to its topic. */
static void
test_topics (void)
{
  g_autoptr (BelfrySubscriptions) table = belfry_subscriptions_new (on_deliver, NULL);
  Person a, b;

  person_init (&a);
  person_init (&b);
  add (table, &a, "x", &nowhere);
  add (table, &a, "x", &nowhere);
  add (table, &a, "y", &nowhere);
  add (table, &b, "y", &nowhere);
  g_assert_cmpuint (belfry_subscriptions_get_n_topics (table), ==, 2);
  g_assert_cmpuint (deliver (table, "x", 0, 0), ==, 1);
  g_assert_cmpuint (deliver (table, "y", 0, 0), ==, 2);
  g_assert_cmpuint (deliver (table, "z", 0, 0), ==, 0);
  assert_got (&a, "x@0 y@0 ");
  assert_got (&b, "y@0 ");
  g_assert_true (belfry_subscriptions_remove (table, &a.subscriber, "y"));
  g_assert_false (belfry_subscriptions_remove (table, &a.subscriber, "y"));
  g_assert_false (belfry_subscriptions_remove (table, &b.subscriber, "x"));
  g_assert_cmpuint (deliver (table, "y", 0, 0), ==, 1);
  assert_got (&b, "y@0 ");
  person_clear (&a, table);
  person_clear (&b, table);
  g_assert_cmpuint (belfry_subscriptions_get_n_topics (table), ==, 0);
}

/* What somebody has is not delivered again; a new epoch begins from the beginning. */
static void
test_positions (void)
{
  g_autoptr (BelfrySubscriptions) table = belfry_subscriptions_new (on_deliver, NULL);
  const BelfryPosition at_two = { 1, 2 };
  BelfryPosition position;
  Person a, b;

  person_init (&a);
  person_init (&b);
  add (table, &a, "x", &at_two);
  g_assert_cmpuint (deliver (table, "x", 1, 2), ==, 0);
  g_assert_cmpuint (deliver (table, "x", 1, 3), ==, 1);
  add (table, &b, "x", &at_two);
  g_assert_cmpuint (deliver (table, "x", 1, 3), ==, 1);
  g_assert_cmpuint (deliver (table, "x", 1, 5), ==, 2);
  g_assert_cmpuint (deliver (table, "x", 0, 0), ==, 2);
  g_assert_cmpuint (deliver (table, "x", 1, 4), ==, 0);
  g_assert_true (belfry_subscriptions_get_position (table, &a.subscriber, "x", &position));
  g_assert_cmpuint (position.epoch, ==, 1);
  g_assert_cmpuint (position.offset, ==, 5);
  g_assert_false (belfry_subscriptions_get_position (table, &a.subscriber, "y", &position));
  g_assert_false (belfry_position_is_set (&position));
  g_assert_cmpuint (deliver (table, "x", 2, 1), ==, 2);
  g_assert_cmpuint (deliver (table, "x", 2, 1), ==, 0);
  assert_got (&a, "x@3 x@5 x@0 x@1 ");
  assert_got (&b, "x@3 x@5 x@0 x@1 ");
  person_clear (&a, table);
  person_clear (&b, table);
}

/* What was missed goes to one alone, and what overlaps with it is not repeated. */
static void
test_deliver_to (void)
{
  g_autoptr (BelfrySubscriptions) table = belfry_subscriptions_new (on_deliver, NULL);
  const BelfryPosition at_two = { 1, 2 };
  g_autoptr (BelfryMessage) second = message_new ("x", 1, 2);
  g_autoptr (BelfryMessage) third = message_new ("x", 1, 3);
  Person a, b;

  person_init (&a);
  person_init (&b);
  add (table, &a, "x", &at_two);
  add (table, &b, "x", &at_two);
  g_assert_false (belfry_subscriptions_deliver_to (table, &a.subscriber, "x", second));
  g_assert_true (belfry_subscriptions_deliver_to (table, &a.subscriber, "x", third));
  g_assert_false (belfry_subscriptions_deliver_to (table, &a.subscriber, "y", third));
  g_assert_cmpuint (belfry_subscriptions_deliver (table, third), ==, 1);
  assert_got (&a, "x@3 ");
  assert_got (&b, "x@3 ");
  person_clear (&a, table);
  person_clear (&b, table);
}

/* However many patterns match, a message comes once, and not at all to who has it. */
static void
test_patterns (void)
{
  g_autoptr (BelfrySubscriptions) table = belfry_subscriptions_new (on_deliver, NULL);
  const BelfryPosition at_two = { 1, 2 };
  Person a, b;

  person_init (&a);
  person_init (&b);
  add (table, &a, "x.*", &nowhere);
  add (table, &a, "x.>", &nowhere);
  add (table, &a, "x.1", &at_two);
  add (table, &b, ">", &nowhere);
  g_assert_cmpuint (deliver (table, "x.1", 1, 2), ==, 1);
  assert_got (&a, "");
  g_assert_cmpuint (deliver (table, "x.1", 1, 3), ==, 2);
  g_assert_cmpuint (deliver (table, "x.2", 1, 3), ==, 2);
  g_assert_cmpuint (deliver (table, "y", 0, 0), ==, 1);
  assert_got (&a, "x.1@3 x.2@3 ");
  assert_got (&b, "x.1@2 x.1@3 x.2@3 y@0 ");
  g_assert_true (belfry_subscriptions_remove (table, &b.subscriber, ">"));
  g_assert_cmpuint (deliver (table, "y", 0, 0), ==, 0);
  person_clear (&a, table);
  person_clear (&b, table);
}

static void
note (BelfrySubscriber *subscriber, const char *topic, gpointer user_data)
{
  g_string_append_printf (((Person *) subscriber)->got, "%s ", topic);
}

/* A topic's losses are noted for it, those that came by a pattern for the patterns. */
static void
test_lost (void)
{
  g_autoptr (BelfrySubscriptions) table = belfry_subscriptions_new (on_deliver, NULL);
  Person a, b;

  person_init (&a);
  person_init (&b);
  add (table, &a, "x", &nowhere);
  add (table, &a, "y", &nowhere);
  add (table, &a, "z.*", &nowhere);
  add (table, &a, "w.*", &nowhere);
  add (table, &b, "v", &nowhere);
  deliver (table, "v", 0, 0);
  g_assert_false (belfry_subscriptions_lose (table, &a.subscriber, b.key));
  deliver (table, "y", 0, 0);
  g_assert_true (belfry_subscriptions_lose (table, &a.subscriber, a.key));
  g_string_truncate (a.got, 0);
  belfry_subscriptions_tell_lost (table, &a.subscriber, note, NULL);
  assert_got (&a, "y ");
  belfry_subscriptions_tell_lost (table, &a.subscriber, note, NULL);
  assert_got (&a, "");
  deliver (table, "z.1", 0, 0);
  g_assert_true (belfry_subscriptions_lose (table, &a.subscriber, a.key));
  g_string_truncate (a.got, 0);
  belfry_subscriptions_tell_lost (table, &a.subscriber, note, NULL);
  assert_got (&a, "z.* w.* ");
  person_clear (&a, table);
  person_clear (&b, table);
}

/* Those whom a topic concerns are found once each; or everybody, for each of his topics. */
static void
test_foreach (void)
{
  g_autoptr (BelfrySubscriptions) table = belfry_subscriptions_new (on_deliver, NULL);
  Person a, b;

  person_init (&a);
  person_init (&b);
  add (table, &a, "x.1", &nowhere);
  add (table, &a, "x.*", &nowhere);
  add (table, &b, "y", &nowhere);
  belfry_subscriptions_foreach (table, "x.1", note, NULL);
  assert_got (&a, "x.1 ");
  assert_got (&b, "");
  belfry_subscriptions_foreach (table, "x.*", note, NULL);
  assert_got (&a, "x.* ");
  belfry_subscriptions_foreach (table, NULL, note, NULL);
  g_assert_cmpuint (a.got->len, ==, 8);
  assert_got (&b, "y ");
  person_clear (&a, table);
  person_clear (&b, table);
}

/* A crowd that subscribes and leaves as chance wills, against a table of yes and no. */
static void
test_crowd (void)
{
  g_autoptr (BelfrySubscriptions) table = belfry_subscriptions_new (on_deliver, NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  Person crowd[N_CROWD];
  gboolean has[N_CROWD][N_TOPICS] = { { FALSE } };

  for (int i = 0; i < N_CROWD; i++)
    person_init (&crowd[i]);
  for (int step = 0; step < N_STEPS; step++)
    {
      int who = g_rand_int_range (rand, 0, N_CROWD);
      int what = g_rand_int_range (rand, 0, N_TOPICS);
      g_autofree char *topic = g_strdup_printf ("%d", what);
      guint n = 0;

      if (g_rand_int_range (rand, 0, 100) == 0)
        {
          belfry_subscriptions_remove_all (table, &crowd[who].subscriber);
          memset (has[who], 0, sizeof has[who]);
        }
      else if (g_rand_boolean (rand))
        add (table, &crowd[who], topic, &nowhere);
      else
        g_assert_cmpint (belfry_subscriptions_remove (table, &crowd[who].subscriber, topic), ==,
                         has[who][what]);
      belfry_subscriptions_add (table, &crowd[who].subscriber, "all", FALSE,
                                BELFRY_CONFIG_SLOW_DISCONNECT, &nowhere);
      BelfryPosition position;
      has[who][what] =
          belfry_subscriptions_get_position (table, &crowd[who].subscriber, topic, &position);
      for (int i = 0; i < N_CROWD; i++)
        n += has[i][what] ? 1 : 0;
      g_assert_cmpuint (deliver (table, topic, 0, 0), ==, n);
    }
  for (int i = 0; i < N_CROWD; i++)
    person_clear (&crowd[i], table);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/subscriptions/topics", test_topics);
  belfry_test_add ("/subscriptions/positions", test_positions);
  belfry_test_add ("/subscriptions/deliver-to", test_deliver_to);
  belfry_test_add ("/subscriptions/patterns", test_patterns);
  belfry_test_add ("/subscriptions/lost", test_lost);
  belfry_test_add ("/subscriptions/foreach", test_foreach);
  belfry_test_add ("/subscriptions/crowd", test_crowd);
  return g_test_run ();
}
