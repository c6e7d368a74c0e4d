/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-deflate"

#include "config.h"

#include "belfry-deflate.h"

#include <string.h>

/* So that zlib takes its input as constant. */
#define ZLIB_CONST
#include <zlib.h>

/* The messages of RFC 7692, section 7.2. Neither direction keeps a context, so that one stream of
 * each kind, reset for every message, serves all connections of a thread. No file or socket is ever
 * touched here. */

/* The largest window, and raw deflate without zlib's own header. */
#define RAW_WINDOW_BITS (-15)
#define MEMORY_LEVEL 8

/* What a flush ends with and a sender leaves out. */
static const guint8 flush_tail[] = { 0x00, 0x00, 0xFF, 0xFF };

/* In zlib's data_type: how many bits were taken in but not yet used. */
#define UNUSED_BITS 0x3F

/* What the first guess at the size of a message is: small JSON shrinks to a quarter. */
#define EXPECTED_RATIO 4
#define MIN_OUTPUT 256

struct _BelfryDeflater
{
  z_stream stream; /* (owned) */
  gsize threshold;
};

struct _BelfryInflater
{
  z_stream stream; /* (owned) */
};

/* Where inflated bytes go: grows by doubling, to one byte more than is allowed. */
typedef struct
{
  guint8 *bytes; /* (owned) */
  gsize length;
  gsize capacity;
  gsize max;
} Output;

BelfryDeflater *
belfry_deflater_new (int level, gsize threshold)
{
  BelfryDeflater *self = g_new0 (BelfryDeflater, 1);
  int result = deflateInit2 (&self->stream, level, Z_DEFLATED, RAW_WINDOW_BITS, MEMORY_LEVEL,
                             Z_DEFAULT_STRATEGY);

  if (result != Z_OK)
    g_error ("zlib cannot deflate at level %d: %s", level, zError (result));
  self->threshold = threshold;
  return self;
}

void
belfry_deflater_free (BelfryDeflater *self)
{
  deflateEnd (&self->stream);
  g_free (self);
}

guint8 *
belfry_deflater_compress (BelfryDeflater *self,
                          const guint8 *bytes,
                          gsize length,
                          gsize *compressed_length)
{
  z_stream *stream = &self->stream;

  if (length < self->threshold || length == 0 || length > G_MAXUINT32 - sizeof flush_tail)
    return NULL;
  gsize room = length + sizeof flush_tail;
  g_autofree guint8 *compressed = g_malloc (room);
  deflateReset (stream);
  stream->next_in = bytes;
  stream->avail_in = (uInt) length;
  stream->next_out = compressed;
  stream->avail_out = (uInt) room;
  deflate (stream, Z_SYNC_FLUSH);
  /* Only where room is left has all been flushed; where none is, nothing would be saved. */
  if (stream->avail_out == 0)
    return NULL;
  *compressed_length = room - stream->avail_out - sizeof flush_tail;
  return g_steal_pointer (&compressed);
}

GBytes *
belfry_deflater_frame (BelfryDeflater *self, BelfryOpcode opcode, const guint8 *bytes, gsize length)
{
  BelfryFrameHeader header = { .opcode = opcode, .fin = 1, .rsv1 = 1 };
  gsize compressed_length = 0;
  g_autofree guint8 *compressed =
      belfry_deflater_compress (self, bytes, length, &compressed_length);

  if (compressed == NULL)
    return NULL;
  header.length = compressed_length;
  return belfry_frame_new (&header, compressed);
}

BelfryInflater *
belfry_inflater_new (void)
{
  BelfryInflater *self = g_new0 (BelfryInflater, 1);
  int result = inflateInit2 (&self->stream, RAW_WINDOW_BITS);

  if (result != Z_OK)
    g_error ("zlib cannot inflate: %s", zError (result));
  return self;
}

void
belfry_inflater_free (BelfryInflater *self)
{
  inflateEnd (&self->stream);
  g_free (self);
}

static gboolean
output_make_room (Output *self)
{
  if (self->length > self->max)
    return FALSE;
  if (self->length == self->capacity)
    {
      self->capacity = MIN (self->capacity * 2, self->max + 1);
      self->bytes = g_realloc (self->bytes, self->capacity);
    }
  return TRUE;
}

/* A block may be marked as the last one, and others may follow it: each such run of blocks is a
 * stream of its own. @ended tells whether the input stopped with one. */
static BelfryInflateResult
inflate_part (z_stream *stream, const guint8 *input, gsize length, Output *output, gboolean *ended)
{
  stream->next_in = input;
  stream->avail_in = (uInt) length;
  do
    {
      if (!output_make_room (output))
        return BELFRY_INFLATE_TOO_BIG;
      gsize room = output->capacity - output->length;
      stream->next_out = output->bytes + output->length;
      stream->avail_out = (uInt) room;
      int result = inflate (stream, Z_SYNC_FLUSH);
      output->length += room - stream->avail_out;
      *ended = result == Z_STREAM_END;
      if (*ended)
        inflateReset (stream);
      else if (result != Z_OK && result != Z_BUF_ERROR)
        return BELFRY_INFLATE_BROKEN;
    }
  while (stream->avail_in > 0 || (stream->avail_out == 0 && !*ended));
  return output->length > output->max ? BELFRY_INFLATE_TOO_BIG : BELFRY_INFLATE_OK;
}

static BelfryInflateResult
inflate_all (z_stream *stream, const guint8 *payload, gsize length, Output *output)
{
  gboolean ended = FALSE;
  BelfryInflateResult result = inflate_part (stream, payload, length, output, &ended);

  if (result != BELFRY_INFLATE_OK || ended)
    return result;
  /* The tail is the length of an empty block, which is wanted whole: with a byte of it missing, the
   * others must all be waiting. Where they are not, they were taken for data, since the payload had
   * been cut. */
  result = inflate_part (stream, flush_tail, sizeof flush_tail - 1, output, &ended);
  if (result != BELFRY_INFLATE_OK)
    return result;
  return (stream->data_type & UNUSED_BITS) == 8 * (sizeof flush_tail - 1) ? BELFRY_INFLATE_OK
                                                                          : BELFRY_INFLATE_BROKEN;
}

BelfryInflateResult
belfry_inflater_decompress (BelfryInflater *self,
                            const guint8 *payload,
                            gsize length,
                            gsize max,
                            guint8 **message,
                            gsize *message_length)
{
  Output output = { .max = MIN (max, G_MAXUINT32 - 1) };

  if (length > G_MAXUINT32)
    return BELFRY_INFLATE_TOO_BIG;
  output.capacity = MIN (MAX (length * EXPECTED_RATIO, MIN_OUTPUT), output.max + 1);
  output.bytes = g_malloc (output.capacity);
  inflateReset (&self->stream);
  BelfryInflateResult result = inflate_all (&self->stream, payload, length, &output);
  if (result != BELFRY_INFLATE_OK)
    {
      g_free (output.bytes);
      return result;
    }
  *message = output.bytes;
  *message_length = output.length;
  return BELFRY_INFLATE_OK;
}
