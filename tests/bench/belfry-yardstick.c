/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-yardstick"

#include "config.h"

#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "belfry-bench-frame.h"
#include "belfry-bench-listener.h"

/* What fan-out costs if a server does nothing else: one thread, one epoll descriptor, one shared
 * frame, and one system call a connection. No HTTP library, no sign-in, no limits that a service
 * would need: it is for the bench alone, on loopback alone, and ends itself after a while.
 *
 * The path says what a connection is: what comes in on `/publish` goes out on all others, what
 * comes in on `/echo` goes back, and all the rest listen, and are pinged if that was asked for.
 *
 * With a Redis server, `/topic/NAME` is one that gets what is published there under that name, each
 * message in a frame and a system call of its own; the first frame says that it will. */

typedef enum
{
  ROLE_NEW, /* has not yet sent its whole request */
  ROLE_LISTENER,
  ROLE_PUBLISHER,
  ROLE_ECHO,
  ROLE_TOPIC,
} Role;

typedef struct
{
  int fd; /* (owned) */
  Role role;
  guint index;        /* among the peers */
  char *topic;        /* (owned) (nullable): if it has one */
  GByteArray *unread; /* (owned) (nullable): of a frame that is not complete */
  GByteArray *unsent; /* (owned) (nullable): what the socket would not take */
} Peer;

/* As many vectors as the kernel takes at once. */
#define MAX_VECTORS 1024

typedef struct
{
  int epoll_fd;  /* (owned) */
  int listen_fd; /* (owned) */
  int signal_fd; /* (owned) */
  gboolean stopped;
  GPtrArray *peers; /* (element-type Peer) (owned) */
  BelfryBenchBuffer buffer;
  GByteArray *out; /* (owned): the frames that one turn sends, one after the other */
  struct iovec vectors[MAX_VECTORS];
  guint n_vectors;
  gint64 ping_interval; /* in microseconds, or 0 */
  gint64 last_tick;
  gint64 owed;                   /* pings that are due, times the interval */
  guint pinged;                  /* the peer that was pinged last */
  BelfryBenchListener *listener; /* (owned) (nullable) */
  GHashTable *topics;            /* (element-type utf8 Peer): neither is owned */
} Yardstick;

#define BACKLOG 4096

/* Pings are spread evenly: at each tick some peers get theirs. */
#define TICK (10 * G_TIME_SPAN_MILLISECOND)
#define MAX_EVENTS 256

/* A client that takes nothing must not fill the memory of the machine. */
#define MAX_UNSENT (4 * 1024 * 1024)

/* A bench that was killed leaves nothing behind for long, in seconds. */
#define LIFETIME 300

#define TOPIC_PATH "GET /topic/"

#define MAGIC "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static Peer *
peer_new (Yardstick *self, int fd)
{
  Peer *peer = g_new0 (Peer, 1);

  peer->fd = fd;
  peer->index = self->peers->len;
  g_ptr_array_add (self->peers, peer);
  return peer;
}

static void
peer_free (Peer *peer)
{
  close (peer->fd);
  g_clear_pointer (&peer->unread, g_byte_array_unref);
  g_clear_pointer (&peer->unsent, g_byte_array_unref);
  g_free (peer->topic);
  g_free (peer);
}

/* Only a peer's own event may remove it: others of the same turn may still be told to it. */
static void
peer_remove (Yardstick *self, Peer *peer)
{
  guint index = peer->index;

  if (peer->topic != NULL && g_hash_table_lookup (self->topics, peer->topic) == peer)
    g_hash_table_remove (self->topics, peer->topic);
  g_ptr_array_remove_index_fast (self->peers, index);
  if (index < self->peers->len)
    ((Peer *) g_ptr_array_index (self->peers, index))->index = index;
}

static gboolean
watch (Yardstick *self, int operation, int fd, guint32 events, gpointer data)
{
  struct epoll_event event = { .events = events, .data.ptr = data };

  return epoll_ctl (self->epoll_fd, operation, fd, &event) == 0;
}

static void
keep_unsent (Yardstick *self, Peer *peer, gsize sent)
{
  if (peer->unsent == NULL)
    {
      peer->unsent = g_byte_array_new ();
      watch (self, EPOLL_CTL_MOD, peer->fd, EPOLLIN | EPOLLOUT, peer);
    }
  g_byte_array_append (peer->unsent, self->out->data + sent, (guint) (self->out->len - sent));
  if (peer->unsent->len > MAX_UNSENT)
    shutdown (peer->fd, SHUT_RDWR);
}

static gssize
send_frames (Yardstick *self, int fd)
{
  if (self->n_vectors == 1)
    return send (fd, self->vectors[0].iov_base, self->vectors[0].iov_len, 0);
  return writev (fd, self->vectors, (int) self->n_vectors);
}

static void
deliver (Yardstick *self, Peer *peer)
{
  gssize sent = peer->unsent == NULL ? send_frames (self, peer->fd) : 0;

  if (sent == self->out->len)
    return;
  if (sent < 0 && errno != EAGAIN)
    shutdown (peer->fd, SHUT_RDWR);
  else
    keep_unsent (self, peer, (gsize) MAX (sent, 0));
}

/* Sends what has come from @from in this turn, to whom it is for. */
static void
flush (Yardstick *self, Peer *from)
{
  guint8 *base = self->out->data;

  if (self->n_vectors == 0)
    return;
  for (guint i = 0; i < self->n_vectors; i++)
    {
      self->vectors[i].iov_base = base;
      base += self->vectors[i].iov_len;
    }
  if (from->role == ROLE_ECHO)
    deliver (self, from);
  for (guint i = 0; from->role == ROLE_PUBLISHER && i < self->peers->len; i++)
    {
      Peer *peer = g_ptr_array_index (self->peers, i);

      if (peer->role == ROLE_LISTENER)
        deliver (self, peer);
    }
  g_byte_array_set_size (self->out, 0);
  self->n_vectors = 0;
}

static void
collect (Yardstick *self, Peer *from, const BelfryBenchFrame *frame)
{
  gsize before = self->out->len;

  if (frame->opcode != BELFRY_BENCH_TEXT || from->role == ROLE_LISTENER)
    return;
  belfry_bench_frame_append (self->out, BELFRY_BENCH_TEXT, FALSE, frame->payload, frame->length);
  self->vectors[self->n_vectors++].iov_len = self->out->len - before;
  if (self->n_vectors == MAX_VECTORS)
    flush (self, from);
}

/* Returns how much was understood, or -1 if the peer is to go. */
static gssize
read_frames (Yardstick *self, Peer *peer, gsize used)
{
  BelfryBenchFrame frame;
  gssize size;

  while ((size = belfry_bench_frame_read (self->buffer.bytes + used, self->buffer.length - used,
                                          &frame)) > 0)
    {
      if (frame.opcode == BELFRY_BENCH_CLOSE)
        size = -1;
      if (size < 0)
        break;
      collect (self, peer, &frame);
      used += (gsize) size;
    }
  flush (self, peer);
  return size < 0 ? -1 : (gssize) used;
}

static char *
find_key (const char *request)
{
  g_auto (GStrv) lines = g_strsplit (request, "\r\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *colon = strchr (lines[i], ':');

      if (colon != NULL &&
          g_ascii_strncasecmp (lines[i], "sec-websocket-key:", (gsize) (colon + 1 - lines[i])) == 0)
        return g_strdup (g_strstrip (colon + 1));
    }
  return NULL;
}

static char *
make_answer (const char *key)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize size = sizeof digest;

  g_checksum_update (checksum, (const guchar *) key, -1);
  g_checksum_update (checksum, (const guchar *) MAGIC, -1);
  g_checksum_get_digest (checksum, digest, &size);
  g_autofree char *accept = g_base64_encode (digest, size);
  return g_strconcat ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Accept: ",
                      accept, "\r\n\r\n", NULL);
}

static Role
role_of (const char *request)
{
  if (g_str_has_prefix (request, "GET /publish "))
    return ROLE_PUBLISHER;
  if (g_str_has_prefix (request, "GET /echo "))
    return ROLE_ECHO;
  if (g_str_has_prefix (request, TOPIC_PATH))
    return ROLE_TOPIC;
  return ROLE_LISTENER;
}

static void
on_push (const BelfryBenchPush *push, gpointer user_data)
{
  Yardstick *self = user_data;
  Peer *peer = g_hash_table_lookup (self->topics, push->channel);

  if (peer == NULL || push->length > BELFRY_BENCH_PAYLOAD_MAX)
    return;
  belfry_bench_frame_append (self->out, BELFRY_BENCH_TEXT, FALSE, push->payload, push->length);
  self->vectors[0] = (struct iovec){ self->out->data, self->out->len };
  self->n_vectors = 1;
  deliver (self, peer);
  g_byte_array_set_size (self->out, 0);
  self->n_vectors = 0;
}

static gboolean
subscribe (Yardstick *self, Peer *peer, const char *request)
{
  const char *name = request + strlen (TOPIC_PATH);

  if (self->listener == NULL)
    return FALSE;
  peer->topic = g_strndup (name, strcspn (name, " \r"));
  g_hash_table_replace (self->topics, peer->topic, peer);
  return belfry_bench_listener_subscribe (self->listener, peer->topic);
}

/* Returns how much of the buffer was the request, 0 if it is not complete, or -1. */
static gssize
upgrade (Yardstick *self, Peer *peer)
{
  const char *text = (const char *) self->buffer.bytes;
  const char *end = g_strstr_len (text, (gssize) self->buffer.length, "\r\n\r\n");

  if (end == NULL)
    return self->buffer.length <= BELFRY_BENCH_PAYLOAD_MAX ? 0 : -1;
  g_autofree char *request = g_strndup (text, (gsize) (end - text));
  g_autofree char *key = find_key (request);
  if (key == NULL)
    return -1;
  g_autofree char *answer = make_answer (key);
  peer->role = role_of (request);
  if (send (peer->fd, answer, strlen (answer), 0) != (gssize) strlen (answer) ||
      (peer->role == ROLE_TOPIC && !subscribe (self, peer, request)))
    return -1;
  return end + 4 - text;
}

static gboolean
on_readable (Yardstick *self, Peer *peer)
{
  gssize n = belfry_bench_buffer_fill (&self->buffer, peer->fd, &peer->unread);

  if (n < 0 && errno == EAGAIN)
    return TRUE;
  if (n <= 0)
    return FALSE;
  gssize used = peer->role == ROLE_NEW ? upgrade (self, peer) : 0;
  if (used >= 0 && peer->role != ROLE_NEW)
    used = read_frames (self, peer, (gsize) used);
  if (used < 0)
    return FALSE;
  belfry_bench_buffer_keep (&self->buffer, (gsize) used, &peer->unread);
  return TRUE;
}

static gboolean
on_writable (Yardstick *self, Peer *peer)
{
  gssize sent = send (peer->fd, peer->unsent->data, peer->unsent->len, 0);

  if (sent < 0)
    return errno == EAGAIN;
  g_byte_array_remove_range (peer->unsent, 0, (guint) sent);
  if (peer->unsent->len == 0)
    {
      g_clear_pointer (&peer->unsent, g_byte_array_unref);
      watch (self, EPOLL_CTL_MOD, peer->fd, EPOLLIN, peer);
    }
  return TRUE;
}

static void
on_peer (Yardstick *self, Peer *peer, guint32 events)
{
  gboolean alive = TRUE;

  if ((events & EPOLLOUT) != 0 && peer->unsent != NULL)
    alive = on_writable (self, peer);
  if (alive && (events & ~(guint32) EPOLLOUT) != 0)
    alive = on_readable (self, peer);
  if (!alive)
    peer_remove (self, peer);
}

static void
on_incoming (Yardstick *self)
{
  int fd;

  while ((fd = accept4 (self->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      Peer *peer = peer_new (self, fd);

      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
      if (!watch (self, EPOLL_CTL_ADD, fd, EPOLLIN, peer))
        peer_remove (self, peer);
    }
}

static void
on_redis (Yardstick *self)
{
  if (!belfry_bench_listener_read (self->listener, on_push, self))
    g_error ("Redis is gone, or makes no sense");
}

static void
ping (Yardstick *self, guint n)
{
  for (guint i = 0; i < n && self->peers->len > 0; i++)
    {
      self->pinged = (self->pinged + 1) % self->peers->len;
      Peer *peer = g_ptr_array_index (self->peers, self->pinged);

      if (peer->role == ROLE_LISTENER && peer->unsent == NULL)
        deliver (self, peer);
    }
}

static void
send_pings (Yardstick *self, gint64 passed)
{
  self->owed += self->peers->len * passed;
  belfry_bench_frame_append (self->out, BELFRY_BENCH_PING, FALSE, NULL, 0);
  self->vectors[0] = (struct iovec){ self->out->data, self->out->len };
  self->n_vectors = 1;
  ping (self, (guint) (self->owed / self->ping_interval));
  self->owed %= self->ping_interval;
  g_byte_array_set_size (self->out, 0);
  self->n_vectors = 0;
}

/* Returns for how many milliseconds to wait: rather too long than to come back in vain. */
static int
tick (Yardstick *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->ping_interval == 0)
    return -1;
  if (now >= self->last_tick + TICK)
    {
      send_pings (self, MIN (now - self->last_tick, self->ping_interval));
      self->last_tick = now;
    }
  return (int) ((self->last_tick + TICK - now) / G_TIME_SPAN_MILLISECOND) + 1;
}

static void
run (Yardstick *self)
{
  struct epoll_event events[MAX_EVENTS];

  while (!self->stopped)
    {
      int n = epoll_wait (self->epoll_fd, events, MAX_EVENTS, tick (self));

      for (int i = 0; i < n; i++)
        {
          if (events[i].data.ptr == &self->listen_fd)
            on_incoming (self);
          else if (events[i].data.ptr == &self->signal_fd)
            self->stopped = TRUE;
          else if (events[i].data.ptr == &self->listener)
            on_redis (self);
          else
            on_peer (self, events[i].data.ptr, events[i].events);
        }
    }
}

static gboolean
listen_on (Yardstick *self, guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = g_htons (port) };
  socklen_t length = sizeof address;

  address.sin_addr.s_addr = g_htonl (INADDR_LOOPBACK);
  self->listen_fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt (self->listen_fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof (int));
  if (bind (self->listen_fd, (struct sockaddr *) &address, length) != 0 ||
      listen (self->listen_fd, BACKLOG) != 0 ||
      getsockname (self->listen_fd, (struct sockaddr *) &address, &length) != 0)
    return FALSE;
  g_print ("listening on 127.0.0.1:%u\n", (guint) g_ntohs (address.sin_port));
  return watch (self, EPOLL_CTL_ADD, self->listen_fd, EPOLLIN, &self->listen_fd);
}

/* SIGTERM ends it in good order, so that a leak is seen. */
static gboolean
catch_signal (Yardstick *self)
{
  sigset_t set;

  signal (SIGPIPE, SIG_IGN);
  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  sigprocmask (SIG_BLOCK, &set, NULL);
  self->signal_fd = signalfd (-1, &set, SFD_CLOEXEC);
  return watch (self, EPOLL_CTL_ADD, self->signal_fd, EPOLLIN, &self->signal_fd);
}

static gboolean
listen_to (Yardstick *self, guint16 redis_port)
{
  self->listener = belfry_bench_listener_new (redis_port);
  return self->listener != NULL &&
         watch (self, EPOLL_CTL_ADD, belfry_bench_listener_get_fd (self->listener), EPOLLIN,
                &self->listener);
}

static Yardstick *
yardstick_new (void)
{
  Yardstick *self = g_new0 (Yardstick, 1);

  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->listen_fd = -1;
  self->signal_fd = -1;
  self->peers = g_ptr_array_new_with_free_func ((GDestroyNotify) peer_free);
  self->topics = g_hash_table_new (g_str_hash, g_str_equal);
  self->out = g_byte_array_new ();
  return self;
}

static void
yardstick_free (Yardstick *self)
{
  g_hash_table_unref (self->topics);
  g_ptr_array_unref (self->peers);
  g_clear_pointer (&self->listener, belfry_bench_listener_free);
  g_byte_array_unref (self->out);
  close (self->listen_fd);
  close (self->signal_fd);
  close (self->epoll_fd);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Yardstick, yardstick_free)

int
main (int argc, char *argv[])
{
  g_autoptr (Yardstick) self = yardstick_new ();
  guint64 port = 0, seconds = 0, redis_port = 0;

  if (argc > 4 ||
      (argc > 1 && !g_ascii_string_to_unsigned (argv[1], 10, 0, G_MAXUINT16, &port, NULL)) ||
      (argc > 2 && !g_ascii_string_to_unsigned (argv[2], 10, 0, 3600, &seconds, NULL)) ||
      (argc > 3 && !g_ascii_string_to_unsigned (argv[3], 10, 1, G_MAXUINT16, &redis_port, NULL)))
    {
      g_printerr ("usage: yardstick [PORT [PING-INTERVAL [REDIS-PORT]]]\n");
      return 64;
    }
  self->ping_interval = (gint64) seconds * G_USEC_PER_SEC;
  alarm (LIFETIME);
  belfry_bench_raise_limit ();
  if (argc > 3 && !listen_to (self, (guint16) redis_port))
    {
      g_printerr ("yardstick: cannot reach Redis: %s\n", g_strerror (errno));
      return 69;
    }
  if (!catch_signal (self) || !listen_on (self, (guint16) port))
    {
      g_printerr ("yardstick: cannot listen: %s\n", g_strerror (errno));
      return 71;
    }
  run (self);
  return 0;
}
