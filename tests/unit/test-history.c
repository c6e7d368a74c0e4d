/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-history.h"

#include "belfry-test.h"

#define EPOCH 7
#define TTL 1000

static const BelfryHistoryLimits no_limits = { G_MAXUINT, 0, G_MAXINT64 };

static void
append_sized (BelfryHistory *history, gint64 arrived, gsize size)
{
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (size), size);
  BelfryMessageParams params = { .topic = "t", .payload = payload, .arrived = arrived };

  params.position = belfry_history_get_position (history);
  params.position.offset++;
  g_autoptr (BelfryMessage) message = belfry_message_new (&params);
  belfry_history_append (history, message);
}

static void
append (BelfryHistory *history, guint n)
{
  for (guint i = 0; i < n; i++)
    append_sized (history, 0, 1);
}

/* Checks that a page has the messages from one offset to another, or none if that is less. */
static void
assert_page (const BelfryHistory *history,
             const BelfryPosition *since,
             guint limit,
             guint64 from,
             guint64 to,
             gboolean complete)
{
  BelfryPosition position = belfry_history_get_position (history);
  g_autoptr (BelfryHistoryPage) page = belfry_history_read (history, since, limit);

  g_assert_cmpuint (page->messages->len, ==, to < from ? 0 : to - from + 1);
  for (guint i = 0; i < page->messages->len; i++)
    {
      const BelfryMessage *message = g_ptr_array_index (page->messages, i);

      g_assert_cmpuint (message->position.epoch, ==, EPOCH);
      g_assert_cmpuint (message->position.offset, ==, from + i);
    }
  g_assert_cmpuint (page->position.epoch, ==, position.epoch);
  g_assert_cmpuint (page->position.offset, ==, position.offset);
  g_assert_cmpint (page->complete, ==, complete);
}

/* A new history has an epoch, and nothing before it is missing. */
static void
test_empty (void)
{
  BelfryHistory history;
  const BelfryPosition start = { EPOCH, 0 };

  belfry_history_init (&history, EPOCH);
  assert_page (&history, NULL, G_MAXUINT, 1, 0, TRUE);
  assert_page (&history, &start, G_MAXUINT, 1, 0, TRUE);
  g_assert_false (belfry_history_drop_oldest (&history));
  g_assert_cmpuint (belfry_history_get_bytes (&history), ==, 0);
  belfry_history_clear (&history);
}

/* Without a position, the newest messages are told, oldest first. */
static void
test_newest (void)
{
  BelfryHistory history;

  belfry_history_init (&history, EPOCH);
  append (&history, 10);
  assert_page (&history, NULL, 0, 1, 0, TRUE);
  assert_page (&history, NULL, 1, 10, 10, TRUE);
  assert_page (&history, NULL, 3, 8, 10, TRUE);
  assert_page (&history, NULL, 10, 1, 10, TRUE);
  assert_page (&history, NULL, G_MAXUINT, 1, 10, TRUE);
  belfry_history_clear (&history);
}

static const struct
{
  const char *what;
  BelfryPosition since;
  guint limit;
  guint64 from;
  guint64 to;
  gboolean complete;
} recoveries[] = {
  { "nothing missed", { EPOCH, 10 }, 100, 1, 0, TRUE },
  { "nothing missed, nothing wanted", { EPOCH, 10 }, 0, 1, 0, TRUE },
  { "the last one", { EPOCH, 9 }, 100, 10, 10, TRUE },
  { "the last one, just room", { EPOCH, 9 }, 1, 10, 10, TRUE },
  { "all that are kept", { EPOCH, 4 }, 6, 5, 10, TRUE },
  { "one more than is kept", { EPOCH, 3 }, 100, 5, 10, FALSE },
  { "all from the start", { EPOCH, 0 }, 100, 5, 10, FALSE },
  { "no room for the last", { EPOCH, 4 }, 5, 5, 9, FALSE },
  { "no room at all", { EPOCH, 9 }, 0, 1, 0, FALSE },
  { "beyond the end", { EPOCH, 11 }, 100, 1, 0, FALSE },
  { "far beyond the end", { EPOCH, G_MAXUINT64 }, 100, 1, 0, FALSE },
  { "another epoch", { EPOCH + 1, 9 }, 100, 1, 0, FALSE },
  { "another epoch, the same offset", { EPOCH + 1, 10 }, 100, 1, 0, FALSE },
  { "no position", { 0, 0 }, 100, 1, 0, FALSE },
};

/* From a position on: only what follows without a hole, up to the end, is complete. */
static void
test_since (void)
{
  BelfryHistory history;
  const BelfryHistoryLimits limits = { 6, 0, G_MAXINT64 };

  belfry_history_init (&history, EPOCH);
  append (&history, 10);
  belfry_history_trim (&history, &limits, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (recoveries); i++)
    {
      g_test_message ("%s", recoveries[i].what);
      assert_page (&history, &recoveries[i].since, recoveries[i].limit, recoveries[i].from,
                   recoveries[i].to, recoveries[i].complete);
    }
  belfry_history_clear (&history);
}

/* A history that lost all its messages knows where it was. */
static void
test_all_dropped (void)
{
  BelfryHistory history;
  const BelfryPosition last = { EPOCH, 3 };
  const BelfryPosition before = { EPOCH, 2 };

  belfry_history_init (&history, EPOCH);
  append (&history, 3);
  while (belfry_history_drop_oldest (&history))
    continue;
  assert_page (&history, &last, 9, 1, 0, TRUE);
  assert_page (&history, &before, 9, 1, 0, FALSE);
  append (&history, 1);
  assert_page (&history, &last, 9, 4, 4, TRUE);
  belfry_history_clear (&history);
}

/* The number of messages, their bytes and their age are all bounds, and the oldest goes first. */
static void
test_limits (void)
{
  BelfryHistory history;
  BelfryHistoryLimits limits = no_limits;

  belfry_history_init (&history, EPOCH);
  for (int i = 0; i < 10; i++)
    append_sized (&history, 10 * i, 100);
  gsize each = belfry_history_get_bytes (&history) / 10;
  belfry_history_trim (&history, &limits, TTL);
  assert_page (&history, NULL, 99, 1, 10, TRUE);
  limits.max_messages = 8;
  belfry_history_trim (&history, &limits, TTL);
  assert_page (&history, NULL, 99, 3, 10, TRUE);
  limits.max_bytes = 6 * each;
  belfry_history_trim (&history, &limits, TTL);
  assert_page (&history, NULL, 99, 5, 10, TRUE);
  limits.max_bytes = 6 * each - 1;
  belfry_history_trim (&history, &limits, TTL);
  assert_page (&history, NULL, 99, 6, 10, TRUE);
  limits.ttl = TTL;
  belfry_history_trim (&history, &limits, TTL + 69);
  assert_page (&history, NULL, 99, 8, 10, TRUE);
  belfry_history_trim (&history, &limits, TTL + 70);
  assert_page (&history, NULL, 99, 9, 10, TRUE);
  belfry_history_trim (&history, &limits, TTL + 90);
  g_assert_cmpuint (belfry_history_get_n_messages (&history), ==, 0);
  g_assert_cmpuint (belfry_history_get_bytes (&history), ==, 0);
  belfry_history_clear (&history);
}

/* A message that is larger than all may be is not kept, nor is anything before it. */
static void
test_too_large (void)
{
  BelfryHistory history;
  const BelfryHistoryLimits limits = { 10, 4096, TTL };
  const BelfryPosition since = { EPOCH, 2 };

  belfry_history_init (&history, EPOCH);
  append (&history, 2);
  append_sized (&history, 0, 4096);
  belfry_history_trim (&history, &limits, 0);
  assert_page (&history, &since, 9, 1, 0, FALSE);
  append (&history, 1);
  assert_page (&history, NULL, 9, 4, 4, TRUE);
  belfry_history_clear (&history);
}

/* However the ring turns, grows and shrinks, it holds what was put in. */
static void
test_ring (void)
{
  BelfryHistory history;
  guint64 oldest = 1;
  guint64 newest = 0;

  belfry_history_init (&history, EPOCH);
  for (guint round = 1; round < 60; round++)
    {
      append (&history, round);
      newest += round;
      for (guint i = 0; i < (round * 7) % 50 && oldest <= newest; i++, oldest++)
        g_assert_true (belfry_history_drop_oldest (&history));
      assert_page (&history, NULL, G_MAXUINT, oldest, newest, TRUE);
    }
  for (; oldest <= newest; oldest++)
    {
      assert_page (&history, NULL, G_MAXUINT, oldest, newest, TRUE);
      g_assert_true (belfry_history_drop_oldest (&history));
    }
  g_assert_false (belfry_history_drop_oldest (&history));
  belfry_history_clear (&history);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/history/empty", test_empty);
  belfry_test_add ("/history/newest", test_newest);
  belfry_test_add ("/history/since", test_since);
  belfry_test_add ("/history/all-dropped", test_all_dropped);
  belfry_test_add ("/history/limits", test_limits);
  belfry_test_add ("/history/too-large", test_too_large);
  belfry_test_add ("/history/ring", test_ring);
  return g_test_run ();
}
