/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-front"

#include "config.h"

#include "belfry-test-front.h"

#include <string.h>
#include <unistd.h>

#include "belfry-test.h"

/* The front's test kit: one that is asked over pairs of sockets. */

static const char *const protocols[] = { "belfry", "typed", NULL };

const BelfryEndpoint belfry_test_front_endpoints[2] = {
  { "/ws", protocols, 1, FALSE },
  { "/small", protocols, 2, TRUE },
};

static void
on_upgraded (GIOStream *stream, BelfryUpgrade *upgrade, gpointer user_data)
{
  BelfryTestFront *self = user_data;

  g_assert_null (self->upgraded);
  self->upgraded = stream;
  self->upgrade = *upgrade;
  *upgrade = (BelfryUpgrade){ .fd = -1 };
}

void
belfry_test_front_answer (BelfryExchange *question, const char *state)
{
  g_autofree char *text = g_strconcat (state, "\n", NULL);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  g_autoptr (BelfryHttpResponse) response =
      belfry_http_response_new (g_str_equal (state, "ready") ? 200 : 503, "text/plain", body);

  belfry_exchange_answer (question, response);
}

static void
on_asked (BelfryExchange *exchange, gpointer user_data)
{
  BelfryTestFront *self = user_data;

  if (self->state != NULL)
    belfry_test_front_answer (exchange, self->state);
  else
    self->question = exchange;
}

static const BelfryHttpFrontOwner owner = { on_upgraded, on_asked };

static void
on_post (BelfryHttpFront *front, SoupServerMessage *message, GHashTable *query, gpointer user_data)
{
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, body);

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, sum, strlen (sum));
}

/* What takes a body, for this test alone. */
static const BelfryHttpResource resources[] = {
  { "/post", "POST, OPTIONS", MAX_BODY, on_post, NULL },
};

void
belfry_test_front_init (BelfryTestFront *self)
{
  const char *const allowed[] = { "https://page.com", NULL };
  g_autoptr (BelfryOrigins) origins = belfry_origins_new (allowed);
  g_autoptr (BelfryProxies) proxies = belfry_proxies_new (NULL, TRUE);
  BelfryHttpFrontSettings settings = {
    .vestibule = { .header_timeout = 10 * G_USEC_PER_SEC,
                   .handshake_timeout = 5 * G_USEC_PER_SEC,
                   .idle_timeout = 60 * G_USEC_PER_SEC,
                   .grace = 1 * G_USEC_PER_SEC,
                   .max_handshakes = 2,
                   .max_inside = 4,
                   .max_idle = 4,
                   .max_held = 2 * MAX_BODY },
    .endpoints = belfry_test_front_endpoints,
    .n_endpoints = G_N_ELEMENTS (belfry_test_front_endpoints),
    .resources = resources,
    .n_resources = G_N_ELEMENTS (resources),
    .origins = origins,
    .proxies = proxies,
  };

  *self = (BelfryTestFront){ 0 };
  self->reactor = belfry_reactor_new (NULL, NULL);
  self->clock = belfry_fake_clock_new ();
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->addresses = belfry_addresses_new ();
  self->certificate = belfry_certificate_new ();
  self->state = "ready";
  self->front = belfry_http_front_new (self->reactor, self->wheel, self->addresses,
                                       self->certificate, &settings, &owner, self);
}

void
belfry_test_front_drop_upgraded (BelfryTestFront *self)
{
  if (self->upgraded == NULL)
    return;
  belfry_addresses_release (self->addresses, &self->upgrade.unit);
  belfry_upgrade_clear (&self->upgrade);
  g_clear_object (&self->upgraded);
}

void
belfry_test_front_clear (BelfryTestFront *self)
{
  belfry_test_front_drop_upgraded (self);
  g_clear_pointer (&self->front, belfry_http_front_free);
  g_assert_cmpuint (belfry_addresses_get_n_connections (self->addresses), ==, 0);
  belfry_certificate_unref (self->certificate);
  belfry_addresses_unref (self->addresses);
  belfry_deadline_wheel_free (self->wheel);
  belfry_reactor_free (self->reactor);
  belfry_test_assert_finalizes (self->clock);
}

/* Returns: the client's end */
int
belfry_test_front_visit (BelfryTestFront *self, gboolean tls)
{
  BelfryAccepted accepted = { .tls = tls, .is_unix = TRUE };
  int pair[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
  accepted.fd = pair[0];
  g_assert_cmpint (belfry_addresses_acquire (self->addresses, &accepted.unit, MAX_CONNECTIONS, 0),
                   ==, BELFRY_ADDRESS_ENTERED);
  belfry_vestibule_take (belfry_http_front_get_vestibule (self->front), &accepted);
  return pair[1];
}

void
belfry_test_say (int fd, const char *bytes)
{
  g_assert_cmpint (send (fd, bytes, strlen (bytes), MSG_NOSIGNAL), ==, (gssize) strlen (bytes));
}

static gboolean
try_read (int fd, GString *text)
{
  char buffer[4096];
  gssize n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n > 0)
    g_string_append_len (text, buffer, n);
  return n == 0;
}

static gboolean
has_head (int fd, GString *text)
{
  return try_read (fd, text) || strstr (text->str, END END) != NULL;
}

/* Returns: an answer's head, and what came with it */
char *
belfry_test_read_answer (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_test_wait_until (has_head (fd, text));
  return g_strdup (text->str);
}

char *
belfry_test_read_to_end (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_test_wait_until (try_read (fd, text));
  close (fd);
  return g_strdup (text->str);
}

char *
belfry_test_front_ask (BelfryTestFront *self, const char *request)
{
  int fd = belfry_test_front_visit (self, FALSE);

  belfry_test_say (fd, request);
  g_autofree char *answer = belfry_test_read_answer (fd);
  close (fd);
  return g_steal_pointer (&answer);
}

void
belfry_test_assert_status (const char *answer, guint status)
{
  g_autofree char *expected = g_strdup_printf ("HTTP/1.1 %u ", status);

  if (!g_str_has_prefix (answer, expected))
    g_error ("expected %u, got: %s", status, answer);
}

char *
belfry_test_make_body (gsize length)
{
  char *body = g_malloc (length + 1);

  for (gsize i = 0; i < length; i++)
    body[i] = (char) ('a' + i % 23);
  body[length] = '\0';
  return body;
}

void
belfry_test_assert_sum (const char *answer, const char *body)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body, -1);

  belfry_test_assert_status (answer, 200);
  g_assert_nonnull (strstr (answer, sum));
}

gboolean
belfry_test_read_stream (GIOStream *stream, GString *text, gsize expected)
{
  GPollableInputStream *input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream));
  char buffer[64];
  gssize n = g_pollable_input_stream_read_nonblocking (input, buffer, sizeof buffer, NULL, NULL);

  if (n > 0)
    g_string_append_len (text, buffer, n);
  return text->len >= expected;
}
