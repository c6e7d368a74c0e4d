/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-connection"

#include "config.h"

#include "belfry-redis-connection.h"

#include <string.h>

#include "belfry-log.h"

/* A connection's life goes one way: idle, dialing, greeting, open, closed. Answers belong to
 * commands by their order alone, so whatever breaks the order ends the connection: a late answer, a
 * reply that nobody asked for, bytes that are no reply.
 *
 * Handlers and callbacks may do anything to the connection: who calls one holds a reference, and
 * looks at the state afterwards. Nothing here is fatal; what goes wrong is told and closed. */

/* What is read before others get their turn. */
#define CHUNK (32 * 1024)
#define MAX_CHUNKS 8

/* What is handed to the system at once. */
#define MAX_WRITE (64 * 1024)

/* Room for a greeting, so that the array never grows and leaves a password behind where it was. */
#define GREETING_ROOM (4 * BELFRY_REDIS_URL_MAX)

/* What is kept of a buffer that has been large. */
#define SPARE_ROOM (64 * 1024)

typedef enum
{
  IDLE,
  DIALING,
  GREETING,
  OPEN,
  CLOSED,
} State;

typedef struct
{
  BelfryRedisConnection *connection; /* (unowned) */
  BelfryDeadline deadline;
  BelfryRedisCallback callback; /* (unowned) (nullable) */
  gpointer user_data;           /* (unowned) (nullable) */
  char *name;                   /* (owned): of the command */
  guint64 serial;
  gboolean confirmed; /* answered by pushes */
  BelfryRedisPushKind confirmation;
  guint n_left; /* answers */
} Pending;

struct _BelfryRedisConnection
{
  GObject parent_instance;

  BelfryRedisSettings settings;
  char *client_name;                 /* (owned) */
  const BelfryRedisHandler *handler; /* (unowned) */
  gpointer user_data;                /* (unowned) (nullable) */
  State state;
  GMainContext *context;     /* (owned) */
  GCancellable *cancellable; /* (owned): ends the dialing */
  BelfryDeadline opening;
  BelfryRedisLine *line;     /* (owned) (nullable) */
  BelfryRedisReader *reader; /* (owned) */
  GSource *readable;         /* (owned) (nullable) */
  GSource *writable;         /* (owned) (nullable): while the system takes no more */
  GSource *flush;            /* (owned) (nullable): once a turn in which something was sent */
  GByteArray *filling;       /* (owned): what commands are appended to */
  GByteArray *sending;       /* (owned): does not change until it is sent, as TLS wants it */
  gsize sent;                /* of it */
  guint8 *chunk;             /* (owned) */
  GQueue pending;            /* (element-type Pending) (owned) */
  guint64 n_sent;            /* the latest serial */
  gboolean silent;           /* the owner has closed it */
};

G_DEFINE_FINAL_TYPE (BelfryRedisConnection, belfry_redis_connection, G_TYPE_OBJECT)

static void
pending_free (Pending *self)
{
  belfry_deadline_cancel (&self->deadline);
  g_free (self->name);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pending, pending_free)

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
wipe (GByteArray *bytes)
{
  if (bytes->len > 0)
    explicit_bzero (bytes->data, bytes->len);
  g_byte_array_set_size (bytes, 0);
}

static void
tear_down (BelfryRedisConnection *self)
{
  self->state = CLOSED;
  belfry_deadline_cancel (&self->opening);
  clear_source (&self->readable);
  clear_source (&self->writable);
  clear_source (&self->flush);
  wipe (self->filling);
  wipe (self->sending);
  self->sent = 0;
  g_clear_pointer (&self->line, belfry_redis_line_free);
  g_cancellable_cancel (self->cancellable);
}

/* In the order in which they were sent. A callback may forget those that are not called yet. */
static void
abandon_pending (BelfryRedisConnection *self, BelfryRedisFault fault, const GError *error)
{
  while (!g_queue_is_empty (&self->pending))
    {
      g_autoptr (Pending) pending = g_queue_pop_head (&self->pending);

      if (pending->callback != NULL)
        pending->callback (NULL, fault, error, pending->user_data);
    }
}

static void
end (BelfryRedisConnection *self, BelfryRedisFault fault, const GError *error)
{
  G_GNUC_UNUSED g_autoptr (BelfryRedisConnection) guard = g_object_ref (self);

  if (self->state == CLOSED)
    return;
  belfry_log_debug ("%s: closed: %s", belfry_redis_url_get_shown (self->settings.url),
                    error->message);
  tear_down (self);
  abandon_pending (self, fault, error);
  if (!self->silent)
    self->handler->closed (self, fault, error, self->user_data);
}

static void
end_because (BelfryRedisConnection *self, BelfryRedisFault fault, const char *what)
{
  const char *server = belfry_redis_url_get_shown (self->settings.url);
  g_autofree char *context =
      what != NULL ? g_strdup_printf ("%s: %s", server, what) : g_strdup (server);
  g_autoptr (GError) error = belfry_redis_fault_new_error (fault, context);

  end (self, fault, error);
}

static void
answer (BelfryRedisConnection *self, Pending *pending, const BelfryRedisReply *reply)
{
  BelfryRedisFault fault = belfry_redis_reply_get_fault (reply);
  g_autoptr (GError) error = NULL;

  if (fault != BELFRY_REDIS_FAULT_NONE)
    error = belfry_redis_fault_new_error (fault, pending->name);
  if (pending->callback != NULL)
    pending->callback (reply, fault, error, pending->user_data);
  if (error != NULL && self->state == OPEN && self->handler->refused != NULL)
    self->handler->refused (self, fault, error, self->user_data);
}

/* An error that nobody asked for tells why Redis is about to hang up. */
static void
take_unasked (BelfryRedisConnection *self, const BelfryRedisReply *reply)
{
  BelfryRedisFault fault = belfry_redis_reply_get_fault (reply);

  if (fault == BELFRY_REDIS_FAULT_NONE)
    end_because (self, BELFRY_REDIS_FAULT_PROTOCOL, "a reply that nobody asked for");
  else
    end_because (self, fault, NULL);
}

static void
take_answer (BelfryRedisConnection *self, const BelfryRedisReply *reply)
{
  const Pending *head = g_queue_peek_head (&self->pending);

  if (head == NULL)
    {
      take_unasked (self, reply);
      return;
    }
  if (head->confirmed && belfry_redis_reply_get_kind (reply) != BELFRY_REDIS_REPLY_ERROR)
    {
      end_because (self, BELFRY_REDIS_FAULT_PROTOCOL, "expected a confirmation");
      return;
    }
  g_autoptr (Pending) pending = g_queue_pop_head (&self->pending);
  answer (self, pending, reply);
}

/* What ends a subscription may come unasked, too: Redis takes back what is not allowed any more. */
static gboolean
count_confirmation (BelfryRedisConnection *self,
                    const BelfryRedisPush *push,
                    const BelfryRedisReply *reply)
{
  Pending *head = g_queue_peek_head (&self->pending);

  if (head == NULL || !head->confirmed || head->confirmation != push->kind)
    return push->kind >= BELFRY_REDIS_PUSH_UNSUBSCRIBE;
  if (--head->n_left > 0)
    return TRUE;
  g_autoptr (Pending) pending = g_queue_pop_head (&self->pending);
  answer (self, pending, reply);
  return TRUE;
}

static void
take_push (BelfryRedisConnection *self, const BelfryRedisPush *push, const BelfryRedisReply *reply)
{
  self->handler->push (self, push, self->user_data);
  if (self->state == CLOSED || belfry_redis_push_is_message (push->kind))
    return;
  if (!count_confirmation (self, push, reply))
    end_because (self, BELFRY_REDIS_FAULT_PROTOCOL, "a confirmation that nobody waits for");
}

static void
take_reply (BelfryRedisConnection *self, const BelfryRedisReply *reply)
{
  BelfryRedisPush push;

  if (self->state != OPEN || self->handler->push == NULL)
    {
      take_answer (self, reply);
      return;
    }
  switch (belfry_redis_push_read (reply, &push))
    {
    case BELFRY_REDIS_PUSH_READ:
      take_push (self, &push, reply);
      break;
    case BELFRY_REDIS_PUSH_NONE:
      take_answer (self, reply);
      break;
    case BELFRY_REDIS_PUSH_BROKEN:
    default:
      end_because (self, BELFRY_REDIS_FAULT_PROTOCOL, "a message of a wrong form");
      break;
    }
}

static void
take_replies (BelfryRedisConnection *self)
{
  while (self->state != CLOSED)
    {
      g_autoptr (BelfryRedisReply) reply = NULL;
      g_autoptr (GError) error = NULL;

      if (!belfry_redis_reader_next (self->reader, &reply, &error))
        end_because (self, BELFRY_REDIS_FAULT_PROTOCOL, error->message);
      if (reply == NULL)
        return;
      take_reply (self, reply);
    }
}

/* Of a socket that gave less than it was asked for, there is no more: to ask again would cost as
 * much as to read. TLS gives one record at a time. */
static gboolean
may_have_more (const BelfryRedisConnection *self, gssize n)
{
  return n == CHUNK || (self->line != NULL && G_IS_TLS_CONNECTION (self->line->stream));
}

/* Reads what is there, within bounds. */
static void
take_input (BelfryRedisConnection *self)
{
  G_GNUC_UNUSED g_autoptr (BelfryRedisConnection) guard = g_object_ref (self);

  for (guint i = 0; i < MAX_CHUNKS && self->line != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (
                                                               g_io_stream_get_input_stream (
                                                                   self->line->stream)),
                                                           self->chunk, CHUNK, NULL, &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return;
      if (n <= 0)
        {
          end_because (self, BELFRY_REDIS_FAULT_LOST, n < 0 ? error->message : "Redis hung up");
          return;
        }
      belfry_redis_reader_feed (self->reader, self->chunk, (gsize) n);
      take_replies (self);
      if (!may_have_more (self, n))
        return;
    }
}

static gboolean
on_readable (GObject *stream, gpointer user_data)
{
  take_input (user_data);
  return G_SOURCE_CONTINUE;
}

static void
start_reading (BelfryRedisConnection *self)
{
  self->readable =
      g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (
                                                 g_io_stream_get_input_stream (self->line->stream)),
                                             NULL);
  g_source_set_static_name (self->readable, "belfry-redis-readable");
  /* Nobody turns the loop in a callback. Without this GLib would take the socket away
   * from the poll for each call and give it back, and wake this very thread for it, both times. */
  g_source_set_can_recurse (self->readable, TRUE);
  g_source_set_callback (self->readable, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->readable, self->context);
}

/* Passwords are in the first of it: nothing of a greeting stays. */
static void
swap_output (BelfryRedisConnection *self)
{
  if (self->state == GREETING)
    wipe (self->sending);
  if (self->sending->len > SPARE_ROOM)
    {
      g_byte_array_unref (self->sending);
      self->sending = g_byte_array_new ();
    }
  g_byte_array_set_size (self->sending, 0);
  self->sent = 0;
  GByteArray *filled = self->filling;
  self->filling = self->sending;
  self->sending = filled;
}

/* Returns: whether to go on */
static gboolean
write_some (BelfryRedisConnection *self, GError **error)
{
  if (self->sent == self->sending->len)
    swap_output (self);
  if (self->sending->len == 0)
    return FALSE;
  gssize n = g_pollable_output_stream_write_nonblocking (
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->line->stream)),
      self->sending->data + self->sent, MIN (self->sending->len - self->sent, MAX_WRITE), NULL,
      error);
  if (n < 0)
    return FALSE;
  self->sent += (gsize) n;
  return TRUE;
}

static gboolean on_writable (GObject *stream, gpointer user_data);

static void
wait_writable (BelfryRedisConnection *self)
{
  if (self->writable != NULL)
    return;
  self->writable = g_pollable_output_stream_create_source (
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->line->stream)), NULL);
  g_source_set_static_name (self->writable, "belfry-redis-writable");
  g_source_set_callback (self->writable, G_SOURCE_FUNC (on_writable), self, NULL);
  g_source_attach (self->writable, self->context);
}

/* Who cannot be written to any more may have said why. */
static void
give_output (BelfryRedisConnection *self)
{
  G_GNUC_UNUSED g_autoptr (BelfryRedisConnection) guard = g_object_ref (self);
  g_autoptr (GError) error = NULL;

  while (write_some (self, &error))
    continue;
  if (error == NULL)
    {
      clear_source (&self->writable);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      wait_writable (self);
      return;
    }
  take_input (self);
  end_because (self, BELFRY_REDIS_FAULT_LOST, error->message);
}

static gboolean
on_writable (GObject *stream, gpointer user_data)
{
  give_output (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_flush (gpointer user_data)
{
  BelfryRedisConnection *self = user_data;

  g_source_set_ready_time (self->flush, -1);
  if (self->writable == NULL)
    give_output (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_flush (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs flush_funcs = { .dispatch = dispatch_flush };

static void
start_flushing (BelfryRedisConnection *self)
{
  self->flush = g_source_new (&flush_funcs, sizeof (GSource));
  g_source_set_static_name (self->flush, "belfry-redis-flush");
  g_source_set_callback (self->flush, on_flush, self, NULL);
  g_source_set_ready_time (self->flush, -1);
  g_source_attach (self->flush, self->context);
}

/* The thread may have been busy for so long that the answer is there already, unread. */
static void
on_late (BelfryDeadline *deadline, gpointer user_data)
{
  const Pending *late = user_data;
  g_autoptr (BelfryRedisConnection) self = g_object_ref (late->connection);
  guint64 serial = late->serial;

  take_input (self);
  const Pending *head = g_queue_peek_head (&self->pending);
  if (self->state == CLOSED || head == NULL || head->serial > serial)
    return;
  end_because (self, BELFRY_REDIS_FAULT_TIMEOUT, head->name);
}

static void
add_pending (BelfryRedisConnection *self, const BelfryRedisCommand *command)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->connection = self;
  pending->callback = command->callback;
  pending->user_data = command->user_data;
  pending->name = g_strdup (command->argv[0]);
  pending->serial = ++self->n_sent;
  pending->confirmed = belfry_redis_push_confirms (command->argv[0], &pending->confirmation);
  pending->n_left = pending->confirmed ? belfry_redis_command_count (command) - 1 : 1;
  belfry_deadline_init (&pending->deadline, on_late, pending);
  belfry_deadline_wheel_set_after (self->settings.wheel, &pending->deadline, command->timeout);
  g_queue_push_tail (&self->pending, pending);
}

static gboolean
post (BelfryRedisConnection *self, const BelfryRedisCommand *command, GError **error)
{
  gsize waiting = belfry_redis_connection_get_output (self);
  gsize room = waiting < self->settings.max_output ? self->settings.max_output - waiting : 0;

  if (self->state == GREETING)
    room = GREETING_ROOM;
  if (!belfry_redis_command_format (command, self->filling, room, error))
    return FALSE;
  add_pending (self, command);
  g_source_set_ready_time (self->flush, 0);
  return TRUE;
}

static void
on_greeted (const BelfryRedisReply *reply,
            BelfryRedisFault fault,
            const GError *error,
            gpointer user_data)
{
  BelfryRedisConnection *self = user_data;

  if (reply == NULL)
    return;
  if (fault != BELFRY_REDIS_FAULT_NONE)
    end_because (self, fault, "signing in");
}

/* Redis's name for us may be forbidden, or not known: no reason not to work. */
static void
on_named (const BelfryRedisReply *reply,
          BelfryRedisFault fault,
          const GError *error,
          gpointer user_data)
{
  if (fault != BELFRY_REDIS_FAULT_OTHER && fault != BELFRY_REDIS_FAULT_NOPERM)
    on_greeted (reply, fault, error, user_data);
}

/* The last of the greeting: whoever is not let in, or not ready, says so here at the latest. */
static void
on_ponged (const BelfryRedisReply *reply,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  BelfryRedisConnection *self = user_data;

  if (reply == NULL)
    return;
  if (fault != BELFRY_REDIS_FAULT_NONE && fault != BELFRY_REDIS_FAULT_NOPERM)
    {
      end_because (self, fault, "PING");
      return;
    }
  belfry_deadline_cancel (&self->opening);
  self->state = OPEN;
  belfry_log_debug ("%s: open", belfry_redis_url_get_shown (self->settings.url));
  self->handler->opened (self, self->user_data);
}

static void
post_greeting (BelfryRedisConnection *self,
               BelfryRedisCallback callback,
               const char *const *argv,
               const gsize *lengths)
{
  const BelfryRedisCommand command = {
    .argv = argv,
    .lengths = lengths,
    .timeout = self->settings.open_timeout,
    .callback = callback,
    .user_data = self,
  };
  g_autoptr (GError) error = NULL;

  if (!post (self, &command, &error))
    end (self, BELFRY_REDIS_FAULT_PROTOCOL, error);
}

static void
post_auth (BelfryRedisConnection *self)
{
  const BelfrySecret *user = belfry_redis_url_get_user (self->settings.url);
  const BelfrySecret *password = belfry_redis_url_get_password (self->settings.url);

  if (password == NULL)
    return;
  if (user == NULL)
    post_greeting (self, on_greeted,
                   (const char *[]){ "AUTH", belfry_secret_peek (password, NULL), NULL }, NULL);
  else
    post_greeting (self, on_greeted,
                   (const char *[]){ "AUTH", belfry_secret_peek (user, NULL),
                                     belfry_secret_peek (password, NULL), NULL },
                   NULL);
}

static void
greet (BelfryRedisConnection *self)
{
  g_autofree char *database =
      g_strdup_printf ("%u", belfry_redis_url_get_database (self->settings.url));

  self->state = GREETING;
  start_reading (self);
  start_flushing (self);
  post_auth (self);
  if (!g_str_equal (database, "0"))
    post_greeting (self, on_greeted, (const char *[]){ "SELECT", database, NULL }, NULL);
  post_greeting (self, on_named, (const char *[]){ "CLIENT", "SETNAME", self->client_name, NULL },
                 NULL);
  post_greeting (self, on_ponged, (const char *[]){ "PING", NULL }, NULL);
}

static void
on_dialed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryRedisConnection) self = user_data;
  g_autoptr (GError) error = NULL;
  BelfryRedisFault fault;
  g_autoptr (BelfryRedisLine) line = belfry_redis_dial_finish (result, &fault, &error);

  if (self->state != DIALING)
    return;
  if (line == NULL)
    {
      end_because (self, fault, error->message);
      return;
    }
  self->line = g_steal_pointer (&line);
  greet (self);
}

static void
on_open_late (BelfryDeadline *deadline, gpointer user_data)
{
  end_because (user_data, BELFRY_REDIS_FAULT_TIMEOUT, "connecting");
}

static void
belfry_redis_connection_dispose (GObject *object)
{
  belfry_redis_connection_close (BELFRY_REDIS_CONNECTION (object));
  G_OBJECT_CLASS (belfry_redis_connection_parent_class)->dispose (object);
}

static void
belfry_redis_connection_finalize (GObject *object)
{
  BelfryRedisConnection *self = BELFRY_REDIS_CONNECTION (object);

  belfry_redis_url_unref (self->settings.url);
  g_free (self->client_name);
  g_main_context_unref (self->context);
  g_object_unref (self->cancellable);
  belfry_redis_reader_free (self->reader);
  g_byte_array_unref (self->filling);
  g_byte_array_unref (self->sending);
  g_free (self->chunk);
  G_OBJECT_CLASS (belfry_redis_connection_parent_class)->finalize (object);
}

static void
belfry_redis_connection_class_init (BelfryRedisConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = belfry_redis_connection_dispose;
  object_class->finalize = belfry_redis_connection_finalize;
}

static void
belfry_redis_connection_init (BelfryRedisConnection *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->cancellable = g_cancellable_new ();
  self->filling = g_byte_array_sized_new (GREETING_ROOM);
  self->sending = g_byte_array_new ();
  self->chunk = g_malloc (CHUNK);
  g_queue_init (&self->pending);
  belfry_deadline_init (&self->opening, on_open_late, self);
}

BelfryRedisConnection *
belfry_redis_connection_new (const BelfryRedisSettings *settings,
                             const BelfryRedisHandler *handler,
                             gpointer user_data)
{
  BelfryRedisConnection *self = g_object_new (BELFRY_REDIS_TYPE_CONNECTION, NULL);

  self->settings = *settings;
  belfry_redis_url_ref (settings->url);
  self->client_name = g_strdup (settings->client_name);
  self->settings.client_name = self->client_name;
  self->reader = belfry_redis_reader_new (&settings->limits);
  self->handler = handler;
  self->user_data = user_data;
  return self;
}

void
belfry_redis_connection_open (BelfryRedisConnection *self)
{
  g_return_if_fail (self->state == IDLE);

  self->state = DIALING;
  belfry_deadline_wheel_set_after (self->settings.wheel, &self->opening,
                                   self->settings.open_timeout);
  belfry_redis_dial_async (self->settings.url, self->settings.tls, self->settings.user_timeout,
                           self->cancellable, on_dialed, g_object_ref (self));
}

gboolean
belfry_redis_connection_is_open (BelfryRedisConnection *self)
{
  return self->state == OPEN;
}

gboolean
belfry_redis_connection_send (BelfryRedisConnection *self,
                              const BelfryRedisCommand *command,
                              GError **error)
{
  BelfryRedisPushKind confirmation;

  g_return_val_if_fail (!belfry_redis_push_confirms (command->argv[0], &confirmation) ||
                            (self->handler->push != NULL &&
                             belfry_redis_command_count (command) > 1),
                        FALSE);

  if (self->state != OPEN)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "%s: not connected to Redis",
                   command->argv[0]);
      return FALSE;
    }
  if (g_queue_get_length (&self->pending) >= self->settings.max_pending)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED,
                   "%s: too many commands wait for Redis", command->argv[0]);
      return FALSE;
    }
  return post (self, command, error);
}

void
belfry_redis_connection_forget (BelfryRedisConnection *self, gpointer user_data)
{
  for (GList *at = self->pending.head; at != NULL; at = at->next)
    {
      Pending *pending = at->data;

      if (pending->user_data == user_data)
        pending->callback = NULL;
    }
}

gsize
belfry_redis_connection_get_output (BelfryRedisConnection *self)
{
  return self->filling->len + self->sending->len - self->sent;
}

guint
belfry_redis_connection_get_pending (BelfryRedisConnection *self)
{
  return g_queue_get_length (&self->pending);
}

void
belfry_redis_connection_close (BelfryRedisConnection *self)
{
  belfry_redis_connection_give_up (self, BELFRY_REDIS_FAULT_CLOSED);
}

void
belfry_redis_connection_give_up (BelfryRedisConnection *self, BelfryRedisFault fault)
{
  self->silent = TRUE;
  if (self->state != CLOSED)
    end_because (self, fault, NULL);
}
