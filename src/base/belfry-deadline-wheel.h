/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-clock.h"

G_BEGIN_DECLS

typedef struct _BelfryDeadline BelfryDeadline;
typedef struct _BelfryDeadlineLink BelfryDeadlineLink;

/**
 * BelfryDeadlineWheel:
 *
 * Tens of thousands of deadlines behind one GSource: setting, moving and cancelling one costs the
 * same however many there are. Everything of a wheel happens on the thread that made it.
 */
typedef struct _BelfryDeadlineWheel BelfryDeadlineWheel;

/* Microseconds by which a deadline may be late and the GSource woken at the most once. Deadlines
 * here are those of people and networks, seconds long: a hundredth of one is exact enough, and
 * whatever falls into the same tick shares one wake-up. A power of two, so that no set divides. */
#define BELFRY_DEADLINE_TICK 8192

/**
 * BelfryDeadlineFunc:
 * @deadline: what has passed; it is not set any more, and may be set again or freed
 * @user_data: as given to belfry_deadline_init()
 *
 * May set and cancel any deadlines, and free the wheel.
 */
typedef void (*BelfryDeadlineFunc) (BelfryDeadline *deadline, gpointer user_data);

struct _BelfryDeadlineLink
{
  /*< private >*/
  BelfryDeadlineLink *next; /* (unowned) (nullable) */
  BelfryDeadlineLink *prev; /* (unowned) (nullable) */
};

/**
 * BelfryDeadline:
 *
 * Embedded in whatever has a deadline; must be cancelled before that is freed. Its fields are the
 * wheel's.
 */
struct _BelfryDeadline
{
  /*< private >*/
  BelfryDeadlineLink link;
  BelfryDeadlineWheel *wheel; /* (unowned) (nullable): while it is set */
  gint64 when;
  BelfryDeadlineFunc func; /* (unowned) */
  gpointer user_data;      /* (unowned) (nullable) */
};

/**
 * belfry_deadline_wheel_new:
 * @clock: what tells the time
 * @context: (nullable): whose loop runs what is due; %NULL for the default one
 * @priority: the GSource's
 *
 * Returns: (transfer full): a wheel with nothing set
 */
BelfryDeadlineWheel *
belfry_deadline_wheel_new (BelfryClock *clock, GMainContext *context, int priority);

/**
 * belfry_deadline_wheel_free:
 *
 * Cancels all deadlines. None of them fires afterwards, even if this is called by one that did.
 */
void belfry_deadline_wheel_free (BelfryDeadlineWheel *self);

/**
 * belfry_deadline_wheel_turn:
 *
 * Fires what is due, in the order of the ticks; the GSource does nothing else. What the callbacks
 * set, even in the past, waits for the next turn.
 *
 * Returns: how many fired
 */
guint belfry_deadline_wheel_turn (BelfryDeadlineWheel *self);

/**
 * belfry_deadline_wheel_set:
 * @deadline: set or not; if it is, it is moved
 * @when: microseconds of the wheel's clock. It fires no earlier, and less than a tick later if the
 * thread is free; if that has passed, on the next turn, never from within this call
 */
void belfry_deadline_wheel_set (BelfryDeadlineWheel *self, BelfryDeadline *deadline, gint64 when);

/**
 * belfry_deadline_wheel_set_after:
 * @delay: microseconds from now; %G_MAXINT64 is as good as never
 *
 * belfry_deadline_wheel_set() from the present on.
 */
void
belfry_deadline_wheel_set_after (BelfryDeadlineWheel *self, BelfryDeadline *deadline, gint64 delay);

/**
 * belfry_deadline_wheel_now:
 *
 * Returns: the time by the wheel's clock
 */
gint64 belfry_deadline_wheel_now (const BelfryDeadlineWheel *self);

/**
 * belfry_deadline_wheel_count:
 *
 * Returns: how many deadlines are set
 */
guint belfry_deadline_wheel_count (const BelfryDeadlineWheel *self);

/**
 * belfry_deadline_init:
 * @deadline: what is to be set up, not set
 * @func: called when it has passed
 * @user_data: (nullable): for @func
 */
void belfry_deadline_init (BelfryDeadline *deadline, BelfryDeadlineFunc func, gpointer user_data);

/**
 * belfry_deadline_cancel:
 *
 * Makes sure that it does not fire; does nothing if it is not set.
 */
void belfry_deadline_cancel (BelfryDeadline *deadline);

gboolean belfry_deadline_is_set (const BelfryDeadline *deadline);

/**
 * belfry_deadline_remaining:
 *
 * Returns: microseconds left, zero if it has passed but not fired yet, -1 if it is not set
 */
gint64 belfry_deadline_remaining (const BelfryDeadline *deadline);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryDeadlineWheel, belfry_deadline_wheel_free)

G_END_DECLS
