/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-listener"

#include "config.h"

#include "belfry-listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "belfry-log-limit.h"
#include "belfry-refusal.h"
#include "belfry-token-bucket.h"

/* The way in. When the system has no more descriptors, epoll would tell of the waiting connection
 * for ever: so the one that is kept for this is given up to accept and turn away one, and then the
 * sockets rest for a moment. No error of accept ends a listener. */

/* How long the sockets rest. Connections wait in the kernel meanwhile. */
#define PAUSE (100 * G_TIME_SPAN_MILLISECOND)
#define NO_FD (-1)

typedef struct
{
  BelfryWatch watch;
  BelfryListener *listener;   /* (unowned) */
  BelfryListenSocket *socket; /* (owned) */
} Door;

/* Why somebody was not let in. */
typedef enum
{
  REFUSAL_RATE,
  REFUSAL_TOTAL,
  REFUSAL_ADDRESS,
  N_REFUSALS,
} Refusal;

static const struct
{
  const char *message_id; /* (unowned) */
  const char *what;       /* (unowned) */
  const char *key;        /* (unowned): the setting */
  BelfryLogLevel level;
} refusal_infos[] = {
  [REFUSAL_RATE] = { BELFRY_MESSAGE_ACCEPT_RATE, "connections come too fast", "accept-rate",
                     BELFRY_LOG_NOTICE },
  [REFUSAL_TOTAL] = { BELFRY_MESSAGE_CONNECTION_LIMIT, "there are too many connections",
                      "max-connections", BELFRY_LOG_WARNING },
  [REFUSAL_ADDRESS] = { BELFRY_MESSAGE_ADDRESS_LIMIT, "an address has too many connections",
                        "max-connections-per-address", BELFRY_LOG_INFO },
};
G_STATIC_ASSERT (G_N_ELEMENTS (refusal_infos) == N_REFUSALS);

struct _BelfryListener
{
  BelfryReactor *reactor;     /* (unowned) */
  BelfryDeadlineWheel *wheel; /* (unowned) */
  BelfryClock *clock;         /* (unowned) */
  BelfryAddresses *addresses; /* (owned) */
  BelfryListenerLimits limits;
  BelfryAcceptedFunc func; /* (unowned) */
  gpointer user_data;      /* (unowned) */
  GPtrArray *doors;        /* (element-type Door) (owned) */
  BelfryTokenBucket rate;
  BelfryLogLimit complaints;
  BelfryLogLimit refusals[N_REFUSALS];
  BelfryDeadline pause;
  BelfryListenerStats stats;
  gboolean resting;
  gboolean *freed; /* (unowned) (nullable): what to set when it goes, while it accepts */
  int spare_fd;    /* (owned) */
};

static int
open_spare (void)
{
  return open ("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (g_steal_fd (fd));
}

static void
door_free (Door *door)
{
  belfry_reactor_remove (door->listener->reactor, &door->watch);
  belfry_listen_socket_free (door->socket);
  g_free (door);
}

static gint64
get_now (BelfryListener *self)
{
  return belfry_clock_now (self->clock);
}

static void
pause_doors (BelfryListener *self)
{
  self->stats.pauses++;
  for (guint i = 0; i < self->doors->len; i++)
    belfry_reactor_remove (self->reactor, &((Door *) g_ptr_array_index (self->doors, i))->watch);
  belfry_deadline_wheel_set_after (self->wheel, &self->pause, PAUSE);
}

static void
shed_one (BelfryListener *self, const Door *door)
{
  if (self->spare_fd < 0)
    return;
  close_fd (&self->spare_fd);

  int fd = accept4 (door->socket->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd >= 0)
    {
      /* What TLS would have to carry cannot be said in the clear. */
      if (!door->socket->tls)
        belfry_refusal_send (fd, 503);
      close (fd);
      self->stats.shed++;
    }
  self->spare_fd = open_spare ();
}

static void
complain (BelfryListener *self, int errnum)
{
  BelfryLogContext context = { .message_id = BELFRY_MESSAGE_DESCRIPTORS_SHORT };

  belfry_log_limited (&self->complaints, BELFRY_LOG_WARNING, &context,
                      "cannot accept connections: %s; trying again every %d ms",
                      g_strerror (errnum), (int) (PAUSE / G_TIME_SPAN_MILLISECOND));
}

/* Returns: whether to go on accepting from this socket */
static gboolean
on_accept_error (BelfryListener *self, const Door *door, int errnum)
{
  switch (errnum)
    {
    case EAGAIN:
      return FALSE;
    case EINTR:
    case ECONNABORTED:
    /* What accept4(2) says to treat like EAGAIN: the error of a connection that has gone. */
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return TRUE;
    case EMFILE:
    case ENFILE:
      complain (self, errnum);
      shed_one (self, door);
      pause_doors (self);
      return FALSE;
    default:
      complain (self, errnum);
      pause_doors (self);
      return FALSE;
    }
}

static GInetAddress *
make_address (const BelfryAccepted *accepted)
{
  g_autoptr (GSocketAddress) address =
      g_socket_address_new_from_native ((gpointer) &accepted->address,
                                        (gsize) accepted->address_length);

  return G_IS_INET_SOCKET_ADDRESS (address)
             ? g_object_ref (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)))
             : NULL;
}

/* Asked only if there is a limit, and somebody whom it spares. */
static gboolean
is_proxy (const BelfryListener *self, const BelfryAccepted *accepted)
{
  if (self->limits.max_per_address == 0 || self->limits.proxies == NULL)
    return FALSE;
  g_autoptr (GInetAddress) address = make_address (accepted);
  return address != NULL && belfry_proxies_trust (self->limits.proxies, address);
}

static void
log_refusal (BelfryListener *self, const BelfryAccepted *accepted, Refusal refusal)
{
  BelfryLogLevel level = refusal_infos[refusal].level;

  if (!belfry_log_enabled (level, G_LOG_DOMAIN) ||
      !belfry_log_limit_admit (&self->refusals[refusal], level, G_LOG_DOMAIN))
    return;
  g_autoptr (GInetAddress) address = make_address (accepted);
  g_autofree char *peer = address != NULL ? g_inet_address_to_string (address) : NULL;
  const BelfryLogContext context = { .message_id = refusal_infos[refusal].message_id,
                                     .fields = { { "PEER", peer } } };

  belfry_log_event (level, &context, "a connection from %s was refused: %s (%s)",
                    peer != NULL ? peer : "unix", refusal_infos[refusal].what,
                    refusal_infos[refusal].key);
}

/* Returns: whether it may stay; counted then */
static gboolean
let_in (BelfryListener *self, BelfryAccepted *accepted)
{
  if (self->limits.accept_rate > 0 && !belfry_token_bucket_take (&self->rate, 1, get_now (self)))
    {
      self->stats.refused_rate++;
      log_refusal (self, accepted, REFUSAL_RATE);
      return FALSE;
    }
  guint max_per_address = is_proxy (self, accepted) ? 0 : self->limits.max_per_address;
  switch (belfry_addresses_acquire (self->addresses, &accepted->unit, self->limits.max_connections,
                                    max_per_address))
    {
    case BELFRY_ADDRESS_TOO_MANY:
      self->stats.refused_total++;
      log_refusal (self, accepted, REFUSAL_TOTAL);
      return FALSE;
    case BELFRY_ADDRESS_TOO_MANY_FROM_UNIT:
      self->stats.refused_per_address++;
      log_refusal (self, accepted, REFUSAL_ADDRESS);
      return FALSE;
    case BELFRY_ADDRESS_ENTERED:
    default:
      self->stats.accepted++;
      return TRUE;
    }
}

/* Returns: whether to go on accepting from this socket */
static gboolean
accept_one (BelfryListener *self, const Door *door)
{
  BelfryAccepted accepted = { .tls = door->socket->tls, .is_unix = door->socket->is_unix };
  gboolean freed = FALSE;

  accepted.address_length = sizeof accepted.address;
  accepted.fd = accept4 (door->socket->fd, (struct sockaddr *) &accepted.address,
                         &accepted.address_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (accepted.fd < 0)
    return on_accept_error (self, door, errno);
  belfry_address_unit_init (&accepted.unit, (const struct sockaddr *) &accepted.address,
                            accepted.address_length);
  if (!let_in (self, &accepted))
    {
      if (!accepted.tls)
        belfry_refusal_send (accepted.fd, 503);
      close (accepted.fd);
      return TRUE;
    }
  self->freed = &freed;
  self->func (&accepted, self->user_data);
  if (freed)
    return FALSE;
  self->freed = NULL;
  return self->doors->len > 0;
}

static void
on_door (BelfryWatch *watch, guint32 events)
{
  Door *door = (Door *) (void *) ((char *) watch - G_STRUCT_OFFSET (Door, watch));
  BelfryListener *self = door->listener;

  for (guint i = 0; i < BELFRY_LISTENER_BATCH; i++)
    {
      if (!accept_one (self, door))
        return;
    }
}

/* A socket that workers share wakes one of them. */
static gboolean
watch_door (BelfryListener *self, Door *door, GError **error)
{
  return belfry_reactor_add (self->reactor, &door->watch, door->socket->fd,
                             EPOLLIN | EPOLLEXCLUSIVE, on_door, error);
}

static void
on_pause_over (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryListener *self = user_data;

  if (self->spare_fd < 0)
    self->spare_fd = open_spare ();
  for (guint i = 0; i < self->doors->len; i++)
    {
      Door *door = g_ptr_array_index (self->doors, i);
      g_autoptr (GError) error = NULL;

      if (door->watch.fd < 0 && !watch_door (self, door, &error))
        {
          belfry_log_debug ("cannot listen again yet: %s", error->message);
          belfry_deadline_wheel_set_after (self->wheel, &self->pause, PAUSE);
        }
    }
}

static void
take_limits (BelfryListener *self, const BelfryListenerLimits *limits)
{
  BelfryProxies *former = self->limits.proxies;

  self->limits = *limits;
  if (limits->proxies != NULL)
    belfry_proxies_ref (limits->proxies);
  g_clear_pointer (&former, belfry_proxies_unref);
}

BelfryListener *
belfry_listener_new (BelfryReactor *reactor,
                     BelfryDeadlineWheel *wheel,
                     BelfryClock *clock,
                     BelfryAddresses *addresses,
                     const BelfryListenerLimits *limits,
                     BelfryAcceptedFunc func,
                     gpointer user_data)
{
  BelfryListener *self = g_new0 (BelfryListener, 1);

  self->reactor = reactor;
  self->wheel = wheel;
  self->clock = clock;
  self->addresses = belfry_addresses_ref (addresses);
  self->func = func;
  self->user_data = user_data;
  self->doors = g_ptr_array_new_with_free_func ((GDestroyNotify) door_free);
  self->spare_fd = open_spare ();
  take_limits (self, limits);
  belfry_token_bucket_init (&self->rate, limits->accept_rate, BELFRY_TOKENS_PER_SECOND,
                            limits->accept_rate, get_now (self));
  belfry_log_limit_init (&self->complaints, wheel, "cannot accept connections");
  for (int i = 0; i < N_REFUSALS; i++)
    belfry_log_limit_init (&self->refusals[i], wheel, refusal_infos[i].what);
  belfry_deadline_init (&self->pause, on_pause_over, self);
  return self;
}

void
belfry_listener_free (BelfryListener *self)
{
  if (self->freed != NULL)
    *self->freed = TRUE;
  belfry_listener_drain (self);
  g_ptr_array_unref (self->doors);
  close_fd (&self->spare_fd);
  belfry_log_limit_clear (&self->complaints);
  for (int i = 0; i < N_REFUSALS; i++)
    belfry_log_limit_clear (&self->refusals[i]);
  g_clear_pointer (&self->limits.proxies, belfry_proxies_unref);
  belfry_addresses_unref (self->addresses);
  g_free (self);
}

gboolean
belfry_listener_add (BelfryListener *self, BelfryListenSocket *socket, GError **error)
{
  Door *door = g_new0 (Door, 1);

  door->watch.fd = NO_FD;
  door->listener = self;
  door->socket = socket;
  if (!self->resting && !watch_door (self, door, error))
    {
      door_free (door);
      return FALSE;
    }
  g_ptr_array_add (self->doors, door);
  return TRUE;
}

void
belfry_listener_drain (BelfryListener *self)
{
  belfry_deadline_cancel (&self->pause);
  g_ptr_array_set_size (self->doors, 0);
}

void
belfry_listener_rest (BelfryListener *self)
{
  self->resting = TRUE;
  belfry_deadline_cancel (&self->pause);
  for (guint i = 0; i < self->doors->len; i++)
    belfry_reactor_remove (self->reactor, &((Door *) g_ptr_array_index (self->doors, i))->watch);
}

void
belfry_listener_rouse (BelfryListener *self)
{
  self->resting = FALSE;
  on_pause_over (&self->pause, self);
}

void
belfry_listener_foreach (const BelfryListener *self, GFunc func, gpointer user_data)
{
  for (guint i = 0; i < self->doors->len; i++)
    func (((Door *) g_ptr_array_index (self->doors, i))->socket, user_data);
}

void
belfry_listener_set_limits (BelfryListener *self, const BelfryListenerLimits *limits)
{
  take_limits (self, limits);
  belfry_token_bucket_configure (&self->rate, limits->accept_rate, BELFRY_TOKENS_PER_SECOND,
                                 limits->accept_rate, get_now (self));
}

const BelfryListenerStats *
belfry_listener_get_stats (const BelfryListener *self)
{
  return &self->stats;
}
