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
  { "unknown key", "List", "({'usr': <'x'>}, '', uint32 0)", "InvalidArgument" },
  { "a user that is a number", "List", "({'user': <1>}, '', uint32 0)", "InvalidArgument" },
  { "a state that is none", "List", "({'state': <'odd'>}, '', uint32 0)", "InvalidArgument" },
  { "a state that is a number", "List", "({'state': <1>}, '', uint32 0)", "InvalidArgument" },
  { "queued of 32 bits", "List", "({'queued': <uint32 1>}, '', uint32 0)", "InvalidArgument" },
  { "a cursor of words", "List", "(@a{sv} {}, 'next', uint32 0)", "InvalidArgument" },
  { "a cursor with more behind it", "List", "(@a{sv} {}, '1.abc', uint32 0)", "InvalidArgument" },
  { "a cursor beyond all numbers", "List", "(@a{sv} {}, '18446744073709551616', uint32 0)",
    "InvalidArgument" },
  { "a cursor below all", "List", "(@a{sv} {}, '0', uint32 0)", "InvalidArgument" },
  { "a cursor with a sign", "List", "(@a{sv} {}, '-1', uint32 0)", "InvalidArgument" },
  { "no such session", "Get", "('nobody',)", "NotFound" },
  { "no such session", "Close", "('nobody', uint32 1000, '')", "NotFound" },
  { "a code that is never sent", "Close", "('x', uint32 1006, '')", "InvalidArgument" },
  { "a code of extensions", "Close", "('x', uint32 1010, '')", "InvalidArgument" },
  { "a code of nobody", "Close", "('x', uint32 2999, '')", "InvalidArgument" },
  { "a code beyond all", "Close", "('x', uint32 5000, '')", "InvalidArgument" },
  { "a code that wraps", "Close", "('x', uint32 66536, '')", "InvalidArgument" },
  { "a reason too long", "Close",
    "('x', uint32 1000, '0123456789012345678901234567890123456789012345678901234567890123456789"
    "012345678901234567890123456789012345678901234567890123')",
    "InvalidArgument" },
  { "nobody's sessions", "CloseUser", "('', '')", "InvalidArgument" },
  { "no such session", "SubscribeTo", "('nobody', 'x')", "NotFound" },
  { "no such session", "UnsubscribeFrom", "('nobody', 'x')", "NotFound" },
  { "no such session", "Send", "('nobody', '{}')", "NotFound" },
  { "nobody to block", "BlockUser", "('', uint64 1)", "InvalidArgument" },
  { "a time beyond all", "BlockUser", "('x', uint64 9223372036854775808)", "InvalidArgument" },
  { "nobody is blocked", "UnblockUser", "('x',)", "NotFound" },
  { "no token", "RevokeToken", "('', uint64 1)", "InvalidArgument" },
  { "a time beyond all", "RevokeToken", "('x', uint64 9223372036854775808)", "InvalidArgument" },
};

/* What cannot be meant is told, and nothing is done. */
static void
test_bad (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *method = g_strconcat ("Sessions1.", bad[i].method, NULL);

      g_test_message ("%s: %s", bad[i].method, bad[i].defect);
      belfry_test_control_assert_fails (&test, method, bad[i].arguments, bad[i].name, "*");
    }
  belfry_test_control_clear (&test);
}

static GVariant *
list (BelfryTestControl *test, const char *filter, const char *cursor, guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) dict = g_variant_parse (G_VARIANT_TYPE_VARDICT, filter, NULL, NULL, &error);

  g_assert_no_error (error);
  GVariant *reply =
      belfry_test_control_call (test, test->client, "Sessions1.List",
                                g_variant_new ("(@a{sv}su)", dict, cursor, limit), &error);
  g_assert_no_error (error);
  return reply;
}

static void
assert_users (BelfryTestControl *test, const char *filter, const char *expected)
{
  g_autoptr (GVariant) reply = list (test, filter, "", 0);
  g_autoptr (GVariant) sessions = g_variant_get_child_value (reply, 0);
  g_autoptr (GString) users = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (sessions); i++)
    {
      g_autoptr (GVariant) session = g_variant_get_child_value (sessions, i);
      const char *user = "-";

      g_variant_lookup (session, "user", "&s", &user);
      g_string_append_printf (users, "%s ", user);
    }
  g_assert_cmpstr (users->str, ==, expected);
}

/* Sessions are chosen by what they are. */
static void
test_filters (void)
{
  BelfryTestControl test;
  BelfrySessionParams params = { .dialect = "typed", .endpoint = "/ws", .peer = "192.0.2.7" };

  belfry_test_control_init (&test, "");
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  BelfryFakeClient *b = belfry_fake_client_new_with (test.core.shards[1], &params);
  belfry_fake_client_settle ();
  BelfryFakeClient *c = belfry_test_core_client (&test.core, "carol");

  belfry_fake_client_subscribe (c, "x");
  belfry_fake_client_settle ();
  c->queued = 1000;
  assert_users (&test, "{}", "alice - carol ");
  assert_users (&test, "{'user': <'alice'>}", "alice ");
  assert_users (&test, "{'address': <'192.0.2.7'>}", "- ");
  assert_users (&test, "{'topic': <'x'>}", "carol ");
  assert_users (&test, "{'topic': <'y'>}", "");
  assert_users (&test, "{'dialect': <'typed'>}", "- ");
  assert_users (&test, "{'state': <'authenticated'>}", "alice carol ");
  assert_users (&test, "{'state': <'anonymous'>}", "- ");
  assert_users (&test, "{'queued': <uint64 1000>}", "carol ");
  assert_users (&test, "{'queued': <uint64 1001>}", "");
  assert_users (&test, "{'queued': <uint64 0>, 'user': <'alice'>}", "alice ");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_test_control_clear (&test);
}

#define N_CLIENTS 7

/* Pages have all sessions, each once, though those where they end may go meanwhile. */
static void
test_pages (void)
{
  BelfryTestControl test;
  BelfryFakeClient *clients[N_CLIENTS];
  g_autofree char *cursor = g_strdup ("");
  gsize n = 0;

  belfry_test_control_init (&test, "");
  for (gsize i = 0; i < N_CLIENTS; i++)
    clients[i] = belfry_test_core_client (&test.core, "alice");
  do
    {
      g_autoptr (GVariant) reply = list (&test, "{}", cursor, 2);
      g_autoptr (GVariant) sessions = g_variant_get_child_value (reply, 0);

      for (gsize i = 0; i < g_variant_n_children (sessions); i++, n++)
        {
          g_autoptr (GVariant) session = g_variant_get_child_value (sessions, i);
          const char *id;

          g_assert_true (g_variant_lookup (session, "id", "&s", &id));
          g_assert_cmpstr (id, ==, belfry_session_get_id (clients[n]->session));
        }
      g_clear_pointer (&cursor, g_free);
      g_variant_get_child (reply, 1, "s", &cursor);
      /* the one where the page ended, and the one before it */
      if (n == 4)
        {
          belfry_fake_client_leave (clients[2], 1000);
          belfry_fake_client_leave (clients[3], 1000);
          belfry_fake_client_settle ();
        }
    }
  while (*cursor != '\0');
  g_assert_cmpuint (n, ==, N_CLIENTS);
  for (gsize i = 0; i < N_CLIENTS; i++)
    belfry_fake_client_free (clients[i]);
  belfry_test_control_clear (&test);
}

/* An administrator does to a session what no policy would let it do. */
static void
test_session (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  const char *id = belfry_session_get_id (a->session);
  g_autofree char *one = g_strdup_printf ("('%s',)", id);
  g_autofree char *topic = g_strdup_printf ("('%s', 'deny-x')", id);
  g_autofree char *json = g_strdup_printf ("('%s', '{\"a\":1}')", id);
  g_autofree char *broken = g_strdup_printf ("('%s', '{')", id);
  g_autofree char *close = g_strdup_printf ("('%s', uint32 4999, 'go')", id);

  belfry_test_control_assert (&test, "Sessions1.SubscribeTo", topic, "()");
  belfry_fake_client_assert_told (a, "subscribed deny-x");
  belfry_test_control_assert (&test, "Sessions1.Get", one,
                              "*'user': <'alice'>*'topics': <['deny-x']>*");
  belfry_test_control_assert (&test, "Sessions1.UnsubscribeFrom", topic, "()");
  belfry_test_control_assert_fails (&test, "Sessions1.UnsubscribeFrom", topic, "NotSubscribed",
                                    "*");
  belfry_fake_client_assert_told (a, "unsubscribed deny-x");
  belfry_test_control_assert (&test, "Sessions1.Send", json, "()");
  belfry_fake_client_assert_told (a, "message $session {\"a\":1}");
  belfry_test_control_assert_fails (&test, "Sessions1.Send", broken, "BadRequest", "*");
  belfry_test_control_assert (&test, "Sessions1.Close", close, "()");
  belfry_fake_client_assert_told (a, "close 4999");
  belfry_fake_client_free (a);
  belfry_test_control_clear (&test);
}

/* A user can be sent away, and kept out. */
static void
test_user (void)
{
  BelfryTestControl test;

  belfry_test_control_init (&test, "");
  BelfryFakeClient *a = belfry_test_core_client (&test.core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&test.core, "bob;jti=7");

  belfry_test_control_assert (&test, "Sessions1.CloseUser", "('alice', 'go')", "(1,)");
  belfry_fake_client_assert_told (a, "close 4403");
  belfry_test_control_assert (&test, "Sessions1.CloseUser", "('alice', 'go')", "(0,)");
  belfry_test_control_assert (&test, "Sessions1.RevokeToken", "('7', uint64 9000000000000000)",
                              "()");
  belfry_fake_client_assert_told (b, "close 4403");
  belfry_test_control_assert (&test, "Sessions1.BlockUser", "('carol', uint64 9000000000000000)",
                              "()");
  belfry_test_control_assert (&test, "Sessions1.UnblockUser", "('carol',)", "()");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_control_clear (&test);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/control-sessions/bad", test_bad);
  belfry_test_add ("/control-sessions/filters", test_filters);
  belfry_test_add ("/control-sessions/pages", test_pages);
  belfry_test_add ("/control-sessions/session", test_session);
  belfry_test_add ("/control-sessions/user", test_user);
  return g_test_run ();
}
