/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-request-head.h"

#include <string.h>

#include "belfry-test.h"

#define MAX_BODY 1000

/* A request line and a host, with which most rows begin. */
#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
#define END "\r\n"

static guint64
get_max_body (const char *path, gsize length, gconstpointer data)
{
  return length == 1 && *path == '/' ? MAX_BODY : 0;
}

static const BelfryBodyRule rule = { get_max_body, NULL };

typedef struct
{
  const char *defect;
  const char *bytes;
  guint status;
} Case;

static const Case good[] = {
  { "plain", GET END, BELFRY_REQUEST_HEAD_COMPLETE },
  { "HTTP/1.0 without a host", "GET / HTTP/1.0" END END, BELFRY_REQUEST_HEAD_COMPLETE },
  { "a later minor version", "GET / HTTP/1.2" END "Host: a" END END, BELFRY_REQUEST_HEAD_COMPLETE },
  { "a host with a port", "GET / HTTP/1.1" END "host:[::1]:80" END END,
    BELFRY_REQUEST_HEAD_COMPLETE },
  { "an empty host", "GET / HTTP/1.1" END "Host:" END END, BELFRY_REQUEST_HEAD_COMPLETE },
  { "an absolute target", "GET http://a/b HTTP/1.1" END "Host: a" END END,
    BELFRY_REQUEST_HEAD_COMPLETE },
  { "blanks around a value", GET "X: \t a b\t " END END, BELFRY_REQUEST_HEAD_COMPLETE },
  { "an empty value", GET "X:" END END, BELFRY_REQUEST_HEAD_COMPLETE },
  { "bytes beyond ASCII in a value", GET "X: gr\xc3\xb6\xff" END END,
    BELFRY_REQUEST_HEAD_COMPLETE },
  { "a length", POST "Content-Length: 1000" END END, BELFRY_REQUEST_HEAD_COMPLETE },
  { "a length with zeros before it", POST "Content-Length: 00000000000000010" END END,
    BELFRY_REQUEST_HEAD_COMPLETE },
  { "to be continued", POST "Expect: 100-Continue" END END, BELFRY_REQUEST_HEAD_COMPLETE },
  { "a new method", "M-SEARCH * HTTP/1.1" END "Host: a" END END, BELFRY_REQUEST_HEAD_COMPLETE },
};

static const Case bad[] = {
  { "an empty line first", END GET END, 400 },
  { "TLS on a plain port", "\x16\x03\x01\x02", 400 },
  { "a blank first", " GET / HTTP/1.1" END, 400 },
  { "LF alone after the request line", "GET / HTTP/1.1\nHost: a\n\n", 400 },
  { "LF alone after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400 },
  { "LF alone at the end", GET "\n", 400 },
  { "CR alone in a field", GET "X: a\rY: b" END END, 400 },
  { "CR twice", GET "X: a\r" END END, 400 },
  { "CR alone in the request line", "GET /\r HTTP/1.1" END, 400 },
  { "no version", "GET /" END, 400 },
  { "nothing but a method", "GET" END, 400 },
  { "a method without a target", "GET  HTTP/1.1" END, 400 },
  { "two blanks", "GET  / HTTP/1.1" END, 400 },
  { "a tab for a blank", "GET\t/ HTTP/1.1" END, 400 },
  { "a blank in the target", "GET /a b HTTP/1.1" END, 400 },
  { "a blank after the version", "GET / HTTP/1.1 " END, 400 },
  { "a byte beyond ASCII in the target", "GET /\xc3\xb6 HTTP/1.1" END, 400 },
  { "a control character in the target", "GET /\x01 HTTP/1.1" END, 400 },
  { "a version in small letters", "GET / http/1.1" END, 400 },
  { "a version that is none", "GET / HTTP/1.x" END, 400 },
  { "a version with a plus", "GET / HTTP/+1.1" END, 400 },
  { "another protocol", "GET / ICAP/1.0" END, 400 },
  { "HTTP/2", "PRI * HTTP/2.0" END END, 505 },
  { "HTTP/0.9", "GET / HTTP/0.9" END END, 505 },
  { "a method with brackets", "GET(1) / HTTP/1.1" END, 400 },
  { "a method of 33 characters", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1" END, 400 },
  { "no host", "GET / HTTP/1.1" END END, 400 },
  { "two hosts", GET "Host: a" END END, 400 },
  { "hosts in a list", "GET / HTTP/1.1" END "Host: a,b" END END, 400 },
  { "a user in the host", "GET / HTTP/1.1" END "Host: a@b" END END, 400 },
  { "a path in the host", "GET / HTTP/1.1" END "Host: a/b" END END, 400 },
  { "a blank in the host", "GET / HTTP/1.1" END "Host: a b" END END, 400 },
  { "a folded field", GET "X: a" END " b" END END, 400 },
  { "a field folded with a tab", GET "X: a" END "\tb" END END, 400 },
  { "a first field that is folded", "GET / HTTP/1.1" END " Host: a" END END, 400 },
  { "a blank before the colon", GET "Content-Length : 5" END END, 400 },
  { "a tab before the colon", GET "Transfer-Encoding\t: chunked" END END, 400 },
  { "no colon", GET "X" END END, 400 },
  { "no name", GET ": a" END END, 400 },
  { "a name in quotes", GET "\"X\": a" END END, 400 },
  { "a name beyond ASCII", GET "X\xc3\xb6: a" END END, 400 },
  { "a control character in a value", GET "X: a\x01" END END, 400 },
  { "DEL in a value", GET "X: a\x7f" END END, 400 },
  { "two lengths", POST "Content-Length: 5" END "Content-Length: 6" END END, 400 },
  { "one length twice", POST "Content-Length: 5" END "content-length: 5" END END, 400 },
  { "lengths in a list", POST "Content-Length: 5, 5" END END, 400 },
  { "a length with a sign", POST "Content-Length: +5" END END, 400 },
  { "a length below zero", POST "Content-Length: -5" END END, 400 },
  { "a hexadecimal length", POST "Content-Length: 0x5" END END, 400 },
  { "an empty length", POST "Content-Length:" END END, 400 },
  { "a length with a blank", POST "Content-Length: 1 0" END END, 400 },
  { "a length and chunks", POST "Content-Length: 5" END "Transfer-Encoding: chunked" END END, 400 },
  { "chunks and a length", POST "Transfer-Encoding: chunked" END "Content-Length: 5" END END, 400 },
  { "chunks", POST "Transfer-Encoding: Chunked" END END, 411 },
  { "two expectations", POST "Expect: 100-continue" END "Expect: 100-continue" END END, 400 },
  { "chunks in HTTP/1.0", "POST / HTTP/1.0" END "Transfer-Encoding: chunked" END END, 400 },
  { "chunks twice", POST "Transfer-Encoding: chunked" END "Transfer-Encoding: chunked" END END,
    400 },
  { "compressed chunks", POST "Transfer-Encoding: gzip, chunked" END END, 501 },
  { "chunks in quotes", POST "Transfer-Encoding: \"chunked\"" END END, 501 },
  { "chunks that are no such thing", POST "Transfer-Encoding: xchunked" END END, 501 },
  { "chunks after nothing", POST "Transfer-Encoding: , chunked" END END, 501 },
  { "no transfer encoding", POST "Transfer-Encoding:" END END, 501 },
  { "identity", POST "Transfer-Encoding: identity" END END, 501 },
  { "another expectation", POST "Expect: 200-ok" END END, 417 },
  { "a body one byte too long", POST "Content-Length: 1001" END END, 413 },
  { "a length of 18 digits", POST "Content-Length: 999999999999999999" END END, 413 },
  { "a length beyond 64 bits", POST "Content-Length: 18446744073709551621" END END, 413 },
};

static guint
feed_at_once (const char *bytes, gsize length, BelfryRequestHead *head)
{
  *head = (BelfryRequestHead){ 0 };
  return belfry_request_head_feed (head, bytes, length, &rule);
}

/* As one byte after the other comes; each time in a block of its own, so that a read beyond it is
 * found. */
static guint
feed_in_bytes (const char *bytes, gsize length, BelfryRequestHead *head)
{
  guint status = BELFRY_REQUEST_HEAD_MORE;

  *head = (BelfryRequestHead){ 0 };
  for (gsize n = 1; n <= length && status == BELFRY_REQUEST_HEAD_MORE; n++)
    {
      g_autofree char *copy = g_memdup2 (bytes, n);

      status = belfry_request_head_feed (head, copy, n, &rule);
    }
  return status;
}

static void
check_cases (const Case *cases, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      const char *bytes = cases[i].bytes;
      BelfryRequestHead head;

      g_test_message ("%s", cases[i].defect);
      g_assert_cmpuint (feed_at_once (bytes, strlen (bytes), &head), ==, cases[i].status);
      g_assert_cmpuint (feed_in_bytes (bytes, strlen (bytes), &head), ==, cases[i].status);
      if (cases[i].status == BELFRY_REQUEST_HEAD_COMPLETE)
        g_assert_cmpuint (head.length, ==, strlen (bytes));
    }
}

/* What the rules allow is taken, whole or in pieces, up to its last byte. */
static void
test_good (void)
{
  check_cases (good, G_N_ELEMENTS (good));
}

/* What could be understood in two ways, or in none, is refused, whole or in pieces. */
static void
test_bad (void)
{
  check_cases (bad, G_N_ELEMENTS (bad));
}

/* Nothing of a good request but the whole is complete. */
static void
test_prefixes (void)
{
  const char *bytes = POST "Content-Length: 10" END END;
  BelfryRequestHead head;

  for (gsize n = 0; n < strlen (bytes); n++)
    g_assert_cmpuint (feed_at_once (bytes, n, &head), ==, BELFRY_REQUEST_HEAD_MORE);
}

/* The head ends where it ends, whatever follows, and what it says of the body is told. */
static void
test_results (void)
{
  const char *lines = POST "Content-Length: 10" END END;
  g_autofree char *bytes = g_strconcat (lines, "0123456789GET", NULL);
  BelfryRequestHead head;

  g_assert_cmpuint (feed_at_once (bytes, strlen (bytes), &head), ==, BELFRY_REQUEST_HEAD_COMPLETE);
  g_assert_cmpuint (head.length, ==, strlen (lines));
  g_assert_cmpuint (head.content_length, ==, 10);
  g_assert_false (head.expects_continue);
}

/* Only the path as it is written says whether there may be a body, and how large it may be. */
static void
test_body_rule (void)
{
  BelfryRequestHead head = { 0 };
  const char *const refused[] = { "POST /x HTTP/1.1" END "Host: a" END "Content-Length: 1" END END,
                                  "POST %2f HTTP/1.1" END "Host: a" END "Content-Length: 1" END END,
                                  "POST // HTTP/1.1" END "Host: a" END
                                  "Content-Length: 1" END END };
  const char *with_query = "POST /?a=/x HTTP/1.1" END "Host: a" END "Content-Length: 1000" END END;
  const char *lines = POST "Content-Length: 1" END END;

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    g_assert_cmpuint (feed_in_bytes (refused[i], strlen (refused[i]), &head), ==, 413);
  g_assert_cmpuint (feed_in_bytes (with_query, strlen (with_query), &head), ==,
                    BELFRY_REQUEST_HEAD_COMPLETE);
  head = (BelfryRequestHead){ 0 };
  g_assert_cmpuint (belfry_request_head_feed (&head, lines, strlen (lines), NULL), ==, 413);
}

/* An expectation is told, and can be hidden from who comes next, without moving a byte. */
static void
test_expectation (void)
{
  g_autofree char *bytes = g_strdup (POST "A: b" END "expect:100-continue" END "C: d" END END);
  BelfryRequestHead head;

  g_assert_cmpuint (feed_in_bytes (bytes, strlen (bytes), &head), ==, BELFRY_REQUEST_HEAD_COMPLETE);
  g_assert_true (head.expects_continue);
  belfry_request_head_settle (&head, bytes);
  const char *old = "GET / HTTP/1.0" END "Expect: 100-continue" END END;
  g_assert_cmpuint (feed_in_bytes (old, strlen (old), &head), ==, BELFRY_REQUEST_HEAD_COMPLETE);
  g_assert_false (head.expects_continue);
  g_assert_cmpstr (bytes, ==, POST "A: b" END "X-None:100-continue" END "C: d" END END);
}

/* NUL is a control character like others, and ends nothing. */
static void
test_nul (void)
{
  const char in_value[] = GET "X: a\0b" END END;
  const char in_name[] = GET "X\0: a" END END;
  const char in_host[] = "GET / HTTP/1.1" END "Host: a\0b" END END;
  const char in_line[] = "GET /\0 HTTP/1.1" END END;
  BelfryRequestHead head;

  g_assert_cmpuint (feed_at_once (in_value, sizeof in_value - 1, &head), ==, 400);
  g_assert_cmpuint (feed_at_once (in_name, sizeof in_name - 1, &head), ==, 400);
  g_assert_cmpuint (feed_at_once (in_host, sizeof in_host - 1, &head), ==, 400);
  g_assert_cmpuint (feed_at_once (in_line, sizeof in_line - 1, &head), ==, 400);
}

static GString *
make_fields (guint n)
{
  GString *bytes = g_string_new (GET);

  for (guint i = 1; i < n; i++)
    g_string_append_printf (bytes, "X-%u: a" END, i);
  g_string_append (bytes, END);
  return bytes;
}

/* As many fields as the limit are taken, and not one more. */
static void
test_many_fields (void)
{
  g_autoptr (GString) enough = make_fields (BELFRY_REQUEST_HEAD_MAX_FIELDS);
  g_autoptr (GString) too_many = make_fields (BELFRY_REQUEST_HEAD_MAX_FIELDS + 1);
  BelfryRequestHead head;

  g_assert_cmpuint (feed_at_once (enough->str, enough->len, &head), ==,
                    BELFRY_REQUEST_HEAD_COMPLETE);
  g_assert_cmpuint (feed_at_once (too_many->str, too_many->len, &head), ==, 431);
}

static GString *
make_long (const char *before, gsize length, const char *after)
{
  GString *bytes = g_string_new (before);

  while (bytes->len < strlen (before) + length)
    g_string_append_c (bytes, 'a');
  return g_string_append (bytes, after);
}

/* Neither a target, nor a field, nor a line that never ends grows beyond its bound. */
static void
test_long (void)
{
  g_autoptr (GString) target =
      make_long ("GET /", BELFRY_REQUEST_HEAD_MAX_TARGET - 1, " HTTP/1.0" END END);
  g_autoptr (GString) long_target =
      make_long ("GET /", BELFRY_REQUEST_HEAD_MAX_TARGET, " HTTP/1.0" END END);
  g_autoptr (GString) field = make_long (GET "X: ", BELFRY_REQUEST_HEAD_MAX, END END);
  g_autoptr (GString) endless = make_long ("GET /", BELFRY_REQUEST_HEAD_MAX, "");
  BelfryRequestHead head;

  g_assert_cmpuint (feed_at_once (target->str, target->len, &head), ==,
                    BELFRY_REQUEST_HEAD_COMPLETE);
  g_assert_cmpuint (feed_at_once (long_target->str, long_target->len, &head), ==, 414);
  g_assert_cmpuint (feed_at_once (field->str, field->len, &head), ==, 431);
  g_assert_cmpuint (feed_at_once (endless->str, endless->len, &head), ==, 414);
  g_assert_cmpuint (feed_in_bytes (endless->str, endless->len, &head), ==, 414);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/request-head/good", test_good);
  belfry_test_add ("/request-head/bad", test_bad);
  belfry_test_add ("/request-head/prefixes", test_prefixes);
  belfry_test_add ("/request-head/results", test_results);
  belfry_test_add ("/request-head/body-rule", test_body_rule);
  belfry_test_add ("/request-head/expectation", test_expectation);
  belfry_test_add ("/request-head/nul", test_nul);
  belfry_test_add ("/request-head/many-fields", test_many_fields);
  belfry_test_add ("/request-head/long", test_long);
  return g_test_run ();
}
