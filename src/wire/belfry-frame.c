/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-frame"

#include "config.h"

#include "belfry-frame.h"

#include <string.h>

/* The frames of RFC 6455, section 5.2: one to bytes, and bytes to one. */

#define FIN 0x80
#define RSV1 0x40
#define RSV2_AND_3 0x30
#define OPCODE 0x0F
#define MASKED 0x80
#define LENGTH 0x7F

#define LENGTH_IN_2_BYTES 126
#define LENGTH_IN_8_BYTES 127
#define SMALLEST_OF_2_BYTES 126
#define SMALLEST_OF_8_BYTES (G_MAXUINT16 + 1)
#define LARGEST_OF_8_BYTES G_MAXINT64

static gboolean
is_opcode (guint opcode)
{
  return (opcode & 0x7) <= 2;
}

static const char *
check_control_start (guint8 first)
{
  if ((first & FIN) == 0)
    return "a control frame must not be fragmented";
  if ((first & RSV1) != 0)
    return "a control frame must not be compressed";
  return NULL;
}

static const char *
check_data_start (guint8 first, const BelfryFrameRules *rules)
{
  gboolean continues = (first & OPCODE) == BELFRY_OPCODE_CONTINUATION;

  if (continues && !rules->in_message)
    return "a continuation with nothing to continue";
  if (!continues && rules->in_message)
    return "a new message before the last one ended";
  if (continues && (first & RSV1) != 0)
    return "only the first frame of a message says that it is compressed";
  return NULL;
}

static const char *
check_first_byte (guint8 first, const BelfryFrameRules *rules)
{
  if ((first & RSV2_AND_3) != 0 || ((first & RSV1) != 0 && !rules->deflate))
    return "a reserved bit is set";
  if (!is_opcode (first & OPCODE))
    return "unknown opcode";
  return belfry_opcode_is_control (first) ? check_control_start (first)
                                          : check_data_start (first, rules);
}

static const char *
check_second_byte (guint8 first, guint8 second, const BelfryFrameRules *rules)
{
  gboolean masked = (second & MASKED) != 0;

  if (masked != !!rules->masked)
    return rules->masked ? "a client must mask its frames" : "a server must not mask its frames";
  if (belfry_opcode_is_control (first) && (second & LENGTH) > BELFRY_FRAME_CONTROL_MAX)
    return "a control frame is longer than 125 bytes";
  return NULL;
}

static gsize
size_of_length (guint8 second)
{
  switch (second & LENGTH)
    {
    case LENGTH_IN_2_BYTES:
      return 2;
    case LENGTH_IN_8_BYTES:
      return 8;
    default:
      return 0;
    }
}

static const char *
decode_length (const guint8 *bytes, guint64 *length)
{
  guint64 value = 0;
  gsize size = size_of_length (bytes[1]);

  for (gsize i = 0; i < size; i++)
    value = value << 8 | bytes[2 + i];
  if ((size == 2 && value < SMALLEST_OF_2_BYTES) || (size == 8 && value < SMALLEST_OF_8_BYTES))
    return "a length is not in its shortest form";
  if (value > LARGEST_OF_8_BYTES)
    return "a length has its highest bit set";
  *length = size == 0 ? bytes[1] & LENGTH : value;
  return NULL;
}

gssize
belfry_frame_header_decode (const guint8 *bytes,
                            gsize length,
                            const BelfryFrameRules *rules,
                            BelfryFrameHeader *header,
                            const char **problem)
{
  BelfryFrameHeader decoded = { 0 };

  if (length >= 1 && (*problem = check_first_byte (bytes[0], rules)) != NULL)
    return -1;
  if (length >= 2 && (*problem = check_second_byte (bytes[0], bytes[1], rules)) != NULL)
    return -1;
  if (length < 2)
    return 0;
  gsize mask_at = 2 + size_of_length (bytes[1]);
  if (length < mask_at)
    return 0;
  if ((*problem = decode_length (bytes, &decoded.length)) != NULL)
    return -1;
  gsize size = mask_at + (rules->masked ? BELFRY_MASK_SIZE : 0);
  if (length < size)
    return 0;

  decoded.opcode = (guint) bytes[0] & OPCODE;
  decoded.fin = (bytes[0] & FIN) != 0;
  decoded.rsv1 = (bytes[0] & RSV1) != 0;
  decoded.masked = rules->masked ? 1 : 0;
  memcpy (decoded.mask, bytes + mask_at, size - mask_at);
  *header = decoded;
  return (gssize) size;
}

static gsize
encode_length (guint64 length, guint8 *bytes)
{
  gsize size = length < SMALLEST_OF_2_BYTES ? 0 : length < SMALLEST_OF_8_BYTES ? 2 : 8;

  bytes[0] = size == 0 ? (guint8) length : size == 2 ? LENGTH_IN_2_BYTES : LENGTH_IN_8_BYTES;
  for (gsize i = 0; i < size; i++)
    bytes[1 + i] = (guint8) (length >> 8 * (size - 1 - i));
  return 1 + size;
}

gsize
belfry_frame_header_encode (const BelfryFrameHeader *header, guint8 bytes[BELFRY_FRAME_HEADER_MAX])
{
  gsize size = 1 + encode_length (header->length, bytes + 1);

  bytes[0] = (guint8) (header->opcode | (header->fin ? FIN : 0) | (header->rsv1 ? RSV1 : 0));
  if (!header->masked)
    return size;
  bytes[1] |= MASKED;
  memcpy (bytes + size, header->mask, BELFRY_MASK_SIZE);
  return size + BELFRY_MASK_SIZE;
}

GBytes *
belfry_frame_new (const BelfryFrameHeader *header, const void *payload)
{
  guint8 start[BELFRY_FRAME_HEADER_MAX];
  gsize size = belfry_frame_header_encode (header, start);
  gsize length = (gsize) header->length;
  guint8 *frame = g_malloc (size + length);

  memcpy (frame, start, size);
  if (length > 0)
    memcpy (frame + size, payload, length);
  if (header->masked)
    belfry_mask_apply (frame + size, length, header->mask, 0);
  return g_bytes_new_take (frame, size + length);
}

GBytes *
belfry_frame_new_simple (BelfryOpcode opcode, const void *payload, gsize length)
{
  const BelfryFrameHeader header = { .opcode = opcode, .fin = 1, .length = length };

  return belfry_frame_new (&header, payload);
}
