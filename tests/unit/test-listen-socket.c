/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-listen-socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

static GPtrArray *
try_open (const char *text, guint16 port, GError **error)
{
  g_autoptr (BelfryConfigListen) listen = belfry_config_listen_parse (text);

  g_assert_nonnull (listen);
  return belfry_listen_socket_open (listen, port, error);
}

static GPtrArray *
open_all (const char *text, guint16 port)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *sockets = try_open (text, port, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (sockets->len, >, 0);
  return sockets;
}

static const BelfryListenSocket *
first (GPtrArray *sockets)
{
  return g_ptr_array_index (sockets, 0);
}

static gboolean
can_connect_v4 (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  int result = connect (fd, (struct sockaddr *) &address, sizeof address);
  close (fd);
  return result == 0;
}

static gboolean
can_connect_v6 (guint16 port)
{
  struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons (port) };
  int fd = socket (AF_INET6, SOCK_STREAM, 0);

  address.sin6_addr = in6addr_loopback;
  int result = connect (fd, (struct sockaddr *) &address, sizeof address);
  close (fd);
  return result == 0;
}

static gboolean
can_connect_unix (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  int result = connect (fd, (struct sockaddr *) &address, sizeof address);
  close (fd);
  return result == 0;
}

static int
get_option (int fd, int level, int option)
{
  int value = -1;
  socklen_t length = sizeof value;

  getsockopt (fd, level, option, &value, &length);
  return value;
}

/* Each worker opens a TCP address for itself, and all of them have the port that the first got. */
static void
test_reuse_port (void)
{
  g_autoptr (GPtrArray) one = open_all ("127.0.0.1:0", 0);
  guint16 port = first (one)->port;
  g_autoptr (GPtrArray) two = open_all ("127.0.0.1:0", port);

  g_assert_cmpuint (port, >, 0);
  g_assert_cmpuint (first (two)->port, ==, port);
  g_assert_cmpint (first (two)->fd, !=, first (one)->fd);
  g_assert_true (can_connect_v4 (port));
  g_assert_false (can_connect_v6 (port));
}

/* A descriptor is non-blocking and not inherited, and what it accepts sends at once. */
static void
test_flags (void)
{
  g_autoptr (GPtrArray) sockets = open_all ("tls:127.0.0.1:0", 0);
  int fd = first (sockets)->fd;

  g_assert_true (first (sockets)->tls);
  g_assert_false (first (sockets)->is_unix);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (get_option (fd, IPPROTO_TCP, TCP_NODELAY), ==, 1);
  g_assert_cmpint (get_option (fd, SOL_SOCKET, SO_KEEPALIVE), ==, 1);
}

/* No host is every address of both families. */
static void
test_everywhere (void)
{
  g_autoptr (GPtrArray) sockets = open_all ("*:0", 0);

  g_assert_true (can_connect_v4 (first (sockets)->port));
  g_assert_true (can_connect_v6 (first (sockets)->port));
}

/* An IPv6 address is that alone. */
static void
test_v6 (void)
{
  g_autoptr (GPtrArray) sockets = open_all ("[::1]:0", 0);

  g_assert_true (can_connect_v6 (first (sockets)->port));
  g_assert_false (can_connect_v4 (first (sockets)->port));
}

/* All addresses of a name are opened, on one port. */
static void
test_name (void)
{
  g_autoptr (GPtrArray) sockets = open_all ("localhost:0", 0);

  for (guint i = 0; i < sockets->len; i++)
    g_assert_cmpuint (((BelfryListenSocket *) g_ptr_array_index (sockets, i))->port, ==,
                      first (sockets)->port);
  g_assert_true (can_connect_v4 (first (sockets)->port));
}

/* Whoever is there already, without meaning to share, is not disturbed, and the address is named.
 */
static void
test_taken (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  g_autoptr (GError) error = NULL;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (fd, 1));
  g_assert_no_errno (getsockname (fd, (struct sockaddr *) &address, &length));
  g_autofree char *text = g_strdup_printf ("127.0.0.1:%u", (guint) ntohs (address.sin_port));
  g_assert_null (try_open (text, 0, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == BELFRY_ERROR);
  g_assert_nonnull (strstr (error->message, text));
  close (fd);
}

/* Nor is whoever shares its port among workers: these are ours only if we opened the first. */
static void
test_served (void)
{
  g_autoptr (GPtrArray) one = open_all ("127.0.0.1:0", 0);
  g_autofree char *text = g_strdup_printf ("127.0.0.1:%u", (guint) first (one)->port);
  g_autoptr (GError) error = NULL;

  g_assert_null (try_open (text, 0, &error));
  g_assert_nonnull (strstr (error->message, text));
  g_autoptr (GPtrArray) two = open_all (text, first (one)->port);
  g_assert_cmpuint (first (two)->port, ==, first (one)->port);
}

/* An address that is not ours, and a name that is nobody's, are told by name. */
static void
test_not_ours (void)
{
  const char *const addresses[] = { "192.0.2.1:80", "[2001:db8::1]:80", "none.invalid:80" };

  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (try_open (addresses[i], 0, &error));
      g_assert_nonnull (strstr (error->message, addresses[i]));
    }
}

/* A unix socket is there for its group and gone when it is closed, but stays if a sharer goes. */
static void
test_unix (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_path (dir, "s");
  g_autofree char *text = g_strconcat ("unix:", path, NULL);
  mode_t mask = umask (0007);
  GPtrArray *sockets = open_all (text, 0);
  struct stat status;

  umask (mask);
  g_assert_true (first (sockets)->is_unix);
  g_assert_no_errno (stat (path, &status));
  g_assert_cmpint (status.st_mode & 0777, ==, BELFRY_LISTEN_UNIX_MODE);
  BelfryListenSocket *shared = belfry_listen_socket_share (first (sockets), NULL);
  g_assert_true (shared->is_unix);
  belfry_listen_socket_free (shared);
  g_assert_true (can_connect_unix (path));
  g_ptr_array_unref (sockets);
  g_assert_cmpint (access (path, F_OK), !=, 0);
}

static void
leave_stale_socket (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  close (fd);
}

/* What a crash left behind is replaced. */
static void
test_unix_stale (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_path (dir, "s");
  g_autofree char *text = g_strconcat ("unix:", path, NULL);

  leave_stale_socket (path);
  g_autoptr (GPtrArray) sockets = open_all (text, 0);
  g_assert_cmpuint (sockets->len, ==, 1);
  g_assert_true (can_connect_unix (path));
}

/* A socket on which somebody listens, a file and a link stay what they are. */
static void
test_unix_taken (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *busy = belfry_test_dir_path (dir, "busy");
  g_autofree char *stale = belfry_test_dir_path (dir, "stale");
  g_autofree char *file = belfry_test_dir_write (dir, "file", "precious", -1);
  g_autofree char *link = belfry_test_dir_path (dir, "link");
  g_autofree char *busy_text = g_strconcat ("unix:", busy, NULL);
  g_autoptr (GPtrArray) owner = open_all (busy_text, 0);
  const char *const paths[] = { busy, file, link };

  g_assert_cmpuint (owner->len, ==, 1);
  leave_stale_socket (stale);
  g_assert_no_errno (symlink (stale, link));
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *text = g_strconcat ("unix:", paths[i], NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (try_open (text, 0, &error));
      g_assert_nonnull (strstr (error->message, paths[i]));
      g_assert_no_errno (access (paths[i], F_OK));
    }
  g_assert_true (can_connect_unix (busy));
}

/* A file that took our socket's place is not ours to remove. */
static void
test_unix_replaced (void)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *path = belfry_test_dir_path (dir, "s");
  g_autofree char *text = g_strconcat ("unix:", path, NULL);
  GPtrArray *sockets = open_all (text, 0);

  g_assert_no_errno (unlink (path));
  g_autofree char *other = belfry_test_dir_write (dir, "s", "another's", -1);
  g_ptr_array_unref (sockets);
  g_assert_no_errno (access (other, F_OK));
}

/* A socket that comes from elsewhere is known by what it is. */
static void
test_adopt (void)
{
  g_autoptr (GPtrArray) sockets = open_all ("127.0.0.1:0", 0);
  g_autoptr (BelfryListenSocket) adopted =
      belfry_listen_socket_adopt (dup (first (sockets)->fd), TRUE);

  g_assert_cmpuint (adopted->port, ==, first (sockets)->port);
  g_assert_true (adopted->tls);
  g_assert_false (adopted->is_unix);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/listen-socket/reuse-port", test_reuse_port);
  belfry_test_add ("/listen-socket/flags", test_flags);
  belfry_test_add ("/listen-socket/everywhere", test_everywhere);
  belfry_test_add ("/listen-socket/v6", test_v6);
  belfry_test_add ("/listen-socket/name", test_name);
  belfry_test_add ("/listen-socket/taken", test_taken);
  belfry_test_add ("/listen-socket/served", test_served);
  belfry_test_add ("/listen-socket/not-ours", test_not_ours);
  belfry_test_add ("/listen-socket/unix", test_unix);
  belfry_test_add ("/listen-socket/unix-stale", test_unix_stale);
  belfry_test_add ("/listen-socket/unix-taken", test_unix_taken);
  belfry_test_add ("/listen-socket/unix-replaced", test_unix_replaced);
  belfry_test_add ("/listen-socket/adopt", test_adopt);
  return g_test_run ();
}
