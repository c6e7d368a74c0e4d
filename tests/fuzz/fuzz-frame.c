/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz-frame"

#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "belfry-frame-reader.h"

/* Any bytes, read at once and read in pieces, must lead to the same events, within the bounds. The
 * first byte chooses who speaks and whether compression was agreed on; the second how the rest is
 * cut. */

#define MAX_FRAME 512
#define MAX_MESSAGE 1024
#define MAX_FRAGMENTS 8

#define FLAG_FROM_SERVER 0x01
#define FLAG_DEFLATE 0x02

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static gboolean
note (GByteArray *log, guint8 what, const guint8 *bytes, gsize length)
{
  const guint32 head[] = { what, (guint32) length };

  g_byte_array_append (log, (const guint8 *) head, sizeof head);
  if (length > 0)
    g_byte_array_append (log, bytes, (guint) length);
  return TRUE;
}

static gboolean
on_message (const BelfryFrameMessage *message, gpointer user_data)
{
  g_assert (message->length <= MAX_MESSAGE);
  g_assert (message->opcode == BELFRY_OPCODE_TEXT || message->opcode == BELFRY_OPCODE_BINARY);
  /* GLib alone does not take NUL for text. */
  if (message->opcode == BELFRY_OPCODE_TEXT && memchr (message->bytes, 0, message->length) == NULL)
    g_assert (g_utf8_validate_len ((const char *) message->bytes, message->length, NULL));
  return note (user_data, message->compressed ? 'Z' : 'M', message->bytes, message->length);
}

static gboolean
on_ping (const guint8 *payload, gsize length, gpointer user_data)
{
  g_assert (length <= BELFRY_FRAME_CONTROL_MAX);
  return note (user_data, 'I', payload, length);
}

static gboolean
on_pong (const guint8 *payload, gsize length, gpointer user_data)
{
  g_assert (length <= BELFRY_FRAME_CONTROL_MAX);
  return note (user_data, 'O', payload, length);
}

static void
on_close (guint code, const guint8 *reason, gsize length, gpointer user_data)
{
  note (user_data, 'C', (const guint8 *) &code, sizeof code);
  note (user_data, 'R', reason, length);
}

static void
on_error (guint code, const char *reason, gpointer user_data)
{
  note (user_data, 'E', (const guint8 *) &code, sizeof code);
  note (user_data, 'R', (const guint8 *) reason, strlen (reason));
}

static const BelfryFrameHandler handler = { on_message, on_ping, on_pong, on_close, on_error };

/* Pieces of 1 to 16 bytes, or all at once if @pattern is 0. */
static GByteArray *
read_all (const uint8_t *data, size_t size, guint8 flags, guint8 pattern)
{
  g_autoptr (BelfryInflater) inflater = belfry_inflater_new ();
  const BelfryFrameContext context = { &handler, inflater, MAX_FRAME, MAX_MESSAGE, MAX_FRAGMENTS };
  GByteArray *log = g_byte_array_new ();
  BelfryFrameReader reader;
  guint32 state = pattern;

  belfry_frame_reader_init (&reader,
                            flags & FLAG_FROM_SERVER ? BELFRY_FRAME_FROM_SERVER
                                                     : BELFRY_FRAME_FROM_CLIENT,
                            flags & FLAG_DEFLATE);
  for (size_t at = 0; at < size;)
    {
      state = state * 1664525 + 1013904223;
      size_t n = pattern == 0 ? size : MIN (size - at, 1 + (state >> 16) % (1 + pattern % 16));
      g_autofree guint8 *chunk = g_memdup2 (data + at, n);

      g_assert (belfry_frame_reader_feed (&reader, &context, chunk, n, log) == n);
      g_assert (belfry_frame_reader_get_held (&reader) <= 2 * MAX_MESSAGE);
      at += n;
    }
  belfry_frame_reader_clear (&reader);
  return log;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < 2)
    return 0;
  g_autoptr (GByteArray) whole = read_all (data + 2, size - 2, data[0], 0);
  g_autoptr (GByteArray) pieces = read_all (data + 2, size - 2, data[0], MAX (data[1], 1));

  g_assert (whole->len == pieces->len);
  g_assert (whole->len == 0 || memcmp (whole->data, pieces->data, whole->len) == 0);
  return 0;
}
