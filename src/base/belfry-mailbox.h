/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryMailbox:
 *
 * The way of things between threads: many producers, and one consumer, which is whatever thread
 * runs a GMainContext. Keeps order, is bounded, and wakes its consumer only when that sleeps.
 *
 * References are the users': when the last one goes, the mailbox closes and discards what is in it,
 * on that thread. Until then, or until it is closed, it keeps its context alive.
 */
typedef struct _BelfryMailbox BelfryMailbox;

/**
 * BelfryMailboxFunc:
 * @item: (transfer full): what was pushed
 * @user_data: as given to belfry_mailbox_new()
 *
 * Called on the consumer's thread, without any lock. May push into, close and unref the mailbox.
 */
typedef void (*BelfryMailboxFunc) (gpointer item, gpointer user_data);

/**
 * BelfryMailboxPolicy:
 *
 * What happens when there is no room.
 */
typedef enum
{
  BELFRY_MAILBOX_REFUSE,      /* the push fails */
  BELFRY_MAILBOX_DROP_OLDEST, /* what came first is freed */
} BelfryMailboxPolicy;

/**
 * BelfryMailboxClose:
 *
 * What happens to that which is queued when a mailbox is closed.
 */
typedef enum
{
  BELFRY_MAILBOX_DRAIN,   /* it is still delivered */
  BELFRY_MAILBOX_DISCARD, /* it is freed */
} BelfryMailboxClose;

/* Items that a turn delivers unless told otherwise: enough that a turn's own cost vanishes, few
 * enough that sources of the same priority wait for about a millisecond at the most. */
#define BELFRY_MAILBOX_TURN 256

/**
 * BelfryMailboxOptions:
 *
 * The shape of a mailbox.
 */
typedef struct
{
  const char *name;           /* (unowned): static; the GSource's */
  int priority;               /* the GSource's */
  gsize capacity;             /* in units of cost; zero counts as one */
  gsize reserve;              /* beyond that, for belfry_mailbox_push_control() alone */
  BelfryMailboxPolicy policy; /* when there is no room */
  GDestroyNotify item_free;   /* (unowned) (nullable): frees what is not delivered, on any thread */
  guint turn;                 /* items a turn; zero stands for BELFRY_MAILBOX_TURN */
} BelfryMailboxOptions;

/**
 * BelfryMailboxStats:
 *
 * What a mailbox has seen so far.
 */
typedef struct
{
  guint64 pushed;    /* items accepted */
  guint64 refused;   /* pushes that failed, for whatever reason */
  guint64 dropped;   /* items freed to make room */
  guint64 discarded; /* items freed because of closing */
  guint64 wakes;     /* pushes that woke the consumer */
  guint64 turns;     /* times that the consumer was woken or went on */
  gsize queued;      /* items waiting now */
  gsize cost;        /* their cost */
  gsize high_water;  /* the highest cost there ever was */
} BelfryMailboxStats;

/**
 * belfry_mailbox_new:
 * @context: (nullable): where @func is called; %NULL for the default one
 * @options: the shape, copied
 * @func: takes the items
 * @user_data: (nullable): for @func
 * @user_data_free: (nullable): frees @user_data once @func cannot be called any more, on the thread
 * that delivered the last item or that discarded
 *
 * Returns: (transfer full): an open mailbox
 */
BelfryMailbox *belfry_mailbox_new (GMainContext *context,
                                   const BelfryMailboxOptions *options,
                                   BelfryMailboxFunc func,
                                   gpointer user_data,
                                   GDestroyNotify user_data_free);

BelfryMailbox *belfry_mailbox_ref (BelfryMailbox *self);
void belfry_mailbox_unref (BelfryMailbox *self);

/**
 * belfry_mailbox_push:
 * @item: what is to be delivered; the mailbox's own if this succeeds, the caller's otherwise
 * @cost: how much of the capacity it takes; zero counts as one, so that items are bounded too
 *
 * Returns: whether it will be delivered, or freed by the mailbox. It fails when the mailbox is
 * closed, when the item alone is more than the capacity, and, under %BELFRY_MAILBOX_REFUSE, when
 * there is no room. Any thread.
 */
gboolean belfry_mailbox_push (BelfryMailbox *self, gpointer item, gsize cost);

/**
 * belfry_mailbox_push_control:
 * @item: something without which a thread would not start, stop or be known to live; costs one
 *
 * belfry_mailbox_push() for a mailbox under %BELFRY_MAILBOX_REFUSE, which may also take what its
 * options keep in reserve: other items cannot shut out these.
 */
gboolean belfry_mailbox_push_control (BelfryMailbox *self, gpointer item);

/**
 * belfry_mailbox_close:
 *
 * Refuses all pushes from now on. Any thread; nothing happens the second time, but that
 * %BELFRY_MAILBOX_DISCARD ends a draining. When this discards on the consumer's thread, the
 * function is not called afterwards; on any other, one call may be under way.
 */
void belfry_mailbox_close (BelfryMailbox *self, BelfryMailboxClose mode);

/**
 * belfry_mailbox_get_stats:
 * @stats: (out): figures that belong together
 *
 * Any thread.
 */
void belfry_mailbox_get_stats (BelfryMailbox *self, BelfryMailboxStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryMailbox, belfry_mailbox_unref)

G_END_DECLS
