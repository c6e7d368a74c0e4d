/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-frame-reader"

#include "config.h"

#include "belfry-frame-reader.h"

#include <string.h>

#include "belfry-close.h"
#include "belfry-mask.h"

/* The receiving side of RFC 6455 and RFC 7692. Belongs to a connection and its thread; does no I/O.
 *
 * A step takes either a header or what is there of a payload. All state is brought up to date
 * before a handler is called, because the handler may free the reader. */

/* A reader for each of many thousand idle connections. */
G_STATIC_ASSERT (sizeof (BelfryFrameReader) <= 64);

#define MIN_CAPACITY 64

/* Flags of what is written down. */
#define SAVED_IN_MESSAGE 0x01
#define SAVED_IN_FRAME 0x02
#define SAVED_COMPRESSED 0x04
#define SAVED_FIN 0x08
#define SAVED_RSV1 0x10

/* No limit of ours allows more, and sums of it do not overflow. */
#define MAX_RESTORED G_MAXUINT32

typedef enum
{
  STEP_GO_ON,
  STEP_STOPPED, /* by a handler: the reader may be gone */
  STEP_ENDED,   /* by a close or an error: the reader may be gone */
} Step;

/* One call of belfry_frame_reader_feed(). */
typedef struct
{
  BelfryFrameReader *reader;         /* (unowned) */
  const BelfryFrameContext *context; /* (unowned) */
  gpointer user_data;                /* (unowned) */
  guint8 *bytes;                     /* (unowned): what is still to be taken */
  gsize left;
} Turn;

/* Returns: (transfer full) (nullable): what was buffered of the message */
static guint8 *
steal_message (BelfryFrameReader *self)
{
  guint8 *buffer = g_steal_pointer (&self->buffer);

  self->capacity = 0;
  self->message_length = 0;
  self->fragments = 0;
  self->utf8 = (BelfryUtf8){ 0 };
  self->in_message = 0;
  return buffer;
}

static Step
fail (Turn *turn, guint code, const char *reason)
{
  belfry_frame_reader_clear (turn->reader);
  turn->reader->ended = 1;
  turn->context->handler->error (code, reason, turn->user_data);
  return STEP_ENDED;
}

static void
skip (Turn *turn, gsize n)
{
  turn->bytes += n;
  turn->left -= n;
}

/* Room grows by doubling, but not beyond what the frame announced: an announcement alone is never
 * believed, only what arrived. */
static void
append (BelfryFrameReader *self, const guint8 *bytes, gsize n)
{
  gsize used = self->message_length + self->control_length;

  if (n == 0)
    return;
  if (used + n > self->capacity)
    {
      gsize wanted = MAX (self->capacity * 2, MIN_CAPACITY);
      gsize announced = used + n + (gsize) self->frame.length;

      self->capacity = MAX (used + n, self->frame.fin ? MIN (wanted, announced) : wanted);
      self->buffer = g_realloc (self->buffer, self->capacity);
    }
  memcpy (self->buffer + used, bytes, n);
}

static Step
inflate_message (Turn *turn, BelfryFrameMessage *message, guint8 **inflated)
{
  BelfryInflateResult result =
      belfry_inflater_decompress (turn->context->inflater, message->bytes, message->length,
                                  turn->context->max_message, inflated, &message->length);

  if (result == BELFRY_INFLATE_TOO_BIG)
    return fail (turn, BELFRY_CLOSE_TOO_BIG, "the message is too big when inflated");
  if (result == BELFRY_INFLATE_BROKEN)
    return fail (turn, BELFRY_CLOSE_BAD_DATA, "the message cannot be inflated");
  message->bytes = *inflated;
  if (message->opcode == BELFRY_OPCODE_TEXT &&
      !belfry_utf8_validate (message->bytes, message->length))
    return fail (turn, BELFRY_CLOSE_BAD_DATA, "the text is not UTF-8");
  return STEP_GO_ON;
}

/* The message is what the buffer holds, or, if that was never needed, @bytes. */
static Step
end_message (Turn *turn, const guint8 *bytes, gsize length)
{
  BelfryFrameReader *self = turn->reader;
  BelfryFrameMessage message = { .opcode = (BelfryOpcode) self->message_opcode,
                                 .compressed = self->message_compressed,
                                 .length = length };
  gboolean whole_text = belfry_utf8_is_complete (&self->utf8);
  g_autofree guint8 *buffer = steal_message (self);
  g_autofree guint8 *inflated = NULL;

  message.bytes = buffer != NULL ? buffer : bytes;
  if (!whole_text)
    return fail (turn, BELFRY_CLOSE_BAD_DATA, "the text ends within a character");
  if (message.compressed && inflate_message (turn, &message, &inflated) != STEP_GO_ON)
    return STEP_ENDED;
  return turn->context->handler->message (&message, turn->user_data) ? STEP_GO_ON : STEP_STOPPED;
}

static Step
end_close (Turn *turn, const guint8 *payload, gsize length)
{
  const char *problem = NULL;
  BelfryClose close;
  guint code = belfry_close_parse (payload, length, &close, &problem);

  if (code != 0)
    return fail (turn, code, problem);
  belfry_frame_reader_clear (turn->reader);
  turn->reader->ended = 1;
  turn->context->handler->close (close.code, close.reason, close.reason_length, turn->user_data);
  return STEP_ENDED;
}

static Step
end_control (Turn *turn, guint opcode, const guint8 *payload, gsize length)
{
  const BelfryFrameHandler *handler = turn->context->handler;
  gboolean go_on;

  if (opcode == BELFRY_OPCODE_CLOSE)
    return end_close (turn, payload, length);
  if (opcode == BELFRY_OPCODE_PING)
    go_on = handler->ping (payload, length, turn->user_data);
  else
    go_on = handler->pong (payload, length, turn->user_data);
  return go_on ? STEP_GO_ON : STEP_STOPPED;
}

/* A control frame in pieces waits behind the message that it interrupts. */
static Step
take_control (Turn *turn, const guint8 *bytes, gsize n)
{
  BelfryFrameReader *self = turn->reader;
  guint8 payload[BELFRY_FRAME_CONTROL_MAX];
  gsize length = self->control_length + n;

  if (self->in_frame)
    {
      append (self, bytes, n);
      self->control_length = (guint8) length;
      return STEP_GO_ON;
    }
  if (self->control_length == 0)
    return end_control (turn, self->frame.opcode, bytes, n);
  memcpy (payload, self->buffer + self->message_length, self->control_length);
  memcpy (payload + self->control_length, bytes, n);
  self->control_length = 0;
  if (self->message_length == 0)
    {
      g_clear_pointer (&self->buffer, g_free);
      self->capacity = 0;
    }
  return end_control (turn, self->frame.opcode, payload, length);
}

static Step
take_data (Turn *turn, const guint8 *bytes, gsize n)
{
  BelfryFrameReader *self = turn->reader;
  gboolean last = !self->in_frame && self->frame.fin;

  if (self->message_opcode == BELFRY_OPCODE_TEXT && !self->message_compressed &&
      !belfry_utf8_feed (&self->utf8, bytes, n))
    return fail (turn, BELFRY_CLOSE_BAD_DATA, "the text is not UTF-8");
  if (last && self->message_length == 0)
    return end_message (turn, bytes, n);
  append (self, bytes, n);
  self->message_length += n;
  return last ? end_message (turn, bytes, self->message_length) : STEP_GO_ON;
}

static Step
take_payload (Turn *turn)
{
  BelfryFrameReader *self = turn->reader;
  guint8 *bytes = turn->bytes;
  gsize n = (gsize) MIN (turn->left, self->frame.length);

  if (self->frame.masked)
    belfry_mask_apply (bytes, n, self->frame.mask, self->mask_offset);
  self->mask_offset = (self->mask_offset + n) % BELFRY_MASK_SIZE;
  self->frame.length -= n;
  self->in_frame = self->frame.length > 0;
  skip (turn, n);
  return belfry_opcode_is_control (self->frame.opcode) ? take_control (turn, bytes, n)
                                                       : take_data (turn, bytes, n);
}

static Step
begin_data (Turn *turn)
{
  BelfryFrameReader *self = turn->reader;
  const BelfryFrameContext *context = turn->context;
  const BelfryFrameHeader *frame = &self->frame;

  if (frame->length > context->max_frame)
    return fail (turn, BELFRY_CLOSE_TOO_BIG, "the frame is too big");
  if (frame->length > context->max_message ||
      self->message_length > context->max_message - frame->length)
    return fail (turn, BELFRY_CLOSE_TOO_BIG, "the message is too big");
  if (!frame->fin &&
      self->fragments >= context->max_fragments + self->message_length / BELFRY_FRAGMENT_BYTES)
    return fail (turn, BELFRY_CLOSE_POLICY, "the message has too many fragments");
  if (frame->opcode != BELFRY_OPCODE_CONTINUATION)
    {
      self->message_opcode = frame->opcode;
      self->message_compressed = frame->rsv1;
    }
  self->fragments++;
  self->in_message = 1;
  return STEP_GO_ON;
}

/* Puts @frame in place of the partial header. */
static Step
begin_frame (Turn *turn, const BelfryFrameHeader *frame)
{
  BelfryFrameReader *self = turn->reader;

  self->partial_length = 0;
  self->frame = *frame;
  self->mask_offset = 0;
  self->in_frame = 1;
  if (belfry_opcode_is_control (frame->opcode))
    return STEP_GO_ON;
  return begin_data (turn);
}

/* Headers that come in one piece are read where they are. */
static Step
take_header (Turn *turn)
{
  BelfryFrameReader *self = turn->reader;
  const BelfryFrameRules rules = { !self->client, self->deflate, self->in_message };
  const char *problem = NULL;
  BelfryFrameHeader frame;
  gsize had = self->partial_length;
  gsize n = MIN (turn->left, sizeof self->partial - had);

  if (had > 0)
    memcpy (self->partial + had, turn->bytes, n);
  gssize size = belfry_frame_header_decode (had > 0 ? self->partial : turn->bytes, had + n, &rules,
                                            &frame, &problem);
  if (size < 0)
    return fail (turn, BELFRY_CLOSE_PROTOCOL, problem);
  if (size > 0)
    {
      skip (turn, (gsize) size - had);
      return begin_frame (turn, &frame);
    }
  memcpy (self->partial + had, turn->bytes, n);
  self->partial_length = (guint8) (had + n);
  skip (turn, n);
  return STEP_GO_ON;
}

static Step
take_step (Turn *turn)
{
  if (!turn->reader->in_frame)
    {
      Step step = take_header (turn);

      /* An empty payload is complete with its header: no byte of it will come. */
      if (step != STEP_GO_ON || !turn->reader->in_frame)
        return step;
    }
  return take_payload (turn);
}

static void
save_frame (const BelfryFrameReader *self, BelfryStateWriter *writer)
{
  if (!self->in_frame)
    {
      belfry_state_put_bytes (writer, self->partial, self->partial_length);
      return;
    }
  belfry_state_put_u8 (writer, self->frame.opcode);
  belfry_state_put_u64 (writer, self->frame.length);
  belfry_state_put_bytes (writer, self->frame.mask, BELFRY_MASK_SIZE);
  belfry_state_put_u8 (writer, self->mask_offset);
  belfry_state_put_u8 (writer, self->control_length);
}

/* A header that is whole, or wrong, would have been taken. */
static gboolean
is_partial (const BelfryFrameReader *self, const guint8 *bytes, gsize length)
{
  const BelfryFrameRules rules = { TRUE, self->deflate, self->in_message };
  const char *problem = NULL;
  BelfryFrameHeader frame;

  return length == 0 || (length < sizeof self->partial &&
                         belfry_frame_header_decode (bytes, length, &rules, &frame, &problem) == 0);
}

static void
restore_partial (BelfryFrameReader *self, BelfryStateReader *state)
{
  gsize length;
  const guint8 *partial = belfry_state_get_bytes (state, &length);

  if (!is_partial (self, partial, length))
    belfry_state_reader_fail (state);
  if (length == 0 || !belfry_state_reader_is_good (state))
    return;
  memcpy (self->partial, partial, length);
  self->partial_length = (guint8) length;
}

static gboolean
is_possible (const BelfryFrameReader *self, guint8 opcode, guint64 left, guint8 control_length)
{
  if (left == 0 || left > MAX_RESTORED)
    return FALSE;
  if (opcode == BELFRY_OPCODE_CLOSE || opcode == BELFRY_OPCODE_PING || opcode == BELFRY_OPCODE_PONG)
    return control_length + left <= BELFRY_FRAME_CONTROL_MAX;
  return opcode <= BELFRY_OPCODE_BINARY && control_length == 0 && self->in_message;
}

static void
restore_frame (BelfryFrameReader *self, BelfryStateReader *state, guint8 flags)
{
  BelfryFrameHeader frame = { .masked = 1 };
  guint8 opcode = belfry_state_get_u8 (state);
  gsize length;

  frame.length = belfry_state_get_u64 (state);
  const guint8 *mask = belfry_state_get_bytes (state, &length);
  guint8 mask_offset = belfry_state_get_u8 (state);
  guint8 control_length = belfry_state_get_u8 (state);
  if (length != BELFRY_MASK_SIZE || mask_offset >= BELFRY_MASK_SIZE ||
      !is_possible (self, opcode, frame.length, control_length))
    belfry_state_reader_fail (state);
  if (!belfry_state_reader_is_good (state))
    return;
  memcpy (frame.mask, mask, BELFRY_MASK_SIZE);
  frame.opcode = (guint) opcode & 0xfu;
  frame.fin = (flags & SAVED_FIN) != 0;
  frame.rsv1 = (flags & SAVED_RSV1) != 0;
  self->frame = frame;
  self->in_frame = 1;
  self->mask_offset = (guint) mask_offset & 3u;
  self->control_length = control_length;
}

static void
restore_message (BelfryFrameReader *self, BelfryStateReader *state, guint8 flags)
{
  guint8 opcode = belfry_state_get_u8 (state);

  self->fragments = belfry_state_get_u32 (state);
  self->utf8.left = belfry_state_get_u8 (state) & 3;
  self->utf8.low = belfry_state_get_u8 (state);
  self->utf8.high = belfry_state_get_u8 (state);
  self->in_message = (flags & SAVED_IN_MESSAGE) != 0;
  self->message_compressed = (flags & SAVED_COMPRESSED) != 0;
  if (opcode > BELFRY_OPCODE_BINARY || (self->in_message && opcode == BELFRY_OPCODE_CONTINUATION) ||
      (self->message_compressed && !self->deflate))
    belfry_state_reader_fail (state);
  self->message_opcode = (guint) opcode & 0xfu;
}

static void
restore_buffer (BelfryFrameReader *self, BelfryStateReader *state)
{
  gsize length;
  const guint8 *bytes = belfry_state_get_bytes (state, &length);

  if (length < self->control_length || (length > self->control_length && !self->in_message))
    belfry_state_reader_fail (state);
  if (length == 0 || !belfry_state_reader_is_good (state))
    return;
  self->buffer = g_memdup2 (bytes, length);
  self->capacity = length;
  self->message_length = length - self->control_length;
}

void
belfry_frame_reader_init (BelfryFrameReader *self, BelfryFrameSource source, gboolean deflate)
{
  *self = (BelfryFrameReader){ .client = source == BELFRY_FRAME_FROM_SERVER,
                               .deflate = deflate ? 1 : 0 };
}

void
belfry_frame_reader_clear (BelfryFrameReader *self)
{
  g_free (steal_message (self));
  self->control_length = 0;
  self->partial_length = 0;
  self->in_frame = 0;
}

gsize
belfry_frame_reader_feed (BelfryFrameReader *self,
                          const BelfryFrameContext *context,
                          guint8 *bytes,
                          gsize length,
                          gpointer user_data)
{
  Turn turn = { self, context, user_data, bytes, length };
  Step step = self->ended ? STEP_ENDED : STEP_GO_ON;

  while (step == STEP_GO_ON && turn.left > 0)
    step = take_step (&turn);
  return step == STEP_ENDED ? length : length - turn.left;
}

void
belfry_frame_reader_save (const BelfryFrameReader *self, BelfryStateWriter *writer)
{
  guint flags = self->in_message ? SAVED_IN_MESSAGE : 0;

  flags |= self->message_compressed ? SAVED_COMPRESSED : 0;
  if (self->in_frame)
    flags |=
        SAVED_IN_FRAME | (self->frame.fin ? SAVED_FIN : 0) | (self->frame.rsv1 ? SAVED_RSV1 : 0);
  belfry_state_put_u8 (writer, (guint8) flags);
  belfry_state_put_u8 (writer, self->message_opcode);
  belfry_state_put_u32 (writer, self->fragments);
  belfry_state_put_u8 (writer, self->utf8.left);
  belfry_state_put_u8 (writer, self->utf8.low);
  belfry_state_put_u8 (writer, self->utf8.high);
  save_frame (self, writer);
  belfry_state_put_bytes (writer, self->buffer, self->message_length + self->control_length);
}

void
belfry_frame_reader_restore (BelfryFrameReader *self, BelfryStateReader *state)
{
  gboolean deflate = self->deflate;
  guint8 flags = belfry_state_get_u8 (state);

  restore_message (self, state, flags);
  if (flags & SAVED_IN_FRAME)
    restore_frame (self, state, flags);
  else
    restore_partial (self, state);
  restore_buffer (self, state);
  if (belfry_state_reader_is_good (state))
    return;
  belfry_frame_reader_clear (self);
  belfry_frame_reader_init (self, BELFRY_FRAME_FROM_CLIENT, deflate);
}

gboolean
belfry_frame_reader_is_idle (const BelfryFrameReader *self)
{
  return !self->in_frame && !self->in_message && self->partial_length == 0;
}

gsize
belfry_frame_reader_get_held (const BelfryFrameReader *self)
{
  return self->capacity;
}
