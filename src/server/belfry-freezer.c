/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-freezer"

#include "config.h"

#include "belfry-freezer.h"

/* What a worker writes down, on its own thread; and the lock that it then waits for. */

struct _BelfryFreezer
{
  GMutex lock;
  GCond changed;
  GPtrArray *frozen; /* (element-type BelfryFrozen) (owned) */
  gboolean thawed;
};

typedef struct
{
  BelfryFrozen *frozen; /* (unowned) */
  gsize budget;
} Saving;

static void
add_descriptor (BelfryFrozen *self, int fd, BelfryHandoverKind kind)
{
  const BelfryFrozenDescriptor descriptor = { fd, kind };

  g_array_append_val (self->descriptors, descriptor);
}

/* Another descriptor of the same socket need not be kept: it is made again. */
static void
save_socket (gpointer data, gpointer user_data)
{
  const BelfryListenSocket *socket = data;
  BelfryFrozen *self = user_data;

  if (socket->name == NULL)
    return;
  belfry_listen_socket_save (socket, self->sockets);
  add_descriptor (self, socket->fd, BELFRY_HANDOVER_LISTENS);
  self->n_sockets++;
}

/* What a client takes is its length before, so that the main thread can hand it on unread. */
static void
save_client (BelfryClient *client, gpointer user_data)
{
  const Saving *saving = user_data;
  BelfryFrozen *self = saving->frozen;
  gsize budget = saving->budget;
  int fd = belfry_connection_get_fd (client->connection);
  gsize begin = self->clients->len;

  if (!belfry_connection_can_move (client->connection))
    return;
  belfry_state_put_u32 (self->clients, (guint32) fd);
  gsize at = belfry_state_reserve_u32 (self->clients);
  gsize start = self->clients->len;
  if (belfry_connection_get_held (client->connection) > budget - MIN (start, budget) ||
      !belfry_client_save (client, self->clients))
    {
      g_byte_array_set_size (self->clients, (guint) begin);
      return;
    }
  belfry_state_set_u32 (self->clients, at, (guint32) (self->clients->len - start));
  add_descriptor (self, fd,
                  belfry_connection_is_cut (client->connection) ? BELFRY_HANDOVER_CLIENT_CUT
                                                                : BELFRY_HANDOVER_CLIENT);
  self->n_clients++;
}

BelfryFrozen *
belfry_frozen_new (const BelfryRoster *clients, BelfryListener *listener, gsize budget)
{
  BelfryFrozen *self = g_new0 (BelfryFrozen, 1);

  self->sockets = g_byte_array_new ();
  self->clients = g_byte_array_new ();
  self->descriptors = g_array_new (FALSE, FALSE, sizeof (BelfryFrozenDescriptor));
  belfry_listener_foreach (listener, save_socket, self);
  Saving saving = { self, budget };
  belfry_roster_foreach (clients, save_client, &saving);
  return self;
}

void
belfry_frozen_free (BelfryFrozen *self)
{
  g_byte_array_unref (self->sockets);
  g_byte_array_unref (self->clients);
  g_array_unref (self->descriptors);
  g_free (self);
}

BelfryFreezer *
belfry_freezer_new (void)
{
  BelfryFreezer *self = g_atomic_rc_box_new0 (BelfryFreezer);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->frozen = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_frozen_free);
  return self;
}

BelfryFreezer *
belfry_freezer_ref (BelfryFreezer *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  BelfryFreezer *self = data;

  g_ptr_array_unref (self->frozen);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
}

void
belfry_freezer_unref (BelfryFreezer *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

void
belfry_freezer_stay (BelfryFreezer *self, BelfryFrozen *frozen)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->frozen, frozen);
  g_cond_broadcast (&self->changed);
  while (!self->thawed)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

const GPtrArray *
belfry_freezer_wait (BelfryFreezer *self, guint n, gint64 patience)
{
  gint64 end = g_get_monotonic_time () + patience;
  gboolean late = FALSE;

  g_mutex_lock (&self->lock);
  while (self->frozen->len < n && !late)
    late = !g_cond_wait_until (&self->changed, &self->lock, end);
  late = self->frozen->len < n;
  g_mutex_unlock (&self->lock);
  return late ? NULL : self->frozen;
}

void
belfry_freezer_thaw (BelfryFreezer *self)
{
  g_mutex_lock (&self->lock);
  self->thawed = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}
