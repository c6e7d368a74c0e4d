/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-load"

#include "config.h"

#include "belfry-load.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-bench-frame.h"
#include "belfry-error.h"

typedef enum
{
  KIND_SUBSCRIBER,
  KIND_PUBLISHER,
  KIND_SILENT,
  KIND_SLOW,
} Kind;

typedef enum
{
  STATE_CONNECTING,
  STATE_UPGRADING, /* the request is sent */
  STATE_ANSWERING, /* so is the first message */
  STATE_OPEN,
  STATE_CLOSED,
} State;

typedef struct
{
  int fd; /* (owned): -1 once closed */
  Kind kind;
  State state;
  guint number;
  guint n_answers;  /* that are still to come */
  guint64 next;     /* the number of the next message; of the next byte if slow */
  GByteArray *rest; /* (owned) (nullable): of a frame that is not complete */
} Connection;

/* Messages whose latency can be told at a time. */
#define MAX_UNDER_WAY 1024

struct _BelfryLoad
{
  const BelfryLoadPlan *plan; /* (unowned) */
  int epoll_fd;               /* (owned) */
  guint16 port;
  GPtrArray *connections; /* (element-type Connection) (owned) */
  Connection *publisher;  /* (unowned) (nullable): one of the connections */
  guint n_opening;
  guint64 n_published;
  guint64 n_expected; /* deliveries */
  gint64 next_byte;   /* when the slow connections send one */
  guint n_slow;
  BelfryLoadCounts counts;
  GError *failure;               /* (owned) (nullable): why the first connection ended */
  GByteArray *out;               /* (owned): what is being sent */
  BelfryBenchInflater *inflater; /* (owned) */
  GArray *latencies;             /* (unowned) (nullable): while a pace is kept */
  gint64 due[MAX_UNDER_WAY];     /* when a message of this number, in turn, was to be sent */
  BelfryBenchBuffer buffer;
};

/* Connections that are on their way at a time: fewer than any server's backlog that is worth a
 * measurement. */
#define MAX_OPENING 128

/* One source address has 28,000 ports; limits by address, too, are easier to stay below. */
#define N_SOURCES 16
#define FIRST_SOURCE 0x7F000002 /* 127.0.0.2 */

#define MAX_EVENTS 256
#define SLOW_INTERVAL G_USEC_PER_SEC

/* The key of RFC 6455, section 1.3, and what must come back for it. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

/* Each message by itself, so that one inflater is enough for all connections. */
#define OFFER "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"

#define MARK '#'
#define MARK_DIGITS 10

#define SLOW_REQUEST "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "

static const BelfryLoadRole *
role_of (const BelfryLoad *self, const Connection *connection)
{
  return connection->kind == KIND_PUBLISHER ? &self->plan->publisher : &self->plan->subscriber;
}

static gboolean
is_background (const Connection *connection)
{
  return connection->kind == KIND_SILENT || connection->kind == KIND_SLOW;
}

static void
connection_free (Connection *connection)
{
  if (connection->fd >= 0)
    close (connection->fd);
  g_clear_pointer (&connection->rest, g_byte_array_unref);
  g_free (connection);
}

G_GNUC_PRINTF (3, 4)
static void
end (BelfryLoad *self, Connection *connection, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *reason = g_strdup_vprintf (format, args);
  va_end (args);
  if (connection->state < STATE_OPEN)
    self->n_opening--;
  if (connection->state == STATE_OPEN && connection->kind == KIND_SUBSCRIBER)
    self->counts.open--;
  if (!is_background (connection) && self->failure == NULL)
    self->failure = g_error_new (BELFRY_ERROR, BELFRY_ERROR_CLOSED, "connection %u: %s",
                                 connection->number, reason);
  connection->state = STATE_CLOSED;
  close (connection->fd);
  connection->fd = -1;
  self->counts.closed++;
}

/* For what always fits into an empty socket. */
static void
send_whole (BelfryLoad *self, Connection *connection, const void *bytes, gsize length)
{
  if (send (connection->fd, bytes, length, MSG_NOSIGNAL) != (gssize) length)
    end (self, connection, "does not take %" G_GSIZE_FORMAT " bytes at once", length);
}

static void
open_up (BelfryLoad *self, Connection *connection)
{
  connection->state = STATE_OPEN;
  connection->next = is_background (connection) ? 0 : self->n_published;
  self->n_opening--;
  if (connection->kind == KIND_SUBSCRIBER)
    self->counts.open++;
  else if (is_background (connection))
    self->counts.background++;
}

static void
send_first (BelfryLoad *self, Connection *connection)
{
  const BelfryLoadRole *role = role_of (self, connection);
  g_autofree char *number = g_strdup_printf ("%u", connection->number);

  connection->n_answers = role->n_answers;
  connection->state = STATE_ANSWERING;
  if (role->first != NULL)
    {
      g_autoptr (GString) text = g_string_new (role->first);

      g_string_replace (text, "{n}", number, 0);
      g_string_truncate (text, MIN (text->len, BELFRY_BENCH_PAYLOAD_MAX));
      g_byte_array_set_size (self->out, 0);
      belfry_bench_frame_append (self->out, BELFRY_BENCH_TEXT, TRUE, text->str, text->len);
      send_whole (self, connection, self->out->data, self->out->len);
    }
  if (connection->state == STATE_ANSWERING && connection->n_answers == 0)
    open_up (self, connection);
}

static void
send_request (BelfryLoad *self, Connection *connection)
{
  const BelfryLoadRole *role = role_of (self, connection);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *number = g_strdup_printf ("%u", connection->number);

  g_string_printf (text,
                   "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: " KEY "\r\n%s%s\r\n",
                   role->path, self->port,
                   self->plan->deflate && connection->kind == KIND_SUBSCRIBER ? OFFER : "",
                   role->headers != NULL ? role->headers : "");
  g_string_replace (text, "{n}", number, 0);
  connection->state = STATE_UPGRADING;
  send_whole (self, connection, text->str, text->len);
}

static void
on_connected (BelfryLoad *self, Connection *connection)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
  int failure = 0;
  socklen_t size = sizeof failure;

  getsockopt (connection->fd, SOL_SOCKET, SO_ERROR, &failure, &size);
  if (failure != 0 || epoll_ctl (self->epoll_fd, EPOLL_CTL_MOD, connection->fd, &event) != 0)
    end (self, connection, "cannot connect: %s", g_strerror (failure));
  else if (is_background (connection))
    open_up (self, connection);
  else
    send_request (self, connection);
}

/* Returns how much of the buffer was the answer; 0 if it is not complete. */
static gsize
read_answer (BelfryLoad *self, Connection *connection)
{
  const char *text = (const char *) self->buffer.bytes;
  gssize length = (gssize) self->buffer.length;
  const char *blank = g_strstr_len (text, length, "\r\n\r\n");

  if (blank == NULL)
    {
      if (length > BELFRY_BENCH_PAYLOAD_MAX)
        end (self, connection, "answers without an end");
      return 0;
    }
  if (!g_str_has_prefix (text, "HTTP/1.1 101 ") ||
      g_strstr_len (text, blank + 2 - text, ": " ACCEPT "\r\n") == NULL)
    end (self, connection, "is refused: %.*s", (int) strcspn (text, "\r"), text);
  else
    send_first (self, connection);
  return (gsize) (blank + 4 - text);
}

/* Finds the number of a message, whatever the server has wrapped it in. */
static gboolean
find_number (const BelfryBenchFrame *frame, guint64 *number)
{
  const guint8 *end_of_payload = frame->payload + frame->length;
  const guint8 *at = frame->payload;

  while ((at = memchr (at, MARK, (gsize) (end_of_payload - at))) != NULL &&
         end_of_payload - at >= BELFRY_LOAD_SIZE_MIN)
    {
      guint n = 0;

      *number = 0;
      for (at++; n < MARK_DIGITS && g_ascii_isdigit (at[n]); n++)
        *number = *number * 10 + (guint64) (at[n] - '0');
      if (n == MARK_DIGITS && at[n] == MARK)
        return TRUE;
    }
  return FALSE;
}

static void
record_latency (BelfryLoad *self, guint64 number)
{
  gint64 latency = g_get_monotonic_time () - self->due[number % MAX_UNDER_WAY];
  guint32 recorded = (guint32) CLAMP (latency, 0, G_MAXUINT32);

  if (self->latencies != NULL)
    g_array_append_val (self->latencies, recorded);
}

static void
take_message (BelfryLoad *self, Connection *connection, const BelfryBenchFrame *frame)
{
  guint64 number;

  if (connection->state == STATE_ANSWERING)
    {
      if (--connection->n_answers == 0)
        open_up (self, connection);
      return;
    }
  if (connection->kind != KIND_SUBSCRIBER || !find_number (frame, &number))
    {
      self->counts.others++;
      return;
    }
  if (number < connection->next)
    {
      self->counts.repeated++;
      return;
    }
  self->counts.lost += number - connection->next;
  self->counts.deliveries++;
  self->counts.bytes += frame->length;
  connection->next = number + 1;
  record_latency (self, number);
}

static void
take_frame (BelfryLoad *self, Connection *connection, BelfryBenchFrame *frame)
{
  guint64 before = self->counts.deliveries;
  gboolean compressed = frame->compressed;

  if (compressed && (!self->plan->deflate || !belfry_bench_inflater_take (self->inflater, frame)))
    end (self, connection, "sends a frame that is broken or too long");
  else if (frame->opcode == BELFRY_BENCH_CLOSE)
    end (self, connection, "the server closes with %u",
         frame->length >= 2 ? frame->payload[0] * 256u + frame->payload[1] : 0);
  else if (frame->opcode == BELFRY_BENCH_PING)
    {
      self->counts.pings++;
      g_byte_array_set_size (self->out, 0);
      belfry_bench_frame_append (self->out, BELFRY_BENCH_PONG, TRUE, frame->payload, frame->length);
      send_whole (self, connection, self->out->data, self->out->len);
    }
  else if (frame->opcode != BELFRY_BENCH_PONG)
    take_message (self, connection, frame);
  if (compressed)
    self->counts.compressed += self->counts.deliveries - before;
}

static void
take_frames (BelfryLoad *self, Connection *connection)
{
  gsize used = connection->state == STATE_UPGRADING ? read_answer (self, connection) : 0;
  BelfryBenchFrame frame;
  gssize size = 0;

  while (connection->state >= STATE_ANSWERING && connection->state != STATE_CLOSED &&
         (size = belfry_bench_frame_read (self->buffer.bytes + used, self->buffer.length - used,
                                          &frame)) > 0)
    {
      used += (gsize) size;
      take_frame (self, connection, &frame);
    }
  if (connection->state == STATE_CLOSED)
    return;
  if (size < 0)
    end (self, connection, "sends a frame that is broken or too long");
  else
    belfry_bench_buffer_keep (&self->buffer, used, &connection->rest);
}

static void
on_readable (BelfryLoad *self, Connection *connection)
{
  gssize n = belfry_bench_buffer_fill (&self->buffer, connection->fd, &connection->rest);

  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0)
    end (self, connection, "the server is gone: %s", n < 0 ? g_strerror (errno) : "end of stream");
  else if (!is_background (connection))
    take_frames (self, connection);
}

static void
feed_slow (BelfryLoad *self, gint64 now)
{
  if (self->n_slow == 0 || now < self->next_byte)
    return;
  self->next_byte = now + SLOW_INTERVAL;
  for (guint i = 0; i < self->connections->len; i++)
    {
      Connection *connection = g_ptr_array_index (self->connections, i);
      guint64 at = MIN (connection->next, strlen (SLOW_REQUEST) - 1);

      if (connection->kind != KIND_SLOW || connection->state != STATE_OPEN)
        continue;
      connection->next++;
      send_whole (self, connection, &SLOW_REQUEST[at], 1);
    }
}

/* Takes what has come, and waits for it until @deadline at most. Returns whether that is still to
 * come. */
static gboolean
turn (BelfryLoad *self, gint64 deadline)
{
  struct epoll_event events[MAX_EVENTS];
  gint64 now = g_get_monotonic_time ();

  feed_slow (self, now);
  gint64 until = self->n_slow > 0 ? MIN (deadline, self->next_byte) : deadline;
  gint64 wait = MAX (until - now, 0);
  const struct timespec timeout = { wait / G_USEC_PER_SEC, wait % G_USEC_PER_SEC * 1000 };
  int n = epoll_pwait2 (self->epoll_fd, events, MAX_EVENTS, &timeout, NULL);
  for (int i = 0; i < n; i++)
    {
      Connection *connection = events[i].data.ptr;

      if (connection->state == STATE_CONNECTING)
        on_connected (self, connection);
      else
        on_readable (self, connection);
    }
  return now < deadline;
}

static gboolean
check (BelfryLoad *self, gboolean in_time, const char *what, GError **error)
{
  if (self->failure != NULL)
    {
      g_propagate_error (error, g_error_copy (self->failure));
      return FALSE;
    }
  if (!in_time)
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_TIMED_OUT,
                 "%s takes too long: %u connections are open, %" G_GUINT64_FORMAT
                 " of %" G_GUINT64_FORMAT " deliveries have come",
                 what, self->counts.open, self->counts.deliveries, self->n_expected);
  return in_time;
}

static int
connect_from (guint number, guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return -1;
  setsockopt (fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){ 1 }, sizeof (int));
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
  setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  address.sin_addr.s_addr = g_htonl (FIRST_SOURCE + number % N_SOURCES);
  if (bind (fd, (struct sockaddr *) &address, sizeof address) == 0)
    {
      address.sin_addr.s_addr = g_htonl (INADDR_LOOPBACK);
      address.sin_port = g_htons (port);
      if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0 || errno == EINPROGRESS)
        return fd;
    }
  int reason = errno;
  close (fd);
  errno = reason;
  return -1;
}

static Connection *
connection_open (BelfryLoad *self, Kind kind, GError **error)
{
  guint number = self->connections->len;
  int fd = connect_from (number, self->port);

  if (fd < 0)
    {
      belfry_error_set_errno (error, errno, "cannot open connection %u", number);
      return NULL;
    }
  Connection *connection = g_new0 (Connection, 1);
  connection->fd = fd;
  connection->kind = kind;
  connection->number = number;
  g_ptr_array_add (self->connections, connection);
  struct epoll_event event = { .events = EPOLLOUT, .data.ptr = connection };
  self->n_opening++;
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    end (self, connection, "cannot be watched: %s", g_strerror (errno));
  return connection;
}

static gboolean
open_many (BelfryLoad *self, Kind kind, guint n, gint64 deadline, GError **error)
{
  gboolean in_time = TRUE;

  for (guint i = 0; i < n && self->failure == NULL && in_time; i++)
    {
      Connection *connection = connection_open (self, kind, error);

      if (connection == NULL)
        return FALSE;
      if (kind == KIND_PUBLISHER)
        self->publisher = connection;
      while (self->n_opening >= MAX_OPENING && self->failure == NULL && in_time)
        in_time = turn (self, deadline);
    }
  while (self->n_opening > 0 && self->failure == NULL && in_time)
    in_time = turn (self, deadline);
  return check (self, in_time, "connecting", error);
}

/* The sender's number stands where the prefix asks for it. */
static void
append_message (BelfryLoad *self, const Connection *sender, guint64 message, gsize size)
{
  const BelfryLoadPlan *plan = self->plan;
  g_autoptr (GString) text = g_string_new (plan->prefix);
  g_autofree char *number = g_strdup_printf ("%u", sender->number);

  g_string_replace (text, "{n}", number, 0);
  gsize before = text->len;
  g_string_append_printf (text, "%c%0*" G_GUINT64_FORMAT "%c", MARK, MARK_DIGITS, message, MARK);
  while (text->len - before < size)
    g_string_append_c (text, 'x');
  g_string_append (text, plan->suffix != NULL ? plan->suffix : "");
  belfry_bench_frame_append (self->out, BELFRY_BENCH_TEXT, TRUE, text->str, text->len);
}

/* How long what stands around a payload is. */
static gsize
around (const BelfryLoadPlan *plan)
{
  gsize prefix = plan->prefix != NULL ? strlen (plan->prefix) : 0;
  gsize suffix = plan->suffix != NULL ? strlen (plan->suffix) : 0;

  return MIN (prefix + suffix, BELFRY_BENCH_PAYLOAD_MAX);
}

/* @bytes must not be what a turn may change. */
static gboolean
send_all (BelfryLoad *self, Connection *connection, const GByteArray *bytes, gint64 deadline)
{
  gsize sent = 0;
  gboolean in_time = TRUE;

  while (connection->state == STATE_OPEN && sent < bytes->len && in_time)
    {
      gssize n = send (connection->fd, bytes->data + sent, bytes->len - sent, MSG_NOSIGNAL);

      if (n >= 0)
        sent += (gsize) n;
      else if (errno != EAGAIN)
        end (self, connection, "cannot send: %s", g_strerror (errno));
      else
        {
          turn (self, g_get_monotonic_time () + G_TIME_SPAN_MILLISECOND);
          in_time = g_get_monotonic_time () < deadline;
        }
    }
  return in_time;
}

/* The latest messages that were counted as published. */
static gboolean
send_burst (BelfryLoad *self, Connection *sender, guint burst, gsize size, gint64 deadline)
{
  g_byte_array_set_size (self->out, 0);
  for (guint i = 0; i < burst; i++)
    append_message (self, sender, self->n_published - burst + i, size);
  g_autoptr (GByteArray) messages = g_steal_pointer (&self->out);
  self->out = g_byte_array_new ();
  return send_all (self, sender, messages, deadline);
}

BelfryLoad *
belfry_load_new (const BelfryLoadPlan *plan, guint16 port)
{
  BelfryLoad *self = g_new0 (BelfryLoad, 1);

  self->plan = plan;
  self->port = port;
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->connections = g_ptr_array_new_with_free_func ((GDestroyNotify) connection_free);
  self->out = g_byte_array_new ();
  self->inflater = belfry_bench_inflater_new ();
  belfry_bench_raise_limit ();
  return self;
}

void
belfry_load_free (BelfryLoad *self)
{
  g_ptr_array_unref (self->connections);
  g_byte_array_unref (self->out);
  belfry_bench_inflater_free (self->inflater);
  g_clear_error (&self->failure);
  close (self->epoll_fd);
  g_free (self);
}

gboolean
belfry_load_open (BelfryLoad *self, guint n_subscribers, gint64 deadline, GError **error)
{
  if (self->publisher == NULL && self->plan->publisher.path != NULL &&
      !open_many (self, KIND_PUBLISHER, 1, deadline, error))
    return FALSE;
  return open_many (self, KIND_SUBSCRIBER, n_subscribers, deadline, error);
}

gboolean
belfry_load_open_background (BelfryLoad *self,
                             guint n_silent,
                             guint n_slow,
                             gint64 deadline,
                             GError **error)
{
  self->n_slow += n_slow;
  return open_many (self, KIND_SILENT, n_silent, deadline, error) &&
         open_many (self, KIND_SLOW, n_slow, deadline, error);
}

gboolean
belfry_load_publish (BelfryLoad *self, guint burst, gsize size, gint64 deadline, GError **error)
{
  gboolean in_time = TRUE;

  if (size > BELFRY_BENCH_PAYLOAD_MAX - around (self->plan))
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
                   "a message is longer than %d bytes", BELFRY_BENCH_PAYLOAD_MAX);
      return FALSE;
    }
  self->n_published += burst;
  self->n_expected += (guint64) burst * self->counts.open;
  if (self->publisher != NULL)
    in_time = send_burst (self, self->publisher, burst, size, deadline);
  for (guint i = 0; self->publisher == NULL && in_time && i < self->connections->len; i++)
    {
      Connection *connection = g_ptr_array_index (self->connections, i);

      if (connection->kind == KIND_SUBSCRIBER)
        in_time = send_burst (self, connection, burst, size, deadline);
    }
  return check (self, in_time, "publishing", error);
}

gboolean
belfry_load_settle (BelfryLoad *self, gint64 deadline, GError **error)
{
  gboolean in_time = TRUE;

  while (self->counts.deliveries + self->counts.lost < self->n_expected && self->failure == NULL &&
         in_time)
    in_time = turn (self, deadline);
  return check (self, in_time, "delivering", error);
}

void
belfry_load_expect (BelfryLoad *self, guint n)
{
  self->n_published += n;
  self->n_expected += (guint64) n * self->counts.open;
}

/* Waits until the next message of a pace may be sent; returns when it was due. */
static gint64
wait_for_turn (BelfryLoad *self, const BelfryLoadPace *pace, gint64 begin, guint64 sent)
{
  gint64 due = begin + (gint64) ((double) sent * G_USEC_PER_SEC / MAX (pace->rate, 1));
  gint64 end_of_pace = begin + pace->duration;

  if (pace->rate > 0)
    {
      while (self->failure == NULL && turn (self, MIN (due, end_of_pace)))
        continue;
      return due;
    }
  while (self->n_expected - self->counts.deliveries - self->counts.lost > self->counts.open &&
         self->failure == NULL && turn (self, end_of_pace))
    continue;
  return g_get_monotonic_time ();
}

gboolean
belfry_load_pace (BelfryLoad *self, const BelfryLoadPace *pace, gint64 deadline, GError **error)
{
  gint64 begin = g_get_monotonic_time ();
  gint64 end_of_pace = MIN (begin + pace->duration, deadline);
  gboolean done = TRUE;
  gint64 due;

  self->latencies = pace->latencies;
  for (guint64 sent = 0; done && (due = wait_for_turn (self, pace, begin, sent)) < end_of_pace;
       sent++)
    {
      self->due[self->n_published % MAX_UNDER_WAY] = due;
      done = belfry_load_publish (self, 1, pace->size, deadline, error);
    }
  done = done && belfry_load_settle (self, deadline, error);
  self->latencies = NULL;
  return done;
}

void
belfry_load_run (BelfryLoad *self, gint64 deadline)
{
  while (turn (self, deadline))
    continue;
}

const BelfryLoadCounts *
belfry_load_get_counts (const BelfryLoad *self)
{
  return &self->counts;
}
