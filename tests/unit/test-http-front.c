/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-http-front.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-fake-clock.h"
#include "belfry-test-files.h"
#include "belfry-test.h"

#define END "\r\n"
#define GET(path) "GET " path " HTTP/1.1" END "Host: a.com" END
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" END
#define VERSION "Sec-WebSocket-Version: 13" END
#define CONNECTION "Upgrade: websocket" END "Connection: keep-alive, Upgrade" END
#define UPGRADE GET ("/ws") CONNECTION KEY VERSION
#define MAX_CONNECTIONS 1000
#define MAX_BODY 200000
#define POST(length) "POST /post HTTP/1.1" END "Host: a" END "Content-Length: " length END

/* Made for this test, for the name belfry.test; protects nothing. */
static const char certificate_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBgjCCASmgAwIBAgIUL/LXE0pPL2+D8RgICUmgqOOgaMUwCgYIKoZIzj0EAwIw\n"
    "FjEUMBIGA1UEAwwLYmVsZnJ5LnRlc3QwIBcNMjYxMTIxMDMxMzU2WhgPMjEyNjEw\n"
    "MjgwMzEzNTZaMBYxFDASBgNVBAMMC2JlbGZyeS50ZXN0MFkwEwYHKoZIzj0CAQYI\n"
    "KoZIzj0DAQcDQgAEhEg5/jXRImbScslnXjwkL482OEbn0452SjIKaFKvaQKw4THE\n"
    "lPLvG0eCh147mjQYooD5VJcyNY6gR66ukx6i5qNTMFEwHQYDVR0OBBYEFPDA5/eZ\n"
    "eZj/NfVEN5WQxJJt2PTcMB8GA1UdIwQYMBaAFPDA5/eZeZj/NfVEN5WQxJJt2PTc\n"
    "MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgQqjtxs5bIKo58hEs\n"
    "rRCsNU3UupOZHzYSN8iY8wqoL2kCID1SeM8OJUC2vaoIUAKb1/ONSOmYv3FIzKPb\n"
    "DwnXUXD7\n"
    "-----END CERTIFICATE-----\n";
static const char key_pem[] = "-----BEGIN EC PRIVATE KEY-----\n"
                              "MHcCAQEEIOlnFb0B4hQOIV0LBfmHgd0TwA+nm8RUipb7q4oeO/nYoAoGCCqGSM49\n"
                              "AwEHoUQDQgAEhEg5/jXRImbScslnXjwkL482OEbn0452SjIKaFKvaQKw4THElPLv\n"
                              "G0eCh147mjQYooD5VJcyNY6gR66ukx6i5g==\n"
                              "-----END EC PRIVATE KEY-----\n";

static const char *const protocols[] = { "belfry", "typed", NULL };

static const BelfryEndpoint endpoints[] = {
  { "/ws", protocols, 1, FALSE },
  { "/small", protocols, 2, TRUE },
};

typedef struct
{
  BelfryReactor *reactor;
  BelfryFakeClock *clock;
  BelfryDeadlineWheel *wheel;
  BelfryAddresses *addresses;
  BelfryCertificate *certificate;
  BelfryHttpFront *front;
  GIOStream *upgraded;
  BelfryUpgrade upgrade;
  BelfryReadiness *question;
  const char *state; /* what the service answers at once */
} Fixture;

static void
on_upgraded (GIOStream *stream, BelfryUpgrade *upgrade, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_null (self->upgraded);
  self->upgraded = stream;
  self->upgrade = *upgrade;
  *upgrade = (BelfryUpgrade){ .fd = -1 };
}

static void
on_readiness (BelfryReadiness *readiness, gpointer user_data)
{
  Fixture *self = user_data;

  if (self->state != NULL)
    belfry_readiness_answer (readiness, g_str_equal (self->state, "ready"), self->state);
  else
    self->question = readiness;
}

static const BelfryHttpFrontOwner owner = { on_upgraded, on_readiness };

static void
on_post (SoupServerMessage *message, GHashTable *query, gpointer user_data)
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

static void
fixture_init (Fixture *self)
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
    .endpoints = endpoints,
    .n_endpoints = G_N_ELEMENTS (endpoints),
    .resources = resources,
    .n_resources = G_N_ELEMENTS (resources),
    .origins = origins,
    .proxies = proxies,
  };

  *self = (Fixture){ 0 };
  self->reactor = belfry_reactor_new (NULL, NULL);
  self->clock = belfry_fake_clock_new ();
  self->wheel = belfry_deadline_wheel_new (BELFRY_CLOCK (self->clock), NULL, G_PRIORITY_DEFAULT);
  self->addresses = belfry_addresses_new ();
  self->certificate = belfry_certificate_new ();
  self->state = "ready";
  self->front = belfry_http_front_new (self->reactor, self->wheel, self->addresses,
                                       self->certificate, &settings, &owner, self);
}

static void
drop_upgraded (Fixture *self)
{
  if (self->upgraded == NULL)
    return;
  belfry_addresses_release (self->addresses, &self->upgrade.unit);
  belfry_upgrade_clear (&self->upgrade);
  g_clear_object (&self->upgraded);
}

static void
fixture_clear (Fixture *self)
{
  drop_upgraded (self);
  g_clear_pointer (&self->front, belfry_http_front_free);
  g_assert_cmpuint (belfry_addresses_get_n_connections (self->addresses), ==, 0);
  belfry_certificate_unref (self->certificate);
  belfry_addresses_unref (self->addresses);
  belfry_deadline_wheel_free (self->wheel);
  belfry_reactor_free (self->reactor);
  belfry_test_assert_finalizes (self->clock);
}

/* Returns: the client's end */
static int
visit (Fixture *self, gboolean tls)
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

static void
say (int fd, const char *bytes)
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
static char *
read_answer (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_test_wait_until (has_head (fd, text));
  return g_strdup (text->str);
}

static char *
read_to_end (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_test_wait_until (try_read (fd, text));
  close (fd);
  return g_strdup (text->str);
}

static char *
ask (Fixture *self, const char *request)
{
  int fd = visit (self, FALSE);

  say (fd, request);
  g_autofree char *answer = read_answer (fd);
  close (fd);
  return g_steal_pointer (&answer);
}

static void
assert_status (const char *answer, guint status)
{
  g_autofree char *expected = g_strdup_printf ("HTTP/1.1 %u ", status);

  if (!g_str_has_prefix (answer, expected))
    g_error ("expected %u, got: %s", status, answer);
}

static const struct
{
  const char *what;
  const char *request;
  guint status;
  const char *part; /* (nullable): of the answer */
} cases[] = {
  { "alive", GET ("/healthz") END, 200, END END "alive\n" },
  { "ready", GET ("/readyz") END, 200, END END "ready\n" },
  { "alive, no body", "HEAD /healthz HTTP/1.1" END "Host: a" END END, 200,
    "Content-Length: 6" END },
  { "nothing there", GET ("/nothing") END, 404, "Cache-Control: no-store" END },
  { "a path below", GET ("/healthz/x") END, 404, NULL },
  { "a path with dots, resolved", GET ("/x/../healthz") END, 200, NULL },
  { "wrong method", "POST /healthz HTTP/1.1" END "Host: a" END "Content-Length: 0" END END, 405,
    "Allow: GET, HEAD, OPTIONS" END },
  { "trace", "TRACE /healthz HTTP/1.1" END "Host: a" END END, 405, NULL },
  { "options", "OPTIONS /healthz HTTP/1.1" END "Host: a" END END, 204,
    "Allow: GET, HEAD, OPTIONS" END },
  { "preflight",
    "OPTIONS /readyz HTTP/1.1" END "Host: a" END "Origin: https://page.com" END
    "Access-Control-Request-Method: GET" END END,
    204, "Access-Control-Allow-Methods: GET, HEAD, OPTIONS" END },
  { "shared", GET ("/healthz") "Origin: https://page.com" END END, 200,
    "Access-Control-Allow-Origin: https://page.com" END },
  { "a bad escape", GET ("/%zz") END, 400, NULL },
  { "smuggling",
    "POST / HTTP/1.1" END "Host: a" END "Content-Length: 4" END "Transfer-Encoding: chunked" END END
    "0" END END,
    400, NULL },
  { "a body where there is none",
    "POST /healthz HTTP/1.1" END "Host: a" END "Content-Length: 1" END END "x", 413, NULL },
  { "a body too large", POST ("200001") END, 413, NULL },
  { "a body in chunks",
    "POST /post HTTP/1.1" END "Host: a" END "Transfer-Encoding: chunked" END END "0" END END, 411,
    NULL },
  { "a body", POST ("3") END "abc", 200,
    END END "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
  { "an empty body", POST ("0") END, 200,
    END END "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
  { "the wrong method for a resource", GET ("/post") END, 405, "Allow: POST, OPTIONS" END },
  { "a body with the wrong method",
    "PUT /post HTTP/1.1" END "Host: a" END "Content-Length: 1" END END "x", 405,
    "Allow: POST, OPTIONS" END },
  { "preflight of a resource",
    "OPTIONS /post HTTP/1.1" END "Host: a" END "Origin: https://page.com" END
    "Access-Control-Request-Method: POST" END END,
    204, "Access-Control-Allow-Methods: POST, OPTIONS" END },
  { "an expectation that is met already", POST ("3") "Expect: 100-continue" END END "abc", 200,
    NULL },
  { "an expectation that is refused", POST ("200001") "Expect: 100-continue" END END, 413, NULL },
  { "plain on a WebSocket path", GET ("/ws") END, 426, "Sec-WebSocket-Version: 13" END },
  { "another upgrade", GET ("/ws") "Upgrade: h2c" END "Connection: Upgrade" END END, 426, NULL },
  { "wrong method on a WebSocket path",
    "POST /ws HTTP/1.1" END "Host: a" END CONNECTION KEY VERSION "Content-Length: 0" END END, 405,
    "Allow: GET" END },
  { "no version", GET ("/ws") CONNECTION KEY END, 400, "Sec-WebSocket-Version: 13" END },
  { "an old version", GET ("/ws") CONNECTION KEY "Sec-WebSocket-Version: 8" END END, 426,
    "Sec-WebSocket-Version: 13" END },
  { "no key", GET ("/ws") CONNECTION VERSION END, 400, NULL },
  { "a short key", GET ("/ws") CONNECTION VERSION "Sec-WebSocket-Key: dGhl" END END, 400, NULL },
  { "a key that is none",
    GET ("/ws") CONNECTION VERSION "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!!!" END END, 400,
    NULL },
  { "two keys", UPGRADE KEY END, 400, NULL },
  { "no connection header", GET ("/ws") "Upgrade: websocket" END KEY VERSION END, 400, NULL },
  { "an upgrade with a body", UPGRADE "Content-Length: 1" END END "x", 413, NULL },
  { "a foreign page", UPGRADE "Origin: https://evil.com" END END, 403, NULL },
  { "a page without origin", UPGRADE "Origin: null" END END, 403, NULL },
  { "a nonsensical extension",
    GET ("/small") CONNECTION KEY VERSION "Sec-WebSocket-Extensions: ;;" END END, 400, NULL },
  { "accepted", UPGRADE END, 101, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" END },
  { "accepted, from a page", UPGRADE "Origin: https://page.com" END END, 101, NULL },
  { "accepted, a subprotocol", UPGRADE "Sec-WebSocket-Protocol: x, typed, belfry" END END, 101,
    "Sec-WebSocket-Protocol: typed" END },
  { "accepted, compressed",
    GET ("/small") CONNECTION KEY VERSION "Sec-WebSocket-Extensions: permessage-deflate" END END,
    101, "Sec-WebSocket-Extensions: permessage-deflate" },
};

/* Every request has the answer that the protocol wants, without telling who we are. */
static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture f;

      fixture_init (&f);
      g_test_message ("%s", cases[i].what);
      g_autofree char *answer = ask (&f, cases[i].request);
      assert_status (answer, cases[i].status);
      if (cases[i].part != NULL && strstr (answer, cases[i].part) == NULL)
        g_error ("%s: no %s in %s", cases[i].what, cases[i].part, answer);
      g_assert_null (strstr (answer, "Server:"));
      g_assert_cmpint (f.upgraded != NULL, ==, cases[i].status == 101);
      fixture_clear (&f);
    }
}

/* Every answer of ours is hardened, also to what is not shared with a page. */
static void
test_hardening (void)
{
  const char *const expected[] = { "X-Content-Type-Options: nosniff",
                                   "Referrer-Policy: no-referrer",
                                   "Content-Security-Policy: default-src 'none'",
                                   "Cache-Control: no-store", "Vary: Origin" };
  Fixture f;

  fixture_init (&f);
  g_autofree char *answer = ask (&f, GET ("/healthz") "Origin: https://evil.com" END END);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_nonnull (strstr (answer, expected[i]));
  g_assert_null (strstr (answer, "Access-Control"));
  fixture_clear (&f);
}

/* One connection asks again and again, even before it is answered, and is idle in between. */
static void
test_keep_alive (void)
{
  Fixture f;

  fixture_init (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  int fd = visit (&f, FALSE);
  for (guint i = 0; i < 3; i++)
    {
      say (fd, GET ("/healthz") END);
      g_autofree char *answer = read_answer (fd);
      assert_status (answer, 200);
      g_assert_cmpuint (belfry_vestibule_get_n_idle (vestibule), ==, 1);
      g_assert_cmpuint (belfry_vestibule_get_n_inside (vestibule), ==, 0);
    }
  say (fd, GET ("/healthz") END GET ("/nothing") "Connection: close" END END);
  g_autofree char *rest = read_to_end (fd);
  assert_status (rest, 200);
  g_assert_nonnull (strstr (rest, "HTTP/1.1 404 "));
  fixture_clear (&f);
}

static char *
make_body (gsize length)
{
  char *body = g_malloc (length + 1);

  for (gsize i = 0; i < length; i++)
    body[i] = (char) ('a' + i % 23);
  body[length] = '\0';
  return body;
}

/* Sends all of it, while the server takes it. */
static gboolean
send_more (int fd, const char *bytes, gsize length, gsize *sent)
{
  gssize n = send (fd, bytes + *sent, length - *sent, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (n > 0)
    *sent += (gsize) n;
  return *sent == length;
}

static void
assert_sum (const char *answer, const char *body)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body, -1);

  assert_status (answer, 200);
  g_assert_nonnull (strstr (answer, sum));
}

/* A body as large as may be is collected before anybody is bothered with it, and comes as it was
 * sent; what it took is given back. */
static void
test_body (void)
{
  g_autofree char *body = make_body (MAX_BODY);
  gsize sent = 0;
  Fixture f;

  fixture_init (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  int fd = visit (&f, FALSE);
  say (fd, POST ("200000") END);
  belfry_test_wait_until (send_more (fd, body, MAX_BODY - 1, &sent));
  belfry_test_wait_until (belfry_vestibule_get_held (vestibule) >= MAX_BODY);
  g_assert_cmpuint (belfry_vestibule_get_n_inside (vestibule), ==, 0);
  say (fd, &body[MAX_BODY - 1]);
  g_autofree char *answer = read_answer (fd);
  assert_sum (answer, body);
  g_assert_cmpuint (belfry_vestibule_get_held (vestibule), ==, 0);

  say (fd, POST ("3") END "abc" POST ("3") "Connection: close" END END "abc");
  g_autofree char *rest = read_to_end (fd);
  g_assert_nonnull (strstr (strstr (rest, "ba7816bf") + 1, "ba7816bf"));
  fixture_clear (&f);
}

/* A client that waits to be asked for its body is asked, once, and then answered. */
static void
test_expect (void)
{
  g_autoptr (GString) answer = g_string_new (NULL);
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE);
  say (fd, POST ("3") "Expect: 100-continue" END "Connection: close" END END);
  g_autofree char *first = read_answer (fd);
  g_assert_cmpstr (first, ==, "HTTP/1.1 100 Continue" END END);
  say (fd, "abc");
  g_autofree char *second = read_to_end (fd);
  assert_status (second, 200);
  g_assert_null (strstr (second, "100 Continue"));
  fixture_clear (&f);
}

static void
check_timeout (const char *bytes, const char *expected)
{
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE);
  say (fd, bytes);
  for (guint i = 0; i < 3; i++)
    g_assert_true (belfry_test_turn (belfry_test_deadline ()));
  belfry_fake_clock_advance (f.clock, 61 * G_USEC_PER_SEC);
  belfry_deadline_wheel_turn (f.wheel);
  g_autofree char *answer = read_to_end (fd);
  g_assert_true (g_str_has_prefix (answer, expected));
  fixture_clear (&f);
}

/* Whoever is too slow is told so, be it with the head or with the body; who is idle just goes. */
static void
test_timeouts (void)
{
  check_timeout ("GET / HTT", "HTTP/1.1 408 ");
  check_timeout (POST ("10") END "123", "HTTP/1.1 408 ");
  check_timeout (GET ("/healthz") END, "HTTP/1.1 200 ");
  check_timeout (GET ("/healthz") END "GET", "HTTP/1.1 200 ");
}

/* Clients that leave at any point leave nothing behind. */
static void
test_leavers (void)
{
  const char *const starts[] = {
    "",
    "G",
    GET ("/healthz") END,
    GET ("/healthz") END "G",
    POST ("10") END "123",
    POST ("10") "Expect: 100-continue" END END,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      Fixture f;

      fixture_init (&f);
      int fd = visit (&f, FALSE);
      say (fd, starts[i]);
      g_assert_true (belfry_test_turn (belfry_test_deadline ()));
      close (fd);
      belfry_test_wait_until (belfry_addresses_get_n_connections (f.addresses) == 0);
      fixture_clear (&f);
    }
}

/* A front that goes takes everybody along who is inside. */
static void
test_free_with_guests (void)
{
  int fds[4];
  Fixture f;

  fixture_init (&f);
  f.state = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = visit (&f, i == 3);
  say (fds[0], GET ("/healthz") END);
  say (fds[1], GET ("/readyz") END);
  say (fds[2], POST ("10") END "123");
  belfry_test_wait_until (f.question != NULL);
  BelfryReadiness *question = f.question;
  fixture_clear (&f);
  belfry_readiness_answer (question, TRUE, "ready");
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

/* Whether the service is ready is asked of who knows, and waited for, but not for ever. */
static void
test_readiness (void)
{
  Fixture f;

  fixture_init (&f);
  f.state = "degraded";
  g_autofree char *degraded = ask (&f, GET ("/readyz") END);
  assert_status (degraded, 503);
  g_assert_nonnull (strstr (degraded, "degraded\n"));

  f.state = NULL;
  int fd = visit (&f, FALSE);
  say (fd, GET ("/readyz") END);
  belfry_test_wait_until (f.question != NULL);
  belfry_readiness_answer (g_steal_pointer (&f.question), TRUE, "ready");
  g_autofree char *ready = read_answer (fd);
  assert_status (ready, 200);

  say (fd, GET ("/readyz") END);
  belfry_test_wait_until (f.question != NULL);
  belfry_fake_clock_advance (f.clock, BELFRY_HTTP_FRONT_PATIENCE + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  g_autofree char *late = read_answer (fd);
  assert_status (late, 503);
  belfry_readiness_answer (f.question, TRUE, "ready");
  close (fd);
  fixture_clear (&f);
}

static gpointer
drop (gpointer question)
{
  belfry_readiness_drop (question);
  return NULL;
}

/* A question that another thread dropped is still the front's: its client hears that nobody
 * answered, or that the front goes. */
static void
test_readiness_dropped (void)
{
  Fixture f;

  fixture_init (&f);
  f.state = NULL;
  int fd = visit (&f, FALSE);
  say (fd, GET ("/readyz") END);
  belfry_test_wait_until (f.question != NULL);
  g_thread_join (g_thread_new ("drop", drop, g_steal_pointer (&f.question)));
  belfry_fake_clock_advance (f.clock, BELFRY_HTTP_FRONT_PATIENCE + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  g_autofree char *late = read_answer (fd);
  assert_status (late, 503);

  say (fd, GET ("/readyz") END);
  belfry_test_wait_until (f.question != NULL);
  g_thread_join (g_thread_new ("drop", drop, g_steal_pointer (&f.question)));
  fixture_clear (&f);
  close (fd);
}

static gboolean
read_stream (GIOStream *stream, GString *text, gsize expected)
{
  GPollableInputStream *input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream));
  char buffer[64];
  gssize n = g_pollable_input_stream_read_nonblocking (input, buffer, sizeof buffer, NULL, NULL);

  if (n > 0)
    g_string_append_len (text, buffer, n);
  return text->len >= expected;
}

/* An upgraded connection comes with all that was said, and with the bytes behind the request. */
static void
test_upgrade (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, FALSE);
  say (fd, GET ("/ws?token=se%20cret") CONNECTION KEY VERSION
       "X-Forwarded-For: 192.0.2.7" END "Origin: https://page.com" END
       "Sec-WebSocket-Protocol: belfry" END END "early");
  belfry_test_wait_until (f.upgraded != NULL);
  g_assert_true (f.upgrade.endpoint == &endpoints[0]);
  g_assert_cmpstr (f.upgrade.protocol, ==, "belfry");
  g_assert_cmpstr (f.upgrade.peer, ==, "192.0.2.7");
  g_assert_cmpstr (f.upgrade.origin, ==, "https://page.com");
  g_assert_cmpstr (f.upgrade.token, ==, "se cret");
  say (fd, "late");
  belfry_test_wait_until (read_stream (f.upgraded, text, strlen ("earlylate")));
  g_assert_cmpstr (text->str, ==, "earlylate");
  g_assert_cmpuint (belfry_addresses_get_n_connections (f.addresses), ==, 1);
  drop_upgraded (&f);
  g_autofree char *answer = read_to_end (fd);
  assert_status (answer, 101);
  fixture_clear (&f);
}

/* Takes all descriptors that are left, under a limit that leaves few. Returns: them */
static GArray *
exhaust_descriptors (const struct rlimit *former)
{
  struct rlimit limit = { 256, former->rlim_max };
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (int));
  int fd;

  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
  while ((fd = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
    g_array_append_val (fds, fd);
  return fds;
}

static void
give_back_descriptors (GArray *fds, const struct rlimit *former)
{
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  g_array_unref (fds);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, former));
}

/* Without a descriptor for the time after it, there is no 101, but a request to come again. */
static void
test_upgrade_without_descriptor (void)
{
  struct rlimit former;
  Fixture f;

  fixture_init (&f);
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &former));
  int fd = visit (&f, FALSE);
  GArray *fds = exhaust_descriptors (&former);
  say (fd, UPGRADE END);
  g_autofree char *refused = read_answer (fd);
  give_back_descriptors (fds, &former);
  assert_status (refused, 503);
  g_assert_nonnull (strstr (refused, "Retry-After: 5" END));
  g_assert_null (f.upgraded);
  close (fd);
  g_autofree char *accepted = ask (&f, UPGRADE END);
  assert_status (accepted, 101);
  g_assert_cmpint (f.upgrade.fd, >=, 0);
  fixture_clear (&f);
}

static const struct
{
  const char *fields;
  const char *token;
} tokens[] = {
  { "Authorization: Bearer abc" END, "abc" },
  { "authorization: bearer abc" END, "abc" },
  { "Authorization: Basic abc" END, NULL },
  { "Sec-WebSocket-Protocol: belfry.bearer.abc, belfry" END, "abc" },
  { "Sec-WebSocket-Protocol: belfry, belfry.bearer.abc" END, "abc" },
  { "Sec-WebSocket-Protocol: belfry.bearer.abc" END, "abc" },
  { "Sec-WebSocket-Protocol: belfry.bearer." END, NULL },
  { "", NULL },
};

/* A token is found where a client may put it, and never comes back. */
static void
test_tokens (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      g_autofree char *request = g_strconcat (UPGRADE, tokens[i].fields, END, NULL);
      Fixture f;

      fixture_init (&f);
      g_test_message ("%s", tokens[i].fields);
      g_autofree char *answer = ask (&f, request);
      assert_status (answer, 101);
      g_assert_cmpstr (f.upgrade.token, ==, tokens[i].token);
      g_assert_null (strstr (answer, "abc"));
      fixture_clear (&f);
    }
}

/* A draining front lets nobody through, answers what is under way, and closes. */
static void
test_drain (void)
{
  int slow[4];
  Fixture f;

  fixture_init (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  int idle = visit (&f, FALSE);
  say (idle, GET ("/healthz") END);
  g_autofree char *first = read_answer (idle);
  assert_status (first, 200);
  f.state = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (slow); i++)
    {
      slow[i] = visit (&f, FALSE);
      say (slow[i], GET ("/readyz") END);
      belfry_test_wait_until (f.question != NULL);
      belfry_readiness_drop (g_steal_pointer (&f.question));
    }
  int queued = visit (&f, FALSE);
  say (queued, UPGRADE END);
  belfry_test_wait_until (belfry_vestibule_get_n_queued (vestibule) == 1);
  belfry_http_front_drain (f.front);
  g_autofree char *rest = read_to_end (idle);
  g_assert_cmpstr (rest, ==, "");
  belfry_fake_clock_advance (f.clock, BELFRY_HTTP_FRONT_PATIENCE + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  for (guint i = 0; i < G_N_ELEMENTS (slow); i++)
    {
      g_autofree char *late = read_to_end (slow[i]);
      assert_status (late, 503);
    }
  g_autofree char *answer = read_to_end (queued);
  assert_status (answer, 503);
  g_assert_nonnull (strstr (answer, "Connection: close"));
  fixture_clear (&f);
}

static void
load_certificate (Fixture *self)
{
  g_autoptr (BelfryTestDir) dir = belfry_test_dir_new ();
  g_autofree char *chain = belfry_test_dir_write (dir, "chain.pem", certificate_pem, -1);
  g_autofree char *key = belfry_test_dir_write (dir, "key.pem", key_pem, -1);
  g_autoptr (GError) error = NULL;

  g_assert_true (belfry_certificate_load (self->certificate, chain, key, &error));
  g_assert_no_error (error);

  /* What cannot be read changes nothing. */
  g_assert_false (belfry_certificate_load (self->certificate, key, key, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_autoptr (GTlsCertificate) certificate = belfry_certificate_get (self->certificate);
  g_assert_nonnull (certificate);
}

static gboolean
accept_any (GTlsConnection *tls, GTlsCertificate *certificate, GTlsCertificateFlags errors)
{
  return TRUE;
}

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *done = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error));
  g_assert_no_error (error);
  *done = TRUE;
}

static GIOStream *
connect_tls (int fd)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) base = g_socket_connection_factory_create_connection (socket);
  GIOStream *tls = g_tls_client_connection_new (G_IO_STREAM (base), NULL, NULL);
  gboolean done = FALSE;

  g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_any), NULL);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), 0, NULL, on_handshake, &done);
  belfry_test_wait_until (done);
  return tls;
}

static void
say_tls (GIOStream *tls, const char *bytes)
{
  GPollableOutputStream *output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (tls));

  g_assert_cmpint (g_pollable_output_stream_write_nonblocking (output, bytes, strlen (bytes), NULL,
                                                               NULL),
                   ==, (gssize) strlen (bytes));
}

/* The server's side of a handshake may end later than the client's, and the time for a request
 * begins then. */
static gboolean
is_over (Fixture *self)
{
  belfry_fake_clock_advance (self->clock, 61 * G_USEC_PER_SEC);
  belfry_deadline_wheel_turn (self->wheel);
  return belfry_addresses_get_n_connections (self->addresses) == 0;
}

/* GIO shakes hands in threads of a pool, which the leak checker must not meet at the end. */
static void
stop_threads (void)
{
  g_thread_pool_set_max_unused_threads (0);
  belfry_test_wait_until (g_thread_pool_get_num_unused_threads () == 0);
}

/* Over TLS, requests are answered and connections upgraded as without. */
static void
test_tls (void)
{
  g_autoptr (GString) answer = g_string_new (NULL);
  g_autoptr (GString) early = g_string_new (NULL);
  Fixture f;

  fixture_init (&f);
  load_certificate (&f);
  g_autoptr (GIOStream) tls = connect_tls (visit (&f, TRUE));
  say_tls (tls, GET ("/healthz") END);
  belfry_test_wait_until (read_stream (tls, answer, 15));
  g_assert_true (g_str_has_prefix (answer->str, "HTTP/1.1 200 OK"));
  say_tls (tls, UPGRADE END "early");
  belfry_test_wait_until (f.upgraded != NULL);
  belfry_test_wait_until (read_stream (f.upgraded, early, strlen ("early")));
  g_assert_cmpstr (early->str, ==, "early");
  fixture_clear (&f);
  stop_threads ();
}

/* TLS that is silent, or no TLS, ends with the time for the handshake; without a certificate, at
 * once; and a request that does not come ends with the time for a request. */
static void
test_tls_bad (void)
{
  Fixture f;

  fixture_init (&f);
  int fd = visit (&f, TRUE);
  say (fd, "\x16\x03\x01");
  g_autofree char *without = read_to_end (fd);
  g_assert_cmpstr (without, ==, "");

  load_certificate (&f);
  fd = visit (&f, TRUE);
  say (fd, "\x16\x03\x01");
  for (guint i = 0; i < 3; i++)
    g_assert_true (belfry_test_turn (belfry_test_deadline ()));
  belfry_fake_clock_advance (f.clock, 6 * G_USEC_PER_SEC);
  belfry_deadline_wheel_turn (f.wheel);
  g_autofree char *silent = read_to_end (fd);
  g_assert_cmpstr (silent, ==, "");

  g_autoptr (GIOStream) tls = connect_tls (visit (&f, TRUE));
  g_assert_true (G_IS_TLS_CONNECTION (tls));
  belfry_test_wait_until (is_over (&f));
  fixture_clear (&f);
  stop_threads ();
}

/* Behind TLS, too, a request may have a body, and no more than it may have without. */
static void
test_tls_body (void)
{
  g_autofree char *body = make_body (3000);
  g_autoptr (GString) answer = g_string_new (NULL);
  g_autoptr (GString) refusal = g_string_new (NULL);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body, -1);
  Fixture f;

  fixture_init (&f);
  load_certificate (&f);
  g_autoptr (GIOStream) tls = connect_tls (visit (&f, TRUE));
  say_tls (tls, POST ("3000") END);
  say_tls (tls, body);
  belfry_test_wait_until (read_stream (tls, answer, 0) && g_str_has_suffix (answer->str, sum));
  assert_sum (answer->str, body);
  say_tls (tls, POST ("200001") END);
  belfry_test_wait_until (read_stream (tls, refusal, 20));
  assert_status (refusal->str, 413);
  fixture_clear (&f);
  stop_threads ();
}

/* A body behind TLS that does not come has a place only as long as nobody else needs it. */
static void
test_tls_evicted (void)
{
  g_autoptr (GPtrArray) stalled = g_ptr_array_new_with_free_func (g_object_unref);
  Fixture f;

  fixture_init (&f);
  load_certificate (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  for (guint i = 0; i < 4; i++)
    {
      g_ptr_array_add (stalled, connect_tls (visit (&f, TRUE)));
      say_tls (g_ptr_array_index (stalled, i), POST ("10") END "123");
      belfry_test_wait_until (belfry_vestibule_get_n_inside (vestibule) == i + 1);
    }
  belfry_fake_clock_advance (f.clock, 2 * G_USEC_PER_SEC);
  g_autofree char *answer = ask (&f, GET ("/healthz") END);
  assert_status (answer, 200);
  g_assert_cmpuint (belfry_vestibule_get_n_inside (vestibule), ==, 3);
  fixture_clear (&f);
  stop_threads ();
}

/* Who is silent behind TLS has no place; who sends half a head, neither. */
static void
test_tls_silent (void)
{
  Fixture f;

  fixture_init (&f);
  load_certificate (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  g_autoptr (GIOStream) silent = connect_tls (visit (&f, TRUE));
  g_autoptr (GIOStream) half = connect_tls (visit (&f, TRUE));
  say_tls (half, "GET / HT");
  belfry_test_wait_until (belfry_vestibule_get_n_idle (vestibule) == 2);
  g_assert_cmpuint (belfry_vestibule_get_n_handshakes (vestibule), ==, 0);
  g_assert_cmpuint (belfry_vestibule_get_n_inside (vestibule), ==, 0);
  g_assert_true (G_IS_TLS_CONNECTION (silent));
  fixture_clear (&f);
  stop_threads ();
}

static gboolean
has_good_end (GIOStream *tls)
{
  GPollableInputStream *input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (tls));
  g_autoptr (GError) error = NULL;
  char buffer[256];
  gssize n = g_pollable_input_stream_read_nonblocking (input, buffer, sizeof buffer, NULL, &error);

  if (n < 0)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  return n == 0;
}

/* A connection that ends in order ends with a close_notify: answered, idle for too long, or because
 * the front goes. */
static void
test_tls_farewell (void)
{
  Fixture f;

  fixture_init (&f);
  load_certificate (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  g_autoptr (GIOStream) answered = connect_tls (visit (&f, TRUE));
  say_tls (answered, GET ("/healthz") "Connection: close" END END);
  belfry_test_wait_until (has_good_end (answered));
  g_autoptr (GIOStream) idle = connect_tls (visit (&f, TRUE));
  belfry_test_wait_until (belfry_vestibule_get_n_idle (vestibule) == 1);
  belfry_fake_clock_advance (f.clock, 61 * G_USEC_PER_SEC);
  belfry_deadline_wheel_turn (f.wheel);
  belfry_test_wait_until (has_good_end (idle));
  g_autoptr (GIOStream) last = connect_tls (visit (&f, TRUE));
  belfry_test_wait_until (belfry_vestibule_get_n_idle (vestibule) == 1);
  fixture_clear (&f);
  belfry_test_wait_until (has_good_end (last));
  stop_threads ();
}

/* A front that ends waits for the threads of handshakes that nobody goes on with, and leaks none.
 */
static void
test_end_with_handshakes (void)
{
  int fds[3];
  Fixture f;

  fixture_init (&f);
  load_certificate (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = visit (&f, TRUE);
      say (fds[i], "\x16\x03\x01");
    }
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  belfry_test_wait_until (belfry_vestibule_get_n_handshakes (vestibule) == 2);
  belfry_test_wait_until (belfry_vestibule_get_n_queued (vestibule) == 1);
  belfry_http_front_end (f.front);
  g_assert_false (belfry_http_front_is_ended (f.front));
  belfry_test_wait_until (belfry_http_front_is_ended (f.front));
  g_assert_cmpuint (belfry_addresses_get_n_connections (f.addresses), ==, 0);
  fixture_clear (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  stop_threads ();
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/http-front/cases", test_cases);
  belfry_test_add ("/http-front/hardening", test_hardening);
  belfry_test_add ("/http-front/keep-alive", test_keep_alive);
  belfry_test_add ("/http-front/body", test_body);
  belfry_test_add ("/http-front/expect", test_expect);
  belfry_test_add ("/http-front/timeouts", test_timeouts);
  belfry_test_add ("/http-front/leavers", test_leavers);
  belfry_test_add ("/http-front/free-with-guests", test_free_with_guests);
  belfry_test_add ("/http-front/readiness", test_readiness);
  belfry_test_add ("/http-front/readiness-dropped", test_readiness_dropped);
  belfry_test_add ("/http-front/upgrade", test_upgrade);
  belfry_test_add ("/http-front/upgrade-without-descriptor", test_upgrade_without_descriptor);
  belfry_test_add ("/http-front/tokens", test_tokens);
  belfry_test_add ("/http-front/drain", test_drain);
  belfry_test_add ("/http-front/tls", test_tls);
  belfry_test_add ("/http-front/tls-bad", test_tls_bad);
  belfry_test_add ("/http-front/tls-body", test_tls_body);
  belfry_test_add ("/http-front/tls-evicted", test_tls_evicted);
  belfry_test_add ("/http-front/tls-silent", test_tls_silent);
  belfry_test_add ("/http-front/tls-farewell", test_tls_farewell);
  belfry_test_add ("/http-front/end-with-handshakes", test_end_with_handshakes);
  return g_test_run ();
}
