/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "belfry-fake-clock.h"
#include "belfry-test.h"

#define MANY 1000

typedef struct
{
  BelfryReactor *reactor;
  BelfryFakeClock *clock;
  BelfryDeadlineWheel *wheel;
  BelfryAddresses *addresses;
  BelfryListener *listener;
  GArray *accepted; /* of BelfryAccepted */
  guint16 port;
  gboolean free_listener; /* from within the callback */
} Fixture;

static void
on_accepted (const BelfryAccepted *accepted, gpointer user_data)
{
  Fixture *self = user_data;

  g_array_append_vals (self->accepted, accepted, 1);
  if (self->free_listener)
    g_clear_pointer (&self->listener, belfry_listener_free);
}

static void
open_door (Fixture *self, const char *text)
{
  g_autoptr (BelfryConfigListen) listen = belfry_config_listen_parse (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sockets = belfry_listen_socket_open (listen, 0, &error);

  g_assert_no_error (error);
  BelfryListenSocket *socket = g_ptr_array_steal_index (sockets, 0);
  self->port = socket->port;
  g_assert_true (belfry_listener_add (self->listener, socket, &error));
  g_assert_no_error (error);
}

static void
fixture_init (Fixture *self, const BelfryListenerLimits *limits, const char *text)
{
  *self = (Fixture){ 0 };
  self->reactor = belfry_reactor_new (NULL, NULL);
  self->clock = belfry_fake_clock_new ();
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->addresses = belfry_addresses_new ();
  self->accepted = g_array_new (FALSE, FALSE, sizeof (BelfryAccepted));
  self->listener = belfry_listener_new (self->reactor, self->wheel, BELFRY_CLOCK (self->clock),
                                        self->addresses, limits, on_accepted, self);
  open_door (self, text);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_pointer (&self->listener, belfry_listener_free);
  for (guint i = 0; i < self->accepted->len; i++)
    close (g_array_index (self->accepted, BelfryAccepted, i).fd);
  g_array_unref (self->accepted);
  belfry_addresses_unref (self->addresses);
  belfry_deadline_wheel_free (self->wheel);
  belfry_reactor_free (self->reactor);
  belfry_test_assert_finalizes (self->clock);
}

static int
connect_to (const Fixture *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (self->port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
  return fd;
}

static gboolean
is_readable (int fd)
{
  struct pollfd waited = { .fd = fd, .events = POLLIN };

  return poll (&waited, 1, 0) == 1;
}

/* Waits for the end of a connection. Returns: what it brought */
static char *
read_to_end (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[1024];
  gssize n = 1;

  while (n > 0)
    {
      belfry_test_wait_until (is_readable (fd));
      n = recv (fd, buffer, sizeof buffer, 0);
      if (n > 0)
        g_string_append_len (text, buffer, n);
    }
  close (fd);
  return g_strdup (text->str);
}

static void
assert_refused (int fd)
{
  g_autofree char *text = read_to_end (fd);

  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 503 Service Unavailable\r\n"));
  g_assert_nonnull (strstr (text, "\r\nRetry-After: 5\r\n"));
  g_assert_true (g_str_has_suffix (text, "\r\n\r\n"));
}

/* A connection is handed over non-blocking and not inherited, with its peer, and counted. */
static void
test_accept (void)
{
  BelfryListenerLimits limits = { .max_connections = MANY, .max_per_address = MANY };
  Fixture f;

  fixture_init (&f, &limits, "127.0.0.1:0");
  int fd = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == 1);
  const BelfryAccepted *accepted = &g_array_index (f.accepted, BelfryAccepted, 0);
  g_assert_cmpint (fcntl (accepted->fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (accepted->fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  g_assert_cmpint (accepted->address.ss_family, ==, AF_INET);
  g_assert_false (accepted->tls);
  g_assert_cmpuint (belfry_addresses_get_n_units (f.addresses), ==, 1);
  g_assert_cmpuint (belfry_listener_get_stats (f.listener)->accepted, ==, 1);
  close (fd);
  fixture_clear (&f);
}

/* A crowd larger than a batch comes in all the same. */
static void
test_crowd (void)
{
  BelfryListenerLimits limits = { .max_connections = MANY };
  int fds[BELFRY_LISTENER_BATCH + 10];
  Fixture f;

  fixture_init (&f, &limits, "127.0.0.1:0");
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == G_N_ELEMENTS (fds));
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  fixture_clear (&f);
}

/* Who comes beyond a limit is told to come again, and when somebody goes there is room again. */
static void
test_total (void)
{
  BelfryListenerLimits limits = { .max_connections = 1 };
  Fixture f;

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-listener",
                          "a connection from 127.0.0.1 was refused: *max-connections*");
  fixture_init (&f, &limits, "127.0.0.1:0");
  int first = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == 1);
  assert_refused (connect_to (&f));
  g_assert_cmpuint (belfry_listener_get_stats (f.listener)->refused_total, ==, 1);
  belfry_addresses_release (f.addresses, &g_array_index (f.accepted, BelfryAccepted, 0).unit);
  int second = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == 2);
  close (first);
  close (second);
  fixture_clear (&f);
}

/* One address may not take all the room, unless it is a proxy's; and a reload changes that. */
static void
test_per_address (void)
{
  g_autoptr (GPtrArray) networks = g_ptr_array_new_with_free_func (g_object_unref);
  BelfryListenerLimits limits = { .max_connections = MANY, .max_per_address = 1 };
  Fixture f;

  g_ptr_array_add (networks, g_inet_address_mask_new_from_string ("127.0.0.0/8", NULL));
  fixture_init (&f, &limits, "127.0.0.1:0");
  int first = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == 1);
  assert_refused (connect_to (&f));
  g_assert_cmpuint (belfry_listener_get_stats (f.listener)->refused_per_address, ==, 1);
  limits.proxies = belfry_proxies_new (networks, FALSE);
  belfry_listener_set_limits (f.listener, &limits);
  belfry_proxies_unref (limits.proxies);
  int second = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == 2);
  close (first);
  close (second);
  fixture_clear (&f);
}

/* More than the rate are refused, until time has passed. */
static void
test_rate (void)
{
  BelfryListenerLimits limits = { .max_connections = MANY, .accept_rate = 1 };
  Fixture f;

  fixture_init (&f, &limits, "127.0.0.1:0");
  int first = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == 1);
  assert_refused (connect_to (&f));
  g_assert_cmpuint (belfry_listener_get_stats (f.listener)->refused_rate, ==, 1);
  belfry_fake_clock_advance (f.clock, G_USEC_PER_SEC);
  int second = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == 2);
  close (first);
  close (second);
  fixture_clear (&f);
}

/* What would have to be said in TLS is not said in the clear. */
static void
test_refused_tls (void)
{
  BelfryListenerLimits limits = { .max_connections = 0 };
  Fixture f;

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-listener", "*max-connections*");
  fixture_init (&f, &limits, "tls:127.0.0.1:0");
  g_autofree char *text = read_to_end (connect_to (&f));
  g_assert_cmpstr (text, ==, "");
  fixture_clear (&f);
}

/* A draining listener closes its sockets; what it accepted goes on. */
static void
test_drain (void)
{
  BelfryListenerLimits limits = { .max_connections = MANY };
  struct sockaddr_in address = { .sin_family = AF_INET };
  Fixture f;

  fixture_init (&f, &limits, "127.0.0.1:0");
  int first = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == 1);
  belfry_listener_drain (f.listener);
  address.sin_port = htons (f.port);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  int second = socket (AF_INET, SOCK_STREAM, 0);
  g_assert_cmpint (connect (second, (struct sockaddr *) &address, sizeof address), !=, 0);
  g_assert_false (is_readable (first));
  close (first);
  close (second);
  fixture_clear (&f);
}

/* A listener may go while it accepts. */
static void
test_free_inside (void)
{
  BelfryListenerLimits limits = { .max_connections = MANY };
  Fixture f;

  fixture_init (&f, &limits, "127.0.0.1:0");
  f.free_listener = TRUE;
  int first = connect_to (&f);
  int second = connect_to (&f);
  belfry_test_wait_until (f.accepted->len == 1);
  g_assert_null (f.listener);
  close (first);
  close (second);
  fixture_clear (&f);
}

/* Takes all descriptors that there are. */
static GArray *
use_up_descriptors (void)
{
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (int));

  for (int fd = open ("/dev/null", O_RDONLY); fd >= 0; fd = open ("/dev/null", O_RDONLY))
    g_array_append_val (fds, fd);
  return fds;
}

static void
give_back (GArray *fds)
{
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_array_unref (fds);
}

/* Without descriptors one waiting client is turned away, the others wait, the log has one line, and
 * when there are descriptors again all goes on. In a process of its own, which has few. */
static void
test_descriptors_child (void)
{
  BelfryListenerLimits limits = { .max_connections = MANY };
  struct rlimit few = { .rlim_cur = 64, .rlim_max = 64 };
  Fixture f;

  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &few));
  fixture_init (&f, &limits, "127.0.0.1:0");
  int first = connect_to (&f);
  int second = connect_to (&f);
  GArray *fds = use_up_descriptors ();

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-listener", "cannot accept connections: *");
  assert_refused (first);
  g_assert_cmpuint (f.accepted->len, ==, 0);
  g_assert_cmpuint (belfry_listener_get_stats (f.listener)->shed, ==, 1);
  g_assert_cmpuint (belfry_listener_get_stats (f.listener)->pauses, ==, 1);
  g_assert_false (is_readable (second));

  give_back (fds);
  belfry_fake_clock_advance (f.clock, G_USEC_PER_SEC);
  belfry_test_wait_until (f.accepted->len == 1);
  close (second);
  fixture_clear (&f);
}

static void
test_descriptors (void)
{
  if (g_test_subprocess ())
    {
      test_descriptors_child ();
      return;
    }
  g_test_trap_subprocess (NULL, BELFRY_TEST_PATIENCE, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/listener/accept", test_accept);
  belfry_test_add ("/listener/crowd", test_crowd);
  belfry_test_add ("/listener/total", test_total);
  belfry_test_add ("/listener/per-address", test_per_address);
  belfry_test_add ("/listener/rate", test_rate);
  belfry_test_add ("/listener/refused-tls", test_refused_tls);
  belfry_test_add ("/listener/drain", test_drain);
  belfry_test_add ("/listener/free-inside", test_free_inside);
  belfry_test_add ("/listener/descriptors", test_descriptors);
  return g_test_run ();
}
