/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-roster"

#include "config.h"

#include "belfry-roster.h"

/* Three lists: who stays, who is chosen to leave, and who was told. The pace is worked out anew at
 * each step from the number that is left and the time that is left, so that who leaves by himself,
 * or a step that comes late, makes no hole and no heap. */

/* How often some are told at the most; with many, several at a time. */
#define STEP (50 * G_TIME_SPAN_MILLISECOND)

static void
enter (BelfryRoster *self, BelfryClient *client, BelfryClientStanding standing)
{
  client->standing = (guint8) standing;
  client->prev = NULL;
  client->next = self->first[standing];
  if (client->next != NULL)
    client->next->prev = client;
  self->first[standing] = client;
  self->n[standing]++;
}

static void
move (BelfryRoster *self, BelfryClient *client, BelfryClientStanding standing)
{
  belfry_roster_remove (self, client);
  enter (self, client, standing);
}

/* With so many left, how long it is from one to the next if all of them are to fit in; as a broken
 * number, since with many it is a few microseconds. */
static double
get_interval (const BelfryRoster *self, guint n)
{
  return MAX ((double) (self->until - self->due) / n, 1.0);
}

static void
tell (BelfryRoster *self, guint n)
{
  for (guint i = 0; i < n && self->first[BELFRY_CLIENT_CHOSEN] != NULL; i++)
    {
      BelfryClient *client = self->first[BELFRY_CLIENT_CHOSEN];

      move (self, client, BELFRY_CLIENT_TOLD);
      self->func (client, self->user_data);
    }
}

/* A wheel is never early, and hardly ever exact: what has become due since the last step is told
 * now, and what is due next counts from when it should have been, not from now. */
static void
on_step (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryRoster *self = user_data;
  guint n = self->n[BELFRY_CLIENT_CHOSEN];
  gint64 now = belfry_deadline_wheel_now (self->wheel);

  if (n == 0)
    return;
  double interval = get_interval (self, n);
  guint n_due = now >= self->until ? n : 1 + (guint) ((double) (now - self->due) / interval);
  self->due += (gint64) (n_due * interval);
  tell (self, n_due);
  if (self->n[BELFRY_CLIENT_CHOSEN] > 0)
    belfry_deadline_wheel_set (self->wheel, deadline,
                               MIN (MAX (self->due, now + STEP), self->until));
}

/* Each of those who stay with the same probability, in one walk: one of the r that are left to be
 * looked at is taken with n in r, if n are still wanted. */
static void
choose (BelfryRoster *self, guint n)
{
  guint rest = self->n[BELFRY_CLIENT_STAYS];
  BelfryClient *next;

  for (BelfryClient *client = self->first[BELFRY_CLIENT_STAYS]; client != NULL && n > 0;
       client = next)
    {
      next = client->next;
      if ((guint32) g_random_int_range (0, (gint32) rest--) >= n)
        continue;
      move (self, client, BELFRY_CLIENT_CHOSEN);
      n--;
    }
}

/* What is left of a whole client is left to chance: of many workers with a client each, a tenth
 * lose theirs, rather than none or all. */
static guint
take_share (guint n, guint percent)
{
  guint64 hundredths = (guint64) n * MIN (percent, 100);
  guint64 chance = (guint64) g_random_int_range (0, 100);

  return (guint) ((hundredths + chance) / 100);
}

void
belfry_roster_init (BelfryRoster *self,
                    BelfryDeadlineWheel *wheel,
                    BelfryRosterFunc func,
                    gpointer user_data)
{
  *self = (BelfryRoster){ .wheel = wheel, .func = func, .user_data = user_data };
  belfry_deadline_init (&self->step, on_step, self);
}

void
belfry_roster_clear (BelfryRoster *self)
{
  if (self->wheel != NULL)
    belfry_deadline_cancel (&self->step);
}

void
belfry_roster_add (BelfryRoster *self, BelfryClient *client)
{
  enter (self, client, BELFRY_CLIENT_STAYS);
}

void
belfry_roster_remove (BelfryRoster *self, BelfryClient *client)
{
  if (client->prev != NULL)
    client->prev->next = client->next;
  else
    self->first[client->standing] = client->next;
  if (client->next != NULL)
    client->next->prev = client->prev;
  client->next = client->prev = NULL;
  self->n[client->standing]--;
}

guint
belfry_roster_count (const BelfryRoster *self)
{
  guint n = 0;

  for (int i = 0; i < BELFRY_CLIENT_N_STANDINGS; i++)
    n += self->n[i];
  return n;
}

BelfryClient *
belfry_roster_peek (const BelfryRoster *self)
{
  BelfryClient *client = NULL;

  for (int i = 0; i < BELFRY_CLIENT_N_STANDINGS && client == NULL; i++)
    client = self->first[i];
  return client;
}

/* The first is told at a time that is random within its share, so that many workers with few
 * clients each do not all begin with one. */
void
belfry_roster_send_off (BelfryRoster *self, guint percent, gint64 duration)
{
  choose (self, take_share (self->n[BELFRY_CLIENT_STAYS], percent));

  guint n = self->n[BELFRY_CLIENT_CHOSEN];

  self->due = belfry_deadline_wheel_now (self->wheel);
  self->until = self->due + duration;
  if (n == 0 || duration <= 0)
    {
      belfry_deadline_cancel (&self->step);
      tell (self, n);
      return;
    }
  self->due += (gint64) (get_interval (self, n) * g_random_double ());
  belfry_deadline_wheel_set (self->wheel, &self->step, self->due);
}

void
belfry_roster_foreach (const BelfryRoster *self, BelfryRosterFunc func, gpointer user_data)
{
  for (guint i = 0; i < BELFRY_CLIENT_N_STANDINGS; i++)
    {
      BelfryClient *next;

      for (BelfryClient *client = self->first[i]; client != NULL; client = next)
        {
          next = client->next;
          func (client, user_data);
        }
    }
}
