/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-slots.h"

#include <string.h>

#include "belfry-redis-reader.h"
#include "belfry-test.h"

#define NODE(host, port) "*3\r\n" host "\r\n:" port "\r\n$2\r\nid\r\n"
#define RANGE(first, last, node) "*3\r\n:" first "\r\n:" last "\r\n" node
#define A NODE ("$1\r\na", "1")
#define B NODE ("$1\r\nb", "2")

static BelfryRedisSlots *
slots_read (const char *text, GError **error)
{
  const BelfryRedisLimits limits = BELFRY_REDIS_LIMITS_DEFAULT;
  g_autoptr (BelfryRedisReader) reader = belfry_redis_reader_new (&limits);
  g_autoptr (BelfryRedisReply) reply = NULL;

  belfry_redis_reader_feed (reader, (const guint8 *) text, strlen (text));
  g_assert_true (belfry_redis_reader_next (reader, &reply, NULL));
  g_assert_nonnull (reply);
  return belfry_redis_slots_read (reply, "asked", error);
}

static void
assert_owner (const BelfryRedisSlots *slots, guint slot, const char *address)
{
  g_assert_cmpstr (belfry_redis_slots_get_address (slots, belfry_redis_slots_find (slots, slot)),
                   ==, address);
}

/* Each slot has the primary of its range; a node with several ranges is one node, and replicas are
 * known, but have nothing. What a node does not tell of its host is where it was asked. */
static void
test_good (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryRedisSlots) slots =
      slots_read ("*4\r\n" RANGE ("0", "99", A) "*4\r\n:100\r\n:199\r\n" B NODE ("$1\r\nc", "3")
                      RANGE ("200", "299", NODE ("$-1", "4")) RANGE ("300", "16383", A),
                  &error);

  g_assert_no_error (error);
  g_assert_cmpuint (belfry_redis_slots_get_n_nodes (slots), ==, 4);
  assert_owner (slots, 0, "a 1");
  assert_owner (slots, 99, "a 1");
  assert_owner (slots, 100, "b 2");
  assert_owner (slots, 250, "asked 4");
  assert_owner (slots, 16383, "a 1");
  g_assert_cmpint (belfry_redis_slots_get_first (slots, belfry_redis_slots_find (slots, 300)), ==,
                   0);
  for (guint i = 0; i < belfry_redis_slots_get_n_nodes (slots); i++)
    {
      if (g_str_equal (belfry_redis_slots_get_host (slots, i), "c"))
        {
          g_assert_cmpint (belfry_redis_slots_get_first (slots, i), ==, -1);
          g_assert_cmpstr (belfry_redis_slots_get_port (slots, i), ==, "3");
        }
    }
}

/* An empty host is as good as none; IPv6 addresses are hosts. */
static void
test_hosts (void)
{
  g_autoptr (BelfryRedisSlots) empty =
      slots_read ("*1\r\n" RANGE ("0", "16383", NODE ("$0\r\n", "7")), NULL);
  g_autoptr (BelfryRedisSlots) literal =
      slots_read ("*1\r\n" RANGE ("0", "16383", NODE ("$3\r\n::1", "7")), NULL);

  assert_owner (empty, 1, "asked 7");
  assert_owner (literal, 1, "::1 7");
}

/* Between two maps, slots count whose node is another, whatever the nodes' order. */
static void
test_moved (void)
{
  g_autoptr (BelfryRedisSlots) one =
      slots_read ("*2\r\n" RANGE ("0", "9", A) RANGE ("10", "16383", B), NULL);
  g_autoptr (BelfryRedisSlots) other =
      slots_read ("*3\r\n" RANGE ("13", "16383", B) RANGE ("12", "12", NODE ("$1\r\nb", "9"))
                      RANGE ("0", "11", A),
                  NULL);

  g_assert_cmpuint (belfry_redis_slots_count_moved (one, one), ==, 0);
  g_assert_cmpuint (belfry_redis_slots_count_moved (other, one), ==, 3);
  g_assert_cmpuint (belfry_redis_slots_count_moved (one, other), ==, 3);
}

typedef struct
{
  const char *defect;
  const char *text;
} BadCase;

static const BadCase bad_cases[] = {
  { "no list", ":1\r\n" },
  { "nil", "*-1\r\n" },
  { "an error", "-ERR This instance has cluster support disabled\r\n" },
  { "no range", "*0\r\n" },
  { "a slot without a node", "*1\r\n" RANGE ("1", "16383", A) },
  { "a hole", "*2\r\n" RANGE ("0", "5", A) RANGE ("7", "16383", B) },
  { "a slot twice", "*2\r\n" RANGE ("0", "16383", A) RANGE ("7", "7", B) },
  { "a range that is none", "*1\r\n:1\r\n" },
  { "a range without a node", "*1\r\n*2\r\n:0\r\n:16383\r\n" },
  { "a slot that is none", "*1\r\n" RANGE ("0", "16384", A) },
  { "a slot below zero", "*1\r\n" RANGE ("-1", "16383", A) },
  { "a slot beyond all numbers", "*1\r\n" RANGE ("0", "9223372036854775807", A) },
  { "a range backwards", "*1\r\n" RANGE ("16383", "0", A) },
  { "a slot in text", "*1\r\n*3\r\n$1\r\n0\r\n:16383\r\n" A },
  { "a node that is none", "*1\r\n" RANGE ("0", "16383", "$1\r\na\r\n") },
  { "a node without a port", "*1\r\n" RANGE ("0", "16383", "*1\r\n$1\r\na\r\n") },
  { "port 0", "*1\r\n" RANGE ("0", "16383", NODE ("$1\r\na", "0")) },
  { "a port that is too large", "*1\r\n" RANGE ("0", "16383", NODE ("$1\r\na", "65536")) },
  { "a host that is a number", "*1\r\n" RANGE ("0", "16383", NODE (":1", "1")) },
  { "a host that is unknown", "*1\r\n" RANGE ("0", "16383", NODE ("$1\r\n?", "1")) },
  { "a host with a space", "*1\r\n" RANGE ("0", "16383", NODE ("$3\r\na b", "1")) },
  { "a replica that is none", "*1\r\n*4\r\n:0\r\n:16383\r\n" A ":1\r\n" },
};

/* What is no map, or not a whole one, is refused. */
static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad_cases[i].defect);
      g_assert_null (slots_read (bad_cases[i].text, &error));
      g_assert_nonnull (error);
      g_assert_true (error->domain == BELFRY_ERROR);
    }
}

int
main (int argc, char **argv)
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-slots/good", test_good);
  belfry_test_add ("/redis-slots/hosts", test_hosts);
  belfry_test_add ("/redis-slots/moved", test_moved);
  belfry_test_add ("/redis-slots/bad", test_bad);
  return g_test_run ();
}
