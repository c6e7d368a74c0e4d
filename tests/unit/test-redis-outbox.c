/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-outbox.h"

#include <string.h>

#include "belfry-redis-echoes.h"
#include "belfry-test.h"

static BelfryRedisLetter *
letter_new (BelfryRedisOutbox *outbox, const char *text, guint history_size, const char *key)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text) + 1);
  const BelfryPublication publication = { .topic = "t",
                                          .payload = payload,
                                          .kind = BELFRY_MESSAGE_DATA,
                                          .idempotency_key = key,
                                          .traits = { .history_size = history_size } };
  BelfryRedisLetter *letter = belfry_redis_letter_new (&publication, NULL);

  belfry_redis_outbox_number (outbox, letter);
  return letter;
}

static void
assert_next (BelfryRedisOutbox *outbox, const char *expected)
{
  g_autoptr (BelfryRedisLetter) letter = belfry_redis_outbox_take (outbox);

  g_assert_nonnull (letter);
  g_assert_cmpstr (g_bytes_get_data (letter->payload, NULL), ==, expected);
}

/* A letter says again what it was made from; it may be sent again if Redis can tell. */
static void
test_letter (void)
{
  g_autoptr (BelfryRedisOutbox) outbox = belfry_redis_outbox_new (1000);
  g_autoptr (BelfryRedisLetter) raw = letter_new (outbox, "a", 0, NULL);
  g_autoptr (BelfryRedisLetter) kept = letter_new (outbox, "b", 10, NULL);
  g_autoptr (BelfryRedisLetter) keyed = letter_new (outbox, "c", 0, "key");
  BelfryPublication publication;

  g_assert_false (belfry_redis_letter_is_sequenced (raw));
  g_assert_true (belfry_redis_letter_is_sequenced (kept));
  g_assert_true (belfry_redis_letter_is_sequenced (keyed));
  belfry_redis_letter_peek (keyed, &publication);
  g_assert_cmpstr (publication.topic, ==, "t");
  g_assert_cmpstr (publication.idempotency_key, ==, "key");
  g_assert_true (publication.payload == keyed->payload);
}

/* What comes back goes where it was: before and among what waits. */
static void
test_order (void)
{
  g_autoptr (BelfryRedisOutbox) outbox = belfry_redis_outbox_new (100000);
  BelfryRedisLetter *a = letter_new (outbox, "a", 0, NULL);
  BelfryRedisLetter *b = letter_new (outbox, "b", 0, NULL);
  BelfryRedisLetter *c = letter_new (outbox, "c", 0, NULL);

  g_assert_true (belfry_redis_outbox_is_empty (outbox));
  g_assert_null (belfry_redis_outbox_take (outbox));
  belfry_redis_outbox_put (outbox, b);
  belfry_redis_outbox_put (outbox, c);
  belfry_redis_outbox_put (outbox, letter_new (outbox, "d", 0, NULL));
  belfry_redis_outbox_put (outbox, a);
  assert_next (outbox, "a");
  b = belfry_redis_outbox_take (outbox);
  c = belfry_redis_outbox_take (outbox);
  belfry_redis_outbox_put (outbox, c);
  belfry_redis_outbox_put (outbox, b);
  assert_next (outbox, "b");
  assert_next (outbox, "c");
  assert_next (outbox, "d");
  g_assert_true (belfry_redis_outbox_is_empty (outbox));
}

/* It is full by bytes, and what comes back is let in all the same. */
static void
test_room (void)
{
  g_autoptr (BelfryRedisOutbox) outbox = belfry_redis_outbox_new (0);
  BelfryRedisLetter *a = letter_new (outbox, "a", 0, NULL);
  BelfryRedisLetter *b = letter_new (outbox, "b", 0, NULL);
  gsize cost = a->cost;

  g_assert_false (belfry_redis_outbox_has_room (outbox, a));
  belfry_redis_outbox_set_max (outbox, 2 * cost - 1);
  g_assert_true (belfry_redis_outbox_has_room (outbox, a));
  belfry_redis_outbox_put (outbox, a);
  g_assert_false (belfry_redis_outbox_has_room (outbox, b));
  belfry_redis_outbox_put (outbox, b);
  g_assert_cmpuint (belfry_redis_outbox_get_bytes (outbox), ==, 2 * cost);
  g_assert_false (belfry_redis_outbox_has_room (outbox, b));
  assert_next (outbox, "a");
  assert_next (outbox, "b");
  g_assert_cmpuint (belfry_redis_outbox_get_bytes (outbox), ==, 0);
}

/* An echo is taken once, by its bytes, in the order of its topic. */
static void
test_echoes (void)
{
  g_autoptr (BelfryRedisEchoes) echoes = belfry_redis_echoes_new ();
  g_autoptr (GBytes) a = g_bytes_new_static ("a", 1);
  g_autoptr (GBytes) b = g_bytes_new_static ("b", 1);

  g_assert_true (belfry_redis_echoes_is_empty (echoes));
  belfry_redis_echoes_expect (echoes, "t", a);
  belfry_redis_echoes_expect (echoes, "t", a);
  belfry_redis_echoes_expect (echoes, "t", b);
  belfry_redis_echoes_expect (echoes, "u", b);
  g_assert_false (belfry_redis_echoes_take (echoes, "t", b));
  g_assert_false (belfry_redis_echoes_take (echoes, "v", a));
  g_assert_true (belfry_redis_echoes_take (echoes, "t", a));
  belfry_redis_echoes_forget (echoes, "t", a);
  belfry_redis_echoes_forget (echoes, "t", a);
  g_assert_false (belfry_redis_echoes_take (echoes, "t", a));
  g_assert_true (belfry_redis_echoes_take (echoes, "t", b));
  g_assert_false (belfry_redis_echoes_take (echoes, "t", b));
  g_assert_true (belfry_redis_echoes_take (echoes, "u", b));
  g_assert_true (belfry_redis_echoes_is_empty (echoes));
  belfry_redis_echoes_expect (echoes, "t", a);
  belfry_redis_echoes_clear (echoes);
  g_assert_false (belfry_redis_echoes_take (echoes, "t", a));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);

  belfry_test_add ("/redis-outbox/letter", test_letter);
  belfry_test_add ("/redis-outbox/order", test_order);
  belfry_test_add ("/redis-outbox/room", test_room);
  belfry_test_add ("/redis-outbox/echoes", test_echoes);

  return g_test_run ();
}
