/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-reactor"

#include "config.h"

#include "belfry-reactor.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-test.h"

typedef struct Peer Peer;

/* One watched end of a pair of sockets, and what was heard of it. */
struct Peer
{
  BelfryWatch watch;
  BelfryReactor *reactor; /* (unowned) */
  int theirs;
  guint calls;
  guint32 last;
  void (*action) (Peer *self);
  Peer *other; /* (unowned) (nullable): whom the action concerns */
};

static void
on_peer (BelfryWatch *watch, guint32 events)
{
  Peer *self = (Peer *) watch;

  self->calls++;
  self->last = events;
  if (self->action != NULL)
    self->action (self);
}

static void
peer_open (Peer *self, BelfryReactor *reactor, guint32 events)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
  *self = (Peer){ .watch.fd = -1, .reactor = reactor, .theirs = fds[1] };
  belfry_reactor_add (reactor, &self->watch, fds[0], events, on_peer, &error);
  g_assert_no_error (error);
}

static void
peer_close (Peer *self)
{
  int fd = self->watch.fd;

  belfry_reactor_remove (self->reactor, &self->watch);
  if (fd >= 0)
    close (fd);
  if (self->theirs >= 0)
    close (self->theirs);
}

static void
peer_send (Peer *self)
{
  g_assert_cmpint (write (self->theirs, "x", 1), ==, 1);
}

static BelfryReactor *
reactor_new (void)
{
  g_autoptr (GError) error = NULL;
  BelfryReactor *reactor = belfry_reactor_new (NULL, &error);

  g_assert_no_error (error);
  return reactor;
}

/* A few turns in which nothing is waited for. */
static void
turn (void)
{
  for (int i = 0; i < 3; i++)
    g_main_context_iteration (NULL, FALSE);
}

static void
swallow (Peer *self)
{
  char byte;

  g_assert_cmpint (read (self->watch.fd, &byte, 1), ==, 1);
}

/* Lets the loop run inside a callback until the other has been told, too. */
static void
run_inside (Peer *self)
{
  self->action = swallow;
  swallow (self);
  belfry_test_wait_until (self->other->calls > 0);
}

/* A callback may run the loop: the rest of its batch is served then, and nothing is told twice. */
static void
test_run_within_callback (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  Peer peers[2];

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      peer_open (&peers[i], reactor, EPOLLIN);
      peers[i].other = &peers[1 - i];
      peer_send (&peers[i]);
    }
  peers[0].action = run_inside;
  peers[1].action = swallow;
  belfry_test_wait_until (peers[0].calls > 0 && peers[1].calls > 0);
  turn ();
  g_assert_cmpuint (peers[0].calls, ==, 1);
  g_assert_cmpuint (peers[1].calls, ==, 1);
  peer_send (&peers[0]);
  belfry_test_wait_until (peers[0].calls == 2);
  peer_close (&peers[0]);
  peer_close (&peers[1]);
}

/* What is ready is told; what is still there is told again; what was taken is not. */
static void
test_level_triggered (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  Peer peer;

  peer_open (&peer, reactor, EPOLLIN);
  turn ();
  g_assert_cmpuint (peer.calls, ==, 0);
  peer_send (&peer);
  belfry_test_wait_until (peer.calls >= 2);
  g_assert_cmpuint (peer.last, ==, EPOLLIN);
  peer.action = swallow;
  belfry_test_wait_until (peer.calls >= 3);
  turn ();
  g_assert_cmpuint (peer.calls, ==, 3);
  peer_close (&peer);
}

/* What is waited for can be changed, and only that is told. */
static void
test_set_events (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  Peer peer;

  peer_open (&peer, reactor, 0);
  peer_send (&peer);
  turn ();
  g_assert_cmpuint (peer.calls, ==, 0);
  belfry_reactor_set_events (reactor, &peer.watch, EPOLLOUT);
  belfry_test_wait_until (peer.calls > 0);
  g_assert_cmpuint (peer.last, ==, EPOLLOUT);
  belfry_reactor_set_events (reactor, &peer.watch, EPOLLIN | EPOLLOUT);
  guint before = peer.calls;
  belfry_test_wait_until (peer.calls > before);
  g_assert_cmpuint (peer.last, ==, EPOLLIN | EPOLLOUT);
  peer_close (&peer);
}

/* A hang-up of a paused watch is told once, and does not keep the loop from sleeping. */
static void
test_paused_hang_up (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  Peer peer;

  peer_open (&peer, reactor, EPOLLIN);
  belfry_reactor_set_events (reactor, &peer.watch, 0);
  peer_send (&peer);
  close (peer.theirs);
  peer.theirs = -1;
  belfry_test_wait_until (peer.calls > 0);
  g_assert_cmpuint (peer.last & EPOLLHUP, ==, EPOLLHUP);
  turn ();
  g_assert_cmpuint (peer.calls, ==, 1);
  belfry_reactor_set_events (reactor, &peer.watch, EPOLLIN);
  belfry_test_wait_until (peer.calls > 1);
  g_assert_cmpuint (peer.last & EPOLLIN, ==, EPOLLIN);
  peer_close (&peer);
}

static void
remove_other (Peer *self)
{
  belfry_reactor_remove (self->reactor, &self->other->watch);
}

/* Of two that are ready at once, the first removes the second: that one hears nothing. */
static void
test_remove_within_batch (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  Peer a;
  Peer b;

  peer_open (&a, reactor, EPOLLIN);
  peer_open (&b, reactor, EPOLLIN);
  int fds[] = { a.watch.fd, b.watch.fd };
  a.action = b.action = remove_other;
  a.other = &b;
  b.other = &a;
  peer_send (&a);
  peer_send (&b);
  belfry_test_wait_until (a.calls + b.calls > 1);
  g_assert_cmpuint (MIN (a.calls, b.calls), ==, 0);
  peer_close (&a);
  peer_close (&b);
  close (fds[a.calls > 0 ? 1 : 0]);
}

static void
remove_self (Peer *self)
{
  belfry_reactor_remove (self->reactor, &self->watch);
}

/* Whoever removes itself is not called again, and may be added once more. */
static void
test_remove_self (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  g_autoptr (GError) error = NULL;
  Peer peer;

  peer_open (&peer, reactor, EPOLLIN);
  int fd = peer.watch.fd;
  peer.action = remove_self;
  peer_send (&peer);
  belfry_test_wait_until (peer.calls > 0);
  turn ();
  g_assert_cmpuint (peer.calls, ==, 1);
  g_assert_cmpint (peer.watch.fd, ==, -1);
  belfry_reactor_remove (reactor, &peer.watch);
  g_assert_true (belfry_reactor_add (reactor, &peer.watch, fd, EPOLLIN, on_peer, &error));
  belfry_test_wait_until (peer.calls > 1);
  peer_close (&peer);
  close (fd);
}

static void
free_reactor (Peer *self)
{
  belfry_reactor_free (g_steal_pointer (&self->reactor));
}

/* A callback may free the reactor: nothing else that was ready is called then. */
static void
test_free_within_callback (void)
{
  BelfryReactor *reactor = reactor_new ();
  Peer peers[3];
  guint calls = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      peer_open (&peers[i], reactor, EPOLLIN);
      peers[i].action = free_reactor;
      peer_send (&peers[i]);
    }
  belfry_test_wait_until (peers[0].calls + peers[1].calls + peers[2].calls > 0);
  turn ();
  for (gsize i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      calls += peers[i].calls;
      close (peers[i].watch.fd);
      close (peers[i].theirs);
    }
  g_assert_cmpuint (calls, ==, 1);
}

#define N_MANY (BELFRY_REACTOR_BATCH + BELFRY_REACTOR_BATCH / 2)

/* More than fit into a batch are all served within two turns, though all stay ready. */
static void
test_batches_are_fair (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  g_autofree Peer *peers = g_new (Peer, N_MANY);
  guint calls = 0;

  for (gsize i = 0; i < N_MANY; i++)
    {
      peer_open (&peers[i], reactor, EPOLLIN);
      peer_send (&peers[i]);
    }
  g_main_context_iteration (NULL, FALSE);
  for (gsize i = 0; i < N_MANY; i++)
    calls += peers[i].calls;
  g_assert_cmpuint (calls, ==, BELFRY_REACTOR_BATCH);
  g_main_context_iteration (NULL, FALSE);
  for (gsize i = 0; i < N_MANY; i++)
    {
      g_assert_cmpuint (peers[i].calls, >, 0);
      peer_close (&peers[i]);
    }
}

typedef struct
{
  BelfryDeferred deferred;
  BelfryReactor *reactor;  /* (unowned) */
  GString *order;          /* (unowned) */
  BelfryDeferred *another; /* (unowned) (nullable): to be deferred, or undeferred, by this one */
  gboolean undefer;
  char name;
} Task;

static void
run_task (BelfryDeferred *deferred)
{
  Task *self = (Task *) deferred;

  g_string_append_c (self->order, self->name);
  if (self->another != NULL && self->undefer)
    belfry_reactor_undefer (self->reactor, self->another);
  else if (self->another != NULL)
    belfry_reactor_defer (self->reactor, self->another);
}

static void
task_init (Task *self, BelfryReactor *reactor, GString *order, char name)
{
  *self = (Task){ { .func = run_task }, reactor, order, NULL, FALSE, name };
}

/* What is deferred is run once, in order, in the next turn, however often it was asked for. */
static void
test_defer (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  g_autoptr (GString) order = g_string_new (NULL);
  Task tasks[3];

  for (gsize i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      task_init (&tasks[i], reactor, order, (char) ('a' + i));
      belfry_reactor_defer (reactor, &tasks[i].deferred);
      belfry_reactor_defer (reactor, &tasks[0].deferred);
    }
  belfry_reactor_undefer (reactor, &tasks[1].deferred);
  belfry_reactor_undefer (reactor, &tasks[1].deferred);
  g_assert_cmpstr (order->str, ==, "");
  turn ();
  g_assert_cmpstr (order->str, ==, "ac");
}

/* What a deferred function defers, itself too, comes one turn later, and the loop does not sleep
 * over it; what it undefers does not come. */
static void
test_defer_again (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  g_autoptr (GString) order = g_string_new (NULL);
  Task a;
  Task b;
  Task c;

  task_init (&a, reactor, order, 'a');
  task_init (&b, reactor, order, 'b');
  task_init (&c, reactor, order, 'c');
  a.another = &a.deferred;
  b.another = &c.deferred;
  b.undefer = TRUE;
  belfry_reactor_defer (reactor, &a.deferred);
  belfry_reactor_defer (reactor, &b.deferred);
  belfry_reactor_defer (reactor, &c.deferred);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpstr (order->str, ==, "ab");
  g_main_context_iteration (NULL, TRUE);
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (order->str, ==, "abaa");
}

static void
defer_own (Peer *self)
{
  swallow (self);
  belfry_reactor_defer (self->reactor, &((Task *) (gpointer) self->other)->deferred);
}

/* What a descriptor's callback defers is run before the loop waits again. */
static void
test_defer_from_callback (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  g_autoptr (GString) order = g_string_new (NULL);
  Peer peer;
  Task task;

  task_init (&task, reactor, order, 't');
  peer_open (&peer, reactor, EPOLLIN);
  peer.action = defer_own;
  peer.other = (Peer *) (gpointer) &task;
  peer_send (&peer);
  belfry_test_wait_until (order->len > 0);
  g_assert_cmpstr (order->str, ==, "t");
  g_assert_cmpuint (peer.calls, ==, 1);
  peer_close (&peer);
}

static void
free_from_task (BelfryDeferred *deferred)
{
  Task *self = (Task *) deferred;

  run_task (deferred);
  belfry_reactor_free (self->reactor);
}

/* A deferred function may free the reactor; the others are not called, and are free to go. */
static void
test_free_within_deferred (void)
{
  BelfryReactor *reactor = reactor_new ();
  g_autoptr (GString) order = g_string_new (NULL);
  Task tasks[3];

  for (gsize i = 0; i < G_N_ELEMENTS (tasks); i++)
    {
      task_init (&tasks[i], reactor, order, (char) ('a' + i));
      tasks[i].deferred.func = free_from_task;
      belfry_reactor_defer (reactor, &tasks[i].deferred);
    }
  turn ();
  g_assert_cmpstr (order->str, ==, "a");
  for (gsize i = 0; i < G_N_ELEMENTS (tasks); i++)
    g_assert_null (tasks[i].deferred.next);
}

/* What the system refuses is an error, and leaves the watch as it was. */
static void
test_errors (void)
{
  g_autoptr (BelfryReactor) reactor = reactor_new ();
  g_autoptr (GError) error = NULL;
  BelfryWatch watch = { .fd = -1 };
  struct rlimit old;

  g_assert_false (belfry_reactor_add (reactor, &watch, -1, EPOLLIN, on_peer, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_SYSTEM);
  g_assert_cmpint (watch.fd, ==, -1);
  g_clear_error (&error);

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &old));
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &(struct rlimit){ 3, old.rlim_max }));
  BelfryReactor *none = belfry_reactor_new (NULL, &error);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &old));
  g_assert_null (none);
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_SYSTEM);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/reactor/level-triggered", test_level_triggered);
  belfry_test_add ("/reactor/set-events", test_set_events);
  belfry_test_add ("/reactor/paused-hang-up", test_paused_hang_up);
  belfry_test_add ("/reactor/remove-within-batch", test_remove_within_batch);
  belfry_test_add ("/reactor/remove-self", test_remove_self);
  belfry_test_add ("/reactor/free-within-callback", test_free_within_callback);
  belfry_test_add ("/reactor/run-within-callback", test_run_within_callback);
  belfry_test_add ("/reactor/batches-are-fair", test_batches_are_fair);
  belfry_test_add ("/reactor/defer", test_defer);
  belfry_test_add ("/reactor/defer-again", test_defer_again);
  belfry_test_add ("/reactor/defer-from-callback", test_defer_from_callback);
  belfry_test_add ("/reactor/free-within-deferred", test_free_within_deferred);
  belfry_test_add ("/reactor/errors", test_errors);
  return g_test_run ();
}
