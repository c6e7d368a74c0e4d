/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-mailbox.h"

#include <stdatomic.h>

#include "belfry-test.h"

#define N_PRODUCERS 4
#define N_EACH 5000
#define PLENTY 1000000

typedef enum
{
  ON_ITEM_NOTHING,
  ON_ITEM_DRAIN,
  ON_ITEM_DISCARD,
  ON_ITEM_UNREF,
  ON_ITEM_PUSH,
} OnItem;

/* A letter knows the tray that counts it, so that each is seen to be freed exactly once. */
typedef struct
{
  atomic_int *n_alive; /* (unowned) */
  int producer;
  int number;
} Letter;

/* The consumer, on a context of its own. */
typedef struct
{
  GMainContext *context;  /* (owned) */
  BelfryMailbox *mailbox; /* (owned) (nullable) */
  GArray *numbers;        /* (element-type int) (owned): what came, in order */
  atomic_int n_alive;
  int n_data_freed;
  OnItem on_item; /* what the handler does with the first letter, besides taking it */
} Tray;

static Letter *
letter_new (Tray *tray, int producer, int number)
{
  Letter *self = g_new (Letter, 1);

  *self = (Letter){ &tray->n_alive, producer, number };
  atomic_fetch_add_explicit (self->n_alive, 1, memory_order_relaxed);
  return self;
}

static void
letter_free (gpointer data)
{
  Letter *self = data;

  atomic_fetch_sub_explicit (self->n_alive, 1, memory_order_relaxed);
  g_free (self);
}

static int
count_alive (Tray *tray)
{
  return atomic_load_explicit (&tray->n_alive, memory_order_relaxed);
}

static gboolean
push (Tray *tray, int number, gsize cost)
{
  Letter *letter = letter_new (tray, 0, number);

  if (belfry_mailbox_push (tray->mailbox, letter, cost))
    return TRUE;
  letter_free (letter);
  return FALSE;
}

static void
push_range (Tray *tray, int first, int last)
{
  for (int number = first; number <= last; number++)
    g_assert_true (push (tray, number, 1));
}

static void
on_letter (gpointer item, gpointer user_data)
{
  Letter *letter = item;
  Tray *tray = user_data;
  OnItem then = tray->on_item;

  tray->on_item = ON_ITEM_NOTHING;
  g_array_append_val (tray->numbers, letter->number);
  letter_free (letter);
  if (then == ON_ITEM_DRAIN)
    belfry_mailbox_close (tray->mailbox, BELFRY_MAILBOX_DRAIN);
  else if (then == ON_ITEM_DISCARD)
    belfry_mailbox_close (tray->mailbox, BELFRY_MAILBOX_DISCARD);
  else if (then == ON_ITEM_UNREF)
    g_clear_pointer (&tray->mailbox, belfry_mailbox_unref);
  else if (then == ON_ITEM_PUSH)
    g_assert_true (push (tray, 99, 1));
}

static void
on_data_free (gpointer user_data)
{
  ((Tray *) user_data)->n_data_freed++;
}

static void
tray_init_with (Tray *self, const BelfryMailboxOptions *options)
{
  *self = (Tray){ .context = g_main_context_new () };
  self->numbers = g_array_new (FALSE, FALSE, sizeof (int));
  self->mailbox = belfry_mailbox_new (self->context, options, on_letter, self, on_data_free);
}

static void
tray_init (Tray *self, gsize capacity, BelfryMailboxPolicy policy, guint turn)
{
  const BelfryMailboxOptions options = {
    .name = "test-mailbox",
    .priority = G_PRIORITY_DEFAULT,
    .capacity = capacity,
    .policy = policy,
    .item_free = letter_free,
    .turn = turn,
  };

  tray_init_with (self, &options);
}

/* Whatever happened before: every letter is freed, and the handler's data too, once. */
static void
tray_clear (Tray *self)
{
  g_clear_pointer (&self->mailbox, belfry_mailbox_unref);
  g_assert_cmpint (count_alive (self), ==, 0);
  g_assert_cmpint (self->n_data_freed, ==, 1);
  g_array_unref (self->numbers);
  g_main_context_unref (self->context);
}

static guint
turn_until_idle (Tray *self)
{
  guint n = 0;

  while (g_main_context_iteration (self->context, FALSE))
    n++;
  return n;
}

static void
assert_numbers (Tray *self, int first, int last)
{
  g_assert_cmpint ((int) self->numbers->len, ==, last - first + 1);
  for (guint i = 0; i < self->numbers->len; i++)
    g_assert_cmpint (g_array_index (self->numbers, int, i), ==, first + (int) i);
  g_array_set_size (self->numbers, 0);
}

static BelfryMailboxStats
stats_of (Tray *self)
{
  BelfryMailboxStats stats;

  belfry_mailbox_get_stats (self->mailbox, &stats);
  return stats;
}

/* Things come in the order in which they went, also when the ring wraps and grows. */
static void
test_order (void)
{
  Tray tray;
  int number = 0;

  tray_init (&tray, PLENTY, BELFRY_MAILBOX_REFUSE, 7);
  for (int round = 1; round < 60; round++)
    {
      push_range (&tray, number, number + round - 1);
      number += round;
      g_main_context_iteration (tray.context, FALSE);
    }
  turn_until_idle (&tray);
  assert_numbers (&tray, 0, number - 1);
  tray_clear (&tray);
}

/* However much is pushed before the consumer runs, it is woken once, and then sleeps. */
static void
test_one_wake_up (void)
{
  Tray tray;

  tray_init (&tray, PLENTY, BELFRY_MAILBOX_REFUSE, PLENTY);
  g_assert_cmpuint (turn_until_idle (&tray), ==, 0);
  for (guint round = 1; round <= 3; round++)
    {
      push_range (&tray, 1, 1000);
      g_assert_cmpuint (turn_until_idle (&tray), ==, 1);
      g_assert_cmpuint (stats_of (&tray).turns, ==, round);
      g_assert_cmpuint (stats_of (&tray).wakes, ==, round);
      assert_numbers (&tray, 1, 1000);
    }
  tray_clear (&tray);
}

/* What the handler pushes waits for the next turn, which comes without anybody's being woken. */
static void
test_push_inside (void)
{
  Tray tray;

  tray_init (&tray, PLENTY, BELFRY_MAILBOX_REFUSE, 0);
  tray.on_item = ON_ITEM_PUSH;
  push_range (&tray, 98, 98);
  g_assert_true (g_main_context_iteration (tray.context, FALSE));
  assert_numbers (&tray, 98, 98);
  g_assert_cmpuint (turn_until_idle (&tray), ==, 1);
  assert_numbers (&tray, 99, 99);
  g_assert_cmpuint (stats_of (&tray).wakes, ==, 1);
  push_range (&tray, 1, 1);
  g_assert_cmpuint (turn_until_idle (&tray), ==, 1);
  g_assert_cmpuint (stats_of (&tray).wakes, ==, 2);
  tray_clear (&tray);
}

static gboolean
on_other_source (gpointer user_data)
{
  Tray *tray = user_data;

  g_assert_cmpuint (tray->numbers->len, ==, 10);
  tray->on_item = ON_ITEM_DISCARD;
  return G_SOURCE_REMOVE;
}

/* A turn is bounded: another source has its say before the rest of a long queue. */
static void
test_bounded_turn (void)
{
  Tray tray;
  g_autoptr (GSource) other = g_idle_source_new ();

  tray_init (&tray, PLENTY, BELFRY_MAILBOX_REFUSE, 10);
  g_source_set_priority (other, G_PRIORITY_DEFAULT);
  g_source_set_static_name (other, "test-other");
  g_source_set_callback (other, on_other_source, &tray, NULL);
  push_range (&tray, 1, 25);
  g_source_attach (other, tray.context);
  g_assert_true (g_main_context_iteration (tray.context, FALSE));
  g_assert_cmpint (tray.on_item, ==, ON_ITEM_DISCARD);
  g_assert_cmpuint (stats_of (&tray).queued, ==, 15);
  tray.on_item = ON_ITEM_NOTHING;
  g_assert_cmpuint (turn_until_idle (&tray), ==, 2);
  assert_numbers (&tray, 1, 25);
  tray_clear (&tray);
}

typedef struct
{
  const char *defect;
  gsize capacity;
  gsize cost;
  BelfryMailboxPolicy policy;
  int n_fit; /* how many are accepted, of ten */
  int first; /* the first that is delivered */
} BoundCase;

static const BoundCase bound_cases[] = {
  { "one too many", 9, 1, BELFRY_MAILBOX_REFUSE, 9, 0 },
  { "too expensive together", 10, 4, BELFRY_MAILBOX_REFUSE, 2, 0 },
  { "as large as the capacity", 10, 10, BELFRY_MAILBOX_REFUSE, 1, 0 },
  { "larger than the capacity", 10, 11, BELFRY_MAILBOX_REFUSE, 0, 0 },
  { "the largest cost", 10, G_MAXSIZE, BELFRY_MAILBOX_REFUSE, 0, 0 },
  { "the largest of both", G_MAXSIZE, G_MAXSIZE, BELFRY_MAILBOX_REFUSE, 1, 0 },
  { "costs that overflow", G_MAXSIZE, G_MAXSIZE / 2 + 1, BELFRY_MAILBOX_REFUSE, 1, 0 },
  { "no cost", 3, 0, BELFRY_MAILBOX_REFUSE, 3, 0 },
  { "no capacity", 0, 1, BELFRY_MAILBOX_REFUSE, 1, 0 },
  { "one too many", 9, 1, BELFRY_MAILBOX_DROP_OLDEST, 10, 1 },
  { "too expensive together", 10, 4, BELFRY_MAILBOX_DROP_OLDEST, 10, 8 },
  { "as large as the capacity", 10, 10, BELFRY_MAILBOX_DROP_OLDEST, 10, 9 },
  { "larger than the capacity", 10, 11, BELFRY_MAILBOX_DROP_OLDEST, 0, 0 },
  { "the largest of both", G_MAXSIZE, G_MAXSIZE, BELFRY_MAILBOX_DROP_OLDEST, 10, 9 },
  { "no cost", 3, 0, BELFRY_MAILBOX_DROP_OLDEST, 10, 7 },
};

/* Ten letters into a mailbox that has no room for them: the policy says which stay out. */
static void
test_bounds (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bound_cases); i++)
    {
      const BoundCase *row = &bound_cases[i];
      gboolean drops = row->policy == BELFRY_MAILBOX_DROP_OLDEST;
      int last = drops && row->n_fit > 0 ? 9 : row->n_fit - 1;
      int n_fit = 0;
      Tray tray;

      g_test_message ("%s, %s", row->defect, drops ? "dropping" : "refusing");
      tray_init (&tray, row->capacity, row->policy, 0);
      for (int number = 0; number < 10; number++)
        n_fit += push (&tray, number, row->cost);
      g_assert_cmpint (n_fit, ==, row->n_fit);
      BelfryMailboxStats stats = stats_of (&tray);
      g_assert_cmpint ((int) stats.pushed, ==, row->n_fit);
      g_assert_cmpint ((int) stats.refused, ==, 10 - row->n_fit);
      g_assert_cmpint ((int) stats.dropped, ==, row->n_fit == 0 ? 0 : row->first);
      g_assert_cmpuint (stats.high_water, <=, MAX (row->capacity, 1));
      g_assert_cmpint ((int) stats.queued, ==, count_alive (&tray));
      turn_until_idle (&tray);
      assert_numbers (&tray, row->first, last);
      g_assert_cmpuint (stats_of (&tray).cost, ==, 0);
      tray_clear (&tray);
    }
}

/* One large item may push out any number of small ones. */
static void
test_drop_many (void)
{
  Tray tray;

  tray_init (&tray, 1000, BELFRY_MAILBOX_DROP_OLDEST, 0);
  push_range (&tray, 0, 999);
  g_assert_true (push (&tray, 1000, 990));
  g_assert_cmpuint (stats_of (&tray).dropped, ==, 990);
  g_assert_cmpint (count_alive (&tray), ==, 11);
  turn_until_idle (&tray);
  assert_numbers (&tray, 990, 1000);
  tray_clear (&tray);
}

/* The highest mark is that of the cost, and stays when all is delivered. */
static void
test_high_water (void)
{
  Tray tray;

  tray_init (&tray, 100, BELFRY_MAILBOX_REFUSE, 0);
  g_assert_true (push (&tray, 1, 30));
  g_assert_true (push (&tray, 2, 40));
  turn_until_idle (&tray);
  g_assert_true (push (&tray, 3, 50));
  BelfryMailboxStats stats = stats_of (&tray);
  g_assert_cmpuint (stats.cost, ==, 50);
  g_assert_cmpuint (stats.high_water, ==, 70);
  tray_clear (&tray);
}

typedef struct
{
  const char *what;
  OnItem on_item; /* nothing: closed from outside */
  BelfryMailboxClose mode;
  int last;
} CloseCase;

static const CloseCase close_cases[] = {
  { "drained from outside", ON_ITEM_NOTHING, BELFRY_MAILBOX_DRAIN, 25 },
  { "discarded from outside", ON_ITEM_NOTHING, BELFRY_MAILBOX_DISCARD, 0 },
  { "drained from inside", ON_ITEM_DRAIN, BELFRY_MAILBOX_DRAIN, 25 },
  { "discarded from inside", ON_ITEM_DISCARD, BELFRY_MAILBOX_DISCARD, 1 },
};

/* After closing nothing is accepted; what was queued is delivered or freed, as was asked for. */
static void
test_close (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (close_cases); i++)
    {
      const CloseCase *row = &close_cases[i];
      Tray tray;

      g_test_message ("%s", row->what);
      tray_init (&tray, 100, BELFRY_MAILBOX_REFUSE, 10);
      push_range (&tray, 1, 25);
      tray.on_item = row->on_item;
      if (row->on_item == ON_ITEM_NOTHING)
        belfry_mailbox_close (tray.mailbox, row->mode);
      else
        g_main_context_iteration (tray.context, FALSE);
      g_assert_false (push (&tray, 26, 1));
      turn_until_idle (&tray);
      g_assert_cmpint (tray.n_data_freed, ==, 1);
      g_assert_cmpint (count_alive (&tray), ==, 0);
      assert_numbers (&tray, 1, row->last);
      g_assert_cmpint ((int) stats_of (&tray).discarded, ==, 25 - row->last);
      belfry_mailbox_close (tray.mailbox, BELFRY_MAILBOX_DRAIN);
      belfry_mailbox_close (tray.mailbox, BELFRY_MAILBOX_DISCARD);
      tray_clear (&tray);
    }
}

/* An empty mailbox closes as well, and lets its handler's data go. */
static void
test_close_empty (void)
{
  for (int mode = BELFRY_MAILBOX_DRAIN; mode <= BELFRY_MAILBOX_DISCARD; mode++)
    {
      Tray tray;

      tray_init (&tray, 100, BELFRY_MAILBOX_REFUSE, 0);
      push_range (&tray, 1, 1);
      turn_until_idle (&tray);
      belfry_mailbox_close (tray.mailbox, (BelfryMailboxClose) mode);
      turn_until_idle (&tray);
      g_assert_cmpint (tray.n_data_freed, ==, 1);
      tray_clear (&tray);
    }
}

/* Who has no time for the draining any more may still discard. */
static void
test_discard_while_draining (void)
{
  Tray tray;

  tray_init (&tray, 100, BELFRY_MAILBOX_REFUSE, 10);
  push_range (&tray, 1, 25);
  belfry_mailbox_close (tray.mailbox, BELFRY_MAILBOX_DRAIN);
  g_main_context_iteration (tray.context, FALSE);
  belfry_mailbox_close (tray.mailbox, BELFRY_MAILBOX_DISCARD);
  g_assert_cmpint (count_alive (&tray), ==, 0);
  g_assert_cmpuint (turn_until_idle (&tray), ==, 0);
  assert_numbers (&tray, 1, 10);
  tray_clear (&tray);
}

/* The last reference takes with it what is queued, also if the handler drops it in mid-batch. */
static void
test_last_unref (void)
{
  Tray tray;

  tray_init (&tray, 100, BELFRY_MAILBOX_REFUSE, 0);
  push_range (&tray, 1, 25);
  g_clear_pointer (&tray.mailbox, belfry_mailbox_unref);
  g_assert_cmpint (count_alive (&tray), ==, 0);
  g_assert_cmpuint (turn_until_idle (&tray), ==, 0);
  tray_clear (&tray);

  tray_init (&tray, 100, BELFRY_MAILBOX_REFUSE, 10);
  push_range (&tray, 1, 25);
  tray.on_item = ON_ITEM_UNREF;
  turn_until_idle (&tray);
  assert_numbers (&tray, 1, 1);
  tray_clear (&tray);
}

/* A producer may hold on to a mailbox whose context everybody else has left. */
static void
test_context_gone (void)
{
  Tray tray;

  tray_init (&tray, 100, BELFRY_MAILBOX_REFUSE, 0);
  GMainContext *context = g_steal_pointer (&tray.context);
  g_main_context_unref (context);
  push_range (&tray, 1, 3);
  g_clear_pointer (&tray.mailbox, belfry_mailbox_unref);
  g_assert_cmpint (count_alive (&tray), ==, 0);
  tray.context = g_main_context_new ();
  tray_clear (&tray);
}

/* Items that nobody has to free, and a handler without data, need no functions for that. */
static void
test_plain_items (void)
{
  const BelfryMailboxOptions options = { .name = "test-plain", .capacity = 2 };
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (BelfryMailbox) mailbox = belfry_mailbox_new (context, &options, on_letter, NULL, NULL);
  GSource *source = g_main_context_find_source_by_user_data (context, mailbox);

  g_assert_cmpstr (g_source_get_name (source), ==, "test-plain");
  g_assert_true (belfry_mailbox_push (mailbox, GINT_TO_POINTER (1), 1));
  g_assert_true (belfry_mailbox_push (mailbox, NULL, 1));
  g_assert_false (belfry_mailbox_push (mailbox, GINT_TO_POINTER (2), 1));
  belfry_mailbox_close (mailbox, BELFRY_MAILBOX_DISCARD);
}

typedef struct
{
  Tray *tray;             /* (unowned) */
  BelfryMailbox *mailbox; /* (owned) */
  GThread *thread;        /* (owned) */
  atomic_int *n_busy;     /* (unowned): how many producers have not finished */
  int index;
  int n_refused;
} Producer;

/* The consumer of many: per producer, each letter has a higher number than the one before. */
typedef struct
{
  Tray tray;
  Producer producers[N_PRODUCERS];
  atomic_int n_busy;
  int last[N_PRODUCERS];
  int n_received;
  int close_after; /* -1: never */
  BelfryMailboxClose mode;
} Crowd;

static gpointer
produce (gpointer data)
{
  Producer *self = data;

  for (int number = 1; number <= N_EACH; number++)
    {
      Letter *letter = letter_new (self->tray, self->index, number);

      if (!belfry_mailbox_push (self->mailbox, letter, 1))
        {
          letter_free (letter);
          self->n_refused++;
        }
    }
  belfry_mailbox_unref (self->mailbox);
  atomic_fetch_sub_explicit (self->n_busy, 1, memory_order_relaxed);
  return NULL;
}

static void
on_crowd_letter (gpointer item, gpointer user_data)
{
  Letter *letter = item;
  Crowd *crowd = user_data;

  g_assert_cmpint (letter->number, >, crowd->last[letter->producer]);
  crowd->last[letter->producer] = letter->number;
  letter_free (letter);
  if (++crowd->n_received == crowd->close_after)
    belfry_mailbox_close (crowd->tray.mailbox, crowd->mode);
}

static void
crowd_start (Crowd *self, gsize capacity, BelfryMailboxPolicy policy, int close_after)
{
  const BelfryMailboxOptions options = {
    .name = "test-crowd",
    .capacity = capacity,
    .policy = policy,
    .item_free = letter_free,
  };

  self->close_after = close_after;
  self->tray.context = g_main_context_new ();
  self->tray.numbers = g_array_new (FALSE, FALSE, sizeof (int));
  self->tray.mailbox =
      belfry_mailbox_new (self->tray.context, &options, on_crowd_letter, self, NULL);
  atomic_init (&self->n_busy, N_PRODUCERS);
  for (int i = 0; i < N_PRODUCERS; i++)
    {
      Producer *producer = &self->producers[i];

      *producer = (Producer){ .tray = &self->tray, .n_busy = &self->n_busy, .index = i };
      producer->mailbox = belfry_mailbox_ref (self->tray.mailbox);
      producer->thread = g_thread_new ("producer", produce, producer);
    }
}

static int
crowd_join (Crowd *self)
{
  int n_refused = 0;

  for (int i = 0; i < N_PRODUCERS; i++)
    {
      g_thread_join (self->producers[i].thread);
      n_refused += self->producers[i].n_refused;
    }
  turn_until_idle (&self->tray);
  return n_refused;
}

static void
crowd_clear (Crowd *self)
{
  self->tray.n_data_freed = 1;
  tray_clear (&self->tray);
}

/* Runs the consumer's context as its thread does, asleep until it is woken. Ends early when there
 * is nobody left who could push: of a bounded mailbox, not everything comes. */
static void
crowd_consume (Crowd *self, int n)
{
  gint64 deadline = belfry_test_deadline ();

  g_main_context_push_thread_default (self->tray.context);
  while (self->n_received < n && atomic_load_explicit (&self->n_busy, memory_order_relaxed) > 0)
    g_assert_true (belfry_test_turn (deadline));
  g_main_context_pop_thread_default (self->tray.context);
}

/* Many producers at once: everything comes, each producer's in its order, in fewer wake-ups. */
static void
test_producers (void)
{
  Crowd crowd = { 0 };

  crowd_start (&crowd, PLENTY, BELFRY_MAILBOX_REFUSE, -1);
  crowd_consume (&crowd, N_PRODUCERS * N_EACH);
  g_assert_cmpint (crowd_join (&crowd), ==, 0);
  g_assert_cmpint (crowd.n_received, ==, N_PRODUCERS * N_EACH);
  for (gsize i = 0; i < N_PRODUCERS; i++)
    g_assert_cmpint (crowd.last[i], ==, N_EACH);
  BelfryMailboxStats stats = stats_of (&crowd.tray);
  g_assert_cmpuint (stats.pushed, ==, N_PRODUCERS * N_EACH);
  g_assert_cmpuint (stats.turns, <=, stats.pushed);
  g_assert_cmpuint (stats.queued, ==, 0);
  crowd_clear (&crowd);
}

/* Under pressure, whatever the policy, what was pushed is delivered or counted. */
static void
test_pressure (void)
{
  for (int policy = BELFRY_MAILBOX_REFUSE; policy <= BELFRY_MAILBOX_DROP_OLDEST; policy++)
    {
      Crowd crowd = { 0 };

      crowd_start (&crowd, 50, (BelfryMailboxPolicy) policy, -1);
      crowd_consume (&crowd, 100);
      int n_refused = crowd_join (&crowd);
      BelfryMailboxStats stats = stats_of (&crowd.tray);
      g_assert_cmpint ((int) stats.refused, ==, n_refused);
      g_assert_cmpint ((int) stats.pushed, ==, N_PRODUCERS * N_EACH - n_refused);
      g_assert_cmpint ((int) (stats.pushed - stats.dropped), ==, crowd.n_received);
      g_assert_cmpint (policy == BELFRY_MAILBOX_REFUSE ? (int) stats.dropped : n_refused, ==, 0);
      g_assert_cmpuint (stats.high_water, <=, 50);
      crowd_clear (&crowd);
    }
}

/* Closing while producers push: each letter is delivered, refused or freed, and none is lost. */
static void
test_close_under_fire (void)
{
  for (int mode = BELFRY_MAILBOX_DRAIN; mode <= BELFRY_MAILBOX_DISCARD; mode++)
    {
      Crowd crowd = { .mode = (BelfryMailboxClose) mode };

      crowd_start (&crowd, PLENTY, BELFRY_MAILBOX_REFUSE, 1000);
      crowd_consume (&crowd, 1000);
      int n_refused = crowd_join (&crowd);
      BelfryMailboxStats stats = stats_of (&crowd.tray);
      g_assert_cmpint (crowd.n_received + (int) stats.discarded + n_refused, ==,
                       N_PRODUCERS * N_EACH);
      if (mode == BELFRY_MAILBOX_DISCARD)
        g_assert_cmpint (crowd.n_received, ==, 1000);
      else
        g_assert_cmpuint (stats.discarded, ==, 0);
      crowd_clear (&crowd);
    }
}

/* A consumer that lets go of everything at once leaves the rest to the producers, the last of
 * which clears up. */
static void
test_abandoned (void)
{
  Crowd crowd = { 0 };

  crowd_start (&crowd, PLENTY, BELFRY_MAILBOX_REFUSE, -1);
  crowd_consume (&crowd, 100);
  g_clear_pointer (&crowd.tray.mailbox, belfry_mailbox_unref);
  g_main_context_unref (g_steal_pointer (&crowd.tray.context));
  for (gsize i = 0; i < N_PRODUCERS; i++)
    g_thread_join (crowd.producers[i].thread);
  crowd.tray.context = g_main_context_new ();
  crowd_clear (&crowd);
}

static gboolean
push_control (Tray *tray, int number)
{
  Letter *letter = letter_new (tray, 0, number);

  if (belfry_mailbox_push_control (tray->mailbox, letter))
    return TRUE;
  letter_free (letter);
  return FALSE;
}

/* A full mailbox still takes what must not fail, as far as there is a reserve, in its order; and
 * other items cannot use the reserve, not even when part of it is taken. */
static void
test_reserve (void)
{
  const BelfryMailboxOptions options = { .name = "test-reserve",
                                         .capacity = 3,
                                         .reserve = 2,
                                         .policy = BELFRY_MAILBOX_REFUSE,
                                         .item_free = letter_free };
  Tray tray;

  tray_init_with (&tray, &options);
  g_assert_true (push_control (&tray, 1));
  g_assert_true (push (&tray, 2, 1));
  g_assert_true (push (&tray, 3, 1));
  g_assert_false (push (&tray, 99, 1));
  g_assert_true (push_control (&tray, 4));
  g_assert_false (push (&tray, 99, 1));
  g_assert_true (push_control (&tray, 5));
  g_assert_false (push_control (&tray, 99));
  turn_until_idle (&tray);
  assert_numbers (&tray, 1, 5);
  tray_clear (&tray);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/mailbox/order", test_order);
  belfry_test_add ("/mailbox/one-wake-up", test_one_wake_up);
  belfry_test_add ("/mailbox/push-inside", test_push_inside);
  belfry_test_add ("/mailbox/bounded-turn", test_bounded_turn);
  belfry_test_add ("/mailbox/bounds", test_bounds);
  belfry_test_add ("/mailbox/drop-many", test_drop_many);
  belfry_test_add ("/mailbox/reserve", test_reserve);
  belfry_test_add ("/mailbox/high-water", test_high_water);
  belfry_test_add ("/mailbox/close", test_close);
  belfry_test_add ("/mailbox/close-empty", test_close_empty);
  belfry_test_add ("/mailbox/discard-while-draining", test_discard_while_draining);
  belfry_test_add ("/mailbox/last-unref", test_last_unref);
  belfry_test_add ("/mailbox/context-gone", test_context_gone);
  belfry_test_add ("/mailbox/plain-items", test_plain_items);
  belfry_test_add ("/mailbox/producers", test_producers);
  belfry_test_add ("/mailbox/pressure", test_pressure);
  belfry_test_add ("/mailbox/close-under-fire", test_close_under_fire);
  belfry_test_add ("/mailbox/abandoned", test_abandoned);
  return g_test_run ();
}
