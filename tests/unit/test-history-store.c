/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-history-store.h"

#include "belfry-fake-clock.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define PLENTY (1024 * 1024)
#define PAYLOAD 1000

static const BelfryHistoryLimits limits = { 100, 0, 10 * SECOND };

typedef struct
{
  BelfryFakeClock *clock;     /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryHistoryStore *store;  /* (owned) */
  const char *in_use;         /* (unowned) (nullable): the topic that somebody is subscribed to */
} Fixture;

static gboolean
is_in_use (const char *topic, gpointer user_data)
{
  const Fixture *self = user_data;

  return g_strcmp0 (topic, self->in_use) == 0;
}

static void
fixture_init (Fixture *self, gsize budget)
{
  self->clock = belfry_fake_clock_new ();
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->store =
      belfry_history_store_new (BELFRY_CLOCK (self->clock), self->wheel, budget, is_in_use, self);
  self->in_use = NULL;
}

/* Nothing may be left behind that a turn of the wheel could find. */
static void
fixture_clear (Fixture *self)
{
  belfry_history_store_free (self->store);
  g_assert_cmpuint (belfry_deadline_wheel_count (self->wheel), ==, 0);
  belfry_deadline_wheel_free (self->wheel);
  belfry_test_assert_finalizes (self->clock);
}

static BelfryPosition
keep_within (Fixture *self, const char *topic, const BelfryHistoryLimits *within)
{
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (PAYLOAD), PAYLOAD);
  BelfryMessageParams params = { .topic = topic,
                                 .payload = payload,
                                 .arrived = belfry_clock_now (BELFRY_CLOCK (self->clock)) };
  g_autoptr (BelfryMessage) message = belfry_history_store_keep (self->store, &params, within);

  return message->position;
}

static BelfryPosition
keep (Fixture *self, const char *topic)
{
  return keep_within (self, topic, &limits);
}

static BelfryHistoryPage *
read_since (Fixture *self, const char *topic, BelfryPosition since)
{
  return belfry_history_store_read (self->store, topic, &since, G_MAXUINT);
}

static guint
count (Fixture *self, const char *topic)
{
  g_autoptr (BelfryHistoryPage) page =
      belfry_history_store_read (self->store, topic, NULL, G_MAXUINT);

  return page->messages->len;
}

static void
assert_recovery (Fixture *self, const char *topic, BelfryPosition since, guint n, gboolean complete)
{
  g_autoptr (BelfryHistoryPage) page = read_since (self, topic, since);

  g_assert_cmpuint (page->messages->len, ==, n);
  g_assert_cmpint (page->complete, ==, complete);
}

static void
pass (Fixture *self, gint64 duration)
{
  belfry_fake_clock_advance (self->clock, duration);
  belfry_deadline_wheel_turn (self->wheel);
}

/* Each topic counts its own messages from one on, in an epoch of its own. */
static void
test_numbers (void)
{
  Fixture f;

  fixture_init (&f, PLENTY);
  BelfryPosition a1 = keep (&f, "a");
  BelfryPosition b1 = keep (&f, "b");
  BelfryPosition a2 = keep (&f, "a");
  g_assert_cmpuint (a1.offset, ==, 1);
  g_assert_cmpuint (b1.offset, ==, 1);
  g_assert_cmpuint (a2.offset, ==, 2);
  g_assert_cmpuint (a1.epoch, ==, a2.epoch);
  g_assert_cmpuint (a1.epoch, !=, b1.epoch);
  assert_recovery (&f, "a", a1, 1, TRUE);
  assert_recovery (&f, "a", b1, 0, FALSE);
  fixture_clear (&f);
}

/* Who asks for the position of a topic before anything was published misses nothing later. */
static void
test_asked_first (void)
{
  Fixture f;

  fixture_init (&f, PLENTY);
  g_autoptr (BelfryHistoryPage) page = belfry_history_store_read (f.store, "a", NULL, 0);
  g_assert_true (belfry_position_is_set (&page->position));
  g_assert_cmpuint (page->position.offset, ==, 0);
  g_assert_true (page->complete);
  keep (&f, "a");
  keep (&f, "a");
  assert_recovery (&f, "a", page->position, 2, TRUE);
  fixture_clear (&f);
}

/* A topic without history numbers nothing, and what it had kept is no way over the hole. */
static void
test_switched_off (void)
{
  Fixture f;
  const BelfryHistoryLimits off = { 0, 0, 10 * SECOND };

  fixture_init (&f, PLENTY);
  BelfryPosition before = keep (&f, "a");
  BelfryPosition none = keep_within (&f, "a", &off);
  g_assert_false (belfry_position_is_set (&none));
  g_assert_cmpuint (belfry_history_store_get_n_topics (f.store), ==, 0);
  BelfryPosition after = keep (&f, "a");
  g_assert_cmpuint (after.epoch, !=, before.epoch);
  assert_recovery (&f, "a", before, 0, FALSE);
  fixture_clear (&f);
}

/* Messages age, and a topic that is idle for as long as they live is given back as a whole. */
static void
test_age (void)
{
  Fixture f;

  fixture_init (&f, PLENTY);
  BelfryPosition first = keep (&f, "a");
  pass (&f, 6 * SECOND);
  BelfryPosition second = keep (&f, "a");
  pass (&f, 4 * SECOND);
  g_assert_cmpuint (count (&f, "a"), ==, 1);
  assert_recovery (&f, "a", first, 1, TRUE);
  assert_recovery (&f, "a", (BelfryPosition){ first.epoch, 0 }, 1, FALSE);
  pass (&f, 9 * SECOND);
  assert_recovery (&f, "a", second, 0, TRUE);
  assert_recovery (&f, "a", first, 0, FALSE);
  pass (&f, 11 * SECOND);
  g_assert_cmpuint (belfry_history_store_get_n_topics (f.store), ==, 0);
  g_assert_cmpuint (belfry_history_store_get_bytes (f.store), ==, 0);
  assert_recovery (&f, "a", second, 0, FALSE);
  fixture_clear (&f);
}

/* What is outdated is so at once, even before the wheel has turned. */
static void
test_age_exact (void)
{
  Fixture f;

  fixture_init (&f, PLENTY);
  BelfryPosition first = keep (&f, "a");
  belfry_fake_clock_advance (f.clock, 10 * SECOND - 1);
  BelfryPosition second = keep (&f, "a");
  g_assert_cmpuint (second.epoch, ==, first.epoch);
  belfry_fake_clock_advance (f.clock, 10 * SECOND);
  BelfryPosition third = keep (&f, "a");
  g_assert_cmpuint (third.epoch, !=, first.epoch);
  g_assert_cmpuint (third.offset, ==, 1);
  fixture_clear (&f);
}

/* As long as somebody is subscribed, a topic loses its messages with age, but not its epoch. */
static void
test_in_use (void)
{
  Fixture f;

  fixture_init (&f, PLENTY);
  f.in_use = "a";
  BelfryPosition first = keep (&f, "a");
  pass (&f, 60 * SECOND);
  g_assert_cmpuint (belfry_history_store_get_n_topics (f.store), ==, 1);
  g_assert_cmpuint (belfry_history_store_get_bytes (f.store), <, PAYLOAD);
  g_assert_cmpuint (belfry_deadline_wheel_count (f.wheel), ==, 0);
  BelfryPosition second = keep (&f, "a");
  g_assert_cmpuint (second.epoch, ==, first.epoch);
  g_assert_cmpuint (second.offset, ==, 2);
  pass (&f, 60 * SECOND);
  f.in_use = NULL;
  belfry_history_store_release (f.store, "a");
  belfry_history_store_release (f.store, "unknown");
  pass (&f, 9 * SECOND);
  g_assert_cmpuint (belfry_history_store_get_n_topics (f.store), ==, 1);
  pass (&f, 2 * SECOND);
  g_assert_cmpuint (belfry_history_store_get_n_topics (f.store), ==, 0);
  fixture_clear (&f);
}

/* A shorter life that is set later holds for what is there already, and a longer one, too. */
static void
test_other_ttl (void)
{
  Fixture f;
  const BelfryHistoryLimits shorter = { 100, 0, 2 * SECOND };
  const BelfryHistoryLimits longer = { 100, 0, 100 * SECOND };

  fixture_init (&f, PLENTY);
  keep_within (&f, "a", &longer);
  keep_within (&f, "a", &shorter);
  keep_within (&f, "b", &shorter);
  keep_within (&f, "b", &longer);
  pass (&f, 3 * SECOND);
  g_assert_cmpuint (belfry_history_store_get_n_topics (f.store), ==, 1);
  g_assert_cmpuint (count (&f, "b"), ==, 2);
  fixture_clear (&f);
}

/* Makes the budget just too small for what there is. */
static void
tighten (Fixture *self)
{
  gsize before = belfry_history_store_get_bytes (self->store);

  belfry_history_store_set_budget (self->store, before - 1);
  g_assert_cmpuint (belfry_history_store_get_bytes (self->store), <, before);
}

/* Beyond the budget the topic that was not used for the longest time loses its oldest message. */
static void
test_budget (void)
{
  Fixture f;

  fixture_init (&f, PLENTY);
  BelfryPosition b1 = keep (&f, "b");
  BelfryPosition a1 = keep (&f, "a");
  BelfryPosition a2 = keep (&f, "a");
  BelfryPosition b2 = keep (&f, "b");
  tighten (&f);
  assert_recovery (&f, "a", (BelfryPosition){ a1.epoch, 0 }, 1, FALSE);
  assert_recovery (&f, "a", a1, 1, TRUE);
  assert_recovery (&f, "b", (BelfryPosition){ b1.epoch, 0 }, 2, TRUE);
  tighten (&f);
  assert_recovery (&f, "b", b1, 1, TRUE);
  assert_recovery (&f, "a", a1, 0, FALSE);
  assert_recovery (&f, "a", a2, 0, TRUE);
  tighten (&f);
  assert_recovery (&f, "b", (BelfryPosition){ b1.epoch, 0 }, 1, FALSE);
  assert_recovery (&f, "b", b1, 1, TRUE);
  assert_recovery (&f, "b", b2, 0, TRUE);
  fixture_clear (&f);
}

/* In the end a topic in use has all the room, and the others not even their epochs. */
static void
test_budget_epochs (void)
{
  Fixture f;

  fixture_init (&f, 4 * PAYLOAD);
  BelfryPosition first = keep (&f, "a");
  for (int i = 0; i < 100; i++)
    {
      g_autofree char *topic = g_strdup_printf ("topic.%d", i);

      keep (&f, topic);
      g_assert_cmpuint (count (&f, topic), ==, 1);
      g_assert_cmpuint (belfry_history_store_get_bytes (f.store), <=, 4 * PAYLOAD);
    }
  assert_recovery (&f, "a", first, 0, FALSE);
  g_assert_cmpuint (belfry_history_store_get_n_topics (f.store), <, 100);
  fixture_clear (&f);
}

/* Topics that were only asked for count, too: nobody can fill the memory with questions. */
static void
test_budget_questions (void)
{
  Fixture f;

  fixture_init (&f, 4 * PAYLOAD);
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *topic = g_strdup_printf ("topic.%d", i);

      g_assert_cmpuint (count (&f, topic), ==, 0);
      g_assert_cmpuint (belfry_history_store_get_bytes (f.store), <=, 4 * PAYLOAD);
    }
  g_assert_cmpuint (belfry_history_store_get_n_topics (f.store), >, 0);
  pass (&f, 3600 * SECOND);
  g_assert_cmpuint (belfry_history_store_get_n_topics (f.store), ==, 0);
  fixture_clear (&f);
}

/* A message that alone is beyond the budget is numbered, delivered and not kept. */
static void
test_budget_too_small (void)
{
  Fixture f;

  fixture_init (&f, PAYLOAD);
  BelfryPosition first = keep (&f, "a");
  BelfryPosition second = keep (&f, "a");
  g_assert_cmpuint (second.epoch, ==, first.epoch);
  g_assert_cmpuint (second.offset, ==, 2);
  assert_recovery (&f, "a", first, 0, FALSE);
  assert_recovery (&f, "a", second, 0, TRUE);
  fixture_clear (&f);
}

/* A smaller budget is in force at once. */
static void
test_set_budget (void)
{
  Fixture f;

  fixture_init (&f, PLENTY);
  for (int i = 0; i < 20; i++)
    keep (&f, "a");
  belfry_history_store_set_budget (f.store, 10 * PAYLOAD);
  g_assert_cmpuint (belfry_history_store_get_bytes (f.store), <=, 10 * PAYLOAD);
  g_assert_cmpuint (count (&f, "a"), >, 1);
  belfry_history_store_set_budget (f.store, 0);
  g_assert_cmpuint (count (&f, "a"), ==, 0);
  fixture_clear (&f);
}

/* Another store goes on where this one stood: with the same numbers, limits and ages. */
static void
test_restore (void)
{
  Fixture fixture;
  g_autoptr (GByteArray) written = g_byte_array_new ();
  BelfryStateReader reader;

  fixture_init (&fixture, PLENTY);
  BelfryPosition first = keep (&fixture, "a");
  keep (&fixture, "a");
  BelfryPosition other = keep (&fixture, "b");
  gsize bytes = belfry_history_store_get_bytes (fixture.store);
  belfry_history_store_save (fixture.store, written);
  for (gsize length = 0; length < written->len; length++)
    {
      Fixture part;

      fixture_init (&part, PLENTY);
      belfry_state_reader_init (&reader, written->data, length);
      g_assert_false (belfry_history_store_restore (part.store, &reader));
      g_assert_cmpuint (belfry_history_store_get_n_topics (part.store), ==, 0);
      g_assert_cmpuint (belfry_history_store_get_bytes (part.store), ==, 0);
      fixture_clear (&part);
    }
  fixture_clear (&fixture);
  fixture_init (&fixture, PLENTY);
  belfry_state_reader_init (&reader, written->data, written->len);
  g_assert_true (belfry_history_store_restore (fixture.store, &reader));
  g_assert_true (belfry_state_reader_is_at_end (&reader));
  g_assert_cmpuint (belfry_history_store_get_bytes (fixture.store), ==, bytes);
  g_autoptr (BelfryHistoryPage) page = read_since (&fixture, "a", first);
  g_assert_true (page->complete);
  g_assert_cmpuint (page->messages->len, ==, 1);
  BelfryPosition next = keep (&fixture, "b");
  g_assert_cmpuint (next.epoch, ==, other.epoch);
  g_assert_cmpuint (next.offset, ==, other.offset + 1);
  fixture_clear (&fixture);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/history-store/numbers", test_numbers);
  belfry_test_add ("/history-store/asked-first", test_asked_first);
  belfry_test_add ("/history-store/switched-off", test_switched_off);
  belfry_test_add ("/history-store/age", test_age);
  belfry_test_add ("/history-store/age-exact", test_age_exact);
  belfry_test_add ("/history-store/in-use", test_in_use);
  belfry_test_add ("/history-store/other-ttl", test_other_ttl);
  belfry_test_add ("/history-store/budget", test_budget);
  belfry_test_add ("/history-store/budget-epochs", test_budget_epochs);
  belfry_test_add ("/history-store/budget-questions", test_budget_questions);
  belfry_test_add ("/history-store/budget-too-small", test_budget_too_small);
  belfry_test_add ("/history-store/set-budget", test_set_budget);
  belfry_test_add ("/history-store/restore", test_restore);
  return g_test_run ();
}
