/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-mailbox"

#include "config.h"

#include "belfry-mailbox.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

/* A queue between threads: a ring under a lock, and a GSource that wakes the consumer.
 *
 * The lock is held for a few instructions only: no item is freed under it, nothing woken or called.
 * A turn takes out a batch at once; what is left, or comes while that is delivered, the consumer
 * itself comes back for. So only a push that finds it asleep wakes it.
 *
 * Owned by its users on all threads. The source belongs to the context and holds the struct, not a
 * user's reference, so that users that are all gone close the mailbox. The struct in turn holds the
 * context, because a producer may be waking it while its owner lets go of it. Closing undoes that
 * circle. */

#define FIRST_SIZE 16

/* An empty ring larger than this is given back: a peak must not cost memory for ever. */
#define KEPT_SIZE 4096

/* How many items a push drops without having to allocate. */
#define N_FEW 16

typedef enum
{
  STATE_OPEN,
  STATE_DRAINING,
  STATE_DISCARDED,
} State;

typedef struct
{
  gpointer item; /* (owned) */
  gsize cost;
} Entry;

typedef struct
{
  Entry *entries; /* (array) (owned) (nullable) */
  gsize size;     /* a power of two, or zero */
  gsize head;
  gsize n;
} Ring;

/* While GLib looks whether it is due, another thread may close the mailbox: so that is written in
 * the source, which GLib holds. */
typedef struct
{
  GSource source;
  atomic_bool due;
} Bell;

struct _BelfryMailbox
{
  atomic_uint n_users;
  atomic_uint n_holders; /* the users together, and the source */

  GMainContext *context; /* (owned) */
  Bell *bell;            /* (owned) */
  gpointer *batch;       /* (array) (owned): the consumer's: what it is delivering */
  BelfryMailboxOptions options;
  BelfryMailboxFunc func;        /* (unowned) */
  gpointer user_data;            /* (owned) (nullable) */
  GDestroyNotify user_data_free; /* (unowned) (nullable) */

  _Atomic State state; /* changed under the lock */

  GMutex lock;
  gboolean awake;           /* (locked): the consumer looks into the ring without being woken */
  Ring ring;                /* (locked) */
  BelfryMailboxStats stats; /* (locked) */
};

static void
ring_grow (Ring *ring)
{
  gsize size = ring->size == 0 ? FIRST_SIZE : 2 * ring->size;
  Entry *entries = g_new (Entry, size);
  gsize first = MIN (ring->n, ring->size - ring->head);

  if (ring->n > 0)
    {
      memcpy (entries, ring->entries + ring->head, first * sizeof (Entry));
      memcpy (entries + first, ring->entries, (ring->n - first) * sizeof (Entry));
    }
  g_free (ring->entries);
  ring->entries = entries;
  ring->size = size;
  ring->head = 0;
}

static Entry *
ring_at (const Ring *ring, gsize index)
{
  return &ring->entries[(ring->head + index) & (ring->size - 1)];
}

static void
ring_push (Ring *ring, gpointer item, gsize cost)
{
  if (ring->n == ring->size)
    ring_grow (ring);
  *ring_at (ring, ring->n++) = (Entry){ item, cost };
}

static Entry
ring_pop (Ring *ring)
{
  Entry entry = *ring_at (ring, 0);

  ring->head = (ring->head + 1) & (ring->size - 1);
  ring->n--;
  return entry;
}

static void
free_items (const BelfryMailbox *self, const gpointer *items, gsize n)
{
  if (self->options.item_free == NULL)
    return;
  for (gsize i = 0; i < n; i++)
    self->options.item_free (items[i]);
}

static State
get_state (const BelfryMailbox *self)
{
  return atomic_load_explicit (&self->state, memory_order_relaxed);
}

/* Needs the lock. */
static void
take (BelfryMailbox *self, gpointer *items, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      Entry entry = ring_pop (&self->ring);

      items[i] = entry.item;
      self->stats.cost -= entry.cost;
    }
}

/* Needs the lock. Returns how many of the oldest items have to go for one of that cost. */
static gsize
count_in_the_way (const BelfryMailbox *self, gsize cost)
{
  if (self->options.policy == BELFRY_MAILBOX_REFUSE)
    return 0;
  gsize room = self->options.capacity - self->stats.cost;
  gsize n = 0;

  while (room < cost)
    room += ring_at (&self->ring, n++)->cost;
  return n;
}

/* Needs the lock. What is in the reserve may have brought the cost above the capacity. */
static gboolean
accepts (const BelfryMailbox *self, gsize cost, gsize reserve)
{
  gsize bound = self->options.capacity + reserve;

  if (get_state (self) != STATE_OPEN || cost > bound)
    return FALSE;
  return self->options.policy == BELFRY_MAILBOX_DROP_OLDEST || self->stats.cost <= bound - cost;
}

/* Needs the lock. */
static void
append (BelfryMailbox *self, gpointer item, gsize cost)
{
  ring_push (&self->ring, item, cost);
  self->stats.pushed++;
  self->stats.cost += cost;
  self->stats.high_water = MAX (self->stats.high_water, self->stats.cost);
}

static void
release_holder (BelfryMailbox *self)
{
  if (atomic_fetch_sub_explicit (&self->n_holders, 1, memory_order_acq_rel) != 1)
    return;
  g_source_unref (&self->bell->source);
  g_main_context_unref (self->context);
  g_free (self->batch);
  g_free (self->ring.entries);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* GLib calls this once the source is destroyed and no dispatch is under way. */
static void
on_source_gone (gpointer user_data)
{
  BelfryMailbox *self = user_data;

  if (self->user_data_free != NULL)
    self->user_data_free (self->user_data);
  release_holder (self);
}

static gsize
take_batch (BelfryMailbox *self)
{
  g_autofree Entry *spare = NULL;

  g_mutex_lock (&self->lock);
  gsize n = MIN (self->ring.n, self->options.turn);
  take (self, self->batch, n);
  self->stats.turns++;
  if (self->ring.n == 0 && self->ring.size > KEPT_SIZE)
    {
      spare = g_steal_pointer (&self->ring.entries);
      self->ring = (Ring){ 0 };
    }
  g_mutex_unlock (&self->lock);
  return n;
}

static void
set_due (Bell *self, gboolean due)
{
  atomic_store_explicit (&self->due, due, memory_order_release);
}

/* GLib would wake a context for a ready time with the context's lock in its hand, which is the
 * first thing that whoever wakes up wants to have. */
static void
sound (BelfryMailbox *self)
{
  set_due (self->bell, TRUE);
  g_main_context_wakeup (self->context);
}

/* Comes back for what is left, or goes to sleep. Returns whether there will be anything more. */
static gboolean
end_turn (BelfryMailbox *self)
{
  g_mutex_lock (&self->lock);
  gboolean more = self->awake = self->ring.n > 0;
  gboolean finished = !more && get_state (self) != STATE_OPEN;
  g_mutex_unlock (&self->lock);

  if (more)
    set_due (self->bell, TRUE);
  return !finished;
}

static void
deliver (BelfryMailbox *self, gsize n)
{
  gsize i = 0;

  while (i < n && get_state (self) != STATE_DISCARDED)
    self->func (self->batch[i++], self->user_data);
  if (i == n)
    return;
  g_mutex_lock (&self->lock);
  self->stats.discarded += n - i;
  g_mutex_unlock (&self->lock);
  free_items (self, self->batch + i, n - i);
}

static gboolean
on_ready (gpointer user_data)
{
  BelfryMailbox *self = user_data;

  deliver (self, take_batch (self));
  return end_turn (self) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
bell_check (GSource *source)
{
  return atomic_load_explicit (&((Bell *) source)->due, memory_order_acquire);
}

static gboolean
bell_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return bell_check (source);
}

/* The bell is silent before the ring is looked at: a push that comes between rings it again, one
 * that came before is seen. */
static gboolean
bell_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  set_due ((Bell *) source, FALSE);
  return callback (user_data);
}

static GSourceFuncs bell_funcs = {
  .prepare = bell_prepare,
  .check = bell_check,
  .dispatch = bell_dispatch,
};

static void
attach_source (BelfryMailbox *self)
{
  GSource *source = g_source_new (&bell_funcs, sizeof (Bell));

  self->bell = (Bell *) source;
  atomic_init (&self->bell->due, FALSE);
  g_source_set_static_name (source, self->options.name);
  g_source_set_priority (source, self->options.priority);
  g_source_set_callback (source, on_ready, self, on_source_gone);
  g_source_attach (source, self->context);
}

/* Empties a mailbox that is to deliver nothing more, and returns the ring that was in it. */
static gboolean
discard (BelfryMailbox *self, Ring *ring)
{
  g_mutex_lock (&self->lock);
  gboolean first = get_state (self) != STATE_DISCARDED;
  *ring = self->ring;
  self->ring = (Ring){ 0 };
  self->stats.discarded += ring->n;
  self->stats.cost = 0;
  atomic_store_explicit (&self->state, STATE_DISCARDED, memory_order_relaxed);
  g_mutex_unlock (&self->lock);
  return first;
}

static void
close_discarding (BelfryMailbox *self)
{
  Ring ring;

  if (!discard (self, &ring))
    return;
  while (ring.n > 0)
    {
      gpointer item = ring_pop (&ring).item;

      free_items (self, &item, 1);
    }
  g_free (ring.entries);
  g_source_destroy (&self->bell->source);
}

/* The consumer finishes: only it knows when the last item is delivered. */
static void
close_draining (BelfryMailbox *self)
{
  g_mutex_lock (&self->lock);
  gboolean first = get_state (self) == STATE_OPEN;
  if (first)
    atomic_store_explicit (&self->state, STATE_DRAINING, memory_order_relaxed);
  g_mutex_unlock (&self->lock);
  if (first)
    sound (self);
}

static gboolean
push (BelfryMailbox *self, gpointer item, gsize cost, gsize reserve)
{
  gpointer few[N_FEW];
  g_autofree gpointer *many = NULL;
  gpointer *dropped = few;
  gsize n_dropped = 0;
  gboolean wakes = FALSE;

  g_mutex_lock (&self->lock);
  gboolean accepted = accepts (self, cost, reserve);
  if (accepted)
    {
      wakes = !self->awake;
      self->awake = TRUE;
      self->stats.wakes += wakes ? 1 : 0;
      n_dropped = count_in_the_way (self, cost);
      if (n_dropped > N_FEW)
        dropped = many = g_new (gpointer, n_dropped);
      take (self, dropped, n_dropped);
      append (self, item, cost);
      self->stats.dropped += n_dropped;
    }
  else
    self->stats.refused++;
  g_mutex_unlock (&self->lock);

  if (wakes)
    sound (self);
  free_items (self, dropped, n_dropped);
  return accepted;
}

BelfryMailbox *
belfry_mailbox_new (GMainContext *context,
                    const BelfryMailboxOptions *options,
                    BelfryMailboxFunc func,
                    gpointer user_data,
                    GDestroyNotify user_data_free)
{
  BelfryMailbox *self = g_new0 (BelfryMailbox, 1);

  atomic_init (&self->n_users, 1);
  atomic_init (&self->n_holders, 2);
  atomic_init (&self->state, STATE_OPEN);
  g_mutex_init (&self->lock);
  self->options = *options;
  self->options.capacity = MAX (options->capacity, 1);
  self->options.reserve = MIN (options->reserve, G_MAXSIZE - self->options.capacity);
  self->options.turn = options->turn == 0 ? BELFRY_MAILBOX_TURN : options->turn;
  self->batch = g_new (gpointer, self->options.turn);
  self->func = func;
  self->user_data = user_data;
  self->user_data_free = user_data_free;
  self->context = g_main_context_ref (context != NULL ? context : g_main_context_default ());
  attach_source (self);
  return self;
}

BelfryMailbox *
belfry_mailbox_ref (BelfryMailbox *self)
{
  atomic_fetch_add_explicit (&self->n_users, 1, memory_order_relaxed);
  return self;
}

void
belfry_mailbox_unref (BelfryMailbox *self)
{
  if (atomic_fetch_sub_explicit (&self->n_users, 1, memory_order_acq_rel) != 1)
    return;
  close_discarding (self);
  release_holder (self);
}

gboolean
belfry_mailbox_push (BelfryMailbox *self, gpointer item, gsize cost)
{
  return push (self, item, MAX (cost, 1), 0);
}

gboolean
belfry_mailbox_push_control (BelfryMailbox *self, gpointer item)
{
  g_return_val_if_fail (self->options.policy == BELFRY_MAILBOX_REFUSE, FALSE);

  return push (self, item, 1, self->options.reserve);
}

void
belfry_mailbox_close (BelfryMailbox *self, BelfryMailboxClose mode)
{
  if (mode == BELFRY_MAILBOX_DRAIN)
    close_draining (self);
  else
    close_discarding (self);
}

void
belfry_mailbox_get_stats (BelfryMailbox *self, BelfryMailboxStats *stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  stats->queued = self->ring.n;
  g_mutex_unlock (&self->lock);
}
