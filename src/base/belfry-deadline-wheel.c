/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-deadline-wheel"

#include "config.h"

#include "belfry-deadline-wheel.h"

/* A hierarchical timing wheel.
 *
 * Time is counted in ticks, and a tick is read as digits of six bits. A deadline lies on the level
 * of the highest digit in which it differs from the wheel's own tick, in the slot of its digit
 * there. So everything on a level comes before everything on the next, and the first occupied slot
 * of the lowest occupied level is where the wheel moves next: it steps from slot to slot and never
 * from tick to tick, however far the clock has jumped. A slot of a higher level that the wheel
 * reaches is dealt out to the levels below. Nine levels hold all the ticks there are.
 *
 * What is due is collected before any of it fires: until then it can be cancelled or moved like the
 * rest, and what a callback sets cannot fire in the same turn.
 *
 * Owned by whoever made it, and used on that thread only. Owns no deadline, never allocates. */

#define TICK_BITS 13
#define DIGIT_BITS 6
#define N_SLOTS (1 << DIGIT_BITS)
#define N_LEVELS 9
#define N_LISTS (N_LEVELS * N_SLOTS + 1)
#define DUE (N_LISTS - 1)
#define NEVER G_MAXUINT64

G_STATIC_ASSERT (BELFRY_DEADLINE_TICK == 1 << TICK_BITS);
G_STATIC_ASSERT (TICK_BITS + DIGIT_BITS * N_LEVELS >= 64);
G_STATIC_ASSERT (G_STRUCT_OFFSET (BelfryDeadline, link) == 0);

struct _BelfryDeadlineWheel
{
  BelfryClock *clock; /* (owned) */
  GSource *source;    /* (owned) */
  guint64 tick;       /* nothing that is set lies before it */
  guint64 armed;      /* the tick for which the source wakes, or NEVER */
  guint n_set;
  guint turning; /* how many turns are under way, one inside the other */
  gboolean freed;
  guint64 occupied[N_LEVELS];
  BelfryDeadlineLink lists[N_LISTS]; /* the slots of all levels, and what is due */
};

static void
list_init (BelfryDeadlineLink *list)
{
  list->next = list->prev = list;
}

static gboolean
list_is_empty (const BelfryDeadlineLink *list)
{
  return list->next == list;
}

static void
list_append (BelfryDeadlineLink *list, BelfryDeadlineLink *link)
{
  link->next = list;
  link->prev = list->prev;
  list->prev->next = link;
  list->prev = link;
}

static void
list_splice (BelfryDeadlineLink *list, BelfryDeadlineLink *from)
{
  if (list_is_empty (from))
    return;
  from->next->prev = list->prev;
  list->prev->next = from->next;
  from->prev->next = list;
  list->prev = from->prev;
  list_init (from);
}

static guint64
tick_before (gint64 time)
{
  return time < 0 ? 0 : (guint64) time >> TICK_BITS;
}

static guint64
tick_after (gint64 time)
{
  return time <= 0 ? 0 : ((guint64) (time - 1) >> TICK_BITS) + 1;
}

static gint64
time_of (guint64 tick)
{
  return tick > (guint64) G_MAXINT64 >> TICK_BITS ? G_MAXINT64 : (gint64) (tick << TICK_BITS);
}

static gint64
saturating_add (gint64 time, gint64 delay)
{
  gint64 sum;

  if (__builtin_add_overflow (time, delay, &sum))
    return delay > 0 ? G_MAXINT64 : G_MININT64;
  return sum;
}

/* The tick at which a slot begins, seen from where the wheel stands. */
static guint64
slot_start (guint64 tick, guint level, guint slot)
{
  guint shift = level * DIGIT_BITS;

  return (tick >> shift >> DIGIT_BITS << DIGIT_BITS | slot) << shift;
}

/* Returns the tick at which the wheel has to look at the deadline next. */
static guint64
insert (BelfryDeadlineWheel *self, BelfryDeadline *deadline)
{
  guint64 tick = MAX (tick_after (deadline->when), self->tick);
  guint64 differing = (tick ^ self->tick) | 1;
  guint level = (guint) (63 - __builtin_clzll (differing)) / DIGIT_BITS;
  guint slot = (guint) (tick >> level * DIGIT_BITS) % N_SLOTS;

  list_append (&self->lists[level * N_SLOTS + slot], &deadline->link);
  self->occupied[level] |= G_GUINT64_CONSTANT (1) << slot;
  return slot_start (self->tick, level, slot);
}

static void
detach (BelfryDeadline *deadline)
{
  BelfryDeadlineWheel *self = deadline->wheel;
  BelfryDeadlineLink *next = deadline->link.next;

  next->prev = deadline->link.prev;
  deadline->link.prev->next = next;
  deadline->wheel = NULL;
  self->n_set--;

  /* Alone with the list's head: the head's place tells which bit to clear. */
  gsize index = list_is_empty (next) ? (gsize) (next - self->lists) : DUE;
  if (index != DUE)
    self->occupied[index / N_SLOTS] &= ~(G_GUINT64_CONSTANT (1) << index % N_SLOTS);
}

static gboolean
find_next_slot (const BelfryDeadlineWheel *self, guint *level, guint *slot)
{
  for (*level = 0; *level < N_LEVELS; ++*level)
    {
      if (self->occupied[*level] != 0)
        {
          *slot = (guint) __builtin_ctzll (self->occupied[*level]);
          return TRUE;
        }
    }
  return FALSE;
}

static guint64
next_tick (const BelfryDeadlineWheel *self)
{
  guint level;
  guint slot;

  return find_next_slot (self, &level, &slot) ? slot_start (self->tick, level, slot) : NEVER;
}

static void
deal_out (BelfryDeadlineWheel *self, guint level, guint slot)
{
  BelfryDeadlineLink list;

  list_init (&list);
  list_splice (&list, &self->lists[level * N_SLOTS + slot]);
  while (!list_is_empty (&list))
    {
      BelfryDeadlineLink *link = list.next;

      list.next = link->next;
      link->next->prev = &list;
      insert (self, (BelfryDeadline *) link);
    }
}

/* Moves the wheel to the present. Each deadline on the way comes down by a level a step, so the
 * work is bounded by how many there are and not by how long it has been. */
static void
collect_due (BelfryDeadlineWheel *self, guint64 now)
{
  guint level;
  guint slot;

  while (find_next_slot (self, &level, &slot))
    {
      guint64 start = slot_start (self->tick, level, slot);

      if (start > now)
        break;
      self->tick = start;
      self->occupied[level] &= ~(G_GUINT64_CONSTANT (1) << slot);
      if (level == 0)
        list_splice (&self->lists[DUE], &self->lists[slot]);
      else
        deal_out (self, level, slot);
    }
  self->tick = MAX (self->tick, now);
}

/* A callback that frees the wheel leaves nothing due, and the turn is what releases it. */
static guint
fire_due (BelfryDeadlineWheel *self)
{
  guint n = 0;

  while (!list_is_empty (&self->lists[DUE]))
    {
      BelfryDeadline *deadline = (BelfryDeadline *) self->lists[DUE].next;

      detach (deadline);
      deadline->func (deadline, deadline->user_data);
      n++;
    }
  return n;
}

/* The wheel's clock need not be the one that the loop goes by, so the source gets the distance. */
static void
arm (BelfryDeadlineWheel *self, guint64 tick)
{
  gint64 ready = -1;

  self->armed = tick;
  if (tick != NEVER)
    {
      gint64 delay = MAX (0, saturating_add (time_of (tick), -belfry_clock_now (self->clock)));

      ready = saturating_add (g_get_monotonic_time (), delay);
    }
  g_source_set_ready_time (self->source, ready);
}

static void
release (BelfryDeadlineWheel *self)
{
  g_clear_object (&self->clock);
  g_clear_pointer (&self->source, g_source_unref);
  g_free (self);
}

static gboolean
on_ready (gpointer user_data)
{
  belfry_deadline_wheel_turn (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

BelfryDeadlineWheel *
belfry_deadline_wheel_new (BelfryClock *clock, GMainContext *context, int priority)
{
  BelfryDeadlineWheel *self = g_new0 (BelfryDeadlineWheel, 1);

  self->clock = g_object_ref (clock);
  self->tick = tick_before (belfry_clock_now (clock));
  self->armed = NEVER;
  for (gsize i = 0; i < N_LISTS; i++)
    list_init (&self->lists[i]);

  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "belfry-deadline-wheel");
  g_source_set_priority (self->source, priority);
  g_source_set_callback (self->source, on_ready, self, NULL);
  g_source_attach (self->source, context);
  return self;
}

void
belfry_deadline_wheel_free (BelfryDeadlineWheel *self)
{
  for (gsize i = 0; i < N_LISTS; i++)
    {
      while (!list_is_empty (&self->lists[i]))
        detach ((BelfryDeadline *) self->lists[i].next);
    }
  g_source_destroy (self->source);
  self->freed = TRUE;
  if (self->turning == 0)
    release (self);
}

guint
belfry_deadline_wheel_turn (BelfryDeadlineWheel *self)
{
  self->turning++;
  collect_due (self, tick_before (belfry_clock_now (self->clock)));
  guint n = fire_due (self);
  self->turning--;

  if (self->freed && self->turning == 0)
    release (self);
  else if (!self->freed)
    arm (self, next_tick (self));
  return n;
}

void
belfry_deadline_wheel_set (BelfryDeadlineWheel *self, BelfryDeadline *deadline, gint64 when)
{
  belfry_deadline_cancel (deadline);
  deadline->wheel = self;
  deadline->when = when;
  self->n_set++;

  /* A turn arms the source at its end. A source that wakes too early, because what it was armed for
   * was cancelled, costs one empty turn: less than finding the next one at every cancellation. */
  guint64 tick = insert (self, deadline);
  if (tick < self->armed && self->turning == 0)
    arm (self, tick);
}

void
belfry_deadline_wheel_set_after (BelfryDeadlineWheel *self, BelfryDeadline *deadline, gint64 delay)
{
  belfry_deadline_wheel_set (self, deadline,
                             saturating_add (belfry_clock_now (self->clock), delay));
}

gint64
belfry_deadline_wheel_now (const BelfryDeadlineWheel *self)
{
  return belfry_clock_now (self->clock);
}

guint
belfry_deadline_wheel_count (const BelfryDeadlineWheel *self)
{
  return self->n_set;
}

void
belfry_deadline_init (BelfryDeadline *deadline, BelfryDeadlineFunc func, gpointer user_data)
{
  *deadline = (BelfryDeadline){ .func = func, .user_data = user_data };
}

void
belfry_deadline_cancel (BelfryDeadline *deadline)
{
  if (deadline->wheel != NULL)
    detach (deadline);
}

gboolean
belfry_deadline_is_set (const BelfryDeadline *deadline)
{
  return deadline->wheel != NULL;
}

gint64
belfry_deadline_remaining (const BelfryDeadline *deadline)
{
  if (deadline->wheel == NULL)
    return -1;
  gint64 now = belfry_clock_now (deadline->wheel->clock);
  return deadline->when <= now ? 0 : saturating_add (deadline->when, -now);
}
