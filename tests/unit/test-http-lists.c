/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-http-lists.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "belfry-test.h"

/* 2009-02-13T23:31:30.007Z */
#define OPENED (1234567890 * G_TIME_SPAN_SECOND + 7999)

/* What was written, by another reader of JSON. */
static JsonNode *
read_json (const GString *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (text->str, &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (node));
  g_assert_cmpuint (strlen (text->str), ==, text->len);
  return node;
}

static JsonObject *
element (JsonNode *node, const char *list, guint length, guint i)
{
  JsonArray *array = json_object_get_array_member (json_node_get_object (node), list);

  g_assert_cmpuint (json_array_get_length (array), ==, length);
  return json_array_get_object_element (array, i);
}

static void
assert_text (JsonObject *object, const char *name, const char *expected)
{
  g_assert_cmpstr (json_object_get_string_member (object, name), ==, expected);
}

static void
assert_number (JsonObject *object, const char *name, gint64 expected)
{
  g_assert_cmpint (json_object_get_int_member (object, name), ==, expected);
}

/* All that is known of a topic stands in its list, with the words of the configuration. */
static void
test_topics (void)
{
  static const char *const words[] = { "disconnect", "drop-oldest", "drop-newest", "conflate" };
  g_autoptr (GPtrArray) topics = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  BelfryTopicInfo infos[BELFRY_CONFIG_N_SLOW] = { 0 };

  for (int i = 0; i < BELFRY_CONFIG_N_SLOW; i++)
    {
      infos[i].topic = (char *) "a.\"ä\\";
      infos[i].subscribers = (guint) i;
      infos[i].traits.history_size = 10;
      infos[i].traits.history_ttl = 90 * G_TIME_SPAN_SECOND;
      infos[i].traits.presence = i % 2 == 1;
      infos[i].traits.slow_consumer = (BelfryConfigSlowConsumer) i;
      g_ptr_array_add (topics, &infos[i]);
    }
  belfry_http_lists_topics (topics, NULL, text);
  g_autoptr (JsonNode) node = read_json (text);
  g_assert_false (json_object_has_member (json_node_get_object (node), "next"));
  for (guint i = 0; i < BELFRY_CONFIG_N_SLOW; i++)
    {
      JsonObject *topic = element (node, "topics", BELFRY_CONFIG_N_SLOW, i);

      assert_text (topic, "topic", "a.\"ä\\");
      assert_number (topic, "subscribers", i);
      assert_number (topic, "history_size", 10);
      assert_number (topic, "history_ttl", 90);
      g_assert_cmpint (json_object_get_boolean_member (topic, "presence"), ==, i % 2 == 1);
      assert_text (topic, "slow_consumer", words[i]);
    }
}

/* A page that is not the last says where the next one begins. */
static void
test_next_topics (void)
{
  g_autoptr (GPtrArray) topics = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  BelfryTopicInfo first = { .topic = (char *) "a" };
  BelfryTopicInfo last = { .topic = (char *) "b" };

  g_ptr_array_add (topics, &first);
  g_ptr_array_add (topics, &last);
  belfry_http_lists_topics (topics, "b", text);
  g_autoptr (JsonNode) node = read_json (text);
  assert_text (json_node_get_object (node), "next", "b");
}

/* Lists without anything in them are lists. */
static void
test_nothing (void)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (GString) topics = g_string_new (NULL);
  g_autoptr (GString) sessions = g_string_new (NULL);
  g_autoptr (GString) users = g_string_new (NULL);

  belfry_http_lists_topics (none, NULL, topics);
  g_assert_cmpstr (topics->str, ==, "{\"topics\":[]}");
  belfry_http_lists_sessions (none, 1, sessions);
  g_assert_cmpstr (sessions->str, ==, "{\"sessions\":[]}");
  belfry_http_lists_presence ("a", none, users);
  g_assert_cmpstr (users->str, ==, "{\"topic\":\"a\",\"users\":[]}");
}

static void
assert_session (JsonObject *session, const char *user, guint n_topics)
{
  JsonArray *topics = json_object_get_array_member (session, "topics");

  assert_text (session, "id", "s1");
  assert_text (session, "address", "192.0.2.1");
  assert_text (session, "endpoint", "/ws");
  assert_text (session, "dialect", "action");
  assert_text (session, "opened", "2009-02-13T23:31:30.007Z");
  if (user != NULL)
    assert_text (session, "user", user);
  else
    g_assert_true (json_object_get_null_member (session, "user"));
  g_assert_cmpuint (json_array_get_length (topics), ==, n_topics);
}

/* A list of sessions says who they are, and where the next page begins; those who have not signed
 * in are nobody. Numbers beyond those of a script are text. */
static void
test_sessions (void)
{
  char *names[] = { (char *) "a", (char *) "b.\"*", NULL };
  BelfrySessionInfo guest = {
    1, (char *) "s1", NULL, (char *) "192.0.2.1", (char *) "/ws", "action", OPENED, NULL, 5
  };
  BelfrySessionInfo user = guest;
  g_autoptr (GPtrArray) sessions = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  user.serial = G_MAXUINT64;
  user.user = (char *) "alice\n";
  user.topics = names;
  g_ptr_array_add (sessions, &guest);
  g_ptr_array_add (sessions, &user);
  belfry_http_lists_sessions (sessions, 2, text);
  g_autoptr (JsonNode) node = read_json (text);
  assert_session (element (node, "sessions", 2, 0), NULL, 0);
  assert_session (element (node, "sessions", 2, 1), "alice\n", 2);
  g_assert_false (json_object_has_member (element (node, "sessions", 2, 0), "queued"));
  assert_text (json_node_get_object (node), "next", "18446744073709551615");
  g_string_truncate (text, 0);
  belfry_http_lists_sessions (sessions, 3, text);
  g_autoptr (JsonNode) last = read_json (text);
  g_assert_false (json_object_has_member (json_node_get_object (last), "next"));
}

/* A session alone says how much waits for it, too. */
static void
test_session (void)
{
  const BelfrySessionInfo info = {
    1,        (char *) "s1", NULL, (char *) "192.0.2.1", (char *) "/ws",
    "action", OPENED,        NULL, G_MAXINT64,
  };
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_http_lists_session (&info, text);
  g_autoptr (JsonNode) node = read_json (text);
  assert_session (json_node_get_object (node), NULL, 0);
  assert_number (json_node_get_object (node), "queued", G_MAXINT64);
}

typedef struct
{
  const char *bytes;
  gsize length;
  JsonNodeType type;    /* of what is written */
  const char *text;     /* (nullable): if it is a string */
  const char *encoding; /* (nullable) */
} PayloadCase;

static const PayloadCase payload_cases[] = {
  { "{\"x\":1}", 7, JSON_NODE_OBJECT, NULL, NULL },
  { "[1,2]", 5, JSON_NODE_ARRAY, NULL, NULL },
  { "null", 4, JSON_NODE_NULL, NULL, NULL },
  { "\"quoted\"", 8, JSON_NODE_VALUE, "quoted", NULL },
  { "plain \"text\"\n", 13, JSON_NODE_VALUE, "plain \"text\"\n", NULL },
  { "{\"cut off", 9, JSON_NODE_VALUE, "{\"cut off", NULL },
  { "\xff\x00\xfe", 3, JSON_NODE_VALUE, "/wD+", "base64" },
};

static BelfryHistoryPage *
make_page (void)
{
  BelfryHistoryPage *page = g_new0 (BelfryHistoryPage, 1);

  page->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  for (guint i = 0; i < G_N_ELEMENTS (payload_cases); i++)
    {
      const PayloadCase *c = &payload_cases[i];
      g_autoptr (GBytes) payload = g_bytes_new (c->bytes, c->length);
      const BelfryMessageParams params = {
        .topic = "a",
        .payload = payload,
        .position = { 0xab, i + 1 },
        .published = OPENED,
      };

      g_ptr_array_add (page->messages, belfry_message_new (&params));
    }
  page->position = (BelfryPosition){ 0xab, 20 };
  return page;
}

static void
assert_message (JsonObject *message, guint i)
{
  const PayloadCase *c = &payload_cases[i];
  JsonNode *data = json_object_get_member (message, "data");

  g_test_message ("%u", i);
  assert_number (message, "offset", i + 1);
  assert_text (message, "published", "2009-02-13T23:31:30.007Z");
  g_assert_cmpint (json_node_get_node_type (data), ==, c->type);
  if (c->text != NULL)
    g_assert_cmpstr (json_node_get_string (data), ==, c->text);
  g_assert_cmpint (json_object_has_member (message, "encoding"), ==, c->encoding != NULL);
  if (c->encoding != NULL)
    assert_text (message, "encoding", c->encoding);
}

/* JSON is embedded, text becomes a string, and other bytes are base64 and say so. */
static void
test_history (void)
{
  BelfryHistoryPage *page = make_page ();
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_http_lists_history ("a\"b", page, text);
  g_autoptr (JsonNode) node = read_json (text);
  assert_text (json_node_get_object (node), "topic", "a\"b");
  assert_text (json_node_get_object (node), "epoch", "00000000000000ab");
  assert_number (json_node_get_object (node), "offset", 20);
  g_assert_false (json_object_get_boolean_member (json_node_get_object (node), "complete"));
  for (guint i = 0; i < G_N_ELEMENTS (payload_cases); i++)
    assert_message (element (node, "messages", G_N_ELEMENTS (payload_cases), i), i);
  belfry_history_page_free (page);
}

/* A topic that keeps nothing has no place. */
static void
test_no_history (void)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  const BelfryHistoryPage page = { .messages = none, .complete = TRUE };
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_http_lists_history ("a", &page, text);
  g_assert_cmpstr (text->str, ==, "{\"topic\":\"a\",\"complete\":true,\"messages\":[]}");
}

/* Users are named with what is known of them, as the object it is. */
static void
test_presence (void)
{
  BelfryPresenceEntry alice = { (char *) "alice", (char *) "{\"n\":[1,{}]}", 2 };
  BelfryPresenceEntry bob = { (char *) "bob\\", NULL, 1 };
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  g_ptr_array_add (entries, &alice);
  g_ptr_array_add (entries, &bob);
  belfry_http_lists_presence ("a", entries, text);
  g_autoptr (JsonNode) node = read_json (text);
  JsonObject *first = element (node, "users", 2, 0);
  JsonObject *second = element (node, "users", 2, 1);
  assert_text (first, "user", "alice");
  assert_number (first, "sessions", 2);
  g_assert_true (json_object_has_member (json_object_get_object_member (first, "info"), "n"));
  assert_text (second, "user", "bob\\");
  assert_number (second, "sessions", 1);
  g_assert_false (json_object_has_member (second, "info"));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/http-lists/topics", test_topics);
  belfry_test_add ("/http-lists/next-topics", test_next_topics);
  belfry_test_add ("/http-lists/nothing", test_nothing);
  belfry_test_add ("/http-lists/sessions", test_sessions);
  belfry_test_add ("/http-lists/session", test_session);
  belfry_test_add ("/http-lists/history", test_history);
  belfry_test_add ("/http-lists/no-history", test_no_history);
  belfry_test_add ("/http-lists/presence", test_presence);
  return g_test_run ();
}
