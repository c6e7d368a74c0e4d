/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-dial"

#include "config.h"

#include "belfry-redis-dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

/* From a URL to a connection, in two steps: the socket, then TLS. Neither blocks.
 *
 * A connection that is silent is probed by the kernel; one that does not acknowledge is given up by
 * it. That is for connections on which nobody waits for an answer, such as those that subscribe;
 * commands have deadlines of their own. */

#define KEEPALIVE_IDLE 10 /* seconds */
#define KEEPALIVE_INTERVAL 5
#define KEEPALIVE_PROBES 3

/* Seconds that an address may take to answer. The kernel repeats itself in ever longer intervals;
 * whoever dials again sooner is sooner there when a broken path is whole again. */
#define CONNECT_TIMEOUT 1

typedef struct
{
  BelfryRedisUrl *url;       /* (owned) */
  const BelfryRedisTls *tls; /* (unowned) (nullable) */
  gint64 user_timeout;
  BelfryRedisLine *line; /* (owned) (nullable) */
  BelfryRedisFault fault;
} Dial;

static void
dial_free (Dial *self)
{
  belfry_redis_url_unref (self->url);
  g_clear_pointer (&self->line, belfry_redis_line_free);
  g_free (self);
}

static void
fail (GTask *task, BelfryRedisFault fault, GError *error)
{
  Dial *self = g_task_get_task_data (task);

  self->fault = fault;
  g_task_return_error (task, error);
}

/* What the kernel does not know is not worth failing for. */
static void
tune (GSocket *socket, gint64 user_timeout)
{
  gint64 ms = CLAMP (user_timeout / 1000, 1, G_MAXINT);

  g_socket_set_keepalive (socket, TRUE);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_USER_TIMEOUT, (int) ms, NULL);
}

static GSocketConnectable *
identity_of (const Dial *self)
{
  if (self->tls != NULL && self->tls->server_name != NULL)
    return g_network_address_new (self->tls->server_name, belfry_redis_url_get_port (self->url));
  return belfry_redis_url_get_connectable (self->url);
}

static void
on_secured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Dial *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (g_task_return_error_if_cancelled (task))
    return;
  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error))
    {
      fail (task, BELFRY_REDIS_FAULT_TLS, g_steal_pointer (&error));
      return;
    }
  g_task_return_pointer (task, g_steal_pointer (&self->line),
                         (GDestroyNotify) belfry_redis_line_free);
}

static void
secure (GTask *task)
{
  Dial *self = g_task_get_task_data (task);
  g_autoptr (GSocketConnectable) identity = identity_of (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) client = g_tls_client_connection_new (self->line->stream, identity, &error);

  if (client == NULL)
    {
      fail (task, BELFRY_REDIS_FAULT_TLS, g_steal_pointer (&error));
      return;
    }
  if (self->tls != NULL && self->tls->authorities != NULL)
    g_tls_connection_set_database (G_TLS_CONNECTION (client), self->tls->authorities);
  if (self->tls != NULL && self->tls->certificate != NULL)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (client), self->tls->certificate);
  g_set_object (&self->line->stream, client);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (client), G_PRIORITY_DEFAULT,
                                    g_task_get_cancellable (task), on_secured, g_object_ref (task));
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Dial *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (connection == NULL)
    {
      fail (task, BELFRY_REDIS_FAULT_UNREACHABLE, g_steal_pointer (&error));
      return;
    }
  /* Whoever has cancelled may have freed what is to be shown to the other side. */
  if (g_task_return_error_if_cancelled (task))
    return;
  self->line = g_new0 (BelfryRedisLine, 1);
  self->line->socket = g_object_ref (g_socket_connection_get_socket (connection));
  self->line->stream = G_IO_STREAM (g_steal_pointer (&connection));
  g_socket_set_timeout (self->line->socket, 0);
  if (belfry_redis_url_get_scheme (self->url) != BELFRY_REDIS_SCHEME_UNIX)
    tune (self->line->socket, self->user_timeout);
  if (belfry_redis_url_get_scheme (self->url) == BELFRY_REDIS_SCHEME_TLS)
    secure (task);
  else
    g_task_return_pointer (task, g_steal_pointer (&self->line),
                           (GDestroyNotify) belfry_redis_line_free);
}

static gboolean
refuse_file (GError **error, const char *file, const GError *why)
{
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, "%s: %s", file, why->message);
  return FALSE;
}

static gboolean
load_authorities (BelfryRedisTls *self, const char *file, GError **error)
{
  g_autoptr (GError) why = NULL;

  self->authorities = g_tls_file_database_new (file, &why);
  return self->authorities != NULL || refuse_file (error, file, why);
}

static gboolean
load_certificate (BelfryRedisTls *self, const char *file, const char *key, GError **error)
{
  g_autoptr (GError) why = NULL;

  self->certificate = g_tls_certificate_new_from_files (file, key != NULL ? key : file, &why);
  return self->certificate != NULL || refuse_file (error, file, why);
}

BelfryRedisTls *
belfry_redis_tls_load (const char *authorities,
                       const char *certificate,
                       const char *key,
                       const char *server_name,
                       GError **error)
{
  g_autoptr (BelfryRedisTls) self = g_new0 (BelfryRedisTls, 1);

  self->server_name = g_strdup (server_name);
  if (authorities != NULL && !load_authorities (self, authorities, error))
    return NULL;
  if (certificate != NULL && !load_certificate (self, certificate, key, error))
    return NULL;
  return g_steal_pointer (&self);
}

BelfryRedisTls *
belfry_redis_tls_copy (const BelfryRedisTls *self)
{
  BelfryRedisTls *copy = g_new0 (BelfryRedisTls, 1);

  g_set_object (&copy->authorities, self->authorities);
  g_set_object (&copy->certificate, self->certificate);
  copy->server_name = g_strdup (self->server_name);
  return copy;
}

void
belfry_redis_tls_free (BelfryRedisTls *self)
{
  g_clear_object (&self->authorities);
  g_clear_object (&self->certificate);
  g_free (self->server_name);
  g_free (self);
}

/* The socket first: with it gone, TLS has nobody to say goodbye to, and does not wait for that. */
void
belfry_redis_line_free (BelfryRedisLine *self)
{
  g_socket_close (self->socket, NULL);
  g_object_unref (self->stream);
  g_object_unref (self->socket);
  g_free (self);
}

void
belfry_redis_dial_async (BelfryRedisUrl *url,
                         const BelfryRedisTls *tls,
                         gint64 user_timeout,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) connectable = belfry_redis_url_get_connectable (url);
  Dial *self = g_new0 (Dial, 1);

  self->url = belfry_redis_url_ref (url);
  self->tls = tls;
  self->user_timeout = user_timeout;
  g_task_set_source_tag (task, belfry_redis_dial_async);
  g_task_set_task_data (task, self, (GDestroyNotify) dial_free);
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_timeout (client, CONNECT_TIMEOUT);
  g_socket_client_connect_async (client, connectable, cancellable, on_connected,
                                 g_steal_pointer (&task));
}

BelfryRedisLine *
belfry_redis_dial_finish (GAsyncResult *result, BelfryRedisFault *fault, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_redis_dial_async), NULL);

  const Dial *self = g_task_get_task_data (G_TASK (result));
  BelfryRedisLine *line = g_task_propagate_pointer (G_TASK (result), error);
  *fault = line != NULL                             ? BELFRY_REDIS_FAULT_NONE
           : self->fault == BELFRY_REDIS_FAULT_NONE ? BELFRY_REDIS_FAULT_UNREACHABLE
                                                    : self->fault;
  return line;
}
