/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include "belfry-bench-frame.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <zlib.h>

#define WHOLE 0x80      /* the first byte of a frame that is no fragment */
#define COMPRESSED 0x40 /* and that is compressed */
#define OPCODE 0x0F     /* the rest of that byte */
#define MASKED 0x80     /* in the second byte */
#define LENGTH 0x7F     /* the rest of that byte: a length below the next two, or one of them */
#define LENGTH16 126    /* two bytes of length follow */
#define LENGTH64 127    /* eight bytes of length follow */
#define MASK_SIZE 4

/* Any will do: the mask is there for proxies, of which there are none. */
static const guint8 client_mask[MASK_SIZE] = { 0x5A, 0x3C, 0x96, 0x0F };

struct _BelfryBenchInflater
{
  z_stream stream;
  guint8 message[BELFRY_BENCH_PAYLOAD_MAX + 1];
};

static void
apply_mask (guint8 *bytes, gsize length, const guint8 mask[MASK_SIZE])
{
  for (gsize i = 0; i < length; i++)
    bytes[i] ^= mask[i % MASK_SIZE];
}

gssize
belfry_bench_frame_read (guint8 *bytes, gsize available, BelfryBenchFrame *frame)
{
  if (available < 2)
    return 0;
  if ((bytes[0] & ~OPCODE & ~COMPRESSED) != WHOLE)
    return -1;
  gsize mask_size = (bytes[1] & MASKED) != 0 ? MASK_SIZE : 0;
  guint64 length = bytes[1] & LENGTH;
  gsize header = length == LENGTH64 ? 10 : length == LENGTH16 ? 4 : 2;
  if (available < header)
    return 0;
  for (gsize i = 2; i < header; i++)
    length = (i == 2 ? 0 : length << 8) | bytes[i];
  if (length > BELFRY_BENCH_PAYLOAD_MAX)
    return -1;
  if (available < header + mask_size + length)
    return 0;
  frame->opcode = bytes[0] & OPCODE;
  frame->compressed = (bytes[0] & COMPRESSED) != 0;
  frame->payload = bytes + header + mask_size;
  frame->length = length;
  if (mask_size > 0)
    apply_mask (frame->payload, length, bytes + header);
  return (gssize) (header + mask_size + length);
}

void
belfry_bench_frame_append (GByteArray *out,
                           guint opcode,
                           gboolean masked,
                           gconstpointer payload,
                           gsize length)
{
  guint8 flag = masked ? MASKED : 0;
  guint8 header[] = { (guint8) (WHOLE | opcode), 0, (guint8) (length >> 8), (guint8) length };

  g_return_if_fail (length <= BELFRY_BENCH_PAYLOAD_MAX);

  header[1] = (guint8) (flag | (length < LENGTH16 ? length : LENGTH16));
  g_byte_array_append (out, header, length < LENGTH16 ? 2 : 4);
  if (masked)
    g_byte_array_append (out, client_mask, MASK_SIZE);
  g_byte_array_append (out, payload, (guint) length);
  if (masked)
    apply_mask (out->data + out->len - length, length, client_mask);
}

BelfryBenchInflater *
belfry_bench_inflater_new (void)
{
  BelfryBenchInflater *self = g_new0 (BelfryBenchInflater, 1);

  if (inflateInit2 (&self->stream, -MAX_WBITS) != Z_OK)
    g_error ("zlib does not start");
  return self;
}

void
belfry_bench_inflater_free (BelfryBenchInflater *self)
{
  inflateEnd (&self->stream);
  g_free (self);
}

/* What RFC 7692 has the sender leave out stands behind the payload again. */
gboolean
belfry_bench_inflater_take (BelfryBenchInflater *self, BelfryBenchFrame *frame)
{
  guint8 tail[] = { 0x00, 0x00, 0xFF, 0xFF };
  z_stream *stream = &self->stream;

  inflateReset (stream);
  stream->next_out = self->message;
  stream->avail_out = sizeof self->message;
  stream->next_in = frame->payload;
  stream->avail_in = (uInt) frame->length;
  if (inflate (stream, Z_NO_FLUSH) != Z_OK)
    return FALSE;
  stream->next_in = tail;
  stream->avail_in = sizeof tail;
  int result = inflate (stream, Z_SYNC_FLUSH);
  if ((result != Z_OK && result != Z_BUF_ERROR) || stream->avail_in > 0 || stream->avail_out == 0)
    return FALSE;
  frame->payload = self->message;
  frame->length = sizeof self->message - stream->avail_out;
  frame->compressed = FALSE;
  return TRUE;
}

gssize
belfry_bench_buffer_fill (BelfryBenchBuffer *self, int fd, GByteArray **rest)
{
  gsize kept = *rest != NULL ? (*rest)->len : 0;
  gssize n = recv (fd, self->bytes + kept, sizeof self->bytes - kept, MSG_DONTWAIT);

  if (n <= 0)
    return n;
  if (kept > 0)
    memcpy (self->bytes, (*rest)->data, kept);
  g_clear_pointer (rest, g_byte_array_unref);
  self->length = kept + (gsize) n;
  return n;
}

void
belfry_bench_buffer_keep (const BelfryBenchBuffer *self, gsize used, GByteArray **rest)
{
  if (used == self->length)
    return;
  *rest = g_byte_array_new ();
  g_byte_array_append (*rest, self->bytes + used, (guint) (self->length - used));
}

guint
belfry_bench_raise_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  return (guint) MIN (limit.rlim_cur, G_MAXUINT);
}
