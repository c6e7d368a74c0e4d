/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hash.h"
#include "belfry-message.h"

#include <stdatomic.h>
#include <string.h>

#include "belfry-test.h"

#define N_RACES 200
#define N_RACERS 2

#define BYTES(text) text, sizeof text - 1

static BelfryMessage *
message_of (const char *payload, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, length);
  BelfryMessageParams params = { .topic = "a.b", .payload = bytes };

  return belfry_message_new (&params);
}

static const struct
{
  const char *what;
  const char *payload;
  gsize length;
  BelfryPayloadKind kind;
} payloads[] = {
  { "an object", BYTES ("{\"info\":\"hi\"}"), BELFRY_PAYLOAD_OBJECT },
  { "an object with space around it", BYTES (" {}\n"), BELFRY_PAYLOAD_OBJECT },
  { "an array", BYTES ("[1]"), BELFRY_PAYLOAD_JSON },
  { "a number", BYTES ("42"), BELFRY_PAYLOAD_JSON },
  { "a string", BYTES ("\"hi\""), BELFRY_PAYLOAD_JSON },
  { "null", BYTES ("null"), BELFRY_PAYLOAD_JSON },
  { "words", BYTES ("hello"), BELFRY_PAYLOAD_TEXT },
  { "nothing", BYTES (""), BELFRY_PAYLOAD_TEXT },
  { "two values", BYTES ("{} {}"), BELFRY_PAYLOAD_TEXT },
  { "an object that is cut", BYTES ("{\"a\":"), BELFRY_PAYLOAD_TEXT },
  { "a NUL within text", BYTES ("a\0b"), BELFRY_PAYLOAD_TEXT },
  { "NULs alone", BYTES ("\0\0"), BELFRY_PAYLOAD_TEXT },
  { "a NUL behind JSON", BYTES ("{}\0"), BELFRY_PAYLOAD_TEXT },
  { "umlauts", BYTES ("\xc3\xa4"), BELFRY_PAYLOAD_TEXT },
  { "bytes", BYTES ("\xff\xfe"), BELFRY_PAYLOAD_BYTES },
  { "bytes behind a NUL", BYTES ("a\0\xff"), BELFRY_PAYLOAD_BYTES },
  { "a character that is cut", BYTES ("a\xe2\x82"), BELFRY_PAYLOAD_BYTES },
  { "bytes in a JSON string", BYTES ("\"\xff\""), BELFRY_PAYLOAD_BYTES },
};

/* A payload is what it can stand as in JSON. */
static void
test_payload_kinds (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      g_test_message ("%s", payloads[i].what);
      g_autoptr (BelfryMessage) message = message_of (payloads[i].payload, payloads[i].length);
      g_assert_cmpint (message->payload_kind, ==, payloads[i].kind);
    }
}

/* JSON may be as deep as we say, and is text beyond that. */
static void
test_depth (void)
{
  const guint most = BELFRY_PAYLOAD_MAX_DEPTH;

  for (guint depth = most; depth <= most + 1; depth++)
    {
      g_autofree char *text = g_strnfill (2 * (gsize) depth, '[');

      memset (text + depth, ']', depth);
      g_autoptr (BelfryMessage) message = message_of (text, strlen (text));
      g_assert_cmpint (message->payload_kind, ==,
                       depth <= most ? BELFRY_PAYLOAD_JSON : BELFRY_PAYLOAD_TEXT);
    }
}

/* A long JSON payload is JSON all the same. */
static void
test_long (void)
{
  const gsize length = 4 * 1024 * 1024;
  g_autofree char *text = g_strnfill (length, 'x');

  text[0] = text[length - 1] = '"';
  g_autoptr (BelfryMessage) message = message_of (text, length);
  g_assert_cmpint (message->payload_kind, ==, BELFRY_PAYLOAD_JSON);
}

/* A message keeps what it was made from, and nothing of the maker's memory but the payload. */
static void
test_fields (void)
{
  char topic[] = "chat-room";
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  BelfryMessageParams params = { topic, payload, BELFRY_MESSAGE_JOIN, { 3, 4 }, 5, 6 };
  g_autoptr (BelfryMessage) message = belfry_message_new (&params);

  topic[0] = 'X';
  g_assert_cmpstr (message->topic, ==, "chat-room");
  g_assert_cmpuint (message->topic_length, ==, strlen ("chat-room"));
  g_assert_cmpuint (message->topic_hash, ==, belfry_hash_text ("chat-room"));
  g_assert_cmpint (message->kind, ==, BELFRY_MESSAGE_JOIN);
  g_assert_cmpuint (message->position.epoch, ==, 3);
  g_assert_cmpuint (message->position.offset, ==, 4);
  g_assert_cmpint (message->arrived, ==, 5);
  g_assert_cmpint (message->published, ==, 6);
  g_assert_true (message->payload == payload);
}

/* What a message counts for grows byte by byte with what is in it. */
static void
test_cost (void)
{
  g_autoptr (BelfryMessage) small = message_of ("", 0);
  g_autoptr (BelfryMessage) large = message_of ("0123456789", 10);

  g_assert_cmpuint (belfry_message_get_cost (small), >=, sizeof (BelfryMessage) + strlen ("a.b"));
  g_assert_cmpuint (belfry_message_get_cost (large), ==, belfry_message_get_cost (small) + 10);
}

typedef struct
{
  int n_calls;
  gboolean none;
} Encoder;

static GBytes *
encode (const BelfryMessage *message, gboolean compressed, gpointer user_data)
{
  Encoder *encoder = user_data;

  encoder->n_calls++;
  return encoder->none ? NULL : g_bytes_new (compressed ? "c" : "p", 1);
}

/* Each frame is made once, and those of other forms are other ones. */
static void
test_frames (void)
{
  g_autoptr (BelfryMessage) message = message_of ("x", 1);
  g_autoptr (GHashTable) frames = g_hash_table_new (NULL, NULL);
  Encoder encoder = { 0 };

  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < 2 * BELFRY_MESSAGE_N_FORMS; i++)
        {
          GBytes *frame = belfry_message_get_frame (message, i / 2, i % 2, encode, &encoder);

          g_assert_cmpmem (g_bytes_get_data (frame, NULL), 1, i % 2 ? "c" : "p", 1);
          g_assert_cmpint (g_hash_table_add (frames, frame), ==, round == 0);
        }
    }
  g_assert_cmpint (encoder.n_calls, ==, 2 * BELFRY_MESSAGE_N_FORMS);
}

/* That there is no frame is found out once, too. */
static void
test_no_frame (void)
{
  g_autoptr (BelfryMessage) message = message_of ("x", 1);
  Encoder encoder = { .none = TRUE };

  g_assert_null (belfry_message_get_frame (message, 0, TRUE, encode, &encoder));
  g_assert_null (belfry_message_get_frame (message, 0, TRUE, encode, &encoder));
  g_assert_cmpint (encoder.n_calls, ==, 1);
  encoder.none = FALSE;
  g_assert_nonnull (belfry_message_get_frame (message, 0, FALSE, encode, &encoder));
}

/* There are only so many forms. */
static void
test_form_too_large (void)
{
  g_autoptr (BelfryMessage) message = message_of ("x", 1);
  Encoder encoder = { 0 };
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);

  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-message", "*form < BELFRY_MESSAGE_N_FORMS*");
  g_assert_null (
      belfry_message_get_frame (message, BELFRY_MESSAGE_N_FORMS, FALSE, encode, &encoder));
  g_log_set_always_fatal (fatal);
  g_assert_cmpint (encoder.n_calls, ==, 0);
}

typedef struct
{
  BelfryMessage *message; /* (owned) */
  atomic_int *n_ready;    /* (unowned) */
  GBytes *frame;          /* (unowned) */
} Racer;

static gpointer
race (gpointer data)
{
  Racer *self = data;
  Encoder encoder = { 0 };

  atomic_fetch_add_explicit (self->n_ready, 1, memory_order_acq_rel);
  while (atomic_load_explicit (self->n_ready, memory_order_acquire) < N_RACERS)
    g_thread_yield ();
  self->frame = belfry_message_get_frame (self->message, 0, FALSE, encode, &encoder);
  g_assert_cmpuint (g_bytes_get_size (self->frame), ==, 1);
  return NULL;
}

/* Threads that ask at the same time get the same frame, and what is made in vain is freed. */
static void
test_race (void)
{
  for (int i = 0; i < N_RACES; i++)
    {
      g_autoptr (BelfryMessage) message = message_of ("x", 1);
      atomic_int n_ready = 0;
      Racer racers[N_RACERS];
      GThread *threads[N_RACERS];

      for (int j = 0; j < N_RACERS; j++)
        {
          racers[j] = (Racer){ belfry_message_ref (message), &n_ready, NULL };
          threads[j] = g_thread_new ("racer", race, &racers[j]);
        }
      for (int j = 0; j < N_RACERS; j++)
        g_thread_join (threads[j]);
      g_assert_nonnull (racers[0].frame);
      g_assert_true (racers[0].frame == racers[1].frame);
      for (int j = 0; j < N_RACERS; j++)
        belfry_message_unref (racers[j].message);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/message/payload-kinds", test_payload_kinds);
  belfry_test_add ("/message/depth", test_depth);
  belfry_test_add ("/message/long", test_long);
  belfry_test_add ("/message/fields", test_fields);
  belfry_test_add ("/message/cost", test_cost);
  belfry_test_add ("/message/frames", test_frames);
  belfry_test_add ("/message/no-frame", test_no_frame);
  belfry_test_add ("/message/form-too-large", test_form_too_large);
  belfry_test_add ("/message/race", test_race);
  return g_test_run ();
}
