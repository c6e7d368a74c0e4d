/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-incoming.h"

#include <string.h>

#include "belfry-test.h"

#define MAX_BODY 50000
#define POST(length) "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: " length "\r\n\r\n"

static guint64
get_max_body (const char *path, gsize length, gconstpointer data)
{
  return length == 2 && memcmp (path, "/b", 2) == 0 ? MAX_BODY : 0;
}

static const BelfryBodyRule rule = { get_max_body, NULL };

static guint
add (BelfryIncoming *self, const char *bytes, gsize length)
{
  belfry_incoming_append (self, (const guint8 *) bytes, length);
  return belfry_incoming_judge (self, &rule);
}

static guint
add_text (BelfryIncoming *self, const char *text)
{
  return add (self, text, strlen (text));
}

/* A request without a body is complete with its head, and holds nothing that counts. */
static void
test_no_body (void)
{
  BelfryIncoming request = { 0 };

  g_assert_cmpuint (belfry_incoming_room (&request), ==, BELFRY_REQUEST_HEAD_MAX);
  g_assert_cmpuint (add_text (&request, "GET / HT"), ==, BELFRY_REQUEST_HEAD_MORE);
  g_assert_cmpuint (belfry_incoming_room (&request), ==, BELFRY_REQUEST_HEAD_MAX - 8);
  g_assert_cmpuint (add_text (&request, "TP/1.1\r\nHost: a\r\n\r\n"), ==,
                    BELFRY_REQUEST_HEAD_COMPLETE);
  g_assert_cmpuint (belfry_incoming_room (&request), ==, 0);
  g_assert_cmpuint (belfry_incoming_get_held (&request), ==, 0);
  belfry_incoming_clear (&request);
}

/* A body is read to its end and no further, in steps of a bounded size. */
static void
test_body (void)
{
  g_autofree char *part = g_strnfill (BELFRY_REQUEST_HEAD_MAX, 'x');
  BelfryIncoming request = { 0 };
  gsize left = MAX_BODY;

  g_assert_cmpuint (add_text (&request, POST ("50000")), ==, BELFRY_INCOMING_BODY);
  while (left > 0)
    {
      gsize room = belfry_incoming_room (&request);

      g_assert_cmpuint (room, ==, MIN (left, BELFRY_REQUEST_HEAD_MAX));
      left -= room;
      g_assert_cmpuint (add (&request, part, room), ==,
                        left > 0 ? BELFRY_INCOMING_BODY : BELFRY_REQUEST_HEAD_COMPLETE);
    }
  g_assert_cmpuint (belfry_incoming_room (&request), ==, 0);
  g_assert_cmpuint (belfry_incoming_get_held (&request), ==, strlen (POST ("50000")) + MAX_BODY);
  belfry_incoming_clear (&request);
  g_assert_cmpuint (belfry_incoming_room (&request), ==, BELFRY_REQUEST_HEAD_MAX);
}

/* What comes behind the request with its first bytes is kept, and does not confuse the count. */
static void
test_more (void)
{
  BelfryIncoming request = { 0 };

  g_assert_cmpuint (add_text (&request, POST ("3") "abcGET"), ==, BELFRY_REQUEST_HEAD_COMPLETE);
  g_assert_cmpuint (belfry_incoming_room (&request), ==, 0);
  g_assert_cmpuint (request.bytes->len, ==, strlen (POST ("3") "abcGET"));
  belfry_incoming_clear (&request);
}

static const struct
{
  const char *defect;
  const char *bytes;
  guint status;
} bad[] = {
  { "no request", "\x16\x03\x01", 400 },
  { "a body one byte too long", POST ("50001"), 413 },
  { "a body as long as a number can be", POST ("999999999999999999"), 413 },
  { "a body where there is none", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", 413 },
  { "chunks", "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411 },
};

/* What cannot be taken is refused before any of it is collected. */
static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      BelfryIncoming request = { 0 };

      g_test_message ("%s", bad[i].defect);
      g_assert_cmpuint (add_text (&request, bad[i].bytes), ==, bad[i].status);
      belfry_incoming_clear (&request);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/incoming/no-body", test_no_body);
  belfry_test_add ("/incoming/body", test_body);
  belfry_test_add ("/incoming/more", test_more);
  belfry_test_add ("/incoming/bad", test_bad);
  return g_test_run ();
}
