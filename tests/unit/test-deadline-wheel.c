/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-deadline-wheel.h"

#include "belfry-fake-clock.h"
#include "belfry-test.h"

#define TICK BELFRY_DEADLINE_TICK
#define SECOND ((gint64) G_USEC_PER_SEC)
#define DAY (24 * 3600 * SECOND)
#define MANY 100000

typedef struct
{
  BelfryFakeClock *fake;      /* (owned) */
  BelfryClock *clock;         /* (unowned): the same */
  BelfryDeadlineWheel *wheel; /* (owned) (nullable) */
  GString *log;               /* (owned): the names of what fired, in order */
} Fixture;

/* A deadline with a name, and with what else it does when it fires. */
typedef struct
{
  BelfryDeadline deadline;
  Fixture *fixture; /* (unowned) */
  char name;
  void (*then) (Fixture *fixture, BelfryDeadline *deadline, gpointer data);
  gpointer data; /* (unowned) (nullable) */
} Named;

static void
fixture_init (Fixture *self)
{
  self->fake = belfry_fake_clock_new ();
  self->clock = BELFRY_CLOCK (self->fake);
  self->wheel = belfry_deadline_wheel_new (self->clock, NULL, G_PRIORITY_DEFAULT);
  self->log = g_string_new (NULL);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_pointer (&self->wheel, belfry_deadline_wheel_free);
  belfry_test_assert_finalizes (self->fake);
  g_string_free (self->log, TRUE);
}

static void
on_named (BelfryDeadline *deadline, gpointer user_data)
{
  Named *named = user_data;

  g_assert_true (deadline == &named->deadline);
  g_assert_false (belfry_deadline_is_set (deadline));
  g_string_append_c (named->fixture->log, named->name);
  if (named->then != NULL)
    named->then (named->fixture, deadline, named->data);
}

static void
named_init (Named *self, Fixture *fixture, char name)
{
  *self = (Named){ .fixture = fixture, .name = name };
  belfry_deadline_init (&self->deadline, on_named, self);
}

static void
named_set (Named *self, gint64 delay)
{
  belfry_deadline_wheel_set_after (self->fixture->wheel, &self->deadline, delay);
}

static guint
advance (Fixture *self, gint64 by)
{
  belfry_fake_clock_advance (self->fake, by);
  return belfry_deadline_wheel_turn (self->wheel);
}

static void
assert_fired (Fixture *self, const char *expected)
{
  g_assert_cmpstr (self->log->str, ==, expected);
  g_string_truncate (self->log, 0);
}

static const gint64 delays[] = {
  1,
  2,
  TICK - 1,
  TICK,
  TICK + 1,
  63 * TICK,
  64 * TICK,
  64 * TICK + 1,
  65 * TICK,
  4095 * TICK,
  SECOND,
  30 * SECOND,
  4096 * TICK,
  4097 * TICK,
  DAY,
  366 * DAY,
  36525 * DAY,
  G_GINT64_CONSTANT (1) << 50,
  G_GINT64_CONSTANT (1) << 58,
};

/* However far away, a deadline never fires early and at most a tick late, from any start. */
static void
test_exactness (void)
{
  for (gint64 offset = 0; offset < 3 * TICK; offset += 777)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (delays); i++)
        {
          Fixture fixture;
          Named one;

          fixture_init (&fixture);
          named_init (&one, &fixture, 'a');
          advance (&fixture, offset);
          named_set (&one, delays[i]);
          g_assert_cmpuint (advance (&fixture, delays[i] - 1), ==, 0);
          g_assert_cmpint (belfry_deadline_remaining (&one.deadline), ==, 1);
          g_assert_cmpuint (advance (&fixture, TICK), ==, 1);
          fixture_clear (&fixture);
        }
    }
}

/* On the way to a far deadline the wheel may turn as often as it likes. */
static void
test_small_steps (void)
{
  Fixture fixture;
  Named one;

  fixture_init (&fixture);
  named_init (&one, &fixture, 'a');
  named_set (&one, 70 * SECOND);
  for (gint64 passed = 0; passed + 5001 < 70 * SECOND; passed += 5001)
    g_assert_cmpuint (advance (&fixture, 5001), ==, 0);
  g_assert_cmpuint (advance (&fixture, 5001 + TICK), ==, 1);
  g_assert_cmpuint (advance (&fixture, DAY), ==, 0);
  fixture_clear (&fixture);
}

/* The end of time is a time like others: such a deadline is set, and waits. */
static void
test_end_of_time (void)
{
  Fixture fixture;
  Named one;
  Named other;

  fixture_init (&fixture);
  named_init (&one, &fixture, 'a');
  named_init (&other, &fixture, 'b');
  named_set (&one, G_MAXINT64);
  belfry_deadline_wheel_set (fixture.wheel, &other.deadline, G_MAXINT64 - 1);
  g_assert_cmpint (belfry_deadline_remaining (&one.deadline), ==,
                   G_MAXINT64 - belfry_clock_now (fixture.clock));
  g_assert_cmpuint (advance (&fixture, 10000 * DAY), ==, 0);
  g_assert_true (belfry_deadline_is_set (&one.deadline));
  g_assert_cmpuint (belfry_deadline_wheel_count (fixture.wheel), ==, 2);
  fixture_clear (&fixture);
}

static const gint64 past[] = { 0, 1, -1, G_MININT64, G_MAXINT64 };

/* What has passed already fires on the next turn, and not while it is being set. */
static void
test_past (void)
{
  Fixture fixture;
  Named one;

  fixture_init (&fixture);
  named_init (&one, &fixture, 'a');
  advance (&fixture, DAY);
  for (gsize i = 0; past[i] != G_MAXINT64; i++)
    {
      belfry_deadline_wheel_set (fixture.wheel, &one.deadline, past[i]);
      assert_fired (&fixture, "");
      g_assert_cmpint (belfry_deadline_remaining (&one.deadline), ==, 0);
      g_assert_cmpuint (belfry_deadline_wheel_turn (fixture.wheel), ==, 1);
      assert_fired (&fixture, "a");
    }
  fixture_clear (&fixture);
}

/* After one long jump all fire in the order of their ticks, from whatever level. */
static void
test_order (void)
{
  static const gint64 order[] = { 5 * SECOND, 2 * TICK, DAY, 100 * TICK, 30 * SECOND, 400 * DAY };
  Fixture fixture;
  Named named[G_N_ELEMENTS (order)];

  fixture_init (&fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    {
      named_init (&named[i], &fixture, (char) ('a' + i));
      named_set (&named[i], order[i]);
    }
  g_assert_cmpuint (advance (&fixture, 401 * DAY), ==, G_N_ELEMENTS (order));
  assert_fired (&fixture, "bdaecf");
  fixture_clear (&fixture);
}

/* A cancelled deadline does not fire; a moved one fires once, at its new time. */
static void
test_cancel_and_move (void)
{
  Fixture fixture;
  Named one;
  Named other;

  fixture_init (&fixture);
  named_init (&one, &fixture, 'a');
  named_init (&other, &fixture, 'b');
  belfry_deadline_cancel (&one.deadline);
  named_set (&one, SECOND);
  named_set (&other, SECOND);
  g_assert_cmpuint (belfry_deadline_wheel_count (fixture.wheel), ==, 2);
  belfry_deadline_cancel (&one.deadline);
  belfry_deadline_cancel (&one.deadline);
  g_assert_cmpint (belfry_deadline_remaining (&one.deadline), ==, -1);
  named_set (&other, 10 * SECOND);
  g_assert_cmpuint (belfry_deadline_wheel_count (fixture.wheel), ==, 1);
  g_assert_cmpuint (advance (&fixture, 9 * SECOND), ==, 0);
  named_set (&other, 0);
  g_assert_cmpuint (advance (&fixture, TICK), ==, 1);
  g_assert_cmpuint (advance (&fixture, DAY), ==, 0);
  assert_fired (&fixture, "b");
  fixture_clear (&fixture);
}

static void
then_repeat (Fixture *fixture, BelfryDeadline *deadline, gpointer data)
{
  belfry_deadline_wheel_set (fixture->wheel, deadline, 0);
}

static void
then_cancel (Fixture *fixture, BelfryDeadline *deadline, gpointer data)
{
  belfry_deadline_cancel (deadline);
  belfry_deadline_cancel (data);
}

static void
then_postpone (Fixture *fixture, BelfryDeadline *deadline, gpointer data)
{
  belfry_deadline_wheel_set_after (fixture->wheel, data, SECOND);
}

static void
then_free_wheel (Fixture *fixture, BelfryDeadline *deadline, gpointer data)
{
  g_clear_pointer (&fixture->wheel, belfry_deadline_wheel_free);
}

static void
then_turn (Fixture *fixture, BelfryDeadline *deadline, gpointer data)
{
  belfry_deadline_wheel_turn (fixture->wheel);
}

/* One that sets itself again at once fires once a turn, so that a turn ends. */
static void
test_repeat (void)
{
  Fixture fixture;
  Named one;

  fixture_init (&fixture);
  named_init (&one, &fixture, 'a');
  one.then = then_repeat;
  named_set (&one, 0);
  g_assert_cmpuint (advance (&fixture, DAY), ==, 1);
  g_assert_cmpuint (belfry_deadline_wheel_turn (fixture.wheel), ==, 1);
  assert_fired (&fixture, "aa");
  fixture_clear (&fixture);
}

typedef struct
{
  const char *what;
  void (*then) (Fixture *fixture, BelfryDeadline *deadline, gpointer data);
  const char *at_once;
  const char *later;
} ThenCase;

static const ThenCase then_cases[] = {
  { "nothing", NULL, "abc", "" },
  { "cancels another that is due", then_cancel, "ac", "" },
  { "postpones another that is due", then_postpone, "ac", "b" },
  { "turns the wheel itself", then_turn, "abc", "" },
};

/* A callback has its way with what is due in the same turn, on the same tick and on a later one. */
static void
test_callbacks (void)
{
  for (gsize i = 0; i < 2 * G_N_ELEMENTS (then_cases); i++)
    {
      const ThenCase *row = &then_cases[i / 2];
      Fixture fixture;
      Named named[3];

      g_test_message ("%s", row->what);
      fixture_init (&fixture);
      for (gsize j = 0; j < G_N_ELEMENTS (named); j++)
        {
          named_init (&named[j], &fixture, (char) ('a' + j));
          named_set (&named[j], SECOND + (gint64) (j * (i % 2) * TICK));
        }
      named[0].then = row->then;
      named[0].data = &named[1].deadline;
      advance (&fixture, 2 * SECOND);
      assert_fired (&fixture, row->at_once);
      advance (&fixture, 2 * SECOND);
      assert_fired (&fixture, row->later);
      g_assert_cmpuint (belfry_deadline_wheel_count (fixture.wheel), ==, 0);
      fixture_clear (&fixture);
    }
}

/* A callback may free the wheel: nothing fires afterwards, and nothing stays set. */
static void
test_free_inside (void)
{
  Fixture fixture;
  Named named[4];

  fixture_init (&fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (named); i++)
    named_init (&named[i], &fixture, (char) ('a' + i));
  named_set (&named[0], SECOND);
  named_set (&named[1], SECOND);
  named_set (&named[2], DAY);
  named_set (&named[3], SECOND / 2);
  named[3].then = then_turn;
  named[0].then = then_free_wheel;
  advance (&fixture, 2 * SECOND);
  assert_fired (&fixture, "da");
  for (gsize i = 0; i < G_N_ELEMENTS (named); i++)
    g_assert_false (belfry_deadline_is_set (&named[i].deadline));
  fixture_clear (&fixture);
}

/* Freeing the wheel leaves deadlines that may be freed in their turn, or set on another wheel. */
static void
test_free (void)
{
  Fixture fixture;
  Named one;

  fixture_init (&fixture);
  named_init (&one, &fixture, 'a');
  named_set (&one, DAY);
  belfry_deadline_wheel_free (fixture.wheel);
  g_assert_false (belfry_deadline_is_set (&one.deadline));
  belfry_deadline_cancel (&one.deadline);

  fixture.wheel = belfry_deadline_wheel_new (fixture.clock, NULL, G_PRIORITY_DEFAULT);
  named_set (&one, SECOND);
  g_assert_cmpuint (advance (&fixture, 2 * SECOND), ==, 1);
  fixture_clear (&fixture);
}

typedef struct
{
  BelfryDeadline deadline;
  gint64 when; /* as the model has it; -1 if it is not set */
} Modelled;

typedef struct
{
  Modelled *items; /* (array) (unowned) */
  gsize n;
  gint64 now;
  gint64 previous; /* the time of the turn before */
  guint64 last_tick;
  guint n_fired;
} Model;

static guint64
model_tick (gint64 when)
{
  return (guint64) (when + TICK - 1) / TICK;
}

static void
on_modelled (BelfryDeadline *deadline, gpointer user_data)
{
  Model *model = user_data;
  Modelled *item = (Modelled *) deadline;

  g_assert_cmpint (item->when, >=, 0);
  g_assert_cmpint (item->when, <=, model->now);
  g_assert_cmpint (item->when, >, model->previous - TICK);
  g_assert_cmpuint (model_tick (item->when), >=, model->last_tick);
  model->last_tick = model_tick (item->when);
  model->n_fired++;
  item->when = -1;
}

static guint
model_count_due (const Model *model)
{
  guint n = 0;

  for (gsize i = 0; i < model->n; i++)
    n += model->items[i].when >= 0 &&
         model_tick (model->items[i].when) <= (guint64) model->now / TICK;
  return n;
}

static gint64
random_delay (void)
{
  gint64 longest = (g_test_rand_int () & 0x7fffffff) * G_GINT64_CONSTANT (1000);

  /* As many short ones as long ones: any magnitude up to weeks. */
  return 1 + (longest >> g_test_rand_int_range (0, 41));
}

static void
change_some (Model *model, BelfryDeadlineWheel *wheel)
{
  for (int i = g_test_rand_int_range (0, 20); i > 0; i--)
    {
      Modelled *item = &model->items[g_test_rand_int_range (0, (gint32) model->n)];

      item->when = g_test_rand_int_range (0, 4) == 0 ? -1 : model->now + random_delay ();
      if (item->when < 0)
        belfry_deadline_cancel (&item->deadline);
      else
        belfry_deadline_wheel_set (wheel, &item->deadline, item->when);
    }
}

/* Whatever is set, moved and cancelled: each turn fires what a plain list says, and in its order.
 */
static void
test_model (void)
{
  Fixture fixture;
  Modelled items[200];
  Model model = { .items = items, .n = G_N_ELEMENTS (items) };
  guint n_fired = 0;

  fixture_init (&fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (items); i++)
    {
      belfry_deadline_init (&items[i].deadline, on_modelled, &model);
      items[i].when = -1;
    }
  for (int round = 0; round < 20000; round++)
    {
      model.previous = model.now = belfry_clock_now (fixture.clock);
      change_some (&model, fixture.wheel);
      gint64 step = random_delay () / 16;
      model.now += step;
      model.last_tick = 0;
      model.n_fired = 0;
      guint expected = model_count_due (&model);
      g_assert_cmpuint (advance (&fixture, step), ==, expected);
      g_assert_cmpuint (model.n_fired, ==, expected);
      n_fired += expected;
    }
  g_assert_cmpuint (n_fired, >, 1000);
  fixture_clear (&fixture);
}

static void
on_counted (BelfryDeadline *deadline, gpointer user_data)
{
  ++*(guint *) user_data;
}

/* A hundred thousand deadlines are all kept, whether the clock creeps or sleeps for a month. */
static void
test_many (void)
{
  Fixture fixture;
  g_autofree BelfryDeadline *many = g_new (BelfryDeadline, MANY);
  guint n = 0;

  fixture_init (&fixture);
  for (gsize i = 0; i < MANY; i++)
    {
      belfry_deadline_init (&many[i], on_counted, &n);
      belfry_deadline_wheel_set_after (fixture.wheel, &many[i], (gint64) (i + 1) * SECOND);
    }
  for (gsize i = 1; i < MANY; i += 2)
    belfry_deadline_cancel (&many[i]);
  g_assert_cmpuint (belfry_deadline_wheel_count (fixture.wheel), ==, MANY / 2);
  for (guint second = 1; second <= 1000; second++)
    {
      advance (&fixture, SECOND);
      g_assert_cmpuint (n, >=, second / 2);
      g_assert_cmpuint (n, <=, (second + 1) / 2);
    }
  advance (&fixture, 30 * DAY);
  g_assert_cmpuint (n, ==, MANY / 2);
  g_assert_cmpuint (belfry_deadline_wheel_count (fixture.wheel), ==, 0);
  fixture_clear (&fixture);
}

/* Behind the machine's clock, the loop wakes by itself, and never early. */
static void
test_main_context (void)
{
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  g_autoptr (BelfryDeadlineWheel) wheel =
      belfry_deadline_wheel_new (clock, NULL, G_PRIORITY_DEFAULT);
  BelfryDeadline late;
  BelfryDeadline soon;
  guint n_late = 0;
  guint n_soon = 0;

  belfry_deadline_init (&late, on_counted, &n_late);
  belfry_deadline_init (&soon, on_counted, &n_soon);
  gint64 start = belfry_clock_now (clock);
  belfry_deadline_wheel_set (wheel, &late, start + 120 * 1000);
  belfry_deadline_wheel_set (wheel, &soon, start + 30 * 1000);
  belfry_test_wait_until (n_soon == 1);
  g_assert_cmpint (belfry_clock_now (clock), >=, start + 30 * 1000);
  belfry_test_wait_until (n_late == 1);
  g_assert_cmpint (belfry_clock_now (clock), >=, start + 120 * 1000);
  belfry_deadline_wheel_set (wheel, &soon, 0);
  belfry_test_wait_until (n_soon == 2);
  g_assert_cmpuint (n_late, ==, 1);
}

static gboolean
on_watchdog (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* The loop needs nobody else to wake it when something is due. */
static void
test_wakes_itself (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  g_autoptr (BelfryDeadlineWheel) wheel =
      belfry_deadline_wheel_new (clock, context, G_PRIORITY_DEFAULT);
  g_autoptr (GSource) watchdog = g_timeout_source_new (BELFRY_TEST_PATIENCE / 1000);
  gboolean bitten = FALSE;
  BelfryDeadline deadline;
  guint n = 0;

  g_source_set_static_name (watchdog, "test-watchdog");
  g_source_set_callback (watchdog, on_watchdog, &bitten, NULL);
  g_source_attach (watchdog, context);
  belfry_deadline_init (&deadline, on_counted, &n);
  belfry_deadline_wheel_set_after (wheel, &deadline, 20 * 1000);
  while (n == 0 && !bitten)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (watchdog);
  g_assert_cmpuint (n, ==, 1);
}

static gint64
ready_time (Fixture *self)
{
  return g_source_get_ready_time (g_main_context_find_source_by_user_data (NULL, self->wheel));
}

/* The source sleeps as long as the next deadline is away, by whatever clock, and for ever when
 * there is none: also when what it was to wake for has been cancelled. */
static void
test_sleep (void)
{
  Fixture fixture;
  Named one;
  Named other;

  fixture_init (&fixture);
  named_init (&one, &fixture, 'a');
  named_init (&other, &fixture, 'b');
  g_assert_cmpint (ready_time (&fixture), ==, -1);
  gint64 before = g_get_monotonic_time ();
  named_set (&one, 10 * TICK);
  gint64 ready = ready_time (&fixture);
  g_assert_cmpint (ready, >, before);
  named_set (&other, DAY);
  g_assert_cmpint (ready_time (&fixture), ==, ready);
  belfry_deadline_cancel (&one.deadline);
  before = g_get_monotonic_time ();
  belfry_deadline_wheel_turn (fixture.wheel);
  g_assert_cmpint (ready_time (&fixture), >, before + 3600 * SECOND);
  belfry_deadline_cancel (&other.deadline);
  belfry_deadline_wheel_turn (fixture.wheel);
  g_assert_cmpint (ready_time (&fixture), ==, -1);
  fixture_clear (&fixture);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/deadline-wheel/exactness", test_exactness);
  belfry_test_add ("/deadline-wheel/small-steps", test_small_steps);
  belfry_test_add ("/deadline-wheel/end-of-time", test_end_of_time);
  belfry_test_add ("/deadline-wheel/past", test_past);
  belfry_test_add ("/deadline-wheel/order", test_order);
  belfry_test_add ("/deadline-wheel/cancel-and-move", test_cancel_and_move);
  belfry_test_add ("/deadline-wheel/repeat", test_repeat);
  belfry_test_add ("/deadline-wheel/callbacks", test_callbacks);
  belfry_test_add ("/deadline-wheel/free-inside", test_free_inside);
  belfry_test_add ("/deadline-wheel/free", test_free);
  belfry_test_add ("/deadline-wheel/model", test_model);
  belfry_test_add ("/deadline-wheel/many", test_many);
  belfry_test_add ("/deadline-wheel/main-context", test_main_context);
  belfry_test_add ("/deadline-wheel/wakes-itself", test_wakes_itself);
  belfry_test_add ("/deadline-wheel/sleep", test_sleep);
  return g_test_run ();
}
