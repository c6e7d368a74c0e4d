/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-vestibule.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "belfry-fake-clock.h"
#include "belfry-test.h"

#define REQUEST "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define MAX_CONNECTIONS 1000

typedef struct
{
  BelfryReactor *reactor;
  BelfryFakeClock *clock;
  BelfryDeadlineWheel *wheel;
  BelfryAddresses *addresses;
  BelfryVestibule *vestibule;
  GPtrArray *inside; /* of BelfryVisitor, in the order of entering */
  guint n_expired;
  guint n_handshakes;
  BelfryVisitor *asked; /* one that is here already when it enters */
  gboolean leave_at_once;
  gboolean waits; /* for all that are inside */
} Fixture;

/* As a host does: the descriptor is its own, and goes with the visitor. */
static void
leave (BelfryVisitor *visitor)
{
  close (GPOINTER_TO_INT (belfry_visitor_get_guest (visitor)));
  belfry_visitor_leave (visitor, NULL);
}

static void
on_enter (BelfryVisitor *visitor, gpointer user_data)
{
  Fixture *self = user_data;

  if (visitor == self->asked)
    return;
  belfry_visitor_set_guest (visitor, GINT_TO_POINTER (belfry_visitor_take_fd (visitor)));
  if (self->leave_at_once)
    leave (visitor);
  else
    g_ptr_array_add (self->inside, visitor);
}

static void
on_expired (BelfryVisitor *visitor, gpointer user_data)
{
  Fixture *self = user_data;

  self->n_expired++;
  g_assert_true (g_ptr_array_remove (self->inside, visitor));
  leave (visitor);
}

static void
on_handshake (BelfryVisitor *visitor, gpointer user_data)
{
  Fixture *self = user_data;

  self->n_handshakes++;
  on_enter (visitor, user_data);
}

static gboolean
on_is_waited_for (BelfryVisitor *visitor, gpointer user_data)
{
  return ((Fixture *) user_data)->waits;
}

static const BelfryVestibuleHost host = { on_handshake, on_enter, on_expired, on_is_waited_for };

static guint64
get_max_body (const char *path, gsize length, gconstpointer data)
{
  return length == 2 && memcmp (path, "/b", 2) == 0 ? 100000 : 0;
}

static const BelfryVestibuleSettings settings = {
  .header_timeout = 10 * G_USEC_PER_SEC,
  .handshake_timeout = 5 * G_USEC_PER_SEC,
  .idle_timeout = 60 * G_USEC_PER_SEC,
  .grace = 1 * G_USEC_PER_SEC,
  .max_handshakes = 1,
  .max_inside = 2,
  .max_idle = 2,
  .max_held = 150000,
  .bodies = { get_max_body, NULL },
};

static void
fixture_init (Fixture *self)
{
  *self = (Fixture){ 0 };
  self->reactor = belfry_reactor_new (NULL, NULL);
  self->clock = belfry_fake_clock_new ();
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->addresses = belfry_addresses_new ();
  self->inside = g_ptr_array_new ();
  self->vestibule =
      belfry_vestibule_new (self->reactor, self->wheel, self->addresses, &settings, &host, self);
}

static void
fixture_clear (Fixture *self)
{
  for (guint i = 0; i < self->inside->len; i++)
    leave (g_ptr_array_index (self->inside, i));
  belfry_vestibule_free (self->vestibule);
  g_assert_cmpuint (belfry_addresses_get_n_connections (self->addresses), ==, 0);
  g_ptr_array_unref (self->inside);
  belfry_addresses_unref (self->addresses);
  belfry_deadline_wheel_free (self->wheel);
  belfry_reactor_free (self->reactor);
  belfry_test_assert_finalizes (self->clock);
}

/* Returns: the client's end */
static int
visit (Fixture *self, gboolean tls, const char *bytes)
{
  BelfryAccepted accepted = { .tls = tls, .is_unix = TRUE };
  int pair[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
  accepted.fd = pair[0];
  g_assert_cmpint (belfry_addresses_acquire (self->addresses, &accepted.unit, MAX_CONNECTIONS, 0),
                   ==, BELFRY_ADDRESS_ENTERED);
  g_assert_cmpint (send (pair[1], bytes, strlen (bytes), 0), ==, (gssize) strlen (bytes));
  belfry_vestibule_take (self->vestibule, &accepted);
  return pair[1];
}

static gboolean
try_read (int fd, GString *text)
{
  char buffer[1024];
  gssize n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n > 0)
    g_string_append_len (text, buffer, n);
  return n == 0;
}

/* Waits for the end of a connection. Returns: the beginning of what it brought */
static char *
read_status (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_test_wait_until (try_read (fd, text));
  close (fd);
  return g_strndup (text->str, strlen ("HTTP/1.1 408"));
}

static void
assert_status (int fd, const char *expected)
{
  g_autofree char *status = read_status (fd);

  g_assert_cmpstr (status, ==, expected);
}

/* Somebody silent stays outside, and goes without a word when the time is over. */
static void
test_silent (void)
{
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE, "");
  g_assert_cmpuint (belfry_vestibule_get_n_waiting (f.vestibule), ==, 1);
  belfry_fake_clock_advance (f.clock, settings.header_timeout + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  assert_status (fd, "");
  g_assert_cmpuint (f.inside->len, ==, 0);
  fixture_clear (&f);
}

/* A head that comes slowly stays outside, and is told that it was too slow. */
static void
test_slow (void)
{
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE, "GET / HT");
  g_assert_true (belfry_test_turn (belfry_test_deadline ()));
  g_assert_cmpint (send (fd, "TP/1.1\r\n", 8, 0), ==, 8);
  g_assert_true (belfry_test_turn (belfry_test_deadline ()));
  g_assert_cmpuint (belfry_vestibule_get_n_waiting (f.vestibule), ==, 1);
  belfry_fake_clock_advance (f.clock, settings.header_timeout + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  assert_status (fd, "HTTP/1.1 408");
  fixture_clear (&f);
}

/* A whole head lets in, with every byte that was read. */
static void
test_enter (void)
{
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE, REQUEST "more");
  belfry_test_wait_until (f.inside->len == 1);
  BelfryVisitor *visitor = g_ptr_array_index (f.inside, 0);
  g_autoptr (GByteArray) unread = belfry_visitor_take_unread (visitor);
  g_assert_cmpmem (unread->data, unread->len, REQUEST "more", strlen (REQUEST "more"));
  g_assert_null (belfry_visitor_make_address (visitor));
  g_assert_cmpuint (belfry_vestibule_get_held (f.vestibule), ==, 0);
  close (fd);
  fixture_clear (&f);
}

static const struct
{
  const char *defect;
  const char *bytes;
  const char *status;
} bad[] = {
  { "garbage", "\x16\x03\x01", "HTTP/1.1 400" },
  { "a bare line feed", "GET / HTTP/1.1\n", "HTTP/1.1 400" },
  { "two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
    "HTTP/1.1 400" },
  { "a body where there is none", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 413" },
  { "a body elsewhere", "POST /B HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 413" },
  { "the path spelt another way", "POST /%62 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
    "HTTP/1.1 413" },
  { "too large a body", "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n",
    "HTTP/1.1 413" },
  { "a body in chunks", "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 411" },
  { "another encoding", "POST / HTTP/1.1\r\nTransfer-Encoding: x\r\n", "HTTP/1.1 501" },
  { "another protocol", "PRI * HTTP/2.0\r\n", "HTTP/1.1 505" },
};

/* What is no request is refused at the door. */
static void
test_bad (void)
{
  Fixture f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i].defect);
      assert_status (visit (&f, FALSE, bad[i].bytes), bad[i].status);
    }
  g_assert_cmpuint (f.inside->len, ==, 0);
  fixture_clear (&f);
}

/* A client that leaves before it has asked is gone at once. */
static void
test_left (void)
{
  Fixture f;

  fixture_init (&f);
  close (visit (&f, FALSE, "GET"));
  close (visit (&f, TRUE, ""));
  belfry_test_wait_until (belfry_vestibule_get_n_waiting (f.vestibule) == 0);
  g_assert_cmpuint (f.inside->len, ==, 0);
  fixture_clear (&f);
}

/* TLS is let in by its first byte, which stays where it is, and has the time of a handshake. */
static void
test_tls (void)
{
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, TRUE, "\x16");
  belfry_test_wait_until (f.inside->len == 1);
  BelfryVisitor *visitor = g_ptr_array_index (f.inside, 0);
  g_assert_true (belfry_visitor_is_tls (visitor));
  g_assert_null (belfry_visitor_take_unread (visitor));
  belfry_fake_clock_advance (f.clock, settings.handshake_timeout + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  belfry_test_wait_until (f.n_expired == 1);
  close (fd);
  fixture_clear (&f);
}

/* No more than the bound are inside; the others follow in the order in which they were ready. */
static void
test_queue (void)
{
  int fds[5];
  Fixture f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = visit (&f, FALSE, REQUEST);
      belfry_test_wait_until (belfry_vestibule_get_n_waiting (f.vestibule) == 0);
    }
  g_assert_cmpuint (belfry_vestibule_get_n_inside (f.vestibule), ==, 2);
  g_assert_cmpuint (belfry_vestibule_get_n_queued (f.vestibule), ==, 3);
  leave (g_ptr_array_steal_index (f.inside, 0));
  belfry_test_wait_until (belfry_vestibule_get_n_queued (f.vestibule) == 2);
  g_assert_cmpuint (belfry_vestibule_get_n_inside (f.vestibule), ==, 2);
  char byte;
  g_assert_cmpint (recv (fds[0], &byte, 1, MSG_DONTWAIT), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  fixture_clear (&f);
}

/* Who is not let in in time is asked to come again. */
static void
test_queue_expires (void)
{
  int fds[3];
  Fixture f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = visit (&f, FALSE, REQUEST);
      belfry_test_wait_until (belfry_vestibule_get_n_waiting (f.vestibule) == 0);
    }
  belfry_visitor_set_idle (g_ptr_array_index (f.inside, 0), FALSE);
  belfry_fake_clock_advance (f.clock, settings.header_timeout + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  assert_status (fds[2], "HTTP/1.1 503");
  close (fds[0]);
  close (fds[1]);
  fixture_clear (&f);
}

/* A crowd that is served within the call which lets it in does not pile up on the stack. */
static void
test_crowd (void)
{
  int fds[300];
  Fixture f;

  fixture_init (&f);
  f.leave_at_once = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = visit (&f, FALSE, REQUEST);
  belfry_test_wait_until (belfry_addresses_get_n_connections (f.addresses) == 0);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  fixture_clear (&f);
}

/* Those between requests take no place inside, but there is a bound for them, too, and a time. */
static void
test_idle (void)
{
  int fds[3];
  Fixture f;

  fixture_init (&f);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = visit (&f, FALSE, REQUEST);
      belfry_test_wait_until (f.inside->len == i + 1);
      belfry_visitor_set_idle (g_ptr_array_index (f.inside, i), FALSE);
    }
  g_assert_cmpuint (f.n_expired, ==, 1);
  g_assert_cmpuint (belfry_vestibule_get_n_idle (f.vestibule), ==, 2);
  g_assert_cmpuint (belfry_vestibule_get_n_inside (f.vestibule), ==, 0);
  assert_status (fds[0], "");
  belfry_fake_clock_advance (f.clock, settings.idle_timeout + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  belfry_test_wait_until (f.n_expired == 3);
  close (fds[1]);
  close (fds[2]);
  fixture_clear (&f);
}

/* Draining ends what has not asked for anything and what is idle; what is asked for goes on. */
static void
test_drain (void)
{
  Fixture f;

  fixture_init (&f);
  int busy = visit (&f, FALSE, REQUEST);
  belfry_test_wait_until (f.inside->len == 1);
  int idle = visit (&f, FALSE, REQUEST);
  belfry_test_wait_until (f.inside->len == 2);
  belfry_visitor_set_idle (g_ptr_array_index (f.inside, 1), FALSE);
  int silent = visit (&f, FALSE, "");
  belfry_vestibule_drain (f.vestibule);
  assert_status (idle, "");
  assert_status (silent, "HTTP/1.1 503");
  assert_status (visit (&f, FALSE, REQUEST), "HTTP/1.1 503");
  g_assert_cmpuint (belfry_vestibule_get_n_inside (f.vestibule), ==, 1);
  close (busy);
  fixture_clear (&f);
}

/* A connection that lives on elsewhere is counted until it ends there. */
static void
test_upgrade (void)
{
  BelfryAddressUnit unit;
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE, REQUEST);
  belfry_test_wait_until (f.inside->len == 1);
  BelfryVisitor *visitor = g_ptr_array_steal_index (f.inside, 0);
  close (GPOINTER_TO_INT (belfry_visitor_get_guest (visitor)));
  belfry_visitor_leave (visitor, &unit);
  g_assert_cmpuint (belfry_addresses_get_n_connections (f.addresses), ==, 1);
  belfry_addresses_release (f.addresses, &unit);
  close (fd);
  fixture_clear (&f);
}

static void
advance (Fixture *self, gint64 by)
{
  belfry_fake_clock_advance (self->clock, by);
  belfry_deadline_wheel_turn (self->wheel);
}

/* Handshakes have places of their own: they cannot take those of requests, nor the other way. */
static void
test_handshakes (void)
{
  int fds[4];
  Fixture f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = visit (&f, i < 3, i < 3 ? "\x16" : REQUEST);
      belfry_test_wait_until (belfry_vestibule_get_n_waiting (f.vestibule) == 0);
    }
  g_assert_cmpuint (belfry_vestibule_get_n_handshakes (f.vestibule), ==, 1);
  g_assert_cmpuint (belfry_vestibule_get_n_queued (f.vestibule), ==, 2);
  g_assert_cmpuint (belfry_vestibule_get_n_inside (f.vestibule), ==, 1);
  belfry_visitor_set_idle (g_ptr_array_index (f.inside, 0), TRUE);
  belfry_test_wait_until (f.n_handshakes == 2);
  g_assert_cmpuint (belfry_vestibule_get_n_handshakes (f.vestibule), ==, 1);
  g_assert_cmpuint (belfry_vestibule_get_n_idle (f.vestibule), ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  fixture_clear (&f);
}

/* A handshake that makes others wait has to go after the grace; alone it has all of its time. */
static void
test_handshake_evicted (void)
{
  Fixture f;

  fixture_init (&f);
  int stalled = visit (&f, TRUE, "\x16");
  belfry_test_wait_until (f.n_handshakes == 1);
  advance (&f, settings.grace + BELFRY_DEADLINE_TICK);
  belfry_test_turn (belfry_test_deadline ());
  g_assert_cmpuint (f.n_expired, ==, 0);

  int second = visit (&f, TRUE, "\x16");
  belfry_test_wait_until (f.n_handshakes == 2);
  g_assert_cmpuint (f.n_expired, ==, 1);
  int third = visit (&f, TRUE, "\x16");
  belfry_test_wait_until (belfry_vestibule_get_n_queued (f.vestibule) == 1);
  belfry_test_turn (belfry_test_deadline ());
  g_assert_cmpuint (f.n_handshakes, ==, 2);
  advance (&f, settings.grace + BELFRY_DEADLINE_TICK);
  belfry_test_wait_until (f.n_handshakes == 3);
  g_assert_cmpuint (f.n_expired, ==, 2);
  assert_status (stalled, "");
  close (second);
  close (third);
  fixture_clear (&f);
}

/* Inside, who has sent all of its request is never sent away for another; who has not, is. */
static void
test_evicted_inside (void)
{
  int fds[3];
  Fixture f;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = visit (&f, FALSE, REQUEST);
      belfry_test_wait_until (belfry_vestibule_get_n_waiting (f.vestibule) == 0);
    }
  advance (&f, settings.grace + BELFRY_DEADLINE_TICK);
  int late = visit (&f, FALSE, REQUEST);
  belfry_test_wait_until (belfry_vestibule_get_n_queued (f.vestibule) == 2);
  g_assert_true (belfry_test_turn (belfry_test_deadline ()));
  g_assert_cmpuint (f.n_expired, ==, 0);
  f.waits = TRUE;
  close (visit (&f, FALSE, REQUEST));
  belfry_test_wait_until (f.n_expired == 2);
  assert_status (fds[0], "");
  assert_status (fds[1], "");
  close (fds[2]);
  close (late);
  fixture_clear (&f);
}

/* Behind TLS a request gets a place when its head is there, and not before, and only if there is
 * room for its body. */
static void
test_ask (void)
{
  int fds[2];
  Fixture f;

  fixture_init (&f);
  for (guint i = 0; i < 2; i++)
    {
      fds[i] = visit (&f, TRUE, "\x16");
      belfry_test_wait_until (f.n_handshakes == i + 1);
      belfry_visitor_set_idle (g_ptr_array_index (f.inside, i), TRUE);
      belfry_visitor_set_begun (g_ptr_array_index (f.inside, i));
    }
  g_assert_cmpuint (belfry_vestibule_get_n_inside (f.vestibule), ==, 0);
  BelfryVisitor *first = f.asked = g_ptr_array_index (f.inside, 0);
  BelfryVisitor *second = g_ptr_array_index (f.inside, 1);
  g_assert_true (belfry_visitor_ask (first, 100000));
  g_assert_cmpuint (belfry_vestibule_get_n_inside (f.vestibule), ==, 1);
  g_assert_cmpuint (belfry_vestibule_get_held (f.vestibule), ==, 100000);
  g_assert_false (belfry_visitor_ask (second, 50001));
  belfry_visitor_set_idle (first, FALSE);
  g_assert_cmpuint (belfry_vestibule_get_held (f.vestibule), ==, 0);
  close (fds[0]);
  close (fds[1]);
  fixture_clear (&f);
}

#define POST(length) "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: " length "\r\n\r\n"

/* A body is collected outside, and paid for while it is there. */
static void
test_body (void)
{
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE, POST ("5") "12");
  belfry_test_wait_until (belfry_vestibule_get_held (f.vestibule) == strlen (POST ("5")) + 2);
  g_assert_cmpuint (f.inside->len, ==, 0);
  g_assert_cmpint (send (fd, "345", 3, 0), ==, 3);
  belfry_test_wait_until (f.inside->len == 1);
  BelfryVisitor *visitor = g_ptr_array_index (f.inside, 0);
  g_autoptr (GByteArray) unread = belfry_visitor_take_unread (visitor);
  g_assert_cmpmem (unread->data, unread->len, POST ("5") "12345", strlen (POST ("5")) + 5);
  g_assert_cmpuint (belfry_vestibule_get_held (f.vestibule), ==, unread->len);
  leave (g_ptr_array_steal_index (f.inside, 0));
  g_assert_cmpuint (belfry_vestibule_get_held (f.vestibule), ==, 0);
  close (fd);
  fixture_clear (&f);
}

/* All bodies together have a bound; who would pass it is asked to come again, and takes its share
 * along. */
static void
test_bodies_bounded (void)
{
  g_autofree char *part = g_strnfill (70000, 'x');
  Fixture f;
  int fds[3];

  fixture_init (&f);
  for (guint i = 0; i < 3; i++)
    {
      gsize before = belfry_vestibule_get_held (f.vestibule);

      fds[i] = visit (&f, FALSE, POST ("100000"));
      g_assert_cmpint (send (fds[i], part, 70000, 0), ==, 70000);
      if (i < 2)
        belfry_test_wait_until (belfry_vestibule_get_held (f.vestibule) >= before + 70000);
    }
  assert_status (fds[2], "HTTP/1.1 503");
  g_assert_cmpuint (belfry_vestibule_get_held (f.vestibule), <=, settings.max_held);
  close (fds[0]);
  close (fds[1]);
  belfry_test_wait_until (belfry_vestibule_get_held (f.vestibule) == 0);
  fixture_clear (&f);
}

/* Whoever is quick does not have to go for those who have been sending for long: the one that has
 * done so for longest goes, and no more of them than it takes. */
static void
test_bodies_make_room (void)
{
  g_autofree char *part = g_strnfill (70000, 'x');
  Fixture f;
  int fds[3];

  fixture_init (&f);
  for (guint i = 0; i < 3; i++)
    {
      if (i == 2)
        advance (&f, settings.grace + BELFRY_DEADLINE_TICK);
      fds[i] = visit (&f, FALSE, POST ("100000"));
      g_assert_cmpint (send (fds[i], part, 70000, 0), ==, 70000);
      if (i < 2)
        belfry_test_wait_until (belfry_vestibule_get_held (f.vestibule) >= (i + 1) * 70000);
    }
  assert_status (fds[0], "HTTP/1.1 503");
  belfry_test_wait_until (belfry_vestibule_get_held (f.vestibule) >= 140000);
  g_assert_cmpuint (belfry_vestibule_get_n_waiting (f.vestibule), ==, 2);
  close (fds[1]);
  close (fds[2]);
  belfry_test_wait_until (belfry_vestibule_get_held (f.vestibule) == 0);
  fixture_clear (&f);
}

/* Who is refused while it sends can go on with that for a moment, and reads why; nothing of it is
 * kept. */
static void
test_linger (void)
{
  g_autofree char *part = g_strnfill (70000, 'x');
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE, POST ("100001"));
  belfry_test_wait_until (belfry_vestibule_get_n_lingering (f.vestibule) == 1);
  for (guint i = 0; i < 4; i++)
    {
      int unread = 1;

      g_assert_cmpint (send (fd, part, 70000, MSG_NOSIGNAL), ==, 70000);
      belfry_test_wait_until (ioctl (fd, SIOCOUTQ, &unread) == 0 && unread == 0);
    }
  g_assert_cmpuint (belfry_vestibule_get_held (f.vestibule), ==, 0);
  advance (&f, BELFRY_VESTIBULE_LINGER_TIME + BELFRY_DEADLINE_TICK);
  g_assert_cmpuint (belfry_vestibule_get_n_lingering (f.vestibule), ==, 0);
  assert_status (fd, "HTTP/1.1 413");

  fd = visit (&f, FALSE, POST ("100001"));
  belfry_test_wait_until (belfry_vestibule_get_n_lingering (f.vestibule) == 1);
  g_assert_no_errno (shutdown (fd, SHUT_WR));
  belfry_test_wait_until (belfry_vestibule_get_n_lingering (f.vestibule) == 0);
  assert_status (fd, "HTTP/1.1 413");
  fixture_clear (&f);
}

/* Neither many are read out at a time, nor much of one, nor anybody in a drain. */
static void
test_linger_bounded (void)
{
  g_autofree char *part = g_strnfill (65536, 'x');
  Fixture f;
  int fds[BELFRY_VESTIBULE_MAX_LINGERING + 3];
  gsize sent = 0;
  gssize n = 0;

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = visit (&f, FALSE, POST ("100001"));
      belfry_test_wait_until (belfry_vestibule_get_n_waiting (f.vestibule) == 0);
    }
  g_assert_cmpuint (belfry_addresses_get_n_connections (f.addresses), ==,
                    BELFRY_VESTIBULE_MAX_LINGERING);
  while (belfry_vestibule_get_n_lingering (f.vestibule) == BELFRY_VESTIBULE_MAX_LINGERING)
    {
      n = send (fds[3], part, 65536, MSG_NOSIGNAL);
      sent += n > 0 ? (gsize) n : 0;
      g_assert_true (belfry_test_turn (belfry_test_deadline ()));
    }
  g_assert_cmpuint (sent, >=, BELFRY_VESTIBULE_LINGER_BYTES);
  belfry_vestibule_drain (f.vestibule);
  g_assert_cmpuint (belfry_vestibule_get_n_lingering (f.vestibule), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  fixture_clear (&f);
}

/* A body that comes fast enough has more time than a head; one that stops has not. */
static void
test_body_rate (void)
{
  g_autofree char *part = g_strnfill (BELFRY_VESTIBULE_BODY_RATE, 'x');
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE, POST ("100000"));
  belfry_test_wait_until (belfry_vestibule_get_held (f.vestibule) > 0);
  advance (&f, settings.header_timeout - G_USEC_PER_SEC / 2);
  g_assert_cmpint (send (fd, part, BELFRY_VESTIBULE_BODY_RATE, 0), ==, BELFRY_VESTIBULE_BODY_RATE);
  belfry_test_wait_until (belfry_vestibule_get_held (f.vestibule) > BELFRY_VESTIBULE_BODY_RATE);
  advance (&f, G_USEC_PER_SEC);
  g_assert_cmpuint (belfry_vestibule_get_n_waiting (f.vestibule), ==, 1);
  advance (&f, G_USEC_PER_SEC);
  assert_status (fd, "HTTP/1.1 408");
  fixture_clear (&f);
}

/* Lets the host be done with its only visitor, which has sent the bytes of more requests. */
static void
give_back (Fixture *self, const char *unread)
{
  BelfryVisitor *visitor = g_ptr_array_steal_index (self->inside, 0);
  int fd = GPOINTER_TO_INT (belfry_visitor_get_guest (visitor));
  GByteArray *bytes = NULL;

  if (unread != NULL)
    {
      bytes = g_byte_array_new ();
      g_byte_array_append (bytes, (const guint8 *) unread, (guint) strlen (unread));
    }
  belfry_visitor_return (visitor, fd, bytes);
}

/* A plain connection waits here for its next request, idle until that begins. */
static void
test_return (void)
{
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE, REQUEST);
  belfry_test_wait_until (f.inside->len == 1);
  give_back (&f, NULL);
  g_assert_cmpuint (belfry_vestibule_get_n_idle (f.vestibule), ==, 1);
  g_assert_cmpint (send (fd, "GET", 3, 0), ==, 3);
  belfry_test_wait_until (belfry_vestibule_get_n_waiting (f.vestibule) == 1);
  g_assert_cmpint (send (fd, &REQUEST[3], strlen (REQUEST) - 3, 0), >, 0);
  belfry_test_wait_until (f.inside->len == 1);
  give_back (&f, NULL);
  belfry_fake_clock_advance (f.clock, settings.idle_timeout + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  assert_status (fd, "");
  g_assert_cmpuint (f.n_expired, ==, 0);
  fixture_clear (&f);
}

/* What came with the request before counts: a whole one enters, a part waits, garbage is refused.
 */
static void
test_return_with_bytes (void)
{
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE, REQUEST);
  belfry_test_wait_until (f.inside->len == 1);
  give_back (&f, REQUEST);
  g_assert_cmpuint (belfry_vestibule_get_n_queued (f.vestibule), ==, 1);
  belfry_test_wait_until (f.inside->len == 1);
  give_back (&f, "GET ");
  g_assert_cmpuint (belfry_vestibule_get_n_waiting (f.vestibule), ==, 1);
  g_assert_cmpint (send (fd, &REQUEST[4], strlen (REQUEST) - 4, 0), >, 0);
  belfry_test_wait_until (f.inside->len == 1);
  give_back (&f, " nonsense");
  assert_status (fd, "HTTP/1.1 400");
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/vestibule/silent", test_silent);
  belfry_test_add ("/vestibule/slow", test_slow);
  belfry_test_add ("/vestibule/enter", test_enter);
  belfry_test_add ("/vestibule/bad", test_bad);
  belfry_test_add ("/vestibule/left", test_left);
  belfry_test_add ("/vestibule/tls", test_tls);
  belfry_test_add ("/vestibule/queue", test_queue);
  belfry_test_add ("/vestibule/queue-expires", test_queue_expires);
  belfry_test_add ("/vestibule/handshakes", test_handshakes);
  belfry_test_add ("/vestibule/handshake-evicted", test_handshake_evicted);
  belfry_test_add ("/vestibule/evicted-inside", test_evicted_inside);
  belfry_test_add ("/vestibule/ask", test_ask);
  belfry_test_add ("/vestibule/body", test_body);
  belfry_test_add ("/vestibule/bodies-bounded", test_bodies_bounded);
  belfry_test_add ("/vestibule/bodies-make-room", test_bodies_make_room);
  belfry_test_add ("/vestibule/linger", test_linger);
  belfry_test_add ("/vestibule/linger-bounded", test_linger_bounded);
  belfry_test_add ("/vestibule/body-rate", test_body_rate);
  belfry_test_add ("/vestibule/crowd", test_crowd);
  belfry_test_add ("/vestibule/idle", test_idle);
  belfry_test_add ("/vestibule/drain", test_drain);
  belfry_test_add ("/vestibule/return", test_return);
  belfry_test_add ("/vestibule/return-with-bytes", test_return_with_bytes);
  belfry_test_add ("/vestibule/upgrade", test_upgrade);
  return g_test_run ();
}
