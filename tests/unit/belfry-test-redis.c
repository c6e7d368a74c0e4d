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

struct _BelfryTestRedis
{
  BelfryTestDir *dir; /* (owned) */
  char *socket_path;  /* (owned) */
  GPid pid;
  guint16 port;
  guint16 tls_port;
  gboolean exited;
};

struct _BelfryTestPeer
{
  GSocketService *service;       /* (owned) */
  GSocketConnection *connection; /* (owned) (nullable): the latest */
  GSource *source;               /* (owned) (nullable): of what it says */
  GString *heard;                /* (owned) */
  char *greeting;                /* (owned) (nullable) */
  gsize after;
  guint16 port;
  guint n_came;
  gboolean left;
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
spawn (BelfryTestRedis *self, const char *const *options)
{
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  g_autofree char *tls_port = g_strdup_printf ("%u", self->tls_port);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GError) error = NULL;

  g_strv_builder_add_many (builder, "redis-server", "--save", "", "--bind", "127.0.0.1", "--port",
                           port, "--unixsocket", self->socket_path, "--dir", self->dir,
                           "--daemonize", "no", NULL);
  for (guint i = 0; options != NULL && options[i] != NULL; i++)
    g_strv_builder_add (builder, g_str_equal (options[i], "TLS-PORT") ? tls_port : options[i]);
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

BelfryTestRedis *
belfry_test_redis_new (const char *const *options)
{
  BelfryTestRedis *self = g_new0 (BelfryTestRedis, 1);

  self->dir = belfry_test_dir_new ();
  self->socket_path = belfry_test_dir_path (self->dir, "redis.sock");
  self->port = free_port ();
  self->tls_port = free_port ();
  spawn (self, options);
  belfry_test_wait_until (has_exited (self) || answers (self));
  g_assert_false (self->exited);
  return self;
}

void
belfry_test_redis_free (BelfryTestRedis *self)
{
  kill (self->pid, SIGKILL);
  belfry_test_wait_until (has_exited (self));
  g_free (self->socket_path);
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
belfry_test_redis_get_tls_port (BelfryTestRedis *self)
{
  return self->tls_port;
}

void
belfry_test_redis_signal (BelfryTestRedis *self, int number)
{
  kill (self->pid, number);
}

static void
drop_source (BelfryTestPeer *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

static gboolean
on_heard (GObject *stream, gpointer user_data)
{
  BelfryTestPeer *self = user_data;
  char bytes[4096];
  gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream), bytes,
                                                       sizeof bytes, NULL, NULL);

  if (n <= 0)
    {
      self->left = TRUE;
      drop_source (self);
      return G_SOURCE_REMOVE;
    }
  g_string_append_len (self->heard, bytes, n);
  if (self->greeting != NULL && self->heard->len >= self->after)
    {
      g_autofree char *greeting = g_steal_pointer (&self->greeting);

      belfry_test_peer_say (self, greeting, -1);
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

  drop_source (self);
  g_set_object (&self->connection, connection);
  g_string_truncate (self->heard, 0);
  self->left = FALSE;
  self->n_came++;
  self->source = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (input), NULL);
  g_source_set_static_name (self->source, "belfry-test-peer");
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_heard), self, NULL);
  g_source_attach (self->source, NULL);
  return TRUE;
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
  self->heard = g_string_new (NULL);
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  return self;
}

void
belfry_test_peer_free (BelfryTestPeer *self)
{
  drop_source (self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_object_unref (self->service);
  g_clear_object (&self->connection);
  g_string_free (self->heard, TRUE);
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
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));

  g_output_stream_write_all (output, text, length < 0 ? strlen (text) : (gsize) length, NULL, NULL,
                             NULL);
}

void
belfry_test_peer_hang_up (BelfryTestPeer *self)
{
  drop_source (self);
  g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
}

void
belfry_test_peer_stall (BelfryTestPeer *self)
{
  drop_source (self);
}

guint
belfry_test_peer_n_came (BelfryTestPeer *self)
{
  return self->n_came;
}

gboolean
belfry_test_peer_was_left (BelfryTestPeer *self)
{
  return self->left;
}

const char *
belfry_test_peer_heard (BelfryTestPeer *self)
{
  return self->heard->str;
}
