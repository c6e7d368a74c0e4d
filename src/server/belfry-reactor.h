/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <sys/epoll.h>

G_BEGIN_DECLS

/**
 * BelfryReactor:
 *
 * Ten thousand descriptors behind one GSource, so that a turn of the loop costs what happened in it
 * and not what is open. Level-triggered. Everything of a reactor happens on the thread that runs
 * its GMainContext.
 */
typedef struct _BelfryReactor BelfryReactor;
typedef struct _BelfryWatch BelfryWatch;
typedef struct _BelfryDeferred BelfryDeferred;

/* Descriptors that are served in one turn: enough that a turn's own cost vanishes, few enough that
 * the loop's other sources wait for about a millisecond. Those beyond come first in the next. */
#define BELFRY_REACTOR_BATCH 256

/**
 * BelfryWatchFunc:
 * @watch: what is ready
 * @events: in which way: `EPOLLIN`, `EPOLLOUT`, `EPOLLHUP`, `EPOLLERR`, `EPOLLRDHUP`
 *
 * May add, change and remove any watch, defer anything, and free the reactor.
 */
typedef void (*BelfryWatchFunc) (BelfryWatch *watch, guint32 events);

/**
 * BelfryDeferredFunc:
 * @deferred: what was put off; it may be again
 *
 * May do what a #BelfryWatchFunc may, but must not run the GMainContext.
 */
typedef void (*BelfryDeferredFunc) (BelfryDeferred *deferred);

/**
 * BelfryWatch:
 *
 * Embedded in whatever has a descriptor. Set @fd to -1 before the first use; the fields are the
 * reactor's, but may be read. Must be removed before it is freed and before its descriptor is
 * closed.
 */
struct _BelfryWatch
{
  BelfryWatchFunc func; /* (unowned) */
  int fd;               /* -1 when it is not added */
  guint32 events;
};

/**
 * BelfryDeferred:
 *
 * Embedded in whatever has work to put off until the next turn. Only @func is set by its user; all
 * else is zero at first. Must not be deferred when it is freed. What stands right behind it, in the
 * same struct, has been fetched from memory by the time that @func is called.
 */
struct _BelfryDeferred
{
  BelfryDeferredFunc func; /* (unowned) */
  /*< private >*/
  BelfryDeferred *next; /* (unowned) (nullable) */
  BelfryDeferred *prev; /* (unowned) (nullable) */
};

/**
 * belfry_reactor_new:
 * @context: (nullable): whose loop serves the descriptors; %NULL for the default one
 * @error: %BELFRY_ERROR_SYSTEM if there are no descriptors left
 *
 * Returns: (transfer full) (nullable): a reactor with nothing in it
 */
BelfryReactor *belfry_reactor_new (GMainContext *context, GError **error);

/**
 * belfry_reactor_free:
 *
 * Nothing that is still watched or deferred is called any more.
 */
void belfry_reactor_free (BelfryReactor *self);

/**
 * belfry_reactor_add:
 * @watch: not added anywhere
 * @fd: a descriptor that epoll can watch; stays the caller's
 * @events: what to wait for; see belfry_reactor_set_events()
 * @error: %BELFRY_ERROR_SYSTEM if the system cannot watch it
 */
gboolean belfry_reactor_add (BelfryReactor *self,
                             BelfryWatch *watch,
                             int fd,
                             guint32 events,
                             BelfryWatchFunc func,
                             GError **error);

/**
 * belfry_reactor_set_events:
 * @events: what to wait for. A hang-up and an error are always told: again and again as long as
 * anything else is waited for, and once if this is zero, so that a watch can be paused.
 */
void belfry_reactor_set_events (BelfryReactor *self, BelfryWatch *watch, guint32 events);

/**
 * belfry_reactor_remove:
 *
 * Does nothing if it is not added. May be called from inside any callback: what this turn still has
 * in store for the watch is not delivered.
 */
void belfry_reactor_remove (BelfryReactor *self, BelfryWatch *watch);

/**
 * belfry_reactor_defer:
 *
 * Lets the function be called once, at the start of the next turn and before the loop waits for
 * anything. Does nothing if that is to happen already. Must not be called from another GSource's
 * prepare function, for the turn may have passed ours by then.
 */
void belfry_reactor_defer (BelfryReactor *self, BelfryDeferred *deferred);
void belfry_reactor_undefer (BelfryReactor *self, BelfryDeferred *deferred);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryReactor, belfry_reactor_free)

G_END_DECLS
