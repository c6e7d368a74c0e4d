/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-vestibule"

#include "config.h"

#include "belfry-vestibule.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "belfry-log.h"
#include "belfry-refusal.h"
#include "belfry-request-head.h"

/* A visitor is in one of four queues. Whoever leaves makes room for the first of those that are
 * ready; that is done once a turn and not on the spot, for a request may be answered within the
 * call that lets it in, and ten thousand of them would be a stack too deep. */

typedef enum
{
  WAITING, /* for a head, or the first byte of TLS */
  QUEUED,  /* for room inside */
  INSIDE,
  IDLE, /* between requests: here if plain, with the host behind TLS */
  N_STATES,
} State;

struct _BelfryVestibule
{
  BelfryReactor *reactor;     /* (unowned) */
  BelfryDeadlineWheel *wheel; /* (unowned) */
  BelfryAddresses *addresses; /* (owned) */
  BelfryVestibuleSettings settings;
  const BelfryVestibuleHost *host; /* (unowned) */
  gpointer user_data;              /* (unowned) */
  GQueue queues[N_STATES];
  BelfryDeferred pump;
  gboolean draining;
};

struct _BelfryVisitor
{
  BelfryWatch watch;
  int fd; /* (owned): -1 once it is taken */
  State state;
  BelfryVestibule *vestibule; /* (unowned) */
  BelfryDeadline deadline;
  GList link;         /* in the state's queue */
  GByteArray *unread; /* (owned) (nullable) */
  gpointer guest;     /* (unowned) (nullable): the host's */
  BelfryRequestHead head;
  BelfryAddressUnit unit;
  struct sockaddr_in6 address; /* of either family */
  socklen_t address_length;
  gboolean tls;
  gboolean is_unix;
};

/* A TLS record: its kind, its version, its length; and the longest that a handshake may begin with.
 */
#define TLS_HANDSHAKE 0x16
#define TLS_HEAD 5
#define TLS_RECORD_MAX (TLS_HEAD + (1 << 14))

static void
set_state (BelfryVisitor *visitor, State state)
{
  BelfryVestibule *self = visitor->vestibule;

  g_queue_unlink (&self->queues[visitor->state], &visitor->link);
  visitor->state = state;
  g_queue_push_tail_link (&self->queues[state], &visitor->link);
}

static void
set_deadline (BelfryVisitor *visitor, gint64 delay)
{
  belfry_deadline_wheel_set_after (visitor->vestibule->wheel, &visitor->deadline, delay);
}

static gboolean
has_room (const BelfryVestibule *self)
{
  return self->queues[INSIDE].length < self->settings.max_inside;
}

static void
dismiss (BelfryVisitor *visitor, guint status)
{
  if (status != 0 && !visitor->tls)
    belfry_refusal_send (visitor->fd, status);
  belfry_visitor_leave (visitor, NULL);
}

static void
expire (BelfryVisitor *visitor)
{
  if (visitor->fd >= 0)
    dismiss (visitor, 0);
  else
    visitor->vestibule->host->expired (visitor, visitor->vestibule->user_data);
}

static void
enter (BelfryVisitor *visitor)
{
  BelfryVestibule *self = visitor->vestibule;

  set_state (visitor, INSIDE);
  if (visitor->tls)
    set_deadline (visitor, self->settings.handshake_timeout);
  self->host->enter (visitor, self->user_data);
}

static void
on_pump (BelfryDeferred *deferred)
{
  BelfryVestibule *self =
      (BelfryVestibule *) (void *) ((char *) deferred - G_STRUCT_OFFSET (BelfryVestibule, pump));

  while (has_room (self) && self->queues[QUEUED].length > 0)
    enter (self->queues[QUEUED].head->data);
}

static void
make_room (BelfryVestibule *self)
{
  if (self->queues[QUEUED].length > 0)
    belfry_reactor_defer (self->reactor, &self->pump);
}

/* Who comes now may not pass those who came before. */
static void
admit (BelfryVisitor *visitor)
{
  BelfryVestibule *self = visitor->vestibule;

  belfry_reactor_remove (self->reactor, &visitor->watch);
  if (has_room (self) && self->queues[QUEUED].length == 0)
    enter (visitor);
  else
    {
      set_state (visitor, QUEUED);
      make_room (self);
    }
}

static void
judge (BelfryVisitor *visitor)
{
  guint status =
      belfry_request_head_feed (&visitor->head, (const char *) visitor->unread->data,
                                visitor->unread->len, visitor->vestibule->settings.max_body);

  if (status == BELFRY_REQUEST_HEAD_COMPLETE)
    admit (visitor);
  else if (status != BELFRY_REQUEST_HEAD_MORE)
    dismiss (visitor, status);
}

/* How much the kernel is to have before it says that there is something. */
static void
wake_at (BelfryVisitor *visitor, int bytes)
{
  setsockopt (visitor->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

/* A TLS handshake takes a thread as soon as it has begun, so it begins when the client's whole
 * first record is there: who stops in the middle of it holds nothing but a place in the reactor.
 * Only TCP can wait for a number of bytes. */
static void
judge_tls (BelfryVisitor *visitor)
{
  guint8 head[TLS_HEAD];
  ssize_t n = recv (visitor->fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT);
  int available = 0;

  if (n < 1 || visitor->is_unix)
    {
      admit (visitor);
      return;
    }
  int wanted = n < TLS_HEAD ? TLS_HEAD : TLS_HEAD + (head[3] << 8 | head[4]);
  if (head[0] != TLS_HANDSHAKE || wanted > TLS_RECORD_MAX)
    {
      dismiss (visitor, 0);
      return;
    }
  if (ioctl (visitor->fd, FIONREAD, &available) == 0 && available < wanted)
    {
      wake_at (visitor, wanted);
      return;
    }
  wake_at (visitor, 1);
  admit (visitor);
}

static void
on_readable (BelfryWatch *watch, guint32 events)
{
  BelfryVisitor *visitor =
      (BelfryVisitor *) (void *) ((char *) watch - G_STRUCT_OFFSET (BelfryVisitor, watch));
  guint8 buffer[BELFRY_REQUEST_HEAD_MAX];

  if (visitor->tls && (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) == 0)
    {
      judge_tls (visitor);
      return;
    }

  gsize had = visitor->unread != NULL ? visitor->unread->len : 0;
  gssize n = recv (visitor->fd, buffer, sizeof buffer - had, MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0 || visitor->tls)
    {
      dismiss (visitor, 0);
      return;
    }
  if (visitor->state == IDLE)
    {
      set_state (visitor, WAITING);
      set_deadline (visitor, visitor->vestibule->settings.header_timeout);
    }
  if (visitor->unread == NULL)
    visitor->unread = g_byte_array_new ();
  g_byte_array_append (visitor->unread, buffer, (guint) n);
  judge (visitor);
}

static gboolean
watch_for_bytes (BelfryVisitor *visitor)
{
  g_autoptr (GError) error = NULL;

  if (belfry_reactor_add (visitor->vestibule->reactor, &visitor->watch, visitor->fd,
                          EPOLLIN | EPOLLRDHUP, on_readable, &error))
    return TRUE;
  belfry_log_debug ("a connection was lost: %s", error->message);
  dismiss (visitor, 503);
  return FALSE;
}

/* A request that has come already waits for its turn, so that a row of them is no recursion. */
static void
begin_again (BelfryVisitor *visitor)
{
  guint status =
      belfry_request_head_feed (&visitor->head, (const char *) visitor->unread->data,
                                visitor->unread->len, visitor->vestibule->settings.max_body);

  set_deadline (visitor, visitor->vestibule->settings.header_timeout);
  set_state (visitor, status == BELFRY_REQUEST_HEAD_COMPLETE ? QUEUED : WAITING);
  if (status == BELFRY_REQUEST_HEAD_MORE)
    watch_for_bytes (visitor);
  else if (status != BELFRY_REQUEST_HEAD_COMPLETE)
    dismiss (visitor, status);
}

static void
on_deadline (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryVisitor *visitor = user_data;

  switch (visitor->state)
    {
    case WAITING:
      dismiss (visitor, visitor->unread != NULL ? 408 : 0);
      break;
    case QUEUED:
      dismiss (visitor, 503);
      break;
    case INSIDE:
    case IDLE:
    case N_STATES:
    default:
      expire (visitor);
      break;
    }
}

static void
copy_address (BelfryVisitor *visitor, const BelfryAccepted *accepted)
{
  if (accepted->is_unix)
    return;
  visitor->address_length = MIN (accepted->address_length, sizeof visitor->address);
  memcpy (&visitor->address, &accepted->address, visitor->address_length);
}

BelfryVestibule *
belfry_vestibule_new (BelfryReactor *reactor,
                      BelfryDeadlineWheel *wheel,
                      BelfryAddresses *addresses,
                      const BelfryVestibuleSettings *settings,
                      const BelfryVestibuleHost *host,
                      gpointer user_data)
{
  BelfryVestibule *self = g_new0 (BelfryVestibule, 1);

  self->reactor = reactor;
  self->wheel = wheel;
  self->addresses = belfry_addresses_ref (addresses);
  self->settings = *settings;
  self->host = host;
  self->user_data = user_data;
  self->pump.func = on_pump;
  return self;
}

static void
dismiss_all (BelfryVestibule *self, State state, guint status)
{
  while (self->queues[state].length > 0)
    dismiss (self->queues[state].head->data, status);
}

void
belfry_vestibule_free (BelfryVestibule *self)
{
  dismiss_all (self, WAITING, 0);
  dismiss_all (self, QUEUED, 503);
  dismiss_all (self, IDLE, 0);
  g_warn_if_fail (self->queues[INSIDE].length == 0);
  belfry_reactor_undefer (self->reactor, &self->pump);
  belfry_addresses_unref (self->addresses);
  g_free (self);
}

void
belfry_vestibule_take (BelfryVestibule *self, const BelfryAccepted *accepted)
{
  BelfryVisitor *visitor = g_new0 (BelfryVisitor, 1);

  visitor->vestibule = self;
  visitor->watch.fd = -1;
  visitor->fd = accepted->fd;
  visitor->unit = accepted->unit;
  visitor->tls = accepted->tls;
  visitor->is_unix = accepted->is_unix;
  visitor->link.data = visitor;
  copy_address (visitor, accepted);
  belfry_deadline_init (&visitor->deadline, on_deadline, visitor);
  g_queue_push_tail_link (&self->queues[WAITING], &visitor->link);
  if (self->draining)
    dismiss (visitor, 503);
  else if (watch_for_bytes (visitor))
    set_deadline (visitor, self->settings.header_timeout);
}

void
belfry_vestibule_drain (BelfryVestibule *self)
{
  self->draining = TRUE;
  dismiss_all (self, WAITING, 503);

  /* Who is told may leave at once, or a little later. */
  for (guint n = self->queues[IDLE].length; n > 0 && self->queues[IDLE].length > 0; n--)
    {
      BelfryVisitor *visitor = self->queues[IDLE].head->data;

      set_state (visitor, IDLE);
      expire (visitor);
    }
}

void
belfry_vestibule_set_settings (BelfryVestibule *self, const BelfryVestibuleSettings *settings)
{
  self->settings = *settings;
  make_room (self);
}

guint
belfry_vestibule_get_n_waiting (const BelfryVestibule *self)
{
  return self->queues[WAITING].length;
}

guint
belfry_vestibule_get_n_queued (const BelfryVestibule *self)
{
  return self->queues[QUEUED].length;
}

guint
belfry_vestibule_get_n_inside (const BelfryVestibule *self)
{
  return self->queues[INSIDE].length;
}

guint
belfry_vestibule_get_n_idle (const BelfryVestibule *self)
{
  return self->queues[IDLE].length;
}

int
belfry_visitor_take_fd (BelfryVisitor *self)
{
  return g_steal_fd (&self->fd);
}

GByteArray *
belfry_visitor_take_unread (BelfryVisitor *self)
{
  return g_steal_pointer (&self->unread);
}

guint64
belfry_visitor_get_max_body (const BelfryVisitor *self)
{
  return self->vestibule->settings.max_body;
}

gboolean
belfry_visitor_is_tls (const BelfryVisitor *self)
{
  return self->tls;
}

GInetSocketAddress *
belfry_visitor_make_address (const BelfryVisitor *self)
{
  GSocketAddress *address = NULL;

  if (self->address_length > 0)
    address = g_socket_address_new_from_native ((gpointer) &self->address, self->address_length);
  return address != NULL ? G_INET_SOCKET_ADDRESS (address) : NULL;
}

gpointer
belfry_visitor_get_guest (const BelfryVisitor *self)
{
  return self->guest;
}

void
belfry_visitor_set_guest (BelfryVisitor *self, gpointer guest)
{
  self->guest = guest;
}

void
belfry_visitor_set_busy (BelfryVisitor *self)
{
  set_state (self, INSIDE);
  set_deadline (self, self->vestibule->settings.header_timeout);
}

void
belfry_visitor_set_idle (BelfryVisitor *self)
{
  BelfryVestibule *vestibule = self->vestibule;
  GQueue *idle = &vestibule->queues[IDLE];

  set_state (self, IDLE);
  set_deadline (self, vestibule->settings.idle_timeout);
  make_room (vestibule);
  if (idle->length > vestibule->settings.max_idle || vestibule->draining)
    expire (idle->head->data);
}

void
belfry_visitor_return (BelfryVisitor *self, int fd, GByteArray *unread)
{
  BelfryVestibule *vestibule = self->vestibule;

  self->fd = fd;
  self->guest = NULL;
  self->head = (BelfryRequestHead){ 0 };
  g_clear_pointer (&self->unread, g_byte_array_unref);
  self->unread = unread;
  if (unread != NULL)
    begin_again (self);
  else if (watch_for_bytes (self))
    belfry_visitor_set_idle (self);
  make_room (vestibule);
}

void
belfry_visitor_leave (BelfryVisitor *self, BelfryAddressUnit *unit)
{
  BelfryVestibule *vestibule = self->vestibule;

  belfry_reactor_remove (vestibule->reactor, &self->watch);
  belfry_deadline_cancel (&self->deadline);
  g_queue_unlink (&vestibule->queues[self->state], &self->link);
  if (unit != NULL)
    *unit = self->unit;
  else
    belfry_addresses_release (vestibule->addresses, &self->unit);
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->unread, g_byte_array_unref);
  g_free (self);
  make_room (vestibule);
}
