/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

#include "belfry-mask.h"

G_BEGIN_DECLS

/**
 * BelfryOpcode:
 *
 * What a frame is, with the numbers of RFC 6455, section 5.2.
 */
typedef enum
{
  BELFRY_OPCODE_CONTINUATION = 0x0,
  BELFRY_OPCODE_TEXT = 0x1,
  BELFRY_OPCODE_BINARY = 0x2,
  BELFRY_OPCODE_CLOSE = 0x8,
  BELFRY_OPCODE_PING = 0x9,
  BELFRY_OPCODE_PONG = 0xA,
} BelfryOpcode;

/* Two bytes, eight of length, four of mask. */
#define BELFRY_FRAME_HEADER_MAX 14

/* What a ping, a pong or a close may carry: RFC 6455, section 5.5. */
#define BELFRY_FRAME_CONTROL_MAX 125

/**
 * BelfryFrameHeader:
 *
 * What stands in front of a payload.
 */
typedef struct
{
  guint64 length; /* of the payload */
  guint8 mask[BELFRY_MASK_SIZE];
  guint opcode : 4; /* a #BelfryOpcode */
  guint fin : 1;    /* no further fragment follows */
  guint rsv1 : 1;   /* the message is compressed */
  guint masked : 1;
} BelfryFrameHeader;

/**
 * BelfryFrameRules:
 *
 * What decides, besides the bytes themselves, whether a header may stand where it does.
 */
typedef struct
{
  gboolean masked;     /* the peer is a client: every frame must be masked, else none may be */
  gboolean deflate;    /* permessage-deflate was agreed on */
  gboolean in_message; /* a message has begun and its last fragment has not come */
} BelfryFrameRules;

static inline gboolean
belfry_opcode_is_control (guint opcode)
{
  return (opcode & 0x8) != 0;
}

/**
 * belfry_frame_header_decode:
 * @bytes: (array length=length): what has arrived
 * @length: how much that is
 * @rules: what is allowed here
 * @header: (out): the header, if it is complete
 * @problem: (out): what is wrong, in words that a peer may be told, if something is
 *
 * Checks byte by byte, so that a wrong header is refused at its first wrong byte, whatever has
 * arrived of the rest.
 *
 * Returns: the size of the header; 0 if more bytes are needed to know; -1 if it breaks the protocol
 */
gssize belfry_frame_header_decode (const guint8 *bytes,
                                   gsize length,
                                   const BelfryFrameRules *rules,
                                   BelfryFrameHeader *header,
                                   const char **problem);

/**
 * belfry_frame_header_encode:
 * @header: what to write
 * @bytes: (out caller-allocated): where to
 *
 * Returns: how many bytes were written
 */
gsize belfry_frame_header_encode (const BelfryFrameHeader *header,
                                  guint8 bytes[BELFRY_FRAME_HEADER_MAX]);

/**
 * belfry_frame_new:
 * @header: the header
 * @payload: (array) (nullable): as many bytes as @header says; masked on the way if it says so
 *
 * Returns: (transfer full): the whole frame
 */
GBytes *belfry_frame_new (const BelfryFrameHeader *header, const void *payload);

/**
 * belfry_frame_new_simple:
 * @opcode: the opcode
 * @payload: (array length=length) (nullable): the payload
 * @length: its length
 *
 * Returns: (transfer full): an uncompressed, unfragmented frame as servers send it
 */
GBytes *belfry_frame_new_simple (BelfryOpcode opcode, const void *payload, gsize length);

G_END_DECLS
