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
#include "belfry-incoming.h"

/* A visitor is in one of seven queues. There are two kinds of places, few of each: for handshakes,
 * which take a thread, and with the host, where a request takes a GSource. Whoever leaves a place
 * makes room for the first of those who queue for it; that is done once a turn and not on the spot,
 * for a request may be answered within the call that lets it in, and ten thousand of them would be
 * a stack too deep. Who keeps us waiting in a place that another needs does not keep it. */

typedef enum
{
  WAITING, /* for a request, or what a handshake begins with */
  QUEUED_FOR_HANDSHAKE,
  HANDSHAKE,
  QUEUED, /* for room inside; with its descriptor if plain, else with the host */
  INSIDE,
  IDLE,      /* before a request: here if plain, with the host behind TLS */
  LINGERING, /* refused while it was still sending: so that it reads why before a reset comes */
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
  BelfryDeadline next_eviction;
  guint64 held; /* what all visitors are charged */
  gboolean draining;
  gboolean closed;
};

struct _BelfryVisitor
{
  BelfryWatch watch;
  int fd; /* (owned): -1 once it is taken */
  State state;
  gint64 since;               /* when it came into that state */
  BelfryVestibule *vestibule; /* (unowned) */
  BelfryDeadline deadline;
  GList link;     /* in the state's queue */
  gpointer guest; /* (unowned) (nullable): the host's */
  BelfryIncoming request;
  guint64 charged; /* bytes of its body, here or with the host */
  gint64 body_since;
  BelfryAddressUnit unit;
  struct sockaddr_in6 address; /* of either family */
  socklen_t address_length;
  gboolean tls;
  gboolean is_unix;
  gboolean evicted;  /* told to go, and not gone yet */
  guint unread_left; /* bytes that are still thrown away once it is refused */
};

static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

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
  visitor->since = belfry_deadline_wheel_now (self->wheel);
  g_queue_push_tail_link (&self->queues[state], &visitor->link);
}

static void
set_deadline (BelfryVisitor *visitor, gint64 delay)
{
  belfry_deadline_wheel_set_after (visitor->vestibule->wheel, &visitor->deadline, delay);
}

static guint
count_places (const BelfryVestibule *self, State place)
{
  return place == HANDSHAKE ? self->settings.max_handshakes : self->settings.max_inside;
}

static gboolean
has_room (const BelfryVestibule *self, State place)
{
  return self->queues[place].length < count_places (self, place);
}

static void
charge (BelfryVisitor *visitor, guint64 bytes)
{
  BelfryVestibule *self = visitor->vestibule;

  self->held = self->held - visitor->charged + bytes;
  visitor->charged = bytes;
}

/* Returns: whether that much may be held on this visitor's account */
static gboolean
try_charge (BelfryVisitor *visitor, guint64 bytes)
{
  BelfryVestibule *self = visitor->vestibule;
  guint64 others = self->held - visitor->charged;

  if (bytes > self->settings.max_held || others > self->settings.max_held - bytes)
    return FALSE;
  charge (visitor, bytes);
  return TRUE;
}

static void
on_lingering_readable (BelfryWatch *watch, guint32 events)
{
  BelfryVisitor *visitor =
      (BelfryVisitor *) (void *) ((char *) watch - G_STRUCT_OFFSET (BelfryVisitor, watch));
  guint8 buffer[BELFRY_REQUEST_HEAD_MAX];
  gssize n = recv (visitor->fd, buffer, MIN (sizeof buffer, visitor->unread_left), MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  visitor->unread_left -= n > 0 ? (guint) n : visitor->unread_left;
  if (visitor->unread_left == 0)
    belfry_visitor_leave (visitor, NULL);
}

/* Closing a socket that still has something to be read resets the connection, and the answer may be
 * lost on its way. So the rest is thrown away for a moment, but not for many at a time. */
static void
linger (BelfryVisitor *visitor)
{
  BelfryVestibule *self = visitor->vestibule;
  GQueue *lingering = &self->queues[LINGERING];

  charge (visitor, 0);
  belfry_incoming_clear (&visitor->request);
  belfry_reactor_remove (self->reactor, &visitor->watch);
  visitor->unread_left = BELFRY_VESTIBULE_LINGER_BYTES;
  set_state (visitor, LINGERING);
  set_deadline (visitor, BELFRY_VESTIBULE_LINGER_TIME);
  if (!belfry_reactor_add (self->reactor, &visitor->watch, visitor->fd, EPOLLIN,
                           on_lingering_readable, NULL))
    belfry_visitor_leave (visitor, NULL);
  else if (lingering->length > BELFRY_VESTIBULE_MAX_LINGERING)
    belfry_visitor_leave (lingering->head->data, NULL);
}

/* Nothing of the visitor is to be touched after this. */
static void
dismiss (BelfryVisitor *visitor, guint status)
{
  if (status != 0 && !visitor->tls)
    belfry_refusal_send (visitor->fd, status);
  if (status != 0 && !visitor->tls && visitor->state == WAITING && !visitor->vestibule->draining)
    linger (visitor);
  else
    belfry_visitor_leave (visitor, NULL);
}

static void
expire (BelfryVisitor *visitor, guint status)
{
  if (visitor->fd >= 0)
    dismiss (visitor, status);
  else
    visitor->vestibule->host->expired (visitor, visitor->vestibule->user_data);
}

/* What so many bytes of a body add to the time for a request. */
static gint64
time_for_bytes (guint64 bytes)
{
  return (gint64) (bytes * G_USEC_PER_SEC / BELFRY_VESTIBULE_BODY_RATE);
}

/* The body of a plain request has come by now. */
static void
enter (BelfryVisitor *visitor, State place)
{
  BelfryVestibule *self = visitor->vestibule;
  gint64 timeout =
      place == HANDSHAKE ? self->settings.handshake_timeout : self->settings.header_timeout;

  set_state (visitor, place);
  set_deadline (visitor, timeout + (visitor->tls ? time_for_bytes (visitor->charged) : 0));
  if (place == HANDSHAKE)
    self->host->handshake (visitor, self->user_data);
  else
    self->host->enter (visitor, self->user_data);
}

static gboolean
is_waited_for (const BelfryVestibule *self, BelfryVisitor *visitor)
{
  return visitor->state == HANDSHAKE || self->host->is_waited_for (visitor, self->user_data);
}

static void
evict (BelfryVisitor *visitor)
{
  visitor->evicted = TRUE;
  expire (visitor, 0);
}

/* There may be something to do for either kind of places: the earlier counts. */
static void
evict_later (BelfryVestibule *self, gint64 when)
{
  gint64 left = belfry_deadline_remaining (&self->next_eviction);

  if (left < 0 || belfry_deadline_wheel_now (self->wheel) + left > when)
    belfry_deadline_wheel_set (self->wheel, &self->next_eviction, when);
}

/* The oldest come first. One that was told to go earlier makes room as well as another would. */
static void
evict_for (BelfryVestibule *self, State place, guint n_needed)
{
  gint64 before = belfry_deadline_wheel_now (self->wheel) - self->settings.grace;

  for (GList *link = self->queues[place].head, *next; link != NULL && n_needed > 0; link = next)
    {
      BelfryVisitor *visitor = link->data;

      next = link->next;
      if (!visitor->evicted && !is_waited_for (self, visitor))
        continue;
      if (!visitor->evicted && visitor->since > before)
        {
          evict_later (self, visitor->since + self->settings.grace);
          return;
        }
      n_needed--;
      if (!visitor->evicted)
        evict (visitor);
    }
}

static void
fill_places (BelfryVestibule *self, State queue, State place)
{
  while (has_room (self, place) && self->queues[queue].length > 0)
    enter (self->queues[queue].head->data, place);
  if (self->queues[queue].length > 0)
    evict_for (self, place, self->queues[queue].length);
}

static void
on_pump (BelfryDeferred *deferred)
{
  BelfryVestibule *self =
      (BelfryVestibule *) (void *) ((char *) deferred - G_STRUCT_OFFSET (BelfryVestibule, pump));

  fill_places (self, QUEUED_FOR_HANDSHAKE, HANDSHAKE);
  fill_places (self, QUEUED, INSIDE);
}

static void
make_room (BelfryVestibule *self)
{
  if (!self->closed &&
      (self->queues[QUEUED].length > 0 || self->queues[QUEUED_FOR_HANDSHAKE].length > 0))
    belfry_reactor_defer (self->reactor, &self->pump);
}

static void
on_next_eviction (BelfryDeadline *deadline, gpointer user_data)
{
  make_room (user_data);
}

/* Who comes now may not pass those who came before. */
static void
admit (BelfryVisitor *visitor, State queue, State place)
{
  BelfryVestibule *self = visitor->vestibule;

  belfry_reactor_remove (self->reactor, &visitor->watch);
  if (has_room (self, place) && self->queues[queue].length == 0)
    enter (visitor, place);
  else
    {
      set_state (visitor, queue);
      make_room (self);
    }
}

/* What has come buys time, and a pause costs it. */
static void
set_body_deadline (BelfryVisitor *visitor)
{
  const BelfryVestibule *self = visitor->vestibule;
  gint64 bought = time_for_bytes (visitor->charged);
  gint64 now = belfry_deadline_wheel_now (self->wheel);

  belfry_deadline_wheel_set (self->wheel, &visitor->deadline,
                             MIN (visitor->body_since + bought, now) +
                                 self->settings.header_timeout);
}

/* Who has been sending a body for longer than the grace goes before one who is quick has to: the
 * bound would else be held by those who send just fast enough.
 * Returns: whether that much may be held on this visitor's account */
static gboolean
try_charge_body (BelfryVisitor *visitor, guint64 bytes)
{
  BelfryVestibule *self = visitor->vestibule;
  gint64 before = belfry_deadline_wheel_now (self->wheel) - self->settings.grace;

  for (GList *link = self->queues[WAITING].head, *next; link != NULL; link = next)
    {
      BelfryVisitor *other = link->data;

      if (try_charge (visitor, bytes))
        return TRUE;
      next = link->next;
      if (other != visitor && other->charged > 0 && other->body_since <= before)
        dismiss (other, 503);
    }
  return try_charge (visitor, bytes);
}

/* Returns: whether the visitor is still there */
static gboolean
collect_body (BelfryVisitor *visitor, gboolean more)
{
  if (!try_charge_body (visitor, belfry_incoming_get_held (&visitor->request)))
    {
      dismiss (visitor, 503);
      return FALSE;
    }
  if (visitor->body_since == 0)
    {
      visitor->body_since = belfry_deadline_wheel_now (visitor->vestibule->wheel);
      if (more && visitor->request.head.expects_continue)
        send (visitor->fd, go_on, strlen (go_on), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  set_body_deadline (visitor);
  return TRUE;
}

/* Returns: what belfry_incoming_judge() does, or %G_MAXUINT if the visitor is gone */
static guint
judge (BelfryVisitor *visitor)
{
  guint status = belfry_incoming_judge (&visitor->request, &visitor->vestibule->settings.bodies);
  gboolean is_good = status <= BELFRY_INCOMING_BODY;

  if (!is_good)
    dismiss (visitor, status);
  else if (visitor->request.head.content_length > 0 && visitor->request.has_head)
    is_good = collect_body (visitor, status == BELFRY_INCOMING_BODY);
  return is_good ? status : G_MAXUINT;
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
      admit (visitor, QUEUED_FOR_HANDSHAKE, HANDSHAKE);
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
  admit (visitor, QUEUED_FOR_HANDSHAKE, HANDSHAKE);
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

  gssize n = recv (visitor->fd, buffer, belfry_incoming_room (&visitor->request), MSG_DONTWAIT);

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
  belfry_incoming_append (&visitor->request, buffer, (gsize) n);
  if (judge (visitor) == BELFRY_REQUEST_HEAD_COMPLETE)
    admit (visitor, QUEUED, INSIDE);
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
  set_deadline (visitor, visitor->vestibule->settings.header_timeout);
  set_state (visitor, WAITING);
  guint status = judge (visitor);
  if (status == BELFRY_REQUEST_HEAD_COMPLETE)
    set_state (visitor, QUEUED);
  else if (status != G_MAXUINT)
    watch_for_bytes (visitor);
}

static void
on_deadline (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryVisitor *visitor = user_data;

  switch (visitor->state)
    {
    case WAITING:
      dismiss (visitor, visitor->request.bytes != NULL ? 408 : 0);
      break;
    case QUEUED_FOR_HANDSHAKE:
    case QUEUED:
      expire (visitor, 503);
      break;
    case HANDSHAKE:
    case INSIDE:
    case IDLE:
    case LINGERING:
    case N_STATES:
    default:
      expire (visitor, 0);
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
  belfry_deadline_init (&self->next_eviction, on_next_eviction, self);
  return self;
}

/* Who is told may leave at once, or a little later. */
static void
expire_all (BelfryVestibule *self, State state, guint status)
{
  for (guint n = self->queues[state].length; n > 0 && self->queues[state].length > 0; n--)
    {
      BelfryVisitor *visitor = self->queues[state].head->data;

      set_state (visitor, state);
      expire (visitor, status);
    }
}

void
belfry_vestibule_free (BelfryVestibule *self)
{
  belfry_vestibule_close (self);
  for (guint state = 0; state < N_STATES; state++)
    g_warn_if_fail (self->queues[state].length == 0);
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
  expire_all (self, WAITING, 503);
  expire_all (self, IDLE, 0);
  expire_all (self, LINGERING, 0);
}

void
belfry_vestibule_clear_idle (BelfryVestibule *self)
{
  expire_all (self, IDLE, 0);
}

void
belfry_vestibule_reopen (BelfryVestibule *self)
{
  self->draining = FALSE;
}

void
belfry_vestibule_close (BelfryVestibule *self)
{
  self->closed = TRUE;
  belfry_reactor_undefer (self->reactor, &self->pump);
  belfry_deadline_cancel (&self->next_eviction);
  belfry_vestibule_drain (self);
  expire_all (self, QUEUED_FOR_HANDSHAKE, 0);
  expire_all (self, QUEUED, 503);
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
  return self->queues[QUEUED].length + self->queues[QUEUED_FOR_HANDSHAKE].length;
}

guint
belfry_vestibule_get_n_handshakes (const BelfryVestibule *self)
{
  return self->queues[HANDSHAKE].length;
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

guint
belfry_vestibule_get_n_lingering (const BelfryVestibule *self)
{
  return self->queues[LINGERING].length;
}

guint64
belfry_vestibule_get_held (const BelfryVestibule *self)
{
  return self->held;
}

int
belfry_visitor_take_fd (BelfryVisitor *self)
{
  return g_steal_fd (&self->fd);
}

GByteArray *
belfry_visitor_take_unread (BelfryVisitor *self)
{
  return g_steal_pointer (&self->request.bytes);
}

const BelfryBodyRule *
belfry_visitor_get_body_rule (const BelfryVisitor *self)
{
  return &self->vestibule->settings.bodies;
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
belfry_visitor_set_begun (BelfryVisitor *self)
{
  set_deadline (self, self->vestibule->settings.header_timeout);
}

/* Behind TLS the host reads the body, so that all of it is charged before any has come. */
gboolean
belfry_visitor_ask (BelfryVisitor *self, guint64 body)
{
  BelfryVestibule *vestibule = self->vestibule;

  if (!try_charge (self, body))
    {
      evict_for (vestibule, INSIDE, 1);
      return FALSE;
    }
  admit (self, QUEUED, INSIDE);
  return TRUE;
}

void
belfry_visitor_set_idle (BelfryVisitor *self, gboolean soon)
{
  BelfryVestibule *vestibule = self->vestibule;
  GQueue *idle = &vestibule->queues[IDLE];

  charge (self, 0);
  set_state (self, IDLE);
  set_deadline (self, soon ? vestibule->settings.header_timeout : vestibule->settings.idle_timeout);
  make_room (vestibule);
  if (idle->length > vestibule->settings.max_idle || vestibule->draining)
    expire (idle->head->data, 0);
}

void
belfry_visitor_return (BelfryVisitor *self, int fd, GByteArray *unread)
{
  BelfryVestibule *vestibule = self->vestibule;

  self->fd = fd;
  self->guest = NULL;
  self->evicted = FALSE;
  self->body_since = 0;
  charge (self, 0);
  belfry_incoming_clear (&self->request);
  self->request.bytes = unread;
  if (unread != NULL)
    begin_again (self);
  else if (watch_for_bytes (self))
    belfry_visitor_set_idle (self, FALSE);
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
  charge (self, 0);
  belfry_incoming_clear (&self->request);
  g_free (self);
  make_room (vestibule);
}
