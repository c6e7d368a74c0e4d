/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-test-front.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "belfry-test.h"

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
      BelfryTestFront f;

      belfry_test_front_init (&f);
      g_test_message ("%s", cases[i].what);
      g_autofree char *answer = belfry_test_front_ask (&f, cases[i].request);
      belfry_test_assert_status (answer, cases[i].status);
      if (cases[i].part != NULL && strstr (answer, cases[i].part) == NULL)
        g_error ("%s: no %s in %s", cases[i].what, cases[i].part, answer);
      g_assert_null (strstr (answer, "Server:"));
      g_assert_cmpint (f.upgraded != NULL, ==, cases[i].status == 101);
      belfry_test_front_clear (&f);
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
  BelfryTestFront f;

  belfry_test_front_init (&f);
  g_autofree char *answer =
      belfry_test_front_ask (&f, GET ("/healthz") "Origin: https://evil.com" END END);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_nonnull (strstr (answer, expected[i]));
  g_assert_null (strstr (answer, "Access-Control"));
  belfry_test_front_clear (&f);
}

/* One connection asks again and again, even before it is answered, and is idle in between. */
static void
test_keep_alive (void)
{
  BelfryTestFront f;

  belfry_test_front_init (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  int fd = belfry_test_front_visit (&f, FALSE);
  for (guint i = 0; i < 3; i++)
    {
      belfry_test_say (fd, GET ("/healthz") END);
      g_autofree char *answer = belfry_test_read_answer (fd);
      belfry_test_assert_status (answer, 200);
      g_assert_cmpuint (belfry_vestibule_get_n_idle (vestibule), ==, 1);
      g_assert_cmpuint (belfry_vestibule_get_n_inside (vestibule), ==, 0);
    }
  belfry_test_say (fd, GET ("/healthz") END GET ("/nothing") "Connection: close" END END);
  g_autofree char *rest = belfry_test_read_to_end (fd);
  belfry_test_assert_status (rest, 200);
  g_assert_nonnull (strstr (rest, "HTTP/1.1 404 "));
  belfry_test_front_clear (&f);
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

/* A body as large as may be is collected before anybody is bothered with it, and comes as it was
 * sent; what it took is given back. */
static void
test_body (void)
{
  g_autofree char *body = belfry_test_make_body (MAX_BODY);
  gsize sent = 0;
  BelfryTestFront f;

  belfry_test_front_init (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  int fd = belfry_test_front_visit (&f, FALSE);
  belfry_test_say (fd, POST ("200000") END);
  belfry_test_wait_until (send_more (fd, body, MAX_BODY - 1, &sent));
  belfry_test_wait_until (belfry_vestibule_get_held (vestibule) >= MAX_BODY);
  g_assert_cmpuint (belfry_vestibule_get_n_inside (vestibule), ==, 0);
  belfry_test_say (fd, &body[MAX_BODY - 1]);
  g_autofree char *answer = belfry_test_read_answer (fd);
  belfry_test_assert_sum (answer, body);
  g_assert_cmpuint (belfry_vestibule_get_held (vestibule), ==, 0);

  belfry_test_say (fd, POST ("3") END "abc" POST ("3") "Connection: close" END END "abc");
  g_autofree char *rest = belfry_test_read_to_end (fd);
  g_assert_nonnull (strstr (strstr (rest, "ba7816bf") + 1, "ba7816bf"));
  belfry_test_front_clear (&f);
}

/* A client that waits to be asked for its body is asked, once, and then answered. */
static void
test_expect (void)
{
  BelfryTestFront f;

  belfry_test_front_init (&f);
  int fd = belfry_test_front_visit (&f, FALSE);
  belfry_test_say (fd, POST ("3") "Expect: 100-continue" END "Connection: close" END END);
  g_autofree char *first = belfry_test_read_answer (fd);
  g_assert_cmpstr (first, ==, "HTTP/1.1 100 Continue" END END);
  belfry_test_say (fd, "abc");
  g_autofree char *second = belfry_test_read_to_end (fd);
  belfry_test_assert_status (second, 200);
  g_assert_null (strstr (second, "100 Continue"));
  belfry_test_front_clear (&f);
}

static void
check_timeout (const char *bytes, const char *expected)
{
  BelfryTestFront f;

  belfry_test_front_init (&f);
  int fd = belfry_test_front_visit (&f, FALSE);
  belfry_test_say (fd, bytes);
  for (guint i = 0; i < 3; i++)
    g_assert_true (belfry_test_turn (belfry_test_deadline ()));
  belfry_fake_clock_advance (f.clock, 61 * G_USEC_PER_SEC);
  belfry_deadline_wheel_turn (f.wheel);
  g_autofree char *answer = belfry_test_read_to_end (fd);
  g_assert_true (g_str_has_prefix (answer, expected));
  belfry_test_front_clear (&f);
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
      BelfryTestFront f;

      belfry_test_front_init (&f);
      int fd = belfry_test_front_visit (&f, FALSE);
      belfry_test_say (fd, starts[i]);
      g_assert_true (belfry_test_turn (belfry_test_deadline ()));
      close (fd);
      belfry_test_wait_until (belfry_addresses_get_n_connections (f.addresses) == 0);
      belfry_test_front_clear (&f);
    }
}

/* A front that goes takes everybody along who is inside. */
static void
test_free_with_guests (void)
{
  int fds[4];
  BelfryTestFront f;

  belfry_test_front_init (&f);
  f.state = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = belfry_test_front_visit (&f, i == 3);
  belfry_test_say (fds[0], GET ("/healthz") END);
  belfry_test_say (fds[1], GET ("/readyz") END);
  belfry_test_say (fds[2], POST ("10") END "123");
  belfry_test_wait_until (f.question != NULL);
  BelfryExchange *question = f.question;
  belfry_test_front_clear (&f);
  belfry_test_front_answer (question, "ready");
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

/* Whether the service is ready is asked of who knows, and waited for, but not for ever. */
static void
test_readiness (void)
{
  BelfryTestFront f;

  belfry_test_front_init (&f);
  f.state = "degraded";
  g_autofree char *degraded = belfry_test_front_ask (&f, GET ("/readyz") END);
  belfry_test_assert_status (degraded, 503);
  g_assert_nonnull (strstr (degraded, "degraded\n"));

  f.state = NULL;
  int fd = belfry_test_front_visit (&f, FALSE);
  belfry_test_say (fd, GET ("/readyz") END);
  belfry_test_wait_until (f.question != NULL);
  belfry_test_front_answer (g_steal_pointer (&f.question), "ready");
  g_autofree char *ready = belfry_test_read_answer (fd);
  belfry_test_assert_status (ready, 200);

  belfry_test_say (fd, GET ("/readyz") END);
  belfry_test_wait_until (f.question != NULL);
  belfry_fake_clock_advance (f.clock, BELFRY_HTTP_FRONT_PATIENCE + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  g_autofree char *late = belfry_test_read_answer (fd);
  belfry_test_assert_status (late, 503);
  belfry_test_front_answer (f.question, "ready");
  close (fd);
  belfry_test_front_clear (&f);
}

static gpointer
drop (gpointer question)
{
  belfry_exchange_drop (question);
  return NULL;
}

/* A question that another thread dropped is still the front's: its client hears that nobody
 * answered, or that the front goes. */
static void
test_readiness_dropped (void)
{
  BelfryTestFront f;

  belfry_test_front_init (&f);
  f.state = NULL;
  int fd = belfry_test_front_visit (&f, FALSE);
  belfry_test_say (fd, GET ("/readyz") END);
  belfry_test_wait_until (f.question != NULL);
  g_thread_join (g_thread_new ("drop", drop, g_steal_pointer (&f.question)));
  belfry_fake_clock_advance (f.clock, BELFRY_HTTP_FRONT_PATIENCE + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  g_autofree char *late = belfry_test_read_answer (fd);
  belfry_test_assert_status (late, 503);

  belfry_test_say (fd, GET ("/readyz") END);
  belfry_test_wait_until (f.question != NULL);
  g_thread_join (g_thread_new ("drop", drop, g_steal_pointer (&f.question)));
  belfry_test_front_clear (&f);
  close (fd);
}

/* An upgraded connection comes with all that was said, and with the bytes behind the request. */
static void
test_upgrade (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BelfryTestFront f;

  belfry_test_front_init (&f);
  int fd = belfry_test_front_visit (&f, FALSE);
  belfry_test_say (fd, GET ("/ws?token=se%20cret") CONNECTION KEY VERSION
                   "X-Forwarded-For: 192.0.2.7" END "Origin: https://page.com" END
                   "Sec-WebSocket-Protocol: belfry" END END "early");
  belfry_test_wait_until (f.upgraded != NULL);
  g_assert_true (f.upgrade.endpoint == &belfry_test_front_endpoints[0]);
  g_assert_cmpstr (f.upgrade.protocol, ==, "belfry");
  g_assert_cmpstr (f.upgrade.peer, ==, "192.0.2.7");
  g_assert_cmpstr (f.upgrade.origin, ==, "https://page.com");
  g_assert_cmpstr (f.upgrade.token, ==, "se cret");
  belfry_test_say (fd, "late");
  belfry_test_wait_until (belfry_test_read_stream (f.upgraded, text, strlen ("earlylate")));
  g_assert_cmpstr (text->str, ==, "earlylate");
  g_assert_cmpuint (belfry_addresses_get_n_connections (f.addresses), ==, 1);
  belfry_test_front_drop_upgraded (&f);
  g_autofree char *answer = belfry_test_read_to_end (fd);
  belfry_test_assert_status (answer, 101);
  belfry_test_front_clear (&f);
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
  BelfryTestFront f;

  belfry_test_front_init (&f);
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &former));
  int fd = belfry_test_front_visit (&f, FALSE);
  GArray *fds = exhaust_descriptors (&former);
  belfry_test_say (fd, UPGRADE END);
  g_autofree char *refused = belfry_test_read_answer (fd);
  give_back_descriptors (fds, &former);
  belfry_test_assert_status (refused, 503);
  g_assert_nonnull (strstr (refused, "Retry-After: 5" END));
  g_assert_null (f.upgraded);
  close (fd);
  g_autofree char *accepted = belfry_test_front_ask (&f, UPGRADE END);
  belfry_test_assert_status (accepted, 101);
  g_assert_cmpint (f.upgrade.fd, >=, 0);
  belfry_test_front_clear (&f);
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
      BelfryTestFront f;

      belfry_test_front_init (&f);
      g_test_message ("%s", tokens[i].fields);
      g_autofree char *answer = belfry_test_front_ask (&f, request);
      belfry_test_assert_status (answer, 101);
      g_assert_cmpstr (f.upgrade.token, ==, tokens[i].token);
      g_assert_null (strstr (answer, "abc"));
      belfry_test_front_clear (&f);
    }
}

/* A draining front lets nobody through, answers what is under way, and closes. */
static void
test_drain (void)
{
  int slow[4];
  BelfryTestFront f;

  belfry_test_front_init (&f);
  BelfryVestibule *vestibule = belfry_http_front_get_vestibule (f.front);
  int idle = belfry_test_front_visit (&f, FALSE);
  belfry_test_say (idle, GET ("/healthz") END);
  g_autofree char *first = belfry_test_read_answer (idle);
  belfry_test_assert_status (first, 200);
  f.state = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (slow); i++)
    {
      slow[i] = belfry_test_front_visit (&f, FALSE);
      belfry_test_say (slow[i], GET ("/readyz") END);
      belfry_test_wait_until (f.question != NULL);
      belfry_exchange_drop (g_steal_pointer (&f.question));
    }
  int queued = belfry_test_front_visit (&f, FALSE);
  belfry_test_say (queued, UPGRADE END);
  belfry_test_wait_until (belfry_vestibule_get_n_queued (vestibule) == 1);
  belfry_http_front_drain (f.front);
  g_autofree char *rest = belfry_test_read_to_end (idle);
  g_assert_cmpstr (rest, ==, "");
  belfry_fake_clock_advance (f.clock, BELFRY_HTTP_FRONT_PATIENCE + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  for (guint i = 0; i < G_N_ELEMENTS (slow); i++)
    {
      g_autofree char *late = belfry_test_read_to_end (slow[i]);
      belfry_test_assert_status (late, 503);
    }
  g_autofree char *answer = belfry_test_read_to_end (queued);
  belfry_test_assert_status (answer, 503);
  g_assert_nonnull (strstr (answer, "Connection: close"));
  belfry_test_front_clear (&f);
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
  return g_test_run ();
}
