/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

#include "belfry-frame.h"

G_BEGIN_DECLS

/* Below this, what compression saves on the wire is not worth the work. */
#define BELFRY_DEFLATE_THRESHOLD 256

/* zlib's own middle. */
#define BELFRY_DEFLATE_LEVEL 6

/**
 * BelfryDeflater:
 *
 * Compresses messages, each by itself, so that a result suits every client. One serves all
 * connections of a thread and belongs to that thread.
 */
typedef struct _BelfryDeflater BelfryDeflater;

/**
 * belfry_deflater_new:
 * @level: from 1, fast, to 9, small
 * @threshold: shorter messages are left as they are
 *
 * Returns: (transfer full): a deflater
 */
BelfryDeflater *belfry_deflater_new (int level, gsize threshold);
void belfry_deflater_free (BelfryDeflater *self);

/**
 * belfry_deflater_compress:
 * @bytes: (array length=length): a message
 * @length: its length
 * @compressed_length: (out): the length of the result
 *
 * Returns: (transfer full) (nullable): the payload of a compressed message; %NULL if the message is
 * below the threshold, or would not become shorter
 */
guint8 *belfry_deflater_compress (BelfryDeflater *self,
                                  const guint8 *bytes,
                                  gsize length,
                                  gsize *compressed_length);

/**
 * belfry_deflater_frame:
 * @opcode: %BELFRY_OPCODE_TEXT or %BELFRY_OPCODE_BINARY
 *
 * Returns: (transfer full) (nullable): the message as one compressed frame, as servers send it, to
 * be shared; %NULL where belfry_deflater_compress() returns it
 */
GBytes *belfry_deflater_frame (BelfryDeflater *self,
                               BelfryOpcode opcode,
                               const guint8 *bytes,
                               gsize length);

/**
 * BelfryInflater:
 *
 * Decompresses messages, each by itself. One serves all connections of a thread and belongs to that
 * thread.
 */
typedef struct _BelfryInflater BelfryInflater;

typedef enum
{
  BELFRY_INFLATE_OK,
  BELFRY_INFLATE_BROKEN,  /* not what permessage-deflate makes, or refers to an earlier message */
  BELFRY_INFLATE_TOO_BIG, /* longer than allowed */
} BelfryInflateResult;

BelfryInflater *belfry_inflater_new (void);
void belfry_inflater_free (BelfryInflater *self);

/**
 * belfry_inflater_decompress:
 * @payload: (array length=length): the payload of a compressed message, all fragments joined
 * @length: its length
 * @max: how long the message may be
 * @message: (out) (transfer full): the message, if all is well; free with g_free()
 * @message_length: (out): its length
 *
 * Work and memory end with @max: what would be longer is given up there, not inflated and measured.
 */
BelfryInflateResult belfry_inflater_decompress (BelfryInflater *self,
                                                const guint8 *payload,
                                                gsize length,
                                                gsize max,
                                                guint8 **message,
                                                gsize *message_length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryDeflater, belfry_deflater_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryInflater, belfry_inflater_free)

G_END_DECLS
