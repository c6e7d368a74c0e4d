/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-exchange"

#include "config.h"

#include "belfry-exchange.h"

#include <string.h>
#include <unistd.h>

#include "belfry-test-bytes.h"
#include "belfry-test-front.h"
#include "belfry-test.h"

/* A front that asks the test, on connections of the test's. */
static void
front_init (BelfryTestFront *self)
{
  belfry_test_front_init (self);
  self->state = NULL;
}

/* Returns: (transfer full): what a client asks who has just come; @fd: his end */
static BelfryExchange *
ask (BelfryTestFront *self, const char *request, int *fd)
{
  *fd = belfry_test_front_visit (self, FALSE);
  belfry_test_say (*fd, request);
  belfry_test_wait_until (self->question != NULL);
  return g_steal_pointer (&self->question);
}

static void
answer (BelfryExchange *exchange, guint status, const char *text)
{
  g_autoptr (GBytes) body = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;
  g_autoptr (BelfryHttpResponse) response = belfry_http_response_new (status, "text/x-test", body);

  belfry_exchange_answer (exchange, response);
}

static void
pass_patience (BelfryTestFront *self)
{
  belfry_fake_clock_advance (self->clock, BELFRY_HTTP_FRONT_PATIENCE + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (self->wheel);
}

static void
assert_heard (int fd, guint status, const char *part)
{
  g_autofree char *heard = belfry_test_read_answer (fd);

  belfry_test_assert_status (heard, status);
  if (strstr (heard, part) == NULL)
    g_error ("no %s in %s", part, heard);
  close (fd);
}

/* The main thread sees what the client said, and nothing of the library that read it: names of
 * headers in lower case, and all of those that came twice. */
static void
test_request (void)
{
  BelfryTestFront f;
  int fd;

  front_init (&f);
  BelfryExchange *exchange = ask (&f,
                                  "GET /readyz?a=%26&b HTTP/1.1" END "Host: a.com" END
                                  "X-One: 1" END "x-one: 2" END "X-EMPTY:" END END,
                                  &fd);
  const BelfryHttpRequest *request = belfry_exchange_get_request (exchange);
  g_assert_cmpstr (belfry_http_request_get_method (request), ==, "GET");
  g_assert_cmpstr (belfry_http_request_get_path (request), ==, "/readyz");
  g_assert_cmpstr (belfry_http_request_get_query (request), ==, "a=%26&b");
  g_assert_cmpstr (belfry_http_request_get_header (request, "host"), ==, "a.com");
  g_assert_cmpstr (belfry_http_request_get_header (request, "x-empty"), ==, "");
  g_assert_nonnull (belfry_http_request_get_header (request, "x-one"));
  g_assert_null (belfry_http_request_get_header (request, "x-two"));
  g_assert_null (belfry_http_request_get_identity (request));
  answer (exchange, 200, "seen");
  assert_heard (fd, 200, END END "seen");
  belfry_test_front_clear (&f);
}

static const struct
{
  const char *what;
  guint status;
  const char *body; /* (nullable) */
  const char *part; /* of the answer */
} responses[] = {
  { "text", 200, "hello", "Content-Type: text/x-test" END },
  { "nothing", 204, NULL, END END },
  { "an empty text", 200, "", "Content-Length: 0" END },
  { "a refusal", 403, "no", END END "no" },
  { "a fault", 500, "oh", END END "oh" },
  { "a status that nobody knows", 599, "what", END END "what" },
};

/* Whatever the answer is, the client gets it as it was given, hardened as our own are. */
static void
test_responses (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (responses); i++)
    {
      BelfryTestFront f;
      int fd;

      g_test_message ("%s", responses[i].what);
      front_init (&f);
      BelfryExchange *exchange = ask (&f, GET ("/readyz") END, &fd);
      answer (exchange, responses[i].status, responses[i].body);
      g_autofree char *heard = belfry_test_read_answer (fd);
      belfry_test_assert_status (heard, responses[i].status);
      if (strstr (heard, responses[i].part) == NULL)
        g_error ("no %s in %s", responses[i].part, heard);
      g_assert_nonnull (strstr (heard, "X-Content-Type-Options: nosniff" END));
      close (fd);
      belfry_test_front_clear (&f);
    }
}

/* A header of the answer takes the place of our own. */
static void
test_headers (void)
{
  g_autoptr (BelfryHttpResponse) response = belfry_http_response_new (200, NULL, NULL);
  BelfryTestFront f;
  int fd;

  front_init (&f);
  BelfryExchange *exchange = ask (&f, GET ("/readyz") END, &fd);
  belfry_http_response_add_header (response, "Cache-Control", "max-age=1");
  belfry_http_response_add_header (response, "X-Other", "2");
  belfry_exchange_answer (exchange, response);
  g_autofree char *heard = belfry_test_read_answer (fd);
  g_assert_nonnull (strstr (heard, "Cache-Control: max-age=1" END));
  g_assert_null (strstr (heard, "no-store"));
  g_assert_nonnull (strstr (heard, "X-Other: 2" END));
  close (fd);
  belfry_test_front_clear (&f);
}

/* Two are asked at once; each client hears the answer to his own, though the second comes first. */
static void
test_two_at_once (void)
{
  BelfryTestFront f;
  int first_fd;
  int second_fd;

  front_init (&f);
  BelfryExchange *first = ask (&f, GET ("/readyz?1") END, &first_fd);
  BelfryExchange *second = ask (&f, GET ("/readyz?2") END, &second_fd);
  g_assert_cmpstr (belfry_http_request_get_query (belfry_exchange_get_request (first)), ==, "1");
  answer (second, 200, "two");
  assert_heard (second_fd, 200, END END "two");
  answer (first, 201, "one");
  assert_heard (first_fd, 201, END END "one");
  belfry_test_front_clear (&f);
}

/* Nobody answers in time, which is said; what comes then does nothing, and what is asked next is
 * answered. */
static void
test_late (void)
{
  BelfryTestFront f;
  int late_fd;
  int fd;

  front_init (&f);
  BelfryExchange *late = ask (&f, GET ("/readyz") END, &late_fd);
  pass_patience (&f);
  assert_heard (late_fd, 503, "there was no answer in time");
  BelfryExchange *exchange = ask (&f, GET ("/readyz") END, &fd);
  answer (late, 200, "late");
  answer (exchange, 200, "in time");
  assert_heard (fd, 200, END END "in time");
  belfry_test_front_clear (&f);
}

/* Patience that ends for one leaves the others theirs. */
static void
test_patience_of_each (void)
{
  BelfryTestFront f;
  int first_fd;
  int second_fd;

  front_init (&f);
  BelfryExchange *first = ask (&f, GET ("/readyz") END, &first_fd);
  belfry_fake_clock_advance (f.clock, BELFRY_HTTP_FRONT_PATIENCE / 2);
  belfry_deadline_wheel_turn (f.wheel);
  BelfryExchange *second = ask (&f, GET ("/readyz") END, &second_fd);
  belfry_fake_clock_advance (f.clock, BELFRY_HTTP_FRONT_PATIENCE / 2 + BELFRY_DEADLINE_TICK);
  belfry_deadline_wheel_turn (f.wheel);
  assert_heard (first_fd, 503, "there was no answer in time");
  answer (second, 200, "patient");
  assert_heard (second_fd, 200, END END "patient");
  belfry_exchange_drop (first);
  belfry_test_front_clear (&f);
}

/* The client is gone before the answer, which then is nobody's. */
static void
test_client_gone (void)
{
  BelfryTestFront f;
  int fd;

  front_init (&f);
  BelfryExchange *exchange = ask (&f, GET ("/readyz") END, &fd);
  close (fd);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  answer (exchange, 200, "for nobody");
  belfry_test_wait_until (belfry_addresses_get_n_connections (f.addresses) == 0);
  belfry_test_front_clear (&f);
}

/* All that wait are told that it is over; answers that come behind that do nothing. */
static void
test_end_all (void)
{
  BelfryExchange *exchanges[3];
  int fds[3];
  BelfryTestFront f;

  front_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    exchanges[i] = ask (&f, GET ("/readyz") END, &fds[i]);
  g_clear_pointer (&f.front, belfry_http_front_free);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      answer (exchanges[i], 200, "too late");
      close (fds[i]);
    }
  g_assert_cmpuint (belfry_deadline_wheel_count (f.wheel), ==, 0);
  belfry_test_front_clear (&f);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/exchange/request", test_request);
  belfry_test_add ("/exchange/responses", test_responses);
  belfry_test_add ("/exchange/headers", test_headers);
  belfry_test_add ("/exchange/two-at-once", test_two_at_once);
  belfry_test_add ("/exchange/late", test_late);
  belfry_test_add ("/exchange/patience-of-each", test_patience_of_each);
  belfry_test_add ("/exchange/client-gone", test_client_gone);
  belfry_test_add ("/exchange/end-all", test_end_all);
  return g_test_run ();
}
