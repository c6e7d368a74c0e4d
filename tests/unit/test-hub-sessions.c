/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include "belfry-error.h"
#include "belfry-hub-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* The names of topics, or the ids of sessions, one after the other. */
static char *
names (GPtrArray *infos, gboolean are_topics)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < infos->len; i++)
    {
      const BelfryTopicInfo *topic = g_ptr_array_index (infos, i);
      const BelfrySessionInfo *session = g_ptr_array_index (infos, i);

      if (are_topics)
        g_string_append_printf (text, "%s:%u ", topic->topic, topic->subscribers);
      else
        g_string_append_printf (text, "%s ", session->user != NULL ? session->user : "-");
    }
  g_ptr_array_unref (infos);
  return g_string_free (text, FALSE);
}

static void
assert_topics (BelfryTestCore *core, const char *pattern, const char *after, const char *expected)
{
  g_autofree char *next = NULL;
  g_autofree char *topics =
      names (belfry_hub_list_topics (core->hub, pattern, after, 3, &next), TRUE);

  g_assert_cmpstr (topics, ==, expected);
}

static void
assert_sessions (BelfryTestCore *core, const BelfrySessionFilter *filter, const char *expected)
{
  g_autofree char *users = names (belfry_hub_list_sessions (core->hub, filter, 0, 10), FALSE);

  g_assert_cmpstr (users, ==, expected);
}

/* Topics are listed by name, a page at a time, all or those that a pattern means. */
static void
test_topics (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "[topic b.*]\npresence = yes\n");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "c a b.1 b.* b.2");
  belfry_fake_client_subscribe (b, "c");
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_hub_get_n_topics (core.hub), ==, 5);
  assert_topics (&core, NULL, NULL, "a:1 b.*:1 b.1:1 ");
  assert_topics (&core, NULL, "b.1", "b.2:1 c:2 ");
  assert_topics (&core, NULL, "c", "");
  assert_topics (&core, "b.*", NULL, "b.*:1 b.1:1 b.2:1 ");
  assert_topics (&core, "c", NULL, "c:2 ");
  g_autofree char *next = NULL;
  g_autoptr (GPtrArray) infos = belfry_hub_list_topics (core.hub, "b.1", NULL, 1, &next);
  g_assert_true (((BelfryTopicInfo *) g_ptr_array_index (infos, 0))->traits.presence);
  belfry_fake_client_leave (a, 1000);
  belfry_fake_client_settle ();
  assert_topics (&core, NULL, NULL, "c:1 ");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Sessions are listed in the order in which they came, by what they are. */
static void
test_sessions (void)
{
  BelfryTestCore core;
  BelfrySessionParams params = { .dialect = "typed", .endpoint = "/ws", .peer = "192.0.2.7" };

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  belfry_fake_client_settle ();
  BelfryFakeClient *b = belfry_fake_client_new_with (core.shards[1], &params);
  belfry_fake_client_settle ();
  BelfryFakeClient *c = belfry_test_core_client (&core, "carol");
  BelfryFakeClient *d = belfry_test_core_client (&core, "alice");

  belfry_fake_client_subscribe (c, "x");
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_hub_get_n_sessions (core.hub), ==, 4);
  assert_sessions (&core, NULL, "alice - carol alice ");
  assert_sessions (&core, &(BelfrySessionFilter){ .authenticated = -1 }, "alice - carol alice ");
  assert_sessions (&core, &(BelfrySessionFilter){ .authenticated = 1 }, "alice carol alice ");
  assert_sessions (&core, &(BelfrySessionFilter){ .authenticated = 0 }, "- ");
  assert_sessions (&core, &(BelfrySessionFilter){ .user = "alice", .authenticated = -1 },
                   "alice alice ");
  assert_sessions (&core, &(BelfrySessionFilter){ .topic = "x", .authenticated = -1 }, "carol ");
  assert_sessions (&core, &(BelfrySessionFilter){ .topic = "y", .authenticated = -1 }, "");
  assert_sessions (&core, &(BelfrySessionFilter){ .peer = "192.0.2.7", .authenticated = -1 }, "- ");
  assert_sessions (&core, &(BelfrySessionFilter){ .dialect = "typed", .authenticated = -1 }, "- ");
  assert_sessions (&core,
                   &(BelfrySessionFilter){ .dialect = "typed", .user = "x", .authenticated = -1 },
                   "");
  belfry_fake_client_leave (b, 1000);
  belfry_fake_client_settle ();
  assert_sessions (&core, NULL, "alice carol alice ");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_fake_client_free (d);
  belfry_test_core_clear (&core);
}

/* A list of any length is read in pages, none twice and none left out. */
static void
test_pages (void)
{
  BelfryTestCore core;
  BelfryFakeClient *clients[7];
  guint64 after = 0;
  guint n = 0;
  guint length = 0;

  belfry_test_core_init (&core, "");
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = belfry_test_core_client (&core, "alice");
  do
    {
      g_autoptr (GPtrArray) page = belfry_hub_list_sessions (core.hub, NULL, after, 3);

      length = page->len;
      for (guint i = 0; i < length; i++, n++)
        {
          const BelfrySessionInfo *info = g_ptr_array_index (page, i);

          g_assert_cmpstr (info->id, ==, belfry_session_get_id (clients[n]->session));
          g_assert_cmpuint (info->serial, >, after);
          after = info->serial;
        }
    }
  while (length == 3);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (clients));
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    belfry_fake_client_free (clients[i]);
  belfry_test_core_clear (&core);
}

static BelfrySessionInfo *
get_session (BelfryTestCore *core, const char *id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  belfry_hub_get_session_async (core->hub, id, NULL, on_result, &result);
  belfry_test_wait_until (result != NULL);
  BelfrySessionInfo *info = belfry_hub_get_session_finish (core->hub, result, &error);
  g_assert_no_error (error);
  return info;
}

/* What waits for a client is known to its shard alone, which is asked. */
static void
test_get_session (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  belfry_fake_client_subscribe (a, "x");
  belfry_fake_client_settle ();
  a->queued = 17;
  BelfrySessionInfo *info = get_session (&core, belfry_session_get_id (a->session));
  g_assert_cmpuint (info->queued, ==, 17);
  g_assert_cmpstr (info->user, ==, "alice");
  g_assert_cmpstr (info->peer, ==, "192.0.2.1");
  g_assert_cmpstr (info->endpoint, ==, "/");
  g_assert_cmpstr (info->dialect, ==, "action");
  g_assert_cmpstr (info->topics[0], ==, "x");
  g_assert_null (info->topics[1]);
  g_assert_cmpint (info->opened, ==, belfry_clock_wall (BELFRY_CLOCK (core.clock)));
  belfry_session_info_free (info);
  g_assert_null (get_session (&core, "nobody"));
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* Whoever asks for a session that leaves at that moment gets what is known of it. */
static void
test_get_session_that_leaves (void)
{
  BelfryTestCore core;
  g_autoptr (GAsyncResult) result = NULL;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  a->queued = 17;
  belfry_hub_get_session_async (core.hub, belfry_session_get_id (a->session), NULL, on_result,
                                &result);
  belfry_fake_client_leave (a, 1001);
  belfry_test_wait_until (result != NULL);
  BelfrySessionInfo *info = belfry_hub_get_session_finish (core.hub, result, NULL);
  g_assert_cmpstr (info->user, ==, "alice");
  g_assert_cmpuint (info->queued, ==, 0);
  belfry_session_info_free (info);
  g_clear_object (&result);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* A session that is closed gets nothing any more, asks for nothing, and gives up all that it had.
 */
static void
test_close (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  const char *id = belfry_session_get_id (a->session);

  belfry_fake_client_subscribe (a, "x late-y");
  belfry_fake_client_settle ();
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "subscribed x late-y");
  belfry_fake_client_subscribe (a, "late-z");
  belfry_fake_client_settle ();
  g_assert_true (belfry_hub_close_session (core.hub, id, 4403, "go"));
  g_assert_false (belfry_hub_close_session (core.hub, id, 4403, "go"));
  belfry_test_core_publish (&core, "x", "1");
  belfry_fake_client_subscribe (a, "q");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "close 4403");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, NULL);
  belfry_fake_client_assert_told (a, "");
  g_assert_cmpuint (belfry_hub_get_n_topics (core.hub), ==, 0);
  g_assert_false (belfry_hub_close_session (core.hub, "nobody", 4403, "go"));
  belfry_fake_client_free (a);
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_hub_get_n_sessions (core.hub), ==, 0);
  belfry_test_core_clear (&core);
}

/* A blocked user is closed and kept out until the time is over, or until he is unblocked. */
static void
test_block (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  gint64 until = belfry_clock_wall (BELFRY_CLOCK (core.clock)) + 60 * SECOND;
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  BelfryFakeClient *c = belfry_fake_client_new (core.shards[0], "late-alice");

  belfry_fake_client_settle ();
  belfry_hub_block_user (core.hub, "alice", until);
  belfry_fake_client_assert_told (a, "close 4403");
  belfry_fake_client_assert_told (b, "");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (c, "welcome; error forbidden; close 4403");
  belfry_fake_client_sign_in (b, BELFRY_REQUEST_REFRESH, "bob;jti=2");
  belfry_fake_client_assert_told (b, "refreshed");
  g_assert_true (belfry_hub_unblock_user (core.hub, "alice"));
  g_assert_false (belfry_hub_unblock_user (core.hub, "alice"));
  BelfryFakeClient *d = belfry_test_core_client (&core, "alice");
  belfry_hub_block_user (core.hub, "alice", until);
  belfry_fake_client_assert_told (d, "close 4403");
  belfry_test_core_advance (&core, 61 * SECOND);
  BelfryFakeClient *e = belfry_test_core_client (&core, "alice");
  belfry_hub_block_user (core.hub, "alice", until);
  belfry_fake_client_assert_told (e, "");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_fake_client_free (d);
  belfry_fake_client_free (e);
  belfry_test_core_clear (&core);
}

/* A revoked token closes who signed in with it, and nobody else of the user. */
static void
test_revoke (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  gint64 until = belfry_clock_wall (BELFRY_CLOCK (core.clock)) + 60 * SECOND;
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;jti=1");
  BelfryFakeClient *b = belfry_test_core_client (&core, "alice;jti=2");
  BelfryFakeClient *c = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *d = belfry_fake_client_new (core.shards[0], NULL);

  belfry_fake_client_assert_told (d, "welcome");
  belfry_hub_revoke_token (core.hub, "1", until);
  belfry_fake_client_assert_told (a, "close 4403");
  belfry_fake_client_assert_told (b, "");
  belfry_fake_client_assert_told (c, "");
  belfry_fake_client_sign_in (b, BELFRY_REQUEST_REFRESH, "alice;jti=1");
  belfry_fake_client_assert_told (b, "error forbidden; close 4403");
  belfry_fake_client_assert_told (d, "");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_fake_client_free (d);
  belfry_test_core_clear (&core);
}

/* A policy that closes the session that it is asked about. */
#define TEST_TYPE_TRAITOR (test_traitor_get_type ())
G_DECLARE_FINAL_TYPE (TestTraitor, test_traitor, TEST, TRAITOR, GObject)

struct _TestTraitor
{
  GObject parent_instance;

  BelfryHub *hub; /* (unowned) */
  guint n_closed;
};

static void test_traitor_iface_init (BelfryTopicPolicyInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestTraitor,
                               test_traitor,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY,
                                                      test_traitor_iface_init))

/* The topic is still needed afterwards. */
static BelfryVerdict
test_traitor_decide (BelfryTopicPolicy *policy,
                     BelfryIdentity *identity,
                     BelfryTopicAction action,
                     const char *topic)
{
  TestTraitor *self = TEST_TRAITOR (policy);

  if (!g_str_has_prefix (topic, "traitor"))
    return BELFRY_VERDICT_ALLOW;
  self->n_closed +=
      belfry_hub_close_user (self->hub, belfry_identity_get_subject (identity), 4403, "you asked");
  return g_str_has_suffix (topic, "ask") ? BELFRY_VERDICT_ASK : BELFRY_VERDICT_ALLOW;
}

static void
test_traitor_iface_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = test_traitor_decide;
}

static void
test_traitor_class_init (TestTraitorClass *klass)
{
}

static void
test_traitor_init (TestTraitor *self)
{
}

/* A session that is closed while a policy is asked about it gets nothing of what it asked for. */
static void
test_close_while_asked (void)
{
  static const char *const topics[] = { "a traitor b", "traitor", "a traitor.ask b" };
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  g_autoptr (TestTraitor) traitor = g_object_new (TEST_TYPE_TRAITOR, NULL);
  g_autoptr (BelfryGate) gate = belfry_gate_new (BELFRY_CLOCK (core.clock), core.slot, TRUE);
  belfry_gate_add_authorizer (gate, "fake", BELFRY_AUTHORIZER (core.plugin));
  belfry_gate_add_policy (gate, "traitor", BELFRY_TOPIC_POLICY (traitor));
  traitor->hub = core.hub;
  g_set_object (&core.hub->gate, gate);
  for (gsize i = 0; i < G_N_ELEMENTS (topics); i++)
    {
      BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
      BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

      belfry_fake_client_subscribe (a, topics[i]);
      belfry_fake_client_ask (a, BELFRY_REQUEST_PING, NULL, NULL);
      belfry_fake_client_assert_told (a, "close 4403");
      belfry_fake_client_publish (b, i == 2 ? "traitor.ask" : "traitor", "x");
      belfry_fake_client_ask (b, BELFRY_REQUEST_PING, NULL, NULL);
      belfry_fake_client_assert_told (b, "close 4403");
      g_assert_cmpuint (belfry_hub_get_n_topics (core.hub), ==, 0);
      belfry_fake_client_free (a);
      belfry_fake_client_free (b);
    }
  g_assert_cmpuint (traitor->n_closed, ==, 2 * G_N_ELEMENTS (topics));
  belfry_fake_client_settle ();
  g_clear_object (&gate);
  belfry_test_core_clear (&core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-sessions/topics", test_topics);
  belfry_test_add ("/hub-sessions/sessions", test_sessions);
  belfry_test_add ("/hub-sessions/pages", test_pages);
  belfry_test_add ("/hub-sessions/get-session", test_get_session);
  belfry_test_add ("/hub-sessions/get-session-that-leaves", test_get_session_that_leaves);
  belfry_test_add ("/hub-sessions/close", test_close);
  belfry_test_add ("/hub-sessions/close-while-asked", test_close_while_asked);
  belfry_test_add ("/hub-sessions/block", test_block);
  belfry_test_add ("/hub-sessions/revoke", test_revoke);
  return g_test_run ();
}
