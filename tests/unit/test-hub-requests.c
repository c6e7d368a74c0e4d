/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-hub-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define CONFIG                                                                                     \
  "[websocket]\nmax-message-size = 128\n"                                                          \
  "[topic h.*]\nhistory-size = 3\n[topic p.*]\npresence = yes\n"

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Who publishes is told where it stands, and everybody subscribed gets it, the publisher too. */
static void
test_publish (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, CONFIG);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "h.1");
  belfry_fake_client_subscribe (b, "h.1");
  belfry_fake_client_settle ();
  belfry_fake_client_publish (a, "h.1", "x");
  belfry_fake_client_publish (a, "q", "y");
  belfry_fake_client_assert_told (a, "subscribed h.1@0; message h.1 x@1; published@1; published");
  belfry_fake_client_assert_told (b, "subscribed h.1@0; message h.1 x@1");
  g_assert_cmpuint (belfry_test_core_get_counter (&core, BELFRY_CORE_METRIC_MESSAGES_PUBLISHED), ==,
                    2);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

typedef struct
{
  const char *defect;
  const char *topic;
  gsize size; /* of the payload; 0: there is none */
  const char *told;
} PublishCase;

static const PublishCase publish_cases[] = {
  { "nothing to publish", "a", 0, "error bad-request a" },
  { "too large by a byte", "a", 129, "error too-large a" },
  { "a pattern", "a.*", 1, "error topic-invalid a.*" },
  { "a reserved topic", "$SYS", 1, "error topic-invalid $SYS" },
  { "not allowed", "deny.a", 1, "error forbidden deny.a" },
  { "two topics", "a b", 1, "error bad-request" },
  { "no topic", NULL, 1, "error bad-request" },
  { "the policy fails", "fail.a", 1, "error unavailable fail.a" },
};

static void
publish_bytes (BelfryFakeClient *client, const char *topic, gsize size)
{
  g_autofree char *bytes = g_strnfill (size, 'x');
  g_auto (GStrv) topics = g_strsplit (topic != NULL ? topic : "", " ", -1);
  BelfryRequest *request = belfry_request_new (BELFRY_REQUEST_PUBLISH, g_strv_length (topics));

  for (guint i = 0; i < request->n_topics; i++)
    request->topics[i].topic = g_strdup (topics[i]);
  request->payload = size > 0 ? g_bytes_new (bytes, size) : NULL;
  belfry_session_request (client->session, request);
}

/* What must not be published is refused, each for its reason, and nobody gets it. */
static void
test_publish_refused (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, CONFIG);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the policy “fake” fails: failed");
  belfry_fake_client_subscribe (b, ">");
  belfry_fake_client_forget (b);
  for (gsize i = 0; i < G_N_ELEMENTS (publish_cases); i++)
    {
      g_test_message ("%s", publish_cases[i].defect);
      publish_bytes (a, publish_cases[i].topic, publish_cases[i].size);
      belfry_fake_client_assert_told (a, publish_cases[i].told);
    }
  publish_bytes (a, "a", 128);
  belfry_fake_client_assert_told (a, "published");
  belfry_late_broker_fail (core.broker, BELFRY_LATE_PUBLISH);
  publish_bytes (a, "a", 1);
  belfry_fake_client_assert_told (a, "error unavailable a");
  belfry_fake_client_settle ();
  g_assert_cmpuint (strlen (b->told->str), ==, strlen ("message a ") + 128);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Filters see what is published before anybody, in the order in which a client sends it. */
static void
test_filters (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, CONFIG);
  belfry_gate_add_filter (core.gate, "fake", BELFRY_MESSAGE_FILTER (core.plugin));
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_publish (a, "a", "shout");
  belfry_fake_client_publish (a, "a", "refuse");
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-gate", "the filter “fake” fails: failed");
  belfry_fake_client_publish (a, "a", "fail");
  belfry_fake_client_publish (a, "a", "late-");
  belfry_fake_client_publish (a, "a", "x");
  belfry_fake_client_assert_told (a, "subscribed a; message a SHOUT; published; "
                                     "error forbidden a; error unavailable a");
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (a, "message a late-; published; message a x; published");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* What a client published before it left is published, in its order; nothing else of what it wanted
 * is done. */
static void
test_publish_and_leave (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, CONFIG);
  belfry_gate_add_filter (core.gate, "fake", BELFRY_MESSAGE_FILTER (core.plugin));
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (b, "a");
  belfry_fake_client_forget (b);
  belfry_fake_client_publish (a, "a", "late-1");
  belfry_fake_client_subscribe (a, "q");
  belfry_fake_client_publish (a, "a", "2");
  belfry_fake_client_settle ();
  belfry_fake_client_leave (a, 1001);
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_hub_get_n_sessions (core.hub), ==, 1);
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (b, "message a late-1; message a 2");
  g_assert_cmpuint (belfry_late_broker_count (core.broker, "q", TRUE), ==, 0);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* What a user published before it was blocked is not published after that, though it left. */
static void
test_leave_and_be_blocked (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (b, "a late-a");
  belfry_fake_client_settle ();
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (b, "subscribed a late-a");
  belfry_fake_client_publish (a, "late-a", "1");
  belfry_fake_client_publish (a, "a", "2");
  belfry_fake_client_settle ();
  belfry_fake_client_leave (a, 1001);
  belfry_fake_client_settle ();
  belfry_hub_block_user (core.hub, "carol", G_MAXINT64);
  g_assert_cmpuint (belfry_fake_plugin_get_n_cancelled (core.plugin), ==, 0);
  belfry_hub_block_user (core.hub, "alice", G_MAXINT64);
  g_assert_cmpuint (belfry_fake_plugin_get_n_cancelled (core.plugin), ==, 1);
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_assert_told (b, "");
  g_assert_cmpuint (core.shards[0]->bytes, ==, 0);
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* What somebody who left has published still counts for what may wait: coming back for more of it
 * makes no room. */
static void
test_leave_keeps_account (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  core.shards[0]->limits.shard_bytes = 1000;
  BelfryFakeClient *b = belfry_fake_client_new (core.shards[1], "bob");
  g_autofree char *text = g_strnfill (900, 'x');

  belfry_fake_client_subscribe (b, "late-a");
  belfry_fake_client_settle ();
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_settle ();
  belfry_fake_client_forget (b);
  for (int i = 0; i < 2; i++)
    {
      BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

      belfry_fake_client_publish (a, "late-a", text);
      belfry_fake_client_assert_told (a, i == 0 ? "" : "error rate-limited");
      belfry_fake_client_free (a);
      belfry_fake_client_settle ();
    }
  g_assert_cmpuint (core.shards[0]->bytes, >=, 900);
  belfry_fake_plugin_release (core.plugin);
  belfry_fake_client_settle ();
  g_assert_cmpuint (core.shards[0]->bytes, ==, 0);
  g_assert_cmpuint (b->told->len, ==, strlen ("message late-a ") + 900);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* A client reads what a topic has kept, if it may; of a topic that keeps nothing there is nothing.
 */
static void
test_history (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, CONFIG);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");

  for (int i = 1; i <= 4; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      belfry_test_core_publish (&core, "h.1", text);
    }
  belfry_fake_client_ask (a, BELFRY_REQUEST_HISTORY, "h.1", "1");
  belfry_fake_client_ask (a, BELFRY_REQUEST_HISTORY, "a", NULL);
  belfry_fake_client_ask (a, BELFRY_REQUEST_HISTORY, "deny.a", NULL);
  belfry_fake_client_ask (a, BELFRY_REQUEST_HISTORY, "h.*", NULL);
  belfry_fake_client_assert_told (a, "history h.1 2@2 3@3 4@4 #1; history a; "
                                     "error forbidden deny.a; error topic-invalid h.*");

  BelfryRequest *request = belfry_request_new (BELFRY_REQUEST_HISTORY, 1);

  request->topics[0].topic = g_strdup ("h.1");
  request->topics[0].has_since = TRUE;
  request->topics[0].since = (BelfryPosition){ a->position.epoch, 2 };
  request->limit = 1;
  belfry_session_request (a->session, request);
  belfry_fake_client_settle ();
  belfry_fake_client_assert_told (a, "history h.1 3@3");
  belfry_late_broker_fail (core.broker, BELFRY_LATE_HISTORY);
  belfry_fake_client_ask (a, BELFRY_REQUEST_HISTORY, "h.1", NULL);
  belfry_fake_client_assert_told (a, "error unavailable h.1");
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

/* Users come and go with their first and last subscription. */
static void
test_presence (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, CONFIG);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice;info={\"n\":1}");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  BelfryFakeClient *c = belfry_test_core_client (&core, "bob");

  belfry_fake_client_subscribe (a, "p.1 a p.*");
  belfry_fake_client_assert_told (
      a, "subscribed p.1 a p.*; join p.1 {\"user\":\"alice\",\"info\":{\"n\":1}}");
  belfry_fake_client_subscribe (b, "p.1");
  belfry_fake_client_subscribe (c, "p.1 p.1");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PRESENCE, "p.1", "1");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PRESENCE, "a", "2");
  belfry_fake_client_ask (a, BELFRY_REQUEST_PRESENCE, "deny.x", "3");
  belfry_fake_client_assert_told (a, "join p.1 {\"user\":\"bob\"}; "
                                     "presence p.1 alice*1{\"n\":1} bob*2 #1; presence a #2; "
                                     "error forbidden deny.x #3");
  belfry_fake_client_unsubscribe (b, "p.1");
  belfry_fake_client_assert_told (a, "");
  belfry_fake_client_leave (c, 1000);
  belfry_fake_client_assert_told (a, "leave p.1 {\"user\":\"bob\"}");
  belfry_late_broker_fail (core.broker, BELFRY_LATE_PRESENCE);
  belfry_fake_client_ask (a, BELFRY_REQUEST_PRESENCE, "p.1", "1");
  belfry_fake_client_assert_told (a, "error unavailable p.1 #1");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_fake_client_free (c);
  belfry_test_core_clear (&core);
}

static gboolean
publish (BelfryTestCore *core,
         BelfryIdentity *identity,
         const BelfryHubPublication *publication,
         BelfryPosition *position,
         GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  belfry_hub_publish_async (core->hub, identity, publication, NULL, on_result, &result);
  belfry_test_wait_until (result != NULL);
  return belfry_hub_publish_finish (core->hub, result, position, error);
}

/* Callers publish like sessions if they are somebody, and everywhere if they are the service; the
 * same key publishes once. */
static void
test_caller_publishes (void)
{
  BelfryTestCore core;
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("alice");
  g_autoptr (BelfryIdentity) alice = belfry_identity_builder_end (builder, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  BelfryPosition position;

  belfry_test_core_init (&core, CONFIG);
  BelfryHubPublication publication = { "deny.x", payload, NULL };
  g_assert_false (publish (&core, alice, &publication, &position, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN);
  g_clear_error (&error);
  g_assert_true (publish (&core, NULL, &publication, NULL, &error));
  publication = (BelfryHubPublication){ "h.x", payload, "key" };
  for (int i = 0; i < 2; i++)
    {
      g_assert_true (publish (&core, alice, &publication, &position, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (position.offset, ==, 1);
    }
  publication.topic = "$x";
  g_assert_false (publish (&core, NULL, &publication, &position, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_TOPIC_INVALID);
  belfry_test_core_clear (&core);
}

/* Callers read history and presence, and are told why if they may not. */
static void
test_caller_reads (void)
{
  BelfryTestCore core;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) history = NULL;
  g_autoptr (GAsyncResult) presence = NULL;
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("alice");
  g_autoptr (BelfryIdentity) alice = belfry_identity_builder_end (builder, NULL);

  belfry_test_core_init (&core, CONFIG);
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  belfry_fake_client_subscribe (b, "p.x");
  belfry_fake_client_forget (b);
  belfry_test_core_publish (&core, "h.x", "1");
  belfry_test_core_publish (&core, "h.x", "2");
  belfry_hub_history_async (core.hub, NULL, "h.x", NULL, 1, NULL, on_result, &history);
  belfry_hub_presence_async (core.hub, alice, "p.x", NULL, on_result, &presence);
  belfry_hub_history_async (core.hub, alice, "deny.x", NULL, 0, NULL, on_result, &refused);
  belfry_fake_client_settle ();
  g_autoptr (BelfryHistoryPage) page = belfry_hub_history_finish (core.hub, history, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (page->messages->len, ==, 1);
  g_assert_cmpuint (page->position.offset, ==, 2);
  g_autoptr (GPtrArray) users = belfry_hub_presence_finish (core.hub, presence, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (users->len, ==, 1);
  g_assert_null (belfry_hub_history_finish (core.hub, refused, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN);
  belfry_fake_client_free (b);
  g_clear_object (&history);
  g_clear_object (&presence);
  g_clear_object (&refused);
  belfry_test_core_clear (&core);
}

/* A caller that cancels is told that, and nothing is left behind. */
static void
test_caller_cancels (void)
{
  BelfryTestCore core;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  const BelfryHubPublication publication = { "a", payload, NULL };

  belfry_test_core_init (&core, CONFIG);
  belfry_late_broker_hold (core.broker, BELFRY_LATE_PUBLISH);
  belfry_hub_publish_async (core.hub, NULL, &publication, cancellable, on_result, &result);
  belfry_fake_client_settle ();
  g_cancellable_cancel (cancellable);
  belfry_late_broker_release (core.broker, 1);
  belfry_test_wait_until (result != NULL);
  g_assert_false (belfry_hub_publish_finish (core.hub, result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&result);
  belfry_test_core_clear (&core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-requests/publish", test_publish);
  belfry_test_add ("/hub-requests/publish-refused", test_publish_refused);
  belfry_test_add ("/hub-requests/filters", test_filters);
  belfry_test_add ("/hub-requests/publish-and-leave", test_publish_and_leave);
  belfry_test_add ("/hub-requests/leave-and-be-blocked", test_leave_and_be_blocked);
  belfry_test_add ("/hub-requests/leave-keeps-account", test_leave_keeps_account);
  belfry_test_add ("/hub-requests/history", test_history);
  belfry_test_add ("/hub-requests/presence", test_presence);
  belfry_test_add ("/hub-requests/caller-publishes", test_caller_publishes);
  belfry_test_add ("/hub-requests/caller-reads", test_caller_reads);
  belfry_test_add ("/hub-requests/caller-cancels", test_caller_cancels);
  return g_test_run ();
}
