/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-idempotency.h"

#include "belfry-test.h"

#define RETENTION 100
#define LONG_KEY (1024 * 1024)

/* Claims a key, and if it is new notes an offset for it. Returns the offset that was noted. */
static guint64
claim (BelfryIdempotency *self, const char *topic, const char *key, gint64 now, guint64 offset)
{
  BelfryPosition *position = NULL;
  gboolean fresh = belfry_idempotency_claim (self, topic, key, now, &position);

  g_assert_nonnull (position);
  g_assert_cmpint (fresh, ==, !belfry_position_is_set (position));
  if (fresh)
    *position = (BelfryPosition){ 1, offset };
  return position->offset;
}

/* The second one with a key gets what the first one got. */
static void
test_repeat (void)
{
  g_autoptr (BelfryIdempotency) keys = belfry_idempotency_new (10, RETENTION);

  g_assert_cmpuint (claim (keys, "t", "a", 0, 1), ==, 1);
  g_assert_cmpuint (claim (keys, "t", "b", 0, 2), ==, 2);
  g_assert_cmpuint (claim (keys, "t", "a", 1, 3), ==, 1);
  g_assert_cmpuint (claim (keys, "t", "b", 1, 4), ==, 2);
  g_assert_cmpuint (belfry_idempotency_get_size (keys), ==, 2);
}

/* Another topic's key is another one, wherever one ends and the other begins. */
static void
test_topics (void)
{
  g_autoptr (BelfryIdempotency) keys = belfry_idempotency_new (10, RETENTION);

  g_assert_cmpuint (claim (keys, "a", "bc", 0, 1), ==, 1);
  g_assert_cmpuint (claim (keys, "ab", "c", 0, 2), ==, 2);
  g_assert_cmpuint (claim (keys, "abc", "", 0, 3), ==, 3);
  g_assert_cmpuint (claim (keys, "abc", "", 0, 4), ==, 3);
}

/* A key is forgotten after its time, counted from the first one with it. */
static void
test_retention (void)
{
  g_autoptr (BelfryIdempotency) keys = belfry_idempotency_new (10, RETENTION);

  g_assert_cmpuint (claim (keys, "t", "a", 0, 1), ==, 1);
  g_assert_cmpuint (claim (keys, "t", "a", RETENTION - 1, 2), ==, 1);
  g_assert_cmpuint (claim (keys, "t", "a", RETENTION, 3), ==, 3);
  g_assert_cmpuint (belfry_idempotency_get_size (keys), ==, 1);
}

/* Beyond the capacity the oldest is forgotten, and no other. */
static void
test_capacity (void)
{
  g_autoptr (BelfryIdempotency) keys = belfry_idempotency_new (2, RETENTION);

  claim (keys, "t", "a", 0, 1);
  claim (keys, "t", "b", 0, 2);
  claim (keys, "t", "c", 0, 3);
  g_assert_cmpuint (belfry_idempotency_get_size (keys), ==, 2);
  g_assert_cmpuint (claim (keys, "t", "b", 0, 4), ==, 2);
  g_assert_cmpuint (claim (keys, "t", "a", 0, 5), ==, 5);
  g_assert_cmpuint (claim (keys, "t", "c", 0, 6), ==, 3);
  g_assert_cmpuint (claim (keys, "t", "b", 0, 7), ==, 7);
}

/* A key may be as long as it likes; all of it counts. */
static void
test_long_key (void)
{
  g_autoptr (BelfryIdempotency) keys = belfry_idempotency_new (10, RETENTION);
  g_autofree char *key = g_strnfill (LONG_KEY, 'x');

  g_assert_cmpuint (claim (keys, "t", key, 0, 1), ==, 1);
  g_assert_cmpuint (claim (keys, "t", key, 0, 2), ==, 1);
  key[LONG_KEY - 1] = 'y';
  g_assert_cmpuint (claim (keys, "t", key, 0, 3), ==, 3);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/idempotency/repeat", test_repeat);
  belfry_test_add ("/idempotency/topics", test_topics);
  belfry_test_add ("/idempotency/retention", test_retention);
  belfry_test_add ("/idempotency/capacity", test_capacity);
  belfry_test_add ("/idempotency/long-key", test_long_key);
  return g_test_run ();
}
