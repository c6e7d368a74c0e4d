/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-control.h"

#include <string.h>

#include "belfry-test-control.h"
#include "belfry-test.h"

typedef struct
{
  const char *defect;    /* (unowned) */
  const char *method;    /* (unowned) */
  const char *arguments; /* (unowned) */
  const char *name;      /* (unowned) */
} Bad;

static const Bad bad[] = {
  { "a pattern that is none", "List", "('a.>.b', '', uint32 0)", "TopicInvalid" },
  { "a reserved pattern", "List", "('__x', '', uint32 0)", "TopicInvalid" },
  { "two words", "Get", "('a b',)", "TopicInvalid" },
  { "a reserved name", "Get", "('$x',)", "TopicInvalid" },
  { "publishing to a pattern", "Publish", "('a.*', 'x', @a{sv} {})", "TopicInvalid" },
  { "publishing to a reserved name", "Publish", "('$session', 'x', @a{sv} {})", "TopicInvalid" },
  { "an option that is none", "Publish", "('a', 'x', {'key': <'k'>})", "InvalidArgument" },
  { "a key that is a number", "Publish", "('a', 'x', {'idempotency_key': <1>})",
    "InvalidArgument" },
  { "an empty key", "Publish", "('a', 'x', {'idempotency_key': <''>})", "InvalidArgument" },
  { "an option that is none, with bytes", "PublishBytes", "('a', [byte 1], {'key': <'k'>})",
    "InvalidArgument" },
  { "the history of a pattern", "History", "('a.*', uint64 0, uint32 0)", "TopicInvalid" },
  { "the same from an offset", "History", "('a.*', uint64 1, uint32 0)", "TopicInvalid" },
  { "who is at a pattern", "Presence", "('a.*',)", "TopicInvalid" },
};

/* What cannot be meant is told, and nothing is published. */
static void
test_bad (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *method = g_strconcat ("Topics1.", bad[i].method, NULL);

      g_test_message ("%s: %s", bad[i].method, bad[i].defect);
      belfry_test_control_assert_fails (&test, method, bad[i].arguments, bad[i].name, "*");
    }
  belfry_test_control_clear (&test);
}

/* Topics are listed by name; the last page says that it is the last. */
static void
test_list (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  belfry_fake_client_subscribe (a, "c a.1 b a.*");
  belfry_fake_client_settle ();
  belfry_test_control_assert (&test, "Topics1.List", "('', '', uint32 2)",
                              "(**'topic': <'a.*'>*'topic': <'a.1'>*], 'a.1')");
  belfry_test_control_assert (&test, "Topics1.List", "('', 'a.1', uint32 2)",
                              "(**'topic': <'b'>*'topic': <'c'>*], '')");
  belfry_test_control_assert (&test, "Topics1.List", "('', 'c', uint32 2)", "([], '')");
  belfry_test_control_assert (&test, "Topics1.List", "('b', '', uint32 0)",
                              "(**'topic': <'b'>, 'subscribers': <uint32 1>*], '')");
  belfry_test_control_assert (&test, "Topics1.Get", "('nobody',)", "*'subscribers': <uint32 0>*");
  belfry_fake_client_free (a);
  belfry_test_control_clear (&test);
}

/* Who publishes is told for how many here, and where the message stands. */
static void
test_publish (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "[topic news]\nhistory-size = 10\n");
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&test.core, "bob");
  belfry_fake_client_subscribe (a, "x");
  belfry_fake_client_subscribe (b, "x *");
  belfry_fake_client_settle ();
  belfry_fake_client_forget (a);
  belfry_test_control_assert (&test, "Topics1.Publish", "('x', '[1]', @a{sv} {})",
                              "({'subscribers': <uint32 3>},)");
  belfry_fake_client_assert_told (a, "message x [1]");
  belfry_test_control_assert (
      &test, "Topics1.Publish", "('news', 'one', {'idempotency_key': <'k'>})",
      "({'subscribers': <uint32 1>, 'offset': <uint64 1>, 'epoch': <'*'>},)");
  belfry_test_control_assert (
      &test, "Topics1.Publish", "('news', 'one', {'idempotency_key': <'k'>})",
      "({'subscribers': <uint32 1>, 'offset': <uint64 1>, 'epoch': <'*'>},)");
  belfry_test_control_assert (
      &test, "Topics1.PublishBytes", "('news', [byte 255], @a{sv} {})",
      "({'subscribers': <uint32 1>, 'offset': <uint64 2>, 'epoch': <'*'>},)");
  belfry_test_control_assert (
      &test, "Topics1.History", "('news', uint64 0, uint32 0)",
      "(**'payload': <'one'>*'payload_bytes': <[byte 0xff]>*'offset': <uint64 2>*'complete': <true>})");
  belfry_test_control_assert (
      &test, "Topics1.History", "('news', uint64 1, uint32 1)",
      "([{'offset': <uint64 2>, 'published': <*>, 'payload_bytes': <*>}], *)");
  belfry_test_control_assert (&test, "Topics1.History", "('x', uint64 5, uint32 1)",
                              "([], {'complete': <false>})");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_control_clear (&test);
}

/* How many bytes of payload a message of the test has, and how many of them are published. */
#define LARGE (1024 * 1024 - 1024)
#define N_LARGE 6

static void
assert_page (BelfryTestControl *test, guint64 after, guint n, guint64 first)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      belfry_test_control_call (test, test->client, "Topics1.History",
                                g_variant_new ("(stu)", "news", after, 0), &error);

  g_assert_no_error (error);
  g_autoptr (GVariant) messages = g_variant_get_child_value (reply, 0);
  g_autoptr (GVariant) position = g_variant_get_child_value (reply, 1);
  g_autoptr (GVariant) oldest = g_variant_get_child_value (messages, 0);
  guint64 offset = 0;
  gboolean complete = TRUE;

  g_assert_cmpuint (g_variant_n_children (messages), ==, n);
  g_assert_true (g_variant_lookup (oldest, "offset", "t", &offset));
  g_assert_cmpuint (offset, ==, first);
  g_assert_true (g_variant_lookup (position, "complete", "b", &complete));
  g_assert_cmpint (complete, ==, first + n - 1 == N_LARGE && after + 1 == first);
}

/* Large messages do not come all at once: who reads on gets the oldest, who looks gets the newest,
 * and both are told that it is not all. */
static void
test_large_history (void)
{
  BelfryTestControl test;
  g_autofree char *payload = g_malloc (LARGE + 1);

  belfry_test_control_init (
      &test, "[websocket]\nmax-message-size = 1MiB\n[topic news]\nhistory-size = 10\n"
             "history-bytes = 16MiB\n");
  memset (payload, 'x', LARGE);
  payload[LARGE] = '\0';
  for (guint i = 0; i < N_LARGE; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) reply =
          belfry_test_control_call (&test, test.client, "Topics1.Publish",
                                    g_variant_new_parsed ("('news', %s, @a{sv} {})", payload),
                                    &error);

      g_assert_no_error (error);
    }
  assert_page (&test, 0, 4, 3);
  assert_page (&test, 1, 4, 2);
  assert_page (&test, 5, 1, 6);
  belfry_test_control_clear (&test);
}

/* Who is there. */
static void
test_presence (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "[topic lobby]\npresence = yes\n");
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  belfry_fake_client_subscribe (a, "lobby");
  belfry_fake_client_settle ();
  belfry_test_control_assert (&test, "Topics1.Presence", "('lobby',)",
                              "*'user': <'alice'>, 'sessions': <uint32 1>*");
  belfry_test_control_assert (&test, "Topics1.Presence", "('x',)", "([],)");
  belfry_fake_client_free (a);
  belfry_test_control_clear (&test);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/control-topics/bad", test_bad);
  belfry_test_add ("/control-topics/list", test_list);
  belfry_test_add ("/control-topics/publish", test_publish);
  belfry_test_add ("/control-topics/large-history", test_large_history);
  belfry_test_add ("/control-topics/presence", test_presence);
  return g_test_run ();
}
