/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-roster.h"

#include <string.h>

#include "belfry-fake-clock.h"
#include "belfry-test.h"

#define SECOND G_USEC_PER_SEC
#define MAX_CLIENTS 5000

/* Clients without a connection, by a clock that the test moves. */
typedef struct
{
  BelfryFakeClock *clock;
  BelfryDeadlineWheel *wheel;
  BelfryRoster clients;
  BelfryClient *all[MAX_CLIENTS]; /* (owned) */
  guint n;
  guint n_told;
} Fixture;

static const BelfryEndpointHandler handler = { 0 };

static void
on_told (BelfryClient *client, gpointer user_data)
{
  g_assert_cmpint (client->standing, ==, BELFRY_CLIENT_TOLD);
  ((Fixture *) user_data)->n_told++;
}

static void
add (Fixture *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      BelfryClient *client = belfry_client_new (NULL, &handler, "/", "192.0.2.1");

      belfry_roster_add (&self->clients, client);
      self->all[self->n++] = client;
    }
}

static Fixture *
fixture_new (guint n)
{
  Fixture *self = g_new0 (Fixture, 1);

  self->clock = belfry_fake_clock_new ();
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  belfry_roster_init (&self->clients, self->wheel, on_told, self);
  add (self, n);
  return self;
}

static void
fixture_free (Fixture *self)
{
  belfry_roster_clear (&self->clients);
  g_assert_cmpuint (belfry_deadline_wheel_count (self->wheel), ==, 0);
  for (guint i = 0; i < self->n; i++)
    {
      belfry_roster_remove (&self->clients, self->all[i]);
      belfry_client_free (self->all[i]);
    }
  g_assert_cmpuint (belfry_roster_count (&self->clients), ==, 0);
  g_assert_null (belfry_roster_peek (&self->clients));
  belfry_deadline_wheel_free (self->wheel);
  belfry_test_assert_finalizes (self->clock);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

static void
leave (Fixture *self, guint index)
{
  belfry_roster_remove (&self->clients, self->all[index]);
  belfry_client_free (self->all[index]);
  self->all[index] = self->all[--self->n];
}

/* Lets the time pass, in steps as small as the wheel's. Returns how many were told meanwhile. */
static guint
pass (Fixture *self, gint64 time)
{
  guint before = self->n_told;

  for (gint64 passed = 0; passed < time; passed += BELFRY_DEADLINE_TICK)
    {
      belfry_fake_clock_advance (self->clock, MIN (BELFRY_DEADLINE_TICK, time - passed));
      belfry_deadline_wheel_turn (self->wheel);
    }
  return self->n_told - before;
}

/* However many there are, each quarter of the time sees a quarter of them go; a few more or less,
 * for a step has its length. */
static void
test_evenly (void)
{
  const struct
  {
    guint n;
    gint64 time;
    guint slack; /* by which a quarter may be off */
  } cases[] = {
    { 5000, 2 * SECOND, 200 },
    { 1000, 10 * SECOND, 20 },
    { 40, 60 * SECOND, 2 },
    { 4, 8 * SECOND, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Fixture) f = fixture_new (cases[i].n);
      guint quarter = cases[i].n / 4;

      belfry_roster_send_off (&f->clients, 100, cases[i].time);
      for (int q = 0; q < 4; q++)
        {
          guint told = pass (f, cases[i].time / 4);

          g_assert_cmpuint (told + cases[i].slack, >=, quarter);
          g_assert_cmpuint (told, <=, quarter + cases[i].slack);
        }
      pass (f, 2 * BELFRY_DEADLINE_TICK);
      g_assert_cmpuint (f->n_told, ==, cases[i].n);
    }
}

/* Those who were told but have not gone yet make the others go neither earlier nor later, nor do
 * those who go by themselves. */
static void
test_evenly_with_leavers (void)
{
  g_autoptr (Fixture) f = fixture_new (2000);

  belfry_roster_send_off (&f->clients, 100, 4 * SECOND);
  g_assert_cmpuint (pass (f, SECOND), >, 400);
  for (guint i = 0; i < 1000; i++)
    leave (f, (guint) g_test_rand_int_range (0, (gint32) f->n));
  guint left = f->clients.n[BELFRY_CLIENT_CHOSEN];
  for (int third = 0; third < 3; third++)
    {
      guint told = pass (f, SECOND);

      g_assert_cmpuint (told, >, left / 3 - left / 10);
      g_assert_cmpuint (told, <, left / 3 + left / 10);
    }
  pass (f, 2 * BELFRY_DEADLINE_TICK);
  g_assert_cmpuint (f->clients.n[BELFRY_CLIENT_CHOSEN], ==, 0);
}

/* Without any time they all go at once. */
static void
test_at_once (void)
{
  g_autoptr (Fixture) f = fixture_new (100);

  belfry_roster_send_off (&f->clients, 100, 0);
  g_assert_cmpuint (f->n_told, ==, 100);
  g_assert_cmpuint (belfry_roster_count (&f->clients), ==, 100);
}

/* A share is that share, and who comes later is not part of it. */
static void
test_share (void)
{
  g_autoptr (Fixture) f = fixture_new (1000);

  belfry_roster_send_off (&f->clients, 30, SECOND);
  add (f, 500);
  pass (f, 2 * SECOND);
  g_assert_cmpuint (f->n_told, ==, 300);
  g_assert_cmpuint (f->clients.n[BELFRY_CLIENT_STAYS], ==, 1200);
}

/* Of one client a tenth is sent away once in ten times, not always and not never. */
static void
test_share_of_few (void)
{
  guint n_told = 0;

  for (int i = 0; i < 2000; i++)
    {
      g_autoptr (Fixture) f = fixture_new (1);

      belfry_roster_send_off (&f->clients, 10, 0);
      n_told += f->n_told;
    }
  g_assert_cmpuint (n_told, >, 100);
  g_assert_cmpuint (n_told, <, 300);
}

/* Who is chosen has nothing to do with who came first: over many times all have been, as often. */
static void
test_fairness (void)
{
  guint times[20] = { 0 };

  for (int round = 0; round < 2000; round++)
    {
      g_autoptr (Fixture) f = fixture_new (G_N_ELEMENTS (times));

      belfry_roster_send_off (&f->clients, 25, SECOND);
      for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
        times[i] += f->all[i]->standing == BELFRY_CLIENT_CHOSEN ? 1 : 0;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_assert_cmpuint (times[i], >, 350);
      g_assert_cmpuint (times[i], <, 650);
    }
}

/* A drain that begins while a share is on its way takes all along, in its own time, each once. */
static void
test_drain_during_shed (void)
{
  g_autoptr (Fixture) f = fixture_new (1000);

  belfry_roster_send_off (&f->clients, 50, 100 * SECOND);
  pass (f, 10 * SECOND);
  guint before = f->n_told;
  g_assert_cmpuint (before, <, 100);
  belfry_roster_send_off (&f->clients, 100, 4 * SECOND);
  guint first_half = pass (f, 2 * SECOND);
  g_assert_cmpuint (first_half, >, (1000 - before) / 2 - 100);
  g_assert_cmpuint (first_half, <, (1000 - before) / 2 + 100);
  pass (f, 2 * SECOND + 2 * BELFRY_DEADLINE_TICK);
  g_assert_cmpuint (f->n_told, ==, 1000);
  g_assert_cmpuint (belfry_deadline_wheel_count (f->wheel), ==, 0);
}

/* With nobody there, there is nothing to do, then or later. */
static void
test_nobody (void)
{
  g_autoptr (Fixture) f = fixture_new (0);

  belfry_roster_send_off (&f->clients, 100, SECOND);
  g_assert_cmpuint (belfry_deadline_wheel_count (f->wheel), ==, 0);
  add (f, 1);
  pass (f, 2 * SECOND);
  g_assert_cmpuint (f->n_told, ==, 0);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/roster/evenly", test_evenly);
  belfry_test_add ("/roster/evenly-with-leavers", test_evenly_with_leavers);
  belfry_test_add ("/roster/at-once", test_at_once);
  belfry_test_add ("/roster/share", test_share);
  belfry_test_add ("/roster/share-of-few", test_share_of_few);
  belfry_test_add ("/roster/fairness", test_fairness);
  belfry_test_add ("/roster/drain-during-shed", test_drain_during_shed);
  belfry_test_add ("/roster/nobody", test_nobody);
  return g_test_run ();
}
