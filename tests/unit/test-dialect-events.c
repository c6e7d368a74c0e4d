/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-dialect-events"

#include "config.h"

#include <gio/gio.h>
#include <string.h>

#include "belfry-dialect-check.h"
#include "belfry-dialect-write.h"
#include "belfry-error.h"
#include "belfry-test.h"

#define PLACE "\"offset\":7,\"epoch\":\"" BELFRY_CHECK_EPOCH_TEXT "\""

static const BelfryPosition seven = { BELFRY_CHECK_EPOCH, 7 };

static const BelfryEventTopic plain[] = { { .topic = "chat-room" } };
static const BelfryEventTopic kept[] = { { .topic = "news",
                                           .position = { BELFRY_CHECK_EPOCH, 7 } } };
static const BelfryEventTopic recovered[] = {
  { .topic = "news", .position = { BELFRY_CHECK_EPOCH, 7 }, .recovery = TRUE, .recovered = TRUE },
};
static const BelfryEventTopic lost[] = {
  { .topic = "news", .position = { BELFRY_CHECK_EPOCH, 7 }, .recovery = TRUE },
};
static const BelfryEventTopic unkept[] = { { .topic = "chat-room", .recovery = TRUE } };
static const BelfryEventTopic mixed[] = {
  { .topic = "a\"b" },
  { .topic = "news", .position = { BELFRY_CHECK_EPOCH, 7 } },
  { .topic = "old", .position = { BELFRY_CHECK_EPOCH, 0 }, .recovery = TRUE, .recovered = TRUE },
};

/* What is told, and what each dialect makes of it: of several texts each is a line. Rows with an id
 * answer a request, the others none. */
typedef struct
{
  const char *what;
  BelfryEvent event;
  const char *id;     /* (nullable) */
  const char *action; /* (nullable): nothing is said */
  const char *typed;  /* (nullable) */
} EventCase;

#define TOPICS(list) .n_topics = G_N_ELEMENTS (list), .topics = (list)

static const EventCase event_cases[] = {
  { "open",
    { .kind = BELFRY_EVENT_WELCOME, .session = "ID" },
    NULL,
    "{\"action\":\"connect\",\"message\":\"connection established\"}\n"
    "{\"action\":\"session\",\"message\":\"waiting for create session\",\"session\":\"ID\"}",
    NULL },
  { "signed in with the handshake",
    { .kind = BELFRY_EVENT_AUTHENTICATED },
    NULL,
    "{\"action\":\"session\",\"message\":\"session authenticated\"}",
    NULL },
  { "signed in",
    { .kind = BELFRY_EVENT_AUTHENTICATED },
    "",
    "{\"action\":\"session\",\"message\":\"session authenticated\"}",
    "{\"type\":\"authenticated\"}" },
  { "signed in, with an id",
    { .kind = BELFRY_EVENT_AUTHENTICATED },
    "\"\\u0061\"",
    "{\"action\":\"session\",\"message\":\"session authenticated\",\"id\":\"\\u0061\"}",
    "{\"type\":\"authenticated\",\"id\":\"\\u0061\"}" },
  { "refreshed",
    { .kind = BELFRY_EVENT_REFRESHED },
    "1",
    "{\"action\":\"refresh\",\"message\":\"session refreshed\",\"id\":1}",
    "{\"type\":\"refreshed\",\"id\":1}" },
  { "subscribed",
    { .kind = BELFRY_EVENT_SUBSCRIBED, TOPICS (plain) },
    "",
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\"}",
    "{\"type\":\"subscribed\",\"topics\":[\"chat-room\"]}" },
  { "subscribed, with an id",
    { .kind = BELFRY_EVENT_SUBSCRIBED, TOPICS (plain) },
    "1.5e3",
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\",\"id\":1.5e3}",
    "{\"type\":\"subscribed\",\"topics\":[\"chat-room\"],\"id\":1.5e3}" },
  { "subscribed to what has a history",
    { .kind = BELFRY_EVENT_SUBSCRIBED, TOPICS (kept) },
    "1",
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\"," PLACE ",\"id\":1}",
    "{\"type\":\"subscribed\",\"topics\":[\"news\"],\"positions\":{\"news\":{" PLACE
    "}},\"id\":1}" },
  { "recovered",
    { .kind = BELFRY_EVENT_SUBSCRIBED, TOPICS (recovered) },
    "",
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\"," PLACE ",\"recovered\":true}",
    "{\"type\":\"subscribed\",\"topics\":[\"news\"],"
    "\"positions\":{\"news\":{" PLACE ",\"recovered\":true}}}" },
  { "not recovered",
    { .kind = BELFRY_EVENT_SUBSCRIBED, TOPICS (lost) },
    "",
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\"," PLACE ",\"recovered\":false}",
    "{\"type\":\"subscribed\",\"topics\":[\"news\"],"
    "\"positions\":{\"news\":{" PLACE ",\"recovered\":false}}}" },
  { "recovery asked of what keeps nothing",
    { .kind = BELFRY_EVENT_SUBSCRIBED, TOPICS (unkept) },
    "",
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\",\"recovered\":false}",
    "{\"type\":\"subscribed\",\"topics\":[\"chat-room\"],"
    "\"positions\":{\"chat-room\":{\"recovered\":false}}}" },
  { "subscribed to several at once",
    { .kind = BELFRY_EVENT_SUBSCRIBED, TOPICS (mixed) },
    "",
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\"}\n"
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\"," PLACE "}\n"
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\",\"offset\":0,"
    "\"epoch\":\"" BELFRY_CHECK_EPOCH_TEXT "\",\"recovered\":true}",
    "{\"type\":\"subscribed\",\"topics\":[\"a\\\"b\",\"news\",\"old\"],\"positions\":{"
    "\"news\":{" PLACE "},\"old\":{\"offset\":0,\"epoch\":\"" BELFRY_CHECK_EPOCH_TEXT
    "\",\"recovered\":true}}}" },
  { "subscribed to nothing", { .kind = BELFRY_EVENT_SUBSCRIBED }, "1", NULL, NULL },
  { "subscribed by somebody else",
    { .kind = BELFRY_EVENT_SUBSCRIBED, TOPICS (kept) },
    NULL,
    "{\"action\":\"subscribe\",\"message\":\"context subscribed\",\"context\":\"news\"," PLACE "}",
    "{\"type\":\"subscribed\",\"topics\":[\"news\"],\"positions\":{\"news\":{" PLACE "}}}" },
  { "unsubscribed",
    { .kind = BELFRY_EVENT_UNSUBSCRIBED, TOPICS (kept) },
    "2",
    "{\"action\":\"unsubscribe\",\"message\":\"context unsubscribed\",\"id\":2}",
    "{\"type\":\"unsubscribed\",\"topics\":[\"news\"],\"id\":2}" },
  { "unsubscribed from nothing", { .kind = BELFRY_EVENT_UNSUBSCRIBED }, "1", NULL, NULL },
  { "unsubscribed by somebody else",
    { .kind = BELFRY_EVENT_UNSUBSCRIBED, TOPICS (plain) },
    NULL,
    "{\"action\":\"unsubscribe\",\"message\":\"context unsubscribed\",\"context\":\"chat-room\"}",
    "{\"type\":\"unsubscribed\",\"topics\":[\"chat-room\"]}" },
  { "published",
    { .kind = BELFRY_EVENT_PUBLISHED },
    "3",
    "{\"action\":\"publish\",\"message\":\"context published\",\"id\":3}",
    "{\"type\":\"published\",\"topic\":\"asked\",\"id\":3}" },
  { "published to what has a history",
    { .kind = BELFRY_EVENT_PUBLISHED, .topic = "news", .position = { BELFRY_CHECK_EPOCH, 7 } },
    "",
    "{\"action\":\"publish\",\"message\":\"context published\"," PLACE "}",
    "{\"type\":\"published\",\"topic\":\"news\"," PLACE "}" },
  { "pong",
    { .kind = BELFRY_EVENT_PONG },
    "0",
    "{\"action\":\"pong\",\"id\":0}",
    "{\"type\":\"pong\",\"id\":0}" },
  { "lost messages",
    { .kind = BELFRY_EVENT_GAP, .topic = "chat-room", .reason = "broker-lost" },
    NULL,
    "{\"action\":\"gap\",\"topic\":\"chat-room\",\"reason\":\"broker-lost\"}",
    "{\"type\":\"gap\",\"topic\":\"chat-room\",\"reason\":\"broker-lost\"}" },
  { "lost messages, nobody knows of what",
    { .kind = BELFRY_EVENT_GAP, .reason = "broker-lost" },
    NULL,
    "{\"action\":\"gap\",\"reason\":\"broker-lost\"}",
    "{\"type\":\"gap\",\"reason\":\"broker-lost\"}" },
  { "the token ends",
    { .kind = BELFRY_EVENT_EXPIRES },
    NULL,
    "{\"action\":\"expires\",\"message\":\"session expires soon\"}",
    "{\"type\":\"expires\"}" },
};

static BelfryRequest *
request_of (const char *id)
{
  BelfryRequest *request = belfry_request_new (BELFRY_REQUEST_SUBSCRIBE, 1);

  request->topics[0].topic = g_strdup ("asked");
  request->id = *id != '\0' ? g_strdup (id) : NULL;
  return request;
}

static void
assert_told (const BelfryEvent *event, const char *action, const char *typed)
{
  g_autofree char *as_action = belfry_check_event (&belfry_dialect_action, event);
  g_autofree char *as_typed = belfry_check_event (&belfry_dialect_typed, event);
  g_autofree char *as_envelope = belfry_check_event (&belfry_dialect_typed_envelope, event);

  g_assert_cmpstr (as_action, ==, action != NULL ? action : "");
  g_assert_cmpstr (as_typed, ==, typed != NULL ? typed : "");
  g_assert_cmpstr (as_envelope, ==, as_typed);
}

/* Clients are told exactly this, to the byte. */
static void
test_events (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (event_cases); i++)
    {
      const EventCase *row = &event_cases[i];
      g_autoptr (BelfryRequest) request = row->id != NULL ? request_of (row->id) : NULL;
      BelfryEvent event = row->event;

      g_test_message ("%s", row->what);
      event.request = request;
      assert_told (&event, row->action, row->typed);
    }
}

typedef struct
{
  int code;
  const char *message;
  const char *told;
} ErrorCase;

static const ErrorCase error_cases[] = {
  { BELFRY_ERROR_BAD_REQUEST, "“a\"b” must be c", "bad-request|“a\\\"b” must be c" },
  { BELFRY_ERROR_UNKNOWN_ACTION, "x", "unknown-action|x" },
  { BELFRY_ERROR_NOT_AUTHENTICATED, "x", "not-authenticated|x" },
  { BELFRY_ERROR_AUTHENTICATION_FAILED, "x", "authentication-failed|x" },
  { BELFRY_ERROR_TOKEN_EXPIRED, "x", "token-expired|x" },
  { BELFRY_ERROR_SESSION_MISMATCH, "x", "session-mismatch|x" },
  { BELFRY_ERROR_FORBIDDEN, "the room exists", "forbidden|not allowed" },
  { BELFRY_ERROR_TOPIC_INVALID, "x", "topic-invalid|x" },
  { BELFRY_ERROR_NOT_SUBSCRIBED, "x", "not-subscribed|x" },
  { BELFRY_ERROR_LIMIT_REACHED, "x", "limit-reached|x" },
  { BELFRY_ERROR_RATE_LIMITED, "x", "rate-limited|x" },
  { BELFRY_ERROR_TOO_LARGE, "x", "too-large|x" },
  { BELFRY_ERROR_UNAVAILABLE, "redis://10.0.0.1 is away",
    "unavailable|not available at present; try again later" },
  { BELFRY_ERROR_INTERNAL, "a null pointer", "internal|internal error" },
  { BELFRY_ERROR_SYSTEM, "no file descriptors", "internal|internal error" },
  { BELFRY_ERROR_CLOSED, "closed", "internal|internal error" },
};

static void
assert_error (const GError *error, const char *told, const char *topic)
{
  g_autoptr (BelfryRequest) request = request_of ("9");
  g_auto (GStrv) parts = g_strsplit (told, "|", 2);
  g_autofree char *body =
      g_strdup_printf ("\"error\",\"code\":\"%s\",\"message\":\"%s\"", parts[0], parts[1]);
  g_autofree char *context = topic ? g_strdup_printf (",\"context\":\"%s\"", topic) : g_strdup ("");
  g_autofree char *topic_member =
      topic ? g_strdup_printf (",\"topic\":\"%s\"", topic) : g_strdup ("");
  g_autofree char *action = g_strdup_printf ("{\"action\":%s%s,\"id\":9}", body, context);
  g_autofree char *typed = g_strdup_printf ("{\"type\":%s%s,\"id\":9}", body, topic_member);

  assert_told (&(BelfryEvent){ .kind = BELFRY_EVENT_ERROR,
                               .request = request,
                               .error = error,
                               .topic = topic },
               action, typed);
}

/* Errors have a code of the closed list. What goes on inside stays inside, and a refusal is the
 * same whatever is refused. */
static void
test_errors (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (error_cases); i++)
    {
      const ErrorCase *row = &error_cases[i];
      g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, row->code, row->message);

      assert_error (error, row->told, NULL);
      assert_error (error, row->told, "chat-room");
    }
  g_autoptr (GError) foreign =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "/etc/belfry is not there");
  assert_error (foreign, "internal|internal error", NULL);
}

static BelfryPresenceEntry *
entry_new (const char *user, const char *info, guint sessions)
{
  BelfryPresenceEntry *entry = g_new0 (BelfryPresenceEntry, 1);

  entry->user = g_strdup (user);
  entry->info = g_strdup (info);
  entry->sessions = sessions;
  return entry;
}

/* Presence lists who is there; what a plugin tells of a user stands as it is, unless it is no
 * object. */
static void
test_presence (void)
{
  g_autoptr (GPtrArray) entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_presence_entry_free);
  g_autoptr (BelfryRequest) request = request_of ("");
  BelfryEvent event = { .kind = BELFRY_EVENT_PRESENCE, .request = request, .presence = entries };

  assert_told (&event, "{\"action\":\"presence\",\"context\":\"asked\",\"presence\":[]}",
               "{\"type\":\"presence\",\"topic\":\"asked\",\"presence\":[]}");
  g_ptr_array_add (entries, entry_new ("alice", "{\"name\": \"Alice\"}", 2));
  g_ptr_array_add (entries, entry_new ("b\"b", NULL, 1));
  g_ptr_array_add (entries, entry_new ("carol", "\"},{\"", 1));
  g_ptr_array_add (entries, entry_new ("dave", "},{", 1));
  event.topic = "news";
  assert_told (&event,
               "{\"action\":\"presence\",\"context\":\"news\",\"presence\":["
               "{\"user\":\"alice\",\"info\":{\"name\": \"Alice\"},\"sessions\":2},"
               "{\"user\":\"b\\\"b\",\"sessions\":1},{\"user\":\"carol\",\"sessions\":1},"
               "{\"user\":\"dave\",\"sessions\":1}]}",
               "{\"type\":\"presence\",\"topic\":\"news\",\"presence\":["
               "{\"user\":\"alice\",\"info\":{\"name\": \"Alice\"},\"sessions\":2},"
               "{\"user\":\"b\\\"b\",\"sessions\":1},{\"user\":\"carol\",\"sessions\":1},"
               "{\"user\":\"dave\",\"sessions\":1}]}");
}

/* A page of history has each message as it was delivered, with its place. */
static void
test_history (void)
{
  g_autoptr (GPtrArray) messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  BelfryHistoryPage page = { .messages = messages, .position = seven, .complete = TRUE };
  BelfryEvent event = { .kind = BELFRY_EVENT_HISTORY, .topic = "news", .history = &page };

  assert_told (&event,
               "{\"action\":\"history\",\"context\":\"news\",\"messages\":[]," PLACE
               ",\"complete\":true}",
               "{\"type\":\"history\",\"topic\":\"news\",\"messages\":[]," PLACE
               ",\"complete\":true}");
  g_ptr_array_add (messages,
                   belfry_check_message_new (BELFRY_MESSAGE_DATA, "news", "{\"a\":1}", 6));
  g_ptr_array_add (messages, belfry_check_message_new (BELFRY_MESSAGE_DATA, "news", "hi", 7));
  page.complete = FALSE;
  assert_told (&event,
               "{\"action\":\"history\",\"context\":\"news\",\"messages\":["
               "{\"action\":\"message\",\"topic\":\"news\",\"snapshot\":{\"a\":1},\"offset\":6,"
               "\"epoch\":\"" BELFRY_CHECK_EPOCH_TEXT "\"},"
               "{\"action\":\"message\",\"topic\":\"news\",\"snapshot\":\"hi\"," PLACE "}]," PLACE
               ",\"complete\":false}",
               "{\"type\":\"history\",\"topic\":\"news\",\"messages\":["
               "{\"type\":\"message\",\"topic\":\"news\",\"data\":{\"a\":1},\"offset\":6,"
               "\"epoch\":\"" BELFRY_CHECK_EPOCH_TEXT "\"},"
               "{\"type\":\"message\",\"topic\":\"news\",\"data\":\"hi\"," PLACE "}]," PLACE
               ",\"complete\":false}");
  g_ptr_array_set_size (messages, 0);
  page.position = (BelfryPosition){ 0 };
  assert_told (&event,
               "{\"action\":\"history\",\"context\":\"news\",\"messages\":[],\"complete\":false}",
               "{\"type\":\"history\",\"topic\":\"news\",\"messages\":[],\"complete\":false}");
}

/* Every kind of event stands in one of the tables above. */
static void
test_every_kind (void)
{
  guint seen = 1U << BELFRY_EVENT_ERROR | 1U << BELFRY_EVENT_PRESENCE | 1U << BELFRY_EVENT_HISTORY;

  for (gsize i = 0; i < G_N_ELEMENTS (event_cases); i++)
    seen |= 1U << event_cases[i].event.kind;
  g_assert_cmpuint (seen, ==, (1U << BELFRY_EVENT_N_KINDS) - 1);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/dialect-events/events", test_events);
  belfry_test_add ("/dialect-events/errors", test_errors);
  belfry_test_add ("/dialect-events/presence", test_presence);
  belfry_test_add ("/dialect-events/history", test_history);
  belfry_test_add ("/dialect-events/every-kind", test_every_kind);
  return g_test_run ();
}
