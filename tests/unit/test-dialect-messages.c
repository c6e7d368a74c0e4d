/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-dialect-messages"

#include "config.h"

#include <string.h>

#include "belfry-dialect-check.h"
#include "belfry-test.h"

#define PLACE ",\"offset\":7,\"epoch\":\"" BELFRY_CHECK_EPOCH_TEXT "\"}"
#define ACTION(kind, member) "{\"action\":\"" kind "\",\"topic\":\"chat-room\",\"" member "\":"
#define TYPED(kind, member) "{\"type\":\"" kind "\",\"topic\":\"chat-room\",\"" member "\":"

typedef struct
{
  BelfryMessageKind kind;
  const char *payload;
  guint64 offset;
  const char *action;
  const char *typed;
  const char *envelope;
} MessageCase;

static const MessageCase message_cases[] = {
  /* An object, which speaks for itself; not a byte of it is changed. */
  { BELFRY_MESSAGE_DATA, "{\"info\":\"hi\"}", 0,
    ACTION ("message", "snapshot") "{\"info\":\"hi\"}}", "{\"info\":\"hi\"}",
    TYPED ("message", "data") "{\"info\":\"hi\"}}" },
  { BELFRY_MESSAGE_DATA, "{ \"a\" :\t1.0e0,\n\"a\":\"\\u0041\\/\" }", 7,
    ACTION ("message", "snapshot") "{ \"a\" :\t1.0e0,\n\"a\":\"\\u0041\\/\" }" PLACE,
    "{ \"a\" :\t1.0e0,\n\"a\":\"\\u0041\\/\" }",
    TYPED ("message", "data") "{ \"a\" :\t1.0e0,\n\"a\":\"\\u0041\\/\" }" PLACE },
  /* Other JSON. */
  { BELFRY_MESSAGE_DATA, "[1, 2]", 0, ACTION ("message", "snapshot") "[1, 2]}",
    TYPED ("message", "data") "[1, 2]}", TYPED ("message", "data") "[1, 2]}" },
  { BELFRY_MESSAGE_DATA, "18446744073709551616", 7,
    ACTION ("message", "snapshot") "18446744073709551616" PLACE,
    TYPED ("message", "data") "18446744073709551616}",
    TYPED ("message", "data") "18446744073709551616" PLACE },
  { BELFRY_MESSAGE_DATA, "\"quoted\"", 0, ACTION ("message", "snapshot") "\"quoted\"}",
    TYPED ("message", "data") "\"quoted\"}", TYPED ("message", "data") "\"quoted\"}" },
  { BELFRY_MESSAGE_DATA, "null", 0, ACTION ("message", "snapshot") "null}",
    TYPED ("message", "data") "null}", TYPED ("message", "data") "null}" },
  /* Text. */
  { BELFRY_MESSAGE_DATA, "Say \"hi\",\nBjörn", 0,
    ACTION ("message", "snapshot") "\"Say \\\"hi\\\",\\nBjörn\"}",
    TYPED ("message", "data") "\"Say \\\"hi\\\",\\nBjörn\"}",
    TYPED ("message", "data") "\"Say \\\"hi\\\",\\nBjörn\"}" },
  { BELFRY_MESSAGE_DATA, "{\"a\":1", 0, /* JSON cut off */
    ACTION ("message", "snapshot") "\"{\\\"a\\\":1\"}",
    TYPED ("message", "data") "\"{\\\"a\\\":1\"}", TYPED ("message", "data") "\"{\\\"a\\\":1\"}" },
  { BELFRY_MESSAGE_DATA, "", 7, ACTION ("message", "snapshot") "\"\"" PLACE,
    TYPED ("message", "data") "\"\"}", TYPED ("message", "data") "\"\"" PLACE },
  /* Bytes. */
  { BELFRY_MESSAGE_DATA, "\xff\xfe", 7,
    ACTION ("message", "snapshot") "\"//4=\",\"encoding\":\"base64\"" PLACE,
    TYPED ("message", "data") "\"//4=\",\"encoding\":\"base64\"}",
    TYPED ("message", "data") "\"//4=\",\"encoding\":\"base64\"" PLACE },
  /* Who comes and goes; an object that does not speak for itself. */
  { BELFRY_MESSAGE_JOIN, "{\"user\":\"alice\"}", 0,
    ACTION ("join", "presence") "{\"user\":\"alice\"}}",
    TYPED ("join", "presence") "{\"user\":\"alice\"}}",
    TYPED ("join", "presence") "{\"user\":\"alice\"}}" },
  { BELFRY_MESSAGE_LEAVE, "{\"user\":\"alice\"}", 7,
    ACTION ("leave", "presence") "{\"user\":\"alice\"}" PLACE,
    TYPED ("leave", "presence") "{\"user\":\"alice\"}}",
    TYPED ("leave", "presence") "{\"user\":\"alice\"}" PLACE },
};

/* Messages are delivered exactly like this, to the byte. */
static void
test_messages (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (message_cases); i++)
    {
      const MessageCase *row = &message_cases[i];
      g_autoptr (BelfryMessage) message =
          belfry_check_message_new (row->kind, "chat-room", row->payload, row->offset);
      g_autofree char *action = belfry_check_message (&belfry_dialect_action, message);
      g_autofree char *typed = belfry_check_message (&belfry_dialect_typed, message);
      g_autofree char *envelope = belfry_check_message (&belfry_dialect_typed_envelope, message);

      g_assert_cmpstr (action, ==, row->action);
      g_assert_cmpstr (typed, ==, row->typed);
      g_assert_cmpstr (envelope, ==, row->envelope);
    }
}

/* NUL is a byte like others, in text, too. */
static void
test_nul (void)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("a\0b", 3);
  g_autoptr (BelfryMessage) message =
      belfry_message_new (&(BelfryMessageParams){ .topic = "t", .payload = payload });
  g_autofree char *text = belfry_check_message (&belfry_dialect_action, message);

  g_assert_cmpstr (text, ==, "{\"action\":\"message\",\"topic\":\"t\",\"snapshot\":\"a\\u0000b\"}");
}

/* What a client publishes comes out again as it was written. */
static void
test_published_is_delivered (void)
{
  const char *values[] = { "{\"a\": [1 ]}", "[]", "\"\\u0041\"", "-0.0", "null", "true" };
  const BelfryDialectPeer peer = { "S", 100, 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("{\"action\":\"publish\",\"context\":\"t\",\"payload\": %s }",
                           values[i]);
      g_autofree char *expected =
          g_strdup_printf ("{\"action\":\"message\",\"topic\":\"t\",\"snapshot\":%s}", values[i]);
      g_autofree char *id = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (BelfryRequest) request =
          belfry_dialect_action.parse (&peer, TRUE, (const guint8 *) text, strlen (text), &id,
                                       &error);

      g_assert_no_error (error);
      g_autoptr (BelfryMessage) message =
          belfry_message_new (&(BelfryMessageParams){ .topic = "t", .payload = request->payload });
      g_autofree char *delivered = belfry_check_message (&belfry_dialect_action, message);
      g_assert_cmpstr (delivered, ==, expected);
    }
}

/* A subprotocol chooses a dialect; nothing, or what nobody knows, chooses none. */
static void
test_subprotocols (void)
{
  g_assert_true (belfry_dialect_from_subprotocol ("belfry.action") == &belfry_dialect_action);
  g_assert_true (belfry_dialect_from_subprotocol ("belfry.typed") == &belfry_dialect_typed);
  g_assert_true (belfry_dialect_from_subprotocol ("belfry.typed.envelope") ==
                 &belfry_dialect_typed_envelope);
  g_assert_null (belfry_dialect_from_subprotocol ("belfry.bearer.action"));
  g_assert_null (belfry_dialect_from_subprotocol (""));
  g_assert_null (belfry_dialect_from_subprotocol (NULL));
}

/* An endpoint's dialect is what its settings say; others than these are not made here. */
static void
test_endpoints (void)
{
  const BelfryConfigDelivery payload = BELFRY_CONFIG_DELIVERY_PAYLOAD;
  const BelfryConfigDelivery envelope = BELFRY_CONFIG_DELIVERY_ENVELOPE;

  g_assert_true (belfry_dialect_for_endpoint (BELFRY_CONFIG_DIALECT_ACTION, payload) ==
                 &belfry_dialect_action);
  g_assert_true (belfry_dialect_for_endpoint (BELFRY_CONFIG_DIALECT_ACTION, envelope) ==
                 &belfry_dialect_action);
  g_assert_true (belfry_dialect_for_endpoint (BELFRY_CONFIG_DIALECT_TYPED, payload) ==
                 &belfry_dialect_typed);
  g_assert_true (belfry_dialect_for_endpoint (BELFRY_CONFIG_DIALECT_TYPED, envelope) ==
                 &belfry_dialect_typed_envelope);
  g_assert_null (belfry_dialect_for_endpoint (BELFRY_CONFIG_DIALECT_ECHO, payload));
}

/* No two dialects share a form: frames are kept by it. */
static void
test_forms (void)
{
  g_assert_cmpint (belfry_dialect_action.form, ==, BELFRY_FORM_ACTION);
  g_assert_cmpint (belfry_dialect_typed.form, ==, BELFRY_FORM_TYPED);
  g_assert_cmpint (belfry_dialect_typed_envelope.form, ==, BELFRY_FORM_TYPED_ENVELOPE);
  g_assert_cmpint (belfry_dialect_event_stream.form, ==, BELFRY_FORM_EVENT_STREAM);
  g_assert_false (belfry_dialect_event_stream.takes_text);
  g_assert_null (belfry_dialect_event_stream.parse);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/dialect-messages/messages", test_messages);
  belfry_test_add ("/dialect-messages/nul", test_nul);
  belfry_test_add ("/dialect-messages/published-is-delivered", test_published_is_delivered);
  belfry_test_add ("/dialect-messages/subprotocols", test_subprotocols);
  belfry_test_add ("/dialect-messages/endpoints", test_endpoints);
  belfry_test_add ("/dialect-messages/forms", test_forms);
  return g_test_run ();
}
