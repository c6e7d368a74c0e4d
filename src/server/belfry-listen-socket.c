/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-listen-socket"

#include "config.h"

#include "belfry-listen-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "belfry-error.h"

/* Opening and closing of what we listen on. Blocks where the system does; never used once clients
 * are served. */

#define SOCKET_FLAGS (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

static gboolean
set_flag (int fd, int level, int option, int value)
{
  return setsockopt (fd, level, option, &value, sizeof value) == 0;
}

/* Connections inherit from the socket: no delay for small frames, and a probe of those who have
 * said nothing for long. A family without an option, as unix, does without. */
static void
set_connection_options (int fd)
{
  set_flag (fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_flag (fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

static guint16
get_port (int fd)
{
  struct sockaddr_storage address = { 0 };
  socklen_t length = sizeof address;

  if (getsockname (fd, (struct sockaddr *) &address, &length) != 0)
    return 0;
  if (address.ss_family == AF_INET)
    return ntohs (((const struct sockaddr_in *) (const void *) &address)->sin_port);
  if (address.ss_family == AF_INET6)
    return ntohs (((const struct sockaddr_in6 *) (const void *) &address)->sin6_port);
  return 0;
}

static int
get_family (int fd)
{
  int family = AF_UNSPEC;
  socklen_t length = sizeof family;

  getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &family, &length);
  return family;
}

/* With SO_REUSEPORT we would join another process of this user that serves there, and take a part
 * of its clients. What fails is told by errno. */
static gboolean
is_free (const struct sockaddr *address, socklen_t length, gboolean dual)
{
  int fd = socket (address->sa_family, SOCKET_FLAGS, 0);

  if (fd < 0)
    return FALSE;
  set_flag (fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (address->sa_family == AF_INET6)
    set_flag (fd, IPPROTO_IPV6, IPV6_V6ONLY, dual ? 0 : 1);
  gboolean bound = bind (fd, address, length) == 0;
  int kept = errno;
  close (fd);
  errno = kept;
  return bound;
}

/* What fails is told by errno; the caller knows the address's name. */
static BelfryListenSocket *
open_tcp (const struct sockaddr *address, socklen_t length, gboolean dual, gboolean joins)
{
  if (!joins && !is_free (address, length, dual))
    return NULL;
  g_autoptr (BelfryListenSocket) self = g_new0 (BelfryListenSocket, 1);
  self->fd = socket (address->sa_family, SOCKET_FLAGS, 0);
  if (self->fd < 0 || !set_flag (self->fd, SOL_SOCKET, SO_REUSEADDR, 1) ||
      !set_flag (self->fd, SOL_SOCKET, SO_REUSEPORT, 1))
    return NULL;
  if (address->sa_family == AF_INET6 &&
      !set_flag (self->fd, IPPROTO_IPV6, IPV6_V6ONLY, dual ? 0 : 1))
    return NULL;
  set_connection_options (self->fd);
  if (bind (self->fd, address, length) != 0 || listen (self->fd, BELFRY_LISTEN_BACKLOG) != 0)
    return NULL;
  self->port = get_port (self->fd);
  return g_steal_pointer (&self);
}

/* A machine without IPv6 has all of its addresses in the other family. */
static BelfryListenSocket *
open_everywhere (guint16 port, gboolean joins)
{
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons (port) };
  struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons (port) };
  BelfryListenSocket *self = open_tcp ((struct sockaddr *) &v6, sizeof v6, TRUE, joins);

  if (self == NULL && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
    self = open_tcp ((struct sockaddr *) &v4, sizeof v4, FALSE, joins);
  return self;
}

static void
set_open_error (const BelfryConfigListen *listen, int errnum, GError **error)
{
  g_autofree char *name = belfry_config_listen_to_string (listen);

  belfry_error_set_errno (error, errnum, "listening on %s", name);
}

static struct addrinfo *
resolve (const BelfryConfigListen *listen, guint16 port, GError **error)
{
  struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
  struct addrinfo *found = NULL;
  char service[8];

  g_snprintf (service, sizeof service, "%u", (guint) port);
  int result = getaddrinfo (listen->host, service, &hints, &found);
  if (result == 0)
    return found;
  g_autofree char *name = belfry_config_listen_to_string (listen);
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_SYSTEM, "listening on %s: the host: %s", name,
               gai_strerror (result));
  return NULL;
}

/* All addresses of a name get the first one's port. */
static gboolean
open_host (GPtrArray *sockets,
           const BelfryConfigListen *listen,
           guint16 port,
           gboolean joins,
           GError **error)
{
  struct addrinfo *found = resolve (listen, port, error);
  gboolean opened = found != NULL;

  for (struct addrinfo *each = found; opened && each != NULL; each = each->ai_next)
    {
      if (port != 0 && each->ai_family == AF_INET)
        ((struct sockaddr_in *) (void *) each->ai_addr)->sin_port = htons (port);
      if (port != 0 && each->ai_family == AF_INET6)
        ((struct sockaddr_in6 *) (void *) each->ai_addr)->sin6_port = htons (port);
      BelfryListenSocket *socket = open_tcp (each->ai_addr, each->ai_addrlen, FALSE, joins);
      opened = socket != NULL;
      if (!opened)
        {
          set_open_error (listen, errno, error);
          break;
        }
      port = socket->port;
      g_ptr_array_add (sockets, socket);
    }
  if (found != NULL)
    freeaddrinfo (found);
  return opened;
}

/* Only a socket that refuses connections is taken away: another file is somebody's, and one that
 * answers, even if it is busy, has an owner. */
static gboolean
is_stale (const struct sockaddr_un *address)
{
  struct stat status;
  int fd;

  if (lstat (address->sun_path, &status) != 0 || !S_ISSOCK (status.st_mode))
    return FALSE;
  fd = socket (AF_UNIX, SOCKET_FLAGS, 0);
  if (fd < 0)
    return FALSE;
  gboolean refused = connect (fd, (const struct sockaddr *) address, sizeof *address) != 0 &&
                     errno == ECONNREFUSED;
  close (fd);
  return refused;
}

/* The mode is that of the descriptor, so that the file never has another. */
static gboolean
bind_unix (int fd, const struct sockaddr_un *address)
{
  if (fchmod (fd, BELFRY_LISTEN_UNIX_MODE) != 0)
    return FALSE;
  if (bind (fd, (const struct sockaddr *) address, sizeof *address) == 0)
    return TRUE;
  if (errno != EADDRINUSE)
    return FALSE;
  if (!is_stale (address))
    {
      errno = EADDRINUSE;
      return FALSE;
    }
  return unlink (address->sun_path) == 0 &&
         bind (fd, (const struct sockaddr *) address, sizeof *address) == 0;
}

static BelfryListenSocket *
open_unix (const char *path)
{
  g_autoptr (BelfryListenSocket) self = g_new0 (BelfryListenSocket, 1);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct stat status;

  self->is_unix = TRUE;
  self->fd = socket (AF_UNIX, SOCKET_FLAGS, 0);
  if (self->fd < 0)
    return NULL;
  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return NULL;
    }
  if (!bind_unix (self->fd, &address))
    return NULL;
  if (lstat (path, &status) == 0)
    {
      self->path = g_strdup (path);
      self->device = status.st_dev;
      self->inode = status.st_ino;
    }
  return listen (self->fd, BELFRY_LISTEN_BACKLOG) == 0 ? g_steal_pointer (&self) : NULL;
}

static gboolean
open_one (GPtrArray *sockets,
          const BelfryConfigListen *listen,
          guint16 port,
          gboolean joins,
          GError **error)
{
  BelfryListenSocket *socket = listen->kind == BELFRY_CONFIG_LISTEN_UNIX
                                   ? open_unix (listen->path)
                                   : open_everywhere (port, joins);

  if (socket == NULL)
    {
      set_open_error (listen, errno, error);
      return FALSE;
    }
  g_ptr_array_add (sockets, socket);
  return TRUE;
}

GPtrArray *
belfry_listen_socket_open (const BelfryConfigListen *listen, guint16 port, GError **error)
{
  g_autoptr (GPtrArray) sockets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_listen_socket_free);
  gboolean joins = port != 0;
  gboolean by_name = listen->kind == BELFRY_CONFIG_LISTEN_TCP && listen->host != NULL;

  g_return_val_if_fail (listen->kind != BELFRY_CONFIG_LISTEN_SYSTEMD, NULL);

  if (listen->port != 0)
    port = listen->port;
  if (!(by_name ? open_host : open_one) (sockets, listen, port, joins, error))
    return NULL;
  for (guint i = 0; i < sockets->len; i++)
    {
      BelfryListenSocket *socket = g_ptr_array_index (sockets, i);

      socket->tls = listen->tls;
      socket->name = belfry_config_listen_to_string (listen);
    }
  return g_steal_pointer (&sockets);
}

BelfryListenSocket *
belfry_listen_socket_adopt (int fd, gboolean tls)
{
  BelfryListenSocket *self = g_new0 (BelfryListenSocket, 1);

  self->fd = fd;
  self->tls = tls;
  self->port = get_port (fd);
  self->is_unix = get_family (fd) == AF_UNIX;
  set_connection_options (fd);
  return self;
}

BelfryListenSocket *
belfry_listen_socket_share (const BelfryListenSocket *self, GError **error)
{
  int fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 0);

  if (fd < 0)
    {
      belfry_error_set_errno (error, errno, "sharing a listening socket");
      return NULL;
    }
  return belfry_listen_socket_adopt (fd, self->tls);
}

void
belfry_listen_socket_save (const BelfryListenSocket *self, BelfryStateWriter *writer)
{
  belfry_state_put_u32 (writer, (guint32) self->fd);
  belfry_state_put_text (writer, self->name);
  belfry_state_put_u8 (writer, self->tls ? TRUE : FALSE);
  belfry_state_put_text (writer, self->path);
  belfry_state_put_u64 (writer, self->device);
  belfry_state_put_u64 (writer, self->inode);
}

BelfryListenSocket *
belfry_listen_socket_restore (BelfryHandover *handover, BelfryStateReader *reader)
{
  guint32 fd = belfry_state_get_u32 (reader);
  const char *name = belfry_state_get_name (reader);
  gboolean tls = belfry_state_get_u8 (reader) != 0;
  const char *path = belfry_state_get_text (reader);
  guint64 device = belfry_state_get_u64 (reader);
  guint64 inode = belfry_state_get_u64 (reader);

  if (!belfry_state_reader_is_good (reader) || fd > G_MAXINT ||
      belfry_handover_take_fd (handover, (int) fd, TRUE) < 0)
    {
      belfry_state_reader_fail (reader);
      return NULL;
    }

  BelfryListenSocket *self = belfry_listen_socket_adopt ((int) fd, tls);

  self->name = g_strdup (name);
  self->path = g_strdup (path);
  self->device = (dev_t) device;
  self->inode = (ino_t) inode;
  return self;
}

void
belfry_listen_socket_free (BelfryListenSocket *self)
{
  struct stat status;
  int kept = errno;

  if (self->path != NULL && lstat (self->path, &status) == 0 && status.st_dev == self->device &&
      status.st_ino == self->inode)
    unlink (self->path);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self->name);
  g_free (self);
  errno = kept;
}
