/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-reactor"

#include "config.h"

#include "belfry-reactor.h"

#include <errno.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-log.h"

/* A GSource over an epoll descriptor.
 *
 * The reactor is the GSource itself: while GLib calls it, GLib holds a reference, so that a
 * callback may free it. Whoever made it holds the other. What is deferred runs in prepare: then
 * everything that one turn brought forth leaves together, before the loop goes to sleep. Owns no
 * watch and no descriptor but its own. */

/* How much is fetched of what a deferred is part of; what it does not have costs nothing. */
#define CACHE_LINE 64
#define FETCHED_LINES 3

struct _BelfryReactor
{
  GSource source;
  int epoll_fd;
  guint n_ready; /* events of the batch being served, */
  guint next;    /* and the first that is still to come */
  struct epoll_event ready[BELFRY_REACTOR_BATCH];
  BelfryDeferred deferred; /* the heads of two rings: what is put off, */
  BelfryDeferred running;  /* and what is being run */
};

static void
ring_init (BelfryDeferred *ring)
{
  ring->next = ring->prev = ring;
}

static gboolean
ring_is_empty (const BelfryDeferred *ring)
{
  return ring->next == ring;
}

static void
ring_append (BelfryDeferred *ring, BelfryDeferred *deferred)
{
  deferred->next = ring;
  deferred->prev = ring->prev;
  ring->prev->next = deferred;
  ring->prev = deferred;
}

static void
ring_detach (BelfryDeferred *deferred)
{
  deferred->prev->next = deferred->next;
  deferred->next->prev = deferred->prev;
  deferred->next = deferred->prev = NULL;
}

static void
ring_move (BelfryDeferred *ring, BelfryDeferred *from)
{
  if (ring_is_empty (from))
    return;
  from->next->prev = ring->prev;
  ring->prev->next = from->next;
  from->prev->next = ring;
  ring->prev = from->prev;
  ring_init (from);
}

static void
ring_clear (BelfryDeferred *ring)
{
  while (!ring_is_empty (ring))
    ring_detach (ring->next);
}

/* Begins to bring what comes next into the cache, while the one before it does its system call. Who
 * stands in line begins with its BelfryDeferred, and with what it needs when its turn comes. */
static void
fetch (const BelfryDeferred *deferred)
{
  const char *around = (const char *) deferred;

  for (gsize i = 0; i < FETCHED_LINES; i++)
    __builtin_prefetch (around + i * CACHE_LINE, 1);
}

/* What is deferred meanwhile waits for the next turn, which then comes without waiting. */
static gboolean
reactor_prepare (GSource *source, int *timeout)
{
  BelfryReactor *self = (BelfryReactor *) source;

  ring_move (&self->running, &self->deferred);
  while (!ring_is_empty (&self->running))
    {
      BelfryDeferred *deferred = self->running.next;

      ring_detach (deferred);
      fetch (self->running.next);
      deferred->func (deferred);
    }
  *timeout = ring_is_empty (&self->deferred) ? -1 : 0;
  return FALSE;
}

/* May run inside itself, if a callback runs the context: the inner run leaves nothing for the outer
 * one to do. Otherwise GLib would take the descriptor out of its poll and put it back on each turn,
 * and wake itself up both times, with four system calls. */
static gboolean
reactor_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  BelfryReactor *self = (BelfryReactor *) source;
  int n = epoll_wait (self->epoll_fd, self->ready, BELFRY_REACTOR_BATCH, 0);

  self->n_ready = (guint) MAX (n, 0);
  for (self->next = 0; self->next < self->n_ready;)
    {
      const struct epoll_event *event = &self->ready[self->next++];
      BelfryWatch *watch = event->data.ptr;

      if (watch != NULL)
        watch->func (watch, event->events);
    }
  return G_SOURCE_CONTINUE;
}

static void
reactor_finalize (GSource *source)
{
  BelfryReactor *self = (BelfryReactor *) source;

  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
}

static GSourceFuncs reactor_funcs = {
  .prepare = reactor_prepare,
  .dispatch = reactor_dispatch,
  .finalize = reactor_finalize,
};

/* With nothing to wait for, level-triggering would tell of a hang-up for ever. */
static struct epoll_event
make_event (BelfryWatch *watch, guint32 events)
{
  return (struct epoll_event){ .events = events != 0 ? events : (guint32) EPOLLET,
                               .data = { .ptr = watch } };
}

BelfryReactor *
belfry_reactor_new (GMainContext *context, GError **error)
{
  GSource *source = g_source_new (&reactor_funcs, sizeof (BelfryReactor));
  BelfryReactor *self = (BelfryReactor *) source;

  g_source_set_static_name (source, "belfry-reactor");
  g_source_set_can_recurse (source, TRUE);
  ring_init (&self->deferred);
  ring_init (&self->running);
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd < 0)
    {
      belfry_error_set_errno (error, errno, "making an epoll descriptor");
      g_source_unref (source);
      return NULL;
    }
  g_source_add_unix_fd (source, self->epoll_fd, G_IO_IN);
  g_source_attach (source, context);
  return self;
}

void
belfry_reactor_free (BelfryReactor *self)
{
  self->n_ready = 0;
  ring_clear (&self->deferred);
  ring_clear (&self->running);
  g_source_destroy (&self->source);
  g_source_unref (&self->source);
}

gboolean
belfry_reactor_add (BelfryReactor *self,
                    BelfryWatch *watch,
                    int fd,
                    guint32 events,
                    BelfryWatchFunc func,
                    GError **error)
{
  struct epoll_event event = make_event (watch, events);

  g_return_val_if_fail (watch->fd < 0, FALSE);

  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    {
      belfry_error_set_errno (error, errno, "watching descriptor %d", fd);
      return FALSE;
    }
  *watch = (BelfryWatch){ .func = func, .fd = fd, .events = events };
  return TRUE;
}

void
belfry_reactor_set_events (BelfryReactor *self, BelfryWatch *watch, guint32 events)
{
  struct epoll_event event = make_event (watch, events);

  g_return_if_fail (watch->fd >= 0);

  if (watch->events == events)
    return;
  watch->events = events;
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) != 0)
    belfry_log_error ("epoll lost descriptor %d: %s", watch->fd, g_strerror (errno));
}

void
belfry_reactor_remove (BelfryReactor *self, BelfryWatch *watch)
{
  if (watch->fd < 0)
    return;
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) != 0)
    belfry_log_error ("epoll lost descriptor %d: %s", watch->fd, g_strerror (errno));
  for (guint i = self->next; i < self->n_ready; i++)
    {
      if (self->ready[i].data.ptr == watch)
        self->ready[i].data.ptr = NULL;
    }
  watch->fd = -1;
}

void
belfry_reactor_defer (BelfryReactor *self, BelfryDeferred *deferred)
{
  if (deferred->next == NULL)
    ring_append (&self->deferred, deferred);
}

void
belfry_reactor_undefer (BelfryReactor *self, BelfryDeferred *deferred)
{
  if (deferred->next != NULL)
    ring_detach (deferred);
}
