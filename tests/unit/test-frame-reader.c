/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-frame-reader"

#include "config.h"

#include "belfry-frame-reader.h"

#include <string.h>

#include "belfry-close.h"
#include "belfry-test-bytes.h"
#include "belfry-test.h"

#define MAX_FRAME 1000
#define MAX_MESSAGE 2000
#define MAX_FRAGMENTS 8

#define MODEL_RUNS 300
#define MODEL_MESSAGES 12

/* A peer that writes down what a reader tells it. */
typedef struct
{
  BelfryFrameReader reader;
  BelfryInflater *inflater;   /* (owned) */
  GString *log;               /* (owned) */
  guint stop_after;           /* events before a handler asks to stop; 0 for never */
  const guint8 *last_message; /* (unowned): where the latest message was */
  gsize most_held;
} Peer;

static gboolean
note (Peer *self, const char *what, const guint8 *bytes, gsize length)
{
  g_string_append_printf (self->log, "%s%s ", self->log->len > 0 ? "; " : "", what);
  belfry_test_append_shown (self->log, bytes, length);
  return self->stop_after == 0 || --self->stop_after > 0;
}

static gboolean
on_message (const BelfryFrameMessage *message, gpointer user_data)
{
  Peer *self = user_data;
  const char *what = message->opcode == BELFRY_OPCODE_TEXT ? "text" : "binary";

  self->last_message = message->bytes;
  g_assert_true (message->opcode == BELFRY_OPCODE_TEXT || message->opcode == BELFRY_OPCODE_BINARY);
  g_autofree char *name = g_strconcat (message->compressed ? "deflated " : "", what, NULL);
  return note (self, name, message->bytes, message->length);
}

static gboolean
on_ping (const guint8 *payload, gsize length, gpointer user_data)
{
  return note (user_data, "ping", payload, length);
}

static gboolean
on_pong (const guint8 *payload, gsize length, gpointer user_data)
{
  return note (user_data, "pong", payload, length);
}

static void
on_close (guint code, const guint8 *reason, gsize length, gpointer user_data)
{
  g_autofree char *what = g_strdup_printf ("close %u", code);

  note (user_data, what, reason, length);
}

/* The words of an error are for people; that they fit into a close frame is all that is checked. */
static void
on_error (guint code, const char *reason, gpointer user_data)
{
  g_autofree char *what = g_strdup_printf ("error %u", code);

  g_assert_cmpuint (strlen (reason), >, 0);
  g_assert_cmpuint (strlen (reason), <=, BELFRY_CLOSE_REASON_MAX);
  note (user_data, what, NULL, 0);
}

static const BelfryFrameHandler handler = { on_message, on_ping, on_pong, on_close, on_error };

static void
peer_init (Peer *self, BelfryFrameSource source, gboolean deflate)
{
  *self = (Peer){ .inflater = belfry_inflater_new (), .log = g_string_new (NULL) };
  belfry_frame_reader_init (&self->reader, source, deflate);
}

static void
peer_clear (Peer *self)
{
  belfry_frame_reader_clear (&self->reader);
  belfry_inflater_free (self->inflater);
  g_string_free (self->log, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Peer, peer_clear)

/* Feeds a copy that is exactly as long as it says, so that a sanitizer sees a read behind its end.
 */
static gsize
peer_feed (Peer *self, const guint8 *bytes, gsize length)
{
  const BelfryFrameContext context = {
    &handler, self->inflater, MAX_FRAME, MAX_MESSAGE, MAX_FRAGMENTS,
  };
  g_autofree guint8 *copy = g_memdup2 (bytes, length);
  gsize consumed = belfry_frame_reader_feed (&self->reader, &context, copy, length, self);

  self->most_held = MAX (self->most_held, belfry_frame_reader_get_held (&self->reader));
  return consumed;
}

typedef struct
{
  const char *what;
  const char *bytes;
  const char *log;
  BelfryFrameSource source;
  gboolean deflate;
} Stream;

#define CLIENT BELFRY_FRAME_FROM_CLIENT
#define SERVER BELFRY_FRAME_FROM_SERVER

/* A mask of zeros keeps payloads readable. */
#define M "00000000"

static const Stream good_streams[] = {
  /* RFC 6455, section 5.7 */
  { "unmasked text", "81 05 'Hello'", "text Hello", SERVER },
  { "masked text", "81 85 37FA213D 7F9F4D5158", "text Hello", CLIENT },
  { "fragments", "01 03 'Hel' 80 02 'lo'", "text Hello", SERVER },
  { "ping and masked pong", "89 05 'Hello'", "ping Hello", SERVER },
  { "masked pong", "8A 85 37FA213D 7F9F4D5158", "pong Hello", CLIENT },
  /* RFC 7692, section 7.2.3 */
  { "compressed", "C1 07 F248CDC9C90700", "deflated text Hello", SERVER, TRUE },
  { "compressed, fragmented", "41 03 F248CD 80 04 C9C90700", "deflated text Hello", SERVER, TRUE },
  { "compressed, stored", "C1 0B 000500FAFF 'Hello' 00", "deflated text Hello", SERVER, TRUE },
  { "compressed, final", "C1 08 F348CDC9C9070000", "deflated text Hello", SERVER, TRUE },
  { "compressed, empty", "C1 01 00", "deflated text ", SERVER, TRUE },
  { "compressed, masked, binary", "C2 87 01020304 F34ACECDC80503", "deflated binary Hello", CLIENT,
    TRUE },
  /* And further */
  { "not compressed where it may be", "81 82" M "'hi'", "text hi", CLIENT, TRUE },
  { "no message", "", "", CLIENT },
  { "empty text", "81 80" M, "text ", CLIENT },
  { "empty binary", "82 80" M, "binary ", CLIENT },
  { "empty ping and pong", "89 80" M "8A 80" M, "ping ; pong ", CLIENT },
  { "NUL in text", "81 83" M "'a' 00 'b'", "text a\\00b", CLIENT },
  { "binary that is no text", "82 82" M "FFFE", "binary \\ff\\fe", CLIENT },
  { "many in a row", "81 81" M "'a' 82 81" M "'b' 81 81" M "'c'", "text a; binary b; text c",
    CLIENT },
  { "only empty fragments", "01 80" M "00 80" M "80 80" M, "text ", CLIENT },
  { "empty last fragment", "01 81" M "'a' 80 80" M, "text a", CLIENT },
  { "empty first fragment", "02 80" M "80 81" M "'a'", "binary a", CLIENT },
  { "control between fragments",
    "01 82" M "'Hi' 89 84" M "'ping' 00 81" M "'-' 8A 84" M "'pong' 80 82" M "'ya'",
    "ping ping; pong pong; text Hi-ya", CLIENT },
  { "a close between fragments", "01 82" M "'Hi' 88 82" M "03E8", "close 1000 ", CLIENT },
  { "a character across fragments", "01 81" M "E2 00 81" M "82 80 81" M "AC", "text \\e2\\82\\ac",
    CLIENT },
  { "a ping within a character", "01 82" M "E282 89 81" M "'x' 80 81" M "AC",
    "ping x; text \\e2\\82\\ac", CLIENT },
  { "a ping of 125 bytes",
    "89 FD" M "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
    "ping 125:3ec5ca1d740852128d4ef51e3f881f7af5c233f2", CLIENT },
  { "a close without a code", "88 80" M, "close 1005 ", CLIENT },
  { "a close with a reason", "88 85" M "0FA0 'bye'", "close 4000 bye", CLIENT },
  { "nothing is read behind a close", "88 80" M "FFFFFFFF 81 80" M, "close 1005 ", CLIENT },
};

static const Stream bad_streams[] = {
  { "unmasked from a client", "81 05 'Hello'", "error 1002 ", CLIENT },
  { "masked from a server", "81 85" M "'Hello'", "error 1002 ", SERVER },
  { "reserved bit 1", "C1 80" M, "error 1002 ", CLIENT },
  { "reserved bit 2, between good ones", "81 81" M "'a' A1 80" M "81 81" M "'b'",
    "text a; error 1002 ", CLIENT },
  { "reserved bit 3 on a ping", "99 80" M, "error 1002 ", CLIENT },
  { "opcode 3", "83 80" M, "error 1002 ", CLIENT },
  { "opcode 15", "8F 80" M, "error 1002 ", CLIENT },
  { "fragmented ping", "09 80" M "80 80" M, "error 1002 ", CLIENT },
  { "long ping", "89 FE 007E" M, "error 1002 ", CLIENT },
  { "nothing to continue", "80 81" M "'a'", "error 1002 ", CLIENT },
  { "nothing to continue any more", "01 81" M "'a' 80 81" M "'b' 80 81" M "'c'",
    "text ab; error 1002 ", CLIENT },
  { "a message within a message", "01 81" M "'a' 81 81" M "'b'", "error 1002 ", CLIENT },
  { "a ping, then a message within a message", "01 81" M "'a' 89 80" M "01 81" M "'b'",
    "ping ; error 1002 ", CLIENT },
  { "length not shortest", "81 FE 0005" M "'Hello'", "error 1002 ", CLIENT },
  { "length with its highest bit", "82 FF 8000000000000000" M, "error 1002 ", CLIENT },
  { "compressed where it was not agreed on", "C1 87" M "F248CDC9C90700", "error 1002 ", CLIENT },
  { "compressed continuation", "41 83" M "F248CD C0 84" M "C9C90700", "error 1002 ", CLIENT, TRUE },
  { "compressed ping", "C9 80" M, "error 1002 ", CLIENT, TRUE },
  { "half a close code", "88 81" M "03", "error 1002 ", CLIENT },
  { "a close code of nobody", "88 82" M "03ED", "error 1002 ", CLIENT },
  { "a close reason that is no text", "88 84" M "03E8 C328", "error 1007 ", CLIENT },
  { "a surrogate", "81 83" M "EDA080", "error 1007 ", CLIENT },
  { "overlong", "81 82" M "C0AF", "error 1007 ", CLIENT },
  { "ends within a character", "81 82" M "E282", "error 1007 ", CLIENT },
  { "ends within a character, empty last fragment", "01 82" M "E282 80 80" M, "error 1007 ",
    CLIENT },
  { "bad across fragments", "01 81" M "E2 80 81" M "28", "error 1007 ", CLIENT },
  { "bad byte long before the end", "81 FE 03E8" M "'a' FF", "error 1007 ", CLIENT },
  { "bad byte in a fragment, the last never sent", "01 82" M "'a' FF", "error 1007 ", CLIENT },
  { "inflates to what is no text", "C1 83" M "FA0F00", "error 1007 ", CLIENT, TRUE },
  { "cannot be inflated", "C2 84" M "FFFFFFFF", "error 1007 ", CLIENT, TRUE },
  { "refers back to the message before", "C1 87" M "F248CDC9C90700 C1 85" M "F200110000",
    "deflated text Hello; error 1007 ", CLIENT, TRUE },
  { "compressed and empty", "C1 80" M, "error 1007 ", CLIENT, TRUE },
  { "frame too big", "82 FE 03E9" M, "error 1009 ", CLIENT },
  { "frame far too big", "82 FF 7FFFFFFFFFFFFFFF" M, "error 1009 ", CLIENT },
  { "continuation far too big", "02 81" M "'a' 80 FF 7FFFFFFFFFFFFFFF" M, "error 1009 ", CLIENT },
  { "too many empty fragments",
    "02 80" M "00 80" M "00 80" M "00 80" M "00 80" M "00 80" M "00 80" M "00 80" M "00 80" M,
    "error 1008 ", CLIENT },
};

static void
assert_log (const Stream *stream, const Peer *peer, const char *how, gsize at)
{
  if (!g_str_equal (peer->log->str, stream->log))
    g_error ("%s, %s at %" G_GSIZE_FORMAT ": “%s” instead of “%s”", stream->what, how, at,
             peer->log->str, stream->log);
}

static void
check_whole (const Stream *stream, const GByteArray *bytes)
{
  g_auto (Peer) peer;

  peer_init (&peer, stream->source, stream->deflate);
  g_assert_cmpuint (peer_feed (&peer, bytes->data, bytes->len), ==, bytes->len);
  assert_log (stream, &peer, "whole", 0);
}

static void
check_split (const Stream *stream, const GByteArray *bytes, gsize cut)
{
  g_auto (Peer) peer;

  peer_init (&peer, stream->source, stream->deflate);
  g_assert_cmpuint (peer_feed (&peer, bytes->data, cut), ==, cut);
  g_assert_cmpuint (peer_feed (&peer, bytes->data + cut, bytes->len - cut), ==, bytes->len - cut);
  assert_log (stream, &peer, "split", cut);
}

static void
check_pieces (const Stream *stream, const GByteArray *bytes, gsize piece)
{
  g_auto (Peer) peer;

  peer_init (&peer, stream->source, stream->deflate);
  for (gsize at = 0; at < bytes->len; at += piece)
    peer_feed (&peer, bytes->data + at, MIN (piece, bytes->len - at));
  assert_log (stream, &peer, "in pieces", piece);
}

static void
check_streams (const Stream *streams, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) bytes = belfry_test_bytes (streams[i].bytes);

      check_whole (&streams[i], bytes);
      for (gsize cut = 0; cut <= bytes->len; cut++)
        check_split (&streams[i], bytes, cut);
      for (gsize piece = 1; piece <= 8; piece++)
        check_pieces (&streams[i], bytes, piece);
    }
}

/* All that the RFCs allow is understood, and in the same way however it is cut. */
static void
test_good (void)
{
  check_streams (good_streams, G_N_ELEMENTS (good_streams));
}

/* All that they forbid is answered with the right code, and in the same way however it is cut. */
static void
test_bad (void)
{
  check_streams (bad_streams, G_N_ELEMENTS (bad_streams));
}

typedef struct
{
  const char *what;
  const char *bytes;
  const char *log;
} Early;

static const Early early[] = {
  { "opcode", "83", "error 1002 " },
  { "missing mask", "81 05", "error 1002 " },
  { "continuation of nothing", "80", "error 1002 " },
  { "long ping", "89 FE", "error 1002 " },
  { "big frame", "82 FE 03E9" M, "error 1009 " },
  { "bad byte", "81 FE 03E8" M "FF", "error 1007 " },
  { "second byte of a surrogate", "81 FE 03E8" M "EDA0", "error 1007 " },
};

/* A defect is told when its byte arrives, without waiting for the rest, and not before. */
static void
test_early (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (early); i++)
    {
      g_autoptr (GByteArray) bytes = belfry_test_bytes (early[i].bytes);
      g_auto (Peer) peer;

      g_test_message ("%s", early[i].what);
      peer_init (&peer, CLIENT, FALSE);
      peer_feed (&peer, bytes->data, bytes->len - 1);
      g_assert_cmpstr (peer.log->str, ==, "");
      peer_feed (&peer, bytes->data + bytes->len - 1, 1);
      g_assert_cmpstr (peer.log->str, ==, early[i].log);
    }
}

/* After an error all is swallowed, nothing is held, and nothing more is said. */
static void
test_after_error (void)
{
  g_autoptr (GByteArray) bytes = belfry_test_bytes ("01 83" M "'abc' 83");
  g_autoptr (GByteArray) more = belfry_test_bytes ("81 81" M "'a'");
  g_auto (Peer) peer;

  peer_init (&peer, CLIENT, FALSE);
  peer_feed (&peer, bytes->data, bytes->len);
  g_assert_cmpuint (peer_feed (&peer, more->data, more->len), ==, more->len);
  g_assert_cmpstr (peer.log->str, ==, "error 1002 ");
  g_assert_cmpuint (belfry_frame_reader_get_held (&peer.reader), ==, 0);
}

/* A message that lies whole in what arrived is handed on from there; one that does not is buffered,
 * and the buffer goes with it. */
static void
test_zero_copy (void)
{
  g_autoptr (GByteArray) bytes = belfry_test_bytes ("81 85" M "'Hello'");
  const BelfryFrameContext context = { &handler, NULL, MAX_FRAME, MAX_MESSAGE, MAX_FRAGMENTS };
  g_auto (Peer) peer;

  peer_init (&peer, CLIENT, FALSE);
  belfry_frame_reader_feed (&peer.reader, &context, bytes->data, bytes->len, &peer);
  g_assert_true (peer.last_message == bytes->data + 6);
  belfry_frame_reader_feed (&peer.reader, &context, bytes->data, 8, &peer);
  g_assert_false (belfry_frame_reader_is_idle (&peer.reader));
  g_assert_cmpuint (belfry_frame_reader_get_held (&peer.reader), >, 0);
  belfry_frame_reader_feed (&peer.reader, &context, bytes->data + 8, bytes->len - 8, &peer);
  g_assert_true (peer.last_message != bytes->data + 6);
  g_assert_true (belfry_frame_reader_is_idle (&peer.reader));
  g_assert_cmpuint (belfry_frame_reader_get_held (&peer.reader), ==, 0);
  g_assert_cmpstr (peer.log->str, ==, "text Hello; text Hello");
}

/* The size of an idle connection is a promise. */
static void
test_size (void)
{
  g_assert_cmpuint (sizeof (BelfryFrameReader), <=, 64);
}

/* An announcement takes no memory: only what arrived does, and never more than twice as much. */
static void
test_announcement (void)
{
  g_autoptr (GByteArray) header = belfry_test_bytes ("82 FE 03E8" M);
  g_auto (Peer) peer;

  peer_init (&peer, CLIENT, FALSE);
  peer_feed (&peer, header->data, header->len);
  g_assert_cmpuint (belfry_frame_reader_get_held (&peer.reader), ==, 0);
  for (guint arrived = 1; arrived < 1000; arrived++)
    {
      peer_feed (&peer, (const guint8 *) "x", 1);
      g_assert_cmpuint (belfry_frame_reader_get_held (&peer.reader), <=, MAX (64, 2 * arrived));
    }
  g_assert_cmpuint (peer.most_held, <=, 1000);
  peer_feed (&peer, (const guint8 *) "x", 1);
  g_assert_true (g_str_has_prefix (peer.log->str, "binary 1000:"));
}

static GByteArray *
make_fragments (guint n, gsize size)
{
  GByteArray *stream = g_byte_array_new ();
  g_autofree guint8 *payload = g_malloc0 (size);

  for (guint i = 0; i < n; i++)
    {
      const BelfryFrameHeader header = {
        .length = size, .opcode = i == 0 ? BELFRY_OPCODE_BINARY : 0, .fin = i + 1 == n, .masked = 1
      };
      g_autoptr (GBytes) frame = belfry_frame_new (&header, payload);

      g_byte_array_append (stream, g_bytes_get_data (frame, NULL),
                           (guint) g_bytes_get_size (frame));
    }
  return stream;
}

typedef struct
{
  guint fragments;
  gsize size;
  const char *prefix;
} FragmentCase;

static const FragmentCase fragment_cases[] = {
  { 9, 0, "binary " },                           /* eight free ones and a last one */
  { 10, 0, "error 1008 " },                      /* one too many */
  { 9, 1, "binary " },                           /* eight free ones that bring something along */
  { 11, 1, "error 1008 " },                      /* ten bytes buy nothing */
  { 125, BELFRY_FRAGMENT_BYTES, "binary " },     /* each pays for the next */
  { 126, BELFRY_FRAGMENT_BYTES, "error 1009 " }, /* more than the message may have */
  { 2, 1000, "binary " },                        /* the largest frames, the largest message */
  { 3, 1000, "error 1009 " },                    /* a frame beyond it */
};

/* Besides the free ones, fragments must bring bytes along; all together must fit into the message.
 */
static void
test_fragments (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fragment_cases); i++)
    {
      const FragmentCase *row = &fragment_cases[i];
      g_autoptr (GByteArray) stream = make_fragments (row->fragments, row->size);
      g_auto (Peer) peer;

      g_test_message ("%u of %" G_GSIZE_FORMAT, row->fragments, row->size);
      peer_init (&peer, CLIENT, FALSE);
      peer_feed (&peer, stream->data, stream->len);
      g_assert_true (g_str_has_prefix (peer.log->str, row->prefix));
      g_assert_cmpuint (peer.most_held, <=, 2 * MAX_MESSAGE);
    }
}

/* A bomb is refused at the bound of a message, in one frame as in fragments. */
static void
test_bomb (void)
{
  g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (9, 1);
  g_autofree guint8 *zeros = g_malloc0 (MAX_MESSAGE + 1);

  for (gsize over = 0; over <= 1; over++)
    {
      g_autoptr (GBytes) frame =
          belfry_deflater_frame (deflater, BELFRY_OPCODE_BINARY, zeros, MAX_MESSAGE + over);
      g_auto (Peer) peer;

      peer_init (&peer, SERVER, TRUE);
      peer_feed (&peer, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
      g_assert_true (
          g_str_has_prefix (peer.log->str, over > 0 ? "error 1009 " : "deflated binary 2000:"));
    }
}

/* A handler may stop the reader after any event; the rest, still masked, is read when it is fed. */
static void
test_stop (void)
{
  g_autoptr (GByteArray) bytes =
      belfry_test_bytes ("89 85 37FA213D 7F9F4D5158 01 85 37FA213D 7F9F4D5158"
                         "8A 85 37FA213D 7F9F4D5158 80 85 37FA213D 7F9F4D5158");

  for (gsize piece = 1; piece <= bytes->len; piece++)
    {
      g_auto (Peer) peer;
      gsize at = 0;

      peer_init (&peer, CLIENT, FALSE);
      while (at < bytes->len)
        {
          peer.stop_after = 1;
          at += peer_feed (&peer, bytes->data + at, MIN (piece, bytes->len - at));
        }
      g_assert_cmpstr (peer.log->str, ==, "ping Hello; pong Hello; text HelloHello");
    }
}

static gboolean
on_message_drop_all (const BelfryFrameMessage *message, gpointer user_data)
{
  BelfryFrameReader **reader = user_data;

  belfry_frame_reader_clear (*reader);
  g_clear_pointer (reader, g_free);
  g_assert_cmpuint (message->bytes[0], ==, 'H');
  return FALSE;
}

/* A connection may be closed, and its reader freed, by the message that it brought. */
static void
test_freed_inside (void)
{
  static const BelfryFrameHandler dropping = { .message = on_message_drop_all };
  const BelfryFrameContext context = { &dropping, NULL, MAX_FRAME, MAX_MESSAGE, MAX_FRAGMENTS };
  g_autoptr (GByteArray) bytes = belfry_test_bytes ("01 83" M "'Hel' 80 82" M "'lo' 81 80" M);
  BelfryFrameReader *reader = g_new (BelfryFrameReader, 1);

  belfry_frame_reader_init (reader, CLIENT, FALSE);
  g_assert_cmpuint (belfry_frame_reader_feed (reader, &context, bytes->data, bytes->len, &reader),
                    ==, bytes->len - 6);
  g_assert_null (reader);
}

/* Limits may be lowered, as a reload does, under a message that is half received. */
static void
test_lowered_limits (void)
{
  BelfryFrameContext context = { &handler, NULL, MAX_FRAME, MAX_MESSAGE, MAX_FRAGMENTS };
  g_autoptr (GByteArray) bytes = belfry_test_bytes ("02 85" M "'Hello' 80 81" M "'!'");
  g_auto (Peer) peer;

  peer_init (&peer, CLIENT, FALSE);
  belfry_frame_reader_feed (&peer.reader, &context, bytes->data, 11, &peer);
  context.max_message = 3;
  belfry_frame_reader_feed (&peer.reader, &context, bytes->data + 11, bytes->len - 11, &peer);
  g_assert_cmpstr (peer.log->str, ==, "error 1009 ");
}

/* What a random client says, and what must be heard of it. */
typedef struct
{
  BelfryDeflater *deflater; /* (owned) */
  GByteArray *stream;       /* (owned) */
  GString *expected;        /* (owned) */
} Model;

static void
model_expect (Model *self, const char *what, const guint8 *bytes, gsize length)
{
  g_string_append_printf (self->expected, "%s%s ", self->expected->len > 0 ? "; " : "", what);
  belfry_test_append_shown (self->expected, bytes, length);
}

static void
model_frame (Model *self, BelfryFrameHeader header, const guint8 *payload)
{
  guint32 mask = (guint32) g_test_rand_int ();

  memcpy (header.mask, &mask, sizeof mask);
  header.masked = 1;
  g_autoptr (GBytes) frame = belfry_frame_new (&header, payload);
  g_byte_array_append (self->stream, g_bytes_get_data (frame, NULL),
                       (guint) g_bytes_get_size (frame));
}

static void
model_control (Model *self)
{
  static const char *const names[] = { "ping", "pong" };
  guint which = (guint) g_test_rand_int_range (0, 2);
  guint8 payload[BELFRY_FRAME_CONTROL_MAX];
  gsize length = (gsize) g_test_rand_int_range (0, sizeof payload + 1);

  memset (payload, (int) length, sizeof payload);
  model_frame (self,
               (BelfryFrameHeader){
                   .length = length, .opcode = (BELFRY_OPCODE_PING + which) & 0xF, .fin = 1 },
               payload);
  model_expect (self, names[which], payload, length);
}

static void
model_fragments (Model *self, guint opcode, gboolean rsv1, const guint8 *payload, gsize length)
{
  gboolean first = TRUE;
  gsize at = 0;

  for (guint left = (guint) g_test_rand_int_range (1, MAX_FRAGMENTS); left > 0; left--)
    {
      gsize size =
          left == 1 ? length - at : (gsize) g_test_rand_int_range (0, (gint32) (length - at) + 1);

      model_frame (self,
                   (BelfryFrameHeader){ .length = size,
                                        .opcode = first ? opcode & 0xF : 0,
                                        .fin = left == 1,
                                        .rsv1 = first && rsv1 },
                   payload + at);
      at += size;
      first = FALSE;
      if (left > 1 && g_test_rand_int_range (0, 3) == 0)
        model_control (self);
    }
}

static void
model_message (Model *self)
{
  static const char *const names[] = { "text", "binary", "deflated text", "deflated binary" };
  static const gint32 sizes[] = { 0, 1, 5, 125, 126, 127, 400, MAX_FRAME };
  guint8 message[MAX_FRAME];
  gsize length = (gsize) sizes[g_test_rand_int_range (0, G_N_ELEMENTS (sizes))];
  guint opcode = g_test_rand_int_range (0, 2) == 0 ? BELFRY_OPCODE_TEXT : BELFRY_OPCODE_BINARY;
  gsize compressed_length = 0;
  g_autofree guint8 *compressed = NULL;

  for (gsize i = 0; i < length; i++)
    message[i] = (guint8) g_test_rand_int_range ('a', 'e');
  if (g_test_rand_int_range (0, 2) == 0)
    compressed = belfry_deflater_compress (self->deflater, message, length, &compressed_length);
  model_fragments (self, opcode, compressed != NULL, compressed != NULL ? compressed : message,
                   compressed != NULL ? compressed_length : length);
  model_expect (self, names[(opcode - BELFRY_OPCODE_TEXT) + (compressed != NULL ? 2 : 0)], message,
                length);
}

static void
model_feed (Model *self, gsize longest)
{
  g_auto (Peer) peer;
  gsize at = 0;

  peer_init (&peer, CLIENT, TRUE);
  while (at < self->stream->len)
    {
      gsize n = (gsize) g_test_rand_int_range (1, (gint32) longest + 1);

      at += peer_feed (&peer, self->stream->data + at, MIN (n, self->stream->len - at));
    }
  g_assert_cmpstr (peer.log->str, ==, self->expected->str);
  g_assert_true (belfry_frame_reader_is_idle (&peer.reader));
  g_assert_cmpuint (belfry_frame_reader_get_held (&peer.reader), ==, 0);
  g_assert_cmpuint (peer.most_held, <=, 2 * MAX_MESSAGE);
}

/* Whatever a client says, in whatever fragments, with control frames anywhere between them, and
 * however the network cuts it, is heard as it was said. */
static void
test_model (void)
{
  for (guint run = 0; run < MODEL_RUNS; run++)
    {
      g_autoptr (BelfryDeflater) deflater = belfry_deflater_new (1, 1);
      g_autoptr (GByteArray) stream = g_byte_array_new ();
      g_autoptr (GString) expected = g_string_new (NULL);
      Model model = { deflater, stream, expected };

      for (guint i = 0; i < MODEL_MESSAGES; i++)
        {
          model_message (&model);
          if (g_test_rand_int_range (0, 4) == 0)
            model_control (&model);
        }
      model_feed (&model, 1);
      model_feed (&model, 20);
      model_feed (&model, 3000);
    }
}

/* The reader of another image goes on wherever this one stood, and ends as if there had been one.
 */
static void
test_restore (void)
{
  static const guint8 stream[] = {
    0x01, 0x83, 1, 2, 3, 4, 'a' ^ 1, 0xc3 ^ 2, 0xa4 ^ 3,           /* a first fragment */
    0x89, 0x82, 1, 1, 1, 1, 'h' ^ 1, 'i' ^ 1,                      /* a ping between */
    0x80, 0x82, 9, 8, 7, 6, 'b' ^ 9, 'c' ^ 8,                      /* the last fragment */
    0x82, 0xfe, 0, 3, 0, 0, 0,       1,        'x',      'y', 'z', /* a longer form than needed */
  };
  g_auto (Peer) whole = { 0 };

  peer_init (&whole, BELFRY_FRAME_FROM_CLIENT, TRUE);
  peer_feed (&whole, stream, sizeof stream);
  for (gsize cut = 0; cut <= sizeof stream; cut++)
    {
      g_autoptr (GByteArray) written = g_byte_array_new ();
      g_auto (Peer) first = { 0 };
      g_auto (Peer) second = { 0 };
      BelfryStateReader state;

      peer_init (&first, BELFRY_FRAME_FROM_CLIENT, TRUE);
      peer_init (&second, BELFRY_FRAME_FROM_CLIENT, TRUE);
      peer_feed (&first, stream, cut);
      if (first.reader.ended)
        continue;
      belfry_frame_reader_save (&first.reader, written);
      belfry_state_reader_init (&state, written->data, written->len);
      belfry_frame_reader_restore (&second.reader, &state);
      g_assert_true (belfry_state_reader_is_at_end (&state));
      g_string_append (second.log, first.log->str);
      peer_feed (&second, stream + cut, sizeof stream - cut);
      g_assert_cmpstr (second.log->str, ==, whole.log->str);
      for (gsize length = 0; length < written->len; length++)
        {
          g_auto (Peer) part = { 0 };

          peer_init (&part, BELFRY_FRAME_FROM_CLIENT, TRUE);
          belfry_state_reader_init (&state, written->data, length);
          belfry_frame_reader_restore (&part.reader, &state);
          g_assert_false (belfry_state_reader_is_good (&state));
          g_assert_true (belfry_frame_reader_is_idle (&part.reader));
        }
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/frame-reader/good", test_good);
  belfry_test_add ("/frame-reader/bad", test_bad);
  belfry_test_add ("/frame-reader/early", test_early);
  belfry_test_add ("/frame-reader/after-error", test_after_error);
  belfry_test_add ("/frame-reader/zero-copy", test_zero_copy);
  belfry_test_add ("/frame-reader/size", test_size);
  belfry_test_add ("/frame-reader/announcement", test_announcement);
  belfry_test_add ("/frame-reader/fragments", test_fragments);
  belfry_test_add ("/frame-reader/bomb", test_bomb);
  belfry_test_add ("/frame-reader/stop", test_stop);
  belfry_test_add ("/frame-reader/freed-inside", test_freed_inside);
  belfry_test_add ("/frame-reader/lowered-limits", test_lowered_limits);
  belfry_test_add ("/frame-reader/model", test_model);
  belfry_test_add ("/frame-reader/restore", test_restore);
  return g_test_run ();
}
