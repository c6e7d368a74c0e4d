/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-redis"

#include "config.h"

#include "belfry-test-redis.h"

#include <gio/gunixsocketaddress.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "belfry-test.h"

/* A real server and a false one, for tests of what speaks with Redis. All of it runs on the test's
 * main context, which every wait turns. Not GSubprocess: that has a thread of its own. */

#define ANSWER_TIMEOUT 30 /* seconds */

struct _BelfryTestRedis
{
  BelfryTestDir *dir; /* (owned) */
  char *socket_path;  /* (owned) */
  GStrv options;      /* (owned) */
  char *config;       /* (owned) (nullable): a file */
  GPid pid;
  guint16 port;
  guint16 tls_port;
  gboolean exited;
};

/* One that came to a false server. */
typedef struct
{
  GSocketConnection *connection; /* (owned) */
  GSource *source;               /* (owned) (nullable): of what it says */
  GString *heard;                /* (owned) */
  char *greeting;                /* (owned) (nullable): what it has to be told yet */
  gsize after;
  gboolean left;
} Caller;

struct _BelfryTestPeer
{
  GSocketService *service; /* (owned) */
  GPtrArray *callers;      /* (element-type Caller) (owned): the latest is the last */
  char *greeting;          /* (owned) (nullable) */
  gsize after;
  guint16 port;
};

static void
set_up_child (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static gboolean
has_exited (BelfryTestRedis *self)
{
  if (!self->exited)
    self->exited = waitpid (self->pid, NULL, WNOHANG) != 0;
  return self->exited;
}

/* A port that was free a moment ago: Redis cannot be asked to choose one. */
static guint16
free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                 NULL, &bound, &error);
  g_assert_no_error (error);
  g_socket_listener_close (listener);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

static gboolean
answers (BelfryTestRedis *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->socket_path);
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);

  return connection != NULL;
}

static void
spawn (BelfryTestRedis *self)
{
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  g_autofree char *tls_port = g_strdup_printf ("%u", self->tls_port);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GError) error = NULL;

  g_strv_builder_add (builder, "redis-server");
  if (self->config != NULL)
    g_strv_builder_add_many (builder, self->config, "--sentinel", NULL);
  g_strv_builder_add_many (builder, "--save", "", "--bind", "127.0.0.1", "--port", port,
                           "--unixsocket", self->socket_path, "--dir", self->dir, "--daemonize",
                           "no", NULL);
  for (guint i = 0; self->options[i] != NULL; i++)
    g_strv_builder_add (builder,
                        g_str_equal (self->options[i], "TLS-PORT") ? tls_port : self->options[i]);
  g_auto (GStrv) argv = g_strv_builder_end (builder);
  g_spawn_async (NULL, argv, NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
                 set_up_child, NULL, &self->pid, &error);
  g_assert_no_error (error);
}

gboolean
belfry_test_redis_available (void)
{
  g_autofree char *path = g_find_program_in_path ("redis-server");

  if (path == NULL)
    g_test_skip ("no redis-server");
  return path != NULL;
}

void
belfry_test_redis_start (BelfryTestRedis *self)
{
  self->exited = FALSE;
  spawn (self);
  belfry_test_wait_until (has_exited (self) || answers (self));
  g_assert_false (self->exited);
}

void
belfry_test_redis_kill (BelfryTestRedis *self)
{
  kill (self->pid, SIGKILL);
  belfry_test_wait_until (has_exited (self));
}

static BelfryTestRedis *
prepare (void)
{
  BelfryTestRedis *self = g_new0 (BelfryTestRedis, 1);

  self->dir = belfry_test_dir_new ();
  self->socket_path = belfry_test_dir_path (self->dir, "redis.sock");
  self->port = free_port ();
  self->tls_port = free_port ();
  return self;
}

BelfryTestRedis *
belfry_test_redis_new (const char *const *options)
{
  BelfryTestRedis *self = prepare ();

  self->options = options != NULL ? g_strdupv ((char **) options) : g_new0 (char *, 1);
  belfry_test_redis_start (self);
  return self;
}

BelfryTestRedis *
belfry_test_redis_new_sentinel (const char *config)
{
  BelfryTestRedis *self = prepare ();

  self->options = g_new0 (char *, 1);
  self->config = belfry_test_dir_write (self->dir, "sentinel.conf", config, -1);
  belfry_test_redis_start (self);
  return self;
}

void
belfry_test_redis_free (BelfryTestRedis *self)
{
  if (!self->exited)
    belfry_test_redis_kill (self);
  g_free (self->socket_path);
  g_strfreev (self->options);
  g_free (self->config);
  belfry_test_dir_free (self->dir);
  g_free (self);
}

char *
belfry_test_redis_get_url (BelfryTestRedis *self, const char *user_info, guint database)
{
  return g_strdup_printf ("redis://%s127.0.0.1:%u/%u", user_info, self->port, database);
}

char *
belfry_test_redis_get_unix_url (BelfryTestRedis *self)
{
  return g_strdup_printf ("redis+unix://%s", self->socket_path);
}

guint16
belfry_test_redis_get_port (BelfryTestRedis *self)
{
  return self->port;
}

guint16
belfry_test_redis_get_tls_port (BelfryTestRedis *self)
{
  return self->tls_port;
}

struct _BelfryTestCaller
{
  GSocketConnection *connection; /* (owned) */
};

BelfryTestCaller *
belfry_test_redis_call (BelfryTestRedis *self)
{
  BelfryTestCaller *caller = g_new0 (BelfryTestCaller, 1);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->socket_path);
  g_autoptr (GError) error = NULL;

  g_socket_client_set_timeout (client, ANSWER_TIMEOUT);
  caller->connection =
      g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
  g_assert_no_error (error);
  belfry_test_caller_say (caller, "PING");
  g_free (belfry_test_caller_hear (caller));
  return caller;
}

void
belfry_test_caller_free (BelfryTestCaller *self)
{
  g_object_unref (self->connection);
  g_free (self);
}

void
belfry_test_caller_say (BelfryTestCaller *self, const char *command)
{
  GOutputStream *stream = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));
  g_autofree char *line = g_strconcat (command, "\r\n", NULL);
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (stream, line, strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
}

char *
belfry_test_caller_hear (BelfryTestCaller *self)
{
  GInputStream *stream = g_io_stream_get_input_stream (G_IO_STREAM (self->connection));
  g_autoptr (GError) error = NULL;
  char answer[8192];
  gssize n = g_input_stream_read (stream, answer, sizeof answer, NULL, &error);

  g_assert_no_error (error);
  return g_strndup (answer, (gsize) n);
}

char *
belfry_test_redis_ask (BelfryTestRedis *self, const char *command)
{
  g_autoptr (BelfryTestCaller) caller = belfry_test_redis_call (self);

  belfry_test_caller_say (caller, command);
  return belfry_test_caller_hear (caller);
}

void
belfry_test_redis_tell (BelfryTestRedis *self, const char *command)
{
  g_autofree char *answer = belfry_test_redis_ask (self, command);

  if (*answer == '-')
    g_error ("%s: %s", command, answer);
}

void
belfry_test_redis_signal (BelfryTestRedis *self, int number)
{
  g_assert_no_errno (kill (self->pid, number));
  if (number == SIGSTOP)
    g_assert_no_errno (waitpid (self->pid, NULL, WUNTRACED));
}

static void
stop_reading (Caller *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

static void
caller_free (Caller *self)
{
  stop_reading (self);
  g_object_unref (self->connection);
  g_string_free (self->heard, TRUE);
  g_free (self->greeting);
  g_free (self);
}

static void
say (Caller *self, const char *text, gssize length)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));

  g_output_stream_write_all (output, text, length < 0 ? strlen (text) : (gsize) length, NULL, NULL,
                             NULL);
}

static gboolean
on_heard (GObject *stream, gpointer user_data)
{
  Caller *self = user_data;
  char bytes[4096];
  gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream), bytes,
                                                       sizeof bytes, NULL, NULL);

  if (n <= 0)
    {
      self->left = TRUE;
      stop_reading (self);
      return G_SOURCE_REMOVE;
    }
  g_string_append_len (self->heard, bytes, n);
  if (self->greeting != NULL && self->heard->len >= self->after)
    {
      g_autofree char *greeting = g_steal_pointer (&self->greeting);

      say (self, greeting, -1);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_incoming (GSocketService *service,
             GSocketConnection *connection,
             GObject *source_object,
             gpointer user_data)
{
  BelfryTestPeer *self = user_data;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  Caller *caller = g_new0 (Caller, 1);

  caller->connection = g_object_ref (connection);
  caller->heard = g_string_new (NULL);
  caller->greeting = g_strdup (self->greeting);
  caller->after = self->after;
  caller->source = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (input), NULL);
  g_source_set_static_name (caller->source, "belfry-test-peer");
  g_source_set_callback (caller->source, G_SOURCE_FUNC (on_heard), caller, NULL);
  g_source_attach (caller->source, NULL);
  g_ptr_array_add (self->callers, caller);
  return TRUE;
}

static Caller *
latest (BelfryTestPeer *self)
{
  g_assert_cmpuint (self->callers->len, >, 0);
  return g_ptr_array_index (self->callers, self->callers->len - 1);
}

BelfryTestPeer *
belfry_test_peer_new (void)
{
  BelfryTestPeer *self = g_new0 (BelfryTestPeer, 1);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  self->service = g_socket_service_new ();
  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->callers = g_ptr_array_new_with_free_func ((GDestroyNotify) caller_free);
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  return self;
}

void
belfry_test_peer_free (BelfryTestPeer *self)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_object_unref (self->service);
  g_ptr_array_unref (self->callers);
  g_free (self->greeting);
  g_free (self);
}

char *
belfry_test_peer_get_url (BelfryTestPeer *self)
{
  return g_strdup_printf ("redis://127.0.0.1:%u", self->port);
}

void
belfry_test_peer_set_greeting (BelfryTestPeer *self, const char *greeting, gsize after)
{
  g_free (self->greeting);
  self->greeting = g_strdup (greeting);
  self->after = after;
}

void
belfry_test_peer_say (BelfryTestPeer *self, const char *text, gssize length)
{
  say (latest (self), text, length);
}

void
belfry_test_peer_hang_up (BelfryTestPeer *self)
{
  stop_reading (latest (self));
  g_io_stream_close (G_IO_STREAM (latest (self)->connection), NULL, NULL);
}

void
belfry_test_peer_stall (BelfryTestPeer *self)
{
  stop_reading (latest (self));
}

guint
belfry_test_peer_n_came (BelfryTestPeer *self)
{
  return self->callers->len;
}

gboolean
belfry_test_peer_was_left (BelfryTestPeer *self)
{
  return latest (self)->left;
}

const char *
belfry_test_peer_heard (BelfryTestPeer *self)
{
  return self->callers->len > 0 ? latest (self)->heard->str : "";
}
